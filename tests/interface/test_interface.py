"""The public interface: what the commands put out, a program gets by functions of the same names."""

import inspect
import os
import subprocess
import sys
from pathlib import Path

import click
import pandas as pd
import pytest

import depgraph as dg
from depgraph.cli import divert, main
from depgraph.core import render
from depgraph.core.errors import DepgraphError, QuestionError, StudyError, UnknownNameError
from depgraph.interface import graphs, loading
from depgraph.pages import drawing
from depgraph.study import study as studies

ROOT = str(Path(__file__).parents[2])
HEAVY = (
    "pandas",
    "networkx",
    "highspy",
    "numpy",
    "pulp",
    "altair",
    "click",
    "rich",
    "depgraph.core",
    "depgraph.interface",
)
# where an answer goes and how much of it people see is no part of the question
PRINTING = {"format", "output", "ids", "long", "full", "all", "notes"}
# option -> parameter: a word of Python, or one that stands for another
RENAMED = {"for": "bloc", "from": "from_"}
# commands that ask nothing of a study
WITHOUT = {"completion"}
# groups: each of their commands has its function
GROUPS = {"trade", "graph"}
# what a function takes beyond the options: the study, the settings of ``--set``, and who is told of progress
BEYOND = {"study", "step", "assumptions", "settings"}


def options(command):
    """Return the options and arguments of a command, by the names of parameters."""
    found = {}
    for parameter in command.params:
        name = max(parameter.opts, key=len).lstrip("-").replace("-", "_").lower()
        found[RENAMED.get(name, name)] = parameter
    return found


def asked(name):
    """Return the options of a command that change the answer."""
    command = main.main.get_command(click.Context(main.main), name)
    return {key: value for key, value in options(command).items() if key not in PRINTING | {"help"}}


def parameters(function):
    return {key: value for key, value in inspect.signature(function).parameters.items() if key not in BEYOND}


# --- names --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in main.COMMANDS if name not in {*WITHOUT, *GROUPS}])
def test_each_command_has_a_function_of_its_name(name):
    assert name in dg.__all__
    assert callable(getattr(dg, name))


@pytest.mark.parametrize(
    "name",
    ["sources", "claims", "figures", "assumptions", "estimates", "stages", "chokepoints", "panel", "leverage",
     "strengths", "structure", "exposure", "interdict", "check", "verify", "new", "doctor", "said"],
)  # fmt: skip
def test_parameters_are_the_options_of_the_command(name):
    assert set(parameters(getattr(dg, name))) == set(asked(name))


@pytest.mark.parametrize(
    ("name", "elsewhere", "more"),
    [
        ("shock", {"list"}, set()),  # depgraph.shocks lists them
        ("survive", set(), set()),
        ("sweep", {"set"}, set()),
        ("why", set(), set()),
        ("compare", set(), set()),
        ("report", set(), {"output"}),
        ("export", set(), {"output"}),
        ("cite", set(), {"output", "form"}),
    ],
)
def test_parameters_are_the_options_but_for_what_is_named_here(name, elsewhere, more):
    assert set(parameters(getattr(dg, name))) - more == set(asked(name)) - elsewhere


def test_options_of_divert_are_methods_of_the_plan_and_their_parameters():
    named = {"prices": {"top"}, "routes": {"top"}, "frontier": {"points", "kinks"}, "pooling": {"seconds"},
             "tornado": {"quantity", "jobs"}, "flip": {"key", "low", "high"}}  # fmt: skip
    for method, taken in named.items():
        assert set(parameters(getattr(dg.Plan, method))) - {"self"} == taken
    reached = {*named, *set().union(*named.values())}
    assert set(asked("divert")) - {"name", "set", "show"} <= reached
    assert set(divert.SHOWN) <= set(dir(dg.Plan))


@pytest.mark.parametrize("verb", ["flows", "screen"])
def test_options_of_trade_are_parameters(verb):
    group = main.main.get_command(click.Context(main.main), "trade")
    taken = set(options(group.commands[verb])) - PRINTING
    assert set(parameters(getattr(dg, f"trade_{verb}"))) == taken


def test_the_graphs_that_are_written_are_those_that_functions_return():
    group = main.main.get_command(click.Context(main.main), "graph")
    assert set(group.commands) == set(graphs.GRAPHS)
    assert {"claims_graph", "dependency_graph"} <= set(dg.__all__)
    taken = set().union(*(options(command) for command in group.commands.values())) - {"help"}
    assert set(parameters(graphs.graph_file)) - {"graph", "form"} == taken - {"format"}


@pytest.mark.parametrize("name", ["chokepoints", "report", "sweep", "interdict", "compare", "strengths"])
def test_defaults_are_those_of_the_command(name):
    taken, options = parameters(getattr(dg, name)), asked(name)
    shared = [
        key
        for key in taken
        if key in options and isinstance(options[key].default, (int, str)) and not options[key].is_flag
    ]
    assert shared
    for key in shared:
        assert taken[key].default == options[key].default


@pytest.mark.parametrize("name", dg.__all__)
def test_each_public_name_says_what_it_is(name):
    assert inspect.getdoc(getattr(dg, name))
    assert name in dir(dg)


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'chokepoint'"):
        _ = dg.chokepoint


def test_importing_the_package_imports_nothing_else():
    code = f"import sys, depgraph; print([name for name in sys.modules if name.startswith({HEAVY!r})])"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ | {"PYTHONPATH": ROOT}
    )
    assert found.stdout == "[]\n"


# --- the same rows ------------------------------------------------------------------------------

QUESTIONS = {
    "sources": ([], dg.sources),
    "claims": (["--product", "gallium"], lambda s: dg.claims(s, product="gallium")),
    "no claims": (["--kind", "export_control"], lambda s: dg.claims(s, kind="export_control")),
    "figures": (["--economy", "CHN"], lambda s: dg.figures(s, economy="CHN")),
    "assumptions": ([], dg.assumptions),
    "estimates": (["--stage", "gallium/primary"], lambda s: dg.estimates(s, stage="gallium/primary")),
    "disagreements": (["--disagreements"], lambda s: dg.estimates(s, disagreements=True)),
    "stages": ([], dg.stages),
    "chokepoints": (["--for", "JPN"], lambda s: dg.chokepoints(s, bloc="JPN")),
    "said": ([], dg.said),
    "said of a stage": (["--about", "gallium/primary"], lambda s: dg.said(s, "gallium/primary")),
    "said of nothing": (["--about", "TWN"], lambda s: dg.said(s, about="TWN")),
    "rival alone": (["--side", "rival", "--top", "1"], lambda s: dg.chokepoints(s, side="rival", top=1)),
    "draws": (["--draws", "20", "--seed", "3"], lambda s: dg.chokepoints(s, draws=20, seed=3)),
    "panel": ([], dg.panel),
    "leverage": (["--for", "JPN"], lambda s: dg.leverage(s, bloc="JPN")),
    "mutual": (["--mutual"], lambda s: dg.leverage(s, mutual=True)),
    "strengths": ([], dg.strengths),
    "strengths of one": (
        ["--member", "Japan", "--stage", "gallium/wafer"],
        lambda s: dg.strengths(s, member="JPN", stage="gallium/wafer"),
    ),
    "gaps": (["--show", "gaps"], lambda s: dg.strengths(s, show="gaps")),
    "pairs": (["--show", "pairs", "--for", "QUAD"], lambda s: dg.strengths(s, show="pairs")),
    "structure": (["--of", "drones/complete"], lambda s: dg.structure(s, "drones/complete")),
    "exposure": (["--of", "drones/complete"], lambda s: dg.exposure(s, "drones/complete")),
    "certificate": (
        ["--of", "drones/complete", "--certificate"],
        lambda s: dg.exposure(s, "drones/complete", certificate=True),
    ),
    "shock": (
        ["--cut", "CHN:gallium/primary", "--by", "0.5"],
        lambda s: dg.shock(s, cut="CHN:gallium/primary", by=0.5),
    ),
    "survive": ([], dg.survive),
    "interdict": (["--budget", "2"], lambda s: dg.interdict(s, 2)),
    "why": (["gallium/primary"], lambda s: dg.why(s, "gallium/primary")),
}
COMMAND = {
    "no claims": "claims",
    "disagreements": "estimates",
    "rival alone": "chokepoints",
    "draws": "chokepoints",
    "said of a stage": "said",
    "said of nothing": "said",
    "mutual": "leverage",
    "strengths of one": "strengths",
    "gaps": "strengths",
    "pairs": "strengths",
    "certificate": "exposure",
}


def holds(found, printed):
    """Hold a result to what the command printed as csv."""
    assert render.render(found.rows, "csv", columns=found.columns).decode() == printed
    frame = found.frame()
    lines = printed.splitlines()
    assert ",".join(frame.columns) == (lines[0] if lines else "")
    assert len(frame) == len(found.rows)


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_function_gives_the_rows_of_the_command(made, name):
    arguments, ask = QUESTIONS[name]
    result = made.run(COMMAND.get(name, name), *arguments, "-f", "csv")
    assert result.exit_code == 0, result.stderr
    holds(ask(dg.load(made.root)), result.stdout)


def test_months_are_planned_alike(run):
    stage = "legacy_chips/fabrication"
    printed = run("survive", "--for", "USA", "--stage", stage, "--months", 2, "-f", "csv").stdout
    holds(dg.survive(dg.load(), bloc="USA", stage=stage, months=2), printed)


@pytest.mark.parametrize("show", divert.SHOWN)
def test_a_plan_gives_the_rows_that_divert_shows(diverted, show):
    result = diverted.run("divert", "ban", "--show", show, "-f", "csv")
    assert result.exit_code == 0, result.stderr
    plan = dg.divert(dg.load(diverted.root), "ban")
    holds(getattr(plan, show)(), result.stdout)


def test_scenarios_are_those_that_divert_lists(diverted):
    holds(dg.scenarios(dg.load(diverted.root)), diverted.run("divert", "-f", "csv").stdout)


def test_keywords_are_settings_and_assumptions_have_a_mapping(diverted):
    changes = ("--set", "A-discount-rate=0.08", "--set", "build=false")
    printed = diverted.run("divert", "ban", *changes, "-f", "csv").stdout
    study = dg.load(diverted.root)
    plan = dg.divert(study, "ban", assumptions={"A-discount-rate": 0.08}, build=False)
    holds(plan.summary(), printed)
    assert plan.summary().rows != dg.divert(study, "ban").summary().rows


def test_a_setting_that_does_not_exist_is_named_with_the_nearest(diverted):
    with pytest.raises(StudyError, match="bulid"):
        dg.divert(dg.load(diverted.root), "ban", bulid=False)


def test_plans_and_names_are_compared_alike(diverted):
    study = dg.load(diverted.root)
    printed = diverted.run("compare", "baseline", "ban", "-f", "csv").stdout
    holds(dg.compare("baseline", "ban", study=study), printed)
    holds(dg.compare(dg.divert(study, "baseline"), "ban"), printed)


def test_a_sweep_gives_the_rows_of_the_command(diverted):
    printed = diverted.run("sweep", "ban", "--over", "growth=0,0.1", "-f", "csv").stdout
    holds(dg.sweep(dg.load(diverted.root), "ban", "growth=0,0.1"), printed)


def test_an_earlier_cap_costs_more():
    study = dg.load()
    late, early = (dg.divert(study, "quad-cap-rare-earths", cap_year=year) for year in (2035, 2031))
    assert early.summary().rows[0]["value"] > late.summary().rows[0]["value"] > 0


def test_a_year_for_a_scenario_without_a_cap_is_refused(diverted):
    with pytest.raises(QuestionError, match="no single cap with a share by year"):
        dg.divert(dg.load(diverted.root), "ban", cap_year=2030)


# --- what a result does -------------------------------------------------------------------------


def test_study_estimates_and_graph_are_computed_once(made):
    study = dg.load(made.root)
    assert loading.of(study) is study
    assert study.picture is study.picture
    assert study.network is study.network
    plain = studies.load(made.root)
    assert loading.of(plain).tables is plain.tables
    assert dg.stages(plain).rows == dg.stages(study).rows


def test_nothing_of_a_study_or_a_result_can_be_set(made):
    study = dg.load(made.root)
    for thing in (study, dg.stages(study)):
        with pytest.raises(AttributeError):
            thing.rows = thing.tables = ()


def test_a_result_shows_itself_as_text_and_as_html(made):
    found = dg.chokepoints(dg.load(made.root))
    assert "gallium/primary" in repr(found)
    assert "<table" in found._repr_html_()


def test_a_row_is_explained_by_number_identifier_row_and_series(made):
    found = dg.chokepoints(dg.load(made.root))
    series = found.frame().iloc[0]
    assert isinstance(series, pd.Series)
    trails = [found.why(0), found.why(found.rows[0]["chokepoint_id"]), found.why(found.rows[0]), found.why(series)]
    assert len({trail.rows[0]["id"] for trail in trails}) == 1
    assert "claim: " in repr(trails[0])


def test_a_row_without_an_identifier_says_so(made):
    with pytest.raises(QuestionError, match="no identifier"):
        dg.scenarios(dg.load(made.root)).why({})


@pytest.mark.parametrize("name", ["chokepoints", "leverage", "survive"])
def test_an_answer_is_drawn_with_the_names_in_it(made, name):
    pytest.importorskip("altair", reason="needs the extra 'report'")
    chart = getattr(dg, name)(dg.load(made.root)).plot()
    assert "gallium/primary" in drawing.svg(chart)


def test_a_plan_is_drawn(diverted):
    pytest.importorskip("altair", reason="needs the extra 'report'")
    plan = dg.divert(dg.load(diverted.root), "ban")
    assert "million US$" in drawing.svg(plan.plot())


def test_without_altair_the_error_names_what_to_install(made, monkeypatch):
    monkeypatch.setitem(sys.modules, "altair", None)
    with pytest.raises(DepgraphError, match=r"pip install 'depgraph\[report\]'"):
        dg.chokepoints(dg.load(made.root)).plot()


def test_an_answer_without_a_chart_says_so(made):
    with pytest.raises(QuestionError, match="there is no chart of sources"):
        dg.sources(dg.load(made.root)).plot()


@pytest.mark.parametrize(
    "ask",
    [
        lambda s: dg.leverage(s, bloc="CHN", against="CHN"),
        dg.shock,
        lambda s: dg.shock(s, cut="CHN:gallium/primary", replay="x"),
        lambda s: dg.shock(s, replay="x", by=0.5),
        lambda s: dg.survive(s, months=3),
        lambda s: dg.interdict(s, 1, bloc="CHN"),
        lambda s: dg.estimates(s, grade="A", disagreements=True),
        lambda s: dg.sweep(s, "ban", ["a=1,2", "b=1,2", "c=1,2"]),
        lambda s: dg.report(s, stage="gallium/primary"),
    ],
)
def test_what_means_nothing_is_refused(made, ask):
    with pytest.raises(QuestionError):
        ask(dg.load(made.root))


def test_a_format_that_does_not_exist_is_refused(made):
    with pytest.raises(UnknownNameError, match="unknown format"):
        dg.export(dg.load(made.root), "xls")
    with pytest.raises(UnknownNameError, match="unknown format"):
        dg.cite(dg.load(made.root), form="apa")


def test_exports_and_references_are_the_bytes_of_the_commands(made, tmp_path):
    study = dg.load(made.root)
    assert dg.export(study, "nodelink").files["graph.json"].decode() == made.run("export", "nodelink").stdout
    assert dg.cite(study, "gallium/primary") == made.run("cite", "gallium/primary").stdout
    dg.cite(study, sources=True, form="ris", output=tmp_path / "all.ris")
    assert (tmp_path / "all.ris").read_text(encoding="utf-8") == made.run("cite", "--sources", "-f", "ris").stdout


def test_check_gives_every_problem_as_a_row(made):
    study = dg.load(made.root)
    # tables without a row are told and are no error
    assert {row["code"] for row in dg.check(study).rows} == {"by-default"}
    made.write("datasets/scenarios/wrong.toml", "bulid = false\n")
    wrong = [row["file"] for row in dg.check(study).rows if row["severity"] != "warning"]
    assert wrong == ["datasets/scenarios/wrong.toml"]


def test_claims_are_verified_alike(made):
    assert dg.verify(dg.load(made.root), made.texts).rows == ()
    made.set("seeds/essay/claims.csv", "E-1", "end", "40")
    printed = made.run("verify", "--texts", made.texts, "-f", "csv").stdout
    found = dg.verify(dg.load(made.root), made.texts)
    assert len(found) > 0
    holds(found, printed)


def test_a_new_study_is_made_only_where_nothing_stands(made, tmp_path):
    study = dg.load(made.root)
    assert {row["code"] for row in dg.check(dg.new(study, tmp_path / "empty")).rows} == {"not-begun"}
    with pytest.raises(QuestionError, match="is not empty"):
        dg.new(study, tmp_path / "empty")


def test_the_doctor_says_the_same_in_both(made):
    holds(dg.doctor(dg.load(made.root)), made.run("doctor", "-f", "csv").stdout)
