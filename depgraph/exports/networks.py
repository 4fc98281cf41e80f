"""The graphs for programs that draw or analyse graphs: GEXF, GraphML and node-link JSON.

The two XML formats know neither a missing value nor a list: what is not known is left out, and
identifiers are joined. The writers of networkx stamp the day and take some names of attributes
for their own, which both would go unnoticed; the day is put back to that of the study.
"""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import networkx as nx

from depgraph.core import render
from depgraph.exports.records import Analysis, footer, spread_range
from depgraph.graph import claims
from depgraph.study.study import Study

if TYPE_CHECKING:
    Plain = nx.MultiDiGraph[str]
else:  # networkx's classes take no parameters at run time
    Plain = nx.MultiDiGraph

Attributes = dict[str, Any]


def describe(analysis: Analysis) -> Plain:
    """Return the graph with plain attributes that say what each node and edge rests on.

    Parameters
    ----------
    analysis
        From `records.analyse`.

    Returns
    -------
    networkx.MultiDiGraph
        Nodes of kind ``stage`` and ``supplier`` with a label; suppliers have their share and, where
        they are ranked, the loss of the bloc. Edges have the key and attribute ``estimate_id`` or
        ``recipe_id``, ``relation``, the range ``low``,
        ``central``, ``high`` (of a supply the share, of an input the part of the user that needs
        it) and ``rests_on``. An attribute that is not known is not there.
    """
    graph: Plain = nx.MultiDiGraph()
    graph.graph.update(analysis.footer)
    points = {f"{point.economy}:{point.stage}": point for point in analysis.ranking.rows}
    names = analysis.study.economies.names
    for node, data in analysis.network.nodes(data=True):
        if data["kind"] == "stage":
            facts = _stage(analysis, node)
        else:
            label = f"{names.get(data['economy'], data['economy'])}: {analysis.study.stages[data['stage']]['name']}"
            facts = {"label": label, "kind": "supplier", "economy": data["economy"], "stage": data["stage"]}
            facts |= _share(analysis, f"E:{node.partition(':')[2]}:{data['economy']}") | _loss(points.get(node))
        graph.add_node(node, **_known(facts))
    for source, target, key, data in analysis.network.edges(data=True, keys=True):
        graph.add_edge(source, target, key=key, **_known(_edge(analysis, key, data)))
    return graph


def _stage(analysis: Analysis, stage: str) -> Attributes:
    """Describe a stage."""
    row = analysis.study.stages[stage]
    known = bool(analysis.picture.shares(stage))
    return {
        "label": row["name"],
        "kind": "stage",
        "product": analysis.study.product_of(stage),
        "stage": stage,
        "final": row["final"],
        "shares_known": known,
        "hs_codes": row["hs_codes"],
    }


def _share(analysis: Analysis, estimate_id: str) -> Attributes:
    """Describe the estimate behind a supplier."""
    item = analysis.picture.by_id[estimate_id]
    return {
        "estimate_id": item.estimate_id,
        "low": item.low,
        "central": item.central,
        "high": item.high,
        "grade": item.grade,
        "conflict": item.conflict,
        "method": item.method,
        "period": item.period,
    }


def _loss(point: Any) -> Attributes:  # noqa: ANN401 - a row of the ranking or None
    """Describe what a bloc loses without a supplier; nothing where it is not ranked."""
    if point is None:
        return {}
    return {"chokepoint_id": point.chokepoint_id, "rank": point.rank} | spread_range("loss", point.loss)


def _edge(analysis: Analysis, key: str, data: Mapping[str, Any]) -> Attributes:
    """Describe an edge by the estimate or the recipe that it stands for."""
    if data["relation"] == "supplies":
        rests_on = (key, *analysis.picture.by_id[key].parents)
        return {"label": "supplies", "relation": "supplies", "rests_on": rests_on} | _share(analysis, key)
    facts: Attributes = {"label": "input", "relation": "input", "recipe_id": key, "essential": data["essential"]}
    return facts | dict(data["dependent"]._asdict()) | {"rests_on": (key, *data["parents"])}


def _known(facts: Attributes) -> Attributes:
    """Leave out what is not known."""
    return {key: value for key, value in facts.items() if value not in {None, "", ()}}


# attributes of a claim that formats take for the ends of an edge
RENAMED = {"source": "source_id", "target": "target_economy"}


def describe_claims(study: Study) -> Plain:
    """Return the graph of claims with plain attributes.

    Parameters
    ----------
    study
        A checked study.

    Returns
    -------
    networkx.MultiDiGraph
        As `claims.claims_graph`, with a ``label`` for nodes (the name) and edges (the kind), the strength as
        ``strength_low``, ``strength_mode`` and ``strength_high``, the source document as ``source_id`` and
        the target as ``target_economy``. An attribute that is not known is not there.
    """
    graph: Plain = nx.MultiDiGraph()
    graph.graph.update(footer(study, study.settings["bloc"]))
    said = claims.claims_graph(study)
    for node, data in said.nodes(data=True):
        graph.add_node(node, **_known({"label": data["name"]} | data))
    for begin, end, key, data in said.edges(data=True, keys=True):
        facts = {RENAMED.get(name, name): value for name, value in data.items() if name != "strength"}
        force = data["strength"]
        sized = {} if force is None else {f"strength_{name}": value for name, value in force._asdict().items()}
        graph.add_edge(begin, end, key=key, **_known({"label": data["kind"], "claim_id": key} | facts | sized))
    return graph


def node_link(graph: Plain) -> bytes:
    """Write node-link JSON, which D3 and `networkx.node_link_graph` read.

    Parameters
    ----------
    graph
        From `describe` or `describe_claims`.

    Returns
    -------
    bytes
        One object with ``nodes`` and ``edges``; what are several identifiers is a list.
    """
    content = {
        "directed": True,
        "multigraph": True,
        "graph": dict(graph.graph),
        "nodes": [{"id": node} | data for node, data in graph.nodes(data=True)],
        "edges": [
            {"source": source, "target": target, "key": key} | data
            for source, target, key, data in graph.edges(data=True, keys=True)
        ],
    }
    return (render.json_text(content, indent=1) + "\n").encode()


def gexf(graph: Plain) -> bytes:
    """Write GEXF, which Gephi opens.

    Parameters
    ----------
    graph
        From `describe` or `describe_claims`.

    Returns
    -------
    bytes
        Edges with a central value have it as ``weight``; one whose central value is zero is left
        out, as Gephi fails on a weight of 0 and reads a missing one as 1. The supplier stays, with its 0.
    """
    made = graph.graph
    graph = _drawable(graph)
    graph.graph["name"] = _words(made)
    for *_, key, data in graph.edges(data=True, keys=True):
        data["id"] = key
    text = "\n".join(nx.generate_gexf(graph))
    # the writer stamps the day on which it ran; the first stamp stands before all data
    text = re.sub(r'lastmodifieddate="[^"]*"', f'lastmodifieddate="{made["as_of"]}"', text, count=1)
    text = re.sub(r"<creator>[^<]*</creator>", f"<creator>depgraph {made['depgraph']}</creator>", text, count=1)
    return f"<?xml version='1.0' encoding='utf-8'?>\n{text}\n".encode()


def graphml(graph: Plain) -> bytes:
    """Write GraphML, which Gephi, yEd and Cytoscape open.

    Parameters
    ----------
    graph
        From `describe` or `describe_claims`.

    Returns
    -------
    bytes
        As `gexf`, with the version of the data as attributes of the graph.
    """
    graph = _drawable(graph)
    # not write_graphml, which writes other bytes where lxml is installed
    return ("\n".join(nx.generate_graphml(graph)) + "\n").encode()


def _drawable(graph: Plain) -> Plain:
    """Return the graph with clean texts, joined lists and weights, without edges of weight zero."""
    plain: Plain = nx.MultiDiGraph()
    plain.graph.update(_flat(graph.graph))
    for node, data in graph.nodes(data=True):
        plain.add_node(render.clean(node), **dict(_flat(data)))
    for source, target, key, data in graph.edges(data=True, keys=True):
        if data.get("central", 1) > 0:
            facts = dict(_flat(data)) | ({"weight": data["central"]} if "central" in data else {})
            plain.add_edge(render.clean(source), render.clean(target), key=key, **facts)
    return plain


def _flat(data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield attributes as XML can hold them."""
    for key, value in data.items():
        if isinstance(value, tuple):
            yield key, render.clean("; ".join(value))
        elif isinstance(value, str):
            yield key, render.clean(value)
        elif isinstance(value, float):
            yield key, value + 0.0  # -0.0 becomes 0.0
        else:
            yield key, value


def _words(made: Mapping[str, str]) -> str:
    """Write the footer in a line."""
    return render.clean("; ".join(f"{key} {value}" for key, value in made.items()))
