"""The command about time: how long a member lasts, how long recovery takes, what bridges the two."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from depgraph.analysis.endurance import Endurance
from depgraph.cli.common import load, output_options, progress
from depgraph.cli.names import Names, emit_answer, for_people, ids_option
from depgraph.core.words import spread
from depgraph.interface.survive import survive as endure

Row = Mapping[str, Any]

# what a narrow terminal leaves out, the first one first
SPARE = ("a tonne adds", "recovery counts from", "a day of stock adds", "bridge", "stocks not known")


@click.command("survive")
@click.option("--for", "bloc", help="Who goes without, a bloc member by member; without it the bloc of the study.")
@click.option("--cut", "economy", help="Who stops; without it the rival of the study.")
@click.option("--product", help="Only the stages of one product.")
@click.option("--months", type=click.IntRange(1, 240), help="Plan the stop of one stage month by month.")
@click.option("--stage", help="The stage to plan.")
@click.option("--all", "everything", is_flag=True, help="Show the stops of which nothing is known as well.")
@ids_option
@output_options
@click.pass_context
def survive(
    context: click.Context,
    bloc: str | None,
    economy: str | None,
    product: str | None,
    months: int | None,
    stage: str | None,
    everything: bool,
    ids: bool,
    form: str | None,
    output: Path | None,
) -> None:
    r"""Hold the time to survive a stop against the time to recover from it.

    A time to survive is a lower bound (at least) where stocks on the way to the finished goods are
    not known. The bridge is what stocks that nobody has counted must supply until recovery.
    People see the stops of which something is known; --all shows the rest.

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
    if months or not for_people(form, output):
        emit_answer(found.rows, form, output, found.title, "")
        return
    names, rival = Names(study, ids=ids), study.economy(economy, "rival")
    shown = [item for item in found.records if everything or _is_known(item)]
    sentence = _sentence(found.records, names, rival, everything=everything)
    emit_answer([_short_row(item, names) for item in shown], form, output, "survive", sentence, spare=SPARE)


def _is_known(item: Endurance) -> bool:
    """Say whether anything is known of a stop: a verdict, a counted stock, or the time to recover."""
    return item.verdict != "not known" or bool(item.stocks) or item.recover is not None


def _sentence(found: Sequence[Endurance], names: Names, rival: str, *, everything: bool) -> str:
    """Say what is known of the stops and of how many nothing is."""
    known = [item for item in found if _is_known(item)]
    stops = "1 stop" if len(found) == 1 else f"{len(found)} stops"
    parts = []
    slow = [item for item in known if item.recover is not None]
    if slow:
        item = max(slow, key=lambda one: (one.recover.low if one.recover else 0.0, one.supply.central))
        parts.append(
            f"If {names.economy(rival)} stops, {names.stage(item.stage)} takes longest to recover of what is known: "
            f"{_recovery(item)}{_since(item)}."
        )
    rest = len(found) - len(known)
    if rest:
        hint = "" if everything else "; --all shows them"
        parts.append(f"For {rest} of {stops} nothing is known: no stock on the way and no time to recover{hint}.")
    return " ".join(parts)


def _recovery(item: Endurance) -> str:
    """Write the time to recover."""
    return "not known" if item.recover is None else _days(item.recover.low, item.recover.high)


def _since(item: Endurance) -> str:
    """Say from what on the time to recover counts."""
    definitions = item.recover.definitions if item.recover else ()
    return f", counted from {' or '.join(definitions)} to output" if definitions else ""


def _short_row(item: Endurance, names: Names) -> Row:
    """Return what a person reads first."""
    return {
        "member": names.economy(item.member),
        "stage": names.stage(item.stage),
        "supply lost": spread(item.supply),
        "survive": _least(item),
        "with counted stocks": _counted(item),
        "recover": _recovery(item),
        "recovery counts from": "; ".join(item.recover.definitions) if item.recover else "",
        "bridge": "not known" if item.bridge is None else _days(item.bridge[0], item.bridge[2]),
        "a day of stock adds": _number(item.value_of_stock, "days"),
        "a tonne adds": _number(item.value_of_tonne, "days"),
        "stocks not known": len(item.unknown_stocks),
        "verdict": item.verdict,
    }


def _least(item: Endurance) -> str:
    """Write the time to survive; where no stock is known, no time is."""
    least = item.survive[0]
    if least is None:
        return "for good"
    if least == item.survive[2]:
        return _days(least)
    return f"at least {_days(least)}" if least > 0 else "not known"


def _counted(item: Endurance) -> str:
    """Write how long the counted stocks last."""
    if item.counted is None:
        return "for good"
    return _days(item.counted) if item.stocks or item.counted > 0 else "none counted"


YEARS = 730.0  # days from which a time is written in years
DAYS_A_YEAR = 365.25


def _days(low: float, high: float | None = 0.0) -> str:
    """Write a time, or the range of one whose upper end may not be known; long times in years.

    Examples
    --------
    >>> _days(98), _days(30, 90), _days(5734, 6538), _days(40, None)
    ('98 days', '30-90 days', '16-18 years', '40 days or more')
    """
    unit, scale = ("years", DAYS_A_YEAR) if low >= YEARS else ("days", 1.0)
    if high is None:
        return f"{low / scale:,.0f} {unit} or more"
    one, other = f"{low / scale:,.0f}", f"{high / scale:,.0f}"
    return f"{one} {unit}" if high <= low or one == other else f"{one}-{other} {unit}"


def _number(value: float | None, unit: str) -> str:
    """Write a number, nothing where there is none."""
    return "" if value is None else f"{value:.3g} {unit}"


COMMANDS = {"survive": survive}
