"""Times to survive and to recover on a small chain whose answers are found by hand."""

from dataclasses import replace
from pathlib import Path

import pytest

from depgraph.analysis import endurance
from depgraph.core.errors import UnknownNameError
from depgraph.core.units import Units
from depgraph.diversion import parameters
from depgraph.evidence import estimates
from depgraph.graph import dependencies
from depgraph.measures.survival import InvalidChainError
from depgraph.study import buffers, study
from depgraph.study.ledger import Assumption
from tests import small
from tests.analysis.test_chokepoints import chain

FIGURES = [small.figure(1, "ore/mine", "CHN", 0.8), small.figure(2, "ore/mine", "KOR", 0.2)]
TIME = {"day": ("time", 1.0), "month": ("time", 365.25 / 12), "year": ("time", 365.25), "kg": ("mass", 0.001)}


def buffer(number, kind, stage, value, *, economy="JPN", unit="day", low=None, high=None, parent=()):
    return {"buffer_id": f"Y-{number}", "kind": kind, "stage": stage, "economy": economy, "low": low, "value": value,
            "high": high, "unit": unit, "parent": parent, "note": None, "file": "b", "line": number}  # fmt: skip


def made(*rows, figures=FIGURES):
    study_ = chain(figures)
    study_.tables["buffers"].extend(rows)
    return replace(study_, units=Units({**study_.units.table, **TIME}))


def rows_of(study_, member="JPN", economy="CHN"):
    picture = estimates.estimate(study_)
    return {
        row.stage: row
        for row in endurance.endure(study_, picture, dependencies.build(study_, picture), member, economy)
    }


def months_of(study_, months, stage="ore/mine"):
    picture = estimates.estimate(study_)
    return endurance.by_month(study_, picture, dependencies.build(study_, picture), "JPN", "CHN", stage, months)


ALL_STOCKS = [
    buffer(1, "stock", "ore/mine", 40.0),
    buffer(2, "stock", "metal/plant", 20.0),
    buffer(3, "stock", "drone/complete", 20.0),
]


def test_stocks_downstream_of_a_stop_count_like_those_at_it():
    row = rows_of(made(*ALL_STOCKS))["ore/mine"]
    assert row.survive[1] == pytest.approx(80 / 0.8)
    assert row.survive[0] == pytest.approx(80 / 0.805)
    assert row.unknown_stocks == ()


def test_an_unknown_stock_leaves_only_a_lower_bound():
    row = rows_of(made(*ALL_STOCKS[:2]))["ore/mine"]
    assert row.unknown_stocks == ("drone/complete",)
    assert row.survive == (pytest.approx(60 / 0.805), None, None)
    assert row.counted == pytest.approx(60 / 0.8)


def test_a_day_of_stock_adds_its_part_of_a_day():
    row = rows_of(made(*ALL_STOCKS))["ore/mine"]
    assert row.value_of_stock == pytest.approx(1 / 0.8)
    assert row.value_of_tonne is None


def test_a_tonne_of_stock_adds_days_by_the_yearly_use():
    use = buffer(4, "use", "ore/mine", 365250.0, unit="kg")
    row = rows_of(made(*ALL_STOCKS, use))["ore/mine"]
    assert row.value_of_tonne == pytest.approx(365.25 / 365.25 / 0.8)


def test_a_stock_in_tonnes_lasts_by_the_yearly_use_and_is_unknown_without_it():
    stock, use = buffer(1, "stock", "ore/mine", 100.0, unit="t"), buffer(2, "use", "ore/mine", 365.25, unit="t")
    assert buffers.stock(made(stock, use), "ore/mine", "JPN").central == pytest.approx(100.0)
    assert buffers.stock(made(stock), "ore/mine", "JPN") is None


def test_the_bridge_is_what_stocks_leave_open_until_recovery():
    recovery = buffer(5, "recovery", "ore/mine", 300.0, economy=None)
    row = rows_of(made(*ALL_STOCKS, recovery))["ore/mine"]
    assert row.bridge[1] == pytest.approx(300 * 0.8 - 80)
    assert row.verdict == "falls short"


def test_stocks_that_outlast_recovery_leave_nothing_to_bridge():
    recovery = buffer(5, "recovery", "ore/mine", 90.0, economy=None)
    row = rows_of(made(*ALL_STOCKS, recovery))["ore/mine"]
    assert row.verdict == "lasts"
    assert row.bridge == (pytest.approx(0, abs=1e-6),) * 3


def test_without_a_time_to_recover_nothing_is_decided():
    row = rows_of(made(*ALL_STOCKS))["ore/mine"]
    assert (row.recover, row.bridge, row.verdict) == (None, None, "not known")


def test_recovery_counts_where_it_is_quickest_and_never_at_the_one_who_stops():
    rows = [
        buffer(1, "recovery", "ore/mine", 2.0, economy="USA", unit="year"),
        buffer(2, "recovery", "ore/mine", 400.0, economy="KOR"),
        buffer(3, "recovery", "ore/mine", 10.0, economy="CHN"),
    ]
    assert rows_of(made(*rows))["ore/mine"].recover.central == pytest.approx(400.0)


def test_numbers_of_a_buffer_come_from_its_figures():
    lead = [small.figure(8, "ore/mine", "WLD", 700.0, metric="lead_time", basis="none", unit="day"),
            small.figure(9, "ore/mine", "WLD", None, low=3.0, high=3.0, metric="lead_time", basis="none", unit="year")]  # fmt: skip
    study_ = made(buffer(1, "recovery", "ore/mine", None, parent=("F-8",)), figures=[*FIGURES, *lead])
    assert buffers.recovery(study_, "ore/mine", ["JPN"]).central == pytest.approx(700.0)
    study_.tables["buffers"][0]["parent"] = ("F-9",)
    assert buffers.recovery(study_, "ore/mine", ["JPN"]).high == pytest.approx(3 * 365.25)


def test_a_number_of_the_ledger_goes_before_figures_and_after_the_rows_own():
    lead = small.figure(8, "ore/mine", "WLD", 700.0, metric="lead_time", basis="none", unit="day")
    assumed = Assumption("A-lead", "Time from order to output", 2.0, 1.0, 4.0, "year", "for the test", None)
    row = buffer(1, "recovery", "ore/mine", None, unit="year", parent=("F-8", "A-lead")) | {"definition": "order"}
    study_ = made(row, figures=[*FIGURES, lead])
    study_ = replace(study_, ledger={**study_.ledger, "A-lead": assumed})
    found = buffers.recovery(study_, "ore/mine", ["JPN"])
    assert (found.low, found.central, found.high) == pytest.approx((365.25, 730.5, 1461.0))
    assert found.definitions == ("order",)
    row["value"] = 5.0
    assert buffers.recovery(study_, "ore/mine", ["JPN"]).central == pytest.approx(5 * 365.25)


def leads(study_, stage, economy):
    """Return the ids of the lead times with which the diversion model builds a stage, by region if one is given."""
    return {
        row["lead"]
        for row in study_.tables["technologies"]
        if row["stage_id"] == stage and row["technology"] != "recycling" and economy in {None, row["region"]}
    }


def test_survive_and_divert_take_the_same_time_for_every_stage_that_both_know(shipped):
    rows = [row for row in shipped.tables["buffers"] if row["kind"] == "recovery"]
    both = [row for row in rows if leads(shipped, row["stage"], None)]
    assert len(both) > 8
    for row in both:
        (lead,) = leads(shipped, row["stage"], row["economy"])
        years = parameters.years(shipped, parameters.find(shipped, {}, lead))
        anybody = row["economy"] or "JPN"
        assert buffers.recovery(shipped, row["stage"], [anybody]).central == pytest.approx(years * 365.25), row


def test_what_survive_takes_is_the_quickest_lead_of_the_diversion_model(shipped):
    stages = {row["stage"] for row in shipped.tables["buffers"] if row["kind"] == "recovery"}
    outside = set(shipped.economies.names) - {"CHN"}
    for stage in stages:
        known = [parameters.years(shipped, parameters.find(shipped, {}, lead)) for lead in leads(shipped, stage, None)]
        if known:
            assert buffers.recovery(shipped, stage, outside).central == pytest.approx(min(known) * 365.25)


def test_every_time_to_recover_says_from_what_on_it_counts(shipped):
    rows = [row for row in shipped.tables["buffers"] if row["kind"] == "recovery"]
    assert {row["definition"] for row in rows} <= {"order", "construction", "discovery", "stop"}
    assert not [
        row["definition"] for row in shipped.tables["buffers"] if row["kind"] != "recovery" and row["definition"]
    ]
    named = [shipped.ledger[lead] for lead in shipped.ledger if lead.startswith("A-lead")]
    assert named
    assert all(entry.what.startswith("Time from order to output") for entry in named)
    ordered = [row for row in rows if row["definition"] == "order"]
    assert all(parent in {entry.assumption_id for entry in named} for row in ordered for parent in row["parent"])


def test_a_supplier_that_delivers_nothing_is_not_listed():
    assert rows_of(made(*ALL_STOCKS), economy="VNM") == {}


def test_losses_of_whole_months_add_up_to_the_bridge():
    days = 6 * 365.25 / 12
    study_ = made(*ALL_STOCKS, buffer(5, "recovery", "ore/mine", days, economy=None))
    plan = months_of(study_, 8)
    lost = sum(month.lost_at_once for month in plan) * 365.25 / 12
    assert lost == pytest.approx(rows_of(study_)["ore/mine"].bridge[1], rel=1e-5)
    assert [month.lost_at_once for month in plan[6:]] == pytest.approx([0.0, 0.0], abs=1e-6)


def test_supply_that_comes_back_evenly_never_loses_more():
    study_ = made(buffer(5, "recovery", "ore/mine", 200.0, economy=None))
    plan = months_of(study_, 7)
    assert sum(month.lost_evenly for month in plan) < sum(month.lost_at_once for month in plan)


def test_stock_is_used_before_anything_is_lost():
    study_ = made(*ALL_STOCKS, buffer(5, "recovery", "ore/mine", 300.0, economy=None))
    plan = months_of(study_, 6)
    assert [month.lost_at_once for month in plan[:3]] == pytest.approx([0.0] * 3, abs=1e-6)
    assert plan[4].lost_at_once == pytest.approx(0.8, abs=1e-6)


def test_a_plan_without_a_time_to_recover_is_refused():
    with pytest.raises(InvalidChainError, match="no figure says how long"):
        months_of(made(*ALL_STOCKS), 3)


def test_a_plan_for_a_stage_that_is_not_supplied_names_those_that_are():
    with pytest.raises(UnknownNameError, match="did you mean ore/mine"):
        months_of(made(*ALL_STOCKS), 3, stage="ore/mines")


def test_a_bloc_and_the_one_who_stops_are_refused():
    with pytest.raises(UnknownNameError, match="single economy"):
        rows_of(made(), member="QUAD")
    with pytest.raises(InvalidChainError, match="cannot be cut off"):
        rows_of(made(), member="CHN")


@pytest.fixture(scope="module")
def shipped():
    return study.load(Path(__file__).parents[2])


def test_every_stop_of_the_shipped_study_is_answered_and_in_order(shipped):
    picture = estimates.estimate(shipped)
    network = dependencies.build(shipped, picture)
    for member in ("AUS", "IND", "JPN", "USA"):
        for row in endurance.endure(shipped, picture, network, member, "CHN"):
            known = [days for days in row.survive if days is not None]
            assert known == sorted(known)
            assert row.bridge is None or sorted(d for d in row.bridge if d is not None) == [
                d for d in row.bridge if d is not None
            ]
            assert row.counted is None or row.survive[0] is None or row.survive[0] <= row.counted + 1e-6


def test_american_gallium_stocks_last_about_two_months(shipped):
    # USGS: 3,400 kg in stock, 19,000 kg used a year, all of it imported and 98 to 99 percent of the world's primary Chinese
    picture = estimates.estimate(shipped)
    rows = endurance.endure(shipped, picture, dependencies.build(shipped, picture), "USA", "CHN")
    (row,) = (row for row in rows if row.stage == "gallium/primary")
    assert row.counted == pytest.approx(3400 / 19000 * 365.25 / row.supply.central, rel=1e-3)


def test_figures_of_one_buffer_are_each_read_in_their_own_unit():
    lead = [
        small.figure(8, "ore/mine", "WLD", 730.5, metric="lead_time", basis="none", unit="day"),
        small.figure(9, "ore/mine", "WLD", 4.0, metric="lead_time", basis="none", unit="year"),
    ]
    study_ = made(buffer(1, "recovery", "ore/mine", None, parent=("F-8", "F-9")), figures=[*FIGURES, *lead])
    found = buffers.recovery(study_, "ore/mine", ["JPN"])
    assert (found.low, found.central, found.high) == pytest.approx((730.5, 3 * 365.25, 4 * 365.25))


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"low": 90.0, "high": 10.0}, "low", "low-above-high"),
        ({"value": -5.0}, "value", "negative"),
        ({"unit": "USD"}, "unit", "unknown-unit"),
        ({"kind": "use"}, "unit", "unknown-unit"),
        ({"value": None}, "value", "missing-value"),
        ({"value": None, "parent": ("F-1",)}, "unit", "unknown-unit"),
        ({"value": None, "parent": ("A-all",)}, "unit", "unknown-unit"),
    ],
)
def test_a_buffer_that_cannot_be_right_is_reported_with_its_field(change, field, code):
    study_ = made(buffer(7, "stock", "ore/mine", 30.0) | change)
    (problem,) = study._check_buffers(study_)
    assert (problem.file, problem.line, problem.field, problem.code) == ("b", 7, field, code)


def test_the_buffers_of_the_shipped_study_are_in_order(shipped):
    assert list(study._check_buffers(shipped)) == []
