"""Who supplies a bloc: its recorded imports where it imports all it uses, else the world's shares."""

import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from depgraph import assumptions
from depgraph.chains import stage_id
from depgraph.estimates import REST, Estimate, Picture
from depgraph.study import Study

Row = Mapping[str, Any]

FLOWS = {"import_value", "import_mass"}

# origin to its share of a bloc's imports and the figures behind it
Mix = Mapping[str, tuple[float, list[str]]]


@dataclass(frozen=True)
class Supply:
    """The part of a bloc's supply of a stage that comes from one economy.

    Attributes
    ----------
    economy
        The origin.
    low, central, high
        Fractions of what the bloc uses.
    method
        ``imports`` or ``world shares``.
    parents
        Estimates, figures and assumptions.
    """

    economy: str
    low: float
    central: float
    high: float
    method: str
    parents: tuple[str, ...]


def supply(study: Study, picture: Picture, stage: str, bloc: str, figures: Sequence[Row]) -> list[Supply]:
    """Estimate where a bloc's supply of a stage comes from.

    With r the part of its use that the bloc imports and m the origin's part of those imports
    the dependence is ``r m``. r is its net import reliance if that is published, and 1 if the
    bloc's share of world output is negligible. Where neither holds, or imports are not known
    for every member, the bloc is taken to be supplied in proportion to world shares.

    Parameters
    ----------
    study, picture
        The study and its estimates.
    stage
        The stage.
    bloc
        An economy or a bloc.
    figures
        Usable figures of the stage, from `recent_figures`.

    Returns
    -------
    list of Supply
        Origins outside the bloc, sorted; empty where nothing is known.
    """
    members = study.economies.expand(bloc)
    reliance = _import_reliance(study, picture, stage, members, figures)
    if reliance is not None:
        mixes = _import_mixes(study, stage, members, figures)
        if mixes:
            return _from_imports(study, mixes, reliance)
    outside = (item for item in picture.shares(stage) if item.economy != REST)
    return [_from_world(item) for item in outside if not set(study.economies.expand(item.economy)) & set(members)]


def _from_world(item: Estimate) -> Supply:
    """Take a world share as the share of the bloc's supply."""
    parents = (item.estimate_id, assumptions.POOLED_MARKET)
    return Supply(item.economy, item.low, item.central, item.high, "world shares", parents)


def _import_reliance(
    study: Study, picture: Picture, stage: str, members: Sequence[str], figures: Sequence[Row]
) -> tuple[float, float, float, tuple[str, ...]] | None:
    """Return (low, central, high, parents) of the part of its use that a bloc imports."""
    rows = [
        row
        for row in figures
        if row["metric"] == "import_reliance" and row["economy"] in members and row["value"] is not None
    ]
    if len(members) == 1 and rows:
        newest = [row for row in rows if row["year"] == max(r["year"] for r in rows)]
        # below zero is a net exporter: it imports nothing on balance
        values = [min(1.0, max(0.0, row["value"])) for row in newest]
        return min(values), statistics.median(values), max(values), tuple(sorted(row["figure_id"] for row in newest))
    shares = picture.shares(stage)
    own = [item for item in shares if item.economy in members]
    if shares and sum(item.central for item in own) <= study.assumption(assumptions.NEGLIGIBLE)[1]:
        return 1.0, 1.0, 1.0, (*(item.estimate_id for item in own), assumptions.NEGLIGIBLE)
    return None


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
    """Return the shares of imports by origin, one for each table that is complete.

    A table is complete if it has every member and its total and, where the stage is spread over
    several customs codes, all of them. The newest table comes first.
    """
    codes = set((study.stages[stage]["hs_codes"] or "").split(";")) - {""}
    tables: dict[tuple[str, ...], list[Row]] = {}
    for row in figures:
        if row["economy"] in members and row["partner"] and row["value"] is not None:
            # the codes of a stage belong together; any other table stands for itself
            code = _customs_code(row)
            part = "" if code in codes else row["table"] or ""
            tables.setdefault((row["year"], row["source_id"], row["metric"], row["vintage"] or "", part), []).append(
                row
            )
    mixes = {}
    for key, rows in sorted(tables.items()):
        found = {_customs_code(row) for row in rows}
        mix = _mix(study, rows, members) if not (found & codes) or found >= codes else None
        if mix:
            mixes[key] = mix
    return [mixes[key] for key in sorted(mixes, key=lambda key: (-int(key[0][-4:]), key))]


def _customs_code(row: Row) -> str:
    """Return the customs code that a table is about, empty where it names none."""
    match = re.search(r"\bH(?:T)?S (\d{4,10})", row["table"] or "")
    return match.group(1) if match else ""


def _mix(study: Study, rows: Sequence[Row], members: Sequence[str]) -> Mix | None:
    """Turn one table of imports into shares by origin; None if a member or its total is missing."""
    if rows[0]["metric"] == "import_share":
        shares = {row["partner"]: (row["value"], [row["figure_id"]]) for row in rows if row["partner"] != "WLD"}
        return shares if len(members) == 1 else None
    if rows[0]["metric"] not in FLOWS or len({study.units.dimension(row["unit"]) for row in rows}) != 1:
        return None
    codes = {_customs_code(row) for row in rows}
    totals = {(row["economy"], _customs_code(row)) for row in rows if row["partner"] == "WLD"}
    if any((member, code) not in totals for member in members for code in codes):
        return None
    base = rows[0]["unit"]
    flows = [(row["partner"], study.units.convert(row["value"], row["unit"], base), row["figure_id"]) for row in rows]
    # what members sell each other is no supply from outside
    inside = sum(value for partner, value, _ in flows if partner in members)
    total = sum(value for partner, value, _ in flows if partner == "WLD") - inside
    if total <= 0:
        return None
    whole = [figure for partner, _, figure in flows if partner == "WLD"]
    origins = sorted({partner for partner, _, _ in flows} - {"WLD", "ROW", *members})
    return {
        origin: (
            sum(value for partner, value, _ in flows if partner == origin) / total,
            [*whole, *(figure for partner, _, figure in flows if partner == origin)],
        )
        for origin in origins
    }


def _from_imports(
    study: Study,
    mixes: Sequence[Mix],
    reliance: tuple[float, float, float, tuple[str, ...]],
) -> list[Supply]:
    """Combine the import tables, newest first, and multiply by reliance.

    Central is the newest table's share; low and high span all tables of the reference years,
    widened by the error of trade figures.
    """
    error = study.assumption(assumptions.MIRROR_GAP)[1]
    low, central, high, parents = reliance
    result = []
    for origin in sorted({origin for mix in mixes for origin in mix}):
        found = [mix[origin] for mix in mixes if origin in mix]
        shares = [min(1.0, share) for share, _ in found]
        figures = sorted({figure for _, ids in found for figure in ids})
        result.append(
            Supply(
                economy=origin,
                low=low * min(_shifted(share, 1 - error, 1 + error) for share in shares),
                central=central * shares[0],
                high=high * max(_shifted(share, 1 + error, 1 - error) for share in shares),
                method="imports",
                parents=(*figures, *parents, assumptions.MIRROR_GAP),
            )
        )
    return sorted(result, key=lambda item: (-item.central, item.economy))


def _shifted(share: float, own: float, others: float) -> float:
    """Return a share after its own part and the others' part are in error by some factors."""
    return share * own / (share * own + (1 - share) * others)
