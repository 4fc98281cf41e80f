"""The commands about the shape of a chain."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from depgraph.analysis import topology
from depgraph.analysis.topology import Chain
from depgraph.cli import sentences
from depgraph.cli.common import load, network_of, output_options
from depgraph.cli.names import Names, emit_answer, for_people, ids_option, spread
from depgraph.evidence import estimates
from depgraph.graph.dependencies import Range
from depgraph.measures.structure import SinglePoints
from depgraph.study import ledger

Row = Mapping[str, Any]


@click.command("structure")
@click.option("--of", "target", required=True, help="The stage that is to go on, as product/stage.")
@click.option(
    "--negligible",
    type=click.FloatRange(0, 1),
    help=f"A supplier with at most this share cannot stand in for another.  [default: {ledger.NEGLIGIBLE}]",
)
@ids_option
@output_options
@click.pass_context
def single_points(
    context: click.Context,
    target: str,
    negligible: float | None,
    ids: bool,  # noqa: FBT001 - click passes options by name
    form: str | None,
    output: Path | None,
) -> None:
    r"""Name the suppliers and stages whose loss alone stops a stage, or a part of it.

    Suppliers are alternatives, inputs are complements. Where only a part of the goods needs an
    input, only that part stops: it stands beside, and "yes" only where it is all of the stage
    for sure. Dominators, which read every link as an alternative, are shown too, with the
    reason where the two differ.

    \b
    Example:
      depgraph structure --of drones/complete
    """
    study = load(context)
    _, network = network_of(study)
    if negligible is None:
        negligible = study.assumption(ledger.NEGLIGIBLE)[1]
    found = topology.single_points(network, target, negligible=negligible)
    parts = topology.parts_stopped(network, found)
    people, names = for_people(form, output), Names(study, ids=ids)
    nodes = dict.fromkeys([*sorted(found.and_or, key=lambda node: -parts[node].central), *found.dominators])
    rows = [_point_row(found, node, parts.get(node), people=people) for node in nodes]
    if people:
        rows = [{**row, "node": names.node(row["node"])} for row in rows]
    emit_answer(rows, form, output, "structure", sentences.of_single_points(parts, target, names))


def _point_row(found: SinglePoints, node: str, part: Range | None, *, people: bool) -> Row:
    """Write one single point of failure."""
    stops = "no" if part is None else "yes" if part.low == 1 else "a part"
    return {
        "node": node,
        "stops": stops,
        **_range("part", part, people=people, missing="none"),
        "dominates": node in found.dominators,
        "why they differ": found.missed.get(node) or found.overstated.get(node),
    }


def _range(name: str, value: Range | None, *, people: bool, missing: str) -> dict[str, Any]:
    """Write a range: in one cell for people, in three columns for programs."""
    if people:
        return {name: missing if value is None else spread(value)}
    low, central, high = value or (None, None, None)
    return {f"{name}_low": low, f"{name}_central": central, f"{name}_high": high}


@click.command("exposure")
@click.option("--of", "target", required=True, help="The stage looked at, as product/stage.")
@click.option("--to", "rival", help="The economy looked for; without it the rival of the study.")
@click.option(
    "--certificate", is_flag=True, help="Show, chain by chain, what each economy carries and the cut that proves it."
)
@ids_option
@output_options
@click.pass_context
def exposure(
    context: click.Context,
    target: str,
    rival: str | None,
    certificate: bool,  # noqa: FBT001 - click passes options by name
    ids: bool,  # noqa: FBT001 - click passes options by name
    form: str | None,
    output: Path | None,
) -> None:
    r"""Look through the chains of a stage: what of a rival is in it, directly and hidden.

    Each stage counts with the part of the goods that needs it. Three numbers that answer
    different questions: at least, from the low ends of all ranges, if rival-free goods were
    kept apart at every stage; mixed, from central values, if every stage draws on all
    suppliers alike; at most, from the high ends, with all the hands in different goods.

    \b
    Examples:
      depgraph exposure --of drones/complete
      depgraph exposure --of rare_earths/magnet --certificate
    """
    study = load(context)
    code = study.economies.resolve(rival or study.settings["rival"])
    picture, network = network_of(study)
    found = topology.chains(picture, network, target, code)
    people, names = for_people(form, output), Names(study, ids=ids)
    if certificate:
        rows = [row for chain in found for row in _certificate_rows(picture, chain)]
    else:
        rows = [_chain_row(chain, people=people) for chain in found]
    if people:
        rows = [_named(row, names) for row in rows]
    emit_answer(rows, form, output, "exposure", sentences.of_chains(found, target, code, names))


def _named(row: Row, names: Names) -> Row:
    """Write a row of a chain with names."""
    named = dict(row) | {"chain": names.nodes(row["chain"].split(" > "), " > ")}
    if "economy" in row:
        named |= {"economy": names.economy(row["economy"]), "minimum cut": names.nodes(row["minimum cut"])}
        return named
    return named | {"shares not known": names.nodes(row["shares not known"])}


def _chain_row(chain: Chain, *, people: bool) -> Row:
    """Write one chain."""
    direct = _range("direct", chain.direct, people=people, missing="not known")
    numbers = {"at least": chain.least, "mixed": chain.mixed, "at most": chain.most, "hidden": chain.hidden}
    shown = {name: _bound(name, value) for name, value in numbers.items()} if people else numbers
    return {"chain": " > ".join(chain.stages)} | direct | shown | {"shares not known": chain.unknown}


def _bound(name: str, value: float | None) -> str:
    """Write a number for people; a bound is never rounded past what it says."""
    if value is None:
        return "not known"
    whole = {"at least": math.floor, "at most": math.ceil}.get(name, round)
    return f"{whole(round(100 * value, 6))}%"


def _certificate_rows(picture: estimates.Picture, chain: Chain) -> list[Row]:
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


COMMANDS = {"structure": single_points, "exposure": exposure}
