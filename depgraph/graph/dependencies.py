"""The dependency graph: suppliers of a stage are alternatives, inputs of a stage are complements.

One `networkx.MultiDiGraph`, edges from supplier to user. A stage node's incoming edges of
relation ``supplies`` (from ``economy:stage`` nodes) are joined by OR: what one does not deliver
another may. Its incoming edges of relation ``input`` (from stage nodes) are joined by AND: the
scarcest essential input limits the output. Every edge carries the estimate or the recipe that
it rests on.
"""

from typing import TYPE_CHECKING, NamedTuple

import networkx as nx

from depgraph.core.errors import UnknownNameError
from depgraph.evidence.estimates import Picture
from depgraph.study.study import Study

if TYPE_CHECKING:
    Network = nx.MultiDiGraph[str]
    Inputs = nx.DiGraph[str]
else:  # networkx's classes take no parameters at run time
    Network = nx.MultiDiGraph
    Inputs = nx.DiGraph


class Range(NamedTuple):
    """Low, central and high value of one number."""

    low: float
    central: float
    high: float

    def times(self, other: "Range") -> "Range":
        """Multiply two ranges of non-negative numbers."""
        return Range(self.low * other.low, self.central * other.central, self.high * other.high)


NONE = Range(0.0, 0.0, 0.0)
ONE = Range(1.0, 1.0, 1.0)


def build(study: Study, picture: Picture) -> Network:
    """Build the graph of a study.

    Parameters
    ----------
    study
        Stages and recipes.
    picture
        Estimates; only those under the definition that stands for a stage become edges.

    Returns
    -------
    networkx.MultiDiGraph
        Stage nodes have ``kind="stage"``, ``name``, ``final``; supplier nodes ``kind="supplier"``,
        ``economy``, ``stage``. Supply edges have the key and attribute ``estimate_id`` and the
        share as ``share`` (`Range`); input edges the key and attribute ``recipe_id``,
        ``essential``, ``dependent`` (`Range`) and ``parents``.
    """
    graph: Network = nx.MultiDiGraph()
    for stage, row in study.stages.items():
        graph.add_node(stage, kind="stage", name=row["name"], final=row["final"])
        for item in picture.shares(stage):
            supplier = f"{item.economy}:{stage}"
            graph.add_node(supplier, kind="supplier", economy=item.economy, stage=stage)
            share = Range(item.low, item.central, item.high)
            graph.add_edge(
                supplier, stage, key=item.estimate_id, relation="supplies", estimate_id=item.estimate_id, share=share
            )
    for row in study.tables["recipes"]:
        graph.add_edge(
            row["input"],
            row["output"],
            key=row["recipe_id"],
            relation="input",
            recipe_id=row["recipe_id"],
            essential=row["essential"],
            dependent=_dependent_share(study, row["parent"]),
            parents=row["parent"],
        )
    return graph


def _dependent_share(study: Study, parents: tuple[str, ...]) -> Range:
    """Return the part of the output that needs the input: the recipe's assumption, else all."""
    for parent in parents:
        if parent in study.ledger and study.ledger[parent].unit == "share":
            return Range(*study.assumption(parent))
    return ONE


def suppliers(graph: Network, stage: str) -> dict[str, Range]:
    """Return who supplies a stage.

    Parameters
    ----------
    graph
        From `build`.
    stage
        A stage node.

    Returns
    -------
    dict
        Economy to share; empty where nothing is known.

    Raises
    ------
    UnknownNameError
        If the graph has no such stage.
    """
    require_stage(graph, stage)
    edges = graph.in_edges(stage, data=True)
    return {graph.nodes[node]["economy"]: data["share"] for node, _, data in edges if data["relation"] == "supplies"}


def require_stage(graph: Network, stage: str) -> None:
    """Refuse a stage that is not in the graph, with the nearest names.

    Raises
    ------
    UnknownNameError
        If the graph has no such stage.
    """
    stages = stages_of(graph)
    if stage not in stages:
        raise UnknownNameError("stage", stage, stages)


def stages_of(graph: Network) -> list[str]:
    """Return the stages, in the order of the study."""
    return [node for node, data in graph.nodes(data=True) if data["kind"] == "stage"]


def finals(graph: Network) -> list[str]:
    """Return the finished goods, sorted."""
    return sorted(node for node, data in graph.nodes(data=True) if data.get("final"))


def essential_inputs(graph: Network) -> Inputs:
    """Return the stages and their essential inputs alone.

    Returns
    -------
    networkx.DiGraph
        Edges input -> output with ``dependent``; of parallel recipes the most binding.
    """
    inputs: Inputs = nx.DiGraph()
    inputs.add_nodes_from(stages_of(graph))
    for source, target, data in graph.edges(data=True):
        if data["relation"] == "input" and data["essential"]:
            known = inputs.get_edge_data(source, target, {"dependent": NONE})["dependent"]
            inputs.add_edge(source, target, dependent=Range(*map(max, known, data["dependent"])))
    return inputs


def transmission(inputs: Inputs, stage: str) -> dict[str, Range]:
    """Part of a stage's loss that reaches each stage downstream.

    Output is limited by the scarcest essential input (AND). If a part d of a user needs the
    input, losing the part l of it costs the user d l; over several inputs the largest counts,
    so along the graph the loss of `stage` arrives multiplied by the best path product:

        t(stage) = 1,   t(user) = max over essential inputs k of d_k t(k)

    Parameters
    ----------
    inputs
        From `essential_inputs`; loops are allowed, as no d exceeds 1.
    stage
        Where the loss begins.

    Returns
    -------
    dict
        Stage to `Range`; stages that the loss does not reach are missing.

    Examples
    --------
    >>> g = nx.DiGraph()
    >>> g.add_edge("ore", "metal", dependent=Range(0.4, 0.5, 0.6))
    >>> transmission(g, "ore")["metal"].central
    0.5
    """
    reached = {stage: ONE}
    # widest-path relaxation: each round settles at least one more stage
    pending = [stage]
    while pending:
        source = pending.pop(0)
        for target in sorted(inputs.successors(source)):
            offer = reached[source].times(inputs.edges[source, target]["dependent"])
            best = Range(*map(max, reached.get(target, NONE), offer))
            if best != reached.get(target):
                reached[target] = best
                pending.append(target)
    return reached
