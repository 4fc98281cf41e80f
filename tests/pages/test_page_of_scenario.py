"""The page of a scenario: its numbers are those of the model, each leads to its trail, and no plan is told as such."""

import dataclasses

import pytest

from depgraph.diversion import answers, pooling
from depgraph.diversion import run as runs
from depgraph.diversion import scenario as scenarios
from depgraph.diversion.frontier import Point
from depgraph.diversion.sweeps import Effect
from depgraph.interface import trails
from depgraph.pages import elements, findings, sections_plan
from depgraph.pages import page as pages
from depgraph.pages.plan_results import Clash
from depgraph.trail import trail
from tests.conftest import MadeStudy
from tests.made_diversion import made_solved, with_scenarios

pytest.importorskip("altair", reason="needs the extra 'report'")
pytest.importorskip("jinja2", reason="needs the extra 'report'")


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return with_scenarios(MadeStudy(tmp_path_factory.mktemp("made")))


@pytest.fixture(scope="module")
def cap(study):
    return made_solved(study)


def sections(study, found):
    """Return the sections of a scenario by key."""
    facts = findings.gather(study.load(), "QUAD", solved=found)
    return {section.key: section for section in sections_plan.plan(facts)}


def table(section, caption):
    """Return the rows of a table as dictionaries of texts."""
    found = next(table for table in section.tables if table.caption.startswith(caption))
    return [dict(zip(found.columns, (piece.text for piece in row), strict=True)) for row in found.rows]


# --- the numbers ------------------------------------------------------------------------------


def test_cost_and_flows_of_the_page_are_those_of_the_model(study, cap):
    loaded, picture = study.load(), study.picture()
    scenario = scenarios.find(loaded, "cap")
    run = runs.run(loaded, picture, scenario)
    base = runs.run(loaded, picture, pooling.unchanged(scenario))
    assert cap.summary == pytest.approx(answers.summary(run, base))
    beyond = sum(item.value for item in cap.extra)
    assert beyond == pytest.approx(cap.summary["private_cost"])
    flows = answers.flows(run)
    year = run.case.years.index(cap.year)
    for flow in cap.flows:
        i, j = (run.case.economies.index(name) for name in (flow.exporter, flow.importer))
        assert flow.after == pytest.approx(flows[i, j, run.case.stages.index(flow.stage), year])


def test_parts_of_the_cost_add_up_to_what_the_title_says(cap):
    without = sum(item.value for item in cap.extra if item.part != "tariff")
    assert without == pytest.approx(cap.summary["diversion_cost"])


def test_the_stage_that_is_drawn_is_the_one_whose_deliveries_to_the_bloc_change_most(study, cap):
    assert cap.stage == "drones/complete"
    assert not cap.asked
    other = made_solved(study, stage="gallium/primary", points=2, moved=0)
    assert (other.stage, other.asked) == ("gallium/primary", True)
    assert {flow.stage for flow in other.flows} == {"gallium/primary"}


def test_the_cone_chooses_the_stage_where_the_model_holds_it(study):
    assert made_solved(study, cone="gallium/wafer", points=2, moved=0).stage == "gallium/wafer"
    assert made_solved(study, cone="gallium/nothing", points=2, moved=0).stage == "drones/complete"


def test_flows_that_are_drawn_add_up_to_the_flows_of_the_plan(cap):
    for after in (False, True):
        drawn = sum(row["amount"] for row in sections_plan._bands(cap, after=after))
        assert drawn == pytest.approx(sum(flow.after if after else flow.before for flow in cap.flows))


def test_small_regions_of_a_sankey_are_one_node(cap):
    first = cap.flows[0]
    many = tuple(dataclasses.replace(first, exporter=f"X{n:02d}", before=float(n), after=1.0) for n in range(1, 31))
    rows = sections_plan._bands(dataclasses.replace(cap, flows=many), after=False)
    assert len({row["source"] for row in rows}) == sections_plan.SHOWN + 1
    assert sum(row["amount"] for row in rows) == sum(range(1, 31))


def test_points_of_the_frontier_start_at_the_cost_of_the_plan(study, cap):
    rows = table(sections(study, cap)["frontier"], "Certified points")
    assert rows[0]["part of what the plan buys"] == "100%"
    assert rows[0]["cost beyond going on as before"] == elements.money(cap.summary["private_cost"])
    assert len(rows) == cap.points


def test_without_a_second_point_the_frontier_says_that_no_plan_was_found(study, cap):
    only = dataclasses.replace(cap, frontier=cap.frontier[:1], points=11)
    section = sections(study, only)["frontier"]
    assert section.statement == "No plan was found that buys 10% less of China than this one"
    assert section.chart is None


def test_rounding_of_the_solver_is_no_cost(study, cap):
    first = cap.frontier[0]
    near = Point(0.5, first.bought / 2, first.cost * (1 + 1e-12), 0.0, ())
    rows = table(sections(study, dataclasses.replace(cap, frontier=(first, near), points=2))["frontier"], "Certified")
    assert rows[1]["cost beyond going on as before"] == rows[0]["cost beyond going on as before"]


def test_the_tornado_says_how_many_were_tried_of_how_many(study, cap):
    section = sections(study, cap)["tornado"]
    assert cap.tornado.asked == 2
    assert cap.tornado.wide > 10
    assert f"Moved were 2 of {cap.tornado.wide} figures and assumptions with a range" in section.notes[0]
    assert "The others were not tried" in section.notes[0]
    assert [item.name for item in cap.tornado.effects if item.name in {"A-discount-rate", "A-latent-margin"}]


def test_an_end_without_a_plan_is_no_number(study, cap):
    effect = Effect("A-lead", 1.0, 2.0, 4.0, 10.0, cap.summary["diversion_cost"], None)
    tried = dataclasses.replace(cap.tornado, effects=(effect,))
    section = sections(study, dataclasses.replace(cap, tornado=tried))["tornado"]
    assert table(section, "One at a time")[0]["cost at its high end"] == "no plan"


def test_of_the_baseline_the_page_says_that_nothing_changes(study):
    found = sections(study, made_solved(study, "baseline", points=2))
    assert found["diversion"].statement == "The plan changes no delivery: it is the base year, year after year"
    assert found["costs"].statement == "The plan costs nothing beyond going on as before"
    assert found["tornado"].statement == "No assumption was moved: the plan changes nothing"
    assert found["built"].statement == "No capacity is ordered"


def test_a_part_that_fails_is_named_and_the_rest_stands(study, cap):
    broken = dataclasses.replace(
        cap, frontier=(), prices=(), failed={"frontier": "slopes do not rise", "prices": "too near"}
    )
    found = sections(study, broken)
    assert found["frontier"].statement == "Not computed: slopes do not rise"
    assert "Not computed: too near." in found["prices"].notes
    assert found["costs"].chart is not None


@pytest.mark.parametrize("part", ["frontier", "prices", "routes", "tornado"])
def test_a_part_whose_computation_fails_does_not_end_the_report(study, monkeypatch, part):
    from depgraph.core.errors import UncertifiedError
    from depgraph.diversion import frontier, marginal, sweeps

    def fail(*_, **__):
        message = "not certain"
        raise UncertifiedError(message)

    place = {
        "frontier": (frontier, "trace"),
        "prices": (marginal, "capacity_prices"),
        "routes": (marginal, "closed_routes"),
        "tornado": (sweeps, "effects"),
    }[part]
    monkeypatch.setattr(*place, fail)
    found = made_solved(study, points=2, moved=1)
    assert found.failed == {part: "not certain"}
    assert pages.build(findings.gather(study.load(), "QUAD", solved=found))[0].count("not certain") >= 1


def test_demand_that_goes_unmet_is_listed_by_its_worst_year(study, cap):
    lost = [
        answers.Missing("JPN", "drones/complete", "other", year, 1.0, part)
        for year, part in ((2028, 0.1), (2029, 0.4), (2030, 0.2))
    ]
    section = sections(study, dataclasses.replace(cap, missing=tuple(lost)))["unmet"]
    assert "40% is missing in 2029" in section.statement
    rows = table(section, "Demand that goes unmet")
    assert [(row["worst year"], row["years in which any is missing"]) for row in rows] == [("2029", "2028, 2029, 2030")]


def test_payments_between_regions_are_left_out_where_one_of_the_two_runs_has_no_prices(study, monkeypatch):
    from depgraph.pages import scenario_answers as solving

    loaded, picture = study.load(), study.picture()
    scenario = scenarios.find(loaded, "cap")
    run, base = runs.run(loaded, picture, scenario), runs.run(loaded, picture, pooling.unchanged(scenario))
    assert {"imports", "exports"} <= {item.part for item in solving._extra(run, base)}
    monkeypatch.setattr(answers, "priced", lambda each: each is base)
    without = solving._extra(run, base)
    assert not {"imports", "exports"} & {item.part for item in without}
    assert sum(item.value for item in without) == pytest.approx(sum(item.value for item in solving._extra(run, base)))


def test_a_sum_that_differs_between_plans_as_cheap_is_written_as_a_range(study, cap):
    wide = dataclasses.replace(cap, ranges={"diversion_cost": (100.0, 200.0)})
    facts = findings.gather(study.load(), "QUAD", solved=wide)
    assert "this costs 100 million US$ to 200 million US$ beyond" in elements.plain(sections_plan.statement(facts))


# --- the trail --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["cap", "ban", "clash"])
def test_every_answer_of_the_page_has_the_trail_that_why_gives(study, name):
    facts = findings.gather(study.load(), "QUAD", solved=made_solved(study, name, points=2, moved=1))
    names = {
        to
        for section in sections_plan.plan(facts)
        for piece in elements.all_pieces(section)
        for to in elements.targets([piece])
    }
    asked = sorted(to for to in names if to.startswith("V:"))
    assert len(asked) > 5
    walked = pages._trail(facts, asked)
    for identifier in asked[:: max(1, len(asked) // 5)]:
        steps = trails.walk(facts.study, identifier)
        below = {step.id for step in steps if step.direction == "down" and step.depth == 1}
        assert below == set(walked.predecessors(identifier))
        assert walked.nodes[identifier]["text"] == steps[0].text


def test_what_an_assumption_moves_rests_on_that_assumption(study):
    facts = findings.gather(study.load(), "QUAD", solved=made_solved(study, points=2, moved=0))
    walked = pages._trail(facts, ["V:cap:tornado:A-lead"])
    assert "A-lead" in walked.predecessors("V:cap:tornado:A-lead")


def test_many_answers_join_as_one_does(study):
    loaded = study.load()
    whole = trail.build(loaded, study.picture(), (), scenarios=scenarios.read_all(loaded).values())
    names = ["V:cap:flow:gallium/primary:CHN:JPN:2028", "V:cap:unmet_other", "V:nowhere:cost", "not an answer"]
    joined = trail.with_answers(whole, names)
    assert [name in joined for name in names] == [True, True, False, False]
    assert set(joined.predecessors(names[0])) == {"V:cap", "D:gallium/primary"}
    assert names[0] not in whole


# --- no plan ----------------------------------------------------------------------------------


def test_a_scenario_without_a_plan_names_what_clashes_and_draws_nothing(study):
    found = made_solved(study, "clash")
    assert isinstance(found, Clash)
    section = sections(study, found)["diversion"]
    assert list(sections(study, found)) == ["diversion"]
    assert section.chart is None
    rows = table(section, "What clashes")
    assert {row["role"] for row in rows} == {"clash", "relaxation"}
    assert any("cap on the rival's part of drones/complete" in row["limit"] for row in rows)


def test_of_a_scenario_without_a_plan_the_page_is_written_and_the_exit_code_is_1(study, tmp_path):
    out = tmp_path / "clash.html"
    result = study.run("report", "clash", "-o", out)
    assert result.exit_code == 1
    assert result.stderr.startswith("No plan satisfies ")
    assert "clash has no plan" in out.read_text(encoding="utf-8")


# --- the command ------------------------------------------------------------------------------


def test_the_command_solves_a_scenario_and_writes_its_charts(study, tmp_path):
    out, folder = tmp_path / "cap.html", tmp_path / "charts"
    result = study.run("report", "cap", "-o", out, "--points", 3, "--moved", 2, "--jobs", 2, "--charts", folder)
    assert result.exit_code == 0, result.stderr
    assert "scenario: cap" in out.read_text(encoding="utf-8")
    assert {"diversion.svg", "costs.svg", "independence.svg", "frontier.svg", "tornado.svg"} <= {
        path.name for path in folder.iterdir()
    }


def test_the_page_does_not_depend_on_the_number_of_jobs(study, tmp_path):
    pages_ = []
    for jobs in (1, 2):
        out = tmp_path / f"{jobs}.html"
        assert study.run("report", "cap", "-o", out, "--points", 2, "--moved", 3, "--jobs", jobs).exit_code == 0
        pages_.append(out.read_bytes())
    assert pages_[0] == pages_[1]


def test_a_stage_without_a_scenario_is_refused(study):
    result = study.run("report", "--stage", "gallium/primary")
    assert result.exit_code == 2
    assert "name one" in result.stderr


def test_rows_that_do_not_fit_their_heads_are_refused():
    with pytest.raises(ValueError, match="do not fit its heads"):
        elements.Table("caption", ("one", "two"), ((elements.Piece("1"),),))
