"""What the contracts in ``pyproject.toml`` do not say of the rooms: no hidden imports, modules of readable length."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "depgraph"
MODULES = {path.relative_to(PACKAGE).as_posix(): path for path in sorted(PACKAGE.rglob("*.py"))}


@pytest.mark.parametrize("name", MODULES)
def test_no_internal_import_hides_in_a_function(name):
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    inside = [node for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) for node in ast.walk(f)]
    hidden = [
        node for node in inside if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("depgraph")
    ]
    assert hidden == []


@pytest.mark.parametrize("name", MODULES)
def test_a_module_has_at_most_350_code_lines(name):
    text = MODULES[name].read_text(encoding="utf-8")
    tree = ast.parse(text)
    doc = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node):
            doc.update(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    lines = text.splitlines()
    code = [i for i, line in enumerate(lines, 1) if line.strip() and not line.strip().startswith("#") and i not in doc]
    assert len(code) <= 350
