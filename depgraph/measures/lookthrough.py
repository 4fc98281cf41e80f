"""Looking through a supply chain: what a final good needs at every tier upstream.

Tables follow the direction of the flow: ``Z[i, j]`` is what i delivers to j, ``A[i, j]`` what j
needs of i per unit of its own output. A may hold money per money (an input-output table) or
units per unit (a bill of materials). What sums over sectors (`exposure`, the shares of
`extraction`) needs one unit throughout; tonnes of different goods are not to be added.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from depgraph.core.errors import DepgraphError, InvalidSharesError, UnproductiveError

Matrix = npt.NDArray[np.float64]
Vector = npt.NDArray[np.float64]

DOUBLINGS = 36  # of the powers of A: tells a spectral radius of 1 - 1e-9 from 1, before rounding adds up
BELOW_ONE = 0.999  # rounding over so many doublings cannot bring a sum of 1 below this


class InvalidTableError(DepgraphError):
    """Numbers that cannot be flows, outputs, coefficients or demand of one economy."""


class Rounds(NamedTuple):
    """Requirements tier by tier.

    Attributes
    ----------
    tiers
        Row k is ``A^k f``; row 0 is the final demand itself.
    rest
        What all further rounds add; zero where no loop keeps them going.
    """

    tiers: Matrix
    rest: Vector


class Exposure(NamedTuple):
    """Where the production behind each sector's final output takes place.

    Attributes
    ----------
    look_through
        FPEM: share of i in all production that j's final demand calls for, over all tiers.
    face_value
        FPEMfv: the part of it that j itself and its direct suppliers account for.
    hidden
        Look-through less face value: reached only through suppliers of suppliers.
    """

    look_through: Matrix
    face_value: Matrix
    hidden: Matrix


class Extraction(NamedTuple):
    """What is lost if one sector after the other ceases to exist.

    Attributes
    ----------
    output
        Gross output of each sector before.
    lost
        ``lost[i, k]``: output that i loses without k; on the diagonal all of k's own.
    share
        Part of the gross output of all sectors that is lost without k; NaN if there is none.
    """

    output: Vector
    lost: Matrix
    share: Vector


class RivalFree(NamedTuple):
    """Part of a chain's final output that a rival had no hand in.

    Attributes
    ----------
    segregated
        The most there can be, if what is free of the rival is kept apart at every stage.
    mixed
        What there is if every stage draws on all suppliers of the stage before alike.
    """

    segregated: float
    mixed: float


def technical_coefficients(flows: npt.ArrayLike, output: npt.ArrayLike) -> Matrix:
    """Divide the flows by the output of the user: inputs per unit of output.

    ``A_ij = Z_ij / x_j``

    A sector without output and without inputs has a column of zeros: it takes no part.

    Parameters
    ----------
    flows
        Z, from row to column; finite, not negative.
    output
        x, gross output of each sector, in the unit of its row or all in money.

    Returns
    -------
    numpy.ndarray
        A.

    Raises
    ------
    InvalidTableError
        If a number is unknown, not finite or negative, the shapes do not fit, or a sector has
        inputs and no output.

    References
    ----------
    Miller and Blair (2009), Input-Output Analysis: Foundations and Extensions, 2nd ed., ch. 2.

    Examples
    --------
    >>> technical_coefficients([[150, 500], [200, 100]], [1000, 2000]).tolist()
    [[0.15, 0.25], [0.2, 0.05]]
    """
    Z = _square(flows, "flows")
    return _per_output(Z, _vector(output, len(Z), "output"))


def _per_output(Z: Matrix, x: Vector) -> Matrix:
    """Divide each column by its output, which must be positive unless the column is zero.

    Raises
    ------
    InvalidTableError
        If it is not.
    """
    idle = x == 0
    if Z[:, idle].any():
        msg = f"sector {np.flatnonzero(idle & Z.any(axis=0))[0]} has flows and an output of 0: give its output"
        raise InvalidTableError(msg)
    return np.divide(Z, x, out=np.zeros_like(Z), where=~idle)


def spectral_radius(coefficients: npt.ArrayLike) -> float:
    """Largest factor by which a round through the loops of A multiplies.

    The largest absolute eigenvalue of A. Below 1 every final demand can be met (A is
    productive); from 1 on a loop uses as much of itself as it yields. Without loops it is 0.
    Eigenvalues are taken of each set of sectors that feed each other, because in the whole
    matrix rounding can make a long chain between two loops look like a larger loop.

    Parameters
    ----------
    coefficients
        A, finite, not negative.

    Returns
    -------
    float
        Not negative.

    Raises
    ------
    InvalidTableError
        If a number is unknown, not finite or negative, or A is not square.

    References
    ----------
    Hawkins and Simon (1949), Econometrica 17, 245-248, doi:10.2307/1905526.

    Examples
    --------
    >>> round(spectral_radius([[0.6, 0.6], [0.6, 0.6]]), 12), spectral_radius([[0, 5], [0, 0]])
    (1.2, 0.0)
    """
    A = _square(coefficients, "coefficients")
    radii = [np.abs(np.linalg.eigvals(A[np.ix_(loop, loop)])).max() for loop in _loops(A)]
    return float(max(radii, default=0.0))


def _loops(A: Matrix) -> list[npt.NDArray[np.intp]]:
    """Return the sets of sectors that feed each other, directly or through others."""
    reaches = A > 0
    for _ in range(len(A).bit_length()):
        walk = reaches.astype(np.float32)
        reaches |= walk @ walk > 0
    both_ways = reaches & reaches.T
    # a sector stands for its set if no earlier one belongs to it
    return [np.flatnonzero(row) for i, row in enumerate(both_ways) if row[i] and row.argmax() == i]


def leontief_inverse(coefficients: npt.ArrayLike) -> Matrix:
    """Total requirements per unit of final demand.

    ``L = (I - A)^-1 = I + A + A^2 + ...``

    ``L[i, j]`` is what i must produce, over all tiers, for one unit of j delivered to final
    demand.

    Parameters
    ----------
    coefficients
        A, finite, not negative.

    Returns
    -------
    numpy.ndarray
        L, not negative, at least 1 on the diagonal.

    Raises
    ------
    InvalidTableError
        If a number is unknown, not finite or negative, or A is not square.
    UnproductiveError
        If the spectral radius of A is 1 or more.

    References
    ----------
    Miller and Blair (2009), ch. 2.

    Examples
    --------
    >>> leontief_inverse([[0.15, 0.25], [0.2, 0.05]]).round(4).tolist()
    [[1.2541, 0.33], [0.264, 1.1221]]
    """
    A = _square(coefficients, "coefficients")
    prices = _prices(A)
    inverse = np.linalg.inv(_in_money(A, prices)) * (prices / prices[:, None])
    # the true inverse is not negative; what is, is rounding
    return np.maximum(inverse, 0.0)


def gross_output(coefficients: npt.ArrayLike, final: npt.ArrayLike) -> Vector:
    """Output of every sector that a final demand calls for.

    ``x = (I - A)^-1 f``

    Parameters
    ----------
    coefficients
        A, finite, not negative.
    final
        f, final demand for each sector's product, not negative.

    Returns
    -------
    numpy.ndarray
        x, in the units of f; it includes f.

    Raises
    ------
    InvalidTableError
        If a number is unknown, not finite or negative, or the shapes do not fit.
    UnproductiveError
        If the spectral radius of A is 1 or more.

    References
    ----------
    Miller and Blair (2009), ch. 2.

    Examples
    --------
    >>> gross_output([[0.15, 0.25], [0.2, 0.05]], [600, 1500]).round(2).tolist()
    [1247.52, 1841.58]
    """
    A = _square(coefficients, "coefficients")
    return _solve(A, _prices(A), _vector(final, len(A), "final demand"))


def _solve(A: Matrix, prices: Vector, f: Vector) -> Vector:
    """Solve (I - A) x = f with both sides in money."""
    return np.maximum(np.linalg.solve(_in_money(A, prices), prices * f) / prices, 0.0)


def _prices(A: Matrix) -> Vector:
    """Prices at which every sector's output is worth more than its inputs: proof that A is productive.

    ``p = 1 (I + A + ... + A^(K-1))``, the cost of a unit if each sector adds 1 to the cost of its
    inputs, less what comes from tier K and beyond. As ``p A = p - 1 + 1 A^K``, every sector gains
    as soon as the column sums of A^K are below 1, and they get there if and only if the
    spectral radius is below 1. K doubles at each step.

    Raises
    ------
    UnproductiveError
        If no such prices are found.
    """
    power, prices = A, np.ones(len(A))
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(DOUBLINGS):
            if (power.sum(axis=0) < BELOW_ONE).all():
                return prices
            prices = prices + prices @ power
            power = power @ power
            if not (np.isfinite(power).all() and np.isfinite(prices).all()):
                break
    msg = (
        f"spectral radius {spectral_radius(A):.9g}: from 1 on a loop uses as much of itself as it yields; lower a "
        "coefficient of the loop or, if the radius is well below 1, choose units that bring coefficients closer"
    )
    raise UnproductiveError(msg)


def _in_money(A: Matrix, prices: Vector) -> Matrix:
    """Return I - A in money at given prices.

    In physical units (grams of this per tonne of that) elimination picks its pivots by unit and
    can lose all digits without a word. In money each column sums to less than 1, the
    diagonal is the pivot, and only terms of one sign are added off it.
    """
    return np.eye(len(A)) - prices[:, None] * A / prices


def upstream_rounds(coefficients: npt.ArrayLike, final: npt.ArrayLike, last: int | None = None) -> Rounds:
    """Follow a final demand upstream tier by tier.

    ``x = f + A f + A^2 f + ...``; round k is what suppliers of tier k deliver.

    Rounds end early when one is zero, which happens in every chain without loops: the sum of the
    rounds is then exact.

    Parameters
    ----------
    coefficients
        A, finite, not negative.
    final
        f, not negative.
    last
        Last round to list. By default as many as there are sectors, which is all of them if
        there is no loop.

    Returns
    -------
    Rounds
        The rounds, and what further ones add: ``sum of tiers + rest = x``.

    Raises
    ------
    InvalidTableError
        If a number is unknown, not finite or negative, or the shapes do not fit.
    UnproductiveError
        If the spectral radius of A is 1 or more.

    References
    ----------
    Waugh (1950), Inversion of the Leontief matrix by power series, Econometrica 18(2), 142-154.

    Examples
    --------
    >>> rounds = upstream_rounds([[0, 2, 0], [0, 0, 3], [0, 0, 0]], [0, 0, 1])
    >>> rounds.tiers.tolist(), rounds.rest.tolist()
    ([[0.0, 0.0, 1.0], [0.0, 3.0, 0.0], [6.0, 0.0, 0.0]], [0.0, 0.0, 0.0])
    """
    A = _square(coefficients, "coefficients")
    tiers = [_vector(final, len(A), "final demand")]
    prices = _prices(A)
    for _ in range(len(A) if last is None else last):
        following = A @ tiers[-1]
        if not following.any():
            break
        tiers.append(following)
    return Rounds(np.array(tiers), _solve(A, prices, A @ tiers[-1]))


def ghosh_inverse(flows: npt.ArrayLike, output: npt.ArrayLike) -> Matrix:
    """Total sales per unit of primary input: where a sector's output ends up.

    ``G = (I - B)^-1`` with ``B_ij = Z_ij / x_i``, the part of i's output that goes to j.

    ``G[i, j]`` is the output of j, over all tiers downstream, that one unit of value added in i is
    passed on to if every sector divides its sales in fixed proportions.

    Parameters
    ----------
    flows
        Z, from row to column, one unit throughout a row.
    output
        x, gross output of each sector.

    Returns
    -------
    numpy.ndarray
        G, not negative.

    Raises
    ------
    InvalidTableError
        If a number is unknown, not finite or negative, the shapes do not fit, or a sector sells
        and has no output.
    UnproductiveError
        If the spectral radius of B is 1 or more.

    References
    ----------
    Ghosh (1958), Economica 25(97), 58-64, doi:10.2307/2550694.

    Examples
    --------
    >>> ghosh_inverse([[0, 50], [0, 0]], [100, 80]).tolist()
    [[1.0, 0.5], [0.0, 1.0]]
    """
    Z = _square(flows, "flows")
    return leontief_inverse(_per_output(Z.T, _vector(output, len(Z), "output")).T)


def exposure(coefficients: npt.ArrayLike, final: npt.ArrayLike | None = None) -> Exposure:
    """Exposure of every sector to every other, looked through and at face value.

    With ``L = (I - A)^-1`` and ``TI_j = sum_i L_ij F_j``::

        FPEM_ij   = L_ij F_j / TI_j
        FPEMfv_ij = (I + A)_ij F_j / TI_j
        hidden    = FPEM - FPEMfv

    F cancels within a column, so the columns of FPEM sum to 1 whatever the demand; those of
    FPEMfv do not. A sector that needs no inputs is exposed to itself alone. A column in which
    there is nothing to divide, F_j = 0, is NaN in all three: the exposure of a demand that does
    not exist is unknown, not zero. Everything is shared out in proportion (every user of a
    product draws on all its suppliers alike), see `rival_free` for the other extreme.

    Parameters
    ----------
    coefficients
        A, finite, not negative, in one unit throughout (money).
    final
        F, only to say which columns are empty; by default none is.

    Returns
    -------
    Exposure
        Three matrices, supplier by user.

    Raises
    ------
    InvalidTableError
        If a number is unknown, not finite or negative, or the shapes do not fit.
    UnproductiveError
        If the spectral radius of A is 1 or more.

    References
    ----------
    Baldwin, Freeman and Theodorakopoulos (2022), NBER Working Paper 30525, doi:10.3386/w30525,
    and (2023), Brookings Papers on Economic Activity, Fall, 79-167.

    Examples
    --------
    China supplies Japan, Japan supplies the United States:

    >>> found = exposure([[0, 0.5, 0], [0, 0, 0.5], [0, 0, 0]])
    >>> found.face_value[0, 2].item(), round(found.look_through[0, 2].item(), 6)
    (0.0, 0.142857)
    """
    A = _square(coefficients, "coefficients")
    F = np.ones(len(A)) if final is None else _vector(final, len(A), "final demand")
    L = leontief_inverse(A)
    direct = np.eye(len(A)) + A
    # L is at least I + A; what is below is rounding
    deep = np.maximum(L - direct, 0.0)
    total = (direct + deep).sum(axis=0)
    total[F == 0] = np.nan
    return Exposure((direct + deep) / total, direct / total, deep / total)


def extraction(coefficients: npt.ArrayLike, final: npt.ArrayLike) -> Extraction:
    """Hypothetical extraction of each sector in turn.

    Sector k is taken out with its row, its column and its final demand, and the gross output of
    the others is computed anew. All of it follows from one inverse:

        lost_ik = L_ik x_k / L_kk

    Parameters
    ----------
    coefficients
        A, finite, not negative.
    final
        f, not negative.

    Returns
    -------
    Extraction
        Output before, losses, and the share of all output that is lost; the share needs one unit
        throughout.

    Raises
    ------
    InvalidTableError
        If a number is unknown, not finite or negative, or the shapes do not fit.
    UnproductiveError
        If the spectral radius of A is 1 or more.

    References
    ----------
    Dietzenbacher, van der Linden and Steenge (1993), The regional extraction method, Economic
    Systems Research 5(2), 185-206; Miller and Blair (2009), ch. 12. The closed form is the block
    inverse of I - A.

    Examples
    --------
    >>> found = extraction([[0, 0.5], [0, 0]], [10, 20])
    >>> found.output.tolist(), found.lost.tolist(), found.share.tolist()
    ([20.0, 20.0], [[20.0, 10.0], [0.0, 20.0]], [0.5, 0.75])
    """
    L = leontief_inverse(coefficients)
    x = L @ _vector(final, len(L), "final demand")
    lost = L * (x / L.diagonal())
    total = x.sum()
    share = lost.sum(axis=0) / total if total > 0 else np.full(len(x), np.nan)
    return Extraction(x, lost, share)


def rival_free(rival_shares: Sequence[float]) -> RivalFree | None:
    """Part of the final output of a chain of stages that can be free of a rival, and that is.

    ``segregated = min_s (1 - r_s)``, ``mixed = prod_s (1 - r_s)``

    The first is the largest flow through the chain with the rival taken out, if the stages are
    cut to one throughput: it asks what could be had. The second is what proportional mixing
    leaves: it asks what is in the average product. They answer different questions and are
    never to be averaged; the first is never smaller.

    Parameters
    ----------
    rival_shares
        r, the rival's share of each stage, all of one chain in series.

    Returns
    -------
    RivalFree or None
        None without stages.

    Raises
    ------
    InvalidSharesError
        If a share is not between 0 and 1.

    References
    ----------
    Ford and Fulkerson (1956), Canadian Journal of Mathematics 8, 399-404,
    doi:10.4153/CJM-1956-045-5: the narrowest stage is the minimum cut of a chain in series.

    Examples
    --------
    >>> bounds = rival_free([0.6, 0.87, 0.91])
    >>> round(bounds.segregated, 6), round(bounds.mixed, 6)
    (0.09, 0.00468)
    """
    for share in rival_shares:
        if not 0 <= share <= 1:
            msg = f"{share!r} is not a share: give a fraction between 0 and 1"
            raise InvalidSharesError(msg)
    if not rival_shares:
        return None
    free = [1 - share for share in rival_shares]
    return RivalFree(min(free), math.prod(free))


def _square(values: npt.ArrayLike, name: str) -> Matrix:
    """Read a square matrix of known, finite numbers that are not negative.

    Raises
    ------
    InvalidTableError
        If it is not one.
    """
    table = np.asarray(values, dtype=float)
    if table.ndim != 2 or table.shape[0] != table.shape[1]:
        msg = f"{name} have the shape {table.shape}: give a square table, a row and a column for each sector"
        raise InvalidTableError(msg)
    _require_amounts(table, name)
    return table


def _vector(values: npt.ArrayLike, size: int, name: str) -> Vector:
    """Read a vector of known, finite numbers that are not negative, one for each sector.

    Raises
    ------
    InvalidTableError
        If it is not one.
    """
    vector = np.asarray(values, dtype=float)
    if vector.shape != (size,):
        msg = f"{name} has the shape {vector.shape}: give {size} numbers, one for each sector"
        raise InvalidTableError(msg)
    _require_amounts(vector, name)
    return vector


def _require_amounts(table: Matrix, name: str) -> None:
    """Refuse numbers that are unknown, not finite or negative, naming the first.

    Raises
    ------
    InvalidTableError
        If there is one.
    """
    wrong = np.argwhere(~(np.isfinite(table) & (table >= 0)))
    if len(wrong):
        place = tuple(wrong[0].tolist())
        msg = f"{name} at {place}: {table[place].item()!r} is not a known amount; give a finite number of at least 0"
        raise InvalidTableError(msg)
