"""The command that writes everything into one page."""

from pathlib import Path

import click

from depgraph.cli.common import load, put, terminal_width
from depgraph.core import files
from depgraph.diversion import conflicts
from depgraph.evidence import estimates
from depgraph.pages import drawing, findings, page, scenario_answers
from depgraph.pages.page import Drawn
from depgraph.pages.plan_results import Clash


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
    page.require()  # refuse before computing
    study = load(context)
    code = study.economies.resolve(bloc or study.settings["bloc"])
    picture = estimates.estimate(study)
    budget = scenario_answers.Budget(points, moved, jobs)
    answer = (
        scenario_answers.solve(study, picture, scenario, stage=stage, cone=cone, budget=budget) if scenario else None
    )
    facts = findings.gather(study, code, cone=cone, solved=answer, picture=picture)
    html, drawn = page.build(facts)
    if charts is not None:
        _write_charts(charts, drawn, page.footer(facts))
    put(html.encode(), target)
    if isinstance(answer, Clash):
        click.echo(conflicts.sentence(answer.members), err=True)
        context.exit(1)


def _write_charts(folder: Path, drawn: list[Drawn], foot: str) -> None:
    """Write every drawing with its finding and footer."""
    folder.mkdir(parents=True, exist_ok=True)
    for item in drawn:
        whole = drawing.framed(item.svg, item.section.statement, foot)
        files.write_atomic(folder / f"{item.section.key}.svg", whole.encode())
        files.write_atomic(folder / f"{item.section.key}.png", drawing.png(whole))


COMMANDS = {"report": report}
