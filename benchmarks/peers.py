"""The equations of the diversion model as somebody would write them with PuLP and with linopy.

Both take the numbers of a case and no array of ours. Where an equation bounds a single variable
(D4, D6) they give the variable that bound, which is what their users do and saves them rows. The
rows of a frontier and of served goals (D9, D10) are without bounds in a case and are left out.
"""

from collections import defaultdict
from dataclasses import dataclass, fields
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pulp

from depgraph.diversion.case import Case

if TYPE_CHECKING:
    import linopy

INF = float("inf")


@dataclass(frozen=True)
class Lists:
    """The numbers of a case as Python lists, and who stands where: what a PuLP user has at hand.

    Attributes
    ----------
    records
        Name of a record to its fields, arrays as lists.
    at
        (record, field of the economy) to: (economy, stage) to the entries that stand there.
    steps
        (exporter, importer, stage) to the steps of the route.
    """

    case: Case
    records: dict[str, SimpleNamespace]
    at: dict[tuple[str, str], dict[tuple[int, int], list[int]]]
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
    r, at = SimpleNamespace(**given.records), given.at
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
        beside = given.at["plants", "economy"][c, host]
        for t in years:
            problem += pulp.lpSum(v.q[n, t] for n in plants) <= part * pulp.lpSum(v.q[n, t] for n in beside)


def _trade_rows(problem: pulp.LpProblem, given: Lists, v: SimpleNamespace) -> None:
    """Write embargoes, caps on the rival's part, and that what is passed on does not come home."""
    r, case, at = SimpleNamespace(**given.records), given.case, given.at
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
                problem += pulp.lpSum(v.x[m, t] for m in bought if rival[routes.exporter[m]]) <= share * (
                    pulp.lpSum(v.q[m, t] for m in made)
                    + pulp.lpSum(v.x[m, t] for m in bought)
                    - pulp.lpSum(v.x[m, t] for m in sold)
                )
    for c, k in zip(r.conduits.economy, r.conduits.stage, strict=True):
        made = at["plants", "economy"][c, k]
        for t in years:
            problem += pulp.lpSum(v.x[m, t] for m in given.steps[c, c, k]) <= pulp.lpSum(v.q[m, t] for m in made)
