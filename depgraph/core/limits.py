"""The largest number that can be, by dimension: beyond it a quantity is a slip of the keyboard or of the unit.

Each bound lies some orders of magnitude above anything that is traded, paid or waited for in the world (all that
is mined in a year is 1e11 t, all that is earned 1e14 USD), so that it refuses mistakes and no evidence.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from depgraph.core import tables
from depgraph.core.errors import Problem
from depgraph.core.units import Units

# dimension -> the largest amount, in the base unit of the dimension (the one with the factor 1)
LARGEST = {
    "share": 100.0,  # premiums and changes may exceed the whole; parts of a whole are held to 1 where they are read
    "tariff": 100.0,
    "gdp_share": 100.0,
    "ratio": 1e6,
    "mass": 1e12,
    "mass_rate": 1e12,
    "usd": 1e15,
    "eur": 1e15,
    "aud": 1e16,
    "cny": 1e16,
    "jpy": 1e18,
    "inr": 1e18,
    "usd_per_mass": 1e12,
    "cny_per_mass": 1e13,
    "jpy_per_mass": 1e14,
    "inr_per_mass": 1e14,
    "usd_per_energy": 1e6,
    "usd_per_count": 1e12,
    "energy": 1e9,
    "energy_rate": 1e9,
    "count": 1e15,
    "count_rate": 1e15,
    "wafer_rate": 1e9,
    "time": 3652500.0,  # ten thousand years
    "length": 1e6,
}
OTHER = 1e15  # of a number without a unit, and of every other dimension


def excess(units: Units, number: float, unit: str | None) -> str | None:
    """Say by what a number is too large to be true.

    Parameters
    ----------
    units
        The unit table of the study.
    number
        In the unit; its sign does not matter.
    unit
        A unit, or None for a number without one.

    Returns
    -------
    str or None
        A message with the largest number that can be, in the same unit; None where the number can be, and where
        the unit is unknown.

    Examples
    --------
    >>> excess(Units({"kt": ("mass", 1000.0)}), 1e300, "kt")
    'more than can be: the largest is 1e+09 kt'
    """
    if unit is not None and unit not in units.table:
        return None
    dimension, factor = units.table[unit] if unit is not None else ("", 1.0)
    largest = LARGEST.get(dimension, OTHER)
    if factor <= 0 or abs(number) * factor <= largest:
        return None
    return f"more than can be: the largest is {largest / factor:g} {unit or ''}".rstrip()


def check(rows: Mapping[str, list[dict[str, Any]]], units: Units) -> Iterator[Problem]:
    """Find numbers that cannot be, in every table with a column of units.

    Parameters
    ----------
    rows
        Table name to rows.
    units
        The unit table of the study.
    """
    for name, schema in tables.schemas().items():
        unit = next((column.name for column in schema.columns if column.type == "unit"), "")
        numbers = [column.name for column in schema.columns if column.type == "number" and column.most is None]
        for row in rows[name] if unit else ():
            for column in numbers:
                message = None if row[column] is None else excess(units, row[column], row[unit])
                if message:
                    yield Problem(row["file"], row["line"], column, "beyond-limit", message, f"{row[column]:g}")
