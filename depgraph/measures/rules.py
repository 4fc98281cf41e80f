"""Published rules that say when a supply is at risk: pure functions of shares and quantities.

Each rule is written as its authors state it, its thresholds are default arguments, and it
answers None where it cannot know: a criterion that lacks a number neither holds nor fails, so a
rule of several criteria is False as soon as one fails, True if all hold, and else None.
Quantities of one call share one unit (tonnes, or money of one year) and belong to one good,
one stage and one year.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from depgraph.core.errors import DepgraphError, InvalidSharesError
from depgraph.measures.concentration import check_shares, fractions, hhi

ROUNDING = 1e-12  # sums that differ by less are equal
LARGEST_LOG = 700.0  # beyond, the exponential is no longer a float


class OutOfRangeError(DepgraphError):
    """A number given to a rule lies outside the range that the rule is defined on."""


class WeightedHhi(NamedTuple):
    """A sum of squared shares, each weighted.

    Attributes
    ----------
    value
        None without suppliers, or if a supplier has no score.
    share_sum
        What the shares sum to; they are used as given, never rescaled.
    whole
        Whether the sum is close enough to 1 for the shares to be those of a whole.
    missing
        Positions of the suppliers that have a share and no score.
    """

    value: float | None
    share_sum: float
    whole: bool
    missing: tuple[int, ...]


class SupplyRisk(NamedTuple):
    """Supply risk of the EU method.

    Attributes
    ----------
    value
        None if it cannot be computed.
    basis
        Which side it rests on: ``both``, ``global supply``, ``EU sourcing`` or ``none``.
    critical
        Whether it reaches the threshold; the economic importance must reach its own too.
    """

    value: float | None
    basis: str
    critical: bool | None


class CoreDependency(NamedTuple):
    """The three core dependency indicators and whether all exceed their thresholds."""

    cdi1: float | None
    cdi2: float | None
    cdi3: float | None
    dependent: bool | None


class GeoDepYear(NamedTuple):
    """Criteria 1 to 3 of GeoDep in one year and whether all hold."""

    import_hhi: float | None
    export_hhi: float | None
    ratio: float | None
    holds: bool | None


class TradeDeficit(NamedTuple):
    """Imports over exports and whether that is a significant deficit."""

    ratio: float | None
    significant: bool | None


class TopPartner(NamedTuple):
    """The largest partner, its share of the imports, their total, and whether the rule flags it."""

    partner: str | None
    share: float | None
    total: float
    flagged: bool | None


class StrategicDependency(NamedTuple):
    """The three criteria of the Henry Jackson Society's rule and whether all hold."""

    net_importer: bool | None
    import_share: float | None
    market_share: float | None
    dependent: bool | None


class UsgsRisk(NamedTuple):
    """Supply risk of the USGS method and whether it reaches the threshold of the list."""

    value: float | None
    listed: bool | None


class NetImportReliance(NamedTuple):
    """Net import reliance and its parts.

    Attributes
    ----------
    net_imports
        Imports less exports, plus what was drawn from stocks.
    apparent_consumption
        Production, primary and secondary, plus the net imports.
    value
        Their ratio, negative for a net exporter; None if nothing was consumed.
    label
        ``E`` for a net exporter, as the USGS prints it, else None.
    """

    net_imports: float | None
    apparent_consumption: float | None
    value: float | None
    label: str | None


class GeoPolRisk(NamedTuple):
    """GeoPolRisk score and its parts.

    Attributes
    ----------
    numerator
        Imports weighted by the instability of their origin.
    total_imports
        All imports, in their unit.
    import_risk
        Numerator over domestic production and imports.
    score
        World concentration times import risk.
    missing
        Partners that deliver and have no governance score, sorted.
    """

    numerator: float | None
    total_imports: float
    import_risk: float | None
    score: float | None
    missing: tuple[str, ...]


class Disruption(NamedTuple):
    """Price and quantity after a loss of supply, relative to before.

    Attributes
    ----------
    price, quantity
        Both are 1 before the loss.
    choked
        Whether the price stands at the choke price and demand above it goes elsewhere.
    """

    price: float
    quantity: float
    choked: bool


def _require(name: str, value: float, low: float = 0.0, high: float = math.inf) -> None:
    """Refuse a number outside its range.

    Raises
    ------
    OutOfRangeError
        If the number is not finite or outside low..high.
    """
    if not (math.isfinite(value) and low <= value <= high):
        msg = f"{name} is {value!r}: give a finite number from {low:g} to {high:g}, None if it is unknown"
        raise OutOfRangeError(msg)


def _require_known(low: float = 0.0, high: float = math.inf, /, **values: float | None) -> None:
    """Refuse each known number outside its range."""
    for name, value in values.items():
        if value is not None:
            _require(name, value, low, high)


def _total(name: str, quantities: Mapping[str, float]) -> float:
    """Sum quantities by partner, refusing those that are negative or not finite."""
    for partner, quantity in quantities.items():
        _require(f"{name} of {partner}", quantity)
    return math.fsum(quantities.values())


def _concentration(quantities: Mapping[str, float]) -> float | None:
    """HHI of quantities by partner; None if there are none."""
    shares = fractions(list(quantities.values()))
    return None if shares is None else hhi(shares)


def _above(value: float | None, threshold: float) -> bool | None:
    """Say whether a value exceeds a threshold; None if it is unknown."""
    return None if value is None else value > threshold


def _all_hold(criteria: Iterable[bool | None]) -> bool | None:
    """Join criteria by AND, where None is a criterion that nobody knows."""
    known = set(criteria)
    if False in known:
        return False
    return None if None in known else True


def _imports_over_exports(imports: float, exports: float | None) -> float | None:
    """Return imports / exports: None without imports or for unknown exports, infinite for exports of zero."""
    if exports is None or imports <= 0:
        return None
    return imports / exports if exports > 0 else math.inf


# --- governance -------------------------------------------------------------------------------


def eu_governance(wgi: float | None) -> float | None:
    """Scale a World Governance Indicator as the EU method does.

    ``w = 10 (2.5 - WGI) / 5``: 0 is best, 10 is worst. Indicators lie about within -2.5..2.5; one
    that lies beyond is scaled all the same, so w may leave 0..10 by a little.

    Parameters
    ----------
    wgi
        Estimate in standard-normal units, not a percentile rank; None if unknown.

    Returns
    -------
    float or None
        None for an unknown indicator.

    Raises
    ------
    OutOfRangeError
        If the indicator is not finite.

    References
    ----------
    European Commission (2017), Methodology for establishing the EU list of critical raw
    materials, doi:10.2873/769526.

    Examples
    --------
    >>> eu_governance(-0.25)
    5.5
    """
    if wgi is None:
        return None
    _require("the governance indicator", wgi, -math.inf)
    return 10 * (2.5 - wgi) / 5


def geopolrisk_instability(wgi: float | None) -> float | None:
    """Scale the indicator of political stability as GeoPolRisk does.

    ``g = (2.5 - WGI) / 5``, cut off at 0 (stable) and 1 (unstable).

    Parameters
    ----------
    wgi
        Estimate of "political stability and absence of violence", not a percentile rank; None if
        unknown.

    Returns
    -------
    float or None
        Between 0 and 1; None for an unknown indicator.

    Raises
    ------
    OutOfRangeError
        If the indicator is not finite.

    References
    ----------
    Koyamparambath et al. (2024), Resources, Conservation and Recycling 209, 107801.

    Examples
    --------
    >>> geopolrisk_instability(0.5), geopolrisk_instability(-2.75)
    (0.4, 1.0)
    """
    if wgi is None:
        return None
    _require("the governance indicator", wgi, -math.inf)
    return min(1.0, max(0.0, (2.5 - wgi) / 5))


def governance_hhi(
    shares: Sequence[float],
    indicators: Sequence[float | None],
    scale: Callable[[float | None], float | None],
    *,
    tolerance: float = 0.02,
) -> WeightedHhi:
    """HHI in which each supplier counts by how badly it is governed.

    ``sum_c S_c^2 scale(WGI_c)``

    Parameters
    ----------
    shares
        Fractions of one whole; used as given even if they do not sum to 1.
    indicators
        World Governance Indicator of each supplier, None if unknown.
    scale
        `eu_governance` (result in 0..10) or `geopolrisk_instability` (0..1).
    tolerance
        How far from 1 the shares of a whole may sum.

    Returns
    -------
    WeightedHhi
        Value None without suppliers or if a supplier with a share has no indicator.

    Raises
    ------
    InvalidSharesError
        If a share is negative or not finite, or the lengths differ.
    OutOfRangeError
        If an indicator is not finite or its scaled value is negative.

    References
    ----------
    European Commission (2017), doi:10.2873/769526, for the first scale; Koyamparambath et al.
    (2024), Resources, Conservation and Recycling 209, 107801, for the second.

    Examples
    --------
    >>> governance_hhi([0.5, 0.5], [0.0, 1.0], eu_governance).value
    2.0
    """
    return _weighted_hhi(shares, [scale(indicator) for indicator in indicators], tolerance)


def _weighted_hhi(shares: Sequence[float], weights: Sequence[float | None], tolerance: float) -> WeightedHhi:
    """Sum the squared shares times their weights, unless a supplier with a share has no weight.

    Raises
    ------
    InvalidSharesError
        If a share is not one, or the lengths differ.
    """
    check_shares(shares)
    if len(shares) != len(weights):
        msg = f"{len(shares)} shares and {len(weights)} scores: give each supplier one of each, None if it is unknown"
        raise InvalidSharesError(msg)
    _require_known(**{f"the score of supplier {i}": weight for i, weight in enumerate(weights)})
    total = math.fsum(shares)
    missing = tuple(i for i, share in enumerate(shares) if share > 0 and weights[i] is None)
    known = math.fsum(s * s * w for s, w in zip(shares, weights, strict=True) if w is not None)
    value = None if missing or not shares else known
    return WeightedHhi(value, total, abs(total - 1) <= tolerance + ROUNDING, missing)


# --- European Union: critical raw materials -----------------------------------------------------


def hhi_wgi(
    shares: Sequence[float], wgi: Sequence[float | None], t: Sequence[float], *, tolerance: float = 0.02
) -> WeightedHhi:
    """Concentration weighted by governance and trade policy: one side of the EU supply risk.

    ``(HHI_WGI,t) = sum_c S_c^2 WGI_c t_c``

    Shares that do not sum to 1 are kept as they are; the sum is part of the answer and `whole`
    says whether it lies within the tolerance.

    Parameters
    ----------
    shares
        Share of each country in world supply, or in EU sourcing.
    wgi
        Governance scaled to 0 (best) .. 10 (worst), see `eu_governance`; None if unknown.
    t
        Trade factor of each country: above 1 for export restrictions, below 1 for trade
        agreements or members of the bloc, else 1.
    tolerance
        How far from 1 the shares of a whole may sum.

    Returns
    -------
    WeightedHhi
        Value between 0 and 10 times the largest t; None without countries or if a country with a
        share has no governance score.

    Raises
    ------
    InvalidSharesError
        If a share is negative or not finite, or the lengths differ.
    OutOfRangeError
        If a score or a trade factor is negative or not finite.

    References
    ----------
    European Commission (2017), doi:10.2873/769526; Blengini et al. (2017), EUR 28654,
    doi:10.2760/73303.

    Examples
    --------
    >>> round(hhi_wgi([0.8, 0.2], [5.5, 3.0], [1.1, 1.0]).value, 6)
    3.992
    """
    if not len(shares) == len(wgi) == len(t):
        msg = f"{len(shares)} shares, {len(wgi)} scores, {len(t)} trade factors: give each country one of each"
        raise InvalidSharesError(msg)
    for factor in t:
        _require("the trade factor", factor)
    weights = [None if score is None else score * factor for score, factor in zip(wgi, t, strict=True)]
    return _weighted_hhi(shares, weights, tolerance)


def eu_import_reliance(production: float | None, imports: float | None, exports: float | None) -> float | None:
    """Import reliance of the EU method.

    ``IR = (imports - exports) / (production + imports - exports)``, cut off at 0 and 1.

    A net exporter has 0. If exports are as large as production and imports together, or larger,
    nothing is left for use and the ratio says nothing, so the answer is None and not a number
    that the cut-off would bring to 1.

    Parameters
    ----------
    production, imports, exports
        Of the bloc, in one unit; None if unknown.

    Returns
    -------
    float or None
        Between 0 and 1; None if a quantity is unknown or nothing is left for use.

    Raises
    ------
    OutOfRangeError
        If a quantity is negative or not finite.

    References
    ----------
    European Commission (2017), doi:10.2873/769526.

    Examples
    --------
    >>> eu_import_reliance(10, 95, 5), eu_import_reliance(100, 5, 60), eu_import_reliance(0, 0, 7)
    (0.9, 0.0, None)
    """
    _require_known(production=production, imports=imports, exports=exports)
    if production is None or imports is None or exports is None:
        return None
    net = imports - exports
    use = production + net
    return min(1.0, max(0.0, net / use)) if use > 0 else None


def eu_supply_risk(
    hhi_gs: float | None,
    hhi_eu: float | None,
    *,
    import_reliance: float | None,
    eol_rir: float,
    si_sr: float,
    threshold: float = 1.0,
) -> SupplyRisk:
    """Supply risk of the EU list of critical raw materials.

    ``SR = (HHI_GS IR/2 + HHI_EU (1 - IR/2)) (1 - EoL_RIR) SI_SR``

    An import reliance of 1 weighs world supply and EU sourcing equally, one of 0 counts EU
    sourcing alone. If one side is unknown the other stands for both and the import reliance is
    not used. For another bloc, put its own import mix in the place of EU sourcing. The list
    takes a material if SR reaches its threshold and the economic importance reaches 2.8; the
    second is not computed here.

    Parameters
    ----------
    hhi_gs, hhi_eu
        `hhi_wgi` of world supply and of EU sourcing, None if unknown.
    import_reliance
        `eu_import_reliance`, None if unknown.
    eol_rir
        End-of-life recycling input rate, 0..1.
    si_sr
        Substitution index for supply risk, 0..1; 1 is without substitute.
    threshold
        From which supply risk a material can be critical.

    Returns
    -------
    SupplyRisk
        Value None if both sides are unknown, or both known and the import reliance is not.

    Raises
    ------
    OutOfRangeError
        If a known number is not finite, negative, or, for the three rates, above 1.

    References
    ----------
    European Commission (2017), doi:10.2873/769526; Blengini et al. (2017), EUR 28654,
    doi:10.2760/73303.

    Examples
    --------
    >>> risk = eu_supply_risk(3.992, 1.9125, import_reliance=0.9, eol_rir=0.1, si_sr=0.95)
    >>> round(risk.value, 6), risk.basis, risk.critical
    (2.435275, 'both', True)
    """
    _require_known(hhi_gs=hhi_gs, hhi_eu=hhi_eu)
    _require_known(0.0, 1.0, import_reliance=import_reliance, eol_rir=eol_rir, si_sr=si_sr)
    mix, basis = _two_sides(hhi_gs, hhi_eu, import_reliance)
    if mix is None:
        return SupplyRisk(None, "none", None)
    value = mix * (1 - eol_rir) * si_sr
    return SupplyRisk(value, basis, value >= threshold)


def _two_sides(gs: float | None, eu: float | None, reliance: float | None) -> tuple[float | None, str]:
    """Weigh world supply and EU sourcing; a side that is unknown leaves all to the other."""
    if eu is None:
        return gs, "global supply"
    if gs is None:
        return eu, "EU sourcing"
    return (None if reliance is None else gs * reliance / 2 + eu * (1 - reliance / 2)), "both"


# --- screens of trade data ----------------------------------------------------------------------


def cdi(
    external: Mapping[str, float],
    internal: float | None,
    exports: float | None,
    *,
    hhi_above: float = 0.4,
    external_above: float = 0.5,
    ratio_above: float = 1.0,
) -> CoreDependency:
    """Core dependency indicators of the European Commission, for any bloc.

    ``CDI1 = HHI of the imports from outside the bloc``,
    ``CDI2 = outside imports / all imports``,
    ``CDI3 = outside imports / all exports of the bloc``, exports standing for production.

    Invariant to the unit of the values. Exports of zero give a CDI3 of infinity, which passes.
    Without outside imports CDI1 and CDI3 are None and CDI2 is 0, so the good is not dependent;
    without any imports all are None and the rule does not apply.

    Parameters
    ----------
    external
        Import value by partner outside the bloc.
    internal
        Imports of members from each other, None if unknown.
    exports
        All exports of the bloc, None if unknown.
    hhi_above, external_above, ratio_above
        Thresholds, see `core_dependent`.

    Returns
    -------
    CoreDependency
        The indicators and whether all exceed their thresholds.

    Raises
    ------
    OutOfRangeError
        If a value is negative or not finite.

    References
    ----------
    European Commission, SWD(2021) 352 final; Arjona, Connell and Herghelegiu (2023), Single
    Market Economics Papers WP2023/14, doi:10.2873/768035.

    Examples
    --------
    >>> found = cdi({"CHN": 70, "VNM": 20, "USA": 10}, 60, 80)
    >>> round(found.cdi1, 6), found.cdi2, found.cdi3, found.dependent
    (0.54, 0.625, 1.25, True)
    """
    outside = _total("imports", external)
    _require_known(internal=internal, exports=exports)
    everything = None if internal is None else outside + internal
    cdi1 = _concentration(external)
    cdi2 = outside / everything if everything else None
    cdi3 = _imports_over_exports(outside, exports)
    dependent = core_dependent(
        cdi1, cdi2, cdi3, hhi_above=hhi_above, external_above=external_above, ratio_above=ratio_above
    )
    return CoreDependency(cdi1, cdi2, cdi3, dependent)


def core_dependent(
    cdi1: float | None,
    cdi2: float | None,
    cdi3: float | None,
    *,
    hhi_above: float = 0.4,
    external_above: float = 0.5,
    ratio_above: float = 1.0,
) -> bool | None:
    """Say whether all three core dependency indicators exceed their thresholds.

    ``CDI1 > 0.4 and CDI2 > 0.5 and CDI3 > 1``, strictly: a value on the threshold fails.

    Parameters
    ----------
    cdi1, cdi2, cdi3
        Indicators, None if unknown.
    hhi_above, external_above, ratio_above
        Thresholds.

    Returns
    -------
    bool or None
        False as soon as one fails, None if none fails and one is unknown.

    References
    ----------
    European Commission, SWD(2021) 352 final.

    Examples
    --------
    >>> core_dependent(0.4, 0.5, 1.0), core_dependent(0.6, None, 2.0)
    (False, None)
    """
    return _all_hold((_above(cdi1, hhi_above), _above(cdi2, external_above), _above(cdi3, ratio_above)))


def geodep_year(
    imports: Mapping[str, float],
    world_exports: Mapping[str, float],
    exports: float | None,
    *,
    hhi_above: float = 0.4,
    ratio_above: float = 1.0,
    code: float = 9999.0,
) -> GeoDepYear:
    """Criteria 1 to 3 of CEPII's GeoDep in one year.

    (1) HHI of the imports > 0.4, (2) HHI of world exports > 0.4, (3) imports / exports > 1.

    As in the dataset, exports of zero give a ratio of 9999; it stands for infinity and is no
    measurement. Without imports criteria 1 and 3 are None.

    Parameters
    ----------
    imports
        Imports of the country by partner.
    world_exports
        Exports of the good by exporter, all of the world.
    exports
        Exports of the country, None if unknown.
    hhi_above, ratio_above
        Thresholds, strict.
    code
        What stands in the place of the ratio if exports are zero.

    Returns
    -------
    GeoDepYear
        The three numbers and whether all criteria hold; None where that is unknown.

    Raises
    ------
    OutOfRangeError
        If a value is negative or not finite.

    References
    ----------
    Lefebvre and Wibaux (2024), Import dependencies: where does the EU stand?, CEPII Policy
    Brief 47, and the description of the GeoDep dataset.

    Examples
    --------
    >>> geodep_year({"CHN": 5}, {"CHN": 90, "JPN": 10}, 0).ratio
    9999.0
    """
    _total("world exports", world_exports)
    _require_known(exports=exports)
    ratio = _imports_over_exports(_total("imports", imports), exports)
    ratio = code if ratio == math.inf else ratio
    import_hhi, export_hhi = _concentration(imports), _concentration(world_exports)
    holds = _all_hold((_above(import_hhi, hhi_above), _above(export_hhi, hhi_above), _above(ratio, ratio_above)))
    return GeoDepYear(import_hhi, export_hhi, ratio, holds)


def geodep(yearly: Sequence[bool | None], *, needed: int = 2, window: int = 3) -> bool | None:
    """Criterion 4 of CEPII's GeoDep: the dependency lasts.

    Criteria 1 to 3 hold together in at least 2 of 3 years.

    Parameters
    ----------
    yearly
        `GeoDepYear.holds` of each year of the window; None if unknown.
    needed, window
        In how many years of how many.

    Returns
    -------
    bool or None
        None if the years that are unknown could decide either way.

    Raises
    ------
    OutOfRangeError
        If the number of years is not that of the window.

    References
    ----------
    Lefebvre and Wibaux (2024), CEPII Policy Brief 47.

    Examples
    --------
    >>> geodep([True, False, True]), geodep([True, False, None]), geodep([False, False, None])
    (True, None, False)
    """
    if len(yearly) != window:
        msg = f"{len(yearly)} years: the criterion looks at {window}; give each, None if it is unknown"
        raise OutOfRangeError(msg)
    certain = sum(year is True for year in yearly)
    possible = sum(year is not False for year in yearly)
    if certain >= needed:
        return True
    return None if possible >= needed else False


def merics_deficit(imports: float, exports: float | None, *, at_least: float = 2.0) -> TradeDeficit:
    """Significant trade deficit of the MERICS Trade Dependency Database.

    ``imports / exports >= 2``

    This is the first of three conditions of that database, and the one in which it is stricter
    than the Commission's CDI3; the other two (the partner's share, few alternatives) are not
    computed here.

    Parameters
    ----------
    imports, exports
        Of one good, all partners; exports None if unknown.
    at_least
        Threshold; a ratio on it counts.

    Returns
    -------
    TradeDeficit
        Ratio infinite for exports of zero; both None without imports or for unknown exports.

    Raises
    ------
    OutOfRangeError
        If a value is negative or not finite.

    References
    ----------
    MERICS, Growing asymmetry: Mapping the import dependencies in EU and US trade with China,
    annex I, condition 1.

    Examples
    --------
    >>> merics_deficit(10, 5)
    TradeDeficit(ratio=2.0, significant=True)
    """
    _require_known(imports=imports, exports=exports)
    ratio = _imports_over_exports(imports, exports)
    return TradeDeficit(ratio, None if ratio is None else ratio >= at_least)


def meti_partner(imports: Mapping[str, float], *, at_least: float = 0.5, floor: float = 0.0) -> TopPartner:
    """Japanese screen: one partner has half of the imports.

    ``max_c imports_c / imports >= 0.5`` and ``imports > floor``

    The Cabinet Office counts goods of which one partner has more than half of the import value,
    the 2024 trade white paper those with an import HHI above 0.5, which implies a partner with
    more than half but not the reverse. A share of exactly half is flagged here. Of equal
    partners the alphabetically first is named.

    Parameters
    ----------
    imports
        Import value by partner, all partners.
    at_least
        Share from which a partner is flagged.
    floor
        Total import value above which a good is looked at, in the unit of `imports`.

    Returns
    -------
    TopPartner
        Partner, share and flag None without imports.

    Raises
    ------
    OutOfRangeError
        If a value is negative or not finite.

    References
    ----------
    Cabinet Office of Japan, Sekai Keizai no Choryu (World Economic Trends), February 2022;
    Ministry of Economy, Trade and Industry, Tsusho Hakusho (White Paper on International
    Economy and Trade) 2024.

    Examples
    --------
    >>> meti_partner({"CHN": 55, "KOR": 25, "USA": 20}, floor=10)
    TopPartner(partner='CHN', share=0.55, total=100.0, flagged=True)
    """
    total = _total("imports", imports)
    if total <= 0:
        return TopPartner(None, None, total, None)
    partner = min(imports, key=lambda name: (-imports[name], name))
    share = imports[partner] / total
    return TopPartner(partner, share, total, share >= at_least and total > floor)


def hjs_dependency(
    imports: Mapping[str, float],
    exports: float | None,
    rival: str,
    market_share: float | None,
    *,
    import_share_above: float = 0.5,
    market_share_above: float = 0.3,
) -> StrategicDependency:
    """Strategic dependency of the Henry Jackson Society.

    A country depends strategically on a rival for a good if it is a net importer of the good,
    ``imports > exports``, takes more than half of its imports from the rival, and the rival has
    more than 30 percent of the world market of the good.

    Parameters
    ----------
    imports
        Import value by partner, all partners; one that is not listed delivered nothing.
    exports
        The country's exports of the good, None if unknown.
    rival
        Partner that is asked about.
    market_share
        The rival's share of the world market (in trade data: of world exports), None if unknown.
    import_share_above, market_share_above
        Thresholds, strict.

    Returns
    -------
    StrategicDependency
        The criteria and whether all hold; without imports the rule does not apply, all but the
        market share are None.

    Raises
    ------
    OutOfRangeError
        If a value is negative or not finite or the market share is above 1.

    References
    ----------
    Rogers, Foxall, Henderson and Armstrong (2020), Breaking the China Supply Chain: How the
    'Five Eyes' can Decouple from Strategic Dependency, Henry Jackson Society.

    Examples
    --------
    >>> hjs_dependency({"CHN": 60, "DEU": 40}, 20, "CHN", 0.35)
    StrategicDependency(net_importer=True, import_share=0.6, market_share=0.35, dependent=True)
    """
    total = _total("imports", imports)
    _require_known(exports=exports)
    _require_known(0.0, 1.0, market_share=market_share)
    if total <= 0:
        return StrategicDependency(None, None, market_share, None)
    net_importer = None if exports is None else total > exports
    share = imports.get(rival, 0.0) / total
    criteria = (net_importer, share > import_share_above, _above(market_share, market_share_above))
    return StrategicDependency(net_importer, share, market_share, _all_hold(criteria))


# --- United States Geological Survey ------------------------------------------------------------


def usgs_supply_risk(dp: float | None, te: float | None, ev: float | None, *, threshold: float = 0.40) -> UsgsRisk:
    """Supply risk behind the US list of critical minerals of 2022.

    ``SR = (DP TE EV)^(1/3)``

    A zero in any factor gives zero. Only the mean is computed here: the disruption potential,
    which the USGS builds from the ability and the willingness of countries to supply, is the
    caller's.

    Parameters
    ----------
    dp, te, ev
        Disruption potential, trade exposure, economic vulnerability, each 0..1; None if unknown.
    threshold
        Value from which a commodity is listed; the list looks at a mean over years, see
        `recency_weighted_mean`.

    Returns
    -------
    UsgsRisk
        Value between 0 and 1, None if a factor is unknown.

    Raises
    ------
    OutOfRangeError
        If a factor lies outside 0..1.

    References
    ----------
    Nassar et al. (2020), Science Advances 6(8), eaay8647, doi:10.1126/sciadv.aay8647; Nassar and
    Fortier (2021), USGS Open-File Report 2021-1045, doi:10.3133/ofr20211045.

    Examples
    --------
    >>> risk = usgs_supply_risk(0.5, 0.8, 0.4)
    >>> round(risk.value, 6), risk.listed
    (0.542884, True)
    """
    _require_known(0.0, 1.0, dp=dp, te=te, ev=ev)
    if dp is None or te is None or ev is None:
        return UsgsRisk(None, None)
    value = math.cbrt(dp * te * ev)
    return UsgsRisk(value, value >= threshold)


def recency_weighted_mean(values: Sequence[float | None], weights: Sequence[float]) -> float | None:
    """Mean over years in which recent years count more.

    ``sum w_t v_t / sum w_t``

    Parameters
    ----------
    values
        One a year; None if unknown.
    weights
        One a year, not negative. How fast they rise is an assumption, so there is no default.

    Returns
    -------
    float or None
        None without years, if all weights are zero, or if a year that has weight is unknown.

    Raises
    ------
    OutOfRangeError
        If the lengths differ, or a number is not finite or a weight negative.

    References
    ----------
    Nassar and Fortier (2021), USGS Open-File Report 2021-1045, doi:10.3133/ofr20211045.

    Examples
    --------
    >>> round(recency_weighted_mean([0.3, 0.4, 0.45, 0.5], [1, 2, 3, 4]), 6)
    0.445
    """
    if len(values) != len(weights):
        msg = f"{len(values)} values and {len(weights)} weights: give each year one of each, None if it is unknown"
        raise OutOfRangeError(msg)
    terms = []
    for value, weight in zip(values, weights, strict=True):
        _require("the weight of a year", weight)
        _require_known(-math.inf, math.inf, value=value)
        if weight > 0 and value is None:
            return None
        terms.append(0.0 if value is None else weight * value)
    total = math.fsum(weights)
    return math.fsum(terms) / total if total > 0 else None


def net_import_reliance(
    production: float | None,
    secondary: float | None,
    imports: float | None,
    exports: float | None,
    stock_draw: float | None,
) -> NetImportReliance:
    """Net import reliance of the USGS.

    ``NIR = N / (production + secondary + N)`` with ``N = imports - exports + stock draw``

    Negative for a net exporter, whose label is ``E``; it is not cut off at zero.

    Parameters
    ----------
    production, secondary
        Primary output, and output from old scrap; None if unknown.
    imports, exports
        None if unknown.
    stock_draw
        What stocks gave, negative if they were built up; None if unknown, 0 if they did not change.

    Returns
    -------
    NetImportReliance
        All None if a quantity is unknown; value None if apparent consumption is not positive.

    Raises
    ------
    OutOfRangeError
        If a quantity is not finite, or negative and not the stock draw.

    References
    ----------
    US Geological Survey, Mineral Commodity Summaries, appendix B.

    Examples
    --------
    >>> net_import_reliance(10, 5, 95, 5, -5).value
    0.85
    >>> net_import_reliance(100, 0, 5, 60, 0).label
    'E'
    """
    _require_known(production=production, secondary=secondary, imports=imports, exports=exports)
    _require_known(-math.inf, math.inf, stock_draw=stock_draw)
    if production is None or secondary is None or imports is None or exports is None or stock_draw is None:
        return NetImportReliance(None, None, None, None)
    net = math.fsum((imports, -exports, stock_draw))
    consumption = math.fsum((production, secondary, net))
    return NetImportReliance(net, consumption, net / consumption if consumption > 0 else None, "E" if net < 0 else None)


# --- GeoPolRisk ---------------------------------------------------------------------------------


def geopolrisk(
    hhi_world: float | None,
    imports: Mapping[str, float],
    instability: Mapping[str, float | None],
    domestic: float | None,
) -> GeoPolRisk:
    """GeoPolRisk score of an importer for one raw material and year.

    ``score = HHI_world sum_i g_i f_i / (p + sum_i f_i)``

    A partner that delivers and has no governance score is listed as missing and makes the score
    None; the published tool puts 0.5 in its place. If there is neither production nor import
    the score is None.

    Parameters
    ----------
    hhi_world
        HHI of world production, 0..1; None if unknown.
    imports
        f_i by partner, in tonnes.
    instability
        g_i of each partner in 0..1, see `geopolrisk_instability`; None or left out if unknown.
    domestic
        p, domestic production in tonnes; None if unknown.

    Returns
    -------
    GeoPolRisk
        Score and parts, None where they cannot be known.

    Raises
    ------
    OutOfRangeError
        If a quantity is negative or not finite, or an HHI or an instability is outside 0..1.

    References
    ----------
    Gemechu et al. (2015), Journal of Industrial Ecology 20(1), 154-165,
    doi:10.1111/jiec.12279; Koyamparambath et al.
    (2024), Resources, Conservation and Recycling 209, 107801.

    Examples
    --------
    >>> found = geopolrisk(0.5, {"CHN": 60, "CAN": 20}, {"CHN": 0.6, "CAN": 0.3}, 20)
    >>> round(found.import_risk, 6), round(found.score, 6)
    (0.42, 0.21)
    """
    total = _total("imports", imports)
    _require_known(domestic=domestic)
    _require_known(0.0, 1.0, hhi_world=hhi_world, **{f"the instability of {c}": g for c, g in instability.items()})
    numerator, missing = _unstable_imports(imports, instability)
    supply = None if domestic is None else domestic + total
    risk = numerator / supply if numerator is not None and supply else None
    score = None if risk is None or hhi_world is None else hhi_world * risk
    return GeoPolRisk(numerator, total, risk, score, missing)


def _unstable_imports(
    imports: Mapping[str, float], instability: Mapping[str, float | None]
) -> tuple[float | None, tuple[str, ...]]:
    """Sum the imports times the instability of their origin; name the origins that have none."""
    missing = tuple(sorted(c for c, flow in imports.items() if flow > 0 and instability.get(c) is None))
    known = math.fsum(flow * g for c, flow in imports.items() if (g := instability.get(c)) is not None)
    return None if missing else known, missing


# --- price after a disruption -------------------------------------------------------------------


def post_disruption(
    lost: float,
    *,
    supply_elasticity: float,
    demand_elasticity: float,
    excess: float = 0.0,
    choke: float | None = None,
) -> Disruption:
    """Price and quantity after a part of the supply is lost, at constant elasticities.

    Before the loss price and quantity are 1. With a lost share d and excess capacity X that is
    used once the price exceeds 1, the price P clears the market where

        P^-ed = (1 - d) P^es + X

    and the quantity is ``P^-ed``; without X, ``P = (1 - d)^(-1 / (es + ed))``. If the excess
    capacity covers the loss nothing changes. A choke price, at which users turn to something
    else or do without, caps P; the quantity is then what is supplied at that price.

    Parameters
    ----------
    lost
        d, share of supply that is lost, 0..1.
    supply_elasticity, demand_elasticity
        es and ed, both given as positive numbers (demand falls by ed percent if the price rises
        by one percent) or zero.
    excess
        X, idle capacity as a share of the supply before.
    choke
        Highest price, as a multiple of the price before; more than 1. None if there is none.

    Returns
    -------
    Disruption
        Price and quantity relative to before, and whether the choke price binds.

    Raises
    ------
    OutOfRangeError
        If a number is outside its range, or no price that a float can hold clears the market and
        there is no choke price: all supply lost, or supply and demand both rigid.

    References
    ----------
    US Geological Survey, Open-File Reports 2024-1057 and 2025-1047.

    Examples
    --------
    >>> after = post_disruption(0.6, supply_elasticity=0.5, demand_elasticity=0.3)
    >>> round(after.price, 4), round(after.quantity, 4)
    (3.1436, 0.7092)
    >>> post_disruption(1.0, supply_elasticity=0.5, demand_elasticity=0.3, choke=10)
    Disruption(price=10.0, quantity=0.0, choked=True)
    """
    _require("the lost share", lost, 0.0, 1.0)
    _require_known(supply_elasticity=supply_elasticity, demand_elasticity=demand_elasticity, excess=excess)
    _require_known(1 + ROUNDING, choke=choke)
    if 1 - lost + excess >= 1 - ROUNDING:
        return Disruption(1.0, 1.0, choked=False)
    log_price = _clearing_log_price(lost, excess, supply_elasticity, demand_elasticity)
    if choke is not None and log_price > math.log(choke):
        remaining = (1 - lost) * choke**supply_elasticity if lost < 1 else 0.0
        return Disruption(float(choke), remaining + excess, choked=True)
    if log_price > LARGEST_LOG:
        elasticities = f"{supply_elasticity!r} (supply) and {demand_elasticity!r} (demand)"
        msg = f"no price clears the market after a loss of {lost!r} at elasticities {elasticities}: give a choke price"
        raise OutOfRangeError(msg)
    return Disruption(math.exp(log_price), math.exp(-demand_elasticity * log_price), choked=False)


def _clearing_log_price(lost: float, excess: float, es: float, ed: float) -> float:
    """Logarithm of the price that clears the market; infinite if none does.

    Each source of supply alone would need a higher price than both together, so the lower of
    the two prices bounds the root from above.
    """
    remaining = -math.log1p(-lost) / (es + ed) if lost < 1 and es + ed > 0 else math.inf
    idle = -math.log(excess) / ed if excess > 0 and ed > 0 else math.inf
    low, high = 0.0, min(remaining, idle)
    # beyond the largest float there is nothing to find; with one source the bound is the root
    if high > LARGEST_LOG or excess <= 0 or lost >= 1:
        return high
    middle = high / 2
    while low < middle < high:
        if (1 - lost) * math.exp((es + ed) * middle) + excess * math.exp(ed * middle) < 1:
            low = middle
        else:
            high = middle
        middle = (low + high) / 2
    return high
