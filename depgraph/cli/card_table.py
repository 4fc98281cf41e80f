"""The chokepoint report for people: the answer, a table of cards, what the columns mean, what is not scored."""

from collections.abc import Mapping, Sequence
from typing import Any

from depgraph.analysis import defaults, robustness
from depgraph.analysis.by_claims import Named
from depgraph.analysis.chokepoints import Chokepoint, Ranking, Unscored
from depgraph.analysis.robustness import Scored, Stability
from depgraph.cli import sentences
from depgraph.cli.names import Names
from depgraph.core import render
from depgraph.core.words import between, count, grade, money, spread
from depgraph.evidence.definitions import in_words
from depgraph.interface.chokepoints import Standing
from depgraph.pages import card_words
from depgraph.study.study import Study

Row = Mapping[str, Any]
MILLION = 1e6

MEASURES = {
    "loss": "Ranked by the central value of goods lost",
    "share": "Ranked by the share of the stage",
    "hhi": "Ranked by the squared share of the stage, the supplier's part of the HHI",
    "governance": "Ranked by the squared share of the stage weighted by governance (EU scale, 10 is worst)",
    "price": "Ranked by the price after the loss, at constant elasticities",
}
WEIGHED = {
    "value": "weighed by what {bloc} spends on each in a year",
    "equal": "equal weights",
}


def headline(study: Study, ranking: Ranking, rule: str) -> str:
    """Say what the ranking measures."""
    bloc = study.economies.names[ranking.bloc]
    goods = ", ".join(study.stages[good]["name"].lower() for good in ranking.goods)
    weighed = WEIGHED.get(ranking.weights.name, f"weights of {ranking.weights.name}").format(bloc=bloc)
    taken = "".join(f" {sentence}" for sentence in defaults.sentences(study, ranking))
    return (
        f"Goods lost is the part of the finished goods of {bloc} ({goods}; {weighed}) that is lost if one economy "
        f"stops supplying one stage. It is counted before stocks, substitutes and new capacity, and takes the supply "
        f"lost: what comes from there directly and inside later goods. {MEASURES[rule]}; in brackets the ranks that "
        f"the ranges and the sets of weights ({', '.join(ranking.sets)}) allow.{taken} depgraph data {study.version}."
    )


def lay_out(page: Standing, names: Names, form: str, width: int | None, top: int | None) -> str:
    """Lay out the report for people: sentence, table, what could not be scored."""
    shown = (page.rows if page.rule != "loss" else _by_card(page))[:top]
    answer = sentences.of_cards(page.ranking, [page.cards[item.row.chokepoint_id] for item in page.rows], names)
    method = headline(page.study, page.ranking, page.rule)
    # on a screen the rows come before what they mean
    parts = [answer, *([] if width else [method]), ""]
    table = [_people_row(item, page, names) for item in shown]
    parts.append(render.render(table, form, width=width, spare=SPARE).decode().rstrip("\n"))
    if len(shown) < len(page.ranking.rows):
        parts.append(f"{len(shown)} of {len(page.ranking.rows)} rows; --top N shows more, -f csv all.")
    if shown:
        first = shown[0].row
        parts.append(f"Why the first row: depgraph why {first.chokepoint_id}")
        parts.append(f"The whole card: depgraph chokepoints --stage {first.stage}")
    parts.extend(["", method] if width else [])
    parts.extend(_legend(page))
    if page.sure:
        parts.extend(["", *_sureness(page.sure, page.clashes)])
    notes = notes_on(names, [item.row for item in shown])
    if notes:
        parts.extend(["", "What the shares stand for:", *notes])
    parts.extend(not_scored_in_short(page.missing) if width else not_scored(page.missing, names))
    return "\n".join(parts) + "\n"


def _by_card(page: Standing) -> list[Scored]:
    """Put rows in the order of their cards: by class, then by value at stake."""
    place = {name: number for number, name in enumerate(page.cards)}
    return sorted(page.rows, key=lambda item: place[item.row.chokepoint_id])


# what a narrow terminal leaves out, the first one first; class, range of the supply lost, grade and disagreement stay
SPARE = ("said by", "stock", "rank", "goods lost", "bought from it", "at stake a year")


def _people_row(item: Scored, page: Standing, names: Names) -> Row:
    """Write one row for people."""
    row, card = item.row, page.cards[item.row.chokepoint_id]
    named = page.named.get((row.stage, row.economy), Named(0, 0))
    cells = {
        "class": card.grade,
        "economy": names.economy(row.economy),
        "stage": names.stage(row.stage),
        "supply lost": spread(row.embodied),
        "bought from it": card_words.bought(row),
        "at stake a year": "not known" if row.value is None else money(row.value.central / MILLION),
        "out by": card_words.out_by(card),
        "stock": card_words.stocks(card, names.economy),
        "rank": f"{item.rank} [{item.rank_best}-{item.rank_worst}]",
        "goods lost": spread(row.loss),
    }
    if page.rule != "loss":
        cells[page.rule] = f"{item.score.central:.3g} ({item.score.low:.3g}-{item.score.high:.3g})"
    if row.chokepoint_id in page.any_weights:
        best, worst = page.any_weights[row.chokepoint_id]
        cells["rank, any weights"] = f"{best}-{worst}"
    if page.sure:
        first, ten = page.sure.top[row.chokepoint_id]
        low, high = page.sure.ranks[row.chokepoint_id]
        cells |= {"P(first)": f"{first:.0%}", "P(top 10)": f"{ten:.0%}", "90% of draws": f"{low:.0f}-{high:.0f}"}
    return cells | {
        "said by": f"{count(named.claims, 'claim')}, {count(named.sources, 'source')}" if named.claims else "nobody",
        "grade": grade(row.grade, stale=row.stale),
        "disagree": _disagreement(row),
    }


def _disagreement(row: Chokepoint) -> str:
    """Say whether evidence disagrees, or what other definitions give."""
    marks = ["yes"] if row.conflict else []
    others = row.definitions[1:]
    if others:
        low, high = min(item.share.low for item in others), max(item.share.high for item in others)
        marks.append(f"otherwise counted {between(low, high)}")
    return ", ".join(marks)


def _legend(page: Standing) -> list[str]:
    """Say what the columns mean, and what the classes rest on."""
    lines = [
        "",
        (
            "Class: critical if supply lost, value at stake and years until out are all grave, manageable if one of "
            "them is mild, serious between, unknown where one of the three is not known (thresholds: depgraph why "
            "A-card-dependence, A-card-value, A-card-years)."
        ),
        "At stake: finished goods not made in a year for want of the stage, first round; it is output, not GDP.",
    ]
    stored = [card.way_out for card in page.cards.values() if card.way_out]
    if stored:
        state = "today's data" if stored[0].current else f"older data ({stored[0].data}): renew it"
        lines.append(
            f"Out by: first year in which {page.study.economies.names[stored[0].bloc]} could do without the rival at "
            "this stage and at those that need it, while nobody else buys more from it, if this were all it did; "
            f"stored result of {stored[0].scenario}, {state}. For other suppliers it is not known."
        )
    else:
        lines.append("Out by: no stored result of the diversion model for this bloc.")
    return lines


def _sureness(sure: Stability, clashes: int) -> list[str]:
    """Say in words what the draws found."""
    firsts = "; ".join(f"by {rule} {name} in {part:.0%}" for rule, (name, part) in sure.firsts.items())
    agreement = "not defined" if sure.agreement is None else f"{sure.agreement:.2f}"
    verdict = (
        f"Rank 1 is robust: {sure.robust}."
        if sure.robust
        else "Rank 1 is not robust: it depends on the rule or the draw."
    )
    return [
        f"{sure.draws} draws within the ranges of all shares. {verdict}",
        f"At {count(clashes, 'stage')} evidence disagrees: no draw can satisfy all of it there.",
        f"Most often first, of the first {robustness.AGREEMENT_ROWS} rows that every rule can score: {firsts}.",
        f"Agreement of the rules over these rows (Kendall's W, 1 is full; hhi orders like share): {agreement}.",
    ]


def notes_on(names: Names, rows: Sequence[Chokepoint]) -> list[str]:
    """Return what a reader must know of the stages shown, and of their customs codes where imports are used."""
    notes = []
    for stage in dict.fromkeys(row.stage for row in rows):
        entry = names.study.stages[stage]
        shown = [row for row in rows if row.stage == stage]
        uses_imports = any(row.purchase is not None for row in shown)
        markets = {row.definition for row in shown if row.definition and "@" in row.definition}
        counted = [f"Counted: {in_words(name, names.study.economies.names)}" for name in sorted(markets)]
        texts = [*counted, entry["note"], entry["coverage"] if uses_imports else None]
        if any(texts):
            notes.append(f"  {names.stage(stage)}: {'. '.join(text for text in texts if text)}")
    return notes


NOT_NEEDED = "no recipe joins it to a finished good considered"


def not_scored_in_short(missing: Sequence[Unscored]) -> list[str]:
    """Say in one line how many stages could not be scored, and where they are listed."""
    apart = sum(item.missing == NOT_NEEDED for item in missing)
    unknown = len(missing) - apart
    told = [f"{count(unknown, 'stage')} (unknown, not zero)"] if unknown else []
    told += [f"{count(apart, 'stage')} joined to no finished good considered"] if apart else []
    where = "depgraph chokepoints -f csv lists them and what is missing"
    return ["", f"Not scored: {' and '.join(told)}; {where}."] if told else []


def not_scored(missing: Sequence[Unscored], names: Names) -> list[str]:
    """List what could not be scored: what no finished good needs apart from what nobody has measured."""
    unknown = [item for item in missing if item.missing != NOT_NEEDED]
    apart = [item for item in missing if item.missing == NOT_NEEDED]
    lines = []
    if unknown:
        lines += ["", f"Not scored ({len(unknown)}); unknown, not zero:"]
        lines += [f"  {names.stage(item.stage)}: {item.missing}" for item in unknown]
    if apart:
        lines += ["", f"Joined to no finished good considered ({len(apart)}):"]
        lines += [f"  {names.stage(item.stage)}{_largest_known(item, names)}" for item in apart]
    return lines


def _largest_known(item: Unscored, names: Names) -> str:
    """Say who supplies most of a stage that is not ranked, where that is known."""
    known = [known for known in item.known if known.embodied]
    if not known:
        return ": only claims, see depgraph said"
    return f": {names.economy(known[0].economy)} {spread(known[0].embodied)} of the supply"
