"""The base year of the model: who makes, sends and uses how much, made to add up.

Output is the world's times the share of each region; use follows from recipes; flows are those
of customs statistics, times the part of the code that is the good. These do not add up by
themselves: the least change of observed flows that lets them is found by linear programming, one
stage at a time, and is kept beside the observed flow.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from depgraph.core.errors import DepgraphError, UnknownNameError
from depgraph.diversion import parameters
from depgraph.diversion.instance import Flags
from depgraph.diversion.parameters import Quantity
from depgraph.evidence.estimates import REST, Picture
from depgraph.lp import solve
from depgraph.lp.solve import Programme, Vector
from depgraph.study import ledger
from depgraph.study.study import Study

Row = Mapping[str, Any]

# tables with parameters of a stage
OF_STAGE = ("commodities", "makers", "uses", "technologies", "reserves", "byproducts", "projects")
# what it costs the reconciliation to move a unit: of an observed flow, of one that stands for
# what nobody observed, and of final demand away from its split by region
OBSERVED, POOLED, SPLIT = 1.0, 1e-1, 1e-3
DUST = 1e-6  # of world output: a flow below it is rounding of the solver or too small to matter
SMALLEST = 1e-3  # part of world output below which a flow that nobody observed is left out


class AccountError(DepgraphError):
    """A base year that cannot add up: the recipes use more than the world makes."""


@dataclass(frozen=True)
class Account:
    """The base year.

    Attributes
    ----------
    regions, stages, units
        Names; unit of each stage, a year.
    output
        Units made, by region and stage.
    world
        World output by stage.
    price
        Million USD per unit, by stage.
    needs
        Units of the row's stage per unit of the column's.
    flows
        Units delivered by exporter, importer and stage; the diagonal is what stays at home.
    observed
        The same from customs statistics before anything was changed; not a number where none is.
    demand
        Final demand and uses that the model does not hold, by region and stage.
    traded
        Whether flows of the stage between all regions are observed.
    parents
        Stage to what its numbers rest on.
    """

    regions: tuple[str, ...]
    stages: tuple[str, ...]
    units: tuple[str, ...]
    output: Vector
    world: Vector
    price: Vector
    needs: Vector
    flows: Vector
    observed: Vector
    demand: Vector
    traded: tuple[bool, ...]
    parents: Mapping[str, tuple[str, ...]]


def members(study: Study) -> dict[str, str]:
    """Return the region of each economy that is not in the rest of the world.

    A bloc that is a region stands for those of its members that are not regions themselves.
    """
    regions = [row["region"] for row in study.tables["regions"]]
    blocs = study.economies.members  # the rest of the world is one too
    single = {name: name for name in regions if name not in blocs}
    of_blocs = {
        economy: name
        for name in regions
        if name not in single and name != REST
        for economy in study.economies.expand(name)
        if economy not in single
    }
    return single | of_blocs


def base_year(study: Study, picture: Picture, changes: Mapping[str, float], stages: Sequence[str]) -> Account:
    """Make the account of the base year.

    Parameters
    ----------
    study
        A checked study with the tables of the diversion model.
    picture
        Its estimates.
    changes
        Figures and assumptions to which a scenario gives another value.
    stages
        Stages to hold, of those in ``commodities``.

    Returns
    -------
    Account
        Adds up: what a region makes is delivered, what it receives is used.

    Raises
    ------
    AccountError
        If the world makes less of a stage than the recipes use, or shares exceed 1.
    """
    rows = {row["stage_id"]: row for row in study.tables["commodities"] if row["stage_id"] in set(stages)}
    names, regions = tuple(rows), tuple(row["region"] for row in study.tables["regions"])
    look = _Look(study, changes)
    world = np.array([parameters.amount(study, look(row["output"]), row["unit"], 1.0) for row in rows.values()])
    price = np.array(
        [parameters.price(study, look(row["price"]), row["unit"], world[k]) for k, row in enumerate(rows.values())]
    )
    share = np.array([shares_of(study, picture, changes, stage, regions) for stage in names]).T
    _check_prices(names, price)
    output = share * world
    needs = _needs(study, look, names, tuple(row["unit"] for row in rows.values()))
    used = output @ needs.T
    _check_world(names, world, used.sum(axis=0))
    split = [
        _split(study, look, rows[name], regions, float(world[k] - used[:, k].sum())) for k, name in enumerate(names)
    ]
    home = parameters.share(study, look(ledger.HOME_FIRST))
    observed = [_observed(study, look, rows[name], regions, float(price[k])) for k, name in enumerate(names)]
    parts = [_stage(output[:, k], used[:, k], split[k], observed[k], home) for k in range(len(names))]
    return Account(
        regions=regions,
        stages=names,
        units=tuple(row["unit"] for row in rows.values()),
        output=output,
        world=world,
        price=price,
        needs=needs,
        flows=np.stack([flows for flows, _ in parts], axis=2),
        observed=np.stack([amounts for amounts, _ in observed], axis=2),
        demand=np.stack([demand for _, demand in parts], axis=1),
        traded=tuple(_is_traded(amounts) for amounts, _ in observed),
        parents={stage: parents(study, picture, stage) for stage in names},
    )


@dataclass(frozen=True)
class _Look:
    """A look-up with the scenario's changes."""

    study: Study
    changes: Mapping[str, float]

    def __call__(self, name: str) -> Quantity:
        return parameters.find(self.study, self.changes, name)


def shares_of(
    study: Study, picture: Picture, changes: Mapping[str, float], stage: str, regions: Sequence[str]
) -> list[float]:
    """Return the share of each region in a stage: its makers, else its estimates, and what is left.

    Parameters
    ----------
    study, picture
        The study and its estimates.
    changes
        Figures, assumptions and estimates to which a scenario gives another value.
    stage
        A stage of the model.
    regions
        Regions of the model.

    Returns
    -------
    list of float
        Parts of world output, in the order of the regions.

    Raises
    ------
    AccountError
        If nothing is known or the shares exceed 1.
    """
    look = _Look(study, changes)
    made = {
        row["region"]: _share(picture, look, row["share"]) for row in study.tables["makers"] if row["stage_id"] == stage
    }
    if not made:
        region = members(study)
        for item in picture.shares(stage):
            home = region.get(item.economy, REST)
            made[home] = made.get(home, 0.0) + look.changes.get(item.estimate_id, item.central)
    named = sum(value for name, value in made.items() if name != REST)
    if not made or named > 1 + 1e-6:
        found = "nothing is known of who makes it" if not made else f"shares sum to {named:.3f}"
        msg = f"{stage}: {found}; give shares in datasets/diversion/makers.csv"
        raise AccountError(msg)
    made[REST] = 1 - named
    return [share if (share := made.get(name, 0.0)) > DUST else 0.0 for name in regions]


def _share(picture: Picture, look: _Look, name: str) -> float:
    """Return a share by the id of an estimate, a figure or an assumption.

    Raises
    ------
    UnknownNameError
        If there is no such estimate.
    """
    if not name.startswith("E:"):
        return look(name).value
    if name not in picture.by_id:
        what = "estimate"
        raise UnknownNameError(what, name, picture.by_id)
    return look.changes.get(name, picture.by_id[name].central)


def _needs(study: Study, look: _Look, stages: Sequence[str], units: Sequence[str]) -> Vector:
    """Return units of input (row) per unit of output (column)."""
    recipes = {row["recipe_id"]: row for row in study.tables["recipes"]}
    needs = np.zeros((len(stages), len(stages)))
    place = {stage: k for k, stage in enumerate(stages)}
    for row in study.tables["coefficients"]:
        recipe, quantity = recipes[row["recipe_id"]], look(row["quantity"])
        if recipe["input"] in place and recipe["output"] in place:
            source, result = place[recipe["input"]], place[recipe["output"]]
            needs[source, result] += coefficient(study, quantity, units[source], units[result])
    return needs


def coefficient(study: Study, quantity: Quantity, source: str, result: str) -> float:
    """Convert a recipe's quantity to units of the input per unit of the output.

    Parameters
    ----------
    study
        Its unit table.
    quantity
        A ratio of masses or pieces, mass per piece, or a plain factor in the units of the stages.
    source, result
        Units of the input and of the output.

    Returns
    -------
    float
        Units of input per unit of output.
    """
    dimension, base = study.units.dimension(quantity.unit), quantity.value * study.units.factor(quantity.unit)
    if dimension in {"mass_ratio", "mass_per_count", "count_ratio"}:
        return base * study.units.factor(result) / study.units.factor(source)
    return base


def _split(study: Study, look: _Look, row: Row, regions: Sequence[str], final: float) -> Vector:
    """Split the world's final demand of a stage: what figures give, and the rest by weight.

    Raises
    ------
    AccountError
        If the figures exceed what there is.
    """
    weights = {item["region"]: look(item["weight"]).value for item in study.tables["regions"]}
    known = {
        item["region"]: parameters.amount(study, look(item["amount"]), row["unit"], final)
        for item in study.tables["uses"]
        if item["stage_id"] == row["stage_id"]
    }
    left = max(0.0, final) - sum(known.values())
    others = sum(weight for name, weight in weights.items() if name not in known)
    if left < -1e-6 * abs(final) or (left > 1e-6 * abs(final) and not others):
        given = f"{sum(known.values()):.4g} of {final:.4g} {row['unit']}"
        more = "" if left < 0 else ", and no other region has a weight above 0 to take the rest"
        msg = f"{row['stage_id']}: the uses given are {given} of final demand{more}"
        raise AccountError(msg)
    left = max(0.0, left)
    return np.array([known.get(name, weights[name] / others * left if others else 0.0) for name in regions])


def _check_world(stages: Sequence[str], world: Vector, used: Vector) -> None:
    """Refuse recipes that use more of a stage than the world makes.

    Raises
    ------
    AccountError
        If they do, with every such stage.
    """
    wrong = [
        f"{stage}: the recipes use {need:.4g} of {made:.4g} made; a quantity, an output or a unit is wrong"
        for stage, made, need in zip(stages, world, used, strict=True)
        if need > made * (1 + 1e-9)
    ]
    if wrong:
        raise AccountError(". ".join(wrong))


def _check_prices(stages: Sequence[str], price: Vector) -> None:
    """Refuse a stage without a price: amounts of different stages are weighed by it.

    Raises
    ------
    AccountError
        If there is one, with every such stage.
    """
    wrong = [
        f"{stage}: a price of {each:g} million USD a unit; give one above 0"
        for stage, each in zip(stages, price, strict=True)
        if not 0 < each < np.inf
    ]
    if wrong:
        raise AccountError(". ".join(wrong))


def _observed(study: Study, look: _Look, row: Row, regions: Sequence[str], price: float) -> tuple[Vector, Vector]:
    """Return observed flows of a stage: amounts in its unit, and parts of an importer's purchases by value.

    amount = min(mass times content, value / price)

    Both by exporter and importer and not a number where nothing is recorded; parts only for a
    stage without any amount.
    """
    place = {name: i for i, name in enumerate(regions)}
    amounts, parts = (np.full((len(regions), len(regions)), np.nan) for _ in range(2))
    flows = [flow for flow in study.tables["flows"] if flow["stage_id"] == row["stage_id"]]
    weighed = [flow for flow in flows if flow["amount"] is not None]
    if weighed and row["content"] is None:
        return amounts, parts  # the code hides the good: its mass says nothing, and neither does its value
    for flow in weighed:
        mass = Quantity(flow["flow_id"], 0.0, flow["amount"], 0.0, flow["unit"])
        units = parameters.amount(study, mass, row["unit"], 1.0) * parameters.part(study, look(row["content"]))
        # of a code that holds cheaper goods too no more can be the good than its value would buy
        units = min(units, flow["value_kusd"] / 1e3 / price)
        at = place[flow["exporter"]], place[flow["importer"]]
        amounts[at] = units + (0.0 if np.isnan(amounts[at]) else amounts[at])
    if not weighed:
        value = np.zeros_like(parts)
        for flow in flows:
            value[place[flow["exporter"]], place[flow["importer"]]] += flow["value_kusd"]
        known = value.sum(axis=0) > 0
        parts[:, known] = value[:, known] / value.sum(axis=0)[known]
    return amounts, parts


def _is_traded(amounts: Vector) -> bool:
    """Say whether amounts between regions are recorded."""
    return bool(np.isfinite(amounts).any())


def _stage(
    output: Vector, used: Vector, split: Vector, observed: tuple[Vector, Vector], home: float
) -> tuple[Vector, Vector]:
    """Return flows and final demand of one stage that add up."""
    amounts, parts = observed
    if _is_traded(amounts):
        target, price = _from_amounts(output, amounts)
        allowed = (target > 0) | np.eye(len(output), dtype=bool)
    else:
        pooled = _pooled(output, used + split, home)
        target, price = _from_parts(pooled, output, parts)
        allowed = target > 0
    return _reconcile(output, used, split, (target, price, allowed))


def _pooled(output: Vector, wanted: Vector, home: float) -> Vector:
    """Return flows that nobody recorded: a part of what can be met at home is, the rest comes from one world market.

    x[i,i] = h min(q[i], w[i]); what is left of output and use is matched in proportion
    """
    kept = home * np.minimum(output, wanted)
    offered, sought = output - kept, wanted - kept
    market = np.outer(offered, sought) / offered.sum() if offered.sum() > 0 else np.zeros((len(output), len(output)))
    return market + np.diag(kept)


def _from_amounts(output: Vector, amounts: Vector) -> tuple[Vector, Vector]:
    """Return target flows and what it costs to move them, where customs recorded amounts."""
    target = np.nan_to_num(amounts)
    sent = target.sum(axis=1)
    # nobody sells more of its own than it makes: the rest was bought elsewhere and passed on
    target *= np.minimum(1.0, output / np.where(sent > 0, sent, 1.0))[:, None]
    price = np.full(target.shape, OBSERVED)
    np.fill_diagonal(price, 0.0)
    return target, price


def _from_parts(pooled: Vector, output: Vector, parts: Vector) -> tuple[Vector, Vector]:
    """Return target flows and what it costs to move them, where nobody recorded amounts.

    An importer whose purchases are known by value buys abroad in those proportions, all others on
    the pooled market.
    """
    target, price = pooled.copy(), np.full(pooled.shape, POOLED)
    for importer in np.flatnonzero(np.isfinite(parts).any(axis=0)):
        part = np.where(output > 0, np.nan_to_num(parts[:, importer]), 0.0)
        part[importer] = 0.0
        if part.sum() > 0:
            abroad = pooled[:, importer].sum() - pooled[importer, importer]
            target[:, importer] = part / part.sum() * abroad
            target[importer, importer] = pooled[importer, importer]
            price[:, importer] = OBSERVED
    target[target < SMALLEST * output.sum()] = 0.0
    return target, price


def _reconcile(
    output: Vector, used: Vector, split: Vector, wish: tuple[Vector, Vector, Flags]
) -> tuple[Vector, Vector]:
    """Find the flows nearest to the targets, and the final demand nearest to its split, that add up.

    min sum price |x - target| + SPLIT sum |D - split|
    sum_j x[i,j] = output[i], sum_i x[i,j] = used[j] + D[j], x, D >= 0, and x = 0 where nobody sells unless it must be
    """
    target, price, allowed = wish
    count = len(output)
    makers = np.flatnonzero(output > 0)
    exporter, importer = (index.ravel() for index in np.meshgrid(makers, np.arange(count), indexing="ij"))
    flows = len(exporter)
    # columns: x, D, then the amounts above and below each target
    up, down = flows + count + np.arange(flows), 2 * flows + count + np.arange(flows)
    above, below = 3 * flows + count + np.arange(count), 3 * flows + 2 * count + np.arange(count)
    size = 3 * (flows + count)
    x, d = np.arange(flows), flows + np.arange(count)
    row_of = {maker: i for i, maker in enumerate(makers)}
    first = np.array([row_of[i] for i in exporter], dtype=int)
    rows = [first, len(makers) + importer, len(makers) + np.arange(count)]
    cols, values = [x, x, d], [np.ones(flows), np.ones(flows), -np.ones(count)]
    base = len(makers) + count
    rows += [base + x] * 3 + [base + flows + np.arange(count)] * 3
    cols += [x, up, down, d, above, below]
    values += [np.ones(flows), -np.ones(flows), np.ones(flows), np.ones(count), -np.ones(count), np.ones(count)]
    wanted = target[exporter, importer]
    move = price[exporter, importer]
    # where nobody was seen to sell, a flow comes last, and then from the largest maker
    scarce = np.where(allowed[exporter, importer], 0.0, 10 * OBSERVED)
    rise = move + scarce + SPLIT * (1 - output[exporter] / output.sum())
    cost = np.concatenate([np.zeros(flows + count), rise, move, np.full(2 * count, SPLIT)])
    right = np.concatenate([output[makers], used, wanted, split])
    scale = max(1e-9, output.sum() / 1000)  # the programme counts in thousandths of world output
    place = np.lexsort((np.concatenate(cols), np.concatenate(rows)))
    programme = Programme(
        cost=cost,
        rows=np.concatenate(rows)[place].astype(np.int32),
        cols=np.concatenate(cols)[place].astype(np.int32),
        values=np.concatenate(values)[place],
        row_lo=right / scale,
        row_hi=right / scale,
        lb=np.zeros(size),
        ub=np.full(size, np.inf),
        row_names=(),
        col_names=(),
    )
    answer = solve.solve(programme).x * scale
    table = np.zeros((count, count))
    table[exporter, importer] = answer[:flows]
    return _tidy(table, output, used)


def _tidy(table: Vector, output: Vector, used: Vector) -> tuple[Vector, Vector]:
    """Take the solver's rounding out: rows sum to output, and no region receives less than its recipes use."""
    table = np.where(table < DUST * output.sum(), 0.0, table)
    sent = table.sum(axis=1)
    table *= np.where(sent > 0, output / np.where(sent > 0, sent, 1.0), 0.0)[:, None]
    for region in np.flatnonzero(used - table.sum(axis=0) > 1e-12 * output.sum()):
        # a supplier of both sends the missing grains there instead of to the largest final demand
        spare = table.sum(axis=0) - used
        richest = int(spare.argmax())
        maker = int(np.minimum(table[:, region], table[:, richest]).argmax())
        grain = min(2 * float(used[region] - table[:, region].sum()), float(table[maker, richest]))
        table[maker, region] += grain
        table[maker, richest] -= grain
    return table, np.maximum(table.sum(axis=0) - used, 0.0)


def parents(study: Study, picture: Picture, stage: str) -> tuple[str, ...]:
    """Return what the numbers of a stage rest on.

    Parameters
    ----------
    study, picture
        The study and its estimates.
    stage
        A stage of the model.

    Returns
    -------
    tuple of str
        Figures, assumptions, estimates and publications of flows by id, each once.
    """
    recipes = {row["recipe_id"]: row for row in study.tables["recipes"]}
    rows = [row for name in OF_STAGE for row in study.tables[name] if row["stage_id"] == stage]
    rows += [row for row in study.tables["coefficients"] if recipes[row["recipe_id"]]["output"] == stage]
    rows += [row for row in study.tables["tariffs"] if _levied(row, stage)]
    found = [cell for row in rows for cell in row.values() if isinstance(cell, str) and cell[:2] in {"A-", "F-", "E:"}]
    found += [row["source_id"] for row in study.tables["flows"] if row["stage_id"] == stage]
    if not any(row["stage_id"] == stage for row in study.tables["makers"]):
        found += [item.estimate_id for item in picture.shares(stage)]
    return tuple(dict.fromkeys(found))


def _levied(row: Row, stage: str) -> bool:
    """Say whether a tariff is levied on a stage."""
    product, _, name = stage.partition("/")
    return row["product"] == product and row["stage"] in {None, name}
