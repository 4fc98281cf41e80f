"""Positive mathematical programming: costs with which a linear programme reproduces observed trade.

A linear programme with flat costs moves all of a flow to the cheapest source. Here each observed
flow gets a rising marginal cost that equals its landed price at the observed amount, cut into
steps with a break exactly there, so that the observed flows are the one optimum.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from depgraph.core.errors import DepgraphError
from depgraph.lp import solve
from depgraph.lp.solve import Programme, Vector


class CalibrationError(DepgraphError):
    """Observed flows, prices or elasticities that no rising cost can stand for."""


@dataclass(frozen=True)
class Steps:
    """A marginal cost in steps; arrays of one row for each flow, one column for each step.

    Attributes
    ----------
    width
        Amount each step holds; the last one is infinite.
    cost
        Marginal cost in the middle of the step less the price at the observed amount; of the
        last step, where it begins.
    """

    width: Vector
    cost: Vector


def slope(observed: Vector, price: Vector, elasticity: Vector) -> Vector:
    """Return how fast the marginal cost of a flow rises.

    beta = pbar / (eps xbar), money per unit and unit a year.

    Parameters
    ----------
    observed
        Flow xbar, units a year, above 0.
    price
        Landed price pbar, money per unit, above 0.
    elasticity
        eps: percent by which the supply of the flow rises with its price by one percent, above 0.

    Returns
    -------
    array
        beta.

    Raises
    ------
    CalibrationError
        If one of them is not above 0.

    References
    ----------
    Howitt (1995), American Journal of Agricultural Economics 77, 329-342, doi:10.2307/1243543;
    Paris, Drogue and Anania (2011), Economic Modelling 28, 2509-2516.

    Examples
    --------
    >>> slope(np.array([80.0, 20.0]), np.array([10.0, 10.0]), np.array([2.0, 2.0])).tolist()
    [0.0625, 0.25]
    """
    observed, price, elasticity = (np.asarray(a, dtype=float) for a in (observed, price, elasticity))
    if not ((observed > 0).all() and (price > 0).all() and (elasticity > 0).all()):
        msg = "a rising cost needs a flow, a price and an elasticity above 0"
        raise CalibrationError(msg)
    beta: Vector = price / (elasticity * observed)
    return beta


def steps(observed: Vector, beta: Vector, breaks: Sequence[float]) -> Steps:
    """Cut a rising marginal cost into steps with a break at the observed flow.

    Between two breaks the step costs what the line costs in its middle: less than at the
    observed amount on its left, more on its right. Beyond the last break the cost stays that of
    the break, so that the amount is not limited.

    Parameters
    ----------
    observed
        Flow xbar, units a year.
    beta
        Slope of the marginal cost, from `slope`.
    breaks
        Where steps end, as multiples of the observed flow, rising; 1 must be among them.

    Returns
    -------
    Steps
        One more step than breaks.

    Raises
    ------
    CalibrationError
        If the breaks do not rise or miss the observed flow.

    References
    ----------
    Howitt (1995), as `slope`.

    Examples
    --------
    >>> made = steps(np.array([80.0]), np.array([0.0625]), [0.5, 1, 1.5])
    >>> made.width.tolist(), made.cost.tolist()
    ([[40.0, 40.0, 40.0, inf]], [[-3.75, -1.25, 1.25, 2.5]])
    """
    ends = np.asarray(breaks, dtype=float)
    if 1.0 not in ends or not (np.diff(np.concatenate([[0.0], ends])) > 0).all():
        msg = "steps must end at rising multiples of the observed flow, one of them 1"
        raise CalibrationError(msg)
    starts = np.concatenate([[0.0], ends[:-1]])
    scale = np.asarray(observed, dtype=float)[:, None]
    middle = np.concatenate([(starts + ends) / 2, ends[-1:]]) - 1
    width = np.concatenate([ends - starts, [np.inf]])
    return Steps(width * scale, np.asarray(beta, dtype=float)[:, None] * scale * middle)


def response(
    observed: Vector, price: float, beta: Vector, *, specific: Vector, ad_valorem: Vector
) -> tuple[Vector, float]:
    """Return flows and price after duties, for a demand that does not change, in closed form.

    Each source that still delivers has (p + beta (x - xbar)) (1 + tau) + s = P, and the flows
    sum to the observed total.

    Parameters
    ----------
    observed
        Flows xbar of the sources of one market, units a year.
    price
        Landed price p before duties, money per unit.
    beta
        Slopes, from `slope`.
    specific, ad_valorem
        Duties s per unit and tau per value, by source.

    Returns
    -------
    flows, price
        x by source and P.

    Raises
    ------
    CalibrationError
        If the arrays are empty or of different length, a slope is not above 0, a flow is below 0,
        or a duty takes the whole value away.

    References
    ----------
    As `slope`; it checks the steps of the programme.

    Examples
    --------
    >>> flows, after = response(
    ...     np.array([80.0, 20.0]), 10.0, np.array([0.0625, 0.25]), specific=np.array([1.5, 0]), ad_valorem=np.zeros(2)
    ... )
    >>> flows.round(9).tolist(), round(after, 9)
    ([75.2, 24.8], 11.2)
    """
    arrays = [np.asarray(a, dtype=float) for a in (observed, beta, specific, ad_valorem)]
    xbar, b, s, tau = arrays
    if not xbar.size or len({len(array) for array in arrays}) > 1:
        msg = "flows, slopes and duties must have one entry for each of at least one source"
        raise CalibrationError(msg)
    if not ((xbar >= 0).all() and (b > 0).all() and (tau > -1).all() and np.isfinite([price, *s]).all()):
        msg = "flows must be at least 0, slopes above 0, prices and duties finite and ad valorem duties above -1"
        raise CalibrationError(msg)
    inside = np.ones(len(xbar), dtype=bool)
    while True:
        # x = xbar + ((P - s) / (1 + tau) - p) / beta is a line in P: solve sum x = sum xbar
        rise = (1 / (b * (1 + tau)))[inside].sum()
        level = (xbar - (s / (1 + tau) + price) / b)[inside].sum()
        after = (xbar.sum() - level) / rise
        flows = np.where(inside, xbar + ((after - s) / (1 + tau) - price) / b, 0.0)
        if (flows >= 0).all():
            return flows, float(after)
        inside &= flows > 0


def armington(shares: Vector, price_hat: Vector, sigma: float) -> tuple[Vector, Vector, float]:
    """Return value shares, amounts and the price index after prices change, for constant elasticity of substitution.

    P_hat = (sum s p_hat^(1 - sigma))^(1 / (1 - sigma)); s' = s (p_hat / P_hat)^(1 - sigma);
    q_hat = (p_hat / P_hat)^-sigma at an unchanged aggregate. For sigma 1 the limit is
    P_hat = prod p_hat^s with unchanged shares.

    Parameters
    ----------
    shares
        Value shares of the sources, 0 to 1, sum 1. A source without a share keeps none.
    price_hat
        New price over old, by source, above 0.
    sigma
        Elasticity of substitution, above 0.

    Returns
    -------
    shares, amounts, price index
        New value shares, new amount over old, new price index over old.

    Raises
    ------
    CalibrationError
        If a share is negative, shares do not sum to 1, there are not as many prices, or a price or
        sigma is not above 0.

    References
    ----------
    Armington (1969), IMF Staff Papers 16, 159-178, doi:10.2307/3866403; Dekle, Eaton and Kortum
    (2007), American Economic Review 97, 351-355, doi:10.1257/aer.97.2.351.

    Examples
    --------
    >>> share, amount, index = armington(np.array([0.8, 0.2]), np.array([1.15, 1.0]), 3)
    >>> share.round(6).tolist(), round(index, 6)
    ([0.751527, 0.248473], 1.114615)
    """
    s, p = np.asarray(shares, dtype=float), np.asarray(price_hat, dtype=float)
    if not (abs(s.sum() - 1) <= 1e-9 and (s >= 0).all() and s.shape == p.shape and (p > 0).all() and sigma > 0):
        msg = "shares must be at least 0 and sum to 1; prices, one for each, and the elasticity must be above 0"
        raise CalibrationError(msg)
    if sigma == 1:
        index = float(np.exp(s @ np.log(p)))
        return s, index / p, index
    # log1p and expm1 keep the digits near sigma 1, where both powers tend to 1 to the power of infinity
    index = float(np.exp(np.log1p(s @ np.expm1((1 - sigma) * np.log(p))) / (1 - sigma)))
    return s * (p / index) ** (1 - sigma), (p / index) ** -sigma, index


def howitt(
    capacity: Mapping[str, float],
    demand: Mapping[str, float],
    cost: Mapping[tuple[str, str], float],
    observed: Mapping[tuple[str, str], float],
    perturbation: float,
) -> tuple[dict[tuple[str, str], float], dict[str, float]]:
    """Return the classic calibration duals of a transport model and the price at each destination.

    min sum c x subject to supply, demand and x <= xbar (1 + perturbation): the dual of the last
    row, lambda >= 0, is what must be added to the cost of a flow so that all used sources of a
    destination cost the same. The dearest one gets 0, whatever its true margin is: where a landed
    price is observed, `slope` and `steps` are the better way.

    Parameters
    ----------
    capacity, demand
        Units a year by source and by destination.
    cost
        Money per unit by (source, destination).
    observed
        Flows by (source, destination), above 0.
    perturbation
        Relative room above each flow, small.

    Returns
    -------
    lambda, price
        Calibration dual by flow and price by destination.

    Raises
    ------
    InfeasibleError
        If the flows do not cover the demand.

    References
    ----------
    Howitt (1995), as `slope`.

    Examples
    --------
    >>> howitt({"a": 9}, {"d": 4}, {("a", "d"): 2.0}, {("a", "d"): 4}, 1e-4)
    ({('a', 'd'): 0.0}, {'d': 2.0})
    """
    pairs, sources, places = list(observed), list(capacity), list(demand)
    rows = [[float(pair[0] == name) for pair in pairs] for name in sources]
    rows += [[float(pair[1] == name) for pair in pairs] for name in places]
    rows += np.eye(len(pairs)).tolist()
    matrix = np.array(rows)
    at, to = np.nonzero(matrix)
    room = [observed[pair] * (1 + perturbation) for pair in pairs]
    programme = Programme(
        cost=np.array([cost[pair] for pair in pairs]),
        rows=at.astype(np.int32),
        cols=to.astype(np.int32),
        values=matrix[at, to],
        row_lo=np.array([-np.inf] * len(sources) + [demand[name] for name in places] + [-np.inf] * len(pairs)),
        row_hi=np.array([capacity[name] for name in sources] + [np.inf] * len(places) + room),
        lb=np.zeros(len(pairs)),
        ub=np.full(len(pairs), np.inf),
        row_names=(),
        col_names=(),
    )
    duals = solve.solve(programme).duals
    first = len(sources) + len(places)
    wedge = {pair: abs(float(duals[first + i])) for i, pair in enumerate(pairs)}
    return wedge, {name: float(duals[len(sources) + i]) for i, name in enumerate(places)}
