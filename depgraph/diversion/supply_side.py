"""Who can make what in a run: today's plants, announced ones, and what can be ordered."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from depgraph.diversion import base_year as accounts
from depgraph.diversion import parameters, scope
from depgraph.diversion.base_year import Account
from depgraph.diversion.instance import Byproducts, CaseError, Orders, Plants, Recipes
from depgraph.diversion.scope import Row, Setting
from depgraph.lp.solve import Vector
from depgraph.study import ledger

LATEST = 1000.0  # years of lead that are counted: no run is as long, and numbers of years stay small
ENTRY = 1e-3  # of the price: by how much entry fails to pay, so that the base year is the one optimum


def plants_and_orders(s: Setting) -> tuple[Plants, Orders]:
    """Gather what stands, what is announced and what can be ordered."""
    kinds = [*_existing(s), *_announced(s)]
    buildable = list(_buildable(s)) if s.scenario.get("build", True) else []
    years = len(s.years)
    plants = Plants(
        economy=scope.index(kind.economy for kind in [*kinds, *buildable]),
        stage=scope.index(kind.stage for kind in [*kinds, *buildable]),
        technology=tuple(kind.technology for kind in [*kinds, *buildable]),
        fed=np.array([kind.technology != "recycling" for kind in [*kinds, *buildable]], dtype=bool),
        cost=np.array([[kind.cost] * years for kind in [*kinds, *buildable]]).reshape(-1, years),
        capacity=np.array([kind.capacity for kind in [*kinds, *buildable]]).reshape(-1, years),
    )
    discount = (1 + s.rate) ** -np.arange(years, dtype=float)
    orders = Orders(
        plant=scope.index(range(len(kinds), len(kinds) + len(buildable))),
        lead=scope.index(kind.lead for kind in buildable),
        ramp=np.array([[kind.ramp] * years for kind in buildable]).reshape(-1, years),
        investment=np.array(
            [_annuities(kind.investment, kind.lead, kind.life, s.rate, discount) for kind in buildable]
        ).reshape(-1, years),
    )
    return plants, orders


@dataclass(frozen=True)
class _Kind:
    """One plant before the arrays are made; the last four only where it can be ordered."""

    economy: int
    stage: int
    technology: str
    cost: float
    capacity: list[float]
    lead: int = 0
    ramp: float = 0.0
    investment: float = 0.0
    life: float = 1.0
    scale: float = math.nan


def _existing(s: Setting) -> Iterable[_Kind]:
    """Yield today's plants: the base year's output at the assumed utilisation.

    Raises
    ------
    CaseError
        If the utilisation is no part above 0.
    """
    used = _utilisation(s)
    for c, k in zip(*np.nonzero(s.account.output), strict=True):
        capacity = [float(s.account.output[c, k]) / used[k]] * len(s.years)
        yield _Kind(int(c), int(k), "existing", float(s.value_added[k]), capacity)


def _utilisation(s: Setting) -> list[float]:
    """Return the part of capacity in use in the base year, by stage.

    Raises
    ------
    CaseError
        If it is no part above 0.
    """
    rows = {row["stage_id"]: row for row in s.study.tables["commodities"]}
    names = [rows[stage]["utilisation"] or ledger.UTILISATION for stage in s.account.stages]
    parts = [s.part(name) for name in names]
    for name, part in zip(names, parts, strict=True):
        if not 0 < part <= 1:
            msg = f"{name}: utilisation is a part above 0 and at most 1 (got {part:g})"
            raise CaseError(msg)
    return parts


def _announced(s: Setting) -> Iterable[_Kind]:
    """Yield announced plants that come on stream within the run, at the cost of a new one."""
    mode = s.scenario.get("projects", "none")
    if mode == "none":
        return
    late = math.ceil(s.scenario.get("delay", 0.0)) if mode == "late" else 0
    for row, k in s.rows("projects"):
        c = s.region(row["region"])
        if c < 0:
            continue
        size = parameters.amount(s.study, s.look(row["capacity"]), s.account.units[k], float(s.account.world[k]))
        capacity = [size if year >= int(row["year"]) + late else 0.0 for year in s.years]
        if any(capacity):
            yield _Kind(c, k, f"project {row['project_id']}", s.value_added[k] * _new_cost(s, c, k), capacity)


def _new_cost(s: Setting, c: int, k: int) -> float:
    """Return the cost factor of a new plant there, the highest of the stage where none is given for the region.

    Raises
    ------
    CaseError
        If no technology of the stage says what a new plant costs.
    """
    factors = {
        row["region"]: s.part(row["cost"])
        for row, at in s.rows("technologies")
        if at == k and row["technology"] == "new"
    }
    if not factors:
        msg = f"{s.account.stages[k]}: a project is announced but no technology says what a new plant costs"
        raise CaseError(msg)
    return factors.get(s.account.regions[c], max(factors.values()))


def _buildable(s: Setting) -> Iterable[_Kind]:
    """Yield what members of the bloc and its circle may order."""
    wanted = {
        "new": True,
        "transplant": s.scenario.get("transplants", False),
        "recycling": s.scenario.get("recycling", True),
    }
    for row, k in s.rows("technologies"):
        c = s.region(row["region"])
        if c < 0 or not s.builders[c] or not wanted[row["technology"]]:
            continue
        unit, price = s.account.units[k], float(s.account.price[k])
        investment = _investment(s, row["investment"], unit, price)
        life = parameters.years(s.study, s.look(row["life"]))
        yield _Kind(
            economy=c,
            stage=k,
            technology=row["technology"],
            cost=max(_running_cost(s, row, k), _entry_cost(s, row, k, investment * annuity(s.rate, life))),
            capacity=[0.0] * len(s.years),
            lead=_lead(s, row),
            ramp=parameters.amount(s.study, s.look(row["ramp"]), unit, float(s.account.world[k])),
            investment=investment,
            life=life,
            scale=_scale(s, row["scale"], k),
        )


def _lead(s: Setting, row: Row) -> int:
    """Return whole years from order to output; after a thousand years one is as late as another."""
    time = parameters.years(s.study, s.look(row["lead"]))
    return math.ceil(min(time, LATEST) - 1e-9)


def _running_cost(s: Setting, row: Row, k: int) -> float:
    """Return what a unit costs without inputs that the model holds: a multiple of today's, of scrap of the price."""
    base = s.account.price[k] if row["technology"] == "recycling" else s.value_added[k]
    factor = s.part(row["cost"])
    if row["technology"] == "transplant":
        donor = s.part(row["donor_cost"]) if row["donor_cost"] else 1.0
        factor = transplant_cost(factor, donor, s.share(ledger.KNOW_HOW))
    return float(base) * factor


def transplant_cost(own: float, donor: float, transferred: float) -> float:
    """Return the cost of a plant run with another's know-how.

    c = c_own - phi (c_own - c_donor)

    Parameters
    ----------
    own, donor
        Cost of a new plant with own know-how, and of the donor's, in the same unit.
    transferred
        phi: part of the gap that is closed, 0 to 1.

    Returns
    -------
    float
        Cost in that unit.

    References
    ----------
    Womack, Jones and Roos (1990), The Machine That Changed the World, Rawson: hours per car of 31
    before, 19 after and 16 at the donor give phi = 0.8.

    Examples
    --------
    >>> round(transplant_cost(31, 16, 0.8), 9)
    19.0
    """
    return own - transferred * (own - donor)


def know_how(before: float, after: float, donor: float) -> float:
    """Return the part of the gap to a donor that a transplant closed.

    phi = (before - after) / (before - donor)

    Parameters
    ----------
    before, after
        Cost or hours of the recipient before and after.
    donor
        The donor's.

    Returns
    -------
    float
        0 to 1 where the recipient has become no better than the donor.

    Raises
    ------
    CaseError
        If there was no gap.

    References
    ----------
    As `transplant_cost`.

    Examples
    --------
    >>> know_how(31, 19, 16)
    0.8
    """
    if before == donor:
        msg = "without a gap to the donor nothing can be transferred"
        raise CaseError(msg)
    return (before - after) / (before - donor)


def _entry_cost(s: Setting, row: Row, k: int, payment: float) -> float:
    """Return the running cost from which a new plant no longer pays at the prices of the base year.

    Nobody built it, so something that is in no figure keeps it away: as for a route that was never
    used, the cost is raised until entry does not pay.
    """
    landed = float(s.account.price[k] * (1 + s.freight[k]))
    inputs = 0.0 if row["technology"] == "recycling" else float(s.account.price[k] - s.value_added[k])
    return landed * (1 + ENTRY) - inputs - payment


def _scale(s: Setting, name: str | None, k: int) -> float:
    """Return the smallest efficient size in units a year, not a number where none is given."""
    if not name:
        return math.nan
    return parameters.amount(s.study, s.look(name), s.account.units[k], float(s.account.world[k]))


def scales(s: Setting) -> Vector:
    """Return the smallest efficient size of each order of the case, units a year; not a number where unknown."""
    return np.array([kind.scale for kind in _buildable(s)]) if s.scenario.get("build", True) else np.zeros(0)


def _investment(s: Setting, name: str, unit: str, price: float) -> float:
    """Return million USD for a unit a year: a multiple of the price, or money per unit."""
    quantity = s.look(name)
    if s.study.units.dimension(quantity.unit) in parameters.PARTS:
        return quantity.value * price
    return parameters.price(s.study, quantity, unit, 1.0)


def annuity(rate: float, life: float) -> float:
    """Return the yearly payment that pays off one unit of money.

    rate / (1 - (1 + rate)^-life), and 1 / life at a rate of 0

    Parameters
    ----------
    rate
        Interest a year.
    life
        Years over which it is paid off, above 0.

    Returns
    -------
    float
        Part a year.

    Raises
    ------
    CaseError
        If the life is not above 0.

    References
    ----------
    The capital recovery factor of engineering economics.

    Examples
    --------
    >>> round(annuity(0.05, 20), 6), annuity(0.0, 4)
    (0.080243, 0.25)
    """
    if not life > 0:
        msg = f"an investment is paid off over a time above 0 (got {life:g})"
        raise CaseError(msg)
    return 1 / life if rate == 0 else rate / (1 - (1 + rate) ** -life)


def _annuities(investment: float, lead: int, life: float, rate: float, discount: Vector) -> list[float]:
    """Return the present value, by year of order, of the payments that fall into the run.

    A plant pays from its first year of output until the run or its life ends, so that the last
    years of a run do not look dearer than the first.
    """
    payment = investment * annuity(rate, life)
    years = range(len(discount))
    return [payment * float(discount[t + lead : t + lead + math.ceil(life)].sum()) for t in years]


def byproducts(s: Setting, plants: Plants) -> Byproducts:
    """Bind plants to the hosts beside which they win."""
    found = []
    for row, k in s.rows("byproducts"):
        host = s.stage(row["host"])
        if host < 0:
            continue
        quantity = s.look(row["yield"])
        per_unit = accounts.coefficient(s.study, quantity, s.account.units[k], s.account.units[host])
        for v, technology in enumerate(plants.technology):
            # an announced plant where nobody makes the host wins from something else
            announced = technology.startswith("project") and s.account.output[plants.economy[v], host] > 0
            same = technology == row["technology"] or (announced and row["technology"] == "new")
            if plants.stage[v] == k and same:
                found.append((v, host, per_unit))
    return Byproducts(
        scope.index(entry[0] for entry in found),
        scope.index(entry[1] for entry in found),
        np.array([entry[2] for entry in found]),
    )


def recipes(account: Account) -> Recipes:
    """Gather the recipes."""
    source, result = np.nonzero(account.needs)
    return Recipes(scope.index(source), scope.index(result), account.needs[source, result])
