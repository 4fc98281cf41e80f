"""How stable a ranking is: agreement of rankings, and ranks over draws of the scores.

Scores are "higher is worse": the highest has rank 1. Best and worst ranks from intervals stand in
`depgraph.analysis.chokepoints.rank_intervals`.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from depgraph.core.errors import DepgraphError

Array = npt.NDArray[np.float64]


class InvalidRankingError(DepgraphError):
    """Numbers given as ranks or scores cannot be ranked."""


class Agreement(NamedTuple):
    """Kendall's coefficient of concordance and what it is made of.

    Attributes
    ----------
    rank_sums
        Sum of the ranks of each item.
    s
        Sum of squared deviations of the rank sums from their mean.
    w
        0 for no agreement to 1 for full agreement; None where it is 0/0.
    chi2, df
        Test statistic and its degrees of freedom.
    """

    rank_sums: tuple[float, ...]
    s: float
    w: float | None
    chi2: float | None
    df: int


def mid_ranks(scores: Sequence[float]) -> list[float]:
    """Rank scores, the highest first; equal scores share the mean of their ranks.

    ``rank_i = 1 + #(above i) + (#(equal to i) - 1) / 2``

    Parameters
    ----------
    scores
        Any one unit.

    Returns
    -------
    list of float
        In the order given.

    Raises
    ------
    InvalidRankingError
        If a score is not finite: an unknown score has no rank.

    Examples
    --------
    >>> mid_ranks([0.9, 0.4, 0.7, 0.4])
    [1.0, 3.5, 2.0, 3.5]
    """
    values = _finite([scores])[0]
    above = (values[None, :] > values[:, None]).sum(axis=1)
    equal = (values[None, :] == values[:, None]).sum(axis=1)
    return [float(a + (e + 1) / 2) for a, e in zip(above, equal, strict=True)]


def kendall_w(rankings: Sequence[Sequence[float]]) -> Agreement:
    """Agreement of several rankings of the same items, corrected for ties.

    With m rankings of n items, ``S`` the squared deviations of the rank sums and
    ``T = sum (t^3 - t)`` over all groups of t tied ranks: ``W = 12 S / (m^2 (n^3 - n) - m T)``, and
    ``chi2 = m (n - 1) W`` with n - 1 degrees of freedom (an approximation, rough below 7 items).

    Parameters
    ----------
    rankings
        One row for each judge, indicator or draw; ranks from 1, ties as mid-ranks (`mid_ranks`).

    Returns
    -------
    Agreement
        w and chi2 are None for a single item or where every ranking ties all items (0/0).

    Raises
    ------
    InvalidRankingError
        Without rankings or items, or if a row is no ranking: then rank its scores first.

    References
    ----------
    Kendall and Babington Smith (1939), Annals of Mathematical Statistics 10(3), 275-287,
    doi:10.1214/aoms/1177732186.

    Examples
    --------
    >>> agreement = kendall_w([[1, 2, 3, 4], [2, 1, 3, 4], [1, 3, 2, 4]])
    >>> agreement.s, round(agreement.w, 6), agreement.df
    (35.0, 0.777778, 3)
    """
    ranks = _finite(rankings)
    for row in ranks.tolist():
        _check_ranking(row)
    m, n = ranks.shape
    sums = ranks.sum(axis=0)
    s = float(np.square(sums - m * (n + 1) / 2).sum())
    ties = math.fsum(_tie_term(row) for row in ranks.tolist())
    largest = m * m * (n**3 - n) - m * ties
    w = 12 * s / largest if largest > 0 else None
    chi2 = m * (n - 1) * w if w is not None else None
    return Agreement(tuple(sums.tolist()), s, w, chi2, n - 1)


def _check_ranking(row: Sequence[float]) -> None:
    """Refuse a row that is not the ranking of anything.

    Raises
    ------
    InvalidRankingError
        If ranking the row again, lowest first, does not give it back.
    """
    if any(abs(a - b) > 1e-9 for a, b in zip(mid_ranks([-value for value in row]), row, strict=True)):
        msg = f"{list(row)} is no ranking: give ranks from 1 to {len(row)}, mid-ranks for ties"
        raise InvalidRankingError(msg)


def _tie_term(row: Sequence[float]) -> float:
    """Sum t^3 - t over the groups of equal ranks."""
    sizes = [len(list(group)) for _, group in itertools.groupby(sorted(row))]
    return math.fsum(t**3 - t for t in sizes)


def _finite(rows: Sequence[Sequence[float]] | Array) -> Array:
    """Return a matrix of finite numbers.

    Raises
    ------
    InvalidRankingError
        If it is empty, ragged or holds an unknown or infinite value.
    """
    if len(rows) == 0 or len(rows[0]) == 0:
        msg = "nothing to rank: give at least one row with at least one item"
        raise InvalidRankingError(msg)
    if any(len(row) != len(rows[0]) for row in rows):
        msg = "the rows rank different numbers of items: give each row the same items"
        raise InvalidRankingError(msg)
    matrix = np.array(rows, dtype=float)
    if not np.isfinite(matrix).all():
        msg = "a value is unknown or infinite: leave the item out or give it a range and draw from it"
        raise InvalidRankingError(msg)
    return matrix


def kendall_tau_b(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Agreement of two rankings of the same items, ties allowed.

    With C pairs of items in the same order, D in the opposite one, n0 pairs in all, n1 tied in the first
    and n2 tied in the second: ``tau_b = (C - D) / sqrt((n0 - n1) (n0 - n2))``.

    Parameters
    ----------
    first, second
        Scores of the items in the same order, higher first in both; the units may differ.

    Returns
    -------
    float or None
        1 for the same order to -1 for the opposite. None for fewer than two items and where one ranking
        ties all of them (0/0).

    Raises
    ------
    InvalidRankingError
        If the numbers of items differ or a score is not finite.

    References
    ----------
    Kendall (1945), Biometrika 33(3), 239-251, doi:10.1093/biomet/33.3.239.

    Examples
    --------
    >>> kendall_tau_b([3, 2, 1], [30, 20, 10]), kendall_tau_b([3, 2, 1], [10, 20, 30]), kendall_tau_b([1], [1])
    (1.0, -1.0, None)
    """
    if not len(first) == len(second) == 0:
        first, second = _finite([first, second]).tolist()
    if len(first) < 2:
        return None
    a, b = (np.sign(np.subtract.outer(scores, scores)) for scores in (np.array(first), np.array(second)))
    pairs = float(np.square(a).sum()) * float(np.square(b).sum())
    return float((a * b).sum()) / math.sqrt(pairs) if pairs > 0 else None


def rank_acceptability(draws: Sequence[Sequence[float]] | Array) -> Array:
    """Probability that each item takes each rank.

    ``b_ir = P(item i has rank r)``, estimated as the part of the draws. Items that tie in a draw
    take each of the ranks they share with equal part, so that rows and columns sum to 1.

    Parameters
    ----------
    draws
        One row for each draw, one column for each item: scores, higher first.

    Returns
    -------
    array, items x ranks
        b[i, r - 1].

    Raises
    ------
    InvalidRankingError
        Without draws or items, or if a score is not finite.

    References
    ----------
    Lahdelma and Salminen (2001), Operations Research 49(3), 444-454,
    doi:10.1287/opre.49.3.444.11220.

    Examples
    --------
    >>> rank_acceptability([[0.9, 0.4], [0.8, 0.5], [0.3, 0.5], [0.4, 0.4]]).tolist()
    [[0.625, 0.375], [0.375, 0.625]]
    """
    scores = _finite(draws)
    return np.array([_rank_shares(scores, item) for item in range(scores.shape[1])])


def _rank_shares(scores: Array, item: int) -> Array:
    """Part of the draws in which one item takes each rank."""
    own = scores[:, [item]]
    above = (scores > own).sum(axis=1)
    tied = (scores == own).sum(axis=1)
    # a tie of t items after a others adds 1/t to each of the ranks a+1..a+t
    n = scores.shape[1]
    begins = np.bincount(above, 1 / tied, n + 1)
    ends = np.bincount(above + tied, 1 / tied, n + 1)
    return np.asarray(np.clip(np.cumsum(begins - ends)[:n] / len(scores), 0.0, 1.0))


def probability_top(draws: Sequence[Sequence[float]] | Array, k: int) -> list[float]:
    """Probability that each item is among the k highest.

    ``P(top-k)_i = sum_{r <= k} b_ir``; the probabilities of all items sum to k.

    Parameters
    ----------
    draws
        As for `rank_acceptability`.
    k
        From 1 to the number of items.

    Returns
    -------
    list of float
        In the order of the columns. The standard error of a probability p over N draws is
        ``sqrt(p (1 - p) / N)``.

    Raises
    ------
    InvalidRankingError
        If k is out of range, or as for `rank_acceptability`.

    Examples
    --------
    >>> probability_top([[0.9, 0.4, 0.1], [0.3, 0.5, 0.1]], 1)
    [0.5, 0.5, 0.0]
    """
    acceptability = rank_acceptability(draws)
    if not 1 <= k <= len(acceptability):
        msg = f"top {k} of {len(acceptability)} items: give a number from 1 to {len(acceptability)}"
        raise InvalidRankingError(msg)
    return [float(min(value, 1.0)) for value in acceptability[:, :k].sum(axis=1)]


def robust_first(draws_by_indicator: Mapping[str, Sequence[Sequence[float]] | Array], threshold: float) -> int | None:
    """Item that has rank 1 whatever the indicator and in nearly every draw.

    Item i with ``P(rank 1) >= threshold`` under each choice of indicator.

    Parameters
    ----------
    draws_by_indicator
        Name of the indicator to draws of its scores, the same items in the same columns.
    threshold
        Above one half, so that at most one item can pass; 0.9 is a usual choice.

    Returns
    -------
    int or None
        Position of the item; None if there is none.

    Raises
    ------
    InvalidRankingError
        Without indicators, with a threshold not above one half and at most 1, or if the indicators
        score different numbers of items, or as for `rank_acceptability`.

    Examples
    --------
    >>> robust_first({"hhi": [[0.9, 0.4], [0.8, 0.5]], "loss": [[0.3, 0.1], [0.2, 0.1]]}, 0.9)
    0
    """
    if not draws_by_indicator or not 0.5 < threshold <= 1:
        msg = f"threshold {threshold!r} over {len(draws_by_indicator)} indicators: give one above 0.5 and an indicator"
        raise InvalidRankingError(msg)
    firsts = _finite([probability_top(draws, 1) for draws in draws_by_indicator.values()])
    passing = np.flatnonzero(firsts.min(axis=0) >= threshold)
    return int(passing[0]) if len(passing) else None


def first_of_uniforms(intervals: Sequence[tuple[float, float]]) -> list[float]:
    """Probability that each of several independent uniform scores is the highest, exactly.

    ``P_i = integral f_i(x) prod_{j != i} F_j(x) dx``. Between two neighbouring ends of intervals the
    integrand is a polynomial of degree n - 1, which Gauss-Legendre quadrature integrates exactly.

    Parameters
    ----------
    intervals
        (low, high) of each score, low below high.

    Returns
    -------
    list of float
        In the order given, sum 1.

    Raises
    ------
    InvalidRankingError
        Without intervals, or if one is not finite or has no width.

    References
    ----------
    Davis and Rabinowitz (1984), Methods of Numerical Integration, 2nd edition, section 2.7.

    Examples
    --------
    >>> [round(p, 12) for p in first_of_uniforms([(0, 1), (0.5, 1.5)])]
    [0.125, 0.875]
    """
    low, high = _finite(intervals).T
    if (low >= high).any():
        msg = f"{[tuple(pair) for pair in intervals]}: each interval needs a low end below its high end"
        raise InvalidRankingError(msg)
    nodes, weights = np.polynomial.legendre.leggauss(len(low) // 2 + 1)
    total = np.zeros(len(low))
    for left, right in itertools.pairwise(np.unique([low, high])):
        x = (left + right) / 2 + (right - left) / 2 * nodes
        below = np.clip((x[:, None] - low) / (high - low), 0.0, 1.0)
        dense = ((low <= left) & (right <= high)) / (high - low)
        total += dense * (_others(below) * ((right - left) / 2 * weights)[:, None]).sum(axis=0)
    return [float(p) for p in total]


def _others(columns: Array) -> Array:
    """Product of all columns but each one."""
    n = columns.shape[1]
    return np.stack([np.delete(columns, i, axis=1).prod(axis=1) for i in range(n)], axis=1)
