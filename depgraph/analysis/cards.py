"""The card of a chokepoint: how dependent, how much is at stake, how soon one is out of it, and a class.

Three questions on one line. The class follows from thresholds in the ledger and is unknown where one of the three
is; it then says which.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import networkx as nx

from depgraph.analysis import escapes
from depgraph.analysis.chokepoints import Chokepoint, Ranking
from depgraph.analysis.escapes import Escapes, StoredEscape
from depgraph.graph import dependencies
from depgraph.graph.dependencies import Inputs, Network
from depgraph.study import buffers, ledger
from depgraph.study.study import Study

CRITICAL, SERIOUS, UNKNOWN, MANAGEABLE = "critical", "serious", "unknown", "manageable"
ORDER = (CRITICAL, SERIOUS, UNKNOWN, MANAGEABLE)
CONSEQUENCE, ESCAPE, THRESHOLDS = "consequence", "escape", "thresholds"


@dataclass(frozen=True)
class WayOut:
    """How soon a bloc could do without the rival at one stage, as the diversion model has it.

    Attributes
    ----------
    first
        First year from which it could, at this stage and at those that need it, while nobody else buys more from
        the rival; None where it cannot within the years of the model.
    years
        Years from the date of the study until then; None where it is later than all years of the model.
    cost_musd
        What getting out by then costs more than not, million USD of present value; None where not found.
    bloc
        Whose way out it is: of a member of the study's bloc that of the whole bloc, where nothing is stored for
        the member.
    scenario, data
        Run and data that the answer was computed with.
    current
        Whether that is the data of the study today.
    """

    first: int | None
    years: int | None
    cost_musd: float | None
    scenario: str
    data: str
    current: bool
    bloc: str = ""


@dataclass(frozen=True)
class Stock:
    """Days that the stock of one member lasts."""

    member: str
    low: float
    central: float | None
    high: float | None


@dataclass(frozen=True)
class Card:
    """One chokepoint for who must decide.

    Attributes
    ----------
    row
        The row of the ranking.
    grade
        ``critical``, ``serious``, ``manageable`` or ``unknown``, at the central values.
    unknown
        Which of consequence, escape and the thresholds of the ledger is not known; dependence is, for every row.
    mildest, gravest
        The class if everything uncertain were at its mild or grave end; None where unknown.
    way_out
        From the diversion model; None where it does not hold the stage, or not this supplier.
    stocks
        Members with a counted stock; of the others nothing is known.
    """

    row: Chokepoint
    grade: str
    unknown: tuple[str, ...]
    mildest: str | None
    gravest: str | None
    way_out: WayOut | None
    stocks: tuple[Stock, ...]


@dataclass(frozen=True)
class Thresholds:
    """From where a part, a worth and a time are grave, and below which they are mild."""

    dependence: tuple[float, float]
    value_usd: tuple[float, float]
    years: tuple[float, float]


def thresholds(study: Study) -> Thresholds | None:
    """Return the thresholds of the classes.

    Parameters
    ----------
    study
        The low value of each entry of the ledger is the mild threshold, the high value the grave one.

    Returns
    -------
    Thresholds or None
        None where the ledger lacks one of them: then no class can be told.
    """
    names = (ledger.CARD_DEPENDENCE, ledger.CARD_VALUE, ledger.CARD_YEARS)
    if any(name not in study.ledger for name in names):
        return None
    part, worth, time = (study.assumption(name) for name in names)
    unit = study.ledger[ledger.CARD_VALUE].unit
    dollars = tuple(study.units.convert(number, unit or "", "USD") for number in (worth[0], worth[2]))
    return Thresholds((part[0], part[2]), (dollars[0], dollars[1]), (time[0], time[2]))


def classify(limits: Thresholds, dependence: float, value_usd: float, years: float) -> str:
    """Return the class of a chokepoint of which all three answers are known.

    Critical where all three are grave; manageable where one of them is mild: little dependence, little at stake,
    or a quick way out; serious between.

    Parameters
    ----------
    limits
        From `thresholds`.
    dependence
        Part of the bloc's supply.
    value_usd
        USD a year of finished goods not made.
    years
        Until the bloc could do without.

    Returns
    -------
    str
        ``critical``, ``serious`` or ``manageable``.

    Examples
    --------
    >>> limits = Thresholds((0.2, 0.5), (1e8, 1e9), (1, 3))
    >>> classify(limits, 0.9, 5e9, 6), classify(limits, 0.9, 5e9, 2), classify(limits, 0.1, 5e9, 6)
    ('critical', 'serious', 'manageable')
    """
    answers = ((dependence, limits.dependence), (value_usd, limits.value_usd), (years, limits.years))
    if any(number < mild for number, (mild, _) in answers):
        return MANAGEABLE
    return CRITICAL if all(number >= grave for number, (_, grave) in answers) else SERIOUS


def cards(study: Study, ranking: Ranking, ways: Mapping[str, WayOut]) -> list[Card]:
    """Make the card of every row of a ranking, the gravest first.

    Parameters
    ----------
    study
        The study.
    ranking
        From `chokepoints.rank`.
    ways
        Stage to the way out of dependence on the rival; other suppliers have none.

    Returns
    -------
    list of Card
        By class, then by value at stake, then by rank.
    """
    limits = thresholds(study)
    members = study.economies.expand(ranking.bloc)
    held = {stage: _stocks(study, stage, members) for stage in {row.stage for row in ranking.rows}}
    found = [
        _card(row, limits, ways.get(row.stage) if row.side == "rival" else None, held[row.stage])
        for row in ranking.rows
    ]
    return sorted(found, key=lambda card: (ORDER.index(card.grade), -_worth(card.row), card.row.rank))


def _worth(row: Chokepoint) -> float:
    """Return the value at stake for sorting; what is not known comes last."""
    return row.value.central if row.value else -1.0


def _card(row: Chokepoint, limits: Thresholds | None, way: WayOut | None, stocks: tuple[Stock, ...]) -> Card:
    """Make one card."""
    unknown = [name for name, held in ((CONSEQUENCE, row.value), (ESCAPE, way)) if held is None]
    if limits is None or row.value is None or way is None:
        lacking = (*unknown, *([THRESHOLDS] if limits is None else []))
        return Card(row, UNKNOWN, lacking, None, None, way, stocks)
    # later than every year of the model is later than any threshold that it could answer
    years = math.inf if way.years is None else way.years
    mildest, central, gravest = (classify(limits, row.embodied[level], row.value[level], years) for level in range(3))
    return Card(row, central, (), mildest, gravest, way, stocks)


def ways_out(study: Study, network: Network, bloc: str) -> dict[str, WayOut]:
    """Return how soon a bloc could do without the rival at each stage, as a stored run of the diversion model has it.

    The model answers for what the rival delivers of a stage itself. What it delivers inside later goods ends only
    when these come from elsewhere too: the year of a stage is the latest of its own and those of the stages that
    need it, and the cost the largest of theirs, for costs of single stages do not add up. Stages that the model
    does not hold are not waited for. A member of the study's bloc for which nothing is stored gets the answer for
    the whole bloc: together they could do without by then.

    Parameters
    ----------
    study, network
        The study and its graph.
    bloc
        Code of the bloc.

    Returns
    -------
    dict
        Stage to the way out; without the stages of which the model found nothing, empty where nothing is stored.
    """
    whole, rival = study.settings["bloc"], study.settings["rival"]
    found = escapes.stored(study, bloc, rival)
    if not found.rows and bloc in study.economies.expand(whole):
        bloc, found = whole, escapes.stored(study, whole, rival)
    known = {stage: item for stage, item in found.rows.items() if item.least_part is not None}
    inputs = dependencies.essential_inputs(network)
    return {
        stage: _way_out(study, bloc, [known[name] for name in _waited_for(inputs, stage) if name in known], found)
        for stage in known
        if stage in inputs
    }


def _waited_for(inputs: Inputs, stage: str) -> list[str]:
    """Return a stage and those that need it."""
    return [stage, *sorted(nx.descendants(inputs, stage))]


def _way_out(study: Study, bloc: str, items: Sequence[StoredEscape], found: Escapes) -> WayOut:
    """Join the answers on a stage and on those that need it; of a year before the date of the study none are left."""
    cost = max((item.cost_musd for item in items if item.cost_musd is not None), default=None)
    late = [item.year for item in items if item.year is not None]
    if len(late) < len(items):
        return WayOut(None, None, cost, items[0].scenario, found.data, found.current, bloc)
    years = max(0, max(late) - int(study.settings["as_of"][:4]))
    return WayOut(max(late), years, cost, items[0].scenario, found.data, found.current, bloc)


def _stocks(study: Study, stage: str, members: Sequence[str]) -> tuple[Stock, ...]:
    """Return the members whose stock is counted."""
    found = ((member, buffers.stock(study, stage, member)) for member in members)
    return tuple(Stock(member, held.low, held.central, held.high) for member, held in found if held is not None)
