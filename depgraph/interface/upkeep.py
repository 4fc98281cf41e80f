"""A study as a whole: an empty one, its claims against their texts, and whether this machine can compute."""

import platform
from importlib import metadata
from os import PathLike
from pathlib import Path

from depgraph import __version__
from depgraph.core import versions
from depgraph.core.errors import DepgraphError, Problem, QuestionError
from depgraph.interface import checking, loading
from depgraph.interface.loading import LoadedStudy
from depgraph.interface.results import Result
from depgraph.lp import solve
from depgraph.study import creation
from depgraph.study import sources as documents
from depgraph.study.study import Study


def new(study: Study, folder: str | PathLike[str]) -> LoadedStudy:
    """Make an empty study: tables with headers, codes, units and the assumptions that are needed.

    Parameters
    ----------
    study
        The study whose codes, units and assumptions are taken over.
    folder
        Where to make it; it must be empty or not be there.

    Returns
    -------
    LoadedStudy
        The new one.

    Raises
    ------
    QuestionError
        If the folder holds something.
    OSError
        If it cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     len(new(loading.load(), folder).claims)
    0
    """
    place = Path(folder)
    if place.exists() and any(place.iterdir()):
        msg = f"{place} is not empty"
        raise QuestionError(msg)
    creation.create(study, place)
    return loading.load(place)


def verify(study: Study, texts: str | PathLike[str]) -> Result:
    """Hold the span, fingerprint and paragraph of every claim against the texts.

    Parameters
    ----------
    study
        The study.
    texts
        Folder with your own copies of the source texts; they are found by their hash.

    Returns
    -------
    Result
        A row for each problem, none if all is well. ``records`` holds `Problem`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     len(verify(loading.load(), folder)) > 0
    True
    """
    problems, _ = compared(study, texts)
    return Result("problems", tuple(checking.rows(problems)), loading.of(study), tuple(problems))


def compared(study: Study, texts: str | PathLike[str]) -> tuple[list[Problem], int]:
    """Find the problems of `verify`.

    Parameters
    ----------
    study, texts
        As `verify` takes them.

    Returns
    -------
    problems
        Of every claim.
    number
        How many of the texts were found.
    """
    found = documents.find_texts(Path(texts), study.tables["sources"])
    return list(documents.verify(study.tables["claims"], study.tables["sources"], found)), len(found)


def doctor(study: Study) -> Result:
    """Show versions, whether the solver really solves, and the hash of the data.

    Parameters
    ----------
    study
        The study.

    Returns
    -------
    Result
        Item and value.

    Examples
    --------
    >>> dict(doctor(loading.load()).frame().values)["solver"]
    'HiGHS solved and was certified'
    """
    held = loading.of(study)
    rows = (
        {"item": "depgraph", "value": __version__},
        {"item": "python", "value": versions.told("python", platform.python_version())},
        *({"item": name, "value": versions.told(name, _package_version(name))} for name in versions.tried()[1]),
        {"item": "solver", "value": _try_solver()},
        {"item": "study", "value": held.settings["name"]},
        {"item": "study folder", "value": str(held.root)},
        {"item": "data", "value": held.version},
    )
    return Result("doctor", rows, held)


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
