"""One page with everything: sections, claims, assumptions and, for every number, its trail.

The page is one file. It asks for nothing from outside, is whole without scripts, and the same
study gives the same bytes.
"""

import base64
import functools
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

from depgraph import __version__
from depgraph.analysis import shocks
from depgraph.core.errors import DepgraphError
from depgraph.core.render import for_page
from depgraph.pages import (
    charts,
    drawing,
    elements,
    sections,
    sections_cards,
    sections_chains,
    sections_evidence,
    sections_plan,
    sections_strengths,
)
from depgraph.pages.elements import Piece, Section
from depgraph.pages.findings import Facts, derived
from depgraph.trail import trail

TEMPLATE = "report.html.j2"
SCRIPT = "report.js"
STYLE = "report.css"
MISSING = "a report needs the package jinja2: pip install 'depgraph[report]'"
MOST_LINKS = 24  # neighbours that an entry of the trail names; it counts the others
REMEMBERED = 1 << 16  # names stand in the page many times: so many are escaped once
# order of the kinds of entries in the trail; others follow by name
KINDS = ("chokepoint", "balance", "mutual loss", "spread", "endurance", "answer", "scenario", "stage of the model",
         "gap", "pair", "announced plant", "estimate", "disagreement", "stage", "recipe",
         "buffer", "claim", "figure", "assumption", "lexicon", "source", "publication")  # fmt: skip


@dataclass(frozen=True)
class Drawn:
    """A section with its drawing."""

    section: Section
    svg: str


@dataclass(frozen=True)
class Entry:
    """One entry of the trail inside the page."""

    identifier: str
    kind: str
    text: str
    link: str
    below: tuple[str, ...]
    above: tuple[str, ...]
    more_above: int


def build(facts: Facts) -> tuple[str, list[Drawn]]:
    """Write the page.

    Parameters
    ----------
    facts
        From `gather.gather`.

    Returns
    -------
    (page, drawn)
        HTML, and the sections with their drawings for those who want them as files.

    Raises
    ------
    DepgraphError
        If a package that draws or writes the page is not installed.
    """
    drawn = [
        Drawn(section, "" if section.chart is None else drawing.svg(section.chart)) for section in _sections(facts)
    ]
    opening = sections.finding(facts)
    listed = sections_evidence.claims(facts)
    asked = [piece for sentence in opening for piece in sentence]
    asked += [piece for item in drawn for piece in elements.all_pieces(item.section)]
    asked += [piece for row in listed.rows for piece in row]
    targets = set(elements.targets(asked))
    entries = _entries(facts, _trail(facts, targets), targets)
    known = {entry.identifier for entry in entries}
    ledger = Drawn(sections_evidence.assumptions(facts, known), "")
    context = {
        "facts": facts, "opening": opening, "sections": [*drawn, ledger], "claims": listed, "trail": _by_kind(entries),
        "products": _values(listed, "product"), "kinds": _values(listed, "kind"), "foot": footer(facts),
        "legend": [(code, facts.name(code), *more) for code, *more in charts.legend(facts.colours)],
        "known": known,
    }  # fmt: skip
    return _fill(context), [item for item in drawn if item.svg]


def require() -> None:
    """Refuse early where a package that draws or writes the page is missing.

    Raises
    ------
    DepgraphError
        Naming it and how to install it.
    """
    drawing.altair()
    try:
        import jinja2  # noqa: F401 - only whether it is there
    except ImportError as error:
        raise DepgraphError(MISSING) from error


def _sections(facts: Facts) -> list[Section]:
    """Return the sections in reading order, without the ledger."""
    return [
        sections_cards.cards(facts),
        sections.makers(facts), sections.heat(facts), sections.ranking(facts), sections.leverage(facts),
        sections_strengths.strengths(facts),
        sections_chains.shock(facts), sections_chains.survival(facts), *sections_plan.plan(facts),
        sections_chains.cone(facts), sections_evidence.contradictions(facts),
    ]  # fmt: skip


def footer(facts: Facts) -> str:
    """Return the line below every chart: version, data and scenario.

    Returns
    -------
    str
        One line.
    """
    scenario = facts.solved.scenario.scenario_id if facts.solved else "none"
    return f"depgraph {__version__}, data {facts.study.version}, scenario: {scenario}"


def _values(table: elements.Table, column: str) -> list[str]:
    """Return the different values of a column."""
    place = table.columns.index(column)
    return sorted({row[place].text for row in table.rows if row[place].text})


def _trail(facts: Facts, targets: Iterable[str]) -> trail.Trail:
    """Join every number of the report to what it rests on."""
    scenarios = (facts.solved.scenario, *facts.solved.lineage) if facts.solved else ()
    rows = [*facts.ranking.rows, *facts.theirs, *facts.behind]
    walked = trail.build(
        facts.study, facts.picture, rows, balances=facts.balances,
        shocks=shocks.read_shocks(facts.study).values(), endurances=facts.times,
        scenarios=scenarios,
    )  # fmt: skip
    for identifier, item in derived(facts):
        walked.add_node(identifier, kind=item.kind, text=item.text)
        walked.add_edges_from((parent, identifier) for parent in item.parents)
    _join_trade(walked)
    return trail.with_answers(walked, (name for name in targets if name.startswith("V:")))


def _join_trade(walked: trail.Trail) -> None:
    """Let imports of a bloc at a stage lead to their publications: every row of trade would make a page too large."""
    rows = [name for name, data in walked.nodes(data=True) if data.get("kind") == "trade"]
    for name in rows:
        for joined in list(walked.successors(name)):
            walked.add_edges_from((parent, joined) for parent in list(walked.predecessors(name)))
    walked.remove_nodes_from(rows)


def _entries(facts: Facts, walked: trail.Trail, asked: Iterable[str]) -> list[Entry]:
    """Return an entry for everything that is asked about and everything below it.

    Raises
    ------
    DepgraphError
        If something that a number leads to has no trail.
    """
    starts = set(asked)
    lost = sorted(name for name in starts if "kind" not in walked.nodes.get(name, {}))
    if lost:
        msg = f"the report names {lost[0]}, which has no trail"
        raise DepgraphError(msg)
    reached = set(starts)
    pending = list(starts)
    while pending:
        for parent in walked.predecessors(pending.pop()):
            if parent not in reached:
                reached.add(parent)
                pending.append(parent)
    links = _links(facts)
    return [_entry(walked, name, reached, links) for name in sorted(reached) if "kind" in walked.nodes[name]]


def _entry(walked: trail.Trail, name: str, reached: set[str], links: Mapping[str, str]) -> Entry:
    """Write one entry."""
    above = sorted(child for child in walked.successors(name) if child in reached)
    node = walked.nodes[name]
    below = tuple(sorted(walked.predecessors(name)))
    shown = tuple(above[:MOST_LINKS])
    return Entry(name, node["kind"], node["text"], links.get(name, ""), below, shown, len(above) - len(shown))


def _links(facts: Facts) -> dict[str, str]:
    """Return the addresses of sources and publications that may be followed."""
    pairs = [(row["id"], row.get("url")) for row in facts.study.tables["sources"]]
    pairs += [(row["source_id"], row.get("address")) for row in facts.study.tables["figure_sources"]]
    return {name: link for name, address in pairs if (link := web_address(address or ""))}


def web_address(text: str) -> str:
    """Return the web address that a text begins with, empty if it begins with anything else.

    Examples
    --------
    >>> web_address("https://example.org/a (read in a copy)"), web_address("javascript:alert(1)")
    ('https://example.org/a', '')
    """
    found = re.match(r"https?://[^\s<>\"'\\\x00-\x20\x7f-\xa0]+", text)
    if not found:
        return ""
    address = found.group().rstrip(".,;)")
    try:
        parsed = urlsplit(address)
    except ValueError:
        return ""
    return address if parsed.scheme in {"http", "https"} and parsed.hostname else ""


def _by_kind(entries: Iterable[Entry]) -> list[tuple[str, list[Entry]]]:
    """Group entries by kind."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.kind, []).append(entry)
    order = {kind: place for place, kind in enumerate(KINDS)}
    return sorted(groups.items(), key=lambda pair: (order.get(pair[0], len(order)), pair[0]))


@functools.lru_cache(maxsize=REMEMBERED)
def anchor(identifier: str) -> str:
    """Return the name of an identifier's entry inside the page.

    Examples
    --------
    >>> anchor("K:QUAD:CHN:gallium/primary"), anchor("a b")
    ('t-K:QUAD:CHN:gallium/primary', 't-c8687a08aa5d')
    """
    if re.fullmatch(r"[A-Za-z0-9:/._-]+", identifier):
        return f"t-{identifier}"
    return f"t-{hashlib.sha256(identifier.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"


def _href(piece: Piece) -> str:
    """Return where a piece leads to inside the page."""
    return piece.to if piece.to.startswith("#") else f"#{anchor(piece.to)}"


def _fill(context: Mapping[str, Any]) -> str:
    """Fill the template; every text of the study is escaped."""
    require()
    import jinja2
    from markupsafe import Markup

    folder = resources.files("depgraph.pages") / "templates"
    template, script, style = (
        (folder / name).read_text(encoding="utf-8").strip() for name in (TEMPLATE, SCRIPT, STYLE)
    )
    readable = functools.lru_cache(maxsize=REMEMBERED)(for_page)
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        finalize=lambda value: value if isinstance(value, Markup) else readable(str(value)),
    )  # fmt: skip
    environment.globals |= {"anchor": anchor, "href": _href, "count": elements.count, "inline": _inline, "soft": _soft,
                            "column_classes": _column_classes}  # fmt: skip
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    fixed = {"script": Markup(script), "style": Markup(style), "digest": digest, "version": __version__}  # noqa: S704 - files of the package
    return environment.from_string(template).render(fixed | dict(context)) + "\n"


def _inline(item: Drawn) -> Any:  # noqa: ANN401 - a string that Jinja2 leaves as it is
    """Return a drawing as a part of the page."""
    from markupsafe import Markup

    # the drawing was checked to hold shapes and text only, and its text is escaped
    return Markup(drawing.inline(item.svg, item.section.key, item.section.statement))  # noqa: S704


@functools.lru_cache(maxsize=REMEMBERED)
def _soft(text: str) -> Any:  # noqa: ANN401 - likewise
    """Return escaped text that may break after the joints of an identifier."""
    from markupsafe import Markup, escape

    return Markup(re.sub(r"([/:_])(?=[A-Za-z])", r"\1<wbr>", str(escape(for_page(text)))))  # noqa: S704 - escaped


def _column_classes(table: elements.Table) -> list[Any]:
    """Return the class of each column: numbers, sentences or neither."""
    from markupsafe import Markup

    marks = ("n" if head in table.numeric else "p" if head in table.prose else "" for head in table.columns)
    return [Markup(f' class="{mark}"' if mark else "") for mark in marks]  # noqa: S704 - one of two letters
