"""The chokepoint report: cards for who decides, rows for other programs."""

import contextlib
from pathlib import Path

import click

from depgraph.analysis import robustness
from depgraph.cli import card, card_table, claims_table
from depgraph.cli.common import chosen_format, load, output_options, progress, put, terminal_width
from depgraph.cli.names import Names, ids_option
from depgraph.cli.notes import note
from depgraph.core import render
from depgraph.core.steps import silent
from depgraph.interface import chokepoints as questions
from depgraph.interface.chokepoints import data_rows, said_rows, said_standing, standing


@click.command("chokepoints")
@click.option("--product", help="Rank the stages that feed this product, by the loss of this product.")
@click.option("--for", "bloc", help="Economy or bloc that loses; without it the bloc of the study.")
@click.option("--side", type=click.Choice(["all", "rival"]), default="all", help="Only what the rival supplies.")
@click.option("--stage", help="The cards of one stage in full, with its chain.")
@click.option(
    "--weights",
    help="How finished goods are weighed: value, equal, defence, or a csv file with the columns good and weight.",
)
@click.option("--any-weights", is_flag=True, help="Also the ranks that any weights at all allow; takes seconds.")
@click.option(
    "--evidence",
    type=click.Choice(["all", "claims", "figures"]),
    default="all",
    show_default=True,
    help="claims: by the sources alone; figures: as if nobody had claimed anything.",
)
@click.option("--rule", default="loss", show_default=True, help=f"Score by: {', '.join(robustness.RULES)}.")
@click.option("--draws", type=click.IntRange(min=1), help="Draw within all ranges this often: how sure is a rank?")
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the draws: same seed, same bytes."
)
@click.option("--top", type=click.IntRange(min=1), help="Only the first rows; a terminal shows 25 without it.")
@ids_option
@output_options
@click.pass_context
def report(
    context: click.Context,
    product: str | None,
    bloc: str | None,
    side: str,
    stage: str | None,
    weights: str | None,
    any_weights: bool,
    evidence: str,
    rule: str,
    draws: int | None,
    seed: int,
    top: int | None,
    ids: bool,
    form: str | None,
    output: Path | None,
) -> None:
    r"""Rank what a bloc loses if one economy stops supplying one stage.

    Each card answers three questions: how much of the supply comes from there, what is at stake in a year, and how
    soon the bloc could do without. Stages that cannot be scored are listed with what is missing; they are not zero.

    \b
    Examples:
      depgraph chokepoints --product drones --top 10
      depgraph chokepoints --for Japan --side rival -f json
      depgraph chokepoints --stage gallium/primary
      depgraph chokepoints --evidence claims
    """
    study = load(context)
    settled = chosen_format(form, output)
    people = settled in {"table", "md"}
    limit = top or (25 if settled == "table" and output is None and stage is None else None)
    names = Names(study, ids=ids)
    width = terminal_width() if output is None else None
    if evidence == questions.CLAIMS:
        said = said_standing(study, bloc=bloc, product=product, stage=stage, top=limit)
        text = claims_table.lay_out(said, names, settled, width) if people else None
        body = text.encode() if text else render.render(said_rows(said), settled, title="chokepoints")
        put(body, output, people=settled == "table")
        return
    held = questions.without_claims(study) if evidence == questions.FIGURES else study
    with progress("drawing") if draws else contextlib.nullcontext(silent) as step:
        page = standing(
            held, product=product, bloc=bloc, side=side, stage=stage, weights=weights, any_weights=any_weights,
            rule=rule, draws=draws, seed=seed, top=None if people else limit, step=step,
        )  # fmt: skip
    if people:
        text = card.in_full(page, held, names) if stage else card_table.lay_out(page, names, settled, width, limit)
        put(text.encode(), output, people=settled == "table")
    else:
        note(card_table.headline(study, page.ranking, rule))
        put(render.render(data_rows(page), settled, title="chokepoints"), output)


COMMANDS = {"chokepoints": report}
