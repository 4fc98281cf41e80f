"""The shape of a chain: single points of failure, the narrowest cut, and what hides upstream."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import networkx as nx

from depgraph import graph, lookthrough, structure
from depgraph.estimates import REST, Picture
from depgraph.graph import Inputs, Network
from depgraph.structure import LossCurve, SinglePoints

SOURCE, SINK = "origin", "target"
NOTHING = 1e-6  # a remainder this small is rounding and no supplier


def single_points(network: Network, target: str, *, negligible: float) -> SinglePoints:
    """Find suppliers and stages whose loss alone stops a stage.

    Suppliers of a stage are alternatives, essential inputs complements. A supplier with less
    than a negligible share cannot stand in for another, so it counts as no alternative; a stage
    whose suppliers are not known has one that is never lost.

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
    graph.require_stage(network, target)
    kept: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    kept.add_nodes_from(graph.stages_of(network))
    roots = []
    for supplier, stage, data in network.edges(data=True):
        if data["relation"] == "input":
            kept.add_edge(supplier, stage, relation="input", essential=data["essential"])
        elif data["share"].high > negligible:
            kept.add_edge(supplier, stage, relation="supplies")
            roots.append(supplier)
    for stage in graph.stages_of(network):
        if not any(data["relation"] == "supplies" for _, _, data in kept.in_edges(stage, data=True)):
            kept.add_edge(f"unknown:{stage}", stage, relation="supplies")
            roots.append(f"unknown:{stage}")
    return structure.single_points(_simple(kept), sorted(roots), target)


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
    """One way from an origin to a stage, and how much of it a rival holds.

    Attributes
    ----------
    stages
        From the origin to the target; stages without known shares are in `unknown`.
    rival_shares
        Stage to the rival's central share, of the stages where shares are known.
    unknown
        Stages of the way without known shares: they are left out of both bounds.
    direct
        The rival's share of the target itself, None if it is not known.
    segregated, mixed
        Rival content of the target at least, if rival-free goods are kept apart at every stage,
        and under proportional mixing. None if no share of the way is known.
    hidden
        Mixed less direct, None if either is not known.
    """

    stages: tuple[str, ...]
    rival_shares: Mapping[str, float]
    unknown: tuple[str, ...]
    direct: float | None
    segregated: float | None
    mixed: float | None
    hidden: float | None


def chains(picture: Picture, network: Network, target: str, rival: str) -> list[Chain]:
    """Look through every chain of essential inputs that ends at a stage.

    Both bounds are given and never averaged: they answer different questions (what could be had
    free of the rival, and what is).

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
        Largest rival content under mixing first.

    Raises
    ------
    UnknownNameError
        If the graph has no such stage.
    """
    graph.require_stage(network, target)
    inputs = graph.essential_inputs(network)
    found = [_chain(picture, way, rival) for way in _ways(inputs, target)]
    return sorted(found, key=lambda chain: (-(chain.mixed or 0.0), chain.stages))


def _ways(inputs: Inputs, target: str) -> Iterator[tuple[str, ...]]:
    """Yield every way from a stage without inputs to the target."""
    upstream = nx.ancestors(inputs, target)
    origins = sorted(stage for stage in upstream if not inputs.in_degree(stage))
    for origin in origins:
        for way in nx.all_simple_paths(inputs, origin, target):
            yield tuple(way)


def _chain(picture: Picture, way: tuple[str, ...], rival: str) -> Chain:
    """Measure the rival's part in one way."""
    shares = {stage: share for stage in way if (share := _share(picture, stage, rival)) is not None}
    free = lookthrough.rival_free(list(shares.values()))
    direct = shares.get(way[-1])
    mixed = None if free is None else 1 - free.mixed
    return Chain(
        stages=way,
        rival_shares=shares,
        unknown=tuple(stage for stage in way if stage not in shares),
        direct=direct,
        segregated=None if free is None else 1 - free.segregated,
        mixed=mixed,
        hidden=None if mixed is None or direct is None else mixed - direct,
    )


def _share(picture: Picture, stage: str, economy: str) -> float | None:
    """Return the central share of an economy; 0 only where the others are known to make all."""
    vector = picture.shares(stage)
    for item in vector:
        if item.economy == economy:
            return item.central
    rest = [item.high for item in vector if item.economy == REST]
    return 0.0 if vector and max(rest, default=0.0) == 0 else None


def flow_curve(picture: Picture, way: tuple[str, ...]) -> LossCurve | None:
    """Part of the flow through one chain that each economy's loss costs, with the cut that proves it.

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
