"""What members bring, which gaps they fill, who complements whom: studies one can follow by hand."""

import pytest

from depgraph.decision import gaps, strengths
from depgraph.decision.gaps import Missing
from depgraph.diversion import announced, base_year
from depgraph.diversion.announced import Plant
from depgraph.evidence import estimates
from depgraph.graph import dependencies
from depgraph.graph.dependencies import Range
from tests import small
from tests.diversion_study import add_diversion

ORE, METAL, GOOD = "ore/mine", "metal/plant", "good/made"


def study(*, figures=(), claims=(), ledger=()):
    """Make a chain of three stages; China has most of the metal, Australia most of the ore."""
    known = [
        small.figure(1, ORE, "AUS", 0.6),
        small.figure(2, ORE, "CHN", 0.2),
        small.figure(3, METAL, "CHN", 0.7),
        small.figure(4, METAL, "JPN", 0.1),
    ]
    return small.make(
        figures=[*known, *figures],
        claims=claims,
        stages=[small.stage(ORE), small.stage(METAL), small.stage(GOOD, final=True)],
        recipes=[small.recipe(1, ORE, METAL, "A-all"), small.recipe(2, METAL, GOOD, "A-all")],
        ledger=[small.assumption("A-all", 1.0), *ledger],
    )


def assess(made, bloc="QUAD"):
    picture = estimates.estimate(made)
    return gaps.assess(made, picture, dependencies.build(made, picture), bloc)


def held(found):
    return {(item.member, item.stage): item for item in found.holdings}


def pair(found, needing, having):
    return next(item for item in found.pairs if (item.needing, item.having) == (needing, having))


# --- shares -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("share", "strong"), [(0.04, False), (0.05, True), (0.3, True)])
def test_a_share_counts_from_the_threshold(share, strong):
    found = held(assess(study(figures=[small.figure(9, METAL, "USA", share)])))
    assert (("USA", METAL) in found) == strong


def test_a_higher_threshold_leaves_fewer_strengths():
    made = study()
    made.ledger["A-strength-threshold"] = small.ledger_rules.Assumption(
        "A-strength-threshold", "w", 0.5, None, None, "share", "r", None
    )
    assert set(held(assess(made))) == {("AUS", ORE)}


def test_two_definitions_stand_side_by_side_and_are_never_merged():
    other = {"metric": "capacity_share", "basis": "capacity_by_site"}
    row = held(assess(study(figures=[small.figure(9, METAL, "JPN", 0.4, **other)])))["JPN", METAL]
    assert [(item.metric, item.central) for item in row.shares] == [
        ("production_share:mass_by_site", 0.1),
        ("capacity_share:capacity_by_site", 0.4),
    ]


def test_a_share_of_its_own_market_is_no_strength_and_one_of_anothers_is():
    sold = {"metric": "volume_share", "basis": "count_by_site"}
    at_home = small.figure(8, METAL, "USA", 0.4, **sold, market="USA")
    abroad = small.figure(9, METAL, "IND", 0.3, **sold, market="USA")
    found = held(assess(study(figures=[at_home, abroad])))
    assert ("USA", METAL) not in found
    assert [item.central for item in found["IND", METAL].strong] == [0.3]


# --- words --------------------------------------------------------------------------------------


def test_of_a_capability_in_words_no_number_is_made():
    row = held(assess(study(claims=[small.claim(1, METAL, "IND", kind="capability", term="capability")])))["IND", METAL]
    assert row.status == "claimed"
    assert row.shares == ()
    assert [(item.claim_id, item.measured) for item in row.claims] == [("C-1", False)]


def test_a_claim_beside_a_number_is_called_measured():
    row = held(assess(study(claims=[small.claim(1, METAL, "JPN", kind="capability", term="capability")])))["JPN", METAL]
    assert row.status == "share"
    assert row.claims[0].measured


@pytest.mark.parametrize(
    "more",
    [
        {"polarity": "negated"},
        {"modality": "forecast"},
        {"modality": "recommended"},
        {"hedge": "intent"},
        {"term": "few"},
        {"term": None},
        {"relates_to": ("repeats:C-7",)},
        {"kind": "coercion"},
        {"kind": "dependence", "target": "WLD"},
        {"actor": "CHN"},
    ],
)
def test_what_denies_or_only_wishes_is_no_strength(more):
    cells = {"actor": "IND", "kind": "capability", "term": "capability"} | more
    made = study(claims=[small.claim(1, METAL, **cells)])
    assert strengths.claimed(made, estimates.estimate(made), ("AUS", "IND", "JPN", "USA")) == ()


def test_that_another_member_depends_on_one_is_a_strength_of_this_one():
    made = study(claims=[small.claim(1, METAL, "JPN", kind="dependence", target="USA", term=None)])
    found = strengths.claimed(made, estimates.estimate(made), ("AUS", "IND", "JPN", "USA"))
    assert [(item.member, item.stage) for item in found] == [("JPN", METAL)]


def test_an_investment_counts_only_where_it_names_a_stage():
    placed = small.claim(1, METAL, "JPN", kind="investment", term=None)
    adrift = placed | {"claim_id": "C-2", "stage": None}
    made = study(claims=[placed, adrift])
    found = strengths.claimed(made, estimates.estimate(made), ("JPN",))
    assert [item.claim_id for item in found] == ["C-1"]


def test_a_capability_without_a_stage_is_kept_apart():
    row = small.claim(1, METAL, "JPN", kind="capability", term="capability") | {"stage": None}
    found = assess(study(claims=[row]))
    assert [(item.claim_id, item.stage, item.measured) for item in found.unplaced] == [("C-1", None, False)]


# --- gaps ---------------------------------------------------------------------------------------


def plant(name, year, low, central, high):
    size = Range(low, central, high)
    return Plant(name, name, METAL, "AUS", year, size, "t", None, (), "")


def test_plants_close_a_gap_year_by_year_and_the_most_is_left_where_they_are_smallest():
    missing = Missing(100.0, 200.0, "t", 1000.0, recorded=True)
    found = gaps.left(missing, [plant("b", 2029, 30, 50, 90), plant("a", 2027, 20, 30, 40)])
    assert found == {2027: Range(60.0, 70.0, 80.0), 2029: Range(0.0, 20.0, 50.0)}
    assert list(found) == [2027, 2029]


def test_a_gap_that_is_not_known_in_units_has_nothing_left_and_is_no_zero():
    found = assess(study())
    assert [gap.stage for gap in found.gaps] == [METAL]
    assert found.gaps[0].missing is None
    assert found.gaps[0].rest is None
    assert found.gaps[0].closed is None
    assert found.gaps[0].left == {}


@pytest.mark.parametrize(("share", "gap"), [(0.25, False), (0.26, True)])
def test_a_gap_is_what_is_above_the_threshold(share, gap):
    made = small.make(
        figures=[small.figure(1, GOOD, "CHN", share), small.figure(2, GOOD, "KOR", 0.5)],
        stages=[small.stage(GOOD, final=True)],
    )
    assert bool(assess(made).gaps) == gap


def test_what_several_rivals_deliver_adds_up_to_all_at_most():
    made = study()
    picture = estimates.estimate(made)
    ranking = gaps.chokepoints.rank(made, picture, dependencies.build(made, picture), "QUAD")
    one, both = gaps.delivered(ranking, ["CHN"]), gaps.delivered(ranking, ["CHN", "CHN"])
    assert one == both
    parts = {row.economy: row.embodied.central for row in ranking.rows if row.stage == METAL}
    together = gaps.delivered(ranking, list(parts))[METAL].central
    assert together == pytest.approx(min(1.0, sum(parts.values())))


# --- pairs --------------------------------------------------------------------------------------


def test_a_pair_is_what_the_one_lacks_and_the_other_has_and_not_the_other_way_round():
    found = assess(study())
    assert pair(found, "AUS", "JPN").shares == (METAL,)
    assert pair(found, "JPN", "AUS").shares == ()
    # China has a fifth of the ore: nobody lacks it, though Australia has it
    assert pair(found, "USA", "AUS").shares == ()
    assert pair(found, "USA", "AUS").supplied == (ORE,)


def test_what_is_only_claimed_is_counted_apart():
    found = assess(study(claims=[small.claim(1, METAL, "IND", kind="capability", term="capability")]))
    one = pair(found, "USA", "IND")
    assert (one.shares, one.claimed) == ((), (METAL,))


def test_where_nobody_knows_what_one_lacks_the_stage_is_named_as_unknown():
    apart = "other/made"
    made = small.make(
        # a share of the Korean market says nothing of what an American buyer gets
        figures=[small.figure(1, apart, "JPN", 0.9, market="KOR"), small.figure(2, GOOD, "CHN", 0.9)],
        stages=[small.stage(GOOD, final=True), small.stage(apart)],
    )
    found = assess(made)
    assert apart in found.unscored
    assert pair(found, "USA", "JPN").unknown == (apart,)
    assert pair(found, "USA", "JPN").shares == ()


def test_a_stage_that_reaches_no_finished_good_is_no_gap_and_yet_lacked():
    apart = "other/made"
    made = small.make(
        figures=[small.figure(1, apart, "CHN", 0.9), small.figure(2, apart, "JPN", 0.1)],
        stages=[small.stage(GOOD, final=True), small.stage(apart)],
    )
    found = assess(made)
    assert found.loose == (apart,)
    assert found.gaps == ()
    assert found.unscored == (GOOD,)
    assert pair(found, "USA", "JPN").shares == (apart,)


def test_a_pair_rests_on_the_rows_that_say_what_is_lacking():
    assert pair(assess(study()), "USA", "JPN").parents == (f"K:USA:CHN:{METAL}",)


def test_one_economy_has_no_pairs():
    assert assess(study(), "JPN").pairs == ()


def test_narrowed_to_a_member_the_others_are_left_out():
    found = gaps.narrowed(assess(study()), "JPN", None)
    assert {item.member for item in found.holdings} == {"JPN"}
    assert all("JPN" in {item.needing, item.having} for item in found.pairs)


# --- with the diversion model -------------------------------------------------------------------


def test_a_plant_is_measured_against_world_output_in_the_unit_of_the_stage(made):
    add_diversion(made)
    found = announced.plants(made.load())
    assert [(item.project_id, item.unit, item.year) for item in found] == [("N-plant", "t", 2028)]
    assert found[0].amount == (100.0, 100.0, 100.0)
    assert found[0].part.central == pytest.approx(100 / 760)


def test_know_how_that_may_move_names_donor_and_years(made):
    add_diversion(made)
    found = announced.transplants(made.load())
    assert [(item.stage, item.region, item.donor, item.lead) for item in found] == [
        ("drones/complete", "USA", "JPN", (1.0, 2.0, 4.0))
    ]


def test_a_gap_is_what_the_rival_delivers_in_the_base_year_less_what_is_announced(made):
    add_diversion(made)
    loaded, picture = made.load(), made.picture()
    found = gaps.assess(loaded, picture, dependencies.build(loaded, picture), "QUAD")
    gap = next(item for item in found.gaps if item.stage == "gallium/primary")
    account = base_year.base_year(loaded, picture, {}, [row["stage_id"] for row in loaded.tables["commodities"]])
    k, china = account.stages.index("gallium/primary"), account.regions.index("CHN")
    ours = [account.regions.index(code) for code in ("AUS", "IND", "JPN", "USA")]
    assert gap.missing.amount == pytest.approx(sum(account.flows[china, place, k] for place in ours))
    assert gap.missing.amount > 100
    assert gap.left[2028].central == pytest.approx(gap.missing.amount - 100)
    assert gap.closed is None
    assert 0 < gap.rest.central < 1


def test_of_a_member_that_no_source_names_nobody_knows_what_it_sells(made):
    add_diversion(made)
    loaded, picture = made.load(), made.picture()
    found = gaps.assess(loaded, picture, dependencies.build(loaded, picture), "QUAD")
    gap = next(item for item in found.gaps if item.stage == "gallium/primary")
    sold = {filler.member: filler.sold_outside for filler in gap.fillers}
    assert sold["AUS"] is None
