"""A study: the folder with ``seeds/`` and ``datasets/``, read whole and checked whole.

`load` either returns a study in which every reference resolves, or raises all problems at once.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from depgraph import assumptions, chains, figures, files, sources, tables, units
from depgraph.assumptions import Assumption, Term
from depgraph.errors import NoStudyError, Problem, StudyError, UnknownNameError, suggestion

if TYPE_CHECKING:
    import pandas as pd

Row = dict[str, Any]

SETTINGS = ("name", "as_of", "bloc", "rival", "reference_years")
UNDATED = {"recommended", "forecast", "hypothetical"}
AHEAD = {"forecast", "policy"}  # a plan that exists may be about a year to come


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


def find(folder: str | None = None) -> Path:
    """Find the study: the folder given, else the one that came with the package.

    Parameters
    ----------
    folder
        A folder with ``seeds/`` and ``datasets/``, or None.

    Returns
    -------
    Path
        The study's folder.

    Raises
    ------
    NoStudyError
        If the folder is no study.
    """
    package = Path(str(resources.files("depgraph")))
    candidates = [Path(folder)] if folder else [package / "_study", package.parent]
    for candidate in candidates:
        if (candidate / "seeds").is_dir() and (candidate / "datasets").is_dir():
            return candidate
    msg = f"{candidates[0]} is not a study: it needs the folders seeds/ and datasets/ (`depgraph new DIR` makes one)"
    raise NoStudyError(msg)


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
        None if the settings or a code table cannot be read at all.
    problems
        Everything found, warnings included, sorted.
    """
    problems: list[Problem] = []
    settings = _read_settings(root, problems)
    rows = {name: _read_table(root, schema, problems) for name, schema in tables.schemas().items()}
    rows["sources"] = sources.read_sources(root, problems)
    if settings is None or any(problem.code == "missing-file" for problem in problems):
        return None, sorted(problems)
    study = Study(
        root,
        settings,
        rows,
        assumptions.read_ledger(rows["assumptions"]),
        assumptions.read_lexicon(rows["lexicon"]),
        units.read_economies(rows["economies"], rows["blocs"]),
        units.read_units(rows["units"]),
        tuple(sorted(problem for problem in problems if problem.warning)),
    )
    # a cell that could not be read is reported once; the checks of meaning see it as empty
    problems.extend(check_meaning(study))
    return study, sorted(set(problems))


def _read_settings(root: Path, problems: list[Problem]) -> dict[str, str] | None:
    """Read ``datasets/study.toml``."""
    name = "datasets/study.toml"
    text = tables.read_text(root, name, problems)
    if text is None:
        return None
    try:
        record = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problems.append(Problem(name, 1, "-", "toml", f"not TOML: {error}"))
        return None
    for key in record:
        if key not in SETTINGS:
            problems.append(Problem(name, 1, key, "unknown-column", f"unknown setting{suggestion(key, SETTINGS)}", key))
    missing = [key for key in SETTINGS if not isinstance(record.get(key), str)]
    problems.extend(Problem(name, 1, key, "blank-cell", "the setting is missing or not a text") for key in missing)
    patterns = {"as_of": r"\d{4}-\d{2}-\d{2}", "reference_years": r"\d{4}/\d{4}"}
    for key, pattern in patterns.items():
        if key not in missing and not re.fullmatch(pattern, record[key]):
            code = "not-a-date" if key == "as_of" else "period"
            problems.append(Problem(name, 1, key, code, "not in the form expected", record[key]))
            missing.append(key)
    return None if missing else {key: record[key] for key in SETTINGS}


def _read_table(root: Path, schema: tables.Schema, problems: list[Problem]) -> list[Row]:
    """Read a table, whether it is one file or one per source or publisher."""
    if "*" not in schema.file:
        names = [schema.file]
    else:
        others = {other.file for other in tables.schemas().values()}
        paths = (path.relative_to(root).as_posix() for path in root.glob(schema.file))
        names = sorted(name for name in paths if name not in others)
    rows: list[Row] = []
    for name in names:
        reading = tables.read(root, name, schema)
        rows.extend(reading.rows)
        problems.extend(reading.problems)
    return rows


def check_meaning(study: Study) -> Iterator[Problem]:
    """Yield every problem that needs more than one cell to see.

    Duplicate identifiers across files, references that lead nowhere, economies and units that
    are not in their tables, dates after their source, loops that gain, assumptions that nothing
    uses and that something misses.
    """
    yield from _check_ids(study)
    yield from _check_codes(study)
    yield from _check_references(study)
    yield from _check_settings(study)
    yield from figures.check(study.tables["figures"], study.units, int(study.settings["as_of"][:4]))
    yield from chains.check_loops(study.tables["recipes"])
    yield from _check_claims(study)
    yield from _check_ledger(study)


def _at(row: Mapping[str, Any], column: str, code: str, message: str, value: object = None) -> Problem:
    """Build a problem at a cell."""
    shown = row.get(column) if value is None else value
    return Problem(row["file"], row["line"], column, code, message, "" if shown is None else str(shown))


def _check_ids(study: Study) -> Iterator[Problem]:
    """Identifiers are unique across all files of a table."""
    for name in ("claims", "figures"):
        key = tables.schemas()[name].key
        seen: dict[str, Row] = {}
        for row in study.tables[name]:
            first = seen.setdefault(row[key], row)
            if row[key] and first["file"] != row["file"]:
                yield _at(
                    row, key, "duplicate-id", f"the identifier is already in {first['file']} line {first['line']}"
                )


def _check_codes(study: Study) -> Iterator[Problem]:
    """Every economy and unit cell holds a code of its table."""
    for name, schema in tables.schemas().items():
        economies = [column.name for column in schema.columns if column.type == "economy"]
        measures = [column.name for column in schema.columns if column.type == "unit"]
        for row in study.tables[name]:
            for column in economies:
                finding = row[column] and study.economies.explain(row[column])
                if finding:
                    yield _at(row, column, *finding)
            for column in measures:
                if row[column] and row[column] not in study.units.table:
                    yield _at(row, column, "unknown-unit", "no such unit" + suggestion(row[column], study.units.table))


def _references(study: Study) -> Iterator[tuple[Row, str, str, Iterable[str]]]:
    """Yield (row, column, identifier, known identifiers) for every reference."""
    stages = study.stages
    products = {row["product"]: row for row in study.tables["products"]}
    source_ids = {row["id"] for row in study.tables["sources"]}
    figure_sources = {row["source_id"] for row in study.tables["figure_sources"]}
    claims = {row["claim_id"] for row in study.tables["claims"]}
    parents = claims | {row["figure_id"] for row in study.tables["figures"]} | set(study.ledger)
    for row in study.tables["stages"]:
        yield row, "stage_id", (row["stage_id"] or "").split("/")[0], products
    for row in study.tables["recipes"]:
        yield row, "input", row["input"], stages
        yield row, "output", row["output"], stages
        for parent in row["parent"] or ():
            yield row, "parent", parent, parents
    for row in study.tables["assumptions"]:
        yield row, "source_id", row["source_id"], source_ids | figure_sources
    for row in study.tables["figures"]:
        yield row, "source_id", row["source_id"], figure_sources
        yield row, "stage", chains.stage_id(row) or "", stages
    for row in study.tables["claims"]:
        yield row, "source_id", row["source_id"], source_ids
        yield row, "product", row["product"], products
        yield row, "stage", chains.stage_id(row) or "", stages
        yield row, "term", row["term"], study.lexicon
        for relation in row["relates_to"] or ():
            yield row, "relates_to", relation.partition(":")[2] or relation, claims
    for row in study.tables["blocs"]:
        for member in row["members"] or ():
            yield row, "members", member, study.economies.names


def _check_references(study: Study) -> Iterator[Problem]:
    """Every reference names a row that exists."""
    for row, column, identifier, known in _references(study):
        if identifier and identifier not in known:
            message = f"no row {identifier}{suggestion(identifier, known)}"
            yield _at(row, column, "missing-reference", message, identifier)


def _check_settings(study: Study) -> Iterator[Problem]:
    """The bloc and the rival are economies of the study."""
    for key in ("bloc", "rival"):
        finding = study.economies.explain(study.settings[key])
        if finding:
            yield Problem("datasets/study.toml", 1, key, finding[0], finding[1], study.settings[key])


def _check_claims(study: Study) -> Iterator[Problem]:
    """Numbers, relations and dates of claims make sense."""
    as_of = int(study.settings["as_of"][:4])
    for row in study.tables["claims"]:
        numbers = [row[name] for name in ("value", "low", "high") if row[name] is not None]
        if row["low"] is not None and row["high"] is not None and row["low"] > row["high"]:
            yield _at(row, "low", "low-above-high", "low above high")
        if numbers and not row["unit"]:
            yield _at(row, "unit", "blank-cell", "a number without a unit")
        if row["unit"] == "share" and any(not 0 <= number <= 1 for number in numbers):
            yield _at(row, "value", "share-range", "a share outside 0..1", numbers[0])
        looks_ahead = row["modality"] in UNDATED or row["kind"] in AHEAD
        if row["period"] and not looks_ahead and int(row["period"][:4]) > as_of:
            yield _at(row, "period", "year-after-source", f"a fact after the study's year {as_of}")
        for relation in row["relates_to"] or ():
            if relation.partition(":")[0] not in {"contradicts", "supersedes", "repeats"}:
                yield _at(
                    row, "relates_to", "unknown-word", "not contradicts:ID, supersedes:ID or repeats:ID", relation
                )
        if row["source_id"] and not row["file"].startswith(f"seeds/{row['source_id']}/"):
            yield _at(row, "source_id", "missing-reference", "the claim stands in the folder of another source")


def _check_ledger(study: Study) -> Iterator[Problem]:
    """Every assumption is used, and every one that the package takes by name is there."""
    used = {parent for row in study.tables["recipes"] for parent in row["parent"] or ()} | set(assumptions.BY_NAME)
    for row in study.tables["assumptions"]:
        if row["assumption_id"] not in used:
            yield _at(row, "assumption_id", "unused-assumption", "nothing uses this assumption")
    for name in sorted(set(assumptions.BY_NAME) - set(study.ledger)):
        yield Problem("datasets/assumptions.csv", 0, "assumption_id", "missing-reference", f"no row {name}", name)
