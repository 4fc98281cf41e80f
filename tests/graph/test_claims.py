"""The graph of claims: every claim an edge, and how it is meant."""

import collections
import dataclasses

import pytest

from depgraph.evidence import intervals
from depgraph.graph import claims
from depgraph.graph.claims import Strength
from depgraph.study import study as studies

# kinds of which every claim must be in the graph
KINDS = (
    "share", "dominance", "capability", "dependence", "coercion", "export_control", "import_ban", "pooling", "know_how",
)  # fmt: skip
CLAIMS = "seeds/essay/claims.csv"


@pytest.fixture(scope="module")
def shipped():
    return studies.load(studies.find(None))


@pytest.fixture(scope="module")
def graph(shipped):
    return claims.claims_graph(shipped)


def edge(graph, claim):
    """Return both ends and the attributes of the one edge of a claim."""
    ((begin, end, facts),) = [(u, v, data) for u, v, key, data in graph.edges(data=True, keys=True) if key == claim]
    return begin, end, facts


# --- the shipped study ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_every_claim_of_the_kind_is_in_the_graph_once(shipped, graph, kind):
    there = collections.Counter(
        key for *_, key, data in graph.edges(data=True, keys=True) if data["claim_kind"] == kind
    )
    wanted = {row["claim_id"] for row in shipped.tables["claims"] if row["kind"] == kind}
    assert wanted
    assert there == dict.fromkeys(wanted, 1)


def test_the_graph_has_one_edge_a_claim_and_no_other(shipped, graph):
    assert sorted(key for *_, key in graph.edges(keys=True)) == sorted(shipped.claims)


def test_every_edge_begins_at_who_acts(shipped, graph):
    assert all(begin == shipped.claims[key]["actor"] for begin, _, key in graph.edges(keys=True))


def test_every_edge_ends_at_who_or_what_is_exposed_or_at_a_measure(shipped, graph):
    for _, end, key, data in graph.edges(data=True, keys=True):
        row = shipped.claims[key]
        if graph.nodes[end]["kind"] == "measure":
            assert data["claim_kind"] in claims.MEASURES
            assert row["target"] in {None, row["actor"]}
        else:
            assert end in {row["target"], claims.topic(row)}


def test_nodes_are_what_they_are_called(shipped, graph):
    kinds = collections.defaultdict(set)
    for node, data in graph.nodes(data=True):
        assert data["name"]
        kinds[data["kind"]].add(node)
    assert set(kinds) == {"economy", "bloc", "stage", "product", "measure"}
    assert kinds["bloc"] <= set(shipped.economies.members)
    assert kinds["economy"] <= set(shipped.economies.names) - set(shipped.economies.members)
    assert kinds["stage"] <= set(shipped.stages)
    assert kinds["product"] <= {row["product"] for row in shipped.tables["products"]}


def test_china_points_at_gallium_with_the_strength_of_the_word(shipped, graph):
    begin, end, facts = edge(graph, "JQE-062")
    word = shipped.lexicon["near_monopoly"]
    assert (begin, end) == ("CHN", "gallium/primary")
    assert facts["strength"] == (word.low, word.mode, word.high) == (0.8, 0.92, 0.99)
    assert (facts["kind"], facts["style"], facts["source"]) == ("dominance", "assertion", "japan-quad-essay")


def test_a_control_points_from_who_imposes_it_to_whom_it_hits(graph):
    assert edge(graph, "JQE-084")[:2] == ("JPN", "CHN")
    assert edge(graph, "JQE-066")[:2] == ("CHN", "JPN")


def test_a_printed_share_is_read_with_its_rounding_and_a_share_of_gdp_is_none(graph):
    assert edge(graph, "JQE-129")[2]["strength"] == pytest.approx((0.445, 0.45, 0.455))
    assert edge(graph, "KLI-066")[2]["strength"] is None


def test_what_gives_no_size_has_no_strength_and_not_zero(shipped, graph):
    for *_, key, data in graph.edges(data=True, keys=True):
        row = shipped.claims[key]
        assert (data["strength"] is None) == (row["term"] is None and row["unit"] != "share")


def test_advice_forecasts_and_hypotheses_are_never_assertions(shipped, graph):
    ahead = {"recommended", "forecast", "hypothetical"}
    for *_, key, data in graph.edges(data=True, keys=True):
        row = shipped.claims[key]
        if row["modality"] in ahead or row["kind"] in {"recommendation", "forecast"} or row["polarity"] == "negated":
            assert data["style"] != "assertion"
        else:
            assert data["style"] == "assertion"
            assert row["modality"] in intervals.ASSERTED


def test_a_denied_claim_is_no_edge_of_its_kind(shipped, graph):
    denied = {row["claim_id"] for row in shipped.tables["claims"] if row["polarity"] == "negated"}
    assert denied
    for *_, key, data in graph.edges(data=True, keys=True):
        assert (data["kind"] == "denied") == (data["style"] == "denial") == (key in denied)


def test_relations_stand_on_both_claims(shipped, graph):
    assert edge(graph, "JQE-036")[2]["contradicts"] == ("JQE-035",)
    assert edge(graph, "JQE-035")[2]["contradicted_by"] == ("JQE-036",)
    written = sum(len(row["relates_to"] or ()) for row in shipped.tables["claims"])
    for names in (claims.RELATIONS, claims.RELATIONS.values()):
        assert sum(len(data[name]) for *_, data in graph.edges(data=True) for name in names) == written


def test_a_chain_of_repeats_is_one_claim_of_the_source_that_said_it_first(shipped, graph):
    chain = ["KLI-001", "BLA-011", "JQE-090"]
    assert {edge(graph, claim)[2]["cluster"] for claim in chain} == {"KLI-001"}
    counted = claims.tally(shipped, [shipped.claims[claim] for claim in chain])
    assert counted == (1, ("klingner-taiwan",))


def test_no_figure_is_read(shipped, graph):
    bare = dataclasses.replace(shipped, tables={**shipped.tables, "figures": [], "figure_sources": []})
    assert dict(claims.claims_graph(bare).edges) == dict(graph.edges)


# --- a small study ----------------------------------------------------------------------------


def test_a_claim_that_is_repeated_is_an_edge_of_its_own_and_counts_once(made):
    study = made.load()
    graph = claims.claims_graph(study)
    assert {key for *_, key in graph.edges(keys=True)} == {"E-1", "E-2", "E-3", "E-4", "E-5"}
    assert edge(graph, "E-5")[2]["repeats"] == ("E-2",)
    assert edge(graph, "E-2")[2]["repeated_by"] == ("E-5",)
    assert claims.tally(study, study.tables["claims"]) == (4, ("essay",))


def test_advice_on_the_rival_is_an_edge_of_its_own_style(made):
    begin, end, facts = edge(claims.claims_graph(made.load()), "E-4")
    assert (begin, end) == ("QUAD", "CHN")
    assert (facts["style"], facts["modality"], facts["period"]) == ("recommendation", "recommended", "2030")


@pytest.mark.parametrize(
    ("cells", "end"),
    [
        ({"kind": "policy", "target": "CHN"}, "CHN"),
        ({"kind": "policy", "target": ""}, "measure:policy:JPN:drones"),
        ({"kind": "policy", "target": "JPN"}, "measure:policy:JPN:drones"),
        ({"kind": "policy", "target": "", "product": ""}, "measure:policy:JPN"),
        ({"kind": "dependence", "target": ""}, "drones"),
        ({"kind": "geography", "target": "", "product": ""}, "JPN"),
        ({"kind": "capability", "target": "USA"}, "drones"),
    ],
)
def test_an_edge_ends_at_the_first_that_the_claim_names(made, cells, end):
    made.repeat(CLAIMS, "E-4", claim_id="E-6", actor="JPN", modality="fact", period="2025", **cells)
    begin, found, _ = edge(claims.claims_graph(made.load()), "E-6")
    assert (begin, found) == ("JPN", end)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"value": 0.45}, (0.445, 0.45, 0.455)),
        ({"low": 0.5}, (0.5, 0.5 + 0.5 * (1 - 0.5), 1.0)),
        ({"term": "dominates", "unit": ""}, (0.5, 0.7, 0.95)),
        ({"term": "dominates", "value": 0.45}, (0.445, 0.45, 0.455)),
        ({"unit": ""}, None),
    ],
)
def test_a_printed_share_goes_before_a_word(made, cells, expected):
    made.repeat(CLAIMS, "E-3", **({"claim_id": "E-6", "value": "", "low": "", "unit": "share"} | cells))
    study = made.load()
    found = claims.strength(study, study.claims["E-6"])
    if expected is None:
        assert found is None
    elif "low" in cells:
        step = study.assumption("A-bound-mode")[1]
        assert found == pytest.approx(Strength(0.5, 0.5 + step * 0.5, 1.0))
    else:
        assert found == pytest.approx(expected)
