"""Rows of a plan as people read them: names, whole percent, money in words."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from depgraph.cli.names import Names
from depgraph.core.words import digits, money, percent, price
from depgraph.diversion import holding
from depgraph.interface import plan_words

Row = Mapping[str, Any]
Writer = Callable[[Any], str]

LABELS = ("limit", "dearest", "elsewhere", "holds_up", "text")  # columns that name a limit of the model
PRICED = ("prices", "binding")  # answers that tell prices of limits
SAID = ("missing", "effect")  # sentences that name stages
HIDDEN = ("id", "equation", "parents")  # for programs
ASKED = {"bloc", "rival", "scenario", "threshold", "data"}  # of an escape: the same in every row
SHARES = ("direct", "part", "least", "least_part", "threshold")
MONEY = ("unchanged", "plan", "difference", "value", "cost_musd")
AMOUNTS = ("amount", "observed", "used", "before", "after", "at", "low", "high", "days")
# columns whose meaning depends on the answer
OWN: Mapping[str, Mapping[str, Writer]] = {
    "cost": {"part": str},  # the name of a part and not a share
    "exposure": {"low": percent, "high": percent},
    "ranges": {"low": money, "high": money},
    "plan": {"cost": money},
    "assumptions": {"value": digits},
}


def readable(rows: Sequence[Row], show: str, names: Names, words: plan_words.Names) -> list[Row]:
    """Write the rows of an answer for people; what is not known stays empty."""
    if show in PRICED:
        return holding.by_saving(rows, str if names.ids else words.label, HIDDEN if names.ids else ())
    writers: dict[str, Writer] = {
        "stage": names.stage,
        **dict.fromkeys(("region", "exporter", "importer"), names.economy),
        **dict.fromkeys(AMOUNTS, digits),
        **dict.fromkeys(SHARES, percent),
        **dict.fromkeys(MONEY, money),
        "cut": price,
        **OWN.get(show, {}),
    }
    if not names.ids:
        writers |= dict.fromkeys((*LABELS, *(SAID if show == "omitted" else ())), words.label)
    hidden = {*(() if names.ids else HIDDEN)} | ({"unit"} if show in {"cost", "ranges"} else set())
    if show == "escape":
        hidden |= ASKED
    if show == "assumptions":
        hidden.discard("id")  # what `why` and `--set` take
    return [{key: _written(writers.get(key), value) for key, value in row.items() if key not in hidden} for row in rows]


def _written(writer: Writer | None, value: object) -> object:
    """Write a value that is known."""
    return value if writer is None or value is None or value == "" else writer(value)
