"""Agreement of rankings and ranks over draws, against closed forms and SciPy."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from depgraph.measures import ranks
from depgraph.measures.ranks import InvalidRankingError

common = settings(deadline=None, derandomize=True, max_examples=60)
few = st.integers(0, 4).map(float)  # few values, so that ties are common


@st.composite
def matrices(draw, min_rows=1, min_columns=1):
    columns = draw(st.integers(min_columns, 6))
    return draw(st.lists(st.lists(few, min_size=columns, max_size=columns), min_size=min_rows, max_size=8))


# --- Kendall's tau-b ----------------------------------------------------------------------------


def test_one_swap_of_neighbours_among_four_costs_a_third():
    assert ranks.kendall_tau_b([4, 3, 2, 1], [4, 3, 1, 2]) == pytest.approx(4 / 6)


def test_a_tie_counts_for_neither_side():
    # pairs: two agree, one is tied in the first
    assert ranks.kendall_tau_b([2, 1, 1], [3, 2, 1]) == pytest.approx(2 / math.sqrt(2 * 3))


@common
@given(matrices(min_columns=2), st.integers(0, 7))
def test_tau_b_is_that_of_scipy(rows, other):
    first, second = rows[0], rows[other % len(rows)]
    found = ranks.kendall_tau_b(first, second)
    if len(set(first)) == 1 or len(set(second)) == 1:
        assert found is None
    else:
        assert found == pytest.approx(stats.kendalltau(first, second, variant="b").statistic)
        assert ranks.kendall_tau_b(second, first) == pytest.approx(found)
        assert ranks.kendall_tau_b(first, [-value for value in second]) == pytest.approx(-found)


@pytest.mark.parametrize("scores", [[], [1.0], [2.0, 2.0]])
def test_too_few_items_or_one_tie_of_all_have_no_tau(scores):
    assert ranks.kendall_tau_b(scores, scores) is None


@pytest.mark.parametrize(("first", "second"), [([1, 2], [1]), ([1, math.nan], [1, 2]), ([], [1])])
def test_what_cannot_be_ranked_has_no_tau(first, second):
    with pytest.raises(InvalidRankingError):
        ranks.kendall_tau_b(first, second)


# --- Kendall's W --------------------------------------------------------------------------------


def test_three_rankings_of_four_items():
    found = ranks.kendall_w([[1, 2, 3, 4], [2, 1, 3, 4], [1, 3, 2, 4]])
    assert found == ((4, 6, 8, 12), 35.0, pytest.approx(7 / 9, abs=1e-12), pytest.approx(7.0, abs=1e-12), 3)


@given(matrices(min_rows=3, min_columns=3))
@common
def test_w_with_ties_is_friedmans_statistic(scores):
    found = ranks.kendall_w([ranks.mid_ranks(row) for row in scores])
    if all(len(set(row)) == 1 for row in scores):
        assert found.w is None
        assert found.chi2 is None
    else:
        friedman = stats.friedmanchisquare(*np.array(scores).T).statistic
        assert found.chi2 == pytest.approx(friedman, abs=1e-9)
        assert -1e-12 <= found.w <= 1 + 1e-12


@given(st.permutations(range(1, 6)), st.integers(1, 5))
@common
def test_the_same_ranking_again_is_full_agreement(ranking, times):
    assert ranks.kendall_w([ranking] * times).w == pytest.approx(1)


def test_opposite_rankings_have_no_agreement():
    assert ranks.kendall_w([[1, 2, 3], [3, 2, 1]]).w == 0


def test_a_single_item_has_no_agreement_to_measure():
    found = ranks.kendall_w([[1], [1]])
    assert (found.w, found.chi2, found.df) == (None, None, 0)


@pytest.mark.parametrize(
    ("rankings", "message"),
    [
        ([], "nothing to rank"),
        ([[]], "nothing to rank"),
        ([[1, 2], [1, 2, 3]], "different numbers of items"),
        ([[0.9, 0.4, 0.2]], "no ranking"),
        ([[1, 1, 3]], "mid-ranks"),
        ([[1, None]], "unknown"),
        ([[1, math.inf]], "infinite"),
    ],
)
def test_what_is_no_ranking_is_refused(rankings, message):
    with pytest.raises(InvalidRankingError, match=message):
        ranks.kendall_w(rankings)


@given(st.lists(few, min_size=1, max_size=8))
@common
def test_mid_ranks_match_scipy(scores):
    assert ranks.mid_ranks(scores) == stats.rankdata([-score for score in scores]).tolist()


# --- ranks over draws ---------------------------------------------------------------------------


@given(matrices())
@common
def test_rank_acceptabilities_sum_to_one_by_item_and_by_rank(draws):
    found = ranks.rank_acceptability(draws)
    assert found.sum(axis=0) == pytest.approx(1)
    assert found.sum(axis=1) == pytest.approx(1)
    assert (found >= 0).all()


@given(matrices())
@common
def test_the_mean_rank_is_that_of_the_mid_ranks(draws):
    found = ranks.rank_acceptability(draws) @ np.arange(1, len(draws[0]) + 1)
    assert found == pytest.approx(np.mean([ranks.mid_ranks(row) for row in draws], axis=0))


@given(matrices())
@common
def test_top_probabilities_rise_with_k_and_sum_to_it(draws):
    n = len(draws[0])
    tops = [ranks.probability_top(draws, k) for k in range(1, n + 1)]
    for k, top in enumerate(tops, 1):
        assert math.fsum(top) == pytest.approx(k)
    assert all(small <= large + 1e-12 for a, b in itertools.pairwise(tops) for small, large in zip(a, b, strict=True))
    assert tops[-1] == pytest.approx([1.0] * n)


def test_acceptability_counts_draws():
    draws = [[3, 2, 1], [3, 1, 2], [2, 3, 1], [3, 2, 1]]
    assert ranks.rank_acceptability(draws).tolist() == [[0.75, 0.25, 0], [0.25, 0.5, 0.25], [0, 0.25, 0.75]]


def test_the_input_is_left_as_it_was():
    draws = np.array([[1.0, 2.0], [2.0, 1.0]])
    ranks.rank_acceptability(draws)
    assert draws.tolist() == [[1.0, 2.0], [2.0, 1.0]]


@pytest.mark.parametrize("k", [0, 3])
def test_a_top_beyond_the_items_is_refused(k):
    with pytest.raises(InvalidRankingError, match="from 1 to 2"):
        ranks.probability_top([[1.0, 2.0]], k)


def test_an_unknown_score_has_no_rank():
    with pytest.raises(InvalidRankingError, match="unknown"):
        ranks.rank_acceptability([[1.0, math.nan]])


# --- exact probabilities ------------------------------------------------------------------------


def test_the_first_of_two_overlapping_uniforms_in_closed_form():
    # golden ptop1-uniform: X1 on 0..1, X2 on 0.5..1.5
    assert ranks.first_of_uniforms([(0, 1), (0.5, 1.5)]) == pytest.approx([1 / 8, 7 / 8], abs=1e-14)


def test_draws_agree_with_the_closed_form_within_the_error_of_simulation():
    generator, n = np.random.default_rng(11), 20_000
    draws = np.stack([generator.uniform(0, 1, n), generator.uniform(0.5, 1.5, n)], axis=1)
    found = ranks.probability_top(draws, 1)[0]
    assert abs(found - 1 / 8) <= 4 * math.sqrt(1 / 8 * 7 / 8 / n)


ranges = st.tuples(st.integers(0, 10), st.integers(1, 10)).map(lambda pair: (pair[0] / 10, (pair[0] + pair[1]) / 10))


@given(st.lists(ranges, min_size=1, max_size=7))
@common
def test_first_probabilities_sum_to_one(intervals):
    found = ranks.first_of_uniforms(intervals)
    assert math.fsum(found) == pytest.approx(1, abs=1e-12)
    assert min(found) >= 0


def test_equal_intervals_are_equally_likely_first():
    assert ranks.first_of_uniforms([(0.2, 0.7)] * 9) == pytest.approx([1 / 9] * 9)


def test_three_uniforms_agree_with_draws():
    intervals, n = [(0, 1), (0.3, 0.9), (0.5, 0.8)], 20_000
    generator = np.random.default_rng(12)
    draws = np.stack([generator.uniform(low, high, n) for low, high in intervals], axis=1)
    for exact, found in zip(ranks.first_of_uniforms(intervals), ranks.probability_top(draws, 1), strict=True):
        assert abs(found - exact) <= 4 * math.sqrt(exact * (1 - exact) / n)


def test_an_interval_without_width_is_refused():
    with pytest.raises(InvalidRankingError, match="low end below"):
        ranks.first_of_uniforms([(0, 1), (0.5, 0.5)])


# --- robust first -------------------------------------------------------------------------------


def test_a_leader_under_every_indicator_is_robust():
    draws = {"hhi": [[0.9, 0.4]] * 9 + [[0.3, 0.4]], "loss": [[0.3, 0.1]] * 10}
    assert ranks.robust_first(draws, 0.9) == 0


def test_one_dissenting_indicator_denies_robustness():
    draws = {"hhi": [[0.9, 0.4]] * 10, "loss": [[0.1, 0.3]] * 10}
    assert ranks.robust_first(draws, 0.9) is None


@pytest.mark.parametrize(("draws", "threshold"), [({}, 0.9), ({"hhi": [[1.0, 2.0]]}, 0.5), ({"hhi": [[1.0]]}, 1.1)])
def test_a_threshold_that_two_could_pass_is_refused(draws, threshold):
    with pytest.raises(InvalidRankingError, match=r"above 0\.5"):
        ranks.robust_first(draws, threshold)


def test_indicators_of_different_items_are_not_compared():
    with pytest.raises(InvalidRankingError, match="different numbers"):
        ranks.robust_first({"hhi": [[1.0, 2.0]], "loss": [[1.0, 2.0, 3.0]]}, 0.9)
