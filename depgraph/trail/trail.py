"""The trail: from any identifier down to what it rests on and up to what rests on it."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import networkx as nx

from depgraph.analysis import goods
from depgraph.analysis.chokepoints import Chokepoint
from depgraph.analysis.endurance import Endurance
from depgraph.analysis.leverage import Balance
from depgraph.analysis.shocks import Shock
from depgraph.core.errors import UnknownNameError
from depgraph.diversion import base_year
from depgraph.diversion.scenario import Scenario
from depgraph.evidence.estimates import Estimate, Picture
from depgraph.graph import imports
from depgraph.study import ledger, sources
from depgraph.study.study import Study

if TYPE_CHECKING:
    Trail = nx.DiGraph[str]
else:  # networkx's classes take no parameters at run time
    Trail = nx.DiGraph

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Step:
    """One line of a trail.

    Attributes
    ----------
    direction
        ``self``, ``down`` (what it rests on) or ``up`` (what rests on it).
    depth
        Steps away from the identifier asked about.
    id, kind, text
        What stands there.
    seen
        True if its own trail was shown on an earlier line.
    """

    direction: str
    depth: int
    id: str
    kind: str
    text: str
    seen: bool = False


def build(
    study: Study,
    picture: Picture,
    rows: Iterable[Chokepoint],
    *,
    balances: Iterable[Balance] = (),
    shocks: Iterable[Shock] = (),
    endurances: Iterable[Endurance] = (),
    scenarios: Iterable[Scenario] = (),
) -> Trail:
    """Join everything that has an identifier to what it rests on.

    Parameters
    ----------
    study, picture
        The study and its estimates.
    rows
        Rows of one or more rankings.
    balances
        Rows of a leverage table.
    shocks
        Shocks of the study.
    endurances
        Times to survive and to recover.
    scenarios
        Scenarios of the diversion model; with any the stages of the model are joined too.

    Returns
    -------
    networkx.DiGraph
        An edge from each parent to what rests on it. Nodes have ``kind`` and ``text``.
    """
    trail: Trail = nx.DiGraph()
    entries = itertools.chain(
        _entries(study, picture, rows),
        _balance_entries(balances),
        _shock_entries(shocks),
        _endurance_entries(endurances),
        _scenario_entries(study, picture, list(scenarios)),
    )
    for identifier, kind, text, parents in entries:
        # a code such as a stage and a product may share a name; the first entry is the wider one
        if identifier not in trail or "kind" not in trail.nodes[identifier]:
            trail.add_node(identifier, kind=kind, text=text)
        trail.add_edges_from((parent, identifier) for parent in parents)
    return trail


Entry = tuple[str, str, str, tuple[str, ...]]


def _entries(study: Study, picture: Picture, rows: Iterable[Chokepoint]) -> Iterator[Entry]:
    """Yield (identifier, kind, text, parents) of everything that can be asked about."""
    yield from _evidence_entries(study)
    yield from _assumption_entries(study)
    for item in picture.estimates:
        yield item.estimate_id, "estimate", estimate_text(item), item.parents
    for clash in picture.disagreements:
        text = f"cannot all be true; bounds must move by {clash.relaxation:.3g} at least ({clash.metric})"
        yield clash.clash_id, "disagreement", text, clash.members
    for row in study.tables["recipes"]:
        joint = "needs" if row["essential"] else "uses, not essentially,"
        yield row["recipe_id"], "recipe", f"{row['output']} {joint} {row['input']}", tuple(row["parent"])
    for row in study.tables.get("projects", ()):  # a study in memory may have no model at all
        yield row["project_id"], "announced plant", _project_text(row), (row["capacity"], *row["parent"])
    for row in study.tables["buffers"]:
        yield row["buffer_id"], "buffer", _buffer_text(row), tuple(row["parent"])
    for stage, row in study.stages.items():
        yield stage, "stage", _stage_text(row), tuple(item.estimate_id for item in picture.shares(stage))
    points = list(rows)
    for point in points:
        yield point.chokepoint_id, "chokepoint", chokepoint_text(point), point.parents
    yield from _import_entries(study, points)
    for name in sorted({parent for point in points for parent in point.parents if parent.startswith("W:")}):
        _, which, bloc = name.split(":", 2)
        yield name, "weights", f"weights of finished goods, set {which}, for {bloc}", goods.behind_set(study, name)
    yield from _code_entries(study)


def _import_entries(study: Study, points: Iterable[Chokepoint]) -> Iterator[Entry]:
    """Yield the imports of a bloc at a stage, which a row of the ranking takes a part of."""
    book = imports.read_trade(study)
    for name in sorted({parent for point in points for parent in point.parents if parent.startswith("I:")}):
        _, members, stage = name.split(":", 2)
        behind = imports.rows_behind(study, book, name)
        years = sorted({study.imports[row]["year"] for row in behind if row in study.imports})
        span = f" of {years[0]} to {years[-1]} in datasets/imports" if years else ""
        text = f"imports of {stage} by {members.replace('+', ', ')}: {len(behind)} rows{span}"
        yield name, "imports", text, behind


def _balance_entries(balances: Iterable[Balance]) -> Iterator[Entry]:
    """Yield rows of a leverage table."""
    for item in balances:
        theirs, ours = ("not known" if value is None else f"{value.central:.3g}" for value in (item.theirs, item.ours))
        text = (
            f"at {item.stage} the rival could cost the bloc {theirs} of the finished goods, the bloc the rival {ours}"
        )
        yield item.balance_id, "balance", text, item.parents


def _shock_entries(shocks: Iterable[Shock]) -> Iterator[Entry]:
    """Yield the shocks of a study."""
    for item in shocks:
        yield item.shock_id, "shock", f"{item.title}. {item.note}", item.claims


def _endurance_entries(endurances: Iterable[Endurance]) -> Iterator[Entry]:
    """Yield rows of a table of times."""
    for item in endurances:
        least = "for good" if item.survive[0] is None else f"at least {item.survive[0]:.3g} days"
        recover = "not known" if item.recover is None else f"{item.recover.low:.4g} days or more"
        text = f"without {item.economy} at {item.stage} {item.member} lasts {least}; recovery {recover}"
        yield item.endurance_id, "endurance", text, item.parents


def _scenario_entries(study: Study, picture: Picture, scenarios: list[Scenario]) -> Iterator[Entry]:
    """Yield scenarios (V:...) and, where there are any, the stages of the model (D:...) with their parameters."""
    stages = [row["stage_id"] for row in study.tables["commodities"]] if scenarios else []
    for stage in stages:
        yield (
            f"D:{stage}",
            "stage of the model",
            f"{stage} in the diversion model",
            base_year.parents(study, picture, stage),
        )
    named = tuple(name for name in ledger.DIVERSION if name in study.ledger)
    taken = {item.scenario_id: _taken(study, item, stages) for item in scenarios}
    for item in scenarios:
        held, base = taken[item.scenario_id], str(item.get("extends", ""))
        # it takes over settings of its base, and no stage that it leaves out itself
        below = (f"V:{base}",) if base and set(taken.get(base, ())) <= set(held) else ()
        changed = tuple(item.get("assumptions", {}))
        text = f"{item.get('title', item.scenario_id)}. {item.get('note', '')}".strip()
        yield f"V:{item.scenario_id}", "scenario", text, (*item.get("claims", ()), *below, *changed, *held, *named)


def _taken(study: Study, item: Scenario, stages: Sequence[str]) -> tuple[str, ...]:
    """Return the stages of the model that a scenario computes."""
    chosen = item.get("products", [])
    return tuple(f"D:{stage}" for stage in stages if not chosen or study.product_of(stage) in chosen)


def with_answer(trail: Trail, identifier: str) -> Trail:
    """Return the trail with an answer of a scenario joined to what it rests on.

    Parameters
    ----------
    trail
        From `build`, with the scenarios.
    identifier
        As `depgraph divert` prints it, ``V:scenario:quantity``.

    Returns
    -------
    networkx.DiGraph
        The answer rests on its scenario, on the stages that its name speaks of, and on the figure or
        assumption that it names.
    """
    return with_answers(trail, [identifier])


def with_answers(trail: Trail, identifiers: Iterable[str]) -> Trail:
    """Return the trail with many answers joined, as `with_answer` joins one.

    Parameters
    ----------
    trail
        From `build`, with the scenarios.
    identifiers
        Answers; what is none is left out.

    Returns
    -------
    networkx.DiGraph
        A copy; the trail that was given stays as it is.
    """
    joined = trail.copy()
    modelled = [node for node in trail if node.startswith("D:")]
    for identifier in identifiers:
        scenario, _, quantity = identifier.removeprefix("V:").partition(":")
        if not quantity or f"V:{scenario}" not in trail:
            continue
        stages = [node for node in modelled if node.removeprefix("D:") in quantity]
        named = [
            part for part in quantity.split(":") if trail.nodes.get(part, {}).get("kind") in {"assumption", "figure"}
        ]
        text = f"{quantity} as `depgraph divert {scenario}` computes it"
        joined.add_node(identifier, kind="answer", text=text)
        joined.add_edges_from((parent, identifier) for parent in (f"V:{scenario}", *stages, *named))
    return joined


def _evidence_entries(study: Study) -> Iterator[Entry]:
    """Yield sources, publications, claims and figures."""
    for row in study.tables["sources"]:
        yield row["id"], "source", _source_text(row), ()
    for row in study.tables["figure_sources"]:
        yield row["source_id"], "publication", f"{row['publisher']}: {row['document']}. {row['address']}", ()
    for row in study.tables["claims"]:
        yield row["claim_id"], "claim", claim_text(row), (row["source_id"],)
    for row in study.tables["figures"]:
        yield row["figure_id"], "figure", figure_text(row), (row["source_id"],)
    for name, row in study.imports.items():
        yield name, "trade", import_text(row), (row["source_id"],)


def _assumption_entries(study: Study) -> Iterator[Entry]:
    """Yield the ledger and the lexicon."""
    for item in study.ledger.values():
        text = f"{item.what}{_value_text(item.value, item.low, item.high)}. {item.reason}"
        yield item.assumption_id, "assumption", text, (item.source_id,) if item.source_id else ()
    for term in study.lexicon.values():
        text = f"the word means {term.low:g} to {term.high:g}, mostly {term.mode:g}. {term.reason}"
        yield term.term, "lexicon", text, ()


def _code_entries(study: Study) -> Iterator[Entry]:
    """Yield products, economies, blocs and units: they rest on nothing."""
    for row in study.tables["products"]:
        yield row["product"], "product", row["name"], ()
    for code, name in study.economies.names.items():
        members = study.economies.members.get(code, ())
        yield code, "bloc" if code in study.economies.members else "economy", f"{name} {' '.join(members)}".strip(), ()
    for row in study.tables["units"]:
        yield row["unit"], "unit", row["name"], ()


def _source_text(row: Row) -> str:
    """Describe a source by what it states of itself."""
    stated = [row["author"], row["title"], row["producer"], row["date_published"]]
    named = ". ".join(part for part in stated if part) or "a text that states neither author nor title"
    return f"{named} (reliability {row['reliability']}). {row['note'] or ''}".strip()


def claim_text(row: Row) -> str:
    """Describe a claim: paraphrase, how it is said, where it stands."""
    negated = ", denied" if row["polarity"] == "negated" else ""
    hedge = f", {row['hedge']}" if row["hedge"] else ""
    relations = "".join(f"; {relation}" for relation in row["relates_to"] or ())
    how = f"{row['kind']}, {row['modality']}{hedge}{negated}; paragraph {row['paragraph']:g}{relations}"
    return f"{row['statement']} [{how}]"


def figure_text(row: Row) -> str:
    """Describe a figure with everything that it must not be separated from."""
    flow = f" from {row['partner']}" if row["partner"] else ""
    value = _value_text(row["value"], row["low"], row["high"])
    caveat = f" ({row['note']})" if row["note"] else ""
    place = f"{row['product']}/{row['stage']}"
    return (
        f"{row['economy']}{flow}, {place}: {row['metric']}{value} {row['unit']}, {row['year']}, by {row['basis']}; "
        f"grade {row['grade']}, {row['status']}{caveat}"
    )


def import_text(row: Row) -> str:
    """Describe a row of trade."""
    mass = "no mass recorded" if row["mass_t"] is None else f"{row['mass_t']:g} t"
    flow = f"{row['economy']} imports from {row['partner']} under {row['code']} in {row['year']}"
    return f"{flow}: {row['value_kusd']:g} kUSD, {mass}"


def _value_text(value: float | None, low: float | None, high: float | None) -> str:
    """Write a value and its bounds; what is missing is not written."""
    if value is not None:
        bounds = f" ({low:g} to {high:g})" if low is not None and high is not None else ""
        return f" {value:g}{bounds}"
    if low is not None and high is not None:
        return f" {low:g} to {high:g}"
    if low is not None:
        return f" at least {low:g}"
    return f" at most {high:g}" if high is not None else ""


def estimate_text(item: Estimate) -> str:
    """Describe an estimate."""
    conflict = ", items disagree" if item.conflict else ""
    return (
        f"{item.economy} makes {item.low:.3g} / {item.central:.3g} / {item.high:.3g} of {item.stage} "
        f"(low / central / high; {item.metric}; {item.method}{conflict}; grade {item.grade})"
    )


def _buffer_text(row: Row) -> str:
    """Describe a stock, a use or a time to recover."""
    value = _value_text(row["value"], row["low"], row["high"])
    told = "ledger says" if any(name.startswith("A-") for name in row["parent"]) else "figures say"
    own = f"{value} {row['unit']}" if value else f" as the {told}"
    caveat = f" ({row['note']})" if row["note"] else ""
    since = f" from {row['definition']} to output" if row["definition"] else ""
    return f"{row['kind']} of {row['economy'] or 'anybody'} at {row['stage']}{since}:{own}{caveat}"


def _project_text(row: Row) -> str:
    """Describe an announced plant."""
    caveat = f" ({row['note']})" if row["note"] else ""
    return f"{row['name']}: {row['stage_id']} in {row['region']}, first full year {row['year']}{caveat}"


def _stage_text(row: Row) -> str:
    """Describe a stage with what is missing there."""
    notes = [row["coverage"], row["missing"] and f"missing: {row['missing']}", row["note"]]
    return ". ".join(part for part in (row["name"], *notes) if part)


def chokepoint_text(point: Chokepoint) -> str:
    """Describe a row of the ranking."""
    bloc = point.chokepoint_id.split(":")[1]
    losses = (f"{good} {loss.low:.3g} / {loss.central:.3g} / {loss.high:.3g}" for good, loss in point.goods.items())
    lost = ", ".join(losses)
    return (
        f"without {point.economy}, {bloc} loses {point.embodied.low:.3g} / {point.embodied.central:.3g} / "
        f"{point.embodied.high:.3g} of its {point.stage} ({point.method}; it buys {point.direct.low:.3g} / "
        f"{point.direct.central:.3g} / {point.direct.high:.3g} there itself) and of the finished goods {lost}; "
        f"rank {point.rank} ({point.rank_best} to {point.rank_worst}) by the weighted mean over all finished goods"
    )


def why(trail: Trail, identifier: str) -> list[Step]:
    """List what an identifier rests on and what rests on it.

    Parameters
    ----------
    trail
        From `build`.
    identifier
        Any identifier that a command prints.

    Returns
    -------
    list of Step
        The identifier itself, then everything below it, then everything above it, each branch
        depth first and each node expanded once.

    Raises
    ------
    UnknownNameError
        If nothing has this identifier; the message offers the nearest.
    """
    if identifier not in trail:
        raise UnknownNameError("identifier", identifier, trail)
    start = Step("self", 0, identifier, trail.nodes[identifier]["kind"], trail.nodes[identifier]["text"])
    return [start, *_walk(trail.reverse(copy=False), identifier, "down"), *_walk(trail, identifier, "up")]


def _walk(graph: Trail, start: str, direction: str) -> Iterator[Step]:
    """Walk depth first along the edges, naming again but not expanding what was seen."""
    expanded = {start}
    pending = [(child, 1) for child in sorted(graph.successors(start), reverse=True)]
    while pending:
        node, depth = pending.pop()
        seen = node in expanded
        yield Step(direction, depth, node, graph.nodes[node]["kind"], graph.nodes[node]["text"], seen)
        if not seen:
            expanded.add(node)
            pending.extend((child, depth + 1) for child in sorted(graph.successors(node), reverse=True))


def quotations(study: Study, steps: Iterable[Step], texts: Mapping[str, str]) -> dict[str, str]:
    """Return the quoted span of each claim of a trail, from the reader's own copies.

    Parameters
    ----------
    study
        The study.
    steps
        A trail.
    texts
        Source id to text.

    Returns
    -------
    dict
        Claim id to quotation; a claim whose text is missing or whose fingerprint does not
        match is left out, as the wrong words are worse than none.
    """
    found = {}
    for step in steps:
        claim = study.claims.get(step.id)
        text = texts.get(claim["source_id"]) if claim else None
        if claim is not None and text is not None:
            span = text[int(claim["start"]) : int(claim["end"])]
            if sources.fingerprint(span) == claim["fingerprint"]:
                found[step.id] = " ".join(span.split())
    return found
