"""A linear programme as plain arrays: rows, columns, bounds and costs, and the words for them.

minimise  c x   subject to   row_lo <= A x <= row_hi,   lb <= x <= ub
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from depgraph.core.errors import DepgraphError, InfeasibleError

if TYPE_CHECKING:
    import pulp

NOISE = 1e-9  # relative to the terms of a multiplier: what is below is rounding error

Vector = npt.NDArray[np.float64]
Index = npt.NDArray[np.int32]
Places = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True)
class Programme:
    """A linear programme as arrays; rows and columns are numbered, labels are for people.

    Attributes
    ----------
    cost
        c, length n.
    rows, cols, values
        A as triplets sorted by row; no place twice.
    row_lo, row_hi
        Bounds of A x, length m; infinite where there is none.
    lb, ub
        Bounds of x, length n.
    row_names, col_names
        What each row and column means, in the domain's words.
    constant
        Added to the objective.
    """

    cost: Vector
    rows: Index
    cols: Index
    values: Vector
    row_lo: Vector
    row_hi: Vector
    lb: Vector
    ub: Vector
    row_names: tuple[str, ...]
    col_names: tuple[str, ...]
    constant: float = 0.0

    def times(self, x: Vector) -> Vector:
        """Return A x."""
        return np.bincount(self.rows, self.values * x[self.cols], len(self.row_lo)).astype(float, copy=False)

    def transposed_times(self, y: Vector) -> Vector:
        """Return A' y."""
        return np.bincount(self.cols, self.values * y[self.rows], len(self.cost)).astype(float, copy=False)


@dataclass(frozen=True)
class Solution:
    """A certified optimum.

    Attributes
    ----------
    objective
        c x plus the constant.
    x
        Optimal point, in the order of the columns.
    duals
        d objective / d right-hand side of each row.
    residual
        The largest violation the certificate found, relative; at most `TOLERANCE`.
    """

    objective: float
    x: Vector
    duals: Vector
    residual: float


def from_pulp(problem: "pulp.LpProblem") -> Programme:
    """Take the arrays out of a PuLP problem.

    Parameters
    ----------
    problem
        A minimisation with continuous variables.

    Returns
    -------
    Programme
        Columns in the order of ``problem.variables()``, rows in the order they were added.

    Raises
    ------
    DepgraphError
        If the problem maximises or has integer variables: minimise the negative, and solve
        integers elsewhere.
    """
    if problem.sense != 1 or problem.isMIP():
        msg = "only minimisation with continuous variables comes through this door"
        raise DepgraphError(msg)
    variables = problem.variables()
    number = {variable.name: i for i, variable in enumerate(variables)}
    triplets: list[tuple[int, int, float]] = []
    names: list[str] = []
    lo: list[float] = []
    hi: list[float] = []
    for i, row in enumerate(problem.constraints()):
        triplets.extend((i, number[variable.name], value) for variable, value in row.items())
        names.append(row.name or f"row {i}")
        lo.append(-row.constant if row.sense >= 0 else -np.inf)
        hi.append(-row.constant if row.sense <= 0 else np.inf)
    triplets.sort()
    cost = np.zeros(len(variables))
    for variable, value in problem.objective.items():
        cost[number[variable.name]] = value
    table = np.array(triplets, dtype=np.float64).reshape(-1, 3)
    return Programme(
        cost=cost,
        rows=table[:, 0].astype(np.int32),
        cols=table[:, 1].astype(np.int32),
        values=table[:, 2],
        row_lo=np.array(lo, dtype=float),
        row_hi=np.array(hi, dtype=float),
        lb=np.array([-np.inf if v.lowBound is None else v.lowBound for v in variables], dtype=np.float64),
        ub=np.array([np.inf if v.upBound is None else v.upBound for v in variables], dtype=np.float64),
        row_names=tuple(names),
        col_names=tuple(number),
        constant=float(problem.objective.constant),
    )


def check_arrays(programme: Programme) -> None:
    """Refuse arrays that a solver would silently misread.

    Raises
    ------
    DepgraphError
        If a number is not finite, or coefficients differ too much in size.
    InfeasibleError
        If a lower bound lies above its upper bound.
    """
    if not np.isfinite(programme.values).all():
        msg = "a coefficient or bound of the programme is not a finite number"
        raise DepgraphError(msg)
    check_bounds(programme)
    sizes = np.abs(programme.values[programme.values != 0])
    # HiGHS drops entries of 1e-9 and less without a word
    if sizes.size and not (sizes.min() >= 1e-7 and sizes.max() <= 1e7):
        msg = f"coefficients from {sizes.min():.2g} to {sizes.max():.2g}: choose units that bring them within 1e-7..1e7"
        raise DepgraphError(msg)


def check_bounds(programme: Programme) -> None:
    """Refuse costs and bounds that a solver would silently misread: what differs between variants of one matrix.

    Raises
    ------
    DepgraphError
        If a cost is not finite, a bound is not a number, or a lower (upper) bound is plus (minus) infinity.
    InfeasibleError
        If a lower bound lies above its upper bound.

    Examples
    --------
    >>> one, at = np.ones(1), np.zeros(1, dtype=np.int32)
    >>> check_bounds(Programme(one, at, at, one, one, one, one, 0 * one, ("need",), ("make",)))
    Traceback (most recent call last):
        ...
    depgraph.core.errors.InfeasibleError: a lower bound lies above its upper bound: make, 1 above 0
    """
    pairs = ((programme.lb, programme.ub), (programme.row_lo, programme.row_hi))
    # false for NaN as well, so that the usual case needs no other comparison
    ordered = all(((lo <= hi) & (lo < np.inf) & (hi > -np.inf)).all() for lo, hi in pairs)
    known = ordered or not any(np.isnan(a).any() for pair in pairs for a in pair)
    if not (known and np.isfinite(programme.cost).all()):
        msg = "a coefficient or bound of the programme is not a finite number"
        raise DepgraphError(msg)
    if ordered:
        return
    for names, (lo, hi) in zip((programme.col_names, programme.row_names), pairs, strict=True):
        for number in np.flatnonzero(lo > hi).tolist():
            name = names[number] if names else f"number {number}"
            msg = f"a lower bound lies above its upper bound: {name}, {lo[number]:g} above {hi[number]:g}"
            raise InfeasibleError(msg)
    msg = "a lower bound is infinite, or an upper bound minus infinite: no number lies there"
    raise DepgraphError(msg)


def inner(one: Vector, other: Vector) -> float:
    """Return the inner product of two vectors, the same whatever the number of threads.

    The product of a linear algebra library splits long vectors among threads, which costs more
    than it gains at these lengths and makes the last digits depend on the machine.

    Returns
    -------
    float
        Summed in pairs by numpy.

    Examples
    --------
    >>> inner(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    11.0
    """
    return float((one * other).sum())


def vector(values: Sequence[float]) -> Vector:
    """Turn the list of floats that HiGHS hands over into an array.

    Packing skips what numpy does to find a common type of a list, and takes a quarter of its time.

    Returns
    -------
    array
        One entry for each value; it may be written to.

    Examples
    --------
    >>> vector([1.0, 2.5]).tolist()
    [1.0, 2.5]
    """
    packed = bytearray(8 * len(values))
    struct.pack_into(f"{len(values)}d", packed, 0, *values)
    return np.frombuffer(packed, dtype=np.float64)


class Limit(NamedTuple):
    """One right-hand side or bound of a programme: what can be priced, moved or found to clash.

    Attributes
    ----------
    kind
        Whether it bounds the activity of a row or a column.
    number
        Number of the row or column.
    side
        The lower bound, the upper bound, or both where they move together (equalities).
    """

    kind: Literal["row", "column"]
    number: int
    side: Literal["low", "high", "both"]


def label(programme: Programme, limit: Limit) -> str:
    """Return what a row or column means, in the domain's words.

    Returns
    -------
    str
        Its name.
    """
    names = programme.row_names if limit.kind == "row" else programme.col_names
    return names[limit.number] if names else f"{limit.kind} {limit.number}"


def bound_at(programme: Programme, limit: Limit) -> float:
    """Return the value of a right-hand side or bound; of both that differ, the lower one.

    Returns
    -------
    float
        Infinite where there is none.
    """
    lo, hi = _pair(programme, limit)
    return float((hi if limit.side == "high" else lo)[limit.number])


def moved(programme: Programme, limits: Mapping[Limit, float]) -> Programme:
    """Return the programme with other right-hand sides or bounds.

    Parameters
    ----------
    programme
        It stays as it is.
    limits
        Limit to its new value.

    Returns
    -------
    Programme
        A variant for `warm.WarmSolver`: the matrix is shared.

    Examples
    --------
    >>> one, at = np.ones(1), np.zeros(1, dtype=np.int32)
    >>> need = Programme(one, at, at, one, one, 9 * one, 0 * one, 9 * one, ("need",), ("make",))
    >>> moved(need, {Limit("row", 0, "low"): 3.0}).row_lo
    array([3.])
    """
    arrays = {name: getattr(programme, name).copy() for name in ("row_lo", "row_hi", "lb", "ub")}
    for limit, value in limits.items():
        lo, hi = ("row_lo", "row_hi") if limit.kind == "row" else ("lb", "ub")
        for name in {"low": (lo,), "high": (hi,), "both": (lo, hi)}[limit.side]:
            arrays[name][limit.number] = value
    return replace(programme, **arrays)


def multipliers(programme: Programme, duals: Vector) -> tuple[Vector, Vector]:
    """Return duals of rows and reduced costs of columns, what is rounding error set to 0.

    A reduced cost counts as 0 within 1e-9 of the terms that it is the difference of, a dual
    within 1e-9 of the largest one.

    Parameters
    ----------
    programme, duals
        Of a certified solution.

    Returns
    -------
    pair of arrays
        y and z = c - A'y: positive where a lower bound costs, negative where an upper bound does.
    """
    terms = np.abs(programme.cost) + replace(programme, values=np.abs(programme.values)).transposed_times(np.abs(duals))
    reduced = programme.cost - programme.transposed_times(duals)
    y = np.where(np.abs(duals) > NOISE * (1 + np.abs(duals).max(initial=0.0)), duals, 0.0)
    return y, np.where(np.abs(reduced) > NOISE * (1 + terms), reduced, 0.0)


def slope(programme: Programme, duals: Vector, limit: Limit) -> float:
    """Return a slope of the optimal cost against a limit: a subgradient of a convex function.

    Returns
    -------
    float
        At least 0 for a lower bound and at most 0 for an upper bound.
    """
    if limit.kind == "row":
        multiplier = float(duals[limit.number])
    else:
        of_column = programme.cols == limit.number
        used = programme.values[of_column] * duals[programme.rows[of_column]]
        multiplier = float(programme.cost[limit.number] - used.sum())
    return {"low": max(multiplier, 0.0), "high": min(multiplier, 0.0), "both": multiplier}[limit.side]


def binding(programme: Programme, duals: Vector) -> list[Limit]:
    """List the limits that cost something: those whose multiplier is not 0.

    Returns
    -------
    list of Limit
        Rows before columns, by number; an equality is bound on both sides.
    """
    found: list[Limit] = []
    pairs = ((programme.row_lo, programme.row_hi), (programme.lb, programme.ub))
    kinds: tuple[Literal["row", "column"], ...] = ("row", "column")
    for kind, (lo, hi), multiplier in zip(kinds, pairs, multipliers(programme, duals), strict=True):
        for number in np.flatnonzero(multiplier).tolist():
            low: Literal["low", "high"] = "low" if multiplier[number] > 0 else "high"
            found.append(Limit(kind, number, "both" if lo[number] == hi[number] else low))
    return found


def _pair(programme: Programme, limit: Limit) -> tuple[Vector, Vector]:
    """Return the arrays of lower and upper bounds that a limit belongs to."""
    return (programme.row_lo, programme.row_hi) if limit.kind == "row" else (programme.lb, programme.ub)
