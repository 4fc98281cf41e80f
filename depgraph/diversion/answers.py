"""What a plan means: cost and who bears it, exposure, what is missing, what is built, when the bloc is independent."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from depgraph.diversion import parameters
from depgraph.diversion.instance import Case
from depgraph.diversion.run import Run
from depgraph.diversion.scenario import Scenario
from depgraph.lp.solve import Index, Vector
from depgraph.study.study import Study

DUST = 1e-6  # of world output: what a plan does in smaller amounts is rounding
PAYMENTS = ("imports", "exports")  # parts of the cost that cancel over all regions
NOISE = 1e-9  # of two sums of money: a smaller difference between them is rounding of the solver


@dataclass(frozen=True)
class Cost:
    """Present value of a part of the cost in one region, million USD.

    ``imports`` is what it pays for deliveries at the price of the supplier, ``exports`` what it is
    paid, with a minus sign.
    """

    part: str
    region: str
    value: float


@dataclass(frozen=True)
class Exposure:
    """The rival's part of what the bloc buys and makes of a stage in a year.

    Attributes
    ----------
    stage, year
        Where and when.
    direct
        Deliveries of the rival over all that the bloc makes and receives; None if that is nothing.
    low, high
        The same with what is hidden in goods of others: inputs that come from the rival in the
        same units (low) or in different ones (high) at each step.
    """

    stage: str
    year: int
    direct: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Missing:
    """Final demand of a region that is not met in a year: units, and their part of the tier's demand."""

    region: str
    stage: str
    tier: str
    year: int
    amount: float
    part: float


@dataclass(frozen=True)
class Built:
    """Capacity ordered in a year: units a year, million USD present value, first year of output."""

    region: str
    stage: str
    technology: str
    year: int
    ready: int
    amount: float
    unit: str
    cost: float


@dataclass(frozen=True)
class Flow:
    """Deliveries between two regions in a year, before and after: units."""

    stage: str
    exporter: str
    importer: str
    year: int
    before: float
    after: float
    unit: str


@dataclass(frozen=True)
class Independence:
    """First year from which the rival's part of a stage stays at or under the threshold.

    Attributes
    ----------
    stage
        The stage.
    year
        None if it does not happen within the run.
    already
        Whether it is so from the first year.
    looked_through
        The same year counting what is hidden in goods of others, by the upper bound; None if that
        does not happen.
    dearest
        The capacity or order of the stage, the rival's own left out, with the highest price before
        that year: what would have brought it forward; empty if none has one.
    """

    stage: str
    year: int | None
    already: bool
    looked_through: int | None
    dearest: str


def costs(run: Run) -> list[Cost]:
    """Split the present value of a plan by part and by the region that bears it.

    Production, investment and stocks count where they are; freight, premium and duties in the
    region that buys; what is missing where it is missing. What is delivered is paid for at the
    supplier's scarcity price, the dual of D1:

        imports[j] = sum_{i != j} lambda[i,k,t] x[i,j,k,t],  exports[i] = - sum_{j != i} lambda[i,k,t] x[i,j,k,t]

    so that rents of scarce capacity go to who owns it. Where the plan is degenerate the price, and
    with it this split, is one of several. Where years are fixed to a plan that did not know what
    comes, or demand is served before cost, duals are no prices: payments are left out, and the
    split is of where costs arise.

    Parameters
    ----------
    run
        A certified run.

    Returns
    -------
    list of Cost
        Million USD; parts without any value are left out. The sum is the objective: payments cancel.
    """
    bearer = _bearers(run)
    found = []
    for part, vector in run.model.costs.items():
        for c, region in enumerate(run.case.economies):
            value = float((vector * run.solution.x)[bearer == c].sum())
            if abs(value) > DUST:
                found.append(Cost(part, region, value))
    return found + (_payments(run) if priced(run) else [])


def priced(run: Run) -> bool:
    """Say whether the duals of a run are prices: no year is fixed, no goal comes before cost."""
    rows = run.model.rows("goal")
    return "surprise" not in run.scenario.settings and not (np.abs(run.solution.duals[rows]) > DUST).any()


def _payments(run: Run) -> list[Cost]:
    """Return what regions pay each other for deliveries, million USD present value."""
    case, routes = run.case, run.case.routes
    price = run.solution.duals[run.model.rows("supply")].reshape(case.shape)
    worth = price[routes.exporter, routes.stage] * run.values("shipment")
    paid = np.where(routes.exporter != routes.importer, worth.sum(axis=1), 0.0)
    found = []
    for part, side, sign in (("imports", routes.importer, 1.0), ("exports", routes.exporter, -1.0)):
        total = np.bincount(side, sign * paid, len(case.economies))
        found += [
            Cost(part, region, float(v)) for region, v in zip(case.economies, total, strict=True) if abs(v) > DUST
        ]
    return found


def borne(run: Run) -> float | None:
    """Return what the bloc bears of the cost of a plan without duties, million USD present value.

    None where the duals are no prices, see `costs`.
    """
    if not priced(run):
        return None
    members = {region for region, inside in zip(run.case.economies, run.case.bloc, strict=True) if inside}
    return sum(item.value for item in costs(run) if item.region in members and item.part != "tariff")


def totals(run: Run) -> dict[str, float]:
    """Return private cost (with duties), resource cost (without) and revenue from duties, million USD.

    Examples
    --------
    The first is the sum of the other two, for duties are transfers.
    """
    parts = {part: float(vector @ run.solution.x) for part, vector in run.model.costs.items()}
    revenue = parts["tariff"]
    return {"private": sum(parts.values()), "resource": sum(parts.values()) - revenue, "revenue": revenue}


def _bearers(run: Run) -> Index:
    """Return the region in which each variable's cost arises; -1 for rival-free parts, which cost nothing."""
    case, v = run.case, run.model.columns
    bearer = np.full(v.count, -1, dtype=np.int32)
    for block, economy in (
        (v.output, case.plants.economy),
        (v.order, case.plants.economy[case.orders.plant]),
        (v.shipment, case.routes.importer),
        (v.unmet, case.demands.economy),
        (v.stock, case.stores.economy),
        (v.reexport, case.conduits.economy),
    ):
        bearer[block] = np.asarray(economy)[:, None]
    return bearer


def flows(run: Run) -> Vector:
    """Return deliveries by exporter, importer, stage and year, steps of a route together, units."""
    case = run.case
    table = np.zeros((len(case.economies), *case.shape))
    np.add.at(table, (case.routes.exporter, case.routes.importer, case.routes.stage), run.values("shipment"))
    return table


def made(run: Run) -> Vector:
    """Return output by region, stage and year, all technologies together, units."""
    table = np.zeros(run.case.shape)
    np.add.at(table, (run.case.plants.economy, run.case.plants.stage), run.values("output"))
    return table


def exposures(run: Run, only: str | None = None) -> list[Exposure]:
    """Return the bloc's exposure to the rival, direct and looked through, by stage and year.

    direct[k,t] = sum_{j in B} x[R,j,k,t] / sum_{i, j in B} x[i,j,k,t], deliveries at home included.

    Looked through, what a region makes holds as much of the rival as its inputs do: with h the
    part held by the supply of a region, m that of its output,

        m[c,k] = 1 for the rival, else f times the largest h of its inputs (low) or their sum, at most 1 (high)
        h[c,k] = sum_i m[i,k] x[i,c,k] / sum_i x[i,c,k]

    with f the part of its output that is not won from scrap. Goods that are passed on hold what the
    supply of the region holds that passes them on. An input counts in full, for a product that
    lacks it is not made.

    Parameters
    ----------
    run
        A certified run.
    only
        One stage; all where none is given.

    Returns
    -------
    list of Exposure
        By stage and year; None where the bloc neither makes nor buys the stage.
    """
    case, table, passed, fed = run.case, flows(run), passed_on(run), fed_part(run)
    found = []
    for t, year in enumerate(case.years):
        now = table[..., t]
        low, high = (look_through(case, now, passed[..., t], fed[..., t], summed=summed) for summed in (False, True))
        into = now[:, case.bloc].sum(axis=1)
        total = into.sum(axis=0)
        for k, stage in enumerate(case.stages):
            if only not in {None, stage}:
                continue
            if total[k] <= DUST:
                found.append(Exposure(stage, year, None, None, None))
                continue
            weight = now[:, case.bloc, k].sum(axis=0) / total[k]
            direct = float(into[case.rival, k].sum() / total[k])
            bounds = [float(weight @ held[case.bloc, k]) for held in (low, high)]
            found.append(Exposure(stage, year, direct, max(direct, bounds[0]), max(direct, bounds[1])))
    return sorted(found, key=lambda item: (case.stages.index(item.stage), item.year))


def passed_on(run: Run) -> Vector:
    """Return what each region passes on of each stage by year, units."""
    table = np.zeros(run.case.shape)
    np.add.at(table, (run.case.conduits.economy, run.case.conduits.stage), run.values("reexport"))
    return table


def fed_part(run: Run) -> Vector:
    """Return the part of each region's output that is made of inputs and not of scrap, by stage and year."""
    case, output = run.case, run.values("output")
    fed, whole = np.zeros(case.shape), np.zeros(case.shape)
    np.add.at(whole, (case.plants.economy, case.plants.stage), output)
    np.add.at(fed, (case.plants.economy, case.plants.stage), output * case.plants.fed[:, None])
    return np.divide(fed, whole, out=np.ones_like(whole), where=whole > 0)


def look_through(case: Case, table: Vector, passed: Vector, fed: Vector, *, summed: bool) -> Vector:
    """Return the part of each region's supply of each stage that holds goods of the rival.

    Parameters
    ----------
    case
        Sets and recipes.
    table
        Deliveries of one year by exporter, importer and stage.
    passed
        What is passed on, by region and stage.
    fed
        Part of the output that is made of inputs, by region and stage; scrap holds nothing of the rival.
    summed
        Whether inputs are touched in different units (sum, the upper bound) or in the same ones
        (maximum, the lower bound).

    Returns
    -------
    array
        Parts 0 to 1 by region and stage; 0 where nothing is supplied.
    """
    supply, sent = table.sum(axis=0), table.sum(axis=1)
    again = np.divide(passed, sent, out=np.zeros_like(sent), where=sent > 0)
    held = np.zeros(supply.shape)
    inputs = [case.recipes.input[case.recipes.output == k] for k in range(len(case.stages))]
    # recipes without loops settle after as many rounds as there are stages; with losses in a loop
    # each round shrinks what is left
    for _ in range(2 * len(case.stages)):
        parts = [held[:, i] for i in inputs]
        content = np.stack(
            [np.zeros(len(held)) if not p.size else p.sum(axis=1) if summed else p.max(axis=1) for p in parts], axis=1
        )
        content = np.minimum(1.0, content) * fed
        content = (1 - again) * content + again * held
        content[case.rival] = 1.0
        arriving = np.einsum("ik,ijk->jk", content, table)
        after = np.divide(arriving, supply, out=np.zeros_like(held), where=supply > 0)
        if np.abs(after - held).max(initial=0.0) < 1e-12:
            break
        held = after
    return held


def missing(run: Run) -> list[Missing]:
    """List the final demand that a plan leaves unmet, largest part first within a year."""
    case, demands = run.case, run.case.demands
    unmet = run.values("unmet")
    found = []
    for d, t in zip(*np.nonzero(unmet > DUST * np.maximum(demands.amount, 1.0)), strict=True):
        found.append(
            Missing(
                case.economies[demands.economy[d]],
                case.stages[demands.stage[d]],
                case.tiers[demands.tier[d]],
                case.years[t],
                float(unmet[d, t]),
                float(unmet[d, t] / demands.amount[d, t]),
            )
        )
    return sorted(found, key=lambda item: (item.year, -item.part, item.stage, item.region, item.tier))


def built(run: Run) -> list[Built]:
    """List the capacity that a plan orders."""
    case, orders, plants = run.case, run.case.orders, run.case.plants
    amount = run.values("order")
    world = made(run).sum(axis=0).max(axis=1)
    found = []
    for o, t in zip(*np.nonzero(amount > 0), strict=True):
        plant = orders.plant[o]
        stage = plants.stage[plant]
        if amount[o, t] <= DUST * max(1.0, world[stage]):
            continue
        found.append(
            Built(
                region=case.economies[plants.economy[plant]],
                stage=case.stages[stage],
                technology=plants.technology[plant],
                year=case.years[t],
                ready=case.years[t] + int(orders.lead[o]),
                amount=float(amount[o, t]),
                unit=case.units[stage],
                cost=float(orders.investment[o, t] * amount[o, t]),
            )
        )
    return sorted(found, key=lambda item: (item.year, case.stages.index(item.stage), item.region, item.technology))


def unseen(run: Run) -> list[str]:
    """Name what could be ordered but would not be finished within the run.

    Returns
    -------
    list of str
        Region, stage, technology and years of building, sorted.
    """
    case, orders = run.case, run.case.orders
    found = []
    for v, lead in zip(orders.plant.tolist(), orders.lead.tolist(), strict=True):
        if lead >= len(case.years):
            place = f"{case.economies[case.plants.economy[v]]} {case.stages[case.plants.stage[v]]}"
            found.append(f"{place} ({case.plants.technology[v]}, {lead} years)")
    return sorted(found)


@dataclass(frozen=True)
class Held:
    """Stock at the end of a year: units, and days of the region's own use in the base year."""

    region: str
    stage: str
    year: int
    amount: float
    unit: str
    days: float | None


def stocks(run: Run) -> list[Held]:
    """List the stocks that a plan holds at the end of each year, the opening stock as that of the year before."""
    case, stores = run.case, run.case.stores
    use = run.account.flows.sum(axis=0)
    held = np.concatenate([stores.opening[:, None], run.values("stock")], axis=1)
    found = []
    for n, (c, k) in enumerate(zip(stores.economy.tolist(), stores.stage.tolist(), strict=True)):
        for t, amount in enumerate(held[n].tolist()):
            days = amount / float(use[c, k]) * parameters.DAYS_A_YEAR if use[c, k] > 0 else None
            year = case.years[0] - 1 + t
            found.append(Held(case.economies[c], case.stages[k], year, amount, case.units[k], days))
    return found


def changes(run: Run) -> list[Flow]:
    """List the deliveries that differ from those of the base year, the largest change in value first."""
    case, table = run.case, flows(run)
    base = run.account.flows
    found = []
    floor = DUST * np.maximum(1.0, run.account.world)
    for i, j, k, t in zip(*np.nonzero(np.abs(table - base[..., None]) > floor[:, None]), strict=True):
        pair = case.economies[i], case.economies[j]
        before, after = float(base[i, j, k]), float(table[i, j, k, t])
        found.append(Flow(case.stages[k], *pair, case.years[t], before, after, case.units[k]))
    price = dict(zip(case.stages, case.price, strict=True))
    return sorted(
        found, key=lambda f: (-abs(f.after - f.before) * price[f.stage], f.stage, f.exporter, f.importer, f.year)
    )


def independence(run: Run, items: Sequence[Exposure], threshold: float) -> list[Independence]:
    """Find the first year from which the rival's direct part of each stage stays at or under a threshold.

    Parameters
    ----------
    run
        A certified run.
    items
        Its exposures.
    threshold
        Part of the bloc's supply.

    Returns
    -------
    list of Independence
        By stage; a stage that the bloc neither makes nor buys is left out.
    """
    found = []
    for stage in dict.fromkeys(item.stage for item in items if item.direct is not None):
        mine = [item for item in items if item.stage == stage]
        first, last = _below([(item.year, item.direct) for item in mine], threshold)
        through, _ = _below([(item.year, item.high) for item in mine], threshold)
        dearest = "" if last is None else binding(run, stage, last)
        found.append(Independence(stage, first, last is None, through, dearest))
    return found


def _below(parts: Sequence[tuple[int, float | None]], threshold: float) -> tuple[int | None, int | None]:
    """Return the first year from which a part stays at or under a threshold, and the last year above it."""
    known = sorted((year, part) for year, part in parts if part is not None)
    over = [year for year, part in known if part > threshold + 1e-9]
    if not over:
        return known[0][0], None
    return (None if over[-1] == known[-1][0] else over[-1] + 1), over[-1]


def binding(run: Run, stage: str, year: int) -> str:
    """Name the capacity or order of the bloc and its suppliers whose price for a stage is highest up to a year.

    The capacity of a plant that can be ordered is worth its payments in any plan that orders it, so
    only the speed of its orders counts.

    Returns
    -------
    str
        Empty if no capacity of the stage has a price: then demand, not capacity, is what keeps the
        rival in.
    """
    case, duals = run.case, run.solution.duals
    k, last = case.stages.index(stage), case.years.index(year)
    best, name = DUST, ""
    for family, stages in (("capacity", case.plants.stage), ("ramp", case.plants.stage[case.orders.plant])):
        rows = run.model.rows(family)
        price = -duals[rows].reshape(len(stages), len(case.years))
        owner = case.plants.economy if family == "capacity" else case.plants.economy[case.orders.plant]
        wanted = (np.asarray(stages) == k) & ~case.rival[owner]
        if family == "capacity":
            wanted &= ~np.isin(np.arange(len(wanted)), case.orders.plant)
        price = np.where(wanted[:, None], price, 0.0)[:, : last + 1]
        if price.size and price.max() > best:
            best = float(price.max())
            name = run.model.row_label(rows.start + _full(int(price.argmax()), last + 1, len(case.years)))
    return name


def _full(place: int, narrow: int, wide: int) -> int:
    """Return the place in a table with all years of a place in one with the first years only."""
    row, column = divmod(place, narrow)
    return row * wide + column


def summary(run: Run, base: Run) -> dict[str, float]:
    """Return the headline numbers of a plan beside those of its unchanged twin.

    Parameters
    ----------
    run, base
        The plan, and the run of the same years, chains and assumptions without policy or shock.

    Returns
    -------
    dict
        Million USD, present values: diversion_cost (resource cost above the base run's), its parts
        production, freight, premium, holding, investment and unmet, bloc_cost (what the bloc bears
        of it at scarcity prices; missing where the duals are none), private_cost with duties and
        tariff_revenue, all above the base run's. Then unmet_<tier> of the bloc and unmet_outside,
        what others miss, million USD at base prices over all years, and the rival's part of the
        bloc's supply of all stages at base prices, direct: exposure_before, exposure_first and
        exposure_last year; 0 where the bloc neither makes nor buys anything.
    """
    parts = {name: beyond(_worth(run, name), _worth(base, name)) for name in run.model.costs}
    revenue = parts.pop("tariff")
    result = {"diversion_cost": sum(parts.values()), **parts}
    after, before = borne(run), borne(base)
    if after is not None and before is not None:
        result["bloc_cost"] = after - before
    result |= {"private_cost": sum(parts.values()) + revenue, "tariff_revenue": revenue}
    result |= {f"unmet_{tier}": float(value) for tier, value in zip(run.case.tiers, _unmet(run), strict=True)}
    result["unmet_outside"] = _unmet_outside(run)
    old, new = _exposed(base), _exposed(run)
    ends = {"exposure_before": old[0], "exposure_first": new[0], "exposure_last": new[-1]}
    return result | {key: float(value) for key, value in ends.items()}


def _worth(run: Run, part: str) -> float:
    """Return the present value of a part of the cost."""
    value = float(run.model.costs[part] @ run.solution.x)
    return value if abs(value) > DUST else 0.0


def beyond(value: float, base: float) -> float:
    """Return a difference, 0 where it is rounding of the solver."""
    return value - base if abs(value - base) > NOISE * max(abs(value), abs(base)) else 0.0


def _unmet(run: Run) -> Vector:
    """Return the bloc's unmet demand by tier, million USD at base prices."""
    rows = run.model.rows("goal")
    left = run.model.programme.times(run.solution.x)[rows]
    return np.where(left > DUST, left, 0.0)


def _unmet_outside(run: Run) -> float:
    """Return the unmet demand of everybody else, million USD at base prices over all years."""
    case, demands = run.case, run.case.demands
    others = ~case.bloc[demands.economy]
    value = float((case.price[demands.stage[others], None] * run.values("unmet")[others]).sum())
    return value if value > DUST else 0.0


def _exposed(run: Run) -> Vector:
    """Return the rival's part of what the bloc makes and buys of all stages at base prices, by year."""
    case = run.case
    into = np.einsum("ijkt,k,j->it", flows(run), case.price, case.bloc.astype(float))
    whole = into.sum(axis=0)
    exposed: Vector = np.divide(into[case.rival].sum(axis=0), whole, out=np.zeros_like(whole), where=whole > DUST)
    return exposed


def bounds(study: Study, scenario: Scenario, name: str) -> tuple[float, float, float]:
    """Return the lowest, present and highest value of a figure or assumption.

    A value that the scenario sets keeps the bounds of the ledger, widened to hold it.
    """
    found = parameters.find(study, scenario.get("assumptions", {}), name)
    return min(found.low, found.value), found.value, max(found.high, found.value)
