"""Building together or apart: the duplication premium, and the trade cost at which pooling stops paying."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from depgraph.core.errors import InfeasibleError
from depgraph.diversion import assembly, plants, scope, supply_side, trade_side
from depgraph.diversion import run as runs
from depgraph.diversion import scenario as scenarios
from depgraph.diversion.instance import CaseError
from depgraph.diversion.model import Model
from depgraph.diversion.scenario import Scenario
from depgraph.evidence.estimates import Picture
from depgraph.lp.solve import Programme, Vector
from depgraph.lp.warm import WarmSolver
from depgraph.study import ledger
from depgraph.study.study import Study

TOP = 1024.0  # multiple of the price at which trade between members is taken to be closed
SEEN = trade_side.BREAKS.index(1.0) + 1  # steps of a used route that hold what was observed
TOP_PLANTS, WIDTH_PLANTS = 2.0, 0.05  # the same with whole plants
WIDTH = 1e-3  # of the price: how exactly the trade cost is found


@dataclass(frozen=True)
class Pooling:
    """What members save by planning together.

    Attributes
    ----------
    unchanged
        Present value of all costs without the scenario's policy, million USD.
    alone
        With it, each member building for itself: between members no more than in the base year.
    pooled
        With it, members delivering freely to each other.
    premium
        (alone - pooled) / (pooled - unchanged): what duplication adds to the cost of diversion;
        None where diverting costs nothing.
    break_even
        Part of the price by which extra trade between members may be dearer before pooling saves
        nothing; None if it saves nothing to begin with, infinite if it always does.
    gap
        Largest relative gap of the searches for whole plants; 0 without whole plants.
    """

    unchanged: float
    alone: float
    pooled: float
    premium: float | None
    break_even: float | None
    gap: float


def compare(study: Study, picture: Picture, scenario: Scenario, *, seconds: float | None = None) -> Pooling:
    """Hold a policy carried out together against the same carried out apart.

    Parameters
    ----------
    study, picture
        The study and its estimates.
    scenario
        The policy; its entries of ``fixed`` say where plants come in whole sizes.
    seconds
        Time for each search for whole plants.

    Returns
    -------
    Pooling
        Costs, premium and break-even trade cost.

    Raises
    ------
    DepgraphError
        As `assembly.make`, `solve.solve` and `plants.plan`.
    """
    settings = {key: value for key, value in scenario.settings.items() if key != "pooled"}
    together, apart = (
        _cost(study, picture, _with(scenario, settings, pooled=pooled), seconds) for pooled in (True, False)
    )
    base = _cost(study, picture, unchanged(scenario), seconds)
    surcharge = between(together.model)
    pooled, alone = together.at(np.zeros_like(surcharge)), apart.at(np.zeros_like(surcharge))
    lowest = base.at(np.zeros(base.model.columns.count))
    tolerance = 1e-6 * (1 + abs(alone))
    return Pooling(
        unchanged=lowest,
        alone=alone,
        pooled=pooled,
        premium=(alone - pooled) / (pooled - lowest) if pooled - lowest > tolerance else None,
        break_even=break_even(
            lambda theta: together.at(theta * surcharge),
            alone - tolerance,
            # each step of a search for whole plants costs minutes: fewer and coarser ones
            reach=(TOP, WIDTH) if together.sizes is None else (TOP_PLANTS, WIDTH_PLANTS),
        ),
        gap=max(together.gaps + apart.gaps + [0.0]),
    )


@dataclass(frozen=True)
class Variant:
    """Pooling under changed settings: a name, what is changed, and what is saved."""

    name: str
    changes: tuple[str, ...]
    pooling: Pooling


def variants(study: Study, picture: Picture, scenario: Scenario, changed: Mapping[str, Sequence[str]]) -> list[Variant]:
    """Hold together against apart once for each set of changes: how far the answer rests on them.

    Parameters
    ----------
    study, picture, scenario
        As for `compare`.
    changed
        Name to changes as `scenario.changed` takes them; none for the scenario as it stands.

    Returns
    -------
    list of Variant
        In the order given.

    Raises
    ------
    DepgraphError
        As `scenario.changed` and `compare`.
    """
    return [
        Variant(name, tuple(changes), compare(study, picture, scenarios.changed(study, scenario, changes)))
        for name, changes in changed.items()
    ]


def unchanged(scenario: Scenario) -> Scenario:
    """Return the scenario without its policy and without its shocks: same years, chains and assumptions."""
    kept = ("bloc", "rival", "circle", "years", "products", "growth", "assumptions", "goals", "threshold")
    settings = {key: scenario.settings[key] for key in kept if key in scenario.settings}
    return replace(scenario, settings=settings)


def _with(scenario: Scenario, settings: dict[str, object], *, pooled: bool) -> Scenario:
    """Return a scenario in which members plan together or apart."""
    return replace(scenario, settings={**settings, "pooled": pooled})


def between(model: Model) -> Vector:
    """Return the present value of a duty of the whole price on trade between members beyond the base year's.

    The steps up to the observed flow go free, so that with a prohibitive duty members are left
    with the trade they had.
    """
    case = model.case
    routes = case.routes
    members = case.bloc[routes.exporter] & case.bloc[routes.importer] & (routes.exporter != routes.importer)
    # the first steps of a used route hold what was observed; the one step of an unused route is without end
    before = np.zeros(len(members), dtype=bool)
    for key in set(zip(routes.exporter[members], routes.importer[members], routes.stage[members], strict=True)):
        steps = np.flatnonzero((routes.exporter == key[0]) & (routes.importer == key[1]) & (routes.stage == key[2]))
        before[steps[: SEEN if len(steps) > 1 else 0]] = True
    vector = np.zeros(model.columns.count)
    extra = members & ~before
    vector[model.columns.shipment[extra]] = case.price[routes.stage[extra]][:, None] * case.discount
    return vector


@dataclass(frozen=True)
class _Cost:
    """Least cost of a model with a surcharge on its columns."""

    name: str
    model: Model
    programme: Programme
    sizes: plants.Sizes | None
    seconds: float | None
    gaps: list[float]
    hot: list[WarmSolver]

    def at(self, surcharge: Vector) -> float:
        """Return the least cost with a surcharge; gaps of searches are noted.

        Raises
        ------
        InfeasibleError
            If no plan satisfies all rows.
        """
        programme = replace(self.programme, cost=self.programme.cost + surcharge)
        try:
            return self._least(programme)
        except InfeasibleError as error:
            msg = f"{self.name}: no plan satisfies all of it"
            raise InfeasibleError(msg, error.multipliers) from error

    def _least(self, programme: Programme) -> float:
        """Solve one programme."""
        if self.sizes is not None:
            found = plants.plan(self.model, programme, self.sizes, seconds=self.seconds)
            self.gaps.append(found.gap)
            return found.objective
        if not self.hot:
            self.hot.append(WarmSolver(programme))
        return self.hot[0].solve(programme).objective


def _cost(study: Study, picture: Picture, scenario: Scenario, seconds: float | None) -> _Cost:
    """Prepare the model of a scenario."""
    _, model, programme = runs.prepare(study, picture, scenario)
    sizes = None
    if scenario.get("fixed"):
        s = assembly.settled(study, picture, scenario)
        stages = [s.account.stages[k] for entry in scenario.get("fixed") for k in scope.entry_stages(s, entry)]
        part = s.part(ledger.FIXED_PART)
        programme, sizes = plants.whole_sizes(model, programme, stages, supply_side.scales(s), part)
    together = "members together" if scenario.get("pooled", True) else "each member for itself"
    return _Cost(f"{scenario.scenario_id}, {together}", model, programme, sizes, seconds, [], [])


def break_even(cost: Callable[[float], float], alone: float, reach: tuple[float, float] = (TOP, WIDTH)) -> float | None:
    """Find the trade cost at which a cost that rises with it reaches the cost of going alone.

    Parameters
    ----------
    cost
        Cost of the pooled plan with trade between members dearer by a part of the price.
    alone
        Cost of planning apart.
    reach
        Highest trade cost to try, and how exactly it is found.

    Returns
    -------
    float or None
        To the width asked for; None if even free trade saves nothing, infinite if the
        pooled plan stays cheaper at any trade cost that was tried.

    Raises
    ------
    CaseError
        If the cost is no number.

    Examples
    --------
    >>> round(break_even(lambda theta: 100 + 40 * theta, 110.0), 3)
    0.25
    """
    low, high = 0.0, 0.125
    if np.isnan(first := cost(0.0)):
        msg = "the cost of the pooled plan is no number"
        raise CaseError(msg)
    if first >= alone:
        return None
    while cost(high) < alone:
        low, high = high, 2 * high
        if high > reach[0]:
            return float("inf")
    while high - low > reach[1] / 4:
        middle = (low + high) / 2
        low, high = (low, middle) if cost(middle) >= alone else (middle, high)
    return (low + high) / 2
