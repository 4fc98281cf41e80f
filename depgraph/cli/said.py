"""The command that shows what the sources say beside what the figures say."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from depgraph.analysis.by_claims import NAMING
from depgraph.analysis.said import AGREE, CLAIM_ONLY, DISAGREE, FIGURE_ONLY, Said
from depgraph.cli.common import load, output_options
from depgraph.cli.names import Names, emit_answer, for_people, ids_option
from depgraph.core.words import count, listing, spread
from depgraph.graph.claims import ASSERTION, name_of
from depgraph.interface.said import said as question

# how people read what a claim is that is no assertion
STYLES = {"recommendation": "recommended: ", "forecast": "forecast: ", "hypothesis": "might be: ", "denial": "denied: "}
VERDICTS = {CLAIM_ONLY: "only a claim", FIGURE_ONLY: "only a figure"}


@click.command("said")
@click.option("--about", help="Only this stage, product, economy or bloc (then its members too).")
@click.option(
    "--all", "everything", is_flag=True, help="Show advice, forecasts, denials and figures without a claim too."
)
@ids_option
@output_options
@click.pass_context
def said(
    context: click.Context,
    about: str | None,
    everything: bool,
    ids: bool,
    form: str | None,
    output: Path | None,
) -> None:
    r"""Say what the sources say, by whom and how strongly, beside what the figures say.

    A claim and the figures agree if their ranges meet. The range of the figures is computed without any
    claim. Claims that repeat each other count once. People see who has or uses power over which stage;
    csv and json always hold every claim and every figure.

    \b
    Examples:
      depgraph said --about gallium/primary
      depgraph said --about Japan -f csv
    """
    study = load(context)
    found = question(study, about)
    names = Names(study, ids=ids)
    if not for_people(form, output):
        emit_answer(found.rows, form, output, "said", "")
        return
    items: Sequence[Said] = found.records
    shown = [item for item in items if everything or _is_power(item)]
    rows = [_row(item, names, statements=about is not None) for item in shown]
    emit_answer(rows, form, output, "said", _answer(items, len(items) - len(shown), names, about))


def _is_power(item: Said) -> bool:
    """Say whether sources assert that somebody has or uses power over a stage or product."""
    return item.kind in NAMING and item.style == ASSERTION


def _row(item: Said, names: Names, *, statements: bool) -> dict[str, Any]:
    """Write one entry for people; the claims in words only where few are asked for."""
    topic = item.topic or ""
    row = {
        "stage or product": names.stage(topic) if topic in names.study.stages else name_of(names.study, topic),
        "economy": names.economy(item.economy),
        "the sources say": _words(item, names),
        "claims": item.claims,
        "sources": item.sources,
        "contradicted by": item.contradicted_by,
        "figures say": "no figure" if item.figure is None else spread([getattr(item.figure, end) for end in ENDS]),
        "claim and figure": VERDICTS.get(item.verdict, item.verdict),
    }
    return row | ({"in words": item.statements} if statements else {})


ENDS = ("low", "central", "high")


def _words(item: Said, names: Names) -> str:
    """Say in a few words what is claimed."""
    if item.kind is None:
        return "nothing"
    kind = item.kind.replace("_", " ")
    aimed = f" towards {names.economy(item.target)}" if item.target and item.target != "WLD" else ""
    word = f", {item.term.replace('_', ' ')}" if item.term else ""
    size = "" if item.strength is None else f": {spread(item.strength)}"
    return f"{STYLES.get(item.style or '', '')}{kind}{word}{aimed}{size}"


def _answer(items: Sequence[Said], hidden: int, names: Names, about: str | None) -> str:
    """Say how much is said, and how often claim and figure agree."""
    claimed = [item for item in items if item.claims]
    sources = {source for item in claimed for source in item.sources}
    on = f" on {_about(names, about)}" if about else ""
    told = f"{count(len(sources), 'independent source')} make {count(sum(i.claims for i in claimed), 'claim')}{on}."
    agree, disagree = (sum(item.verdict == verdict for item in items) for verdict in (AGREE, DISAGREE))
    compared = f"Figures on the same share agree with {agree} of the rows and disagree with {disagree}."
    denied = [item for item in items if item.verdict == DISAGREE]
    where = [f"{names.economy(item.economy)} in {names.stage(item.topic or '')}" for item in denied]
    more = f" They disagree on {listing(where)}." if where else ""
    rest = (
        f" {count(hidden, 'more row')}: advice, forecasts, denials, other kinds, figures alone (--all)."
        if hidden
        else ""
    )
    return f"{told} {compared}{more}{rest}"


def _about(names: Names, about: str) -> str:
    """Name what was asked for."""
    if about in names.study.stages:
        return names.stage(about)
    named = name_of(names.study, about)
    return named if named != about else names.economy(names.study.economies.find(about)[0])


COMMANDS = {"said": said}
