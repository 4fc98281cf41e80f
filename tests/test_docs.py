"""README and help, held against the commands."""

import ast
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from depgraph.cli import main
from depgraph.core.errors import REMEDIES
from depgraph.study import study

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def run(arguments):
    return CliRunner().invoke(main.main, arguments.split(), catch_exceptions=False)


def shown(command):
    """Return what the README shows under a command."""
    block = README.split(f"$ {command}\n", 1)[1]
    return block.split("\n```", 1)[0]


@pytest.mark.parametrize("name", list(main.COMMANDS))
def test_every_command_is_in_the_readme(name):
    assert f"`{name}" in README


@pytest.mark.parametrize("name", sorted(set(re.findall(r"depgraph (?:--study \S+ )?([a-z]+)\b", README))))
def test_every_command_of_the_readme_exists(name):
    prose = {"as", "turns", "is", "and", "takes", "does", "import", "data"}
    assert name in set(main.COMMANDS) | prose


COMMAND_ROWS = re.findall(r"(?m)^\| (`[a-z].*?) \| (.*) \|$", README.split("## Commands", 1)[1].split("##", 1)[0])


@pytest.mark.parametrize("names", [row[0] for row in COMMAND_ROWS])
def test_every_option_that_the_readme_gives_a_command_exists(names):
    (options,) = [set(re.findall(r"--[a-z]+", "".join(row))) for row in COMMAND_ROWS if row[0] == names]
    known = set()
    for name in re.findall(r"`([a-z]+)", names):
        known |= set(re.findall(r"--[a-z]+", run(f"{name} --help").stdout))
    assert options <= known


@pytest.mark.parametrize("line", re.findall(r"(?m)^    (depgraph .*)$", README))
def test_every_line_of_the_readme_that_one_can_type_is_understood(line):
    words = [word for word in line.split()[1:] if word not in {"--study", "my-study"}]
    assert words[0] in main.COMMANDS
    known = set(re.findall(r"--?[a-z]+", run(f"{words[0]} --help").stdout))
    assert {word for word in words if word.startswith("-")} <= known


def test_the_report_in_the_readme_is_what_the_command_prints():
    command = "depgraph chokepoints --product drones --top 6"
    printed = run("chokepoints --product drones --top 6 -f table").stdout
    assert printed.startswith(shown(command))


def test_the_trail_in_the_readme_is_what_the_command_prints():
    printed = run("why X:legacy_chips/fabrication -f table").stdout
    assert printed.rstrip() == shown("depgraph why X:legacy_chips/fabrication")


def test_the_earliest_independence_in_the_readme_is_what_the_command_prints():
    command = "divert quad-cap-rare-earths --show soonest"
    assert run(f"{command} -f table").stdout.rstrip() == shown(f"depgraph {command}")


@pytest.mark.parametrize("name", ["chokepoints.svg", "ranking.svg"])
def test_the_pictures_show_the_present_data(name):
    data = study.load(ROOT).version
    assert data in (ROOT / "docs" / name).read_text(encoding="utf-8").replace("&#160;", " ")


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#]+)\)", README))))
def test_every_link_of_the_readme_leads_somewhere(link):
    assert link.startswith("https://") or (ROOT / link).exists()


@pytest.mark.parametrize(
    "name", sorted(set(re.findall(r"`((?:docs|datasets|depgraph|tests|seeds)/[\w./*-]*)`", README)))
)
def test_every_path_of_the_readme_exists(name):
    assert (ROOT / name).exists()


def test_every_problem_code_that_the_package_uses_has_a_remedy_and_the_other_way_round():
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "depgraph").rglob("*.py"))
    outside = code.replace((ROOT / "depgraph" / "core" / "errors.py").read_text(encoding="utf-8"), "")
    unused = [name for name in REMEDIES if f'"{name}"' not in outside]
    assert unused == []


def test_every_code_that_a_problem_is_made_with_has_a_remedy():
    codes = set()
    for path in (ROOT / "depgraph").rglob("*.py"):
        for call in (
            node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)
        ):
            place = {"Problem": 3, "_at": 2}.get(getattr(call.func, "id", ""))
            if place is not None and len(call.args) > place and isinstance(call.args[place], ast.Constant):
                codes.add(call.args[place].value)
    assert len(codes) > 20
    assert codes <= set(REMEDIES)


def test_five_numbers_of_the_report_reach_claims_figures_or_the_ledger():
    rows = run("chokepoints -f jsonl").stdout.splitlines()
    ids = re.findall(r'"chokepoint_id": "([^"]+)"', "".join(rows[i] for i in (0, 17, 42, 80, 120)))
    assert len(ids) == 5
    for identifier in ids:
        trail = run(f"why {identifier} -f csv").stdout
        kinds = {line.split(",")[3] for line in trail.splitlines()[1:]}
        assert {"figure", "claim"} & kinds
        assert "assumption" in kinds


@pytest.mark.parametrize("name", ["glossary.md", "exports.md"])
def test_documents_name_no_path_of_a_machine(name):
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert not re.search(r"/home/|/tmp/|/work/", text)
