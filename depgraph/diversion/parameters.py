"""Numbers of the diversion model by the id of the figure or assumption that gives them."""

from collections.abc import Mapping
from dataclasses import dataclass

from depgraph.core.errors import DepgraphError, UnknownNameError
from depgraph.study.study import Study

DAYS_A_YEAR = 365.25  # of the unit table: a Julian year
# what a price is per: the dimension of the amount, and how many of the price's units its base unit holds
PRICED = {"usd_per_mass": ("mass", 1.0), "usd_per_energy": ("energy", 1e6), "usd_per_count": ("count", 1.0)}
RATES = {"mass_rate": "mass", "energy_rate": "energy", "count_rate": "count"}
PARTS = {"share", "ratio"}  # dimensions of numbers without a unit


class QuantityError(DepgraphError):
    """A figure or assumption whose unit cannot be what a parameter needs."""


@dataclass(frozen=True)
class Quantity:
    """A number with its unit and the id that gives it."""

    name: str
    low: float
    value: float
    high: float
    unit: str


def find(study: Study, changes: Mapping[str, float], name: str) -> Quantity:
    """Look up a figure or an assumption.

    Parameters
    ----------
    study
        The study.
    changes
        Assumptions and figures to which a scenario gives another value, in the same unit.
    name
        Id of a figure or of an assumption.

    Returns
    -------
    Quantity
        A figure without a value takes the middle of its bounds.

    Raises
    ------
    UnknownNameError
        If there is neither a figure nor an assumption of that name.
    QuantityError
        If it has no number.
    """
    if name in study.figures:
        row = study.figures[name]
        low, value, high, unit = row["low"], row["value"], row["high"], row["unit"]
        if value is None and low is not None and high is not None:
            value = (low + high) / 2
    elif name in study.ledger:
        entry = study.ledger[name]
        low, value, high, unit = entry.low, entry.value, entry.high, entry.unit
    else:
        what = "figure or assumption"
        raise UnknownNameError(what, name, [*study.ledger, *study.figures])
    value = changes.get(name, value)
    if value is None:
        msg = f"{name} has no value, and only one bound does not give one"
        raise QuantityError(msg)
    return Quantity(name, value if low is None else low, value, value if high is None else high, unit or "factor")


def amount(study: Study, quantity: Quantity, unit: str, whole: float) -> float:
    """Convert a quantity to units a year of a stage; a part is taken of the whole.

    Parameters
    ----------
    study
        Its unit table.
    quantity
        An amount, an amount a year, a share or a factor.
    unit
        Unit of the stage.
    whole
        What a share or factor is a part of, in that unit.

    Returns
    -------
    float
        Units a year.

    Raises
    ------
    QuantityError
        If the dimensions differ.
    """
    dimension = study.units.dimension(quantity.unit)
    if dimension in PARTS:
        return quantity.value * whole
    wanted = study.units.dimension(unit)
    if RATES.get(dimension, dimension) != wanted:
        msg = f"{quantity.name} is in {quantity.unit}, which is no amount in {unit}"
        raise QuantityError(msg)
    return quantity.value * study.units.factor(quantity.unit) / study.units.factor(unit)


def price(study: Study, quantity: Quantity, unit: str, output: float) -> float:
    """Convert a price to million USD for a unit of a stage; a sum of money is the worth of a year's output.

    Parameters
    ----------
    study
        Its unit table.
    quantity
        USD per mass, energy or piece, or USD.
    unit
        Unit of the stage.
    output
        World output, units a year.

    Returns
    -------
    float
        Million USD per unit.

    Raises
    ------
    QuantityError
        If the quantity is no price of such a unit, or the worth of an output of nothing.
    """
    dimension = study.units.dimension(quantity.unit)
    money = quantity.value * study.units.factor(quantity.unit) / 1e6
    if dimension == "usd":
        if not output > 0:
            msg = f"{quantity.name} is the worth of a year's output, and the output is {output:g}"
            raise QuantityError(msg)
        return money / output
    per, count = PRICED.get(dimension, ("", 0.0))
    if per != study.units.dimension(unit):
        msg = f"{quantity.name} is in {quantity.unit}, which is no price of a {unit}"
        raise QuantityError(msg)
    return money * count * study.units.factor(unit)


def part(study: Study, quantity: Quantity) -> float:
    """Return a number without a unit.

    Raises
    ------
    QuantityError
        If it has one.
    """
    if study.units.dimension(quantity.unit) not in {*PARTS, "tariff", "mass_ratio", "count_ratio"}:
        msg = f"{quantity.name} is in {quantity.unit} where a part or a factor is needed"
        raise QuantityError(msg)
    return quantity.value * study.units.factor(quantity.unit)


def share(study: Study, quantity: Quantity) -> float:
    """Return a part of a whole, 0 to 1.

    Raises
    ------
    QuantityError
        If it has a unit or lies outside.
    """
    found = part(study, quantity)
    if not 0 <= found <= 1:
        msg = f"{quantity.name} is a part from 0 to 1 (got {found:g})"
        raise QuantityError(msg)
    return found


def years(study: Study, quantity: Quantity) -> float:
    """Return a time in years.

    Raises
    ------
    QuantityError
        If it is no time.
    """
    if study.units.dimension(quantity.unit) != "time":
        msg = f"{quantity.name} is in {quantity.unit} where a time is needed"
        raise QuantityError(msg)
    return quantity.value * study.units.factor(quantity.unit) / DAYS_A_YEAR
