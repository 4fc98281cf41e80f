"""What decides a number: the figure or claim that sets it, and the assumptions that move it most.

The rule, for a share (E:...) and for a row of the ranking (K:...): every figure and claim below the number
is moved by a thousandth of itself, alone, and the number is computed again. An item *sets* the central value
if that moves it by at least half of what the strongest item does; it sets the low or the high end in the same
way. Where no single item moves the number, since several say the same, those nearest to it are named. The
assumptions of the recipes on the way are put to their low and to their high end; the one that moves the loss
most comes first.

A stage is decided by what decides the share of its largest supplier, a balance (B:...) by what decides its
largest row of the ranking. Everything else, the answers of scenarios (V:...) included, is not computed again
here: nothing is said to set it, and what stands nearest below it is named, claims before figures before assumptions.
Claims of the sources always come before figures that only bound a range.
"""

import math
import textwrap
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import networkx as nx

from depgraph.analysis.chokepoints import Chokepoint
from depgraph.core.tables import schemas
from depgraph.core.words import percent, spread
from depgraph.evidence import estimates
from depgraph.evidence.estimates import Estimate, Picture
from depgraph.graph import dependencies, imports, sourcing
from depgraph.graph.dependencies import Range
from depgraph.study.chains import stage_id
from depgraph.study.study import Study
from depgraph.trail.trail import Trail, import_text

Row = Mapping[str, Any]

STEP = 1e-3  # by which an item is moved, as a part of itself
NOISE = 1e-7  # a number that moves by less has not moved
MOST_ITEMS = 5
MOST_ASSUMPTIONS = 3
MOST_CARRIED = 3
WIDTH = 220  # characters of one line


@dataclass(frozen=True)
class Basis:
    """One figure, claim or assumption of the decisive path.

    Attributes
    ----------
    id, kind
        What it is.
    role
        What it does to the number, in words.
    text
        What it says, with value, year and publisher or source.
    """

    id: str
    kind: str
    role: str
    text: str


@dataclass(frozen=True)
class Decisive:
    """The decisive path of one identifier.

    Attributes
    ----------
    id, headline
        What the number is, in words.
    items
        Figures and claims, the one that sets the central value first.
    assumptions
        Those that matter most.
    carried
        What rests on it, and how many there are.
    """

    id: str
    headline: str
    items: tuple[Basis, ...]
    assumptions: tuple[Basis, ...]
    carried: tuple[str, ...]
    carried_count: int


def decide(study: Study, picture: Picture, trail: Trail, identifier: str, rows: Iterable[Chokepoint] = ()) -> Decisive:
    """Find what decides a number, by the rule of this module.

    Parameters
    ----------
    study, picture
        The study and its estimates.
    trail
        The whole trail, from `trail.build`; it must hold the identifier.
    identifier
        Anything that a command prints.
    rows
        The rows of the ranking that the trail holds.

    Returns
    -------
    Decisive
        Headline, items, assumptions, and what rests on the number.
    """
    points = {row.chokepoint_id: row for row in rows}
    if identifier in picture.by_id:
        item = picture.by_id[identifier]
        found = _of_estimate(study, item, trail)
        return _decisive(study, trail, identifier, estimate_sentence(study, item), found)
    if identifier in points:
        point = points[identifier]
        return _decisive(study, trail, identifier, chokepoint_sentence(study, point), _of_point(study, point, trail))
    if identifier in study.stages and picture.shares(identifier):
        item = picture.shares(identifier)[0]
        headline = f"{study.stages[identifier]['name']} ({identifier}). {estimate_sentence(study, item)}"
        return _decisive(study, trail, identifier, headline, _of_estimate(study, item, trail))
    inner = [points[parent] for parent in trail.predecessors(identifier) if parent in points]
    headline = _plain(study, picture, trail, identifier)
    if identifier.startswith("B:") and inner:
        point = max(inner, key=lambda row: (row.loss.central, row.chokepoint_id))
        headline = f"The larger side of {identifier}: {chokepoint_sentence(study, point)}{_reply(study, point, inner)}"
        return _decisive(study, trail, identifier, headline, _of_point(study, point, trail))
    return _decisive(study, trail, identifier, headline, _nearest(study, trail, identifier))


Found = tuple[list[Basis], list[Basis]]


def _decisive(study: Study, trail: Trail, identifier: str, headline: str, found: Found) -> Decisive:
    """Join what was found with what rests on the number."""
    items, assumptions = found
    above = [name for name in trail.successors(identifier) if name.startswith(("K:", "E:", "V:", "B:", "T:"))]
    carried = nx.descendants(trail, identifier)
    order = sorted(above or trail.successors(identifier))
    return Decisive(
        identifier,
        headline,
        tuple(items[:MOST_ITEMS]),
        tuple(assumptions[:MOST_ASSUMPTIONS]),
        tuple(_named(study, name) for name in order[:MOST_CARRIED]),
        len(carried),
    )


def _named(study: Study, identifier: str) -> str:
    """Return an identifier, or the name of the stage that it is."""
    return str(study.stages[identifier]["name"]) if identifier in study.stages else identifier


def _reply(study: Study, point: Chokepoint, rows: Iterable[Chokepoint]) -> str:
    """Say what the other side of a balance could cost most; nothing is said of a side that is not known."""
    side = point.chokepoint_id.split(":")[1]
    others = [row for row in rows if row.chokepoint_id.split(":")[1] != side]
    if not others:
        return " What the other side could cost is not known."
    most = max(others, key=lambda row: (row.loss.central, row.chokepoint_id))
    names = study.economies.names
    loser = names[most.chokepoint_id.split(":")[1]]
    return f" On the other side {names[most.economy]} could cost {loser} {spread(most.loss)}."


def _plain(study: Study, picture: Picture, trail: Trail, identifier: str) -> str:
    """Return what stands at an identifier, by its kind."""
    clash = next((item for item in picture.disagreements if item.clash_id == identifier), None)
    if clash is not None:
        return (
            f"{identifier}: the items below on {study.stages[clash.stage]['name']} cannot all be true "
            f"({_words(clash.metric.partition(':')[0])}). "
            f"Their bounds must move by {100 * clash.relaxation:.3g} percentage points at least."
        )
    if identifier in study.claims:
        return f"{identifier} is a claim: {claim_words(study, study.claims[identifier])}."
    if identifier in study.figures:
        return f"{identifier} is a figure: {figure_words(study, study.figures[identifier])}."
    node = trail.nodes[identifier]
    if node["kind"] == "endurance":
        return _time(study, identifier, node["text"])
    return f"{identifier} is {_article(node['kind'])}: {node['text']}"


def _time(study: Study, identifier: str, text: str) -> str:
    """Say how long a member lasts, with names; where no day is known, nothing is."""
    _, member, economy, stage = identifier.split(":", 3)
    names = study.economies.names
    lasts = text.partition(f" {member} ")[2].replace("lasts at least 0 days", "lasts for a time that is not known")
    return f"Without {names[economy]} at {study.stages[stage]['name']} {names[member]} {lasts}."


def _article(noun: str) -> str:
    """Put the article before a noun.

    Examples
    --------
    >>> _article("estimate"), _article("claim")
    ('an estimate', 'a claim')
    """
    return f"{'an' if noun[:1] in 'aeio' else 'a'} {noun}"


def chokepoint_sentence(study: Study, point: Chokepoint) -> str:
    """Say in words what a row of the ranking says.

    Parameters
    ----------
    study
        For the names.
    point
        The row.

    Returns
    -------
    str
        One or two sentences with both ranges.
    """
    names = study.economies.names
    bloc = names[point.chokepoint_id.split(":")[1]]
    stage = study.stages[point.stage]["name"]
    goods = ", ".join(f"{study.stages[good]['name'].lower()} {percent(part.central)}" for good, part in _largest(point))
    return (
        f"{names[point.economy]} has {spread(point.embodied)} of the supply of {stage} to {bloc}, inside later goods "
        f"too (from {point.method}). If that stops, {bloc} loses {spread(point.loss)} of its finished goods "
        f"before any response, on weighted average over all of them; most of {goods}. "
        f"Rank {point.rank} ({point.rank_best} to {point.rank_worst})."
    )


def _largest(point: Chokepoint) -> list[tuple[str, Range]]:
    """Return the two goods that lose most."""
    return sorted(point.goods.items(), key=lambda pair: (-pair[1].central, pair[0]))[:2]


def estimate_sentence(study: Study, item: Estimate) -> str:
    """Say in words what an estimate says.

    Parameters
    ----------
    study
        For the names.
    item
        The estimate.

    Returns
    -------
    str
        A sentence with the range, the definition and the evidence.
    """
    stage = study.stages[item.stage]["name"]
    metric, _, basis = item.metric.partition(":")
    clash = "; its items disagree" if item.conflict else ""
    return (
        f"{study.economies.names[item.economy]} has {spread((item.low, item.central, item.high))} "
        f"of the world's {stage} "
        f"({_words(metric)}, {_words(basis)}; {item.method}{clash}; grade {item.grade})."
    )


def _words(code: str) -> str:
    """Write a code of a table as words."""
    return code.replace("_", " ")


# --- items moved one by one ---------------------------------------------------------------------


Number = Callable[[Study], Range | None]


def _of_estimate(study: Study, item: Estimate, trail: Trail) -> Found:
    """Return what decides an estimate."""

    def number(changed: Study) -> Range | None:
        again = estimates.estimate(changed).by_id.get(item.estimate_id)
        return None if again is None else Range(again.low, again.central, again.high)

    items = _setting(study, nx.ancestors(trail, item.estimate_id), item.economy, {item.stage}, number)
    _, assumptions = _nearest(study, trail, item.estimate_id)
    return items, assumptions


def _of_point(study: Study, point: Chokepoint, trail: Trail) -> Found:
    """Return what decides a row of the ranking."""
    bloc = point.chokepoint_id.split(":")[1]

    def number(changed: Study) -> Range | None:
        picture = estimates.estimate(changed)
        supplies = sourcing.supply(changed, picture, point.stage, bloc, imports.read_trade(changed))
        return next((item.embodied for item in supplies if item.economy == point.economy), None)

    following = {row["output"] for row in study.tables["recipes"] if row["input"] == point.stage}
    below = nx.ancestors(trail, point.chokepoint_id)
    items = _setting(study, below, point.economy, {point.stage, *following}, number)
    return items, _recipe_assumptions(study, point)


def _setting(study: Study, below: set[str], economy: str, stages: set[str], number: Number) -> list[Basis]:
    """Move every figure and claim below a number and keep those that set it."""
    held = _only(study, stages)
    start = number(held)
    if start is None:
        return []
    movable = {*held.claims, *held.figures, *held.imports}
    moves = {name: _moves(held, name, start, number) for name in sorted(below & movable)}
    roles = {name: _role(move, moves.values()) for name, move in moves.items()}
    if not any(_is_central(role) for role in roles.values()):
        roles |= _agreeing(held, below, economy, start)
    kept = [name for name in moves if roles[name] or name in study.claims]
    order = sorted(kept, key=lambda name: _order(study, name, roles[name], moves[name]))
    return [_basis(study, name, roles[name] or "also bears on it") for name in order]


def _order(study: Study, name: str, role: str, move: Range) -> tuple[object, ...]:
    """Order items: what sets the central value (world totals last), then claims, then figures that only bound."""
    return not _is_central(role), name not in study.claims, _is_total(study, name), -round(move.central, 3), name


def _is_central(role: str) -> bool:
    """Say whether a role is to set the central value."""
    return role.startswith(("sets the central", "sets the number"))


def _is_total(study: Study, name: str) -> bool:
    """Say whether an item is a world total."""
    return name in study.figures and study.figures[name]["economy"] == "WLD"


def _only(study: Study, stages: set[str]) -> Study:
    """Return a study with the evidence of some stages only: what is moved is computed again often."""
    kept = {name: [row for row in study.tables[name] if stage_id(row) in stages] for name in ("figures", "claims")}
    codes = tuple(code for stage in stages for code in (study.stages[stage]["hs_codes"] or "").split(";") if code)
    traded = [row for row in study.tables.get("imports", ()) if row["code"].startswith(codes)]
    return replace(study, tables={**study.tables, **kept, "imports": traded})


def _moves(study: Study, name: str, start: Range, number: Number) -> Range:
    """Return how far low, central and high move if one item does, per part of the item."""
    found = [number(moved(study, name, factor)) for factor in (1 - STEP, 1 + STEP)]
    known = [value for value in found if value is not None]
    return Range(
        *(max((abs(value[i] - start[i]) for value in known), default=0.0) / STEP for i in range(3)),
    )


def moved(study: Study, name: str, factor: float) -> Study:
    """Return a study in which one figure, row of trade or claim says something else.

    Parameters
    ----------
    study
        The study; it stays as it is.
    name
        A figure, a row of trade or a claim. A claim that uses a word gets a word of its own, with other shares.
    factor
        By which value and bounds are multiplied; a zero takes the place of one.

    Returns
    -------
    Study
        The changed copy.
    """
    table, row = next((table, dict(rows[name])) for table, rows in _movable(study).items() if name in rows)
    lexicon = dict(study.lexicon)
    if table == "claims" and row["term"] and row["unit"] != "share":
        term = lexicon[row["term"]]
        row["term"] = f"{term.term} of {name}"
        bounds = (min(1.0, value * factor) for value in (term.low, term.mode, term.high))
        low, mode, high = bounds
        lexicon[row["term"]] = replace(term, term=row["term"], low=low, mode=mode, high=high)
    for number in ("value_kusd", "mass_t") if table == "imports" else ("value", "low", "high"):
        if row[number] is not None:
            row[number] = row[number] * factor if row[number] else max(0.0, factor - 1)
    key = schemas()[table].key
    rows = [row if other[key] == name else other for other in study.tables[table]]
    return replace(study, tables={**study.tables, table: rows}, lexicon=lexicon)


def _movable(study: Study) -> dict[str, Mapping[str, Row]]:
    """Return the tables whose rows can be moved, by identifier."""
    return {"figures": study.figures, "imports": study.imports, "claims": study.claims}


def _role(move: Range, all_moves: Iterable[Range]) -> str:
    """Say which ends of the range an item sets; empty if none."""
    others = list(all_moves)
    ends = {"central value": 1, "low end": 0, "high end": 2}
    found = [name for name, i in ends.items() if move[i] * STEP > NOISE and move[i] >= max(o[i] for o in others) / 2]
    if len(found) == len(ends):
        return "sets the number and both ends of its range"
    return f"sets the {' and the '.join(found)}" if found else ""


def _agreeing(study: Study, below: set[str], economy: str, start: Range) -> dict[str, str]:
    """Name the items that say what the number is, where none of them alone moves it."""
    items = [item for item in estimates.estimate(study).evidence if item.parent in below and item.economy == economy]
    gap = min((abs(item.central - start.central) for item in items), default=math.inf)
    near = [item.parent for item in items if abs(item.central - start.central) <= gap + NOISE]
    return dict.fromkeys(near, "sets the central value together with others that say the same")


def _recipe_assumptions(study: Study, point: Chokepoint) -> list[Basis]:
    """Order the assumptions of the recipes on the way by how far their range moves the loss."""
    recipes = {row["recipe_id"]: row["parent"] for row in study.tables["recipes"]}
    names = {name for parent in point.parents for name in recipes.get(parent, ()) if name in study.ledger}
    swings = {name: _swing(study, point, name) for name in sorted(names)}
    order = sorted((name for name in swings if swings[name] > 0), key=lambda name: (-swings[name], name))
    return [
        _basis(study, name, f"its range moves the loss by {100 * swings[name]:.2g} percentage points") for name in order
    ]


def _swing(study: Study, point: Chokepoint, name: str) -> float:
    """Return how far the central loss moves while one assumption goes through its range."""
    item = study.ledger[name]
    if item.value is None or item.low is None or item.high is None or item.low == item.high:
        return 0.0
    losses = []
    for value in (item.low, item.high):
        changed = replace(study, ledger={**study.ledger, name: replace(item, value=value, low=None, high=None)})
        losses.append(_central_loss(changed, point))
    return abs(losses[1] - losses[0])


def _central_loss(study: Study, point: Chokepoint) -> float:
    """Return the mean central loss of all finished goods with the recipes of a study."""
    network = dependencies.build(study, Picture((), (), (), {}))
    reach = dependencies.transmission(dependencies.essential_inputs(network), point.stage)
    parts = [point.weights[good] * reach[good].central for good in point.goods if good in reach]
    return point.embodied.central * math.fsum(parts)


# --- what stands nearest ------------------------------------------------------------------------


def _nearest(study: Study, trail: Trail, identifier: str) -> Found:
    """Return what stands nearest below: claims, then figures, then assumptions with the widest range."""
    steps = nx.single_source_shortest_path_length(trail.reverse(copy=False), identifier)
    del steps[identifier]

    def near(names: Collection[str]) -> list[str]:
        return sorted((name for name in steps if name in names), key=lambda name: (steps[name], name))

    items = [_basis(study, name, "") for name in [*near(study.claims), *near(study.figures), *near(study.imports)]]
    known = sorted(near(study.ledger), key=lambda name: (steps[name], -_width(study, name), name))
    return items or _sources(trail, steps), [_basis(study, name, "") for name in known]


def _sources(trail: Trail, steps: Mapping[str, int]) -> list[Basis]:
    """Return sources and publications below an identifier that rests on no claim and no figure."""
    kinds = {"source", "publication"}
    names = [name for name in steps if trail.nodes[name]["kind"] in kinds]
    return [Basis(name, trail.nodes[name]["kind"], "", trail.nodes[name]["text"]) for name in sorted(names)]


def _width(study: Study, name: str) -> float:
    """Return the width of an assumption's range as a part of its value, 0 where it has none."""
    item = study.ledger[name]
    if not item.value or item.low is None or item.high is None:
        return 0.0
    return abs((item.high - item.low) / item.value)


# --- words --------------------------------------------------------------------------------------


def _basis(study: Study, name: str, role: str) -> Basis:
    """Describe a figure, a claim or an assumption with value, year and where it comes from."""
    if name in study.figures:
        return Basis(name, "figure", role, figure_words(study, study.figures[name]))
    if name in study.imports:
        return Basis(name, "trade", role, import_text(study.imports[name]))
    if name in study.claims:
        return Basis(name, "claim", role, claim_words(study, study.claims[name]))
    item = study.ledger[name]
    limits = "" if item.low is None or item.high is None else f" ({item.low:g} to {item.high:g})"
    value = "" if item.value is None else f": {item.value:g}{limits} {item.unit or ''}".rstrip()
    return Basis(name, "assumption", role, f"{item.what}{value}")


def figure_words(study: Study, row: Row) -> str:
    """Describe a figure: who, what, value with unit, year, publisher.

    Parameters
    ----------
    study
        For names.
    row
        A row of the figures.

    Returns
    -------
    str
        Without the identifier.
    """
    publisher = {item["source_id"]: item["publisher"] for item in study.tables["figure_sources"]}
    names = study.economies.names
    flow = f" from {names.get(row['partner'], row['partner'])}" if row["partner"] else ""
    stage = study.stages.get(str(stage_id(row)), {"name": stage_id(row)})["name"]
    who = names.get(row["economy"], row["economy"])
    return (
        f"{who}{flow}, {stage}: {_words(row['metric'])} {_value(row)}, {row['year']} "
        f"({publisher.get(row['source_id'], row['source_id'])})"
    )


def _value(row: Row) -> str:
    """Write the value of a figure or claim with its unit; shares as percent."""
    unit = "%" if row["unit"] == "share" else f" {row['unit'] or ''}".rstrip()
    scale = 100 if row["unit"] == "share" else 1
    value, low, high = (None if row[key] is None else f"{scale * row[key]:.6g}" for key in ("value", "low", "high"))
    if value is not None:
        return f"{value}{unit}"
    if low is not None and high is not None:
        return f"{low} to {high}{unit}"
    return f"at least {low}{unit}" if low is not None else f"at most {high}{unit}" if high is not None else "no value"


def claim_words(study: Study, row: Row) -> str:
    """Describe a claim: what it says and where.

    Parameters
    ----------
    study
        For the title of the source.
    row
        A row of the claims.

    Returns
    -------
    str
        Without the identifier.
    """
    title = {item["id"]: item["title"] for item in study.tables["sources"]}.get(row["source_id"])
    return f'"{row["statement"]}" ({title or row["source_id"]}, paragraph {row["paragraph"]:g})'


def lines(found: Decisive) -> list[str]:
    """Write a decisive path in at most fifteen lines.

    Parameters
    ----------
    found
        From `decide`.

    Returns
    -------
    list of str
        What the number is, what sets it, what matters most, what it carries, how to get the rest.

    Examples
    --------
    >>> lines(Decisive("A-x", "A-x is an assumption: half.", (), (), (), 0))
    ['A-x is an assumption: half.', 'Nothing rests on it.', 'The whole trail: depgraph why A-x --full']
    """
    written = [_short(found.headline, 3 * WIDTH)]
    for title, group in (("It rests on:", found.items), ("Assumptions that matter most:", found.assumptions)):
        if group:
            written.append(title)
            written.extend(_line(item) for item in group)
    more = found.carried_count - len(found.carried)
    rest = f" and {more} more" if more > 0 else ""
    carried = f"On it rests: {', '.join(found.carried)}{rest}." if found.carried_count else "Nothing rests on it."
    return [*written, _short(carried, WIDTH), f"The whole trail: depgraph why {found.id} --full"]


def _line(item: Basis) -> str:
    """Write one item."""
    role = f" {item.role}:" if item.role else ""
    return _short(f"{item.id}{role} {item.text}", WIDTH, indent="  ")


def _short(text: str, width: int, indent: str = "") -> str:
    """Put a text on one line of a width."""
    return indent + textwrap.shorten(text, width=width, placeholder=" ...")
