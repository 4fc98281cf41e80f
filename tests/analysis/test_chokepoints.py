"""Graph, sourcing, ranking and trail on small studies whose answers are found by hand."""

from dataclasses import replace

import pytest

from depgraph.analysis import chokepoints
from depgraph.core.errors import UnknownNameError
from depgraph.evidence import estimates
from depgraph.graph import dependencies, sourcing
from depgraph.graph import imports as imports_of
from depgraph.study import ledger
from depgraph.trail import trail
from tests import small

HALF = small.assumption("A-half", 0.5, 0.4, 0.6)
ALL = small.assumption("A-all", 1.0, 1.0, 1.0)


def chain(figures=(), **more):
    """Ore -> metal -> drone, with half of the drones needing metal."""
    stages = [small.stage("ore/mine"), small.stage("metal/plant"), small.stage("drone/complete", final=True)]
    recipes = [
        small.recipe(1, "ore/mine", "metal/plant", "A-all"),
        small.recipe(2, "metal/plant", "drone/complete", "A-half"),
    ]
    return small.make(figures=figures, stages=stages, recipes=recipes, ledger=[HALF, ALL], **more)


def ranked(study_, bloc="QUAD", **more):
    picture = estimates.estimate(study_)
    return chokepoints.rank(study_, picture, dependencies.build(study_, picture), bloc, **more)


def test_a_loss_upstream_reaches_the_finished_good_through_the_dependent_share():
    (row,) = ranked(chain([small.figure(1, "ore/mine", "CHN", 0.8)])).rows
    assert row.goods["drone/complete"] == pytest.approx((0.795 * 0.4, 0.8 * 0.5, 0.805 * 0.6))
    assert row.loss == row.goods["drone/complete"]
    assert row.chokepoint_id == "K:QUAD:CHN:ore/mine"


def test_the_scarcest_of_several_inputs_decides():
    stages = [small.stage("a/x"), small.stage("b/x"), small.stage("good/x", final=True)]
    recipes = [small.recipe(1, "a/x", "good/x", "A-all"), small.recipe(2, "b/x", "good/x", "A-all")]
    rows = [small.figure(1, "a/x", "CHN", 0.3), small.figure(2, "b/x", "CHN", 0.9)]
    first, second = ranked(small.make(figures=rows, stages=stages, recipes=recipes, ledger=[ALL])).rows
    assert (first.stage, first.loss.central) == ("b/x", pytest.approx(0.9))
    assert (second.stage, second.loss.central) == ("a/x", pytest.approx(0.3))


def test_an_input_that_is_not_essential_stops_nothing():
    study_ = chain([small.figure(1, "ore/mine", "CHN", 0.8)])
    study_.tables["recipes"][1]["essential"] = False
    ranking = ranked(study_)
    assert ranking.rows == ()
    assert {item.stage for item in ranking.unscored} == {"ore/mine", "metal/plant", "drone/complete"}


def test_members_of_the_bloc_are_no_chokepoints_for_it():
    rows = [small.figure(1, "ore/mine", "AUS", 0.4), small.figure(2, "ore/mine", "CHN", 0.5)]
    assert [row.economy for row in ranked(chain(rows)).rows] == ["CHN"]
    assert [row.economy for row in ranked(chain(rows), "JPN").rows] == ["CHN", "AUS"]


def test_a_stage_without_shares_is_listed_as_missing_and_never_scored():
    ranking = ranked(chain([small.figure(1, "ore/mine", "CHN", 0.8)]))
    assert [row.stage for row in ranking.rows] == ["ore/mine"]
    assert {item.stage: item.missing for item in ranking.unscored} == {
        "metal/plant": "no claim and no figure gives a share by economy",
        "drone/complete": "no claim and no figure gives a share by economy",
    }


def test_a_loop_of_inputs_ends():
    study_ = chain([small.figure(1, "ore/mine", "CHN", 0.8)])
    study_.tables["recipes"].append(small.recipe(3, "drone/complete", "ore/mine", "A-half"))
    (row,) = ranked(study_).rows
    assert row.goods["drone/complete"].central == pytest.approx(0.4)


def test_a_product_restricts_goods_and_stages():
    rows = [small.figure(1, "ore/mine", "CHN", 0.8)]
    assert [row.stage for row in ranked(chain(rows), product="drone").rows] == ["ore/mine"]
    assert [row.stage for row in ranked(chain(rows), product="metal").rows] == []
    with pytest.raises(UnknownNameError, match="did you mean drone"):
        ranked(chain(rows), product="dron")


def imports(member, partner, value, number, **more):
    return small.figure(number, "ore/mine", member, value, metric="import_value", partner=partner, unit="USD", **more)


def test_imports_stand_for_supply_where_home_output_is_negligible():
    rows = [
        small.figure(1, "ore/mine", "CHN", 0.9),
        small.figure(90, "ore/mine", "KOR", 0.1),
        imports("JPN", "WLD", 100, 2),
        imports("JPN", "CHN", 40, 3),
        imports("JPN", "VNM", 60, 4),
    ]
    found = {row.economy: row for row in ranked(chain(rows), "JPN").rows}
    assert (found["CHN"].method, found["CHN"].purchase.home) == ("imports and world shares", "negligible")
    assert found["CHN"].direct.central == pytest.approx(0.4)
    assert found["CHN"].direct.low == pytest.approx(0.4 * 0.75 / (0.4 * 0.75 + 0.6 * 1.25))
    assert found["VNM"].share is None
    assert found["VNM"].direct.central == pytest.approx(0.6)


def test_what_reaches_a_member_inside_later_goods_lies_between_its_purchases_and_the_world_share():
    rows = [
        small.figure(1, "ore/mine", "CHN", 0.9),
        small.figure(90, "ore/mine", "KOR", 0.1),
        imports("JPN", "WLD", 100, 2),
        imports("JPN", "CHN", 40, 3),
    ]
    row = next(row for row in ranked(chain(rows), "JPN").rows if row.economy == "CHN")
    # nothing is known of who makes metal for Japan: anything from all at home to none
    assert row.embodied.low == pytest.approx(row.direct.low)
    assert row.embodied.high == pytest.approx(row.share.high)
    assert row.goods["drone/complete"].central == pytest.approx(0.5 * row.embodied.central)


def test_of_a_member_that_makes_a_stage_the_imports_are_a_part_of_its_supply_only():
    rows = [
        small.figure(1, "ore/mine", "CHN", 0.8),
        small.figure(2, "ore/mine", "JPN", 0.1),
        imports("JPN", "WLD", 100, 3),
        imports("JPN", "CHN", 40, 4),
    ]
    study_ = chain(rows)
    (row,) = ranked(study_, "JPN").rows
    # without an entry of the ledger its own output may be anything
    assert (row.direct.low, row.direct.central) == (0.0, pytest.approx(0.4))
    study_.tables["assumptions"].append(small.assumption(ledger.HOME_MADE, 1.0, 0.25, 4.0, "factor"))
    study_ = replace(study_, ledger=ledger.read_ledger(study_.tables["assumptions"]))
    (row,) = ranked(study_, "JPN").rows
    assert (row.purchase.home, row.direct.central) == ("made, amount not known", pytest.approx(0.2))
    assert row.direct.high == pytest.approx(0.8 * 0.4 * 1.25 / (0.4 * 1.25 + 0.6 * 0.75))


def test_published_import_reliance_scales_the_import_mix():
    rows = [
        small.figure(1, "ore/mine", "CHN", 0.8),
        small.figure(2, "ore/mine", "USA", 0.1),
        small.figure(3, "ore/mine", "USA", 0.5, metric="import_reliance", basis="none"),
        imports("USA", "WLD", 100, 4),
        imports("USA", "CHN", 40, 5),
    ]
    (row,) = ranked(chain(rows), "USA").rows
    assert row.direct.central == pytest.approx(0.2)


def test_trade_inside_the_bloc_is_no_supply_from_outside():
    rows = [small.figure(1, "ore/mine", "CHN", 0.9), small.figure(90, "ore/mine", "KOR", 0.1)]
    number = 2
    for member in ("AUS", "IND", "JPN", "USA"):
        rows += [imports(member, "WLD", 100, number), imports(member, "CHN", 30, number + 1)]
        number += 2
    rows.append(imports("JPN", "AUS", 40, number))
    found = {row.economy: row for row in ranked(chain(rows)).rows}
    assert found["CHN"].direct.central == pytest.approx(120 / 360)
    assert "AUS" not in found


def test_a_bloc_with_a_member_missing_from_the_table_falls_back_to_world_shares():
    rows = [small.figure(1, "ore/mine", "CHN", 0.9), imports("JPN", "WLD", 100, 2), imports("JPN", "CHN", 30, 3)]
    (row,) = ranked(chain(rows)).rows
    assert row.method == "world shares"


def test_a_stage_spread_over_two_customs_codes_needs_both():
    rows = [
        small.figure(1, "ore/mine", "CHN", 0.9),
        small.figure(90, "ore/mine", "KOR", 0.1),
        imports("JPN", "WLD", 100, 2, table="HS 282520"),
        imports("JPN", "CHN", 80, 3, table="HS 282520"),
    ]
    study_ = chain(rows)
    study_.tables["stages"][0]["hs_codes"] = "282520;283691"
    assert ranked(study_, "JPN").rows[0].purchase is None
    study_.tables["figures"] += [
        imports("JPN", "WLD", 300, 4, table="HS 283691"),
        imports("JPN", "CHN", 40, 5, table="HS 283691"),
    ]
    found = {row.economy: row for row in ranked(study_, "JPN").rows}
    assert found["CHN"].direct.central == pytest.approx(120 / 400)


def test_a_member_that_nobody_names_may_make_what_the_rest_of_world_makes():
    rows = [small.figure(1, "ore/mine", "CHN", 0.9), imports("JPN", "WLD", 100, 2), imports("JPN", "CHN", 30, 3)]
    (row,) = ranked(chain(rows), "JPN").rows
    assert (row.purchase.home, row.direct.low, row.direct.central) == ("not known", 0.0, pytest.approx(0.3))


MADE_ELSEWHERE = [
    small.figure(1, "ore/mine", "CHN", 0.9),
    small.figure(2, "ore/mine", "KOR", 0.1),
    imports("JPN", "WLD", 100, 3),
    imports("JPN", "VNM", 100, 4),
]


@pytest.mark.parametrize(
    ("home", "from_china", "from_vietnam"), [(0.0, 0.9, 0.0), (0.25, 0.675, 0.25), (1.0, 0.0, 1.0)]
)
def test_imports_of_a_stage_count_for_what_is_made_of_it_at_home(home, from_china, from_vietnam):
    plants = [small.figure(5, "metal/plant", "JPN", home), small.figure(6, "metal/plant", "CHN", 1 - home)]
    study_ = chain([*MADE_ELSEWHERE, *plants])
    found = {row.economy: row for row in ranked(study_, "JPN").rows if row.stage == "ore/mine"}
    assert found["CHN"].embodied.central == pytest.approx(from_china, abs=1e-6)
    assert found["VNM"].embodied.central == pytest.approx(from_vietnam, abs=1e-6)
    assert found["VNM"].direct.central == pytest.approx(1.0)
    assert ledger.EMBODIED in found["VNM"].parents


HALF_BOUGHT = [
    small.figure(1, "ore/mine", "CHN", 0.8),
    small.figure(2, "ore/mine", "USA", 0.1),
    imports("USA", "WLD", 100, 4),
    imports("USA", "CHN", 40, 5),
]


def test_a_reliance_that_is_published_as_a_bound_stays_a_range():
    bound = small.figure(3, "ore/mine", "USA", None, low=0.5, metric="import_reliance", basis="none")
    (row,) = ranked(chain([*HALF_BOUGHT, bound]), "USA").rows
    assert row.direct.low < 0.5 * 0.4 < row.direct.central < row.direct.high
    assert row.direct.high == pytest.approx(0.4 * 1.25 / (0.4 * 1.25 + 0.6 * 0.75))


def printed(partner, share, number, year="2024"):
    return small.figure(
        number,
        "ore/mine",
        "USA",
        share,
        partner=partner,
        metric="import_share",
        basis="mass_trade",
        year=year,
        source_id="pub-1",
    )


def test_a_remainder_of_imports_is_no_supplier_and_a_bloc_beside_its_member_counts_once():
    reliance = small.figure(3, "ore/mine", "USA", 1.0, metric="import_reliance", basis="none")
    rows = [
        HALF_BOUGHT[0],
        reliance,
        printed("CHN", 0.5, 6),
        printed("ROW", 0.2, 7),
        printed("EUR", 0.3, 8),
        printed("DEU", 0.2, 9),
    ]
    found = {row.economy: row.direct.central for row in ranked(chain(rows), "USA").rows}
    assert found == {"CHN": pytest.approx(0.5), "DEU": pytest.approx(0.2)}


def test_central_imports_are_those_of_the_newest_table_alone():
    reliance = small.figure(3, "ore/mine", "USA", 1.0, metric="import_reliance", basis="none")
    rows = [HALF_BOUGHT[0], reliance, printed("CHN", 0.9, 6, "2023"), printed("VNM", 1.0, 7)]
    found = {row.economy: row.direct for row in ranked(chain(rows), "USA").rows}
    assert found["VNM"].central == pytest.approx(1.0)
    assert (found["CHN"].low, found["CHN"].central) == (0.0, 0.0)
    assert found["CHN"].high > 0.9


def test_a_table_of_one_year_goes_before_a_mean_over_years_that_end_with_it():
    reliance = small.figure(3, "ore/mine", "USA", 1.0, metric="import_reliance", basis="none")
    rows = [HALF_BOUGHT[0], reliance, printed("CHN", 0.4, 6, "2022/2024"), printed("CHN", 0.7, 7, "2024")]
    (row,) = ranked(chain(rows), "USA").rows
    assert row.direct.central == pytest.approx(0.7)


def test_a_flow_without_a_code_does_not_stand_for_a_stage_of_two_codes():
    rows = [
        small.figure(1, "ore/mine", "CHN", 0.9),
        small.figure(90, "ore/mine", "KOR", 0.1),
        imports("JPN", "WLD", 100, 2),
        imports("JPN", "CHN", 80, 3),
    ]
    study_ = chain(rows)
    study_.tables["stages"][0]["hs_codes"] = "282520;283691"
    assert ranked(study_, "JPN").rows[0].method == "world shares"


def test_what_decides_for_world_shares_is_in_the_trail():
    rows = [small.figure(1, "ore/mine", "CHN", 0.8), small.figure(2, "ore/mine", "JPN", 0.1)]
    (row,) = ranked(chain(rows), "JPN").rows
    assert {"E:ore/mine:JPN", ledger.NEGLIGIBLE} <= set(row.parents)


def test_rank_intervals_hold_the_rank():
    rows = [
        small.figure(1, "ore/mine", "CHN", 0.5),
        small.figure(2, "ore/mine", "KOR", 0.3),
        small.figure(3, "metal/plant", "CHN", 0.6),
    ]
    for row in ranked(chain(rows)).rows:
        assert row.rank_best <= row.rank <= row.rank_worst


def test_supply_of_an_unknown_stage_is_empty_and_not_zero():
    study_ = chain()
    assert sourcing.supply(study_, estimates.estimate(study_), "ore/mine", "JPN", imports_of.read_trade(study_)) == []


def test_an_unknown_stage_of_the_graph_gets_the_nearest_name():
    study_ = chain()
    with pytest.raises(UnknownNameError, match="did you mean ore/mine"):
        dependencies.suppliers(dependencies.build(study_, estimates.estimate(study_)), "ore/min")


def test_suppliers_and_inputs_can_be_read_apart():
    study_ = chain([small.figure(1, "metal/plant", "CHN", 0.8)])
    network = dependencies.build(study_, estimates.estimate(study_))
    assert dependencies.suppliers(network, "metal/plant")["CHN"].central == pytest.approx(0.8)
    assert list(dependencies.essential_inputs(network).predecessors("metal/plant")) == ["ore/mine"]
    assert dependencies.finals(network) == ["drone/complete"]


def the_trail(study_):
    picture = estimates.estimate(study_)
    rows = chokepoints.rank(study_, picture, dependencies.build(study_, picture), "QUAD").rows
    return trail.build(study_, picture, rows)


def test_the_trail_of_a_rank_ends_at_figures_and_assumptions():
    study_ = chain([small.figure(1, "ore/mine", "CHN", 0.8)], claims=[small.claim(1, "ore/mine", "CHN")])
    steps = trail.why(the_trail(study_), "K:QUAD:CHN:ore/mine")
    below = {step.id for step in steps if step.direction == "down"}
    assert {"E:ore/mine:CHN", "F-1", "C-1", "dominates", "A-half", "R-2", "src", "pub-1"} <= below


def test_the_trail_of_a_claim_climbs_to_the_rank():
    study_ = chain(claims=[small.claim(1, "ore/mine", "CHN")])
    above = {step.id for step in trail.why(the_trail(study_), "C-1") if step.direction == "up"}
    assert {"E:ore/mine:CHN", "K:QUAD:CHN:ore/mine"} <= above


def test_each_branch_of_a_trail_is_expanded_once():
    study_ = chain([small.figure(1, "ore/mine", "CHN", 0.8)])
    steps = trail.why(the_trail(study_), "K:QUAD:CHN:ore/mine")
    expanded = [step.id for step in steps if step.direction == "down" and not step.seen]
    assert len(expanded) == len(set(expanded))


def test_an_unknown_identifier_gets_the_nearest():
    with pytest.raises(UnknownNameError, match="K:QUAD:CHN:ore/mine"):
        trail.why(the_trail(chain([small.figure(1, "ore/mine", "CHN", 0.8)])), "K:QUAD:CHN:ore/min")


def test_a_quotation_is_shown_only_if_its_fingerprint_matches():
    study_ = chain(claims=[small.claim(1, "ore/mine", "CHN", fingerprint="ffffffffffffffff")])
    steps = trail.why(the_trail(study_), "C-1")
    assert trail.quotations(study_, steps, {"src": "Some other text."}) == {}
