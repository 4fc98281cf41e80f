"""The shape of a chain: single points of failure, the narrowest cut, and what hides upstream."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import networkx as nx

from depgraph.evidence.estimates import REST, Picture
from depgraph.graph import dependencies
from depgraph.graph.dependencies import ONE, Inputs, Network, Range
from depgraph.measures import lookthrough, structure
from depgraph.measures.structure import LossCurve, SinglePoints

SOURCE, SINK = "origin", "target"
NOTHING = 1e-6  # a remainder this small is rounding and no supplier


def single_points(network: Network, target: str, *, negligible: float) -> SinglePoints:
    """Find suppliers and stages whose loss alone stops a stage, or a part of it (`parts_stopped`).

    Suppliers of a stage are alternatives, essential inputs complements. A supplier with at most
    a negligible share cannot stand in for another, so it counts as no alternative; a stage of
    which no other supplier is known has an origin of its own, which is never lost nor named.

    Parameters
    ----------
    network
        From `graph.build`.
    target
        The stage that is to go on.
    negligible
        Largest high value of a share that counts as no alternative.

    Returns
    -------
    SinglePoints
        By the AND/OR reading and by dominators, with the reasons where they differ.

    Raises
    ------
    UnknownNameError
        If the graph has no such stage.
    """
    dependencies.require_stage(network, target)
    kept: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    kept.add_nodes_from(dependencies.stages_of(network))
    roots = []
    for supplier, stage, data in network.edges(data=True):
        if data["relation"] == "input":
            kept.add_edge(supplier, stage, relation="input", essential=data["essential"])
        elif data["share"].high > negligible:
            kept.add_edge(supplier, stage, relation="supplies")
            roots.append(supplier)
    supplied = {stage for _, stage, data in kept.edges(data=True) if data["relation"] == "supplies"}
    roots.extend(stage for stage in dependencies.stages_of(network) if stage not in supplied)
    return structure.single_points(_simple(kept), sorted(roots), target)


def parts_stopped(network: Network, found: SinglePoints) -> dict[str, Range]:
    """Part of the stage that needs what is lost, for each single point of failure.

    An essential input is needed by the dependent share of a recipe; the rest of the stage goes
    on. The part is the product of the dependent shares along the most binding way
    (`graph.transmission`). A supplier that has only negligible ones beside it counts as its
    whole stage.

    Parameters
    ----------
    network
        From `graph.build`.
    found
        From `single_points` of the same graph.

    Returns
    -------
    dict
        Node of `found.and_or` to part; the whole stage stops for sure only where its low is 1.
    """
    inputs = dependencies.essential_inputs(network)
    stages = {node: network.nodes[node].get("stage", node) for node in found.and_or}
    return {node: dependencies.transmission(inputs, stage)[found.target] for node, stage in stages.items()}


def _simple(network: "nx.MultiDiGraph[str]") -> "nx.DiGraph[str]":
    """Merge parallel recipes: an input that one of them needs is needed."""
    simple: nx.DiGraph[str] = nx.DiGraph()
    simple.add_nodes_from(network)
    for supplier, user, data in network.edges(data=True):
        known = simple.get_edge_data(supplier, user, {}).get("essential", False)
        simple.add_edge(supplier, user, relation=data["relation"], essential=data.get("essential", False) or known)
    return simple


@dataclass(frozen=True)
class Chain:
    """One way from an origin to a stage, and how much of the stage a rival has a hand in through it.

    Every stage of the way counts only with the part of the target that needs it: the product of
    the dependent shares from there to the target.

    Attributes
    ----------
    stages
        From the origin to the target.
    rival_shares
        Stage to the rival's share, of the stages where it is known.
    unknown
        The other stages: without a hand of the rival in `least` and `mixed`, with as much as
        the remainder of the stage allows in `most`.
    needed
        Stage to the part of the target that needs it.
    direct
        The rival's share of the target itself, None if it is not known.
    least
        Rival content of the target at least: low values, and rival-free goods kept apart at
        every stage. None if no share of the way is known.
    mixed
        Rival content under proportional mixing, from central values. None likewise.
    most
        Rival content at most: high values, and no part of a stage counted twice. None if no
        stage of the way has known shares.
    hidden
        Mixed less the central value of direct, None if either is not known.
    """

    stages: tuple[str, ...]
    rival_shares: Mapping[str, Range]
    unknown: tuple[str, ...]
    needed: Mapping[str, Range]
    direct: Range | None
    least: float | None
    mixed: float | None
    most: float | None
    hidden: float | None


def chains(picture: Picture, network: Network, target: str, rival: str) -> list[Chain]:
    """Look through every chain of essential inputs that ends at a stage.

    The bounds are given beside what mixing leaves and never averaged: they answer different
    questions (what could be had free of the rival, and what is). All of them draw on world
    shares: each user of a stage is served by all its suppliers.

    Parameters
    ----------
    picture, network
        Estimates and graph.
    target
        The stage.
    rival
        The economy looked for.

    Returns
    -------
    list of Chain
        Largest rival content under mixing first; the stage alone where nothing feeds it.

    Raises
    ------
    UnknownNameError
        If the graph has no such stage.
    """
    dependencies.require_stage(network, target)
    inputs = dependencies.essential_inputs(network)
    ways = list(_ways(inputs, target)) or [(target,)]
    found = [_chain(picture, inputs, way, rival) for way in ways]
    return sorted(found, key=lambda chain: (-(chain.mixed or 0.0), chain.stages))


def _ways(inputs: Inputs, target: str) -> Iterator[tuple[str, ...]]:
    """Yield every way from a stage without inputs to the target."""
    upstream = nx.ancestors(inputs, target)
    origins = sorted(stage for stage in upstream if not inputs.in_degree(stage))
    for origin in origins:
        for way in nx.all_simple_paths(inputs, origin, target):
            yield tuple(way)


def _chain(picture: Picture, inputs: Inputs, way: tuple[str, ...], rival: str) -> Chain:
    """Measure the rival's part in one way."""
    shares = {stage: share for stage in way if (share := _share(picture, stage, rival)) is not None}
    needed = _needed(inputs, way)
    free = lookthrough.rival_free([share.low * needed[stage].low for stage, share in shares.items()])
    direct = shares.get(way[-1])
    mixed = _mixed(inputs, way, shares) if shares else None
    return Chain(
        stages=way,
        rival_shares=shares,
        unknown=tuple(stage for stage in way if stage not in shares),
        needed=needed,
        direct=direct,
        least=None if free is None else 1 - free.segregated,
        mixed=mixed,
        most=_most(picture, inputs, way, rival) if any(map(picture.shares, way)) else None,
        hidden=None if mixed is None or direct is None else mixed - direct.central,
    )


def _needed(inputs: Inputs, way: tuple[str, ...]) -> dict[str, Range]:
    """Return the part of the last stage that needs each stage of a way."""
    needed = {way[-1]: ONE}
    for source, user in reversed(list(itertools.pairwise(way))):
        needed[source] = needed[user].times(inputs.edges[source, user]["dependent"])
    return needed


def _mixed(inputs: Inputs, way: tuple[str, ...], shares: Mapping[str, Range]) -> float:
    """Return the rival content of the last stage if all goods are mixed; a share not known adds nothing."""
    content = shares[way[0]].central if way[0] in shares else 0.0
    for source, user in itertools.pairwise(way):
        upstream = inputs.edges[source, user]["dependent"].central * content
        share = shares[user].central if user in shares else 0.0
        content = share + (1 - share) * upstream
    return content


def _most(picture: Picture, inputs: Inputs, way: tuple[str, ...], rival: str) -> float:
    """Return the largest rival content that the ranges allow: what holds an input is never also the rival's."""
    content = _highest(picture, way[0], rival)
    for source, user in itertools.pairwise(way):
        upstream = inputs.edges[source, user]["dependent"].high * content
        content = min(1.0, _highest(picture, user, rival) + upstream)
    return content


def _share(picture: Picture, stage: str, economy: str) -> Range | None:
    """Return the share of an economy; 0 only where the others are known to make all."""
    vector = picture.shares(stage)
    for item in vector:
        if item.economy == economy:
            return Range(item.low, item.central, item.high)
    return dependencies.NONE if vector and _highest(picture, stage, economy) == 0 else None


def _highest(picture: Picture, stage: str, economy: str) -> float:
    """Return the largest share that an economy may have: all that is open where it is not named."""
    highs = {item.economy: item.high for item in picture.shares(stage)}
    return highs.get(economy, highs.get(REST, 0.0)) if highs else 1.0


def flow_curve(picture: Picture, way: tuple[str, ...]) -> LossCurve | None:
    """Part of the flow through one chain that each economy's loss costs, with the cut that proves it.

    It is a part of what goes through the chain, not of all that the last stage makes.

    Stage outputs are scaled to one throughput of 1. Each supplier carries its central share;
    the minimum cut names the suppliers that bind.

    Parameters
    ----------
    picture
        Estimates.
    way
        Stages in series; those without known shares are passed over.

    Returns
    -------
    LossCurve or None
        None if no stage of the way has known shares.
    """
    known = [stage for stage in way if picture.shares(stage)]
    if not known:
        return None
    network: nx.DiGraph[str] = nx.DiGraph()
    groups: dict[str, list[tuple[str, str]]] = {}
    # twice the throughput at the gates, so that never a gate but always the suppliers of a stage bind
    gates = [SOURCE, *(f"after {stage}" for stage in known[:-1]), SINK]
    for stage, (before, after) in zip(known, itertools.pairwise(gates), strict=True):
        for item in picture.shares(stage):
            if item.central <= NOTHING:
                continue
            name = f"{item.economy}:{stage}"
            network.add_edge(before, name, capacity=2.0)
            network.add_edge(name, after, capacity=item.central)
            groups.setdefault(item.economy, []).append((name, after))
    return structure.loss_curve(network, SOURCE, SINK, groups=groups)
