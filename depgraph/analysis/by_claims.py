"""Who holds which stage by the sources alone: a ranking from claims and the lexicon, no figure read.

What counts are assertions that one economy has or uses power over a stage, or over a product as a whole:
shares, dominance, capability, dependence, coercion, export controls and import bans. Beside it, how far
this order agrees with one by numbers, and which pairs part most: where they differ is a finding about
the sources.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from depgraph.evidence import intervals
from depgraph.graph import claims as graphs
from depgraph.graph.claims import Strength
from depgraph.measures import ranks
from depgraph.study.study import Study

Row = Mapping[str, Any]
Pair = tuple[str, str]  # (stage or product, economy)

NAMING = {"share", "dominance", "capability", "dependence", "coercion", "export_control", "import_ban"}
DENIABLE = {"share", "dominance"}  # kinds of which one stage holds one truth; of capabilities there are many
NOBODY = {*intervals.UNNAMED, intervals.REST}  # codes that stand for no supplier


@dataclass(frozen=True)
class Claimed:
    """One stage or product and one economy, as the sources rank it.

    Attributes
    ----------
    rank
        From 1 among those outside the bloc, and from 1 among its members; equals share a rank.
    topic
        Stage, or the product where the claims name it as a whole.
    product, economy
        Whose power over what.
    member
        Whether the economy is the bloc or one of its members.
    strength
        That of the strongest claim, in fractions of the stage; None where no claim has a word of
        magnitude or a printed share.
    claims
        How many claims, those that repeat each other counted once.
    sources
        The independent ones, sorted.
    contradicted_by
        Claims that contradict one of these or deny it.
    claim_ids
        All claims, repeats included, in the order of the tables.
    """

    rank: int
    topic: str
    product: str
    economy: str
    member: bool
    strength: Strength | None
    claims: int
    sources: tuple[str, ...]
    contradicted_by: tuple[str, ...]
    claim_ids: tuple[str, ...]

    @property
    def pair(self) -> Pair:
        """Topic and economy."""
        return self.topic, self.economy

    @property
    def contradicted(self) -> bool:
        """Whether some claim says otherwise."""
        return bool(self.contradicted_by)


def rank_by_claims(study: Study, bloc: str | None = None) -> list[Claimed]:
    """Rank stages, products and economies by what the sources say of them.

    The strongest claim comes first: by its most likely share, then its lowest, then its highest. Equally
    strong ones go by the number of independent sources, then of claims. Where no claim says how much, the
    strength is unknown, not 0: those come after all others, by sources and claims. What is equal in all of
    these shares a rank and stands in the order of the names. A product without a stage is no chain and is
    left out, as is what another claim supersedes.

    Parameters
    ----------
    study
        A checked study; claims, lexicon and the assumptions on how printed shares are read are used, no figure.
    bloc
        Whose members are ranked apart; without it the bloc of the study.

    Returns
    -------
    list of Claimed
        Those outside the bloc, then its members.

    Examples
    --------
    >>> from depgraph.study import study as studies
    >>> first = rank_by_claims(studies.load(studies.find(None)))[0]
    >>> first.rank, first.topic, first.economy
    (1, 'critical_minerals/processing', 'CHN')
    """
    code = bloc or study.settings["bloc"]
    inside = {code, *study.economies.members.get(code, ())}
    groups = _groups(study)
    ties = ties_of(study)
    found = [_claimed(study, pair, rows, ties, member=pair[1] in inside) for pair, rows in groups.items()]
    return [*_ranked(item for item in found if not item.member), *_ranked(item for item in found if item.member)]


def _groups(study: Study) -> dict[Pair, list[Row]]:
    """Return the claims that name somebody's power, by stage or product and economy."""
    chains = {study.product_of(stage) for stage in study.stages}
    old = {claim for claim, by in graphs.relations(study).items() if by["superseded_by"]}
    groups: dict[Pair, list[Row]] = {}
    for row in study.tables["claims"]:
        if row["product"] in chains and row["claim_id"] not in old and names_power(row):
            groups.setdefault((str(graphs.topic(row)), row["actor"]), []).append(row)
    return groups


def names_power(row: Row) -> bool:
    """Say whether a claim asserts that its actor has or uses power over something.

    Examples
    --------
    >>> claim = {"kind": "dominance", "modality": "fact", "polarity": "affirmed", "actor": "CHN"}
    >>> names_power(claim), names_power(claim | {"polarity": "negated"}), names_power(claim | {"actor": "WLD"})
    (True, False, False)
    """
    return row["kind"] in NAMING and graphs.style(row) == graphs.ASSERTION and row["actor"] not in NOBODY


@dataclass(frozen=True)
class Ties:
    """What ties the claims of a study to each other, found once.

    Attributes
    ----------
    roots
        From `claims.clusters`.
    related
        From `claims.relations`.
    denied
        Who is denied to have what of what, to the claims that deny it.
    """

    roots: Mapping[str, str]
    related: Mapping[str, Mapping[str, tuple[str, ...]]]
    denied: Mapping[tuple[Any, ...], tuple[str, ...]]


def ties_of(study: Study) -> Ties:
    """Find what ties the claims of a study to each other.

    Parameters
    ----------
    study
        A checked study.

    Returns
    -------
    Ties
        For `against`.
    """
    denied: dict[tuple[Any, ...], tuple[str, ...]] = {}
    for row in study.tables["claims"]:
        if graphs.style(row) == graphs.DENIAL:
            denied[_subject(row)] = (*denied.get(_subject(row), ()), row["claim_id"])
    return Ties(graphs.clusters(study), graphs.relations(study), denied)


def _subject(row: Row) -> tuple[Any, ...]:
    """Return who is said to have what of what."""
    return row["kind"], row["actor"], graphs.topic(row)


def _claimed(study: Study, pair: Pair, rows: list[Row], ties: Ties, *, member: bool) -> Claimed:
    """Sum up the claims on one pair; the rank comes later."""
    counted = graphs.tally(study, rows, ties.roots)
    return Claimed(
        0, pair[0], rows[0]["product"], pair[1], member, strongest(study, rows), counted.claims, counted.sources,
        against(rows, ties), tuple(row["claim_id"] for row in rows),
    )  # fmt: skip


def strongest(study: Study, rows: Iterable[Row]) -> Strength | None:
    """Return the strength of the strongest of some claims: by most likely, then lowest, then highest share.

    Parameters
    ----------
    study
        For the lexicon.
    rows
        Claims.

    Returns
    -------
    Strength or None
        None where none of them says how much.
    """
    found = [item for row in rows if (item := graphs.strength(study, row)) is not None]
    return max(found, key=rising, default=None)


def rising(value: Strength | None) -> tuple[float, ...]:
    """Return what strengths are ordered by, the weakest lowest; an unknown one stands below all known.

    Parameters
    ----------
    value
        From `claims.strength`.

    Returns
    -------
    tuple of float
        Most likely, lowest and highest share; empty where it is unknown.

    Examples
    --------
    >>> rising(None) < rising(Strength(0.0, 0.01, 0.5)) < rising(Strength(0.5, 0.7, 0.95))
    True
    """
    return () if value is None else (value.mode, value.low, value.high)


def against(rows: Iterable[Row], ties: Ties) -> tuple[str, ...]:
    """Return the claims that speak against some claims.

    Those that contradict one of them or are contradicted by one, as the tables say; and those that deny of
    the same economy the same kind of thing, share or dominance, at the same stage or product.

    Parameters
    ----------
    rows
        Claims.
    ties
        From `ties_of`.

    Returns
    -------
    tuple of str
        Sorted.
    """
    told: set[str] = set()
    for row in rows:
        related = ties.related[row["claim_id"]]
        told.update(related["contradicts"], related["contradicted_by"])
        if row["kind"] in DENIABLE and graphs.style(row) != graphs.DENIAL:
            told.update(ties.denied.get(_subject(row), ()))
    return tuple(sorted(told))


def _ranked(found: Iterable[Claimed]) -> list[Claimed]:
    """Put pairs in order and give them their ranks; equals share one."""
    items = sorted(found, key=lambda item: (_order(item), item.pair))
    first: dict[tuple[Any, ...], int] = {}
    for place, item in enumerate(items, start=1):
        first.setdefault(_order(item), place)
    return [Claimed(**(vars(item) | {"rank": first[_order(item)]})) for item in items]


def _order(item: Claimed) -> tuple[Any, ...]:
    """Return what pairs are ordered by, the foremost lowest."""
    force = tuple(-value for value in rising(item.strength))
    return item.strength is None, force, -len(item.sources), -item.claims


class Named(NamedTuple):
    """How many claims of how many independent sources name somebody."""

    claims: int
    sources: int


def named_by(study: Study, *, chain: bool = False) -> dict[Pair, Named]:
    """Count what names each stage or product and each economy, whether or not a figure sets the number.

    The claims are those of `rank_by_claims`.

    Parameters
    ----------
    study
        A checked study.
    chain
        Whether a claim on a product as a whole counts for each of its stages too. Without it a claim counts
        for the stage that it names, or for the product that it names alone.

    Returns
    -------
    dict
        (stage or product, economy) to `Named`; who is not named is missing.

    Examples
    --------
    >>> from depgraph.study import study as studies
    >>> named_by(studies.load(studies.find(None)))["gallium/primary", "CHN"]
    Named(claims=2, sources=1)
    """
    groups, roots = _groups(study), graphs.clusters(study)
    if chain:
        whole = dict(groups)
        for stage in study.stages:
            for (topic, economy), rows in whole.items():
                if topic == study.product_of(stage):
                    groups[stage, economy] = [*whole.get((stage, economy), ()), *rows]
    counted = {pair: graphs.tally(study, rows, roots) for pair, rows in groups.items()}
    return {pair: Named(item.claims, len(item.sources)) for pair, item in counted.items()}


def scores(found: Iterable[Claimed]) -> dict[Pair, float]:
    """Return the ranking as scores, higher first, to be compared with those of figures.

    Parameters
    ----------
    found
        From `rank_by_claims`. Members of the bloc have ranks of their own and are left out.

    Returns
    -------
    dict
        (stage or product, economy) to the rank times -1: the order is all that it says.
    """
    return {item.pair: -float(item.rank) for item in found if not item.member}


def by_chain(values: Mapping[Pair, float | None]) -> dict[Pair, float]:
    """Return the highest score in each chain, so that a claim on a product meets figures on its stages.

    Parameters
    ----------
    values
        (stage or product, economy) to a score, higher first; None where it is unknown.

    Returns
    -------
    dict
        (product, economy) to the highest of those known.

    Examples
    --------
    >>> by_chain({("drones/complete", "CHN"): 0.7, ("drones", "CHN"): 0.2, ("gallium/primary", "CHN"): 0.9})
    {('drones', 'CHN'): 0.7, ('gallium', 'CHN'): 0.9}
    """
    found: dict[Pair, float] = {}
    for (topic, economy), value in _known(values).items():
        pair = topic.partition("/")[0], economy
        found[pair] = max(value, found.get(pair, value))
    return found


def _known(values: Mapping[Pair, float | None]) -> dict[Pair, float]:
    """Leave out what has no score: an unknown one is not the lowest."""
    return {pair: value for pair, value in values.items() if value is not None}


class Parted(NamedTuple):
    """A pair that two rankings place differently, by its ranks among the pairs that both have.

    ``by_claims`` and ``by_figures`` count from 1, ties as mid-ranks. A ``difference`` above 0 means that
    the sources place it higher than the figures do.
    """

    topic: str
    economy: str
    by_claims: float
    by_figures: float

    @property
    def difference(self) -> float:
        """Ranks by which the sources place it higher."""
        return self.by_figures - self.by_claims


class Comparison(NamedTuple):
    """Two rankings side by side.

    Attributes
    ----------
    tau
        Kendall's tau-b over the pairs that both have; None for fewer than two, or where one ties them all.
    pairs
        How many both have.
    parted
        The pairs, those that part most first; those that do not part are not among them.
    """

    tau: float | None
    pairs: int
    parted: tuple[Parted, ...]


def compare(by_claims: Mapping[Pair, float | None], by_figures: Mapping[Pair, float | None]) -> Comparison:
    """Hold a ranking by the sources to one by figures, over what both rank.

    Parameters
    ----------
    by_claims, by_figures
        (stage or product, economy) to a score, higher first; the units may differ. None where it is
        unknown: such a pair is left out.

    Returns
    -------
    Comparison
        With Kendall's tau-b (`ranks.kendall_tau_b`).

    Raises
    ------
    InvalidRankingError
        If a score is not finite.

    Examples
    --------
    >>> found = compare({("a", "X"): 3, ("b", "X"): 2, ("c", "X"): 1}, {("a", "X"): 0.1, ("b", "X"): 0.3})
    >>> found.tau, found.pairs, found.parted[0].topic, found.parted[0].difference
    (-1.0, 2, 'a', 1.0)
    """
    ours, theirs = _known(by_claims), _known(by_figures)
    shared = sorted(ours.keys() & theirs.keys())
    if not shared:
        return Comparison(None, 0, ())
    said, counted = [ours[pair] for pair in shared], [theirs[pair] for pair in shared]
    placed = zip(shared, ranks.mid_ranks(said), ranks.mid_ranks(counted), strict=True)
    parted = [Parted(*pair, first, second) for pair, first, second in placed if first != second]
    parted.sort(key=lambda item: (-abs(item.difference), item.topic, item.economy))
    return Comparison(ranks.kendall_tau_b(said, counted), len(shared), tuple(parted))
