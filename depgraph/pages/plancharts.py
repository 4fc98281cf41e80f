"""Charts of a plan: its cost, the way to independence, cost against exposure, and what moves the answer."""

from collections.abc import Sequence

from depgraph.pages import drawing
from depgraph.pages.drawing import INK, OTHER, SOFT, Chart, Row, legible
from depgraph.pages.elements import figures

PLOT = 480  # pixels of the plotting area of a bar chart
BAR = 24  # pixels of one row
ROOM = 0.3  # of the axis, kept free for words beside the bars
MORE, LESS = drawing.NAMED[0], drawing.NAMED[1]  # dearer, cheaper


def bars(rows: Sequence[Row], title: str) -> Chart:
    """Draw sums that are above or below nothing, each with its number.

    Parameters
    ----------
    rows
        ``name``, ``value``, ``label``.
    title
        Of the axis.

    Returns
    -------
    altair.LayerChart
        Bars to the right of nothing for more, to the left for less.
    """
    alt = drawing.altair()
    order = list(dict.fromkeys(legible(str(row["name"])) for row in rows))
    values = [0.0, *(float(row["value"]) for row in rows)]
    span = (max(values) - min(values)) or 1.0
    ends = [
        min(values) - (1.4 * ROOM * span if min(values) < 0 else 0.0),
        max(values) + (ROOM * span if max(values) > 0 else 0.0),
    ]
    scale = alt.Scale(domain=ends, nice=False)
    marked = [
        dict(row) | {"zero": 0.0, "right": row["value"] >= 0, "colour": MORE if row["value"] >= 0 else LESS}
        for row in rows
    ]
    axis = alt.Axis(ticks=False, domain=False, labelPadding=8)
    y = alt.Y("name:N", sort=order, scale=alt.Scale(domain=order), title=None, axis=axis)
    base = alt.Chart(drawing.data(marked)).encode(y=y)
    x = alt.X("zero:Q", scale=scale, axis=alt.Axis(title=title, tickCount=6, format=",~f"))
    fills = base.mark_bar(height=BAR - 8, stroke=SOFT, strokeWidth=0.6).encode(
        x=x, x2="value:Q", color=alt.Color("colour:N", scale=None)
    )
    words = [
        base.transform_filter(condition)
        .mark_text(align=align, dx=shift, fontSize=11.5)
        .encode(x=alt.X("value:Q", scale=scale), text="label:N")
        for condition, align, shift in (("datum.right", "left", 5), ("!datum.right", "right", -5))
    ]
    middle = alt.Chart(drawing.data([{"zero": 0}])).mark_rule(color=INK).encode(x=alt.X("zero:Q", scale=scale))
    return alt.layer(fills, middle, *words).properties(width=PLOT, height=alt.Step(BAR))


def waits(rows: Sequence[Row], years: tuple[int, int]) -> Chart:
    """Draw until when each stage waits for independence.

    Parameters
    ----------
    rows
        ``name``, ``until`` (a year, None where it does not come within the run), ``note``.
    years
        First and last year of the run.

    Returns
    -------
    altair.LayerChart
        A line from the first year to a dot; an open triangle beyond the last year where it does not come.
    """
    alt = drawing.altair()
    order = list(dict.fromkeys(legible(str(row["name"])) for row in rows))
    first, last = years
    drawn = [
        dict(row)
        | {
            "first": first,
            "end": last + 0.6 if row["until"] is None else row["until"],
            "colour": MORE if row["until"] is None else LESS,
            "shape": "triangle-right" if row["until"] is None else "circle",
        }
        for row in rows
    ]
    scale = alt.Scale(domain=[first - 0.3, last + 1], nice=False)
    step = max(1, (last - first) // 10)
    axis = alt.Axis(
        title="first year below the threshold for good", values=list(range(first, last + 1, step)), format="d"
    )
    y = alt.Y(
        "name:N",
        sort=order,
        scale=alt.Scale(domain=order),
        title=None,
        axis=alt.Axis(ticks=False, domain=False, labelPadding=8),
    )
    base = alt.Chart(drawing.data(drawn)).encode(y=y)
    lines = base.mark_rule(strokeWidth=4, color=OTHER).encode(x=alt.X("first:Q", scale=scale, axis=axis), x2="end:Q")
    dots = base.mark_point(filled=True, size=100, stroke=INK, strokeWidth=0.8, opacity=1).encode(
        x=alt.X("end:Q", scale=scale), color=alt.Color("colour:N", scale=None), shape=alt.Shape("shape:N", scale=None)
    )
    notes = base.mark_text(align="left", dx=10, fontSize=11.5, limit=300).encode(x=alt.value(PLOT - 160), text="note:N")
    return (lines + dots + notes).properties(width=PLOT - 160, height=alt.Step(BAR - 2))


def frontier(points: Sequence[Row], titles: tuple[str, str]) -> Chart:
    """Draw what less exposure costs.

    Parameters
    ----------
    points
        ``exposure``, ``cost``, ``label``.
    titles
        Of the two axes.

    Returns
    -------
    altair.LayerChart
        A line through the solved points, exposure falling to the right; labels where something changes.
    """
    alt = drawing.altair()
    base = alt.Chart(drawing.data(points))
    parts = [row["exposure"] for row in points]
    x = alt.X(
        "exposure:Q",
        axis=alt.Axis(format=".0%", tickCount=10, title=titles[0]),
        scale=alt.Scale(domain=[max(parts), min(parts)], nice=False, padding=14),
    )
    y = alt.Y("cost:Q", axis=alt.Axis(title=titles[1], tickCount=6), scale=alt.Scale(zero=True))
    line = base.mark_line(color=LESS, strokeWidth=2).encode(x=x, y=y)
    dots = base.mark_point(filled=True, size=60, color=LESS, stroke=INK, opacity=1).encode(x=x, y=y)
    words = base.transform_filter("datum.label !== ''").mark_text(align="right", dx=-6, dy=-11, fontSize=12)
    return (line + dots + words.encode(x=x, y=y, text="label:N")).properties(width=560, height=300)


def tornado(rows: Sequence[Row], base: float, title: str) -> Chart:
    """Draw how far each parent moves the answer.

    Parameters
    ----------
    rows
        ``name``, ``low`` and ``high``: the answer at both ends of its range, None where there is none;
        widest first.
    base
        The answer itself.
    title
        What the answer is.

    Returns
    -------
    altair.LayerChart
        Bars from the answer, marked with the end of the range that leads there; an end without an
        answer says so at the edge.
    """
    alt = drawing.altair()
    order = list(dict.fromkeys(legible(str(row["name"])) for row in rows))
    ends = [
        {"name": row["name"], "base": base, "value": row[end], "colour": colour}
        for row in rows
        for end, colour in (("low", drawing.NAMED[4]), ("high", drawing.NAMED[2]))
        if row[end] is not None
    ]
    values = [base, *(end["value"] for end in ends)]
    room = (max(values) - min(values)) * ROOM or abs(base) * 0.1 or 1.0
    scale = alt.Scale(domain=[min(values) - room, max(values) + room], nice=False, zero=False)
    axis = alt.Axis(ticks=False, domain=False, labelPadding=6)
    y = alt.Y("name:N", sort=order, scale=alt.Scale(domain=order), title=None, axis=axis)
    fills = (
        alt.Chart(drawing.data(ends))
        .encode(y=y)
        .mark_bar(height=14, stroke=SOFT, strokeWidth=0.6)
        .encode(
            x=alt.X("base:Q", scale=scale, axis=alt.Axis(title=title, tickCount=6)),
            x2="value:Q",
            color=alt.Color("colour:N", scale=None),
        )
    )
    beside = alt.Chart(drawing.data([word for row in rows for word in _words(row, base)])).encode(y=y)
    words = [
        beside.transform_filter(condition)
        .mark_text(align=align, dx=shift, fontSize=11.5)
        .encode(x=alt.X("value:Q", scale=scale), text="label:N")
        for condition, align, shift in (("datum.right", "left", 5), ("!datum.right", "right", -5))
    ]
    middle = alt.Chart(drawing.data([{"base": base}])).mark_rule(color=INK).encode(x=alt.X("base:Q", scale=scale))
    return alt.layer(fills, middle, *words).properties(width=PLOT, height=alt.Step(26))


def _words(row: Row, base: float) -> list[dict[str, object]]:
    """Return what stands left and right of the bar of a row; two ends on one side stand together."""
    found: dict[bool, list[tuple[float, str]]] = {}
    for end in ("low", "high"):
        value = base if row[end] is None else row[end]
        label = f"{end}: no plan" if row[end] is None else f"{end} {figures(row[end])}"
        found.setdefault(value >= base, []).append((value, label))
    return [
        {
            "name": row["name"],
            "right": right,
            "value": max(ends)[0] if right else min(ends)[0],
            "label": ", ".join(label for _, label in ends),
        }
        for right, ends in found.items()
    ]
