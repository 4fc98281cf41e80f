"""The best and worst rank that any weights of the finished goods allow.

A rank under one set of weights is one judgement. Over all weights that are not negative and sum to 1,

    best(i)  = 1 + min over w of the number of j with w L_j > w L_i
    worst(i) = 1 + max over w of the same number

with L_j the losses of row j by good: two mixed-integer programmes for each row.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from depgraph.analysis.chokepoints import Chokepoint, Ranking
from depgraph.core.errors import NotProvenError
from depgraph.lp import integer

if TYPE_CHECKING:
    import pulp

LEAST = 1e-6  # difference of two weighted losses from which one is larger: below it a solver cannot tell
PROVEN = 0.5  # the number of rows is whole, so a bound nearer than this proves it

Difference = tuple[float, ...]


class RankRange(NamedTuple):
    """Best and worst rank over all weights."""

    best: int
    worst: int


def rank_ranges(losses: Mapping[str, Sequence[float]], wanted: Sequence[str] | None = None) -> dict[str, RankRange]:
    """Return the ranks that any weights allow.

    Parameters
    ----------
    losses
        Name of a row to the part lost of each good, the goods in one order for all rows.
    wanted
        Rows to answer for; all where none are named.

    Returns
    -------
    dict
        Name to `RankRange`, 1 being the largest loss. A row of equal weighted loss does not count as larger.

    Raises
    ------
    NotProvenError
        If a search ended without proof.

    Examples
    --------
    >>> rank_ranges({"a": (0.9, 0.0), "b": (0.0, 0.6)})["a"]
    RankRange(best=1, worst=2)
    """
    return {name: _range_of(name, losses) for name in (losses if wanted is None else wanted)}


def of_ranking(ranking: Ranking, rows: Sequence[Chokepoint]) -> dict[str, RankRange]:
    """Return the ranks that any weights allow to rows of a ranking, at the central losses.

    Equal losses are no order, yet a ranking puts the rows in one: the places that it gives under its own sets of
    weights are within the range.

    Parameters
    ----------
    ranking
        From `chokepoints.rank`.
    rows
        Some of its rows.

    Returns
    -------
    dict
        Id of the row to `RankRange`.
    """
    losses = {
        row.chokepoint_id: [row.goods[good].central if good in row.goods else 0.0 for good in ranking.goods]
        for row in ranking.rows
    }
    found = rank_ranges(losses, [row.chokepoint_id for row in rows])
    return {
        row.chokepoint_id: RankRange(
            min(found[row.chokepoint_id].best, *row.ranks.values()),
            max(found[row.chokepoint_id].worst, *row.ranks.values()),
        )
        for row in rows
    }


def _range_of(name: str, losses: Mapping[str, Sequence[float]]) -> RankRange:
    """Return the ranks of one row."""
    own = losses[name]
    differences = Counter(
        tuple(other - mine for other, mine in zip(values, own, strict=True))
        for row, values in losses.items()
        if row != name
    )
    above = sum(count for difference, count in differences.items() if min(difference) > LEAST)
    open_ = {
        difference: count
        for difference, count in differences.items()
        if min(difference) <= LEAST and max(difference) > LEAST
    }
    if not open_:
        return RankRange(1 + above, 1 + above)
    return RankRange(1 + above + _count(open_, _fewest), 1 + above + _count(open_, _most))


Question = Callable[["pulp.LpProblem", "list[pulp.LpVariable]", Mapping[Difference, int]], None]


def _count(differences: Mapping[Difference, int], ask: Question) -> int:
    """Return the number of rows that one question finds, proven.

    Raises
    ------
    NotProvenError
        If the search ended without proof.
    """
    import pulp

    problem = pulp.LpProblem("rows")
    goods = len(next(iter(differences)))
    weights = [problem.add_variable(f"w{good}", 0, 1) for good in range(goods)]
    problem += pulp.lpSum(weights) == 1
    ask(problem, weights, differences)
    found = integer.search(problem, "the rank over all weights")
    if abs(found.value - found.bound) >= PROVEN:
        msg = f"the rank over all weights is not proven: {found.status}"
        raise NotProvenError(msg)
    return abs(round(found.value))


def _fewest(problem: "pulp.LpProblem", weights: "list[pulp.LpVariable]", differences: Mapping[Difference, int]) -> None:
    """Ask for the fewest rows above: a row may be above only where it is counted."""
    import pulp

    counted = []
    for place, (difference, count) in enumerate(differences.items()):
        above = problem.add_variable(f"z{place}", cat="Binary")
        gap = pulp.lpSum(weight * part for weight, part in zip(weights, difference, strict=True))
        problem += gap <= max(difference) * above
        counted.append(count * above)
    problem.setObjective(pulp.lpSum(counted))


def _most(problem: "pulp.LpProblem", weights: "list[pulp.LpVariable]", differences: Mapping[Difference, int]) -> None:
    """Ask for the most rows above: a row is counted only where it is above."""
    import pulp

    counted = []
    for place, (difference, count) in enumerate(differences.items()):
        above = problem.add_variable(f"z{place}", cat="Binary")
        gap = pulp.lpSum(weight * part for weight, part in zip(weights, difference, strict=True))
        problem += gap >= LEAST - (1 - above) * (LEAST - min(difference))
        counted.append(-count * above)
    problem.setObjective(pulp.lpSum(counted))
