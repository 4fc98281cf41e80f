"""The commands about shocks: how far one spreads and which one an adversary would pick."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import click

from depgraph.cli.common import chosen_format, emit, load, output_options
from depgraph.graph import dependencies
from depgraph.interface import shock as questions
from depgraph.interface.loading import LoadedStudy

Row = Mapping[str, Any]


@click.command("shock")
@click.option("--cut", "texts", multiple=True, metavar="ECONOMY:STAGE", help="What stops; may be given several times.")
@click.option("--by", type=click.FloatRange(0, 1), help="The part of each --cut that stops; without it all of it.")
@click.option("--from", "customer", help="Who alone goes without each --cut; without it the output itself stops.")
@click.option("--replay", help="A shock of the study by name; --list names them.")
@click.option("--list", "listing", is_flag=True, help="List the shocks of the study.")
@click.option("--for", "bloc", help="Whose own output is summed; without it the bloc of the study.")
@output_options
@click.pass_context
def shock(
    context: click.Context,
    texts: tuple[str, ...],
    by: float | None,
    customer: str | None,
    replay: str | None,
    listing: bool,  # noqa: FBT001 - click passes options by name
    bloc: str | None,
    form: str | None,
    output: Path | None,
) -> None:
    r"""Follow a shock through the stages, round by round (ESRI cascade).

    \b
    Examples:
      depgraph shock --cut CHN:rare_earths/separation --by 0.8
      depgraph shock --cut CHN:rare_earths/magnet --from JPN
      depgraph shock --replay rare-earth-stop-2010
    """  # noqa: DOC501 - the help text is for the command line
    study = load(context)
    if listing:
        emit(questions.shocks(study).rows, form, output, "shocks")
        return
    if bool(texts) == bool(replay):
        msg = "give either --cut or --replay (--list names the shocks of the study)"
        raise click.UsageError(msg)
    if replay and (by is not None or customer):
        msg = "--by and --from belong to --cut: a shock that is replayed says itself how much stops and for whom"
        raise click.UsageError(msg)
    if replay:
        told = questions.replayed(study, replay)
        click.echo(f"{told.title}. {told.note} Claims: {', '.join(told.claims)}.", err=True)
    found = questions.shock(study, cut=texts, by=by, from_=customer, replay=replay, bloc=bloc)
    people = chosen_format(form, output) in {"table", "md"}
    emit(_people_rows(study, found.rows) if people else found.rows, form, output, "shock")


def _people_rows(study: LoadedStudy, rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Write the details of a shock for people: goods of what customers lose, members of what spreads."""
    among = dependencies.finals(study.network)
    shown = []
    for row in rows:
        detail = row["detail"]
        if row["tier"] == 0 and detail is not None and row["low"] is not None:
            detail = _goods_text(detail, among)
        elif detail is not None:
            detail = ", ".join(f"{code} {part:.0%}" for code, part in sorted(detail.items()) if part > 0)
        shown.append(dict(row) | {"detail": detail})
    return shown


def _goods_text(goods: Mapping[str, float], among: Iterable[str]) -> str:
    """Write parts of goods for people: the product alone where it has one of these goods only."""
    count = Counter(good.partition("/")[0] for good in {*goods, *among})
    short = {good: good if count[good.partition("/")[0]] > 1 else good.partition("/")[0] for good in goods}
    return ", ".join(f"{short[good]} {part:.0%}" for good, part in goods.items())


@click.command("interdict")
@click.option("--budget", type=click.IntRange(min=0), required=True, help="How many removals.")
@click.option(
    "--by", type=click.Choice(["stage", "economy"]), default="stage", show_default=True, help="What one removal takes."
)
@click.option(
    "--attacker", help="Whose supply is removed; without it the rival of the study, and anybody's by economy."
)
@click.option("--for", "bloc", help="Who is attacked; without it the bloc of the study.")
@output_options
@click.pass_context
def interdict(
    context: click.Context,
    budget: int,
    by: Literal["stage", "economy"],
    attacker: str | None,
    bloc: str | None,
    form: str | None,
    output: Path | None,
) -> None:
    r"""Find the removals that cost a bloc most, whatever it does with what is left.

    One row for each budget from 1 up, so that the worth of one more removal can be read off.

    \b
    Examples:
      depgraph interdict --budget 4
      depgraph interdict --budget 2 --by economy
    """
    found = questions.interdict(load(context), budget, by=by, attacker=attacker, bloc=bloc)
    people = chosen_format(form, output) in {"table", "md"}
    emit([_attack_row(row) for row in found.rows] if people else found.rows, form, output, "interdict")


def _attack_row(row: Row) -> Row:
    """Write one attack for people."""
    lost, ties = row["goods lost"], row["ties"]
    return dict(row) | {
        "goods lost": lost if lost is None else f"{lost:.0%}",
        "removed": ", ".join(row["removed"]),
        "goods": _goods_text({good: part for good, part in row["goods"].items() if part > 0}, row["goods"]),
        "ties": "not all tried" if ties is None else str(len(ties)),
    }


COMMANDS = {"shock": shock, "interdict": interdict}
