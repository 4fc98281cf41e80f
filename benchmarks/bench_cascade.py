"""The cascade of every node: sparse columns side by side against plain dense numpy.

Run ``python benchmarks/bench_cascade.py`` from the root of the repository. First every node of
three networks, each in a process of its own, for the growth of memory and time. Then dense numpy
one shock at a time (the formulas as they are written) and 32 at a time, in turn with ours on the
same sample of nodes of the largest network.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median

import numpy as np
from networks import Firms, firms
from numpy.typing import NDArray

from depgraph.measures import cascade

Numbers = NDArray[np.float64]
SIZES = ((2_000, 20_000), (5_000, 50_000), (10_000, 100_000))
SAMPLE, ALONE, REPEATS = 64, 6, 3
OURS, ONE, MANY = "sparse (depgraph)", "dense, one at a time", "dense, 32 at a time"


class Dense:
    """The same network as full matrices, nodes sorted by sector."""

    def __init__(self, network: Firms) -> None:
        n = len(network.sectors)
        order = np.argsort(network.sectors, kind="stable")
        self.place = np.argsort(order)
        self.sector = network.sectors[order]
        self.edge = np.searchsorted(self.sector, np.arange(len(network.essentiality) + 1))
        trade = np.zeros((n, n))
        trade[self.place[network.suppliers], self.place[network.users]] = network.amounts
        self.sold, bought = trade.sum(axis=1), trade.sum(axis=0)
        self.linear = np.zeros((n, n))  # users x suppliers, as are the blocks of essential inputs
        self.essential = []
        for k, kind in enumerate(network.essentiality[:, self.sector]):
            part = slice(self.edge[k], self.edge[k + 1])
            users = np.flatnonzero(kind == 2)
            block = trade[part, users].T
            whole = block.sum(axis=1, keepdims=True)
            self.essential.append((part, users, np.divide(block, whole, where=whole > 0, out=np.zeros_like(block))))
            self.linear[kind == 1, part] = (trade[part] / np.where(bought > 0, bought, 1)).T[kind == 1]
        trade /= np.where(self.sold > 0, self.sold, 1)[:, None]
        self.upstream = trade

    def run(self, nodes: NDArray[np.int64]) -> tuple[Numbers, Numbers]:
        """Follow the failures of some nodes side by side until all are at rest."""
        psi = np.zeros((len(self.sector), len(nodes)))
        psi[self.place[nodes], np.arange(len(nodes))] = 1
        down = up = psi
        rise = 1.0
        while rise > cascade.EPS:
            after = np.minimum(1, np.maximum(psi, self.lost_inputs(down)))
            after_up = np.minimum(1, np.maximum(psi, self.upstream @ up))
            rise = max((after - down).max(), (after_up - up).max())
            down, up = after, after_up
        return down[self.place], up[self.place]

    def lost_inputs(self, down: Numbers) -> Numbers:
        """Return what each node lacks for want of inputs."""
        left = np.add.reduceat(self.sold[:, None] * (1 - down), self.edge[:-1], axis=0)[self.sector]
        with np.errstate(divide="ignore", invalid="ignore"):
            felt = np.where(left > 0, np.minimum(1, self.sold[:, None] / left), 1) * down
        lost = self.linear @ felt
        for part, users, block in self.essential:
            lost[users] = np.maximum(lost[users], block @ felt[part])
        return lost


def state(prepared: cascade.Deliveries) -> int:
    """Bytes of the prepared network."""
    matrices = (prepared.inputs, prepared.essential, prepared.linear, prepared.customers, prepared.peers or ())
    blocks = sum(array.nbytes for matrix in matrices for block in matrix for array in block)
    return blocks + sum(array.nbytes for array in (prepared.sector, prepared.sold, prepared.weights))


def every_node(nodes: int, edges: int) -> None:
    """Do every node of one network in this process and report time and memory as JSON."""
    prepared = cascade.prepare(*firms(nodes, edges))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    start = time.perf_counter()
    result = cascade.esri(prepared)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = {"seconds": seconds, "before": before, "peak": peak, "state": state(prepared) / 2**20}
    print(json.dumps(figures | {"rounds": float(result.rounds.mean())}))


def growth() -> float:
    """Print memory and time per shock over the sizes; return ms per shock of the largest."""
    print("every node  nodes    edges  state MB  bytes/edge  MB before  MB peak  rounds  ms/shock  seconds")
    for nodes, edges in SIZES:
        command = [sys.executable, __file__, "--every-node", str(nodes), str(edges)]
        done = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        per_shock = done["seconds"] / nodes * 1e3
        print(
            f"{nodes:17,} {edges:8,} {done['state']:9.2f} {done['state'] * 2**20 / edges:11.1f} {done['before']:10.0f}"
            f" {done['peak']:8.0f} {done['rounds']:7.2f} {per_shock:9.3f} {done['seconds']:8.1f}"
        )
    return per_shock


def compare() -> dict[str, float]:
    """Time ours and dense numpy in turn on the same nodes; return ms per shock of each."""
    network = firms(*SIZES[-1])
    prepared, dense = cascade.prepare(*network), Dense(network)
    nodes = np.random.default_rng(7).choice(SIZES[-1][0], SAMPLE, replace=False)
    times: dict[str, list[float]] = {OURS: [], ONE: [], MANY: []}
    for repeat in range(REPEATS):
        few = nodes[repeat * ALONE : (repeat + 1) * ALONE]
        times[ONE].append(timed(lambda few=few: [dense.run(few[k : k + 1]) for k in range(ALONE)]) / ALONE)
        times[OURS].append(timed(lambda: cascade.esri(prepared, nodes[:, None])) / SAMPLE)
        times[MANY].append(timed(lambda: [dense.run(half) for half in np.array_split(nodes, 2)]) / SAMPLE)
    for name, values in times.items():
        print(f"{name:<22}{median(values) * 1e3:10.2f} ms/shock")
    shocks = np.zeros((ALONE, SIZES[-1][0]))
    shocks[np.arange(ALONE), nodes[:ALONE]] = 1
    found = cascade.spread(prepared, shocks)
    wanted = np.concatenate([np.stack(dense.run(nodes[k : k + 1]))[..., 0][:, None] for k in range(ALONE)], axis=1)
    print(f"largest difference of any loss: {np.abs(wanted - [found.downstream, found.upstream]).max():.1e}")
    return {name: median(values) * 1e3 for name, values in times.items()}


def timed(action: Callable[[], object]) -> float:
    """Return the seconds an action takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def main() -> None:
    """Run the growth in fresh processes, then the comparison, and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every-node", nargs=2, type=int, metavar=("NODES", "EDGES"))
    arguments = parser.parse_args()
    if arguments.every_node:
        every_node(*arguments.every_node)
        return
    per_shock = growth()
    ms = compare()
    for name in (ONE, MANY):
        print(f"{name}: {ms[name] / ms[OURS]:.1f} times ours on the sample, {ms[name] / per_shock:.1f} on every node")


if __name__ == "__main__":
    main()
