"""Files and folders of a study that nobody reads, with what they were perhaps meant to be."""

import difflib
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from depgraph.core import files, tables
from depgraph.core.errors import Problem

FOLDERS = (
    "datasets",
    "datasets/figures",
    "datasets/diversion",
    "datasets/scenarios",
    "datasets/shocks",
    "datasets/imports",
    "seeds",
)
# files that a study may hold beside its tables; `trade build` reads the second
RECORDS = ("datasets/study.toml", "datasets/diversion/flows.toml")
EXAMPLES = ("seeds/source.toml.example", "seeds/claims.csv.example")  # what `new` writes
PATTERNS = (
    "datasets/figures/*.csv",
    "datasets/imports/*.csv",
    "datasets/scenarios/*.toml",
    "datasets/shocks/*.toml",
)
OF_SOURCE = ("claims.csv", "source.toml")
# words to people, which no program needs to read
TOLD = re.compile(r"(readme|licen[cs]e|notice|changelog|notes?)(\..*)?|.*\.md", re.IGNORECASE)
QUIET = re.compile(r"\.git.*|\.keep|__pycache__|\.ipynb_checkpoints")
LIKE_TOML = {".toml", ".tml", ".tom", ".txt", ".ini", ".yaml", ".yml", ".json", ".cfg"}
SHOWN = 10  # names in one message


def check(root: Path) -> Iterator[Problem]:
    """Find what no reader of the study opens.

    Parameters
    ----------
    root
        The study.

    Yields
    ------
    Problem
        Warnings: one for all that editors leave, and one for each other file or folder with the nearest known name.
    """
    leftovers: list[str] = []
    strays: list[str] = []
    for folder in ("datasets", "seeds"):
        _walk(root, root / folder, leftovers, strays)
    strays += _beside(root)
    if leftovers:
        more = f" and {len(leftovers) - SHOWN} more" if len(leftovers) > SHOWN else ""
        message = f"files of an editor or of the system are not read: {', '.join(leftovers[:SHOWN])}{more}"
        yield Problem(leftovers[0], 0, "-", "leftover-file", message, warning=True)
    for name in strays:
        what = "folder" if (root / name).is_dir() else "file"
        message = f"no command reads this {what}{_nearest(root, name)}"
        yield Problem(name, 0, "-", "unread-file", message, warning=True)


def _walk(root: Path, folder: Path, leftovers: list[str], strays: list[str]) -> None:
    """Sort what lies in a folder that is read; of a folder that is not, the folder is named alone."""
    for path in sorted(folder.iterdir()):
        name = path.relative_to(root).as_posix()
        if files.is_leftover(path.name):
            leftovers += [] if QUIET.fullmatch(path.name) else [name]
        elif path.is_dir() and (name in FOLDERS or folder == root / "seeds"):
            _walk(root, path, leftovers, strays)
        elif path.is_dir() or not (_is_read(name) or TOLD.fullmatch(path.name)):
            strays.append(name)


def _is_read(name: str) -> bool:
    """Say whether a file has a reader."""
    path = PurePosixPath(name)
    if path.parts[0] == "seeds" and len(path.parts) == 3:
        return path.name in OF_SOURCE
    own = {*RECORDS, *EXAMPLES, *(schema.file for schema in tables.schemas().values())}
    return name in own or any(path.match(pattern) for pattern in PATTERNS)


def _beside(root: Path) -> list[str]:
    """Find what lies beside seeds/ and datasets/ and bears the name of something that belongs into them."""
    inside = {PurePosixPath(name).name for name in (*_tables(), *FOLDERS[1:6])} - {"sources.csv"}
    return sorted(path.name for path in root.iterdir() if path.name in inside)


def _tables() -> list[str]:
    """Return the files of tables that have one."""
    return [*RECORDS, *(schema.file for schema in tables.schemas().values() if "*" not in schema.file)]


def _nearest(root: Path, name: str) -> str:
    """Say what a file or folder may have been meant to be: what is called nearly so."""
    path = PurePosixPath(name)
    known = FOLDERS if (root / name).is_dir() else _known(path)
    called: dict[str, list[str]] = {}
    for other in known:
        called.setdefault(PurePosixPath(other).name.casefold(), []).append(other)
    near = difflib.get_close_matches(path.name.casefold(), sorted(called), n=2, cutoff=0.6)
    # of a folder in a folder that is read, the files belong one higher
    above = [str(path.parent)] if known is FOLDERS and str(path.parent) in FOLDERS[1:] else []
    found = [other for word in near for other in called[word]] or above
    return f"; did you mean {', '.join(found[:2])}?" if found else ""


def _known(path: PurePosixPath) -> list[str]:
    """Return the files that a file may have been meant to be."""
    if path.parts[0] == "seeds":
        folder = path.parent if len(path.parts) == 3 else PurePosixPath("seeds/<source>")
        return [f"{folder}/{own}" for own in OF_SOURCE]
    plans = FOLDERS[3:5]
    own = [str(path.parent)] if str(path.parent) in plans else plans
    named = [f"{folder}/{path.stem}.toml" for folder in own] if path.suffix.lower() in LIKE_TOML else []
    return [*_tables(), "datasets/figures/figures.csv", *named]
