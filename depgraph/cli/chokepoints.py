"""The chokepoint report: cards for who decides, rows for other programs."""

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from depgraph.analysis import robustness
from depgraph.analysis.by_claims import Comparison, Named
from depgraph.analysis.cards import Card
from depgraph.analysis.chokepoints import Chokepoint, Ranking, Unscored
from depgraph.analysis.robustness import Scored, Stability
from depgraph.cli import sentences
from depgraph.cli.common import chosen_format, load, output_options, progress, put, terminal_width
from depgraph.cli.names import Names, ids_option
from depgraph.core import render
from depgraph.core.steps import silent
from depgraph.core.words import count, listing, money, percent, spread
from depgraph.evidence.definitions import in_words
from depgraph.graph import sourcing
from depgraph.graph.dependencies import Range
from depgraph.interface import chokepoints as questions
from depgraph.interface.chokepoints import SaidStanding, Standing, data_rows, said_rows, said_standing, standing
from depgraph.interface.loading import LoadedStudy
from depgraph.study.study import Study

Row = Mapping[str, Any]

NARROW = 130  # columns: a narrower terminal shows what carries the finding and says what it leaves out
MILLION = 1e6


@click.command("chokepoints")
@click.option("--product", help="Rank the stages that feed this product, by the loss of this product.")
@click.option("--for", "bloc", help="Economy or bloc that loses; without it the bloc of the study.")
@click.option("--side", type=click.Choice(["all", "rival"]), default="all", help="Only what the rival supplies.")
@click.option("--stage", help="The cards of one stage in full, with its chain.")
@click.option(
    "--weights",
    help="How finished goods are weighed: value, equal, defence, or a csv file with the columns good and weight.",
)
@click.option("--any-weights", is_flag=True, help="Also the ranks that any weights at all allow; takes seconds.")
@click.option(
    "--evidence",
    type=click.Choice(["all", "claims", "figures"]),
    default="all",
    show_default=True,
    help="claims: by the sources alone; figures: as if nobody had claimed anything.",
)
@click.option("--rule", default="loss", show_default=True, help=f"Score by: {', '.join(robustness.RULES)}.")
@click.option("--draws", type=click.IntRange(min=1), help="Draw within all ranges this often: how sure is a rank?")
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the draws: same seed, same bytes."
)
@click.option("--top", type=click.IntRange(min=1), help="Only the first rows; a terminal shows 25 without it.")
@ids_option
@output_options
@click.pass_context
def report(
    context: click.Context,
    product: str | None,
    bloc: str | None,
    side: str,
    stage: str | None,
    weights: str | None,
    any_weights: bool,
    evidence: str,
    rule: str,
    draws: int | None,
    seed: int,
    top: int | None,
    ids: bool,
    form: str | None,
    output: Path | None,
) -> None:
    r"""Rank what a bloc loses if one economy stops supplying one stage.

    Each card answers three questions: how much of the supply comes from there, what is at stake in a year, and how
    soon the bloc could do without. Stages that cannot be scored are listed with what is missing; they are not zero.

    \b
    Examples:
      depgraph chokepoints --product drones --top 10
      depgraph chokepoints --for Japan --side rival -f json
      depgraph chokepoints --stage gallium/primary
      depgraph chokepoints --evidence claims
    """
    study = load(context)
    settled = chosen_format(form, output)
    people = settled in {"table", "md"}
    limit = top or (25 if settled == "table" and output is None and stage is None else None)
    names = Names(study, ids=ids)
    width = terminal_width() if output is None else None
    if evidence == questions.CLAIMS:
        said = said_standing(study, bloc=bloc, product=product, stage=stage, top=limit)
        text = _said_page(said, names, settled, width) if people else None
        body = text.encode() if text else render.render(said_rows(said), settled, title="chokepoints")
        put(body, output, people=people)
        return
    held = questions.without_claims(study) if evidence == questions.FIGURES else study
    with progress("drawing") if draws else contextlib.nullcontext(silent) as step:
        page = standing(
            held, product=product, bloc=bloc, side=side, stage=stage, weights=weights, any_weights=any_weights,
            rule=rule, draws=draws, seed=seed, top=None if people else limit, step=step,
        )  # fmt: skip
    if people:
        text = _cards_in_full(page, held, names) if stage else _page(page, names, settled, width, limit)
        put(text.encode(), output, people=settled == "table")
    else:
        click.echo(headline(study, page.ranking, rule), err=True)
        put(render.render(data_rows(page), settled, title="chokepoints"), output)


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
    return (
        f"Goods lost is the part of the finished goods of {bloc} ({goods}; {weighed}) that is lost if one economy "
        f"stops supplying one stage. It is counted before stocks, substitutes and new capacity, and takes the supply "
        f"lost: what comes from there directly and inside later goods. {MEASURES[rule]}; in brackets the ranks that "
        f"the ranges and the sets of weights ({', '.join(ranking.sets)}) allow. depgraph data {study.version}."
    )


def _page(page: Standing, names: Names, form: str, width: int | None, top: int | None) -> str:
    """Lay out the report for people: sentence, table, what could not be scored."""
    shown = (page.rows if page.rule != "loss" else _by_card(page))[:top]
    answer = sentences.of_cards(page.ranking, [page.cards[item.row.chokepoint_id] for item in page.rows], names)
    parts = [answer, headline(page.study, page.ranking, page.rule), ""]
    # a narrow terminal keeps the columns that carry the finding
    narrow = width is not None and width < NARROW
    table = [_people_row(item, page, names) for item in shown]
    kept = [{name: row[name] for name in row if not narrow or name not in WIDE} for row in table]
    parts.append(render.render(kept, form, width=width).decode().rstrip("\n"))
    if narrow and table:
        left = [name for name in table[0] if name in WIDE]
        parts.append(f"A wider terminal also shows: {', '.join(left)}.")
    if len(shown) < len(page.ranking.rows):
        parts.append(f"{len(shown)} of {len(page.ranking.rows)} rows; --top N shows more, -f csv all.")
    if shown:
        first = shown[0].row
        parts.append(f"Why the first row: depgraph why {first.chokepoint_id}")
        parts.append(f"The whole card: depgraph chokepoints --stage {first.stage}")
    parts.extend(_legend(page))
    if page.sure:
        parts.extend(["", *_sureness(page.sure, page.clashes)])
    notes = _notes(names, [item.row for item in shown])
    if notes:
        parts.extend(["", "What the shares stand for:", *notes])
    parts.extend(_missing(page.missing, names))
    return "\n".join(parts) + "\n"


def _by_card(page: Standing) -> list[Scored]:
    """Put rows in the order of their cards: by class, then by value at stake."""
    place = {name: number for number, name in enumerate(page.cards)}
    return sorted(page.rows, key=lambda item: place[item.row.chokepoint_id])


WIDE = {"bought from it", "stock", "rank", "said by", "grade", "evidence", "disagree", "goods lost"}


def _people_row(item: Scored, page: Standing, names: Names) -> Row:
    """Write one row for people."""
    row, card = item.row, page.cards[item.row.chokepoint_id]
    named = page.named.get((row.stage, row.economy), Named(0, 0))
    cells = {
        "class": card.grade,
        "economy": names.economy(row.economy),
        "stage": names.stage(row.stage),
        "supply lost": spread(row.embodied),
        "bought from it": _bought(row),
        "at stake a year": "not known" if row.value is None else money(row.value.central / MILLION),
        "out by": _out_by(card),
        "stock": _stock(card, names),
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
        "grade": f"{row.grade}, stale" if row.stale else row.grade,
        "disagree": _disagreement(row),
    }


def _bought(row: Chokepoint) -> str:
    """Say which part of its own supply the bloc buys there, and when that is only a world share."""
    if row.purchase is None:
        return "not recorded"
    return spread(row.direct) + (" of a wider code" if row.purchase.basket else "")


def _out_by(card: Card) -> str:
    """Say how soon the bloc could do without."""
    if card.way_out is None:
        return "not known"
    if card.way_out.first is None:
        return "later than the model's years"
    return str(card.way_out.first) + ("" if card.way_out.current else " (older data)")


def _stock(card: Card, names: Names) -> str:
    """Say how long the stocks last that somebody has counted."""
    known = [
        f"{names.economy(stock.member)} {stock.central:.0f} days" for stock in card.stocks if stock.central is not None
    ]
    return ", ".join(known) or "not known"


def _disagreement(row: Chokepoint) -> str:
    """Say whether evidence disagrees, or what other definitions give."""
    marks = ["yes"] if row.conflict else []
    others = row.definitions[1:]
    if others:
        low, high = min(item.share.low for item in others), max(item.share.high for item in others)
        marks.append(f"otherwise counted {100 * low:.0f}-{100 * high:.0f}%")
    return ", ".join(marks)


def _legend(page: Standing) -> list[str]:
    """Say what the columns mean, and what the classes rest on."""
    lines = [
        "",
        (
            "Class: critical if supply lost, value at stake and years until out of it are all grave, manageable if one "
            "of them is mild, serious between (thresholds: depgraph why A-card-dependence, A-card-value, A-card-years); "
            "unknown where one of the three is not known."
        ),
        "At stake: finished goods not made in a year for want of the stage, first round; it is output, not GDP.",
    ]
    stored = [card.way_out for card in page.cards.values() if card.way_out]
    if stored:
        state = "today's data" if stored[0].current else f"older data ({stored[0].data}): renew it"
        lines.append(
            "Out by: first year in which the bloc could do without the rival at this stage and at those that need it, "
            "while nobody else buys more from it, if this were all it did; "
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


def _notes(names: Names, rows: Sequence[Chokepoint]) -> list[str]:
    """Return what a reader must know of the stages shown, and of their customs codes where imports are used."""
    notes = []
    for stage in dict.fromkeys(row.stage for row in rows):
        entry = names.study.stages[stage]
        shown = [row for row in rows if row.stage == stage]
        uses_imports = any(row.method != sourcing.WORLD for row in shown)
        markets = {row.definition for row in shown if row.definition and "@" in row.definition}
        counted = [f"Counted: {in_words(name, names.study.economies.names)}" for name in sorted(markets)]
        texts = [*counted, entry["note"], entry["coverage"] if uses_imports else None]
        if any(texts):
            notes.append(f"  {names.stage(stage)}: {'. '.join(text for text in texts if text)}")
    return notes


def _missing(missing: Sequence[Unscored], names: Names) -> list[str]:
    """List what could not be scored: what no finished good needs apart from what nobody has measured."""
    outside = "no recipe joins it to a finished good considered"
    unknown = [item for item in missing if item.missing != outside]
    apart = [item for item in missing if item.missing == outside]
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


# --- one stage in full ------------------------------------------------------------------------------


def _cards_in_full(page: Standing, study: LoadedStudy, names: Names) -> str:
    """Lay out every card of one stage, with its chain."""
    shown = page.rows
    if not shown:
        return "\n".join([*_missing(page.missing, names), ""]).lstrip("\n")
    stage = shown[0].row.stage
    parts = [
        f"{names.stage(stage)}: {count(len(shown), 'supplier')} of {names.economy(page.ranking.bloc)}.",
        "",
        "Chain (each stage needs the one before it; >> marks this one):",
        *_chain(study, stage, names),
    ]
    for item in shown:
        parts.extend(["", *_card(item, page, names)])
    parts.extend(["", *(_notes(names, [item.row for item in shown]))])
    parts.append(f"What the sources say of it: depgraph said --about {stage}")
    return "\n".join(parts).rstrip("\n") + "\n"


def _chain(study: LoadedStudy, stage: str, names: Names) -> list[str]:
    """Draw the chain through a stage: inputs above it, what they feed below."""
    lines = []
    for name in questions.chain_of(study, stage):
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
        f"  Escape       {_escape_in_full(card, bloc)}; stocks: {_stock(card, names)}",
        f"  Rank         {item.rank} [{item.rank_best}-{item.rank_worst}]; {places}",
        *_definitions(row, names),
        (
            f"  Evidence     grade {row.grade}{', stale' if row.stale else ''}; "
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
        return f"what {bloc} buys itself is not recorded: the world share stands in"
    recorded = (("mass", bought.mass), ("value", bought.value))
    parts = [f"{percent(part)} by {measure}" for measure, part in recorded if part is not None]
    wide = ", under a customs code that holds other goods too" if bought.basket else ""
    return (
        f"{spread(row.direct)} of its own supply ({bought.year}; of its imports {' and '.join(parts) or 'not split'}"
        f"{wide}; home output: {bought.home})"
    )


def _escape_in_full(card: Card, bloc: str) -> str:
    """Say how soon the bloc could do without, and at which cost."""
    way = card.way_out
    if way is None:
        return "not known: the diversion model does not answer it for this supplier and stage"
    cost = "" if way.cost_musd is None else f", at {money(way.cost_musd)} more over the years of the model"
    if way.first is None:
        return f"{bloc} cannot do without within the years of the model"
    data = "today's data" if way.current else "older data"
    return f"{bloc} could do without from {way.first}{cost} ({way.scenario}, {data})"


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


# --- by the sources alone ---------------------------------------------------------------------------


def _said_page(found: SaidStanding, names: Names, form: str, width: int | None) -> str:
    """Lay out the ranking by the sources, and where it parts from the ranking by numbers."""
    outside = [item for item in found.rows if not item.member]
    table = [
        {
            "rank": item.rank,
            "economy": names.economy(item.economy),
            "stage or product": names.stage(item.topic),
            "strength": spread((item.strength.low, item.strength.mode, item.strength.high))
            if item.strength
            else "not said",
            "claims": item.claims,
            "sources": len(item.sources),
            "contradicted": "yes" if item.contradicted else "",
            "rank by numbers": found.scores.get(item.pair, "none"),
        }
        for item in outside
    ]
    first = outside[0] if outside else None
    answer = (
        f"By the sources alone the strongest hold is that of {names.economy(first.economy)} on "
        f"{names.stage(first.topic)}. No figure is read here."
        if first
        else "No source names a hold of anybody outside the bloc."
    )
    parts = [answer, "", render.render(table, form, width=width).decode().rstrip("\n"), ""]
    parts.append(_agreement("stages", found.comparison, names))
    parts.append(_agreement("chains", found.by_chain, names))
    return "\n".join(parts) + "\n"


def _agreement(what: str, found: Comparison, names: Names) -> str:
    """Say how far the two orders agree and where they part most."""
    if found.tau is None:
        return f"Over {what} both name too few to compare."
    apart = "; ".join(
        f"{names.economy(item.economy)} on {names.stage(item.topic)} {item.by_claims:g} by claims, "
        f"{item.by_figures:g} by numbers"
        for item in found.parted[:3]
    )
    return (
        f"Over the {found.pairs} {what} that both rank, Kendall's tau is {found.tau:.2f} (1 is the same order, 0 none, "
        f"-1 the opposite). They part most on: {apart}."
    )


COMMANDS = {"chokepoints": report}
