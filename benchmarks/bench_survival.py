"""Every site removed in turn: one loaded programme against a PuLP model built anew for each.

Run ``python benchmarks/bench_survival.py`` from the root of the repository. The sweep does all
removals; models are rebuilt for a sample of them, half before and half after the sweep, and their
optima compared. ``--all`` rebuilds every one, which takes minutes.
"""

import argparse
import time
from collections.abc import Callable, Collection
from statistics import median
from typing import TypeVar

import numpy as np
import pulp
from networks import tiers

from depgraph.measures import survival
from depgraph.measures.survival import Chain

RECOVER, HORIZON = 6.0, 60.0
SMALL = 1e-6
Answer = TypeVar("Answer")


def rebuilt(chain: Chain, down: Collection[str], costs: dict[str, float] | None) -> float:
    """Write the model of one removal as its formulas stand, solve it; return the loss, or the time if nothing costs."""
    problem = pulp.LpProblem("removal", pulp.LpMinimize)
    clock = RECOVER if costs else problem.add_variable("t", 0, HORIZON)
    makers: dict[str, list[str]] = {}
    for name, site in chain.sites.items():
        makers.setdefault(site.product, []).append(name)
    make = {
        name: problem.add_variable(f"u{i}", 0, 0 if name in down else site.capacity * RECOVER if costs else None)
        for i, (name, site) in enumerate(chain.sites.items())
    }
    flow = {pair: problem.add_variable(f"y{i}", 0) for i, pair in enumerate(chain.links)}
    serving = [name for good in chain.demand for name in makers[good]]
    serve = {name: problem.add_variable(f"z{i}", 0) for i, name in enumerate(serving)}
    lose = {good: problem.add_variable(f"l{i}", 0, None if costs else 0) for i, good in enumerate(chain.demand)}
    problem += pulp.lpSum(costs[good] * lose[good] for good in chain.demand) if costs else -1 * clock
    into: dict[tuple[str, str], list[pulp.LpVariable]] = {}
    out: dict[str, list[pulp.LpVariable]] = {}
    for (supplier, user), variable in flow.items():
        into.setdefault((user, chain.sites[supplier].product), []).append(variable)
        out.setdefault(supplier, []).append(variable)
    for name, site in chain.sites.items():
        problem += pulp.lpSum([*out.get(name, []), serve.get(name, 0)]) - make[name] <= site.stock
        if not costs:
            problem += make[name] <= site.capacity * clock
        for needed, quantity in chain.recipes.get(site.product, {}).items():
            problem += quantity * make[name] <= pulp.lpSum(into[name, needed])
    for good, wanted in chain.demand.items():
        problem += lose[good] + pulp.lpSum(serve[name] for name in makers[good]) >= wanted * clock
    problem.solve(pulp.HiGHS(msg=False, threads=1))
    return float(pulp.value(problem.objective)) if costs else float(clock.value())


def timed(action: Callable[[], Answer]) -> tuple[float, Answer]:
    """Return the seconds an action takes and what it returns."""
    start = time.perf_counter()
    result = action()
    return time.perf_counter() - start, result


def compare(
    what: str, sweep: Callable[[], dict[str, float]], rebuild: Callable[[str], float], names: list[str]
) -> dict[str, float]:
    """Time the sweep between two halves of the rebuilt models, print the ratio and return the sweep."""
    half = len(names) // 2
    old = [timed(lambda name=name: rebuild(name)) for name in names[:half]]
    seconds, found = timed(sweep)
    old += [timed(lambda name=name: rebuild(name)) for name in names[half:]]
    each, before = seconds / len(found), median(seconds for seconds, _ in old)
    gap = max(abs(value - found[name]) / (1 + value) for (_, value), name in zip(old, names, strict=True))
    print(f"{what}: sweep {seconds:.1f} s with building, {each * 1e3:.2f} ms each")
    print(f"  PuLP rebuilt, HiGHS: {before * 1e3:.1f} ms each, {len(names)} removals; largest difference {gap:.1e}")
    print(f"  ratio {before / each:.1f} (goal 20)")
    return found


def main() -> None:
    """Sweep all removals for losses and for times, and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=40)
    parser.add_argument("--all", action="store_true")
    arguments = parser.parse_args()
    chain = tiers()
    costs = {good: 1.0 + k % 7 for k, good in enumerate(sorted(chain.demand))}
    removals = {name: [name] for name, site in chain.sites.items() if site.product not in chain.demand}
    size = len(removals) if arguments.all else arguments.sample
    names = [str(name) for name in np.random.default_rng(3).choice(list(removals), size, replace=False)]
    lp = survival.loss_model(chain, RECOVER, costs).programme
    print(f"{len(chain.sites)} sites, {len(removals)} removals; {len(lp.lb)} columns, {len(lp.row_lo)} rows")

    def losses() -> dict[str, float]:
        return {n: loss.cost for n, loss in survival.recovery_losses(chain, RECOVER, costs, removals).items()}

    def times() -> dict[str, float]:
        found = survival.survival_times(chain, removals, horizon=HORIZON)
        return {n: min(survived.time, HORIZON) for n, survived in found.items()}

    lost = compare("loss until recovery", losses, lambda name: rebuilt(chain, removals[name], costs), names)
    survived = compare("time to survive", times, lambda name: rebuilt(chain, removals[name], None), names)
    hurt = sum(cost > SMALL for cost in lost.values())
    wrong = sum((survived[name] < RECOVER * (1 - SMALL)) != (lost[name] > SMALL) for name in removals)
    endless = sum(value >= HORIZON for value in survived.values())
    print(f"{hurt} removals cost something, {endless} survive; time and loss disagree about {wrong}")


if __name__ == "__main__":
    main()
