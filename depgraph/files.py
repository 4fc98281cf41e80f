"""Reading and writing files: the only module that opens them for writing."""

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

MAX_BYTES = 200_000_000


def write_atomic(path: Path, content: bytes) -> None:
    """Write a file whole or not at all.

    The content goes to a temporary name in the same folder, is flushed to disk and renamed.

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
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        # mkstemp makes the file private; a report is meant to be shared like any other file
        Path(name).chmod(0o666 & ~_umask())
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
    resolved = path.resolve()
    return resolved.is_relative_to(root.resolve()) and resolved.is_file()


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
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in {".csv", ".toml"} and is_inside(root, path):
                digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
