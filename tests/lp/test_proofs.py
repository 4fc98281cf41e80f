"""No status without a proof: what is called infeasible or unbounded is so, whatever the solver says."""

import json
import subprocess
import sys

import numpy as np
import pytest

from depgraph.core.errors import InfeasibleError, NotProvenError, UnboundedError, UncertifiedError
from depgraph.lp import solve
from depgraph.lp.certificate import falls_for_ever, infeasibility_margin, violation
from tests.programmes import INF, REFERENCE

CASE = REFERENCE.parent / "data" / "cases" / "wrong_status.json"


def made(cost, matrix, row_lo, row_hi, *bounds):
    matrix = np.array(matrix, dtype=float).reshape(len(row_lo), len(cost))
    rows, cols = np.nonzero(matrix)
    arrays = [np.array(part, dtype=float) for part in (row_lo, row_hi, *bounds)]
    names = tuple(f"r{i}" for i in range(len(row_lo))), tuple(f"c{j}" for j in range(len(cost)))
    return solve.Programme(
        np.array(cost, dtype=float), rows.astype(np.int32), cols.astype(np.int32), matrix[rows, cols], *arrays, *names
    )


def drawn(seed):
    """Return a small programme with bounds and rows of every kind."""
    draw = np.random.default_rng(seed)
    n, m = draw.integers(1, 6, 2)
    matrix = draw.integers(-3, 4, (m, n)) * (draw.random((m, n)) < 0.7)
    middle, width = draw.integers(-9, 10, m), draw.integers(0, 5, m)
    ends = [np.where(draw.random(m) < 0.4, s * INF, middle + s * width) for s in (-1, 1)]
    centre, room = draw.integers(-9, 10, n), draw.integers(0, 9, n)
    bounds = [np.where(draw.random(n) < 0.5, s * INF, centre + s * room) for s in (-1, 1)]
    return made(draw.integers(-3, 4, n), matrix, *ends, *bounds)


def by_scipy(programme):
    """Return what another build of a solver says without presolve, feasibility apart from the cost."""
    linprog = pytest.importorskip("scipy.optimize", reason="scipy is not installed").linprog
    dense = np.zeros((len(programme.row_lo), len(programme.cost)))
    dense[programme.rows, programme.cols] = programme.values
    high, low = np.isfinite(programme.row_hi), np.isfinite(programme.row_lo)
    sides = np.vstack([dense[high], -dense[low]]), np.concatenate([programme.row_hi[high], -programme.row_lo[low]])
    bounds = np.column_stack([programme.lb, programme.ub])
    given = {"A_ub": sides[0], "b_ub": sides[1], "bounds": bounds, "method": "highs-ds", "options": {"presolve": False}}
    if linprog(0 * programme.cost, **given).status == 2:
        return "infeasible"
    found = linprog(programme.cost, **given)
    return {0: "optimal", 3: "unbounded"}.get(found.status)  # else it gives up, or contradicts itself


def ours(programme):
    try:
        solve.solve(programme)
    except InfeasibleError:
        return "infeasible"
    except UnboundedError:
        return "unbounded"
    return "optimal"


def test_a_feasible_programme_that_a_solver_calls_infeasible_is_unbounded_and_proven():
    if not CASE.is_file():
        pytest.skip("the reference data are not here")
    case = json.loads(CASE.read_text(encoding="utf-8"))

    def ends(values, sign):
        return [sign * INF if value is None else value for value in values]

    rows = case["rows"]
    programme = made(
        case["cost"], [row["coefficients"] for row in rows],
        ends([row["low"] for row in rows], -1), ends([row["high"] for row in rows], 1),
        ends(case["lb"], -1), ends(case["ub"], 1),
    )  # fmt: skip
    with pytest.raises(UnboundedError):
        solve.solve(programme)
    assert violation(programme, np.array([24.0, -5, -5, 7])) == 0
    assert falls_for_ever(programme, solve.steepest_direction(programme))
    assert infeasibility_margin(programme, solve.least_violation(programme)[0]) <= 0


@pytest.mark.parametrize("block", range(8))
def test_every_status_is_that_of_another_solver(block):
    counted = set()
    for seed in range(100 * block, 100 * block + 100):
        programme = drawn(seed)
        status = ours(programme)
        assert by_scipy(programme) in {status, None}, seed
        counted.add(status)
    assert counted == {"optimal", "infeasible", "unbounded"}


@pytest.mark.parametrize("said", ["Infeasible", "Unbounded", "Primal infeasible or unbounded", "Not Set", "Unknown"])
@pytest.mark.parametrize(("hi", "truth"), [(5.0, "optimal"), (1.0, "infeasible")])
def test_a_solver_that_says_something_wrong_is_not_believed(monkeypatch, said, hi, truth):
    real, lies = solve.run, iter([said])

    def lie(highs):
        answer = next(lies, None)
        if answer is None:
            return real(highs)
        highs.clearSolver()
        return answer

    monkeypatch.setattr(solve, "run", lie)
    assert ours(made([1, 1], [[1, 1]], [2], [INF], [0, 0], [0, hi])) == truth


def test_what_nothing_proves_is_said_to_be_not_proven(monkeypatch):
    def silent(highs):
        highs.clearSolver()
        return "Unknown"

    monkeypatch.setattr(solve, "run", silent)
    with pytest.raises(NotProvenError, match="not proven"):
        solve.solve(made([1], [[1]], [2], [INF], [0], [9]))
    assert not issubclass(NotProvenError, (InfeasibleError, UnboundedError))
    assert issubclass(NotProvenError, UncertifiedError)


def test_a_margin_is_a_proof_only_with_the_right_sign():
    clash = made([0, 0], [[1, 1], [1, 1]], [5, -INF], [INF, 3], [-INF, -INF], [INF, INF])
    assert infeasibility_margin(clash, np.array([1.0, -1.0])) > 0
    assert infeasibility_margin(clash, np.array([-1.0, 1.0])) <= 0
    assert infeasibility_margin(clash, np.array([1.0, 0.0])) == -INF
    assert infeasibility_margin(clash, np.array([np.nan, 0.0])) == -INF


def test_a_direction_needs_a_falling_cost_and_open_bounds():
    open_ = made([-1, 0], [[1, -1]], [0], [0], [0, 0], [INF, INF])
    assert falls_for_ever(open_, np.array([1.0, 1.0]))
    assert not falls_for_ever(open_, np.array([1.0, 0.0]))
    assert not falls_for_ever(open_, np.array([-1.0, -1.0]))
    assert not falls_for_ever(made([-1, 0], [[1, -1]], [0], [0], [0, 0], [INF, 9]), np.array([1.0, 1.0]))
    assert not falls_for_ever(made([1, 0], [[1, -1]], [0], [0], [0, 0], [INF, INF]), np.array([1.0, 1.0]))


@pytest.mark.parametrize(
    ("programme", "status"),
    [
        (made([1, -1], [], [], [], [0, 0], [1, 1]), "optimal"),
        (made([-1], [], [], [], [0], [INF]), "unbounded"),
        (made([], [], [], [], [], []), "optimal"),
        (made([0], [[0]], [1], [2], [0], [1]), "infeasible"),
        (made([0], [[1]], [3], [3], [0], [1]), "infeasible"),
    ],
)
def test_programmes_without_rows_or_columns_have_a_proven_status(programme, status):
    assert ours(programme) == status


OTHER_USERS = {
    "scipy": "from scipy.optimize import linprog, milp; linprog([1], bounds=[(1, 2)]); milp([1], integrality=[1])",
    "two threads": (
        "import highspy; h = highspy.Highs(); h.setOptionValue('output_flag', False); "
        "h.setOptionValue('threads', 2); h.addVar(0, 1); h.run(); keep = h"
    ),
}


@pytest.mark.parametrize("other", OTHER_USERS)
def test_another_user_of_the_solver_in_the_process_does_no_harm(other):
    if other == "scipy":
        pytest.importorskip("scipy", reason="scipy is not installed")
    code = (
        f"{OTHER_USERS[other]}\n"
        "import numpy as np\n"
        "from depgraph.lp import integer, solve\n"
        "one, at = np.ones(1), np.zeros(1, dtype=np.int32)\n"
        "need = solve.Programme(one, at, at, one, 3 * one, 9 * one, 0 * one, 9 * one, ('need',), ('make',))\n"
        "assert solve.solve(need).objective == 3\n"
        "import pulp\n"
        "p = pulp.LpProblem('p', pulp.LpMinimize); x = pulp.LpVariable('x', 0, 9, 'Integer'); p += x; p += x >= 2.5\n"
        "assert integer.search(p, 'x').value == 3\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, timeout=120)
