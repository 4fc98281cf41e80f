"""An SQLite database of every table, with keys that lead from each number to what it rests on.

Also the description of its tables and columns that Datasette shows beside them.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

from depgraph.core import render
from depgraph.core.errors import DepgraphError
from depgraph.core.tables import Column, Schema
from depgraph.exports.records import Analysis, Table

KINDS = {"number": "REAL", "share": "REAL", "count": "INTEGER", "flag": "INTEGER"}  # every other type is TEXT
PARTIES, UNITS, ANYTHING = "codes", "units", "identifiers"  # tables that hold economies and blocs, units, everything
# columns by which a reader narrows a table down
FACETS = ("product", "stage", "stage_id", "economy", "actor", "kind", "metric", "grade", "status", "method", "side")


def write(tables: Mapping[str, Table]) -> bytes:
    """Write the database.

    Parameters
    ----------
    tables
        From `records.gather`.

    Returns
    -------
    bytes
        A database file; the same tables give the same bytes with the same version of SQLite.

    Raises
    ------
    DepgraphError
        If a row points to one that is not there, or a number is not finite.
    """
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("BEGIN")
        for table in tables.values():
            connection.execute(definition(table.schema, tables))
        for table in tables.values():
            _fill(connection, table, tables)
        connection.execute("COMMIT")  # the keys are checked here, when every table is full
        return connection.serialize()
    except sqlite3.IntegrityError as error:
        msg = f"the tables do not fit together: {error}"
        raise DepgraphError(msg) from error
    finally:
        connection.close()


def _fill(connection: sqlite3.Connection, table: Table, tables: Mapping[str, Table]) -> None:
    """Insert the rows of one table, with an index on every column that points into another."""
    schema = table.schema
    marks = ", ".join("?" * len(schema.columns))
    rows = (tuple(_cell(row[column.name], column.name) for column in schema.columns) for row in table.rows)
    connection.executemany(f"INSERT INTO {_quoted(schema.name)} VALUES ({marks})", rows)  # noqa: S608 - names are ours
    for column in schema.columns:
        if column.name != schema.key and target(column, tables):
            index = _quoted(f"{schema.name} by {column.name}")
            connection.execute(f"CREATE INDEX {index} ON {_quoted(schema.name)} ({_quoted(column.name)})")


def definition(schema: Schema, tables: Mapping[str, Table]) -> str:
    """Return the statement that makes a table.

    Parameters
    ----------
    schema
        The table.
    tables
        All tables, for those that it points into.

    Returns
    -------
    str
        SQL. Keys are checked at the end, so that tables may point at each other.
    """
    lines = []
    for column in schema.columns:
        line = f"{_quoted(column.name)} {KINDS.get(column.type, 'TEXT')}"
        if column.required:
            line += " NOT NULL"
        if column.name == schema.key:
            line += " PRIMARY KEY"
        if other := target(column, tables):
            place = f"{_quoted(other)} ({_quoted(tables[other].schema.key)})"
            line += f" REFERENCES {place} DEFERRABLE INITIALLY DEFERRED"
        lines.append(line)
    return f"CREATE TABLE {_quoted(schema.name)} (\n  " + ",\n  ".join(lines) + "\n)"


def target(column: Column, tables: Mapping[str, Table]) -> str | None:
    """Return the table that a column points into, None where it holds no single identifier.

    Parameters
    ----------
    column
        The column.
    tables
        All tables.

    Returns
    -------
    str or None
        A column that may point into several tables points into the table of everything.
    """
    if column.type == "ids":
        return None  # a list cannot be a key: the table rests_on has its parts
    if column.type == "economy":
        return PARTIES
    if column.type == "unit":
        return UNITS
    if not column.references:
        return None
    return column.references[0] if len(column.references) == 1 and column.references[0] in tables else ANYTHING


def _quoted(name: str) -> str:
    """Quote a name of a table or column; several are words of SQL."""
    return '"' + name.replace('"', '""') + '"'


def _cell(value: Any, column: str) -> Any:  # noqa: ANN401 - any value of a row
    """Return what the database stores: text without control codes, lists joined, None for the unknown."""
    render.refuse_infinite(value, column)  # SQLite would store NaN as unknown without a word
    if value is None or isinstance(value, (int, float)):
        return value
    return render.clean(render.flat(value))


def metadata(analysis: Analysis, tables: Mapping[str, Table], name: str) -> bytes:
    """Write the metadata that Datasette shows: what each table and column means.

    Parameters
    ----------
    analysis
        What was computed, for the title.
    tables
        From `records.gather`.
    name
        Of the database: its file without the suffix.

    Returns
    -------
    bytes
        JSON for ``datasette --metadata``.
    """
    footer = "; ".join(f"{key} {value}" for key, value in analysis.footer.items())
    content = {
        "title": f"depgraph: {analysis.study.settings['name']}",
        "description": f"{footer}. An empty cell is not known; 0 is reported to be zero.",
        "databases": {name: {"tables": {table: dict(_described(tables[table])) for table in tables}}},
    }
    return (render.json_text(content, indent=1) + "\n").encode()


def _described(table: Table) -> Iterator[tuple[str, Any]]:
    """Yield what Datasette takes about one table."""
    columns = [column.name for column in table.schema.columns]
    yield "description", table.schema.about
    yield "columns", {column.name: column.about for column in table.schema.columns}
    if facets := [name for name in FACETS if name in columns]:
        yield "facets", facets[:3]
    label = next((name for name in ("name", "title", "statement", "text", "document") if name in columns), None)
    if label:
        yield "label_column", label
    if "rank" in columns:
        yield "sort", "rank"
