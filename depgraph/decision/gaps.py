"""Who of a bloc can step in where the rival supplies much of a stage, by when, and what still lacks.

The gap is what the rival delivers directly to the members in the base year of the diversion model, in
units of the stage. Announced plants close it year by year; what members sell outside the bloc today
and know-how that may be moved stand beside it and are never subtracted: the one would leave others
short, the other is not yet ordered.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from depgraph.analysis import chokepoints
from depgraph.analysis.chokepoints import Ranking
from depgraph.decision import strengths
from depgraph.decision.strengths import Claimed, Holding
from depgraph.diversion import announced, base_year
from depgraph.diversion.announced import Plant, Transplant
from depgraph.diversion.base_year import Account
from depgraph.evidence.estimates import Picture
from depgraph.graph.dependencies import Network, Range
from depgraph.study import ledger
from depgraph.study.study import Study

NOTHING = 1e-6  # units a year below which an amount of the base year is rounding


@dataclass(frozen=True)
class Filler:
    """What one member can put into a gap.

    Attributes
    ----------
    member
        Code.
    holding
        Its shares, plants and claims at the stage; None where it has only know-how to move in.
    sold_outside
        Units a year that it delivers outside the bloc in the base year; None where not known.
    transplants
        Know-how of donors that it may take in.
    """

    member: str
    holding: Holding | None
    sold_outside: float | None
    transplants: tuple[Transplant, ...]


@dataclass(frozen=True)
class Missing:
    """What the rival delivers to the members in the base year of the model.

    Attributes
    ----------
    amount, used
        Units a year from the rival, and in all.
    unit
        Of both.
    world
        World output in that unit.
    recorded
        Whether customs statistics record the flows; else they are the model's.
    """

    amount: float
    used: float
    unit: str
    world: float
    recorded: bool


@dataclass(frozen=True)
class Gap:
    """A stage at which the rival's part of the bloc's supply is above the threshold.

    Attributes
    ----------
    gap_id
        ``G:bloc:stage``.
    stage
        Where.
    embodied
        Part of all that reaches the bloc at this stage, in this form or inside later goods, that comes from the
        rival, as in the ranking.
    direct
        Part of the bloc's own supply that the rival delivers, as in the ranking.
    parents
        Rows of the ranking.
    missing
        The same in units of the base year; None where the model does not hold the stage or a member.
    fillers
        Members that have anything to put in.
    left
        Year to units that are left when all plants announced by then run full; empty where the gap
        is not known in units.
    """

    gap_id: str
    stage: str
    embodied: Range
    direct: Range
    parents: tuple[str, ...]
    missing: Missing | None
    fillers: tuple[Filler, ...]
    left: Mapping[int, Range]

    @property
    def plants(self) -> tuple[Plant, ...]:
        """Announced plants of all members."""
        return tuple(plant for item in self.fillers if item.holding for plant in item.holding.plants)

    @property
    def closed(self) -> int | None:
        """First year in which the plants announced make as much as the rival delivers; None where they do not.

        Where the rival delivers nothing directly there is nothing to close.
        """
        if self.missing is None or self.missing.amount <= 0:
            return None
        return next((year for year, value in self.left.items() if value.central <= 0), None)

    @property
    def rest(self) -> Range | None:
        """Part of the gap that is left when everything announced runs; None where it is not known."""
        if self.missing is None or self.missing.amount <= 0:
            return None
        if not self.left:
            return Range(1.0, 1.0, 1.0)
        return Range(*(value / self.missing.amount for value in self.left[max(self.left)]))


@dataclass(frozen=True)
class Pair:
    """What one member has where another lacks.

    Attributes
    ----------
    needing, having
        Two members.
    shares
        Stages at which the one depends on the rival above the threshold and the other has a share
        above its threshold.
    announced, claimed
        Stages where the other has only a plant announced, or only a claim.
    supplied
        Stages at which the other delivers directly more of the one's supply today than the threshold, whatever
        the rival delivers.
    unknown
        Stages where the other has a share and nobody knows what the one gets from the rival.
    parents
        Rows of the ranking of the one that say what it lacks, at the stages of `shares`; a stage without a row is
        not among them.
    """

    needing: str
    having: str
    shares: tuple[str, ...]
    announced: tuple[str, ...]
    claimed: tuple[str, ...]
    supplied: tuple[str, ...]
    unknown: tuple[str, ...]
    parents: tuple[str, ...]


@dataclass(frozen=True)
class Assessment:
    """What the members of a bloc bring, where the gaps are, and who complements whom.

    Attributes
    ----------
    bloc, rival
        Codes.
    members
        Codes of the members, and the bloc itself where the model holds it as one region.
    least
        Share from which a member counts as having a stage.
    much
        Part of a supply above which one counts as lacking a stage.
    holdings
        What each member has, by stage.
    unplaced
        Claims of strengths that name no stage.
    gaps
        Stages at which the rival's part is above `much`, by falling part.
    loose
        Stages at which the rival's part is above `much`, but no recipe joins them to a finished good: no gaps.
    unscored
        Stages at which nobody's part is known.
    pairs
        Every ordered pair of members.
    said
        Claims which say that members have what the others need.
    """

    bloc: str
    rival: str
    members: tuple[str, ...]
    least: float
    much: float
    holdings: tuple[Holding, ...]
    unplaced: tuple[Claimed, ...]
    gaps: tuple[Gap, ...]
    loose: tuple[str, ...]
    unscored: tuple[str, ...]
    pairs: tuple[Pair, ...]
    said: tuple[str, ...]

    def at(self, member: str, stage: str) -> Holding | None:
        """Return what a member has at a stage, None if nothing."""
        return next((item for item in self.holdings if (item.member, item.stage) == (member, stage)), None)


def assess(
    study: Study, picture: Picture, network: Network, bloc: str, *, rankings: Mapping[str, Ranking] | None = None
) -> Assessment:
    """Say what the members of a bloc bring, where the rival's part is large, and who complements whom.

    A member m lacks a stage if more than `A-need-threshold` of all that reaches it comes from the rival, later goods
    included, and n has it if n's share is at least `A-strength-threshold`.

    complementarity(m, n) = stages that m lacks and n has

    Parameters
    ----------
    study, picture, network
        The study, its estimates and its graph.
    bloc
        Code of an economy or bloc.
    rankings
        Rankings of the bloc and of members by code, where they are at hand.

    Returns
    -------
    Assessment
        Central values decide what is above a threshold; what is not known is named, never 0.

    Raises
    ------
    UnknownNameError
        If the bloc names no members or the ledger lacks one of the two thresholds.
    AccountError
        If the base year of the diversion model cannot add up.
    """
    members, rival = study.economies.require_members(bloc), study.settings["rival"]
    least, much = (study.assumption(name)[1] for name in (ledger.STRENGTH, ledger.NEED))
    known = dict(rankings or {})
    for code in dict.fromkeys((bloc, *members)):
        known.setdefault(code, chokepoints.rank(study, picture, network, code))
    plants, moved = announced.plants(study), announced.transplants(study)
    # a bloc may be one region of the model: its plants then stand under its own name
    named = {*(item.region for item in plants), *(item.region for item in moved)}
    whole = bloc not in members and bloc in named
    parties = (*members, bloc) if whole else members
    said = strengths.claimed(study, picture, parties)
    held = strengths.holdings(study, picture, parties, plants=plants, claims=said, least=least)
    rivals = study.economies.expand(rival)
    found = _gaps(study, picture, known[bloc], rivals, much, _Means(parties, held, moved))
    return Assessment(
        bloc=bloc,
        rival=rival,
        members=parties,
        least=least,
        much=much,
        holdings=held,
        unplaced=tuple(item for item in said if item.stage is None),
        gaps=found,
        loose=_loose(known[bloc], rivals, much),
        unscored=tuple(stage for stage in study.stages if stage not in _supplied(known[bloc])),
        pairs=_pairs(study, members, held, known, rivals, much),
        said=strengths.complementing(study, bloc),
    )


@dataclass(frozen=True)
class _Means:
    """What members can put into gaps."""

    members: tuple[str, ...]
    holdings: tuple[Holding, ...]
    transplants: tuple[Transplant, ...]


def _scored(ranking: Ranking) -> set[str]:
    """Return the stages that have rows."""
    return {row.stage for row in ranking.rows}


def _supplied(ranking: Ranking) -> set[str]:
    """Return the stages of which it is known who supplies them."""
    known = {item.stage for item in ranking.unscored if any(one.embodied is not None for one in item.known)}
    return _scored(ranking) | known


def _loose(ranking: Ranking, rivals: Sequence[str], much: float) -> tuple[str, ...]:
    """Return the stages without rows at which the rival's part is above the threshold."""
    parts = delivered(ranking, rivals)
    return tuple(item.stage for item in ranking.unscored if item.stage in parts and parts[item.stage].central > much)


def delivered(ranking: Ranking, suppliers: Iterable[str], *, direct: bool = False) -> dict[str, Range]:
    """Return the part of a bloc's supply that some economies deliver together, by stage.

    Parameters
    ----------
    ranking
        Of the bloc.
    suppliers
        Codes.
    direct
        Only what the bloc buys itself; else with what comes inside later goods.

    Returns
    -------
    dict
        Stage to part of the supply, at most all of it; a stage to which they deliver nothing is missing.
    """
    wanted, found = set(suppliers), dict[str, Range]()
    parts = [(row.stage, row.economy, row.direct if direct else row.embodied) for row in ranking.rows]
    for item in ranking.unscored:
        known = ((one.economy, one.direct if direct else one.embodied) for one in item.known)
        parts += [(item.stage, economy, part) for economy, part in known if part is not None]
    for stage, economy, part in parts:
        if economy in wanted:
            before = found.get(stage, Range(0.0, 0.0, 0.0))
            found[stage] = Range(*(min(1.0, a + b) for a, b in zip(before, part, strict=True)))
    return found


def _gaps(  # noqa: PLR0917 - private, called once
    study: Study, picture: Picture, ranking: Ranking, rivals: Sequence[str], much: float, means: _Means
) -> tuple[Gap, ...]:
    """Return the stages at which the rival's part is above the threshold, by falling part."""
    scored = _scored(ranking)
    parts = {
        stage: part for stage, part in delivered(ranking, rivals).items() if stage in scored and part.central > much
    }
    account = _account(study, picture) if parts else None
    gaps = [_gap(study, account, ranking, rivals, (stage, part), means) for stage, part in parts.items()]
    return tuple(sorted(gaps, key=lambda gap: (-gap.embodied.central, gap.stage)))


def _account(study: Study, picture: Picture) -> Account | None:
    """Return the base year of the diversion model, None in a study without one."""
    stages = [row["stage_id"] for row in study.tables["commodities"]]
    return base_year.base_year(study, picture, {}, stages) if stages and study.tables["regions"] else None


def _gap(  # noqa: PLR0917 - private, called once
    study: Study,
    account: Account | None,
    ranking: Ranking,
    rivals: Sequence[str],
    found: tuple[str, Range],
    means: _Means,
) -> Gap:
    """Build one gap."""
    stage, embodied = found
    direct = delivered(ranking, rivals, direct=True)[stage]
    ours = _places(study, account, ranking.bloc)
    theirs = _places(study, account, study.settings["rival"])
    missing = _missing(account, stage, theirs, ours)
    fillers = tuple(_fillers(account, stage, ours, means))
    plants = [plant for item in fillers if item.holding for plant in item.holding.plants]
    parents = tuple(row.chokepoint_id for row in ranking.rows if row.stage == stage and row.economy in rivals)
    return Gap(f"G:{ranking.bloc}:{stage}", stage, embodied, direct, parents, missing, fillers, left(missing, plants))


def _places(study: Study, account: Account | None, code: str) -> list[int]:
    """Return where a bloc stands among the regions of the model; nowhere unless all of it is there."""
    if account is None:
        return []
    codes = (code,) if code in account.regions else study.economies.expand(code)
    return [account.regions.index(name) for name in codes] if set(codes) <= set(account.regions) else []


def _missing(account: Account | None, stage: str, theirs: Sequence[int], ours: Sequence[int]) -> Missing | None:
    """Return what the rival delivers in the base year, None where the model does not hold it."""
    if account is None or stage not in account.stages or not theirs or not ours:
        return None
    k = account.stages.index(stage)
    flows = account.flows[:, :, k]
    return Missing(
        amount=float(flows[np.ix_(theirs, ours)].sum()),
        used=float(flows[:, ours].sum()),
        unit=account.units[k],
        world=float(account.world[k]),
        recorded=account.traded[k],
    )


def _fillers(account: Account | None, stage: str, ours: Sequence[int], means: _Means) -> Iterable[Filler]:
    """Yield the members that have anything to put into a gap."""
    for member in means.members:
        holding = next((item for item in means.holdings if (item.member, item.stage) == (member, stage)), None)
        moved = tuple(item for item in means.transplants if (item.region, item.stage) == (member, stage))
        if holding or moved:
            yield Filler(member, holding, _sold_outside(account, holding, (stage, member), ours), moved)


def _sold_outside(
    account: Account | None, holding: Holding | None, place: tuple[str, str], ours: Sequence[int]
) -> float | None:
    """Return what a member delivers outside the bloc in the base year, None where not known.

    Whoever no source names makes nothing in the base year: that is no zero, unless a share of it is known.
    """
    stage, member = place
    if account is None or stage not in account.stages or member not in account.regions or not ours:
        return None
    region, k = account.regions.index(member), account.stages.index(stage)
    if account.output[region, k] <= 0 and not (holding and holding.shares):
        return None
    return float(np.delete(account.flows[region, :, k], list(ours)).sum())


def left(missing: Missing | None, plants: Sequence[Plant]) -> dict[int, Range]:
    """Return what is left of a gap year by year.

    left(t) = max(0, gap - sum of capacities announced for t or before)

    The least is left where all capacities are at their high end.

    Parameters
    ----------
    missing
        The gap, None where it is not known.
    plants
        Announced plants of the stage, their amounts in the unit of the gap.

    Returns
    -------
    dict
        Year of each plant to units left; empty where the gap is not known.

    Examples
    --------
    >>> left(None, [])
    {}
    """
    if missing is None:
        return {}
    found = {}
    for year in sorted({plant.year for plant in plants}):
        added = by_year(plants, year)
        ends = (added.high, added.central, added.low)
        found[year] = Range(*(max(0.0, missing.amount - value) for value in ends))
    return found


def by_year(plants: Sequence[Plant], year: int) -> Range:
    """Add up what plants of one stage are announced to make in a year.

    Parameters
    ----------
    plants
        Of one stage, in one unit.
    year
        Plants of later years do not count.

    Returns
    -------
    Range
        Units a year; nothing where no plant is announced by then.

    Examples
    --------
    >>> by_year([], 2030)
    Range(low=0.0, central=0.0, high=0.0)
    """
    sizes = [plant.amount for plant in plants if plant.year <= year]
    return Range(*(float(sum(values)) for values in zip(*sizes, strict=True))) if sizes else Range(0.0, 0.0, 0.0)


def narrowed(found: Assessment, member: str | None, stage: str | None) -> Assessment:
    """Keep what concerns one member, one stage, or both.

    Parameters
    ----------
    found
        From `assess`.
    member, stage
        Codes; None to keep all.

    Returns
    -------
    Assessment
        Gaps that the member can put nothing in are left out, and pairs without it; of a pair the stages stay
        that are asked for. What is left of a gap still counts the plants of all members.
    """

    def kept(stages: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in stages if stage in {None, name})

    def ours(code: str) -> bool:
        return member in {None, code}

    gaps = (item for item in found.gaps if stage in {None, item.stage})
    pairs = (item for item in found.pairs if ours(item.needing) or ours(item.having))
    return replace(
        found,
        holdings=tuple(item for item in found.holdings if ours(item.member) and stage in {None, item.stage}),
        unplaced=tuple(item for item in found.unplaced if ours(item.member) and stage is None),
        gaps=tuple(item for item in gaps if member is None or any(ours(one.member) for one in item.fillers)),
        loose=kept(found.loose),
        unscored=kept(found.unscored),
        pairs=tuple(
            replace(
                item,
                shares=kept(item.shares),
                announced=kept(item.announced),
                claimed=kept(item.claimed),
                supplied=kept(item.supplied),
                unknown=kept(item.unknown),
            )
            for item in pairs
        ),
    )


def _pairs(  # noqa: PLR0917 - private, called once
    study: Study,
    members: Sequence[str],
    held: Sequence[Holding],
    rankings: Mapping[str, Ranking],
    rivals: Sequence[str],
    much: float,
) -> tuple[Pair, ...]:
    """Return every ordered pair of members."""
    has: dict[str, dict[str, str]] = {member: {} for member in members}
    for item in held:
        has.setdefault(item.member, {})[item.stage] = item.status
    return tuple(
        _pair(study, rankings[needing], having, has[having], (rivals, much))
        for needing in members
        for having in members
        if having != needing
    )


def _pair(
    study: Study, ranking: Ranking, having: str, has: Mapping[str, str], lacks: tuple[Sequence[str], float]
) -> Pair:
    """Hold what one member lacks against what another has."""
    rivals, much = lacks
    theirs, known = delivered(ranking, rivals), _supplied(ranking)
    shared = delivered(ranking, [having], direct=True)
    lacking = [stage for stage in study.stages if stage in theirs and theirs[stage].central > much]

    def met(status: str) -> tuple[str, ...]:
        return tuple(stage for stage in lacking if has.get(stage) == status)

    shares = set(met("share"))
    return Pair(
        needing=ranking.bloc,
        having=having,
        shares=met("share"),
        announced=met("announced"),
        claimed=met("claimed"),
        supplied=tuple(stage for stage in study.stages if stage in shared and shared[stage].central > much),
        unknown=tuple(stage for stage in study.stages if has.get(stage) == "share" and stage not in known),
        parents=tuple(row.chokepoint_id for row in ranking.rows if row.stage in shares and row.economy in rivals),
    )
