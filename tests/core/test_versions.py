"""The versions that were tried are those of the ranges and of the lock, and what lies outside is told."""

import re
import tomllib
from pathlib import Path

import pytest

from depgraph.core import versions
from depgraph.core.errors import DepgraphError

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]


def numbers(version):
    return [int(part) for part in re.findall(r"\d+", version)]


def test_the_oldest_tried_is_the_lower_end_of_the_range():
    extras = PROJECT["optional-dependencies"]
    lines = [*PROJECT["dependencies"], *extras["report"], *extras["xlsx"], *extras["test"]]
    lower = {re.match(r"[\w-]+", line).group(): re.search(r">=([\d.]+)", line) for line in lines}
    for name, (oldest, _) in versions.tried()[1].items():
        assert lower[name].group(1) == oldest, name
    assert {re.match(r"[\w-]+", line).group() for line in PROJECT["dependencies"]} <= set(versions.tried()[1])


def test_the_newest_tried_is_the_newest_of_the_lock():
    for name, (_, newest) in versions.tried()[1].items():
        locked = [package["version"] for package in LOCK if package["name"] == name]
        assert max(locked, key=numbers) == newest, name


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("1.13.1", "1.13.1"),
        ("1.13.0", "1.13.0, older than tried (1.13.1)"),
        ("999.0", "999.0, newer than tried"),
        ("999.0rc1", "newer than tried"),
        ("not installed", "not installed"),
    ],
)
def test_a_version_outside_what_was_tried_is_told(version, words):
    assert words in versions.told("highspy", version)
    assert ("tried" in versions.told("highspy", version)) == ("tried" in words)


def test_a_package_that_nobody_tried_is_refused():
    with pytest.raises(DepgraphError, match="no version of numpi"):
        versions.told("numpi", "1")
