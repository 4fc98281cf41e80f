"""What each member of a bloc brings: stages at which it has a share, an announced plant, or a claim.

A share counts from a threshold of the ledger and under a named definition. A capability that is
stated only in words stays words: it is marked as claimed, and no number is made of it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from depgraph.diversion.announced import Plant
from depgraph.evidence.estimates import Estimate, Picture
from depgraph.evidence.intervals import ASSERTED
from depgraph.study.chains import stage_id
from depgraph.study.study import Study

Row = Mapping[str, Any]

NUMBERS = {"A", "B", "C"}  # grades of estimates in which somebody printed a number
# kinds of claims that name what a member is able to do
ABLE = {"capability", "dominance", "share", "know_how"}
LEANT_ON = "dependence"  # counts where it is a member that depends: what the rest of the bloc needs
PLACED = {"investment"}  # counts only where it names a stage: money without a place is no capability
WORDED = {"capability", "dominance"}  # of these the word decides: "few" is the opposite of a strength
WEAK = {"few", "none"}  # words of the lexicon that deny a strength
INTENT = "intent"  # a hedge: what is meant to come is not yet there
POOLING = "pooling"


@dataclass(frozen=True)
class Claimed:
    """A strength that a source names in words.

    Attributes
    ----------
    claim_id, member, product
        Which claim, of whom, about what.
    stage
        None where the claim names no stage of the study.
    kind, modality, hedge
        As in the claim.
    statement
        What it says.
    measured
        Whether a number on the same member and stage is printed anywhere.
    """

    claim_id: str
    member: str
    product: str
    stage: str | None
    kind: str
    modality: str
    hedge: str | None
    statement: str
    measured: bool


@dataclass(frozen=True)
class Holding:
    """What a member has at one stage.

    Attributes
    ----------
    member, stage
        Who and where.
    shares
        Estimates with a printed number, that of the stage's own definition first; definitions are
        never merged.
    plants
        Announced plants, by year.
    claims
        What sources say in words.
    threshold
        Share from which a member counts as having the stage.
    """

    member: str
    stage: str
    shares: tuple[Estimate, ...]
    plants: tuple[Plant, ...]
    claims: tuple[Claimed, ...]
    threshold: float

    @cached_property
    def strong(self) -> tuple[Estimate, ...]:
        """The shares whose central value reaches the threshold, those of its own market left out."""
        return tuple(item for item in self.shares if not self.weakness(item))

    def weakness(self, share: Estimate) -> str:
        """Say why a share is no strength, nothing if it is one: what one sells at home serves nobody else."""
        if share.metric.partition("#")[0].partition("@")[2] == self.member:
            return "own market"
        return "" if share.central >= self.threshold else "below the threshold"

    @property
    def status(self) -> str:
        """How the strength is known: ``share``, ``announced``, or ``claimed``, the best of them."""
        if self.strong:
            return "share"
        return "announced" if self.plants else "claimed"


def holdings(
    study: Study,
    picture: Picture,
    members: Sequence[str],
    *,
    plants: Iterable[Plant],
    claims: Iterable[Claimed],
    least: float,
) -> tuple[Holding, ...]:
    """Return what each member has, stage by stage.

    A member has a stage if its central share is at least the threshold under one definition, that of
    its own market apart, if a plant of it is announced, or if a claim names it able. Other shares stand
    beside plants and claims, so that the reader sees what the word meets.

    Parameters
    ----------
    study, picture
        The study and its estimates.
    members
        Codes of economies.
    plants
        Announced plants, of anybody.
    claims
        From `claimed`.
    least
        Share from which a member counts as having a stage, a fraction.

    Returns
    -------
    tuple of Holding
        By member in the order given, then by falling share; a stage without any of the three is missing.
    """
    built: dict[tuple[str, str], list[Plant]] = {}
    for plant in plants:
        built.setdefault((plant.region, plant.stage), []).append(plant)
    said: dict[tuple[str, str], list[Claimed]] = {}
    for item in claims:
        if item.stage:
            said.setdefault((item.member, item.stage), []).append(item)
    found = []
    for member in members:
        rows = [
            Holding(
                member, stage, _shares(picture, stage, member),
                tuple(sorted(built.get((member, stage), []), key=lambda plant: (plant.year, plant.project_id))),
                tuple(said.get((member, stage), [])), least,
            )
            for stage in study.stages
        ]  # fmt: skip
        kept = [row for row in rows if row.strong or row.plants or row.claims]
        found.extend(sorted(kept, key=_order))
    return tuple(found)


def _order(row: Holding) -> tuple[int, float, str]:
    """Sort by how a strength is known, then by falling share."""
    best = max((item.central for item in row.strong), default=0.0)
    return ("share", "announced", "claimed").index(row.status), -best, row.stage


def _shares(picture: Picture, stage: str, member: str) -> tuple[Estimate, ...]:
    """Return the shares of a member that rest on a printed number, the stage's own definition first."""
    found = picture.definitions(stage).values()
    return tuple(item for items in found for item in items if item.economy == member and item.grade in NUMBERS)


def claimed(study: Study, picture: Picture, members: Sequence[str]) -> tuple[Claimed, ...]:
    """Return what the sources name the members able to do.

    A claim counts if it affirms a share, dominance, a capability, know-how, that another member depends
    on this one, or an investment at a named stage; if it is asserted and no intention; and if it repeats
    no other. Of a capability the word must be one of ability: "few" is the opposite.

    Parameters
    ----------
    study, picture
        The study and its estimates, which say whether a number stands beside the words.
    members
        Codes of economies.

    Returns
    -------
    tuple of Claimed
        In the order of the claims.
    """
    wanted = set(members)
    return tuple(
        _claimed(study, picture, row)
        for row in study.tables["claims"]
        if row["actor"] in wanted and _is_strength(study, row, wanted)
    )


def _is_strength(study: Study, row: Row, members: Collection[str]) -> bool:
    """Say whether a claim names its actor able to do something."""
    if row["polarity"] != "affirmed" or row["modality"] not in ASSERTED or row["hedge"] == INTENT:
        return False
    if any(relation.startswith("repeats:") for relation in row["relates_to"] or ()):
        return False
    if row["kind"] in WORDED:
        return row["term"] is not None and row["term"] not in WEAK
    if row["kind"] == LEANT_ON:
        return bool(row["target"]) and not set(study.economies.expand(row["target"])).isdisjoint(members)
    return row["kind"] in ABLE or (row["kind"] in PLACED and stage_id(row) in study.stages)


def _claimed(study: Study, picture: Picture, row: Row) -> Claimed:
    """Read one claim."""
    stage = stage_id(row)
    stage = stage if stage in study.stages else None
    measured = stage is not None and bool(_shares(picture, stage, row["actor"]))
    return Claimed(
        row["claim_id"], row["actor"], row["product"], stage, row["kind"], row["modality"], row["hedge"],
        row["statement"], measured,
    )  # fmt: skip


def complementing(study: Study, bloc: str) -> tuple[str, ...]:
    """Return the claims which say that the members of a bloc have what the others need.

    Parameters
    ----------
    study
        The study.
    bloc
        Code of the bloc.

    Returns
    -------
    tuple of str
        Claims of the kind pooling, affirmed and asserted, from the bloc to the bloc.
    """
    return tuple(
        row["claim_id"]
        for row in study.tables["claims"]
        if row["kind"] == POOLING
        and row["actor"] == row["target"] == bloc
        and row["polarity"] == "affirmed"
        and row["modality"] in ASSERTED
    )
