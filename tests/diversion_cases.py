"""Small cases of the diversion model, in memory: records as lists of rows, names instead of places.

What changes over time may be one number, for all years, or a list with one for each. As a script,
``python -m tests.diversion_cases``, it writes the files of `GOLDEN` anew: hold what changes in them
against the equation in ``docs/methods.md`` before keeping it.
"""

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from depgraph.diversion import equations, model
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
    empty,
)

INF = np.inf
GOLDEN = Path(__file__).parent / "golden_lp"

# fields of each record in the order of a row: places by list, numbers, numbers by year (*)
FIELDS = {
    Plants: ("economy", "stage", "technology", "fed", "cost*", "capacity*"),
    Orders: ("plant", "lead", "ramp*", "investment*"),
    Routes: ("exporter", "importer", "stage", "freight*", "premium*", "tariff*", "width*"),
    Recipes: ("input", "output", "quantity"),
    Byproducts: ("plant", "host", "per_unit"),
    Demands: ("economy", "stage", "tier", "amount*", "worth*"),
    Stores: ("economy", "stage", "opening", "floor*", "limit*", "holding*"),
    Conduits: ("economy", "stage", "limit*"),
    Limits: ("exporter", "importer", "stage", "amount*"),
    Caps: ("stage", "share*", "amount*"),
}
PLACES = {
    "economies": {"economy", "exporter", "importer"},
    "stages": {"stage", "host", "input", "output"},
    "tiers": {"tier"},
}


def record(kind, rows, years, **lists):
    """Return a record from rows; names of economies, stages and tiers become places."""
    if not rows:
        return empty(kind, years)
    arrays = {}
    for field, column in zip(FIELDS[kind], zip(*rows, strict=True), strict=True):
        of_list = next((lists[name] for name, fields in PLACES.items() if field in fields), None)
        if of_list is not None:
            arrays[field] = np.array([of_list.index(name) for name in column], dtype=np.int32)
        elif field.endswith("*"):
            arrays[field[:-1]] = np.array([np.broadcast_to(value, years) for value in column], dtype=float)
        elif field in {"plant", "lead"}:
            arrays[field] = np.array(column, dtype=np.int32)
        elif field == "technology":
            arrays[field] = tuple(column)
        else:
            arrays[field] = np.array(column, dtype=bool if field == "fed" else float)
    return kind(**arrays)


def case(
    economies,
    stages,
    *,
    bloc,
    rival="",
    years=1,
    tiers=("all",),
    price=1.0,
    discount=1.0,
    custody=None,
    plants=(),
    orders=(),
    routes=(),
    recipes=(),
    byproducts=(),
    demands=(),
    stores=(),
    conduits=(),
    limits=(),
    caps=(),
):
    """Return a case from names and rows; the years are 2026 and those after it."""
    economies, stages, tiers = tuple(economies.split()), tuple(stages.split()), tuple(tiers)

    def made(kind, rows):
        return record(kind, list(rows), years, economies=economies, stages=stages, tiers=tiers)

    return Case(
        economies=economies,
        stages=stages,
        tiers=tiers,
        years=tuple(range(2026, 2026 + years)),
        units=("t",) * len(stages),
        price=np.broadcast_to(np.array(price, dtype=float), len(stages)).copy(),
        bloc=np.array([name in bloc.split() for name in economies]),
        rival=np.array([name == rival for name in economies]),
        discount=np.broadcast_to(discount, years).astype(float),
        plants=made(Plants, plants),
        orders=made(Orders, orders),
        routes=made(Routes, routes),
        recipes=made(Recipes, recipes),
        byproducts=made(Byproducts, byproducts),
        demands=made(Demands, demands),
        stores=made(Stores, stores),
        conduits=made(Conduits, conduits),
        limits=made(Limits, limits),
        caps=made(Caps, [(*row, 0.0) if len(row) == 2 else row for row in caps]),
        custody=None if custody is None else np.broadcast_to(custody, years).astype(float),
    )


def plant(economy, stage, cost, capacity=INF, *, technology="existing", fed=True):
    """Return the row of a plant."""
    return economy, stage, technology, fed, cost, capacity


def route(exporter, importer, stage, freight=0.0, *, premium=0.0, tariff=0.0, width=INF):
    """Return the row of one step of a route."""
    return exporter, importer, stage, freight, premium, tariff, width


def readable(custody=0.5):
    """Return a case in which every equation has rows: gallium is won beside alumina and goes into wafers.

    AUS and JPN are the bloc, CHN is the rival. AUS makes alumina and can order a gallium plant
    beside it; JPN recycles gallium and makes wafers; CHN makes gallium and wafers. JPN holds
    gallium, may pass on wafers, and an embargo of 2027 leaves it 2 of CHN's gallium.
    """
    return case(
        "AUS CHN JPN",
        "alumina gallium wafer",
        bloc="AUS JPN",
        rival="CHN",
        years=3,
        tiers=("defence", "other"),
        price=[1.0, 20.0, 50.0],
        discount=[1.0, 0.95, 0.9],
        custody=None if custody is None else [0.0, 0.0, custody],
        plants=[
            plant("AUS", "alumina", 0.5, 100),
            plant("AUS", "gallium", 8, 0, technology="new"),
            plant("CHN", "gallium", 4, 40),
            plant("CHN", "wafer", 9, [5, 5, 6]),
            plant("JPN", "gallium", 15, 1, technology="recycling", fed=False),
            plant("JPN", "wafer", 12, 8),
        ],
        orders=[(1, 1, [3, 4, 4], [30, 20, 10])],
        routes=[
            route("AUS", "AUS", "alumina"),
            route("AUS", "JPN", "gallium", 1),
            route("CHN", "CHN", "gallium"),
            route("CHN", "JPN", "gallium", 1, premium=-0.5, tariff=2, width=6),
            route("CHN", "JPN", "gallium", 1, premium=0.5, tariff=2),
            route("JPN", "JPN", "gallium"),
            route("CHN", "AUS", "wafer", 2, tariff=[0, 4, 4]),
            route("CHN", "JPN", "wafer", 1, tariff=5),
            route("CHN", "CHN", "wafer"),
            route("JPN", "CHN", "wafer", 1),
            route("JPN", "AUS", "wafer", 2),
            route("JPN", "JPN", "wafer"),
        ],
        recipes=[("gallium", "wafer", 1.5)],
        byproducts=[(1, "alumina", 0.1)],
        demands=[
            ("AUS", "alumina", "other", 20, 10),
            ("AUS", "wafer", "defence", 1, 900),
            ("AUS", "wafer", "other", 2, 300),
            ("JPN", "wafer", "other", [4, 4, 5], 300),
            ("CHN", "wafer", "other", 3, 200),
        ],
        stores=[("JPN", "gallium", 3, [1, 1, 2], 6, 0.4)],
        conduits=[("JPN", "wafer", 2)],
        limits=[("CHN", "JPN", "gallium", [INF, 2, INF])],
        caps=[("wafer", [INF, 0.5, 0.25])],
    )


def random_case(seed, *, custody=None):
    """Return a feasible case with random numbers: nothing is made, all demand unmet and all stocks kept is a plan.

    A and B are the bloc, R is the rival, O is outside and may pass on what it bought. Ore is dug,
    metal is made of ore and parts of metal and salt; salt is won beside ore.
    """
    draw = np.random.default_rng(seed)
    years, names, stages = 3, ("A", "B", "R", "O"), ("ore", "salt", "metal", "part")

    def path(low, high):
        return draw.uniform(low, high, years).round(3).tolist()

    def some(low, high, chance):
        return [value if draw.random() < chance else INF for value in path(low, high)]

    pairs = [(c, k) for c in names for k in stages]
    plants = [plant(c, k, path(1, 9), path(5, 40)) for c, k in pairs if draw.random() < 0.7]
    plants += [plant("B", "metal", path(9, 14), path(0, 6), technology="recycling", fed=False)]
    first = len(plants)
    plants += [plant(c, k, path(1, 9), 0.0, technology="new") for c in "AB" for k in stages]
    won = [(v, "ore", float(draw.uniform(0.2, 0.9))) for v, row in enumerate(plants) if row[1] == "salt"]
    orders = [(v, draw.integers(0, 4), path(1, 12), path(2, 20)) for v in range(first, len(plants))]
    routes = []
    for i, j in ((i, j) for i in names for j in names):
        for k in stages:
            abroad = 0.0 if i == j else path(0.1, 2)
            duty = 0.0 if i == j else path(0, 3)
            premium = float(draw.uniform(-0.5, 0.5))
            routes.append(route(i, j, k, abroad, premium=premium, tariff=duty, width=path(2, 15)))
            routes.append(route(i, j, k, abroad, premium=premium + float(draw.uniform(0.2, 2)), tariff=duty))
    opening = draw.uniform(1, 10, 3).round(3)
    kept = [(c, k, float(o)) for (c, k), o in zip((("A", "metal"), ("B", "ore"), ("B", "part")), opening, strict=True)]
    return case(
        " ".join(names),
        " ".join(stages),
        bloc="A B",
        rival="R",
        years=years,
        tiers=("first", "second"),
        price=draw.uniform(1, 20, len(stages)).round(3),
        discount=[1.0, 0.95, 0.9],
        custody=custody,
        plants=plants,
        orders=orders,
        routes=routes,
        recipes=[("ore", "metal", 1.7), ("metal", "part", 0.6), ("salt", "part", 0.3)],
        byproducts=won,
        demands=[
            (c, k, n, path(2, 12), path(40, 90))
            for c, n in (("A", "first"), ("A", "second"), ("B", "second"), ("R", "second"), ("O", "second"))
            for k in ("metal", "part")
        ],
        stores=[(c, k, o, path(0, o), path(o, 2 * o), path(0.1, 2)) for c, k, o in kept],
        conduits=[("O", "metal", path(0, 5))],
        limits=[("R", c, k, some(0, 20, 0.5)) for c in "AB" for k in stages],
        caps=[(k, some(0.05, 0.9, 0.7)) for k in stages],
    )


def bounded(case):
    """Return the model of a case with the rows of a frontier and of served goals bounded, far above what is used."""
    built = model.build(case)
    top = built.programme.row_hi.copy()
    top[built.rows("exposure")] = 900
    top[built.rows("goal")] = np.arange(len(case.tiers)) * 100 + 100
    return replace(built, programme=replace(built.programme, row_hi=top))


def every_family():
    """Return the names of all families of rows."""
    return [make.__name__ for make in (*equations.ALWAYS, *equations.WITH_CUSTODY)]


def lp_text(name):
    """Return the rows of one family of the readable case in LP format, under what its letters and rows stand for."""
    built = bounded(readable())
    problem = model.to_pulp(built, only=name)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "family.lp"
        problem.writeLP(path)
        text = path.read_text(encoding="utf-8")
    first = built.starts[every_family().index(name)]
    rows = {row.name.removesuffix("_low"): row for row in problem.constraints() if len(row)}
    words = [f"\\ {row}: {built.row_label(first + int(row.split('_')[-1]))}" for row in rows]
    letters = {variable.name.rsplit("_", 1)[0]: variable.name for variable in problem.variables()}
    place = {model.short_name(built, j): j for j in range(built.columns.count)}
    return "\n".join(
        [f"\\ {letter}: {meaning(built, place[full])}" for letter, full in letters.items() if full in place]
        + words
        + [text]
    )


def meaning(built, column):
    """Return what a variable means, without the year."""
    v, years = built.columns, len(built.case.years)
    parts = ((v.free_output, v.output), (v.free_shipment, v.shipment), (v.free_stock, v.stock))
    for free, whole in parts:
        if free.size and free[0, 0] <= column <= free[-1, -1]:
            return f"free of the rival: {meaning(built, int(whole[(column - free[0, 0]) // years, 0]))}"
    return built.column_label(column).rsplit(" in ", 1)[0]


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for family in every_family():
        (GOLDEN / f"{family}.lp").write_text(lp_text(family), encoding="utf-8", newline="\n")
