import math
from dataclasses import replace

import numpy as np
import pulp
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from depgraph.core.errors import DepgraphError, InfeasibleError, UnboundedError, UnknownNameError
from depgraph.lp import solve
from depgraph.lp.solve import Programme
from depgraph.lp.warm import WarmSolver
from depgraph.measures.survival import (
    Chain,
    InvalidChainError,
    Path,
    Site,
    by_period,
    loss_model,
    recovery_loss,
    recovery_losses,
    stock_slopes,
    survival_times,
    time_model,
    time_to_survive,
)

PROPERTY = settings(deadline=None, max_examples=40, derandomize=True)


def magnets(au=4.0):
    """Build the network of the cases tts-one-tier, ttr-one-tier and tts-unbounded."""
    sites = {
        "oxide_CN": Site("oxide", stock=30.0),
        "oxide_AU": Site("oxide", capacity=au),
        "magnet": Site("magnet", stock=12.0),
    }
    return Chain(sites, {"magnet": {"oxide": 1.0}}, {"magnet": 10.0})


def cars_and_drones():
    """Build the network of the case ttr-priority."""
    sites = {
        "ndpr_CN": Site("ndpr", stock=60.0),
        "ndpr_AU": Site("ndpr", capacity=12.0),
        "dy_CN": Site("dy", stock=12.0),
        "boron_US": Site("boron", capacity=5.0),
        "magEV": Site("magEV", stock=50.0, capacity=200.0),
        "magDrone": Site("magDrone", capacity=50.0),
    }
    recipes = {"magEV": {"ndpr": 0.3, "dy": 0.03, "boron": 0.01}, "magDrone": {"ndpr": 0.3, "boron": 0.01}}
    return Chain(sites, recipes, {"magEV": 100.0, "magDrone": 20.0})


def store(stock, drain=10.0, refill=4.0):
    sites = {"home": Site("ore", stock=stock, capacity=refill), "pit": Site("ore", capacity=50.0)}
    return Chain(sites, {}, {"ore": drain})


def milled():
    sites = {"near": Site("ore", capacity=1.0), "far": Site("ore", capacity=9.0), "mill": Site("steel")}
    return Chain(sites, {"steel": {"ore": 1.0}}, {"steel": 2.0})


def with_site(chain, name, **changes):
    return replace(chain, sites={**chain.sites, name: replace(chain.sites[name], **changes)})


def with_stocks(chain, factor):
    sites = {name: replace(site, stock=site.stock * factor) for name, site in chain.sites.items()}
    return replace(chain, sites=sites)


@st.composite
def chains(draw):
    """Draw two materials, a component of one and two goods, each with one to three sites."""
    whole = st.integers(0, 6)
    sites = {}
    for product in "abcgh":
        for k in range(draw(st.integers(1, 3))):
            limited = product in "ab" or draw(st.booleans())
            sites[f"{product}{k}"] = Site(product, float(draw(whole)), float(draw(whole)) if limited else None)
    quantity = st.sampled_from([0.5, 1.0, 2.0])
    recipes = {"c": {"a": draw(quantity)}, "g": {"b": draw(quantity), "c": draw(quantity)}, "h": {"c": draw(quantity)}}
    return Chain(sites, recipes, {"g": float(draw(whole)), "h": float(draw(whole))})


@st.composite
def disrupted(draw):
    chain = draw(chains())
    return chain, draw(st.sets(st.sampled_from(sorted(chain.sites)), max_size=3))


def published(chain, down, time, costs):
    """Write the formulas of Simchi-Levi et al. (2015) in PuLP and return the least loss."""
    problem = pulp.LpProblem("loss", pulp.LpMinimize)
    names = sorted(chain.sites)
    u = {n: problem.add_variable(f"u{i}", 0, 0 if n in down else None) for i, n in enumerate(names)}
    lost = {p: problem.add_variable(f"l{i}", 0) for i, p in enumerate(sorted(chain.demand))}
    problem += pulp.lpSum(costs[p] * lost[p] for p in sorted(chain.demand))
    leaving = {n: [] for n in names}
    for i, user in enumerate(names):
        for k, (needed, quantity) in enumerate(chain.recipes.get(chain.sites[user].product, {}).items()):
            near = [name for name in names if chain.sites[name].product == needed]
            y = {name: problem.add_variable(f"y{i}_{k}_{j}", 0) for j, name in enumerate(near)}
            problem += u[user] <= pulp.lpSum(y.values()) / quantity
            for supplier, variable in y.items():
                leaving[supplier].append(variable)
    for name, site in chain.sites.items():
        problem += pulp.lpSum(leaving[name]) - u[name] <= site.stock
        if site.capacity is not None:
            problem += u[name] <= site.capacity * time
    for product, demand in chain.demand.items():
        # no site delivers the goods on: what is made and in stock serves the customers
        own = [name for name in names if chain.sites[name].product == product]
        problem += lost[product] + pulp.lpSum(u[n] + chain.sites[n].stock for n in own) >= demand * time
    problem.solve(pulp.HiGHS(msg=False))
    return pulp.value(problem.objective)


# golden_cases.json, family g05_tts: closed forms


def test_stock_over_net_drain_is_the_time_to_survive():  # tts-one-tier
    found = time_to_survive(magnets(), ["oxide_CN"])
    assert found.time == pytest.approx((30 + 12) / (10 - 4), abs=1e-7)
    assert found.stock_value == pytest.approx(dict.fromkeys(magnets().sites, 1 / 6), abs=1e-9)


def test_what_is_short_until_recovery_is_lost():  # ttr-one-tier
    found = recovery_loss(magnets(), ["oxide_CN"], 12, {"magnet": 5})
    assert found.lost["magnet"] == pytest.approx(120 - 12 - 30 - 48, abs=1e-7)
    assert found.cost == pytest.approx(150, abs=1e-7)
    assert found.stock_value == pytest.approx(dict.fromkeys(magnets().sites, 5.0), abs=1e-9)


def test_chain_that_runs_without_stocks_survives_for_ever():  # tts-unbounded
    found = time_to_survive(magnets(au=10.0), ["oxide_CN"])
    assert found.time == math.inf
    assert found.stock_value is None


def test_shortage_falls_on_what_costs_least():  # ttr-priority
    found = recovery_loss(cars_and_drones(), ["ndpr_CN", "dy_CN"], 6, {"magEV": 10, "magDrone": 50})
    assert found.lost == pytest.approx({"magEV": 230.0, "magDrone": 0.0}, abs=1e-6)
    assert found.cost == pytest.approx(2300, abs=1e-6)


def ramp_case(demand=10.0, **changes):
    sites = {"CN": Site("oxide"), "AU": Site("oxide", capacity=2.0), "store": Site("oxide", stock=12.0, capacity=0.0)}
    paths = {
        "CN": Path(capacity=(8.0, 0.0, 0.0, 0.0), making=1.0),
        "AU": replace(Path(ramp=3.0, lead=2, making=2.0, building=1.0), **changes),
    }
    return by_period(Chain(sites, {}, {"oxide": demand}), 4, {"oxide": 100.0}, paths)


def test_ramp_and_lead_leave_a_gap_that_stocks_cannot_fill():  # stockpile-ramp
    found = ramp_case()
    assert sum(found.lost["oxide"]) == pytest.approx(40 - (12 + 8 + 17), abs=1e-6)
    assert found.cost == pytest.approx(348, abs=1e-6)
    assert found.built["AU"] == pytest.approx((3, 3, 0, 0), abs=1e-6)
    assert found.price["oxide"] == pytest.approx((100,) * 4, abs=1e-6)
    assert found.stock_value == pytest.approx({"AU": 100.0, "CN": 100.0, "store": 100.0}, abs=1e-6)


# time to survive


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        (Chain({"a": Site("x", capacity=0.0)}, {}, {"x": 0.0}), math.inf),  # nothing is wanted of it
        (Chain({"a": Site("x", capacity=0.0)}, {}, {}), math.inf),
        (Chain({}, {}, {}), math.inf),
        (Chain({"a": Site("x", capacity=0.0)}, {}, {"x": 1.0}), 0.0),  # short from the outset
        (Chain({"a": Site("x", capacity=1.0)}, {}, {"x": 2.0}), 0.0),
        (Chain({"a": Site("x", capacity=2.0)}, {}, {"x": 2.0}), math.inf),  # just enough
        (store(0.0), math.inf),
    ],
)
def test_time_is_defined_where_demand_is_nothing_or_out_of_reach(chain, expected):
    assert time_to_survive(chain, []).time == expected
    assert survival_times(chain, {"none": []}, horizon=5.0)["none"].time == expected


def test_site_that_needs_itself_consumes_part_of_its_product():
    chain = Chain({"a": Site("x", stock=6.0, capacity=4.0)}, {"x": {"x": 0.5}}, {"x": 3.0})
    assert time_to_survive(chain, []).time == pytest.approx(6.0)


def test_stocks_of_complements_are_worth_something_only_where_they_bind():
    sites = {name: Site(name, stock=stock, capacity=0.0) for name, stock in (("ore", 4.0), ("coal", 9.0))}
    chain = Chain({**sites, "mill": Site("steel")}, {"steel": {"ore": 1.0, "coal": 1.0}}, {"steel": 2.0})
    found = time_to_survive(chain, [])
    assert found.time == pytest.approx(2.0)
    assert found.stock_value == pytest.approx({"ore": 0.5, "coal": 0.0, "mill": 0.5})
    assert stock_slopes(chain, [], "ore", 1.0) == pytest.approx((0.5, 0.5))


def test_slopes_differ_at_a_kink_and_hold_the_value_between_them():
    sites = {name: Site(name, stock=4.0, capacity=0.0) for name in ("ore", "coal")}
    chain = Chain({**sites, "mill": Site("steel")}, {"steel": {"ore": 1.0, "coal": 1.0}}, {"steel": 2.0})
    less, more = stock_slopes(chain, [], "ore", 1.0)
    assert (less, more) == pytest.approx((0.5, 0.0), abs=1e-9)
    assert more - 1e-9 <= time_to_survive(chain, []).stock_value["ore"] <= less + 1e-9


def test_slopes_are_unknown_below_an_empty_stock_and_without_an_end():
    assert stock_slopes(store(0.0), ["pit"], "home", 1.0) == (None, pytest.approx(1 / 6))
    assert stock_slopes(store(5.0), [], "home", 1.0) == (None, None)


@PROPERTY
@given(disrupted(), st.data())
def test_time_never_falls_with_a_stock_nor_rises_with_a_demand(case, data):
    chain, down = case
    time = time_to_survive(chain, down).time
    name = data.draw(st.sampled_from(sorted(chain.sites)))
    more = with_site(chain, name, stock=chain.sites[name].stock + data.draw(st.integers(1, 5)))
    assert time_to_survive(more, down).time >= time * (1 - 1e-9)
    good = data.draw(st.sampled_from("gh"))
    greedy = replace(chain, demand={**chain.demand, good: chain.demand[good] + 1})
    assert time_to_survive(greedy, down).time <= time * (1 + 1e-9)


@PROPERTY
@given(disrupted(), st.sampled_from([0.25, 0.5, 3.0]))
def test_time_is_homogeneous_in_all_stocks_together(case, factor):
    chain, down = case
    time = time_to_survive(chain, down).time
    assert time_to_survive(with_stocks(chain, factor), down).time == pytest.approx(factor * time, rel=1e-9, abs=1e-9)


@PROPERTY
@given(disrupted(), st.data())
def test_value_of_a_stock_lies_between_its_finite_differences(case, data):
    chain, down = case
    found = time_to_survive(chain, down)
    assume(found.time < math.inf)
    for name in data.draw(st.lists(st.sampled_from(sorted(chain.sites)), min_size=1, max_size=2, unique=True)):
        less, more = stock_slopes(chain, down, name, 1e-3)
        assert more - 1e-6 <= found.stock_value[name]
        assert less is None or found.stock_value[name] <= less + 1e-6


@PROPERTY
@given(disrupted())
def test_sweep_gives_the_times_of_single_programmes(case):
    chain, down = case
    removals = {"all": down, **{name: [name] for name in chain.sites}}
    found = survival_times(chain, removals, horizon=1.5)
    assert list(found) == sorted(removals)
    for name, sites in removals.items():
        assert found[name].time == pytest.approx(time_to_survive(chain, sites).time, rel=1e-9, abs=1e-9)


def test_no_result_depends_on_the_horizon():
    near, far = (survival_times(magnets(), {"CN": ["oxide_CN"]}, horizon=horizon) for horizon in (0.5, 7.0))
    assert near["CN"].time == pytest.approx(7.0)
    assert far["CN"].time == pytest.approx(7.0)
    assert near["CN"].stock_value == pytest.approx(far["CN"].stock_value)


# loss until recovery


@PROPERTY
@given(disrupted(), st.integers(0, 4), st.sampled_from([(1.0, 1.0), (3.0, 1.0), (1.0, 5.0)]))
def test_loss_is_that_of_the_published_formulas(case, time, weights):
    chain, down = case
    costs = dict(zip("gh", weights, strict=True))
    found = recovery_loss(chain, down, time, costs)
    assert found.cost == pytest.approx(published(chain, down, time, costs), abs=1e-6)
    assert found.cost == pytest.approx(sum(costs[product] * found.lost[product] for product in "gh"), abs=1e-6)


@PROPERTY
@given(disrupted(), st.sampled_from([0.5, 1.0, 3.0]))
def test_loss_is_nothing_if_and_only_if_the_chain_survives_until_recovery(case, time):
    chain, down = case
    survives = time_to_survive(chain, down).time
    assume(abs(survives - time) > 1e-6)
    assert (recovery_loss(chain, down, time, {"g": 1, "h": 1}).cost > 1e-6) == (survives < time)


@PROPERTY
@given(disrupted(), st.data())
def test_more_sites_down_or_less_capacity_never_lose_less(case, data):
    chain, down = case
    costs = {"g": 2.0, "h": 3.0}
    loss = recovery_loss(chain, down, 2.0, costs).cost
    name = data.draw(st.sampled_from(sorted(chain.sites)))
    assert recovery_loss(chain, {*down, name}, 2.0, costs).cost >= loss - 1e-6
    if chain.sites[name].capacity is not None:
        larger = with_site(chain, name, capacity=chain.sites[name].capacity + 1)
        assert recovery_loss(larger, down, 2.0, costs).cost <= loss + 1e-6


@PROPERTY
@given(disrupted(), st.data())
def test_stock_saves_between_its_finite_differences(case, data):
    chain, down = case
    costs = {"g": 2.0, "h": 3.0}
    name = data.draw(st.sampled_from(sorted(chain.sites)))
    here, step = chain.sites[name].stock, 1e-3
    moved = [with_site(chain, name, stock=max(0.0, here + change)) for change in (-step, 0.0, step)]
    less, loss, more = (recovery_loss(each, down, 2.0, costs) for each in moved)
    assert (loss.cost - more.cost) / step - 1e-5 <= loss.stock_value[name]
    assert here == 0 or loss.stock_value[name] <= (less.cost - loss.cost) / step + 1e-5


@PROPERTY
@given(disrupted(), st.sampled_from([0.0, 1.0, 2.5]))
def test_sweep_gives_the_losses_of_single_programmes(case, time):
    chain, down = case
    costs = {"g": 2.0, "h": 3.0}
    removals = {"all": down, **{name: [name] for name in chain.sites}}
    times = {name: time + k % 3 for k, name in enumerate(removals)}
    found = recovery_losses(chain, times, costs, removals)
    assert list(found) == sorted(removals)
    for name, sites in removals.items():
        assert found[name].cost == pytest.approx(recovery_loss(chain, sites, times[name], costs).cost, abs=1e-6)


def test_each_site_alone_is_removed_unless_removals_are_given():
    found = recovery_losses(store(6.0), 2.0, {"ore": 1.0})
    assert {name: loss.cost for name, loss in found.items()} == pytest.approx({"home": 0.0, "pit": 6.0})
    assert set(survival_times(store(6.0), horizon=2.0)) == {"home", "pit"}


def test_sites_of_one_country_go_down_together():
    found = recovery_losses(store(6.0), 2.0, {"ore": 1.0}, {"XX": ["home", "pit"]})
    assert found["XX"].cost == pytest.approx(14.0)


def test_order_of_the_sites_changes_nothing():
    chain = cars_and_drones()
    shuffled = replace(chain, sites=dict(reversed(chain.sites.items())), demand=dict(reversed(chain.demand.items())))
    costs = {"magDrone": 50, "magEV": 10}
    assert recovery_losses(shuffled, 6, costs, {"x": ["dy_CN", "ndpr_CN"]}) == recovery_losses(
        chain, 6, costs, {"x": ["ndpr_CN", "dy_CN"]}
    )


def test_links_say_who_can_deliver():
    costs = {"steel": 1.0}
    assert recovery_loss(milled(), [], 1.0, costs).cost == pytest.approx(0)
    assert recovery_loss(replace(milled(), links={("near", "mill")}), [], 1.0, costs).cost == pytest.approx(1)


def test_programmes_say_what_their_rows_and_columns_mean():
    model = time_model(magnets())
    assert model.programme.row_names == (
        "stock of magnet",
        "stock of oxide_AU",
        "stock of oxide_CN",
        "oxide for magnet",
        "capacity of oxide_AU",
        "demand for magnet",
    )
    assert model.programme.col_names[-1] == "time"
    loss = loss_model(magnets(), 12, {"magnet": 5}).programme
    assert loss.col_names[-1] == "lose magnet"
    assert loss.ub[:3].tolist() == [math.inf, 48, math.inf]


# period by period


@PROPERTY
@given(disrupted(), st.integers(1, 4))
def test_order_of_events_never_makes_the_loss_smaller(case, periods):
    chain, down = case
    costs = {"g": 2.0, "h": 3.0}
    paths = {name: Path(capacity=(0.0,) * periods) for name in down}
    free = recovery_loss(chain, down, periods, costs).cost
    ordered = by_period(chain, periods, costs, paths).cost
    assert ordered >= free - 1e-6
    if periods == 1:
        assert ordered == pytest.approx(free, abs=1e-6)


def test_late_ramp_up_costs_what_the_aggregated_programme_overlooks():
    chain = Chain({"plant": Site("chip", capacity=2.0)}, {}, {"chip": 2.0})
    late = by_period(chain, 4, {"chip": 1.0}, {"plant": Path(capacity=(0.0, 0.0, 4.0, 4.0))})
    assert late.cost == pytest.approx(4.0)
    assert late.lost["chip"] == pytest.approx((2.0, 2.0, 0.0, 0.0))
    assert recovery_loss(chain, [], 4, {"chip": 1.0}).cost == pytest.approx(0.0)


def test_stock_is_carried_and_charged_period_by_period():
    chain = Chain({"plant": Site("chip")}, {}, {"chip": 2.0})
    found = by_period(chain, 3, {"chip": 10.0}, {"plant": Path((6.0, 0.0, 0.0), making=1.0, holding=0.5)})
    assert found.cost == pytest.approx(6 * 1.0 + 0.5 * (4 + 2))
    # the capacity of 6 is just enough: a unit less saves what it cost, a unit more is lost
    assert all(low - 1e-9 <= price <= 10 + 1e-9 for low, price in zip((1, 1.5, 2), found.price["chip"], strict=True))


def test_prices_add_up_to_the_cost_of_more_demand():
    base, more = ramp_case(), ramp_case(demand=10.001)
    assert (more.cost - base.cost) / 0.001 == pytest.approx(sum(base.price["oxide"]), rel=1e-6)


def test_shorter_lead_and_larger_ramp_never_cost_more():
    assert ramp_case(lead=1).cost == pytest.approx(8 + 2 * 20 + 4.5, abs=1e-6)
    assert ramp_case(ramp=4.0).cost <= ramp_case().cost


def test_chain_of_nothing_costs_nothing():
    assert by_period(Chain({}, {}, {}), 2, {}).cost == 0
    assert recovery_loss(Chain({}, {}, {}), [], 2, {}).cost == 0


def test_order_that_comes_too_late_is_warned_about():
    with pytest.warns(UserWarning, match="what AU orders comes after the last period: its lead is 4"):
        found = ramp_case(lead=4)
    assert sum(found.lost["oxide"]) == pytest.approx(40 - (12 + 8 + 8))
    assert found.built["AU"] == pytest.approx((0,) * 4)


# what is refused


@pytest.mark.parametrize(
    ("chain", "message"),
    [
        (store(-1.0), "stock of home is -1.0"),
        (store(None), "stock of home is None"),
        (store(math.inf), "stock of home is inf"),
        (store(1.0, refill=math.nan), "capacity of home is nan"),
        (store(1.0, drain=-1.0), "demand for ore is -1.0"),
        (replace(store(1.0), demand={"tin": 1.0}), "nobody makes tin"),
        (replace(store(1.0), recipes={"ore": {"power": 1.0}}), "nobody delivers power to home"),
        (replace(store(1.0), recipes={"ore": {"ore": 0.0}}), "ore takes no ore"),
        (replace(milled(), links={("far", "near")}), "nobody delivers ore to mill"),
        (magnets(), "capacity of oxide_CN is not known and no input limits it"),
    ],
)
def test_chain_with_gaps_is_refused(chain, message):
    costs = dict.fromkeys(chain.demand, 1.0)
    calls = (
        lambda: time_to_survive(chain, []),
        lambda: recovery_loss(chain, [], 1.0, costs),
        lambda: survival_times(chain, {"none": []}, horizon=1.0),
        lambda: recovery_losses(chain, 1.0, costs, {"none": []}),
        lambda: by_period(chain, 2, costs),
    )
    for call in calls:
        with pytest.raises(InvalidChainError, match=message):
            call()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: recovery_loss(store(1.0), [], -1.0, {"ore": 1.0}), "time to recover is -1.0"),
        (lambda: recovery_loss(store(1.0), [], 1.0, {}), "cost of an unmet unit of ore is None"),
        (lambda: recovery_losses(store(1.0), {"home": 1.0}, {"ore": 1.0}), "time to recover of pit is None"),
        (lambda: survival_times(store(1.0), horizon=0.0), "horizon is 0"),
        (lambda: survival_times(store(1.0), horizon=math.inf), "horizon is inf"),
        (lambda: stock_slopes(store(1.0), [], "home", 0.0), "step is 0"),
        (lambda: by_period(store(1.0), 0, {"ore": 1.0}), "0 periods"),
        (lambda: by_period(store(1.0), 2, {"ore": 1.0}, {"pit": Path((1.0,))}), "capacity of pit has not 2 periods"),
        (lambda: by_period(store(1.0), 1, {"ore": 1.0}, {"pit": Path((-1.0,))}), "capacity of pit is -1.0"),
        (lambda: by_period(store(1.0), 1, {"ore": 1.0}, {"pit": Path(lead=-1)}), "lead of pit is -1"),
    ],
)
def test_question_that_cannot_be_answered_is_refused(call, message):
    with pytest.raises(InvalidChainError, match=message):
        call()


@pytest.mark.parametrize(
    "call",
    [
        lambda: time_to_survive(store(1.0), ["pot"]),
        lambda: recovery_loss(store(1.0), ["pot"], 1.0, {"ore": 1.0}),
        lambda: survival_times(store(1.0), {"x": ["pot"]}, horizon=1.0),
        lambda: stock_slopes(store(1.0), [], "pot", 1.0),
        lambda: by_period(store(1.0), 1, {"ore": 1.0}, {"pot": Path()}),
        lambda: time_to_survive(replace(store(1.0), links={("pot", "home")}), []),
    ],
)
def test_unknown_site_is_named_with_the_nearest(call):
    with pytest.raises(UnknownNameError, match="did you mean pit"):
        call()


# one programme kept loaded


def test_variants_equal_cold_solves_whatever_came_before():
    base = loss_model(cars_and_drones(), 6.0, {"magEV": 10.0, "magDrone": 50.0}).programme
    rng = np.random.default_rng(5)
    made = np.isfinite(base.ub)
    variants = [
        replace(
            base,
            ub=np.where(made & (rng.random(made.size) < 0.5), 0.0, base.ub),
            row_hi=base.row_hi * rng.random(base.row_hi.size),
            cost=base.cost * (1 + k % 3),
        )
        for k in range(12)
    ]
    forward, backward = WarmSolver(base), WarmSolver(base)
    first = [forward.solve(variant) for variant in variants]
    second = [backward.solve(variant) for variant in reversed(variants)][::-1]
    for variant, one, other in zip(variants, first, second, strict=True):
        assert one.objective == pytest.approx(solve.solve(variant).objective, abs=1e-9)
        assert one.x.tolist() == other.x.tolist()
        assert one.duals.tolist() == other.duals.tolist()
        assert one.residual <= solve.TOLERANCE


def small():
    """Build: minimise 2 x + y with x + y >= 3, x, y <= 4."""
    return Programme(
        cost=np.array([2.0, 1.0]),
        rows=np.zeros(2, dtype=np.int32),
        cols=np.arange(2, dtype=np.int32),
        values=np.ones(2),
        row_lo=np.array([3.0]),
        row_hi=np.array([np.inf]),
        lb=np.zeros(2),
        ub=np.full(2, 4.0),
        row_names=("need",),
        col_names=("x", "y"),
        constant=1.0,
    )


@pytest.mark.parametrize(
    ("changes", "objective"),
    [
        ({}, 4.0),
        ({"row_lo": [5.0]}, 7.0),
        ({"ub": [4.0, 1.0]}, 6.0),
        ({"cost": [2.0, 3.0]}, 7.0),
        ({"lb": [1.0, 0.0], "constant": 0.0}, 4.0),
        ({"row_lo": [-np.inf], "row_hi": [2.0], "cost": [-1.0, -2.0]}, -3.0),
    ],
)
def test_bounds_rows_and_costs_can_change(changes, objective):
    arrays = {name: np.array(value) if isinstance(value, list) else value for name, value in changes.items()}
    assert WarmSolver(small()).solve(replace(small(), **arrays)).objective == pytest.approx(objective)


def test_variant_without_an_optimum_is_refused_and_leaves_no_trace():
    hot = WarmSolver(small())
    with pytest.raises(InfeasibleError):
        hot.solve(replace(small(), row_lo=np.array([9.0])))
    with pytest.raises(UnboundedError):
        hot.solve(replace(small(), cost=np.array([-1.0, -1.0]), ub=np.full(2, np.inf)))
    with pytest.raises(InfeasibleError):
        hot.solve(replace(small(), lb=np.full(2, 5.0)))
    assert hot.solve(small()).objective == pytest.approx(4.0)


def test_programme_without_an_optimum_cannot_be_kept():
    with pytest.raises(InfeasibleError):
        WarmSolver(replace(small(), row_lo=np.array([9.0])))


def test_variant_with_another_matrix_is_refused():
    for other in (
        replace(small(), values=np.array([1.0, 2.0])),
        replace(small(), row_lo=np.zeros(2), row_hi=np.ones(2)),
    ):
        with pytest.raises(DepgraphError, match="differs from the programme in bounds and costs only"):
            WarmSolver(small()).solve(other)


def test_answer_that_fails_its_certificate_is_solved_anew(monkeypatch):
    hot, real, calls = WarmSolver(small()), solve.certificate, []

    def fails_once(*arguments):
        calls.append(arguments)
        return np.inf if len(calls) == 1 else real(*arguments)

    monkeypatch.setattr(solve, "certificate", fails_once)
    assert hot.solve(replace(small(), row_lo=np.array([5.0]))).objective == pytest.approx(7.0)
    assert len(calls) == 2


def test_nothing_that_is_passed_in_changes():
    programme, chain = small(), cars_and_drones()
    WarmSolver(programme).solve(replace(programme, row_lo=np.array([5.0])))
    recovery_losses(chain, 6.0, {"magEV": 10.0, "magDrone": 50.0}, {"CN": ["dy_CN", "ndpr_CN"]})
    for name in ("cost", "row_lo", "row_hi", "lb", "ub"):
        np.testing.assert_array_equal(getattr(programme, name), getattr(small(), name))
    assert chain == cars_and_drones()
