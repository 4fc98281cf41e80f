"""One case of the diversion model: its sets and numbers, as arrays, before any equation.

Amounts are units of the stage a year, money is million USD of the base year, years run from the
first to the last without gaps. Every record is a set of arrays of one length; what changes over
time has one row for each entry and one column for each year.
"""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from depgraph.core.errors import DepgraphError
from depgraph.lp.solve import Index, Vector

Flags = npt.NDArray[np.bool_]

# fields with a column for each year
TIMED = {"cost", "capacity", "ramp", "investment", "freight", "premium", "tariff", "width", "amount", "worth"}
TIMED |= {"floor", "limit", "holding", "share"}
# fields that are infinite where nothing limits; the amounts of `Limits` are too, those of demand are not
UNLIMITED = {"capacity", "ramp", "width", "limit", "share"}


class CaseError(DepgraphError):
    """A case that means nothing: an empty bloc, a negative cost, arrays that do not fit."""


@dataclass(frozen=True)
class Plants:
    """Who can make what, and how.

    Attributes
    ----------
    economy, stage
        Places in the case's lists, length n.
    technology
        existing, new, transplant, recycling or the name of a project.
    cost
        Money per unit made, without the inputs that the model holds; n by years.
    capacity
        Units a year without any order; n by years, infinite where nothing limits it.
    fed
        Whether it takes the inputs of the stage's recipes; recycling does not.
    """

    economy: Index
    stage: Index
    technology: tuple[str, ...]
    fed: Flags
    cost: Vector
    capacity: Vector


@dataclass(frozen=True)
class Orders:
    """Which plants can be built or enlarged.

    Attributes
    ----------
    plant
        Place among the plants, length n.
    lead
        Whole years from order to output.
    ramp
        Units a year that can be ordered in a year at most; n by years.
    investment
        Present value of what a unit a year costs when ordered in a year; n by years.
    """

    plant: Index
    lead: Index
    ramp: Vector
    investment: Vector


@dataclass(frozen=True)
class Routes:
    """Deliveries from one economy to another or to itself, in steps of rising cost.

    Attributes
    ----------
    exporter, importer, stage
        Places in the case's lists, length n; several steps of a route share all three.
    freight, premium, tariff
        Money per unit: freight and insurance; what calibration adds for everything that is in no
        statistic; duty, a transfer. n by years.
    width
        Units a year that the step holds; n by years, infinite for the last one.
    """

    exporter: Index
    importer: Index
    stage: Index
    freight: Vector
    premium: Vector
    tariff: Vector
    width: Vector


@dataclass(frozen=True)
class Recipes:
    """Units of one stage that a unit of another takes."""

    input: Index
    output: Index
    quantity: Vector


@dataclass(frozen=True)
class Byproducts:
    """Plants that win at most a part of what a host stage of the same economy makes."""

    plant: Index
    host: Index
    per_unit: Vector


@dataclass(frozen=True)
class Demands:
    """Final demand by economy, stage and tier.

    Attributes
    ----------
    economy, stage, tier
        Places in the case's lists, length n.
    amount
        Units a year; n by years.
    worth
        Money lost per unit that is missing; n by years.
    """

    economy: Index
    stage: Index
    tier: Index
    amount: Vector
    worth: Vector


@dataclass(frozen=True)
class Stores:
    """Who can hold stocks of what.

    Attributes
    ----------
    economy, stage
        Places in the case's lists, length n.
    opening
        Units at the start of the first year.
    floor, limit
        Units at the end of a year, least and most; n by years.
    holding
        Money per unit held over a year; n by years. Negative where keeping a unit is worth more
        than it costs.
    """

    economy: Index
    stage: Index
    opening: Vector
    floor: Vector
    limit: Vector
    holding: Vector


@dataclass(frozen=True)
class Conduits:
    """Economies that may pass on what they have bought; units a year at most, n by years."""

    economy: Index
    stage: Index
    limit: Vector


@dataclass(frozen=True)
class Limits:
    """Deliveries of a stage from one economy to another that are limited, steps together.

    Units a year at most; n by years, infinite in years without a limit.
    """

    exporter: Index
    importer: Index
    stage: Index
    amount: Vector


@dataclass(frozen=True)
class Caps:
    """Largest part of the bloc's supply of a stage that the rival may deliver, and an amount on top; n by years.

    The share is infinite in years without a cap.
    """

    stage: Index
    share: Vector
    amount: Vector


@dataclass(frozen=True)
class Case:
    """Sets and numbers of one run.

    Attributes
    ----------
    economies, stages, tiers, years
        Names; tiers in the order in which they are served.
    units
        Unit of each stage, by stage.
    price
        Money per unit of each stage in the base year: weighs amounts of different stages.
    bloc, rival
        Which economies belong to the bloc and which is the rival.
    discount
        Present value of money of each year.
    custody
        Least part of the bloc's final demand that must be free of the rival at every stage, by
        year; None without chain of custody.
    """

    economies: tuple[str, ...]
    stages: tuple[str, ...]
    tiers: tuple[str, ...]
    years: tuple[int, ...]
    units: tuple[str, ...]
    price: Vector
    bloc: Flags
    rival: Flags
    discount: Vector
    plants: Plants
    orders: Orders
    routes: Routes
    recipes: Recipes
    byproducts: Byproducts
    demands: Demands
    stores: Stores
    conduits: Conduits
    limits: Limits
    caps: Caps
    custody: Vector | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """Numbers of economies, stages and years."""
        return len(self.economies), len(self.stages), len(self.years)


def empty(record: Any, years: int) -> Any:  # noqa: ANN401 - any of the records
    """Return a record without entries, for what a case does not have.

    Examples
    --------
    >>> empty(Conduits, 3).limit.shape
    (0, 3)
    """

    def blank(name: str) -> object:
        if name == "technology":
            return ()
        if name == "fed":
            return np.zeros(0, dtype=np.bool_)
        if name in TIMED:
            return np.zeros((0, years))
        return np.zeros(0, dtype=np.float64 if name in {"quantity", "per_unit", "opening"} else np.int32)

    return record(**{field.name: blank(field.name) for field in fields(record)})


def check(case: Case) -> None:
    """Refuse a case that means nothing.

    Raises
    ------
    CaseError
        If the bloc is empty or holds the rival, a cost, amount, duty or lead is negative or not a
        number, arrays do not fit each other, a part lies outside 0 to 1, or a recipe takes more of
        a stage than it gives back.
    """
    _check_whole(case)
    _check_shapes(case)
    _check_numbers(case)
    _check_recipes(case)


def _check_whole(case: Case) -> None:
    """Refuse an empty bloc and what does not fit the lists of the case.

    Raises
    ------
    CaseError
        With what does not fit.
    """
    economies, stages, years = case.shape
    custody = np.zeros(years) if case.custody is None else case.custody
    sizes = {"bloc": economies, "rival": economies, "units": stages, "price": stages, "discount": years}
    found = {name: len(getattr(case, name)) for name in sizes} | {"custody": len(custody)}
    for name, wanted in (sizes | {"custody": years}).items():
        if found[name] != wanted:
            msg = f"{name} has {found[name]} entries and needs {wanted}"
            raise CaseError(msg)
    both = case.bloc & case.rival
    if both.any() or not case.bloc.any():
        rival = case.economies[int(both.argmax())]
        msg = f"{rival} is the rival and in the bloc" if both.any() else "the bloc has no member in the model"
        raise CaseError(msg)
    for name, array, most in (
        ("price", case.price, 1e300),
        ("discount", case.discount, 1e300),
        ("custody", custody, 1),
    ):
        if not ((array >= 0) & (array <= most)).all():
            msg = f"{name}: each entry must lie from 0 to {most:g} (got {np.asarray(array).tolist()})"
            raise CaseError(msg)


def _check_shapes(case: Case) -> None:
    """Refuse arrays of the wrong shape and places outside the lists.

    Raises
    ------
    CaseError
        With the record and the field.
    """
    economies, stages, years = case.shape
    sizes = dict.fromkeys(("economy", "exporter", "importer"), economies)
    sizes |= dict.fromkeys(("stage", "host", "input", "output"), stages)
    sizes |= {"tier": len(case.tiers), "plant": len(case.plants.stage)}
    for record in _records(case):
        lengths = {len(getattr(record, field.name)) for field in fields(record)}
        name = type(record).__name__.lower()
        if len(lengths) > 1:
            msg = f"{name}: arrays of different length {sorted(lengths)}"
            raise CaseError(msg)
        for field in fields(record):
            array = getattr(record, field.name)
            if field.name in TIMED and array.shape != (len(array), years):
                msg = f"{name}: {field.name} needs one column for each of {years} years"
                raise CaseError(msg)
            if field.name in sizes and len(array) and not 0 <= array.min() <= array.max() < sizes[field.name]:
                msg = f"{name}: {field.name} outside the list"
                raise CaseError(msg)


def _check_numbers(case: Case) -> None:
    """Refuse what is negative or no number; premium and holding may be negative, calibrated credits.

    Raises
    ------
    CaseError
        With the record and the field.
    """
    for record in _records(case):
        name = type(record).__name__.lower()
        for field in fields(record):
            array = np.asarray(getattr(record, field.name))
            if array.dtype.kind not in "fi" or not array.size:
                continue
            least = array.min()
            if np.isnan(least) or (least < 0 and field.name not in {"premium", "holding"}):
                worst = "not a number" if np.isnan(least) else f"{least:g}"
                msg = f"{name}: a negative or missing {field.name} ({worst})"
                raise CaseError(msg)
            if np.isinf(array).any() and field.name not in UNLIMITED and not isinstance(record, Limits):
                msg = f"{name}: an infinite {field.name}; it must be a finite number"
                raise CaseError(msg)


def _check_recipes(case: Case) -> None:
    """Refuse loops of recipes that take as much as they give (Hawkins and Simon 1949).

    Raises
    ------
    CaseError
        If there is one.
    """
    needs = np.zeros((len(case.stages), len(case.stages)))
    np.add.at(needs, (case.recipes.input, case.recipes.output), case.recipes.quantity)
    inside = np.ones(len(needs), dtype=bool)
    # a stage that no loop reaches is taken away first: its eigenvalue is 0, but not in floating point
    while (ends := inside & ~((needs > 0) & inside[:, None] & inside).any(axis=0)).any():
        inside &= ~ends
    radius = np.abs(np.linalg.eigvals(needs[np.ix_(inside, inside)])).max(initial=0.0)
    if radius >= 1 - 1e-9:  # an eigenvalue of exactly 1 comes out a rounding error below it
        msg = f"the recipes take more than they give: spectral radius {radius:.3g}"
        raise CaseError(msg)


def _records(case: Case) -> tuple[Any, ...]:
    """Return the records of a case."""
    return (
        case.plants,
        case.orders,
        case.routes,
        case.recipes,
        case.byproducts,
        case.demands,
        case.stores,
        case.conduits,
        case.limits,
        case.caps,
    )
