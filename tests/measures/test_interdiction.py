"""Worst removals: golden numbers, an independent inner programme, and every set tried."""

import itertools
import math
from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from depgraph.core.errors import UnboundedError, UncertifiedError, UnknownNameError
from depgraph.measures import interdiction
from depgraph.measures.interdiction import InvalidAttackError, Production
from depgraph.measures.structure import InvalidNetworkError

few = settings(deadline=None, max_examples=30, derandomize=True)

# golden interdiction-leontief-bom: constructed, by enumeration and dual programme
DRONES = Production(
    capacity={
        ("oxide", "CN"): 90,
        ("oxide", "MY"): 12,
        ("oxide", "US"): 6,
        ("chip", "TW"): 70,
        ("chip", "CN"): 40,
        ("chip", "JP"): 25,
        ("chip", "US"): 20,
    },
    need={"drone": {"oxide": 0.3, "chip": 1.0}},
    demand={"drone": 150},
    value={"drone": 1},
)

# Cormen, Leiserson, Rivest and Stein, 3rd edition, figure 26.1 (golden interdiction-clrs)
CLRS = [
    ("s", "v1", 16),
    ("s", "v2", 13),
    ("v1", "v3", 12),
    ("v2", "v1", 4),
    ("v3", "v2", 9),
    ("v2", "v4", 14),
    ("v4", "v3", 7),
    ("v3", "t", 20),
    ("v4", "t", 4),
]

# motors need magnets, planes need magnets and chips: no input is needed by all but magnets
TWO = Production(
    capacity={("magnet", "CN"): 8, ("magnet", "JP"): 2, ("chip", "TW"): 6, ("chip", "US"): 1},
    need={"motor": {"magnet": 1}, "plane": {"magnet": 0.5, "chip": 2}},
    demand={"motor": 7, "plane": 9},
    value={"motor": 1, "plane": 10},
)


def flow_network(arcs):
    network = nx.DiGraph()
    network.add_weighted_edges_from(arcs, "capacity")
    return network


def best_reply(production, removed=()):
    """Solve the inner programme as it is written in methods 2.3, with scipy."""
    products, arcs = sorted(production.need), sorted(set(production.capacity) - set(removed))
    inputs = sorted({item for needs in production.need.values() for item in needs})
    if not products:
        return 0.0
    rows = [
        [production.need[p].get(item, 0) for p in products] + [-1.0 if arc[0] == item else 0.0 for arc in arcs]
        for item in inputs
    ]
    limits = [(0, production.demand[p]) for p in products] + [(0, production.capacity[arc]) for arc in arcs]
    costs = [-production.value[p] for p in products] + [0.0] * len(arcs)
    table = np.array(rows, dtype=float).reshape(len(inputs), len(limits))
    return -linprog(costs, A_ub=table, b_ub=np.zeros(len(inputs)), bounds=limits).fun


amounts = st.sampled_from([0, 0.5, 1, 2, 3, 7, 20])


@st.composite
def productions(draw):
    inputs, suppliers = "xyz"[: draw(st.integers(1, 3))], "AB"
    capacity = {(item, supplier): draw(amounts) for item in inputs for supplier in suppliers}
    products = "pqr"[: draw(st.integers(1, 3))]
    need = {p: draw(st.dictionaries(st.sampled_from(inputs), st.sampled_from([0, 0.25, 1, 3]))) for p in products}
    return Production(capacity, need, {p: draw(amounts) for p in products}, {p: draw(amounts) for p in products})


# --- the best reply


def test_the_scarcest_input_limits_the_output():
    assert interdiction.output(DRONES).value == pytest.approx(150)  # all that can be finished
    assert interdiction.output(DRONES, [("oxide", "CN")]).value == pytest.approx(18 / 0.3)
    assert interdiction.output(DRONES, [("chip", "TW")]).amounts == pytest.approx({"drone": 85})


def test_scarce_inputs_go_to_the_worthier_product():
    # chips allow 3.5 planes, which take 1.75 of 10 magnets; 7 motors take the rest
    assert interdiction.output(TWO).value == pytest.approx(10 * 3.5 + 7)
    # 2 magnets: 3.5 planes take 1.75, a quarter of a motor is left
    assert interdiction.output(TWO, [("magnet", "CN")]).value == pytest.approx(35.25)


def test_a_product_without_inputs_or_worth_is_made_in_full_or_not_at_all():
    production = Production({}, {"idea": {}, "waste": {}}, {"idea": 3, "waste": 4}, {"idea": 2, "waste": 0})
    assert interdiction.output(production) == (6, {"idea": 3, "waste": 0})


def test_nothing_can_be_made_of_nothing():
    assert interdiction.output(Production({}, {}, {}, {})) == (0, {})
    assert interdiction.output(replace(DRONES, demand={"drone": 0})).value == 0


@few
@given(productions(), st.sets(st.sampled_from([(item, supplier) for item in "xyz" for supplier in "AB"])))
def test_the_best_reply_is_that_of_another_solver_and_feasible(production, removed):
    removed &= set(production.capacity)
    reply = interdiction.output(production, removed)
    assert reply.value == pytest.approx(best_reply(production, removed), abs=1e-6)
    assert reply.value == pytest.approx(sum(production.value[p] * z for p, z in reply.amounts.items()), abs=1e-9)
    for item in "xyz":
        used = sum(production.need[p].get(item, 0) * z for p, z in reply.amounts.items())
        left = sum(size for arc, size in production.capacity.items() if arc[0] == item and arc not in removed)
        assert used <= left + 1e-6
    assert all(0 <= z <= production.demand[p] for p, z in reply.amounts.items())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"capacity": {**DRONES.capacity, ("chip", "JP"): None}}, "capacity of chip from JP is None"),
        ({"capacity": {**DRONES.capacity, ("chip", "JP"): -1}}, "is -1"),
        ({"need": {"drone": {"oxide": math.nan}}}, "need of drone for oxide is nan"),
        ({"need": {"drone": {"battery": 1}}}, "no supplier is known"),
        ({"demand": {}}, "demand of drone is None"),
        ({"demand": {"drone": math.inf}}, "is inf"),
        ({"value": {"drone": None}}, "value of drone is None"),
    ],
)
def test_unknown_numbers_are_not_taken_for_zero(change, message):
    with pytest.raises(InvalidAttackError, match=message):
        interdiction.output(replace(DRONES, **change))


# --- targets


def test_an_economy_switches_all_its_arcs():
    targets = interdiction.economy_targets(DRONES)
    assert targets["CN"] == (("chip", "CN"), ("oxide", "CN"))
    assert list(targets) == ["CN", "JP", "MY", "TW", "US"]
    assert len(interdiction.arc_targets(DRONES)) == 7


def test_names_that_run_together_are_refused():
    production = Production({("b:c", "a"): 1, ("c", "a:b"): 1}, {}, {}, {})
    with pytest.raises(InvalidAttackError, match="colons"):
        interdiction.arc_targets(production)


def test_a_target_with_an_unknown_arc_is_refused():
    with pytest.raises(UnknownNameError, match="did you mean chip -> CN"):
        interdiction.worst_removals(DRONES, 1, targets={"CN": [("chips", "CN")]})


# --- the worst removals


@pytest.mark.parametrize(("k", "value"), list(enumerate([150, 60, 20, 0, 0])))
@pytest.mark.parametrize("limit", [0, 50_000])
def test_drones_left_after_k_removals(k, value, limit):
    attack = interdiction.worst_removals(DRONES, k, limit=limit)
    assert attack.value == pytest.approx(value, abs=1e-6)
    assert attack.bound == pytest.approx(value, abs=1e-6)
    assert attack.proven
    assert attack.loss == pytest.approx(1 - value / 150)
    assert interdiction.output(DRONES, attack.arcs).value == attack.value


def test_the_worst_sets_are_named():
    assert interdiction.worst_removals(DRONES, 1).ties == (("CN:oxide",),)
    assert interdiction.worst_removals(DRONES, 2).ties == (("CN:oxide", "MY:oxide"),)
    assert interdiction.worst_removals(DRONES, 2, limit=0).ties is None


def test_a_budget_for_all_suppliers_of_an_input_leaves_nothing():
    three = interdiction.worst_removals(DRONES, 3)
    assert (three.value, three.method) == (0, "cut-off")
    assert three.ties == (("CN:oxide", "MY:oxide", "US:oxide"),)
    # with one more the four chip makers would do as well
    four = interdiction.worst_removals(DRONES, 4)
    assert four.removed == three.removed
    assert four.ties == (*three.ties, ("CN:chip", "JP:chip", "TW:chip", "US:chip"))
    assert interdiction.worst_removals(DRONES, 99).value == 0


def test_economies_take_all_their_arcs_along():
    attack = interdiction.worst_removals(DRONES, 1, targets=interdiction.economy_targets(DRONES))
    assert attack.removed == ("CN",)
    assert attack.arcs == (("chip", "CN"), ("oxide", "CN"))
    assert attack.value == pytest.approx(60)


def test_equal_removals_are_all_named():
    twins = Production({("part", x): 5 for x in "abc"}, {"good": {"part": 1}}, {"good": 99}, {"good": 1})
    attack = interdiction.worst_removals(twins, 2)
    assert attack.ties == (("a:part", "b:part"), ("a:part", "c:part"), ("b:part", "c:part"))
    assert attack.removed == attack.ties[0]
    assert attack.value == pytest.approx(5)


def test_one_input_of_several_products_is_worse_than_the_largest_supplier():
    attack = interdiction.worst_removals(TWO, 1)
    # taking 6 of 7 chips leaves half a plane and all 7 motors: 12 of 42
    assert attack.removed == ("TW:chip",)
    assert attack.value == pytest.approx(12)
    assert interdiction.worst_removals(TWO, 2).method == "cut-off"


def test_without_a_common_input_the_programme_finds_the_loss_of_everything():
    apart = Production(
        capacity={("x", "A"): 1, ("y", "B"): 1},
        need={"p": {"x": 1}, "q": {"y": 1}},
        demand={"p": 1, "q": 1},
        value={"p": 1, "q": 1},
    )
    attack = interdiction.worst_removals(apart, 2)
    assert attack.method == "programme and enumeration"
    assert attack.value == pytest.approx(0, abs=1e-9)


def test_targets_that_share_an_arc_may_overlap():
    targets = {"north": [("oxide", "CN"), ("chip", "JP")], "east": [("oxide", "CN"), ("chip", "TW")]}
    attack = interdiction.worst_removals(DRONES, 2, targets=targets, limit=0)
    assert attack.value == pytest.approx(60)
    assert interdiction.worst_removals(DRONES, 2, targets=targets).ties == (("east", "north"),)


def test_without_a_target_that_matters_nothing_is_lost():
    attack = interdiction.worst_removals(DRONES, 2, targets={"none": []})
    assert (attack.value, attack.removed, attack.method) == (attack.undisturbed, (), "nothing removed")
    idle = interdiction.worst_removals(replace(DRONES, value={"drone": 0}), 2)
    assert (idle.value, idle.loss, idle.gap, idle.proven) == (0, None, 0, True)


def test_a_negative_budget_is_refused():
    with pytest.raises(InvalidAttackError, match="negative"):
        interdiction.worst_removals(DRONES, -1)


def test_no_time_gives_no_answer():
    with pytest.raises(UncertifiedError, match="Time limit"):
        interdiction.worst_removals(DRONES, 2, seconds=0, limit=0)


def test_a_bound_below_the_value_is_a_gap_and_not_proven(monkeypatch):
    monkeypatch.setattr(interdiction, "_programme", lambda *_: (("CN:oxide",), 0.25))
    attack = interdiction.worst_removals(DRONES, 1, limit=0)
    assert attack.bound == pytest.approx(0.25 * 150)
    assert attack.gap == pytest.approx((60 - 37.5) / 150)
    assert not attack.proven


@pytest.mark.parametrize(("names", "bound"), [(("TW:chip",), 0.3), (("CN:oxide",), 0.5)])
def test_programme_and_enumeration_must_agree(monkeypatch, names, bound):
    # the worst leaves 0.4: a bound above it is wrong, and so is an answer below it
    monkeypatch.setattr(interdiction, "_programme", lambda *_: (names, bound))
    if bound < 0.4:
        monkeypatch.setattr(interdiction, "_value", lambda *_: 0.35)
    with pytest.raises(UncertifiedError, match="trying every set"):
        interdiction.worst_removals(DRONES, 1)


def test_a_programme_that_the_best_reply_denies_is_refused(monkeypatch):
    monkeypatch.setattr(interdiction, "_value", lambda *_: 0.9)
    with pytest.raises(UncertifiedError, match="best reply"):
        interdiction.worst_removals(DRONES, 1, limit=0)


@few
@given(productions(), st.booleans())
def test_programme_enumeration_and_another_solver_agree_and_values_do_not_rise(production, economies):
    targets = (interdiction.economy_targets if economies else interdiction.arc_targets)(production)
    total = 1 + best_reply(production)
    last = math.inf
    for k in range(4):
        both = interdiction.worst_removals(production, k, targets=targets)
        alone = interdiction.worst_removals(production, k, targets=targets, limit=0)
        sets = itertools.combinations(targets, min(k, len(targets)))
        worst = min(best_reply(production, {arc for name in names for arc in targets[name]}) for names in sets)
        assert both.value == pytest.approx(worst, abs=1e-6 * total)
        assert alone.value == pytest.approx(worst, abs=1e-6 * total)
        assert both.proven
        assert alone.proven
        assert both.value <= last + 1e-9 * total
        last = both.value
        for names in both.ties:
            gone = {arc for name in names for arc in targets[name]}
            assert best_reply(production, gone) == pytest.approx(worst, abs=1e-6 * total)


@few
@given(productions())
def test_removing_economies_is_no_better_than_removing_their_arcs(production):
    arcs = interdiction.worst_removals(production, 1)
    economies = interdiction.worst_removals(production, 1, targets=interdiction.economy_targets(production))
    assert economies.value <= arcs.value + 1e-9 * (1 + arcs.undisturbed)


@pytest.mark.parametrize("tonnes", [1e-9, 1e9])
def test_the_worst_does_not_depend_on_the_unit(tonnes):
    capacity = {arc: size * (tonnes if arc[0] == "oxide" else 1) for arc, size in DRONES.capacity.items()}
    scaled = replace(DRONES, capacity=capacity, need={"drone": {"oxide": 0.3 * tonnes, "chip": 1.0}})
    attack = interdiction.worst_removals(scaled, 2)
    assert attack.value == pytest.approx(20)
    assert attack.ties == (("CN:oxide", "MY:oxide"),)


def test_attacks_do_not_change_what_they_are_given():
    before = repr(DRONES)
    interdiction.worst_removals(DRONES, 2)
    assert repr(DRONES) == before


# --- enumeration


def test_any_function_can_be_attacked():
    left = {("a", "b"): 2.0, ("a", "c"): 1.0, ("b", "c"): 1.0 + 5e-10}
    assert interdiction.enumerate_worst("cab", 2, left.__getitem__) == (1.0, (("a", "c"), ("b", "c")))


def test_more_sets_than_the_limit_are_refused():
    with pytest.raises(InvalidAttackError, match="10 sets of 2 targets are more than 9"):
        interdiction.enumerate_worst("abcde", 2, lambda _: 0.0, limit=9)


def test_a_budget_above_the_number_of_targets_removes_all():
    assert interdiction.enumerate_worst("ab", 5, len) == (2, (("a", "b"),))
    assert interdiction.enumerate_worst("", 5, len) == (0, ((),))


# --- flows


@pytest.mark.parametrize(("k", "value"), list(enumerate([23, 4, 0, 0])))
def test_textbook_flow_left_after_k_removals(k, value):
    attack = interdiction.worst_flow_removals(flow_network(CLRS), "s", "t", k)
    assert attack.value == pytest.approx(value, abs=1e-6)
    assert attack.undisturbed == 23
    assert attack.loss == pytest.approx(1 - value / 23)
    assert len(attack.cut) == {0: 3, 1: 1}.get(k, 0)


def test_the_worst_single_arc_of_the_textbook_flow_is_unique():
    attack = interdiction.worst_flow_removals(flow_network(CLRS), "s", "t", 1)
    assert attack.ties == (("v3 -> t",),)
    assert attack.cut == (("v4", "t"),)


def test_every_pair_of_arcs_that_stops_the_textbook_flow_is_named():
    # the cuts of two arcs: around s, {s,v1}, {s,v1,v2}, {s,v1,v2,v3} and all but t
    attack = interdiction.worst_flow_removals(flow_network(CLRS), "s", "t", 2)
    assert set(attack.ties) == {
        ("s -> v1", "s -> v2"),
        ("s -> v2", "v1 -> v3"),
        ("v1 -> v3", "v2 -> v4"),
        ("v2 -> v4", "v3 -> t"),
        ("v3 -> t", "v4 -> t"),
    }


def test_groups_of_arcs_go_together():
    groups = {"mid": [("v1", "v3"), ("v4", "v3"), ("v4", "t")], "in": [("s", "v1")]}
    attack = interdiction.worst_flow_removals(flow_network(CLRS), "s", "t", 1, targets=groups)
    assert attack.removed == ("mid",)
    assert attack.value == 0


def test_where_nothing_flows_no_loss_is_defined():
    attack = interdiction.worst_flow_removals(flow_network([("t", "s", 1)]), "s", "t", 1)
    assert (attack.undisturbed, attack.value, attack.loss) == (0, 0, None)


def test_flow_removals_refuse_what_they_cannot_answer():
    network = flow_network(CLRS)
    with pytest.raises(UnknownNameError):
        interdiction.worst_flow_removals(network, "s", "sink", 1)
    with pytest.raises(UnknownNameError):
        interdiction.worst_flow_removals(network, "s", "t", 1, targets={"X": [("t", "s")]})
    with pytest.raises(InvalidAttackError, match="two nodes"):
        interdiction.worst_flow_removals(network, "s", "s", 1)
    with pytest.raises(InvalidNetworkError, match="is None"):
        interdiction.worst_flow_removals(network, "s", "t", 1, capacity="tonnes")
    with pytest.raises(InvalidAttackError, match="negative"):
        interdiction.worst_flow_removals(network, "s", "t", -1)
    with pytest.raises(InvalidAttackError, match="more than 5"):
        interdiction.worst_flow_removals(network, "s", "t", 1, limit=5)
    with pytest.raises(UnboundedError):
        interdiction.worst_flow_removals(flow_network([("s", "t", math.inf)]), "s", "t", 0)


PAIRS = [(u, v) for u in "abcde" for v in "abcde" if u != v]


@few
@given(st.dictionaries(st.sampled_from(PAIRS), st.integers(1, 9), max_size=10))
def test_flow_left_is_that_of_the_network_without_the_arcs_and_does_not_rise(sizes):
    network = flow_network([(*arc, size) for arc, size in sizes.items()])
    network.add_nodes_from("abcde")
    last = math.inf
    for k in range(3):
        attack = interdiction.worst_flow_removals(network, "a", "e", k)
        values = []
        for gone in itertools.combinations(sizes, min(k, len(sizes))):
            rest = network.copy()
            rest.remove_edges_from(gone)
            values.append(nx.maximum_flow_value(rest, "a", "e", flow_func=nx.algorithms.flow.edmonds_karp))
        assert attack.value == min(values) <= last
        assert attack.value == sum(sizes[arc] for arc in attack.cut)
        assert len(attack.ties) == values.count(min(values))
        last = attack.value
