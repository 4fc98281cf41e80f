"""Shadow prices as numbers that can be printed: how far they hold, from both sides, and whether they are unique.

The optimal cost of a programme is a convex, piecewise linear function of each right-hand side and
bound. A dual is one slope of it at one point; where the function has a kink there, the dual is any
number between the slopes to the left and to the right. What is given here is both slopes, each
proven by certified solutions, and the range over which they hold.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np

from depgraph.core.errors import DepgraphError, InfeasibleError, UnboundedError, UncertifiedError
from depgraph.lp import solve
from depgraph.lp.solve import Limit, Programme, Solution, Vector
from depgraph.lp.warm import Ranging, WarmSolver

AT_BOUND = 1e-7  # relative: a row or column this near its bound rests on it
ON_LINE = 1e-11  # relative, beside what the certificate allows: a cost this near a tangent lies on it
SAME_SLOPE = 1e-7  # relative: slopes this near are one
STEPS = (1e-2, 1e-4)  # relative to the limit: tried in turn where the solver gives no range
ROUNDS = 100  # solutions to find one slope; a handful is the rule


class Span(NamedTuple):
    """A lowest and a highest value, infinite where there is none."""

    low: float
    high: float


@dataclass(frozen=True)
class Price:
    """Slopes of the optimal cost against a limit, and how far each holds: no further may it be told.

    Attributes
    ----------
    limit, name
        What is priced.
    at
        Its value.
    dual
        The slope that came with the plan: at least `left`, at most `right`.
    left, right
        Change of the optimal cost per unit of a rise of the limit, just below and just above
        where it is; None where no plan is feasible on that side.
    low, high
        Value of the limit down to which `left` holds and up to which `right` holds, at least.
    """

    limit: Limit
    name: str
    at: float
    dual: float
    left: float | None
    right: float | None
    low: float
    high: float

    @property
    def unique(self) -> bool:
        """True if both sides are known and equal: one price."""
        if self.left is None or self.right is None:
            return False
        return abs(self.right - self.left) <= SAME_SLOPE * (1 + abs(self.left) + abs(self.right))


class Opening(NamedTuple):
    """What opens a column that is not used.

    Attributes
    ----------
    cut
        Cost cut a unit beyond which the column is used; None if it cannot be used at all.
    amount
        Up to how many units more this is so, at least.
    """

    cut: float | None
    amount: float


class _Point(NamedTuple):
    """Optimal cost, how exact it is, and a slope of it, with the limit `step` away from where it is."""

    step: float
    cost: float
    error: float
    slope: float


# --- prices -------------------------------------------------------------------------------------


def prices(programme: Programme, limits: Sequence[Limit], hot: WarmSolver | None = None) -> list[Price]:
    """Price right-hand sides and bounds.

    With f the optimal cost against the limit b: ``left = (f(b) - f(b - h)) / h`` and
    ``right = (f(b + h) - f(b)) / h`` for an h small enough that f is straight over it. That it is
    straight is proven and not assumed: f is convex and lies above its tangents, so where the tangent
    at one end of a stretch meets f at the other end, f is that tangent in between. The first h is
    the range of the solver's basis; where f is not straight over it, h shrinks to where the tangents
    at both ends cross, until it is. With the signs of a minimisation, prices of lower bounds are
    at least 0 and of upper bounds at most 0: a tonne more of capacity saves ``-left`` or ``-right``.

    A range that the solver calls unlimited is proven over one step of ``1 + |b|`` only.

    Parameters
    ----------
    programme
        A programme with an optimum.
    limits
        What to price; each must be finite. Side ``both`` moves both bounds of an equality.
    hot
        A programme with the same matrix that is loaded already.

    Returns
    -------
    list of Price
        In the order of the limits. A side on which a rise or fall by a ten-thousandth of
        ``1 + |b|`` is infeasible is None.

    Raises
    ------
    DepgraphError
        If a limit is infinite, or ``both`` is asked of two bounds that differ.
    UncertifiedError
        If the slopes around a limit cannot be told apart within the accuracy of the solver.
    InfeasibleError
        If the programme has no plan.
    UnboundedError
        If its cost has no limit.

    References
    ----------
    Jansen, de Jong, Roos and Terlaky (1997), European Journal of Operational Research 101, 15-28,
    doi:10.1016/S0377-2217(96)00172-5, on why the dual of one vertex misleads.

    Examples
    --------
    >>> costs, at = np.array([10.0, 14.0]), np.arange(2, dtype=np.int32)
    >>> demand = Programme(
    ...     costs, 0 * at, at, np.ones(2), np.array([70.0]), np.array([np.inf]), np.zeros(2),
    ...     np.array([50.0, 40.0]), ("demand",), ("from CN", "from AU"),
    ... )
    >>> price = prices(demand, [Limit("row", 0, "low")])[0]
    >>> price.dual, price.low, price.high, price.unique
    (14.0, 50.0, 90.0, True)
    """
    hot = WarmSolver(programme) if hot is None else hot
    _check_limits(programme, limits)
    ranging = hot.ranging(programme)
    return [_price(programme, ranging, hot, limit) for limit in limits]


def row_price(programme: Programme, row: int, hot: WarmSolver | None = None) -> Price:
    """Price the right-hand side of one row: `prices` for what the row rests on.

    Parameters
    ----------
    programme
        A programme with an optimum.
    row
        Its number. An equality is priced on both sides together; of a row with two bounds, the
        nearer to its activity.
    hot
        As in `prices`.

    Returns
    -------
    Price
        See there.

    Raises
    ------
    DepgraphError
        If the row has no bound, and whatever `prices` raises.

    Examples
    --------
    >>> one, at = np.ones(1), np.zeros(1, dtype=np.int32)
    >>> need = Programme(5 * one, at, at, one, 3 * one, 9 * one, 0 * one, 8 * one, ("need",), ("make",))
    >>> price = row_price(need, 0)
    >>> price.limit.side, price.dual, price.low, price.high
    ('low', 5.0, 0.0, 8.0)
    """
    hot = WarmSolver(programme) if hot is None else hot
    activity = float(programme.times(hot.solve(programme).x)[row])
    side = _nearer(activity, float(programme.row_lo[row]), float(programme.row_hi[row]))
    return prices(programme, [Limit("row", row, side)], hot)[0]


def column_price(programme: Programme, column: int, hot: WarmSolver | None = None) -> Price:
    """Price the bound of one column: `prices` for what the column rests on.

    Parameters
    ----------
    programme
        A programme with an optimum.
    column
        Its number. A capacity that is an upper bound is priced as such where the column is at
        it; of two bounds, the nearer to the value of the column.
    hot
        As in `prices`.

    Returns
    -------
    Price
        See there.

    Raises
    ------
    DepgraphError
        If the column has no bound, and whatever `prices` raises.

    Examples
    --------
    >>> costs, at = np.array([10.0, 14.0]), np.arange(2, dtype=np.int32)
    >>> demand = Programme(
    ...     costs, 0 * at, at, np.ones(2), np.array([70.0]), np.array([np.inf]), np.zeros(2),
    ...     np.array([50.0, 40.0]), ("demand",), ("from CN", "from AU"),
    ... )
    >>> price = column_price(demand, 0)
    >>> price.dual, price.low, price.high
    (-4.0, 30.0, 70.0)
    """
    hot = WarmSolver(programme) if hot is None else hot
    side = _nearer(float(hot.solve(programme).x[column]), float(programme.lb[column]), float(programme.ub[column]))
    return prices(programme, [Limit("column", column, side)], hot)[0]


def opening(programme: Programme, column: int, hot: WarmSolver | None = None) -> Opening:
    """Return the cost cut that opens a column which is not used.

    The least cost of forcing the first unit in, which is the slope of the optimal cost against the
    lower bound of the column. A cut below it leaves the column where it is, a cut above it opens
    the column; the reduced cost of one optimal vertex may be less. For an unused route it is the
    tariff cut that would open it.

    Parameters
    ----------
    programme
        A programme with an optimum.
    column
        Its number; it needs a lower bound.
    hot
        As in `prices`.

    Returns
    -------
    Opening
        Cut 0 if some optimal plan uses the column.

    Raises
    ------
    DepgraphError
        If the column has no lower bound, and whatever `prices` raises.

    Examples
    --------
    >>> costs, at = np.array([10.0, 14.0]), np.arange(2, dtype=np.int32)
    >>> demand = Programme(
    ...     costs, 0 * at, at, np.ones(2), np.array([70.0]), np.array([np.inf]), np.zeros(2),
    ...     np.array([90.0, 40.0]), ("demand",), ("from CN", "from AU"),
    ... )
    >>> opening(demand, 1)
    Opening(cut=4.0, amount=40.0)
    """
    price = prices(programme, [Limit("column", column, "low")], hot)[0]
    return Opening(price.right, price.high - price.at if price.right is not None else 0.0)


def _check_limits(programme: Programme, limits: Sequence[Limit]) -> None:
    """Refuse limits that are not there.

    Raises
    ------
    DepgraphError
        If a limit is infinite, or ``both`` is asked of two bounds that differ.
    """
    for limit in limits:
        value = solve.bound_at(programme, limit)
        other = solve.bound_at(programme, limit._replace(side="high"))
        if not math.isfinite(value) or (limit.side == "both" and other != value):
            msg = f"{limit.kind} {solve.label(programme, limit)!r} has no bound {limit.side!r}: price one that it has"
            raise DepgraphError(msg)


def _nearer(value: float, lo: float, hi: float) -> Literal["low", "high", "both"]:
    """Say which bound a value rests on or is nearer to."""
    if lo == hi:
        return "both"
    return "high" if hi - value < value - lo else "low"


def _price(programme: Programme, ranging: Ranging, hot: WarmSolver, limit: Limit) -> Price:
    """Price one limit, given the optimum."""
    at = solve.bound_at(programme, limit)
    here = _point(programme, ranging.solution, limit, 0.0)
    span = _basis_span(programme, ranging, limit, here.slope)

    def curve(step: float) -> _Point | None:
        variant = solve.moved(programme, {limit: at + step})
        try:
            return _point(variant, hot.solve(variant), limit, step)
        except InfeasibleError:
            return None

    left, low = _branch(curve, here, -1, at - span.low, 1 + abs(at))
    right, high = _branch(curve, here, 1, span.high - at, 1 + abs(at))
    name = solve.label(programme, limit)
    return Price(limit, name, at, here.slope, left, right, at - low, at + high)


def _point(programme: Programme, solution: Solution, limit: Limit, step: float) -> _Point:
    """Return a point of the curve; a slope that is rounding error is 0."""
    slope = solve.slope(programme, solution.duals, limit)
    noise = solve.NOISE * (1 + np.abs(solution.duals).max(initial=0.0))
    error = solution.residual * (1 + abs(solution.objective))
    return _Point(step, solution.objective, error, slope if abs(slope) > noise else 0.0)


def _basis_span(programme: Programme, ranging: Ranging, limit: Limit, slope: float) -> Span:
    """Return the range of a limit that one basis, or the plan itself where the limit does not bind, covers."""
    at, number = solve.bound_at(programme, limit), limit.number
    if slope == 0 and limit.side != "both":
        x = ranging.solution.x
        value = float((programme.times(x) if limit.kind == "row" else x)[number])
        # a plan that stays feasible stays optimal while the limit costs nothing
        return Span(min(value, at), math.inf) if limit.side == "high" else Span(-math.inf, max(value, at))
    if limit.kind == "row":
        low, high = ranging.row_low[number], ranging.row_high[number]
    else:
        low, high = ranging.column_low[number], ranging.column_high[number]
    # comparisons are false for NaN: no range is known
    return Span(float(low) if low <= at else at, float(high) if high >= at else at)


def _branch(
    curve: Callable[[float], _Point | None], here: _Point, sign: int, reach: float, unit: float
) -> tuple[float | None, float]:
    """Return the slope on one side, and how far it holds at least.

    Raises
    ------
    UncertifiedError
        If two tangents neither meet the curve nor cross between their points.
    """
    there = _first(curve, sign, reach, unit)
    if there is None:
        return None, 0.0
    for _ in range(ROUNDS):
        if _meets(here, there):
            tried = min(reach, unit) if math.isinf(reach) else reach
            return here.slope, reach if abs(there.step) >= tried * (1 - 2 * SAME_SLOPE) > 0 else abs(there.step)
        if _meets(there, here):
            return there.slope, abs(there.step)
        step = _crossing(here, there)
        nearer = curve(step) if 0 < step / there.step < 1 else None
        if nearer is None:
            break
        there = nearer
    msg = f"slopes {here.slope:.6g} and {there.slope:.6g} cannot be told apart: rescale the programme"
    raise UncertifiedError(msg)


def _first(curve: Callable[[float], _Point | None], sign: int, reach: float, unit: float) -> _Point | None:
    """Return the first point of a side to try that is feasible."""
    steps = [unit * step for step in STEPS]
    if reach > SAME_SLOPE * unit:
        # a hair inside the range, which may end where nothing is feasible
        steps.insert(0, reach * (1 - SAME_SLOPE) if math.isfinite(reach) else unit)
    tried = (curve(sign * step) for step in steps)
    return next((point for point in tried if point is not None), None)


def _meets(one: _Point, other: _Point) -> bool:
    """Say whether the tangent at one point passes through the other."""
    reached = one.cost + one.slope * (other.step - one.step)
    return abs(reached - other.cost) <= ON_LINE * (1 + abs(one.cost) + abs(other.cost)) + one.error + other.error


def _crossing(one: _Point, other: _Point) -> float:
    """Return where the tangents at two points cross."""
    apart = one.slope - other.slope
    if apart == 0:
        return math.nan
    return (other.cost - other.slope * other.step - one.cost + one.slope * one.step) / apart


# --- plans --------------------------------------------------------------------------------------


def optimal_face(programme: Programme, solution: Solution) -> Programme:
    """Return the programme whose feasible points are all optimal plans.

    A plan is optimal if and only if it is feasible and every row and column with a multiplier
    other than 0 stays on the bound that the multiplier names (complementary slackness).

    Parameters
    ----------
    programme, solution
        A programme and a certified optimum of it.

    Returns
    -------
    Programme
        The same matrix and cost, with these rows and columns fixed.

    References
    ----------
    Mangasarian (1979), Linear Algebra and its Applications 25, 151-162,
    doi:10.1016/0024-3795(79)90014-4.

    Examples
    --------
    >>> costs, at = np.array([1.0, 1.0, 2.0]), np.arange(3, dtype=np.int32)
    >>> need = Programme(
    ...     costs, 0 * at, at, np.ones(3), np.array([3.0]), np.array([9.0]), np.zeros(3), np.full(3, 9.0),
    ...     ("need",), ("a", "b", "dear"),
    ... )
    >>> face = optimal_face(need, solve.solve(need))
    >>> face.row_hi.tolist(), face.ub.tolist()
    ([3.0], [9.0, 9.0, 0.0])
    """
    y, z = solve.multipliers(programme, solution.duals)
    return replace(
        programme,
        row_lo=np.where(y < 0, programme.row_hi, programme.row_lo),
        row_hi=np.where(y > 0, programme.row_lo, programme.row_hi),
        lb=np.where(z < 0, programme.ub, programme.lb),
        ub=np.where(z > 0, programme.lb, programme.ub),
    )


def uniqueness(programme: Programme, solution: Solution) -> bool:
    """Say whether the optimal plan is the only one, by one more programme.

    Look for a direction d that leads from the plan x along the optimal face: rows and columns with
    a multiplier other than 0 keep their value, others that rest on a bound may only leave it inwards,
    by at most 1, all others are free. Maximise the sum of what leaves its bound. Either nothing can
    (the sum is 0), or a direction can be stretched until something has moved by 1 (the sum is at least
    1); the line is drawn at one half. That nothing can leave its bound means that x is the only optimal
    plan, because x is a vertex, whose bounds hold it. Columns without bounds make a plan that may
    be no vertex: each of them is tried both ways in addition, as long as nothing moves.

    At a bound is what is within 1e-7 of it (relative, plus 1); a multiplier is 0 within the tolerance of
    `solve.multipliers`.

    Parameters
    ----------
    programme
        A programme.
    solution
        Its certified optimum from `solve.solve` or `warm.WarmSolver`, which is a basic one.

    Returns
    -------
    bool
        True if no other plan costs as little.

    Raises
    ------
    DepgraphError
        If the programme cannot be solved, which a certified solution excludes but for rounding.

    References
    ----------
    Appa (2002), Journal of the Operational Research Society 53, 1127-1132.

    Examples
    --------
    >>> costs, at = np.array([1.0, 1.0]), np.arange(2, dtype=np.int32)
    >>> need = Programme(
    ...     costs, 0 * at, at, np.ones(2), np.array([3.0]), np.array([np.inf]), np.zeros(2), np.full(2, 9.0),
    ...     ("need",), ("a", "b"),
    ... )
    >>> uniqueness(need, solve.solve(need))
    False
    >>> cheaper = replace(need, cost=np.array([1.0, 1.5]))
    >>> uniqueness(cheaper, solve.solve(cheaper))
    True
    """
    face = optimal_face(programme, solution)
    row_lo, row_hi, rows = _inward(programme.times(solution.x), face.row_lo, face.row_hi)
    lb, ub, columns = _inward(solution.x, face.lb, face.ub)
    leaving = columns + programme.transposed_times(rows)
    cone = replace(face, cost=-leaving, row_lo=row_lo, row_hi=row_hi, lb=lb, ub=ub, constant=0.0)
    found = solve.solve(cone)
    if -found.objective > 1 / 2:
        return False
    loose = np.flatnonzero(np.isinf(programme.lb) & np.isinf(programme.ub))
    return not loose.size or _held(replace(cone, cost=0 * cone.cost), loose.tolist())


def _inward(value: Vector, lo: Vector, hi: Vector) -> tuple[Vector, Vector, Vector]:
    """Return bounds of a direction, and the sign of leaving the bound, for what rests on one."""
    room = AT_BOUND * (1 + np.abs(value))
    below, above = value - lo <= room, hi - value <= room
    least = np.where(below, 0.0, np.where(above, -1.0, -np.inf))
    most = np.where(above, 0.0, np.where(below, 1.0, np.inf))
    return least, most, np.where(below & ~above, 1.0, np.where(above & ~below, -1.0, 0.0))


def _held(cone: Programme, loose: Iterable[int]) -> bool:
    """Say whether columns without bounds are held by the rows."""
    boxed = replace(cone, lb=np.maximum(cone.lb, -1.0), ub=np.minimum(cone.ub, 1.0))
    hot = WarmSolver(boxed)
    for column in loose:
        for sign in (1.0, -1.0):
            cost = np.zeros(len(boxed.cost))
            cost[column] = sign
            if -hot.solve(replace(boxed, cost=cost)).objective > AT_BOUND:
                return False
    return True


def value_range(programme: Programme, solution: Solution, weights: Vector) -> Span:
    """Return the lowest and highest value of a quantity over all optimal plans.

    ``min`` and ``max`` of ``weights x`` over the optimal face: two certified programmes.

    Parameters
    ----------
    programme, solution
        A programme and its certified optimum.
    weights
        What a unit of each column counts.

    Returns
    -------
    Span
        Infinite where optimal plans have no limit.

    Raises
    ------
    UncertifiedError
        If a plan that is found costs more than the optimum.
    DepgraphError
        If the face cannot be solved, which a certified solution excludes but for rounding.

    Examples
    --------
    >>> costs, at = np.array([1.0, 1.0]), np.arange(2, dtype=np.int32)
    >>> need = Programme(
    ...     costs, 0 * at, at, np.ones(2), np.array([3.0]), np.array([np.inf]), np.zeros(2), np.full(2, 2.0),
    ...     ("need",), ("a", "b"),
    ... )
    >>> value_range(need, solve.solve(need), np.array([1.0, 0.0]))
    Span(low=1.0, high=2.0)
    """
    return value_ranges(programme, solution, [weights])[0]


def value_ranges(programme: Programme, solution: Solution, weights: Sequence[Vector]) -> list[Span]:
    """Return `value_range` of several quantities, the optimal face loaded once.

    Parameters
    ----------
    programme, solution, weights
        As there.

    Returns
    -------
    list of Span
        In the order of the quantities.

    Raises
    ------
    UncertifiedError
        If a plan that is found costs more than the optimum.
    DepgraphError
        As `value_range`.
    """
    face = optimal_face(programme, solution)
    hot = WarmSolver(face)

    def least(weight: Vector) -> float:
        try:
            found = hot.solve(replace(face, cost=weight, constant=0.0))
        except UnboundedError:
            return -math.inf
        cost = solve.inner(programme.cost, found.x) + programme.constant
        if not abs(cost - solution.objective) <= solve.TOLERANCE * (1 + abs(solution.objective)):
            msg = f"a plan costs {cost:.9g} and the optimum {solution.objective:.9g}: rescale the programme"
            raise UncertifiedError(msg)
        return found.objective

    # 0 is added so that no -0.0 is printed
    return [Span(least(weight) + 0.0, 0.0 - least(-weight)) for weight in weights]
