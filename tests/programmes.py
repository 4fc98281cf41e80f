"""Small programmes for tests: worked ones of the reference, and random ones that are often degenerate."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linprog

from depgraph.lp import solve
from depgraph.lp.solve import Limit, Programme

INF = np.inf
REFERENCE = Path(__file__).parents[2] / "shared" / "reference"
GOLDEN = Path(os.environ.get("DEPGRAPH_REFERENCE", REFERENCE)) / "golden_cases.json"


def programme(cost, rows, lo, hi, lb, ub, row_names=None, col_names=None):  # noqa: PLR0917 - the arrays of a programme
    """Build a programme from dense rows."""
    dense = np.array(rows, dtype=float).reshape(len(lo), len(cost))
    i, j = np.nonzero(dense)
    arrays = (np.array(array, dtype=float) for array in (lo, hi, lb, ub))
    names = (row_names or tuple(f"r{n}" for n in range(len(lo))), col_names or tuple(f"c{n}" for n in range(len(cost))))
    return Programme(
        np.array(cost, dtype=float), i.astype(np.int32), j.astype(np.int32), dense[i, j], *arrays, *map(tuple, names)
    )


def golden(case_id):
    """Read a case of the reference, or skip."""
    if not GOLDEN.is_file():
        pytest.skip("no reference data: set DEPGRAPH_REFERENCE to the folder that holds golden_cases.json")
    cases = json.loads(GOLDEN.read_text(encoding="utf-8"))["cases"]
    return next(case for case in cases if case["id"] == case_id)


# --- worked programmes --------------------------------------------------------------------------


def transport():
    """Dantzig (1963), chapter 3.3: two plants, three markets (golden lp-trnsport)."""
    cost = [0.225, 0.153, 0.162, 0.225, 0.162, 0.126]
    rows = [[1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1], [1, 0, 0, 1, 0, 0], [0, 1, 0, 0, 1, 0], [0, 0, 1, 0, 0, 1]]
    lo, hi = [-INF, -INF, 325, 300, 275], [350, 600, INF, INF, INF]
    towns = ("New-York", "Chicago", "Topeka")
    routes = tuple(f"{plant}|{town}" for plant in ("Seattle", "San-Diego") for town in towns)
    return programme(cost, rows, lo, hi, [0] * 6, [INF] * 6, ("Seattle", "San-Diego", *towns), routes)


def share_cap():
    """Demand of 100, at most half from CN at 10, AU at 14 up to 40, US at 20 (golden lp-china-share-cap)."""
    rows = [[1, 1, 1], [0.5, -0.5, -0.5]]
    return programme(
        [10, 14, 20], rows, [100, -INF], [INF, 0], [0] * 3, [INF, 40, 100], ("demand", "share"), ("CN", "AU", "US")
    )


def share_as_number():
    """The same with the cap as a row x_CN <= 100 phi, here with phi = 1 (golden lp-pareto)."""
    rows = [[1, 1, 1], [1, 0, 0]]
    return programme(
        [10, 14, 20], rows, [100, -INF], [INF, 100], [0] * 3, [INF, 40, 100], ("demand", "cap"), ("CN", "AU", "US")
    )


def magnets():
    """Ore to oxide to magnet: 2 ore an oxide, half an oxide a magnet (golden lp-bom-duals)."""
    names = ("oreAU", "oreCN", "sepCN", "sepAU", "magJP", "magCN", "unmet")
    rows = [[1, 1, -2, -2, 0, 0, 0], [0, 0, 1, 1, -0.5, -0.5, 0], [0, 0, 0, 0, 1, 1, 1]]
    cost, ub = [1, 0.8, 3, 6, 10, 7, 200], [100, INF, 6, 8, 30, 5, INF]
    return programme(cost, rows, [0, 0, 40], [INF] * 3, [0] * 7, ub, ("ore", "oxide", "magnet"), names)


def negative_of_maximum():
    """Maximise 5x + 4y with x <= 3 and x + y <= 10, as the minimum of the negative (golden dual-sign-max)."""
    return programme([-5, -4], [[1, 1]], [-INF], [10], [0, 0], [3, INF], ("sum",), ("x", "y"))


def policy():
    """Demand of 100, CN share at most 20 percent, AU at most 40, US at most 30 (golden iis-policy)."""
    rows = [[1, 1, 1], [0.8, -0.2, -0.2], [0, 1, 0], [0, 0, 1], [1, 0, 0]]
    names = ("demand", "cap_CN_share", "cap_AU", "cap_US", "slack_row")
    hi = [INF, 0, 40, 30, 500]
    return programme([1, 1, 1], rows, [100, *[-INF] * 4], hi, [0] * 3, [INF] * 3, names, ("CN", "AU", "US"))


# --- random programmes --------------------------------------------------------------------------


def feasible(seed):
    """Draw a feasible programme of small whole numbers: often degenerate, sometimes unbounded."""
    random = np.random.default_rng(seed)
    n, m = random.integers(2, 7), random.integers(1, 6)
    rows = random.integers(-2, 4, (m, n)) * (random.random((m, n)) < 0.8)
    inside = random.integers(0, 4, n)
    activity = rows @ inside
    equal = random.random(m) < 0.25
    lo = np.where(random.random(m) < 0.5, activity - random.integers(0, 3, m), -INF)
    hi = np.where(random.random(m) < 0.6, activity + random.integers(0, 3, m), INF)
    lo, hi = np.where(equal, activity, lo), np.where(equal, activity, hi)
    ub = np.where(random.random(n) < 0.7, random.integers(0, 3, n) + inside, INF)
    return programme(random.integers(-3, 5, n), rows, lo, hi, np.where(random.random(n) < 0.9, 0, -INF), ub)


def any_kind(seed):
    """Draw a programme that is feasible, infeasible or unbounded, now and then with limits that cross."""
    random = np.random.default_rng(seed)
    n, m = random.integers(1, 7), random.integers(1, 7)
    rows = random.integers(-2, 4, (m, n)) * (random.random((m, n)) < 0.7)
    lo = np.where(random.random(m) < 0.6, random.integers(-3, 9, m), -INF)
    hi = np.where(random.random(m) < 0.6, random.integers(-3, 9, m), INF)
    if random.random() < 0.9:
        hi = np.maximum(lo, hi)
    ub = np.where(random.random(n) < 0.5, random.integers(0, 3, n), INF)
    return programme(random.integers(-3, 5, n), rows, lo, hi, np.where(random.random(n) < 0.8, 0, -INF), ub)


def second_opinion(model, cost=None, more_rows=(), more_hi=()):
    """Solve by scipy: (status, optimum, point); status 0 optimal, 2 infeasible, 3 unbounded."""
    if (model.row_lo > model.row_hi).any() or (model.lb > model.ub).any():
        return 2, None, None
    dense = np.zeros((len(model.row_lo), len(model.cost)))
    dense[model.rows, model.cols] = model.values
    upper, lower = np.isfinite(model.row_hi), np.isfinite(model.row_lo)
    rows = np.vstack([dense[upper], -dense[lower], *more_rows])
    hi = np.concatenate([model.row_hi[upper], -model.row_lo[lower], more_hi])
    bounds = np.column_stack([model.lb, model.ub])
    # without presolve, which says of some programmes only that they are infeasible or unbounded
    found = linprog(model.cost if cost is None else cost, rows, hi, bounds=bounds, options={"presolve": False})
    return found.status, found.fun, found.x


def limits(model):
    """List what can be priced: each finite bound, and equalities as one."""
    found = []
    for kind, lo, hi in (("row", model.row_lo, model.row_hi), ("column", model.lb, model.ub)):
        for number, (low, high) in enumerate(zip(lo, hi, strict=True)):
            sides = [side for side, bound in (("low", low), ("high", high)) if np.isfinite(bound)]
            found += [Limit(kind, number, side) for side in (["both"] if low == high else sides)]
    return found


def optimum_at(model, limit, value):
    """Return the optimum by scipy with a limit moved, None where nothing is feasible."""
    return second_opinion(solve.moved(model, {limit: value}))[1]
