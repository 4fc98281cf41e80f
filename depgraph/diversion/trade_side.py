"""Who can deliver to whom in a run: calibrated routes, duties, embargoes, caps and re-exports."""

import math
from collections.abc import Iterable

import numpy as np

from depgraph.diversion import calibration, scope
from depgraph.diversion.instance import Caps, Conduits, Limits, Plants, Routes
from depgraph.diversion.scope import Row, Setting
from depgraph.lp.solve import Vector
from depgraph.study import ledger

# where the steps of a flow end, as multiples of what was observed: the resolution of the
# calibration, not a fact about trade; a break at 1 makes the base year exact, those beside it let a
# small duty move a flow
BREAKS = (0.5, 0.8, 0.95, 1.0, 1.05, 1.2, 1.5)


def routes(s: Setting, plants: Plants) -> Routes:
    """Make the steps of used routes and one step for each route that could be opened."""
    steps = [*_used(s), *_unused(s, plants)]
    years = len(s.years)
    exporter, importer, stage = (scope.index(step[i] for step in steps) for i in range(3))
    away = exporter != importer
    freight = np.where(away, s.freight[stage] * s.account.price[stage], 0.0)
    duty, base = _duties(s)
    price = s.account.price[stage]
    # what a buyer pays is the price and freight; a used route costs just that with the duties in force
    premium = np.array([step[3] for step in steps]) + np.where(away, 0.0, s.freight[stage] * price)
    used = np.array([step[5] for step in steps], dtype=bool)
    premium -= np.where(used & away, base[exporter, importer, stage] * price, 0.0)
    return Routes(
        exporter=exporter,
        importer=importer,
        stage=stage,
        freight=np.repeat(freight[:, None], years, axis=1),
        premium=np.repeat(premium[:, None], years, axis=1),
        tariff=np.where(away[:, None], duty[exporter, importer, stage] * price[:, None], 0.0),
        width=np.repeat(np.array([step[4] for step in steps])[:, None], years, axis=1),
    )


def _used(s: Setting) -> Iterable[tuple[int, int, int, float, float, bool]]:
    """Yield exporter, importer, stage, premium, width and that it is used, for each step of each flow.

    To enlarge a route that is used costs no more than to open one that is not.
    """
    margin = s.part(ledger.LATENT_MARGIN)
    rows = {row["stage_id"]: row for row in s.study.tables["commodities"]}
    for k, name in enumerate(s.account.stages):
        exporter, importer = np.nonzero(s.account.flows[:, :, k])
        observed = s.account.flows[exporter, importer, k]
        landed = np.full(len(observed), s.account.price[k] * (1 + s.freight[k]))
        beta = calibration.slope(observed, landed, np.full(len(observed), s.part(rows[name]["elasticity"])))
        made = calibration.steps(observed, beta, BREAKS)
        costs = np.minimum(made.cost, margin * float(s.account.price[k]))
        for flow, (i, j) in enumerate(zip(exporter, importer, strict=True)):
            for cost, width in zip(costs[flow], made.width[flow], strict=True):
                yield int(i), int(j), k, float(cost), float(width), True


def _unused(s: Setting, plants: Plants) -> Iterable[tuple[int, int, int, float, float, bool]]:
    """Yield routes that carried nothing, at home too: dearer by a margin than those in use."""
    margin = s.part(ledger.LATENT_MARGIN)
    users = _users(s, plants)
    makers = sorted({(int(c), int(k)) for c, k in zip(plants.economy, plants.stage, strict=True)})
    for i, k in makers:
        for j in users[k]:
            if s.account.flows[i, j, k] == 0:
                yield i, j, k, margin * float(s.account.price[k]), math.inf, False


def _users(s: Setting, plants: Plants) -> list[list[int]]:
    """Return, by stage, the regions that use it or could."""
    users = [set(np.flatnonzero(s.account.demand[:, k] > 0).tolist()) for k in range(len(s.account.stages))]
    for c, p in zip(plants.economy, plants.stage, strict=True):
        for k in np.flatnonzero(s.account.needs[:, p]):
            users[k].add(int(c))
    return [sorted(group) for group in users]


def _duties(s: Setting) -> tuple[Vector, Vector]:
    """Return duties by exporter, importer, stage and year, and those in force before the scenario.

    Of several that speak of one flow the narrower counts, and of equally narrow ones the last: one
    exporter before all, a stage before a product.
    """
    shape = (len(s.account.regions), len(s.account.regions), len(s.account.stages))
    base = np.zeros(shape)
    for row in sorted(s.study.tables["tariffs"], key=_narrowness):
        for i, j, k in scope.entry_places(s, row):
            base[i, j, k] = s.part(row["rate"])
    duty = np.repeat(base[..., None], len(s.years), axis=3)
    for entry in sorted(s.scenario.get("tariff", []), key=_narrowness):
        inside = scope.period(s, entry)
        for i, j, k in scope.entry_places(s, entry):
            duty[i, j, k, inside] = entry["rate"] + (base[i, j, k] if entry.get("add", False) else 0.0)
    return duty, base


def _narrowness(entry: Row) -> tuple[bool, bool]:
    """Return how narrow a duty is, for sorting: by exporter first, then by stage."""
    return entry.get("exporter") != "WLD", bool(entry.get("stage"))


def conduits(s: Setting) -> Conduits:
    """Let outsiders pass on a part of what they bought in the base year."""
    part = s.scenario.get("passing_on", 0.0)
    bought = s.account.flows.sum(axis=0) - np.einsum("iik->ik", s.account.flows)
    outside = ~s.bloc & ~s.rival
    c, k = np.nonzero((bought > 0) & outside[:, None] & (part > 0))
    return Conduits(scope.index(c), scope.index(k), np.repeat(part * bought[c, k][:, None], len(s.years), axis=1))


def limits(s: Setting) -> Limits:
    """Gather embargoes, and the flows between members that plan apart."""
    years = len(s.years)
    amounts: dict[tuple[int, int, int], Vector] = {}
    if not s.scenario.get("pooled", True):
        inside = np.flatnonzero(s.bloc).tolist()
        for i, j in ((i, j) for i in inside for j in inside if i != j):
            for k in range(len(s.account.stages)):
                amounts[i, j, k] = np.full(years, float(s.account.flows[i, j, k]))
    for entry in s.scenario.get("embargo", []):
        during = scope.period(s, entry)
        for i, j, k in scope.entry_places(s, entry):
            left = (1 - entry.get("severity", 1.0)) * float(s.account.flows[i, j, k])
            now = amounts.get((i, j, k), np.full(years, np.inf))
            amounts[i, j, k] = np.where(during, np.minimum(now, left), now)
    keys = sorted(amounts)
    return Limits(
        exporter=scope.index(key[0] for key in keys),
        importer=scope.index(key[1] for key in keys),
        stage=scope.index(key[2] for key in keys),
        amount=np.array([amounts[key] for key in keys]).reshape(-1, years),
    )


def caps(s: Setting) -> Caps:
    """Gather caps on the rival's part; each is a row of its own, so that the tightest binds.

    A cap is a part of what the bloc makes and buys in the year, or with ``of = "base"`` of what it
    made and bought in the base year: where the rival is the only source, a part below 1 of the
    first is nothing at all.
    """
    years = len(s.years)
    supply = s.account.flows[:, s.bloc].sum(axis=(0, 1))
    stages: list[int] = []
    shares: list[Vector] = []
    amounts: list[Vector] = []
    for entry in s.scenario.get("cap", []):
        path = scope.by_year(entry["share"], s.years, np.inf)
        fixed = entry.get("of", "supply") == "base"
        for k in scope.entry_stages(s, entry):
            stages.append(k)
            shares.append(np.where(np.isfinite(path), 0.0, np.inf) if fixed else path)
            amounts.append(np.where(np.isfinite(path), path, 0.0) * float(supply[k]) * fixed)
    return Caps(
        stage=scope.index(stages),
        share=np.array(shares).reshape(-1, years),
        amount=np.array(amounts).reshape(-1, years),
    )
