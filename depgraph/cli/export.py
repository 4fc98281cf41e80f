"""The command that hands a study and its results on to other programs."""

from pathlib import Path

import click

from depgraph.cli.common import load, put
from depgraph.cli.notes import note
from depgraph.interface import writing
from depgraph.interface.writing import EVERYTHING, FORMATS


@click.command("export")
@click.argument("form", metavar="FORMAT", type=click.Choice([*FORMATS, EVERYTHING]))
@click.option("--for", "bloc", help="Economy or bloc whose chokepoints are ranked; without it the bloc of the study.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Write to a file, whole or not at all; - is standard output. For all: a folder.",
)
@click.pass_context
def export(context: click.Context, form: str, bloc: str | None, output: Path | None) -> None:
    r"""Write the study and its results for other programs.

    FORMAT is xlsx, sqlite, datasette (what Datasette shows beside the database), gexf, graphml,
    nodelink, iamc, datapackage (of the study's own tables, for the folder of the study), run (which
    files and which version, in PROV-JSON), or all but the package. The same study gives the same bytes.

    \b
    Examples:
      depgraph export xlsx -o study.xlsx
      depgraph export gexf --for JPN -o graph.gexf
      depgraph export all -o exports
    """  # noqa: DOC501 - the help text is for the command line
    target = None if output == Path("-") else output
    if form == EVERYTHING and target is None:
        msg = "export all writes a folder: name it with --output"
        raise click.UsageError(msg)
    made = writing.export(load(context), form, bloc=bloc, output=target)
    for name, reason in made.left_out.items():
        note(f"not written: {name}: {reason}")
    if made.unplaced:
        note(f"iamc: {made.unplaced} estimates and figures of no single year have no row")
    if target is None:
        put(next(iter(made.files.values())), None)
    elif form == EVERYTHING:
        for name in made.files:
            note(f"wrote {target / name}")


COMMANDS = {"export": export}
