"""Where a study is."""

from importlib import resources
from pathlib import Path

from depgraph.core.errors import NoStudyError


def find(folder: str | None = None) -> Path:
    """Find the study: the folder given, else the one that came with the package.

    Parameters
    ----------
    folder
        A folder with ``seeds/`` and ``datasets/``, or None.

    Returns
    -------
    Path
        The study's folder.

    Raises
    ------
    NoStudyError
        If the folder is no study.
    """
    package = Path(str(resources.files("depgraph")))
    candidates = [Path(folder)] if folder else [package / "_study", package.parent]
    for candidate in candidates:
        if (candidate / "seeds").is_dir() and (candidate / "datasets").is_dir():
            return candidate
    msg = f"{candidates[0]} is not a study: it needs the folders seeds/ and datasets/ (`depgraph new DIR` makes one)"
    raise NoStudyError(msg)
