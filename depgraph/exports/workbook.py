"""One workbook of a study and its results, with a first sheet that explains every other."""

from collections.abc import Iterator, Mapping
from typing import Any

from depgraph.core import render
from depgraph.core.render import Sheet
from depgraph.exports.records import Analysis, Table

Row = Mapping[str, Any]

# sheet -> table, in the order in which people ask: the finding, what it rests on, what it is made of
SHEETS = {
    "ranking": "chokepoints",
    "goods lost": "goods_lost",
    "not scored": "not_scored",
    "shares": "shares",
    "stages": "stages",
    "estimates": "estimates",
    "disagreements": "disagreements",
    "claims": "claims",
    "figures": "figures",
    "assumptions": "assumptions",
    "lexicon": "lexicon",
    "recipes": "recipes",
    "buffers": "buffers",
    "sources": "sources",
    "publications": "figure_sources",
    "economies": "codes",
}
CONTENTS = "README"
KINDS = {
    "id": "identifier or code",
    "text": "text",
    "word": "word",
    "number": "number",
    "count": "whole number",
    "share": "fraction, shown as percent",
    "flag": "yes or no",
    "ids": "identifiers, separated by ;",
    "economy": "code of an economy or bloc",
    "unit": "unit",
    "year": "year",
    "period": "year, or first/last year",
}
READING = (
    "An empty cell is not known; 0 is reported to be zero. Nothing was filled in.",
    "low, central and high are a range that the evidence supports, not a confidence interval.",
    "Every identifier can be asked about: depgraph why IDENTIFIER.",
    "No cell holds a formula or a link; text that looks like one is text. Customs codes are text.",
    "Percent are rounded on show only; the cells hold full precision.",
)


def write(analysis: Analysis, tables: Mapping[str, Table]) -> bytes:
    """Write the workbook.

    Parameters
    ----------
    analysis
        What was computed, for the README sheet.
    tables
        From `records.gather`.

    Returns
    -------
    bytes
        An xlsx file; the same study gives the same bytes.

    Raises
    ------
    DepgraphError
        If the package that writes workbooks is not installed.
    """
    footer = "; ".join(f"{key} {value}" for key, value in analysis.footer.items())
    properties = {"title": f"depgraph: {analysis.study.settings['name']}", "comments": footer}
    return render.workbook([_contents(analysis, tables), *_sheets(tables)], properties)


def _sheets(tables: Mapping[str, Table]) -> Iterator[Sheet]:
    """Yield the sheets of the tables."""
    for title, name in SHEETS.items():
        columns = tables[name].schema.columns
        shares = {column.name for column in columns if column.type == "share"}
        yield Sheet(title, tables[name].rows, [column.name for column in columns], shares)


def _contents(analysis: Analysis, tables: Mapping[str, Table]) -> Sheet:
    """Explain every sheet and column."""
    rows = [_line("this workbook", key, "", value) for key, value in analysis.footer.items()]
    rows += [_line("how to read it", "", "", text) for text in READING]
    rows += [_line(title, "", _count(tables[name]), tables[name].schema.about) for title, name in SHEETS.items()]
    for title, name in SHEETS.items():
        for column in tables[name].schema.columns:
            words = f" ({', '.join(column.words)})" if column.words else ""
            rows.append(_line(title, column.name, KINDS[column.type], column.about + words))
    return Sheet(CONTENTS, rows, wrapped=True)


def _line(sheet: str, column: str, kind: str, meaning: str) -> Row:
    """Write one line of the README sheet."""
    return {"sheet": sheet, "column": column, "kind": kind, "meaning": meaning}


def _count(table: Table) -> str:
    """Say how many rows a table has."""
    return f"{len(table.rows)} row{'' if len(table.rows) == 1 else 's'}"
