"""The ranking: what a bloc loses if one economy stops supplying one stage."""

import bisect
import functools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import networkx as nx

from depgraph.analysis import goods as finished
from depgraph.analysis.goods import Weights, YearlyUse
from depgraph.core import views
from depgraph.core.errors import UnknownNameError
from depgraph.evidence.estimates import Estimate, Picture
from depgraph.graph import dependencies, imports, sourcing
from depgraph.graph.dependencies import Inputs, Network, Range
from depgraph.graph.imports import TradeBook
from depgraph.graph.sourcing import Purchase, Supply
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
    "direct": "bought from it",
    "embodied": "supply lost",
    "grade": "grade",
    "conflict": "disagree",
    "chokepoint_id": "id",
}
# an assumption that every row of the ranking rests on
RULES = (ledger.NO_RESPONSE,)


@dataclass(frozen=True)
class UnderDefinition:
    """The share of one economy in one stage as one definition counts it, and what that would make of its row.

    Attributes
    ----------
    definition
        ``metric:basis``, with ``@market`` and ``#scope``.
    period, grade
        Of the evidence.
    share
        Of the stage under this definition.
    loss
        Part of the weighted finished goods lost if this were the part of the bloc's supply that stops.
    rank
        Of that loss among the rows of the ranking.
    estimate_id
        The estimate.
    """

    definition: str
    period: str
    grade: str
    share: Range
    loss: Range
    rank: int
    estimate_id: str


@dataclass(frozen=True)
class Chokepoint:
    """One row of the ranking.

    Attributes
    ----------
    chokepoint_id
        ``K:bloc:economy:stage``.
    rank, rank_best, rank_worst
        By central loss under the weights of the ranking, and the best and worst rank that the ranges and the
        shipped sets of weights allow.
    ranks
        Set of weights to the rank under it.
    product, stage, economy
        Who stops supplying what.
    side
        ``rival`` or ``other``; members of the bloc are not listed.
    supply
        Where the bloc's supply comes from: what it buys itself (direct) and what reaches it inside later goods too
        (embodied), with the records of trade.
    share
        Share of the stage under `definition`; None where only the bloc's imports are known.
    definition, period
        What the share counts, and of which years.
    definitions
        The same economy at this stage under every definition, the one used first; they are never merged.
    hhi_low, hhi_high
        Bounds of the concentration of the stage.
    loss
        Part of the bloc's finished goods that is lost, weighted mean over the goods considered. It takes the
        embodied part: finished goods that the bloc buys abroad stop too.
    value
        USD a year of finished goods that are not made for want of the stage, first round; None where the bloc's
        spending is not known for every good reached.
    reach
        Finished good to the part of a loss of this stage that arrives there.
    goods
        Finished good to the part of it that is lost, for the goods that the loss reaches.
    weights
        Finished good to its weight.
    grade
        Best grade of the evidence, A to D.
    stale
        Whether every number on its world share is from before the reference years.
    claims, figures
        How many of each the row rests on; a row of trade counts as a figure.
    conflict
        Whether they disagree.
    parents
        Estimates, figures, rows of trade, assumptions and recipes directly below the row.
    """

    chokepoint_id: str
    rank: int
    rank_best: int
    rank_worst: int
    ranks: Mapping[str, int]
    product: str
    stage: str
    economy: str
    side: str
    supply: Supply
    share: Range | None
    definition: str | None
    period: str | None
    definitions: tuple[UnderDefinition, ...]
    hhi_low: float | None
    hhi_high: float | None
    loss: Range
    value: Range | None
    reach: Mapping[str, Range]
    goods: Mapping[str, Range]
    weights: Mapping[str, float]
    grade: str
    stale: bool
    claims: int
    figures: int
    conflict: bool
    parents: tuple[str, ...]

    @property
    def direct(self) -> Range:
        """Part of the bloc's own supply of the stage that the economy delivers."""
        return self.supply.direct

    @property
    def embodied(self) -> Range:
        """Part of all that reaches the bloc at this stage, in this form or inside later goods."""
        return self.supply.embodied

    @property
    def method(self) -> str:
        """What the embodied part rests on."""
        return self.supply.method

    @property
    def purchase(self) -> Purchase | None:
        """The records of trade behind the direct part; None where it is a world share."""
        return self.supply.purchase


@dataclass(frozen=True)
class Known:
    """What is known of one supplier of a stage that cannot be ranked; `embodied` is None where only trade is known."""

    economy: str
    direct: Range
    embodied: Range | None
    purchase: Purchase | None


@dataclass(frozen=True)
class Unscored:
    """A stage that cannot be ranked, what is missing, and who supplies it as far as that is known."""

    stage: str
    missing: str
    known: tuple[Known, ...] = ()


UNWEIGHED = Weights(finished.EQUAL, {})


@dataclass(frozen=True)
class Ranking:
    """Chokepoints of a bloc.

    Attributes
    ----------
    bloc, product
        For whom and for which chain (None for all).
    goods
        Finished goods considered.
    rows
        Sorted by rank.
    unscored
        Stages that cannot be scored; they are not zero.
    weights
        How goods are weighed; `sets` holds every set that the study has for them, this one first.
    sets
        Name to weights.
    uses
        Finished good to what the bloc spends on it in a year, where known.
    """

    bloc: str
    product: str | None
    goods: tuple[str, ...]
    rows: tuple[Chokepoint, ...]
    unscored: tuple[Unscored, ...]
    weights: Weights = UNWEIGHED
    sets: Mapping[str, Weights] = field(default_factory=dict)
    uses: Mapping[str, YearlyUse] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Return the first rows; all would fill pages."""
        return self._view().text

    def _repr_html_(self) -> str:
        """Return the same for notebooks."""
        return self._view().html

    def _view(self) -> views.View:
        """Show the rows that a person reads first."""
        return views.show(self.rows, SHOWN, top=10)


def rank(
    study: Study,
    picture: Picture,
    network: Network,
    bloc: str,
    *,
    product: str | None = None,
    weights: str | None = None,
) -> Ranking:
    """Rank the chokepoints of a bloc.

    If economy e stops supplying stage k, the bloc loses the part d (e's embodied part of its supply) of
    stage k, and of finished good g the part ``d t(k, g)``, where t is the transmission through
    essential inputs (`graph.transmission`). Rows are ranked by ``sum_g w_g d t(k, g)`` over the goods
    considered, with weights w that sum to 1, before any stock, substitute or spare capacity. Value at
    stake is ``sum_g V_g d t(k, g)`` with V_g what the bloc spends on the good in a year, net of other
    goods inside it.

    Parameters
    ----------
    study, picture, network
        The study, its estimates and its graph.
    bloc
        Code of an economy or bloc.
    product
        With finished stages: rank the stages that feed it by the loss of these goods. Without:
        rank its own stages by the loss of all goods.
    weights
        A set of weights or a file, as `goods.weigh` takes it; without it `value` where the study has it
        for every good, else `equal`.

    Returns
    -------
    Ranking
        Rows and what could not be scored.

    Raises
    ------
    UnknownNameError
        If the study has no such product or set, or the bloc names no members: then nobody loses.
    QuestionError
        If the set weighs none of the goods.
    """
    members = study.economies.require_members(bloc)
    inputs = dependencies.essential_inputs(network)
    goods, stages = _scope(study, dependencies.finals(network), inputs, product)
    uses = finished.yearly_uses(study, bloc, goods)
    known = finished.names_of_sets(study, uses, goods)
    chosen = finished.weigh(study, uses, goods, weights or known[0])
    sets = {chosen.name: chosen} | {
        name: finished.weigh(study, uses, goods, name) for name in known if name != chosen.name
    }
    book = imports.read_trade(study)
    behind = functools.cache(functools.partial(imports.rows_behind, study, book))
    rows: list[Chokepoint] = []
    unscored: list[Unscored] = []
    for stage in stages:
        reach = _reached_goods(inputs, stage, goods)
        sources = sourcing.supply(study, picture, stage, bloc, book)
        missing = _missing(study, picture, stage, sources, reach)
        if missing:
            unscored.append(Unscored(stage, missing, _known(study, picture, stage, bloc, book, sources)))
        else:
            recipes = _recipe_ids(network, inputs, stage, reach)
            scope = Scope(bloc, tuple(members), stage, chosen, uses, reach, recipes, behind)
            rows.extend(_score_stage(study, picture, scope, sources))
    return Ranking(bloc, product, tuple(goods), tuple(_with_ranks(rows, sets)), tuple(unscored), chosen, sets, uses)


@dataclass(frozen=True)
class Scope:
    """What the rows of one stage share: where its loss goes, through which recipes, weights and trade."""

    bloc: str
    members: tuple[str, ...]
    stage: str
    weights: Weights
    uses: Mapping[str, YearlyUse]
    reach: Mapping[str, Range]
    recipes: tuple[str, ...]
    behind: Callable[[str], tuple[str, ...]]


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
    if picture.definitions(stage):
        return "shares are known only for members of the bloc"
    return str(study.stages[stage]["missing"] or "no claim and no figure gives a share by economy")


def _known(  # noqa: PLR0917 - private, called once
    study: Study, picture: Picture, stage: str, bloc: str, book: TradeBook, sources: Sequence[Supply]
) -> tuple[Known, ...]:
    """Return the largest supplier and the rival at a stage that cannot be ranked."""
    if sources:
        found = [Known(item.economy, item.direct, item.embodied, item.purchase) for item in sources]
    else:
        bought = sourcing.purchases(study, picture, stage, bloc, book)
        found = [Known(origin, item.direct, None, item.purchase) for origin, item in bought.items()]
    found.sort(key=lambda item: (-(item.embodied or item.direct).central, item.economy))
    return tuple(item for place, item in enumerate(found) if place == 0 or item.economy == study.settings["rival"])


def _score_stage(study: Study, picture: Picture, scope: Scope, sources: Sequence[Supply]) -> list[Chokepoint]:
    """Score every supplier of a stage that delivers anything.

    A customs table names a hundred origins of a few kilograms: who is known from it alone and delivers a
    negligible part even at its high is left out.
    """
    hhi = picture.hhi(scope.stage)
    fitting = {item.economy: item for item in picture.fitting(scope.stage, scope.members)}
    least = study.assumption(ledger.NEGLIGIBLE)[1]
    delivering = [
        source
        for source in sources
        if source.embodied.high > 0
        and (
            max(source.embodied.high, source.direct.high) >= least
            or source.economy in fitting
            or source.economy == study.settings["rival"]
        )
    ]
    return [_score(study, picture, scope, source, fitting.get(source.economy), hhi) for source in delivering]


def _score(  # noqa: PLR0917 - private, called once
    study: Study, picture: Picture, scope: Scope, source: Supply, share: Estimate | None, hhi: Bounds | None
) -> Chokepoint:
    """Score one economy at one stage; ranks are filled in later."""
    losses = {good: source.embodied.times(part) for good, part in scope.reach.items()}
    evidence = _evidence_ids(study, picture, source, share, scope.behind)
    # the row shows the share beside the imports, so its trail goes through both
    own = (share.estimate_id,) if share else ()
    sets = {scope.weights.name, *([finished.VALUE] if set(losses) <= set(scope.uses) else [])}
    weighed = (finished.set_id(name, scope.bloc) for name in sorted(sets))
    parents = (*source.parents, *own, *source.home, *scope.recipes, *RULES, *weighed)
    return Chokepoint(
        chokepoint_id=f"K:{scope.bloc}:{source.economy}:{scope.stage}",
        rank=0,
        rank_best=0,
        rank_worst=0,
        ranks={},
        product=study.product_of(scope.stage),
        stage=scope.stage,
        economy=source.economy,
        side="rival" if source.economy == study.settings["rival"] else "other",
        supply=source,
        share=_range(share) if share else None,
        definition=share.metric if share else None,
        period=share.period if share else None,
        definitions=_under_definitions(picture, scope, source.economy),
        hhi_low=hhi.low if hhi else None,
        hhi_high=hhi.high if hhi else None,
        loss=weighted(losses, scope.weights.parts),
        value=_value_at_stake(scope.uses, losses),
        reach=scope.reach,
        goods=losses,
        weights=scope.weights.parts,
        grade=min((_grade(study, identifier) for identifier in evidence), default="E"),
        stale=bool(share and share.method.endswith("stale")),
        claims=sum(identifier in study.claims for identifier in evidence),
        figures=len(evidence) - sum(identifier in study.claims for identifier in evidence),
        conflict=bool(share and share.conflict),
        parents=tuple(dict.fromkeys(parents)),
    )


def _range(item: Estimate) -> Range:
    """Return the range of an estimate."""
    return Range(item.low, item.central, item.high)


def weighted(losses: Mapping[str, Range], weights: Mapping[str, float]) -> Range:
    """Return the weighted mean of losses of goods; a good that is not reached loses nothing.

    Parameters
    ----------
    losses
        Finished good to the part of it that is lost.
    weights
        Finished good to its weight; they sum to 1.

    Returns
    -------
    Range
        Part of all goods.

    Examples
    --------
    >>> weighted({"drone": Range(0.2, 0.5, 1.0)}, {"drone": 0.25, "cell": 0.75})
    Range(low=0.05, central=0.125, high=0.25)
    """
    pairs = [(weights.get(good, 0.0), part) for good, part in losses.items()]
    return Range(*(math.fsum(weight * part[level] for weight, part in pairs) for level in range(3)))


def _value_at_stake(uses: Mapping[str, YearlyUse], losses: Mapping[str, Range]) -> Range | None:
    """Return the USD a year of the goods that are lost; None where the bloc's spending on one is not known."""
    if not set(losses) <= set(uses):
        return None
    parts = [uses[good].net.times(part) for good, part in losses.items()]
    return Range(*(math.fsum(part[level] for part in parts) for level in range(3)))


def _under_definitions(picture: Picture, scope: Scope, economy: str) -> tuple[UnderDefinition, ...]:
    """Return what every definition makes of an economy at a stage, the fitting one first; ranks are filled in later."""
    fitting = picture.fitting(scope.stage, scope.members)
    first = fitting[0].metric if fitting else None
    found = []
    for definition, items in sorted(
        picture.definitions(scope.stage).items(), key=lambda pair: (pair[0] != first, pair[0])
    ):
        for item in items:
            if item.economy == economy:
                losses = {good: _range(item).times(part) for good, part in scope.reach.items()}
                loss = weighted(losses, scope.weights.parts)
                found.append(
                    UnderDefinition(definition, item.period, item.grade, _range(item), loss, 0, item.estimate_id)
                )
    return tuple(found)


def _evidence_ids(
    study: Study,
    picture: Picture,
    source: Supply,
    share: Estimate | None,
    behind: Callable[[str], tuple[str, ...]],
) -> set[str]:
    """Return the claims, figures and rows of trade behind a row: of its supply and of its world share."""
    ids = {*source.parents, *(share.parents if share else ())}
    for identifier in source.parents:
        if identifier in picture.by_id:
            ids.update(picture.by_id[identifier].parents)
        elif identifier.startswith("I:"):
            ids.update(behind(identifier))
    return {name for name in ids if name in study.claims or name in study.figures or name in study.imports}


def _grade(study: Study, identifier: str) -> str:
    """Grade one item: a figure by its own grade, trade statistics A, a claim C with a share printed, else D."""
    if identifier in study.figures:
        return str(study.figures[identifier]["grade"])
    if identifier in study.imports:
        return "A"
    return "C" if study.claims[identifier]["unit"] == "share" else "D"


def _with_ranks(rows: Iterable[Chokepoint], sets: Mapping[str, Weights]) -> list[Chokepoint]:
    """Sort by central loss and fill in ranks; equal losses are ordered by name.

    The best and worst rank hold under every set of weights: how goods are weighed is a judgement too.
    """
    ordered = sorted(rows, key=lambda row: (-row.loss.central, -row.loss.high, row.stage, row.economy))
    under = {name: _ranks_under(ordered, weights) for name, weights in sets.items()}
    centrals = sorted(row.loss.central for row in ordered)
    found = []
    for place, row in enumerate(ordered):
        ranges = [ranges[place] for ranges in under.values()]
        definitions = tuple(
            replace(item, rank=1 + len(centrals) - bisect.bisect_right(centrals, item.loss.central))
            for item in row.definitions
        )
        found.append(
            replace(
                row,
                rank=place + 1,
                rank_best=min(item[1] for item in ranges),
                rank_worst=max(item[2] for item in ranges),
                ranks={name: ranges[place][0] for name, ranges in under.items()},
                definitions=definitions,
            )
        )
    return found


def _ranks_under(rows: Sequence[Chokepoint], weights: Weights) -> list[tuple[int, int, int]]:
    """Return rank, best and worst rank of rows under some weights; equal losses keep their order."""
    losses = [weighted(row.goods, weights.parts) for row in rows]
    order = sorted(range(len(rows)), key=lambda place: (-losses[place].central, -losses[place].high, place))
    position = {place: rank for rank, place in enumerate(order, start=1)}
    intervals = rank_intervals([(loss.low, loss.high) for loss in losses])
    # equal central losses are put in an order that their intervals need not allow
    return [(position[i], min(best, position[i]), max(worst, position[i])) for i, (best, worst) in enumerate(intervals)]


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
