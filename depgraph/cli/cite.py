"""The command that says how to cite."""

from pathlib import Path

import click

from depgraph.cli.common import load, put
from depgraph.exports import citation
from depgraph.interface.trails import walk

SUFFIXES = {".bib": "bibtex", ".ris": "ris"}
WRITERS = {"bibtex": citation.bibtex, "ris": citation.ris}
CITED = {"source", "publication"}  # what a trail ends in that somebody wrote


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
    every: bool,  # noqa: FBT001 - click passes options by name
    form: str | None,
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
    study = load(context)
    target = None if output == Path("-") else output
    settled = form or SUFFIXES.get(target.suffix.lower() if target else "", "bibtex")
    below = {
        step.id
        for name in identifiers
        for step in walk(study, name)
        if step.direction in {"self", "down"} and step.kind in CITED
    }
    references = [citation.program(study), *citation.of_sources(study, None if every else below)]
    put(WRITERS[settled](references).encode(), target)


COMMANDS = {"cite": cite}
