"""Cards: classes at their thresholds, what is unknown and which, the order, the way out, stocks."""

import itertools
import math

import networkx as nx
import pytest

from depgraph.analysis import cards, chokepoints, escapes
from depgraph.analysis.cards import CRITICAL, MANAGEABLE, ORDER, SERIOUS, UNKNOWN, Thresholds, WayOut
from depgraph.analysis.escapes import Escapes, StoredEscape
from depgraph.evidence import estimates
from depgraph.graph import dependencies
from depgraph.interface import loading
from depgraph.study import ledger
from tests import small

LIMITS = Thresholds((0.2, 0.5), (1e8, 1e9), (1, 3))
SEVERITY = {MANAGEABLE: 0, SERIOUS: 1, CRITICAL: 2}

ORE, METAL, GOOD = "ore/mine", "metal/plant", "good/made"


def study(share=0.8, spent=5e9, *, limits=True, buffers=(), figures=()):
    """Make a chain of three stages, all of the good needing metal and all of the metal ore."""
    thresholds = [
        small.assumption(ledger.CARD_DEPENDENCE, 0.35, 0.2, 0.5),
        small.assumption(ledger.CARD_VALUE, 500_000.0, 100_000.0, 1_000_000.0, unit="kUSD"),
        small.assumption(ledger.CARD_YEARS, 2.0, 1.0, 3.0, unit="index"),
    ]
    weights = [small.weight(GOOD, spent, economy="QUAD")] if spent is not None else []
    made = small.make(
        figures=[small.figure(1, METAL, "CHN", share, low=share, high=share), *figures],
        stages=[small.stage(ORE), small.stage(METAL), small.stage(GOOD, final=True)],
        recipes=[small.recipe(1, ORE, METAL, "A-all"), small.recipe(2, METAL, GOOD, "A-all")],
        weights=weights,
        ledger=[small.assumption("A-all", 1.0), small.assumption("A-use", 1.0), *(thresholds if limits else ())],
    )
    made.tables["buffers"].extend(buffers)
    return made


def way(years, first=None):
    return WayOut(first or 2026 + years, years, 10.0, "run", "0", current=True)


def cards_of(made, ways):
    picture = estimates.estimate(made)
    ranking = chokepoints.rank(made, picture, dependencies.build(made, picture), "QUAD")
    return {(card.row.stage, card.row.economy): card for card in cards.cards(made, ranking, ways)}


def card_of(made, ways):
    return cards_of(made, ways)[METAL, "CHN"]


# --- classes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dependence", "value", "years", "grade"),
    [
        (0.5, 1e9, 3, CRITICAL),
        (0.4999, 1e9, 3, SERIOUS),
        (0.5, 0.9999e9, 3, SERIOUS),
        (0.5, 1e9, 2.9999, SERIOUS),
        (0.2, 1e8, 1, SERIOUS),
        (0.1999, 1e8, 1, MANAGEABLE),
        (0.2, 0.9999e8, 1, MANAGEABLE),
        (0.2, 1e8, 0.9999, MANAGEABLE),
        (1.0, 1e12, 0, MANAGEABLE),
        (1.0, 0.0, 50, MANAGEABLE),
        (0.0, 1e12, 50, MANAGEABLE),
        (1.0, 1e12, math.inf, CRITICAL),
    ],
)
def test_a_class_changes_at_its_thresholds(dependence, value, years, grade):
    assert cards.classify(LIMITS, dependence, value, years) == grade


def test_nothing_that_gets_worse_makes_a_class_milder():
    steps = [(0.1, 0.3, 0.7), (5e7, 5e8, 5e9), (0.5, 2, 4)]
    for answers in itertools.product(*steps):
        grade = SEVERITY[cards.classify(LIMITS, *answers)]
        for place, choices in enumerate(steps):
            for worse in (item for item in choices if item > answers[place]):
                changed = [*answers[:place], worse, *answers[place + 1 :]]
                assert SEVERITY[cards.classify(LIMITS, *changed)] >= grade


def test_thresholds_are_the_ends_of_the_ledgers_ranges_in_dollars():
    assert cards.thresholds(study()) == LIMITS


def test_a_card_takes_the_central_values():
    card = card_of(study(), {METAL: way(6)})
    assert (card.grade, card.unknown) == (CRITICAL, ())
    assert (card.mildest, card.gravest) == (CRITICAL, CRITICAL)


def test_a_way_out_within_the_year_makes_it_manageable():
    assert card_of(study(), {METAL: way(0)}).grade == MANAGEABLE


def test_no_way_out_within_the_model_is_later_than_every_threshold():
    beyond = WayOut(None, None, None, "run", "0", current=True)
    assert card_of(study(), {METAL: beyond}).grade == CRITICAL


def test_the_range_of_the_dependence_gives_the_mildest_and_the_gravest_class():
    made = study()
    made.tables["figures"][0] |= {"value": 0.4, "low": 0.1, "high": 0.7}
    card = card_of(made, {METAL: way(6)})
    assert (card.mildest, card.grade, card.gravest) == (MANAGEABLE, SERIOUS, CRITICAL)


# --- what is unknown ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spent", "ways", "unknown"),
    [
        (5e9, {}, ("escape",)),
        (None, {METAL: way(6)}, ("consequence",)),
        (None, {}, ("consequence", "escape")),
        (5e9, {ORE: way(6)}, ("escape",)),
    ],
)
def test_a_card_of_which_an_answer_is_not_known_is_unknown_and_says_which(spent, ways, unknown):
    card = card_of(study(spent=spent), ways)
    assert (card.grade, card.unknown) == (UNKNOWN, unknown)
    assert card.mildest is card.gravest is None


def test_the_way_out_is_out_of_the_rivals_supply_and_nobody_elses():
    found = cards_of(study(0.6, figures=[small.figure(2, METAL, "KOR", 0.3)]), {METAL: way(6)})
    assert found[METAL, "CHN"].way_out == way(6)
    assert found[METAL, "KOR"].way_out is None
    assert found[METAL, "KOR"].unknown == ("escape",)


def test_without_thresholds_no_class_is_told():
    made = study(limits=False)
    assert cards.thresholds(made) is None
    assert card_of(made, {METAL: way(6)}).grade == UNKNOWN


# --- order --------------------------------------------------------------------------------------


def test_cards_stand_by_class_then_by_value_at_stake():
    figures = [small.figure(2, METAL, "KOR", 0.15), small.figure(3, ORE, "CHN", 0.9), small.figure(4, ORE, "KOR", 0.05)]
    made = study(0.7, figures=figures)
    found = list(cards_of(made, {METAL: way(0), ORE: way(6)}))
    assert found == [(ORE, "CHN"), (METAL, "KOR"), (ORE, "KOR"), (METAL, "CHN")]


# --- the way out --------------------------------------------------------------------------------


def stored(stage, year, cost=None, least=0.0):
    return StoredEscape(stage, "run", 0.1, year, year, least, cost, None, "")


@pytest.fixture
def out_of(monkeypatch):
    def find(*rows):
        found = Escapes({row.stage: row for row in rows}, "abc", current=False)
        monkeypatch.setattr(escapes, "stored", lambda *_: found)
        made = study()
        return cards.ways_out(made, dependencies.build(made, estimates.estimate(made)), "QUAD")

    return find


def test_one_is_out_of_a_stage_only_with_the_stages_that_need_it(out_of):
    found = out_of(stored(ORE, 2027, 5.0), stored(METAL, 2031, 20.0), stored(GOOD, 2029, 8.0))
    assert {stage: (item.first, item.years, item.cost_musd) for stage, item in found.items()} == {
        ORE: (2031, 5, 20.0),
        METAL: (2031, 5, 20.0),
        GOOD: (2029, 3, 8.0),
    }
    assert {(item.data, item.current) for item in found.values()} == {("abc", False)}


def test_one_stage_that_never_gets_out_holds_up_those_before_it_and_not_those_behind(out_of):
    found = out_of(stored(ORE, 2027, 5.0), stored(METAL, None), stored(GOOD, 2029))
    assert [(found[stage].first, found[stage].years) for stage in (ORE, METAL, GOOD)] == [
        (None, None),
        (None, None),
        (2029, 3),
    ]
    assert (found[ORE].cost_musd, found[METAL].cost_musd) == (5.0, None)


def test_a_stage_of_which_the_model_found_nothing_has_no_way_out_and_is_not_waited_for(out_of):
    found = out_of(stored(ORE, 2027), stored(METAL, 2040, least=None))
    assert set(found) == {ORE}
    assert found[ORE].first == 2027


def test_a_year_that_is_past_is_no_negative_time(out_of):
    assert out_of(stored(METAL, 2020))[METAL].years == 0


def test_nothing_stored_is_no_way_out(out_of):
    assert out_of() == {}


# --- stocks -------------------------------------------------------------------------------------


def test_stocks_are_those_of_members_that_somebody_counted():
    row = {
        "buffer_id": "B-1", "kind": "stock", "stage": METAL, "economy": "JPN",
        "low": 30.0, "value": 60.0, "high": 90.0, "unit": "day", "parent": (), "definition": None, "note": None,
        "file": "b", "line": 1,
    }  # fmt: skip
    made = study(buffers=[row, row | {"buffer_id": "B-2", "economy": "KOR"}])
    made.units.table["day"] = ("time", 1.0)
    try:
        card = card_of(made, {METAL: way(6)})
    finally:
        del made.units.table["day"]
    assert [(item.member, item.low, item.central, item.high) for item in card.stocks] == [("JPN", 30.0, 60.0, 90.0)]


# --- the shipped study --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped():
    study_ = loading.load()
    ranking = chokepoints.rank(study_, study_.picture, study_.network, "QUAD")
    return study_, ranking, cards.cards(study_, ranking, cards.ways_out(study_, study_.network, "QUAD"))


def test_every_row_has_one_card(shipped):
    _, ranking, found = shipped
    assert sorted(card.row.chokepoint_id for card in found) == sorted(row.chokepoint_id for row in ranking.rows)


def test_a_shipped_class_is_known_or_says_what_is_not(shipped):
    for card in shipped[2]:
        assert (card.grade == UNKNOWN) == bool(card.unknown), card.row.chokepoint_id


def test_the_mildest_class_is_no_graver_than_the_central_and_the_gravest_no_milder(shipped):
    known = [card for card in shipped[2] if card.grade != UNKNOWN]
    assert known
    for card in known:
        assert SEVERITY[card.mildest] <= SEVERITY[card.grade] <= SEVERITY[card.gravest], card.row.chokepoint_id


def test_shipped_cards_stand_in_the_order_of_gravity_and_then_of_value(shipped):
    keys = [(ORDER.index(card.grade), -card.row.value.central) for card in shipped[2]]
    assert keys == sorted(keys)


def test_only_the_rivals_rows_have_a_way_out(shipped):
    study_, _, found = shipped
    assert {card.row.economy for card in found if card.way_out} == {study_.settings["rival"]}


def test_a_stage_is_never_out_before_one_that_needs_it(shipped):
    import networkx as nx

    study_, _, found = shipped
    out = {card.row.stage: card.way_out for card in found if card.way_out}
    inputs = dependencies.essential_inputs(study_.network)
    for stage, item in out.items():
        for after in nx.descendants(inputs, stage) & set(out):
            assert (out[after].first or 9999) <= (item.first or 9999), (stage, after)


CHAINS = {
    "gallium", "rare_earths", "legacy_chips", "batteries", "drones", "pharmaceuticals", "robots", "chip_equipment",
}  # fmt: skip


def test_each_chain_of_the_mission_has_a_card_with_definition_year_and_grade(shipped):
    found = shipped[2]
    whole = {
        card.row.product
        for card in found
        if card.row.definition and card.row.period and card.row.grade in {"A", "B"} and card.row.embodied.central > 0
    }
    assert whole >= CHAINS
    for card in found:
        if card.row.share is not None:
            assert card.row.definition, card.row.chokepoint_id
            assert card.row.period, card.row.chokepoint_id


def test_at_most_eight_stages_that_a_finished_good_needs_are_not_scored(shipped):
    _, ranking, _ = shipped
    missing = {
        item.stage for item in ranking.unscored if item.missing != "no recipe joins it to a finished good considered"
    }
    assert len(missing) <= 8, missing
    assert missing.isdisjoint(row.stage for row in ranking.rows)


def test_no_figure_of_grade_c_exists_and_nothing_is_scored_without_evidence(shipped):
    study_, ranking, _ = shipped
    assert {row["grade"] for row in study_.tables["figures"]} <= {"A", "B"}
    for row in ranking.rows:
        assert row.figures + row.claims > 0, row.chokepoint_id
        assert row.grade in {"A", "B", "C", "D"}


@pytest.fixture(scope="module")
def shipped_parts():
    loaded = loading.load()
    return loaded, loaded.network


def test_a_member_without_an_answer_of_its_own_gets_that_of_the_bloc(shipped_parts):
    study_, network = shipped_parts
    whole = cards.ways_out(study_, network, "QUAD")
    member = cards.ways_out(study_, network, "JPN")
    assert whole
    assert member == whole
    assert {way.bloc for way in member.values()} == {"QUAD"}
    assert cards.ways_out(study_, network, "KOR") == {}


def test_the_way_out_of_a_stage_waits_for_the_stages_that_need_it(shipped_parts):
    study_, network = shipped_parts
    ways = cards.ways_out(study_, network, "QUAD")
    own = escapes.stored(study_, "QUAD", "CHN").rows
    for stage, way in ways.items():
        later = nx.descendants(dependencies.essential_inputs(network), stage) & set(own)
        assert way.first == max(own[name].year for name in (stage, *later))
