"""Everything that may be wrong with a study: its tables, records, scenarios, shocks, and files that nobody reads.

Nothing is checked here that the commands do not check when they run: each part asks the same function.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from depgraph.analysis import shocks
from depgraph.analysis.shocks import NoSpreadError, Shock
from depgraph.core import files
from depgraph.core.errors import DepgraphError, Problem, StudyError
from depgraph.diversion import assembly, readiness, scope
from depgraph.diversion import scenario as scenarios
from depgraph.diversion.scenario import Scenario
from depgraph.evidence import estimates
from depgraph.evidence.estimates import Picture
from depgraph.graph import dependencies
from depgraph.graph.dependencies import Network
from depgraph.interface import lacking
from depgraph.study import settings, strays, study
from depgraph.study.study import Study
from depgraph.trade import regions

RECIPES = "datasets/diversion/flows.toml"


def everything(root: Path, *, notes: bool = False) -> tuple[Study | None, list[Problem]]:
    """Read all that a study holds and find every problem in it.

    Parameters
    ----------
    root
        The study's folder.
    notes
        Also each recipe and stage that a table leaves out or that a default stands in for.

    Returns
    -------
    study
        None if the settings or a whole table cannot be read.
    problems
        Errors and warnings, sorted. Of a study whose tables cannot be read, scenarios and shocks are held to
        their syntax alone, and a warning says so.
    """
    found, problems = study.examine(root)
    if found is None:
        problems += _syntax(root)
    else:
        problems += _plans(found, sound=all(problem.warning for problem in problems), notes=notes)
    return found, sorted({*problems, *_recipes(root), *strays.check(root)})


def _plans(found: Study, *, sound: bool, notes: bool) -> Iterator[Problem]:
    """Find what is wrong with scenarios and shocks; what needs estimates waits until the tables are sound."""
    library, wrong_scenarios = scenarios.examine(found)
    replays, wrong_shocks = shocks.examine(found)
    yield from (*wrong_scenarios, *wrong_shocks)
    if sound:
        yield from lacking.warnings(found, library, notes=notes)
    if sound and (library or replays):
        picture = estimates.estimate(found)
        yield from _cases(found, picture, library)
        yield from _spreads(dependencies.build(found, picture), replays)


def _syntax(root: Path) -> Iterator[Problem]:
    """Find scenarios and shocks that cannot be read at all."""
    problems: list[Problem] = []
    names = [name for folder in (scenarios.FOLDER, shocks.FOLDER) for name in files.matching(root, f"{folder}/*.toml")]
    for name in names:
        settings.read(root, name, problems)
    if names:
        message = "the names in scenarios and shocks were not checked, as a table or the settings cannot be read"
        problems.append(Problem("datasets", 0, "-", "not-checked", message, warning=True))
    yield from problems


def _recipes(root: Path) -> Iterator[Problem]:
    """Find what is wrong with the recipes from which flows are made, where a study holds them."""
    try:
        if (root / RECIPES).exists():
            regions.read_book(root / RECIPES)
    except StudyError as error:
        yield from (replace(problem, file=RECIPES) for problem in error.problems)


def _cases(found: Study, picture: Picture, library: Mapping[str, Scenario]) -> Iterator[Problem]:
    """Find scenarios of which no case of the diversion model can be made; no plan is solved."""
    lost_rows = readiness.lacking(found, picture) if library and readiness.begun(found) else []
    yield from lost_rows
    told: set[str] = set()
    for name, scenario in library.items():
        file = f"{scenarios.FOLDER}/{name}.toml"
        lost = [item for item in scope.strangers(found, scenario) if found.tables["regions"]]
        for key, message in lost:
            yield Problem(*scenario.lines.get(key, (file, 1)), _field(key), "no-model", message)
        try:
            if not lost and not lost_rows and readiness.begun(found):
                assembly.make(found, picture, scenario)
        except StudyError as error:
            yield from error.problems
        except DepgraphError as error:
            # what is wrong with the tables is wrong in every scenario: once is enough
            if str(error) not in told:
                yield Problem(file, 1, "-", "no-model", str(error))
            told.add(str(error))


def _field(key: str) -> str:
    """Return a key of a scenario as messages name it, without the number of an entry."""
    return ".".join(part for part in key.split(".") if not part.isdigit())


def _spreads(network: Network, replays: Mapping[str, Shock]) -> Iterator[Problem]:
    """Find shocks from which nothing can spread."""
    for name, shock in replays.items():
        try:
            shocks.unjoined(network, shock.cuts)
        except NoSpreadError as error:
            yield Problem(f"{shocks.FOLDER}/{name}.toml", 1, "cut", "no-spread", str(error))


def rows(problems: Iterable[Problem]) -> list[Mapping[str, Any]]:
    """Return problems as rows.

    Parameters
    ----------
    problems
        From `everything`.

    Returns
    -------
    list of mapping
        Severity, place, code, message, value and remedy.

    Examples
    --------
    >>> rows([Problem("claims.csv", 3, "value", "percent-sign", "a percent sign", "45%")])[0]["severity"]
    'error'
    """
    return [
        {"severity": "warning" if item.warning else "error", "file": item.file, "line": item.line, "field": item.field,
         "code": item.code, "message": item.message, "value": item.value, "remedy": item.remedy}
        for item in problems
    ]  # fmt: skip
