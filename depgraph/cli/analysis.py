"""The commands that look at a stage by several rules and at both sides of a dependence."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from depgraph.analysis import leverage, panel
from depgraph.analysis.panel import Verdict
from depgraph.cli import sentences
from depgraph.cli.common import emit, load, network_of, output_options
from depgraph.cli.names import Names, emit_answer, for_people, ids_option, part, spread
from depgraph.core.errors import UnknownNameError
from depgraph.evidence import estimates
from depgraph.study.study import Study

Row = Mapping[str, Any]


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
    long_rows: bool,  # noqa: FBT001 - click passes options by name
    ids: bool,  # noqa: FBT001 - click passes options by name
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
    code = study.economies.resolve(bloc or study.settings["bloc"])
    wanted = _wanted_stages(study, stage, product)
    facts = [item for item in panel.gather(study, estimates.estimate(study), code) if item.stage in wanted]
    people = for_people(form, output)
    found = [verdict for item in facts for verdict in panel.verdicts(item)]
    names = Names(study, ids=ids)
    if people and not long_rows:
        emit_answer(_matrix(found, names), form, output, "panel", _panel_sentence(found, names))
        return
    emit([_verdict_row(verdict, names, people=people) for verdict in found], form, output, "panel")


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


def _wanted_stages(study: Study, stage: str | None, product: str | None) -> set[str]:
    """Return the stages that the filters leave.

    Raises
    ------
    UnknownNameError
        If the study has no such stage or product.
    """
    products = {row["product"] for row in study.tables["products"]}
    if stage is not None and stage not in study.stages:
        what = "stage"
        raise UnknownNameError(what, stage, study.stages)
    if product is not None and product not in products:
        what = "product"
        raise UnknownNameError(what, product, products)
    return {
        name
        for name in study.stages
        if (stage is None or name == stage) and (product is None or study.product_of(name) == product)
    }


def _verdict_row(verdict: Verdict, names: Names, *, people: bool) -> Row:
    """Write one verdict; people get the range in one cell."""
    flag = {
        True: "yes",
        False: "no",
        None: "undecided" if verdict.threshold is not None and not verdict.missing else "",
    }
    if people:
        value = "" if verdict.value is None else f"{verdict.value:.3g}"
        spread = verdict.low is not None and verdict.high is not None and verdict.low < verdict.high
        return {
            "stage": names.stage(verdict.stage),
            "rule": verdict.rule,
            "value": f"{value} ({verdict.low:.3g}-{verdict.high:.3g})" if spread else value,
            "flagged": flag[verdict.flagged],
            "points at": "" if verdict.economy is None else names.economy(verdict.economy),
            "missing": ", ".join(verdict.missing),
        }
    return estimates.as_row(verdict)


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
    mutual: bool,  # noqa: FBT001 - click passes options by name
    ids: bool,  # noqa: FBT001 - click passes options by name
    form: str | None,
    output: Path | None,
) -> None:
    r"""Hold what the rival could stop against what the bloc could stop, on one scale.

    The scale is the part of the finished goods that the other side loses in the first round.

    \b
    Examples:
      depgraph leverage
      depgraph leverage --mutual
    """  # noqa: DOC501 - the help text is for the command line
    study = load(context)
    ours = study.economies.resolve(bloc or study.settings["bloc"])
    theirs = study.economies.resolve(against or study.settings["rival"])
    if set(study.economies.expand(ours)) & set(study.economies.expand(theirs)):
        msg = f"{ours} and {theirs} overlap: leverage needs two sides"
        raise click.UsageError(msg)
    picture, network = network_of(study)
    people, shown = for_people(form, output), Names(study, ids=ids)
    if mutual:
        found = leverage.retaliation(study, picture, network, ours, theirs)
        rows = [
            _ranges({"good": shown.stage(item.good) if people else item.good}, item, people=people) for item in found
        ]
        answer = sentences.of_retaliation(found, shown, ours, theirs)
    else:
        found_stages = leverage.balance(study, picture, network, ours, theirs)
        rows = [_balance_row(item, shown, people=people) for item in found_stages]
        answer = sentences.of_balance(found_stages, shown, ours, theirs)
    names = study.economies.names
    click.echo(
        f"theirs: what {names[theirs]} could make {names[ours]} lose; ours: the reverse; net: ours less theirs. "
        "Parts of the same finished goods, first round, before any response.",
        err=True,
    )
    emit_answer(rows, form, output, "leverage", answer)


def _balance_row(item: leverage.Balance, names: Names, *, people: bool) -> dict[str, Any]:
    """Write one stage."""
    members = sorted(item.members.items(), key=lambda pair: (-pair[1].central, pair[0]))
    if people:
        shown = ", ".join(f"{names.economy(code)} {part(value.central)}" for code, value in members)
        return _ranges({"stage": names.stage(item.stage)}, item, people=True) | {"by member": shown}
    head = {"balance_id": item.balance_id, "product": item.product, "stage": item.stage}
    tail = {"members": {code: value.central for code, value in members}, "parents": item.parents}
    return _ranges(head, item, people=False) | tail


def _ranges(head: dict[str, Any], item: leverage.Balance | leverage.Retaliation, *, people: bool) -> dict[str, Any]:
    """Write the three ranges: in one cell each for people, in three columns each for programs."""
    named = {"theirs": item.theirs, "ours": item.ours, "net": item.net}
    if isinstance(item, leverage.Retaliation):
        # what we lose is what they hold, and the other way round
        named = {"theirs": item.ours, "ours": item.theirs, "net": item.net}
    for name, value in named.items():
        if people:
            head[name] = spread(value)
        else:
            low, central, high = value or (None, None, None)
            head |= {f"{name}_low": low, f"{name}_central": central, f"{name}_high": high}
    return head


COMMANDS = {"panel": rule_panel, "leverage": balance}
