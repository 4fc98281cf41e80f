"""What an adversary would pick: the worst removals from a bloc's supply, against the best reply.

A ranking becomes a production programme. Each finished good is cut into segments by the part of
it that needs each input: the segment between two dependent shares needs all inputs whose share
reaches it. The reply may move what is left of an input between goods, which proportional losses
do not allow, so an attack never costs more here than the rows of the ranking add up to.
"""

import itertools
from collections.abc import Collection, Mapping, Sequence

from depgraph.analysis.chokepoints import Chokepoint, Ranking
from depgraph.core.errors import UnknownNameError
from depgraph.measures import interdiction
from depgraph.measures.interdiction import Attack, Production

SAFE = "unnamed or home"  # supply that no row names: it cannot be attacked, and is not unlimited


def production_of(ranking: Ranking) -> Production:
    """Turn a ranking into what is made from what.

    With d the central dependence and t the central reach of a row, stage k is needed in the
    amount ``n_k = sum_g t_kg`` and supplier e delivers ``d_ke n_k``; what is left of 1 comes from
    suppliers that no row names. Good g is cut at the values of t: the segment up to t_kg needs
    one unit of k a unit.

    Parameters
    ----------
    ranking
        Rows of all stages; every stage without rows is taken as safe.

    Returns
    -------
    Production
        One product for each segment of each good, worth its part of the goods considered.
    """
    stages = _by_stage(ranking.rows)
    capacity: dict[tuple[str, str], float] = {}
    for stage, rows in stages.items():
        needed = sum(part.central for part in rows[0].reach.values())
        named = sum(row.embodied.central for row in rows)
        # ranges are coherent, central values sum to at most 1 but for rounding
        scale = needed / max(1.0, named)
        capacity |= {(stage, row.economy): row.embodied.central * scale for row in rows}
        capacity[stage, SAFE] = max(0.0, needed - named * scale)
    segments = {
        f"{good}#{number}": (good, size, needs)
        for good in ranking.goods
        for number, (size, needs) in enumerate(_segments(good, stages), start=1)
    }
    # without goods there is no segment whose worth would be asked for
    worth = 1.0 / len(ranking.goods) if ranking.goods else 0.0
    return Production(
        capacity=capacity,
        need={name: dict.fromkeys(needs, 1.0) for name, (_, _, needs) in segments.items()},
        demand={name: size for name, (_, size, _) in segments.items()},
        value=dict.fromkeys(segments, worth),
    )


def _by_stage(rows: Sequence[Chokepoint]) -> dict[str, list[Chokepoint]]:
    """Group rows by stage, stages sorted."""
    return {stage: [row for row in rows if row.stage == stage] for stage in sorted({row.stage for row in rows})}


def _segments(good: str, stages: Mapping[str, Sequence[Chokepoint]]) -> list[tuple[float, list[str]]]:
    """Cut a good at the parts of it that need each input: (size, inputs) of each segment."""
    parts = {stage: rows[0].reach[good].central for stage, rows in stages.items() if good in rows[0].reach}
    cuts = [0.0, *sorted(set(parts.values()))]
    segments = [
        (high - low, [stage for stage, part in parts.items() if part >= high]) for low, high in itertools.pairwise(cuts)
    ]
    # the rest of the good needs nothing that can be attacked
    return [*segments, (1.0 - cuts[-1], [])] if cuts[-1] < 1 else segments


def worst(
    ranking: Ranking, budget: int, *, by_economy: bool, attackers: Sequence[str] | None = None, limit: int
) -> Attack:
    """Find the removals within a budget that cost a bloc most, whatever it replies.

    Parameters
    ----------
    ranking
        From `chokepoints.rank`.
    budget
        How many removals: single stages of one economy, or whole economies.
    by_economy
        Whether a removal takes all that an economy supplies.
    attackers
        Economies whose supply can be removed; all if None.
    limit
        Up to how many sets every one is tried as a check, which also names the ties.

    Returns
    -------
    Attack
        Value is the part of the goods that is left.

    Raises
    ------
    InvalidAttackError
        If the budget is negative.
    UncertifiedError
        If programme, best reply and enumeration do not agree.

    Examples
    --------
    A budget of nothing removes nothing:

    >>> worst(Ranking("QUAD", None, ("drone/complete",), (), ()), 0, by_economy=True, limit=10).removed
    ()
    """
    production = production_of(ranking)
    choose = interdiction.economy_targets if by_economy else interdiction.arc_targets
    targets = {
        name: arcs
        for name, arcs in choose(production).items()
        if arcs[0][1] != SAFE and (attackers is None or arcs[0][1] in attackers)
    }
    return interdiction.worst_removals(production, budget, targets=targets, limit=limit)


def losses(ranking: Ranking, attack: Attack) -> dict[str, float]:
    """Return what is lost of each good under an attack, in one best reply.

    Returns
    -------
    dict
        Good to the part lost; other replies of the same worth may share the loss otherwise.
    """
    made = dict.fromkeys(ranking.goods, 0.0)
    for segment, amount in attack.amounts.items():
        made[segment.rpartition("#")[0]] += amount
    return {good: min(1.0, max(0.0, 1.0 - amount)) for good, amount in made.items()}


def attackers_of(ranking: Ranking, name: str, codes: Collection[str]) -> tuple[str, ...]:
    """Choose the economies whose supply an attacker can remove.

    Parameters
    ----------
    ranking
        From `chokepoints.rank`.
    name
        What the attacker was called.
    codes
        Its code and, of a bloc, those of its members.

    Returns
    -------
    tuple of str
        Those that are known to supply the bloc.

    Raises
    ------
    UnknownNameError
        If none of them is: an attack by it would cost nothing for want of knowledge, not for sure.

    Examples
    --------
    >>> attackers_of(Ranking("QUAD", None, (), (), ()), "NATO", ["NATO"])
    Traceback (most recent call last):
    ...
    depgraph.core.errors.UnknownNameError: unknown attacker (known to supply QUAD: nobody) 'NATO'
    """
    suppliers = sorted({row.economy for row in ranking.rows})
    found = tuple(code for code in suppliers if code in codes)
    if not found:
        what = f"attacker (known to supply {ranking.bloc}: {', '.join(suppliers) or 'nobody'})"
        raise UnknownNameError(what, name, suppliers)
    return found
