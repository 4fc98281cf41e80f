"""Synthetic networks for the benchmarks: the same seed gives the same network."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray



class Firms(NamedTuple):
    """Who delivers how much to whom, and who belongs to which sector."""

    suppliers: NDArray[np.int64]
    users: NDArray[np.int64]
    amounts: NDArray[np.float64]
    sectors: NDArray[np.int64]
    essentiality: NDArray[np.int64]


def firms(nodes: int, edges: int, sectors: int = 86, seed: int = 1) -> Firms:
    """Draw a network of firms with heavy-tailed numbers of customers and of suppliers.

    About half of all sector pairs are non-essential, two in five essential, one in ten irrelevant.
    """
    rng = np.random.default_rng(seed)
    sells, buys = (_chances(rng, nodes) for _ in range(2))
    pairs = np.empty(0, dtype=np.int64)
    while pairs.size < edges:
        drawn = rng.choice(nodes, 2 * edges, p=sells) * nodes + rng.choice(nodes, 2 * edges, p=buys)
        pairs = np.unique(np.concatenate([pairs, drawn[drawn // nodes != drawn % nodes]]))
    pairs = np.sort(rng.choice(pairs, edges, replace=False))
    return Firms(
        suppliers=pairs // nodes,
        users=pairs % nodes,
        amounts=rng.lognormal(0, 1, edges),
        sectors=rng.integers(0, sectors, nodes),
        essentiality=rng.choice([2, 1, 0], (sectors, sectors), p=[0.4, 0.5, 0.1]),
    )


def _chances(rng: np.random.Generator, nodes: int) -> NDArray[np.float64]:
    """Draw how likely each node is to be at one end of an edge."""
    weight = rng.pareto(2.0, nodes) + 1
    return weight / weight.sum()
