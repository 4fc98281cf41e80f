"""The section of a report on what each member brings, what fills which gap, and who complements whom."""

from collections.abc import Iterator, Sequence

from depgraph.decision.gaps import NOTHING, Assessment, Filler, Gap
from depgraph.decision.strengths import Claimed, Holding
from depgraph.evidence import definitions
from depgraph.graph.dependencies import Range
from depgraph.pages import charts
from depgraph.pages.elements import Piece, Section, Table, count, figures, percent, spread
from depgraph.pages.findings import Facts, complement_id

KEY, NAME = "strengths", "What each member brings"
DRAWN = 60  # stages of the chart at most; the table has all
MARKS = {"announced": "+", "claimed": "w"}  # cells without a share above the threshold


def strengths(facts: Facts) -> Section:
    """Show members by stage, the gaps and what fills them, and who complements whom.

    Parameters
    ----------
    facts
        What was computed.

    Returns
    -------
    Section
        One sentence says why where it could not be computed.
    """
    found = facts.strengths
    if found is None:
        return Section(KEY, NAME, (Piece(f"Not computed: {facts.no_strengths}"),))
    stages = [stage for stage in facts.study.stages if any(item.stage == stage for item in found.holdings)]
    chart = charts.heatmap(cells(found, stages[:DRAWN]), found.members) if stages else None
    tables = (_members(facts, found), _gaps(found), _pairs(facts, found))
    return Section(KEY, NAME, _title(facts, found), chart, tables, _notes(facts, found))


def cells(found: Assessment, stages: Sequence[str]) -> list[dict[str, object]]:
    """Return the cells of a matrix of members and stages.

    Parameters
    ----------
    found
        What the members bring.
    stages
        In order.

    Returns
    -------
    list of dict
        Rows for `charts.heatmap`: a share in percent with its grade, ``+`` announced, ``w`` in words alone, a
        dot where none of the three is known, which is not 0.
    """
    held = {(item.member, item.stage): item for item in found.holdings}
    return [
        {"name": stage, "column": member} | _cell(held.get((member, stage)))
        for stage in stages
        for member in found.members
    ]


def _cell(item: Holding | None) -> dict[str, object]:
    """Write one cell."""
    if item is None:
        return {"part": None, "grade": "", "label": "·"}
    if item.strong:
        best = max(item.strong, key=lambda share: share.central)
        return {"part": best.central, "grade": best.grade, "label": f"{100 * best.central:.0f}"}
    return {"part": None, "grade": "", "label": MARKS[item.status]}


def _title(facts: Facts, found: Assessment) -> tuple[Piece, ...]:
    """Say how many pairs complement each other."""
    rival = facts.name(found.rival)
    if not found.pairs:
        one = facts.name(found.bloc)
        stages = sum(bool(item.strong) for item in found.holdings)
        return (
            Piece(f"{one} has a share of {percent(found.least)} or more at "),
            Piece(count(stages, "stage"), "#strengths-table"),
        )
    met = sum(bool(pair.shares) for pair in found.pairs)
    return (
        Piece("In "),
        Piece(f"{met} of {count(len(found.pairs), 'pair')}", "#strengths-table"),
        Piece(f" of members the one has a stage at which the other depends on {rival}"),
    )


def _notes(facts: Facts, found: Assessment) -> tuple[str, ...]:
    """Say how to read it, and what is not known."""
    rival, bloc = facts.name(found.rival), facts.name(found.bloc)
    words = sum(not item.measured for item in (*found.unplaced, *_claims(found)))
    reading = (
        "Number: share in percent under the definition named in the table, where it is at least "
        f"{percent(found.least)}, the largest where several are; letter: grade of the evidence. Plus: a plant is "
        "announced. w: a source says so in words, and no number is made of it. Dot: none of the three is known, which "
        "is not 0."
    )
    claimed = f"{count(words, 'claim')} of strengths on which no number is printed: claimed, not measured."
    gap = (
        f"A gap is a stage at which {rival} delivers more than {percent(found.much)} of what reaches {bloc}, in later "
        "goods too. In units "
        f"it is what {rival} delivers directly to members in the base year, without what comes inside later goods. "
        "Plants are counted at the capacity and for the year announced, and as selling to members alone. What members "
        "sell outside today and transplants are shown and not subtracted."
    )
    unknown = (
        f"At {count(len(found.unscored), 'stage')} the part of {rival} is not known: no gap is listed there, which is "
        "not a gap of zero."
        + (
            f" It is as large at {', '.join(found.loose)}, which no recipe joins to a finished good."
            if found.loose
            else ""
        )
    )
    return reading, claimed, gap, unknown


def _claims(found: Assessment) -> Iterator[Claimed]:
    """Yield the claims that name a stage."""
    for item in found.holdings:
        yield from item.claims


def _members(facts: Facts, found: Assessment) -> Table:
    """List every share, plant and claim."""
    rows = [row for item in found.holdings for row in _holding(facts, item)]
    rows += [_claim(facts, item) for item in found.unplaced]
    columns = ("member", "stage", "how known", "share, or part of world output", "definition or year", "grade", "what")
    return Table(
        "Member by member: shares, announced plants, claims", columns, tuple(rows), frozenset({columns[3]}),
        frozenset({"what"}),
    )  # fmt: skip


def _holding(facts: Facts, item: Holding) -> Iterator[tuple[Piece, ...]]:
    """Yield the rows of one member at one stage."""
    head = (Piece(facts.name(item.member)), Piece(item.stage, item.stage))
    for share in item.shares:
        value = spread(Range(share.low, share.central, share.high))
        below = item.weakness(share)
        yield (
            *head,
            Piece("share"),
            Piece(value, share.estimate_id),
            Piece(definitions.in_words(share.metric, facts.study.economies.names)),
            Piece(share.grade),
            Piece(below),
        )
    for plant in item.plants:
        value = "not known" if plant.part is None else percent(plant.part.central)
        what = f"{plant.name}: {figures(plant.amount.central)} {plant.unit} a year"
        yield (
            *head, Piece("announced"), Piece(value, plant.project_id), Piece(str(plant.year)), Piece(""),
            Piece(what, plant.project_id),
        )  # fmt: skip
    for claim in item.claims:
        yield _claim(facts, claim)


def _claim(facts: Facts, item: Claimed) -> tuple[Piece, ...]:
    """Write one claim."""
    how = "claimed" if item.measured else "claimed, not measured"
    place = Piece(item.stage, item.stage) if item.stage else Piece(f"{item.product} (no stage)", item.product)
    said = ", ".join(word for word in (item.kind, item.modality, item.hedge) if word)
    return (
        Piece(facts.name(item.member)), place, Piece(how), Piece("no number"), Piece(said), Piece(""),
        Piece(item.statement, item.claim_id),
    )  # fmt: skip


def _gaps(found: Assessment) -> Table:
    """List each gap with the members that can put something in."""
    rival = found.rival
    columns = (
        "stage", f"{rival}'s part, later goods included", f"{rival}'s part, direct", "delivered in the base year",
        "member", "share today", "announced", "sold outside today", "transplants from", "claims",
        "left of the direct gap",
    )  # fmt: skip
    rows = tuple(_gap(gap, filler) for gap in found.gaps for filler in (gap.fillers or (None,)))
    numeric = frozenset({*columns[1:4], "share today", "announced", "sold outside today", columns[-1]})
    return Table("The gaps, and what members can put into them", columns, rows, numeric)


def _gap(gap: Gap, filler: Filler | None) -> tuple[Piece, ...]:
    """Write what one member can put into one gap."""
    holding = filler.holding if filler else None
    missing, shares = gap.missing, holding.shares if holding else ()
    unit = missing.unit if missing else ""
    today = (
        Piece(spread(Range(shares[0].low, shares[0].central, shares[0].high)), shares[0].estimate_id)
        if shares
        else Piece("not known" if filler else "")
    )
    outside = filler.sold_outside if filler else None
    return (
        Piece(gap.stage, gap.stage),
        Piece(spread(gap.embodied), gap.parents[0]),
        Piece(spread(gap.direct), gap.parents[0]),
        Piece(_amount(missing.amount, unit) if missing else "not known", gap.gap_id if missing else ""),
        Piece(filler.member if filler else "nobody known"),
        today,
        Piece(_plants(holding, gap), gap.gap_id if holding and holding.plants else ""),
        Piece("not known" if outside is None else _amount(outside, unit), "" if outside is None else gap.gap_id),
        Piece(", ".join(sorted({item.donor for item in filler.transplants})) if filler else ""),
        Piece(", ".join(item.claim_id for item in holding.claims) if holding else ""),
        Piece(rest(gap), gap.gap_id if gap.rest else ""),
    )


def _plants(holding: Holding | None, gap: Gap) -> str:
    """Write the announced capacity by year."""
    if holding is None or not holding.plants:
        return ""
    unit = gap.missing.unit if gap.missing else ""
    return "; ".join(f"{plant.year}: {_amount(plant.amount.central, unit or plant.unit)}" for plant in holding.plants)


def _amount(value: float, unit: str) -> str:
    """Write an amount a year; rounding of the solver reads as nothing."""
    return f"{figures(value) if value > NOTHING else '0'} {unit}"


def rest(gap: Gap) -> str:
    """Write what is left of a gap when everything announced runs.

    Parameters
    ----------
    gap
        One gap.

    Returns
    -------
    str
        A part with the year, or why there is none.
    """
    if gap.missing is None:
        return "not known"
    if gap.rest is None:
        return "no direct deliveries"
    if gap.closed is not None:
        return f"0% from {gap.closed}"
    return f"{spread(gap.rest)} from {max(gap.left)}" if gap.left else "100%: nothing announced"


def _pairs(facts: Facts, found: Assessment) -> Table:
    """List every ordered pair of members."""
    columns = ("member that lacks", "member that has", "stages", "which", "announced alone", "claimed alone")
    rows = tuple(
        (
            Piece(facts.name(pair.needing)), Piece(facts.name(pair.having)),
            Piece(str(len(pair.shares)), complement_id(found.bloc, pair)), Piece(", ".join(pair.shares)),
            Piece(", ".join(pair.announced)), Piece(", ".join(pair.claimed)),
        )
        for pair in found.pairs
    )  # fmt: skip
    return Table("Who has what another lacks", columns, rows, frozenset({"stages"}), frozenset(columns[3:]))
