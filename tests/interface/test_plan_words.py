"""The sentences and lines of a plan say the numbers of its own rows."""

import re

import pytest

import depgraph as dg
from depgraph.core.words import listing, money, percent, total
from depgraph.diversion import scenario
from depgraph.diversion.answers import Built, Missing
from depgraph.interface import plan_answers, plan_words

QUAD = {"AUS", "IND", "JPN", "USA"}


@pytest.fixture(scope="module")
def study():
    return dg.load()


@pytest.fixture(scope="module", params=["gallium-stop", "quad-cap-rare-earths"])
def plan(request, study):
    return dg.divert(study, request.param)


def opening(study, plan):
    return plan_words.opening(study, plan.run, plan.summary().rows)


def test_the_first_sentence_says_the_cost_of_the_summary_and_its_parts(study, plan):
    found = {row["quantity"]: row["value"] for row in plan.summary().rows}
    first = opening(study, plan)[0]
    assert f"this costs {money(found['diversion_cost'])} in 2026 to 2035" in first
    for quantity, words in (("investment", "new plants"), ("premium", "a calibrated premium"), ("unmet", "shortfall")):
        assert (f"{money(found[quantity])} for {words}" in first) == (abs(found[quantity]) >= 1)


def test_the_plants_told_first_are_those_with_the_largest_investment(study, plan):
    cost = {}
    for row in plan.plan().rows:
        cost[row["stage"], row["region"]] = cost.get((row["stage"], row["region"]), 0) + row["cost"]
    stage, region = max(cost, key=cost.get)
    names = plan_words.Names(study, plan.scenario)
    start = f"New capacity, the largest investment first: {names.stage(stage)} in {names.party(region)} ("
    assert opening(study, plan)[1].startswith(start)


def test_the_worst_shortfall_of_the_bloc_comes_before_that_of_others(study):
    plan = dg.divert(study, "gallium-stop")
    inside, outside = ([row for row in plan.unmet().rows if (row["region"] in QUAD) is own] for own in (True, False))
    ours, others = opening(study, plan)[2].split(" Shortfall elsewhere: ")
    assert ours.startswith("Shortfall in the bloc: ")
    for text, rows in ((ours, inside), (others, outside)):
        worst = max(rows, key=lambda row: row["part"])
        assert text.partition("(")[2].startswith(f"{percent(worst['part'])} of {worst['tier']} use in {worst['year']})")


def test_a_plan_that_meets_all_demand_says_so(study):
    plan = dg.divert(study, "quad-cap-rare-earths")
    assert len(plan.unmet()) == 0
    assert "All demand is met, in the bloc and outside." in opening(study, plan)


def test_the_sentence_on_dependence_counts_the_rows(study, plan):
    found = plan.independence().rows
    later = [row["year"] for row in found if row["year"] and not row["already"]]
    already = sum(row["already"] for row in found)
    (sentence,) = [text for text in opening(study, plan) if "direct share" in text]
    names = plan_words.Names(study, plan.scenario)
    last = [names.stage(row["stage"]) for row in found if row["year"] == max(later)]
    several = f"between {min(later)} and {max(later)} (last: {listing(last)})"
    span = f"in {later[0]}" if len(set(later)) == 1 else several
    assert sentence == (
        f"Of {len(found)} stages, China's direct share of supply stays at {percent(found[0]['threshold'])} or less "
        f"at {already} from the first year and at {len(later)} {span}."
    )
    assert plan_answers.answer(study, plan.run, "independence", found) == sentence


def test_a_stage_that_does_not_come_free_is_named(study):
    names = plan_words.Names(study, dg.divert(study, "gallium-stop").scenario)
    rows = [
        {"quantity": "independence:gallium/primary", "value": None, "detail": "not within the run"},
        {"quantity": "independence:gallium/refining", "value": 2031, "detail": "within the run"},
    ]
    assert plan_words.independence(rows, names, 0.1) == (
        "Of 2 stages, China's direct share of supply stays at 10% or less at 1 in 2031 and at 1 not within the run "
        "(primary gallium)."
    )


@pytest.mark.parametrize(
    ("own", "text"),
    [
        (700.0, " The Quad bears 700 million USD of it."),
        (1500.0, " The Quad bears 1.50 billion USD; others gain 500 million USD."),
        (-200.0, " The Quad gains 200 million USD; others bear 1.20 billion USD."),
        (0.0, " The Quad bears none of it."),
    ],
)
def test_who_bears_the_cost_adds_up_to_the_whole(study, own, text):
    names = plan_words.Names(study, dg.divert(study, "gallium-stop").scenario)
    assert plan_words._borne(1000.0, {"bloc_cost": own}, names) == text


def test_what_the_bloc_bears_is_said_from_the_summary_or_said_to_be_unknown(study, plan):
    found = {row["quantity"]: row["value"] for row in plan.summary().rows}
    first = opening(study, plan)[0]
    if found.get("bloc_cost") is None:
        assert "How much of it the Quad bears is not known" in first
    else:
        gain = found["bloc_cost"] - found["diversion_cost"]
        assert f"The Quad bears {money(found['bloc_cost'])}; others gain {money(gain)}." in first


def test_a_small_shortfall_is_never_told_as_demand_that_is_met(study):
    names = plan_words.Names(study, dg.divert(study, "gallium-stop").scenario)
    small = Missing("JPN", "gallium/primary", "other", 2030, 0.1, 0.001)
    assert plan_words._short([small], names) == "Shortfall in the bloc: under 1% of any demand."


def test_a_share_of_an_index_is_told_of_world_output():
    item = Built("IND", "gallium/wafer", "new", 2028, 2031, 12.0, "index", 1.0)
    assert plan_words._size([item, item]) == "24% of world output"


# --- the other answers --------------------------------------------------------------------------


def said(study, plan, show, rows):
    return plan_answers.answer(study, plan.run, show, rows)


def test_costs_by_region_are_told_with_their_sign(study, plan):
    sums = {}
    for row in plan.cost().rows:
        if row["part"] != "tariff":
            sums[row["region"]] = sums.get(row["region"], 0) + row["difference"]
    names = plan_words.Names(study, plan.scenario)
    text = said(study, plan, "cost", plan.cost().rows)
    up, down = text.split(" falls most in ")
    most, least = max(sums, key=sums.get), min(sums, key=sums.get)
    assert f"rises most in {names.party(most)} ({money(sums[most])})" in up
    assert down.startswith(f"{names.party(least)} ({money(-sums[least])})")
    assert ("this plan has no prices" in text) is not any(row["part"] == "imports" for row in plan.cost().rows)


def test_a_price_is_told_upwards_and_only_as_far_as_it_holds(study, plan):
    row = {"limit": "limit on gallium/primary from CHN to USA in 2028", "unit": "t", "at": 5.0, "low": 5.0}
    row |= {"high": 5.75, "worth": 9.0, "less": None, "more": 1.2894}
    text = said(study, plan, "prices", [row])
    assert text.endswith(" in 2028: 0.75 t more saves 967,000 USD in all.")
    assert " costs 967,000 USD in all" in said(study, plan, "prices", [row | {"more": -1.2894}])
    assert said(study, plan, "prices", [row | {"high": 7.0}]).endswith(
        ": 2 t more saves 2.58 million USD in all (1.29 million USD a t)."
    )
    assert said(study, plan, "prices", [row | {"high": 5.0}]) == "No price holds for more of any limit."
    assert said(study, plan, "prices", [row | {"more": None}]) == "No price holds for more of any limit."


def test_the_price_told_stands_in_the_rows(study, plan):
    rows = plan.prices().rows
    text = said(study, plan, "prices", rows)
    most = max(rows, key=lambda row: row["saves_musd"] or 0.0)
    assert f" saves {total(most['saves_musd'])} in all" in text


def test_the_plants_told_add_up(study, plan):
    rows = plan.plan().rows
    text = said(study, plan, "plan", rows)
    found = {row["quantity"]: row["value"] for row in plan.summary().rows}
    assert text.startswith(f"New capacity costs {money(sum(row['cost'] for row in rows))}")
    assert money(found["investment"]) == money(sum(row["cost"] for row in rows))


def test_the_deliveries_told_are_counted_by_their_sign(study, plan):
    before = {"exporter": "CHN", "importer": "JPN", "year": 2030, "before": 5.0, "after": 0.0}
    more = {"exporter": "AUS", "importer": "JPN", "year": 2030, "before": 0.0, "after": 5.0}
    text = said(study, plan, "flows", [before, before | {"after": 1.0}, more])
    assert text == (
        "In 2030, deliveries on 1 route are larger than in the base year (1 new) and on 2 smaller "
        "(1 end); 2 of the smaller ones come from China."
    )


def test_the_largest_share_left_is_that_of_the_last_year(study, plan):
    rows = [
        {"stage": "gallium/primary", "year": 2030, "direct": 0.9},
        {"stage": "gallium/primary", "year": 2035, "direct": 0.2},
        {"stage": "gallium/refining", "year": 2035, "direct": None},
        {"stage": "gallium/alumina", "year": 2035, "direct": 0.3},
    ]
    text = said(study, plan, "exposure", rows)
    assert text.endswith("in 2035: alumina refining (30%) and primary gallium (20%).")


@pytest.mark.parametrize("show", ["unmet", "plan", "flows", "stocks", "ranges", "prices", "routes", "binding"])
def test_an_answer_without_rows_is_still_told(study, plan, show):
    assert said(study, plan, show, []).endswith(".")


def test_every_scenario_stands_under_one_question(study):
    found = scenario.read_all(study)
    groups = plan_words.by_question(study, found.values())
    held = {item.scenario_id: question for question, items in groups.items() for item in items}
    assert sorted(held) == sorted(found)
    assert held["gallium-stop"] == "What if China stops selling some goods?"
    assert held["chip-controls"] == "What if others stop selling to China?"
    assert held["sanctions-both-ways"] == "What if China sells nothing at all (a long conflict)?"
    assert held["quad-cap-tariff-10"] == "What if imports from China are capped?"
    assert held["us-tariff-10"] == "What if tariffs change?"


def test_limits_are_told_by_names_and_the_rest_is_left_as_it_is(study, plan):
    names = plan_words.Names(study, plan.scenario)
    assert names.label("capacity of AUS gallium/primary (project P-wagerup) in 2028") == (
        "capacity of primary gallium in Australia (project P-wagerup) in 2028"
    )
    assert names.label("what JPN needs of drones/complete") == "what Japan needs of complete drones"


def test_a_plan_that_is_one_of_several_says_so(study, plan):
    unique = next(row["value"] for row in plan.summary().rows if row["quantity"] == "unique")
    assert ("Other plans cost the same" in " ".join(opening(study, plan))) is not bool(unique)


def test_the_table_has_about_a_dozen_lines_without_powers_of_ten_or_identifiers(plan):
    lines = plan_words.table(plan.summary().rows)
    assert 8 <= len(lines) <= 15
    text = " ".join(line["what"] + line["value"] for line in lines)
    assert not re.search(r"e[+-]\d|V:|MUSD|_", text)


def test_a_cost_below_zero_keeps_its_sign_and_rounding_error_is_left_out():
    row = {"id": "V:x:freight", "quantity": "freight", "value": -5.2, "unit": "MUSD", "detail": ""}
    assert plan_words.table([row])[0]["value"] == "-5 million USD"
    assert plan_words.table([row | {"value": 1e-9}]) == []


def test_titles_of_scenarios_fit_a_line(study):
    rows = dg.scenarios(study).rows
    assert len(rows) == 39
    assert all(len(str(row["title"])) < 100 for row in rows)


def test_the_earliest_independence_is_told_of_each_stage_on_its_own(study, plan):
    rows = [
        {"stage": "gallium/alumina", "year": 2026},
        {"stage": "gallium/primary", "year": 2029},
        {"stage": "gallium/refining", "year": None},
    ]
    assert said(study, plan, "soonest", rows) == (
        "China's direct share could be 10% or less by 2029 at 2 of 3 stages, each on its own; the last is primary "
        "gallium. Not within the run: high-purity gallium."
    )
    assert said(study, plan, "soonest", rows[2:]).startswith("No stage could bring the direct share of China")


def test_the_escape_is_told_with_the_last_stage_and_the_dearest(study, plan):
    rows = [
        {"stage": "gallium/alumina", "year": 2026, "cost_musd": 0.0},
        {"stage": "gallium/primary", "year": 2029, "cost_musd": 474.2},
        {"stage": "gallium/refining", "year": None, "cost_musd": None},
    ]
    assert said(study, plan, "escape", rows) == (
        "If nobody buys more from China, its direct share could be 10% or less in 2026 at 1 of 3 stages, each on its "
        "own; the last of 2, in 2029, is primary gallium. Dearest is primary gallium: 474 million USD over the run. "
        "Not within the run or not known: high-purity gallium."
    )
    assert said(study, plan, "escape", rows[2:]).startswith("No stage could hold China to 10% or less without others")
