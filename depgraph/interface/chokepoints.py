"""The ranking: what a bloc loses if one economy stops supplying one stage, as cards and as rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike, fspath
from typing import Any, Literal

from depgraph.analysis import by_claims, cards, robustness, said
from depgraph.analysis import chokepoints as ranks
from depgraph.analysis.any_weights import RankRange
from depgraph.analysis.any_weights import of_ranking as any_weights_of
from depgraph.analysis.by_claims import Claimed, Comparison, Named
from depgraph.analysis.cards import Card
from depgraph.analysis.chokepoints import Chokepoint, Known, Ranking, Unscored
from depgraph.analysis.robustness import Scored, Stability
from depgraph.core.errors import UnknownNameError
from depgraph.core.steps import Step, silent
from depgraph.exports.records import spread_range
from depgraph.graph import dependencies
from depgraph.interface import loading
from depgraph.interface.loading import LoadedStudy
from depgraph.interface.results import Chart, Result, Row
from depgraph.pages import charts, drawing
from depgraph.study.study import Study

DRAWN = 25  # rows of the chart
ALL, CLAIMS, FIGURES = "all", "claims", "figures"


@dataclass(frozen=True)
class Standing:
    """The ranking with all that a reader is told of it.

    Attributes
    ----------
    study, ranking, rule
        What was ranked, and by which score.
    rows
        The rows that were asked for.
    cards
        Id of a row to its card.
    named
        (stage, economy) to how many claims of how many independent sources name them, claims on the whole chain
        included.
    missing
        What could not be scored; rows that the rule cannot score as well.
    sure
        What the draws found; None without draws.
    any_weights
        Id of a row to the best and worst rank that any weights allow, where asked for.
    clashes
        Number of stages at which evidence disagrees.
    """

    study: Study
    ranking: Ranking
    rule: str
    rows: list[Scored]
    cards: Mapping[str, Card]
    named: Mapping[tuple[str, str], Named]
    missing: list[Unscored]
    sure: Stability | None
    any_weights: Mapping[str, RankRange]
    clashes: int


@dataclass(frozen=True)
class SaidStanding:
    """The ranking by the sources alone, beside the ranking by numbers.

    Attributes
    ----------
    study
        Whose claims.
    rows
        Those outside the bloc first, then its members.
    comparison
        Over the pairs that both rank, stage by stage.
    by_chain
        Over chains: the highest of each chain, so that a claim on a product meets figures on its stages.
    scores
        (stage, economy) to the rank by numbers.
    """

    study: Study
    rows: list[Claimed]
    comparison: Comparison
    by_chain: Comparison
    scores: Mapping[tuple[str, str], int]


def chokepoints(
    study: Study,
    *,
    product: str | None = None,
    bloc: str | None = None,
    side: Literal["all", "rival"] = "all",
    stage: str | None = None,
    weights: str | PathLike[str] | None = None,
    any_weights: bool = False,
    evidence: Literal["all", "claims", "figures"] = "all",
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
    stage
        Only the rows of one stage.
    weights
        How finished goods are weighed: ``value``, ``equal``, another set of the study, or a csv file with the
        columns good and weight. Without it ``value`` where the study knows what the bloc spends on each good.
    any_weights
        Also the best and worst rank that any weights at all allow; takes seconds.
    evidence
        ``claims`` ranks by the sources alone; ``figures`` ranks as if nobody had claimed anything.
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
        A row for each economy and stage. ``direct_*`` is the part of the bloc's own supply that the economy
        delivers, ``embodied_*`` the part of all that reaches the bloc, inside later goods too; ``loss_*`` and
        ``value_*`` rest on the embodied part. Shares are fractions, money is USD a year. Below the ranked rows
        stand the stages that cannot be scored, with what is missing; they are not zero. ``records`` holds one
        `Standing`, with ``evidence="claims"`` one `SaidStanding` and rows of another form.

    Raises
    ------
    UnknownNameError
        If there is no such product, stage, economy, rule or set of weights.
    QuestionError
        If the weights name none of the goods.

    Examples
    --------
    >>> chokepoints(loading.load(), bloc="JPN", top=3).frame()["rank"].dropna().astype(int).tolist()
    [1, 2, 3]
    """
    held = loading.of(study)
    if evidence == CLAIMS:
        said = said_standing(held, bloc=bloc, product=product, stage=stage, top=top)
        return Result("chokepoints by claims", tuple(said_rows(said)), held, (said,), key="claim_ids")
    if evidence == FIGURES:
        held = without_claims(held)
    found = standing(
        held, product=product, bloc=bloc, side=side, stage=stage, weights=weights, any_weights=any_weights, rule=rule,
        draws=draws, seed=seed, top=top, step=step,
    )  # fmt: skip
    return Result(
        "chokepoints", tuple(data_rows(found)), held, (found,), key="chokepoint_id", drawn=lambda: _chart(found)
    )


def standing(
    held: LoadedStudy,
    *,
    product: str | None,
    bloc: str | None,
    side: str,
    stage: str | None,
    weights: str | PathLike[str] | None,
    any_weights: bool,
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

    Raises
    ------
    UnknownNameError
        If there is no such stage.
    """
    if stage is not None and stage not in held.stages:
        raise UnknownNameError("stage", stage, held.stages)
    picture = held.picture
    ranking = ranks.rank(
        held, picture, held.network, held.economy(bloc), product=product, weights=fspath(weights) if weights else None
    )
    scored, lacking = robustness.score(held, ranking, rule)
    sure = None
    if draws and ranking.rows:
        sure = robustness.stability_of(held, picture, held.network, ranking, draws=draws, seed=seed, step=step)
    chosen = [item for item in scored if side in {"all", item.row.side} and stage in {None, item.row.stage}][:top]
    missing = [Unscored(row.stage, f"{row.economy}: {what}") for row, what in lacking]
    missing += ranking.unscored
    return Standing(
        held,
        ranking,
        rule,
        chosen,
        {
            card.row.chokepoint_id: card
            for card in cards.cards(held, ranking, cards.ways_out(held, held.network, ranking.bloc))
        },
        by_claims.named_by(held, chain=True),
        [item for item in missing if stage in {None, item.stage}],
        sure,
        any_weights_of(ranking, [item.row for item in chosen]) if any_weights else {},
        sum(clash.metric == picture.own[clash.stage] for clash in picture.disagreements),
    )


def without_claims(study: Study) -> LoadedStudy:
    """Return the study as if nobody had claimed anything.

    Parameters
    ----------
    study
        Any study.

    Returns
    -------
    LoadedStudy
        With the same figures, trade and assumptions.
    """
    return loading.of(said.without_claims(study))


def said_standing(
    held: LoadedStudy, *, bloc: str | None, product: str | None, stage: str | None, top: int | None
) -> SaidStanding:
    """Rank by the sources alone and hold it against the ranking by numbers; parameters are those of `chokepoints`.

    Returns
    -------
    SaidStanding
        What ``chokepoints --evidence claims`` prints.
    """
    code = held.economy(bloc)
    claimed = by_claims.rank_by_claims(held, code)
    figures = without_claims(held)
    counted = ranks.rank(figures, figures.picture, figures.network, code)
    places = {(row.stage, row.economy): row.rank for row in counted.rows}
    by_figures = {pair: -float(place) for pair, place in places.items()}
    said = by_claims.scores(claimed)
    wanted = [item for item in claimed if product in {None, item.product} and stage in {None, item.topic}]
    return SaidStanding(
        held,
        wanted[:top],
        by_claims.compare(said, by_figures),
        by_claims.compare(by_claims.by_chain(said), by_claims.by_chain(by_figures)),
        places,
    )


def said_rows(found: SaidStanding) -> list[Row]:
    """Return the rows of the ranking by the sources, in full precision.

    Parameters
    ----------
    found
        From `said_standing`.

    Returns
    -------
    list of mapping
        ``rank_by_figures`` is None where no figure ranks the pair.
    """
    return [
        {
            "rank": item.rank,
            "topic": item.topic,
            "product": item.product,
            "economy": item.economy,
            "member": item.member,
            "strength_low": item.strength.low if item.strength else None,
            "strength_mode": item.strength.mode if item.strength else None,
            "strength_high": item.strength.high if item.strength else None,
            "claims": item.claims,
            "sources": len(item.sources),
            "source_ids": item.sources,
            "contradicted_by": item.contradicted_by,
            "rank_by_figures": found.scores.get(item.pair),
            "claim_ids": item.claim_ids,
        }
        for item in found.rows
    ]


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
    return [*scored, *(empty | row for item in found.missing for row in _unscored_rows(item, found.study))]


def _unscored_rows(item: Unscored, study: Study) -> list[dict[str, Any]]:
    """Write what is known of a stage that cannot be ranked: who supplies it, where that is known."""
    row = {"product": study.product_of(item.stage), "stage": item.stage, "missing": item.missing}
    known = [row | {"economy": found.economy} | _supply_columns(found) for found in item.known]
    return known or [row]


def _data_row(item: Scored, found: Standing) -> dict[str, Any]:
    """Write one row in full precision."""
    row, card = item.row, found.cards[item.row.chokepoint_id]
    first, ten = found.sure.top[row.chokepoint_id] if found.sure else (None, None)
    low, high = found.sure.ranks[row.chokepoint_id] if found.sure else (None, None)
    best, worst = found.any_weights.get(row.chokepoint_id, (None, None))
    named = found.named.get((row.stage, row.economy), Named(0, 0))
    return {
        "chokepoint_id": row.chokepoint_id,
        "rank": item.rank,
        "rank_best": item.rank_best,
        "rank_worst": item.rank_worst,
        "class": card.grade,
        "class_mildest": card.mildest,
        "class_gravest": card.gravest,
        "class_unknown": card.unknown,
        "product": row.product,
        "stage": row.stage,
        "economy": row.economy,
        "side": row.side,
        **_supply_columns(row),
        "method": row.method,
        **spread_range("loss", row.loss),
        "loss_uses": "embodied",
        **spread_range("value_usd", row.value),
        **_way_out_columns(card),
        "ranks": dict(row.ranks),
        "weights": found.ranking.weights.name,
        "rank_any_weights_best": best,
        "rank_any_weights_worst": worst,
        "definition": row.definition,
        "period": row.period,
        **spread_range("share", row.share),
        "definitions": {item.definition: item.share.central for item in row.definitions},
        "rank_definitions_best": min((item.rank for item in row.definitions), default=None),
        "rank_definitions_worst": max((item.rank for item in row.definitions), default=None),
        "hhi_low": row.hhi_low,
        "hhi_high": row.hhi_high,
        "rule": found.rule,
        **spread_range("score", item.score),
        "top1": first,
        "top10": ten,
        "rank_p05": low,
        "rank_p95": high,
        "goods": {good: part.central for good, part in row.goods.items()},
        "grade": row.grade,
        "stale": row.stale,
        "claims": row.claims,
        "figures": row.figures,
        "said_claims": named.claims,
        "said_sources": named.sources,
        "conflict": row.conflict,
        "parents": row.parents,
        "missing": None,
    }


def _supply_columns(supply: Chokepoint | Known) -> dict[str, Any]:
    """Write where a supply comes from, direct and embodied, with the records of trade."""
    bought = supply.purchase
    return {
        **spread_range("direct", supply.direct),
        "direct_rests_on": "published shares" if bought is None else f"imports by {bought.measure}",
        "direct_basket": bool(bought and bought.basket),
        "import_mass_share": bought.mass if bought else None,
        "import_value_share": bought.value if bought else None,
        "import_year": bought.year if bought else None,
        "import_years": bought.years if bought else None,
        "home_output": bought.home if bought else None,
        **spread_range("embodied", supply.embodied),
    }


def _way_out_columns(card: Card) -> dict[str, Any]:
    """Write how soon one is out of it, and the stocks until then."""
    way = card.way_out
    return {
        "escape_of": way.bloc if way else None,
        "escape_year": way.first if way else None,
        "escape_years": way.years if way else None,
        "escape_beyond_model": way.first is None if way else None,
        "escape_cost_musd": way.cost_musd if way else None,
        "escape_current": way.current if way else None,
        "stock_days": {stock.member: stock.central for stock in card.stocks},
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


def chain_of(study: LoadedStudy, stage: str) -> list[str]:
    """Return a stage with its essential inputs before it and the finished goods behind it, in order.

    Parameters
    ----------
    study
        The study.
    stage
        A stage.

    Returns
    -------
    list of str
        Stages on the ways through it, sources first.
    """
    import networkx as nx

    inputs = dependencies.essential_inputs(study.network)
    kept = nx.ancestors(inputs, stage) | nx.descendants(inputs, stage) | {stage}
    part = inputs.subgraph(kept)
    # loops have no order; their stages stay in the order of the study
    return list(nx.lexicographical_topological_sort(part)) if nx.is_directed_acyclic_graph(part) else sorted(kept)
