"""How a failure spreads through a network of deliveries: the ESRI cascade.

A node that fails delivers less to its users (downstream) and buys less from its suppliers
(upstream). Suppliers of one sector are alternatives; sectors that are essential to a user are
complements. Many shocks are followed side by side, one a column, on arrays that grow with the
number of deliveries and never with the number of nodes squared.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from depgraph.core.errors import DepgraphError

EPS = 1e-2  # of Diem et al. (2022): the rounds end when no node loses more than this in one
BATCH = 32  # columns side by side: enough to share the work of finding rows, few enough for the cache
CHUNK = 1 << 12  # entries of a matrix that are multiplied at once, for the same reason

ESSENTIAL, LINEAR, IRRELEVANT = 2, 1, 0

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]
Starts = Callable[[int, int], Numbers]  # number of the first shock and how many: nodes x shocks


class InvalidNetworkError(DepgraphError):
    """Deliveries, sectors, shocks or the stopping rule cannot be what they are given as."""


class Block(NamedTuple):
    """Rows of a sparse matrix that have equally many entries: together a dense array.

    Attributes
    ----------
    rows
        Row numbers, m.
    cols
        Column numbers of their entries, m x d.
    values
        The entries, m x 1 x d.
    """

    rows: Places
    cols: Places
    values: Numbers


Sparse = tuple[Block, ...]


@dataclass(frozen=True)
class Deliveries:
    """A network made ready for shocks, by `prepare`.

    Attributes
    ----------
    sector, sold, weights
        Of each node: number of its sector, its deliveries, its weight in the index.
    inputs
        Shares in the essential inputs, one a pair of user and supplying sector: inputs x nodes.
    essential
        Which inputs each user has, of which the scarcest counts: users x inputs.
    linear
        Shares in all inputs of non-essential suppliers: users x nodes.
    customers
        Shares in the deliveries of each supplier: suppliers x users.
    peers
        Deliveries by sector: sectors x nodes; None if no supplier can be replaced.
    sizes
        Number of essential inputs and of sectors.
    """

    sector: Places
    sold: Numbers
    weights: Numbers
    inputs: Sparse
    essential: Sparse
    linear: Sparse
    customers: Sparse
    peers: Sparse | None
    sizes: tuple[int, int]


class Spread(NamedTuple):
    """What each node loses under each shock, shocks x nodes, fractions of its output.

    Attributes
    ----------
    downstream
        For want of inputs.
    upstream
        For want of customers.
    both
        The larger of the two.
    rounds
        How many each shock took.
    """

    downstream: Numbers
    upstream: Numbers
    both: Numbers
    rounds: Places


class Esri(NamedTuple):
    """Economic systemic risk index of each failure; None if the network's weights are all zero.

    Attributes
    ----------
    both, downstream, upstream
        Lost fraction of the whole network's weight.
    rounds
        How many each failure took.
    """

    both: Numbers | None
    downstream: Numbers | None
    upstream: Numbers | None
    rounds: Places


class Tiers(NamedTuple):
    """What each node has lost after each round, rounds x nodes; row 0 is the shock itself.

    Attributes
    ----------
    downstream, upstream, both
        As in `Spread`.
    """

    downstream: Numbers
    upstream: Numbers
    both: Numbers


def prepare(
    suppliers: ArrayLike,
    users: ArrayLike,
    amounts: ArrayLike,
    sectors: ArrayLike,
    essentiality: ArrayLike,
    *,
    replaceable: bool = True,
    weights: ArrayLike | None = None,
) -> Deliveries:
    """Make a network ready for shocks.

    With W_ij what i delivers to j, s_i all that i delivers, p_i the sector of i and e the
    essentiality, a user j loses of its inputs, and a supplier i of its sales, the shares

        D_ij = W_ij / sum of W_mj over m of sector p_i   if e is 2 (essential)
        D_ij = W_ij / sum of W_mj over all m             if e is 1 (not essential)
        D_ij = 0                                         if e is 0 (irrelevant)
        U_ij = W_ij / s_i

    Parameters
    ----------
    suppliers, users, amounts
        One delivery each: node numbers from 0, and how much in one unit of value. Deliveries
        between the same two nodes add up; a node may deliver to itself; amounts of 0 are
        no delivery.
    sectors
        Number of the sector of each node, from 0.
    essentiality
        2, 1 or 0 for each sector that supplies (row) and each that uses (column).
    replaceable
        Whether the rest of a sector can step in for a supplier according to its market share.
    weights
        What the index weighs a node by, not negative; its deliveries if None. Deliveries leave
        out what a node sells to final users: give value added or output where known.

    Returns
    -------
    Deliveries
        For `spread`, `esri` and `tiers`.

    Raises
    ------
    InvalidNetworkError
        If numbers do not fit together, lie outside their range or are not finite: an unknown
        amount must be left out or estimated by the caller.

    References
    ----------
    Diem, Borsos, Reisch, Kertesz and Thurner (2022), Scientific Reports 12, 7719,
    doi:10.1038/s41598-022-11522-z.

    Examples
    --------
    >>> ore_to_metal = prepare([0], [1], [5.0], sectors=[0, 1], essentiality=[[2, 2], [2, 2]])
    >>> ore_to_metal.sold.tolist()
    [5.0, 0.0]
    """
    sector, kinds = _checked_sectors(sectors, essentiality)
    i, j, amount = _checked_deliveries(suppliers, users, amounts, len(sector))
    sold, bought = _sums(i, amount, len(sector)), _sums(j, amount, len(sector))
    kind = kinds[sector[i], sector[j]]
    linear = kind == LINEAR
    inputs, essential, number = _essential(i, j, amount, sector, kind == ESSENTIAL)
    return Deliveries(
        sector=sector,
        sold=sold,
        weights=sold if weights is None else _not_negative("weights", weights, len(sector)),
        inputs=inputs,
        essential=essential,
        linear=_sparse(j[linear], i[linear], (amount / bought[j])[linear]),
        customers=_sparse(i, j, amount / sold[i]),
        peers=_sparse(sector, np.arange(len(sector)), sold) if replaceable else None,
        sizes=(number, len(kinds)),
    )


def _require(rule: str, *, fits: bool | np.bool_) -> None:
    """Refuse input that breaks a rule.

    Raises
    ------
    InvalidNetworkError
        If it does.
    """
    if not fits:
        raise InvalidNetworkError(rule)


def _checked_sectors(sectors: ArrayLike, essentiality: ArrayLike) -> tuple[Places, Places]:
    """Return sectors and essentiality as whole numbers, or refuse them."""
    kinds, sector = np.asarray(essentiality, dtype=float), np.asarray(sectors)
    fits = kinds.ndim == 2 and len(set(kinds.shape)) == 1 and np.isin(kinds, (ESSENTIAL, LINEAR, IRRELEVANT)).all()
    _require("essentiality is 2 (essential), 1 (not) or 0 (irrelevant) for each pair of sectors, a square", fits=fits)
    return _numbers_below("sectors", sector, len(kinds)), kinds.astype(np.int64)


def _checked_deliveries(
    suppliers: ArrayLike, users: ArrayLike, amounts: ArrayLike, n: int
) -> tuple[Places, Places, Numbers]:
    """Return the deliveries that are not zero, or refuse them."""
    i, j = (_numbers_below(name, np.asarray(ends), n) for name, ends in (("suppliers", suppliers), ("users", users)))
    amount = _not_negative("amounts", amounts, len(i))
    _require(f"{len(i)} suppliers and {len(j)} users: give one of each for every delivery", fits=len(j) == len(i))
    there = amount > 0
    return i[there], j[there], amount[there]


def _numbers_below(name: str, numbers: NDArray[np.generic], limit: int) -> Places:
    """Return whole numbers from 0 to below a limit, or refuse them."""
    whole = np.asarray(numbers, dtype=float)
    fits = whole.ndim == 1 and ((whole == np.floor(whole)) & (whole >= 0) & (whole < limit)).all()
    _require(f"{name} are a list of whole numbers from 0 to {limit - 1}", fits=fits)
    return whole.astype(np.int64)


def _not_negative(name: str, numbers: ArrayLike, length: int) -> Numbers:
    """Return finite numbers of 0 or more, or refuse them."""
    values = np.asarray(numbers, dtype=float)
    fits = values.shape == (length,) and (np.isfinite(values) & (values >= 0)).all()
    _require(f"{name} are {length} finite numbers, none negative; leave out what is unknown", fits=fits)
    return values


def _sums(places: Places, amounts: Numbers, n: int) -> Numbers:
    """Return the sum of the amounts at each place."""
    return np.bincount(places, amounts, n).astype(np.float64)


def _essential(
    i: Places, j: Places, amount: Numbers, sector: Places, wanted: NDArray[np.bool_]
) -> tuple[Sparse, Sparse, int]:
    """Group the essential suppliers of each user by sector and return shares, users' inputs and their number."""
    i, j, amount = i[wanted], j[wanted], amount[wanted]
    stride = int(sector.max(initial=0)) + 1
    keys, group = np.unique(j * stride + sector[i], return_inverse=True)
    share = amount / _sums(group, amount, len(keys))[group]
    users = _sparse(keys // stride, np.arange(len(keys)), np.ones(len(keys)))
    return _sparse(group, i, share), users, len(keys)


def _sparse(rows: Places, cols: Places, values: Numbers) -> Sparse:
    """Sort the entries of a matrix into blocks of rows with equally many."""
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
    """Return the product of a matrix with columns."""
    product = np.zeros((n_rows, x.shape[1]))
    for rows, cols, values in matrix:
        product[rows] = (values @ x.take(cols, axis=0))[:, 0]
    return product


def spread(network: Deliveries, shocks: ArrayLike, *, eps: float = EPS, batch: int = BATCH) -> Spread:
    """Follow shocks until the network is at rest.

    With psi_j the shock, d_j and u_j the downstream and upstream loss of j, both psi_j at first,
    all nodes are brought forward together:

        sigma_i = min(1, s_i / sum of s_m (1 - d_m) over m of sector p_i),   1 if that sum is 0
        d_j    <- min(1, max(psi_j, max over essential sectors k of sum_i sigma_i D_ij d_i over i of k,
                              sum_i sigma_i D_ij d_i over all that is not essential))
        u_i    <- min(1, max(psi_i, sum_j U_ij u_j))

    until no loss rises by more than eps. Without replacement every sigma is 1. A node without
    suppliers (customers) keeps its shock as downstream (upstream) loss. Losses never fall, so
    the rounds end; what a loss could still gain is not bounded by eps: in a network that sells
    nothing to final users the upstream loss of all nodes creeps towards 1 as eps goes to 0.

    Parameters
    ----------
    network
        From `prepare`.
    shocks
        Shocks x nodes: the fraction of its output that each node loses at the outset, 0 to 1.
    eps
        Above 0; the authors' 0.01 by default.
    batch
        How many shocks are followed side by side; memory grows with it, results stay.

    Returns
    -------
    Spread
        One row a shock.

    Raises
    ------
    InvalidNetworkError
        If a shock is not within 0..1, or eps or batch is not above 0.

    References
    ----------
    Diem, Borsos, Reisch, Kertesz and Thurner (2022), Scientific Reports 12, 7719,
    doi:10.1038/s41598-022-11522-z.

    Examples
    --------
    >>> chain = prepare([0, 1], [1, 2], [5.0, 5.0], sectors=[0, 1, 2], essentiality=[[2] * 3] * 3)
    >>> spread(chain, [[0.5, 0.0, 0.0]]).downstream.tolist()
    [[0.5, 0.5, 0.5]]
    """
    psi = _checked_shocks(shocks, len(network.sector))
    down, up, rounds = np.empty(psi.shape), np.empty(psi.shape), np.empty(len(psi), dtype=np.int64)
    columns = _follow(network, lambda at, many: psi[at : at + many].T, len(psi), eps, batch)
    for which, lost_down, lost_up, ages in columns:
        down[which], up[which], rounds[which] = lost_down.T, lost_up.T, ages
    return Spread(down, up, np.maximum(down, up), rounds)


def _checked_shocks(shocks: ArrayLike, n: int) -> Numbers:
    """Return shocks as a table of fractions, or refuse them."""
    psi = np.asarray(shocks, dtype=float)
    fits = psi.ndim == 2 and psi.shape[1] == n and ((psi >= 0) & (psi <= 1)).all()
    _require(f"a shock is a fraction from 0 to 1 for each of the {n} nodes", fits=fits)
    return psi


def esri(
    network: Deliveries,
    failures: Sequence[Sequence[int]] | None = None,
    *,
    eps: float = EPS,
    batch: int = BATCH,
) -> Esri:
    """Economic systemic risk index: what a network loses when nodes fail outright.

        ESRI = sum_i w_i max(d_i, u_i) / sum_i w_i

    with the losses of `spread` under a shock of 1 to the nodes that fail; likewise with d or u
    alone. Losses are summed as soon as a failure has come to rest, so that all failures of a large
    network fit into little memory.

    Parameters
    ----------
    network
        From `prepare`.
    failures
        Nodes that fail together, such as all of one country; each node alone if None.
    eps, batch
        As in `spread`.

    Returns
    -------
    Esri
        One index a failure, None where all weights are 0.

    Raises
    ------
    InvalidNetworkError
        If a failure names a node that is not there, or eps or batch is not above 0.

    References
    ----------
    Diem, Borsos, Reisch, Kertesz and Thurner (2022), Scientific Reports 12, 7719,
    doi:10.1038/s41598-022-11522-z.

    Examples
    --------
    >>> pair = prepare([0], [1], [1.0], sectors=[0, 1], essentiality=[[1, 1], [1, 1]])
    >>> esri(pair).upstream.tolist()
    [1.0, 1.0]
    """
    n = len(network.sector)
    sets = np.arange(n)[:, None] if failures is None else map(np.asarray, failures)
    failing = [_numbers_below("failing nodes", nodes, n) for nodes in sets]
    sums, rounds = np.empty((3, len(failing))), np.empty(len(failing), dtype=np.int64)
    for which, down, up, ages in _follow(network, _outright(failing, n), len(failing), eps, batch):
        sums[:, which] = [network.weights @ loss for loss in (np.maximum(down, up), down, up)]
        rounds[which] = ages
    total = network.weights.sum()
    if not total > 0:
        return Esri(None, None, None, rounds)
    both, downstream, upstream = sums / total
    return Esri(both, downstream, upstream, rounds)


def _outright(failing: Sequence[Places], n: int) -> Starts:
    """Return what makes the columns of complete failures, only as many as are asked for."""

    def starts(at: int, many: int) -> Numbers:
        psi = np.zeros((n, many))
        for column, nodes in enumerate(failing[at : at + many]):
            psi[nodes, column] = 1.0
        return psi

    return starts


def tiers(network: Deliveries, shock: ArrayLike, *, eps: float = EPS) -> Tiers:
    """Follow one shock round by round: a loss reaches the next tier with each.

    Parameters
    ----------
    network
        From `prepare`.
    shock
        The fraction of its output that each node loses at the outset, 0 to 1.
    eps
        As in `spread`.

    Returns
    -------
    Tiers
        The last row is what `spread` gives.

    Raises
    ------
    InvalidNetworkError
        If the shock is not within 0..1 or eps is not above 0.

    Examples
    --------
    >>> chain = prepare([0, 1], [1, 2], [5.0, 5.0], sectors=[0, 1, 2], essentiality=[[2] * 3] * 3)
    >>> tiers(chain, [1.0, 0.0, 0.0]).downstream.tolist()
    [[1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]
    """
    psi = _checked_shocks(np.asarray(shock, dtype=float)[None], len(network.sector)).T
    _check_rule(eps, 1)
    history, rise = [(psi, psi)], 1.0
    while rise > eps:
        after = _round(network, psi, *history[-1])
        rise = _rise(history[-1], after).max()
        history.append(after)
    down, up = (np.hstack(losses).T for losses in zip(*history, strict=True))
    return Tiers(down, up, np.maximum(down, up))


def _check_rule(eps: float, batch: int) -> None:
    """Refuse a stopping rule that would not stop and a batch without columns."""
    _require(f"eps {eps!r} and batch {batch!r} must lie above 0", fits=eps > 0 and batch > 0)


def _follow(
    network: Deliveries, starts: Starts, count: int, eps: float, batch: int
) -> Iterator[tuple[Places, Numbers, Numbers, Places]]:
    """Yield which shocks came to rest, their downstream and upstream losses and rounds, as they do."""
    _check_rule(eps, batch)
    begun = min(batch, count)
    which, age = np.arange(begun), np.zeros(begun, dtype=np.int64)
    columns = tuple(np.array(starts(0, begun), order="C") for _ in range(3))
    while which.size:
        psi, *before = columns
        after = _round(network, psi, *before)
        columns, age = (psi, *after), age + 1
        rest = np.flatnonzero(_rise(before, after) <= eps)
        if rest.size:
            yield which[rest], after[0][:, rest], after[1][:, rest], age[rest]
            # the next shocks take the columns that are free: a batch that runs dry wastes most of a round
            free, spare = rest[: count - begun], rest[count - begun :]
            fresh = starts(begun, free.size)
            for column in columns:
                column[:, free] = fresh
            which[free], age[free] = np.arange(begun, begun + free.size), 0
            begun += free.size
            which, age = np.delete(which, spare), np.delete(age, spare)
            columns = tuple(np.delete(column, spare, axis=1) for column in columns) if spare.size else columns


def _rise(before: Sequence[Numbers], after: Sequence[Numbers]) -> Numbers:
    """Return by how much the loss of some node rose, for each column."""
    rises = [(new - old).max(axis=0, initial=0.0) for old, new in zip(before, after, strict=True)]
    largest: Numbers = np.max(rises, axis=0)
    return largest


def _round(network: Deliveries, psi: Numbers, down: Numbers, up: Numbers) -> tuple[Numbers, Numbers]:
    """Bring all losses forward by one round."""
    felt = down * _irreplaceable(network, down)
    after_down = _times(network.linear, felt, len(psi))
    lacking = _times(network.inputs, felt, network.sizes[0])
    for rows, cols, _ in network.essential:
        after_down[rows] = np.maximum(after_down[rows], lacking.take(cols, axis=0).max(axis=1))
    return _bounded(after_down, psi), _bounded(_times(network.customers, up, len(psi)), psi)


def _bounded(loss: Numbers, psi: Numbers) -> Numbers:
    """Bring losses within the shock and 1, in place."""
    np.maximum(loss, psi, out=loss)
    return np.minimum(loss, 1.0, out=loss)


def _irreplaceable(network: Deliveries, down: Numbers) -> Numbers:
    """Return sigma, the part of a supplier's loss that the rest of its sector cannot make good."""
    sigma = np.ones_like(down)
    if network.peers is not None:
        left = _times(network.peers, 1 - down, network.sizes[1])[network.sector]
        np.divide(network.sold[:, None], left, out=sigma, where=left > network.sold[:, None])
    return sigma
