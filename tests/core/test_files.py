"""Files are written whole or not at all, and hashed by what they hold."""

import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from depgraph.core import files

OLD = b"old content"
NEW = b"new content, which is longer"


@pytest.fixture
def target(tmp_path):
    path = tmp_path / "report.csv"
    path.write_bytes(OLD)
    return path


def left(folder):
    return sorted(path.name for path in folder.iterdir())


def fail(*_):
    raise OSError(28, "No space left on device")


def interrupt(*_):
    raise KeyboardInterrupt


# --- writing ----------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", NEW, bytes(range(256)) * 1000])
def test_a_new_file_holds_exactly_the_content_and_nothing_else_is_left(tmp_path, content):
    files.write_atomic(tmp_path / "new.csv", content)
    assert (tmp_path / "new.csv").read_bytes() == content
    assert left(tmp_path) == ["new.csv"]


def test_an_existing_file_is_replaced(target):
    files.write_atomic(target, NEW)
    assert target.read_bytes() == NEW


@pytest.mark.parametrize("raised", [fail, interrupt])
@pytest.mark.parametrize("step", ["os.fsync", "pathlib.Path.replace", "pathlib.Path.chmod"])
def test_a_failure_on_the_way_leaves_the_old_file_and_nothing_else(target, monkeypatch, step, raised):
    monkeypatch.setattr(step, raised)
    with pytest.raises((OSError, KeyboardInterrupt)):
        files.write_atomic(target, NEW)
    monkeypatch.undo()
    assert target.read_bytes() == OLD
    assert left(target.parent) == ["report.csv"]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_process_killed_on_the_way_leaves_the_old_file(target):
    code = (
        "import os, signal, sys, pathlib; from depgraph.core import files\n"
        "os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"files.write_atomic(pathlib.Path(sys.argv[1]), {NEW!r})"
    )
    done = subprocess.run([sys.executable, "-c", code, str(target)], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert target.read_bytes() == OLD


def test_readers_see_the_old_or_the_new_file_and_nothing_between(target):
    contents = [bytes([i]) * 50_000 for i in range(20)]
    writers = [threading.Thread(target=files.write_atomic, args=(target, content)) for content in contents]
    for writer in writers:
        writer.start()
    seen = {target.read_bytes() for _ in range(50)}
    for writer in writers:
        writer.join()
    assert seen | {target.read_bytes()} <= {OLD, *contents}
    assert left(target.parent) == ["report.csv"]


@pytest.mark.parametrize("place", ["missing/report.csv", "report.csv/below.csv"])
def test_a_folder_that_is_not_there_is_an_error_that_names_the_file_asked_for(target, place):
    path = target.parent / place
    with pytest.raises(OSError, match=r"(No such file|Not a directory)") as caught:
        files.write_atomic(path, NEW)
    assert caught.value.filename == str(path)
    assert left(target.parent) == ["report.csv"]


def test_a_folder_is_never_replaced(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError) as caught:
        files.write_atomic(tmp_path / "folder", NEW)
    assert caught.value.filename == str(tmp_path / "folder")
    assert left(tmp_path) == ["folder"]


def test_a_name_as_long_as_the_file_system_takes_is_written(tmp_path):
    files.write_atomic(tmp_path / ("x" * 240), NEW)
    assert left(tmp_path) == ["x" * 240]


def test_a_link_stays_a_link_and_what_it_points_to_is_replaced(target):
    link = target.parent / "latest.csv"
    link.symlink_to(target)
    files.write_atomic(link, NEW)
    assert link.is_symlink()
    assert target.read_bytes() == NEW


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    found = []
    reader = threading.Thread(target=lambda: found.append(pipe.read_bytes()))
    reader.start()
    files.write_atomic(pipe, NEW)
    reader.join(timeout=10)
    assert found == [NEW]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_device_is_written_to_and_stays_a_device():
    files.write_atomic(Path(os.devnull), NEW)
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_a_new_file_has_the_rights_that_the_user_gives_new_files(tmp_path, mask):
    before = os.umask(mask)
    try:
        files.write_atomic(tmp_path / "new.csv", NEW)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new.csv").stat().st_mode) == 0o666 & ~mask


def test_a_private_file_stays_private(target):
    target.chmod(0o600)
    files.write_atomic(target, NEW)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


# --- reading ----------------------------------------------------------------------------------


def test_the_hash_is_that_of_the_standard():
    # FIPS 180-4, the message "abc"
    assert files.sha256(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_only_regular_files_inside_the_folder_are_inside(tmp_path):
    root = tmp_path / "study"
    (root / "folder").mkdir(parents=True)
    for path in (tmp_path / "outside.csv", root / "inside.csv"):
        path.write_bytes(b"")
    links = {
        "in": root / "inside.csv",
        "out": tmp_path / "outside.csv",
        "up": tmp_path,
        "loop": root / "loop",
        "gone": root / "x",
    }
    for name, end in links.items():
        (root / name).symlink_to(end)
    os.mkfifo(root / "pipe")
    found = {path.name for path in root.iterdir() if files.is_inside(root, path)}
    assert found == {"inside.csv", "in"}
    assert not files.is_inside(root, root / ".." / "outside.csv")
    assert not files.is_inside(root, root / "up" / "outside.csv")


def test_a_folder_beside_the_study_with_a_longer_name_is_outside(tmp_path):
    (tmp_path / "study").mkdir()
    (tmp_path / "study-2").mkdir()
    (tmp_path / "study-2" / "a.csv").write_bytes(b"")
    assert not files.is_inside(tmp_path / "study", tmp_path / "study" / ".." / "study-2" / "a.csv")


@pytest.fixture
def tree(tmp_path):
    for name, content in {"seeds/a/claims.csv": b"1", "datasets/x.csv": b"2", "datasets/x.toml": b"3"}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    return tmp_path


def hashed(root):
    return files.tree_hash(root, ("seeds", "datasets"))


def test_the_hash_of_the_data_depends_on_content_and_names_only(tree):
    before = hashed(tree)
    os.utime(tree / "datasets/x.csv", (0, 0))
    (tree / "datasets/notes.txt").write_bytes(b"not data")
    (tree / "outside.csv").write_bytes(b"not below a folder of data")
    assert hashed(tree) == before
    assert len(before) == 12


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "datasets/x.csv").write_bytes(b"4"),
        lambda root: (root / "datasets/x.csv").rename(root / "datasets/y.csv"),
        lambda root: (root / "datasets/x.csv").unlink(),
        lambda root: (root / "datasets/z.csv").write_bytes(b""),
        lambda root: ((root / "datasets/x.csv").write_bytes(b"3"), (root / "datasets/x.toml").write_bytes(b"2")),
    ],
)
def test_any_change_of_the_data_changes_the_hash(tree, change):
    before = hashed(tree)
    change(tree)
    assert hashed(tree) != before


def test_a_missing_folder_counts_as_empty(tmp_path):
    (tmp_path / "seeds").mkdir()
    assert hashed(tmp_path) == files.sha256(b"")[:12]
