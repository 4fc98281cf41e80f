"""Calibration: the base year comes out exactly, duties move it the right way, closed forms agree."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from depgraph.core.errors import InfeasibleError
from depgraph.diversion import calibration, model
from depgraph.diversion.calibration import CalibrationError, armington, howitt, response, slope, steps
from depgraph.lp import solve
from tests.diversion_cases import case, plant, route

BREAKS = (0.5, 1.0, 1.5)
COARSE = settings(deadline=None, max_examples=60, derandomize=True)


def markets(seed, sources=4, places=3):
    """Return observed flows, prices by place and elasticities of some sources and places."""
    draw = np.random.default_rng(seed)
    observed = draw.uniform(0.5, 90, (sources, places)) * (draw.random((sources, places)) < 0.8)
    observed[0] += 1
    return observed, draw.uniform(2, 30, places), draw.uniform(0.3, 4, (sources, places))


def planned(observed, price, beta, *, breaks=BREAKS, tariff=None, cost=0.0):
    """Plan calibrated markets with the model and return the flows, by source and place.

    Sources have their cost, the premium makes up the difference to the price of the place.
    """
    sources, places = observed.shape
    tariff = np.zeros_like(observed) if tariff is None else tariff
    names = [f"s{i}" for i in range(sources)], [f"d{j}" for j in range(places)]
    routes = []
    for i, j in zip(*np.nonzero(observed), strict=True):
        cut = steps(observed[i, [j]], beta[i, [j]], breaks)
        for step, width in zip(cut.cost[0], cut.width[0], strict=True):
            wedge = price[j] - cost + step
            routes.append(route(names[0][i], names[1][j], "good", premium=wedge, tariff=tariff[i, j], width=width))
    built = model.build(
        case(
            " ".join(names[0] + names[1]),
            "good",
            bloc="d0",
            plants=[plant(name, "good", cost) for name in names[0]],
            routes=routes,
            demands=[(name, "good", "all", observed[:, j].sum(), 1e4) for j, name in enumerate(names[1])],
        )
    )
    solution = solve.solve(built.programme)
    flows = np.zeros_like(observed)
    made = built.case.routes
    np.add.at(flows, (made.exporter, made.importer - sources), solution.x[built.columns.shipment[:, 0]])
    return flows, solution.duals[built.rows("use")][sources:]


def betas(observed, price, elasticity):
    flat = slope(np.where(observed > 0, observed, 1).ravel(), np.tile(price, len(observed)), elasticity.ravel())
    return flat.reshape(observed.shape)


# --- the base year ------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
def test_the_base_year_comes_out_exactly(seed):
    observed, price, elasticity = markets(seed)
    flows, _ = planned(observed, price, betas(observed, price, elasticity), cost=1.0)
    assert np.abs(flows - observed).max() <= 1e-9 * observed.max()


@pytest.mark.parametrize("seed", range(4))
def test_the_base_year_is_the_only_plan_of_least_cost(seed):
    # where costs rise, a unit moved from one source to another costs more: both orders of entries agree
    observed, price, elasticity = markets(seed)
    beta = betas(observed, price, elasticity)
    backwards, _ = planned(observed[::-1], price, beta[::-1])
    assert backwards[::-1] == pytest.approx(observed, rel=1e-9)


def test_the_price_lies_between_the_steps_beside_what_was_observed():
    observed, price, elasticity = markets(1)
    beta = betas(observed, price, elasticity)
    _, prices = planned(observed, price, beta)
    half = (beta * observed * 0.25).max(axis=0)
    assert (np.abs(prices - price) <= half + 1e-9).all()


def test_without_calibration_a_small_duty_moves_everything():
    # flat costs: the pitfall that calibration is there to avoid
    observed, price = np.array([[80.0], [20.0]]), np.array([10.0])
    flows, _ = planned(observed, price, np.zeros((2, 1)), tariff=np.array([[0.01], [0.0]]))
    assert flows[:, 0] == pytest.approx([0, 100])


# --- duties -------------------------------------------------------------------------------------

FINE = tuple(np.round(np.arange(0.02, 2.0001, 0.02), 2))


@pytest.mark.parametrize("seed", range(5))
def test_a_duty_moves_flows_away_from_who_pays_it_and_a_higher_one_moves_more(seed):
    observed, price, elasticity = markets(seed, places=1)
    beta = betas(observed, price, elasticity)
    taxed = np.zeros_like(observed)
    paths = []
    for part in (0.0, 0.01, 0.05, 0.1, 0.2):
        taxed[0] = part * price
        paths.append(planned(observed, price, beta, breaks=FINE, tariff=taxed)[0][:, 0])
    path = np.array(paths)
    assert path[0] == pytest.approx(observed[:, 0], rel=1e-9)
    assert (np.diff(path[:, 0]) <= 1e-9).all()
    assert (np.diff(path[:, 1:], axis=0) >= -1e-9).all()
    assert path[-1, 0] < path[0, 0]


@pytest.mark.parametrize("seed", range(5))
def test_flows_follow_a_small_duty_without_a_jump(seed):
    # the closed form moves by less than duty / beta; the steps add no more than their own widths
    observed, price, elasticity = markets(seed, places=1)
    beta = betas(observed, price, elasticity)
    taxed = np.zeros_like(observed)
    for part in (1e-4, 1e-3, 1e-2):
        taxed[0] = part * price
        flows, _ = planned(observed, price, beta, breaks=FINE, tariff=taxed)
        room = taxed[0] / beta[0] + 0.02 * observed.sum()
        assert np.abs(flows - observed).max() <= room.max()


@pytest.mark.parametrize("seed", range(6))
def test_steps_follow_the_closed_form_within_their_width(seed):
    observed, price, elasticity = markets(seed, places=1)
    beta = betas(observed, price, elasticity)
    duty = np.random.default_rng(seed).uniform(0, 0.15, observed.shape) * price
    flows, prices = planned(observed, price, beta, breaks=FINE, tariff=duty)
    used = observed[:, 0] > 0
    exact, after = response(
        observed[used, 0], price[0], beta[used, 0], specific=duty[used, 0], ad_valorem=np.zeros(used.sum())
    )
    assert np.abs(flows[used, 0] - exact).max() <= 0.02 * observed.sum()
    assert abs(prices[0] - after) <= 0.02 * (beta * observed)[used].max() + 1e-9


def test_finer_steps_come_nearer_to_the_closed_form():
    observed, price = np.array([[80.0], [20.0]]), np.array([10.0])
    beta = betas(observed, price, np.full((2, 1), 2.0))
    exact, _ = response(observed[:, 0], 10.0, beta[:, 0], specific=np.array([1.3, 0]), ad_valorem=np.zeros(2))
    errors = []
    for width in (0.25, 0.05, 0.01):
        breaks = tuple(np.round(np.arange(width, 2 + width / 2, width), 4))
        flows, _ = planned(observed, price, beta, breaks=breaks, tariff=np.array([[1.3], [0.0]]))
        errors.append(np.abs(flows[:, 0] - exact).max())
    assert errors[2] < errors[0]
    assert errors[2] <= 0.01 * 80


sources = st.lists(
    st.tuples(st.floats(0.1, 100), st.floats(0.2, 5), st.floats(0, 20), st.floats(0, 1)),
    min_size=1,
    max_size=6,
)


@given(sources, st.floats(0.5, 50))
@COARSE
def test_the_response_clears_the_market_at_one_price(rows, price):
    observed, elasticity, specific, ad_valorem = (np.array(column) for column in zip(*rows, strict=True))
    beta = slope(observed, np.full(len(observed), price), elasticity)
    flows, after = response(observed, price, beta, specific=specific, ad_valorem=ad_valorem)
    assert flows.sum() == pytest.approx(observed.sum(), rel=1e-9)
    assert (flows >= 0).all()
    landed = (price + beta * (flows - observed)) * (1 + ad_valorem) + specific
    scale = 1e-9 * (1 + np.abs(landed).max())
    assert landed[flows > 0] == pytest.approx(after, abs=scale)
    # who delivers nothing would cost more than the price even for the first unit
    assert (landed[flows == 0] >= after - scale).all()


@given(sources, st.floats(0.5, 50))
@COARSE
def test_without_duties_the_response_is_what_was_observed(rows, price):
    observed, elasticity = (np.array(column) for column in list(zip(*rows, strict=True))[:2])
    beta = slope(observed, np.full(len(observed), price), elasticity)
    none = np.zeros(len(observed))
    flows, after = response(observed, price, beta, specific=none, ad_valorem=none)
    assert flows == pytest.approx(observed, rel=1e-9)
    assert after == pytest.approx(price, rel=1e-9)


def test_a_duty_that_shuts_a_source_out_leaves_the_market_to_the_others():
    flows, after = response(
        np.array([80.0, 20.0]), 10.0, np.array([0.0625, 0.25]), specific=np.array([99.0, 0]), ad_valorem=np.zeros(2)
    )
    assert flows.tolist() == [0, 100]
    assert after == pytest.approx(10 + 0.25 * 80)


def test_a_source_that_delivers_little_is_not_shut_out_with_one_that_pays_a_high_duty():
    beta = slope(np.array([80.0, 20.0, 0.1]), np.full(3, 10.0), np.array([2.0, 2.0, 0.5]))
    flows, after = response(
        np.array([80.0, 20.0, 0.1]), 10.0, beta, specific=np.array([99.0, 0, 0]), ad_valorem=np.zeros(3)
    )
    assert flows[0] == 0
    assert flows[2] == pytest.approx(0.1 + (after - 10) / beta[2])


# --- slopes and steps ---------------------------------------------------------------------------


@given(st.floats(0.01, 1e4), st.floats(0.01, 1e4), st.floats(0.05, 10))
@COARSE
def test_steps_hold_the_observed_flow_at_a_break_and_rise_through_its_price(observed, price, elasticity):
    beta = slope(np.array([observed]), np.array([price]), np.array([elasticity]))
    cut = steps(np.array([observed]), beta, BREAKS)
    assert cut.width[0, :2].sum() == pytest.approx(observed, rel=1e-12)
    assert np.isinf(cut.width[0, -1])
    assert (np.diff(cut.cost[0]) > 0).all()
    assert cut.cost[0, 1] < 0 < cut.cost[0, 2]
    assert cut.cost[0, -1] == pytest.approx(beta[0] * observed * (BREAKS[-1] - 1))
    # up to the observed flow the steps cost what the line costs
    assert cut.cost[0, :2] @ cut.width[0, :2] == pytest.approx(-beta[0] * observed**2 / 2, rel=1e-9)


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan])
@pytest.mark.parametrize("place", range(3))
def test_a_slope_needs_a_flow_a_price_and_an_elasticity_above_zero(bad, place):
    given_values = [np.array([2.0]) for _ in range(3)]
    given_values[place] = np.array([bad])
    with pytest.raises(CalibrationError, match="above 0"):
        slope(*given_values)


@pytest.mark.parametrize("breaks", [(), (0.5, 1.5), (1, 1), (1, 0.5), (0, 1), (-1, 1), (1, np.nan)])
def test_breaks_must_rise_and_hold_the_observed_flow(breaks):
    with pytest.raises(CalibrationError, match="one of them 1"):
        steps(np.array([80.0]), np.array([0.1]), breaks)


@pytest.mark.parametrize(
    "changes",
    [
        {"observed": []},
        {"beta": [0.1]},
        {"specific": [0.0]},
        {"ad_valorem": [0.0]},
        {"observed": [1.0, -1.0]},
        {"beta": [0.1, 0.0]},
        {"beta": [0.1, np.nan]},
        {"ad_valorem": [0.0, -1.0]},
        {"specific": [0.0, np.inf]},
        {"price": np.nan},
    ],
    ids=str,
)
def test_a_response_needs_numbers_that_make_a_market(changes):
    values = {
        "observed": [80.0, 20.0],
        "price": 10.0,
        "beta": [0.1, 0.2],
        "specific": [0.0] * 2,
        "ad_valorem": [0.0] * 2,
    }
    values |= changes
    arrays = {key: np.array(value) if isinstance(value, list) else value for key, value in values.items()}
    with pytest.raises(CalibrationError, match="flows"):
        response(**arrays)


# --- Armington ----------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.floats(0.01, 1), st.floats(0.2, 5)), min_size=1, max_size=6), st.floats(0.1, 12))
@COARSE
def test_armington_keeps_shares_a_whole_and_value_is_price_times_amount(rows, sigma):
    weight, price = (np.array(column) for column in zip(*rows, strict=True))
    shares = weight / weight.sum()
    after, amount, index = armington(shares, price, sigma)
    assert after.sum() == pytest.approx(1, abs=1e-9)
    assert after * index == pytest.approx(shares * price * amount, rel=1e-9)
    assert price.min() * (1 - 1e-9) <= index <= price.max() * (1 + 1e-9)


@pytest.mark.parametrize("sigma", [1 - 1e-7, 1 - 1e-12, 1 + 1e-12, 1 + 1e-7])
def test_armington_has_no_jump_where_the_elasticity_is_one(sigma):
    shares, price = np.array([0.7, 0.2, 0.1]), np.array([1.5, 1.0, 0.6])
    for near, exact in zip(armington(shares, price, sigma), armington(shares, price, 1), strict=True):
        assert near == pytest.approx(exact, rel=1e-6)


def test_equal_price_changes_move_no_share():
    shares, amounts, index = armington(np.array([0.6, 0.4]), np.array([1.3, 1.3]), 4)
    assert shares == pytest.approx([0.6, 0.4])
    assert amounts == pytest.approx([1, 1])
    assert index == pytest.approx(1.3)


@pytest.mark.parametrize("sigma", [0.5, 2, 5])
@pytest.mark.parametrize("duty", [0.001, 0.01, 0.05])
def test_armington_and_calibrated_steps_move_the_same_way_for_a_small_duty(sigma, duty):
    observed, price = np.array([[60.0], [30.0], [10.0]]), np.array([10.0])
    _, amounts, index = armington(observed[:, 0] / 100, np.array([1 + duty, 1, 1]), sigma)
    beta = betas(observed, price, np.full((3, 1), sigma))
    flows, after = response(observed[:, 0], 10.0, beta[:, 0], specific=np.zeros(3), ad_valorem=np.array([duty, 0, 0]))
    assert np.array_equal(np.sign(amounts - 1), np.sign(flows - observed[:, 0]))
    assert 1 < index < 1 + duty
    assert 10 < after < 10 * (1 + duty)


@pytest.mark.parametrize(
    ("shares", "price", "sigma"),
    [
        ([0.5, 0.4], [1, 1], 2),
        ([1.5, -0.5], [1, 1], 2),
        ([np.nan, 0.5], [1, 1], 2),
        ([0.5, 0.5], [1, 0], 2),
        ([0.5, 0.5], [1, np.nan], 2),
        ([0.5, 0.5], [1], 2),
        ([0.5, 0.5], [1, 1], 0),
        ([0.5, 0.5], [1, 1], np.nan),
    ],
)
def test_armington_refuses_what_is_no_market(shares, price, sigma):
    with pytest.raises(CalibrationError, match="shares must be"):
        armington(np.array(shares), np.array(price, dtype=float), sigma)


# --- the classic two steps ----------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_classic_duals_make_all_used_sources_of_a_place_cost_the_same_and_the_dearest_gets_none(seed):
    draw = np.random.default_rng(seed)
    names, places = ["a", "b", "c"], ["x", "y"]
    pairs = list(itertools.product(names, places))
    observed = {pair: float(draw.uniform(1, 20)) for pair in pairs}
    cost = {pair: float(draw.uniform(1, 9)) for pair in pairs}
    demand = {place: sum(observed[name, place] for name in names) for place in places}
    capacity = dict.fromkeys(names, 1000.0)
    wedge, price = howitt(capacity, demand, cost, observed, 1e-4)
    for pair in pairs:
        assert cost[pair] + wedge[pair] == pytest.approx(price[pair[1]], abs=1e-9)
    for place in places:
        dearest = max(names, key=lambda name, place=place: cost[name, place])
        assert wedge[dearest, place] == 0
        assert price[place] == pytest.approx(cost[dearest, place])


def test_flows_that_do_not_cover_the_demand_have_no_classic_duals():
    with pytest.raises(InfeasibleError):
        howitt({"a": 9}, {"d": 4}, {("a", "d"): 2.0}, {("a", "d"): 3}, 1e-4)


def test_calibration_errors_are_errors_of_the_package():
    assert issubclass(calibration.CalibrationError, solve.DepgraphError)
