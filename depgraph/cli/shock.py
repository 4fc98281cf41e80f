"""The commands about shocks: how far one spreads and which one an adversary would pick."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import click

from depgraph.analysis.shocks import Cut, Direct, StageLoss
from depgraph.cli import sentences
from depgraph.cli.common import emit, load, output_options
from depgraph.cli.names import Names, emit_answer, for_people, ids_option
from depgraph.cli.notes import note
from depgraph.core.words import percent
from depgraph.graph import dependencies
from depgraph.interface import shock as questions
from depgraph.interface.loading import LoadedStudy
from depgraph.interface.results import Result

Row = Mapping[str, Any]


@click.command("shock")
@click.option("--cut", "texts", multiple=True, metavar="ECONOMY:STAGE", help="What stops; may be given several times.")
@click.option("--by", type=click.FloatRange(0, 1), help="The part of each --cut that stops; without it all of it.")
@click.option("--from", "customer", help="Who alone goes without each --cut; without it the output itself stops.")
@click.option("--replay", help="A shock of the study by name; --list names them.")
@click.option("--list", "listing", is_flag=True, help="List the shocks of the study.")
@click.option("--for", "bloc", help="Whose own output is summed; without it the bloc of the study.")
@ids_option
@output_options
@click.pass_context
def shock(
    context: click.Context,
    texts: tuple[str, ...],
    by: float | None,
    customer: str | None,
    replay: str | None,
    listing: bool,
    bloc: str | None,
    ids: bool,
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
        note(f"{told.title}. {told.note} Claims: {', '.join(told.claims)}.")
    found = questions.shock(study, cut=texts, by=by, from_=customer, replay=replay, bloc=bloc)
    names = Names(study, ids=ids)
    rows = _people_rows(found, names) if for_people(form, output) else found.rows
    cuts = questions.cuts_of(study, texts, by, customer, replay)
    emit_answer(rows, form, output, "shock", _answer(study, cuts, found, names), spare=("tier", "upstream"))


def _answer(study: LoadedStudy, cuts: list[Cut], found: Result, names: Names) -> str:
    """Say what a shock costs, in one sentence."""
    direct = [item for item in found.records if isinstance(item, Direct)]
    spreading = [item for item in found.records if isinstance(item, StageLoss)]
    return sentences.of_shock(cuts, direct, spreading, dependencies.finals(study.network), names)


def _people_rows(found: Result, names: Names) -> list[Row]:
    """Write a shock for people: names, whole percent, goods of what customers lose, members of what spreads."""
    # the first rows are those of the records, in their order; what is not computed comes after
    records = [*found.records, *[None] * (len(found.rows) - len(found.records))]
    return [_people_row(row, item, names) for row, item in zip(found.rows, records, strict=True)]


def _people_row(row: Row, item: Direct | StageLoss | None, names: Names) -> Row:
    """Write one row."""
    numbers = ("low", "central", "high", "bloc", "upstream")
    shown = dict(row) | {"stage": names.stage(row["stage"])}
    shown |= {key: "" if row[key] is None else percent(row[key]) for key in numbers}
    if isinstance(item, Direct):
        shown["measure"] = f"supply of {names.economy(item.customer)} lost ({item.method})"
        shown["detail"] = _goods_text(row["detail"], names)
    elif isinstance(item, StageLoss):
        lost = sorted((code, value) for code, value in item.members.items() if value > 0)
        shown["detail"] = ", ".join(f"{names.economy(code)} {percent(value)}" for code, value in lost)
    return shown


def _goods_text(goods: Mapping[str, float], names: Names) -> str:
    """Write parts of goods for people."""
    return ", ".join(f"{names.stage(good)} {percent(value)}" for good, value in goods.items())


@click.command("interdict")
@click.option("--budget", type=click.IntRange(min=0), required=True, help="How many removals.")
@click.option(
    "--by", type=click.Choice(["stage", "economy"]), default="stage", show_default=True, help="What one removal takes."
)
@click.option(
    "--attacker", help="Whose supply is removed; without it the rival of the study, and anybody's by economy."
)
@click.option("--for", "bloc", help="Who is attacked; without it the bloc of the study.")
@ids_option
@output_options
@click.pass_context
def interdict(
    context: click.Context,
    budget: int,
    by: Literal["stage", "economy"],
    attacker: str | None,
    bloc: str | None,
    ids: bool,
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
    study = load(context)
    found = questions.interdict(study, budget, by=by, attacker=attacker, bloc=bloc)
    names = Names(study, ids=ids)
    rows = [_attack_row(row, names) for row in found.rows] if for_people(form, output) else found.rows
    emit_answer(rows, form, output, "interdict", sentences.of_attacks(found.records, study.economy(bloc), names))


def _attack_row(row: Row, names: Names) -> Row:
    """Write one attack for people."""
    ties = row["ties"]
    return dict(row) | {
        "goods lost": percent(row["goods lost"]),
        "removed": names.nodes(row["removed"]),
        "goods": _goods_text({good: value for good, value in row["goods"].items() if value > 0}, names),
        "ties": "not all tried" if ties is None else str(len(ties)),
    }


COMMANDS = {"shock": shock, "interdict": interdict}
