"""The commands about the shape of a chain."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from depgraph import estimates, graph, topology
from depgraph.commands.common import chosen_format, emit, load, output_options
from depgraph.topology import Chain

Row = Mapping[str, Any]


@click.command("structure")
@click.option("--of", "target", required=True, help="The stage that is to go on, as product/stage.")
@click.option(
    "--negligible",
    type=click.FloatRange(0, 1),
    default=0.05,
    show_default=True,
    help="A supplier with at most this share cannot stand in for another.",
)
@output_options
@click.pass_context
def single_points(
    context: click.Context, target: str, negligible: float, form: str | None, output: Path | None
) -> None:
    r"""Name the suppliers and stages whose loss alone stops a stage.

    Suppliers are alternatives, inputs are complements. Dominators, which read every link as an
    alternative, are shown beside, with the reason where the two differ.

    \b
    Example:
      depgraph structure --of drones/complete
    """
    study = load(context)
    picture = estimates.estimate(study)
    found = topology.single_points(graph.build(study, picture), target, negligible=negligible)
    nodes = dict.fromkeys([*found.and_or, *found.dominators])
    rows = [
        {
            "node": node,
            "stops": node in found.and_or,
            "dominates": node in found.dominators,
            "why they differ": found.missed.get(node) or found.overstated.get(node),
        }
        for node in nodes
    ]
    emit(rows, form, output, "structure")


@click.command("exposure")
@click.option("--of", "target", required=True, help="The stage looked at, as product/stage.")
@click.option("--to", "rival", help="The economy looked for; without it the rival of the study.")
@click.option(
    "--certificate", is_flag=True, help="Show, chain by chain, what each economy carries and the cut that proves it."
)
@output_options
@click.pass_context
def exposure(
    context: click.Context,
    target: str,
    rival: str | None,
    certificate: bool,  # noqa: FBT001 - click passes options by name
    form: str | None,
    output: Path | None,
) -> None:
    r"""Look through the chains of a stage: what of a rival is in it, directly and hidden.

    Two bounds that answer different questions: at least, if rival-free goods were kept apart at
    every stage; mixed, if every stage draws on all suppliers alike.

    \b
    Examples:
      depgraph exposure --of drones/complete
      depgraph exposure --of rare_earths/magnet --certificate
    """
    study = load(context)
    picture = estimates.estimate(study)
    code = study.economies.resolve(rival or study.settings["rival"])
    found = topology.chains(picture, graph.build(study, picture), target, code)
    if certificate:
        rows = [row for chain in found for row in _certificate_rows(picture, chain)]
    else:
        people = chosen_format(form, output) in {"table", "md"}
        rows = [_chain_row(chain, people=people) for chain in found]
    emit(rows, form, output, "exposure")


def _chain_row(chain: Chain, *, people: bool) -> Row:
    """Write one chain."""
    numbers = {"direct": chain.direct, "at least": chain.segregated, "mixed": chain.mixed, "hidden": chain.hidden}
    shown: dict[str, Any] = {
        name: ("not known" if value is None else f"{value:.0%}") if people else value for name, value in numbers.items()
    }
    return {"chain": " > ".join(chain.stages)} | shown | {"shares not known": chain.unknown}


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
