"""Shadow prices: worked numbers, finite differences by another solver, and what optimal plans share."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from depgraph.core.errors import DepgraphError, InfeasibleError, UnboundedError, UncertifiedError
from depgraph.lp import prices, solve
from depgraph.lp.solve import Limit
from depgraph.lp.warm import WarmSolver
from tests import programmes
from tests.programmes import INF

few = settings(deadline=None, max_examples=30, derandomize=True)
seeds = st.integers(0, 10**6)


def solvable(seed, draw=programmes.feasible):
    # draw until a programme has an optimum
    for number in range(seed, seed + 100):
        model = draw(number)
        try:
            return model, solve.solve(model)
        except (InfeasibleError, UnboundedError):
            continue
    return None


# --- worked numbers -----------------------------------------------------------------------------


def test_prices_of_the_share_cap_hold_over_the_ranges_found_by_hand():
    # golden lp-china-share-cap; methods 3.5: the demand dual of 15 holds for 80..280
    model = programmes.share_cap()
    demand, share = prices.row_price(model, 0), prices.row_price(model, 1)
    capacity = prices.column_price(model, 1)
    assert (demand.dual, demand.left, demand.right) == pytest.approx((15, 15, 15))
    assert (demand.low, demand.high) == pytest.approx((80, 280))
    assert (share.dual, share.low, share.high) == pytest.approx((-10, -50, 10))
    assert (capacity.limit, capacity.name) == (Limit("column", 1, "high"), "AU")
    assert (capacity.dual, capacity.low, capacity.high) == pytest.approx((-6, 0, 50))
    assert all(price.unique for price in (demand, share, capacity))


def test_transport_has_the_marginals_and_the_cuts_of_its_author():
    model = programmes.transport()
    found = prices.prices(model, [Limit("row", row, "low") for row in (2, 3, 4)])
    assert [price.dual for price in found] == pytest.approx([0.225, 0.153, 0.126])
    assert prices.opening(model, 2).cut == pytest.approx(0.036)
    assert prices.opening(model, 4).cut == pytest.approx(0.009)


def test_transport_has_several_optimal_plans_and_their_range_is_known():
    model = programmes.transport()
    solution = solve.solve(model)
    assert not prices.uniqueness(model, solution)
    # Seattle has 50 left after Chicago and may or may not send them to New York
    assert prices.value_range(model, solution, np.eye(6)[0]) == pytest.approx((0, 50))
    assert prices.value_range(model, solution, np.eye(6)[1]) == pytest.approx((300, 300))


def test_prices_run_up_a_chain_of_recipes():
    # golden lp-bom-duals: the rent of Australian separation is (200 - 10) / 0.5 - 6 - 2 * 0.8
    model = programmes.magnets()
    rows = prices.prices(model, [Limit("row", row, "low") for row in range(3)])
    rents = prices.prices(model, [Limit("column", column, "high") for column in (2, 3, 5)])
    assert [price.dual for price in rows] == pytest.approx([0.8, 380, 200])
    assert [-price.left for price in rents] == pytest.approx([375.4, 372.4, 3])
    assert prices.uniqueness(model, solve.solve(model))


def test_a_maximum_is_priced_as_the_minimum_of_its_negative():
    # golden dual-sign-max: a unit of the row is worth 4, of the bound 1
    model = programmes.negative_of_maximum()
    assert solve.solve(model).objective == pytest.approx(-43)
    assert prices.row_price(model, 0).left == pytest.approx(-4)
    assert prices.column_price(model, 0).left == pytest.approx(-1)


def check_case(case_id, objective, found):
    case = programmes.golden(case_id)
    assert objective == pytest.approx(case["expected"].get("objective", case["expected"].get("cost")), abs=1e-6)
    for key, value in found.items():
        assert value == pytest.approx(case["expected"][key], abs=max(case["tol"], 1e-9)), key


def test_reference_lp_trnsport():
    case, model = programmes.golden("lp-trnsport"), programmes.transport()
    assert model.cost == pytest.approx([case["inputs"]["unit_cost"][name] for name in model.col_names])
    duals = {model.row_names[row]: prices.row_price(model, row).dual for row in (2, 3, 4)}
    cuts = {model.col_names[column]: prices.opening(model, column).cut for column in (2, 4)}
    found = {"demand_dual": duals, "reduced_cost": cuts}
    check_case("lp-trnsport", solve.solve(model).objective, found)


def test_reference_lp_china_share_cap():
    model = programmes.share_cap()
    solution = solve.solve(model)
    found = {
        "flows": dict(zip(model.col_names, solution.x, strict=True)),
        "dual_demand": prices.row_price(model, 0).dual,
        "dual_AU_capacity": prices.column_price(model, 1).dual,
        "dual_share_row": prices.row_price(model, 1).dual,
    }
    check_case("lp-china-share-cap", solution.objective, found)


def test_reference_lp_bom_duals():
    model = programmes.magnets()
    solution = solve.solve(model)
    found = {
        "unmet": solution.x[6],
        "dual_ore": prices.row_price(model, 0).dual,
        "dual_oxide": prices.row_price(model, 1).dual,
        "dual_magnet": prices.row_price(model, 2).dual,
        "rent_AU_separation": -prices.column_price(model, 3).dual,
        "rent_CN_oxide_quota": -prices.column_price(model, 2).dual,
        "rent_CN_magnet_quota": -prices.column_price(model, 5).dual,
    }
    check_case("lp-bom-duals", solution.objective, found)


def test_reference_dual_sign_max():
    model = programmes.negative_of_maximum()
    found = {
        "marginal_value_of_row": -prices.row_price(model, 0).dual,
        "marginal_value_of_bound_x": -prices.column_price(model, 0).dual,
    }
    check_case("dual-sign-max", -solve.solve(model).objective, found)


# --- one-sided prices ---------------------------------------------------------------------------


def two_sources(need, cap=50.0):
    """Build: 10 a unit from CN up to a cap, 14 from AU up to 40."""
    return programmes.programme([10, 14], [[1, 1]], [need], [INF], [0, 0], [cap, 40], ("demand",), ("CN", "AU"))


def test_at_a_kink_both_prices_are_given_and_none_is_called_unique():
    price = prices.row_price(two_sources(50), 0)
    assert (price.left, price.right) == pytest.approx((10, 14))
    assert 10 <= price.dual <= 14
    assert not price.unique


def test_a_side_without_a_plan_has_no_price():
    price = prices.row_price(two_sources(90), 0)
    assert price.right is None
    assert price.left == pytest.approx(14)
    assert price.high == 90
    assert not price.unique


def test_a_limit_that_does_not_bind_is_free_down_to_the_plan():
    price = prices.column_price(two_sources(60), 1)
    assert (price.limit.side, price.dual) == ("low", 0)
    high = prices.prices(two_sources(60), [Limit("column", 1, "high")])[0]
    assert (high.left, high.right, high.low, high.high) == pytest.approx((0, 0, 10, INF))


def test_an_equality_is_priced_on_both_sides_together():
    model = replace(two_sources(60), row_hi=np.array([60.0]))
    price = prices.row_price(model, 0)
    assert price.limit.side == "both"
    assert (price.left, price.right, price.low, price.high) == pytest.approx((14, 14, 50, 90))


def test_a_limit_that_is_not_there_is_refused():
    for limit in (Limit("row", 0, "high"), Limit("column", 0, "both")):
        with pytest.raises(DepgraphError, match="has no bound"):
            prices.prices(two_sources(60), [limit])
    with pytest.raises(DepgraphError, match="has no bound"):
        prices.row_price(replace(two_sources(60), row_lo=np.array([-INF])), 0)


def test_prices_may_share_a_loaded_programme_and_change_nothing():
    model = two_sources(60)
    hot = WarmSolver(two_sources(20))
    assert prices.row_price(model, 0, hot) == prices.row_price(model, 0)
    assert model.row_lo.tolist() == [60]


def test_slopes_that_do_not_fit_together_are_not_printed(monkeypatch):
    # a slope that is no tangent: neither point meets the other and the tangents cross outside
    points = {0.0: 1.0, 50.0: 2.0}
    monkeypatch.setattr(solve, "slope", lambda model, *_: -points.get(float(model.row_lo[0] - 60), 3.0))
    with pytest.raises(UncertifiedError, match="cannot be told apart"):
        prices.prices(two_sources(60), [Limit("row", 0, "low")])


@few
@given(seeds)
def test_every_price_is_the_finite_difference_of_another_solver(seed):
    model, solution = solvable(seed)
    step = 1e-3  # kinks of programmes of small whole numbers lie further apart
    for price in prices.prices(model, programmes.limits(model)):
        below, above = (programmes.optimum_at(model, price.limit, price.at + sign * step) for sign in (-1, 1))
        left = None if below is None else (solution.objective - below) / step
        right = None if above is None else (above - solution.objective) / step
        assert price.left == (None if left is None else pytest.approx(left, abs=1e-5))
        assert price.right == (None if right is None else pytest.approx(right, abs=1e-5))
        known = [side for side in (price.left, price.dual, price.right) if side is not None]
        assert known == pytest.approx(sorted(known))


@few
@given(seeds)
def test_prices_hold_over_their_ranges(seed):
    model, solution = solvable(seed)
    for price in prices.prices(model, programmes.limits(model)):
        assert price.low <= price.at <= price.high
        for end, slope in ((price.low, price.left), (price.high, price.right)):
            if slope is not None:
                there = min(max(end, price.at - 50), price.at + 50)
                there = price.at + (there - price.at) * (1 - 1e-6)  # an end may be the last feasible value
                expected = solution.objective + slope * (there - price.at)
                assert programmes.optimum_at(model, price.limit, there) == pytest.approx(expected, abs=1e-5)


@few
@given(seeds)
def test_prices_of_lower_bounds_are_never_negative_and_of_upper_bounds_never_positive(seed):
    model, _ = solvable(seed)
    for price in prices.prices(model, programmes.limits(model)):
        signs = {"low": 1, "high": -1, "both": 0}[price.limit.side]
        assert all(side is None or signs * side >= 0 for side in (price.left, price.dual, price.right))


@few
@given(seeds)
def test_a_column_opens_just_beyond_its_cut(seed):
    model, _ = solvable(seed)
    for column in np.flatnonzero(np.isfinite(model.lb)):
        opening = prices.opening(model, int(column))
        for extra, used in ((-1e-3, False), (1e-3, True)):
            if opening.cut is None or opening.cut + extra < 0:
                continue
            cost = model.cost.copy()
            cost[column] -= opening.cut + extra
            status, _, x = programmes.second_opinion(model, cost)
            assert status == 3 or (x[column] > model.lb[column] + 1e-7) == used


def test_a_column_that_cannot_be_used_has_no_cut():
    model = replace(two_sources(20), ub=np.array([50.0, 0.0]))
    assert prices.opening(model, 1) == (None, 0.0)


# --- optimal plans ------------------------------------------------------------------------------


@few
@given(seeds)
def test_uniqueness_and_ranges_agree_with_another_solver(seed):
    model, solution = solvable(seed)
    units = np.eye(len(model.cost))
    spans = prices.value_ranges(model, solution, list(units))
    widths = []
    for unit, span in zip(units, spans, strict=True):
        ends = []
        for sign in (1, -1):
            capped = ([model.cost], [solution.objective + 1e-9])
            status, value, _ = programmes.second_opinion(model, sign * unit, *capped)
            ends.append(sign * value if status == 0 else -sign * INF)
        assert span == pytest.approx(tuple(ends), abs=1e-5)
        widths.append(ends[1] - ends[0])
    assert prices.uniqueness(model, solution) == (max(widths) < 1e-5)


def test_a_degenerate_optimum_can_still_be_the_only_one():
    # three rows meet in one point of the plane: zero reduced costs alone would say "not unique"
    model = programmes.programme([1, 1], [[1, 0], [0, 1], [1, 1]], [1, 1, 2], [INF] * 3, [0, 0], [INF] * 2)
    assert prices.uniqueness(model, solve.solve(model))


def test_columns_without_bounds_are_tried_both_ways():
    free = programmes.programme([0, 0], [[1, 1]], [2], [2], [-INF, -INF], [INF, INF])
    held = programmes.programme([0, 0], [[1, 1], [1, -1]], [2, 0], [2, 0], [-INF, -INF], [INF, INF])
    assert not prices.uniqueness(free, solve.solve(free))
    assert prices.uniqueness(held, solve.solve(held))


def test_a_quantity_that_optimal_plans_do_not_limit_is_infinite():
    model = programmes.programme([1, 0], [[1, 0]], [2], [INF], [0, 0], [INF, INF])
    span = prices.value_range(model, solve.solve(model), np.array([0.0, 1.0]))
    assert span == (0, math.inf)


def test_a_plan_that_costs_more_is_not_called_optimal():
    model = two_sources(60)
    solution = solve.solve(model)
    wrong = replace(solution, objective=solution.objective - 1)
    with pytest.raises(UncertifiedError, match="a plan costs"):
        prices.value_range(model, wrong, np.array([1.0, 0.0]))


def test_all_points_of_the_face_cost_the_same():
    model = programmes.transport()
    solution = solve.solve(model)
    face = prices.optimal_face(model, solution)
    dearest = solve.solve(replace(face, cost=-face.cost))
    assert -dearest.objective == pytest.approx(solution.objective)
