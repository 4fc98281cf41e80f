"""Making shares of one stage coherent: they lie within what is claimed and sum to 1.

The set ``{low <= s <= high, sum s = 1}`` is a polytope. Here it is tested, tightened,
projected onto and averaged over in closed form; claims that order suppliers ("the largest")
need the linear programme of `tighten_ordered`.
"""

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from depgraph.core.errors import InfeasibleError, InvalidSharesError
from depgraph.lp import solve

SLACK = 1e-12


class Interval(NamedTuple):
    """Bounds of one share."""

    low: float
    high: float


class Clash(NamedTuple):
    """Claims that cannot all be true.

    Attributes
    ----------
    members
        The smallest set of them that contradicts itself.
    relaxation
        By how much, in share points, bounds must move in total until all can be true.
    """

    members: tuple[str, ...]
    relaxation: float


def check(bounds: Iterable[Interval]) -> None:
    """Refuse bounds that are no interval of shares.

    Raises
    ------
    InvalidSharesError
        If a bound is not finite or outside 0..1, or low lies above high.
    """
    for low, high in bounds:
        if not 0 <= low <= high <= 1:
            msg = f"[{low}, {high}] is not an interval of shares"
            raise InvalidSharesError(msg)


def is_consistent(bounds: Sequence[Interval]) -> bool:
    """Say whether some shares lie within all bounds and sum to 1.

    ``sum low <= 1 <= sum high``

    Parameters
    ----------
    bounds
        One interval a supplier, rest of world among them.

    Returns
    -------
    bool
        True if the polytope is not empty.

    Raises
    ------
    InvalidSharesError
        If an interval is not one.

    Examples
    --------
    >>> is_consistent([Interval(0.7, 1), Interval(0.4, 1)])
    False
    """
    check(bounds)
    return math.fsum(b.low for b in bounds) <= 1 + SLACK and math.fsum(b.high for b in bounds) >= 1 - SLACK


def relaxation(bounds: Sequence[Interval]) -> float:
    """Smallest total by which bounds must move until they are consistent.

    ``max(0, sum low - 1, 1 - sum high)``

    Returns
    -------
    float
        In share points; 0 if the bounds are consistent.

    Raises
    ------
    InvalidSharesError
        If an interval is not one.

    Examples
    --------
    >>> round(relaxation([Interval(0.7, 1), Interval(0.4, 1)]), 12)
    0.1
    """
    check(bounds)
    return max(0.0, math.fsum(b.low for b in bounds) - 1, 1 - math.fsum(b.high for b in bounds))


def tighten(bounds: Sequence[Interval]) -> list[Interval]:
    """Shrink each interval to what the others leave.

    ``low_i' = max(low_i, 1 - sum_{j != i} high_j)``, ``high_i' = min(high_i, 1 - sum_{j != i} low_j)``

    Parameters
    ----------
    bounds
        Consistent intervals.

    Returns
    -------
    list of Interval
        Every value of every interval is taken by some coherent shares.

    Raises
    ------
    InfeasibleError
        If the bounds contradict each other.
    InvalidSharesError
        If an interval is not one.

    References
    ----------
    de Campos, Huete and Moral (1994), Int. J. of Uncertainty, Fuzziness and Knowledge-Based
    Systems 2(2), 167-196.

    Examples
    --------
    >>> tighten([Interval(0.5, 0.875), Interval(0.25, 1.0)])
    [Interval(low=0.5, high=0.75), Interval(low=0.25, high=0.5)]
    """
    if not is_consistent(bounds):
        msg = f"the bounds contradict each other by {relaxation(bounds):g}"
        raise InfeasibleError(msg)
    lows, highs = math.fsum(b.low for b in bounds), math.fsum(b.high for b in bounds)
    result = []
    for low, high in bounds:
        new_low = max(low, 1 - (highs - high))
        # rounding must not turn a point into an empty interval
        new_low = min(new_low, high)
        result.append(Interval(new_low, max(min(high, 1 - (lows - low)), new_low)))
    return result


def tighten_ordered(bounds: Sequence[Interval], order: Sequence[tuple[int, int]]) -> list[Interval]:
    """Shrink intervals under claims that one supplier has at least as much as another.

    Minimises and maximises each share over the polytope: 2n linear programmes.

    Parameters
    ----------
    bounds
        One interval a supplier.
    order
        Pairs (a, b) of positions that say ``s_a >= s_b``.

    Returns
    -------
    list of Interval
        The range of each share.

    Raises
    ------
    InfeasibleError
        If bounds and order contradict each other.
    InvalidSharesError
        If an interval is not one.

    Examples
    --------
    >>> ranges = tighten_ordered([Interval(0, 1), Interval(0, 1)], [(0, 1)])
    >>> [(round(low, 6), round(high, 6)) for low, high in ranges]
    [(0.5, 1.0), (0.0, 0.5)]
    """
    if not order:
        return tighten(bounds)
    check(bounds)
    ranges = [[_extreme(bounds, order, i, sign) for sign in (1.0, -1.0)] for i in range(len(bounds))]
    # where a range is a point, rounding may put its two ends in the wrong order
    return [Interval(min(ends), max(ends)) for ends in ranges]


def _extreme(bounds: Sequence[Interval], order: Sequence[tuple[int, int]], position: int, sign: float) -> float:
    """Return the smallest (sign 1) or largest (sign -1) value of one share."""
    order = [(a, b) for a, b in order if a != b]  # nobody has less than himself
    n, m = len(bounds), 1 + len(order)
    cost = np.zeros(n)
    cost[position] = sign
    rows = [0] * n + [row for row in range(1, m) for _ in range(2)]
    cols = [*range(n), *itertools.chain.from_iterable(order)]
    programme = solve.Programme(
        cost=cost,
        rows=np.array(rows, dtype=np.int32),
        cols=np.array(cols, dtype=np.int32),
        values=np.array([1.0] * n + [1.0, -1.0] * len(order)),
        row_lo=np.array([1.0] + [0.0] * len(order)),
        row_hi=np.array([1.0] + [np.inf] * len(order)),
        lb=np.array([b.low for b in bounds]),
        ub=np.array([b.high for b in bounds]),
        row_names=("sum", *(f"order {a} {b}" for a, b in order)),
        col_names=tuple(f"share {i}" for i in range(n)),
    )
    value = sign * solve.solve(programme).objective
    # the solver's tolerance must not push a share out of its own bounds
    return min(max(value, bounds[position].low), bounds[position].high)


def hull(intervals: Iterable[Interval]) -> Interval:
    """Return the smallest interval that holds all: what is left when sources disagree.

    Examples
    --------
    >>> hull([Interval(0.8, 0.81), Interval(0.98, 1.0)])
    Interval(low=0.8, high=1.0)
    """
    low, high = zip(*intervals, strict=True)
    return Interval(min(low), max(high))


def meet(intervals: Iterable[Interval]) -> Interval | None:
    """Return the values that all intervals allow, None if there are none.

    Examples
    --------
    >>> meet([Interval(0.5, 0.95), Interval(0.8, 0.99)])
    Interval(low=0.8, high=0.95)
    """
    low, high = zip(*intervals, strict=True)
    return Interval(min(max(low), *high), min(high)) if max(low) <= min(high) + SLACK else None


def smallest_clash(items: Mapping[str, tuple[str, Interval]]) -> Clash | None:
    """Find the smallest set of items that contradicts itself.

    Two kinds exist on a simplex. Two items on one supplier whose intervals do not meet; or
    lower bounds of different suppliers that sum to more than 1, of which the fewest are found
    by taking the largest lower bound of each supplier, largest first. (Upper bounds cannot
    clash: rest of world takes what is left.)

    Parameters
    ----------
    items
        Identifier to (supplier, interval).

    Returns
    -------
    Clash or None
        None if all items can be true together. Ties go to the set that is first by name.

    Raises
    ------
    InvalidSharesError
        If an interval is not one.

    Examples
    --------
    >>> smallest_clash({"c1": ("CHN", Interval(0.7, 1)), "c2": ("JPN", Interval(0.45, 0.45))}).members
    ('c1', 'c2')
    """
    check(interval for _, interval in items.values())
    pair = _pair_clash(items)
    return pair or _sum_clash(items)


def _pair_clash(items: Mapping[str, tuple[str, Interval]]) -> Clash | None:
    """Find the two items on one supplier that lie furthest apart."""
    worst: Clash | None = None
    for (a, (supplier, first)), (b, (other, second)) in itertools.combinations(sorted(items.items()), 2):
        gap = max(first.low - second.high, second.low - first.high)
        if supplier == other and gap > SLACK and (worst is None or gap > worst.relaxation + SLACK):
            worst = Clash((a, b), gap)
    return worst


def _sum_clash(items: Mapping[str, tuple[str, Interval]]) -> Clash | None:
    """Find the fewest lower bounds that sum to more than 1."""
    largest: dict[str, tuple[float, str]] = {}
    for name, (supplier, interval) in sorted(items.items()):
        if supplier not in largest or interval.low > largest[supplier][0]:
            largest[supplier] = (interval.low, name)
    total, members = 0.0, []
    excess = math.fsum(low for low, _ in largest.values()) - 1
    for low, name in sorted(largest.values(), key=lambda pair: (-pair[0], pair[1])):
        total += low
        members.append(name)
        if total > 1 + SLACK:
            return Clash(tuple(sorted(members)), excess)
    return None


def project(prior: Sequence[float], bounds: Sequence[Interval]) -> list[float]:
    """Shares nearest to a prior, in relative entropy, that keep all bounds and sum to 1.

    ``min sum s_i ln(s_i / p_i)``: every share that is not at a bound is the same multiple of
    its prior, so unaffected shares keep their proportions.

    Parameters
    ----------
    prior
        Positive where a share may be positive.
    bounds
        Consistent intervals.

    Returns
    -------
    list of float
        Sums to 1 within rounding.

    Raises
    ------
    InfeasibleError
        If the bounds contradict each other, or the prior is zero where a share must be positive.
    InvalidSharesError
        If an interval is not one.

    References
    ----------
    Golan, Judge and Miller (1996), Maximum Entropy Econometrics, chapter 3.

    Examples
    --------
    >>> [round(s, 6) for s in project([0.5, 0.3, 0.2], [Interval(0.7, 1), Interval(0, 1), Interval(0, 1)])]
    [0.7, 0.18, 0.12]
    """
    if not is_consistent(bounds):
        msg = "the bounds contradict each other"
        raise InfeasibleError(msg)
    low, high = -60.0, 60.0  # natural logarithm of the common multiple
    for _ in range(200):
        middle = (low + high) / 2
        if math.fsum(_scaled(prior, bounds, middle)) < 1:
            low = middle
        else:
            high = middle
    shares = _scaled(prior, bounds, high)
    if abs(math.fsum(shares) - 1) > 1e-9:
        msg = "the prior is zero for a supplier that must have a share"
        raise InfeasibleError(msg)
    return shares


def _scaled(prior: Sequence[float], bounds: Sequence[Interval], log_multiple: float) -> list[float]:
    """Multiply the prior and bring it within the bounds."""
    multiple = math.exp(log_multiple)
    return [min(max(p * multiple, b.low), b.high) for p, b in zip(prior, bounds, strict=True)]


def uniform_mean(bounds: Sequence[Interval]) -> list[float]:
    """Mean of the uniform distribution on ``{low <= s <= high, sum s = 1}``, exactly.

    Inclusion and exclusion over the suppliers S that exceed their upper bound: with
    ``w = high - low`` and ``c_S = max(0, 1 - sum low - sum_{i in S} w_i)`` each S is a simplex
    of weight ``(-1)^|S| c_S^(n-1)`` whose mean is ``low_i + w_i [i in S] + c_S / n``.

    Parameters
    ----------
    bounds
        Consistent intervals, at most 20.

    Returns
    -------
    list of float
        The centre of gravity.

    Raises
    ------
    InfeasibleError
        If the polytope is empty or has no volume.
    InvalidSharesError
        If an interval is not one.

    Examples
    --------
    >>> uniform_mean([Interval(0, 1), Interval(0, 1)])
    [0.5, 0.5]
    """
    check(bounds)
    n, width = len(bounds), [b.high - b.low for b in bounds]
    free = 1 - math.fsum(b.low for b in bounds)
    weights: list[float] = []
    moments: list[list[float]] = [[] for _ in bounds]
    for size in range(n + 1):
        for chosen in itertools.combinations(range(n), size):
            c = free - math.fsum(width[i] for i in chosen)
            if c <= 0:
                continue
            weight = (-1) ** size * c ** (n - 1)
            weights.append(weight)
            for i in range(n):
                moments[i].append(weight * (bounds[i].low + (width[i] if i in chosen else 0.0) + c / n))
    volume = math.fsum(weights)
    if volume <= 0:
        msg = "no coherent shares, or only single ones: there is nothing to average over"
        raise InfeasibleError(msg)
    return [math.fsum(moment) / volume for moment in moments]
