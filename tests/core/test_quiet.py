"""What native code prints never reaches the data: tried with a library compiled here that prints from C."""

import json
import os
import shutil
import subprocess
import sys
import threading

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
