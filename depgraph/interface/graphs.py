"""The two graphs of a study: what the sources say, and what depends on what."""

from collections.abc import Callable
from os import PathLike
from pathlib import Path

from depgraph.core import files
from depgraph.core.errors import UnknownNameError
from depgraph.exports import networks, records
from depgraph.graph import claims
from depgraph.graph.dependencies import Network
from depgraph.interface import loading
from depgraph.interface.loading import LoadedStudy
from depgraph.study.study import Study

# format -> what writes it
FORMS: dict[str, Callable[[Network], bytes]] = {
    "json": networks.node_link,
    "graphml": networks.graphml,
    "gexf": networks.gexf,
}


def claims_graph(study: Study) -> Network:
    """Build the graph of what the sources say; no figure is read.

    Parameters
    ----------
    study
        The study.

    Returns
    -------
    networkx.MultiDiGraph
        Nodes are economies and blocs, stages and products, and measures. Each claim is one edge, its key the
        identifier of the claim, from who holds the power or acts to who or what is exposed. Attributes of an
        edge: ``kind``, ``style`` (assertion, recommendation, forecast, hypothesis, denial), ``modality``,
        ``polarity``, ``hedge``, ``period``, ``source``, ``strength`` (low, mode, high as fractions, or None),
        ``statement``, ``cluster`` (the claim that it repeats in the end) and the claims that it contradicts,
        supersedes or repeats. `depgraph.graph.claims.claims_graph` has all of them.

    Examples
    --------
    >>> graph = claims_graph(loading.load())
    >>> sorted(stage for _, stage, data in graph.out_edges("CHN", data=True) if data["kind"] == "dominance")[0]
    'batteries/cell'
    """
    return claims.claims_graph(loading.of(study))


def dependency_graph(study: Study) -> Network:
    """Return the dependency graph: suppliers of a stage are alternatives, inputs of a stage are complements.

    Parameters
    ----------
    study
        The study.

    Returns
    -------
    networkx.MultiDiGraph
        A copy. Supply edges have the ``share`` (low, central, high as fractions), input edges the part of the
        user that needs the input. `depgraph.graph.dependencies.build` has all attributes.

    Examples
    --------
    >>> dependency_graph(loading.load()).nodes["gallium/primary"]["kind"]
    'stage'
    """
    return loading.of(study).network.copy()


def _claims(study: LoadedStudy, _bloc: str) -> Network:
    """Return what the sources say, with plain attributes."""
    return networks.describe_claims(study)


def _dependencies(study: LoadedStudy, bloc: str) -> Network:
    """Return what depends on what, with the loss of the bloc where a supplier is ranked."""
    return networks.describe(records.analyse(study, study.picture, study.network, bloc))


# name -> what makes it
GRAPHS = {"claims": _claims, "dependencies": _dependencies}


def graph_file(
    study: Study, graph: str, form: str = "json", *, bloc: str | None = None, output: str | PathLike[str] | None = None
) -> bytes:
    """Write a graph for other programs.

    Parameters
    ----------
    study
        The study.
    graph
        claims or dependencies.
    form
        json (node-link, as D3 and networkx read it), graphml or gexf.
    bloc
        Whose losses stand on the suppliers of the dependency graph; without it the bloc of the study.
    output
        File to write, whole or not at all.

    Returns
    -------
    bytes
        The same study gives the same bytes.

    Raises
    ------
    UnknownNameError
        If there is no such graph, format or economy.

    Examples
    --------
    >>> graph_file(loading.load(), "claims")[:1]
    b'{'
    """
    for what, name, known in (("graph", graph, [*GRAPHS]), ("format", form, [*FORMS])):
        if name not in known:
            raise UnknownNameError(what, name, known)
    held = loading.of(study)
    content = FORMS[form](GRAPHS[graph](held, held.economy(bloc)))
    if output is not None:
        files.write_atomic(Path(output), content)
    return content
