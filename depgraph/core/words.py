"""Numbers as people read them: money, shares, ranges, years and lists."""

from collections.abc import Sequence

NO_MONEY = 1e-3  # million USD: below this an amount is rounding error of the solver
NO_SHARE = 1e-9  # likewise of a share


def money(million: float | None) -> str:
    """Write an amount of million USD.

    Parameters
    ----------
    million
        None where it is not known; an unknown amount is never 0.

    Returns
    -------
    str
        Three digits that count, in million or billion USD; "none" for rounding error.

    Examples
    --------
    >>> money(21545.3), money(917.1), money(0.4), money(-5.2), money(1e-9), money(None)
    ('21.5 billion USD', '917 million USD', 'under 1 million USD', '-5 million USD', 'none', 'not known')
    """
    if million is None:
        return "not known"
    size, sign = abs(million), "-" if million < 0 else ""
    if size < NO_MONEY:
        return "none"
    if size < 1:
        return "under 1 million USD" if million > 0 else "a gain of under 1 million USD"
    if round(size) < 1000:
        return f"{sign}{size:.0f} million USD"
    billion = size / 1000
    digits = max(0, 3 - len(f"{billion:.0f}"))
    return f"{sign}{billion:,.{digits}f} billion USD"


def price(million: float | None) -> str:
    """Write a price of one unit, given in million USD; prices below a million are told in USD.

    Examples
    --------
    >>> price(1.0707), price(0.013947), price(-0.0000042), price(0.0), price(None)
    ('1.07 million USD', '13,900 USD', '-4.2 USD', 'none', 'not known')
    """
    if million is None:
        return "not known"
    if million == 0:
        return "none"
    size = float(f"{million if abs(million) >= 1 else million * 1e6:.3g}")
    text = f"{size:,.0f}" if abs(size) >= 100 else f"{size:g}"
    return f"{text} million USD" if abs(million) >= 1 else f"{text} USD"


def total(million: float | None) -> str:
    """Write a sum of money that may be small: from a billion USD on as `money`, below it as `price`.

    Examples
    --------
    >>> total(1410.0), total(23.52), total(0.000016), total(0.0), total(None)
    ('1.41 billion USD', '23.5 million USD', '16 USD', 'none', 'not known')
    """
    return money(million) if million is not None and abs(million) >= 999.5 else price(million)


def percent(share: float | None) -> str:
    """Write a share as whole percent.

    Parameters
    ----------
    share
        A fraction; None where it is not known.

    Returns
    -------
    str
        Small is not nothing, and nearly all is not all.

    Examples
    --------
    >>> percent(0.374), percent(0.004), percent(0.0), percent(0.998), percent(1.0), percent(None)
    ('37%', 'under 1%', '0%', 'over 99%', '100%', 'not known')
    """
    if share is None:
        return "not known"
    size, sign = abs(share), "-" if share < 0 else ""
    if size < NO_SHARE:
        return "0%"
    if size < 0.01:
        return f"{sign}under 1%" if share > 0 else "between -1% and 0%"
    if 0.995 <= size < 1 - NO_SHARE:
        return f"{sign}over 99%"
    return f"{sign}{100 * size:.0f}%"


def spread(value: Sequence[float] | None) -> str:
    """Write low, central and high of a share as whole percent, the central value first.

    Parameters
    ----------
    value
        Three fractions; None where they are not known.

    Returns
    -------
    str
        Without a range where both ends round to the same percent.

    Examples
    --------
    >>> spread((0.23, 0.26, 0.28)), spread((0.3, 0.3, 0.3)), spread(None), spread((-0.27, -0.2, 0.1))
    ('26% (23-28)', '30%', 'not known', '-20% (-27 to 10)')
    """
    if value is None:
        return "not known"
    low, central, high = value
    ends = (round(100 * low), round(100 * high))
    if ends[0] == ends[1]:
        return percent(central)
    between = "-" if ends[0] >= 0 else " to "
    return f"{percent(central)} ({ends[0]}{between}{ends[1]})"


def between(low: float, high: float) -> str:
    """Write two ends of a share as whole percent.

    Parameters
    ----------
    low, high
        Fractions, the smaller first.

    Returns
    -------
    str
        One number where both ends round to the same percent.

    Examples
    --------
    >>> between(0.74, 0.782), between(0.779, 0.782)
    ('74-78%', '78%')
    """
    one, other = f"{100 * low:.0f}", f"{100 * high:.0f}"
    return f"{one}%" if one == other else f"{one}-{other}%"


def listing(items: Sequence[str], most: int = 3) -> str:
    """Join items; of more than some the rest is counted.

    Examples
    --------
    >>> listing(["gallium"]), listing(["gallium", "magnets"]), listing(list("abcde"))
    ('gallium', 'gallium and magnets', 'a, b, c and 2 more')
    """
    if len(items) > most:
        return f"{', '.join(items[:most])} and {len(items) - most} more"
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def count(number: int, one: str, more: str = "") -> str:
    """Write a number with its noun.

    Examples
    --------
    >>> count(1, "stage"), count(3, "stage"), count(2, "loss", "losses")
    ('1 stage', '3 stages', '2 losses')
    """
    return f"{number} {one if number == 1 else more or f'{one}s'}"


def grade(letter: str, *, stale: bool) -> str:
    """Write the grade of evidence, and whether all its numbers are old.

    Parameters
    ----------
    letter
        A to E.
    stale
        Whether every number is from before the reference years.

    Returns
    -------
    str
        The letter first.

    Examples
    --------
    >>> grade("B", stale=True), grade("A", stale=False)
    ('B, stale', 'A')
    """
    return f"{letter}, stale" if stale else letter


def amount(value: float, unit: str) -> str:
    """Write a quantity with its unit; an index has no unit that one could say.

    Examples
    --------
    >>> amount(1234.5, "t"), amount(0.236, "kt"), amount(12.0, "index")
    ('1,230 t', '0.236 kt', '12 points of the index')
    """
    text = digits(value)
    return f"{text} points of the index" if unit == "index" else f"{text} {unit}"


def digits(value: float) -> str:
    """Write a number with three digits that count, never with a power of ten.

    Examples
    --------
    >>> digits(92960.0), digits(12.345), digits(0.2), digits(-0.0002), digits(0), digits(2e-7)
    ('93,000', '12.3', '0.2', '-0.0002', '0', 'under 0.0001')
    """
    size = float(f"{value:.3g}")
    if 0 < abs(size) < 1e-4:
        return "under 0.0001" if size > 0 else "between -0.0001 and 0"
    return f"{size:,.0f}" if abs(size) >= 100 else f"{size:g}"
