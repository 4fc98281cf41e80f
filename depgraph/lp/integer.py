"""Programmes with whole numbers: handed to HiGHS through PuLP, silent, and told as far as they are proven."""

import contextlib
from typing import TYPE_CHECKING, Any, NamedTuple

from depgraph.core.errors import NotProvenError, UnboundedError, UncertifiedError
from depgraph.core.quiet import native_output_dropped
from depgraph.lp import solve

if TYPE_CHECKING:
    import pulp

FOUND = 2  # HiGHS's number for a feasible point
NONE_SAID = ("Infeasible", "Unbounded", "Primal infeasible or unbounded")  # claims, to be proven


class Search(NamedTuple):
    """How a search ended that has found a point.

    Attributes
    ----------
    status
        What the solver says: ``Optimal``, or why it stopped.
    value
        The objective of the best point, which the variables of the problem hold.
    bound
        No point is better than this.
    """

    status: str
    value: float
    bound: float


def search(problem: "pulp.LpProblem", what: str, **options: object) -> Search:
    """Search for the best point with whole numbers.

    Parameters
    ----------
    problem
        Its variables take the values of the best point.
    what
        What is searched for, for messages.
    options
        Of the solver, such as ``timeLimit`` in seconds, ``gapRel`` and ``gapAbs``.

    Returns
    -------
    Search
        Value and bound are the solver's; the caller holds them against its own arithmetic.

    Raises
    ------
    InfeasibleError
        If no point exists even with broken numbers, which is proven.
    NotProvenError
        If the solver says that there is no best point, and it is not proven: the proofs are those of the
        programme with broken numbers, and one without limit there may have no whole point at all.
    UncertifiedError
        If the search ended before it found a point.
    """
    status, highs = _run(problem, {"threads": 1, **options})
    if status == "Not Set":  # another user of HiGHS in this process has its threads in another number
        status, highs = _run(problem, {"parallel": "off", **options})
    info = highs.getInfo()
    if info.primal_solution_status == FOUND and status not in NONE_SAID:
        return Search(status, float(info.objective_function_value), float(info.mip_dual_bound))
    if status in NONE_SAID:
        with contextlib.suppress(UnboundedError):
            _relaxed(problem)
        msg = f"not proven: the solver says {status!r} of the search for {what}, and broken numbers do not show it"
        raise NotProvenError(msg)
    # PuLP calls a search that ran out of time optimal even where it has found nothing
    msg = f"the search for {what} ended with {status!r} before it found an answer: give it more time"
    raise UncertifiedError(msg)


def _run(problem: "pulp.LpProblem", options: dict[str, object]) -> tuple[str, Any]:
    """Hand the problem to HiGHS; return what it says and its object."""
    import pulp

    with native_output_dropped():
        problem.solve(pulp.HiGHS(msg=False, presolve_rule_off=solve.PARALLEL, **options))
    highs = problem.solverModel
    return str(highs.modelStatusToString(highs.getModelStatus())), highs


def _relaxed(problem: "pulp.LpProblem") -> None:
    """Solve the problem with broken numbers in place of whole ones.

    Raises
    ------
    InfeasibleError
        If it has no point.
    UnboundedError
        If its value has no limit.
    """
    whole = [variable for variable in problem.variables() if variable.cat == "Integer"]
    for variable in whole:
        variable.cat = "Continuous"
    try:
        solve.solve(solve.from_pulp(problem))
    finally:
        for variable in whole:
            variable.cat = "Integer"
