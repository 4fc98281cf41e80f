"""The words of a card, the same on the page and on a terminal."""

from collections.abc import Callable

from depgraph.analysis.cards import Card
from depgraph.analysis.chokepoints import Chokepoint
from depgraph.core.words import spread


def bought(row: Chokepoint) -> str:
    """Say which part of its own supply the bloc buys there, and when nobody has recorded it.

    Parameters
    ----------
    row
        The row of the ranking.

    Returns
    -------
    str
        A share; a customs code that holds other goods too is named.
    """
    if row.purchase is None:
        return "not recorded"
    return spread(row.direct) + (" of a wider code" if row.purchase.basket else "")


def out_by(card: Card) -> str:
    """Say by which year the bloc could do without.

    Parameters
    ----------
    card
        The card.

    Returns
    -------
    str
        A year; that it was computed with other data is said.
    """
    if card.way_out is None:
        return "not known"
    if card.way_out.first is None:
        return "later than the model's years"
    return str(card.way_out.first) + ("" if card.way_out.current else " (older data)")


def stocks(card: Card, name: Callable[[str], str]) -> str:
    """Say how long the stocks last that somebody has counted.

    Parameters
    ----------
    card
        The card.
    name
        Code of an economy to its name.

    Returns
    -------
    str
        Members with their days, told once where they are alike.
    """
    days = {stock.member: f"{stock.central:.0f} days" for stock in card.stocks if stock.central is not None}
    if len(days) > 1 and len(set(days.values())) == 1:
        return f"{len(days)} members {next(iter(days.values()))}"
    return ", ".join(f"{name(member)} {text}" for member, text in days.items()) or "not known"
