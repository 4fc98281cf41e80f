"""Beliefs, pools, likelihood words and coherent draws, against closed forms and SciPy."""

import csv
import itertools
import math
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from depgraph.core.errors import DepgraphError, InfeasibleError, InvalidSharesError, UnknownNameError
from depgraph.evidence import coherence, elicitation
from depgraph.evidence.coherence import Interval
from depgraph.evidence.elicitation import Belief, InvalidJudgementError, MixedScalesError
from depgraph.measures import concentration

common = settings(deadline=None, derandomize=True, max_examples=60)
share = st.integers(0, 20).map(lambda n: n / 20)
triples = st.lists(share, min_size=3, max_size=3).map(sorted)
probability = st.floats(0.01, 0.99)


def within_four_errors(draws, exact):
    error = draws.std(axis=0, ddof=1) / math.sqrt(len(draws))
    return bool((np.abs(draws.mean(axis=0) - exact) <= 4 * error + 1e-12).all())


def uniform(*bounds):
    return [Belief(low, (low + high) / 2, high) for low, high in bounds]


# --- PERT and triangular ------------------------------------------------------------------------


def test_pert_of_near_monopoly_has_the_published_shape_and_moments():
    shape = elicitation.pert(0.85, 0.95, 1.0)
    assert shape == pytest.approx((11 / 3, 7 / 3, 0.9416666666666667, 0.027638539919628335), abs=1e-12)


def test_pert_quantiles_match_the_golden_numbers():
    found = [elicitation.pert_quantile(0.85, 0.95, 1.0, p) for p in (0.05, 0.5, 0.95)]
    assert found == pytest.approx([0.8930068920180178, 0.9436281239493818, 0.9835751412002508], abs=1e-12)


@given(triples, st.floats(0, 20))
@common
def test_pert_moments_are_those_of_a_stretched_beta_distribution(triple, weight):
    low, mode, high = triple
    shape = elicitation.pert(low, mode, high, weight)
    assert low <= shape.mean <= high
    if low == high:
        assert shape == (None, None, low, 0.0)
    else:
        beta = stats.beta(shape.alpha, shape.beta, loc=low, scale=high - low)
        assert (shape.mean, shape.sd) == pytest.approx((beta.mean(), beta.std()), abs=1e-9)
        assert shape.alpha + shape.beta == pytest.approx(2 + weight)


@given(triples)
@common
def test_pert_quantiles_rise_from_low_to_high(triple):
    found = [elicitation.pert_quantile(*triple, p) for p in (0, 0.1, 0.5, 0.9, 1)]
    assert found == sorted(found)
    assert (found[0], found[-1]) == pytest.approx((triple[0], triple[2]))


def test_a_mode_without_weight_gives_the_uniform_distribution():
    shape = elicitation.pert(2.0, 2.5, 5.0, 0.0)
    assert (shape.alpha, shape.beta, shape.mean) == (1, 1, 3.5)
    assert shape.sd == pytest.approx(3 / math.sqrt(12))


def test_a_missing_scipy_is_named_with_the_remedy(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.special", None)
    with pytest.raises(DepgraphError, match=r"pip install 'depgraph\[stats\]'"):
        elicitation.pert_quantile(0.1, 0.2, 0.3, 0.5)


def test_the_quantile_of_a_point_needs_no_scipy(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.special", None)
    assert elicitation.pert_quantile(0.2, 0.2, 0.2, 0.5) == 0.2


@given(triples)
@common
def test_triangular_moments_match_scipy(triple):
    low, mode, high = triple
    found = elicitation.triangular(low, mode, high)
    if low == high:
        assert found == (pytest.approx(low), 0.0)
    else:
        exact = stats.triang((mode - low) / (high - low), loc=low, scale=high - low)
        assert found == pytest.approx((exact.mean(), exact.var()), abs=1e-12)


def test_triangular_golden_moments():
    assert elicitation.triangular(0.5, 0.7, 0.8) == pytest.approx((2 / 3, 0.003888888888888874), abs=1e-12)


@pytest.mark.parametrize("triple", [(0.5, 0.4, 0.6), (0.5, 0.7, 0.6), (math.nan, 0.4, 0.6), (0.1, 0.4, math.inf)])
def test_a_triple_out_of_order_is_refused(triple):
    with pytest.raises(InvalidJudgementError, match="min <= mode <= max"):
        elicitation.pert(*triple)
    with pytest.raises(InvalidJudgementError, match="min <= mode <= max"):
        elicitation.triangular(*triple)


def test_a_negative_weight_of_the_mode_is_refused():
    with pytest.raises(InvalidJudgementError, match="not negative"):
        elicitation.pert(0.1, 0.2, 0.3, -1)


def test_a_quantile_beyond_one_is_refused():
    with pytest.raises(InvalidJudgementError, match="between 0 and 1"):
        elicitation.pert_quantile(0.1, 0.2, 0.3, 1.5)


# --- pools --------------------------------------------------------------------------------------


def test_pools_of_nine_and_seven_tenths():
    assert elicitation.linear_pool([0.9, 0.7], [0.5, 0.5]) == pytest.approx(0.8, abs=1e-12)
    assert elicitation.logarithmic_pool([0.9, 0.7], [0.5, 0.5]) == pytest.approx(0.820871215252208, abs=1e-12)


@given(probability, probability, st.floats(0, 1))
@common
def test_pools_lie_between_what_is_pooled(p, q, w):
    for pool in (elicitation.linear_pool, elicitation.logarithmic_pool):
        assert min(p, q) - 1e-12 <= pool([p, q], [w, 1 - w]) <= max(p, q) + 1e-12


@given(probability, probability, st.floats(0, 1), st.floats(0.1, 10))
@common
def test_the_logarithmic_pool_may_be_updated_before_or_after(p, q, w, factor):
    def update(value):
        return factor * value / (factor * value + 1 - value)

    pooled = elicitation.logarithmic_pool([p, q], [w, 1 - w])
    assert elicitation.logarithmic_pool([update(p), update(q)], [w, 1 - w]) == pytest.approx(update(pooled))


def test_an_unreliable_source_moves_to_the_prior():
    assert elicitation.linear_pool([0.9, 0.3], [0.25, 0.75]) == pytest.approx(0.25 * 0.9 + 0.75 * 0.3)


def test_one_certain_source_decides_the_logarithmic_pool():
    assert elicitation.logarithmic_pool([0.0, 0.7], [0.5, 0.5]) == 0.0
    assert elicitation.logarithmic_pool([1.0, 0.7], [0.5, 0.5]) == 1.0


def test_sources_certain_of_opposites_have_no_logarithmic_pool():
    assert elicitation.logarithmic_pool([0.0, 1.0], [0.5, 0.5]) is None


@pytest.mark.parametrize(
    ("probabilities", "weights"),
    [([0.5], [0.5, 0.5]), ([1.2, 0.5], [0.5, 0.5]), ([0.2, 0.5], [0.5, 0.4]), ([0.2, 0.5], [1.5, -0.5]), ([], [])],
)
def test_what_cannot_be_pooled_is_refused(probabilities, weights):
    for pool in (elicitation.linear_pool, elicitation.logarithmic_pool):
        with pytest.raises(InvalidJudgementError, match="give"):
            pool(probabilities, weights)


# --- coherent draws -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bounds",
    [
        [(0.6, 0.8), (0.1, 0.3), (0, 1)],  # golden simplex-uniform-mean: .690476, .190476, .119048
        [(0.6, 0.8), (0.1, 0.3), (0.2, 0.3), (0, 1)],
        [(0.85, 0.98), (0, 0.3), (0, 0.3), (0, 0.05), (0, 1)],
        [(0, 0.5)] * 8,
        [(0.3, 0.3), (0, 1), (0, 1)],
    ],
)
def test_uniform_draws_have_the_exact_mean(bounds):
    draws = elicitation.sample_shares(uniform(*bounds), [], 6000, np.random.default_rng(20), weight=0.0)
    # a share that is known is no dimension: the exact mean is that of the others, brought to sum 1
    known = [i for i, (low, high) in enumerate(bounds) if low == high]
    rest = 1 - math.fsum(bounds[i][0] for i in known)
    free = [Interval(low / rest, min(high / rest, 1)) for i, (low, high) in enumerate(bounds) if i not in known]
    exact = [value * rest for value in coherence.uniform_mean(free)]
    assert within_four_errors(np.delete(draws, known, axis=1), exact)
    assert (draws[:, known] == [bounds[i][0] for i in known]).all()


def test_modes_at_one_give_a_dirichlet_distribution():
    # each density is s^4 on 0..1, so the product on the simplex is Dirichlet(5, 5, 5, 5)
    draws = elicitation.sample_shares([Belief(0, 1, 1)] * 4, [], 6000, np.random.default_rng(4))
    _, variances, expected = concentration.dirichlet_moments([5.0] * 4)
    assert within_four_errors(draws, [0.25] * 4)
    assert within_four_errors(np.square(draws - 0.25), variances)
    found = elicitation.expected_hhi(draws)
    assert abs(found.value - expected) <= 4 * found.error


def test_two_shares_follow_the_product_of_their_densities():
    # on s + t = 1 the product of PERT(0, .7, 1) and PERT(0, .2, 1) is Beta(1 + 2.8 + 3.2, 1 + 1.2 + 0.8)
    draws = elicitation.sample_shares([Belief(0, 0.7, 1), Belief(0, 0.2, 1)], [], 4000, np.random.default_rng(5))
    exact = stats.beta(7, 3)
    assert within_four_errors(draws[:, :1], exact.mean())
    assert stats.kstest(draws[:, 0], exact.cdf).pvalue > 1e-4


def test_an_order_of_three_gives_the_means_of_order_statistics():
    draws = elicitation.sample_shares(
        uniform((0, 1), (0, 1), (0, 1)), [(0, 1), (1, 2)], 6000, np.random.default_rng(6), weight=0.0
    )
    assert within_four_errors(draws, [11 / 18, 5 / 18, 2 / 18])


def test_shares_that_claims_hold_equal_stay_equal():
    draws = elicitation.sample_shares(
        uniform((0, 1), (0, 1), (0, 1)), [(0, 1), (1, 0)], 4000, np.random.default_rng(7), weight=0.0
    )
    assert np.abs(draws[:, 0] - draws[:, 1]).max() < 1e-12
    assert within_four_errors(draws, [0.25, 0.25, 0.5])


orders = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=3)


@given(st.lists(triples, min_size=4, max_size=5), orders, st.integers(0, 10))
@common
def test_every_draw_satisfies_every_claim(triple_list, order, seed):
    beliefs = [Belief(*triple) for triple in triple_list]
    try:
        draws = elicitation.sample_shares(beliefs, order, 30, np.random.default_rng(seed), moves_per_share=5)
    except InfeasibleError:
        with pytest.raises(InfeasibleError):
            coherence.tighten_ordered([Interval(low, high) for low, _, high in beliefs], order)
        return
    assert (draws >= [low for low, _, _ in beliefs]).all()
    assert (draws <= [high for _, _, high in beliefs]).all()
    assert np.abs(draws.sum(axis=1) - 1).max() < 1e-12
    assert all((draws[:, a] >= draws[:, b] - 1e-12).all() for a, b in order)


def test_a_single_coherent_point_is_repeated():
    draws = elicitation.sample_shares(uniform((0.6, 0.8), (0.4, 0.9)), [], 3, np.random.default_rng(1))
    assert draws.tolist() == [[0.6, 0.4]] * 3


def test_the_same_seed_gives_the_same_draws():
    first, second = (
        elicitation.sample_shares(uniform((0, 1), (0, 1)), [], 5, np.random.default_rng(9)) for _ in range(2)
    )
    assert (first == second).all()


def test_a_heavy_mode_pulls_the_draws_to_it():
    beliefs = [Belief(0.5, 0.9, 1.0), Belief(0, 0.05, 1), Belief(0, 0.05, 1)]
    light, heavy = (
        elicitation.sample_shares(beliefs, [], 500, np.random.default_rng(3), weight=weight) for weight in (4, 400)
    )
    assert heavy[:, 0].std() < light[:, 0].std() / 4
    assert heavy[:, 0].mean() == pytest.approx(0.9, abs=0.01)


def test_contradicting_claims_cannot_be_drawn_from():
    with pytest.raises(InfeasibleError):
        elicitation.sample_shares(uniform((0.7, 1), (0.4, 1)), [], 3, np.random.default_rng(1))


def test_a_belief_outside_the_shares_is_refused():
    with pytest.raises(InvalidSharesError):
        elicitation.sample_shares([Belief(0.5, 1, 1.5)], [], 3, np.random.default_rng(1))


def test_an_order_of_unknown_suppliers_is_refused():
    with pytest.raises(InvalidJudgementError, match="supplier 2: give positions from 0 to 1"):
        elicitation.sample_shares(uniform((0, 1), (0, 1)), [(0, 2)], 3, np.random.default_rng(1))


def test_expected_hhi_exceeds_the_hhi_of_the_mean_shares():
    draws = elicitation.sample_shares(uniform((0, 1), (0, 1), (0, 1)), [], 500, np.random.default_rng(2), weight=0.0)
    assert elicitation.expected_hhi(draws).value > concentration.hhi(draws.mean(axis=0).tolist())


def test_expected_hhi_of_no_draws_is_refused_and_of_one_has_no_error():
    with pytest.raises(InvalidJudgementError):
        elicitation.expected_hhi(np.empty((0, 2)))
    assert elicitation.expected_hhi(np.array([[0.5, 0.5]])) == (0.5, None)


# --- likelihood ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rows():
    path = Path(__file__).parents[2] / "datasets" / "likelihood.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_intelligence_scale_partitions_one_to_ninety_nine_percent(rows):
    terms = ["almost no chance", "very unlikely", "unlikely", "roughly even chance"]
    terms += ["likely", "very likely", "almost certain"]
    found = [elicitation.likelihood(rows, "icd203", term) for term in terms]
    assert (found[0].low, found[-1].high) == (0.01, 0.99)
    assert all(left.high == right.low for left, right in itertools.pairwise(found))


def test_the_two_rows_of_the_intelligence_scale_agree(rows):
    pairs = {}
    for row in rows:
        if row["scale"] == "icd203":
            pairs.setdefault(row["position"], set()).add((row["min"], row["max"]))
    assert [len(values) for values in pairs.values()] == [1] * 7


def test_the_climate_scale_nests(rows):
    likely = ["more likely than not", "likely", "very likely", "extremely likely", "virtually certain"]
    found = [elicitation.likelihood(rows, "ipcc_ar5", term) for term in likely]
    assert all(interval.high == 1 for interval in found)
    assert [interval.low for interval in found] == [0.5, 0.66, 0.9, 0.95, 0.99]
    unlikely = ["very unlikely", "extremely unlikely", "exceptionally unlikely"]
    mirrored = [elicitation.likelihood(rows, "ipcc_ar5", term).high for term in unlikely]
    assert mirrored == pytest.approx([1 - interval.low for interval in found[2:]])


def test_one_word_means_different_things_on_two_scales(rows):
    assert elicitation.likelihood(rows, "icd203", "likely") == (0.55, 0.8)
    assert elicitation.likelihood(rows, "ipcc_ar5", "likely") == (0.66, 1)


def test_every_row_names_its_source_and_is_an_interval(rows):
    assert all(row["source"] and 0 <= float(row["min"]) < float(row["max"]) <= 1 for row in rows)
    assert len({(row["scale"], row["term"]) for row in rows}) == len(rows)


def test_an_unknown_scale_or_term_is_answered_with_the_nearest(rows):
    with pytest.raises(UnknownNameError, match="unknown scale of likelihood 'icd204'; did you mean icd203"):
        elicitation.likelihood(rows, "icd204", "likely")
    with pytest.raises(UnknownNameError, match="'very likly'; did you mean very likely"):
        elicitation.likelihood(rows, "icd203", "very likly")


def test_a_term_of_another_scale_is_refused_and_its_scale_named(rows):
    with pytest.raises(UnknownNameError, match="it belongs to ipcc_ar5; scales are not mixed"):
        elicitation.likelihood(rows, "icd203", "virtually certain")


def test_the_words_of_a_source_point_to_its_scale(rows):
    assert elicitation.common_scale(rows, ["likely", "almost certain"]) == "icd203"
    assert elicitation.common_scale(rows, ["likely", "virtually certain"]) == "ipcc_ar5"


def test_words_of_two_scales_are_not_mixed(rows):
    with pytest.raises(MixedScalesError, match="different scales"):
        elicitation.common_scale(rows, ["virtually certain", "almost certain"])


def test_words_that_every_scale_has_leave_the_scale_open(rows):
    with pytest.raises(MixedScalesError, match="each of icd203, ipcc_ar5"):
        elicitation.common_scale(rows, ["likely", "unlikely"])


def test_a_word_of_no_scale_is_answered_with_the_nearest(rows):
    with pytest.raises(UnknownNameError, match="did you mean almost certain"):
        elicitation.common_scale(rows, ["almost certian"])
