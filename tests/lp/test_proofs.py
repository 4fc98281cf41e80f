"""No status without a proof: what is called infeasible or unbounded is so, whatever the solver says."""

import subprocess
import sys
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from depgraph.core.errors import DepgraphError, InfeasibleError, NotProvenError, UnboundedError, UncertifiedError
from depgraph.lp import solve, warm
from depgraph.lp.certificate import falls_for_ever, infeasibility_margin, violation
from tests.programmes import INF


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


def exact(numbers):
    """Return the fractions that rounding has blurred, which small whole coefficients make."""
    return [Fraction(float(number)).limit_denominator(100_000) for number in numbers]


def dense(programme):
    full = np.zeros((len(programme.row_lo), len(programme.cost)))
    full[programme.rows, programme.cols] = programme.values
    return [exact(row) for row in full]


def inner(one, other):
    return sum((a * b for a, b in zip(one, other, strict=True)), Fraction(0))


def clash_is_exact(programme, multipliers):
    """Check a proof that there is no point, in fractions: no rounding, no tolerance, none of our own code."""
    y, rows = exact(multipliers), dense(programme)
    left, right = Fraction(0), Fraction(0)
    for weight, lo, hi in zip(y, programme.row_lo, programme.row_hi, strict=True):
        if weight:
            left += weight * Fraction(float(lo if weight > 0 else hi))  # an infinite bound raises
    for j, (lo, hi) in enumerate(zip(programme.lb, programme.ub, strict=True)):
        weight = inner(y, [row[j] for row in rows])
        if weight:
            right += weight * Fraction(float(hi if weight > 0 else lo))
    return left > right


def fall_is_exact(programme, point, direction):
    """Check a proof that the cost has no end, in fractions."""
    x, d, rows = exact(point), exact(direction), dense(programme)
    inside = [(inner(row, x), inner(row, d)) for row in rows] + list(zip(x, d, strict=True))
    lows, highs = np.append(programme.row_lo, programme.lb), np.append(programme.row_hi, programme.ub)
    kept = all(
        lo <= at <= hi and (lo == -INF or step >= 0) and (hi == INF or step <= 0)
        for (at, step), lo, hi in zip(inside, lows, highs, strict=True)
    )
    return kept and inner(exact(programme.cost), d) < 0


def ours(programme):
    """Return the status; what an error claims is proven by what it carries."""
    try:
        solve.solve(programme)
    except (InfeasibleError, UnboundedError) as error:
        claimed = error
    else:
        return "optimal"
    if isinstance(claimed, InfeasibleError):
        assert clash_is_exact(programme, claimed.multipliers)
        return "infeasible"
    assert fall_is_exact(programme, claimed.point, claimed.direction)
    return "unbounded"


def test_a_feasible_programme_that_a_solver_calls_infeasible_is_unbounded_and_proven():
    # HiGHS up to 1.15.1 with presolve says infeasible
    matrix = [[-2, -2, -3, 2], [0, 1, 1, 0], [-1, 1, -2, 2], [0, 1, 1, 3], [0, 0, -1, -1], [-2, 2, 1, 0]]
    programme = made(
        [-1, -3, -1, -1], matrix, [-INF, -INF, -6, -2, -INF, -INF], [-8, INF, INF, INF, -2, -8],
        [-INF, -INF, -INF, 1], [INF, -5, -5, INF],
    )  # fmt: skip
    assert violation(programme, np.array([24.0, -5, -5, 7])) == 0
    assert ours(programme) == "unbounded"
    assert infeasibility_margin(programme, solve.least_violation(programme)[0]) <= 0


def test_a_programme_whose_points_all_lie_far_away_is_not_called_infeasible():
    # x - y >= 1 and 0.9999999999 x - y <= 0: (1e10, 1e10 - 1) satisfies both
    far = made([0, 0], [[1, -1], [1 - 1e-10, -1]], [1, -INF], [INF, 0], [-INF, -INF], [INF, INF])
    assert violation(far, np.array([1e10, 1e10 - 1])) <= 1e-6
    assert infeasibility_margin(far, np.array([1.0, -1.0])) == -INF
    walled = made([0, 0], [[1, -1], [1 - 1e-10, -1]], [1, -INF], [INF, 0], [-1e12, -1e12], [1e12, 1e12])
    assert infeasibility_margin(walled, np.array([1.0, -1.0])) < 0
    for programme in (far, walled):
        try:
            solve.solve(programme)
        except UncertifiedError:
            continue


@pytest.mark.parametrize("narrow", [2e-7, 1e-8, 1e-9, 1e-10])
def test_a_cost_that_ends_far_away_is_not_called_unbounded(narrow):
    # x <= y <= 1 + (1 - narrow) x: x ends at 1 / narrow
    far = made([-1, 0], [[1, -1], [narrow - 1, 1]], [-INF, -INF], [0, 1], [0, 0], [INF, INF])
    assert not falls_for_ever(far, np.array([1.0, 1.0]))
    try:
        assert solve.solve(far).objective == pytest.approx(-1 / narrow, rel=1e-6)
    except NotProvenError:
        assert narrow < 1e-8  # beyond what the solver tells apart


def large(seed, kind, rows=120, columns=150):
    """Return a programme with broken numbers and free columns that is infeasible, or unbounded, by construction."""
    draw = np.random.default_rng(seed)
    matrix = draw.normal(size=(rows, columns)) * (draw.random((rows, columns)) < 0.15)
    centre = draw.normal(size=columns)
    bounds = [np.where(draw.random(columns) < 0.5, s * INF, centre + s * draw.random(columns)) for s in (-1, 1)]
    activity, equal = matrix @ centre, draw.random(rows) < 0.3
    ends = [
        np.where(equal, activity, np.where(draw.random(rows) < 0.5, s * INF, activity + s * draw.random(rows)))
        for s in (-1, 1)
    ]
    cost = draw.normal(size=columns)
    if kind == "infeasible":  # a sum of equalities that is to be more than it is
        weights = draw.normal(size=rows) * equal
        matrix = np.vstack([matrix, weights @ matrix])
        matrix[-1][np.abs(matrix[-1]) < 1e-6] = 0
        ends = [np.append(ends[0], weights @ activity + 5), np.append(ends[1], INF)]
    else:
        step = np.select(
            [np.isinf(bounds[0]) & np.isinf(bounds[1]), np.isinf(bounds[1]), np.isinf(bounds[0])], [1, 1, -1], 0
        )
        step = step * draw.random(columns)
        ends = [np.where(matrix @ step < 0, -INF, ends[0]), np.where(matrix @ step > 0, INF, ends[1])]
        cost -= 5 * step
    return made(cost, matrix, *ends, *bounds)


@pytest.mark.parametrize(("kind", "error"), [("infeasible", InfeasibleError), ("unbounded", UnboundedError)])
@pytest.mark.parametrize("seed", range(6))
def test_large_programmes_with_broken_numbers_are_proven_too(kind, error, seed):
    programme = large(seed, kind)
    with pytest.raises(error) as caught:
        solve.solve(programme)
    if kind == "infeasible":
        assert infeasibility_margin(programme, np.array(caught.value.multipliers)) > 0
    else:
        assert violation(programme, np.array(caught.value.point)) <= 1e-6
        assert falls_for_ever(programme, np.array(caught.value.direction))


@pytest.mark.parametrize(
    ("bounds", "said"),
    [
        (([3], [INF], [0], [INF]), None),
        (([3], [1], [0], [9]), "r0, 3 above 1"),
        (([0], [1], [9], [2]), "c0, 9 above 2"),
    ],
)
def test_bounds_that_cross_are_named(bounds, said):
    programme = made([1], [[1]], *bounds)
    if said is None:
        assert solve.solve(programme).objective == pytest.approx(3)
        return
    with pytest.raises(InfeasibleError, match=said):
        solve.solve(programme)


@pytest.mark.parametrize("bounds", [([INF], [INF], [0], [1]), ([0], [1], [INF], [INF]), ([-INF], [-INF], [0], [1])])
def test_a_lower_bound_at_plus_infinity_is_refused_and_not_taken_for_none(bounds):
    with pytest.raises(DepgraphError, match="infinite"):
        solve.solve(made([1], [[1]], *bounds))


@pytest.mark.parametrize(("small", "status"), [(2e-7, "optimal"), (1e-6, "optimal")])
def test_small_coefficients_near_the_tolerance_keep_their_status(small, status):
    assert ours(made([1], [[small]], [small], [INF], [0], [INF])) == status
    with pytest.raises(InfeasibleError):
        solve.solve(made([1], [[small]], [1], [INF], [0], [1]))


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


def test_a_variant_of_a_loaded_programme_fails_with_a_proof_too():
    need = made([1], [[1]], [2], [INF], [0], [9])
    hot = warm.WarmSolver(need)
    with pytest.raises(InfeasibleError) as clash:
        hot.solve(replace(need, row_lo=np.array([12.0])))
    assert clash_is_exact(replace(need, row_lo=np.array([12.0])), clash.value.multipliers)
    endless = replace(need, cost=np.array([-1.0]), ub=np.array([INF]))
    with pytest.raises(UnboundedError) as fall:
        hot.solve(endless)
    assert fall_is_exact(endless, fall.value.point, fall.value.direction)
    assert hot.solve(need).objective == pytest.approx(2)
