"""Concentration, against closed forms and published numbers."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from depgraph.core.errors import InvalidSharesError
from depgraph.measures import concentration

positive = st.lists(st.floats(0.001, 1000), min_size=1, max_size=12)
common = settings(deadline=None, derandomize=True, max_examples=100)


@st.composite
def boxes(draw):
    """Intervals that hold at least one vector of shares, and that vector."""
    shares = concentration.fractions(draw(st.lists(st.floats(0.01, 1), min_size=2, max_size=7)))
    below = [draw(st.floats(0, 1)) for _ in shares]
    above = [draw(st.floats(0, 1)) for _ in shares]
    low = [share * part for share, part in zip(shares, below, strict=True)]
    high = [share + (1 - share) * part for share, part in zip(shares, above, strict=True)]
    return low, high, shares


def test_the_guideline_market_of_30_30_20_20_has_2600_points():
    # US Department of Justice, Merger Guidelines: 900 + 900 + 400 + 400
    shares = concentration.fractions([30, 30, 20, 20])
    index = concentration.hhi(shares)
    assert 10_000 * index == pytest.approx(2600)
    assert concentration.hhi_normalised(index, 4) == pytest.approx(1 / 75)
    assert concentration.effective_number(index) == pytest.approx(1 / 0.26)


def test_normalised_index_of_gallium_depends_on_n():
    # Deutsche Welle sheet from the EU study of 2020: n = 10 reproduces the published value
    shares = concentration.fractions([80, 8, 5, 3, 2, 1, 1])
    index = concentration.hhi(shares)
    assert concentration.hhi_normalised(index, 10) == pytest.approx(0.611555555, abs=1e-8)
    assert concentration.hhi_normalised(index, 7) == pytest.approx(0.592133333, abs=1e-8)


def test_a_single_supplier_has_index_one_and_no_normalised_index():
    assert concentration.hhi([1.0]) == 1
    assert concentration.hhi_normalised(1.0, 1) is None


def test_no_suppliers_give_no_index_and_not_zero():
    assert concentration.hhi([]) is None
    assert concentration.concentration_ratio([], 3) is None
    assert concentration.fractions([]) is None
    assert concentration.fractions([0, 0]) is None
    assert concentration.effective_number(None) is None


@pytest.mark.parametrize("bad", [-0.1, math.nan, math.inf])
def test_negative_and_infinite_shares_are_refused(bad):
    with pytest.raises(InvalidSharesError, match="is not a share"):
        concentration.hhi([0.5, bad])


def test_an_index_without_suppliers_is_refused():
    with pytest.raises(InvalidSharesError, match="at least one"):
        concentration.hhi_normalised(0.5, 0)


def test_the_residual_is_packed_into_suppliers_no_larger_than_the_smallest_named():
    bounds = concentration.hhi_residual_bounds([0.5, 0.1], 0.4, named_are_top=True)
    assert bounds == pytest.approx((0.26, 0.26 + 4 * 0.01))
    assert concentration.hhi_residual_bounds([0.5, 0.1], 0.4, named_are_top=False).high == pytest.approx(0.42)


@given(positive, st.randoms(use_true_random=False))
@common
def test_order_of_suppliers_does_not_matter(quantities, random):
    shares = concentration.fractions(quantities)
    shuffled = shares[:]
    random.shuffle(shuffled)
    assert concentration.hhi(shuffled) == pytest.approx(concentration.hhi(shares))


@given(positive)
@common
def test_index_lies_between_one_over_n_and_one(quantities):
    shares = concentration.fractions(quantities)
    assert 1 / len(shares) - 1e-12 <= concentration.hhi(shares) <= 1 + 1e-12


@given(st.lists(st.floats(0.001, 1000), min_size=2, max_size=12))
@common
def test_merging_two_suppliers_never_lowers_the_index(quantities):
    shares = concentration.fractions(quantities)
    merged = [shares[0] + shares[1], *shares[2:]]
    assert concentration.hhi(merged) >= concentration.hhi(shares)


@given(boxes())
@common
def test_index_bounds_hold_every_coherent_vector(box):
    low, high, shares = box
    smallest, at = concentration.hhi_minimum(low, high)
    largest = concentration.hhi_maximum(low, high)
    assert smallest - 1e-9 <= concentration.hhi(shares) <= largest + 1e-9
    assert math.fsum(at) == pytest.approx(1)
    assert concentration.hhi(at) == pytest.approx(smallest)


@given(boxes())
@common
def test_the_chord_is_never_below_the_largest_vertex(box):
    low, high, _ = box
    free = [(lo, hi) for lo, hi in zip(low, high, strict=True) if hi > lo]
    rest = 1 - math.fsum(lo for lo, hi in zip(low, high, strict=True) if hi <= lo)
    assert concentration._chord_maximum(free, rest) >= concentration._vertex_maximum(free, rest) - 1e-9


def test_bounds_that_cannot_sum_to_one_give_no_index():
    assert concentration.hhi_minimum([0.7, 0.4], [1, 1]) is None
    assert concentration.hhi_maximum([0.0, 0.0], [0.3, 0.3]) is None


def test_expected_index_exceeds_the_index_of_expected_shares():
    means, variances, expected = concentration.dirichlet_moments([18.0, 1.2, 0.8])
    assert means == pytest.approx([0.9, 0.06, 0.04])
    assert variances == pytest.approx([0.9 * 0.1 / 21, 0.06 * 0.94 / 21, 0.04 * 0.96 / 21])
    assert expected == pytest.approx(0.824)
    assert expected > concentration.hhi(means)


def test_dirichlet_parameters_must_be_positive():
    with pytest.raises(InvalidSharesError, match="positive"):
        concentration.dirichlet_moments([1.0, 0.0])
