"""The commands about trade files: flows between regions, and who depends on whom."""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from depgraph.cli.common import emit, load, output_options
from depgraph.core.errors import UnknownNameError
from depgraph.core.tables import schemas
from depgraph.study.study import Study
from depgraph.trade import regions
from depgraph.trade.regions import Limits, NoTradeError, Recipe
from depgraph.trade.shipments import Names, Selection, Shipment, is_whole, read_countries, read_shipments

Row = Mapping[str, Any]

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
    """  # noqa: DOC501 - the help text is for the command line
    study = load(context)
    _require_known(study, [stage], [source])
    held = (study.stages[stage]["hs_codes"] or "").split(";")
    names, wanted = _reading(study, reading, held)
    if not any(wanted.codes):
        msg = f"{stage} has no customs codes: give them with --code"
        raise click.UsageError(msg)
    items = _read(files, names, wanted)
    # without --year the years of the files are those of the rows
    wanted = wanted._replace(years=wanted.years or tuple(sorted({item.year for item in items})))
    recipe = Recipe(stage, source, "", tuple(map(str, files)), wanted)
    region = regions.region_map(study.economies, _regions(study))
    emit(regions.flow_rows(items, region, recipe, Limits(least, gaps, odd)), form, output, "flows", columns=_columns())


@trade_group.command("build", epilog="\b\nExample:\n  depgraph trade build data -o datasets/diversion/flows.csv")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--book", type=FILE, help="File of recipes; without it datasets/diversion/flows.toml of the study.")
@output_options
@click.pass_context
def build(context: click.Context, folder: Path, book: Path | None, form: str | None, output: Path | None) -> None:
    """Make the whole table of flows of the study from the files in FOLDER."""
    study = load(context)
    recipes = regions.read_book(book or study.root / "datasets" / "diversion" / "flows.toml")
    _require_known(study, [item.stage for item in recipes.recipes], [item.source for item in recipes.recipes])
    emit(regions.build(recipes, folder, study.economies, _regions(study)), form, output, "flows", columns=_columns())


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
    study = load(context)
    code, other = (
        study.economies.resolve(name or study.settings[key]) for name, key in ((bloc, "bloc"), (rival, "rival"))
    )
    names, wanted = _reading(study, reading, [])
    _require_imports_of(study.economies.expand(code), wanted)
    items = _read(files, names, wanted)
    whole = all(is_whole(file, wanted) for file in files)
    found = regions.screen(items, study.economies, code, other, whole=whole)
    emit([_screen_row(item) for item in found], form, output, "screen", columns=regions.Screening._fields)


def _require_imports_of(members: Sequence[str], wanted: Selection) -> None:
    """Refuse to take the trade of one economy for that of the world or of a bloc.

    Raises
    ------
    click.UsageError
        If only the exports of one economy are read, or the imports of another than is screened.
    """
    if wanted.exporter:
        msg = "the exports of one economy do not say what share it has: a screen needs the imports from everybody"
        raise click.UsageError(msg)
    if wanted.importer and tuple(members) != (wanted.importer,):
        msg = f"these are the imports of {wanted.importer} only: screen them with --for {wanted.importer}"
        raise click.UsageError(msg)


def _reading(study: Study, reading: Mapping[str, Any], codes: Sequence[str]) -> tuple[Names, Selection]:
    """Settle who is known by which name and what is read."""
    sides = [reading[side] and study.economies.resolve(reading[side]) for side in ("exporter", "importer")]
    countries = read_countries(reading["countries"], study.economies) if reading["countries"] else {}
    wanted = Selection(
        tuple(reading["codes"] or codes), tuple(reading["years"]), sides[0], sides[1], reading["reports"]
    )
    return Names(study.economies, countries), wanted


def _read(files: Iterable[Path], names: Names, wanted: Selection) -> list[Shipment]:
    """Read all files.

    Raises
    ------
    NoTradeError
        If they hold nothing that is wanted.
    """
    items = [item for file in files for item in read_shipments(file, names, wanted)]
    if not items:
        msg = "no shipment of the codes, years and economies that are asked for"
        raise NoTradeError(msg)
    return items


def _require_known(study: Study, stages: Iterable[str], sources: Iterable[str]) -> None:
    """Refuse stages and publications that the study does not have.

    Raises
    ------
    UnknownNameError
        With the nearest names.
    """
    publications = {row["source_id"] for row in study.tables["figure_sources"]}
    for what, names, known in (("stage", stages, set(study.stages)), ("source", sources, publications)):
        for name in names:
            if name not in known:
                raise UnknownNameError(what, name, known)


def _regions(study: Study) -> list[str]:
    """Return the regions of the study.

    Raises
    ------
    NoTradeError
        If it has none.
    """
    regions = [row["region"] for row in study.tables["regions"]]
    if not regions:
        msg = "the study has no regions: fill datasets/diversion/regions.csv"
        raise NoTradeError(msg)
    return regions


def _columns() -> list[str]:
    """Return the columns of the table of flows."""
    return [column.name for column in schemas()["flows"].columns]


def _screen_row(item: regions.Screening) -> Row:
    """Write a finding; a ratio to exports of zero is no number."""
    infinite = item.cdi3 is not None and math.isinf(item.cdi3)
    note = "the bloc has imports and no exports: cdi3 is infinite" if infinite else None
    return item._asdict() | {"cdi3": None if infinite else item.cdi3, "note": note}


COMMANDS = {"trade": trade_group}
