"""How soon a stage could do without the rival if nobody buys more from it: cases that can be worked by hand."""

import pytest

from depgraph.diversion import escape, model, pooling, soonest
from depgraph.diversion import run as runs
from depgraph.diversion.run import Run
from depgraph.diversion.scenario import Scenario
from tests.diversion_cases import case, plant, route

ROUTES = [route("R", "B", "ore", 0.2), route("P", "B", "ore", 0.5), route("R", "P", "ore", 5.0)]
ROUTES += [route("P", "P", "ore"), route("B", "B", "ore")]
WANTED = [("B", "ore", "all", 10.0, 100.0), ("P", "ore", "all", 10.0, 100.0)]
FIRST, LAST = 2026, 2029


def ran(chosen):
    """Return the certified run of a case."""
    built = model.build(chosen)
    programme, solution, goals = runs.serve(built, built.programme, ["all"])
    return Run(Scenario("tiny", {}), None, built, programme, solution, goals)


def only(chosen, threshold=0.1, stage="ore", base=None):
    """Return the escape of one stage of a case beside its unchanged twin, and the answer with reshuffling."""
    run = ran(chosen)
    (found,) = [
        item for item in escape.escapes(run, run if base is None else ran(base), threshold) if item.stage == stage
    ]
    return found


def ore(lead=2, *, ramp=10.0, plants=(), **others):
    """Return the case of one stage: the bloc buys of the rival, a partner makes what it needs, a plant can be ordered."""
    settings = {"routes": ROUTES, "demands": WANTED, "years": 4} | others
    own = plant("B", "ore", 1.5, 0.0, technology="new")
    held = [plant("R", "ore", 1.0, 100.0), plant("P", "ore", 2.0, 10.0), own, *plants]
    return case("B R P", "ore", bloc="B", rival="R", plants=held, orders=[(2, lead, ramp, 3.0)], **settings)


def test_who_may_not_be_replaced_by_reshuffling_waits_for_its_own_plant():
    found = only(ore(lead=2))
    assert found.year_direct == FIRST  # the partner sells its ore and buys the rival's
    assert found.year == FIRST + 2
    assert found.least_part == pytest.approx(0.0, abs=1e-9)
    assert found.holds_up == "capacity of P ore in 2026"  # one unit more of it is one unit less of the rival's
    assert found.missing == ""


def test_the_cost_is_that_of_the_plant_and_of_dearer_output_from_its_year_on():
    # 9 of 10 units are made at home in each of two years: 3 of investment a unit, then 1.5 in place of 1 + 0.2
    assert only(ore(lead=2)).cost_musd == pytest.approx(9 * 3 + 2 * 9 * 0.3, rel=1e-6)
    assert only(ore(lead=3)).cost_musd == pytest.approx(9 * 3 + 1 * 9 * 0.3, rel=1e-6)
    assert only(ore(lead=2), threshold=0.5).cost_musd == pytest.approx(5 * 3 + 2 * 5 * 0.3, rel=1e-6)


def test_orders_that_are_slower_come_later():
    # 3 units a year from 2028 on: 6 in 2029, which leaves four of ten
    slow = ore(lead=2, ramp=3.0)
    assert only(slow, threshold=0.4).year == LAST
    assert only(slow, threshold=0.7).year == FIRST + 2
    never = only(slow, threshold=0.3)
    assert (never.year, never.cost_musd, never.missing) == (None, None, escape.NOT_IN_TIME)
    assert never.least_part == pytest.approx(0.4, rel=1e-6)


def test_what_is_under_the_threshold_anyway_costs_nothing_and_nothing_holds_it_up():
    found = only(ore(), threshold=1.0)
    assert (found.year, found.cost_musd, found.holds_up) == (FIRST, 0.0, None)
    assert found.missing == escape.NEVER_HELD


def test_a_partner_with_capacity_to_spare_is_an_escape_without_building():
    # it makes ten more at 2 and ships them at 0.5, where the rival asked 1 and 0.2, for nine units and four years
    found = only(ore(plants=[plant("P", "ore", 2.0, 10.0)], years=2))
    assert found.year == FIRST
    assert found.cost_musd == pytest.approx(2 * 9 * 1.3, rel=1e-6)


def test_nobody_else_goes_without_for_the_bloc():
    # no route leads from the rival to the partner, which could only starve
    found = only(ore(lead=2, routes=[step for step in ROUTES if step[:2] != ("R", "P")]))
    assert (found.year_direct, found.year) == (FIRST, FIRST + 2)


def test_a_stage_is_not_escaped_by_buying_the_next_one_ready_made():
    goods = [route(*pair, stage) for stage in ("ore", "good") for pair in (("R", "B"), ("B", "B"))]
    makers = [plant("R", "ore", 1.0), plant("R", "good", 5.0), plant("B", "good", 1.0)]
    chosen = case(
        "B R", "ore good", bloc="B", rival="R", years=2, plants=makers, routes=[*goods, route("R", "R", "ore")],
        recipes=[("ore", "good", 1.0)], demands=[("B", "good", "all", 10.0, 100.0)],
    )  # fmt: skip
    assert [item.stage for item in soonest.soonest(ran(chosen), 0.1)] == ["good"]  # and ore is done without
    found = only(chosen)
    assert (found.year_direct, found.year, found.cost_musd) == (None, None, None)
    assert found.least_part == pytest.approx(1.0, rel=1e-6)
    assert found.missing == f"{escape.NOT_IN_TIME}; {escape.NO_PRICE}; {escape.NOT_TAKEN}"


@pytest.mark.parametrize(("threshold", "year"), [(0.5, FIRST), (0.4, FIRST + 1)])
def test_a_stock_is_shared_out_over_the_years_as_the_threshold_needs_it(threshold, year):
    # a stock of one year's use: half of each of two years, or all of the last
    chosen = case(
        "B R", "ore", bloc="B", rival="R", years=2, plants=[plant("R", "ore", 1.0, 100.0)],
        routes=[route("R", "B", "ore", 0.2)], demands=[("B", "ore", "all", 10.0, 100.0)],
        stores=[("B", "ore", 10.0, 0.0, 10.0, -2.0)],
    )  # fmt: skip
    assert only(chosen, threshold).year == year


def test_without_a_plan_under_the_rules_every_answer_is_missing_with_the_reason():
    # the base run buys nothing of the rival; after the partner's plant is gone nobody can be served by these rules
    gone = ore(plants=[], years=2)
    before = case(
        "B R P", "ore", bloc="B", rival="R", years=2, routes=ROUTES, demands=WANTED,
        plants=[plant("R", "ore", 50.0, 100.0), plant("P", "ore", 2.0, 10.0), plant("B", "ore", 1.5, 20.0)],
    )  # fmt: skip
    found = only(gone, base=before)
    assert (found.year, found.least_part, found.cost_musd, found.holds_up) == (None, None, None, None)
    assert found.missing == escape.NO_PLAN


def test_duties_of_the_scenario_do_not_pay_for_the_escape(world):
    free, taxed = (
        escape.escape(world.study, world.picture, world.scenario("baseline", transplants=True, **more), 0.3)
        for more in ({}, {"tariff": [{"importer": "QUAD", "exporter": "CHN", "rate": 2.0}]})
    )
    assert free == taxed
    assert max(item.cost_musd or 0.0 for item in free) > 0


def test_a_higher_threshold_is_reached_no_later_and_at_no_more_cost_from_the_same_year(world):
    run = world.run("baseline", transplants=True)
    base = runs.run(world.study, world.picture, pooling.unchanged(run.scenario))
    strict, loose = (escape.escapes(run, base, threshold) for threshold in (0.2, 0.6))
    for one, other in zip(strict, loose, strict=True):
        assert one.stage == other.stage
        assert (other.year or 9999) <= (one.year or 9999)
        if one.year is not None and one.year == other.year:
            assert other.cost_musd <= one.cost_musd * (1 + 1e-6) + 1e-6


def test_the_rows_hold_at_the_base_run_and_what_they_forbid_is_forbidden():
    run = ran(ore())
    closed = escape.no_backfill(run, run)
    added = len(closed.row_hi) - len(run.programme.row_hi)
    assert added == 2 * 4  # partners and the bloc, one stage, four years
    assert (closed.times(run.solution.x)[-added:] <= closed.row_hi[-added:] + 1e-9).all()
    assert closed.row_hi[-added:].tolist() == pytest.approx([0.0] * 4 + [10.0] * 4, rel=1e-6)
