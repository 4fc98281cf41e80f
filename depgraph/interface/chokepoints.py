"""The ranking: what a bloc loses if one economy stops supplying one stage."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from depgraph.analysis import chokepoints as ranks
from depgraph.analysis import robustness
from depgraph.analysis.chokepoints import Ranking
from depgraph.analysis.robustness import Scored, Stability
from depgraph.core.steps import Step, silent
from depgraph.exports.records import spread_range
from depgraph.interface import loading
from depgraph.interface.loading import LoadedStudy
from depgraph.interface.results import Chart, Result, Row
from depgraph.pages import charts, drawing
from depgraph.study.study import Study

DRAWN = 25  # rows of the chart


@dataclass(frozen=True)
class Standing:
    """The ranking with all that a reader is told of it.

    Attributes
    ----------
    study, ranking, rule
        What was ranked, and by which score.
    rows
        The rows that were asked for.
    missing
        Stage and what is missing, for what could not be scored.
    sure
        What the draws found; None without draws.
    clashes
        Number of stages at which evidence disagrees.
    """

    study: Study
    ranking: Ranking
    rule: str
    rows: list[Scored]
    missing: list[tuple[str, str]]
    sure: Stability | None
    clashes: int


def chokepoints(
    study: Study,
    *,
    product: str | None = None,
    bloc: str | None = None,
    side: Literal["all", "rival"] = "all",
    rule: str = "loss",
    draws: int | None = None,
    seed: int = 0,
    top: int | None = None,
    step: Step = silent,
) -> Result:
    """Rank what a bloc loses if one economy stops supplying one stage.

    Parameters
    ----------
    study
        The study.
    product
        Rank the stages that feed this product, by the loss of this product.
    bloc
        Economy or bloc that loses; without it the bloc of the study.
    side
        ``rival`` for only what the rival supplies.
    rule
        Score by one of `robustness.RULES`.
    draws
        Draw within all ranges this often, to say how sure a rank is.
    seed
        Of the draws: the same seed gives the same numbers.
    top
        Only the first rows.
    step
        Called with (done, total) while it draws.

    Returns
    -------
    Result
        Losses, shares and dependence are fractions. Below the ranked rows stand the stages that cannot
        be scored, with what is missing; they are not zero. ``records`` holds one `Standing`.

    Raises
    ------
    UnknownNameError
        If there is no such product, economy or rule.

    Examples
    --------
    >>> chokepoints(loading.load(), bloc="JPN", top=3).frame()["rank"].dropna().astype(int).tolist()
    [1, 2, 3]
    """
    held = loading.of(study)
    found = standing(held, product=product, bloc=bloc, side=side, rule=rule, draws=draws, seed=seed, top=top, step=step)
    return Result(
        "chokepoints", tuple(data_rows(found)), held, (found,), key="chokepoint_id", drawn=lambda: _chart(found)
    )


def standing(
    held: LoadedStudy,
    *,
    product: str | None,
    bloc: str | None,
    side: str,
    rule: str,
    draws: int | None,
    seed: int,
    top: int | None,
    step: Step,
) -> Standing:
    """Compute the ranking; parameters and errors are those of `chokepoints`.

    Returns
    -------
    Standing
        What `chokepoints` puts into rows.
    """
    picture = held.picture
    ranking = ranks.rank(held, picture, held.network, held.economy(bloc), product=product)
    scored, lacking = robustness.score(held, ranking, rule)
    sure = None
    if draws and ranking.rows:
        sure = robustness.stability_of(held, picture, held.network, ranking, draws=draws, seed=seed, step=step)
    rows = [item for item in scored if side in {"all", item.row.side}][:top]
    missing = [(row.stage, f"{row.economy}: {what}") for row, what in lacking]
    missing += [(item.stage, item.missing) for item in ranking.unscored]
    clashes = sum(clash.metric == picture.own[clash.stage] for clash in picture.disagreements)
    return Standing(held, ranking, rule, rows, missing, sure, clashes)


def data_rows(found: Standing) -> list[Row]:
    """Return ranked rows and, below them, what could not be scored, all with the same columns.

    Parameters
    ----------
    found
        From `standing`.

    Returns
    -------
    list of mapping
        In full precision.
    """
    scored = [_data_row(item, found) for item in found.rows]
    empty = dict.fromkeys(scored[0]) if scored else {}
    unscored = [
        empty | {"product": found.study.product_of(stage), "stage": stage, "missing": what}
        for stage, what in found.missing
    ]
    return [*scored, *unscored]


def _data_row(item: Scored, found: Standing) -> dict[str, Any]:
    """Write one row in full precision."""
    row = item.row
    first, ten = found.sure.top[row.chokepoint_id] if found.sure else (None, None)
    low, high = found.sure.ranks[row.chokepoint_id] if found.sure else (None, None)
    return {
        "chokepoint_id": row.chokepoint_id,
        "rank": item.rank,
        "rank_best": item.rank_best,
        "rank_worst": item.rank_worst,
        "product": row.product,
        "stage": row.stage,
        "economy": row.economy,
        "side": row.side,
        **spread_range("share", row.share),
        "hhi_low": row.hhi_low,
        "hhi_high": row.hhi_high,
        **spread_range("dependence", row.dependence),
        **spread_range("loss", row.loss),
        "rule": found.rule,
        **spread_range("score", item.score),
        "top1": first,
        "top10": ten,
        "rank_p05": low,
        "rank_p95": high,
        "goods": {good: part.central for good, part in row.goods.items()},
        "method": row.method,
        "grade": row.grade,
        "stale": row.stale,
        "claims": row.claims,
        "figures": row.figures,
        "conflict": row.conflict,
        "other_estimates": tuple(other.estimate_id for other in row.other_shares),
        "parents": row.parents,
        "missing": None,
    }


def _chart(found: Standing) -> Chart:
    """Draw the losses with their ranges."""
    rows: Sequence[Scored] = found.rows[:DRAWN]
    colours = drawing.palette(item.row.economy for item in rows)
    drawn = [
        {"name": f"{item.row.economy} {item.row.stage}", "low": item.row.loss.low, "central": item.row.loss.central,
         "high": item.row.loss.high, "colour": colours.get(item.row.economy, drawing.OTHER),
         "shape": "square" if item.row.side == "rival" else "circle",
         "note": f"{item.rank} [{item.rank_best}–{item.rank_worst}]  {item.row.grade}"}
        for item in rows
    ]  # fmt: skip
    bloc = found.study.economies.names[found.ranking.bloc]
    return charts.ranges(drawn, f"finished goods lost by {bloc}", "rank [may be]  grade")
