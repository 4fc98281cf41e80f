"""Why a programme has no plan, or no end: in rows and bounds that a message can name.

An infeasible programme is answered by a smallest set of rows and bounds that clash, each of which
is needed for the clash, and by the cheapest way to make room. A programme whose cost can fall
without limit is answered by the columns that grow.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from depgraph.core.errors import DepgraphError
from depgraph.lp import related, solve
from depgraph.lp.programme import Places
from depgraph.lp.solve import Limit, Programme, Vector

CLASH = 1e-9  # relative to the limits: a violation up to this is none
TRACE = 1e-9  # a weight of a proof, or a step of a ray, up to this is rounding error


class Clash(NamedTuple):
    """A right-hand side or bound that takes part in a clash.

    Attributes
    ----------
    limit, name
        Which row or column and which of its sides.
    at
        Its value.
    """

    limit: Limit
    name: str
    at: float


class Give(NamedTuple):
    """How far a limit must give way.

    Attributes
    ----------
    limit, name
        Which row or column and which of its sides.
    at, to
        Its value, and the value that makes room.
    """

    limit: Limit
    name: str
    at: float
    to: float


class Relaxation(NamedTuple):
    """The cheapest way to make a programme feasible.

    Attributes
    ----------
    cost
        Sum of weight times what is given, over all limits; 0 if the programme is feasible.
    gives
        What must give, rows before columns. Where several ways cost the same this is one of them.
    x
        A plan that fits then.
    """

    cost: float
    gives: tuple[Give, ...]
    x: Vector


class Ray(NamedTuple):
    """A way on which the cost falls without limit.

    Attributes
    ----------
    steps
        Name of each column that moves, and how far for one step; the absolute values sum to 1.
    cost
        Change of the cost for one step, negative.
    """

    steps: dict[str, float]
    cost: float


class _Part(NamedTuple):
    """A smaller programme, and the numbers that its rows and columns have in the whole."""

    programme: Programme
    rows: Places
    columns: Places


# --- clashes ------------------------------------------------------------------------------------


def irreducible_set(programme: Programme) -> tuple[Clash, ...]:
    """Find rows and bounds that clash, each of which is needed for the clash.

    An irreducible infeasible set: no plan satisfies all its members, and some plan satisfies them
    when any one of them is left out. An infeasible programme can have several; one is given.

    1. The largest violation of a row is minimised: ``min t`` with ``a x + t >= lo`` and ``a x - t <= hi``,
       columns within their bounds. Its certified optimum is above 0, and its multipliers are a
       proof (Farkas): limits without a weight in it are not needed. As the weights sum to 1, the
       basic proofs are the irreducible sets, so what a simplex method finds is one but for rounding.
    2. Each member is left out in turn, all others of the programme being out already. Where the rest
       still clashes it stays out. What is left is irreducible by construction.

    Clash and fit are both certified: limits clash if they cannot all be kept within 1e-9 of the
    largest of them (plus 1).

    Parameters
    ----------
    programme
        Rows and bounds; the cost does not matter.

    Returns
    -------
    tuple of Clash
        Rows before columns, by number; an equality is named by the side that clashes. Empty if the
        programme is feasible.

    Raises
    ------
    DepgraphError
        If the programme cannot be solved, as `solve.solve` raises it.

    References
    ----------
    Chinneck and Dravnieks (1991), ORSA Journal on Computing 3, 157-168, doi:10.1287/ijoc.3.2.157,
    on the deletion filter.
    Gleeson and Ryan (1990), ORSA Journal on Computing 2, 61-63, doi:10.1287/ijoc.2.1.61, on proofs.

    Examples
    --------
    >>> one, at = np.ones(1), np.zeros(1, dtype=np.int32)
    >>> need = Programme(one, at, at, one, 9 * one, 20 * one, 0 * one, 5 * one, ("need",), ("make",))
    >>> for found in irreducible_set(need):
    ...     print(found.name, found.limit.side, found.at)
    need low 9.0
    make high 5.0
    """
    part = _part(programme, _crossed(programme) or _proof(programme))
    numbers = {"row": part.rows, "column": part.columns}
    kept = _filtered(part.programme)
    found = [limit._replace(number=int(numbers[limit.kind][limit.number])) for limit in kept]
    return tuple(Clash(limit, solve.label(programme, limit), solve.bound_at(programme, limit)) for limit in found)


def _crossed(programme: Programme) -> list[Limit]:
    """Return the two sides of the first row or column whose lower bound lies above its upper bound."""
    for kind, lo, hi in related.sides(programme):
        for number in np.flatnonzero(lo > hi)[:1].tolist():
            return [Limit(kind, number, "low"), Limit(kind, number, "high")]
    return []


def _proof(programme: Programme) -> list[Limit]:
    """Return limits that suffice for a clash, from the multipliers of the least violation; none if all fits."""
    limits = related.limits_of(programme)
    soft = [limit for limit in limits if limit.kind == "row"]
    hard = [limit for limit in limits if limit.kind == "column"]
    elastic = related.least_violation(programme, soft, np.ones(1), hard)
    found = solve.solve(elastic)
    if not _exceeds(programme, soft, found.objective):
        return []
    y = np.abs(found.duals[len(found.duals) - len(soft) :]) > TRACE
    z = (elastic.cost - elastic.transposed_times(found.duals))[: len(programme.cost)]
    held = {"low": z > TRACE, "high": z < -TRACE}
    suspects = [limit for limit, used in zip(soft, y.tolist(), strict=True) if used]
    suspects += [limit for limit in hard if held[limit.side][limit.number]]
    return suspects if _clash(programme, suspects) else limits


def _filtered(part: Programme) -> list[Limit]:
    """Leave out every limit without which the rest still clashes."""
    kept = related.limits_of(part)
    for limit in tuple(kept):
        rest = [other for other in kept if other != limit]
        if _clash(part, rest):
            kept = rest
    return kept


def _clash(programme: Programme, limits: Sequence[Limit]) -> bool:
    """Say whether no point satisfies some limits, all others left out."""
    part = _part(programme, limits).programme
    soft = related.limits_of(part)
    return _exceeds(part, soft, solve.solve(related.least_violation(part, soft, np.ones(1), [])).objective)


def _exceeds(programme: Programme, limits: Sequence[Limit], violation: float) -> bool:
    """Say whether a violation is more than rounding error."""
    size = max((abs(solve.bound_at(programme, limit)) for limit in limits), default=0.0)
    return violation > CLASH * (1 + size)


# --- room ---------------------------------------------------------------------------------------


def cheapest_relaxation(programme: Programme, row_weights: Vector, column_weights: Vector | None = None) -> Relaxation:
    """Find the cheapest way to make an infeasible programme feasible.

    ``min sum w s`` subject to ``a x + s >= lo`` for each lower and ``a x - s <= hi`` for each upper
    limit with a finite weight w, and all other limits as they are: a certified programme. The cost
    of the programme itself does not count. With weight 1 on one row and none on others, the cost is
    what that row must give; with 1 on all, the least total.

    Parameters
    ----------
    programme
        Rows and bounds.
    row_weights
        Cost of a unit that a row gives, on either side; infinite where it must not give.
    column_weights
        The same for bounds of columns; without it they do not give.

    Returns
    -------
    Relaxation
        What gives more than rounding error.

    Raises
    ------
    DepgraphError
        If a weight is not above 0 (what costs nothing to break is no limit: leave it out), or their
        number is not that of the rows or columns.
    InfeasibleError
        If the limits that must not give clash; `irreducible_set` of the programme without the others
        names them.

    References
    ----------
    Chinneck (2008), Feasibility and Infeasibility in Optimization, Springer, chapters 6 and 7,
    doi:10.1007/978-0-387-74932-7.

    Examples
    --------
    >>> one, at = np.ones(1), np.zeros(1, dtype=np.int32)
    >>> need = Programme(one, at, at, one, 9 * one, 20 * one, 0 * one, 5 * one, ("need",), ("make",))
    >>> found = cheapest_relaxation(need, np.array([10.0]))
    >>> found.cost, [(give.name, give.at, give.to) for give in found.gives]
    (40.0, [('need', 9.0, 5.0)])
    """
    unmoved = np.full(len(programme.cost), np.inf)
    weights = {"row": row_weights, "column": unmoved if column_weights is None else column_weights}
    _check_weights(programme, weights)
    limits = related.limits_of(programme)
    prices = [float(weights[limit.kind][limit.number]) for limit in limits]
    soft = [limit for limit, price in zip(limits, prices, strict=True) if math.isfinite(price)]
    hard = [limit for limit, price in zip(limits, prices, strict=True) if math.isinf(price)]
    found = solve.solve(
        related.least_violation(programme, soft, np.array([price for price in prices if math.isfinite(price)]), hard)
    )
    x, slack = np.split(found.x, [len(programme.cost)])
    given = dict(zip(soft, slack.tolist(), strict=True))
    gives = [_give(programme, limit, given) for limit in soft]
    return Relaxation(found.objective, tuple(give for give in gives if give.to != give.at), x)


def _check_weights(programme: Programme, weights: Mapping[str, Vector]) -> None:
    """Refuse weights that are not above 0, or too few or too many.

    Raises
    ------
    DepgraphError
        If there are such weights.
    """
    for kind, lo, _ in related.sides(programme):
        if len(weights[kind]) != len(lo) or not (weights[kind] > 0).all():
            msg = f"{kind} weights must be {len(lo)} numbers above 0: write inf for what must not give"
            raise DepgraphError(msg)


def _give(programme: Programme, limit: Limit, given: Mapping[Limit, float]) -> Give:
    """Return how far a limit gives; rounding error is nothing, and never makes both sides cross."""
    at, label = solve.bound_at(programme, limit), solve.label(programme, limit)
    lower, upper = limit._replace(side="low"), limit._replace(side="high")
    lo, hi = solve.bound_at(programme, lower), solve.bound_at(programme, upper)
    down, up = _above_noise(given.get(lower, 0.0), lo), _above_noise(given.get(upper, 0.0), hi)
    top = hi + up if down else max(hi + up, lo)
    return Give(limit, label, at, top if limit.side == "high" else min(lo - down, top))


def _above_noise(amount: float, at: float) -> float:
    """Return an amount, 0 if it is rounding error beside a limit."""
    return amount if amount > CLASH * (1 + abs(at)) else 0.0


# --- no end -------------------------------------------------------------------------------------


def unbounded_ray(programme: Programme) -> Ray | None:
    """Find columns that can grow without limit while the cost falls.

    ``min c d`` over the directions d that break no row and no bound however far one goes
    (``A d >= 0`` where a row has a lower bound, ``A d <= 0`` where it has an upper one, likewise for
    columns), with ``sum |d| <= 1``: always feasible and never unbounded itself, so its optimum is
    certified, and it is a direction that is no sum of others. Bound one of its columns.

    Parameters
    ----------
    programme
        Any; that it is unbounded follows if it is feasible as well.

    Returns
    -------
    Ray or None
        None if the cost cannot fall without limit.

    Raises
    ------
    DepgraphError
        If an array holds a number that is not finite where it must be.
    InfeasibleError
        If a lower bound lies above its upper bound.

    Examples
    --------
    >>> costs, at = np.array([-3.0, 1.0]), np.arange(2, dtype=np.int32)
    >>> none = np.full(2, np.inf)
    >>> trade = Programme(
    ...     costs, 0 * at, at, np.array([1.0, -1.0]), np.zeros(1), none[:1], np.zeros(2), none,
    ...     ("bought from sold",), ("buy", "sell"),
    ... )
    >>> unbounded_ray(trade)
    Ray(steps={'buy': 1.0}, cost=-3.0)
    """
    solve.check_arrays(programme)
    step = solve.steepest_direction(programme)
    cost = solve.inner(programme.cost, step)
    if cost >= -TRACE * (1 + np.abs(programme.cost).max(initial=0.0)):
        return None
    moving = np.flatnonzero(np.abs(step) > TRACE).tolist()
    return Ray({programme.col_names[number]: float(step[number]) for number in moving}, cost)


# --- parts --------------------------------------------------------------------------------------


def _part(programme: Programme, limits: Sequence[Limit]) -> _Part:
    """Return the rows and columns that some limits bound, and the columns in these rows."""
    rows = np.unique(np.array([limit.number for limit in limits if limit.kind == "row"], dtype=np.intp))
    entry, place = related.entries(programme.rows, rows)
    bounded = np.array([limit.number for limit in limits if limit.kind == "column"], dtype=np.intp)
    columns = np.unique(np.concatenate([bounded, programme.cols[entry]]))
    only = related.with_only(programme, limits)
    part = related.unnamed(
        cost=np.zeros(len(columns)),
        rows=place,
        cols=np.searchsorted(columns, programme.cols[entry]),
        values=programme.values[entry],
        row_lo=only.row_lo[rows],
        row_hi=only.row_hi[rows],
        lb=only.lb[columns],
        ub=only.ub[columns],
    )
    return _Part(part, rows, columns)
