"""What leaves: the page, files for other programs, and how to cite."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Literal

from depgraph.core import files, render
from depgraph.core.errors import MissingPackageError, QuestionError, UnknownNameError
from depgraph.exports import citation, database, datapackage, iamc, networks, provenance, records, workbook
from depgraph.exports.records import Analysis, Table
from depgraph.interface import loading
from depgraph.interface.loading import LoadedStudy
from depgraph.interface.trails import walk
from depgraph.pages import drawing, findings, page, scenario_answers
from depgraph.pages.page import Drawn
from depgraph.pages.plan_results import Clash
from depgraph.study.study import Study

EVERYTHING = "all"
DATABASE = "depgraph"  # what Datasette calls a database is the name of its file
RECORD = "run"
WRITERS = {"bibtex": citation.bibtex, "ris": citation.ris}
CITED = {"source", "publication"}  # what a trail ends in that somebody wrote


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
    """Write the IAMC rows."""
    return render.render(iamc.rows(job.analysis)[0], "csv", columns=iamc.COLUMNS)


def _run(job: Job) -> bytes:
    """Write the record of the tables alone."""
    made = {name: render.render(table.rows, "json") for name, table in job.tables.items()}
    return _record(job, RECORD, made)


def _record(job: Job, form: str, made: Mapping[str, bytes]) -> bytes:
    """Write the record of what was made."""
    return provenance.record(job.study, ["export", form, "--for", job.bloc], dict(made))


# name -> format, in the order of the help; another format is another line
FORMATS = {
    "xlsx": Format("depgraph.xlsx", lambda job: workbook.write(job.analysis, job.tables)),
    "sqlite": Format(f"{DATABASE}.db", lambda job: database.write(job.tables)),
    "datasette": Format(
        "metadata.json",
        lambda job: database.metadata(job.analysis, job.tables, DATABASE),
    ),
    "gexf": Format("depgraph.gexf", lambda job: networks.gexf(networks.describe(job.analysis))),
    "graphml": Format("depgraph.graphml", lambda job: networks.graphml(networks.describe(job.analysis))),
    "nodelink": Format("graph.json", lambda job: networks.node_link(networks.describe(job.analysis))),
    "iamc": Format("iamc.csv", _iamc),
    "datapackage": Format("datapackage.json", lambda job: datapackage.describe(job.study)),
    RECORD: Format("run.json", _run),
}
# not among all: the package belongs into the folder of the study, and the record of all is written last
APART = {"datapackage", RECORD}


@dataclass(frozen=True)
class Exported:
    """Files for other programs.

    Attributes
    ----------
    files
        Name to content.
    left_out
        Name of a file that could not be made to the reason.
    unplaced
        Estimates and figures that have no row among those of IAMC, because they are of no single year.
    """

    files: Mapping[str, bytes]
    left_out: Mapping[str, str]
    unplaced: int = 0


def export(
    study: Study,
    form: str,
    *,
    bloc: str | None = None,
    output: str | PathLike[str] | None = None,
) -> Exported:
    """Write the study and its results for other programs.

    Parameters
    ----------
    study
        The study.
    form
        xlsx, sqlite, datasette, gexf, graphml, nodelink, iamc, datapackage (of the study's own tables,
        for its folder), run (which files and which version, in PROV-JSON), or all but the package.
    bloc
        Economy or bloc whose chokepoints are ranked; without it the bloc of the study.
    output
        File to write; for all, a folder. Without it nothing is written and the contents are returned.

    Returns
    -------
    Exported
        The same study gives the same bytes.

    Raises
    ------
    UnknownNameError
        If there is no such format or economy.
    MissingPackageError
        If the one format asked for needs a package that is not installed.

    Examples
    --------
    >>> list(export(loading.load(), "iamc").files)
    ['iamc.csv']
    """
    if form not in {*FORMATS, EVERYTHING}:
        what = "format"
        raise UnknownNameError(what, form, [*FORMATS, EVERYTHING])
    held = loading.of(study)
    job = Job(held, held.economy(bloc))
    made = _everything(job) if form == EVERYTHING else Exported({FORMATS[form].file: FORMATS[form].write(job)}, {})
    if form in {"iamc", EVERYTHING}:
        made = Exported(made.files, made.left_out, iamc.rows(job.analysis)[1])
    if output is not None and form == EVERYTHING:
        _save(Path(output), made.files)
    elif output is not None:
        files.write_atomic(Path(output), next(iter(made.files.values())))
    return made


def _everything(job: Job) -> Exported:
    """Make one file of each format and, last, the record of them."""
    made: dict[str, bytes] = {}
    left: dict[str, str] = {}
    for name, form in FORMATS.items():
        if name in APART:
            continue
        try:
            made[form.file] = form.write(job)
        except MissingPackageError as error:
            left[form.file] = str(error)
    made[FORMATS[RECORD].file] = _record(job, EVERYTHING, made)
    return Exported(made, left)


def _save(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write files; the record goes first and comes last, so that a folder with one is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FORMATS[RECORD].file).unlink(missing_ok=True)
    for name, content in contents.items():
        files.write_atomic(folder / name, content)


def cite(
    study: Study,
    identifiers: str | Sequence[str] = (),
    *,
    sources: bool = False,
    form: Literal["bibtex", "ris"] = "bibtex",
    output: str | PathLike[str] | None = None,
) -> str:
    """Say how to cite depgraph, its data, and the sources that a number rests on.

    Parameters
    ----------
    study
        The study.
    identifiers
        Anything that `why` takes, one or several; the sources below it are cited too.
    sources
        Cite every source of the study.
    form
        bibtex or ris.
    output
        File to write, whole or not at all.

    Returns
    -------
    str
        The references.

    Raises
    ------
    UnknownNameError
        If there is no such identifier or format.

    Examples
    --------
    >>> cite(loading.load())[0]
    '@'
    """
    if form not in WRITERS:
        what = "format"
        raise UnknownNameError(what, form, WRITERS)
    held = loading.of(study)
    below = {
        step.id
        for name in ((identifiers,) if isinstance(identifiers, str) else identifiers)
        for step in walk(held, name)
        if step.direction in {"self", "down"} and step.kind in CITED
    }
    text = WRITERS[form]([citation.program(held), *citation.of_sources(held, None if sources else below)])
    if output is not None:
        files.write_atomic(Path(output), text.encode())
    return text


@dataclass(frozen=True, repr=False)
class Page:
    """A self-contained HTML page.

    Attributes
    ----------
    html
        It asks for nothing from outside and reads with scripts off.
    drawn
        Its sections with their drawings.
    clash
        What clashes, where the scenario has no plan; else None.
    """

    html: str
    drawn: tuple[Drawn, ...]
    clash: Clash | None

    def __repr__(self) -> str:
        """Return its size; the page itself would fill the screen."""
        return f"page of {len(self.html.encode()):,} bytes with {len(self.drawn)} charts"


def report(
    study: Study,
    scenario: str | None = None,
    *,
    output: str | PathLike[str] | None = None,
    bloc: str | None = None,
    cone: str | None = None,
    stage: str | None = None,
    points: int = 11,
    moved: int = 10,
    jobs: int = 1,
    charts: str | PathLike[str] | None = None,
) -> Page:
    """Write one self-contained HTML page with every finding, chart, table and trail.

    Parameters
    ----------
    study
        The study.
    scenario
        A scenario of the study; the diversion model is then solved many times, which can take minutes.
    output
        File to write, whole or not at all.
    bloc
        Economy or bloc that loses; without it the bloc of the study.
    cone
        Draw the chain of this stage; without it that of the largest loss.
    stage
        Draw the scenario's flows of this stage; without it those of ``cone`` or of the largest change.
    points
        Points of the scenario's frontier.
    moved
        Assumptions to move one at a time; each takes four runs of the scenario.
    jobs
        Runs at a time.
    charts
        Write every chart into this folder too, as SVG and as PNG at twice the size.

    Returns
    -------
    Page
        Money in million USD of present value, shares in percent.

    Raises
    ------
    QuestionError
        If ``stage`` is given and no scenario.
    DepgraphError
        If a package that draws or writes the page is not installed.
    UnknownNameError
        If there is no such scenario, economy or stage.

    Examples
    --------
    >>> report(loading.load()).html[:15].lower()
    '<!doctype html>'
    """
    if stage and not scenario:
        msg = "stage chooses the flows of a scenario: name one"
        raise QuestionError(msg)
    page.require()  # refuse before computing
    held = loading.of(study)
    budget = scenario_answers.Budget(points, moved, jobs)
    code = held.economy(bloc)
    answer = (
        scenario_answers.solve(held, held.picture, scenario, stage=stage, cone=cone, budget=budget)
        if scenario
        else None
    )
    facts = findings.gather(held, code, cone=cone, solved=answer, picture=held.picture)
    html, drawn = page.build(facts)
    if charts is not None:
        _write_charts(Path(charts), drawn, page.footer(facts))
    if output is not None:
        files.write_atomic(Path(output), html.encode())
    return Page(html, tuple(drawn), answer if isinstance(answer, Clash) else None)


def _write_charts(folder: Path, drawn: Sequence[Drawn], foot: str) -> None:
    """Write every drawing with its finding and footer."""
    folder.mkdir(parents=True, exist_ok=True)
    for item in drawn:
        whole = drawing.framed(item.svg, item.section.statement, foot)
        files.write_atomic(folder / f"{item.section.key}.svg", whole.encode())
        files.write_atomic(folder / f"{item.section.key}.png", drawing.png(whole))
