"""The one door to every linear programme.

A programme is held as plain arrays, solved by HiGHS and given back only if a certificate of
our own holds on those arrays: primal and dual feasibility, complementary slackness and a
closed duality gap. Nothing else in the package reads a value from a solver.

    minimise  c x   subject to   row_lo <= A x <= row_hi,   lb <= x <= ub
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from depgraph.errors import DepgraphError, InfeasibleError, UnboundedError, UncertifiedError

if TYPE_CHECKING:
    import pulp

TOLERANCE = 1e-6  # of the certificate, relative to the size of the terms (Neumaier and Shcherbina 2004)

Vector = npt.NDArray[np.float64]
Index = npt.NDArray[np.int32]


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
        return np.bincount(self.rows, self.values * x[self.cols], len(self.row_lo)).astype(float)

    def transposed_times(self, y: Vector) -> Vector:
        """Return A' y."""
        return np.bincount(self.cols, self.values * y[self.rows], len(self.cost)).astype(float)


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


def solve(programme: Programme) -> Solution:
    """Solve a programme and certify the answer.

    Parameters
    ----------
    programme
        What to minimise.

    Returns
    -------
    Solution
        Only ever a certified one.

    Raises
    ------
    DepgraphError
        If an array holds a number that is not finite where it must be.
    InfeasibleError
        If no point satisfies all rows and bounds.
    UnboundedError
        If the objective can fall without limit.
    UncertifiedError
        If the solver stopped early or its answer fails the certificate.
    """
    check_arrays(programme)
    highs = load(programme)
    highs.run()
    status = highs.modelStatusToString(highs.getModelStatus())
    if status == "Infeasible":
        raise InfeasibleError(status)
    if status in {"Unbounded", "Primal infeasible or unbounded"}:
        raise UnboundedError(status)
    if status not in {"Optimal", "Empty"}:
        msg = f"the solver stopped with status {status!r}"
        raise UncertifiedError(msg)
    solution = highs.getSolution()
    x = np.array(solution.col_value, dtype=float)
    duals = np.array(solution.row_dual, dtype=float)
    residual = certificate(programme, x, duals)
    if not residual <= TOLERANCE:
        msg = f"the answer fails the certificate: residual {residual:.3g} above {TOLERANCE:g}"
        raise UncertifiedError(msg)
    return Solution(float(programme.cost @ x) + programme.constant, x, duals, residual)


def check_arrays(programme: Programme) -> None:
    """Refuse arrays that a solver would silently misread.

    Raises
    ------
    DepgraphError
        If a number is not finite, or coefficients differ too much in size.
    InfeasibleError
        If a lower bound lies above its upper bound.
    """
    finite = (programme.cost, programme.values)
    ordered = ((programme.lb, programme.ub), (programme.row_lo, programme.row_hi))
    if not all(np.isfinite(array).all() for array in finite) or any(
        np.isnan(a).any() for pair in ordered for a in pair
    ):
        msg = "a coefficient or bound of the programme is not a finite number"
        raise DepgraphError(msg)
    if any((lo > hi).any() for lo, hi in ordered):
        msg = "a lower bound lies above its upper bound"
        raise InfeasibleError(msg)
    sizes = np.abs(programme.values[programme.values != 0])
    # HiGHS drops entries of 1e-9 and less without a word
    if sizes.size and not (sizes.min() >= 1e-7 and sizes.max() <= 1e7):
        msg = f"coefficients from {sizes.min():.2g} to {sizes.max():.2g}: choose units that bring them within 1e-7..1e7"
        raise DepgraphError(msg)


def load(programme: Programme) -> Any:  # noqa: ANN401 - highspy ships no types
    """Hand the arrays to HiGHS: one thread, silent."""
    import highspy

    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(programme.cost), len(programme.row_lo)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = programme.cost, programme.lb, programme.ub
    lp.row_lower_, lp.row_upper_ = programme.row_lo, programme.row_hi
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.concatenate([[0], np.cumsum(np.bincount(programme.rows, minlength=lp.num_row_))]).astype(
        np.int32
    )
    lp.a_matrix_.index_ = programme.cols
    lp.a_matrix_.value_ = programme.values
    highs.passModel(lp)
    return highs


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
    wrong_sign = max(
        _unsupported(duals, programme.row_lo, programme.row_hi), _unsupported(reduced, programme.lb, programme.ub)
    )
    bound = _support(duals, programme.row_lo, programme.row_hi) + _support(reduced, programme.lb, programme.ub)
    value = float(programme.cost @ x)
    gap = abs(value - bound) / (1 + abs(value) + abs(bound))
    return max(primal, wrong_sign, gap)


def _outside(point: Vector, lo: Vector, hi: Vector) -> float:
    """Return the largest relative violation of lo <= point <= hi."""
    excess = np.maximum(lo - point, point - hi) / (1 + np.abs(point))
    return float(excess.max(initial=0.0))


def _unsupported(multiplier: Vector, lo: Vector, hi: Vector) -> float:
    """Return the largest multiplier that pushes against a bound which is not there."""
    wrong = np.where(np.isfinite(lo), 0.0, np.maximum(multiplier, 0)) + np.where(
        np.isfinite(hi), 0.0, np.maximum(-multiplier, 0)
    )
    return float(wrong.max(initial=0.0))


def _support(multiplier: Vector, lo: Vector, hi: Vector) -> float:
    """Return the part of the dual objective that some bounds contribute."""
    below = np.where(np.isfinite(lo), lo, 0.0)
    above = np.where(np.isfinite(hi), hi, 0.0)
    return float(np.maximum(multiplier, 0) @ below - np.maximum(-multiplier, 0) @ above)
