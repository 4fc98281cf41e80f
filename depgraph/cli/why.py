"""The trail of one identifier."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from depgraph.cli.common import chosen_format, emit, load, output_options, put, texts_option
from depgraph.core import render
from depgraph.interface import trails
from depgraph.study import sources
from depgraph.trail import decisive, trail
from depgraph.trail.trail import Step

LIMIT = 60  # lines of a branch that a person gets without --all


@click.command("why")
@click.argument("identifier")
@click.option("--for", "bloc", help="Whose ranking the trail climbs to; without it the bloc of the study.")
@click.option("--full", is_flag=True, help="Show the whole trail, down and up.")
@click.option("--all", "everything", is_flag=True, help="Show every line of a long trail; includes --full.")
@texts_option
@output_options
@click.pass_context
def why(
    context: click.Context,
    identifier: str,
    bloc: str | None,
    full: bool,
    everything: bool,
    texts: Path | None,
    form: str | None,
    output: Path | None,
) -> None:
    r"""Show which figure or claim sets a number, and the assumptions that matter most.

    Tables and other programs get the whole trail: down to claims, figures and assumptions, and up to
    what rests on it. People get it with --full.

    IDENTIFIER is anything that a command prints: a claim, a figure, an assumption, an estimate, a
    stage, a recipe, a row of the ranking (K:...), a disagreement (X:...), a scenario (V:...) and its
    answers.

    \b
    Examples:
      depgraph why K:QUAD:CHN:rare_earths/magnet
      depgraph why K:QUAD:CHN:rare_earths/magnet --full
      depgraph why E:gallium/primary:CHN -f json
    """
    study = load(context)
    settled = chosen_format(form, output)
    if settled == "table" and not (full or everything or texts):
        written = decisive.lines(trails.decide(study, identifier, bloc))
        put(("\n".join(render.clean(line) for line in written) + "\n").encode(), output, people=True)
        return
    steps = trails.walk(study, identifier, bloc)
    found = sources.find_texts(texts, study.tables["sources"]) if texts else {}
    quotes = trail.quotations(study, steps, found)
    if settled == "table":
        put(_tree(steps, quotes, None if everything or output else LIMIT).encode(), output, people=True)
    else:
        emit(trails.rows(study, steps, quotes), settled, output, "why")


def _tree(steps: Sequence[Step], quotes: Mapping[str, str], limit: int | None) -> str:
    """Draw the trail as indented lines."""
    headings = {"down": "rests on", "up": "carries"}
    lines: list[str] = []
    for direction in ("self", "down", "up"):
        branch = [step for step in steps if step.direction == direction]
        if direction in headings:
            lines.extend(["", headings[direction] + (":" if branch else " nothing")])
        for step in branch[:limit]:
            indent = "  " * step.depth
            text = "(see above)" if step.seen else render.clean(step.text)
            lines.append(f"{indent}{step.id}  {step.kind}: {text}")
            if step.id in quotes and not step.seen:
                lines.append(f'{indent}    "{render.clean(quotes[step.id])}"')
        if limit and len(branch) > limit:
            lines.append(f"  ... {len(branch) - limit} more lines; --all shows them")
    return "\n".join(lines) + "\n"


COMMANDS = {"why": why}
