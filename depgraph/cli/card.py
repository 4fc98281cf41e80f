"""Every card of one stage in full, with its chain."""

from depgraph.analysis import defaults
from depgraph.analysis.by_claims import Named
from depgraph.analysis.cards import Card
from depgraph.analysis.chokepoints import Chokepoint
from depgraph.analysis.robustness import Scored
from depgraph.cli.card_table import MILLION, not_scored, notes_on
from depgraph.cli.names import Names
from depgraph.core.words import count, grade, listing, money, percent, spread
from depgraph.evidence.definitions import in_words
from depgraph.graph.dependencies import Range
from depgraph.interface.chokepoints import Standing, chain_of
from depgraph.interface.loading import LoadedStudy
from depgraph.pages import card_words

FULL = 5  # suppliers whose card is written out
LEAST = 0.05  # part of the supply below which a supplier is only named


def in_full(page: Standing, study: LoadedStudy, names: Names) -> str:
    """Lay out every card of one stage, with its chain."""
    shown = page.rows
    if not shown:
        return "\n".join([*not_scored(page.missing, names), ""]).lstrip("\n")
    stage = shown[0].row.stage
    parts = [
        f"{names.stage(stage)}: {count(len(shown), 'supplier')} of {names.economy(page.ranking.bloc)}.",
        "",
        "Chain (each stage needs the one before it; >> marks this one):",
        *_chain(study, stage, names),
    ]
    full = [item for item in shown if item.row.embodied.central >= LEAST][:FULL] or shown[:1]
    for item in full:
        parts.extend(["", *_card(item, page, names)])
    rest = [item.row for item in shown if item not in full]
    if rest:
        others = ", ".join(f"{names.economy(row.economy)} {spread(row.embodied)}" for row in rest)
        parts.extend(["", f"Others, part of all that reaches {names.economy(page.ranking.bloc)}: {others}."])
    parts.extend(["", *(notes_on(names, [item.row for item in shown]))])
    parts.extend(defaults.sentences(page.study, page.ranking))
    parts.append(f"What the sources say of it: depgraph said --about {stage}")
    return "\n".join(parts).rstrip("\n") + "\n"


def _chain(study: LoadedStudy, stage: str, names: Names) -> list[str]:
    """Draw the chain through a stage: inputs above it, what they feed below."""
    lines = []
    for name in chain_of(study, stage):
        mark = ">>" if name == stage else "  "
        good = " (finished good)" if study.stages[name]["final"] else ""
        lines.append(f"  {mark} {names.stage(name)}{good}")
    return lines


def _card(item: Scored, page: Standing, names: Names) -> list[str]:
    """Write one card in full."""
    row, card = item.row, page.cards[item.row.chokepoint_id]
    bloc = names.economy(page.ranking.bloc)
    named = page.named.get((row.stage, row.economy), Named(0, 0))
    goods = sorted(row.goods.items(), key=lambda pair: (-pair[1].central, pair[0]))
    unknown = f" ({listing(card.unknown)} not known)" if card.unknown else ""
    between = f"; {card.mildest} to {card.gravest} over the ranges" if card.mildest != card.gravest else ""
    at_stake = "not known" if row.value is None else _money_range(row.value)
    first = ", ".join(f"{names.stage(good).lower()} {percent(lost.central)}" for good, lost in goods[:4])
    places = ", ".join(f"{name} weights {place}" for name, place in row.ranks.items())
    return [
        f"{names.economy(row.economy)}: {card.grade}{unknown}{between}",
        f"  Dependence   {spread(row.embodied)} of all that reaches {bloc}, inside later goods too ({row.method})",
        f"               {_bought_in_full(row, bloc)}",
        f"  Consequence  {at_stake} of finished goods a year; {first}",
        f"  Escape       {_escape_in_full(card, names)}; stocks: {card_words.stocks(card, names.economy)}",
        f"  Rank         {item.rank} [{item.rank_best}-{item.rank_worst}]; {places}",
        *_definitions(row, names),
        (
            f"  Evidence     grade {grade(row.grade, stale=row.stale)}; "
            f"{count(row.figures, 'figure')} and {count(row.claims, 'claim')} set the number; "
            f"{count(named.claims, 'claim')} of {count(named.sources, 'source')} name it; "
            f"why: depgraph why {row.chokepoint_id}"
        ),
    ]


def _money_range(value: Range) -> str:
    """Write a value at stake, in USD, with its range."""
    low, central, high = (money(dollars / MILLION) for dollars in value)
    return f"{central} ({low} to {high})"


def _bought_in_full(row: Chokepoint, bloc: str) -> str:
    """Say what the bloc buys there, by which records."""
    bought = row.purchase
    if bought is None:
        return f"what {bloc} buys itself is not recorded: the published share stands in"
    recorded = (("mass", bought.mass), ("value", bought.value))
    parts = [f"{percent(part)} by {measure}" for measure, part in recorded if part is not None]
    wide = ", under a customs code that holds other goods too" if bought.basket else ""
    return (
        f"{spread(row.direct)} of its own supply ({bought.year}; of its imports {' and '.join(parts) or 'not split'}"
        f"{wide}; home output {_home(bought.home)})"
    )


def _home(known: str) -> str:
    """Say how home output is known; of members of whom it is known alike it is said once."""
    ways = {part.partition(": ")[2] or part for part in known.split("; ")}
    return next(iter(ways)) if len(ways) == 1 else known


def _escape_in_full(card: Card, names: Names) -> str:
    """Say how soon the bloc could do without, and at which cost."""
    way = card.way_out
    if way is None:
        return "not known: the diversion model does not answer it for this supplier and stage"
    whose = names.economy(way.bloc)
    cost = "" if way.cost_musd is None else f", at {money(way.cost_musd)} more over the years of the model"
    if way.first is None:
        return f"{whose} cannot do without within the years of the model"
    data = "today's data" if way.current else "older data"
    return f"{whose} could do without from {way.first}{cost} ({way.scenario}, {data})"


def _definitions(row: Chokepoint, names: Names) -> list[str]:
    """List the shares under every definition; they are never merged."""
    lines = []
    for place, item in enumerate(row.definitions):
        head = "  Share        " if place == 0 else "               "
        lines.append(
            f"{head}{spread(item.share)} {in_words(item.definition, names.study.economies.names)} "
            f"({item.period}, grade {item.grade}; would rank {item.rank})"
        )
    return lines
