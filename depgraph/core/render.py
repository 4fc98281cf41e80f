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
from typing import Any, Literal

from depgraph.core.errors import DepgraphError, MissingPackageError
from depgraph.core.folding import NARROWEST_SCREEN, fold

WRAP_FROM = 34  # columns that prose needs to be read well; longer cells are prose
LONGEST_WORD = 24  # longer identifiers are broken where nothing else makes a table fit
GAP = 2  # blanks between columns
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
    rows: Sequence[Row],
    form: str,
    *,
    width: int | None = None,
    title: str = "",
    columns: Sequence[str] = (),
    spare: Sequence[str] = (),
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
        Columns of the terminal: no line of a table is longer. None writes plain text that is not wrapped.
    title
        For the sheet of a workbook.
    columns
        Head a csv that has no rows.
    spare
        Columns that a terminal may leave out where they do not fit, the first to go first; the table says which
        are left out. Grades, ranges and warnings come late or not at all. Where the others do not fit either,
        each row is a block of lines with all that is known of it.

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
        return (_terminal(rows, width, spare) if width else _text(rows)).encode()
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


def _terminal(rows: Sequence[Row], width: int, spare: Sequence[str]) -> str:
    """Fit a table to a terminal: wrap cells, leave out what a verb can spare, else write row by row."""
    if not rows:
        return "\n"
    room = max(width, NARROWEST_SCREEN)
    columns = _measured(rows)
    kept = _spared(columns, spare, room)
    sizes = _sizes(kept, room)
    if sizes is None:
        return _records(rows, room)
    left = [column.name for column in columns if column not in kept]
    note = f"\nNot shown at this width: {', '.join(left)}. A wider terminal or -f csv has them.\n" if left else ""
    drawn = _drawn(kept, sizes) + fold(note, room)
    if _needed([column.natural for column in kept]) <= room:
        return drawn
    # prose in narrow columns becomes towers: then rows one below the other are shorter, and whole
    return min(drawn, _records(rows, room), key=lambda text: text.count("\n"))


@dataclass(frozen=True)
class _Column:
    """A column as it is drawn: how wide it would like to be, and how narrow it may become."""

    name: str
    cells: Sequence[str]
    numeric: bool
    natural: int
    comfortable: int
    least: int


def _measured(rows: Sequence[Row]) -> list[_Column]:
    """Measure the columns: numbers stay whole, and so do words and identifiers but the longest."""
    header, cells = _cells(rows)
    return [
        _column(name, [line[i] for line in cells], [[*row.values()][i] for row in rows])
        for i, name in enumerate(header)
    ]


def _column(name: str, cells: Sequence[str], values: Sequence[object]) -> _Column:
    """Measure one column."""
    from rich.cells import cell_len

    numeric = all(isinstance(value, (int, float, type(None))) for value in values)
    natural = max(map(cell_len, (name, *cells)))
    word = max((cell_len(word) for text in (name, *cells) for word in text.split()), default=1)
    wanted = WRAP_FROM if natural > WRAP_FROM else min(natural, WRAP_FROM // 2)
    return _Column(name, cells, numeric, natural, max(wanted, word), min(word, LONGEST_WORD))


def _spared(columns: Sequence[_Column], spare: Sequence[str], room: int) -> list[_Column]:
    """Return the columns that have room: those that cannot be spared, then as many others as fit, the last first."""
    kept = {column.name for column in columns if column.name not in spare}
    tight = _needed([column.comfortable for column in columns if column.name in kept]) > room
    for name in reversed(spare):
        tried = [column for column in columns if column.name in kept or column.name == name]
        if _needed([column.least if tight else column.comfortable for column in tried]) <= room:
            kept.add(name)
    return [column for column in columns if column.name in kept]


def _needed(sizes: Sequence[int]) -> int:
    """Return the width of a table with columns of some sizes."""
    return sum(sizes) + GAP * (len(sizes) - 1)


def _sizes(columns: Sequence[_Column], room: int) -> list[int] | None:
    """Return the widths of columns that fill a terminal; None where they cannot."""
    for floors in ([column.comfortable for column in columns], [column.least for column in columns]):
        if _needed(floors) <= room:
            break
    else:
        return None
    sizes = [column.natural for column in columns]
    while _needed(sizes) > room:
        # the widest gives way, so that short columns stay on one line
        widest = max((i for i in range(len(sizes)) if sizes[i] > floors[i]), key=sizes.__getitem__)
        sizes[widest] -= 1
    return sizes


def _drawn(columns: Sequence[_Column], sizes: Sequence[int]) -> str:
    """Draw a table with columns of some widths; nothing is read as markup."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="bold")
    for column, size in zip(columns, sizes, strict=True):
        justify: Literal["left", "right"] = "right" if column.numeric else "left"
        table.add_column(Text(column.name), justify=justify, overflow="fold", width=size)
    for line in zip(*(column.cells for column in columns), strict=True):
        table.add_row(*(Text(cell) for cell in line))
    console = Console(
        width=_needed(sizes) + GAP, file=io.StringIO(), force_terminal=False, markup=False, highlight=False
    )
    console.print(table)
    # rich pads every line to the width; the blanks only get in the way of copying
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines()) + "\n"  # type: ignore[attr-defined]


def _records(rows: Sequence[Row], room: int) -> str:
    """Write each row as a block of lines, one for each column that holds something."""
    header, cells = _cells(rows)
    margin = min(max(map(len, header)) + GAP, room // 2)
    wrapper = textwrap.TextWrapper(room, subsequent_indent=" " * margin, break_on_hyphens=False)
    blocks = [
        [
            wrapper.fill(f"{name:<{margin - GAP}}{' ' * GAP}{cell}")
            for name, cell in zip(header, line, strict=True)
            if cell
        ]
        for line in cells
    ]
    return "\n\n".join("\n".join(line.rstrip() for line in block) for block in blocks) + "\n"


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
