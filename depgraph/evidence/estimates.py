"""From evidence to estimates: one coherent share vector for each stage and definition.

Numbers of different publishers are spanned, never averaged away; words narrow the span where
they agree with it and widen it where they do not. Items that cannot all be true are reported as
a clash: the smallest set that contradicts itself. Rest of world takes what nobody names.
"""

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from depgraph.core import views
from depgraph.core.errors import InfeasibleError
from depgraph.evidence import coherence, intervals
from depgraph.evidence.coherence import Clash, Interval
from depgraph.evidence.intervals import Evidence
from depgraph.measures import concentration
from depgraph.measures.concentration import Bounds
from depgraph.study import ledger
from depgraph.study.study import Study

REST = intervals.REST
NOISE = 1e-9  # of shares that went through a programme
VERBAL_DEFINITION = "production_share:verbal"


@dataclass(frozen=True)
class Estimate:
    """The share of one economy in one stage under one definition.

    Attributes
    ----------
    estimate_id
        ``E:stage:economy``, with the definition behind it where it is not the stage's own.
    product, stage, economy
        Whose share of what; ROW is everybody whom no item names.
    metric
        Definition as ``metric:basis``.
    low, central, high, unit
        Fractions of world output.
    period
        Years of the items.
    method
        How the range came about: one number, one word, span of items that agree or not, remainder;
        ``stale`` if every number is from before the reference years.
    parents
        Claims, figures, assumptions and lexicon terms.
    conflict
        Whether items on it disagree.
    grade
        Best grade among the items; E for the remainder.
    """

    estimate_id: str
    product: str
    stage: str
    economy: str
    metric: str
    low: float
    central: float
    high: float
    unit: str
    period: str
    method: str
    parents: tuple[str, ...]
    conflict: bool
    grade: str


@dataclass(frozen=True)
class Disagreement:
    """A clash in one stage.

    Attributes
    ----------
    clash_id
        ``X:stage`` with the definition behind it where it is not the stage's own.
    product, stage, metric
        Where.
    members
        The smallest set of claims and figures that contradicts itself.
    relaxation
        Share points by which bounds must move at least, for that set.
    """

    clash_id: str
    product: str
    stage: str
    metric: str
    members: tuple[str, ...]
    relaxation: float


# what an importer asks first: what it uses, then what is sold, made, could be made, traded, and only then counts
PREFERENCE = (
    "volume_share", "market_share", "production_share", "capacity_share", "export_share", "filings_share",
    "sites_share", "sole_source_share",
)  # fmt: skip
UNFIT = 4


def _fit(definition: str, members: Sequence[str], own: str | None) -> tuple[int, bool, bool, int, str]:
    """Return how well a definition fits a bloc, the smallest being the best.

    A market of somebody else says nothing about the bloc. A part of a stage comes after the whole.
    """
    whole, _, scope = definition.partition("#")
    counted, _, market = whole.partition("@")
    # a word is asked last: statistics outweigh words where there are any
    place = UNFIT - 1 if definition == VERBAL_DEFINITION else _market_fit(market, members)
    metric = counted.partition(":")[0]
    order = PREFERENCE.index(metric) if metric in PREFERENCE else len(PREFERENCE)
    return place, bool(scope), definition != own, order, definition


def _market_fit(market: str, members: Sequence[str]) -> int:
    """Return 0 for a bloc's own market, 1 for the world, 2 for a member's market, `UNFIT` for another's."""
    if [market] == list(members):
        return 0
    if not market:
        return 1
    return 2 if market in members else UNFIT


@dataclass(frozen=True)
class Picture:
    """All that is known about who makes what.

    Attributes
    ----------
    estimates
        Sorted by stage, definition and falling central share, rest of world last.
    disagreements
        Sorted by stage and definition.
    evidence
        The items that the estimates rest on.
    own
        Stage to the definition that stands for it; a stage without evidence is missing.
    """

    estimates: tuple[Estimate, ...]
    disagreements: tuple[Disagreement, ...]
    evidence: tuple[Evidence, ...]
    own: Mapping[str, str]

    def __repr__(self) -> str:
        """Return how much is known; the estimates would fill pages."""
        return self._view().text

    def _repr_html_(self) -> str:
        """Return the same for notebooks."""
        return self._view().html

    def _view(self) -> views.View:
        """Count what is known."""
        counted = {"stages with shares": len(self.own), "estimates": len(self.estimates)}
        return views.facts(
            counted | {"items of evidence": len(self.evidence), "disagreements": len(self.disagreements)}
        )

    @cached_property
    def by_id(self) -> dict[str, Estimate]:
        """Estimates by id."""
        return {item.estimate_id: item for item in self.estimates}

    @cached_property
    def _own_shares(self) -> dict[str, list[Estimate]]:
        """Stage to the estimates that stand for it."""
        shares: dict[str, list[Estimate]] = {}
        for item in self.estimates:
            if item.metric == self.own[item.stage]:
                shares.setdefault(item.stage, []).append(item)
        return shares

    def shares(self, stage: str) -> list[Estimate]:
        """Return the estimates that stand for a stage, empty where nothing is known."""
        return self._own_shares.get(stage, [])

    @cached_property
    def _by_definition(self) -> dict[str, dict[str, list[Estimate]]]:
        """Stage to definition to estimates."""
        found: dict[str, dict[str, list[Estimate]]] = {}
        for item in self.estimates:
            found.setdefault(item.stage, {}).setdefault(item.metric, []).append(item)
        return found

    def definitions(self, stage: str) -> Mapping[str, list[Estimate]]:
        """Return the estimates of a stage under each definition, the stage's own first; they are never merged."""
        return self._by_definition.get(stage, {})

    def fitting(self, stage: str, members: Sequence[str]) -> list[Estimate]:
        """Return the estimates that fit a bloc best: its own market, else the world, else a member's market.

        Parameters
        ----------
        stage
            The stage.
        members
            The bloc.

        Returns
        -------
        list of Estimate
            Under one definition; empty where there is none. What is from before the reference years comes after
            all others. Of several that fit alike the stage's own is taken, else the first of `PREFERENCE`.
        """
        found = self.definitions(stage)
        stale = {name for name, items in found.items() if all(item.method.endswith("stale") for item in items[:-1])}
        ranked = sorted(found, key=lambda name: (name in stale, _fit(name, members, self.own.get(stage))))
        fitting = [name for name in ranked if _fit(name, members, None)[0] < UNFIT]
        return found[fitting[0]] if fitting else []

    @cached_property
    def _bounds(self) -> dict[str, Bounds | None]:
        """Stage to the bounds of its concentration, filled as they are asked for."""
        return {}

    def hhi(self, stage: str) -> Bounds | None:
        """Return the bounds of the concentration of a stage, computed once."""
        if stage not in self._bounds:
            self._bounds[stage] = stage_hhi(self.shares(stage))
        return self._bounds[stage]

    def leaders(self, stage: str) -> list[str]:
        """Return the economies that claims call the largest and no number denies."""
        items = [item for item in self.evidence if item.stage == stage]
        standing = [item for item in items if item.definition in {VERBAL_DEFINITION, self.own[stage]}]
        groups = {item.economy: [other for other in standing if other.economy == item.economy] for item in standing}
        shares = {item.economy: item for item in self.shares(stage) if item.economy != REST}
        # a leader that cannot have as much as another is none, whatever is claimed
        most = max((item.low for item in shares.values()), default=0.0) - NOISE
        return sorted(name for name, group in groups.items() if _leads(group) and shares[name].high >= most)

    def other_shares(self, stage: str, economy: str) -> list[Estimate]:
        """Return the estimates of an economy in a stage under other definitions."""
        return self._other_shares.get((stage, economy), [])

    @cached_property
    def _other_shares(self) -> dict[tuple[str, str], list[Estimate]]:
        """Stage and economy to the estimates that do not stand for the stage."""
        shares: dict[tuple[str, str], list[Estimate]] = {}
        for item in self.estimates:
            if item.metric != self.own[item.stage]:
                shares.setdefault((item.stage, item.economy), []).append(item)
        return shares


def estimate(study: Study) -> Picture:
    """Estimate the shares of every stage under every definition that has evidence.

    Parameters
    ----------
    study
        A checked study.

    Returns
    -------
    Picture
        Estimates, disagreements and the evidence behind them.
    """
    first, last = study.reference_years
    items = [*intervals.from_figures(study), *intervals.from_claims(study)]
    vectors: list[tuple[str, str, list[Evidence]]] = []
    own: dict[str, str] = {}
    # a study that does not name its bloc, or names an open one, has no market of its own
    members = study.economies.expand(study.settings["bloc"]) if "bloc" in study.settings else ()
    for stage, group in intervals.by_stage(items):
        current = intervals.present(group, (first, last))
        own[stage], found = _vectors(study.stages[stage]["basis"], current, members, first)
        vectors.extend((stage, metric, without_overlap(members, study)) for metric, members in found)
    results = [_estimate_vector(stage, metric, members, own[stage]) for stage, metric, members in vectors]
    return Picture(
        tuple(_mark_stale(item, first) for estimates, _ in results for item in estimates),
        tuple(clash for _, clash in results if clash is not None),
        tuple(item for _, _, members in vectors for item in members),
        own,
    )


def _vectors(
    basis: str | None, items: Sequence[Evidence], members: Sequence[str], first_year: int
) -> tuple[str, list[tuple[str, list[Evidence]]]]:
    """Split the items of a stage by definition; words join the definition of the stage if that is about the world.

    Where nothing is known under the definition that the study names, the one that fits the bloc best stands for
    the stage.
    """
    known = {item.definition for item in items}
    recent = {item.definition for item in items if item.last_year is not None and item.last_year >= first_year}
    counted = sorted(known - {VERBAL_DEFINITION}, key=lambda name: (name not in recent, _fit(name, members, basis)))
    fitting = [name for name in counted if _fit(name, members, basis)[0] < UNFIT]
    own = basis if basis in known else (fitting[0] if fitting else basis or VERBAL_DEFINITION)
    joined = VERBAL_DEFINITION if "@" in own or "#" in own else own
    split = []
    for name in sorted(known | {own}, key=lambda name: (name != own, name)):
        group = [item for item in items if (joined if item.basis == "verbal" else item.definition) == name]
        if group:
            split.append((name, group))
    return own, split


def without_overlap(items: Sequence[Evidence], study: Study) -> list[Evidence]:
    """Leave out items on a bloc of which a member, or another bloc, has an item of its own.

    Shares of a bloc and of its member count the same output twice.

    Returns
    -------
    list of Evidence
        Items whose economies do not overlap.
    """
    kept = study.economies.apart(item.economy for item in items)
    return [item for item in items if item.economy in kept]


@dataclass(frozen=True)
class Vector:
    """The evidence on one stage under one definition, and its smallest clash."""

    stage: str
    metric: str
    suffix: str
    items: tuple[Evidence, ...]
    clash: Clash | None


def _estimate_vector(
    stage: str, metric: str, items: Sequence[Evidence], own: str
) -> tuple[list[Estimate], Disagreement | None]:
    """Make the shares of one stage under one definition coherent."""
    named_items = [item for item in items if item.economy != REST]
    clash = coherence.smallest_clash({item.parent: (item.economy, item.interval) for item in named_items})
    vector = Vector(stage, metric, "" if metric == own else f":{metric}", tuple(items), clash)
    names = sorted({item.economy for item in named_items})
    groups = {economy: [item for item in named_items if item.economy == economy] for economy in names}
    bounds = _coherent_bounds(groups, _rest_bound(items), clash=clash is not None)
    central = _central_shares(groups, bounds)
    order = sorted(bounds, key=lambda code: (code == REST, -central[code], code))
    estimates = [_describe(vector, economy, bounds[economy], central[economy]) for economy in order]
    estimates = [_with_bounding(item, groups, estimates) for item in estimates]
    # the remainder rests on every named share: its trail goes on through them
    named = tuple(item.estimate_id for item in estimates if item.economy != REST)
    estimates = [replace(item, parents=(*named, *item.parents)) if item.economy == REST else item for item in estimates]
    found = clash or _order_clash(groups, bounds)
    if found is None:
        return estimates, None
    return estimates, Disagreement(
        f"X:{stage}{vector.suffix}", stage.partition("/")[0], stage, metric, found.members, found.relaxation
    )


def _with_bounding(item: Estimate, groups: Mapping[str, Sequence[Evidence]], others: Sequence[Estimate]) -> Estimate:
    """Add the estimates of the others where what they leave over moved this one.

    Their ranges then bound this one and their central shares scale it, so its trail goes on through them.
    """
    if item.economy == REST:
        return item
    alone, central = _combine(groups[item.economy]), _median(groups[item.economy])
    moved = max(abs(item.low - alone.low), abs(item.high - alone.high), abs(item.central - central))
    if moved <= NOISE:
        return item
    bounding = (other.estimate_id for other in others if other.economy not in {item.economy, REST})
    return replace(item, parents=(*item.parents, *bounding))


def _order_clash(groups: Mapping[str, Sequence[Evidence]], bounds: Mapping[str, Interval]) -> Clash | None:
    """Find the word "largest" that others' shares deny most, with the item of the greatest lower bound."""
    worst: Clash | None = None
    for economy, items in groups.items():
        word = next((item for item in items if item.leads), None)
        others = [item for name, group in groups.items() if name != economy for item in group if not item.is_word]
        if word is None or not others or not _leads(items):
            continue
        greatest = max(others, key=lambda item: (item.low, item.parent))
        gap = bounds[greatest.economy].low - bounds[economy].high
        if gap > NOISE and (worst is None or gap > worst.relaxation):
            worst = Clash((word.parent, greatest.parent), gap)
    return worst


def _rest_bound(items: Sequence[Evidence]) -> float:
    """Return the most that all can have whom no table names: what the tables print as left over.

    Tables may leave over different countries, so the largest remainder holds for all.
    """
    return max((item.high for item in items if item.economy == REST), default=1.0)


def _coherent_bounds(groups: Mapping[str, Sequence[Evidence]], rest: float, *, clash: bool) -> dict[str, Interval]:
    """Bound each economy's share and the rest of world's, which is at most `rest`.

    Who is known by words alone is in no table, and so in what the tables leave over. In a clash
    one table's remainder must not decide against another table's share.
    """
    bounds = {economy: _combine(items) for economy, items in groups.items()}
    for economy, items in groups.items():
        if all(item.is_word for item in items) and bounds[economy].low <= rest:
            bounds[economy] = Interval(bounds[economy].low, min(bounds[economy].high, rest))
    excess = sum(b.low for b in bounds.values()) - 1
    if excess > 0:
        # any of the lower bounds may be the wrong one, so each may give way by the whole excess
        bounds = {economy: Interval(max(0.0, b.low - excess), b.high) for economy, b in bounds.items()}
    names = [*bounds, REST]
    # where the tables together leave more than any of them prints, what is printed is no bound
    printed = 1.0 if clash or math.fsum(b.high for b in bounds.values()) + rest < 1 else rest
    intervals = [*bounds.values(), Interval(0.0, printed)]
    leaders = [i for i, name in enumerate(names[:-1]) if _leads(groups[name])]
    order = [(a, b) for a in leaders for b in range(len(names) - 1) if a != b and b not in leaders]
    try:
        tight = coherence.tighten_ordered(intervals, order)
    except InfeasibleError:
        # a leader that other economies' numbers deny: the order is given up, the intervals stay
        tight = coherence.tighten(intervals)
    return dict(zip(names, tight, strict=True))


def _leads(items: Sequence[Evidence]) -> bool:
    """Say whether an economy is called the largest and no number denies the word."""
    return any(item.leads for item in items) and _agree(items)


def _agree(items: Sequence[Evidence]) -> bool:
    """Say whether all items on one economy can be true together."""
    return coherence.meet([item.interval for item in items]) is not None


def _combine(items: Sequence[Evidence]) -> Interval:
    """Span the numbers; let each word narrow the span, or widen it where it contradicts."""
    numbers = [item.interval for item in items if not item.is_word]
    words = [item.interval for item in items if item.is_word]
    if not numbers:
        return coherence.meet(words) or coherence.hull(words)
    span = coherence.hull(numbers)
    for word in words:
        span = coherence.meet([span, word]) or coherence.hull([span, word])
    return span


def _central_shares(groups: Mapping[str, Sequence[Evidence]], bounds: Mapping[str, Interval]) -> dict[str, float]:
    """Return one coherent central vector.

    For each economy the median over clusters, numbers before words; rest of world the
    remainder; then the nearest vector in relative entropy that keeps all bounds.
    """
    prior = {economy: _median(items) for economy, items in groups.items()}
    prior[REST] = max(0.0, 1 - sum(prior.values()))
    floor = 1e-9  # relative entropy needs every prior that may grow to be positive
    names = list(bounds)
    shares = coherence.project([max(prior[name], floor) for name in names], [bounds[name] for name in names])
    return dict(zip(names, shares, strict=True))


def _median(items: Sequence[Evidence]) -> float:
    """Return the median central value over clusters; words count only where there is no number."""
    numbers = [item for item in items if not item.is_word] or list(items)
    clusters = sorted({item.cluster for item in numbers})
    return statistics.median(
        statistics.median(item.central for item in numbers if item.cluster == cluster) for cluster in clusters
    )


def _describe(vector: Vector, economy: str, bounds: Interval, central: float) -> Estimate:
    """Write down one estimate with everything it rests on."""
    items = [item for item in vector.items if item.economy == economy and economy != REST]
    disagree = bool(items) and not _agree(items)
    in_clash = vector.clash is not None and any(item.parent in vector.clash.members for item in items)
    years = sorted({item.period for item in items if item.period})
    parents = {parent for item in items for parent in (item.parent, *item.others)}
    if years:
        parents.add(ledger.WINDOW)
    if all(item.is_word for item in items):
        parents.update(item.parent for item in vector.items if item.economy == REST)
    return Estimate(
        estimate_id=f"E:{vector.stage}:{economy}{vector.suffix}",
        product=vector.stage.partition("/")[0],
        stage=vector.stage,
        economy=economy,
        metric=vector.metric,
        low=min(bounds.low, central),
        central=central,
        high=max(bounds.high, central),
        unit="share",
        period="/".join(dict.fromkeys([years[0][:4], years[-1][-4:]])) if years else "",
        method=_method(items, disagree=disagree),
        parents=tuple(sorted(parents)),
        conflict=disagree or in_clash,
        grade=min((item.grade for item in items), default="E"),
    )


def _method(items: Sequence[Evidence], *, disagree: bool) -> str:
    """Name how the range came about."""
    if not items:
        return "remainder"
    if disagree:
        return "span of disagreeing items"
    if len(items) == 1:
        return "one word" if items[0].is_word else "one number"
    return "words" if all(item.is_word for item in items) else "span of agreeing items"


def _mark_stale(item: Estimate, first_year: int) -> Estimate:
    """Say so if every number is from before the reference years."""
    if item.period and int(item.period[-4:]) < first_year:
        return replace(item, method=f"{item.method}, stale")
    return item


def stage_hhi(shares: Iterable[Estimate]) -> Bounds | None:
    """Bound the HHI of a stage over all coherent shares.

    Lowest: rest of world is many suppliers and adds nothing. Highest: it is one.

    Parameters
    ----------
    shares
        Estimates of one stage under one definition, rest of world included.

    Returns
    -------
    Bounds or None
        None where nothing is known.
    """
    vector = list(shares)
    named = [item for item in vector if item.economy != REST]
    if not named:
        return None
    low, high = [item.low for item in vector], [item.high for item in vector]
    smallest = concentration.hhi_minimum(low, high)
    largest = concentration.hhi_maximum(low, high)
    if smallest is None or largest is None:
        return None
    return Bounds(_least_named_hhi(named, vector), largest)


def _least_named_hhi(named: Sequence[Estimate], vector: Sequence[Estimate]) -> float:
    """Return the smallest sum of squares of the named shares: rest of world takes what it can."""
    rest = [item for item in vector if item.economy == REST]
    room = rest[0].high if rest else 0.0
    # named shares sum to at least 1 - room; each at its lower bound may leave more than room
    need = max(0.0, 1 - room - sum(item.low for item in named))
    low = [item.low for item in named]
    high = [item.high for item in named]
    if need == 0:
        return sum(value * value for value in low)
    return _fill(low, high, need)


def _fill(low: Sequence[float], high: Sequence[float], need: float) -> float:
    """Raise the smallest shares by `need` in total and return the sum of squares."""
    below, above = 0.0, 1.0
    for _ in range(200):
        level = (below + above) / 2
        raised = sum(min(max(level, lo), hi) - lo for lo, hi in zip(low, high, strict=True))
        below, above = (level, above) if raised < need else (below, level)
    return sum(min(max(above, lo), hi) ** 2 for lo, hi in zip(low, high, strict=True))


def as_row(record: Any) -> dict[str, Any]:  # noqa: ANN401 - any frozen dataclass
    """Return a record as a plain row, in the order of its fields."""
    return {name: getattr(record, name) for name in record.__dataclass_fields__}
