"""A new study: empty tables, and rows written into them."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from depgraph.core import files, render, tables
from depgraph.core.errors import UnknownNameError
from depgraph.study import ledger, sources
from depgraph.study.study import Study

SCENARIO = "datasets/scenarios/baseline.toml"
YEARS = 10  # of the baseline
# what differs so much from good to good that no study has one number for all
GENERIC: tuple[Mapping[str, Any], ...] = (
    {
        "assumption_id": "A-investment",
        "what": "Money for a unit of yearly capacity, as a multiple of the price of a unit",
        "value": 1.5, "low": 0.3, "high": 8.5, "unit": "factor", "source_id": None,
        "reason": "To be replaced: 0.3 for medicines, 0.5 for motors, 3 for separation of ores, 8.5 for chips",
    },
    {
        "assumption_id": "A-ramp", "what": "Capacity that one region can order in a year, as part of world output",
        "value": 0.03, "low": 0.005, "high": 0.08, "unit": "share", "source_id": None,
        "reason": "To be replaced: 0.005 for alumina, 0.03 for metals and machines, 0.08 for penicillin",
    },
)  # fmt: skip
COPIED = ("economies", "blocs", "units", "lexicon", "likelihood")


def create(model: Study, folder: Path) -> None:
    """Write a study that holds no evidence yet.

    Parameters
    ----------
    model
        Study whose codes, units, words and assumptions that every computation needs are taken over.
    folder
        Where; it is made if it is not there. A file of the same name is replaced.
    """
    for name, content in contents(model).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write_atomic(path, content)


def contents(model: Study) -> dict[str, bytes]:
    """Return the files of a study that holds no evidence yet.

    Parameters
    ----------
    model
        As for `create`.

    Returns
    -------
    dict
        Path inside the study to content: every table with its header, settings, and examples of
        what belongs to a source.
    """
    settings = (
        f'name = "My study"\nas_of = "{model.settings["as_of"]}"\nbloc = "{model.settings["bloc"]}"\n'
        f'rival = "{model.settings["rival"]}"\nreference_years = "{model.settings["reference_years"]}"\n'
    )
    source = "".join(f'{field} = ""\n' for field in sources.FIELDS)
    content = {"datasets/study.toml": settings.encode(), "seeds/source.toml.example": source.encode()}
    for name, schema in tables.schemas().items():
        path = _file(name).replace("*/claims.csv", "claims.csv.example")
        if name in COPIED:
            content[path] = (model.root / schema.file).read_bytes()
        elif name == "assumptions":
            # the new study has no sources yet
            taken = {*STARTING, *(row["weight"] for row in _regions(model))}
            kept = (row for row in model.tables[name] if row["assumption_id"] in taken)
            rows = {row["assumption_id"]: row | {"source_id": None} for row in kept}
            content[path] = _table(name, [*({row["assumption_id"]: row for row in GENERIC} | rows).values()])
        elif name in {"regions", "tiers"}:
            content[path] = _table(name, _regions(model) if name == "regions" else _tiers(model))
        else:
            content[path] = (",".join(column.name for column in schema.columns) + "\n").encode()
    content[SCENARIO] = _baseline(model).encode()
    return content


STARTING = frozenset({*ledger.BY_NAME, *ledger.RANKING, *ledger.DIVERSION, *ledger.FIRST_PLAN})


def _table(name: str, rows: Sequence[Mapping[str, object]]) -> bytes:
    """Write a table with some rows, or its header alone."""
    header = [column.name for column in tables.schemas()[name].columns]
    return (",".join(header) + "\n").encode() + _written(header, [{key: row[key] for key in header} for row in rows])


def _regions(model: Study) -> list[Mapping[str, Any]]:
    """Return a region of the model for each member of the bloc, the rival and the rest of the world."""
    members = {*model.economies.expand(model.settings["bloc"]), model.settings["rival"], "ROW"}
    rows = [row for row in model.tables["regions"] if row["region"] in members]
    # a weight that is a figure has a publication, which the new study has not
    return [row | {"note": None} for row in rows if row["weight"] in model.ledger]


def _tiers(model: Study) -> list[Mapping[str, Any]]:
    """Return the tiers of demand whose assumptions a new study starts with."""
    known = {None, *STARTING}
    return [row for row in model.tables["tiers"] if row["share"] in known and row["worth"] in known]


def _baseline(model: Study) -> str:
    """Write the scenario against which all others are told."""
    first = int(model.settings["as_of"][:4])
    goals = ", ".join(f'"{row["tier"]}"' for row in _tiers(model))
    return (
        f'title = "Nothing changes"\nyears = "{first}/{first + YEARS - 1}"\ngoals = [{goals}]\n'
        'note = "Flows, output and duties of the base year go on. Other scenarios extend it and are told against it."\n'
    )


def add(folder: Path, table: str, rows: Iterable[Mapping[str, object]], *, source: str = "") -> None:
    """Write rows to the end of a table of a study.

    Nothing is checked here: `study.examine` names every problem with its line.

    Parameters
    ----------
    folder
        The study.
    table
        Name of the table as in ``schemas.toml``.
    rows
        Column to value; a column that a row does not name stays empty.
    source
        For claims: the source that they stand in.

    Raises
    ------
    UnknownNameError
        If there is no such table, or it has no such column.
    """
    schemas = tables.schemas()
    if table not in schemas:
        what = "table"
        raise UnknownNameError(what, table, schemas)
    header = [column.name for column in schemas[table].columns]
    lines = [dict(row) for row in rows]
    unknown = [name for row in lines for name in row if name not in header]
    if unknown:
        what = f"column of {table}"
        raise UnknownNameError(what, unknown[0], header)
    path = folder / _file(table).replace("*", source)
    before = path.read_bytes() if path.exists() else (",".join(header) + "\n").encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write_atomic(path, before + _written(header, lines))


def _file(table: str) -> str:
    """Return the file of a table; figures of a new study stand in one."""
    return tables.schemas()[table].file.replace("*.csv", "figures.csv")


def _written(header: list[str], rows: Iterable[Mapping[str, object]]) -> bytes:
    """Write rows as the strict reader reads them."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, header, restval="", lineterminator="\n")
    writer.writerows({name: render.flat(value) for name, value in row.items()} for row in rows)
    return stream.getvalue().encode()
