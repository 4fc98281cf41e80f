"""Scenarios: what a run of the diversion model assumes beyond the base year, and nothing else."""

import math
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from depgraph import tables
from depgraph.diversion import quantities
from depgraph.errors import Problem, StudyError, UnknownNameError, suggestion
from depgraph.study import Study

FOLDER = "datasets/scenarios"
PROJECTS = ("none", "on_time", "late")
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
    "passing_on": ("number", "part of its purchases that an economy outside the bloc may pass on"),
    "threshold": ("number", "rival's part below which one speaks of independence"),
    "assumptions": ("numbers", "figures and assumptions with another value"),
    "cap": ("tables", "largest part of the bloc's supply that the rival may deliver"),
    "embargo": ("tables", "deliveries that stop or shrink"),
    "tariff": ("tables", "duties instead of those in force"),
    "floor": ("tables", "stocks that must be kept"),
    "fixed": ("tables", "plants that come in whole sizes"),
}
ENTRIES = {
    "cap": {"product", "stage", "share"},
    "embargo": {"exporter", "importer", "product", "stage", "severity", "from", "to"},
    "tariff": {"importer", "exporter", "product", "stage", "rate", "from", "to"},
    "floor": {"region", "product", "stage", "months", "from", "to"},
    "fixed": {"product", "stage"},
}


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
        assumptions with the nearest valid word, values out of range, and circles of ``extends``.
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
    return {name: _extended(own, name, ()) for name in own}


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
    settings = dict(scenario.settings)
    for number, text in enumerate(changes, start=1):
        key, _, cell = text.partition("=")
        _change(study, settings, (key.strip(), value(cell.strip()), number), problems)
    if problems:
        raise StudyError(problems)
    return replace(scenario, settings=settings)


def _change(study: Study, settings: dict[str, Any], change: tuple[str, Any, int], problems: list[Problem]) -> None:
    """Make one change: its key, its value and its number."""
    key, value, number = change
    table, _, inner = key.partition(".")
    if key in study.ledger or key in study.figures:
        record: dict[str, Any] = {"assumptions": {key: value}}
        checked = _check(study, "--set", record, {key: number, "assumptions": number}, problems)
        settings["assumptions"] = settings.get("assumptions", {}) | checked.get("assumptions", {})
    elif inner and table in ENTRIES:
        if inner not in ENTRIES[table] or not settings.get(table):
            message = f"no entry of {table} to change" if inner in ENTRIES[table] else "no such key"
            problems.append(
                Problem("--set", number, key, "unknown-column", message + suggestion(inner, ENTRIES[table]))
            )
            return
        entries = [{**entry, inner: value} for entry in settings[table]]
        settings[table] = _check(study, "--set", {table: entries}, {table: number}, problems).get(table, [])
    elif key in KEYS and KEYS[key][0] != "tables":
        settings.update(_check(study, "--set", {key: value}, {key: number}, problems))
    else:
        names = [*KEYS, *(name for name in study.ledger)]
        message = "no setting and no assumption" + suggestion(key, names)
        problems.append(Problem("--set", number, key, "unknown-column", message, key))


def number(study: Study, scenario: Scenario, key: str) -> float:
    """Return the present number of an assumption, a figure or a setting.

    Raises
    ------
    UnknownNameError
        If it has none.
    """
    if key in study.ledger or key in study.figures:
        return quantities.find(study, scenario.get("assumptions", {}), key).value
    table, _, inner = key.partition(".")
    entries = scenario.get(table, []) if inner else []
    found = entries[0].get(inner) if entries else scenario.get(key)
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        what = "number in the scenario"
        raise UnknownNameError(what, key, [*KEYS, *study.ledger])
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
    except tomllib.TOMLDecodeError:
        return text


def _read(study: Study, path: Path, problems: list[Problem]) -> Scenario:
    """Read one file."""
    name = path.relative_to(study.root).as_posix()
    text = tables.read_text(study.root, name, problems) or ""
    try:
        record = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problems.append(Problem(name, 1, "-", "toml", f"not TOML: {error}"))
        record = {}
    lines = {key: _line(text, key) for key in record}
    settings = _check(study, name, record, lines, problems)
    return Scenario(path.stem, settings, {key: (name, lines[key]) for key in settings})


def _line(text: str, key: str) -> int:
    """Return the first line that sets a key or opens its table."""
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip().lstrip("[").replace('"', "")
        if stripped in {f"{key}]", f"{key}]]"} or stripped.split("=")[0].strip() == key:
            return number
    return 1


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
    if "claims" in below.settings:
        settings["claims"] = [*dict.fromkeys([*item.get("claims", ()), *below.settings["claims"]])]
    return Scenario(name, settings, {**below.lines, **item.lines})


def _check(
    study: Study, name: str, record: Mapping[str, Any], lines: Mapping[str, int], problems: list[Problem]
) -> dict[str, Any]:
    """Check the keys and values of one file; what cannot be read is left out."""
    settings = {}
    for key, value in record.items():
        line = lines.get(key, 1)
        if key not in KEYS:
            message = f"unknown key{suggestion(key, KEYS)}"
            problems.append(Problem(name, line, key, "unknown-column", message, key))
            continue
        found = list(_READERS[KEYS[key][0]](study, key, value))
        problems.extend(Problem(name, line, key, "scenario", message, _shown(bad)) for message, bad in found)
        if not found:
            settings[key] = value
    return settings


def _shown(value: object) -> str:
    """Return a value as it stands in a message."""
    return str(value)[:80]


def _text(_study: Study, _key: str, value: object) -> list[tuple[str, object]]:
    return [] if isinstance(value, str) else [("not a text", value)]


def _flag(_study: Study, _key: str, value: object) -> list[tuple[str, object]]:
    return [] if isinstance(value, bool) else [("neither true nor false", value)]


def _number(_study: Study, _key: str, value: object) -> list[tuple[str, object]]:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return [("not a number", value)]
    return [("a negative number", value)] if value < 0 else []


def _part(study: Study, key: str, value: object) -> list[tuple[str, object]]:
    found = _number(study, key, value)
    return found or ([("a part above 1", value)] if float(value) > 1 else [])  # type: ignore[arg-type]


def _year(_study: Study, _key: str, value: object) -> list[tuple[str, object]]:
    right = isinstance(value, int) and not isinstance(value, bool) and 1900 <= value <= 2200
    return [] if right else [("not a year", value)]


def _years(study: Study, key: str, value: object) -> list[tuple[str, object]]:
    ends = str(value).split("/")
    if len(ends) != 2 or not all(end.isdigit() for end in ends):
        return [("not two years as 2026/2035", value)]
    found = [problem for end in ends for problem in _year(study, key, int(end))]
    return found or ([("a horizon that ends before it begins", value)] if int(ends[0]) > int(ends[1]) else [])


def _among(names: Collection[str], what: str, value: object) -> list[tuple[str, object]]:
    return [] if value in names else [(f"no such {what}{suggestion(str(value), names)}", value)]


def _economy(study: Study, _key: str, value: object) -> list[tuple[str, object]]:
    finding = study.economies.explain(value) if isinstance(value, str) else ("", "not an economy")
    return [(finding[1], value)] if finding else []


def _each(values: object, read: Any, study: Study, key: str) -> list[tuple[str, object]]:  # noqa: ANN401 - a reader
    if not isinstance(values, list):
        return [("not a list", values)]
    return [problem for value in values for problem in read(study, key, value)]


def _claim(study: Study, _key: str, value: object) -> list[tuple[str, object]]:
    return _among(study.claims, "claim", value)


def _product(study: Study, _key: str, value: object) -> list[tuple[str, object]]:
    return _among(dict.fromkeys(map(study.product_of, _stages(study))), "product in the model", value)


def _tier(study: Study, _key: str, value: object) -> list[tuple[str, object]]:
    return _among([row["tier"] for row in study.tables["tiers"]], "tier of demand", value)


def _stages(study: Study) -> list[str]:
    return [row["stage_id"] for row in study.tables["commodities"]]


def _path(study: Study, key: str, value: object) -> list[tuple[str, object]]:
    """Check a part, or parts by year as {2027 = 0.8, 2030 = 0.0}."""
    if not isinstance(value, dict):
        return _part(study, key, value)
    if not value:
        return [("no year", value)]
    years = [("not a year", year) for year in value if not (str(year).isdigit() and len(str(year)) == 4)]
    return years or [problem for part in value.values() for problem in _part(study, key, part)]


def _numbers(study: Study, _key: str, value: object) -> list[tuple[str, object]]:
    """Check changed figures and assumptions."""
    if not isinstance(value, dict):
        return [("not a table", value)]
    known = {*study.ledger, *study.figures}
    unknown = [(f"no such figure or assumption{suggestion(name, known)}", name) for name in value if name not in known]
    return unknown + [problem for name, number in value.items() for problem in _assumed(study, name, number)]


def _assumed(study: Study, name: str, number: object) -> list[tuple[str, object]]:
    found = _number(study, name, number)
    return [(f"{name}: {message}", bad) for message, bad in found]


def _entries(study: Study, key: str, value: object) -> list[tuple[str, object]]:
    """Check the entries of a table."""
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        return [(f"not entries of [[{key}]]", value)]
    return [problem for entry in value for problem in _entry(study, key, entry)]


def _entry(study: Study, table: str, entry: Mapping[str, Any]) -> list[tuple[str, object]]:
    """Check one entry: its keys, its values and that nothing needed is missing."""
    found: list[tuple[str, object]] = [
        (f"unknown key{suggestion(key, ENTRIES[table])}", key) for key in entry if key not in ENTRIES[table]
    ]
    for key, value in entry.items():
        if key in _INSIDE:
            found.extend(_INSIDE[key](study, key, value))
    needed = {
        "cap": ("share",),
        "embargo": ("exporter",),
        "tariff": ("importer", "exporter", "rate"),
        "floor": ("months",),
    }
    found += [(f"{table} without {key}", entry) for key in needed.get(table, ()) if key not in entry]
    if not found and entry.get("from", 0) > entry.get("to", 9999):
        found.append(("ends before it begins", entry))
    return found


def _model_stage(study: Study, _key: str, value: object) -> list[tuple[str, object]]:
    return _among(_stages(study), "stage in the model", value)


def _importer(study: Study, key: str, value: object) -> list[tuple[str, object]]:
    return _each(value, _economy, study, key) if isinstance(value, list) else _economy(study, key, value)


_INSIDE = {
    "product": _product,
    "stage": _model_stage,
    "share": _path,
    "exporter": _importer,
    "importer": _importer,
    "region": _importer,
    "severity": _part,
    "rate": _number,
    "months": _number,
    "from": _year,
    "to": _year,
}
_READERS = {
    "text": _text,
    "flag": _flag,
    "number": _number,
    "year": _year,
    "years": _years,
    "path": _path,
    "economy": _economy,
    "economies": lambda study, key, value: _each(value, _economy, study, key),
    "ids": lambda study, key, value: _each(value, _claim, study, key),
    "products": lambda study, key, value: _each(value, _product, study, key),
    "goals": lambda study, key, value: _each(value, _tier, study, key),
    "projects": lambda _study, _key, value: _among(PROJECTS, "choice", value),
    "numbers": _numbers,
    "tables": _entries,
}
