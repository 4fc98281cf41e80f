"""The panel of rules, other scores, draws and both directions of leverage."""

from dataclasses import replace

import numpy as np
import pytest

from depgraph.analysis import chokepoints, leverage, panel, robustness
from depgraph.core.errors import UnknownNameError
from depgraph.evidence import estimates
from depgraph.graph import dependencies
from tests import small
from tests.analysis.test_chokepoints import ALL, HALF, chain, imports


def verdicts(study_, bloc, stage="ore/mine"):
    facts = next(item for item in panel.gather(study_, estimates.estimate(study_), bloc) if item.stage == stage)
    return {verdict.rule: verdict for verdict in panel.verdicts(facts)}


def exports(economy, value, number):
    return small.figure(number, "ore/mine", economy, value, metric="export_value", partner="WLD", unit="kUSD")


def test_a_stage_without_evidence_gets_no_number_from_any_rule():
    found = verdicts(chain(), "JPN")
    assert all(verdict.value is None and verdict.flagged is None for verdict in found.values())
    assert all(verdict.missing for verdict in found.values())


def test_every_rule_answers_for_every_stage():
    found = verdicts(chain([small.figure(1, "ore/mine", "CHN", 0.8)]), "JPN")
    assert list(found) == list(panel.RULES)


def test_concentration_rules_need_only_shares():
    found = verdicts(chain([small.figure(1, "ore/mine", "CHN", 0.8)]), "JPN")
    assert found["HHI"].low == pytest.approx(0.795**2)
    assert found["HHI"].flagged is True
    assert found["CR1"].value == pytest.approx(0.8)
    assert found["effective number"].high == pytest.approx(1 / 0.795**2)


def test_a_range_that_straddles_the_threshold_is_undecided():
    found = verdicts(chain([small.figure(1, "ore/mine", "CHN", None, low=0.2)]), "JPN")
    assert found["HHI"].flagged is None
    assert found["HHI"].missing == ()


def test_a_supplier_without_governance_is_named_and_not_filled():
    found = verdicts(chain([small.figure(1, "ore/mine", "VNM", 0.8)]), "JPN")
    assert found["governance HHI"].value is None
    assert found["governance HHI"].missing == ("governance of VNM",)


def test_governance_weighs_squared_shares():
    found = verdicts(chain([small.figure(1, "ore/mine", "CHN", 0.8)]), "JPN")
    assert found["governance HHI"].value == pytest.approx(0.64 * 10 * (2.5 + 0.5) / 5)


def test_the_half_rule_points_at_the_largest_partner():
    rows = [imports("JPN", "WLD", 100, 2), imports("JPN", "CHN", 60, 3), imports("JPN", "VNM", 30, 4)]
    found = verdicts(chain(rows), "JPN")
    assert (found["METI 50 percent"].economy, found["METI 50 percent"].value) == ("CHN", pytest.approx(0.6))
    assert found["METI 50 percent"].flagged is True


def test_core_dependency_needs_exports_and_says_so():
    rows = [imports("JPN", "WLD", 100, 2), imports("JPN", "CHN", 60, 3)]
    assert verdicts(chain(rows), "JPN")["EU core dependency"].missing == ("exports of every member",)


def test_price_after_the_largest_supplier_is_lost_follows_the_elasticities():
    # closed form: (1 - d)^(-1 / (es + ed)) with es 0.5, ed 0.3
    found = verdicts(chain([small.figure(1, "ore/mine", "CHN", 0.6)]), "JPN")["post-disruption price"]
    assert found.value == pytest.approx(0.4 ** (-1 / 0.8))
    assert found.economy == "CHN"


def test_the_price_rule_passes_over_members_of_the_bloc():
    rows = [small.figure(1, "ore/mine", "AUS", 0.6), small.figure(2, "ore/mine", "CHN", 0.3)]
    assert verdicts(chain(rows), "QUAD")["post-disruption price"].economy == "CHN"
    assert verdicts(chain(rows), "JPN")["post-disruption price"].economy == "AUS"


def test_the_price_rule_says_that_no_supplier_outside_the_bloc_is_known():
    found = verdicts(chain([small.figure(1, "ore/mine", "AUS", 0.6)]), "QUAD")["post-disruption price"]
    assert found.missing == ("share of a supplier outside the bloc",)


MOSTLY_UNKNOWN = [small.figure(1, "ore/mine", "CHN", 0.065)]  # rest of world 0.93 to 0.94
THREE_AND_REST = [
    small.figure(1, "ore/mine", "CHN", 0.4),
    small.figure(2, "ore/mine", "KOR", 0.2),
    small.figure(3, "ore/mine", "JPN", 0.1),
]


def test_the_largest_share_may_be_that_of_one_supplier_in_the_rest_of_world():
    found = verdicts(chain(MOSTLY_UNKNOWN), "JPN")["CR1"]
    assert (found.low, found.value, found.high) == pytest.approx((0.06, 0.065, 0.94))


def test_the_rest_of_world_is_one_of_the_three_largest_and_the_sum_stays_below_one():
    # CHN, KOR and the rest, less the 0.095 that JPN has at least
    found = verdicts(chain(THREE_AND_REST), "USA")["CR3"]
    assert (found.low, found.value, found.high) == pytest.approx((0.395 + 0.195 + 0.095, 0.7, 1 - 0.095))


def test_named_shares_that_must_fill_the_world_raise_the_lowest_largest_share():
    # both 0.2 at least and nothing left for others: the flattest shares are a half each
    rows = [small.figure(i, "ore/mine", who, None, low=0.2) for i, who in enumerate(("CHN", "KOR"), start=1)]
    facts = panel.gather(chain(rows), estimates.estimate(chain(rows)), "JPN")[0]
    alone = replace(facts, rest=None)
    assert panel._ratio_bounds(alone, 1).low == pytest.approx(0.5)
    assert panel._ratio_bounds(facts, 1).low == pytest.approx(0.2)


@pytest.mark.parametrize("rows", [MOSTLY_UNKNOWN, THREE_AND_REST, [small.figure(1, "ore/mine", "CHN", None, low=0.2)]])
def test_concentration_never_exceeds_the_largest_share_and_values_lie_within_bounds(rows):
    study_ = chain(rows)
    study_.tables["governance"].append({"economy": "JPN", "value": 1.0})
    found = verdicts(study_, "JPN")
    assert found["HHI"].low <= found["CR1"].low + 1e-9
    assert found["HHI"].value <= found["CR1"].value + 1e-9
    assert found["HHI"].high <= found["CR1"].high + 1e-9
    known = [item for item in found.values() if item.value is not None]
    assert all(item.low <= item.value <= item.high for item in known)


def test_governed_concentration_takes_the_rest_of_world_for_one_badly_governed_supplier_at_most():
    # CHN has weight 6, the rest of world at most 10; coherent: 0.06 beside 0.94
    found = verdicts(chain(MOSTLY_UNKNOWN), "JPN")["governance HHI"]
    assert found.low == pytest.approx(6 * 0.06**2)
    assert found.value == pytest.approx(6 * 0.065**2)
    assert found.high == pytest.approx(6 * 0.06**2 + 10 * 0.94**2)


def test_the_value_stands_at_the_central_shares_and_not_in_the_middle_of_the_bounds():
    found = verdicts(chain([small.figure(1, "ore/mine", "CHN", None, low=0.2)]), "JPN")
    assert found["CR1"].value == pytest.approx(0.28)
    assert found["HHI"].value == pytest.approx(0.28**2)
    assert found["effective number"].value == pytest.approx(1 / 0.28**2)


def test_concentration_and_effective_number_speak_of_the_same_shares():
    found = verdicts(chain(THREE_AND_REST), "USA")
    assert found["HHI"].value == pytest.approx(0.16 + 0.04 + 0.01)
    assert found["effective number"].value == pytest.approx(1 / found["HHI"].value)


def reliance(year, number, value=None, low=None):
    more = {"metric": "import_reliance", "basis": "none", "year": year, "low": low}
    return small.figure(number, "ore/mine", "JPN", value, **more)


def test_net_import_reliance_is_that_of_the_newest_year():
    found = verdicts(chain([reliance("2023", 1, 0.9), reliance("2024", 2, 0.4)]), "JPN")["net import reliance"]
    assert (found.low, found.value, found.high) == pytest.approx((0.395, 0.4, 0.405))
    assert found.flagged is False
    assert "F-1" not in found.parents


def test_more_than_half_imported_is_flagged_though_no_value_is_printed():
    found = verdicts(chain([reliance("2024", 1, low=0.5)]), "JPN")["net import reliance"]
    assert (found.low, found.high, found.flagged) == (0.5, 1.0, True)


def yearly(year, start):
    return [exports("JPN", 30, start) | {"year": year}, exports("WLD", 100, start + 1) | {"year": year}]


def test_exports_of_two_years_are_not_added():
    study_ = chain(
        [*yearly("2023", 1), *yearly("2024", 3), imports("JPN", "WLD", 120, 5), imports("JPN", "CHN", 90, 6)]
    )
    facts = panel.gather(study_, estimates.estimate(study_), "JPN")[0]
    assert (facts.exports, facts.world_exports["WLD"]) == (30, 100)
    assert facts.parents["exports"] == ("F-3", "F-4")


def test_imports_and_exports_are_compared_in_one_unit():
    rows = [imports("JPN", "WLD", 120_000, 5), imports("JPN", "CHN", 90_000, 6)]
    in_dollars = [row | {"metric": "import_value", "unit": "USD"} for row in rows]
    found = verdicts(chain([*yearly("2024", 1), *in_dollars]), "JPN")["MERICS deficit"]
    assert found.value == pytest.approx(120 / 30)


def test_exports_by_value_are_not_compared_with_imports_by_mass():
    rows = [imports("JPN", "WLD", 120, 5), imports("JPN", "CHN", 90, 6)]
    by_mass = [row | {"metric": "import_mass", "unit": "t"} for row in rows]
    assert verdicts(chain([*yearly("2024", 1), *by_mass]), "JPN")["MERICS deficit"].value is None


def test_a_bloc_without_members_is_refused():
    with pytest.raises(UnknownNameError, match="bloc with members"):
        verdicts(chain(THREE_AND_REST), "WLD")


def ranking_of(figures):
    study_ = chain(figures)
    picture = estimates.estimate(study_)
    network = dependencies.build(study_, picture)
    return study_, picture, network, chokepoints.rank(study_, picture, network, "QUAD")


TWO = [small.figure(1, "ore/mine", "CHN", 0.6), small.figure(2, "ore/mine", "KOR", 0.3)]


def test_the_loss_rule_repeats_the_ranking():
    study_, _, _, ranking = ranking_of(TWO)
    scored, unscored = robustness.score(study_, ranking, "loss")
    assert [item.row for item in scored] == list(ranking.rows)
    assert [item.score for item in scored] == [pytest.approx(row.loss) for row in ranking.rows]
    assert unscored == []


def test_rules_side_by_side_hold_the_rank_of_each_rule_and_what_is_lacking():
    study_, _, _, ranking = ranking_of(TWO)
    found = robustness.side_by_side(study_, ranking)
    assert [item.chokepoint_id for item in found] == [row.chokepoint_id for row in ranking.rows]
    for item in found:
        for rule in robustness.RULES:
            scored, unscored = robustness.score(study_, ranking, rule)
            ranks = {one.row.chokepoint_id: one.rank for one in scored}
            assert item.ranks[rule] == ranks.get(item.chokepoint_id)
            assert all(what in item.lacking for row, what in unscored if row.chokepoint_id == item.chokepoint_id)
        known = [rank for rank in item.ranks.values() if rank is not None]
        assert (item.best, item.worst) == (min(known), max(known))


def test_sureness_and_firsts_repeat_what_the_draws_say():
    study_, picture, network, ranking = ranking_of(TWO)
    found = robustness.stability_of(study_, picture, network, ranking, draws=20, seed=1)
    for item in robustness.sureness(ranking, found):
        assert (item.first, item.top10) == found.top[item.chokepoint_id]
        assert item.ranks == "{:g}-{:g}".format(*found.ranks[item.chokepoint_id])
    assert {item.rule: (item.chokepoint_id, item.part) for item in robustness.firsts(found)} == found.firsts


def test_a_row_without_world_share_is_not_scored_by_shares():
    rows = [
        small.figure(1, "ore/mine", "CHN", 0.9),
        small.figure(90, "ore/mine", "KOR", 0.1),
        imports("JPN", "WLD", 100, 2),
        imports("JPN", "VNM", 60, 3),
    ]
    study_ = chain(rows)
    picture = estimates.estimate(study_)
    ranking = chokepoints.rank(study_, picture, dependencies.build(study_, picture), "JPN")
    _, unscored = robustness.score(study_, ranking, "share")
    assert [(row.economy, missing) for row, missing in unscored] == [("VNM", "world share")]


def test_an_unknown_rule_gets_the_nearest_name():
    study_, _, _, ranking = ranking_of(TWO)
    with pytest.raises(UnknownNameError, match="did you mean price"):
        robustness.score(study_, ranking, "prise")


def test_draws_repeat_with_the_seed_and_differ_with_another():
    study_, picture, network, ranking = ranking_of([small.figure(1, "ore/mine", "CHN", None, low=0.2), TWO[1]])
    one, two, other = (
        robustness.stability_of(study_, picture, network, ranking, draws=200, seed=seed) for seed in (1, 1, 2)
    )
    assert one == two
    assert one != other


def test_a_rank_that_no_range_disturbs_is_robust_under_all_rules():
    study_, picture, network, ranking = ranking_of(TWO)
    found = robustness.stability_of(study_, picture, network, ranking, draws=200, seed=0)
    assert found.robust == "K:QUAD:CHN:ore/mine"
    assert found.top["K:QUAD:CHN:ore/mine"][0] == pytest.approx(1)
    assert found.agreement == pytest.approx(1)


def test_every_draw_keeps_the_shares_within_their_bounds_and_sum():
    _, picture, _, _ = ranking_of(TWO)
    drawn = robustness._draw_world(picture, "ore/mine", ["JPN"], 300, np.random.default_rng(0))
    assert np.allclose(sum(drawn.values()), 1)
    for item in picture.shares("ore/mine"):
        assert (drawn[item.economy] >= item.low - 1e-9).all()
        assert (drawn[item.economy] <= item.high + 1e-9).all()


def test_reach_of_drawn_dependent_shares_stays_within_their_range():
    _, _, network, ranking = ranking_of(TWO)
    dependent = robustness._draw_dependent(network, 300, np.random.default_rng(0))
    reach = robustness._draw_reach(
        dependencies.essential_inputs(network), "ore/mine", ranking.weights.parts, dependent, 300
    )
    assert (reach >= 0.4).all()
    assert (reach <= 0.6).all()


def two_sides():
    stages = [small.stage("ore/mine"), small.stage("tool/set"), small.stage("drone/complete", final=True)]
    recipes = [
        small.recipe(1, "ore/mine", "drone/complete", "A-half"),
        small.recipe(2, "tool/set", "drone/complete", "A-all"),
    ]
    figures = [
        small.figure(1, "ore/mine", "CHN", 0.8),
        small.figure(2, "tool/set", "JPN", 0.5),
        small.figure(3, "tool/set", "USA", 0.3),
        small.figure(4, "tool/set", "CHN", 0.1),
    ]
    study_ = small.make(figures=figures, stages=stages, recipes=recipes, ledger=[HALF, ALL])
    picture = estimates.estimate(study_)
    return study_, picture, dependencies.build(study_, picture)


def test_leverage_lists_both_directions_on_one_scale():
    rows = {row.stage: row for row in leverage.balance(*two_sides(), "QUAD", "CHN")}
    assert rows["ore/mine"].theirs.central == pytest.approx(0.4)
    assert rows["ore/mine"].ours is None
    assert rows["ore/mine"].net is None
    assert rows["tool/set"].ours.central == pytest.approx(0.8)
    assert rows["tool/set"].members == {
        "JPN": pytest.approx((0.495, 0.5, 0.505)),
        "USA": pytest.approx((0.295, 0.3, 0.305)),
    }
    assert rows["tool/set"].net.central == pytest.approx(0.8 - 0.1)


def test_under_mutual_retaliation_the_scarcest_input_decides():
    (row,) = leverage.retaliation(*two_sides(), "QUAD", "CHN")
    assert row.ours.central == pytest.approx(0.4)
    assert row.theirs.central == pytest.approx(0.8)
    assert row.net.central == pytest.approx(0.4)


def test_exchanging_the_sides_exchanges_the_losses():
    (one,) = leverage.retaliation(*two_sides(), "QUAD", "CHN")
    (two,) = leverage.retaliation(*two_sides(), "CHN", "QUAD")
    assert (one.ours, one.theirs) == (two.theirs, two.ours)


def test_a_good_that_nothing_is_known_to_reach_is_not_known_and_not_zero():
    study_, _, _ = two_sides()
    study_.tables["figures"][:] = study_.tables["figures"][:1]
    picture = estimates.estimate(study_)
    (row,) = leverage.retaliation(study_, picture, dependencies.build(study_, picture), "QUAD", "CHN")
    assert row.theirs is None
    assert row.net is None


def test_a_rescaled_concentration_is_never_negative_and_open_in_n_where_the_rest_has_a_share():
    rows = [small.figure(1, "ore/mine", "CHN", 0.3), small.figure(2, "ore/mine", "KOR", 0.3)]
    found = verdicts(chain(rows), "JPN")
    assert found["HHI*"].version == "n from 3"
    assert found["HHI*"].low == 0.0
    assert found["HHI*"].value == pytest.approx(0.18)
    assert found["HHI*"].high == pytest.approx(found["HHI"].high)


def test_a_rescaled_concentration_of_named_suppliers_alone_has_their_number():
    rows = [
        small.figure(1, "ore/mine", "CHN", 0.8),
        small.figure(2, "ore/mine", "KOR", 0.2),
        small.figure(3, "ore/mine", "ROW", 0.0),
    ]
    found = verdicts(chain(rows), "JPN")["HHI*"]
    assert found.low <= found.value <= found.high
