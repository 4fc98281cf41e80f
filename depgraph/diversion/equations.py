"""The equations of the diversion model, one function each, numbered as in ``docs/methods.md``.

A family is a block of rows ``lo <= sum of terms <= hi``. A term multiplies a block of columns by
a coefficient and says into which rows of the family they go; all three are arrays that broadcast
against each other, so a function reads like its equation and costs no loop over its rows.

Letters: c economy, k stage, v plant, t year, q output, e capacity ordered, x shipment, I stock,
u unmet demand, z re-export.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from depgraph.diversion.instance import Case, Flags
from depgraph.lp.solve import Index, Vector

Places = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True)
class Columns:
    """Numbers of the variables, one block for each letter; a row for each entry, a column for each year.

    Attributes
    ----------
    output, order, shipment, unmet, stock, reexport
        q by plant, e by order, x by route, u by demand, I by store, z by conduit.
    free_output, free_shipment, free_stock
        The part of q, x (by route) and I that is free of the rival; empty without chain of custody.
    """

    output: Index
    order: Index
    shipment: Index
    unmet: Index
    stock: Index
    reexport: Index
    free_output: Index
    free_shipment: Index
    free_stock: Index
    count: int


@dataclass(frozen=True)
class Term:
    """A coefficient times a block of columns, each in a row of the family."""

    coefficient: Vector | float
    column: Index
    row: Index


@dataclass(frozen=True)
class Family:
    """Rows of one equation.

    Attributes
    ----------
    name
        Name of the function that made it.
    terms
        What stands between the bounds.
    lo, hi
        Bounds, one for each row.
    label
        Turns the number of a row into words.
    """

    name: str
    terms: tuple[Term, ...]
    lo: Vector
    hi: Vector
    label: Callable[[int], str]


def number_columns(case: Case) -> Columns:
    """Give each variable of a case a number.

    Parameters
    ----------
    case
        The case.

    Returns
    -------
    Columns
        Blocks in a fixed order, each by entry and then by year.
    """
    years, start = len(case.years), 0
    blocks: dict[str, Index] = {}
    custody = case.custody is not None
    sizes = {
        "output": len(case.plants.economy),
        "order": len(case.orders.plant),
        "shipment": len(case.routes.stage),
        "unmet": len(case.demands.stage),
        "stock": len(case.stores.stage),
        "reexport": len(case.conduits.stage),
        "free_output": len(case.plants.economy) * custody,
        "free_shipment": len(case.routes.stage) * custody,
        "free_stock": len(case.stores.stage) * custody,
    }
    for name, size in sizes.items():
        blocks[name] = (start + np.arange(size * years, dtype=np.int32)).reshape(size, years)
        start += size * years
    return Columns(**blocks, count=start)


def nodes(case: Case) -> Index:
    """Give a number to each row of a family with one row for each economy, stage and year."""
    return np.arange(np.prod(case.shape), dtype=np.int32).reshape(case.shape)


def pairs(keys: Sequence[Places], others: Sequence[Places], wanted: Flags | None = None) -> tuple[Places, Places]:
    """Find all pairs of entries, one of each of two lists, that agree in every key.

    Takes time and memory of the lists and the pairs, not of all that could be paired.

    Parameters
    ----------
    keys, others
        Keys of the first and of the second list: whole numbers from 0.
    wanted
        Which entries of the second list count; all if None.

    Returns
    -------
    pair of arrays
        Places in the first list, ascending, and in the second, ascending for each of the first.

    Examples
    --------
    >>> exporter, stage = np.array([0, 1, 1]), np.array([5, 5, 7])
    >>> first, second = pairs([np.array([1, 0])], [exporter])
    >>> first.tolist(), second.tolist()
    ([0, 0, 1], [1, 2, 0])
    >>> pairs([np.array([1]), np.array([7])], [exporter, stage])[1].tolist()
    [2]
    """
    sizes = [int(max(one.max(initial=0), two.max(initial=0))) + 1 for one, two in zip(keys, others, strict=True)]
    one, two = (np.ravel_multi_index([part.astype(np.int64) for part in side], sizes) for side in (keys, others))
    there = np.arange(len(two)) if wanted is None else np.flatnonzero(wanted)
    order = there[np.argsort(two[there], kind="stable")]
    first, last = (np.searchsorted(two[order], one, side) for side in ("left", "right"))
    count = last - first
    of_one = np.repeat(np.arange(len(one)), count)
    place = np.arange(len(of_one)) - np.repeat(np.cumsum(count) - count - first, count)
    return of_one, order[place]


def _inputs(case: Case) -> tuple[Places, Places]:
    """Return each pair of a plant that is fed and a recipe of what it makes."""
    of_plant, of_recipe = pairs((case.plants.stage,), (case.recipes.output,))
    fed = case.plants.fed[of_plant]
    return of_plant[fed], of_recipe[fed]


def supply(case: Case, v: Columns) -> Family:
    """Deliver what is made or passed on, no more and no less (D1).

    sum_v q[c,v,k,t] + z[c,k,t] = sum_j x[c,j,k,t]
    """
    row = nodes(case)
    terms = (
        Term(1, v.output, row[case.plants.economy, case.plants.stage]),
        Term(1, v.reexport, row[case.conduits.economy, case.conduits.stage]),
        Term(-1, v.shipment, row[case.routes.exporter, case.routes.stage]),
    )
    return _equal("supply", terms, np.zeros(row.size), _node_label(case, "what {c} makes of {k} in {t}"))


def use(case: Case, v: Columns) -> Family:
    """Let what arrives, what is taken from stock and what is missing cover every use (D2).

    sum_i x[i,c,k,t] + I[c,k,t-1] + sum_n u[c,k,n,t]
        = sum_p r[k,p] sum_v q[c,v,p,t] + z[c,k,t] + I[c,k,t] + sum_n D[c,k,n,t]
    """
    row, plants, recipes = nodes(case), case.plants, case.recipes
    of_plant, of_recipe = _inputs(case)
    stores = row[case.stores.economy, case.stores.stage]
    terms = (
        Term(1, v.shipment, row[case.routes.importer, case.routes.stage]),
        Term(1, v.unmet, row[case.demands.economy, case.demands.stage]),
        Term(1, v.stock[:, :-1], stores[:, 1:]),
        Term(-1, v.stock, stores),
        Term(-1, v.reexport, row[case.conduits.economy, case.conduits.stage]),
        Term(
            -recipes.quantity[of_recipe][:, None],
            v.output[of_plant],
            row[plants.economy[of_plant], recipes.input[of_recipe]],
        ),
    )
    wanted = np.zeros(case.shape)
    np.add.at(wanted, (case.demands.economy, case.demands.stage), case.demands.amount)
    np.subtract.at(wanted[:, :, 0], (case.stores.economy, case.stores.stage), case.stores.opening)
    return _equal("use", terms, wanted.ravel(), _node_label(case, "what {c} uses of {k} in {t}"))


def capacity(case: Case, v: Columns) -> Family:
    """Make no more than what stands or was ordered in time (D3).

    q[c,v,k,t] <= K[c,v,k,t] + sum_{s <= t - lead} e[c,v,k,s]
    """
    plants, orders, years = case.plants, case.orders, len(case.years)
    row = np.arange(v.output.size, dtype=np.int32).reshape(v.output.shape)
    # ready[o, s, t]: what order o places in year s can produce in year t
    ready = np.arange(years) >= np.arange(years)[:, None] + orders.lead[:, None, None]
    order, placed, used = np.nonzero(ready)
    terms = (
        Term(1, v.output, row),
        Term(-1, v.order[order, placed], row[orders.plant[order], used]),
    )

    def label(i: int) -> str:
        plant, year = divmod(i, years)
        return f"capacity of {_plant_name(case, plant)} in {case.years[year]}"

    return Family("capacity", terms, np.full(row.size, -np.inf), plants.capacity.ravel(), label)


def ramp(case: Case, v: Columns) -> Family:
    """Order no more in a year than can be started; nothing that the horizon does not see finished (D4).

    e[c,v,k,t] <= Ebar[c,v,k,t], and 0 where t + lead lies beyond the last year
    """
    years = len(case.years)
    row = np.arange(v.order.size, dtype=np.int32).reshape(v.order.shape)
    seen = np.arange(years) + case.orders.lead[:, None] < years
    most = np.where(seen, case.orders.ramp, 0.0)

    def label(i: int) -> str:
        order, year = divmod(i, years)
        return f"orders for {_plant_name(case, case.orders.plant[order])} in {case.years[year]}"

    return Family("ramp", (Term(1, v.order, row),), np.full(row.size, -np.inf), most.ravel(), label)


def byproduct(case: Case, v: Columns) -> Family:
    """Win beside a host stage no more than its output allows (D5).

    sum_v q[c,v,k,t] <= y sum_w q[c,w,h,t], v over the plants that share the yield
    """
    plants, by, years = case.plants, case.byproducts, len(case.years)
    # plants of one place and stage that win the same part of the same host share it
    key = np.stack([plants.economy[by.plant], plants.stage[by.plant], by.host, by.per_unit], axis=1)
    groups, first, group = np.unique(key, axis=0, return_index=True, return_inverse=True)
    row = np.arange(len(groups) * years, dtype=np.int32).reshape(len(groups), years)
    of_group, of_plant = pairs((plants.economy[by.plant[first]], by.host[first]), (plants.economy, plants.stage))
    terms = (
        Term(1, v.output[by.plant], row[group.ravel()]),
        Term(-groups[of_group, 3][:, None], v.output[of_plant], row[of_group]),
    )

    def label(i: int) -> str:
        entry, year = divmod(i, years)
        host = case.stages[by.host[first[entry]]]
        return f"what {_plant_name(case, by.plant[first[entry]])} can win beside {host} in {case.years[year]}"

    return Family("byproduct", terms, np.full(row.size, -np.inf), np.zeros(row.size), label)


def storage(case: Case, v: Columns) -> Family:
    """Keep stocks between the floor and what can be held (D6).

    Imin[c,k,t] <= I[c,k,t] <= Imax[c,k,t]
    """
    stores, years = case.stores, len(case.years)
    row = np.arange(v.stock.size, dtype=np.int32).reshape(v.stock.shape)

    def label(i: int) -> str:
        store, year = divmod(i, years)
        name = f"{case.economies[stores.economy[store]]} of {case.stages[stores.stage[store]]}"
        first = stores.opening[store] > 0
        return f"{'stock held' if first else 'stock added'} by {name} in {case.years[year]}"

    return Family("storage", (Term(1, v.stock, row),), stores.floor.ravel(), stores.limit.ravel(), label)


def embargo(case: Case, v: Columns) -> Family:
    """Deliver no more than an embargo, a licence or a ban leaves (D7).

    sum over the steps of a route x[i,j,k,t] <= (1 - severity[t]) xbar[i,j,k]
    """
    limits, routes, years = case.limits, case.routes, len(case.years)
    row = np.arange(len(limits.stage) * years, dtype=np.int32).reshape(len(limits.stage), years)
    of_limit, of_route = pairs(
        (limits.exporter, limits.importer, limits.stage), (routes.exporter, routes.importer, routes.stage)
    )

    def label(i: int) -> str:
        entry, year = divmod(i, years)
        pair = f"{case.economies[limits.exporter[entry]]} to {case.economies[limits.importer[entry]]}"
        return f"limit on {case.stages[limits.stage[entry]]} from {pair} in {case.years[year]}"

    terms = (Term(1, v.shipment[of_route], row[of_limit]),)
    return Family("embargo", terms, np.full(row.size, -np.inf), limits.amount.ravel(), label)


def rival_cap(case: Case, v: Columns) -> Family:
    """Let the rival deliver no more than a part of what the bloc makes and buys, less what it sells (D8).

    sum_{j in B} x[R,j,k,t]
        <= phi[k,t] (sum_{c in B, v} q + sum_{i not in B, j in B} x[i,j] - sum_{j in B, i not in B} x[j,i])
           + abar[k,t]

    Written without a ratio, so that a bloc that buys nothing satisfies it.
    """
    caps, routes, years = case.caps, case.routes, len(case.years)
    row = np.arange(len(caps.stage) * years, dtype=np.int32).reshape(len(caps.stage), years)
    phi = np.where(np.isfinite(caps.share), caps.share, 0.0)
    inward = case.bloc[routes.importer] & ~case.bloc[routes.exporter]
    outward = case.bloc[routes.exporter] & ~case.bloc[routes.importer]
    of_cap, of_route = pairs((caps.stage,), (routes.stage,), inward | outward)
    rival = (case.rival[routes.exporter] & inward).astype(float)
    sign = inward.astype(float) - outward
    of_made, of_plant = pairs((caps.stage,), (case.plants.stage,), case.bloc[case.plants.economy])
    terms = (
        Term(rival[of_route][:, None] - phi[of_cap] * sign[of_route][:, None], v.shipment[of_route], row[of_cap]),
        Term(-phi[of_made], v.output[of_plant], row[of_made]),
    )

    def label(i: int) -> str:
        entry, year = divmod(i, years)
        return f"cap on the rival's part of {case.stages[caps.stage[entry]]} in {case.years[year]}"

    top = np.where(np.isfinite(caps.share), caps.amount, np.inf)
    return Family("rival_cap", terms, np.full(row.size, -np.inf), top.ravel(), label)


def exposure(case: Case, v: Columns) -> Family:
    """Limit what the bloc buys from the rival over all stages and years, at base prices (D9).

    sum_{k,t} p[k] sum_{j in B} x[R,j,k,t] <= epsilon, infinite unless a frontier sets it
    """
    routes = case.routes
    bought = case.rival[routes.exporter] & case.bloc[routes.importer]
    column = v.shipment[bought]
    weight = np.broadcast_to(case.price[routes.stage[bought]][:, None], column.shape)
    terms = (Term(weight, column, np.zeros(column.shape, dtype=np.int32)),)
    return Family("exposure", terms, np.array([-np.inf]), np.array([np.inf]), lambda _: "exposure to the rival")


def goal(case: Case, v: Columns) -> Family:
    """Bound the unmet demand of each tier, at base prices, once a more urgent goal is settled (D10).

    sum_{c,k,t} p[k] u[c,k,n,t] <= g[n], infinite until the tier has been served as far as it can be
    """
    demands, years = case.demands, len(case.years)
    member = case.bloc[demands.economy]
    column = v.unmet[member]
    row = np.broadcast_to(demands.tier[member][:, None], (len(column), years)).astype(np.int32)
    weight = np.broadcast_to(case.price[demands.stage[member]][:, None], column.shape)
    count = len(case.tiers)

    def label(i: int) -> str:
        return f"unmet {case.tiers[i]} demand of the bloc"

    return Family("goal", (Term(weight, column, row),), np.full(count, -np.inf), np.full(count, np.inf), label)


def home(case: Case, v: Columns) -> Family:
    """Keep what is passed on from coming home again: deliveries at home are of own output (D11).

    x[c,c,k,t] <= sum_v q[c,v,k,t] wherever goods may be passed on
    """
    conduits, routes, plants, years = case.conduits, case.routes, case.plants, len(case.years)
    row = np.arange(len(conduits.stage) * years, dtype=np.int32).reshape(len(conduits.stage), years)
    place = conduits.economy, conduits.stage
    of_route, route = pairs((*place, conduits.economy), (routes.importer, routes.stage, routes.exporter))
    of_plant, plant = pairs(place, (plants.economy, plants.stage))
    terms = (Term(1, v.shipment[route], row[of_route]), Term(-1, v.output[plant], row[of_plant]))

    def label(i: int) -> str:
        entry, year = divmod(i, years)
        name = f"{case.stages[conduits.stage[entry]]} in {case.economies[conduits.economy[entry]]}"
        return f"deliveries at home of {name} in {case.years[year]}"

    return Family("home", terms, np.full(row.size, -np.inf), np.zeros(row.size), label)


def free_supply(case: Case, v: Columns) -> Family:
    """Deliver as free of the rival only what was made so (D12).

    sum_v q'[c,v,k,t] = sum_j x'[c,j,k,t], the rival's own q' being 0
    """
    row = nodes(case)
    terms = (
        Term(1, v.free_output, row[case.plants.economy, case.plants.stage]),
        Term(-1, v.free_shipment, row[case.routes.exporter, case.routes.stage]),
    )
    return _equal("free_supply", terms, np.zeros(row.size), _node_label(case, "rival-free output of {k} by {c} in {t}"))


def free_use(case: Case, v: Columns) -> Family:
    """Make rival-free output of rival-free inputs, and give the bloc's demand its part (D13).

    sum_i x'[i,c,k,t] + I'[c,k,t-1]
        >= sum_p r[k,p] sum_v q'[c,v,p,t] + I'[c,k,t] + phi[t] sum_n (D[c,k,n,t] - u[c,k,n,t]), phi = 0 outside the bloc

    What is in stock at the start counts as free: nobody can withhold it any more. The part is one of
    the demand that is met: what is missing frees no input.
    """
    row, plants, recipes = nodes(case), case.plants, case.recipes
    of_plant, of_recipe = _inputs(case)
    stores = row[case.stores.economy, case.stores.stage]
    member = case.bloc[case.demands.economy]
    part = np.zeros(case.shape[2]) if case.custody is None else case.custody
    terms = (
        Term(1, v.free_shipment, row[case.routes.importer, case.routes.stage]),
        Term(part, v.unmet[member], row[case.demands.economy[member], case.demands.stage[member]]),
        Term(1, v.free_stock[:, :-1], stores[:, 1:]),
        Term(-1, v.free_stock, stores),
        Term(
            -recipes.quantity[of_recipe][:, None],
            v.free_output[of_plant],
            row[plants.economy[of_plant], recipes.input[of_recipe]],
        ),
    )
    least = np.zeros(case.shape)
    wanted = case.demands.amount * part * member[:, None]
    np.add.at(least, (case.demands.economy, case.demands.stage), wanted)
    np.subtract.at(least[:, :, 0], (case.stores.economy, case.stores.stage), case.stores.opening)
    label = _node_label(case, "rival-free use of {k} in {c} in {t}")
    return Family("free_use", terms, least.ravel(), np.full(row.size, np.inf), label)


def free_part(case: Case, v: Columns) -> Family:
    """Count as free no more than there is (D14).

    q' <= q (and 0 for the rival), x' <= x, I' <= I
    """
    whole = np.concatenate([v.output, v.shipment, v.stock])
    part = np.concatenate([v.free_output, v.free_shipment, v.free_stock])
    row = np.arange(part.size, dtype=np.int32).reshape(part.shape)
    # of what the rival makes nothing is free: its row reads q' <= 0 q
    held = np.ones(part.shape)
    held[: len(v.output)][case.rival[case.plants.economy]] = 0.0
    terms = (Term(1, part, row), Term(-held, whole[: len(part)], row))

    def label(i: int) -> str:
        entry, year = divmod(i, len(case.years))
        return f"rival-free part of {_whole_name(case, entry)} in {case.years[year]}"

    return Family("free_part", terms, np.full(row.size, -np.inf), np.zeros(row.size), label)


ALWAYS: Sequence[Callable[[Case, Columns], Family]] = (
    supply,
    use,
    capacity,
    ramp,
    byproduct,
    storage,
    embargo,
    rival_cap,
    exposure,
    goal,
    home,
)
WITH_CUSTODY: Sequence[Callable[[Case, Columns], Family]] = (free_supply, free_use, free_part)


def chosen(case: Case) -> tuple[Callable[[Case, Columns], Family], ...]:
    """Return the equations that a case needs."""
    return (*ALWAYS, *(WITH_CUSTODY if case.custody is not None else ()))


def upper_bounds(case: Case, v: Columns) -> Vector:
    """Bound each variable on its own (D15).

    0 <= x <= width of the step, 0 <= u[c,k,n,t] <= D[c,k,n,t], 0 <= z <= zbar; all others from 0 without bound
    """
    top = np.full(v.count, np.inf)
    top[v.shipment] = case.routes.width
    top[v.unmet] = case.demands.amount
    top[v.reexport] = case.conduits.limit
    return top


def costs(case: Case, v: Columns) -> Mapping[str, Vector]:
    """Split the cost of a plan (D16).

    sum_t d[t] ( sum cost q + sum (freight + premium + tariff) x + sum holding I + sum worth u ) + sum investment e

    Returns
    -------
    mapping
        Name of the part to its cost vector, present values: production, freight, premium (what
        calibration adds), tariff, holding, investment, unmet. Their sum is the objective.
    """

    def part(column: Index, amount: Vector) -> Vector:
        vector = np.zeros(v.count)
        vector[column] = amount
        return vector

    d = case.discount
    return {
        "production": part(v.output, d * case.plants.cost),
        "freight": part(v.shipment, d * case.routes.freight),
        "premium": part(v.shipment, d * case.routes.premium),
        "tariff": part(v.shipment, d * case.routes.tariff),
        "holding": part(v.stock, d * case.stores.holding),
        "investment": part(v.order, case.orders.investment),
        "unmet": part(v.unmet, d * case.demands.worth),
    }


def _equal(name: str, terms: tuple[Term, ...], right: Vector, label: Callable[[int], str]) -> Family:
    """Return a family of equations."""
    return Family(name, terms, right, right, label)


def _node_label(case: Case, pattern: str) -> Callable[[int], str]:
    """Return words for rows that stand for an economy, a stage and a year."""

    def label(i: int) -> str:
        c, k, t = np.unravel_index(i, case.shape)
        return pattern.format(c=case.economies[c], k=case.stages[k], t=case.years[t])

    return label


def _plant_name(case: Case, plant: int) -> str:
    """Name a plant: economy, stage and, where it is not today's, technology."""
    place = f"{case.economies[case.plants.economy[plant]]} {case.stages[case.plants.stage[plant]]}"
    technology = case.plants.technology[plant]
    return place if technology == "existing" else f"{place} ({technology})"


def _whole_name(case: Case, entry: int) -> str:
    """Name an output, a delivery or a stock, counted in this order."""
    routes, stores = case.routes, case.stores
    if entry < len(case.plants.stage):
        return _plant_name(case, entry)
    entry -= len(case.plants.stage)
    if entry < len(routes.stage):
        pair = f"{case.economies[routes.exporter[entry]]} to {case.economies[routes.importer[entry]]}"
        return f"{case.stages[routes.stage[entry]]} from {pair}"
    entry -= len(routes.stage)
    return f"stock of {case.stages[stores.stage[entry]]} in {case.economies[stores.economy[entry]]}"


def without_tariffs(case: Case) -> Case:
    """Return the case with all duties at 0."""
    return replace(case, routes=replace(case.routes, tariff=np.zeros_like(case.routes.tariff)))
