"""The chokepoint report on the command line: evidence, stages, weights, narrow terminals."""

import csv
import io
import json
import re

import pytest

from depgraph.cli import common
from depgraph.study import study as studies


def rows_of(study, *arguments):
    """Return what other programs get."""
    result = study.run("chokepoints", *arguments, "-f", "json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


class Shipped:
    """The shipped study, with what the tests ask of a study."""

    def __init__(self, run):
        self.run = run


@pytest.fixture
def shipped(run):
    return Shipped(run)


# --- by claims, by figures ----------------------------------------------------------------------

# what the sources name, and where it stands in the study
NAMED = {
    "gallium": "gallium",
    "critical minerals": "critical_minerals",
    "rare earths": "rare_earths",
    "batteries": "batteries",
    "drones": "drones",
    "legacy chips": "legacy_chips",
    "chip-making equipment": "chip_equipment",
    "robots": "robots",
    "medicines": "pharmaceuticals",
    "ingredients": "pharmaceuticals/ingredient",
    "ship repair": "shipbuilding",
    "munitions": "munitions",
}


def test_the_ranking_by_claims_covers_every_chain_that_the_sources_name(shipped):
    rows = rows_of(shipped, "--evidence", "claims")
    found = {row["product"] for row in rows} | {row["topic"] for row in rows}
    assert {chain for chain, name in NAMED.items() if name not in found} == set()


def test_the_ranking_by_claims_covers_every_product_of_which_a_claim_names_a_power(shipped):
    loaded = studies.load(studies.find(None))
    chains = {loaded.product_of(stage) for stage in loaded.stages}
    kinds = {"dominance", "share", "coercion", "export_control"}
    named = {
        row["product"]
        for row in loaded.tables["claims"]
        if row["kind"] in kinds
        and row["product"] in chains
        and (row["modality"], row["polarity"]) == ("fact", "affirmed")
        and row["actor"] not in {None, "WLD", "ROW"}
    }
    assert named
    assert {row["product"] for row in rows_of(shipped, "--evidence", "claims")} >= named


def test_no_figure_moves_the_ranking_by_claims(made):
    before = rows_of(made, "--evidence", "claims")
    made.set("datasets/figures/office.csv", "F-office-1", "value", "10")
    made.set("datasets/figures/survey.csv", "F-survey-2", "value", "0.01")
    after = rows_of(made, "--evidence", "claims")
    assert before
    beside = "rank_by_figures"
    assert [{**row, beside: None} for row in before] == [{**row, beside: None} for row in after]


def without(row, *names):
    return {name: cell for name, cell in row.items() if name not in names}


def test_the_ranking_by_figures_is_that_of_the_study_without_claims(make_study):
    whole, bare = make_study("whole"), make_study("bare")
    for made in (whole, bare):
        made.set("datasets/recipes.csv", "R-2", "parent", "A-wafers-in-drones")
    bare.write_cells("seeds/essay/claims.csv", bare.cells("seeds/essay/claims.csv")[:1])
    by_figures, expected = rows_of(whole, "--evidence", "figures"), rows_of(bare)
    assert by_figures == expected
    # with claims the ranking is another: they do say something
    assert by_figures != rows_of(whole)


def test_no_claim_stands_behind_the_ranking_by_figures(shipped):
    rows = [row for row in rows_of(shipped, "--evidence", "figures") if row["chokepoint_id"]]
    assert rows
    assert {row["claims"] for row in rows} == {0}
    assert min(row["figures"] for row in rows) > 0


def test_the_page_by_claims_says_that_no_figure_is_read_and_how_far_the_orders_agree(shipped):
    text = shipped.run("chokepoints", "--evidence", "claims", "-f", "md").stdout
    assert "No figure is read here." in text
    tau = re.search(r"Over the (\d+) stages that both rank, Kendall's tau is (-?[\d.]+)", text)
    assert -1 <= float(tau[2]) <= 1
    assert int(tau[1]) >= 2


def test_an_unknown_kind_of_evidence_is_refused(made):
    assert made.run("chokepoints", "--evidence", "rumours").exit_code == 2


# --- one stage ----------------------------------------------------------------------------------


def test_one_stage_has_its_rows_alone_with_the_ranks_of_the_whole_ranking(shipped):
    whole = {row["chokepoint_id"]: row for row in rows_of(shipped) if row["stage"] == "rare_earths/metal"}
    alone = {row["chokepoint_id"]: row for row in rows_of(shipped, "--stage", "rare_earths/metal")}
    assert whole == alone
    assert alone["K:QUAD:CHN:rare_earths/metal"]["rank"] > 1


def test_the_card_of_a_stage_answers_the_three_questions_with_its_chain(shipped):
    text = shipped.run("chokepoints", "--stage", "gallium/primary", "-f", "table").stdout
    (row,) = [row for row in rows_of(shipped, "--stage", "gallium/primary") if row["economy"] == "CHN"]
    card = text[text.index("\nChina: ") :].split("\n\n")[0]
    assert card.startswith(f"\nChina: {row['class']}")
    assert re.search(rf"Dependence +{100 * row['embodied_central']:.0f}%", card)
    assert re.search(r"Consequence +\$?[\d.,]+", card)
    assert f"could do without from {row['escape_year']}" in card
    assert f"Rank         {row['rank']} [{row['rank_best']}-{row['rank_worst']}]" in card
    for name, rank in row["ranks"].items():
        assert f"{name} weights {rank}" in card
    assert f"depgraph why {row['chokepoint_id']}" in card
    chain = [line for line in text.splitlines() if line.startswith(("  >> ", "     "))]
    assert "  >> Primary gallium" in chain
    assert any(line.endswith("(finished good)") for line in chain)


def test_every_definition_of_a_stage_stands_on_the_card(shipped):
    text = shipped.run("chokepoints", "--stage", "pharmaceuticals/ingredient", "--for", "USA", "-f", "table").stdout
    rows = rows_of(shipped, "--stage", "pharmaceuticals/ingredient", "--for", "USA")
    row = max((row for row in rows if row["chokepoint_id"]), key=lambda row: len(row["definitions"]))
    assert len(row["definitions"]) >= 3
    assert "market of United States" in text
    for central in row["definitions"].values():
        assert f"{100 * central:.0f}%" in text


def test_a_stage_that_is_not_scored_says_what_is_missing(shipped):
    text = shipped.run("chokepoints", "--stage", "drones/battery_pack", "-f", "table").stdout
    assert text.startswith("Not scored (1); unknown, not zero:")
    (row,) = rows_of(shipped, "--stage", "drones/battery_pack")
    assert row["chokepoint_id"] is None if "chokepoint_id" in row else True
    assert row["missing"]


def test_a_stage_that_does_not_exist_is_refused_with_the_nearest(shipped):
    result = shipped.run("chokepoints", "--stage", "gallium/primry")
    assert result.exit_code == 2
    assert "gallium/primary" in result.stderr


# --- weights ------------------------------------------------------------------------------------


def test_weights_of_a_file_change_the_order_and_are_named_in_every_row(shipped, tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("good,weight\ngallium/device,1\n", encoding="utf-8")
    rows = [row for row in rows_of(shipped, "--weights", str(path)) if row["chokepoint_id"]]
    assert {row["weights"] for row in rows} == {str(path)}
    assert "gallium/device" in rows[0]["goods"]
    assert rows[0]["loss_central"] == pytest.approx(rows[0]["goods"]["gallium/device"])
    assert set(rows[0]["ranks"]) == {str(path), "value", "equal", "defence"}


def test_each_shipped_set_gives_the_ranks_that_the_default_shows_beside_its_own(shipped):
    default = {row["chokepoint_id"]: row["ranks"] for row in rows_of(shipped) if row["chokepoint_id"]}
    for name in ("equal", "defence"):
        rows = [row for row in rows_of(shipped, "--weights", name) if row["chokepoint_id"]]
        losses = [row["loss_central"] for row in rows]
        assert losses == sorted(losses, reverse=True)
        # equal losses may stand in another order
        for row in rows:
            same = [other["rank"] for other in rows if other["loss_central"] == row["loss_central"]]
            assert default[row["chokepoint_id"]][name] in same, row["chokepoint_id"]


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ("good,weight\ngallium/devise,1\n", 2, "gallium/device"),
        ("good,weight\ngallium/device,-1\n", 2, "below 0"),
        ("good,heft\ngallium/device,1\n", 1, "heft"),
    ],
)
def test_a_file_of_weights_that_is_none_is_refused(shipped, tmp_path, text, code, told):
    path = tmp_path / "own.csv"
    path.write_text(text, encoding="utf-8")
    result = shipped.run("chokepoints", "--weights", str(path))
    assert (result.exit_code, told in result.stderr) == (code, True), result.stderr
    assert result.stdout == ""


def test_weights_that_do_not_exist_are_refused_with_those_that_do(shipped):
    result = shipped.run("chokepoints", "--weights", "defense")
    assert result.exit_code == 2
    assert "defence" in result.stderr


def test_the_ranks_of_any_weights_stand_in_rows_of_their_own_columns(shipped):
    rows = rows_of(shipped, "--any-weights", "--top", "3")
    for row in rows[:3]:
        assert row["rank_any_weights_best"] <= min(row["ranks"].values())
        assert row["rank_any_weights_worst"] >= max(row["ranks"].values())
    assert rows_of(shipped, "--top", "1")[0]["rank_any_weights_best"] is None


# --- narrow terminals ---------------------------------------------------------------------------

TOLD = re.compile(r"Not shown at this width: (.*?)\. A wider terminal or -f csv has them\.")


@pytest.fixture
def at_width(shipped, monkeypatch):
    monkeypatch.setattr(common, "_on_terminal", lambda: True)

    def show(columns):
        monkeypatch.setenv("COLUMNS", str(columns))
        result = shipped.run("chokepoints", "--top", "5", "-f", "table")
        assert result.exit_code == 0
        return result.stdout

    return show


def table_of(text):
    """Return the lines of the table, the headings first."""
    return text[text.index("\nclass ") + 1 :].partition("\n\n")[0].splitlines()


def headings(text):
    return re.split(r" {2,}", table_of(text)[0].strip())


def test_a_wide_terminal_shows_every_column_and_leaves_out_none(at_width):
    text = at_width(1000)
    assert TOLD.search(text) is None
    assert headings(text)[:4] == ["class", "economy", "stage", "supply lost"]


@pytest.mark.parametrize("columns", [160, 130, 110, 90])
def test_a_narrow_terminal_says_which_columns_it_leaves_out(at_width, columns):
    whole, text = headings(at_width(1000)), at_width(columns)
    left = TOLD.search(" ".join(text.split()))[1].split(", ")
    shown = headings(text)
    assert {*shown, *left} == set(whole)
    assert set(shown).isdisjoint(left)
    assert set(shown) >= {"class", "economy", "stage", "supply lost", "out by", "grade", "disagree"}
    assert max(map(len, text.splitlines())) <= columns


def test_other_programs_get_every_column_at_any_width(shipped, monkeypatch):
    monkeypatch.setattr(common, "_on_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "60")
    narrow = shipped.run("chokepoints", "-f", "csv").stdout
    monkeypatch.setenv("COLUMNS", "400")
    assert narrow == shipped.run("chokepoints", "-f", "csv").stdout
    assert {"direct_central", "embodied_central", "value_usd_central"} <= set(next(csv.reader(io.StringIO(narrow))))
