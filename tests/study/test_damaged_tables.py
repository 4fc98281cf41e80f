"""Bad input: what is refused, where, in which words, and what is accepted with a warning."""

import hashlib
import os
import random
import shutil

import pytest

from depgraph.analysis import chokepoints
from depgraph.core import files, tables
from depgraph.evidence import estimates
from depgraph.graph import dependencies
from depgraph.study import study
from depgraph.study.chains import MOST_LOOPS
from depgraph.trail import trail

OFFICE = "datasets/figures/office.csv"
SURVEY = "datasets/figures/survey.csv"
PUBLICATIONS = "datasets/figures/sources.csv"
CLAIMS = "seeds/essay/claims.csv"
SOURCE = "seeds/essay/source.toml"
ECONOMIES = "datasets/economies.csv"
BLOCS = "datasets/blocs.csv"
UNITS = "datasets/units.csv"
PRODUCTS = "datasets/products.csv"
STAGES = "datasets/stages.csv"
RECIPES = "datasets/recipes.csv"
ASSUMPTIONS = "datasets/assumptions.csv"
LEXICON = "datasets/lexicon.csv"
SETTINGS = "datasets/study.toml"


def sole(problems):
    """Return the problem, which must be the only one."""
    assert len(problems) == 1, "\n".join(map(str, problems))
    return problems[0]


def test_the_made_study_has_no_problem_and_no_warning(made):
    assert made.problems() == []
    assert made.problems(warnings=True) == []


# --- one bad cell -----------------------------------------------------------------------------

BAD_NUMBERS = [
    ("1,234", "thousands-separator"),
    ("1,234,567.5", "thousands-separator"),
    ("1 234", "thousands-separator"),
    ("1'234", "thousands-separator"),
    ("45%", "percent-sign"),
    ("45 %", "percent-sign"),
    ("0,5", "decimal-comma"),
    ("-12,75", "decimal-comma"),
    ("NaN", "not-finite"),
    ("nan", "not-finite"),
    ("inf", "not-finite"),
    ("-Infinity", "not-finite"),
    ("1e400", "not-finite"),
    ("-1E+999", "not-finite"),
    ("1e-400", "not-finite"),
    ("9" * 400, "not-finite"),
    ("\uff17\uff15\uff10", "full-width"),
    ("\u0667\u0665\u0660", "full-width"),
    ("\u22125", "full-width"),
    ("750\u00a0", "hidden-character"),
    ("1\u00a0234", "hidden-character"),
    ("1\u202f234", "hidden-character"),
    ("1\u2007234", "hidden-character"),
    ("75\u200b0", "hidden-character"),
    ("7\t50", "control-character"),
    ("0x1F", "not-a-number"),
    ("1_000", "not-a-number"),
    (".5", "not-a-number"),
    ("5.", "not-a-number"),
    ("+5", "not-a-number"),
    ("1e", "not-a-number"),
    ("1.234,5", "not-a-number"),
    ("about 5", "not-a-number"),
]


@pytest.mark.parametrize(("cell", "code"), BAD_NUMBERS)
def test_a_number_that_is_no_plain_decimal_is_refused_where_it_stands(made, cell, code):
    line = made.set(OFFICE, "F-office-1", "value", cell)
    problem = sole(made.problems())
    assert (problem.file, problem.line, problem.field, problem.code) == (OFFICE, line, "value", code)
    assert problem.value == cell


BAD_TEXTS = [
    ("=1+1", "formula"),
    ("+1+1", "formula"),
    ("@SUM(A1)", "formula"),
    ("\uff1d1+1", "formula"),
    ("<b>bold</b>", "markup"),
    ("a <script>", "markup"),
    ("a <!-- b", "markup"),
    ("red \x1b[31m", "control-character"),
    ("bell \x07", "control-character"),
    ("c1 \x9b31m", "control-character"),
    ("a\nb", "control-character"),
    ("a\tb", "control-character"),
    ("a\u00a0b", "hidden-character"),
    ("a\u202eb", "hidden-character"),
    ("a\u2066b", "hidden-character"),
    ("a\u200bb", "hidden-character"),
    ("a\u2028b", "hidden-character"),
    ("a\u00adb", "hidden-character"),
    ("a\U000e0041b", "hidden-character"),
]


@pytest.mark.parametrize(("cell", "code"), BAD_TEXTS)
@pytest.mark.parametrize("place", [(ECONOMIES, "AUS", "name"), (SURVEY, "F-survey-2", "note")])
def test_a_name_or_note_that_could_run_or_hide_is_refused(made, place, cell, code):
    name, _, column = place
    line = made.set(*place, cell)
    problem = sole(made.problems())
    assert (problem.file, problem.line, problem.field, problem.code) == (name, line, column, code)


@pytest.mark.parametrize("field", ["title", "author", "note"])
@pytest.mark.parametrize(
    ("escape", "code"), [("\\u001b[31m", "control-character"), ("<b>", "markup"), ("=1", "formula")]
)
def test_a_field_of_a_source_that_could_run_or_steer_is_refused(made, field, escape, code):
    lines = [line for line in made.read(SOURCE).splitlines() if not line.startswith(f"{field} =")]
    made.write(SOURCE, "\n".join([*lines, f'{field} = "{escape}"']))
    problem = sole(made.problems())
    assert (problem.file, problem.field, problem.code) == (SOURCE, field, code)


ECONOMY_CELLS = [
    ("Korea", "ambiguous-economy", ["KOR", "PRK"]),
    ("Taiwan", "economy-name", ["TWN"]),
    ("US", "economy-name", ["USA"]),
    ("U.S.", "economy-name", ["USA"]),
    ("United States of America", "economy-name", ["USA"]),
    ("jpn", "economy-name", ["JPN"]),
    ("\uff2a\uff30\uff2e", "economy-name", ["JPN"]),
    ("Tiawan", "unknown-economy", ["TWN"]),
    ("Untied States", "unknown-economy", ["USA"]),
    ("XYZ", "unknown-economy", []),
]


ECONOMY_PLACES = [
    (SURVEY, "F-survey-1", "economy"),
    (SURVEY, "F-survey-1", "partner"),
    (CLAIMS, "E-1", "actor"),
    (CLAIMS, "E-1", "target"),
]


@pytest.mark.parametrize(("cell", "code", "meant"), ECONOMY_CELLS)
@pytest.mark.parametrize("place", ECONOMY_PLACES)
def test_an_economy_cell_holds_a_code_and_the_error_names_the_code_to_write(made, place, cell, code, meant):
    name, _, column = place
    line = made.set(*place, cell)
    problem = sole(made.problems())
    assert (problem.file, problem.line, problem.field, problem.code, problem.value) == (name, line, column, code, cell)
    assert all(word in problem.message for word in meant)


@pytest.mark.parametrize(
    ("member", "code"),
    [
        ("Taiwan", "economy-name"),
        ("Korea", "ambiguous-economy"),
        ("XYZ", "unknown-economy"),
        ("WLD", "unknown-economy"),
    ],
)
def test_a_bloc_holds_codes_of_economies_and_no_other_bloc(made, member, code):
    made.set(BLOCS, "QUAD", "members", f"AUS;{member}")
    problem = sole(made.problems())
    assert (problem.field, problem.code, problem.value) == ("members", code, member)


OTHER_CELLS = [
    (SURVEY, "F-survey-1", "value", "1.2", "share-range"),
    (SURVEY, "F-survey-1", "value", "-0.1", "share-range"),
    (CLAIMS, "E-3", "value", "1.01", "share-range"),
    (CLAIMS, "E-3", "high", "1.5", "share-range"),
    (LEXICON, "dominates", "max", "1.5", "share-range"),
    (LEXICON, "dominates", "mode", "0.99", "value-outside-bounds"),
    (ASSUMPTIONS, "A-wafers-in-drones", "high", "1.5", "share-range"),
    (ASSUMPTIONS, "A-statistics", "value", "1", "share-range"),
    (ASSUMPTIONS, "A-rounding", "value", "", "missing-value"),
    (ASSUMPTIONS, "A-wafers-in-drones", "low", "0.8", "value-outside-bounds"),
    (OFFICE, "F-office-2", "value", "-3", "negative"),
    (OFFICE, "F-office-1", "value", "750000", "figure-above-world"),
    (OFFICE, "F-office-1", "unit", "kt", "figure-above-world"),
    (OFFICE, "F-office-1", "unit", "tonnes", "unknown-unit"),
    (SURVEY, "F-survey-1", "unit", "t", "unit-dimension"),
    (SURVEY, "F-survey-3", "low", "0.2", "low-above-high"),
    (SURVEY, "F-survey-3", "value", "0.2", "value-outside-bounds"),
    (SURVEY, "F-survey-1", "value", "", "missing-value"),
    (OFFICE, "F-office-1", "year", "2027", "year-after-source"),
    (OFFICE, "F-office-1", "year", "2025/2027", "year-after-source"),
    (OFFICE, "F-office-1", "year", "\uff12\uff10\uff12\uff14", "period"),
    (OFFICE, "F-office-1", "year", "2024/2022", "period"),
    (OFFICE, "F-office-1", "year", "24", "period"),
    (OFFICE, "F-office-1", "year", "", "blank-cell"),
    (PUBLICATIONS, "office-1", "year", "2027", "year-after-source"),
    (CLAIMS, "E-3", "period", "2027", "year-after-source"),
    (CLAIMS, "E-3", "unit", "", "blank-cell"),
    (CLAIMS, "E-3", "actor", "", "blank-cell"),
    (CLAIMS, "E-1", "kind", "Dominance", "unknown-word"),
    (CLAIMS, "E-1", "start", "1.5", "not-a-count"),
    (CLAIMS, "E-1", "start", "-1", "not-a-count"),
    (CLAIMS, "E-1", "end", "3", "offset"),
    (CLAIMS, "E-1", "relates_to", "refutes:E-2", "unknown-word"),
    (CLAIMS, "E-1", "relates_to", "repeats:E-1", "missing-reference"),
    (STAGES, "drones/complete", "final", "Yes", "unknown-word"),
    (STAGES, "gallium/primary", "basis", "production_share:mass_by_cite", "unknown-word"),
    (UNITS, "kt", "factor", "0", "not-positive"),
    (UNITS, "kt", "factor", "-1000", "not-positive"),
]


def test_claims_that_repeat_each_other_in_a_circle_are_refused(made):
    made.set(CLAIMS, "E-1", "relates_to", "repeats:E-2")
    assert made.problems() == []
    made.set(CLAIMS, "E-2", "relates_to", "repeats:E-1")
    assert [problem.code for problem in made.problems()] == ["cycle", "cycle"]


@pytest.mark.parametrize("case", OTHER_CELLS)
def test_a_cell_that_cannot_be_right_is_reported_once_where_it_stands(made, case):
    name, key, column, cell, code = case
    line = made.set(name, key, column, cell)
    problem = sole(made.problems())
    assert problem.code == code
    assert (problem.file, problem.line) == (name, line)
    assert problem.field in {column, "value", "mode"}


def test_a_country_in_kilotonnes_is_no_more_than_its_world_in_tonnes_when_the_numbers_agree(made):
    made.set(OFFICE, "F-office-1", "value", "0.75")
    made.set(OFFICE, "F-office-1", "unit", "kt")
    assert made.problems() == []


def test_a_country_may_exceed_a_rounded_world_total_by_its_rounding(made):
    made.set(OFFICE, "F-office-1", "value", "765")
    assert made.problems() == []


def test_a_projection_may_be_about_a_year_to_come(made):
    made.set(OFFICE, "F-office-1", "year", "2030")
    made.set(OFFICE, "F-office-1", "status", "projection")
    assert made.problems() == []


@pytest.mark.parametrize(
    ("name", "key", "column"),
    [
        (SURVEY, "F-survey-1", "economy"),
        (SURVEY, "F-survey-1", "value"),
        (CLAIMS, "E-1", "statement"),
        (RECIPES, "R-1", "input"),
    ],
)
@pytest.mark.parametrize("pattern", [" {}", "{} ", "   {}   "])
def test_blanks_around_a_cell_are_cut_off_with_a_warning(made, name, key, column, pattern):
    before = made.load().tables
    lines = made.cells(name)
    cell = next(row for row in lines if row[0] == key)[lines[0].index(column)]
    line = made.set(name, key, column, pattern.format(cell))
    warning = sole(made.problems(warnings=True))
    assert (warning.file, warning.line, warning.field, warning.code) == (name, line, column, "surrounding-blanks")
    assert made.load().tables == before


# --- identifiers and references ---------------------------------------------------------------

DOUBLED = [
    (OFFICE, "F-office-1"),
    (CLAIMS, "E-1"),
    (STAGES, "gallium/wafer"),
    (RECIPES, "R-1"),
    (ECONOMIES, "CHN"),
    (UNITS, "t"),
    (ASSUMPTIONS, "A-made-of"),
    (LEXICON, "dominates"),
    (PUBLICATIONS, "office-1"),
]


@pytest.mark.parametrize(("name", "key"), DOUBLED)
def test_an_identifier_that_stands_twice_in_a_file_is_refused_with_both_lines(made, name, key):
    first = [row[0] for row in made.cells(name)].index(key) + 1
    line = made.repeat(name, key)
    problem = next(problem for problem in made.problems() if problem.code == "duplicate-id")
    assert (problem.file, problem.line, problem.value) == (name, line, key)
    assert f"line {first}" in problem.message


IN_TWO_FILES = [
    (SURVEY, "F-survey-1", "figure_id", "F-office-1", OFFICE),
    (CLAIMS, "E-5", "claim_id", "F-office-1", OFFICE),
    (RECIPES, "R-1", "recipe_id", "A-made-of", ASSUMPTIONS),
    (BLOCS, "ROW", "bloc_id", "CHN", ECONOMIES),
]


@pytest.mark.parametrize("case", IN_TWO_FILES)
def test_an_identifier_that_stands_in_two_files_is_refused_with_the_other_file(made, case):
    name, key, column, taken, other = case
    made.set(name, key, column, taken)
    problem = sole([problem for problem in made.problems() if problem.code == "duplicate-id"])
    assert problem.value == taken
    assert problem.file in {name, other}
    assert next(iter({name, other} - {problem.file})) in problem.message


def test_two_sources_cannot_share_the_identifier_of_a_claim(made):
    shutil.copytree(made.path("seeds/essay"), made.path("seeds/second"))
    made.damage("seeds/second/source.toml", 'id = "essay"', 'id = "second"')
    lines = made.cells("seeds/second/claims.csv")
    made.write_cells(
        "seeds/second/claims.csv", [[cell if cell != "essay" else "second" for cell in row] for row in lines]
    )
    duplicates = [problem for problem in made.problems() if problem.code == "duplicate-id"]
    (same,) = (problem for problem in duplicates if "the same text as source essay" in problem.message)
    found = [problem for problem in duplicates if problem is not same]
    assert same.file == "seeds/second/source.toml"
    assert [problem.value for problem in found] == ["E-1", "E-2", "E-3", "E-4", "E-5"]
    assert all("seeds/essay/claims.csv line" in problem.message for problem in found)


DANGLING = [
    (RECIPES, "R-1", "input", "gallium/primry", "gallium/primary"),
    (RECIPES, "R-1", "output", "gallium/wafers", "gallium/wafer"),
    (RECIPES, "R-1", "parent", "A-made-off", "A-made-of"),
    (OFFICE, "F-office-1", "stage", "primry", "gallium/primary"),
    (OFFICE, "F-office-1", "source_id", "ofice-1", "office-1"),
    (CLAIMS, "E-1", "stage", "primry", "gallium/primary"),
    (CLAIMS, "E-4", "product", "drone", "drones"),
    (CLAIMS, "E-1", "term", "nearmonopoly", "near_monopoly"),
    (CLAIMS, "E-1", "relates_to", "contradicts:E-77", "E-"),
    (ASSUMPTIONS, "A-wafers-in-drones", "source_id", "essai", "essay"),
]


@pytest.mark.parametrize("case", DANGLING)
def test_a_reference_to_nothing_is_refused_with_the_nearest_name(made, case):
    name, key, column, cell, near = case
    line = made.set(name, key, column, cell)
    found = [problem for problem in made.problems() if problem.code == "missing-reference"]
    problem = sole(found)
    assert (problem.file, problem.line, problem.field) == (name, line, column)
    assert "did you mean" in problem.message
    assert near in problem.message


@pytest.mark.parametrize("wrong", ["gallium", "gallium/primary/crude", "gallium/"])
def test_a_stage_is_written_as_product_and_stage(made, wrong):
    made.repeat(STAGES, "gallium/wafer", stage_id=wrong)
    assert {problem.code for problem in made.problems()} == {"approximate-match"}


def test_an_assumption_that_nothing_uses_is_refused(made):
    made.set(RECIPES, "R-1", "parent", "E-1")
    problem = sole(made.problems())
    assert (problem.code, problem.value) == ("unused-assumption", "A-made-of")


def test_an_assumption_that_the_package_takes_by_name_must_be_there(made):
    lines = made.cells(ASSUMPTIONS)
    made.write_cells(ASSUMPTIONS, [row for row in lines if row[0] != "A-rounding"])
    assert "A-rounding" in sole(made.problems()).message


def test_a_claim_of_a_source_that_is_not_there_is_refused(made):
    made.set(CLAIMS, "E-1", "source_id", "nobody")
    assert {problem.code for problem in made.problems()} == {"missing-reference"}
    assert {problem.field for problem in made.problems()} == {"source_id"}


@pytest.mark.parametrize(
    ("key", "cell", "code"),
    [("bloc", "Taiwan", "economy-name"), ("rival", "Korea", "ambiguous-economy"), ("bloc", "QUAAD", "unknown-economy")],
)
def test_the_bloc_and_the_rival_are_codes(made, key, cell, code):
    old = {"bloc": "QUAD", "rival": "CHN"}[key]
    made.damage(SETTINGS, f'{key} = "{old}"', f'{key} = "{cell}"')
    problem = sole(made.problems())
    assert (problem.file, problem.field, problem.code, problem.value) == (SETTINGS, key, code, cell)


# --- recipes that feed themselves -------------------------------------------------------------


def close_loop(made, quantity, back, *, essential):
    """Let wafers feed primary gallium: so much primary for a wafer, so much wafer for primary."""
    made.set(RECIPES, "R-1", "quantity_per_unit", quantity)
    return made.add(RECIPES, recipe_id="R-3", input="gallium/wafer", output="gallium/primary", essential=essential, quantity_per_unit=back, parent="E-1")  # fmt: skip


@pytest.mark.parametrize(("quantity", "back"), [("1", "1"), ("0.5", "1.5"), ("0.5", "2"), ("0.1", "0.1"), ("0", "5")])
def test_a_loop_that_gives_back_what_it_took_or_more_is_refused(made, quantity, back):
    close_loop(made, quantity, back, essential="no")
    problem = sole(made.problems())
    assert (problem.file, problem.code) == (RECIPES, "cycle")
    assert "gallium/primary -> gallium/wafer -> gallium/primary" in problem.message


@pytest.mark.parametrize(("quantity", "back"), [("1.1", "1"), ("1.2", "1.3"), ("0.5", "2.5")])
def test_a_recycling_loop_with_losses_passes(made, quantity, back):
    close_loop(made, quantity, back, essential="no")
    assert made.problems() == []
    made.picture()


def test_a_loop_of_essential_inputs_of_unknown_gain_is_refused_and_an_optional_one_passes(made):
    close_loop(made, "", "", essential="no")
    assert made.problems() == []
    made.set(RECIPES, "R-3", "essential", "yes")
    assert sole(made.problems()).code == "cycle"


@pytest.mark.parametrize(
    ("quantity", "back", "passes"), [("2", "2", False), ("1", "1", False), ("0.1", "0.1", True), ("0.5", "1.5", True)]
)
def test_a_loop_of_essential_inputs_passes_if_a_unit_needs_less_than_a_unit_of_itself(made, quantity, back, passes):
    close_loop(made, quantity, back, essential="yes")
    assert [problem.code for problem in made.problems()] == ([] if passes else ["cycle"])


def test_a_second_recipe_between_two_stages_does_not_hide_a_loop_that_gains(made):
    close_loop(made, "0.5", "1", essential="no")
    made.repeat(RECIPES, "R-1", recipe_id="R-4", quantity_per_unit="9")
    assert {problem.code for problem in made.problems()} == {"cycle"}


def test_a_stage_that_is_made_of_itself_is_refused(made):
    made.add(RECIPES, recipe_id="R-3", input="gallium/wafer", output="gallium/wafer", essential="yes", quantity_per_unit="1", parent="E-1")  # fmt: skip
    assert sole(made.problems()).code == "cycle"


def test_more_loops_than_can_be_checked_are_refused_and_not_searched_for_ever(made):
    names = [f"gallium/s{i}" for i in range(12)]
    for name in names:
        made.repeat(STAGES, "gallium/wafer", stage_id=name)
    pairs = [(a, b) for a in names for b in names if a != b]
    lines = made.cells(RECIPES)
    rows = [[f"R-x{i}", a, b, "9", "", "no", "E-1", ""] for i, (a, b) in enumerate(pairs)]
    made.write_cells(RECIPES, [*lines, *rows])
    problem = sole(made.problems())
    assert problem.code == "cycle"
    assert str(MOST_LOOPS) in problem.message


# --- whole files ------------------------------------------------------------------------------


def bytes_of(made, name):
    return made.path(name).read_bytes()


ACCEPTED = {
    "bom": lambda content: b"\xef\xbb\xbf" + content,
    "crlf": lambda content: content.replace(b"\n", b"\r\n"),
    "old Macintosh": lambda content: content.replace(b"\n", b"\r"),
}


@pytest.mark.parametrize("kind", ACCEPTED)
@pytest.mark.parametrize("name", [OFFICE, CLAIMS, SOURCE, SETTINGS, UNITS])
def test_a_byte_order_mark_and_foreign_line_ends_are_read_with_a_warning(made, name, kind):
    before = made.load()
    made.write(name, ACCEPTED[kind](bytes_of(made, name)))
    assert made.problems() == []
    warning = sole(made.problems(warnings=True))
    assert (warning.file, warning.code) == (name, "bom" if kind == "bom" else "crlf")
    assert made.load().tables == before.tables
    assert made.load().settings == before.settings


def test_a_header_with_blanks_around_a_name_is_read_with_a_warning(made):
    before = made.load().tables
    made.damage(OFFICE, "figure_id,source_id", "figure_id, source_id ")
    assert sole(made.problems(warnings=True)).code == "surrounding-blanks"
    assert made.load().tables == before


REFUSED = {
    "CP932": (lambda text: text.replace("Japan", "\u65e5\u672c").encode("cp932"), "not-utf8", "CP932"),
    "Windows-1252": (lambda text: text.replace("Japan", "Jap\xe1n ").encode("cp1252"), "not-utf8", "not UTF-8"),
    "UTF-16 with mark": (lambda text: text.encode("utf-16"), "not-utf8", "UTF-16"),
    "UTF-16 big end first": (lambda text: b"\xfe\xff" + text.encode("utf-16-be"), "not-utf8", "UTF-16"),
    "UTF-16 without mark": (lambda text: text.encode("utf-16-le"), "nul-byte", "NUL"),
    "NUL": (lambda text: text.replace("Japan", "Jap\0an").encode(), "nul-byte", "NUL"),
    "surrogate": (
        lambda text: text.replace("Japan", "\ud800").encode("utf-8", "surrogatepass"),
        "not-utf8",
        "not UTF-8",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_file_in_another_encoding_is_one_problem_that_names_it(made, kind):
    encode, code, word = REFUSED[kind]
    made.write(ECONOMIES, encode(made.read(ECONOMIES)))
    problem = sole(made.problems())
    assert (problem.file, problem.code) == (ECONOMIES, code)
    assert word in problem.message


def test_a_nul_byte_is_reported_with_its_line(made):
    made.damage(ECONOMIES, "Japan", "Jap\0an")
    assert sole(made.problems()).line == 5


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        (lambda header: header.replace("metric", "metrik"), {"unknown-column", "missing-column"}),
        (lambda header: header.replace("metric", "Metric"), {"unknown-column", "missing-column"}),
        (lambda header: header.replace(",metric", ""), {"missing-column"}),
        (lambda header: header.replace(",metric,", ",metric,metric,"), {"duplicate-header"}),
        (lambda header: header.replace("metric", ""), {"blank-header", "missing-column"}),
        (lambda header: header + ",", {"blank-header"}),
        (lambda header: header + ",surprise", {"unknown-column"}),
        (lambda header: header.replace(",", ";"), {"unknown-column", "missing-column"}),
        (lambda header: header.replace(",", "\t"), {"unknown-column", "missing-column"}),
        (lambda _: "F-1,office-1,gallium", {"unknown-column", "missing-column"}),
        (lambda _: "", {"missing-column"}),
    ],
)
def test_a_wrong_header_is_reported_at_line_1_and_its_rows_are_not_guessed(made, change, codes):
    header, _, rest = made.read(OFFICE).partition("\n")
    made.write(OFFICE, f"{change(header)}\n{rest}" if change(header) else "")
    problems = made.problems()
    assert {problem.code for problem in problems} == codes
    assert {(problem.file, problem.line) for problem in problems} == {(OFFICE, 1)}


def test_a_misspelt_column_is_answered_with_the_nearest_name(made):
    made.damage(OFFICE, ",metric,", ",metrik,")
    assert any("did you mean metric" in problem.message for problem in made.problems())


@pytest.mark.parametrize("name", [OFFICE, SURVEY])
def test_a_table_with_a_header_only_is_an_empty_table(made, name):
    made.write(name, made.read(name).partition("\n")[0] + "\n")
    assert made.problems() == []


@pytest.mark.parametrize(
    ("name", "code"), [(UNITS, "unknown-unit"), (ECONOMIES, "unknown-economy"), (STAGES, "missing-reference")]
)
def test_a_code_table_with_a_header_only_leaves_its_codes_unknown(made, name, code):
    made.write(name, made.read(name).partition("\n")[0] + "\n")
    assert code in {problem.code for problem in made.problems()}


@pytest.mark.parametrize("content", ["", "\n\n\n", "\ufeff"])
@pytest.mark.parametrize("name", [OFFICE, CLAIMS, UNITS])
def test_an_empty_file_is_no_empty_table(made, name, content):
    made.write(name, content)
    assert {problem.code for problem in made.problems()} == {"missing-column"}


def test_each_ragged_row_is_reported_with_its_line_and_both_counts(made):
    lines = made.cells(OFFICE)
    made.write_cells(OFFICE, [lines[0], lines[1][:-1], [*lines[2], "more"], lines[3], ["alone"]])
    problems = made.problems()
    assert [(problem.line, problem.code) for problem in problems] == [
        (2, "ragged-row"),
        (3, "ragged-row"),
        (5, "ragged-row"),
    ]
    width = len(lines[0])
    assert problems[0].message == f"{width - 1} cells where the header has {width}"


def test_a_trailing_comma_on_every_row_is_not_taken_for_a_shifted_table(made):
    text = made.read(OFFICE)
    made.write(OFFICE, text.replace("\n", ",\n"))
    assert sole(made.problems()).code == "blank-header"
    header, _, rest = text.partition("\n")
    made.write(OFFICE, f"{header}\n{rest.replace(chr(10), ',' + chr(10))}")
    assert [problem.code for problem in made.problems()] == ["ragged-row"] * 3


@pytest.mark.parametrize("damage", ['"open', '"closed" early'])
def test_a_quotation_mark_that_does_not_fit_is_reported_with_its_line(made, damage):
    line = len(made.cells(SURVEY)) + 1
    made.write(SURVEY, made.read(SURVEY) + f"F-survey-9,{damage},,\n")
    problem = sole(made.problems())
    assert (problem.file, problem.line, problem.code) == (SURVEY, line, "broken-quote")


def test_blank_lines_between_rows_are_skipped_and_do_not_shift_the_line_numbers(made):
    made.write(OFFICE, made.read(OFFICE).replace("\n", "\n\n"))
    assert made.problems() == []
    made.damage(OFFICE, ",750,", ",75O,")
    assert sole(made.problems()).line == 3


def test_a_quoted_line_break_does_not_shift_the_line_numbers_below_it(made):
    made.damage(SURVEY, '"a note, with a comma"', '"a note\nin two lines"')
    made.damage(SURVEY, "0.05,0.1,", "0.05,10%,")
    assert [(problem.line, problem.code) for problem in made.problems()] == [
        (3, "control-character"),
        (5, "percent-sign"),
    ]


def link_out(made, path):
    outside = made.folder / "outside.csv"
    path.replace(outside)
    path.symlink_to(outside)


def folder_instead(made, path):
    path.unlink()
    path.mkdir()


def pipe_instead(made, path):
    path.unlink()
    os.mkfifo(path)


def nothing_there(made, path):
    path.unlink()


def link_to_nothing(made, path):
    path.unlink()
    path.symlink_to(path.parent / "nothing")


def link_to_itself(made, path):
    path.unlink()
    path.symlink_to(path.name)


REPLACED = {
    link_out: "outside-study",
    folder_instead: "outside-study",
    pipe_instead: "outside-study",
    nothing_there: "missing-file",
    link_to_nothing: "missing-file",
    link_to_itself: "missing-file",
}


@pytest.mark.parametrize("replace", REPLACED, ids=lambda function: function.__name__)
@pytest.mark.parametrize("name", [UNITS, CLAIMS, SOURCE, SETTINGS, PUBLICATIONS])
def test_what_is_no_regular_file_of_the_study_is_one_problem_and_is_never_opened(made, name, replace):
    replace(made, made.path(name))
    problem = sole(made.problems())
    assert (problem.file, problem.code) == (name, REPLACED[replace])
    assert made.run("check").exit_code == 1


def test_a_folder_that_is_a_link_out_of_the_study_is_refused(made):
    outside = made.folder / "outside"
    made.path("seeds/essay").replace(outside)
    made.path("seeds/essay").symlink_to(outside, target_is_directory=True)
    assert [(problem.file, problem.code) for problem in made.problems()] == [
        (CLAIMS, "outside-study"),
        (SOURCE, "outside-study"),
    ]


def test_a_link_inside_the_study_is_read(made):
    made.path(OFFICE).replace(made.path("datasets/office-data"))
    made.path(OFFICE).symlink_to(made.path("datasets/office-data"))
    assert made.problems() == []


def test_a_link_that_leads_to_itself_does_not_stop_the_hash_of_the_data(made):
    made.path("datasets/loop.csv").symlink_to("loop.csv")
    assert made.run("doctor").exit_code == 0


@pytest.mark.parametrize("name", [OFFICE, SOURCE, SETTINGS])
def test_a_file_that_is_too_large_is_not_read(made, monkeypatch, name):
    monkeypatch.setattr(files, "MAX_BYTES", 20_000)
    made.write(name, bytes_of(made, name) + b"#" * 20_000)
    problem = sole(made.problems())
    assert (problem.file, problem.code) == (name, "too-large")


def test_a_table_with_too_many_rows_is_refused(made, monkeypatch):
    monkeypatch.setattr(tables, "MAX_ROWS", 3)
    assert {problem.code for problem in made.problems()} == {"too-large"}


BROKEN_TOML = {
    "no value": "name =\n",
    "twice": 'name = "a"\nname = "b"\n',
    "deep": "a = " + "[" * 5000,
    "huge number": "a = " + "9" * 5000,
    "no text": "\x01",
}


@pytest.mark.parametrize("kind", BROKEN_TOML)
@pytest.mark.parametrize("name", [SOURCE, SETTINGS])
def test_broken_toml_is_one_problem(made, name, kind):
    made.write(name, BROKEN_TOML[kind])
    problem = sole(made.problems())
    assert (problem.file, problem.code) == (name, "toml")


@pytest.mark.parametrize(
    ("old", "new", "field", "code"),
    [
        ('as_of = "2026-06-30"', "as_of = 2026-06-30", "as_of", "unknown-word"),
        ('as_of = "2026-06-30"', 'as_of = "2026-02-30"', "as_of", "not-a-date"),
        ('as_of = "2026-06-30"', 'as_of = "\uff12026-06-30"', "as_of", "not-a-date"),
        ('as_of = "2026-06-30"', "", "as_of", "blank-cell"),
        ('"2022/2025"', '"2025/2022"', "reference_years", "period"),
        ('"2022/2025"', '"2022-2025"', "reference_years", "period"),
        ('rival = "CHN"', 'rivall = "CHN"', "rival", "blank-cell"),
        ('name = "Made study"', 'name = "<b>"', "name", "markup"),
    ],
)
def test_a_wrong_setting_is_reported_by_name(made, old, new, field, code):
    made.damage(SETTINGS, old, new)
    assert (field, code) in {(problem.field, problem.code) for problem in made.problems()}
    assert made.run("chokepoints").exit_code == 1


def test_a_misspelt_setting_is_answered_with_the_nearest_name(made):
    made.damage(SETTINGS, "rival =", "rivall =")
    assert any("did you mean rival" in problem.message for problem in made.problems())


@pytest.mark.parametrize(
    ("old", "new", "field", "code"),
    [
        ('reliability = "C"', 'reliability = "AB"', "reliability", "unknown-word"),
        ('reliability = "C"', 'reliability = ""', "reliability", "blank-cell"),
        ('reliability = "C"', "reliability = 3", "reliability", "unknown-word"),
        ('id = "essay"', 'id = "other"', "id", "missing-reference"),
        ('date_published = "2025-03"', 'date_published = "March 2025"', "date_published", "not-a-date"),
        ('date_published = "2025-03"', 'date_published = "2025-13"', "date_published", "not-a-date"),
        ('date_published = "2025-03"', 'date_published = "2027"', "date_published", "year-after-source"),
        ('sha256 = "', 'sha256 = "x', "sha256", "approximate-match"),
        ('author = ""', 'authr = ""', "authr", "unknown-column"),
    ],
)
def test_a_wrong_field_of_a_source_is_reported_by_name(made, old, new, field, code):
    made.damage(SOURCE, old, new)
    assert (field, code) in {(problem.field, problem.code) for problem in made.problems()}


def test_a_source_without_its_files_is_not_passed_over(made):
    made.path("seeds/second").mkdir()
    assert [(problem.file, problem.code) for problem in made.problems()] == [
        ("seeds/second/claims.csv", "missing-file"),
        ("seeds/second/source.toml", "missing-file"),
    ]


def test_hidden_folders_among_the_sources_are_passed_over(made):
    made.path("seeds/.ipynb_checkpoints").mkdir()
    assert made.problems() == []


# --- everything at once -----------------------------------------------------------------------


def damage_much(made):
    """Damage eight files in eight ways; return the codes that must be found."""
    made.set(OFFICE, "F-office-1", "value", "45%")
    made.set(SURVEY, "F-survey-1", "economy", "Korea")
    made.set(CLAIMS, "E-2", "stage", "nowhere")
    made.set(RECIPES, "R-2", "essential", "perhaps")
    made.set(LEXICON, "dominates", "mode", "0,7")
    made.write(PUBLICATIONS, made.read(PUBLICATIONS) + "short\n")
    made.damage(SOURCE, 'reliability = "C"', 'reliability = "Z"')
    made.damage(SETTINGS, "2026-06-30", "tomorrow")
    return {
        "percent-sign",
        "ambiguous-economy",
        "missing-reference",
        "unknown-word",
        "decimal-comma",
        "ragged-row",
        "not-a-date",
    }


def test_all_problems_of_all_files_are_reported_at_once(made):
    expected = damage_much(made)
    result = made.run("check")
    assert result.exit_code == 1
    assert all(f"[{code}]" in result.stdout for code in expected)
    lines = result.stdout.splitlines()
    assert len(lines) == 8
    assert all(line.split(":")[1].isdigit() for line in lines)
    assert result.stderr == "8 problems, 0 warnings\n"


@pytest.mark.parametrize(
    "command", [["chokepoints"], ["claims"], ["estimates"], ["stages"], ["why", "E-1"], ["doctor"]]
)
def test_no_command_computes_or_writes_with_a_study_that_has_problems(made, command):
    damage_much(made)
    target = made.folder / "out.csv"
    result = made.run(*command, "-o", target)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.endswith("8 problems: nothing was computed\n")
    assert not target.exists()


def test_each_problem_says_where_what_value_and_what_to_do(made):
    line = made.set(OFFICE, "F-office-1", "value", "45%")
    assert (
        made.run("check").stdout
        == f"{OFFICE}:{line}: value: a percent sign (got '45%'); write a fraction: 0.45 for 45 percent [percent-sign]\n"
    )


def test_the_problems_as_rows_have_the_same_parts(made):
    line = made.set(OFFICE, "F-office-1", "value", "45%")
    head, row = made.run("check", "-f", "csv").stdout.splitlines()
    assert head == "severity,file,line,field,code,message,value,remedy"
    assert row.startswith(f"error,{OFFICE},{line},value,percent-sign,a percent sign,45%,")


def test_an_unreadable_code_table_does_not_hide_other_problems_and_causes_no_avalanche(made):
    made.write(UNITS, made.read(UNITS).encode("utf-16"))
    made.set(RECIPES, "R-1", "input", "gallium/nowhere")
    assert {(problem.file, problem.code) for problem in made.problems()} == {
        (UNITS, "not-utf8"),
        (RECIPES, "missing-reference"),
    }


def test_unreadable_settings_do_not_hide_other_problems(made):
    made.write(SETTINGS, "=")
    made.set(RECIPES, "R-1", "input", "gallium/nowhere")
    assert {problem.code for problem in made.problems()} == {"toml", "missing-reference"}


def test_a_cell_that_could_not_be_read_is_not_reported_a_second_time_as_empty(made):
    made.set(RECIPES, "R-1", "input", "\uff47allium/primary")
    assert sole(made.problems()).code == "full-width"


def test_terminal_escapes_in_headers_names_and_keys_never_reach_the_message(made):
    made.write(OFFICE, "\x1b[31mfigure_id\n")
    made.write("seeds/essay/source.toml", '"\\u001b[2J" = 1\n"\\u202e" = ""\n')
    made.path("datasets/figures/\x1b[1m.csv").write_bytes(b"x\n")
    text = made.run("check").stdout
    assert "\\x1b[31mfigure_id" in text
    assert all(line.isprintable() for line in text.splitlines())


def test_the_same_problems_are_written_in_the_same_order_every_time(made):
    damage_much(made)
    assert made.run("check").stdout == made.run("check").stdout
    problems = study.examine(made.root)[1]
    assert problems == sorted(problems)


# --- locators against the texts ---------------------------------------------------------------


def verify(made):
    return made.run("verify", "--texts", made.texts)


def test_right_locators_are_verified(made):
    result = verify(made)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "5 claims verified in 1 texts\n"


@pytest.mark.parametrize(
    ("column", "cell", "code", "field"),
    [
        ("end", "99999", "offset", "end"),
        ("fingerprint", "0123456789abcdef", "fingerprint", "fingerprint"),
        ("paragraph", "3", "paragraph", "paragraph"),
        ("start", "35", "fingerprint", "fingerprint"),
    ],
)
def test_a_locator_that_does_not_hold_is_reported_with_its_line(made, column, cell, code, field):
    line = made.set(CLAIMS, "E-1", column, cell)
    result = verify(made)
    assert result.exit_code == 1
    assert result.stdout.startswith(f"{CLAIMS}:{line}: {field}: ")
    assert result.stdout.endswith(f"[{code}]\n")


def test_a_span_one_code_point_off_does_not_match(made):
    start = int(made.cells(CLAIMS)[1][2])
    made.set(CLAIMS, "E-1", "start", str(start + 1))
    assert "[fingerprint]" in verify(made).stdout


@pytest.mark.parametrize("change", [lambda text: text + " ", lambda text: text.replace("\n", "\r\n"), lambda _: ""])
def test_another_text_is_not_taken_for_the_source(made, change):
    path = made.texts / "essay.txt"
    path.write_bytes(change(path.read_text(encoding="utf-8")).encode())
    result = verify(made)
    assert result.exit_code == 1
    assert "[missing-file]" in result.stdout


def test_a_text_is_found_by_its_hash_under_any_name_and_beside_anything(made):
    (made.texts / "essay.txt").rename(made.texts / "renamed")
    (made.texts / "folder").mkdir()
    os.mkfifo(made.texts / "pipe")
    (made.texts / "noise").write_bytes(b"\xff\xfe\x00")
    assert verify(made).exit_code == 0


def test_a_source_that_is_no_utf8_text_is_reported_and_not_decoded(made):
    content = b"\x93\xfa\x96\x7b"
    (made.texts / "essay.txt").write_bytes(content)
    old = next(line for line in made.read(SOURCE).splitlines() if line.startswith("sha256"))
    made.damage(SOURCE, old, f'sha256 = "{hashlib.sha256(content).hexdigest()}"')
    result = verify(made)
    assert result.exit_code == 1
    assert "[missing-file]" in result.stdout


# --- whatever comes ---------------------------------------------------------------------------

CELLS = ("", "0", "-1", "1e99", "1e400", "nan", "45%", "\uff17", "\u00a0", "=1", "<b>", "\x1b", "\0", "CHN", "WLD", "Korea", "kt", "share", "yes", "gallium", "gallium/primary", "E-1", "A-rounding", "repeats:E-1", "2030", "2024/2022", ";", "/", "a\nb", '"', "production", "import_share", "projection")  # fmt: skip
BYTES = (
    b"",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\r",
    b"\n",
    b'"',
    b",",
    b"=",
    b"\x93\xfa",
    b"[" * 900,
    b"]",
    b"\\",
    b"\t",
    b"#",
    b"'",
)


def damage_at_random(made, generator):
    """Change some cells or bytes of some files; return the names."""
    names = sorted(path.relative_to(made.root).as_posix() for path in made.root.rglob("*") if path.is_file())
    chosen = [generator.choice(names) for _ in range(generator.choice([1, 1, 2, 4]))]
    for name in dict.fromkeys(chosen):
        if name.endswith(".csv") and generator.random() < 0.8:
            lines = made.cells(name)
            row = generator.choice(lines[1:] or lines)
            row[generator.randrange(len(row))] = generator.choice(CELLS)
            made.write_cells(name, lines)
        else:
            content = bytes_of(made, name)
            at = generator.randrange(len(content) + 1)
            made.write(name, content[:at] + generator.choice(BYTES) + content[at + generator.choice([0, 1, 20]) :])
    return chosen


def test_any_damage_gives_problems_or_a_ranking_and_never_an_exception(made):
    whole = {path: path.read_bytes() for path in made.root.rglob("*") if path.is_file()}
    generator = random.Random(2026)  # noqa: S311 - no secret
    ranked = 0
    for _ in range(240):
        damage_at_random(made, generator)
        found, problems = study.examine(made.root)
        assert all(str(problem).isprintable() for problem in problems)
        if found is not None and all(problem.warning for problem in problems):
            picture = estimates.estimate(found)
            ranking = chokepoints.rank(found, picture, dependencies.build(found, picture), found.settings["bloc"])
            trail.build(found, picture, ranking.rows)
            assert all(0 <= row.loss.low <= row.loss.high <= 1 for row in ranking.rows)
            ranked += 1
        for path, content in whole.items():
            path.write_bytes(content)
    assert ranked > 10
