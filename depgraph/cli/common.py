"""What the commands share: options, loading, and putting rows out."""

import contextlib
import errno
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from depgraph.cli.notes import note
from depgraph.core import files, folding, render
from depgraph.interface import loading
from depgraph.interface.loading import LoadedStudy

Command = Any  # a function, or what click has made of it
Row = Mapping[str, Any]

BINARY = (b"PK", b"SQLite format 3")  # how a workbook and a database begin


def output_options(command: Command) -> Command:
    """Add ``--format`` and ``--output`` to a command."""
    form = click.option(
        "-f",
        "--format",
        "form",
        type=click.Choice(render.FORMATS),
        envvar="DEPGRAPH_FORMAT",
        help="Default: table on a terminal, csv in a pipe, or what the suffix of the file says.",
    )
    output = click.option(
        "-o",
        "--output",
        type=click.Path(path_type=Path),
        callback=_file_or_stream,
        help="Write to a file, whole or not at all; - is standard output.",
    )
    return form(output(command))


def _file_or_stream(_context: click.Context, _parameter: click.Parameter, output: Path | None) -> Path | None:
    """Return the file to write, None for standard output."""
    return None if output == Path("-") else output


def texts_option(command: Command) -> Command:
    """Add ``--texts`` to a command."""
    kind = click.Path(exists=True, file_okay=False, path_type=Path)
    return click.option("--texts", type=kind, help="Folder with your own copies of the source texts.")(command)


def load(context: click.Context) -> LoadedStudy:
    """Load the study that the group was called with; its warnings go to standard error.

    Raises
    ------
    NoStudyError
        If there is none.
    StudyError
        If it has problems.
    """
    loaded = loading.load(context.obj)
    for warning in loaded.warnings:
        note(str(warning))
    return loaded


def chosen_format(form: str | None, output: Path | None) -> str:
    """Settle the format: the one asked for, else by suffix, else by where it goes."""
    if form:
        return form
    suffix = "" if output is None else output.suffix.lstrip(".").lower()
    if suffix in render.FORMATS:
        return suffix
    return "table" if output is None and _on_terminal() else "csv"


def _on_terminal() -> bool:
    """Say whether standard output is a terminal; it may also be closed."""
    return sys.stdout is not None and sys.stdout.isatty()


def terminal_width() -> int | None:
    """Return the width of the terminal, None where the output is none."""
    return shutil.get_terminal_size().columns if _on_terminal() else None


def put(content: bytes, output: Path | None, *, people: bool = False) -> None:
    """Write to standard output or, whole or not at all, to a file.

    Data is UTF-8 wherever it goes, so that nothing of it is lost; only a terminal, and text that
    is laid out for people, get the encoding of standard output. On a terminal the lines of such
    text are broken to fit.

    Raises
    ------
    OSError
        If the file cannot be written.
    click.UsageError
        If a workbook would go to a terminal.
    """
    if output is not None:
        files.write_atomic(output, content)
    elif sys.stdout is None:
        raise OSError(errno.EBADF, "standard output is closed")
    elif content.startswith(BINARY) and _on_terminal():
        msg = "this is no text: give a file with --output"
        raise click.UsageError(msg)
    else:
        if people and (width := terminal_width()):
            content = folding.fold(content.decode(), width).encode()
        stream = sys.stdout.buffer
        stream.write(_readable(content) if people or _on_terminal() else content)
        stream.flush()


def _readable(content: bytes) -> bytes:
    """Encode text as the reader of standard output expects it; what it cannot show becomes a question mark."""
    encoding = sys.stdout.encoding or "utf-8"
    return content.decode().encode(encoding, errors="replace")


def emit(
    rows: Sequence[Row],
    form: str | None,
    output: Path | None,
    title: str,
    *,
    columns: Sequence[str] = (),
    spare: Sequence[str] = (),
) -> None:
    """Render rows and put them out; the columns head a csv without rows, a narrow terminal drops those to spare.

    Raises
    ------
    DepgraphError
        If the format needs a package that is not installed.
    OSError
        If the file cannot be written.
    """
    settled = chosen_format(form, output)
    width = terminal_width() if output is None else None
    content = render.render(rows, settled, width=width, title=title, columns=columns, spare=spare)
    put(content, output, people=settled == "table")
    if not rows and settled in {"table", "md"}:
        note("nothing found")


@contextlib.contextmanager
def progress(title: str) -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar on a terminal; in a pipe nothing is shown.

    Yields
    ------
    callable
        To be called with (done, total).
    """
    if not sys.stderr.isatty():
        yield lambda done, total: None  # noqa: ARG005 - nothing is shown
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title)
        yield lambda done, total: bar.update(task, completed=done, total=total)
