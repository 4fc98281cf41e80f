"""What native code prints never reaches the data: tried with a library compiled here that prints from C."""

import csv
import io
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from depgraph.core import quiet

SOURCE = r"""
#include <stdio.h>
#include <unistd.h>
void chatter(void) { printf("buffered noise\n"); if (write(1, "plain noise\n", 12) < 0) {} }
"""
DATA = '[{"a": 1}]\n'


@pytest.fixture(scope="module")
def noisy(tmp_path_factory):
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler")
    folder = tmp_path_factory.mktemp("noisy")
    (folder / "noise.c").write_text(SOURCE)
    subprocess.run([compiler, "-shared", "-fPIC", "-o", "noise.so", "noise.c"], cwd=folder, check=True, timeout=60)
    return folder / "noise.so"


def printed(code, noisy, **more):
    head = f"import ctypes, sys\nnoise = ctypes.CDLL({str(noisy)!r})\n"
    done = subprocess.run([sys.executable, "-c", head + code], capture_output=True, check=True, timeout=120, **more)
    return done.stdout.decode()


def test_the_stand_in_does_spoil_what_nobody_guards(noisy):
    assert sorted(printed("noise.chatter()", noisy).split("\n")) == ["", "buffered noise", "plain noise"]


def test_a_program_that_shut_the_descriptor_prints_its_data_alone(noisy):
    code = f"from depgraph.core import quiet\nquiet.shut_for_good()\nnoise.chatter()\nprint({DATA[:-1]!r})\nnoise.chatter()"
    assert printed(code, noisy) == DATA


def test_noise_that_was_held_back_before_and_is_printed_at_the_end_stays_out(noisy):
    code = (
        f"from depgraph.core import quiet\nprint('first')\nquiet.shut_for_good()\nprint({DATA[:-1]!r})\nnoise.chatter()"
    )
    assert printed(code, noisy) == "first\n" + DATA


def test_the_command_line_prints_json_that_parses_though_the_library_prints(noisy):
    code = (
        "from depgraph.lp import solve\n"
        "real = solve.load\n"
        "def load(programme):\n"
        "    noise.chatter()\n"
        "    return real(programme)\n"
        "solve.load = load\n"
        "from depgraph.cli import main\n"
        "sys.argv = ['depgraph', 'divert', 'gallium-stop', '-f', 'json']\n"
        "main.entry()\n"
    )
    assert json.loads(printed(code, noisy))[0]["quantity"] == "diversion_cost"


def test_around_the_solver_noise_is_dropped_and_the_rest_arrives(noisy):
    code = (
        "from depgraph.core import quiet\n"
        "print('before')\n"
        "with quiet.native_output_dropped():\n"
        "    noise.chatter()\n"
        "    with quiet.native_output_dropped():\n"
        "        noise.chatter()\n"
        "    noise.chatter()\n"
        "print('after')\n"
    )
    assert printed(code, noisy) == "before\nafter\n"


def test_the_solver_of_a_library_user_prints_nothing():
    code = (
        "import numpy as np\n"
        "from depgraph.lp import solve\n"
        "one, at = np.ones(1), np.zeros(1, dtype=np.int32)\n"
        "need = solve.Programme(one, at, at, one, 3 * one, 9 * one, 0 * one, 9 * one, ('need',), ('make',))\n"
        "print(solve.solve(need).objective)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=60)
    assert done.stdout == b"3.0\n"


def test_a_closed_standard_output_is_no_fault():
    code = (
        "import os\nos.close(1)\nfrom depgraph.core import quiet\n"
        "with quiet.native_output_dropped():\n    pass\n"
        "quiet.shut_for_good()\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, stderr=subprocess.DEVNULL)


def test_many_threads_leave_the_descriptor_as_it_was():
    before = os.fstat(1)

    def work():
        for _ in range(200):
            with quiet.native_output_dropped():
                os.write(1, b"noise")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    after = os.fstat(1)
    assert (before.st_dev, before.st_ino) == (after.st_dev, after.st_ino)


def test_an_error_inside_opens_the_descriptor_again():
    before = os.fstat(1).st_ino
    with pytest.raises(ValueError, match="inside"), quiet.native_output_dropped():
        raise ValueError("inside")
    assert os.fstat(1).st_ino == before


NOISY_SOLVER = (
    "import highspy\n"
    "class Loud(highspy.Highs):\n"
    "    def __init__(self):\n"
    "        noise.chatter()\n"
    "        super().__init__()\n"
    "    def run(self):\n"
    "        noise.chatter()\n"
    "        return super().run()\n"
    "    solve = run\n"
    "highspy.Highs = Loud\n"
)
NEED = (
    "import numpy as np\n"
    "from dataclasses import replace\n"
    "from depgraph.lp import integer, solve, warm\n"
    "one, at = np.ones(1), np.zeros(1, dtype=np.int32)\n"
    "need = solve.Programme(one, at, at, one, 3 * one, 9 * one, 0 * one, 9 * one, ('need',), ('make',))\n"
)
WHOLE = (
    "import pulp\n"
    "p = pulp.LpProblem('p', pulp.LpMinimize)\n"
    "x = p.add_variable('x', 0, 9, cat='Integer')\n"
    "p += x\np += x >= 2.5\n"
    "print(integer.search(p, 'x').value)\n"
)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("print(solve.solve(need).objective)", "3.0\n"),
        ("print(warm.WarmSolver(need).solve(replace(need, row_lo=4 * one)).objective)", "4.0\n"),
        (WHOLE, "3.0\n"),
    ],
    ids=["cold", "warm", "whole numbers"],
)
def test_a_solver_that_prints_when_made_and_when_run_leaves_a_library_user_the_data_alone(noisy, code, expected):
    assert printed(NOISY_SOLVER + NEED + code, noisy) == expected


@pytest.mark.parametrize("format_", ["json", "csv"])
def test_the_data_of_a_verb_are_the_same_bytes_with_and_without_noise(noisy, format_):
    verb = ["divert", "gallium-stop", "-f", format_]
    quiet_ = subprocess.run([sys.executable, "-m", "depgraph", *verb], capture_output=True, check=True, timeout=120)
    code = f"{NOISY_SOLVER}from depgraph.cli import main\nsys.argv = ['depgraph', *{verb!r}]\nmain.entry()\n"
    assert printed(code, noisy) == quiet_.stdout.decode()
    text = quiet_.stdout.decode()
    first = (
        json.loads(text)[0]["quantity"] if format_ == "json" else next(csv.DictReader(io.StringIO(text)))["quantity"]
    )
    assert first == "diversion_cost"


def test_a_file_opened_after_standard_output_was_closed_does_not_take_the_noise(noisy, tmp_path):
    code = (
        "import os\nos.close(1)\nfrom depgraph.core import quiet\nquiet.shut_for_good()\n"
        f"with open({str(tmp_path / 'data')!r}, 'w') as file:\n"
        "    file.write('data')\n    file.flush()\n    noise.chatter()\n    quiet.flush_native()\n"
    )
    assert printed(code, noisy) == ""
    assert (tmp_path / "data").read_text() == "data"


def test_an_unbuffered_program_stays_unbuffered():
    code = (
        "from depgraph.core import quiet\nquiet.shut_for_good()\nprint('at once', end='')\n"
        "import os\nos._exit(0)\n"  # nothing is flushed at the end
    )
    done = subprocess.run([sys.executable, "-u", "-c", code], capture_output=True, check=True, timeout=60)
    assert done.stdout == b"at once"


def test_where_no_descriptor_is_left_the_guard_gives_way_and_recovers(monkeypatch):
    before = os.fstat(1)

    def none_left(*_):
        raise OSError(24, "too many open files")

    with monkeypatch.context() as patch:
        patch.setattr(quiet, "_lead_nowhere", none_left)
        with quiet.native_output_dropped():
            pass
    with quiet.native_output_dropped():
        inside = os.fstat(1)
    after = os.fstat(1)
    assert inside.st_rdev == Path(os.devnull).stat().st_rdev
    assert (after.st_dev, after.st_ino) == (before.st_dev, before.st_ino)
