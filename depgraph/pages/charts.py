"""Charts of shares, losses and times: rows in, a chart out; nothing is computed here that is not drawn.

Each function takes rows as the report's tables have them. A number that is not known is drawn as
words, never as 0; beside every colour stands a second sign, a letter or a shape.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from depgraph.pages import drawing
from depgraph.pages.drawing import INK, OTHER, SOFT, Chart, Row, legible

PLOT = 480  # pixels of the plotting area of a bar chart
BAR = 22  # pixels of one row
LETTERS = 0.055  # a segment narrower than this part of the plot has no room for a code


def _names(alt: Any, order: Sequence[str], title: str | None = None) -> Any:  # noqa: ANN401 - Altair objects
    """Return the axis of names, in the order given in every layer."""
    axis = alt.Axis(ticks=False, domain=False, labelPadding=8)
    return alt.Y("name:N", sort=list(order), scale=alt.Scale(domain=list(order)), title=title, axis=axis)


def _ordered(rows: Sequence[Row]) -> list[str]:
    """Return the names of rows, cleaned as the data are, in order."""
    return list(dict.fromkeys(legible(str(row["name"])) for row in rows))


def stage_bars(rows: Sequence[Row]) -> Chart:
    """Draw who makes what: one bar for each stage, one segment for each maker.

    Parameters
    ----------
    rows
        ``name`` of the stage, ``start`` and ``end`` of the segment, ``label``, ``colour``,
        ``grade`` of the stage's evidence, and ``named``: whether a source names the maker.

    Returns
    -------
    altair.LayerChart
        Rest of world is an outline, not a colour: nobody says who it is.
    """
    alt = drawing.altair()
    order = _ordered(rows)
    segments = [
        dict(row) | {"ink": drawing.ink(row["colour"]), "middle": (row["start"] + row["end"]) / 2,
               "label": row["label"] if row["end"] - row["start"] > LETTERS else ""}
        for row in rows
    ]  # fmt: skip
    grades = [{"name": row["name"], "grade": row["grade"]} for row in {row["name"]: row for row in rows}.values()]
    scale = alt.Scale(domain=[0, 1], nice=False)
    x = alt.X("start:Q", scale=scale, axis=alt.Axis(format=".0%", title="share of world output, central estimate"))
    base = alt.Chart(drawing.data(segments)).encode(y=_names(alt, order))
    bars = base.mark_bar(height=BAR - 5, stroke=SOFT, strokeWidth=0.7).encode(
        x=x, x2="end:Q", color=alt.Color("colour:N", scale=None)
    )
    labels = base.mark_text(fontSize=10.5).encode(
        x=alt.X("middle:Q", scale=scale), text="label:N", color=alt.Color("ink:N", scale=None)
    )
    marks = alt.Chart(drawing.data(grades)).mark_text(align="left", dx=8, fontSize=11, color=INK).encode(
        y=_names(alt, order), x=alt.value(PLOT), text="grade:N"
    )  # fmt: skip
    return (bars + labels + marks).properties(width=PLOT, height=alt.Step(BAR))


def heatmap(rows: Sequence[Row], columns: Sequence[str]) -> Chart:
    """Draw a matrix of stages and economies: colour for size, a number and a letter in every cell.

    Parameters
    ----------
    rows
        ``name`` of the stage, ``column``, ``part`` of the largest value (None where there is no
        number), ``label``, ``grade``.
    columns
        In order.

    Returns
    -------
    altair.LayerChart
        A cell without a number has no colour.
    """
    alt = drawing.altair()
    order = _ordered(rows)
    cells = [
        dict(row) | {"colour": "#FFFFFF" if row["part"] is None else drawing.shade(row["part"])} for row in rows
    ]  # fmt: skip
    cells = [
        cell | {"ink": SOFT if cell["part"] is None else drawing.ink(cell["colour"]),
                "edge": "#FFFFFF" if cell["part"] is None else SOFT}
        for cell in cells
    ]  # fmt: skip
    axis = alt.Axis(orient="top", labelAngle=0, ticks=False, domain=False, labelFontWeight="bold")
    names = [legible(column) for column in columns]
    x = alt.X("column:N", sort=names, scale=alt.Scale(domain=names), title=None, axis=axis)
    base = alt.Chart(drawing.data(cells)).encode(x=x, y=_names(alt, order))
    boxes = base.mark_rect(strokeWidth=0.6).encode(
        color=alt.Color("colour:N", scale=None), stroke=alt.Stroke("edge:N", scale=None)
    )
    numbers = base.mark_text(fontSize=11.5, dx=-4).encode(text="label:N", color=alt.Color("ink:N", scale=None))
    grades = base.mark_text(fontSize=9, dx=15, dy=-1).encode(text="grade:N", color=alt.Color("ink:N", scale=None))
    return (boxes + numbers + grades).properties(width=alt.Step(44), height=alt.Step(BAR))


def ranges(rows: Sequence[Row], title: str, note: str) -> Chart:
    """Draw ranges with their central value, and what is to be read beside each.

    Parameters
    ----------
    rows
        ``name``, ``low``, ``central``, ``high``, ``colour``, ``shape``, ``note``.
    title
        Of the axis.
    note
        Heads the column at the right.

    Returns
    -------
    altair.LayerChart
        A line from low to high with a mark at the central value.
    """
    alt = drawing.altair()
    order = _ordered(rows)
    base = alt.Chart(drawing.data(rows)).encode(y=_names(alt, order))
    axis = alt.Axis(format=".0%", title=title, orient="bottom")
    lines = base.mark_rule(strokeWidth=5, opacity=0.45).encode(
        x=alt.X("low:Q", axis=axis, scale=alt.Scale(zero=True)), x2="high:Q", color=alt.Color("colour:N", scale=None)
    )
    points = base.mark_point(filled=True, size=90, stroke=INK, strokeWidth=1, opacity=1).encode(
        x="central:Q", color=alt.Color("colour:N", scale=None), shape=alt.Shape("shape:N", scale=None)
    )
    notes = base.mark_text(align="left", dx=10, fontSize=11.5).encode(x=alt.value(PLOT), text="note:N")
    head = alt.Chart(drawing.data([{"text": note}])).mark_text(align="left", dx=10, fontSize=11, color=SOFT).encode(
        x=alt.value(PLOT), y=alt.value(-10), text="text:N"
    )  # fmt: skip
    return (lines + points + notes + head).properties(width=PLOT, height=alt.Step(BAR))


def balance(rows: Sequence[Row], left: str, right: str, colours: tuple[str, str]) -> Chart:
    """Draw what two sides hold over each other: one bar to each side of nothing.

    Parameters
    ----------
    rows
        ``name``, ``left`` and ``right`` with ``left_low``, ``left_high``, ``left_label``,
        ``right_low``, ``right_high``, ``right_label``; None where a number is not known.
    left, right
        What the two sides say.
    colours
        Of the two sides.

    Returns
    -------
    altair.LayerChart
        Where a side is not known it says so in words.
    """
    alt = drawing.altair()
    order = _ordered(rows)
    bars = [bar for row in rows for bar in _sides(row, colours)]
    widest = max((abs(bar[end]) for bar in bars for end in ("low", "high", "value")), default=0.0) or 1.0
    scale = alt.Scale(domain=[-widest * 1.15, widest * 1.15], nice=False)
    axis = alt.Axis(title=f"← {left}    |    {right} →", labelExpr="format(abs(datum.value), '.0%')")
    known = alt.Chart(drawing.data([bar for bar in bars if bar["known"]])).encode(y=_names(alt, order))
    fills = known.mark_bar(height=BAR - 8, stroke=SOFT, strokeWidth=0.5).encode(
        x=alt.X("zero:Q", scale=scale, axis=axis), x2="value:Q", color=alt.Color("colour:N", scale=None)
    )
    spread = known.mark_rule(strokeWidth=2, color=INK).encode(x=alt.X("low:Q", scale=scale), x2="high:Q")
    every = alt.Chart(drawing.data(bars)).encode(y=_names(alt, order), x=alt.X("at:Q", scale=scale), text="label:N")
    words = [
        every.transform_filter(f"datum.side === '{side}'").mark_text(align=align, dx=shift, fontSize=11, color=INK)
        for side, align, shift in (("left", "right", -5), ("right", "left", 5))
    ]
    middle = alt.Chart(drawing.data([{"zero": 0}])).mark_rule(color=INK).encode(x=alt.X("zero:Q", scale=scale))
    return alt.layer(fills, spread, middle, *words).properties(width=PLOT, height=alt.Step(BAR))


def _sides(row: Row, colours: tuple[str, str]) -> list[dict[str, Any]]:
    """Return the two bars of a row, the left one below zero."""
    bars = []
    for side, sign, colour in (("left", -1, colours[0]), ("right", 1, colours[1])):
        value, low, high = (row[key] for key in (side, f"{side}_low", f"{side}_high"))
        known = value is not None
        far = max(value, high) if known else 0.0
        bars.append(
            {"name": row["name"], "known": known, "side": side, "colour": colour, "zero": 0.0,
             "value": sign * (value or 0.0), "low": sign * (low or 0.0), "high": sign * (high or 0.0),
             "at": sign * far, "label": row[f"{side}_label"]}
        )  # fmt: skip
    return bars


def arrivals(rows: Sequence[Row], colour: str) -> Chart:
    """Draw how far a shock spreads: one bar for each stage, in the order of arrival.

    Parameters
    ----------
    rows
        ``name``, ``value``, ``note``, and ``known``: whether shares by economy are known there.
    colour
        Of whoever stops.

    Returns
    -------
    altair.LayerChart
        A stage without known shares is an outline.
    """
    alt = drawing.altair()
    order = _ordered(rows)
    bars = [dict(row) | {"colour": colour if row["known"] else "#FFFFFF"} for row in rows]
    base = alt.Chart(drawing.data(bars)).encode(y=_names(alt, order))
    axis = alt.Axis(format=".0%", title="part of world output lost for want of inputs")
    fills = base.mark_bar(height=BAR - 8, stroke=INK, strokeWidth=0.7).encode(
        x=alt.X("value:Q", axis=axis, scale=alt.Scale(domain=[0, 1])), color=alt.Color("colour:N", scale=None)
    )
    notes = base.mark_text(align="left", dx=10, fontSize=11.5).encode(x=alt.value(PLOT), text="note:N")
    return (fills + notes).properties(width=PLOT, height=alt.Step(BAR))


def times(rows: Sequence[Row]) -> Chart:
    """Draw how long somebody lasts beside how long recovery takes, in days.

    Parameters
    ----------
    rows
        ``name``, ``survive`` (days at least, None for good), ``recover_low``, ``recover_high``
        (None where not known), ``note``.

    Returns
    -------
    altair.LayerChart
        Arrows for times that are lower bounds, bars for times to recover.
    """
    alt = drawing.altair()
    order = _ordered(rows)
    base = alt.Chart(drawing.data(rows)).encode(y=_names(alt, order))
    last = max((row[key] or 0.0 for row in rows for key in ("survive", "recover_low", "recover_high")), default=0.0)
    steps = [step for step in (0, 30, 100, 365, 1000, 3650, 10000, 36500) if step <= max(last, 30) * 1.3]
    # the axis has to show 0 and decades side by side
    scale = alt.Scale(type="symlog", constant=30, domain=[0, max(last, 30) * 1.3], nice=False, padding=8)
    x = alt.X("survive:Q", scale=scale, axis=alt.Axis(title="days", values=steps, format=",d"))
    survive = base.transform_filter("isValid(datum.survive)").mark_point(
        shape="triangle-right", filled=True, size=110, color=drawing.NAMED[1], stroke=INK, strokeWidth=0.8, opacity=1
    ).encode(x=x)  # fmt: skip
    recovery = base.transform_filter("isValid(datum.recover_low)")
    spans = recovery.mark_rule(strokeWidth=6, color=OTHER).encode(
        x=alt.X("recover_low:Q", scale=scale), x2="recover_high:Q"
    )
    ends = recovery.mark_point(shape="square", filled=True, size=60, color=SOFT, opacity=1).encode(
        x=alt.X("recover_low:Q", scale=scale)
    )
    notes = base.mark_text(align="left", dx=10, fontSize=11.5).encode(x=alt.value(PLOT), text="note:N")
    return (spans + ends + survive + notes).properties(width=PLOT, height=alt.Step(BAR))


def legend(colours: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return what a page needs for a legend: name, colour and the colour of text on it.

    Returns
    -------
    list of (name, colour, ink)
        Named economies only.

    Examples
    --------
    >>> legend({"CHN": "#D55E00", "FJI": "#B8B8B8"})
    [('CHN', '#D55E00', '#000000')]
    """
    return [(name, colour, drawing.ink(colour)) for name, colour in colours.items() if colour != OTHER]
