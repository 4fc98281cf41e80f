"""Runs worked numbers in JSON against the package: ``python -m tests.golden FILE``.

A case holds `id`, `family`, `inputs`, `expected` and `tol` (absolute and relative, 1e-9 if it is
left out). Which functions answer it follows from its shape alone, see `tests.golden.adapters`.
"""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from depgraph.core.errors import DepgraphError
from tests.golden.adapters import Limit, NotCoveredError, plan

DEFAULT_TOL = 1e-9
INFINITE = {"inf": math.inf, "+inf": math.inf, "Infinity": math.inf, "-inf": -math.inf, "-Infinity": -math.inf}
# what an adapter raises on inputs that are not of the kind their names promise
UNREADABLE = (DepgraphError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


class GoldenFileError(Exception):
    """The file cannot be read as golden cases; the message says why."""


class Outcome(NamedTuple):
    """What became of a case: `status` is pass, fail or not covered, `details` say why."""

    name: str
    status: str
    details: tuple[str, ...] = ()


def read_cases(path):
    """Read the cases of a file.

    Raises
    ------
    GoldenFileError
        If it is missing, no UTF-8, no JSON, or not ``{"cases": [...]}``.
    """
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        msg = f"{path}: cannot be read: {error.strerror}"
        raise GoldenFileError(msg) from error
    except UnicodeDecodeError as error:
        msg = f"{path}: is not UTF-8: {error.reason} at byte {error.start}"
        raise GoldenFileError(msg) from error
    except (json.JSONDecodeError, RecursionError) as error:
        msg = f"{path}: is not JSON: {error}"
        raise GoldenFileError(msg) from error
    cases = data.get("cases") if isinstance(data, dict) else None
    if not isinstance(cases, list):
        msg = f'{path}: has no list of cases; expected {{"cases": [{{"id": ..., "family": ..., ...}}]}}'
        raise GoldenFileError(msg)
    return cases


def run_case(case, position=1):
    """Run one case and compare every expected key."""
    problem = malformed(case)
    name = str(case.get("id", f"case {position}")) if isinstance(case, dict) else f"case {position}"
    if problem:
        return Outcome(name, "fail", (problem,))
    try:
        answers = plan(case["family"], case["inputs"], case["expected"])
    except NotCoveredError as reason:
        return Outcome(name, "not covered", (str(reason),))
    tol = case.get("tol", DEFAULT_TOL)
    details = [line for key, answer in answers.items() for line in check(key, case["expected"][key], answer, tol)]
    return Outcome(name, "fail" if details else "pass", tuple(details))


def malformed(case):
    """Say what keeps a case from being run, or return None."""
    if not isinstance(case, dict):
        return f"is {case!r}, not an object"
    missing = [key for key in ("id", "family", "inputs", "expected") if key not in case]
    if missing:
        return f"missing key {', '.join(missing)}"
    for key in ("inputs", "expected"):
        if not isinstance(case[key], dict):
            return f"{key} is {case[key]!r}, not an object"
    if not case["expected"]:
        return "expected is empty: there is nothing to compare"
    tol = case.get("tol", DEFAULT_TOL)
    if isinstance(tol, bool) or not isinstance(tol, (int, float)) or not 0 <= tol < math.inf:
        return f"tol is {tol!r}, not a number of at least 0"
    return None


def check(key, expected, answer, tol):
    """Compute one key and list how it differs from what is expected."""
    try:
        found = answer()
    except UNREADABLE as error:
        return [f"{key}: expected {expected!r}, raised {type(error).__name__}: {error}"]
    return differences(key, expected, plain(found), tol)


def plain(value):
    """Turn tuples and numpy's types into plain Python; NaN, the unknown of arrays, into None."""
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, Limit):
        return value
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def differences(place, expected, found, tol):
    """List every place where two values differ by more than the tolerance."""
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        pairs = [(f"{place}[{i}]", e, f) for i, (e, f) in enumerate(zip(expected, found, strict=True))]
    elif isinstance(expected, dict) and isinstance(found, dict) and expected.keys() == found.keys():
        pairs = [(f"{place}.{key}", expected[key], found[key]) for key in expected]
    else:
        same = same_scalar(expected, found, tol)
        return [] if same else [f"{place}: expected {expected!r}, found {found!r}"]
    return [line for pair in pairs for line in differences(*pair, tol)]


def same_scalar(expected, found, tol):
    """Compare two values that are no lists or objects."""
    if isinstance(found, Limit):
        return found.allows(expected)
    if is_number(found) and isinstance(expected, str):
        expected = INFINITE.get(expected, expected)
    if is_number(expected) and is_number(found):
        return math.isclose(expected, found, rel_tol=tol, abs_tol=tol)
    return type(expected) is type(found) and expected == found


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)
