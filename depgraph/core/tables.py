"""One strict reader for every table of a study.

A file is decoded as UTF-8, split as CSV, and each cell is read as the text it is; the schema
(`schemas.toml`) then types it with a pattern. Nothing is inferred, so ``NA`` stays Namibia,
``0101`` stays a code and ``0,5`` is an error instead of a 5.
"""

import csv
import io
import math
import re
import tomllib
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from depgraph.core import files, keylines
from depgraph.core.errors import Problem, suggestion

MAX_ROWS = 2_000_000
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/-]*")
NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d{1,2})?")
COUNT = re.compile(r"[0-9]{1,15}")
YEARS = (1900, 2200)  # no table, scenario or setting speaks of another year
PERIOD = re.compile(r"[0-9]{4}(/[0-9]{4})?")
NO_BREAK = "\u00a0\u2007\u202f"
INVISIBLE = {"Cf", "Zl", "Zp"}  # Unicode categories: zero-width and direction marks, line and paragraph separators
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]|\n|\t")
# ways of writing a number that are not a plain decimal, most telling first
NUMBER_FAULTS = (
    (r"^[+-]?(nan|inf(inity)?)$", "not-finite", "not a finite number"),
    (r"^-?\d+(\.\d+)?e[+-]?\d{3,}$", "not-finite", "a power of ten that no quantity has"),
    (r"%", "percent-sign", "a percent sign"),
    (r"^-?\d{1,3}([ ',]\d{3})+(\.\d+)?$", "thousands-separator", "a thousands separator"),
    (r"^-?\d+,\d+$", "decimal-comma", "a decimal comma"),
)
MARKUP = re.compile(r"<[a-zA-Z/!?]")
FORMULA = "=+@\uff1d\uff0b\uff20"  # a spreadsheet runs text that starts so, in full width too


@dataclass(frozen=True)
class Column:
    """One column of a schema: type, whether it must be filled, its words, the tables it names, its largest number.

    A file may lack an optional column: all its cells are then empty.
    """

    name: str
    type: str
    about: str
    required: bool = False
    words: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    most: float | None = None
    optional: bool = False


@dataclass(frozen=True)
class Schema:
    """One table: its name, file pattern, key column, columns, what it holds, and whether a study may lack it."""

    name: str
    file: str
    key: str
    columns: tuple[Column, ...]
    about: str = ""
    optional: bool = False


@dataclass
class Reading:
    """Rows that were read and every problem on the way.

    Each row is a dict from column to typed value (None where the cell is empty) with the two
    extra keys ``file`` and ``line`` that say where it stands.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    whole: bool = False  # True once the file was read to its end; what it lacks may otherwise stand in it


@cache
def schemas() -> dict[str, Schema]:
    """Return the schemas of all tables, by name.

    Returns
    -------
    dict
        Table name to `Schema`, in the order of ``schemas.toml``.

    Examples
    --------
    >>> schemas()["recipes"].key
    'recipe_id'
    """
    return read_schemas("schemas.toml")


def read_schemas(name: str) -> dict[str, Schema]:
    """Read schemas from a file of the package; `schemas` holds those of the tables of a study.

    Parameters
    ----------
    name
        The file's name.

    Returns
    -------
    dict
        Table name to `Schema`, in the order of the file.
    """
    text = resources.files("depgraph").joinpath(name).read_text(encoding="utf-8")
    return {name: _schema(name, spec) for name, spec in tomllib.loads(text).items()}


def _schema(name: str, spec: dict[str, Any]) -> Schema:
    """Build one schema from its TOML table."""
    columns = tuple(
        Column(
            column,
            body["type"],
            body["about"],
            body.get("required", False),
            tuple(body.get("words", ())),
            tuple(body.get("references", ())),
            body.get("most"),
            body.get("optional", False),
        )
        for column, body in spec["columns"].items()
    )
    about, optional = spec.get("about", ""), spec.get("optional", False)
    return Schema(name, spec.get("file", ""), spec.get("key", ""), columns, about, optional)


def read(root: Path, name: str, schema: Schema) -> Reading:
    """Read one table of a study.

    Parameters
    ----------
    root
        The study folder.
    name
        Path of the file inside the study.
    schema
        What the table must look like.

    Returns
    -------
    Reading
        Typed rows and all problems. A row with a bad cell is still there, the cell being None,
        so that later checks can go on; nobody may compute with it before the problems are gone.
    """
    reading = Reading()
    if schema.optional and not (root / name).exists():
        reading.whole = True
        return reading
    text = read_text(root, name, reading.problems)
    if text is None:
        return reading
    lines = _split(name, text, reading.problems)
    _, header = next(lines, (0, []))
    header = _trim_header(name, header, reading.problems)
    if not _check_header(name, header, schema, reading.problems):
        return reading
    empty = {column.name: "" for column in schema.columns if column.optional}
    for line, cells in lines:
        if line > MAX_ROWS:
            reading.problems.append(Problem(name, line, "-", "too-large", f"more than {MAX_ROWS} rows"))
            break
        if len(cells) != len(header):
            message = f"{len(cells)} cells where the header has {len(header)}"
            reading.problems.append(Problem(name, line, "-", "ragged-row", message, ",".join(cells)))
            continue
        row = empty | dict(zip(header, cells, strict=True))
        reading.rows.append(_type_row(name, line, row, schema, reading.problems))
    _check_key(schema, reading)
    reading.whole = not any(problem.code in {"broken-quote", "too-large"} for problem in reading.problems)
    return reading


def read_text(root: Path, name: str, problems: list[Problem]) -> str | None:
    """Decode a file of the study, or say why it cannot be.

    Parameters
    ----------
    root
        The study folder; links that lead out of it are refused.
    name
        Path inside the study.
    problems
        Findings are appended here.

    Returns
    -------
    str or None
        The text with plain line feeds and without byte order mark; None if it cannot be read.
    """
    path = root / name
    if not path.exists():
        problems.append(Problem(name, 0, "-", "missing-file", "the file does not exist"))
    elif not files.is_inside(root, path):
        problems.append(Problem(name, 0, "-", "outside-study", "not a regular file inside the study"))
    elif path.stat().st_size > files.MAX_BYTES:
        problems.append(Problem(name, 0, "-", "too-large", f"larger than {files.MAX_BYTES} bytes"))
    else:
        return decode(name, path.read_bytes(), problems)
    return None


def read_toml(name: str, text: str, known: Collection[str], problems: list[Problem]) -> dict[str, str] | None:
    """Read a record of texts.

    Parameters
    ----------
    name
        Path inside the study.
    text
        TOML with nothing but texts.
    known
        The keys that it may have.
    problems
        Findings are appended here.

    Returns
    -------
    dict or None
        Key to text, without the keys that left a problem; None if it is no TOML.
    """
    try:
        record = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # huge integers and deep nesting are refused with these
        line, message = keylines.fault(text, error)
        problems.append(Problem(name, line, "-", "toml", message))
        return None
    lines = keylines.find(text)
    values = {}
    for key, value in record.items():
        finding = None
        if key not in known:
            finding = "unknown-column", f"unknown key{suggestion(key, known)}"
        elif not isinstance(value, str):
            finding = "unknown-word", "not a text"
        elif value:
            finding = unreadable(value) or _runs(value)
        if finding:
            line = keylines.nearest(lines, (key,))
            problems.append(Problem(name, line, key, *finding, key if key not in known else str(value)))
        else:
            values[key] = value
    return values


def decode(name: str, content: bytes, problems: list[Problem]) -> str | None:
    """Decode UTF-8; accept a byte order mark and Windows line ends with a warning.

    Parameters
    ----------
    name
        Of the file, for problems.
    content
        Its bytes.
    problems
        Findings are appended here.

    Returns
    -------
    str or None
        The text with plain line feeds; None if it is no UTF-8.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        problems.append(Problem(name, 0, "-", "not-utf8", "the file is UTF-16"))
        return None
    if b"\0" in content:
        line = content[: content.index(b"\0")].count(b"\n") + 1
        problems.append(Problem(name, line, "-", "nul-byte", "a NUL byte"))
        return None
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        problems.append(Problem(name, line, "-", "not-utf8", f"not UTF-8{_encoding_guess(content)}"))
        return None
    if text.startswith("\ufeff"):
        problems.append(Problem(name, 1, "-", "bom", "a byte order mark", warning=True))
        text = text[1:]
    if "\r" in text:
        problems.append(Problem(name, 1, "-", "crlf", "Windows or old Macintosh line ends", warning=True))
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text


def _encoding_guess(content: bytes) -> str:
    """Name the other encoding that fits, if one does."""
    for encoding, label in (("cp932", "CP932 (Japanese Windows)"), ("cp1252", "Windows-1252")):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return f", perhaps {label}"
    return ""


def _split(name: str, text: str, problems: list[Problem]) -> Iterator[tuple[int, list[str]]]:
    """Yield (first line, cells) for each record; blank lines are skipped."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            if cells:
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        problems.append(Problem(name, line, "-", "broken-quote", f"not CSV: {error}"))


def _trim_header(name: str, header: list[str], problems: list[Problem]) -> list[str]:
    """Cut blanks around column names off, with a warning."""
    trimmed = [cell.strip(" ") for cell in header]
    problems.extend(
        Problem(name, 1, new, "surrounding-blanks", "blanks around the name", old, warning=True)
        for old, new in zip(header, trimmed, strict=True)
        if new and old != new
    )
    return trimmed


def _check_header(name: str, header: list[str], schema: Schema, problems: list[Problem]) -> bool:
    """Check that the header has each column once and no other; say whether rows can be read."""
    before = len(problems)
    known = [column.name for column in schema.columns]
    for cell in header:
        if not cell.strip():
            problems.append(Problem(name, 1, "-", "blank-header", "a column without a name"))
        elif cell not in known:
            message = f"unknown column{suggestion(cell, known)}"
            problems.append(Problem(name, 1, cell, "unknown-column", message, cell))
    doubled = sorted({cell for cell in header if header.count(cell) > 1})
    problems.extend(Problem(name, 1, cell, "duplicate-header", "the column is there twice", cell) for cell in doubled)
    needed = [column.name for column in schema.columns if not column.optional]
    problems.extend(Problem(name, 1, cell, "missing-column", "column missing") for cell in needed if cell not in header)
    return len(problems) == before


def _check_key(schema: Schema, reading: Reading) -> None:
    """Report every key that occurs twice within a file."""
    seen: dict[str, int] = {}
    for row in reading.rows:
        key = row[schema.key]
        if key is not None and key in seen:
            message = f"the identifier is already on line {seen[key]}"
            reading.problems.append(Problem(row["file"], row["line"], schema.key, "duplicate-id", message, key))
        seen.setdefault(key, row["line"])


def _type_row(name: str, line: int, cells: dict[str, str], schema: Schema, problems: list[Problem]) -> dict[str, Any]:
    """Type each cell of one record; a cell that fails becomes None and leaves a problem."""
    row: dict[str, Any] = {"file": name, "line": line}
    for column in schema.columns:
        raw = cells[column.name]
        value = raw.strip(" ")
        row[column.name] = None
        if value != raw:
            message = "blanks around the text"
            problems.append(Problem(name, line, column.name, "surrounding-blanks", message, raw, warning=True))
        if not value:
            if column.required:
                problems.append(Problem(name, line, column.name, "blank-cell", "the cell is empty"))
            continue
        finding = unreadable(value) or _mistyped(value, column)
        if finding:
            problems.append(Problem(name, line, column.name, finding[0], finding[1], value))
        else:
            row[column.name] = CONVERT.get(column.type, str)(value)
    return row


def unreadable(value: str) -> tuple[str, str] | None:
    """Find characters that no text of a study may hold, whatever it is for.

    Returns
    -------
    tuple or None
        Problem code and message.

    Examples
    --------
    >>> unreadable("gallium <b>")[0]
    'markup'
    """
    if not value.isascii() and any(char in NO_BREAK or unicodedata.category(char) in INVISIBLE for char in value):
        return "hidden-character", "a non-breaking, zero-width or direction character"
    if CONTROL.search(value):
        return "control-character", "a control character or line break"
    if MARKUP.search(value):
        return "markup", "markup"
    return None


def _mistyped(value: str, column: Column) -> tuple[str, str] | None:
    """Say why a cell does not fit its column, or None."""
    if column.type in {"number", "share"}:
        return _not_a_number(value) or _out_of_range(value, column)
    if column.type == "count":
        return _not_a_count(value) or _beyond(int(value), column)
    if column.type in {"word", "flag"}:
        words = column.words or ("yes", "no")
        return None if value in words else _not_a_word(value, words)
    return CHECKS.get(column.type, _not_an_id)(value)


def _runs(value: str) -> tuple[str, str] | None:
    """Refuse text that a spreadsheet would run as a formula."""
    return ("formula", "text that a spreadsheet would run") if value[0] in FORMULA else None


def _not_a_count(value: str) -> tuple[str, str] | None:
    """Refuse what is not a whole number of at least 0."""
    return None if COUNT.fullmatch(value) else ("not-a-count", "not a whole number")


def _beyond(number: float, column: Column) -> tuple[str, str] | None:
    """Refuse a number that is larger than its column can hold."""
    if column.most is None or abs(number) <= column.most:
        return None
    return "beyond-limit", f"more than can be: the largest is {column.most:g}"


def _not_a_period(value: str) -> tuple[str, str] | None:
    """Say why a cell is no year and no range of years."""
    if not PERIOD.fullmatch(value):
        return "period", "not a year or a range of years"
    first, last = YEARS
    if not first <= int(value[:4]) <= last or not first <= int(value[-4:]) <= last:
        return "period", f"not a year from {first} to {last}"
    return ("period", "a range that ends before it begins") if value[:4] > value[-4:] else None


def _not_a_word(value: str, words: tuple[str, ...]) -> tuple[str, str]:
    """Name the words that a column allows."""
    return "unknown-word", f"not one of {', '.join(words)}{suggestion(value, words)}"


def _not_ids(value: str) -> tuple[str, str] | None:
    """Say what is wrong with identifiers separated by semicolons."""
    return next((finding for part in value.split(";") if (finding := _not_an_id(part))), None)


def _not_an_id(value: str) -> tuple[str, str] | None:
    """Say what is wrong with an identifier."""
    if ID.fullmatch(value):
        return None
    if unicodedata.normalize("NFKC", value) != value:
        return "full-width", "full-width or compatibility characters"
    return "approximate-match", "an identifier has only letters, digits and _ . : / -"


def _not_a_number(value: str) -> tuple[str, str] | None:
    """Tell the common ways of writing a number that is not a plain decimal apart."""
    if NUMBER.fullmatch(value) and value.isascii():
        return None
    if not value.isascii():
        return "full-width", "characters outside ASCII in a number"
    for pattern, code, message in NUMBER_FAULTS:
        if re.search(pattern, value, re.IGNORECASE):
            return code, message
    return "not-a-number", "not a number"


def _out_of_range(value: str, column: Column) -> tuple[str, str] | None:
    """Refuse numbers too large for a float and shares outside 0..1."""
    number = float(value)
    if not math.isfinite(number):
        return "not-finite", "too large for a number"
    if column.type == "share" and not 0 <= number <= 1:
        return "share-range", "a share outside 0..1"
    return _beyond(number, column)


def check_bounds(row: Mapping[str, Any]) -> Iterator[Problem]:
    """Find a low above the high and a value outside of both; a bound that is not given bounds nothing.

    Parameters
    ----------
    row
        A row with the columns ``low``, ``value`` and ``high``.
    """
    value, low, high = row["value"], row["low"], row["high"]
    if low is not None and high is not None and low > high:
        yield Problem(row["file"], row["line"], "low", "low-above-high", f"low above high {high:g}", f"{low:g}")
    elif value is not None and not (value if low is None else low) <= value <= (value if high is None else high):
        message = "the value does not lie between low and high"
        yield Problem(row["file"], row["line"], "value", "value-outside-bounds", message, f"{value:g}")


# what each type refuses; a type not listed is an identifier
CHECKS: dict[str, Callable[[str], tuple[str, str] | None]] = {
    "text": _runs,
    "economy": lambda _: None,  # the table of economies knows the code that a name stands for
    "year": _not_a_period,
    "period": _not_a_period,
    "ids": _not_ids,
}
# how a valid cell becomes a value; types not listed stay text
CONVERT: dict[str, Callable[[str], Any]] = {
    "number": float,
    "share": float,
    "count": int,
    "flag": lambda value: value == "yes",
    "ids": lambda value: tuple(value.split(";")),
}
