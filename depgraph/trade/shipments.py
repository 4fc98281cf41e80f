"""Reading bilateral trade: files in the shape of CEPII's BACI and its relatives.

A row of such a file is a shipment: year, exporter, importer, customs code, value and mass. The
value is always there; the mass may be missing, and is then unknown and not zero. A pair of
economies that is not in the file of a year has no recorded trade in it.
"""

import csv
import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from depgraph.core.errors import Problem, StudyError, UnknownNameError, suggestion
from depgraph.core.tables import NUMBER
from depgraph.core.units import Economies

MOST_PROBLEMS = 100  # a file with the wrong columns has millions of them
KILO = 1e-3  # of USD and of kg: values are kept in thousand USD, masses in tonnes

# column to (what it holds, factor to kUSD or t); of two columns that hold the same the first one listed is read
COLUMNS: Mapping[str, tuple[str, float]] = {
    "t": ("year", 1.0), "year": ("year", 1.0), "refYear": ("year", 1.0),
    "i": ("exporter", 1.0), "exporter": ("exporter", 1.0),
    "j": ("importer", 1.0), "importer": ("importer", 1.0),
    "reporterCode": ("reporter", 1.0), "reporter_iso3": ("reporter", 1.0), "reporterISO": ("reporter", 1.0),
    "partnerCode": ("partner", 1.0), "partner_m49": ("partner", 1.0), "partnerISO": ("partner", 1.0),
    "partner_name": ("partner", 1.0), "CTY_NAME": ("partner", 1.0),
    "flowCode": ("flow", 1.0), "flow": ("flow", 1.0),
    "k": ("code", 1.0), "cmd": ("code", 1.0), "HS10": ("code", 1.0), "HS6": ("code", 1.0), "hs6": ("code", 1.0),
    "cmdCode": ("code", 1.0),
    "v": ("value", 1.0), "value_kusd": ("value", 1.0), "value": ("value", KILO), "value_usd": ("value", KILO),
    "customs_value_usd": ("value", KILO), "primaryValue": ("value", KILO),
    "q": ("mass", 1.0), "qty_t": ("mass", 1.0), "net_weight_kg": ("mass", KILO), "netWgt": ("mass", KILO),
}  # fmt: skip
# a bare "value" says no unit; only extracts of BACI with the column cmd are known, and they print USD
BARE, BARE_BESIDE = "value", "cmd"
# the names of the country files of CEPII, newest edition first
COUNTRY_COLUMNS = {
    "country_iso3": "iso",
    "iso_3digit_alpha": "iso",
    "country_name": "name",
    "country_name_full": "name",
}
TOTALS = {"0", "W00", "WLD", "World"}  # partners that are the sum of all others
TOTAL = "WLD"
UNKNOWN = {"", "NA"}  # CEPII writes NA for a mass that it does not know
SIDES = ("exporter", "importer")


class Shipment(NamedTuple):
    """Trade of one good between two economies in one year.

    Attributes
    ----------
    year, exporter, importer, code
        Year, codes of the study, customs code.
    value
        In thousand USD.
    mass
        In tonnes; None if it was not recorded.
    """

    year: str
    exporter: str
    importer: str
    code: str
    value: float
    mass: float | None


class Selection(NamedTuple):
    """Which shipments of a file are wanted.

    Attributes
    ----------
    codes
        Customs codes; a code stands for all that begin with it. Empty for all.
    years
        Years; empty for all. A file without a year must be given one.
    exporter, importer
        Only shipments of this economy; of a file that leaves this side out, the one it is about.
    reports
        For files by reporter: ``M`` reads what importers, ``X`` what exporters report.
    """

    codes: tuple[str, ...] = ()
    years: tuple[str, ...] = ()
    exporter: str | None = None
    importer: str | None = None
    reports: str = "M"


class _File:
    """A file while it is read: its name, its problems, and the economies met so far."""

    def __init__(self, name: str, names: "Names") -> None:
        """Begin without a problem."""
        self.name = name
        self.names = names
        self.problems: list[Problem] = []
        self.met: dict[str, str | None] = {}

    def fault(self, line: int, field: str, code: str, message: str, value: str = "") -> None:
        """Note a problem.

        Raises
        ------
        StudyError
            If there are too many to go on.
        """
        self.problems.append(Problem(self.name, line, field, code, message, value))
        if len(self.problems) >= MOST_PROBLEMS:
            raise StudyError(self.problems)

    def economy(self, line: int, field: str, cell: str) -> str | None:
        """Return the code of an economy; one that is not known is a problem where it is first met."""
        if cell not in self.met:
            self.met[cell] = TOTAL if cell in TOTALS else self.names.find(cell)
            if self.met[cell] is None:
                self.fault(line, field, "unknown-economy", f"no such economy{self.names.hint(cell)}", cell)
        return self.met[cell]


class Names:
    """The economies of a study by the codes and names that trade files use.

    Parameters
    ----------
    economies
        The economies of the study.
    codes
        What `read_countries` returns; without it only codes, names and aliases of the study are known.
    """

    def __init__(self, economies: Economies, codes: Mapping[str, str] | None = None) -> None:
        self.economies = economies
        self.codes = codes or {}

    def find(self, cell: str) -> str | None:
        """Return the code of an economy or bloc, None if there is none or more than one.

        Examples
        --------
        >>> names = Names(Economies({"TWN": "Taiwan"}, {}, {"taiwan": ("TWN",)}), {"490": "TWN"})
        >>> names.find("490"), names.find("TAIWAN"), names.find("491")
        ('TWN', 'TWN', None)
        """
        if cell in self.codes:
            return self.codes[cell]
        try:
            return self.economies.resolve(cell)
        except UnknownNameError:
            return None

    def hint(self, cell: str) -> str:
        """Say what may be wrong with a cell that is no economy."""
        if re.fullmatch(r"\d+", cell):
            known = "the file of countries does not have it" if self.codes else "give the file of countries"
            return f": a number, and {known}"
        return suggestion(cell, [*self.economies.names, *self.codes])


def read_countries(path: Path, economies: Economies) -> dict[str, str]:
    """Read a file of countries as CEPII ships it with BACI.

    Parameters
    ----------
    path
        The file, with the columns country_code, country_name and country_iso3, or those of older
        editions.
    economies
        The economies of the study.

    Returns
    -------
    dict
        Number and three-letter code of the file to the code of the study: by the three letters, and
        where these are none of ISO (S19 for "Other Asia, nes", which is Taiwan) by the name, if
        it is an alias of the study. Entries that are neither, such as states of the past, are left
        out; whoever meets one in a file is told.

    Raises
    ------
    OSError
        If the file cannot be read.
    StudyError
        If it is no file of countries.
    """
    file = _File(str(path), Names(economies))
    lines = _lines(path, file)
    _, header = next(lines, (0, []))
    places = {COUNTRY_COLUMNS[cell]: place for place, cell in reversed([*enumerate(header)]) if cell in COUNTRY_COLUMNS}
    if "country_code" not in header or set(places) != {"iso", "name"}:
        file.fault(1, "country_code", "missing-column", "no file of countries: it has codes, names and ISO codes")
        raise StudyError(file.problems)
    found: dict[str, str] = {}
    for line, cells in lines:
        if len(cells) != len(header):
            file.fault(line, "-", "ragged-row", f"{len(cells)} cells where the header has {len(header)}")
            continue
        number, iso, name = (cells[place] for place in (header.index("country_code"), places["iso"], places["name"]))
        code = next(filter(None, map(file.names.find, (iso, name))), None)
        found |= {} if code is None else {number: code, iso: code}
    if file.problems:
        raise StudyError(file.problems)
    return found


def _lines(path: Path, file: _File) -> Iterator[tuple[int, list[str]]]:
    """Yield (line, cells) of a csv file; what cannot be decoded or split ends it with a problem."""
    line = 1
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream, strict=True)
        try:
            for cells in reader:
                if cells:
                    yield line, cells
                line = reader.line_num + 1
        except UnicodeDecodeError:
            file.fault(line, "-", "not-utf8", "not UTF-8, on this line or after it")
        except csv.Error as error:
            file.fault(line, "-", "broken-quote", f"not CSV: {error}")


def read_shipments(path: Path, names: Names, wanted: Selection, *, complete: float = 0.98) -> list[Shipment]:
    """Read the shipments of a file.

    Known are the columns of BACI (t, i, j, k, v in thousand USD, q in tonnes), the same with names
    (exporter, importer, hs6, value_usd ...), files of Comtrade by reporter and partner, and files
    about one economy that name the other side only (see `COLUMNS` and `Selection`). Rows about
    the world as partner are sums: they are no shipments, but the partners must make them up. A row that
    is there twice, in every cell, counts once.

    Parameters
    ----------
    path
        The file: UTF-8, comma.
    names
        The economies.
    wanted
        What to read; rows about other codes and years are not even checked.
    complete
        Part of a sum that its partners must reach; the rest is rounding and trade that is kept secret.

    Returns
    -------
    list of Shipment
        In the order of the file. A mass of 0 beside a value above 0 was not recorded and is None.

    Raises
    ------
    OSError
        If the file cannot be read.
    StudyError
        With file and line of every problem: columns that are missing, cells that are no number, year or
        customs code, unknown economies, two different rows about the same trade, and sums that the
        partners do not make up.
    """
    file = _File(str(path), names)
    lines = _lines(path, file)
    _, header = next(lines, (0, []))
    places = _places(file, header, wanted)
    found: dict[tuple[str, ...], Shipment] = {}
    totals: list[tuple[int, Shipment]] = []
    for line, cells in lines:
        if len(cells) != len(header):
            file.fault(line, "-", "ragged-row", f"{len(cells)} cells where the header has {len(header)}")
        elif _is_wanted(cells, places, wanted):
            shipment = _shipment(file, line, cells, places, wanted)
            if shipment and TOTAL in shipment[1:3]:
                totals.append((line, shipment))
            elif shipment and found.setdefault(shipment[:4], shipment) != shipment:
                message = f"another row about the same trade: {' '.join(shipment[:4])}"
                file.fault(line, "-", "duplicate-id", message)
    _check_totals(file, list(found.values()), totals, complete)
    if file.problems:
        raise StudyError(file.problems)
    return list(found.values())


def is_whole(path: Path, wanted: Selection) -> bool:
    """Say whether a file has a place for every pair of economies and all of them are wanted.

    Parameters
    ----------
    path
        The file.
    wanted
        What is read of it.

    Returns
    -------
    bool
        False for files by reporter and partner, and of one economy: what they do not say is unknown.

    Raises
    ------
    OSError
        If the file cannot be read.
    StudyError
        If it is no text.
    """
    file = _File(str(path), Names(Economies({}, {})))
    _, header = next(_lines(path, file), (0, []))
    if file.problems:
        raise StudyError(file.problems)
    held = {COLUMNS[name][0] for name in header if name in COLUMNS}
    return held.issuperset(SIDES) and wanted.exporter is None and wanted.importer is None


def _check_totals(
    file: _File, found: Sequence[Shipment], totals: Sequence[tuple[int, Shipment]], complete: float
) -> None:
    """Refuse a file that prints a total of which the partners that it lists are only a part."""
    sums: dict[tuple[str, ...], float] = defaultdict(float)
    for item in found:
        sums[item.year, item.exporter, TOTAL, item.code] += item.value
        sums[item.year, TOTAL, item.importer, item.code] += item.value
    for line, total in totals:
        part = sums[total[:4]] / total.value if total.value > 0 else 1.0
        if part < complete:
            message = f"the partners that are listed make up {part:.0%} of this total: the others are not known"
            file.fault(line, "partner", "missing-reference", message)


def _places(file: _File, header: Sequence[str], wanted: Selection) -> dict[str, tuple[int, float]]:
    """Return where each thing stands and the factor of its unit.

    Raises
    ------
    StudyError
        If a thing is in no column and not given.
    """
    places: dict[str, tuple[int, float]] = {}
    for name, (role, factor) in COLUMNS.items():
        unclear = name == BARE and BARE_BESIDE not in header
        if name in header and role not in places and not unclear:
            places[role] = header.index(name), factor
    if "reporter" in places and "partner" in places and "flow" in places:
        sides = ("partner", "reporter") if wanted.reports == "M" else ("reporter", "partner")
        places |= {side: places[role] for side, role in zip(SIDES, sides, strict=True)}
    elif "partner" in places:
        free = [side for side in SIDES if side not in places and getattr(wanted, side) is None]
        places |= {side: places["partner"] for side in free if len(free) == 1}
    given = {"year"} if len(wanted.years) == 1 else set()
    given |= {side for side in SIDES if getattr(wanted, side)}
    for role in ("year", *SIDES, "code", "value"):
        if role not in places and role not in given:
            columns = ", ".join(name for name, (held, _) in COLUMNS.items() if held == role)
            file.fault(1, role, "missing-column", f"no column holds the {role} (known: {columns}), and it is not given")
    if file.problems:
        raise StudyError(file.problems)
    return places


def _is_wanted(cells: Sequence[str], places: Mapping[str, tuple[int, float]], wanted: Selection) -> bool:
    """Say whether a row is about what is asked for; what economies it names is not looked at."""
    if wanted.codes and not cells[places["code"][0]].startswith(wanted.codes):
        return False
    if wanted.years and "year" in places and cells[places["year"][0]].strip() not in wanted.years:
        return False
    return "flow" not in places or cells[places["flow"][0]] == wanted.reports


def _shipment(
    file: _File, line: int, cells: Sequence[str], places: Mapping[str, tuple[int, float]], wanted: Selection
) -> Shipment | None:
    """Read one row; None if it has a problem or is about another economy than is asked for."""
    sides = []
    for side, given in zip(SIDES, wanted[2:4], strict=True):
        code = file.economy(line, side, cells[places[side][0]]) if side in places else given
        if code is None or code != (given or code):
            return None
        sides.append(code)
    year = cells[places["year"][0]].strip() if "year" in places else wanted.years[0]
    if not re.fullmatch(r"[0-9]{4}", year):
        file.fault(line, "year", "period", "no year", year)
    code = cells[places["code"][0]]
    if not re.fullmatch(r"([0-9]{2}){1,5}", code):
        message = "no customs code of 2 to 10 digits; a leading 0 may be lost"
        file.fault(line, "code", "approximate-match", message, code)
    value = _number(file, line, cells, places, "value")
    mass = _number(file, line, cells, places, "mass") if "mass" in places else None
    if value is None:
        return None
    return Shipment(year, sides[0], sides[1], code, value, mass if mass or not value else None)


def _number(
    file: _File, line: int, cells: Sequence[str], places: Mapping[str, tuple[int, float]], role: str
) -> float | None:
    """Read a quantity of 0 or more; None if it is not known or no number."""
    place, factor = places[role]
    cell = cells[place].strip()
    if cell in UNKNOWN:
        if role == "value":
            file.fault(line, role, "blank-cell", "no value", cell)
        return None
    if not (cell.isascii() and NUMBER.fullmatch(cell)):
        file.fault(line, role, "not-a-number", "no plain decimal number", cell)
        return None
    number = float(cell)
    if number < 0 or not math.isfinite(number):
        file.fault(line, role, "negative" if number < 0 else "not-finite", "not a finite number of 0 or more", cell)
        return None
    return number * factor
