"""An own study from nothing: made by `new`, filled, checked, ranked and planned; then one table emptied at a time."""

import json
import shutil
from pathlib import Path

import pytest

from depgraph.study import creation, study

ROOT = Path(__file__).parents[2]

LINE = {"stage_id": "", "name": "", "unit": "index", "final": "no", "basis": "production_share:mass_by_site"}
STAGES = [
    LINE | {"stage_id": "cobalt/mining", "name": "Cobalt mining"},
    LINE | {"stage_id": "cobalt/refining", "name": "Cobalt refining"},
    LINE | {"stage_id": "cars/battery", "name": "Car batteries", "final": "yes"},
]
SHARES = {
    "cobalt/mining": {"CHN": 0.7, "AUS": 0.2, "USA": 0.05},
    "cobalt/refining": {"CHN": 0.75, "JPN": 0.15, "USA": 0.05},
    "cars/battery": {"CHN": 0.6, "JPN": 0.2, "USA": 0.1},
}
PRICES = {"cobalt/mining": 2e9, "cobalt/refining": 5e9, "cars/battery": 60e9}
ASSUMPTION = {"what": "for the tests", "unit": "USD", "reason": "for the tests"}
COMMODITY = {"unit": "index", "output": "A-index-world", "freight": "A-freight-goods", "elasticity": "A-elasticity"}
PLANT = {"technology": "new", "cost": "A-cost-expand", "investment": "A-investment", "lead": "A-lead-plant",
         "ramp": "A-ramp", "life": "A-life"}  # fmt: skip
CAP = 'title = "China\'s part falls"\nextends = "baseline"\n\n[[cap]]\nshare = { 2028 = 0.9, 2035 = 0.2 }\n'


def figures():
    """Return the shares of the study as published figures."""
    return [
        {"figure_id": f"F-{stage.partition('/')[2]}-{economy}", "source_id": "office-1", "product": stage.partition("/")[0],
         "stage": stage.partition("/")[2], "economy": economy, "metric": "production_share", "basis": "mass_by_site",
         "value": share, "unit": "share", "year": "2024", "vintage": "2025", "grade": "A", "status": "ok"}
        for stage, shares in SHARES.items() for economy, share in shares.items()
    ]  # fmt: skip


ROWS = {
    "products": [{"product": "cobalt", "name": "Cobalt"}, {"product": "cars", "name": "Cars"}],
    "stages": STAGES,
    "recipes": [
        {"recipe_id": "R-1", "input": "cobalt/mining", "output": "cobalt/refining", "essential": "yes", "parent": "A-made-of"},
        {"recipe_id": "R-2", "input": "cobalt/refining", "output": "cars/battery", "essential": "yes", "parent": "A-made-of"},
    ],
    "figure_sources": [{"source_id": "office-1", "publisher": "Office", "document": "Yearbook", "year": "2025",
                        "address": "https://example.org/yearbook", "licence": "open"}],
    "figures": figures(),
    "assumptions": [ASSUMPTION | {"assumption_id": f"A-worth-{stage.partition('/')[2]}", "value": f"{price:.0f}"}
                    for stage, price in PRICES.items()],
    "commodities": [COMMODITY | {"stage_id": stage, "price": f"A-worth-{stage.partition('/')[2]}"} for stage in PRICES],
    "coefficients": [{"recipe_id": "R-1", "quantity": "A-made-of"}, {"recipe_id": "R-2", "quantity": "A-made-of"}],
    "technologies": [PLANT | {"technology_id": f"T-{region}-{stage}", "stage_id": stage, "region": region}
                     for region in ("AUS", "JPN", "USA") for stage in PRICES],
}  # fmt: skip


@pytest.fixture(scope="module")
def blank(tmp_path_factory):
    """Return a study made by `new`."""
    folder = tmp_path_factory.mktemp("made") / "blank"
    creation.create(study.load(ROOT), folder)
    return folder


@pytest.fixture
def own(blank, tmp_path, run):
    """Return a study made by `new` and filled in one go, and how to run a command on it."""
    folder = tmp_path / "own"
    shutil.copytree(blank, folder)
    for table, rows in ROWS.items():
        creation.add(folder, table, rows)
    (folder / "datasets/scenarios/cap.toml").write_text(CAP, encoding="utf-8")
    return folder, lambda *arguments: run("--study", folder, *arguments)


def empty(folder, table):
    """Leave a table its header alone."""
    path = folder / creation._file(table)
    path.write_text(path.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")


def warnings(ask):
    """Return the warnings of `check` by table; there must be no error."""
    result = ask("check", "-f", "json")
    rows = json.loads(result.stdout)
    assert result.exit_code == 0, [row for row in rows if row["severity"] == "error"]
    return {row["file"].rpartition("/")[2].removesuffix(".csv") or row["file"]: row for row in rows}


def quantities(ask):
    """Return the summary of the cap by quantity, and what was said beside it."""
    result = ask("divert", "cap", "-f", "json")
    assert result.exit_code == 0, result.stderr
    return {row["quantity"]: row for row in json.loads(result.stdout)}, result.stderr


def test_a_new_study_starts_with_a_baseline_the_regions_and_every_assumption_of_a_first_plan(blank, run):
    rows = json.loads(run("--study", blank, "assumptions", "-f", "json").stdout)
    named = {cell for table in ("commodities", "technologies") for row in ROWS[table] for cell in row.values()}
    ledger = {row["assumption_id"]: row for row in rows}
    assert {name for name in named if name.startswith("A-") and "worth" not in name} <= set(ledger)
    for name in ("A-investment", "A-ramp", "A-lead-plant"):
        assert ledger[name]["low"] < ledger[name]["value"] < ledger[name]["high"]
        assert ledger[name]["reason"]
    assert "baseline" in run("--study", blank, "divert").stdout
    regions = (blank / "datasets/diversion/regions.csv").read_text(encoding="utf-8")
    assert [line.partition(",")[0] for line in regions.splitlines()[1:]] == ["AUS", "CHN", "IND", "JPN", "USA", "ROW"]


def test_check_of_a_new_study_lists_every_table_that_a_first_plan_needs(blank, run):
    found = warnings(lambda *arguments: run("--study", blank, *arguments))
    assert {row["code"] for row in found.values()} == {"not-begun"}
    assert {"products", "stages", "recipes", "commodities", "coefficients", "technologies"} <= set(found)


def test_an_own_study_is_ranked_and_planned_after_one_check(own):
    _, ask = own
    assert ask("check").exit_code == 0
    ranked = json.loads(ask("chokepoints", "-f", "json").stdout)
    assert {row["stage"] for row in ranked if row["rank"]} == set(SHARES)
    found, said = quantities(ask)
    assert found["diversion_cost"]["value"] > 0
    assert found["links_omitted"]["value"] == 0
    assert "recipes of the ranking" not in said


def test_check_names_everything_that_the_model_lacks_at_once(own):
    folder, ask = own
    path = folder / "datasets/diversion/commodities.csv"
    text = (
        path.read_text(encoding="utf-8").replace("A-worth-mining", "A-life").replace("A-freight-goods", "A-lead-plant")
    )
    path.write_text(text, encoding="utf-8")
    ledger = folder / "datasets/assumptions.csv"
    kept = [
        line
        for line in ledger.read_text(encoding="utf-8").splitlines()
        if not line.startswith(("A-home-first,", "A-worth-mining,"))
    ]
    ledger.write_text("\n".join(kept) + "\n", encoding="utf-8")
    empty(folder, "tiers")
    (folder / "datasets/scenarios/baseline.toml").write_text('title = "x"\n', encoding="utf-8")
    result = ask("check", "-f", "json")
    errors = [row for row in json.loads(result.stdout) if row["severity"] == "error"]
    assert result.exit_code == 1
    assert sorted((row["file"].rpartition("/")[2], row["field"], row["value"]) for row in errors) == [
        ("assumptions.csv", "assumption_id", "A-home-first"),
        ("commodities.csv", "freight", "A-lead-plant"),
        ("commodities.csv", "freight", "A-lead-plant"),
        ("commodities.csv", "freight", "A-lead-plant"),
        ("commodities.csv", "price", "A-life"),
        ("tiers.csv", "-", ""),
    ]


def test_emptied_coefficients_change_the_cost_and_are_named_by_check_and_by_every_form_of_the_run(own):
    folder, ask = own
    linked, _ = quantities(ask)
    assert "coefficients" not in warnings(ask)
    empty(folder, "coefficients")
    told = warnings(ask)["coefficients"]
    assert told["severity"] == "warning"
    assert told["message"].startswith("2 of 2 recipes of the ranking are not in the diversion model")
    assert "R-1 (cobalt/mining to cobalt/refining) and R-2 (cobalt/refining to cars/battery)" in told["message"]
    unlinked, said = quantities(ask)
    assert unlinked["diversion_cost"]["value"] != pytest.approx(linked["diversion_cost"]["value"], rel=0.05)
    assert unlinked["links_omitted"]["value"] == 2
    assert "R-1, R-2" in unlinked["links_omitted"]["detail"]
    assert "2 of 2 recipes of the ranking are left out of this run, and its results do without them" in said
    people = " ".join(ask("divert", "cap", "-f", "table").stdout.split())
    assert "2 of 2 recipes of the ranking are left out of this run" in people
    listed = json.loads(ask("divert", "cap", "--show", "omitted", "-f", "json").stdout)
    links = [row for row in listed if row["table"] == "coefficients"]
    assert [row["recipe"] for row in links] == ["R-1", "R-2"]
    assert links[1]["effect"].startswith("cars/battery is made without cobalt/refining")


def test_a_stage_that_the_model_does_not_hold_is_named_with_the_links_it_breaks(own):
    folder, ask = own
    for table, key in (("commodities", "cobalt/mining"), ("technologies", "cobalt/mining"), ("coefficients", "R-1")):
        path = folder / creation._file(table)
        kept = [line for line in path.read_text(encoding="utf-8").splitlines() if key not in line]
        path.write_text("\n".join(kept) + "\n", encoding="utf-8")
    ledger = folder / "datasets/assumptions.csv"
    kept = [line for line in ledger.read_text(encoding="utf-8").splitlines() if not line.startswith("A-worth-mining")]
    ledger.write_text("\n".join(kept) + "\n", encoding="utf-8")
    told = warnings(ask)["commodities"]["message"]
    assert told.startswith(
        "1 of 2 recipes of the ranking are not in the diversion model, as a stage of them has no row"
    )
    assert quantities(ask)[0]["links_omitted"]["detail"].startswith("results do without R-1;")


DEFAULTS = {
    "makers": "who makes it is taken from the shares that the evidence gives",
    "uses": "final demand is split by the weights of the regions",
    "flows": "own output is used first",
    "tariffs": "no duty is in force in the base year",
    "reserves": "no stock is held at the start",
}


@pytest.mark.parametrize("table", DEFAULTS)
def test_a_table_without_a_row_is_named_with_what_stands_in_by_check_and_by_the_run(own, table):
    _, ask = own
    told = warnings(ask)[table]
    assert (told["severity"], told["code"]) == ("warning", "by-default")
    assert told["message"].startswith("no row for every stage: " + DEFAULTS[table])
    found, said = quantities(ask)
    assert f"{table} (all 3 stages)" in found["tables_by_default"]["detail"]
    assert f"{table} (all 3 stages)" in said


def flow(amount):
    """Return a delivery of batteries by customs."""
    return {"flow_id": "N-1", "stage_id": "cars/battery", "exporter": "CHN", "importer": "USA", "amount": amount,
            "unit": "t", "value_kusd": 9, "year": "2024", "hs_codes": "850760", "source_id": "office-1"}  # fmt: skip


@pytest.mark.parametrize(("amount", "absent"), [("", 2), (5, 3)])
def test_flows_by_mass_under_a_code_without_a_content_are_told_as_not_used(own, amount, absent):
    folder, ask = own
    creation.add(folder, "flows", [flow(amount)])
    places = f"flows ({'all ' * (absent == 3)}{absent} stages)"
    assert places in quantities(ask)[0]["tables_by_default"]["detail"]


def test_without_technologies_check_and_run_say_that_nothing_can_be_built(own):
    folder, ask = own
    empty(folder, "technologies")
    assert "no new plant can be ordered" in warnings(ask)["technologies"]["message"]
    assert "technologies (all 3 stages)" in quantities(ask)[1]


def test_a_setting_on_announced_plants_without_one_is_said_to_change_nothing(own):
    folder, ask = own
    assert "changes nothing" not in warnings(ask)["projects"]["message"]
    assert "`strengths` knows none" in warnings(ask)["projects"]["message"]
    assert "projects" not in quantities(ask)[1]
    (folder / "datasets/scenarios/cap.toml").write_text('projects = "on_time"\n' + CAP, encoding="utf-8")
    assert "changes nothing in cap" in warnings(ask)["projects"]["message"]
    assert "projects (all 3 stages)" in quantities(ask)[1]


def test_a_side_product_without_a_yield_is_named_as_not_limited(own):
    folder, ask = own
    creation.add(folder, "recipes", [{"recipe_id": "R-3", "input": "cobalt/mining", "output": "cars/battery",
                                      "essential": "no", "parent": "A-made-of"}])  # fmt: skip
    assert "R-3 (cobalt/mining to cars/battery)" in warnings(ask)["byproducts"]["message"]
    assert quantities(ask)[0]["links_omitted"]["value"] == 1


def test_a_finished_good_without_a_recipe_is_named(own):
    folder, ask = own
    empty(folder, "recipes")
    empty(folder, "coefficients")
    assert "cars/battery" in warnings(ask)["recipes"]["message"]


def test_published_shares_in_place_of_imports_are_said_by_check_and_beside_the_ranking(own):
    _, ask = own
    assert "published shares" in warnings(ask)["datasets/imports/"]["message"]
    said = "Direct parts are published shares, because datasets/imports/ holds no imports for these stages."
    assert said in ask("chokepoints", "-f", "csv").stderr
    assert said in " ".join(ask("chokepoints", "-f", "table").stdout.split())
    assert said in " ".join(ask("chokepoints", "--stage", "cobalt/mining", "-f", "table").stdout.split())


def weigh(folder, *goods):
    """Say what the bloc spends on some goods in a year."""
    creation.add(folder, "weights", [{"weight_id": f"W-{good}", "set": "value", "good": good, "economy": "QUAD",
                                      "value": 1e9, "unit": "USD", "parent": "A-made-of"} for good in goods])  # fmt: skip


def test_weights_are_equal_for_want_of_a_value_and_the_goods_are_named(own):
    folder, ask = own
    creation.add(folder, "stages", [LINE | {"stage_id": "cars/complete", "name": "Complete cars", "final": "yes"}])
    creation.add(folder, "recipes", [{"recipe_id": "R-4", "input": "cars/battery", "output": "cars/complete",
                                      "essential": "yes", "parent": "A-made-of"}])  # fmt: skip
    why = "The weights are equal, because datasets/weights.csv has no value for "
    assert why + "any of them." in ask("chokepoints", "-f", "csv").stderr
    weigh(folder, "cars/battery")
    assert why + "complete cars." in ask("chokepoints", "-f", "csv").stderr
    told = warnings(ask)
    assert told["weights"]["message"].endswith("is not known: cars/complete")
    assert "nesting" not in told
    weigh(folder, "cars/complete")
    assert why not in ask("chokepoints", "-f", "csv").stderr
    told = warnings(ask)
    assert "weights" not in told
    assert told["nesting"]["message"].endswith("as no row gives its part: cars/battery in cars/complete")


@pytest.mark.parametrize("table", ["buffers", "governance"])
def test_a_table_that_only_one_question_needs_is_named_when_it_is_empty(own, table):
    assert warnings(own[1])[table]["code"] == "by-default"


def test_notes_name_each_stage_where_a_default_stands_in(own):
    folder, ask = own
    creation.add(
        folder, "uses", [{"use_id": "U-1", "stage_id": "cars/battery", "region": "CHN", "amount": "A-utilisation"}]
    )
    assert "uses" not in warnings(ask)
    rows = json.loads(ask("check", "--each", "-f", "json").stdout)
    assert [row["message"].partition(":")[0] for row in rows if row["file"].endswith("/uses.csv")] == [
        "cobalt/mining", "cobalt/refining",
    ]  # fmt: skip


def test_the_shipped_study_tells_what_it_leaves_out_in_one_line_for_each_table(run):
    told = run("check", "-f", "csv").stdout.splitlines()[1:]
    assert [line.split(",")[1].rpartition("/")[2] for line in told] == ["commodities.csv"]


@pytest.mark.parametrize("command", [("compare", "baseline", "cap"), ("sweep", "cap", "--over", "growth=0,0.01")])
def test_runs_side_by_side_say_once_what_they_leave_out(own, command):
    folder, ask = own
    empty(folder, "coefficients")
    assert ask(*command).stderr.count("2 of 2 recipes of the ranking are left out of this run") == 1
