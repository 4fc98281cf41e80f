"""The IAMC long format of integrated assessment: model, scenario, region, variable, unit, year, value.

It has one number for each of these, and no place for a source. Computed shares and losses carry
depgraph as model, public figures the publication that they come from.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from depgraph.exports.records import Analysis

Row = dict[str, Any]

COLUMNS = ("model", "scenario", "region", "variable", "unit", "year", "value")
KEY = COLUMNS[:-1]
BOUNDS = {"low": "Low", "central": "Central", "high": "High"}
FIGURE = {"low": "|Low", "value": "", "high": "|High"}
STANDS = "ok"  # the status of figures that may stand for a stage


def rows(analysis: Analysis) -> tuple[list[Row], int]:
    """Return the rows of the format.

    Parameters
    ----------
    analysis
        From `records.analyse`.

    Returns
    -------
    rows
        Shares of output (variable ``Share|stage|metric:basis|Low`` and so on), in the last year of
        their evidence; losses of the ranking (``Loss|bloc|stage|Low``, of the region that stops) in the
        year of the study; figures that may stand for a stage (``metric|stage|basis``, with the
        partner behind it). Two figures that would stand in one place keep their identifier in the
        name of the variable. A number that is not known has no row.
    left
        How many estimates and figures are of no single year and therefore have no row.
    """
    shares = list(_shares(analysis))
    figures = list(_figures(analysis))
    dated = [row for row in [*shares, *figures] if row["year"] is not None]
    # undated rows come from one item each, up to three of them
    undated = {row["item"] for row in [*shares, *figures] if row["year"] is None}
    found = [*_apart(dated), *_losses(analysis)]
    return [{name: row[name] for name in COLUMNS} for row in found], len(undated)


def _year(period: str | None) -> int | None:
    """Return the year of a period, None if it is none or several."""
    return int(period) if period and "/" not in period else None


def _shares(analysis: Analysis) -> Iterator[Row]:
    """Yield the estimates, under every definition."""
    for item in analysis.picture.estimates:
        base = _base(analysis, item.economy) | {"unit": item.unit, "item": item.estimate_id}
        # evidence of several years stands for the last of them
        year = int(item.period[-4:]) if item.period else None
        for name, label in BOUNDS.items():
            variable = f"Share|{item.stage}|{item.metric}|{label}"
            yield base | {"variable": variable, "year": year, "value": getattr(item, name)}


def _losses(analysis: Analysis) -> Iterator[Row]:
    """Yield what the bloc loses if a region stops supplying a stage."""
    bloc, year = analysis.ranking.bloc, int(analysis.footer["as_of"][:4])
    for point in analysis.ranking.rows:
        for name, label in BOUNDS.items():
            variable = f"Loss|{bloc}|{point.stage}|{label}"
            value = getattr(point.loss, name)
            yield _base(analysis, point.economy) | {"variable": variable, "unit": "share", "year": year, "value": value}


def _base(analysis: Analysis, region: str) -> Row:
    """Return what every computed row has."""
    model = f"depgraph {analysis.footer['depgraph']}"
    return {"model": model, "scenario": f"present {analysis.footer['data']}", "region": region}


def _figures(analysis: Analysis) -> Iterator[Row]:
    """Yield the figures that may stand for a stage."""
    for row in analysis.study.tables["figures"]:
        if row["status"] != STANDS:
            continue
        flow = f"|{row['partner']}" if row["partner"] else ""
        name = f"{row['metric']}|{row['product']}/{row['stage']}|{row['basis']}{flow}"
        base = {"model": row["source_id"], "scenario": "published", "region": row["economy"], "unit": row["unit"]}
        for bound, label in FIGURE.items():
            if row[bound] is not None:
                facts = {"variable": name + label, "year": _year(row["year"]), "value": row[bound]}
                yield base | facts | {"item": row["figure_id"]}


def _apart(found: list[Row]) -> Iterator[Row]:
    """Keep rows that would stand in one place apart by their identifiers."""
    places = Counter(_place(row) for row in found)
    for row in found:
        yield row if places[_place(row)] == 1 else row | {"variable": f"{row['variable']}|{row['item']}"}


def _place(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what may occur once."""
    return tuple(row[name] for name in KEY)
