"""Imports by origin as rows of the study: every pair, nothing made up, and the committed rows are made of the files."""

import csv
import io
import json
import os
from pathlib import Path

import pytest

from depgraph.interface import loading
from depgraph.interface.trade import trade_imports

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("DEPGRAPH_DATA", Path(os.environ.get("DEPGRAPH_REFERENCE", ROOT.parent / "shared" / "reference")).parent / "data"))  # fmt: skip
ABSENT = "no reference data: set DEPGRAPH_DATA to the folder that holds baci-minerals and derived"

COUNTRIES = """\
country_code,country_name,country_iso2,country_iso3
36,Australia,AU,AUS
156,China,CN,CHN
392,Japan,JP,JPN
410,"Rep. of Korea",KR,KOR
490,"Other Asia, nes",,S19
699,India,IN,IND
842,USA,US,USA
"""
BACI = """\
t,i,j,k,v,q
2024,156,392,811292,70.5,2.25
2024,490,392,811292,0.001,         NA
2024,156,842,811292,30,1
2024,392,842,811292,5,0.5
2024,156,410,811292,99,9
2024,392,156,811292,50,5
2024,156,392,850511,1,1
2023,156,392,811292,60,2
"""


@pytest.fixture
def files(tmp_path):
    trade, countries = tmp_path / "trade.csv", tmp_path / "countries.csv"
    trade.write_text(BACI, encoding="utf-8")
    countries.write_text(COUNTRIES, encoding="utf-8")
    return trade, countries


def listed(made, files, *arguments):
    trade, countries = files
    return made.run("trade", "imports", trade, "--countries", countries, "--source", "office-1", *arguments)


def rows_of(made, files, *arguments):
    result = listed(made, files, *arguments, "-f", "json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_every_import_of_a_member_under_a_code_of_a_stage_is_a_row(made, files):
    found = [(row["economy"], row["partner"], row["value_kusd"], row["mass_t"]) for row in rows_of(made, files, "--year", "2024")]  # fmt: skip
    assert found == [
        ("JPN", "CHN", 70.5, 2.25),
        ("JPN", "TWN", 0.001, None),
        ("USA", "CHN", 30.0, 1.0),
        ("USA", "JPN", 5.0, 0.5),
    ]


def test_years_stay_apart_and_ids_are_unique(made, files):
    rows = rows_of(made, files)
    assert {str(row["year"]) for row in rows} == {"2023", "2024"}
    assert len({row["import_id"] for row in rows}) == len(rows) == 5


def test_another_bloc_has_its_own_imports(made, files):
    assert {row["economy"] for row in rows_of(made, files, "--for", "JPN")} == {"JPN"}


def test_a_code_that_is_asked_for_goes_before_those_of_the_stages(made, files):
    assert [row["code"] for row in rows_of(made, files, "--code", "850511")] == ["850511"]


def test_the_rows_can_be_put_into_the_study_and_then_say_what_a_member_buys(made, files):
    before = [row for row in json.loads(made.run("chokepoints", "--for", "JPN", "-f", "json").stdout) if row["stage"] == "gallium/primary"]  # fmt: skip
    assert before[0]["import_value_share"] is None
    made.write("datasets/imports/made.csv", listed(made, files, "-f", "csv").stdout)
    assert made.problems() == []
    rows = json.loads(made.run("chokepoints", "--for", "JPN", "-f", "json").stdout)
    china = next(row for row in rows if (row["stage"], row["economy"]) == ("gallium/primary", "CHN"))
    assert china["import_value_share"] == pytest.approx(70.5 / 70.501)
    assert china["import_mass_share"] == 1.0
    assert (china["import_year"], china["import_years"]) == (2024, 2)


IMPORTS = "datasets/imports/made.csv"


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("partner", "CHX", "unknown-economy"),
        ("source_id", "nobody", "missing-reference"),
        ("value_kusd", "many", "not-a-number"),
        ("value_kusd", "", "blank-cell"),
        ("value_kusd", "-1", "negative"),
        ("mass_t", "-2", "negative"),
        ("partner", "TWN", "counted-twice"),
    ],
)
def test_a_damaged_row_is_a_problem_at_its_cell(made, files, column, cell, code):
    made.write(IMPORTS, listed(made, files, "--year", "2024", "-f", "csv").stdout)
    line = made.set(IMPORTS, "T-office-1-JPN-CHN-811292-2024", column, cell)
    (problem,) = made.problems()
    assert (problem.file, problem.code) == (IMPORTS, code)
    assert problem.line in {line, line + 1}
    assert problem.field in {column, "code"}


def test_a_wider_code_beside_its_own_parts_counts_them_twice(made, files):
    made.write(IMPORTS, listed(made, files, "--year", "2024", "-f", "csv").stdout)
    name = "T-office-1-JPN-CHN-811292-2024"
    made.repeat(IMPORTS, name, import_id="T-wide", code="8112")
    assert [problem.code for problem in made.problems()] == ["counted-twice"]
    made.set(IMPORTS, "T-wide", "source_id", "survey-1")
    assert made.problems() == []


def test_a_source_that_the_study_does_not_have_is_refused(made, files):
    trade, countries = files
    result = made.run("trade", "imports", trade, "--countries", countries, "--source", "ofice-1")
    assert result.exit_code == 2
    assert "office-1" in result.stderr


def test_without_a_customs_code_nothing_can_be_listed(made, files):
    made.set("datasets/stages.csv", "gallium/primary", "hs_codes", "")
    result = listed(made, files)
    assert (result.exit_code, "no stage has customs codes" in result.stderr) == (2, True)


def test_the_committed_imports_are_what_the_module_makes_of_the_files():
    folder = DATA / "baci-minerals"
    if not folder.is_dir():
        pytest.skip(ABSENT)
    study = loading.load()
    files = [folder / f"BACI_HS92_Y{year}_71codes.csv" for year in (2022, 2023, 2024)]
    countries = folder / "country_codes_V202401b.csv"
    found = trade_imports(study, files, source="cepii-baci-hs92", countries=countries).rows
    made = {row["import_id"]: (row["value_kusd"], row["mass_t"]) for row in found}
    recorded = {
        name: (row["value_kusd"], row["mass_t"])
        for name, row in study.imports.items()
        if row["source_id"] == "cepii-baci-hs92"
    }
    assert len(recorded) > 1000
    # codes that hold other goods too may be left out; what is recorded is recorded exactly and whole
    codes = {row["code"] for row in study.imports.values() if row["source_id"] == "cepii-baci-hs92"}
    assert recorded == {name: cells for name, cells in made.items() if name.split("-")[-2] in codes}


def test_no_import_is_recorded_twice():
    study = loading.load()
    keys = [(row["economy"], row["partner"], row["code"], row["year"], row["source_id"]) for row in study.imports.values()]  # fmt: skip
    assert len(keys) == len(set(keys)) > 0


def test_the_table_is_written_in_csv_with_its_own_columns(made, files):
    header = next(csv.reader(io.StringIO(listed(made, files, "-f", "csv").stdout)))
    assert header == made.cells("datasets/imports/made.csv")[0]
