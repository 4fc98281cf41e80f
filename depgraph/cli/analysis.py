"""The commands that look at a stage by several rules and at both sides of a dependence."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from depgraph.analysis.leverage import Balance, Retaliation
from depgraph.analysis.panel import Verdict
from depgraph.cli import sentences
from depgraph.cli.common import emit, load, output_options
from depgraph.cli.names import Names, emit_answer, for_people, ids_option
from depgraph.cli.notes import note
from depgraph.core.words import percent, spread
from depgraph.interface.leverage import leverage, members, ranges
from depgraph.interface.panel import panel

Row = Mapping[str, Any]

SPARE = ("points at", "missing")  # what a narrow terminal leaves out of verdicts, the first one first


@click.command("panel")
@click.option("--stage", help="Only this stage, as product/stage.")
@click.option("--product", help="Only the stages of this product.")
@click.option("--for", "bloc", help="Economy or bloc that imports; without it the bloc of the study.")
@click.option("--long", "long_rows", is_flag=True, help="A row for each stage and rule, with what is missing.")
@ids_option
@output_options
@click.pass_context
def rule_panel(
    context: click.Context,
    stage: str | None,
    product: str | None,
    bloc: str | None,
    long_rows: bool,
    ids: bool,
    form: str | None,
    output: Path | None,
) -> None:
    r"""Hold named rules of dependence side by side on the same stage; none is the truth.

    A rule that lacks an input names it and gives no number. Rules of world shares stand at the
    central shares, with the rest of world as many suppliers; their bounds hold whoever that is.
    People get a matrix of stages and rules, other programs and --long a row for each pair.

    \b
    Examples:
      depgraph panel --stage rare_earths/separation
      depgraph panel --product gallium --long
      depgraph panel --product gallium --for USA -f json
    """
    study = load(context)
    found = panel(study, stage=stage, product=product, bloc=bloc)
    names = Names(study, ids=ids)
    if not for_people(form, output):
        emit(found.rows, form, output, "panel")
    elif long_rows:
        emit([_verdict_row(verdict, names) for verdict in found.records], form, output, "panel", spare=SPARE)
    else:
        rules = [*dict.fromkeys(verdict.rule for verdict in found.records)]
        said = _panel_sentence(found.records, names)
        # of the rules a narrow terminal shows the first
        emit_answer(_matrix(found.records, names), form, output, "panel", said, spare=rules[::-1])


MISSING, FLAGGED, OPEN = "-", "!", "?"  # marks of the matrix


def _matrix(found: Sequence[Verdict], names: Names) -> list[Row]:
    """Lay the verdicts out: a row for each stage, a column for each rule."""
    rows: dict[str, dict[str, str]] = {}
    for verdict in found:
        row = rows.setdefault(verdict.stage, {"stage": names.stage(verdict.stage)})
        row[verdict.rule] = _cell(verdict)
    return list(rows.values())


def _cell(verdict: Verdict) -> str:
    """Write the value of a rule with the mark of its flag; a rule that lacks an input has no value."""
    if verdict.value is None:
        return MISSING
    undecided = OPEN if verdict.flagged is None and verdict.threshold is not None else ""
    return f"{verdict.value:.3g}{FLAGGED if verdict.flagged else undecided}"


def _panel_sentence(found: Sequence[Verdict], names: Names) -> str:
    """Say which stage most rules flag, and what the marks mean."""
    count = Counter(verdict.stage for verdict in found if verdict.flagged)
    marks = (
        f"{FLAGGED} means that the rule raises its flag, {OPEN} that the range does not decide, "
        f"{MISSING} that an input is missing."
    )
    lacking = sum(verdict.value is None for verdict in found)
    inputs = f"In {lacking} of {len(found)} pairs of stage and rule an input is missing; --long names it."
    if not count:
        return f"No rule flags a stage. {inputs}\n{marks}"
    stage, most = max(count.items(), key=lambda pair: pair[1])
    stages = len({verdict.stage for verdict in found})
    rules = len({verdict.rule for verdict in found})
    return (
        f"At {len(count)} of {stages} stages at least one rule raises its flag; most do at {names.stage(stage)} "
        f"({most} of {rules} rules). {inputs}\n{marks}"
    )


def _verdict_row(verdict: Verdict, names: Names) -> Row:
    """Write one verdict for people, the range in one cell."""
    flag = {
        True: "yes",
        False: "no",
        None: "undecided" if verdict.threshold is not None and not verdict.missing else "",
    }
    value = "" if verdict.value is None else f"{verdict.value:.3g}"
    wide = verdict.low is not None and verdict.high is not None and verdict.low < verdict.high
    return {
        "stage": names.stage(verdict.stage),
        "rule": verdict.rule,
        "value": f"{value} ({verdict.low:.3g}-{verdict.high:.3g})" if wide else value,
        "flagged": flag[verdict.flagged],
        "points at": "" if verdict.economy is None else names.economy(verdict.economy),
        "missing": ", ".join(verdict.missing),
    }


@click.command("leverage")
@click.option("--for", "bloc", help="One side; without it the bloc of the study.")
@click.option("--against", help="The other side; without it the rival of the study.")
@click.option("--mutual", is_flag=True, help="Show each finished good if both sides stop everything.")
@ids_option
@output_options
@click.pass_context
def balance(
    context: click.Context,
    bloc: str | None,
    against: str | None,
    mutual: bool,
    ids: bool,
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
    people, shown = for_people(form, output), Names(study, ids=ids)
    tell = sentences.of_retaliation if mutual else sentences.of_balance
    answer = tell(found.records, shown, ours, theirs)
    names = study.economies.names
    note(
        f"theirs: what {names[theirs]} could make {names[ours]} lose; ours: the reverse; net: ours less theirs. "
        "Parts of the same finished goods, first round, before any response."
    )
    rows = [_balance_row(item, shown) for item in found.records] if people else found.rows
    emit_answer(rows, form, output, "leverage", answer)


def _balance_row(item: Balance | Retaliation, names: Names) -> Row:
    """Write one stage, or one good if both stop everything, for people."""
    shown = {name: spread(value) for name, value in ranges(item).items()}
    if isinstance(item, Retaliation):
        return {"good": names.stage(item.good)} | shown
    held = ", ".join(f"{names.economy(code)} {percent(value.central)}" for code, value in members(item))
    return {"stage": names.stage(item.stage)} | shown | {"by member": held}


COMMANDS = {"panel": rule_panel, "leverage": balance}
