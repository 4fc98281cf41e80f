"""The command that shows what the sources say beside what the figures say."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from depgraph.analysis.by_claims import NAMING
from depgraph.analysis.said import AGREE, CLAIM_ONLY, DISAGREE, FIGURE_ONLY, Said
from depgraph.cli.common import load, output_options
from depgraph.cli.names import Names, emit_answer, for_people, ids_option
from depgraph.core.words import between, count, listing, spread
from depgraph.evidence.definitions import in_words
from depgraph.evidence.estimates import Estimate
from depgraph.evidence.intervals import SHARE_KINDS
from depgraph.graph.claims import ASSERTION, name_of, tally
from depgraph.interface.said import said as question
from depgraph.study.study import Study

# how people read what a claim is that is no assertion
# what a narrow terminal leaves out, the first one first
SPARE = ("in words", "sources", "claims", "contradicted by")
STYLES = {"recommendation": "recommended: ", "forecast": "forecast: ", "hypothesis": "might be: ", "denial": "denied: "}
AIMED = {"dependence": "of", "coercion": "of", "import_ban": "on", "pooling": "with", "trade_partner": "of"}
EVERYBODY = "WLD"  # no target that one need name
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
    chains = {study.product_of(stage) for stage in study.stages} if about is None else None
    shown = [item for item in items if everything or _is_power(item, chains)]
    runs = {row["id"]: row["scenarios"] for row in found.rows}
    rows = [_row(item, names, runs, statements=about is not None) for item in shown]
    emit_answer(rows, form, output, "said", _answer(items, len(items) - len(shown), names, about), spare=SPARE)


def _is_power(item: Said, chains: Collection[str] | None) -> bool:
    """Say whether sources assert that somebody has or uses power over something, of these products or any."""
    return item.kind in NAMING and item.style == ASSERTION and (chains is None or item.product in chains)


def _row(item: Said, names: Names, runs: Mapping[Any, tuple[str, ...]], *, statements: bool) -> dict[str, Any]:
    """Write one entry for people; the claims in words only where few are asked for."""
    topic = item.topic or ""
    row = {
        "stage or product": names.stage(topic) if topic in names.study.stages else name_of(names.study, topic),
        "economy": names.economy(item.economy),
        "the sources say": _words(item, names),
        "claims": item.claims,
        "sources": item.sources,
        "contradicted by": item.contradicted_by,
        "figures say": _figure(item.figure, names.study),
        "claim and figure": VERDICTS.get(item.verdict, item.verdict),
    }
    taken_up = runs.get(item.claim_ids[0], ()) if item.claim_ids else ()
    return row | ({"scenarios": taken_up, "in words": " ".join(item.statements)} if statements else {})


def _figure(figure: Estimate | None, study: Study) -> str:
    """Write a share with its range, and its definition where that is not the one of the stage."""
    if figure is None:
        return "no figure"
    same = figure.metric == study.stages[figure.stage]["basis"]
    other = "" if same else f", {in_words(figure.metric, study.economies.names)}"
    return f"{spread((figure.low, figure.central, figure.high))}{other}"


def _words(item: Said, names: Names) -> str:
    """Say in a few words what is claimed; a share that stands for a word is told as such."""
    if item.kind is None:
        return "nothing"
    kind = (item.term if item.term and item.kind in SHARE_KINDS else item.kind).replace("_", " ")
    seen = item.target and item.target != EVERYBODY
    aimed = f" {AIMED.get(item.kind, 'towards')} {names.economy(str(item.target))}" if seen else ""
    manner = "" if item.style == item.kind else STYLES.get(item.style or "", "")
    when = f", {', '.join(item.periods)}" if item.periods else ""
    return f"{manner}{kind}{aimed}{when}{_size(item)}"


def _size(item: Said) -> str:
    """Say how much is claimed: a printed share as it is, a word by the shares that it allows."""
    if item.strength is None:
        return ""
    if not item.term:
        return f": {spread(item.strength)}"
    word = "" if item.kind in SHARE_KINDS else f" {item.term.replace('_', ' ')},"
    return f" ({word.lstrip()}{' ' if word else ''}read as {between(item.strength.low, item.strength.high)})"


def _answer(items: Sequence[Said], hidden: int, names: Names, about: str | None) -> str:
    """Say how much is said, how often claim and figure agree, and where they do not."""
    study = names.study
    counted = tally(study, (study.claims[claim] for item in items for claim in item.claim_ids))
    on = f" on {_about(names, about)}" if about else ""
    make = "makes" if len(counted.sources) == 1 else "make"
    told = f"{count(len(counted.sources), 'independent source')} {make} {count(counted.claims, 'claim')}{on}."
    agree, disagree = ([item for item in items if item.verdict == verdict] for verdict in (AGREE, DISAGREE))
    where = [f"{names.economy(item.economy)} at {names.stage(item.topic or '')}" for item in disagree]
    compared = (
        f"Where both a claim and figures say how large a share is, they agree in {count(len(agree), 'case')} "
        f"and disagree in {len(disagree)}{f': {listing(where)}' if where else ''}."
        if agree or disagree
        else "There is no share of which both a claim and a figure say how large it is."
    )
    rest = f"{count(hidden, 'row')} more: other kinds of claims, figures alone (--all)." if hidden else ""
    return f"{told} {compared} {rest}".rstrip()


def _about(names: Names, about: str) -> str:
    """Name what was asked for."""
    if about in names.study.stages:
        return names.stage(about)
    named = name_of(names.study, about)
    return named if named != about else names.economy(names.study.economies.find(about)[0])


COMMANDS = {"said": said}
