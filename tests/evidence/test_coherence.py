"""Coherence of shares, against closed forms, enumeration and linear programmes."""

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from depgraph.core.errors import InfeasibleError, InvalidSharesError
from depgraph.evidence import coherence
from depgraph.evidence.coherence import Interval

common = settings(deadline=None, derandomize=True, max_examples=60)
share = st.integers(0, 20).map(lambda n: n / 20)
interval = st.tuples(share, share).map(lambda pair: Interval(min(pair), max(pair)))
vectors = st.lists(interval, min_size=1, max_size=6)


@given(vectors)
@common
def test_consistency_agrees_with_a_linear_programme(bounds):
    found = linprog([0] * len(bounds), A_eq=[[1] * len(bounds)], b_eq=[1], bounds=bounds)
    assert coherence.is_consistent(bounds) == (found.status == 0)


@given(vectors)
@common
def test_tightened_bounds_are_the_extremes_of_a_linear_programme(bounds):
    if not coherence.is_consistent(bounds):
        with pytest.raises(InfeasibleError):
            coherence.tighten(bounds)
        return
    for i, tight in enumerate(coherence.tighten(bounds)):
        for sign, value in ((1, tight.low), (-1, tight.high)):
            cost = [sign if j == i else 0 for j in range(len(bounds))]
            found = linprog(cost, A_eq=[[1] * len(bounds)], b_eq=[1], bounds=bounds)
            assert sign * found.fun == pytest.approx(value, abs=1e-7)


@given(vectors)
@common
def test_relaxation_is_the_least_total_slack(bounds):
    n = len(bounds)
    # shares, slack below, slack above
    rows = [[-(j == i) for j in range(n)] + [-(j == i) for j in range(n)] + [0] * n for i in range(n)]
    rows += [[(j == i) for j in range(n)] + [0] * n + [-(j == i) for j in range(n)] for i in range(n)]
    limits = [-b.low for b in bounds] + [b.high for b in bounds]
    found = linprog(
        [0] * n + [1] * 2 * n, A_ub=rows, b_ub=limits, A_eq=[[1] * n + [0] * 2 * n], b_eq=[1], bounds=(0, None)
    )
    assert coherence.relaxation(bounds) == pytest.approx(found.fun, abs=1e-7)


def test_tightening_uses_what_the_others_leave():
    tight = coherence.tighten([Interval(0.6, 0.8), Interval(0.1, 0.3), Interval(0.2, 0.3), Interval(0, 1)])
    assert [b.high for b in tight] == pytest.approx([0.7, 0.2, 0.3, 0.1])


def test_a_largest_supplier_has_at_least_an_equal_share():
    tight = coherence.tighten_ordered([Interval(0, 1)] * 3, [(0, 1), (0, 2)])
    assert tight[0].low == pytest.approx(1 / 3)
    assert tight[1].high == pytest.approx(1 / 2)


def test_an_order_that_the_bounds_deny_is_infeasible():
    with pytest.raises(InfeasibleError):
        coherence.tighten_ordered([Interval(0, 0.2), Interval(0.5, 0.6), Interval(0, 1)], [(0, 1)])


def test_the_smallest_clash_is_the_pair_furthest_apart():
    items = {"a": ("CHN", Interval(0.8, 0.9)), "b": ("CHN", Interval(0.3, 0.4)), "c": ("CHN", Interval(0.5, 0.6))}
    clash = coherence.smallest_clash(items)
    assert clash.members == ("a", "b")
    assert clash.relaxation == pytest.approx(0.4)


def test_lower_bounds_of_different_suppliers_clash_when_they_exceed_one():
    items = {"a": ("CHN", Interval(0.7, 1)), "b": ("JPN", Interval(0.2, 1)), "c": ("USA", Interval(0.15, 1))}
    clash = coherence.smallest_clash(items)
    assert clash.members == ("a", "b", "c")
    assert clash.relaxation == pytest.approx(0.05)


@given(st.lists(st.tuples(st.sampled_from("xyz"), interval), min_size=1, max_size=5))
@common
def test_the_clash_is_as_small_as_enumeration_finds(pairs):
    items = {f"i{n}": pair for n, pair in enumerate(pairs)}
    clash = coherence.smallest_clash(items)
    sizes = [
        size
        for size in range(1, len(items) + 1)
        for subset in itertools.combinations(items.values(), size)
        if not possible(subset)
    ]
    assert (clash is None) == (not sizes)
    if clash:
        assert len(clash.members) == min(sizes)
        assert not possible([items[name] for name in clash.members])


def possible(subset):
    """Say whether items can all be true, rest of world taking what is left."""
    suppliers = {supplier for supplier, _ in subset}
    bounds = [coherence.meet([i for s, i in subset if s == supplier]) for supplier in suppliers]
    return None not in bounds and math.fsum(b.low for b in bounds) <= 1 + 1e-12


@given(vectors.filter(coherence.is_consistent))
@common
def test_projection_keeps_bounds_and_sums_to_one(bounds):
    shares = coherence.project([1 / len(bounds)] * len(bounds), bounds)
    assert math.fsum(shares) == pytest.approx(1)
    assert all(b.low - 1e-9 <= s <= b.high + 1e-9 for s, b in zip(shares, bounds, strict=True))


def test_projection_keeps_the_proportions_of_unaffected_shares():
    shares = coherence.project([0.5, 0.3, 0.2], [Interval(0.7, 1), Interval(0, 1), Interval(0, 1)])
    assert shares == pytest.approx([0.7, 0.18, 0.12])


def test_a_prior_of_zero_cannot_take_a_share():
    with pytest.raises(InfeasibleError, match="prior is zero"):
        coherence.project([0.0, 0.0], [Interval(0, 1), Interval(0, 1)])


def test_the_centre_of_a_triangle_cut_by_bounds_is_exact():
    # closed form by integration over the parallelogram 0.6..0.8 x 0.1..0.3 below the line sum = 1
    mean = coherence.uniform_mean([Interval(0.6, 0.8), Interval(0.1, 0.3), Interval(0, 1)])
    assert mean == pytest.approx([0.6904761904761904, 0.1904761904761905, 0.11904761904761915])


def test_a_polytope_without_volume_has_no_centre():
    with pytest.raises(InfeasibleError):
        coherence.uniform_mean([Interval(0.5, 0.5), Interval(0.5, 0.5)])


@pytest.mark.parametrize("bad", [Interval(0.6, 0.5), Interval(-0.1, 0.5), Interval(0, 1.1), Interval(math.nan, 1)])
def test_what_is_no_interval_of_shares_is_refused(bad):
    with pytest.raises(InvalidSharesError):
        coherence.is_consistent([bad])
