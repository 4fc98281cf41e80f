"""Checks on public figures: what a number must be before it may stand beside others."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from depgraph.core.errors import Problem
from depgraph.core.tables import check_bounds
from depgraph.core.units import Units

Row = Mapping[str, Any]

# metrics whose unit is settled by what they count; the others may come in several
DIMENSIONS = {
    "production_share": "share",
    "capacity_share": "share",
    "market_share": "share",
    "import_share": "share",
    "export_share": "share",
    "projected_share": "share",
    "sites_share": "share",
    "filings_share": "share",
    "volume_share": "share",
    "sole_source_share": "share",
    "import_reliance": "share",
    "lead_time": "time",
    "stock_days": "time",
}
# what is counted from nothing upwards; prices and changes may fall below
QUANTITIES = {
    "production", "capacity", "reserves", "consumption", "import_value", "import_mass", "export_value", "export_mass",
    "stock", "stock_days", "announced_capacity", "projected_production", "lead_time", "installations",
}  # fmt: skip
FUTURE = {"announced_capacity", "projected_production", "projected_share"}
WORLD_TOLERANCE = 1.02  # a country may exceed a rounded world total by its rounding, not more


def check(rows: Sequence[Row], units: Units, as_of: int) -> list[Problem]:
    """Find figures that cannot be right.

    Parameters
    ----------
    rows
        All figures.
    units
        The unit table; figures whose unit is unknown are left to the reference check.
    as_of
        Year of the study: an observation cannot be of a later one.

    Returns
    -------
    list of Problem
        Values missing, bounds crossed, shares outside 0..1, wrong dimensions, observations
        from the future and parts larger than their world total (tonnes against kilotonnes).
    """
    problems: list[Problem] = []
    # a unit that nothing can be converted with is reported where it stands
    known = [row for row in rows if row["unit"] in units.table and units.table[row["unit"]][1] > 0]
    for row in known:
        problems.extend(_check_numbers(row, units))
        problems.extend(_check_year(row, as_of))
    problems.extend(_check_world(known, units))
    return problems


def _problem(row: Row, field: str, code: str, message: str) -> Problem:
    """Build a problem at a cell of a figure."""
    shown = "" if row[field] is None else str(row[field])
    return Problem(row["file"], row["line"], field, code, message, shown)


def _check_numbers(row: Row, units: Units) -> Iterable[Problem]:
    """Check presence, order, range and dimension of the numbers of one figure."""
    numbers = {name: row[name] for name in ("value", "low", "high") if row[name] is not None}
    if not numbers:
        yield _problem(row, "value", "missing-value", "neither value nor bound")
    yield from check_bounds(row)
    dimension = units.dimension(row["unit"])
    expected = DIMENSIONS.get(row["metric"], dimension)
    if dimension != expected:
        yield _problem(row, "unit", "unit-dimension", f"{row['metric']} is a {expected}")
    metric = row["metric"] or ""
    for name, number in numbers.items():
        # net import reliance below zero is a net exporter; other shares are parts of a whole
        if dimension == "share" and metric.endswith("_share") and not 0 <= number <= 1:
            yield _problem(row, name, "share-range", "a share outside 0..1")
        elif metric in QUANTITIES and number < 0:
            yield _problem(row, name, "negative", "a quantity below 0")


def _check_year(row: Row, as_of: int) -> Iterable[Problem]:
    """Refuse an observation that is later than the study."""
    if row["year"] is None or row["metric"] in FUTURE or row["status"] == "projection":
        return
    year = int(row["year"].split("/")[-1])
    if year > as_of:
        yield _problem(row, "year", "year-after-source", f"an observation after the study's year {as_of}")


def world_key(row: Row) -> tuple[Any, ...]:
    """Return what figures must share to be parts of one world total."""
    names = ("source_id", "product", "stage", "metric", "basis", "year", "vintage", "status")
    return *(row[name] for name in names), row.get("market"), row.get("scope")


def world_totals(rows: Iterable[Row], units: Units) -> dict[tuple[Any, ...], Row]:
    """Find the world total of each table.

    Parameters
    ----------
    rows
        Figures.
    units
        The unit table.

    Returns
    -------
    dict
        `world_key` plus dimension to the row whose economy is WLD and which has a value.
    """
    return {
        (*world_key(row), units.dimension(row["unit"])): row
        for row in rows
        if row["economy"] == "WLD" and row["value"] is not None and row["metric"] in {"production", "capacity"}
    }


def _check_world(rows: Sequence[Row], units: Units) -> Iterable[Problem]:
    """Refuse a part that is larger than its world total."""
    totals = world_totals(rows, units)
    for row in rows:
        total = totals.get((*world_key(row), units.dimension(row["unit"])))
        if total is None or row["value"] is None or row["economy"] == "WLD":
            continue
        world = units.convert(total["value"], total["unit"], row["unit"])
        if row["value"] > world * WORLD_TOLERANCE:
            message = f"more than the world total {world:g} {row['unit']} of {total['figure_id']}"
            yield _problem(row, "value", "figure-above-world", message)
