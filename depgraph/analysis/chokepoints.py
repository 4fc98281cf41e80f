"""The ranking: what a bloc loses if one economy stops supplying one stage."""

import bisect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import networkx as nx

from depgraph.core import views
from depgraph.core.errors import UnknownNameError
from depgraph.evidence.estimates import Estimate, Picture
from depgraph.graph import dependencies, sourcing
from depgraph.graph.dependencies import Inputs, Network, Range
from depgraph.graph.sourcing import Supply
from depgraph.measures.concentration import Bounds
from depgraph.study import ledger
from depgraph.study.study import Study

# what a ranking shows of itself: field and heading
SHOWN = {
    "rank": "rank",
    "rank_best": "best",
    "rank_worst": "worst",
    "economy": "economy",
    "stage": "stage",
    "loss": "goods lost",
    "dependence": "supply lost",
    "grade": "grade",
    "conflict": "disagree",
    "chokepoint_id": "id",
}
# assumptions that every row of the ranking rests on
RULES = (ledger.NO_RESPONSE, ledger.EQUAL_WEIGHTS)


@dataclass(frozen=True)
class Chokepoint:
    """One row of the ranking.

    Attributes
    ----------
    chokepoint_id
        ``K:bloc:economy:stage``.
    rank, rank_best, rank_worst
        By central loss, and the best and worst rank that the ranges allow.
    product, stage, economy
        Who stops supplying what.
    side
        ``rival`` or ``other``; members of the bloc are not listed.
    share
        Share of world output; None where only the bloc's imports are known.
    other_shares
        Estimates of the same economy at this stage under other definitions, for comparison.
    hhi_low, hhi_high
        Bounds of the concentration of the stage.
    dependence
        Part of the bloc's supply of this stage that stops.
    loss
        Part of the bloc's finished goods that is lost, mean over the goods considered.
    reach
        Finished good to the part of a loss of this stage that arrives there.
    goods
        Finished good to the part of it that is lost, for the goods that the loss reaches.
    method
        Where the dependence comes from, as in `sourcing.Supply`.
    grade
        Best grade of the evidence, A to D.
    stale
        Whether every number on its world share is from before the reference years.
    claims, figures
        How many of each the row rests on.
    conflict
        Whether they disagree.
    parents
        Estimates, figures, assumptions and recipes directly below the row.
    """

    chokepoint_id: str
    rank: int
    rank_best: int
    rank_worst: int
    product: str
    stage: str
    economy: str
    side: str
    share: Range | None
    other_shares: tuple[Estimate, ...]
    hhi_low: float | None
    hhi_high: float | None
    dependence: Range
    loss: Range
    reach: Mapping[str, Range]
    goods: Mapping[str, Range]
    method: str
    grade: str
    stale: bool
    claims: int
    figures: int
    conflict: bool
    parents: tuple[str, ...]


@dataclass(frozen=True)
class Unscored:
    """A stage that cannot be ranked, and what is missing."""

    stage: str
    missing: str


@dataclass(frozen=True)
class Ranking:
    """Chokepoints of a bloc.

    Attributes
    ----------
    bloc, product
        For whom and for which chain (None for all).
    goods
        Finished goods considered, each with the same weight.
    rows
        Sorted by rank.
    unscored
        Stages that cannot be scored; they are not zero.
    """

    bloc: str
    product: str | None
    goods: tuple[str, ...]
    rows: tuple[Chokepoint, ...]
    unscored: tuple[Unscored, ...]

    def __repr__(self) -> str:
        """Return the first rows; all would fill pages."""
        return self._view().text

    def _repr_html_(self) -> str:
        """Return the same for notebooks."""
        return self._view().html

    def _view(self) -> views.View:
        """Show the rows that a person reads first."""
        return views.show(self.rows, SHOWN, top=10)


def rank(study: Study, picture: Picture, network: Network, bloc: str, *, product: str | None = None) -> Ranking:
    """Rank the chokepoints of a bloc.

    If economy e stops supplying stage k, the bloc loses the part d (e's part of its supply) of
    stage k, and of finished good g the part ``d t(k, g)``, where t is the transmission through
    essential inputs (`graph.transmission`). Rows are ranked by the mean of that over the goods
    considered, all weighing the same, before any stock, substitute or spare capacity.

    Parameters
    ----------
    study, picture, network
        The study, its estimates and its graph.
    bloc
        Code of an economy or bloc.
    product
        With finished stages: rank the stages that feed it by the loss of these goods. Without:
        rank its own stages by the loss of all goods.

    Returns
    -------
    Ranking
        Rows and what could not be scored.

    Raises
    ------
    UnknownNameError
        If the study has no such product, or the bloc names no members: then nobody loses.
    """
    study.economies.require_members(bloc)
    inputs = dependencies.essential_inputs(network)
    goods, stages = _scope(study, dependencies.finals(network), inputs, product)
    figures = sourcing.recent_figures(study)
    rows: list[Chokepoint] = []
    unscored: list[Unscored] = []
    for stage in stages:
        reach = _reached_goods(inputs, stage, goods)
        sources = sourcing.supply(study, picture, stage, bloc, figures)
        missing = _missing(study, picture, stage, sources, reach)
        if missing:
            unscored.append(Unscored(stage, missing))
        else:
            recipes = _recipe_ids(network, inputs, stage, reach)
            rows.extend(_score_stage(study, picture, Scope(bloc, stage, len(goods), reach, recipes), sources))
    return Ranking(bloc, product, tuple(goods), tuple(_with_ranks(rows)), tuple(unscored))


@dataclass(frozen=True)
class Scope:
    """What the rows of one stage have in common: where its loss goes and through which recipes."""

    bloc: str
    stage: str
    goods: int
    reach: Mapping[str, Range]
    recipes: tuple[str, ...]


def _scope(study: Study, goods: list[str], inputs: Inputs, product: str | None) -> tuple[list[str], list[str]]:
    """Return the finished goods to weigh and the stages to rank.

    Raises
    ------
    UnknownNameError
        If the study has no such product.
    """
    stages = list(study.stages)
    if product is None:
        return goods, stages
    products = [row["product"] for row in study.tables["products"]]
    if product not in products:
        raise UnknownNameError("product", product, products)
    own = [stage for stage in stages if study.product_of(stage) == product]
    own_goods = [stage for stage in own if stage in goods]
    if not own_goods:
        return goods, own
    feeding = set(own).union(*(nx.ancestors(inputs, good) for good in own_goods))
    return own_goods, [stage for stage in stages if stage in feeding]


def _reached_goods(inputs: Inputs, stage: str, goods: Iterable[str]) -> dict[str, Range]:
    """Return the goods that a loss of a stage reaches, with the part that arrives."""
    arriving = dependencies.transmission(inputs, stage)
    return {good: arriving[good] for good in goods if good in arriving}


def _recipe_ids(network: Network, inputs: Inputs, stage: str, goods: Iterable[str]) -> tuple[str, ...]:
    """Return the essential recipes on the ways from a stage to some goods."""
    below = inputs.subgraph(nx.descendants(inputs, stage) | {stage})
    between = {node for good in goods for node in nx.ancestors(below, good) | {good}}
    found = (
        data["recipe_id"]
        for _, target, data in network.out_edges(between, data=True)
        if data["relation"] == "input" and data["essential"] and target in between
    )
    return tuple(sorted(found))


def _missing(
    study: Study, picture: Picture, stage: str, sources: Sequence[Supply], reach: Mapping[str, Range]
) -> str | None:
    """Say what keeps a stage from being scored, or None."""
    if not reach:
        return "no recipe joins it to a finished good considered"
    if sources:
        return None
    if picture.shares(stage):
        return "shares are known only for members of the bloc"
    return str(study.stages[stage]["missing"] or "no claim and no figure gives a share by economy")


def _score_stage(study: Study, picture: Picture, scope: Scope, sources: Sequence[Supply]) -> list[Chokepoint]:
    """Score every supplier of a stage that delivers anything."""
    hhi = picture.hhi(scope.stage)
    return [_score(study, picture, scope, source, hhi) for source in sources if source.high > 0]


def _score(study: Study, picture: Picture, scope: Scope, source: Supply, hhi: Bounds | None) -> Chokepoint:
    """Score one economy at one stage; ranks are filled in later."""
    share = next((item for item in picture.shares(scope.stage) if item.economy == source.economy), None)
    dependence = Range(source.low, source.central, source.high)
    losses = {good: dependence.times(part) for good, part in scope.reach.items()}
    loss = Range(*(sum(values) / scope.goods for values in zip(*losses.values(), strict=True)))
    evidence = _evidence_ids(study, picture, source, share)
    # the row shows the world share beside the imports, so its trail goes through both
    own = (share.estimate_id,) if share else ()
    return Chokepoint(
        chokepoint_id=f"K:{scope.bloc}:{source.economy}:{scope.stage}",
        rank=0,
        rank_best=0,
        rank_worst=0,
        product=study.product_of(scope.stage),
        stage=scope.stage,
        economy=source.economy,
        side="rival" if source.economy == study.settings["rival"] else "other",
        share=Range(share.low, share.central, share.high) if share else None,
        other_shares=tuple(picture.other_shares(scope.stage, source.economy)),
        hhi_low=hhi.low if hhi else None,
        hhi_high=hhi.high if hhi else None,
        dependence=dependence,
        loss=loss,
        reach=scope.reach,
        goods=losses,
        method=source.method,
        grade=min((_grade(study, identifier) for identifier in evidence), default="E"),
        stale=bool(share and share.method.endswith("stale")),
        claims=sum(identifier in study.claims for identifier in evidence),
        figures=sum(identifier in study.figures for identifier in evidence),
        conflict=bool(share and share.conflict),
        parents=tuple(dict.fromkeys((*source.parents, *own, *source.home, *scope.recipes, *RULES))),
    )


def _evidence_ids(study: Study, picture: Picture, source: Supply, share: Estimate | None) -> set[str]:
    """Return the claims and figures behind a row: of its supply and of its world share."""
    ids = {*source.parents, *(share.parents if share else ())}
    for identifier in source.parents:
        if identifier in picture.by_id:
            ids.update(picture.by_id[identifier].parents)
    return {identifier for identifier in ids if identifier in study.claims or identifier in study.figures}


def _grade(study: Study, identifier: str) -> str:
    """Grade one item: a figure by its own grade, a claim C with a share printed, else D."""
    if identifier in study.figures:
        return str(study.figures[identifier]["grade"])
    return "C" if study.claims[identifier]["unit"] == "share" else "D"


def _with_ranks(rows: Iterable[Chokepoint]) -> list[Chokepoint]:
    """Sort by central loss and fill in ranks; equal losses are ordered by name."""
    ordered = sorted(rows, key=lambda row: (-row.loss.central, -row.loss.high, row.stage, row.economy))
    intervals = rank_intervals([(row.loss.low, row.loss.high) for row in ordered])
    return [
        replace(row, rank=position, rank_best=best, rank_worst=worst)
        for position, (row, (best, worst)) in enumerate(zip(ordered, intervals, strict=True), start=1)
    ]


def rank_intervals(scores: Sequence[tuple[float, float]]) -> list[tuple[int, int]]:
    """Best and worst rank that score intervals allow, 1 being the highest score.

    Best is 1 plus the number of others that are surely above (their low over my high), worst
    1 plus the number that may be above (their high over my low).

    Parameters
    ----------
    scores
        (low, high) of each.

    Returns
    -------
    list of (best, worst)
        In the order given.

    References
    ----------
    Salo and Punkka (2011), Management Science 57(1), 201-214.

    Examples
    --------
    >>> rank_intervals([(0.85, 0.98), (0.6, 0.8), (0.25, 0.4), (0.2, 0.7)])
    [(1, 1), (2, 3), (3, 4), (2, 4)]
    """
    lows, highs = (sorted(ends) for ends in zip(*scores, strict=True)) if scores else ([], [])
    ranges = []
    for low, high in scores:
        best = 1 + len(scores) - bisect.bisect_right(lows, high)
        # a score whose high is above its own low has counted itself
        worst = 1 + len(scores) - bisect.bisect_right(highs, low) - (high > low)
        ranges.append((best, worst))
    return ranges
