"""From the shape of a golden case to the functions that answer it.

A shape is a family, the names of the inputs and, for each expected key, the function that gives
it. Keys are regular expressions whose groups are handed to the function, so that ``cr(\\d+)``
answers cr1 and cr3. The id of a case is never looked at.
"""

import csv
import itertools
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import networkx as nx
import numpy as np

from depgraph.analysis import any_weights, chokepoints
from depgraph.core.errors import DepgraphError, InfeasibleError
from depgraph.diversion import calibration, model, plants
from depgraph.evidence import coherence, elicitation
from depgraph.evidence.coherence import Interval
from depgraph.graph.dependencies import Range
from depgraph.lp import infeasibility, solve
from depgraph.measures import cascade, concentration, interdiction, lookthrough, ranks, rules, structure, survival
from tests import diversion_cases
from tests.diversion_cases import plant, route

DATASETS = Path(__file__).parents[2] / "datasets"


class NotCoveredError(Exception):
    """No adapter answers the case; the message says what is missing."""


class Case(NamedTuple):
    """What an answer may look at."""

    inputs: Mapping[str, object]
    expected: Mapping[str, object]


class Limit(NamedTuple):
    """Stands for every number that is at most `most`: a published bound on a number of the study."""

    most: float

    def allows(self, expected):
        return isinstance(expected, (int, float)) and expected <= self.most


class Shape(NamedTuple):
    """Cases of one kind: inputs that must be there, inputs that may be (patterns), answers by key (patterns)."""

    family: str
    required: frozenset[str]
    optional: tuple[str, ...]
    answers: Mapping[str, Callable]

    def fits(self, family, inputs):
        rest = inputs.keys() - self.required
        known = all(any(re.fullmatch(pattern, key) for pattern in self.optional) for key in rest)
        return family == self.family and self.required <= inputs.keys() and known

    def answer(self, key):
        """Return the function that gives an expected key, its groups filled in, or None."""
        for pattern, function in self.answers.items():
            if match := re.fullmatch(pattern, key):
                return lambda case: function(case, *match.groups())
        return None


SHAPES = []


def shape(family, required, answers, optional=""):
    """Register a shape; names are separated by blanks."""
    SHAPES.append(Shape(family, frozenset(required.split()), tuple(optional.split()), answers))


def plan(family, inputs, expected):
    """Return a function without arguments for each expected key.

    Of several shapes with the same inputs the one that knows most of the keys is taken.

    Raises
    ------
    NotCoveredError
        If no shape has these inputs, or none of them knows all the keys.
    """
    if not inputs:
        msg = "the case gives no inputs to compute from"
        raise NotCoveredError(msg)
    candidates = [known for known in SHAPES if known.fits(family, inputs)]
    if not candidates:
        msg = f"no adapter for family {family} with inputs {', '.join(sorted(inputs))}"
        raise NotCoveredError(msg)
    case = Case(inputs, expected)
    best = min(candidates, key=lambda known: len(unknown_keys(known, expected)))
    if missing := unknown_keys(best, expected):
        msg = f"key {', '.join(missing)}"
        raise NotCoveredError(msg)
    return {key: partial(best.answer(key) or partial(raises, best), case) for key in expected}


def unknown_keys(known, expected):
    return [key for key in expected if key != "raises" and known.answer(key) is None]


def raises(known, case):
    """Answer the key ``raises`` of any shape: say whether its first answer is refused."""
    try:
        next(iter(known.answers.values()))(case)
    except DepgraphError:
        return True
    return False


def read_rows(name):
    with (DATASETS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# --- concentration ------------------------------------------------------------------------------


def shares(case):
    return concentration.fractions(case.inputs["shares"]) or []


def percentages(case):
    percents = list(case.inputs["shares_percent"].values())
    rescaled = concentration.fractions(percents) or []
    return rescaled if case.inputs.get("rescale_to_one") else [percent / 100 for percent in percents]


def points(hhi):
    return None if hhi is None else 10_000 * hhi


def indices(get):
    """Return the answers that any vector of shares has."""
    return {
        "hhi": lambda c: concentration.hhi(get(c)),
        "hhi_points": lambda c: points(concentration.hhi(get(c))),
        "hhi_normalised(?:_n_observed)?": lambda c: concentration.hhi_normalised(
            concentration.hhi(get(c)), max(len(get(c)), 1)
        ),
        r"hhi_normalised_n(\d+)": lambda c, n: concentration.hhi_normalised(concentration.hhi(get(c)), int(n)),
        "n_effective": lambda c: concentration.effective_number(concentration.hhi(get(c))),
        r"cr(\d+)": lambda c, k: concentration.concentration_ratio(get(c), int(k)),
    }


def residual(case, *, top):
    return concentration.hhi_residual_bounds(case.inputs["named_shares"], case.inputs["residual"], named_are_top=top)


shape("g01_concentration", "shares", indices(shares))
shape("g01c_dw_crm", "shares_percent", indices(percentages), optional="rescale_to_one")
shape(
    "g01_concentration",
    "named_shares residual",
    {
        "hhi_lower_atomless_residual": lambda c: residual(c, top=False).low,
        "hhi_upper_single_residual": lambda c: residual(c, top=False).high,
        "hhi_upper_residual_capped_by_smallest_named": lambda c: residual(c, top=True).high,
    },
)

# --- published rules ----------------------------------------------------------------------------


def governed(case, side):
    suppliers = case.inputs[side]
    if suppliers is None:
        return None
    return rules.hhi_wgi(*([item[key] for item in suppliers] for key in ("share", "wgi", "t"))).value


def supply_risk(case):
    inputs = case.inputs
    computed = "global_supply" in inputs
    return rules.eu_supply_risk(
        governed(case, "global_supply") if computed else inputs["hhi_wgi_gs"],
        governed(case, "eu_sourcing") if computed else inputs["hhi_wgi_eu"],
        **{key: inputs[key] for key in ("import_reliance", "eol_rir", "si_sr")},
    )


def bloc_dependency(case):
    inputs = case.inputs
    return rules.cdi(inputs["bloc_external_imports"], inputs["bloc_internal_imports"], inputs["bloc_total_exports"])


def imports_over_exports(case):
    return rules.cdi({"outside": case.inputs["external_imports"]}, None, case.inputs["total_exports"]).cdi3


def geodep_ratio(case):
    return rules.geodep_year({"outside": case.inputs["external_imports"]}, {}, case.inputs["total_exports"]).ratio


def net_reliance(case):
    return rules.net_import_reliance(**case.inputs)


def partner(case):
    return rules.meti_partner(case.inputs["imports"], floor=case.inputs["floor"])


def disruption(case):
    inputs = case.inputs
    return rules.post_disruption(
        inputs["disrupted_share"],
        supply_elasticity=inputs["supply_elasticity"],
        demand_elasticity=inputs["demand_elasticity"],
        excess=inputs["excess_capacity"],
    )


EU_RISK = {"supply_risk": lambda c: supply_risk(c).value, "critical_on_sr": lambda c: supply_risk(c).critical}
shape("g01_concentration", "hhi_wgi_gs hhi_wgi_eu import_reliance eol_rir si_sr", EU_RISK)
shape(
    "g01_concentration",
    "global_supply eu_sourcing import_reliance eol_rir si_sr",
    EU_RISK
    | {
        "hhi_wgi_gs": lambda c: governed(c, "global_supply"),
        "hhi_wgi_eu": lambda c: governed(c, "eu_sourcing"),
    },
)
shape(
    "g01_concentration",
    "bloc_external_imports bloc_internal_imports bloc_total_exports",
    {key: lambda c, key=key: getattr(bloc_dependency(c), key) for key in rules.CoreDependency._fields},
)
shape("g01_concentration", "cdi1 cdi2 cdi3", {"dependent": lambda c: rules.core_dependent(**c.inputs)})
shape(
    "g01_concentration",
    "external_imports total_exports",
    {
        "cdi3": imports_over_exports,
        "geodep_code": geodep_ratio,
        # the other two criteria are met, so the third decides
        "passes": lambda c: rules.core_dependent(math.inf, math.inf, imports_over_exports(c)),
    },
)
shape("g01_concentration", "yearly", {"dependent": lambda c: rules.geodep(c.inputs["yearly"])})
shape(
    "g01_concentration",
    "dp te ev",
    {
        "sr": lambda c: rules.usgs_supply_risk(**c.inputs).value,
        "above_threshold": lambda c: rules.usgs_supply_risk(**c.inputs).listed,
    },
)
shape(
    "g01_concentration",
    "sr_by_year weights",
    {"weighted": lambda c: rules.recency_weighted_mean(c.inputs["sr_by_year"], c.inputs["weights"])},
)
shape(
    "g01_concentration",
    "production secondary imports exports stock_draw",
    {
        "nir": lambda c: net_reliance(c).value,
        "(net_imports|apparent_consumption|label)": lambda c, key: getattr(net_reliance(c), key),
    },
)
shape(
    "g01_concentration",
    "imports floor",
    {
        "top_partner": lambda c: partner(c).partner,
        "top_share": lambda c: partner(c).share,
        "flagged": lambda c: partner(c).flagged,
    },
)
shape(
    "g12_extra",
    "disrupted_share supply_elasticity demand_elasticity excess_capacity",
    {"price_ratio": lambda c: disruption(c).price, "quantity_ratio": lambda c: disruption(c).quantity},
)
shape(
    "g12_extra",
    "china_share",
    {
        "max_china_free": lambda c: lookthrough.rival_free(c.inputs["china_share"]).segregated,
        "product_if_independent_mixing": lambda c: lookthrough.rival_free(c.inputs["china_share"]).mixed,
    },
)


def world_shares(case):
    return concentration.fractions(list(case.inputs["production_t"].values())) or []


def geopolrisk(case):
    flows = {str(item["partner"]): item["qty_t"] for item in case.inputs["imports"]}
    instability = {str(item["partner"]): item["g"] for item in case.inputs["imports"]}
    world = concentration.hhi(world_shares(case))
    return rules.geopolrisk(world, flows, instability, case.inputs["domestic_production_t"])


def unit_value(case):
    """Divide import value by quantity; the package has no function for a plain quotient."""
    value, quantity = (math.fsum(item[key] for item in case.inputs["imports"]) for key in ("value_kusd", "qty_t"))
    return value / quantity


shape(
    "g01b_geopolrisk",
    "production_t domestic_production_t imports",
    indices(world_shares)
    | {
        "(numerator|total_imports|import_risk|score)": lambda c, key: getattr(geopolrisk(c), key),
        "domestic": lambda c: c.inputs["domestic_production_t"],
        "price_kusd_per_t": unit_value,
    },
    optional="formula",
)

# --- look-through and input-output --------------------------------------------------------------


def exposure(case, name, pair):
    """Find the pair supplier_user in a key; names may hold underscores themselves."""
    matrix = getattr(lookthrough.exposure(case.inputs["A"], case.inputs["F"]), name)
    places = itertools.product(enumerate(case.inputs["order"]), repeat=2)
    return {f"{supplier}_{user}": matrix[i, j] for (i, supplier), (j, user) in places}[pair]


def coefficients(case):
    flows = np.array(case.inputs["Z"])
    return lookthrough.technical_coefficients(flows, flows.sum(axis=1) + np.array(case.inputs["f"]))


def rounds(case, key):
    """Follow the new demand upstream for as many rounds as the case lists."""
    last = len(case.expected[key]) - 1
    return lookthrough.upstream_rounds(coefficients(case), case.inputs["f_new"], last=last).tiers


def requirement(case):
    final = [case.inputs["final"].get(node, 0.0) for node in case.inputs["nodes"]]
    return lookthrough.gross_output(case.inputs["B"], final)


def origin_share(case, good, origin):
    """Share of one origin in all that is needed of a good; nodes are called good_origin."""
    needed = {
        node.removeprefix(f"{good}_"): amount
        for node, amount in zip(case.inputs["nodes"], requirement(case).tolist(), strict=True)
        if node.startswith(f"{good}_")
    }
    return dict(zip(needed, concentration.fractions(list(needed.values())), strict=True))[origin]


shape(
    "g01_concentration",
    "order A F",
    {
        "FPEM_(.+)": lambda c, pair: exposure(c, "look_through", pair),
        "FPEMfv_(.+)": lambda c, pair: exposure(c, "face_value", pair),
        "hidden_(.+)": lambda c, pair: exposure(c, "hidden", pair),
    },
)
shape(
    "g02_leontief",
    "Z f f_new",
    {
        "A": coefficients,
        "L": lambda c: lookthrough.leontief_inverse(coefficients(c)),
        r"L_rounded(\d+)": lambda c, digits: lookthrough.leontief_inverse(coefficients(c)).round(int(digits)),
        "x_new": lambda c: lookthrough.gross_output(coefficients(c), c.inputs["f_new"]),
        "rounds": lambda c: rounds(c, "rounds"),
        "cumulative_after": lambda c: np.cumsum(rounds(c, "cumulative_after"), axis=0),
    },
)
shape("g02_leontief", "nodes B final", {"total_requirement": requirement, "(.+)_share_(.+)": origin_share})
shape(
    "g02_leontief",
    "A f",
    {
        "x": lambda c: lookthrough.gross_output(c.inputs["A"], c.inputs["f"]),
        "L": lambda c: lookthrough.leontief_inverse(c.inputs["A"]),
        "spectral_radius": lambda c: lookthrough.spectral_radius(c.inputs["A"]),
    },
)

# --- claims -------------------------------------------------------------------------------------


def triple(case):
    return [case.inputs[key] for key in ("min", "mode", "max")]


def weight(case):
    return case.inputs.get("lam", 4.0)


def quantile(case, percent):
    return elicitation.pert_quantile(*triple(case), int(percent) / 100, weight(case))


def bounds(case):
    return [Interval(*pair) for pair in zip(case.inputs["lower"], case.inputs["upper"], strict=True)]


def least_hhi(case):
    return concentration.hhi_minimum(case.inputs["lower"], case.inputs["upper"]) or (None, None)


def posterior(case):
    prior, claim = case.inputs["prior"], case.inputs["claim"]
    intervals = [Interval(0.0, 1.0)] * len(prior)
    intervals[claim["index"]] = Interval(claim.get("lower", 0.0), claim.get("upper", 1.0))
    return coherence.project(prior, intervals)


def divergence(case):
    """Kullback-Leibler divergence of the projection from the prior, which it minimises."""
    pairs = zip(posterior(case), case.inputs["prior"], strict=True)
    return math.fsum(q * math.log(q / p) for q, p in pairs if q > 0)


def dirichlet(case):
    return concentration.dirichlet_moments(case.inputs["alpha"])


def covariance(case, i, j):
    means, variances, _ = dirichlet(case)
    return variances[int(i)] if i == j else -means[int(i)] * means[int(j)] / (math.fsum(case.inputs["alpha"]) + 1)


def likelihoods(case):
    rows, terms = read_rows("likelihood.csv"), case.inputs["terms"]
    scale = elicitation.common_scale(rows, terms)
    return [elicitation.likelihood(rows, scale, term) for term in terms]


def lowest(word):
    """Lowest share that the lexicon lets a word mean."""
    return {row["term"]: float(row["min"]) for row in read_rows("lexicon.csv")}[word]


def below_word(case):
    """Courts' thresholds bound the lexicon: none lies above the range of the word itself."""
    return Limit(lowest(case.inputs["word"]))


def agreement(case):
    return ranks.kendall_w(case.inputs["ranks"])


def rank_ranges(case):
    intervals = case.inputs["intervals"]
    return dict(zip(intervals, chokepoints.rank_intervals(list(intervals.values())), strict=True))


def weighted_scores(case):
    """Weigh the losses of goods under every set of weights."""
    found = {}
    for name, weights in case.inputs["weights"].items():
        parts = dict(zip(case.inputs["goods"], weights, strict=True))
        found[name] = {
            row: chokepoints.weighted(
                {good: Range(part, part, part) for good, part in zip(case.inputs["goods"], losses, strict=True)}, parts
            ).central
            for row, losses in case.inputs["loss"].items()
        }
    return found


def weighted_ranks(case):
    """Rank by the scores: where none is equal to another the best rank is the worst."""
    found = {}
    for name, scores in weighted_scores(case).items():
        ranges = chokepoints.rank_intervals([(score, score) for score in scores.values()])
        found[name] = {row: best for row, (best, worst) in zip(scores, ranges, strict=True) if best == worst}
    return found


shape(
    "g20_weights",
    "goods loss weights",
    {
        "score": weighted_scores,
        "rank": weighted_ranks,
        "rank_any_weights": lambda c: {
            row: list(ends) for row, ends in any_weights.rank_ranges(c.inputs["loss"]).items()
        },
    },
)
shape(
    "g10_claims",
    "min mode max",
    {
        "mean": lambda c: elicitation.triangular(*triple(c)).mean,
        "variance": lambda c: elicitation.triangular(*triple(c)).variance,
    },
)
shape(
    "g10_claims",
    "min mode max",
    {
        "(alpha|beta|mean|sd)": lambda c, key: getattr(elicitation.pert(*triple(c), weight(c)), key),
        r"q(\d\d)": quantile,
    },
    optional="lam",
)
shape(
    "g10_claims",
    "lower upper",
    {
        "lower": lambda c: [pair.low for pair in coherence.tighten(bounds(c))],
        "upper": lambda c: [pair.high for pair in coherence.tighten(bounds(c))],
        "consistent": lambda c: coherence.is_consistent(bounds(c)),
        "sum_(lower|upper)": lambda c, side: math.fsum(c.inputs[side]),
        "min_total_relaxation": lambda c: coherence.relaxation(bounds(c)),
        "hhi_min": lambda c: least_hhi(c)[0],
        "argmin": lambda c: least_hhi(c)[1],
        "hhi_max": lambda c: concentration.hhi_maximum(c.inputs["lower"], c.inputs["upper"]),
        "mean": lambda c: coherence.uniform_mean(bounds(c)),
    },
    optional="names",
)
shape("g10_claims", "prior claim", {"posterior": posterior, "kl": divergence})
shape(
    "g10_claims",
    "alpha",
    {
        "mean": lambda c: dirichlet(c)[0],
        "var": lambda c: dirichlet(c)[1],
        r"cov(\d)(\d)": covariance,
        "expected_hhi": lambda c: dirichlet(c)[2],
        "hhi_of_mean": lambda c: concentration.hhi(dirichlet(c)[0]),
    },
)
shape(
    "g10_claims",
    "p weights",
    {
        "linear": lambda c: elicitation.linear_pool(c.inputs["p"], c.inputs["weights"]),
        "logarithmic": lambda c: elicitation.logarithmic_pool(c.inputs["p"], c.inputs["weights"]),
    },
)
shape("g10_claims", "terms", {"intervals": likelihoods})
shape(
    "g10_claims",
    "word",
    {
        "enough|not_enough": below_word,
        "doubtful": lambda c: [below_word(c)] * len(c.expected["doubtful"]),
        "eu_dominance_presumption": lambda _: lowest("dominates"),
    },
)
shape(
    "g10_claims",
    "ranks",
    {
        "(rank_sums|chi2|df)": lambda c, key: getattr(agreement(c), key),
        "S": lambda c: agreement(c).s,
        "W": lambda c: agreement(c).w,
    },
)
shape("g10_claims", "intervals", {"rank_range": rank_ranges})
shape(
    "g11_sensitivity_voi",
    "x1 x2",
    {"p_top1": lambda c: ranks.first_of_uniforms(list(c.inputs.values()))},
    optional=r"x\d+",
)

# --- networks -----------------------------------------------------------------------------------


def digraph(case, attribute="capacity"):
    network = nx.DiGraph()
    network.add_edges_from(
        (str(a), str(b), {attribute: rest[0] if rest else 1.0}) for a, b, *rest in case.inputs["edges"]
    )
    return network


def both_ways(case):
    """Return undirected links as arcs both ways, each with a flow of 1."""
    arcs = digraph(case, "flow")
    return nx.compose(arcs, arcs.reverse())


def flow(case):
    return structure.maximum_flow(digraph(case), case.inputs["source"], case.inputs["sink"])


def cut_edges(case):
    """List the binding arcs in the order of the case."""
    return [[a, b] for a, b, *_ in case.inputs["edges"] if (str(a), str(b)) in flow(case).cut]


def dominator_tree(case):
    immediate = structure.dominators(digraph(case), [case.inputs["root"]]).immediate
    return {node: above for node, above in immediate.items() if node != case.inputs["root"]}


def dominators_between(case):
    """List the dominators of the target other than the target and the root itself."""
    chain = structure.dominator_chain(structure.dominators(digraph(case), [case.inputs["root"]]), case.inputs["target"])
    return [node for node in chain if node not in (case.inputs["root"], case.inputs["target"])]


def reliability(case, terminals):
    network = both_ways(case)
    links = {
        f"{a}-{b}": structure.Component(case.inputs["p"], ((str(a), str(b)), (str(b), str(a))))
        for a, b in case.inputs["edges"]
    }
    return structure.reliability(network, terminals[0], terminals[1:], links).value


def matrix_network(rows):
    network = nx.DiGraph()
    names = [f"{i:09}" for i in range(len(rows))]
    network.add_nodes_from(names)
    for (i, a), (j, b) in itertools.product(enumerate(names), repeat=2):
        if rows[i][j]:
            network.add_edge(a, b, flow=rows[i][j])
    return network


def for_each_k(case, value):
    """Apply a function to one k or to each of several."""
    k = case.inputs["k"]
    return [value(item) for item in k] if isinstance(k, list) else value(k)


def flow_attack(case, k):
    """Attack the flow; unless the case says so, it runs from the node without suppliers to that without users."""
    network = digraph(case)
    begins = case.inputs.get("source") or next(node for node, degree in network.in_degree() if not degree)
    ends = case.inputs.get("sink") or next(node for node, degree in network.out_degree() if not degree)
    return interdiction.worst_flow_removals(network, begins, ends, k)


def production(case):
    """Return the one product of the case, each unit worth 1."""
    suppliers = case.inputs["suppliers"]
    return interdiction.Production(
        capacity={(item, name): size for item, sizes in suppliers.items() for name, size in sizes.items()},
        need={"product": case.inputs["need_per_unit"]},
        demand={"product": case.inputs["final_capacity"]},
        value={"product": 1.0},
    )


def worst_sets(case):
    """Return each set of the case that does as much harm as the worst, else one that does more: ties are common."""
    made = production(case)
    sets = []
    for k, listed in zip(case.inputs["k"], case.expected["worst_set"], strict=True):
        attack = interdiction.worst_removals(made, k)
        left = interdiction.output(made, [tuple(arc) for arc in listed]).value
        sets.append(listed if len(listed) <= k and math.isclose(left, attack.value, abs_tol=1e-9) else attack.arcs)
    return sets


def profile(case, name):
    return structure.vulnerability_profile(matrix_network(case.inputs[name]))


shape(
    "g03_network",
    "edges source sink",
    {
        "max_flow": lambda c: flow(c).value,
        "min_cut_source_side": lambda c: sorted(flow(c).source_side),
        "cut_edges": cut_edges,
    },
)
shape("g03_network", "edges root", {"idom": dominator_tree})
shape(
    "g03_network",
    "edges root target",
    {
        "dominators_of_target": dominators_between,
        # shown beside the dominators as what they are not; the package itself does not use them
        "articulation_points": lambda c: sorted(nx.articulation_points(digraph(c).to_undirected())),
    },
)
shape("g03_network", "edges", {"betweenness": lambda c: structure.betweenness(both_ways(c), distance="inverse")})
shape(
    "g03_network",
    "edges p",
    {
        "two_terminal_(.+)_(.+)": lambda c, *ends: reliability(c, ends),
        "all_terminal": lambda c: reliability(c, sorted({str(node) for edge in c.inputs["edges"] for node in edge})),
    },
)
shape(
    "g03_network",
    "",
    {
        r"profile_(.+)_v(\d+)": lambda c, name, k: profile(c, name)[int(k)],
        "profile_(.+)": profile,
    },
    optional="(?!edges$|suppliers$).+",  # any names, each of one matrix
)
shape(
    "g03_network",
    "edges k",
    {"value": lambda c: for_each_k(c, lambda k: flow_attack(c, k).value)},
    optional="source sink",
)
shape(
    "g03_network",
    "suppliers need_per_unit final_capacity k",
    {
        "max_output": lambda c: for_each_k(c, lambda k: interdiction.worst_removals(production(c), k).value),
        "worst_set": worst_sets,
    },
)

# --- cascades -----------------------------------------------------------------------------------


def esri(case):
    """Compute the index of every firm; firms and sectors of a case are numbered from 1."""
    inputs = case.inputs
    suppliers, users, amounts = zip(*inputs["edges_supplier_buyer_weight"], strict=True)
    sectors = [sector - 1 for sector in inputs["sector"]]
    n = max(inputs["sector"])
    weights = inputs.get("weights", "out-strength")
    network = cascade.prepare(
        [firm - 1 for firm in suppliers],
        [firm - 1 for firm in users],
        amounts,
        sectors,
        inputs.get("essentiality_supplier_sector_by_buyer_sector", [[1] * n] * n),
        replaceable=inputs.get("replaceability", False),
        weights=None if weights == "out-strength" else weights,
    )
    return cascade.esri(network, eps=AT_REST)


AT_REST = 1e-12  # cases are followed until nothing moves, well below their tolerance
CHANNELS = {"esri": "both", "esri_down": "downstream", "esri_up": "upstream"}


def of_firm(case, channel, number):
    return getattr(esri(case), CHANNELS[channel])[int(number) - 1]


shape(
    "g04_esri",
    "edges_supplier_buyer_weight sector",
    {
        "(esri|esri_down|esri_up)": lambda c, channel: getattr(esri(c), CHANNELS[channel]),
        r"(esri|esri_down|esri_up)_firm(\d+)": of_firm,
    },
    optional="essentiality_supplier_sector_by_buyer_sector replaceability weights",
)

# --- time to survive ----------------------------------------------------------------------------


def chain(case):
    """Return suppliers and, for each product of the bill of materials, one plant of its name."""
    inputs = case.inputs
    makers = inputs["suppliers"] | {product: product for product in inputs["bom"]}
    stock, capacity = inputs["stock"], inputs["cap"]
    sites = {name: survival.Site(good, stock.get(name, 0.0), capacity.get(name)) for name, good in makers.items()}
    return survival.Chain(sites, inputs["bom"], inputs["demand"])


def recovery(case):
    inputs, cost = case.inputs, case.inputs["voll"]
    loss_cost = cost if isinstance(cost, dict) else dict.fromkeys(inputs["demand"], cost)
    return survival.recovery_loss(chain(case), inputs["disrupted"], inputs["ttr"], loss_cost)


def lost(case):
    """List the unmet demand by product where the case does, else in total."""
    by_product = recovery(case).lost
    return by_product if isinstance(case.expected["lost"], dict) else math.fsum(by_product.values())


def embargo(case):
    """Plan period by period with one rival source that an embargo closes and one that can be enlarged."""
    inputs, cost = case.inputs, case.inputs["cost"]
    periods = inputs["T"]
    open_for = inputs["embargo_from"] - 1
    sites = {
        "rival": survival.Site("good", capacity=0.0),
        "home": survival.Site("good", inputs["stock0"], inputs["au_cap0"]),
    }
    paths = {
        "rival": survival.Path(
            capacity=[inputs["cn_max_t1"]] * open_for + [0.0] * (periods - open_for),
            making=cost["cn"],
            holding=cost["hold"],
        ),
        "home": survival.Path(
            ramp=inputs["ramp"], lead=inputs["lead"], making=cost["au"], building=cost["build"], holding=cost["hold"]
        ),
    }
    plan = survival.Chain(sites, {}, {"good": inputs["demand"]})
    return survival.by_period(plan, periods, {"good": inputs["voll"]}, paths)


def common_price(case):
    """Return the price that all periods share, or all of them where they differ."""
    prices = embargo(case).price["good"]
    return prices[0] if max(prices) - min(prices) <= 1e-9 * max(prices) else prices


shape(
    "g05_tts",
    "suppliers bom disrupted demand stock cap",
    {"tts": lambda c: survival.time_to_survive(chain(c), c.inputs["disrupted"]).time},
)
shape(
    "g05_tts",
    "suppliers bom disrupted ttr voll demand stock cap",
    {"lost": lost, "impact": lambda c: recovery(c).cost},
)
shape(
    "g05_tts",
    "T demand embargo_from stock0 cn_max_t1 au_cap0 ramp lead voll cost",
    {
        "unmet_total": lambda c: math.fsum(embargo(c).lost["good"]),
        "objective": lambda c: embargo(c).cost,
        "builds": lambda c: embargo(c).built["home"],
        "balance_dual_all_periods": common_price,
    },
)

# --- diversion ----------------------------------------------------------------------------------

DEAR = 1e4  # worth of a unit that is missing where a case does not let any be missing


def planned(case):
    """Return a model and its certified plan."""
    built = model.build(case)
    return built, solve.solve(built.programme)


def node_price(built, solution, economy, stage):
    """Return what one more unit used there costs, by year."""
    economies, stages, years = built.case.shape
    prices = solution.duals[built.rows("use")].reshape(economies, stages, years)
    return prices[built.case.economies.index(economy), built.case.stages.index(stage)]


def capacity_price(built, solution, economy, stage):
    """Return the change of cost for one more unit of the first plant there, all years together."""
    prices = solution.duals[built.rows("capacity")].reshape(-1, len(built.case.years))
    at = built.case.economies.index(economy), built.case.stages.index(stage)
    places = zip(built.case.plants.economy, built.case.plants.stage, strict=True)
    return prices[list(places).index(at)].sum()


def transport(case):
    """Plan Dantzig's transport: plants in the sources, demand in the markets, which are the bloc."""
    inputs = case.inputs
    sources, markets = list(inputs["capacity"]), list(inputs["demand"])
    return planned(
        diversion_cases.case(
            " ".join(sources + markets),
            "cases",
            bloc=" ".join(markets),
            plants=[plant(name, "cases", 0.0, amount) for name, amount in inputs["capacity"].items()],
            routes=[route(*pair.split("|"), "cases", cost) for pair, cost in inputs["unit_cost"].items()],
            demands=[(name, "cases", "all", amount, DEAR) for name, amount in inputs["demand"].items()],
        )
    )


def unused_routes(case):
    """Return the reduced cost of each route that carries nothing for its cost."""
    built, solution = transport(case)
    _, reduced = solve.multipliers(built.programme, solution.duals)
    names = list(case.inputs["unit_cost"])
    by_route = dict(zip(names, reduced[built.columns.shipment[:, 0]], strict=True))
    return {name: cost for name, cost in by_route.items() if cost > 0}


shape(
    "g06_lp",
    "capacity demand unit_cost",
    {
        "objective": lambda c: transport(c)[1].objective,
        "demand_dual": lambda c: {name: node_price(*transport(c), name, "cases")[0] for name in c.inputs["demand"]},
        "reduced_cost": unused_routes,
    },
)


def capped(case, share):
    """Plan one good with a cap on what CN delivers; it is used where the first other supplier is."""
    costs = case.inputs.get("cost", {"CN": 1.0, "AU": 2.0})
    capacity = case.inputs.get("capacity", {})
    home = next(name for name in costs if name != "CN")
    return planned(
        diversion_cases.case(
            " ".join(costs),
            "good",
            bloc=" ".join(name for name in costs if name != "CN"),
            rival="CN",
            plants=[plant(name, "good", cost, capacity.get(name, math.inf)) for name, cost in costs.items()],
            routes=[route(name, home, "good") for name in costs],
            demands=[(home, "good", "all", case.inputs["demand"], DEAR)],
            caps=[("good", share)],
        )
    )


def with_cap(case):
    return capped(case, case.inputs["china_share_cap"])


def delivered(built, solution):
    """Return what each exporter delivers, steps and importers together, in the first year."""
    found = dict.fromkeys(built.case.economies, 0.0)
    for exporter, amount in zip(
        built.case.routes.exporter, solution.x[built.columns.shipment[:, 0]].tolist(), strict=True
    ):
        found[built.case.economies[exporter]] += amount
    return {name: amount for name, amount in found.items() if amount > 0}


def home_price(case):
    built, solution = with_cap(case)
    return node_price(built, solution, built.case.economies[built.case.routes.importer[0]], "good")[0]


CAPPED = {
    "cost": lambda c: with_cap(c)[1].objective,
    "status": lambda c: "Optimal" if with_cap(c)[1].residual <= solve.TOLERANCE else "not certified",
    "flows": lambda c: delivered(*with_cap(c)),
    "dual_demand": home_price,
    "dual_(.+)_capacity": lambda c, name: capacity_price(*with_cap(c), name, "good"),
    "dual_share_row": lambda c: with_cap(c)[1].duals[with_cap(c)[0].rows("rival_cap")][0],
}
shape("g06_lp", "demand china_share_cap", CAPPED, optional="cost capacity")


def frontier(case):
    return [capped(case, share)[1].objective for share in case.inputs["caps"]]


def slopes(case):
    """Return the change of cost per percentage point at the lowest and at the highest caps."""
    points = sorted(zip(case.inputs["caps"], frontier(case), strict=True))
    low, high = points[:2], points[-2:]
    return tuple((b[1] - a[1]) / (100 * (b[0] - a[0])) for a, b in (low, high))


def kink(case):
    """Return where the lines through the ends of the frontier meet."""
    points = sorted(zip(case.inputs["caps"], frontier(case), strict=True))
    below, above = (100 * slope for slope in slopes(case))
    (a, cost_a), (b, cost_b) = points[0], points[-1]
    return (cost_b - cost_a + below * a - above * b) / (below - above)


shape(
    "g06_lp",
    "demand cost capacity caps",
    {
        "cost": frontier,
        "slope_per_point_below_kink": lambda c: slopes(c)[0],
        "slope_per_point_above_kink": lambda c: slopes(c)[1],
        "kink_share": kink,
    },
)


def magnets(case):
    """Plan ore, oxide and magnets that move freely between their makers; magnets are used in JP."""
    inputs = case.inputs
    recipe = re.findall(r"([\d.]+) (\w+) per (\w+)", inputs["stages"])
    made = {"ore": "ore", "sep": "oxide", "mag": "magnet"}
    economies = sorted({name for short in made for name in inputs[f"{short}_cost"]})
    stages = list(made.values())
    return planned(
        diversion_cases.case(
            " ".join(economies),
            " ".join(stages),
            bloc=" ".join(name for name in economies if name != "CN"),
            rival="CN",
            plants=[
                plant(name, stage, cost, inputs[f"{short}_cap"].get(name, math.inf))
                for short, stage in made.items()
                for name, cost in inputs[f"{short}_cost"].items()
            ],
            routes=[route(i, j, k) for i in economies for j in economies for k in stages],
            recipes=[(source, result, float(amount)) for amount, source, result in recipe],
            demands=[("JP", "magnet", "all", inputs["demand"], inputs["voll"])],
        )
    )


def rent(case, economy, stage):
    return -capacity_price(*magnets(case), economy, stage)


shape(
    "g06_lp",
    "stages ore_cost sep_cost sep_cap mag_cost mag_cap ore_cap demand voll",
    {
        "objective": lambda c: magnets(c)[1].objective,
        "unmet": lambda c: magnets(c)[1].x[magnets(c)[0].columns.unmet].sum(),
        "dual_(.+)": lambda c, stage: node_price(*magnets(c), "JP", stage)[0],
        "rent_(.+)_separation": lambda c, economy: rent(c, economy, "oxide"),
        "rent_(.+)_(.+)_quota": rent,
    },
)


def own_plants(case, *, pooled):
    """Plan plants of one size with a fixed cost, one for each member that orders it."""
    inputs, members = case.inputs, list(case.inputs["demand"])
    size = float(inputs["plant_capacity"])
    built = model.build(
        diversion_cases.case(
            " ".join(members),
            "good",
            bloc=" ".join(members),
            plants=[plant(name, "good", inputs["variable"], 0.0, technology="new") for name in members],
            orders=[(v, 0, size, 0.0) for v in range(len(members))],
            routes=[
                route(i, j, "good", 0.0 if i == j else inputs["trade_cost"])
                for i in members
                for j in members
                if pooled or i == j
            ],
            demands=[(name, "good", "all", amount, DEAR) for name, amount in inputs["demand"].items()],
        )
    )
    ones = np.ones(len(members))
    sizes = plants.Sizes(
        np.arange(len(members), dtype=np.int32), 0 * ones, size * ones, inputs["fixed"] * ones[:, None]
    )
    return plants.plan(built, built.programme, sizes)


shape(
    "g06_lp",
    "demand fixed plant_capacity variable trade_cost",
    {
        "autarky": lambda c: own_plants(c, pooled=False).objective,
        "pooled": lambda c: own_plants(c, pooled=True).objective,
        "duplication_premium": lambda c: own_plants(c, pooled=False).objective - own_plants(c, pooled=True).objective,
        "lp_relaxation": lambda c: own_plants(c, pooled=True).relaxed,
    },
)


def slope_of(case):
    """Return the slope of each source's marginal cost."""
    inputs = case.inputs
    return {
        name: calibration.slope(
            *(np.array([value]) for value in (amount, inputs["price"], inputs["elasticity"][name]))
        )[0]
        for name, amount in inputs["observed"].items()
    }


def after_duty(case, kind):
    """Return flows and price after the duty of this kind that the case names; none in the baseline."""
    names, beta = list(case.inputs["observed"]), slope_of(case)
    duty = {"specific": dict.fromkeys(names, 0.0), "ad_valorem": dict.fromkeys(names, 0.0)}
    for text in case.inputs["scenarios"]:
        if found := re.fullmatch(kind.replace("_", " ") + r" ([\d.]+) on (\w+)", text):
            duty[kind][found[2]] = float(found[1])
    flows, price = calibration.response(
        np.array(list(case.inputs["observed"].values())),
        case.inputs["price"],
        np.array(list(beta.values())),
        specific=np.array(list(duty["specific"].values())),
        ad_valorem=np.array(list(duty["ad_valorem"].values())),
    )
    return {"flows": dict(zip(names, flows, strict=True)), "price": price}


shape(
    "g06_lp",
    "observed price elasticity demand scenarios",
    {"(baseline|specific|ad_valorem)": after_duty, "beta": slope_of},
)


def in_steps(case, duty):
    """Plan a calibrated market: each flow in steps of one width on both sides of what was observed."""
    inputs = case.inputs
    width, count = inputs["segment_width"], inputs["n_segments_each_side"]
    rows = []
    for name, amount in inputs["observed"].items():
        breaks = [1 + n * width / amount for n in range(-count, count + 1)]
        made = calibration.steps(np.array([amount]), np.array([inputs["beta"][name]]), breaks)
        rows += [
            route(name, "home", "good", premium=cost, tariff=duty.get(name, 0.0), width=room)
            for cost, room in zip(made.cost[0], made.width[0], strict=True)
        ]
    built, solution = planned(
        diversion_cases.case(
            " ".join([*inputs["observed"], "home"]),
            "good",
            bloc="home",
            plants=[plant(name, "good", inputs["price"]) for name in inputs["observed"]],
            routes=rows,
            demands=[("home", "good", "all", sum(inputs["observed"].values()), DEAR)],
        )
    )
    return delivered(built, solution)


def within(case, name):
    """Return the published range if the flow after the duty lies in it, else the flow."""
    flow = in_steps(case, case.inputs["tariff_specific"])[name]
    low, high = case.expected[f"response_{name}_within"]
    return [low, high] if low <= flow <= high else flow


shape(
    "g06_lp",
    "observed price beta segment_width n_segments_each_side tariff_specific",
    {"baseline": lambda c: in_steps(c, {}), "response_(.+)_within": within},
)


def first_step(case):
    """Return calibration duals and prices of the classic two steps, named as in the case."""
    inputs = case.inputs
    costs, observed = (
        {tuple(pair.split("|")): value for pair, value in inputs[key].items()} for key in ("unit_cost", "observed")
    )
    duals, prices = calibration.howitt(inputs["capacity"], inputs["demand"], costs, observed, inputs["perturbation"])
    return {"|".join(pair): value for pair, value in duals.items()}, prices


shape(
    "g06_lp",
    "capacity demand unit_cost observed perturbation",
    {"calibration_dual": lambda c: first_step(c)[0], "destination_price": lambda c: first_step(c)[1]},
)


def armington(case):
    inputs = case.inputs
    return calibration.armington(np.array(inputs["value_shares"]), np.array(inputs["price_hat"]), inputs["sigma"])


shape(
    "g06_lp",
    "value_shares sigma price_hat",
    {
        "value_shares_new": lambda c: armington(c)[0],
        "quantity_hat": lambda c: armington(c)[1],
        "price_index_hat": lambda c: armington(c)[2],
    },
)


def programme(cost, matrix, lower, upper, **bounds):
    """Return a programme from dense rows; variables from 0 unless the bounds say otherwise."""
    table = np.array(matrix, dtype=float)
    at, to = np.nonzero(table)
    count, names = table.shape[1], bounds.get("names", [f"row {i}" for i in range(len(table))])
    return solve.Programme(
        cost=np.array(cost, dtype=float),
        rows=at.astype(np.int32),
        cols=to.astype(np.int32),
        values=table[at, to],
        row_lo=np.array([float(bound) for bound in lower]),
        row_hi=np.array([float(bound) for bound in upper]),
        lb=np.zeros(count),
        ub=np.array(bounds.get("top", [math.inf] * count), dtype=float),
        row_names=tuple(names),
        col_names=tuple(f"column {i}" for i in range(count)),
    )


def rows_of(case):
    inputs = case.inputs
    columns = len(inputs["A"][0])
    return programme([0.0] * columns, inputs["A"], inputs["lower"], inputs["upper"], names=inputs["rows"])


def status(case):
    try:
        solve.solve(rows_of(case))
    except InfeasibleError:
        return "Infeasible"
    return "Optimal"


def least_unmet(case):
    """Return what the first row, the demand, must give when no other row does."""
    weights = np.full(len(case.inputs["rows"]), math.inf)
    weights[0] = 1.0
    return infeasibility.cheapest_relaxation(rows_of(case), weights).cost


shape(
    "g06_lp",
    "rows A lower upper",
    {
        "status": status,
        "iis": lambda c: [clash.name for clash in infeasibility.irreducible_set(rows_of(c))],
        "min_unmet": least_unmet,
        "max_feasible_demand": lambda c: c.inputs["lower"][0] - least_unmet(c),
    },
)


def minimised(case):
    """Return the plan of a maximisation in words as the minimisation of its negative."""
    goal, terms = case.inputs["objective"].split(" ", 1)
    letters = sorted(set(re.findall("[a-z]", terms)))

    def row(text):
        found = {letter: float(number or 1) for number, letter in re.findall(r"([\d.]*)([a-z])", text)}
        return [found.get(letter, 0.0) for letter in letters]

    sign = -1.0 if goal == "max" else 1.0
    tops = dict(re.findall(r"<=([a-z])<=([\d.]+)", " ".join(case.inputs["bounds"])))
    sides = [text.split("<=") for text in case.inputs["rows"]]
    built = programme(
        [sign * value for value in row(terms)],
        [row(left) for left, _ in sides],
        [-math.inf] * len(sides),
        [right for _, right in sides],
        top=[float(tops.get(letter, "inf")) for letter in letters],
    )
    return built, solve.solve(built), sign, letters


def marginal(case, kind, letter=""):
    """Return what one more unit of the row or of the bound of a letter adds to the maximum."""
    built, solution, sign, letters = minimised(case)
    number = letters.index(letter) if letter else 0
    return sign * solve.slope(built, solution.duals, solve.Limit(kind, number, "high"))


shape(
    "g06_lp",
    "objective rows bounds",
    {
        "objective": lambda c: minimised(c)[2] * minimised(c)[1].objective,
        "marginal_value_of_row": lambda c: marginal(c, "row"),
        "marginal_value_of_bound_(.)": lambda c, letter: marginal(c, "column", letter),
    },
)

# --- the whole model ----------------------------------------------------------------------------


def whole_plants(inputs):
    """Return plants, existing or only to be ordered, and the orders for those that can be enlarged."""
    rows, orders = [], []
    discount = (1 + inputs["discount"]) ** -np.arange(inputs["periods"])
    for stage in inputs["commodities"]:
        for economy in inputs["countries"]:
            there = inputs["cap0"][stage].get(economy)
            grows = economy in inputs["expand_where"][stage]
            if grows:
                spent = (inputs["expand_cost"][stage] * discount).tolist()
                orders.append((len(rows), inputs["lead"], inputs["ramp"][stage], spent))
            if grows or there is not None:
                cost = inputs["cost"][stage].get(economy, inputs["new_cost"].get(stage))
                rows.append(plant(economy, stage, cost, there or 0.0))
    return rows, orders


def whole(case, *, cap=True, inner_tariffs=True, inner_trade=True):
    """Plan the integrated case, or one of its variants.

    The published cost without the cap is that of caps of 1 in every year, not of no cap: with no
    row at all JP may sell its opening stock of oxide abroad, which a cap of 1 forbids, and the cost
    is 5529.475.
    """
    inputs = case.inputs
    bloc, stages, economies = inputs["bloc"], inputs["commodities"], inputs["countries"]
    rows, orders = whole_plants(inputs)
    routes = []
    for i, j, k in itertools.product(economies, economies, stages):
        inside = i in bloc and j in bloc and i != j
        duty = inputs["tariff"].get(j, {}).get(i, 0.0) * (inner_tariffs or not inside)
        if inner_trade or not inside:
            freight = 0.0 if i == j else inputs["freight"][k]
            routes.append(route(i, j, k, freight, tariff=0.0 if i == j else duty * inputs["ref_price"][k]))
    return planned(
        diversion_cases.case(
            " ".join(economies),
            " ".join(stages),
            bloc=" ".join(bloc),
            rival="CN",
            years=inputs["periods"],
            price=[inputs["ref_price"][k] for k in stages],
            discount=(1 + inputs["discount"]) ** -np.arange(inputs["periods"]),
            plants=rows,
            orders=orders,
            routes=routes,
            recipes=[(a, p, amount) for p, needs in inputs["recipe"].items() for a, amount in needs.items()],
            demands=[
                (name, k, "all", amount, inputs["voll"])
                for k, amounts in inputs["demand"].items()
                for name, amount in amounts.items()
            ],
            stores=[
                (name, k, inputs["stock0"].get(k, {}).get(name, 0.0), 0.0, inputs["stock_cap"][k], inputs["hold"])
                for k in stages
                for name in bloc
            ],
            conduits=[(name, k, math.inf) for name in economies for k in stages],
            caps=[(k, inputs["share_cap"] if cap else 1.0) for k in stages],
        )
    )


def whole_unmet(case):
    built, solution = whole(case)
    inside = built.case.bloc[built.case.demands.economy]
    return {str(t): solution.x[built.columns.unmet[inside, t]].sum() for t in range(case.inputs["periods"])}


def from_rival(case):
    """Return what the bloc buys from CN, by stage and period.

    Several plans cost the least. The published amounts are returned if a certified plan with just
    these costs no more; else those of the plan that was found.
    """
    built, solution = whole(case)
    bought = purchases(built)
    published = np.array([case.expected["china_imports_bloc"][key] for key in bought])
    at = [(row, column) for row, columns in enumerate(bought.values()) for column in columns]
    old, new = built.programme, np.array(at, dtype=np.int32)
    held = solve.solve(
        replace(
            old,
            rows=np.concatenate([old.rows, len(old.row_lo) + new[:, 0]]).astype(np.int32),
            cols=np.concatenate([old.cols, new[:, 1]]),
            values=np.concatenate([old.values, np.ones(len(at))]),
            row_lo=np.concatenate([old.row_lo, published - 1e-9]),
            row_hi=np.concatenate([old.row_hi, published + 1e-9]),
        )
    )
    same = math.isclose(held.objective, solution.objective, rel_tol=1e-9)
    return {key: (held if same else solution).x[columns].sum() for key, columns in bought.items()}


def purchases(built):
    """Return the columns of what the bloc buys from the rival, by stage and period."""
    routes = built.case.routes
    inside = built.case.rival[routes.exporter] & built.case.bloc[routes.importer]
    return {
        f"{stage}_{t}": built.columns.shipment[inside & (routes.stage == k), t]
        for k, stage in enumerate(built.case.stages)
        for t in range(len(built.case.years))
    }


def capacity_values(case):
    return {key: capacity_price(*whole(case), *key.split("_")) for key in case.expected["capacity_marginal_value"]}


shape(
    "g13_integrated",
    "periods countries bloc commodities recipe cap0 cost freight ref_price tariff expand_cost expand_where ramp lead"
    " demand share_cap stock0 hold stock_cap voll discount new_cost",
    {
        "objective": lambda c: whole(c)[1].objective,
        "objective_without_share_cap": lambda c: whole(c, cap=False)[1].objective,
        "objective_zero_intra_quad_tariffs": lambda c: whole(c, inner_tariffs=False)[1].objective,
        "objective_no_intra_quad_trade": lambda c: whole(c, inner_trade=False)[1].objective,
        "unmet_bloc": whole_unmet,
        "china_imports_bloc": from_rival,
        "capacity_marginal_value": capacity_values,
    },
)
