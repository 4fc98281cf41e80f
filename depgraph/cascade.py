"""How a failure spreads through a network of deliveries: the ESRI cascade.

A node that fails delivers less to its users (downstream) and buys less from its suppliers
(upstream). Inputs of one sector are alternatives; sectors are complements where they are
essential to the user's sector. Many failures are followed side by side, one a column.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from depgraph.errors import DepgraphError

Numbers = NDArray[np.float64]
Places = NDArray[np.intp]

CHUNK = 1 << 14  # entries that are multiplied at once: their rows of a batch stay in the cache


class InvalidNetworkError(DepgraphError):
    """Deliveries, sectors or shocks cannot be what they are given as."""


class Block(NamedTuple):
    """Rows of a sparse matrix with equally many entries each: together they are a dense array."""

    rows: Places
    cols: Places
    values: Numbers


Sparse = tuple[Block, ...]


def _sparse(rows: Places, cols: Places, values: Numbers) -> Sparse:
    order = np.lexsort((cols, rows))
    cols, values = cols[order], values[order]
    numbers, first, counts = np.unique(rows[order], return_index=True, return_counts=True)
    blocks = []
    for count in np.unique(counts):
        same = np.flatnonzero(counts == count)
        for part in np.array_split(same, -(-same.size * int(count) // CHUNK)):
            place = first[part][:, None] + np.arange(count)
            blocks.append(Block(numbers[part], cols[place], values[place][:, None, :]))
    return tuple(blocks)


def _times(matrix: Sparse, x: Numbers, n_rows: int) -> Numbers:
    result = np.zeros((n_rows, x.shape[1]))
    touched = x.any(axis=1)
    for rows, cols, values in matrix:
        keep = touched[cols].any(axis=1)
        if keep.all():
            result[rows] = (values @ x.take(cols, axis=0))[:, 0]
        elif keep.any():
            result[rows[keep]] = (values[keep] @ x.take(cols[keep], axis=0))[:, 0]
    return result


def _largest(matrix: Sparse, x: Numbers, n_rows: int) -> Numbers:
    result = np.zeros((n_rows, x.shape[1]))
    for rows, cols, _ in matrix:
        result[rows] = x.take(cols, axis=0).max(axis=1)
    return result
