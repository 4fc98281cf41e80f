"""The command that says how to cite."""

from pathlib import Path
from typing import Literal

import click

from depgraph.cli.common import load, put
from depgraph.exports import citation
from depgraph.interface import writing

Form = Literal["bibtex", "ris"]
SUFFIXES: dict[str, Form] = {".bib": "bibtex", ".ris": "ris"}


@click.command("cite")
@click.argument("identifiers", metavar="[IDENTIFIER]...", nargs=-1)
@click.option("--sources", "every", is_flag=True, help="Cite every source of the study too.")
@click.option(
    "-f",
    "--format",
    "form",
    type=click.Choice(citation.FORMATS),
    help="Default: bibtex, or what the suffix of the file (.bib, .ris) says.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Write to a file, whole or not at all; - is standard output.",
)
@click.pass_context
def cite(
    context: click.Context,
    identifiers: tuple[str, ...],
    every: bool,
    form: Form | None,
    output: Path | None,
) -> None:
    r"""Print how to cite depgraph, its data, and the sources that a number rests on.

    An IDENTIFIER is anything that `depgraph why` takes; the sources below it are cited too.

    \b
    Examples:
      depgraph cite
      depgraph cite K:QUAD:CHN:rare_earths/magnet -o sources.bib
      depgraph cite --sources -f ris
    """
    target = None if output == Path("-") else output
    settled = form or SUFFIXES.get(target.suffix.lower() if target else "", "bibtex")
    put(writing.cite(load(context), identifiers, sources=every, form=settled).encode(), target)


COMMANDS = {"cite": cite}
