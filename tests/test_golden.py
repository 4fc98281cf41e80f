"""The reference data case by case, and the runner on made-up files."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.golden import GoldenFileError, differences, plain, read_cases, run_case
from tests.golden.__main__ import main
from tests.golden.adapters import Limit

ROOT = Path(__file__).parents[1]
REFERENCE = Path(os.environ.get("DEPGRAPH_REFERENCE", ROOT.parent / "shared" / "reference"))
FILES = ("golden_cases.json", "golden_cases_2.json")
ABSENT = "no reference data: set DEPGRAPH_REFERENCE to the folder that holds golden_cases.json"

COVERED = {
    "g01_concentration",
    "g01b_geopolrisk",
    "g01c_dw_crm",
    "g02_leontief",
    "g03_network",
    "g04_esri",
    "g05_tts",
    "g06_lp",
    "g10_claims",
    "g12_extra",
    "g13_integrated",
    "g20_weights",
}


def reference_cases():
    files = [REFERENCE / name for name in FILES if (REFERENCE / name).is_file()]
    if not files:
        return [pytest.param(None, marks=pytest.mark.skip(reason=ABSENT), id="reference")]
    # families of capabilities that are not built yet are listed by `python -m tests.golden`, not here
    cases = [case for file in files for case in read_cases(file)]
    return [pytest.param(case, id=case["id"]) for case in cases if must_be_covered(case)]


def must_be_covered(case):
    # a case without inputs states a published count: there is nothing to compute it from
    return bool(case["inputs"]) and (case["family"] in COVERED or "p_top1" in case["expected"])


@pytest.mark.parametrize("case", reference_cases())
def test_reference_case_is_reproduced(case):
    outcome = run_case(case)
    assert outcome.details == ()
    assert outcome.status == "pass"


# --- the runner ---------------------------------------------------------------------------------


def case(expected, inputs=None, **more):
    chosen = {"shares": [30, 30, 20, 20]} if inputs is None else inputs
    return {"id": "made-up", "family": "g01_concentration", "inputs": chosen, "expected": expected, "tol": 1e-9} | more


@pytest.fixture
def run(tmp_path, capsys):
    def run_file(*cases):
        path = tmp_path / "cases.json"
        path.write_text(json.dumps({"cases": cases}), encoding="utf-8")
        code = main([str(path)])
        return code, capsys.readouterr().out.splitlines()

    return run_file


def test_a_right_case_passes(run):
    assert run(case({"hhi": 0.26, "cr2": 0.6})) == (0, ["pass         made-up", "1 passed, 0 failed, 0 not covered"])


def test_a_wrong_case_fails_with_each_differing_key(run):
    code, lines = run(case({"hhi": 0.27, "cr1": 0.3, "cr3": 0.9}))
    assert code == 1
    assert lines[0].startswith("fail         made-up: hhi: expected 0.27, found 0.26; cr3: expected 0.9, found 0.8")
    assert "cr1" not in lines[0]
    assert lines[1] == "0 passed, 1 failed, 0 not covered"


def test_an_expected_key_without_adapter_is_not_covered(run):
    code, lines = run(case({"hhi": 0.26, "gini": 0.1}))
    assert (code, lines[0]) == (0, "not covered  made-up: key gini")


def test_inputs_without_adapter_are_not_covered(run):
    code, lines = run(case({"hhi": 0.26}, inputs={"sales": [1, 2]}))
    assert (code, lines[0]) == (0, "not covered  made-up: no adapter for family g01_concentration with inputs sales")


def test_a_case_without_inputs_is_not_covered(run):
    assert run(case({"n": 137}, inputs={}))[1][0] == "not covered  made-up: the case gives no inputs to compute from"


def test_new_cases_of_a_known_shape_need_no_new_code():
    cases = [
        case({"hhi": 0.5, "cr1": 0.5, "hhi_normalised": 0.0}, inputs={"shares": [1, 1]}),
        case({"FPEM_a_b_c": 1 / 3}, inputs={"order": ["a", "b_c"], "A": [[0, 0.5], [0, 0]], "F": [1, 1]}),
        case({"hhi": None}, inputs={"shares": []}),
        case({"raises": True}, inputs={"shares": [0.5, -0.5]}),
        case({"raises": True}, inputs={"A": [[1.5]], "f": [1]}, family="g02_leontief"),
        case({"p_top1": [0.5, 0.5]}, inputs={"x1": [0, 1], "x2": [0, 1]}, family="g11_sensitivity_voi"),
        case({"W": None, "chi2": None}, inputs={"ranks": [[1.5, 1.5]]}, family="g10_claims"),
        case({"max_flow": 2}, inputs={"edges": [["a", "b", 2]], "source": "a", "sink": "b"}, family="g03_network"),
    ]
    assert [run_case(item).details for item in cases] == [()] * len(cases)


def test_an_error_that_is_not_expected_fails_with_its_message():
    outcome = run_case(case({"hhi": 0.5}, inputs={"shares": [0.5, -0.5]}))
    assert outcome.status == "fail"
    assert outcome.details[0].startswith("hhi: expected 0.5, raised InvalidSharesError: -0.5 is not a share")


def test_inputs_of_the_wrong_kind_fail_without_traceback():
    outcome = run_case(case({"hhi": 0.5}, inputs={"shares": "half"}))
    assert (outcome.status, outcome.details[0].startswith("hhi: expected 0.5, raised TypeError")) == ("fail", True)


def test_an_expected_error_that_does_not_come_fails():
    assert run_case(case({"raises": True})).details == ("raises: expected True, found False",)


def test_the_published_thresholds_bound_the_lexicon():
    words = {"word": "monopoly"}
    right = case({"enough": 0.9, "doubtful": [0.6, 0.64]}, inputs=words, family="g10_claims")
    wrong = case({"enough": 0.99}, inputs=words, family="g10_claims")
    assert run_case(right).status == "pass"
    assert run_case(wrong).status == "fail"


@pytest.mark.parametrize(
    ("expected", "found", "same"),
    [
        (1.0, 1.0 + 5e-7, True),
        (1.0, 1.0 + 5e-6, False),
        (1e9, 1e9 + 5e2, True),
        (0.0, 5e-7, True),
        (1, 1.0, True),
        (None, None, True),
        (None, 0.0, False),
        (0.0, None, False),
        (None, math.nan, True),
        ("inf", math.inf, True),
        ("-inf", math.inf, False),
        (1e300, math.inf, False),
        (True, True, True),
        (True, 1, False),
        (1, True, False),
        ("CN", "CN", True),
        ("CN", "US", False),
        ([1, [2, None]], (1, (2, None)), True),
        ([1, 2], [1], False),
        ({"a": {"b": [0.1]}}, {"a": {"b": [0.1 + 1e-9]}}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ([0.1], 0.1, False),
        (0.9, Limit(0.95), True),
        ("x", Limit(0.95), False),
    ],
)
def test_values_are_compared_within_the_tolerance(expected, found, same):
    assert (differences("x", expected, plain(found), 1e-6) == []) is same


def test_a_difference_names_its_place():
    found = differences("x", {"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}, 1e-9)
    assert found == ["x.a[1].b: expected 2, found 3"]


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"id": "a", "family": "f"}, "a: missing key inputs, expected"),
        ({}, "case 1: missing key id, family, inputs, expected"),
        ("text", "case 1: is 'text', not an object"),
        (case({"hhi": 0.26}, tol="small"), "made-up: tol is 'small', not a number of at least 0"),
        (case({"hhi": 0.26}, tol=-1), "made-up: tol is -1, not a number of at least 0"),
        (case([1]), "made-up: expected is [1], not an object"),
    ],
)
def test_a_case_with_missing_or_wrong_keys_fails_with_a_message(run, broken, message):
    code, lines = run(broken, case({"hhi": 0.26}))
    assert (code, lines[0]) == (1, f"fail         {message}")
    assert lines[1].startswith("pass")


def test_a_case_that_expects_nothing_fails(run):
    code, lines = run(case({}))
    assert (code, lines[0]) == (1, "fail         made-up: expected is empty: there is nothing to compare")


def test_without_a_tolerance_one_part_in_a_thousand_million_is_taken(run):
    whole = case({"hhi": 0.26})
    del whole["tol"]
    assert run(whole)[0] == 0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"cases": [', "is not JSON"),
        (b"", "is not JSON"),
        (b"\xff\xfe", "is not UTF-8"),
        (b"[1, 2]", "has no list of cases"),
        (b'{"cases": {}}', "has no list of cases"),
    ],
)
def test_a_broken_file_is_answered_with_a_message(tmp_path, capsys, content, message):
    path = tmp_path / "cases.json"
    path.write_bytes(content)
    assert main([str(path)]) == 3
    captured = capsys.readouterr()
    assert (captured.out, message in captured.err) == ("", True)


def test_a_missing_file_is_answered_with_a_message(tmp_path):
    with pytest.raises(GoldenFileError, match="cannot be read: No such file"):
        read_cases(tmp_path / "none.json")


def test_the_module_runs_from_the_repository_root(tmp_path):
    path = tmp_path / "cases.json"
    path.write_text(json.dumps({"cases": [case({"hhi": 0.3})]}), encoding="utf-8")
    command = [sys.executable, "-m", "tests.golden", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines()[-1] == "0 passed, 1 failed, 0 not covered"
