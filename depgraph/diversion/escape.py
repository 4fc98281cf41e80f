"""How soon a stage could do without the rival if nobody else bought more from it, and what that costs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from depgraph.core.errors import InfeasibleError
from depgraph.diversion import answers, pooling, soonest
from depgraph.diversion import run as runs
from depgraph.diversion.instance import Case, Flags
from depgraph.diversion.run import GIVE, Run
from depgraph.diversion.scenario import Scenario
from depgraph.evidence.estimates import Picture
from depgraph.lp.related import with_rows
from depgraph.lp.solve import Programme, Vector
from depgraph.lp.warm import WarmSolver
from depgraph.study.study import Study

NO_PLAN = "no plan serves everybody as before while nobody buys more from the rival"
NOT_IN_TIME = "the rival's part stays above the threshold in the last year"
NO_COST = "the cost is not known: rounding leaves no plan"
NO_SUPPLY = "the bloc neither makes nor buys the stage in the base run"
NOT_TAKEN = "with reshuffling the bloc takes nothing of the stage in some plan: it has no direct part then"
NEVER_HELD = "could be under the threshold from the first year: nothing holds it up"
NO_PRICE = "no capacity and no order has a price: inputs or demand hold it up"
TOLERANCE = 1e-9  # of a part, or of a unit


@dataclass(frozen=True)
class Escape:
    """When a stage could be independent without reshuffling, and at what cost.

    Attributes
    ----------
    stage
        The stage.
    year_direct
        First year of independence if others may buy from the rival what they sell to the bloc, as
        `soonest.soonest` has it; None if not within the run, or if the bloc then takes nothing of it.
    year
        The same if nobody buys more from the rival than in the base run; None if not within the run
        or not known. A part is one of what the bloc makes and buys in the base run.
    least_part
        The rival's part in the last year at least; None if not known.
    cost_musd
        Million USD of present value that it costs to hold the rival to the threshold from that year on.
    holds_up
        The capacity or order that would bring the year forward most: of the stage itself, or where
        none of its own has a price, of another stage.
    missing
        Why a value is None.
    """

    stage: str
    year_direct: int | None
    year: int | None
    least_part: float | None
    cost_musd: float | None
    holds_up: str | None
    missing: str


def escape(study: Study, picture: Picture, scenario: Scenario, threshold: float) -> list[Escape]:
    """Find the year and the cost of escape of each stage in a scenario.

    Duties that the scenario sets are left out: they would pay for the escape before it is counted.
    What it allows (plants, orders, transplants) and what it forbids (embargoes, caps) stays.

    Parameters
    ----------
    study, picture
        The study and its estimates.
    scenario
        What may be built.
    threshold
        Part of the bloc's supply.

    Returns
    -------
    list of Escape
        In the order of the stages; those that the bloc neither makes nor buys are left out.

    Raises
    ------
    DepgraphError
        If a run on the way has no certified answer.
    """
    settings = {key: value for key, value in scenario.settings.items() if key != "tariff"}
    run = runs.run(study, picture, replace(scenario, settings=settings))
    return escapes(run, runs.run(study, picture, pooling.unchanged(scenario)), threshold)


def escapes(run: Run, base: Run, threshold: float) -> list[Escape]:
    """Find the year and the cost of escape of each stage of a run beside its unchanged twin.

    With B the bloc, R the rival, p everybody else, x of the base run and x' of the plan, for all
    stages l and years t at once:

        sum_p x'[R,p,l,t] <= sum_p x[R,p,l,t]               nobody else buys more from the rival
        sum_{j in B} x'[R,j,l,t] <= sum_{j in B} x[R,j,l,t]  nor does the bloc, at any other stage
        u'[c,l,t] <= u of the run, c outside the bloc        and nobody else goes without for it
        g'[n] <= g of the run                                nor the bloc

    Without the second row a stage is emptied by buying the next one ready-made; without the third
    by leaving others short. The year y of stage k is the first from which there is a plan with

        sum_{j in B} x'[R,j,k,t] <= threshold sum_{i, j in B} x[i,j,k,t], t >= y

    and its cost is the least c x' under all of it less the least cost under the first rows alone.
    Stages count one at a time: their costs do not add up.

    Parameters
    ----------
    run
        A certified run, without duties of its own.
    base
        The run of the same years, chains and assumptions without policy or shock.
    threshold
        Part of the bloc's supply.

    Returns
    -------
    list of Escape
        As `escape`.

    Raises
    ------
    UncertifiedError
        If an answer fails the certificate.
    """
    direct = {item.stage: item.year for item in soonest.soonest(run, threshold)}
    question = _Question(run, base, no_backfill(run, base), threshold)
    stages = [stage for k, stage in enumerate(run.case.stages) if (question.supply(k) > 0).any() or stage in direct]
    try:
        hot = WarmSolver(question.closed)
    except InfeasibleError:
        found = [_unknown(stage, NO_PLAN) for stage in stages]
    else:
        least = hot.solve(question.closed).objective
        found = [_one(question, hot, stage, least) for stage in stages]
    return [_beside(item, direct) for item in found]


@dataclass(frozen=True)
class _Question:
    """A run, its unchanged twin, the programme with the rows above, and the threshold."""

    run: Run
    base: Run
    closed: Programme
    threshold: float

    def supply(self, k: int) -> Vector:
        """Return what the bloc makes and buys of a stage in the base run, by year."""
        supply: Vector = answers.flows(self.base)[:, self.base.case.bloc, k].sum(axis=(0, 1))
        return supply

    def kept_out(self, k: int, first: int) -> Programme:
        """Hold the rival's deliveries of a stage to the threshold part of that supply from a year on."""
        years = len(self.run.case.years)
        # the rows of the bloc are the last of the programme, by stage and year
        start = len(self.closed.row_hi) - (len(self.run.case.stages) - k) * years
        top = self.closed.row_hi.copy()
        held = top[start + first : start + years]
        held[:] = np.minimum(held, self.threshold * self.supply(k)[first:] * (1 + GIVE))
        return replace(self.closed, row_hi=top)


def _beside(item: Escape, direct: Mapping[str, int | None]) -> Escape:
    """Add the year with reshuffling; where the bloc then does without the stage there is none."""
    if item.stage in direct:
        return replace(item, year_direct=direct[item.stage])
    return replace(item, missing="; ".join(filter(None, (item.missing, NOT_TAKEN))))


def _one(question: _Question, hot: WarmSolver, stage: str, least: float) -> Escape:
    """Answer for one stage: the year by which it is free at the latest, then the years before, then the cost."""
    run = question.run
    k, years = run.case.stages.index(stage), run.case.years
    supply = question.supply(k)
    if not (supply > 0).all():
        return _unknown(stage, NO_SUPPLY)
    solution = hot.solve(replace(question.closed, cost=soonest.bought(run, k)))
    plan = replace(run, programme=question.closed, solution=solution)
    parts = _from_rival(plan, run.case.bloc)[k] / supply
    first = int(np.flatnonzero(parts > question.threshold + TOLERANCE).max(initial=-1)) + 1
    first = _earlier(question, hot, k, first)
    dearest, elsewhere = soonest.holding(plan, k, solution) if first else ("", "")
    cost = _cost(hot, question.kept_out(k, first), least) if first < len(years) else None
    year = years[first] if first < len(years) else None
    holds = (dearest or elsewhere) if first else ""
    reasons = [NOT_IN_TIME] if year is None else [NO_COST] if cost is None else []
    if not holds:
        reasons.append(NO_PRICE if first else NEVER_HELD)
    return Escape(stage, None, year, float(parts[-1]), cost, holds or None, "; ".join(reasons))


def _earlier(question: _Question, hot: WarmSolver, k: int, first: int) -> int:
    """Return the place of the first year of escape, which is at the latest the one given.

    Of the plans that are free from a year on, the one of least deliveries over all years is only
    one. With the years after it held to the threshold, the deliveries of the year before are made
    as small as they can be: if they are small enough, the escape is a year earlier.
    """
    run, supply = question.run, question.supply(k)
    while first:
        weight = soonest.bought(run, k)
        weight[np.delete(run.model.columns.shipment, first - 1, axis=1)] = 0.0
        found = hot.solve(replace(question.kept_out(k, first), cost=weight)).objective
        if found > question.threshold * supply[first - 1] * (1 + GIVE) + TOLERANCE:
            return first
        first -= 1
    return first


def _unknown(stage: str, reason: str) -> Escape:
    """Return a stage of which nothing is known without reshuffling."""
    return Escape(stage, None, None, None, None, None, reason)


def _cost(hot: WarmSolver, programme: Programme, least: float) -> float | None:
    """Return what a programme costs above the least cost; None if it has no plan."""
    try:
        return answers.beyond(hot.solve(programme).objective, least)
    except InfeasibleError:
        return None


def no_backfill(run: Run, base: Run) -> Programme:
    """Return the programme of a run in which nobody buys more from the rival and nobody goes without.

    Parameters
    ----------
    run
        A certified run.
    base
        The run that says what the others and the bloc buy from the rival.

    Returns
    -------
    Programme
        Below the rows of the run one for each stage and year of the others, then one for each stage
        and year of the bloc.
    """
    programme = _served(run, soonest.held(run))
    for buyers in (_others(run.case), run.case.bloc):
        bought = _from_rival(base, buyers)
        chosen = run.case.rival[run.case.routes.exporter] & buyers[run.case.routes.importer]
        columns = run.model.columns.shipment[chosen]
        rows = run.case.routes.stage[chosen][:, None] * len(run.case.years) + np.arange(len(run.case.years))
        ones = np.ones(columns.size)
        programme = with_rows(programme, rows.ravel(), columns.ravel(), ones, (bought * (1 + GIVE)).ravel())
    return programme


def _others(case: Case) -> Flags:
    """Return who is neither in the bloc nor the rival."""
    others: Flags = ~case.bloc & ~case.rival
    return others


def _from_rival(run: Run, buyers: Flags) -> Vector:
    """Return what buyers take from the rival, by stage and year."""
    bought: Vector = answers.flows(run)[run.case.rival][:, buyers].sum(axis=(0, 1))
    return bought


def _served(run: Run, programme: Programme) -> Programme:
    """Hold the unmet demand of everybody outside the bloc at what the run leaves unmet."""
    outside = run.model.columns.unmet[~run.case.bloc[run.case.demands.economy]]
    high = programme.ub.copy()
    high[outside] = np.maximum(run.solution.x[outside], 0.0) * (1 + GIVE) + GIVE
    return replace(programme, ub=high)
