"""What is announced and what know-how may move: plants and transplants of the model's tables, without a run.

The tables of the diversion model name plants that somebody has announced and stages at which a donor's
know-how may be moved. Their numbers are those of the base year: no programme is solved for them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from depgraph.diversion import parameters
from depgraph.diversion.parameters import Quantity
from depgraph.graph.dependencies import Range
from depgraph.study.study import Study

Row = Mapping[str, Any]

UNCHANGED: Mapping[str, float] = {}  # no scenario gives a figure another value here


@dataclass(frozen=True)
class Plant:
    """An announced plant.

    Attributes
    ----------
    project_id, name
        Of the row in ``projects.csv``.
    stage, region
        What it makes and where.
    year
        First full year of output as announced.
    amount
        Capacity a year when complete, in `unit`.
    unit
        Unit of the stage in the model; that of the figure where the model does not hold the stage.
    part
        Capacity as part of world output of the base year; None where the model does not hold the stage.
    parents
        The capacity, what announces it and, below a part, world output.
    note
        State of the project, what is uncertain.
    """

    project_id: str
    name: str
    stage: str
    region: str
    year: int
    amount: Range
    unit: str
    part: Range | None
    parents: tuple[str, ...]
    note: str


@dataclass(frozen=True)
class Transplant:
    """Know-how of a donor that the tables allow to be moved.

    Attributes
    ----------
    technology_id
        Of the row in ``technologies.csv``.
    stage, region, donor
        What would be made, where, with whose know-how.
    lead
        Years from order to output.
    parent
        The figure or assumption that gives the time.
    """

    technology_id: str
    stage: str
    region: str
    donor: str
    lead: Range
    parent: str


def plants(study: Study) -> tuple[Plant, ...]:
    """Return the announced plants with their size as part of world output.

    part = capacity / world output, low and high from the bounds of the capacity

    Parameters
    ----------
    study
        The study.

    Returns
    -------
    tuple of Plant
        In the order of the table; none in a study without one.

    Raises
    ------
    QuantityError
        If a capacity is no amount in the unit of its stage.
    UnknownNameError
        If a capacity names neither a figure nor an assumption.
    """
    worlds = {row["stage_id"]: row for row in study.tables["commodities"]}
    return tuple(_plant(study, row, worlds.get(row["stage_id"])) for row in study.tables["projects"])


def _plant(study: Study, row: Row, world: Row | None) -> Plant:
    """Read one announced plant."""
    capacity = parameters.find(study, UNCHANGED, row["capacity"])
    parents = (row["capacity"], *row["parent"])
    if world is None:
        amount, unit, part = Range(capacity.low, capacity.value, capacity.high), capacity.unit, None
    else:
        unit = world["unit"]
        whole = parameters.amount(study, parameters.find(study, UNCHANGED, world["output"]), unit, 1.0)
        amount = _amounts(study, capacity, unit, whole)
        part = Range(*(value / whole for value in amount)) if whole > 0 else None
        parents += (world["output"],)
    return Plant(
        row["project_id"], row["name"], row["stage_id"], row["region"], int(row["year"]), amount, unit, part,
        tuple(dict.fromkeys(parents)), row["note"] or "",
    )  # fmt: skip


def _amounts(study: Study, capacity: Quantity, unit: str, whole: float) -> Range:
    """Convert low, central and high of a capacity to units of the stage."""
    values = (capacity.low, capacity.value, capacity.high)
    bounds = (Quantity(capacity.name, value, value, value, capacity.unit) for value in values)
    return Range(*(parameters.amount(study, bound, unit, whole) for bound in bounds))


def transplants(study: Study) -> tuple[Transplant, ...]:
    """Return the know-how that the tables allow to be moved.

    Parameters
    ----------
    study
        The study.

    Returns
    -------
    tuple of Transplant
        In the order of the table.

    Raises
    ------
    QuantityError
        If a lead time is no time.
    UnknownNameError
        If a lead time names neither a figure nor an assumption.
    """
    return tuple(
        Transplant(
            row["technology_id"], row["stage_id"], row["region"], row["donor"], _years(study, row["lead"]), row["lead"]
        )
        for row in study.tables["technologies"]
        if row["technology"] == "transplant" and row["donor"]
    )


def _years(study: Study, name: str) -> Range:
    """Return low, central and high of a time, in years."""
    time = parameters.find(study, UNCHANGED, name)
    values = (Quantity(name, value, value, value, time.unit) for value in (time.low, time.value, time.high))
    return Range(*(parameters.years(study, value) for value in values))
