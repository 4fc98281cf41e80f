"""Writing rows: one module that escapes for every sink.

Numbers keep full precision in csv, json, jsonl and xlsx and are rounded only where people
read them. An unknown number is an empty cell, never 0 and never NaN.
"""

import csv
import io
import json
import math
import re
import textwrap
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from depgraph.core.errors import DepgraphError, MissingPackageError

if TYPE_CHECKING:
    from rich.table import Table

NARROW = 80  # columns of a terminal below which a table that does not fit is written row by row
WRAP_FROM = 34  # cells longer than this are prose and may be wrapped
FORMATS = ("table", "csv", "json", "jsonl", "md", "xlsx")
# control codes, zero-width and direction marks, and code points that no file format takes
CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\ufffe\uffff]"
)
# what a spreadsheet may run as a formula, full-width forms included
FORMULA = re.compile(r"^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]")

CELL = 32767  # characters that a cell of a workbook takes
NARROWEST, WIDEST = 8, 60  # columns of a workbook
DIGITS = re.compile(r"[0-9][0-9;. ]*")
STYLES: dict[str, dict[str, Any]] = {
    "header": {"bold": True, "bottom": 1, "valign": "top"},
    # a share that rounds to nothing must not look like zero
    "share": {"num_format": "[=0]0%;[<0.001]0.0E+00;0.0%"},
    "code": {"num_format": "@"},
    "wrapped": {"text_wrap": True, "valign": "top"},
}

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
        refuse_infinite(row)
    if form == "csv":
        return _csv(rows, columns).encode()
    if form == "json":
        return (json_text([_plain(row) for row in rows], indent=1) + "\n").encode()
    if form == "jsonl":
        return "".join(json_text(_plain(row)) + "\n" for row in rows).encode()
    if form == "md":
        return _markdown(rows).encode()
    if form == "table":
        return (_terminal(rows, width) if width else _text(rows)).encode()
    if form == "xlsx":
        return workbook([Sheet(title, rows)])
    msg = f"unknown format {form!r}; use one of {', '.join(FORMATS)}"
    raise DepgraphError(msg)


def refuse_infinite(value: Any, column: str = "") -> None:  # noqa: ANN401 - any value of a row
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
            refuse_infinite(part, column or str(key))
    elif isinstance(value, (tuple, list)):
        for part in value:
            refuse_infinite(part, column)


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


def json_text(value: Any, indent: int | None = None) -> str:  # noqa: ANN401 - any JSON value
    """Write JSON without NaN, safe inside a page and on a terminal."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    return CONTROL.sub(lambda match: f"\\u{ord(match.group()):04x}", text.replace("<", "\\u003c"))


def flat(value: Any) -> str:  # noqa: ANN401 - any value of a row
    """Write one value in one cell, in full precision."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return repr(value + 0.0)  # -0.0 becomes 0.0
    if isinstance(value, Mapping):
        return ";".join(f"{key}={flat(part)}" for key, part in value.items())
    if isinstance(value, (tuple, list)):
        return ";".join(flat(part) for part in value)
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
    text = clean(flat(value))
    return f"'{text}" if not isinstance(value, (int, float)) and FORMULA.match(text) else text


def _short(value: Any) -> str:  # noqa: ANN401 - any value of a row
    """Write one value for people: three significant digits."""
    if isinstance(value, float):
        return f"{value:.3g}" if value else "0"
    if isinstance(value, Mapping):
        return ", ".join(f"{_short(str(key))} {_short(part)}" for key, part in value.items())
    if isinstance(value, (tuple, list)):
        return ", ".join(_short(part) for part in value)
    return " ".join(clean(flat(value)).split())


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
    """Draw a table for a terminal of some width, row by row on a narrow one; nothing is read as markup."""
    from rich.console import Console

    table = _rich_table(rows)
    needed = sum(column.min_width or 0 for column in table.columns) + 2 * len(table.columns)
    if needed > width + 2 and width < NARROW:
        return _records(rows, width)
    # a table that cannot be made narrow enough goes over the edge: a number cut short is a wrong number
    console = Console(width=max(width, needed), file=io.StringIO(), force_terminal=False, markup=False, highlight=False)
    console.print(table)
    # rich pads every line to the width; the blanks only get in the way of copying
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines()) + "\n"  # type: ignore[attr-defined]


def _records(rows: Sequence[Row], width: int) -> str:
    """Write each row as a block of lines, one for each column, prose wrapped and identifiers whole."""
    header, cells = _cells(rows)
    margin = max(map(len, header)) + 2
    wrapper = textwrap.TextWrapper(
        max(width, margin + WRAP_FROM // 2),
        subsequent_indent=" " * margin,
        break_long_words=False,
        break_on_hyphens=False,
    )
    blocks = [
        [wrapper.fill(f"{name:<{margin}}{cell}") for name, cell in zip(header, line, strict=True)] for line in cells
    ]
    return "\n\n".join("\n".join(line.rstrip() for line in block) for block in blocks) + "\n"


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


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook.

    Attributes
    ----------
    title
        Cut to what a sheet may be called.
    rows
        Rows with the same keys.
    header
        The columns; without it the keys of the first row.
    shares
        Columns of fractions, shown as percent.
    wrapped
        Whether long text is broken into lines.
    """

    title: str
    rows: Sequence[Row]
    header: Sequence[str] = ()
    shares: Collection[str] = ()
    wrapped: bool = False


def workbook(sheets: Iterable[Sheet], properties: Mapping[str, str] | None = None) -> bytes:
    """Write a workbook: frozen headers, filters, no text run as formula or link, fixed dates.

    Parameters
    ----------
    sheets
        In the order in which they are shown.
    properties
        Of the document, such as ``title`` and ``comments``.

    Returns
    -------
    bytes
        The same sheets give the same bytes.

    Raises
    ------
    MissingPackageError
        If the package that writes workbooks is not installed.
    DepgraphError
        If a number is not finite.
    """
    try:
        import xlsxwriter
    except ImportError as error:
        msg = "xlsx needs the package xlsxwriter: pip install 'depgraph[xlsx]'"
        raise MissingPackageError(msg) from error
    import datetime as dt

    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(stream, options)
    # a fixed date: the same rows give the same bytes
    stated = {key: clean(value) for key, value in (properties or {}).items()}
    book.set_properties(stated | {"created": dt.datetime(2000, 1, 1, tzinfo=dt.UTC)})
    styles = {name: book.add_format(style) for name, style in STYLES.items()}
    for sheet in sheets:
        name = re.sub(r"[\[\]:*?/\\']", " ", clean(sheet.title))[:31]
        _fill_sheet(book.add_worksheet(name or "depgraph"), sheet, styles)
    book.close()
    return stream.getvalue()


def _fill_sheet(page: Any, sheet: Sheet, styles: Mapping[str, Any]) -> None:  # noqa: ANN401 - xlsxwriter ships no types
    """Write header and cells of one sheet."""
    header = list(sheet.header or (sheet.rows[0] if sheet.rows else ()))
    page.write_row(0, 0, [fitting(clean(name)) for name in header], styles["header"])
    for i, row in enumerate(sheet.rows, start=1):
        for j, name in enumerate(header):
            style = styles["share"] if name in sheet.shares else None
            _fill_cell(page, (i, j), row[name], style, styles["code"])
    for j, name in enumerate(header):
        longest = max((len(flat(row[name])) for row in sheet.rows if not isinstance(row[name], float)), default=0)
        width = min(max(longest, len(name), NARROWEST) + 2, WIDEST)
        page.set_column(j, j, width, styles["wrapped"] if sheet.wrapped else None)
    page.freeze_panes(1, 0)
    if sheet.rows:
        page.autofilter(0, 0, len(sheet.rows), len(header) - 1)
        # a customs code stays text and is not marked as a mistake
        page.ignore_errors({"number_stored_as_text": f"A1:XFD{len(sheet.rows) + 1}"})


def _fill_cell(page: Any, place: tuple[int, int], value: Any, number: Any, digits: Any) -> None:  # noqa: ANN401 - xlsxwriter ships no types
    """Write one cell in the style of numbers or of digits that are text; an unknown value leaves it empty."""
    refuse_infinite(value, f"{place[1] + 1} of a sheet")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        page.write_number(*place, value + 0, number if isinstance(value, float) else None)
    elif value is not None:
        text = clean(flat(value))
        # a text of digits keeps its zeros when somebody edits the cell
        page.write_string(*place, fitting(text), digits if DIGITS.fullmatch(text) else None)


def fitting(text: str) -> str:
    """Cut a text that no cell of a workbook takes, and say so at its end.

    Examples
    --------
    >>> fitting("gallium")
    'gallium'
    """
    # a workbook counts in UTF-16: a character outside the basic plane counts twice
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) <= 2 * CELL:
        return text
    mark = f" [cut: {len(text)} characters]"
    return units[: 2 * (CELL - len(mark))].decode("utf-16-le", "ignore") + mark


def columns(rows: Iterable[Row], names: Sequence[str]) -> list[dict[str, Any]]:
    """Keep some columns, in the order given."""
    return [{name: row[name] for name in names} for row in rows]
