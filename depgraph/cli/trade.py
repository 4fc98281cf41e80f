"""The commands about trade files: flows between regions, and who depends on whom."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from depgraph.cli.common import emit, load, output_options
from depgraph.interface import trade as questions
from depgraph.trade import regions

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
PARTS = click.FloatRange(0, 1)


def _file_options(command: Any) -> Any:  # noqa: ANN401 - a function, or what click has made of it
    """Add the options that say what is read of the files."""
    for option in reversed((
        click.option("--countries", type=FILE, help="CEPII's file of country codes, for files with numbers."),
        click.option("--code", "codes", multiple=True, help="Customs code or its beginning; may be repeated."),
        click.option("--year", "years", multiple=True, help="Year; needed for a file without one."),
        click.option("--exporter", help="Only its exports; of a file by partner, whose exports they are."),
        click.option("--importer", help="Only its imports; of a file by partner, whose imports they are."),
        click.option(
            "--reports", type=click.Choice(["M", "X"]), default="M", help="Of files by reporter: imports or exports."
        ),
    )):  # fmt: skip
        command = option(command)
    return command


@click.group("trade")
def trade_group() -> None:
    r"""Read bilateral trade in the shape of CEPII's BACI.

    \b
    Examples:
      depgraph trade screen BACI_HS92_Y2024.csv
      depgraph trade build data
    """


@trade_group.command(
    "flows",
    epilog="\b\nExample:\n  depgraph trade flows BACI_HS92_Y2024.csv --countries country_codes.csv "
    "--stage rare_earths/metal --source cepii-3",
)
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option(
    "--stage", required=True, help="Stage whose flows they are; its customs codes hold unless --code is given."
)
@click.option("--source", required=True, help="The publication, a row of datasets/figures/sources.csv.")
@_file_options
@click.option("--least", type=PARTS, default=0.0005, help="Part of world trade below which a pair is left out.")
@click.option("--gaps", type=PARTS, default=0.05, help="Part of the value without mass from which the mass is unknown.")
@click.option("--odd", type=click.FloatRange(1), default=10.0, help="Price this many times off the median is told.")
@output_options
@click.pass_context
def flows(
    context: click.Context,
    /,
    files: tuple[Path, ...],
    stage: str,
    source: str,
    least: float,
    gaps: float,
    odd: float,
    form: str | None,
    output: Path | None,
    **reading: Any,  # noqa: ANN401 - the options of the files
) -> None:
    """Add the trade in FILES up to flows between the regions of the study, as rows of its table of flows.

    Trade within a region is left out. The mass is what was recorded, never scaled up, and empty if too
    much of the value has none.
    """
    found = questions.trade_flows(
        load(context), files, stage=stage, source=source, least=least, gaps=gaps, odd=odd, **_renamed(reading)
    )
    emit(found.rows, form, output, "flows", columns=found.columns)


@trade_group.command("build", epilog="\b\nExample:\n  depgraph trade build data -o datasets/diversion/flows.csv")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--book", type=FILE, help="File of recipes; without it datasets/diversion/flows.toml of the study.")
@output_options
@click.pass_context
def build(context: click.Context, folder: Path, book: Path | None, form: str | None, output: Path | None) -> None:
    """Make the whole table of flows of the study from the files in FOLDER."""
    study = load(context)
    recipes = regions.read_book(book or study.root / "datasets" / "diversion" / "flows.toml")
    questions.require_known(study, [item.stage for item in recipes.recipes], [item.source for item in recipes.recipes])
    emit(
        regions.build(recipes, folder, study.economies, questions.regions_of(study)),
        form,
        output,
        "flows",
        columns=questions.columns(),
    )


@trade_group.command(
    "imports",
    epilog="\b\nExample:\n  depgraph trade imports BACI_HS92_Y2024.csv --countries country_codes.csv "
    "--source cepii-3 -o datasets/imports/baci.csv",
)
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option("--source", required=True, help="The publication, a row of datasets/figures/sources.csv.")
@click.option("--for", "bloc", help="Whose members import; without it the bloc of the study.")
@_file_options
@output_options
@click.pass_context
def imports(
    context: click.Context,
    /,
    files: tuple[Path, ...],
    source: str,
    bloc: str | None,
    form: str | None,
    output: Path | None,
    **reading: Any,  # noqa: ANN401 - the options of the files
) -> None:
    """List what each member imports in FILES by origin, as rows of the study's table of imports.

    Without --code all customs codes of the stages are read. No pair is left out for being small.
    """
    found = questions.trade_imports(load(context), files, source=source, bloc=bloc, **_renamed(reading))
    emit(found.rows, form, output, "imports", columns=found.columns)


@trade_group.command(
    "screen",
    epilog="\b\nExample:\n  depgraph trade screen BACI_HS92_Y2024.csv --countries country_codes.csv --code 2846",
)
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option("--for", "bloc", help="Who imports; without it the bloc of the study.")
@click.option("--rival", help="Whose part is shown; without it the rival of the study.")
@_file_options
@output_options
@click.pass_context
def screen(
    context: click.Context,
    /,
    files: tuple[Path, ...],
    bloc: str | None,
    rival: str | None,
    form: str | None,
    output: Path | None,
    **reading: Any,  # noqa: ANN401 - the options of the files
) -> None:
    """Screen each customs code in FILES for dependency: the core dependency indicators, largest supplier, rival.

    Dependent is a code of which imports from outside are concentrated (cdi1 above 0.4), more than half
    of all imports (cdi2) and larger than the exports (cdi3 above 1). A file by reporter or of one importer
    does not say what it exports: the verdict stays open.
    """
    found = questions.trade_screen(load(context), files, bloc=bloc, rival=rival, **_renamed(reading))
    emit(found.rows, form, output, "screen", columns=found.columns)


def _renamed(reading: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of the files as the functions call them, without the plural."""
    return {{"codes": "code", "years": "year"}.get(name, name): value for name, value in reading.items()}


COMMANDS = {"trade": trade_group}
