"""Files of settings, as of a scenario or a shock: what each key may hold, checked with line and nearest word.

`read` finds the text, `check` holds it against a `Form`. Whoever runs a file and whoever checks it ask here, so that
what one refuses the other has named.
"""

import re
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from depgraph.core import keylines, limits, tables
from depgraph.core.errors import Problem, suggestion
from depgraph.study.study import Study

WITH_UNIT = re.compile(r"\s*[-+]?[\d.,]+\s*(%|[A-Za-z].*)\s*")


class Finding(NamedTuple):
    """What is wrong with a value: code of the problem, message, the value, and where inside a table it stands."""

    code: str
    message: str
    value: object
    inside: tuple[str | int, ...] = ()


Reader = Callable[[Study, str, Any], list[Finding]]


@dataclass(frozen=True)
class Form:
    """What a file may hold.

    Attributes
    ----------
    readers
        Key to what finds fault with its value.
    entries
        Key of ``[[tables]]`` to the readers of the keys of an entry.
    needed
        Key of ``[[tables]]`` to the keys that each entry must have.
    """

    readers: Mapping[str, Reader]
    entries: Mapping[str, Mapping[str, Reader]] = field(default_factory=dict)
    needed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key that a file may have."""
        return (*self.readers, *self.entries)


@dataclass(frozen=True)
class Text:
    """A file of settings that is TOML: its name, its values, and the line of each key."""

    name: str
    values: Mapping[str, Any]
    lines: Mapping[keylines.Path, int]

    def place(self, path: tuple[str | int, ...]) -> tuple[str, int]:
        """Return the file and the line of a key."""
        return self.name, keylines.nearest(self.lines, path)


def read(root: Path, name: str, problems: list[Problem]) -> Text | None:
    """Read a file of settings, whatever its keys are.

    Parameters
    ----------
    root
        The study.
    name
        Path inside the study.
    problems
        Findings are appended here: no file, no UTF-8, no TOML, or nothing in it.

    Returns
    -------
    Text or None
        None if it cannot be read.
    """
    text = tables.read_text(root, name, problems)
    if text is None:
        return None
    try:
        values = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # huge integers and deep nesting are refused with these
        line, message = keylines.fault(text, error)
        problems.append(Problem(name, line, "-", "toml", message))
        return None
    if not values:
        problems.append(Problem(name, 1, "-", "empty-file", "the file is empty"))
        return None
    return Text(name, values, keylines.find(text))


def check(
    study: Study,
    form: Form,
    values: Mapping[str, Any],
    place: Callable[[tuple[str | int, ...]], tuple[str, int]],
    problems: list[Problem],
) -> dict[str, Any]:
    """Check keys and values.

    Parameters
    ----------
    study
        Whose codes and identifiers they may name.
    form
        What may be there.
    values
        Key to value.
    place
        Gives the file and the line of a path of keys.
    problems
        Findings are appended here.

    Returns
    -------
    dict
        The keys in which nothing was found.
    """
    right = {}
    for key, value in values.items():
        found = list(_of_key(study, form, key, value))
        for item in found:
            leaf = item.inside[-1:] if item.inside and isinstance(item.inside[-1], str) else ()
            name = ".".join([key, *map(str, leaf)])
            problems.append(Problem(*place((key, *item.inside)), name, item.code, item.message, shown(item.value)))
        if not found:
            right[key] = value
    return right


def _of_key(study: Study, form: Form, key: str, value: object) -> Iterator[Finding]:
    """Find what is wrong with one key."""
    if key in form.readers:
        yield from form.readers[key](study, key, value)
    elif key in form.entries:
        yield from _entries(study, form, key, value)
    else:
        yield Finding("unknown-column", f"unknown key{suggestion(key, form.keys)}", key)


def _entries(study: Study, form: Form, key: str, value: object) -> Iterator[Finding]:
    """Check the entries of a table."""
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        yield Finding("unknown-word", f"not entries of [[{key}]]", value)
        return
    for place, entry in enumerate(value):
        for finding in _entry(study, form, key, entry):
            yield finding._replace(inside=(place, *finding.inside))


def _entry(study: Study, form: Form, table: str, entry: Mapping[str, Any]) -> list[Finding]:
    """Check one entry: its keys, its values and that nothing needed is missing."""
    readers, found = form.entries[table], list[Finding]()
    for key, value in entry.items():
        if key in readers:
            found += [finding._replace(inside=(key,)) for finding in readers[key](study, key, value)]
        else:
            found.append(Finding("unknown-column", f"unknown key{suggestion(key, readers)}", key, (key,)))
    for key in form.needed.get(table, ()):
        if key not in entry:
            found.append(Finding("blank-cell", f"[[{table}]] without {key}", entry))
    if not found and isinstance(entry.get("from"), int) and entry["from"] > entry.get("to", 9999):
        found.append(Finding("period", f"ends in {entry['to']}, before it begins", entry["from"], ("from",)))
    return found


def shown(value: object) -> str:
    """Return a value as it stands in a message, cut to 80 characters.

    Examples
    --------
    >>> shown(0.5)
    '0.5'
    """
    try:
        return str(value)[:80]
    except ValueError:  # Python writes no whole number of thousands of digits
        return "a number of thousands of digits"


def text(_study: Study, _key: str, value: object) -> list[Finding]:
    """Take a text."""
    return [] if isinstance(value, str) else [Finding("unknown-word", "not a text", value)]


def flag(_study: Study, _key: str, value: object) -> list[Finding]:
    """Take true or false."""
    return [] if isinstance(value, bool) else [Finding("unknown-word", "neither true nor false", value)]


def number(study: Study, key: str, value: object) -> list[Finding]:
    """Take a number from 0 upwards."""
    return upto(limits.OTHER, "")(study, key, value)


def upto(most: float, unit: str, told: str = "") -> Reader:
    """Return a reader of numbers from 0 to a largest one.

    Parameters
    ----------
    most
        The largest number.
    unit
        What it counts, for the message; empty for a number without a unit.
    told
        What else to say of a number that is too large.

    Returns
    -------
    callable
        A reader.
    """

    def reader(_study: Study, _key: str, value: object) -> list[Finding]:
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            return [_no_number(value, unit)]
        # no infinity, no NaN, and no whole number that a float cannot hold
        if not abs(value) <= 1e300:
            return [Finding("not-a-number", "not a number that can be", value)]
        if value < 0:
            return [Finding("negative", "a negative number", value)]
        message = f"more than can be: the largest is {most:g} {unit}".rstrip() + told
        return [Finding("beyond-limit", message, value)] if value > most else []

    return reader


def _no_number(value: object, unit: str) -> Finding:
    """Say why a value is no number, and what to write where a unit stands behind one."""
    if isinstance(value, str) and WITH_UNIT.fullmatch(value):
        alone = "a fraction, as 0.45 for 45 percent" if "%" in value else f"the number alone, in {unit or 'its unit'}"
        return Finding("not-a-number", f"not a number but a text with a unit: write {alone}", value)
    return Finding("not-a-number", "not a number", value)


def part(study: Study, key: str, value: object) -> list[Finding]:
    """Take a part, 0 to 1."""
    found = number(study, key, value)
    above = not found and isinstance(value, (int, float)) and value > 1
    return [Finding("share-range", "a part above 1", value)] if above else found


def year(_study: Study, _key: str, value: object) -> list[Finding]:
    """Take a year."""
    first, last = tables.YEARS
    right = isinstance(value, int) and not isinstance(value, bool) and first <= value <= last
    return [] if right else [Finding("period", f"not a year from {first} to {last}", value)]


def years(_study: Study, _key: str, value: object) -> list[Finding]:
    """Take a first and a last year, as 2026/2035."""
    ends = re.fullmatch(r"(19|20|21)([0-9]{2})/(19|20|21)([0-9]{2})", str(value))
    if ends is None:
        return [Finding("period", "not two years as 2026/2035", value)]
    backwards = ends[1] + ends[2] > ends[3] + ends[4]
    return [Finding("period", "a horizon that ends before it begins", value)] if backwards else []


def path(study: Study, key: str, value: object) -> list[Finding]:
    """Take a part, or parts by year as {2027 = 0.8, 2030 = 0.0}."""
    if not isinstance(value, dict):
        return part(study, key, value)
    if not value:
        return [Finding("period", "no year", value)]
    wrong = [Finding("period", "not a year", item) for item in value if not re.fullmatch("(19|20|21)[0-9]{2}", item)]
    return wrong or [finding for item in value.values() for finding in part(study, key, item)]


def among(names: Collection[str], what: str, value: object) -> list[Finding]:
    """Take one of some names; say which is nearest to any other."""
    if isinstance(value, str) and value in names:
        return []
    return [Finding("missing-reference", f"no such {what}{suggestion(shown(value), names)}", value)]


def word(words: Collection[str], what: str) -> Reader:
    """Return a reader of one of some words."""

    def reader(_study: Study, _key: str, value: object) -> list[Finding]:
        if isinstance(value, str) and value in words:
            return []
        message = f"{what}none of {', '.join(words)}{suggestion(shown(value), words)}"
        return [Finding("unknown-word", message, value)]

    return reader


def economy(study: Study, _key: str, value: object) -> list[Finding]:
    """Take the code of an economy or a bloc."""
    finding = study.economies.explain(value) if isinstance(value, str) else ("unknown-economy", "not an economy")
    return [Finding(*finding, value)] if finding else []


def each(reader: Reader) -> Reader:
    """Return a reader of lists of what another reads."""

    def of_list(study: Study, key: str, values: object) -> list[Finding]:
        if not isinstance(values, list):
            hint = f': write ["{values}"]' if isinstance(values, str) else ""
            return [Finding("unknown-word", f"not a list{hint}", values)]
        return [finding for value in values for finding in reader(study, key, value)]

    return of_list


def who(study: Study, key: str, value: object) -> list[Finding]:
    """Take one economy or a list of them."""
    return (each(economy) if isinstance(value, list) else economy)(study, key, value)


def claim(study: Study, _key: str, value: object) -> list[Finding]:
    """Take the identifier of a claim."""
    return among(study.claims, "claim", value)


def assumed(study: Study, _key: str, value: object) -> list[Finding]:
    """Take figures and assumptions with other numbers, each in the unit that it has in its table."""
    if not isinstance(value, dict):
        return [Finding("unknown-word", "not a table of names and numbers", value)]
    return [finding for name, number in value.items() for finding in _assumed(study, name, number)]


def _assumed(study: Study, name: str, value: object) -> list[Finding]:
    """Check one changed figure or assumption."""
    found = among({*study.ledger, *study.figures}, "figure or assumption", name)
    if not found:
        unit = study.ledger[name].unit if name in study.ledger else study.figures[name]["unit"]
        found = upto(1e300, unit or "")(study, name, value)
        # a share of a figure may be a premium; that of an assumption is a part, here as in its table
        if not found and name in study.ledger and unit == "share":
            found = part(study, name, value)
        if not found and (message := limits.excess(study.units, float(str(value)), unit)):
            found = [Finding("beyond-limit", message, value)]
    return [finding._replace(inside=(name,)) for finding in found]
