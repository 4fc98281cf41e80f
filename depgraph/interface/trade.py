"""Bilateral trade: flows between the regions of a study, and who depends on whom."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Literal

from depgraph.core.errors import QuestionError, UnknownNameError
from depgraph.core.tables import schemas
from depgraph.interface import loading
from depgraph.interface.results import Result, Row
from depgraph.study.study import Study
from depgraph.trade import regions
from depgraph.trade.regions import Limits, NoTradeError, Recipe
from depgraph.trade.shipments import Names, Selection, Shipment, is_whole, read_countries, read_shipments

File = str | PathLike[str]
Texts = str | Sequence[str]


@dataclass(frozen=True)
class Reading:
    """What is read of trade files.

    Attributes
    ----------
    countries
        CEPII's file of country codes, for files with numbers.
    code, year
        Customs codes or their beginnings, and years; all where empty.
    exporter, importer
        Only the exports or imports of one economy.
    reports
        Of files by reporter: M for imports or X for exports.
    """

    countries: File | None
    code: Texts
    year: Texts
    exporter: str | None
    importer: str | None
    reports: str


def trade_flows(
    study: Study,
    files: File | Sequence[File],
    *,
    stage: str,
    source: str,
    countries: File | None = None,
    code: Texts = (),
    year: Texts = (),
    exporter: str | None = None,
    importer: str | None = None,
    reports: Literal["M", "X"] = "M",
    least: float = 0.0005,
    gaps: float = 0.05,
    odd: float = 10.0,
) -> Result:
    """Add trade up to flows between the regions of the study, as rows of its table of flows.

    Parameters
    ----------
    study
        The study.
    files
        One file or several, in the shape of CEPII's BACI or of UN Comtrade.
    stage
        Stage whose flows they are; its customs codes hold unless ``code`` is given.
    source
        The publication, a row of ``datasets/figures/sources.csv``.
    countries
        CEPII's file of country codes, for files with numbers.
    code
        Customs code or its beginning; one or several.
    year
        Year; needed for a file without one.
    exporter, importer
        Only the exports or imports of one economy; of a file by partner, whose they are.
    reports
        Of files by reporter: imports (M) or exports (X).
    least
        Part of world trade below which a pair is left out.
    gaps
        Part of the value without mass from which the mass is unknown.
    odd
        Price this many times off the median is told.

    Returns
    -------
    Result
        Value and mass in the units of the table of flows; the mass is empty if too much of the value
        has none.

    Raises
    ------
    QuestionError
        If the stage has no customs codes and none are given.
    UnknownNameError
        If there is no such stage, publication or economy.
    NoTradeError
        If the files hold nothing that is wanted, or the study has no regions.
    """
    held = loading.of(study)
    require_known(held, [stage], [source])
    paths = _paths(files)
    reading = Reading(countries, code, year, exporter, importer, reports)
    names, wanted = _settled(held, reading, (held.stages[stage]["hs_codes"] or "").split(";"))
    if not any(wanted.codes):
        msg = f"{stage} has no customs codes: give them as code"
        raise QuestionError(msg)
    items = _read(paths, names, wanted)
    # without a year the years of the files are those of the rows
    wanted = wanted._replace(years=wanted.years or tuple(sorted({item.year for item in items})))
    recipe = Recipe(stage, source, "", tuple(map(str, paths)), wanted)
    region = regions.region_map(held.economies, regions_of(held))
    rows = regions.flow_rows(items, region, recipe, Limits(least, gaps, odd))
    return Result("flows", tuple(rows), held, columns=columns())


def trade_imports(
    study: Study,
    files: File | Sequence[File],
    *,
    source: str,
    bloc: str | None = None,
    countries: File | None = None,
    code: Texts = (),
    year: Texts = (),
    exporter: str | None = None,
    importer: str | None = None,
    reports: Literal["M", "X"] = "M",
) -> Result:
    """List what each member of a bloc imports, by origin, as rows of the study's table of imports.

    Parameters
    ----------
    study
        The study.
    files
        One file or several, in the shape of CEPII's BACI or of UN Comtrade.
    source
        The publication, a row of ``datasets/figures/sources.csv``.
    bloc
        Whose members import; without it the bloc of the study.
    countries, code, year, exporter, importer, reports
        As `trade_flows` takes them; without a code those of all stages.

    Returns
    -------
    Result
        Every pair of member and origin, none left out for being small: value in thousand USD, mass in
        tonnes where it was recorded.

    Raises
    ------
    QuestionError
        If no stage has customs codes and none are given.
    UnknownNameError
        If there is no such publication or economy.
    NoTradeError
        If the files hold nothing that is wanted.
    """
    held = loading.of(study)
    require_known(held, [], [source])
    members = held.economies.expand(held.economy(bloc))
    paths = _paths(files)
    own = sorted({part for row in held.stages.values() for part in (row["hs_codes"] or "").split(";") if part})
    names, wanted = _settled(held, Reading(countries, code, year, exporter, importer, reports), own)
    if not wanted.codes:
        msg = "no stage has customs codes: give them as code"
        raise QuestionError(msg)
    kept = [item for item in _read(paths, names, wanted) if item.importer in members]
    ordered = sorted(kept, key=lambda item: (item.code, item.importer, item.year, -item.value, item.exporter))
    rows = [
        {
            "import_id": f"T-{source}-{item.importer}-{item.exporter}-{item.code}-{item.year}",
            "source_id": source, "economy": item.importer, "partner": item.exporter, "code": item.code,
            "year": item.year, "value_kusd": item.value, "mass_t": item.mass,
        }
        for item in ordered
    ]  # fmt: skip
    columns = tuple(column.name for column in schemas()["imports"].columns)
    return Result("imports", tuple(rows), held, columns=columns, key="import_id")


def trade_screen(
    study: Study,
    files: File | Sequence[File],
    *,
    bloc: str | None = None,
    rival: str | None = None,
    countries: File | None = None,
    code: Texts = (),
    year: Texts = (),
    exporter: str | None = None,
    importer: str | None = None,
    reports: Literal["M", "X"] = "M",
) -> Result:
    """Screen customs codes for dependency: the core dependency indicators, largest supplier, rival.

    Parameters
    ----------
    study
        The study.
    files
        One file or several, in the shape of CEPII's BACI or of UN Comtrade.
    bloc
        Who imports; without it the bloc of the study.
    rival
        Whose part is shown; without it the rival of the study.
    countries, code, year, exporter, importer, reports
        As `trade_flows` takes them.

    Returns
    -------
    Result
        A row for each code. Dependent is a code of which imports from outside are concentrated (cdi1
        above 0.4), more than half of all imports (cdi2) and larger than the exports (cdi3 above 1); None
        where the files do not say. ``records`` holds `regions.Screening`.

    Raises
    ------
    QuestionError
        If only the exports of one economy are read, or the imports of another than is screened.
    UnknownNameError
        If there is no such economy.
    NoTradeError
        If the files hold nothing that is wanted.
    """
    held = loading.of(study)
    ours, other = held.economy(bloc), held.economy(rival, "rival")
    paths = _paths(files)
    names, wanted = _settled(held, Reading(countries, code, year, exporter, importer, reports), [])
    _require_imports_of(held.economies.expand(ours), wanted)
    items = _read(paths, names, wanted)
    whole = all(is_whole(file, wanted) for file in paths)
    found = tuple(regions.screen(items, held.economies, ours, other, whole=whole))
    return Result("screen", tuple(map(_screen_row, found)), held, found, columns=regions.Screening._fields)


def _paths(files: File | Sequence[File]) -> list[Path]:
    """Return the files as paths."""
    return [Path(files)] if isinstance(files, (str, PathLike)) else [Path(file) for file in files]


def _all(texts: Texts) -> tuple[str, ...]:
    """Return one text or several as several."""
    return (texts,) if isinstance(texts, str) else tuple(texts)


def _require_imports_of(members: Sequence[str], wanted: Selection) -> None:
    """Refuse to take the trade of one economy for that of the world or of a bloc.

    Raises
    ------
    QuestionError
        If only the exports of one economy are read, or the imports of another than is screened.
    """
    if wanted.exporter:
        msg = "the exports of one economy do not say what share it has: a screen needs the imports from everybody"
        raise QuestionError(msg)
    if wanted.importer and tuple(members) != (wanted.importer,):
        msg = f"these are the imports of {wanted.importer} only: screen them for {wanted.importer} alone"
        raise QuestionError(msg)


def _settled(study: Study, reading: Reading, codes: Sequence[str]) -> tuple[Names, Selection]:
    """Settle who is known by which name and what is read."""
    sides = [name and study.economies.resolve(name) for name in (reading.exporter, reading.importer)]
    countries = read_countries(Path(reading.countries), study.economies) if reading.countries else {}
    wanted = Selection(_all(reading.code) or tuple(codes), _all(reading.year), sides[0], sides[1], reading.reports)
    return Names(study.economies, countries), wanted


def _read(files: Iterable[Path], names: Names, wanted: Selection) -> list[Shipment]:
    """Read all files.

    Raises
    ------
    NoTradeError
        If they hold nothing that is wanted.
    """
    items = [item for file in files for item in read_shipments(file, names, wanted)]
    if not items:
        msg = "no shipment of the codes, years and economies that are asked for"
        raise NoTradeError(msg)
    return items


def require_known(study: Study, stages: Iterable[str], sources: Iterable[str]) -> None:
    """Refuse stages and publications that the study does not have.

    Parameters
    ----------
    study
        The study.
    stages, sources
        What is named.

    Raises
    ------
    UnknownNameError
        With the nearest names.
    """
    publications = {row["source_id"] for row in study.tables["figure_sources"]}
    for what, names, known in (("stage", stages, set(study.stages)), ("source", sources, publications)):
        for name in names:
            if name not in known:
                raise UnknownNameError(what, name, known)


def regions_of(study: Study) -> list[str]:
    """Return the regions of the study.

    Parameters
    ----------
    study
        The study.

    Returns
    -------
    list of str
        Codes.

    Raises
    ------
    NoTradeError
        If it has none.
    """
    found = [row["region"] for row in study.tables["regions"]]
    if not found:
        msg = "the study has no regions: fill datasets/diversion/regions.csv"
        raise NoTradeError(msg)
    return found


def columns() -> tuple[str, ...]:
    """Return the columns of the table of flows.

    Returns
    -------
    tuple of str
        In order.
    """
    return tuple(column.name for column in schemas()["flows"].columns)


def _screen_row(item: regions.Screening) -> Row:
    """Write a finding; a ratio to exports of zero is no number."""
    infinite = item.cdi3 is not None and math.isinf(item.cdi3)
    note = "the bloc has imports and no exports: cdi3 is infinite" if infinite else None
    row: Mapping[str, Any] = item._asdict() | {"cdi3": None if infinite else item.cdi3, "note": note}
    return row
