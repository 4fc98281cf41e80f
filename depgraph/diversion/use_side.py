"""Who needs what in a run: final demand by tier, and stocks."""

import numpy as np

from depgraph.diversion import parameters, scope
from depgraph.diversion.instance import CaseError, Demands, Stores
from depgraph.diversion.scope import Row, Setting
from depgraph.lp.solve import Index, Vector

KEPT = 1e-3  # by how much keeping a stock pays at base prices, so that the base year is the one optimum


def demands(s: Setting) -> Demands:
    """Split final demand into tiers; outside the bloc it is one tier, the last.

    Raises
    ------
    CaseError
        If the tiers before the last make up more than the whole, one has no share, or what is
        missing is worth less than its price.
    """
    tiers = s.study.tables["tiers"]
    for row in tiers[:-1]:
        if row["share"] is None:
            msg = f"tier {row['tier']} has no share of final demand; only the last takes the rest"
            raise CaseError(msg)
    shares = [s.part(row["share"]) for row in tiers[:-1]]
    shares.append(1 - sum(shares))
    if shares[-1] < 0:
        msg = f"the tiers of demand before the last sum to {1 - shares[-1]:.4g}, more than the whole"
        raise CaseError(msg)
    worths = [s.part(row["worth"]) for row in tiers]
    for row, worth in zip(tiers, worths, strict=True):
        if worth < 1:
            msg = (
                f"{row['worth']}: demand worth {worth:g} times its price would not be met in the base year; at least 1"
            )
            raise CaseError(msg)
    growth = (1 + s.scenario.get("growth", 0.0)) ** np.arange(len(s.years))
    entries = []
    for c, k in zip(*np.nonzero(s.account.demand > 0), strict=True):
        for n in range(len(tiers)) if s.bloc[c] else (len(tiers) - 1,):
            part = shares[n] if s.bloc[c] else 1.0
            landed = s.account.price[k] * (1 + s.freight[k])
            entries.append((c, k, n, part * s.account.demand[c, k] * growth, worths[n] * landed))
    years = len(s.years)
    return Demands(
        economy=scope.index(entry[0] for entry in entries),
        stage=scope.index(entry[1] for entry in entries),
        tier=scope.index(entry[2] for entry in entries),
        amount=np.array([entry[3] for entry in entries]).reshape(-1, years),
        worth=np.repeat(np.array([entry[4] for entry in entries])[:, None], years, axis=1),
    )


def stores(s: Setting) -> Stores:
    """Gather stocks: what is held at the start, and room for more where the scenario stockpiles.

    What is held at the start is kept unless the scenario releases it. It was worth keeping at the
    prices of the base year, so keeping it is credited with just the interest that it costs, a
    little more, and at the end of the run with its price: drawing it then is no free supply, and
    pays only where the stage has become dearer. What is added costs its holding and is credited
    with its price at the end.

    Returns
    -------
    Stores
        For each row of reserves one entry for the opening stock and one for additions.
    """
    use = s.account.flows.sum(axis=0)
    kept, grows = not s.scenario.get("release", False), s.scenario.get("stockpiling", False)
    chosen = _chosen(s)
    keys = sorted(chosen)
    economy, stage = scope.index(c for c, _ in keys), scope.index(k for _, k in keys)
    opening, most = (
        np.array([_held(s, chosen[c, k][name], c, k, use) for c, k in keys]) for name in ("opening", "limit")
    )
    landed = s.account.price[stage] * (1 + s.freight[stage])
    rate = np.array([s.part(chosen[key]["holding"]) for key in keys]) * s.account.price[stage]
    years = len(s.years)
    floor = _with_floors(s, economy, stage, use, np.repeat((opening * kept)[:, None], years, axis=1))
    # a floor above what is held must be reached by additions
    below = np.minimum(floor, opening[:, None])
    room = np.maximum((most - opening if grows else np.zeros(len(keys)))[:, None], floor - below)
    interest = landed * s.rate / (1 + s.rate) * (1 + KEPT)
    held, added = np.repeat(-interest[:, None], years, axis=1), np.repeat(rate[:, None], years, axis=1)
    held[:, -1], added[:, -1] = -landed * (1 + KEPT), rate - landed
    return Stores(
        economy=np.tile(economy, 2),
        stage=np.tile(stage, 2),
        opening=np.concatenate([opening, np.zeros(len(keys))]),
        floor=np.concatenate([below, floor - below]),
        limit=np.concatenate([np.repeat(opening[:, None], years, axis=1), np.maximum(room, 0.0)]),
        holding=np.concatenate([held, added]),
    )


def _chosen(s: Setting) -> dict[tuple[int, int], Row]:
    """Return the row of reserves for each region and stage; one for a region comes before one for all."""
    chosen: dict[tuple[int, int], Row] = {}
    for row, k in s.rows("reserves"):
        for c in scope.named(s, row["region"], "WLD"):
            if (c, k) not in chosen or row["region"] != "WLD":
                chosen[c, k] = row
    return chosen


def _held(s: Setting, name: str, c: int, k: int, use: Vector) -> float:
    """Return a stock in units: an amount, or a time of the region's own use."""
    quantity = s.look(name)
    if s.study.units.dimension(quantity.unit) == "time":
        return parameters.years(s.study, quantity) * float(use[c, k])
    return parameters.amount(s.study, quantity, s.account.units[k], float(use[c, k]))


def _with_floors(s: Setting, economy: Index, stage: Index, use: Vector, floor: Vector) -> Vector:
    """Raise the floors that a scenario sets, in months of the region's own use."""
    raised = floor.copy()
    for entry in s.scenario.get("floor", []):
        inside = scope.period(s, entry)
        chosen = np.isin(economy, scope.named(s, entry.get("region"), None)) & np.isin(
            stage, scope.entry_stages(s, entry)
        )
        for row in np.flatnonzero(chosen):
            raised[row, inside] = entry["months"] / 12 * use[economy[row], stage[row]]
    return raised
