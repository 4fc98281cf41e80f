"""How soon a stage could do without the rival if nothing else mattered: the earliest year under a threshold."""

from dataclasses import dataclass, replace

import numpy as np

from depgraph.core.errors import InfeasibleError
from depgraph.diversion import answers
from depgraph.diversion.run import GIVE, Run
from depgraph.lp.solve import Programme, Solution, Vector
from depgraph.lp.warm import WarmSolver


@dataclass(frozen=True)
class Soonest:
    """The earliest independence of a stage.

    Attributes
    ----------
    stage
        The stage.
    year
        First year from which the rival's part can stay at or under the threshold; None if it
        cannot within the run.
    least
        The rival's part in the last year at least; None if the bloc then takes nothing of the stage.
    dearest
        The capacity or order of the stage that would bring it forward most; empty if none would:
        then inputs or demand hold it up.
    elsewhere
        The capacity or order of another stage that would bring it forward most.
    """

    stage: str
    year: int | None
    least: float | None
    dearest: str
    elsewhere: str


def soonest(run: Run, threshold: float) -> list[Soonest]:
    """Find the earliest year of independence of each stage on its own.

    For each stage k the deliveries of the rival to the bloc over all years are made as small as
    capacities, orders, recipes and embargoes let them be, without leaving more demand of the bloc
    unmet than the plan of the run does:

        min sum_t x[R,B,k,t]  subject to the model and  g_n <= g_n of the run

    Cost plays no part, so this is the speed limit and not a plan. The world is free to rearrange
    itself: others may buy from the rival what they sell to the bloc. Only a stage of which the
    world outside the rival makes too little, or which it cannot sell further, is slow; what the
    rival holds behind the goods of others is the look-through of `answers.exposures`.

    Parameters
    ----------
    run
        A certified run.
    threshold
        Part of the bloc's supply.

    Returns
    -------
    list of Soonest
        In the order of the stages; those that the bloc neither makes nor buys are left out.

    Raises
    ------
    UncertifiedError
        If an answer fails the certificate.
    """
    case, programme = run.case, held(run)
    hot = WarmSolver(programme)
    found = []
    for k, stage in enumerate(case.stages):
        weight = bought(run, k)
        try:
            solution = hot.solve(replace(programme, cost=weight))
        except InfeasibleError:
            continue  # rounding of the goals: the run itself is a plan, so this is no finding
        least = replace(run, programme=programme, solution=solution)
        parts = {item.year: item.direct for item in answers.exposures(least, only=stage)}
        known = {year: part for year, part in parts.items() if part is not None}
        if not known:
            continue
        over = [year for year, part in sorted(known.items()) if part > threshold + 1e-9]
        last = case.years[-1]
        year = case.years[0] if not over else None if over[-1] == last else over[-1] + 1
        dearest, elsewhere = ("", "") if not over else holding(least, k, solution)
        found.append(Soonest(stage, year, known.get(last), dearest, elsewhere))
    return found


def held(run: Run) -> Programme:
    """Hold the bloc's unmet demand of every tier at what the run leaves unmet."""
    rows = run.model.rows("goal")
    left = run.programme.times(run.solution.x)[rows]
    top = run.programme.row_hi.copy()
    top[rows] = np.maximum(left, 0.0) * (1 + GIVE) + GIVE
    return replace(run.programme, row_hi=top)


def bought(run: Run, k: int) -> Vector:
    """Return 1 for each delivery of the rival to the bloc at a stage."""
    case, routes = run.case, run.case.routes
    chosen = case.rival[routes.exporter] & case.bloc[routes.importer] & (routes.stage == k)
    weight = np.zeros(run.model.columns.count)
    weight[run.model.columns.shipment[chosen]] = 1.0
    return weight


def holding(run: Run, k: int, solution: Solution) -> tuple[str, str]:
    """Name the limit of the stage itself, and of other stages, with the highest price."""
    case = run.case
    best = {True: (answers.DUST, ""), False: (answers.DUST, "")}
    for family, plant in (("capacity", np.arange(len(case.plants.stage))), ("ramp", case.orders.plant)):
        rows = run.model.rows(family)
        skipped = case.rival[case.plants.economy[plant]]
        if family == "capacity":  # of a plant that can be ordered only the speed of its orders counts
            skipped = skipped | np.isin(plant, case.orders.plant)
        price = np.where(np.repeat(skipped, len(case.years)), 0.0, -solution.duals[rows])
        own = np.repeat(case.plants.stage[plant] == k, len(case.years))
        for mine in (True, False):
            chosen = np.where(own == mine, price, 0.0)
            if chosen.size and chosen.max() > best[mine][0]:
                best[mine] = (float(chosen.max()), run.model.row_label(rows.start + int(chosen.argmax())))
    return best[True][1], best[False][1]
