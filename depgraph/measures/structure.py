"""What the shape of a network says about who can be done without.

Pure functions of plain networkx digraphs with arcs from supplier to user. Each answers one
question: who lies on many routes (`betweenness`), whose loss disconnects (`dominators`), whose
loss stops an output when inputs are complements (`single_points`), how much still flows
(`maximum_flow`, `loss_curve`), how fast trade goes with its largest exporters
(`vulnerability_profile`) and how likely supply survives (`reliability`). The answers differ,
and none stands in for another.
"""

import math
from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from statistics import NormalDist
from typing import Literal, NamedTuple, get_args

import networkx as nx
import numpy as np

from depgraph.core.errors import DepgraphError, UnboundedError, UncertifiedError, UnknownNameError

Arc = tuple[str, str]
Distance = Literal["inverse", "log"]
Ways = Mapping[str, Sequence[tuple[str, int]]]  # supplier to (user, components needed as bits)

EXACT_COMPONENTS = 20  # up to this many uncertain components a reliability is computed exactly
SHORTEST = 1e-12  # length of an arc of share 1: with length 0 routes could circle for nothing
SHARE_SLACK = 1e-9  # a share may exceed 1 by rounding


class InvalidNetworkError(DepgraphError):
    """A network holds something that makes the question meaningless."""


class Dominance(NamedTuple):
    """Dominator tree of a network.

    Attributes
    ----------
    immediate
        Each reachable node to the nearest node that all its routes pass; None where no single
        node lies on all of them.
    failed
        Nodes that no root reaches: they have failed already.
    """

    immediate: dict[str, str | None]
    failed: tuple[str, ...]


class SinglePoints(NamedTuple):
    """Single points of failure of one target, by two readings.

    Attributes
    ----------
    target
        Whose output is looked at.
    failed
        Nodes that do not work even before anything is removed; if the target is among them the
        other fields are empty.
    dominators
        Nodes on every route to the target, all arcs read as alternatives.
    and_or
        Nodes whose loss stops the target, suppliers read as alternatives and essential inputs
        as complements.
    missed, overstated
        Nodes only in `and_or`, and only in `dominators`, each with the reason.
    """

    target: str
    failed: tuple[str, ...]
    dominators: tuple[str, ...]
    and_or: tuple[str, ...]
    missed: dict[str, str]
    overstated: dict[str, str]


class Flow(NamedTuple):
    """A maximum flow and the cut that proves it.

    Attributes
    ----------
    value
        Flow from source to sink; equals the capacity of the cut.
    cut
        Arcs of a minimum cut, sorted: the binding ones.
    source_side
        Nodes on the source's side of the cut, sorted.
    carrying
        Arcs that carry flow in the solution found, sorted.
    """

    value: float
    cut: tuple[Arc, ...]
    source_side: tuple[str, ...]
    carrying: tuple[Arc, ...]


class Loss(NamedTuple):
    """What one removal costs.

    Attributes
    ----------
    kind
        ``node``, ``arc`` or ``group``.
    name
        Of the node or group; ``a -> b`` for an arc.
    loss
        V, the part of the maximum flow that is lost; None if there was no flow.
    left
        The flow that is left, with its cut.
    """

    kind: str
    name: str
    loss: float | None
    left: Flow


class LossCurve(NamedTuple):
    """Maximum flow of a network and what each removal costs.

    Attributes
    ----------
    flow
        Before any removal.
    losses
        Largest loss first, then by kind and name.
    """

    flow: Flow
    losses: tuple[Loss, ...]


class Component(NamedTuple):
    """Something that works or fails as one: an arc, both directions of a link, a country.

    Attributes
    ----------
    works
        Probability that it works.
    arcs
        Arcs that fail with it.
    """

    works: float
    arcs: tuple[Arc, ...]


class Reliability(NamedTuple):
    """Probability that supply survives.

    Attributes
    ----------
    value
        The probability, exact or estimated.
    low, high
        Confidence interval; both equal `value` if it is exact.
    draws
        Random draws behind it; 0 if it is exact.
    """

    value: float
    low: float
    high: float
    draws: int


def betweenness(network: "nx.DiGraph[str]", *, distance: Distance, weight: str = "flow") -> dict[str, float]:
    """Share of shortest routes that pass each node.

    ``C(v) = 1/((n-1)(n-2)) sum_{s != v != t} sigma_st(v) / sigma_st``, sigma counting shortest
    routes. Distances are derived from flows, since a large flow is a short way: ``inverse`` is
    1/flow, ``log`` is -log(share), for which the length of a route is the product of its
    shares. An arc without flow is no way at all and is left out. Of routes equally long but for
    arcs of share 1, which have no length, that with fewer such arcs is taken. Routes are equal
    if their lengths are equal as floating-point numbers.

    Parameters
    ----------
    network
        Arcs from supplier to user.
    distance
        ``inverse`` for flows of one unit, ``log`` for shares.
    weight
        Arc attribute that holds the flow or share.

    Returns
    -------
    dict
        Node to betweenness between 0 and 1, sorted by node; 0 for all with fewer than 3 nodes.

    Raises
    ------
    InvalidNetworkError
        If a flow is missing, negative or not finite, a share exceeds 1, or arcs are parallel.
    UnknownNameError
        If `distance` is neither of the two.

    References
    ----------
    Freeman (1977), Sociometry 40(1), 35-41, doi:10.2307/3033543. Brandes (2001), Journal of
    Mathematical Sociology 25(2), 163-177, doi:10.1080/0022250X.2001.9990249.

    Examples
    --------
    >>> g = nx.DiGraph()
    >>> g.add_weighted_edges_from([("mine", "a", 90), ("mine", "b", 10), ("a", "use", 90), ("b", "use", 10)], "flow")
    >>> betweenness(g, distance="inverse")
    {'a': 0.16666666666666666, 'b': 0.0, 'mine': 0.0, 'use': 0.0}
    """
    if distance not in get_args(Distance):
        raise UnknownNameError("distance", distance, get_args(Distance))
    ways: nx.DiGraph[str] = nx.DiGraph()
    ways.add_nodes_from(sorted(network))
    for (supplier, user), flow in amounts(network, weight).items():
        if math.isinf(flow) or (distance == "log" and flow > 1 + SHARE_SLACK):
            msg = f"{weight} of {supplier} -> {user} is {flow!r}: flows are finite, shares at most 1"
            raise InvalidNetworkError(msg)
        if flow > 0:
            length = 1 / flow if distance == "inverse" else max(SHORTEST, -math.log(flow))
            ways.add_edge(supplier, user, distance=length)
    return dict(nx.betweenness_centrality(ways, weight="distance"))


def amounts(network: "nx.DiGraph[str]", attribute: str) -> dict[Arc, float]:
    """Read one number of every arc, sorted by arc; an unknown one is not taken for zero.

    Raises
    ------
    InvalidNetworkError
        If a number is missing or negative, or arcs are parallel.
    """
    if network.is_multigraph():
        msg = "the network has parallel arcs: add them up into one arc each first"
        raise InvalidNetworkError(msg)
    amounts: dict[Arc, float] = {}
    for supplier, user in sorted(network.edges):
        amount = network.edges[supplier, user].get(attribute)
        if amount is None or not amount >= 0:
            msg = f"{attribute} of {supplier} -> {user} is {amount!r}: give a number of at least 0, or take the arc out"
            raise InvalidNetworkError(msg)
        amounts[supplier, user] = float(amount)
    return amounts


def require_nodes(network: "nx.DiGraph[str]", nodes: Iterable[str]) -> None:
    """Refuse nodes that the network does not have.

    Raises
    ------
    UnknownNameError
        For the first of them.
    """
    for node in nodes:
        if node not in network:
            raise UnknownNameError("node", node, network)


def dominators(network: "nx.DiGraph[str]", roots: Collection[str]) -> Dominance:
    """Find the nodes that all routes to a node pass.

    A super-source is joined to all roots. Node d dominates v if every route from it to v passes
    d: without d, v is cut off. All arcs count as alternatives (OR); for complementary inputs
    see `single_points`. One tree answers the removal of every node. Loops are fine.

    Parameters
    ----------
    network
        Arcs from supplier to user.
    roots
        Nodes with an origin of their own.

    Returns
    -------
    Dominance
        The tree, sorted by node, and what no root reaches.

    Raises
    ------
    UnknownNameError
        If a root is not in the network.

    References
    ----------
    Lengauer and Tarjan (1979), ACM Transactions on Programming Languages and Systems 1(1),
    121-141, doi:10.1145/357062.357071.

    Examples
    --------
    >>> g = nx.DiGraph([("m1", "metal"), ("m2", "metal"), ("metal", "magnet"), ("lost", "magnet")])
    >>> dominators(g, ["m1", "m2"])
    Dominance(immediate={'m1': None, 'm2': None, 'magnet': 'metal', 'metal': None}, failed=('lost',))
    """
    require_nodes(network, roots)
    super_source = "*" * (1 + max(map(len, network), default=0))  # longer than any name, so new
    tree: nx.DiGraph[str] = nx.DiGraph()
    tree.add_edges_from((super_source, root) for root in sorted(roots))
    tree.add_edges_from((supplier, user) for supplier, user in sorted(network.edges()))
    tree.add_node(super_source)
    above = nx.immediate_dominators(tree, super_source)
    found = {node: above[node] for node in sorted(network) if node in above}
    immediate = {node: None if parent == super_source else parent for node, parent in found.items()}
    return Dominance(immediate, tuple(node for node in sorted(network) if node not in found))


def dominator_chain(dominance: Dominance, target: str) -> tuple[str, ...]:
    """All strict dominators of a node, the nearest first.

    Parameters
    ----------
    dominance
        From `dominators`.
    target
        A node.

    Returns
    -------
    tuple of str
        Each alone cuts the target off. Empty for a node that has failed already.

    Raises
    ------
    UnknownNameError
        If the network had no such node.

    Examples
    --------
    >>> dominator_chain(Dominance({"ore": None, "metal": "ore", "magnet": "metal"}, ()), "magnet")
    ('metal', 'ore')
    """
    if target not in dominance.immediate and target not in dominance.failed:
        raise UnknownNameError("node", target, [*dominance.immediate, *dominance.failed])
    chain = []
    node = dominance.immediate.get(target)
    while node is not None:
        chain.append(node)
        node = dominance.immediate[node]
    return tuple(chain)


class _Needs(NamedTuple):
    """What a node takes from: alternatives, complements, and what it can do without."""

    suppliers: frozenset[str]
    inputs: frozenset[str]
    dispensable: frozenset[str]


def single_points(network: "nx.DiGraph[str]", roots: Collection[str], target: str) -> SinglePoints:
    """Find the nodes whose loss alone stops a target, reading AND and OR apart.

    A node works if it was not removed, all its essential inputs work, and it is a root, has no
    suppliers in the network, or has one that works. The set of working nodes is the largest
    that keeps this rule, begun from the nodes that the roots reach, and in which every node
    can be traced back to an origin. So a loop of stages that need each other runs as long as
    it is fed from outside, and no loop feeds itself.

    Dominators read every arc as an alternative. They miss a node behind one of several
    essential inputs, as other routes go round it, and overstate one that is needed only for
    inputs that are not essential.

    Parameters
    ----------
    network
        Arcs from supplier to user. The arc attribute ``relation`` is ``supplies`` (an
        alternative; also where it is missing) or ``input`` (a complement, unless its attribute
        ``essential`` is False), as in `depgraph.graph.dependencies`.
    roots
        Nodes with an origin of their own; their suppliers are not needed, their inputs are.
    target
        Whose output is looked at.

    Returns
    -------
    SinglePoints
        Both sets and their differences with reasons, all sorted by name but the dominators,
        of which the nearest comes first. The target itself is not listed.

    Raises
    ------
    InvalidNetworkError
        If an arc has another relation.
    UnknownNameError
        If a root or the target is not in the network.

    References
    ----------
    Barlow and Proschan (1975), Statistical Theory of Reliability and Life Testing, chapter 1.

    Examples
    --------
    >>> g = nx.DiGraph()
    >>> g.add_edges_from([("iron", "motor"), ("magnet", "motor")], relation="input")
    >>> found = single_points(g, ["iron", "magnet"], "motor")
    >>> found.dominators, found.and_or
    ((), ('iron', 'magnet'))
    >>> found.missed["iron"]
    'other routes reach motor, but its essential input iron stops'
    """
    require_nodes(network, [target])
    dominance = dominators(network, roots)
    needs = {node: _needs(network, node) for node in network}
    before = _working(needs, roots, set(dominance.immediate))
    failed = tuple(sorted(set(network) - before))
    if target not in before:
        return SinglePoints(target, failed, (), (), {}, {})
    chain = dominator_chain(dominance, target)
    upstream = sorted(nx.ancestors(network, target) & before)
    stopping = tuple(node for node in upstream if target not in _working(needs, roots, before - {node}))
    missed, overstated = {}, {}
    for node in sorted(set(chain) ^ set(stopping)):
        reached = _reached(network, roots, node)
        working = _working(needs, roots, before - {node})
        if node in chain:
            overstated[node] = _why_overstated(needs, working - reached, node)
        else:
            missed[node] = _why_missed(needs, reached, (reached & before) - working)
    return SinglePoints(target, failed, chain, stopping, missed, overstated)


def _needs(network: "nx.DiGraph[str]", node: str) -> _Needs:
    """Sort the arcs into a node by what they mean.

    Raises
    ------
    InvalidNetworkError
        If a relation is neither of the two.
    """
    sorted_out: dict[str, set[str]] = {"supplies": set(), "input": set(), "dispensable": set()}
    for source, _, data in network.in_edges(node, data=True):
        relation = data.get("relation", "supplies")
        if relation not in {"supplies", "input"}:
            msg = f"relation {relation!r} of {source} -> {node} is neither 'supplies' nor 'input'"
            raise InvalidNetworkError(msg)
        dispensable = relation == "input" and not data.get("essential", True)
        sorted_out["dispensable" if dispensable else relation].add(source)
    return _Needs(*map(frozenset, sorted_out.values()))


def _working(needs: Mapping[str, _Needs], roots: Collection[str], alive: set[str]) -> set[str]:
    """Return the largest part of some nodes that keeps itself working."""
    while True:
        able = {node for node in alive if needs[node].inputs <= alive}
        fed = _fed(needs, roots, able)
        if fed == alive:
            return alive
        alive = fed


def _fed(needs: Mapping[str, _Needs], roots: Collection[str], able: set[str]) -> set[str]:
    """Return the nodes that can be traced back to an origin through some nodes."""
    fed = {node for node in able if node in roots or not needs[node].suppliers | needs[node].inputs}
    while more := {node for node in able - fed if _sources(needs[node]) & fed}:
        fed |= more
    return fed


def _sources(needs: _Needs) -> frozenset[str]:
    """Return where the material of a node may come from."""
    return needs.suppliers or needs.inputs | needs.dispensable


def _reached(network: "nx.DiGraph[str]", roots: Collection[str], removed: str) -> set[str]:
    """Return the nodes that routes round a removed one reach."""
    rest = network.subgraph(node for node in network if node != removed)
    begun = {root for root in roots if root != removed}
    return begun.union(*(nx.descendants(rest, root) for root in begun))


def _why_missed(needs: Mapping[str, _Needs], reached: set[str], stalled: Collection[str]) -> str:
    """Say why a node that is no dominator stops the target: of what routes still reach, what stalls first."""
    for user in sorted(stalled):
        stopped = sorted(needs[user].inputs - reached)
        if stopped:
            return f"other routes reach {user}, but its essential input {stopped[0]} stops"
    for user in sorted(stalled):
        if needs[user].suppliers and needs[user].suppliers.isdisjoint(reached):
            return f"other routes reach {user}, but none of its suppliers is left"
    return f"other routes reach {min(stalled)}, but what is left to feed it has no origin outside a loop"


def _why_overstated(needs: Mapping[str, _Needs], spared: Collection[str], node: str) -> str:
    """Say why a dominator does not stop the target: of what it cuts off, what runs on all the same."""
    user = min(user for user in spared if needs[user].dispensable)
    return f"all routes pass {node}, but {user} can do without what comes through it"


def maximum_flow(network: "nx.DiGraph[str]", source: str, sink: str, *, capacity: str = "capacity") -> Flow:
    """Largest flow from a source to a sink, with the cut that proves it.

    No flow exceeds the capacity of any cut, so a flow and a cut of equal size prove each other
    (max-flow min-cut). The numbers are turned into whole multiples of one binary fraction, so
    the flow is exact; bounds, conservation and equality with the cut are checked.

    Parameters
    ----------
    network
        Arcs from supplier to user, one commodity. A plant's own capacity is an arc: split its
        node in two.
    source, sink
        Two different nodes.
    capacity
        Arc attribute that holds the capacity, of one unit a period; may be infinite.

    Returns
    -------
    Flow
        Of several minimum cuts that nearest to the source.

    Raises
    ------
    InvalidNetworkError
        If a capacity is missing or negative, arcs are parallel, or source and sink are one node.
    UnboundedError
        If a way of infinite capacity joins source and sink.
    UncertifiedError
        If the flow found fails a check.
    UnknownNameError
        If source or sink is not in the network.

    References
    ----------
    Ford and Fulkerson (1956), Canadian Journal of Mathematics 8, 399-404,
    doi:10.4153/CJM-1956-045-5.

    Examples
    --------
    >>> g = nx.DiGraph()
    >>> g.add_weighted_edges_from([("s", "a", 3), ("s", "b", 2), ("a", "t", 1), ("b", "t", 5)], "capacity")
    >>> flow = maximum_flow(g, "s", "t")
    >>> flow.value, flow.cut
    (3.0, (('a', 't'), ('s', 'b')))
    """
    require_nodes(network, (source, sink))
    if source == sink:
        msg = f"source and sink are both {source!r}: name two nodes"
        raise InvalidNetworkError(msg)
    return certified_flow(amounts(network, capacity), source, sink)


def certified_flow(capacities: Mapping[Arc, float], source: str, sink: str) -> Flow:
    """Solve a maximum flow in whole numbers and check it against its cut.

    Parameters
    ----------
    capacities
        Arc to capacity, at least 0; infinite where there is no limit.
    source, sink
        Two different nodes.

    Returns
    -------
    Flow
        Value, cut, the source's side and the arcs that carry flow.

    Raises
    ------
    UnboundedError
        If a way of infinite capacity joins source and sink.
    UncertifiedError
        If the flow differs from its cut.

    Examples
    --------
    >>> certified_flow({("s", "a"): 3.0, ("a", "t"): 2.0}, "s", "t").value
    2.0
    """
    open_arcs = [arc for arc, size in capacities.items() if size > 0]
    limits, unit = _whole_limits(capacities)
    flows = _whole_flow(open_arcs, limits, source, sink)
    side = _source_side(flows, limits, source)
    cut = tuple(sorted(arc for arc in open_arcs if arc[0] in side and arc[1] not in side))
    _check_flow(flows, limits, source, sink, sum(limits.get(arc, -1) for arc in cut))
    value = sum(limits[arc] for arc in cut) / unit
    return Flow(value, cut, tuple(sorted(side)), tuple(sorted(arc for arc in flows if flows[arc] > 0)))


def _whole_limits(capacities: Mapping[Arc, float]) -> tuple[dict[Arc, int], int]:
    """Return finite capacities as multiples of one unit, and how many of it make 1: exactly, as floats are binary."""
    ratios = {arc: size.as_integer_ratio() for arc, size in capacities.items() if 0 < size < math.inf}
    unit = max((below for _, below in ratios.values()), default=1)
    return {arc: above * (unit // below) for arc, (above, below) in ratios.items()}, unit


def _source_side(flows: Mapping[Arc, int], limits: Mapping[Arc, int], source: str) -> set[str]:
    """Return the nodes that could still get more from the source."""
    residual: nx.DiGraph[str] = nx.DiGraph()
    residual.add_node(source)
    for (supplier, user), amount in flows.items():
        if amount < limits.get((supplier, user), math.inf):
            residual.add_edge(supplier, user)
        if amount > 0:
            residual.add_edge(user, supplier)
    return {source} | nx.descendants(residual, source)


def _whole_flow(arcs: Iterable[Arc], limits: Mapping[Arc, int], source: str, sink: str) -> dict[Arc, int]:
    """Let networkx find a flow in whole numbers; to it, an arc without capacity has no limit.

    Raises
    ------
    UnboundedError
        If a way without limit joins source and sink.
    """
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from((source, sink))
    graph.add_edges_from((*arc, {"capacity": limits[arc]} if arc in limits else {}) for arc in arcs)
    try:
        _, by_node = nx.maximum_flow(graph, source, sink)
    except nx.NetworkXUnbounded as error:
        msg = f"a way of infinite capacity joins {source} and {sink}: give one of its arcs a capacity"
        raise UnboundedError(msg) from error
    return {(supplier, user): amount for supplier, users in by_node.items() for user, amount in users.items()}


def _check_flow(flows: Mapping[Arc, int], limits: Mapping[Arc, int], source: str, sink: str, cut: int) -> None:
    """Refuse a flow that breaks a bound, loses something on the way or differs from its cut.

    Raises
    ------
    UncertifiedError
        If it does.
    """
    balance: dict[str, int] = {source: 0, sink: 0}
    for (supplier, user), amount in flows.items():
        balance[supplier] = balance.get(supplier, 0) - amount
        balance[user] = balance.get(user, 0) + amount
    bounded = all(0 <= amount <= limits.get(arc, amount) for arc, amount in flows.items())
    kept = all(amount == 0 for node, amount in balance.items() if node not in {source, sink})
    if not (bounded and kept and balance[sink] == cut):
        msg = f"the flow from {source} to {sink} fails the check against its cut"
        raise UncertifiedError(msg)


def loss_curve(
    network: "nx.DiGraph[str]",
    source: str,
    sink: str,
    *,
    groups: Mapping[str, Collection[Arc]] | None = None,
    capacity: str = "capacity",
) -> LossCurve:
    """Part of the maximum flow that each single removal costs.

    ``V(S) = 1 - maxflow(G without S) / maxflow(G)``, between 0 and 1, for every node but source
    and sink, every arc, and every group of arcs.

    Parameters
    ----------
    network, source, sink, capacity
        As for `maximum_flow`.
    groups
        Arcs that go together, such as all of an economy.

    Returns
    -------
    LossCurve
        Each loss with the flow that is left and the cut that proves it.

    Raises
    ------
    InvalidNetworkError
        If a capacity is missing or negative, arcs are parallel, or source and sink are one node.
    UnboundedError
        If a way of infinite capacity joins source and sink.
    UncertifiedError
        If a flow found fails a check.
    UnknownNameError
        If source, sink or an arc of a group is not in the network.

    References
    ----------
    Wood (1993), Mathematical and Computer Modelling 17(2), 1-18,
    doi:10.1016/0895-7177(93)90236-R.

    Examples
    --------
    >>> g = nx.DiGraph()
    >>> g.add_weighted_edges_from([("s", "a", 3), ("s", "b", 1), ("a", "t", 3), ("b", "t", 1)], "capacity")
    >>> [(loss.name, loss.loss) for loss in loss_curve(g, "s", "t").losses if loss.kind == "node"]
    [('a', 0.75), ('b', 0.25)]
    """
    flow = maximum_flow(network, source, sink, capacity=capacity)
    capacities = amounts(network, capacity)
    removals = {("arc", " -> ".join(arc)): {arc} for arc in capacities}
    for node in set(network) - {source, sink}:
        removals["node", node] = {arc for arc in capacities if node in arc}
    for name, arcs in (groups or {}).items():
        require_arcs(capacities, arcs)
        removals["group", name] = set(arcs)
    losses = []
    for (kind, name), removed in removals.items():
        left = _flow_left(capacities, removed, source, sink, flow)
        losses.append(Loss(kind, name, 1 - left.value / flow.value if flow.value > 0 else None, left))
    return LossCurve(flow, tuple(sorted(losses, key=lambda loss: (-(loss.loss or 0), loss.kind, loss.name))))


def require_arcs(known: Collection[Arc], arcs: Iterable[Arc]) -> None:
    """Refuse arcs that the network does not have.

    Raises
    ------
    UnknownNameError
        For the first of them.
    """
    for arc in arcs:
        if arc not in known:
            raise UnknownNameError("arc", " -> ".join(arc), map(" -> ".join, known))


def _flow_left(capacities: Mapping[Arc, float], removed: set[Arc], source: str, sink: str, flow: Flow) -> Flow:
    """Return the flow after a removal."""
    # without arcs that carry nothing the same flow stays possible, and its cut stands
    if removed.isdisjoint(flow.carrying):
        return flow
    return certified_flow({arc: size for arc, size in capacities.items() if arc not in removed}, source, sink)


def vulnerability_profile(network: "nx.DiGraph[str]", *, weight: str = "flow") -> list[float] | None:
    """Share of all trade that is left after the k largest exporters are removed.

    ``v_k = S_k / S`` for k from 0 to n-1: nodes go in the order of their exports in the whole
    network (equal ones by name), with all they sell and buy. The complete network of equal
    flows gives ``v_k = (n-k)(n-k-1) / (n(n-1))``, a star of one exporter ``v_1 = 0``.

    Parameters
    ----------
    network
        Arcs from exporter to importer; a node's arc to itself is not trade and is not counted.
        Every node counts in n: leave out those that do not trade.
    weight
        Arc attribute that holds the flow, of one unit.

    Returns
    -------
    list of float or None
        n values from 1 down to 0; None if there is no trade.

    Raises
    ------
    InvalidNetworkError
        If a flow is missing, negative or not finite, or arcs are parallel.

    References
    ----------
    Piccardi and Tajoli (2018), PLoS ONE 13(11), e0208265, doi:10.1371/journal.pone.0208265.

    Examples
    --------
    >>> g = nx.DiGraph()
    >>> g.add_weighted_edges_from([("a", "b", 6.0), ("a", "c", 2.0), ("b", "c", 2.0)], "flow")
    >>> vulnerability_profile(g)
    [1.0, 0.2, 0.0]
    """
    flows = {arc: flow for arc, flow in amounts(network, weight).items() if arc[0] != arc[1]}
    exports = _exports(network, flows)
    total = math.fsum(flows.values())
    if not math.isfinite(total):
        msg = f"a {weight} is infinite: give finite numbers"
        raise InvalidNetworkError(msg)
    if total == 0:
        return None
    profile = []
    left = set(network)
    for node in sorted(network, key=lambda node: (-exports[node], node)):
        flows = {arc: flow for arc, flow in flows.items() if left.issuperset(arc)}
        profile.append(math.fsum(flows.values()) / total)
        left.remove(node)
    return profile


def _exports(network: Iterable[str], flows: Mapping[Arc, float]) -> dict[str, float]:
    """Return what each node sells."""
    sold: dict[str, list[float]] = {node: [] for node in network}
    for (exporter, _), flow in flows.items():
        sold[exporter].append(flow)
    return {node: math.fsum(amounts) for node, amounts in sold.items()}


def centralisation(profile: Sequence[float]) -> float | None:
    """How much faster trade vanishes than in the complete network of equal flows.

    ``1 - area(v) / area(v of the complete network)``, areas under the straight lines that join
    the points (k, v_k). The complete network gives 0, the star of one exporter the most there
    is for n nodes, ``1 - 3/(2n-1)``; an even but sparse network may lie a little below 0.

    Parameters
    ----------
    profile
        From `vulnerability_profile`.

    Returns
    -------
    float or None
        None for fewer than 2 nodes.

    References
    ----------
    Piccardi and Tajoli (2018), PLoS ONE 13(11), e0208265, doi:10.1371/journal.pone.0208265.

    Examples
    --------
    >>> centralisation([1.0, 0.0, 0.0, 0.0, 0.0])
    0.6666666666666667
    """
    n = len(profile)
    if n < 2:
        return None
    # the curve runs on to v_n = 0
    area = math.fsum(profile) - profile[0] / 2
    return 1 - area / ((n + 1) / 3 - 1 / 2)


def reliability(
    network: "nx.DiGraph[str]",
    source: str,
    terminals: Collection[str],
    components: Mapping[str, Component],
    *,
    draws: int = 10_000,
    seed: int = 0,
    level: float = 0.95,
) -> Reliability:
    """Probability that a source still reaches all terminals.

    Components fail independently; an arc works if all components that list it work, and always
    if none does. A country that bans exports is one component with all its arcs (common
    cause): taking its arcs as independent would overstate reliability. An undirected link is
    one component with both arcs.

    Up to `EXACT_COMPONENTS` uncertain components the value is exact, by factoring on a
    component e of a route that is still open: ``R = p_e R(e works) + (1 - p_e) R(e failed)``.
    Beyond, it is the frequency in random draws with Wilson's interval.

    Parameters
    ----------
    network
        Arcs from supplier to user.
    source
        Where supply begins; join several by a node with arcs that no component lists.
    terminals
        All must be reached; for the connectedness of undirected links, all nodes.
    components
        Name to probability and arcs.
    draws, seed, level
        Of the Monte Carlo estimate: number of draws, seed and confidence level.

    Returns
    -------
    Reliability
        Value and interval; 1 without terminals.

    Raises
    ------
    InvalidNetworkError
        If a probability lies outside 0..1, `draws` is below 1 or `level` not between 0 and 1.
    UnknownNameError
        If the network lacks the source, a terminal or an arc.

    References
    ----------
    Colbourn (1987), The Combinatorics of Network Reliability. Wilson (1927), Journal of the
    American Statistical Association 22, 209-212, doi:10.1080/01621459.1927.10502953.

    Examples
    --------
    >>> g = nx.DiGraph([("s", "a"), ("s", "b"), ("a", "t"), ("b", "t")])
    >>> apart = {"A": Component(0.9, (("s", "a"),)), "B": Component(0.9, (("s", "b"),))}
    >>> round(reliability(g, "s", ["t"], apart).value, 12)
    0.99
    >>> one_country = {"AB": Component(0.9, (("s", "a"), ("s", "b")))}
    >>> reliability(g, "s", ["t"], one_country).value
    0.9
    """
    require_nodes(network, (source, *terminals))
    _check_components(network, components, draws, level)
    names = sorted(name for name, component in components.items() if 0 < component.works < 1)
    dead = {arc for component in components.values() if component.works == 0 for arc in component.arcs}
    ways = _ways(set(network.edges()) - dead, [components[name].arcs for name in names])
    works = [components[name].works for name in names]
    if len(names) <= EXACT_COMPONENTS:
        value = _factor(ways, source, terminals, works, up=0, down=0)
        return Reliability(value, value, value, 0)
    return _estimate(ways, source, terminals, works, draws=draws, seed=seed, level=level)


def _check_components(
    network: "nx.DiGraph[str]", components: Mapping[str, Component], draws: int, level: float
) -> None:
    """Refuse arguments of `reliability` that are out of range.

    Raises
    ------
    InvalidNetworkError
        If a probability, the draws or the level are.
    """
    arcs = set(network.edges())
    for name, component in components.items():
        if not 0 <= component.works <= 1:
            msg = f"component {name} works with probability {component.works!r}: give a number between 0 and 1"
            raise InvalidNetworkError(msg)
        require_arcs(arcs, component.arcs)
    if draws < 1 or not 0 < level < 1:
        msg = f"{draws} draws at level {level}: at least one draw, and a level between 0 and 1"
        raise InvalidNetworkError(msg)


def _ways(arcs: Iterable[Arc], failing: Iterable[Collection[Arc]]) -> Ways:
    """Note for each arc, as bits, the components that it needs."""
    masks = dict.fromkeys(sorted(arcs), 0)
    for bit, together in enumerate(failing):
        masks.update({arc: masks[arc] | 1 << bit for arc in together if arc in masks})
    ways: dict[str, list[tuple[str, int]]] = {}
    for (supplier, user), mask in masks.items():
        ways.setdefault(supplier, []).append((user, mask))
    return ways


def _route(ways: Ways, source: str, terminals: Iterable[str], blocked: int) -> int | None:
    """Return the components of routes to all terminals round the blocked ones, None without."""
    needed = {source: 0}
    pending = deque([source])
    while pending:
        supplier = pending.popleft()
        for user, mask in ways.get(supplier, ()):
            if user not in needed and not mask & blocked:
                needed[user] = needed[supplier] | mask
                pending.append(user)
    used = 0
    for terminal in terminals:
        if terminal not in needed:
            return None
        used |= needed[terminal]
    return used


def _factor(
    ways: Ways, source: str, terminals: Collection[str], works: Sequence[float], *, up: int, down: int
) -> float:
    """Return the reliability given the components known to be up and down."""
    used = _route(ways, source, terminals, down)
    if used is None:
        return 0.0
    undecided = used & ~up
    if not undecided:
        return 1.0
    pivot = undecided & -undecided
    p = works[pivot.bit_length() - 1]
    with_it = _factor(ways, source, terminals, works, up=up | pivot, down=down)
    return p * with_it + (1 - p) * _factor(ways, source, terminals, works, up=up, down=down | pivot)


def _estimate(
    ways: Ways, source: str, terminals: Collection[str], works: Sequence[float], *, draws: int, seed: int, level: float
) -> Reliability:
    """Estimate the reliability from random draws, with Wilson's interval."""
    failed = np.random.default_rng(seed).random((draws, len(works))) >= np.array(works)
    states, counts = np.unique(failed, axis=0, return_counts=True)
    survived = 0
    for state, count in zip(states, counts, strict=True):
        down = sum(1 << int(bit) for bit in np.flatnonzero(state))
        survived += int(count) if _route(ways, source, terminals, down) is not None else 0
    z = NormalDist().inv_cdf((1 + level) / 2)
    centre = (survived + z * z / 2) / (draws + z * z)
    half = z * math.sqrt(survived * (draws - survived) / draws + z * z / 4) / (draws + z * z)
    return Reliability(survived / draws, max(0.0, centre - half), min(1.0, centre + half), draws)
