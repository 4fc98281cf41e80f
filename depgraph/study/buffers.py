"""Stocks, yearly use and times to recover of a study, in days and tonnes.

A row of ``datasets/buffers.csv`` says which figures speak about which stage of which economy. Its
own bounds go before those of the figures, where a note says why. A row may name an assumption of
the ledger instead: then its number is the one that the diversion model takes as well.
"""

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from depgraph.study.study import Study

Row = Mapping[str, Any]

STOCK, USE, RECOVERY = "stock", "use", "recovery"
DAYS_OF_YEAR = 365.25


@dataclass(frozen=True)
class Buffer:
    """A quantity that is known in part.

    Attributes
    ----------
    low, central, high
        In days or, for a use, tonnes a year; None where not known. A stock is never known to be
        less than 0 and a time to recover never to be less than 0 days.
    parents
        The rows of the table.
    definitions
        From what on a time to recover counts: ``order``, ``construction``, ``discovery`` or
        ``stop``, each until there is output; empty where no row says so.
    """

    low: float
    central: float | None
    high: float | None
    parents: tuple[str, ...]
    definitions: tuple[str, ...] = ()


def stock(study: Study, stage: str, economy: str) -> Buffer | None:
    """Return for how many days an economy's stock of a stage lasts at full use.

    Parameters
    ----------
    study
        The study.
    stage, economy
        Whose stock of what.

    Returns
    -------
    Buffer or None
        In days of use; a stock in tonnes is divided by the yearly use. None where no row of the
        table says anything, or a stock in tonnes has no use beside it: not known is not zero.

    Raises
    ------
    MixedUnitsError
        If a row has a unit that is neither a time nor a mass.
    """
    rows = _rows(study, STOCK, stage, economy)
    if not rows:
        return None
    found = [_days_of_stock(study, row, stage, economy) for row in rows]
    known = [buffer for buffer in found if buffer is not None]
    return _joined(known) if known else None


def use(study: Study, stage: str, economy: str) -> Buffer | None:
    """Return what an economy uses of a stage in tonnes a year, None where it is not known.

    Parameters
    ----------
    study
        The study.
    stage, economy
        Whose use of what.

    Returns
    -------
    Buffer or None
        In tonnes a year.

    Raises
    ------
    MixedUnitsError
        If a row has a unit that is no mass.
    """
    rows = _rows(study, USE, stage, economy)
    return _joined([_quantity(study, row, "t") for row in rows]) if rows else None


def recovery(study: Study, stage: str, economies: Iterable[str]) -> Buffer | None:
    """Return how long it takes to replace what a stage has lost, where that is quickest.

    Parameters
    ----------
    study
        The study.
    stage
        The stage.
    economies
        Who may build the replacement; rows without an economy always count.

    Returns
    -------
    Buffer or None
        In days; each of its numbers is the least over the rows that have it.

    Raises
    ------
    MixedUnitsError
        If a row has a unit that is no time.
    """
    allowed = set(economies)
    rows = [
        row
        for row in study.tables["buffers"]
        if row["kind"] == RECOVERY and row["stage"] == stage and (row["economy"] is None or row["economy"] in allowed)
    ]
    if not rows:
        return None
    found = [_quantity(study, row, "day") for row in rows]
    parents = tuple(sorted({parent for buffer in found for parent in buffer.parents}))
    low = min(buffer.low for buffer in found)
    definitions = tuple(sorted({row["definition"] for row in rows if row.get("definition")}))
    return Buffer(low, _least(found, "central"), _least(found, "high"), parents, definitions)


def _rows(study: Study, kind: str, stage: str, economy: str) -> list[Row]:
    """Return the rows about an economy, or about every economy if none is about this one."""
    rows = [row for row in study.tables["buffers"] if row["kind"] == kind and row["stage"] == stage]
    return [row for row in rows if row["economy"] == economy] or [row for row in rows if row["economy"] is None]


def _least(found: Sequence[Buffer], name: str) -> float | None:
    """Return the least known value of one attribute."""
    known = [value for value in (getattr(buffer, name) for buffer in found) if value is not None]
    return min(known, default=None)


def _joined(found: Sequence[Buffer]) -> Buffer:
    """Add holdings of different keepers; one unknown part makes the sum unknown."""
    central = [buffer.central for buffer in found]
    high = [buffer.high for buffer in found]
    parents = tuple(sorted({parent for buffer in found for parent in buffer.parents}))
    return Buffer(math.fsum(buffer.low for buffer in found), _sum(central), _sum(high), parents)


def _sum(values: Sequence[float | None]) -> float | None:
    """Add numbers, None if one of them is None."""
    known = [value for value in values if value is not None]
    return math.fsum(known) if len(known) == len(values) else None


def _days_of_stock(study: Study, row: Row, stage: str, economy: str) -> Buffer | None:
    """Return a stock in days of use."""
    if study.units.dimension(row["unit"]) == "time":
        return _quantity(study, row, "day")
    held, used = _quantity(study, row, "t"), use(study, stage, economy)
    if used is None:
        return None
    parents = tuple(sorted({*held.parents, *used.parents}))
    return Buffer(
        _days(held.low, used.high) or 0.0, _days(held.central, used.central), _days(held.high, used.low), parents
    )


def _days(held_t: float | None, used_t: float | None) -> float | None:
    """Return for how many days a mass lasts, None where that is not known."""
    return None if held_t is None or not used_t else DAYS_OF_YEAR * held_t / used_t


Numbers = tuple[float | None, float | None, float | None]


def _quantity(study: Study, row: Row, unit: str) -> Buffer:
    """Return the numbers of a row in a unit: its own, else those of its assumptions, else of its figures."""
    own = _converted(study, row, unit)
    assumed = [vars(study.ledger[parent]) for parent in row["parent"] if parent in study.ledger]
    figures = assumed or [study.figures[parent] for parent in row["parent"] if parent in study.figures]
    # figures of one row may be printed in days and years: each is read in its own unit
    read = [own] if own != UNKNOWN else [_with_middle(*_converted(study, figure, unit)) for figure in figures]
    lows, centrals, highs = zip(*read, strict=True) if read else ((), (), ())
    known = [low for low in lows if low is not None]
    central = None if not centrals or None in centrals else statistics.median(centrals)
    high = None if not highs or None in highs else max(highs)
    return Buffer(min(known, default=0.0), central, high, (row["buffer_id"],))


UNKNOWN: Numbers = (None, None, None)


def _converted(study: Study, row: Row, unit: str) -> Numbers:
    """Return (low, value, high) of a row or a figure in a unit; a value stands for bounds that are not given."""
    low, value, high = (
        None if row[name] is None else study.units.convert(row[name], row["unit"], unit)
        for name in ("low", "value", "high")
    )
    return value if low is None else low, value, value if high is None else high


def _with_middle(low: float | None, value: float | None, high: float | None) -> Numbers:
    """Take the middle of the bounds of a figure that prints no value but both bounds."""
    if value is None and low is not None and high is not None:
        return low, (low + high) / 2, high
    return low, value, high
