"""Shocks and attacks on small studies whose answers are found by hand."""

import pytest

from depgraph.analysis import chokepoints, removals, shocks
from depgraph.analysis.shocks import Cut
from depgraph.core.errors import StudyError, UnknownNameError
from depgraph.evidence import estimates
from depgraph.graph import dependencies
from depgraph.measures.interdiction import InvalidAttackError
from tests import small
from tests.analysis.test_chokepoints import ALL, HALF, chain

FIGURES = [
    small.figure(1, "ore/mine", "CHN", 0.8),
    small.figure(2, "ore/mine", "AUS", 0.2),
    small.figure(3, "metal/plant", "CHN", 0.5),
    small.figure(4, "metal/plant", "JPN", 0.5),
    small.figure(5, "drone/complete", "USA", 1.0),
]


def joined(figures=FIGURES):
    study_ = chain(figures)
    picture = estimates.estimate(study_)
    return study_, picture, dependencies.build(study_, picture)


def losses(cuts, bloc="QUAD", figures=FIGURES):
    return {loss.stage: loss for loss in shocks.spread(*joined(figures), cuts, bloc)}


def test_a_shock_of_nothing_loses_nothing():
    assert losses([Cut("CHN", "ore/mine", 0.0)]) == {}


def test_losing_all_makers_of_an_essential_input_stops_everything_downstream():
    found = losses([Cut("CHN", "ore/mine", 1.0), Cut("AUS", "ore/mine", 1.0)])
    assert {stage: round(loss.world, 6) for stage, loss in found.items()} == {
        "ore/mine": 1.0,
        "metal/plant": 1.0,
        "drone/complete": 1.0,
    }


def test_a_loss_arrives_one_tier_later_at_each_stage():
    found = losses([Cut("CHN", "ore/mine", 0.5)])
    assert [found[stage].tier for stage in ("ore/mine", "metal/plant", "drone/complete")] == [0, 1, 2]


def test_a_larger_shock_never_loses_less():
    sizes = (0.2, 0.4, 0.6, 0.8, 1.0)
    worlds = [losses([Cut("CHN", "ore/mine", size)])["drone/complete"].world for size in sizes]
    assert worlds == sorted(worlds)


def test_losses_of_the_bloc_are_those_of_its_own_makers():
    found = losses([Cut("CHN", "ore/mine", 0.5)])
    assert found["metal/plant"].members == {"JPN": pytest.approx(found["metal/plant"].bloc)}
    assert found["ore/mine"].members == {"AUS": 0.0}


def test_a_cut_for_one_customer_leaves_the_others_as_they_were():
    found = losses([Cut("CHN", "ore/mine", 1.0, "JPN")])
    assert found["metal/plant"].members["JPN"] > 0
    assert found["metal/plant"].world == pytest.approx(0.5 * found["metal/plant"].members["JPN"], rel=1e-6)


def test_a_customer_goes_without_its_dependence_times_the_part_that_is_cut():
    study_, picture, network = joined()
    (item,) = shocks.direct(study_, picture, network, [Cut("CHN", "ore/mine", 0.5, "JPN")])
    assert item.supply.central == pytest.approx(0.5 * 0.8)
    assert item.goods["drone/complete"].central == pytest.approx(0.5 * 0.8 * 0.5)
    assert item.chokepoint_id == "K:JPN:CHN:ore/mine"


def test_a_stage_without_shares_is_one_node_and_marked():
    figures = [figure for figure in FIGURES if figure["stage"] != "plant"]
    found = losses([Cut("CHN", "ore/mine", 1.0), Cut("AUS", "ore/mine", 1.0)], figures=figures)
    assert found["metal/plant"].known is False
    assert found["metal/plant"].bloc is None


def test_cutting_who_is_not_known_to_supply_is_refused_with_the_suppliers():
    with pytest.raises(UnknownNameError, match="supplier of ore/mine"):
        losses([Cut("KOR", "ore/mine", 1.0)])


def test_cuts_that_cannot_be_computed_are_told_apart():
    _, picture, _ = joined()
    known, unknown = shocks.suppliers_of(picture, [Cut("CHN", "ore/mine", 1.0), Cut("KOR", "ore/mine", 1.0)])
    assert [cut.economy for cut in known] == ["CHN"]
    assert [cut.economy for cut in unknown] == ["KOR"]


def written(tmp_path, text):
    study_, _, _ = joined()
    folder = tmp_path / "datasets" / "shocks"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text(text, encoding="utf-8")
    object.__setattr__(study_, "root", tmp_path)
    return study_


def test_a_shock_file_of_a_product_cuts_every_stage_of_it(tmp_path):
    study_ = written(tmp_path, 'title = "t"\n[[cut]]\neconomy = "CHN"\nproduct = "ore"\nby = 0.5\nfrom = "JPN"\n')
    assert shocks.read_shocks(study_)["mine"].cuts == (Cut("CHN", "ore/mine", 0.5, "JPN"),)


def test_every_problem_of_a_shock_file_is_named_at_once(tmp_path):
    text = 'titel = "t"\nclaims = ["C-9"]\n[[cut]]\neconomy = "CHNN"\nstage = "ore/mine"\nby = 2.0\n[[cut]]\neconomy="CHN"\nstage="x/y"\n'
    with pytest.raises(StudyError) as error:
        shocks.read_shocks(written(tmp_path, text))
    assert {problem.code for problem in error.value.problems} == {
        "unknown-column",
        "missing-reference",
        "unknown-economy",
        "share-range",
    }
    assert "did you mean title" in str(error.value)


def ranking(figures=FIGURES, bloc="QUAD"):
    study_, picture, network = joined(figures)
    return chokepoints.rank(study_, picture, network, bloc)


def test_the_worst_single_removal_costs_what_the_first_row_says():
    found = removals.worst(ranking(), 1, by_economy=False, limit=100)
    first = ranking().rows[0]
    assert found.removed == (f"{first.economy}:{first.stage}",)
    assert 1 - found.value == pytest.approx(first.loss.central)


def test_one_more_removal_never_leaves_more():
    values = [removals.worst(ranking(), size, by_economy=False, limit=100).value for size in range(4)]
    assert values == sorted(values, reverse=True)


def test_removing_an_economy_costs_no_less_than_any_of_its_stages():
    whole = removals.worst(ranking(), 1, by_economy=True, limit=100)
    one = removals.worst(ranking(), 1, by_economy=False, limit=100)
    assert whole.value <= one.value + 1e-9


def test_a_budget_above_the_number_of_suppliers_is_defined():
    found = removals.worst(ranking(), 99, by_economy=False, limit=100)
    assert found.proven
    assert 0 <= found.value <= 1


def test_a_negative_budget_is_refused():
    with pytest.raises(InvalidAttackError):
        removals.worst(ranking(), -1, by_economy=False, limit=100)


def test_an_attack_on_two_goods_may_be_answered_by_moving_what_is_left():
    stages = [
        small.stage("chip/fab"),
        small.stage("drone/complete", final=True),
        small.stage("robot/complete", final=True),
    ]
    recipes = [
        small.recipe(1, "chip/fab", "drone/complete", "A-all"),
        small.recipe(2, "chip/fab", "robot/complete", "A-all"),
    ]
    study_ = small.make(
        figures=[small.figure(1, "chip/fab", "CHN", 0.5)], stages=stages, recipes=recipes, ledger=[ALL, HALF]
    )
    picture = estimates.estimate(study_)
    rows = chokepoints.rank(study_, picture, dependencies.build(study_, picture), "QUAD")
    found = removals.worst(rows, 1, by_economy=False, limit=100)
    assert 1 - found.value == pytest.approx(0.5)
    assert sum(removals.losses(rows, found).values()) == pytest.approx(1.0)


def test_a_cut_by_a_bloc_is_one_by_each_member_that_is_known_to_supply():
    study_, picture, _ = joined()
    bloc = Cut("QUAD", "ore/mine", 0.5)
    assert shocks.each_supplier(study_, picture, [bloc]) == [Cut("AUS", "ore/mine", 0.5)]


def test_a_bloc_of_which_nobody_is_known_to_supply_is_named_member_by_member():
    study_, picture, _ = joined([FIGURES[0]])
    cuts = shocks.each_supplier(study_, picture, [Cut("QUAD", "ore/mine", 1.0)])
    assert [cut.economy for cut in cuts] == ["AUS", "IND", "JPN", "USA"]
    assert shocks.suppliers_of(picture, cuts) == ([], cuts)


def test_a_bloc_without_members_and_an_economy_stay_as_they_are():
    study_, picture, _ = joined()
    cuts = [Cut("WLD", "ore/mine", 1.0), Cut("KOR", "ore/mine", 1.0)]
    assert shocks.each_supplier(study_, picture, cuts) == cuts


def test_a_cut_for_a_bloc_reaches_the_makers_of_its_members_and_no_others():
    member, bloc = losses([Cut("CHN", "ore/mine", 1.0, "JPN")]), losses([Cut("CHN", "ore/mine", 1.0, "QUAD")])
    assert bloc["metal/plant"].members["JPN"] == pytest.approx(member["metal/plant"].members["JPN"])
    assert bloc["metal/plant"].world == pytest.approx(0.5 * bloc["metal/plant"].members["JPN"])
    assert bloc["metal/plant"].members["JPN"] > 0


def test_a_member_that_cuts_its_bloc_goes_on_supplying_itself():
    figures = [*FIGURES[:2], small.figure(3, "metal/plant", "AUS", 0.5), small.figure(4, "metal/plant", "JPN", 0.5)]
    found = losses([Cut("AUS", "ore/mine", 1.0, "QUAD")], figures=figures)
    assert found["metal/plant"].members["AUS"] == 0
    assert found["metal/plant"].members["JPN"] > 0


def test_a_stage_that_no_recipe_joins_cannot_be_cut_though_its_supplier_is_known():
    stages = [small.stage("ore/mine"), small.stage("drone/complete", final=True)]
    study_ = small.make(figures=[small.figure(1, "ore/mine", "CHN", 0.8)], stages=stages)
    picture = estimates.estimate(study_)
    with pytest.raises(shocks.NoSpreadError, match="no recipe joins ore/mine"):
        shocks.spread(study_, picture, dependencies.build(study_, picture), [Cut("CHN", "ore/mine", 1.0)], "QUAD")


def test_losses_do_not_hang_on_when_the_rounds_end(monkeypatch):
    cuts = [Cut("CHN", "ore/mine", 0.8)]
    shown = losses(cuts)
    monkeypatch.setattr(shocks, "EPS", 1e-9)
    later = losses(cuts)
    assert shown.keys() == later.keys()
    for stage, loss in shown.items():
        assert loss.world == pytest.approx(later[stage].world, abs=shocks.RESOLUTION)
        assert loss.upstream == pytest.approx(later[stage].upstream, abs=shocks.RESOLUTION)


def test_an_attacker_is_those_of_its_economies_that_supply_the_attacked():
    assert removals.attackers_of(ranking(), "China", ["CHN", "KOR"]) == ("CHN",)


@pytest.mark.parametrize("codes", [["KOR"], ["JPN"], ["ROW"], []])
def test_an_attacker_that_supplies_nothing_known_is_refused_with_those_that_do(codes):
    with pytest.raises(UnknownNameError, match="known to supply QUAD: CHN"):
        removals.attackers_of(ranking(), "it", codes)
