"""Records as tables: units, ranges, unknown values, and nothing of the data read as markup."""

import dataclasses
import html.parser
import importlib
import pkgutil
from dataclasses import dataclass

import pytest

import depgraph
from depgraph.core import views
from depgraph.graph.dependencies import Range

HOSTILE = [
    "<script>alert(1)</script>",
    '" onmouseover="x',
    "\x1b[31mred",
    "a\u202eb",
    "a\nb",
    "\u05e9\u05dc\u05d5\u05dd",
    "\U0001f600",
]


@dataclass(frozen=True)
class Inner:
    stage: str
    loss: Range


@dataclass(frozen=True)
class Outer:
    name: str
    row: Inner | None
    values: dict


def records():
    """Return every dataclass of the package by name."""
    found = {}
    for module in pkgutil.walk_packages(depgraph.__path__, "depgraph."):
        if not module.name.endswith("__main__"):
            members = vars(importlib.import_module(module.name)).values()
            kinds = [item for item in members if dataclasses.is_dataclass(item) and isinstance(item, type)]
            found |= {f"{item.__module__.removeprefix('depgraph.')}.{item.__name__}": item for item in kinds}
    return found


def test_every_unit_is_of_a_field_that_exists():
    known = records()
    for name, units in views.UNITS.items():
        kind = known[name]
        fields = {item.name for item in dataclasses.fields(kind)}
        fields |= {item for item, value in vars(kind).items() if isinstance(value, property)}
        assert {field.partition(".")[0] for field in units} <= fields, name


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, "", ""),
        (0.0, views.SHARE, "0%"),
        (-0.0, "", "0"),
        (1e-12, views.SHARE, "<0.01%"),
        (1 - 1e-12, views.SHARE, ">99.9%"),
        (1.0, views.SHARE, "100%"),
        (1234567.8, "", "1,234,568"),
        (0.00001234, "", "0.0000123"),
        (float("inf"), "", "without end"),
        (True, "", "yes"),
        (2024, "", "2024"),
        (Range(0.5, 0.5, 0.5), views.SHARE, "50%"),
        (Range(0.25, 0.5, 1.0), views.SHARE, "50% (25-100)"),
        (Range(-0.2, -0.1, 0.0), views.SHARE, "-10% (-20 to 0)"),
        ((1.0, None, 3.0), "", "1-3"),
        ((1.0, None, 1.0), "", "1"),
        ((1.0, None, None), "", "1 or more"),
        ((1.0, 2.0, None), "", "2 (1 or more)"),
        (("a", "b"), "", "a, b"),
        ({"drones": 0.5}, views.SHARE, "drones 50%"),
    ],
)
def test_a_value_is_written_for_people(value, unit, text):
    assert views._cell(value, unit) == text


def test_a_dot_leads_into_records_and_mappings_and_past_what_is_missing():
    rows = [Outer("a", Inner("x/y", Range(0, 1, 2)), {"k": 1.5}), Outer("b", None, {})]
    shown = views.show(rows, {"name": "name", "row.stage": "stage", "values.k": "k"}).text.splitlines()
    assert shown[2].split() == ["a", "x/y", "1.5"]
    assert shown[3].split() == ["b"]


def test_a_field_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(AttributeError, match="Inner has no field rank; it has stage, loss"):
        views.show([Inner("x", Range(0, 1, 2))], "rank")


def test_rows_that_are_cut_are_counted():
    shown = views.show([{"a": n} for n in range(5)], top=2)
    assert shown.text.endswith("2 of 5 rows")
    assert "2 of 5 rows" in shown.html


def test_no_rows_say_so():
    assert views.show([]).text == "nothing found"


def test_named_tuples_are_records_too():
    assert views.show([Range(1.0, 2.0, 3.0)]).text.splitlines()[2].split() == ["1", "2", "3"]


def test_units_stand_in_names_of_columns_and_shares_in_cells():
    rows = [records()["diversion.answers.Cost"]("freight", "JPN", 1.5)]
    assert views.show(rows).text.splitlines()[0].split("  ")[-1].strip() == "value [MUSD]"
    assert list(views.frame(rows).columns) == ["part", "region", "value [MUSD]"]
    month = records()["analysis.endurance.Month"](1, 0.25, 0.5)
    assert "25%" in views.show([month]).text
    assert views.frame([month])["lost_at_once [share]"].tolist() == [0.25]


def test_a_frame_spreads_ranges_and_keeps_precision_and_what_is_missing():
    found = views.frame([Inner("x", Range(0.1, 1 / 3, 0.9))])
    assert found["loss_central"].tolist() == [1 / 3]
    assert views.frame([{"a": None}, {"a": 1.0}])["a"].isna().tolist() == [True, False]


def test_where_keeps_and_count_counts():
    rows = [{"a": 1, "b": "x"}, {"a": 1, "b": "y"}, {"a": 2, "b": "x"}]
    assert views.where(rows, a=1, b="y") == [rows[1]]
    assert views.count(rows, "a") == [{"a": 1, "number": 2}, {"a": 2, "number": 1}]


class Reader(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.texts = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data):
        self.texts.append(data)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_of_the_data_is_markup_and_no_control_character_gets_through(text):
    found = views.show([{text: text}])
    reader = Reader()
    reader.feed(found._repr_html_())
    assert {tag for tag, _ in reader.tags} <= {"table", "thead", "tbody", "tr", "th", "td"}
    assert {name for _, names in reader.tags for name in names} <= {"scope", "style", "dir"}
    assert "\x1b" not in found.text + found.html
    assert "\u202e" not in found.text + found.html


def test_what_a_notebook_shows_of_a_study_fits_a_screen(made):
    study = made.load()
    picture = made.picture()
    assert len(repr(study).splitlines()) < 20
    assert "Made study" in study._repr_html_()
    assert study.version in repr(study)
    assert len(repr(picture).splitlines()) < 10
