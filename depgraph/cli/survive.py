"""The command about time: how long a member lasts, how long recovery takes, what bridges the two."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from depgraph.analysis import endurance
from depgraph.analysis.endurance import Endurance
from depgraph.cli.common import chosen_format, emit, load, output_options, progress
from depgraph.core.errors import UnknownNameError

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
    code, rival = (
        study.economies.resolve(name or study.settings[key]) for name, key in ((bloc, "bloc"), (economy, "rival"))
    )
    if product is not None and product not in {study.product_of(known) for known in study.stages}:
        what = "product"
        raise UnknownNameError(what, product, {study.product_of(known) for known in study.stages})
    picture, network = study.picture, study.network
    members = study.economies.expand(code)
    if months and stage:
        plans = {
            member: endurance.by_month(study, picture, network, member, rival, stage, months) for member in members
        }
        emit(_month_rows(plans), form, output, "months")
        return
    found: list[Endurance] = []
    with progress("times to survive") as advance:
        for done, member in enumerate(members):
            advance(done, len(members))
            found.extend(endurance.endure(study, picture, network, member, rival))
    people = chosen_format(form, output) in {"table", "md"}
    write = _short_row if people else _full_row
    emit([write(item) for item in found if product in {None, study.product_of(item.stage)}], form, output, "survive")


def _month_rows(plans: Mapping[str, list[endurance.Month]]) -> list[Row]:
    """Return the months of each member."""
    return [
        {
            "member": member,
            "month": item.month,
            "lost_at_once": item.lost_at_once,
            "lost_evenly": item.lost_evenly,
        }
        for member, plan in plans.items()
        for item in plan
    ]


def _full_row(item: Endurance) -> Row:
    """Return everything, for programmes."""
    recover = item.recover
    bridge = item.bridge or (None, None, None)
    return {
        "member": item.member,
        "stage": item.stage,
        "economy": item.economy,
        "supply_low": item.supply.low,
        "supply_central": item.supply.central,
        "supply_high": item.supply.high,
        "survive_low_days": item.survive[0],
        "survive_central_days": item.survive[1],
        "survive_high_days": item.survive[2],
        "counted_days": item.counted,
        "recover_low_days": recover.low if recover else None,
        "recover_central_days": recover.central if recover else None,
        "recover_high_days": recover.high if recover else None,
        "bridge_low_days": bridge[0],
        "bridge_central_days": bridge[1],
        "bridge_high_days": bridge[2],
        "days_per_day_of_stock": item.value_of_stock,
        "days_per_t_of_stock": item.value_of_tonne,
        "counted_stocks": tuple(item.stocks),
        "unknown_stocks": item.unknown_stocks,
        "verdict": item.verdict,
        "endurance_id": item.endurance_id,
    }


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
