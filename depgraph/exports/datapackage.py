"""A ``datapackage.json`` for the tables of a study, generated from their schemas.

With it the tables are read and checked by any program for Data Packages, without depgraph.
"""

import csv
from collections.abc import Iterator, Sequence
from typing import Any

from depgraph.core import files, render, tables
from depgraph.core.tables import Column, Schema
from depgraph.exports import provenance
from depgraph.study.study import Study

IDS = r"[A-Za-z0-9][A-Za-z0-9_.:/;-]*"
PERIOD = r"[0-9]{4}(/[0-9]{4})?"
# what a column of each type is in a Table Schema; a type that is not named is a string
FIELDS: dict[str, dict[str, Any]] = {
    "number": {"type": "number"},
    "share": {"type": "number", "constraints": {"minimum": 0, "maximum": 1}},
    "count": {"type": "integer", "constraints": {"minimum": 0}},
    "flag": {"type": "boolean", "trueValues": ["yes"], "falseValues": ["no"]},
    "id": {"type": "string", "constraints": {"pattern": tables.ID.pattern}},
    "ids": {"type": "string", "constraints": {"pattern": IDS}},
    "year": {"type": "string", "constraints": {"pattern": PERIOD}},
    "period": {"type": "string", "constraints": {"pattern": PERIOD}},
}


def describe(study: Study) -> bytes:
    """Write the descriptor of a study.

    Parameters
    ----------
    study
        A study on disk.

    Returns
    -------
    bytes
        JSON for the folder of the study: its paths lead down from there. One resource for each file,
        with size, hash, the meaning of every column, the key and the keys into other files. A table
        that is spread over several files has one resource for each; keys into it cannot be said.
    """
    single = {schema.file: name for name, schema in tables.schemas().items() if "*" not in schema.file}
    resources = [
        _resource(path, content, single)
        for path, content in provenance.contents(study).items()
        if path.endswith(".csv") and _schema_of(path)
    ]
    content = {
        "name": "depgraph-study",
        "title": study.settings["name"],
        "version": study.version,
        "description": "Claims and public figures on who makes what, with everything that was assumed. "
        "An empty cell is not known and never zero.",
        "resources": resources,
    }
    return (render.json_text(content, indent=1) + "\n").encode()


def _schema_of(path: str) -> Schema | None:
    """Return the schema of a file of the study; a file of a name of its own is not one of many."""
    schemas = tables.schemas().values()
    exact = next((schema for schema in schemas if schema.file == path), None)
    parts = path.split("/")
    return exact or next((schema for schema in schemas if _fits(schema.file.split("/"), parts)), None)


def _fits(pattern: list[str], parts: list[str]) -> bool:
    """Say whether a path fits a pattern in which a star stands for a name."""
    pairs = zip(pattern, parts, strict=False)
    return len(pattern) == len(parts) and all(want in {have, "*", f"*{have[-4:]}"} for want, have in pairs)


def _resource(path: str, content: bytes, single: dict[str, str]) -> dict[str, Any]:
    """Describe one file."""
    schema = _schema_of(path)
    assert schema is not None
    columns = _columns(schema, content)
    name = path.removeprefix("datasets/").removeprefix("seeds/").removesuffix(".csv").replace("/", "-").lower()
    return {
        "name": name,
        "path": path,
        "title": schema.about,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{files.sha256(content)}",
        "schema": {
            "fields": [_field(column) for column in columns],
            "missingValues": [""],
            "primaryKey": [schema.key],
            "foreignKeys": list(_foreign_keys(columns, single)),
        },
    }


def _columns(schema: Schema, content: bytes) -> list[Column]:
    """Return the columns of one file in its order: a file may lack those that are optional."""
    known = {column.name: column for column in schema.columns}
    header = next(csv.reader([content.decode("utf-8-sig").partition("\n")[0]]), [])
    return [known[name.strip()] for name in header]


def _field(column: Column) -> dict[str, Any]:
    """Describe one column."""
    kind = FIELDS.get(column.type, {"type": "string"})
    limits = dict(kind.get("constraints", {}))
    if column.required:
        limits["required"] = True
    if column.words:
        limits["enum"] = list(column.words)
    return {"name": column.name, "description": column.about} | kind | ({"constraints": limits} if limits else {})


def _foreign_keys(columns: Sequence[Column], single: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Yield the keys into tables that are one file each."""
    by_name = {name: file for file, name in single.items()}
    for column in columns:
        into = "units" if column.type == "unit" else next(iter(column.references), "")
        if column.type != "ids" and len(column.references) <= 1 and into in by_name:
            file = by_name[into].removeprefix("datasets/").removesuffix(".csv").replace("/", "-")
            reference = {"resource": file, "fields": [tables.schemas()[into].key]}
            yield {"fields": [column.name], "reference": reference}
