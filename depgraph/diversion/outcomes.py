"""A scenario to look at and to play with: its outcome with ranges, and controls for a notebook."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from depgraph.core import views
from depgraph.core.errors import DepgraphError
from depgraph.diversion import answers, marginal, pooling, sweeps
from depgraph.diversion import run as runs
from depgraph.diversion import scenario as scenarios
from depgraph.diversion.run import Run
from depgraph.diversion.scenario import Scenario
from depgraph.evidence.estimates import Picture
from depgraph.lp import prices
from depgraph.study.study import Study

# quantity to the part of the cost that it is made of and what it means; ranges are known of parts
PARTS = {
    "production": "making what was bought before, elsewhere",
    "freight": "carrying it",
    "premium": "what suppliers are dearer than the one replaced, and routes than those in use",
    "holding": "stocks: what is bought in, less what is drawn down",
    "investment": "new plants",
    "unmet": "demand not met in any region, at its worth",
    "tariff_revenue": "duties, a transfer, not in the cost of diversion",
}
WHOLE = {
    "diversion_cost": "all regions together; this and all below above the same years without policy or shock",
    "private_cost": "the same with duties",
    "bought": "what the bloc buys of the rival in all years, at prices of the base year",
}
UNMET = "unmet_"
LEFT = {
    "unmet_outside": "demand of regions outside the bloc not met in all years, at prices of the base year",
    UNMET: "demand of the bloc not met in all years, at prices of the base year",
}


# what is shown of an outcome: field and heading
COLUMNS = {"quantity": "quantity", "range": "value, or range over plans as cheap", "meaning": "meaning", "id": "id"}


@dataclass(frozen=True)
class Outcome:
    """One number of a scenario.

    Attributes
    ----------
    id
        For `depgraph why`.
    quantity, meaning
        What it is.
    value
        None where plans that cost as little differ in it: then only the range is an answer.
    low, high
        Over all plans that cost as little, million US dollars.
    """

    id: str
    quantity: str
    low: float
    value: float | None
    high: float
    meaning: str


def outcome(study: Study, picture: Picture, scenario: Scenario) -> list[Outcome]:
    """Run a scenario beside its unchanged twin and say what it costs, with the range over all plans as cheap.

    The optimum of a linear programme is often not unique: the cost is, but not how it is split. The
    range of a part is that of the plan less that of the twin.

    Parameters
    ----------
    study, picture, scenario
        What is run.

    Returns
    -------
    list of Outcome
        Costs and their parts as in `answers.summary`, what the bloc buys of the rival, and what is
        not met, tier by tier: each tier has its least where the scenario serves it as a goal.

    Raises
    ------
    DepgraphError
        As `run.run`, for either run.
    """
    plan, base = runs.run(study, picture, scenario), runs.run(study, picture, pooling.unchanged(scenario))
    found = spans(plan, base)
    for quantity, amount in answers.summary(plan, base).items():
        if quantity.startswith(UNMET):
            found[quantity] = (amount, amount)
    order = [*WHOLE, *PARTS, *(name for name in found if name.startswith(UNMET))]
    return [_outcome(scenario.scenario_id, quantity, found[quantity]) for quantity in order]


def _outcome(name: str, quantity: str, span: tuple[float, float]) -> Outcome:
    """Describe one quantity; what is less than the solver's accuracy is nothing."""
    low, high = (end if abs(end) > answers.DUST else 0.0 for end in span)
    settled = high - low <= answers.DUST * (1 + abs(high))
    said = WHOLE | PARTS
    meaning = said.get(quantity) or next(text for stem, text in LEFT.items() if quantity.startswith(stem))
    return Outcome(f"V:{name}:{quantity}", quantity, low, high if settled else None, high, meaning)


def spans(plan: Run, base: Run) -> dict[str, tuple[float, float]]:
    """Return the range of each quantity over both optimal faces.

    Parameters
    ----------
    plan, base
        A run and its unchanged twin.

    Returns
    -------
    dict
        Each part of the cost, tariff_revenue, private_cost, diversion_cost and ``bought``, all beyond
        the twin's, to (low, high), million US dollars.
    """
    after, before = _parts(plan), _parts(base)
    found = {name: (after[name][0] - before[name][1], after[name][1] - before[name][0]) for name in after}
    revenue = found.pop("tariff")
    private = plan.solution.objective - base.solution.objective
    return found | {
        "tariff_revenue": revenue,
        "private_cost": (private, private),
        "diversion_cost": (private - revenue[1], private - revenue[0]),
    }


def _parts(run: Run) -> dict[str, tuple[float, float]]:
    """Return the range of each part of the cost, and of what is bought of the rival, over all plans as cheap."""
    ranged = marginal.ranges(run)
    if ranged is not None:
        return ranged
    weights = dict(run.model.costs) | {"bought": marginal.bought(run)}
    fixed = {name: float(vector @ run.solution.x) for name, vector in weights.items()}
    return {name: (value, value) for name, value in fixed.items()}


@dataclass(frozen=True)
class BuiltBeside:
    """New capacity of a region at a stage over all years, in two plans: units a year.

    Attributes
    ----------
    region, stage, unit
        Where, and in what.
    first, second
        Low and high over all plans that cost as little; the middle is None where they differ.
    """

    region: str
    stage: str
    first: tuple[float, float | None, float]
    second: tuple[float, float | None, float]
    unit: str


def built_by_stage(first: Run, second: Run) -> list[BuiltBeside]:
    """Hold what two plans order side by side, all years and technologies together.

    Parameters
    ----------
    first, second
        Certified runs of the same stages and regions.

    Returns
    -------
    list of BuiltBeside
        In the order of stages and regions; 0 where no plan as cheap orders anything, and without
        what neither orders.
    """
    case = first.case
    places = sorted({(item.stage, item.region) for plan in (first, second) for item in answers.built(plan)})
    places.sort(key=lambda place: case.stages.index(place[0]))
    spans = [_ordered(plan, places) for plan in (first, second)]
    units = dict(zip(case.stages, case.units, strict=True))
    return [
        BuiltBeside(region, stage, one, other, units[stage])
        for (stage, region), one, other in zip(places, *spans, strict=True)
    ]


def _ordered(run: Run, places: Sequence[tuple[str, str]]) -> list[tuple[float, float | None, float]]:
    """Return what is ordered at each stage and region, over all plans that cost as little."""
    case, columns = run.case, run.model.columns
    owner, stage = case.plants.economy[case.orders.plant], case.plants.stage[case.orders.plant]
    weights = []
    for name, region in places:
        weight = np.zeros(len(run.programme.cost))
        weight[columns.order[(owner == case.economies.index(region)) & (stage == case.stages.index(name))]] = 1.0
        weights.append(weight)
    spans = [(span.low, span.high) for span in prices.value_ranges(run.programme, run.solution, weights)]
    return [(low, high if high - low <= answers.DUST * (1 + high) else None, high) for low, high in spans]


def controls(study: Study, picture: Picture, scenario: Scenario, settings: Mapping[str, Sequence[Any]]) -> Any:  # noqa: ANN401 - a widget, or a view
    """Return one control for each setting; a change runs the scenario again and shows its outcome.

    Parameters
    ----------
    study, picture, scenario
        What is run.
    settings
        Key, as `scenario.changed` takes it, to the values that can be chosen; the first is chosen
        to begin with.

    Returns
    -------
    ipywidgets.interactive or View
        Where ipywidgets is not installed, the outcome with the first values.
    """
    try:
        import ipywidgets
    except ImportError:
        return changed_outcome(study, picture, scenario, {key: values[0] for key, values in settings.items()})

    def update(**values: object) -> None:
        from IPython.display import display

        display(changed_outcome(study, picture, scenario, values))  # type: ignore[no-untyped-call]

    style = {"description_width": "initial"}
    chosen = {
        key: ipywidgets.SelectionSlider(options=list(values), value=values[0], description=key, style=style)
        for key, values in settings.items()
    }
    return ipywidgets.interactive(update, **chosen)


def changed_outcome(study: Study, picture: Picture, scenario: Scenario, values: Mapping[str, object]) -> views.View:
    """Return a view of the outcome with some settings changed, or of why there is no plan.

    Parameters
    ----------
    study, picture, scenario
        What is run.
    values
        Setting to value.

    Returns
    -------
    View
        Quantity, value or range, and meaning.
    """
    try:
        item = scenarios.changed(study, scenario, sweeps.as_changes(values))
        return views.show(outcome(study, picture, item), COLUMNS)
    except DepgraphError as error:
        return views.facts({"no plan": str(error)})
