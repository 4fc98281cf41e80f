"""Source documents and the claims read out of them.

The project holds records about the documents, never their sentences: a claim is a paraphrase
pinned to a span of code points by a fingerprint, and `verify` proves the pins against a
reader's own copy of the text.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from depgraph import files, tables
from depgraph.errors import Problem, suggestion

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

Row = dict[str, Any]


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
        document does not state is None.
    """
    rows = []
    for path in sorted((root / "seeds").glob("*/source.toml")):
        name = path.relative_to(root).as_posix()
        text = tables.read_text(root, name, problems)
        if text is not None:
            row = _parse(name, text, problems)
            if row["id"] != path.parent.name:
                problems.append(
                    Problem(name, 1, "id", "missing-reference", "not the name of the folder", str(row["id"]))
                )
            rows.append(row)
    return rows


def _parse(name: str, text: str, problems: list[Problem]) -> Row:
    """Parse one source record; every field is text."""
    row: Row = {"file": name, "line": 1} | dict.fromkeys(FIELDS)
    try:
        record = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problems.append(Problem(name, 1, "-", "toml", f"not TOML: {error}"))
        return row
    for key, value in record.items():
        if key not in FIELDS:
            problems.append(Problem(name, 1, key, "unknown-column", f"unknown field{suggestion(key, FIELDS)}", key))
        elif not isinstance(value, str):
            problems.append(Problem(name, 1, key, "unknown-word", "not a text", str(value)))
        elif value:
            row[key] = value
    problems.extend(Problem(name, 1, key, "blank-cell", "the field is empty") for key in REQUIRED if not row[key])
    if row["reliability"] and row["reliability"] not in "ABCDEF":
        problems.append(Problem(name, 1, "reliability", "unknown-word", "not a letter A to F", row["reliability"]))
    return row


def paragraphs(text: str) -> list[tuple[int, int]]:
    """Cut a text into paragraphs.

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
    >>> paragraphs("one\\ntwo\\n\\nthree")
    [(0, 7), (9, 14)]
    >>> paragraphs("one\\ntwo")
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
        Source id to text; a source without a copy is missing from it.
    """
    ids = {row["sha256"]: row["id"] for row in sources}
    texts = {}
    for path in sorted(folder.iterdir()):
        content = path.read_bytes() if path.is_file() and path.stat().st_size <= files.MAX_BYTES else b""
        source = ids.get(files.sha256(content))
        if source is not None:
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
        Problem(
            row["file"], row["line"], "sha256", "missing-file", "no text with this hash in the folder", row["sha256"]
        )
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
    start, end = int(claim["start"]), int(claim["end"])
    if not 0 <= start < end <= len(text):
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
