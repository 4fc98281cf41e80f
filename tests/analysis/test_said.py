"""What the sources say beside what the figures say."""

import pytest

from depgraph.analysis import said
from depgraph.core.errors import UnknownNameError
from depgraph.study import study as studies

CLAIMS = "seeds/essay/claims.csv"
OFFICE = "datasets/figures/office.csv"
SURVEY = "datasets/figures/survey.csv"


@pytest.fixture(scope="module")
def shipped():
    return studies.load(studies.find(None))


def entry(made, topic, economy, kind=None):
    """Return the one entry on a topic and an economy."""
    (item,) = [
        item
        for item in said.what_is_said(made.load())
        if (item.topic, item.economy) == (topic, economy) and (kind is None or item.kind == kind)
    ]
    return item


# --- the shipped study ------------------------------------------------------------------------


def test_every_claim_is_in_exactly_one_entry(shipped):
    found = [claim for item in said.what_is_said(shipped) for claim in item.claim_ids]
    assert sorted(found) == sorted(shipped.claims)


def test_claim_and_figure_agree_on_gallium_and_not_on_legacy_chips(shipped):
    verdicts = {
        item.topic: item.verdict
        for item in said.what_is_said(shipped)
        if item.kind == "dominance" and item.economy == "CHN" and item.topic and "/" in item.topic
    }
    assert verdicts["gallium/primary"] == said.AGREE
    assert verdicts["legacy_chips/fabrication"] == said.DISAGREE
    assert verdicts["critical_minerals/processing"] == said.CLAIM_ONLY


def test_assertions_come_before_all_else_and_figures_alone_come_last(shipped):
    found = said.what_is_said(shipped)
    places = [(item.kind is None, item.style != "assertion") for item in found]
    assert places == sorted(places)


def test_a_claim_that_others_contradict_names_them(shipped):
    against = {claim: item.contradicted_by for item in said.what_is_said(shipped) for claim in item.claim_ids}
    assert "JQE-036" in against["JQE-035"]
    assert "JQE-035" in against["JQE-036"]


# --- a small study ----------------------------------------------------------------------------


def test_the_range_of_the_figures_owes_nothing_to_the_claim(made):
    before = entry(made, "gallium/primary", "CHN").figure
    made.set(CLAIMS, "E-1", "term", "dominates")
    after = entry(made, "gallium/primary", "CHN").figure
    assert (before.low, before.central, before.high) == (after.low, after.central, after.high)


@pytest.mark.parametrize(("value", "verdict"), [("700", said.AGREE), ("500", said.DISAGREE), ("760", said.DISAGREE)])
def test_they_agree_where_the_ranges_meet(made, value, verdict):
    # the word allows 80 to 99 percent, the world makes 760 t
    made.set(OFFICE, "F-office-1", "value", value)
    made.set(OFFICE, "F-office-2", "value", "0" if value == "760" else "3")
    if value == "760":
        made.set(CLAIMS, "E-1", "term", "dominates")  # at most 95 percent
    assert entry(made, "gallium/primary", "CHN").verdict == verdict


def test_a_word_that_says_that_nobody_has_more_is_wrong_where_somebody_has(made):
    made.repeat(CLAIMS, "E-3", claim_id="E-6", actor="CHN", kind="dominance", value="", unit="", term="dominates")
    made.set(SURVEY, "F-survey-1", "value", "0.42")
    made.set(SURVEY, "F-survey-2", "value", "0.5")
    assert entry(made, "gallium/wafer", "CHN", "dominance").verdict == said.AGREE
    made.set("datasets/lexicon.csv", "dominates", "min", "0.3")
    made.set(SURVEY, "F-survey-1", "value", "0.55")
    made.set(SURVEY, "F-survey-2", "value", "0.35")
    assert entry(made, "gallium/wafer", "CHN", "dominance").verdict == said.DISAGREE


def test_a_claim_without_a_figure_and_a_figure_without_a_claim_are_told_apart(made):
    drones, taiwan = entry(made, "drones/complete", "CHN"), entry(made, "gallium/wafer", "TWN")
    assert (drones.verdict, drones.figure) == (said.CLAIM_ONLY, None)
    assert (taiwan.verdict, taiwan.claims, taiwan.strength) == (said.FIGURE_ONLY, 0, None)


@pytest.mark.parametrize(
    "cells",
    [
        {"kind": "coercion"},
        {"modality": "forecast"},
        {"polarity": "negated"},
        {"term": ""},
        {"period": "2010"},
    ],
)
def test_what_is_no_size_of_the_present_share_is_not_comparable(made, cells):
    for column, cell in cells.items():
        made.set(CLAIMS, "E-1", column, cell)
    found = entry(made, "gallium/primary", "CHN")
    assert found.verdict == said.APART
    assert found.figure is not None


def test_a_figure_of_another_definition_is_shown_and_not_compared(made):
    assert entry(made, "gallium/wafer", "JPN").verdict == said.DISAGREE
    made.set(SURVEY, "F-survey-1", "basis", "value_by_firm")
    found = entry(made, "gallium/wafer", "JPN")
    assert (found.figure.metric, found.verdict) == ("market_share:value_by_firm", said.APART)


def test_a_figure_on_one_market_says_nothing_of_a_claim_on_the_world(made):
    for name in ("F-survey-1", "F-survey-2", "F-survey-3"):
        made.set(SURVEY, name, "market", "USA")
    found = entry(made, "gallium/wafer", "JPN")
    assert found.figure.metric.endswith("@USA")
    assert found.verdict == said.APART


def test_repeats_count_once_and_all_are_named(made):
    found = entry(made, "drones/complete", "CHN")
    assert (found.claims, found.sources, set(found.claim_ids)) == (1, ("essay",), {"E-2", "E-5"})
    assert len(found.statements) == 1


def test_the_strongest_claim_speaks_first(made):
    made.repeat(CLAIMS, "E-2", claim_id="E-6", term="near_monopoly", statement="Nearly all of them.")
    found = entry(made, "drones/complete", "CHN")
    assert (found.claims, found.strength.mode, found.claim_ids[0]) == (2, 0.92, "E-6")
    assert found.statements[0] == "Nearly all of them."


# --- what is asked for ------------------------------------------------------------------------


def test_a_stage_brings_what_is_said_of_its_product_as_a_whole(made):
    topics = {item.topic for item in said.what_is_said(made.load(), "drones/complete")}
    assert topics == {"drones/complete", "drones"}


def test_a_product_brings_its_stages(made):
    topics = {item.topic for item in said.what_is_said(made.load(), "gallium")}
    assert topics == {"gallium/primary", "gallium/wafer"}


def test_an_economy_is_found_by_name_and_as_the_one_that_is_exposed(made):
    study = made.load()
    assert said.what_is_said(study, "China") == said.what_is_said(study, "CHN")
    assert ("QUAD", "CHN") in {(item.economy, item.target) for item in said.what_is_said(study, "CHN")}


def test_a_bloc_brings_its_members(made):
    economies = {item.economy for item in said.what_is_said(made.load(), "QUAD")}
    assert economies == {"QUAD", "JPN"}


@pytest.mark.parametrize("about", ["galium/primary", "Nowhere", ""])
def test_a_name_that_is_nothing_is_refused(made, about):
    with pytest.raises(UnknownNameError, match="stage, product or economy"):
        said.what_is_said(made.load(), about)


def test_a_name_of_two_economies_is_refused(made):
    with pytest.raises(UnknownNameError, match="KOR or PRK"):
        said.what_is_said(made.load(), "Korea")
