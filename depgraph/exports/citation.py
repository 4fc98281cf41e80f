"""How to cite the program, the data and the sources that a number rests on: BibTeX and RIS.

A field that a source does not state is left out; nothing is guessed. The texts are escaped, and
only an address that begins with http becomes one.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from depgraph import __version__
from depgraph.core import render
from depgraph.core.errors import DepgraphError
from depgraph.study.study import Study

Row = Mapping[str, Any]

FILE = "CITATION.cff"
FORMATS = ("bibtex", "ris")
# what TeX would read as a command; BibTeX counts even a brace behind a backslash
TEX = {char: f"\\{char}" for char in "%$&#_"} | {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
ADDRESS = re.compile(r"https?://[^\s{}\\\"<>^`|]+")


@dataclass(frozen=True)
class Reference:
    """One thing to cite.

    Attributes
    ----------
    key
        Identifier in the study.
    kind
        ``program``, ``document`` or ``publication``.
    author, body, title, year, publisher, version, address, accessed, note
        What it states of itself; None where it does not. The body is an author that is no person.
    """

    key: str
    kind: str
    author: str | None = None
    body: str | None = None
    title: str | None = None
    year: str | None = None
    publisher: str | None = None
    version: str | None = None
    address: str | None = None
    accessed: str | None = None
    note: str | None = None


def program(study: Study) -> Reference:
    """Return the program, with the study and the hash of its data.

    Parameters
    ----------
    study
        The study whose results are cited.

    Returns
    -------
    Reference
        As `CITATION.cff` states it.

    Raises
    ------
    DepgraphError
        If that file did not come with the package.
    """
    stated = read_citation(_citation_text())
    note = f"Study {study.settings['name']}, as of {study.settings['as_of']}, data {study.version}"
    date = stated.get("date-released", "")
    title, author = stated.get("title"), stated.get("name")
    return Reference(
        "depgraph", "program", body=author, title=title, year=date[:4] or None, version=__version__, note=note
    )


def _citation_text() -> str:
    """Find the file, beside the package in a clone and inside it once it is installed.

    Raises
    ------
    DepgraphError
        If it is in neither place.
    """
    package = Path(str(resources.files("depgraph")))
    for folder in (package, package.parent):
        if (folder / FILE).is_file():
            return (folder / FILE).read_text(encoding="utf-8")
    msg = f"{FILE} did not come with the package"
    raise DepgraphError(msg)


def read_citation(text: str) -> dict[str, str]:
    r"""Read the plain fields of a citation file; the name of the author is ``name``.

    Returns
    -------
    dict
        Field to text.

    Examples
    --------
    >>> read_citation('title: "A: b"\nauthors:\n  - name: X\n')
    {'title': 'A: b', 'name': 'X'}
    """
    found = re.findall(r'(?m)^(?:\s*-\s*)?([\w-]+):[ \t]*"?(.+?)"?[ \t]*$', text)
    return dict(found)


def of_sources(study: Study, wanted: Iterable[str] | None = None) -> list[Reference]:
    """Return the source documents and the publications of figures.

    Parameters
    ----------
    study
        The study.
    wanted
        Their identifiers; None for all.

    Returns
    -------
    list of Reference
        In the order of the study.
    """
    documents = [_document(row) for row in study.tables["sources"]]
    publications = [_publication(row) for row in study.tables["figure_sources"]]
    chosen = None if wanted is None else set(wanted)
    return [item for item in [*documents, *publications] if chosen is None or item.key in chosen]


def _document(row: Row) -> Reference:
    """Describe a source document; one without a title is known by the hash of its text."""
    note = None if row["title"] else f"Text without a stated title, SHA-256 {row['sha256']}"
    year = (row["date_published"] or "")[:4] or None
    return Reference(
        row["id"], "document", row["author"], title=row["title"], year=year, publisher=row["producer"],
        address=row["url"], accessed=row["date_accessed"], note=note,
    )  # fmt: skip


def _publication(row: Row) -> Reference:
    """Describe a publication of figures."""
    return Reference(
        row["source_id"], "publication", body=row["publisher"], title=row["document"], year=row["year"],
        address=row["address"],
    )  # fmt: skip


def bibtex(references: Iterable[Reference]) -> str:
    """Write BibTeX; every entry is of the type misc, which each style knows.

    Parameters
    ----------
    references
        What to cite.

    Returns
    -------
    str
        One entry each, with keys that are unique in it.
    """
    used: set[str] = set()
    return "\n".join(_entry(item, _key(item.key, used)) for item in references)


def _entry(item: Reference, key: str) -> str:
    """Write one entry."""
    address = item.address and ADDRESS.fullmatch(item.address)
    fields = {
        # the second pair of braces keeps a body from being split into first and last name
        "author": f"{{{_tex(item.body)}}}" if item.body else _tex(item.author),
        "title": item.title and f"{{{_tex(item.title)}}}",
        "year": _tex(item.year),
        "publisher": _tex(item.publisher),
        "version": _tex(item.version),
        "url": item.address if address else None,
        "howpublished": _tex(None if address else item.address),
        "urldate": _tex(item.accessed),
        "note": _tex(item.note),
    }
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return f"@misc{{{key},\n{lines}}}\n"


def _tex(text: str | None) -> str | None:
    """Escape text for TeX, on one line."""
    return None if text is None else "".join(TEX.get(char, char) for char in _line(text))


def _line(text: str) -> str:
    """Write text on one line without control codes."""
    return render.clean(" ".join(text.split()))


def _key(identifier: str, used: set[str]) -> str:
    """Return a key that BibTeX takes and that was not used yet."""
    plain = unicodedata.normalize("NFKD", identifier).encode("ascii", "ignore").decode()
    stem = key = re.sub(r"[^A-Za-z0-9_.:/-]", "", plain) or "source"
    number = 1
    while key in used:
        number += 1
        key = f"{stem}-{number}"
    used.add(key)
    return key


def ris(references: Iterable[Reference]) -> str:
    """Write RIS, which Zotero, Mendeley and EndNote read.

    Parameters
    ----------
    references
        What to cite.

    Returns
    -------
    str
        One record each, lines ended as the format demands.
    """
    return "".join(_record(item) for item in references)


def _record(item: Reference) -> str:
    """Write one record."""
    address = item.address if item.address and ADDRESS.fullmatch(item.address) else None
    fields = [
        ("TY", "COMP" if item.kind == "program" else "GEN"),
        ("ID", item.key),
        ("AU", item.body or item.author),
        ("TI", item.title),
        ("PY", item.year and item.year[-4:]),
        ("PB", item.publisher),
        ("ET", item.version),
        ("UR", address),
        ("Y2", item.accessed and item.accessed.replace("-", "/")),
        ("N1", item.note),
        ("N1", None if address else item.address),
    ]
    lines = "".join(f"{tag}  - {_line(value)}\r\n" for tag, value in fields if value)
    return f"{lines}ER  - \r\n\r\n"
