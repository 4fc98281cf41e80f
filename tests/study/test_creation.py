"""A new study: made, filled row by row, and read again."""

import pytest

from depgraph.core.errors import UnknownNameError
from depgraph.study import creation, sources, study


@pytest.fixture
def folder(made, tmp_path):
    creation.create(made.load(), tmp_path / "new")
    return tmp_path / "new"


def test_a_new_study_has_no_problems_and_no_evidence(folder):
    found, problems = study.examine(folder)
    assert problems == []
    assert (found.tables["claims"], found.tables["figures"], found.tables["stages"]) == ([], [], [])


def test_rows_that_are_added_are_read_as_they_were_given(folder):
    row = {"stage_id": "lamps/glass", "name": 'Glass, "clear"', "unit": "t", "final": "no"}
    creation.add(folder, "products", [{"product": "lamps", "name": "Lamps"}])
    creation.add(folder, "stages", [row])
    creation.add(folder, "stages", [row | {"stage_id": "lamps/lamp", "final": "yes"}])
    found, problems = study.examine(folder)
    assert problems == []
    assert [(item["stage_id"], item["name"], item["final"]) for item in found.tables["stages"]] == [
        ("lamps/glass", 'Glass, "clear"', False),
        ("lamps/lamp", 'Glass, "clear"', True),
    ]
    assert found.tables["stages"][0]["coverage"] is None


def test_claims_go_to_the_folder_of_their_source(folder):
    creation.add(folder, "claims", [{"claim_id": "N-1", "source_id": "note"}], source="note")
    assert (folder / "seeds/note/claims.csv").read_text(encoding="utf-8").splitlines()[1].startswith("N-1,note,")


@pytest.mark.parametrize(("table", "row"), [("stage", {}), ("stages", {"stages_id": "x"})])
def test_a_table_or_column_that_is_none_is_named_with_the_nearest(folder, table, row):
    with pytest.raises(UnknownNameError, match="stage"):
        creation.add(folder, table, [row])


def test_a_span_is_located_as_claims_are_verified():
    text = "One.\n\nTwo \U0001f600 three."
    found = sources.locate(text, "three")
    claim = {"file": "f", "line": 1, **found}
    assert sources._check_locator(claim, text) == []
    assert found["paragraph"] == 2


@pytest.mark.parametrize("span", ["", "four", "One"])
def test_a_span_that_is_not_there_exactly_once_is_refused(span):
    with pytest.raises(sources.SpanError, match="times"):
        sources.locate("One. One.", span)
