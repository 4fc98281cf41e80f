"""The chokepoint report."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from depgraph import chokepoints, estimates, graph, render
from depgraph.chokepoints import Chokepoint, Ranking
from depgraph.commands.common import chosen_format, load, output_options, percent, put, terminal_width
from depgraph.graph import Range
from depgraph.study import Study

Row = Mapping[str, Any]


@click.command("chokepoints")
@click.option("--product", help="Rank the stages that feed this product, by the loss of this product.")
@click.option("--for", "bloc", help="Economy or bloc that loses; without it the bloc of the study.")
@click.option("--side", type=click.Choice(["all", "rival"]), default="all", help="Only what the rival supplies.")
@click.option("--top", type=click.IntRange(min=1), help="Only the first rows; a terminal shows 25 without it.")
@output_options
@click.pass_context
def report(
    context: click.Context,
    product: str | None,
    bloc: str | None,
    side: str,
    top: int | None,
    form: str | None,
    output: Path | None,
) -> None:
    r"""Rank what a bloc loses if one economy stops supplying one stage.

    Stages that cannot be scored are listed with what is missing; they are not zero.

    \b
    Examples:
      depgraph chokepoints --product drones --top 10
      depgraph chokepoints --for Japan --side rival -f json
    """
    study = load(context)
    code = study.economies.resolve(bloc or study.settings["bloc"])
    picture = estimates.estimate(study)
    ranking = chokepoints.rank(study, picture, graph.build(study, picture), code, product=product)
    settled = chosen_format(form, output)
    people = settled in {"table", "md"}
    limit = top or (25 if settled == "table" and output is None else None)
    rows = [row for row in ranking.rows if side in {"all", row.side}][:limit]
    if people:
        put(_page(study, ranking, rows, settled, terminal_width() if output is None else None).encode(), output)
    else:
        click.echo(headline(study, ranking), err=True)
        put(render.render(_data_rows(study, ranking, rows), settled, title="chokepoints"), output)


def headline(study: Study, ranking: Ranking) -> str:
    """Say in a sentence what the ranking measures."""
    bloc = study.economies.names[ranking.bloc]
    goods = ", ".join(study.stages[good]["name"].lower() for good in ranking.goods)
    return (
        f"{bloc}: share of finished goods ({goods}; equal weights) lost in the first round if one economy stops "
        f"supplying one stage, before stocks, substitutes or new capacity. Rank by the central value, in brackets "
        f"the ranks that the ranges allow. depgraph data {study.version}."
    )


def _page(study: Study, ranking: Ranking, rows: list[Chokepoint], form: str, width: int | None) -> str:
    """Lay out the report for people: sentence, table, what could not be scored."""
    parts = [headline(study, ranking), ""]
    # a narrow terminal keeps the columns that carry the finding
    narrow = width is not None and width < 130
    table = [_people_row(row, narrow=narrow) for row in rows]
    parts.append(render.render(table, form, width=width).decode().rstrip("\n"))
    if len(rows) < len(ranking.rows):
        parts.append(f"{len(rows)} of {len(ranking.rows)} rows; --top N shows more, -f csv all.")
    if rows:
        parts.append(f"Why the first row: depgraph why {rows[0].chokepoint_id}")
    notes = _notes(study, rows)
    if notes:
        parts.extend(["", "What the shares stand for:", *notes])
    if ranking.unscored:
        parts.extend(["", f"Not scored ({len(ranking.unscored)}); unknown, not zero:"])
        parts.extend(f"  {item.stage}: {item.missing}" for item in ranking.unscored)
    return "\n".join(parts) + "\n"


def _notes(study: Study, rows: list[Chokepoint]) -> list[str]:
    """Return what a reader must know of the stages shown, and of their customs codes where imports are used."""
    notes = []
    for stage in dict.fromkeys(row.stage for row in rows):
        entry = study.stages[stage]
        uses_imports = any(row.method == "imports" for row in rows if row.stage == stage)
        texts = [entry["note"], entry["coverage"] if uses_imports else None]
        if any(texts):
            notes.append(f"  {stage}: {'. '.join(text for text in texts if text)}")
    return notes


def _people_row(row: Chokepoint, *, narrow: bool) -> Row:
    """Write one row for people."""
    goods = sorted(row.goods.items(), key=lambda pair: (-pair[1].central, pair[0]))
    imports = " imports" if row.method == "imports" else ""
    short = {
        "rank": f"{row.rank} [{row.rank_best}-{row.rank_worst}]",
        "economy": row.economy,
        "stage": row.stage,
        "goods lost": percent(*row.loss),
        "supply lost": percent(*row.dependence) + imports,
    }
    full = {
        "world share": percent(*row.share) if row.share else "not known",
        "HHI": f"{row.hhi_low:.2f}-{row.hhi_high:.2f}" if row.hhi_low is not None else "not known",
        "hits": ", ".join(f"{good.partition('/')[0]} {part.central:.0%}" for good, part in goods),
    }
    evidence = {
        "grade": row.grade,
        "evidence": f"{_count(row.claims, 'claim')}, {_count(row.figures, 'figure')}",
        "disagree": _disagreement(row),
    }
    return short | {"grade": row.grade} if narrow else short | full | evidence


def _count(number: int, noun: str) -> str:
    """Write a number of things."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _disagreement(row: Chokepoint) -> str:
    """Say whether evidence disagrees, or what other definitions give."""
    marks = ["yes"] if row.conflict else []
    if row.other_shares:
        low, high = min(item.low for item in row.other_shares), max(item.high for item in row.other_shares)
        marks.append(f"elsewhere {100 * low:.0f}-{100 * high:.0f}%")
    return ", ".join(marks)


def _data_rows(study: Study, ranking: Ranking, rows: list[Chokepoint]) -> list[Row]:
    """Return ranked rows and, below them, what could not be scored, all with the same columns."""
    scored = [_data_row(row) for row in rows]
    empty = dict.fromkeys(_data_row(ranking.rows[0])) if ranking.rows else {}
    unscored = [
        empty | {"product": study.product_of(item.stage), "stage": item.stage, "missing": item.missing}
        for item in ranking.unscored
    ]
    return [*scored, *unscored]


def _data_row(row: Chokepoint) -> dict[str, Any]:
    """Write one row in full precision."""
    return {
        "chokepoint_id": row.chokepoint_id,
        "rank": row.rank,
        "rank_best": row.rank_best,
        "rank_worst": row.rank_worst,
        "product": row.product,
        "stage": row.stage,
        "economy": row.economy,
        "side": row.side,
        **_range("share", row.share),
        "hhi_low": row.hhi_low,
        "hhi_high": row.hhi_high,
        **_range("dependence", row.dependence),
        **_range("loss", row.loss),
        "goods": {good: part.central for good, part in row.goods.items()},
        "method": row.method,
        "grade": row.grade,
        "claims": row.claims,
        "figures": row.figures,
        "conflict": row.conflict,
        "other_estimates": tuple(item.estimate_id for item in row.other_shares),
        "parents": row.parents,
        "missing": None,
    }


def _range(name: str, value: Range | None) -> dict[str, float | None]:
    """Spread a range over three columns."""
    low, central, high = value or (None, None, None)
    return {f"{name}_low": low, f"{name}_central": central, f"{name}_high": high}


COMMANDS = {"chokepoints": report}
