"""Who supplies a bloc: its recorded imports where it imports all it uses, else the world's shares."""

import math
import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from depgraph.evidence import intervals
from depgraph.evidence.estimates import REST, Estimate, Picture
from depgraph.study import ledger
from depgraph.study.chains import stage_id
from depgraph.study.study import Study

Row = Mapping[str, Any]

FLOWS = {"import_value", "import_mass"}
PREFERRED = ("import_mass", "import_value", "import_share")  # of tables of the same year

# origin to its share of a bloc's imports (low, central, high as printed) and the figures behind it
Mix = Mapping[str, tuple[tuple[float, float, float], list[str]]]


class Reliance(NamedTuple):
    """The part of its use that a bloc imports, and what says so."""

    low: float
    central: float
    high: float
    parents: tuple[str, ...]


WORLD_RULES = (ledger.NEGLIGIBLE, ledger.POOLED_MARKET)
IMPORTS, WORLD, BOTH = "imports", "world shares", "imports and world shares"


@dataclass(frozen=True)
class Supply:
    """The part of a bloc's supply of a stage that comes from one economy.

    Attributes
    ----------
    economy
        The origin.
    low, central, high
        Fractions of what the bloc uses, at home or inside what it buys.
    method
        ``imports``, ``world shares``, or ``imports and world shares`` where the bloc makes a part of
        the next stages at home.
    parents
        Estimates, figures and assumptions.
    home
        What says how much of the next stages the bloc makes at home.
    """

    economy: str
    low: float
    central: float
    high: float
    method: str
    parents: tuple[str, ...]
    home: tuple[str, ...] = ()


def supply(study: Study, picture: Picture, stage: str, bloc: str, figures: Mapping[str, Sequence[Row]]) -> list[Supply]:
    """Estimate where a bloc's supply of a stage comes from.

    With r the part of its use that the bloc imports and m the origin's part of those imports
    the dependence of home makers is ``r m``. r is its net import reliance if that is published,
    and 1 if the bloc's share of world output is negligible. Where neither holds, or imports are not
    known for every member, the bloc is taken to be supplied in proportion to world shares.

    A bloc needs a stage at home only for what it makes of it at home. With h the part of its supply
    of the next stages that comes from its own makers and w the world share of the origin, the
    dependence is ``h r m + (1 - h) w``: the rest of its goods embodies what others have used.

    Parameters
    ----------
    study, picture
        The study and its estimates.
    stage
        The stage.
    bloc
        An economy or a bloc.
    figures
        Usable figures by stage, from `recent_figures`.

    Returns
    -------
    list of Supply
        Origins outside the bloc, largest first; empty where nothing is known.
    """
    members = study.economies.expand(bloc)
    imported = _imported(study, picture, stage, members, figures.get(stage, []))
    world = _world_supplies(study, picture, stage, members)
    if not imported or not world:
        return imported or world
    home = _home_part(study, picture, stage, members, figures)
    return imported if home is None else _blended(imported, world, home)


def _imported(
    study: Study, picture: Picture, stage: str, members: Sequence[str], figures: Sequence[Row]
) -> list[Supply]:
    """Return a bloc's supply by its imports, empty where these do not say enough."""
    reliance = _import_reliance(study, picture, stage, members, figures)
    mixes = _import_mixes(study, stage, members, figures) if reliance else []
    return _from_imports(study, mixes, reliance) if mixes and reliance else []


def _world_supplies(study: Study, picture: Picture, stage: str, members: Sequence[str]) -> list[Supply]:
    """Take the world shares of all others as shares of a bloc's supply."""
    outside = (item for item in picture.shares(stage) if item.economy != REST)
    # that the members make too much to live on imports decides for world shares, so it belongs to the trail
    own = (*(item.estimate_id for item in _own(picture, stage, members)), *WORLD_RULES)
    return [
        Supply(item.economy, item.low, item.central, item.high, WORLD, (item.estimate_id, *own))
        for item in outside
        if not set(study.economies.expand(item.economy)) & set(members)
    ]


class Home(NamedTuple):
    """The part of a bloc's supply of the next stages that its own makers deliver, and what says so."""

    low: float
    central: float
    high: float
    parents: tuple[str, ...]


def _home_part(
    study: Study, picture: Picture, stage: str, members: Sequence[str], figures: Mapping[str, Sequence[Row]]
) -> Home | None:
    """Span the home part over the next stages; None where a bloc uses the stage itself or nothing is known."""
    if study.stages[stage]["final"]:
        return None
    following = sorted({row["output"] for row in study.tables["recipes"] if row["input"] == stage and row["essential"]})
    found = [_home_makers(study, picture, after, members, figures.get(after, [])) for after in following]
    known = [part for part in found if part is not None]
    if not known:
        return None
    parents = tuple(sorted({parent for part in known for parent in part.parents} | {ledger.EMBODIED}))
    central = statistics.fmean(part.central for part in known)
    return Home(min(part.low for part in known), central, max(part.high for part in known), parents)


def _home_makers(
    study: Study, picture: Picture, stage: str, members: Sequence[str], figures: Sequence[Row]
) -> Home | None:
    """Return the part of a bloc's supply of one stage that its own makers deliver, None where not known."""
    imported = _imported(study, picture, stage, members, figures)
    if imported:
        low, central, high = (
            math.fsum(getattr(item, name) for item in imported) for name in ("low", "central", "high")
        )
        parents = tuple(sorted({parent for item in imported for parent in item.parents}))
        return Home(max(0.0, 1 - high), max(0.0, 1 - central), max(0.0, 1 - low), parents)
    shares = picture.shares(stage)
    if not shares:
        return None
    own = [item for item in shares if item.economy in members]
    unnamed = _unnamed(shares, members)
    parents = (*(item.estimate_id for item in (*own, *unnamed)), ledger.POOLED_MARKET)
    high = min(1.0, math.fsum(item.high for item in (*own, *unnamed)))
    return Home(math.fsum(item.low for item in own), math.fsum(item.central for item in own), high, parents)


def _unnamed(shares: Sequence[Estimate], members: Sequence[str]) -> list[Estimate]:
    """Return the rest of world if a member may be in it."""
    named = {item.economy for item in shares}
    return [] if set(members) <= named else [item for item in shares if item.economy == REST]


def _blended(imported: Sequence[Supply], world: Sequence[Supply], home: Home) -> list[Supply]:
    """Weigh the imports of home makers and the world shares in what is made elsewhere."""
    if home.high <= 0:
        return list(world)
    nothing = Supply("", 0.0, 0.0, 0.0, "", ())
    first, second = ({item.economy: item for item in supplies} for supplies in (imported, world))
    result = []
    for origin in sorted({*first, *second}):
        one, other = first.get(origin, nothing), second.get(origin, nothing)
        corners = (home.low, home.high)
        result.append(
            Supply(
                economy=origin,
                low=min(h * one.low + (1 - h) * other.low for h in corners),
                central=home.central * one.central + (1 - home.central) * other.central,
                high=max(h * one.high + (1 - h) * other.high for h in corners),
                method=BOTH,
                parents=tuple(dict.fromkeys((*one.parents, *other.parents))),
                home=home.parents,
            )
        )
    return sorted(result, key=lambda item: (-item.central, item.economy))


def _import_reliance(
    study: Study, picture: Picture, stage: str, members: Sequence[str], figures: Sequence[Row]
) -> Reliance | None:
    """Return the part of its use that a bloc imports, None where it is not known."""
    published = published_reliance(study, figures, members) if len(members) == 1 else None
    if published is not None:
        return published
    own = _own(picture, stage, members)
    negligible = study.assumption(ledger.NEGLIGIBLE)[1]
    if not picture.shares(stage) or math.fsum(item.high for item in own) > negligible:
        return None
    return Reliance(1.0, 1.0, 1.0, (*(item.estimate_id for item in own), ledger.NEGLIGIBLE))


def _own(picture: Picture, stage: str, members: Sequence[str]) -> list[Estimate]:
    """Return what members make, and the rest of world if a member that nobody names may be in it."""
    shares = picture.shares(stage)
    return [*(item for item in shares if item.economy in members), *_unnamed(shares, members)]


def published_reliance(study: Study, figures: Sequence[Row], members: Sequence[str]) -> Reliance | None:
    """Return the newest published net import reliance of one economy.

    Parameters
    ----------
    study
        For the assumptions by which printed numbers are read.
    figures
        Usable figures of a stage.
    members
        The economy.

    Returns
    -------
    Reliance or None
        A range, also where only a bound is printed; None where nothing is published.
    """
    rows = [row for row in figures if row["metric"] == "import_reliance" and row["economy"] in members]
    newest = [row for row in rows if row["year"] == max(other["year"] for other in rows)]
    if not newest:
        return None
    read = [intervals.printed(row, study) for row in newest]
    # below zero is a net exporter: it imports nothing on balance
    bounds = [[min(1.0, max(0.0, number)) for number in numbers] for numbers, _ in read]
    lows, centrals, highs = zip(*bounds, strict=True)
    parents = tuple(sorted({row["figure_id"] for row in newest}.union(*(taken for _, taken in read))))
    return Reliance(min(lows), statistics.median(centrals), max(highs), parents)


def recent_figures(study: Study) -> dict[str, list[Row]]:
    """Return the usable figures of the reference years by stage.

    Returns
    -------
    dict
        Stage to rows of status ``ok``.
    """
    first, last = study.reference_years
    found: dict[str, list[Row]] = {}
    for row in study.tables["figures"]:
        if row["status"] == "ok" and first <= int(row["year"][-4:]) <= last:
            found.setdefault(str(stage_id(row)), []).append(row)
    return found


def _import_mixes(study: Study, stage: str, members: Sequence[str], figures: Sequence[Row]) -> list[Mix]:
    """Return the shares of imports by origin, one for each table that is complete, newest first."""
    mixes = (_mix(study, rows, members) for rows in _import_tables(study, stage, members, figures))
    return [mix for mix in mixes if mix]


def _import_tables(study: Study, stage: str, members: Sequence[str], figures: Sequence[Row]) -> list[list[Row]]:
    """Group import figures into tables, newest first.

    Where the stage is spread over several customs codes a table must hold all of them.
    """
    codes = set((study.stages[stage]["hs_codes"] or "").split(";")) - {""}
    tables: dict[tuple[str, ...], list[Row]] = {}
    for row in figures:
        if (
            row["metric"] in PREFERRED
            and row["economy"] in members
            and row["partner"]
            and (row["value"] is not None or row["metric"] not in FLOWS)
        ):
            # the codes of a stage belong together; any other table stands for itself
            part = "" if _customs_code(row) in codes else row["table"] or ""
            tables.setdefault((row["year"], row["source_id"], row["metric"], row["vintage"] or "", part), []).append(
                row
            )
    newest_first = sorted(tables, key=lambda key: (-int(key[0][-4:]), -int(key[0][:4]), PREFERRED.index(key[2]), key))
    return [tables[key] for key in newest_first if _has_all_codes(tables[key], codes)]


def _has_all_codes(rows: Sequence[Row], codes: set[str]) -> bool:
    """Say whether a table holds all customs codes of its stage, or is about none of them.

    A flow without a code cannot be known to hold all codes of a stage that has several.
    """
    found = {_customs_code(row) for row in rows}
    if len(codes) > 1 and rows[0]["metric"] in FLOWS:
        return found >= codes
    return not found & codes or found >= codes


def _customs_code(row: Row) -> str:
    """Return the customs code that a table is about, empty where it names none."""
    match = re.search(r"\bH(?:T)?S (\d{4,10})", row["table"] or "")
    return match.group(1) if match else ""


class Flow(NamedTuple):
    """One import of one table: who, from where, under which customs code, how much."""

    member: str
    partner: str
    code: str
    amount: float
    figure: str


def _mix(study: Study, rows: Sequence[Row], members: Sequence[str]) -> Mix | None:
    """Turn one table of imports into shares by origin; None if a member or its total is missing."""
    if rows[0]["metric"] == "import_share":
        return _printed_mix(study, rows) if len(members) == 1 else None
    if rows[0]["metric"] not in FLOWS or len({study.units.dimension(row["unit"]) for row in rows}) != 1:
        return None
    flows = [_flow(study, row, rows[0]["unit"]) for row in rows]
    totals = {(flow.member, flow.code) for flow in flows if flow.partner == "WLD"}
    codes = {flow.code for flow in flows}
    complete = all((member, code) in totals for member in members for code in codes)
    return _flow_mix(flows, members) if complete else None


def _printed_mix(study: Study, rows: Sequence[Row]) -> Mix:
    """Take shares of imports as they are printed; a remainder is no supplier."""
    return {
        row["partner"]: (intervals.printed(row, study)[0], [row["figure_id"]])
        for row in rows
        if row["partner"] not in {"WLD", REST}
    }


def _flow(study: Study, row: Row, unit: str) -> Flow:
    """Read one import in the unit of its table."""
    amount = study.units.convert(row["value"], row["unit"], unit)
    return Flow(row["economy"], row["partner"], _customs_code(row), amount, row["figure_id"])


def _flow_mix(flows: Sequence[Flow], members: Sequence[str]) -> Mix | None:
    """Return the shares of what a bloc imports from outside; None if it imports nothing."""
    outside, _ = split_imports(flows, members)
    total = math.fsum(outside.values())
    if total <= 0:
        return None
    whole = [flow.figure for flow in flows if flow.partner == "WLD"]
    return {
        origin: ((amount / total,) * 3, [*whole, *(flow.figure for flow in flows if flow.partner == origin)])
        for origin, amount in outside.items()
        if origin != REST
    }


def split_imports(flows: Sequence[Flow], members: Sequence[str]) -> tuple[dict[str, float], float]:
    """Split the imports of a bloc into what comes from outside, by origin, and trade among members.

    Parameters
    ----------
    flows
        Imports of every member, with totals (partner WLD).
    members
        The bloc.

    Returns
    -------
    outside
        Origin to amount, sorted; what the totals hold and no origin names is under ROW.
    inside
        What members sell each other: no supply from outside.
    """
    inside = math.fsum(flow.amount for flow in flows if flow.partner in members)
    total = math.fsum(flow.amount for flow in flows if flow.partner == "WLD")
    named = sorted({flow.partner for flow in flows} - {"WLD", REST, *members})
    outside = {origin: math.fsum(flow.amount for flow in flows if flow.partner == origin) for origin in named}
    rest = total - inside - math.fsum(outside.values())
    return outside | ({REST: rest} if rest > 0 else {}), inside


def newest_imports(study: Study, stage: str, members: Sequence[str], figures: Sequence[Row]) -> list[Flow]:
    """Return the newest complete table of imports by value or mass, empty where there is none.

    Parameters
    ----------
    study
        The study.
    stage
        The stage.
    members
        The bloc.
    figures
        Usable figures of the stage, from `recent_figures`.

    Returns
    -------
    list of Flow
        All rows of one table: one source, year and measure.
    """
    for rows in _import_tables(study, stage, members, figures):
        if rows[0]["metric"] in FLOWS and _mix(study, rows, members):
            return [_flow(study, row, rows[0]["unit"]) for row in rows]
    return []


def _from_imports(study: Study, mixes: Sequence[Mix], reliance: Reliance) -> list[Supply]:
    """Combine the import tables, newest first, and multiply by reliance.

    Central is the newest table's share, 0 for an origin that it does not name; low and high span
    all tables of the reference years, widened by the error of trade figures.
    """
    error = study.assumption(ledger.MIRROR_GAP)[1]
    result = []
    for origin in sorted(study.economies.apart(origin for mix in mixes for origin in mix)):
        found = [mix[origin] for mix in mixes if origin in mix]
        low, central, high = mixes[0][origin][0] if origin in mixes[0] else (0.0, 0.0, 0.0)
        low = min(_shifted(bounds[0], 1 - error, 1 + error) for bounds, _ in found) if low else 0.0
        high = max(_shifted(min(1.0, bounds[2]), 1 + error, 1 - error) for bounds, _ in found)
        figures = sorted({figure for _, ids in found for figure in ids})
        result.append(
            Supply(
                economy=origin,
                low=reliance.low * low,
                central=reliance.central * min(1.0, central),
                high=reliance.high * high,
                method=IMPORTS,
                parents=(*figures, *reliance.parents, ledger.MIRROR_GAP),
            )
        )
    return sorted(result, key=lambda item: (-item.central, item.economy))


def _shifted(share: float, own: float, others: float) -> float:
    """Return a share after its own part and the others' part are in error by some factors."""
    return share * own / (share * own + (1 - share) * others)
