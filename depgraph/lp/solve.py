"""The one door to every linear programme.

A programme is held as plain arrays, solved by HiGHS and given back only if a certificate of
our own holds on those arrays: primal and dual feasibility, complementary slackness and a
closed duality gap. No other status is believed either: that there is no plan needs multipliers
that prove it, that the cost has no end needs a point and a direction. Nothing else in the package
reads a value from a solver.

    minimise  c x   subject to   row_lo <= A x <= row_hi,   lb <= x <= ub
"""

from typing import Any

import numpy as np

from depgraph.core.errors import DepgraphError, InfeasibleError, NotProvenError, UnboundedError, UncertifiedError
from depgraph.core.quiet import native_output_dropped
from depgraph.lp import related
from depgraph.lp.certificate import TOLERANCE, certificate, falls_for_ever, infeasibility_margin, sharpened, violation
from depgraph.lp.programme import (
    NOISE,
    Index,
    Limit,
    Programme,
    Solution,
    Vector,
    binding,
    bound_at,
    check_arrays,
    check_bounds,
    from_pulp,
    inner,
    label,
    moved,
    multipliers,
    slope,
    vector,
)

# what a caller needs to build a programme comes through the same door
__all__ = [
    "NOISE",
    "PARALLEL",
    "TOLERANCE",
    "Index",
    "Limit",
    "Programme",
    "Solution",
    "Vector",
    "binding",
    "bound_at",
    "certificate",
    "check_arrays",
    "check_bounds",
    "from_pulp",
    "inner",
    "label",
    "load",
    "moved",
    "multipliers",
    "run",
    "slope",
    "solve",
    "vector",
]

# the presolve rule of HiGHS for parallel rows and columns: undoing it prints to standard output, whatever the options
PARALLEL = 1 << 13
MARGIN = 1e-9  # relative: a clash up to this is rounding error
# ways to solve, from the usual one to the slowest
WAYS: tuple[dict[str, str], ...] = ({}, {"presolve": "off"}, {"presolve": "off", "solver": "ipm"})


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
        If no point satisfies all rows and bounds; `infeasibility_margin` holds for multipliers of ours.
    UnboundedError
        If the objective can fall without limit: there is a feasible point, and `falls_for_ever` holds
        for a direction.
    UncertifiedError
        If the solver's answer fails the certificate, whichever way it is asked.
    NotProvenError
        If it has no answer, and neither a clash nor a direction is proven.

    Examples
    --------
    >>> one, at = np.ones(1), np.zeros(1, dtype=np.int32)
    >>> solve(Programme(one, at, at, one, 3 * one, 9 * one, 0 * one, 9 * one, ("need",), ("make",))).objective
    3.0
    """
    check_arrays(programme)
    tried = False
    for way in WAYS:
        found, said, residual = _attempt(programme, way)
        if found is not None:
            return found
        if said not in {"Optimal", "Empty"} and not tried:
            _raise_what_is_proven(programme)
            tried = True
    if said in {"Optimal", "Empty"}:
        msg = f"the answer fails the certificate: residual {residual:.3g} above {TOLERANCE:g}"
        raise UncertifiedError(msg)
    msg = f"not proven: the solver stopped with status {said!r}, and nothing shows whether there is a plan"
    raise NotProvenError(msg)


def _attempt(programme: Programme, way: dict[str, str]) -> tuple[Solution | None, str, float]:
    """Solve one way; return the solution if it is certified, what the solver says, and the residual."""
    highs = load(programme)
    for name, value in way.items():
        highs.setOptionValue(name, value)
    said = run(highs)
    point = highs.getSolution()
    x, duals = vector(point.col_value), vector(point.row_dual)
    if not duals.size:
        # a programme that presolve empties comes back without multipliers: 0 is tried, and certified or refused
        duals = np.zeros(len(programme.row_lo))
    if len(x) != len(programme.cost) or len(duals) != len(programme.row_lo):
        return None, said, float("inf")
    residual = certificate(programme, x, duals)
    if not residual <= TOLERANCE:
        return None, said, residual
    return Solution(inner(programme.cost, x) + programme.constant, x, duals, residual), said, residual


def _certain(programme: Programme) -> Solution:
    """Solve a programme that has an optimum.

    Raises
    ------
    NotProvenError
        If no way of solving gives a certified one.
    """
    for way in WAYS:
        found, said, _ = _attempt(programme, way)
        if found is not None:
            return found
    msg = f"not proven: the solver stopped with status {said!r} where there is an optimum"
    raise NotProvenError(msg)


def _raise_what_is_proven(programme: Programme) -> None:
    """Raise the error that a proof of ours supports; return if there is none.

    Raises
    ------
    InfeasibleError
        If the multipliers of the least violation prove a clash.
    UnboundedError
        If there is a feasible point and a direction along which the cost falls for ever.
    """
    try:
        of_rows, point = least_violation(programme)
        if infeasibility_margin(programme, of_rows) > MARGIN:
            msg = "Infeasible"
            raise InfeasibleError(msg, tuple(of_rows.tolist()))
        step = steepest_direction(programme)
    except NotProvenError:
        # the other ways of solving are still to be tried
        return
    if violation(programme, point) <= TOLERANCE and falls_for_ever(programme, step):
        msg = "Unbounded"
        raise UnboundedError(msg, tuple(point.tolist()), tuple(step.tolist()))


def least_violation(programme: Programme) -> tuple[Vector, Vector]:
    """Find the point that violates its rows least, columns within their bounds.

    ``min t`` with ``a x + t >= lo`` and ``a x - t <= hi``: feasible and at least 0 whatever the programme.

    Parameters
    ----------
    programme
        Rows and bounds; the cost does not matter.

    Returns
    -------
    pair of arrays
        A multiplier for each row, which prove a clash if there is one, and the point.

    Raises
    ------
    NotProvenError
        If no certified answer is found.
    InfeasibleError
        If a lower bound lies above its upper bound.
    """
    limits = related.limits_of(programme)
    soft = [limit for limit in limits if limit.kind == "row"]
    hard = [limit for limit in limits if limit.kind == "column"]
    elastic = related.least_violation(programme, soft, np.ones(1), hard)
    found = _certain(elastic)
    of_rows = np.zeros(len(programme.row_lo))
    numbers = np.array([limit.number for limit in soft], dtype=np.intp)
    np.add.at(of_rows, numbers, found.duals[len(found.duals) - len(soft) :])
    # a weight that is rounding error would be all there is on a column that no other row holds
    clean = np.where(np.abs(of_rows) > NOISE * np.abs(of_rows).max(initial=0.0), of_rows, 0.0)
    if not infeasibility_margin(programme, clean) > MARGIN:
        clean = sharpened(programme, clean)
    return clean, found.x[: len(programme.cost)]


def steepest_direction(programme: Programme) -> Vector:
    """Find the direction along which the cost falls fastest and no row or bound is ever broken.

    ``min c d`` over the directions d with ``A d >= 0`` where a row has a lower bound, ``A d <= 0`` where it
    has an upper one, likewise for columns, and ``sum |d| <= 1``: always feasible and never unbounded.

    Parameters
    ----------
    programme
        Its bounds only matter by whether they are finite.

    Returns
    -------
    array
        One step of each column; all 0 if the cost cannot fall for ever.

    Raises
    ------
    NotProvenError
        If no certified answer is found.
    """
    up, down = np.flatnonzero(np.isinf(programme.ub)), np.flatnonzero(np.isinf(programme.lb))
    columns, signs = np.concatenate([up, down]), np.repeat([1.0, -1.0], [up.size, down.size])
    found = _certain(related.directions(programme, columns, signs))
    # the solver may go a hair below 0, which would be the other way
    step = np.bincount(columns, signs * np.maximum(found.x, 0.0), len(programme.cost)).astype(float, copy=False)
    clean = np.where(np.abs(step) > NOISE, step, 0.0)
    # a small step may be rounding error, or what keeps a row with a large coefficient in balance
    return clean if falls_for_ever(programme, clean) else step


def load(programme: Programme) -> Any:  # noqa: ANN401 - highspy ships no types
    """Hand the arrays to HiGHS: one thread, silent.

    Raises
    ------
    DepgraphError
        If HiGHS refuses them, as it does where a place of the matrix stands twice: it would go on
        with what it has and call that optimal.
    """
    import highspy

    with native_output_dropped():  # since 1.16 HiGHS greets on standard output, whatever the options
        highs = highspy.Highs()  # type: ignore[no-untyped-call]
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("presolve_rule_off", PARALLEL)
    columns, rows = len(programme.cost), len(programme.row_lo)
    none, starts = np.zeros(0, dtype=np.int32), np.cumsum(np.bincount(programme.rows, minlength=rows))
    # the attributes of a HighsLp would take the arrays number by number and leave the size of its matrix at 0
    highs.addCols(columns, programme.cost, programme.lb, programme.ub, 0, none, none, np.zeros(0))
    taken = highs.addRows(
        rows,
        programme.row_lo,
        programme.row_hi,
        len(programme.values),
        np.concatenate([[0], starts[:-1]]).astype(np.int32) if rows else none,
        programme.cols,
        programme.values,
    )
    if taken == highspy.HighsStatus.kError:
        msg = "the solver refuses the matrix: does a place stand twice?"
        raise DepgraphError(msg)
    return highs


def run(highs: Any) -> str:  # noqa: ANN401 - highspy ships no types
    """Let HiGHS solve what it holds, silently.

    Another user of HiGHS in the same process may have started its threads in another number. HiGHS
    then refuses to start and has no status; with the number left open it takes the threads that are
    there. The simplex method itself runs on one.

    Parameters
    ----------
    highs
        From `load`.

    Returns
    -------
    str
        What HiGHS says; to be proven before it is believed.
    """
    with native_output_dropped():
        highs.run()
        said = str(highs.modelStatusToString(highs.getModelStatus()))
        if said == "Not Set":
            highs.setOptionValue("threads", 0)
            highs.setOptionValue("parallel", "off")
            highs.run()
            said = str(highs.modelStatusToString(highs.getModelStatus()))
    return said
