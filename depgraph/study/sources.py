"""Source documents and the claims read out of them.

The project holds records about the documents, never their sentences: a claim is a paraphrase
pinned to a span of code points by a fingerprint, and `verify` proves the pins against a
reader's own copy of the text.
"""

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from depgraph.core import files, tables
from depgraph.core.errors import DepgraphError, Problem

FIELDS = (
    "id",
    "title",
    "author",
    "producer",
    "url",
    "date_published",
    "date_accessed",
    "licence",
    "sha256",
    "reliability",
    "note",
)
REQUIRED = ("id", "date_accessed", "licence", "sha256", "reliability")
# what a filled field must look like, and the code and words for one that does not
FORMS = {
    "date_published": (r"[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?", "not-a-date", "not a date"),
    "date_accessed": (r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])", "not-a-date", "not a date"),
    "sha256": (r"[0-9a-f]{64}", "approximate-match", "not 64 hexadecimal digits"),
    "reliability": (r"[A-F]", "unknown-word", "not a letter A to F"),
}
UNDATED = {"recommended", "forecast", "hypothetical"}
AHEAD = {"forecast", "policy"}  # a plan that exists may be about a year to come
RELATIONS = {"contradicts", "supersedes", "repeats"}

Row = dict[str, Any]


class SpanError(DepgraphError):
    """A quoted span cannot be located in its text."""


def folders(root: Path) -> list[str]:
    """Return the folders of the sources, as paths inside the study, sorted; hidden ones and copies are left out."""
    paths = (path for path in (root / "seeds").iterdir() if path.is_dir() and not files.is_leftover(path.name))
    return sorted(path.relative_to(root).as_posix() for path in paths)


def read_sources(root: Path, problems: list[Problem]) -> list[Row]:
    """Read ``seeds/<source_id>/source.toml`` of every source.

    Parameters
    ----------
    root
        The study.
    problems
        Findings are appended here.

    Returns
    -------
    list of dict
        One row per source with the keys of `FIELDS` plus file and line; a field that the
        document does not state is None. A record that cannot be read still has its folder as id.
    """
    rows = []
    for folder in folders(root):
        name = f"{folder}/source.toml"
        text = tables.read_text(root, name, problems)
        record = None if text is None else tables.read_toml(name, text, FIELDS, problems)
        stated = {key: value for key, value in (record or {}).items() if value}
        row: Row = {"file": name, "line": 1} | dict.fromkeys(FIELDS) | stated
        if record is not None:
            problems.extend(_check_record(row, Path(folder).name))
        rows.append(row | {"id": Path(folder).name})
    return rows


def _check_record(row: Row, folder: str) -> Iterator[Problem]:
    """Check that the fields of one source that must be filled are, and that each has its form."""
    for key in REQUIRED:
        if not row[key]:
            yield _at(row, key, "blank-cell", "the field is empty")
    if row["id"] and row["id"] != folder:
        yield _at(row, "id", "missing-reference", "not the name of the folder")
    for key, (pattern, code, message) in FORMS.items():
        if row[key] and not re.fullmatch(pattern, row[key]):
            yield _at(row, key, code, message)


def _at(row: Row, column: str, code: str, message: str, value: object = None) -> Problem:
    """Build a problem at a cell."""
    shown = row[column] if value is None else value
    return Problem(row["file"], row["line"], column, code, message, "" if shown is None else str(shown))


def check_dates(documents: Sequence[Row], publications: Sequence[Row], as_of: int) -> Iterator[Problem]:
    """Find documents and publications of a year that has not come, and one text under two names.

    Parameters
    ----------
    documents, publications
        Source records and rows of ``figures/sources.csv``.
    as_of
        Year of the study.
    """
    seen: dict[str, Row] = {}
    for row in documents:
        first = seen.setdefault(row["sha256"] or row["id"], row)
        if first is not row:
            yield _at(row, "sha256", "duplicate-id", f"the same text as source {first['id']}")
    dates = [(row, key) for row in documents for key in ("date_published", "date_accessed")]
    for row, key in [*dates, *((row, "year") for row in publications)]:
        if re.match(r"[0-9]{4}", row[key] or "") and int(row[key][:4]) > as_of:
            yield _at(row, key, "year-after-source", f"a date after the study's year {as_of}")


def check_claims(claims: Sequence[Row], as_of: int) -> Iterator[Problem]:
    """Find numbers, spans, relations and dates of claims that make no sense.

    Parameters
    ----------
    claims
        All claims.
    as_of
        Year of the study: a fact cannot be of a later one.
    """
    for row in claims:
        yield from _check_numbers(row)
        if row["start"] is not None and row["end"] is not None and row["start"] >= row["end"]:
            yield _at(row, "end", "offset", f"the span does not end after its start {row['start']}")
        looks_ahead = row["modality"] in UNDATED or row["kind"] in AHEAD
        if row["period"] and not looks_ahead and int(row["period"][:4]) > as_of:
            yield _at(row, "period", "year-after-source", f"a fact after the study's year {as_of}")
        for relation in row["relates_to"] or ():
            kind, _, other = relation.partition(":")
            if kind not in RELATIONS:
                message = "not contradicts:ID, supersedes:ID or repeats:ID"
                yield _at(row, "relates_to", "unknown-word", message, relation)
            if other and other == row["claim_id"]:
                yield _at(row, "relates_to", "missing-reference", "a claim cannot relate to itself", relation)
        if row["source_id"] and not row["file"].startswith(f"seeds/{row['source_id']}/"):
            yield _at(row, "source_id", "missing-reference", "the claim stands in the folder of another source")
    yield from _check_repeats(claims)


def _check_repeats(claims: Sequence[Row]) -> Iterator[Problem]:
    """Find claims that repeat each other in a circle: none of them would count."""
    first = {row["claim_id"]: _repeated(row) for row in claims}
    for row in claims:
        seen: list[str] = [row["claim_id"]]
        other = first[row["claim_id"]]
        while other is not None and other in first and other not in seen:
            seen.append(other)
            other = first[other]
        if other == row["claim_id"] and len(seen) > 1:
            message = f"claims that repeat each other in a circle: {' -> '.join([*seen, seen[0]])}"
            yield _at(row, "relates_to", "cycle", message, f"repeats:{first[row['claim_id']]}")


def _repeated(row: Row) -> str | None:
    """Return the claim that a claim repeats, None if it stands for itself."""
    found = (relation.partition(":") for relation in row["relates_to"] or ())
    return next((other for kind, _, other in found if kind == "repeats"), None)


def _check_numbers(row: Row) -> Iterator[Problem]:
    """Check order, unit and range of the numbers of one claim."""
    yield from tables.check_bounds(row)
    numbers = {name: row[name] for name in ("value", "low", "high") if row[name] is not None}
    if numbers and not row["unit"]:
        yield _at(row, "unit", "blank-cell", "a number without a unit")
    for name, number in numbers.items():
        if row["unit"] == "share" and not 0 <= number <= 1:
            yield _at(row, name, "share-range", "a share outside 0..1")


def paragraphs(text: str) -> list[tuple[int, int]]:
    r"""Cut a text into paragraphs.

    Blocks between blank lines are paragraphs; a text without blank lines has one to a line.

    Parameters
    ----------
    text
        With plain line feeds.

    Returns
    -------
    list of (start, end)
        Code-point offsets of each paragraph, end exclusive, in order; blank ones are left out.

    Examples
    --------
    >>> paragraphs("one\ntwo\n\nthree")
    [(0, 7), (9, 14)]
    >>> paragraphs("one\ntwo")
    [(0, 3), (4, 7)]
    """
    separator = "\n\n" if "\n\n" in text.strip("\n") else "\n"
    spans, start = [], 0
    for block in text.split(separator):
        if block.strip():
            spans.append((start, start + len(block)))
        start += len(block) + len(separator)
    return spans


def paragraph_of(text: str, offset: int) -> int | None:
    """Return the 1-based number of the paragraph that holds an offset.

    Returns
    -------
    int or None
        None if the offset lies between paragraphs or outside the text.
    """
    numbers = (i for i, (start, end) in enumerate(paragraphs(text), start=1) if start <= offset < end)
    return next(numbers, None)


def fingerprint(span: str) -> str:
    """Return the first 16 hexadecimal digits of the SHA-256 of a span.

    Examples
    --------
    >>> fingerprint("gallium")
    '3c73d7c6b00693ee'
    """
    return files.sha256(span.encode())[:16]


def locate(text: str, span: str) -> dict[str, int | str]:
    """Return where a span stands in a text, as the cells of a claim.

    Parameters
    ----------
    text
        The whole text of a source.
    span
        What is quoted.

    Returns
    -------
    dict
        The columns start, end, fingerprint and paragraph.

    Raises
    ------
    SpanError
        If the span does not stand in the text exactly once.

    Examples
    --------
    >>> locate("Gallium is rare.", "rare")
    {'start': 11, 'end': 15, 'fingerprint': '50270c12c086cb36', 'paragraph': 1}
    """
    times = text.count(span) if span else 0
    paragraph = paragraph_of(text, text.find(span)) if times == 1 else None
    if paragraph is None:
        msg = f"the span stands {times} times in the text, not once: {span[:60]!r}"
        raise SpanError(msg)
    start = text.index(span)
    return {"start": start, "end": start + len(span), "fingerprint": fingerprint(span), "paragraph": paragraph}


def find_texts(folder: Path, sources: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Find the reader's copies of the sources by their hash, whatever they are called.

    Parameters
    ----------
    folder
        Where the reader keeps the texts.
    sources
        Source rows.

    Returns
    -------
    dict
        Source id to text; a source without a copy, or whose copy is not UTF-8, is missing from it.
    """
    ids = {row["sha256"]: row["id"] for row in sources}
    texts = {}
    for path in sorted(folder.iterdir()):
        content = path.read_bytes() if path.is_file() and path.stat().st_size <= files.MAX_BYTES else b""
        source = ids.get(files.sha256(content))
        if source is not None:
            with contextlib.suppress(UnicodeDecodeError):
                texts[source] = content.decode("utf-8")
    return texts


def verify(claims: Sequence[Row], sources: Sequence[Row], texts: Mapping[str, str]) -> list[Problem]:
    """Hold the locator of every claim against the texts.

    Parameters
    ----------
    claims, sources
        Rows of the study.
    texts
        Source id to text, as `find_texts` gives it.

    Returns
    -------
    list of Problem
        Empty if each source has its text and each span, fingerprint and paragraph agrees.
    """
    problems = [
        Problem(row["file"], row["line"], "sha256", "missing-file", "no UTF-8 text with this hash there", row["sha256"])
        for row in sources
        if row["id"] not in texts
    ]
    for claim in claims:
        text = texts.get(claim["source_id"])
        if text is not None:
            problems.extend(_check_locator(claim, text))
    return problems


def _check_locator(claim: Row, text: str) -> list[Problem]:
    """Check one claim's span against its text."""
    start, end = claim["start"], claim["end"]
    if not start < end <= len(text):
        message = f"the span {start}..{end} does not lie inside the text of {len(text)} code points"
        return [Problem(claim["file"], claim["line"], "end", "offset", message, str(end))]
    found = fingerprint(text[start:end])
    problems = []
    if found != claim["fingerprint"]:
        message = f"the span has the fingerprint {found}"
        problems.append(
            Problem(claim["file"], claim["line"], "fingerprint", "fingerprint", message, claim["fingerprint"])
        )
    paragraph = paragraph_of(text, start)
    if paragraph != claim["paragraph"]:
        message = f"the span begins in paragraph {paragraph}"
        problems.append(
            Problem(claim["file"], claim["line"], "paragraph", "paragraph", message, str(claim["paragraph"]))
        )
    return problems
