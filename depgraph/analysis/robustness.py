"""How sure a ranking is: draws within the ranges of all shares, and other rules to score by.

Shares of each stage are drawn from the polytope that the evidence leaves, dependent shares from
their ranges, each assumption once a draw. Independent draws are never normalised.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from depgraph.analysis import chokepoints
from depgraph.analysis.chokepoints import Chokepoint, Ranking
from depgraph.core.errors import UnknownNameError
from depgraph.core.steps import Step, silent
from depgraph.evidence import elicitation
from depgraph.evidence.elicitation import Belief
from depgraph.evidence.estimates import REST, Picture
from depgraph.graph import dependencies, imports, sourcing
from depgraph.graph.dependencies import Inputs, Network, Range
from depgraph.measures import ranks, rules
from depgraph.study import ledger
from depgraph.study.study import Study

Array = npt.NDArray[np.float64]
Value = Any  # a number, or an array of draws

AGREEMENT_ROWS = 25  # Kendall's W is taken over these first rows: the long tail agrees by being small
ROBUST = 0.9  # methods: rank 1 is called robust from this part of the draws on, under all rules


@dataclass(frozen=True)
class Terms:
    """What a rule scores one row by: numbers, or arrays with one entry a draw.

    Attributes
    ----------
    dependence
        Part of the bloc's supply that stops, embodied.
    share
        World share, None where only imports are known.
    reach
        Weighted mean part of the finished goods that one unit of loss reaches.
    governance
        The supplier's indicator on the scale 0 (best) to 10, None if unknown.
    supply, demand, choke
        Elasticities and choke price.
    """

    dependence: Value
    share: Value | None
    reach: Value
    governance: float | None
    supply: Value
    demand: Value
    choke: Value


def _loss(terms: Terms) -> Value:
    """Score by the finished goods lost."""
    return terms.dependence * terms.reach


def _share(terms: Terms) -> Value | None:
    """Score by the share of world output."""
    return terms.share


def _hhi(terms: Terms) -> Value | None:
    """Score by what the supplier adds to the concentration of its stage."""
    return None if terms.share is None else terms.share * terms.share


def _governance(terms: Terms) -> Value | None:
    """Score by what the supplier adds to the concentration weighted by governance."""
    return None if terms.share is None or terms.governance is None else terms.share * terms.share * terms.governance


def _price(terms: Terms) -> Value:
    """Score by the price after the loss: ``min(choke, (1 - d)^(-1 / (es + ed)))``."""
    left = np.maximum(1.0 - terms.dependence, 1e-12)
    return np.minimum(terms.choke, left ** (-1.0 / (terms.supply + terms.demand)))


RULES: Mapping[str, Callable[[Terms], Value | None]] = {
    "loss": _loss,
    "share": _share,
    "hhi": _hhi,
    "governance": _governance,
    "price": _price,
}


@dataclass(frozen=True)
class Scored:
    """One row under one rule: score and rank, each with the range that low and high values allow."""

    row: Chokepoint
    score: Range
    rank: int
    rank_best: int
    rank_worst: int


def score(study: Study, ranking: Ranking, rule: str) -> tuple[list[Scored], list[tuple[Chokepoint, str]]]:
    """Rank the rows of a ranking by another rule.

    Parameters
    ----------
    study
        The study.
    ranking
        From `chokepoints.rank`.
    rule
        A key of `RULES`.

    Returns
    -------
    scored
        Sorted by the central score.
    unscored
        Rows that lack an input of the rule, with the input.

    Raises
    ------
    UnknownNameError
        If there is no such rule.
    """
    if rule not in RULES:
        raise UnknownNameError("rule", rule, RULES)
    if rule == "loss":
        # the ranking's own order, with the ranks that other weights allow
        return [Scored(row, row.loss, row.rank, row.rank_best, row.rank_worst) for row in ranking.rows], []
    governance = _governance_scale(study)
    scored, unscored = [], []
    for row in ranking.rows:
        values = [RULES[rule](_fixed_terms(study, row, governance, level)) for level in range(3)]
        if any(value is None for value in values):
            unscored.append((row, "world share" if row.share is None else f"governance of {row.economy}"))
        else:
            scored.append((row, Range(*(float(value) for value in values if value is not None))))
    return _ranked(scored), unscored


@dataclass(frozen=True)
class RuleRanks:
    """The rank of one row under every rule.

    Attributes
    ----------
    chokepoint_id, economy, stage, loss
        As in the ranking.
    ranks
        Rule to rank by its central score; None where the rule lacks an input.
    best, worst
        Over the rules that can rank it.
    lacking
        What is missing for the others.
    """

    chokepoint_id: str
    economy: str
    stage: str
    loss: Range
    ranks: Mapping[str, int | None]
    best: int
    worst: int
    lacking: tuple[str, ...]


def side_by_side(study: Study, ranking: Ranking) -> list[RuleRanks]:
    """Rank the rows of a ranking by every rule.

    Parameters
    ----------
    study
        The study.
    ranking
        From `chokepoints.rank`.

    Returns
    -------
    list of RuleRanks
        In the order of the ranking.
    """
    ranks: dict[str, dict[str, int]] = {}
    lacking: dict[str, set[str]] = {}
    for rule in RULES:
        scored, unscored = score(study, ranking, rule)
        ranks[rule] = {item.row.chokepoint_id: item.rank for item in scored}
        for row, what in unscored:
            lacking.setdefault(row.chokepoint_id, set()).add(what)
    found = []
    for row in ranking.rows:
        name = row.chokepoint_id
        places = {rule: by_row.get(name) for rule, by_row in ranks.items()}
        known = [place for place in places.values() if place is not None]
        missing = tuple(sorted(lacking.get(name, ())))
        found.append(RuleRanks(name, row.economy, row.stage, row.loss, places, min(known), max(known), missing))
    return found


def _ranked(scored: Sequence[tuple[Chokepoint, Range]]) -> list[Scored]:
    """Sort by central score and add ranks."""
    ordered = sorted(scored, key=lambda pair: (-pair[1].central, pair[0].stage, pair[0].economy))
    intervals = chokepoints.rank_intervals([(value.low, value.high) for _, value in ordered])
    return [
        Scored(row, value, position, best, worst)
        for position, ((row, value), (best, worst)) in enumerate(zip(ordered, intervals, strict=True), start=1)
    ]


def _governance_scale(study: Study) -> dict[str, float]:
    """Return the governance of each economy on the scale 0 (best) to 10."""
    scale = {row["economy"]: rules.eu_governance(row["value"]) for row in study.tables["governance"]}
    return {economy: value for economy, value in scale.items() if value is not None}


def _fixed_terms(study: Study, row: Chokepoint, governance: Mapping[str, float], level: int) -> Terms:
    """Return the terms at the low (0), central (1) or high (2) values.

    Rigid elasticities and a high choke price give the high price, so they go with the high values.
    """
    reach = chokepoints.weighted(row.reach, row.weights)[level]
    rigid = 2 - level
    return Terms(
        row.embodied[level],
        None if row.share is None else row.share[level],
        reach,
        governance.get(row.economy),
        study.assumption(ledger.SUPPLY_ELASTICITY)[rigid],
        study.assumption(ledger.DEMAND_ELASTICITY)[rigid],
        study.assumption(ledger.CHOKE_PRICE)[level],
    )


@dataclass(frozen=True)
class Stability:
    """What many draws say of a ranking.

    Attributes
    ----------
    draws
        How many.
    top
        Row id to (P(rank 1), P(top ten)) by finished goods lost.
    ranks
        Row id to the 5th and 95th percentile of its rank.
    agreement
        Kendall's W of the mean rankings by all rules, over the first rows that all can score.
    robust
        Row that is first in `ROBUST` of the draws under every rule, None if there is none.
    firsts
        Rule to the row that is most often first, and how often.
    """

    draws: int
    top: Mapping[str, tuple[float, float]]
    ranks: Mapping[str, tuple[float, float]]
    agreement: float | None
    robust: str | None
    firsts: Mapping[str, tuple[str, float]]


def stability_of(
    study: Study,
    picture: Picture,
    network: Network,
    ranking: Ranking,
    *,
    draws: int,
    seed: int,
    step: Step = silent,
) -> Stability:
    """Draw shares, dependent shares and elasticities and rank again each time.

    Parameters
    ----------
    study, picture, network, ranking
        As for `chokepoints.rank`, and its result.
    draws
        How many.
    seed
        Same seed, same draws.
    step
        Called with (stages done, stages in all) as the work goes on.

    Returns
    -------
    Stability
        Probabilities have a standard error of ``sqrt(p (1 - p) / draws)``.
    """
    terms = _drawn_terms(study, picture, network, ranking, draws, np.random.default_rng(seed), step)
    ids = list(terms)
    common = _common_scores(terms)
    own = np.column_stack([_loss(item) for item in terms.values()])
    places = np.argsort(np.argsort(-own, axis=1, kind="stable"), axis=1, kind="stable") + 1
    low, high = np.percentile(places, [5, 95], axis=0)
    first = ranks.probability_top(own, 1)
    ten = ranks.probability_top(own, min(10, len(ids)))
    return Stability(
        draws=draws,
        top={name: (first[i], ten[i]) for i, name in enumerate(ids)},
        ranks={name: (float(low[i]), float(high[i])) for i, name in enumerate(ids)},
        agreement=_agreement(common),
        robust=_robust(common),
        firsts={name: _most_often_first(table) for name, table in common.items()},
    )


@dataclass(frozen=True)
class Sureness:
    """How sure the rank of one row is.

    Attributes
    ----------
    chokepoint_id, rank, economy, stage
        As in the ranking.
    first, top10
        Part of the draws in which it is first, and among the first ten.
    ranks
        The ranks between which it lies in nine of ten draws.
    """

    chokepoint_id: str
    rank: int
    economy: str
    stage: str
    first: float
    top10: float
    ranks: str


def sureness(ranking: Ranking, found: Stability) -> list[Sureness]:
    """Return what many draws say of each row, in the order of the ranking."""
    return [
        Sureness(
            row.chokepoint_id,
            row.rank,
            row.economy,
            row.stage,
            *found.top[row.chokepoint_id],
            "{:g}-{:g}".format(*found.ranks[row.chokepoint_id]),
        )
        for row in ranking.rows
    ]


@dataclass(frozen=True)
class First:
    """The row that is most often first under a rule, and in which part of the draws."""

    rule: str
    chokepoint_id: str
    part: float


def firsts(found: Stability) -> list[First]:
    """Return the row that each rule most often puts first."""
    return [First(rule, *winner) for rule, winner in found.firsts.items()]


@dataclass(frozen=True)
class _Table:
    """Draws of the scores of some rows under one rule."""

    ids: tuple[str, ...]
    scores: Array


def _common_scores(terms: Mapping[str, Terms]) -> dict[str, _Table]:
    """Score the first rows that every rule can score, by every rule."""
    scorable = [name for name, item in terms.items() if item.share is not None and item.governance is not None]
    kept = {name: terms[name] for name in scorable[:AGREEMENT_ROWS]}
    ids = tuple(kept)
    size = len(next(iter(terms.values())).dependence) if terms else 0
    return {
        name: _Table(ids, np.column_stack([np.broadcast_to(np.asarray(rule(item)), size) for item in kept.values()]))
        for name, rule in RULES.items()
        if ids
    }


def _agreement(common: Mapping[str, _Table]) -> float | None:
    """Return Kendall's W of the rankings by mean score.

    A squared share orders like the share itself and would count the same ranking twice.
    """
    distinct = (table for rule, table in common.items() if rule != "hhi")
    rankings = [ranks.mid_ranks(table.scores.mean(axis=0).tolist()) for table in distinct]
    return ranks.kendall_w(rankings).w if rankings else None


def _robust(common: Mapping[str, _Table]) -> str | None:
    """Return the row that is first in nearly every draw under every rule."""
    if not common:
        return None
    place = ranks.robust_first({name: table.scores for name, table in common.items()}, ROBUST)
    return None if place is None else next(iter(common.values())).ids[place]


def _most_often_first(table: _Table) -> tuple[str, float]:
    """Return the row that is most often first and in which part of the draws."""
    first = ranks.probability_top(table.scores, 1)
    place = int(np.argmax(first))
    return table.ids[place], first[place]


def _drawn_terms(  # noqa: PLR0917 - private, called once
    study: Study,
    picture: Picture,
    network: Network,
    ranking: Ranking,
    draws: int,
    generator: np.random.Generator,
    step: Step,
) -> dict[str, Terms]:
    """Draw everything that is uncertain, once a draw, in a fixed order."""
    dependent = _draw_dependent(network, draws, generator)
    names = (ledger.SUPPLY_ELASTICITY, ledger.DEMAND_ELASTICITY, ledger.CHOKE_PRICE)
    supply, demand, choke = (_draw_range(Range(*study.assumption(name)), draws, generator) for name in names)
    inputs = dependencies.essential_inputs(network)
    governance = _governance_scale(study)
    book = imports.read_trade(study)
    members = study.economies.expand(ranking.bloc)
    terms: dict[str, Terms] = {}
    stages = sorted({row.stage for row in ranking.rows})
    for done, stage in enumerate(stages, start=1):
        reach = _draw_reach(inputs, stage, ranking.weights.parts, dependent, draws)
        world = _draw_world(picture, stage, members, draws, generator)
        sources = sourcing.supply(study, picture, stage, ranking.bloc, book)
        mix = world if sources[0].purchase is None else _draw_imports(sources, draws, generator)
        for row in (row for row in ranking.rows if row.stage == stage):
            terms[row.chokepoint_id] = Terms(
                mix[row.economy], world.get(row.economy), reach, governance.get(row.economy), supply, demand, choke
            )
        step(done, len(stages))
    return {row.chokepoint_id: terms[row.chokepoint_id] for row in ranking.rows}


def _draw_range(value: Range, draws: int, generator: np.random.Generator) -> Array:
    """Draw from the PERT distribution of a range; a point is repeated."""
    shape = elicitation.pert(value.low, value.central, value.high)
    if shape.alpha is None or shape.beta is None:
        return np.full(draws, value.central)
    return np.asarray(value.low + (value.high - value.low) * generator.beta(shape.alpha, shape.beta, draws))


def _draw_dependent(network: Network, draws: int, generator: np.random.Generator) -> dict[tuple[str, str], Array]:
    """Draw the dependent share of each essential input; recipes with one assumption share the draw."""
    drawn: dict[tuple[str, ...], Array] = {}
    result: dict[tuple[str, str], Array] = {}
    recipes = [
        (data["recipe_id"], a, b, data) for a, b, data in network.edges(data=True) if data["relation"] == "input"
    ]
    for _, source, target, data in sorted(recipes, key=lambda item: item[0]):
        if data["essential"]:
            parents = tuple(data["parents"])
            if parents not in drawn:
                drawn[parents] = _draw_range(data["dependent"], draws, generator)
            known = result.get((source, target), np.zeros(draws))
            result[source, target] = np.maximum(known, drawn[parents])
    return result


def _draw_reach(
    inputs: Inputs, stage: str, weights: Mapping[str, float], dependent: Mapping[tuple[str, str], Array], draws: int
) -> Array:
    """Return the weighted mean transmission to the goods in each draw (`graph.transmission`, draw by draw)."""
    reached = {stage: np.ones(draws)}
    pending = [stage]
    while pending:
        source = pending.pop(0)
        for target in sorted(inputs.successors(source)):
            best = np.maximum(reached.get(target, np.zeros(draws)), reached[source] * dependent[source, target])
            if target not in reached or (best > reached[target]).any():
                reached[target] = best
                pending.append(target)
    parts = [weight * reached[good] for good, weight in weights.items() if good in reached]
    return np.asarray(np.sum(parts, axis=0))


def _draw_world(
    picture: Picture, stage: str, members: Sequence[str], draws: int, generator: np.random.Generator
) -> dict[str, Array]:
    """Draw world shares within their ranges, in the order that claims state, that sum to 1."""
    items = picture.fitting(stage, members)
    if not items:
        return {}
    names = [item.economy for item in items]
    leaders = picture.leaders(stage)
    followers = [name for name in names if name not in {*leaders, REST}]
    order = [(names.index(leader), names.index(name)) for leader in leaders for name in followers]
    beliefs = [Belief(item.low, item.central, item.high) for item in items]
    return dict(zip(names, elicitation.sample_shares(beliefs, order, draws, generator).T, strict=True))


def _draw_imports(sources: Sequence[sourcing.Supply], draws: int, generator: np.random.Generator) -> dict[str, Array]:
    """Draw the parts of a bloc's supply; what no origin names, home output included, is the rest."""
    rest = max(0.0, 1 - sum(source.embodied.central for source in sources))
    beliefs = [*(Belief(*source.embodied) for source in sources), Belief(0.0, rest, 1.0)]
    drawn = elicitation.sample_shares(beliefs, [], draws, generator)
    return {source.economy: drawn[:, i] for i, source in enumerate(sources)}
