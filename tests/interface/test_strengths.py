"""Facts on the shipped study: what each member of the Quad brings, and what the numbers rest on."""

import pytest

import depgraph as dg
from depgraph.core.errors import UnknownNameError
from depgraph.pages import drawing


@pytest.fixture(scope="module")
def study():
    return dg.load()


@pytest.fixture(scope="module")
def members(study):
    return dg.strengths(study).rows


@pytest.fixture(scope="module")
def gaps(study):
    return dg.strengths(study, show="gaps").rows


def strong(rows, member):
    return {row["stage"]: row["part_central"] for row in rows if row["member"] == member and row["above"]}


# --- what members have --------------------------------------------------------------------------


def test_japan_has_tools_for_resists_and_robots_and_no_ore(members):
    japan = strong(members, "JPN")
    assert japan["chip_equipment/resist_processing"] > 0.9
    assert japan["chip_equipment/photoresist"] > 0.8
    assert 0.3 < japan["robots/complete"] < 0.5
    assert not [stage for stage in japan if stage.endswith("mining")]


def test_australia_has_lithium_ore_and_india_no_robots(members):
    assert 0.3 < strong(members, "AUS")["batteries/lithium_mining"] < 0.4
    assert "robots/complete" not in strong(members, "IND")
    assert not [row for row in members if (row["member"], row["stage"]) == ("IND", "robots/complete")]


def test_india_is_strong_in_medicines_under_several_definitions(members):
    rows = [row for row in members if (row["member"], row["stage"]) == ("IND", "pharmaceuticals/ingredient")]
    assert len({row["definition"] for row in rows}) == len(rows) >= 3
    assert max(row["part_central"] for row in rows) > 2 * min(row["part_central"] for row in rows)


def test_the_rare_earths_of_india_are_claimed_and_not_measured(members):
    rows = [row for row in members if (row["member"], row["stage"]) == ("IND", "rare_earths/separation")]
    claim = next(row for row in rows if row["kind"] == "claim")
    assert (claim["id"], claim["measured"]) == ("JQE-132", False)
    assert "share" not in {row["kind"] for row in rows}


@pytest.mark.parametrize(
    ("claim", "member"),
    [("JQE-131", "AUS"), ("JQE-132", "IND"), ("JQE-133", "JPN"), ("JQE-134", "USA"), ("JQE-135", "USA")],
)
def test_what_the_sources_say_that_each_brings_is_listed_with_its_member(members, claim, member):
    (row,) = [row for row in members if row["id"] == claim]
    assert row["member"] == member
    assert row["kind"] == "claim"
    assert not row["measured"]


@pytest.mark.parametrize("claim", ["BLA-016", "JQE-083", "KLI-068", "OFR-036", "OFR-038", "JQE-002"])
def test_a_weakness_or_a_wish_is_no_strength(members, claim):
    assert claim not in {row["id"] for row in members}


def test_no_claim_carries_a_number(members):
    for row in members:
        if row["kind"] == "claim":
            assert [row[name] for name in row if name.startswith(("part_", "amount_"))] == [None] * 6


def test_every_share_is_that_of_the_estimate_and_none_rests_on_words_alone(study, members):
    for row in members:
        if row["kind"] == "share":
            item = study.picture.by_id[row["id"]]
            assert (row["part_low"], row["part_central"], row["part_high"]) == (item.low, item.central, item.high)
            assert row["definition"] == item.metric
            assert row["grade"] in {"A", "B", "C"}
            at_home = f"@{row['member']}" in item.metric
            assert row["above"] == (not at_home and item.central >= study.assumption("A-strength-threshold")[1])


def test_every_announced_plant_of_a_member_is_there_once(study, members):
    listed = [row["id"] for row in members if row["kind"] == "announced"]
    assert sorted(listed) == sorted(
        row["project_id"] for row in study.tables["projects"] if row["region"] in {"AUS", "IND", "JPN", "USA"}
    )


def test_a_plant_is_its_figure_over_world_output(study, members):
    (row,) = [row for row in members if row["id"] == "P-wagerup"]
    plant, world = study.figures["F-project-blue-002"], study.figures["F-usgs-331"]
    assert row["amount_central"] == plant["value"]
    assert row["part_central"] == pytest.approx(
        plant["value"] / study.units.convert(world["value"], world["unit"], "t")
    )


@pytest.mark.parametrize("kind", ["share", "announced", "claim"])
def test_each_kind_of_row_has_a_trail(study, kind):
    found = dg.strengths(study)
    row = next(row for row in found.rows if row["kind"] == kind)
    steps = found.why(row).rows
    assert steps[0]["id"] == row["id"]
    assert {step["kind"] for step in steps} & {"source", "publication"}


# --- gaps ---------------------------------------------------------------------------------------


def test_gaps_are_the_stages_where_chinas_part_is_above_the_threshold(study, gaps):
    least = study.assumption("A-need-threshold")[1]
    ranked = dg.chokepoints(study, side="rival").rows
    assert {row["stage"] for row in gaps} == {
        row["stage"] for row in ranked if row["rank"] is not None and row["embodied_central"] > least
    }


def test_magnets_are_filled_by_the_plants_announced_and_the_last_capacity_is_their_sum(study, gaps):
    rows = [row for row in gaps if row["stage"] == "rare_earths/magnet"]
    listed = [row for row in study.tables["projects"] if row["stage_id"] == "rare_earths/magnet"]
    for member in ("IND", "USA"):
        (row,) = [row for row in rows if row["member"] == member]
        own = [study.figures[plant["capacity"]] for plant in listed if plant["region"] == member]
        assert row["plants_amount_central"] == pytest.approx(sum(figure["value"] for figure in own))
    first = rows[0]
    made = {year: sum(row["plants_by_year"].get(year, 0) for row in rows) for year in first["left_by_year"]}
    assert made[2026] > 0
    assert first["left_by_year"][2026] == pytest.approx(first["delivered_amount"] - made[2026])
    assert first["closed"] == 2028
    assert first["lacks"] == "nothing"


def test_know_how_in_magnets_comes_from_japan(gaps):
    donors = {row["member"]: row["donors"] for row in gaps if row["stage"] == "rare_earths/magnet"}
    assert {member: set(named) for member, named in donors.items()} == {"AUS": {"JPN"}, "IND": {"JPN"}, "USA": {"JPN"}}
    assert all(years > 0 for named in donors.values() for years in named.values())


def test_what_is_left_never_grows_and_never_falls_below_nothing(gaps):
    for row in gaps:
        left = list(row["left_by_year"].values())
        assert left == sorted(left, reverse=True)
        assert all(0 <= value <= row["delivered_amount"] for value in left)
        if row["left_part_low"] is not None:
            assert 0 <= row["left_part_low"] <= row["left_part_central"] <= row["left_part_high"] <= 1


def test_what_is_not_known_in_units_is_said_and_is_no_zero(gaps):
    rows = [row for row in gaps if row["stage"] == "batteries/manganese_refining"]
    assert [(row["delivered_amount"], row["left_part_central"], row["lacks"], row["member"]) for row in rows] == [
        (None, None, "not known", None)
    ]


def test_where_nothing_is_delivered_directly_nothing_is_closed(gaps):
    rows = [row for row in gaps if row["stage"] == "rare_earths/mining"]
    assert {(row["delivered_amount"], row["closed"], row["left_part_central"], row["lacks"]) for row in rows} == {
        (0.0, None, None, "no direct deliveries")
    }


# --- pairs --------------------------------------------------------------------------------------


def test_each_pair_of_members_is_there_in_both_directions(study):
    rows = dg.strengths(study, show="pairs").rows
    assert len({(row["needing"], row["having"]) for row in rows}) == len(rows) == 12
    assert all(row["needing"] != row["having"] and row["count"] == len(row["stages"]) for row in rows)


def test_stages_of_a_pair_are_lacked_by_the_one_and_had_by_the_other(study, members):
    least = study.assumption("A-need-threshold")[1]
    for row in dg.strengths(study, show="pairs").rows:
        ranked = dg.chokepoints(study, bloc=row["needing"], side="rival").rows
        part = {item["stage"]: item["embodied_central"] for item in ranked}
        assert all(part[stage] > least for stage in row["stages"])
        assert set(row["stages"]) <= set(strong(members, row["having"]))


def test_the_sentence_that_each_offers_what_the_rest_require_is_found(study):
    assert "JQE-136" in dg.strengths(study).records[0].said


# --- asked for less -----------------------------------------------------------------------------


def test_a_member_by_name_and_a_stage_narrow_every_table(study):
    rows = dg.strengths(study, member="Japan", stage="robots/complete").rows
    assert {(row["member"], row["stage"]) for row in rows} == {("JPN", "robots/complete")}
    filled = dg.strengths(study, member="JPN", show="gaps").rows
    assert filled
    assert {row["stage"] for row in filled} < {row["stage"] for row in dg.strengths(study, show="gaps").rows}


@pytest.mark.parametrize("asked", [{"member": "CHN"}, {"member": "Atlantis"}, {"stage": "gallium"}, {"bloc": "WLD"}])
def test_who_is_no_member_and_what_is_no_stage_is_refused(study, asked):
    with pytest.raises(UnknownNameError):
        dg.strengths(study, **asked)


def test_a_bloc_that_is_one_region_of_the_model_has_its_plants(study):
    rows = dg.strengths(study, bloc="EU27", member="EU27").rows
    assert "P-lacq" in {row["id"] for row in rows}


def test_where_nothing_is_known_the_chart_has_a_dot_and_no_0(study):
    pytest.importorskip("altair", reason="needs the extra 'report'")
    found = dg.strengths(study, stage="robots/complete")
    share = max(row["part_central"] for row in found.rows if row["above"])
    picture = drawing.svg(found.plot())
    assert f">{100 * share:.0f}<" in picture
    assert picture.count(">·<") == 3
    assert ">0<" not in picture
