"""Who could hurt whom: what the rival holds over a bloc and what the bloc holds over the rival.

Both directions are measured on one scale: the part of the same finished goods that the other
side loses in the first round.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from depgraph.analysis import chokepoints, goods
from depgraph.analysis.chokepoints import Chokepoint, Ranking
from depgraph.evidence.estimates import Picture
from depgraph.graph.dependencies import NONE, Network, Range
from depgraph.study.study import Study


@dataclass(frozen=True)
class Balance:
    """What two sides hold over each other at one stage.

    Attributes
    ----------
    balance_id
        ``B:bloc:rival:stage``.
    product, stage
        Where.
    theirs
        Part of the bloc's finished goods that is lost if the rival stops supplying the stage;
        None where it is not known.
    ours
        Part of the rival's finished goods that is lost if all members stop.
    members
        Member to the rival's loss if that member alone stops.
    net
        Ours less theirs, None if either is not known.
    parents
        Rows of the two rankings.
    """

    balance_id: str
    product: str
    stage: str
    theirs: Range | None
    ours: Range | None
    members: Mapping[str, Range]
    net: Range | None
    parents: tuple[str, ...]


@dataclass(frozen=True)
class Retaliation:
    """What both sides lose of one finished good if each stops everything it supplies.

    Attributes
    ----------
    good
        The finished good.
    ours, theirs
        Loss of the bloc and of the rival; the scarcest input decides. None where no stage that
        the other side supplies is known to reach the good.
    net
        Theirs less ours: positive if the rival loses more; None if either is not known.
    """

    good: str
    ours: Range | None
    theirs: Range | None
    net: Range | None


def balance(study: Study, picture: Picture, network: Network, bloc: str, rival: str) -> list[Balance]:
    """Hold both directions against each other at every stage where either is known.

    Parameters
    ----------
    study, picture, network
        As for `chokepoints.rank`.
    bloc, rival
        Codes of the two sides; blocs act as one.

    Returns
    -------
    list of Balance
        Sorted by the larger of the two central losses, falling.
    """
    return balance_of(study, *both_rankings(study, picture, network, bloc, rival))


def both_rankings(study: Study, picture: Picture, network: Network, bloc: str, rival: str) -> tuple[Ranking, Ranking]:
    """Return the rankings of both sides with equal weights: what each side spends on goods is not their common measure.

    Parameters
    ----------
    study, picture, network
        As for `chokepoints.rank`.
    bloc, rival
        Codes of the two sides.

    Returns
    -------
    tuple of Ranking
        Over the bloc, over the rival.
    """
    over_us, over_them = (
        chokepoints.rank(study, picture, network, side, weights=goods.EQUAL) for side in (bloc, rival)
    )
    return over_us, over_them


def balance_of(study: Study, over_us: Ranking, over_them: Ranking) -> list[Balance]:
    """Hold two rankings against each other; `balance` where they are at hand.

    Parameters
    ----------
    study
        The study.
    over_us, over_them
        The ranking of the bloc and that of the rival, over all goods and with the same weights.

    Returns
    -------
    list of Balance
        As from `balance`.
    """
    bloc, rival = over_us.bloc, over_them.bloc
    theirs = _by_stage(over_us, study.economies.expand(rival))
    ours = _by_stage(over_them, study.economies.expand(bloc))
    stages = [stage for stage in study.stages if stage in theirs or stage in ours]
    rows = [_balance(study, stage, bloc, rival, theirs.get(stage, []), ours.get(stage, [])) for stage in stages]
    return sorted(rows, key=lambda row: (-max((row.theirs or NONE).central, (row.ours or NONE).central), row.stage))


def _by_stage(ranking: Ranking, suppliers: Sequence[str]) -> dict[str, list[Chokepoint]]:
    """Group the rows of some suppliers by stage."""
    found: dict[str, list[Chokepoint]] = {}
    for row in ranking.rows:
        if row.economy in suppliers:
            found.setdefault(row.stage, []).append(row)
    return found


def _balance(  # noqa: PLR0917 - private, called once
    study: Study, stage: str, bloc: str, rival: str, theirs: Sequence[Chokepoint], ours: Sequence[Chokepoint]
) -> Balance:
    """Build the row of one stage."""
    over_us, over_them = _total(theirs), _total(ours)
    return Balance(
        balance_id=f"B:{bloc}:{rival}:{stage}",
        product=study.product_of(stage),
        stage=stage,
        theirs=over_us,
        ours=over_them,
        members={row.economy: row.loss for row in ours},
        net=_net(over_them, over_us),
        parents=tuple(row.chokepoint_id for row in (*theirs, *ours)),
    )


def _total(rows: Sequence[Chokepoint]) -> Range | None:
    """Add the losses that several suppliers of one stage cause together.

    Their parts of the supply may sum to more than all of it within their ranges; the sum is then
    scaled back to all of it.
    """
    if not rows:
        return None
    parts = [sum(row.embodied[level] for row in rows) for level in range(3)]
    losses = [sum(row.loss[level] for row in rows) for level in range(3)]
    low, central, high = (loss / max(1.0, part) for loss, part in zip(losses, parts, strict=True))
    return Range(low, central, high)


def _net(one: Range | None, other: Range | None) -> Range | None:
    """Subtract a range: the lowest difference is low less high; None if either is not known."""
    if one is None or other is None:
        return None
    return Range(one.low - other.high, one.central - other.central, one.high - other.low)


def retaliation(study: Study, picture: Picture, network: Network, bloc: str, rival: str) -> list[Retaliation]:
    """Compare what both sides lose if each stops supplying everything to the other.

    Of each finished good the loss is the largest over all stages: with complements the scarcest
    input decides. Losses at stages that cannot be scored are not in it, on either side.

    Parameters
    ----------
    study, picture, network
        As for `chokepoints.rank`.
    bloc, rival
        Codes of the two sides.

    Returns
    -------
    list of Retaliation
        One for each finished good, sorted by name.
    """
    return retaliation_of(study, *both_rankings(study, picture, network, bloc, rival))


def retaliation_of(study: Study, over_us: Ranking, over_them: Ranking) -> list[Retaliation]:
    """Compare what both sides lose by two rankings; `retaliation` where they are at hand.

    Parameters
    ----------
    study
        The study.
    over_us, over_them
        The ranking of the bloc and that of the rival, over all goods and with the same weights.

    Returns
    -------
    list of Retaliation
        As from `retaliation`.
    """
    bloc, rival = over_us.bloc, over_them.bloc
    ours = _worst_losses(over_us, study.economies.expand(rival))
    theirs = _worst_losses(over_them, study.economies.expand(bloc))
    return [
        Retaliation(good, ours.get(good), theirs.get(good), _net(theirs.get(good), ours.get(good)))
        for good in over_us.goods
    ]


def _worst_losses(ranking: Ranking, suppliers: Sequence[str]) -> dict[str, Range]:
    """Return the largest loss of each good over all stages, members of a side acting together."""
    worst: dict[str, Range] = {}
    for rows in _by_stage(ranking, suppliers).values():
        for good in rows[0].goods:
            together = _sum(row.goods[good] for row in rows)
            worst[good] = Range(*map(max, worst.get(good, NONE), together))
    return worst


def _sum(ranges: Iterable[Range]) -> Range:
    """Add ranges of parts of one whole; at most the whole."""
    low, central, high = (min(1.0, sum(values)) for values in zip(*ranges, strict=True))
    return Range(low, central, high)
