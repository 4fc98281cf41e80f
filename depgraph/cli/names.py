"""Names for people where other programs read identifiers, and the answer above the table."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from depgraph.cli.common import Row, chosen_format, emit, put, terminal_width
from depgraph.cli.notes import note
from depgraph.core import render
from depgraph.study.study import Study

Command = Any  # a function, or what click has made of it
PEOPLE = frozenset({"table", "md"})  # formats that are laid out for people


def ids_option(command: Command) -> Command:
    """Add ``--ids`` to a command."""
    return click.option("--ids", is_flag=True, help="Show identifiers beside names in tables.")(command)


class Names:
    """Names of stages and economies of a study.

    Attributes
    ----------
    study
        The study.
    ids
        Whether identifiers stand beside the names.
    """

    def __init__(self, study: Study, *, ids: bool = False) -> None:
        """Take the study and whether identifiers are shown."""
        self.study = study
        self.ids = ids

    def _with_id(self, name: str, identifier: str) -> str:
        """Put the identifier behind a name if it is asked for."""
        return f"{name} ({identifier})" if self.ids and name != identifier else name

    def stage(self, identifier: str) -> str:
        """Return the name of a stage; two stages of one name are told apart by their identifiers."""
        if identifier not in self.study.stages:
            return identifier
        name = str(self.study.stages[identifier]["name"])
        twins = sum(row["name"] == name for row in self.study.stages.values())
        return f"{name} ({identifier})" if twins > 1 else self._with_id(name, identifier)

    def product(self, code: str) -> str:
        """Return the name of a product."""
        named = {str(row["product"]): str(row["name"]) for row in self.study.tables["products"]}
        return self._with_id(named.get(code, code), code)

    def economy(self, code: str) -> str:
        """Return the name of an economy or bloc."""
        return self._with_id(self.study.economies.names.get(code, code), code)

    def node(self, identifier: str) -> str:
        """Return the name of a stage, an economy, or of a supplier as ``economy: stage``."""
        economy, colon, stage = identifier.partition(":")
        if colon:
            return f"{self.economy(economy)}: {self.stage(stage)}"
        return self.stage(identifier) if identifier in self.study.stages else self.economy(identifier)

    def nodes(self, identifiers: Sequence[str], joint: str = ", ") -> str:
        """Return several names as one text."""
        return joint.join(self.node(identifier) for identifier in identifiers)


def for_people(form: str | None, output: Path | None) -> bool:
    """Say whether the output is laid out for people."""
    return chosen_format(form, output) in PEOPLE


def emit_answer(
    rows: Sequence[Row],
    form: str | None,
    output: Path | None,
    title: str,
    answer: str,
    *,
    spare: Sequence[str] = (),
) -> None:
    """Put out rows; people read the answer above them, other programs get the rows alone.

    A narrow terminal drops the columns to spare, the first one first.

    Raises
    ------
    DepgraphError
        If the format needs a package that is not installed.
    OSError
        If the file cannot be written.
    """
    settled = chosen_format(form, output)
    if settled not in PEOPLE or not answer:
        emit(rows, form, output, title, spare=spare)
        return
    width = terminal_width() if output is None else None
    table = render.render(rows, settled, width=width, title=title, spare=spare) if rows else b""
    put(f"{answer}\n\n".encode() + table, output, people=settled == "table")
    if not rows:
        note("nothing found")
