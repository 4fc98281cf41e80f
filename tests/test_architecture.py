"""The layers, held against the imports of every module."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "depgraph"

# lowest first; a module imports only from rows above its own
LAYERS = (
    ("errors", "files", "keylines", "spelling"),
    ("tables", "units", "solve", "concentration", "assumptions", "render"),
    ("places", "report.drawing", "frames", "limits", "strays"),
    ("report.charts",),
    ("names", "hot", "coherence", "rules", "lookthrough", "cascade", "interdiction", "shipments"),
    ("prices", "diagnose", "parametric"),
    ("elicitation", "stability", "structure", "survival", "trade"),
    ("sources", "figures", "chains"),
    ("study",),
    ("buffers", "blank", "settings"),
    ("evidence",),
    ("estimates",),
    ("graph", "sourcing"),
    ("diversion.case", "diversion.calibration", "diversion.quantities"),
    ("diversion.families", "diversion.account", "diversion.scenario"),
    ("diversion.model", "diversion.setting"),
    ("diversion.supply_side", "diversion.trade_side", "diversion.use_side"),
    ("diversion.setup",),
    ("diversion.run",),
    ("diversion.answers", "diversion.plants", "diversion.conflicts"),
    ("diversion.pooling", "diversion.marginal"),
    ("diversion.sweeps", "diversion.comparison", "diversion.frontier", "diversion.soonest"),
    ("diversion.explore",),
    ("chokepoints",),
    ("panel", "robustness", "leverage", "attack", "shocks", "topology", "endurance"),
    ("trail", "report.outcome", "report.parts", "checking"),
    ("report.gather", "report.solved", "report.flowcharts", "report.plancharts"),
    ("report.sections_costs", "report.sections_margin"),
    ("report.sections_plan",),
    ("export.records",),
    ("export.provenance", "export.citation", "export.database", "export.iamc", "export.networks", "export.workbook"),
    ("export.datapackage",),
    ("report.sections", "report.sections_evidence", "report.sections_more"),
    ("report.page",),
    ("commands.common",),
    (
        "commands.study",
        "commands.tables",
        "commands.chokepoints",
        "commands.analysis",
        "commands.shape",
        "commands.shock",
        "commands.survive",
        "commands.report",
        "commands.why",
        "commands.divert",
        "commands.trade",
        "commands.completion",
    ),
    ("commands.cite", "commands.export", "commands.grids"),
    ("cli",),
    ("__main__",),
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
HEAVY = {
    "pandas",
    "networkx",
    "pulp",
    "highspy",
    "scipy",
    "rich",
    "tabulate",
    "xlsxwriter",
    "altair",
    "jinja2",
    "vl_convert",
}


def modules():
    names = {path: ".".join(path.relative_to(PACKAGE).with_suffix("").parts) for path in PACKAGE.rglob("*.py")}
    return {name: path for path, name in names.items() if not name.endswith("__init__")}


def internal_imports(tree):
    """Yield (module, inside a function) for each import of the package."""
    inside = {id(node) for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) for node in ast.walk(f)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("depgraph"):
            for alias in node.names:
                yield target(node.module, alias.name), id(node) in inside


def target(module, name):
    whole = f"{module}.{name}".removeprefix("depgraph.")
    return whole if whole in LEVEL else module.removeprefix("depgraph.")


def test_every_module_has_a_layer_and_every_layer_entry_a_module():
    assert set(modules()) == set(LEVEL)


@pytest.mark.parametrize("name", sorted(LEVEL))
def test_imports_go_down(name):
    tree = ast.parse(modules()[name].read_text(encoding="utf-8"))
    upward = [other for other, _ in internal_imports(tree) if other != "depgraph" and LEVEL[other] >= LEVEL[name]]
    assert upward == []


@pytest.mark.parametrize("name", sorted(LEVEL))
def test_no_internal_import_hides_in_a_function(name):
    tree = ast.parse(modules()[name].read_text(encoding="utf-8"))
    assert [other for other, hidden in internal_imports(tree) if hidden] == []


@pytest.mark.parametrize("name", sorted(LEVEL))
def test_a_module_has_at_most_350_code_lines(name):
    text = modules()[name].read_text(encoding="utf-8")
    tree = ast.parse(text)
    doc = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node):
            doc.update(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    lines = text.splitlines()
    code = [i for i, line in enumerate(lines, 1) if line.strip() and not line.strip().startswith("#") and i not in doc]
    assert len(code) <= 350


def test_the_group_of_commands_imports_nothing_heavy():
    tree = ast.parse((PACKAGE / "cli.py").read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert imported & HEAVY == set()
    assert {other for other, _ in internal_imports(tree)} <= {"depgraph", "errors"}
