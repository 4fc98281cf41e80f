"""The ranking by the sources alone, who is named, and how far it parts from one by figures."""

import dataclasses
import itertools

import pytest

from depgraph.analysis import by_claims
from depgraph.analysis.by_claims import Named
from depgraph.evidence import estimates
from depgraph.graph import claims
from depgraph.measures.ranks import InvalidRankingError
from depgraph.study import study as studies

CLAIMS = "seeds/essay/claims.csv"

# every chain that the sources name: where, and who holds it
NAMED = {
    ("gallium/primary", "CHN"),
    ("critical_minerals/processing", "CHN"),
    ("critical_minerals", "CHN"),
    ("rare_earths", "CHN"),
    ("batteries/cell", "CHN"),
    ("drones/complete", "CHN"),
    ("legacy_chips/fabrication", "CHN"),
    ("pharmaceuticals", "CHN"),
    ("pharmaceuticals/ingredient", "CHN"),
    ("shipbuilding/repair", "CHN"),
    ("munitions", "CHN_NEIGHBOURS"),
    ("semiconductors", "TWN"),
    ("chip_equipment/tool_set", "EUR"),
}
OF_MEMBERS = {
    ("robots/complete", "JPN"),
    ("munitions/production", "JPN"),
    ("munitions/production", "USA"),
    ("munitions", "USA"),
    ("munitions", "JPN"),
    ("chip_equipment/tool_set", "JPN"),
    ("chip_equipment/tool_set", "USA"),
    ("critical_minerals/mining", "AUS"),
    ("rare_earths/separation", "IND"),
}


@pytest.fixture(scope="module")
def shipped():
    return studies.load(studies.find(None))


@pytest.fixture(scope="module")
def ranked(shipped):
    return by_claims.rank_by_claims(shipped)


def found(made, pair):
    """Return the row of a pair, None if it is not ranked."""
    return next((item for item in by_claims.rank_by_claims(made.load()) if item.pair == pair), None)


# --- the shipped study ------------------------------------------------------------------------


def test_every_chain_that_the_sources_name_is_ranked(ranked):
    assert {item.pair for item in ranked if not item.member} == NAMED
    assert {item.pair for item in ranked if item.member} == OF_MEMBERS


def test_near_monopolies_come_first_and_what_has_no_size_last(ranked):
    rivals = [item for item in ranked if not item.member]
    assert {item.pair for item in rivals[:2]} == {("gallium/primary", "CHN"), ("critical_minerals/processing", "CHN")}
    assert [item.rank for item in rivals[:4]] == [1, 1, 3, 4]
    sized = [item.strength is not None for item in rivals]
    assert sized == sorted(sized, reverse=True)
    modes = [item.strength.mode for item in rivals if item.strength is not None]
    assert modes == sorted(modes, reverse=True)


def test_of_equal_strength_the_one_with_more_sources_and_claims_comes_first(ranked):
    for group in ([i for i in ranked if i.member == member] for member in (True, False)):
        for first, second in itertools.pairwise(group):
            if first.strength == second.strength:
                here, there = ((len(item.sources), item.claims) for item in (first, second))
                assert here >= there
                assert (first.rank == second.rank) == (here == there)


def test_no_figure_is_read(shipped, ranked):
    bare = dataclasses.replace(shipped, tables={**shipped.tables, "figures": [], "figure_sources": []})
    assert by_claims.rank_by_claims(bare) == ranked
    assert by_claims.named_by(bare) == by_claims.named_by(shipped)


def test_every_claim_that_is_counted_is_an_assertion_of_power(shipped, ranked):
    for item in ranked:
        for claim in item.claim_ids:
            row = shipped.claims[claim]
            assert (row["actor"], claims.topic(row)) == (item.economy, item.topic)
            assert row["modality"] in {"fact", "reported", "argued"}
            assert row["polarity"] == "affirmed"


def test_rare_earths_are_named_by_two_independent_sources(ranked):
    (row,) = [item for item in ranked if item.pair == ("rare_earths", "CHN")]
    assert row.sources == ("japan-quad-essay", "official-reassessment")
    assert row.strength is None


def test_who_is_a_member_follows_the_bloc(shipped):
    inside = {item.economy for item in by_claims.rank_by_claims(shipped, "CHN") if item.member}
    assert inside == {"CHN"}
    outside = {item.economy for item in by_claims.rank_by_claims(shipped, "CHN") if not item.member}
    assert {"JPN", "USA", "AUS", "IND"} <= outside


# --- a small study ----------------------------------------------------------------------------


def test_a_claim_that_is_repeated_counts_once_and_both_are_named(made):
    row = found(made, ("drones/complete", "CHN"))
    assert (row.claims, row.sources, row.claim_ids) == (1, ("essay",), ("E-2", "E-5"))


def test_a_word_that_says_more_moves_a_pair_up(made):
    assert [item.pair for item in by_claims.rank_by_claims(made.load())][:2] == [
        ("gallium/primary", "CHN"),
        ("drones/complete", "CHN"),
    ]
    made.set(CLAIMS, "E-1", "term", "dominates")
    made.set(CLAIMS, "E-2", "term", "near_monopoly")
    first, second = by_claims.rank_by_claims(made.load())[:2]
    assert (first.pair, second.pair) == (("drones/complete", "CHN"), ("gallium/primary", "CHN"))
    assert (first.rank, second.rank) == (1, 2)


def test_the_strongest_of_several_claims_counts(made):
    made.repeat(CLAIMS, "E-1", claim_id="E-6", term="dominates")
    row = found(made, ("gallium/primary", "CHN"))
    assert (row.strength.mode, row.claims) == (0.92, 2)


def test_equal_pairs_share_a_rank_in_the_order_of_their_names(made):
    made.set(CLAIMS, "E-1", "term", "dominates")
    first, second = by_claims.rank_by_claims(made.load())[:2]
    assert [first.pair, second.pair] == [("drones/complete", "CHN"), ("gallium/primary", "CHN")]
    assert first.rank == second.rank == 1


@pytest.mark.parametrize(
    "cells",
    [
        {"polarity": "negated"},
        {"modality": "forecast"},
        {"modality": "hypothetical"},
        {"modality": "recommended"},
        {"kind": "policy"},
        {"product": "", "stage": ""},
        {"actor": "WLD"},
    ],
)
def test_what_asserts_nobodys_power_over_a_chain_is_not_ranked(made, cells):
    for column, cell in cells.items():
        made.set(CLAIMS, "E-1", column, cell)
    assert all("E-1" not in item.claim_ids for item in by_claims.rank_by_claims(made.load()))


def test_a_product_without_a_stage_is_no_chain(made):
    made.add("datasets/products.csv", product="goods", name="Goods")
    made.repeat(CLAIMS, "E-1", claim_id="E-6", product="goods", stage="")
    assert found(made, ("goods", "CHN")) is None


def test_what_another_claim_supersedes_is_not_ranked(made):
    made.repeat(CLAIMS, "E-1", claim_id="E-6", term="dominates", relates_to="supersedes:E-1")
    row = found(made, ("gallium/primary", "CHN"))
    assert (row.claim_ids, row.strength.mode) == (("E-6",), 0.7)


@pytest.mark.parametrize(
    "cells",
    [
        {"actor": "JPN", "relates_to": "contradicts:E-1"},
        {"polarity": "negated"},
    ],
)
def test_a_claim_that_contradicts_or_denies_is_told(made, cells):
    assert not found(made, ("gallium/primary", "CHN")).contradicted
    made.repeat(CLAIMS, "E-1", **({"claim_id": "E-6"} | cells))
    row = found(made, ("gallium/primary", "CHN"))
    assert row.contradicted
    assert row.contradicted_by == ("E-6",)
    assert "E-6" not in row.claim_ids


def test_a_study_without_claims_has_no_ranking(shipped):
    bare = dataclasses.replace(shipped, tables={**shipped.tables, "claims": []})
    assert by_claims.rank_by_claims(bare) == []
    assert by_claims.named_by(bare) == {}


# --- who is named -----------------------------------------------------------------------------


def test_claims_on_the_product_count_for_its_stages_only_where_asked(shipped):
    strict, chain = by_claims.named_by(shipped), by_claims.named_by(shipped, chain=True)
    assert ("rare_earths/magnet", "CHN") not in strict
    assert chain["rare_earths/magnet", "CHN"] == strict["rare_earths", "CHN"] == Named(5, 2)
    assert chain["pharmaceuticals/ingredient", "CHN"].claims == (
        strict["pharmaceuticals/ingredient", "CHN"].claims + strict["pharmaceuticals", "CHN"].claims
    )
    assert all(chain[pair].claims >= named.claims for pair, named in strict.items())


def test_who_is_named_is_who_is_ranked(shipped, ranked):
    assert by_claims.named_by(shipped) == {item.pair: Named(item.claims, len(item.sources)) for item in ranked}


# --- beside a ranking by figures --------------------------------------------------------------


def test_the_same_order_agrees_fully_and_the_opposite_not_at_all(ranked):
    said = by_claims.scores(ranked)
    same = by_claims.compare(said, said)
    assert (same.tau, same.pairs, same.parted) == (1.0, len(NAMED), ())
    turned = by_claims.compare(said, {pair: -value for pair, value in said.items()})
    assert turned.tau == -1.0


def test_the_first_of_the_sources_has_the_highest_score(ranked):
    said = by_claims.scores(ranked)
    assert max(said.values()) == said["gallium/primary", "CHN"] == said["critical_minerals/processing", "CHN"]
    assert said["pharmaceuticals", "CHN"] > said["drones/complete", "CHN"] > said["rare_earths", "CHN"]


def test_members_of_the_bloc_are_not_compared(ranked):
    assert set(by_claims.scores(ranked)) == NAMED


def test_what_parts_most_comes_first_with_the_side_that_ranks_it_higher():
    said = {("a", "X"): 4, ("b", "X"): 3, ("c", "X"): 2, ("d", "X"): 1}
    counted = {("a", "X"): 0.1, ("b", "X"): 0.9, ("c", "X"): 0.5, ("d", "X"): 0.3}
    result = by_claims.compare(said, counted)
    first = result.parted[0]
    assert (first.topic, first.by_claims, first.by_figures, first.difference) == ("a", 1.0, 4.0, 3.0)
    assert [item.difference for item in result.parted[1:]] == [-1.0, -1.0, -1.0]
    assert result.tau == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("said", "counted", "pairs"),
    [
        ({}, {}, 0),
        ({("a", "X"): 1.0}, {("a", "X"): 2.0, ("b", "X"): 1.0}, 1),
        ({("a", "X"): 1.0, ("b", "X"): 1.0}, {("a", "X"): 2.0, ("b", "X"): 1.0}, 2),
        ({("a", "X"): 1.0, ("b", "X"): 2.0}, {("a", "X"): 2.0, ("b", "X"): None}, 1),
    ],
)
def test_too_few_pairs_or_ties_alone_have_no_tau(said, counted, pairs):
    result = by_claims.compare(said, counted)
    assert (result.tau, result.pairs) == (None, pairs)


def test_a_score_that_is_no_number_is_refused():
    with pytest.raises(InvalidRankingError):
        by_claims.compare({("a", "X"): 1.0, ("b", "X"): 2.0}, {("a", "X"): float("nan"), ("b", "X"): 1.0})


def test_a_claim_on_a_product_meets_figures_on_its_stages(shipped, ranked):
    picture = estimates.estimate(shipped)
    shares = {(item.stage, item.economy): item.central for stage in picture.own for item in picture.shares(stage)}
    stages = by_claims.compare(by_claims.scores(ranked), shares)
    chains = by_claims.compare(by_claims.by_chain(by_claims.scores(ranked)), by_claims.by_chain(shares))
    assert chains.pairs > stages.pairs > 1
    assert -1 <= chains.tau <= 1
