"""Cost against a limit that moves, in full, and goals served one after the other.

The optimal cost of a programme is convex and piecewise linear in right-hand sides and bounds that
move along a line. `frontier` finds all of its straight pieces and the kinks between them exactly, not
on a grid: the cost of each further step of diversification, and what starts to bind where it
rises. `lexicographic` serves goals in a stated order, without penalties that stand for an order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from depgraph.core.errors import DepgraphError, InfeasibleError, UncertifiedError
from depgraph.lp import solve
from depgraph.lp.solve import Limit, Programme, Solution, Vector
from depgraph.lp.warm import WarmSolver

ON_LINE = 1e-9  # relative, beside what the certificate allows: a cost this near a tangent lies on it
SAME_SLOPE = 1e-7  # relative: slopes this near are one
INSIDE = (0.0, 1e-12, 1e-9, 1e-6)  # of the range: steps tried in turn at an end
NARROW = 1e-9  # of a stretch: a piece narrower than this is none


class Line(NamedTuple):
    """How a limit moves: its value is ``start + theta * rate``."""

    start: float
    rate: float


@dataclass(frozen=True)
class Segment:
    """A straight piece of the frontier.

    Attributes
    ----------
    low, high
        Where it begins and ends, in theta.
    cost_low, cost_high
        Optimal cost there.
    slope
        Change of the cost per unit of theta.
    binding
        Limits that cost something within the piece. Limits that move are not listed.
    """

    low: float
    high: float
    cost_low: float
    cost_high: float
    slope: float
    binding: frozenset[Limit]


@dataclass(frozen=True)
class Kink:
    """Where the slope changes.

    Attributes
    ----------
    theta, cost
        The place, and the optimal cost there.
    left, right
        Slope before and after, left below right.
    starts, ends
        Limits that bind after the kink and not before, and the reverse, as theta rises; rows before
        columns, by number.
    """

    theta: float
    cost: float
    left: float
    right: float
    starts: tuple[Limit, ...]
    ends: tuple[Limit, ...]


@dataclass(frozen=True)
class Frontier:
    """Optimal cost over theta.

    Attributes
    ----------
    low, high
        Where a plan is feasible, within what was asked for.
    segments, kinks
        In order of theta; a kink between every two segments.
    """

    low: float
    high: float
    segments: tuple[Segment, ...]
    kinks: tuple[Kink, ...]

    def cost(self, theta: float) -> float:
        """Return the optimal cost at a theta.

        Raises
        ------
        DepgraphError
            If no plan is feasible there, or it was not asked for.
        """
        if not self.low <= theta <= self.high:
            msg = f"{theta:g} lies outside the frontier, which goes from {self.low:g} to {self.high:g}"
            raise DepgraphError(msg)
        piece = next(segment for segment in self.segments if theta <= segment.high)
        return piece.cost_low + (theta - piece.low) * piece.slope


@dataclass(frozen=True)
class Lexicographic:
    """The outcome of goals served in order.

    Attributes
    ----------
    values
        What each goal comes to in the plan, constants left out.
    best
        The least that each goal could come to, given those before it.
    programme
        The last programme that was solved: the rows of the one given, then a row for each goal that
        keeps it from getting worse. Ranges and prices of the plan are those of this programme.
    solution
        Its certified solution.
    """

    values: tuple[float, ...]
    best: tuple[float, ...]
    programme: Programme
    solution: Solution


class _Point(NamedTuple):
    """Optimal cost at a theta, how exact it is, a slope of it, and the duals."""

    theta: float
    cost: float
    error: float
    slope: float


# --- frontier -----------------------------------------------------------------------------------


def frontier(programme: Programme, moves: Mapping[Limit, Line], low: float, high: float) -> Frontier:
    """Find the optimal cost over a limit that moves, exactly.

    Each limit of `moves` has the value ``start + theta * rate``, ``low <= theta <= high``, and f(theta) is the
    optimal cost. The duals at a theta give a tangent: ``sum rate * dual`` over the limits that move.
    Between two places the curve lies above both tangents and below the chord. Where the tangents
    cross, the programme is solved: if the curve is there as low as the tangents, they are the
    curve and the crossing is its only kink; if not, both halves are searched in the same way. Every
    solution finds a piece or proves a kink, so there are about two for each piece and no step size.

    Where an end is not feasible the frontier begins or ends at the last theta that is, which is found
    by a programme with theta as a column.

    Parameters
    ----------
    programme
        Any values may stand where limits move.
    moves
        Limit to its line. Only right-hand sides and bounds can move: a cap on a share is a row
        ``x_rival <= theta * demand`` where demand is a number.
    low, high
        Range of theta.

    Returns
    -------
    Frontier
        Slopes strictly rise from piece to piece. What binds is read in the middle of each piece by
        the multipliers; where several sets of multipliers are optimal there, it is one of them.

    Raises
    ------
    DepgraphError
        If the range is empty or a line is not finite.
    InfeasibleError
        If no theta of the range is feasible.
    UnboundedError
        If the cost has no limit.
    UncertifiedError
        If the curve that was found is not convex: the numbers are too badly scaled to tell.

    References
    ----------
    Gal (1995), Postoptimal Analyses, Parametric Programming, and Related Topics, 2nd edition, de
    Gruyter. Rote (1992), Computing 48, 337-361, doi:10.1007/BF02238642, on the sandwich.
    Haimes, Lasdon and Wismer (1971), IEEE Transactions on Systems, Man, and Cybernetics 1, 296-297.

    Examples
    --------
    >>> costs, at = np.array([10.0, 14.0, 20.0]), np.arange(3, dtype=np.int32)
    >>> supply = Programme(
    ...     costs, 0 * at, at, np.ones(3), np.array([100.0]), np.array([np.inf]), np.zeros(3),
    ...     np.array([100.0, 40.0, 100.0]), ("demand",), ("CN", "AU", "US"),
    ... )
    >>> found = frontier(supply, {Limit("column", 0, "high"): Line(0.0, 100.0)}, 0.0, 1.0)
    >>> [(round(kink.theta, 9), kink.left, kink.right) for kink in found.kinks]
    [(0.6, -1000.0, -400.0)]
    >>> [supply.col_names[limit.number] for limit in found.kinks[0].ends]
    ['AU']
    """
    _check_lines(moves, low, high)
    low, high = feasible_range(programme, moves, low, high)
    hot = WarmSolver(_at(programme, moves, (low + high) / 2))
    first, last = _end(programme, moves, hot, low, high), _end(programme, moves, hot, high, low)
    points, slopes = _merged(*_pieces(programme, moves, hot, first, last))
    segments = tuple(
        Segment(one.theta, two.theta, one.cost, two.cost, slope, _binding(programme, moves, hot, one, two))
        for (one, two), slope in zip(pairwise(points), slopes, strict=True)
    )
    kinks = tuple(_kink(one, two) for one, two in pairwise(segments))
    return Frontier(first.theta, last.theta, segments, kinks)


def feasible_range(programme: Programme, moves: Mapping[Limit, Line], low: float, high: float) -> tuple[float, float]:
    """Return the part of a range of theta over which a programme is feasible.

    ``min theta`` and ``max theta`` over plan and theta together: two certified programmes in which
    the limits that move are rows ``a x - rate * theta <= start`` (or ``>=``).

    Parameters
    ----------
    programme, moves, low, high
        As in `frontier`.

    Returns
    -------
    pair of float
        The feasible thetas are all between them.

    Raises
    ------
    DepgraphError
        If the range is empty or a line is not finite.
    InfeasibleError
        If no theta of the range is feasible.

    Examples
    --------
    >>> one, at = np.ones(1), np.zeros(1, dtype=np.int32)
    >>> need = Programme(one, at, at, one, 3 * one, 9 * one, 0 * one, 8 * one, ("need",), ("make",))
    >>> feasible_range(need, {Limit("column", 0, "high"): Line(0.0, 2.0)}, 0.0, 5.0)
    (1.5, 5.0)
    """
    _check_lines(moves, low, high)
    joint = _joint(programme, moves, low, high)
    towards = np.append(np.zeros(len(programme.cost)), 1.0)
    hot = WarmSolver(replace(joint, cost=towards))
    first = hot.solve(replace(joint, cost=towards)).objective
    last = -hot.solve(replace(joint, cost=-towards)).objective
    # what is within rounding of an end is the end
    room = ON_LINE * (1 + abs(low) + abs(high))
    first, last = (low if first - low <= room else first), (high if high - last <= room else last)
    return first, max(first, last)


def _check_lines(moves: Mapping[Limit, Line], low: float, high: float) -> None:
    """Refuse what is no range or no line.

    Raises
    ------
    DepgraphError
        If there is such a thing.
    """
    numbers = [low, high, *(number for line in moves.values() for number in line)]
    if not np.isfinite(numbers).all() or low > high:
        msg = f"theta from {low:g} to {high:g}: give finite lines and a range that rises"
        raise DepgraphError(msg)


def _joint(programme: Programme, moves: Mapping[Limit, Line], low: float, high: float) -> Programme:
    """Return the programme with theta as its last column, and a row for each limit that moves."""
    n, m = len(programme.cost), len(programme.row_lo)
    triplets: list[tuple[int, int, float]] = []
    row_lo, row_hi = [programme.row_lo], [programme.row_hi]
    for place, (limit, line) in enumerate(moves.items()):
        entries = [*_of(programme, limit), (n, -line.rate)]
        triplets += [(m + place, column, value) for column, value in entries if value]
        row_lo.append(np.array([line.start if limit.side != "high" else -np.inf]))
        row_hi.append(np.array([line.start if limit.side != "low" else np.inf]))
    free = solve.moved(programme, _lifted(moves))
    more = np.array(triplets, dtype=np.float64).reshape(-1, 3)
    return Programme(
        cost=np.zeros(n + 1),
        rows=np.concatenate([programme.rows, more[:, 0].astype(np.int32)]),
        cols=np.concatenate([programme.cols, more[:, 1].astype(np.int32)]),
        values=np.concatenate([programme.values, more[:, 2]]),
        row_lo=np.concatenate([free.row_lo, *row_lo[1:]]),
        row_hi=np.concatenate([free.row_hi, *row_hi[1:]]),
        lb=np.append(free.lb, low),
        ub=np.append(free.ub, high),
        row_names=(*programme.row_names, *("moved",) * len(moves)),
        col_names=(*programme.col_names, "theta"),
    )


def _of(programme: Programme, limit: Limit) -> list[tuple[int, float]]:
    """Return the columns that a limit is about, and their coefficients."""
    if limit.kind == "column":
        return [(limit.number, 1.0)]
    row = programme.rows == limit.number
    return list(zip(programme.cols[row].tolist(), programme.values[row].tolist(), strict=True))


def _lifted(moves: Mapping[Limit, Line]) -> dict[Limit, float]:
    """Return limits out of the way, in place of those that move."""
    lower = {limit._replace(side="low"): -np.inf for limit in moves if limit.side != "high"}
    return lower | {limit._replace(side="high"): np.inf for limit in moves if limit.side != "low"}


def _at(programme: Programme, moves: Mapping[Limit, Line], theta: float) -> Programme:
    """Return the programme at a theta."""
    return solve.moved(programme, {limit: line.start + theta * line.rate for limit, line in moves.items()})


def _point(programme: Programme, moves: Mapping[Limit, Line], hot: WarmSolver, theta: float) -> _Point:
    """Solve at a theta."""
    variant = _at(programme, moves, theta)
    found = hot.follow(variant)
    slope = sum(line.rate * solve.slope(variant, found.duals, limit) for limit, line in moves.items())
    return _Point(theta, found.objective, found.residual * (1 + abs(found.objective)), slope)


def _end(programme: Programme, moves: Mapping[Limit, Line], hot: WarmSolver, theta: float, other: float) -> _Point:
    """Solve at an end, or a hair inside where rounding makes limits cross at the end itself."""
    for share in INSIDE:
        try:
            return _point(programme, moves, hot, theta + share * (other - theta))
        except InfeasibleError:
            continue
    return _point(programme, moves, hot, theta)


def _pieces(
    programme: Programme, moves: Mapping[Limit, Line], hot: WarmSolver, first: _Point, last: _Point
) -> tuple[list[_Point], list[float]]:
    """Return ends of straight pieces, in order, and the slope of each."""
    points, slopes, stretches = [first], [], [(first, last)]
    while stretches:
        one, two = stretches.pop()
        slope = _straight(one, two)
        if slope is not None:
            points.append(two)
            slopes.append(slope)
            continue
        theta = one.theta + _crossing(one, two) * (two.theta - one.theta)
        middle = _point(programme, moves, hot, theta)
        if _meets(one, middle) and _meets(two, middle):
            points += [middle, two]
            slopes += [one.slope, two.slope]
        else:
            stretches += [(middle, two), (one, middle)]
    return points, slopes


def _straight(one: _Point, two: _Point) -> float | None:
    """Return the slope between two points if the tangent at either is the curve between them."""
    if _meets(one, two):
        return one.slope
    if _meets(two, one):
        return two.slope
    share = _crossing(one, two)
    if NARROW < share < 1 - NARROW:
        return None
    return two.slope if share <= NARROW else one.slope


def _crossing(one: _Point, two: _Point) -> float:
    """Return where the tangents of two points cross, as a share of the way between them."""
    steeper = two.slope - one.slope
    return two.slope / steeper - (two.cost - one.cost) / (steeper * (two.theta - one.theta)) if steeper else 0.0


def _meets(one: _Point, other: _Point) -> bool:
    """Say whether the tangent at one point passes through the other."""
    reached = one.cost + one.slope * (other.theta - one.theta)
    return abs(reached - other.cost) <= ON_LINE * (1 + abs(one.cost) + abs(other.cost)) + one.error + other.error


def _merged(points: list[_Point], slopes: list[float]) -> tuple[list[_Point], list[float]]:
    """Join pieces of one slope; refuse a slope that falls.

    Raises
    ------
    UncertifiedError
        If the curve is not convex.
    """
    ends, kept = points[:1], list[float]()
    size = 1 + max(map(abs, slopes))
    for end, slope in zip(points[1:], slopes, strict=True):
        if kept and slope < kept[-1] - SAME_SLOPE * size:
            msg = f"the slope falls from {kept[-1]:.9g} to {slope:.9g} at {ends[-1].theta:.9g}: rescale the programme"
            raise UncertifiedError(msg)
        if kept and slope <= kept[-1] + SAME_SLOPE * size:
            ends[-1] = end
        else:
            ends.append(end)
            kept.append(slope)
    return ends, kept


def _binding(
    programme: Programme, moves: Mapping[Limit, Line], hot: WarmSolver, one: _Point, two: _Point
) -> frozenset[Limit]:
    """Return what binds in the middle of a piece."""
    variant = _at(programme, moves, (one.theta + two.theta) / 2)
    found = solve.binding(variant, hot.follow(variant).duals)
    moving = {(limit.kind, limit.number) for limit in moves}
    return frozenset(limit for limit in found if (limit.kind, limit.number) not in moving)


def _kink(one: Segment, two: Segment) -> Kink:
    """Return the kink between two pieces."""
    starts, ends = _sorted(two.binding - one.binding), _sorted(one.binding - two.binding)
    return Kink(two.low, two.cost_low, one.slope, two.slope, starts, ends)


def _sorted(limits: frozenset[Limit]) -> tuple[Limit, ...]:
    """Sort rows before columns, by number."""
    return tuple(sorted(limits, key=lambda limit: (limit.kind != "row", limit.number, limit.side)))


# --- goals --------------------------------------------------------------------------------------


def lexicographic(programme: Programme, goals: Sequence[Vector], tolerance: float = 1e-7) -> Lexicographic:
    """Serve goals in order: each is minimised among the plans that serve those before it best.

    ``v_1 = min g_1 x``; then ``v_2 = min g_2 x`` with ``g_1 x <= v_1 + e_1``, and so on, with
    ``e = tolerance * (1 + |v|)``. The rows of all goals are there from the start without a limit, so
    that one matrix stays loaded.

    Parameters
    ----------
    programme
        Rows and bounds; its own cost counts only if it is among the goals.
    goals
        Cost vectors, the most important first.
    tolerance
        How much worse than its best a goal may get for those after it, relative (plus 1). Without
        some room rounding would leave no plan.

    Returns
    -------
    Lexicographic
        The last programme, its certified solution, and the value of each goal.

    Raises
    ------
    DepgraphError
        If there is no goal, one has another length than the columns, or the tolerance is negative.
    InfeasibleError
        If the programme has no plan.
    UnboundedError
        If a goal has no limit.
    UncertifiedError
        If a step cannot be certified.

    References
    ----------
    Isermann (1982), OR Spektrum 4, 223-228, doi:10.1007/BF01782758.

    Examples
    --------
    >>> one, at = np.ones(2), np.arange(2, dtype=np.int32)
    >>> supply = Programme(
    ...     np.array([10.0, 14.0]), 0 * at, at, one, np.array([100.0]), np.array([np.inf]), 0 * one,
    ...     np.array([100.0, 40.0]), ("demand",), ("CN", "AU"),
    ... )
    >>> found = lexicographic(supply, [np.array([1.0, 0.0]), supply.cost])
    >>> [round(value, 3) for value in found.best]
    [60.0, 1160.0]
    """
    _check_goals(programme, goals, tolerance)
    current = _with_goals(programme, goals)
    rows = range(len(programme.row_lo), len(current.row_lo))
    hot, best = WarmSolver(replace(current, cost=goals[0])), list[float]()
    for row, goal in zip(rows, goals, strict=True):
        if best:
            room = best[-1] + tolerance * (1 + abs(best[-1]))
            current = solve.moved(current, {Limit("row", row - 1, "high"): room})
        current = replace(current, cost=goal)
        solution = hot.solve(current)
        best.append(solution.objective)
    return Lexicographic(tuple(solve.inner(goal, solution.x) for goal in goals), tuple(best), current, solution)


def _check_goals(programme: Programme, goals: Sequence[Vector], tolerance: float) -> None:
    """Refuse goals that cannot be served.

    Raises
    ------
    DepgraphError
        If there are such goals.
    """
    if not goals or any(len(goal) != len(programme.cost) for goal in goals):
        msg = f"give at least one goal, and for each a number for each of the {len(programme.cost)} columns"
        raise DepgraphError(msg)
    if not tolerance >= 0:
        msg = f"tolerance {tolerance!r} is negative: give 0 or a little more"
        raise DepgraphError(msg)


def _with_goals(programme: Programme, goals: Sequence[Vector]) -> Programme:
    """Return the programme with a row without limits for each goal."""
    places = [np.flatnonzero(goal) for goal in goals]
    first = len(programme.row_lo)
    numbers = np.repeat(np.arange(first, first + len(goals)), [place.size for place in places])
    values = [goal[place] for goal, place in zip(goals, places, strict=True)]
    return replace(
        programme,
        rows=np.concatenate([programme.rows, numbers.astype(np.int32)]),
        cols=np.concatenate([programme.cols, *(place.astype(np.int32) for place in places)]),
        values=np.concatenate([programme.values, *values]),
        row_lo=np.append(programme.row_lo, np.full(len(goals), -np.inf)),
        row_hi=np.append(programme.row_hi, np.full(len(goals), np.inf)),
        row_names=(*programme.row_names, *(f"goal {number + 1}" for number in range(len(goals)))),
        constant=0.0,
    )
