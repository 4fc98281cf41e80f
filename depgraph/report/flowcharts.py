"""Charts of flows, plans and chains: Sankey, frontier, tornado and the cone of a stage."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from depgraph.report import drawing
from depgraph.report.drawing import INK, SOFT, Chart, Row, legible

WIDE, HIGH = 330, 300  # pixels of one panel of a Sankey
GAP = 0.03  # between two nodes, as a part of all that flows
CURVE = 24  # points along the edge of a band
NODE = 8  # pixels: width of the bar of a node


def sankey(before: Sequence[Row], after: Sequence[Row], colours: Mapping[str, str], unit: str) -> Chart:
    """Draw who ships to whom, before and after, on one scale.

    Parameters
    ----------
    before, after
        ``source``, ``target``, ``amount`` of flows of one stage.
    colours
        Exporter to colour.
    unit
        Of the amounts.

    Returns
    -------
    altair.HConcatChart
        Bands take the colour of the exporter; every bar is labelled with name and amount.
    """
    alt = drawing.altair()
    most = max(sum(row["amount"] for row in rows) for rows in (before, after)) or 1.0
    panels = [
        _panel(alt, rows, colours, most, title)
        for rows, title in ((before, f"before ({unit})"), (after, f"after ({unit})"))
    ]
    return alt.hconcat(*panels, spacing=60)


def _panel(alt: Any, rows: Sequence[Row], colours: Mapping[str, str], most: float, title: str) -> Chart:  # noqa: ANN401
    """Draw one side of a Sankey."""
    bands, nodes = layout(rows, most)
    for part in (*bands, *nodes):
        part["colour"] = colours.get(part["name"], drawing.OTHER) if part["side"] == "left" else drawing.OTHER
    top = 1 + GAP * max(len(rows), 1)
    x = alt.X("x:Q", scale=alt.Scale(domain=[0, 1]), axis=None)
    y = alt.Y("y:Q", scale=alt.Scale(domain=[top, 0]), axis=None)
    areas = alt.Chart(drawing.data(bands)).mark_area(opacity=0.6, stroke=SOFT, strokeWidth=0.4, clip=False).encode(
        x=x, y=y, y2="y2:Q", detail="band:N", fill=alt.Fill("colour:N", scale=None)
    )  # fmt: skip
    base = alt.Chart(drawing.data(nodes))
    bars = base.mark_rect(stroke=INK, strokeWidth=0.7).encode(
        x=x, x2="x2:Q", y=y, y2="y2:Q", fill=alt.Fill("colour:N", scale=None)
    )
    labels = [
        base.transform_filter(f"datum.side === '{side}'")
        .mark_text(align=align, dx=shift, fontSize=12)
        .encode(x=x, y=alt.Y("middle:Q", scale=alt.Scale(domain=[top, 0])), text="label:N")
        for side, align, shift in (("left", "right", -6), ("right", "left", NODE + 6))
    ]
    return alt.layer(areas, bars, *labels).properties(
        width=WIDE, height=HIGH, title=alt.Title(title, fontSize=13, fontWeight="normal", color=SOFT)
    )


def layout(rows: Sequence[Row], most: float) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Place the nodes and bands of a Sankey with two sides.

    Nodes stand by falling amount, then by name. Bands leave and arrive in the order of the nodes
    of the other side, so that they cross as little as a fixed order allows.

    Parameters
    ----------
    rows
        ``source``, ``target``, ``amount``; amounts of 0 are left out.
    most
        The amount that fills the height.

    Returns
    -------
    (bands, nodes)
        Points of the edges of each band, and the bar of each node, in parts of width and height.

    Examples
    --------
    >>> bands, nodes = layout([{"source": "CHN", "target": "JPN", "amount": 2.0}], 2.0)
    >>> [(node["name"], node["y"], node["y2"]) for node in nodes]
    [('CHN', 0.0, 1.0), ('JPN', 0.0, 1.0)]
    """
    flowing = [row for row in rows if row["amount"] > 0]
    starts, nodes = {}, []
    for side, key in (("left", "source"), ("right", "target")):
        tops, bars = _stack(flowing, side, key, most)
        starts[key] = tops
        nodes.extend(bars)
    order = {node["side"] + node["name"]: place for place, node in enumerate(nodes)}
    bands: list[dict[str, Any]] = []
    ends = _slots(flowing, starts["source"], "source", "target", order, most)
    arrivals = _slots(flowing, starts["target"], "target", "source", order, most)
    for number, row in enumerate(flowing):
        bands.extend(_band(number, row, ends[number], arrivals[number], row["amount"] / most))
    return bands, nodes


def _stack(rows: Sequence[Row], side: str, key: str, most: float) -> tuple[dict[str, float], list[dict[str, Any]]]:
    """Stack the nodes of one side: where each begins, and their bars."""
    totals: dict[str, float] = {}
    for row in rows:
        totals[row[key]] = totals.get(row[key], 0.0) + row["amount"]
    at, tops, bars = 0.0, {}, []
    for name, total in sorted(totals.items(), key=lambda pair: (-pair[1], pair[0])):
        tops[name] = at
        end = at + total / most
        left = 0.0 if side == "left" else 1.0
        bars.append(
            {"name": name, "side": side, "x": left, "x2": left + NODE / WIDE, "y": at, "y2": end,
             "middle": (at + end) / 2, "label": f"{name} {total:,.3g}"}
        )  # fmt: skip
        at = end + GAP
    return tops, bars


def _slots(  # noqa: PLR0917 - private, called twice
    rows: Sequence[Row],
    tops: Mapping[str, float],
    here: str,
    there: str,
    order: Mapping[str, int],
    most: float,
) -> dict[int, float]:
    """Return where each band meets its node, in the order of the nodes of the other side."""
    other = "right" if there == "target" else "left"
    used = dict(tops)
    slots = {}
    for number in sorted(range(len(rows)), key=lambda place: order[other + rows[place][there]]):
        slots[number] = used[rows[number][here]]
        used[rows[number][here]] += rows[number]["amount"] / most
    return slots


def _band(number: int, row: Row, start: float, end: float, thick: float) -> list[dict[str, Any]]:
    """Return the points of one band along a smooth curve."""
    points = []
    for step in range(CURVE + 1):
        along = step / CURVE
        eased = (1 - math.cos(math.pi * along)) / 2
        y = start + (end - start) * eased
        points.append(
            {"band": str(number), "name": row["source"], "side": "left", "x": NODE / WIDE + along * (1 - NODE / WIDE),
             "y": y, "y2": y + thick}
        )  # fmt: skip
    return points


def frontier(points: Sequence[Row], unit: str) -> Chart:
    """Draw what each cap on the rival's share costs.

    Parameters
    ----------
    points
        ``cap``, ``cost``, ``label``.
    unit
        Of the cost.

    Returns
    -------
    altair.LayerChart
        A line through the solved points; labels where something changes.
    """
    alt = drawing.altair()
    base = alt.Chart(drawing.data(points))
    x = alt.X("cap:Q", axis=alt.Axis(format=".0%", tickCount=8, title="largest share that the rival may keep"))
    y = alt.Y("cost:Q", axis=alt.Axis(title=f"cost ({unit})"), scale=alt.Scale(zero=True))
    line = base.mark_line(color=drawing.NAMED[1], strokeWidth=2).encode(x=x, y=y)
    dots = base.mark_point(filled=True, size=60, color=drawing.NAMED[1], stroke=INK, opacity=1).encode(x=x, y=y)
    words = base.transform_filter("datum.label !== ''").mark_text(align="left", dx=9, dy=-9, fontSize=12)
    return (line + dots + words.encode(x=x, y=y, text="label:N")).properties(width=560, height=300)


def tornado(rows: Sequence[Row], base: float, title: str) -> Chart:
    """Draw how far each parent moves the answer.

    Parameters
    ----------
    rows
        ``name``, ``low`` and ``high``: the answer at both ends of its range, widest first.
    base
        The answer itself.
    title
        What the answer is.

    Returns
    -------
    altair.LayerChart
        Bars from the answer, marked with the end of the range that leads there.
    """
    alt = drawing.altair()
    order = list(dict.fromkeys(legible(row["name"]) for row in rows))
    ends = [
        {"name": row["name"], "base": base, "value": row[end], "colour": colour, "label": f"{end} {row[end]:,.3g}",
         "right": row[end] >= base}
        for row in rows for end, colour in (("low", drawing.NAMED[4]), ("high", drawing.NAMED[2]))
    ]  # fmt: skip
    values = [base, *(end["value"] for end in ends)]
    room = (max(values) - min(values)) * 0.25 or abs(base) * 0.1 or 1.0
    scale = alt.Scale(domain=[min(values) - room, max(values) + room], nice=False, zero=False)
    axis = alt.Axis(ticks=False, domain=False, labelPadding=6)
    y = alt.Y("name:N", sort=order, scale=alt.Scale(domain=order), title=None, axis=axis)
    drawn = alt.Chart(drawing.data(ends)).encode(y=y)
    bars = drawn.mark_bar(height=14, stroke=SOFT, strokeWidth=0.6).encode(
        x=alt.X("base:Q", scale=scale, axis=alt.Axis(title=title)),
        x2="value:Q",
        color=alt.Color("colour:N", scale=None),
    )
    words = [
        drawn.transform_filter(condition).mark_text(align=align, dx=shift, fontSize=11.5).encode(
            x=alt.X("value:Q", scale=scale), text="label:N")
        for condition, align, shift in (("datum.right", "left", 5), ("!datum.right", "right", -5))
    ]  # fmt: skip
    middle = alt.Chart(drawing.data([{"base": base}])).mark_rule(color=INK).encode(x=alt.X("base:Q", scale=scale))
    return alt.layer(bars, middle, *words).properties(width=480, height=alt.Step(26))


BOX, TALL, ASIDE, BELOW = 132, 44, 34, 12  # pixels of a box of the cone and of the gaps around it


def cone(nodes: Sequence[Row], edges: Sequence[tuple[str, str, bool]]) -> Chart:
    """Draw what a stage rests on (left) and what rests on it (right), in columns.

    Parameters
    ----------
    nodes
        ``id``, ``column`` (0 for the stage itself, negative upstream), ``product``, ``stage``,
        ``maker``, ``chosen``, ``final``.
    edges
        (supplier, user, essential).

    Returns
    -------
    altair.LayerChart
        Dashed where the input is not essential.
    """
    alt = drawing.altair()
    placed = _place(nodes)
    height = max(node["y2"] for node in placed.values())
    width = max(node["x2"] for node in placed.values())
    lines = [
        {"x": placed[source]["x2"], "y": placed[source]["middle"], "x2": placed[target]["x"],
         "y2": placed[target]["middle"], "essential": essential}
        for source, target, essential in edges
    ]  # fmt: skip
    x = alt.X("x:Q", scale=alt.Scale(domain=[0, width], nice=False), axis=None)
    y = alt.Y("y:Q", scale=alt.Scale(domain=[height, 0], nice=False), axis=None)
    links = alt.Chart(drawing.data(lines))
    rules = [
        links.transform_filter(condition).mark_rule(color=SOFT, strokeWidth=1.3, strokeDash=dash).encode(
            x=x, y=y, x2="x2:Q", y2="y2:Q")
        for condition, dash in (("datum.essential", [1, 0]), ("!datum.essential", [4, 4]))
    ]  # fmt: skip
    base = alt.Chart(drawing.data(list(placed.values())))
    boxes = base.mark_rect(stroke=INK, cornerRadius=3).encode(
        x=x, y=y, x2="x2:Q", y2="y2:Q", fill=alt.Fill("colour:N", scale=None),
        strokeWidth=alt.StrokeWidth("edge:Q", scale=None)
    )  # fmt: skip
    words = [
        base.mark_text(
            align="left", dx=6, dy=shift, fontSize=size, limit=BOX - 10, color=INK, fontWeight=weight
        ).encode(
            x=x, y=alt.Y("middle:Q", scale=alt.Scale(domain=[height, 0], nice=False)), text=f"{field}:N")
        for field, shift, size, weight in (("product", -13, 10, "normal"), ("stage", 0, 11.5, "bold"),
                                           ("maker", 14, 11, "normal"))
    ]  # fmt: skip
    return alt.layer(*rules, boxes, *words).properties(width=width, height=height)


def _place(nodes: Sequence[Row]) -> dict[str, dict[str, Any]]:
    """Give each node of a cone its box; columns are centred."""
    columns = sorted({node["column"] for node in nodes})
    stacks = {column: [node for node in nodes if node["column"] == column] for column in columns}
    tallest = max(len(stack) for stack in stacks.values()) * (TALL + BELOW)
    placed = {}
    for place, column in enumerate(columns):
        top = (tallest - len(stacks[column]) * (TALL + BELOW)) / 2
        for number, node in enumerate(stacks[column]):
            x, y = place * (BOX + ASIDE), top + number * (TALL + BELOW)
            colour = "#FBE3D6" if node["chosen"] else "#E3F0E9" if node["final"] else "#FFFFFF"
            placed[node["id"]] = {
                "x": x + 1, "x2": x + BOX, "y": y + 1, "y2": y + TALL, "middle": y + TALL / 2, "colour": colour,
                "edge": 2.4 if node["chosen"] else 1.0, **{key: node[key] for key in ("product", "stage", "maker")},
            }  # fmt: skip
    return placed
