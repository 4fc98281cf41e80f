"""Random cases of the diversion model of any size: the same seed gives the same case.

Products have four stages each, of which every one takes the stage before it and, above the first
two, one of another product, so that a case does not fall into parts. The first economy is the
rival and makes the most of everything; the next third of them is the bloc, which may build.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from depgraph.diversion.instance import (
    Byproducts,
    Caps,
    Case,
    Conduits,
    Demands,
    Limits,
    Orders,
    Plants,
    Recipes,
    Routes,
    Stores,
)

Vector = NDArray[np.float64]
Index = NDArray[np.int32]

LEVELS = 4
WORLD = 100.0  # final demand for a finished good, units a year
TIERS = ("defence", "essential", "other")
PARTS = (0.1, 0.3, 0.6)  # of the bloc's demand that each tier is
WORTHS = (50.0, 20.0, 10.0)  # of the price, for a unit that is missing
# fewest columns for which a case has so many economies and years; the last are those of the study
SHAPES = ((0, 4, 3), (3_000, 6, 5), (8_000, 11, 10))


def draw(columns: int, seed: int = 5) -> Case:
    """Draw a case whose model has about so many columns."""
    economies, years = next(shape[1:] for shape in reversed(SHAPES) if columns >= shape[0])
    stages, tried = 4 * LEVELS, []
    for _ in range(4):  # stages differ in size: the next number of them follows from the last
        case = _case(economies, years, stages, seed)
        tried = sorted([*tried[:1], case], key=lambda case: abs(count(case) - columns))
        stages = max(3, round(stages * columns / count(case)))
    return tried[0]


def count(case: Case) -> int:
    """Return the number of columns of the model of a case."""
    blocks = (case.plants, case.routes, case.demands, case.stores, case.conduits)
    return (len(case.orders.plant) + sum(len(block.stage) for block in blocks)) * len(case.years)


def changed(case: Case, seed: int, width: float, *, one_stage: bool = False) -> Case:
    """Return a case with other right-hand sides and costs, each multiplied by its own random factor.

    Demand, capacity and what embargoes leave are right-hand sides; running costs, freight and
    duties are costs. The factors lie within `width` of 1, for everything or for one random stage.
    """
    rng = np.random.default_rng([seed, 99])
    stage = int(rng.integers(len(case.stages)))

    def moved(record: Plants | Routes | Demands | Limits, name: str) -> Vector:
        # one factor for each entry: what changes changes for all years
        factor = rng.uniform(1 - width, 1 + width, (len(record.stage), 1))
        if one_stage:
            factor[record.stage != stage] = 1.0
        moved: Vector = getattr(record, name) * factor
        return moved

    plants, routes = case.plants, case.routes
    return replace(
        case,
        plants=replace(plants, cost=moved(plants, "cost"), capacity=moved(plants, "capacity")),
        routes=replace(routes, freight=moved(routes, "freight"), tariff=moved(routes, "tariff")),
        demands=replace(case.demands, amount=moved(case.demands, "amount")),
        limits=replace(case.limits, amount=moved(case.limits, "amount")),
    )


def _case(economies: int, years: int, stages: int, seed: int) -> Case:
    """Draw a case of so many economies, years and stages."""
    rng = np.random.default_rng(seed)
    rival, bloc = np.zeros(economies, dtype=bool), np.zeros(economies, dtype=bool)
    rival[0], bloc[1 : 1 + max(2, economies // 3)] = True, True
    recipes = _recipes(rng, stages)
    price = _prices(rng, recipes, stages)
    final, world = _amounts(recipes, stages)
    wanted = final * rng.dirichlet(np.full(economies, 2.0), stages).T  # by economy and stage
    output = world * _shares(rng, economies, stages)
    won = np.flatnonzero(np.arange(stages) % (3 * LEVELS) == LEVELS)  # beside the first stage of the product before
    output[:, won] = world[won] * (output / world)[:, won - LEVELS]  # and so where that is made
    used = wanted.copy()  # by economy and stage: final demand and inputs
    for source, made, quantity in zip(recipes.input, recipes.output, recipes.quantity, strict=True):
        used[:, source] += quantity * output[:, made]
    plants, orders = _plants(rng, output, price, bloc, years)
    limited = np.flatnonzero(rng.random(stages) < 0.1)
    capped = np.flatnonzero(rng.random(stages) < 0.2).astype(np.int32)
    path = np.linspace(0.9, 0.6, years)
    return Case(
        economies=tuple(f"E{c:02d}" for c in range(economies)),
        stages=tuple(f"P{k // LEVELS}/{k % LEVELS}" for k in range(stages)),
        tiers=TIERS,
        years=tuple(range(2026, 2026 + years)),
        units=("t",) * stages,
        price=price,
        bloc=bloc,
        rival=rival,
        discount=1.05 ** -np.arange(years, dtype=float),
        plants=plants,
        orders=orders,
        routes=_routes(rng, plants, output, used, price),
        recipes=recipes,
        byproducts=_byproducts(rng, plants, won, world),
        demands=_demands(wanted, price, bloc, years),
        stores=_stores(rng, used, price, bloc, years),
        conduits=_conduits(rng, used, bloc | rival, years),
        limits=_limits(limited, bloc, 0.3 * used, years),
        caps=Caps(capped, np.repeat(path[None], len(capped), axis=0), _yearly(0.01 * world[capped], years)),
    )


def _recipes(rng: np.random.Generator, stages: int) -> Recipes:
    """Let each stage take the one before it, and from the third on another product's of one level less."""
    made = np.flatnonzero(np.arange(stages) % LEVELS > 0)
    high = made[(made % LEVELS > 1) & (made >= LEVELS)]
    other = rng.integers(0, high // LEVELS) * LEVELS + high % LEVELS - 1
    source, output = np.concatenate([made - 1, other]), np.concatenate([made, high])
    quantity = np.concatenate([rng.uniform(0.5, 1.5, len(made)), rng.uniform(0.05, 0.2, len(high))])
    return Recipes(source.astype(np.int32), output.astype(np.int32), quantity.round(3))


def _by_level(recipes: Recipes, level: int) -> tuple[Index, Index, Vector]:
    """Return the recipes of what is made at a level."""
    here = recipes.output % LEVELS == level
    return recipes.input[here], recipes.output[here], recipes.quantity[here]


def _prices(rng: np.random.Generator, recipes: Recipes, stages: int) -> Vector:
    """Draw prices: what the inputs cost and something on top."""
    price = rng.uniform(1, 5, stages)
    for level in range(1, LEVELS):
        source, made, quantity = _by_level(recipes, level)
        np.add.at(price, made, quantity * price[source])
    return price


def _amounts(recipes: Recipes, stages: int) -> tuple[Vector, Vector]:
    """Return final demand for each stage and the world's output that meets it."""
    top = np.arange(stages) % LEVELS == LEVELS - 1
    top[-1] = True
    final = np.where(top, WORLD, np.where(np.arange(stages) % 3 == 0, 0.1 * WORLD, 0.0))
    world = final.copy()
    for level in range(LEVELS - 1, 0, -1):
        source, made, quantity = _by_level(recipes, level)
        np.add.at(world, source, quantity * world[made])
    return final, world


def _shares(rng: np.random.Generator, economies: int, stages: int) -> Vector:
    """Draw who makes what part of each stage, by economy and stage; the rival on average two fifths."""
    weight = rng.gamma(1.0, 1.0, (economies, stages)) * (rng.random((economies, stages)) < 0.6)
    weight[0] = rng.uniform(0.2, 0.6, stages) * (weight[1:].sum(axis=0) + 1)
    return weight / weight.sum(axis=0)


def _plants(
    rng: np.random.Generator, output: Vector, price: Vector, bloc: NDArray[np.bool_], years: int
) -> tuple[Plants, Orders]:
    """Draw today's plants, and one that can be ordered for each stage of each member of the bloc."""
    c, k = np.nonzero(output)
    i, j = np.nonzero(np.repeat(bloc[:, None], len(price), axis=1))
    standing, new, lead = len(c), len(i), rng.integers(1, 4, len(i))
    cost = 0.4 * np.concatenate([price[k], 1.3 * price[j]]) * rng.uniform(0.8, 1.2, standing + new)
    capacity = np.concatenate([output[c, k] / 0.8, np.zeros(new)])
    plants = Plants(
        economy=np.concatenate([c, i]).astype(np.int32),
        stage=np.concatenate([k, j]).astype(np.int32),
        technology=("existing",) * standing + ("new",) * new,
        fed=np.ones(standing + new, dtype=bool),
        cost=_yearly(cost, years),
        capacity=_yearly(capacity, years),
    )
    paid = np.maximum(0, years - np.arange(years) - lead[:, None])  # years of the run that a plant works in
    orders = Orders(
        plant=np.arange(standing, standing + new, dtype=np.int32),
        lead=lead.astype(np.int32),
        ramp=_yearly(0.05 * output.sum(axis=0)[j], years),
        investment=0.1 * (price[j] * rng.uniform(1, 3, new))[:, None] * paid,
    )
    return plants, orders


def _routes(rng: np.random.Generator, plants: Plants, output: Vector, used: Vector, price: Vector) -> Routes:
    """Draw deliveries: three steps around the flow of a used route, one dearer step for the others."""
    making, years = np.zeros(output.shape, dtype=bool), plants.cost.shape[1]
    making[plants.economy, plants.stage] = True
    i, j, k = np.nonzero(making[:, None] & (used > 0))
    home = i == j
    seen = (output[i, k] > 0) & (home | (rng.random(len(i)) < 0.5))
    flow = output[i, k] * used[j, k] / used.sum(axis=0)[k] * np.where(home, 2.0, 1.0)
    # steps end at 0.5, 1 and 1.5 times the flow and cost more from one to the next
    count = np.where(seen, 3, 1)
    of = np.repeat(np.arange(len(i)), count)
    step = np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)
    margin = np.where(seen[of], 0.1 * (step - 1), 0.2) * price[k[of]] * rng.uniform(0.8, 1.2, len(of))
    last = step == count[of] - 1
    abroad = ~home * price[k]
    return Routes(
        exporter=i[of].astype(np.int32),
        importer=j[of].astype(np.int32),
        stage=k[of].astype(np.int32),
        freight=_yearly((abroad * rng.uniform(0.02, 0.15, len(i)))[of], years),
        premium=_yearly(margin, years),
        tariff=_yearly((abroad * rng.choice([0.0, 0.05, 0.1], len(i)))[of], years),
        width=_yearly(np.where(last, np.inf, 0.5 * flow[of]), years),
    )


def _byproducts(rng: np.random.Generator, plants: Plants, won: Index, world: Vector) -> Byproducts:
    """Bind the plants of some stages to the first stage of the product before."""
    plant = np.flatnonzero(np.isin(plants.stage, won))
    per_unit = np.zeros(len(world))
    per_unit[won] = world[won] / world[won - LEVELS] * rng.uniform(1.0, 1.5, len(won))
    stage = plants.stage[plant]
    return Byproducts(plant.astype(np.int32), stage - np.int32(LEVELS), per_unit[stage])


def _demands(wanted: Vector, price: Vector, bloc: NDArray[np.bool_], years: int) -> Demands:
    """Split final demand of the bloc into tiers; that of others is one tier."""
    part = np.where(bloc[:, None], PARTS, (0.0, 0.0, 1.0))  # by economy and tier
    c, k, n = np.nonzero(wanted[:, :, None] * part[:, None])
    growth = 1.02 ** np.arange(years)
    return Demands(
        economy=c.astype(np.int32),
        stage=k.astype(np.int32),
        tier=n.astype(np.int32),
        amount=(wanted[c, k] * part[c, n])[:, None] * growth,
        worth=_yearly(price[k] * np.array(WORTHS)[n], years),
    )


def _stores(rng: np.random.Generator, used: Vector, price: Vector, bloc: NDArray[np.bool_], years: int) -> Stores:
    """Let the bloc hold stocks of whatever it uses, half of the opening ones for ever."""
    c, k = np.nonzero(used * bloc[:, None])
    opening = used[c, k] * rng.uniform(0.05, 0.3, len(c))
    return Stores(
        economy=c.astype(np.int32),
        stage=k.astype(np.int32),
        opening=opening,
        floor=_yearly(0.5 * opening, years),
        limit=_yearly(2 * opening, years),
        holding=_yearly(0.1 * price[k], years),
    )


def _conduits(rng: np.random.Generator, used: Vector, others: NDArray[np.bool_], years: int) -> Conduits:
    """Let outsiders pass on up to a fifth of what they use of a third of the stages."""
    c, k = np.nonzero((used > 0) & ~others[:, None] & (rng.random(used.shape) < 0.3))
    return Conduits(c.astype(np.int32), k.astype(np.int32), _yearly(0.2 * used[c, k], years))


def _limits(stages: NDArray[np.int64], bloc: NDArray[np.bool_], amount: Vector, years: int) -> Limits:
    """Limit what the rival delivers of some stages to each member of the bloc, from the second year on."""
    importer, k = (part.ravel() for part in np.meshgrid(np.flatnonzero(bloc), stages, indexing="ij"))
    some = amount[importer, k][:, None]
    return Limits(
        exporter=np.zeros(len(k), dtype=np.int32),
        importer=importer.astype(np.int32),
        stage=k.astype(np.int32),
        amount=np.where(np.arange(years) == 0, np.inf, some),
    )


def _yearly(values: Vector, years: int) -> Vector:
    """Return the same values for every year."""
    return np.repeat(np.asarray(values, dtype=float)[:, None], years, axis=1)
