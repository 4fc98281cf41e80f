"""Scenarios run more than once: two side by side, and a grid of settings."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from os import PathLike
from pathlib import Path
from typing import Any

from depgraph.core import files
from depgraph.core.errors import QuestionError
from depgraph.diversion import comparison, sweeps
from depgraph.diversion import scenario as library
from depgraph.interface import loading
from depgraph.interface.divert import Plan, changes
from depgraph.interface.results import Result, Row
from depgraph.study.study import Study

AXES = 2  # more runs than anyone reads


def compare(first: Plan | str, second: Plan | str, *, study: Study | None = None, by: str = "diversion_cost") -> Result:
    """Say what differs between two scenarios, and which setting explains it.

    Parameters
    ----------
    first, second
        Plans, or names of scenarios.
    study
        The study of scenarios that are given by name; without it that of the plan, else the one that
        came with the package.
    by
        Quantity of the summary that reasons are measured in.

    Returns
    -------
    Result
        Quantities of both runs, then the settings that differ with their effect, each in the unit of
        the summary: million USD or fractions. ``records`` holds one `Comparison`.

    Raises
    ------
    UnknownNameError
        If there is no such scenario or quantity.
    DepgraphError
        If a run has no certified plan.

    Examples
    --------
    >>> found = compare("gallium-stop", "gallium-stop")
    >>> found.frame()["difference"].dropna().unique().tolist()
    [0.0]
    """
    plans = [item for item in (first, second) if isinstance(item, Plan)]
    held = loading.of(study) if study is not None else plans[0].study if plans else loading.load()
    one, other = (item.scenario if isinstance(item, Plan) else library.find(held, item) for item in (first, second))
    found = comparison.compare(held, held.picture, one, other, by)
    return Result("compare", tuple(_comparison_rows(found, by)), held, (found,))


def _comparison_rows(found: comparison.Comparison, by: str) -> list[Row]:
    """Return quantities of both runs, then the settings that differ."""

    def row(kind: str, name: str, one: object, other: object, difference: float | None) -> Row:
        return {"kind": kind, "name": name, "first": one, "second": other, "difference": difference}

    rows = [row("result", item.quantity, item.first, item.second, item.second - item.first) for item in found.changes]
    rows += [row(f"setting, effect on {by}", item.key, item.first, item.second, item.effect) for item in found.reasons]
    return [*rows, row(f"settings in concert, effect on {by}", "-", None, None, found.together)]


def sweep(
    study: Study,
    name: str,
    over: str | Sequence[str],
    *,
    assumptions: Mapping[str, float] | None = None,
    jobs: int = 1,
    resume: str | PathLike[str] | None = None,
    **settings: object,
) -> Result:
    """Run a scenario over a grid of one or two settings.

    Parameters
    ----------
    study
        The study.
    name
        A scenario of the study.
    over
        An axis, or two: ``key=low:high:number`` or ``key=value,value``.
    assumptions, **settings
        As `divert` takes them.
    jobs
        Runs at a time.
    resume
        Keep finished runs in this file and go on from it.

    Returns
    -------
    Result
        A row for each point: its settings, its status, costs in million USD, exposures as fractions.

    Raises
    ------
    QuestionError
        If there are more than two axes, or the file belongs to another sweep.
    StudyError
        With every setting that cannot be read.
    DepgraphError
        If an axis cannot be read.

    Examples
    --------
    >>> sweep(loading.load(), "gallium-stop", "A-discount-rate=0.04,0.06").frame()["status"].tolist()
    ['certified', 'certified']
    """
    held = loading.of(study)
    texts = (over,) if isinstance(over, str) else tuple(over)
    return swept(held, name, texts, changes(assumptions or {}, settings), jobs=jobs, resume=resume)


Progress = Callable[[str], AbstractContextManager[Callable[[int, int], None]]]


def _silent(_title: str) -> AbstractContextManager[Callable[[int, int], None]]:
    """Show no progress."""
    return nullcontext(lambda _done, _total: None)


def swept(
    study: Study,
    name: str,
    over: Sequence[str],
    changed: Sequence[str],
    *,
    jobs: int,
    resume: str | PathLike[str] | None,
    progress: Progress = _silent,
) -> Result:
    """Run the grid of `sweep`, with settings as ``--set`` takes them.

    Parameters
    ----------
    study, name, over, jobs, resume
        As `sweep` takes them.
    changed
        ``key=value``.
    progress
        Makes what shows how many runs are done.

    Returns
    -------
    Result
        As `sweep` gives it.

    Raises
    ------
    QuestionError
        If there are more than two axes, or the file belongs to another sweep.
    """
    if len(over) > AXES:
        msg = "at most two axes: more runs than anyone reads"
        raise QuestionError(msg)
    held = loading.of(study)
    scenario = library.changed(held, library.find(held, name), changed)
    points = sweeps.grid([sweeps.axis(text) for text in over])
    stamp = {"scenario": name, "set": list(changed), "study": held.version}
    path = None if resume is None else Path(resume)
    kept = _read_kept(path, stamp)
    open_ = [values for values in points if _key(values) not in kept]
    with progress(f"{len(open_)} of {len(points)} runs") as done:
        for point in sweeps.sweep(held, held.picture, scenario, open_, jobs=jobs, done=done):
            kept[_key(point.values)] = {"results": dict(point.results), "status": point.status}
            if path is not None:
                files.write_atomic(path, json.dumps({"stamp": stamp, "runs": kept}).encode())
    return Result("sweep", tuple(_sweep_row(values, kept[_key(values)]) for values in points), held)


def _key(values: Mapping[str, object]) -> str:
    """Name a point of a grid."""
    return json.dumps(values, sort_keys=True)


def _read_kept(path: Path | None, stamp: Mapping[str, object]) -> dict[str, Any]:
    """Read the runs that an earlier sweep finished.

    Raises
    ------
    QuestionError
        If the file belongs to another sweep or is none.
    """
    if path is None or not path.exists():
        return {}
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        same = record["stamp"] == stamp
        runs = {
            key: {"results": dict(kept["results"]), "status": str(kept["status"])}
            for key, kept in record["runs"].items()
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        msg = f"{path} holds no runs of a sweep: name another file"
        raise QuestionError(msg) from None
    if not same:
        msg = f"{path} belongs to another scenario, other settings or other data: name another file"
        raise QuestionError(msg)
    return runs


def _sweep_row(values: Mapping[str, object], kept: Mapping[str, Any]) -> Row:
    """Return one line of a sweep."""
    return {**values, "status": kept["status"], **kept["results"]}
