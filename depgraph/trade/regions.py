"""Bilateral trade added up to the regions of the diversion model, and screened for dependency.

What lacks a mass, what is left out as too small and what looks wrong is told beside the number;
nothing is filled in.
"""

import itertools
import math
import tomllib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from depgraph.core import keylines, tables
from depgraph.core.errors import DepgraphError, Problem, StudyError, UnknownNameError, suggestion
from depgraph.core.units import Economies
from depgraph.measures import rules
from depgraph.measures.concentration import fractions, hhi
from depgraph.trade.shipments import Names, Selection, Shipment, read_countries, read_shipments

REST = "ROW"  # the region of every economy that no other region holds
DIGITS = 3  # CEPII prints values to a dollar and masses to a kilogram
# keys of a file of recipes and of one recipe, and what they hold
BOOK_KEYS = {"countries": str, "least": (int, float), "gaps": (int, float), "odd": (int, float), "flow": list}
PICK_KEYS = {"exporter": str, "importer": str, "codes": list, "reason": str}
RECIPE_KEYS = {
    "stage": str, "source": str, "note": str, "files": list, "codes": list, "years": list, "exporter": str,
    "importer": str, "reports": str, "only": list, "leave_out": list, "price": list,
}  # fmt: skip
NEEDED = ("stage", "source", "files", "codes", "years")
TABLES = ("flow", "only", "leave_out")  # keys that hold lists of tables


class NoTradeError(DepgraphError):
    """The files hold nothing of what is asked for, so that a sum would show what is missing as zero."""


class OverlapError(DepgraphError):
    """An economy would be counted in two regions, or a bloc is partly in one."""


class Limits(NamedTuple):
    """What is left out or doubted when shipments are added up.

    Attributes
    ----------
    least
        Pairs below this part of the value of all shipments are left out.
    gaps
        The mass of a pair is unknown if more than this part of its value has none.
    odd
        A price per kilogram this many times above or below the median is told.
    """

    least: float = 0.0
    gaps: float = 0.0
    odd: float = math.inf


@dataclass(frozen=True)
class Flow:
    """Trade between two regions in a year, or the mean of several.

    Attributes
    ----------
    exporter, importer
        Regions.
    value
        In thousand USD.
    amount
        In tonnes; None if it is not known for enough of the value.
    notes
        What part of the value has no mass, and what is odd.
    """

    exporter: str
    importer: str
    value: float
    amount: float | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Flows:
    """The flows of one good, and what was left out of them.

    Attributes
    ----------
    flows
        Largest first.
    world
        Value of all shipments, those within a region included, in thousand USD a year.
    dropped, part
        Number of pairs left out as too small, and their part of the world value.
    """

    flows: tuple[Flow, ...]
    world: float
    dropped: int
    part: float


class Screening(NamedTuple):
    """What the dependency screens find for one code and year.

    Attributes
    ----------
    code, year
        Customs code and year.
    imports, internal, exports
        Imports from outside the bloc, of members from each other, and all exports of members, in
        thousand USD; exports None where the file holds imports only.
    cdi1, cdi2, cdi3, dependent
        See `rules.cdi`; cdi3 is infinite for exports of zero.
    supplier, supplier_share
        Largest supplier from outside and its part of the imports from outside.
    rival_share
        The rival's part of the imports from outside.
    world_hhi, rival_world_share
        Concentration of world exports and the rival's part of them; None where the file holds the
        trade of one economy only.
    """

    code: str
    year: str
    imports: float
    internal: float
    exports: float | None
    cdi1: float | None
    cdi2: float | None
    cdi3: float | None
    dependent: bool | None
    supplier: str | None
    supplier_share: float | None
    rival_share: float | None
    world_hhi: float | None
    rival_world_share: float | None


class Pick(NamedTuple):
    """Shipments by exporter, importer and codes; what is None or empty may be anything."""

    exporter: str | None = None
    importer: str | None = None
    codes: tuple[str, ...] = ()

    def holds(self, item: Shipment) -> bool:
        """Say whether a shipment is meant.

        Examples
        --------
        >>> Pick("CHN", None, ("2846",)).holds(Shipment("2024", "CHN", "JPN", "284690", 70.0, 2.0))
        True
        """
        sides = self.exporter in {None, item.exporter} and self.importer in {None, item.importer}
        return sides and (not self.codes or item.code.startswith(self.codes))


@dataclass(frozen=True)
class Recipe:
    """How the flows of one stage are made from files.

    Attributes
    ----------
    stage, source, note
        Stage, publication, and what goes for every flow.
    files
        Paths inside the folder of the data.
    wanted
        What is read of them.
    only, leave_out
        Economies whose trade alone counts (empty for all), and whose does not.
    price
        Lowest and highest USD per kg; a shipment outside is another good. One without mass stays.
    """

    stage: str
    source: str
    note: str
    files: tuple[str, ...]
    wanted: Selection
    only: tuple[Pick, ...] = ()
    leave_out: tuple[Pick, ...] = ()
    price: tuple[float, float] = (0.0, math.inf)


@dataclass(frozen=True)
class Book:
    """A file of recipes: the file of countries, the limits, the recipes."""

    countries: str
    limits: Limits
    recipes: tuple[Recipe, ...]


def region_map(economies: Economies, regions: Iterable[str]) -> dict[str, str]:
    """Say to which region each economy belongs.

    Parameters
    ----------
    economies
        The economies of the study.
    regions
        Codes: an economy, a bloc whose members act as one, or ROW for every economy that no other
        region holds.

    Returns
    -------
    dict
        Economy to region. A bloc is there too if all its members are in one region.

    Raises
    ------
    UnknownNameError
        If a region is no economy and no bloc with members.
    OverlapError
        If an economy is in two regions.

    Examples
    --------
    >>> world = Economies({"DEU": "", "FRA": "", "JPN": "", "EU": ""}, {"EU": ("DEU", "FRA")})
    >>> sorted(region_map(world, ["EU", "ROW"]).items())
    [('DEU', 'EU'), ('EU', 'EU'), ('FRA', 'EU'), ('JPN', 'ROW')]
    """
    listed = list(regions)
    owner: dict[str, str] = {}
    for region in listed:
        if region == REST:
            continue
        if region not in economies.names:
            what = "region"
            raise UnknownNameError(what, region, economies.names)
        for member in economies.require_members(region):
            if owner.setdefault(member, region) != region:
                msg = f"{member} is in the regions {owner[member]} and {region}: an economy belongs to one"
                raise OverlapError(msg)
    if REST in listed:
        others = (code for code in economies.names if code not in economies.members)
        owner = dict.fromkeys(others, REST) | owner
    for bloc, members in economies.members.items():
        homes = {owner.get(member) for member in members}
        home = homes.pop() if len(homes) == 1 else None
        owner |= {bloc: home} if home else {}
    return owner


def aggregate(items: Iterable[Shipment], region: Mapping[str, str], wanted: Selection, limits: Limits) -> Flows:
    """Add shipments up to flows between regions.

    The value of a flow is the sum over codes and economies, a mean over the years if there are several: a
    pair that a year does not have counts with nothing in that year, as BACI lists every recorded
    flow. Trade within a region is left out. The amount is the sum of the masses that were recorded; nothing
    is scaled up. If more than ``limits.gaps`` of the value has no mass the amount is None; if less
    has none the note says how much.

    Parameters
    ----------
    items
        Shipments of one good.
    region
        Economy to region, see `region_map`.
    wanted
        The codes and years that were asked for: each must occur, or the sum would lack it.
    limits
        What to leave out and what to doubt.

    Returns
    -------
    Flows
        Values and amounts rounded to three digits, as the sources print them.

    Raises
    ------
    NoTradeError
        If a code has no shipment in a year, or there is none at all.
    OverlapError
        If two shipments are about the same trade, by the same code or by a code and a part of it, or one is of
        a bloc or economy that is in no region.

    Examples
    --------
    >>> known, unknown = ("2024", "CHN", "JPN", "8505", 70.0, 2.0), ("2024", "CHN", "DEU", "8505", 30.0, None)
    >>> trade = [Shipment(*known), Shipment(*unknown)]
    >>> home = {"CHN": "CHN", "JPN": "JPN", "DEU": "EU27"}
    >>> found = aggregate(trade, home, Selection(), Limits(gaps=0.1)).flows
    >>> [(flow.importer, flow.value, flow.amount) for flow in found]
    [('JPN', 70.0, 2.0), ('EU27', 30.0, None)]
    """
    listed = list(items)
    years = sorted({item.year for item in listed})
    _require_all(listed, wanted, years)
    _require_apart(listed)
    pairs: dict[tuple[str, str], list[Shipment]] = defaultdict(list)
    for item in listed:
        exporter, importer = _home(region, item.exporter), _home(region, item.importer)
        if exporter != importer:
            pairs[exporter, importer].append(item)
    world = math.fsum(item.value for item in listed) / len(years)
    flows = [_flow(pair, group, len(years), limits) for pair, group in pairs.items()]
    kept = [flow for flow in flows if flow.value >= limits.least * world]
    lost = [flow.value for flow in flows if flow.value < limits.least * world]
    kept.sort(key=lambda flow: (-flow.value, flow.exporter, flow.importer))
    part = math.fsum(lost) / world if world > 0 else 0.0
    return Flows(tuple(_doubted(kept, limits.odd)), round(world, DIGITS), len(lost), part)


def _home(region: Mapping[str, str], code: str) -> str:
    """Return the region of an economy.

    Raises
    ------
    OverlapError
        If it has none.
    """
    if code not in region:
        msg = f"{code} is in no region, or only a part of it is: add a region for it, or {REST}"
        raise OverlapError(msg)
    return region[code]


def _require_all(items: Sequence[Shipment], wanted: Selection, years: Sequence[str]) -> None:
    """Refuse a code or year without shipments: a sum or mean would take what is missing for zero.

    Raises
    ------
    NoTradeError
        Naming the first one.
    """
    there = {(item.year, item.code) for item in items}
    for year, code in itertools.product(wanted.years or years, wanted.codes or ("",)):
        if not any(held == year and name.startswith(code) for held, name in there):
            msg = f"no shipment of {code or 'any code'} in {year}: the files lack it, or the selection leaves it out"
            raise NoTradeError(msg)
    if not there:
        msg = "no shipment at all: the files lack what is asked for, or the selection leaves everything out"
        raise NoTradeError(msg)


def _require_apart(items: Sequence[Shipment]) -> None:
    """Refuse what would be counted twice.

    Raises
    ------
    OverlapError
        If a trade is there twice, or a code and another that it is a part of.
    """
    seen: set[tuple[str, ...]] = set()
    for item in items:
        if item[:4] in seen:
            msg = f"the trade {' '.join(item[:4])} is in two files: it would count twice"
            raise OverlapError(msg)
        seen.add(item[:4])
    for shorter, longer in itertools.pairwise(sorted({item.code for item in items})):
        if longer.startswith(shorter):
            msg = f"the code {longer} is a part of {shorter}, and both are there: it would count twice"
            raise OverlapError(msg)


def _flow(pair: tuple[str, str], items: Sequence[Shipment], years: int, limits: Limits) -> Flow:
    """Add up the shipments of one pair."""
    value = math.fsum(item.value for item in items)
    gap = math.fsum(item.value for item in items if item.mass is None)
    part = gap / value if value > 0 else 0.0
    masses = [item.mass for item in items if item.mass is not None]
    amount = round(math.fsum(masses) / years, DIGITS) if masses and part <= limits.gaps else None
    notes = (f"no mass for {_percent(part)} of the value",) if part > 0 and masses else ()
    return Flow(*pair, round(value / years, DIGITS), amount, notes)


def _percent(part: float) -> str:
    """Write a part for people; one that is not zero never reads as zero."""
    return f"{100 * part:.2g} percent" if part >= 1e-4 or part <= 0 else "less than 0.01 percent"


def _doubted(flows: Sequence[Flow], odd: float) -> Iterator[Flow]:
    """Tell flows whose price per kilogram is far from the median, weighted by value."""
    priced = sorted((flow.value / flow.amount, flow.value) for flow in flows if flow.amount)
    middle = math.fsum(value for _, value in priced) / 2
    sums = itertools.accumulate(value for _, value in priced)
    median = next((price for (price, _), total in zip(priced, sums, strict=True) if total >= middle), 0.0)
    for flow in flows:
        price = flow.value / flow.amount if flow.amount else median
        if price * odd < median or price > median * odd:
            note = f"{price:.3g} USD per kg where the median is {median:.3g}: mass or code doubtful"
            yield Flow(flow.exporter, flow.importer, flow.value, flow.amount, (*flow.notes, note))
        else:
            yield flow


def as_row(flow: Flow, stage: str, wanted: Selection, source: str, *notes: str) -> dict[str, Any]:
    """Return a flow as a row of ``datasets/diversion/flows.csv``.

    Parameters
    ----------
    flow
        The flow.
    stage, source
        What it is a flow of, and which publication it comes from.
    wanted
        The codes and years it was made of.
    notes
        What goes for every flow of the stage.

    Returns
    -------
    dict
        The columns of the table, in its order.

    Examples
    --------
    >>> wanted = Selection(codes=("850511",), years=("2022", "2023"))
    >>> row = as_row(Flow("CHN", "JPN", 70.0, 2.0, ()), "rare_earths/magnet", wanted, "cepii-3")
    >>> row["flow_id"], row["amount"], row["unit"], row["year"], row["note"]
    ('FL:rare_earths/magnet:CHN:JPN', 2.0, 't', '2022/2023', None)
    """
    return {
        "flow_id": f"FL:{stage}:{flow.exporter}:{flow.importer}",
        "stage_id": stage,
        "exporter": flow.exporter,
        "importer": flow.importer,
        "amount": flow.amount,
        "unit": None if flow.amount is None else "t",
        "value_kusd": flow.value,
        "year": "/".join(sorted({min(wanted.years), max(wanted.years)})),
        "hs_codes": ";".join(wanted.codes),
        "source_id": source,
        "note": "; ".join(filter(None, [*flow.notes, *notes])) or None,
    }


def flow_rows(
    items: Sequence[Shipment], region: Mapping[str, str], recipe: Recipe, limits: Limits
) -> list[dict[str, Any]]:
    """Make the rows of one recipe.

    Parameters
    ----------
    items
        What was read of its files.
    region
        Economy to region.
    recipe
        What to leave out, and what the rows are about.
    limits
        See `aggregate`.

    Returns
    -------
    list of dict
        Rows of ``datasets/diversion/flows.csv``, largest first. The note says how much was left out.

    Raises
    ------
    NoTradeError
        See `aggregate`.
    OverlapError
        See `aggregate`.
    """
    meant = [item for item in items if not recipe.only or any(pick.holds(item) for pick in recipe.only)]
    kept = [item for item in meant if _fits(item, recipe)]
    found = aggregate(kept, region, recipe.wanted, limits)
    lost = [item.value for item in meant if not _fits(item, recipe)]
    part = math.fsum(lost) / math.fsum(item.value for item in meant) if lost else 0.0
    left = f"{_count(len(lost), 'shipment')}, {_percent(part)} of the value, left out as another good" if lost else ""
    few = _count(found.dropped, "pair")
    small = f"{few}, {_percent(found.part)} of the value, left out as too small" if found.dropped else ""
    mean = f"mean of {len(recipe.wanted.years)} years" if len(recipe.wanted.years) > 1 else ""
    return [
        as_row(flow, recipe.stage, recipe.wanted, recipe.source, recipe.note, mean, left, small) for flow in found.flows
    ]


def _count(number: int, thing: str) -> str:
    """Write a number of things."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _fits(item: Shipment, recipe: Recipe) -> bool:
    """Say whether a shipment is the good of the recipe."""
    price = item.value / item.mass if item.mass else recipe.price[0]
    return recipe.price[0] <= price <= recipe.price[1] and not any(pick.holds(item) for pick in recipe.leave_out)


def build(book: Book, folder: Path, economies: Economies, regions: Iterable[str]) -> list[dict[str, Any]]:
    """Make every row of ``datasets/diversion/flows.csv`` from files.

    Parameters
    ----------
    book
        The recipes.
    folder
        Where the files are.
    economies
        The economies of the study.
    regions
        Codes of the regions.

    Returns
    -------
    list of dict
        By recipe, in the order of the book, and largest first within each.

    Raises
    ------
    OSError
        If a file cannot be read.
    StudyError
        If a file has problems.
    NoTradeError
        See `aggregate`.
    OverlapError
        See `aggregate`; also if two recipes make the same flow.
    UnknownNameError
        See `region_map`.
    """
    names = Names(economies, read_countries(folder / book.countries, economies))
    region = region_map(economies, regions)
    rows: list[dict[str, Any]] = []
    for recipe in book.recipes:
        items = [item for file in recipe.files for item in read_shipments(folder / file, names, recipe.wanted)]
        rows += flow_rows(items, region, recipe, book.limits)
    known = [row["flow_id"] for row in rows]
    doubled = sorted({identifier for identifier in known if known.count(identifier) > 1})
    if doubled:
        msg = f"two recipes make the flow {doubled[0]}"
        raise OverlapError(msg)
    return rows


def read_book(path: Path) -> Book:
    """Read a file of recipes.

    Parameters
    ----------
    path
        TOML: ``countries``, the limits ``least``, ``gaps`` and ``odd``, and a table ``[[flow]]`` for each recipe with
        the keys of `RECIPE_KEYS`; ``only`` and ``leave_out`` are lists of tables with the keys of `PICK_KEYS`.

    Returns
    -------
    Book
        The recipes in the order of the file.

    Raises
    ------
    OSError
        If the file cannot be read.
    StudyError
        With every key that is unknown, missing or of the wrong kind.
    """
    record, lines = _parsed(path)
    problems = list(_check_keys(_Spot(str(path), lines), record, BOOK_KEYS, ("countries", "flow")))
    entries = record["flow"] if not problems else []
    for number, entry in enumerate(entries):
        problems += _check_keys(_Spot(str(path), lines, ("flow", number)), entry, RECIPE_KEYS, NEEDED)
    for number, entry in enumerate([] if problems else entries):
        for pick in [*entry.get("only", ()), *entry.get("leave_out", ())]:
            problems += _check_keys(_Spot(str(path), lines, ("flow", number)), pick, PICK_KEYS, ("reason",))
    if problems:
        raise StudyError(problems)
    limits = Limits(record.get("least", 0.0), record.get("gaps", 0.0), record.get("odd", math.inf))
    return Book(record["countries"], limits, tuple(map(_recipe, entries)))


def _parsed(path: Path) -> tuple[dict[str, Any], dict[keylines.Path, int]]:
    """Return the values of a file of recipes and the line of each key.

    Raises
    ------
    StudyError
        If it is no UTF-8 or no TOML.
    """
    problems: list[Problem] = []
    text = tables.decode(str(path), path.read_bytes(), problems)
    if text is None:
        raise StudyError(problems)
    try:
        return tomllib.loads(text), keylines.find(text)
    except (ValueError, RecursionError) as error:
        line, message = keylines.fault(text, error)
        raise StudyError([Problem(str(path), line, "-", "toml", message)]) from error


class _Spot(NamedTuple):
    """Where in a file of recipes something stands: the file, the lines of its keys, and the keys that hold it."""

    name: str
    lines: Mapping[keylines.Path, int]
    place: keylines.Path = ()

    def problem(self, key: str, code: str, message: str, value: str = "") -> Problem:
        """Build a problem at a key, or where it should be."""
        where = f"recipe {int(self.place[1]) + 1}" if self.place else "the file"
        line = keylines.nearest(self.lines, (*self.place, key))
        return Problem(self.name, line, key, code, f"{where}: {message}", value)


def _check_keys(spot: _Spot, entry: object, known: Mapping[str, Any], needed: Collection[str]) -> Iterator[Problem]:
    """Find keys that are unknown, missing or of the wrong kind."""
    if not isinstance(entry, dict):
        yield spot.problem("-", "unknown-word", "not a table", str(entry))
        return
    for key, value in entry.items():
        if key not in known:
            yield spot.problem(key, "unknown-column", f"unknown key{suggestion(key, known)}", key)
        elif not _is_kind(key, value, known[key]):
            yield spot.problem(key, "unknown-word", "not of the right kind", str(value))
    for key in needed:
        if not entry.get(key):
            yield spot.problem(key, "blank-cell", "the key is missing or empty")


def _is_kind(key: str, value: object, kind: Any) -> bool:  # noqa: ANN401 - a type or several
    """Say whether a value is what its key holds: lists hold texts, tables, or two numbers."""
    if not isinstance(value, list):
        return isinstance(value, kind)
    if key == "price":
        return len(value) == 2 and all(isinstance(part, (int, float)) for part in value)
    inner = dict if key in TABLES else str
    return kind is list and all(isinstance(part, inner) for part in value)


def _recipe(entry: Mapping[str, Any]) -> Recipe:
    """Build a recipe from its table."""
    picks = {
        name: tuple(Pick(p.get("exporter"), p.get("importer"), tuple(p.get("codes", ()))) for p in entry.get(name, ()))
        for name in ("only", "leave_out")
    }
    wanted = Selection(
        tuple(entry["codes"]),
        tuple(entry["years"]),
        entry.get("exporter"),
        entry.get("importer"),
        entry.get("reports", "M"),
    )
    low, high = entry.get("price", (0.0, math.inf))
    return Recipe(
        entry["stage"], entry["source"], entry.get("note", ""), tuple(entry["files"]), wanted, picks["only"],
        picks["leave_out"], (low, high),
    )  # fmt: skip


def screen(
    items: Iterable[Shipment], economies: Economies, bloc: str, rival: str, *, whole: bool = True
) -> list[Screening]:
    """Screen each code and year for dependency of a bloc on outsiders.

    The indicators are the core dependency indicators of the European Commission with the bloc in the place of
    the Union (see `rules.cdi`), the largest supplier and the rival's part of the imports, and the
    Herfindahl-Hirschman index of world exports.

    Parameters
    ----------
    items
        All trade of the codes, among all economies.
    economies
        The economies of the study.
    bloc, rival
        Codes; the bloc may be one economy.
    whole
        False if the shipments are those of one importer or exporter only: exports and world shares are
        then unknown and so is what rests on them.

    Returns
    -------
    list of Screening
        By code and year. A code that the bloc does not import has no indicators, see `rules.cdi`.

    Raises
    ------
    UnknownNameError
        If the bloc names no members.
    OverlapError
        If shipments are of a bloc of which only some members are in this one.

    References
    ----------
    European Commission, SWD(2021) 352 final; Arjona, Connell and Herghelegiu (2023), Single
    Market Economics Papers WP2023/14, doi:10.2873/768035.

    Examples
    --------
    >>> world = Economies({"AUS": "", "JPN": "", "CHN": "", "Q": ""}, {"Q": ("AUS", "JPN")})
    >>> bought, inner = ("2024", "CHN", "JPN", "850511", 70.0, 2.0), ("2024", "JPN", "AUS", "850511", 30.0, 1.0)
    >>> found = screen([Shipment(*bought), Shipment(*inner)], world, "Q", "CHN")[0]
    >>> found.cdi1, found.cdi2, round(found.cdi3, 3), found.dependent
    (1.0, 0.7, 2.333, True)
    """
    members = set(economies.require_members(bloc))
    groups: dict[tuple[str, str], list[Shipment]] = defaultdict(list)
    inside: dict[str, bool] = {}
    for item in items:
        groups[item.code, item.year].append(item)
        for code in item[1:3]:
            if code not in inside:
                inside[code] = _is_inside(economies, code, members)
    return [_screened(*key, group, inside, rival, whole=whole) for key, group in sorted(groups.items())]


def _is_inside(economies: Economies, code: str, members: Collection[str]) -> bool:
    """Say whether an economy, or all of a bloc, belongs to the members.

    Raises
    ------
    OverlapError
        If a part of a bloc does.
    """
    common = set(economies.expand(code)) & set(members)
    if common and common != set(economies.expand(code)):
        msg = f"the file has trade of {code}, of which only {', '.join(sorted(common))} is in the bloc"
        raise OverlapError(msg)
    return bool(common)


def _screened(
    code: str, year: str, items: Sequence[Shipment], inside: Mapping[str, bool], rival: str, *, whole: bool
) -> Screening:
    """Compute the indicators of one code and year."""
    external = _sums((item.exporter, item.value) for item in items if _enters(item, inside))
    internal = math.fsum(item.value for item in items if inside[item.exporter] and inside[item.importer])
    exports = math.fsum(item.value for item in items if inside[item.exporter]) if whole else None
    world = _sums((item.exporter, item.value) for item in items) if whole else {}
    shares = fractions(list(world.values()))
    found = rules.cdi(external, internal, exports)
    top = rules.meti_partner(external)
    known = top.total > 0 and not inside.get(rival, False)
    return Screening(
        code, year, round(top.total, DIGITS), round(internal, DIGITS),
        None if exports is None else round(exports, DIGITS),
        found.cdi1, found.cdi2, found.cdi3, found.dependent, top.partner, top.share,
        external.get(rival, 0.0) / top.total if known else None,
        hhi(shares) if shares else None, world.get(rival, 0.0) / math.fsum(world.values()) if shares else None,
    )  # fmt: skip


def _enters(item: Shipment, inside: Mapping[str, bool]) -> bool:
    """Say whether a shipment comes from outside."""
    return inside[item.importer] and not inside[item.exporter]


def _sums(pairs: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Add up values by name."""
    parts: dict[str, list[float]] = defaultdict(list)
    for name, value in pairs:
        parts[name].append(value)
    return {name: math.fsum(values) for name, values in sorted(parts.items())}
