"""The command about strengths: what each member brings, who fills which gap, who complements whom."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import click

from depgraph.cli.common import load, output_options
from depgraph.cli.names import Names, emit_answer, for_people, ids_option
from depgraph.core.words import amount, between, count, grade, listing, percent, spread
from depgraph.decision.gaps import NOTHING, Assessment, Filler, Gap, Pair
from depgraph.decision.strengths import Claimed, Holding
from depgraph.evidence import definitions
from depgraph.evidence.estimates import Estimate
from depgraph.interface import strengths as bring

Row = Mapping[str, Any]

# what a narrow terminal leaves out, the first one first
SPARE = {
    "members": ("by", "announced", "claimed"),
    "gaps": ("claims", "transplants", "sold outside today", "direct part", "delivered a year", "announced"),
    "pairs": ("supplied today", "claimed alone", "announced alone"),
}


@click.command("strengths")
@click.option("--for", "bloc", help="Economy or bloc; without it the bloc of the study.")
@click.option("--member", help="Only what concerns this member.")
@click.option("--stage", help="Only this stage, as product/stage.")
@click.option(
    "--show",
    type=click.Choice(bring.SHOWN),
    default="members",
    show_default=True,
    help="What members have by stage; the gaps that the rival leaves and what fills them; pairs of members.",
)
@ids_option
@output_options
@click.pass_context
def strengths(
    context: click.Context,
    bloc: str | None,
    member: str | None,
    stage: str | None,
    show: Literal["members", "gaps", "pairs"],
    ids: bool,
    form: str | None,
    output: Path | None,
) -> None:
    r"""Say what each member of a bloc brings and what others lack.

    A member has a stage if its share reaches A-strength-threshold under the definition named, its own
    market apart, if a plant is announced, or if a source says so in words. Of words no number is
    made: they are claimed, not measured. A gap is a stage at which the rival delivers more than
    A-need-threshold of what reaches the bloc, in later goods too.

    \b
    Examples:
      depgraph strengths --member Japan
      depgraph strengths --show gaps --stage rare_earths/magnet
      depgraph strengths --show pairs -f csv
    """
    study = load(context)
    found = bring.strengths(study, bloc=bloc, member=member, stage=stage, show=show)
    if not for_people(form, output):
        emit_answer(found.rows, form, output, "strengths", "")
        return
    told, names = found.records[0], Names(study, ids=ids)
    rows, sentences = {"members": _members, "gaps": _gaps, "pairs": _pairs}[show](told, names)
    emit_answer(rows, form, output, "strengths", "\n".join(sentences), spare=SPARE[show])


# --- what members have --------------------------------------------------------------------------


def _members(found: Assessment, names: Names) -> tuple[list[Row], list[str]]:
    """Return a row for each member and stage and each claim without a stage, and a sentence for each member."""
    members = [code for code in found.members if _has(found, code)]
    sentences = [_member_sentence(found, code, names) for code in members]
    if not members:
        sentences.append("Nothing is known of what is asked for: no share, no announced plant, no claim.")
    if len(found.members) > 1:
        sentences.append("The gaps and what fills them: --show gaps. Who has what another member lacks: --show pairs.")
    rows = [_holding_row(item, names) for item in found.holdings]
    return rows + [_claim_row(item, names) for item in found.unplaced], sentences


def _has(found: Assessment, code: str) -> bool:
    """Say whether anything is listed of a member."""
    return code in {*(item.member for item in found.holdings), *(item.member for item in found.unplaced)}


def _member_sentence(found: Assessment, code: str, names: Names) -> str:
    """Say in one sentence what a member brings."""
    own = [item for item in found.holdings if item.member == code]
    strong = [item for item in own if item.strong]
    words = [item for holding in own for item in holding.claims if not item.measured]
    words += [item for item in found.unplaced if item.member == code]
    parts = []
    if strong:
        first = [f"{names.stage(item.stage)} {percent(_best(item).central)}" for item in strong]
        parts.append(f"has {percent(found.least)} or more of {count(len(strong), 'stage')} ({listing(first)})")
    plants = [plant for item in own for plant in item.plants]
    if plants:
        parts.append(f"has {count(len(plants), 'plant')} announced at {count(_stages_with_plants(own), 'stage')}")
    if words:
        parts.append(f"is named able in {count(len(words), 'claim')} without any number")
    return f"{names.economy(code)} {listing(parts)}."


def _stages_with_plants(own: Sequence[Holding]) -> int:
    """Count the stages at which plants are announced."""
    return sum(bool(item.plants) for item in own)


def _best(item: Holding) -> Estimate:
    """Return the share under the foremost definition that reaches the threshold."""
    return item.strong[0]


def _said(item: Claimed) -> str:
    """Say what kind of claim it is and how it is said."""
    return ", ".join(word for word in (item.kind.replace("_", "-"), item.modality, item.hedge) if word)


def _holding_row(item: Holding, names: Names) -> Row:
    """Write what a member has at one stage under its foremost definition; csv has all, which are never merged."""
    shown = [*(item.strong or item.shares)]
    first = shown[:1]
    return {
        "member": names.economy(item.member),
        "stage": names.stage(item.stage),
        "share": "".join(map(_share, first)) + _otherwise(shown[1:]) or "not known",
        "by": "".join(definitions.in_words(share.metric, names.study.economies.names) for share in first),
        "grade": "".join(map(_grade, first)),
        "announced": "; ".join(_plant(plant.year, plant.part.central if plant.part else None) for plant in item.plants),
        "claimed": ", ".join(f"{claim.claim_id}{'' if claim.measured else ' (not measured)'}" for claim in item.claims),
    }


def _otherwise(others: Sequence[Estimate]) -> str:
    """Say what other definitions give; they are listed one by one in csv and on the card of the stage."""
    if not others:
        return ""
    low, high = min(share.low for share in others), max(share.high for share in others)
    return f", otherwise counted {between(low, high)}"


def _claim_row(item: Claimed, names: Names) -> Row:
    """Write a claim that names no stage; no number is made of it."""
    empty = dict.fromkeys(("share", "by", "grade", "announced"), "")
    place = {"member": names.economy(item.member), "stage": f"{names.product(item.product)}, no stage named"}
    return place | empty | {"claimed": f"{item.statement} ({item.claim_id}, {_said(item)}, not measured)"}


def _share(share: Estimate) -> str:
    """Write a share with its range."""
    return spread((share.low, share.central, share.high))


def _grade(share: Estimate) -> str:
    """Write the grade of a share, and whether all its numbers are old."""
    return grade(share.grade, stale=share.method.endswith("stale"))


def _plant(year: int, part: float | None) -> str:
    """Write an announced plant: its year and its part of world output."""
    return f"{year}: {percent(part)}"


# --- gaps ---------------------------------------------------------------------------------------


def _gaps(found: Assessment, names: Names) -> tuple[list[Row], list[str]]:
    """Return a row for each gap and member, and what lacks in all."""
    rival, bloc = names.economy(found.rival), names.economy(found.bloc)
    stages = count(len(found.gaps), "stage")
    sentences = [
        f"{rival} delivers more than {percent(found.much)} of what reaches {bloc} at {stages}, in later goods too."
    ]
    for word, text in LACKS.items():
        named = [names.stage(gap.stage) for gap in found.gaps if bring.lacks(gap) == word]
        if named:
            sentences.append(f"{text.format(rival=rival)}: {listing(named, 12)}.")
    if found.loose:
        apart = listing([names.stage(stage) for stage in found.loose], 12)
        sentences.append(
            f"Not listed, because no recipe joins them to a finished good, though {rival}'s part is as large: {apart}."
        )
    if found.unscored:
        sentences.append(
            f"At {count(len(found.unscored), 'stage')} nobody knows what {rival} delivers: they are not listed, which "
            "is not a gap of zero."
        )
    sentences.append(
        "Announced plants count as running full, on time and for members alone. What members sell outside today and "
        "transplants are shown, not subtracted."
    )
    rows = [_gap_row(gap, filler, names) for gap in found.gaps for filler in (gap.fillers or (None,))]
    return rows, sentences


LACKS = {
    "nothing": "Plants announced by members would make as much as {rival} delivers directly today",
    "a part": "They would make a part of it",
    "all": "Nothing is announced by any member",
    "no direct deliveries": "{rival} delivers no such goods to members directly, only inside later goods",
    "not known": "In units the gap is not known",
}


def _gap_row(gap: Gap, filler: Filler | None, names: Names) -> Row:
    """Write what one member can put into one gap."""
    holding = filler.holding if filler else None
    shares = holding.shares if holding else ()
    plants = holding.plants if holding else ()
    unit = gap.missing.unit if gap.missing else ""
    return {
        "stage": names.stage(gap.stage),
        "rival's part": spread(gap.embodied),
        "direct part": spread(gap.direct),
        "delivered a year": _amount(gap.missing.amount if gap.missing else None, unit),
        "member": names.economy(filler.member) if filler else "none known",
        "share today": "; ".join(map(_share, shares[:1])) or "not known",
        "announced": "; ".join(f"{plant.year}: {_amount(plant.amount.central, plant.unit)}" for plant in plants),
        "sold outside today": _amount(filler.sold_outside if filler else None, unit),
        "transplants": ", ".join(_donors(filler, names)) if filler else "",
        "claims": ", ".join(claim.claim_id for claim in holding.claims) if holding else "",
        "left of it": _left(gap),
    }


def _amount(value: float | None, unit: str) -> str:
    """Write an amount a year."""
    if value is None:
        return "not known"
    return amount(value, unit) if value > NOTHING else f"0 {unit}"


def _donors(filler: Filler, names: Names) -> list[str]:
    """Write whose know-how may be moved, and how many years after the order it makes something."""
    return [
        f"{names.economy(item.donor)} (+{item.lead.central:.1f} years)".replace(".0 ", " ")
        for item in filler.transplants
    ]


def _left(gap: Gap) -> str:
    """Write what is left of a gap when everything announced runs, and from when."""
    if gap.rest is None:
        return bring.lacks(gap)
    if gap.closed is not None:
        return f"0% from {gap.closed}"
    return f"{spread(gap.rest)} from {max(gap.left)}" if gap.left else "100%"


# --- pairs --------------------------------------------------------------------------------------


def _pairs(found: Assessment, names: Names) -> tuple[list[Row], list[str]]:
    """Return a row for each pair, and whether it bears out what the sources say."""
    rival = names.economy(found.rival)
    if not found.pairs:
        return [], [f"{names.economy(found.bloc)} has no pairs of members."]
    claims = ((name, names.study.claims[name]["statement"]) for name in found.said)
    sentences = [f'The sources say: "{statement}" ({name}).' for name, statement in claims]
    met = [pair for pair in found.pairs if pair.shares]
    sentences.append(
        f"By shares the one member has a stage at which the other depends on {rival} in {len(met)} of "
        f"{count(len(found.pairs), 'pair')}: a share of {percent(found.least)} or more against more than "
        f"{percent(found.much)} of what reaches the other from {rival}."
    )
    having = {pair.having for pair in found.pairs}
    sentences += [_needed(found, code, names) for code in found.members if code in having]
    return [_pair_row(pair, names) for pair in found.pairs], sentences


def _needed(found: Assessment, code: str, names: Names) -> str:
    """Say what a member has that the others lack."""
    pairs = [pair for pair in found.pairs if pair.having == code]
    stages = [names.stage(stage) for stage in dict.fromkeys(stage for pair in pairs for stage in pair.shares)]
    if not stages:
        return f"{names.economy(code)} has no stage that is known to be lacking elsewhere."
    met = sum(bool(pair.shares) for pair in pairs)
    return f"{names.economy(code)} has what {met} of {count(len(pairs), 'other member')} lack: {listing(stages, 6)}."


def _pair_row(pair: Pair, names: Names) -> Row:
    """Write one pair."""
    return {
        "lacks": names.economy(pair.needing),
        "has": names.economy(pair.having),
        "stages": len(pair.shares),
        "which": "; ".join(map(names.stage, pair.shares)),
        "announced alone": "; ".join(map(names.stage, pair.announced)),
        "claimed alone": "; ".join(map(names.stage, pair.claimed)),
        "supplied today": len(pair.supplied),
        "not known": len(pair.unknown),
    }


COMMANDS = {"strengths": strengths}
