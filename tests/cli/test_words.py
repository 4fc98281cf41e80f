"""What people read: answers first, names for identifiers, and every number that of the csv of the same run."""

import csv
import io
import re

import pytest


def data(study, *arguments):
    """Return the rows that other programs get."""
    result = study.run(*arguments, "-f", "csv")
    assert result.exit_code == 0, result.stderr
    return list(csv.DictReader(io.StringIO(result.stdout)))


def words(study, *arguments):
    """Return what people get: the answer above the table, and the rows of the table."""
    result = study.run(*arguments, "-f", "md")
    assert result.exit_code == 0, result.stderr
    answer, _, table = result.stdout.partition("\n\n|")
    lines = [[cell.strip() for cell in line.strip("| ").split("|")] for line in f"|{table}".splitlines() if line]
    head, body = lines[0], lines[2:]
    return answer, [dict(zip(head, [*line, *[""] * len(head)], strict=False)) for line in body]


def percents(text):
    """Return the whole percents of a text."""
    return [int(number) for number in re.findall(r"(-?\d+)%", text)]


# --- panel ------------------------------------------------------------------------------------


def test_the_panel_is_a_matrix_that_holds_what_the_rows_for_programs_hold(made):
    long = data(made, "panel")
    _, matrix = words(made, "panel")
    stages = list(dict.fromkeys(row["stage"] for row in long))
    assert len(matrix) == len(stages)
    cells = {(stage, rule): row[rule] for stage, row in zip(stages, matrix, strict=True) for rule in list(row)[1:]}
    assert len(cells) == len(long)
    for row in long:
        cell = cells[row["stage"], row["rule"]]
        if not row["value"]:
            assert cell == "-"
        else:
            assert float(cell.strip("!?")) == pytest.approx(float(row["value"]), rel=5e-3)
            assert cell.endswith("!") == (row["flagged"] == "yes")


def test_the_panel_counts_the_pairs_without_an_input(made):
    long = data(made, "panel")
    answer, _ = words(made, "panel")
    lacking = sum(row["value"] == "" for row in long)
    assert 0 < lacking < len(long)
    assert f"In {lacking} of {len(long)} pairs of stage and rule an input is missing" in answer


def test_the_long_panel_has_a_row_for_each_stage_and_rule(made):
    assert made.run("panel", "--long", "-f", "md").stdout.count("\n") == len(data(made, "panel")) + 2


def test_identifiers_stand_beside_names_only_if_asked_for(made):
    assert "gallium/primary" not in made.run("panel", "-f", "md").stdout
    assert "(gallium/primary)" in made.run("panel", "--ids", "-f", "md").stdout


# --- survive ----------------------------------------------------------------------------------


def is_known(row):
    return bool(row["verdict"] != "not known" or row["counted_stocks"] or row["recover_low_days"])


def test_survive_shows_what_is_known_and_counts_the_rest(made):
    rows = data(made, "survive")
    answer, table = words(made, "survive")
    unknown = [row for row in rows if not is_known(row)]
    assert unknown
    assert f"For {len(unknown)} of {len(rows)} stop" in answer
    assert len(table) in {0, len(rows) - len(unknown)}
    _, every = words(made, "survive", "--all")
    assert len(every) == len(rows)


def test_a_time_to_survive_that_nothing_bounds_is_not_known_and_never_zero(made):
    _, every = words(made, "survive", "--all")
    bare = [shown for shown, row in zip(every, data(made, "survive"), strict=True) if not is_known(row)]
    assert bare
    assert all(row["survive"] == "not known" and row["recover"] == "not known" for row in bare)
