"""What is said beside the data: on standard error, in lines that fit the terminal."""

import shutil
import sys

import click

from depgraph.core import folding


def note(text: str) -> None:
    """Say something on standard error; on a terminal its lines are broken to fit, else they stay as they are."""
    click.echo(folding.fold(text, shutil.get_terminal_size().columns if _on_terminal() else None), err=True)


def _on_terminal() -> bool:
    """Say whether standard error is a terminal; it may also be closed."""
    return sys.stderr is not None and sys.stderr.isatty()
