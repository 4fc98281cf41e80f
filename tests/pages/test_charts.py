"""Charts: what is drawn, in which colours, and that names stay names."""

import itertools
import json
import re
from xml.etree import ElementTree as ET

import pytest

from depgraph.core.errors import DepgraphError
from depgraph.pages import charts, drawing, flowcharts, plancharts

pytest.importorskip("altair", reason="needs the extra 'report'")
pytest.importorskip("vl_convert", reason="needs the extra 'report'")

MARKUP = "<script>alert('x')</script> & \"q\" ' \u202e\u05e2\u05d1\u05e8\u05d9\u05ea \x1b[31m"
HOSTILE = MARKUP + " \U0001f469\u200d\U0001f52c"
LONG = "a/" + "verylongname" * 30


def segment(name, start, end, label="CHN", colour=drawing.NAMED[0]):
    return {"name": name, "start": start, "end": end, "label": label, "colour": colour, "grade": "B"}


def cell(name, column, part, label, grade="A"):
    return {"name": name, "column": column, "part": part, "label": label, "grade": grade}


def interval(name, low, central, high):
    return {"name": name, "low": low, "central": central, "high": high, "colour": drawing.NAMED[0], "shape": "square", "note": "1 [1-2]  B"}  # fmt: skip


def both(name, left, right):
    label = {None: "not known"}
    return {"name": name, "left": left, "left_low": left, "left_high": left, "left_label": label.get(left, str(left)),
            "right": right, "right_low": right, "right_high": right, "right_label": label.get(right, str(right))}  # fmt: skip


def lasting(name, survive, low, high):
    return {"name": name, "survive": survive, "recover_low": low, "recover_high": high, "note": "a note"}


def box(identifier, column, stage="stage"):
    return {"id": identifier, "column": column, "product": "p", "stage": stage, "maker": "CHN 90%  A", "chosen": column == 0, "final": False}  # fmt: skip


def flow(source, target, amount):
    return {"source": source, "target": target, "amount": amount}


def worth(name, value):
    return {"name": name, "value": value, "label": f"{value:g} million US$"}


MAKERS = {
    "stage_bars": lambda name: charts.stage_bars([segment(name, 0, 0.7), segment(name, 0.7, 1, "rest", "#FFFFFF")]),
    "heatmap": lambda name: charts.heatmap([cell(name, "CHN", 1.0, "26"), cell(name, "JPN", None, "·", "")], ["CHN", "JPN"]),
    "ranges": lambda name: charts.ranges([interval(name, 0.1, 0.2, 0.3)], "lost", "rank"),
    "balance": lambda name: charts.balance([both(name, 0.2, None)], "left", "right", ("#D55E00", "#B8B8B8")),
    "arrivals": lambda name: charts.arrivals([{"name": name, "value": 0.5, "note": "round 1", "known": False}], "#D55E00"),
    "times": lambda name: charts.times([lasting(name, 30.0, None, None), lasting("b", None, 300.0, 400.0)]),
    "sankey": lambda name: flowcharts.sankey([flow(name, "JPN", 3.0)], [flow(name, "JPN", 1.0)], {}, ("before (t)", "after (t)")),
    "bars": lambda name: plancharts.bars([worth(name, 3.0), worth("b", -1.0)], "million US$"),
    "waits": lambda name: plancharts.waits([{"name": name, "until": None, "note": "never"}, {"name": "b", "until": 2030, "note": "2030"}], (2026, 2032)),
    "frontier": lambda name: plancharts.frontier([{"exposure": 1.0, "cost": 0.0, "label": name}, {"exposure": 0.2, "cost": 5.0, "label": ""}], ("bought", "US$")),
    "tornado": lambda name: plancharts.tornado([{"name": name, "low": 1.0, "high": 3.0}, {"name": "b", "low": None, "high": 2.5}], 2.0, "cost"),
    "cone": lambda name: flowcharts.cone([box("a", -1), box("b", 0, name)], [("a", "b", True)]),
}  # fmt: skip


def texts(drawn):
    """Return the texts of a drawing."""
    return ["".join(node.itertext()) for node in ET.fromstring(drawn).iter(f"{{{drawing.SVG}}}text")]  # noqa: S314


# --- colours ----------------------------------------------------------------------------------


def test_seven_names_have_a_colour_of_their_own_and_all_others_are_grey():
    colours = drawing.palette([*"ABCDEFGHIJ", "A"])
    assert len({colours[name] for name in "ABCDEFG"}) == 7
    assert {colours[name] for name in "HIJ"} == {drawing.OTHER}


def test_the_named_colours_are_those_of_okabe_and_ito():
    # Okabe and Ito (2008), Color Universal Design; black is kept for text
    published = {(230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (0, 114, 178), (213, 94, 0), (204, 121, 167)}  # fmt: skip
    assert {tuple(bytes.fromhex(colour[1:])) for colour in drawing.NAMED} == published


@pytest.mark.parametrize("colour", [*drawing.NAMED, drawing.OTHER, *(drawing.shade(step / 20) for step in range(21))])
def test_text_on_every_colour_has_a_contrast_of_at_least_4_5(colour):
    assert drawing.contrast(drawing.ink(colour), colour) >= 4.5


@pytest.mark.parametrize("colour", [drawing.INK, drawing.SOFT])
def test_text_on_white_has_a_contrast_of_at_least_7(colour):
    assert drawing.contrast(colour, "#FFFFFF") >= 7


def test_a_darker_shade_is_a_larger_number():
    steps = [drawing.luminance(drawing.shade(step / 20)) for step in range(21)]
    assert all(high > low for high, low in itertools.pairwise(steps))


# --- drawings ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(MAKERS))
def test_a_chart_is_shapes_and_text_and_the_same_each_time(kind):
    one, other = (drawing.svg(MAKERS[kind]("gallium/primary")) for _ in range(2))
    assert one == other
    assert any("gallium/primary" in text for text in texts(one))
    assert "http" not in one.replace("http://www.w3.org/", "")


@pytest.mark.parametrize("kind", sorted(MAKERS))
def test_names_with_markup_quotes_and_marks_stay_text(kind):
    drawn = drawing.svg(MAKERS[kind](MARKUP))
    assert "<script" not in drawn
    whole = " ".join(texts(drawn))
    assert "\u202e" not in whole
    assert "\x1b" not in whole
    assert "<script>" in whole  # as text


@pytest.mark.parametrize("kind", sorted(MAKERS))
def test_two_long_names_of_emoji_stay_two(kind):
    one, other = ("\U0001f600" * 40 + end for end in "xy")
    assert drawing.legible(one) != drawing.legible(other)
    assert drawing.svg(MAKERS[kind](one))


@pytest.mark.parametrize("kind", sorted(MAKERS))
def test_a_very_long_name_does_not_make_the_drawing_wide(kind):
    drawn = drawing.svg(MAKERS[kind](LONG))
    ET.fromstring(drawn)  # noqa: S314
    width = float(re.search(r'width="([\d.]+)"', drawn)[1])
    assert width < 1600


@pytest.mark.parametrize("kind", ["heatmap", "sankey"])
def test_a_drawing_of_its_own_carries_finding_and_footer_and_becomes_pixels(kind):
    whole = drawing.framed(
        drawing.svg(MAKERS[kind]("a/b")), f"Finding {HOSTILE}", "depgraph 1, data abc, scenario: none"
    )
    assert "depgraph 1, data abc, scenario: none" in texts(whole)
    assert "Finding" in " ".join(texts(whole))
    assert drawing.png(whole).startswith(b"\x89PNG")


def test_control_characters_in_the_title_of_an_axis_are_shown():
    drawn = drawing.svg(charts.ranges([interval("a/b", 0.1, 0.2, 0.3)], "lost by \x1b[31m\u202e\ud800", "rank"))
    assert "lost by \\x1b[31m\\u202e\\ud800" in texts(drawn)


@pytest.mark.parametrize("text", [HOSTILE, LONG, "\U0001f600" * 40, "a\x00b", "\ud800" * 30])
def test_what_is_legible_stays_as_it_is(text):
    assert drawing.legible(drawing.legible(text)) == drawing.legible(text)


def test_no_claim_is_a_word_and_no_colour_in_the_heatmap():
    spec = json.dumps(MAKERS["heatmap"]("a/b").to_dict(), ensure_ascii=False)
    assert '"label": "·"' in spec
    drawn = drawing.svg(MAKERS["heatmap"]("a/b"))
    assert "·" in texts(drawn)
    assert "26" in texts(drawn)
    assert "A" in texts(drawn)  # the grade beside the colour


def test_what_is_not_known_is_written_and_not_drawn_as_zero():
    assert "not known" in texts(drawing.svg(MAKERS["balance"]("a/b")))


def test_inner_names_of_two_drawings_on_one_page_do_not_meet():
    drawn = drawing.svg(MAKERS["sankey"]("CHN"))
    names = [set(re.findall(r'\bid="([^"]+)"', drawing.inline(drawn, key, "says"))) for key in ("one", "two")]
    assert not names[0] & names[1]


def test_a_drawing_on_a_page_says_what_it_shows():
    root = ET.fromstring(drawing.inline(drawing.svg(MAKERS["ranges"]("a/b")), "x", 'says "so" & <more>'))  # noqa: S314
    assert root.get("role") == "img"
    assert root.get("aria-label") == 'says "so" & <more>'


@pytest.mark.parametrize(
    "inner",
    ["<script/>", '<a href="x"/>', '<g onclick="x"/>', "<foreignObject/>", '<g xmlns:l="u" l:href="x"/>', "<image/>"],
)
def test_anything_but_shapes_and_text_is_refused(inner):
    with pytest.raises(DepgraphError, match="no shape and no text"):
        drawing._refuse_active(f'<svg xmlns="{drawing.SVG}">{inner}</svg>')


# --- the layout of flows ----------------------------------------------------------------------


def test_bands_of_a_sankey_are_as_thick_as_their_flows_and_fill_their_nodes():
    rows = [flow("CHN", "JPN", 3.0), flow("CHN", "USA", 1.0), flow("KOR", "JPN", 2.0)]
    bands, nodes = flowcharts.layout(rows, 6.0, 0.1)
    thick = {point["band"]: point["y2"] - point["y"] for point in bands}
    assert thick == pytest.approx({"0": 0.5, "1": 1 / 6, "2": 1 / 3})
    sizes = {(node["side"], node["name"]): node["y2"] - node["y"] for node in nodes}
    assert sizes == pytest.approx(
        {("left", "CHN"): 4 / 6, ("left", "KOR"): 2 / 6, ("right", "JPN"): 5 / 6, ("right", "USA"): 1 / 6}
    )


def test_bands_of_one_node_do_not_overlap():
    rows = [flow(s, t, float(1 + i + j)) for i, s in enumerate("ABC") for j, t in enumerate("XYZ")]
    bands, _ = flowcharts.layout(rows, 27.0, 0.1)
    for end in (0, flowcharts.CURVE):
        spans = sorted(
            (bands[number * (flowcharts.CURVE + 1) + end]["y"], bands[number * (flowcharts.CURVE + 1) + end]["y2"])
            for number in range(len(rows))
        )
        assert all(first[1] <= second[0] + 1e-9 for first, second in itertools.pairwise(spans))


def test_an_empty_side_of_a_sankey_is_drawn():
    assert drawing.svg(flowcharts.sankey([], [flow("AUS", "JPN", 1.0)], {}, ("before", "after")))


def test_both_sides_of_a_sankey_are_drawn_on_one_scale():
    few, many = [flow("CHN", "JPN", 8.0)], [flow(name, "JPN", 1.0) for name in "ABCDEFGH"]
    chart = flowcharts.sankey(few, many, {}, ("before", "after")).to_dict(validate=False)
    tops = {json.dumps(panel["layer"][0]["encoding"]["y"]["scale"]["domain"]) for panel in chart["hconcat"]}
    assert len(tops) == 1


def test_labels_of_thin_flows_do_not_touch():
    rows = [flow(f"N{place}", "JPN", 1000.0 if place == 0 else 0.1) for place in range(9)]
    drawn = drawing.svg(flowcharts.sankey(rows, rows, {}, ("before", "after")))
    heights = sorted({float(found) for found in re.findall(r'translate\([\d.-]+,([\d.]+)\)"[^>]*>N\d', drawn)})
    assert len(heights) == 9
    assert min(later - earlier for earlier, later in itertools.pairwise(heights)) >= 12


def test_an_end_of_a_tornado_without_a_plan_says_so_and_ends_on_one_side_stand_together():
    rows = [{"name": "a", "low": None, "high": 2.5}, {"name": "b", "low": 3.0, "high": 4.0}]
    found = texts(drawing.svg(plancharts.tornado(rows, 2.0, "cost")))
    assert "low: no plan, high 2.5" in found
    assert "low 3, high 4" in found


def test_without_the_library_a_chart_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "altair", None)
    with pytest.raises(DepgraphError, match=r"depgraph\[report\]"):
        drawing.altair()
