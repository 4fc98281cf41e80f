"""Finished goods: what a bloc uses of each in a year, and how they are weighed against each other.

A loss of several goods is one number only with weights. `value` weighs by what the bloc spends on each good in a
year, `equal` weighs all alike, other sets are rows of the study or of a file. No set is the truth: the ranking
is told under each.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from depgraph.core import tables
from depgraph.core.errors import Problem, QuestionError, StudyError, UnknownNameError
from depgraph.graph.dependencies import Range
from depgraph.study import ledger
from depgraph.study.study import Study

Row = Mapping[str, Any]

VALUE, EQUAL = "value", "equal"


@dataclass(frozen=True)
class Weights:
    """A set of weights.

    Attributes
    ----------
    name
        ``value``, ``equal``, another set of the study, or the name of a file.
    parts
        Finished good to its part; they sum to 1.
    """

    name: str
    parts: Mapping[str, float]


@dataclass(frozen=True)
class YearlyUse:
    """What a bloc spends on one finished good in a year.

    Attributes
    ----------
    good
        The good.
    gross
        USD a year with all that is inside it.
    net
        The same without the value of other finished goods inside it, such as the cells of a drone: no dollar is
        counted twice.
    parents
        Figures and assumptions.
    """

    good: str
    gross: Range
    net: Range
    parents: tuple[str, ...]


def yearly_uses(study: Study, bloc: str, goods: Sequence[str]) -> dict[str, YearlyUse]:
    """Return what a bloc spends on finished goods in a year.

    ``net = gross (1 - sum of the parts of its value that are other finished goods considered)``

    Parameters
    ----------
    study
        With the tables ``datasets/weights.csv`` and ``datasets/nesting.csv``.
    bloc
        An economy or a bloc. A bloc without rows of its own is the sum of its members.
    goods
        Finished goods considered.

    Returns
    -------
    dict
        Good to its use; a good is missing where no figure and no assumption gives it.

    Raises
    ------
    StudyError
        If more than the whole value of a good is inside it as other goods.
    """
    found = {}
    for good in goods:
        gross = _gross(study, bloc, good)
        if gross is not None:
            inside, parents = _inside(study, good, goods)
            low, central, high = gross[0]
            net = Range(low * (1 - inside.high), central * (1 - inside.central), high * (1 - inside.low))
            found[good] = YearlyUse(good, gross[0], net, (*gross[1], *parents))
    return found


def _gross(study: Study, bloc: str, good: str) -> tuple[Range, tuple[str, ...]] | None:
    """Return the use of a good in USD, of a bloc or as the sum of its members; None where not known of all."""
    rows = [row for row in study.tables.get("weights", ()) if row["set"] == VALUE and row["good"] == good]
    of = {row["economy"]: row for row in rows}
    names = [bloc] if bloc in of else study.economies.expand(bloc)
    if not names or any(name not in of for name in names):
        return None
    spent = [_dollars(study, of[name]) for name in names]
    parents = tuple(dict.fromkeys(parent for name in names for parent in of[name]["parent"]))
    return Range(*(math.fsum(item[level] for item in spent) for level in range(3))), parents


def _dollars(study: Study, row: Row) -> Range:
    """Return the range of one row in USD; a bound that is missing equals the value."""
    low, high = (row["value"] if row[name] is None else row[name] for name in ("low", "high"))
    return Range(*(study.units.convert(number, row["unit"], "USD") for number in (low, row["value"], high)))


def _inside(study: Study, good: str, goods: Sequence[str]) -> tuple[Range, tuple[str, ...]]:
    """Return the part of a good's value that is other finished goods.

    Raises
    ------
    StudyError
        If it is more than all of it.
    """
    rows = [row for row in study.tables.get("nesting", ()) if row["outer"] == good and row["inner"] in goods]
    parts = [study.assumption(row["parent"]) for row in rows]
    total = Range(*(math.fsum(part[level] for part in parts) for level in range(3)))
    if total.high > 1:
        message = "the goods inside it are worth more than the good"
        raise StudyError([Problem(rows[0]["file"], rows[0]["line"], "outer", "value-outside-bounds", message)])
    return total, tuple(row["parent"] for row in rows)


def names_of_sets(study: Study, uses: Mapping[str, YearlyUse], goods: Sequence[str]) -> list[str]:
    """Return the sets of weights that a study has for some goods; ``value`` only where every good has one.

    Parameters
    ----------
    study
        The study.
    uses
        From `yearly_uses`.
    goods
        Finished goods considered.

    Returns
    -------
    list of str
        The first is the one that a ranking takes unless told otherwise.
    """
    own = sorted({row["set"] for row in study.tables.get("weights", ())} - {VALUE, EQUAL})
    shipped = [name for name in own if any(row["good"] in goods for row in _rows(study, name))]
    return [*([VALUE] if goods and set(uses) >= set(goods) else []), EQUAL, *shipped]


def _rows(study: Study, name: str) -> list[Row]:
    """Return the rows of one set."""
    return [row for row in study.tables.get("weights", ()) if row["set"] == name]


def weigh(study: Study, uses: Mapping[str, YearlyUse], goods: Sequence[str], name: str) -> Weights:
    """Return one set of weights for some goods, summing to 1.

    Parameters
    ----------
    study
        The study.
    uses
        From `yearly_uses`.
    goods
        Finished goods considered.
    name
        From `names_of_sets`, or the path of a csv file with the columns good and weight.

    Returns
    -------
    Weights
        A good that the set does not name weighs nothing.

    Raises
    ------
    UnknownNameError
        If there is no such set and no such file.
    QuestionError
        If the set weighs none of the goods, or a file holds a number below 0.
    """
    known = names_of_sets(study, uses, goods)
    if name == EQUAL:
        return Weights(name, {good: 1 / len(goods) for good in goods})
    if name in known:
        amounts = _amounts(study, uses, goods, name)
    elif Path(name).is_file():
        amounts = _from_file(Path(name), goods)
    else:
        what = "set of weights"
        raise UnknownNameError(what, name, known)
    total = math.fsum(amounts.values())
    if total <= 0:
        msg = f"{name} weighs none of the finished goods considered"
        raise QuestionError(msg)
    return Weights(name, {good: amounts.get(good, 0.0) / total for good in goods})


def set_id(name: str, bloc: str) -> str:
    """Return the identifier of a set of weights for a bloc.

    Examples
    --------
    >>> set_id("value", "QUAD")
    'W:value:QUAD'
    """
    return f"W:{name}:{bloc}"


def behind_set(study: Study, identifier: str) -> tuple[str, ...]:
    """Return the claims, figures and assumptions behind a set of weights of the study.

    Parameters
    ----------
    study
        The study.
    identifier
        From `set_id`.

    Returns
    -------
    tuple of str
        Each once; the rule alone for equal weights, nothing for a file of the user.
    """
    _, name, bloc = identifier.split(":", 2)
    if name == EQUAL:
        return (ledger.EQUAL_WEIGHTS,)
    members = {bloc, *study.economies.expand(bloc)}
    rows = [row for row in _rows(study, name) if row["economy"] is None or row["economy"] in members]
    nested = [row["parent"] for row in study.tables.get("nesting", ())] if name == VALUE else []
    return tuple(dict.fromkeys((*(parent for row in rows for parent in row["parent"]), *nested)))


def _amounts(study: Study, uses: Mapping[str, YearlyUse], goods: Sequence[str], name: str) -> dict[str, float]:
    """Return the amounts of one set of the study."""
    if name == VALUE:
        return {good: uses[good].net.central for good in goods}
    return {row["good"]: row["value"] for row in _rows(study, name) if row["good"] in goods}


def _from_file(path: Path, goods: Sequence[str]) -> dict[str, float]:
    """Read a set of weights from a file of the user.

    Raises
    ------
    StudyError
        If it is no table of goods and weights.
    UnknownNameError
        If it names a good that is none of those considered.
    QuestionError
        If it has a weight below 0.
    """
    reading = tables.read(path.parent, path.name, tables.read_schemas("weights.toml")["weights"])
    if reading.problems:
        raise StudyError(problem for problem in reading.problems if not problem.warning)
    for row in reading.rows:
        if row["good"] not in goods:
            what = "finished good"
            raise UnknownNameError(what, row["good"], goods)
        if row["weight"] < 0:
            msg = f"{path.name}: a weight below 0"
            raise QuestionError(msg)
    return {row["good"]: row["weight"] for row in reading.rows}
