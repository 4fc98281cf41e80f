"""The commands that write the graphs of a study for programs that draw or analyse graphs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from depgraph.cli.common import load, put
from depgraph.interface.graphs import FORMS, graph_file


def _file_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say what is written and where."""
    form = click.option(
        "-f",
        "--format",
        "form",
        type=click.Choice([*FORMS]),
        help="Default: what the suffix of the file says, else json (node-link).",
    )
    output = click.option(
        "-o",
        "--output",
        type=click.Path(path_type=Path),
        help="Write to a file, whole or not at all; - is standard output.",
    )
    return form(output(command))


def _settled(form: str | None, output: Path | None) -> str:
    """Settle the format: the one asked for, else by suffix, else node-link JSON.

    Raises
    ------
    click.UsageError
        If the file has the suffix of no format.
    """
    suffix = "" if output is None else output.suffix.lstrip(".").lower()
    if form or suffix in {*FORMS, ""}:
        return form or suffix or "json"
    msg = f"no graph is written as .{suffix}: use .json, .graphml or .gexf, or say which with --format"
    raise click.UsageError(msg)


def _write(context: click.Context, graph: str, bloc: str | None, form: str | None, output: Path | None) -> None:
    """Write one graph."""
    target = None if output == Path("-") else output
    put(graph_file(load(context), graph, _settled(form, target), bloc=bloc), target)


@click.group("graph")
def graph_group() -> None:
    r"""Write a graph of the study: what the sources say, or what depends on what.

    \b
    Examples:
      depgraph graph claims > claims.json
      depgraph graph dependencies > dependencies.json
    """


@graph_group.command("claims", epilog="\b\nExample:\n  depgraph graph claims -o claims.graphml")
@_file_options
@click.pass_context
def claims(context: click.Context, form: str | None, output: Path | None) -> None:
    """Write what the sources say: one edge a claim, from who holds the power or acts to who or what is exposed.

    Only an edge of the style assertion says that something is so; recommendation, forecast, hypothesis and
    denial are styles of their own. No figure is read.
    """
    _write(context, "claims", None, form, output)


@graph_group.command("dependencies", epilog="\b\nExample:\n  depgraph graph dependencies -o dependencies.gexf")
@click.option("--for", "bloc", help="Economy or bloc whose losses are shown; without it the bloc of the study.")
@_file_options
@click.pass_context
def dependencies(context: click.Context, bloc: str | None, form: str | None, output: Path | None) -> None:
    """Write what depends on what: suppliers are alternatives, inputs are complements."""
    _write(context, "dependencies", bloc, form, output)


COMMANDS = {"graph": graph_group}
