"""Ranks over all weights: closed forms, every vertex, many random weights, and the shipped study."""

import itertools

import numpy as np
import pytest

from depgraph.analysis import any_weights, chokepoints
from depgraph.analysis.any_weights import RankRange, rank_ranges
from depgraph.interface import loading


def rank_at(weights, losses, name):
    """Return the rank of a row under some weights: 1 plus the number of rows with a larger loss."""
    scores = {row: float(np.dot(weights, values)) for row, values in losses.items()}
    return 1 + sum(score > scores[name] + any_weights.LEAST for score in scores.values())


def vertices(losses, name):
    """Yield weights at which the order of the row can change, and points on either side of them.

    With two goods the order changes only where a line between two rows crosses, so midpoints between
    neighbouring crossings and both ends are all there is.
    """
    own = losses[name]
    crossings = {0.0, 1.0}
    for other in losses.values():
        first, second = other[0] - own[0], other[1] - own[1]
        if first * second < 0:
            crossings.add(second / (second - first))
    ordered = sorted(crossings)
    for one in [*ordered, *((low + high) / 2 for low, high in itertools.pairwise(ordered))]:
        yield one, 1 - one


def test_a_row_that_is_larger_for_every_good_is_always_above():
    found = rank_ranges({"a": (0.9, 0.8), "b": (0.5, 0.4), "c": (0.1, 0.1)})
    assert found == {"a": (1, 1), "b": (2, 2), "c": (3, 3)}


def test_rows_that_are_each_best_for_one_good_can_each_be_first_and_last():
    found = rank_ranges({"a": (0.9, 0.0, 0.0), "b": (0.0, 0.5, 0.0), "c": (0.0, 0.0, 0.1)})
    assert set(found.values()) == {RankRange(1, 3)}


def test_a_mixture_can_be_second_at_worst_though_it_is_first_nowhere_at_the_corners():
    # w is the weight of the first good: c beats a below 2/3 and b above 1/3
    found = rank_ranges({"a": (0.9, 0.0), "b": (0.0, 0.9), "c": (0.6, 0.6)})
    assert found == {"a": (1, 3), "b": (1, 3), "c": (1, 2)}


def test_equal_rows_are_not_above_each_other():
    assert rank_ranges({"a": (0.5, 0.5), "b": (0.5, 0.5)}) == {"a": (1, 1), "b": (1, 1)}


def test_a_repeated_row_is_counted_as_often_as_it_is_there():
    losses = {"a": (0.1, 0.6), "b": (0.5, 0.5), "c": (0.5, 0.5), "d": (0.5, 0.5)}
    assert rank_ranges(losses)["a"] == (1, 4)


def test_with_one_good_there_is_one_order():
    assert rank_ranges({"a": (0.2,), "b": (0.3,), "c": (0.1,)}) == {"a": (2, 2), "b": (1, 1), "c": (3, 3)}


def test_only_the_rows_that_are_wanted_are_answered():
    assert list(rank_ranges({"a": (0.2, 0.1), "b": (0.1, 0.2)}, ["b"])) == ["b"]


@pytest.mark.parametrize("seed", range(6))
def test_with_two_goods_the_range_is_that_over_every_crossing(seed):
    draw = np.random.default_rng(seed)
    losses = {f"r{row}": tuple(draw.integers(0, 20, 2) / 20) for row in range(8)}
    for name, found in rank_ranges(losses).items():
        ranks = [rank_at(weights, losses, name) for weights in vertices(losses, name)]
        assert found == (min(ranks), max(ranks)), name


@pytest.mark.parametrize("seed", range(4))
def test_no_weights_lead_out_of_the_range_and_many_reach_its_ends(seed):
    draw = np.random.default_rng(100 + seed)
    losses = {f"r{row}": tuple(draw.random(3) * (draw.random(3) > 0.4)) for row in range(6)}
    # corners, edges and the inside; a fine grid reaches ends that chance misses
    steps = 40
    grid = [(i / steps, j / steps, (steps - i - j) / steps) for i in range(steps + 1) for j in range(steps + 1 - i)]
    weights = [*grid, *draw.dirichlet(np.ones(3), 2000)]
    for name, found in rank_ranges(losses).items():
        ranks = [rank_at(item, losses, name) for item in weights]
        assert found.best <= min(ranks)
        assert max(ranks) <= found.worst
        assert (found.best, found.worst) == (min(ranks), max(ranks)), name


def test_more_goods_can_only_widen_the_range():
    draw = np.random.default_rng(7)
    losses = {f"r{row}": tuple(draw.random(4)) for row in range(6)}
    fewer = rank_ranges({name: values[:3] for name, values in losses.items()})
    for name, found in rank_ranges(losses).items():
        assert found.best <= fewer[name].best
        assert fewer[name].worst <= found.worst


# --- the shipped study --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped():
    study = loading.load()
    return chokepoints.rank(study, study.picture, study.network, study.settings["bloc"])


def test_the_range_holds_the_rank_under_every_shipped_set(shipped):
    assert set(shipped.sets) == {"value", "equal", "defence"}
    rows = [*shipped.rows[:20], *shipped.rows[-10:]]
    for name, (best, worst) in any_weights.of_ranking(shipped, rows).items():
        row = next(row for row in rows if row.chokepoint_id == name)
        assert set(row.ranks) == set(shipped.sets)
        assert best <= min(row.ranks.values())
        assert max(row.ranks.values()) <= worst


def test_the_rank_interval_of_a_row_holds_the_rank_under_every_shipped_set(shipped):
    for row in shipped.rows:
        assert row.rank_best <= min(row.ranks.values()), row.chokepoint_id
        assert max(row.ranks.values()) <= row.rank_worst, row.chokepoint_id
        assert row.ranks[shipped.weights.name] == row.rank


def test_under_each_set_the_ranks_are_a_whole_order(shipped):
    for name in shipped.sets:
        assert sorted(row.ranks[name] for row in shipped.rows) == list(range(1, len(shipped.rows) + 1))
