"""The equations of the diversion model: read a second time, solved a second time, and moved about."""

import inspect
import itertools
import re
from dataclasses import fields, replace
from pathlib import Path

import highspy
import numpy as np
import pulp
import pytest
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

from depgraph.diversion import equations, model
from depgraph.diversion.instance import Case, CaseError, Limits, check, empty
from depgraph.lp import solve
from tests.diversion_cases import (
    GOLDEN,
    INF,
    bounded,
    case,
    every_family,
    lp_text,
    plant,
    random_case,
    readable,
    route,
)

METHODS = Path(__file__).parents[2] / "docs" / "methods.md"
CUSTODY = [0.0, 0.5, 1.0]
SEEDS = [pytest.param(seed, None if seed % 2 else CUSTODY, id=f"{seed}") for seed in range(12)]
RECORDS = [field.name for field in fields(Case) if field.name not in {"economies", "stages", "tiers", "years", "units"}]
RECORDS = [name for name in RECORDS if name not in {"price", "bloc", "rival", "discount", "custody"}]


def made(seed, custody):
    return random_case(seed, custody=custody)


def planned(chosen):
    built = model.build(chosen)
    return built, solve.solve(built.programme)


def cost(chosen):
    return planned(chosen)[1].objective


def changed(chosen, record, **arrays):
    """Return the case with other arrays in one record."""
    return replace(chosen, **{record: replace(getattr(chosen, record), **arrays)})


def scaled(chosen, record, field, factor):
    return changed(chosen, record, **{field: getattr(getattr(chosen, record), field) * factor})


def values(built, solution, letter):
    return solution.x[getattr(built.columns, letter)]


# --- the equations read a second time -----------------------------------------------------------


class Plain:
    """The equations of `docs/methods.md` written as loops over entries, at one point."""

    def __init__(self, chosen, built, x):
        self.case, self.years = chosen, range(len(chosen.years))
        self.price = chosen.price
        for letter in ("output", "order", "shipment", "unmet", "stock", "reexport"):
            setattr(self, letter, x[getattr(built.columns, letter)])
        self.free = [x[getattr(built.columns, f"free_{letter}")] for letter in ("output", "shipment", "stock")]

    def nodes(self):
        return itertools.product(*(range(size) for size in self.case.shape))

    def total(self, block, record, t, **where):
        """Sum a block over the entries of a record whose fields have these values."""
        entries = range(len(block))
        return sum(
            block[n, t] for n in entries if all(getattr(record, key)[n] == value for key, value in where.items())
        )

    def supply(self):
        c = self.case
        for i, k, t in self.nodes():
            made = self.total(self.output, c.plants, t, economy=i, stage=k)
            passed = self.total(self.reexport, c.conduits, t, economy=i, stage=k)
            yield made + passed - self.total(self.shipment, c.routes, t, exporter=i, stage=k), 0, 0

    def inputs(self, output, i, k, t):
        c = self.case
        return sum(
            amount * output[v, t]
            for source, result, amount in zip(c.recipes.input, c.recipes.output, c.recipes.quantity, strict=True)
            for v in range(len(output))
            if source == k and c.plants.stage[v] == result and c.plants.economy[v] == i and c.plants.fed[v]
        )

    def kept(self, stock, i, k, t):
        """Return what is added to stock; the opening stock stands on the right-hand side."""
        before = self.total(stock, self.case.stores, t - 1, economy=i, stage=k) if t else 0.0
        return self.total(stock, self.case.stores, t, economy=i, stage=k) - before

    def opening(self, i, k, t):
        stores = self.case.stores
        chosen = (stores.economy == i) & (stores.stage == k)
        return stores.opening[chosen].sum() if t == 0 else 0.0

    def use(self):
        c = self.case
        for i, k, t in self.nodes():
            arrives = self.total(self.shipment, c.routes, t, importer=i, stage=k)
            missing = self.total(self.unmet, c.demands, t, economy=i, stage=k)
            passed = self.total(self.reexport, c.conduits, t, economy=i, stage=k)
            wanted = self.total(c.demands.amount, c.demands, t, economy=i, stage=k) - self.opening(i, k, t)
            left = arrives + missing - self.inputs(self.output, i, k, t) - passed - self.kept(self.stock, i, k, t)
            yield left, wanted, wanted

    def capacity(self):
        c = self.case
        for v, t in itertools.product(range(len(self.output)), self.years):
            ready = 0.0
            for o, s in itertools.product(range(len(self.order)), self.years):
                if c.orders.plant[o] == v and s + c.orders.lead[o] <= t:
                    ready += self.order[o, s]
            yield self.output[v, t] - ready, -INF, c.plants.capacity[v, t]

    def ramp(self):
        for o, t in itertools.product(range(len(self.order)), self.years):
            seen = t + self.case.orders.lead[o] < len(self.years)
            yield self.order[o, t], -INF, self.case.orders.ramp[o, t] if seen else 0.0

    def byproduct(self):
        c, by = self.case, self.case.byproducts
        groups = {}
        for v, host, part in zip(by.plant, by.host, by.per_unit, strict=True):
            groups.setdefault((c.plants.economy[v], c.plants.stage[v], host, part), []).append(v)
        for key in sorted(groups):
            i, _, host, part = key
            for t in self.years:
                won = sum(self.output[v, t] for v in groups[key])
                yield won - part * self.total(self.output, c.plants, t, economy=i, stage=host), -INF, 0.0

    def home(self):
        c = self.case
        for i, k in zip(c.conduits.economy, c.conduits.stage, strict=True):
            for t in self.years:
                made = self.total(self.output, c.plants, t, economy=i, stage=k)
                yield self.total(self.shipment, c.routes, t, exporter=i, importer=i, stage=k) - made, -INF, 0.0

    def storage(self):
        for n, t in itertools.product(range(len(self.stock)), self.years):
            yield self.stock[n, t], self.case.stores.floor[n, t], self.case.stores.limit[n, t]

    def embargo(self):
        limits = self.case.limits
        for n, t in itertools.product(range(len(limits.stage)), self.years):
            where = {field: getattr(limits, field)[n] for field in ("exporter", "importer", "stage")}
            yield self.total(self.shipment, self.case.routes, t, **where), -INF, limits.amount[n, t]

    def rival_cap(self):
        c = self.case
        bloc, rival = np.flatnonzero(c.bloc), np.flatnonzero(c.rival)
        outside = np.flatnonzero(~c.bloc)
        for n, t in itertools.product(range(len(c.caps.stage)), self.years):
            k, phi = c.caps.stage[n], c.caps.share[n, t]

            def sent(exporters, importers, k=k, t=t):
                pairs = itertools.product(exporters, importers)
                return sum(self.total(self.shipment, c.routes, t, exporter=i, importer=j, stage=k) for i, j in pairs)

            home = sum(self.total(self.output, c.plants, t, economy=i, stage=k) for i in bloc)
            if np.isinf(phi):
                yield sent(rival, bloc), -INF, INF
            else:
                supply = home + sent(outside, bloc) - sent(bloc, outside)
                yield sent(rival, bloc) - phi * supply, -INF, c.caps.amount[n, t]

    def exposure(self):
        routes = self.case.routes
        bought = self.case.rival[routes.exporter] & self.case.bloc[routes.importer]
        yield (self.price[routes.stage[bought], None] * self.shipment[bought]).sum(), -INF, INF

    def goal(self):
        demands = self.case.demands
        for n in range(len(self.case.tiers)):
            inside = self.case.bloc[demands.economy] & (demands.tier == n)
            yield (self.price[demands.stage[inside], None] * self.unmet[inside]).sum(), -INF, INF

    def free_supply(self):
        c, (output, shipment, _) = self.case, self.free
        for i, k, t in self.nodes():
            made = self.total(output, c.plants, t, economy=i, stage=k)
            yield made - self.total(shipment, c.routes, t, exporter=i, stage=k), 0, 0

    def free_use(self):
        c, (output, shipment, stock) = self.case, self.free
        for i, k, t in self.nodes():
            phi = c.custody[t] * c.bloc[i]
            wanted = phi * self.total(c.demands.amount, c.demands, t, economy=i, stage=k) - self.opening(i, k, t)
            missing = phi * self.total(self.unmet, c.demands, t, economy=i, stage=k)
            arrives = self.total(shipment, c.routes, t, importer=i, stage=k)
            left = arrives + missing - self.inputs(output, i, k, t) - self.kept(stock, i, k, t)
            yield left, wanted, INF

    def free_part(self):
        c, (output, shipment, stock) = self.case, self.free
        for v, t in itertools.product(range(len(output)), self.years):
            yield output[v, t] - (0 if c.rival[c.plants.economy[v]] else self.output[v, t]), -INF, 0
        for free, whole in ((shipment, self.shipment), (stock, self.stock)):
            for n, t in itertools.product(range(len(free)), self.years):
                yield free[n, t] - whole[n, t], -INF, 0

    def costs(self):
        c, d = self.case, self.case.discount
        parts = (
            (c.plants.cost, self.output),
            (c.routes.freight + c.routes.premium + c.routes.tariff, self.shipment),
            (c.stores.holding, self.stock),
            (c.demands.worth, self.unmet),
        )
        running = sum(d[t] * (amount[:, t] @ block[:, t]) for t in self.years for amount, block in parts)
        return running + (c.orders.investment * self.order).sum()


@pytest.mark.parametrize("name", every_family())
@pytest.mark.parametrize("chosen", [readable(), random_case(3, custody=CUSTODY)], ids=["readable", "random"])
def test_each_equation_read_as_loops_gives_the_same_rows_at_any_point(chosen, name):
    built = model.build(chosen)
    x = np.random.default_rng(7).uniform(0, 9, built.columns.count)
    expected = np.array(list(getattr(Plain(chosen, built, x), name)()), dtype=float)
    rows = built.rows(name)
    assert built.programme.times(x)[rows] == pytest.approx(expected[:, 0], abs=1e-9)
    assert np.array_equal(built.programme.row_lo[rows], expected[:, 1])
    assert np.allclose(built.programme.row_hi[rows], expected[:, 2])


@pytest.mark.parametrize("chosen", [readable(), random_case(3, custody=CUSTODY)], ids=["readable", "random"])
def test_the_objective_read_as_loops_is_the_same_at_any_point_and_the_sum_of_its_parts(chosen):
    built = model.build(chosen)
    x = np.random.default_rng(7).uniform(0, 9, built.columns.count)
    assert built.programme.cost @ x == pytest.approx(Plain(chosen, built, x).costs(), rel=1e-12)
    assert sum(part @ x for part in built.costs.values()) == pytest.approx(built.programme.cost @ x, rel=1e-12)


def test_each_variable_is_bounded_on_its_own_as_equation_15_says():
    chosen = readable()
    built = model.build(chosen)
    top = np.full(built.columns.count, INF)
    for block, most in (("shipment", chosen.routes.width), ("unmet", chosen.demands.amount)):
        top[getattr(built.columns, block)] = most
    top[built.columns.reexport] = chosen.conduits.limit
    assert np.array_equal(built.programme.ub, top)
    assert not built.programme.lb.any()


def test_the_cap_counts_what_the_bloc_buys_from_others_and_not_what_it_sells():
    # A buys 6 at most from R when it buys 4 from O, sells nothing and makes nothing: 6 <= 0.6 (6 + 4)
    chosen = case(
        "A O R",
        "good",
        bloc="A",
        rival="R",
        plants=[plant("O", "good", 5), plant("R", "good", 1)],
        routes=[route("O", "A", "good"), route("R", "A", "good"), route("A", "O", "good")],
        demands=[("A", "good", "all", 10, 99)],
        caps=[("good", 0.6)],
    )
    built, solution = planned(chosen)
    assert values(built, solution, "shipment")[:, 0] == pytest.approx([4, 6, 0])


# --- golden files -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", every_family())
def test_the_rows_of_each_equation_are_those_of_its_golden_file(name):
    path = GOLDEN / f"{name}.lp"
    assert path.is_file(), f"{name} has no golden file: python -m tests.diversion_cases, then check it by hand"
    assert path.read_text(encoding="utf-8") == lp_text(name)


def test_every_golden_file_belongs_to_an_equation():
    assert {path.stem for path in GOLDEN.iterdir()} == set(every_family())


@pytest.mark.parametrize("name", every_family())
def test_a_golden_file_has_rows_and_is_read_by_a_solver(name):
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    assert highs.readModel(str(GOLDEN / f"{name}.lp")) == highspy.HighsStatus.kOk
    built = bounded(readable())
    assert highs.getLp().a_matrix_.value_
    with_bounds = np.isfinite(built.programme.row_lo) | np.isfinite(built.programme.row_hi)
    assert highs.getNumRow() >= with_bounds[built.rows(name)].sum()


# --- solved a second time -----------------------------------------------------------------------


@pytest.mark.parametrize(("seed", "custody"), SEEDS)
def test_every_plan_is_certified_and_its_dual_bound_equals_its_cost(seed, custody):
    built, solution = planned(made(seed, custody))
    p, y = built.programme, solution.duals
    dense = np.zeros((len(p.row_lo), len(p.cost)))
    dense[p.rows, p.cols] = p.values
    z = p.cost - dense.T @ y

    def bound(multiplier, lo, hi):
        side = np.where(multiplier > 0, lo, hi)
        used = np.abs(multiplier) > 1e-9
        assert np.isfinite(side[used]).all()
        return multiplier[used] @ side[used]

    assert solution.residual <= 1e-9
    assert bound(y, p.row_lo, p.row_hi) + bound(z, p.lb, p.ub) == pytest.approx(solution.objective, rel=1e-7)


@pytest.mark.parametrize(("seed", "custody"), SEEDS)
def test_scipy_finds_the_same_cost(seed, custody):
    built, solution = planned(made(seed, custody))
    p = built.programme
    matrix = csr_matrix((p.values, (p.rows, p.cols)), shape=(len(p.row_lo), len(p.cost)))
    equal, above = p.row_lo == p.row_hi, np.isfinite(p.row_lo) & (p.row_lo != p.row_hi)
    below = np.isfinite(p.row_hi) & ~equal
    other = linprog(
        p.cost,
        A_ub=csr_matrix(np.vstack([matrix[below].toarray(), -matrix[above].toarray()])),
        b_ub=np.concatenate([p.row_hi[below], -p.row_lo[above]]),
        A_eq=matrix[equal],
        b_eq=p.row_hi[equal],
        bounds=np.column_stack([p.lb, p.ub]),
    )
    assert other.fun == pytest.approx(solution.objective, rel=1e-7)


# PuLP 3 announces that 4 will come without CBC; the package asks for 3
@pytest.mark.filterwarnings("ignore:PULP_CBC_CMD is deprecated:DeprecationWarning")
@pytest.mark.parametrize("solver", ["HiGHS", "PULP_CBC_CMD"])
@pytest.mark.parametrize(("seed", "custody"), SEEDS[:6])
def test_pulp_finds_the_same_cost_with_each_solver(seed, custody, solver):
    built, solution = planned(made(seed, custody))
    problem = model.to_pulp(built)
    problem.solve(getattr(pulp, solver)(msg=False))
    assert pulp.LpStatus[problem.status] == "Optimal"
    assert pulp.value(problem.objective) == pytest.approx(solution.objective, rel=1e-7)


def written(programme):
    """Return columns and rows of a programme by name, without the order of columns."""
    columns = {
        name: (programme.cost[j], programme.lb[j], programme.ub[j]) for j, name in enumerate(programme.col_names)
    }
    rows = [({}, lo, hi) for lo, hi in zip(programme.row_lo, programme.row_hi, strict=True)]
    for row, column, value in zip(programme.rows, programme.cols, programme.values, strict=True):
        rows[row][0][programme.col_names[column]] = value
    return columns, rows


@pytest.mark.parametrize(("seed", "custody"), SEEDS[:4])
def test_a_model_through_pulp_and_back_is_the_same_arrays(seed, custody):
    built = model.build(made(seed, custody))
    names = tuple(model.short_name(built, j) for j in range(built.columns.count))
    assert len(set(names)) == len(names)
    columns, rows = written(replace(built.programme, col_names=names))
    back_columns, back_rows = written(solve.from_pulp(model.to_pulp(built)))
    assert back_columns == columns
    # a row without bounds is left out, one with two that differ comes back as two
    parts = []
    for terms, lo, hi in rows:
        sides = [(lo, hi)] if lo == hi else [(-INF, hi)] * bool(hi < INF) + [(lo, INF)] * bool(lo > -INF)
        parts += [(terms, *side) for side in sides]
    assert back_rows == parts


@pytest.mark.parametrize(("seed", "custody"), SEEDS[:4])
def test_triplets_are_sorted_without_zeros_and_no_place_comes_twice(seed, custody):
    p = model.build(made(seed, custody)).programme
    place = p.rows.astype(np.int64) * len(p.cost) + p.cols
    assert (np.diff(place) > 0).all()
    assert p.values.all()


# --- moved about --------------------------------------------------------------------------------

# record, field, and the factor that relaxes it
RELAXED = [
    ("caps", "share", 1.5),
    ("limits", "amount", 1.5),
    ("orders", "ramp", 1.5),
    ("plants", "capacity", 1.5),
    ("routes", "width", 1.5),
    ("stores", "limit", 1.5),
    ("stores", "floor", 0.5),
    ("conduits", "limit", 1.5),
    ("byproducts", "per_unit", 1.5),
]


@pytest.mark.parametrize(("record", "field", "factor"), RELAXED, ids=[f"{r}.{f}" for r, f, _ in RELAXED])
def test_relaxing_a_limit_never_raises_cost_and_tightening_it_never_lowers_cost(record, field, factor):
    moved = 0
    for seed in range(6):
        chosen = made(seed, CUSTODY if seed % 3 == 0 else None)
        if field == "limit" and record == "stores":
            # less room than what is kept would leave no plan at all
            tight = changed(chosen, record, limit=np.maximum(chosen.stores.opening[:, None], chosen.stores.limit / 1.5))
        elif field == "floor":
            tight = changed(chosen, record, floor=np.minimum(chosen.stores.opening[:, None], chosen.stores.floor * 2))
        else:
            tight = scaled(chosen, record, field, 1 / factor)
        low, mid, high = cost(scaled(chosen, record, field, factor)), cost(chosen), cost(tight)
        assert low <= mid * (1 + 1e-9)
        assert mid <= high * (1 + 1e-9)
        moved += high > low * (1 + 1e-9)
    assert moved


def test_shorter_leads_never_raise_cost():
    for seed in range(6):
        chosen = made(seed, None)
        sooner = changed(chosen, "orders", lead=np.maximum(chosen.orders.lead - 1, 0))
        assert cost(sooner) <= cost(chosen) * (1 + 1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_more_custody_never_lowers_cost(seed):
    costs = [cost(made(seed, part)) for part in (None, 0.0, 0.4, 0.8, 1.0)]
    assert costs[0] == pytest.approx(costs[1], rel=1e-9)
    assert all(a <= b * (1 + 1e-9) for a, b in itertools.pairwise(costs))


@pytest.mark.parametrize(("seed", "custody"), SEEDS)
def test_without_tariffs_the_bloc_pays_no_more(seed, custody):
    chosen = made(seed, custody)
    free = equations.without_tariffs(chosen)
    assert not free.routes.tariff.any()
    assert cost(free) <= cost(chosen) * (1 + 1e-9)


@pytest.mark.parametrize(("seed", "custody"), SEEDS)
def test_a_pooled_plan_costs_no_more_than_each_member_alone(seed, custody):
    chosen = made(seed, custody)
    chosen = replace(chosen, limits=empty(Limits, 3))
    members = np.flatnonzero(chosen.bloc)
    pairs = [(i, j, k) for i in members for j in members for k in range(4) if i != j]
    exporter, importer, stage = np.array(pairs, dtype=np.int32).T
    alone = replace(chosen, limits=Limits(exporter, importer, stage, np.zeros((len(pairs), 3))))
    assert cost(chosen) <= cost(alone) * (1 + 1e-9)


MONEY = {
    "plants": ("cost",),
    "orders": ("investment",),
    "routes": ("freight", "premium", "tariff"),
    "demands": ("worth",),
    "stores": ("holding",),
}


@pytest.mark.parametrize(("seed", "custody"), SEEDS[:6])
def test_cost_is_homogeneous_of_degree_one_in_prices(seed, custody):
    chosen = made(seed, custody)
    dearer = chosen
    for record, names in MONEY.items():
        for field in names:
            dearer = scaled(dearer, record, field, 3.5)
    assert cost(dearer) == pytest.approx(3.5 * cost(chosen), rel=1e-9)


AMOUNTS = {
    "plants": ("capacity",),
    "orders": ("ramp",),
    "routes": ("width",),
    "demands": ("amount",),
    "stores": ("opening", "floor", "limit"),
    "conduits": ("limit",),
    "limits": ("amount",),
}


@pytest.mark.parametrize(("seed", "custody"), SEEDS[:6])
def test_cost_is_homogeneous_of_degree_one_in_amounts(seed, custody):
    chosen = made(seed, custody)
    larger = chosen
    for record, names in AMOUNTS.items():
        for field in names:
            larger = scaled(larger, record, field, 3.5)
    assert cost(larger) == pytest.approx(3.5 * cost(chosen), rel=1e-9)


def shuffled(chosen, seed):
    """Return the case with every list and every record in another order."""
    draw = np.random.default_rng(seed)
    order = {name: draw.permutation(len(getattr(chosen, name))) for name in ("economies", "stages")}
    order["plants"] = draw.permutation(len(chosen.plants.stage))
    place = {name: np.argsort(new).astype(np.int32) for name, new in order.items()}
    lists = dict.fromkeys(("economy", "exporter", "importer"), "economies") | {"plant": "plants"}
    lists |= dict.fromkeys(("stage", "host", "input", "output"), "stages")
    records = {}
    for name in RECORDS:
        old = getattr(chosen, name)
        new = order["plants"] if name == "plants" else draw.permutation(len(getattr(old, fields(old)[0].name)))
        arrays = {}
        for field in fields(old):
            array = getattr(old, field.name)
            moved = tuple(array[i] for i in new) if isinstance(array, tuple) else array[new]
            arrays[field.name] = place[lists[field.name]][moved] if field.name in lists else moved
        records[name] = type(old)(**arrays)
    by_economy, by_stage = order["economies"], order["stages"]
    return replace(
        chosen,
        economies=tuple(chosen.economies[i] for i in by_economy),
        stages=tuple(chosen.stages[i] for i in by_stage),
        units=tuple(chosen.units[i] for i in by_stage),
        price=chosen.price[by_stage],
        bloc=chosen.bloc[by_economy],
        rival=chosen.rival[by_economy],
        **records,
    )


@pytest.mark.parametrize(("seed", "custody"), SEEDS)
def test_the_order_of_entries_does_not_change_the_cost(seed, custody):
    chosen = made(seed, custody)
    assert cost(shuffled(chosen, seed)) == pytest.approx(cost(chosen), rel=1e-9)


# --- corners ------------------------------------------------------------------------------------


def test_without_demand_the_plan_is_to_keep_the_stock():
    chosen = scaled(readable(), "demands", "amount", 0.0)
    assert cost(chosen) == pytest.approx(3 * 0.4 * (1 + 0.95 + 0.9))


def test_without_demand_and_stock_a_cap_of_any_share_is_satisfied():
    chosen = case(
        "A R",
        "good",
        bloc="A",
        rival="R",
        plants=[plant("R", "good", 1)],
        routes=[route("R", "A", "good")],
        demands=[("A", "good", "all", 0, 9)],
        caps=[("good", 0.3)],
    )
    assert cost(chosen) == 0


@pytest.mark.parametrize("seed", range(6))
def test_a_cap_of_zero_keeps_the_rival_out_and_a_cap_of_one_binds_no_buyer(seed):
    chosen = made(seed, None)
    banned, solution = planned(changed(chosen, "caps", share=np.zeros_like(chosen.caps.share)))
    routes = chosen.routes
    bought = chosen.rival[routes.exporter] & chosen.bloc[routes.importer]
    assert values(banned, solution, "shipment")[bought].max() <= 1e-9
    # stocks sold abroad would count against a cap of 1: without them it changes nothing
    bare = changed(chosen, "stores", opening=np.zeros(3), floor=np.zeros((3, 3)), limit=np.zeros((3, 3)))
    whole, none = (cost(changed(bare, "caps", share=np.full_like(chosen.caps.share, share))) for share in (1.0, np.inf))
    assert whole == pytest.approx(none, rel=1e-9)


def test_a_plant_that_the_horizon_never_sees_is_not_ordered():
    chosen = random_case(4)
    late = changed(chosen, "orders", lead=np.full_like(chosen.orders.lead, 3))
    late = scaled(late, "orders", "investment", 0.0)
    built, solution = planned(late)
    assert not built.programme.row_hi[built.rows("ramp")].any()
    assert not values(built, solution, "order").any()
    none = changed(chosen, "orders", ramp=np.zeros_like(chosen.orders.ramp))
    assert solution.objective == pytest.approx(cost(none), rel=1e-9)


def test_capacity_that_is_ordered_serves_from_its_lead_on():
    chosen = case(
        "A",
        "good",
        bloc="A",
        years=4,
        plants=[plant("A", "good", 1, 0.0, technology="new")],
        orders=[(0, 2, 3, 5)],
        routes=[route("A", "A", "good")],
        demands=[("A", "good", "all", 5, 100)],
    )
    built, solution = planned(chosen)
    assert values(built, solution, "output").tolist() == [[0, 0, 3, 5]]
    assert values(built, solution, "order")[0].sum() == pytest.approx(5)
    assert solution.objective == pytest.approx(8 * 1 + 5 * 5 + 12 * 100)


@pytest.mark.parametrize("seed", range(6))
def test_a_byproduct_is_won_from_what_its_host_makes_and_no_more(seed):
    chosen = made(seed, None)
    built, solution = planned(chosen)
    output, by = values(built, solution, "output"), chosen.byproducts
    for v, host, part in zip(by.plant, by.host, by.per_unit, strict=True):
        hosts = (chosen.plants.economy == chosen.plants.economy[v]) & (chosen.plants.stage == host)
        assert (output[v] <= part * output[hosts].sum(axis=0) + 1e-9).all()


def test_two_plants_that_win_beside_one_host_share_its_yield():
    chosen = case(
        "A",
        "ore metal",
        bloc="A",
        plants=[
            plant("A", "ore", 1),
            plant("A", "metal", 2, technology="new"),
            plant("A", "metal", 2, technology="late"),
        ],
        routes=[route("A", "A", "metal"), route("A", "A", "ore")],
        byproducts=[(1, "ore", 0.1), (2, "ore", 0.1)],
        demands=[("A", "ore", "all", 20, 50), ("A", "metal", "all", 5, 50)],
    )
    built, solution = planned(chosen)
    assert values(built, solution, "output")[1:].sum(axis=0).tolist() == pytest.approx([2.0] * len(chosen.years))


def test_what_is_passed_on_does_not_come_home_again():
    # home deliveries are credited: without D11 goods would go round through z to earn the credit
    chosen = case(
        "A C",
        "ore",
        bloc="A",
        plants=[plant("C", "ore", 5)],
        routes=[route("C", "A", "ore"), route("A", "A", "ore", premium=-9)],
        conduits=[("A", "ore", 100)],
        demands=[("A", "ore", "all", 4, 50)],
    )
    built, solution = planned(chosen)
    assert values(built, solution, "reexport").max() == 0


@pytest.mark.parametrize(("fed", "missing"), [(False, 0), (True, 4)])
def test_recycling_takes_no_inputs_and_any_other_plant_does(fed, missing):
    chosen = case(
        "A",
        "ore metal",
        bloc="A",
        plants=[plant("A", "metal", 2, technology="recycling", fed=fed)],
        routes=[route("A", "A", "metal")],
        recipes=[("ore", "metal", 2)],
        demands=[("A", "metal", "all", 4, 50)],
    )
    built, solution = planned(chosen)
    assert values(built, solution, "unmet").sum() == pytest.approx(missing)


def test_a_stock_serves_down_to_its_floor_and_not_below_nothing():
    # of 10 at most 5 leave in the first two years, and 4 in the last: 3 of 12 are missing
    chosen = case(
        "A",
        "good",
        bloc="A",
        years=3,
        demands=[("A", "good", "all", 4, 7)],
        stores=[("A", "good", 10, [5, 5, 0], 12, 0)],
    )
    built, solution = planned(chosen)
    assert solution.objective == pytest.approx(3 * 7)
    assert values(built, solution, "stock")[0, 1:] == pytest.approx([5, 1])


def test_a_stock_above_what_can_be_held_or_used_leaves_no_plan():
    chosen = case("A", "good", bloc="A", stores=[("A", "good", 10, 0, 5, 1)])
    with pytest.raises(solve.InfeasibleError):
        planned(chosen)


def test_what_is_passed_on_serves_another_importer_up_to_the_limit():
    chosen = case(
        "A O R",
        "good",
        bloc="A",
        rival="R",
        plants=[plant("R", "good", 1)],
        routes=[route("R", "O", "good"), route("O", "A", "good")],
        demands=[("A", "good", "all", 5, 50)],
        conduits=[("O", "good", 3)],
    )
    built, solution = planned(chosen)
    assert values(built, solution, "reexport").sum() == pytest.approx(3)
    assert values(built, solution, "unmet").sum() == pytest.approx(2)


# --- chain of custody ---------------------------------------------------------------------------


def test_full_custody_is_a_plan_of_its_own_that_feeds_the_bloc_without_the_rival():
    met = 0.0
    for seed in range(8):
        chosen = random_case(seed, custody=1.0)
        built, solution = planned(chosen)
        plain = Plain(chosen, built, solution.x)
        output, shipment, stock = plain.free
        assert output[chosen.rival[chosen.plants.economy]].max() <= 1e-9
        assert shipment[chosen.rival[chosen.routes.exporter]].max() <= 1e-9
        for i, k, t in plain.nodes():
            # at every node the free flows alone balance, so that nothing else is needed anywhere up the chain
            sent = plain.total(shipment, chosen.routes, t, exporter=i, stage=k)
            assert plain.total(output, chosen.plants, t, economy=i, stage=k) == pytest.approx(sent, abs=1e-7)
            arrives = plain.total(shipment, chosen.routes, t, importer=i, stage=k) + plain.opening(i, k, t)
            left = arrives - plain.inputs(output, i, k, t) - plain.kept(stock, i, k, t)
            wanted = plain.total(chosen.demands.amount - plain.unmet, chosen.demands, t, economy=i, stage=k)
            assert left >= wanted * chosen.bloc[i] - 1e-7
            met += wanted * chosen.bloc[i]
    assert met > 100


def chain(custody, *, other_ore=0.0):
    """Return a case in which A makes parts of ore, which R digs and perhaps O too, at a higher cost."""
    return case(
        "A O R",
        "ore part",
        bloc="A",
        rival="R",
        custody=custody,
        plants=[plant("R", "ore", 1), plant("O", "ore", 5, other_ore), plant("A", "part", 1)],
        routes=[route("R", "A", "ore"), route("O", "A", "ore"), route("A", "A", "part")],
        recipes=[("ore", "part", 2)],
        demands=[("A", "part", "all", 4, 50), ("A", "ore", "all", 10, 9)],
    )


def unmet(chosen):
    built, solution = planned(chosen)
    return values(built, solution, "unmet")[:, 0]


def test_custody_reaches_up_the_chain_and_without_another_source_demand_is_missed():
    assert unmet(chain(None)) == pytest.approx([0, 0])
    assert unmet(chain(1.0)) == pytest.approx([4, 10])
    # 8 of ore free of the rival make all parts; none is left for the demand for ore itself
    assert unmet(chain(1.0, other_ore=8)) == pytest.approx([0, 10])


def test_demand_that_is_missed_frees_no_input():
    # with half of it to be free, ore that nobody gets must not pass for ore that is free
    assert unmet(chain(0.5))[0] == pytest.approx(4)


def test_half_custody_asks_for_half_of_what_is_met():
    built, solution = planned(chain(0.5, other_ore=9))
    assert unmet(chain(0.5, other_ore=9)) == pytest.approx([0, 0])
    # half of 4 parts of 2 each and half of 10: 4 + 5 of ore come from elsewhere
    assert values(built, solution, "shipment")[:, 0] == pytest.approx([9, 9, 4])


# --- what is refused ----------------------------------------------------------------------------


def entry(record, field, place, value):
    """Return a function that spoils one number of a case."""

    def spoil(chosen):
        array = getattr(getattr(chosen, record), field).copy()
        array[place] = value
        return changed(chosen, record, **{field: array})

    return spoil


BAD = [
    (lambda c: replace(c, bloc=np.zeros(3, bool)), "the bloc has no member in the model"),
    (lambda c: replace(c, rival=c.bloc), "AUS is the rival and in the bloc"),
    (lambda c: replace(c, bloc=c.bloc[:2]), "bloc has 2 entries and needs 3"),
    (lambda c: replace(c, rival=c.rival[:2]), "rival has 2 entries and needs 3"),
    (lambda c: replace(c, price=c.price[:2]), "price has 2 entries and needs 3"),
    (lambda c: replace(c, price=c.price * np.nan), "price: each entry must lie from 0 "),
    (lambda c: replace(c, price=-c.price), "price: each entry must lie from 0 "),
    (lambda c: replace(c, units=("t",)), "units has 1 entries and needs 3"),
    (lambda c: replace(c, discount=np.ones(2)), "discount has 2 entries and needs 3"),
    (lambda c: replace(c, custody=np.ones(2)), "custody has 2 entries and needs 3"),
    (lambda c: replace(c, custody=np.array([0, 0.5, 1.5])), r"custody: each entry must lie from 0 to 1 \(got .*1.5"),
    (lambda c: replace(c, discount=np.array([1, np.inf, 1])), "discount: each entry must lie from 0 "),
    (entry("plants", "cost", (0, 0), -1), r"plants: a negative or missing cost \(-1\)"),
    (entry("plants", "cost", (0, 0), np.inf), "plants: an infinite cost; it must be a finite number"),
    (entry("plants", "capacity", (0, 0), np.nan), r"plants: a negative or missing capacity \(not a number\)"),
    (entry("routes", "premium", (0, 0), np.nan), r"routes: a negative or missing premium \(not a number\)"),
    (entry("routes", "tariff", (0, 0), -0.1), r"routes: a negative or missing tariff \(-0.1\)"),
    (entry("demands", "amount", (0, 0), -2), r"demands: a negative or missing amount \(-2\)"),
    (entry("demands", "amount", (0, 0), np.inf), "demands: an infinite amount"),
    (entry("demands", "worth", (0, 0), np.inf), "demands: an infinite worth"),
    (entry("stores", "opening", 0, -3), r"stores: a negative or missing opening \(-3\)"),
    (entry("stores", "floor", (0, 0), np.inf), "stores: an infinite floor"),
    (entry("orders", "lead", 0, -1), r"orders: a negative or missing lead \(-1\)"),
    (entry("caps", "share", (0, 0), np.nan), r"caps: a negative or missing share \(not a number\)"),
    (entry("limits", "amount", (0, 0), -1), r"limits: a negative or missing amount \(-1\)"),
    (entry("byproducts", "per_unit", 0, -0.1), "byproducts: a negative or missing per_unit"),
    (entry("recipes", "quantity", 0, np.inf), "recipes: an infinite quantity"),
    (entry("plants", "economy", 0, 3), "plants: economy outside the list"),
    (entry("plants", "stage", 0, -1), "plants: stage outside the list"),
    (entry("orders", "plant", 0, 6), "orders: plant outside the list"),
    (entry("byproducts", "plant", 0, -1), "byproducts: plant outside the list"),
    (entry("demands", "tier", 0, 2), "demands: tier outside the list"),
    (entry("recipes", "output", 0, 3), "recipes: output outside the list"),
    (lambda c: changed(c, "plants", cost=c.plants.cost[:, :2]), "plants: cost needs one column for each of 3 years"),
    (lambda c: changed(c, "plants", cost=c.plants.cost[:, 0]), "plants: cost needs one column for each of 3 years"),
    (lambda c: changed(c, "plants", fed=c.plants.fed[1:]), r"plants: arrays of different length \[5, 6\]"),
    (lambda c: changed(c, "caps", share=np.ones((2, 3))), r"caps: arrays of different length \[1, 2\]"),
]


@pytest.mark.parametrize(("spoil", "message"), BAD, ids=[message for _, message in BAD])
def test_a_case_that_means_nothing_is_refused_with_what_is_wrong(spoil, message):
    check(readable())
    with pytest.raises(CaseError, match=message):
        model.build(spoil(readable()))


@pytest.mark.parametrize(
    "recipes",
    [
        [("a", "a", 1)],
        [("a", "b", 2), ("b", "a", 0.5)],
        [("a", "b", 3), ("b", "c", 3), ("c", "a", 1 / 9)],
        [("a", "b", 5), ("b", "a", 5)],
    ],
    ids=["itself", "two", "three", "gains"],
)
def test_recipes_that_take_as_much_as_they_give_are_refused(recipes):
    with pytest.raises(CaseError, match="the recipes take more than they give: spectral radius"):
        check(case("A", "a b c", bloc="A", recipes=recipes))


def test_a_loop_of_recipes_with_losses_and_a_long_chain_are_allowed():
    check(case("A", "a b c", bloc="A", recipes=[("a", "b", 2), ("b", "a", 0.49), ("b", "c", 1e6)]))
    check(case("A", "a b c", bloc="A", recipes=[("a", "b", 1e6), ("b", "c", 1e6)]))


# --- words --------------------------------------------------------------------------------------


def test_rows_and_columns_say_what_they_mean():
    built = model.build(readable())
    words = [built.row_label(built.rows(name).start) for name in ("supply", "capacity", "ramp", "goal", "free_part")]
    assert words == [
        "what AUS makes of alumina in 2026",
        "capacity of AUS alumina in 2026",
        "orders for AUS gallium (new) in 2026",
        "unmet defence demand of the bloc",
        "rival-free part of AUS alumina in 2026",
    ]
    v = built.columns
    columns = [v.order[0, 1], v.shipment[1, 0], v.unmet[1, 2], v.stock[0, 0], v.reexport[0, 2]]
    assert [built.column_label(int(column)) for column in columns] == [
        "orders for AUS gallium new in 2027",
        "gallium from AUS to JPN in 2026",
        "unmet defence demand of AUS for wafer in 2028",
        "stock of gallium in JPN in 2026",
        "wafer passed on by JPN in 2028",
    ]


def test_every_row_and_column_of_every_equation_has_words_of_its_own():
    built = model.build(readable())
    rows = [built.row_label(row) for row in range(len(built.programme.row_lo))]
    assert len(set(rows)) == len(rows) - 3  # the two steps of one route, free of the rival, share theirs in 3 years


def test_a_case_without_custody_has_no_rows_or_columns_for_it():
    built = model.build(readable(custody=None))
    assert built.rows("free_use") == slice(0, 0)
    assert built.columns.free_output.size == 0
    assert [family.name for family in built.families] == [make.__name__ for make in equations.ALWAYS]


# --- the documentation --------------------------------------------------------------------------


def squeezed(text):
    return " ".join(text.split())


def of_functions():
    """Return number, name and text of the equation of each function."""
    found = {}
    for function in (*equations.ALWAYS, *equations.WITH_CUSTODY, equations.upper_bounds, equations.costs):
        summary, text, *_ = re.split(r"\n\s*\n", inspect.getdoc(function))
        number = re.search(r"\(D(\d+)\)\.$", squeezed(summary))
        assert number, f"{function.__name__}: the first line of its docstring ends with no equation number"
        found[int(number[1])] = (function.__name__, squeezed(text))
    return found


def of_document():
    pattern = r"^\*\*\(D(\d+)\)\*\* [^\n]*\(`(\w+)`\)[^\n]*\n\n```text\n(.*?)\n```$"
    return {
        int(number): (name, squeezed(text))
        for number, name, text in re.findall(
            pattern, METHODS.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
        )
    }


def test_equations_are_numbered_without_gaps():
    assert list(of_functions()) == list(range(1, 17))


def test_the_document_has_every_equation_as_its_function_states_it_and_no_other():
    assert of_document() == of_functions()


def test_every_mention_of_an_equation_in_the_document_is_one_of_them():
    mentioned = {int(number) for number in re.findall(r"\bD(\d+)\b", METHODS.read_text(encoding="utf-8"))}
    assert mentioned == set(of_functions())
