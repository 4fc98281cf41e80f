"""The command about time: how long a member lasts, how long recovery takes, what bridges the two."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from depgraph.analysis.endurance import Endurance
from depgraph.cli.common import chosen_format, emit, load, output_options, progress
from depgraph.interface.survive import survive as endure

Row = Mapping[str, Any]


@click.command("survive")
@click.option("--for", "bloc", help="Who goes without, a bloc member by member; without it the bloc of the study.")
@click.option("--cut", "economy", help="Who stops; without it the rival of the study.")
@click.option("--product", help="Only the stages of one product.")
@click.option("--months", type=click.IntRange(1, 240), help="Plan the stop of one stage month by month.")
@click.option("--stage", help="The stage to plan.")
@output_options
@click.pass_context
def survive(
    context: click.Context,
    bloc: str | None,
    economy: str | None,
    product: str | None,
    months: int | None,
    stage: str | None,
    form: str | None,
    output: Path | None,
) -> None:
    r"""Hold the time to survive a stop against the time to recover from it.

    A time to survive is a lower bound (at least) where stocks on the way to the finished goods are
    not known. The bridge is what stocks that nobody has counted must supply until recovery.

    \b
    Examples:
      depgraph survive --for JPN --product rare_earths
      depgraph survive --for USA --stage legacy_chips/fabrication --months 24
    """  # noqa: DOC501 - the help text is for the command line
    if bool(months) != bool(stage):
        msg = "--months and --stage belong together"
        raise click.UsageError(msg)
    study = load(context)
    with progress("times to survive") as step:
        found = endure(study, bloc=bloc, cut=economy, product=product, months=months, stage=stage, step=step)
    people = chosen_format(form, output) in {"table", "md"} and not months
    emit([_short_row(item) for item in found.records] if people else found.rows, form, output, found.title)


def _short_row(item: Endurance) -> Row:
    """Return what a person reads first."""
    recover = item.recover
    least = "for good" if item.survive[0] is None else _days(item.survive[0])
    return {
        "member": item.member,
        "stage": item.stage,
        "supply": f"{item.supply.central:.0%}",
        "survive": least if item.survive[2] == item.survive[0] else f"at least {least}",
        "with counted stocks": "for good" if item.counted is None else _days(item.counted),
        "recover": "not known" if recover is None else _days(recover.low, recover.high),
        "bridge": "not known" if item.bridge is None else _days(item.bridge[0], item.bridge[2]),
        "a day of stock adds": _number(item.value_of_stock, "d"),
        "a tonne adds": _number(item.value_of_tonne, "d"),
        "stocks not known": len(item.unknown_stocks),
        "verdict": item.verdict,
    }


def _days(low: float, high: float | None = 0.0) -> str:
    """Write a time, or the range of one whose upper end may not be known."""
    if high is None:
        return f"{low:,.0f} d or more"
    return f"{low:,.0f} d" if high <= low else f"{low:,.0f}-{high:,.0f} d"


def _number(value: float | None, unit: str) -> str:
    """Write a number, nothing where there is none."""
    return "" if value is None else f"{value:.3g} {unit}"


COMMANDS = {"survive": survive}
