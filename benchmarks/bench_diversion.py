"""The diversion model: hot re-solves against PuLP, building against linopy and PuLP, growth with size.

Run ``python benchmarks/bench_diversion.py`` from the root of the repository; ``hot``, ``build`` or
``growth`` after it runs one part. linopy is no dependency: without it its column says so. Seconds
on one thread are CPU seconds of this process, so that what else runs on the machine counts less;
threads are timed by the clock.
"""

import argparse
import gc
import importlib.util
import json
import os
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple, TypeVar

import cases
import numpy as np
import peers
import pulp

from depgraph.diversion import model as models
from depgraph.diversion.instance import Case
from depgraph.diversion.model import Model
from depgraph.lp import solve
from depgraph.lp.solve import Programme
from depgraph.lp.warm import WarmSolver

SAME = 1e-6  # most that two optima may differ, relative
BLOCKS = 10
KINDS = {"all by up to 10 %": (0.1, False), "one stage by up to 50 %": (0.5, True)}
BUILT, ROUNDS = 200_000, 5
GROWTH = (10_000, 100_000, 1_000_000)
Answer = TypeVar("Answer")


class Size(NamedTuple):
    """Columns, variants solved hot, of which rebuilt through PuLP and solved by threads, and the goal."""

    columns: int
    hot: int
    rebuilt: int
    threaded: int
    goal: float


SIZES = (Size(700, 1000, 1000, 1000, 20), Size(5_000, 1000, 100, 200, 15), Size(50_000, 1000, 20, 40, 6))


def timed(action: Callable[[], Answer], clock: Callable[[], float] = time.process_time) -> tuple[float, Answer]:
    """Return the seconds an action takes and what it returns."""
    gc.collect()
    start = clock()
    result = action()
    return clock() - start, result


def variant(model: Model, case: Case) -> Programme:
    """Put the numbers that `cases.changed` changes in the places of those of the first case."""
    v, first = model.columns, model.programme
    demands, routes, plants = case.demands, case.routes, case.plants
    low, high, top, cost = first.row_lo.copy(), first.row_hi.copy(), first.ub.copy(), first.cost.copy()
    wanted = np.zeros(case.shape)
    np.add.at(wanted, (demands.economy, demands.stage), demands.amount)
    np.subtract.at(wanted[:, :, 0], (case.stores.economy, case.stores.stage), case.stores.opening)
    low[model.rows("use")] = high[model.rows("use")] = wanted.ravel()
    high[model.rows("capacity")] = plants.capacity.ravel()
    high[model.rows("embargo")] = case.limits.amount.ravel()
    top[v.unmet] = demands.amount
    cost[v.output] = case.discount * plants.cost
    cost[v.shipment] = case.discount * (routes.freight + routes.premium + routes.tariff)
    return replace(first, cost=cost, row_lo=low, row_hi=high, ub=top)


def rebuilt(given: peers.Lists) -> float:
    """Write a case with PuLP, solve it by HiGHS on one thread and return the optimum."""
    problem = peers.with_pulp(given)
    problem.solve(pulp.HiGHS(msg=False, threads=1))
    return float(pulp.value(problem.objective))


def blocks(size: Size, case: Case, width: float, *, one_stage: bool) -> Iterator[tuple[list[Case], int]]:
    """Yield changed cases, and how many of them are rebuilt."""
    for block in range(BLOCKS):
        seeds = range(block * size.hot // BLOCKS, (block + 1) * size.hot // BLOCKS)
        many = (block + 1) * size.rebuilt // BLOCKS - block * size.rebuilt // BLOCKS
        yield [cases.changed(case, seed, width, one_stage=one_stage) for seed in seeds], many


def hot_against_pulp(size: Size, kind: str) -> None:
    """Solve variants hot and rebuilt in turn, block by block; print seconds, ratios and the largest difference."""
    width, one_stage = KINDS[kind]
    case = cases.draw(size.columns)
    start, (model, hot) = timed(lambda: loaded(case))
    ours, anew, old, gaps = start, 0.0, 0.0, []
    for changed, many in blocks(size, case, width, one_stage=one_stage):
        seconds, found = timed(lambda changed=changed: [hot.solve(variant(model, c)).objective for c in changed])
        ours += seconds
        given = [peers.lists(c) for c in changed[:many]]
        seconds, optima = timed(lambda given=given: [rebuilt(lists) for lists in given])
        old += seconds
        again = lambda some=changed[:many]: [hot.solve(models.build(c).programme).objective for c in some]  # noqa: E731
        seconds, same = timed(again)
        anew += seconds
        gaps += [abs(a - b) / (1 + abs(b)) for a, b in zip(found[:many] + same, optima * 2, strict=True)]
    each, whole, before = ours / size.hot, anew / size.rebuilt, old / size.rebuilt
    print(
        f"{cases.count(case):7,} columns, {kind}: hot {each * 1e3:.2f} ms ({size.hot}, with the first),"
        f" PuLP {before * 1e3:.1f} ms ({size.rebuilt}): ratio {before / each:.1f} (goal {size.goal:g});"
        f" equations written anew and hot {whole * 1e3:.2f} ms, ratio {before / whole:.1f};"
        f" largest difference {max(gaps):.1e}"
    )
    if max(gaps) > SAME:
        sys.exit("optima differ")


def loaded(case: Case) -> tuple[Model, WarmSolver]:
    """Build a case and solve it for the first time."""
    model = models.build(case)
    return model, WarmSolver(model.programme)


def threads(size: Size, jobs: int) -> None:
    """Solve variants on one thread and on several in turn, each thread with its own copy."""
    case = cases.draw(size.columns)
    model, first = loaded(case)
    held = [first, *(WarmSolver(model.programme) for _ in range(jobs - 1))]
    changed = [cases.changed(case, seed, 0.1) for seed in range(size.threaded)]

    def share(number: int, of: int) -> list[float]:
        return [held[number].solve(variant(model, c)).objective for c in changed[number::of]]

    def together() -> list[list[float]]:
        with ThreadPoolExecutor(jobs) as pool:
            return list(pool.map(lambda number: share(number, jobs), range(jobs)))

    rounds = []
    for _ in range(ROUNDS):
        before, cpu = machine(), time.process_time()
        one, alone = timed(lambda: share(0, 1), time.perf_counter)
        many, shares = timed(together, time.perf_counter)
        others = machine() - before - (time.process_time() - cpu)
        rounds.append((others / (one + many), one / size.threaded, many / size.threaded))
        if any(alone[number::jobs] != part for number, part in enumerate(shares)):
            sys.exit("answers depend on the number of threads")
    others, one, many = min(rounds)
    print(
        f"{cases.count(case):7,} columns, {size.threaded} variants: one thread {one * 1e3:.2f} ms each,"
        f" {jobs} threads {many * 1e3:.2f} ms, ratio {one / many:.2f} (goal at least 1), answers the same to the bit;"
        f" in the quietest of {ROUNDS} rounds, when other processes used {others:.1f} processors"
    )


def machine() -> float:
    """Return the seconds that the processors have worked so far, for whichever process; 0 where nothing tells."""
    stat = Path("/proc/stat")
    if not stat.exists():
        return 0.0
    ticks = [int(part) for part in stat.read_text(encoding="ascii").split("\n", 1)[0].split()[1:9]]
    return (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")


def ours_handed(case: Case) -> Any:  # noqa: ANN401 - highspy ships no types
    """Build a case and hand it to HiGHS."""
    programme = models.build(case).programme
    solve.check_arrays(programme)
    return solve.load(programme)


def pulp_handed(given: peers.Lists) -> Any:  # noqa: ANN401
    """Write a case with PuLP and hand it to HiGHS."""
    problem, solver = peers.with_pulp(given), pulp.HiGHS(msg=False, threads=1)
    solver.createAndConfigureSolver(problem)
    solver.buildSolverModel(problem)
    return problem.solverModel


def linopy_handed(case: Case) -> Any:  # noqa: ANN401
    """Write a case with linopy and hand it to HiGHS without a file."""
    from linopy.io import to_highspy

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about what its next version will do
        highs = to_highspy(peers.with_linopy(case))
    highs.setOptionValue("output_flag", False)
    return highs


def ways(case: Case) -> dict[str, Callable[[], Any]]:
    """Return how to build a case, by name; linopy where it is installed."""
    given = peers.lists(case)
    found = {"depgraph": lambda: ours_handed(case), "PuLP": lambda: pulp_handed(given)}
    if importlib.util.find_spec("linopy"):
        found["linopy"] = lambda: linopy_handed(case)
    return found


def in_both(model: Model) -> int:
    """Count the coefficients of rows that the others write too: bounded, and no bounds of a single variable."""
    programme = model.programme
    there = np.isfinite(programme.row_lo) | np.isfinite(programme.row_hi)
    for name in ("ramp", "storage"):
        there[model.rows(name)] = False
    return int(there[programme.rows].sum())


def building() -> None:
    """Build in turn with ours, linopy and PuLP; check the optima on a small case, the coefficients on the large one."""
    optima = {}
    for name, way in ways(cases.draw(5_000)).items():
        highs = way()
        highs.run()
        optima[name] = highs.getObjectiveValue()
    gap = max(abs(value - optima["depgraph"]) / abs(value) for value in optima.values())
    print(f"optima of a case of 5,000 columns differ by {gap:.1e} at most")
    if gap > SAME:
        sys.exit("optima differ")
    case = cases.draw(BUILT)
    wanted = in_both(models.build(case))
    seconds: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for name, way in ways(case).items():
            spent, highs = timed(way)
            seconds.setdefault(name, []).append(spent)
            if name != "depgraph" and highs.getNumNz() != wanted:
                sys.exit(f"{name}: {highs.getNumNz()} coefficients, not {wanted}")
            del highs
    ours = median(seconds["depgraph"])
    print(f"building and handing over {cases.count(case):,} columns, {wanted:,} coefficients, median of {ROUNDS}:")
    for name, values in seconds.items():
        print(f"  {name:<9}{median(values) * 1e3:9.1f} ms, {median(values) / ours:6.1f} times ours")
    if "linopy" not in seconds:
        print("  linopy is not installed here: `pip install linopy` adds its line")


def one_size(columns: int) -> None:
    """Build and hand over one case in this process; report seconds and memory as JSON."""
    ours_handed(cases.draw(700))
    case = cases.draw(columns)
    before = peak()
    built, model = timed(lambda: models.build(case))
    check, _ = timed(lambda: solve.check_arrays(model.programme))
    passed, highs = timed(lambda: solve.load(model.programme))
    after = peak()
    del highs
    found = {"columns": len(model.programme.cost), "rows": len(model.programme.row_lo), "built": built}
    found |= {"passed": check + passed, "before": before, "after": after}
    found["solved"], _ = timed(lambda: solve.solve(model.programme))
    print(json.dumps(found))


def peak() -> float:
    """Return the most memory this process has held so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def growth() -> None:
    """Print seconds and memory of each size in a fresh process, in all and for each variable."""
    print("   columns      rows   build s  hand over s  us/column  MB before  MB peak  bytes/column  solve s")
    for columns in GROWTH:
        command = [sys.executable, __file__, "--one", str(columns)]
        done = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        count, spent, held = done["columns"], done["built"] + done["passed"], done["after"] - done["before"]
        print(
            f"{count:10,} {done['rows']:9,} {done['built']:9.3f} {done['passed']:12.3f} {spent / count * 1e6:10.2f}"
            f" {done['before']:10.0f} {done['after']:8.0f} {held * 2**20 / count:13.0f} {done['solved']:8.1f}"
        )


def main() -> None:
    """Run the parts that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=["hot", "build", "growth", []], default=[])
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        one_size(arguments.one)
        return
    parts = arguments.parts or ["hot", "build", "growth"]
    if "growth" in parts:  # first: a process counts what its parent held before it began as its own
        growth()
    if "build" in parts:
        building()
    if "hot" in parts:
        for size in SIZES:
            for kind in KINDS:
                hot_against_pulp(size, kind)
            threads(size, arguments.jobs)


if __name__ == "__main__":
    main()
