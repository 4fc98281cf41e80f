"""Errors and the catalogue of problems that a study can have.

A *problem* is data: one finding about one cell of one file, with a stable code. All problems
of a study are collected and raised once, as a `StudyError`.
"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

# The code is stable; the text says what to do. Adding a code is fine, changing its meaning is not.
REMEDIES = {
    "approximate-match": "write the exact identifier",
    "ambiguous-economy": "write the ISO 3166 alpha-3 code that is meant",
    "beyond-limit": "correct the number or its unit; leave the cell empty if unknown",
    "by-default": "add the rows, or keep the default on purpose",
    "blank-cell": "fill the cell, or take the row out",
    "blank-header": "name the column or delete it",
    "bom": "nothing: the byte order mark was skipped; save without it",
    "broken-quote": "close the quotation mark and double every quote inside a quoted cell",
    "control-character": "delete the control character",
    "counted-twice": "keep one of the rows, or the wider code alone",
    "crlf": "nothing: Windows line ends were read; save with plain line feeds",
    "cycle": "change a quantity so that a round through the loop yields less than it uses",
    "decimal-comma": "write a point as decimal sign and quote no number",
    "duplicate-header": "give each column one name",
    "duplicate-id": "give each row its own identifier",
    "economy-name": "write the ISO 3166 alpha-3 code",
    "empty-file": "write what belongs into the file, or delete it",
    "figure-above-world": "compare units and definition with the world total of the same table",
    "fingerprint": "open the text at the offsets and set start, end and fingerprint anew",
    "formula": "start the text with a letter; a leading sign may be run as a formula",
    "full-width": "write ASCII digits and signs",
    "hidden-character": "replace the non-breaking or zero-width space",
    "left-out": "add the rows, or read results as without these links",
    "leftover-file": "nothing: files of editors are not read; delete them when the editor is closed",
    "low-above-high": "exchange low and high",
    "markup": "delete the markup; cells are plain text",
    "missing-column": "add the column, empty if nothing is known",
    "missing-file": "add the file; `depgraph new` shows an empty one",
    "missing-reference": "add the row that is named, or correct the reference",
    "mixed-data": "make the file anew with one run of the command that writes it",
    "missing-value": "give value, low or high",
    "not-begun": "add rows; `depgraph check` then names all that a first plan lacks",
    "not-a-date": "write YYYY-MM-DD",
    "not-a-number": "write a plain decimal such as 0.45; leave the cell empty if unknown",
    "not-finite": "leave the cell empty if unknown",
    "not-utf8": "save the file as UTF-8",
    "negative": "write a quantity of 0 or more",
    "not-a-count": "write a whole number in digits",
    "not-positive": "write a number above 0",
    "no-model": "correct the setting or the table of the diversion model that is named",
    "no-spread": "add a recipe that uses the stage, or cut another stage",
    "not-checked": "correct the tables, then check again",
    "nul-byte": "save the file as UTF-8 text",
    "offset": "count code points from 0 and keep end at most at the length of the text",
    "outside-study": "keep every file as a regular file inside the study folder",
    "paragraph": "set the paragraph that the offsets fall into",
    "percent-sign": "write a fraction: 0.45 for 45 percent",
    "period": "write a year YYYY or a range YYYY/YYYY",
    "ragged-row": "give the row one cell for each column of the header",
    "share-range": "write shares as fractions between 0 and 1",
    "surrounding-blanks": "nothing: the blanks were cut off",
    "too-large": "split the file",
    "thousands-separator": "write the number without separators",
    "toml": "correct the TOML syntax",
    "unread-file": "give the file the name and folder of what it is, or move it out of the study",
    "unknown-column": "correct the name of the column, or delete it",
    "unknown-economy": "use a code of datasets/economies.csv or datasets/blocs.csv",
    "unknown-unit": "use a unit of datasets/units.csv",
    "unknown-word": "use one of the listed words",
    "unused-assumption": "use the assumption or delete its row",
    "unit-dimension": "give a unit of the dimension that the metric has",
    "value-outside-bounds": "put the value between low and high",
    "year-after-source": "correct the year, or mark the row as a projection",
}


@dataclass(frozen=True, order=True)
class Problem:
    """One finding about one cell.

    Attributes
    ----------
    file, line, field
        Where: path inside the study, 1-based line (0 for the whole file), column name.
    code
        A key of `REMEDIES`.
    message
        What is wrong, in plain words.
    value
        What was found there.
    warning
        True if the cell could be read all the same.
    """

    file: str
    line: int
    field: str
    code: str
    message: str
    value: str = ""
    warning: bool = False

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return REMEDIES[self.code]

    def __str__(self) -> str:
        """Write ``file:line: field: message (got 'value'); remedy [code]``.

        Returns
        -------
        str
            One printable line: control characters of the value are shown escaped.

        Examples
        --------
        >>> print(Problem("claims.csv", 3, "value", "percent-sign", "a percent sign", "45%"))
        claims.csv:3: value: a percent sign (got '45%'); write a fraction: 0.45 for 45 percent [percent-sign]
        """
        got = f" (got {_shown(self.value)})" if self.value else ""
        kind = "warning: " if self.warning else ""
        line = f"{self.file}:{self.line}: {self.field}: {kind}{self.message}{got}; {self.remedy} [{self.code}]"
        return printable(line)


def printable(text: str) -> str:
    r"""Show every character that is not printable as an escape, so that no message steers a terminal.

    Returns
    -------
    str
        One line.

    Examples
    --------
    >>> printable("a\x1b[31mb")
    'a\\x1b[31mb'
    """
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def _shown(value: str) -> str:
    """Quote a value for a message, cut to 60 characters, control characters escaped."""
    text = ascii(value) if not value.isprintable() else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


class DepgraphError(Exception):
    """Base of all errors that the package raises on purpose."""


class StudyError(DepgraphError):
    """The study has problems; `problems` holds them all, sorted."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep the problems, sorted by file and line."""
        self.problems = sorted(problems)
        super().__init__("\n".join(map(str, self.problems)))


class UnknownNameError(DepgraphError):
    """A name given by the user is not known; the message offers the nearest."""

    def __init__(self, what: str, name: str, known: Iterable[str]) -> None:
        """Build the message from the kind of name, the name and the known names."""
        super().__init__(f"unknown {what} {_shown(name)}{suggestion(name, known)}")


class QuestionError(DepgraphError):
    """What was asked means nothing: parameters that contradict each other, or one that is missing."""


class NoStudyError(DepgraphError):
    """No study folder was found."""


class MissingPackageError(DepgraphError):
    """A format needs a package that is not installed."""


class InfeasibleError(DepgraphError):
    """A linear programme has no feasible point.

    Attributes
    ----------
    multipliers
        One for each row of the programme that was solved; `lp.certificate.infeasibility_margin` of them
        is above 0. Empty where the message itself is the proof, as where two bounds cross.
    """

    def __init__(self, message: str, multipliers: tuple[float, ...] = ()) -> None:
        """Keep the message and the proof."""
        super().__init__(message)
        self.multipliers = multipliers


class UnboundedError(DepgraphError):
    """The objective of a linear programme has no limit.

    Attributes
    ----------
    point, direction
        One number for each column of the programme that was solved: a point within its rows and bounds,
        and a step for which `lp.certificate.falls_for_ever` holds. Empty where it is no such programme.
    """

    def __init__(self, message: str, point: tuple[float, ...] = (), direction: tuple[float, ...] = ()) -> None:
        """Keep the message and the proof."""
        super().__init__(message)
        self.point = point
        self.direction = direction


class UncertifiedError(DepgraphError):
    """A solver's answer failed the certificate; none of its numbers may be used."""


class NotProvenError(UncertifiedError):
    """A solver has no answer, and nothing proves that there is none."""


class MixedUnitsError(DepgraphError):
    """Two quantities of different dimension were put together."""


class InvalidSharesError(DepgraphError):
    """Numbers given as shares cannot be shares (negative, not finite, low above high)."""


class UnproductiveError(DepgraphError):
    """A recipe loop yields as much as it uses or more (spectral radius at least 1)."""


def suggestion(name: str, known: Iterable[str], limit: int = 3) -> str:
    """Offer the nearest known names.

    Parameters
    ----------
    name
        What was typed.
    known
        The valid names.
    limit
        How many to offer at most.

    Returns
    -------
    str
        ``"; did you mean X, Y?"`` or the empty string where nothing is near.

    Examples
    --------
    >>> suggestion("galium", ["gallium", "robots"])
    '; did you mean gallium?'
    """
    near = difflib.get_close_matches(name, sorted(set(known)), n=limit, cutoff=0.5)
    return f"; did you mean {', '.join(near)}?" if near else ""
