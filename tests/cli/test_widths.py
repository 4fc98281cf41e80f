"""Every printing verb and form fits its terminal, and no grade, range or warning is lost without a word."""

import re
from collections import Counter

import click
import pytest
from click.testing import CliRunner

from depgraph.cli import common, divert, main, notes
from depgraph.core import folding, render
from depgraph.interface import strengths
from tests.cli.test_main import NEEDS
from tests.cli.test_terminal import on_terminal
from tests.conftest import MadeStudy
from tests.diversion_study import add_diversion

WIDTHS = (60, 80, 100, 120, 200)
# options that change what is printed and not what is asked
PRINTING = {"ids", "long_rows", "full", "everything", "notes", "everybody"}
# they print no table for people: pages, files for programs, a script, a bibliography
WITHOUT = {"new", "report", "export", "graph", "cite", "completion"}
PLAIN = [
    "check", "verify", "doctor", "sources", "claims", "figures", "assumptions", "estimates", "stages", "chokepoints",
    "said", "panel", "leverage", "strengths", "structure", "exposure", "shock", "survive", "interdict", "divert",
    "compare", "sweep", "why",
]  # fmt: skip
FORMS = [
    *([name, *NEEDS.get(name, [])] for name in PLAIN),
    ["estimates", "--disagreements"],
    ["chokepoints", "--ids", "--rule", "share"],
    ["chokepoints", "--any-weights", "--draws", "5"],
    ["chokepoints", "--stage", "gallium/primary"],
    ["chokepoints", "--evidence", "claims"],
    ["said", "--all", "--ids"],
    ["said", "--about", "gallium/primary"],
    ["panel", "--long", "--ids"],
    ["panel", "--ids"],
    ["leverage", "--ids"],
    ["leverage", "--mutual"],
    *(["strengths", "--show", show, "--ids"] for show in strengths.SHOWN),
    ["structure", "--of", "drones/complete", "--ids"],
    ["exposure", "--of", "drones/complete", "--ids"],
    ["exposure", "--of", "drones/complete", "--certificate"],
    ["shock", "--list"],
    ["shock", "--cut", "CHN:gallium/primary", "--from", "JPN", "--ids"],
    ["survive", "--all", "--ids"],
    ["survive", "--for", "USA", "--stage", "legacy_chips/fabrication", "--months", "2"],
    ["interdict", "--budget", "2", "--by", "economy", "--ids"],
    ["divert", "--notes"],
    *(["divert", "ban", "--show", show] for show in divert.SHOWN),
    ["divert", "ban", "--notes", "--show", "flows", "--ids"],
    ["divert", "ban", "--frontier", "--points", "2"],
    ["divert", "ban", "--flip", "growth=0:0.1"],
    ["why", "K:QUAD:CHN:gallium/primary"],
    ["why", "K:QUAD:CHN:gallium/primary", "--full"],
    ["why", "gallium/primary", "--all"],
    ["chokepoints", "--product", "no-such-product"],
    ["trade", "flows", "TRADE", "--stage", "gallium/primary", "--source", "office-1", "--year", "2024"],
    ["trade", "screen", "TRADE", "--year", "2024"],
]
# what may be left out only after all else that may, and always by name
WARNINGS = {
    "grade", "class", "disagree", "conflict", "flagged", "verdict", "contradicted by", "stocks not known", "polarity",
    "hedge", "status", "missing", "low", "high",
}  # fmt: skip
ALWAYS = {"grade", "class", "disagree", "conflict", "flagged", "verdict", "supply lost", "rival's part"}
SHIPPED = "SHIPPED"  # asks the study that came with the package
TRADE = """\
year,exporter,importer,code,value_usd,mass_t
2024,CHN,JPN,811292,1000000,10
2024,CHN,USA,811292,500000,5
"""
LEFT_OUT = re.compile(r"Not shown at this width: (.*?)\. A wider terminal or -f csv has them\.")


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Return the made study with a diversion model and a file of trade: only to be read."""
    made = add_diversion(MadeStudy(tmp_path_factory.mktemp("widths")))
    made.write("trade.csv", TRADE)
    return made


@pytest.fixture
def printed(root, monkeypatch):
    """Return a function that prints a form at a width: what is drawn, what is said beside, and the tables."""
    tables = []
    monkeypatch.setattr(common, "_on_terminal", lambda: True)
    monkeypatch.setattr(notes, "_on_terminal", lambda: True)
    plain = render._terminal

    def spy(rows, width, spare):
        tables.append((rows, tuple(spare)))
        return plain(rows, width, spare)

    monkeypatch.setattr(render, "_terminal", spy)

    def show(form, width):
        tables.clear()
        monkeypatch.setenv("COLUMNS", str(width))
        named = [str(root.path("trade.csv")) if word == "TRADE" else word for word in form]
        # the made study knows no time to recover, and scores every stage
        study = [] if {"--months", SHIPPED} & {*form} else ["--study", str(root.root)]
        named = [word for word in named if word != SHIPPED]
        result = CliRunner().invoke(main.main, [*study, *named, *(() if "-f" in form else ("-f", "table"))])
        assert result.exit_code in {0, 1, 2}, result.output
        assert "fault of depgraph" not in result.output
        return result.stdout, result.stderr, [*tables]

    return show


def words(rows, without):
    """Return how often each short word stands in the cells of the columns that are shown."""
    cells = (render._short(value) for row in rows for name, value in row.items() if name not in without)
    return Counter(word for cell in cells for word in cell.split() if len(word) <= render.LONGEST_WORD)


def left_out(drawn):
    """Return the columns that the tables say are left out."""
    return {name for names in LEFT_OUT.findall(" ".join(drawn.split())) for name in names.split(", ")}


@pytest.mark.parametrize("form", FORMS, ids=" ".join)
def test_no_line_is_longer_than_the_terminal_and_what_is_left_out_is_named(printed, form):
    for width in WIDTHS:
        drawn, beside, tables = printed(form, width)
        lines = [*drawn.splitlines(), *beside.splitlines()]
        assert [line for line in lines if len(line) > width] == []
        without = left_out(drawn)
        assert without.isdisjoint(ALWAYS)
        assert without <= {name for _, spare in tables for name in spare}
        shown = Counter(drawn.split())
        for rows, _ in tables:
            lost = words(rows, without) - shown
            assert not lost, (width, lost)


@pytest.mark.parametrize("form", FORMS, ids=" ".join)
def test_nothing_is_left_out_where_there_is_room(printed, form):
    drawn, _, _ = printed(form, 5000)
    assert left_out(drawn) == set()


@pytest.mark.parametrize("form", FORMS, ids=" ".join)
def test_warnings_go_last_of_what_a_table_can_spare(printed, form):
    for rows, spare in printed(form, 80)[2]:
        held = [name in WARNINGS for name in spare if rows and name in rows[0]]
        assert held == sorted(held)


def commands():
    """Return every command that prints tables, those of groups by two names."""
    for name in main.COMMANDS:
        found = main.main.get_command(click.Context(main.main), name)
        if name not in WITHOUT:
            inner = found.commands if isinstance(found, click.Group) else {}
            yield from ({f"{name} {one}": command for one, command in inner.items()} or {name: found}).items()


def test_every_verb_and_every_option_of_printing_is_among_the_forms():
    for name, command in commands():
        if name in {"trade build", "trade imports"}:  # rows of one table, as flows are
            continue
        asked = [form for form in FORMS if " ".join(form).startswith(name)]
        assert asked, name
        for option in command.params:
            if option.name in PRINTING:
                assert any(set(option.opts) & set(form) for form in asked), (name, option.opts)


@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "md"])
def test_other_formats_do_not_know_of_the_terminal(printed, form):
    for verb in ("chokepoints", "estimates", "leverage"):
        assert printed([verb, "-f", form], 60)[0] == printed([verb, "-f", form], 5000)[0]


def test_a_file_does_not_know_of_the_terminal(root, printed, tmp_path):
    for width in (60, 5000):
        printed(["chokepoints", "-o", str(tmp_path / f"{width}.txt")], width)
    assert (tmp_path / "60.txt").read_bytes() == (tmp_path / "5000.txt").read_bytes()


def test_a_screen_has_the_answer_and_the_rows_first_and_what_is_not_scored_in_one_sentence(printed):
    lines = printed(["chokepoints", SHIPPED], 1000)[0].splitlines()
    assert lines[0].startswith("If ")
    assert lines[2].startswith("class ")
    (told,) = [line for line in lines if line.startswith("Not scored: ")]
    assert told.endswith("depgraph chokepoints -f csv lists them and what is missing.")


def test_a_line_goes_on_below_its_own_text():
    assert (
        folding.fold("  Stock   Japan has 60 days, India none", 30)
        == "  Stock   Japan has 60 days,\n          India none"
    )
    assert folding.fold("    a list of words that goes on", 22) == "    a list of words\n      that goes on"
    assert folding.fold("a list of words", None) == "a list of words"


def test_a_table_gives_way_by_wrapping_then_by_leaving_out_then_row_by_row():
    rows = [
        {"stage": f"Separation of rare earths, number {i}", "grade": "B, stale", "note": "one of many"} for i in "12"
    ]
    texts = {width: render.render(rows, "table", width=width, spare=["note"]).decode() for width in (80, 66, 54, 20)}
    assert texts[80].splitlines()[1] == "Separation of rare earths, number 1  B, stale  one of many"
    assert len(texts[80].splitlines()) == 3
    assert "one of many" in texts[66]
    assert "Not shown at this width: note." in " ".join(texts[54].split())
    assert "B, stale" in texts[54]
    assert texts[20].splitlines()[0] == "stage  Separation of"
    assert all(len(line) <= width for width, text in texts.items() for line in text.splitlines())


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_a_real_terminal_gets_lines_of_its_width(root, columns):
    drawn, _, code = on_terminal(["--study", str(root.root), "chokepoints"], columns=columns)
    assert code == 0
    assert max(map(len, drawn.decode().splitlines())) <= columns
    assert "B" in drawn.decode().split()
