"""The commands that look at a stage by several rules and at both sides of a dependence."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from depgraph.analysis.leverage import Balance, Retaliation
from depgraph.analysis.panel import Verdict
from depgraph.cli.common import chosen_format, emit, load, output_options, percent
from depgraph.interface.leverage import leverage, members, ranges
from depgraph.interface.panel import panel

Row = Mapping[str, Any]


@click.command("panel")
@click.option("--stage", help="Only this stage, as product/stage.")
@click.option("--product", help="Only the stages of this product.")
@click.option("--for", "bloc", help="Economy or bloc that imports; without it the bloc of the study.")
@output_options
@click.pass_context
def rule_panel(
    context: click.Context,
    stage: str | None,
    product: str | None,
    bloc: str | None,
    form: str | None,
    output: Path | None,
) -> None:
    r"""Hold named rules of dependence side by side on the same stage; none is the truth.

    A rule that lacks an input names it and gives no number. Rules of world shares stand at the
    central shares, with the rest of world as many suppliers; their bounds hold whoever that is.

    \b
    Examples:
      depgraph panel --stage rare_earths/separation
      depgraph panel --product gallium --for USA -f json
    """
    found = panel(load(context), stage=stage, product=product, bloc=bloc)
    people = chosen_format(form, output) in {"table", "md"}
    emit([_verdict_row(verdict) for verdict in found.records] if people else found.rows, form, output, "panel")


def _verdict_row(verdict: Verdict) -> Row:
    """Write one verdict for people, the range in one cell."""
    flag = {
        True: "yes",
        False: "no",
        None: "undecided" if verdict.threshold is not None and not verdict.missing else "",
    }
    value = "" if verdict.value is None else f"{verdict.value:.3g}"
    spread = verdict.low is not None and verdict.high is not None and verdict.low < verdict.high
    return {
        "stage": verdict.stage,
        "rule": verdict.rule,
        "value": f"{value} ({verdict.low:.3g}-{verdict.high:.3g})" if spread else value,
        "flagged": flag[verdict.flagged],
        "points at": verdict.economy,
        "missing": ", ".join(verdict.missing),
    }


@click.command("leverage")
@click.option("--for", "bloc", help="One side; without it the bloc of the study.")
@click.option("--against", help="The other side; without it the rival of the study.")
@click.option("--mutual", is_flag=True, help="Show each finished good if both sides stop everything.")
@output_options
@click.pass_context
def balance(
    context: click.Context,
    bloc: str | None,
    against: str | None,
    mutual: bool,  # noqa: FBT001 - click passes options by name
    form: str | None,
    output: Path | None,
) -> None:
    r"""Hold what the rival could stop against what the bloc could stop, on one scale.

    The scale is the part of the finished goods that the other side loses in the first round.

    \b
    Examples:
      depgraph leverage
      depgraph leverage --mutual
    """
    study = load(context)
    found = leverage(study, bloc=bloc, against=against, mutual=mutual)
    ours, theirs = study.economy(bloc), study.economy(against, "rival")
    people = chosen_format(form, output) in {"table", "md"}
    names = study.economies.names
    click.echo(
        f"theirs: what {names[theirs]} could make {names[ours]} lose; ours: the reverse; net: ours less theirs. "
        "Parts of the same finished goods, first round, before any response.",
        err=True,
    )
    emit([_balance_row(item) for item in found.records] if people else found.rows, form, output, "leverage")


def _balance_row(item: Balance | Retaliation) -> Row:
    """Write one stage, or one good if both stop everything, for people."""
    shown = {name: "not known" if value is None else percent(*value) for name, value in ranges(item).items()}
    if isinstance(item, Retaliation):
        return {"good": item.good} | shown
    held = ", ".join(f"{code} {value.central:.0%}" for code, value in members(item))
    return {"stage": item.stage} | shown | {"by member": held}


COMMANDS = {"panel": rule_panel, "leverage": balance}
