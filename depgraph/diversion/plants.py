"""Plants that come in whole sizes: what it costs when members build apart instead of together.

A linear programme charges a small plant in proportion and so never sees duplication. Here an
order is either nothing or at least the smallest efficient size, and each plant costs a fixed sum.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from depgraph.diversion import model as models
from depgraph.diversion.instance import CaseError, Flags
from depgraph.diversion.model import Model
from depgraph.lp import integer, solve
from depgraph.lp.solve import Index, Programme, Solution, Vector

GAP = 1e-6  # relative distance between plan and bound up to which a plan is called proven


@dataclass(frozen=True)
class Sizes:
    """Orders that come in whole plants.

    Attributes
    ----------
    order
        Place among the case's orders, length n.
    least, most
        Units a year that one order holds at least and at most.
    fixed
        Present value of what a plant costs whatever its size, million USD; n by years.
    """

    order: Index
    least: Vector
    most: Vector
    fixed: Vector


@dataclass(frozen=True)
class Plan:
    """A plan with whole plants.

    Attributes
    ----------
    objective
        Present value of all costs, fixed ones included, million USD.
    bound
        No plan costs less than this.
    gap
        (objective - bound) / objective.
    proven
        Whether the gap is within `GAP`; if not, the time ran out first.
    built
        Whether a plant is ordered; by entry of the sizes and year.
    solution
        The certified continuous plan with these plants; its prices hold only as long as they
        stand.
    relaxed
        What the linear relaxation costs: it hides duplication and is no plan.
    """

    objective: float
    bound: float
    gap: float
    proven: bool
    built: Flags
    solution: Solution
    relaxed: float


def plan(model: Model, programme: Programme, sizes: Sizes, *, seconds: float | None = None) -> Plan:
    """Find the plan of least cost with whole plants.

    min c x + sum F y  subject to the model and  least y <= e <= most y,  y 0 or 1

    PuLP and HiGHS choose the plants; with these fixed the linear programme is solved again and
    certified, and the objective is computed from its answer.

    Parameters
    ----------
    model
        The model.
    programme
        Its programme, perhaps with some variables fixed.
    sizes
        Which orders come in whole plants.
    seconds
        When to stop searching; None to search until the plan is proven.

    Returns
    -------
    Plan
        With the gap that is left.

    Raises
    ------
    CaseError
        If a least size is above the largest, or an order is no order of the model.
    InfeasibleError
        If no plan satisfies all rows.
    UncertifiedError
        If the time ran out before any plan was found, or the answer fails the certificate.

    References
    ----------
    Balinski (1965), Management Science 12, 253-313, doi:10.1287/mnsc.12.3.253; Manne (1967),
    Investments for Capacity Expansion, MIT Press.
    """
    _check(model, sizes)
    relaxed = solve.solve(_relaxed(model, programme, sizes)).objective
    built, bound = _choose(model, programme, sizes, seconds)
    solution = solve.solve(_with_plants(model, programme, sizes, built))
    objective = solution.objective + float(sizes.fixed[built].sum())
    # the certified objective may lie a rounding below the solver's bound
    bound = min(bound, objective)
    gap = (objective - bound) / max(1.0, abs(objective))
    return Plan(objective, bound, gap, gap <= GAP, built, solution, relaxed)


def _check(model: Model, sizes: Sizes) -> None:
    """Refuse sizes that mean nothing.

    Raises
    ------
    CaseError
        If there are any.
    """
    if (sizes.least > sizes.most).any() or (sizes.least < 0).any() or (sizes.fixed < 0).any():
        msg = "a plant's least size must lie between 0 and its largest, and its fixed cost must not be negative"
        raise CaseError(msg)
    if len(sizes.order) and not 0 <= sizes.order.min() <= sizes.order.max() < len(model.case.orders.plant):
        msg = "a size for an order that the model does not have"
        raise CaseError(msg)


def _relaxed(model: Model, programme: Programme, sizes: Sizes) -> Programme:
    """Charge each unit its part of the fixed cost of the largest plant, the relaxation y = e / most."""
    cost, high = programme.cost.copy(), programme.ub.copy()
    column = model.columns.order[sizes.order]
    cost[column] += sizes.fixed / sizes.most[:, None]
    high[column] = np.minimum(high[column], sizes.most[:, None])
    return replace(programme, cost=cost, ub=high)


def _with_plants(model: Model, programme: Programme, sizes: Sizes, built: Flags) -> Programme:
    """Return the linear programme in which just these plants are ordered."""
    low, high = programme.lb.copy(), programme.ub.copy()
    column = model.columns.order[sizes.order]
    low[column] = np.where(built, sizes.least[:, None], 0.0)
    high[column] = np.where(built, sizes.most[:, None], 0.0)
    return replace(programme, lb=low, ub=high)


def _choose(model: Model, programme: Programme, sizes: Sizes, seconds: float | None) -> tuple[Flags, float]:
    """Let PuLP and HiGHS choose the plants; return them and the bound that was proven.

    Raises
    ------
    InfeasibleError
        If there is no plan.
    UncertifiedError
        If the search ended without one.
    """
    import pulp

    problem = models.to_pulp(replace(model, programme=programme))
    orders = model.columns.order[sizes.order]
    names = {variable.name: variable for variable in problem.variables()}
    choice = {}
    # an order that the horizon never sees finished is 0 in any case
    ramps = model.rows("ramp")
    open_ = programme.row_hi[ramps].reshape(model.columns.order.shape)[sizes.order] > 0
    for n, t in zip(*np.nonzero(open_), strict=True):
        order = names[models.short_name(model, int(orders[n, t]))]
        y = problem.add_variable(f"y_{n}_{t}", cat=pulp.LpBinary)
        problem += order <= float(sizes.most[n]) * y
        problem += order >= float(sizes.least[n]) * y
        choice[n, t] = y
    problem.setObjective(problem.objective + pulp.lpSum(float(sizes.fixed[key]) * y for key, y in choice.items()))
    ended = integer.search(problem, "plants", timeLimit=seconds, gapRel=GAP / 10)
    built = np.zeros(open_.shape, dtype=bool)
    for key, y in choice.items():
        built[key] = y.value() > 0.5
    return built, ended.bound


def whole_sizes(
    model: Model, programme: Programme, stages: Sequence[str], scale: Vector, fixed_part: float
) -> tuple[Programme, Sizes]:
    """Take the orders of some stages as whole plants.

    The investment I s in a plant of the smallest efficient size s is split into a fixed part
    F = f I s, paid whatever the size, and (1 - f) I for each unit.

    Parameters
    ----------
    model
        The model.
    programme
        Its programme.
    stages
        Stages whose plants come in whole sizes.
    scale
        s by order, units a year; not a number where none is known: such orders stay as they are.
    fixed_part
        f, 0 to 1.

    Returns
    -------
    programme, sizes
        The programme with the cost of a unit lowered by the fixed part, and the sizes. The
        largest plant is what can be ordered in a year, but not less than the smallest.

    Raises
    ------
    CaseError
        If the part is not between 0 and 1.
    """
    if not 0 <= fixed_part <= 1:
        msg = f"the fixed part of an investment lies between 0 and 1 (got {fixed_part:g})"
        raise CaseError(msg)
    case, cost = model.case, programme.cost.copy()
    stage = case.plants.stage[case.orders.plant]
    chosen = np.flatnonzero(np.isin(stage, [case.stages.index(name) for name in stages]) & np.isfinite(scale))
    most = np.maximum(case.orders.ramp[chosen].max(axis=1, initial=0.0), scale[chosen])
    fixed = fixed_part * case.orders.investment[chosen]
    cost[model.columns.order[chosen]] -= fixed
    # a plant is ordered whole: where less can be started in a year, the order stands for its start
    top = programme.row_hi.copy()
    ramps = model.rows("ramp")
    most_by_row = top[ramps].reshape(model.columns.order.shape)
    most_by_row[chosen] = np.where(most_by_row[chosen] > 0, np.maximum(most_by_row[chosen], most[:, None]), 0.0)
    top[ramps] = most_by_row.ravel()
    return replace(programme, cost=cost, row_hi=top), Sizes(
        chosen.astype(np.int32), scale[chosen], most, fixed * scale[chosen][:, None]
    )
