"""Many runs of one scenario: grids of settings, what moves the answer, and where it flips."""

import itertools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from depgraph.core.errors import DepgraphError, InfeasibleError, Problem, StudyError, UnknownNameError
from depgraph.diversion import answers, pooling
from depgraph.diversion import run as runs
from depgraph.diversion import scenario as scenarios
from depgraph.diversion.run import Run
from depgraph.diversion.scenario import Scenario
from depgraph.evidence.estimates import Picture
from depgraph.lp.warm import WarmSolver
from depgraph.study.study import Study

MOST = 10_000  # points of a grid
NO_PLAN = ("no plan",)

Values = Mapping[str, object]


@dataclass(frozen=True)
class Axis:
    """A setting and the values it takes."""

    key: str
    values: tuple[object, ...]


@dataclass(frozen=True)
class Point:
    """One run of a grid.

    Attributes
    ----------
    values
        Setting to value.
    results
        Quantity to value, as `answers.summary`; empty where there is no certified plan.
    status
        certified, or why there is no plan.
    """

    values: Values
    results: Mapping[str, float]
    status: str


@dataclass(frozen=True)
class Effect:
    """What one assumption or figure does to a quantity between its lowest and its highest value."""

    name: str
    low: float
    central: float
    high: float
    at_low: float | None
    at_central: float
    at_high: float | None


@dataclass(frozen=True)
class Flip:
    """Where a setting changes what is built.

    Attributes
    ----------
    key
        The setting.
    value
        The nearest value to the present one at which another set of plants is ordered; None if none
        does between the bounds.
    before, after
        What is ordered on either side: region and stage; "no plan" where the limits clash.
    """

    key: str
    present: float
    value: float | None
    before: tuple[str, ...]
    after: tuple[str, ...]


def axis(text: str) -> Axis:
    """Read an axis, ``key=first:last:count`` or ``key=value,value``.

    Parameters
    ----------
    text
        From the command line.

    Returns
    -------
    Axis
        Evenly spaced values, ends included; or those listed.

    Raises
    ------
    StudyError
        If it is neither.

    Examples
    --------
    >>> axis("A-discount-rate=0:0.1:3").values
    (0.0, 0.05, 0.1)
    >>> axis("projects=none,late").values
    ('none', 'late')
    """
    key, _, spec = text.partition("=")
    parts = spec.split(":")
    try:
        if (
            key
            and len(parts) == 3
            and 1 <= int(parts[2]) <= MOST
            and np.isfinite([float(part) for part in parts]).all()
        ):
            return Axis(key, tuple(float(v) for v in np.linspace(float(parts[0]), float(parts[1]), int(parts[2]))))
    except ValueError:
        parts = []
    if not key or not spec or len(parts) != 1:
        message = "neither key=first:last:count nor key=value,value"
        raise StudyError([Problem("--over", 1, key or "-", "unknown-word", message, text)])
    return Axis(key, tuple(scenarios.value(part) for part in spec.split(",")))


def grid(axes: Sequence[Axis]) -> list[dict[str, object]]:
    """Return every combination of the values of one or two axes.

    Raises
    ------
    StudyError
        If there are too many, or two axes of the same setting.
    """
    keys = [item.key for item in axes]
    if len(set(keys)) < len(keys):
        message = "two axes of one setting: give each its own"
        raise StudyError([Problem("--over", 2, keys[-1], "duplicate-id", message)])
    count = int(np.prod([len(item.values) for item in axes]))
    if count > MOST:
        message = f"{count} runs where at most {MOST} are allowed"
        raise StudyError([Problem("--over", 1, "-", "too-large", message)])
    return [dict(zip(keys, values, strict=True)) for values in itertools.product(*(item.values for item in axes))]


def sweep(
    study: Study,
    picture: Picture,
    scenario: Scenario,
    points: Sequence[Values],
    *,
    jobs: int = 1,
    done: Callable[[int, int], None] = lambda done, total: None,  # noqa: ARG005 - nothing to report to
) -> Iterator[Point]:
    """Run a scenario at every point, hot where only bounds and costs differ.

    The answer of a point does not depend on which others were run, nor on the number of jobs or
    on the order: each starts from the basis of the scenario itself.

    Parameters
    ----------
    study, picture, scenario
        What is run.
    points
        Settings to change, as `scenario.changed` takes them.
    jobs
        Runs at a time; the solver works outside the interpreter's lock.
    done
        Called with (done, total) after each run.

    Yields
    ------
    Point
        In the order of the points.

    Raises
    ------
    StudyError
        If a setting or value is none, before anything is run.
    """
    changed = [scenarios.changed(study, scenario, as_changes(values)) for values in points]
    if not changed:
        return
    first = [_loaded(study, picture, item) for item in (scenario, pooling.unchanged(scenario))]
    held = threading.local()

    def one(item: Scenario) -> tuple[Mapping[str, float], str]:
        # a solver serves one thread at a time: each loads its own copy of both programmes once
        if not hasattr(held, "hot"):
            held.hot = [None if loaded is None else WarmSolver(loaded.programme) for loaded in first]
        try:
            plan = runs.run(study, picture, item, held.hot[0])
            base = runs.run(study, picture, pooling.unchanged(item), held.hot[1])
        except DepgraphError as error:
            return {}, str(error)
        return answers.summary(plan, base), "certified"

    with ThreadPoolExecutor(max_workers=jobs) as pool:
        for number, (values, (results, status)) in enumerate(zip(points, pool.map(one, changed), strict=True), start=1):
            done(number, len(points))
            yield Point(values, results, status)


def as_changes(values: Values) -> list[str]:
    """Write the settings of a point as `scenario.changed` takes them.

    Examples
    --------
    >>> as_changes({"projects": "late", "build": False})
    ['projects=late', 'build=false']
    """
    return [f"{key}={_text(value)}" for key, value in values.items()]


def _text(value: object) -> str:
    """Write a value as TOML reads it."""
    return repr(value) if isinstance(value, float) else str(value).lower() if isinstance(value, bool) else str(value)


def _loaded(study: Study, picture: Picture, scenario: Scenario) -> Run | None:
    """Run the scenario that points start from, None where it has no plan."""
    try:
        return runs.run(study, picture, scenario)
    except DepgraphError:
        return None


def effects(
    study: Study, picture: Picture, scenario: Scenario, names: Sequence[str], quantity: str, *, jobs: int = 1
) -> list[Effect]:
    """Move each assumption or figure alone to its lowest and its highest value.

    Parameters
    ----------
    study, picture, scenario
        What is run.
    names
        Assumptions or figures with a range.
    quantity
        Which of `answers.summary` is watched.
    jobs
        Runs at a time.

    Returns
    -------
    list of Effect
        The widest first; a side without a certified plan is None and counts as widest.

    Raises
    ------
    UnknownNameError
        If the summary has no such quantity.
    DepgraphError
        If the scenario itself has no certified plan.
    """
    plan, base = runs.run(study, picture, scenario), runs.run(study, picture, pooling.unchanged(scenario))
    results = answers.summary(plan, base)
    if quantity not in results:
        what = "quantity of the summary"
        raise UnknownNameError(what, quantity, results)
    central = results[quantity]
    ranges = {name: answers.bounds(study, scenario, name) for name in names}
    wide = {name: bounds for name, bounds in ranges.items() if bounds[0] < bounds[2]}
    points = [{name: bounds[side]} for name, bounds in wide.items() for side in (0, 2)]
    found = list(sweep(study, picture, scenario, points, jobs=jobs))
    pairs = zip(wide.items(), found[::2], found[1::2], strict=True)
    made = [
        Effect(name, *bounds, low.results.get(quantity), central, high.results.get(quantity))
        for (name, bounds), low, high in pairs
    ]
    return sorted(made, key=lambda e: (-_width(e), e.name))


def _width(effect: Effect) -> float:
    """Return how far a quantity moves."""
    if effect.at_low is None or effect.at_high is None:
        return float("inf")
    ends = (effect.at_low, effect.at_central, effect.at_high)
    return max(ends) - min(ends)


def flip(
    study: Study, picture: Picture, scenario: Scenario, key: str, ends: tuple[float, float], *, steps: int = 8
) -> Flip:
    """Find how far a setting must move before other plants are ordered.

    The recommendation is the set of regions and stages in which capacity is ordered. It is looked
    up at evenly spaced values on both sides of the present one, then halved in to between the two
    nearest that differ.

    Parameters
    ----------
    study, picture, scenario
        What is run.
    key
        An assumption, a figure or a setting with a number.
    ends
        Lowest and highest value to try.
    steps
        Values to look up between them.

    Returns
    -------
    Flip
        To a thousandth of the range.

    Raises
    ------
    DepgraphError
        If the scenario has no certified plan at its present value.
    """
    present = scenarios.number(study, scenario, key)
    before = _recommended(study, picture, scenario, key, present)
    if before == NO_PLAN:
        runs.run(study, picture, scenario)  # raises with what clashes
    tried = sorted(np.linspace(*ends, steps + 1).tolist(), key=lambda value: (abs(value - present), value))
    for value in tried:
        if _recommended(study, picture, scenario, key, value) != before:
            break
    else:
        return Flip(key, present, None, before, before)
    near, far = present, value
    while abs(far - near) > abs(ends[1] - ends[0]) / 1000:
        middle = (near + far) / 2
        near, far = (middle, far) if _recommended(study, picture, scenario, key, middle) == before else (near, middle)
    return Flip(key, present, far, before, _recommended(study, picture, scenario, key, far))


def _recommended(study: Study, picture: Picture, scenario: Scenario, key: str, value: float) -> tuple[str, ...]:
    """Return where a scenario orders capacity with a setting at a value."""
    try:
        plan = runs.run(study, picture, scenarios.changed(study, scenario, [f"{key}={value!r}"]))
    except InfeasibleError:
        return NO_PLAN
    return tuple(sorted({f"{item.region} {item.stage}" for item in answers.built(plan)}))
