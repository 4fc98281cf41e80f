"""Direct and embodied supply: closed forms on small studies, and the shares of the trade files themselves."""

import csv
import math
import os
from collections import defaultdict
from pathlib import Path

import pytest

from depgraph.evidence import estimates
from depgraph.graph import imports, sourcing
from depgraph.interface import loading
from depgraph.study import ledger
from tests import small

ROOT = Path(__file__).parents[2]
REFERENCE = Path(os.environ.get("DEPGRAPH_REFERENCE", ROOT.parent / "shared" / "reference"))
BACI = REFERENCE.parent / "data" / "baci-minerals"
QUAD = ("AUS", "IND", "JPN", "USA")

METAL, PART, GOOD = "metal/plant", "part/made", "good/made"
IMPORTS = [
    small.traded("JPN", "CHN", 75.0, 60.0),
    small.traded("JPN", "KOR", 15.0, 30.0),
    small.traded("JPN", "IND", 10.0, 10.0),
]


def study(rows=IMPORTS, figures=(), ledger_rows=(), *, good_shares=(), **more):
    """Make metal that goes into a part, and the part into a finished good."""
    stages = [
        small.stage(METAL, hs="280530", **more),
        small.stage(PART),
        small.stage(GOOD, final=True),
    ]
    recipes = [small.recipe(1, METAL, PART, "A-all"), small.recipe(2, PART, GOOD, "A-all")]
    after = [small.figure(50 + place, PART, code, share) for place, (code, share) in enumerate(good_shares)]
    return small.make(
        figures=[*figures, *after], stages=stages, recipes=recipes, imports=rows,
        ledger=[small.assumption("A-all", 1.0), *ledger_rows],
    )  # fmt: skip


def supply_of(made, bloc="JPN", stage=METAL):
    found = sourcing.supply(made, estimates.estimate(made), stage, bloc, imports.read_trade(made))
    return {item.economy: item for item in found}


def bought_by(made, bloc="JPN", stage=METAL):
    return sourcing.purchases(made, estimates.estimate(made), stage, bloc, imports.read_trade(made))


def shifted(share, own, others):
    return share * own / (share * own + (1 - share) * others)


def around(share):
    """Return the range of a recorded share whose own part and the others' part are in error by a quarter."""
    return shifted(share, 0.75, 1.25), share, shifted(share, 1.25, 0.75)


# --- what is bought -----------------------------------------------------------------------------


def test_the_records_hold_the_part_of_all_imports_by_mass_and_by_value():
    found = bought_by(study())
    assert {origin: (item.purchase.mass, item.purchase.value) for origin, item in found.items()} == {
        "CHN": (0.6, 0.75),
        "KOR": (0.3, 0.15),
        "IND": (0.1, 0.1),
    }


@pytest.mark.parametrize(("wanted", "share"), [(None, 0.6), ("mass", 0.6), ("value", 0.75)])
def test_the_direct_part_is_taken_by_mass_unless_the_stage_asks_for_value(wanted, share):
    item = bought_by(study(trade_measure=wanted))["CHN"]
    assert item.direct.central == pytest.approx(share)
    assert item.purchase.measure == (wanted or "mass")


def test_without_masses_the_value_decides_and_the_mass_is_unknown():
    rows = [row | {"mass_t": None} for row in IMPORTS]
    item = bought_by(study(rows))["CHN"]
    assert (item.purchase.mass, item.purchase.value, item.purchase.measure) == (None, 0.75, "value")


def test_an_origin_that_was_not_weighed_has_no_mass_and_stands_with_its_value():
    rows = [*IMPORTS, small.traded("JPN", "EST", 2.0)]
    item = bought_by(study(rows, [RELIANT]))["EST"]
    assert (item.purchase.mass, item.purchase.measure) == (None, "value")
    assert item.purchase.value == pytest.approx(2 / 102)
    assert item.direct == pytest.approx(around(2 / 102))


def test_the_range_spans_the_years_and_the_error_of_trade_figures_and_the_newest_year_is_central():
    older = [row | {"year": "2022", "import_id": row["import_id"] + "-old", "mass_t": 50.0} for row in IMPORTS[:2]]
    low, central, high = bought_by(study([*IMPORTS, *older]))["CHN"].direct
    assert central == pytest.approx(0.6)
    # home output is anything from nothing: only the upper end follows from trade alone
    assert high == pytest.approx(shifted(0.6, 1.25, 0.75))
    assert low == 0
    known = small.figure(1, METAL, "JPN", 1.0, metric="import_reliance")
    low, _, _ = bought_by(study([*IMPORTS, *older], [known]))["CHN"].direct
    assert low == pytest.approx(0.995 * shifted(0.5, 0.75, 1.25))


def test_an_origin_that_the_newest_year_does_not_name_is_at_zero_with_what_it_once_had_as_high():
    older = [small.traded("JPN", "EST", 10.0, 100.0, year=2022)]
    low, central, high = bought_by(study([*IMPORTS, *older]))["EST"].direct
    assert (low, central) == (0.0, 0.0)
    assert high == pytest.approx(1.0)


def test_years_count_how_many_are_recorded():
    older = [row | {"year": "2022", "import_id": row["import_id"] + "-old"} for row in IMPORTS]
    assert {item.purchase.years for item in bought_by(study([*IMPORTS, *older])).values()} == {2}


# --- home output --------------------------------------------------------------------------------


CONTENT = small.assumption("A-content", 0.5, 0.4, 0.6)


def production(number, amount, economy="JPN", **more):
    return small.figure(number, METAL, economy, amount, metric="production", unit="t", **more)


def test_counted_output_is_added_to_the_imports_in_what_it_counts():
    made = study(figures=[production(1, 50.0)], ledger_rows=[CONTENT], content=("A-content",))
    item = bought_by(made)["CHN"]
    assert item.purchase.home == sourcing.COUNTED
    # 100 t bought hold 50 t of metal beside 50 t made
    assert item.direct.central == pytest.approx(0.6 * 50 / 100)
    parts = (40 / 90, 0.5, 60 / 110)
    assert item.direct == pytest.approx([part * share for part, share in zip(parts, around(0.6), strict=True)])


def test_several_counts_of_output_widen_the_range_and_the_median_is_central():
    rows = [production(1, 25.0), production(2, 50.0), production(3, 150.0)]
    exact = small.assumption("A-content", 0.5)
    direct = bought_by(study(figures=rows, ledger_rows=[exact], content=("A-content",)))["CHN"].direct
    parts = (50 / 200, 50 / 100, 50 / 75)
    assert direct == pytest.approx([part * share for part, share in zip(parts, around(0.6), strict=True)])


def test_an_older_count_does_not_stand_beside_a_newer_one():
    rows = [production(1, 50.0), production(2, 5000.0, year="2022")]
    made = study(figures=rows, ledger_rows=[CONTENT], content=("A-content",))
    assert bought_by(made)["CHN"].direct.central == pytest.approx(0.3)


def test_output_counts_in_any_unit_of_mass():
    made = study(figures=[production(1, 0.05) | {"unit": "kt"}], ledger_rows=[CONTENT], content=("A-content",))
    assert bought_by(made)["CHN"].direct.central == pytest.approx(0.3)


def test_without_a_content_output_and_trade_are_not_added():
    assert bought_by(study(figures=[production(1, 50.0)]))["CHN"].purchase.home == sourcing.UNKNOWN


def test_published_reliance_is_the_part_that_is_imported():
    figures = [small.figure(1, METAL, "JPN", 0.5, metric="import_reliance")]
    item = bought_by(study(figures=figures))["CHN"]
    assert item.purchase.home == sourcing.RELIANCE
    assert item.direct == pytest.approx(
        [part * share for part, share in zip((0.495, 0.5, 0.505), around(0.6), strict=True)]
    )
    assert "F-1" in item.parents


def test_counted_output_goes_before_published_reliance():
    figures = [production(1, 50.0), small.figure(2, METAL, "JPN", 0.9, metric="import_reliance")]
    made = study(figures=figures, ledger_rows=[CONTENT], content=("A-content",))
    assert bought_by(made)["CHN"].purchase.home == sourcing.COUNTED


@pytest.mark.parametrize(("share", "home"), [(0.01, sourcing.NEGLIGIBLE), (0.03, sourcing.MADE)])
def test_a_member_whose_world_share_is_negligible_imports_all(share, home):
    figures = [small.figure(1, METAL, "CHN", 0.9), small.figure(2, METAL, "JPN", share)]
    item = bought_by(study(figures=figures))["CHN"]
    assert item.purchase.home == home
    if home == sourcing.NEGLIGIBLE:
        assert item.direct == pytest.approx(around(0.6))
        assert ledger.NEGLIGIBLE in item.parents


MADE_AT_HOME = small.assumption(ledger.HOME_MADE, 1.0, 0.5, 2.0, unit="index")
MAYBE_AT_HOME = small.assumption(ledger.HOME_UNKNOWN, 0.25, 0.0, 1.0, unit="index")


def test_output_that_nobody_counts_is_a_multiple_of_the_imports():
    figures = [small.figure(1, METAL, "CHN", 0.6), small.figure(2, METAL, "JPN", 0.3)]
    item = bought_by(study(figures=figures, ledger_rows=[MADE_AT_HOME, MAYBE_AT_HOME]))["CHN"]
    parts = (1 / 3, 1 / 2, 1 / 1.5)
    assert item.direct == pytest.approx([part * share for part, share in zip(parts, around(0.6), strict=True)])
    assert {ledger.HOME_MADE, "E:metal/plant:JPN"} <= set(item.parents)


def test_of_a_member_that_nobody_names_less_is_supposed_and_both_ends_stay_open():
    item = bought_by(study(ledger_rows=[MADE_AT_HOME, MAYBE_AT_HOME]))["CHN"]
    assert item.purchase.home == sourcing.UNKNOWN
    parts = (1 / 2, 1 / 1.25, 1.0)
    assert item.direct == pytest.approx([part * share for part, share in zip(parts, around(0.6), strict=True)])


def test_without_the_assumption_unknown_output_is_anything_and_never_nothing():
    low, _, high = bought_by(study())["CHN"].direct
    assert low == 0
    assert high == pytest.approx(around(0.6)[2])


# --- a bloc -------------------------------------------------------------------------------------


TWO = [*IMPORTS, small.traded("USA", "CHN", 20.0, 20.0), small.traded("USA", "JPN", 30.0, 80.0)]
PAIR = ("JPN", "USA")


def pair_of(made):
    """Return the bloc of two members, which the small study does not have."""
    made.economies.members["PAIR"] = PAIR
    return made


@pytest.fixture
def members_are_put_back():
    kept = dict(small.MEMBERS)
    yield
    small.MEMBERS.clear()
    small.MEMBERS.update(kept)


@pytest.mark.usefixtures("members_are_put_back")
def test_a_bloc_is_its_members_added_up_and_trade_among_them_is_no_supply():
    figures = [production(1, 60.0), production(2, 15.0, "USA")]
    exact = small.assumption("A-content", 0.5)
    made = pair_of(study(TWO, figures, [exact], content=("A-content",)))
    found = bought_by(made, "PAIR")
    # from outside 60 + 30 + 10 t of Japan and 20 t of the United States; 75 t of metal are made in 150 t of goods
    assert found["CHN"].direct.central == pytest.approx(80 / (120 + 150))
    assert found["KOR"].direct.central == pytest.approx(30 / (120 + 150))
    assert "JPN" not in found
    assert found["CHN"].purchase.mass == pytest.approx(80 / 120)
    assert found["CHN"].purchase.home == "JPN: output counted; USA: output counted"


@pytest.mark.usefixtures("members_are_put_back")
def test_each_member_enters_a_bloc_with_what_is_known_of_it():
    figures = [small.figure(1, METAL, "USA", 0.5, metric="import_reliance", low=0.5, high=0.5)]
    made = pair_of(study(TWO, figures, [MAYBE_AT_HOME]))
    # the United States make as much as they import, Japan a quarter of it
    item = bought_by(made, "PAIR")["CHN"]
    assert item.direct.central == pytest.approx(80 / (120 + 100 + 25))
    assert item.purchase.home == "JPN: not known; USA: net import reliance"


@pytest.mark.usefixtures("members_are_put_back")
def test_what_a_net_exporter_makes_does_not_follow_from_what_it_imports():
    figures = [small.figure(1, METAL, "USA", 0.0, metric="import_reliance", low=0.0, high=0.0)]
    made = pair_of(study(TWO, figures, [MAYBE_AT_HOME]))
    assert bought_by(made, "PAIR")["CHN"].direct.central == pytest.approx(80 / (120 + 25 + 25))


@pytest.mark.usefixtures("members_are_put_back")
def test_a_bloc_of_which_one_member_is_not_recorded_buys_nothing_that_is_known():
    made = pair_of(study(IMPORTS, [small.figure(1, METAL, "CHN", 0.9)]))
    assert bought_by(made, "PAIR") == {}
    item = supply_of(made, "PAIR")["CHN"]
    assert (item.method, item.purchase) == (sourcing.WORLD, None)
    assert item.direct == item.embodied == (0.895, 0.9, 0.905)


# --- embodied -----------------------------------------------------------------------------------


RELIANT = small.figure(90, METAL, "JPN", 1.0, metric="import_reliance", low=1.0, high=1.0)
WORLD = [small.figure(1, METAL, "CHN", 0.9), RELIANT]


def test_what_makers_at_home_do_not_use_comes_with_the_share_of_the_world():
    made = study(figures=WORLD, good_shares=[("JPN", 0.4), ("CHN", 0.6)])
    item = supply_of(made)["CHN"]
    assert item.direct == pytest.approx(around(0.6))
    assert item.embodied.central == pytest.approx(0.4 * 0.6 + 0.6 * 0.9)
    corners = (0.395, 0.405)
    assert item.embodied.low == pytest.approx(min(h * around(0.6)[0] + (1 - h) * 0.895 for h in corners))
    assert item.embodied.high == pytest.approx(max(h * around(0.6)[2] + (1 - h) * 0.905 for h in corners))
    assert item.method == sourcing.BOTH


def test_more_made_at_home_moves_the_embodied_part_towards_what_is_bought():
    found = [
        supply_of(study(figures=WORLD, good_shares=[("JPN", h), ("CHN", 1 - h)]))["CHN"].embodied.central
        for h in (0.1, 0.5, 0.9)
    ]
    assert found == pytest.approx([0.9 - 0.3 * h for h in (0.1, 0.5, 0.9)])


def test_an_importer_that_makes_nothing_after_it_takes_the_share_of_the_world():
    made = study(figures=WORLD, good_shares=[("JPN", 0.0), ("CHN", 1.0)])
    embodied = supply_of(made)["CHN"].embodied
    assert embodied.central == pytest.approx(0.9)


def test_where_nothing_is_known_of_the_next_stages_the_embodied_part_is_anywhere_between():
    item = supply_of(study(figures=WORLD))["CHN"]
    assert item.embodied.low == pytest.approx(min(around(0.6)[0], 0.895))
    assert item.embodied.high == pytest.approx(max(around(0.6)[2], 0.905))
    assert item.embodied.low <= item.embodied.central <= item.embodied.high


def test_an_assumption_narrows_the_unknown_home_part():
    part = small.assumption(ledger.HOME_PART_UNKNOWN, 0.5, 0.25, 0.75)
    item = supply_of(study(figures=WORLD, ledger_rows=[part]))["CHN"]
    assert item.embodied.central == pytest.approx(0.5 * 0.6 + 0.5 * 0.9)
    assert ledger.HOME_PART_UNKNOWN in item.home


def test_a_finished_good_is_all_direct():
    made = study(figures=WORLD)
    made.stages[METAL]["final"] = True
    item = supply_of(made)["CHN"]
    assert item.embodied == item.direct
    assert item.method == sourcing.IMPORTS


def test_a_supplier_of_the_world_from_whom_nothing_is_bought_delivers_inside_later_goods_only():
    figures = [*WORLD[1:], small.figure(1, METAL, "CHN", 0.5), small.figure(2, METAL, "VNM", 0.4)]
    item = supply_of(study(figures=figures, good_shares=[("JPN", 0.25), ("CHN", 0.75)]))["VNM"]
    assert item.direct == (0.0, 0.0, 0.0)
    assert item.purchase.mass == item.purchase.value == 0.0
    assert item.embodied.central == pytest.approx(0.75 * 0.4)


def test_without_a_share_of_the_world_both_parts_are_what_is_bought():
    item = supply_of(study(figures=[RELIANT]))["CHN"]
    assert item.direct == item.embodied == pytest.approx(around(0.6))
    assert item.method == sourcing.IMPORTS


def test_a_share_of_the_members_own_market_is_told_as_one():
    figures = [small.figure(1, METAL, "CHN", 0.7, metric="volume_share", basis="count_by_site", market="JPN")]
    item = supply_of(study((), figures))["CHN"]
    assert (item.method, item.direct.central) == (sourcing.MARKET, 0.7)


# --- codes that hold other goods, groups of origins ---------------------------------------------


def test_under_a_code_that_holds_other_goods_the_world_share_stands_for_what_is_embodied():
    item = supply_of(study(figures=WORLD, code_fit="basket", good_shares=[("JPN", 0.9), ("CHN", 0.1)]))["CHN"]
    assert item.embodied == pytest.approx((0.895, 0.9, 0.905))
    assert item.purchase.basket
    assert item.direct.central == pytest.approx(0.6)


def test_a_basket_without_a_share_of_the_world_scores_nothing():
    made = study(figures=[RELIANT], code_fit="basket")
    assert supply_of(made) == {}
    assert bought_by(made)["CHN"].purchase.basket


def test_what_comes_from_a_group_is_split_among_its_members_by_their_world_shares():
    rows = [small.traded("JPN", "CHN", 60.0, 60.0), small.traded("JPN", "EUR", 40.0, 40.0)]
    figures = [RELIANT, small.figure(1, METAL, "DEU", 0.3), small.figure(2, METAL, "FRA", 0.1)]
    found = supply_of(study(rows, figures))
    assert "EUR" not in found
    assert found["DEU"].direct == pytest.approx((0.0, 0.3, around(0.4)[2]))
    assert found["FRA"].direct == pytest.approx((0.0, 0.1, around(0.4)[2]))
    assert found["DEU"].purchase.mass is None


def test_a_group_of_which_nobody_makes_the_stage_stays_a_group():
    rows = [small.traded("JPN", "CHN", 60.0, 60.0), small.traded("JPN", "EUR", 40.0, 40.0)]
    found = supply_of(study(rows, [RELIANT, small.figure(1, METAL, "CHN", 0.3)]))
    assert found["EUR"].direct.central == pytest.approx(0.4)


# --- what no origin is named for ----------------------------------------------------------------


def printed_share(number, partner, value):
    cells = {"metric": "import_share", "basis": "value_trade", "partner": partner, "low": value, "high": value}
    return small.figure(number, METAL, "JPN", value, **cells)


def test_who_is_not_named_has_a_part_of_what_is_left_and_not_nothing():
    figures = [
        RELIANT,
        printed_share(1, "CHN", 0.6),
        small.figure(2, METAL, "CHN", 0.5),
        small.figure(3, METAL, "VNM", 0.3),
        small.figure(4, METAL, "KOR", 0.1),
    ]
    found = supply_of(study((), figures))
    # 40 percent of the imports have no named origin; outside China the world has 0.3, 0.1 and 0.1 without a name
    most = around(0.4)[2]
    assert found["VNM"].direct == pytest.approx((0.0, 0.4 * 0.3 / 0.5, most))
    assert found["KOR"].direct == pytest.approx((0.0, 0.4 * 0.1 / 0.5, most))
    assert found["VNM"].purchase.mass is found["VNM"].purchase.value is None
    assert found["CHN"].direct.central == pytest.approx(0.6)
    assert "ROW" not in found


def test_what_is_left_of_a_total_is_split_alike():
    cells = {"metric": "import_mass", "basis": "mass_trade", "unit": "t"}
    figures = [
        RELIANT,
        small.figure(1, METAL, "JPN", 100.0, partner="WLD", **cells),
        small.figure(2, METAL, "JPN", 60.0, partner="CHN", **cells),
        small.figure(3, METAL, "CHN", 0.5),
        small.figure(4, METAL, "VNM", 0.5),
    ]
    found = supply_of(study((), figures))
    assert found["VNM"].direct == pytest.approx((0.0, 0.4, around(0.4)[2]))
    assert found["VNM"].purchase.mass is None
    assert found["CHN"].purchase.mass == pytest.approx(0.6)


def test_a_table_that_names_every_origin_leaves_nothing_to_others():
    figures = [RELIANT, small.figure(1, METAL, "CHN", 0.5), small.figure(2, METAL, "VNM", 0.4)]
    assert supply_of(study(figures=figures))["VNM"].direct == (0.0, 0.0, 0.0)


def test_imports_without_a_named_origin_are_imports_and_no_output_at_home():
    """The home part of a stage is what is not imported: all printed imports count, named or not."""
    share = {"metric": "import_share", "basis": "value_trade", "partner": "CHN", "low": 0.3, "high": 0.3}
    figures = [
        *WORLD,
        small.figure(60, PART, "JPN", 0.3, **share),
        small.figure(61, PART, "JPN", 0.8, metric="import_reliance", low=0.8, high=0.8),
    ]
    item = supply_of(study(figures=figures))["CHN"]
    # a fifth of the parts is made at home
    assert item.embodied.central == pytest.approx(0.2 * 0.6 + 0.8 * 0.9)


# --- the trade files themselves -----------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped():
    return loading.load()


@pytest.fixture(scope="module")
def book(shipped):
    return imports.read_trade(shipped)


@pytest.fixture(scope="module")
def files():
    """Read the trade of the members from the files by plain loops: (code, importer, exporter) to value and mass."""
    if not BACI.is_dir():
        pytest.skip("no trade files: set DEPGRAPH_REFERENCE to the folder beside their folder data")
    with (BACI / "country_codes_V202401b.csv").open(encoding="utf-8") as lines:
        names = {row["country_code"]: row["country_iso3"] for row in csv.DictReader(lines)}
    names["490"] = "TWN"  # other Asia, not elsewhere specified
    years = {}
    for year in (2022, 2023, 2024):
        rows = defaultdict(list)
        with (BACI / f"BACI_HS92_Y{year}_71codes.csv").open(encoding="utf-8") as lines:
            for row in csv.DictReader(lines):
                importer = names[row["j"]]
                if importer in QUAD:
                    mass = float(row["q"]) if row["q"].strip() not in {"", "NA"} else None
                    rows[row["k"]].append((importer, names[row["i"]], float(row["v"]), mass))
        years[year] = rows
    return years


def stages_in(files, study_):
    """Return the stages all of whose codes are in the files, but for codes that hold other goods."""
    found = {}
    for stage, row in study_.stages.items():
        codes = (row["hs_codes"] or "").split(";")
        if all(code in files[2024] for code in codes) and row["code_fit"] is None:
            found[stage] = codes
    return found


def outside_of(rows, members, place):
    """Add up what members import from others, by origin; place 2 is value, 3 is mass."""
    total = defaultdict(float)
    for row in rows:
        if row[0] in members and row[1] not in members and row[place] is not None:
            total[row[1]] += row[place]
    return total


def weighed(rows, members):
    """Say whether at least 95 percent of the value has a mass."""
    own = [row for row in rows if row[0] in members]
    return sum(row[2] for row in own if row[3] is not None) >= 0.95 * sum(row[2] for row in own)


@pytest.mark.parametrize("bloc", [*QUAD, "QUAD"])
def test_direct_shares_are_those_of_the_trade_files(files, shipped, book, bloc):
    members = shipped.economies.expand(bloc)
    stages = stages_in(files, shipped)
    assert len(stages) >= 7
    for stage, codes in stages.items():
        bought = sourcing.purchases(shipped, shipped.picture, stage, bloc, book)
        rows = [row for code in codes for row in files[2024][code]]
        for name, place in (("value", 2), ("mass", 3)):
            outside = outside_of(rows, members, place)
            total = sum(outside.values())
            expected = {origin: amount / total for origin, amount in outside.items()}
            found = {origin: getattr(item.purchase, name) for origin, item in bought.items()}
            if name == "mass" and not weighed(rows, members):
                assert set(found.values()) == {None}, (stage, bloc)
                continue
            if name == "mass":
                sold = {origin for origin, amount in outside_of(rows, members, 2).items() if amount > 0}
                assert {origin for origin, share in found.items() if share is None} == sold - set(outside)
            # origins of earlier years have no part in the newest
            named = {origin: share for origin, share in found.items() if share}
            assert named == pytest.approx({o: s for o, s in expected.items() if s}, abs=1e-9), (stage, bloc, name)
            assert math.fsum(named.values()) == pytest.approx(1.0)


def test_all_three_years_of_the_files_are_recorded(files, shipped, book):
    for stage, codes in stages_in(files, shipped).items():
        for member in QUAD:
            tables = imports.import_tables(shipped, book, stage, [member])
            assert {table.year for table in tables} == set(files), (stage, member)
            for table in (table for table in tables if table.measure == imports.VALUE):
                rows = [row for code in codes for row in files[table.year][code]]
                outside, _ = table.split([member])
                assert outside == pytest.approx(outside_of(rows, [member], 2), abs=1e-9), (stage, member, table.year)


def test_home_output_that_is_counted_is_added_to_what_the_files_say(files, shipped, book):
    """``direct = M_o c / (M c + Q)``, with output Q straight from the figures."""
    checked = 0
    for stage, codes in stages_in(files, shipped).items():
        rows = [row for code in codes for row in files[2024][code]]
        for member in QUAD:
            bought = sourcing.purchases(shipped, shipped.picture, stage, member, book)
            if not bought or next(iter(bought.values())).purchase.home != sourcing.COUNTED:
                continue
            outside = outside_of(rows, [member], 3)
            content = shipped.assumption(shipped.stages[stage]["content"][0])[1]
            held = sum(outside.values()) * content
            parents = next(iter(bought.values())).parents
            output = [shipped.figures[name] for name in parents if name in shipped.figures]
            assert {(row["economy"], row["metric"]) for row in output} == {(member, "production")}
            amounts = sorted(shipped.units.convert(row["value"], row["unit"], "t") for row in output)
            middle = (amounts[(len(amounts) - 1) // 2] + amounts[len(amounts) // 2]) / 2
            for origin, amount in outside.items():
                expected = amount * content / (held + middle)
                assert bought[origin].direct.central == pytest.approx(expected, abs=1e-9), (stage, member, origin)
                checked += 1
    assert checked > 0


def test_members_differ_where_their_trade_differs(files, shipped, run):
    del files
    found = {member: ranked(run, member) for member in QUAD}
    recorded = {
        (stage, economy)
        for rows in found.values()
        for (stage, economy), row in rows.items()
        if row["direct_rests_on"].startswith("imports") and economy == "CHN"
    }
    differing = 0
    for pair in recorded:
        rows = {member: rows[pair] for member, rows in found.items() if pair in rows}
        trade = {member: (row["import_mass_share"], row["import_value_share"]) for member, row in rows.items()}
        for one, first in rows.items():
            for other, second in rows.items():
                if one < other and trade[one] != trade[other] and not (first["direct_basket"]):
                    assert first["direct_central"] != second["direct_central"], (pair, one, other)
                    differing += 1
    assert differing >= 20


def ranked(run, member):
    import json

    rows = json.loads(run("chokepoints", "--for", member, "-f", "json").stdout)
    return {(row["stage"], row["economy"]): row for row in rows if row["chokepoint_id"]}


def test_the_columns_of_the_ranking_are_the_shares_of_the_files(files, shipped, run):
    stages = stages_in(files, shipped)
    for member in ("USA", "JPN"):
        checked = 0
        for (stage, economy), row in ranked(run, member).items():
            if stage in stages and row["import_value_share"]:
                rows = [item for code in stages[stage] for item in files[2024][code]]
                outside = outside_of(rows, [member], 2)
                expected = outside[economy] / sum(outside.values())
                assert row["import_value_share"] == pytest.approx(expected, abs=1e-9), (stage, economy)
                assert (row["import_year"], row["import_years"]) == (2024, 3)
                checked += 1
        assert checked >= 10


def test_what_the_files_say_by_themselves_of_four_stages():
    """Known beforehand: refined lithium, rare-earth metal, natural graphite and cobalt, from China, by mass."""
    study_ = loading.load()
    book = imports.read_trade(study_)
    if not study_.imports:
        pytest.skip("the study has no table of imports")
    known = {
        ("batteries/lithium_refining", "USA"): (0.0, 0.04),
        ("rare_earths/metal", "JPN"): (0.615, 0.625),
        ("batteries/graphite_mining", "IND"): (0.16, 0.185),
        ("batteries/cobalt_refining", "USA"): (0.02, 0.03),
    }
    for (stage, member), (low, high) in known.items():
        bought = sourcing.purchases(study_, study_.picture, stage, member, book)
        assert low <= bought["CHN"].purchase.mass <= high, (stage, member)
