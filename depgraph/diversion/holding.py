"""A price of a limit over the amount for which it holds: never told for more than that."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from depgraph.core import words

POINT = 1e-6  # relative to the limit, plus 1: a shorter range is within what the solver allows, and is none


class Holding(NamedTuple):
    """A price with the amount for which it holds.

    Attributes
    ----------
    amount
        How much more, or less, of the limit; 0 where the price holds at this point only, infinite
        where it holds without end.
    unit
        Of the amount.
    saves
        Million USD that all of the amount saves (below 0: costs), present value: price times
        amount. None where the amount has no end.
    price
        Million USD a unit.
    """

    amount: float
    unit: str
    saves: float | None
    price: float

    @property
    def weight(self) -> float:
        """Size of what all of the amount saves or costs, of a unit where the amount has no end."""
        return abs(self.price if self.saves is None else self.saves)


def hold(price: float | None, at: float, end: float | None, unit: str) -> Holding | None:
    """Tell a price for the amount for which it holds.

    amount = |end - at|,  saves = price * amount

    Parameters
    ----------
    price
        Million USD a unit; None where there is no plan on that side.
    at, end
        The limit, and its value up or down to which the price holds; an end of None or infinity is none.
    unit
        Of the limit.

    Returns
    -------
    Holding or None
        None without a price. A range below a millionth of ``1 + |at|`` counts as 0.

    Examples
    --------
    >>> hold(8.0, 10.0, 10.5, "t")
    Holding(amount=0.5, unit='t', saves=4.0, price=8.0)
    >>> hold(8.0, 10.0, 10.0, "t").saves, hold(8.0, 10.0, None, "t").saves, hold(None, 10.0, 11.0, "t")
    (0.0, None, None)
    """
    if price is None:
        return None
    amount = float("inf") if end is None else abs(end - at)
    if amount <= POINT * (1 + abs(at)):
        amount = 0.0
    return Holding(amount, unit, None if amount == float("inf") else price * amount + 0.0, price)


def risen(row: Mapping[str, Any]) -> Holding | None:
    """Tell what more of the limit of a row saves.

    Parameters
    ----------
    row
        Fields of a `marginal.Price` or `marginal.Binding`.

    Returns
    -------
    Holding or None
        None where there is no plan with more of it, or, of what binds, where the range is not known.

    Examples
    --------
    >>> risen({"more": 8.0, "at": 10.0, "high": 10.5, "unit": "t"}).saves
    4.0
    >>> risen({"worth": 8.0, "at": 10.0, "unit": "t", "holds_for": 0.5, "saves_musd": 4.0}).saves
    4.0
    """
    if "more" in row:
        return hold(row["more"], row["at"], row["high"], row["unit"])
    amount = row["holds_for"]
    return None if amount is None else hold(row["worth"], row["at"], row["at"] + amount, row["unit"])


def fallen(row: Mapping[str, Any]) -> Holding | None:
    """Tell what less of the limit of a `marginal.Price` costs; None where there is no plan with less.

    Examples
    --------
    >>> fallen({"less": 8.0, "at": 10.0, "low": 9.5, "unit": "t"}).saves
    4.0
    """
    return hold(row["less"], row["at"], row["low"], row["unit"])


def by_saving(
    rows: Sequence[Mapping[str, Any]], label: Callable[[str], str] = str, kept: Collection[str] = ()
) -> list[Mapping[str, Any]]:
    """Write prices for people: what more and less of each limit saves and costs, as far as its prices hold.

    Parameters
    ----------
    rows
        Fields of `marginal.Price` or `marginal.Binding`, all of one kind.
    label
        Writes the name of a limit.
    kept
        Columns for programs that stay in front, where a row has them.

    Returns
    -------
    list of dict
        The limits of which more saves or costs most first; no price without the amount for which it holds.

    Examples
    --------
    >>> binding = {"limit": "a cap", "at": 10.0, "unit": "t", "worth": 8.0, "value": 80.0}
    >>> by_saving([binding | {"holds_for": 0.5, "saves_musd": 4.0}])
    [{'limit': 'a cap', 'at': '10 t', 'more': '0.5 t more saves 4 million USD in all'}]
    """
    held = [(risen(row), row) for row in rows]
    held.sort(key=lambda pair: -pair[0].weight if pair[0] else 0.0)
    return [_written(rise, row, label, kept) for rise, row in held]


def _written(
    rise: Holding | None, row: Mapping[str, Any], label: Callable[[str], str], kept: Collection[str]
) -> dict[str, Any]:
    """Write one price."""
    limit = {
        **{key: row[key] for key in kept if key in row},
        "limit": label(row["limit"]),
        "at": quantity(row["at"], row["unit"]),
    }
    if "less" not in row:
        return {**limit, "more": told(rise) if rise else "not known how far the price holds"}
    more, less = told(rise), told(fallen(row), "less")
    return {**limit, "means": row["meaning"], "more": more, "less": less, "unique": row["unique"]}


def told(
    held: Holding | None, side: Literal["more", "less"] = "more", money: Callable[[float], str] = words.total
) -> str:
    """Write what more, or less, of a limit saves or costs, for the amount for which the price holds.

    Parameters
    ----------
    held
        What `hold` returns.
    side
        Which way the limit moves: more of it saves what its price says, less of it costs that.
    money
        How a sum of million USD is written.

    Returns
    -------
    str
        The price of a unit stands beside the sum only where the price holds for a unit at least.

    Examples
    --------
    >>> told(hold(0.125, 196.0, 207.5, "t")), told(hold(1.29, 0.0, 0.5, "t"))
    ('11.5 t more saves 1.44 million USD in all (125,000 USD a t)', '0.5 t more saves 645,000 USD in all')
    >>> told(hold(-2.0, 10.0, 10.5, "index")), told(hold(2.0, 10.0, 9.5, "t"), "less")
    ('0.5 percent of world output more costs 1 million USD in all', '0.5 t less costs 1 million USD in all')
    >>> told(hold(2.0, 10.0, 10.0, "t")), told(hold(2.0, 10.0, None, "t")), told(None)
    ('the price holds at this point only', 'any amount more saves 2 million USD a t', 'no plan')
    """
    if held is None:
        return "no plan"
    if held.amount == 0:
        return "the price holds at this point only"
    some = "any amount" if held.saves is None else quantity(held.amount, held.unit)
    if held.price == 0:
        return f"{some} {side} changes no cost"
    verb = "saves" if (held.price > 0) == (side == "more") else "costs"
    rate = f"{money(abs(held.price))} a {_spoken(held.unit)}"
    if held.saves is None:
        return f"{some} {side} {verb} {rate}"
    whole = f"{some} {side} {verb} {money(abs(held.saves))} in all"
    return f"{whole} ({rate})" if held.amount >= 1 else whole


def quantity(value: float, unit: str) -> str:
    """Write an amount of a limit; an index gives the world 100, so a point of it is a percent.

    Examples
    --------
    >>> quantity(0.0167, "index"), quantity(8493.0, "t")
    ('0.0167 percent of world output', '8,490 t')
    """
    return f"{words.digits(value)} {_spoken(unit)}"


def _spoken(unit: str) -> str:
    """Return a unit in words."""
    return "percent of world output" if unit == "index" else unit
