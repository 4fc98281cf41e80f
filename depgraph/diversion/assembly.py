"""From the base year and a scenario to a case of the model, calibrated to the base year."""

from collections.abc import Iterator

import numpy as np

from depgraph.core.errors import Problem, StudyError, suggestion
from depgraph.diversion import base_year as accounts
from depgraph.diversion import scope, supply_side, trade_side, use_side
from depgraph.diversion.base_year import Account
from depgraph.diversion.instance import Case, CaseError
from depgraph.diversion.scenario import Scenario
from depgraph.diversion.scope import Setting
from depgraph.evidence.estimates import REST, Picture
from depgraph.study.study import Study

NEEDED = ("regions", "commodities", "tiers")  # tables without which there is nothing to model
# tables that speak of stages of the model, and the columns in which they name regions of it
PLACES = {
    "makers": ("region",),
    "uses": ("region",),
    "byproducts": (),
    "technologies": ("region", "donor"),
    "projects": ("region",),
    "reserves": ("region",),
    "flows": ("exporter", "importer"),
}


def make(study: Study, picture: Picture, scenario: Scenario) -> tuple[Case, Account]:
    """Make the case of a scenario.

    Parameters
    ----------
    study
        A checked study with the tables of the diversion model.
    picture
        Its estimates.
    scenario
        What the run assumes.

    Returns
    -------
    case, account
        The case, and the base year that it is calibrated to.

    Raises
    ------
    CaseError
        If the bloc or rival is no region of the model, or the prices leave nothing for a stage's
        own cost.
    UnknownNameError
        If an assumption that the run takes by name is not in the ledger.
    """
    s = settled(study, picture, scenario)
    plants, orders = supply_side.plants_and_orders(s)
    demands = use_side.demands(s)
    routes = trade_side.routes(s, plants)
    case = Case(
        economies=s.account.regions,
        stages=s.account.stages,
        tiers=tuple(row["tier"] for row in study.tables["tiers"]),
        years=s.years,
        units=s.account.units,
        price=s.account.price,
        bloc=s.bloc,
        rival=s.rival,
        discount=(1 + s.rate) ** -np.arange(len(s.years), dtype=float),
        plants=plants,
        orders=orders,
        routes=routes,
        recipes=supply_side.recipes(s.account),
        byproducts=supply_side.byproducts(s, plants),
        demands=demands,
        stores=use_side.stores(s),
        conduits=trade_side.conduits(s),
        limits=trade_side.limits(s),
        caps=trade_side.caps(s),
        custody=scope.by_year(scenario.get("custody"), s.years, 0.0) if "custody" in scenario.settings else None,
    )
    return case, s.account


def settled(study: Study, picture: Picture, scenario: Scenario) -> Setting:
    """Return the base year, prices and regions of a scenario.

    Raises
    ------
    CaseError
        As `make`; and if a table that the model cannot do without is empty.
    StudyError
        If a table names a region or a stage that the model does not have, or a flow is negative.
    AccountError
        If the base year cannot add up.
    """
    missing = [f"datasets/diversion/{name}.csv" for name in NEEDED if not study.tables[name]]
    if missing:
        msg = f"the study has no diversion model: there are no rows in {', '.join(missing)}"
        raise CaseError(msg)
    if problems := list(_problems(study)):
        raise StudyError(problems)
    account = accounts.base_year(study, picture, scenario.get("assumptions", {}), scope.held_stages(study, scenario))
    return scope.settle(study, scenario, account)


def _problems(study: Study) -> Iterator[Problem]:
    """Find regions and stages that the model does not have: their rows would be lost without a word."""
    regions = {row["region"] for row in study.tables["regions"]}
    stages = {row["stage_id"] for row in study.tables["commodities"]}
    if REST not in regions:
        message = "no region takes what the others do not make or use"
        yield Problem("datasets/diversion/regions.csv", 0, "region", "missing-reference", message, REST)
    for table, columns in PLACES.items():
        everybody = {"WLD"} if table == "reserves" else set()
        for row in study.tables[table]:
            known = {"stage_id": stages} | dict.fromkeys(columns, regions | everybody)
            for column, names in known.items():
                if row[column] is not None and row[column] not in names:
                    message = f"the model has no such {'stage' if column == 'stage_id' else 'region'}"
                    message += suggestion(row[column], names)
                    yield Problem(row["file"], row["line"], column, "missing-reference", message, row[column])
    for row in study.tables["flows"]:
        for column in ("amount", "value_kusd"):
            if row[column] is not None and row[column] < 0:
                yield Problem(row["file"], row["line"], column, "negative", "a flow below 0", f"{row[column]:g}")
