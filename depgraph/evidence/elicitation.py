"""From words and triples to numbers: PERT, opinion pools, likelihood scales and coherent draws.

A belief about one share is a triple (low, mode, high). Several beliefs about the suppliers of one
stage are drawn together: every draw lies within every claim, keeps every claimed order and sums
to 1. Drawing each share alone and rescaling breaks the claims and is never done here.
"""

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from depgraph.core.errors import DepgraphError, UnknownNameError
from depgraph.evidence import coherence
from depgraph.evidence.coherence import Interval

FLAT = 1e-9  # a share whose range is narrower than this is known

TINY = float(np.finfo(float).tiny)  # stands for a distance of zero where a logarithm is taken

Array = npt.NDArray[np.float64]


class InvalidJudgementError(DepgraphError):
    """Numbers given as a judgement cannot be one: low, mode, high out of order, weights not summing to 1."""


class MixedScalesError(DepgraphError):
    """The words of likelihood do not point to one scale."""


class Belief(NamedTuple):
    """What a claim says about one share: at least `low`, most likely `mode`, at most `high`."""

    low: float
    mode: float
    high: float


class Pert(NamedTuple):
    """Shape and moments of a PERT distribution.

    Attributes
    ----------
    alpha, beta
        Parameters of the beta distribution on low..high; None where low equals high.
    mean, sd
        Mean and standard deviation in the unit of the triple.
    """

    alpha: float | None
    beta: float | None
    mean: float
    sd: float


class Triangular(NamedTuple):
    """Moments of a triangular distribution, in the unit of the triple and its square."""

    mean: float
    variance: float


class Expected(NamedTuple):
    """A mean over draws and its standard error (None for a single draw)."""

    value: float
    error: float | None


def _check_triple(low: float, mode: float, high: float, weight: float = 0.0) -> None:
    """Refuse a triple that is out of order or not finite, and a negative weight of the mode.

    Raises
    ------
    InvalidJudgementError
        If it is.
    """
    if not (math.isfinite(low) and low <= mode <= high and math.isfinite(high)):
        msg = f"min {low!r}, mode {mode!r}, max {high!r}: give finite numbers with min <= mode <= max"
        raise InvalidJudgementError(msg)
    if not (math.isfinite(weight) and weight >= 0):
        msg = f"weight {weight!r} of the mode: give a finite number that is not negative"
        raise InvalidJudgementError(msg)


def pert(low: float, mode: float, high: float, weight: float = 4.0) -> Pert:
    """Shape and moments of the PERT distribution of a triple.

    A beta distribution stretched over low..high with ``alpha = 1 + w (mode - low) / (high - low)``,
    ``beta = 1 + w (high - mode) / (high - low)``, ``mean = (low + w mode + high) / (w + 2)`` and
    ``sd^2 = (mean - low) (high - mean) / (w + 3)``.

    Parameters
    ----------
    low, mode, high
        Least, most likely and largest value, any one unit.
    weight
        w, how strongly the mode draws: 4 is the published form, 0 is the uniform distribution.

    Returns
    -------
    Pert
        For low equal to high a point: no alpha and beta, sd 0.

    Raises
    ------
    InvalidJudgementError
        If the triple is out of order or not finite, or the weight is negative.

    References
    ----------
    Malcolm, Roseboom, Clark and Fazar (1959), Operations Research 7(5), 646-669.
    Vose (2008), Risk Analysis: A Quantitative Guide, 3rd edition.

    Examples
    --------
    >>> shape = pert(0.85, 0.95, 1.0)
    >>> round(shape.mean, 6), round(shape.sd, 6)
    (0.941667, 0.027639)
    """
    _check_triple(low, mode, high, weight)
    width = high - low
    if width <= 0:
        return Pert(None, None, low, 0.0)
    mean = (low + weight * mode + high) / (weight + 2)
    # rounding may put the mean of a mode at an end a hair beyond it
    variance = max(0.0, (mean - low) * (high - mean) / (weight + 3))
    alpha = 1 + weight * (mode - low) / width
    return Pert(alpha, 1 + weight * (high - mode) / width, mean, math.sqrt(variance))


def pert_quantile(low: float, mode: float, high: float, probability: float, weight: float = 4.0) -> float:
    """Value that a PERT distribution stays below with a given probability.

    ``q = low + (high - low) I^-1(probability; alpha, beta)`` with I the regularised incomplete
    beta function, which SciPy evaluates.

    Parameters
    ----------
    low, mode, high, weight
        As for `pert`.
    probability
        Between 0 and 1.

    Returns
    -------
    float
        Between low and high, in the unit of the triple.

    Raises
    ------
    InvalidJudgementError
        If the triple, the weight or the probability cannot be.
    DepgraphError
        If SciPy is not installed.

    Examples
    --------
    >>> round(pert_quantile(0.85, 0.95, 1.0, 0.05), 6)
    0.893007
    """
    if not 0 <= probability <= 1:
        msg = f"{probability!r} is not a probability: give a number between 0 and 1"
        raise InvalidJudgementError(msg)
    shape = pert(low, mode, high, weight)
    if shape.alpha is None:
        return low
    try:
        from scipy.special import betaincinv
    except ImportError as error:
        msg = "quantiles of a PERT distribution need SciPy: pip install 'depgraph[stats]'"
        raise DepgraphError(msg) from error
    return float(low + (high - low) * betaincinv(shape.alpha, shape.beta, probability))


def triangular(low: float, mode: float, high: float) -> Triangular:
    """Mean and variance of the triangular distribution of a triple.

    ``mean = (a + m + b) / 3``, ``variance = (a^2 + m^2 + b^2 - a m - a b - m b) / 18``, computed
    from the two differences ``m - a`` and ``b - m`` so that close numbers do not cancel.

    Parameters
    ----------
    low, mode, high
        a, m, b: least, most likely and largest value, any one unit.

    Returns
    -------
    Triangular
        Mean in the unit of the triple, variance in its square.

    Raises
    ------
    InvalidJudgementError
        If the triple is out of order or not finite.

    References
    ----------
    Kotz and van Dorp (2004), Beyond Beta, chapter 1, doi:10.1142/5720.

    Examples
    --------
    >>> moments = triangular(0.5, 0.7, 0.8)
    >>> round(moments.mean, 6), round(moments.variance, 6)
    (0.666667, 0.003889)
    """
    _check_triple(low, mode, high)
    left, right = mode - low, high - mode
    return Triangular((low + mode + high) / 3, (left * left + left * right + right * right) / 18)


def linear_pool(probabilities: Sequence[float], weights: Sequence[float]) -> float:
    """Weighted mean of what several sources say: disagreement stays visible in it.

    ``p = sum w_i p_i``. A source of reliability r is discounted towards a prior by the same
    formula: ``linear_pool([claim, prior], [r, 1 - r])``. Sources that copy one another are one
    source: cluster them first.

    Parameters
    ----------
    probabilities
        One for each source, between 0 and 1. A source that says nothing is left out, not 0.
    weights
        Not negative, sum 1.

    Returns
    -------
    float
        Between the smallest and the largest of them.

    Raises
    ------
    InvalidJudgementError
        If a probability is outside 0..1, or the weights are negative, do not sum to 1 or are not
        as many as the probabilities.

    References
    ----------
    Stone (1961), Annals of Mathematical Statistics 32(4), 1339-1342, doi:10.1214/aoms/1177704873.

    Examples
    --------
    >>> linear_pool([0.9, 0.7], [0.5, 0.5])
    0.8
    """
    _check_pool(probabilities, weights)
    return math.fsum(w * p for w, p in zip(weights, probabilities, strict=True))


def logarithmic_pool(probabilities: Sequence[float], weights: Sequence[float]) -> float | None:
    """Weighted geometric mean of the odds: for independent sources that are each credible.

    ``p = prod p_i^w_i / (prod p_i^w_i + prod (1 - p_i)^w_i)``. One source that says 0 or 1 decides.

    Parameters
    ----------
    probabilities
        One for each source, between 0 and 1.
    weights
        Not negative, sum 1.

    Returns
    -------
    float or None
        None where one source says 0 and another says 1: no probability agrees with both.

    Raises
    ------
    InvalidJudgementError
        As for `linear_pool`.

    References
    ----------
    Genest and Zidek (1986), Statistical Science 1(1), 114-135, doi:10.1214/ss/1177013825.

    Examples
    --------
    >>> round(logarithmic_pool([0.9, 0.7], [0.5, 0.5]), 6)
    0.820871
    """
    _check_pool(probabilities, weights)
    yes = math.prod(p**w for w, p in zip(weights, probabilities, strict=True))
    no = math.prod((1 - p) ** w for w, p in zip(weights, probabilities, strict=True))
    return yes / (yes + no) if yes + no > 0 else None


def _check_pool(probabilities: Sequence[float], weights: Sequence[float]) -> None:
    """Refuse what cannot be pooled.

    Raises
    ------
    InvalidJudgementError
        If the numbers are out of range or the weights do not sum to 1.
    """
    if len(probabilities) != len(weights):
        msg = f"{len(probabilities)} probabilities and {len(weights)} weights: give one weight for each"
        raise InvalidJudgementError(msg)
    for p in probabilities:
        if not 0 <= p <= 1:
            msg = f"{p!r} is not a probability: give a number between 0 and 1"
            raise InvalidJudgementError(msg)
    if any(not w >= 0 for w in weights) or abs(math.fsum(weights) - 1) > 1e-9:
        msg = f"weights {list(weights)!r}: give numbers that are not negative and sum to 1"
        raise InvalidJudgementError(msg)


def sample_shares(
    beliefs: Sequence[Belief],
    order: Sequence[tuple[int, int]],
    size: int,
    generator: np.random.Generator,
    *,
    weight: float = 4.0,
    moves_per_share: int = 30,
) -> Array:
    """Draw shares that satisfy every claim and sum to 1.

    The density is the product of the PERT densities of the beliefs, restricted to the polytope
    ``{low <= s <= high, sum s = 1, s_a >= s_b for each (a, b) in order}``. `size` chains start at one
    point of the polytope and hit and run: a move shifts mass from one share to another; how much is
    uniform on the chord that the polytope leaves and is accepted with the ratio of densities
    (Metropolis). Each chain gives one draw, so that the draws do not depend on one another.

    Parameters
    ----------
    beliefs
        One for each supplier, rest of world among them, as fractions.
    order
        Pairs (a, b) of positions that say ``s_a >= s_b``, as "the largest" does.
    size
        How many draws.
    generator
        The only source of chance: same seed, same draws.
    weight
        Of the modes, see `pert`; 0 gives uniform draws.
    moves_per_share
        Length of each chain: this many moves times the number of shares. In trials with 3 to 12
        shares 10 left the means within 0.02 standard deviations, 30 within the error of 100,000 draws.

    Returns
    -------
    array, size x len(beliefs)
        Bounds hold exactly, order and sum within 1e-12. A polytope of a single point is repeated.

    Raises
    ------
    InfeasibleError
        If the claims contradict each other.
    InvalidSharesError
        If a belief lies outside 0..1.
    InvalidJudgementError
        If a belief is out of order or an order names no supplier.

    References
    ----------
    Smith (1984), Operations Research 32(6), 1296-1308, doi:10.1287/opre.32.6.1296.

    Examples
    --------
    >>> beliefs = [Belief(0.6, 0.7, 0.8), Belief(0.1, 0.2, 0.3), Belief(0.0, 0.05, 1.0)]
    >>> draws = sample_shares(beliefs, [(1, 2)], 500, np.random.default_rng(7))
    >>> bool((draws[:, 1] >= draws[:, 2]).all()), bool(np.allclose(draws.sum(axis=1), 1))
    (True, True)
    """
    for belief in beliefs:
        _check_triple(*belief, weight)
    _check_order(order, len(beliefs))
    ranges = coherence.tighten_ordered([Interval(b.low, b.high) for b in beliefs], order)
    polytope = _polytope(beliefs, order, weight)
    moves = _moves(ranges, order)
    walk = np.tile(_inner_point(ranges), (size, 1))
    if len(moves) == 0:
        return walk
    for move in moves[generator.integers(len(moves), size=moves_per_share * len(beliefs))]:
        walk = _step(walk, move, polytope, generator)
    return walk


class _Polytope(NamedTuple):
    """``walls s >= offsets``; the density is the product of (walls s - offsets)^powers."""

    walls: Array
    offsets: Array
    powers: Array
    low: Array
    high: Array


def _check_order(order: Iterable[tuple[int, int]], n: int) -> None:
    """Refuse an order of suppliers that do not exist.

    Raises
    ------
    InvalidJudgementError
        If a position is not one of 0..n-1.
    """
    for position in itertools.chain.from_iterable(order):
        if not 0 <= position < n:
            msg = f"the order names supplier {position}: give positions from 0 to {n - 1}"
            raise InvalidJudgementError(msg)


def _polytope(beliefs: Sequence[Belief], order: Sequence[tuple[int, int]], weight: float) -> _Polytope:
    """Write bounds and order as half-spaces, with the powers that the PERT densities give them."""
    n = len(beliefs)
    low, mode, high = np.array(beliefs, dtype=float).reshape(n, 3).T
    unit = np.eye(n)
    above = [unit[a] - unit[b] for a, b in order]
    # a share that is known has no density: its width of 0 is never divided by
    scale = np.divide(weight, high - low, out=np.zeros(n), where=high - low > FLAT)
    return _Polytope(
        walls=np.vstack([unit, -unit, *above]),
        offsets=np.concatenate([low, -high, np.zeros(len(order))]),
        powers=np.concatenate([scale * (mode - low), scale * (high - mode), np.zeros(len(order))]),
        low=low,
        high=high,
    )


def _inner_point(ranges: Sequence[Interval]) -> Array:
    """Return coherent shares off every bound that can be left.

    Between the lower and the upper ends of the tightened ranges, which both keep every order.
    """
    low, high = np.array(ranges, dtype=float).T
    room = high.sum() - low.sum()
    part = (1 - low.sum()) / room if room > 0 else 0.0
    return np.asarray(np.clip(low + (high - low) * part, low, high))


def _moves(ranges: Sequence[Interval], order: Sequence[tuple[int, int]]) -> Array:
    """Return every way to shift mass between two shares that are not known.

    Shares that claims hold equal (a >= b and b >= a) move together.
    """
    free = {i for i, (low, high) in enumerate(ranges) if high - low > FLAT}
    groups = [group for group in _equal(len(ranges), order) if free & set(group)]
    columns = [np.isin(np.arange(len(ranges)), group) / len(group) for group in groups]
    return np.array([first - second for first, second in itertools.combinations(columns, 2)])


def _equal(n: int, order: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Group the positions that a round of claims "at least as much as" holds equal."""
    reach = np.eye(n, dtype=bool)
    for a, b in order:
        reach[a, b] = True
    for via in range(n):
        reach |= reach[:, [via]] & reach[[via], :]
    both = reach & reach.T
    return sorted({tuple(np.flatnonzero(row).tolist()): np.flatnonzero(row).tolist() for row in both}.values())


def _step(walk: Array, move: Array, polytope: _Polytope, generator: np.random.Generator) -> Array:
    """Move every chain along one direction."""
    rate = polytope.walls @ move
    touched = rate != 0
    walls, rate, powers = polytope.walls[touched], rate[touched], polytope.powers[touched]
    slack = np.maximum(walk @ walls.T - polytope.offsets[touched], 0.0)
    farthest = (slack[:, rate < 0] / -rate[rate < 0]).min(axis=1)
    nearest = -(slack[:, rate > 0] / rate[rate > 0]).min(axis=1)
    distance = generator.uniform(nearest, farthest)
    ahead = np.maximum(slack + distance[:, None] * rate, 0.0)
    change = _log_density(ahead, powers) - _log_density(slack, powers)
    accepted = -generator.standard_exponential(len(walk)) < change
    moved = walk + np.where(accepted, distance, 0.0)[:, None] * move
    # rounding must not carry a share past a claim
    return np.clip(moved, polytope.low, polytope.high)


def _log_density(slack: Array, powers: Array) -> Array:
    """Logarithm of the density along the walls that a move touches, up to a constant."""
    return np.asarray(np.log(np.maximum(slack, TINY)) @ powers)


def expected_hhi(draws: Array) -> Expected:
    """Mean of the HHI over draws of shares: more than the HHI of the mean shares.

    ``E HHI = sum (Var s_i + (E s_i)^2)``, here as the mean of ``sum s_i^2`` over the draws.

    Parameters
    ----------
    draws
        One row for each draw, from `sample_shares`.

    Returns
    -------
    Expected
        Value between 1/n and 1 and the standard error of the simulation.

    Raises
    ------
    InvalidJudgementError
        Without draws.

    Examples
    --------
    >>> expected_hhi(np.array([[1.0, 0.0], [0.5, 0.5]])).value
    0.75
    """
    if len(draws) == 0:
        msg = "no draws: there is nothing to average"
        raise InvalidJudgementError(msg)
    index = np.square(draws).sum(axis=1)
    error = float(index.std(ddof=1) / math.sqrt(len(index))) if len(index) > 1 else None
    return Expected(float(index.mean()), error)


def likelihood(rows: Iterable[Mapping[str, object]], scale: str, term: str) -> Interval:
    """Interval of probability that a word of likelihood has on one scale.

    The same word means different intervals on different scales ("likely" is 0.55 to 0.80 for the
    US intelligence community and 0.66 to 1 for the IPCC), so the scale must be said.

    Parameters
    ----------
    rows
        Of ``datasets/likelihood.csv``: scale, position, term, min, max, source.
    scale
        Name of the scale.
    term
        The word, as the scale writes it.

    Returns
    -------
    Interval
        Lowest and highest probability.

    Raises
    ------
    UnknownNameError
        If there is no such scale, or the scale has no such term (with the scales that have it).

    References
    ----------
    Office of the Director of National Intelligence (2015), Intelligence Community Directive 203.
    Mastrandrea et al. (2010), Guidance Note for Lead Authors of the IPCC Fifth Assessment Report
    on Consistent Treatment of Uncertainties.

    Examples
    --------
    >>> rows = [{"scale": "icd203", "term": "likely", "min": 0.55, "max": 0.8}]
    >>> likelihood(rows, "icd203", "likely")
    Interval(low=0.55, high=0.8)
    """
    scales = _by_scale(rows)
    if scale not in scales:
        what = "scale of likelihood"
        raise UnknownNameError(what, scale, scales)
    if term not in scales[scale]:
        elsewhere = sorted(name for name, terms in scales.items() if term in terms)
        of = f" (it belongs to {', '.join(elsewhere)}; scales are not mixed)" if elsewhere else ""
        what = f"term of scale {scale}{of}"
        raise UnknownNameError(what, term, scales[scale])
    return scales[scale][term]


def common_scale(rows: Iterable[Mapping[str, object]], terms: Sequence[str]) -> str:
    """Name of the one scale that has all the words that a source uses.

    Parameters
    ----------
    rows
        As for `likelihood`.
    terms
        Words of one source.

    Returns
    -------
    str
        The scale.

    Raises
    ------
    UnknownNameError
        If no scale has one of the words.
    MixedScalesError
        If the words stand on different scales, or all on several: then say which is meant.

    Examples
    --------
    >>> rows = [{"scale": "icd203", "term": "almost certain", "min": 0.95, "max": 0.99}]
    >>> common_scale(rows, ["almost certain"])
    'icd203'
    """
    scales = _by_scale(rows)
    for term in terms:
        if all(term not in known for known in scales.values()):
            what = "term of likelihood"
            raise UnknownNameError(what, term, itertools.chain.from_iterable(scales.values()))
    found = sorted(name for name, known in scales.items() if known.keys() >= set(terms))
    if len(found) != 1:
        which = f"stand on each of {', '.join(found)}" if found else "stand on different scales, which are not mixed"
        msg = f"the terms {', '.join(map(repr, terms))} {which}; name the scale that the source uses"
        raise MixedScalesError(msg)
    return found[0]


def _by_scale(rows: Iterable[Mapping[str, object]]) -> dict[str, dict[str, Interval]]:
    """Arrange the table as scale -> term -> interval."""
    scales: dict[str, dict[str, Interval]] = {}
    for row in rows:
        interval = Interval(float(str(row["min"])), float(str(row["max"])))
        scales.setdefault(str(row["scale"]), {})[str(row["term"])] = interval
    return scales
