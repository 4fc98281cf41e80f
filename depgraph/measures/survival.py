"""How long a chain can do without some of its sites, and what the wait for them costs.

Time to survive and the loss until recovery are linear programmes in which sites that make one
product are alternatives and the inputs of a product are complements. Which sites are down and
for how long changes bounds alone, so that one loaded programme serves all removals.
"""

import math
import warnings
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from depgraph.core.errors import DepgraphError, UnknownNameError
from depgraph.lp import solve
from depgraph.lp.solve import Programme, Solution, Vector
from depgraph.lp.warm import WarmSolver

Key = tuple[str | int, ...]
Removals = Mapping[str, Collection[str]]

CLOCK: Key = ("time",)
RELATIVE = 1e-9  # a time this near to where the search stopped has reached it


class InvalidChainError(DepgraphError):
    """Sites, recipes, demands, times or costs do not make a chain."""


@dataclass(frozen=True)
class Site:
    """Who makes a product.

    Attributes
    ----------
    product
        What it makes.
    stock
        Units of the product on hand; they can be used while the site is down.
    capacity
        Units it can make in a unit of time; None if only its inputs limit it. A site whose product
        takes nothing needs one while it runs (0 for a mere store).
    """

    product: str
    stock: float = 0.0
    capacity: float | None = None


@dataclass(frozen=True)
class Chain:
    """Who makes what from what, and what is wanted.

    Attributes
    ----------
    sites
        By name.
    recipes
        Product to the units of each input that one unit of it takes; a product without a
        recipe takes nothing.
    demand
        Product to the units wanted in a unit of time.
    links
        Pairs (supplier, user) of sites that can deliver; None if every maker of an input can
        deliver to every user of it.
    """

    sites: Mapping[str, Site]
    recipes: Mapping[str, Mapping[str, float]]
    demand: Mapping[str, float]
    links: Collection[tuple[str, str]] | None = None


@dataclass(frozen=True)
class Path:
    """What a site can do period by period.

    Attributes
    ----------
    capacity
        Units it can make in each period; None for the capacity of the site in all of them.
    ramp
        Units of capacity that can be ordered in a period.
    lead
        Periods from the order to the first output.
    making, building, holding
        Cost of a unit made, of a unit of capacity ordered, of a unit in stock at the end of a period.
    """

    capacity: Sequence[float] | None = None
    ramp: float = 0.0
    lead: int = 0
    making: float = 0.0
    building: float = 0.0
    holding: float = 0.0


@dataclass(frozen=True)
class Survival:
    """How long all demand can be met.

    Attributes
    ----------
    time
        In the time unit of the chain; infinite if what still runs meets the demand for good.
    stock_value
        Site to the time that one more unit of its stock adds; None if the time is infinite.
    """

    time: float
    stock_value: Mapping[str, float] | None


@dataclass(frozen=True)
class Loss:
    """What is lost until recovery.

    Attributes
    ----------
    cost
        Least cost of the unmet demand.
    lost
        Product to its unmet demand in one plan of that cost.
    stock_value
        Site to the cost that one more unit of its stock saves.
    """

    cost: float
    lost: Mapping[str, float]
    stock_value: Mapping[str, float]


@dataclass(frozen=True)
class Periods:
    """The cheapest plan period by period.

    Attributes
    ----------
    cost
        Of the whole plan.
    lost
        Product to its unmet demand in each period.
    built
        Site to the capacity ordered in each period, for sites that can build.
    price
        Product to the cost of one more unit of demand in each period.
    stock_value
        Site to the cost that one more unit of its opening stock saves.
    """

    cost: float
    lost: Mapping[str, tuple[float, ...]]
    built: Mapping[str, tuple[float, ...]]
    price: Mapping[str, tuple[float, ...]]
    stock_value: Mapping[str, float]


class Model(NamedTuple):
    """A programme of a chain, by `time_model` or `loss_model`.

    Attributes
    ----------
    programme
        Nothing is down.
    sites
        Sorted; column i is what site i makes and row i its stock.
    goods
        Products in demand, sorted; the last rows are their demands.
    capacity, demand
        In a unit of time, in the order of the sites and of the goods; infinite where there is no limit.
    """

    programme: Programme
    sites: tuple[str, ...]
    goods: tuple[str, ...]
    capacity: Vector
    demand: Vector


class _Row(NamedTuple):
    """A row before its columns are numbered."""

    name: str
    terms: Sequence[tuple[Key, float]]
    lo: float
    hi: float


class _Flows(NamedTuple):
    """Who can deliver to whom.

    Attributes
    ----------
    feeds
        User and input to its suppliers.
    users
        Site to the users of what it makes.
    makers
        Product in demand to its makers.
    serving
        Sites that make a product in demand.
    """

    feeds: Mapping[tuple[str, str], list[str]]
    users: Mapping[str, list[str]]
    makers: Mapping[str, list[str]]
    serving: Collection[str]


def time_model(chain: Chain) -> Model:
    """Write the programme whose optimum is minus the time to survive.

    With u what a site makes, y what it delivers to a site, z what it delivers to the customers
    of its product, s its stock, c its capacity, r_k the units of input k that a unit takes, d the
    demand for a product and t the time:

        min -t
        sum_j y_ij + z_i - u_i <= s_i   site i
        r_k u_j - sum_i y_ij   <= 0     site j and input k, over the sites i that make k
        u_i - c_i t            <= 0     site i with a capacity
        sum_i z_i - d_p t      >= 0     product p in demand, over the sites i that make it

    All of it happens within the time in any order, so lead times and late ramp-up make the true
    time shorter: `by_period` counts them. The last column is the time; it has no upper bound.

    Parameters
    ----------
    chain
        Each product in one unit of its own, so chosen that capacities, demands and recipes lie
        within 1e-7..1e7 and most of them between 1 and 1000: the solver's tolerance of 1e-7 is in
        these units.

    Returns
    -------
    Model
        Sites, inputs and products in sorted order.

    Raises
    ------
    InvalidChainError
        If a number is negative or not known, or nobody makes what is wanted or needed.
    UnknownNameError
        If a link names a site that is not there.

    References
    ----------
    Simchi-Levi, Schmidt, Wei, Zhang, Combs, Ge, Gusikhin, Sanders and Zhang (2015), Interfaces
    45(5), 375-390, https://hdl.handle.net/1721.1/101782.

    Examples
    --------
    >>> mine = Chain({"mine": Site("ore", capacity=4.0)}, {}, {"ore": 10.0})
    >>> time_model(mine).programme.row_names
    ('stock of mine', 'capacity of mine', 'demand for ore')
    """
    flows, sites = _flows(chain), sorted(chain.sites)
    columns = dict.fromkeys(_flow_keys(flows, sites), (0.0, math.inf, 0.0))
    columns[CLOCK] = (0.0, math.inf, -1.0)
    rows = [*_stock_rows(chain, flows), *_input_rows(chain, flows)]
    for site in sites:
        capacity = chain.sites[site].capacity
        if capacity is not None:
            rows.append(_Row(f"capacity of {site}", [(("make", site), 1.0), (CLOCK, -capacity)], -math.inf, 0.0))
    for product, makers in flows.makers.items():
        served = [(_key("serve", i), 1.0) for i in makers]
        rows.append(_Row(f"demand for {product}", [*served, (CLOCK, -chain.demand[product])], 0.0, math.inf))
    return _model(chain, columns, rows)


def loss_model(chain: Chain, recover: float, loss_cost: Mapping[str, float]) -> Model:
    """Write the programme whose optimum is the loss until recovery.

    As `time_model`, with t the time to recover, l the unmet demand and f the cost of a unit of it:

        min sum_p f_p l_p
        sum_j y_ij + z_i - u_i <= s_i         site i
        r_k u_j - sum_i y_ij   <= 0           site j and input k, over the sites i that make k
        u_i                    <= c_i t       site i with a capacity
        l_p + sum_i z_i        >= d_p t       product p in demand, over the sites i that make it

    The last columns are the unmet demands.

    Parameters
    ----------
    chain
        As in `time_model`.
    recover
        t, in the time unit of the chain.
    loss_cost
        Product in demand to f, in one currency.

    Returns
    -------
    Model
        Sites, inputs and products in sorted order.

    Raises
    ------
    InvalidChainError
        As in `time_model`, or if the time or a cost is negative or not known.
    UnknownNameError
        If a link names a site that is not there.

    References
    ----------
    Simchi-Levi et al. (2015), as in `time_model`.

    Examples
    --------
    >>> mine = Chain({"mine": Site("ore", capacity=4.0)}, {}, {"ore": 10.0})
    >>> loss_model(mine, 12.0, {"ore": 5.0}).programme.col_names
    ('make mine', 'serve mine', 'lose ore')
    """
    flows = _flows(chain)
    _known("time to recover", recover)
    columns = dict.fromkeys(_flow_keys(flows, sorted(chain.sites)), (0.0, math.inf, 0.0))
    columns |= {_key("lose", product): (0.0, math.inf, _cost(product, loss_cost)) for product in flows.makers}
    demands = [_Row(f"demand for {p}", _service(flows, p), chain.demand[p], math.inf) for p in flows.makers]
    model = _model(chain, columns, [*_stock_rows(chain, flows), *_input_rows(chain, flows), *demands])
    return model._replace(programme=_without(model, (), recover))


def _model(chain: Chain, columns: Mapping[Key, tuple[float, float, float]], rows: Sequence[_Row]) -> Model:
    """Fill the arrays and keep what is needed to change them."""
    sites, goods = tuple(sorted(chain.sites)), tuple(sorted(chain.demand))
    limits = (chain.sites[site].capacity for site in sites)
    capacity = np.array([math.inf if limit is None else limit for limit in limits], dtype=np.float64)
    demand = np.array([chain.demand[product] for product in goods], dtype=np.float64)
    return Model(_programme(columns, rows), sites, goods, capacity, demand)


def _without(model: Model, down: Collection[str], recover: float | None = None) -> Programme:
    """Shut sites down; of a loss, also set the time to recover anew if one is given."""
    programme = model.programme
    ub, row_lo = programme.ub.copy(), programme.row_lo.copy()
    if recover is not None:
        limited = np.flatnonzero(np.isfinite(model.capacity))
        ub[limited] = model.capacity[limited] * recover
        row_lo[len(row_lo) - len(model.goods) :] = model.demand * recover
    ub[[bisect_left(model.sites, site) for site in down]] = 0.0
    return replace(programme, ub=ub, row_lo=row_lo)


def _flows(chain: Chain) -> _Flows:
    """Find who can deliver to whom, and refuse a chain with gaps."""
    _check_numbers(chain)
    links = None if chain.links is None else set(chain.links)
    _check_sites(chain, (name for link in links or () for name in link))
    makers: dict[str, list[str]] = {}
    for name in sorted(chain.sites):
        makers.setdefault(chain.sites[name].product, []).append(name)
    users: dict[str, list[str]] = {name: [] for name in chain.sites}
    feeds = {}
    for user in sorted(chain.sites):
        for needed in sorted(chain.recipes.get(chain.sites[user].product, {})):
            near = [i for i in makers.get(needed, ()) if links is None or (i, user) in links]
            _require(f"nobody delivers {needed} to {user}: name one, of capacity 0 if none does", fits=bool(near))
            feeds[user, needed] = near
            for supplier in near:
                users[supplier].append(user)
    for product in chain.demand:
        _require(f"nobody makes {product}: name one, of capacity 0 if none does", fits=product in makers)
    wanted = {product: makers[product] for product in sorted(chain.demand)}
    return _Flows(feeds, users, wanted, {site for names in wanted.values() for site in names})


def _check_numbers(chain: Chain) -> None:
    """Refuse numbers that are negative or not known."""
    for name, site in chain.sites.items():
        _known(f"stock of {name}", site.stock)
        if site.capacity is not None:
            _known(f"capacity of {name}", site.capacity)
    for product, demand in chain.demand.items():
        _known(f"demand for {product}", demand)
    for product, recipe in chain.recipes.items():
        for needed, quantity in recipe.items():
            _known(f"{needed} for a unit of {product}", quantity)
            _require(f"{product} takes no {needed}: leave it out of the recipe", fits=quantity > 0)


def _known(what: str, number: float | None) -> float:
    """Return a number, or refuse it if it is missing, negative or not finite."""
    fits = number is not None and math.isfinite(number) and number >= 0
    _require(f"{what} is {number!r}: give a finite number that is not negative", fits=fits)
    return float(number or 0.0)


def _require(rule: str, *, fits: bool) -> None:
    """Refuse input that breaks a rule.

    Raises
    ------
    InvalidChainError
        If it does.
    """
    if not fits:
        raise InvalidChainError(rule)


def _check_down(chain: Chain, removals: Iterable[Collection[str]]) -> None:
    """Refuse removals of what is not there, and sites that run without any limit."""
    endless = {i for i, site in chain.sites.items() if site.capacity is None and not chain.recipes.get(site.product)}
    for down in removals:
        _check_sites(chain, down)
        for site in sorted(endless.difference(down)):
            _require_limit(site, None)


def _require_limit(site: str, limit: float | None) -> None:
    """Refuse a site that makes its product from nothing without limit."""
    _require(f"capacity of {site} is not known and no input limits it: give it, 0 for a store", fits=limit is not None)


def _check_sites(chain: Chain, names: Iterable[str]) -> None:
    """Refuse names that are no sites.

    Raises
    ------
    UnknownNameError
        If there is one.
    """
    for name in names:
        if name not in chain.sites:
            raise UnknownNameError("site", name, chain.sites)


def _key(*parts: str | int) -> Key:
    """Name a column."""
    return parts


def _flow_keys(flows: _Flows, sites: Sequence[str], *when: int) -> Iterator[Key]:
    """Name the columns of what is made and delivered, in one period if there are any."""
    yield from (_key("make", i, *when) for i in sites)
    yield from (_key("deliver", i, j, *when) for i in sites for j in flows.users[i])
    yield from (_key("serve", i, *when) for i in sites if i in flows.serving)


def _use(flows: _Flows, site: str, *when: int) -> list[tuple[Key, float]]:
    """Return what leaves a site less what it makes."""
    leaving = [_key("deliver", site, user, *when) for user in flows.users[site]]
    serving = [_key("serve", site, *when)] if site in flows.serving else []
    return [*((key, 1.0) for key in leaving + serving), (_key("make", site, *when), -1.0)]


def _stock_rows(chain: Chain, flows: _Flows) -> Iterator[_Row]:
    """Limit what leaves each site by its stock and what it makes."""
    for site in sorted(chain.sites):
        yield _Row(f"stock of {site}", _use(flows, site), -math.inf, chain.sites[site].stock)


def _input_rows(chain: Chain, flows: _Flows, *when: int) -> Iterator[_Row]:
    """Limit what a site makes by each of its inputs."""
    for (user, needed), suppliers in flows.feeds.items():
        quantity = chain.recipes[chain.sites[user].product][needed]
        arriving = ((_key("deliver", i, user, *when), -1.0) for i in suppliers)
        name = f"{needed} for {user}" + "".join(f" in period {t}" for t in when)
        yield _Row(name, [(_key("make", user, *when), quantity), *arriving], -math.inf, 0.0)


def _service(flows: _Flows, product: str, *when: int) -> list[tuple[Key, float]]:
    """Return what the customers of a product get or lose."""
    keys = [_key("lose", product, *when), *(_key("serve", i, *when) for i in flows.makers[product])]
    return [(key, 1.0) for key in keys]


def _programme(columns: Mapping[Key, tuple[float, float, float]], rows: Sequence[_Row]) -> Programme:
    """Fill the arrays from columns with lower bound, upper bound and cost, and from rows."""
    number = {key: i for i, key in enumerate(columns)}
    triplets = sorted((i, number[key], value) for i, row in enumerate(rows) for key, value in row.terms)
    table = np.array(triplets, dtype=np.float64).reshape(-1, 3)
    lb, ub, cost = np.array(list(columns.values()), dtype=np.float64).reshape(-1, 3).T.copy()
    return Programme(
        cost=cost,
        rows=table[:, 0].astype(np.int32),
        cols=table[:, 1].astype(np.int32),
        values=table[:, 2].copy(),
        row_lo=np.array([row.lo for row in rows], dtype=np.float64),
        row_hi=np.array([row.hi for row in rows], dtype=np.float64),
        lb=lb,
        ub=ub,
        row_names=tuple(row.name for row in rows),
        col_names=tuple(" ".join(map(str, key)) for key in columns),
    )


def _within(model: Model, longest: float, *, stocks: bool = True) -> Model:
    """Bound the time of a time model, and take its stocks away if there are to be none."""
    programme = model.programme
    ub, row_hi = programme.ub.copy(), programme.row_hi.copy()
    ub[-1] = longest
    if not stocks:
        row_hi[: len(model.sites)] = 0.0
    return model._replace(programme=replace(programme, ub=ub, row_hi=row_hi))


def _stock_value(model: Model, solution: Solution) -> dict[str, float]:
    """Return what one more unit of each stock gains: minus the duals of the first rows."""
    gains = np.maximum(0.0, -solution.duals[: len(model.sites)]) + 0.0  # no -0.0
    return dict(zip(model.sites, gains.tolist(), strict=True))


def _survival(model: Model, solution: Solution) -> Survival:
    """Read the time to survive."""
    return Survival(max(0.0, float(solution.x[-1])), _stock_value(model, solution))


def _loss(model: Model, solution: Solution) -> Loss:
    """Read the loss until recovery."""
    lost = np.maximum(0.0, solution.x[len(solution.x) - len(model.goods) :]).tolist()
    return Loss(max(0.0, solution.objective), dict(zip(model.goods, lost, strict=True)), _stock_value(model, solution))


def time_to_survive(chain: Chain, down: Collection[str]) -> Survival:
    """Longest time for which all demand can be met while some sites are down.

    The optimum of `time_model` with ``u = 0`` for the sites that are down. It is infinite if and
    only if the demand of one unit of time can be met without stocks, which a first programme
    decides to the tolerance of the certificate: also where nothing is in demand. Where a product is
    short from the outset it is 0. What survives for less than it takes to recover is exposed.

    The time is concave and piecewise linear in each stock; the value of a stock is a slope of
    it, and at a kink lies between the slopes on either side (`stock_slopes`).

    Parameters
    ----------
    chain
        Sites, recipes and demand.
    down
        Sites that make nothing; their stocks can be used.

    Returns
    -------
    Survival
        The time and what a unit of each stock adds to it.

    Raises
    ------
    InvalidChainError
        As in `time_model`.
    UnknownNameError
        If a site is not there.

    References
    ----------
    Simchi-Levi et al. (2015), as in `time_model`.

    Examples
    --------
    >>> sites = {"mine": Site("ore", stock=42.0, capacity=4.0), "pit": Site("ore", capacity=9.0)}
    >>> time_to_survive(Chain(sites, {}, {"ore": 10.0}), ["pit"]).time
    7.0
    """
    model = time_model(chain)
    _check_down(chain, [down])
    if _sustained(solve.solve(_without(_within(model, 1.0, stocks=False), down))):
        return Survival(math.inf, None)
    return _survival(model, solve.solve(_without(model, down)))


def _sustained(flows: Solution) -> bool:
    """Say whether flows alone meet the demand: without stocks the time is 0 or as long as it may be, 1."""
    return bool(flows.x[-1] > 0.5)


def survival_times(chain: Chain, removals: Removals | None = None, *, horizon: float) -> dict[str, Survival]:
    """Time to survive each of many removals, with one programme kept loaded.

    Parameters
    ----------
    chain
        Sites, recipes and demand.
    removals
        Name to the sites that are down together, such as all of one country; each site alone
        if None.
    horizon
        Where the search stops at first, best a little beyond most finite times; a longer one is
        found in a programme of its own, so that no result depends on it.

    Returns
    -------
    dict
        Name to what `time_to_survive` gives, sorted by name.

    Raises
    ------
    InvalidChainError
        As in `time_model`, or if the horizon is not positive.
    UnknownNameError
        If a site is not there.

    Examples
    --------
    >>> sites = {"mine": Site("ore", stock=5.0, capacity=4.0), "pit": Site("ore", capacity=9.0)}
    >>> {name: found.time for name, found in survival_times(Chain(sites, {}, {"ore": 9.0}), horizon=12.0).items()}
    {'mine': inf, 'pit': 1.0}
    """
    cases = _removals(chain, removals)
    _known("horizon", horizon)
    _require("horizon is 0: give a positive time", fits=horizon > 0)
    model = time_model(chain)
    bounded, flowing = _within(model, horizon), _within(model, 1.0, stocks=False)
    clock, flows = WarmSolver(bounded.programme), WarmSolver(flowing.programme)
    found = {}
    for name, down in cases:
        found[name] = Survival(math.inf, None)
        if not _sustained(flows.solve(_without(flowing, down))):
            found[name] = _survival(model, clock.solve(_without(bounded, down)))
        if horizon * (1 - RELATIVE) <= found[name].time < math.inf:
            found[name] = _survival(model, solve.solve(_without(model, down)))
    return found


def _removals(chain: Chain, removals: Removals | None) -> list[tuple[str, Collection[str]]]:
    """Return removals sorted by name; each site alone if there are none."""
    chosen = {site: [site] for site in chain.sites} if removals is None else removals
    _check_down(chain, chosen.values())
    return sorted(chosen.items())


def recovery_loss(chain: Chain, down: Collection[str], recover: float, loss_cost: Mapping[str, float]) -> Loss:
    """Least cost of the demand that goes unmet until sites that are down recover.

    The optimum of `loss_model` with ``u = 0`` for the sites that are down: the risk exposure of
    what is down. Where it is 0 the chain survives until recovery.

    Parameters
    ----------
    chain
        Sites, recipes and demand.
    down
        Sites that make nothing until then; their stocks can be used.
    recover
        Time to recover, in the time unit of the chain.
    loss_cost
        Product in demand to the cost of an unmet unit, in one currency; shortage falls on what
        costs least. Which of several products of the same cost goes short is not determined.

    Returns
    -------
    Loss
        Cost, unmet demand and what a unit of each stock saves: a slope of a convex function, at a
        kink between the slopes on either side.

    Raises
    ------
    InvalidChainError
        As in `time_model`, or if the time or a cost is negative or not known.
    UnknownNameError
        If a site is not there.

    References
    ----------
    Simchi-Levi et al. (2015), as in `time_model`.

    Examples
    --------
    >>> sites = {"mine": Site("ore", stock=42.0, capacity=4.0), "pit": Site("ore", capacity=9.0)}
    >>> recovery_loss(Chain(sites, {}, {"ore": 10.0}), ["pit"], 12.0, {"ore": 5.0}).cost
    150.0
    """
    model = loss_model(chain, recover, loss_cost)
    _check_down(chain, [down])
    return _loss(model, solve.solve(_without(model, down)))


def recovery_losses(
    chain: Chain,
    recover: float | Mapping[str, float],
    loss_cost: Mapping[str, float],
    removals: Removals | None = None,
) -> dict[str, Loss]:
    """Risk exposure of each of many removals, with one programme kept loaded.

    Parameters
    ----------
    chain
        Sites, recipes and demand.
    recover
        Time to recover, of all removals or by name.
    loss_cost
        As in `recovery_loss`.
    removals
        Name to the sites that are down together, such as all of one country; each site alone
        if None.

    Returns
    -------
    dict
        Name to what `recovery_loss` gives, sorted by name.

    Raises
    ------
    InvalidChainError
        As in `recovery_loss`, or if a removal has no time to recover.
    UnknownNameError
        If a site is not there.

    Examples
    --------
    >>> sites = {"mine": Site("ore", stock=5.0, capacity=4.0), "pit": Site("ore", capacity=9.0)}
    >>> found = recovery_losses(Chain(sites, {}, {"ore": 9.0}), 2.0, {"ore": 1.0})
    >>> {name: loss.cost for name, loss in found.items()}
    {'mine': 0.0, 'pit': 5.0}
    """
    cases = _removals(chain, removals)
    times = recover if isinstance(recover, Mapping) else dict.fromkeys((name for name, _ in cases), recover)
    known = {name: _known(f"time to recover of {name}", times.get(name)) for name, _ in cases}
    model = loss_model(chain, max(known.values(), default=0.0), loss_cost)
    hot = WarmSolver(model.programme)
    return {name: _loss(model, hot.solve(_without(model, down, known[name]))) for name, down in cases}


def _cost(product: str, loss_cost: Mapping[str, float]) -> float:
    """Return the cost of an unmet unit, or refuse to go without one."""
    return _known(f"cost of an unmet unit of {product}", loss_cost.get(product))


def stock_slopes(chain: Chain, down: Collection[str], site: str, step: float) -> tuple[float | None, float | None]:
    """Time that a unit of stock less and a unit more is worth, by solving again.

    ``(T(s) - T(s - h)) / h`` and ``(T(s + h) - T(s)) / h`` with T the time to survive and s the stock.

    Parameters
    ----------
    chain, down
        As in `time_to_survive`.
    site
        Whose stock it is.
    step
        h, in units of the stock, above 0.

    Returns
    -------
    tuple
        The first is None where the stock is smaller than the step, both where a time is infinite.

    Raises
    ------
    InvalidChainError
        As in `time_model`, or if the step is not positive.
    UnknownNameError
        If a site is not there.

    Examples
    --------
    >>> home = Chain({"home": Site("ore", stock=20.0, capacity=0.0), "pit": Site("ore")}, {}, {"ore": 10.0})
    >>> stock_slopes(home, ["pit"], "home", 10.0)
    (0.1, 0.1)
    """
    _check_sites(chain, [site])
    _known("step", step)
    _require("step is 0: give a positive one", fits=step > 0)
    here = chain.sites[site]

    def time(change: float) -> float:
        moved = replace(here, stock=here.stock + change)
        return time_to_survive(replace(chain, sites={**chain.sites, site: moved}), down).time

    middle = time(0.0)
    if math.isinf(middle):
        return None, None
    return (middle - time(-step)) / step if here.stock >= step else None, (time(step) - middle) / step


def by_period(
    chain: Chain, periods: int, loss_cost: Mapping[str, float], paths: Mapping[str, Path] | None = None
) -> Periods:
    """Find the cheapest plan period by period: stocks, capacity, ramp and lead in their order.

    The rows of `time_model` for each period, with stocks I carried over, capacity e on order and costs:

        sum_j y_ij + z_i + I_i <= u_i + I_i(t-1)                  I_i before the first period is s_i
        u_i(t) <= c_i(t) + sum of e_i(k) over k <= t - lead_i,    e_i(k) <= ramp_i
        min sum of making u + building e + holding I + f l

    The plan knows the future. With no cost but that of unmet demand and the same capacities in
    each period it never costs less than `recovery_loss` over all periods, whose order of events
    is free.

    Parameters
    ----------
    chain
        Its time unit is one period. What is down has a path of zeros.
    periods
        How many.
    loss_cost
        Product in demand to the cost of an unmet unit.
    paths
        Of the sites that change, can be enlarged or cost something. An order whose lead is not
        over before the last period is allowed, useless and warned about.

    Returns
    -------
    Periods
        Cost, unmet demand, orders and prices.

    Raises
    ------
    InvalidChainError
        As in `time_model`, or if a path has another number of periods, or a number of it is negative
        or not known.
    UnknownNameError
        If a path is that of no site.

    References
    ----------
    Luss (1982), Operations Research 30(5), 907-947, doi:10.1287/opre.30.5.907.

    Examples
    --------
    >>> plant = Chain({"plant": Site("chip", stock=3.0, capacity=1.0)}, {}, {"chip": 2.0})
    >>> by_period(plant, 4, {"chip": 1.0}, {"plant": Path(ramp=1.0, lead=3)}).cost
    0.0
    """
    flows = _flows(chain)
    _check_sites(chain, paths or ())
    ways = {site: (paths or {}).get(site, Path()) for site in sorted(chain.sites)}
    for site, way in ways.items():
        _check_path(site, way, periods)
    costs = {product: _cost(product, loss_cost) for product in flows.makers}
    columns: dict[Key, tuple[float, float, float]] = {}
    rows: list[_Row] = []
    for t in range(periods):
        columns.update(_period_columns(flows, ways, costs, t))
        rows.extend(_period_rows(chain, flows, ways, t))
    programme = _programme(columns, rows)
    solution = solve.solve(programme)
    amount = dict(zip(columns, solution.x.tolist(), strict=True))
    dual = dict(zip(programme.row_names, solution.duals.tolist(), strict=True))
    able = [site for site, way in ways.items() if way.ramp > 0]
    times = range(periods)
    return Periods(
        cost=max(0.0, solution.objective),
        lost={p: tuple(max(0.0, amount["lose", p, t]) for t in times) for p in costs},
        built={site: tuple(max(0.0, amount["build", site, t]) for t in times) for site in able},
        price={p: tuple(max(0.0, dual[f"demand for {p} in period {t}"]) for t in times) for p in costs},
        stock_value={site: max(0.0, -dual[f"stock of {site} in period 0"]) for site in ways},
    )


def _check_path(site: str, way: Path, periods: int) -> None:
    """Refuse a path that cannot be, and warn of orders that come too late."""
    _require(f"{periods!r} periods: give one or more", fits=periods >= 1)
    for what in ("ramp", "lead", "making", "building", "holding"):
        _known(f"{what} of {site}", getattr(way, what))
    if way.capacity is not None:
        _require(f"capacity of {site} has not {periods} periods", fits=len(way.capacity) == periods)
        for capacity in way.capacity:
            _known(f"capacity of {site}", capacity)
    if way.ramp > 0 and way.lead >= periods:
        warnings.warn(f"what {site} orders comes after the last period: its lead is {way.lead}", stacklevel=3)


def _period_columns(
    flows: _Flows, ways: Mapping[str, Path], costs: Mapping[str, float], t: int
) -> Iterator[tuple[Key, tuple[float, float, float]]]:
    """Name the columns of a period with their bounds and costs."""
    for key in _flow_keys(flows, list(ways), t):
        yield key, (0.0, math.inf, ways[str(key[1])].making if key[0] == "make" else 0.0)
    for site, way in ways.items():
        yield ("hold", site, t), (0.0, math.inf, way.holding)
        yield ("build", site, t), (0.0, way.ramp, way.building)
    yield from ((("lose", product, t), (0.0, math.inf, cost)) for product, cost in costs.items())


def _period_rows(chain: Chain, flows: _Flows, ways: Mapping[str, Path], t: int) -> Iterator[_Row]:
    """Write the rows of a period."""
    for site, way in ways.items():
        kept: list[tuple[Key, float]] = [(("hold", site, t), 1.0)]
        opening = chain.sites[site].stock
        if t > 0:
            kept, opening = [*kept, (("hold", site, t - 1), -1.0)], 0.0
        yield _Row(f"stock of {site} in period {t}", [*_use(flows, site, t), *kept], -math.inf, opening)
        limit = chain.sites[site].capacity if way.capacity is None else way.capacity[t]
        if not chain.recipes.get(chain.sites[site].product):
            _require_limit(site, limit)
        if limit is not None:
            ready = ((("build", site, k), -1.0) for k in range(t - way.lead + 1))
            yield _Row(f"capacity of {site} in period {t}", [(("make", site, t), 1.0), *ready], -math.inf, limit)
    yield from _input_rows(chain, flows, t)
    for product in flows.makers:
        yield _Row(f"demand for {product} in period {t}", _service(flows, product, t), chain.demand[product], math.inf)
