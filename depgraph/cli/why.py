"""The trail of one identifier."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from depgraph.analysis import chokepoints, endurance, leverage, shocks
from depgraph.cli.common import chosen_format, emit, load, network_of, output_options, put, texts_option
from depgraph.core import render
from depgraph.diversion import scenario as scenarios
from depgraph.study import sources
from depgraph.study.study import Study
from depgraph.trail import trail
from depgraph.trail.trail import Step

LIMIT = 60  # lines of a branch that a person gets without --all


@click.command("why")
@click.argument("identifier")
@click.option("--for", "bloc", help="Whose ranking the trail climbs to; without it the bloc of the study.")
@click.option("--all", "everything", is_flag=True, help="Show every line of a long trail.")
@texts_option
@output_options
@click.pass_context
def why(
    context: click.Context,
    identifier: str,
    bloc: str | None,
    everything: bool,  # noqa: FBT001 - click passes options by name
    texts: Path | None,
    form: str | None,
    output: Path | None,
) -> None:
    r"""Show what a number rests on, down to claims, figures and assumptions, and what rests on it.

    IDENTIFIER is anything that a command prints: a claim, a figure, an assumption, an estimate, a
    stage, a recipe, a row of the ranking (K:...), a disagreement (X:...), a scenario (V:...) and its
    answers.

    \b
    Examples:
      depgraph why K:QUAD:CHN:rare_earths/magnet
      depgraph why E:gallium/primary:CHN -f json
    """
    study = load(context)
    steps = walk(study, identifier, bloc)
    found = sources.find_texts(texts, study.tables["sources"]) if texts else {}
    quotes = trail.quotations(study, steps, found)
    settled = chosen_format(form, output)
    if settled == "table":
        put(_tree(steps, quotes, None if everything or output else LIMIT).encode(), output, people=True)
    else:
        emit(_rows(study, steps, quotes), settled, output, "why")


def walk(study: Study, identifier: str, bloc: str | None = None) -> list[Step]:
    """Walk from an identifier down to what it rests on and up to what rests on it.

    Parameters
    ----------
    study
        The study.
    identifier
        Anything that a command prints.
    bloc
        Name of the economy or bloc whose ranking the trail climbs to; None for the one that the
        identifier names, else the bloc of the study.

    Returns
    -------
    list of Step
        As `trail.why` gives them.

    Raises
    ------
    UnknownNameError
        If there is no such identifier or bloc.
    """
    code = study.economies.resolve(bloc or _bloc_of(identifier) or study.settings["bloc"])
    walked = _trail(study, identifier, code)
    return trail.why(walked, _supplier_estimate(identifier, walked))


def _trail(study: Study, identifier: str, bloc: str) -> trail.Trail:
    """Build the trail; both rankings of a leverage table only where one is asked about."""
    picture, network = network_of(study)
    rows = list(chokepoints.rank(study, picture, network, bloc).rows)
    balances: list[leverage.Balance] = []
    if identifier.startswith("B:"):
        rival = (
            study.economies.resolve(identifier.split(":")[2]) if identifier.count(":") > 2 else study.settings["rival"]
        )
        balances = leverage.balance(study, picture, network, bloc, rival)
        rows.extend(chokepoints.rank(study, picture, network, rival).rows)
    times: list[endurance.Endurance] = []
    if identifier.startswith("T:") and identifier.count(":") > 2:
        times = endurance.endure(study, picture, network, bloc, study.economies.resolve(identifier.split(":")[2]))
    known = shocks.read_shocks(study).values()
    library = scenarios.read_all(study).values()
    whole = trail.build(study, picture, rows, balances=balances, shocks=known, endurances=times, scenarios=library)
    return trail.with_answer(whole, identifier) if identifier.startswith("V:") else whole


def _supplier_estimate(identifier: str, walked: trail.Trail) -> str:
    """Return the estimate behind a supplier as `structure` and `interdict` print it, economy:stage."""
    economy, _, stage = identifier.partition(":")
    estimate = f"E:{stage}:{economy}"
    return estimate if identifier not in walked and estimate in walked else identifier


def _bloc_of(identifier: str) -> str | None:
    """Return the bloc that a row of a ranking or of a leverage table names."""
    parts = identifier.split(":")
    return parts[1] if parts[0] in {"K", "B", "T"} and len(parts) > 2 else None


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


def _rows(study: Study, steps: Sequence[Step], quotes: Mapping[str, str]) -> list[dict[str, object]]:
    """Return the trail as rows."""
    rows: list[dict[str, object]] = []
    for step in steps:
        claim = study.claims.get(step.id)
        rows.append(
            {
                "direction": step.direction,
                "depth": step.depth,
                "id": step.id,
                "kind": step.kind,
                "text": step.text,
                "seen": step.seen,
                "source_id": claim["source_id"] if claim else None,
                "paragraph": int(claim["paragraph"]) if claim else None,
                "quotation": quotes.get(step.id),
            }
        )
    return rows


COMMANDS = {"why": why}
