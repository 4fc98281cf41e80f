"""The command that writes everything into one page."""

from pathlib import Path

import click

from depgraph.cli.common import load, put, terminal_width
from depgraph.cli.notes import note
from depgraph.diversion import conflicts
from depgraph.interface import writing


@click.command("report")
@click.argument("scenario", required=False)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="The page to write, whole or not at all; - or nothing is standard output.",
)
@click.option("--for", "bloc", help="Economy or bloc that loses; without it the bloc of the study.")
@click.option("--cone", metavar="STAGE", help="Draw the chain of this stage; without it that of the largest loss.")
@click.option(
    "--stage",
    metavar="STAGE",
    help="Draw the scenario's flows of this stage; without it those of --cone or of the largest change.",
)
@click.option(
    "--points", type=click.IntRange(min=2), default=11, show_default=True, help="Points of the scenario's frontier."
)
@click.option(
    "--moved",
    type=click.IntRange(min=0),
    default=10,
    show_default=True,
    help="Assumptions to move one at a time; each takes four runs of the scenario.",
)
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Runs at a time.")
@click.option(
    "--charts",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write every chart into this folder too, as SVG and as PNG at twice the size.",
)
@click.pass_context
def report(
    context: click.Context,
    scenario: str | None,
    output: Path | None,
    bloc: str | None,
    cone: str | None,
    stage: str | None,
    points: int,
    moved: int,
    jobs: int,
    charts: Path | None,
) -> None:
    r"""Write one self-contained HTML page with every finding, chart, table and trail.

    It asks for nothing from outside and reads with scripts off; every number leads to its trail.
    With SCENARIO (`depgraph divert` lists them) the diversion model is solved many times, which can
    take minutes; a scenario without a plan gives a page that says what clashes, and exit code 1.

    \b
    Examples:
      depgraph report -o report.html
      depgraph report --for JPN --cone rare_earths/magnet -o japan.html --charts figures
      depgraph report quad-cap --stage rare_earths/magnet --jobs 2 -o quad-cap.html
    """  # noqa: DOC501 - the help text is for the command line
    target = None if output in {None, Path("-")} else output
    if target is None and terminal_width():
        msg = "a page is not for reading on a terminal: give a file with --output"
        raise click.UsageError(msg)
    if stage and not scenario:
        msg = "--stage chooses the flows of a scenario: name one"
        raise click.UsageError(msg)
    written = writing.report(
        load(context), scenario, bloc=bloc, cone=cone, stage=stage, points=points, moved=moved, jobs=jobs, charts=charts
    )
    put(written.html.encode(), target)
    if written.clash is not None:
        note(conflicts.sentence(written.clash.members))
        context.exit(1)


COMMANDS = {"report": report}
