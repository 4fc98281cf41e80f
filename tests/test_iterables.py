"""An iterable is read once: what comes second finds a generator used up, and a wrong number is printed without a word.

The checker reads the package as text. A parameter that is annotated Iterable or Iterator, and a local name that
holds a generator, may be used at one place, and not at a place that runs more than once. Whoever needs it twice
asks for a Sequence or a Collection, or makes a list of it first.
"""

import ast
import textwrap
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path

import pytest

import depgraph

ROOT = Path(depgraph.__file__).parent
ONCE = {"Iterable", "Iterator"}
LAZY = {"map", "filter", "zip", "iter", "enumerate", "reversed"}
AGAIN = (ast.For, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda)
Function = ast.FunctionDef | ast.AsyncFunctionDef


def is_read_once(annotation: ast.expr | None) -> bool:
    """Say whether a type (or one member of a union) promises one pass only."""
    if isinstance(annotation, ast.BinOp):
        return is_read_once(annotation.left) or is_read_once(annotation.right)
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return is_read_once(ast.parse(annotation.value, mode="eval").body)
    head = annotation.value if isinstance(annotation, ast.Subscript) else annotation
    return isinstance(head, ast.Name | ast.Attribute) and ast.unparse(head).rpartition(".")[2] in ONCE


def is_lazy(value: ast.expr, makers: AbstractSet[str]) -> bool:
    """Say whether an expression makes something that can be read once."""
    called = isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in makers
    return called or isinstance(value, ast.GeneratorExp)


def makers_of(tree: ast.AST) -> set[str]:
    """Return the functions of a module, and of Python, whose result can be read once."""
    return LAZY | {node.name for node in ast.walk(tree) if isinstance(node, Function) and is_read_once(node.returns)}


def once_only(function: Function, makers: AbstractSet[str]) -> Iterator[tuple[str, list[ast.stmt]]]:
    """Yield the names of a function that can be read once, each with the statements that may read it."""
    arguments = function.args
    for item in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        if is_read_once(item.annotation):
            yield item.arg, function.body
    for block in blocks(function):
        for place, statement in enumerate(block):
            if isinstance(statement, ast.Assign) and is_lazy(statement.value, makers):
                for target in statement.targets:
                    if isinstance(target, ast.Name):
                        yield target.id, block[place + 1 :]


def blocks(function: Function) -> Iterator[list[ast.stmt]]:
    """Yield every run of statements of a function."""
    for node in ast.walk(function):
        for part in ("body", "orelse", "finalbody"):
            found = getattr(node, part, None)
            if isinstance(found, list):
                yield found


def uses(node: ast.AST, name: str, *, again: bool = False) -> Iterator[tuple[int, bool]]:
    """Find where a name is read: its line, and whether that place runs more than once."""
    if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
        yield node.lineno, again
    if (
        isinstance(node, ast.Compare)
        and isinstance(node.left, ast.Name)
        and isinstance(node.ops[0], ast.Is | ast.IsNot)
    ):
        return  # whether it is None, which reads nothing
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "next":
        return  # one step, such as the header of a file, after which the rest is read
    if isinstance(node, ast.FunctionDef):
        again = True
    first = once_part(node)
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.comprehension):
            yield from uses(child.iter, name, again=again or child.iter is not first)
            for part in child.ifs:
                yield from uses(part, name, again=True)
        else:
            yield from uses(child, name, again=again or (isinstance(node, AGAIN) and child is not first))


def once_part(node: ast.AST) -> ast.expr | None:
    """Return the part of a loop that is worked out once: what the first loop goes through."""
    if isinstance(node, ast.For):
        return node.iter
    return node.generators[0].iter if hasattr(node, "generators") else None


def faults(tree: ast.AST) -> list[str]:
    """Name each iterable that is read twice, and each record that keeps one."""
    found, makers = [], makers_of(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            kept = [part for part in node.body if isinstance(part, ast.AnnAssign) and is_read_once(part.annotation)]
            found += [f"{part.lineno}: {node.name} keeps {ast.unparse(part.target)}" for part in kept]
        elif isinstance(node, Function):
            names = sorted(name for name, block in once_only(node, makers) if twice(block, name, makers))
            found += [f"{node.lineno}: {node.name} reads {name} twice" for name in names]
    return found


def twice(block: list[ast.stmt], name: str, makers: AbstractSet[str]) -> bool:
    """Say whether a name is read at more than one place before it is bound to something that stays."""
    places: list[tuple[int, bool]] = []
    for statement in block:
        places += uses(statement, name)
        if rebinds(statement, name, makers):
            break
    return len(places) > 1 or any(again for _, again in places)


def rebinds(statement: ast.stmt, name: str, makers: AbstractSet[str]) -> bool:
    """Say whether a statement gives a name a value that can be read again."""
    return (
        isinstance(statement, ast.Assign)
        and not is_lazy(statement.value, makers)
        and any(isinstance(target, ast.Name) and target.id == name for target in statement.targets)
    )


@pytest.mark.parametrize(
    ("source", "number"),
    [
        ("def f(a: Iterable[str]): return [x for x in b if x in set(a)]", 1),
        ("def f(a: Iterable[str]): return len(set(a)), list(a)", 1),
        ("def f(a: 'Iterator[str] | None' = None):\n for x in b:\n  print(x in a)", 1),
        ("def f(*, a: Iterable[str]):\n def g(): return list(a)\n return g(), g()", 1),
        ("def f(b):\n a = (x for x in b)\n return sum(a) / len(list(a))", 1),
        ("def f(b):\n a = g(b)\n return sum(a) / len(list(a))\ndef g(b) -> Iterator[int]: yield b", 1),
        ("def f(a: Iterable[str]): return len(list(a)) == 0 or list(a)", 1),
        ("class R:\n a: Iterable[str]", 1),
        ("def f(a: Iterable[str]):\n a = tuple(a)\n return len(a), list(a)", 0),
        ("def f(a: Iterable[str] | None):\n return [] if a is None else [x for x in a]", 0),
        ("def f(a: Iterable[str]):\n for x in a:\n  print(x)", 0),
        ("def f(b):\n for x in b:\n  a = (y for y in x)\n  print(*a)", 0),
        ("def f(b):\n for x in b:\n  a = (y for y in x)\n  print(*a, *a)", 1),
        ("def f(a: Iterator[str]):\n head = next(a)\n return head, list(a)", 0),
        ("def f(a: Sequence[str]): return len(a), list(a)", 0),
    ],
)
def test_checker_finds_what_is_read_twice_and_lets_pass_what_is_read_once(source: str, number: int) -> None:
    assert len(faults(ast.parse(textwrap.dedent(source)))) == number


def test_nothing_in_the_package_reads_an_iterable_twice() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{fault}"
        for path in sorted(ROOT.rglob("*.py"))
        for fault in faults(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert found == []
