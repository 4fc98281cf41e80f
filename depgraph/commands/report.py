"""The command that writes everything into one page."""

from pathlib import Path

import click

from depgraph import files
from depgraph.commands.common import load, put, terminal_width
from depgraph.errors import UnknownNameError
from depgraph.report import drawing, gather, page
from depgraph.report.outcome import Diversion
from depgraph.report.page import Drawn
from depgraph.study import Study


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
    charts: Path | None,
) -> None:
    r"""Write one self-contained HTML page with every finding, chart, table and trail.

    It asks for nothing from outside and reads with scripts off; every number leads to its trail.

    \b
    Examples:
      depgraph report -o report.html
      depgraph report --for JPN --cone rare_earths/magnet -o japan.html --charts figures
    """  # noqa: DOC501 - the help text is for the command line
    target = None if output in {None, Path("-")} else output
    if target is None and terminal_width():
        msg = "a page is not for reading on a terminal: give a file with --output"
        raise click.UsageError(msg)
    drawing.altair()  # refuse before computing
    study = load(context)
    code = study.economies.resolve(bloc or study.settings["bloc"])
    diversion = _solved(study, scenario) if scenario else None
    facts = gather.gather(study, code, cone=cone, diversion=diversion)
    html, drawn = page.build(facts)
    if charts is not None:
        _write_charts(charts, drawn, page.footer(facts))
    put(html.encode(), target)


def _solved(study: Study, scenario: str) -> Diversion:  # noqa: ARG001 - the scenarios of the study
    """Solve a scenario of the study.

    Raises
    ------
    UnknownNameError
        If the study has no such scenario.
    """
    what = "scenario"
    raise UnknownNameError(what, scenario, ())


def _write_charts(folder: Path, drawn: list[Drawn], foot: str) -> None:
    """Write every drawing with its finding and footer."""
    folder.mkdir(parents=True, exist_ok=True)
    for item in drawn:
        whole = drawing.framed(item.svg, item.section.statement, foot)
        files.write_atomic(folder / f"{item.section.key}.svg", whole.encode())
        files.write_atomic(folder / f"{item.section.key}.png", drawing.png(whole))


COMMANDS = {"report": report}
