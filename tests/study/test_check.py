"""What `check` finds beside the tables: damaged scenarios and shocks, leftovers of editors, files that nobody reads."""

import json
import shutil
from pathlib import Path

import pytest

from depgraph.core import files, keylines
from depgraph.core.errors import StudyError
from depgraph.diversion import scenario as scenarios
from depgraph.interface import checking
from depgraph.study import strays, study

ROOT = Path(__file__).parents[2]
ABSENT = {"left-out", "by-default", "not-begun"}  # what tells of tables without a row
SCENARIO = "datasets/scenarios/mine.toml"
SHOCK = "datasets/shocks/mine.toml"
OFFICE = "datasets/figures/office.csv"


def checked(made):
    """Return the exit code of `check` and its rows, without those on tables that have no row."""
    result = made.run("check", "-f", "json")
    return result.exit_code, [row for row in json.loads(result.stdout) if row["code"] not in ABSENT]


def errors(made):
    """Return the rows of errors; there must be some, and the exit code must say so."""
    code, rows = checked(made)
    found = [row for row in rows if row["severity"] == "error"]
    assert code == (1 if found else 0)
    return found


# --- damaged scenarios and shocks -----------------------------------------------------------------

DAMAGED_SCENARIOS = {
    "unknown key": ('title = "x"\ngrowht = 0.1\n', 2, "growht", "did you mean growth?"),
    "unknown key of an entry": ("[[cap]]\nshare = 0.1\nshares = 2\n", 3, "cap.shares", "did you mean share"),
    "broken syntax": ('title = "x"\n\n[[cap]\nshare = 1\n', 3, "-", "not TOML"),
    "text without an end": ('title = "x\n', 1, "-", "not TOML"),
    "empty": ("", 1, "-", "the file is empty"),
    "nothing but a comment": ("# to be written\n", 1, "-", "the file is empty"),
    "not UTF-8": (b'title = "x"\nnote = "Z\xfcrich"\n', 2, "-", "not UTF-8, perhaps"),
    "UTF-16": ('title = "x"\n'.encode("utf-16"), 0, "-", "UTF-16"),
    "NUL": (b'title = "x"\nnote = "\0"\n', 2, "-", "NUL"),
    "duplicate key": ('title = "x"\ngrowth = 0\ngrowth = 0.1\n', 3, "-", "the key growth is there twice"),
    "duplicate table": ("[assumptions]\nA-lead = 1\n[assumptions]\nA-life = 2\n", 3, "-", "assumptions is there twice"),
    "unknown economy": ('rival = "CHNA"\n', 1, "rival", "no such economy; did you mean CHN"),
    "name of an economy": ('[[embargo]]\nexporter = "China"\n', 2, "embargo.exporter", "instead of the code CHN"),
    "unknown stage": ("[[cap]]\nshare = 0\nstage = 'gallium/primry'\n", 3, "cap.stage", "did you mean gallium/primary"),
    "unknown product": ('products = ["galium"]\n', 1, "products", "did you mean gallium?"),
    "unknown assumption": ("[assumptions]\n\nA-leed = 2\n", 3, "assumptions.A-leed", "did you mean A-lead"),
    "unknown claim": ('title = "x"\nclaims = ["E-1", "E-99"]\n', 2, "claims", "no such claim; did you mean E-"),
    "unknown tier": ('goals = ["defense"]\n', 1, "goals", "did you mean defence?"),
    "unknown word": ('projects = "ontime"\n', 1, "projects", "did you mean on_time"),
    "wrong type: text for a flag": ('title = "x"\nbuild = "no"\n', 2, "build", "neither true nor false"),
    "wrong type: number for a text": ("title = 3\n", 1, "title", "not a text"),
    "wrong type: text for a list": ('circle = "KOR"\n', 1, "circle", 'write ["KOR"]'),
    "wrong type: one table for entries": ("[cap]\nshare = 0.5\n", 1, "cap", "not entries of [[cap]]"),
    "wrong unit: percent": ('[[cap]]\nshare = "50%"\n', 2, "cap.share", "write a fraction, as 0.45"),
    "wrong unit: 50 for half": ("[[cap]]\nshare = 50\n", 2, "cap.share", "a part above 1"),
    "wrong unit: a duty in percent": (
        '[[tariff]]\nimporter = "USA"\nexporter = "CHN"\nrate = 25\n', 4, "tariff.rate", "as 0.25 for 25 percent",
    ),
    "wrong unit: weeks": ('[[floor]]\nmonths = "6 weeks"\n', 2, "floor.months", "write the number alone, in months"),
    "wrong unit: of an assumption": ('[assumptions]\nA-lead = "3 months"\n', 2, "assumptions.A-lead", "in year"),
    "growth in percent": ("growth = 3\n", 1, "growth", "the largest is 1 a year"),
    "negative": ("[assumptions]\nA-life = -20\n", 2, "assumptions.A-life", "a negative number"),
    "negative delay": ('projects = "late"\ndelay = -1\n', 2, "delay", "a negative number"),
    "out of range": ("threshold = 1.2\n", 1, "threshold", "a part above 1"),
    "share of an assumption": ("[assumptions]\nA-freight = 1.5\n", 2, "assumptions.A-freight", "a part above 1"),
    "number that cannot be": ("[assumptions]\nA-plant = 1e300\n", 2, "assumptions.A-plant", "the largest is 1e+12 t"),
    "time that cannot be": ("[assumptions]\nA-lead = 1e9\n", 2, "assumptions.A-lead", "the largest is 10000 year"),
    "money that cannot be": ("[assumptions]\nA-drones-worth = 1e20\n", 2, "assumptions.A-drones-worth", "1e+15 USD"),
    "stock that cannot be": ("[[floor]]\nmonths = 1e9\n", 2, "floor.months", "the largest is 1200 months"),
    "not a number": ("growth = nan\n", 1, "growth", "not a number"),
    "year that is none": ("surprise = 28\n", 1, "surprise", "not a year from 1900 to 2200"),
    "surprise outside the run": ('years = "2026/2030"\nsurprise = 2040\n', 2, "surprise", "outside the years 2026"),
    "entry outside the run": ('[[embargo]]\nexporter = "CHN"\nfrom = 2040\n', 1, "embargo", "never in force"),
    "custody outside the run": ("custody = { 2050 = 0.5 }\n", 1, "custody", "never in force"),
    "end before the beginning": (
        "[[embargo]]\nexporter = 'CHN'\nfrom = 2030\nto = 2028\n", 3, "embargo.from", "before it begins",
    ),
    "entry without what it needs": ("[[cap]]\nproduct = 'gallium'\n", 1, "cap", "[[cap]] without share"),
    "second entry": ("[[cap]]\nshare = 1\n\n[[cap]]\nshare = 1\nof = 'suply'\n", 6, "cap.of", "did you mean supply"),
    "extends nothing": ('title = "x"\nextends = "basline"\n', 2, "extends", "did you mean baseline"),
    "extends itself": ('title = "x"\nextends = "mine"\n', 2, "extends", "extend in a circle: mine -> mine"),
    "bloc outside the model": ('title = "x"\nbloc = "KOR"\n', 2, "bloc", "not a region of the model"),
    "circle outside the model": ('circle = ["KOR"]\n', 1, "circle", "not a region of the model"),
    "exporter outside the model": (
        '[[embargo]]\nexporter = "CHN"\n[[embargo]]\nseverity = 1\nexporter = "KOR"\n', 5, "embargo.exporter",
        "the entry KOR is not a region",
    ),
    "rival in its own bloc": ('title = "x"\nrival = "JPN"\n', 2, "rival", "JPN is the rival and in the bloc"),
    "price below the inputs": ("[assumptions]\nA-drones-worth = 1000\n", 1, "-", "its inputs cost more than it does"),
}  # fmt: skip
DAMAGED_SHOCKS = {
    "unknown key": ('titel = "x"\n', 1, "titel", "did you mean title?"),
    "unknown key of a cut": (
        '[[cut]]\neconomy = "CHN"\nstage = "gallium/primary"\nbuy = 1\n', 4, "cut.buy", "did you mean by?",
    ),
    "broken syntax": ('title = "x"\n[[cut]\n', 2, "-", "not TOML"),
    "empty": ("\n\n", 1, "-", "the file is empty"),
    "not UTF-8": (b'title = "x"\n\nnote = "\xe9t\xe9"\n', 3, "-", "not UTF-8"),
    "duplicate key": ('title = "x"\ntitle = "y"\n', 2, "-", "the key title is there twice"),
    "unknown economy": ('[[cut]]\neconomy = "CHNA"\nproduct = "gallium"\n', 2, "cut.economy", "did you mean CHN"),
    "unknown customer": (
        '[[cut]]\neconomy = "CHN"\nproduct = "gallium"\nfrom = "Japan"\n', 4, "cut.from", "the code JPN",
    ),
    "ambiguous economy": ('[[cut]]\neconomy = "Korea"\nproduct = "gallium"\n', 2, "cut.economy", "KOR or PRK"),
    "unknown stage": (
        '[[cut]]\neconomy = "CHN"\nstage = "gallium/primry"\n', 3, "cut.stage", "did you mean gallium/primary",
    ),
    "unknown product": ('[[cut]]\neconomy = "CHN"\nproduct = "galium"\n', 3, "cut.product", "did you mean gallium?"),
    "unknown claim": ('claims = ["E-77"]\n', 1, "claims", "no such claim; did you mean E-"),
    "wrong type: claims": ('title = "x"\nclaims = "E-1"\n', 2, "claims", 'write ["E-1"]'),
    "wrong type: title": ("title = 3\n", 1, "title", "not a text"),
    "wrong type: economy": ('[[cut]]\nproduct = "gallium"\neconomy = 5\n', 3, "cut.economy", "not an economy"),
    "wrong type: cut": ('cut = "CHN"\n', 1, "cut", "not entries of [[cut]]"),
    "wrong unit": ('[[cut]]\neconomy = "CHN"\nproduct = "gallium"\nby = "80%"\n', 4, "cut.by", "write a fraction"),
    "percent for a part": ('[[cut]]\neconomy = "CHN"\nproduct = "gallium"\nby = 80\n', 4, "cut.by", "a part above 1"),
    "negative": ('[[cut]]\neconomy = "CHN"\nproduct = "gallium"\nby = -0.1\n', 4, "cut.by", "a negative number"),
    "not a number": ('[[cut]]\neconomy = "CHN"\nproduct = "gallium"\nby = nan\n', 4, "cut.by", "not a number"),
    "number that cannot be": ('[[cut]]\nby = 1e300\neconomy = "CHN"\nproduct = "gallium"\n', 2, "cut.by", "can be"),
    "no economy": ('title = "x"\n[[cut]]\nproduct = "gallium"\n', 2, "cut", "[[cut]] without economy"),
    "no stage": ('title = "x"\n[[cut]]\neconomy = "CHN"\n', 2, "cut", "without stage or product"),
    "stage of another product": (
        '[[cut]]\neconomy = "CHN"\nproduct = "drones"\nstage = "gallium/primary"\n', 4, "cut.stage", "none of drones",
    ),
}  # fmt: skip


def damage(name, cases):
    """Return one parameter for each damaged file: its name, and what is in it and must be said of it."""
    return [pytest.param(name, case, id=f"{Path(name).parts[1]}: {kind}") for kind, case in cases.items()]


@pytest.mark.parametrize(("name", "case"), damage(SCENARIO, DAMAGED_SCENARIOS) + damage(SHOCK, DAMAGED_SHOCKS))
def test_a_damaged_scenario_or_shock_is_named_with_file_line_and_field(diverted, name, case):
    content, line, field, message = case
    assert errors(diverted) == []
    diverted.write(name, content)
    (row,) = errors(diverted)
    assert (row["file"], row["line"], row["field"]) == (name, line, field)
    assert message in row["message"]
    assert row["remedy"]
    text = diverted.run("check").stdout
    assert text.startswith(f"{name}:{line}: {field}: ")


@pytest.mark.parametrize(
    ("name", "content"),
    [(SCENARIO, case[0]) for case in DAMAGED_SCENARIOS.values()],
    ids=list(DAMAGED_SCENARIOS),
)
def test_what_check_names_in_a_scenario_divert_refuses(diverted, name, content):
    diverted.write(name, content)
    result = diverted.run("divert", "mine")
    assert (result.exit_code, result.stdout) in [(code, "") for code in (1, 2, 3)]


@pytest.mark.parametrize("content", [case[0] for case in DAMAGED_SHOCKS.values()], ids=list(DAMAGED_SHOCKS))
def test_what_check_names_in_a_shock_the_replay_refuses(diverted, content):
    diverted.write(SHOCK, content)
    result = diverted.run("shock", "--replay", "mine")
    assert (result.exit_code, result.stdout) in [(code, "") for code in (1, 2, 3)]


def test_a_shock_from_which_nothing_can_spread_is_named(diverted):
    diverted.repeat("datasets/stages.csv", "gallium/primary", stage_id="gallium/alone", basis="", final="no")
    diverted.write(SHOCK, '[[cut]]\neconomy = "CHN"\nstage = "gallium/alone"\n')
    (row,) = errors(diverted)
    assert (row["file"], row["code"]) == (SHOCK, "no-spread")
    assert "no recipe joins gallium/alone" in row["message"]


def test_every_damaged_file_is_named_at_once_and_so_are_the_tables(diverted):
    diverted.write(SCENARIO, "growth = -1\nbuild = 3\n")
    diverted.write("datasets/scenarios/other.toml", "=\n")
    diverted.write(SHOCK, "title = 1\n")
    diverted.set(OFFICE, "F-office-1", "value", "45%")
    assert [(row["file"], row["line"]) for row in errors(diverted)] == [
        (OFFICE, 2), (SCENARIO, 1), (SCENARIO, 2), ("datasets/scenarios/other.toml", 1), (SHOCK, 1),
    ]  # fmt: skip


def test_a_circle_is_named_once_and_what_leads_into_it_is_not_called_part_of_it(diverted):
    diverted.write("datasets/scenarios/a.toml", 'extends = "b"\n')
    diverted.write("datasets/scenarios/b.toml", 'title = "x"\nextends = "a"\n')
    diverted.write(SCENARIO, 'extends = "a"\n')
    (row,) = errors(diverted)
    assert (row["file"], row["code"], row["line"]) == ("datasets/scenarios/a.toml", "cycle", 1)
    assert "a -> b -> a" in row["message"]


def test_scenarios_are_held_to_their_syntax_where_a_table_cannot_be_read_and_check_says_so(diverted):
    diverted.write("datasets/economies.csv", b"\xff")
    diverted.write(SCENARIO, 'rival = "NOBODY"\n')
    diverted.write(SHOCK, "=\n")
    code, rows = checked(diverted)
    assert code == 1
    assert {(row["file"], row["code"]) for row in rows} == {
        ("datasets/economies.csv", "not-utf8"), (SHOCK, "toml"), ("datasets", "not-checked"),
    }  # fmt: skip


def test_a_fault_of_the_diversion_tables_is_named_once_and_not_for_every_scenario(diverted):
    line = diverted.set("datasets/diversion/makers.csv", "M-1", "region", "KOR")
    rows = errors(diverted)
    assert [(row["file"], row["line"], row["field"]) for row in rows] == [
        ("datasets/diversion/makers.csv", line, "region")
    ]


def test_divert_and_check_say_the_same_of_a_damaged_scenario(diverted):
    diverted.write(SCENARIO, 'growth = 3\n[[cap]]\nshare = "50%"\n')
    with pytest.raises(StudyError) as caught:
        scenarios.read_all(diverted.load())
    assert caught.value.problems == [item for item in checking.everything(diverted.root)[1] if not item.warning]


def test_the_shipped_scenarios_and_shocks_have_no_problem_and_no_file_is_unread():
    assert [item for item in checking.everything(ROOT)[1] if item.code not in ABSENT] == []


@pytest.mark.parametrize(
    ("name", "old", "field"),
    [
        ("datasets/study.toml", 'rival = "CHN"', "rival"),
        ("datasets/study.toml", 'as_of = "2026-06-30"', "as_of"),
        ("datasets/study.toml", 'reference_years = "2022/2025"', "reference_years"),
        ("seeds/essay/source.toml", 'reliability = "C"', "reliability"),
        ("seeds/essay/source.toml", 'date_published = "2025-03"', "date_published"),
    ],
)
def test_a_wrong_setting_or_field_of_a_source_is_named_with_its_line(made, name, old, field):
    line = made.read(name).split(old)[0].count("\n") + 1
    made.damage(name, old, f'{field} = "2090-01-01x"')
    assert {(row["file"], row["line"], row["field"]) for row in errors(made)} == {(name, line, field)}


# --- numbers that cannot be -----------------------------------------------------------------------

IMPOSSIBLE = [
    (OFFICE, "F-office-1", "value", "1e99", "1e+12 t"),
    (OFFICE, "F-office-3", "value", "1e10", "1e+09 kt"),
    ("datasets/assumptions.csv", "A-lead", "high", "20000", "10000 year"),
    ("datasets/assumptions.csv", "A-drones-worth", "value", "1e16", "1e+15 USD"),
    ("datasets/assumptions.csv", "A-gallium-price", "high", "1e10", "1e+09 USD_per_kg"),
    ("datasets/assumptions.csv", "A-elasticity", "high", "1e7", "1e+06 factor"),
    ("datasets/diversion/flows.csv", "N-CHN-JPN", "amount", "1e13", "1e+12 t"),
    ("datasets/diversion/flows.csv", "N-CHN-JPN", "value_kusd", "1e13", "1e+12"),
    ("seeds/essay/claims.csv", "E-1", "end", "999999999", "2e+08"),
    ("datasets/units.csv", "kt", "factor", "1e40", "1e+30"),
]


@pytest.mark.parametrize("case", IMPOSSIBLE, ids=[f"{case[2]} {case[3]}" for case in IMPOSSIBLE])
def test_a_number_that_cannot_be_is_named_with_the_largest_that_can(diverted, case):
    name, key, column, cell, largest = case
    line = diverted.set(name, key, column, cell)
    row = next(row for row in errors(diverted) if row["code"] == "beyond-limit")
    assert (row["file"], row["line"], row["field"]) == (name, line, column)
    assert row["message"].endswith(f"the largest is {largest}")
    assert float(row["value"]) == float(cell)
    assert "leave the cell empty" in row["remedy"]


def test_of_a_number_that_cannot_be_nothing_else_is_said(made):
    made.set(OFFICE, "F-office-1", "value", "1e99")
    assert [row["code"] for row in errors(made)] == ["beyond-limit"]


@pytest.mark.parametrize("cell", ["1e12", "-1e12"])
def test_the_largest_number_is_still_one(made, cell):
    made.set("datasets/figures/office.csv", "F-office-3", "unit", "t")
    made.set("datasets/figures/office.csv", "F-office-3", "value", cell)
    assert "beyond-limit" not in {row["code"] for row in errors(made)}


@pytest.mark.parametrize(("cell", "right"), [("1900", True), ("2200", True), ("1899", False), ("2201", False)])
def test_years_lie_from_1900_to_2200(made, cell, right):
    made.set("seeds/essay/claims.csv", "E-4", "period", cell)
    assert ([row["message"] for row in errors(made)] == []) is right


# --- what editors leave ---------------------------------------------------------------------------

LEFT = (
    "datasets/figures/.#figures.csv", "datasets/figures/office.csv~", "datasets/figures/#office.csv#",
    "datasets/figures/~$office.csv", "datasets/figures/~$office.xlsx", "datasets/figures/.office.csv.swp",
    "datasets/figures/.~lock.office.csv#", "datasets/figures/._office.csv", "datasets/figures/office.csv.bak",
    "datasets/figures/office.csv.orig", "datasets/figures/.DS_Store", "datasets/Thumbs.db", "datasets/scenarios/.#a.toml",
    "datasets/scenarios/~$a.toml", "datasets/shocks/.#a.toml", "datasets/stages.csv~", "seeds/.DS_Store",
    "seeds/essay/claims.csv~", "seeds/essay/.#claims.csv",
)  # fmt: skip


@pytest.mark.parametrize("name", LEFT)
def test_what_an_editor_leaves_is_read_by_nobody_and_named_in_one_warning(diverted, name):
    before = diverted.load()
    diverted.write(name, diverted.path(OFFICE).read_bytes())
    after = diverted.load()
    assert (after.tables, after.version) == (before.tables, before.version)
    code, rows = checked(diverted)
    assert (code, [(row["severity"], row["code"], row["file"]) for row in rows]) == (
        0, [("warning", "leftover-file", name)],
    )  # fmt: skip


def test_all_that_editors_leave_is_one_warning_that_names_each(diverted):
    for name in LEFT[:4]:
        diverted.write(name, "x")
    diverted.path("datasets/.#stages.csv").symlink_to("somebody@machine.1234")
    _, (row,) = checked(diverted)
    assert all(name in row["message"] for name in (*LEFT[:4], "datasets/.#stages.csv"))


def test_a_copy_of_a_folder_of_a_source_is_no_source(made):
    shutil.copytree(made.path("seeds/essay"), made.path("seeds/essay~"))
    before = made.load()
    assert [row["id"] for row in before.tables["sources"]] == ["essay"]
    assert checked(made)[0] == 0


@pytest.mark.parametrize("name", ["figures.csv", "a~b.csv", "swap.csv", "bak.toml", "n#1.csv", "old.csv"])
def test_a_name_that_only_looks_like_one_is_no_leftover(name):
    assert not files.is_leftover(name)


def test_the_hash_of_the_shipped_data_is_that_of_all_its_files():
    paths = sorted(path for folder in ("seeds", "datasets") for path in (ROOT / folder).rglob("*") if path.is_file())
    data = [path for path in paths if path.suffix in {".csv", ".toml"}]
    assert sorted(files.tree(ROOT, ("seeds", "datasets"))) == data


# --- what nobody reads ----------------------------------------------------------------------------

UNREAD = [
    ("datasets/figurs.csv", "datasets/figures/figures.csv"),
    ("datasets/economy.csv", "datasets/economies.csv"),
    ("datasets/diversion/flow.csv", "datasets/diversion/flows.csv"),
    ("datasets/diversion/mine.toml", "datasets/scenarios/mine.toml"),
    ("datasets/mine.toml", "datasets/scenarios/mine.toml"),
    ("datasets/scenarios/mine.TOML", "datasets/scenarios/mine.toml"),
    ("datasets/scenarios/mine.txt", "datasets/scenarios/mine.toml"),
    ("datasets/shocks/mine.tml", "datasets/shocks/mine.toml"),
    ("datasets/figures/office.xlsx", ""),
    ("datasets/study.tml", "datasets/study.toml"),
    ("seeds/essay/claim.csv", "seeds/essay/claims.csv"),
    ("seeds/essay/source.tml", "seeds/essay/source.toml"),
    ("seeds/claims.csv", "seeds/<source>/claims.csv"),
    ("recipes.csv", "datasets/recipes.csv"),
]


@pytest.mark.parametrize(("name", "near"), UNREAD)
def test_a_file_that_nobody_reads_is_named_with_what_it_may_be(made, name, near):
    made.write(name, "x")
    code, rows = checked(made)
    assert (code, [(row["severity"], row["code"], row["file"]) for row in rows]) == (
        0, [("warning", "unread-file", name)],
    )  # fmt: skip
    assert near in rows[0]["message"]


@pytest.mark.parametrize(
    ("name", "folder", "near"),
    [
        ("datasets/scenario/mine.toml", "datasets/scenario", "datasets/scenarios"),
        ("datasets/shock/mine.toml", "datasets/shock", "datasets/shocks"),
        ("scenarios/mine.toml", "scenarios", "datasets/scenarios"),
        ("datasets/scenarios/more/mine.toml", "datasets/scenarios/more", "datasets/scenarios"),
    ],
)
def test_a_folder_that_nobody_reads_is_named_once(made, name, folder, near):
    made.write(name, 'title = "x"\n')
    made.write(name.replace("mine", "other"), 'title = "x"\n')
    code, (row,) = checked(made)
    assert (code, row["code"], row["file"]) == (0, "unread-file", folder)
    assert near in row["message"]


@pytest.mark.parametrize("name", ["datasets/README.md", "seeds/essay/notes.txt", "seeds/LICENSE", "datasets/.gitkeep"])
def test_words_to_people_need_no_reader(made, name):
    made.write(name, "x")
    assert checked(made) == (0, [])


def test_no_warning_about_files_disturbs_the_other_commands(made):
    made.write("datasets/figurs.csv", "x")
    made.write("datasets/stages.csv~", "x")
    assert made.load().warnings == ()
    assert made.run("stages").stderr == ""


# --- what a study is ------------------------------------------------------------------------------


def test_a_new_study_is_one_that_check_accepts_and_says_only_that_it_has_no_rows_and_other_commands_too(
    made, tmp_path, run
):
    assert made.run("new", tmp_path / "new").exit_code == 0
    assert list(strays.check(tmp_path / "new")) == []
    assert {item.code for item in checking.everything(tmp_path / "new")[1]} == {"not-begun"}
    for command in (["claims"], ["stages"], ["doctor"], ["divert"], ["shock", "--list"]):
        assert run("--study", tmp_path / "new", *command).exit_code == 0


def test_check_names_the_same_folder_no_study_as_every_other_command(made, run):
    made.remove("seeds")
    for command in ("check", "stages", "doctor"):
        assert run("--study", made.root, command).exit_code == run("--study", made.root, "check").exit_code != 0
        assert "is not a study" in run("--study", made.root, command).stderr


# --- lines of keys --------------------------------------------------------------------------------

TRICKY = '''\
title = """
growth = 1
[[cap]]
"""  # growth = 2
"quoted.key" = 'x # no comment'
list = [
  "a", # growth = 3
  "b = c",
]
a.b.c = 1
inline = { growth = 4 }
growth = 5

[assumptions]
A-lead = 2
"A-life" = 3

[[cap]]
share = 0.1
[[cap]] # the second
share = { 2027 = 0.2 }
[cap.deep]
x = 1
[[cap.more]]
y = 1
[[cap.more]]
y = 2
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("title",), 1),
        (("quoted.key",), 5),
        (("list",), 6),
        (("a", "b", "c"), 10),
        (("inline", "growth"), 11),
        (("growth",), 12),
        (("assumptions",), 14),
        (("assumptions", "A-lead"), 15),
        (("assumptions", "A-life"), 16),
        (("cap", 0, "share"), 19),
        (("cap", 1), 20),
        (("cap", 1, "share", "2027"), 21),
        (("cap", 1, "deep", "x"), 23),
        (("cap", 1, "more", 1, "y"), 27),
        (("nothing",), 1),
    ],
)
def test_the_line_of_a_key_is_found_whatever_stands_around_it(path, line):
    assert keylines.nearest(keylines.find(TRICKY), path) == line


@pytest.mark.parametrize("path", sorted((ROOT / "datasets").rglob("*.toml")), ids=lambda path: path.stem)
def test_every_key_of_a_shipped_record_stands_on_the_line_that_is_found(path):
    text = path.read_text(encoding="utf-8").splitlines()
    for keys, line in keylines.find("\n".join(text)).items():
        leaf = next(key for key in reversed(keys) if isinstance(key, str))
        assert leaf in text[line - 1]


RECIPES = """\
countries = "codes.csv"

[[flow]]
stage = "gallium/primary"
source = "office-1"
files = ["a.csv"]
codes = ["811292"]
years = ["2024"]
"""


@pytest.mark.parametrize(
    ("old", "new", "place", "message"),
    [
        ("years =", "yers =", (8, "yers"), "did you mean years"),
        ('["2024"]', "2024", (8, "years"), "not of the right kind"),
        ('["2024"]', '["2024"', (8, "-"), "not TOML"),
        ('source = "office-1"\n', "", (3, "source"), "missing or empty"),
        ("countries", "country", (1, "country"), "did you mean countries"),
    ],
)
def test_a_damaged_file_of_recipes_for_flows_is_named_with_its_line(diverted, old, new, place, message):
    diverted.write("datasets/diversion/flows.toml", RECIPES)
    assert errors(diverted) == []
    diverted.damage("datasets/diversion/flows.toml", old, new)
    found = {(row["file"], row["line"], row["field"]): row["message"] for row in errors(diverted)}
    assert message in found["datasets/diversion/flows.toml", *place]


def test_study_examine_and_check_agree_on_the_tables(made):
    made.set(OFFICE, "F-office-1", "value", "45%")
    assert study.examine(made.root)[1] == checking.everything(made.root)[1]


# --- weights and nesting --------------------------------------------------------------------------

WEIGHTS, NESTING = "datasets/weights.csv", "datasets/nesting.csv"
SPENT = {
    "weight_id": "W-1", "set": "value", "good": "drones/complete", "economy": "JPN", "low": 1, "value": 2, "high": 3,
    "unit": "MUSD", "parent": "A-made-of",
}  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "field", "code"),
    [
        ({"low": -1}, "low", "negative"),
        ({"low": 2.5}, "value", "value-outside-bounds"),
        ({"low": 4}, "low", "low-above-high"),
        ({"good": "drones/compleet"}, "good", "missing-reference"),
        ({"economy": "JPX"}, "economy", "unknown-economy"),
        ({"unit": "yen"}, "unit", "unknown-unit"),
        ({"parent": "A-nothing"}, "parent", "missing-reference"),
    ],
)
def test_a_damaged_weight_is_a_problem_at_its_cell(made, cells, field, code):
    line = made.add(WEIGHTS, **SPENT | cells)
    assert [(row["file"], row["line"], row["field"], row["code"]) for row in errors(made)] == [
        (WEIGHTS, line, field, code)
    ]


def test_a_good_that_two_rows_of_a_set_weigh_is_a_problem(made):
    made.add(WEIGHTS, **SPENT)
    assert errors(made) == []
    line = made.add(WEIGHTS, **SPENT | {"weight_id": "W-2"})
    assert [(row["line"], row["code"]) for row in errors(made)] == [(line, "counted-twice")]
    made.set(WEIGHTS, "W-2", "economy", "USA")
    assert errors(made) == []


def test_a_good_that_is_inside_another_twice_is_a_problem(made):
    cells = {"outer": "drones/complete", "inner": "gallium/wafer", "parent": "A-wafers-in-drones"}
    made.add(NESTING, nesting_id="N-1", **cells)
    assert errors(made) == []
    line = made.add(NESTING, nesting_id="N-2", **cells)
    assert [(row["line"], row["code"]) for row in errors(made)] == [(line, "counted-twice")]
