"""Shadow prices as policy numbers: what more of a limit saves, which route is nearly open, what binds."""

from dataclasses import dataclass

import numpy as np

from depgraph.diversion import answers
from depgraph.diversion.holding import Holding, hold
from depgraph.diversion.instance import Flags
from depgraph.diversion.run import Run
from depgraph.lp import prices
from depgraph.lp.solve import Limit, Vector
from depgraph.lp.warm import Ranging, WarmSolver

# equations whose right-hand side is a decision, a policy or a stock, and the words for what more of it is
PRICED = {
    "capacity": "more capacity in the year",
    "ramp": "more that can be ordered in the year",
    "embargo": "more let through",
    "rival_cap": "more allowed from the rival",
    "storage": "more that may be held, or that must be",
    "byproduct": "more won beside the host",
}


@dataclass(frozen=True)
class Price:
    """What more of a limit saves, and for how much more.

    Attributes
    ----------
    id
        For `depgraph why`.
    limit, meaning
        The limit, and what more of it is.
    at, unit
        Its value in the plan.
    worth
        Million USD a unit, present value: the price that came with the plan. Where both sides differ
        it lies between them and holds at this point only.
    less, more
        Million USD a unit that less of the limit costs and more of it saves, as far as `low` and
        `high`; they differ where the plan changes there. None where there is no plan on that side.
    low, high
        Values of the limit between which they hold; None without end.
    unique
        Whether both sides agree.
    holds_for, saves_musd
        How much more of the limit `more` holds for, and what all of that saves, million USD (below 0:
        costs); see `holding.hold`. None where there is no plan on that side or no end.
    less_holds_for, costs_musd
        The same of `less`: how much less, and what all of that costs.
    """

    id: str
    limit: str
    meaning: str
    at: float
    unit: str
    worth: float
    less: float | None
    more: float | None
    low: float | None
    high: float | None
    unique: bool
    holds_for: float | None
    saves_musd: float | None
    less_holds_for: float | None
    costs_musd: float | None


@dataclass(frozen=True)
class Route:
    """A route that carries nothing, and the cut in cost that would open it.

    Attributes
    ----------
    stage, exporter, importer, year
        The route.
    cut
        Million USD a unit, money of the year.
    part
        The same as part of the price: the cut in duty that would do.
    """

    stage: str
    exporter: str
    importer: str
    year: int
    cut: float
    part: float
    unit: str


@dataclass(frozen=True)
class Binding:
    """A limit that costs something.

    Attributes
    ----------
    limit, equation
        The limit, and the family of equations that it is of.
    at, unit
        Its value in the plan.
    worth
        Million USD a unit, present value: minus the dual.
    value
        Worth times the limit, by which limits are put in order. No saving: the price need not hold for all of it.
    holds_for, saves_musd
        How much more of the limit the price holds for, and what all of that saves, million USD (below 0:
        costs); see `holding.hold`. None where it is not known or has no end.
    """

    limit: str
    equation: str
    at: float
    worth: float
    value: float
    unit: str
    holds_for: float | None
    saves_musd: float | None


def binding(run: Run) -> list[Binding]:
    """List the limits that bind, their price and for how much more it holds.

    Parameters
    ----------
    run
        A certified run.

    Returns
    -------
    list of Binding
        Of capacities, orders, embargoes, caps, stocks and by-products, the largest worth times limit first.
        A price holds as far as the basis of the plan does; not known where the solver ends on other prices.

    Raises
    ------
    DepgraphError
        If the programme cannot be solved once more.
    """
    found = []
    ranging = WarmSolver(run.programme).ranging(run.programme)
    for name in PRICED:
        rows = run.model.rows(name)
        duals = run.solution.duals[rows]
        for n in np.flatnonzero((np.abs(duals) > answers.DUST) & ~_credited(run, name)):
            row = rows.start + int(n)
            top, floor = run.programme.row_hi[row], run.programme.row_lo[row]
            at = float(floor if duals[n] > 0 else top)
            worth, unit = -float(duals[n]), _unit(run, row)
            holds_for, saves = _finite_part(_as_far_as_basis(run, ranging, row, at))
            found.append(Binding(run.model.row_label(row), name, at, worth, worth * at, unit, holds_for, saves))
    return sorted(found, key=lambda item: (-abs(item.value), -abs(item.worth), item.limit))


def _as_far_as_basis(run: Run, ranging: Ranging, row: int, at: float) -> Holding | None:
    """Tell the price of a row as far up as the solver's basis holds; None where that basis has another price."""
    dual, end = float(run.solution.duals[row]), float(ranging.row_high[row])
    other = float(ranging.solution.duals[row])
    if abs(other - dual) > prices.SAME_SLOPE * (1 + abs(dual)) or np.isnan(end):
        return None
    return hold(-dual, at, max(end, at), _unit(run, row))


def _finite_part(held: Holding | None) -> tuple[float | None, float | None]:
    """Return the amount and what it saves, None where there is none or no end."""
    return (None, None) if held is None else (_finite(held.amount), held.saves)


def _credited(run: Run, name: str) -> Flags:
    """Mark rows whose price only says what calibration credits.

    That is opening stocks kept in full, room for additions where there is none, what is held at the
    end, which is credited with its price, and stocks that the scenario neither uses nor adds to. A
    floor that a scenario sets keeps its price.
    """
    rows = run.model.rows(name)
    if name != "storage":
        return np.zeros(rows.stop - rows.start, dtype=bool)
    stores = run.case.stores
    full = (stores.opening[:, None] > 0) | (stores.limit == 0)
    full[:, -1] = True
    fixed = stores.floor == stores.limit
    # room for additions may be just what a floor of the scenario asks for
    asked = (stores.opening[:, None] == 0) & (stores.floor > 0)
    duals = run.solution.duals[rows]
    credited: Flags = (full.ravel() & (duals < 0)) | (fixed.ravel() & ~(asked.ravel() & (duals > 0)))
    return credited


def _unit(run: Run, row: int) -> str:
    """Return the unit of the stage that a row speaks of, of two the first: what is won, not its host."""
    text = run.model.row_label(row)
    named = zip(run.case.stages, run.case.units, strict=True)
    return min(((text.index(stage), -len(stage), unit) for stage, unit in named if stage in text), default=("",))[-1]


def capacity_prices(run: Run, count: int) -> list[Price]:
    """Price the limits that matter most, from both sides and with the range in which the price holds.

    Parameters
    ----------
    run
        A certified run.
    count
        How many: those with the largest worth times value, of each equation at least one.

    Returns
    -------
    list of Price
        Each side is proven by certified solutions; see `prices.prices`.

    Raises
    ------
    UncertifiedError
        If slopes cannot be told apart within the accuracy of the solver.
    """
    hot = WarmSolver(run.programme)
    rows = _heaviest(run, count)
    limits = [_limit(run, row) for row in rows]
    return [_price(run, row, price) for row, price in zip(rows, prices.prices(run.programme, limits, hot), strict=True)]


def _heaviest(run: Run, count: int) -> list[int]:
    """Return the rows with the largest worth times value, the first of each equation before all others."""
    weight = {}
    for name in PRICED:
        rows = run.model.rows(name)
        duals, top = run.solution.duals[rows], run.programme.row_hi[rows]
        value = np.abs(duals) * (1 + np.where(np.isfinite(top), np.abs(top), 0.0))
        order = np.argsort(-value, kind="stable")
        credited = _credited(run, name)
        kept = [int(n) for n in order if abs(duals[n]) > answers.DUST and not credited[n]]
        weight.update({rows.start + n: (place > 0, -float(value[n])) for place, n in enumerate(kept)})
    return sorted(weight, key=lambda row: (*weight[row], row))[:count]


def _limit(run: Run, row: int) -> Limit:
    """Return the side on which a row rests."""
    return Limit("row", row, "low" if run.solution.duals[row] > 0 else "high")


def _price(run: Run, row: int, found: prices.Price) -> Price:
    """Turn the price of a row into what more of it saves."""
    name = run.model.family(row)
    label = run.model.row_label(row)
    unit = _unit(run, row)
    less, more = (None if slope is None else 0.0 - slope for slope in (found.left, found.right))
    rise, fall = hold(more, found.at, found.high, unit), hold(less, found.at, found.low, unit)
    (holds_for, saves), (less_holds_for, costs) = _finite_part(rise), _finite_part(fall)
    return Price(
        id=f"V:{run.scenario.scenario_id}:{label}",
        limit=label,
        meaning=PRICED[name],
        at=found.at,
        unit=unit,
        worth=0.0 - found.dual,
        less=less,
        more=more,
        low=_finite(found.low),
        high=_finite(found.high),
        unique=found.unique,
        holds_for=holds_for,
        saves_musd=saves,
        less_holds_for=less_holds_for,
        costs_musd=costs,
    )


def _finite(value: float) -> float | None:
    """Return a number, None where it is without end."""
    return value if np.isfinite(value) else None


def closed_routes(run: Run, count: int) -> list[Route]:
    """List unused routes into the bloc that are nearest to being opened.

    Parameters
    ----------
    run
        A certified run.
    count
        How many.

    Returns
    -------
    list of Route
        Smallest cut first, relative to the price; each is the least cost of forcing the first unit
        in (`prices.opening`), not the reduced cost of one vertex. Routes that a limit closes are left
        out: no cut opens them.
    """
    hot = WarmSolver(run.programme)
    found = [_route(run, column, hot) for column in _closed(run, count)]
    opened = [route for route in found if route is not None and route.cut > 0]
    return sorted(opened, key=lambda item: (item.part, item.stage, item.exporter, item.importer, item.year))


def _closed(run: Run, count: int) -> list[int]:
    """Return the unused first steps of routes into the bloc with the smallest reduced cost by price."""
    case, columns = run.case, run.model.columns.shipment
    routes = case.routes
    first = np.zeros(len(routes.stage), dtype=bool)
    seen: set[tuple[int, int, int]] = set()
    for n, key in enumerate(
        zip(routes.exporter.tolist(), routes.importer.tolist(), routes.stage.tolist(), strict=True)
    ):
        first[n] = key not in seen
        seen.add(key)
    limited = set(
        zip(case.limits.exporter.tolist(), case.limits.importer.tolist(), case.limits.stage.tolist(), strict=True)
    )
    free = [
        n
        for n in np.flatnonzero(first & case.bloc[routes.importer] & (routes.exporter != routes.importer))
        if (int(routes.exporter[n]), int(routes.importer[n]), int(routes.stage[n])) not in limited
    ]
    reduced = run.programme.cost - run.programme.transposed_times(run.solution.duals)
    unit = case.price[routes.stage][:, None] * case.discount
    part = reduced[columns] / unit
    # the last year alone would be distorted by the end of the run: the middle of it stands for all
    year = len(case.years) // 2
    unused = [n for n in free if run.solution.x[columns[n, year]] <= answers.DUST and part[n, year] > answers.DUST]
    return [int(columns[n, year]) for n in sorted(unused, key=lambda n: (float(part[n, year]), n))[:count]]


def _route(run: Run, column: int, hot: WarmSolver) -> Route | None:
    """Price one route, None where no cut opens it."""
    case = run.case
    n, t = (int(i[0]) for i in np.nonzero(run.model.columns.shipment == column))
    stage = int(case.routes.stage[n])
    cut = prices.opening(run.programme, column, hot).cut
    if cut is None:
        return None
    cut /= float(case.discount[t])
    return Route(
        stage=case.stages[stage],
        exporter=case.economies[case.routes.exporter[n]],
        importer=case.economies[case.routes.importer[n]],
        year=case.years[t],
        cut=cut,
        part=cut / float(case.price[stage]),
        unit=case.units[stage],
    )


def ranges(run: Run) -> dict[str, tuple[float, float]] | None:
    """Return the lowest and highest value of each part of the cost and of exposure over all optimal plans.

    Parameters
    ----------
    run
        A certified run.

    Returns
    -------
    dict or None
        Name of the part to its range, million USD; ``bought`` is what the bloc buys of the rival at
        base prices over all years. None if the plan is the only one.
    """
    if prices.uniqueness(run.programme, run.solution):
        return None
    weights = dict(run.model.costs) | {"bought": bought(run)}
    spans = prices.value_ranges(run.programme, run.solution, list(weights.values()))
    return {name: (float(span.low), float(span.high)) for name, span in zip(weights, spans, strict=True)}


def bought(run: Run) -> Vector:
    """Return the weight of each variable in what the bloc buys of the rival, million USD at base prices."""
    row = run.model.rows("exposure").start
    vector = np.zeros(len(run.programme.cost))
    inside = run.programme.rows == row
    vector[run.programme.cols[inside]] = run.programme.values[inside]
    return vector
