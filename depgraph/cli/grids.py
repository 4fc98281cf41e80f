"""The commands that run a scenario more than once: a grid of settings, two scenarios side by side."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from depgraph.cli import sentences
from depgraph.cli.common import load, output_options, progress
from depgraph.cli.divert import scenario_options
from depgraph.cli.names import emit_answer, for_people
from depgraph.core import files
from depgraph.diversion import comparison, sweeps
from depgraph.diversion import scenario as scenarios
from depgraph.evidence import estimates

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
    """  # noqa: DOC501 - the help text is for the command line
    if len(over) > 2:
        msg = "at most two axes: more runs than anyone reads"
        raise click.UsageError(msg)
    study = load(context)
    scenario = scenarios.changed(study, scenarios.find(study, name), changes)
    points = sweeps.grid([sweeps.axis(text) for text in over])
    stamp = {"scenario": name, "set": list(changes), "study": study.version}
    kept = _read_kept(resume, stamp)
    open_ = [values for values in points if _key(values) not in kept]
    with progress(f"{len(open_)} of {len(points)} runs") as done:
        for point in sweeps.sweep(study, estimates.estimate(study), scenario, open_, jobs=jobs, done=done):
            kept[_key(point.values)] = {"results": dict(point.results), "status": point.status}
            if resume is not None:
                files.write_atomic(resume, json.dumps({"stamp": stamp, "runs": kept}).encode())
    rows = [_sweep_row(values, kept[_key(values)]) for values in points]
    emit_answer(rows, form, output, "sweep", sentences.of_sweep(rows, QUANTITY))


def _key(values: Mapping[str, object]) -> str:
    """Name a point of a grid."""
    return json.dumps(values, sort_keys=True)


def _read_kept(path: Path | None, stamp: Mapping[str, object]) -> dict[str, Any]:
    """Read the runs that an earlier sweep finished.

    Raises
    ------
    click.UsageError
        If the file belongs to another sweep or is none.
    """
    if path is None or not path.exists():
        return {}
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["stamp"] != stamp:
            msg = f"{path} belongs to another scenario, other settings or other data: name another file"
            raise click.UsageError(msg)
        runs_ = record["runs"].items()
        return {key: {"results": dict(kept["results"]), "status": str(kept["status"])} for key, kept in runs_}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        msg = f"{path} holds no runs of a sweep: name another file"
        raise click.UsageError(msg) from None


def _sweep_row(values: Mapping[str, object], kept: Mapping[str, Any]) -> Row:
    """Return one line of a sweep."""
    return {**values, "status": kept["status"], **kept["results"]}


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
    one, other = (scenarios.find(study, item) for item in (first, second))
    found = comparison.compare(study, estimates.estimate(study), one, other, quantity)
    answer = sentences.of_comparison(found, quantity, first, second)
    emit_answer(_comparison_rows(found, quantity, people=for_people(form, output)), form, output, "compare", answer)


def _comparison_rows(found: comparison.Comparison, quantity: str, *, people: bool) -> list[Row]:
    """Return quantities of both runs, then the settings that differ."""

    def row(kind: str, name: str, one: object, other: object, difference: float | None) -> Row:
        shown = [str(value)[:60] if people and isinstance(value, (dict, list)) else value for value in (one, other)]
        return {"kind": kind, "name": name, "first": shown[0], "second": shown[1], "difference": difference}

    rows = [row("result", item.quantity, item.first, item.second, item.second - item.first) for item in found.changes]
    rows += [
        row(f"setting, effect on {quantity}", item.key, item.first, item.second, item.effect) for item in found.reasons
    ]
    return [*rows, row(f"settings in concert, effect on {quantity}", "-", None, None, found.together)]


COMMANDS = {"compare": compare, "sweep": sweep}
