"""What a report is made of: pieces of text that may lead to a trail, tables, sections; and how numbers are written."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from depgraph.graph.dependencies import Range


@dataclass(frozen=True)
class Piece:
    """A run of text.

    Attributes
    ----------
    text
        What is read.
    to
        Identifier whose trail it leads to, ``#name`` of a place in the report, or empty.
    """

    text: str
    to: str = ""


@dataclass(frozen=True)
class Table:
    """The numbers behind a chart.

    Attributes
    ----------
    caption
        What the rows are.
    columns
        Heads.
    rows
        One piece for each column.
    numeric
        Heads of the columns that hold numbers.
    prose
        Heads of the columns that hold sentences.
    shown
        Whether the table stands open; a table beside a chart is folded away.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Piece, ...], ...]
    numeric: frozenset[str] = frozenset()
    prose: frozenset[str] = frozenset()
    shown: bool = False

    def __post_init__(self) -> None:
        """Refuse rows that do not fit their heads: a number under the wrong head is a wrong number.

        Raises
        ------
        ValueError
            If a row is longer or shorter than the heads, or a head is named that is none.
        """
        if any(len(row) != len(self.columns) for row in self.rows) or not (self.numeric | self.prose) <= {
            *self.columns
        }:
            msg = f"the table {self.caption!r} has rows that do not fit its heads"
            raise ValueError(msg)


@dataclass(frozen=True)
class Section:
    """One finding: what it says, its drawing, its numbers and what a reader must know.

    Attributes
    ----------
    key
        Name of the place in the page and of the files of the drawing.
    name
        What the section is about.
    title
        The finding.
    chart
        An Altair chart, None where there is nothing to draw.
    tables
        The numbers.
    notes
        How to read it, and what is not known.
    legend
        Whether colours stand for economies.
    """

    key: str
    name: str
    title: tuple[Piece, ...]
    chart: Any = None
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()
    legend: bool = field(default=False)

    @property
    def statement(self) -> str:
        """The finding as plain text."""
        return plain(self.title)


def plain(pieces: Iterable[Piece]) -> str:
    """Return the text of some pieces.

    Examples
    --------
    >>> plain([Piece("26%", "K:1"), Piece(" is lost")])
    '26% is lost'
    """
    return "".join(piece.text for piece in pieces)


def targets(pieces: Iterable[Piece]) -> Iterator[str]:
    """Yield the identifiers that pieces lead to."""
    for piece in pieces:
        if piece.to and not piece.to.startswith("#"):
            yield piece.to


def all_pieces(section: Section) -> Iterator[Piece]:
    """Yield every piece of a section."""
    yield from section.title
    for table in section.tables:
        for row in table.rows:
            yield from row


def percent(value: float) -> str:
    """Write a part of a whole; what is above nothing never reads as nothing.

    Examples
    --------
    >>> [percent(value) for value in (0.956, 0.0234, 0.0002, 0.0, -0.25)]
    ['96%', '2.3%', '<0.1%', '0%', '−25%']
    """
    size = abs(value)
    if size == 0:
        return "0%"
    sign = "−" if value < 0 else ""
    if size < 0.0005:
        return f"{sign}<0.1%"
    return f"{sign}{size:.0%}" if size >= 0.0995 else f"{sign}{size:.1%}"


def spread(value: Range | None) -> str:
    """Write a range of parts.

    Examples
    --------
    >>> spread(Range(0.2, 0.25, 0.3)), spread(Range(-0.1, 0.0, 0.1)), spread(None)
    ('25% (20–30%)', '0% (−10% to 10%)', 'not known')
    """
    if value is None:
        return "not known"
    low, high = percent(value.low), percent(value.high)
    if value.low < 0:
        return f"{percent(value.central)} ({low} to {high})"
    return f"{percent(value.central)} ({low.removesuffix('%')}–{high})"


def days(value: float | None) -> str:
    """Write a number of days, years where there are many.

    Examples
    --------
    >>> days(0.0), days(58.25), days(6136.2), days(None)
    ('0 d', '58 d', '16.8 years', 'for good')
    """
    if value is None:
        return "for good"
    if value >= DAYS_OF_YEAR * 2:
        return f"{value / DAYS_OF_YEAR:,.1f} years"
    return f"{value:,.0f} d" if value == 0 or value >= 1 else "under 1 d"


DAYS_OF_YEAR = 365.25


def money(value: float) -> str:
    """Write million US dollars in the word that fits; what is not nothing never reads as nothing.

    Examples
    --------
    >>> [money(value) for value in (35460.9, -716.1, 0.42, 0.0004, 0.0)]
    ['35.5 billion US$', '−716 million US$', '420 thousand US$', '400 US$', '0 US$']
    """
    for scale, word in ((1e3, "billion "), (1.0, "million "), (1e-3, "thousand ")):
        if abs(value) >= scale * 0.9995:
            return f"{figures(value / scale)} {word}US$"
    return f"{figures(value * 1e6)} US$"


def figures(value: float) -> str:
    """Write a number with three digits that count, never in powers of ten.

    Examples
    --------
    >>> [figures(value) for value in (35.46, 1234.5, 0.04213, 7.0, -2.5, 0.0)]
    ['35.5', '1,234', '0.0421', '7', '−2.5', '0']
    """
    size = abs(value)
    if size == 0:
        return "0"
    places = max(0, 2 - math.floor(math.log10(size)))
    text = f"{size:,.{places}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"−{text}" if value < 0 else text


def count(number: int, noun: str, several: str = "") -> str:
    """Write a number of things.

    Examples
    --------
    >>> count(1, "stage"), count(2, "stage"), count(0, "economy", "economies")
    ('1 stage', '2 stages', '0 economies')
    """
    return f"{number:,} {noun if number == 1 else several or noun + 's'}"


def linked(identifiers: Iterable[str]) -> list[Piece]:
    """Return identifiers with commas between, each leading to its own trail."""
    pieces: list[Piece] = []
    for identifier in identifiers:
        pieces.extend([Piece(", ")] if pieces else [])
        pieces.append(Piece(identifier, identifier))
    return pieces


def number(value: float, to: str) -> Piece:
    """Write a number with its trail."""
    return Piece(figures(value), to)


def remarks(*texts: str) -> tuple[str, ...]:
    """Return the texts that say something."""
    return tuple(text for text in texts if text)
