"""A scenario to look at and to play with: its outcome with ranges, and controls for a notebook."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from depgraph import frames
from depgraph.diversion import answers, marginal, pooling, sweeps
from depgraph.diversion import run as runs
from depgraph.diversion import scenario as scenarios
from depgraph.diversion.run import Run
from depgraph.diversion.scenario import Scenario
from depgraph.errors import DepgraphError
from depgraph.estimates import Picture
from depgraph.study import Study

# quantity to the part of the cost that it is made of and what it means; ranges are known of parts
PARTS = {
    "production": "making what was bought before, elsewhere",
    "freight": "carrying it",
    "premium": "what suppliers are dearer than the one replaced, and routes than those in use",
    "holding": "stocks: what is bought in, less what is drawn down",
    "investment": "new plants",
    "unmet": "demand not met, at its worth",
    "tariff_revenue": "duties, a transfer, not in the cost of diversion",
}
WHOLE = {
    "diversion_cost": "all regions together, above the same years without policy or shock",
    "private_cost": "the same with duties",
}
LEFT = {
    "unmet_": "demand of the bloc not met in all years, at prices of the base year",
    "exposure_": "the rival's part of what the bloc makes and buys of the stages held",
}


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
        In the plan that was found.
    low, high
        Over all plans that cost as little; None where that was not asked.
    unit
        MUSD (million US dollars, present value) or share.
    """

    id: str
    quantity: str
    value: float
    low: float | None
    high: float | None
    unit: str
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
        As `answers.summary`.

    Raises
    ------
    DepgraphError
        As `run.run`, for either run.
    """
    plan, base = runs.run(study, picture, scenario), runs.run(study, picture, pooling.unchanged(scenario))
    spans = _spans(plan, base)
    found = []
    for quantity, value in answers.summary(plan, base).items():
        low, high = spans.get(quantity, (None, None))
        unit = frames.SHARE if quantity.startswith("exposure") else frames.MUSD
        identifier = f"V:{scenario.scenario_id}:{quantity}"
        found.append(Outcome(identifier, quantity, value, low, high, unit, _meaning(quantity)))
    return found


def _spans(plan: Run, base: Run) -> dict[str, tuple[float, float]]:
    """Return the range of each quantity whose range is known, over both optimal faces."""
    after, before = _parts(plan), _parts(base)
    spans = {name: (after[name][0] - before[name][1], after[name][1] - before[name][0]) for name in after}
    revenue = spans.pop("tariff")
    private = plan.solution.objective - base.solution.objective
    return spans | {
        "tariff_revenue": revenue,
        "private_cost": (private, private),
        "diversion_cost": (private - revenue[1], private - revenue[0]),
    }


def _parts(run: Run) -> dict[str, tuple[float, float]]:
    """Return the range of each part of the cost over all plans that cost as little."""
    ranged = marginal.ranges(run)
    if ranged is not None:
        return {name: ranged[name] for name in run.model.costs}
    fixed = {name: float(vector @ run.solution.x) for name, vector in run.model.costs.items()}
    return {name: (value, value) for name, value in fixed.items()}


def _meaning(quantity: str) -> str:
    """Say what a quantity is."""
    stems = (text for stem, text in LEFT.items() if quantity.startswith(stem))
    return WHOLE.get(quantity) or PARTS.get(quantity) or next(stems, "")


@dataclass(frozen=True)
class BuiltBeside:
    """New capacity of a region at a stage over all years, in two plans: units a year."""

    region: str
    stage: str
    first: float
    second: float
    unit: str


def built_by_stage(first: Run, second: Run) -> list[BuiltBeside]:
    """Hold what two plans order side by side, all years and technologies together.

    Parameters
    ----------
    first, second
        Certified runs of the same stages.

    Returns
    -------
    list of BuiltBeside
        In the order of stages and regions; 0 where one of the plans orders nothing.
    """
    amounts: dict[tuple[str, str], list[float]] = {}
    for place, plan in enumerate((first, second)):
        for item in answers.built(plan):
            amounts.setdefault((item.stage, item.region), [0.0, 0.0])[place] += item.amount
    stages, units = first.case.stages, dict(zip(first.case.stages, first.case.units, strict=True))
    ordered = sorted(amounts.items(), key=lambda pair: (stages.index(pair[0][0]), pair[0][1]))
    return [BuiltBeside(region, stage, *pair, units[stage]) for (stage, region), pair in ordered]


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


def changed_outcome(study: Study, picture: Picture, scenario: Scenario, values: Mapping[str, object]) -> frames.View:
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
        Quantity, value with range, unit and meaning.
    """
    try:
        item = scenarios.changed(study, scenario, sweeps.as_changes(values))
        return frames.show(outcome(study, picture, item), COLUMNS)
    except DepgraphError as error:
        return frames.facts({"no plan": str(error)})


COLUMNS = {
    "quantity": "quantity",
    "range": "value (range over equally cheap plans)",
    "unit": "unit",
    "meaning": "meaning",
}
