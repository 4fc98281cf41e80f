"""Two runs side by side: what changed in the answer, and which setting explains it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from depgraph.core.errors import DepgraphError, UnknownNameError
from depgraph.diversion import answers, pooling
from depgraph.diversion import run as runs
from depgraph.diversion.scenario import Scenario
from depgraph.evidence.estimates import Picture
from depgraph.study.study import Study

# what a scenario says about itself and not about the world
WORDS = {"title", "note", "claims", "extends"}


@dataclass(frozen=True)
class Change:
    """A quantity in two runs."""

    quantity: str
    first: float
    second: float


@dataclass(frozen=True)
class Reason:
    """A setting that differs, and what it does alone.

    Attributes
    ----------
    key
        The setting, or the assumption behind a dot.
    first, second
        Its values; None where it is not set.
    effect
        By how much the quantity changes when the first run takes this setting alone from the
        second; None if there is then no certified plan.
    """

    key: str
    first: object
    second: object
    effect: float | None


@dataclass(frozen=True)
class Comparison:
    """What differs between two scenarios.

    Attributes
    ----------
    changes
        Quantities of both runs.
    reasons
        Settings that differ, the largest effect first.
    together
        Difference of the quantity that no setting alone explains: what they do in concert.
    """

    changes: tuple[Change, ...]
    reasons: tuple[Reason, ...]
    together: float | None


def compare(study: Study, picture: Picture, first: Scenario, second: Scenario, quantity: str) -> Comparison:
    """Compare two scenarios.

    Parameters
    ----------
    study, picture
        The study and its estimates.
    first, second
        The scenarios.
    quantity
        Which of `answers.summary` the reasons are measured in.

    Returns
    -------
    Comparison
        Each reason costs one more run.

    Raises
    ------
    UnknownNameError
        If the summary has no such quantity.
    DepgraphError
        If one of the two has no certified plan.
    """
    before, after = (_summary(study, picture, item) for item in (first, second))
    if quantity not in before:
        what = "quantity of the summary"
        raise UnknownNameError(what, quantity, before)
    changes = tuple(Change(key, before[key], after[key]) for key in before if key in after)
    reasons = []
    for key, (old, new) in differences(first, second).items():
        effect = _alone(study, picture, taken(first, second, key), quantity, before[quantity])
        reasons.append(Reason(key, old, new, effect))
    reasons.sort(key=lambda item: (-abs(item.effect) if item.effect is not None else float("-inf"), item.key))
    known = [item.effect for item in reasons if item.effect is not None]
    whole = after[quantity] - before[quantity]
    together = whole - sum(known) if len(known) == len(reasons) else None
    return Comparison(changes, tuple(reasons), together)


def differences(first: Scenario, second: Scenario) -> dict[str, tuple[object, object]]:
    """Return the settings that differ: key to both values, assumptions one by one.

    Examples
    --------
    >>> differences(Scenario("a", {"pooled": True}), Scenario("b", {"pooled": False, "title": "b"}))
    {'pooled': (True, False)}
    """
    one, other = flat(first.settings), flat(second.settings)
    keys = [key for key in {**one, **other} if key not in WORDS and one.get(key) != other.get(key)]
    return {key: (one.get(key), other.get(key)) for key in sorted(keys)}


def flat(settings: Mapping[str, Any]) -> dict[str, object]:
    """Return settings with each assumption as a key of its own, behind a dot."""
    plain = {key: value for key, value in settings.items() if key != "assumptions"}
    return plain | {f"assumptions.{name}": value for name, value in settings.get("assumptions", {}).items()}


def taken(first: Scenario, second: Scenario, key: str) -> Scenario:
    """Return the first scenario with one setting of the second."""
    settings = dict(first.settings)
    table, _, name = key.partition(".")
    source = second.settings.get(table, {}) if name else second.settings
    target: dict[str, Any] = dict(settings.get(table, {})) if name else settings
    leaf = name or table
    target.pop(leaf, None)
    if leaf in source:
        target[leaf] = source[leaf]
    if name:
        settings[table] = target
    return replace(first, settings=settings)


def _summary(study: Study, picture: Picture, scenario: Scenario) -> dict[str, float]:
    """Run a scenario and its unchanged twin."""
    plan = runs.run(study, picture, scenario)
    return answers.summary(plan, runs.run(study, picture, pooling.unchanged(scenario)))


def _alone(study: Study, picture: Picture, scenario: Scenario, quantity: str, before: float) -> float | None:
    """Return what one setting does to a quantity, None if the run has no certified plan."""
    try:
        return _summary(study, picture, scenario)[quantity] - before
    except DepgraphError:
        return None
