"""Weights of finished goods: sums to one, no dollar counted twice, value at stake within the value of the goods."""

import itertools
import math

import pytest

from depgraph.analysis import chokepoints, goods
from depgraph.core.errors import QuestionError, StudyError, UnknownNameError
from depgraph.evidence import estimates
from depgraph.graph import dependencies
from depgraph.graph.dependencies import Range
from depgraph.interface import loading
from depgraph.study import ledger
from tests import small

CELL, DRONE, METAL = "cell/made", "drone/complete", "metal/plant"
GOODS = (CELL, DRONE)
USE = small.assumption("A-use", 1.0, unit="USD")
INSIDE = small.assumption("A-cells-in-drones", 0.25, 0.1, 0.5)
SPENT = [
    small.weight(CELL, 300.0, economy="QUAD", low=200.0, high=400.0),
    small.weight(DRONE, 100.0, economy="QUAD", low=80.0, high=160.0),
]


def study(weights=SPENT, nesting=(), figures=(), ledger_rows=()):
    """Make metal that goes into cells alone, and cells that go into drones; both are finished goods."""
    stages = [small.stage(METAL), small.stage(CELL, final=True), small.stage(DRONE, final=True)]
    recipes = [small.recipe(1, METAL, CELL, "A-all"), small.recipe(2, CELL, DRONE, "A-half")]
    return small.make(
        figures=figures, stages=stages, recipes=recipes, weights=weights, nesting=nesting,
        ledger=[USE, INSIDE, small.assumption("A-all", 1.0), small.assumption("A-half", 0.5), *ledger_rows],
    )  # fmt: skip


def uses_of(made, bloc="QUAD", wanted=GOODS):
    return goods.yearly_uses(made, bloc, wanted)


def ranked(made, bloc="QUAD", **more):
    picture = estimates.estimate(made)
    return chokepoints.rank(made, picture, dependencies.build(made, picture), bloc, **more)


# --- yearly use ---------------------------------------------------------------------------------


def test_without_goods_inside_the_net_value_is_the_gross_value():
    found = uses_of(study())
    assert found[CELL].gross == found[CELL].net == Range(200.0, 300.0, 400.0)


def test_what_is_inside_another_good_is_taken_off_the_outer_one_once():
    found = uses_of(study(nesting=[small.nested(DRONE, CELL, "A-cells-in-drones")]))
    assert found[DRONE].gross == Range(80.0, 100.0, 160.0)
    assert found[DRONE].net == pytest.approx((80 * 0.5, 100 * 0.75, 160 * 0.9))
    assert found[CELL].net == found[CELL].gross
    assert "A-cells-in-drones" in found[DRONE].parents


def test_a_good_inside_is_only_taken_off_where_it_is_considered_itself():
    made = study(nesting=[small.nested(DRONE, CELL, "A-cells-in-drones")])
    assert uses_of(made, wanted=(DRONE,))[DRONE].net == Range(80.0, 100.0, 160.0)


def test_several_goods_inside_one_are_taken_off_together():
    nesting = [small.nested(DRONE, CELL, "A-cells-in-drones"), small.nested(DRONE, METAL, "A-metal-in-drones")]
    made = study(nesting=nesting, ledger_rows=[small.assumption("A-metal-in-drones", 0.5)])
    assert uses_of(made, wanted=(CELL, DRONE, METAL))[DRONE].net == pytest.approx((0.0, 25.0, 160 * 0.4))


def test_goods_inside_that_are_worth_more_than_the_good_are_refused():
    most = small.assumption("A-too-much", 0.8, 0.7, 1.1)
    made = study(nesting=[small.nested(DRONE, CELL, "A-too-much")], ledger_rows=[most])
    with pytest.raises(StudyError, match="worth more than the good"):
        uses_of(made)


def test_a_bound_that_is_missing_is_the_value():
    assert uses_of(study([small.weight(CELL, 7.0, economy="QUAD")]))[CELL].gross == (7.0, 7.0, 7.0)


def test_money_is_turned_into_dollars():
    made = study([small.weight(CELL, 7.0, economy="QUAD", unit="kUSD")])
    assert uses_of(made)[CELL].gross.central == 7000.0


MEMBERS = [
    small.weight(CELL, value, economy=code, low=value / 2, high=value * 2)
    for code, value in {"AUS": 1.0, "IND": 2.0, "JPN": 3.0, "USA": 4.0}.items()
]


def test_a_bloc_is_the_sum_of_its_members():
    assert uses_of(study(MEMBERS))[CELL].gross == pytest.approx((5.0, 10.0, 20.0))


def test_a_bloc_of_which_one_member_is_not_known_is_not_known():
    assert CELL not in uses_of(study(MEMBERS[:3]))


def test_a_row_of_the_bloc_itself_goes_before_the_sum():
    assert uses_of(study([*MEMBERS, SPENT[0]]))[CELL].gross == Range(200.0, 300.0, 400.0)


def test_a_good_without_a_row_is_missing_and_not_worth_nothing():
    assert set(uses_of(study(SPENT[:1]))) == {CELL}


# --- sets of weights ----------------------------------------------------------------------------


DEFENCE = [
    small.weight(DRONE, 3.0, name="defence", unit="index"),
    small.weight(CELL, 1.0, name="defence", unit="index"),
]


def weigh(made, name, wanted=GOODS):
    return goods.weigh(made, uses_of(made, wanted=wanted), wanted, name)


def test_value_weighs_by_the_net_value():
    found = weigh(study(nesting=[small.nested(DRONE, CELL, "A-cells-in-drones")]), "value")
    assert found.parts == pytest.approx({CELL: 300 / 375, DRONE: 75 / 375})


def test_equal_weighs_all_alike():
    assert weigh(study(), "equal").parts == {CELL: 0.5, DRONE: 0.5}


def test_another_set_weighs_by_its_rows():
    assert weigh(study([*SPENT, *DEFENCE]), "defence").parts == {CELL: 0.25, DRONE: 0.75}


def test_a_good_that_a_set_does_not_name_weighs_nothing():
    assert weigh(study([*SPENT, DEFENCE[0]]), "defence").parts == {CELL: 0.0, DRONE: 1.0}


def test_value_comes_first_where_every_good_has_one_and_else_not_at_all():
    whole = study([*SPENT, *DEFENCE])
    assert goods.names_of_sets(whole, uses_of(whole), GOODS) == ["value", "equal", "defence"]
    part = study(SPENT[:1])
    assert goods.names_of_sets(part, uses_of(part), GOODS) == ["equal"]


def test_a_set_that_names_none_of_the_goods_is_not_offered():
    made = study([*SPENT, DEFENCE[0]])
    assert goods.names_of_sets(made, uses_of(made, wanted=(CELL,)), (CELL,)) == ["value", "equal"]


def test_a_set_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(UnknownNameError, match=r"equl.*did you mean equal"):
        weigh(study(), "equl")


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "own.csv"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def test_a_file_weighs_by_its_ratios(file):
    found = weigh(study(), file(f"good,weight\n{CELL},10\n{DRONE},30\n"))
    assert found.parts == {CELL: 0.25, DRONE: 0.75}


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("good,weight\ndrone/compleet,1\n", UnknownNameError, "did you mean drone/complete"),
        (f"good,weight\n{METAL},1\n", UnknownNameError, "unknown finished good"),
        (f"good,weight\n{DRONE},-1\n", QuestionError, "a weight below 0"),
        (f"good,weight\n{DRONE},0\n{CELL},0\n", QuestionError, "weighs none of the finished goods"),
        ("good,weight\n", QuestionError, "weighs none of the finished goods"),
        (f"good,weight\n{DRONE},much\n", StudyError, "much"),
        (f"good,weight\n{DRONE},\n", StudyError, "weight"),
        (f"good,weight\n{DRONE},nan\n", StudyError, "nan"),
        (f"good,weight\n{DRONE},1\n{DRONE},2\n", StudyError, "already"),
        (f"good,heft\n{DRONE},1\n", StudyError, "heft"),
        ("", StudyError, "good"),
    ],
)
def test_a_file_that_is_no_set_of_weights_is_refused(file, text, error, message):
    with pytest.raises(error) as caught:
        weigh(study(), file(text))
    told = str(caught.value) + "".join(map(str, getattr(caught.value, "problems", ())))
    assert message in told


# --- losses and value at stake ------------------------------------------------------------------


SHARES = [small.figure(1, METAL, "CHN", 0.8, low=0.8, high=0.8)]


def test_a_loss_is_the_weighted_mean_over_the_goods():
    (row,) = ranked(study(figures=SHARES)).rows
    assert row.goods == {CELL: pytest.approx((0.8, 0.8, 0.8)), DRONE: pytest.approx((0.4, 0.4, 0.4))}
    assert row.loss.central == pytest.approx(0.75 * 0.8 + 0.25 * 0.4)
    assert ranked(study(figures=SHARES), weights="equal").rows[0].loss.central == pytest.approx(0.6)


def test_value_at_stake_is_what_is_lost_of_each_goods_net_value():
    made = study(nesting=[small.nested(DRONE, CELL, "A-cells-in-drones")], figures=SHARES)
    (row,) = ranked(made).rows
    assert row.value == pytest.approx((200 * 0.8 + 40 * 0.4, 300 * 0.8 + 75 * 0.4, 400 * 0.8 + 144 * 0.4))


def test_value_at_stake_does_not_depend_on_the_weights():
    made = study([*SPENT, *DEFENCE], figures=SHARES)
    assert len({ranked(made, weights=name).rows[0].value for name in ("value", "equal", "defence")}) == 1


def test_without_the_value_of_a_good_that_is_reached_nothing_is_said_of_what_is_at_stake():
    (row,) = ranked(study(SPENT[:1], figures=SHARES)).rows
    assert row.value is None
    assert row.weights == {CELL: 0.5, DRONE: 0.5}


def test_the_cells_of_a_drone_are_lost_once():
    """A whole loss of metal costs no more than what is spent on both goods net of what is counted in each."""
    whole = [small.figure(1, METAL, "CHN", 1.0, low=1.0, high=1.0)]
    nesting = [small.nested(DRONE, CELL, "A-cells-in-drones")]
    (row,) = ranked(study(nesting=nesting, figures=whole)).rows
    assert row.value.central == pytest.approx(300 + 75 * 0.5)
    assert row.value.central < 300 + 100 * 0.5


# --- the shipped study --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def loaded():
    return loading.load()


@pytest.fixture(scope="module", params=["QUAD", "JPN"])
def shipped(loaded, request):
    return chokepoints.rank(loaded, loaded.picture, loaded.network, request.param)


def test_all_shipped_weights_sum_to_one(shipped):
    for name, weights in shipped.sets.items():
        assert math.fsum(weights.parts.values()) == pytest.approx(1.0, abs=1e-12), name
        assert min(weights.parts.values()) >= 0
        assert set(weights.parts) == set(shipped.goods)


def test_value_is_the_default_and_three_sets_are_shipped(shipped):
    assert list(shipped.sets) == ["value", "equal", "defence"]
    assert shipped.weights.name == "value"


def test_value_at_stake_never_exceeds_the_net_value_of_the_goods_that_are_reached(shipped):
    for row in shipped.rows:
        assert row.value is not None
        for level in range(3):
            most = math.fsum(shipped.uses[good].net[level] for good in row.goods)
            assert 0 <= row.value[level] <= most * (1 + 1e-12), row.chokepoint_id


def test_no_net_value_exceeds_the_gross_value_and_none_is_below_zero(shipped):
    for use in shipped.uses.values():
        for net, gross in zip(use.net, use.gross, strict=True):
            assert 0 <= net <= gross


def test_the_net_values_of_all_goods_and_what_is_inside_them_are_the_gross_values(loaded, shipped):
    """Summed over goods, gross less net is the central value of everything nested, each pair once."""
    nested = [row for row in loaded.tables["nesting"] if {row["outer"], row["inner"]} <= set(shipped.goods)]
    pairs = [(row["outer"], row["inner"]) for row in nested]
    assert len(pairs) == len(set(pairs)) > 0
    inside = math.fsum(shipped.uses[row["outer"]].gross.central * loaded.assumption(row["parent"])[1] for row in nested)
    apart = math.fsum(use.gross.central - use.net.central for use in shipped.uses.values())
    assert apart == pytest.approx(inside)


def test_nothing_is_nested_in_itself(loaded):
    import networkx as nx

    graph = nx.DiGraph((row["inner"], row["outer"]) for row in loaded.tables["nesting"])
    assert nx.is_directed_acyclic_graph(graph)
    goods_inside = [row["inner"] for row in loaded.tables["nesting"]]
    assert "pharmaceuticals/antibiotic_dose" in goods_inside


def test_a_shipped_bloc_spends_what_its_members_spend(loaded):
    members = loaded.economies.expand("QUAD")
    whole = chokepoints.rank(loaded, loaded.picture, loaded.network, "QUAD")
    parts = [goods.yearly_uses(loaded, member, whole.goods) for member in members]
    for good, use in whole.uses.items():
        for level in range(3):
            assert use.gross[level] == pytest.approx(math.fsum(part[good].gross[level] for part in parts)), good


def test_a_heavier_good_lifts_the_rows_that_reach_it_alone(loaded, tmp_path):
    for first, second in itertools.permutations(["gallium/device", "pharmaceuticals/antibiotic_dose"], 2):
        path = tmp_path / "own.csv"
        path.write_text(f"good,weight\n{first},99\n{second},1\n", encoding="utf-8")
        ranking = chokepoints.rank(loaded, loaded.picture, loaded.network, "QUAD", weights=str(path))
        assert first in ranking.rows[0].goods
        assert ranking.weights.parts[first] == pytest.approx(0.99)
        assert set(ranking.sets) == {str(path), "value", "equal", "defence"}


def test_the_parents_of_equal_weights_are_the_rule_alone(loaded):
    assert goods.behind_set(loaded, goods.set_id("equal", "QUAD")) == (ledger.EQUAL_WEIGHTS,)
    behind = goods.behind_set(loaded, goods.set_id("value", "JPN"))
    assert {name for name in behind if name.endswith(("-AUS", "-USA", "-IND"))} == set()
    assert all(name in loaded.ledger or name in loaded.figures or name in loaded.claims for name in behind)
