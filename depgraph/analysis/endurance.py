"""How long a member of a bloc lasts when one economy stops supplying one stage, and what bridges the gap.

The chain of a member has, at each stage, what the economy delivers, what everybody else delivers
and what is held in stock, all in days of use. Only stocks that somebody has counted are in it, so
that a time to survive is a lower bound wherever a stock downstream of the stop is not known.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import networkx as nx

from depgraph.analysis import chokepoints
from depgraph.analysis.chokepoints import Chokepoint, Ranking
from depgraph.core.errors import UnknownNameError
from depgraph.evidence.estimates import Picture
from depgraph.graph import dependencies
from depgraph.graph.dependencies import Inputs, Network, Range
from depgraph.measures import survival
from depgraph.measures.survival import Chain, InvalidChainError, Path, Site
from depgraph.study import buffers, ledger
from depgraph.study.buffers import DAYS_OF_YEAR, Buffer
from depgraph.study.study import Study

LASTS, FALLS_SHORT, NOT_KNOWN = "lasts", "falls short", "not known"


@dataclass(frozen=True)
class Endurance:
    """What a stop of one stage means in time.

    Attributes
    ----------
    endurance_id
        ``T:member:economy:stage``.
    member, economy, stage
        Who goes without what from whom.
    supply
        Part of the member's supply that stops.
    survive
        Days until the first finished good goes short. Low: stocks at their low, the largest part
        stopped, no spare capacity. Central and high are None where a stock on the way is not
        known, and any of them where it lasts for good.
    counted
        Days until then with the stocks that are counted, at central values; None where it lasts
        for good.
    recover
        Days until the supply is replaced, None where no figure says so.
    bridge
        Days of use that the counted stocks leave open until recovery and that must come from
        stocks nobody has counted or be done without, None where recovery is not known; high is
        None where its high is.
    value_of_stock
        Days of survival that a day of use in stock at this stage adds, None where none is needed.
    value_of_tonne
        Days of survival that a tonne in stock at this stage adds, None where use is not known.
    stocks
        Stage to the days that its counted stock lasts, from the stop to the finished goods.
    unknown_stocks
        Stages on the way whose stock nobody has counted.
    verdict
        ``lasts``, ``falls short`` or ``not known``.
    parents
        The row of the ranking, buffers, figures and assumptions.
    """

    endurance_id: str
    member: str
    economy: str
    stage: str
    supply: Range
    survive: tuple[float | None, float | None, float | None]
    counted: float | None
    recover: Buffer | None
    bridge: tuple[float, float | None, float | None] | None
    value_of_stock: float | None
    value_of_tonne: float | None
    stocks: Mapping[str, Buffer]
    unknown_stocks: tuple[str, ...]
    verdict: str
    parents: tuple[str, ...]


@dataclass(frozen=True)
class _Facts:
    """What the chains of a member are built from.

    Attributes
    ----------
    economy
        Who stops.
    inputs
        Essential inputs of the stages that lead to a finished good.
    weights
        Stage to its use a day if a unit of each finished good is made a day.
    goods
        The finished goods.
    supply
        Stage to the part that the economy delivers, where it is known.
    stocks
        Stage to the days that the member's stock lasts, None where nobody has counted it.
    recover
        Stage to the days until its supply is replaced, None where not known.
    spare
        Part by which the others can raise what they deliver.
    """

    economy: str
    inputs: Inputs
    weights: Mapping[str, float]
    goods: tuple[str, ...]
    supply: Mapping[str, Range]
    stocks: Mapping[str, Buffer | None]
    recover: Mapping[str, Buffer | None]
    spare: Range


@dataclass(frozen=True)
class _Corner:
    """The answers in one corner of the ranges, by stage: days, their slope in the stock, days of use lost."""

    time: Mapping[str, float]
    value: Mapping[str, float | None]
    lost: Mapping[str, float]


WORST, CENTRAL, BEST = "low", "central", "high"  # of the time to survive
OPPOSITE = {WORST: BEST, CENTRAL: CENTRAL, BEST: WORST}


def endure(
    study: Study,
    picture: Picture,
    network: Network,
    member: str,
    economy: str,
    *,
    stages: Collection[str] | None = None,
    ranking: Ranking | None = None,
) -> list[Endurance]:
    """Hold the time to survive against the time to recover for each stage that an economy could stop.

    Equations: `survival.time_to_survive` and `survival.recovery_loss`, on a chain in which a unit
    of each stage takes a unit of each essential input. Parts of a good that do not need an input
    are left out of account: the time is that of the part that does.

    Parameters
    ----------
    study, picture, network
        The study, its estimates and its graph.
    member
        One economy: the stocks of a bloc's members are not shared.
    economy
        Who stops.
    stages
        Only these; all that the economy supplies if None.
    ranking
        The member's own over all goods, where it is at hand.

    Returns
    -------
    list of Endurance
        Stages that the economy supplies, in the order of the member's ranking.

    Raises
    ------
    UnknownNameError
        If the member is a bloc.
    InvalidChainError
        If the chains have a loop, or the member is the economy that stops.
    """
    rows, facts = _gather(study, picture, network, member, economy, ranking)
    asked = [row for row in rows if stages is None or row.stage in stages]
    wanted = [row.stage for row in asked]
    corners = {corner: _solve(facts, corner, wanted) for corner in (WORST, CENTRAL, BEST)}
    return [_endurance(study, facts, row, corners) for row in asked]


@dataclass(frozen=True)
class Month:
    """One month of a stop.

    Attributes
    ----------
    month
        From 1.
    lost_at_once
        Part of the month's finished goods that is lost if the supply is replaced all at once at
        the end of the time to recover.
    lost_evenly
        The same if it is replaced evenly from the first month on.
    """

    month: int
    lost_at_once: float
    lost_evenly: float


def by_month(  # noqa: PLR0917 - who, what and how long
    study: Study, picture: Picture, network: Network, member: str, economy: str, stage: str, months: int
) -> list[Month]:
    """Plan a stop month by month at central values, with what is counted in stock.

    The aggregated times of `endure` let everything happen in any order; this is the exact check:
    over a time to recover of whole months the losses of the first plan add up to the bridge.

    Parameters
    ----------
    study, picture, network, member, economy
        As for `endure`.
    stage
        What stops.
    months
        How many to plan.

    Returns
    -------
    list of Month
        In order.

    Raises
    ------
    UnknownNameError
        As `endure`, and if the economy is not known to supply the member with this stage.
    InvalidChainError
        As `endure`, and if nothing is known of the time to recover.

    References
    ----------
    `survival.by_period`.
    """
    rows, facts = _gather(study, picture, network, member, economy)
    if stage not in facts.supply:
        what = f"stage that {economy} is known to supply to {member}"
        raise UnknownNameError(what, stage, [row.stage for row in rows])
    recover = facts.recover[stage]
    if recover is None or recover.central is None:
        msg = f"no figure says how long it takes to replace {stage}: there is nothing to plan towards"
        raise InvalidChainError(msg)
    duration = recover.central / DAYS_OF_MONTH
    full = _capacity(facts, stage, CENTRAL)[0]
    # a month counts with the part of it that lies after the recovery
    at_once = [full * min(1.0, max(0.0, month + 1 - duration)) for month in range(months)]
    evenly = [full * min(1.0, (month + 0.5) / duration) for month in range(months)]
    goods = [good for good in facts.goods if good == stage or nx.has_path(facts.inputs, stage, good)]
    lost = [_lost_by_month(facts, stage, path, goods) for path in (at_once, evenly)]
    return [Month(month + 1, *(plan[month] for plan in lost)) for month in range(months)]


DAYS_OF_MONTH = DAYS_OF_YEAR / 12
IMPATIENCE = 1e-5  # cost of keeping a unit a month, beside 1 for a unit lost: too small to lose one


def _lost_by_month(facts: _Facts, stage: str, path: Sequence[float], goods: Sequence[str]) -> list[float]:
    """Return the part of the finished goods that is lost in each month if a supply comes back along a path."""
    chain = _chain(facts, CENTRAL, DAYS_OF_MONTH)
    # among plans that lose as little, the one that uses stocks as soon as they are needed
    ways = {site: Path(holding=IMPATIENCE) for site in chain.sites}
    ways[_site(facts.economy, stage)] = Path(capacity=path, holding=IMPATIENCE)
    plan = survival.by_period(chain, len(path), dict.fromkeys(facts.goods, 1.0), ways)
    return [math.fsum(plan.lost[good][month] for good in goods) / len(goods) for month in range(len(path))]


def _gather(  # noqa: PLR0917 - as `endure`
    study: Study, picture: Picture, network: Network, member: str, economy: str, ranking: Ranking | None = None
) -> tuple[list[Chokepoint], _Facts]:
    """Collect what is known.

    Raises
    ------
    UnknownNameError
        If the member is a bloc.
    InvalidChainError
        If the member is the economy that stops.
    """
    if study.economies.expand(member) != (member,):
        what = "single economy"
        raise UnknownNameError(what, member, study.economies.expand(member))
    if member in study.economies.expand(economy):
        msg = f"{member} cannot be cut off by {economy}, of which it is a part"
        raise InvalidChainError(msg)
    ranking = ranking or chokepoints.rank(study, picture, network, member)
    rows = [row for row in ranking.rows if row.economy == economy and row.embodied.high > RESOLUTION]
    inputs, weights = _weigh(dependencies.essential_inputs(network), dependencies.finals(network))
    outside = set(study.economies.names) - set(study.economies.expand(economy))
    facts = _Facts(
        economy,
        inputs,
        weights,
        tuple(dependencies.finals(network)),
        {row.stage: row.embodied for row in rows},
        {stage: buffers.stock(study, stage, member) for stage in inputs},
        {row.stage: buffers.recovery(study, row.stage, outside) for row in rows},
        Range(*study.assumption(ledger.SPARE_CAPACITY)),
    )
    return rows, facts


def _weigh(inputs: Inputs, goods: Sequence[str]) -> tuple[Inputs, dict[str, float]]:
    """Return the stages that lead to a finished good and the use of each.

    Raises
    ------
    InvalidChainError
        If the chains have a loop.
    """
    if not nx.is_directed_acyclic_graph(inputs):
        loop = " -> ".join(source for source, *_ in nx.find_cycle(inputs))
        msg = f"essential inputs form a loop ({loop}): a time to survive needs chains that end"
        raise InvalidChainError(msg)
    weights: dict[str, float] = {}
    for stage in reversed(list(nx.lexicographical_topological_sort(inputs))):
        weights[stage] = float(stage in goods) + math.fsum(weights[user] for user in inputs[stage])
    leading = [stage for stage in inputs if weights[stage] > 0]
    return inputs.subgraph(leading), {stage: weights[stage] for stage in leading}


def _site(maker: str, stage: str) -> str:
    """Name a site."""
    return f"{maker}:{stage}"


OTHERS, HELD = "others", "stock"


def _capacity(facts: _Facts, stage: str, corner: str) -> tuple[float, float]:
    """Return what the economy and what all others can deliver in a unit of time."""
    part = getattr(facts.supply.get(stage, dependencies.NONE), OPPOSITE[corner])
    spare = getattr(facts.spare, corner)
    use = facts.weights[stage]
    return _rounded(part) * use, _rounded(1 - part) * (1 + spare) * use


RESOLUTION = 1e-4  # parts below are noise of shares printed to a percent


def _rounded(part: float) -> float:
    """Return a part, 0 if it is noise."""
    return part if part > RESOLUTION else 0.0


def _chain(facts: _Facts, corner: str, days: float) -> Chain:
    """Build the chain in one corner of the ranges; a unit of time is so many days and a unit what they use."""
    sites: dict[str, Site] = {}
    for stage in facts.inputs:
        theirs, others = _capacity(facts, stage, corner)
        sites[_site(facts.economy, stage)] = Site(stage, capacity=theirs)
        sites[_site(OTHERS, stage)] = Site(stage, capacity=others)
        held = facts.stocks[stage]
        counted = (_at(held, corner) or held.low) if held else 0.0
        sites[_site(HELD, stage)] = Site(stage, stock=counted * facts.weights[stage] / days, capacity=0.0)
    recipes = {stage: dict.fromkeys(facts.inputs.predecessors(stage), 1.0) for stage in facts.inputs}
    return Chain(sites, recipes, dict.fromkeys(facts.goods, 1.0))


def _at(buffer: Buffer, corner: str) -> float | None:
    """Return the number of a buffer in a corner."""
    value: float | None = getattr(buffer, corner)
    return value


def _solve(facts: _Facts, corner: str, stages: Collection[str]) -> _Corner:
    """Solve the stops of some stages in one corner."""
    # in years of use, so that times to recover of decades stay small numbers
    chain = _chain(facts, corner, DAYS_OF_YEAR)
    removals = {stage: [_site(facts.economy, stage)] for stage in stages}
    times = survival.survival_times(chain, removals, horizon=HORIZON)
    value = {
        stage: found.stock_value[_site(HELD, stage)] * facts.weights[stage] if found.stock_value else None
        for stage, found in times.items()
    }
    recover = {stage: _at(buffer, OPPOSITE[corner]) for stage, buffer in facts.recover.items() if buffer}
    known = {stage: days / DAYS_OF_YEAR for stage, days in recover.items() if days is not None and stage in removals}
    losses = survival.recovery_losses(
        chain, known, dict.fromkeys(facts.goods, 1.0), {stage: removals[stage] for stage in known}
    )
    reached = {
        stage: sum(good == stage or nx.has_path(facts.inputs, stage, good) for good in facts.goods) for stage in known
    }
    lost = {stage: DAYS_OF_YEAR * loss.cost / reached[stage] for stage, loss in losses.items()}
    return _Corner({stage: DAYS_OF_YEAR * found.time for stage, found in times.items()}, value, lost)


HORIZON = 10.0  # years; longer times are found in programmes of their own


def _endurance(study: Study, facts: _Facts, row: Chokepoint, corners: Mapping[str, _Corner]) -> Endurance:
    """Read one stop from the three corners."""
    stage = row.stage
    member = row.chokepoint_id.split(":")[1]
    way = [stage, *sorted(nx.descendants(facts.inputs, stage))]
    stocks = {place: held for place in way if (held := facts.stocks[place]) is not None}
    central, best = (
        _finite(corners[corner].time[stage])
        if all(place in stocks and _at(stocks[place], corner) is not None for place in way)
        else None
        for corner in (CENTRAL, BEST)
    )
    recover, used = facts.recover[stage], buffers.use(study, stage, member)
    value = corners[CENTRAL].value[stage]
    parents = {row.chokepoint_id, ledger.SPARE_CAPACITY}
    for buffer in (*stocks.values(), recover, used):
        parents.update(buffer.parents if buffer else ())
    return Endurance(
        f"T:{member}:{facts.economy}:{stage}",
        member,
        facts.economy,
        stage,
        row.embodied,
        (_finite(corners[WORST].time[stage]), central, best),
        _finite(corners[CENTRAL].time[stage]),
        recover,
        _bridge(stage, corners),
        value,
        value * DAYS_OF_YEAR / used.central if value is not None and used and used.central else None,
        stocks,
        tuple(place for place in way if place not in stocks),
        _verdict(corners[WORST].time[stage], best, recover),
        tuple(sorted(parents)),
    )


def _finite(days: float) -> float | None:
    """Return a time, None if it has no end."""
    return days if math.isfinite(days) else None


def _bridge(stage: str, corners: Mapping[str, _Corner]) -> tuple[float, float | None, float | None] | None:
    """Return the days of use that counted stocks leave open, least first."""
    least = corners[BEST].lost.get(stage)
    return None if least is None else (least, corners[CENTRAL].lost.get(stage), corners[WORST].lost.get(stage))


def _verdict(least: float, most: float | None, recover: Buffer | None) -> str:
    """Compare times; what is not known decides nothing."""
    if recover is None:
        return LASTS if math.isinf(least) else NOT_KNOWN
    if recover.high is not None and least >= recover.high:
        return LASTS
    return FALLS_SHORT if most is not None and most < recover.low else NOT_KNOWN
