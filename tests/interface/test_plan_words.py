"""The sentences and lines of a plan say the numbers of its own rows."""

import re

import pytest

import depgraph as dg
from depgraph.core.words import money, percent
from depgraph.interface import plan_words

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
    assert f"the cost is {money(found['diversion_cost'])} in 2026 to 2035" in first
    for quantity, words in (("investment", "new plants"), ("premium", "a calibrated premium"), ("unmet", "shortfall")):
        assert (f"{money(found[quantity])} for {words}" in first) == (found[quantity] >= 1)


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


def test_dependence_ends_in_the_last_year_of_the_rows(study, plan):
    years = [row["year"] for row in plan.independence().rows]
    (sentence,) = [text for text in opening(study, plan) if text.startswith("Direct dependence")]
    assert f"by {max(year for year in years if year)} at {sum(map(bool, years))} of {len(years)} stages" in sentence


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
