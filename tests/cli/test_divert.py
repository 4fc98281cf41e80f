"""The commands of the diversion model on the command line: divert, sweep and compare."""

import csv
import io
import json
import re

import pytest

from depgraph.cli import divert
from depgraph.cli.divert_tables import readable
from depgraph.cli.names import Names
from depgraph.core.errors import NotProvenError, UnboundedError, UncertifiedError
from depgraph.diversion import pooling
from depgraph.diversion import run as runs
from depgraph.diversion.scenario import Scenario
from depgraph.interface import plan_words

YEARS = re.compile(r"(\d{4})(?: to (\d{4}))?")
FOLDER = "datasets/scenarios"
HARD = ("--set", "cap.share=0", "--set", "build=false", "--set", 'must=["defence", "other"]')
FAULT = "a fault of depgraph itself"


def rows(result):
    assert result.exit_code == 0, result.stderr
    return list(csv.DictReader(io.StringIO(result.stdout)))


def value(result, quantity):
    return next(row["value"] for row in rows(result) if row["quantity"] == quantity)


def refused(result, code, *texts):
    """Hold a refusal: its exit code, its words, no numbers and no fault."""
    assert result.exit_code == code, result.stderr
    assert FAULT not in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    for text in texts:
        assert text in result.stderr


# --- divert -------------------------------------------------------------------------------------


def test_without_a_scenario_those_of_the_study_are_listed(diverted):
    found = {row["scenario"]: row for row in rows(diverted.run("divert"))}
    assert list(found) == ["ban", "baseline", "cap"]
    assert found["ban"]["extends"] == "baseline"
    assert found["ban"]["claims"] == "E-4"


def test_a_study_without_scenarios_lists_none(made):
    assert made.run("divert").exit_code == 0


@pytest.mark.parametrize("show", divert.SHOWN)
def test_every_answer_is_put_out(diverted, show):
    result = diverted.run("divert", "ban", "--show", show, "--top", 3)
    found = rows(result)
    assert bool(found) == (show != "unmet")
    assert "China sells Japan no gallium. Claims: E-4." in result.stderr


@pytest.mark.parametrize("form", ["table", "md", "json", "jsonl"])
def test_answers_come_in_every_format(diverted, form):
    result = diverted.run("divert", "cap", "--show", "summary", "-f", form)
    assert result.exit_code == 0
    # people read words, programs and tables in text the names of the quantities
    assert ("Cost of diversion" if form == "table" else "diversion_cost") in result.stdout


def test_the_summary_says_what_each_quantity_is(diverted):
    found = {row["quantity"]: row for row in rows(diverted.run("divert", "cap"))}
    assert found["diversion_cost"]["id"] == "V:cap:diversion_cost"
    assert float(found["exposure_last"]["value"]) <= 0.3 + 1e-9 < float(found["exposure_before"]["value"])
    assert found["exposure_last"]["unit"] == "share"
    assert found["unmet"]["detail"] != found["unmet_defence"]["detail"] == found["unmet_other"]["detail"]
    assert found["unique"]["value"] in {"yes", "no"}
    assert "independence:gallium/primary" in found


def test_nothing_that_changes_costs_nothing_and_moves_nothing(diverted):
    assert float(value(diverted.run("divert", "baseline"), "diversion_cost")) == 0
    for show in ("flows", "plan", "unmet", "binding", "ranges"):
        assert rows(diverted.run("divert", "baseline", "--show", show)) == []


def test_the_table_of_the_base_year_adds_up_to_world_output(diverted):
    found = rows(diverted.run("divert", "baseline", "--show", "base"))
    for stage, world in (("gallium/primary", 760), ("gallium/wafer", 100), ("drones/complete", 100)):
        assert sum(float(row["used"]) for row in found if row["stage"] == stage) == pytest.approx(world)
    customs = {(row["exporter"], row["importer"]): row for row in found if row["basis"].startswith("customs")}
    assert float(customs["CHN", "JPN"]["observed"]) <= 150


def test_the_ledger_shows_what_a_run_used_and_what_was_set(diverted):
    found = {
        row["id"]: row for row in rows(diverted.run("divert", "cap", "--show", "assumptions", "--set", "A-lead=4"))
    }
    assert (found["A-lead"]["value"], found["A-lead"]["set_by_scenario"]) == ("4", "yes")
    assert found["A-life"]["set_by_scenario"] == "no"
    assert float(found["A-lead"]["low"]) == 1
    assert "F-office-3" in found


def test_a_change_is_said_and_has_its_effect(diverted):
    plain, eased = (diverted.run("divert", "cap", "--set", f"cap.share={share}") for share in (0.3, 0.9))
    assert "Changed: cap.share=0.9." in eased.stderr
    assert float(value(eased, "private_cost")) < float(value(plain, "private_cost"))


def test_a_lead_beyond_the_run_is_warned_of(diverted):
    result = diverted.run("divert", "cap", "--set", "A-lead=50")
    assert "not finished within the run, so never ordered: AUS drones/complete (new, 50 years)" in result.stderr
    assert rows(diverted.run("divert", "cap", "--set", "A-lead=50", "--show", "plan")) == []
    assert "not finished" not in diverted.run("divert", "cap").stderr


def test_a_run_of_one_year_is_planned(diverted):
    found = rows(diverted.run("divert", "ban", "--set", "years=2028/2028"))
    assert found


def test_the_frontier_is_traced_and_its_kinks_found(diverted):
    even = rows(diverted.run("divert", "baseline", "--frontier", "--points", 4))
    assert [round(float(row["exposure"]), 6) for row in even] == [1, 0.666667, 0.333333, 0]
    exact = rows(diverted.run("divert", "baseline", "--kinks", "--set", "years=2026/2026"))
    slopes = [float(row["slope"]) for row in exact]
    assert slopes == sorted(slopes)
    assert any(row["starts"] for row in even)


def test_pooling_puts_out_premium_and_break_even(diverted):
    found = {row["quantity"]: float(row["value"]) for row in rows(diverted.run("divert", "cap", "--pooling"))}
    assert found["unchanged"] <= found["pooled"] <= found["alone"]
    assert found["break_even"] > 0
    assert found["gap"] == 0


def test_a_search_that_was_cut_short_says_that_it_is_not_proven(diverted, monkeypatch):
    short = pooling.Pooling(1.0, 3.0, 2.0, 1.0, 0.1, gap=0.02)
    monkeypatch.setattr(pooling, "compare", lambda *_, **__: short)
    assert "not proven: plans may cost up to 2.00% less" in diverted.run("divert", "cap", "--pooling").stderr


def test_a_tornado_orders_assumptions_by_what_they_move(diverted):
    found = rows(diverted.run("divert", "ban", "--tornado", "diversion_cost", "--set", "years=2026/2029", "--jobs", 2))
    assert {"A-elasticity", "A-discount-rate"} <= {row["name"] for row in found}
    widths = [
        max(map(float, ends)) - min(map(float, ends))
        for row in found
        if all(ends := (row["at_low"], row["at_central"], row["at_high"]))
    ]
    assert widths == sorted(widths, reverse=True)


def test_a_flip_names_the_plants_on_both_sides(diverted):
    (found,) = rows(diverted.run("divert", "cap", "--flip", "A-new-cost=0:30"))
    assert found["before"] != found["after"]
    assert 0 <= float(found["value"]) <= 30


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (("divert", "bann"), 2, "unknown scenario 'bann'; did you mean ban"),
        (("divert", "cap", "--show", "sumary"), 2, "summary"),
        (("divert", "cap", "--set", "growht=1"), 2, "did you mean growth?"),
        (("divert", "cap", "--set", "growth"), 2, "not KEY=VALUE"),
        (("divert", "cap", "--set", "A-lead=nan"), 2, "not a number"),
        (("divert", "cap", "--tornado", "diversion_cots"), 2, "did you mean diversion_cost"),
        (("divert", "cap", "--flip", "A-lead"), 2, "--flip takes KEY=LOW:HIGH"),
        (("divert", "cap", "--flip", "A-lead=1"), 2, "--flip takes KEY=LOW:HIGH"),
        (("divert", "cap", "--flip", "A-leat=1:2"), 2, "did you mean A-lead"),
        (("divert", "cap", "--flip", "A-lead=nan:2"), 2, "not a number"),
        (("divert", "cap", "--flip", "A-lead=-3:-2"), 2, "a negative number"),
        (("divert", "cap", "--flip", "pooled=0:1"), 2, "unknown number"),
        (("divert", "cap", "--frontier", "--pooling"), 2, "ask different questions"),
        (("divert", "cap", "--points", "1"), 2, "--points"),
        (("divert", "cap", "--seconds", "0"), 2, "--seconds"),
        (("divert", "cap", "--pooling", *HARD), 1, "cap, members together: no plan satisfies"),
        (("divert", "cap", "--flip", "A-lead=1:2", *HARD), 1, "cap: no plan satisfies"),
        (("divert", "cap", "--set", "A-utilisation=0"), 3, "A-utilisation: utilisation is a part above 0"),
        (("divert", "cap", "--set", "A-defence=3"), 2, "a part above 1"),
        (("divert", "cap", "--set", "bloc=CHN"), 3, "CHN is the rival"),
        (("sweep", "cap"), 2, "--over"),
        (("sweep", "cap", "--over", "growth"), 2, "neither key=first:last:count"),
        (("sweep", "cap", "--over", "growht=0:1:2"), 2, "did you mean growth?"),
        (("sweep", "cap", "--over", "growth=-1:1:2"), 2, "a negative number"),
        (("sweep", "cap", "--over", "growth=inf:1:2"), 2, "neither key=first:last:count"),
        (("sweep", "cap", "--over", "growth=0,0.1", "--over", "growth=0.2"), 2, "two axes of one setting"),
        (("sweep", "cap", *["--over", "growth=0:1:2"] * 3), 2, "at most two axes"),
        (("sweep", "cap", "--over", "growth=0:1:200", "--over", "delay=0:1:200"), 2, "at most 10000"),
        (("sweep", "nothing", "--over", "growth=0:1:2"), 2, "unknown scenario"),
        (("compare", "cap"), 2, "SECOND"),
        (("compare", "cap", "bann"), 2, "did you mean ban"),
        (("compare", "cap", "ban", "--by", "unmet_defense"), 2, "did you mean unmet_defence"),
    ],
)
def test_what_cannot_be_meant_is_refused_without_numbers(diverted, arguments, code, text):
    refused(diverted.run(*arguments), code, text)


@pytest.mark.parametrize(
    "arguments", [("divert", "baseline"), ("sweep", "baseline", "--over", "growth=0,1"), ("compare", "a", "b")]
)
def test_a_study_without_the_model_is_told_what_is_missing(made, arguments):
    for name in ("baseline", "a", "b"):
        made.write(f"{FOLDER}/{name}.toml", 'title = "x"\n')
    result = made.run(*arguments)
    if arguments[0] == "sweep":  # a sweep keeps the reason beside each point
        assert "no diversion model" in result.stdout
    else:
        refused(result, 3, "the study has no diversion model", "regions.csv")


def test_limits_that_clash_are_named_with_a_way_out_and_exit_1(diverted):
    result = diverted.run("divert", "cap", *HARD)
    assert result.exit_code == 1
    assert "No plan satisfies" in result.stderr
    found = list(csv.DictReader(io.StringIO(result.stdout)))
    assert {"clash", "relaxation"} <= {row["role"] for row in found}
    assert any(row["text"].startswith("cap on the rival's part of drones/complete") for row in found)
    assert all(row["parents"] for row in found if row["role"] == "relaxation")


def test_a_cap_of_nothing_without_another_source_leaves_demand_unmet_and_says_how_much(diverted):
    result = diverted.run("divert", "cap", "--set", "cap.share=0", "--set", "build=false", "--show", "unmet")
    assert {row["tier"] for row in rows(result)} >= {"other"}


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (UncertifiedError, "the solver stopped with status 'Time limit reached'"),
        (UnboundedError, "falls without limit"),
        (NotProvenError, "not proven: nothing shows whether there is a plan"),
    ],
)
def test_a_solve_that_is_not_certified_prints_no_number(diverted, monkeypatch, error, text):
    def stopped(*_):
        raise error(text)

    monkeypatch.setattr(runs, "serve", stopped)
    for arguments in (("divert", "cap"), ("compare", "cap", "ban"), ("divert", "cap", "--frontier")):
        refused(diverted.run(*arguments), 3, "falls without limit" if error is UnboundedError else text)
    found = rows(diverted.run("sweep", "cap", "--over", "growth=0,0.1"))
    assert all(set(row) == {"growth", "status"} for row in found)


def test_whole_plants_without_time_to_search_print_no_number(diverted):
    diverted.write(f"{FOLDER}/whole.toml", 'extends = "cap"\n[[fixed]]\nproduct = "drones"\n')
    refused(diverted.run("divert", "whole", "--pooling", "--seconds", "0.000001"), 3, "give it more time")


def test_a_damaged_scenario_stops_every_command_with_its_line(diverted):
    diverted.write(f"{FOLDER}/bad.toml", "growth = -1\n")
    for arguments in (
        ("divert",),
        ("divert", "cap"),
        ("compare", "cap", "ban"),
        ("sweep", "cap", "--over", "growth=0,1"),
    ):
        refused(diverted.run(*arguments), 1, f"{FOLDER}/bad.toml:1: growth: a negative number")


# --- sweep --------------------------------------------------------------------------------------


def test_a_sweep_has_a_line_for_each_point_in_order(diverted):
    found = rows(diverted.run("sweep", "cap", "--over", "growth=0:0.02:3", "--over", "pooled=true,false"))
    assert [(row["growth"], row["pooled"]) for row in found] == [
        (growth, pooled) for growth in ("0.0", "0.01", "0.02") for pooled in ("yes", "no")
    ]
    assert {row["status"] for row in found} == {"certified"}
    assert float(found[0]["diversion_cost"]) == pytest.approx(
        float(value(diverted.run("divert", "cap"), "diversion_cost"))
    )


def test_a_sweep_gives_the_same_lines_with_more_jobs_and_after_it_was_resumed(diverted, tmp_path):
    arguments = ("sweep", "ban", "--over", "A-discount-rate=0:0.1:4")
    whole = diverted.run(*arguments)
    assert diverted.run(*arguments, "--jobs", 2).stdout == whole.stdout
    kept = tmp_path / "kept.json"
    assert diverted.run("sweep", "ban", "--over", "A-discount-rate=0.1,0", "--resume", kept).exit_code == 0
    assert len(json.loads(kept.read_text())["runs"]) == 2
    assert len(rows(diverted.run(*arguments, "--resume", kept))) == 4
    assert len(json.loads(kept.read_text())["runs"]) in {4, 5}
    assert diverted.run(*arguments, "--resume", kept).stdout == whole.stdout


def test_what_is_kept_is_not_run_again(diverted, tmp_path, monkeypatch):
    kept = tmp_path / "kept.json"
    arguments = ("sweep", "ban", "--over", "growth=0,0.01", "--resume", kept)
    first = diverted.run(*arguments)

    def never(*_):
        raise AssertionError

    monkeypatch.setattr(runs, "serve", never)
    assert diverted.run(*arguments).stdout == first.stdout


@pytest.mark.parametrize("other", [("sweep", "cap"), ("sweep", "ban", "--set", "growth=0.1")])
def test_the_file_of_another_sweep_is_refused(diverted, tmp_path, other):
    kept = tmp_path / "kept.json"
    assert diverted.run("sweep", "ban", "--over", "growth=0,0.01", "--resume", kept).exit_code == 0
    before = kept.read_bytes()
    refused(diverted.run(*other, "--over", "delay=0", "--resume", kept), 2, "belongs to another scenario")
    assert kept.read_bytes() == before


@pytest.mark.parametrize("text", ["", "{}", "[]", "3", "{", '{"stamp": 3, "runs": {}}', b"\xff", "[" * 9999])
def test_a_file_that_holds_no_sweep_is_refused(diverted, tmp_path, text):
    kept = tmp_path / "kept.json"
    kept.write_bytes(text if isinstance(text, bytes) else text.encode())
    refused(diverted.run("sweep", "ban", "--over", "growth=0,0.01", "--resume", kept), 2, "kept.json")


@pytest.mark.parametrize("inside", [{"x": 3}, {"x": {}}, {"x": {"results": 3, "status": "certified"}}, [], 3])
def test_a_file_of_the_sweep_with_other_things_inside_is_refused(diverted, tmp_path, inside):
    kept = tmp_path / "kept.json"
    assert diverted.run("sweep", "ban", "--over", "growth=0", "--resume", kept).exit_code == 0
    record = json.loads(kept.read_text())
    kept.write_text(json.dumps(record | {"runs": inside}))
    refused(
        diverted.run("sweep", "ban", "--over", "growth=0", "--resume", kept), 2, "kept.json holds no runs of a sweep"
    )


def test_a_sweep_of_a_scenario_without_a_plan_says_so_for_each_point(diverted):
    found = rows(diverted.run("sweep", "cap", *HARD, "--over", "growth=0,0.01"))
    assert all("no plan satisfies" in row["status"] for row in found)


# --- compare ------------------------------------------------------------------------------------


def test_compare_lists_results_settings_and_what_they_do_in_concert(diverted):
    found = rows(diverted.run("compare", "baseline", "ban", "--by", "private_cost"))
    kinds = [row["kind"] for row in found]
    assert kinds[0] == "result"
    whole = next(float(row["difference"]) for row in found if row["name"] == "private_cost")
    parts = sum(float(row["difference"]) for row in found if "effect on private_cost" in row["kind"])
    assert parts == pytest.approx(whole)
    assert {row["name"] for row in found if row["kind"].startswith("setting,")} == {"embargo", "release"}


def test_compare_with_a_scenario_without_a_plan_names_it(diverted):
    diverted.write(
        f"{FOLDER}/hard.toml",
        'extends = "cap"\nbuild = false\nmust = ["defence", "other"]\n[[cap]]\nshare = 0\n',
    )
    refused(diverted.run("compare", "cap", "hard"), 1, "hard: no plan satisfies")


def test_a_table_for_people_cuts_long_values(diverted):
    result = diverted.run("compare", "baseline", "cap", "-f", "table")
    assert result.exit_code == 0
    assert "settings in concert" in result.stdout


# --- words --------------------------------------------------------------------------------------


def test_people_read_what_an_answer_says_and_the_names_of_stages_and_regions(diverted):
    shown = diverted.run("divert", "cap", "--show", "plan", "-f", "table").stdout
    assert "capacity that is ordered: who builds what, where and when." in shown.splitlines()[0]
    rows_ = rows(diverted.run("divert", "cap", "--show", "plan"))
    names = diverted.load().stages
    assert rows_
    for row in rows_:
        assert names[row["stage"]]["name"] in shown
        assert row["stage"] not in shown
    assert rows_[0]["stage"] in diverted.run("divert", "cap", "--show", "plan", "-f", "table", "--ids").stdout


def test_scenarios_are_listed_one_line_each_below_their_question_and_notes_on_request(diverted):
    listed = diverted.run("divert", "-f", "table").stdout.splitlines()
    names = [row["scenario"] for row in rows(diverted.run("divert"))]
    assert sorted(line.split()[0] for line in listed if line.startswith("  ")) == sorted(names)
    questions = [line for line in listed if line.endswith("?")]
    assert questions == [
        "What if nothing changes?",
        "What if China stops selling some goods?",
        "What if imports from China are capped?",
    ]
    assert "note" in diverted.run("divert", "--notes", "-f", "table").stdout.splitlines()[0]


@pytest.mark.parametrize("show", [show for show in divert.SHOWN if show != "assumptions"])
def test_people_read_no_power_of_ten_and_no_identifier_unless_they_ask(diverted, show):
    shown = diverted.run("divert", "cap", "--show", show, "-f", "table").stdout
    assert not re.search(r"\de[+-]\d|MUSD|V:cap", shown)
    assert not [stage for stage in diverted.load().stages if stage in shown]


@pytest.mark.parametrize("show", divert.SHOWN)
def test_each_answer_for_people_has_a_sentence_and_programs_get_rows_alone(diverted, show):
    told = diverted.run("divert", "ban", "--show", show, "-f", "table").stdout
    assert told.partition("\n\n")[0].rstrip().endswith(".")
    machine = diverted.run("divert", "ban", "--show", show)
    assert machine.stdout.count("\n") == len(rows(machine)) + (1 if machine.stdout else 0)


def test_what_is_not_known_stays_empty_for_people(diverted):
    names, words = Names(diverted.load()), plan_words.Names(diverted.load(), Scenario("x", {}, {}))
    (row,) = readable([{"direct": None, "low": 0.0, "high": 0.2}], "exposure", names, words)
    assert row == {"direct": None, "low": "0%", "high": "20%"}
    binding = {"limit": "x", "equation": "ramp", "at": 3.0, "worth": 0.5, "value": 1.5, "unit": "t"}
    (row,) = readable([binding | {"holds_for": None, "saves_musd": None}], "binding", names, words)
    assert row == {"limit": "x", "at": "3 t", "more": "not known how far the price holds"}


def test_people_read_what_clashes_with_the_years_together(diverted):
    result = diverted.run("divert", "cap", *HARD, "-f", "table")
    assert result.exit_code == 1
    told, _, table = result.stdout.partition("\n\n")
    assert told.startswith("No plan meets these limits together: ")
    assert "Cheapest way out: " in told.replace("\n", " ")
    texts = [row["text"] for row in csv.DictReader(io.StringIO(diverted.run("divert", "cap", *HARD).stdout))]
    for text in texts:
        for year in re.findall(r" in (\d{4})", text):
            assert any(int(low) <= int(year) <= int(high or low) for low, high in YEARS.findall(table))
