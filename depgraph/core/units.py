"""The closed table of units and the closed table of economies.

Neither is ever guessed: a word is in the table, in a spelling that a rule reads, or it is an error that names the
nearest.
"""

import difflib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from depgraph.core import spelling
from depgraph.core.errors import MixedUnitsError, Problem, UnknownNameError


@dataclass(frozen=True)
class Units:
    """Units by symbol: (dimension, factor to the dimension's base unit)."""

    table: Mapping[str, tuple[str, float]]

    def dimension(self, unit: str) -> str:
        """Return the dimension of a unit.

        Returns
        -------
        str
            Such as ``mass`` or ``share``.

        Raises
        ------
        UnknownNameError
            If the unit is not in the table.
        """
        if unit not in self.table:
            raise UnknownNameError("unit", unit, self.table)
        return self.table[unit][0]

    def factor(self, unit: str) -> float:
        """Return how many of the dimension's base unit one of a unit is.

        Raises
        ------
        UnknownNameError
            If the unit is not in the table.
        """
        if unit not in self.table:
            raise UnknownNameError("unit", unit, self.table)
        return self.table[unit][1]

    def convert(self, value: float, unit: str, to: str) -> float:
        """Convert a value into another unit of the same dimension.

        ``value * factor(unit) / factor(to)``

        Parameters
        ----------
        value
            A number in `unit`.
        unit, to
            Symbols of the table.

        Returns
        -------
        float
            The number in `to`.

        Raises
        ------
        UnknownNameError
            If a unit is not in the table.
        MixedUnitsError
            If the dimensions differ.

        Examples
        --------
        >>> Units({"t": ("mass", 1.0), "kt": ("mass", 1000.0)}).convert(2, "kt", "t")
        2000.0
        """
        if self.dimension(unit) != self.dimension(to):
            msg = f"{unit} is {self.dimension(unit)}, {to} is {self.dimension(to)}: they cannot be put together"
            raise MixedUnitsError(msg)
        return value * self.table[unit][1] / self.table[to][1]


def read_units(rows: Iterable[Mapping[str, Any]]) -> Units:
    """Build the unit table from the rows of ``units.csv``.

    Returns
    -------
    Units
        Rows with an unreadable cell are left out; the reader has reported them.
    """
    good = (row for row in rows if row["unit"] and row["dimension"] and row["factor"] is not None)
    return Units({row["unit"]: (row["dimension"], row["factor"]) for row in good})


def check(rows: Iterable[Mapping[str, Any]]) -> Iterator[Problem]:
    """Find units that nothing can be converted with.

    Parameters
    ----------
    rows
        Rows of ``units.csv``.
    """
    for row in rows:
        if row["factor"] is not None and row["factor"] <= 0:
            message = "a factor that is not above 0"
            yield Problem(row["file"], row["line"], "factor", "not-positive", message, f"{row['factor']:g}")


@dataclass(frozen=True)
class Economies:
    """Economies and blocs by code, and the other names they go by.

    Attributes
    ----------
    names
        Code to plain name, economies and blocs together.
    members
        Bloc code to ISO codes; empty for a bloc that is open or unnamed.
    aliases
        Normalised other name to the codes it may mean; two codes make it ambiguous.
    """

    names: Mapping[str, str]
    members: Mapping[str, tuple[str, ...]]
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def resolve(self, name: str) -> str:
        """Find the code of an economy or bloc by code, name or alias.

        Parameters
        ----------
        name
            What the user typed, in any spelling that `find` reads.

        Returns
        -------
        str
            ISO code or bloc code.

        Raises
        ------
        UnknownNameError
            If no economy goes by that name, or more than one does.
        """
        codes = self.find(name)
        if len(codes) == 1:
            return codes[0]
        if codes:
            raise UnknownNameError("economy (ambiguous: " + " or ".join(codes) + ")", name, ())
        raise UnknownNameError("economy", name, [*self.names, *self.names.values()])

    def find(self, name: str) -> tuple[str, ...]:
        """Find what a name may stand for.

        A code or name of the tables as it stands; then a code of ISO 3166 of two letters; then the same words in
        another order or spelling (``Rep. of Korea``, ``Turkiye``, ``EU-27``); then the name without titles of
        states (``Tanzania, United Rep. of``), or two names of one economy (``Burma (Myanmar)``).

        Parameters
        ----------
        name
            A code, a name or another spelling.

        Returns
        -------
        tuple of str
            Codes; more than one where the name is ambiguous, none where nobody goes by it.

        Examples
        --------
        >>> table = Economies({"KOR": "South Korea", "TUR": "Türkiye"}, {})
        >>> table.find("Rep. of Korea"), table.find("TURKIYE"), table.find("KR"), table.find("Prussia")
        (('KOR',), ('TUR',), ('KOR',), ())
        """
        if name in self.names:
            return (name,)
        exact = self.aliases.get(normalise(name), ())
        return exact or self._by_rule(name)

    def _by_rule(self, name: str) -> tuple[str, ...]:
        """Find what a name that is in no table may stand for."""
        short = spelling.alpha_3(name)
        if short is not None and short in self.names:
            return (short,)
        said = spelling.words(name)
        untitled = spelling.untitled(said)
        found = self._spelt.get(said) or self._joined.get(spelling.letters(name)) or self._spelt.get(untitled or said)
        if found:
            return found
        # what stands in brackets must be another name of the same: it may also say what is left out
        names = spelling.parts(name)
        return tuple(sorted({*self.find(names[0])} & {*self.find(names[1])})) if names else ()

    @cached_property
    def _spelt(self) -> dict[spelling.Words, tuple[str, ...]]:
        """Return the codes that a set of words may mean."""
        found: dict[spelling.Words, set[str]] = {}
        for text, codes in self._spellings():
            found.setdefault(spelling.words(text), set()).update(codes)
        return {key: tuple(sorted(codes)) for key, codes in found.items() if key}

    @cached_property
    def _joined(self) -> dict[str, tuple[str, ...]]:
        """Return the codes that a run of letters may mean."""
        found: dict[str, set[str]] = {}
        for text, codes in self._spellings():
            found.setdefault(spelling.letters(text), set()).update(codes)
        return {key: tuple(sorted(codes)) for key, codes in found.items() if key}

    def _spellings(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield every name and what it may mean: those of the tables, then those known beside them."""
        yield from self.aliases.items()
        yield from ((text, (code,)) for code, name in self.names.items() for text in (code, name))
        yield from ((text, (code,)) for text, code in spelling.known() if code in self.names)

    def expand(self, code: str) -> tuple[str, ...]:
        """Return the members of a bloc, or the economy itself.

        Returns
        -------
        tuple of str
            ISO codes, sorted.
        """
        return tuple(sorted(self.members.get(code, (code,))))

    def require_members(self, code: str) -> tuple[str, ...]:
        """Return the members of a bloc, or the economy itself; nothing can be computed for a bloc without any.

        Returns
        -------
        tuple of str
            ISO codes, sorted; at least one.

        Raises
        ------
        UnknownNameError
            If the bloc names no members.
        """
        members = self.expand(code)
        if not members:
            what = "bloc with members"
            raise UnknownNameError(what, code, [bloc for bloc, named in self.members.items() if named])
        return members

    def apart(self, codes: Iterable[str]) -> set[str]:
        """Leave out blocs of which a member, or another bloc, is among the codes: they would count twice.

        Returns
        -------
        set of str
            Codes that do not overlap.

        Examples
        --------
        >>> sorted(Economies({}, {"EU": ("DEU", "FRA")}).apart(["EU", "DEU", "JPN"]))
        ['DEU', 'JPN']
        """
        named = set(codes)

        def overlaps(bloc: str) -> bool:
            others = {member for other in named - {bloc} for member in self.expand(other)}
            return not others.isdisjoint(self.expand(bloc))

        return {code for code in named if code not in self.members or not overlaps(code)}

    def explain(self, cell: str) -> tuple[str, str] | None:
        """Say why a cell is not a code of this table.

        Returns
        -------
        tuple or None
            Problem code and message; None if the cell is a code.
        """
        if cell in self.names:
            return None
        codes = self.find(cell)
        if len(codes) > 1:
            return "ambiguous-economy", "may mean " + " or ".join(codes)
        if codes:
            return "economy-name", f"a name instead of the code {codes[0]}"
        # a misspelt name is answered with its code, as the code is what the cell must hold
        by_name = difflib.get_close_matches(normalise(cell), self.aliases, n=3, cutoff=0.6)
        near = dict.fromkeys(code for name in by_name for code in self.aliases[name])
        return "unknown-economy", "no such economy" + (f"; did you mean {', '.join(near)}?" if near else "")


def normalise(name: str) -> str:
    """Fold width, case and blanks so that equal names compare equal.

    Returns
    -------
    str
        NFKC, case-folded, single blanks.

    Examples
    --------
    >>> normalise("  JAPAN ")
    'japan'
    """
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def read_economies(economies: Iterable[Mapping[str, Any]], blocs: Iterable[Mapping[str, Any]]) -> Economies:
    """Build the table from the rows of ``economies.csv`` and ``blocs.csv``.

    An alias that stands in two rows becomes ambiguous and is refused when used.

    Returns
    -------
    Economies
        Rows without a code are left out; the reader has reported them.
    """
    names: dict[str, str] = {}
    members: dict[str, tuple[str, ...]] = {}
    aliases: dict[str, set[str]] = {}
    for row in economies:
        if row["iso3"]:
            names[row["iso3"]] = row["name"] or row["iso3"]
            _add_aliases(aliases, row["iso3"], [row["iso3"], row["name"], *(row["aliases"] or "").split(";")])
    for row in blocs:
        if row["bloc_id"]:
            names[row["bloc_id"]] = row["name"] or row["bloc_id"]
            members[row["bloc_id"]] = row["members"] or ()
            _add_aliases(aliases, row["bloc_id"], [row["bloc_id"], row["name"]])
    return Economies(names, members, {key: tuple(sorted(codes)) for key, codes in aliases.items()})


def _add_aliases(aliases: dict[str, set[str]], code: str, spellings: Iterable[str | None]) -> None:
    """Note every non-empty spelling of a code."""
    for text in spellings:
        if text and text.strip():
            aliases.setdefault(normalise(text), set()).add(code)
