"""The command line where it is used: completion in shells, pipes, narrow and old terminals."""

import os
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from depgraph.cli import common, completions, main
from tests.cli.test_main import NEEDS
from tests.diversion_study import add_diversion

ROOT = Path(__file__).parents[2]
# groups have tests of their own: tests/trade, tests/cli/test_graph.py
VERBS = [name for name in main.COMMANDS if name not in {"new", "completion", "trade", "graph"}]
MORE = {"export": ["nodelink"]}
UNFORMED = {"export", "cite", "report"}  # verbs that know one form, or name it otherwise
HEAVY = {"networkx", "numpy", "pandas", "pulp", "highspy", "rich"}


def line(made, name, *more):
    """Return the arguments that run a verb on a study; a verb of the diversion model on one that has it."""
    if name in {"divert", "sweep", "compare"} and not made.path("datasets/scenarios").exists():
        add_diversion(made)
    if name == "report":
        more = ("-o", str(made.folder / "report.html"), *more)
    return ["--study", str(made.root), name, *NEEDS.get(name, []), *MORE.get(name, []), *more]


def environment(**more):
    kept = {key: value for key, value in os.environ.items() if key not in {"COLUMNS", "NO_COLOR", "PYTHONIOENCODING"}}
    return kept | {"PYTHONPATH": str(ROOT)} | more


def on_terminal(arguments, columns=120, **more):
    """Run the command line on a terminal of its own; return what it drew, what it said beside, and its code."""
    pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")
    import fcntl
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    whole = [sys.executable, "-m", "depgraph", *arguments]
    with subprocess.Popen(
        whole, stdout=theirs, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, env=environment(**more), cwd=ROOT
    ) as process:
        os.close(theirs)
        drawn = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # the other side has closed
                break
            if not part:
                break
            drawn += part
        said = process.stderr.read()
    os.close(ours)
    return drawn.replace(b"\r\n", b"\n"), said, process.returncode


# --- completion -------------------------------------------------------------------------------


def offered(words, root=None, shell="bash"):
    """Return what a shell is offered for the last word, as click's protocol gives it."""
    whole = ["depgraph", *(["--study", str(root)] if root else []), *words]
    code = "import sys; from depgraph.cli.main import main; main(prog_name='depgraph')"
    typed = environment(
        COMP_WORDS="\n".join(whole), COMP_CWORD=str(len(whole) - 1), _DEPGRAPH_COMPLETE=f"{shell}_complete"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, env=typed, timeout=60)
    assert done.stderr == b""
    return [item.partition(",")[2] for item in done.stdout.decode().splitlines() if item]


def test_commands_are_completed(made):
    assert offered(["ex"], made.root) == ["exposure", "export"]
    assert offered([""], made.root) == list(main.COMMANDS)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["chokepoints", "--product", "g"], ["gallium"]),
        (["claims", "--stage", "gallium/"], ["gallium/primary", "gallium/wafer"]),
        (["structure", "--of", "dr"], ["drones/complete"]),
        (["chokepoints", "--for", "Ja"], ["Japan"]),
        (["chokepoints", "--for", "JP"], ["JPN"]),
        (["chokepoints", "--for", "qu"], ["QUAD"]),
        (["chokepoints", "--product", "drones", "--for", "South"], ["South Korea"]),
        (["shock", "--cut", "CHN:gallium/w"], ["CHN:gallium/wafer"]),
        (["shock", "--cut", "CH"], ["CHN:"]),
        (["survive", "--cut", "CH"], ["CHN"]),
        (["figures", "--source", "o"], ["office-1"]),
        (["figures", "--source", "e"], ["essay"]),
        (["chokepoints", "--side", "r"], ["rival"]),
        (["chokepoints", "--prod"], ["--product"]),
        (["chokepoints", "--product", "nothing-like-it"], []),
        (["nonsense", "--product", ""], ["gallium", "drones"]),
        (["nonsense", "x"], []),
    ],
)
def test_names_of_the_study_are_completed(made, words, found):
    assert offered(words, made.root) == found


@pytest.mark.parametrize(
    "damage",
    [
        lambda made: made.write("datasets/products.csv", b"\xff\xfe\x00"),
        lambda made: made.write("datasets/products.csv", "no,such,columns\n"),
        lambda made: made.remove("datasets/products.csv"),
        lambda made: made.remove("datasets"),
        lambda made: made.write("datasets/products.csv", 'product,name,note\n"broken'),
    ],
    ids=["bytes", "header", "file", "folder", "quote"],
)
def test_a_broken_study_completes_nothing_and_says_nothing(made, damage):
    damage(made)
    assert offered(["chokepoints", "--product", ""], made.root) == []


def test_a_study_with_problems_elsewhere_still_completes(made):
    made.write("datasets/figures/office.csv", "broken")
    assert offered(["chokepoints", "--product", "g"], made.root) == ["gallium"]


def test_completing_a_name_loads_nothing_heavy():
    code = (
        "import sys\nfrom depgraph.cli import completions, main\n"
        "completions.Named('party').shell_complete(__import__('click').Context(main.main), None, 'J')\n"
        f"print(sorted({HEAVY!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=environment(), timeout=60)
    assert done.stdout == b"[]\n"


def test_every_option_that_takes_a_name_exists():
    context = click.Context(main.main)
    options = {
        name: {option for parameter in main.main.get_command(context, name).params for option in parameter.opts}
        for name in main.COMMANDS
    }
    for command, option in completions.NAMED:
        assert option in (options[command] if command else set().union(*options.values()))
    assert set(completions.NAMED.values()) == set(completions.NAMES)


@pytest.mark.parametrize("name", VERBS)
def test_every_option_that_asks_for_a_name_of_the_study_completes_it(name):
    context = click.Context(main.main, resilient_parsing=True)
    for parameter in main.main.get_command(context, name).params:
        asks = isinstance(parameter, click.Option) and re.search(
            r"(?i)\b(economy|bloc|product|stage|who)\b", parameter.help or ""
        )
        assert not asks or parameter.type.name != "text" or isinstance(parameter.type, completions.Named), (
            parameter.opts
        )


@pytest.fixture
def installed(tmp_path):
    """Return a folder with a program of the right name, to be put first in the path."""
    program = tmp_path / "bin" / "depgraph"
    program.parent.mkdir()
    program.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(ROOT)!r})\n"
        "from depgraph.cli.main import main\nmain(prog_name='depgraph')\n",
        encoding="utf-8",
    )
    program.chmod(0o755)
    return program.parent


def in_shell(shell, code, folder):
    """Run code in a real shell that finds depgraph."""
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    path = environment(PATH=f"{folder}{os.pathsep}{os.environ['PATH']}")
    options = {"bash": ["--norc", "-c"], "zsh": ["-f", "-c"], "fish": ["--no-config", "-c"]}[shell]
    done = subprocess.run([program, *options, code], capture_output=True, check=False, env=path, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode().splitlines()


BASH = """\
source <(depgraph completion bash)
COMP_WORDS=(depgraph --study "$0" {words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_depgraph_completion depgraph; printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("chokepoints --for South", ["South\\ Korea"]),  # what is inserted is one word
        ("shock --cut CHN : gallium/w", ["gallium/wafer"]),  # bash ends a word at a colon
        ("shock --cut CHN :", ["gallium/primary", "gallium/wafer", "drones/complete"]),
        ("exp", ["exposure", "export"]),
    ],
)
def test_bash_completes(made, installed, words, found):
    code = BASH.format(words=words).replace("$0", str(made.root))
    assert in_shell("bash", code, installed) == found


def test_a_name_that_bash_would_run_is_inserted_as_text(made, installed):
    made.set("datasets/economies.csv", "TWN", "name", "Tai$(touch run)wan")
    code = BASH.format(words="chokepoints --for Tai").replace("$0", str(made.root))
    assert in_shell("bash", code, installed) == [r"Tai\$\(touch\ run\)wan"]


def test_zsh_reads_the_script(installed):
    code = "autoload -U compinit; compinit -u -D; source <(depgraph completion zsh); print $_comps[depgraph]"
    assert in_shell("zsh", code, installed) == ["_depgraph_completion"]


def test_fish_completes(made, installed):
    code = f"depgraph completion fish | source; complete -C 'depgraph --study {made.root} chokepoints --for South'"
    assert in_shell("fish", code, installed) == ["South Korea\tKOR"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_every_shell_asks_depgraph(run, shell):
    result = run("completion", shell)
    assert result.exit_code == 0
    assert f"_DEPGRAPH_COMPLETE={shell}_complete" in result.stdout
    assert run("completion", "tcsh").exit_code == 2


# --- pipes ------------------------------------------------------------------------------------


# one process loads everything once and runs each verb in a child of its own
EACH = """\
import importlib, os, sys
from depgraph.cli import main as cli
for module, _ in cli.COMMANDS.values():
    importlib.import_module(module)
for line in sys.argv[1:]:
    child = os.fork()
    if not child:
        cli.main(line.split("\\n"))
    os.waitpid(child, 0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_reader_that_stops_reading_is_no_fault_of_any_verb(made):
    reading, writing = os.pipe()
    os.close(reading)
    lines = ["\n".join(line(made, name)) for name in VERBS] + ["completion\nbash", "--help"]
    whole = [sys.executable, "-c", EACH, *lines]
    done = subprocess.run(
        whole, stdout=writing, stderr=subprocess.PIPE, check=False, timeout=120, env=environment(), cwd=ROOT
    )
    os.close(writing)
    assert not re.search(rb"Traceback|Exception|BrokenPipe|fault of depgraph", done.stderr)
    assert b"nothing was computed" not in done.stderr


def test_the_first_lines_of_a_long_answer_arrive(made):
    whole = [sys.executable, "-m", "depgraph", "figures", "-f", "jsonl"]
    with subprocess.Popen(
        whole, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), cwd=ROOT
    ) as process:
        first = process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()
    assert first.startswith(b'{"figure_id"')
    assert b"Traceback" not in said


# --- terminals --------------------------------------------------------------------------------


@pytest.fixture
def unusual(made):
    """Return the study with characters outside every old code page in names and notes."""
    made.set(
        "datasets/stages.csv",
        "gallium/primary",
        "name",
        "Gallium \u2014 \u30ac\u30ea\u30a6\u30e0 \u0627\u0644 \U0001f600",
    )
    made.set("datasets/figures/office.csv", "F-office-1", "note", "\u30ac\u30ea\u30a6\u30e0 \u2265 99 \u20ac")
    made.set("seeds/essay/claims.csv", "E-1", "statement", "\u30ac\u30ea\u30a6\u30e0 \u2265 99 \u20ac")
    return made


def in_process(charset, arguments):
    """Run a command as under an encoding of standard output; return the bytes."""
    return CliRunner(charset=charset).invoke(main.main, arguments)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437", "cp932"])
def test_a_terminal_of_another_encoding_gets_question_marks_and_no_fault(unusual, encoding):
    drawn, said, code = on_terminal(line(unusual, "claims", "-f", "table"), PYTHONIOENCODING=encoding)
    assert (code, b"Traceback" in said) == (0, False)
    shown = "\u30ac\u30ea\u30a6\u30e0" if encoding == "cp932" else "????"
    assert shown in drawn.decode(encoding)


@pytest.mark.parametrize("form", [None, "table"])
@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
@pytest.mark.parametrize("name", VERBS)
def test_no_verb_fails_on_an_old_code_page(unusual, encoding, name, form):
    more = ["-f", form] if form and name not in UNFORMED else []
    result = in_process(encoding, line(unusual, name, *more))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code in {0, 1, 3}
    if form:
        assert name in UNFORMED or result.stdout_bytes.decode(encoding) is not None
    else:
        assert name in {"check", "verify", "report"} or result.stdout_bytes.decode("utf-8") is not None


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
@pytest.mark.parametrize("name", main.COMMANDS)
def test_the_help_of_every_verb_is_written_on_an_old_code_page(encoding, name):
    result = in_process(encoding, [name, "--help"])
    assert result.exit_code == 0
    assert result.stdout_bytes.isascii()


def test_tables_in_a_pipe_follow_its_encoding_and_data_stays_whole(unusual):
    def piped(form):
        whole = [sys.executable, "-m", "depgraph", *line(unusual, "claims", "-f", form)]
        old = environment(PYTHONIOENCODING="cp1252")
        return subprocess.run(whole, capture_output=True, check=True, timeout=60, env=old, cwd=ROOT).stdout

    assert "???? ? 99 \u20ac" in piped("table").decode("cp1252")
    for form in ("csv", "json", "md"):
        assert "\u30ac\u30ea\u30a6\u30e0 \u2265 99 \u20ac" in piped(form).decode()


@pytest.mark.parametrize("more", [{"NO_COLOR": "1"}, {"TERM": "xterm-256color"}])
@pytest.mark.parametrize("name", ["chokepoints", "survive", "--help"])
def test_no_colour_and_no_control_code_reaches_a_terminal(made, name, more):
    arguments = [name] if name.startswith("-") else line(made, name)
    drawn, said, code = on_terminal(arguments, **more)
    assert code == 0
    assert b"\x1b" not in drawn
    # a bar of progress is drawn beside the data only where standard error is a terminal too
    assert b"\x1b" not in said


@pytest.mark.parametrize("columns", ["1", "40"])
@pytest.mark.parametrize("name", VERBS)
def test_a_narrow_terminal_is_no_fault_of_any_verb(made, monkeypatch, columns, name):
    monkeypatch.setattr(common, "_on_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", columns)
    result = in_process("utf-8", line(made, name))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code in {0, 1}


def test_a_table_that_does_not_fit_a_narrow_terminal_is_written_row_by_row(made):
    drawn, _, _ = on_terminal(line(made, "chokepoints", "--top", "2"), columns=40)
    assert re.search(r"(?m)^stage +Primary gallium$", drawn.decode())
    wide, _, _ = on_terminal(line(made, "chokepoints", "--top", "2"), columns=120)
    assert re.search(r"(?m)^unknown +China +Primary gallium .*", wide.decode())


@pytest.mark.parametrize("columns", ["40", "1", "0", "many"])
@pytest.mark.parametrize("arguments", [["--help"], ["chokepoints", "--help"], ["chokepoints", "-f", "table"]])
def test_any_width_in_the_environment_is_taken(made, columns, arguments):
    whole = [sys.executable, "-m", "depgraph", "--study", str(made.root), *arguments]
    done = subprocess.run(
        whole, capture_output=True, check=False, timeout=60, env=environment(COLUMNS=columns), cwd=ROOT
    )
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
