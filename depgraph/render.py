"""Writing rows: one module that escapes for every sink.

Numbers keep full precision in csv, json, jsonl and xlsx and are rounded only where people
read them. An unknown number is an empty cell, never 0 and never NaN.
"""

import csv
import io
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from depgraph.errors import DepgraphError

if TYPE_CHECKING:
    from rich.table import Table

WRAP_FROM = 34  # cells longer than this are prose and may be wrapped
FORMATS = ("table", "csv", "json", "jsonl", "md", "xlsx")
# control codes, zero-width and direction marks, and code points that no file format takes
CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\ufffe\uffff]"
)
# what a spreadsheet may run as a formula, full-width forms included
FORMULA = re.compile(r"^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]")

MARKED = re.compile(r"[\\|`\[\]]")  # what Markdown would read as the end of a cell, code or a link

Row = Mapping[str, Any]


def render(
    rows: Sequence[Row], form: str, *, width: int | None = None, title: str = "", columns: Sequence[str] = ()
) -> bytes:
    """Write rows in one format.

    Parameters
    ----------
    rows
        Rows with the same keys; values are text, numbers, booleans, None, or tuples and
        mappings of these.
    form
        One of `FORMATS`.
    width
        Columns of the terminal; None writes plain text that is not wrapped.
    title
        For the sheet of a workbook.
    columns
        Head a csv that has no rows.

    Returns
    -------
    bytes
        UTF-8, or a workbook. The same rows give the same bytes.

    Raises
    ------
    DepgraphError
        If the format is unknown or needs a package that is not installed, or a number is not finite.
    """
    for row in rows:
        _refuse_infinite(row)
    if form == "csv":
        return _csv(rows, columns).encode()
    if form == "json":
        return (_json([_plain(row) for row in rows], indent=1) + "\n").encode()
    if form == "jsonl":
        return "".join(_json(_plain(row)) + "\n" for row in rows).encode()
    if form == "md":
        return _markdown(rows).encode()
    if form == "table":
        return (_terminal(rows, width) if width else _text(rows)).encode()
    if form == "xlsx":
        return _workbook(rows, title)
    msg = f"unknown format {form!r}; use one of {', '.join(FORMATS)}"
    raise DepgraphError(msg)


def _refuse_infinite(value: Any, column: str = "") -> None:  # noqa: ANN401 - any value of a row
    """Refuse NaN and infinity, which no format may show as a number.

    Raises
    ------
    DepgraphError
        Naming the column.
    """
    if isinstance(value, float) and not math.isfinite(value):
        msg = f"the column {column} holds {value}, which is no number: an unknown one is left empty"
        raise DepgraphError(msg)
    if isinstance(value, Mapping):
        for key, part in value.items():
            _refuse_infinite(part, column or str(key))
    elif isinstance(value, (tuple, list)):
        for part in value:
            _refuse_infinite(part, column)


def clean(text: str) -> str:
    r"""Show control and direction characters as escapes, so that no text steers a terminal.

    Examples
    --------
    >>> clean("a\x1b[31mb")
    'a\\x1b[31mb'
    """
    return CONTROL.sub(lambda match: match.group().encode("unicode_escape").decode(), text)


# what may not stand in a page: control codes, marks that turn the direction of what follows, lone surrogates;
# joiners stay, as emoji and several scripts are written with them
UNREADABLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)


def for_page(text: str) -> str:
    r"""Show what may not stand in a page or drawing as escapes, and every run of blanks as one.

    Markup is not touched: who writes the page escapes it.

    Examples
    --------
    >>> for_page("a\u202eb  c")
    'a\\u202eb c'
    """
    shown = UNREADABLE.sub(lambda match: match.group().encode("unicode_escape").decode(), text)
    return re.sub(r"\s+", " ", shown)


def _plain(value: Any) -> Any:  # noqa: ANN401 - any value of a row
    """Turn tuples and mappings into what JSON has; numbers stay as they are."""
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(part) for part in value]
    return value


def _json(value: Any, indent: int | None = None) -> str:  # noqa: ANN401 - any JSON value
    """Write JSON without NaN, safe inside a page and on a terminal."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    return CONTROL.sub(lambda match: f"\\u{ord(match.group()):04x}", text.replace("<", "\\u003c"))


def _flat(value: Any) -> str:  # noqa: ANN401 - any value of a row
    """Write one value in one cell, in full precision."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return repr(value + 0.0)  # -0.0 becomes 0.0
    if isinstance(value, Mapping):
        return ";".join(f"{key}={_flat(part)}" for key, part in value.items())
    if isinstance(value, (tuple, list)):
        return ";".join(_flat(part) for part in value)
    return str(value)


def _csv(rows: Sequence[Row], columns: Sequence[str] = ()) -> str:
    """Write CSV in which no text is run as a formula."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    if rows or columns:
        writer.writerow(rows[0] if rows else columns)
    for row in rows:
        writer.writerow([_guarded(value) for value in row.values()])
    return stream.getvalue()


def _guarded(value: Any) -> str:  # noqa: ANN401 - any value of a row
    """Write a cell; text that a spreadsheet would run gets an apostrophe before it."""
    text = clean(_flat(value))
    return f"'{text}" if not isinstance(value, (int, float)) and FORMULA.match(text) else text


def _short(value: Any) -> str:  # noqa: ANN401 - any value of a row
    """Write one value for people: three significant digits."""
    if isinstance(value, float):
        return f"{value:.3g}" if value else "0"
    if isinstance(value, Mapping):
        return ", ".join(f"{_short(str(key))} {_short(part)}" for key, part in value.items())
    if isinstance(value, (tuple, list)):
        return ", ".join(_short(part) for part in value)
    return " ".join(clean(_flat(value)).split())


def _cells(rows: Sequence[Row]) -> tuple[list[str], list[list[str]]]:
    """Return header and cells for people."""
    header = [str(key) for key in rows[0]] if rows else []
    return header, [[_short(value) for value in row.values()] for row in rows]


def _markdown(rows: Sequence[Row]) -> str:
    """Write a Markdown table; pipes and markup in text are escaped."""
    from tabulate import tabulate

    header, cells = _cells(rows)
    safe = [[MARKED.sub(r"\\\g<0>", cell).replace("<", "&lt;") for cell in line] for line in cells]
    return tabulate(safe, headers=header, tablefmt="pipe", disable_numparse=True) + "\n"


def _text(rows: Sequence[Row]) -> str:
    """Write a plain table that is not wrapped."""
    from tabulate import tabulate

    header, cells = _cells(rows)
    return tabulate(cells, headers=header, tablefmt="simple", disable_numparse=True) + "\n"


def _terminal(rows: Sequence[Row], width: int) -> str:
    """Draw a table for a terminal of some width; nothing in it is read as markup."""
    from rich.console import Console

    table = _rich_table(rows)
    # a table that cannot be made narrow enough goes over the edge: a number cut short is a wrong number
    needed = sum(column.min_width or 0 for column in table.columns) + 2 * len(table.columns)
    console = Console(width=max(width, needed), file=io.StringIO(), force_terminal=False, markup=False, highlight=False)
    console.print(table)
    # rich pads every line to the width; the blanks only get in the way of copying
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines()) + "\n"  # type: ignore[attr-defined]


def _rich_table(rows: Sequence[Row]) -> "Table":
    """Build the table object: identifiers and numbers stay whole to be copied; only prose is wrapped."""
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    header, cells = _cells(rows)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for i, name in enumerate(header):
        numeric = all(isinstance(list(row.values())[i], (int, float, type(None))) for row in rows)
        texts = [name, *(line[i] for line in cells)]
        prose = any(" " in text and cell_len(text) > WRAP_FROM for text in texts)
        least = max(cell_len(name), WRAP_FROM // 2) if prose else max(map(cell_len, texts))
        table.add_column(
            name, justify="right" if numeric else "left", overflow="fold", no_wrap=not prose, min_width=least
        )
    for line in cells:
        table.add_row(*(Text(cell) for cell in line))
    return table


def _workbook(rows: Sequence[Row], title: str) -> bytes:
    """Write a workbook: frozen header, filter, no text run as formula or link, fixed dates.

    Raises
    ------
    DepgraphError
        If the package that writes workbooks is not installed.
    """
    try:
        import xlsxwriter
    except ImportError as error:
        msg = "xlsx needs the package xlsxwriter: pip install 'depgraph[xlsx]'"
        raise DepgraphError(msg) from error
    import datetime as dt

    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(stream, options)
    # a fixed date: the same rows give the same bytes
    book.set_properties({"created": dt.datetime(2000, 1, 1, tzinfo=dt.UTC)})
    sheet = book.add_worksheet(re.sub(r"[\[\]:*?/\\']", " ", clean(title))[:31] or "depgraph")
    _fill_sheet(sheet, rows, book.add_format({"bold": True}))
    book.close()
    return stream.getvalue()


def _fill_sheet(sheet: Any, rows: Sequence[Row], bold: Any) -> None:  # noqa: ANN401 - xlsxwriter ships no types
    """Write header and cells of one sheet."""
    header = list(rows[0]) if rows else []
    sheet.write_row(0, 0, header, bold)
    for i, row in enumerate(rows, start=1):
        for j, value in enumerate(row.values()):
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                sheet.write_number(i, j, value)
            elif value is not None:
                sheet.write_string(i, j, clean(_flat(value))[:32767])
    sheet.freeze_panes(1, 0)
    if rows:
        sheet.autofilter(0, 0, len(rows), len(header) - 1)


def columns(rows: Iterable[Row], names: Sequence[str]) -> list[dict[str, Any]]:
    """Keep some columns, in the order given."""
    return [{name: row[name] for name in names} for row in rows]
