"""What each member of a bloc brings, who can fill how much of a gap, and who complements whom."""

from collections.abc import Iterable, Iterator
from typing import Any, Literal

from depgraph.core.errors import UnknownNameError
from depgraph.decision import gaps
from depgraph.decision.gaps import Assessment, Filler, Gap, Pair
from depgraph.decision.strengths import Claimed, Holding
from depgraph.diversion.announced import Plant
from depgraph.evidence.estimates import Estimate
from depgraph.graph.dependencies import Range
from depgraph.interface import loading
from depgraph.interface.leverage import spread
from depgraph.interface.loading import LoadedStudy
from depgraph.interface.results import Chart, Result, Row
from depgraph.pages import charts, sections_strengths
from depgraph.study.study import Study

SHOWN = ("members", "gaps", "pairs")


def strengths(
    study: Study,
    *,
    bloc: str | None = None,
    member: str | None = None,
    stage: str | None = None,
    show: Literal["members", "gaps", "pairs"] = "members",
) -> Result:
    """Say what each member of a bloc brings, who can fill which gap, or who complements whom.

    Parameters
    ----------
    study
        The study.
    bloc
        Economy or bloc; without it the bloc of the study.
    member
        Only what concerns this member.
    stage
        Only this stage, as product/stage.
    show
        ``members``: a row for each share with a printed number, announced plant and claim. ``gaps``:
        a row for each stage at which the rival's part of all that reaches the bloc is above
        `A-need-threshold` and each member that can put something in. ``pairs``: a row for each
        ordered pair of members.

    Returns
    -------
    Result
        Shares are fractions under the definition named, amounts are in the unit of
        the row, years are those announced. What is stated only in words has no number and
        ``measured`` false. ``records`` holds one `Assessment`.

    Raises
    ------
    UnknownNameError
        If there is no such economy, member or stage.
    AccountError
        If the base year of the diversion model cannot add up.

    Examples
    --------
    >>> found = strengths(loading.load(), member="JPN", stage="robots/complete")
    >>> found.frame()["kind"].unique().tolist()
    ['share', 'claim']
    """
    held = loading.of(study)
    found = narrowed(assessment(held, bloc), held, member, stage)
    if show not in SHOWN:
        what = "table"
        raise UnknownNameError(what, show, SHOWN)
    rows = {"members": _member_rows, "gaps": _gap_rows, "pairs": _pair_rows}[show](found, held)
    key = {"members": "id", "gaps": "chokepoint_id"}.get(show)
    columns = tuple(rows[0]) if rows else ()
    return Result("strengths", rows, held, (found,), columns, key, drawn=lambda: _chart(found, held))


def assessment(held: LoadedStudy, bloc: str | None) -> Assessment:
    """Compute everything; parameters and errors are those of `strengths`.

    Returns
    -------
    Assessment
        Of all members and stages.
    """
    return gaps.assess(held, held.picture, held.network, held.economy(bloc))


def narrowed(found: Assessment, held: LoadedStudy, member: str | None, stage: str | None) -> Assessment:
    """Keep what concerns one member, one stage, or both.

    Parameters
    ----------
    found
        From `assessment`.
    held
        The study.
    member, stage
        None to keep all.

    Returns
    -------
    Assessment
        Gaps that the member can put nothing in are left out, and pairs without it; of a pair the
        stages stay that are asked for.

    Raises
    ------
    UnknownNameError
        If the bloc has no such member or the study no such stage.
    """
    code = None if member is None else held.economies.resolve(member)
    if code is not None and code not in found.members:
        what = f"member of {found.bloc}"
        raise UnknownNameError(what, code, found.members)
    if stage is not None and stage not in held.stages:
        what = "stage"
        raise UnknownNameError(what, stage, held.stages)
    return gaps.narrowed(found, code, stage)


def _member_rows(found: Assessment, held: LoadedStudy) -> tuple[Row, ...]:
    """Return a row for each share, plant and claim."""
    rows = [row for item in found.holdings for row in _holding_rows(item, held)]
    return (*rows, *(_claim_row(item) for item in found.unplaced))


def _holding_rows(item: Holding, held: LoadedStudy) -> Iterator[Row]:
    """Yield what a member has at one stage."""
    for share in item.shares:
        yield _share_row(share, item)
    for plant in item.plants:
        yield _plant_row(plant, held)
    for claim in item.claims:
        yield _claim_row(claim)


def _blank(identifier: str, member: str, product: str, stage: str | None, kind: str) -> dict[str, Any]:
    """Return the columns of every row; what a row does not say stays empty."""
    head = {"id": identifier, "member": member, "product": product, "stage": stage, "kind": kind}
    numbers = {"definition": None, **spread({"part": None}), "above": None, **spread({"amount": None})}
    return head | numbers | {"unit": None, "year": None, "grade": None, "says": None, "modality": None, "hedge": None,
                             "measured": True, "what": None, "parents": ()}  # fmt: skip


def _share_row(share: Estimate, item: Holding) -> Row:
    """Write one share under one definition."""
    return _blank(share.estimate_id, item.member, share.product, item.stage, "share") | {
        "definition": share.metric,
        **spread({"part": Range(share.low, share.central, share.high)}),
        "above": share in item.strong,
        "year": share.period,
        "grade": share.grade,
        "what": share.method,
        "parents": share.parents,
    }


def _plant_row(plant: Plant, held: LoadedStudy) -> Row:
    """Write one announced plant."""
    return _blank(plant.project_id, plant.region, held.product_of(plant.stage), plant.stage, "announced") | {
        "definition": None if plant.part is None else "capacity as part of world output",
        **spread({"part": plant.part, "amount": plant.amount}),
        "unit": plant.unit,
        "year": str(plant.year),
        "what": plant.name,
        "parents": plant.parents,
    }


def _claim_row(item: Claimed) -> Row:
    """Write one claim; no number is made of it."""
    return _blank(item.claim_id, item.member, item.product, item.stage, "claim") | {
        "says": item.kind,
        "modality": item.modality,
        "hedge": item.hedge,
        "measured": item.measured,
        "what": item.statement,
        "parents": (item.claim_id,),
    }


def _gap_rows(found: Assessment, held: LoadedStudy) -> tuple[Row, ...]:
    """Return a row for each gap and each member that can put something in."""
    return tuple(row for gap in found.gaps for row in _rows_of_gap(gap, held))


def _rows_of_gap(gap: Gap, held: LoadedStudy) -> Iterator[Row]:
    """Yield the rows of one gap; one without a member where nobody has anything."""
    missing = gap.missing
    last = max(gap.left) if gap.left else None
    head = {
        "chokepoint_id": gap.parents[0],
        "stage": gap.stage,
        "product": held.product_of(gap.stage),
        **spread({"embodied": gap.embodied, "direct": gap.direct}),
        "delivered_amount": None if missing is None else missing.amount,
        "delivered_part": None if missing is None or missing.used <= 0 else missing.amount / missing.used,
        "unit": None if missing is None else missing.unit,
        "recorded": None if missing is None else missing.recorded,
    }
    tail = {
        "left_by_year": {year: value.central for year, value in gap.left.items()},
        "left_year": last,
        "closed": gap.closed,
        **spread({"left_part": gap.rest}),
        "lacks": lacks(gap),
    }
    for filler in gap.fillers or (None,):
        yield head | _filler_columns(filler, gap) | tail


def _filler_columns(filler: Filler | None, gap: Gap) -> dict[str, Any]:
    """Write what one member can put into a gap."""
    holding = None if filler is None else filler.holding
    own = holding.shares[0] if holding and holding.shares else None
    plants = holding.plants if holding else ()
    amount = gaps.by_year(plants, max(plant.year for plant in plants)) if plants and gap.missing else None
    return {
        "member": None if filler is None else filler.member,
        **spread({"share": Range(own.low, own.central, own.high) if own else None}),
        "definition": own.metric if own else None,
        "sold_outside": None if filler is None else filler.sold_outside,
        "plants": tuple(plant.project_id for plant in plants),
        "plants_by_year": {plant.year: gaps.by_year(plants, plant.year).central for plant in plants if gap.missing},
        **spread({"plants_amount": amount}),
        "donors": {item.donor: item.lead.central for item in filler.transplants} if filler else {},
        "claims": tuple(item.claim_id for item in holding.claims) if holding else (),
    }


def lacks(gap: Gap) -> str:
    """Say what still lacks when everything announced runs.

    Parameters
    ----------
    gap
        One gap.

    Returns
    -------
    str
        ``nothing``, ``a part``, ``all``, ``no direct deliveries`` where the rival's part comes inside
        later goods alone, or ``not known``.
    """
    if gap.missing is None:
        return "not known"
    if gap.rest is None:
        return "no direct deliveries"
    if gap.rest.central <= 0:
        return "nothing"
    return "all" if gap.rest.central >= 1 else "a part"


def _pair_rows(found: Assessment, held: LoadedStudy) -> tuple[Row, ...]:
    """Return a row for each ordered pair of members."""
    del held  # pairs speak of codes and stages alone
    return tuple(map(_pair_row, found.pairs))


def _pair_row(pair: Pair) -> Row:
    """Write one pair."""
    return {
        "needing": pair.needing,
        "having": pair.having,
        "count": len(pair.shares),
        "stages": pair.shares,
        "announced": pair.announced,
        "claimed": pair.claimed,
        "supplied": pair.supplied,
        "unknown": pair.unknown,
    }


def _chart(found: Assessment, held: LoadedStudy) -> Chart:
    """Draw members and stages as a matrix."""
    stages = _drawn(found.holdings, held)
    return charts.heatmap(sections_strengths.cells(found, stages), found.members)


def _drawn(holdings: Iterable[Holding], held: LoadedStudy) -> list[str]:
    """Return the stages at which any member has anything, in the order of the study."""
    some = {item.stage for item in holdings}
    return [stage for stage in held.stages if stage in some]
