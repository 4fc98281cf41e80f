"""The commands about a study as a whole."""

import platform
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

import click

from depgraph import __version__
from depgraph.cli.common import emit, load, output_options, put
from depgraph.core import versions
from depgraph.core.errors import DepgraphError, Problem
from depgraph.interface import checking
from depgraph.lp import solve
from depgraph.study import creation, sources, study


def _finish(
    context: click.Context, problems: Sequence[Problem], form: str | None, output: Path | None, fine: str
) -> None:
    """Put problems out, lines for people and rows for programs, and exit with 1 if there is an error."""
    errors = sum(not item.warning for item in problems)
    if form in {None, "table"} and output is None:
        put("".join(f"{item}\n" for item in problems).encode(), None, people=True)
    else:
        emit(checking.rows(problems), form, output, "problems")
    click.echo(f"{errors} problems, {len(problems) - errors} warnings" if problems else fine, err=True)
    context.exit(1 if errors else 0)


@click.command("check")
@output_options
@click.pass_context
def check(context: click.Context, form: str | None, output: Path | None) -> None:
    r"""List every problem of the study at once: tables, sources, scenarios and shocks, with file, line and remedy.

    \b
    Example:
      depgraph --study my-study check
    """
    found, problems = checking.everything(study.find(context.obj))
    counts = (
        ""
        if found is None
        else f"{len(found.claims)} claims, {len(found.figures)} figures, {len(found.ledger)} assumptions"
    )
    _finish(context, problems, form, output, f"no problems: {counts}")


@click.command("verify")
@click.option(
    "--texts",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with your own copies of the source texts; they are found by their hash.",
)
@output_options
@click.pass_context
def verify(context: click.Context, texts: Path, form: str | None, output: Path | None) -> None:
    r"""Hold the span, fingerprint and paragraph of every claim against the texts.

    \b
    Example:
      depgraph verify --texts my-texts
    """
    loaded = load(context)
    documents = loaded.tables["sources"]
    found = sources.find_texts(texts, documents)
    problems = sources.verify(loaded.tables["claims"], documents, found)
    _finish(context, problems, form, output, f"{len(loaded.claims)} claims verified in {len(found)} texts")


@click.command("doctor")
@output_options
@click.pass_context
def doctor(context: click.Context, form: str | None, output: Path | None) -> None:
    r"""Show versions, whether the solver really solves, and the hash of the data.

    \b
    Example:
      depgraph doctor -f json
    """
    loaded = load(context)
    rows = [
        {"item": "depgraph", "value": __version__},
        {"item": "python", "value": versions.told("python", platform.python_version())},
        *({"item": name, "value": versions.told(name, _package_version(name))} for name in versions.tried()[1]),
        {"item": "solver", "value": _try_solver()},
        {"item": "study", "value": loaded.settings["name"]},
        {"item": "study folder", "value": str(loaded.root)},
        {"item": "data", "value": loaded.version},
    ]
    emit(rows, form, output, "doctor")


def _package_version(name: str) -> str:
    """Return the version of a package, or say that it is not there."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return versions.ABSENT


def _try_solver() -> str:
    """Solve a small programme whose answer is known, written in PuLP and certified."""
    import pulp

    problem = pulp.LpProblem("doctor", pulp.LpMinimize)
    x, y = problem.add_variable("x", 0, 4), problem.add_variable("y", 0, None)
    problem += 2 * x + 3 * y
    problem += x + y >= 10, "demand"
    try:
        solution = solve.solve(solve.from_pulp(problem))
    except DepgraphError as error:
        return f"failed: {error}"
    # by hand: x = 4, y = 6, cost 26, one more unit of demand costs 3
    right = abs(solution.objective - 26) < 1e-9 and abs(solution.duals[0] - 3) < 1e-9
    return "HiGHS solved and was certified" if right else f"wrong answer {solution.objective}"


@click.command("new")
@click.argument("folder", type=click.Path(path_type=Path))
@click.pass_context
def new(context: click.Context, folder: Path) -> None:
    r"""Make an empty study in FOLDER: tables with headers, codes, units and the assumptions that are needed.

    \b
    Example:
      depgraph new my-study
    """  # noqa: DOC501 - the help text is for the command line
    loaded = load(context)
    if folder.exists() and any(folder.iterdir()):
        msg = f"{folder} is not empty"
        raise click.UsageError(msg)
    creation.create(loaded, folder)
    click.echo(f"made {folder}: fill its tables, then run depgraph --study {folder} check", err=True)


COMMANDS = {"check": check, "verify": verify, "doctor": doctor, "new": new}
