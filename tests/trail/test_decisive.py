"""The decisive path: who is named as setting a number does set it, and nobody else does."""

import pytest

from depgraph.analysis import chokepoints
from depgraph.evidence import estimates
from depgraph.graph import dependencies
from depgraph.study import study
from depgraph.trail import decisive, trail
from tests import small

HALF = small.assumption("A-half", 0.5, 0.4, 0.6)
MOST = small.assumption("A-most", 0.9, 0.5, 1.0)


def chain(figures=(), claims=(), publishers=("pub-1", "pub-2", "pub-3")):
    """Ore -> metal -> drone: most metal needs ore, half of the drones need metal."""
    stages = [small.stage("ore/mine"), small.stage("metal/plant"), small.stage("drone/complete", final=True)]
    recipes = [
        small.recipe(1, "ore/mine", "metal/plant", "A-most"),
        small.recipe(2, "metal/plant", "drone/complete", "A-half"),
    ]
    return small.make(
        figures=figures, claims=claims, stages=stages, recipes=recipes, ledger=[HALF, MOST], publishers=publishers
    )


def decided(study_, identifier):
    picture = estimates.estimate(study_)
    rows = chokepoints.rank(study_, picture, dependencies.build(study_, picture), "QUAD").rows
    return decisive.decide(study_, picture, trail.build(study_, picture, rows), identifier, rows)


def central(study_, identifier):
    return estimates.estimate(study_).by_id[identifier].central


def setters(found):
    return [item.id for item in found.items if item.role.startswith(("sets the central", "sets the number"))]


THREE = [
    small.figure(1, "ore/mine", "CHN", 0.6),
    small.figure(2, "ore/mine", "CHN", 0.7, source_id="pub-2"),
    small.figure(3, "ore/mine", "CHN", 0.9, source_id="pub-3"),
]


def test_of_three_publishers_the_one_in_the_middle_sets_the_number_and_the_others_its_ends():
    found = decided(chain(THREE), "K:QUAD:CHN:ore/mine")
    assert {item.id: item.role for item in found.items} == {
        "F-2": "sets the central value",
        "F-1": "sets the low end",
        "F-3": "sets the high end",
    }
    assert found.items[0].id == "F-2"


@pytest.mark.parametrize(("name", "moves"), [("F-1", False), ("F-2", True), ("F-3", False)])
def test_changing_the_figure_that_is_named_changes_the_number_and_changing_another_does_not(name, moves):
    study_ = chain(THREE)
    assert (name in setters(decided(study_, "E:ore/mine:CHN"))) == moves
    changed = decisive.moved(study_, name, 1.01)
    assert (central(changed, "E:ore/mine:CHN") > central(study_, "E:ore/mine:CHN") + 0.005) == moves


def test_a_quantity_is_named_before_the_world_total_that_it_is_a_part_of():
    rows = [
        small.figure(1, "ore/mine", "WLD", 100.0, metric="production", unit="t"),
        small.figure(2, "ore/mine", "CHN", 80.0, metric="production", unit="t"),
    ]
    assert setters(decided(chain(rows), "K:QUAD:CHN:ore/mine")) == ["F-2", "F-1"]


def test_a_share_that_only_a_word_supports_is_set_by_the_claim():
    study_ = chain(claims=[small.claim(1, "ore/mine", "CHN")])
    found = decided(study_, "E:ore/mine:CHN")
    assert setters(found) == ["C-1"]
    assert central(decisive.moved(study_, "C-1", 0.9), "E:ore/mine:CHN") < central(study_, "E:ore/mine:CHN")


def test_a_claim_stands_before_a_figure_that_only_bounds():
    found = decided(chain(THREE, [small.claim(1, "ore/mine", "CHN")]), "E:ore/mine:CHN")
    order = [item.id for item in found.items]
    assert order[0] == "F-2"
    assert order.index("C-1") < min(order.index("F-1"), order.index("F-3"))


def test_where_publishers_agree_those_that_agree_are_named():
    rows = [small.figure(n, "ore/mine", "CHN", 0.7, source_id=f"pub-{n}") for n in (1, 2, 3)]
    assert setters(decided(chain(rows), "E:ore/mine:CHN")) == ["F-1", "F-2", "F-3"]


def test_the_assumption_whose_range_moves_the_loss_most_comes_first():
    found = decided(chain(THREE), "K:QUAD:CHN:ore/mine")
    # 0.7 of the ore, times 0.5 (drones), times 0.5 to 1 (metal); or times 0.9 (metal), times 0.4 to 0.6 (drones)
    assert [item.id for item in found.assumptions] == ["A-most", "A-half"]
    assert "18 percentage points" in found.assumptions[0].role
    assert "13 percentage points" in found.assumptions[1].role


def test_a_row_says_its_numbers_with_their_ranges():
    found = decided(chain(THREE), "K:QUAD:CHN:ore/mine")
    assert "CHN has 70% (60-90) of the supply of ore/mine to QUAD" in found.headline
    assert "QUAD loses 32% (12-54) of its finished goods" in found.headline


@pytest.fixture(scope="module")
def whole():
    """Return the shipped study with all that can be asked about, built once."""
    loaded = study.load(study.find(None))
    picture = estimates.estimate(loaded)
    rows = chokepoints.rank(loaded, picture, dependencies.build(loaded, picture), "QUAD").rows
    return loaded, picture, trail.build(loaded, picture, rows), rows


KINDS = ["chokepoint", "estimate", "disagreement", "figure", "claim", "assumption", "stage", "recipe", "buffer", "source",
         "publication", "lexicon", "product", "economy", "bloc", "unit"]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_identifier_fits_on_fifteen_lines_and_ends_with_the_way_to_the_rest(whole, kind):
    loaded, picture, built, rows = whole
    identifier = next(node for node in built if built.nodes[node].get("kind") == kind)
    written = decisive.lines(decisive.decide(loaded, picture, built, identifier, rows))
    assert 2 <= len(written) <= 15
    assert written[-1] == f"The whole trail: depgraph why {identifier} --full"


def test_the_figure_named_for_a_row_of_the_shipped_study_moves_that_row(whole):
    loaded, picture, built, rows = whole
    first = decisive.decide(loaded, picture, built, "K:QUAD:CHN:rare_earths/magnet", rows).items[0]
    start = picture.by_id["E:rare_earths/magnet:CHN"].central
    for factor, up in ((0.99, False), (1.01, True)):
        again = central(decisive.moved(loaded, first.id, factor), "E:rare_earths/magnet:CHN")
        assert (again > start) == up
        assert again != start
