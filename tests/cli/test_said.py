"""What people read of claims beside figures, on the command line."""

import csv
import io

import pytest


def table(made, *arguments):
    result = made.run("said", *arguments, "-f", "md")
    assert result.exit_code == 0, result.stderr
    return result.stdout


def test_the_answer_says_who_speaks_and_where_claim_and_figure_part(made):
    text = table(made)
    assert text.startswith("1 independent source makes 4 claims.")
    assert "they agree in 1 case and disagree in 1: Japan at Wafers." in text
    made.set("datasets/figures/office.csv", "F-office-1", "value", "500")
    assert "they agree in 0 cases and disagree in 2: China at Primary gallium and Japan at Wafers." in table(made)


def test_a_word_is_shown_as_the_shares_that_it_is_read_as(made):
    text = table(made, "--about", "gallium")
    assert "near monopoly (read as 80-99%)" in text
    assert "China leads." in text
    assert "share, 2024: 45% (44-46)" in text


def test_people_see_power_over_chains_and_all_the_rest_where_they_ask(made):
    short, whole = table(made), table(made, "--all")
    assert "recommendation" not in short
    assert "recommendation towards China" in whole
    assert "only a figure" in whole
    assert "only a figure" not in short


def test_what_a_claim_alone_says_has_no_figure(made):
    (line,) = [line for line in table(made).splitlines() if "Complete drones" in line]
    assert "no figure" in line
    assert "only a claim" in line


def test_csv_holds_full_precision_and_leaves_unknown_empty(made):
    rows = list(csv.DictReader(io.StringIO(made.run("said", "-f", "csv").stdout)))
    gallium, drones = (next(row for row in rows if row["id"] == claim) for claim in ("E-1", "E-2"))
    assert (gallium["strength_low"], gallium["strength_mode"], gallium["strength_high"]) == ("0.8", "0.92", "0.99")
    assert float(gallium["figure_central"]) == pytest.approx(750 / 760, abs=1e-3)
    assert (drones["figure_central"], drones["verdict"]) == ("", "claim only")
    assert {row["claims"] for row in rows if row["verdict"] == "figure only"} == {"0"}


def test_the_identifier_of_a_row_is_explained(made):
    rows = list(csv.DictReader(io.StringIO(made.run("said", "-f", "csv").stdout)))
    for row in rows:
        assert made.run("why", row["id"]).exit_code == 0


def test_a_name_that_is_nothing_is_answered_with_the_nearest(made):
    result = made.run("said", "--about", "galium")
    assert result.exit_code == 2
    assert "did you mean gallium" in result.stderr
