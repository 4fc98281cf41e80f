"""One run of the model: demand served in the stated order, then least cost, certified."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from depgraph.core import views
from depgraph.core.errors import InfeasibleError, UnboundedError
from depgraph.diversion import assembly
from depgraph.diversion import model as models
from depgraph.diversion.base_year import Account
from depgraph.diversion.instance import Case
from depgraph.diversion.model import Model
from depgraph.diversion.scenario import Scenario
from depgraph.evidence.estimates import Picture
from depgraph.lp import infeasibility
from depgraph.lp.solve import Programme, Solution, Vector
from depgraph.lp.warm import WarmSolver
from depgraph.study.study import Study

# how far a settled goal may give way, relative, so that rounding does not make the next one infeasible
GIVE = 1e-7


@dataclass(frozen=True)
class Run:
    """A scenario with its certified plan.

    Attributes
    ----------
    scenario, account, model
        What was asked, the base year, the equations.
    programme
        What was solved last: the model's with the goals that were settled.
    solution
        The plan.
    goals
        Tier to its least unmet demand, million USD at base prices, where goals were served.
    """

    scenario: Scenario
    account: Account
    model: Model
    programme: Programme
    solution: Solution
    goals: Mapping[str, float]

    def __repr__(self) -> str:
        """Return what was run and what it costs; the plan has thousands of numbers."""
        return self._view().text

    def _repr_html_(self) -> str:
        """Return the same for notebooks."""
        return self._view().html

    def _view(self) -> views.View:
        """Say what was run; everything else is asked of the answers."""
        case = self.case
        said = {"scenario": self.scenario.scenario_id, "title": self.scenario.get("title", "")}
        held = {
            "years": f"{case.years[0]}-{case.years[-1]}",
            "regions": len(case.economies),
            "stages": len(case.stages),
        }
        size = {"variables": len(self.programme.cost), "equations": len(self.programme.row_lo)}
        found = {"certified": True, "cost of all regions, MUSD present value": self.solution.objective}
        return views.facts(said | held | size | found)

    @property
    def case(self) -> Case:
        """Sets and numbers of the run."""
        return self.model.case

    def values(self, block: str) -> Vector:
        """Return the plan's values of a block of variables; a row for each entry, a column for each year."""
        values: Vector = self.solution.x[getattr(self.model.columns, block)]
        return values


def run(study: Study, picture: Picture, scenario: Scenario, hot: WarmSolver | None = None) -> Run:
    """Make, solve and certify a scenario.

    Parameters
    ----------
    study
        A checked study.
    picture
        Its estimates.
    scenario
        What to run.
    hot
        A programme already loaded; it is used where this one differs in bounds and costs alone.

    Returns
    -------
    Run
        With a certified plan.

    Raises
    ------
    InfeasibleError
        If no plan satisfies all rows.
    UnboundedError
        If the cost falls without limit; the message names what grows.
    DepgraphError
        As `assembly.make` and `solve.solve`: a case that means nothing, an answer that fails the
        certificate.
    """
    account, model, programme = prepare(study, picture, scenario)
    try:
        programme, solution, goals = serve(model, programme, scenario.get("goals", []), hot)
    except InfeasibleError as error:
        msg = f"{scenario.scenario_id}: no plan satisfies all of it; `depgraph divert` names what clashes"
        raise InfeasibleError(msg, error.multipliers) from error
    except UnboundedError as error:
        grows = ", ".join(endless(model, programme))
        msg = f"{scenario.scenario_id}: the cost falls without limit as these grow: {grows}"
        raise UnboundedError(msg, error.point, error.direction) from error
    return Run(scenario, account, model, programme, solution, goals)


def endless(model: Model, programme: Programme) -> list[str]:
    """Name what grows without limit while the cost falls; empty where nothing does."""
    names = tuple(map(str, range(len(programme.cost))))
    ray = infeasibility.unbounded_ray(replace(programme, col_names=names))
    return [] if ray is None else [model.column_label(int(name)) for name in ray.steps]


def prepare(study: Study, picture: Picture, scenario: Scenario) -> tuple[Account, Model, Programme]:
    """Make the programme of a scenario without solving it.

    Returns
    -------
    account, model, programme
        The base year, the equations, and the programme with what must be met and what was decided
        before a surprise.

    Raises
    ------
    DepgraphError
        As `assembly.make`; and as `run` for the plan without the surprise.
    """
    case, account = assembly.make(study, picture, scenario)
    model = models.build(case)
    programme = met(model, scenario.get("must", []))
    if "surprise" in scenario.settings:
        unaware = run(study, picture, before(scenario, scenario.settings["surprise"]))
        programme = following(model, programme, unaware, scenario.settings["surprise"])
    return account, model, programme


def met(model: Model, tiers: Sequence[str]) -> Programme:
    """Return the programme in which some tiers of the bloc's demand may not go unmet."""
    demands, high = model.case.demands, model.programme.ub.copy()
    wanted = [model.case.tiers.index(name) for name in tiers]
    high[model.columns.unmet[model.case.bloc[demands.economy] & np.isin(demands.tier, wanted)]] = 0.0
    return replace(model.programme, ub=high)


def before(scenario: Scenario, year: int) -> Scenario:
    """Return what a scenario looks like to those who do not know what begins in a year.

    Embargoes, duties and floors that begin in that year or later are left out; caps are policy,
    which the bloc knows.
    """
    settings = {key: value for key, value in scenario.settings.items() if key != "surprise"}
    for table in ("embargo", "tariff", "floor"):
        settings[table] = [entry for entry in settings.get(table, []) if entry.get("from", 0) < year]
    return replace(scenario, settings=settings)


def following(model: Model, programme: Programme, unaware: Run, year: int) -> Programme:
    """Fix all decisions before a year to those of a plan that did not know what would come.

    Parameters
    ----------
    model, programme
        The model with what comes, and its programme.
    unaware
        The run without it; same entries in every block.
    year
        First year in which the plan may differ.

    Returns
    -------
    Programme
        The programme with equal bounds for the variables of earlier years.
    """
    early = np.array(model.case.years) < year
    low, high = programme.lb.copy(), programme.ub.copy()
    for block in ("output", "order", "shipment", "unmet", "stock", "reexport"):
        column = getattr(model.columns, block)[:, early]
        kept = np.clip(unaware.solution.x[getattr(unaware.model.columns, block)[:, early]], 0.0, high[column])
        low[column] = high[column] = kept
    return replace(programme, lb=low, ub=high)


def serve(
    model: Model, programme: Programme, goals: list[str], hot: WarmSolver | None = None
) -> tuple[Programme, Solution, dict[str, float]]:
    """Serve tiers of demand one after the other, then minimise cost.

    For each tier in turn: min g_n = sum p u over the tier, with g of earlier tiers held at their
    least; at last min cost with all of them held. Where the plan of least cost leaves nothing
    unmet it already is the answer.

    Parameters
    ----------
    model
        The model.
    programme
        Its programme, perhaps with some variables fixed.
    goals
        Names of tiers in order; none to weigh what is missing by its worth alone.
    hot
        As `run`.

    Returns
    -------
    programme, solution, goals
        The last programme, its certified solution and the least unmet demand of each tier,
        million USD at base prices.

    Raises
    ------
    DepgraphError
        As `solve.solve`.
    """
    hot = hot if hot is not None and hot.fits(programme) else WarmSolver(programme)
    solution = hot.solve(programme)
    rows = model.rows("goal")
    left = programme.times(solution.x)[rows]
    wanted = [model.case.tiers.index(name) for name in goals]
    reached = {name: float(left[n]) for name, n in zip(goals, wanted, strict=True)}
    if all(value <= GIVE for value in reached.values()):
        return programme, solution, reached
    for name, n in zip(goals, wanted, strict=True):
        goal = hot.solve(replace(programme, cost=_row(programme, rows.start + n)))
        reached[name] = max(0.0, goal.objective)
        top = programme.row_hi.copy()
        top[rows.start + n] = reached[name] * (1 + GIVE) + GIVE
        programme = replace(programme, row_hi=top)
    return programme, hot.solve(programme), reached


def _row(programme: Programme, row: int) -> Vector:
    """Return the coefficients of a row as a cost vector."""
    vector = np.zeros(len(programme.cost))
    inside = programme.rows == row
    vector[programme.cols[inside]] = programme.values[inside]
    return vector
