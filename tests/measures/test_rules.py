"""Facts about `depgraph.measures.rules`."""

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from depgraph.core.errors import InvalidSharesError
from depgraph.measures import concentration, rules
from depgraph.measures.rules import OutOfRangeError

FACTS = settings(deadline=None, max_examples=100, derandomize=True)

AMOUNT = st.floats(0, 1e6).filter(lambda x: x == 0 or x > 1e-3)
PARTNERS = st.dictionaries(st.sampled_from(["CHN", "JPN", "KOR", "USA", "VNM"]), AMOUNT, max_size=5)
RATE = st.floats(0, 1)
QUANTITIES = st.lists(st.floats(0.1, 100), min_size=2, max_size=8)


def shares_of(quantities):
    return concentration.fractions(quantities)


def plain_hhi(shares):
    """HHI as `rules` sums it, every supplier governed and treated alike."""
    return rules.hhi_wgi(shares, [1.0] * len(shares), [1.0] * len(shares)).value


# --- golden cases: EU supply risk ---------------------------------------------------------------


def test_eu_supply_risk_of_two_countries_per_side():
    """Golden eu-sr-basic."""
    gs = rules.hhi_wgi([0.8, 0.2], [5.5, 3.0], [1.1, 1.0])
    eu = rules.hhi_wgi([0.5, 0.5], [5.5, 2.0], [1.1, 0.8])
    assert gs.value == pytest.approx(3.992, abs=1e-9)
    assert eu.value == pytest.approx(1.9125, abs=1e-9)
    assert gs.whole
    assert eu.whole
    risk = rules.eu_supply_risk(gs.value, eu.value, import_reliance=0.9, eol_rir=0.1, si_sr=0.95)
    assert risk.value == pytest.approx(2.4352751250000004, abs=1e-9)
    assert risk.critical is True
    assert risk.basis == "both"


def test_eu_supply_risk_without_import_reliance_counts_eu_sourcing_alone():
    """Golden eu-sr-ir0."""
    risk = rules.eu_supply_risk(3.992, 1.9125, import_reliance=0.0, eol_rir=0.1, si_sr=0.95)
    assert risk.value == pytest.approx(1.6351875, abs=1e-9)


def test_eu_supply_risk_falls_back_to_world_supply():
    """Golden eu-sr-missing-eu."""
    risk = rules.eu_supply_risk(3.992, None, import_reliance=0.9, eol_rir=0.2, si_sr=0.9)
    assert risk.value == pytest.approx(2.87424, abs=1e-9)
    assert risk.basis == "global supply"


# --- golden cases: core dependency indicators, GeoDep, Japan ----------------------------------------


def test_core_dependency_of_a_bloc():
    """Golden cdi-basic."""
    found = rules.cdi({"CN": 70, "VN": 20, "US": 10}, 60, 80)
    assert found.cdi1 == pytest.approx(0.54, abs=1e-9)
    assert found.cdi2 == pytest.approx(0.625, abs=1e-9)
    assert found.cdi3 == pytest.approx(1.25, abs=1e-9)
    assert found.dependent is True


def test_core_dependency_on_the_thresholds_is_none():
    """Golden cdi-boundary."""
    assert rules.core_dependent(0.4, 0.5, 1.0) is False


@pytest.mark.parametrize("on_threshold", [(0.4, 0.6, 1.1), (0.5, 0.5, 1.1), (0.5, 0.6, 1.0)])
def test_each_core_indicator_must_exceed_its_threshold(on_threshold):
    assert rules.core_dependent(*on_threshold) is False
    assert rules.core_dependent(0.5, 0.6, 1.1) is True


def test_zero_exports_make_the_ratio_infinite_or_9999_and_pass():
    """Golden cdi-zero-exports."""
    found = rules.cdi({"CN": 5.0}, 0.0, 0.0)
    assert found.cdi3 == math.inf
    assert found.dependent is True
    year = rules.geodep_year({"CN": 5.0}, {"CN": 9.0, "JP": 1.0}, 0.0)
    assert year.ratio == 9999
    assert year.holds is True


def test_geodep_needs_two_of_three_years():
    """Golden cdi-persistence."""
    assert rules.geodep([True, False, True]) is True


def test_japanese_screen_names_the_partner_with_more_than_half():
    """Golden meti-conc-flag."""
    found = rules.meti_partner({"CN": 55, "KR": 25, "US": 20}, floor=10)
    assert found.partner == "CN"
    assert found.share == pytest.approx(0.55, abs=1e-9)
    assert found.flagged is True


# --- golden cases: USGS ---------------------------------------------------------------------------


def test_usgs_risk_is_the_geometric_mean():
    """Golden usgs-geomean."""
    risk = rules.usgs_supply_risk(0.5, 0.8, 0.4)
    assert risk.value == pytest.approx(0.5428835233189814, abs=1e-12)
    assert risk.listed is True
    assert rules.usgs_supply_risk(0.5, 0.0, 0.4) == (0.0, False)


def test_recent_years_count_more():
    """Golden usgs-recency."""
    assert rules.recency_weighted_mean([0.3, 0.4, 0.45, 0.5], [1, 2, 3, 4]) == pytest.approx(0.445, abs=1e-12)


def test_net_import_reliance_when_stocks_are_built():
    """Golden nir-basic."""
    assert rules.net_import_reliance(10, 5, 95, 5, -5) == (85.0, 100.0, 0.85, None)


def test_net_exporter_is_negative_and_labelled_e():
    """Golden nir-net-exporter."""
    found = rules.net_import_reliance(100, 0, 5, 60, 0)
    assert found.net_imports == -55
    assert found.apparent_consumption == 45
    assert found.value == pytest.approx(-1.2222222222222223, abs=1e-12)
    assert found.label == "E"


# --- golden case: GeoPolRisk ------------------------------------------------------------------------

# World Mining Data, natural graphite 2022, tonnes
GRAPHITE = [
    100, 79372, 13000, 1161000, 185, 82439, 20000, 23798, 116700, 3420, 165932, 10380, 18800, 3299, 27715, 846, 500,
]  # fmt: skip

# US imports 2022: partner (UN M49), tonnes (CEPII BACI), instability (WGI political stability, 0..1)
GRAPHITE_IMPORTS = [
    (36, 19.21, 0.313285589218139), (40, 99.527, 0.37240092754364), (56, 39.725, 0.38486623764038),
    (76, 2823.798, 0.566293179988861), (124, 8412.25, 0.34543719291687), (144, 417.105, 0.657113969326019),
    (156, 43274.56600000001, 0.588214725255966), (191, 0.001, 0.377567744255065), (203, 0.002, 0.336911725997924),
    (231, 20, 0.907613515853881), (246, 0.006, 0.321701657772064), (251, 108.368, 0.433095175027847),
    (276, 155.669, 0.377048170566558), (288, 0.172, 0.513182593882083), (320, 0.07100000000000001, 0.560994267463684),
    (344, 1161.278, 0.377688992023468), (372, 0.209, 0.323622095584869), (380, 0.6, 0.417298924922943),
    (392, 130.688, 0.285217809677124), (410, 39.559, 0.38751779794693), (450, 10926.909, 0.606207716464996),
    (458, 0.011, 0.471928367018699), (484, 10261.938, 0.638391947746276), (490, 0.495, 0),
    (508, 8475.766, 0.757593989372253), (528, 1.443, 0.356539034843444), (579, 91.4, 0.327808332443237),
    (616, 1.328, 0.399943351745605), (699, 15.402, 0.613721632957458), (702, 0.084, 0.208011507987976),
    (710, 0.15, 0.644423615932464), (752, 2.769, 0.319475388526916), (757, 1.905, 0.267772054672241),
    (784, 58.242, 0.359842932224273), (792, 2.893, 0.707973003387451), (826, 42.572, 0.399212181568145),
]  # fmt: skip


def test_geopolrisk_of_us_graphite_2022():
    """Golden geopolrisk-graphite-usa-2022: reference workbook of geopolrisk-py (Koyamparambath et al. 2024)."""
    shares = shares_of(GRAPHITE)
    world = concentration.hhi(shares)
    assert world == pytest.approx(0.470663478647389, abs=1e-9)
    assert concentration.concentration_ratio(shares, 1) == pytest.approx(0.6720749111714943, abs=1e-9)
    assert concentration.concentration_ratio(shares, 3) == pytest.approx(0.8356837624154407, abs=1e-9)
    assert concentration.effective_number(world) == pytest.approx(2.1246602835508694, abs=1e-9)
    imports = {str(partner): tonnes for partner, tonnes, _ in GRAPHITE_IMPORTS}
    instability = {str(partner): g for partner, _, g in GRAPHITE_IMPORTS}
    found = rules.geopolrisk(world, imports, instability, 0)
    assert found.numerator == pytest.approx(50585.910846903294, rel=1e-9)
    assert found.total_imports == pytest.approx(86586.11100000002, rel=1e-9)
    assert found.import_risk == pytest.approx(0.5842266185959465, abs=1e-9)
    assert found.score == pytest.approx(0.27497413262676956, abs=1e-9)
    assert found.missing == ()


# --- golden cases: price after a disruption -----------------------------------------------------------


def test_price_after_a_loss_of_sixty_percent():
    """Golden pe-disruption: P = 0.4^(-1/0.8), Q = P^-0.3."""
    after = rules.post_disruption(0.6, supply_elasticity=0.5, demand_elasticity=0.3)
    assert after.price == pytest.approx(3.1435835742073386, abs=1e-9)
    assert after.quantity == pytest.approx(0.7092061561162412, abs=1e-9)
    assert not after.choked


def test_excess_capacity_that_covers_the_loss_leaves_the_price():
    """Golden pe-disruption-covered."""
    assert rules.post_disruption(0.1, supply_elasticity=0.5, demand_elasticity=0.3, excess=0.2) == (1.0, 1.0, False)


# --- governance and weighted HHI --------------------------------------------------------------------


def test_eu_scale_runs_from_zero_for_the_best_to_ten_for_the_worst():
    assert [rules.eu_governance(wgi) for wgi in (2.5, 0.0, -2.5, None)] == [0.0, 5.0, 10.0, None]


def test_geopolrisk_scale_is_cut_off_at_zero_and_one():
    assert [rules.geopolrisk_instability(wgi) for wgi in (3.0, 2.5, 0.0, -2.5, -3.0)] == [0.0, 0.0, 0.5, 1.0, 1.0]
    assert rules.geopolrisk_instability(None) is None


def test_governance_hhi_is_the_eu_side_without_trade_factors():
    scores = [-0.25, 1.0]
    scaled = [rules.eu_governance(score) for score in scores]
    expected = rules.hhi_wgi([0.8, 0.2], scaled, [1.0, 1.0])
    assert rules.governance_hhi([0.8, 0.2], scores, rules.eu_governance) == expected


@FACTS
@given(QUANTITIES, st.floats(-2.5, 2.5))
def test_two_scales_of_governance_differ_by_the_factor_ten(quantities, wgi):
    shares = shares_of(quantities)
    scores = [wgi] * len(shares)
    eu = rules.governance_hhi(shares, scores, rules.eu_governance)
    geo = rules.governance_hhi(shares, scores, rules.geopolrisk_instability)
    assert eu.value == pytest.approx(10 * geo.value, abs=1e-12)


@pytest.mark.parametrize("wgi", [math.nan, math.inf])
def test_indicator_that_is_not_finite_is_refused(wgi):
    for scale in (rules.eu_governance, rules.geopolrisk_instability):
        with pytest.raises(OutOfRangeError):
            scale(wgi)


def test_percentile_rank_given_as_indicator_is_refused():
    with pytest.raises(OutOfRangeError):
        rules.governance_hhi([1.0], [40.0], rules.eu_governance)


@pytest.mark.parametrize(
    ("shares", "total", "whole"),
    [([0.5, 0.48], 0.98, True), ([0.5, 0.47], 0.97, False), ([0.6, 0.42], 1.02, True), ([0.6, 0.43], 1.03, False)],
)
def test_shares_that_do_not_sum_to_one_are_kept_and_reported(shares, total, whole):
    found = rules.hhi_wgi(shares, [2.0, 2.0], [1.0, 1.0])
    assert found.share_sum == pytest.approx(total)
    assert found.whole is whole
    assert found.value == pytest.approx(2 * sum(share * share for share in shares))


def test_supplier_with_a_share_and_no_score_makes_the_index_unknown():
    found = rules.hhi_wgi([0.7, 0.3], [5.0, None], [1.0, 1.0])
    assert found.value is None
    assert found.missing == (1,)


def test_supplier_without_a_share_needs_no_score():
    found = rules.hhi_wgi([1.0, 0.0], [5.0, None], [1.0, 1.0])
    assert found.value == 5.0
    assert found.missing == ()


def test_no_suppliers_give_no_index():
    assert rules.hhi_wgi([], [], []).value is None


def test_shares_scores_and_factors_must_be_as_many():
    with pytest.raises(InvalidSharesError):
        rules.hhi_wgi([0.5, 0.5], [1.0], [1.0, 1.0])
    with pytest.raises(InvalidSharesError):
        rules.governance_hhi([0.5, 0.5], [1.0], rules.eu_governance)


@pytest.mark.parametrize(("share", "score", "factor"), [(-0.1, 1.0, 1.0), (0.5, -1.0, 1.0), (0.5, 1.0, math.nan)])
def test_negative_or_infinite_parts_of_the_index_are_refused(share, score, factor):
    with pytest.raises((InvalidSharesError, OutOfRangeError)):
        rules.hhi_wgi([share], [score], [factor])


# --- metamorphic: HHI (methods section 6, property 1) --------------------------------------------------


@FACTS
@given(QUANTITIES)
def test_merging_suppliers_never_lowers_the_index(quantities):
    shares = shares_of(quantities)
    merged = [shares[0] + shares[1], *shares[2:]]
    assert plain_hhi(merged) >= plain_hhi(shares)
    assert concentration.hhi(merged) >= concentration.hhi(shares)


@FACTS
@given(QUANTITIES, RATE)
def test_splitting_a_supplier_never_raises_the_index(quantities, part):
    shares = shares_of(quantities)
    split = [part * shares[0], (1 - part) * shares[0], *shares[1:]]
    assert plain_hhi(split) <= plain_hhi(shares) + 1e-12
    assert concentration.hhi(split) <= concentration.hhi(shares) + 1e-12


@FACTS
@given(QUANTITIES, st.randoms(use_true_random=False))
def test_order_of_suppliers_does_not_matter(quantities, random):
    shares = shares_of(quantities)
    shuffled = random.sample(shares, len(shares))
    assert plain_hhi(shuffled) == plain_hhi(shares) == concentration.hhi(shuffled)


@FACTS
@given(QUANTITIES)
def test_index_lies_between_equal_shares_and_monopoly(quantities):
    value = plain_hhi(shares_of(quantities))
    assert 1 / len(quantities) - 1e-12 <= value <= 1


# --- metamorphic: EU supply risk (property 2) ------------------------------------------------------------


@FACTS
@given(QUANTITIES, st.data())
def test_index_rises_with_every_share_score_and_factor(quantities, data):
    shares = shares_of(quantities)
    n = len(shares)
    wgi = data.draw(st.lists(st.floats(0.1, 10), min_size=n, max_size=n))
    t = data.draw(st.lists(st.floats(0.5, 1.5), min_size=n, max_size=n))
    which = data.draw(st.integers(0, n - 1))
    before = rules.hhi_wgi(shares, wgi, t).value

    def raised(values):
        return [value * 1.1 if i == which else value for i, value in enumerate(values)]

    assert rules.hhi_wgi(raised(shares), wgi, t).value > before
    assert rules.hhi_wgi(shares, raised(wgi), t).value > before
    assert rules.hhi_wgi(shares, wgi, raised(t)).value > before


@FACTS
@given(st.floats(0.1, 10), st.floats(0.1, 10), st.floats(0.1, 1), st.floats(0, 0.9), st.floats(0.1, 1))
def test_supply_risk_rises_with_both_sides_and_falls_with_recycling(gs, eu, reliance, recycled, substitution):
    def risk(gs, eu, recycled):
        return rules.eu_supply_risk(gs, eu, import_reliance=reliance, eol_rir=recycled, si_sr=substitution).value

    before = risk(gs, eu, recycled)
    assert risk(gs * 1.1, eu, recycled) > before
    assert risk(gs, eu * 1.1, recycled) > before
    assert risk(gs, eu, recycled + 0.1) < before
    assert risk(gs, eu, 1.0) == 0


@FACTS
@given(st.floats(0, 10), RATE, RATE, RATE)
def test_equal_sides_make_the_import_reliance_irrelevant(side, reliance, recycled, substitution):
    both = rules.eu_supply_risk(side, side, import_reliance=reliance, eol_rir=recycled, si_sr=substitution)
    one = rules.eu_supply_risk(side, None, import_reliance=None, eol_rir=recycled, si_sr=substitution)
    assert both.value == pytest.approx(one.value, abs=1e-12)


def test_full_import_reliance_weighs_both_sides_equally():
    assert rules.eu_supply_risk(4.0, 2.0, import_reliance=1.0, eol_rir=0.0, si_sr=1.0).value == 3.0


def test_supply_risk_falls_back_to_the_side_that_is_known():
    risk = rules.eu_supply_risk(None, 2.0, import_reliance=None, eol_rir=0.5, si_sr=1.0)
    assert risk == (1.0, "EU sourcing", True)


def test_supply_risk_is_unknown_without_sides_or_import_reliance():
    unknown = (None, "none", None)
    assert rules.eu_supply_risk(None, None, import_reliance=0.5, eol_rir=0.0, si_sr=1.0) == unknown
    assert rules.eu_supply_risk(4.0, 2.0, import_reliance=None, eol_rir=0.0, si_sr=1.0) == unknown


def test_supply_risk_on_the_threshold_is_critical():
    assert rules.eu_supply_risk(1.0, None, import_reliance=None, eol_rir=0.0, si_sr=1.0).critical is True
    assert rules.eu_supply_risk(0.999, None, import_reliance=None, eol_rir=0.0, si_sr=1.0).critical is False


@pytest.mark.parametrize("wrong", [{"import_reliance": 1.1}, {"eol_rir": -0.1}, {"si_sr": 45.0}, {"eol_rir": math.nan}])
def test_rates_outside_zero_to_one_are_refused(wrong):
    rates = {"import_reliance": 0.5, "eol_rir": 0.1, "si_sr": 0.9} | wrong
    with pytest.raises(OutOfRangeError, match=next(iter(wrong))):
        rules.eu_supply_risk(4.0, 2.0, **rates)


# --- import reliance --------------------------------------------------------------------------------


def test_import_reliance_without_production_is_one():
    assert rules.eu_import_reliance(0, 50, 20) == 1.0


def test_import_reliance_of_a_net_exporter_is_zero_however_much_it_exports():
    assert rules.eu_import_reliance(100, 5, 60) == 0.0


@pytest.mark.parametrize(("production", "imports", "exports"), [(10, 0, 20), (0, 5, 10), (0, 0, 0), (10, 10, 20)])
def test_import_reliance_is_unknown_if_nothing_is_left_for_use(production, imports, exports):
    assert rules.eu_import_reliance(production, imports, exports) is None


@pytest.mark.parametrize("missing", range(3))
def test_import_reliance_of_an_unknown_quantity_is_unknown(missing):
    quantities = [10.0, 20.0, 5.0]
    quantities[missing] = None
    assert rules.eu_import_reliance(*quantities) is None


@FACTS
@given(AMOUNT, AMOUNT, AMOUNT)
def test_import_reliance_lies_between_zero_and_one(production, imports, exports):
    value = rules.eu_import_reliance(production, imports, exports)
    assert value is None or 0 <= value <= 1


# --- core dependency indicators ------------------------------------------------------------------------


@FACTS
@given(PARTNERS, AMOUNT, AMOUNT, st.sampled_from([0.25, 4.0, 1024.0]))
def test_core_dependency_does_not_depend_on_the_currency(external, internal, exports, rate):
    """Methods section 6, property 2; powers of two, so that no rounding moves a value over a threshold."""
    converted = {partner: value * rate for partner, value in external.items()}
    assert rules.cdi(converted, internal * rate, exports * rate) == rules.cdi(external, internal, exports)


def test_core_dependency_does_not_apply_without_imports():
    assert rules.cdi({}, 0, 80) == (None, None, None, None)
    assert rules.cdi({"CN": 0}, 0, 0) == (None, None, None, None)


def test_bloc_that_buys_only_from_its_members_is_not_dependent():
    assert rules.cdi({}, 60, 80) == (None, 0.0, None, False)


def test_unknown_exports_leave_the_answer_open_only_if_the_rest_holds():
    assert rules.cdi({"CN": 70, "VN": 20, "US": 10}, 60, None).dependent is None
    assert rules.cdi({"CN": 10, "VN": 10, "US": 10}, 60, None).dependent is False
    assert rules.cdi({"CN": 90, "VN": 10}, None, 50) == (pytest.approx(0.82), None, 2.0, None)


@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf])
def test_negative_or_infinite_trade_is_refused(value):
    for call in (
        lambda: rules.cdi({"CN": value}, 1, 1),
        lambda: rules.cdi({"CN": 1}, value, 1),
        lambda: rules.cdi({"CN": 1}, 1, value),
        lambda: rules.geodep_year({"CN": value}, {"CN": 1}, 1),
        lambda: rules.geodep_year({"CN": 1}, {"CN": value}, 1),
        lambda: rules.merics_deficit(value, 1),
        lambda: rules.meti_partner({"CN": value}),
        lambda: rules.hjs_dependency({"CN": value}, 1, "CN", 0.5),
        lambda: rules.eu_import_reliance(1, value, 1),
        lambda: rules.geopolrisk(0.5, {"CN": value}, {"CN": 0.5}, 1),
    ):
        with pytest.raises(OutOfRangeError):
            call()


def test_message_names_the_partner_and_the_value():
    with pytest.raises(OutOfRangeError, match=r"imports of CN is -3"):
        rules.meti_partner({"CN": -3})


# --- GeoDep ---------------------------------------------------------------------------------------


def test_geodep_year_needs_all_three_criteria():
    concentrated, spread = {"CN": 90, "JP": 10}, {"CN": 30, "JP": 30, "KR": 40}
    assert rules.geodep_year(concentrated, concentrated, 50).holds is True
    assert rules.geodep_year(spread, concentrated, 50).holds is False
    assert rules.geodep_year(concentrated, spread, 50).holds is False
    assert rules.geodep_year(concentrated, concentrated, 100).holds is False


def test_geodep_year_without_imports_does_not_apply():
    year = rules.geodep_year({}, {"CN": 90, "JP": 10}, 50)
    assert (year.import_hhi, year.ratio, year.holds) == (None, None, None)


def test_geodep_year_without_world_trade_is_open():
    assert rules.geodep_year({"CN": 5}, {}, 1).holds is None


@pytest.mark.parametrize(
    ("yearly", "dependent"),
    [
        ([True, True, True], True),
        ([True, False, False], False),
        ([True, None, True], True),
        ([True, None, False], None),
        ([None, False, False], False),
        ([None, None, None], None),
    ],
)
def test_unknown_years_decide_nothing(yearly, dependent):
    assert rules.geodep(yearly) is dependent


@pytest.mark.parametrize("years", [[], [True, True], [True] * 4])
def test_geodep_looks_at_the_whole_window(years):
    with pytest.raises(OutOfRangeError):
        rules.geodep(years)


# --- MERICS, Japan, Henry Jackson Society ------------------------------------------------------------


@pytest.mark.parametrize(
    ("imports", "exports", "expected"),
    [
        (10, 5, (2.0, True)),
        (9.9, 5, (1.98, False)),
        (10, 0, (math.inf, True)),
        (0, 5, (None, None)),
        (0, 0, (None, None)),
        (10, None, (None, None)),
    ],
)
def test_deficit_is_significant_if_imports_are_twice_the_exports(imports, exports, expected):
    assert rules.merics_deficit(imports, exports) == expected


@FACTS
@given(AMOUNT, AMOUNT)
def test_significant_deficit_implies_that_imports_exceed_exports(imports, exports):
    if rules.merics_deficit(imports, exports).significant:
        assert imports > exports


def test_partner_with_exactly_half_is_flagged_and_the_first_of_equals_is_named():
    found = rules.meti_partner({"USA": 50, "CHN": 50})
    assert (found.partner, found.flagged) == ("CHN", True)


def test_goods_at_or_below_the_floor_are_not_flagged():
    assert rules.meti_partner({"CHN": 10}, floor=10).flagged is False
    assert rules.meti_partner({"CHN": 10}, floor=9).flagged is True


def test_screen_does_not_apply_without_imports():
    assert rules.meti_partner({"CHN": 0}) == (None, None, 0.0, None)


@FACTS
@given(PARTNERS)
def test_import_hhi_above_one_half_implies_a_partner_with_more_than_half(imports):
    """The two Japanese rules: the HHI of the white paper is the stricter one."""
    shares = shares_of(list(imports.values()))
    assume(shares is not None)
    if concentration.hhi(shares) > 0.5 + 1e-9:
        assert rules.meti_partner(imports).share > 0.5


def test_strategic_dependency_needs_all_three_criteria():
    imports = {"CHN": 60, "DEU": 40}
    assert rules.hjs_dependency(imports, 20, "CHN", 0.31).dependent is True
    assert rules.hjs_dependency(imports, 100, "CHN", 0.31).dependent is False
    assert rules.hjs_dependency(imports, 20, "DEU", 0.31).dependent is False
    assert rules.hjs_dependency(imports, 20, "CHN", 0.30).dependent is False
    assert rules.hjs_dependency({"CHN": 50, "DEU": 50}, 20, "CHN", 0.31).dependent is False


def test_strategic_dependency_is_open_if_what_is_unknown_could_decide():
    imports = {"CHN": 60, "DEU": 40}
    assert rules.hjs_dependency(imports, None, "CHN", 0.5).dependent is None
    assert rules.hjs_dependency(imports, 20, "CHN", None).dependent is None
    assert rules.hjs_dependency(imports, None, "CHN", 0.2).dependent is False


def test_partner_that_is_not_listed_delivered_nothing():
    assert rules.hjs_dependency({"DEU": 40}, 0, "CHN", 0.9).import_share == 0.0


def test_strategic_dependency_does_not_apply_without_imports():
    assert rules.hjs_dependency({}, 10, "CHN", 0.9) == (None, None, 0.9, None)


def test_market_share_in_percent_is_refused():
    with pytest.raises(OutOfRangeError):
        rules.hjs_dependency({"CHN": 60}, 0, "CHN", 35)


# --- USGS -----------------------------------------------------------------------------------------


@FACTS
@given(RATE, RATE, RATE)
def test_geometric_mean_lies_between_the_least_and_the_greatest_factor(dp, te, ev):
    value = rules.usgs_supply_risk(dp, te, ev).value
    assert min(dp, te, ev) - 1e-12 <= value <= max(dp, te, ev) + 1e-12


def test_usgs_risk_of_an_unknown_factor_is_unknown_and_outside_zero_to_one_refused():
    assert rules.usgs_supply_risk(0.5, None, 0.4) == (None, None)
    with pytest.raises(OutOfRangeError, match="te"):
        rules.usgs_supply_risk(0.5, 80, 0.4)


def test_weighted_mean_of_an_unknown_year_is_unknown_unless_it_has_no_weight():
    assert rules.recency_weighted_mean([None, 0.4], [1, 2]) is None
    assert rules.recency_weighted_mean([None, 0.4], [0, 2]) == 0.4
    assert rules.recency_weighted_mean([], []) is None
    assert rules.recency_weighted_mean([0.4], [0]) is None


def test_weights_must_be_as_many_as_years_and_not_negative():
    with pytest.raises(OutOfRangeError):
        rules.recency_weighted_mean([0.4], [1, 2])
    with pytest.raises(OutOfRangeError):
        rules.recency_weighted_mean([0.4], [-1])


@pytest.mark.parametrize("missing", range(5))
def test_net_import_reliance_of_an_unknown_quantity_is_unknown(missing):
    quantities = [10.0, 5.0, 95.0, 5.0, 0.0]
    quantities[missing] = None
    assert rules.net_import_reliance(*quantities) == (None, None, None, None)


def test_net_import_reliance_without_consumption_has_no_value():
    assert rules.net_import_reliance(0, 0, 0, 0, 0) == (0.0, 0.0, None, None)
    assert rules.net_import_reliance(10, 0, 0, 20, 0) == (-20.0, -10.0, None, "E")


def test_negative_production_is_refused_and_a_stock_build_is_not():
    with pytest.raises(OutOfRangeError, match="production"):
        rules.net_import_reliance(-1, 0, 5, 0, 0)
    assert rules.net_import_reliance(1, 0, 5, 0, -2).net_imports == 3.0


# --- GeoPolRisk -----------------------------------------------------------------------------------


def test_missing_governance_score_is_named_and_makes_the_score_unknown():
    found = rules.geopolrisk(0.5, {"PRK": 5, "CHN": 60, "CAN": 20}, {"CHN": 0.6, "PRK": None}, 20)
    assert found.missing == ("CAN", "PRK")
    assert (found.numerator, found.import_risk, found.score) == (None, None, None)
    assert found.total_imports == 85.0


def test_partner_that_delivers_nothing_needs_no_governance_score():
    assert rules.geopolrisk(0.5, {"CHN": 60, "CAN": 0}, {"CHN": 0.5}, 0).score == 0.25


def test_neither_production_nor_imports_give_no_score():
    found = rules.geopolrisk(0.5, {}, {}, 0)
    assert (found.import_risk, found.score) == (None, None)


def test_unknown_production_or_concentration_gives_no_score():
    assert rules.geopolrisk(0.5, {"CHN": 60}, {"CHN": 0.5}, None).import_risk is None
    found = rules.geopolrisk(None, {"CHN": 60}, {"CHN": 0.5}, 0)
    assert (found.import_risk, found.score) == (0.5, None)


def test_country_that_imports_nothing_has_no_import_risk():
    assert rules.geopolrisk(0.5, {}, {}, 100).score == 0.0


@FACTS
@given(st.floats(0, 1), PARTNERS, st.data(), AMOUNT)
def test_geopolrisk_never_exceeds_the_world_concentration(world, imports, data, domestic):
    instability = {partner: data.draw(RATE) for partner in imports}
    score = rules.geopolrisk(world, imports, instability, domestic).score
    assert score is None or 0 <= score <= world * (1 + 1e-12)


@pytest.mark.parametrize(("world", "g"), [(1.5, 0.5), (0.5, 1.5), (0.5, -0.1)])
def test_concentration_or_instability_outside_zero_to_one_is_refused(world, g):
    with pytest.raises(OutOfRangeError):
        rules.geopolrisk(world, {"CHN": 60}, {"CHN": g}, 0)


# --- price after a disruption ------------------------------------------------------------------------

ELASTICITY = st.floats(0.05, 3)
LOSS = st.floats(0, 0.99)


@FACTS
@given(LOSS, ELASTICITY, ELASTICITY, st.floats(0, 0.5))
def test_market_clears_after_the_disruption(lost, es, ed, excess):
    after = rules.post_disruption(lost, supply_elasticity=es, demand_elasticity=ed, excess=excess)
    if excess >= lost:
        assert after == (1.0, 1.0, False)
    else:
        assert after.price >= 1
        assert after.quantity == pytest.approx(after.price**-ed, rel=1e-9)
        assert after.quantity == pytest.approx((1 - lost) * after.price**es + excess, rel=1e-9)


@FACTS
@given(LOSS, ELASTICITY, ELASTICITY, st.floats(0, 0.5), st.floats(0, 0.5))
def test_more_excess_capacity_never_raises_the_price(lost, es, ed, excess, more):
    before = rules.post_disruption(lost, supply_elasticity=es, demand_elasticity=ed, excess=excess)
    after = rules.post_disruption(lost, supply_elasticity=es, demand_elasticity=ed, excess=excess + more)
    assert after.price <= before.price * (1 + 1e-9)
    assert after.quantity >= before.quantity * (1 - 1e-9)


@FACTS
@given(LOSS, LOSS, ELASTICITY, ELASTICITY)
def test_larger_loss_never_lowers_the_price(one, other, es, ed):
    small, large = (
        rules.post_disruption(loss, supply_elasticity=es, demand_elasticity=ed) for loss in sorted([one, other])
    )
    assert large.price >= small.price * (1 - 1e-12)


@FACTS
@given(LOSS, ELASTICITY, ELASTICITY, st.floats(0, 0.5), st.floats(1.01, 20))
def test_choke_price_is_never_exceeded_and_rations_to_what_is_supplied(lost, es, ed, excess, choke):
    free = rules.post_disruption(lost, supply_elasticity=es, demand_elasticity=ed, excess=excess)
    capped = rules.post_disruption(lost, supply_elasticity=es, demand_elasticity=ed, excess=excess, choke=choke)
    if capped.choked:
        assert capped.price == choke <= free.price
        assert capped.quantity == pytest.approx((1 - lost) * choke**es + excess)
        assert capped.quantity <= choke**-ed * (1 + 1e-9)
    else:
        assert capped == free
        assert capped.price <= choke * (1 + 1e-12)


def test_idle_capacity_alone_supplies_after_a_total_loss():
    """P^-0.5 = 0.25 gives P = 16."""
    after = rules.post_disruption(1.0, supply_elasticity=0.5, demand_elasticity=0.5, excess=0.25)
    assert after.price == pytest.approx(16)
    assert after.quantity == pytest.approx(0.25)


def test_rigid_supply_makes_the_price_ration_demand():
    """0.5 = P^-0.5 gives P = 4."""
    after = rules.post_disruption(0.5, supply_elasticity=0.0, demand_elasticity=0.5)
    assert (after.price, after.quantity) == (pytest.approx(4), pytest.approx(0.5))


def test_rigid_demand_is_met_at_the_price_that_calls_forth_the_supply():
    """0.5 P^0.5 = 1 gives P = 4."""
    after = rules.post_disruption(0.5, supply_elasticity=0.5, demand_elasticity=0.0)
    assert (after.price, after.quantity) == (pytest.approx(4), 1.0)


@pytest.mark.parametrize(
    ("lost", "es", "ed", "excess"),
    [
        (1.0, 0.5, 0.3, 0.0),  # no supply at any price
        (1.0, 0.5, 0.0, 0.5),  # half the supply, demand rigid
        (0.5, 0.0, 0.0, 0.0),  # both rigid
        (1 - 1e-15, 0.01, 0.01, 0.0),  # the price has more digits than a float
    ],
)
def test_loss_that_no_price_clears_raises_unless_there_is_a_choke_price(lost, es, ed, excess):
    with pytest.raises(OutOfRangeError, match="choke price"):
        rules.post_disruption(lost, supply_elasticity=es, demand_elasticity=ed, excess=excess)
    capped = rules.post_disruption(lost, supply_elasticity=es, demand_elasticity=ed, excess=excess, choke=10)
    assert capped.choked
    assert capped.price == 10
    assert capped.quantity == pytest.approx((1 - lost) * 10**es + excess)


def test_extreme_elasticity_after_a_total_loss_does_not_overflow():
    after = rules.post_disruption(1.0, supply_elasticity=1000.0, demand_elasticity=0.1, choke=100)
    assert after == (100.0, 0.0, True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"lost": 60},
        {"lost": -0.1},
        {"supply_elasticity": -1},
        {"demand_elasticity": -0.3},
        {"excess": -1},
        {"choke": 1},
    ],
)
def test_disruption_outside_its_range_is_refused(wrong):
    values = {"lost": 0.5, "supply_elasticity": 0.5, "demand_elasticity": 0.3, "excess": 0.0, "choke": 5} | wrong
    with pytest.raises(OutOfRangeError):
        rules.post_disruption(values.pop("lost"), **values)


def test_nothing_passed_in_is_changed():
    imports, instability = {"CHN": 60.0, "CAN": 20.0}, {"CHN": 0.6, "CAN": 0.3}
    rules.geopolrisk(0.5, imports, instability, 1)
    rules.cdi(imports, 1, 1)
    rules.meti_partner(imports)
    assert imports == {"CHN": 60.0, "CAN": 20.0}
    assert instability == {"CHN": 0.6, "CAN": 0.3}
