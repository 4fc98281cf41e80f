"""The trail of one identifier."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from depgraph.analysis import chokepoints, endurance, leverage, shocks
from depgraph.cli.common import chosen_format, emit, load, network_of, output_options, put, texts_option
from depgraph.core import render
from depgraph.core.errors import UnknownNameError
from depgraph.diversion import scenario as scenarios
from depgraph.study import sources
from depgraph.study.study import Study
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
    full: bool,  # noqa: FBT001 - click passes options by name
    everything: bool,  # noqa: FBT001 - click passes options by name
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
    asked = Asked(study, identifier, bloc)
    if settled == "table" and not (full or everything or texts):
        written = decisive.lines(asked.decide())
        put(("\n".join(render.clean(line) for line in written) + "\n").encode(), output, people=True)
        return
    steps = asked.walk()
    found = sources.find_texts(texts, study.tables["sources"]) if texts else {}
    quotes = trail.quotations(study, steps, found)
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
    return Asked(study, identifier, bloc).walk()


class Asked:
    """A trail that holds one identifier, with the rows of the rankings that it climbs to.

    Attributes
    ----------
    study, picture
        The study and its estimates.
    rows
        The rows of the rankings.
    trail
        The whole trail.
    identifier
        The identifier asked about, as it stands in the trail.
    """

    def __init__(self, study: Study, identifier: str, bloc: str | None = None) -> None:
        """Build the trail; both rankings of a leverage table only where one is asked about.

        Raises
        ------
        UnknownNameError
            If there is no such bloc.
        """
        code = study.economies.resolve(bloc or _bloc_of(identifier) or study.settings["bloc"])
        self.study = study
        self.picture, network = network_of(study)
        self.rows = list(chokepoints.rank(study, self.picture, network, code).rows)
        balances: list[leverage.Balance] = []
        parts = identifier.split(":")
        if parts[0] == "B":
            rival = study.economies.resolve(parts[2]) if len(parts) > 3 else study.settings["rival"]
            balances = leverage.balance(study, self.picture, network, code, rival)
            self.rows.extend(chokepoints.rank(study, self.picture, network, rival).rows)
        times: list[endurance.Endurance] = []
        if parts[0] == "T" and len(parts) > 3:
            times = endurance.endure(study, self.picture, network, code, study.economies.resolve(parts[2]))
        known = shocks.read_shocks(study).values()
        library = scenarios.read_all(study).values()
        whole = trail.build(
            study, self.picture, self.rows, balances=balances, shocks=known, endurances=times, scenarios=library
        )
        self.trail = trail.with_answer(whole, identifier) if parts[0] == "V" else whole
        self.identifier = _supplier_estimate(identifier, self.trail)

    def walk(self) -> list[Step]:
        """Walk down and up from the identifier.

        Raises
        ------
        UnknownNameError
            If there is no such identifier.
        """
        return trail.why(self.trail, self.identifier)

    def decide(self) -> decisive.Decisive:
        """Find what decides the number.

        Raises
        ------
        UnknownNameError
            If there is no such identifier.
        """
        if self.identifier not in self.trail:
            what = "identifier"
            raise UnknownNameError(what, self.identifier, self.trail)
        return decisive.decide(self.study, self.picture, self.trail, self.identifier, self.rows)


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
