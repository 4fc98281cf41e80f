"""A study: the folder with ``seeds/`` and ``datasets/``, read whole and checked whole.

`load` either returns a study in which every reference resolves, or raises all problems at once.
"""

import datetime as dt
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from depgraph.core import files, keylines, limits, tables, units, views
from depgraph.core.errors import Problem, StudyError, UnknownNameError, suggestion
from depgraph.study import amounts, chains, figures, ledger, location, sources
from depgraph.study.ledger import Assumption, Term

if TYPE_CHECKING:
    import pandas as pd

Row = dict[str, Any]

SETTINGS = ("name", "as_of", "bloc", "rival", "reference_years")
SETTINGS_FILE = "datasets/study.toml"
find = location.find
# tables whose identifiers a trail can name
TRACED = ("sources", "figure_sources", "claims", "figures", "imports", "assumptions", "recipes", "buffers", "lexicon")


@dataclass(frozen=True)
class Study:
    """Everything that a study says, as it stands in its files.

    Attributes
    ----------
    root
        The folder.
    settings
        Keys of `SETTINGS`.
    tables
        Table name (as in ``schemas.toml``, plus ``sources``) to rows.
    ledger, lexicon, economies, units
        The same tables as look-ups.
    warnings
        What could be read only after normalising.
    """

    root: Path
    settings: Mapping[str, str]
    tables: Mapping[str, list[Row]]
    ledger: Mapping[str, Assumption]
    lexicon: Mapping[str, Term]
    economies: units.Economies
    units: units.Units
    warnings: tuple[Problem, ...] = field(default=())

    def __repr__(self) -> str:
        """Return what it is about and how much it holds; its tables would fill pages."""
        return self._view().text

    def _repr_html_(self) -> str:
        """Return the same for notebooks."""
        return self._view().html

    def _view(self) -> views.View:
        """Count what the study holds."""
        held = ("sources", "claims", "figure_sources", "figures", "assumptions", "stages", "recipes")
        counts = {name.replace("_", " "): len(self.tables[name]) for name in held}
        return views.facts(dict(self.settings) | counts | {"data": self.version})

    @cached_property
    def version(self) -> str:
        """Hash of the data: 12 hexadecimal digits."""
        return files.tree_hash(self.root, ("seeds", "datasets"))

    @cached_property
    def stages(self) -> dict[str, Row]:
        """Stages by id, in the order of the file."""
        return {row["stage_id"]: row for row in self.tables["stages"]}

    @cached_property
    def claims(self) -> dict[str, Row]:
        """Claims by id."""
        return {row["claim_id"]: row for row in self.tables["claims"]}

    @cached_property
    def figures(self) -> dict[str, Row]:
        """Figures by id."""
        return {row["figure_id"]: row for row in self.tables["figures"]}

    @cached_property
    def imports(self) -> dict[str, Row]:
        """Rows of trade by id."""
        return {row["import_id"]: row for row in self.tables.get("imports", ())}

    @property
    def reference_years(self) -> tuple[int, int]:
        """First and last year whose observations stand for the present."""
        first, last = self.settings["reference_years"].split("/")
        return int(first), int(last)

    def assumption(self, assumption_id: str) -> tuple[float, float, float]:
        """Return (low, central, high) of an assumption.

        Raises
        ------
        UnknownNameError
            If the ledger has no such row or the row has no value.
        """
        if assumption_id not in self.ledger:
            raise UnknownNameError("assumption", assumption_id, self.ledger)
        return self.ledger[assumption_id].range()

    def product_of(self, stage: str) -> str:
        """Return the product of a stage."""
        return stage.partition("/")[0]

    def frame(self, table: str) -> "pd.DataFrame":
        """Return one table as a data frame for notebooks and exports.

        Raises
        ------
        UnknownNameError
            If there is no table of that name.
        """
        import pandas as pd

        if table not in self.tables:
            raise UnknownNameError("table", table, self.tables)
        return pd.DataFrame(self.tables[table])


def load(root: Path) -> Study:
    """Read a study and check it.

    Parameters
    ----------
    root
        The study's folder.

    Returns
    -------
    Study
        With warnings, if something had to be normalised.

    Raises
    ------
    StudyError
        With every problem of every file.
    """
    study, problems = examine(root)
    if study is None or any(not problem.warning for problem in problems):
        raise StudyError(problem for problem in problems if not problem.warning)
    return study


def examine(root: Path) -> tuple[Study | None, list[Problem]]:
    """Read a study as far as it can be read.

    Parameters
    ----------
    root
        The study's folder.

    Returns
    -------
    study
        None if the settings or a whole file cannot be read.
    problems
        Everything found, warnings included, sorted.
    """
    problems: list[Problem] = []
    settings = _read_settings(root, problems)
    readings = {name: _read_table(root, schema) for name, schema in tables.schemas().items()}
    problems.extend(problem for reading in readings.values() for problem in reading.problems)
    rows = {name: reading.rows for name, reading in readings.items()}
    rows["sources"] = sources.read_sources(root, problems)
    lost = {name for name, reading in readings.items() if not reading.whole}
    study = Study(
        root,
        settings,
        rows,
        ledger.read_ledger(rows["assumptions"]),
        ledger.read_lexicon(rows["lexicon"]),
        units.read_economies(rows["economies"], rows["blocs"]),
        units.read_units(rows["units"]),
        tuple(sorted(problem for problem in problems if problem.warning)),
    )
    # a cell that could not be read is reported once; the checks of meaning see it as empty
    unread = {(problem.file, problem.line, problem.field) for problem in problems if not problem.warning}
    meaning = list(check_meaning(study, lost))
    # of a number that cannot be nothing else need be said
    beyond = {(found.file, found.line, found.field) for found in meaning if found.code == "beyond-limit"}
    for found in meaning:
        cell = found.file, found.line, found.field
        if cell not in unread and (cell not in beyond or found.code == "beyond-limit"):
            problems.append(found)
    complete = not lost and len(settings) == len(SETTINGS)
    return study if complete else None, sorted(_placed(root, set(problems)))


def _placed(root: Path, problems: Collection[Problem]) -> Iterator[Problem]:
    """Give problems of records the line of their key: the checks of meaning know the key, not its line."""
    texts = {name: tables.read_text(root, name, []) for name in {p.file for p in problems if p.file.endswith(".toml")}}
    broken = {problem.file for problem in problems if problem.code == "toml"}
    lines = {name: keylines.find(text) for name, text in texts.items() if text is not None and name not in broken}
    for problem in problems:
        known = lines.get(problem.file, {})
        yield replace(problem, line=known[problem.field,]) if (problem.field,) in known else problem


def _read_settings(root: Path, problems: list[Problem]) -> dict[str, str]:
    """Read ``datasets/study.toml``; a setting that cannot be used is left out."""
    text = tables.read_text(root, SETTINGS_FILE, problems)
    record = None if text is None else tables.read_toml(SETTINGS_FILE, text, SETTINGS, problems)
    if record is None:
        return {}
    absent = [key for key in SETTINGS if not record.get(key)]
    problems.extend(Problem(SETTINGS_FILE, 1, key, "blank-cell", "the setting is missing") for key in absent)
    wrong = {
        "as_of": ("not-a-date", "not a day") if not is_date(record.get("as_of", "")) else None,
        "reference_years": _misread_years(record.get("reference_years", "")),
    }
    for key, finding in wrong.items():
        if finding and key not in absent:
            problems.append(Problem(SETTINGS_FILE, 1, key, *finding, record[key]))
            del record[key]
    return {key: record[key] for key in SETTINGS if record.get(key)}


def _misread_years(text: str) -> tuple[str, str] | None:
    """Say why the reference years are no range."""
    if not re.fullmatch(r"[0-9]{4}/[0-9]{4}", text):
        return "period", "not a range of years"
    first, last = tables.YEARS
    if not first <= int(text[:4]) <= last or not first <= int(text[5:]) <= last:
        return "period", f"not years from {first} to {last}"
    return ("period", "a range that ends before it begins") if text[:4] > text[5:] else None


def is_date(text: str) -> bool:
    """Say whether a text is a day of the calendar, written YYYY-MM-DD.

    Examples
    --------
    >>> is_date("2026-02-30")
    False
    """
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _read_table(root: Path, schema: tables.Schema) -> tables.Reading:
    """Read a table, whether it is one file or one per source or publisher."""
    names = [schema.file]
    if schema.file.startswith("seeds/*/"):
        names = [f"{folder}/{schema.file.removeprefix('seeds/*/')}" for folder in sources.folders(root)]
    elif "*" in schema.file:
        others = {other.file for other in tables.schemas().values()}
        names = [name for name in files.matching(root, schema.file) if name not in others]
    parts = [tables.read(root, name, schema) for name in names]
    return tables.Reading(
        [row for part in parts for row in part.rows],
        [problem for part in parts for problem in part.problems],
        all(part.whole for part in parts),
    )


def check_meaning(study: Study, lost: Collection[str] = ()) -> Iterator[Problem]:
    """Yield every problem that needs more than one cell to see.

    Duplicate identifiers across files, references that lead nowhere, economies and units that
    are not in their tables, dates after their source, amounts counted twice, loops that gain,
    assumptions that nothing uses and that something misses.

    Parameters
    ----------
    study
        The study as far as it was read.
    lost
        Tables that were not read whole: what they may hold is not called missing.
    """
    # a study without a readable date has no future; its other problems are still found
    as_of = int(study.settings.get("as_of", "9999")[:4])
    yield from _check_ids(study)
    yield from _check_codes(study, lost)
    yield from _check_references(study, lost)
    yield from _check_settings(study, lost)
    yield from _check_stages(study)
    yield from figures.check(study.tables["figures"], study.units, as_of)
    yield from amounts.check(study.tables)
    yield from chains.check_loops(study.tables["recipes"])
    yield from sources.check_claims(study.tables["claims"], as_of)
    yield from sources.check_dates(study.tables["sources"], study.tables["figure_sources"], as_of)
    yield from units.check(study.tables["units"])
    if "units" not in lost:
        yield from limits.check(study.tables, study.units)
    yield from _check_lexicon(study)
    yield from _check_ledger(study, lost)
    yield from _check_assumptions(study)
    if not {"units", "figures", "assumptions"} & set(lost):
        yield from _check_buffers(study)


def _at(row: Mapping[str, Any], column: str, code: str, message: str, value: object = None) -> Problem:
    """Build a problem at a cell."""
    shown = row.get(column) if value is None else value
    return Problem(row["file"], row["line"], column, code, message, "" if shown is None else str(shown))


def _check_ids(study: Study) -> Iterator[Problem]:
    """Find identifiers that stand in two files: one that a trail can name means one thing."""
    for names in (("economies", "blocs"), TRACED):
        seen: dict[str, Row] = {}
        for name in names:
            key = "id" if name == "sources" else tables.schemas()[name].key
            for row in study.tables[name]:
                first = seen.setdefault(row[key], row)
                if row[key] and first["file"] != row["file"]:
                    place = f"{first['file']} line {first['line']}"
                    yield _at(row, key, "duplicate-id", f"the identifier is already in {place}")


def _check_codes(study: Study, lost: Collection[str]) -> Iterator[Problem]:
    """Find economy and unit cells that hold no code of their table."""
    for name, schema in tables.schemas().items():
        for column in schema.columns:
            if column.type == "economy" and not {"economies", "blocs"} & set(lost):
                yield from _check_economies(study, name, column.name)
            if column.type == "unit" and "units" not in lost:
                yield from _check_units(study, name, column.name)
    if "economies" not in lost:
        yield from _check_members(study)


def _check_economies(study: Study, table: str, column: str) -> Iterator[Problem]:
    """Find cells of one column that hold no code of an economy or bloc."""
    # a wrong code may stand in a thousand rows, and looking for the nearest is slow
    cells = {row[column] for row in study.tables[table]} - {None}
    findings = {cell: study.economies.explain(cell) for cell in cells}
    for row in study.tables[table]:
        finding = findings.get(row[column])
        if finding:
            yield _at(row, column, *finding)


def _check_units(study: Study, table: str, column: str) -> Iterator[Problem]:
    """Find cells of one column that hold no unit."""
    unknown = {row[column] for row in study.tables[table]} - {None} - set(study.units.table)
    messages = {cell: "no such unit" + suggestion(cell, study.units.table) for cell in unknown}
    for row in study.tables[table]:
        if row[column] in messages:
            yield _at(row, column, "unknown-unit", messages[row[column]])


def _check_members(study: Study) -> Iterator[Problem]:
    """Find members of blocs that are no economies; a bloc in a bloc would not be taken apart."""
    for row in study.tables["blocs"]:
        for member in row["members"] or ():
            finding = study.economies.explain(member)
            if member in study.economies.members:
                finding = "unknown-economy", "a bloc, where only economies can be members"
            if finding:
                yield _at(row, "members", *finding, member)


def _check_stages(study: Study) -> Iterator[Problem]:
    """Find stages that are not written product/stage and definitions that no figure can have."""
    columns = {column.name: column.words for column in tables.schemas()["figures"].columns}
    for row in study.tables["stages"]:
        if row["stage_id"] and not re.fullmatch(r"[^/]+/[^/]+", row["stage_id"]):
            yield _at(row, "stage_id", "approximate-match", "not product/stage")
        metric, _, basis = (row["basis"] or "").partition(":")
        for part, words in ((metric, columns["metric"]), (basis, columns["basis"])):
            if row["basis"] and part not in words:
                yield _at(row, "basis", "unknown-word", f"not metric:basis{suggestion(part, words)}")


def _references(study: Study) -> Iterator[tuple[Row, str, str | None, tuple[str, ...]]]:
    """Yield (row, column, identifier, tables that may hold it) for every reference."""
    for name, schema in tables.schemas().items():
        for column in schema.columns:
            for row in study.tables[name] if column.references else ():
                cell = row[column.name]
                for identifier in (cell or ()) if column.type == "ids" else (cell,):
                    # estimates are made of the tables, not read: who takes one looks it up
                    if not (identifier or "").startswith("E:"):
                        yield row, column.name, identifier, column.references
    yield from _joined_references(study)


def _joined_references(study: Study) -> Iterator[tuple[Row, str, str | None, tuple[str, ...]]]:
    """Yield the references that are a part of a cell, or two cells together."""
    for row in study.tables["stages"]:
        yield row, "stage_id", (row["stage_id"] or "").split("/")[0], ("products",)
    for row in (*study.tables["figures"], *study.tables["claims"]):
        yield row, "stage", chains.stage_id(row), ("stages",)
    for row in study.tables["claims"]:
        for relation in row["relates_to"] or ():
            yield row, "relates_to", relation.partition(":")[2] or relation, ("claims",)


def _check_references(study: Study, lost: Collection[str]) -> Iterator[Problem]:
    """Find references to rows that do not exist."""
    schemas = tables.schemas()
    keys = {name: {row[schema.key] for row in study.tables[name]} for name, schema in schemas.items()}
    keys["sources"] = {row["id"] for row in study.tables["sources"]}
    messages: dict[tuple[str, tuple[str, ...]], str] = {}  # one wrong identifier may stand in a thousand rows
    for row, column, identifier, names in _references(study):
        if not identifier or set(names) & set(lost) or any(identifier in keys[name] for name in names):
            continue
        if (identifier, names) not in messages:
            known = [key for name in names for key in keys[name] if key]
            messages[identifier, names] = f"no row {identifier}{suggestion(identifier, known)}"
        yield _at(row, column, "missing-reference", messages[identifier, names], identifier)


def _check_settings(study: Study, lost: Collection[str]) -> Iterator[Problem]:
    """Find a bloc or rival that is no economy of the study."""
    for key in ("bloc", "rival"):
        finding = key in study.settings and study.economies.explain(study.settings[key])
        if finding and not {"economies", "blocs"} & set(lost):
            yield Problem(SETTINGS_FILE, 1, key, *finding, study.settings[key])


def _check_lexicon(study: Study) -> Iterator[Problem]:
    """Find words whose most likely share does not lie between the lowest and the highest."""
    for row in study.tables["lexicon"]:
        shares = [row[name] for name in ("min", "mode", "max") if row[name] is not None]
        if shares != sorted(shares):
            yield _at(row, "mode", "value-outside-bounds", "not min <= mode <= max")


def _check_ledger(study: Study, lost: Collection[str]) -> Iterator[Problem]:
    """Find assumptions that nothing uses and ones that the package misses."""
    used = {identifier for _, _, identifier, names in _references(study) if "assumptions" in names}
    used |= {*ledger.BY_NAME, *ledger.RANKING, *ledger.DIVERSION}
    # a new study starts with all that its first rows may name; without the others, the one for recipes is a left-over
    started = not study.tables["recipes"] or {*ledger.FIRST_PLAN} <= set(study.ledger)
    used |= {*ledger.FIRST_PLAN} - (set() if started else {ledger.MADE_OF})
    for row in study.tables["assumptions"]:
        if row["assumption_id"] and row["assumption_id"] not in used and "recipes" not in lost:
            yield _at(row, "assumption_id", "unused-assumption", "nothing uses this assumption")
    missing = set() if "assumptions" in lost else set(ledger.BY_NAME) - set(study.ledger)
    for name in sorted(missing):
        yield Problem("datasets/assumptions.csv", 0, "assumption_id", "missing-reference", f"no row {name}", name)


# what a buffer may be measured in: a stock also in days of use
BUFFER_DIMENSIONS = {"stock": {"time", "mass"}, "use": {"mass"}, "recovery": {"time"}}


def _check_buffers(study: Study) -> Iterator[Problem]:
    """Find stocks, uses and times to recover that no computation can take."""
    for row in study.tables["buffers"]:
        yield from tables.check_bounds(row)
        numbers = {name: row[name] for name in ("low", "value", "high") if row[name] is not None}
        for name, number in numbers.items():
            if number < 0:
                yield _at(row, name, "negative", "a quantity below 0")
        parents = row["parent"] or ()
        sources = [study.figures[name]["unit"] for name in parents if name in study.figures]
        sources += [study.ledger[name].unit for name in parents if name in study.ledger]
        if not sources and not numbers:
            yield _at(row, "value", "missing-value", "no number of its own and no figure or assumption")
        allowed = BUFFER_DIMENSIONS.get(row["kind"] or "", set())
        for unit in sorted({row["unit"], *(() if numbers else sources)} & set(study.units.table)):
            if allowed and study.units.dimension(unit) not in allowed:
                message = f"{unit} is no unit of a {row['kind']}: use one of {' or '.join(sorted(allowed))}"
                yield _at(row, "unit", "unknown-unit", message, unit)


def _check_assumptions(study: Study) -> Iterator[Problem]:
    """Find assumptions whose numbers no computation can take."""
    for row in study.tables["assumptions"]:
        name = row["assumption_id"]
        if row["value"] is None and (row["unit"] or name in set(ledger.BY_NAME) - set(ledger.RULES)):
            yield _at(row, "value", "missing-value", "a number without a central value")
        yield from tables.check_bounds(row)
        for column in ("value", "low", "high"):
            number = row[column]
            if number is not None and row["unit"] == "share" and not 0 <= number <= 1:
                yield _at(row, column, "share-range", "a share outside 0..1")
            elif number is not None and name in ledger.ERRORS and number >= 1:
                yield _at(row, column, "share-range", "an error that leaves nothing of the number")
