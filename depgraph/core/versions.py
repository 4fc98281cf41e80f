"""Which versions of Python and of other packages the tests ran with, and whether one lies outside."""

import tomllib
from functools import cache
from importlib import resources

from depgraph.core.errors import DepgraphError

ABSENT = "not installed"


@cache
def tried() -> tuple[tuple[str, str], dict[str, tuple[str, str]]]:
    """Return the oldest and newest versions that the tests ran with.

    Returns
    -------
    pair
        Oldest and newest Python, and package name to its oldest and newest version.

    Examples
    --------
    >>> tried()[0][0]
    '3.11'
    """
    text = resources.files("depgraph").joinpath("versions.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    ends = table["python"]["oldest"], table["python"]["newest"]
    return ends, {name: (oldest, newest) for name, (oldest, newest) in table["packages"].items()}


def told(name: str, version: str) -> str:
    """Write a version, and beside it whether it lies outside what was tried.

    A version counts to the length of the one it is held against: Python 3.13.9 is no newer than 3.13.

    Parameters
    ----------
    name
        ``python`` or a package.
    version
        As the package states it; "not installed" stays as it is.

    Returns
    -------
    str
        The version, with "newer than tried (1.16.0)" or "older than tried (1.13.1)" where that is so.

    Raises
    ------
    DepgraphError
        If nothing is known of a package of that name.

    Examples
    --------
    >>> told("python", "3.12.1"), told("python", "3.10.13")
    ('3.12.1', '3.10.13, older than tried (3.11)')
    """
    python, packages = tried()
    ends = python if name == "python" else packages.get(name)
    if ends is None:
        msg = f"no version of {name} was tried"
        raise DepgraphError(msg)
    if version == ABSENT:
        return version
    oldest, newest = ends
    if _key(version, newest) > _key(newest, newest):
        return f"{version}, newer than tried ({newest})"
    if _key(version, oldest) < _key(oldest, oldest):
        return f"{version}, older than tried ({oldest})"
    return version


def _key(version: str, other: str) -> tuple[int, ...]:
    """Return the leading numbers of a version, as many as another one has."""
    parts = []
    for part in version.split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        parts.append(int(digits))
    size = len(other.split("."))
    return tuple((parts + [0] * size)[:size])
