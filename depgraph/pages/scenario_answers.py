"""A scenario solved for a report: every answer that the page shows, within a budget that the page states."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from depgraph.core.errors import DepgraphError, InfeasibleError, UnknownNameError
from depgraph.diversion import answers, conflicts, frontier, marginal, outcomes, pooling, sweeps
from depgraph.diversion import run as runs
from depgraph.diversion import scenario as scenarios
from depgraph.diversion.answers import Flow, Held
from depgraph.diversion.run import Run
from depgraph.diversion.scenario import Scenario
from depgraph.evidence.estimates import Picture
from depgraph.lp import prices
from depgraph.lp.solve import Vector
from depgraph.pages.plan_results import Clash, Diversion, Extra, Solved, Tried
from depgraph.study import ledger
from depgraph.study.study import Study

CHANGES = 40  # single deliveries that are listed
PRICED = 20  # limits that are priced, and routes
STAGES = 3  # stages of which assumptions are moved
# assumptions that hold for every stage and that a cost depends on; know-how only where it may be used
EVERYWHERE = (
    ledger.DISCOUNT_RATE,
    ledger.LATENT_MARGIN,
    ledger.UTILISATION,
    ledger.HOME_FIRST,
)
# then, in this order, columns that say what a stage would cost elsewhere: table and column
COLUMNS = (
    ("commodities", "elasticity"),
    ("commodities", "price"),
    ("technologies", "cost"),
    ("technologies", "lead"),
    ("technologies", "ramp"),
    ("commodities", "freight"),
    ("technologies", "investment"),
)
WATCHED = "diversion_cost"

T = TypeVar("T")


@dataclass(frozen=True)
class Budget:
    """How much is computed.

    Attributes
    ----------
    points
        Points of the frontier.
    moved
        Assumptions that are moved; each takes two runs and two unchanged ones.
    jobs
        Runs at a time.
    """

    points: int = 11
    moved: int = 10
    jobs: int = 1


def solve(
    study: Study,
    picture: Picture,
    name: str,
    *,
    stage: str | None = None,
    cone: str | None = None,
    budget: Budget | None = None,
) -> Solved:
    """Solve a scenario and ask of the plan all that a report shows.

    Parameters
    ----------
    study, picture
        As `run.run`.
    name
        The scenario.
    stage
        The stage whose flows are drawn.
    cone
        The stage whose flows are drawn if none is named and the run holds it; else the one where
        deliveries change most in value.
    budget
        How much is computed.

    Returns
    -------
    Diversion or Clash
        Parts that cannot be computed are empty and named in ``failed``. A scenario without a plan
        gives what clashes.

    Raises
    ------
    UnknownNameError
        If the study has no such scenario or the run no such stage.
    DepgraphError
        As `run.run`; and if physics and bookkeeping alone clash.
    """
    scenario = scenarios.find(study, name)
    lineage = _lineage(study, scenario)
    try:
        run = runs.run(study, picture, scenario)
    except InfeasibleError:
        prepared = runs.prepare(study, picture, scenario)
        return Clash(scenario, lineage, tuple(conflicts.explain(scenario, *prepared)))
    if stage is not None and stage not in run.case.stages:
        what = f"stage of the scenario {scenario.scenario_id}"
        raise UnknownNameError(what, stage, run.case.stages)
    base = runs.run(study, picture, pooling.unchanged(scenario))
    if stage is None and cone in run.case.stages:
        stage = cone
    return _asked(study, picture, (run, base), stage, budget or Budget())


def _lineage(study: Study, scenario: Scenario) -> tuple[Scenario, ...]:
    """Return the scenarios that one extends, nearest first."""
    library = scenarios.read_all(study)
    found: list[Scenario] = []
    parent = scenario.get("extends")
    while parent is not None and parent in library and parent not in {item.scenario_id for item in found}:
        found.append(library[parent])
        parent = library[parent].get("extends")
    return tuple(found)


def _asked(study: Study, picture: Picture, pair: tuple[Run, Run], stage: str | None, budget: Budget) -> Diversion:
    """Ask a plan everything."""
    run, base = pair
    case, scenario = run.case, run.scenario
    changed = _changed(run)
    ordered = sorted(changed, key=lambda name: (-changed[name], case.stages.index(name)))
    drawn, year, everywhere = _chosen(run, stage)
    exposures = answers.exposures(run)
    threshold = scenario.get("threshold")
    if threshold is None:
        threshold = scenarios.number(study, scenario, ledger.INDEPENDENCE)
    changes = answers.changes(run)
    failed: dict[str, str] = {}
    unique = _tried(failed, "unique", lambda: [prices.uniqueness(run.programme, run.solution)])
    return Diversion(
        scenario=scenario,
        lineage=_lineage(study, scenario),
        bloc=scenario.get("bloc", study.settings["bloc"]),
        rival=scenario.get("rival", study.settings["rival"]),
        years=(case.years[0], case.years[-1]),
        summary=answers.summary(run, base),
        stage=drawn,
        year=year,
        unit=case.units[case.stages.index(drawn)],
        asked=stage is not None,
        everywhere=everywhere,
        flows=_flows(run, drawn, year, everywhere=everywhere),
        changed={name: changed[name] for name in ordered},
        changes=tuple(changes[:CHANGES]),
        more_changes=max(0, len(changes) - CHANGES),
        extra=_extra(run, base),
        unique=unique == (True,),
        ranges=dict(_tried(failed, "ranges", lambda: _ranges(run, base))),
        built=tuple(answers.built(run)),
        late=tuple(answers.unseen(run)),
        missing=tuple(answers.missing(run)),
        stocks=_stocks(run),
        exposures=tuple(exposures),
        independence=tuple(answers.independence(run, exposures, threshold)),
        threshold=float(threshold),
        frontier=_tried(failed, "frontier", lambda: frontier.trace(run, budget.points)),
        points=budget.points,
        prices=_tried(failed, "prices", lambda: marginal.capacity_prices(run, PRICED)),
        routes=_tried(failed, "routes", lambda: marginal.closed_routes(run, PRICED)),
        tornado=_tornado(study, picture, run, ordered, budget, failed),
        failed=failed,
    )


def _tried(failed: dict[str, str], part: str, make: Callable[[], Sequence[T]]) -> tuple[T, ...]:
    """Compute a part; where that fails the rest of the report stands and says why."""
    try:
        return tuple(make())
    except DepgraphError as error:
        failed[part] = str(error)
        return ()


def _shifts(run: Run) -> Vector:
    """Return by how much each delivery differs from the base year, million USD at base prices; no rounding."""
    shift = np.abs(answers.flows(run) - run.account.flows[..., None])
    floor = answers.DUST * np.maximum(1.0, run.account.world)
    worth: Vector = np.where(shift > floor[:, None], shift, 0.0) * run.case.price[:, None]
    return worth


def _changed(run: Run) -> dict[str, float]:
    """Return the value of all deliveries of each stage that change, million USD over all years."""
    totals = _shifts(run).sum(axis=(0, 1, 3))
    return {stage: float(value) for stage, value in zip(run.case.stages, totals, strict=True)}


def _chosen(run: Run, stage: str | None) -> tuple[str, int, bool]:
    """Choose the stage and year that are drawn, and whether all trade is or what the bloc makes and buys."""
    case, shifts = run.case, _shifts(run)
    into = shifts[:, case.bloc].sum(axis=(0, 1))
    if stage is not None:
        k = case.stages.index(stage)
        into = np.where(np.arange(len(case.stages))[:, None] == k, into, 0.0)
        shifts = shifts * (np.arange(len(case.stages)) == k)[:, None]
    everywhere = bool(into.max() == 0 and shifts.max() > 0)
    table = shifts.sum(axis=(0, 1)) if everywhere else into
    k = case.stages.index(stage) if stage is not None else int(table.sum(axis=1).argmax())
    # of years that differ as much the last: it is where the plan leads
    t = len(case.years) - 1 - int(np.round(table[k][::-1], 6).argmax())
    return case.stages[k], case.years[t], everywhere


def _flows(run: Run, stage: str, year: int, *, everywhere: bool) -> tuple[Flow, ...]:
    """Return deliveries of a stage before and after, the largest first."""
    case = run.case
    k, t = case.stages.index(stage), case.years.index(year)
    before, after = run.account.flows[..., k], answers.flows(run)[..., k, t]
    floor = answers.DUST * max(1.0, float(run.account.world[k]))
    found = []
    for i, j in zip(*np.nonzero(np.maximum(before, after) > floor), strict=True):
        if (everywhere and i != j) or (not everywhere and case.bloc[j]):
            pair = case.economies[i], case.economies[j]
            found.append(Flow(stage, *pair, year, float(before[i, j]), float(after[i, j]), case.units[k]))
    return tuple(sorted(found, key=lambda flow: (-max(flow.before, flow.after), flow.exporter, flow.importer)))


def _extra(run: Run, base: Run) -> tuple[Extra, ...]:
    """Return what a plan costs beyond the unchanged run, by part and region."""
    both = [{(item.part, item.region): item.value for item in answers.costs(each)} for each in (run, base)]
    if not (answers.priced(run) and answers.priced(base)):  # payments of one without those of the other mean nothing
        both = [{key: value for key, value in costs.items() if key[0] not in answers.PAYMENTS} for costs in both]
    found = []
    for part, region in sorted({*both[0], *both[1]}):
        after, before = (costs.get((part, region), 0.0) for costs in both)
        if abs(after - before) > max(answers.DUST, answers.NOISE * max(abs(after), abs(before))):
            found.append(Extra(part, region, after - before))
    return tuple(found)


def _ranges(run: Run, base: Run) -> list[tuple[str, tuple[float, float]]]:
    """Return the range of each sum over all plans that cost as little; what the solver rounds is no range."""
    tolerance = answers.NOISE * (1.0 + abs(run.solution.objective))
    found = outcomes.spans(run, base).items()
    ends = {
        name: (0.0 if abs(low) <= tolerance else low, 0.0 if abs(high) <= tolerance else high)
        for name, (low, high) in found
    }
    return [(name, pair) for name, pair in ends.items() if pair[1] - pair[0] > tolerance]


def _stocks(run: Run) -> tuple[Held, ...]:
    """Return stocks of regions and stages where the plan moves any."""
    held = answers.stocks(run)
    series: dict[tuple[str, str], list[float]] = {}
    for item in held:
        series.setdefault((item.region, item.stage), []).append(item.amount)
    moved = {key for key, amounts in series.items() if max(amounts) - min(amounts) > answers.DUST * max(1.0, *amounts)}
    return tuple(item for item in held if (item.region, item.stage) in moved)


def _tornado(  # noqa: PLR0917 - private, called once
    study: Study, picture: Picture, run: Run, ordered: Sequence[str], budget: Budget, failed: dict[str, str]
) -> Tried:
    """Move some assumptions alone, chosen by a rule that the report states."""
    stages = tuple(ordered[:STAGES])
    names, wide = movers(study, run, stages, budget.moved)
    if not any(_changed(run).values()):
        failed["tornado"] = "the plan changes nothing"
        return Tried((), 0, wide, stages)
    found = _tried(
        failed,
        "tornado",
        lambda: sweeps.effects(study, picture, run.scenario, names, WATCHED, jobs=budget.jobs) if names else [],
    )
    return Tried(found, len(names), wide, stages)


def movers(study: Study, run: Run, stages: Sequence[str], count: int) -> tuple[list[str], int]:
    """Choose the assumptions that are moved.

    First those that hold for every stage and bear on the cost; then of the stages given, column by
    column, how fast other suppliers become dearer, the price, cost, time and speed of building,
    freight and investment.

    Parameters
    ----------
    study, run
        The study and a certified run.
    stages
        Stages of which assumptions are taken, in order.
    count
        How many at most.

    Returns
    -------
    (names, wide)
        The names, and how many figures and assumptions with a range the run rests on.
    """
    behind = {name for stage in run.case.stages for name in run.account.parents[stage]} | {*ledger.DIVERSION}
    known = behind & {*study.ledger, *study.figures}
    wide = {name for name in known if _width(study, run.scenario, name) > 0}
    first = [*EVERYWHERE, *([ledger.KNOW_HOW] if run.scenario.get("transplants") else [])]
    asked = [
        row[column]
        for table, column in COLUMNS
        for stage in stages
        for row in study.tables[table]
        if row["stage_id"] == stage
    ]
    return [name for name in dict.fromkeys([*first, *asked]) if name in wide][:count], len(wide)


def _width(study: Study, scenario: Scenario, name: str) -> float:
    """Return the width of the range of a figure or assumption, 0 where it has no number."""
    try:
        low, _, high = answers.bounds(study, scenario, name)
    except DepgraphError:
        return 0.0
    return high - low
