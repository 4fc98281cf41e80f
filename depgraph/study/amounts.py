"""What must hold of imports, weights and nesting: amounts that can be, and nothing counted twice."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from depgraph.core import tables
from depgraph.core.errors import Problem

Row = Mapping[str, Any]

# what makes two rows of a table speak of the same amount, the column last that is named in the problem
SAME = {
    "imports": ("source_id", "year", "economy", "partner", "code"),
    "weights": ("set", "economy", "good"),
    "nesting": ("outer", "inner"),
}
AMOUNTS = {"imports": ("value_kusd", "mass_t"), "weights": ("low", "value", "high")}


def check(found: Mapping[str, Sequence[Row]]) -> Iterator[Problem]:
    """Find amounts below zero, values outside their bounds, and what would be counted twice.

    Parameters
    ----------
    found
        Tables of a study.

    Yields
    ------
    Problem
        A customs code that begins another of the same source, pair and year holds its trade once more.
    """
    for name, columns in SAME.items():
        yield from _twice(found.get(name, ()), columns)
    for name, columns in AMOUNTS.items():
        for row in found.get(name, ()):
            for column in columns:
                if row[column] is not None and row[column] < 0:
                    yield _at(row, column, "negative", "an amount below 0")
    for row in found.get("weights", ()):
        yield from tables.check_bounds(row)
    yield from _within(found.get("imports", ()))


def _twice(rows: Sequence[Row], columns: Sequence[str]) -> Iterator[Problem]:
    """Yield each row that says once more what another has said."""
    seen: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        key = tuple(row[column] for column in columns)
        if key in seen:
            before = seen[key]
            message = f"{before['file']}, line {before['line']}, has the same {', '.join(columns)}"
            yield _at(row, columns[-1], "counted-twice", message)
        seen.setdefault(key, row)


def _within(rows: Sequence[Row]) -> Iterator[Problem]:
    """Yield each import whose code begins with another code of the same source, pair and year."""
    codes: dict[tuple[Any, ...], set[str]] = {}
    for row in rows:
        codes.setdefault(_pair(row), set()).add(str(row["code"]))
    for row in rows:
        code = str(row["code"])
        wider = [other for other in codes[_pair(row)] if other != code and code.startswith(other)]
        if wider:
            yield _at(row, "code", "counted-twice", f"code {min(wider)} of the same source, pair and year holds it")


def _pair(row: Row) -> tuple[Any, ...]:
    """Return what trade of one source, pair and year has in common."""
    return row["source_id"], row["year"], row["economy"], row["partner"]


def _at(row: Row, column: str, code: str, message: str) -> Problem:
    """Build a problem at a cell."""
    return Problem(row["file"], row["line"], column, code, message, "" if row[column] is None else str(row[column]))
