"""The stored answers of the diversion model: read back as they were put out, and told as stale when the data change."""

import csv
import io

import pytest

from depgraph.analysis import escapes
from depgraph.core import tables
from depgraph.core.errors import StudyError
from depgraph.interface.divert import divert
from depgraph.interface.loading import load
from depgraph.study import study as studies

FILE = "results/escape.csv"


@pytest.fixture
def answered(diverted):
    """Return the made study with the answer of a scenario in its folder of results."""
    (diverted.root / "results").mkdir()
    result = diverted.run("divert", "baseline", "--show", "escape", "-o", diverted.path(FILE))
    assert result.exit_code == 0, result.stderr
    return diverted


def test_without_a_file_or_for_other_parties_nothing_is_known(diverted, answered):
    assert escapes.stored(answered.load(), "QUAD", "AUS") == escapes.Escapes()
    answered.remove(FILE)
    found = escapes.stored(diverted.load(), "QUAD", "CHN")
    assert (found.rows, found.data, found.current) == ({}, "", False)


def test_what_the_command_put_out_is_read_back_number_by_number(answered):
    found = escapes.stored(answered.load(), "QUAD", "CHN")
    assert found.current
    assert found.data == answered.load().version
    rows = divert(load(answered.root), "baseline").escape().rows
    assert list(found.rows) == [row["stage"] for row in rows] != []
    for row in rows:
        kept = vars(found.rows[row["stage"]])
        assert kept == {name: row[name] for name in kept}
    assert {row["bloc"] for row in rows} | {row["rival"] for row in rows} == {"QUAD", "CHN"}


def test_storing_a_result_does_not_change_the_hash_of_the_data(answered):
    before = answered.load().version
    answered.remove(FILE)
    assert answered.load().version == before


def test_with_other_data_the_answers_are_returned_and_told_as_stale(answered):
    before = escapes.stored(answered.load(), "QUAD", "CHN")
    answered.set("datasets/assumptions.csv", "A-investment", "value", 4)
    after = escapes.stored(answered.load(), "QUAD", "CHN")
    assert before.current
    assert not after.current
    assert (after.rows, after.data) == (before.rows, before.data)


def test_a_scenario_that_was_changed_does_not_pass_for_the_one_in_the_file(diverted):
    plain, changed = (
        {row["scenario"] for row in divert(load(diverted.root), "baseline", **more).escape().rows}
        for more in ({}, {"transplants": True})
    )
    assert (plain, changed) == ({"baseline"}, {"baseline with changes"})


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [("year", "soon", "not-a-count"), ("threshold", "30%", "percent-sign"), ("cost_musd", "1,5", "decimal-comma")],
)
def test_a_cell_that_cannot_be_read_is_named(answered, column, cell, code):
    answered.set(FILE, "gallium/primary", column, cell)
    with pytest.raises(StudyError) as raised:
        escapes.stored(answered.load(), "QUAD", "CHN")
    assert [(problem.field, problem.code) for problem in raised.value.problems] == [(column, code)]


def test_rows_of_two_runs_are_refused(answered):
    answered.set(FILE, "gallium/wafer", "data", "abcdef012345")
    with pytest.raises(StudyError, match="other data"):
        escapes.stored(answered.load(), "QUAD", "CHN")


def test_the_columns_of_the_file_are_those_of_the_schema_and_of_the_answer(answered):
    header = next(csv.reader(io.StringIO(answered.read(FILE))))
    assert header == [column.name for column in tables.read_schemas("results.toml")["escape"].columns]


def test_the_shipped_results_are_about_the_stages_of_the_model():
    shipped = studies.load(studies.find(None))
    found = escapes.stored(shipped, "QUAD", "CHN")
    assert set(found.rows) <= {row["stage_id"] for row in shipped.tables["commodities"]}
    assert len(found.rows) > 25
    assert found.current, "the data have changed: run depgraph divert quad-soonest --show escape -o results/escape.csv"
    assert all(row.missing or row.cost_musd is not None for row in found.rows.values())
    assert all(row.year is None or row.year >= (row.year_direct or 0) for row in found.rows.values())
