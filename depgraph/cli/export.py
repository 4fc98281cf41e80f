"""The command that hands a study and its results on to other programs."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import click

from depgraph.cli.common import load, put
from depgraph.core import files, render
from depgraph.core.errors import MissingPackageError
from depgraph.exports import database, datapackage, iamc, networks, provenance, records, workbook
from depgraph.exports.records import Analysis, Table
from depgraph.interface.loading import LoadedStudy

EVERYTHING = "all"
DATABASE = "depgraph"  # what Datasette calls a database is the name of its file
RECORD = "run"


@dataclass(frozen=True)
class Job:
    """What an export is made from; results are computed when the first format asks for them."""

    study: LoadedStudy
    bloc: str

    @cached_property
    def analysis(self) -> Analysis:
        """Everything computed."""
        return records.analyse(self.study, self.study.picture, self.study.network, self.bloc)

    @cached_property
    def tables(self) -> dict[str, Table]:
        """Every table."""
        return records.gather(self.analysis)


@dataclass(frozen=True)
class Format:
    """One format: the name of its file, and what writes it."""

    file: str
    write: Callable[[Job], bytes]


def _iamc(job: Job) -> bytes:
    """Write the IAMC rows and say what has no place among them."""
    rows, left = iamc.rows(job.analysis)
    click.echo(f"iamc: {left} estimates and figures of no single year have no row", err=True)
    return render.render(rows, "csv", columns=iamc.COLUMNS)


def _run(job: Job) -> bytes:
    """Write the record of the tables alone."""
    made = {name: render.render(table.rows, "json") for name, table in job.tables.items()}
    return _record(job, RECORD, made)


def _record(job: Job, form: str, made: dict[str, bytes]) -> bytes:
    """Write the record of what was made."""
    return provenance.record(job.study, ["export", form, "--for", job.bloc], made)


# name -> format, in the order of the help; another format is another line
FORMATS = {
    "xlsx": Format("depgraph.xlsx", lambda job: workbook.write(job.analysis, job.tables)),
    "sqlite": Format(f"{DATABASE}.db", lambda job: database.write(job.tables)),
    "datasette": Format(
        "metadata.json",
        lambda job: database.metadata(job.analysis, job.tables, DATABASE),
    ),
    "gexf": Format("depgraph.gexf", lambda job: networks.gexf(job.analysis)),
    "graphml": Format("depgraph.graphml", lambda job: networks.graphml(job.analysis)),
    "nodelink": Format("graph.json", lambda job: networks.node_link(job.analysis)),
    "iamc": Format("iamc.csv", _iamc),
    "datapackage": Format("datapackage.json", lambda job: datapackage.describe(job.study)),
    RECORD: Format("run.json", _run),
}
# not among all: the package belongs into the folder of the study, and the record of all is written last
APART = {"datapackage", RECORD}


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
    """
    study = load(context)
    target = None if output == Path("-") else output
    job = Job(study, study.economies.resolve(bloc or study.settings["bloc"]))
    if form == EVERYTHING:
        _write_all(job, target)
    else:
        put(FORMATS[form].write(job), target)


def _write_all(job: Job, folder: Path | None) -> None:
    """Write one file of each format and the record of them into a folder.

    Raises
    ------
    click.UsageError
        If no folder was given.
    """
    if folder is None:
        msg = "export all writes a folder: name it with --output"
        raise click.UsageError(msg)
    made: dict[str, bytes] = {}
    for name, form in FORMATS.items():
        if name in APART:
            continue
        try:
            made[form.file] = form.write(job)
        except MissingPackageError as error:
            click.echo(f"not written: {form.file}: {error}", err=True)
    made[FORMATS[RECORD].file] = _record(job, EVERYTHING, made)
    folder.mkdir(parents=True, exist_ok=True)
    _save(folder, made.items())


def _save(folder: Path, contents: Iterable[tuple[str, bytes]]) -> None:
    """Write files; the record goes first and comes last, so that a folder with one is whole."""
    (folder / FORMATS[RECORD].file).unlink(missing_ok=True)
    for name, content in contents:
        files.write_atomic(folder / name, content)
        click.echo(f"wrote {folder / name}", err=True)


COMMANDS = {"export": export}
