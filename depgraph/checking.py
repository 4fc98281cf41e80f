"""Everything that may be wrong with a study: its tables, records, scenarios, shocks, and files that nobody reads.

Nothing is checked here that the commands do not check when they run: each part asks the same function.
"""

from collections.abc import Iterator
from pathlib import Path

from depgraph import estimates, files, settings, shocks, strays, study
from depgraph.diversion import scenario as scenarios
from depgraph.diversion import setting, setup
from depgraph.diversion.scenario import Scenario
from depgraph.errors import DepgraphError, Problem, StudyError
from depgraph.study import Study


def everything(root: Path) -> tuple[Study | None, list[Problem]]:
    """Read all that a study holds and find every problem in it.

    Parameters
    ----------
    root
        The study's folder.

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
        library, wrong = scenarios.examine(found)
        problems += wrong + shocks.examine(found)[1]
        if library and not any(not problem.warning for problem in problems):
            problems += _cases(found, library)
    return found, sorted({*problems, *strays.check(root)})


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


def _cases(found: Study, library: dict[str, Scenario]) -> Iterator[Problem]:
    """Find scenarios of which no case of the diversion model can be made; nothing is solved."""
    picture = estimates.estimate(found)
    told: set[str] = set()
    for name, scenario in library.items():
        file = f"{scenarios.FOLDER}/{name}.toml"
        lost = [(key, message) for key, message in setting.strangers(found, scenario) if found.tables["regions"]]
        for key, message in lost:
            place = scenario.lines.get(key, (file, 1))
            yield Problem(*place, key.partition(".")[0] + key[key.rfind(".") :] if "." in key else key, "no-model", message)
        if lost:
            continue
        try:
            setup.make(found, picture, scenario)
        except StudyError as error:
            yield from error.problems
        except DepgraphError as error:
            # what is wrong with the tables is wrong in every scenario: once is enough
            if str(error) not in told:
                told.add(str(error))
                yield Problem(file, 1, "-", "no-model", str(error))
