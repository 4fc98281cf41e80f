"""Frontiers and goals in order: worked numbers, and every curve against another solver."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from depgraph.core.errors import DepgraphError, InfeasibleError, UnboundedError, UncertifiedError
from depgraph.lp import parametric, solve
from depgraph.lp.parametric import Line
from depgraph.lp.solve import Limit
from tests import programmes
from tests.programmes import INF

few = settings(deadline=None, max_examples=40, derandomize=True)
seeds = st.integers(0, 10**6)
SHARE = {Limit("row", 1, "high"): Line(0.0, 100.0)}


# --- frontier -----------------------------------------------------------------------------------


def test_the_frontier_of_the_share_cap_has_its_kink_where_au_is_full():
    # golden lp-pareto: 4 a point above a share of 0.6, 10 below
    model = programmes.share_as_number()
    found = parametric.frontier(model, SHARE, 0.0, 1.0)
    assert [found.cost(share) for share in (1, 0.8, 0.6, 0.4, 0.2, 0)] == pytest.approx(
        [1000, 1080, 1160, 1360, 1560, 1760]
    )
    (kink,) = found.kinks
    assert (kink.theta, kink.cost, kink.left, kink.right) == pytest.approx((0.6, 1160, -1000, -400))
    # as the cap is loosened AU is no longer full, and US is no longer used
    assert kink.ends == (Limit("column", 1, "high"),)
    assert kink.starts == (Limit("column", 2, "low"),)


def test_reference_lp_pareto():
    case = programmes.golden("lp-pareto")
    found = parametric.frontier(programmes.share_as_number(), SHARE, 0.0, 1.0)
    assert [found.cost(share) for share in case["inputs"]["caps"]] == pytest.approx(case["expected"]["cost"])
    assert found.kinks[0].theta == pytest.approx(case["expected"]["kink_share"])
    assert found.kinks[0].left / 100 == pytest.approx(case["expected"]["slope_per_point_below_kink"])
    assert found.kinks[0].right / 100 == pytest.approx(case["expected"]["slope_per_point_above_kink"])


def test_a_bound_of_a_column_can_move_as_well():
    # AU capacity from 0 to 100 with at most 50 from CN: 6 a unit until AU makes all that CN may not
    model = replace(programmes.share_as_number(), row_hi=np.array([INF, 50.0]))
    found = parametric.frontier(model, {Limit("column", 1, "high"): Line(0.0, 1.0)}, 0.0, 100.0)
    assert [(kink.theta, kink.left, kink.right) for kink in found.kinks] == [pytest.approx((50, -6, 0))]


def test_several_limits_move_together():
    # demand rises with theta and CN may serve half of it: the share cap of the other worked case
    moves = {Limit("row", 0, "low"): Line(0.0, 1.0), Limit("row", 1, "high"): Line(0.0, 0.5)}
    found = parametric.frontier(programmes.share_as_number(), moves, 0.0, 280.0)
    assert [kink.theta for kink in found.kinks] == pytest.approx([80])
    assert [segment.slope for segment in found.segments] == pytest.approx([12, 15])
    assert found.cost(100) == pytest.approx(1260)


def test_infeasible_ends_are_cut_off_where_the_last_plan_is():
    found = parametric.frontier(programmes.share_as_number(), {Limit("row", 0, "low"): Line(0.0, 1.0)}, 0.0, 500.0)
    assert (found.low, found.high) == pytest.approx((0, 240))
    with pytest.raises(DepgraphError, match="outside the frontier"):
        found.cost(300)


def test_no_feasible_theta_is_said_so():
    with pytest.raises(InfeasibleError):
        parametric.frontier(programmes.share_as_number(), {Limit("row", 0, "low"): Line(0.0, 1.0)}, 300.0, 500.0)


def test_a_single_theta_is_a_frontier_of_one_point():
    found = parametric.frontier(programmes.share_as_number(), SHARE, 0.5, 0.5)
    assert (found.low, found.high, found.kinks) == (0.5, 0.5, ())
    assert found.cost(0.5) == pytest.approx(1260)


def test_an_end_at_which_rounding_makes_limits_cross_is_moved_inwards():
    # the column is between 3 theta - 1 and 1, so that theta ends at 2/3, which has no exact number
    model = programmes.programme([1, 1], [[1, 1]], [4], [INF], [0, 0], [1, 9])
    found = parametric.frontier(model, {Limit("column", 0, "low"): Line(-1.0, 3.0)}, -3.0, 4.0)
    assert found.high == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("low", "high", "line"), [(1.0, 0.0, Line(0.0, 1.0)), (0.0, 1.0, Line(0.0, INF)), (0.0, np.nan, Line(0.0, 1.0))]
)
def test_a_range_or_line_without_meaning_is_refused(low, high, line):
    with pytest.raises(DepgraphError, match="finite lines and a range that rises"):
        parametric.frontier(programmes.share_as_number(), {Limit("row", 1, "high"): line}, low, high)


def test_a_curve_that_is_not_convex_is_refused():
    points = [parametric._Point(float(theta), 0.0, 0.0, 0.0) for theta in range(3)]
    with pytest.raises(UncertifiedError, match="the slope falls from 2 to 1"):
        parametric._merged(points, [2.0, 1.0])


def test_nothing_that_is_passed_in_changes():
    model = programmes.share_as_number()
    parametric.frontier(model, SHARE, 0.0, 1.0)
    parametric.lexicographic(model, [model.cost])
    fresh = programmes.share_as_number()
    for name in ("cost", "rows", "cols", "values", "row_lo", "row_hi", "lb", "ub"):
        np.testing.assert_array_equal(getattr(model, name), getattr(fresh, name))


def drawn(seed):
    """Draw a programme and one to three limits that move."""
    model, random = programmes.feasible(seed), np.random.default_rng(seed)
    places = {(limit.kind, limit.number): limit for limit in programmes.limits(model)}
    chosen = random.permutation(len(places))[: random.integers(1, 4)]
    limits = [list(places.values())[number] for number in chosen]
    return model, {limit: Line(float(random.integers(-3, 6)), float(random.integers(-3, 4))) for limit in limits}


@few
@given(seeds)
def test_every_frontier_is_the_curve_of_another_solver(seed):
    model, moves = drawn(seed)
    grid = np.linspace(-3, 4, 15)
    values = [programmes.second_opinion(at(model, moves, theta)) for theta in grid]
    try:
        found = parametric.frontier(model, moves, -3.0, 4.0)
    except InfeasibleError:
        assert all(status == 2 for status, _, _ in values)
        return
    except UnboundedError:
        assert {status for status, _, _ in values} <= {2, 3}
        return
    for theta, (status, value, _) in zip(grid, values, strict=True):
        if found.low <= theta <= found.high:
            assert found.cost(theta) == pytest.approx(value, abs=1e-6)
        elif not found.low - 1e-6 < theta < found.high + 1e-6:
            assert status == 2
    slopes = [segment.slope for segment in found.segments]
    assert slopes == sorted(slopes)
    assert all(kink.left < kink.right for kink in found.kinks)


def at(model, moves, theta):
    return solve.moved(model, {limit: line.start + theta * line.rate for limit, line in moves.items()})


# --- goals --------------------------------------------------------------------------------------


def test_goals_are_served_in_their_order():
    # the most unmet demand is avoided first, then reliance on CN, then cost
    model = programmes.share_cap()
    rely, cost = np.array([1.0, 0.0, 0.0]), model.cost
    found = parametric.lexicographic(model, [rely, cost])
    assert found.best == pytest.approx((0, 40 * 14 + 60 * 20))
    assert parametric.lexicographic(model, [cost, rely]).values == pytest.approx((1260, 50), abs=1e-3)


def test_one_goal_is_the_programme_itself():
    model = programmes.magnets()
    found = parametric.lexicographic(model, [model.cost])
    assert found.best == pytest.approx((2753.4,))
    assert found.solution.duals[:3] == pytest.approx([0.8, 380, 200])
    assert len(found.programme.row_lo) == 4


def test_the_last_programme_certifies_the_last_solution():
    model = programmes.transport()
    found = parametric.lexicographic(model, [model.cost, np.eye(6)[0]])
    assert solve.certificate(found.programme, found.solution.x, found.solution.duals) <= solve.TOLERANCE
    assert found.programme.row_names[-2:] == ("goal 1", "goal 2")
    # of all cheapest plans the one that uses this route least
    assert found.values == pytest.approx((153.675, 0), abs=1e-3)


@pytest.mark.parametrize("goals", [[], [np.ones(2)]])
def test_goals_that_cannot_be_served_are_refused(goals):
    with pytest.raises(DepgraphError, match="at least one goal"):
        parametric.lexicographic(programmes.share_cap(), goals)


def test_a_negative_tolerance_is_refused():
    with pytest.raises(DepgraphError, match="negative"):
        parametric.lexicographic(programmes.share_cap(), [np.ones(3)], tolerance=-1.0)


@few
@given(seeds)
def test_each_goal_is_the_least_that_those_before_it_allow(seed):
    model, random = programmes.feasible(seed), np.random.default_rng(seed)
    goals = [random.integers(0, 4, len(model.cost)).astype(float) for _ in range(3)]
    try:
        found = parametric.lexicographic(model, goals, tolerance=1e-6)
    except UnboundedError:
        return
    rows, caps = [], []
    for goal, best, value in zip(goals, found.best, found.values, strict=True):
        status, least, _ = programmes.second_opinion(model, goal, rows, caps)
        assert status == 0
        assert best == pytest.approx(least, abs=1e-4)
        assert value <= best + 2e-6 * (1 + abs(best))
        rows.append(goal)
        caps.append(least + 1e-6 * (1 + abs(least)))


@pytest.mark.parametrize(
    ("left", "right", "slope"), [(1.0, 1e6, None), (1.0, 1e12, 1.0), (-1e12, 10.0, 10.0), (-1e6, 10.0, None)]
)
def test_a_stretch_whose_tangents_cross_at_an_end_is_straight(left, right, slope):
    one, two = parametric._Point(0.0, 0.0, 0.0, left), parametric._Point(1.0, 1.5, 0.0, right)
    assert parametric._straight(one, two) == slope


def test_the_range_of_theta_is_found_with_theta_as_a_column():
    model, moves = programmes.share_as_number(), {Limit("row", 0, "both"): Line(10.0, 1.0)}
    low, high = parametric.feasible_range(model, moves, -20.0, 999.0)
    assert (low, high) == pytest.approx((-10, 230))
    assert solve.solve(at(model, moves, high)).x == pytest.approx([100, 40, 100])
