"""The commands about a study as a whole."""

from collections.abc import Sequence
from pathlib import Path

import click

from depgraph.cli.common import emit, load, output_options, put
from depgraph.cli.notes import note
from depgraph.core.errors import Problem
from depgraph.interface import checking, upkeep
from depgraph.study import study


def _finish(
    context: click.Context, problems: Sequence[Problem], form: str | None, output: Path | None, fine: str
) -> None:
    """Put problems out, lines for people and rows for programs, and exit with 1 if there is an error."""
    errors = sum(not item.warning for item in problems)
    if form in {None, "table"} and output is None:
        # what stops every command comes before what only limits an answer
        told = sorted(problems, key=lambda item: item.warning)
        put("".join(f"{item}\n" for item in told).encode(), None, people=True)
    else:
        emit(checking.rows(problems), form, output, "problems")
    note(f"{errors} problems, {len(problems) - errors} warnings" if problems else fine)
    context.exit(1 if errors else 0)


@click.command("check")
@click.option("--each", is_flag=True, help="Also each recipe and stage that a table has no row for.")
@output_options
@click.pass_context
def check(context: click.Context, each: bool, form: str | None, output: Path | None) -> None:
    r"""List every problem of the study at once: tables, sources, scenarios and shocks, with file, line and remedy.

    Warnings name the tables whose missing rows change an answer: what is left out, and what stands in.

    \b
    Example:
      depgraph --study my-study check
    """
    found, problems = checking.everything(study.find(context.obj), notes=each)
    counts = (
        ""
        if found is None
        else f"{len(found.claims)} claims, {len(found.figures)} figures, {len(found.ledger)} assumptions"
    )
    _finish(context, problems, form, output, f"no problems: {counts}")


@click.command("verify")
@click.option(
    "--texts",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with your own copies of the source texts; they are found by their hash.",
)
@output_options
@click.pass_context
def verify(context: click.Context, texts: Path, form: str | None, output: Path | None) -> None:
    r"""Hold the span, fingerprint and paragraph of every claim against the texts.

    \b
    Example:
      depgraph verify --texts my-texts
    """
    loaded = load(context)
    problems, number = upkeep.compared(loaded, texts)
    _finish(context, problems, form, output, f"{len(loaded.claims)} claims verified in {number} texts")


@click.command("doctor")
@output_options
@click.pass_context
def doctor(context: click.Context, form: str | None, output: Path | None) -> None:
    r"""Show versions, whether the solver really solves, and the hash of the data.

    \b
    Example:
      depgraph doctor -f json
    """
    emit(upkeep.doctor(load(context)).rows, form, output, "doctor")


@click.command("new")
@click.argument("folder", type=click.Path(path_type=Path))
@click.pass_context
def new(context: click.Context, folder: Path) -> None:
    r"""Make an empty study in FOLDER: tables with headers, codes, units and the assumptions that are needed.

    \b
    Example:
      depgraph new my-study
    """
    upkeep.new(load(context), folder)
    note(f"made {folder}: fill its tables, then run depgraph --study {folder} check")


COMMANDS = {"check": check, "verify": verify, "doctor": doctor, "new": new}
