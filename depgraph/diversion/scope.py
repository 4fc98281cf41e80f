"""What the records of a case are made from: the run's years, regions and prices, and who an entry speaks of."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from depgraph.diversion import base_year as accounts
from depgraph.diversion import parameters
from depgraph.diversion.base_year import Account
from depgraph.diversion.instance import CaseError, Flags
from depgraph.diversion.parameters import Quantity
from depgraph.diversion.scenario import ENTRIES, YEARS, Scenario
from depgraph.lp.solve import Index, Vector
from depgraph.study import ledger
from depgraph.study.study import Study

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Setting:
    """What the records of a case are made from.

    Attributes
    ----------
    study, scenario, account
        As given.
    years
        Years of the run.
    rate
        Discount rate a year.
    freight
        Freight as part of the price, by stage.
    value_added
        Million USD a unit costs beside the inputs that the model holds, by stage.
    bloc, rival, builders
        Which regions belong to the bloc, are the rival, may order new capacity.
    """

    study: Study
    scenario: Scenario
    account: Account
    years: tuple[int, ...]
    rate: float
    freight: Vector
    value_added: Vector
    bloc: Flags
    rival: Flags
    builders: Flags

    def look(self, name: str) -> Quantity:
        """Look up a figure or assumption with the scenario's changes."""
        return parameters.find(self.study, self.scenario.get("assumptions", {}), name)

    def part(self, name: str) -> float:
        """Return a number without a unit."""
        return parameters.part(self.study, self.look(name))

    def share(self, name: str) -> float:
        """Return a part of a whole, 0 to 1."""
        return parameters.share(self.study, self.look(name))

    def stage(self, stage: str) -> int:
        """Return the place of a stage, -1 where the run does not hold it."""
        return self.account.stages.index(stage) if stage in self.account.stages else -1

    def region(self, name: str) -> int:
        """Return the place of a region, -1 where it is none."""
        return self.account.regions.index(name) if name in self.account.regions else -1

    def rows(self, table: str) -> Iterable[tuple[Row, int]]:
        """Yield the rows of a table whose stage the run holds, with the stage's place."""
        for row in self.study.tables[table]:
            if self.stage(row["stage_id"]) >= 0:
                yield row, self.stage(row["stage_id"])


def settle(study: Study, scenario: Scenario, account: Account) -> Setting:
    """Settle what all records of a case need.

    Parameters
    ----------
    study, scenario, account
        The study, what the run assumes, the base year.

    Returns
    -------
    Setting
        Prices, years and regions of the run.

    Raises
    ------
    CaseError
        If the inputs of a stage cost more than the stage itself, the bloc, the rival or the circle
        has no region in the model, or the rival is in the bloc or the circle.
    """
    changes = scenario.get("assumptions", {})
    rows = {row["stage_id"]: row for row in study.tables["commodities"]}
    freight = np.array(
        [parameters.part(study, parameters.find(study, changes, rows[k]["freight"])) for k in account.stages]
    )
    first, last = (int(year) for year in scenario.get("years", YEARS).split("/"))
    value_added = account.price - account.needs.T @ (account.price * (1 + freight))
    wrong = [
        f"{account.stages[k]}: its inputs cost more than it does"
        f" ({account.price[k] - own:.4g} against {account.price[k]:.4g} million USD a unit);"
        " a price or a quantity of a recipe is wrong"
        for k, own in enumerate(value_added)
        if own < 0
    ]
    if wrong:
        raise CaseError(". ".join(wrong))
    misplaced = next(strangers(study, scenario), None)
    if misplaced:
        raise CaseError(misplaced[1])
    bloc = flags(study, scenario.get("bloc", study.settings["bloc"]), "bloc")
    rival = flags(study, scenario.get("rival", study.settings["rival"]), "rival")
    circle = [flags(study, name, "circle") for name in scenario.get("circle", [])]
    builders = np.logical_or.reduce([bloc, *circle])
    return Setting(
        study=study,
        scenario=scenario,
        account=account,
        years=tuple(range(first, last + 1)),
        rate=parameters.part(study, parameters.find(study, changes, ledger.DISCOUNT_RATE)),
        freight=freight,
        value_added=value_added,
        bloc=bloc,
        rival=rival,
        builders=builders,
    )


def strangers(study: Study, scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Find names of a scenario that the model does not know, and a rival that is in its own bloc.

    Parameters
    ----------
    study
        The study, whose table of regions says what the model knows.
    scenario
        Its bloc, rival, circle, and who its entries speak of.

    Yields
    ------
    key, message
        Where in the scenario, as a key of `Scenario.lines`, and what is wrong.
    """
    regions = _regions(study)
    named = [(key, scenario.get(key, study.settings[key]), key) for key in ("bloc", "rival")]
    named += [("circle", name, "circle") for name in scenario.get("circle", [])]
    for table, entries in ((table, scenario.get(table, [])) for table in ENTRIES):
        for place, entry in enumerate(entries):
            for key in ("exporter", "importer", "region"):
                names = entry.get(key, [])
                named += [(f"{table}.{place}.{key}", name, "entry") for name in _listed(names) if name != "WLD"]
    nobody = np.zeros(len(regions), dtype=bool)
    found: dict[str, Flags] = {}
    for key, name, what in named:
        try:
            found[key] = found.get(key, nobody) | flags(study, name, what)
        except CaseError as error:
            yield key, str(error)
    both = (found.get("bloc", nobody) | found.get("circle", nobody)) & found.get("rival", nobody)
    if np.any(both):
        key = next((key for key in ("rival", "circle", "bloc") if key in scenario.settings), "bloc")
        yield key, f"{regions[int(np.argmax(both))]} is the rival and in the bloc or its circle"


def _regions(study: Study) -> tuple[str, ...]:
    """Return the regions of the model, in the order of their table."""
    return tuple(row["region"] for row in study.tables["regions"])


def _listed(names: object) -> list[str]:
    """Return one name, or several, as a list."""
    return names if isinstance(names, list) else [str(names)]


def held_stages(study: Study, scenario: Scenario) -> list[str]:
    """Return the stages that a run holds: all of the model, or those of the chosen products."""
    chosen = scenario.get("products", [])
    stages = [row["stage_id"] for row in study.tables["commodities"]]
    return [stage for stage in stages if not chosen or study.product_of(stage) in chosen]


def flags(study: Study, name: str, what: str) -> Flags:
    """Mark the regions that a name stands for.

    Raises
    ------
    CaseError
        If it stands for none, or only for a part of the rest of the world.
    """
    home, regions = accounts.members(study), _regions(study)
    codes = [name] if name in regions else study.economies.expand(name)
    lost = [code for code in codes if code not in regions and code not in home]
    if lost or not codes:
        which = f"not a region of the model: {', '.join(lost)}" if lost else "without members"
        msg = f"the {what} {name} is {which}; regions are {', '.join(regions)}"
        raise CaseError(msg)
    inside = {code if code in regions else home[code] for code in codes}
    return np.array([region in inside for region in regions])


def entry_places(s: Setting, entry: Row) -> list[tuple[int, int, int]]:
    """Return exporter, importer and stage of what a row or an entry speaks of; nobody trades with itself."""
    exporters = named(s, entry.get("exporter"), "WLD")
    importers = named(s, entry.get("importer"), None)
    stages = entry_stages(s, entry)
    return [(i, j, k) for i in exporters for j in importers for k in stages if i != j]


def named(s: Setting, names: object, default: str | None) -> list[int]:
    """Return the regions that names stand for; without a name the bloc, or the whole world."""
    if names is None and default is None:
        return np.flatnonzero(s.bloc).tolist()
    found: list[int] = []
    for name in _listed(names or default):
        if name == "WLD":
            found += range(len(s.account.regions))
        elif name in s.account.regions:
            found.append(s.region(name))
        else:
            found += np.flatnonzero(flags(s.study, name, "entry")).tolist()
    return sorted(set(found))


def entry_stages(s: Setting, entry: Row) -> list[int]:
    """Return the stages that an entry speaks of: one, those of a product, or all."""
    stage, product = entry.get("stage"), entry.get("product")
    # the table of tariffs names product and stage apart, a scenario the stage as product/stage
    whole = f"{product}/{stage}" if stage and product and "/" not in stage else stage
    return [
        k
        for k, name in enumerate(s.account.stages)
        if (not whole or name == whole)
        and (not product or s.study.product_of(name) == product or product == "all_goods")
    ]


def period(s: Setting, entry: Row) -> Flags:
    """Mark the years of an entry."""
    years = np.array(s.years)
    inside: Flags = (years >= entry.get("from", s.years[0])) & (years <= entry.get("to", s.years[-1]))
    return inside


def by_year(path: object, years: Sequence[int], before: float) -> Vector:
    """Return a number by year: constant, or a line between the years of a path, kept after the last."""
    if not isinstance(path, Mapping):
        return np.full(len(years), float(path))  # type: ignore[arg-type]
    points = sorted((int(year), float(part)) for year, part in path.items())
    known, parts = [year for year, _ in points], [part for _, part in points]
    values = np.interp(years, known, parts)
    return np.where(np.array(years) < known[0], before, values)


def index(values: Iterable[Any]) -> Index:
    """Return an array of places."""
    return np.array([int(value) for value in values], dtype=np.int32)
