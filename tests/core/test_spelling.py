"""Names of economies as statistics spell them: what each stands for, and what stays unknown or ambiguous."""

import csv
import os
from pathlib import Path

import pytest

from depgraph.core import spelling
from depgraph.core.errors import UnknownNameError
from depgraph.core.units import Economies
from depgraph.study import study

ROOT = Path(__file__).parents[2]
REFERENCE = Path(os.environ.get("DEPGRAPH_REFERENCE", ROOT.parent / "shared" / "reference"))
CASES = REFERENCE.parent / "data" / "cases" / "spellings.csv"


@pytest.fixture(scope="module")
def economies():
    return study.load(ROOT).economies


def test_the_spellings_of_the_reference_are_read_as_listed(economies):
    if not CASES.is_file():
        pytest.skip("the reference data with spellings is not here")
    with CASES.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert rows
    assert {row["name"]: economies.resolve(row["name"]) for row in rows} == {row["name"]: row["iso3"] for row in rows}


# a second set, as the World Bank, UN Comtrade, Eurostat, ISO and customs offices write
SPELT = {
    "Korea, Rep.": "KOR", "Korea, Republic of": "KOR", "Korea (the Republic of)": "KOR", "S. Korea": "KOR",
    "Korea, Dem. People's Rep.": "PRK", "Dem. People's Rep. of Korea": "PRK", "N. Korea": "PRK",
    "Congo, Rep.": "COG", "Congo (the Democratic Republic of the)": "COD", "Dem. Rep. of the Congo": "COD",
    "Iran, Islamic Rep.": "IRN", "Iran (Islamic Republic of)": "IRN", "Venezuela, RB": "VEN",
    "Venezuela (Bolivarian Rep. of)": "VEN", "Micronesia (Federated States of)": "FSM",
    "Egypt, Arab Rep.": "EGY", "Yemen, Rep.": "YEM", "Gambia, The": "GMB", "Bahamas, The": "BHS",
    "Lao People's Dem. Rep.": "LAO", "Viet Nam": "VNM", "VIETNAM": "VNM", "Kyrgyz Republic": "KGZ",
    "Czech Rep.": "CZE", "Dominican Rep.": "DOM", "Central African Rep.": "CAF", "Rep. of Moldova": "MDA",
    "United Republic of Tanzania": "TZA", "United Rep. of Tanzania": "TZA", "Syrian Arab Republic": "SYR",
    "China, Hong Kong SAR": "HKG", "Hong Kong SAR, China": "HKG", "Hong Kong (China)": "HKG", "Macao SAR, China": "MAC",
    "Taiwan, China": "TWN", "China (Taiwan)": "TWN", "Republic of China": "TWN", "China (mainland)": "CHN",
    "People\u2019s Republic of China": "CHN", "Côte d\u2019Ivoire": "CIV", "COTE D IVOIRE": "CIV", "Curacao": "CUW",
    "Reunion": "REU", "Aland Islands": "ALA", "São Tomé and Príncipe": "STP", "Sao Tome & Principe": "STP",
    "St. Lucia": "LCA", "St Kitts & Nevis": "KNA", "TÜRKİYE": "TUR", "Türkiye, Republic of": "TUR",
    "Netherlands (Kingdom of the)": "NLD", "State of Palestine": "PSE", "Virgin Islands (U.S.)": "VIR",
    "Virgin Islands (British)": "VGB", "Saint Martin (French part)": "MAF", "Russian Fed.": "RUS",
    "Germany, Federal Republic of": "DEU", "EU27": "EU27", "EU 27": "EU27", "eu-27": "EU27", "TW": "TWN", "jp": "JPN",
    "EL": "GRC", "UK": "GBR", "Guinea Bissau": "GNB", "Guinea": "GIN", "Niger": "NER", "Samoa": "WSM",
    "American Samoa": "ASM", "Dominica": "DMA", "South Sudan": "SSD", "Sudan": "SDN", "Ireland, Republic of": "IRL",
    "United States Minor Outlying Islands": "UMI",
}  # fmt: skip


@pytest.mark.parametrize(("name", "code"), SPELT.items())
def test_a_spelling_of_statistics_is_one_economy(economies, name, code):
    assert economies.resolve(name) == code
    finding = economies.explain(name)
    assert finding is None if name == code else finding == ("economy-name", f"a name instead of the code {code}")


@pytest.mark.parametrize(
    ("name", "codes"), [("Korea", ("KOR", "PRK")), ("Congo", ("COD", "COG")), ("KOREA", ("KOR", "PRK")), ("The Congo", ("COD", "COG"))]
)  # fmt: skip
def test_a_name_of_two_economies_stays_ambiguous(economies, name, codes):
    assert economies.find(name) == codes
    assert economies.explain(name) == ("ambiguous-economy", f"may mean {' or '.join(codes)}")
    with pytest.raises(UnknownNameError, match="ambiguous"):
        economies.resolve(name)


UNKNOWN = (
    "Tiawan", "Republic", "Republic of", "Emirates", "XX", "Zz", "", " ", "()", "Sudan (former)",
    "World (excluding China)", "Germany (East)", "German Democratic Republic", "Yemen, Democratic", "Areas, nes",
    "Free Zones", "Soviet Union", "Northern Ireland", "Guinea, New", "Korean", "Chinas", "N.A.",
)  # fmt: skip


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_name_that_is_nobody_s_is_never_guessed(economies, name):
    assert economies.find(name) == ()
    with pytest.raises(UnknownNameError):
        economies.resolve(name)


def test_every_code_and_plain_name_of_the_study_means_itself(economies):
    assert all(economies.find(code) == (code,) for code in economies.names)
    plain = {code: name for code, name in economies.names.items() if name not in {"Congo", "Korea"}}
    assert {code: economies.resolve(name) for code, name in plain.items()} == {code: code for code in plain}


def test_two_letters_mean_each_economy_of_the_study_once_but_for_two_of_the_european_union(economies):
    codes = list(spelling._table()["alpha_2"].values())
    assert sorted({code for code in codes if codes.count(code) > 1}) == ["GBR", "GRC"]
    assert set(codes) == set(economies.names) - set(economies.members)


def test_every_spelling_of_the_table_is_that_of_an_economy_and_none_means_two(economies):
    for name, code in spelling.known():
        assert economies.find(name) == (code,), name


def test_a_study_that_does_not_hold_an_economy_does_not_know_its_spellings():
    few = Economies({"KOR": "South Korea"}, {})
    assert few.find("Rep. of Korea") == few.find("KR") == ("KOR",)
    assert few.find("Slovak Republic") == few.find("CN") == ()


def test_only_titles_tell_the_two_congos_apart_so_they_are_never_cut_off():
    one = Economies({"COG": "Congo"}, {})
    assert one.find("Congo") == ("COG",)
    assert one.find("Congo, Dem. Rep.") == ()


def test_a_table_of_a_study_names_the_code_to_write_for_a_spelling(made):
    line = made.set("datasets/figures/survey.csv", "F-survey-1", "economy", "China, Taiwan Province of")
    (problem,) = made.problems()
    assert (problem.line, problem.code, problem.message) == (line, "economy-name", "a name instead of the code TWN")
