"""What the diversion model last said of each stage's escape from a rival, read from the study's folder ``results/``.

The run takes minutes, so that an answer that needs it reads what was stored. The file is made with

    depgraph divert SCENARIO --show escape -o results/escape.csv

and is no part of the data: each of its rows names the hash of the data with which it was computed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from depgraph.core import tables
from depgraph.core.errors import Problem, StudyError
from depgraph.study.study import Study


@dataclass(frozen=True)
class StoredEscape:
    """One row of the file.

    Attributes
    ----------
    stage
        The stage.
    scenario, threshold
        What was asked: the scenario, and the part of the bloc's supply under which it is independent.
    year_direct
        First year if others may buy from the rival what they sell to the bloc; None if not within the run.
    year
        First year if nobody buys more from the rival; None if not within the run or not known.
    least_part
        The rival's part in the last year at least; None if not known.
    cost_musd
        Million USD of present value to hold the rival to the threshold from that year on; None if not known.
    holds_up
        The limit that would bring the year forward most; None if there is none.
    missing
        Why a value is None.
    """

    stage: str
    scenario: str
    threshold: float
    year_direct: int | None
    year: int | None
    least_part: float | None
    cost_musd: float | None
    holds_up: str | None
    missing: str


@dataclass(frozen=True)
class Escapes:
    """The stored answers about one bloc and rival.

    Attributes
    ----------
    rows
        Stage to its answer; a stage that is missing was not computed.
    data
        Hash of the data with which they were computed; empty without rows.
    current
        Whether that is the hash of the study's data now; False without rows.
    """

    rows: Mapping[str, StoredEscape] = field(default_factory=dict)
    data: str = ""
    current: bool = False


def stored(study: Study, bloc: str, rival: str) -> Escapes:
    """Read the stored escapes of a bloc from a rival.

    Parameters
    ----------
    study
        The study.
    bloc, rival
        Their codes, as in the scenario that was run.

    Returns
    -------
    Escapes
        Without rows where there is no file, or none of its rows is about them.

    Raises
    ------
    StudyError
        If the file cannot be read: with every problem. Also if its rows come from different data.

    Examples
    --------
    >>> from depgraph.study import study
    >>> stored(study.load(study.find(None)), "QUAD", "AUS")
    Escapes(rows={}, data='', current=False)
    """
    schema = tables.read_schemas("results.toml")["escape"]
    reading = tables.read(study.root, schema.file, schema)
    problems = [problem for problem in reading.problems if not problem.warning]
    problems += [_mixed(row) for row in reading.rows if row["data"] != reading.rows[0]["data"]]
    if problems:
        raise StudyError(problems)
    rows = [row for row in reading.rows if (row["bloc"], row["rival"]) == (bloc, rival)]
    if not rows:
        return Escapes()
    data = rows[0]["data"]
    return Escapes({row["stage"]: _read(row) for row in rows}, data, current=data == study.version)


def _read(row: Mapping[str, Any]) -> StoredEscape:
    """Take one row; the file, line, parties and hash are those of all."""
    values = {name: row[name] for name in (item.name for item in fields(StoredEscape))}
    return StoredEscape(**values | {"missing": values["missing"] or ""})


def _mixed(row: Mapping[str, Any]) -> Problem:
    """Report a row that was computed with other data than the first."""
    message = "computed with other data than the first row"
    return Problem(row["file"], row["line"], "data", "mixed-data", message, row["data"])
