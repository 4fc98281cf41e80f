"""Charts of flows and chains: Sankey and the cone of a stage."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from depgraph.pages import drawing
from depgraph.pages.drawing import INK, SOFT, Chart, Row
from depgraph.pages.elements import figures

WIDE, HIGH = 300, 380  # pixels of one panel of a Sankey
LINE = 15  # pixels between two nodes: room for the label of a thin one
CURVE = 24  # points along the edge of a band
NODE = 8  # pixels: width of the bar of a node


def sankey(before: Sequence[Row], after: Sequence[Row], colours: Mapping[str, str], titles: tuple[str, str]) -> Chart:
    """Draw who ships to whom, before and after, on one scale.

    Parameters
    ----------
    before, after
        ``source``, ``target``, ``amount`` of flows of one stage.
    colours
        Exporter to colour.
    titles
        Of the two sides, with the unit of the amounts.

    Returns
    -------
    altair.HConcatChart
        Bands take the colour of the exporter; every bar is labelled with name and amount.
    """
    alt = drawing.altair()
    most = max(sum(row["amount"] for row in rows) for rows in (before, after)) or 1.0
    gap = _gap(before, after)
    panels = [
        _panel(alt, layout(rows, most, gap), colours, title, gap)
        for rows, title in zip((before, after), titles, strict=True)
    ]
    return alt.hconcat(*panels, spacing=90)


def _gap(*sides: Sequence[Row]) -> float:
    """Return the space between two nodes, as a part of all that flows, the same on all sides."""
    nodes = max(len({row[key] for row in rows if row["amount"] > 0}) for rows in sides for key in ("source", "target"))
    return LINE / max(HIGH - LINE * nodes, LINE)


Places = tuple[list[dict[str, Any]], list[dict[str, Any]]]


def _panel(alt: Any, places: Places, colours: Mapping[str, str], title: str, gap: float) -> Chart:  # noqa: ANN401
    """Draw one side of a Sankey; its height stands for as much as that of the other side."""
    bands, nodes = places
    for part in (*bands, *nodes):
        part["colour"] = colours.get(part["name"], drawing.OTHER) if part["side"] == "left" else drawing.OTHER
    top = gap * HIGH / LINE
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


def layout(rows: Sequence[Row], most: float, gap: float) -> Places:
    """Place the nodes and bands of a Sankey with two sides.

    Nodes stand by falling amount, then by name. Bands leave and arrive in the order of the nodes
    of the other side, so that they cross as little as a fixed order allows.

    Parameters
    ----------
    rows
        ``source``, ``target``, ``amount``; amounts of 0 are left out.
    most
        The amount that fills the height.
    gap
        Between two nodes, as a part of it.

    Returns
    -------
    (bands, nodes)
        Points of the edges of each band, and the bar of each node, in parts of width and height.

    Examples
    --------
    >>> bands, nodes = layout([{"source": "CHN", "target": "JPN", "amount": 2.0}], 2.0, 0.1)
    >>> [(node["name"], node["y"], node["y2"]) for node in nodes]
    [('CHN', 0.0, 1.0), ('JPN', 0.0, 1.0)]
    """
    flowing = [row for row in rows if row["amount"] > 0]
    starts, nodes = {}, []
    for side, key in (("left", "source"), ("right", "target")):
        tops, bars = _stack(flowing, (side, key), most, gap)
        starts[key] = tops
        nodes.extend(bars)
    order = {node["side"] + node["name"]: place for place, node in enumerate(nodes)}
    bands: list[dict[str, Any]] = []
    ends = _slots(flowing, starts["source"], "source", "target", order, most)
    arrivals = _slots(flowing, starts["target"], "target", "source", order, most)
    for number, row in enumerate(flowing):
        bands.extend(_band(number, row, ends[number], arrivals[number], row["amount"] / most))
    return bands, nodes


def _stack(
    rows: Sequence[Row], names: tuple[str, str], most: float, gap: float
) -> tuple[dict[str, float], list[dict[str, Any]]]:
    """Stack the nodes of one side: where each begins, and their bars."""
    side, key = names
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
             "middle": (at + end) / 2, "label": f"{name} {figures(total)}"}
        )  # fmt: skip
        at = end + gap
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
