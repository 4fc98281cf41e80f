"""The command line: help, exit codes, names, formats, and what it does when the world is against it."""

import csv
import io
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from depgraph.cli import common, main
from depgraph.core import files, render
from depgraph.evidence import estimates

HEAVY = {"pandas", "networkx", "pulp", "highspy", "altair", "numpy", "scipy", "rich", "tabulate", "xlsxwriter"}
LISTS = ("sources", "claims", "figures", "assumptions", "estimates", "stages", "chokepoints")
# what a command must be given besides its options; a command that is not named needs nothing
NEEDS = {
    "verify": ["--texts", "."],
    "new": ["somewhere"],
    "why": ["E-1"],
    "structure": ["--of", "drones/complete"],
    "exposure": ["--of", "drones/complete"],
    "shock": ["--cut", "CHN:gallium/primary"],
    "interdict": ["--budget", "1"],
    "sweep": ["baseline", "--over", "growth=0,0.1"],
    "compare": ["baseline", "ban"],
}


def command(name):
    return main.main.get_command(click.Context(main.main), name)


def process(*arguments, **options):
    """Run the command line as a process of its own."""
    root = str(Path(__file__).parents[2])
    environment = os.environ | {"PYTHONPATH": root} | options.pop("env", {})
    whole = [sys.executable, "-m", "depgraph", *map(str, arguments)]
    return subprocess.run(whole, capture_output=True, check=False, env=environment, timeout=120, **options)


def rows(result):
    """Return the rows of a JSON answer; everything that is not data went to standard error."""
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def is_orderly(result):
    """Say whether a run ended with a message and an exit code instead of an exception."""
    fine = result.exception is None or isinstance(result.exception, SystemExit)
    return fine and "Traceback" not in result.output and "fault of depgraph" not in result.output


# --- help -------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_the_help_lists_every_command(run, option):
    result = run(option)
    assert result.exit_code == 0
    assert all(f"\n  {name} " in result.stdout for name in main.COMMANDS)


@pytest.mark.parametrize("name", main.COMMANDS)
def test_the_help_of_a_command_ends_with_an_example_of_it(run, name):
    result = run(name, "--help")
    assert result.exit_code == 0
    _, _, examples = result.stdout.rpartition("\n\n  Example")
    lines = examples.splitlines()[1:]
    assert lines
    assert all(line.startswith("    depgraph ") and f" {name}" in line for line in lines)
    assert "\\b" not in result.stdout


@pytest.mark.parametrize("name", main.COMMANDS)
def test_the_options_of_an_example_exist(name):
    known = {option for parameter in command(name).params for option in parameter.opts} | {"--study"}
    for line in command(name).epilog.splitlines():
        if line.strip().startswith("depgraph"):
            assert {word for word in shlex.split(line) if word.startswith("-")} <= known


@pytest.mark.parametrize("name", main.COMMANDS)
def test_the_line_in_the_list_of_commands_begins_as_the_help_of_the_command(name):
    listed = main.COMMANDS[name][1]
    assert listed.split()[0] == command(name).help.split()[0]
    assert listed.endswith(".")
    assert command(name).name == name


def test_the_help_loads_nothing_heavy():
    code = (
        "import sys\nfrom depgraph.cli.main import main\n"
        "main(['--help'], standalone_mode=False)\n"
        f"print(sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"[]\n")


def test_the_version_is_printed(run):
    assert run("--version").stdout.startswith("depgraph, version ")


# --- every command on good studies ------------------------------------------------------------


@pytest.mark.parametrize("form", render.FORMATS)
@pytest.mark.parametrize("name", LISTS)
def test_every_list_is_written_in_every_format(made, name, form):
    result = made.run(name, "-f", form)
    assert result.exit_code == 0
    assert result.stdout_bytes


@pytest.mark.parametrize("name", sorted(set(main.COMMANDS) - {"new"}))
def test_no_command_ends_in_an_exception_on_a_study_with_or_without_evidence(make_study, run, name):
    made, empty = make_study(), make_study("other").folder / "empty"
    assert run("--study", made.root, "new", empty).exit_code == 0
    for root in (made.root, empty):
        result = run("--study", root, name, *NEEDS.get(name, []))
        assert is_orderly(result), result.output


@pytest.mark.parametrize("name", sorted(set(main.COMMANDS) - {"new"}))
def test_no_text_given_to_an_option_ends_in_an_exception(made, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # an option that names a folder makes it
    for parameter in command(name).params:
        if isinstance(parameter, click.Option) and not parameter.is_flag and parameter.name != "output":
            for value in ("nonsense", "", "Korea", "a:b/c", "\x1b[31m", "-1"):
                result = made.run(name, *NEEDS.get(name, []), parameter.opts[0], value)
                assert is_orderly(result), (parameter.opts, value, result.output)
                assert "\x1b" not in result.output


def test_a_new_study_has_no_problems_and_no_evidence(make_study, run):
    made = make_study()
    folder = made.folder / "deep" / "new"
    result = made.run("new", folder)
    assert (result.exit_code, result.stdout) == (0, "")
    checked = run("--study", folder, "check")
    assert checked.exit_code == 0
    assert all(line.endswith("[not-begun]") for line in checked.stdout.splitlines())
    assert checked.stderr.startswith("0 problems, ")
    assert rows(run("--study", folder, "estimates", "-f", "json")) == []


def test_the_shipped_study_makes_a_new_study_without_problems(tmp_path, run):
    assert run("new", tmp_path / "new").exit_code == 0
    assert run("--study", tmp_path / "new", "check").exit_code == 0


def test_a_new_study_is_never_made_over_anything(made):
    before = {path: path.read_bytes() for path in made.root.rglob("*") if path.is_file()}
    assert made.run("new", made.root).exit_code == 2
    assert {path: path.read_bytes() for path in made.root.rglob("*") if path.is_file()} == before
    assert made.run("new", made.path("datasets/units.csv")).exit_code == 3


COLUMNS = {
    "claims": "claim_id source_id start end fingerprint paragraph statement kind modality polarity hedge actor target product stage value low high unit period relates_to note",
    "figures": "figure_id source_id product stage economy partner metric value low high unit year vintage table grade",
    "assumptions": "assumption_id what value low high unit reason source_id",
    "estimates": "estimate_id product stage economy metric low central high unit period method parents conflict grade",
    "stages": "product stage economy low central high grade",
}  # fmt: skip


@pytest.mark.parametrize("name", COLUMNS)
def test_rows_have_the_columns_of_the_design(made, name):
    found = rows(made.run(name, "-f", "json"))
    assert found
    assert all(set(COLUMNS[name].split()) <= set(row) for row in found)
    assert len({tuple(row) for row in found}) == 1


def test_a_locator_is_written_in_whole_numbers(made):
    first = rows(made.run("claims", "-f", "json"))[0]
    assert [type(first[name]) for name in ("start", "end", "paragraph")] == [int] * 3


@pytest.mark.parametrize("name", LISTS)
def test_csv_and_json_hold_the_same_rows(made, name):
    read = list(csv.DictReader(io.StringIO(made.run(name, "-f", "csv").stdout)))
    written = rows(made.run(name, "-f", "json"))
    assert [list(row) for row in read] == [list(row) for row in written]
    for line, row in zip(read, written, strict=True):
        numbers = {key: value for key, value in row.items() if isinstance(value, float)}
        assert {key: float(line[key]) for key in numbers} == numbers
        assert all(line[key] == "" for key, value in row.items() if value is None)


def test_a_stage_without_evidence_says_so_and_shows_no_number(made):
    made.set("seeds/essay/claims.csv", "E-2", "term", "")
    made.set("seeds/essay/claims.csv", "E-5", "term", "")
    (row,) = [row for row in rows(made.run("stages", "-f", "json")) if row["stage"] == "drones/complete"]
    assert (row["status"], row["low"], row["central"], row["high"]) == ("no claim", None, None, None)


def test_two_runs_with_other_hash_seeds_write_the_same_bytes(made):
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom depgraph.cli.main import main\n"
        "for name in ['chokepoints', 'estimates', 'stages', 'check']:\n"
        "    for form in ['csv', 'json', 'md', 'xlsx']:\n"
        "        result = CliRunner().invoke(main, ['--study', sys.argv[1], name, '-f', form])\n"
        "        sys.stdout.buffer.write(result.stdout_bytes + result.stderr_bytes)\n"
    )
    whole = [sys.executable, "-c", code, str(made.root)]
    outputs = {
        subprocess.run(
            whole, capture_output=True, check=True, timeout=120, env=os.environ | {"PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
    assert b"K:QUAD:CHN:gallium/primary" in outputs.pop()


def test_loops_are_named_the_same_way_with_any_hash_seed(made):
    stages = ["gallium/wafer", "gallium/primary", "drones/complete"]
    for i, stage in enumerate(stages):
        made.add("datasets/recipes.csv", recipe_id=f"R-x{i}", input=stage, output=stages[i - 1], essential="yes", parent="E-1")  # fmt: skip
    outputs = {process("--study", made.root, "check", env={"PYTHONHASHSEED": seed}).stdout for seed in ("1", "2")}
    assert len(outputs) == 1
    assert b"[cycle]" in outputs.pop()


# --- names ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("Taiwan", "TWN"),
        ("US", "USA"),
        ("u.s.", "USA"),
        ("japan", "JPN"),
        ("\uff2a\uff30\uff2e", "JPN"),
        (" India ", "IND"),
        ("QUAD", "QUAD"),
        ("KOR", "KOR"),
    ],
)
def test_economies_are_known_by_code_name_and_alias(made, typed, code):
    found = rows(made.run("chokepoints", "--for", typed, "-f", "json"))
    assert {row["chokepoint_id"].split(":")[1] for row in found if row["chokepoint_id"]} == {code}


@pytest.mark.parametrize("name", ["chokepoints", "why"])
def test_korea_is_refused_with_the_two_that_it_may_mean(made, name):
    result = made.run(name, *NEEDS.get(name, []), "--for", "Korea")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "KOR" in result.stderr
    assert "PRK" in result.stderr


def test_a_code_is_known_even_if_it_is_an_alias_of_another_economy(made):
    made.set("datasets/economies.csv", "TWN", "aliases", "IND")
    assert made.run("chokepoints", "--for", "IND").exit_code == 0
    assert made.problems() == []


UNKNOWN = [
    (["chokpoints"], "chokepoints"),
    (["chokepoints", "--prodct", "drones"], "--product"),
    (["chokepoints", "--product", "drone"], "drones"),
    (["chokepoints", "--for", "Tiawan"], "Taiwan"),
    (["chokepoints", "--side", "rivals"], "rival"),
    (["chokepoints", "-f", "jsn"], "json"),
    (["claims", "--product", "galium"], "gallium"),
    (["claims", "--stage", "gallium/primry"], "gallium/primary"),
    (["claims", "--economy", "Jpan"], "Japan"),
    (["claims", "--source", "esay"], "essay"),
    (["claims", "--kind", "dominence"], "dominance"),
    (["figures", "--source", "ofice-1"], "office-1"),
    (["figures", "--kind", "prodution"], "production"),
    (["figures", "--stage", "gallium/wafers"], "gallium/wafer"),
    (["estimates", "--stage", "drone/complete"], "drones/complete"),
    (["stages", "--product", "dronse"], "drones"),
    (["why", "E:gallium/primary:CHM"], "E:gallium/primary:CHN"),
    (["why", "F-ofice-1"], "F-office-1"),
    (["why", "K:QUAD:CHN:gallium/primry"], "K:QUAD:CHN:gallium/primary"),
]


@pytest.mark.parametrize(("arguments", "near"), UNKNOWN)
def test_an_unknown_name_is_answered_with_the_nearest_and_exit_code_2(made, arguments, near):
    result = made.run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert near in result.stderr


@pytest.mark.parametrize("arguments", [["figures", "--grade", "Z"], ["estimates", "--grade", "Z"], ["chokepoints", "--top", "0"], ["chokepoints", "--top", "many"], ["why"], ["verify"], ["verify", "--texts", "nowhere"]])  # fmt: skip
def test_wrong_usage_has_exit_code_2_and_writes_no_data(made, arguments):
    result = made.run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr


def test_a_filter_that_nothing_fits_is_no_error(made):
    assert rows(made.run("claims", "--economy", "India", "--kind", "share", "-f", "json")) == []
    result = made.run("claims", "--economy", "India", "--kind", "share", "-f", "table")
    assert result.stderr.endswith("nothing found\n")


def test_a_bloc_as_filter_stands_for_its_members_too(made):
    found = rows(made.run("figures", "--economy", "QUAD", "-f", "json"))
    assert {row["economy"] for row in found} == {"JPN"}


# --- where output goes ------------------------------------------------------------------------


@pytest.mark.parametrize("form", render.FORMATS)
def test_a_file_holds_what_standard_output_would(made, form):
    target = made.folder / f"report.{form}"
    result = made.run("chokepoints", "-o", target)
    assert (result.exit_code, result.stdout) == (0, "")
    assert target.read_bytes() == made.run("chokepoints", "-f", form).stdout_bytes
    assert [path.name for path in made.folder.iterdir() if path.name.startswith(".")] == []


def test_the_format_asked_for_wins_over_the_suffix_and_the_suffix_over_the_default(made, monkeypatch):
    target = made.folder / "report.JSON"
    assert made.run("claims", "-o", target).exit_code == 0
    json.loads(target.read_text(encoding="utf-8"))
    assert made.run("claims", "-o", target, "-f", "csv").exit_code == 0
    assert target.read_text(encoding="utf-8").startswith("claim_id,")
    monkeypatch.setenv("DEPGRAPH_FORMAT", "jsonl")
    assert made.run("claims").stdout.startswith('{"claim_id"')


def test_a_pipe_gets_csv_and_notes_go_to_standard_error(made):
    result = made.run("chokepoints")
    assert result.stdout.startswith("chokepoint_id,")
    assert "depgraph data" in result.stderr


def test_warnings_do_not_mix_with_data(made):
    made.write("datasets/units.csv", b"\xef\xbb\xbf" + made.path("datasets/units.csv").read_bytes())
    result = made.run("claims", "-f", "json")
    assert rows(result)
    assert "[bom]" in result.stderr


def test_a_study_with_warnings_only_passes_the_check(made):
    made.write("datasets/units.csv", made.read("datasets/units.csv").replace("\n", "\r\n"))
    result = made.run("check")
    assert result.exit_code == 0
    assert "warning: " in result.stdout
    assert "[crlf]" in result.stdout
    assert result.stderr.startswith("0 problems, ")


def test_a_workbook_is_not_poured_into_a_terminal(made, monkeypatch):
    monkeypatch.setattr(common, "_on_terminal", lambda: True)
    result = made.run("claims", "-f", "xlsx")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--output" in result.stderr


@pytest.mark.parametrize("place", ["missing/report.csv", "texts/essay.txt/report.csv", "texts"])
def test_output_that_cannot_be_written_has_exit_code_3_and_names_the_file(made, place):
    before = sorted(made.folder.rglob("*"))
    result = made.run("chokepoints", "-o", made.folder / place)
    assert (result.exit_code, result.stdout) == (3, "")
    assert f"Error: {made.folder / place}: " in result.stderr
    assert sorted(made.folder.rglob("*")) == before


def test_a_folder_without_the_right_to_write_has_exit_code_3_and_no_file(made, monkeypatch):
    def refuse(**_):
        raise PermissionError(13, "Permission denied", "hidden temporary name")

    monkeypatch.setattr(files.tempfile, "mkstemp", refuse)
    target = made.folder / "report.csv"
    result = made.run("chokepoints", "-o", target)
    assert result.exit_code == 3
    assert result.stderr.endswith(f"Error: {target}: Permission denied\n")
    assert not target.exists()


def test_a_failure_while_writing_leaves_the_old_report(made, monkeypatch):
    target = made.folder / "report.csv"
    target.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    result = made.run("chokepoints", "-o", target)
    assert result.exit_code == 3
    assert target.read_bytes() == b"old"
    assert [path.name for path in made.folder.iterdir() if path.name.startswith(".")] == []


# --- when the world is against it -------------------------------------------------------------


@pytest.mark.parametrize("where", ["nowhere", "texts", "texts/essay.txt", "\x1b[31m", "x" * 5000])
def test_a_folder_that_is_no_study_has_exit_code_3_and_says_how_to_make_one(made, run, where):
    result = run("--study", made.folder / where, "chokepoints")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "\x1b" not in result.stderr
    assert len(where) > 1000 or "depgraph new DIR" in result.stderr


def test_the_environment_names_the_study_and_the_option_wins(made, run, monkeypatch):
    monkeypatch.setenv("DEPGRAPH_STUDY", str(made.root))
    assert run("claims").stdout.count("\n") == 6
    monkeypatch.setenv("DEPGRAPH_STUDY", str(made.folder))
    assert run("check").exit_code == 3
    assert run("--study", made.root, "check").exit_code == 0


@pytest.mark.parametrize(
    "raised", [ZeroDivisionError("by nought"), RecursionError("too deep"), MemoryError(), KeyError("x")]
)
def test_a_fault_of_the_program_is_told_in_a_line_and_not_as_a_traceback(made, monkeypatch, raised):
    def fail(_):
        raise raised

    monkeypatch.setattr(estimates, "estimate", fail)
    result = made.run("chokepoints")
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr.count("\n") == 1
    assert type(raised).__name__ in result.stderr
    assert "test_main.py:" in result.stderr


def test_an_interrupt_ends_the_program_quietly(made, monkeypatch):
    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(estimates, "estimate", interrupt)
    result = made.run("chokepoints")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.strip() == "Aborted!"


@pytest.mark.parametrize("arguments", [["check"], ["--help"], ["chokepoints", "-f", "table"]])
def test_a_reader_that_has_gone_is_no_fault(made, arguments):
    made.set("datasets/figures/office.csv", "F-office-1", "unit", " t")
    reading, writing = os.pipe()
    os.close(reading)
    whole = [sys.executable, "-m", "depgraph", "--study", str(made.root), *arguments]
    done = subprocess.run(whole, stdout=writing, stderr=subprocess.PIPE, check=False, timeout=60)
    os.close(writing)
    assert b"Traceback" not in done.stderr
    assert b"Exception" not in done.stderr
    assert b"BrokenPipe" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_a_full_disk_behind_standard_output_has_exit_code_3(made):
    with Path("/dev/full").open("wb") as full:
        whole = [sys.executable, "-m", "depgraph", "--study", str(made.root), "claims"]
        done = subprocess.run(whole, stdout=full, stderr=subprocess.PIPE, check=False, timeout=60)
    assert done.returncode == 3
    assert done.stderr == b"Error: output: No space left on device\n"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no sh")
@pytest.mark.parametrize("closed", [">&-", "2>&- <&-"])
def test_closed_streams_are_no_fault(made, closed):
    line = f'exec "$0" -m depgraph --study "$1" claims {closed}'
    whole = ["/bin/sh", "-c", line, sys.executable, str(made.root)]
    done = subprocess.run(whole, capture_output=True, check=False, timeout=60)
    assert done.returncode == (3 if closed.startswith(">") else 0)
    assert b"Traceback" not in done.stderr


def test_what_the_stream_cannot_encode_is_still_written(made):
    made.set("datasets/figures/office.csv", "F-office-1", "value", "\U0001f600")
    done = process("--study", made.root, "check", env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 1
    assert b"[full-width]" in done.stdout
    assert b"Traceback" not in done.stderr


def test_an_argument_that_is_no_text_is_no_fault(made):
    done = process("--study", made.root, "why", os.fsdecode(b"\xff\xfe"))
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr


# --- shocks, attacks and disagreements: no option is ignored and no answer is empty for want of a name ---

REPLAYED = 'title = "t"\nclaims = ["E-1"]\n[[cut]]\neconomy = "CHN"\nstage = "gallium/primary"\n'


@pytest.mark.parametrize("option", [["--by", "0.1"], ["--by", "1"], ["--from", "JPN"]])
def test_a_replayed_shock_refuses_options_that_it_would_ignore(made, option):
    made.write("datasets/shocks/stop.toml", REPLAYED)
    assert made.run("shock", "--replay", "stop").exit_code == 0
    result = made.run("shock", "--replay", "stop", *option)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--by and --from belong to --cut" in result.stderr


def test_a_cut_without_a_part_stops_all_of_it(made):
    whole = made.run("shock", "--cut", "CHN:gallium/primary", "-f", "json")
    assert rows(whole) == rows(made.run("shock", "--cut", "CHN:gallium/primary", "--by", "1", "-f", "json"))
    assert rows(whole) != rows(made.run("shock", "--cut", "CHN:gallium/primary", "--by", "0.5", "-f", "json"))


def test_a_cut_by_a_bloc_is_that_of_its_members(made):
    bloc, member = (made.run("shock", "--cut", f"{code}:gallium/wafer", "-f", "json") for code in ("QUAD", "JPN"))
    assert rows(bloc) == rows(member) != []


def test_a_cut_for_a_bloc_reaches_its_makers(made):
    found = rows(made.run("shock", "--cut", "CHN:gallium/primary", "--from", "QUAD", "-f", "json"))
    assert found[0]["measure"].startswith("supply of QUAD lost")
    assert next(row for row in found[1:] if row["stage"] == "gallium/wafer")["detail"]["JPN"] > 0


def test_a_shock_from_a_stage_that_no_recipe_joins_is_refused(made):
    made.add("datasets/stages.csv", stage_id="gallium/scrap", name="Scrap", unit="t", final="no")
    result = made.run("shock", "--cut", "CHN:gallium/scrap")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "no recipe joins gallium/scrap" in result.stderr
    assert "did you mean" not in result.stderr


def test_a_cut_of_a_stage_that_no_recipe_joins_is_listed_beside_one_that_can_be_computed(made):
    made.add("datasets/stages.csv", stage_id="gallium/scrap", name="Scrap", unit="t", final="no")
    cuts = ["--cut", "CHN:gallium/primary", "--cut", "CHN:gallium/scrap"]
    last = rows(made.run("shock", *cuts, "-f", "json"))[-1]
    assert (last["measure"], last["stage"]) == ("not computed", "gallium/scrap")


@pytest.mark.parametrize("attacker", ["ROW", "KOR", "QUAD"])
def test_an_attack_by_who_supplies_nothing_known_is_refused(made, attacker):
    result = made.run("interdict", "--budget", "1", "--attacker", attacker)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "known to supply QUAD: CHN" in result.stderr


def test_the_rival_does_not_attack_itself(made):
    result = made.run("interdict", "--budget", "1", "--for", "CHN")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "would attack itself" in result.stderr
    assert rows(made.run("interdict", "--budget", "1", "--for", "CHN", "--attacker", "JPN", "-f", "json"))


def test_goods_of_one_product_are_told_apart_for_people(made):
    made.add("datasets/stages.csv", stage_id="drones/large", name="Large drones", unit="index", final="yes")
    made.repeat("datasets/recipes.csv", "R-2", recipe_id="R-3", output="drones/large")
    for arguments in (["interdict", "--budget", "1"], ["shock", "--cut", "CHN:gallium/primary", "--from", "JPN"]):
        text = made.run(*arguments, "-f", "md").stdout
        assert "Complete drones" in text
        assert "Large drones" in text


def test_a_finished_good_is_written_with_its_name_and_its_identifier_only_if_asked_for(made):
    text = made.run("interdict", "--budget", "1", "-f", "md").stdout
    assert "Complete drones" in text
    assert "drones/complete" not in text
    assert "Complete drones (drones/complete)" in made.run("interdict", "--budget", "1", "--ids", "-f", "md").stdout


def disagreeing(made, *arguments):
    """Return the ids of the disagreements of a study in which two offices deny each other's figure of China."""
    made.repeat("datasets/figures/survey.csv", "F-survey-2", figure_id="F-survey-4", source_id="office-1", value=0.1)
    return [row["clash_id"] for row in rows(made.run("estimates", "--disagreements", *arguments, "-f", "json"))]


def test_disagreements_of_an_economy_are_those_about_its_claims_and_figures(make_study):
    every = disagreeing(make_study("a"))
    assert every
    assert disagreeing(make_study("b"), "--economy", "China") == every
    assert disagreeing(make_study("c"), "--economy", "TWN") == []


def test_disagreements_have_no_grade_to_ask_for(made):
    result = made.run("estimates", "--disagreements", "--grade", "B")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--grade" in result.stderr


@pytest.mark.parametrize("command", ["claims", "figures", "estimates"])
def test_an_empty_csv_still_names_its_columns(made, command):
    full = made.run(command, "-f", "csv").stdout.splitlines()
    empty = made.run(command, "--economy", "PRK", "-f", "csv").stdout.splitlines()
    assert empty == full[:1]
