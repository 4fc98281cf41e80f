"""The section of a report with the cards: how dependent, how much is at stake, how soon one is out of it."""

from collections import Counter
from collections.abc import Sequence

from depgraph.analysis.cards import CRITICAL, ORDER, SERIOUS, Card
from depgraph.core.words import money, spread
from depgraph.pages import card_words
from depgraph.pages.elements import Piece, Section, Table, count
from depgraph.pages.findings import Facts

KEY, NAME = "cards", "Chokepoints as cards"
MILLION = 1e6
COLUMNS = ("class", "economy", "stage", "supply lost", "bought from it", "at stake a year", "out by", "stock", "rank")
NUMBERS = frozenset({"supply lost", "bought from it", "at stake a year", "rank"})
CLASSES = (
    "Critical: supply lost, value at stake and years until out are all grave. Manageable: one of them is mild. "
    "Serious: between. Unknown: one of the three is not known. The thresholds are A-card-dependence, A-card-value and "
    "A-card-years of the ledger."
)
STAKE = "At stake: finished goods not made in a year for want of the stage, first round. It is output, not GDP."


def cards(facts: Facts) -> Section:
    """List the cards, the gravest first.

    Parameters
    ----------
    facts
        What was computed.

    Returns
    -------
    Section
        A table with every card; the title counts them by class.
    """
    if not facts.cards:
        return Section(KEY, NAME, (Piece("No row can be ranked, so there is no card"),))
    grave = [card for card in facts.cards if card.grade in {CRITICAL, SERIOUS}]
    first = _table(facts, "Critical and serious", grave, shown=True) if grave else None
    every = _table(facts, "Every card", facts.cards, shown=False)
    tables = (first, every) if first else (every,)
    return Section(KEY, NAME, _title(facts, len(tables)), None, tables, (CLASSES, STAKE, _source(facts)))


def _table(facts: Facts, caption: str, found: Sequence[Card], *, shown: bool) -> Table:
    """List some cards."""
    rows = tuple(_row(facts, card) for card in found)
    return Table(caption, COLUMNS, rows, NUMBERS, shown=shown)


def _title(facts: Facts, tables: int) -> tuple[Piece, ...]:
    """Count the cards by class, which leads to the last table, and name the first critical ones."""
    every = "#cards-table" if tables == 1 else f"#cards-table-{tables}"
    by_class = Counter(card.grade for card in facts.cards)
    counted = ", ".join(f"{by_class[grade]} {grade}" for grade in ORDER if by_class[grade])
    critical = [facts.stage(card.row.stage) for card in facts.cards if card.grade == CRITICAL]
    first = f"; the first critical ones are {', '.join(critical[:3])}" if critical else ""
    return (Piece(f"Of {count(len(facts.cards), 'card')} {counted}", every), Piece(first))


def _row(facts: Facts, card: Card) -> tuple[Piece, ...]:
    """Write one card; every number leads to the row of the ranking and on."""
    row = card.row
    worth = "not known" if row.value is None else money(row.value.central / MILLION)
    return (
        Piece(card.grade),
        Piece(facts.name(row.economy)),
        Piece(facts.stage(row.stage), row.stage),
        Piece(spread(row.embodied), row.chokepoint_id),
        Piece(card_words.bought(row), row.chokepoint_id),
        Piece(worth, row.chokepoint_id),
        Piece(card_words.out_by(card)),
        Piece(card_words.stocks(card, facts.name)),
        Piece(str(row.rank), row.chokepoint_id),
    )


def _source(facts: Facts) -> str:
    """Say what the years until out of it rest on."""
    stored = [card.way_out for card in facts.cards if card.way_out]
    if not stored:
        return "Out by: no result of the diversion model is stored for this bloc."
    way = stored[0]
    state = "the data of this report" if way.current else f"older data ({way.data}), not those of this report"
    return (
        f"Out by: first year in which {facts.name(way.bloc)} could do without the rival at this stage and at those "
        "that need it, while nobody else buys more from it, if this were all it did. "
        f"A stored result of {way.scenario}, made with {state}."
    )
