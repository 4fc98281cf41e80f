"""What the diversion model leaves out, or puts a default for, since a table has no row: which links, which stages."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from depgraph.core.words import count
from depgraph.diversion import scope
from depgraph.diversion.scenario import Scenario
from depgraph.study.study import Study

Row = Mapping[str, Any]

SCENARIO = "scenario"  # what leaves a link out where it is no table
# what holds in place of the rows that a table does not have for a stage of the model
DEFAULTS = {
    "makers": "who makes it is taken from the shares that the evidence gives",
    "uses": "final demand is split by the weights of the regions",
    "flows": "own output is used first, the rest comes from one world market (A-home-first)",
    "tariffs": "no duty is in force in the base year",
    "reserves": "no stock is held at the start and none can be added",
    "technologies": "no new plant can be ordered",
}
PROJECTS = "no announced plant comes on stream"
LINKS = ("coefficients", "commodities", "byproducts", SCENARIO)  # what leaves a link out


@dataclass(frozen=True)
class Omission:
    """One recipe or stage for which a table has no row.

    Attributes
    ----------
    table
        The table; ``scenario`` where the scenario chose products.
    subject
        Id of the recipe or the stage.
    missing
        What is missing, in words.
    effect
        What the model does instead.
    whole
        Whether the table has no row for any stage of the model.
    """

    table: str
    subject: str
    missing: str
    effect: str
    whole: bool

    @property
    def is_link(self) -> bool:
        """Whether a link of the ranking is left out, not only replaced by a default."""
        return self.table in LINKS


def find(study: Study, scenario: Scenario | None = None) -> list[Omission]:
    """Find every link and row that the model does without.

    Parameters
    ----------
    study
        A checked study.
    scenario
        The run; None for the model with all its stages.

    Returns
    -------
    list of Omission
        Links first, in the order of the recipes; then defaults, by table and stage. Nothing where the study
        has no stage in the model.
    """
    held = _held(study, scenario)
    if not held:
        return []
    return [*_links(study, held, scenario), *_defaults(study, held, scenario)]


def ranked(study: Study, scenario: Scenario | None = None) -> list[Row]:
    """Return the essential recipes on the way to a finished good: the links of the ranking.

    Parameters
    ----------
    study
        The study.
    scenario
        With products chosen, only the recipes that touch one of them.

    Returns
    -------
    list of mapping
        Rows of ``recipes.csv``.
    """
    essential = [row for row in study.tables["recipes"] if row["essential"]]
    needed = {stage for stage, row in study.stages.items() if row["final"]}
    while more := {row["input"] for row in essential if row["output"] in needed} - needed:
        needed |= more
    return [row for row in essential if row["output"] in needed and _asked(study, row, scenario)]


def notice(study: Study, omitted: Sequence[Omission], scenario: Scenario) -> str:
    """Say in a sentence or two what a run leaves out and where defaults stand in, and how to see the list.

    Parameters
    ----------
    study
        The study.
    omitted
        From `find`.
    scenario
        The run.

    Returns
    -------
    str
        Empty where nothing is left out.
    """
    links = [item for item in omitted if item.is_link]
    number = len({item.subject for item in links if item.table != "byproducts"})
    said = []
    if number:
        whole = len(ranked(study, scenario))
        said.append(
            f"{number} of {whole} recipes of the ranking are left out of this run, and its results do without them "
            f"({', '.join(dict.fromkeys(_by(item.table) for item in links))})."
        )
    if places := by_default(omitted):
        said.append(f"Defaults stand in for rows of {', '.join(places)}.")
    return " ".join([*said, f"List: depgraph divert {scenario.scenario_id} --show omitted"]) if omitted else ""


def link(row: Row) -> str:
    """Write a recipe as its two stages.

    Examples
    --------
    >>> link({"recipe_id": "R-1", "input": "lamps/glass", "output": "lamps/lamp"})
    'R-1 (lamps/glass to lamps/lamp)'
    """
    return f"{row['recipe_id']} ({row['input']} to {row['output']})"


def _by(table: str) -> str:
    """Say what leaves a link out."""
    return "products that the scenario chose" if table == SCENARIO else f"{table}.csv"


def by_default(omitted: Sequence[Omission]) -> list[str]:
    """Name the tables for whose rows defaults stand in, each with the number of stages.

    Examples
    --------
    >>> by_default([Omission("flows", "lamps/lamp", "a row", "one market", whole=True)])
    ['flows (all 1 stage)']
    """
    places: dict[str, list[Omission]] = {}
    for item in omitted:
        if not item.is_link:
            places.setdefault(item.table, []).append(item)
    return [f"{table} ({'all ' * items[0].whole}{count(len(items), 'stage')})" for table, items in places.items()]


def _held(study: Study, scenario: Scenario | None) -> list[str]:
    """Return the stages of the model, or of a run."""
    if scenario is None:
        return [row["stage_id"] for row in study.tables["commodities"]]
    return scope.held_stages(study, scenario)


def _asked(study: Study, row: Row, scenario: Scenario | None) -> bool:
    """Say whether a recipe touches a product that the run is about."""
    chosen = scenario.get("products", []) if scenario else []
    return not chosen or any(study.product_of(row[side]) in chosen for side in ("input", "output"))


def _links(study: Study, held: Sequence[str], scenario: Scenario | None) -> Iterator[Omission]:
    """Yield the links that a run leaves out."""
    given = {row["recipe_id"] for row in study.tables["coefficients"]}
    modelled = {row["stage_id"] for row in study.tables["commodities"]}
    for row in ranked(study, scenario):
        outside = [row[side] for side in ("input", "output") if row[side] not in held]
        if outside:
            table = "commodities" if set(outside) - modelled else SCENARIO
            missing = f"a row for {' and '.join(outside)}" if table == "commodities" else "a product in the scenario"
            yield Omission(table, row["recipe_id"], missing, _without(row, outside), whole=False)
        elif row["recipe_id"] not in given:
            effect = _without(row, [row["input"]])
            missing = f"how much {row['output']} takes of {row['input']}"
            yield Omission("coefficients", row["recipe_id"], missing, effect, whole=not given)
    yield from _unbound(study, held, given)


def _without(row: Row, outside: Sequence[str]) -> str:
    """Say what it means that a stage of a recipe is not there."""
    if len(outside) == 2:
        return f"neither {row['input']} nor {row['output']} is modelled"
    if outside[0] == row["input"]:
        return f"{row['output']} is made without {row['input']}: a stop of it has no effect there"
    return f"what {row['output']} takes of {row['input']} counts as final demand"


def _unbound(study: Study, held: Sequence[str], given: set[str]) -> Iterator[Omission]:
    """Yield what arises beside another stage by a recipe that is not essential, and is bound by no row."""
    bound = {(row["host"], row["stage_id"]) for row in study.tables["byproducts"]}
    for row in study.tables["recipes"]:
        both = row["input"] in held and row["output"] in held
        pair = row["input"], row["output"]
        if both and not row["essential"] and row["recipe_id"] not in given and pair not in bound:
            missing = f"how much {row['output']} a unit of {row['input']} yields"
            effect = f"{row['output']} is not limited by {row['input']}"
            yield Omission("byproducts", row["recipe_id"], missing, effect, whole=not bound)


def _defaults(study: Study, held: Sequence[str], scenario: Scenario | None) -> Iterator[Omission]:
    """Yield the stages for which a table has no row."""
    known: dict[str, Callable[[str], bool]] = {table: _named(study, table) for table in DEFAULTS}
    effects = dict(DEFAULTS)
    if scenario is not None and scenario.get("projects", "none") != "none":
        known["projects"], effects["projects"] = _named(study, "projects"), PROJECTS
    for table, has in known.items():
        absent = [stage for stage in held if not has(stage)]
        # plants are announced here and there: that a stage has none is news only where no stage has one
        if table != "projects" or len(absent) == len(held):
            for stage in absent:
                yield Omission(table, stage, f"a row for {stage}", effects[table], whole=len(absent) == len(held))


def _hidden(study: Study) -> set[str]:
    """Return the stages whose flows are not used, as no content says which part of their code is the good."""
    without = {row["stage_id"] for row in study.tables["commodities"] if row["content"] is None}
    return without & {row["stage_id"] for row in study.tables["flows"] if row["amount"] is not None}


def _named(study: Study, table: str) -> Callable[[str], bool]:
    """Return the test whether a table has a row for a stage."""
    rows = study.tables[table]
    if table != "tariffs":
        return ({row["stage_id"] for row in rows} - (_hidden(study) if table == "flows" else set())).__contains__
    levied = {(row["product"], row["stage"]) for row in rows}

    def has(stage: str) -> bool:
        product, _, name = stage.partition("/")
        return bool(levied & {(product, None), (product, name), (product, stage), ("all_goods", None)})

    return has
