"""Every format of output: what it keeps, what it escapes, and that it is the same twice."""

import csv
import io
import json
import math
import re
import xml.etree.ElementTree as ET
import zipfile

import pytest

from depgraph.core import render
from depgraph.core.errors import DepgraphError

ROWS = [
    {"id": "a", "share": 0.123456789012345, "count": 3, "known": True, "parents": ("x", "y"), "goods": {"g": 0.5}},
    {"id": "b", "share": None, "count": 0, "known": False, "parents": (), "goods": {}},
]
TEXT_FORMS = ("table", "csv", "json", "jsonl", "md")
# a row of texts that would do harm somewhere: spreadsheets, terminals, pages
HOSTILE = [
    "=HYPERLINK(1)",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\uff1dA1",
    "\uff0bA1",
    "\uff0dA1",
    "\uff20A1",
    " =1+1",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\x1b[31mred",
    "\x9b31mred",
    "\x1b]0;title\x07",
    "a\u202eb",
    "a\u2066b",
    "a\u200bb",
    "a\u061cb",
    "a\ufeffb",
    "</script><script>alert(1)</script>",
    "a|b",
    "a\\|b",
    "[link](https://example.org)",
    "a\nb",
    "a\x00b",
    "a\ud800b",
    "a\uffffb",
]


def text(rows, form, **options):
    return render.render(rows, form, **options).decode()


def sheet(content):
    """Return the parts of a workbook by name."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


# --- what is kept -----------------------------------------------------------------------------


def test_csv_keeps_full_precision_and_leaves_the_unknown_empty():
    assert text(ROWS, "csv") == ("id,share,count,known,parents,goods\na,0.123456789012345,3,yes,x;y,g=0.5\nb,,0,no,,\n")


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_json_gives_back_the_rows(form):
    content = text(ROWS, form)
    rows = json.loads(content) if form == "json" else [json.loads(line) for line in content.splitlines()]
    assert rows == [row | {"parents": list(row["parents"])} for row in ROWS]


@pytest.mark.parametrize("form", ["table", "md"])
def test_people_get_three_digits_and_an_empty_cell_for_the_unknown(form):
    content = text(ROWS, form)
    assert "0.123" in content
    assert "0.1234" not in content
    assert "None" not in content
    assert "nan" not in content


def test_a_number_that_rounds_to_nothing_is_not_shown_as_zero():
    assert "0.000123" in text([{"share": 0.000123456}], "table")


@pytest.mark.parametrize("form", ["table", "csv", "md"])
def test_a_negative_zero_is_a_zero(form):
    assert "-0" not in text([{"share": -0.0}], form)


def test_a_workbook_keeps_numbers_as_numbers_and_texts_as_texts():
    parts = sheet(render.render([{"number": 0.1, "text": "0101", "unknown": None}], "xlsx", title="t"))
    cells = re.findall(r"<c r=\"(\w\d)\"([^>]*)>(.*?)</c>", parts["xl/worksheets/sheet1.xml"])
    below = {place: (attributes, content) for place, attributes, content in cells if place.endswith("2")}
    assert below["A2"] == ("", "<v>0.1</v>")
    assert 't="s"' in below["B2"][0]
    assert "C2" not in below


@pytest.mark.parametrize("form", render.FORMATS)
def test_no_rows_are_written_without_a_fault(form):
    assert isinstance(render.render([], form), bytes)


def test_an_unknown_format_is_refused_with_the_known_ones():
    with pytest.raises(DepgraphError, match="table, csv, json, jsonl, md, xlsx"):
        render.render(ROWS, "yaml")


@pytest.mark.parametrize("form", render.FORMATS)
@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize(
    "wrap", [lambda x: x, lambda x: (1.0, x), lambda x: {"a": x}], ids=["plain", "tuple", "mapping"]
)
def test_no_format_writes_nan_or_infinity(form, number, wrap):
    with pytest.raises(DepgraphError, match="the column share holds"):
        render.render([{"share": wrap(number)}], form)


@pytest.mark.parametrize("form", render.FORMATS)
def test_the_same_rows_give_the_same_bytes(form):
    assert render.render(ROWS, form, title="t") == render.render(ROWS, form, title="t")


def test_a_workbook_holds_no_date_of_its_making():
    content = render.render(ROWS, "xlsx")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {item.date_time for item in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    dates = re.findall(r"\d{4}-\d\d-\d\dT", sheet(content)["docProps/core.xml"])
    assert set(dates) == {"2000-01-01T"}


# --- what is escaped --------------------------------------------------------------------------


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("form", render.FORMATS)
@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: (x,), lambda x: {x: 1}], ids=["plain", "tuple", "key"])
def test_no_control_code_or_direction_mark_leaves_in_any_format(form, hostile, wrap):
    content = render.render([{"name": wrap(hostile)}], form)
    parts = sheet(content).values() if form == "xlsx" else [content.decode()]
    for part in parts:
        assert all(char.isprintable() or char in "\n\t\r" for char in part)


@pytest.mark.parametrize("width", [40, 200])
@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_control_code_reaches_a_terminal(hostile, width):
    lines = text([{"name": hostile}, {"name": "end"}], "table", width=width).split("\n")
    assert all(line.isprintable() for line in lines)
    assert lines[-2] == "end"


def test_nothing_is_read_as_markup_of_the_terminal():
    assert "[red]a[/red]" in text([{"name": "[red]a[/red]"}], "table", width=80)


@pytest.mark.parametrize("hostile", HOSTILE[:12])
@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: (x,), lambda x: {x: 1}], ids=["plain", "tuple", "key"])
def test_no_text_in_csv_is_run_as_a_formula(hostile, wrap):
    _, (cell,) = csv.reader(io.StringIO(text([{"name": wrap(hostile)}], "csv"), newline=""))
    assert cell.startswith(("'", "\\"))


@pytest.mark.parametrize("number", [-0.5, -3, 1e-9, -1e300])
def test_the_formula_guard_leaves_numbers_alone(number):
    _, (cell,) = csv.reader(io.StringIO(text([{"share": number}], "csv")))
    assert float(cell) == number


@pytest.mark.parametrize("harmless", ["China", "a=b", "1-2", "it's", "", "a, b", 'say "x"', "a;b"])
def test_harmless_text_in_csv_is_not_changed(harmless):
    _, (cell, _) = csv.reader(io.StringIO(text([{"name": harmless, "n": 1}], "csv")))
    assert cell == harmless


@pytest.mark.parametrize("form", ["json", "jsonl"])
@pytest.mark.parametrize("hostile", HOSTILE)
def test_json_escapes_what_could_end_a_page_and_still_gives_it_back(form, hostile):
    content = text([{"name": hostile, hostile: 1}], form)
    assert "<" not in content
    (row,) = json.loads(content) if form == "json" else [json.loads(content)]
    assert row == {"name": hostile, hostile: 1}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_cell_of_markdown_stays_one_cell_and_holds_no_markup(hostile):
    lines = text([{"name": hostile, "other": "x"}], "md").splitlines()
    assert len(lines) == 3
    cells = re.split(r"(?<!\\)(?:\\\\)*\|", lines[2].strip("|"))
    assert len(cells) == 2
    assert not re.search(r"<|(?<!\\)\[", lines[2])


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_workbook_holds_no_formula_and_no_link_and_is_sound(hostile):
    parts = sheet(render.render([{"name": hostile, "address": "https://example.org"}], "xlsx", title=hostile))
    for part in parts.values():
        ET.fromstring(part)  # noqa: S314 - our own
    assert "<f>" not in parts["xl/worksheets/sheet1.xml"]
    assert "<hyperlink" not in "".join(parts.values())


@pytest.mark.parametrize("title", ["", "a/b[c]:d*e?f\\g'h", "x" * 80, "'quoted'"])
def test_any_title_makes_a_sheet(title):
    assert "xl/worksheets/sheet1.xml" in sheet(render.render(ROWS, "xlsx", title=title))


@pytest.mark.parametrize("character", ["x", "\U0001f600"])
def test_a_text_longer_than_a_cell_of_a_workbook_says_that_it_was_cut(character):
    strings = sheet(render.render([{"name": character * 40_000}], "xlsx"))["xl/sharedStrings.xml"]
    kept = max(re.findall(r"<t[^>]*>([^<]*)</t>", strings), key=len)
    assert kept.endswith("x [cut: 40000 characters]".replace("x", character))
    assert len(kept.encode("utf-16-le")) <= 2 * 32767


# --- tables on a terminal ---------------------------------------------------------------------


@pytest.mark.parametrize("width", [60, 80, 200])
def test_a_terminal_never_cuts_a_number_or_an_identifier_short(width):
    names = [f"a-rather-long-identifier-{i}" for i in range(6)]
    rows = [{name: i + 0.125 for i, name in enumerate(names)} | {"id": "E:gallium/primary:CHN", "note": "word " * 60}]
    content = text(rows, "table", width=width)
    assert all(name in content for name in names)
    assert all(f" {i + 0.125:.3g}" in f" {content}" for i in range(6))
    assert "E:gallium/primary:CHN" in content


def test_an_identifier_wider_than_the_terminal_is_broken_and_nothing_of_it_is_lost():
    names = [f"a-rather-long-identifier-{i}" for i in range(6)]
    content = text([dict.fromkeys(names, "E:pharmaceuticals/antibiotic_ingredient:CHN")], "table", width=20)
    assert max(map(len, content.splitlines())) <= 20
    whole = "".join(content.split())
    assert all(name in whole for name in names)
    assert whole.count("E:pharmaceuticals/antibiotic_ingredient:CHN") == 6


def test_prose_is_wrapped_to_the_width_of_the_terminal():
    content = text([{"id": "a", "note": "word " * 60}], "table", width=60)
    assert max(len(line) for line in content.splitlines()) <= 60
    assert content.count("word") == 60


def test_a_table_in_a_file_is_not_wrapped():
    assert len(text([{"id": "a", "note": "word " * 60}], "table").splitlines()) == 3
