"""Proofs on our own arrays: that a point is optimal, that rows and bounds clash, that a cost has no end.

Nothing here asks a solver. What it claims is held against the programme that it was given.
"""

import numpy as np

from depgraph.lp.programme import NOISE, Places, Programme, Vector, inner

TOLERANCE = 1e-6  # of the certificate, relative to the size of the terms (Neumaier and Shcherbina 2004)
# relative to its terms, a sum up to this is 0. It is rounding error of sums and solvers, and far below what a point
# far away makes of it: at 1e-9 a programme whose only points lie near 1e10 would be called infeasible
ROUNDING = 1e-12
DENSE = 1_000_000  # entries of the equations that sharpen a proof; larger ones would take seconds


def certificate(programme: Programme, x: Vector, duals: Vector) -> float:
    """Measure how far a primal-dual pair is from proving itself optimal.

    With y the duals and z = c - A'y: rows and bounds hold; a positive y (z) needs a finite
    lower bound, a negative one a finite upper bound; and the dual objective
    y+ lo + y- hi + z+ lb + z- ub equals c x. By weak duality the last, with the others, is
    optimality and implies complementary slackness.

    Parameters
    ----------
    programme
        The arrays that were solved.
    x, duals
        The claimed optimum.

    Returns
    -------
    float
        The largest relative violation; infinite if a vector is not finite.

    References
    ----------
    Neumaier and Shcherbina (2004), Mathematical Programming 99, 283-296,
    doi:10.1007/s10107-003-0433-3.
    """
    if not (np.isfinite(x).all() and np.isfinite(duals).all()):
        return float("inf")
    activity = programme.times(x)
    reduced = programme.cost - programme.transposed_times(duals)
    primal = max(_outside(activity, programme.row_lo, programme.row_hi), _outside(x, programme.lb, programme.ub))
    wrong_rows, by_rows = _supported(duals, programme.row_lo, programme.row_hi)
    wrong_columns, by_columns = _supported(reduced, programme.lb, programme.ub)
    value, bound = inner(programme.cost, x), by_rows + by_columns
    gap = abs(value - bound) / (1 + abs(value) + abs(bound))
    # numpy's maximum, because Python's forgets a NaN that does not come first
    return float(np.max((primal, wrong_rows, wrong_columns, gap)))


def _outside(point: Vector, lo: Vector, hi: Vector) -> float:
    """Return the largest relative violation of lo <= point <= hi."""
    excess = np.maximum(lo - point, point - hi) / (1 + np.abs(point))
    return float(excess.max(initial=0.0))


def _supported(multiplier: Vector, lo: Vector, hi: Vector) -> tuple[float, float]:
    """Return the largest multiplier that pushes against no bound, and what the others add to the dual objective."""
    bound = np.where(multiplier > 0, lo, hi)
    there = np.isfinite(bound)
    wrong = float(np.abs(multiplier[~there]).max(initial=0.0))
    return wrong, inner(multiplier, np.where(there, bound, 0.0))


def infeasibility_margin(programme: Programme, multipliers: Vector) -> float:
    """Measure how strongly multipliers of the rows prove that no point satisfies all rows and bounds.

    With y the multipliers and w = A'y, every point that satisfies the rows has

        y+ row_lo + y- row_hi  <=  w x  <=  w+ ub + w- lb

    so that a left side above the right side leaves no point (Farkas). A multiplier that pushes
    against no bound counts as 0, and so does a weight within 1e-12 of its terms where the column has
    no bound: the proof is one for a matrix that differs from ours by rounding error. The smallest
    weight counts where there is a bound, which may be far away.

    Parameters
    ----------
    programme
        Rows and bounds; the cost does not matter.
    multipliers
        One for each row, such as the duals of the least violation.

    Returns
    -------
    float
        Left side minus right side, relative to the sizes of their terms; above 0 it is a proof.
        Minus infinity if a column without bound carries weight, or a multiplier is not finite.

    References
    ----------
    Neumaier and Shcherbina (2004), Mathematical Programming 99, 283-296,
    doi:10.1007/s10107-003-0433-3, section 4.

    Examples
    --------
    >>> one, at = np.ones(1), np.zeros(1, dtype=np.int32)
    >>> need = Programme(one, at, at, one, 9 * one, 20 * one, 0 * one, 5 * one, ("need",), ("make",))
    >>> infeasibility_margin(need, one) > 0, infeasibility_margin(need, -one) > 0
    (True, False)
    """
    if not np.isfinite(multipliers).all():
        return float("-inf")
    bound = np.where(multipliers > 0, programme.row_lo, programme.row_hi)
    y = np.where(np.isfinite(bound), multipliers, 0.0)
    left = y * np.where(np.isfinite(bound), bound, 0.0)
    weight = programme.transposed_times(y)
    terms = np.bincount(programme.cols, np.abs(programme.values * y[programme.rows]), len(programme.cost))
    end = np.where(weight > 0, programme.ub, programme.lb)
    bounded = np.isfinite(end)
    if (np.abs(weight) > ROUNDING * terms)[~bounded].any():
        return float("-inf")
    reach = np.where(bounded, end, 0.0)
    right = weight * reach
    size = float(np.abs(left).sum() + np.abs(right).sum())
    doubt = ROUNDING * float((terms * np.abs(reach)).sum())
    return (float(left.sum() - right.sum()) - doubt) / size if size else 0.0


def sharpened(programme: Programme, multipliers: Vector) -> Vector:
    """Take rounding error of a solver out of multipliers that are to prove a clash.

    A column without bound must have no weight at all in A'y, and a solver leaves some 1e-11 there. The
    smallest change of the multipliers in use that makes these weights 0 is found by least squares, twice.
    It is a better candidate and no proof: `infeasibility_margin` decides.

    Parameters
    ----------
    programme
        Rows and bounds.
    multipliers
        Nearly a proof.

    Returns
    -------
    array
        The changed multipliers; as they were where there is nothing to change or the equations are too large.

    Examples
    --------
    >>> one, at = np.ones(2), np.arange(2, dtype=np.int32)
    >>> clash = Programme(
    ...     np.zeros(1), at, 0 * at, one, np.array([5, -np.inf]), np.array([np.inf, 3]), np.array([-np.inf]),
    ...     np.array([np.inf]), ("need", "made"), ("x",),
    ... )
    >>> rough = np.array([1.0, -1 - 1e-10])
    >>> infeasibility_margin(clash, rough) > 0, infeasibility_margin(clash, sharpened(clash, rough)) > 0
    (False, True)
    """
    y = multipliers.copy()
    used = np.flatnonzero(y)
    for _ in range(2):
        weight = programme.transposed_times(y)
        terms = np.bincount(programme.cols, np.abs(programme.values * y[programme.rows]), len(programme.cost))
        open_ = np.isinf(programme.lb) | np.isinf(programme.ub)
        zero = np.flatnonzero(open_ & (terms > 0) & (np.abs(weight) <= NOISE * terms))
        if not weight[zero].any() or zero.size * used.size > DENSE:
            break
        y[used] -= np.linalg.lstsq(_dense(programme, used, zero).T, weight[zero], rcond=None)[0]
    return y


def _dense(programme: Programme, rows: Places, columns: Places) -> Vector:
    """Return some rows and columns of the matrix in full."""
    row_place, column_place = np.full(len(programme.row_lo), -1), np.full(len(programme.cost), -1)
    row_place[rows], column_place[columns] = np.arange(rows.size), np.arange(columns.size)
    i, j = row_place[programme.rows], column_place[programme.cols]
    inside = (i >= 0) & (j >= 0)
    full = np.zeros((rows.size, columns.size))
    full[i[inside], j[inside]] = programme.values[inside]
    return full


def violation(programme: Programme, x: Vector) -> float:
    """Measure how far a point is from satisfying all rows and bounds.

    Returns
    -------
    float
        The largest relative violation; infinite if the point is not finite.
    """
    if not np.isfinite(x).all():
        return float("inf")
    rows = _outside(programme.times(x), programme.row_lo, programme.row_hi)
    return max(rows, _outside(x, programme.lb, programme.ub))


def falls_for_ever(programme: Programme, direction: Vector) -> bool:
    """Say whether the cost falls along a direction that breaks no row and no bound however far one goes.

    Parameters
    ----------
    programme
        Its bounds only matter by whether they are finite.
    direction
        A step of the columns.

    Returns
    -------
    bool
        True if c d < 0 beyond rounding error, no row with a bound on a side moves to that side by more
        than 1e-12 of its terms, and no such column at all. With a feasible point this proves that the
        programme is unbounded.
    """
    if not np.isfinite(direction).all():
        return False
    change = programme.times(direction)
    sizes = np.abs(programme.values * direction[programme.cols])
    terms = np.bincount(programme.rows, sizes, len(programme.row_lo)).astype(float, copy=False)
    rows = _moves_out(change, terms, programme.row_lo, programme.row_hi)
    columns = _moves_out(direction, 0 * direction, programme.lb, programme.ub)
    size = float(np.abs(programme.cost * direction).sum())
    return not rows and not columns and inner(programme.cost, direction) < -NOISE * size


def _moves_out(change: Vector, terms: Vector, lo: Vector, hi: Vector) -> bool:
    """Say whether a change moves anything towards a finite bound, beyond rounding error."""
    slack = ROUNDING * terms
    return bool((np.isfinite(lo) & (change < -slack)).any() or (np.isfinite(hi) & (change > slack)).any())
