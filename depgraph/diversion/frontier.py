"""Cost against exposure: what each point of the rival's part costs, and which capacity makes it dearer."""

from dataclasses import dataclass, replace

import numpy as np

from depgraph.core.errors import InfeasibleError
from depgraph.diversion import answers, marginal
from depgraph.diversion.run import Run
from depgraph.lp import parametric
from depgraph.lp.parametric import Line
from depgraph.lp.solve import Limit, Solution
from depgraph.lp.warm import WarmSolver


@dataclass(frozen=True)
class Point:
    """One point of the frontier.

    Attributes
    ----------
    exposure
        What the bloc buys of the rival over the run, part of what it buys in the plan of least cost;
        stages are added at base prices.
    bought
        The same in million USD.
    cost
        Least present value of all costs, million USD.
    slope
        Million USD of cost for one million USD less bought of the rival.
    starts
        Capacities and other limits that cost something here and not at the point before.
    """

    exposure: float
    bought: float
    cost: float
    slope: float
    starts: tuple[str, ...]


def trace(run: Run, points: int) -> list[Point]:
    """Trace the least cost at evenly spaced exposures, from that of the plan down to the least there is.

    min cost  subject to  sum p x[R,j] <= epsilon, the weights being base prices

    Parameters
    ----------
    run
        A certified run; its plan is the first point.
    points
        How many, at least 2.

    Returns
    -------
    list of Point
        Falling exposure, rising cost. The curve is convex, for only a right-hand side moves: the
        slopes rise. Where even the worth of unmet demand would be paid, exposure ends at 0.

    Raises
    ------
    UncertifiedError
        If slopes do not rise: the numbers are too badly scaled to tell.
    """
    row = run.model.rows("exposure").start
    weights = marginal.bought(run)
    first = float(weights @ run.solution.x)
    hot = WarmSolver(run.programme)
    found: list[Point] = []
    before: frozenset[str] = frozenset()
    for part in np.linspace(1.0, 0.0, points):
        top = run.programme.row_hi.copy()
        top[row] = first * part
        programme = replace(run.programme, row_hi=top)
        try:
            solution = hot.solve(programme)
        except InfeasibleError:
            break
        limits = _limits(run, solution)
        starts = tuple(sorted(limits - before)) if found else ()
        bought = float(weights @ solution.x)
        found.append(
            Point(
                bought / first if first else 0.0, bought, solution.objective, -float(solution.duals[row]) + 0.0, starts
            )
        )
        before = limits
    return found


def _limits(run: Run, solution: Solution) -> frozenset[str]:
    """Return what binds, years left out: the capacity and not each of its years is what an analyst names."""
    found = set()
    for name in marginal.PRICED:
        rows = run.model.rows(name)
        for n in np.flatnonzero(np.abs(solution.duals[rows]) > answers.DUST):
            found.add(run.model.row_label(rows.start + int(n)).rpartition(" in ")[0])
    return frozenset(found)


def kinks(run: Run) -> list[Point]:
    """Find every kink of the frontier exactly.

    Parameters
    ----------
    run
        A certified run.

    Returns
    -------
    list of Point
        The ends and all kinks, falling exposure. A model of all chains has many; choose the
        products, or use `trace`.

    Raises
    ------
    UncertifiedError
        If the curve that was found is not convex.
    """
    row = run.model.rows("exposure").start
    first = float(marginal.bought(run) @ run.solution.x)
    curve = parametric.frontier(run.programme, {Limit("row", row, "high"): Line(0.0, first)}, 0.0, 1.0)
    scale = first or 1.0
    found = [Point(curve.high, curve.high * first, curve.cost(curve.high), -curve.segments[-1].slope / scale + 0.0, ())]
    for kink in reversed(curve.kinks):
        # theta falls along the list: what ends as theta rises is what starts here
        starts = tuple(sorted({_name(run, limit) for limit in kink.ends} - {""}))
        found.append(Point(kink.theta, kink.theta * first, kink.cost, -kink.left / scale + 0.0, starts))
    found.append(Point(curve.low, curve.low * first, curve.cost(curve.low), -curve.segments[0].slope / scale + 0.0, ()))
    return found


def _name(run: Run, limit: Limit) -> str:
    """Name a limit that an analyst can act on, nothing for bookkeeping."""
    if limit.kind == "row" and run.model.family(limit.number) in marginal.PRICED:
        return run.model.row_label(limit.number)
    return ""
