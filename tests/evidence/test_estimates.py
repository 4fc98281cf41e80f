"""From claims and figures to coherent shares."""

from dataclasses import replace

import pytest

from depgraph.evidence import estimates, intervals
from tests import small

STAGE = "ga/primary"


def shares(study_):
    return {item.economy: item for item in estimates.estimate(study_).shares(STAGE)}


def one_stage(**tables):
    return small.make(stages=[small.stage(STAGE)], **tables)


def test_a_printed_share_stands_for_its_rounding_interval_and_the_rest_is_explicit():
    found = shares(one_stage(figures=[small.figure(1, STAGE, "CHN", 0.9)]))
    assert (found["CHN"].low, found["CHN"].central, found["CHN"].high) == pytest.approx((0.895, 0.9, 0.905))
    assert (found["ROW"].low, found["ROW"].central, found["ROW"].high) == pytest.approx((0.095, 0.1, 0.105))
    assert found["ROW"].parents == ("E:ga/primary:CHN",)


def test_a_quantity_becomes_a_share_of_the_world_total_in_another_unit():
    rows = [
        small.figure(1, STAGE, "CHN", 900, metric="production", unit="t"),
        small.figure(2, STAGE, "WLD", 1, metric="production", unit="kt"),
    ]
    found = shares(one_stage(figures=rows))
    assert found["CHN"].central == pytest.approx(0.9)
    assert found["CHN"].low == pytest.approx(0.9 * 0.98 / 1.02)
    assert "F-2" in found["CHN"].parents


def test_a_quantity_without_a_world_total_gives_no_share():
    rows = [small.figure(1, STAGE, "CHN", 900, metric="production", unit="t")]
    assert shares(one_stage(figures=rows)) == {}


def test_more_than_means_from_there_to_one():
    row = small.figure(1, STAGE, "CHN", None, low=0.7)
    (item,) = intervals.from_figures(one_stage(figures=[row]))
    assert (item.low, item.central, item.high) == pytest.approx((0.7, 0.73, 1.0))


def test_up_to_means_from_zero():
    row = small.figure(1, STAGE, "CHN", None, high=0.2)
    (item,) = intervals.from_figures(one_stage(figures=[row]))
    assert (item.low, item.central, item.high) == pytest.approx((0.0, 0.18, 0.2))


@pytest.mark.parametrize("status", ["superseded", "other_definition", "basket", "doubtful", "projection"])
def test_only_figures_of_status_ok_stand_for_a_stage(status):
    assert shares(one_stage(figures=[small.figure(1, STAGE, "CHN", 0.9, status=status)])) == {}


def test_numbers_of_two_publishers_are_spanned_and_the_clash_is_named():
    rows = [small.figure(1, STAGE, "CHN", 0.99), small.figure(2, STAGE, "CHN", 0.8, source_id="pub-2")]
    picture = estimates.estimate(one_stage(figures=rows, publishers=("pub-1", "pub-2")))
    (china, _) = picture.shares(STAGE)
    assert (china.low, china.high) == pytest.approx((0.795, 0.995))
    assert china.central == pytest.approx((0.99 + 0.8) / 2)
    assert china.conflict
    (clash,) = picture.disagreements
    assert clash.members == ("F-1", "F-2")
    assert clash.relaxation == pytest.approx(0.18)


def test_of_one_publisher_the_newest_table_counts():
    rows = [small.figure(1, STAGE, "CHN", 0.8, year="2023"), small.figure(2, STAGE, "CHN", 0.9, year="2024")]
    assert shares(one_stage(figures=rows))["CHN"].central == pytest.approx(0.9)


def test_a_country_that_the_newest_table_drops_does_not_keep_its_older_share():
    rows = [
        small.figure(1, STAGE, "CHN", 0.8, year="2023"),
        small.figure(2, STAGE, "KOR", 0.2, year="2023"),
        small.figure(3, STAGE, "CHN", 0.9, year="2024"),
    ]
    assert "KOR" not in shares(one_stage(figures=rows))


def test_an_old_figure_counts_only_where_there_is_no_other_and_is_marked_stale():
    rows = [small.figure(1, STAGE, "CHN", 0.6, year="2014")]
    assert shares(one_stage(figures=rows))["CHN"].method.endswith("stale")
    rows.append(small.figure(2, STAGE, "CHN", 0.9, source_id="pub-2"))
    both = shares(one_stage(figures=rows, publishers=("pub-1", "pub-2")))
    assert both["CHN"].low == pytest.approx(0.895)


def test_a_word_alone_gives_the_range_of_the_lexicon_and_grade_d():
    found = shares(one_stage(claims=[small.claim(1, STAGE, "CHN")]))
    assert (found["CHN"].low, found["CHN"].central, found["CHN"].high) == pytest.approx((0.5, 0.7, 0.95))
    assert found["CHN"].grade == "D"


def test_a_word_narrows_a_span_that_it_agrees_with():
    rows = [small.figure(1, STAGE, "CHN", None, low=0.6)]
    found = shares(one_stage(figures=rows, claims=[small.claim(1, STAGE, "CHN")]))
    assert (found["CHN"].low, found["CHN"].high) == pytest.approx((0.6, 0.95))
    assert not found["CHN"].conflict


def test_a_word_that_a_number_denies_widens_the_span_and_does_not_order_suppliers():
    rows = [small.figure(1, STAGE, "CHN", 0.31), small.figure(2, STAGE, "KOR", 0.45)]
    found = shares(one_stage(figures=rows, claims=[small.claim(1, STAGE, "CHN")]))
    assert found["CHN"].low == pytest.approx(0.305)
    assert found["CHN"].central == pytest.approx(0.31)
    assert found["CHN"].conflict


def test_a_dominant_supplier_is_not_overtaken_by_another():
    claims = [small.claim(1, STAGE, "CHN"), small.claim(2, STAGE, "JPN", kind="capability", term="capability")]
    found = shares(one_stage(claims=claims))
    assert found["JPN"].high <= found["CHN"].high
    assert found["JPN"].high == pytest.approx(0.5)


@pytest.mark.parametrize(
    "change",
    [
        {"modality": "forecast"},
        {"modality": "recommended"},
        {"modality": "hypothetical"},
        {"polarity": "negated"},
        {"kind": "policy"},
        {"actor": "QUAD"},
        {"stage": None},
        {"term": None},
        {"relates_to": ("repeats:C-9",)},
    ],
)
def test_what_is_no_assertion_about_one_economy_at_one_stage_gives_no_share(change):
    row = small.claim(1, STAGE, "CHN") | change
    assert intervals.from_claims(one_stage(claims=[row])) == []


def test_a_number_in_a_claim_has_grade_c_and_about_widens_it():
    row = small.claim(1, STAGE, "JPN", kind="share", term=None, value=0.45, unit="share", hedge="approximate")
    (item,) = intervals.from_claims(one_stage(claims=[row]))
    assert item.grade == "C"
    assert (item.low, item.high) == pytest.approx((0.405, 0.495))


def test_a_bloc_is_left_out_where_a_member_has_a_figure_of_its_own():
    rows = [small.figure(1, STAGE, "QUAD", 0.3), small.figure(2, STAGE, "JPN", 0.2), small.figure(3, STAGE, "CHN", 0.5)]
    found = shares(one_stage(figures=rows))
    assert set(found) == {"JPN", "CHN", "ROW"}


def test_lower_bounds_above_one_give_way_and_are_named():
    rows = [small.figure(1, STAGE, "CHN", 0.8), small.figure(2, STAGE, "JPN", 0.4, source_id="pub-2")]
    picture = estimates.estimate(one_stage(figures=rows, publishers=("pub-1", "pub-2")))
    (clash,) = picture.disagreements
    assert clash.members == ("F-1", "F-2")
    assert clash.relaxation == pytest.approx(0.19)
    assert sum(item.central for item in picture.shares(STAGE)) == pytest.approx(1)


def test_definitions_never_share_a_vector():
    rows = [small.figure(1, STAGE, "CHN", 0.9), small.figure(2, STAGE, "CHN", 0.5, basis="mass_by_owner")]
    picture = estimates.estimate(one_stage(figures=rows))
    assert not picture.disagreements
    assert {item.metric for item in picture.estimates} == {
        "production_share:mass_by_site",
        "production_share:mass_by_owner",
    }
    (other,) = picture.other_shares(STAGE, "CHN")
    assert other.central == pytest.approx(0.5)


def test_a_reported_zero_is_an_estimate_and_not_a_gap():
    rows = [
        small.figure(1, STAGE, "CHN", 100, metric="production", unit="t"),
        small.figure(2, STAGE, "USA", 0, metric="production", unit="t"),
        small.figure(3, STAGE, "WLD", 100, metric="production", unit="t"),
    ]
    found = shares(one_stage(figures=rows))
    assert found["USA"].high == 0
    assert "JPN" not in found


def test_index_bounds_leave_the_rest_between_many_and_one():
    picture = estimates.estimate(one_stage(figures=[small.figure(1, STAGE, "CHN", 0.9)]))
    bounds = estimates.stage_hhi(picture.shares(STAGE))
    assert bounds.low == pytest.approx(0.895**2)
    assert bounds.high == pytest.approx(0.905**2 + 0.095**2)


def test_a_stage_without_evidence_has_no_index():
    assert estimates.stage_hhi([]) is None


def test_a_clearly_newer_figure_of_another_publisher_is_no_disagreement():
    rows = [
        small.figure(1, "ore/mine", "CHN", 0.5, year="2022"),
        small.figure(2, "ore/mine", "CHN", 0.7, year="2024", source_id="pub-2"),
    ]
    picture = estimates.estimate(
        small.make(figures=rows, stages=[small.stage("ore/mine")], publishers=("pub-1", "pub-2"))
    )
    assert picture.disagreements == ()
    assert picture.by_id["E:ore/mine:CHN"].central == pytest.approx(0.7)


def test_an_older_figure_of_a_better_grade_stays():
    rows = [
        small.figure(1, "ore/mine", "CHN", 0.5, year="2022"),
        small.figure(2, "ore/mine", "CHN", 0.7, year="2024", source_id="pub-2", grade="B"),
    ]
    picture = estimates.estimate(
        small.make(figures=rows, stages=[small.stage("ore/mine")], publishers=("pub-1", "pub-2"))
    )
    assert picture.by_id["E:ore/mine:CHN"].conflict


REMAINDER = [small.figure(1, "ore/mine", "CHN", 0.9), small.figure(2, "ore/mine", "ROW", 0.03)]


def test_who_is_known_by_a_word_alone_has_at_most_what_the_tables_leave_over():
    word = small.claim(1, "ore/mine", "IND", kind="capability", term="capability")
    seventh = small.figure(3, "ore/mine", "AUS", 0.07)
    picture = estimates.estimate(
        small.make(figures=[*REMAINDER, seventh], claims=[word], stages=[small.stage("ore/mine")])
    )
    india, rest = picture.by_id["E:ore/mine:IND"], picture.by_id["E:ore/mine:ROW"]
    assert india.high == pytest.approx(0.035)
    assert "F-2" in india.parents
    assert rest.high <= 0.035 + 1e-9


def test_a_remainder_does_not_decide_a_clash():
    rows = [*REMAINDER, small.figure(3, "ore/mine", "CHN", 0.6, source_id="pub-2")]
    picture = estimates.estimate(
        small.make(figures=rows, stages=[small.stage("ore/mine")], publishers=("pub-1", "pub-2"))
    )
    assert picture.by_id["E:ore/mine:CHN"].low == pytest.approx(0.595)


def test_a_remainder_that_leaves_a_gap_is_no_bound():
    picture = estimates.estimate(small.make(figures=REMAINDER, stages=[small.stage("ore/mine")]))
    assert picture.by_id["E:ore/mine:ROW"].high == pytest.approx(0.105)


def test_a_word_that_calls_somebody_largest_against_the_numbers_is_a_disagreement():
    word = small.claim(1, "ore/mine", "JPN", term="largest")
    rows = [small.figure(1, "ore/mine", "CHN", 0.8)]
    study_ = small.make(figures=rows, claims=[word], stages=[small.stage("ore/mine")])
    largest = replace(study_.lexicon["dominates"], term="largest", low=0.1, mode=0.3)
    picture = estimates.estimate(replace(study_, lexicon={**study_.lexicon, "largest": largest}))
    (clash,) = picture.disagreements
    assert set(clash.members) == {"C-1", "F-1"}
    assert clash.relaxation == pytest.approx(0.795 - 0.205)
    assert picture.leaders("ore/mine") == []


def test_an_estimate_that_others_bound_names_them():
    rows = [small.figure(1, "ore/mine", "KOR", 0.4), small.figure(2, "ore/mine", "VNM", 0.3)]
    word = small.claim(1, "ore/mine", "CHN", kind="capability", term="capability")
    picture = estimates.estimate(small.make(figures=rows, claims=[word], stages=[small.stage("ore/mine")]))
    assert picture.by_id["E:ore/mine:CHN"].high == pytest.approx(0.31)
    assert {"E:ore/mine:KOR", "E:ore/mine:VNM"} <= set(picture.by_id["E:ore/mine:CHN"].parents)


def test_output_of_more_than_the_world_by_rounding_is_all_of_it():
    rows = [
        small.figure(1, "ore/mine", "CHN", 1050, metric="production", unit="t"),
        small.figure(2, "ore/mine", "WLD", 1000, metric="production", unit="t"),
    ]
    picture = estimates.estimate(small.make(figures=rows, stages=[small.stage("ore/mine")]))
    assert picture.by_id["E:ore/mine:CHN"].high == 1.0
