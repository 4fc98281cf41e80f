"""Trade files: what is read, what is refused, how it adds up, and that the committed flows are made of the files."""

import csv
import io
import json
import math
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from depgraph.cli import main
from depgraph.core.errors import StudyError, UnknownNameError
from depgraph.core.units import Economies, normalise
from depgraph.study import study
from depgraph.trade import regions, shipments
from depgraph.trade.regions import Flow, Limits, NoTradeError, OverlapError, Pick, Recipe
from depgraph.trade.shipments import Names, Selection, Shipment

ROOT = Path(__file__).parents[2]
DIVERSION = ROOT / "datasets" / "diversion"
DATA = Path(os.environ.get("DEPGRAPH_DATA", ROOT.parent / "shared" / "data"))
ABSENT = "no reference data: set DEPGRAPH_DATA to the folder that holds baci-minerals and derived"

CODES = ("AUS", "CHN", "DEU", "FRA", "IND", "JPN", "KOR", "TWN", "USA", "VNM")
BLOCS = {"QUAD": ("AUS", "IND", "JPN", "USA"), "EU27": ("DEU", "FRA"), "WLD": (), "ROW": ()}
ALIASES = {normalise(name): (code,) for name, code in (("Other Asia, nes", "TWN"), ("KOREA, SOUTH", "KOR"), ("European Union", "EU27"))}  # fmt: skip
ECONOMIES = Economies({code: code for code in (*CODES, *BLOCS)}, BLOCS, ALIASES | {normalise(c): (c,) for c in CODES})
NAMES = Names(ECONOMIES)
COUNTRIES = """\
country_code,country_name,country_iso2,country_iso3
156,China,CN,CHN
276,Germany,DE,DEU
392,Japan,JP,JPN
490,"Other Asia, nes",,S19
711,Southern African Customs Union (...1999),,ZA1
842,USA,US,USA
"""
BACI = """\
t,i,j,k,v,q
2024,156,392,850511,70.5,2.25
2024,156,842,850511,30,         NA
2023,156,392,850511,60,2
"""


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a file and returns its path."""

    def put(text, name="trade.csv"):
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return put


@pytest.fixture
def read(write):
    """Return a function that reads the text of a file."""
    return lambda text, names=NAMES, **wanted: shipments.read_shipments(write(text), names, Selection(**wanted))


@pytest.fixture
def numbers(write):
    """Return the economies by the numbers of CEPII."""
    return Names(ECONOMIES, shipments.read_countries(write(COUNTRIES, "countries.csv"), ECONOMIES))


def ship(exporter, importer, value=1.0, mass=1.0, code="850511", *, year="2024"):
    return Shipment(year, exporter, importer, code, value, mass)


def faults(read, text, **wanted):
    """Return (line, code) of every problem of a text."""
    with pytest.raises(StudyError) as caught:
        read(text, **wanted)
    assert all(problem.file.endswith("trade.csv") for problem in caught.value.problems)
    return [(problem.line, problem.code) for problem in caught.value.problems]


# --- reading ------------------------------------------------------------------------------------


def test_baci_is_read_with_its_file_of_countries(read, numbers):
    assert read(BACI, numbers, years=("2024",)) == [ship("CHN", "JPN", 70.5, 2.25), ship("CHN", "USA", 30.0, None)]


def test_a_number_is_no_economy_without_the_file_of_countries(write):
    with pytest.raises(StudyError, match=r"trade\.csv:2: exporter: no such economy.*give the file of countries"):
        shipments.read_shipments(write(BACI), NAMES, Selection())


def test_the_letters_that_cepii_gives_taiwan_are_known_by_its_name(numbers):
    assert [numbers.find(cell) for cell in ("490", "S19", "TWN", "711")] == ["TWN", "TWN", "TWN", None]


LAYOUTS = [
    ("i,j,cmd,value\nCHN,JPN,850511,70500\n", {"years": ("2024",)}),
    ("year,hs6,description,exporter,importer,value_kusd,qty_t\n2024,850511,m,CHN,JPN,70.5,2.25\n", {}),
    ("year,hs6,exporter,importer,value_usd,qty_t,baci_vintage\n2024,850511,CHN,JPN,70500,2.25,HS17\n", {}),
    ("year,reporter_iso3,partner_iso3,partner_m49,hs6,flow,value_usd,net_weight_kg\n2024,JPN,CHN,CHN,850511,M,70500,2250\n", {}),
    ("refYear,reporterISO,flowCode,partnerISO,cmdCode,netWgt,primaryValue\n2024,CHN,X,JPN,850511,2250,70500\n", {"reports": "X"}),
    ("good,HS6,CTY_NAME,customs_value_usd\nm,850511,CHN,70500\n", {"years": ("2024",), "importer": "JPN"}),
    ("hs6,year,partner_name,value_usd,net_weight_kg\n850511,2024,JPN,70500,2250\n", {"exporter": "CHN"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), LAYOUTS)
def test_every_known_layout_gives_the_same_shipment(read, text, wanted):
    (found,) = read(text, **wanted)
    mass = 2.25 if "qty" in text or "eight" in text or "Wgt" in text else None
    assert found == ship("CHN", "JPN", 70.5, mass)


def test_the_finest_code_of_a_file_is_read(read):
    text = "HS6,HS10,CTY_NAME,customs_value_usd\n850511,8505110070,CHN,1000\n"
    assert read(text, importer="USA", years=("2024",))[0].code == "8505110070"


def test_a_bare_value_has_no_unit_and_is_refused(read):
    assert faults(read, "year,hs6,exporter,importer,value\n2024,850511,CHN,JPN,70\n") == [(1, "missing-column")]


def test_what_a_one_sided_file_leaves_out_must_be_given(read):
    assert faults(read, "hs6,CTY_NAME,customs_value_usd\n850511,CHN,1\n", importer="JPN") == [(1, "missing-column")]
    found = faults(read, "hs6,CTY_NAME,customs_value_usd\n850511,CHN,1\n", years=("2024",))
    assert found == [(1, "missing-column")] * 2


def test_only_what_is_asked_for_is_read(read):
    text = "year,hs6,exporter,importer,value_kusd\n" + "".join(
        f"{year},{code},{exporter},JPN,1\n" for year in (2023, 2024) for code in (284610, 284690, 850511) for exporter in ("CHN", "VNM")
    )  # fmt: skip
    found = read(text, codes=("2846",), years=("2024",), exporter="CHN")
    assert [(item.year, item.code, item.exporter) for item in found] == [
        ("2024", c, "CHN") for c in ("284610", "284690")
    ]


def test_rows_that_are_not_wanted_are_not_checked(read):
    text = "year,hs6,exporter,importer,value_kusd\n2024,10121,Atlantis,JPN,x\n2024,850511,CHN,JPN,1\n"
    assert read(text, codes=("850511",)) == [ship("CHN", "JPN", 1.0, None)]


def test_sums_over_all_partners_are_skipped(read):
    text = "refYear,reporterISO,flowCode,partnerISO,cmdCode,primaryValue\n2024,JPN,M,W00,850511,9\n2024,JPN,M,CHN,850511,9\n"
    assert [item.exporter for item in read(text)] == ["CHN"]


def test_partners_that_are_not_all_there_are_refused_where_the_file_prints_their_sum(read):
    text = "refYear,reporterISO,flowCode,partnerISO,cmdCode,primaryValue\n2024,JPN,M,CHN,850511,4\n2024,JPN,M,W00,850511,9\n"
    assert faults(read, text) == [(3, "missing-reference")]
    # who asks for one pair does not take it for the whole
    assert len(read(text, exporter="CHN", importer="JPN")) == 1


def test_only_a_file_of_all_pairs_is_whole(write):
    assert shipments.is_whole(write(BACI), Selection())
    assert not shipments.is_whole(write(BACI), Selection(importer="JPN"))
    assert [shipments.is_whole(write(text), Selection()) for text, _ in LAYOUTS] == [True] * 3 + [False] * 4


def test_imports_and_exports_of_reporters_are_never_mixed(read):
    text = "refYear,reporterISO,flowCode,partnerISO,cmdCode,primaryValue\n2024,JPN,M,CHN,850511,1000\n2024,CHN,X,JPN,850511,2000\n"
    assert read(text, reports="M") == [ship("CHN", "JPN", 1.0, None)]
    assert read(text, reports="X") == [ship("CHN", "JPN", 2.0, None)]


def test_a_row_that_is_there_twice_counts_once(read):
    row = "2024,850511,CHN,JPN,70,2\n"
    assert len(read(f"year,hs6,exporter,importer,value_kusd,qty_t\n{row}{row}")) == 1


def test_two_different_rows_about_one_trade_are_refused(read):
    text = "year,hs6,exporter,importer,value_kusd\n2024,850511,CHN,JPN,70\n2024,850511,CHN,JPN,71\n"
    assert faults(read, text) == [(3, "duplicate-id")]


@pytest.mark.parametrize("cell", ["0", "0.0", "", "NA", "   NA"])
def test_a_mass_that_was_not_recorded_is_unknown_and_not_zero(read, cell):
    assert read(f"year,hs6,exporter,importer,value_kusd,qty_t\n2024,850511,CHN,JPN,70,{cell}\n")[0].mass is None


BAD = [
    ("2024,850511,CHN,JPN,1", "ragged-row"),
    ("24,850511,CHN,JPN,1,1", "period"),
    ("2024,10121,CHN,JPN,1,1", "approximate-match"),
    ("2024,8505.11,CHN,JPN,1,1", "approximate-match"),
    ("2024,850511,Atlantis,JPN,1,1", "unknown-economy"),
    ("2024,850511,CHN,JPN,,1", "blank-cell"),
    ("2024,850511,CHN,JPN,x,1", "not-a-number"),
    ('2024,850511,CHN,JPN,"1,5",1', "not-a-number"),
    ("2024,850511,CHN,JPN,1_0,1", "not-a-number"),
    ("2024,850511,CHN,JPN,\uff11,1", "not-a-number"),
    ("2024,850511,CHN,JPN,nan,1", "not-a-number"),
    ("2024,850511,CHN,JPN,-1,1", "negative"),
    ("2024,850511,CHN,JPN,1,-1", "negative"),
    (f"2024,850511,CHN,JPN,{'9' * 400},1", "not-finite"),
    ('2024,850511,CHN,JPN,"1"x,1', "broken-quote"),
]


@pytest.mark.parametrize(("row", "code"), BAD)
def test_a_bad_cell_is_refused_with_file_and_line(read, row, code):
    text = f"year,hs6,exporter,importer,value_kusd,qty_t\n2024,850511,CHN,USA,1,1\n{row}\n"
    assert faults(read, text) == [(3, code)]


def test_every_problem_is_told_and_an_economy_only_where_it_is_first_met(read):
    rows = "2024,850511,Atlantis,JPN,1\n2024,850511,CHN,JPN,x\n2024,850512,Atlantis,JPN,1\n"
    found = faults(read, f"year,hs6,exporter,importer,value_kusd\n{rows}")
    assert found == [(2, "unknown-economy"), (3, "not-a-number")]


def test_a_file_with_the_wrong_columns_ends_early(read):
    text = "year,hs6,exporter,importer,value_kusd\n" + "2024,850511,CHN,JPN,x\n" * 1000
    assert len(faults(read, text)) == shipments.MOST_PROBLEMS


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", "year,hs6,exporter,importer,value_kusd\nä".encode("latin-1")])
def test_a_file_of_another_kind_is_refused(write, content):
    with pytest.raises(StudyError, match=r"missing-column|not-utf8"):
        shipments.read_shipments(write(content), NAMES, Selection())


def test_a_byte_order_mark_and_windows_line_ends_are_read(read):
    assert len(read("\ufeffyear,hs6,exporter,importer,value_kusd\r\n2024,850511,CHN,JPN,1\r\n")) == 1


@pytest.mark.parametrize(
    "text", ["a,b\n", "country_code,country_name\n4,x\n", "country_code,country_name,country_iso3\n4,x\n"]
)
def test_a_file_of_countries_of_another_kind_is_refused(write, text):
    with pytest.raises(StudyError, match=r"missing-column|ragged-row"):
        shipments.read_countries(write(text), ECONOMIES)


def test_the_older_file_of_countries_is_known(write):
    text = "country_code,country_name_abbreviation,country_name_full,iso_2digit_alpha,iso_3digit_alpha\n156,China,China,CN,CHN\n"
    assert shipments.read_countries(write(text), ECONOMIES) == {"156": "CHN", "CHN": "CHN"}


# --- regions ------------------------------------------------------------------------------------


def test_every_economy_belongs_to_its_bloc_or_to_the_rest():
    found = regions.region_map(ECONOMIES, ["CHN", "JPN", "EU27", "ROW"])
    assert {found[code] for code in ("DEU", "FRA", "EU27")} == {"EU27"}
    assert {found[code] for code in ("AUS", "IND", "KOR", "TWN", "USA", "VNM")} == {"ROW"}
    assert "QUAD" not in found


def test_an_economy_in_two_regions_is_refused():
    with pytest.raises(OverlapError, match="JPN is in the regions JPN and QUAD"):
        regions.region_map(ECONOMIES, ["JPN", "QUAD"])


@pytest.mark.parametrize("region", ["XXX", "WLD"])
def test_a_region_without_members_is_refused(region):
    with pytest.raises(UnknownNameError):
        regions.region_map(ECONOMIES, [region])


# --- adding up ----------------------------------------------------------------------------------

REGION = regions.region_map(ECONOMIES, ["CHN", "JPN", "EU27", "ROW"])


def total(items, **limits):
    return regions.aggregate(items, REGION, Selection(), Limits(**limits))


def test_trade_within_a_region_is_left_out():
    found = total([ship("DEU", "FRA", 50), ship("USA", "KOR", 5), ship("CHN", "DEU", 40), ship("CHN", "FRA", 5)])
    assert found == regions.Flows((Flow("CHN", "EU27", 45.0, 2.0, ()),), 100.0, 0, 0.0)


def test_a_mass_is_never_scaled_up_and_unknown_if_too_much_of_it_is_missing():
    items = [ship("CHN", "DEU", 90, 3.0), ship("CHN", "FRA", 10, None)]
    assert total(items, gaps=0.1).flows == (Flow("CHN", "EU27", 100.0, 3.0, ("no mass for 10 percent of the value",)),)
    assert total(items, gaps=0.09).flows[0].amount is None
    assert total(items, gaps=0.09).flows[0].notes == ("no mass for 10 percent of the value",)


def test_a_flow_without_any_mass_has_no_amount():
    assert total([ship("CHN", "DEU", 90, None)], gaps=1.0).flows == (Flow("CHN", "EU27", 90.0, None, ()),)


def test_a_small_gap_never_reads_as_none():
    items = [ship("CHN", "DEU", 1e6), ship("CHN", "FRA", 1e-3, None)]
    assert total(items, gaps=1.0).flows[0].notes == ("no mass for less than 0.01 percent of the value",)


def test_a_mean_counts_a_pair_that_a_year_does_not_have_as_nothing():
    items = [ship("CHN", "JPN", 30, 3.0, year="2023"), ship("CHN", "DEU", 10, 1.0), ship("CHN", "JPN", 10, 1.0)]
    assert [(f.importer, f.value, f.amount) for f in total(items).flows] == [("JPN", 20.0, 2.0), ("EU27", 5.0, 0.5)]


@pytest.mark.parametrize("wanted", [Selection(("850511", "2846")), Selection(years=("2023", "2024"))])
def test_a_code_or_year_that_is_not_there_is_refused_and_not_zero(wanted):
    with pytest.raises(NoTradeError, match=r"no shipment of (2846 in 2024|any code in 2023)"):
        regions.aggregate([ship("CHN", "JPN")], REGION, wanted, Limits())


def test_no_shipment_at_all_is_refused():
    with pytest.raises(NoTradeError, match="no shipment at all"):
        total([])


def test_a_code_and_a_part_of_it_are_not_added():
    with pytest.raises(OverlapError, match="284690 is a part of 2846"):
        total([ship("CHN", "JPN", code="2846"), ship("CHN", "JPN", code="284690")])


def test_the_same_trade_of_two_files_is_not_added():
    with pytest.raises(OverlapError, match="2024 CHN JPN 850511 is in two files"):
        total([ship("CHN", "JPN", 5), ship("CHN", "JPN", 6)])


def test_a_bloc_that_lies_in_two_regions_is_refused():
    with pytest.raises(OverlapError, match="QUAD is in no region, or only a part"):
        total([ship("QUAD", "CHN")])


def test_pairs_below_a_part_of_world_trade_are_counted_and_left_out():
    found = total([ship("CHN", "JPN", 99), ship("CHN", "DEU", 1)], least=0.02)
    assert [flow.importer for flow in found.flows] == ["JPN"]
    assert (found.dropped, found.part) == (1, 0.01)


def test_a_price_far_from_the_median_is_told():
    items = [ship("CHN", "JPN", 60, 1.0), ship("CHN", "DEU", 50, 1.0), ship("CHN", "USA", 40, 40.0)]
    notes = {flow.importer: flow.notes for flow in total(items, odd=10).flows}
    assert notes == {"JPN": (), "EU27": (), "ROW": ("1 USD per kg where the median is 50: mass or code doubtful",)}


amounts = st.floats(0.001, 1e6).map(lambda number: round(number, 3))
trades = st.lists(
    st.builds(ship, st.sampled_from(CODES), st.sampled_from(CODES), amounts, st.none() | amounts),
    min_size=1, max_size=30, unique_by=lambda item: item[:4],
)  # fmt: skip


@settings(deadline=None, max_examples=100, derandomize=True)
@given(trades, st.floats(0, 0.2))
def test_flows_trade_within_regions_and_what_is_left_out_sum_to_world_trade(items, least):
    found = total(items, least=least)
    within = math.fsum(item.value for item in items if REGION[item.exporter] == REGION[item.importer])
    parts = [*(flow.value for flow in found.flows), within, found.part * found.world]
    assert math.fsum(parts) == pytest.approx(found.world, rel=1e-6, abs=0.05)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(trades, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(items, random):
    mixed = random.sample(items, len(items))
    assert total(mixed, gaps=0.1, least=0.01, odd=10) == total(items, gaps=0.1, least=0.01, odd=10)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(trades, st.floats(0, 1), st.floats(0, 1))
def test_more_tolerance_for_gaps_never_loses_an_amount(items, one, other):
    strict, loose = sorted((one, other))
    known = [{(f.exporter, f.importer): f.amount for f in total(items, gaps=gap).flows} for gap in (strict, loose)]
    assert all(known[1][pair] == amount for pair, amount in known[0].items() if amount is not None)


# --- recipes ------------------------------------------------------------------------------------


def rows_of(items, **recipe):
    wanted = Selection(("28",), ("2024",))
    return regions.flow_rows(
        items, REGION, Recipe("rare_earths/separation", "cepii-3", "basket", (), wanted, **recipe), Limits(gaps=1.0)
    )


def test_a_recipe_says_what_it_leaves_out():
    items = [ship("CHN", "JPN", 70, 2, "284690"), ship("USA", "CHN", 30, 30, "284690")]
    (row,) = rows_of(items, leave_out=(Pick("USA", "CHN", ("2846",)),))
    assert row["note"] == "basket; 1 shipment, 30 percent of the value, left out as another good"
    assert rows_of(items, price=(5.0, math.inf))[0]["note"] == row["note"]
    assert rows_of(items, only=(Pick("CHN"),))[0]["note"] == "basket"


def test_a_shipment_without_mass_has_no_price_to_be_left_out_for():
    assert len(rows_of([ship("CHN", "JPN", 70, None, "284690")], price=(5.0, 9.0))) == 1


def test_rows_have_the_columns_of_the_table():
    columns = [column.name for column in study.tables.schemas()["flows"].columns]
    (row,) = rows_of([ship("CHN", "JPN", 70, 2, "284690")])
    assert list(row) == columns


BOOK = """\
countries = "countries.csv"
gaps = 0.1
[[flow]]
stage = "gallium/primary"
source = "office-1"
files = ["a.csv"]
codes = ["811292"]
years = ["2024"]
leave_out = [{ exporter = "USA", reason = "scrap" }]
"""


def test_a_book_of_recipes_makes_the_rows(write):
    write(COUNTRIES, "countries.csv")
    folder = write("t,i,j,k,v,q\n2024,156,392,811292,70,2\n2024,842,392,811292,7,1\n", "a.csv").parent
    rows = regions.build(regions.read_book(write(BOOK, "book.toml")), folder, ECONOMIES, ["CHN", "JPN", "ROW"])
    assert [(row["flow_id"], row["amount"], row["value_kusd"]) for row in rows] == [
        ("FL:gallium/primary:CHN:JPN", 2.0, 70.0)
    ]


def test_two_recipes_may_not_make_the_same_flow(write):
    write(COUNTRIES, "countries.csv")
    folder = write("t,i,j,k,v,q\n2024,156,392,811292,70,2\n", "a.csv").parent
    book = regions.read_book(write(BOOK + BOOK[BOOK.index("[[flow]]") :], "book.toml"))
    with pytest.raises(OverlapError, match="two recipes make the flow FL:gallium/primary:CHN:JPN"):
        regions.build(book, folder, ECONOMIES, ["CHN", "JPN", "ROW"])


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("countries =", "country =", "unknown-column"),
        ("gaps = 0.1", 'gaps = "much"', "unknown-word"),
        ('["811292"]', "[811292]", "unknown-word"),
        ('["811292"]', "[]", "blank-cell"),
        ("stage =", "stages =", "unknown-column"),
        ("leave_out = [{", "leave_out = [3, {", "unknown-word"),
        (', reason = "scrap"', "", "blank-cell"),
        ("reason", "because", "unknown-column"),
        ("leave_out", "price", "unknown-word"),
        ("[[flow]]", "[flow]", "unknown-word"),
        ("[[flow]]", "[[flow]", "toml"),
    ],
)
def test_a_wrong_book_is_refused(write, old, new, code):
    with pytest.raises(StudyError) as caught:
        regions.read_book(write(BOOK.replace(old, new, 1), "book.toml"))
    assert code in {problem.code for problem in caught.value.problems}


# --- screening ----------------------------------------------------------------------------------

# golden case cdi-basic of the methods: imports from outside 70, 20, 10; inside 60; exports 80
CDI = [
    ship("CHN", "JPN", 70), ship("VNM", "IND", 20), ship("DEU", "USA", 10),
    ship("AUS", "JPN", 60), ship("JPN", "KOR", 20), ship("CHN", "KOR", 20),
]  # fmt: skip


def test_the_golden_case_of_the_core_dependency_indicators_is_reproduced():
    (found,) = regions.screen(CDI, ECONOMIES, "QUAD", "CHN")
    assert (found.imports, found.internal, found.exports) == (100.0, 60.0, 80.0)
    assert (found.cdi1, found.cdi2, found.cdi3) == pytest.approx((0.54, 0.625, 1.25))
    assert (found.dependent, found.supplier, found.supplier_share, found.rival_share) == (True, "CHN", 0.7, 0.7)
    assert found.rival_world_share == pytest.approx(0.45)
    assert found.world_hhi == pytest.approx((0.9**2 + 0.2**2 + 0.1**2 + 0.6**2 + 0.2**2) / 4)


def test_a_file_of_one_importer_says_nothing_of_exports():
    (found,) = regions.screen(CDI[:3], ECONOMIES, "QUAD", "CHN", whole=False)
    assert (found.exports, found.cdi3, found.dependent, found.world_hhi, found.rival_world_share) == (None,) * 5
    assert found.cdi1 == pytest.approx(0.54)


def test_a_code_that_the_bloc_does_not_import_has_no_indicators():
    (found,) = regions.screen([ship("CHN", "KOR")], ECONOMIES, "QUAD", "CHN")
    assert (found.cdi1, found.cdi2, found.cdi3, found.supplier, found.rival_share) == (None,) * 5


def test_a_rival_inside_the_bloc_has_no_part_of_the_imports_from_outside():
    assert regions.screen(CDI, ECONOMIES, "QUAD", "JPN")[0].rival_share is None


def test_codes_and_years_are_screened_apart():
    items = [ship("CHN", "JPN", code=code, year=year) for code in ("850511", "2846") for year in ("2024", "2023")]
    found = [(item.code, item.year) for item in regions.screen(items, ECONOMIES, "QUAD", "CHN")]
    assert found == [("2846", "2023"), ("2846", "2024"), ("850511", "2023"), ("850511", "2024")]


def test_a_bloc_of_which_only_a_part_is_meant_is_refused():
    with pytest.raises(OverlapError, match="EU27, of which only DEU"):
        regions.screen([ship("EU27", "JPN")], ECONOMIES, "DEU", "CHN")


@settings(deadline=None, max_examples=60, derandomize=True)
@given(trades, st.sampled_from([0.001, 7.0, 1000.0]))
def test_the_screens_do_not_depend_on_the_unit_of_value(items, factor):
    scaled = [item._replace(value=item.value * factor) for item in items]
    ratios = ("cdi1", "cdi2", "cdi3", "supplier_share", "rival_share", "world_hhi")
    for one, other in zip(*(regions.screen(x, ECONOMIES, "QUAD", "CHN") for x in (items, scaled)), strict=True):
        pairs = [(getattr(one, name), getattr(other, name)) for name in ratios]
        assert all(a is b or a == pytest.approx(b, rel=1e-9) for a, b in pairs)


# --- the commands -------------------------------------------------------------------------------

TRADE = "year,hs6,exporter,importer,value_kusd,qty_t\n2024,811292,CHN,JPN,70,2\n2024,811292,CHN,KOR,30,\n2023,811292,CHN,JPN,9,1\n"


@pytest.fixture
def regional(made, monkeypatch):
    """Return a study with three regions and the command."""
    monkeypatch.setitem(main.COMMANDS, "trade", ("depgraph.cli.trade", "Read bilateral trade."))
    for region in ("CHN", "JPN", "ROW"):
        made.add("datasets/diversion/regions.csv", region=region, name=region, weight="A-made-of")
    made.write("trade.csv", TRADE)
    return made


def flows(made, *arguments):
    name = made.path("trade.csv")
    return made.run("trade", "flows", name, "--stage", "gallium/primary", "--source", "office-1", *arguments)


@pytest.mark.parametrize("form", ["table", "csv", "json", "jsonl", "md", "xlsx"])
def test_flows_are_written_in_every_format(regional, form):
    result = flows(regional, "--year", "2024", "-f", form)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout_bytes


def test_the_flows_that_are_printed_can_be_put_into_the_study(regional):
    result = flows(regional, "--year", "2024", "-f", "csv")
    assert [row["importer"] for row in csv.DictReader(io.StringIO(result.stdout))] == ["JPN", "ROW"]
    regional.write("datasets/diversion/flows.csv", result.stdout)
    assert [row["amount"] for row in regional.load().tables["flows"]] == [2.0, None]


def test_without_a_year_the_years_of_the_file_are_averaged_and_named(regional):
    rows = json.loads(flows(regional, "-f", "json").stdout)
    assert [(row["year"], row["value_kusd"]) for row in rows] == [("2023/2024", 39.5), ("2023/2024", 15.0)]
    assert rows[0]["note"] == "mean of 2 years"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--stage", "gallium/primery"], 2, "did you mean gallium/primary"),
        (["--source", "office-9"], 2, "did you mean office-1"),
        (["--code", "2846"], 3, "no shipment"),
        (["--year", "2020"], 3, "no shipment"),
        (["--importer", "Korea"], 2, "KOR or PRK"),
        (["--stage", "drones/complete"], 2, "has no customs codes"),
    ],
)
def test_wrong_usage_of_flows_is_answered(regional, arguments, code, message):
    result = flows(regional, *arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert message in result.stderr


def test_a_bad_file_is_answered_with_file_and_line(regional):
    regional.damage("trade.csv", "70,2", "70,2 t")
    result = flows(regional)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "trade.csv:2: mass: no plain decimal number (got '2 t')" in result.stderr


def test_flows_need_regions(made, monkeypatch):
    monkeypatch.setitem(main.COMMANDS, "trade", ("depgraph.cli.trade", "Read bilateral trade."))
    made.write("trade.csv", TRADE)
    result = flows(made)
    assert (result.exit_code, "has no regions" in result.stderr) == (3, True)


def test_the_screen_says_that_a_ratio_to_no_exports_is_infinite(regional):
    result = regional.run("trade", "screen", regional.path("trade.csv"), "--year", "2024", "-f", "json")
    (row,) = json.loads(result.stdout)
    assert (row["cdi1"], row["cdi2"], row["cdi3"], row["dependent"]) == (1.0, 1.0, None, True)
    assert row["note"] == "the bloc has imports and no exports: cdi3 is infinite"


def test_a_screen_of_one_sided_trade_leaves_the_verdict_open(regional):
    arguments = ("--for", "Japan", "--importer", "JPN", "--year", "2024", "-f", "json")
    (row,) = json.loads(regional.run("trade", "screen", regional.path("trade.csv"), *arguments).stdout)
    assert (row["cdi1"], row["exports"], row["dependent"], row["note"]) == (1.0, None, None, None)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--exporter", "CHN"], "needs the imports from everybody"),
        (["--importer", "JPN"], "screen them for JPN alone"),
    ],
)
def test_the_trade_of_one_economy_is_not_taken_for_that_of_a_bloc(regional, arguments, message):
    result = regional.run("trade", "screen", regional.path("trade.csv"), *arguments)
    assert (result.exit_code, result.stdout, message in result.stderr) == (2, "", True)


def test_a_whole_table_is_built_from_its_recipes(regional):
    regional.write("data/countries.csv", COUNTRIES)
    regional.write("data/a.csv", TRADE)
    regional.write("datasets/diversion/flows.toml", BOOK)
    result = regional.run("trade", "build", regional.path("data"), "-f", "json")
    assert [row["flow_id"] for row in json.loads(result.stdout)] == [
        f"FL:gallium/primary:CHN:{to}" for to in ("JPN", "ROW")
    ]
    regional.write("datasets/diversion/flows.toml", BOOK.replace("gallium/primary", "gallium/moon"))
    assert regional.run("trade", "build", regional.path("data")).exit_code == 2


@pytest.mark.parametrize("verb", ["flows", "build", "screen"])
def test_the_help_of_each_verb_ends_with_an_example(regional, verb):
    result = regional.run("trade", verb, "--help")
    assert result.exit_code == 0
    assert f"depgraph trade {verb}" in result.stdout.rpartition("Example:")[2]


# --- the committed flows ------------------------------------------------------------------------


def test_the_committed_flows_are_what_the_module_makes_of_the_files():
    book, table = DIVERSION / "flows.toml", DIVERSION / "flows.csv"
    assert book.is_file() == (table.is_file() and table.stat().st_size > 200)
    if not book.is_file():
        pytest.skip("the study has no recipes")
    if not (DATA / "baci-minerals").is_dir():
        pytest.skip(ABSENT)
    shipped = study.load(ROOT)
    places = [row["region"] for row in shipped.tables["regions"]]
    made = regions.build(regions.read_book(book), DATA, shipped.economies, places)
    # rows of figures that no trade file holds are entered by hand
    recorded = [row for row in shipped.tables["flows"] if row["flow_id"].startswith("FL:")]
    committed = [{key: row[key] for key in made[0]} for row in recorded]
    assert committed == made
