import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from depgraph.measures import cascade
from depgraph.measures.cascade import InvalidNetworkError, esri, prepare, spread, tiers

# Diem et al. (2022), doi:10.1038/s41598-022-11522-z, Fig. 1: supplier, user; all amounts are 1. The expected values
# are those of the authors' R package GLcascade 0.9.3.1 on its example data
FIG1 = np.array([(2, 1), (2, 3), (3, 7), (6, 7), (7, 4), (7, 11), (8, 11), (9, 5), (9, 10), (10, 7)]) - 1
FIG1_SECTORS = np.array([1, 2, 1, 3, 4, 2, 4, 1, 2, 3, 5]) - 1
FIG1_UPSTREAM = [0.1, 0.2, 0.2, 0.35, 0.1, 0.1, 0.7, 0.1, 0.2, 0.2, 0.45]
# kind of input, replaceable, downstream, both
FIG1_CASES = {
    "linear": (
        1,
        False,
        [0, 11 / 30, 1 / 6, 0, 0, 1 / 6, 0.2, 0.1, 11 / 30, 1 / 6, 0],
        [0.1, 11 / 30, 4 / 15, 0.35, 0.1, 1 / 6, 0.7, 0.1, 11 / 30, 4 / 15, 0.45],
    ),
    "leontief": (
        2,
        False,
        [0, 0.5, 0.3, 0, 0, 0.3, 0.2, 0.1, 0.5, 0.3, 0],
        [0.1, 0.5, 0.4, 0.35, 0.1, 0.3, 0.7, 0.1, 0.5, 0.4, 0.45],
    ),
    "linear_repl": (
        1,
        True,
        [0, 0.3, 1 / 6, 0, 0, 7 / 60, 0.2, 0.1, 14 / 45, 1 / 6, 0],
        [0.1, 0.3, 4 / 15, 0.35, 0.1, 7 / 60, 0.7, 0.1, 14 / 45, 4 / 15, 0.45],
    ),
    "leontief_repl": (
        2,
        True,
        [0, 11 / 30, 0.3, 0, 0, 0.15, 0.2, 0.1, 0.4, 0.3, 0],
        [0.1, 11 / 30, 0.4, 0.35, 0.1, 0.15, 0.7, 0.1, 0.4, 0.4, 0.45],
    ),
}


def chain(kind=2, *, length=3, **options):
    places = np.arange(length - 1)
    return prepare(
        places, places + 1, np.ones(length - 1), np.arange(length), np.full((length, length), kind), **options
    )


def one_round(net, psi, down, up):
    """Follow the published formulas node by node."""
    i, j, w, sectors, kinds, replaceable = net
    n = len(sectors)
    W = np.zeros((n, n))
    np.add.at(W, (i, j), w)
    sold, bought = W.sum(axis=1), W.sum(axis=0)

    def sigma(m):
        left = sum(sold[o] * (1 - down[o]) for o in range(n) if sectors[o] == sectors[m])
        return min(1, sold[m] / left) if replaceable and left > 0 else 1

    new_down, new_up = psi.copy(), psi.copy()
    for user in range(n):
        linear = 0.0
        for sector in set(sectors):
            members = [m for m in range(n) if sectors[m] == sector]
            of_sector = W[members, user].sum()
            missing = sum(sigma(m) * W[m, user] * down[m] for m in members)
            if kinds[sector, sectors[user]] == 2 and of_sector > 0:
                new_down[user] = max(new_down[user], missing / of_sector)
            if kinds[sector, sectors[user]] == 1 and bought[user] > 0:
                linear += missing / bought[user]
        new_down[user] = min(1, max(new_down[user], linear))
        if sold[user] > 0:
            new_up[user] = min(1, max(psi[user], W[user] @ up / sold[user]))
    return new_down, new_up


@st.composite
def networks(draw, kinds=(0, 1, 2)):
    n, sectors = draw(st.integers(1, 7)), draw(st.integers(1, 3))
    node = st.integers(0, n - 1)
    edges = draw(st.lists(st.tuples(node, node, st.integers(0, 5)), max_size=20))
    i, j, w = np.array(edges, dtype=int).reshape(-1, 3).T
    labels = draw(st.lists(st.integers(0, sectors - 1), min_size=n, max_size=n))
    table = draw(st.lists(st.sampled_from(kinds), min_size=sectors * sectors, max_size=sectors * sectors))
    return i, j, w.astype(float), np.array(labels), np.reshape(table, (sectors, sectors)), draw(st.booleans())


def ready(net):
    *parts, replaceable = net
    return prepare(*parts, replaceable=replaceable)


@st.composite
def shocked(draw, **options):
    net = draw(networks(**options))
    share = st.sampled_from([0.0, 0.0, 0.125, 0.5, 1.0])
    return net, np.array(draw(st.lists(share, min_size=len(net[3]), max_size=len(net[3]))))


@pytest.mark.parametrize("case", FIG1_CASES)
@pytest.mark.parametrize("batch", [1, 4, 32])
def test_example_network_of_the_authors_gives_their_index(case, batch):
    kind, replaceable, downstream, both = FIG1_CASES[case]
    net = prepare(*FIG1.T, np.ones(10), FIG1_SECTORS, np.full((5, 5), kind), replaceable=replaceable)
    found = esri(net, eps=1e-12, batch=batch)
    np.testing.assert_allclose(found.both, both, atol=1e-9)
    np.testing.assert_allclose(found.downstream, downstream, atol=1e-9)
    np.testing.assert_allclose(found.upstream, FIG1_UPSTREAM, atol=1e-9)


def test_user_without_customers_weighs_nothing_and_takes_its_supplier_down():
    found = esri(chain(1, length=2))
    assert found.both.tolist() == [1, 1]
    assert found.downstream.tolist() == [1, 0]
    assert found.upstream.tolist() == [1, 1]


@settings(deadline=None, max_examples=100, derandomize=True)
@given(shocked())
def test_each_round_is_that_of_the_published_formulas(case):
    net, psi = case
    down, up, both = tiers(ready(net), psi)
    assert len(down) > 1
    for t in range(len(down) - 1):
        expected = one_round(net, psi, down[t], up[t])
        np.testing.assert_allclose((down[t + 1], up[t + 1]), expected, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(both, np.maximum(down, up))


@settings(deadline=None, max_examples=100, derandomize=True)
@given(shocked())
def test_losses_stay_between_the_shock_and_one_and_never_fall(case):
    net, psi = case
    down, up, _ = tiers(ready(net), psi)
    for loss in (down, up):
        assert (loss >= psi).all()
        assert (loss <= 1).all()
        assert (np.diff(loss, axis=0) >= -1e-12).all()


@settings(deadline=None, max_examples=100, derandomize=True)
@given(networks())
def test_index_is_a_fraction_or_unknown(net):
    found = esri(ready(net))
    if net[2].sum() == 0:
        assert found[:3] == (None, None, None)
    else:
        for index in found[:3]:
            assert ((index >= 0) & (index <= 1 + 1e-12)).all()
        assert (found.both >= np.maximum(found.downstream, found.upstream) - 1e-12).all()
    assert (found.rounds >= 1).all()


def same_rounds(*runs):
    """Cut runs to equally many rounds: stopping at eps is not monotone, each round is."""
    last = min(len(run.both) for run in runs)
    return [run.both[:last] for run in runs]


@settings(deadline=None, max_examples=100, derandomize=True)
@given(shocked(kinds=(1,)))
def test_all_essential_inputs_lose_at_least_as_much_as_linear_ones(case):
    (*parts, kinds, replaceable), psi = case
    linear = tiers(prepare(*parts, kinds, replaceable=replaceable), psi)
    essential = tiers(prepare(*parts, np.full_like(kinds, 2), replaceable=replaceable), psi)
    low, high = same_rounds(linear, essential)
    assert (high >= low - 1e-12).all()


@settings(deadline=None, max_examples=100, derandomize=True)
@given(shocked())
def test_replaceable_suppliers_never_raise_a_loss(case):
    (*parts, _), psi = case
    low, high = same_rounds(*(tiers(prepare(*parts, replaceable=replaceable), psi) for replaceable in (True, False)))
    assert (high >= low - 1e-12).all()


@settings(deadline=None, max_examples=100, derandomize=True)
@given(shocked(), st.floats(0, 1))
def test_a_larger_shock_never_loses_less(case, part):
    net, psi = case
    low, high = same_rounds(*(tiers(ready(net), shock) for shock in (psi * part, psi)))
    assert (high >= low - 1e-12).all()


@settings(deadline=None, max_examples=50, derandomize=True)
@given(networks())
def test_no_shock_loses_nothing_and_a_full_one_everything(net):
    n = len(net[3])
    found = spread(ready(net), np.array([np.zeros(n), np.ones(n)]))
    assert found.both.tolist() == [[0] * n, [1] * n]
    assert found.rounds.tolist() == [1, 1]


@settings(deadline=None, max_examples=50, derandomize=True)
@given(shocked(), st.integers(1, 5))
def test_shocks_side_by_side_are_those_one_at_a_time(case, batch):
    net, psi = case
    shocks = np.array([psi, psi / 2, np.zeros_like(psi), psi / 4, np.ones_like(psi)])
    found = spread(ready(net), shocks, batch=batch)
    for row, shock in enumerate(shocks):
        down, up, both = tiers(ready(net), shock)
        np.testing.assert_allclose(found.downstream[row], down[-1], rtol=0, atol=1e-12)
        np.testing.assert_allclose(found.upstream[row], up[-1], rtol=0, atol=1e-12)
        np.testing.assert_allclose(found.both[row], both[-1], rtol=0, atol=1e-12)
        assert found.rounds[row] == len(both) - 1


def test_a_loss_reaches_one_tier_further_each_round():
    down = tiers(chain(length=4), [0.5, 0, 0, 0]).downstream
    assert down.tolist() == [
        [0.5, 0, 0, 0],
        [0.5, 0.5, 0, 0],
        [0.5, 0.5, 0.5, 0],
        [0.5, 0.5, 0.5, 0.5],
        [0.5, 0.5, 0.5, 0.5],
    ]


def test_market_share_limits_what_a_replaceable_supplier_takes_down():
    # 0 and 1 are of one sector with sales 1 and 3; only 0 fails: sigma = 1 / (4 - 1), and 2 buys from 0 alone
    net = prepare([0, 1], [2, 3], [1, 3], [0, 0, 1, 1], np.full((2, 2), 2))
    assert tiers(net, [1, 0, 0, 0]).downstream[-1].tolist() == [1, 0, 1 / 3, 0]


def test_sector_that_fails_as_a_whole_cannot_be_replaced():
    net = prepare([0, 1], [2, 3], [1, 3], [0, 0, 1, 1], np.full((2, 2), 2))
    assert tiers(net, [1, 1, 0, 0]).downstream[-1].tolist() == [1, 1, 1, 1]


def test_scarcest_essential_input_counts_and_suppliers_of_one_sector_add_up():
    # user 3 buys 1 and 3 from sector 0 and 4 from sector 1
    net = prepare([0, 1, 2], [3, 3, 3], [1, 3, 4], [0, 0, 1, 2], np.full((3, 3), 2), replaceable=False)
    assert tiers(net, [1, 0, 0, 0]).downstream[-1, 3] == 0.25
    assert tiers(net, [1, 0, 0.125, 0]).downstream[-1, 3] == 0.25
    assert tiers(net, [0, 1, 0.875, 0]).downstream[-1, 3] == 0.875


def test_irrelevant_inputs_carry_no_loss_downstream_but_customers_still_count():
    assert spread(chain(0), [[1, 0, 0]]).downstream.tolist() == [[1, 0, 0]]
    assert spread(chain(0), [[0, 0, 1]]).upstream.tolist() == [[1, 1, 1]]


def test_node_without_suppliers_or_customers_keeps_its_shock():
    lone = prepare([], [], [], [0, 0], [[2]])
    assert spread(lone, [[0.25, 1]]).both.tolist() == [[0.25, 1]]
    assert esri(lone).both is None


def test_node_may_deliver_to_itself():
    net = prepare([0, 0], [0, 1], [1, 1], [0, 1], [[1, 1], [1, 1]], replaceable=False)
    assert spread(net, [[0.5, 0]]).downstream.tolist() == [[0.5, 0.5]]


def test_upstream_loss_of_a_network_without_final_users_creeps_towards_one():
    # 0 sells a tenth of its output to 2, which fails, and the rest to 1, which sells to 0
    net = prepare([0, 0, 1], [1, 2, 0], [9, 1, 9], [0, 0, 0], [[1]])
    losses = [spread(net, [[0, 0, 1]], eps=eps).upstream[0, 0] for eps in (1e-1, 1e-2, 1e-6)]
    assert losses == sorted(losses)
    assert losses[-1] == pytest.approx(1, abs=1e-4)


def test_deliveries_between_the_same_nodes_add_up():
    twice = prepare([0, 0, 1], [2, 2, 2], [1, 1, 2], [0, 0, 1], [[2, 2], [2, 2]])
    once = prepare([0, 1], [2, 2], [2, 2], [0, 0, 1], [[2, 2], [2, 2]])
    shock = [[0.5, 0, 0.25]]
    np.testing.assert_allclose(spread(twice, shock).both, spread(once, shock).both, rtol=1e-15)


def test_weights_replace_deliveries_in_the_index():
    net = chain(length=3, weights=[0, 0, 2])
    assert esri(net).downstream.tolist() == [1, 1, 1]
    assert esri(net).upstream.tolist() == [0, 0, 1]


def test_nodes_of_one_country_fail_together():
    net = prepare(*FIG1.T, np.ones(10), FIG1_SECTORS, np.full((5, 5), 1))
    together = esri(net, [[0, 4], []])
    shock = np.zeros((1, 11))
    shock[0, [0, 4]] = 1
    sold = np.bincount(FIG1[:, 0], minlength=11)
    assert together.both == pytest.approx([spread(net, shock).both[0] @ sold / 10, 0])


def test_prepared_network_holds_one_number_a_delivery():
    rng = np.random.default_rng(0)
    i, j = rng.integers(0, 400, (2, 1000))
    net = prepare(i, j, np.ones(1000), np.arange(400) % 7, np.full((7, 7), 2))
    assert sum(block.values.size for block in net.customers) == 1000
    assert sum(block.values.size for block in net.inputs) == 1000


def test_large_rows_are_cut_without_changing_a_product(monkeypatch):
    rng = np.random.default_rng(1)
    i, j, w = rng.integers(0, 60, 500), rng.integers(0, 60, 500), rng.random(500)
    arguments = (i, j, w, np.arange(60) % 4, rng.integers(0, 3, (4, 4)))
    whole = esri(prepare(*arguments))
    monkeypatch.setattr(cascade, "CHUNK", 16)
    cut = esri(prepare(*arguments))
    np.testing.assert_allclose(cut.both, whole.both, rtol=0, atol=1e-12)


def test_nothing_that_is_passed_in_changes():
    given_arrays = [FIG1[:, 0].copy(), FIG1[:, 1].copy(), np.ones(10), FIG1_SECTORS.copy(), np.full((5, 5), 2)]
    copies = [array.copy() for array in given_arrays]
    shocks = np.eye(11)
    net = prepare(*given_arrays)
    spread(net, shocks, batch=2)
    tiers(net, shocks[0])
    for array, copy in zip([*given_arrays, shocks], [*copies, np.eye(11)], strict=True):
        np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"suppliers": [0, 3]}, "suppliers are a list of whole numbers from 0 to 2"),
        ({"users": [1, 0.5]}, "users are"),
        ({"users": [1]}, "2 suppliers and 1 users"),
        ({"amounts": [1, -1]}, "amounts are 2 finite numbers"),
        ({"amounts": [1, None]}, "leave out what is unknown"),
        ({"amounts": [1]}, "amounts are 2"),
        ({"sectors": [0, 1, 5]}, "sectors are"),
        ({"essentiality": [[3, 1], [1, 1]]}, "essentiality is 2"),
        ({"essentiality": [[1, 1]]}, "essentiality is 2"),
        ({"weights": [1, 1]}, "weights are 3"),
        ({"weights": [1, 1, float("inf")]}, "weights are 3"),
    ],
)
def test_network_that_cannot_be_is_refused(change, message):
    arguments = {
        "suppliers": [0, 1],
        "users": [1, 2],
        "amounts": [1, 1],
        "sectors": [0, 1, 1],
        "essentiality": [[1, 1], [1, 1]],
    }
    with pytest.raises(InvalidNetworkError, match=message):
        prepare(**arguments | change)


@pytest.mark.parametrize("shock", [[0, 0, 1.5], [0, 0, -0.1], [0, 0, float("nan")], [0, 0], []])
def test_shock_that_is_no_fraction_of_each_node_is_refused(shock):
    for call in (lambda: spread(chain(), [shock]), lambda: tiers(chain(), shock)):
        with pytest.raises(InvalidNetworkError, match="fraction from 0 to 1 for each of the 3 nodes"):
            call()


@pytest.mark.parametrize("rule", [{"eps": 0}, {"eps": float("nan")}, {"batch": 0}])
def test_rule_that_would_not_stop_is_refused(rule):
    for call in (lambda: esri(chain(), **rule), lambda: spread(chain(), np.eye(3), **rule)):
        with pytest.raises(InvalidNetworkError, match="must lie above 0"):
            call()


def test_failure_of_an_unknown_node_is_refused():
    with pytest.raises(InvalidNetworkError, match="failing nodes are a list of whole numbers from 0 to 2"):
        esri(chain(), [[0], [3]])


def test_no_shocks_give_no_rows():
    assert spread(chain(), np.empty((0, 3))).both.shape == (0, 3)
    assert esri(chain(), []).both.tolist() == []
