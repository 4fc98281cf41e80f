"""Scenarios: what is read, what is taken over, and how everything that cannot be meant is refused."""

import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from depgraph.core.errors import REMEDIES, DepgraphError, StudyError, UnknownNameError
from depgraph.diversion import answers, pooling
from depgraph.diversion import run as runs
from depgraph.diversion import scenario as scenarios
from depgraph.evidence import estimates
from depgraph.lp import solve
from tests.conftest import MadeStudy
from tests.diversion_study import ASSUMPTIONS, TABLES, add_diversion

FOLDER = "datasets/scenarios"


def refused(made, text, name="mine"):
    """Return the problems of a scenario file."""
    made.write(f"{FOLDER}/{name}.toml", text)
    with pytest.raises(StudyError) as caught:
        scenarios.read_all(made.load())
    assert all(problem.remedy for problem in caught.value.problems)
    return caught.value.problems


# --- reading ------------------------------------------------------------------------------------


def test_a_scenario_takes_over_what_it_extends(diverted):
    diverted.write(
        f"{FOLDER}/base.toml",
        'years = "2026/2030"\nclaims = ["E-1"]\ngrowth = 0.1\n[assumptions]\nA-life = 10\nA-lead = 3\n'
        "[[cap]]\nshare = 0.5\n",
    )
    diverted.write(
        f"{FOLDER}/mine.toml",
        'extends = "base"\nclaims = ["E-4"]\ngrowth = 0.0\n[assumptions]\nA-lead = 1\n[[cap]]\nshare = 0.2\n',
    )
    found = scenarios.find(diverted.load(), "mine")
    assert found.get("years") == "2026/2030"
    assert found.get("growth") == 0.0
    assert found.get("claims") == ["E-4"]  # a child says itself what it operationalises
    assert found.get("assumptions") == {"A-life": 10, "A-lead": 1}
    assert found.get("cap") == [{"share": 0.2}]  # tables replace tables
    assert found.lines["years"] == (f"{FOLDER}/base.toml", 1)
    assert found.lines["growth"] == (f"{FOLDER}/mine.toml", 3)


def test_every_setting_that_is_allowed_is_read(diverted):
    diverted.write(
        f"{FOLDER}/mine.toml",
        """\
title = "All"
note = "of it"
claims = ["E-1"]
extends = "baseline"
bloc = "JPN"
rival = "CHN"
circle = ["AUS", "USA"]
years = "2026/2030"
products = ["gallium"]
goals = ["defence"]
must = []
pooled = false
build = true
transplants = true
recycling = false
release = true
stockpiling = true
projects = "late"
delay = 1
growth = 0.01
custody = { 2028 = 0.1 }
surprise = 2027
passing_on = 0.2
threshold = 0.1

[assumptions]
A-lead = 1
F-office-3 = 800

[[cap]]
stage = "gallium/primary"
share = { 2027 = 1, 2030 = 0.5 }
[[embargo]]
exporter = ["CHN", "IND"]
importer = "QUAD"
stage = "gallium/primary"
severity = 0.3
from = 2027
to = 2028
[[tariff]]
importer = "USA"
exporter = "WLD"
product = "gallium"
rate = 0.1
[[floor]]
region = "JPN"
months = 1
[[fixed]]
product = "gallium"
""",
    )
    study = diverted.load()
    found = scenarios.find(study, "mine")
    assert set(found.settings) == set(scenarios.KEYS)
    assert runs.run(study, estimates.estimate(study), found).solution.residual < 1e-6


@pytest.mark.parametrize(
    ("text", "value"),
    [("0.5", 0.5), ("late", "late"), ("true", True), ('["a"]', ["a"]), ("9" * 5000, "9" * 5000), ("[" * 9999, "[" * 9999),
     ("", "")],
)  # fmt: skip
def test_a_value_is_read_as_toml_and_a_bare_word_as_itself(text, value):
    assert scenarios.value(text) == value


def test_a_number_of_the_scenario_is_found_by_its_key(diverted):
    study = diverted.load()
    cap = scenarios.changed(study, scenarios.find(study, "cap"), ["cap.share=0.4", "A-lead=3"])
    assert scenarios.number(study, cap, "cap.share") == 0.4
    assert scenarios.number(study, cap, "A-lead") == 3
    assert scenarios.number(study, cap, "A-life") == 20
    assert scenarios.number(study, cap, "growth") == 0
    for key in ("pooled", "title", "cap.product", "floor.months", "nothing"):
        with pytest.raises(UnknownNameError, match="unknown number"):
            scenarios.number(study, cap, key)


# --- what a file may not hold -------------------------------------------------------------------


BAD = [
    # text, line, field, what the message says
    ('years = "2026/2030"\ncaps = 3\n', 2, "caps", "unknown key; did you mean cap"),
    ('rival = "China"\n', 1, "rival", "CHN"),
    ('bloc = "QUAT"\n', 1, "bloc", "QUAD"),
    ("bloc = 3\n", 1, "bloc", "not an economy"),
    ('circle = ["JPN",\n"KORR"]\n', 1, "circle", "KOR"),
    ('circle = "KOR"\n', 1, "circle", 'not a list: write ["KOR"]'),
    ('products = ["galium"]\n', 1, "products", "did you mean gallium?"),
    ('products = [["gallium"]]\n', 1, "products", "no such product"),
    ('goals = ["defense"]\n', 1, "goals", "did you mean defence?"),
    ('must = ["all"]\n', 1, "must", "no such tier"),
    ('claims = ["E-99"]\n', 1, "claims", "no such claim; did you mean E-"),
    ("claims = [1]\n", 1, "claims", "no such claim"),
    ("title = 3\n", 1, "title", "not a text"),
    ('pooled = "yes"\n', 1, "pooled", "neither true nor false"),
    ("release = 1\n", 1, "release", "neither true nor false"),
    ("growth = -0.1\n", 1, "growth", "a negative number"),
    ("growth = nan\n", 1, "growth", "not a number"),
    ("growth = inf\n", 1, "growth", "not a number"),
    (f"growth = {'9' * 400}\n", 1, "growth", "not a number"),
    (f"growth = {'9' * 5000}\n", 1, "-", "not TOML"),
    (f"circle = {'[' * 9999}\n", 1, "-", "not TOML"),
    ('growth = "fast"\n', 1, "growth", "not a number"),
    ("growth = true\n", 1, "growth", "not a number"),
    ("passing_on = 1.5\n", 1, "passing_on", "a part above 1"),
    ("threshold = 2\n", 1, "threshold", "a part above 1"),
    ('projects = "ontime"\n', 1, "projects", "did you mean on_time"),
    ("projects = []\n", 1, "projects", "none of none, on_time, late"),
    ("delay = -1\n", 1, "delay", "a negative number"),
    ("delay = 2\n", 1, "delay", "a delay without projects = late"),
    ("years = 2026\n", 1, "years", "not two years as 2026/2035"),
    ('years = "2026"\n', 1, "years", "not two years as 2026/2035"),
    ('years = "2030/2026"\n', 1, "years", "ends before it begins"),
    ('years = "²026/2030"\n', 1, "years", "not two years"),
    ('years = "0026/2030"\n', 1, "years", "not two years"),
    ("surprise = 2050\n", 1, "surprise", "outside the years 2026 to 2035"),
    ("surprise = 20.5\n", 1, "surprise", "not a year"),
    ("custody = 1.2\n", 1, "custody", "a part above 1"),
    ("custody = {}\n", 1, "custody", "no year"),
    ("custody = { next = 0.2 }\n", 1, "custody", "not a year"),
    ("transplants = true\nbuild = false\n", 1, "transplants", "build = false orders none"),
    ("[assumptions]\nA-lifes = 3\n", 2, "assumptions.A-lifes", "did you mean A-life"),
    ("[assumptions]\nA-lead = 2\nA-life = -3\n", 3, "assumptions.A-life", "a negative number"),
    ('[assumptions]\nA-life = "x"\n', 2, "assumptions.A-life", "not a number"),
    ("assumptions = 3\n", 1, "assumptions", "not a table of names and numbers"),
    ("cap = 0.5\n", 1, "cap", "not entries of [[cap]]"),
    ("[cap]\nshare = 0.5\n", 1, "cap", "not entries of [[cap]]"),
    ("[[cap]]\nshare = 1.1\n", 2, "cap.share", "a part above 1"),
    ("[[cap]]\nshare = 0.1\n[[cap]]\n# twice\nshare = nan\n", 5, "cap.share", "not a number"),
    ("[[cap]]\nshare = 0.5\nof = 'suply'\n", 3, "cap.of", "did you mean supply"),
    ("[[cap]]\nproduct = 'gallium'\n", 1, "cap", "[[cap]] without share"),
    ("[[cap]]\nshare = { 2028 = 0.5, 29 = 0.1 }\n", 2, "cap.share", "not a year"),
    ("[[cap]]\nshare = { 2050 = 0.5 }\n", 1, "cap", "never in force in the years 2026 to 2035"),
    ("[[cap]]\nshare = 0.1\nstage = 'gallium/wafers'\n", 3, "cap.stage", "did you mean gallium/wafer"),
    ("[[cap]]\nshare = 0.1\nstages = 'gallium/wafer'\n", 3, "cap.stages", "did you mean stage"),
    ("[[embargo]]\nexporter = 'CHN'\nseverity = 1.5\n", 3, "embargo.severity", "a part above 1"),
    ("[[embargo]]\nexporter = 'CHN'\nfrom = 2030\nto = 2028\n", 3, "embargo.from", "ends in 2028, before it begins"),
    ("[[embargo]]\nexporter = 'CHN'\nfrom = 2040\n", 1, "embargo", "never in force"),
    ("[[embargo]]\nexporter = 'CHN'\nto = 2020\n", 1, "embargo", "never in force"),
    ("[[embargo]]\nimporter = 'JPN'\n", 1, "embargo", "[[embargo]] without exporter"),
    ("[[embargo]]\nexporter = 'Chinaa'\n", 2, "embargo.exporter", "no such economy"),
    ("[[embargo]]\nexporter = ['CHN', 'XYZ']\n", 2, "embargo.exporter", "no such economy"),
    ("[[tariff]]\nimporter = 'USA'\nexporter = 'CHN'\nrate = -0.1\n", 4, "tariff.rate", "a negative number"),
    ("[[tariff]]\nimporter = 'USA'\nrate = 0.1\n", 1, "tariff", "[[tariff]] without exporter"),
    ("[[floor]]\nmonths = inf\n", 2, "floor.months", "not a number"),
    ("[[fixed]]\nstage = 3\n", 2, "fixed.stage", "no such stage"),
    ('extends = "nothing"\n', 1, "extends", "no such scenario"),
    ('extends = "mine"\n', 1, "extends", "extend in a circle: mine -> mine"),
    ("title = \n", 1, "-", "not TOML"),
    ("title = 'a'\ntitle = 'b'\n", 2, "-", "not TOML"),
]


@pytest.mark.parametrize(("text", "line", "place", "message"), BAD, ids=[f"{item[0][:40]!r}" for item in BAD])
def test_what_a_file_may_not_hold_is_refused_with_line_and_nearest_word(diverted, text, line, place, message):
    problem = refused(diverted, text)[0]
    assert (problem.file, problem.line, problem.field) == (f"{FOLDER}/mine.toml", line, place)
    assert message in problem.message
    assert problem.code in REMEDIES


def test_all_problems_of_all_files_are_told_at_once(diverted):
    diverted.write(f"{FOLDER}/other.toml", "growth = -1\n")
    found = refused(diverted, 'pooled = 1\n[[cap]]\nshare = 2\n[[cap]]\nproduct = "x"\n')
    assert [(problem.file.rpartition("/")[2], problem.line) for problem in found] == [
        ("mine.toml", 1), ("mine.toml", 3), ("mine.toml", 4), ("mine.toml", 5), ("other.toml", 1),
    ]  # fmt: skip


def test_scenarios_that_extend_in_a_circle_are_named(diverted):
    diverted.write(f"{FOLDER}/other.toml", 'extends = "mine"\n')
    (problem,) = refused(diverted, 'title = "x"\nextends = "other"\n')
    assert problem.code == "cycle"
    assert "mine -> other -> mine" in problem.message


def test_a_file_that_is_no_text_is_refused(diverted):
    diverted.write(f"{FOLDER}/mine.toml", b"\xff\xfe\x00")
    with pytest.raises(StudyError, match=r"mine\.toml"):
        scenarios.read_all(diverted.load())


def test_what_extends_may_switch_off_what_it_takes_over_but_not_ask_for_it_in_vain(diverted):
    diverted.write(f"{FOLDER}/moved.toml", "transplants = true\n")
    diverted.write(f"{FOLDER}/off.toml", 'extends = "moved"\nbuild = false\n')
    diverted.write(f"{FOLDER}/none.toml", "build = false\n")
    assert scenarios.find(diverted.load(), "off").get("build") is False
    (problem,) = refused(diverted, 'extends = "none"\ntransplants = true\n')
    assert problem.line == 2


# --- what may be changed on the command line ----------------------------------------------------


def changed(made, *changes, name="cap"):
    study = made.load()
    return scenarios.changed(study, scenarios.find(study, name), changes)


def test_a_change_replaces_settings_assumptions_and_keys_of_all_entries(diverted):
    made = changed(diverted, "growth=0.1", " A-lead = 3 ", "cap.share=0.5", "cap.product=gallium", 'circle=["KOR"]')
    assert made.get("growth") == 0.1
    assert made.get("assumptions") == {"A-lead": 3}
    assert made.get("cap") == [{"share": 0.5, "product": "gallium"}]
    assert made.get("circle") == ["KOR"]
    assert changed(diverted).settings == scenarios.find(diverted.load(), "cap").settings


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("growht=1", "did you mean growth?"),
        ("A-leads=1", "did you mean A-lead"),
        ("growth", "not KEY=VALUE"),
        ("", "not KEY=VALUE"),
        ("=1", "no setting and no assumption"),
        ("cap=0.5", "entries are changed by a key of theirs"),
        ("cap.shar=0.5", "did you mean share?"),
        ("cap.share=1.5", "a part above 1"),
        ("cap.share=half", "not a number"),
        ("embargo.severity=0.5", "has no [[embargo]] to change"),
        ("assumptions=1", "set an assumption by its own name"),
        ("extends=ban", "extends only in its file"),
        ("growth=nan", "not a number"),
        ("A-lead=nan", "not a number"),
        ("A-lead=-1", "a negative number"),
        ("products=gallium", 'write ["gallium"]'),
        ("pooled=maybe", "neither true nor false"),
        ("years=2026/2027", "never in force in the years 2026 to 2027"),
        ("surprise=2040", "outside the years"),
        (f"growth={'9' * 5000}", "not a number"),
    ],
)
def test_a_change_that_cannot_be_made_is_refused_with_the_nearest_word(diverted, change, message):
    with pytest.raises(StudyError) as caught:
        changed(diverted, "growth=0.2", change)
    (problem,) = caught.value.problems
    assert message in problem.message
    assert (problem.file, problem.line) in {("--set", 2), (f"{FOLDER}/cap.toml", 4)}


def test_transplants_without_building_are_refused_in_whatever_order_they_are_set(diverted):
    for changes in (["transplants=true", "build=false"], ["build=false", "transplants=true"]):
        with pytest.raises(StudyError, match="build = false orders none"):
            changed(diverted, *changes)
    assert changed(diverted, "build=false").get("build") is False


# --- a study that is not fit for the model ------------------------------------------------------


def planned(made, name="baseline"):
    study = made.load()
    return runs.run(study, estimates.estimate(study), scenarios.find(study, name))


def test_a_study_without_the_tables_says_what_is_missing(made):
    made.write(f"{FOLDER}/baseline.toml", 'title = "x"\n')
    with pytest.raises(DepgraphError, match=r"no diversion model: there are no rows in .*regions\.csv, .*commodities"):
        planned(made)


@pytest.mark.parametrize("table", ["regions", "commodities", "tiers"])
def test_a_table_that_the_model_cannot_do_without_is_named(diverted, table):
    lines = diverted.cells(f"datasets/diversion/{table}.csv")
    diverted.write_cells(f"datasets/diversion/{table}.csv", lines[:1])
    diverted.write(f"{FOLDER}/baseline.toml", 'title = "x"\n')
    for name in ("ban", "cap"):
        diverted.remove(f"{FOLDER}/{name}.toml")
    with pytest.raises(DepgraphError, match=rf"no rows in .*{table}\.csv|nothing uses this assumption"):
        planned(diverted)


@pytest.mark.parametrize("name", ["A-discount-rate", "A-utilisation", "A-latent-margin", "A-home-first"])
def test_a_missing_assumption_that_is_taken_by_name_is_named(diverted, name):
    lines = diverted.cells("datasets/assumptions.csv")
    diverted.write_cells("datasets/assumptions.csv", [line for line in lines if line[0] != name])
    with pytest.raises(DepgraphError, match=name):
        planned(diverted)


@pytest.mark.parametrize(
    ("table", "key", "change", "message"),
    [
        ("flows", "N-CHN-JPN", ("importer", "TWN"), "the model has no such region"),
        ("flows", "N-CHN-JPN", ("amount", "-3"), "a flow below 0"),
        ("makers", "M-1", ("region", "KOR"), "the model has no such region"),
        ("technologies", "N-move", ("donor", "KOR"), "the model has no such region"),
        ("projects", "N-plant", ("region", "KOR"), "the model has no such region"),
        ("reserves", "N-stock", ("region", "KOR"), "the model has no such region"),
    ],
)
def test_a_row_that_would_be_lost_is_refused_with_its_line(diverted, table, key, change, message):
    column, cell = change
    line = diverted.set(f"datasets/diversion/{table}.csv", key, column, cell)
    with pytest.raises(StudyError) as caught:
        planned(diverted)
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.field) == (f"datasets/diversion/{table}.csv", line, column)
    assert message in problem.message


def test_a_model_needs_a_rest_of_the_world(diverted):
    name = "datasets/diversion/regions.csv"
    diverted.write_cells(name, [line for line in diverted.cells(name) if line[0] != "ROW"])
    with pytest.raises(StudyError, match="no region takes what the others do not make"):
        planned(diverted)


def test_a_tier_without_a_share_before_the_last_is_refused(diverted):
    diverted.add("datasets/diversion/tiers.csv", tier="luxury", worth="A-worth-other")
    with pytest.raises(DepgraphError, match="tier other has no share"):
        planned(diverted)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('bloc = "CHN"\n', "CHN is the rival and in the bloc or its circle"),
        ('circle = ["CHN"]\n', "CHN is the rival and in the bloc or its circle"),
        ('rival = "JPN"\n', "JPN is the rival"),
        ('bloc = "KOR"\n', "the bloc KOR is not a region of the model"),
        ('rival = "TWN"\n', "the rival TWN is not a region of the model"),
        ('circle = ["KOR"]\n', "the circle KOR is not a region of the model"),
        ('bloc = "NOBODY"\n', "the bloc NOBODY is without members"),
        ('[[embargo]]\nexporter = "KOR"\n', "the entry KOR is not a region of the model"),
    ],
)
def test_who_is_not_in_the_model_is_named_with_the_regions_there_are(diverted, text, message):
    diverted.add("datasets/blocs.csv", bloc_id="NOBODY", name="Nobody")
    diverted.write(f"{FOLDER}/mine.toml", text)
    with pytest.raises(DepgraphError, match=re.escape(message)):
        planned(diverted, "mine")


# --- no damage ends in anything but a message ---------------------------------------------------


FILES = [f"datasets/diversion/{name}.csv" for name in TABLES]
LEDGER = "datasets/assumptions.csv"
CELLS = ["", "0", "-1", "1e-9", "1e9", "nan", "CHN", "ROW", "QUAD", "TWN", "A-lead", "A-freight", "F-survey-3", "E:x"]
CELLS += ["gallium/wafer", "transplant", "t", "index", "2100", "share", "9" * 40, "R-1", "0.5", "2"]
NUMBERS = ["0", "0.01", "0.5", "1", "2", "10", "1e9", "1e-9", "1e30"]


@pytest.fixture(scope="module")
def patient(tmp_path_factory):
    """Return a study to be damaged, and its files as they were."""
    made = add_diversion(MadeStudy(tmp_path_factory.mktemp("patient")))
    return made, {name: made.read(name) for name in [*FILES, LEDGER]}


def damaged(made, luck):
    """Damage one table: a number of the ledger, a cell, or a whole row."""
    name = str(luck.choice([LEDGER, LEDGER, LEDGER, LEDGER, *FILES]))
    lines = made.cells(name)
    row = luck.integers(max(1, len(lines) - len(ASSUMPTIONS)), len(lines))
    if name == LEDGER:
        lines[row][2:5] = [str(luck.choice(NUMBERS)), "", ""]
    elif luck.random() < 0.3:
        lines.append(list(lines[row])) if luck.random() < 0.5 else lines.pop(row)
    else:
        column = luck.integers(1, len(lines[0]))
        lines[row][column] = str(luck.choice([*CELLS, *(line[column] for line in lines[1:])]))
    made.write_cells(name, lines)


@settings(deadline=None, max_examples=25, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32))
def test_a_damaged_table_is_refused_or_gives_a_certified_plan(patient, seed):
    made, whole = patient
    for name, text in whole.items():
        made.write(name, text)
    damaged(made, np.random.default_rng(seed))
    try:
        study = made.load()
        picture = estimates.estimate(study)
        scenario = scenarios.find(study, "cap")
        run, base = (runs.run(study, picture, item) for item in (scenario, pooling.unchanged(scenario)))
    except DepgraphError:
        return
    assert np.isfinite(list(answers.summary(run, base).values())).all()
    assert not answers.missing(base)
    for t in range(len(base.case.years)):
        np.testing.assert_allclose(answers.made(base)[..., t], base.account.output, rtol=1e-6, atol=1e-6)


VALUES = st.one_of(
    st.sampled_from(
        ["true", "false", "3", "-1", "0.5", "nan", "inf", '"CHN"', '"late"', '"2026/2028"', "[]", '["JPN"]']
    ),
    st.sampled_from(["[1]", "{}", "{ 2027 = 0.5 }", "2027", "1979-05-27", '"x"', '["gallium"]', '["defence"]', "[[]]"]),
)
INSIDE = sorted({name for names in scenarios.ENTRIES.values() for name in names})
PLAIN = st.dictionaries(st.sampled_from([*scenarios.KEYS, "nonsense"]), VALUES, max_size=4)
ENTRY = st.tuples(
    st.sampled_from(sorted(scenarios.ENTRIES)), st.dictionaries(st.sampled_from(INSIDE), VALUES, max_size=4)
)


@settings(deadline=None, max_examples=40, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(plain=PLAIN, entries=st.lists(ENTRY, max_size=2))
def test_a_scenario_of_nonsense_is_refused_or_gives_a_certified_plan(patient, plain, entries):
    made, whole = patient
    for name, text in whole.items():
        made.write(name, text)
    lines = [f"{key} = {value}" for key, value in plain.items() if key not in scenarios.ENTRIES]
    for table, entry in entries:
        lines += [f"[[{table}]]", *(f"{key} = {value}" for key, value in entry.items())]
    made.write(f"{FOLDER}/random.toml", "\n".join(lines))
    try:
        study = made.load()
        run = runs.run(study, estimates.estimate(study), scenarios.find(study, "random"))
    except DepgraphError:
        return
    finally:
        made.remove(f"{FOLDER}/random.toml")
    assert solve.certificate(run.programme, run.solution.x, run.solution.duals) <= solve.TOLERANCE
