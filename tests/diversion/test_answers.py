"""What the diversion model answers: base year, plans under each setting, prices, frontier, sweeps, comparison."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from depgraph.core.errors import InfeasibleError, StudyError, UnboundedError, UncertifiedError, UnknownNameError
from depgraph.diversion import (
    answers,
    assembly,
    base_year,
    comparison,
    conflicts,
    frontier,
    marginal,
    model,
    outcomes,
    pooling,
    scope,
    supply_side,
    sweeps,
)
from depgraph.diversion import run as runs
from depgraph.diversion import scenario as scenarios
from depgraph.diversion.answers import Exposure
from depgraph.diversion.instance import CaseError
from depgraph.diversion.parameters import QuantityError
from depgraph.lp import solve
from depgraph.study import study
from tests.diversion_study import IDLE, POLICIES, REGIONS, STAGES, Diverted

STOP = [{"exporter": "CHN", "from": 2028}]
PRIMARY, WAFER, DRONES = range(3)
CHN, JPN, USA = (REGIONS.index(name) for name in ("CHN", "JPN", "USA"))
# what cannot be met: no Chinese goods at all from the first year, and nothing may be built
HARD = {"cap": [{"share": 0.0}], "build": False, "must": ["defence", "other"]}


@pytest.fixture(scope="module")
def shipped():
    return Diverted(study.load(study.find(None)))


def at_least(one, other):
    """Say whether a cost is at least another, up to the solver's rounding."""
    return one >= other - 1e-7 * (1 + abs(other))


def reproduced(run):
    """Hold a plan against the base year: deliveries, output and stocks of every year."""
    base = run.account
    for t in range(len(run.case.years)):
        np.testing.assert_allclose(answers.flows(run)[..., t], base.flows, rtol=1e-9, atol=1e-9 * base.world.min())
        np.testing.assert_allclose(answers.made(run)[..., t], base.output, rtol=1e-9, atol=1e-9 * base.world.min())
    assert not answers.built(run)
    assert not answers.missing(run)
    assert not answers.changes(run)
    np.testing.assert_allclose(run.values("stock"), np.repeat(run.case.stores.opening[:, None], t + 1, 1), atol=1e-9)


# --- the base year ------------------------------------------------------------------------------


@pytest.mark.parametrize("settings", IDLE.values(), ids=IDLE)
def test_without_a_shock_the_base_year_goes_on_to_the_last_digit(world, settings):
    reproduced(world.run(**settings))


def test_a_run_of_one_year_is_the_base_year(world):
    reproduced(world.run(years="2026/2026"))


def test_the_shipped_base_year_with_all_chains_goes_on_to_the_last_digit(shipped):
    run = shipped.run(years="2026/2028")
    assert len(run.case.stages) == len(shipped.study.tables["commodities"])
    reproduced(run)


def test_the_base_year_adds_up_stage_by_stage(world, shipped):
    for base in (world.run().account, shipped.run(years="2026/2028").account):
        used = base.output @ base.needs.T
        np.testing.assert_allclose(base.output.sum(axis=0), base.world, rtol=1e-9)
        np.testing.assert_allclose(base.flows.sum(axis=1), base.output, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(base.flows.sum(axis=0), used + base.demand, rtol=1e-9, atol=1e-9 * base.world.max())
        assert (base.flows >= 0).all()
        assert (base.demand >= 0).all()


def test_output_is_the_share_of_world_output_and_what_nobody_is_named_for_is_the_rest_of_the_worlds(world):
    base = world.run().account
    np.testing.assert_allclose(base.output[:, DRONES], [0, 60, 0, 0, 10, 30])
    assert base.world.tolist() == [760.0, 100.0, 100.0]
    assert base.units == ("t", "index", "index")
    np.testing.assert_allclose(base.price, [0.4, 8.0, 10.0])
    assert base.needs[PRIMARY, WAFER] == 5
    assert base.needs[WAFER, DRONES] == 0.5


def test_what_nobody_recorded_is_bought_on_one_market_after_the_home_was_served(world):
    plain = base_year.base_year(world.study, world.picture, {}, STAGES)
    homely = base_year.base_year(world.study, world.picture, {"A-home-first": 1}, STAGES)
    assert plain.traded == (True, False, False)
    for i in (JPN, CHN):
        assert homely.flows[i, i, WAFER] >= plain.flows[i, i, WAFER]
    # all buyers of the one market buy of all sellers in the same proportions
    parts = plain.flows[:, :, DRONES] / plain.flows[:, :, DRONES].sum(axis=0)
    np.testing.assert_allclose(parts, np.repeat(plain.output[:, [DRONES]] / 100, len(REGIONS), axis=1), atol=1e-9)


def test_every_stage_names_what_its_numbers_rest_on(world):
    parents = world.run().account.parents
    assert {"F-office-3", "A-gallium-price", "A-new-cost"} <= set(parents["gallium/primary"])
    assert "A-gallium-in-wafer" in parents["gallium/wafer"]
    assert any(name.startswith("E:") for name in parents["gallium/primary"])


def test_more_customs_value_than_output_is_passed_on_and_not_made(world):
    base = world.run().account
    assert (base.flows[CHN].sum(axis=0) <= base.output[CHN] * (1 + 1e-9)).all()
    assert np.nansum(base.observed[CHN, :, PRIMARY]) <= 0.5 * (300 + 60 + 700)


# --- each run is certified, and what it says adds up --------------------------------------------


@pytest.mark.parametrize("settings", POLICIES.values(), ids=POLICIES)
def test_every_plan_is_certified_and_its_answers_add_up(world, settings):
    run = world.run(**settings)
    assert solve.certificate(run.programme, run.solution.x, run.solution.duals) <= solve.TOLERANCE
    objective = run.solution.objective
    assert sum(item.value for item in answers.costs(run)) == pytest.approx(objective, abs=1e-3)
    whole = answers.totals(run)
    assert whole["private"] == pytest.approx(objective)
    assert whole["private"] == pytest.approx(whole["resource"] + whole["revenue"])
    # what is made is delivered, and what is delivered and missing is used
    flows, made, passed = answers.flows(run), answers.made(run), answers.passed_on(run)
    np.testing.assert_allclose(flows.sum(axis=1), made + passed, atol=1e-6)
    for item in answers.exposures(run):
        assert item.direct is None or -1e-9 <= item.direct <= item.low <= item.high <= 1 + 1e-9
    for item in answers.missing(run):
        assert item.amount > 0
        assert 0 < item.part <= 1 + 1e-9
    assert sum(item.amount for item in answers.built(run)) == pytest.approx(run.values("order").sum(), abs=1e-4)
    parts = world.summary(**settings)
    names = ("production", "freight", "premium", "holding", "investment", "unmet")
    assert parts["diversion_cost"] == pytest.approx(sum(parts[name] for name in names))
    assert parts["private_cost"] == pytest.approx(parts["diversion_cost"] + parts["tariff_revenue"])
    assert parts["private_cost"] == pytest.approx(objective - world.cost(growth=settings.get("growth", 0.0)), abs=1e-2)


def test_a_policy_that_asks_for_more_never_costs_less_than_the_base_year(world):
    for name in ("cap", "ban", "floor", "custody", "apart", "nothing left"):
        assert at_least(world.cost(**POLICIES[name]), world.cost()), name


def test_differences_that_are_rounding_are_no_cost(world):
    assert world.summary(transplants=True)["diversion_cost"] == 0


# --- each setting does what it says -------------------------------------------------------------


def test_more_urgent_demand_is_not_left_unmet_for_less_urgent_demand(world):
    missing = {order: world.run(**POLICIES["nothing left"], goals=list(order)) for order in ORDERS}
    least = {order: dict(run.goals) for order, run in missing.items()}
    for tier in ("defence", "other"):
        alone = least[tier,][tier]
        for order, goals in least.items():
            if order[0] == tier:
                assert goals[tier] == pytest.approx(alone, rel=1e-6, abs=1e-5)
            elif tier in goals:
                assert goals[tier] >= alone - 1e-5
    # there is something to ration, and it falls on whom comes last
    assert least["defence", "other"]["other"] > 1
    for order, run in missing.items():
        found = world_unmet(run)
        for tier, value in least[order].items():
            assert found[tier] <= value * (1 + 1e-6) + 1e-4


ORDERS = [("defence",), ("other",), ("defence", "other"), ("other", "defence")]


def world_unmet(run):
    rows = run.model.rows("goal")
    return dict(zip(run.case.tiers, run.model.programme.times(run.solution.x)[rows], strict=True))


def test_serving_tiers_first_costs_no_less_than_least_cost(world):
    free = world.run(**POLICIES["nothing left"], goals=[])
    assert free.goals == {}
    assert at_least(world.cost(**POLICIES["nothing left"]), free.solution.objective)


def test_until_a_surprise_everything_is_as_in_the_plan_that_does_not_know_of_it(world):
    late = [{"exporter": "CHN", "from": 2029}, {"exporter": "CHN", "importer": "JPN", "severity": 0.5, "from": 2026}]
    settings = {"release": True, "stockpiling": True, "embargo": late}
    unaware = world.run(**settings | {"embargo": late[1:]})
    caught, warned = world.run(**settings, surprise=2029), world.run(**settings)
    early = np.array(caught.case.years) < 2029
    for block in ("output", "order", "shipment", "unmet", "stock", "reexport"):
        np.testing.assert_allclose(caught.values(block)[:, early], unaware.values(block)[:, early], atol=1e-7)
    assert at_least(caught.solution.objective, warned.solution.objective)
    assert caught.solution.objective > warned.solution.objective + 1
    assert at_least(warned.solution.objective, unaware.solution.objective)


def test_a_surprise_in_the_first_year_is_no_surprise(world):
    assert world.cost(embargo=STOP, surprise=2026) == pytest.approx(world.cost(embargo=STOP))


def test_caps_are_policy_and_known_before_a_surprise(world):
    shown = runs.before(world.scenario(cap=[{"share": 0.5}], embargo=STOP, surprise=2028), 2028)
    assert shown.settings["cap"] == [{"share": 0.5}]
    assert shown.settings["embargo"] == []
    assert "surprise" not in shown.settings


@pytest.mark.parametrize("severity", [0.25, 1.0])
def test_an_embargo_leaves_the_rest_of_what_was_delivered_and_only_in_its_years(world, severity):
    entry = {"exporter": "CHN", "importer": "JPN", "product": "gallium", "severity": severity, "from": 2028, "to": 2029}
    run = world.run(embargo=[entry])
    flows, base = answers.flows(run), run.account.flows
    for t, year in enumerate(run.case.years):
        left = (1 - severity) if year in {2028, 2029} else 1e9
        assert (flows[CHN, JPN, :2, t] <= left * base[CHN, JPN, :2] + 1e-6).all()
    assert answers.changes(run)


def test_an_embargo_against_nobody_named_hits_the_bloc(world):
    run = world.run(embargo=STOP)
    hit = run.case.limits.importer[np.isfinite(run.case.limits.amount).any(axis=1)]
    assert set(hit.tolist()) == set(np.flatnonzero(run.case.bloc).tolist())


def test_a_floor_holds_months_of_own_use_from_its_first_year(world):
    run = world.run(**POLICIES["floor"])
    use = run.account.flows.sum(axis=0)[JPN, PRIMARY]
    held = {item.year: item for item in held_by(run, "JPN")}
    for year in run.case.years:
        opening = 60 / 365.25 * use
        assert held[year] >= (4 / 12 * use if year >= 2028 else opening) - 1e-6


def held_by(run, region):
    found = {}
    for item in answers.stocks(run):
        if item.region == region:
            found[item.year] = found.get(item.year, 0.0) + item.amount
    return [Year(year, amount) for year, amount in found.items()]


class Year(float):
    """An amount that knows its year."""

    def __new__(cls, year, amount):
        made = super().__new__(cls, amount)
        made.year = year
        return made


def test_stocks_are_told_in_days_of_the_regions_own_use(world):
    first = answers.stocks(world.run())[0]
    assert (first.region, first.stage, first.year) == ("JPN", "gallium/primary", 2025)
    assert first.days == pytest.approx(60)


def test_drawing_stocks_pays_only_where_a_stage_has_become_dearer(world):
    assert world.cost(release=True) == pytest.approx(world.cost(), rel=1e-12)
    ban = {"embargo": [{"exporter": "CHN", "importer": "JPN", "product": "gallium", "from": 2028}]}
    drawn = world.run(**ban, release=True)
    assert min(held_by(drawn, "JPN")) < 1e-6
    assert drawn.solution.objective < world.cost(**ban) - 1
    more = world.run(**ban, release=True, stockpiling=True)
    assert max(held_by(more, "JPN")) > max(held_by(drawn, "JPN")) + 1
    assert at_least(drawn.solution.objective, more.solution.objective)


def test_a_stock_never_exceeds_what_can_be_held(world):
    run = world.run(**POLICIES["stop"])
    use = run.account.flows.sum(axis=0)[JPN, PRIMARY]
    assert max(held_by(run, "JPN")) <= 180 / 365.25 * use + 1e-6


@pytest.mark.parametrize(("mode", "delay", "first"), [("on_time", 0, 2028), ("late", 2, 2030), ("late", 1.2, 2030)])
def test_an_announced_plant_makes_from_its_year_on(world, mode, delay, first):
    case, _ = assembly.make(world.study, world.picture, world.scenario(projects=mode, delay=delay))
    plant = case.plants.technology.index("project N-plant")
    assert case.plants.capacity[plant].tolist() == [100.0 if year >= first else 0.0 for year in case.years]


def test_an_announced_plant_is_left_out_unless_asked_for_or_where_it_comes_after_the_run(world):
    for settings in ({}, {"projects": "late", "delay": 20}, {"projects": "on_time", "years": "2026/2027"}):
        case, _ = assembly.make(world.study, world.picture, world.scenario(**settings))
        assert "project N-plant" not in case.plants.technology


def test_plants_on_time_cost_no_more_than_late_and_late_no_more_than_none(world):
    ban = POLICIES["stop"]
    on_time, late, none = (world.cost(**ban, projects=mode, delay=2) for mode in ("on_time", "late", "none"))
    assert at_least(late, on_time)
    assert at_least(none, late)
    assert none > on_time + 1


def test_a_transplant_costs_what_is_left_of_the_gap_to_its_donor(world):
    case, base = assembly.make(world.study, world.picture, world.scenario(transplants=True))
    plant = case.plants.technology.index("transplant")
    own = base.price[DRONES] - 0.5 * base.price[WAFER] * 1.1
    wished = (1.5 - 0.8 * (1.5 - 1.2)) * own
    assert case.plants.cost[plant, 0] == pytest.approx(wished)
    assert supply_side.know_how(31, 19, 16) == 0.8
    assert "transplant" not in assembly.make(world.study, world.picture, world.scenario())[0].plants.technology
    hard = {"cap": [{"share": {"2028": 0.5, "2032": 0.0}}]}
    assert world.cost(**hard, transplants=True) < world.cost(**hard) - 1


def test_a_circle_builds_for_a_bloc_and_never_raises_its_cost(world):
    lone = {"bloc": "JPN", "cap": [{"share": {"2028": 0.9, "2032": 0.0}}]}
    alone, helped = world.run(**lone), world.run(**lone, circle=["AUS", "USA"])
    assert {item.region for item in answers.built(alone)} == {"JPN"}
    assert {item.region for item in answers.built(helped)} - {"JPN"}
    assert helped.solution.objective < alone.solution.objective


def test_members_apart_trade_no_more_than_before(world):
    run = world.run(**POLICIES["apart"])
    inside = np.ix_(run.case.bloc, run.case.bloc)
    away = ~np.eye(int(run.case.bloc.sum()), dtype=bool)
    for t in range(len(run.case.years)):
        now, before = (table[inside][away] for table in (answers.flows(run)[..., t], run.account.flows))
        assert (now <= before + 1e-6).all()


def test_full_custody_leaves_no_rival_in_what_the_bloc_uses_and_a_part_costs_less(world):
    costs = [world.cost(custody=part) for part in (0.0, 0.3, 0.6, 1.0)]
    assert costs[0] == pytest.approx(world.cost())
    assert all(at_least(after, before) for before, after in pairwise(costs))
    assert costs[-1] > costs[0] + 1


def test_leakage_softens_an_embargo_and_shows_in_look_through_exposure(world):
    shut, leaky = world.run(embargo=STOP), world.run(embargo=STOP, passing_on=0.5)
    assert leaky.solution.objective < shut.solution.objective - 1
    passed = answers.passed_on(leaky)
    bought = leaky.account.flows.sum(axis=0) - np.einsum("iik->ik", leaky.account.flows)
    assert passed.max() > 0
    assert (passed <= 0.5 * bought[..., None] + 1e-6).all()
    assert not passed[leaky.case.bloc | leaky.case.rival].any()
    last = {item.stage: item for item in answers.exposures(leaky) if item.year == 2032}
    assert any(item.low > item.direct + 1e-3 for item in last.values())


def test_demand_grows_by_its_rate_every_year(world):
    grown = world.run(growth=0.1).case.demands.amount
    np.testing.assert_allclose(grown[:, 1:] / grown[:, :-1], 1.1)


def test_a_higher_threshold_is_reached_no_later(world):
    run = world.run(**POLICIES["cap"])
    items = answers.exposures(run)
    before = dict.fromkeys(STAGES, 9999)
    for threshold in (0.1, 0.31, 0.5, 0.95, 1.0):
        found = {item.stage: item.year or 9999 for item in answers.independence(run, items, threshold)}
        assert all(found[stage] <= before[stage] for stage in STAGES)
        before = found
    assert set(before.values()) == {2026}


@pytest.mark.parametrize(
    ("parts", "year", "already"),
    [
        ([0.1] * 7, 2026, True),
        ([0.9] * 7, None, False),
        ([0.9, 0.9, 0.2, 0.2, 0.2, 0.2, 0.2], 2028, False),
        # a stage that falls back is independent only after the last year above the threshold
        ([0.2, 0.2, 0.9, 0.2, 0.2, 0.2, 0.2], 2029, False),
        ([0.25 + 1e-12] * 7, 2026, True),
    ],
)
def test_independence_begins_after_the_last_year_above_the_threshold(world, parts, year, already):
    run = world.run(**POLICIES["cap"])
    items = [Exposure(STAGES[0], 2026 + t, part, part, part) for t, part in enumerate(parts)]
    items.append(Exposure(STAGES[1], 2026, None, None, None))
    (found,) = answers.independence(run, items, 0.25)
    assert (found.year, found.already) == (year, already)


def test_what_holds_up_independence_is_a_capacity_of_somebody_else_than_the_rival(world):
    for item in answers.independence(world.run(**POLICIES["stop"]), answers.exposures(world.run()), 0.25):
        assert item.stage in item.dearest or not item.dearest
        assert "CHN" not in item.dearest


def test_a_path_is_a_line_between_its_years_nothing_before_and_kept_after():
    years = range(2026, 2034)
    path = scope.by_year({"2028": 0.9, "2030": 0.3}, years, np.inf)
    np.testing.assert_allclose(path, [np.inf, np.inf, 0.9, 0.6, 0.3, 0.3, 0.3, 0.3])
    assert scope.by_year({"2030": 0.3}, years, 0.0).tolist() == [0.0] * 4 + [0.3] * 4
    assert scope.by_year(0.5, years, np.inf).tolist() == [0.5] * 8


def test_of_several_caps_on_a_stage_the_tightest_counts_and_is_kept(world):
    caps = [{"share": 0.7}, {"product": "gallium", "share": {"2028": 0.8, "2032": 0.1}}]
    run = world.run(cap=caps)
    share = {k: run.case.caps.share[run.case.caps.stage == k].min(axis=0) for k in range(3)}
    np.testing.assert_allclose(share[PRIMARY], [0.7, 0.7, 0.7, 0.625, 0.45, 0.275, 0.1])
    np.testing.assert_allclose(share[DRONES], 0.7)
    for item in answers.exposures(run):
        limit = share[STAGES.index(item.stage)][item.year - 2026]
        # exports of members count against the cap, so what they use of the rival is no more than that
        assert item.direct is None or item.direct <= limit + 1e-6


def test_a_cap_may_be_a_part_of_what_was_bought_before(world):
    run = world.run(cap=[{"stage": "gallium/primary", "share": 0.3, "of": "base"}])
    bought = answers.flows(run)[CHN][run.case.bloc, PRIMARY].sum(axis=0)
    before = run.account.flows[:, run.case.bloc, PRIMARY].sum()
    assert (bought <= 0.3 * before + 1e-6).all()
    assert bought.max() == pytest.approx(0.3 * before)


def test_a_duty_replaces_what_is_in_force_or_adds_to_it_and_the_narrower_entry_counts(world):
    wide = {"importer": "USA", "exporter": "WLD", "rate": 0.1}
    narrow = {"importer": "USA", "exporter": "CHN", "product": "drones", "rate": 0.05}
    for entries, wished in (
        ([], 0.25),
        ([wide], 0.1),
        ([{**wide, "add": True}], 0.35),
        ([wide, narrow], 0.05),
        ([narrow, wide], 0.05),
    ):
        case, base = assembly.make(world.study, world.picture, world.scenario(tariff=entries))
        routes = case.routes
        chosen = (routes.exporter == CHN) & (routes.importer == USA) & (routes.stage == DRONES)
        np.testing.assert_allclose(routes.tariff[chosen], wished * base.price[DRONES])


def test_new_plants_serve_after_their_lead_and_no_faster_than_the_ramp(world):
    run = world.run(**POLICIES["cap"])
    built = answers.built(run)
    assert built
    for item in built:
        assert item.ready == item.year + 2 <= 2032
        assert item.amount <= 0.05 * run.account.world[STAGES.index(item.stage)] * (1 + 1e-6)


def test_recycling_wins_no_more_than_its_host_gives_and_can_be_left_out(diverted):
    diverted.add("datasets/assumptions.csv", assumption_id="A-scrap", what="x", value=1, unit="factor", reason="made")
    diverted.add("datasets/assumptions.csv", assumption_id="A-scrap-cost", what="x", value=1, unit="factor", reason="m")
    diverted.add(
        "datasets/diversion/technologies.csv", technology_id="N-scrap", stage_id="gallium/primary", region="JPN",
        technology="recycling", cost="A-scrap-cost", investment="A-investment", lead="A-lead", ramp="A-ramp",
        life="A-life",
    )  # fmt: skip
    diverted.add(
        "datasets/diversion/byproducts.csv", byproduct_id="N-beside", stage_id="gallium/primary",
        technology="recycling", host="gallium/wafer", **{"yield": "A-scrap"},
    )  # fmt: skip
    world = Diverted(diverted.load())
    reproduced(world.run())
    ban = POLICIES["ban"]
    run, without = world.run(**ban), world.run(**ban, recycling=False)
    assert "recycling" not in without.case.plants.technology
    plant = run.case.plants.technology.index("recycling")
    won, host = run.values("output")[plant], answers.made(run)[JPN, WAFER]
    assert won.max() > 1
    assert (won <= host + 1e-6).all()
    assert at_least(without.solution.objective, run.solution.objective)


def test_what_is_won_beside_a_host_is_priced_in_its_own_unit(diverted):
    diverted.add(
        "datasets/diversion/byproducts.csv", byproduct_id="N-beside", stage_id="gallium/wafer", technology="new",
        host="gallium/primary", **{"yield": "A-made-of"},
    )  # fmt: skip
    run = Diverted(diverted.load()).run(**POLICIES["stop"])
    row = run.model.rows("byproduct").start
    assert "gallium/wafer" in run.model.row_label(row)
    assert "gallium/primary" in run.model.row_label(row)
    assert marginal._unit(run, row) == "index"  # a plan seldom puts a price on it


# --- metamorphic --------------------------------------------------------------------------------


def test_relaxing_a_cap_never_raises_cost(world):
    costs = [world.cost(cap=[{"share": share}]) for share in (0.0, 0.1, 0.3, 0.5, 0.8, 1.0)]
    assert all(at_least(tight, loose) for tight, loose in pairwise(costs))
    assert costs[0] > costs[-1] + 1


def test_a_later_or_narrower_cap_never_costs_more(world):
    whole = world.cost(cap=[{"share": 0.4}])
    assert at_least(whole, world.cost(cap=[{"share": {"2029": 0.4}}]))
    assert at_least(whole, world.cost(cap=[{"share": 0.4, "stage": "gallium/primary"}]))


def test_a_tighter_embargo_is_never_cheaper(world):
    def cost(severity):
        return world.cost(embargo=[{"exporter": "CHN", "severity": severity, "from": 2028}])

    costs = [cost(severity) for severity in (0.0, 0.3, 0.6, 0.9, 1.0)]
    assert all(at_least(tight, loose) for loose, tight in pairwise(costs))
    assert costs[-1] > costs[0] + 1


def test_planning_together_never_costs_more_than_apart(world):
    for name in ("cap", "stop", "custody", "duty"):
        assert at_least(world.cost(**POLICIES[name], pooled=False), world.cost(**POLICIES[name])), name


def test_without_duties_the_private_cost_is_never_higher(world):
    everybody = {"importer": "WLD", "exporter": "WLD"}
    costs = [world.cost(**POLICIES["cap"], tariff=[{**everybody, "rate": rate}]) for rate in (0.0, 0.1, 0.3)]
    assert all(at_least(high, low) for low, high in pairwise(costs))


def test_what_is_allowed_never_raises_cost(world):
    hard = {"cap": [{"share": {"2028": 0.5, "2032": 0.0}}]}
    plain = world.cost(**hard)
    for extra in ({"transplants": True}, {"projects": "on_time"}, {"release": True}, {"passing_on": 0.5}):
        assert at_least(plain, world.cost(**hard, **extra)), extra
    assert at_least(world.cost(**hard, build=False), plain)


def test_every_hard_plan_costs_more_in_money_worth_twice_as_much(world):
    scenario = world.scenario(**POLICIES["cap"], goals=[])
    dear = replace(
        scenario, settings={**scenario.settings, "assumptions": {"A-worth-other": 20, "A-worth-defence": 100}}
    )
    run = runs.run(world.study, world.picture, dear)
    assert at_least(run.solution.objective, world.cost(**POLICIES["cap"], goals=[]))


# --- prices -------------------------------------------------------------------------------------


INPUTS = {"capacity": ("plants", "capacity"), "ramp": ("orders", "ramp"), "embargo": ("limits", "amount")}


def moved(run, row, step):
    """Return the cost when the number behind a row is another: the case is changed and all is made anew."""
    name, case = run.model.family(row), run.case
    record, column = INPUTS.get(name, ("stores", "limit" if run.solution.duals[row] < 0 else "floor"))
    array = getattr(getattr(case, record), column).copy()
    array[divmod(row - run.model.rows(name).start, len(case.years))] += step
    other = replace(case, **{record: replace(getattr(case, record), **{column: array})})
    programme = model.build(other).programme
    programme = replace(programme, row_hi=np.where(np.isfinite(run.programme.row_hi), programme.row_hi, np.inf))
    rows = run.model.rows("goal")
    programme.row_hi[rows] = run.programme.row_hi[rows]
    return solve.solve(programme).objective


@pytest.mark.parametrize("name", ["cap", "ban", "stop", "floor"])
def test_every_printed_price_is_what_a_run_with_the_changed_input_saves(world, name):
    run = world.run(**POLICIES[name])
    found = marginal.capacity_prices(run, 8)
    assert found
    labels = {run.model.row_label(row): row for row in range(len(run.programme.row_lo))}
    for price in found:
        row = labels[price.limit]
        assert price.worth == pytest.approx(-run.solution.duals[row], abs=1e-9)
        if run.model.family(row) in {"rival_cap", "byproduct"}:
            continue  # these have no number of their own in the study
        step = 1e-3
        cost = run.solution.objective
        if price.more is not None:
            assert cost - moved(run, row, step) == pytest.approx(price.more * step, rel=1e-4, abs=1e-6), price
        if price.less is not None and price.at > step:
            assert moved(run, row, -step) - cost == pytest.approx(price.less * step, rel=1e-4, abs=1e-6), price


def test_prices_of_caps_are_what_the_cap_with_another_right_side_saves(world):
    run = world.run(**POLICIES["cap"])
    priced = [price for price in marginal.capacity_prices(run, 40) if price.limit.startswith("cap on")]
    assert priced
    labels = {run.model.row_label(row): row for row in range(len(run.programme.row_lo))}
    for price in priced:
        top = run.programme.row_hi.copy()
        top[labels[price.limit]] += 1e-3
        found = solve.solve(replace(run.programme, row_hi=top)).objective
        assert run.solution.objective - found == pytest.approx(price.more * 1e-3, rel=1e-4, abs=1e-6)


def test_prices_hold_on_both_sides_or_say_that_they_do_not(world):
    for price in marginal.capacity_prices(world.run(**POLICIES["ban"]), 20):
        if price.unique and price.less is not None and price.more is not None:
            assert price.less == pytest.approx(price.more, rel=1e-6, abs=1e-9)
        if price.less is not None and price.more is not None:
            # the first unit saves no less than the next: cost is convex
            assert price.less >= price.more - 1e-7
        assert price.low is None or price.low <= price.at + 1e-9
        assert price.high is None or price.high >= price.at - 1e-9


def test_what_binds_has_a_worth_and_what_does_not_is_not_listed(world):
    assert marginal.binding(world.run()) == []
    run = world.run(**POLICIES["stop"])
    found = marginal.binding(run)
    assert found
    assert {item.equation for item in found} <= set(marginal.PRICED)
    assert [abs(item.value) for item in found] == sorted((abs(item.value) for item in found), reverse=True)
    for item in found:
        assert item.unit == ("t" if "gallium/primary" in item.limit else "index")


def test_a_cut_in_cost_of_a_closed_route_opens_it_and_a_smaller_one_does_not(world):
    run = world.run(**POLICIES["cap"])
    found = marginal.closed_routes(run, 5)
    assert found
    for route in found:
        case = run.case
        i, j = (case.economies.index(name) for name in (route.exporter, route.importer))
        k, t = case.stages.index(route.stage), case.years.index(route.year)
        steps = (case.routes.exporter == i) & (case.routes.importer == j) & (case.routes.stage == k)
        column = run.model.columns.shipment[np.flatnonzero(steps)[0], t]
        cut = route.cut * case.discount[t]
        carried = []
        for part in (0.99, 1.01):
            cost = run.programme.cost.copy()
            cost[column] -= cut * part
            carried.append(solve.solve(replace(run.programme, cost=cost)).objective - run.solution.objective)
        assert carried[0] == pytest.approx(0, abs=1e-6)
        assert carried[1] < 1e-9
        assert route.part == pytest.approx(route.cut / case.price[k])


def test_a_plan_lies_within_the_ranges_of_all_that_cost_as_little(world):
    assert marginal.ranges(world.run()) is None
    run = world.run(**POLICIES["ban"])
    spans = marginal.ranges(run)
    assert spans
    for name, vector in (dict(run.model.costs) | {"bought": marginal.bought(run)}).items():
        low, high = spans[name]
        assert low - 1e-4 <= vector @ run.solution.x <= high + 1e-4


# --- frontier -----------------------------------------------------------------------------------


def test_the_frontier_is_convex_and_falls_from_the_plan_to_no_purchases(world):
    run = world.run()
    points = frontier.trace(run, 9)
    assert points[0].cost == pytest.approx(run.solution.objective)
    assert points[0].exposure == pytest.approx(1)
    assert points[-1].exposure == pytest.approx(0, abs=1e-9)
    costs, bought = [point.cost for point in points], [point.bought for point in points]
    assert costs == sorted(costs)
    slopes = -np.diff(costs) / np.diff(bought)
    assert (np.diff(slopes) >= -1e-6 * np.abs(slopes[1:])).all()
    assert any(point.starts for point in points[1:])
    assert {name for point in points for name in point.starts}.isdisjoint({"", " "})


def test_kinks_lie_on_the_frontier_and_their_slopes_rise(world):
    run = world.run(years="2026/2028")
    found = frontier.kinks(run)
    slopes = [point.slope for point in found]
    assert slopes == sorted(slopes)
    even = frontier.trace(run, 5)
    exposure, cost = ([getattr(point, name) for point in reversed(found)] for name in ("exposure", "cost"))
    for point in even:
        assert np.interp(point.exposure, exposure, cost) == pytest.approx(point.cost, rel=1e-6)


# --- pooling ------------------------------------------------------------------------------------


def test_pooling_saves_up_to_a_trade_cost_that_is_bracketed(world):
    scenario = world.scenario(**POLICIES["cap"])
    found = pooling.compare(world.study, world.picture, scenario)
    assert at_least(found.alone, found.pooled)
    assert at_least(found.pooled, found.unchanged)
    assert found.gap == 0
    assert found.premium == pytest.approx((found.alone - found.pooled) / (found.pooled - found.unchanged))
    run = world.run(**POLICIES["cap"], goals=[])
    extra = pooling.between(run.model)
    costs = [
        solve.solve(replace(run.model.programme, cost=run.model.programme.cost + part * extra)).objective
        for part in (found.break_even - 2 * pooling.WIDTH, found.break_even + 2 * pooling.WIDTH)
    ]
    assert costs[0] < found.alone <= costs[1] * (1 + 1e-5)


def test_plants_in_whole_sizes_make_building_apart_dearer(world):
    fixed = {**POLICIES["cap"], "fixed": [{"product": "drones"}, {"product": "gallium"}], "years": "2026/2030"}
    found = pooling.compare(world.study, world.picture, world.scenario(**fixed))
    assert at_least(found.alone, found.pooled)
    assert found.gap <= 1e-6
    smooth = pooling.compare(world.study, world.picture, world.scenario(**fixed | {"fixed": []}))
    assert at_least(found.pooled, smooth.pooled)


def test_without_a_policy_pooling_has_no_premium_and_saves_nothing(world):
    found = pooling.compare(world.study, world.picture, world.scenario())
    assert (found.premium, found.break_even) == (None, None)


def test_pooling_keeps_what_must_be_met_and_says_who_cannot(world):
    with pytest.raises(InfeasibleError, match="members together: no plan"):
        pooling.compare(world.study, world.picture, world.scenario(**HARD))


def test_a_search_without_time_ends_without_numbers(world):
    fixed = world.scenario(**POLICIES["cap"], fixed=[{}])
    with pytest.raises(UncertifiedError, match="more time"):
        pooling.compare(world.study, world.picture, fixed, seconds=1e-9)


def test_variants_are_comparisons_with_settings_changed(world):
    scenario = world.scenario(**POLICIES["cap"])
    plain, dear = pooling.variants(world.study, world.picture, scenario, {"a": [], "b": ["A-latent-margin=0.5"]})
    assert (plain.name, plain.pooling) == ("a", pooling.compare(world.study, world.picture, scenario))
    changed = scenarios.changed(world.study, scenario, ["A-latent-margin=0.5"])
    assert (dear.changes, dear.pooling) == (
        ("A-latent-margin=0.5",),
        pooling.compare(world.study, world.picture, changed),
    )


# --- outcomes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["cap", "ban", "duty", "surprise"])
def test_an_outcome_holds_the_summary_and_its_parts_add_up(world, name):
    scenario = world.scenario(**POLICIES[name])
    found = {item.quantity: item for item in outcomes.outcome(world.study, world.picture, scenario)}
    summary = world.summary(**POLICIES[name])
    for quantity, item in found.items():
        if quantity in summary:
            assert item.low - 1e-3 <= summary[quantity] <= item.high + 1e-3
        assert item.value is None or item.low == pytest.approx(item.value, abs=1e-3)
        assert item.meaning
    assert found["private_cost"].value == pytest.approx(summary["private_cost"], rel=1e-6, abs=1e-3)
    parts = [found[part] for part in outcomes.PARTS if part != "tariff_revenue"]
    cost = found["diversion_cost"]
    assert sum(item.low for item in parts) - 1e-3 <= cost.low <= cost.high <= sum(item.high for item in parts) + 1e-3


def test_an_outcome_that_plans_share_has_a_value_and_one_in_which_they_differ_a_range_alone():
    assert outcomes._outcome("s", "freight", (1.0, 1.0)).value == 1.0
    assert outcomes._outcome("s", "freight", (1.0, 2.0)).value is None
    noise = outcomes._outcome("s", "freight", (-1e-9, 1e-9))
    assert (noise.low, noise.value, noise.high) == (0.0, 0.0, 0.0)


def test_what_two_plans_order_stands_side_by_side(world):
    together, apart = world.run(**POLICIES["cap"]), world.run(**POLICIES["apart"])
    found = outcomes.built_by_stage(together, apart)
    for place, plan in (("first", together), ("second", apart)):
        for stage in STAGES:
            for region in REGIONS:
                built = sum(item.amount for item in answers.built(plan) if (item.stage, item.region) == (stage, region))
                spans = [getattr(item, place) for item in found if (item.stage, item.region) == (stage, region)]
                low, _, high = spans[0] if spans else (0.0, 0.0, 0.0)
                assert low - 1e-3 <= built <= high + 1e-3


def test_a_changed_outcome_shows_the_numbers_or_why_there_are_none(world):
    scenario = world.scenario(**POLICIES["cap"])
    assert "private_cost" in outcomes.changed_outcome(world.study, world.picture, scenario, {"build": False}).text
    assert "no plan" in outcomes.changed_outcome(world.study, world.picture, scenario, {"build": "perhaps"}).text


@pytest.mark.parametrize(("alone", "found"), [(90.0, None), (110.0, 0.25), (1e9, float("inf"))])
def test_a_break_even_is_found_by_halving(alone, found):
    assert pooling.break_even(lambda theta: 100 + 40 * theta, alone) == (found and pytest.approx(found, abs=1e-3))


def test_a_cost_that_is_no_number_has_no_break_even():
    with pytest.raises(CaseError, match="no number"):
        pooling.break_even(lambda _: float("nan"), 1.0)


# --- sweeps -------------------------------------------------------------------------------------


def swept(world, points, **settings):
    scenario = world.scenario(**POLICIES["ban"])
    return list(sweeps.sweep(world.study, world.picture, scenario, points, **settings))


def test_a_point_of_a_sweep_depends_on_no_other_point_nor_on_the_number_of_jobs(world):
    axes = [sweeps.axis("A-discount-rate=0:0.1:3"), sweeps.axis("embargo.severity=0.5,1")]
    points = sweeps.grid(axes)
    assert len(points) == 6
    plain = swept(world, points)
    assert [point.values for point in plain] == points
    assert {point.status for point in plain} == {"certified"}
    assert swept(world, points, jobs=2) == plain
    assert swept(world, points[::-1]) == plain[::-1]
    assert swept(world, points[3:4]) == plain[3:4]
    for point in plain:
        alone = scenarios.changed(
            world.study, world.scenario(**POLICIES["ban"]), [f"{key}={value}" for key, value in point.values.items()]
        )
        run = runs.run(world.study, world.picture, alone)
        base = runs.run(world.study, world.picture, pooling.unchanged(alone))
        assert point.results["private_cost"] == pytest.approx(run.solution.objective - base.solution.objective)


def test_a_sweep_tells_how_far_it_is_and_a_point_without_a_plan_says_why(world):
    told = []
    scenario = world.scenario(**HARD)
    points = [{"build": True}, {"cap.share": 1.0}]
    found = list(
        sweeps.sweep(world.study, world.picture, scenario, points, done=lambda done, total: told.append((done, total)))
    )
    assert told == [(1, 2), (2, 2)]
    assert found[0].results == {}
    assert "no plan" in found[0].status
    assert found[1].status == "certified"


def test_no_points_are_no_runs(world):
    assert swept(world, []) == []


@pytest.mark.parametrize(
    "text", ["", "a", "a=", "=1:2:3", "a=1:2", "a=1:2:0", "a=1:2:x", "a=x:2:3", "a=1:2:3:4", "a=1:2:99999999"]
)
def test_an_axis_that_is_none_is_refused(text):
    with pytest.raises(StudyError, match="neither key=first:last:count nor key=value"):
        sweeps.axis(text)


def test_axes_have_ends_included_or_are_lists():
    assert sweeps.axis("a=0:1:3").values == (0.0, 0.5, 1.0)
    assert sweeps.axis("a=0:1:1").values == (0.0,)
    assert sweeps.axis("pooled=true,false").values == (True, False)
    with pytest.raises(StudyError, match="two axes of one setting"):
        sweeps.grid([sweeps.axis("a=1,2"), sweeps.axis("a=3,4")])
    with pytest.raises(StudyError, match="at most"):
        sweeps.grid([sweeps.axis("a=0:1:200"), sweeps.axis("b=0:1:200")])


def test_what_moves_the_answer_most_comes_first_and_is_a_run_of_its_own(world):
    scenario = world.scenario(**POLICIES["ban"], years="2026/2029")
    names = ["A-elasticity", "A-new-cost", "A-weight", "A-lead"]
    found = sweeps.effects(world.study, world.picture, scenario, names, "private_cost")
    assert {item.name for item in found} == set(names) - {"A-weight"}  # which has no range
    widths = [max(item.at_low, item.at_central, item.at_high) - min(item.at_low, item.at_central, item.at_high)
              for item in found]  # fmt: skip
    assert widths == sorted(widths, reverse=True)
    for item in found:
        assert item.low <= item.central <= item.high
    lead = next(item for item in found if item.name == "A-lead")
    slow = scenarios.changed(world.study, scenario, ["A-lead=4"])
    pair = [runs.run(world.study, world.picture, item) for item in (slow, pooling.unchanged(slow))]
    assert lead.at_high == pytest.approx(pair[0].solution.objective - pair[1].solution.objective)


def test_an_unknown_quantity_is_named(world):
    with pytest.raises(UnknownNameError, match="did you mean diversion_cost"):
        sweeps.effects(world.study, world.picture, world.scenario(), [], "diversion_costs")
    with pytest.raises(UnknownNameError, match="did you mean"):
        comparison.compare(world.study, world.picture, world.scenario(), world.scenario(), "unmet_defense")


def test_a_flip_is_bracketed(world):
    scenario = world.scenario(**POLICIES["cap"])
    ends = (0.0, 30.0)
    found = sweeps.flip(world.study, world.picture, scenario, "A-new-cost", ends)
    assert found.present == 1.5
    assert found.value is not None
    assert found.before != found.after

    def plants(value):
        run = runs.run(world.study, world.picture, scenarios.changed(world.study, scenario, [f"A-new-cost={value}"]))
        return tuple(sorted({f"{item.region} {item.stage}" for item in answers.built(run)}))

    assert plants(found.value) == found.after
    side = 1 if found.value > found.present else -1
    assert plants(found.value - side * (ends[1] - ends[0]) / 1000) == found.before


def test_a_setting_that_flips_nothing_has_no_value_and_one_that_leaves_no_plan_says_so(world):
    scenario = world.scenario(**POLICIES["cap"])
    assert sweeps.flip(world.study, world.picture, scenario, "A-worth-defence", (50, 60), steps=2).value is None
    strict = world.scenario(cap=[{"share": 0.95}], build=False, must=["defence", "other"])
    found = sweeps.flip(world.study, world.picture, strict, "cap.share", (0.0, 1.0), steps=4)
    assert found.after == sweeps.NO_PLAN
    assert 0 <= found.value < 0.95
    with pytest.raises(InfeasibleError, match="no plan satisfies all of it"):
        sweeps.flip(world.study, world.picture, world.scenario(**HARD), "growth", (0.0, 0.1))


# --- comparison ---------------------------------------------------------------------------------


def test_effects_of_settings_and_what_they_do_in_concert_are_the_whole_difference(world):
    first = world.scenario(**POLICIES["ban"])
    second = world.scenario(**POLICIES["cap"], growth=0.01, assumptions={"A-new-cost": 2.0})
    found = comparison.compare(world.study, world.picture, first, second, "private_cost")
    whole = {item.quantity: item.second - item.first for item in found.changes}["private_cost"]
    assert sum(item.effect for item in found.reasons) + found.together == pytest.approx(whole)
    assert {item.key for item in found.reasons} == {"embargo", "release", "cap", "growth", "assumptions.A-new-cost"}
    assert [abs(item.effect) for item in found.reasons] == sorted(
        (abs(item.effect) for item in found.reasons), reverse=True
    )


def test_one_setting_that_differs_explains_all(world):
    first, second = world.scenario(), world.scenario(**POLICIES["floor"])
    found = comparison.compare(world.study, world.picture, first, second, "diversion_cost")
    (reason,) = found.reasons
    assert reason.key == "floor"
    assert found.together == pytest.approx(0, abs=1e-9)


def test_a_scenario_does_not_differ_from_itself(world):
    found = comparison.compare(world.study, world.picture, world.scenario("ban"), world.scenario("ban"), "unmet")
    assert found.reasons == ()
    assert found.together == 0
    assert all(item.first == item.second for item in found.changes)


def test_a_setting_without_a_plan_of_its_own_leaves_the_remainder_unknown(world):
    first = world.scenario(**HARD | {"cap": [{"share": 1.0}]})
    second = world.scenario(cap=[{"share": 0.0}], must=[])
    found = comparison.compare(world.study, world.picture, first, second, "private_cost")
    effects = {item.key: item.effect for item in found.reasons}
    assert effects["cap"] is None
    assert found.together is None


# --- no plan, no end ----------------------------------------------------------------------------


def test_a_clash_is_named_and_its_relaxation_makes_room(world):
    scenario = world.scenario(**HARD)
    with pytest.raises(InfeasibleError, match="baseline: no plan satisfies all of it"):
        runs.run(world.study, world.picture, scenario)
    base, built, programme = runs.prepare(world.study, world.picture, scenario)
    found = conflicts.explain(scenario, base, built, programme)
    roles = [item.role for item in found]
    assert set(roles) <= {"clash", "bookkeeping", "relaxation"}
    clash = [item.text for item in found if item.role == "clash"]
    assert any("cap on the rival's part" in text for text in clash)
    assert any("capacity of" in text for text in clash)
    gives = [item for item in found if item.role == "relaxation"]
    assert gives
    assert all("E-1" in item.parents for item in found if item.role != "bookkeeping")
    # opening stocks and additions share their words: the value tells which is meant
    bounds = [(programme.row_lo, -1), (programme.row_hi, 1)]
    rows = {
        (built.row_label(row), float(bound[row]), sign): row
        for row in range(len(programme.row_lo))
        for bound, sign in bounds
    }
    columns = {f"{built.column_label(n)} (most)": n for n in range(len(programme.cost))}
    low, top, most = programme.row_lo.copy(), programme.row_hi.copy(), programme.ub.copy()
    for item in gives:
        if item.text in columns:
            most[columns[item.text]] = item.to + 1e-6
        else:
            sign = 1 if item.to > item.at else -1
            (top if sign == 1 else low)[rows[item.text, item.at, sign]] = item.to + sign * 1e-6
    assert solve.solve(replace(programme, row_lo=low, row_hi=top, ub=most)).objective > 0


def test_a_cost_without_end_names_what_grows(world, monkeypatch):
    honest = runs.prepare

    def spoilt(*arguments):
        base, built, programme = honest(*arguments)
        cost = programme.cost.copy()
        top = programme.row_hi.copy()
        cost[built.columns.order] = -1.0
        top[built.rows("ramp")] = np.inf
        return base, built, replace(programme, cost=cost, row_hi=top)

    monkeypatch.setattr(runs, "prepare", spoilt)
    with pytest.raises(UnboundedError, match=r"falls without limit as these grow: orders for [A-Z]+ .* new in 20"):
        runs.run(world.study, world.picture, world.scenario(goals=[]))


# --- numbers that mean nothing ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "number", "error", "text"),
    [
        ("A-utilisation", 0, CaseError, "utilisation is a part above 0"),
        ("A-utilisation", 1.5, CaseError, "utilisation is a part above 0"),
        ("A-defence", 1.5, CaseError, "more than the whole"),
        ("A-worth-other", 0.5, CaseError, "would not be met in the base year"),
        ("A-life", 0, CaseError, "a time above 0"),
        ("A-home-first", 2, QuantityError, "A-home-first is a part from 0 to 1"),
        ("A-know-how-transfer", 3, QuantityError, "A-know-how-transfer is a part from 0 to 1"),
        ("A-points", 0, QuantityError, "A-wafers-worth is the worth of a year's output"),
        ("A-gallium-price", 0, base_year.AccountError, "a price of 0"),
        ("A-gallium-in-wafer", 50, base_year.AccountError, "the recipes use 5000 of 760"),
        ("A-weight", 0, base_year.AccountError, "no other region has a weight"),
        ("A-share-chn", 0.95, base_year.AccountError, "shares sum to 1.050"),
        ("A-wafer-in-drone", 1.9, base_year.AccountError, "gallium/wafer: the recipes use 190 of 100"),
        ("A-freight", 1e3, CaseError, "its inputs cost more than it does"),
    ],
)
def test_a_number_that_means_nothing_is_refused_with_its_name(world, name, number, error, text):
    scenario = world.scenario(assumptions={name: number}, transplants=True)
    with pytest.raises(error, match=text):
        runs.run(world.study, world.picture, scenario)


def test_a_plant_that_cannot_be_finished_is_named_and_never_ordered(world):
    run = world.run(**POLICIES["cap"], assumptions={"A-lead": 50})
    assert "JPN gallium/primary (new, 50 years)" in answers.unseen(run)
    assert not answers.built(run)
    assert answers.unseen(world.run(**POLICIES["cap"])) == []
