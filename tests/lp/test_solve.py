"""The certificate and the one door to linear programmes."""

import numpy as np
import pulp
import pytest
from scipy.optimize import linprog

from depgraph.core.errors import DepgraphError, InfeasibleError, UnboundedError, UncertifiedError
from depgraph.lp import solve
from tests import programmes


def programme(cost, rows, lo, hi, lb, ub):  # noqa: PLR0917 - the arrays of a programme
    """Build a programme from dense rows."""
    dense = np.array(rows, dtype=float)
    i, j = np.nonzero(dense)
    return solve.Programme(
        cost=np.array(cost, dtype=float),
        rows=i.astype(np.int32),
        cols=j.astype(np.int32),
        values=dense[i, j],
        row_lo=np.array(lo, dtype=float),
        row_hi=np.array(hi, dtype=float),
        lb=np.array(lb, dtype=float),
        ub=np.array(ub, dtype=float),
        row_names=tuple(f"r{n}" for n in range(len(lo))),
        col_names=tuple(f"c{n}" for n in range(len(cost))),
    )


def simple():
    return programme([2, 3], [[1, 1], [1, 0]], [10, -np.inf], [np.inf, 4], [0, 0], [np.inf, np.inf])


def test_a_small_programme_has_the_answer_found_by_hand():
    # min 2x + 3y, x + y >= 10, x <= 4: x = 4, y = 6; a unit of demand costs 3, a unit of the cap saves 1
    solution = solve.solve(simple())
    assert solution.objective == pytest.approx(24 + 2)
    assert solution.x == pytest.approx([4, 6])
    assert solution.duals == pytest.approx([3, -1])
    assert solution.residual <= solve.TOLERANCE


def test_the_certificate_rejects_a_feasible_point_that_is_not_optimal():
    assert solve.certificate(simple(), np.array([0.0, 10.0]), np.array([3.0, -1.0])) > solve.TOLERANCE


def test_the_certificate_rejects_a_violated_row():
    assert solve.certificate(simple(), np.array([4.0, 5.0]), np.array([3.0, -1.0])) > solve.TOLERANCE


def test_the_certificate_rejects_duals_of_the_wrong_sign():
    assert solve.certificate(simple(), np.array([4.0, 6.0]), np.array([-3.0, 1.0])) > solve.TOLERANCE


def test_the_certificate_rejects_what_is_not_finite():
    assert solve.certificate(simple(), np.array([np.nan, 6.0]), np.array([3.0, -1.0])) == np.inf


@pytest.mark.parametrize("seed", range(25))
def test_random_programmes_agree_with_a_second_solver(seed):
    random = np.random.default_rng(seed)
    n, m = 6, 4
    rows = random.integers(-3, 6, (m, n)).astype(float)
    inside = random.uniform(0, 5, n)
    hi = rows @ inside + random.uniform(0, 3, m)
    cost = random.integers(-4, 5, n).astype(float)
    model = programme(cost, rows, [-np.inf] * m, hi, [0] * n, [10] * n)
    other = linprog(cost, A_ub=rows, b_ub=hi, bounds=(0, 10))
    assert solve.solve(model).objective == pytest.approx(other.fun, abs=1e-7)


def test_no_feasible_point_is_said_so():
    with pytest.raises(InfeasibleError):
        solve.solve(programme([1], [[1]], [5], [np.inf], [0], [3]))


def test_crossed_bounds_are_infeasible_before_the_solver_sees_them():
    with pytest.raises(InfeasibleError, match="above"):
        solve.solve(programme([1], [[1]], [0], [1], [3], [2]))


def test_an_objective_without_limit_is_said_so():
    with pytest.raises(UnboundedError):
        solve.solve(programme([-1, 0], [[0, 1]], [0], [1], [0, 0], [np.inf, 1]))


def test_a_coefficient_that_the_solver_would_drop_is_refused():
    with pytest.raises(DepgraphError, match="choose units"):
        solve.solve(programme([1], [[1e-9]], [5], [np.inf], [0], [np.inf]))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_cost_that_is_not_finite_is_refused(bad):
    with pytest.raises(DepgraphError, match="not a finite number"):
        solve.solve(programme([bad], [[1]], [0], [1], [0], [1]))


def test_an_answer_that_fails_the_certificate_is_never_returned(monkeypatch):
    monkeypatch.setattr(solve, "certificate", lambda *_: 1.0)
    with pytest.raises(UncertifiedError, match="residual 1"):
        solve.solve(simple())


def pulp_problem(sense=pulp.LpMinimize, category="Continuous"):
    problem = pulp.LpProblem("p", sense)
    x = problem.add_variable("x", 0, None, category)
    y = problem.add_variable("y", 0, None)
    problem += 2 * x + 3 * y + 1
    problem += x + y >= 10, "demand"
    problem += x <= 4, "cap"
    return problem


def test_a_pulp_problem_keeps_names_constant_and_duals():
    model = solve.from_pulp(pulp_problem())
    solution = solve.solve(model)
    assert model.row_names == ("demand", "cap")
    assert solution.objective == pytest.approx(27)
    assert solution.duals == pytest.approx([3, -1])


def test_maximisation_is_refused_because_its_duals_change_sign_with_the_solver():
    with pytest.raises(DepgraphError, match="minimisation"):
        solve.from_pulp(pulp_problem(sense=pulp.LpMaximize))


def test_integers_are_refused():
    with pytest.raises(DepgraphError, match="continuous"):
        solve.from_pulp(pulp_problem(category="Integer"))


def test_the_solver_prints_nothing_even_where_its_presolve_would(capfd):
    # with HiGHS 1.15.1 undoing parallel columns of this programme printed a line to standard output
    solve.solve(programmes.feasible(2735))
    assert capfd.readouterr().out == ""


def test_a_place_that_stands_twice_is_refused():
    one, at = np.ones(1), np.zeros(2, dtype=np.int32)
    twice = solve.Programme(one, at, at, np.array([1.0, -1.0]), one, one, 0 * one, one, (), ())
    with pytest.raises(DepgraphError, match="stand twice"):
        solve.solve(twice)
