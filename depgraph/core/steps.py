"""Telling how far a long computation is: a step takes what is done and how much there is."""

from collections.abc import Callable

Step = Callable[[int, int], None]


def silent(_done: int, _total: int) -> None:
    """Tell nobody."""
