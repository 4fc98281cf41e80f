"""Reading and writing files: the only module that opens them for writing."""

import contextlib
import errno
import hashlib
import os
import re
import tempfile
from pathlib import Path

MAX_BYTES = 200_000_000
# what editors, office programs and file managers leave beside a file: locks, copies, notes of their own
LEFTOVER = re.compile(
    r"\..*|.*~|~\$.*|#.*#|.*\.(bak|backup|orig|rej|old|tmp|sw[a-p])|Thumbs\.db|desktop\.ini|__pycache__",
    re.IGNORECASE,
)


def write_atomic(path: Path, content: bytes) -> None:
    """Write a file whole or not at all.

    The content goes to a temporary name in the same folder, is flushed to disk and renamed. What a
    link points to is replaced, not the link; a pipe or device is written to as it is.

    Parameters
    ----------
    path
        The file to write; its folder must exist.
    content
        All bytes of the file.

    Raises
    ------
    OSError
        If the folder is missing or cannot be written; nothing is left behind.
    IsADirectoryError
        If the path is a folder.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        path.write_bytes(content)
        return
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    path = path.resolve() if path.is_file() else path
    # mkstemp makes the file private; a report is meant to be shared like any other file
    mode = path.stat().st_mode & 0o777 if path.is_file() else 0o666 & ~_umask()
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.")
    except OSError as error:
        # the message names the file that was asked for, not the temporary one
        raise OSError(error.errno, error.strerror, str(path)) from error
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
        raise


def _umask() -> int:
    """Return the process's umask (it can only be read by setting it)."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def sha256(content: bytes) -> str:
    """Return the hexadecimal SHA-256 of some bytes.

    Returns
    -------
    str
        64 hexadecimal digits.

    Examples
    --------
    >>> sha256(b"")[:8]
    'e3b0c442'
    """
    return hashlib.sha256(content).hexdigest()


def is_inside(root: Path, path: Path) -> bool:
    """Say whether a path, links followed, lies inside a folder and is a regular file.

    Returns
    -------
    bool
        False for links that lead out, pipes, devices, folders and files that do not exist.
    """
    try:
        resolved = path.resolve()
    except (OSError, RuntimeError):  # a link that leads back to itself
        return False
    return resolved.is_relative_to(root.resolve()) and resolved.is_file()


def is_leftover(name: str) -> bool:
    """Say whether a file or folder is an editor's copy or lock, or hidden, and so no part of a study.

    Parameters
    ----------
    name
        The last part of its path.

    Returns
    -------
    bool

    Examples
    --------
    >>> [is_leftover(name) for name in (".#figures.csv", "figures.csv~", "~$x.xlsx", "x.bak", "figures.csv")]
    [True, True, True, True, False]
    """
    return LEFTOVER.fullmatch(name) is not None


def matching(root: Path, pattern: str) -> list[str]:
    """List the files of a study that a pattern names; what editors leave is passed over.

    Parameters
    ----------
    root
        The study.
    pattern
        Such as ``datasets/figures/*.csv``.

    Returns
    -------
    list of str
        Paths inside the study, sorted.
    """
    paths = (path.relative_to(root) for path in root.glob(pattern))
    return sorted(path.as_posix() for path in paths if not any(map(is_leftover, path.parts)))


def tree(root: Path, folders: tuple[str, ...]) -> list[Path]:
    """List the data files of some folders.

    Parameters
    ----------
    root
        The study.
    folders
        Names of folders below it; a missing one counts as empty.

    Returns
    -------
    list of Path
        Tables and records that lie inside the study, sorted; what editors leave is no data.
    """
    paths = (path for folder in folders for path in sorted((root / folder).rglob("*")))
    data = (path for path in paths if not any(map(is_leftover, path.relative_to(root).parts)))
    return [path for path in data if path.suffix in {".csv", ".toml"} and is_inside(root, path)]


def tree_hash(root: Path, folders: tuple[str, ...]) -> str:
    """Hash every file of some folders: the version of the data behind a result.

    Parameters
    ----------
    root
        The study.
    folders
        Names of folders below it; a missing one counts as empty.

    Returns
    -------
    str
        First 12 hexadecimal digits of the SHA-256 over sorted relative paths and contents.
    """
    digest = hashlib.sha256()
    for path in tree(root, folders):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
