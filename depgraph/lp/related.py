"""Programmes made of another one: its least violation, and the directions in which it has no end.

Both have an optimum whatever the other programme is like, so that a certified answer to them proves
that the other is infeasible or unbounded.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from depgraph.lp.programme import Limit, Places, Programme, Vector, bound_at, moved


def sides(programme: Programme) -> tuple[tuple[Literal["row", "column"], Vector, Vector], ...]:
    """Return kind, lower and upper bounds of rows and of columns."""
    return ("row", programme.row_lo, programme.row_hi), ("column", programme.lb, programme.ub)


def limits_of(programme: Programme) -> list[Limit]:
    """List all finite limits, rows before columns, by number; an equality is two."""
    found: list[Limit] = []
    for kind, lo, hi in sides(programme):
        ends = zip(np.isfinite(lo).tolist(), np.isfinite(hi).tolist(), strict=True)
        for number, (low, high) in enumerate(ends):
            if low:
                found.append(Limit(kind, number, "low"))
            if high:
                found.append(Limit(kind, number, "high"))
    return found


def with_only(programme: Programme, limits: Sequence[Limit]) -> Programme:
    """Return the programme with no limits but some."""
    m, n = len(programme.row_lo), len(programme.cost)
    free = replace(
        programme,
        row_lo=np.full(m, -np.inf),
        row_hi=np.full(m, np.inf),
        lb=np.full(n, -np.inf),
        ub=np.full(n, np.inf),
    )
    return moved(free, {limit: bound_at(programme, limit) for limit in limits})


def least_violation(programme: Programme, soft: Sequence[Limit], weights: Vector, hard: Sequence[Limit]) -> Programme:
    """Return the programme of the least violation: hard rows, then a row for each soft limit; columns, then slacks.

    With one weight all soft limits share one slack.
    """
    n, size = len(programme.cost), len(soft)
    only = with_only(programme, hard)
    kept = np.flatnonzero(np.isfinite(only.row_lo) | np.isfinite(only.row_hi))
    of_row = np.array([limit.kind == "row" for limit in soft], dtype=bool)
    number = np.array([limit.number for limit in soft], dtype=np.intp)
    low = np.array([limit.side == "low" for limit in soft], dtype=bool)
    at = np.array([bound_at(programme, limit) for limit in soft], dtype=np.float64)
    places, slack = len(kept) + np.arange(size), n + np.minimum(np.arange(size), len(weights) - 1)
    entry, place = entries(programme.rows, np.concatenate([kept, number[of_row]]))
    ours = np.concatenate([np.arange(len(kept)), places[of_row]])
    return unnamed(
        cost=np.concatenate([np.zeros(n), weights]),
        rows=np.concatenate([ours[place], places[~of_row], places]),
        cols=np.concatenate([programme.cols[entry], number[~of_row], slack]),
        values=np.concatenate([programme.values[entry], np.ones(size - of_row.sum()), np.where(low, 1.0, -1.0)]),
        row_lo=np.concatenate([only.row_lo[kept], np.where(low, at, -np.inf)]),
        row_hi=np.concatenate([only.row_hi[kept], np.where(low, np.inf, at)]),
        lb=np.concatenate([only.lb, np.zeros(len(weights))]),
        ub=np.concatenate([only.ub, np.full(len(weights), np.inf)]),
    )


def directions(programme: Programme, columns: Places, signs: Vector) -> Programme:
    """Return the programme of directions: a column for each way that a column can go for ever."""
    m, size = len(programme.row_lo), len(columns)
    entry, place = entries(programme.cols, columns)
    return unnamed(
        cost=programme.cost[columns] * signs,
        rows=np.concatenate([programme.rows[entry], np.full(size, m)]),
        cols=np.concatenate([place, np.arange(size)]),
        values=np.concatenate([programme.values[entry] * signs[place], np.ones(size)]),
        row_lo=np.append(np.where(np.isfinite(programme.row_lo), 0.0, -np.inf), -np.inf),
        row_hi=np.append(np.where(np.isfinite(programme.row_hi), 0.0, np.inf), 1.0),
        lb=np.zeros(size),
        ub=np.full(size, np.inf),
    )


def with_rows(programme: Programme, rows: Places, cols: Places, values: Vector, top: Vector) -> Programme:
    """Return the programme with more rows below its own, each ``A x <= top``.

    Parameters
    ----------
    programme
        What is added to.
    rows, cols, values
        Triplets of the new rows, which are numbered from 0; no place twice.
    top
        Right-hand sides, one for each new row; infinite where a row limits nothing yet.

    Returns
    -------
    Programme
        The new rows have the numbers after those that were there.
    """
    order, height = np.lexsort((cols, rows)), len(programme.row_lo)
    return replace(
        programme,
        rows=np.concatenate([programme.rows, (rows[order] + height).astype(np.int32)]),
        cols=np.concatenate([programme.cols, cols[order].astype(np.int32)]),
        values=np.concatenate([programme.values, values[order]]),
        row_lo=np.concatenate([programme.row_lo, np.full(len(top), -np.inf)]),
        row_hi=np.concatenate([programme.row_hi, top]),
        row_names=programme.row_names and (*programme.row_names, *[""] * len(top)),
    )


def entries(keys: Places, chosen: Places) -> tuple[Places, Places]:
    """Return the entries of chosen rows (or columns), and for each entry its place among the chosen."""
    order = np.argsort(keys, kind="stable")
    start = np.searchsorted(keys, chosen, "left", sorter=order)
    count = np.searchsorted(keys, chosen, "right", sorter=order) - start
    place = np.repeat(np.arange(len(chosen)), count)
    first = np.cumsum(count) - count
    return order[start[place] + np.arange(len(place)) - first[place]], place


def unnamed(
    *, cost: Vector, rows: Places, cols: Places, values: Vector, row_lo: Vector, row_hi: Vector, lb: Vector, ub: Vector
) -> Programme:
    """Return a programme without names, its entries put in order."""
    order = np.lexsort((cols, rows))
    return Programme(
        cost=cost,
        rows=rows[order].astype(np.int32),
        cols=cols[order].astype(np.int32),
        values=values[order],
        row_lo=row_lo,
        row_hi=row_hi,
        lb=lb,
        ub=ub,
        row_names=("",) * len(row_lo),
        col_names=("",) * len(cost),
    )
