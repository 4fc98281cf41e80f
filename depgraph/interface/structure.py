"""The shape of a chain: single points of failure, and what of a rival is hidden upstream."""

from typing import Any

from depgraph.analysis import topology
from depgraph.analysis.topology import Chain
from depgraph.evidence.estimates import Picture
from depgraph.graph.dependencies import Range
from depgraph.interface import loading
from depgraph.interface.leverage import spread
from depgraph.interface.results import Result, Row
from depgraph.measures.structure import SinglePoints
from depgraph.study import ledger
from depgraph.study.study import Study


def structure(study: Study, of: str, *, negligible: float | None = None) -> Result:
    """Name the suppliers and stages whose loss alone stops a stage, or a part of it.

    Parameters
    ----------
    study
        The study.
    of
        The stage that is to go on, as product/stage.
    negligible
        A supplier with at most this share cannot stand in for another; without it the assumption of
        the study.

    Returns
    -------
    Result
        The parts are fractions of the stage that stop. ``records`` holds one `SinglePoints` and the
        part for each node.

    Raises
    ------
    UnknownNameError
        If there is no such stage.

    Examples
    --------
    >>> "CHN:gallium/primary" in set(structure(loading.load(), "gallium/wafer").frame()["node"])
    True
    """
    held = loading.of(study)
    least = held.assumption(ledger.NEGLIGIBLE)[1] if negligible is None else negligible
    found = topology.single_points(held.network, of, negligible=least)
    parts = topology.parts_stopped(held.network, found)
    nodes = dict.fromkeys([*sorted(found.and_or, key=lambda node: -parts[node].central), *found.dominators])
    rows = tuple(_point_row(found, node, parts.get(node)) for node in nodes)
    return Result("structure", rows, held, (found, parts), key="node")


def _point_row(found: SinglePoints, node: str, part: Range | None) -> Row:
    """Write one single point of failure."""
    return {
        "node": node,
        "stops": "no" if part is None else "yes" if part.low == 1 else "a part",
        **spread({"part": part}),
        "dominates": node in found.dominators,
        "why they differ": found.missed.get(node) or found.overstated.get(node),
    }


def exposure(study: Study, of: str, *, to: str | None = None, certificate: bool = False) -> Result:
    """Look through the chains of a stage: what of a rival is in it, directly and hidden.

    Parameters
    ----------
    study
        The study.
    of
        The stage looked at, as product/stage.
    to
        The economy looked for; without it the rival of the study.
    certificate
        Show, chain by chain, what each economy carries and the cut that proves it.

    Returns
    -------
    Result
        Fractions of the goods, a row for each chain. ``records`` holds `Chain`.

    Raises
    ------
    UnknownNameError
        If there is no such stage or economy.

    Examples
    --------
    >>> "at least" in exposure(loading.load(), "gallium/wafer").frame()
    True
    """
    held = loading.of(study)
    found = tuple(topology.chains(held.picture, held.network, of, held.economy(to, "rival")))
    if certificate:
        rows = tuple(row for chain in found for row in _certificate_rows(held.picture, chain))
    else:
        rows = tuple(_chain_row(chain) for chain in found)
    return Result("exposure", rows, held, found)


def _chain_row(chain: Chain) -> dict[str, Any]:
    """Write one chain."""
    numbers = {"at least": chain.least, "mixed": chain.mixed, "at most": chain.most, "hidden": chain.hidden}
    return (
        {"chain": " > ".join(chain.stages)}
        | spread({"direct": chain.direct})
        | numbers
        | {"shares not known": chain.unknown}
    )


def _certificate_rows(picture: Picture, chain: Chain) -> list[Row]:
    """Write what the loss of each economy costs one chain, with the minimum cut."""
    curve = topology.flow_curve(picture, chain.stages)
    if curve is None:
        return []
    return [
        {
            "chain": " > ".join(chain.stages),
            "economy": loss.name,
            "flow lost": loss.loss,
            "flow left": loss.left.value,
            "minimum cut": tuple(supplier for supplier, _ in loss.left.cut),
        }
        for loss in curve.losses
        if loss.kind == "group"
    ]
