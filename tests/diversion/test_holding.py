"""A price is told for the amount for which it holds: what all of it saves is what a run with that much more saves."""

import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

import depgraph as dg
from depgraph.cli import divert_tables
from depgraph.cli.names import Names
from depgraph.core import words
from depgraph.diversion import holding, marginal
from depgraph.diversion.holding import fallen, hold, risen, told
from depgraph.interface import plan_answers, plan_words
from depgraph.lp import prices, solve
from depgraph.lp.solve import Limit, Programme
from depgraph.lp.warm import WarmSolver

INF = np.inf
SHIPPED = ["gallium-stop", "quad-cap-rare-earths"]
SAID = re.compile(
    r"^(?P<amount>(?:under )?\S+) (?P<unit>.+?) (?P<side>more|less) (?P<verb>saves|costs) (?P<sum>.+?) in all(?P<rate> \(.+ a .+\))?$"
)
SCALES = {"billion": 1000.0, "million": 1.0, "thousand": 1e-3}


# --- a programme worked by hand -----------------------------------------------------------------


def need(capacity=9.5):
    """10 t are needed; a plant makes a tonne for 1, up to its capacity, and at most 0.75 t can be bought for 3."""
    at = np.arange(2, dtype=np.int32)
    return Programme(
        np.array([1.0, 3.0]),
        np.array([0, 0, 1], dtype=np.int32),
        np.array([*at, 0], dtype=np.int32),
        np.ones(3),
        np.array([10.0, -INF]),
        np.array([INF, capacity]),
        np.zeros(2),
        np.array([INF, 0.75]),
        ("need", "capacity"),
        ("make", "buy"),
    )


def of_capacity():
    found = prices.prices(need(), [Limit("row", 1, "high")])[0]
    return hold(-found.right, found.at, found.high, "t"), hold(-found.left, found.at, found.low, "t")


def test_a_tonne_more_would_save_half_of_what_the_price_a_tonne_says():
    # by hand: half a tonne is bought at 3 that the plant could make for 1; after that nothing is left to save
    rise, _ = of_capacity()
    assert (rise.amount, rise.saves, rise.price) == pytest.approx((0.5, 1.0, 2.0))
    cost = solve.solve(need()).objective
    assert cost - solve.solve(need(10.5)).objective == pytest.approx(rise.price / 2)
    assert cost - solve.solve(need(10.0)).objective == pytest.approx(rise.saves)
    assert told(rise) == "0.5 t more saves 1 million USD in all"


def test_less_costs_what_the_price_says_down_to_where_no_plan_is_left():
    # by hand: a quarter of a tonne can still be bought for 3 instead of made for 1
    _, fall = of_capacity()
    assert (fall.amount, fall.saves) == pytest.approx((0.25, 0.5), rel=1e-6)
    assert solve.solve(need(9.25)).objective - solve.solve(need()).objective == pytest.approx(fall.saves)
    assert told(fall, "less") == "0.25 t less costs 500,000 USD in all"


@pytest.mark.parametrize(
    ("price", "side", "text"),
    [
        (2.0, "more", "3 t more saves 6 million USD in all (2 million USD a t)"),
        (-2.0, "more", "3 t more costs 6 million USD in all (2 million USD a t)"),
        (2.0, "less", "3 t less costs 6 million USD in all (2 million USD a t)"),
        (-2.0, "less", "3 t less saves 6 million USD in all (2 million USD a t)"),
        (0.0, "more", "3 t more changes no cost"),
    ],
)
def test_the_sign_of_a_price_and_the_side_say_whether_money_is_saved(price, side, text):
    assert told(hold(price, 7.0, 10.0 if side == "more" else 4.0, "t"), side) == text


def test_a_range_within_the_accuracy_of_the_solver_is_this_point_only():
    assert hold(5.0, 100.0, 100.00005, "t").saves == 0
    assert hold(5.0, 100.0, 100.01, "t").saves == pytest.approx(0.05)
    assert told(hold(5.0, 100.0, 100.00005, "t")) == "the price holds at this point only"


# --- shipped scenarios --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def study():
    return dg.load()


@pytest.fixture(scope="module", params=SHIPPED)
def plan(request, study):
    return dg.divert(study, request.param)


@pytest.fixture(scope="module")
def rows(plan):
    return {"prices": plan.prices().rows, "binding": plan.binding().rows}


def number(text):
    """Return a number as people read it."""
    return float(text.replace(",", "").replace("−", "-"))


def millions(text):
    """Return a sum of money as people read it, million USD."""
    size, *scale = text.removesuffix("USD").removesuffix("US$").split()
    return number(size) * (SCALES[scale[0]] if scale else 1e-6)


def hold_to(text, row, side, price, width):
    """Hold what is told of a side to the price and the range of the row."""
    found = SAID.match(text)
    if found is None:
        assert text in {"the price holds at this point only", "no plan"}
        assert price is None or width <= 1e-6 * (1 + abs(row["at"]))
        return 0
    assert found["side"] == side
    assert found["verb"] == ("saves" if (price > 0) == (side == "more") else "costs")
    assert found["amount"] == words.digits(width)
    assert found["unit"] == ("percent of world output" if row["unit"] == "index" else row["unit"])
    assert millions(found["sum"]) == pytest.approx(abs(price) * width, rel=6e-3)
    assert bool(found["rate"]) == (width >= 1)
    if found["rate"]:
        rate, unit = found["rate"].strip(" ()").rsplit(" a ", 1)
        assert (millions(rate), unit) == (pytest.approx(abs(price), rel=6e-3), found["unit"])
    return 1


def readable(study, plan, rows, show):
    return divert_tables.readable(rows[show], show, Names(study, ids=True), plan_words.Names(study, plan.scenario))


def test_no_cell_for_people_promises_more_than_the_range_holds(study, plan, rows):
    raw = {row["limit"]: row for row in rows["prices"]}
    told_of = 0
    for shown in readable(study, plan, rows, "prices"):
        row = raw[shown["limit"]]
        told_of += hold_to(shown["more"], row, "more", row["more"], row["high"] - row["at"])
        told_of += hold_to(shown["less"], row, "less", row["less"], row["at"] - row["low"])
        assert not {"worth", "low", "high"} & set(shown)
    assert told_of >= 20


def test_no_cell_of_what_binds_promises_more_than_the_range_holds(study, plan, rows):
    raw = {row["limit"]: row for row in rows["binding"]}
    told_of = 0
    for shown in readable(study, plan, rows, "binding"):
        row = raw[shown["limit"]]
        assert not {"worth", "value"} & set(shown)
        if row["holds_for"] is None:
            assert shown["more"] == "not known how far the price holds"
        else:
            told_of += hold_to(shown["more"], row, "more", row["worth"], row["holds_for"])
    assert told_of >= 50


@pytest.mark.parametrize("show", ["prices", "binding"])
def test_the_sentence_tells_the_limit_of_which_more_saves_most_as_its_row_does(study, plan, rows, show):
    text = plan_answers.answer(study, plan.run, show, rows[show])
    said = text.removesuffix(".").rpartition(": ")[2]
    row = max(rows[show], key=lambda row: abs(row["saves_musd"] or 0.0))
    assert hold_to(said, row, "more", row.get("more", row["worth"]), row["holds_for"]) == 1
    assert plan_words.Names(study, plan.scenario).label(row["limit"])[1:] in text


def test_no_cell_or_heading_of_the_page_promises_more_than_the_range_holds(plan, rows):
    pages = pytest.importorskip("depgraph.pages.sections_sensitivity", exc_type=ImportError)
    found = SimpleNamespace(prices=marginal.capacity_prices(plan.run, 20), routes=(), failed={})
    section = pages.prices(found, "prices")
    raw = {row["limit"]: row for row in rows["prices"]}
    (table,) = section.tables
    for cells in table.rows:
        shown = dict(zip(table.columns, (piece.text for piece in cells), strict=True))
        row = raw[shown["limit"]]
        hold_to(shown["with more of it"], row, "more", row["more"], row["high"] - row["at"])
        hold_to(shown["with less of it"], row, "less", row["less"], row["at"] - row["low"])
    row = max(rows["prices"], key=lambda row: abs(row["saves_musd"] or 0.0))
    assert row["limit"] in section.title[0].text
    assert hold_to(section.title[1].text, row, "more", row["more"], row["holds_for"]) == 1


def test_a_notebook_shows_prices_for_the_amount_for_which_they_hold_and_the_frame_keeps_all_columns(plan, rows):
    for show, result in (("prices", plan.prices()), ("binding", plan.binding())):
        assert not {"worth", "value", "high"} & set(result.seen[0])
        assert [row["more"] for row in result.seen] == [row["more"] for row in holding.by_saving(rows[show])]
        assert result.seen[0]["more"] in repr(result)
        assert list(result.frame().columns) == list(rows[show][0])


def test_columns_for_programs_keep_their_place_and_say_what_the_range_saves(rows):
    assert list(rows["prices"][0])[:11] == [
        "id",
        "limit",
        "meaning",
        "at",
        "unit",
        "worth",
        "less",
        "more",
        "low",
        "high",
        "unique",
    ]
    assert list(rows["prices"][0])[11:] == ["holds_for", "saves_musd", "less_holds_for", "costs_musd"]
    assert list(rows["binding"][0]) == ["limit", "equation", "at", "worth", "value", "unit", "holds_for", "saves_musd"]
    for row in rows["prices"]:
        rise, fall = risen(row), fallen(row)
        assert (row["holds_for"], row["saves_musd"]) == ((rise.amount, rise.saves) if rise else (None, None))
        assert (row["less_holds_for"], row["costs_musd"]) == ((fall.amount, fall.saves) if fall else (None, None))


@pytest.mark.parametrize("show", ["prices", "binding"])
def test_a_run_with_all_of_the_amount_more_saves_what_is_told(plan, rows, show):
    programme, model = plan.run.programme, plan.run.model
    places = {model.row_label(row): row for row in range(len(programme.row_lo))}
    hot, cost = WarmSolver(programme), plan.run.solution.objective
    weighty = [row for row in rows[show] if row["saves_musd"] and abs(row["saves_musd"]) > 1e-3][:25]
    assert len(weighty) >= 10
    for row in weighty:
        at = places[row["limit"]]
        side = "row_lo" if plan.run.solution.duals[at] > 0 else "row_hi"
        ends = getattr(programme, side).copy()
        # a hair inside the range, which may end where nothing is feasible
        ends[at] += row["holds_for"] * (1 - 1e-6)
        saved = cost - hot.solve(replace(programme, **{side: ends})).objective
        assert saved == pytest.approx(row["saves_musd"], rel=1e-4, abs=1e-5), row["limit"]


def test_binding_limits_whose_range_is_not_known_say_so_and_not_zero(study, plan, rows):
    unknown = [row for row in rows["binding"] if row["holds_for"] is None]
    assert all(row["saves_musd"] is None for row in unknown)
    text = plan_answers.answer(study, plan.run, "binding", [row | {"holds_for": None} for row in rows["binding"]])
    assert text.endswith("It is not known that a price holds for more of any of them.")
