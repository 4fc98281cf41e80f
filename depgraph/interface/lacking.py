"""Warnings of `check`: tables without rows that an answer needs, what is left out by that and what stands in."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from depgraph.analysis import defaults
from depgraph.core import tables
from depgraph.core.errors import Problem
from depgraph.core.words import count, listing
from depgraph.diversion import omissions, readiness
from depgraph.diversion.omissions import Omission
from depgraph.diversion.scenario import Scenario
from depgraph.study.study import Study

LEFT_OUT, BY_DEFAULT, NOT_BEGUN = "left-out", "by-default", "not-begun"
# what a study needs for a ranking and for a first plan, in the order in which it is written
FIRST = ("products", "stages", "recipes", "figures", "regions", "commodities", "coefficients", "technologies")
SHOWN = 3  # recipes or stages in one warning
NOTES = "depgraph check --each lists them"
# tables of which `check` tells each stage without a row, as nothing stands in for it
WITHOUT = ("technologies",)
# tables that no diversion model needs, and what is not known without a row
SINGLE = {
    "buffers": "`survive` knows no stock and no time to recover",
    "governance": "no rule that weighs suppliers by governance can be computed",
}


def warnings(study: Study, library: Mapping[str, Scenario], *, notes: bool) -> Iterator[Problem]:
    """Find the tables whose missing rows change an answer: the ranking's first, then those of the diversion model.

    Parameters
    ----------
    study
        A study whose tables are sound.
    library
        Its scenarios.
    notes
        One warning for each recipe and stage, not one for each table; also of stages where a default stands in
        beside others that have rows.

    Yields
    ------
    Problem
        Warnings alone. Of a study without a finished good or without a stage in the model, each table that a
        first answer needs and that has no row.
    """
    yield from _first(study, library)
    goods = [stage for stage, row in study.stages.items() if row["final"]]
    if goods:
        yield from _ranking(study, goods)
        yield from _model(study, library, notes=notes)


def _warning(table: str, code: str, message: str, column: str = "-") -> Problem:
    """Build a warning about a table as a whole."""
    file = tables.schemas()[table].file.replace("*.csv", "")
    return Problem(file, 0, column, code, message, warning=True)


def _first(study: Study, library: Mapping[str, Scenario]) -> Iterator[Problem]:
    """Find the tables without which there is no ranking, or with scenarios no plan."""
    planned = bool(library) and not readiness.begun(study)
    asked = FIRST if planned else FIRST[:2]
    for name in asked:
        if not study.tables[name]:
            what = "plan" if name in FIRST[4:] else "ranking"
            yield _warning(name, NOT_BEGUN, f"no row yet, which a first {what} needs: {tables.schemas()[name].about}")
    if study.stages and not any(row["final"] for row in study.stages.values()):
        yield _warning("stages", NOT_BEGUN, "no stage is a finished good, so nothing can be ranked", "final")


def _ranking(study: Study, goods: Sequence[str]) -> Iterator[Problem]:
    """Find what the ranking takes in place of rows."""
    bloc = study.settings["bloc"]
    essential = {row["output"] for row in study.tables["recipes"] if row["essential"]}
    alone = [good for good in goods if good not in essential]
    if alone:
        message = (
            f"no recipe says what these finished goods are made of, so no stage before them is ranked: {_some(alone)}"
        )
        yield _warning("recipes", LEFT_OUT, message, "output")
    unknown = defaults.unvalued(study, bloc, goods)
    if len(goods) > 1 and unknown:
        message = f"finished goods are weighed equally, as what {bloc} spends on these is not known: {_some(unknown)}"
        yield _warning("weights", BY_DEFAULT, message, "good")
    elif unknown:
        yield _warning(
            "weights", BY_DEFAULT, f"no loss has a value in USD, as what {bloc} spends on {unknown[0]} is not known"
        )
    pairs = [f"{inner} in {outer}" for outer, inner in defaults.nested_unsaid(study, bloc, goods)]
    if pairs:
        message = f"the value of a good inside another is counted in both, as no row gives its part: {_some(pairs)}"
        yield _warning("nesting", BY_DEFAULT, message, "inner")
    if not study.tables["imports"]:
        message = "no imports are held, so what the bloc buys directly is taken from published shares"
        yield _warning("imports", BY_DEFAULT, message)
    for table, effect in SINGLE.items():
        if not study.tables[table]:
            yield _warning(table, BY_DEFAULT, f"the table has no row: {effect}")


def _model(study: Study, library: Mapping[str, Scenario], *, notes: bool) -> Iterator[Problem]:
    """Find what the diversion model leaves out or puts a default for."""
    if not study.tables["regions"]:
        return
    omitted = omissions.find(study)
    by_table: dict[str, list[Omission]] = {}
    for item in omitted:
        by_table.setdefault(item.table, []).append(item)
    for table, items in by_table.items():
        if notes:
            yield from (_note(item) for item in items)
        elif items[0].is_link or items[0].whole or table in WITHOUT:
            yield _warning(table, LEFT_OUT if items[0].is_link else BY_DEFAULT, _told(study, items))
    asking = [name for name, item in library.items() if item.get("projects", "none") != "none"]
    if not study.tables["projects"]:
        vain = f"; the setting projects changes nothing in {listing(asking)}" if asking else ""
        message = f"no plant is announced, so `strengths` knows none that is to come{vain}"
        yield _warning("projects", BY_DEFAULT, message)


def _note(item: Omission) -> Problem:
    """Tell one recipe or stage."""
    return _warning(
        item.table,
        LEFT_OUT if item.is_link else BY_DEFAULT,
        f"{item.subject}: no {item.missing.removeprefix('a ')}; {item.effect}",
    )


def _told(study: Study, items: Sequence[Omission]) -> str:
    """Tell what one table leaves out, the first few by name."""
    if not items[0].is_link:
        reach = "every stage" if items[0].whole else _some([item.subject for item in items])
        return f"no row for {reach}: {items[0].effect}"
    recipes = {row["recipe_id"]: row for row in study.tables["recipes"]}
    names = _some([omissions.link(recipes[item.subject]) for item in items])
    if items[0].table == "byproducts":
        number = count(len(items), "recipe")
        return f"no yield for what is won beside another stage, so nothing limits it ({number}): {names}"
    why = "a stage of them has no row" if items[0].table == "commodities" else "their quantity has no row"
    whole = len(omissions.ranked(study))
    return f"{len(items)} of {whole} recipes of the ranking are not in the diversion model, as {why}: {names}"


def _some(names: Iterable[str]) -> str:
    """Name the first few; where to read the rest."""
    held = list(names)
    more = f"; {NOTES}" if len(held) > SHOWN else ""
    return listing(held, SHOWN) + more
