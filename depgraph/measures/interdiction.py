"""The worst that k removals can do against the best reply.

An attacker takes suppliers away, then the defender makes the most of what is left. Inputs of
one product are complements: the scarcest limits it. `worst_removals` answers for products made
from inputs, by an exact programme and, where it is small enough, by trying every set;
`worst_flow_removals` for one commodity in a network; `enumerate_worst` for any function.
"""

import itertools
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from depgraph.core.errors import DepgraphError, UncertifiedError
from depgraph.lp import integer, solve
from depgraph.measures import structure

if TYPE_CHECKING:
    import networkx as nx

Arc = tuple[str, str]

ENUMERATED = 50_000  # up to this many sets every one is tried
TIE = 1e-9  # values no further apart are equal


class InvalidAttackError(DepgraphError):
    """An attack that has no meaning, or has more sets than may be tried."""


@dataclass(frozen=True)
class Production:
    """What is made from what.

    Attributes
    ----------
    capacity
        (input, supplier) to the units of the input that the supplier can deliver a period. An
        input without suppliers has one of capacity 0: what is missing is unknown, not zero.
    need
        Product to input to units of the input a unit of the product.
    demand
        Product to the most units a period that can be finished or used.
    value
        Product to the worth of a unit, in one unit for all products.
    """

    capacity: Mapping[Arc, float]
    need: Mapping[str, Mapping[str, float]]
    demand: Mapping[str, float]
    value: Mapping[str, float]


class Output(NamedTuple):
    """The best reply: the most that can be made.

    Attributes
    ----------
    value
        Worth of all that is made.
    amounts
        Product to units made; other amounts may be worth as much.
    """

    value: float
    amounts: dict[str, float]


@dataclass(frozen=True)
class Attack:
    """The worst removals within a budget.

    Attributes
    ----------
    k
        How many targets may be removed.
    undisturbed, value
        Worth of the best reply before and after.
    loss
        ``1 - value / undisturbed``; None if nothing could be made before.
    removed
        Names of the targets, the first of the ties.
    arcs
        What they switch off.
    amounts
        A best reply.
    ties
        All sets of k targets within 1e-9 of the worst, relative to the worth of the most that
        could be made of each product alone; None if not every set was tried. Where an input is
        cut off: the sets that do that. Targets that switch nothing needed are left out.
    bound
        No set of k targets gives less.
    gap
        ``(value - bound) / undisturbed``; 0 means proven.
    method
        ``nothing removed``: the budget is 0, or no target matters. ``cut-off``: all suppliers
        of an input that every product needs are removed, so nothing is made. ``programme``:
        mixed-integer programme. ``programme and enumeration``: both, agreeing.
    """

    k: int
    undisturbed: float
    value: float
    loss: float | None
    removed: tuple[str, ...]
    arcs: tuple[Arc, ...]
    amounts: Mapping[str, float]
    ties: tuple[tuple[str, ...], ...] | None
    bound: float
    gap: float
    method: str

    @property
    def proven(self) -> bool:
        """Whether the gap is closed, within the tolerance of the certificate."""
        return self.gap <= solve.TOLERANCE


class FlowAttack(NamedTuple):
    """The worst removals for one flow.

    Attributes
    ----------
    k
        How many targets may be removed.
    undisturbed, value
        Maximum flow before and after.
    loss
        ``1 - value / undisturbed``; None if nothing flowed before.
    removed
        Names of the targets, the first of the ties.
    cut
        Arcs of a minimum cut of what is left; their capacity equals `value`.
    ties
        All sets of k targets within 1e-9 of the worst.
    """

    k: int
    undisturbed: float
    value: float
    loss: float | None
    removed: tuple[str, ...]
    cut: tuple[Arc, ...]
    ties: tuple[tuple[str, ...], ...]


class _Scaled(NamedTuple):
    """A production in fractions: of each product's most, the worth of all that, each input's need."""

    most: dict[str, float]  # product to the units that could be made of it alone
    total: float  # worth of all that
    worth: dict[str, float]  # product to its part of that
    use: dict[str, dict[str, float]]  # input to product to its part of the need
    supply: dict[str, dict[Arc, float]]  # input to the arcs that bring it to part of the need, at most all


def arc_targets(production: Production) -> dict[str, tuple[Arc, ...]]:
    """Make every supplier of every input a target of its own.

    Parameters
    ----------
    production
        What is made from what.

    Returns
    -------
    dict
        ``supplier:input`` to its one arc, sorted.

    Raises
    ------
    InvalidAttackError
        If colons in the names make two targets the same.

    Examples
    --------
    >>> arc_targets(Production({("oxide", "CHN"): 90}, {}, {}, {}))
    {'CHN:oxide': (('oxide', 'CHN'),)}
    """
    targets: dict[str, tuple[Arc, ...]] = {}
    for item, supplier in sorted(production.capacity):
        targets[f"{supplier}:{item}"] = ((item, supplier),)
    if len(targets) < len(production.capacity):
        msg = "two pairs of supplier and input have one name: take the colons out of the names"
        raise InvalidAttackError(msg)
    return targets


def economy_targets(production: Production) -> dict[str, tuple[Arc, ...]]:
    """Make every supplier one target that switches all its arcs.

    Parameters
    ----------
    production
        What is made from what.

    Returns
    -------
    dict
        Supplier to its arcs, sorted.

    Examples
    --------
    >>> economy_targets(Production({("oxide", "CHN"): 90, ("chip", "CHN"): 40}, {}, {}, {}))
    {'CHN': (('chip', 'CHN'), ('oxide', 'CHN'))}
    """
    targets: dict[str, tuple[Arc, ...]] = {}
    for arc in sorted(production.capacity, key=lambda arc: (arc[1], arc[0])):
        targets[arc[1]] = (*targets.get(arc[1], ()), arc)
    return targets


def output(production: Production, removed: Collection[Arc] = ()) -> Output:
    """Compute the best reply: the most that can be made from the suppliers that are left.

    ``max sum_p v_p z_p`` subject to ``sum_p n_pi z_p <= sum_s c_is`` for each input i, over the
    suppliers s that are left, and ``0 <= z_p <= d_p``. Solved in fractions of what could be
    made of each product alone and certified by `depgraph.lp.solve`.

    Parameters
    ----------
    production
        What is made from what.
    removed
        Pairs of input and supplier.

    Returns
    -------
    Output
        Value and amounts; products of no worth are not made.

    Raises
    ------
    InvalidAttackError
        If a number is missing, negative or not finite, or an input has no supplier.
    DepgraphError
        If a product takes less than a ten-millionth of an input that others share.
    UncertifiedError
        If the solver's answer fails the certificate.
    UnknownNameError
        If a removed arc is not among the capacities.

    References
    ----------
    Leontief (1941), The Structure of American Economy, for fixed proportions.

    Examples
    --------
    >>> drones = Production(
    ...     capacity={("oxide", "CHN"): 90, ("oxide", "MYS"): 12, ("chip", "TWN"): 70},
    ...     need={"drone": {"oxide": 0.3, "chip": 1.0}},
    ...     demand={"drone": 150},
    ...     value={"drone": 1},
    ... )
    >>> round(output(drones).value, 6), round(output(drones, [("oxide", "CHN")]).value, 6)
    (70.0, 40.0)
    """
    structure.require_arcs(production.capacity, removed)
    scaled = _scale(production)
    fractions = _best_fractions(scaled, _left(scaled, frozenset(removed)))
    made = {product: fraction * scaled.most[product] for product, fraction in fractions.items()}
    worth = math.fsum(scaled.worth[product] * fraction for product, fraction in fractions.items())
    return Output(worth * scaled.total, {product: made.get(product, 0.0) for product in sorted(production.need)})


def _scale(production: Production) -> _Scaled:
    """Check a production and turn it into fractions, without what is worth nothing or not needed."""
    _check(production)
    supply = _by_input(production.capacity)
    most = _most(production, supply)
    total = math.fsum(production.value[product] * amount for product, amount in most.items())
    worth = {product: production.value[product] * amount / total for product, amount in most.items()}
    scaled = _Scaled(most, total, worth, {}, {})
    for item, sizes in supply.items():
        wanted = {product: production.need[product].get(item, 0) * amount for product, amount in most.items()}
        whole = math.fsum(wanted.values())
        if whole > 0:
            scaled.use[item] = {product: amount / whole for product, amount in wanted.items() if amount > 0}
            scaled.supply[item] = {arc: min(1.0, size / whole) for arc, size in sizes.items() if size > 0}
    return scaled


def _by_input(capacity: Mapping[Arc, float]) -> dict[str, dict[Arc, float]]:
    """Sort capacities by the input that they deliver."""
    supply: dict[str, dict[Arc, float]] = {}
    for arc, size in sorted(capacity.items()):
        supply.setdefault(arc[0], {})[arc] = size
    return supply


def _most(production: Production, supply: Mapping[str, Mapping[Arc, float]]) -> dict[str, float]:
    """Return how much could be made of each product alone, where that is worth anything."""
    most = {}
    for product, needs in sorted(production.need.items()):
        limits = (math.fsum(supply[item].values()) / amount for item, amount in needs.items() if amount > 0)
        alone = min(production.demand[product], *limits, math.inf)
        if alone * production.value[product] > 0:
            most[product] = alone
    return most


def _check(production: Production) -> None:
    """Refuse a production that is not complete.

    Raises
    ------
    InvalidAttackError
        If a number is missing, negative or not finite, or an input has no supplier.
    """
    numbers: dict[str, float | None] = {
        f"capacity of {item} from {supplier}": size for (item, supplier), size in production.capacity.items()
    }
    supplied = {item for item, _ in production.capacity}
    for product, needs in production.need.items():
        numbers[f"demand of {product}"] = production.demand.get(product)
        numbers[f"value of {product}"] = production.value.get(product)
        numbers.update({f"need of {product} for {item}": amount for item, amount in needs.items()})
        for item in sorted(needs.keys() - supplied):
            msg = f"{product} needs {item}, of which no supplier is known: give one, with capacity 0 if there is none"
            raise InvalidAttackError(msg)
    for what, number in numbers.items():
        if number is None or not (math.isfinite(number) and number >= 0):
            msg = f"{what} is {number!r}: give a finite number of at least 0"
            raise InvalidAttackError(msg)


def _left(scaled: _Scaled, removed: frozenset[Arc]) -> tuple[float, ...]:
    """Return what part of the need of each input the suppliers left can meet."""
    return tuple(
        min(1.0, math.fsum(part for arc, part in parts.items() if arc not in removed))
        for parts in scaled.supply.values()
    )


def _best_fractions(scaled: _Scaled, left: tuple[float, ...]) -> dict[str, float]:
    """Solve for the part of each product's demand that is best met."""
    products = list(scaled.worth)
    if not products:
        return {}
    triplets = [
        (row, products.index(product), part)
        for row, by_product in enumerate(scaled.use.values())
        for product, part in by_product.items()
    ]
    table = np.array(triplets, dtype=float).reshape(-1, 3)
    programme = solve.Programme(
        cost=-np.array(list(scaled.worth.values())),
        rows=table[:, 0].astype(np.int32),
        cols=table[:, 1].astype(np.int32),
        values=table[:, 2],
        row_lo=np.full(len(left), -np.inf),
        row_hi=np.array(left, dtype=float),
        lb=np.zeros(len(products)),
        ub=np.ones(len(products)),
        row_names=tuple(f"supply of {item}" for item in scaled.use),
        col_names=tuple(f"output of {product}" for product in products),
    )
    x = solve.solve(programme).x
    # the solver's tolerance must not make less than nothing or more than is wanted
    return {product: min(1.0, max(0.0, float(part))) for product, part in zip(products, x, strict=True)}


def enumerate_worst(
    targets: Collection[str],
    k: int,
    value: Callable[[tuple[str, ...]], float],
    *,
    limit: int = ENUMERATED,
) -> tuple[float, tuple[tuple[str, ...], ...]]:
    """Try every set of k targets and keep those that leave least.

    Sets are compared by value: those within 1e-9 of the least, relative to the largest value
    met or to 1, are tied.

    Parameters
    ----------
    targets
        Names; with fewer than k all are removed.
    k
        How many are removed.
    value
        What is left without a sorted tuple of targets; more removals never leave more.
    limit
        The most sets that may be tried.

    Returns
    -------
    value, ties
        The least value, and all sets that leave it, sorted.

    Raises
    ------
    InvalidAttackError
        If k is negative or there are more sets than `limit`.

    Examples
    --------
    >>> weights = {"a": 3, "b": 1, "c": 3}
    >>> enumerate_worst(weights, 1, lambda gone: 7 - sum(weights[name] for name in gone))
    (4, (('a',), ('c',)))
    """
    size = _budget(k, len(targets))
    count = math.comb(len(targets), size)
    if count > limit:
        msg = f"{count} sets of {size} targets are more than {limit}: take fewer targets, or join them in groups"
        raise InvalidAttackError(msg)
    values = {names: value(names) for names in itertools.combinations(sorted(targets), size)}
    least = min(values.values())
    slack = TIE * max(1.0, *map(abs, values.values()))
    return least, tuple(names for names, left in values.items() if left <= least + slack)


def _budget(k: int, n: int) -> int:
    """Return how many of n targets are removed.

    Raises
    ------
    InvalidAttackError
        If k is negative.
    """
    if k < 0:
        msg = f"a budget of {k} removals: it cannot be negative"
        raise InvalidAttackError(msg)
    return min(k, n)


def worst_removals(
    production: Production,
    k: int,
    *,
    targets: Mapping[str, Collection[Arc]] | None = None,
    limit: int = ENUMERATED,
    seconds: float | None = None,
) -> Attack:
    """Find the k removals that leave least to the best reply.

    The best reply is the linear programme of `output`. Its dual is minimised together with the
    removals, which gives one mixed-integer programme (g removes a target, pi prices an input):

        min  sum_is c_is w_is + sum_p d_p r_p
        s.t. sum_i n_pi pi_i + r_p >= v_p,   w_is >= pi_i - M_i sum_{a switches is} g_a,
             sum_a g_a <= k,   w, pi, r >= 0,   g binary,   M_i = max_p v_p / n_pi

    M_i is valid, as no price need exceed it. Everything is scaled so that M_i and v_p become 1.
    The removals found are checked by the certified programme of `output`, whose value is the
    one given. Up to `limit` sets every one is tried as well, and both must agree; the ties are
    then named. A budget that removes all suppliers of an input that every product needs leaves
    0, and nothing more is tried.

    Parameters
    ----------
    production
        What is made from what.
    k
        How many targets are removed.
    targets
        Name to the arcs (input, supplier) that it switches off; `arc_targets` if None, or
        `economy_targets`. Arcs of no target are safe.
    limit
        The most sets that are tried one by one.
    seconds
        Time limit of the mixed-integer programme; with it a gap may stay open, and the answer
        may differ between machines.

    Returns
    -------
    Attack
        Removals, value, ties, and how far it is proven. Values do not rise with k.

    Raises
    ------
    InvalidAttackError
        If k is negative, a number is missing, negative or not finite, or an input has no supplier.
    DepgraphError
        If a product takes less than a ten-millionth of an input that others share.
    UncertifiedError
        If programme, best reply and enumeration do not agree, or time ends before any answer.
    UnknownNameError
        If a target has an arc that is not among the capacities.

    References
    ----------
    Wood (1993), Mathematical and Computer Modelling 17(2), 1-18,
    doi:10.1016/0895-7177(93)90236-R. Brown, Carlyle, Salmeron and Wood (2006), Interfaces
    36(6), 530-544, doi:10.1287/inte.1060.0252.

    Examples
    --------
    >>> drones = Production(
    ...     capacity={("oxide", "CHN"): 90, ("oxide", "MYS"): 12, ("chip", "TWN"): 70, ("chip", "CHN"): 40},
    ...     need={"drone": {"oxide": 0.3, "chip": 1.0}},
    ...     demand={"drone": 150},
    ...     value={"drone": 1},
    ... )
    >>> attack = worst_removals(drones, 1)
    >>> round(attack.value, 6), attack.ties, attack.proven
    (40.0, (('CHN:oxide',), ('TWN:chip',)), True)
    """
    if targets is None:
        targets = arc_targets(production)
    structure.require_arcs(production.capacity, itertools.chain.from_iterable(targets.values()))
    scaled = _scale(production)
    needed = set().union(*scaled.supply.values())
    useful = {name: frozenset(arcs) & needed for name, arcs in sorted(targets.items()) if needed.intersection(arcs)}
    size = _budget(k, len(useful))
    if size == 0:
        return _attack(production, k, targets, (), ties=((),), bound=math.inf, method="nothing removed")
    cutting = _cutting_off(scaled, useful, size)
    if cutting:
        return _attack(production, k, targets, cutting[0], ties=cutting, bound=0.0, method="cut-off")
    names, bound = _programme(scaled, useful, size, seconds)
    if math.comb(len(useful), size) > limit:
        return _attack(production, k, targets, names, ties=None, bound=bound * scaled.total, method="programme")
    least, ties = _enumerated(scaled, useful, size, limit)
    found = _value(scaled, useful, names)
    if not bound - solve.TOLERANCE <= least <= found + solve.TOLERANCE:
        msg = f"trying every set leaves {least:g} of the most, the programme {found:g} and no less than {bound:g}"
        raise UncertifiedError(msg)
    bound = least * scaled.total
    return _attack(production, k, targets, ties[0], ties=ties, bound=bound, method="programme and enumeration")


def _attack(
    production: Production,
    k: int,
    targets: Mapping[str, Collection[Arc]],
    names: tuple[str, ...],
    *,
    ties: tuple[tuple[str, ...], ...] | None,
    bound: float,
    method: str,
) -> Attack:
    """Certify the best reply to some removals and put the record together."""
    arcs = tuple(sorted({arc for name in names for arc in targets[name]}))
    undisturbed = output(production).value
    reply = output(production, arcs)
    bound = min(bound, reply.value)
    return Attack(
        k=k,
        undisturbed=undisturbed,
        value=reply.value,
        loss=1 - reply.value / undisturbed if undisturbed > 0 else None,
        removed=names,
        arcs=arcs,
        amounts=reply.amounts,
        ties=ties,
        bound=bound,
        gap=(reply.value - bound) / undisturbed if undisturbed > 0 else 0.0,
        method=method,
    )


def _cutting_off(scaled: _Scaled, targets: Mapping[str, frozenset[Arc]], size: int) -> tuple[tuple[str, ...], ...]:
    """Return the sets of targets that take all suppliers of an input that every product needs."""
    found = set()
    for item, parts in scaled.supply.items():
        names = tuple(name for name, arcs in targets.items() if not arcs.isdisjoint(parts))
        covered = parts.keys() <= set().union(*(targets[name] for name in names))
        if covered and len(names) <= size and len(scaled.use[item]) == len(scaled.worth):
            found.add(names)
    return tuple(sorted(found, key=lambda names: (len(names), names)))


def _value(scaled: _Scaled, targets: Mapping[str, frozenset[Arc]], names: tuple[str, ...]) -> float:
    """Return the part of the worth of all that could be made that is left."""
    return _worth_left(scaled, _left(scaled, frozenset().union(*(targets[name] for name in names))))


def _worth_left(scaled: _Scaled, left: tuple[float, ...]) -> float:
    """Return the worth of the best reply; one product is made up to its scarcest input."""
    if len(scaled.worth) == 1:
        return min(left, default=1.0)
    fractions = _best_fractions(scaled, left)
    return math.fsum(scaled.worth[product] * part for product, part in fractions.items())


def _enumerated(
    scaled: _Scaled, targets: Mapping[str, frozenset[Arc]], size: int, limit: int
) -> tuple[float, tuple[tuple[str, ...], ...]]:
    """Try every set; sets that leave the same supplies are solved once."""
    known: dict[tuple[float, ...], float] = {}

    def value(names: tuple[str, ...]) -> float:
        left = _left(scaled, frozenset().union(*(targets[name] for name in names)))
        if left not in known:
            known[left] = _worth_left(scaled, left)
        return known[left]

    return enumerate_worst(targets, size, value, limit=limit)


def _programme(
    scaled: _Scaled, targets: Mapping[str, frozenset[Arc]], size: int, seconds: float | None
) -> tuple[tuple[str, ...], float]:
    """Solve the mixed-integer programme; return the targets removed and a bound, in fractions.

    Raises
    ------
    UncertifiedError
        If the solver has no answer, or one that the best reply does not confirm.
    """
    problem, chosen = _build(scaled, targets, size)
    # the solver's own gaps of 1e-4 and 1e-6 would let a second-worst set pass, and a removal of a
    # millionth, within its tolerance for whole numbers, would cheapen the rents
    strict = {"gapRel": 0.0, "gapAbs": 0.0, "mip_feasibility_tolerance": 1e-9}
    ended = integer.search(problem, "removals", timeLimit=seconds, **strict)
    if ended.status not in {"Optimal", "Time limit reached"}:
        msg = f"the programme of removals stopped with status {ended.status!r} and no answer"
        raise UncertifiedError(msg)
    names = tuple(name for name, variable in chosen.items() if variable.value() > 0.5)
    found = _value(scaled, targets, names)
    excess = ended.value - found
    if len(names) > size or excess < -solve.TOLERANCE or (ended.status == "Optimal" and excess > solve.TOLERANCE):
        msg = f"the programme of removals leaves {excess:g} of the most more than the best reply"
        raise UncertifiedError(msg)
    return names, max(0.0, ended.bound)


def _build(scaled: _Scaled, targets: Mapping[str, frozenset[Arc]], size: int) -> tuple[Any, dict[str, Any]]:
    """Write the programme in PuLP, scaled so that prices lie between 0 and 1."""
    import pulp

    problem = pulp.LpProblem("interdiction", pulp.LpMinimize)
    arcs = itertools.chain.from_iterable(scaled.supply.values())
    removed = {name: problem.add_variable(f"g{i}", cat="Binary") for i, name in enumerate(targets)}
    prices = {item: problem.add_variable(f"p{i}", 0, 1) for i, item in enumerate(scaled.use)}
    unmet = {product: problem.add_variable(f"r{i}", 0, 1) for i, product in enumerate(scaled.worth)}
    rents = {arc: problem.add_variable(f"w{i}", 0, 1) for i, arc in enumerate(arcs)}
    highest = _highest_prices(scaled)
    costs = [scaled.supply[arc[0]][arc] * highest[arc[0]] for arc in rents]
    problem += pulp.lpDot(costs, rents.values()) + pulp.lpDot(scaled.worth.values(), unmet.values())
    for product, weights in _price_rows(scaled, highest).items():
        problem += pulp.lpDot(weights.values(), map(prices.get, weights)) + unmet[product] >= 1
    for arc, rent in rents.items():
        problem += rent - prices[arc[0]] + pulp.lpSum(removed[name] for name in targets if arc in targets[name]) >= 0
    problem += pulp.lpSum(removed.values()) <= size
    return problem, removed


def _highest_prices(scaled: _Scaled) -> dict[str, float]:
    """Return M, what no input's price need exceed: all the worth of the product that uses it best."""
    return {item: max(scaled.worth[p] / part for p, part in parts.items()) for item, parts in scaled.use.items()}


def _price_rows(scaled: _Scaled, highest: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """Return for each product what the prices of its inputs weigh against its worth."""
    rows: dict[str, dict[str, float]] = {product: {} for product in scaled.worth}
    for item, parts in scaled.use.items():
        for product, part in parts.items():
            rows[product][item] = part * highest[item] / scaled.worth[product]
    return rows


def worst_flow_removals(
    network: "nx.DiGraph[str]",
    source: str,
    sink: str,
    k: int,
    *,
    targets: Mapping[str, Collection[Arc]] | None = None,
    capacity: str = "capacity",
    limit: int = ENUMERATED,
) -> FlowAttack:
    """Find the k removals that leave the smallest maximum flow, by trying every set.

    ``min over sets S of k targets of maxflow(G without S)``

    Parameters
    ----------
    network
        Arcs from supplier to user, one commodity.
    source, sink
        Two different nodes.
    k
        How many targets are removed.
    targets
        Name to the arcs that it switches off, such as all of an economy; every arc that has a
        capacity by itself if None.
    capacity
        Arc attribute that holds the capacity; may be infinite.
    limit
        The most sets that may be tried.

    Returns
    -------
    FlowAttack
        The flow left with the cut that proves it, and all ties.

    Raises
    ------
    InvalidAttackError
        If k is negative, there are too many sets, or source and sink are one node.
    InvalidNetworkError
        If a capacity is missing or negative, or arcs are parallel.
    UnboundedError
        If a way of infinite capacity joins source and sink.
    UncertifiedError
        If a flow differs from its cut.
    UnknownNameError
        If source, sink or an arc of a target is not in the network.

    References
    ----------
    Wood (1993), Mathematical and Computer Modelling 17(2), 1-18,
    doi:10.1016/0895-7177(93)90236-R.

    Examples
    --------
    >>> import networkx as nx
    >>> g = nx.DiGraph()
    >>> g.add_weighted_edges_from([("s", "a", 3), ("s", "b", 2), ("a", "t", 4), ("b", "t", 4)], "capacity")
    >>> attack = worst_flow_removals(g, "s", "t", 1)
    >>> attack.undisturbed, attack.value, attack.ties
    (5.0, 2.0, (('a -> t',), ('s -> a',)))
    """
    structure.require_nodes(network, (source, sink))
    if source == sink:
        msg = f"from {source} to {sink}: name two nodes"
        raise InvalidAttackError(msg)
    capacities = structure.amounts(network, capacity)
    if targets is None:
        targets = {" -> ".join(arc): (arc,) for arc, size in capacities.items() if size > 0}
    structure.require_arcs(capacities, itertools.chain.from_iterable(targets.values()))

    def left(names: tuple[str, ...]) -> tuple[float, tuple[Arc, ...]]:
        gone = {arc for name in names for arc in targets[name]}
        flow = structure.certified_flow(
            {arc: size for arc, size in capacities.items() if arc not in gone}, source, sink
        )
        return flow.value, flow.cut

    undisturbed, _ = left(())
    _, ties = enumerate_worst(targets, k, lambda names: left(names)[0], limit=limit)
    value, cut = left(ties[0])
    return FlowAttack(k, undisturbed, value, 1 - value / undisturbed if undisturbed > 0 else None, ties[0], cut, ties)
