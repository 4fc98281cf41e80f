"""The loaded programme: what it knows of a basis, and the certificate against its definition."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from depgraph.core.errors import DepgraphError, InfeasibleError, UnboundedError
from depgraph.lp import solve
from depgraph.lp.solve import Limit
from depgraph.lp.warm import WarmSolver
from tests import programmes
from tests.programmes import INF

few = settings(deadline=None, max_examples=60, derandomize=True)
seeds = st.integers(0, 10**6)


def by_definition(model, x, duals):
    """Return the certificate written out number by number."""
    activity, reduced = model.times(x), model.cost - model.transposed_times(duals)
    worst, bound = 0.0, 0.0
    groups = ((activity, duals, model.row_lo, model.row_hi), (x, reduced, model.lb, model.ub))
    for point, multiplier, lo, hi in ((p, m, a, b) for group in groups for p, m, a, b in zip(*group, strict=True)):
        worst = max(worst, (lo - point) / (1 + abs(point)), (point - hi) / (1 + abs(point)))
        needed = lo if multiplier > 0 else hi
        if np.isfinite(needed):
            bound += multiplier * needed
        else:
            worst = max(worst, abs(multiplier))
    value = float(np.dot(model.cost, x))
    return max(worst, abs(value - bound) / (1 + abs(value) + abs(bound)))


@few
@given(seeds)
def test_the_certificate_is_its_definition_for_right_and_wrong_answers(seed):
    model, random = programmes.feasible(seed), np.random.default_rng(seed)
    x, duals = random.integers(-2, 5, len(model.cost)) * 0.5, random.integers(-2, 3, len(model.row_lo)) * 0.5
    assert solve.certificate(model, x, duals) == pytest.approx(by_definition(model, x, duals), rel=1e-12)


def test_overflow_in_the_certificate_is_no_proof():
    model = programmes.share_cap()
    with np.errstate(all="ignore"):
        assert not solve.certificate(model, np.zeros(3), np.array([1e308, -1e308])) <= solve.TOLERANCE
        assert not solve.certificate(model, np.full(3, 1e308), np.zeros(2)) <= solve.TOLERANCE


@few
@given(seeds)
def test_loaded_and_fresh_programmes_agree_when_everything_moves(seed):
    base, random = programmes.feasible(seed), np.random.default_rng(seed)
    try:
        hot = WarmSolver(base)
    except UnboundedError:
        return
    for _ in range(4):
        room = random.integers(0, 3, len(base.row_lo))
        variant = replace(base, cost=base.cost + random.integers(-1, 2, len(base.cost)), row_hi=base.row_hi + room)
        try:
            expected = solve.solve(variant).objective
        except UnboundedError:
            with pytest.raises(UnboundedError):
                hot.solve(variant)
        else:
            assert hot.solve(variant).objective == pytest.approx(expected, abs=1e-7)


def test_a_cost_or_bound_that_is_no_number_is_refused_when_loaded():
    model = programmes.share_cap()
    hot = WarmSolver(model)
    for broken in (
        {"cost": np.array([1, np.nan, 1])},
        {"ub": np.array([1, np.nan, 1])},
        {"row_lo": np.full(2, np.nan)},
    ):
        with pytest.raises(DepgraphError, match="not a finite number"):
            hot.solve(replace(model, **broken))
    with pytest.raises(InfeasibleError, match="above"):
        hot.solve(replace(model, lb=np.full(3, 50.0)))


def test_ranging_gives_the_ends_found_by_hand():
    found = WarmSolver(programmes.share_cap()).ranging(programmes.share_cap())
    assert (found.row_low[0], found.row_high[0]) == pytest.approx((80, 280))
    assert (found.column_low[1], found.column_high[1]) == pytest.approx((0, 50))


def test_ranging_that_the_solver_does_not_give_is_unknown():
    model = programmes.programme([1, 1], [[0, 0]], [-INF], [2], [0, 0], [INF, 3])
    found = WarmSolver(model).ranging(model)
    assert found.solution.objective == 0
    assert np.isnan(found.row_low).all()


def test_ranging_of_another_basis_is_unknown(monkeypatch):
    # as where the certificate of the loaded programme fails and the answer comes from a fresh one
    hot = WarmSolver(programmes.share_cap())
    monkeypatch.setattr(hot, "solve", lambda _: solve.Solution(0.0, np.zeros(3), np.full(2, 7.0), 0.0))
    assert np.isnan(hot.ranging(programmes.share_cap()).row_low).all()


def test_limits_are_named_read_and_moved():
    model = programmes.share_cap()
    cap = Limit("column", 1, "high")
    assert (solve.label(model, cap), solve.bound_at(model, cap)) == ("AU", 40)
    assert solve.label(model, Limit("row", 0, "low")) == "demand"
    changed = solve.moved(model, {cap: 50.0, Limit("row", 0, "both"): 90.0})
    assert (changed.ub[1], changed.row_lo[0], changed.row_hi[0]) == (50, 90, 90)
    assert model.ub[1] == 40


def test_what_binds_is_what_has_a_multiplier():
    model = programmes.share_cap()
    duals = solve.solve(model).duals
    assert solve.binding(model, duals) == [
        Limit("row", 0, "low"),
        Limit("row", 1, "high"),
        Limit("column", 1, "high"),
    ]
    equal = replace(model, row_hi=np.array([100.0, 0.0]))
    assert solve.binding(equal, duals)[0] == Limit("row", 0, "both")
    assert solve.slope(model, duals, Limit("column", 1, "high")) == pytest.approx(-6)
    assert solve.slope(model, duals, Limit("column", 1, "low")) == 0
    assert solve.slope(model, duals, Limit("row", 0, "low")) == pytest.approx(15)


def test_rounding_error_is_no_multiplier():
    model = programmes.programme([1.0, 1.0 + 1e-13], [[1, 1]], [3], [INF], [0, 0], [9, 9])
    y, z = solve.multipliers(model, np.array([1.0]))
    assert y.tolist() == [1]
    assert z.tolist() == [0, 0]


def test_a_walk_finds_the_optimum_of_each_step_and_is_the_same_again():
    model = programmes.transport()
    steps = [solve.moved(model, {Limit("row", 2, "low"): 325.0 - drop}) for drop in (0, 50, 100, 300, 325)]
    walks = [[hot.follow(step) for step in steps] for hot in (WarmSolver(model), WarmSolver(model))]
    for step, one, other in zip(steps, *walks, strict=True):
        assert one.objective == pytest.approx(solve.solve(step).objective)
        assert one.x.tolist() == other.x.tolist()
    with pytest.raises(InfeasibleError):
        WarmSolver(model).follow(solve.moved(model, {Limit("row", 2, "low"): 999.0}))
