"""Tables of imports: complete or none, split by origin, printed figures only where no record is."""

import math

import pytest

from depgraph.graph import imports
from depgraph.graph.imports import MASS, SHARE, VALUE
from tests import small

METAL, CODES = "metal/plant", "280530"
MEMBERS = ("IND", "JPN")


def study(rows=(), figures=(), codes=CODES, publishers=("pub-1", "pub-2"), **more):
    """Make one stage with customs codes and what is known of its imports."""
    stages = [small.stage(METAL, hs=codes, **more), small.stage("good/made", final=True)]
    return small.make(figures=figures, stages=stages, imports=rows, publishers=publishers)


def tables_of(made, members=MEMBERS):
    return imports.import_tables(made, imports.read_trade(made), METAL, members)


def kinds(found):
    return [(table.year, table.measure) for table in found]


BOTH = [small.traded("JPN", "CHN", 10.0, 60.0), small.traded("IND", "CHN", 5.0, 40.0)]


def printed(number, member, partner, value, **more):
    """Return one import that a publication prints."""
    cells = {"metric": "import_value", "basis": "value_trade", "partner": partner, "unit": "kUSD"}
    return small.figure(number, METAL, member, value, **cells | {"table": f"HS {CODES}"} | more)


# --- which tables are complete ------------------------------------------------------------------


def test_a_table_holds_mass_before_value_and_the_newest_year_first():
    older = [row | {"year": "2022", "import_id": row["import_id"] + "-old"} for row in BOTH]
    assert kinds(tables_of(study([*older, *BOTH]))) == [(2024, MASS), (2024, VALUE), (2022, MASS), (2022, VALUE)]


def test_a_table_without_a_member_is_none_for_the_bloc_and_one_for_the_other_member():
    made = study(BOTH[:1])
    assert tables_of(made) == []
    assert kinds(tables_of(made, ("JPN",))) == [(2024, MASS), (2024, VALUE)]


def test_a_table_without_one_of_the_codes_of_a_stage_is_none():
    assert tables_of(study(BOTH, codes="280530;284610")) == []
    whole = [*BOTH, small.traded("JPN", "EST", 1.0, 1.0, code="284610")]
    assert kinds(tables_of(study(whole, codes="280530;284610"))) == [(2024, MASS), (2024, VALUE)]


def test_two_sources_are_two_tables_and_never_one():
    rows = [BOTH[0], small.traded("IND", "CHN", 5.0, 40.0, source="pub-2")]
    assert tables_of(study(rows)) == []


def test_a_code_of_a_stage_stands_for_all_that_begin_with_it_and_not_for_its_own_beginning():
    longer = [row | {"code": "28053011"} for row in BOTH]
    assert kinds(tables_of(study(longer))) == [(2024, MASS), (2024, VALUE)]
    assert tables_of(study([row | {"code": "2805"} for row in BOTH])) == []


@pytest.mark.parametrize(("year", "known"), [(2021, False), (2022, True), (2025, True), (2026, False)])
def test_only_trade_of_the_reference_years_counts(year, known):
    rows = [row | {"year": str(year)} for row in BOTH]
    assert bool(tables_of(study(rows))) == known


def test_imports_of_others_do_not_enter():
    table = tables_of(study([*BOTH, small.traded("KOR", "CHN", 99.0, 99.0)]))[0]
    assert {flow.member for flow in table.flows} == set(MEMBERS)


# --- mass ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("unweighed", "measures"), [(0.4, [MASS, VALUE]), (2.0, [VALUE])])
def test_there_are_shares_by_mass_only_where_nearly_all_of_the_value_was_weighed(unweighed, measures):
    rows = [*BOTH, small.traded("JPN", "KOR", unweighed)]
    assert [table.measure for table in tables_of(study(rows))] == measures


def test_who_was_not_weighed_has_no_mass_and_not_a_mass_of_zero():
    table = tables_of(study([*BOTH, small.traded("JPN", "KOR", 0.1)]))[0]
    assert "KOR" not in {flow.partner for flow in table.flows}
    assert "KOR" not in table.split(MEMBERS)[0]


def test_trade_that_sums_to_nothing_is_no_table():
    rows = [small.traded("JPN", "CHN", 0.0, 0.0), small.traded("IND", "CHN", 0.0, 0.0)]
    assert tables_of(study(rows)) == []


# --- origins ------------------------------------------------------------------------------------


def test_what_members_sell_each_other_is_apart_and_no_supply_from_outside():
    rows = [*BOTH, small.traded("JPN", "IND", 7.0, 30.0), small.traded("IND", "KOR", 1.0, 20.0)]
    outside, inside = tables_of(study(rows))[0].split(MEMBERS)
    assert outside == {"CHN": 100.0, "KOR": 20.0}
    assert inside == 30.0


def test_one_members_own_table_counts_the_other_member_as_an_origin():
    rows = [*BOTH, small.traded("JPN", "IND", 7.0, 30.0)]
    outside, inside = tables_of(study(rows))[0].of("JPN").split(["JPN"])
    assert (outside, inside) == ({"CHN": 60.0, "IND": 30.0}, 0.0)


def test_what_a_total_holds_and_no_origin_names_is_from_the_rest_of_the_world():
    rows = [printed(1, "JPN", "WLD", 100.0), printed(2, "JPN", "CHN", 70.0), printed(3, "JPN", "IND", 10.0)]
    (table,) = tables_of(study(figures=rows), ("JPN",))
    assert table.split(["JPN"]) == ({"CHN": 70.0, "IND": 10.0, "ROW": 20.0}, 0.0)
    assert table.split(["IND", "JPN"]) == ({"CHN": 70.0, "ROW": 20.0}, 10.0)


def test_the_rows_behind_an_origin_are_its_own_and_the_totals():
    rows = [printed(1, "JPN", "WLD", 100.0), printed(2, "JPN", "CHN", 70.0), printed(3, "JPN", "KOR", 10.0)]
    (table,) = tables_of(study(figures=rows), ("JPN",))
    assert table.parents("CHN") == ("F-1", "F-2")
    assert table.parents() == ("F-1", "F-2", "F-3")


def test_the_id_of_all_imports_leads_back_to_every_row_once():
    made = study(BOTH)
    book = imports.read_trade(made)
    found = imports.rows_behind(made, book, imports.book_id(MEMBERS, METAL))
    assert sorted(found) == sorted(row["import_id"] for row in BOTH)


# --- printed figures ----------------------------------------------------------------------------


TOTALS = [
    printed(1, "JPN", "WLD", 100.0),
    printed(2, "JPN", "CHN", 70.0),
    printed(3, "IND", "WLD", 50.0),
    printed(4, "IND", "CHN", 10.0),
]


def test_printed_imports_stand_in_where_nothing_is_recorded():
    (table,) = tables_of(study(figures=TOTALS))
    assert (table.year, table.measure, table.unit) == (2024, VALUE, "kUSD")
    assert table.split(MEMBERS) == ({"CHN": 80.0, "ROW": 70.0}, 0.0)


def test_printed_imports_are_not_asked_beside_a_record():
    assert {flow.parent[0] for table in tables_of(study(BOTH, TOTALS)) for flow in table.flows} == {"T"}


def test_printed_imports_without_the_total_of_a_member_are_no_table():
    assert tables_of(study(figures=[TOTALS[0], TOTALS[1], TOTALS[3]])) == []


def test_printed_imports_of_two_units_are_turned_into_one():
    mass = {"metric": "import_mass", "basis": "mass_trade", "unit": "kt"}
    rows = [printed(1, "JPN", "WLD", 2.0, **mass), printed(2, "JPN", "CHN", 500.0, **mass | {"unit": "t"})]
    (table,) = tables_of(study(figures=rows), ("JPN",))
    assert table.unit == "t"
    assert table.split(["JPN"])[0] == {"CHN": 500.0, "ROW": 1500.0}


def test_a_printed_share_speaks_of_one_importer_alone():
    share = printed(1, "JPN", "CHN", 0.7, metric="import_share", unit="share", table=None)
    other = share | {"figure_id": "F-2", "economy": "IND"}
    made = study(figures=[share, other])
    assert kinds(tables_of(made, ("JPN",))) == [(2024, SHARE)]
    assert tables_of(made) == []


def test_a_printed_share_keeps_its_bounds():
    row = printed(1, "JPN", "CHN", None, metric="import_share", unit="share", low=0.6, high=0.9)
    ((flow,),) = [table.flows for table in tables_of(study(figures=[row]), ("JPN",))]
    assert (flow.low, flow.amount, flow.high) == (0.6, pytest.approx(0.75), 0.9)


def test_a_mean_over_several_years_comes_after_the_last_of_them_alone():
    share = printed(1, "JPN", "CHN", 0.7, metric="import_share", unit="share", table=None)
    mean = share | {"figure_id": "F-2", "year": "2022/2024", "value": 0.5}
    assert [table.span for table in tables_of(study(figures=[mean, share]), ("JPN",))] == [0, 2]


def test_figures_that_are_not_ok_are_no_trade():
    rows = [row | {"status": "superseded"} for row in TOTALS]
    assert tables_of(study(figures=rows)) == []


# --- codes that hold other goods too ------------------------------------------------------------


def test_of_a_basket_code_printed_imports_of_the_good_itself_go_before_the_record():
    found = tables_of(study(BOTH, TOTALS, code_fit="basket"))
    assert [(table.measure, table.basket) for table in found] == [(VALUE, False)]


def test_a_basket_code_alone_is_told_as_one():
    assert [table.basket for table in tables_of(study(BOTH, code_fit="basket"))] == [True, True]


def test_shares_of_what_comes_from_outside_sum_to_one():
    rows = [*BOTH, small.traded("JPN", "KOR", 3.0, 11.0), small.traded("IND", "JPN", 2.0, 9.0)]
    for table in tables_of(study(rows)):
        outside, _ = table.split(MEMBERS)
        total = math.fsum(outside.values())
        assert math.fsum(amount / total for amount in outside.values()) == pytest.approx(1.0)
        assert "JPN" not in outside
