"""What a bloc imports: by origin, from tables of trade that are complete for every member.

Two kinds of tables hold imports: `datasets/imports/`, one row for each importer, origin, customs code
and year, and figures that publications print. Both become `ImportTable`, so that who asks need not know.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from depgraph.evidence import intervals
from depgraph.evidence.intervals import REST
from depgraph.study.chains import stage_id
from depgraph.study.study import Study

Row = Mapping[str, Any]

MASS, VALUE, SHARE = "mass", "value", "share"
MEASURES = (MASS, VALUE, SHARE)  # of tables of the same year
UNITS = {MASS: "t", VALUE: "kUSD"}
PRINTED = {"import_mass": MASS, "import_value": VALUE, "import_share": SHARE}
TOTAL = "WLD"
BASKET = "basket"  # a customs code that holds the good among others: its imports are no imports of the good


class Flow(NamedTuple):
    """One import of one table: who, from where, under which customs code, how much, and what says so.

    Low and high differ from the amount only where a source prints a share with bounds.
    """

    member: str
    partner: str
    code: str
    amount: float
    parent: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class ImportTable:
    """The imports of a bloc from one source in one year by one measure.

    Attributes
    ----------
    year
        Calendar year, or the last of a period.
    span
        Years before it that the period holds too.
    source
        Publication.
    measure
        ``mass``, ``value``, or ``share`` of all imports as a source prints it.
    unit
        Tonnes and thousand USD, or the currency of a source that prints another.
    basket
        Whether it holds other goods than the stage too.
    flows
        One row for each importer, origin and code. A total (partner WLD) stands beside the origins where the
        source prints one; else the origins are all there is.
    """

    year: int
    span: int
    source: str
    measure: str
    unit: str
    basket: bool
    flows: tuple[Flow, ...]

    def split(self, members: Sequence[str]) -> tuple[dict[str, float], float]:
        """Split the imports of a bloc into what comes from outside, by origin, and trade among members.

        Parameters
        ----------
        members
            The bloc.

        Returns
        -------
        outside
            Origin to amount, sorted; what the totals hold and no origin names is under ROW.
        inside
            What members sell each other: no supply from outside.
        """
        inside = math.fsum(flow.amount for flow in self.flows if flow.partner in members)
        named = sorted({flow.partner for flow in self.flows} - {TOTAL, REST, *members})
        outside = {origin: math.fsum(flow.amount for flow in self.flows if flow.partner == origin) for origin in named}
        unnamed = math.fsum(flow.amount for flow in self.flows if flow.partner == REST)
        totals = [1.0] if self.measure == SHARE else [flow.amount for flow in self.flows if flow.partner == TOTAL]
        rest = math.fsum(totals) - inside - math.fsum(outside.values()) if totals else unnamed
        return outside | ({REST: rest} if rest > 0 else {}), inside

    def of(self, member: str) -> "ImportTable":
        """Return the imports of one member alone."""
        return replace(self, flows=tuple(flow for flow in self.flows if flow.member == member))

    def parents(self, origin: str | None = None) -> tuple[str, ...]:
        """Return the rows behind the imports from one origin and all totals; without an origin all rows."""
        kept = [flow.parent for flow in self.flows if origin is None or flow.partner in {origin, TOTAL}]
        return tuple(dict.fromkeys(kept))


@dataclass(frozen=True)
class TradeBook:
    """All imports of a study, by stage.

    Attributes
    ----------
    rows
        Stage to the rows of `datasets/imports/` under its customs codes.
    figures
        Stage to the usable figures of the reference years.
    """

    rows: Mapping[str, Sequence[Row]]
    figures: Mapping[str, Sequence[Row]]


def read_trade(study: Study) -> TradeBook:
    """Sort the imports of a study by stage.

    A row belongs to every stage that has its customs code; a code of a stage stands for all that begin
    with it.

    Parameters
    ----------
    study
        The study.

    Returns
    -------
    TradeBook
        Only rows of the reference years.
    """
    first, last = study.reference_years
    codes = {stage: _codes(row) for stage, row in study.stages.items()}
    recorded = [row for row in study.tables.get("imports", ()) if first <= int(row["year"]) <= last]
    by_code: dict[str, list[Row]] = {}
    for row in recorded:
        by_code.setdefault(row["code"], []).append(row)
    rows = {
        stage: [row for code, group in by_code.items() if code.startswith(own) for row in group]
        for stage, own in codes.items()
        if own
    }
    return TradeBook(rows, recent_figures(study))


def _codes(stage: Row) -> tuple[str, ...]:
    """Return the customs codes of a stage."""
    return tuple(code for code in (stage["hs_codes"] or "").split(";") if code)


def recent_figures(study: Study) -> dict[str, list[Row]]:
    """Return the usable figures of the reference years by stage.

    Returns
    -------
    dict
        Stage to rows of status ``ok``.
    """
    first, last = study.reference_years
    found: dict[str, list[Row]] = {}
    for row in study.tables["figures"]:
        if row["status"] == "ok" and first <= int(row["year"][-4:]) <= last:
            found.setdefault(str(stage_id(row)), []).append(row)
    return found


def import_tables(study: Study, book: TradeBook, stage: str, members: Sequence[str]) -> list[ImportTable]:
    """Return the tables that are complete for a stage and a bloc, newest first, mass before value.

    Complete is a source of a year that records every customs code of the stage and imports of every member;
    a pair without a row has no recorded trade. Printed figures are asked only where `datasets/imports/` has no
    such table: they are the same trade once more. A printed share of imports speaks of a single importer.

    Parameters
    ----------
    study, book
        The study and its imports.
    stage
        The stage.
    members
        The bloc.

    Returns
    -------
    list of ImportTable
        Empty where nothing complete is known.
    """
    own = _codes(study.stages[stage])
    basket = study.stages[stage].get("code_fit") == BASKET
    recorded = _recorded(book.rows.get(stage, ()), own, members, basket=basket)
    if recorded and not basket:
        return recorded
    return _printed(study, book.figures.get(stage, ()), own, members) or recorded


def book_id(members: Sequence[str], stage: str) -> str:
    """Return the identifier of all imports of a stage by a bloc: a share is a part of them all.

    Examples
    --------
    >>> book_id(["IND", "JPN"], "rare_earths/metal")
    'I:IND+JPN:rare_earths/metal'
    """
    return f"I:{'+'.join(members)}:{stage}"


def rows_behind(study: Study, book: TradeBook, identifier: str) -> tuple[str, ...]:
    """Return the figures and rows of trade behind the imports of a stage by a bloc.

    Parameters
    ----------
    study, book
        The study and its imports.
    identifier
        From `book_id`.

    Returns
    -------
    tuple of str
        Of all complete tables, each once.
    """
    _, members, stage = identifier.split(":", 2)
    tables = import_tables(study, book, stage, members.split("+"))
    return tuple(dict.fromkeys(parent for table in tables for parent in table.parents()))


def _recorded(rows: Sequence[Row], codes: Sequence[str], members: Sequence[str], *, basket: bool) -> list[ImportTable]:
    """Return the complete tables of recorded imports."""
    groups: dict[tuple[int, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((int(row["year"]), row["source_id"]), []).append(row)
    found: list[ImportTable] = []
    for (year, source), group in groups.items():
        covered = {code for row in group for code in codes if row["code"].startswith(code)}
        if covered >= set(codes) and {row["economy"] for row in group} >= set(members):
            own = [row for row in group if row["economy"] in members]
            tables = (_of_measure(year, source, measure, own, basket=basket) for measure in (MASS, VALUE))
            found.extend(table for table in tables if table is not None)
    return sorted(found, key=_newest_first)


def _newest_first(table: ImportTable) -> tuple[int, int, int, str]:
    """Order tables: newest first, one year before a mean over several, mass before value before shares."""
    return -table.year, table.span, MEASURES.index(table.measure), table.source


def _of_measure(year: int, source: str, measure: str, rows: Sequence[Row], *, basket: bool) -> ImportTable | None:
    """Return the imports by one measure; None where the source does not record it.

    A mass that is missing in a table of masses is left out: the value of such rows is small (see
    `datasets/imports`), and a mass made up from it would be no record.
    """
    column = {MASS: "mass_t", VALUE: "value_kusd"}[measure]
    flows = [
        Flow(row["economy"], row["partner"], row["code"], row[column], row["import_id"])
        for row in rows
        if row[column] is not None
    ]
    if measure == MASS and not _mostly_weighed(rows):
        return None
    table = ImportTable(year, 0, source, measure, UNITS[measure], basket, tuple(flows))
    return table if math.fsum(flow.amount for flow in flows) > 0 else None


WEIGHED = 0.95  # part of the value that must have a mass: below it shares by mass leave out who was not weighed


def _mostly_weighed(rows: Sequence[Row]) -> bool:
    """Say whether nearly all of the value has a mass."""
    total = math.fsum(row["value_kusd"] for row in rows)
    weighed = math.fsum(row["value_kusd"] for row in rows if row["mass_t"] is not None)
    return weighed >= WEIGHED * total


def _printed(study: Study, figures: Sequence[Row], codes: Sequence[str], members: Sequence[str]) -> list[ImportTable]:
    """Return the complete tables among printed figures."""
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in figures:
        if row["metric"] in PRINTED and row["economy"] in members and row["partner"] and _has_amount(row):
            # the codes of a stage belong together; any other table stands for itself
            part = "" if _customs_code(row) in codes else row["table"] or ""
            key = (row["year"], row["source_id"], row["metric"], row["vintage"] or "", part)
            groups.setdefault(key, []).append(row)
    found = [
        _printed_table(study, key[0], rows)
        for key, rows in groups.items()
        if _is_whole(rows, codes, members) and len({study.units.dimension(row["unit"]) for row in rows}) == 1
    ]
    # a total alone says nothing of origins
    kept = [
        table
        for table in found
        if any(amount > 0 and origin != REST for origin, amount in table.split(members)[0].items())
    ]
    return sorted(kept, key=_newest_first)


def _has_amount(row: Row) -> bool:
    """Say whether a row prints a number that can be used: of a share also a bound."""
    return row["value"] is not None or row["metric"] == "import_share"


def _is_whole(rows: Sequence[Row], codes: Sequence[str], members: Sequence[str]) -> bool:
    """Say whether a printed table has a total of every member for every code.

    A flow without a code cannot be known to hold all codes of a stage that has several. A share of imports
    needs no total.
    """
    if rows[0]["metric"] == "import_share":
        return len(members) == 1
    printed = {_customs_code(row) for row in rows}
    if printed & set(codes) and not printed >= set(codes):
        return False
    if len(codes) > 1 and not printed >= set(codes):
        return False
    totals = {(row["economy"], _customs_code(row)) for row in rows if row["partner"] == TOTAL}
    return totals >= {(member, code) for member in members for code in printed}


def _customs_code(row: Row) -> str:
    """Return the customs code that a printed table is about, empty where it names none."""
    match = re.search(r"\bH(?:T)?S (\d{4,10})", row["table"] or "")
    return match.group(1) if match else ""


def _printed_table(study: Study, period: str, rows: Sequence[Row]) -> ImportTable:
    """Read one printed table, in tonnes or thousand USD where its unit allows, else in the unit of its first row."""
    measure, printed = PRINTED[rows[0]["metric"]], str(rows[0]["unit"])
    wanted = UNITS.get(measure, printed)
    unit = wanted if wanted in study.units.table and _alike(study, wanted, printed) else printed
    flows = tuple(_printed_flow(study, row, unit) for row in rows)
    first, last = int(period[:4]), int(period[-4:])
    return ImportTable(last, last - first, rows[0]["source_id"], measure, unit, basket=False, flows=flows)


def _alike(study: Study, one: str, other: str) -> bool:
    """Say whether a unit can be turned into another."""
    return study.units.dimension(one) == study.units.dimension(other)


def _printed_flow(study: Study, row: Row, unit: str) -> Flow:
    """Read one printed import in a unit, or as a share."""
    measure, code = PRINTED[row["metric"]], _customs_code(row)
    if measure == SHARE:
        (low, central, high), _ = intervals.printed(row, study)
        return Flow(row["economy"], row["partner"], code, central, row["figure_id"], low, high)
    amount = study.units.convert(row["value"], row["unit"], unit)
    return Flow(row["economy"], row["partner"], code, amount, row["figure_id"])
