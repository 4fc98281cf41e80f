"""Leverage: what the rival could stop against what the bloc could stop, on one scale."""

from collections.abc import Mapping
from typing import Any

from depgraph.analysis import leverage as sides
from depgraph.analysis.leverage import Balance, Retaliation
from depgraph.core.errors import QuestionError
from depgraph.graph.dependencies import Range
from depgraph.interface import loading
from depgraph.interface.results import Chart, Result
from depgraph.pages import charts, drawing
from depgraph.study.study import Study

DRAWN = 25  # rows of the chart


def leverage(study: Study, *, bloc: str | None = None, against: str | None = None, mutual: bool = False) -> Result:
    """Hold what the rival could stop against what the bloc could stop.

    Parameters
    ----------
    study
        The study.
    bloc
        One side; without it the bloc of the study.
    against
        The other side; without it the rival of the study.
    mutual
        Show each finished good if both sides stop everything, instead of each stage.

    Returns
    -------
    Result
        Fractions of the other side's finished goods that it loses in the first round. ``records`` holds
        `Balance`, or `Retaliation` where both stop everything.

    Raises
    ------
    QuestionError
        If the two sides overlap.
    UnknownNameError
        If there is no such economy.

    Examples
    --------
    >>> "net_central" in leverage(loading.load()).frame()
    True
    """
    held = loading.of(study)
    ours, theirs = held.economy(bloc), held.economy(against, "rival")
    if set(held.economies.expand(ours)) & set(held.economies.expand(theirs)):
        msg = f"{ours} and {theirs} overlap: leverage needs two sides"
        raise QuestionError(msg)
    names = held.economies.names[theirs], held.economies.names[ours]
    if mutual:
        found = tuple(sides.retaliation(held, held.picture, held.network, ours, theirs))
        rows = tuple({"good": item.good} | spread(ranges(item)) for item in found)
        return Result("leverage", rows, held, found, key="good", drawn=lambda: _chart(found, names))
    balances = tuple(sides.balance(held, held.picture, held.network, ours, theirs))
    rows = tuple(_balance_row(item) for item in balances)
    return Result("leverage", rows, held, balances, key="balance_id", drawn=lambda: _chart(balances, names))


def ranges(item: Balance | Retaliation) -> dict[str, Range | None]:
    """Return what they hold, what we hold and the difference.

    Parameters
    ----------
    item
        A stage, or a finished good if both sides stop everything.

    Returns
    -------
    dict
        ``theirs``, ``ours`` and ``net`` to a range, None where it is not known.
    """
    if isinstance(item, Retaliation):  # what we lose is what they hold, and the other way round
        return {"theirs": item.ours, "ours": item.theirs, "net": item.net}
    return {"theirs": item.theirs, "ours": item.ours, "net": item.net}


def spread(named: Mapping[str, Range | None]) -> dict[str, float | None]:
    """Spread ranges over three columns each.

    Parameters
    ----------
    named
        Name to range.

    Returns
    -------
    dict
        ``name_low``, ``name_central``, ``name_high``.

    Examples
    --------
    >>> spread({"net": None})
    {'net_low': None, 'net_central': None, 'net_high': None}
    """
    columns: dict[str, float | None] = {}
    for name, value in named.items():
        low, central, high = value or (None, None, None)
        columns |= {f"{name}_low": low, f"{name}_central": central, f"{name}_high": high}
    return columns


def members(item: Balance) -> list[tuple[str, Range]]:
    """Return what each member holds, the most first.

    Parameters
    ----------
    item
        A stage.

    Returns
    -------
    list of tuple
        Code and range.
    """
    return sorted(item.members.items(), key=lambda pair: (-pair[1].central, pair[0]))


def _balance_row(item: Balance) -> dict[str, Any]:
    """Write one stage."""
    head = {"balance_id": item.balance_id, "product": item.product, "stage": item.stage}
    tail = {"members": {code: value.central for code, value in members(item)}, "parents": item.parents}
    return head | spread(ranges(item)) | tail


def _chart(found: tuple[Balance, ...] | tuple[Retaliation, ...], names: tuple[str, str]) -> Chart:
    """Draw what two sides hold over each other."""
    rows = []
    for item in found[:DRAWN]:
        values = ranges(item)
        name = item.good if isinstance(item, Retaliation) else item.stage
        rows.append({"name": name} | _side("left", values["theirs"]) | _side("right", values["ours"]))
    colours = drawing.NAMED[0], drawing.NAMED[1]
    left, right = (f"held by {name}" for name in names)
    return charts.balance(rows, left, right, colours)


def _side(side: str, value: Range | None) -> dict[str, object]:
    """Spread a range over the fields of the chart."""
    low, central, high = value or (None, None, None)
    label = "not known" if central is None else f"{central:.0%}"
    return {side: central, f"{side}_low": low, f"{side}_high": high, f"{side}_label": label}
