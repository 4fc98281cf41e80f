"""The commands about the shape of a chain."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from depgraph.analysis.topology import Chain
from depgraph.cli import sentences
from depgraph.cli.common import load, output_options
from depgraph.cli.names import Names, emit_answer, for_people, ids_option
from depgraph.core import views
from depgraph.core.words import spread
from depgraph.interface.structure import exposure as inside
from depgraph.interface.structure import structure
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
    ids: bool,
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
    found = structure(study, target, negligible=negligible)
    names = Names(study, ids=ids)
    rows = [_point_row(row, names) for row in found.rows] if for_people(form, output) else found.rows
    emit_answer(rows, form, output, "structure", sentences.of_single_points(found.records[1], target, names))


def _point_row(row: Row, names: Names) -> Row:
    """Write one single point of failure for people, the part in one cell."""
    stopped = "none" if row["part_central"] is None else spread([row[f"part_{end}"] for end in views.SPREAD])
    return {
        "node": names.node(row["node"]),
        "stops": row["stops"],
        "part": stopped,
        "dominates": row["dominates"],
        "why they differ": row["why they differ"],
    }


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
    certificate: bool,
    ids: bool,
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
    found = inside(study, target, to=rival, certificate=certificate)
    names = Names(study, ids=ids)
    answer = sentences.of_chains(found.records, target, study.economy(rival, "rival"), names)
    if not for_people(form, output):
        emit_answer(found.rows, form, output, "exposure", answer)
        return
    rows = found.rows if certificate else [_chain_row(chain) for chain in found.records]
    emit_answer([_named(row, names) for row in rows], form, output, "exposure", answer)


def _named(row: Row, names: Names) -> Row:
    """Write a row of a chain with names."""
    named = dict(row) | {"chain": names.nodes(row["chain"].split(" > "), " > ")}
    if "economy" in row:
        named |= {"economy": names.economy(row["economy"]), "minimum cut": names.nodes(row["minimum cut"])}
        return named
    return named | {"shares not known": names.nodes(row["shares not known"])}


def _chain_row(chain: Chain) -> Row:
    """Write one chain for people."""
    direct = {"direct": "not known" if chain.direct is None else spread(chain.direct)}
    numbers = {"at least": chain.least, "mixed": chain.mixed, "at most": chain.most, "hidden": chain.hidden}
    shown = {name: _bound(name, value) for name, value in numbers.items()}
    return {"chain": " > ".join(chain.stages)} | direct | shown | {"shares not known": chain.unknown}


def _bound(name: str, value: float | None) -> str:
    """Write a number for people; a bound is never rounded past what it says."""
    if value is None:
        return "not known"
    whole = {"at least": math.floor, "at most": math.ceil}.get(name, round)
    return f"{whole(round(100 * value, 6))}%"


COMMANDS = {"structure": single_points, "exposure": exposure}
