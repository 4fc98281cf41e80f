"""What a report shows of a scenario that was solved: plain records, filled by whoever solves it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Flow:
    """Trade of one stage between two economies in a year.

    Attributes
    ----------
    stage, exporter, importer
        Who ships what to whom.
    amount, unit
        How much.
    result_id
        Identifier of the number in the trail.
    """

    stage: str
    exporter: str
    importer: str
    amount: float
    unit: str
    result_id: str


@dataclass(frozen=True)
class Cost:
    """One part of what a plan costs."""

    what: str
    amount: float
    unit: str
    result_id: str


@dataclass(frozen=True)
class Point:
    """One solved point of the frontier.

    Attributes
    ----------
    cap
        Largest share that the rival may keep.
    cost
        What the plan costs then.
    label
        What changes at this point, empty where nothing does.
    result_id
        Identifier of the number in the trail.
    """

    cap: float
    cost: float
    label: str
    result_id: str


@dataclass(frozen=True)
class Swing:
    """What the answer becomes at both ends of the range of one parent.

    Attributes
    ----------
    parent
        Claim, figure or assumption that is moved.
    low, high
        The answer at its low and at its high end.
    """

    parent: str
    low: float
    high: float


@dataclass(frozen=True)
class Derived:
    """A number of the report that has no entry of its own in the trail yet."""

    kind: str
    text: str
    parents: tuple[str, ...]


@dataclass(frozen=True)
class Diversion:
    """A scenario and what it leads to.

    Attributes
    ----------
    scenario_id, title
        The scenario.
    statement
        The finding in a sentence.
    statement_id
        Identifier of the number in it.
    before, after
        Flows without and with the plan.
    costs
        Parts of the cost of the plan; they add up to it.
    frontier
        Solved points, by falling cap.
    base
        The answer that the swings move.
    measure, unit
        What the answer is and its unit.
    swings
        Largest first or not; the report sorts.
    notes
        What a reader must know: whether the optimum is unique, what is not proven.
    entries
        Identifier to what it rests on, for every number above.
    """

    scenario_id: str
    title: str
    statement: str
    statement_id: str
    before: tuple[Flow, ...]
    after: tuple[Flow, ...]
    costs: tuple[Cost, ...]
    frontier: tuple[Point, ...]
    base: float
    measure: str
    unit: str
    swings: tuple[Swing, ...]
    notes: tuple[str, ...]
    entries: Mapping[str, Derived]
