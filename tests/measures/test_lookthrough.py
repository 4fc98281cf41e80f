"""Facts about `depgraph.measures.lookthrough`."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from depgraph.core.errors import InvalidSharesError, UnproductiveError
from depgraph.measures import lookthrough
from depgraph.measures.lookthrough import InvalidTableError

FACTS = settings(deadline=None, max_examples=50, derandomize=True)

# Miller and Blair (2009), section 2.3; golden case leontief-mb2
MB_Z = [[150.0, 500.0], [200.0, 100.0]]
MB_X = [1000.0, 2000.0]
MB_A = [[0.15, 0.25], [0.2, 0.05]]
MB_F = [600.0, 1500.0]

# golden case bom-lookthrough: ore_CN, ore_AU, oxide_CN, oxide_MY, magnet_JP, drone_US
BOM = [
    [0.0, 0.0, 1.25, 0.0, 0.0, 0.0],
    [0.0, 0.0, 0.0, 1.25, 0.0, 0.0],
    [0.0, 0.0, 0.0, 0.0, 0.297, 0.0],
    [0.0, 0.0, 0.0, 0.0, 0.033, 0.0],
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.5],
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
]
DRONE = [0.0, 0.0, 0.0, 0.0, 0.0, 1.0]

# golden case lookthrough-chain: CN -> JP -> US
CHAIN = [[0.0, 0.5, 0.0], [0.0, 0.0, 0.5], [0.0, 0.0, 0.0]]
CN, JP, US = range(3)


@st.composite
def productive(draw):
    """Draw a non-negative matrix whose columns sum to less than 1."""
    n = draw(st.integers(1, 6))
    weights = draw(arrays.arrays(float, (n, n), elements=st.sampled_from([0.0, 0.0, 0.1, 0.5, 1.0, 3.0])))
    cost = draw(arrays.arrays(float, n, elements=st.floats(0, 0.95)))
    sums = weights.sum(axis=0)
    return weights * cost / np.where(sums > 0, sums, 1.0)


@st.composite
def without_loops(draw):
    """Draw a bill of materials in mixed units, its sectors in any order."""
    n = draw(st.integers(1, 8))
    exponents = draw(arrays.arrays(float, (n, n), elements=st.floats(-6, 6)))
    present = draw(arrays.arrays(bool, (n, n)))
    order = np.array(draw(st.permutations(range(n))))
    return np.triu(10**exponents * present, 1)[np.ix_(order, order)]


def demand(n):
    return arrays.arrays(float, n, elements=st.floats(0.1, 100))


# --- golden cases ------------------------------------------------------------------------------


def test_miller_and_blair_coefficients_inverse_and_output():
    """Golden leontief-mb2; to 4 digits as printed by Miller and Blair (2009)."""
    A = lookthrough.technical_coefficients(MB_Z, MB_X)
    np.testing.assert_allclose(A, MB_A, rtol=0, atol=1e-15)
    L = lookthrough.leontief_inverse(A)
    expected = [[1.254125412541254, 0.33003300330033003], [0.26402640264026406, 1.1221122112211221]]
    np.testing.assert_allclose(L, expected, rtol=1e-12)
    assert L.round(4).tolist() == [[1.2541, 0.33], [0.264, 1.1221]]
    x = lookthrough.gross_output(A, MB_F)
    np.testing.assert_allclose(x, [1247.5247524752474, 1841.5841584158416], rtol=1e-12)
    np.testing.assert_allclose(lookthrough.gross_output(A, [350.0, 1700.0]), MB_X, rtol=1e-12)


def test_miller_and_blair_rounds():
    """Golden leontief-mb2: A^k f for k = 0..7 and their running sums."""
    rounds = lookthrough.upstream_rounds(MB_A, MB_F, last=7)
    expected = [
        [600.0, 1500.0],
        [465.0, 195.0],
        [118.5, 102.75],
        [43.4625, 28.8375],
        [13.72875, 10.134375],
        [4.59290625, 3.25246875],
        [1.502053125, 1.0812046875],
        [0.495609140625, 0.354470859375],
    ]
    np.testing.assert_allclose(rounds.tiers, expected, rtol=1e-12)
    np.testing.assert_allclose(rounds.tiers[:4].sum(axis=0), [1226.9625, 1826.5875], rtol=1e-12)
    np.testing.assert_allclose(rounds.tiers.sum(axis=0), [1247.281818515625, 1841.4100192968751], rtol=1e-12)


def test_drone_looked_through_to_the_ore():
    """Golden bom-lookthrough: the series stops after 4 rounds and nothing is left over."""
    expected = [0.185625, 0.020625, 0.1485, 0.0165, 0.5, 1.0]
    rounds = lookthrough.upstream_rounds(BOM, DRONE)
    assert len(rounds.tiers) == 4
    assert rounds.rest.tolist() == [0.0] * 6
    np.testing.assert_allclose(rounds.tiers.sum(axis=0), expected, rtol=1e-12)
    x = lookthrough.gross_output(BOM, DRONE)
    np.testing.assert_allclose(x, expected, rtol=1e-12)
    assert x[0] / (x[0] + x[1]) == pytest.approx(0.9, abs=1e-12)


def test_unproductive_matrix_raises_and_never_gives_negative_output():
    """Golden leontief-unproductive (Hawkins and Simon 1949)."""
    A = [[0.6, 0.6], [0.6, 0.6]]
    assert lookthrough.spectral_radius(A) == pytest.approx(1.2, abs=1e-9)
    for call in (lookthrough.gross_output, lookthrough.upstream_rounds, lookthrough.extraction):
        with pytest.raises(UnproductiveError, match=r"1\.2"):
            call(A, [1, 1])
    for call in (lookthrough.leontief_inverse, lookthrough.exposure):
        with pytest.raises(UnproductiveError):
            call(A)


def test_chinese_exposure_of_the_united_states_is_hidden_behind_japan():
    """Golden lookthrough-chain: FPEM 1/7, 2/7, 4/7; face value 0."""
    found = lookthrough.exposure(CHAIN, [1.0, 1.0, 1.0])
    assert found.look_through[CN, US] == pytest.approx(1 / 7, abs=1e-12)
    assert found.face_value[CN, US] == 0.0
    assert found.hidden[CN, US] == pytest.approx(1 / 7, abs=1e-12)
    assert found.look_through[JP, US] == pytest.approx(2 / 7, abs=1e-12)
    assert found.look_through[US, US] == pytest.approx(4 / 7, abs=1e-12)


def test_chain_can_be_nine_percent_free_of_china_and_is_half_a_percent_if_mixed():
    """Golden chain-min-nonchina: shares 60, 87, 91 percent."""
    bounds = lookthrough.rival_free([0.6, 0.87, 0.91])
    assert bounds.segregated == pytest.approx(0.09, abs=1e-12)
    assert bounds.mixed == pytest.approx(0.00468, abs=1e-12)


# --- spectral radius and productivity ----------------------------------------------------------


@pytest.mark.parametrize(
    "matrix",
    [
        [[1.0]],
        [[0.5, 0.5], [0.5, 0.5]],
        [[0.1, 0.9], [0.9, 0.1]],
        [[0.3, 0.7], [0.7, 0.3]],
        [[0.0, 2.0], [0.5, 0.0]],
        [[0.0, 1e6], [1e-6, 0.0]],
        np.full((100, 100), 0.01),
        [[0.2, 0.0], [5.0, 1.0]],
    ],
)
def test_spectral_radius_of_exactly_one_is_unproductive(matrix):
    assert lookthrough.spectral_radius(matrix) == pytest.approx(1, abs=1e-12)
    with pytest.raises(UnproductiveError):
        lookthrough.leontief_inverse(matrix)


@pytest.mark.parametrize("radius", [0.9, 0.999, 1 - 1e-6, 1 - 1e-9])
def test_spectral_radius_just_below_one_is_productive(radius):
    assert lookthrough.leontief_inverse([[radius]])[0, 0] == pytest.approx(1 / (1 - radius), rel=1e-6)
    unbalanced = [[0.0, radius * 1e6], [radius * 1e-6, 0.0]]
    assert lookthrough.leontief_inverse(unbalanced)[1, 1] == pytest.approx(1 / (1 - radius**2), rel=1e-5)


def test_column_sum_above_one_alone_does_not_make_a_matrix_unproductive():
    A = [[0.0, 1000.0], [0.0, 0.5]]
    assert lookthrough.spectral_radius(A) == pytest.approx(0.5)
    assert lookthrough.leontief_inverse(A).tolist() == [[1.0, 2000.0], [0.0, 2.0]]


def test_spectral_radius_of_two_loops_joined_by_a_long_chain_is_that_of_the_loops():
    n = 40
    A = np.zeros((n, n))
    A[np.arange(n - 1), np.arange(1, n)] = 1e4
    A[1, 0] = A[n - 1, n - 2] = 0.3e-4
    order = np.random.default_rng(0).permutation(n)
    assert lookthrough.spectral_radius(A[np.ix_(order, order)]) == pytest.approx(0.3**0.5, rel=1e-9)


def test_loop_that_explodes_raises_without_a_warning():
    with pytest.raises(UnproductiveError):
        lookthrough.upstream_rounds([[0.0, 1e200], [1e200, 0.0]], [1.0, 1.0], last=50)


@FACTS
@given(
    st.integers(1, 6).flatmap(lambda n: arrays.arrays(float, (n, n), elements=st.sampled_from([0.0, 0.2, 0.4, 0.7])))
)
def test_inverse_exists_exactly_where_the_spectral_radius_is_below_one(A):
    radius = np.abs(np.linalg.eigvals(A)).max()
    assume(abs(radius - 1) > 1e-6)
    assert lookthrough.spectral_radius(A) == pytest.approx(radius, rel=1e-6, abs=1e-6)
    if radius > 1:
        with pytest.raises(UnproductiveError):
            lookthrough.leontief_inverse(A)
    else:
        expected = np.linalg.inv(np.eye(len(A)) - A)
        np.testing.assert_allclose(lookthrough.leontief_inverse(A), expected, rtol=1e-6, atol=1e-9)


@FACTS
@given(without_loops())
def test_bill_of_materials_without_loops_has_radius_zero_and_exact_rounds(A):
    f = np.ones(len(A))
    rounds = lookthrough.upstream_rounds(A, f)
    assert lookthrough.spectral_radius(A) == 0
    assert not rounds.rest.any()
    np.testing.assert_allclose(lookthrough.gross_output(A, f), rounds.tiers.sum(axis=0), rtol=1e-9)
    np.testing.assert_allclose(lookthrough.leontief_inverse(A) @ f, rounds.tiers.sum(axis=0), rtol=1e-9)


def test_mixed_units_do_not_cost_digits():
    """Elimination in these units, without prices, can be off by more than the answer itself."""
    rng = np.random.default_rng(1)
    for _ in range(100):
        A = np.triu(10 ** rng.uniform(-6, 6, (12, 12)) * (rng.random((12, 12)) < 0.4), 1)
        order = rng.permutation(12)
        A = A[np.ix_(order, order)]
        f = np.zeros(12)
        f[rng.integers(12)] = 1.0
        x = lookthrough.upstream_rounds(A, f).tiers.sum(axis=0)
        np.testing.assert_allclose(lookthrough.gross_output(A, f), x, rtol=1e-12)


@FACTS
@given(productive(), st.data())
def test_units_do_not_change_what_is_required(A, data):
    unit = 10 ** data.draw(arrays.arrays(float, len(A), elements=st.floats(-6, 6)))
    L = lookthrough.leontief_inverse(A)
    rescaled = lookthrough.leontief_inverse(A * unit / unit[:, None])
    np.testing.assert_allclose(rescaled * unit[:, None] / unit, L, rtol=1e-9, atol=1e-12)


# --- rounds, inverse, output --------------------------------------------------------------------


@FACTS
@given(productive(), st.data())
def test_partial_sums_rise_to_the_gross_output(A, data):
    """Methods section 6, property 3."""
    f = data.draw(demand(len(A)))
    last = data.draw(st.integers(0, 12))
    rounds = lookthrough.upstream_rounds(A, f, last=last)
    x = lookthrough.gross_output(A, f)
    partial = np.cumsum(rounds.tiers, axis=0)
    assert (np.diff(partial, axis=0) >= 0).all()
    assert (partial[-1] <= x * (1 + 1e-12)).all()
    np.testing.assert_allclose(partial[-1] + rounds.rest, x, rtol=1e-9)


@FACTS
@given(productive(), st.data())
def test_output_covers_intermediate_and_final_use(A, data):
    f = data.draw(demand(len(A)))
    x = lookthrough.gross_output(A, f)
    np.testing.assert_allclose(A @ x + f, x, rtol=1e-9)
    np.testing.assert_allclose(lookthrough.leontief_inverse(A) @ f, x, rtol=1e-9)


@FACTS
@given(productive())
def test_inverse_is_at_least_identity_plus_direct_requirements(A):
    L = lookthrough.leontief_inverse(A)
    assert (L - np.eye(len(A)) - A >= -1e-12 * L).all()
    assert not np.signbit(L).any()


def test_output_is_linear_in_demand():
    double = lookthrough.gross_output(MB_A, [1200.0, 3000.0])
    np.testing.assert_allclose(double, 2 * lookthrough.gross_output(MB_A, MB_F), rtol=1e-12)


def test_no_demand_calls_for_no_output():
    assert lookthrough.gross_output(MB_A, [0.0, 0.0]).tolist() == [0.0, 0.0]
    rounds = lookthrough.upstream_rounds(MB_A, [0.0, 0.0])
    assert rounds.tiers.tolist() == [[0.0, 0.0]]


# --- Ghosh --------------------------------------------------------------------------------------


def test_ghosh_inverse_is_the_leontief_inverse_rescaled_by_output():
    """G = diag(x)^-1 L diag(x) (Miller and Blair 2009, ch. 12)."""
    G = lookthrough.ghosh_inverse(MB_Z, MB_X)
    x = np.array(MB_X)
    np.testing.assert_allclose(G, lookthrough.leontief_inverse(MB_A) * x / x[:, None], rtol=1e-12)


def test_primary_inputs_pushed_through_the_ghosh_inverse_give_the_output():
    value_added = np.array(MB_X) - np.sum(MB_Z, axis=0)
    np.testing.assert_allclose(value_added @ lookthrough.ghosh_inverse(MB_Z, MB_X), MB_X, rtol=1e-12)


def test_sector_that_sells_without_output_is_refused():
    with pytest.raises(InvalidTableError, match="sector 1"):
        lookthrough.ghosh_inverse([[0, 0], [5, 0]], [10, 0])


# --- exposure -----------------------------------------------------------------------------------


@FACTS
@given(productive())
def test_exposures_sum_to_one_and_nothing_hidden_is_negative(A):
    """Methods section 6, property 3."""
    found = lookthrough.exposure(A)
    np.testing.assert_allclose(found.look_through.sum(axis=0), 1, rtol=1e-12)
    assert (found.hidden >= 0).all()
    np.testing.assert_allclose(found.look_through - found.face_value, found.hidden, atol=1e-12)
    L = np.linalg.inv(np.eye(len(A)) - A)
    np.testing.assert_allclose(found.look_through, L / L.sum(axis=0), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_without_inputs_every_sector_is_exposed_to_itself_alone(n):
    found = lookthrough.exposure(np.zeros((n, n)))
    assert found.look_through.tolist() == np.eye(n).tolist()
    assert not found.hidden.any()


@FACTS
@given(productive(), st.data())
def test_final_demand_cancels_out_of_the_exposure(A, data):
    weighted = lookthrough.exposure(A, data.draw(demand(len(A))))
    assert weighted.look_through.tolist() == lookthrough.exposure(A).look_through.tolist()


def test_exposure_of_a_demand_that_does_not_exist_is_unknown_not_zero():
    found = lookthrough.exposure(CHAIN, [1.0, 0.0, 1.0])
    for matrix in found:
        assert np.isnan(matrix[:, JP]).all()
        assert np.isfinite(matrix[:, [CN, US]]).all()


def test_direct_supplier_is_seen_at_face_value():
    found = lookthrough.exposure(CHAIN)
    assert found.face_value[JP, US] == pytest.approx(2 / 7, abs=1e-12)
    assert found.hidden[JP, US] == 0.0


# --- hypothetical extraction --------------------------------------------------------------------


def deleted(A, f, k):
    """Gross output without sector k, by deleting its row and column: the definition."""
    keep = np.arange(len(A)) != k
    x = np.zeros(len(A))
    x[keep] = np.linalg.solve(np.eye(keep.sum()) - A[np.ix_(keep, keep)], f[keep])
    return x


@FACTS
@given(productive(), st.data())
def test_closed_form_of_the_extraction_equals_deleting_row_and_column(A, data):
    f = data.draw(demand(len(A)))
    found = lookthrough.extraction(A, f)
    for k in range(len(A)):
        np.testing.assert_allclose(found.output - found.lost[:, k], deleted(A, f, k), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(found.share, found.lost.sum(axis=0) / found.output.sum(), rtol=1e-12)
    assert (found.share <= 1 + 1e-12).all()


def test_extraction_of_miller_and_blair_sectors():
    """By hand: without sector 2, sector 1 alone makes 350/0.85; without sector 1, 1700/0.95."""
    found = lookthrough.extraction(MB_A, [350.0, 1700.0])
    np.testing.assert_allclose(found.output, MB_X, rtol=1e-12)
    np.testing.assert_allclose(found.lost[0], [1000.0, 1000.0 - 350 / 0.85], rtol=1e-12)
    np.testing.assert_allclose(found.lost[1], [2000.0 - 1700 / 0.95, 2000.0], rtol=1e-12)


def test_extraction_without_demand_has_no_share():
    found = lookthrough.extraction(MB_A, [0.0, 0.0])
    assert not found.lost.any()
    assert np.isnan(found.share).all()


# --- a rival's part of a chain ------------------------------------------------------------------

SHARES = st.lists(st.floats(0, 1), min_size=1, max_size=8)


@FACTS
@given(SHARES)
def test_keeping_streams_apart_never_leaves_less_than_mixing(shares):
    bounds = lookthrough.rival_free(shares)
    assert 0 <= bounds.mixed <= bounds.segregated <= 1


@FACTS
@given(SHARES, st.floats(0, 1))
def test_another_stage_never_raises_what_is_free_of_the_rival(shares, more):
    before, after = lookthrough.rival_free(shares), lookthrough.rival_free([*shares, more])
    assert after.segregated <= before.segregated
    assert after.mixed <= before.mixed


def test_single_stage_is_the_same_mixed_or_apart():
    assert lookthrough.rival_free([0.25]) == (0.75, 0.75)


def test_chain_without_stages_has_no_answer():
    assert lookthrough.rival_free([]) is None


@pytest.mark.parametrize("share", [-0.1, 1.1, 60, float("nan")])
def test_rival_share_outside_zero_to_one_is_refused(share):
    with pytest.raises(InvalidSharesError):
        lookthrough.rival_free([0.5, share])


def test_mixing_product_is_what_the_leontief_shares_give():
    """Three stages with a rival and a rival-free supplier each, one unit of each stage per unit of the next."""
    rival = [0.6, 0.87, 0.91]
    A = np.zeros((6, 6))  # sector 2s is the rival's at stage s, 2s + 1 the others'
    for stage in (0, 1):
        A[2 * stage, 2 * stage + 2 : 2 * stage + 4] = rival[stage]
        A[2 * stage + 1, 2 * stage + 2 : 2 * stage + 4] = 1 - rival[stage]
    final = [0, 0, 0, 0, rival[2], 1 - rival[2]]
    tiers = lookthrough.upstream_rounds(A, final).tiers
    free = [tiers[2 - stage][2 * stage + 1] for stage in range(3)]
    np.testing.assert_allclose(free, [0.4, 0.13, 0.09], rtol=1e-12)
    bounds = lookthrough.rival_free(rival)
    assert np.prod(free) == pytest.approx(bounds.mixed)
    assert min(free) == pytest.approx(bounds.segregated)


# --- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "matrix",
    [
        [[0.1, 0.2]],
        [0.1, 0.2],
        [[-0.1]],
        [[float("nan")]],
        [[float("inf")]],
        [[None]],
    ],
)
def test_table_that_is_not_square_known_and_non_negative_is_refused(matrix):
    for call in (lookthrough.leontief_inverse, lookthrough.spectral_radius, lookthrough.exposure):
        with pytest.raises(InvalidTableError):
            call(matrix)


@pytest.mark.parametrize("final", [[1.0], [1.0, 2.0, 3.0], [-1.0, 1.0], [float("nan"), 1.0], 5.0])
def test_demand_that_does_not_fit_is_refused(final):
    for call in (lookthrough.gross_output, lookthrough.upstream_rounds, lookthrough.extraction, lookthrough.exposure):
        with pytest.raises(InvalidTableError):
            call(MB_A, final)


def test_message_says_which_cell_is_wrong():
    with pytest.raises(InvalidTableError, match=r"coefficients at \(1, 0\): -0\.2"):
        lookthrough.leontief_inverse([[0.1, 0.2], [-0.2, 0.1]])


def test_idle_sector_has_a_column_of_zeros_and_one_with_inputs_is_refused():
    assert lookthrough.technical_coefficients([[1, 0], [1, 0]], [10, 0]).tolist() == [[0.1, 0.0], [0.1, 0.0]]
    with pytest.raises(InvalidTableError, match="sector 1"):
        lookthrough.technical_coefficients([[1, 4], [1, 0]], [10, 0])


def test_nothing_passed_in_is_changed():
    A, f, Z, x = (np.array(value) for value in (MB_A, MB_F, MB_Z, MB_X))
    lookthrough.exposure(A, f)
    lookthrough.extraction(A, f)
    lookthrough.upstream_rounds(A, f)
    lookthrough.technical_coefficients(Z, x)
    lookthrough.ghosh_inverse(Z, x)
    for array, before in ((A, MB_A), (f, MB_F), (Z, MB_Z), (x, MB_X)):
        assert array.tolist() == before


def test_result_of_the_rounds_is_not_a_view_of_the_demand():
    f = np.array(MB_F)
    rounds = lookthrough.upstream_rounds(MB_A, f)
    rounds.tiers[0, 0] = -1
    assert f[0] == 600.0
