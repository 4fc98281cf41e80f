"""What the sources say, by whom and how strongly, beside what the figures say.

The two sides are kept apart: the range of the figures is estimated without any claim, so that a claim that
agrees with it agrees with something else than itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from depgraph.analysis import by_claims
from depgraph.analysis.by_claims import Ties
from depgraph.core.errors import UnknownNameError
from depgraph.evidence import estimates, intervals
from depgraph.evidence.estimates import Estimate, Picture
from depgraph.graph import claims as graphs
from depgraph.graph.claims import Strength
from depgraph.study.study import Study

Row = Mapping[str, Any]

AGREE, DISAGREE = "agree", "disagree"
CLAIM_ONLY, FIGURE_ONLY = "claim only", "figure only"
APART = "not comparable"  # both exist and do not speak of the same


@dataclass(frozen=True)
class Said:
    """One thing that sources say of one economy, or a figure of which they say nothing.

    Attributes
    ----------
    topic
        Stage, else product, else None.
    product, economy, target
        Who has or does something, of what, to whom.
    kind, style
        Kind of the claims and how they are meant; None where no claim says anything.
    statements
        The claims in plain words, repeats left out, the strongest first.
    periods
        Years that the claims are about, where they say so; sorted.
    term
        Word of magnitude of the strongest claim.
    strength
        Of the strongest claim, in fractions of the stage; None where no claim says how much.
    claims
        How many, repeats counted once.
    sources
        The independent ones.
    claim_ids
        All of them, the strongest first.
    contradicted_by
        Claims that speak against one of these.
    figure
        What figures alone support for this stage and economy, under the definition that stands for the stage;
        where the economy is under others only, the first of those. None where there is no figure.
    verdict
        agree, disagree, claim only, figure only or not comparable.
    """

    topic: str | None
    product: str | None
    economy: str
    target: str | None
    kind: str | None
    style: str | None
    statements: tuple[str, ...]
    periods: tuple[str, ...]
    term: str | None
    strength: Strength | None
    claims: int
    sources: tuple[str, ...]
    claim_ids: tuple[str, ...]
    contradicted_by: tuple[str, ...]
    figure: Estimate | None
    verdict: str


def without_claims(study: Study) -> Study:
    """Return the study as if nobody had claimed anything.

    Parameters
    ----------
    study
        Any study.

    Returns
    -------
    Study
        With the same figures, trade and assumptions.
    """
    return replace(study, tables={**study.tables, "claims": []})


def figures_alone(study: Study) -> Picture:
    """Estimate the shares of all stages as if nobody had claimed anything.

    Parameters
    ----------
    study
        A checked study.

    Returns
    -------
    Picture
        From figures only.
    """
    return estimates.estimate(without_claims(study))


def what_is_said(study: Study, about: str | None = None) -> list[Said]:
    """Say what the sources say, beside what the figures say.

    Claims of one kind and style on one topic, economy and target are one entry. Assertions come first, the
    strongest foremost, then by independent sources and claims; what only figures say comes last.

    Claim and figure agree if the range of each claim that says how much meets the range of the figures,
    and, where the word says that nobody has more, no other economy has more for sure; else they disagree.
    They are not comparable where the claim is no assertion of a share, gives no size, or is about years
    before the reference years, or where the figure has another definition than the one that stands for the
    stage or is about one market or a part of the stage.

    Parameters
    ----------
    study
        A checked study.
    about
        Only what is said of this stage (and of its product as a whole), product, economy or bloc (then of
        its members too).

    Returns
    -------
    list of Said
        Every claim of the study is in one of them if nothing is asked for.

    Raises
    ------
    UnknownNameError
        If there is no such stage, product or economy.
    """
    wanted = _filter(study, about)
    picture = figures_alone(study)
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in study.tables["claims"]:
        groups.setdefault(_key(row), []).append(row)
    ties = by_claims.ties_of(study)
    found = [_entry(study, picture, rows, ties) for rows in groups.values()]
    named = {(item.topic, item.economy) for item in found}
    found += [item for item in _figures_only(study, picture) if (item.topic, item.economy) not in named]
    return sorted((item for item in found if wanted(item)), key=_order)


def _key(row: Row) -> tuple[Any, ...]:
    """Return what claims that say the same thing have in common."""
    return graphs.topic(row), row["actor"], row["kind"], row["target"], graphs.style(row)


def _order(item: Said) -> tuple[Any, ...]:
    """Return what entries are ordered by, the foremost lowest."""
    force = tuple(-value for value in by_claims.rising(item.strength))
    place = (item.topic or "", item.economy, item.kind or "", item.target or "", item.style or "")
    said = item.kind is None, item.style != graphs.ASSERTION, item.strength is None
    return *said, force, -len(item.sources), -item.claims, place


def _filter(study: Study, about: str | None) -> "_Wanted":
    """Find what is asked for.

    Raises
    ------
    UnknownNameError
        If nothing has that name, or more than one economy has.
    """
    products = [row["product"] for row in study.tables["products"]]
    if about is None:
        return _Wanted()
    if about in study.stages:
        return _Wanted(topics=frozenset({about, study.product_of(about)}))
    if about in products:
        return _Wanted(topics=frozenset({about, *(name for name in study.stages if study.product_of(name) == about)}))
    if not study.economies.find(about):
        what = "stage, product or economy"
        raise UnknownNameError(what, about, [*study.stages, *products, *study.economies.names])
    code = study.economies.resolve(about)
    return _Wanted(economies=frozenset({code, *study.economies.members.get(code, ())}))


@dataclass(frozen=True)
class _Wanted:
    """What entries are asked for; nothing asked for takes all."""

    topics: frozenset[str] | None = None
    economies: frozenset[str] | None = None

    def __call__(self, item: Said) -> bool:
        """Say whether an entry is about it."""
        if self.topics is not None:
            return item.topic in self.topics
        return self.economies is None or bool(self.economies & {item.economy, item.target})


def _entry(study: Study, picture: Picture, rows: Sequence[Row], ties: Ties) -> Said:
    """Sum up claims that say the same thing."""
    foremost = sorted(rows, key=lambda row: by_claims.rising(graphs.strength(study, row)), reverse=True)
    first, counted = foremost[0], graphs.tally(study, rows, ties.roots)
    figure = figure_of(picture, graphs.topic(first), first["actor"])
    once = {ties.roots[row["claim_id"]]: row["statement"] for row in reversed(foremost)}
    return Said(
        topic=graphs.topic(first),
        product=first["product"],
        economy=first["actor"],
        target=first["target"],
        kind=first["kind"],
        style=graphs.style(first),
        statements=tuple(reversed(once.values())),
        periods=tuple(sorted({row["period"] for row in rows if row["period"]})),
        term=first["term"],
        strength=graphs.strength(study, first),
        claims=counted.claims,
        sources=counted.sources,
        claim_ids=tuple(row["claim_id"] for row in foremost),
        contradicted_by=by_claims.against(rows, ties),
        figure=figure,
        verdict=CLAIM_ONLY if figure is None else verdict(study, picture, rows, figure),
    )


def figure_of(picture: Picture, stage: str | None, economy: str) -> Estimate | None:
    """Return what a picture says of an economy in a stage: by the stage's definition, else by the first other.

    Parameters
    ----------
    picture
        From `figures_alone`.
    stage, economy
        Whose share of what; a product is no stage and has none.

    Returns
    -------
    Estimate or None
        None where no figure names the economy.
    """
    if stage is None:
        return None
    own = [item for item in picture.shares(stage) if item.economy == economy]
    return next(iter([*own, *picture.other_shares(stage, economy)]), None)


def verdict(study: Study, picture: Picture, rows: Iterable[Row], figure: Estimate) -> str:
    """Say whether claims agree with a figure.

    Parameters
    ----------
    study, picture
        The study and what its figures alone support.
    rows
        Claims of one kind and style on the stage and economy of the figure.
    figure
        From `figure_of`.

    Returns
    -------
    str
        agree, disagree or not comparable.
    """
    sized = [row for row in rows if _is_sized(study, row)]
    # a claim speaks of the world, and of what stands for the stage; a market or a part of a stage is another share
    if not sized or figure.metric != picture.own[figure.stage] or {*"@#"} & {*figure.metric}:
        return APART
    return AGREE if all(_agrees(study, picture, row, figure) for row in sized) else DISAGREE


def _is_sized(study: Study, row: Row) -> bool:
    """Say whether a claim asserts how large a share is at present."""
    dated = row["period"] and int(row["period"].split("/")[-1]) < study.reference_years[0]
    asserts = row["kind"] in intervals.SHARE_KINDS and graphs.style(row) == graphs.ASSERTION
    return bool(asserts and not dated and graphs.strength(study, row) is not None)


def _agrees(study: Study, picture: Picture, row: Row, figure: Estimate) -> bool:
    """Say whether the range of a claim meets that of a figure, and whether it leads where it is said to."""
    said = graphs.strength(study, row)
    if said is None:
        return False
    meets = said.low <= figure.high + estimates.NOISE and figure.low <= said.high + estimates.NOISE
    leads = row["term"] is not None and study.lexicon[row["term"]].leads
    others = [item.low for item in picture.shares(figure.stage) if item.economy not in {figure.economy, estimates.REST}]
    return meets and not (leads and max(others, default=0.0) > figure.high + estimates.NOISE)


def _figures_only(study: Study, picture: Picture) -> list[Said]:
    """Return the shares that figures give, an entry for each stage and economy."""
    pairs = dict.fromkeys((item.stage, item.economy) for item in picture.estimates if item.economy != estimates.REST)
    return [
        Said(
            topic=stage,
            product=study.product_of(stage),
            economy=economy,
            target=None,
            kind=None,
            style=None,
            statements=(),
            periods=(),
            term=None,
            strength=None,
            claims=0,
            sources=(),
            claim_ids=(),
            contradicted_by=(),
            figure=figure_of(picture, stage, economy),
            verdict=FIGURE_ONLY,
        )
        for stage, economy in pairs
    ]
