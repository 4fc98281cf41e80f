"""The chokepoint report."""

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from depgraph.analysis import robustness
from depgraph.analysis.chokepoints import Chokepoint, Ranking
from depgraph.analysis.robustness import Scored, Stability
from depgraph.cli import sentences
from depgraph.cli.common import chosen_format, load, output_options, progress, put, terminal_width
from depgraph.cli.names import Names, ids_option
from depgraph.core import render
from depgraph.core.steps import silent
from depgraph.core.words import count, percent, spread
from depgraph.graph import sourcing
from depgraph.interface.chokepoints import Standing, data_rows, standing
from depgraph.study.study import Study

Row = Mapping[str, Any]


@click.command("chokepoints")
@click.option("--product", help="Rank the stages that feed this product, by the loss of this product.")
@click.option("--for", "bloc", help="Economy or bloc that loses; without it the bloc of the study.")
@click.option("--side", type=click.Choice(["all", "rival"]), default="all", help="Only what the rival supplies.")
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
    rule: str,
    draws: int | None,
    seed: int,
    top: int | None,
    ids: bool,
    form: str | None,
    output: Path | None,
) -> None:
    r"""Rank what a bloc loses if one economy stops supplying one stage.

    Stages that cannot be scored are listed with what is missing; they are not zero.

    \b
    Examples:
      depgraph chokepoints --product drones --top 10
      depgraph chokepoints --for Japan --side rival -f json
      depgraph chokepoints --draws 500 --top 10
    """
    study = load(context)
    settled = chosen_format(form, output)
    limit = top or (25 if settled == "table" and output is None else None)
    with progress("drawing") if draws else contextlib.nullcontext(silent) as step:
        page = standing(
            study, product=product, bloc=bloc, side=side, rule=rule, draws=draws, seed=seed, top=limit, step=step
        )
    if settled in {"table", "md"}:
        text = _page(page, Names(study, ids=ids), settled, terminal_width() if output is None else None)
        put(text.encode(), output, people=settled == "table")
    else:
        click.echo(headline(study, page.ranking, rule), err=True)
        put(render.render(data_rows(page), settled, title="chokepoints"), output)


MEASURES = {
    "loss": "Ranked by the central value of goods lost",
    "share": "Ranked by the share of world output",
    "hhi": "Ranked by the squared share of world output, the supplier's part of the HHI",
    "governance": "Ranked by the squared share of world output weighted by governance (EU scale, 10 is worst)",
    "price": "Ranked by the price after the loss, at constant elasticities",
}


def headline(study: Study, ranking: Ranking, rule: str) -> str:
    """Say what the ranking measures."""
    bloc = study.economies.names[ranking.bloc]
    goods = ", ".join(study.stages[good]["name"].lower() for good in ranking.goods)
    return (
        f"Goods lost is the part of the finished goods of {bloc} ({goods}; equal weights) that is lost if one economy "
        f"stops supplying one stage. It is counted before stocks, substitutes and new capacity. {MEASURES[rule]}; in "
        f"brackets the ranks that the ranges allow. depgraph data {study.version}."
    )


def _page(page: Standing, names: Names, form: str, width: int | None) -> str:
    """Lay out the report for people: sentence, table, what could not be scored."""
    answer = sentences.of_ranking(page.ranking, page.rows, names)
    parts = [answer, headline(page.study, page.ranking, page.rule), ""]
    # a narrow terminal keeps the columns that carry the finding
    narrow = width is not None and width < 130
    table = [_people_row(item, page, names, narrow=narrow) for item in page.rows]
    parts.append(render.render(table, form, width=width).decode().rstrip("\n"))
    if len(page.rows) < len(page.ranking.rows):
        parts.append(f"{len(page.rows)} of {len(page.ranking.rows)} rows; --top N shows more, -f csv all.")
    if page.rows:
        parts.append(f"Why the first row: depgraph why {page.rows[0].row.chokepoint_id}")
    if page.sure:
        parts.extend(["", *_sureness(page.sure, page.clashes)])
    notes = _notes(names, [item.row for item in page.rows])
    if notes:
        parts.extend(["", "What the shares stand for:", *notes])
    if page.missing:
        parts.extend(["", f"Not scored ({len(page.missing)}); unknown, not zero:"])
        parts.extend(f"  {names.stage(stage)}: {what}" for stage, what in page.missing)
    return "\n".join(parts) + "\n"


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


def _notes(names: Names, rows: list[Chokepoint]) -> list[str]:
    """Return what a reader must know of the stages shown, and of their customs codes where imports are used."""
    notes = []
    for stage in dict.fromkeys(row.stage for row in rows):
        entry = names.study.stages[stage]
        uses_imports = any(row.method != sourcing.WORLD for row in rows if row.stage == stage)
        texts = [entry["note"], entry["coverage"] if uses_imports else None]
        if any(texts):
            notes.append(f"  {names.stage(stage)}: {'. '.join(text for text in texts if text)}")
    return notes


def _people_row(item: Scored, page: Standing, names: Names, *, narrow: bool) -> Row:
    """Write one row for people."""
    row = item.row
    goods = sorted(row.goods.items(), key=lambda pair: (-pair[1].central, pair[0]))
    imports = "" if row.method == sourcing.WORLD else " imports"
    short = {
        "rank": f"{item.rank} [{item.rank_best}-{item.rank_worst}]",
        "economy": names.economy(row.economy),
        "stage": names.stage(row.stage),
        "goods lost": spread(row.loss),
        "supply lost": spread(row.dependence) + imports,
    }
    if page.rule != "loss":
        short[page.rule] = f"{item.score.central:.3g} ({item.score.low:.3g}-{item.score.high:.3g})"
    if page.sure:
        first, ten = page.sure.top[row.chokepoint_id]
        low, high = page.sure.ranks[row.chokepoint_id]
        short |= {"P(first)": f"{first:.0%}", "P(top 10)": f"{ten:.0%}", "90% of draws": f"{low:.0f}-{high:.0f}"}
    full = {
        "world share": spread(row.share),
        "HHI": f"{row.hhi_low:.2f}-{row.hhi_high:.2f}" if row.hhi_low is not None else "not known",
        "hits": ", ".join(f"{good.partition('/')[0]} {percent(lost.central)}" for good, lost in goods),
    }
    evidence = {
        "grade": f"{row.grade}, stale" if row.stale else row.grade,
        "evidence": f"{count(row.claims, 'claim')}, {count(row.figures, 'figure')}",
        "disagree": _disagreement(row),
    }
    return short | {"grade": row.grade} if narrow else short | full | evidence


def _disagreement(row: Chokepoint) -> str:
    """Say whether evidence disagrees, or what other definitions give."""
    marks = ["yes"] if row.conflict else []
    if row.other_shares:
        low, high = min(item.low for item in row.other_shares), max(item.high for item in row.other_shares)
        marks.append(f"elsewhere {100 * low:.0f}-{100 * high:.0f}%")
    return ", ".join(marks)


COMMANDS = {"chokepoints": report}
