"""How concentrated a stage is: pure functions of shares.

Shares are fractions of one whole (one stage, one year, one definition). A missing share is
None and never 0; a sum that is not 1 is the caller's to explain, so nothing is rescaled here.
"""

import itertools
import math
from collections.abc import Sequence
from typing import NamedTuple

from depgraph.core.errors import InvalidSharesError

EXACT_SIZE = 8  # up to this many open intervals the largest HHI is found by trying every vertex


class Bounds(NamedTuple):
    """A lowest and a highest value."""

    low: float
    high: float


def check_shares(shares: Sequence[float]) -> None:
    """Refuse numbers that cannot be shares.

    Raises
    ------
    InvalidSharesError
        If a number is negative or not finite.
    """
    for share in shares:
        if not (math.isfinite(share) and share >= 0):
            msg = f"{share!r} is not a share: shares are finite and not negative"
            raise InvalidSharesError(msg)


def fractions(quantities: Sequence[float]) -> list[float] | None:
    """Turn quantities of one unit into fractions of their sum.

    ``s_i = q_i / sum q``

    Parameters
    ----------
    quantities
        Not negative, one unit, the whole of the stage.

    Returns
    -------
    list of float or None
        None if there are no quantities or they sum to zero.

    Raises
    ------
    InvalidSharesError
        If a quantity is negative or not finite.

    Examples
    --------
    >>> fractions([30, 30, 20, 20])
    [0.3, 0.3, 0.2, 0.2]
    """
    check_shares(quantities)
    total = math.fsum(quantities)
    return [quantity / total for quantity in quantities] if total > 0 else None


def hhi(shares: Sequence[float]) -> float | None:
    """Herfindahl-Hirschman index.

    ``HHI = sum s_i^2``, between 1/n and 1; times 10,000 for display in points.

    Parameters
    ----------
    shares
        Fractions of one whole.

    Returns
    -------
    float or None
        None without suppliers.

    Raises
    ------
    InvalidSharesError
        If a share is negative or not finite.

    References
    ----------
    US Department of Justice and Federal Trade Commission, Merger Guidelines (2023), 1.8.

    Examples
    --------
    >>> hhi([0.3, 0.3, 0.2, 0.2])
    0.26
    """
    check_shares(shares)
    return math.fsum(share * share for share in shares) if shares else None


def hhi_normalised(index: float | None, n: int) -> float | None:
    """Rescale an HHI so that n equal suppliers give 0 and one supplier gives 1.

    ``HHI* = (HHI - 1/n) / (1 - 1/n)``

    Parameters
    ----------
    index
        HHI, or None.
    n
        Number of suppliers. It must be said: published tables differ between observed
        suppliers and a fixed 10.

    Returns
    -------
    float or None
        None for n of 1 (0/0) or an unknown HHI.

    Raises
    ------
    InvalidSharesError
        If n is below 1.

    Examples
    --------
    >>> round(hhi_normalised(0.6504, 10), 6)
    0.611556
    """
    if n < 1:
        msg = f"{n} suppliers: there must be at least one"
        raise InvalidSharesError(msg)
    if index is None or n == 1:
        return None
    return (index - 1 / n) / (1 - 1 / n)


def effective_number(index: float | None) -> float | None:
    """Return the number of equal suppliers with the same HHI: ``N = 1 / HHI``.

    Returns
    -------
    float or None
        None for an unknown HHI.

    Examples
    --------
    >>> effective_number(0.25)
    4.0
    """
    return None if index is None else 1 / index


def concentration_ratio(shares: Sequence[float], k: int) -> float | None:
    """Sum of the k largest shares, CR_k.

    Parameters
    ----------
    shares
        Fractions of one whole.
    k
        How many; with fewer suppliers the sum of all.

    Returns
    -------
    float or None
        None without suppliers.

    Raises
    ------
    InvalidSharesError
        If a share is negative or not finite.

    Examples
    --------
    >>> concentration_ratio([0.3, 0.3, 0.2, 0.2], 3)
    0.8
    """
    check_shares(shares)
    return math.fsum(sorted(shares, reverse=True)[:k]) if shares else None


def hhi_residual_bounds(named: Sequence[float], residual: float, *, named_are_top: bool) -> Bounds:
    """Bounds of the HHI when a residual R is spread over unnamed suppliers.

    Lowest: R is spread over many, adding 0. Highest: one unnamed supplier holds R; if the named
    ones are known to be the largest, none can exceed the smallest of them, m, so the highest is
    ``floor(R/m) m^2 + (R mod m)^2`` more.

    Parameters
    ----------
    named
        Shares of the named suppliers.
    residual
        Share of all others together.
    named_are_top
        Whether the source says that the named suppliers are the largest.

    Returns
    -------
    Bounds
        Lowest and highest HHI.

    Raises
    ------
    InvalidSharesError
        If a share is negative or not finite.

    Examples
    --------
    >>> [round(bound, 3) for bound in hhi_residual_bounds([0.6, 0.2, 0.1], 0.1, named_are_top=True)]
    [0.41, 0.42]
    """
    check_shares([*named, residual])
    base = math.fsum(share * share for share in named)
    positive = [share for share in named if share > 0]
    if not (named_are_top and positive):
        return Bounds(base, base + residual * residual)
    cap = min(positive)
    # a quotient a hair below a whole number would lose one packed supplier
    whole = math.floor(residual / cap + 1e-12)
    rest = max(0.0, residual - whole * cap)
    return Bounds(base, base + whole * cap * cap + rest * rest)


def hhi_minimum(low: Sequence[float], high: Sequence[float]) -> tuple[float, list[float]] | None:
    """Smallest HHI over ``{low <= s <= high, sum s = 1}`` and the shares that reach it.

    Convex: all shares that are not at a bound are equal (water-filling).

    Parameters
    ----------
    low, high
        Bounds of each share.

    Returns
    -------
    tuple or None
        HHI and shares; None if no shares satisfy the bounds.

    Raises
    ------
    InvalidSharesError
        If a bound is negative or not finite.

    Examples
    --------
    >>> value, shares = hhi_minimum([0.6, 0.1, 0.2, 0.0], [0.8, 0.3, 0.3, 1.0])
    >>> round(value, 6), [round(share, 6) for share in shares]
    (0.42, [0.6, 0.1, 0.2, 0.1])
    """
    check_shares([*low, *high])
    if not _feasible(low, high):
        return None
    level_low, level_high = 0.0, 1.0
    for _ in range(200):
        level = (level_low + level_high) / 2
        if math.fsum(_clip(level, low, high)) < 1:
            level_low = level
        else:
            level_high = level
    shares = _clip(level_high, low, high)
    return math.fsum(share * share for share in shares), shares


def _clip(level: float, low: Sequence[float], high: Sequence[float]) -> list[float]:
    """Bring one level within each pair of bounds."""
    return [min(max(level, lo), hi) for lo, hi in zip(low, high, strict=True)]


def hhi_maximum(low: Sequence[float], high: Sequence[float]) -> float | None:
    """Largest HHI over ``{low <= s <= high, sum s = 1}``.

    A convex function is largest at a vertex: every share but one at a bound. Up to `EXACT_SIZE`
    open intervals all vertices are tried; beyond, the chord ``(lo + hi) s - lo hi >= s^2`` gives
    an upper bound that is never too small.

    Parameters
    ----------
    low, high
        Bounds of each share.

    Returns
    -------
    float or None
        None if no shares satisfy the bounds.

    Raises
    ------
    InvalidSharesError
        If a bound is negative or not finite.

    Examples
    --------
    >>> round(hhi_maximum([0.6, 0.1, 0.2, 0.0], [0.8, 0.3, 0.3, 1.0]), 6)
    0.54
    """
    check_shares([*low, *high])
    if not _feasible(low, high):
        return None
    fixed = math.fsum(lo * lo for lo, hi in zip(low, high, strict=True) if hi - lo <= 0)
    free = [(lo, hi) for lo, hi in zip(low, high, strict=True) if hi > lo]
    rest = 1 - math.fsum(lo for lo, hi in zip(low, high, strict=True) if hi - lo <= 0)
    largest = _vertex_maximum(free, rest) if len(free) <= EXACT_SIZE else _chord_maximum(free, rest)
    return fixed + largest


def _feasible(low: Sequence[float], high: Sequence[float]) -> bool:
    """Say whether some shares lie within the bounds and sum to 1."""
    ordered = all(lo <= hi for lo, hi in zip(low, high, strict=True))
    return ordered and math.fsum(low) <= 1 + 1e-12 and math.fsum(high) >= 1 - 1e-12


def _vertex_maximum(free: Sequence[tuple[float, float]], rest: float) -> float:
    """Try every vertex: each of n shares as the one between its bounds."""
    best = 0.0 if not free else -math.inf
    for loose, (lo, hi) in enumerate(free):
        others = [pair for i, pair in enumerate(free) if i != loose]
        for corner in itertools.product(*others):
            share = rest - math.fsum(corner)
            if lo - 1e-12 <= share <= hi + 1e-12:
                best = max(best, share * share + math.fsum(value * value for value in corner))
    return best


def _chord_maximum(free: Sequence[tuple[float, float]], rest: float) -> float:
    """Fill the shares with the steepest chord first: an upper bound of the maximum."""
    room = rest - math.fsum(lo for lo, _ in free)
    total = math.fsum(lo * lo for lo, _ in free)
    for lo, hi in sorted(free, key=sum, reverse=True):
        step = min(hi - lo, room)
        total += (lo + hi) * step
        room -= step
    return total


def dirichlet_moments(alpha: Sequence[float]) -> tuple[list[float], list[float], float]:
    """Means and variances of Dirichlet shares and their expected HHI.

    With a the sum of alpha: ``E s_i = a_i/a``, ``Var s_i = a_i (a - a_i) / (a^2 (a + 1))`` and
    ``E HHI = sum (Var s_i + (E s_i)^2)``, which is more than the HHI of the mean shares.

    Parameters
    ----------
    alpha
        Positive parameters, one a supplier.

    Returns
    -------
    means, variances, expected_hhi
        In the order of `alpha`.

    Raises
    ------
    InvalidSharesError
        If a parameter is not positive.

    Examples
    --------
    >>> means, variances, expected = dirichlet_moments([18.0, 1.2, 0.8])
    >>> round(expected, 3)
    0.824
    """
    if not alpha or any(not (math.isfinite(a) and a > 0) for a in alpha):
        msg = "Dirichlet parameters are positive"
        raise InvalidSharesError(msg)
    total = math.fsum(alpha)
    means = [a / total for a in alpha]
    variances = [a * (total - a) / (total * total * (total + 1)) for a in alpha]
    return means, variances, math.fsum(v + m * m for v, m in zip(variances, means, strict=True))
