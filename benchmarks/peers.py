"""The equations of the diversion model as somebody would write them with PuLP and with linopy.

Both take the numbers of a case and no array of ours. Where an equation bounds a single variable
(D4, D6) they give the variable that bound, which is what their users do and saves them rows. The
rows of a frontier and of served goals (D9, D10) are without bounds in a case and are left out.
"""

from collections import defaultdict
from dataclasses import dataclass, fields
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pulp

from depgraph.diversion.instance import Case

INF = float("inf")


@dataclass(frozen=True)
class Lists:
    """The numbers of a case as Python lists, and who stands where: what a PuLP user has at hand.

    Attributes
    ----------
    records
        Name of a record to its fields, arrays as lists.
    there
        (record, field of the economy) to: (economy, stage) to the entries that stand there.
    steps
        (exporter, importer, stage) to the steps of the route.
    """

    case: Case
    records: dict[str, SimpleNamespace]
    there: dict[tuple[str, str], dict[tuple[int, int], list[int]]]
    steps: dict[tuple[int, int, int], list[int]]


PLACED = (
    ("plants", "economy"),
    ("routes", "exporter"),
    ("routes", "importer"),
    ("demands", "economy"),
    ("stores", "economy"),
    ("conduits", "economy"),
)


def lists(case: Case) -> Lists:
    """Turn a case into lists and indexes."""
    names = [field.name for field in fields(case) if hasattr(getattr(case, field.name), "__dataclass_fields__")]
    records = {name: _plain(getattr(case, name)) for name in names}
    at = {}
    for name, field in PLACED:
        found = defaultdict(list)
        for n, place in enumerate(zip(getattr(records[name], field), records[name].stage, strict=True)):
            found[place].append(n)
        at[name, field] = found
    steps = defaultdict(list)
    routes = records["routes"]
    for n, place in enumerate(zip(routes.exporter, routes.importer, routes.stage, strict=True)):
        steps[place].append(n)
    return Lists(case, records, at, steps)


def _plain(record: Any) -> SimpleNamespace:  # noqa: ANN401 - any of the records
    """Return a record with lists instead of arrays, None instead of infinity."""
    found = SimpleNamespace()
    for field in fields(record):
        value = getattr(record, field.name)
        setattr(found, field.name, list(value) if isinstance(value, tuple) else value.tolist())
    return found


def with_pulp(given: Lists) -> pulp.LpProblem:
    """Write the model as sums over loops."""
    problem = pulp.LpProblem("diversion", pulp.LpMinimize)
    v = _variables(problem, given)
    problem += _cost(given, v)
    _balances(problem, given, v)
    _plant_rows(problem, given, v)
    _trade_rows(problem, given, v)
    return problem


def _variables(problem: pulp.LpProblem, given: Lists) -> SimpleNamespace:
    """Add all variables."""
    years = range(len(given.case.years))
    r = SimpleNamespace(**given.records)

    def some(letter: str, count: int, high: Any = None, low: Any = None) -> dict[tuple[int, int], pulp.LpVariable]:  # noqa: ANN401
        def bound(n: int, t: int) -> float | None:
            return None if high is None or high[n][t] == INF else high[n][t]

        return {
            (n, t): problem.add_variable(f"{letter}_{n}_{t}", low[n][t] if low else 0, bound(n, t))
            for n in range(count)
            for t in years
        }

    last = len(years) - 1
    seen = [
        [most if t + lead <= last else 0.0 for t, most in enumerate(ramp)]
        for lead, ramp in zip(r.orders.lead, r.orders.ramp, strict=True)
    ]
    return SimpleNamespace(
        q=some("q", len(r.plants.stage)),
        e=some("e", len(r.orders.plant), seen),
        x=some("x", len(r.routes.stage), r.routes.width),
        u=some("u", len(r.demands.stage), r.demands.amount),
        stock=some("I", len(r.stores.stage), r.stores.limit, r.stores.floor),
        z=some("z", len(r.conduits.stage), r.conduits.limit),
    )


def _cost(given: Lists, v: SimpleNamespace) -> pulp.LpAffineExpression:
    """Write the objective (costs)."""
    r, d = SimpleNamespace(**given.records), given.case.discount.tolist()
    routes = r.routes
    return (
        pulp.lpSum(d[t] * r.plants.cost[n][t] * q for (n, t), q in v.q.items())
        + pulp.lpSum(
            d[t] * (routes.freight[n][t] + routes.premium[n][t] + routes.tariff[n][t]) * x for (n, t), x in v.x.items()
        )
        + pulp.lpSum(d[t] * r.stores.holding[n][t] * stock for (n, t), stock in v.stock.items())
        + pulp.lpSum(d[t] * r.demands.worth[n][t] * u for (n, t), u in v.u.items())
        + pulp.lpSum(r.orders.investment[n][t] * e for (n, t), e in v.e.items())
    )


def _balances(problem: pulp.LpProblem, given: Lists, v: SimpleNamespace) -> None:
    """Write supply and use of each economy, stage and year."""
    r, at = SimpleNamespace(**given.records), given.there
    economies, stages, years = given.case.shape
    users = defaultdict(list)
    for source, made, quantity in zip(r.recipes.input, r.recipes.output, r.recipes.quantity, strict=True):
        users[source].append((made, quantity))
    for c in range(economies):
        for k in range(stages):
            here = c, k
            made, sold, bought = (
                at["plants", "economy"][here],
                at["routes", "exporter"][here],
                at["routes", "importer"][here],
            )
            passing, stores = at["conduits", "economy"][here], at["stores", "economy"][here]
            wanting = at["demands", "economy"][here]
            opening = sum(r.stores.opening[n] for n in stores)
            fed = [(n, quantity) for p, quantity in users[k] for n in at["plants", "economy"][c, p] if r.plants.fed[n]]
            for t in range(years):
                problem += pulp.lpSum(v.q[n, t] for n in made) + pulp.lpSum(v.z[n, t] for n in passing) == pulp.lpSum(
                    v.x[n, t] for n in sold
                )
                before = pulp.lpSum(v.stock[n, t - 1] for n in stores) if t else opening
                problem += pulp.lpSum(v.x[n, t] for n in bought) + before + pulp.lpSum(
                    v.u[n, t] for n in wanting
                ) == pulp.lpSum(quantity * v.q[n, t] for n, quantity in fed) + pulp.lpSum(
                    v.z[n, t] for n in passing
                ) + pulp.lpSum(v.stock[n, t] for n in stores) + sum(r.demands.amount[n][t] for n in wanting)


def _plant_rows(problem: pulp.LpProblem, given: Lists, v: SimpleNamespace) -> None:
    """Write capacity and by-products."""
    r, years = SimpleNamespace(**given.records), range(len(given.case.years))
    orders = defaultdict(list)
    for n, plant in enumerate(r.orders.plant):
        orders[plant].append(n)
    for n in range(len(r.plants.stage)):
        for t in years:
            if r.plants.capacity[n][t] < INF:
                ready = pulp.lpSum(v.e[o, s] for o in orders[n] for s in range(t - r.orders.lead[o] + 1))
                problem += v.q[n, t] <= r.plants.capacity[n][t] + ready
    groups = defaultdict(list)
    by = r.byproducts
    for plant, host, part in zip(by.plant, by.host, by.per_unit, strict=True):
        groups[r.plants.economy[plant], r.plants.stage[plant], host, part].append(plant)
    for (c, _, host, part), plants in groups.items():
        beside = given.there["plants", "economy"][c, host]
        for t in years:
            problem += pulp.lpSum(v.q[n, t] for n in plants) <= part * pulp.lpSum(v.q[n, t] for n in beside)


def _trade_rows(problem: pulp.LpProblem, given: Lists, v: SimpleNamespace) -> None:
    """Write embargoes, caps on the rival's part, and that what is passed on does not come home."""
    r, case, at = SimpleNamespace(**given.records), given.case, given.there
    bloc, rival, years = case.bloc.tolist(), case.rival.tolist(), range(len(case.years))
    routes = r.routes
    for n, place in enumerate(zip(r.limits.exporter, r.limits.importer, r.limits.stage, strict=True)):
        for t in years:
            if r.limits.amount[n][t] < INF:
                problem += pulp.lpSum(v.x[m, t] for m in given.steps[place]) <= r.limits.amount[n][t]
    members = [c for c, inside in enumerate(bloc) if inside]
    for n, k in enumerate(r.caps.stage):
        made = [m for c in members for m in at["plants", "economy"][c, k]]
        bought = [m for c in members for m in at["routes", "importer"][c, k] if not bloc[routes.exporter[m]]]
        sold = [m for c in members for m in at["routes", "exporter"][c, k] if not bloc[routes.importer[m]]]
        for t in years:
            share = r.caps.share[n][t]
            if share < INF:
                problem += (
                    pulp.lpSum(v.x[m, t] for m in bought if rival[routes.exporter[m]])
                    <= share
                    * (
                        pulp.lpSum(v.q[m, t] for m in made)
                        + pulp.lpSum(v.x[m, t] for m in bought)
                        - pulp.lpSum(v.x[m, t] for m in sold)
                    )
                    + r.caps.amount[n][t]
                )
    for c, k in zip(r.conduits.economy, r.conduits.stage, strict=True):
        made = at["plants", "economy"][c, k]
        for t in years:
            problem += pulp.lpSum(v.x[m, t] for m in given.steps[c, c, k]) <= pulp.lpSum(v.q[m, t] for m in made)


class Blocks:
    """Variables and numbers of a case as linopy takes them: a dimension for the entries of a record, one for years."""

    def __init__(self, case: Case) -> None:
        import linopy

        self.case, self.model = case, linopy.Model()
        self.years = pd.Index(case.years, name="year")
        economies, self.stages, _ = case.shape
        self.nodes = pd.RangeIndex(economies * self.stages, name="node")
        orders, routes, demands, stores, conduits = case.orders, case.routes, case.demands, case.stores, case.conduits
        seen = np.arange(len(self.years)) + orders.lead[:, None] < len(self.years)
        free = np.full(case.plants.cost.shape, INF)
        self.q, self.e = self.variables("plant", free), self.variables("order", np.where(seen, orders.ramp, 0.0))
        self.x, self.u = self.variables("route", routes.width), self.variables("demand", demands.amount)
        self.stock = self.variables("store", stores.limit, stores.floor)
        self.z = self.variables("conduit", conduits.limit)

    def table(self, name: str, values: Any) -> Any:  # noqa: ANN401 - linopy's own types
        """Return numbers by entry and year."""
        import xarray

        return xarray.DataArray(values, coords=[pd.RangeIndex(len(values), name=name), self.years])

    def variables(self, name: str, high: Any, low: Any = None) -> Any:  # noqa: ANN401
        """Add a block of variables."""
        floor = self.table(name, np.zeros(high.shape) if low is None else low)
        return self.model.add_variables(lower=floor, upper=self.table(name, high), name=name)

    def node(self, economy: Any, stage: Any) -> Any:  # noqa: ANN401
        """Give numbers to economies at stages."""
        return economy.astype(np.int64) * self.stages + stage

    def summed(self, block: Any, chosen: Any, key: Any, index: pd.Index, factor: Any = None) -> Any:  # noqa: ANN401
        """Sum chosen entries of a block, times a factor, by a key; nothing where the key has no entry."""
        import xarray

        entries = pd.RangeIndex(len(chosen), name="entry")
        part = block.isel({block.dims[0]: xarray.DataArray(chosen, dims="entry", coords={"entry": entries})})
        part = part * (1.0 if factor is None else factor(entries))
        groups = pd.Series(key, index=entries, name=index.name)
        return part.groupby(groups).sum().reindex({index.name: index})

    def by_node(self, block: Any, economy: Any, stage: Any) -> Any:  # noqa: ANN401
        """Sum a whole block by economy and stage."""
        entries = pd.RangeIndex(len(stage), name=block.dims[0])
        groups = pd.Series(economy.astype(np.int64) * self.stages + stage, index=entries, name="node")
        return (1 * block).groupby(groups).sum().reindex({"node": self.nodes})


def with_linopy(case: Case) -> Any:  # noqa: ANN401
    """Write the model as sums of blocks, grouped by what they have in common."""
    b = Blocks(case)
    _linopy_cost(b)
    _linopy_balances(b)
    _linopy_plants(b)
    _linopy_trade(b)
    return b.model


def _linopy_cost(b: Blocks) -> None:
    """Write the objective (costs)."""
    import xarray

    case, d = b.case, xarray.DataArray(b.case.discount, coords=[b.years])
    routes = case.routes
    b.model.add_objective(
        (d * b.table("plant", case.plants.cost) * b.q).sum()
        + (d * b.table("route", routes.freight + routes.premium + routes.tariff) * b.x).sum()
        + (d * b.table("store", case.stores.holding) * b.stock).sum()
        + (d * b.table("demand", case.demands.worth) * b.u).sum()
        + (b.table("order", case.orders.investment) * b.e).sum()
    )


def _linopy_balances(b: Blocks) -> None:
    """Write supply and use."""
    import xarray

    case, plants, recipes = b.case, b.case.plants, b.case.recipes
    demands, stores, routes = case.demands, case.stores, case.routes
    made, sold = (
        b.by_node(b.q, plants.economy, plants.stage),
        b.by_node(b.x, routes.exporter, routes.stage),
    )
    passed = b.by_node(b.z, case.conduits.economy, case.conduits.stage)
    b.model.add_constraints(made + passed - sold == 0, name="supply")
    of_plant, of_recipe = np.nonzero((plants.stage[:, None] == recipes.output) & plants.fed[:, None])
    at = b.node(plants.economy[of_plant], recipes.input[of_recipe])
    taken = b.summed(
        b.q, of_plant, at, b.nodes, lambda entries: xarray.DataArray(recipes.quantity[of_recipe], coords=[entries])
    )
    held = b.by_node(b.stock, stores.economy, stores.stage)
    wanted = np.zeros(case.shape)
    np.add.at(wanted, (demands.economy, demands.stage), demands.amount)
    np.subtract.at(wanted[:, :, 0], (stores.economy, stores.stage), stores.opening)
    bought = b.by_node(b.x, routes.importer, routes.stage)
    missing = b.by_node(b.u, demands.economy, demands.stage)
    right = b.table("node", wanted.reshape(len(b.nodes), -1))
    b.model.add_constraints(bought + held.shift(year=1) + missing - taken - passed - held == right, name="use")


def _linopy_plants(b: Blocks) -> None:
    """Write capacity and by-products."""
    import xarray

    plants, orders, by = b.case.plants, b.case.orders, b.case.byproducts
    index = pd.RangeIndex(len(plants.stage), name="plant")
    used = 1 * b.q
    for lead in np.unique(orders.lead):
        some = np.flatnonzero(orders.lead == lead)
        placed = b.summed(b.e, some, orders.plant[some], index)
        used -= placed.cumsum("year").shift(year=int(lead))
    b.model.add_constraints(used <= b.table("plant", plants.capacity), name="capacity")
    if not len(by.plant):
        return
    key = np.stack([plants.economy[by.plant], plants.stage[by.plant], by.host, by.per_unit], axis=1)
    groups, of_by = np.unique(key, axis=0, return_inverse=True)
    index = pd.RangeIndex(len(groups), name="group")
    group, at = np.nonzero((groups[:, :1] == plants.economy) & (groups[:, 2:3] == plants.stage))
    host = b.summed(b.q, at, group, index, lambda entries: xarray.DataArray(groups[group, 3], coords=[entries]))
    b.model.add_constraints(b.summed(b.q, by.plant, of_by.ravel(), index) - host <= 0, name="byproduct")


def _linopy_trade(b: Blocks) -> None:
    """Write embargoes, caps on the rival's part, and that what is passed on does not come home."""
    plants, routes, limits, conduits = b.case.plants, b.case.routes, b.case.limits, b.case.conduits
    if len(limits.stage):
        index = pd.RangeIndex(len(limits.stage), name="limit")
        pair = (limits.exporter[:, None] == routes.exporter) & (limits.importer[:, None] == routes.importer)
        limit, at = np.nonzero(pair & (limits.stage[:, None] == routes.stage))
        amount = b.table("limit", limits.amount)
        b.model.add_constraints(b.summed(b.x, at, limit, index) <= amount, name="embargo", mask=np.isfinite(amount))
    if len(b.case.caps.stage):
        _linopy_caps(b)
    if len(conduits.stage):
        index = pd.RangeIndex(len(conduits.stage), name="conduit")
        own = (routes.exporter == routes.importer) & (conduits.stage[:, None] == routes.stage)
        conduit, at = np.nonzero(own & (conduits.economy[:, None] == routes.importer))
        home = b.summed(b.x, at, conduit, index)
        made = (conduits.economy[:, None] == plants.economy) & (conduits.stage[:, None] == plants.stage)
        conduit, at = np.nonzero(made)
        b.model.add_constraints(home - b.summed(b.q, at, conduit, index) <= 0, name="home")


def _linopy_caps(b: Blocks) -> None:
    """Write caps on the rival's part."""
    import xarray

    case, routes, caps = b.case, b.case.routes, b.case.caps
    index = pd.RangeIndex(len(caps.stage), name="cap")
    inward = case.bloc[routes.importer] & ~case.bloc[routes.exporter]
    outward = case.bloc[routes.exporter] & ~case.bloc[routes.importer]
    capped = caps.stage[:, None] == routes.stage
    cap, at = np.nonzero((caps.stage[:, None] == case.plants.stage) & case.bloc[case.plants.economy])
    made = b.summed(b.q, at, cap, index)
    cap, at = np.nonzero(capped & (inward | outward))
    sign = np.where(inward, 1.0, -1.0)[at]
    net = b.summed(b.x, at, cap, index, lambda entries: xarray.DataArray(sign, coords=[entries]))
    cap, at = np.nonzero(capped & case.rival[routes.exporter] & inward)
    bought = b.summed(b.x, at, cap, index)
    share, amount = b.table("cap", caps.share), b.table("cap", caps.amount)
    finite = np.isfinite(share)
    b.model.add_constraints(bought - share.where(finite, 0.0) * (made + net) <= amount, name="rival_cap", mask=finite)
