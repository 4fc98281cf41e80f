"""Stages and the recipes that join them into chains."""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import networkx as nx

from depgraph.core.errors import Problem

Row = Mapping[str, Any]

MOST_LOOPS = 10_000


def stage_id(row: Row) -> str | None:
    """Return ``product/stage`` of a claim or figure, None where it names no stage.

    Examples
    --------
    >>> stage_id({"product": "gallium", "stage": "primary"})
    'gallium/primary'
    """
    return f"{row['product']}/{row['stage']}" if row["product"] and row["stage"] else None


def check_loops(recipes: Sequence[Row]) -> list[Problem]:
    """Refuse recipe loops that create something out of nothing or can never make enough.

    Around a loop the quantities of input per unit of output multiply. Where every input is
    essential the product is what a unit needs of itself: with 1 or more nothing is left over
    (Hawkins and Simon 1949). Where some input is one of several ways, as in recycling, a product of at
    most 1 gives back as much as it took or more.

    Parameters
    ----------
    recipes
        Recipe rows.

    Returns
    -------
    list of Problem
        One for each such loop, and for each loop of essential inputs with an unknown quantity. A
        recycling loop with losses and a loop that needs a part of its own output pass.
    """
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for row in recipes:
        if row["input"] and row["output"]:
            graph.add_edge(row["input"], row["output"], row=row)
    # among n stages that all feed each other there are more than n! loops: the search must end
    loops = list(itertools.islice(nx.simple_cycles(nx.DiGraph(graph)), MOST_LOOPS + 1))
    if len(loops) > MOST_LOOPS:
        first = recipes[0]
        return [Problem(first["file"], 0, "input", "cycle", f"more than {MOST_LOOPS} loops, too many to check")]
    found = (_check_loop(graph, _turned(loop)) for loop in loops)
    return sorted(problem for problem in found if problem is not None)


def _turned(loop: Sequence[str]) -> list[str]:
    """Let a loop begin at its first name: where the search enters it depends on the hash seed."""
    start = loop.index(min(loop))
    return [*loop[start:], *loop[:start]]


def _check_loop(graph: "nx.MultiDiGraph[str]", loop: Sequence[str]) -> Problem | None:
    """Check one loop; of several recipes between two stages any may be the one that closes it."""
    edges = zip(loop, [*loop[1:], loop[0]], strict=True)
    steps = [[data["row"] for data in graph.get_edge_data(*edge).values()] for edge in edges]
    if all(any(row["essential"] for row in rows) for rows in steps):
        needed = [[row["quantity_per_unit"] for row in rows if row["essential"]] for rows in steps]
        known = all(quantity is not None for quantities in needed for quantity in quantities)
        passes = known and math.prod(max(quantities) for quantities in needed) < 1
    else:
        least = [[row["quantity_per_unit"] for row in rows if row["quantity_per_unit"] is not None] for rows in steps]
        passes = not all(least) or math.prod(min(quantities) for quantities in least) > 1
    if passes:
        return None
    first = min((row for rows in steps for row in rows), key=lambda row: row["line"])
    message = f"a loop that makes something out of nothing, or never enough: {' -> '.join([*loop, loop[0]])}"
    return Problem(first["file"], first["line"], "quantity_per_unit", "cycle", message, first["recipe_id"] or "")
