"""The shipped study: what must hold of its evidence, read as it stands."""

import csv
import os
import re
from collections import Counter
from pathlib import Path

import pytest

from depgraph.evidence import estimates, intervals
from depgraph.study import ledger, sources, study

ROOT = Path(__file__).parents[2]
REFERENCE = Path(os.environ.get("DEPGRAPH_REFERENCE", ROOT.parent / "shared" / "reference"))
TEXTS = REFERENCE.parent / "seeds"


@pytest.fixture(scope="module")
def shipped():
    return study.load(ROOT)


@pytest.fixture(scope="module")
def picture(shipped):
    return estimates.estimate(shipped)


@pytest.fixture(scope="module")
def texts(shipped):
    if not TEXTS.is_dir():
        pytest.skip("reference data with the source texts is not here")
    return sources.find_texts(TEXTS, shipped.tables["sources"])


def test_the_study_has_no_problem_and_no_warning():
    _, problems = study.examine(ROOT)
    assert problems == []


def test_every_source_text_is_found_by_its_hash(shipped, texts):
    assert set(texts) == {row["id"] for row in shipped.tables["sources"]}


def test_every_locator_and_fingerprint_holds(shipped, texts):
    assert sources.verify(shipped.tables["claims"], shipped.tables["sources"], texts) == []


def words(text):
    return re.findall(r"[a-z0-9]+", text.lower())


def test_no_statement_or_note_repeats_seven_words_of_its_source(shipped, texts):
    runs = {}
    for source, text in texts.items():
        spoken = words(text)
        runs[source] = {tuple(spoken[i : i + 7]) for i in range(len(spoken) - 6)}
    copied = []
    for claim in shipped.tables["claims"]:
        said = words(f"{claim['statement']} . {claim['note'] or ''}")
        if any(tuple(said[i : i + 7]) in runs[claim["source_id"]] for i in range(len(said) - 6)):
            copied.append(claim["claim_id"])
    assert copied == []


def test_only_one_production_share_is_printed_in_all_sources(shipped):
    printed = [row for row in shipped.tables["claims"] if row["unit"] == "share"]
    assert [(row["actor"], row["product"], row["value"]) for row in printed] == [("JPN", "robots", 0.45)]


def test_recommendations_targets_and_forecasts_never_become_shares(shipped):
    used = {item.parent for item in intervals.from_claims(shipped)}
    asserted = {row["claim_id"] for row in shipped.tables["claims"] if row["modality"] in intervals.ASSERTED}
    assert used
    assert used <= asserted


def test_a_statement_about_battlefields_is_no_market_share(shipped):
    claims = [row for row in shipped.tables["claims"] if row["product"] == "drones" and row["actor"] == "WLD"]
    assert claims
    assert all(row["kind"] == "other" and row["term"] is None for row in claims)


def test_export_controls_are_recorded_in_both_directions(shipped):
    controls = {(row["actor"], row["target"]) for row in shipped.tables["claims"] if row["kind"] == "export_control"}
    assert {("CHN", "JPN"), ("JPN", "CHN"), ("USA", "CHN"), ("EUR", "CHN")} <= controls


def test_the_goods_to_share_know_how_in_and_to_cut_china_out_of_are_kept_apart(shipped):
    rows = [row for row in shipped.tables["claims"] if row["kind"] == "recommendation" and row["actor"] == "QUAD"]
    inside = {row["product"] for row in rows if row["target"] == "QUAD"} - {"all_goods"}
    outside = {row["product"] for row in rows if row["target"] == "CHN"} - {"all_goods"}
    assert inside == {"batteries", "chip_equipment", "aerospace_materials", "robots"}
    assert outside == {"pharmaceuticals", "critical_minerals", "drones", "legacy_chips"}


def test_china_is_called_the_largest_trade_partner_of_three_members_and_not_of_india(shipped):
    rows = [row for row in shipped.tables["claims"] if row["kind"] == "trade_partner" and row["actor"] == "CHN"]
    named = {row["target"] for row in rows if row["source_id"] == "japan-quad-essay"}
    assert named == {"AUS", "JPN", "USA"}


def test_figures_are_of_grade_a_or_b_and_each_has_a_publication_with_an_address(shipped):
    publications = {row["source_id"]: row for row in shipped.tables["figure_sources"]}
    assert {row["grade"] for row in shipped.tables["figures"]} == {"A", "B"}
    assert all(publications[row["source_id"]]["address"] for row in shipped.tables["figures"])


def test_every_stage_has_a_figure_or_says_what_is_missing(shipped):
    counted = Counter(f"{row['product']}/{row['stage']}" for row in shipped.tables["figures"])
    silent = [stage for stage, row in shipped.stages.items() if not counted[stage] and not row["missing"]]
    assert silent == []


def test_every_basis_that_stands_for_a_stage_has_evidence(shipped, picture):
    empty = [
        stage
        for stage, row in shipped.stages.items()
        if row["basis"] and row["basis"] not in {item.metric for item in picture.shares(stage)}
    ]
    assert empty == []


def test_a_basket_code_never_stands_for_a_stage(shipped, picture):
    used = {parent for item in picture.estimates for parent in item.parents}
    barred = {row["figure_id"] for row in shipped.tables["figures"] if row["status"] != "ok"}
    assert used & barred == set()


def test_every_assumption_that_is_taken_by_name_is_used_in_the_code():
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "depgraph").rglob("*.py"))
    names = {name for name, value in vars(ledger).items() if isinstance(value, str) and value in ledger.BY_NAME}
    assert len(names) == len(ledger.BY_NAME)
    unused = [name for name in names if f"ledger.{name}" not in code]
    assert unused == []


def test_the_shares_of_every_stage_lie_in_order_and_sum_to_one(picture):
    vectors = {}
    for item in picture.estimates:
        assert 0 <= item.low <= item.central <= item.high <= 1
        vectors.setdefault((item.stage, item.metric), []).append(item.central)
    assert all(abs(sum(shares) - 1) < 1e-9 for shares in vectors.values())


def test_estimates_walk_back_to_claims_figures_or_named_assumptions(shipped, picture):
    known = set(shipped.claims) | set(shipped.figures) | set(shipped.ledger) | set(shipped.lexicon) | set(picture.by_id)
    assert all(item.parents and set(item.parents) <= known for item in picture.estimates)


def test_deleting_one_source_changes_only_what_cites_it(shipped, picture):
    gone = "F-yano-research-institute"
    rows = [row for row in shipped.tables["figures"] if not row["figure_id"].startswith(gone)]
    smaller = study.Study(
        shipped.root, shipped.settings, {**shipped.tables, "figures": rows}, shipped.ledger, shipped.lexicon,
        shipped.economies, shipped.units,
    )  # fmt: skip
    touched = {item.stage for item in picture.evidence if item.parent.startswith(gone)}
    after = {item.estimate_id: item for item in estimates.estimate(smaller).estimates}
    changed = {item.stage for item in picture.estimates if after.get(item.estimate_id) != item}
    assert changed
    assert changed <= touched


def test_the_tables_hold_no_path_of_a_machine_and_no_trace_of_how_they_were_made():
    pattern = re.compile(r"(/home/|/tmp/|/work/|file://|localhost)")
    found = [
        path.name
        for folder in ("seeds", "datasets")
        for path in (ROOT / folder).rglob("*.*")
        if pattern.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_legacy_chips_show_the_clash_between_a_word_and_a_number(picture):
    clash = next(item for item in picture.disagreements if item.clash_id == "X:legacy_chips/fabrication")
    assert any(member.startswith("JQE-") for member in clash.members)
    assert any(member.startswith("F-") for member in clash.members)
    assert clash.relaxation > 0.1


def test_claims_are_one_row_an_atom(shipped):
    keys = Counter((row["start"], row["end"], row["source_id"], row["statement"]) for row in shipped.tables["claims"])
    assert [key for key, count in keys.items() if count > 1] == []


def test_rows_of_the_shipped_tables_have_plain_line_ends():
    for path in [*ROOT.glob("seeds/*/claims.csv"), *ROOT.glob("datasets/**/*.csv")]:
        content = path.read_bytes()
        assert b"\r" not in content
        assert list(csv.reader(content.decode().splitlines()))
