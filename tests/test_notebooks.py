"""Notebooks: they run, put out what is stored, hold no logic, and their prose is true of their numbers."""

import ast
import json
import re
import sys

import pytest

from depgraph import frames
from depgraph.diversion import explore
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
    assert len(PATHS) == 6


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
    from depgraph import study

    shipped = study.load(study.find())
    known = {*shipped.claims, *shipped.figures, *shipped.ledger}
    named = re.findall(r"`((?:[A-Z]{3}-\d{3})|(?:[AF]-[a-z0-9-]+))`", "".join(sources(path, "markdown")))
    assert set(named) <= known


@each
def test_commands_of_the_prose_exist(path):
    from depgraph import cli

    verbs = re.findall(r"`depgraph ([a-z]+)", "".join(sources(path, "markdown")))
    assert verbs
    assert set(verbs) <= set(cli.COMMANDS)


@each
def test_links_of_the_prose_lead_somewhere(path):
    links = re.findall(r"\]\(([^)]+)\)", "".join(sources(path, "markdown")))
    assert [link for link in links if not (path.parent / link).exists()] == []


@each
def test_what_is_stored_is_small_and_names_no_machine(path):
    text = path.read_text(encoding="utf-8")
    assert len(text) < 200_000
    assert not re.search(r"/home/|/tmp/|/work/|Traceback|<script|widget-view", text)


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
    monkeypatch.setattr(explore, "changed_outcome", lambda *args: asked.append(args[-1]) or frames.facts({"cost": 1}))
    found = explore.controls(None, None, None, {"projects": ("none", "late"), "build": (True, False)})
    assert isinstance(found, frames.View)
    assert asked == [{"projects": "none", "build": True}]


def test_a_control_that_is_moved_runs_the_scenario_again(monkeypatch):
    pytest.importorskip("ipywidgets", reason="ipywidgets makes the controls: pip install 'depgraph[test]'")
    asked = []
    monkeypatch.setattr(explore, "changed_outcome", lambda *args: asked.append(args[-1]) or frames.facts({"cost": 1}))
    widget = explore.controls(None, None, None, {"projects": ("none", "late"), "embargo.severity": (1.0, 0.5)})
    widget.update()
    widget.children[1].value = 0.5
    assert asked[0] == {"projects": "none", "embargo.severity": 1.0}
    assert asked[-1] == {"projects": "none", "embargo.severity": 0.5}
