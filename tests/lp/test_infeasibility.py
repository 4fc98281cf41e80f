"""Clashes, room and rays: worked numbers, and every answer checked by another solver."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from depgraph.core.errors import DepgraphError, InfeasibleError
from depgraph.lp import infeasibility, related, solve
from depgraph.lp.solve import Limit
from tests import programmes
from tests.programmes import INF

few = settings(deadline=None, max_examples=60, derandomize=True)
seeds = st.integers(0, 10**6)


def only(model, limits):
    """Return the programme with no limits but some, and no cost."""
    free = replace(
        model,
        cost=np.zeros(len(model.cost)),
        row_lo=np.full(len(model.row_lo), -INF),
        row_hi=np.full(len(model.row_lo), INF),
        lb=np.full(len(model.cost), -INF),
        ub=np.full(len(model.cost), INF),
    )
    return solve.moved(free, {limit: solve.bound_at(model, limit) for limit in limits})


def fits(model):
    return programmes.second_opinion(replace(model, cost=np.zeros(len(model.cost))))[0] == 0


# --- clashes ------------------------------------------------------------------------------------


def test_the_four_policy_rows_clash_and_the_idle_row_does_not():
    # golden iis-policy: constructed after Chinneck (2008)
    clash = infeasibility.irreducible_set(programmes.policy())
    assert [(found.name, found.limit.side, found.at) for found in clash] == [
        ("demand", "low", 100),
        ("cap_CN_share", "high", 0),
        ("cap_AU", "high", 40),
        ("cap_US", "high", 30),
    ]


def test_the_solver_names_the_same_rows():
    highs = solve.load(programmes.policy())
    highs.setOptionValue("iis_strategy", 6)
    highs.run()
    _, found = highs.getIis()
    clash = infeasibility.irreducible_set(programmes.policy())
    assert sorted(found.row_index_) == [member.limit.number for member in clash]


def test_reference_iis_policy():
    case, model = programmes.golden("iis-policy"), programmes.policy()
    expected = case["expected"]
    assert [found.name for found in infeasibility.irreducible_set(model)] == expected["iis"]
    least = infeasibility.cheapest_relaxation(model, np.array([1, INF, INF, INF, INF]))
    assert least.cost == pytest.approx(expected["min_unmet"])
    assert least.gives[0].to == pytest.approx(expected["max_feasible_demand"])


def test_bounds_of_columns_are_named_where_they_clash():
    model = programmes.programme([1, 1], [[1, 1]], [100], [INF], [0, 0], [40, 30], ("demand",), ("AU", "US"))
    names = [(found.name, found.limit.side) for found in infeasibility.irreducible_set(model)]
    assert names == [("demand", "low"), ("AU", "high"), ("US", "high")]


def test_limits_that_cross_are_a_clash_of_two():
    column = programmes.programme([1], [[1]], [0], [9], [5], [3], ("r",), ("c",))
    row = programmes.programme([1], [[1]], [5], [3], [0], [9], ("r",), ("c",))
    assert [(found.name, found.limit.side) for found in infeasibility.irreducible_set(column)] == [
        ("c", "low"),
        ("c", "high"),
    ]
    assert [(found.name, found.limit.side) for found in infeasibility.irreducible_set(row)] == [
        ("r", "low"),
        ("r", "high"),
    ]


def test_a_row_without_entries_that_must_be_above_zero_clashes_alone():
    model = programmes.programme([1], [[0]], [5], [INF], [0], [9])
    assert [found.name for found in infeasibility.irreducible_set(model)] == ["r0"]


def test_a_feasible_programme_has_no_clash_and_needs_no_room():
    model = programmes.share_cap()
    assert infeasibility.irreducible_set(model) == ()
    found = infeasibility.cheapest_relaxation(model, np.ones(2))
    assert (found.cost, found.gives) == (0, ())


def test_a_programme_without_limits_has_no_clash():
    assert infeasibility.irreducible_set(only(programmes.share_cap(), [])) == ()


def test_what_a_proof_holds_too_much_is_left_out(monkeypatch):
    # as if the proof had named every limit: the deletion filter must still get to an irreducible set
    model = programmes.policy()
    monkeypatch.setattr(infeasibility, "_proof", related.limits_of)
    names = {found.name for found in infeasibility.irreducible_set(model)}
    assert names == {"demand", "cap_CN_share", "cap_AU", "cap_US"}


def test_a_proof_that_fails_is_replaced_by_all_limits(monkeypatch):
    model, real, calls = programmes.policy(), infeasibility._clash, []

    def fails_once(*arguments):
        calls.append(arguments)
        return len(calls) > 1 and real(*arguments)

    monkeypatch.setattr(infeasibility, "_clash", fails_once)
    assert len(infeasibility.irreducible_set(model)) == 4


@few
@given(seeds)
def test_a_clash_is_infeasible_and_needs_each_of_its_members(seed):
    model = programmes.any_kind(seed)
    clash = infeasibility.irreducible_set(model)
    assert bool(clash) != fits(model)
    limits = [found.limit for found in clash]
    for limit in limits:
        assert fits(only(model, [other for other in limits if other != limit]))
    assert not limits or not fits(only(model, limits))


# --- room ---------------------------------------------------------------------------------------


def test_the_cheapest_row_gives():
    model = programmes.policy()
    # a unit of AU capacity makes room for 1.25 units of demand, a fifth of it from CN
    weights = np.array([1.0, INF, 0.9, INF, INF])
    found = infeasibility.cheapest_relaxation(model, weights)
    assert [(give.name, give.at) for give in found.gives] == [("cap_AU", 40)]
    assert found.gives[0].to == pytest.approx(50)
    assert found.cost == pytest.approx(9)


def test_bounds_of_columns_can_give():
    model = programmes.programme([1, 1], [[1, 1]], [100], [INF], [0, 0], [40, 30], ("demand",), ("AU", "US"))
    found = infeasibility.cheapest_relaxation(model, np.array([INF]), np.array([2.0, 1.0]))
    assert [(give.limit, give.to) for give in found.gives] == [(Limit("column", 1, "high"), 60)]
    assert found.x.tolist() == [40, 60]


def test_limits_that_may_not_give_and_clash_are_infeasible():
    with pytest.raises(InfeasibleError):
        infeasibility.cheapest_relaxation(programmes.policy(), np.array([INF, INF, INF, INF, 1.0]))


@pytest.mark.parametrize("weights", [[1, 1, 1], [1, 1, 1, 1, 0], [1, 1, 1, 1, np.nan], [1, 1, 1, 1, -1]])
def test_weights_that_mean_nothing_are_refused(weights):
    with pytest.raises(DepgraphError, match="row weights must be 5 numbers above 0"):
        infeasibility.cheapest_relaxation(programmes.policy(), np.array(weights, dtype=float))


@few
@given(seeds)
def test_what_gives_makes_room_and_is_what_it_costs(seed):
    model = programmes.any_kind(seed)
    ones = np.ones(len(model.row_lo)), np.ones(len(model.cost))
    found = infeasibility.cheapest_relaxation(model, *ones)
    assert (found.cost > 1e-7) != fits(model)
    assert found.cost == pytest.approx(sum(abs(give.at - give.to) for give in found.gives), abs=1e-7)
    assert fits(solve.moved(model, {give.limit: give.to for give in found.gives}))


@few
@given(seeds, st.floats(1.0, 9.0))
def test_room_never_gets_cheaper_when_a_weight_rises(seed, factor):
    model = programmes.any_kind(seed)
    before, after = np.ones(len(model.row_lo)), np.ones(len(model.row_lo))
    after[0] *= factor
    columns = np.ones(len(model.cost))
    cost = infeasibility.cheapest_relaxation(model, before, columns).cost
    assert infeasibility.cheapest_relaxation(model, after, columns).cost >= cost - 1e-7


# --- no end -------------------------------------------------------------------------------------


def test_the_columns_that_grow_are_named():
    # buying for 1 and selling for 3 without limit; the third column has an upper bound
    model = programmes.programme(
        [1, -3, -9], [[1, -1, 0]], [0], [INF], [0, 0, 0], [INF, INF, 5], ("stock",), ("buy", "sell", "work")
    )
    ray = infeasibility.unbounded_ray(model)
    assert ray.steps == pytest.approx({"buy": 0.5, "sell": 0.5})
    assert ray.cost == pytest.approx(-1)


def test_a_column_that_falls_without_limit_is_named_with_its_sign():
    model = programmes.programme([2], [[1]], [-INF], [9], [-INF], [9], ("r",), ("debt",))
    assert infeasibility.unbounded_ray(model) == ({"debt": -1.0}, -2.0)


def test_crossed_limits_have_no_ray():
    with pytest.raises(InfeasibleError):
        infeasibility.unbounded_ray(programmes.programme([1], [[1]], [5], [3], [0], [9]))


@few
@given(seeds)
def test_a_ray_keeps_all_limits_and_says_whether_the_cost_is_bounded(seed):
    model = programmes.any_kind(seed)
    if not fits(model):
        return
    ray = infeasibility.unbounded_ray(model)
    status, _, _ = programmes.second_opinion(model)
    assert (ray is not None) == (status == 3)
    if ray is not None:
        step = np.array([ray.steps.get(name, 0.0) for name in model.col_names])
        activity = model.times(step)
        assert (activity[np.isfinite(model.row_lo)] >= -1e-9).all()
        assert (activity[np.isfinite(model.row_hi)] <= 1e-9).all()
        assert (step[np.isfinite(model.lb)] >= 0).all()
        assert (step[np.isfinite(model.ub)] <= 0).all()
        assert ray.cost == pytest.approx(model.cost @ step)
        assert ray.cost < 0
