"""What a report shows of a scenario: the plan that solves it, or the limits that clash."""

from collections.abc import Mapping
from dataclasses import dataclass

from depgraph.diversion.answers import Built, Exposure, Flow, Held, Independence, Missing
from depgraph.diversion.conflicts import Member
from depgraph.diversion.frontier import Point
from depgraph.diversion.marginal import Price, Route
from depgraph.diversion.scenario import Scenario
from depgraph.diversion.sweeps import Effect


@dataclass(frozen=True)
class Derived:
    """A number of the report that has no entry of its own in the trail yet."""

    kind: str
    text: str
    parents: tuple[str, ...]


@dataclass(frozen=True)
class Extra:
    """A part of the cost in one region, million USD present value beyond the unchanged run."""

    part: str
    region: str
    value: float


@dataclass(frozen=True)
class Tried:
    """Assumptions that were moved, and how many there would have been."""

    effects: tuple[Effect, ...]
    asked: int
    wide: int
    stages: tuple[str, ...]


@dataclass(frozen=True)
class Clash:
    """A scenario without a plan.

    Attributes
    ----------
    scenario, lineage
        The scenario, and those that it extends.
    members
        What clashes and what would have to give.
    """

    scenario: Scenario
    lineage: tuple[Scenario, ...]
    members: tuple[Member, ...]


@dataclass(frozen=True)
class Diversion:
    """A scenario and its certified plan.

    Attributes
    ----------
    scenario, lineage
        The scenario, and those that it extends.
    bloc, rival
        Codes of the two sides of the scenario.
    years
        First and last year of the run.
    summary
        Quantity to value, as `answers.summary`.
    stage, year, unit
        The stage whose flows are drawn, the year, and the unit of the amounts.
    asked
        Whether that stage was asked for; else it is the one that changes most.
    everywhere
        Whether all trade of the stage is drawn; else what the bloc makes and buys.
    flows
        Deliveries of that stage in the base year and in that year.
    changed
        Stage to the value of all deliveries that change, million USD at base prices over all years;
        the largest first.
    changes, more_changes
        The largest changes of single deliveries over all stages and years, and how many more there are.
    extra
        Cost beyond the unchanged run by part and region.
    unique, ranges
        Whether no other plan costs as little; range of each sum that differs between plans as cheap.
    built, late
        Capacity that is ordered; what would not be finished within the run.
    missing
        Final demand that is not met.
    stocks
        Stocks at the end of the years, where the plan moves any.
    exposures, independence, threshold
        The rival's part of each stage, and when it is below the threshold.
    frontier, points
        Cost against exposure, and how many points were asked for; those without a plan are missing.
    prices, routes
        What more of a limit saves, and for how much more; routes that are nearly opened.
    tornado
        What moves the cost.
    failed
        Part of the report to the reason why it could not be computed.
    """

    scenario: Scenario
    lineage: tuple[Scenario, ...]
    bloc: str
    rival: str
    years: tuple[int, int]
    summary: Mapping[str, float]
    stage: str
    year: int
    unit: str
    asked: bool
    everywhere: bool
    flows: tuple[Flow, ...]
    changed: Mapping[str, float]
    changes: tuple[Flow, ...]
    more_changes: int
    extra: tuple[Extra, ...]
    unique: bool
    ranges: Mapping[str, tuple[float, float]]
    built: tuple[Built, ...]
    late: tuple[str, ...]
    missing: tuple[Missing, ...]
    stocks: tuple[Held, ...]
    exposures: tuple[Exposure, ...]
    independence: tuple[Independence, ...]
    threshold: float
    frontier: tuple[Point, ...]
    points: int
    prices: tuple[Price, ...]
    routes: tuple[Route, ...]
    tornado: Tried
    failed: Mapping[str, str]

    def name(self, quantity: str) -> str:
        """Return the identifier of an answer of the scenario."""
        return f"V:{self.scenario.scenario_id}:{quantity}"


Solved = Diversion | Clash
