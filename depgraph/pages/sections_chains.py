"""The sections of a report on shocks, times and chains."""

import math
from collections.abc import Sequence

import networkx as nx

from depgraph.analysis.endurance import Endurance
from depgraph.analysis.shocks import StageLoss
from depgraph.evidence import intervals
from depgraph.graph import dependencies
from depgraph.pages import charts, drawing, flowcharts
from depgraph.pages.elements import Piece, Section, Table, count, days, percent
from depgraph.pages.findings import Facts, spread_id

DRAWN = 25  # rows of a chart at most; the table has all
AWAY = 4  # steps up and down a chain that are drawn
STACKED = 9  # stages in one column of a chain


def shock(facts: Facts) -> Section:
    """Show how far the stop of the first row spreads."""
    name = "How far a stop spreads"
    if facts.cut is None or not facts.losses:
        return Section(
            "shock", name, (Piece(f"Nothing is known to spread: {facts.no_shock or 'no stage loses anything'}"),)
        )
    cut = facts.cut
    hit = [loss for loss in facts.losses if loss.world > 0]
    rows = [
        {"name": loss.stage, "value": loss.world, "known": loss.known,
         "note": f"round {loss.tier}: {percent(loss.world)}" + ("" if loss.known else ", one node")}
        for loss in hit[:DRAWN]
    ]  # fmt: skip
    reached = [loss for loss in hit if loss.stage != cut.stage]
    title = (
        Piece(f"A stop of {facts.name(cut.economy)}'s {facts.stage(cut.stage)} reaches "),
        Piece(count(len(reached), "other stage"), "#shock-table"),
        Piece(" downstream" + _last_round(reached)),
    )
    listed = tuple(
        (Piece(loss.stage, loss.stage), Piece("" if loss.tier is None else str(loss.tier)),
         Piece(percent(loss.world), spread_id(cut, loss.stage)),
         Piece("makes none" if loss.bloc is None else percent(loss.bloc), spread_id(cut, loss.stage)),
         Piece(percent(loss.upstream), spread_id(cut, loss.stage)), Piece("yes" if loss.known else "no, one node"))
        for loss in facts.losses
    )  # fmt: skip
    columns = (
        "stage",
        "round",
        "world output lost",
        f"own output of {facts.bloc} lost",
        "customers lost",
        "makers known",
    )
    note = (
        "World output lost for want of inputs if nobody steps in beyond market shares (ESRI cascade): no stocks, no "
        "prices, no time. Outlined bars: makers are not known, the stage is one node."
    )
    chart = charts.arrivals(rows, facts.colours.get(cut.economy, drawing.OTHER)) if rows else None
    return Section(
        "shock", name, title, chart, (Table("Stage by stage", columns, listed, frozenset(columns[1:5])),), (note,)
    )


def _last_round(reached: Sequence[StageLoss]) -> str:
    """Name all stages that the stop reaches last."""
    last = max((loss.tier or 0 for loss in reached), default=0)
    stages = ", ".join(loss.stage for loss in reached if loss.tier == last)
    return f", the last in round {last}: {stages}" if last else ""


def survival(facts: Facts) -> Section:
    """Show how long members last beside how long recovery takes."""
    name = "How long it lasts and how long recovery takes"
    if facts.no_times:
        return Section("survival", name, (Piece(f"Not computed: {facts.no_times}"),))
    weakest = _weakest(facts.times)
    at_once = sum(item.counted == 0 for item in facts.times)
    unknown = sum(item.recover is None for item in facts.times)
    title = (
        Piece("Counted stocks last no day for "),
        Piece(
            f"{at_once} of {count(len(facts.times), 'member and stage', 'pairs of member and stage')}",
            "#survival-table",
        ),
        Piece(", and for "),
        Piece(f"{unknown:,}", "#survival-table"),
        Piece(" no figure says how long recovery takes"),
    )
    rows = [
        {"name": f"{names} {item.stage}", "survive": item.survive[0],
         "recover_low": item.recover.low if item.recover else None,
         "recover_high": (item.recover.high or item.recover.low) if item.recover else None,
         "note": _lasting(item)}
        for names, item in weakest[:DRAWN]
    ]  # fmt: skip
    note = (
        f"If {facts.name(facts.rival)} stops one of {count(len(weakest), 'stage')}: those of which a stock or a time "
        "to recover is published come first, then those that cost most. Named are the members that are known to last "
        "least. Arrow: days that they last at least, with what somebody has counted in stock; 0 means that nobody has "
        "counted any, or that the lowest count is 0. Square and bar: time to recover. The axis is stretched near 0."
    )
    return Section("survival", name, title, charts.times(rows), (_times_table(facts.times),), (note,))


def _weakest(times: Sequence[Endurance]) -> list[tuple[str, Endurance]]:
    """Return of each stage who lasts least, by name, and one of their rows."""
    found = []
    for stage in dict.fromkeys(item.stage for item in times):
        items = sorted((item for item in times if item.stage == stage), key=_length)
        least = [item for item in items if _length(item) == _length(items[0])]
        names = "each" if len(least) == len(items) > 1 else " ".join(sorted(item.member for item in least))
        found.append((names, items[0]))
    return found


def _length(item: Endurance) -> float:
    """Return the least time to survive; one without end is the longest."""
    return math.inf if item.survive[0] is None else item.survive[0]


def _lasting(item: Endurance) -> str:
    """Say both times in words."""
    survive = days(item.survive[0]) if item.survive[0] is None else f"≥ {days(item.survive[0])}"
    return f"{survive}; recovery {_recovery(item)}"


def _recovery(item: Endurance) -> str:
    """Write the time to recover."""
    if item.recover is None:
        return "not known"
    low = days(item.recover.low)
    if item.recover.high is None:
        return f"{low} or more"
    return low if item.recover.high <= item.recover.low else f"{low} to {days(item.recover.high)}"


def _times_table(times: Sequence[Endurance]) -> Table:
    """List all times."""
    rows = tuple(
        (Piece(item.member), Piece(item.stage, item.stage), Piece(percent(item.supply.central), item.endurance_id),
         Piece(("" if item.survive[0] is None else "at least ") + days(item.survive[0]), item.endurance_id),
         Piece(days(item.counted), item.endurance_id), Piece(_recovery(item), item.endurance_id),
         Piece(_bridge(item), item.endurance_id), Piece(str(len(item.unknown_stocks))), Piece(item.verdict))
        for item in times
    )  # fmt: skip
    columns = ("member", "stage", "supply that stops", "survives", "with counted stocks", "recovery", "bridge",
               "stocks not counted", "verdict")  # fmt: skip
    return Table("Times by member and stage", columns, rows, frozenset(columns[2:8]))


def _bridge(item: Endurance) -> str:
    """Write what uncounted stocks would have to supply."""
    if item.bridge is None:
        return "not known"
    low, _, high = item.bridge
    return f"{days(low)} or more" if high is None else f"{days(low)} to {days(high)}"


def cone(facts: Facts) -> Section:
    """Show what one stage rests on and what rests on it."""
    name = "The chain of one chokepoint"
    if facts.cone is None:
        return Section("cone", name, (Piece("The study has no stage"),))
    chain = _input_graph(facts)
    above, below = nx.ancestors(chain, facts.cone), nx.descendants(chain, facts.cone)
    goods = sorted(good for good in dependencies.finals(facts.network) if good in below)
    drawn, hidden = _columns(chain, facts.cone)
    nodes = [_box(facts, stage, column) for stage, column in drawn.items()]
    edges = [
        (source, target, chain.edges[source, target]["essential"])
        for source, target in sorted(chain.edges) if drawn.get(source, 99) < drawn.get(target, -99)
    ]  # fmt: skip
    title = (
        Piece(f"{facts.stage(facts.cone)} rests on "),
        Piece(count(len(above), "stage"), "#cone-table"),
        Piece(" and carries "),
        Piece(count(len(below), "stage"), "#cone-table"),
        Piece(f", {len(goods):,} of them finished goods" if below else ""),
        Piece("; it is itself a finished good" if facts.study.stages[facts.cone]["final"] else ""),
    )
    table = Table(
        "Recipes of the chain", ("recipe", "input", "output", "essential"), _recipes(facts, chain, above, below)
    )
    notes = [
        (
            "Left to right: what it is made of, the stage itself (orange, thick edge), what is made of it (green: "
            "finished goods). Dashed: not essential. In each box the largest known maker, its share and the grade."
        )
    ]
    if hidden:
        notes.append(f"{count(hidden, 'stage')} further away or in full columns are in the table only.")
    return Section("cone", name, title, flowcharts.cone(nodes, edges), (table,), tuple(notes))


def _input_graph(facts: Facts) -> "nx.DiGraph[str]":
    """Return which stage feeds which; of several recipes an essential one decides."""
    chain: nx.DiGraph[str] = nx.DiGraph()
    chain.add_nodes_from(facts.study.stages)
    for row in facts.study.tables["recipes"]:
        joint = chain.get_edge_data(row["input"], row["output"], {"essential": False})
        chain.add_edge(row["input"], row["output"], essential=joint["essential"] or row["essential"])
    return chain


def _columns(chain: "nx.DiGraph[str]", stage: str) -> tuple[dict[str, int], int]:
    """Place stages by their distance from the one that was chosen; far ones and overfull columns are left out."""
    up = nx.single_source_shortest_path_length(chain.reverse(copy=False), stage)
    down = nx.single_source_shortest_path_length(chain, stage)
    places = {node: -steps for node, steps in up.items()} | dict(down)
    columns: dict[int, list[str]] = {}
    for node, column in sorted(places.items(), key=lambda pair: (pair[1], pair[0])):
        columns.setdefault(column, []).append(node)
    drawn = {node: column for column, stack in columns.items() if abs(column) <= AWAY for node in stack[:STACKED]}
    return drawn, len(places) - len(drawn)


def _box(facts: Facts, stage: str, column: int) -> dict[str, object]:
    """Write one box of the chain."""
    named = [item for item in facts.picture.shares(stage) if item.economy != intervals.REST and item.high > 0]
    best = max(named, key=lambda item: (item.central, item.economy), default=None)
    product, _, rest = stage.partition("/")
    return {
        "id": stage, "column": column, "product": product, "stage": rest,
        "maker": f"{best.economy} {percent(best.central)}  {best.grade}" if best else "makers: no claim",
        "chosen": column == 0, "final": bool(facts.study.stages[stage]["final"]),
    }  # fmt: skip


def _recipes(facts: Facts, chain: "nx.DiGraph[str]", above: set[str], below: set[str]) -> tuple[tuple[Piece, ...], ...]:
    """List the recipes of a chain."""
    up, down = above | {str(facts.cone)}, below | {str(facts.cone)}
    return tuple(
        (Piece(row["recipe_id"], row["recipe_id"]), Piece(row["input"], row["input"]),
         Piece(row["output"], row["output"]), Piece("yes" if row["essential"] else "no"))
        for row in facts.study.tables["recipes"]
        if chain.has_edge(row["input"], row["output"])
        and ({row["input"], row["output"]} <= up or {row["input"], row["output"]} <= down)
    )  # fmt: skip
