"""Scenarios: what a run of the diversion model assumes beyond the base year, and nothing else."""

import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from depgraph.core import files
from depgraph.core.errors import Problem, StudyError, UnknownNameError, suggestion
from depgraph.diversion import parameters
from depgraph.study import settings
from depgraph.study.study import Study

FOLDER = "datasets/scenarios"
CAPPED = ("supply", "base")  # of what a cap is a part
PROJECTS = ("none", "on_time", "late")
UNSET = {"delay", "growth", "passing_on"}  # numbers that are 0 where nothing sets them
YEARS = "2026/2035"  # of a scenario that names none
# key -> (kind, what it says); the kinds are those of `READERS`
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
    "delay": ("delay", "years by which late projects are late"),
    "growth": ("growth", "part by which final demand grows a year"),
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
        With every problem that `examine` finds.
    """
    found, problems = examine(study)
    if problems:
        raise StudyError(problems)
    return found


def examine(study: Study) -> tuple[dict[str, Scenario], list[Problem]]:
    """Read the scenarios of a study as far as they can be read.

    Parameters
    ----------
    study
        The study.

    Returns
    -------
    scenarios
        Scenario id, the name of its file, to `Scenario` with what it extends; those in which, or in whose base,
        something is wrong are left out.
    problems
        Every problem of every file: unknown keys, economies, products, stages, claims and assumptions with the
        nearest valid word, values out of range, circles of ``extends``, and settings without effect because of
        another one.
    """
    problems: list[Problem] = []
    names = files.matching(study.root, f"{FOLDER}/*.toml")
    read = {Path(name).stem: _read(study, name, problems) for name in names}
    own = {name: item for name, item in read.items() if item is not None}
    problems.extend(_misplaced(own, read))
    wrong = {Path(problem.file).stem for problem in problems} | (set(read) - set(own))
    lineage = {name: _lineage(own, name) for name in own}
    whole = {name: _extended(own, names) for name, names in lineage.items() if not wrong & set(names)}
    for name, item in whole.items():
        problems.extend(_contradictions(item.settings, item.lines, own[name].settings))
    wrong |= {Path(problem.file).stem for problem in problems}
    return {name: item for name, item in whole.items() if not wrong & set(lineage[name])}, problems


def _lineage(own: Mapping[str, Scenario], name: str) -> list[str]:
    """Return a scenario and what it extends, nearest first; a circle is cut where it closes."""
    names = [name]
    while (base := own[names[-1]].get("extends") if names[-1] in own else None) is not None and base not in names:
        names.append(base)
    return names


def _misplaced(own: Mapping[str, Scenario], known: Collection[str]) -> Iterator[Problem]:
    """Find scenarios that extend none, and circles, each told once."""
    told: set[str] = set()
    for name, item in own.items():
        base = item.get("extends")
        names = _lineage(own, name)
        if base is not None and base not in known:
            message = "no such scenario" + suggestion(str(base), known)
            yield Problem(*item.lines["extends"], "extends", "missing-reference", message, str(base))
        elif names[-1] in own and own[names[-1]].get("extends") == name and not told & set(names):
            told |= set(names)
            circle = " -> ".join([*names, name])
            yield Problem(
                *item.lines["extends"], "extends", "cycle", f"scenarios extend in a circle: {circle}", str(base)
            )


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
    new, lines = dict(scenario.settings), {}
    for number, text in enumerate(changes, start=1):
        key, equals, cell = text.partition("=")
        if not equals:
            problems.append(Problem("--set", number, key or "-", "unknown-word", "not KEY=VALUE", text))
            continue
        _change(study, new, (key.strip(), value(cell.strip()), number), problems)
        lines[key.strip().partition(".")[0]] = ("--set", number)
    if not problems:
        problems.extend(_contradictions(new, dict(scenario.lines) | lines, lines))
    if problems:
        raise StudyError(problems)
    return replace(scenario, settings=new)


def _change(study: Study, new: dict[str, Any], change: tuple[str, Any, int], problems: list[Problem]) -> None:
    """Make one change: its key, its value and its number."""
    key, value, number = change

    def checked(record: dict[str, Any]) -> dict[str, Any]:
        return settings.check(study, FORM, record, lambda _: ("--set", number), problems)

    table, _, inner = key.partition(".")
    if key in study.ledger or key in study.figures:
        right = checked({"assumptions": {key: value}})
        new["assumptions"] = new.get("assumptions", {}) | right.get("assumptions", {})
    elif inner and table in ENTRIES:
        if inner not in ENTRIES[table] or not new.get(table):
            near = suggestion(inner, ENTRIES[table])
            message = f"the scenario has no [[{table}]] to change" if inner in ENTRIES[table] else f"no such key{near}"
            problems.append(Problem("--set", number, key, "unknown-column", message, key))
            return
        entries = [{**entry, inner: value} for entry in new[table]]
        new[table] = checked({table: entries}).get(table, [])
    elif key in KEYS and KEYS[key][0] not in {"tables", "numbers"} and key != "extends":
        new.update(checked({key: value}))
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
        numbers = [name for name, (kind, _) in KEYS.items() if kind in {"delay", "growth", "part"}]
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


def _read(study: Study, name: str, problems: list[Problem]) -> Scenario | None:
    """Read one file, None if it cannot be read."""
    text = settings.read(study.root, name, problems)
    if text is None:
        return None
    right = settings.check(study, FORM, text.values, text.place, problems)
    paths = {path: ".".join(map(str, path)) for path in text.lines}
    return Scenario(Path(name).stem, right, {key: text.place(path) for path, key in paths.items()})


def _extended(own: Mapping[str, Scenario], names: Sequence[str]) -> Scenario:
    """Return a scenario with what it extends under it; tables replace tables, assumptions add to assumptions."""
    item = own[names[0]]
    if len(names) == 1:
        return item
    below = _extended(own, names[1:])
    merged = {**below.settings, **item.settings}
    if "assumptions" in below.settings:
        merged["assumptions"] = {**below.settings["assumptions"], **item.get("assumptions", {})}
    # a child says itself what it operationalises; it may contradict the claims of what it extends
    if "claims" not in item.settings:
        merged.pop("claims", None)
    return Scenario(names[0], merged, {**below.lines, **item.lines})


def _contradictions(
    merged: Mapping[str, Any], lines: Mapping[str, tuple[str, int]], own: Collection[str]
) -> Iterator[Problem]:
    """Find what is set in a file, or on the command line, but has no effect because of another setting.

    What is inherited may be switched off by what extends it: `build = false` there is no
    contradiction to the transplants of the base.
    """
    first, last = (int(year) for year in merged.get("years", YEARS).split("/"))

    def at(key: str, message: str, value: object, entry: str = "") -> Problem:
        return Problem(
            *lines.get(key + entry, lines.get(key, ("-", 0))),
            key,
            "value-outside-bounds",
            message,
            settings.shown(value),
        )

    if "transplants" in own and merged["transplants"] and not merged.get("build", True):
        yield at("transplants", "plants to be transplanted, but build = false orders none", "true")
    if "delay" in own and merged["delay"] > 0 and merged.get("projects") != "late":
        yield at("delay", "a delay without projects = late", merged["delay"])
    if {"surprise", "years"} & set(own) and not first <= merged.get("surprise", first) <= last:
        yield at("surprise", f"a surprise outside the years {first} to {last}", merged["surprise"])
    path = merged.get("custody")
    if {"custody", "years"} & set(own) and isinstance(path, dict) and min(map(int, path)) > last:
        yield at("custody", f"never in force in the years {first} to {last}", path)
    for table in ENTRIES:
        if {table, "years"} & set(own):
            for place, entry in enumerate(merged.get(table, [])):
                begin, end = _in_force(entry, first, last)
                if begin > last or end < first:
                    yield at(table, f"never in force in the years {first} to {last}", entry, f".{place}")


def _in_force(entry: Mapping[str, Any], first: int, last: int) -> tuple[int, int]:
    """Return the first and last year of an entry; a path of shares begins with its first year."""
    path = entry.get("share")
    begin = min(map(int, path)) if isinstance(path, dict) else first
    return entry.get("from", begin), entry.get("to", last)


def _product(study: Study, _key: str, value: object) -> list[settings.Finding]:
    """Take a product of which the model holds a stage."""
    return settings.among(dict.fromkeys(map(study.product_of, _stages(study))), "product in the model", value)


def _tier(study: Study, _key: str, value: object) -> list[settings.Finding]:
    """Take a tier of demand."""
    return settings.among([row["tier"] for row in study.tables["tiers"]], "tier of demand", value)


def _stage(study: Study, _key: str, value: object) -> list[settings.Finding]:
    """Take a stage that the model holds."""
    return settings.among(_stages(study), "stage in the model", value)


def _stages(study: Study) -> list[str]:
    """Return the stages that the model holds."""
    return [row["stage_id"] for row in study.tables["commodities"]]


# no base, stock or duty is larger; a percentage written for a fraction nearly always is
FRACTION = "; write a fraction, as 0.25 for 25 percent"
READERS: Mapping[str, settings.Reader] = {
    "text": settings.text,
    "flag": settings.flag,
    "delay": settings.upto(100, "years"),
    "growth": settings.upto(1, "a year", FRACTION),
    "part": settings.part,
    "year": settings.year,
    "years": settings.years,
    "path": settings.path,
    "economy": settings.economy,
    "economies": settings.each(settings.economy),
    "ids": settings.each(settings.claim),
    "products": settings.each(_product),
    "goals": settings.each(_tier),
    "projects": settings.word(PROJECTS, ""),
    "numbers": settings.assumed,
}
INSIDE: Mapping[str, settings.Reader] = {
    "product": _product,
    "stage": _stage,
    "share": settings.path,
    "exporter": settings.who,
    "importer": settings.who,
    "region": settings.who,
    "severity": settings.part,
    "rate": settings.upto(10, "of the customs value", FRACTION),
    "add": settings.flag,
    "of": lambda _study, _key, value: settings.among(CAPPED, "measure of a cap", value),
    "months": settings.upto(1200, "months"),
    "from": settings.year,
    "to": settings.year,
}
FORM = settings.Form(
    readers={key: READERS[kind] for key, (kind, _) in KEYS.items() if kind != "tables"},
    entries={table: {key: INSIDE[key] for key in keys} for table, keys in ENTRIES.items()},
    needed=NEEDED,
)
