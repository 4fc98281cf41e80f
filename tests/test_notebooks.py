"""Notebooks: they run, put out what is stored, hold no logic, and their prose is true of their numbers."""

import ast
import json
import re
import sys

import pytest

from depgraph.core import views
from depgraph.diversion import outcomes
from tests import notebooks

PATHS = notebooks.paths()
LOGIC = (
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.DictComp,
    ast.For,
    ast.FunctionDef,
    ast.GeneratorExp,
    ast.If,
    ast.IfExp,
    ast.Lambda,
    ast.ListComp,
    ast.SetComp,
    ast.Try,
    ast.While,
    ast.With,
)

each = pytest.mark.parametrize("path", PATHS, ids=[path.stem for path in PATHS])


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def sources(path, kind):
    return ["".join(cell["source"]) for cell in read(path)["cells"] if cell["cell_type"] == kind]


@pytest.fixture
def runner():
    pytest.importorskip("nbclient", reason="nbclient runs the notebooks: pip install 'depgraph[test]'")
    pytest.importorskip("ipykernel", reason="ipykernel runs the notebooks: pip install 'depgraph[test]'")
    return notebooks


def test_the_notebooks_are_numbered_without_a_gap():
    assert [path.name[:2] for path in PATHS] == [f"{n:02}" for n in range(1, len(PATHS) + 1)]
    assert len(PATHS) == 7


@each
def test_a_notebook_puts_out_what_is_stored(path, runner):
    import nbformat

    stored = nbformat.read(path, as_version=4)
    found = runner.execute(path)
    assert runner.texts(found) == runner.texts(stored), "python -m tests.notebooks stores new outputs"
    assert found == stored


@each
def test_a_notebook_is_short_and_begins_with_prose(path):
    kinds = [cell["cell_type"] for cell in read(path)["cells"]]
    assert len(kinds) < 25
    assert kinds[0] == kinds[-1] == "markdown"
    assert not re.search("(code ){3}", " ".join(kinds))


@each
def test_a_notebook_has_no_logic_of_its_own(path):
    for source in sources(path, "code"):
        assert [type(node).__name__ for node in ast.walk(ast.parse(source)) if isinstance(node, LOGIC)] == []


@each
def test_every_number_of_the_prose_stands_in_an_output_or_in_code(path):
    import nbformat

    notebook = nbformat.read(path, as_version=4)
    shown = " ".join([*notebooks.texts(notebook), *sources(path, "code")])
    known = set(notebooks.NUMBER.findall(shown))
    # ranks, points and error of the draws are said of the method and not of a result
    said = {"30", "4", "1", "0", "90%"}
    assert [number for number in notebooks.numbers_of_the_prose(notebook) if number not in known | said] == []


@each
def test_identifiers_of_the_prose_exist(path):
    from depgraph.study import study

    shipped = study.load(study.find())
    known = {*shipped.claims, *shipped.figures, *shipped.ledger}
    named = re.findall(r"`((?:[A-Z]{3}-\d{3})|(?:[AF]-[a-z0-9-]+))`", "".join(sources(path, "markdown")))
    assert set(named) <= known


@each
def test_commands_of_the_prose_exist(path):
    from depgraph.cli import main

    verbs = re.findall(r"`depgraph ([a-z]+)", "".join(sources(path, "markdown")))
    assert verbs
    assert set(verbs) <= set(main.COMMANDS)


@each
def test_links_of_the_prose_lead_somewhere(path):
    links = re.findall(r"\]\(([^)]+)\)", "".join(sources(path, "markdown")))
    assert [link for link in links if not (path.parent / link).exists()] == []


@each
def test_what_is_stored_is_small_and_names_no_machine(path):
    text = path.read_text(encoding="utf-8")
    assert len(text) < 200_000
    assert not re.search(r"/home/|/tmp/|/work/|Traceback|<script|widget-view", text)


def table(number, heading):
    """Return the rows of a stored table by the start of its heading, cells split where two blanks stand."""
    import nbformat

    found = [
        text for text in notebooks.texts(nbformat.read(PATHS[number - 1], as_version=4)) if text.startswith(heading)
    ]
    assert len(found) == 1
    return [re.split(r" {2,}", line.strip()) for line in found[0].splitlines()[2:]]


def amount(cell):
    return float(re.match(r"-?[\d.]+", cell.lstrip("<>").replace(",", "")).group())


def test_what_the_prose_of_the_ranking_says_holds():
    first = [line for line in table(2, "rank    best") if line[-1].startswith("K:")]
    assert {line[3] for line in first} == {"CHN", "TWN"}
    products = {line[4].partition("/")[0] for line in first}
    assert {"legacy_chips", "pharmaceuticals", "batteries"} <= products
    assert "rare_earths" not in products
    # the intervals of the first rows overlap
    assert all(int(line[2]) > int(line[0]) for line in first)
    ranks = [line for line in table(2, "economy    stage") if len(line) > 2]
    assert len({min(ranks, key=lambda line: int(line[place]))[1] for place in (2, 3, 5)}) > 1
    assert table(2, "quantity                                     value")[0][-1] == "none"
    assert amount(table(2, "rule        most")[-1][-1]) < 50


def test_what_the_prose_of_the_shock_says_holds():
    lost = {line[0]: amount(line[1]) for line in table(3, "stage                         supply lost")}
    assert lost.pop("rare_earths/heavy_mining") < 50
    assert all(part > 50 for part in lost.values())
    recover = [line for line in table(3, "stage               with counted") if line[0] == "rare_earths/mining"]
    low, high = recover[0][2].split("(")[1].split("-")
    assert (amount(low) / 365, amount(high) / 365) == pytest.approx((3, 15.7), abs=0.1)
    months = [amount(line[1]) for line in table(3, "month    lost")]
    assert max(months[:4]) < 5 < min(months[4:19])


def test_what_the_prose_of_the_diversion_says_holds():
    outcome = {line[0]: line[1] for line in table(4, "quantity         value, or")}
    assert outcome["unmet_defence"] == outcome["unmet_essential"] == "0"
    assert outcome["unmet_other"] == "0"
    cost = {(line[0], line[1]): amount(line[2]) for line in table(4, "part that stops")}
    assert cost["1", "none"] > 2 * cost["0.5", "none"]
    assert cost["1", "on_time"] < 0.8 * cost["1", "none"]
    assert 0.9 * cost["0.5", "none"] < cost["0.5", "on_time"] < cost["0.5", "none"]
    spans = {line[0]: amount(line[6]) - amount(line[4]) for line in table(4, "assumption ")}
    saved = cost["1", "none"] - cost["1", "on_time"]
    assert spans["A-utilisation"] > saved > 0


def test_what_the_prose_of_pooling_says_holds():
    premium = {line[0]: amount(line[-2]) for line in table(5, "variant ")}
    plain = premium["as it stands"]
    assert 1 < plain < 9
    plants = premium["no announced plant comes"] - plain
    ledger = ("unused routes hardly dearer", "unused routes much dearer", "low discount rate", "high discount rate")
    assert plants > max(abs(premium[name] - plain) for name in ledger)
    costs = {line[0]: line[-4:] for line in table(5, "variant ")}
    assert costs["announced plants two years late"] == costs["as it stands"]
    assert costs["announced plants five years late"][0] > costs["as it stands"][0]


def test_what_the_prose_of_the_strengths_says_holds():
    import nbformat

    found = notebooks.texts(nbformat.read(PATHS[6], as_version=4))
    lines = [re.split(r" {2,}", line.strip()) for text in found for line in text.splitlines()]
    gaps = {line[1]: line for line in lines if len(line) == 9 and line[1].count("/") == 1}
    for stage in ("rare_earths/metal", "batteries/graphite_mining", "batteries/cathode"):
        assert gaps[stage][-1] == "all"
    assert gaps["rare_earths/mining"][-1] == "no direct deliveries"
    pairs = [line for line in lines if len(line) == 5 and len(line[1]) == len(line[2]) == 3]
    assert len(pairs) == 12
    assert all(int(line[3]) > 0 for line in pairs)
    lacked = {stage for line in pairs for stage in re.findall(r"[a-z_]+/[a-z_]+", line[4])}
    assert not [stage for stage in lacked if stage.startswith("chip_equipment/")]
    assert lacked.isdisjoint(
        {"gallium/primary", "rare_earths/metal", "batteries/graphite_refining", "rare_earths/magnet"}
    )
    # what the sources name as India's is claimed alone
    assert any(
        line[1:5] == ["IND", "rare_earths", "rare_earths/separation", "JQE-132"] for line in lines if len(line) > 5
    )


def test_the_readme_shows_what_the_first_notebook_found():
    import nbformat

    readme = (notebooks.FOLDER.parent / "README.md").read_text(encoding="utf-8")
    found = notebooks.texts(nbformat.read(PATHS[0], as_version=4))
    for heading in ("evidence ", "economy    share   "):
        shown = [text for text in found if text.startswith(heading)]
        assert len(shown) == 1
        assert f"```text\n{shown[0]}\n```" in readme, "python -m tests.notebooks does not write the README"


def test_the_readme_names_every_notebook():
    readme = (notebooks.FOLDER.parent / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in PATHS if f"(notebooks/{path.name})" not in readme] == []


def test_without_ipywidgets_controls_are_the_outcome_of_the_first_values(monkeypatch):
    asked = []
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    monkeypatch.setattr(outcomes, "changed_outcome", lambda *args: asked.append(args[-1]) or views.facts({"cost": 1}))
    found = outcomes.controls(None, None, None, {"projects": ("none", "late"), "build": (True, False)})
    assert isinstance(found, views.View)
    assert asked == [{"projects": "none", "build": True}]


def test_a_control_that_is_moved_runs_the_scenario_again(monkeypatch):
    pytest.importorskip("ipywidgets", reason="ipywidgets makes the controls: pip install 'depgraph[test]'")
    asked = []
    monkeypatch.setattr(outcomes, "changed_outcome", lambda *args: asked.append(args[-1]) or views.facts({"cost": 1}))
    widget = outcomes.controls(None, None, None, {"projects": ("none", "late"), "embargo.severity": (1.0, 0.5)})
    widget.update()
    widget.children[1].value = 0.5
    assert asked[0] == {"projects": "none", "embargo.severity": 1.0}
    assert asked[-1] == {"projects": "none", "embargo.severity": 0.5}
