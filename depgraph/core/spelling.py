"""How names of economies are written: statistics spell one economy in many ways, and rules undo most of them.

A name becomes a set of words: case, marks, apostrophes and points are folded, abbreviations are written out, and the
order of words is forgotten, so that ``Congo, Dem. Rep.`` and ``Democratic Republic of the Congo`` are one. Where no
rule leads to the plain name, a table does (``spellings.toml``, which also holds the codes of two letters).
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

Words = frozenset[str]

# how statistics shorten words
WRITTEN_OUT = {
    "rep": "republic", "dem": "democratic", "fed": "federated", "st": "saint", "ste": "saint", "utd": "united",
    "is": "islands", "isl": "islands", "prov": "province", "peoples": "people", "terr": "territory", "n": "north",
    "s": "south", "afr": "african", "eq": "equatorial", "&": "and",
}  # fmt: skip
IDLE = {"the", "of", "and", "de"}  # words that tell no two economies apart
# titles of states; a name without them is the same economy, unless two share the rest
TITLES = {
    "republic", "kingdom", "state", "states", "plurinational", "bolivarian", "islamic", "democratic", "people",
    "socialist", "federal", "federated", "federative", "federation", "commonwealth", "principality", "sultanate",
    "grand", "duchy", "hashemite", "oriental", "independent", "cooperative", "union", "united", "arab",
}  # fmt: skip
# what is left of names that only their titles tell apart
CONTESTED = {frozenset({name}) for name in ("korea", "congo", "china", "germany", "yemen", "emirates")}
ASIDE = re.compile(r"(.*?)\s*[(\[](.+)[)\]]\s*")


def words(name: str) -> Words:
    """Return the words of a name, folded and written out, in no order.

    Examples
    --------
    >>> sorted(words("Congo, Dem. Rep."))
    ['congo', 'democratic', 'republic']
    >>> words("Côte d'Ivoire") == words("COTE DIVOIRE")
    True
    """
    found = re.findall(r"[^\W_]+|&", _folded(name))
    return frozenset(WRITTEN_OUT.get(word, word) for word in found) - IDLE


def letters(name: str) -> str:
    """Return the letters and digits of a name without anything between them.

    Examples
    --------
    >>> letters("EU-27"), letters("Viet Nam")
    ('eu27', 'vietnam')
    """
    return "".join(re.findall(r"[^\W_]+", _folded(name)))


def _folded(name: str) -> str:
    """Fold width, case, marks, apostrophes and points."""
    apart = unicodedata.normalize("NFKD", name).casefold()
    plain = "".join(char for char in apart if not unicodedata.combining(char)).replace("\u0131", "i")
    return re.sub("['\u2019\u2018`\u00b4\u02bc.]", "", plain)


def untitled(found: Words) -> Words | None:
    """Return the words of a name without titles of states.

    Returns
    -------
    frozenset or None
        None where there is no title, nothing else, or where only titles tell two economies apart.

    Examples
    --------
    >>> untitled(words("Tanzania, United Rep. of"))
    frozenset({'tanzania'})
    >>> untitled(words("Rep. of Korea")) is None
    True
    """
    rest = found - TITLES
    return None if rest == found or not rest or rest in CONTESTED else rest


def parts(name: str) -> tuple[str, str] | None:
    """Return what stands before and in brackets, None without brackets.

    Examples
    --------
    >>> parts("Burma (Myanmar)")
    ('Burma', 'Myanmar')
    """
    found = ASIDE.fullmatch(name.strip())
    return (found[1], found[2]) if found and found[1] else None


def known() -> Iterator[tuple[str, str]]:
    """Yield the spellings that no rule covers: name, code.

    Examples
    --------
    >>> dict(known())["Slovak Republic"]
    'SVK'
    """
    for code, names in _table()["names"].items():
        for name in names:
            yield name, code


def alpha_3(name: str) -> str | None:
    """Return the code of three letters for one of two, None for anything else.

    Examples
    --------
    >>> alpha_3("KR"), alpha_3("Korea")
    ('KOR', None)
    """
    code: str | None = _table()["alpha_2"].get(name.strip().upper())
    return code


@cache
def _table() -> dict[str, Any]:
    """Read the table of the package."""
    return tomllib.loads(resources.files("depgraph").joinpath("spellings.toml").read_text(encoding="utf-8"))
