"""Stages and the recipes that join them into chains."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import networkx as nx

from depgraph.errors import Problem

Row = Mapping[str, Any]


def stage_id(row: Row) -> str | None:
    """Return ``product/stage`` of a claim or figure, None where it names no stage.

    Examples
    --------
    >>> stage_id({"product": "gallium", "stage": "primary"})
    'gallium/primary'
    """
    return f"{row['product']}/{row['stage']}" if row["product"] and row["stage"] else None


def check_loops(recipes: Sequence[Row]) -> list[Problem]:
    """Refuse recipe loops that create something out of nothing.

    Around a loop the quantities of input per unit of output multiply; a product of at most 1
    means that a round gives back as much as it took or more (Hawkins and Simon 1949).

    Parameters
    ----------
    recipes
        Recipe rows.

    Returns
    -------
    list of Problem
        One for each loop whose gain is 1 or more, and for each loop of essential inputs whose
        gain is unknown. A recycling loop with losses passes.
    """
    graph: nx.DiGraph = nx.DiGraph()
    for row in recipes:
        graph.add_edge(row["input"], row["output"], row=row)
    problems = []
    for loop in sorted(nx.simple_cycles(graph)):
        rows = [graph.edges[edge]["row"] for edge in zip(loop, [*loop[1:], loop[0]], strict=True)]
        quantities = [row["quantity_per_unit"] for row in rows]
        known = None not in quantities
        if (known and _product(quantities) <= 1) or (not known and all(row["essential"] for row in rows)):
            first = min(rows, key=lambda row: row["line"])
            names = " -> ".join([*loop, loop[0]])
            message = f"a loop with a gain of 1 or more, or of unknown gain: {names}"
            problems.append(
                Problem(first["file"], first["line"], "quantity_per_unit", "cycle", message, first["recipe_id"])
            )
    return problems


def _product(numbers: Iterable[float]) -> float:
    """Multiply numbers."""
    result = 1.0
    for number in numbers:
        result *= number
    return result
