"""The commands that list what a study holds."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from depgraph.cli import sentences
from depgraph.cli.common import emit, load, output_options
from depgraph.cli.names import Names, emit_answer, for_people
from depgraph.interface import tables as questions
from depgraph.interface.results import Result

# what a terminal leaves out where it does not fit, the first one first; ranges, doubts and grades go last or stay
SPARE = {
    "claims": (
        "fingerprint",
        "start",
        "end",
        "paragraph",
        "note",
        "relates_to",
        "source_id",
        "unit",
        "period",
        "target",
        "modality",
        "product",
        "stage",
        "term",
        "value",
        "low",
        "high",
        "hedge",
        "polarity",
    ),
    "figures": (
        "note",
        "table",
        "vintage",
        "source_id",
        "basis",
        "scope",
        "market",
        "partner",
        "product",
        "metric",
        "stage",
        "status",
        "low",
        "high",
    ),
    "estimates": ("parents", "unit", "product", "period", "method", "metric", "stage", "economy"),
    "disagreements": ("product", "metric", "stage"),
    "sources": ("sha256", "note", "url", "address", "licence", "producer", "author"),
    "assumptions": ("source_id", "reason", "low", "high"),
    "stages": ("basis", "estimate_id", "product", "hhi_low", "hhi_high", "missing", "status"),
}


def filters(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add the filter options of a table."""
    helps = {
        "product": "Only this product.",
        "stage": "Only this stage, as product/stage.",
        "economy": "Only this economy: code, name or bloc (then its members too).",
        "source": "Only this source or publication.",
        "kind": "Only this kind of claim, or this metric of figures.",
        "grade": "Only this grade.",
    }

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        for name in reversed(names):
            command = click.option(f"--{name}", help=helps[name])(command)
        return command

    return add


def _show(found: Result, form: str | None, output: Path | None, answer: str = "") -> None:
    """Put rows out, below the answer where there is one."""
    spare = SPARE.get(found.title, ())
    if answer and for_people(form, output):
        emit_answer(found.rows, form, output, found.title, answer, spare=spare)
        return
    emit(found.rows, form, output, found.title, columns=found.columns, spare=spare)


@click.command("sources")
@output_options
@click.pass_context
def sources(context: click.Context, form: str | None, output: Path | None) -> None:
    r"""List the source documents and the publications of figures.

    \b
    Example:
      depgraph sources -f json
    """
    _show(questions.sources(load(context)), form, output)


@click.command("claims")
@filters("product", "stage", "economy", "source", "kind")
@output_options
@click.pass_context
def claims(context: click.Context, /, form: str | None, output: Path | None, **wanted: str | None) -> None:
    r"""List the claims that were read out of the sources.

    \b
    Example:
      depgraph claims --product rare_earths --kind export_control
    """
    _show(questions.claims(load(context), **wanted), form, output)


@click.command("figures")
@filters("product", "stage", "economy", "source", "kind", "grade")
@output_options
@click.pass_context
def figures(context: click.Context, /, form: str | None, output: Path | None, **wanted: str | None) -> None:
    r"""List the public figures.

    \b
    Example:
      depgraph figures --stage gallium/primary --kind production
    """
    _show(questions.figures(load(context), **wanted), form, output)


@click.command("assumptions")
@output_options
@click.pass_context
def assumptions(context: click.Context, form: str | None, output: Path | None) -> None:
    r"""List the assumptions and, as terms, the lexicon of words of magnitude.

    \b
    Example:
      depgraph assumptions -f md
    """
    _show(questions.assumptions(load(context)), form, output)


@click.command("estimates")
@filters("product", "stage", "economy", "grade")
@click.option("--disagreements", is_flag=True, help="List what cannot all be true instead.")
@output_options
@click.pass_context
def estimate_table(
    context: click.Context,
    /,
    form: str | None,
    output: Path | None,
    disagreements: bool,
    **wanted: str | None,
) -> None:
    r"""List the shares that the evidence supports, with ranges, under every definition.

    \b
    Examples:
      depgraph estimates --stage pharmaceuticals/ingredient
      depgraph estimates --disagreements --economy CHN
    """  # noqa: DOC501 - the help text is for the command line
    if wanted["grade"] and disagreements:
        msg = "--grade is of one estimate: a disagreement is between items and has none"
        raise click.UsageError(msg)
    study = load(context)
    found = questions.estimates(study, disagreements=disagreements, **wanted)
    _show(found, form, output, sentences.of_disagreements(found.rows, Names(study)) if disagreements else "")


@click.command("stages")
@filters("product", "economy")
@output_options
@click.pass_context
def stages(context: click.Context, /, form: str | None, output: Path | None, **wanted: str | None) -> None:
    r"""Show who makes what at each stage; "no claim" is not zero.

    \b
    Example:
      depgraph stages --product gallium
    """
    _show(questions.stages(load(context), **wanted), form, output)


COMMANDS = {
    "sources": sources,
    "claims": claims,
    "figures": figures,
    "assumptions": assumptions,
    "estimates": estimate_table,
    "stages": stages,
}
