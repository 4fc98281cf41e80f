"""The sections of a report on shares and chokepoints: each says its finding, draws it and lists its numbers.

Every sentence is built from the numbers of the study at hand and holds for any study.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from depgraph.analysis.cards import CRITICAL
from depgraph.analysis.chokepoints import Chokepoint
from depgraph.analysis.leverage import Balance
from depgraph.core.words import grade
from depgraph.evidence import intervals
from depgraph.evidence.estimates import Estimate
from depgraph.graph.dependencies import Range
from depgraph.pages import charts, drawing, sections_plan
from depgraph.pages.elements import Piece, Section, Table, count, percent, spread
from depgraph.pages.findings import Facts

DRAWN = 40  # rows of a chart at most; the table has all
RANKED = 20
COLUMNS = 11  # economies across the heatmap
HELD = 16  # stages of the chart of leverage

GRADES = (
    "Letters are grades of the evidence: A primary statistic, B secondary, C number in a claim, D word, E remainder."
)


def finding(facts: Facts) -> list[tuple[Piece, ...]]:
    """Say what the report found, in three sentences, or four.

    Parameters
    ----------
    facts
        What was computed.

    Returns
    -------
    list of tuple of Piece
        One for each sentence: the critical chokepoints, the largest loss, who holds what (or what the
        scenario does), and how far the evidence carries.
    """
    critical = _critical(facts)
    first = [critical] if critical else []
    return [*first, _largest(facts), sections_plan.statement(facts) or _who_holds(facts), _how_far(facts)]


def _critical(facts: Facts) -> tuple[Piece, ...]:
    """Name the critical chokepoints; nothing where there is none."""
    found = [card for card in facts.cards if card.grade == CRITICAL]
    if not found:
        return ()
    holders = ", ".join(dict.fromkeys(facts.name(card.row.economy) for card in found))
    stages = ", ".join(facts.stage(card.row.stage) for card in found[:4])
    return (
        Piece(f"For {facts.name(facts.bloc)} "),
        Piece(count(len(found), "chokepoint"), "#cards"),
        Piece(f" are critical, held by {holders}; the largest by value at stake: {stages}."),
    )


def _largest(facts: Facts) -> tuple[Piece, ...]:
    """Name the largest loss and how many rows may be it."""
    bloc = facts.name(facts.bloc)
    if not facts.ranking.rows:
        return (Piece(f"{bloc}: no stage can be scored, so no chokepoint can be named; that is not a loss of zero."),)
    row = facts.ranking.rows[0]
    others = sum(other.rank_best == 1 for other in facts.ranking.rows) - 1
    open_part = (
        (Piece("within the ranges "), Piece(count(others, "other row"), "#ranking"), Piece(" may be larger."))
        if others
        else (Piece("no other row can be larger within the ranges."),)
    )
    scored = count(len(facts.ranking.rows), "scored row")
    return (
        Piece(f"{bloc}: of {scored} the largest loss follows if {facts.name(row.economy)} stops supplying "
              f"{facts.stage(row.stage)} ({row.stage}): "),
        Piece(spread(row.loss), row.chokepoint_id),
        Piece(f" of {count(len(facts.ranking.goods), 'finished good')}, {_weighed(facts)}, before any response; "),
        *open_part,
    )  # fmt: skip


def _weighed(facts: Facts) -> str:
    """Say how finished goods are weighed."""
    name = facts.ranking.weights.name
    return "weighed by what is spent on each" if name == "value" else f"{name} weights"


def _who_holds(facts: Facts) -> tuple[Piece, ...]:
    """Count the stages at which one side surely holds more."""
    bloc, rival = facts.name(facts.bloc), facts.name(facts.rival)
    if facts.no_leverage:
        return (Piece(f"What {bloc} and {rival} hold over each other was not computed: {facts.no_leverage}."),)
    theirs, ours, unsure, unknown = _sides(facts.balances)
    return (
        Piece(f"{rival} could surely cost {bloc} more than {bloc} could cost {rival} at "),
        Piece(count(theirs, "stage"), "#leverage"),
        Piece(" and surely less at "),
        Piece(f"{ours:,}", "#leverage"),
        Piece("; at "),
        Piece(f"{unsure:,}", "#leverage"),
        Piece(" the ranges overlap, and at "),
        Piece(f"{unknown:,}", "#leverage"),
        Piece(" one direction is not known."),
    )


def _sides(balances: Sequence[Balance]) -> tuple[int, int, int, int]:
    """Count stages: surely theirs, surely ours, overlapping, one side not known."""
    nets = [item.net for item in balances if item.net is not None]
    theirs = sum(net.high < 0 for net in nets)
    ours = sum(net.low > 0 for net in nets)
    return theirs, ours, len(nets) - theirs - ours, len(balances) - len(nets)


def _how_far(facts: Facts) -> tuple[Piece, ...]:
    """Say how much is not known and how much is disputed."""
    weak = sum(row.grade in {"C", "D", "E"} for row in facts.ranking.rows)
    return (
        Piece("How far the evidence carries: "),
        Piece(f"{len(facts.ranking.unscored):,} of {count(len(facts.study.stages), 'stage')}", "#not-scored"),
        Piece(" cannot be scored (not known, not zero), evidence cannot all be true at "),
        Piece(count(len(facts.picture.disagreements), "place"), "#contradictions"),
        Piece(", and "),
        Piece(f"{weak:,} of {count(len(facts.ranking.rows), 'scored row')}", "#ranking"),
        Piece(" rest on no statistic (grade C or lower)."),
    )


def makers(facts: Facts) -> Section:
    """Show who makes what at each stage."""
    known = [stage for stage in facts.study.stages if facts.picture.shares(stage)]
    drawn = _drawn_stages(facts, known)
    notes = [
        "A bar is the whole world output of a stage. Outlined: rest of world, which nobody names. Gap: central "
        "estimates that do not add up to the whole. " + GRADES,
    ]
    barren = len(facts.study.stages) - len(known)
    if barren:
        notes.append(
            f"Without a bar: {count(barren, 'stage')} on whose shares there is no claim and no figure. "
            "That is not known, not zero."
        )
    if len(drawn) < len(known):
        notes.append(f"Drawn: {len(drawn)} of {len(known)} stages, those that cost most; the table has all.")
    rows = [segment for stage in drawn for segment in _segments(facts, stage)]
    return Section(
        "makers", "Who makes what", _largest_maker(facts, known), charts.stage_bars(rows) if rows else None,
        (_share_table(facts),), tuple(notes), legend=True,
    )  # fmt: skip


def _drawn_stages(facts: Facts, known: Sequence[str]) -> list[str]:
    """Choose the stages of a chart, in the order of the study: those that cost most come first if not all fit."""
    costs: dict[str, float] = {}
    for row in facts.ranking.rows:
        costs[row.stage] = max(costs.get(row.stage, 0.0), row.loss.central)
    chosen = sorted(known, key=lambda stage: -costs.get(stage, -1.0))[:DRAWN]
    return [stage for stage in known if stage in set(chosen)]


def _largest_maker(facts: Facts, known: Sequence[str]) -> tuple[Piece, ...]:
    """Say who is most often the largest named maker."""
    firsts: Counter[str] = Counter()
    for stage in known:
        named = [item for item in facts.picture.shares(stage) if item.economy != intervals.REST]
        if named:
            most = max(item.central for item in named)
            firsts.update({item.economy: 1 for item in named if item.central == most})
    if not firsts:
        return (Piece("No source says who makes what at any stage"),)
    number = max(firsts.values())
    names = " and ".join(facts.name(code) for code in sorted(firsts) if firsts[code] == number)
    several = sum(firsts[code] == number for code in firsts) > 1
    return (
        Piece(f"{names} {'are each' if several else 'is'} the largest maker by central estimate at "),
        Piece(f"{number} of {count(len(known), 'stage')}", "#makers-table"),
        Piece(" with known shares; no economy is at more"),
    )


def _segments(facts: Facts, stage: str) -> list[dict[str, object]]:
    """Return the segments of one bar: coloured economies, all other named ones, rest of world."""
    shares = facts.picture.shares(stage)
    order = list(facts.colours)
    coloured = [item for item in shares if facts.colours.get(item.economy, drawing.OTHER) != drawing.OTHER]
    coloured.sort(key=lambda item: order.index(item.economy))
    rest = [item for item in shares if item.economy == intervals.REST]
    others = [item for item in shares if item not in coloured and item not in rest]
    parts = [(item.economy, item.central, facts.colours[item.economy]) for item in coloured]
    label = others[0].economy if len(others) == 1 else f"{len(others)} others"
    parts.append((label, sum(item.central for item in others), drawing.OTHER))
    parts.append(("rest", sum(item.central for item in rest), drawing.UNNAMED))
    best = min(item.grade for item in shares)
    segments, at = [], 0.0
    for name, part, colour in parts:
        if part > 0 and at < 1:
            end = min(1.0, at + part)
            segments.append({"name": stage, "start": at, "end": end, "label": name, "colour": colour, "grade": best})
            at = end
    # a stage at which only zeros are reported keeps its row
    return segments or [{"name": stage, "start": 0.0, "end": 0.0, "label": "", "colour": drawing.OTHER, "grade": best}]


def _share_table(facts: Facts) -> Table:
    """List every share, and every stage without one."""
    rows: list[tuple[Piece, ...]] = []
    for stage in facts.study.stages:
        shares = facts.picture.shares(stage)
        rows.extend(_share_row(facts, item) for item in shares)
        if not shares:
            missing = str(facts.study.stages[stage]["missing"] or "no claim and no figure")
            rows.append((Piece(stage, stage), Piece("no claim"), Piece(""), Piece(""), Piece(""), Piece(missing)))
    columns = ("stage", "economy", "share", "grade", "years", "how")
    return Table("Share of world output by stage and economy", columns, tuple(rows), frozenset({"share"}))


def _share_row(facts: Facts, item: Estimate) -> tuple[Piece, ...]:
    """Write one share."""
    value = spread(Range(item.low, item.central, item.high))
    how = "reported as zero" if item.high == 0 else item.method + (", items disagree" if item.conflict else "")
    return (
        Piece(item.stage, item.stage), Piece(f"{item.economy} {facts.name(item.economy)}"),
        Piece(value, item.estimate_id), Piece(item.grade), Piece(item.period), Piece(how),
    )  # fmt: skip


def heat(facts: Facts) -> Section:
    """Show the losses as a matrix of stages and economies."""
    rows = facts.ranking.rows
    if not rows:
        return Section("heatmap", "Chokepoints at a glance", (Piece("No stage can be scored; that is not zero"),))
    largest = max(row.loss.central for row in rows) or 1.0
    stages = list(dict.fromkeys(row.stage for row in rows))
    chosen = _drawn_stages(facts, stages)
    columns = _columns(rows)
    by_place = {(row.stage, row.economy): row for row in rows}
    cells = [_cell(facts, by_place, stage, economy, largest) for stage in chosen for economy in columns]
    concerned = len({row.stage for row in rows if row.economy == columns[0]})
    title = (
        Piece(
            f"If {facts.name(columns[0])} stops supplying a stage, {facts.name(facts.bloc)} loses finished goods at "
        ),
        Piece(f"{concerned} of {count(len(stages), 'scored stage')}", "#heatmap-table"),
        Piece("; added up, no other supplier costs it more"),
    )
    economies = len({row.economy for row in rows})
    notes = [
        "Number: percent of the finished goods lost if the economy stops supplying the stage; darker is more. "
        "Dot: no claim, which is not 0. Question mark: a share is known, but not what of it reaches those who lose. "
        "0: reported as zero. <1: above 0. " + GRADES
    ]
    if len(chosen) < len(stages) or len(columns) < economies:
        notes.append(
            f"Drawn: {len(chosen)} of {len(stages)} stages and {len(columns)} of "
            f"{count(economies, 'economy', 'economies')}, those that cost most; the table has every row."
        )
    return Section(
        "heatmap",
        "Chokepoints at a glance",
        title,
        charts.heatmap(cells, columns),
        (_ranking_table(facts, rows, "Every cell with a number"),),
        tuple(notes),
    )


def _columns(rows: Iterable[Chokepoint]) -> list[str]:
    """Choose the economies across: those whose stops cost most in sum."""
    totals: dict[str, float] = {}
    for row in rows:
        totals[row.economy] = totals.get(row.economy, 0.0) + row.loss.central
    return sorted(totals, key=lambda code: (-totals[code], code))[:COLUMNS]


def _cell(
    facts: Facts, by_place: dict[tuple[str, str], Chokepoint], stage: str, economy: str, largest: float
) -> dict[str, object]:
    """Write one cell: a number, a reported zero, a share that says nothing of the loss, or no claim."""
    cell: dict[str, object] = {"name": stage, "column": economy, "part": None, "grade": "", "label": "·"}
    row = by_place.get((stage, economy))
    if row:
        value = row.loss.central
        label = f"{100 * value:.0f}" if value >= 0.01 else "<1" if value > 0 else "0"
        return cell | {"part": value / largest, "grade": row.grade, "label": label}
    shares = [item for item in facts.picture.shares(stage) if item.economy == economy]
    if shares:
        zero = shares[0].high == 0
        return cell | {"label": "0" if zero else "?", "grade": shares[0].grade, "part": 0.0 if zero else None}
    return cell


def _ranking_table(facts: Facts, rows: Iterable[Chokepoint], caption: str) -> Table:
    """List rows of the ranking."""
    columns = (
        "rank", "may be", "economy", "stage", "goods lost", "supply lost", "bought from it", "grade", "evidence",
        "disagree",
    )  # fmt: skip
    listed = tuple(
        (
            Piece(str(row.rank), row.chokepoint_id), Piece(f"{row.rank_best}–{row.rank_worst}", row.chokepoint_id),
            Piece(f"{row.economy} {facts.name(row.economy)}"), Piece(row.stage, row.stage),
            Piece(spread(row.loss), row.chokepoint_id), Piece(spread(row.embodied), row.chokepoint_id),
            Piece(spread(row.direct) if row.purchase else "not recorded", row.chokepoint_id),
            Piece(grade(row.grade, stale=row.stale)),
            Piece(f"{count(row.claims, 'claim')}, {count(row.figures, 'figure')}"),
            Piece("yes" if row.conflict else ""),
        )
        for row in rows
    )  # fmt: skip
    return Table(caption, columns, listed, frozenset({"rank", "may be", "goods lost", "supply lost", "bought from it"}))


def ranking(facts: Facts) -> Section:
    """Show the ranking with the ranks that the ranges allow."""
    rows = facts.ranking.rows
    unscored = Table(
        "Not scored: unknown, not zero", ("stage", "what is missing"),
        tuple((Piece(item.stage, item.stage), Piece(item.missing)) for item in facts.ranking.unscored),
        prose=frozenset({"what is missing"}),
    )  # fmt: skip
    if not rows:
        return Section("ranking", "The ranking", (Piece("No row can be ranked"),), None, (unscored,))
    drawn = [
        {"name": f"{row.economy} {row.stage}", "low": row.loss.low, "central": row.loss.central, "high": row.loss.high,
         "colour": facts.colours.get(row.economy, drawing.OTHER),
         "shape": "square" if row.side == "rival" else "circle",
         "note": f"{row.rank} [{row.rank_best}–{row.rank_worst}]  {row.grade}"}
        for row in rows[:RANKED]
    ]  # fmt: skip
    tops = [row for row in rows if row.rank_best == 1]
    title = (
        Piece(count(len(tops), "row"), "#ranking-table"),
        Piece(" may be the largest loss" if len(tops) > 1 else " is the largest loss whatever the ranges hold"),
        Piece("; the central order begins with "),
        Piece(f"{facts.name(rows[0].economy)}, {facts.stage(rows[0].stage)}: "),
        Piece(spread(rows[0].loss), rows[0].chokepoint_id),
    )
    notes = (
        (
            f"The first {len(drawn)} of {count(len(rows), 'row')}. Mark: central value; line: low to high. Squares are "
            "the rival's, circles those of others. At the right the rank, in brackets the ranks that the ranges "
            "allow, and the grade."
        ),
        "A loss is exposure in the first round: no stock, no substitute, no spare capacity, no price.",
    )
    chart = charts.ranges(drawn, f"finished goods lost by {facts.name(facts.bloc)}", "rank [may be]  grade")
    tables = (_ranking_table(facts, rows, "The whole ranking"), unscored)
    return Section("ranking", "The ranking", title, chart, tables, notes, legend=True)


def leverage(facts: Facts) -> Section:
    """Show what both sides hold over each other."""
    bloc, rival = facts.name(facts.bloc), facts.name(facts.rival)
    name = "Mutual leverage"
    if facts.no_leverage:
        return Section("leverage", name, (Piece(f"Not computed: {facts.no_leverage}"),))
    rows = [
        {"name": item.stage, **_bar("left", item.theirs), **_bar("right", item.ours)} for item in facts.balances[:HELD]
    ]
    theirs, ours, _, _ = _sides(facts.balances)
    title = (
        Piece(f"{rival} surely holds more at "),
        Piece(count(theirs, "stage"), "#leverage-table"),
        Piece(f", {bloc} at "),
        Piece(f"{ours:,}", "#leverage-table"),
    )
    chart = charts.balance(
        rows, f"{rival} could cost {bloc}", f"{bloc} could cost {rival}",
        (facts.colours.get(facts.rival, drawing.OTHER), drawing.OTHER),
    )  # fmt: skip
    note = (
        "Parts of the same finished goods, first round, before any response; the dark line is the range. "
        f"The {len(rows)} of {count(len(facts.balances), 'stage')} with the largest stake. "
        "Where a direction is not known it says so."
    )
    return Section("leverage", name, title, chart, (_balances(facts), _mutual(facts)), (note,))


def _bar(side: str, value: Range | None) -> dict[str, object]:
    """Spread a range over the fields of a chart."""
    low, central, high = value or (None, None, None)
    label = "not known" if central is None else percent(central)
    return {side: central, f"{side}_low": low, f"{side}_high": high, f"{side}_label": label}


def _balances(facts: Facts) -> Table:
    """List both directions by stage."""
    rows = tuple(
        (
            Piece(item.stage, item.stage), Piece(spread(item.theirs), item.balance_id),
            Piece(spread(item.ours), item.balance_id), Piece(spread(item.net), item.balance_id),
            Piece(", ".join(f"{code} {percent(value.central)}" for code, value in sorted(item.members.items()))),
        )
        for item in facts.balances
    )  # fmt: skip
    columns = ("stage", "theirs over us", "ours over them", "ours less theirs", "ours by member")
    return Table("Stage by stage", columns, rows, frozenset(columns[1:4]))


def _mutual(facts: Facts) -> Table:
    """List what both lose of each good if both stop everything."""
    from_good = {item.good: f"M:{facts.bloc}:{facts.rival}:{item.good}" for item in facts.mutual}
    rows = tuple(
        (
            Piece(item.good, item.good), Piece(spread(item.ours), from_good[item.good]),
            Piece(spread(item.theirs), from_good[item.good]), Piece(spread(item.net), from_good[item.good]),
        )
        for item in facts.mutual
    )  # fmt: skip
    columns = ("finished good", f"{facts.bloc} loses", f"{facts.rival} loses", "net")
    return Table("If both stop everything: loss of each finished good", columns, rows, frozenset(columns[1:]))
