"""Programmes with whole numbers: what the solver says of them is told as far as it is proven."""

import pulp
import pytest

from depgraph.core.errors import InfeasibleError, NotProvenError
from depgraph.lp import integer


def problem(low, high, *, cost=1, least=None, most=None):
    made = pulp.LpProblem("p", pulp.LpMinimize)
    x = made.add_variable("x", low, high, cat="Integer")
    made += cost * x
    if least is not None:
        made += x >= least
    if most is not None:
        made += x <= most
    return made


def test_the_best_whole_number_comes_with_its_bound():
    found = integer.search(problem(0, 9, least=2.5), "x")
    assert (found.status, found.value) == ("Optimal", 3)
    assert found.bound == pytest.approx(3)


def test_what_even_broken_numbers_cannot_reach_is_proven_to_be_without_a_point():
    with pytest.raises(InfeasibleError):
        integer.search(problem(0, 9, least=12), "x")


def test_what_only_whole_numbers_cannot_reach_is_said_to_be_not_proven():
    with pytest.raises(NotProvenError, match="not proven"):
        integer.search(problem(0, 9, least=2.2, most=2.8), "x")


@pytest.mark.parametrize("least", [None, 2.5])
def test_a_cost_without_limit_gives_no_number(least):
    with pytest.raises(NotProvenError, match="not proven"):
        integer.search(problem(0, None, cost=-1, least=least), "x")


def test_a_search_puts_the_whole_numbers_back_where_it_let_them_go():
    given = problem(0, 9, least=12)
    with pytest.raises(InfeasibleError):
        integer.search(given, "x")
    assert [variable.cat for variable in given.variables()] == ["Integer"]
