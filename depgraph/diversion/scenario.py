"""Scenarios: what a run of the diversion model assumes beyond the base year, and nothing else."""

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from depgraph.core import tables
from depgraph.core.errors import Problem, StudyError, UnknownNameError, suggestion
from depgraph.diversion import parameters
from depgraph.study.study import Study

FOLDER = "datasets/scenarios"
CAPPED = ("supply", "base")  # of what a cap is a part
PROJECTS = ("none", "on_time", "late")
UNSET = {"delay", "growth", "passing_on"}  # numbers that are 0 where nothing sets them
LARGEST = 1e300  # beyond it a number is a mistake, and sums are infinite
YEARS = "2026/2035"  # of a scenario that names none
# key -> (kind, what it says); the kinds are those of `_READERS`
KEYS = {
    "title": ("text", "one line"),
    "note": ("text", "what the run leaves out or reads into its claims"),
    "claims": ("ids", "claims that it operationalises"),
    "extends": ("text", "scenario whose settings it takes over"),
    "bloc": ("economy", "who diverts: a bloc or an economy"),
    "rival": ("economy", "from whom"),
    "circle": ("economies", "who besides the bloc may build and is no outsider"),
    "years": ("years", "first and last year, as 2026/2035"),
    "products": ("products", "products of which the stages are held; all where empty"),
    "goals": ("goals", "tiers of demand served one after the other before cost; empty: all at their worth"),
    "must": ("goals", "tiers of the bloc's demand that may not go unmet at all"),
    "pooled": ("flag", "whether members deliver to each other beyond the flows of the base year"),
    "build": ("flag", "whether new capacity may be ordered"),
    "transplants": ("flag", "whether plants may use the know-how of a donor"),
    "recycling": ("flag", "whether recycling may be built"),
    "release": ("flag", "whether stocks may be used"),
    "stockpiling": ("flag", "whether stocks may be added to"),
    "projects": ("projects", "announced plants: none, on_time or late"),
    "delay": ("number", "years by which late projects are late"),
    "growth": ("number", "part by which final demand grows a year"),
    "custody": ("path", "least part of the bloc's final demand that is free of the rival at every stage"),
    "surprise": ("year", "year whose events nobody foresees: earlier years follow the plan without them"),
    "passing_on": ("part", "part of its purchases that an economy outside the bloc may pass on"),
    "threshold": ("part", "rival's part below which one speaks of independence"),
    "assumptions": ("numbers", "figures and assumptions with another value"),
    "cap": ("tables", "largest part of the bloc's supply that the rival may deliver"),
    "embargo": ("tables", "deliveries that stop or shrink"),
    "tariff": ("tables", "duties instead of those in force"),
    "floor": ("tables", "stocks that must be kept"),
    "fixed": ("tables", "plants that come in whole sizes"),
}
# keys of the entries of a table, and which of them an entry must have
NEEDED = {"cap": ("share",), "embargo": ("exporter",), "tariff": ("importer", "exporter", "rate"), "floor": ("months",)}
ENTRIES = {
    "cap": {"product", "stage", "share", "of"},
    "embargo": {"exporter", "importer", "product", "stage", "severity", "from", "to"},
    "tariff": {"importer", "exporter", "product", "stage", "rate", "add", "from", "to"},
    "floor": {"region", "product", "stage", "months", "from", "to"},
    "fixed": {"product", "stage"},
}


class Finding(NamedTuple):
    """What is wrong with a value: code of the problem, message, the value, and where inside a table it stands."""

    code: str
    message: str
    value: object
    inside: tuple[object, ...] = ()


@dataclass(frozen=True)
class Scenario:
    """The settings of a run, as they stand in its file and in those it extends.

    Attributes
    ----------
    scenario_id
        Name of the file.
    settings
        Key to value, as in `KEYS`; a key that nothing sets is missing.
    lines
        Key to (file, line) where it was set last.
    """

    scenario_id: str
    settings: Mapping[str, Any]
    lines: Mapping[str, tuple[str, int]] = field(default_factory=dict)

    def get(self, key: str, default: Any = None) -> Any:  # noqa: ANN401 - the kinds differ
        """Return a setting, or the default where nothing sets it."""
        return self.settings.get(key, default)


def read_all(study: Study) -> dict[str, Scenario]:
    """Read the scenarios of a study, ``datasets/scenarios/*.toml``.

    Parameters
    ----------
    study
        The study.

    Returns
    -------
    dict
        Scenario id, the name of its file, to `Scenario` with what it extends.

    Raises
    ------
    StudyError
        With every problem of every file: unknown keys, economies, products, stages, claims and
        assumptions with the nearest valid word, values out of range, circles of ``extends``, and
        settings without effect because of another one.
    """
    problems: list[Problem] = []
    own = {}
    for path in sorted((study.root / FOLDER).glob("*.toml")):
        own[path.stem] = _read(study, path, problems)
    for item in own.values():
        base = item.get("extends")
        if base is not None and base not in own:
            message = "no such scenario" + suggestion(str(base), own)
            problems.append(Problem(*item.lines["extends"], "extends", "missing-reference", message, str(base)))
    if problems:
        raise StudyError(problems)
    whole = {name: _extended(own, name, ()) for name in own}
    for name, item in own.items():
        problems.extend(_contradictions(whole[name].settings, whole[name].lines, item.settings))
    if problems:
        raise StudyError(problems)
    return whole


def find(study: Study, name: str) -> Scenario:
    """Return one scenario.

    Raises
    ------
    UnknownNameError
        If the study has no scenario of that name.
    """
    scenarios = read_all(study)
    if name not in scenarios:
        raise UnknownNameError("scenario", name, scenarios)
    return scenarios[name]


def changed(study: Study, scenario: Scenario, changes: Sequence[str]) -> Scenario:
    """Return a scenario with settings changed from the command line.

    Parameters
    ----------
    study
        The study.
    scenario
        What to change.
    changes
        ``key=value`` with a key of `KEYS`, an assumption or figure id, or a key of the entries of
        a table as ``cap.share=0.4``, which changes all of them; the value as in TOML, a bare word
        standing for itself.

    Returns
    -------
    Scenario
        A new one.

    Raises
    ------
    StudyError
        With every change that cannot be read.
    """
    problems: list[Problem] = []
    settings, lines = dict(scenario.settings), {}
    for number, text in enumerate(changes, start=1):
        key, equals, cell = text.partition("=")
        if not equals:
            problems.append(Problem("--set", number, key or "-", "unknown-word", "not KEY=VALUE", text))
            continue
        _change(study, settings, (key.strip(), value(cell.strip()), number), problems)
        lines[key.strip().partition(".")[0]] = ("--set", number)
    if not problems:
        problems.extend(_contradictions(settings, dict(scenario.lines) | lines, lines))
    if problems:
        raise StudyError(problems)
    return replace(scenario, settings=settings)


def _change(study: Study, settings: dict[str, Any], change: tuple[str, Any, int], problems: list[Problem]) -> None:
    """Make one change: its key, its value and its number."""
    key, value, number = change
    table, _, inner = key.partition(".")
    if key in study.ledger or key in study.figures:
        record: dict[str, Any] = {"assumptions": {key: value}}
        checked = _check(study, "--set", record, number, problems)
        settings["assumptions"] = settings.get("assumptions", {}) | checked.get("assumptions", {})
    elif inner and table in ENTRIES:
        if inner not in ENTRIES[table] or not settings.get(table):
            near = suggestion(inner, ENTRIES[table])
            message = f"the scenario has no [[{table}]] to change" if inner in ENTRIES[table] else f"no such key{near}"
            problems.append(Problem("--set", number, key, "unknown-column", message, key))
            return
        entries = [{**entry, inner: value} for entry in settings[table]]
        settings[table] = _check(study, "--set", {table: entries}, number, problems).get(table, [])
    elif key in KEYS and KEYS[key][0] not in {"tables", "numbers"} and key != "extends":
        settings.update(_check(study, "--set", {key: value}, number, problems))
    else:
        problems.append(Problem("--set", number, key, "unknown-column", _unknown(study, key), key))


def _unknown(study: Study, key: str) -> str:
    """Say why a key cannot be set on the command line, and what can."""
    if key in ENTRIES:
        return f"entries are changed by a key of theirs, as {key}.{min(ENTRIES[key])}"
    if key in {"assumptions", "extends"}:
        return "set an assumption by its own name" if key == "assumptions" else "a scenario extends only in its file"
    inside = [f"{table}.{name}" for table, names in ENTRIES.items() for name in names]
    return "no setting and no assumption" + suggestion(key, [*KEYS, *inside, *study.ledger, *study.figures])


def number(study: Study, scenario: Scenario, key: str) -> float:
    """Return the present number of an assumption, a figure or a setting.

    Raises
    ------
    UnknownNameError
        If it has none.
    """
    if key in study.ledger or key in study.figures:
        return parameters.find(study, scenario.get("assumptions", {}), key).value
    table, _, inner = key.partition(".")
    entries = scenario.get(table, []) if inner else []
    found = entries[0].get(inner) if entries else scenario.get(key, 0.0 if key in UNSET else None)
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        numbers = [name for name, (kind, _) in KEYS.items() if kind in {"number", "part"}]
        what = "number (a setting without one value cannot be moved)"
        raise UnknownNameError(what, key, [*numbers, *study.ledger])
    return float(found)


def value(text: str) -> Any:  # noqa: ANN401 - whatever TOML knows
    """Read a value as TOML, a bare word as itself.

    Examples
    --------
    >>> value("0.5"), value("late"), value("true")
    (0.5, 'late', True)
    """
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):  # not TOML, a number of thousands of digits, or lists without end
        return text


def _read(study: Study, path: Path, problems: list[Problem]) -> Scenario:
    """Read one file."""
    name = path.relative_to(study.root).as_posix()
    text = tables.read_text(study.root, name, problems) or ""
    try:
        record = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        place = re.search(r"at line (\d+)", str(error))
        problems.append(Problem(name, int(place[1]) if place else 1, "-", "toml", f"not TOML: {error}"))
        record = {}
    settings = _check(study, name, record, text, problems)
    return Scenario(path.stem, settings, {key: (name, _line(text, key)) for key in settings})


def _line(text: str, key: str, inside: Sequence[object] = ()) -> int:
    """Return the line that sets a key, opens its table, or sets a key of its nth entry; else the nearest above."""
    lines = [line.split("#")[0].replace('"', "").replace(" ", "") for line in text.splitlines()]
    opens = [n for n, line in enumerate(lines) if line in {f"[{key}]", f"[[{key}]]"} or line.startswith(f"{key}=")]
    if not opens:
        return 1
    entry, leaf = (inside[0], inside[1:]) if inside and isinstance(inside[0], int) else (0, inside)
    start = opens[entry] if entry < len(opens) else opens[0]
    for number in range(start + 1, len(lines) if leaf else 0):
        if lines[number].startswith("["):
            break
        if lines[number].startswith(f"{leaf[0]}="):
            return number + 1
    return start + 1


def _extended(own: Mapping[str, Scenario], name: str, seen: tuple[str, ...]) -> Scenario:
    """Return a scenario with what it extends under it; tables replace tables, assumptions add to assumptions.

    Raises
    ------
    StudyError
        If scenarios extend in a circle.
    """
    item = own[name]
    base = item.get("extends")
    if name in seen:
        circle = " -> ".join([*seen, name])
        raise StudyError(
            [Problem(*item.lines["extends"], "extends", "cycle", f"scenarios extend in a circle: {circle}")]
        )
    if base is None:
        return item
    below = _extended(own, base, (*seen, name))
    settings = {**below.settings, **item.settings}
    if "assumptions" in below.settings:
        settings["assumptions"] = {**below.settings["assumptions"], **item.get("assumptions", {})}
    # a child says itself what it operationalises; it may contradict the claims of what it extends
    if "claims" not in item.settings:
        settings.pop("claims", None)
    return Scenario(name, settings, {**below.lines, **item.lines})


def _check(
    study: Study, name: str, record: Mapping[str, Any], text: str | int, problems: list[Problem]
) -> dict[str, Any]:
    """Check the keys and values of one file, or of the nth change; what cannot be read is left out."""
    settings = {}
    for key, value in record.items():
        if key in KEYS:
            found = list(_READERS[KEYS[key][0]](study, key, value))
        else:
            found = [Finding("unknown-column", f"unknown key{suggestion(key, KEYS)}", key)]
        for item in found:
            line = text if isinstance(text, int) else _line(text, key, item.inside)
            leaf = item.inside[-1:] if item.inside and isinstance(item.inside[-1], str) else ()
            place = ".".join([key, *map(str, leaf)])
            problems.append(Problem(name, line, place, item.code, item.message, _shown(item.value)))
        if not found:
            settings[key] = value
    return settings


def _shown(value: object) -> str:
    """Return a value as it stands in a message."""
    try:
        return str(value)[:80]
    except ValueError:  # Python writes no whole number of thousands of digits
        return "a number of thousands of digits"


def _contradictions(
    settings: Mapping[str, Any], lines: Mapping[str, tuple[str, int]], own: Collection[str]
) -> Iterator[Problem]:
    """Find what is set in a file, or on the command line, but has no effect because of another setting.

    What is inherited may be switched off by what extends it: `build = false` there is no
    contradiction to the transplants of the base.
    """
    first, last = (int(year) for year in settings.get("years", YEARS).split("/"))

    def at(key: str, message: str, value: object) -> Problem:
        return Problem(*lines.get(key, ("-", 0)), key, "value-outside-bounds", message, _shown(value))

    if "transplants" in own and settings["transplants"] and not settings.get("build", True):
        yield at("transplants", "plants to be transplanted, but build = false orders none", "true")
    if "delay" in own and settings["delay"] > 0 and settings.get("projects") != "late":
        yield at("delay", "a delay without projects = late", settings["delay"])
    if {"surprise", "years"} & set(own) and not first <= settings.get("surprise", first) <= last:
        yield at("surprise", f"a surprise outside the years {first} to {last}", settings["surprise"])
    for table in ENTRIES:
        if {table, "years"} & set(own):
            for entry in settings.get(table, []):
                begin, end = _in_force(entry, first, last)
                if begin > last or end < first:
                    yield at(table, f"never in force in the years {first} to {last}", entry)


def _in_force(entry: Mapping[str, Any], first: int, last: int) -> tuple[int, int]:
    """Return the first and last year of an entry; a path of shares begins with its first year."""
    path = entry.get("share")
    begin = min(map(int, path)) if isinstance(path, dict) else first
    return entry.get("from", begin), entry.get("to", last)


def _text(_study: Study, _key: str, value: object) -> list[Finding]:
    return [] if isinstance(value, str) else [Finding("unknown-word", "not a text", value)]


def _flag(_study: Study, _key: str, value: object) -> list[Finding]:
    return [] if isinstance(value, bool) else [Finding("unknown-word", "neither true nor false", value)]


def _number(_study: Study, _key: str, value: object) -> list[Finding]:
    # no infinity, no NaN, and no whole number that a float cannot hold
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= LARGEST:
        return [Finding("not-a-number", "not a number", value)]
    return [Finding("negative", "a negative number", value)] if value < 0 else []


def _part(study: Study, key: str, value: object) -> list[Finding]:
    found = _number(study, key, value)
    return found or ([Finding("share-range", "a part above 1", value)] if float(value) > 1 else [])  # type: ignore[arg-type]


def _year(_study: Study, _key: str, value: object) -> list[Finding]:
    right = isinstance(value, int) and not isinstance(value, bool) and 1900 <= value <= 2200
    return [] if right else [Finding("period", "not a year", value)]


def _years(_study: Study, _key: str, value: object) -> list[Finding]:
    ends = re.fullmatch(r"(19|20|21)([0-9]{2})/(19|20|21)([0-9]{2})", str(value))
    if ends is None:
        return [Finding("period", "not two years as 2026/2035", value)]
    backwards = ends[1] + ends[2] > ends[3] + ends[4]
    return [Finding("period", "a horizon that ends before it begins", value)] if backwards else []


def _among(names: Collection[str], what: str, value: object) -> list[Finding]:
    if isinstance(value, str) and value in names:
        return []
    return [Finding("missing-reference", f"no such {what}{suggestion(_shown(value), names)}", value)]


def _economy(study: Study, _key: str, value: object) -> list[Finding]:
    finding = study.economies.explain(value) if isinstance(value, str) else ("unknown-economy", "not an economy")
    return [Finding(*finding, value)] if finding else []


def _each(values: object, read: Any, study: Study, key: str) -> list[Finding]:  # noqa: ANN401 - a reader
    if not isinstance(values, list):
        hint = f': write ["{values}"]' if isinstance(values, str) else ""
        return [Finding("unknown-word", f"not a list{hint}", values)]
    return [finding for value in values for finding in read(study, key, value)]


def _claim(study: Study, _key: str, value: object) -> list[Finding]:
    return _among(study.claims, "claim", value)


def _product(study: Study, _key: str, value: object) -> list[Finding]:
    return _among(dict.fromkeys(map(study.product_of, _stages(study))), "product in the model", value)


def _tier(study: Study, _key: str, value: object) -> list[Finding]:
    return _among([row["tier"] for row in study.tables["tiers"]], "tier of demand", value)


def _choice(_study: Study, _key: str, value: object) -> list[Finding]:
    known = isinstance(value, str) and value in PROJECTS
    message = f"none of {', '.join(PROJECTS)}{suggestion(_shown(value), PROJECTS)}"
    return [] if known else [Finding("unknown-word", message, value)]


def _stages(study: Study) -> list[str]:
    return [row["stage_id"] for row in study.tables["commodities"]]


def _path(study: Study, key: str, value: object) -> list[Finding]:
    """Check a part, or parts by year as {2027 = 0.8, 2030 = 0.0}."""
    if not isinstance(value, dict):
        return _part(study, key, value)
    if not value:
        return [Finding("period", "no year", value)]
    years = [Finding("period", "not a year", year) for year in value if not re.fullmatch("(19|20|21)[0-9]{2}", year)]
    return years or [finding for part in value.values() for finding in _part(study, key, part)]


def _numbers(study: Study, _key: str, value: object) -> list[Finding]:
    """Check changed figures and assumptions."""
    if not isinstance(value, dict):
        return [Finding("unknown-word", "not a table of names and numbers", value)]
    return [finding for name, number in value.items() for finding in _assumed(study, name, number)]


def _assumed(study: Study, name: str, number: object) -> list[Finding]:
    """Check one changed figure or assumption."""
    known = {*study.ledger, *study.figures}
    found = _among(known, "figure or assumption", name) or _number(study, name, number)
    return [finding._replace(inside=(name,)) for finding in found]


def _entries(study: Study, key: str, value: object) -> list[Finding]:
    """Check the entries of a table."""
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        return [Finding("unknown-word", f"not entries of [[{key}]]", value)]
    return [
        finding._replace(inside=(place, *finding.inside))
        for place, entry in enumerate(value)
        for finding in _entry(study, key, entry)
    ]


def _entry(study: Study, table: str, entry: Mapping[str, Any]) -> list[Finding]:
    """Check one entry: its keys, its values and that nothing needed is missing."""
    found = []
    for key, value in entry.items():
        if key not in ENTRIES[table]:
            message = f"unknown key{suggestion(key, ENTRIES[table])}"
            found.append(Finding("unknown-column", message, key, (key,)))
        else:
            found += [finding._replace(inside=(key,)) for finding in _INSIDE[key](study, key, value)]
    for key in NEEDED.get(table, ()):
        if key not in entry:
            found.append(Finding("blank-cell", f"[[{table}]] without {key}", entry))
    if not found and entry.get("from", 0) > entry.get("to", 9999):
        found.append(Finding("period", f"ends in {entry['to']}, before it begins", entry["from"], ("from",)))
    return found


def _model_stage(study: Study, _key: str, value: object) -> list[Finding]:
    return _among(_stages(study), "stage in the model", value)


def _who(study: Study, key: str, value: object) -> list[Finding]:
    return _each(value, _economy, study, key) if isinstance(value, list) else _economy(study, key, value)


_INSIDE = {
    "product": _product,
    "stage": _model_stage,
    "share": _path,
    "exporter": _who,
    "importer": _who,
    "region": _who,
    "severity": _part,
    "rate": _number,
    "add": _flag,
    "of": lambda _study, _key, value: _among(CAPPED, "measure of a cap", value),
    "months": _number,
    "from": _year,
    "to": _year,
}
_READERS = {
    "text": _text,
    "flag": _flag,
    "number": _number,
    "part": _part,
    "year": _year,
    "years": _years,
    "path": _path,
    "economy": _economy,
    "economies": lambda study, key, value: _each(value, _economy, study, key),
    "ids": lambda study, key, value: _each(value, _claim, study, key),
    "products": lambda study, key, value: _each(value, _product, study, key),
    "goals": lambda study, key, value: _each(value, _tier, study, key),
    "projects": _choice,
    "numbers": _numbers,
    "tables": _entries,
}
