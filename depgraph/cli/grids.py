"""The commands that run a scenario more than once: a grid of settings, two scenarios side by side."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from depgraph.cli import sentences
from depgraph.cli.common import load, output_options, progress
from depgraph.cli.divert import scenario_options, warn_of_omissions
from depgraph.cli.names import emit_answer, for_people
from depgraph.diversion import scenario as scenarios
from depgraph.interface.compare import compare as side_by_side
from depgraph.interface.compare import swept

Row = Mapping[str, Any]

QUANTITY = "diversion_cost"  # of the summary, that sweeps and comparisons speak of


@click.command("sweep")
@click.argument("name", metavar="SCENARIO")
@click.option("--over", multiple=True, required=True, metavar="KEY=A:B:N", help="An axis; at most two. Also KEY=A,B,C.")
@scenario_options
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Runs at a time.")
@click.option(
    "--resume",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep finished runs in this file and go on from it.",
)
@output_options
@click.pass_context
def sweep(
    context: click.Context,
    name: str,
    over: tuple[str, ...],
    changes: tuple[str, ...],
    jobs: int,
    resume: Path | None,
    form: str | None,
    output: Path | None,
) -> None:
    r"""Run a scenario over a grid of one or two settings.

    \b
    Examples:
      depgraph sweep quad-cap --over A-discount-rate=0:0.1:5
      depgraph sweep quad-cap --over cap.share=0:0.5:6 --over projects=none,on_time --jobs 2
    """
    study = load(context)
    warn_of_omissions(study, scenarios.changed(study, scenarios.find(study, name), changes))
    found = swept(study, name, over, changes, jobs=jobs, resume=resume, progress=progress)
    emit_answer(found.rows, form, output, "sweep", sentences.of_sweep(found.rows, QUANTITY))


@click.command("compare")
@click.argument("first")
@click.argument("second")
@click.option(
    "--by",
    "quantity",
    default=QUANTITY,
    show_default=True,
    help="Quantity of the summary that reasons are measured in.",
)
@output_options
@click.pass_context
def compare(
    context: click.Context, first: str, second: str, quantity: str, form: str | None, output: Path | None
) -> None:
    r"""Say what differs between two scenarios, and which setting explains it.

    \b
    Example:
      depgraph compare quad-cap quad-cap-alone
    """
    study = load(context)
    warn_of_omissions(study, scenarios.find(study, first), scenarios.find(study, second))
    found = side_by_side(first, second, study=study, by=quantity)
    rows = [_short(row) for row in found.rows] if for_people(form, output) else found.rows
    answer = sentences.of_comparison(found.records[0], quantity, first, second)
    emit_answer(rows, form, output, "compare", answer)


def _short(row: Row) -> Row:
    """Shorten tables of settings for people."""
    long = {key: row[key] for key in ("first", "second") if isinstance(row[key], (dict, list))}
    return dict(row) | {key: str(value)[:60] for key, value in long.items()}


COMMANDS = {"compare": compare, "sweep": sweep}
