"""From the base year and a scenario to a case of the model, calibrated to the base year."""

import numpy as np

from depgraph.diversion import account as accounts
from depgraph.diversion import setting, supply_side, trade_side, use_side
from depgraph.diversion.account import Account
from depgraph.diversion.case import Case
from depgraph.diversion.scenario import Scenario
from depgraph.diversion.setting import Setting
from depgraph.estimates import Picture
from depgraph.study import Study


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
        custody=setting.by_year(scenario.get("custody"), s.years, 0.0) if "custody" in scenario.settings else None,
    )
    return case, s.account


def settled(study: Study, picture: Picture, scenario: Scenario) -> Setting:
    """Return the base year, prices and regions of a scenario.

    Raises
    ------
    CaseError
        As `make`.
    AccountError
        If the base year cannot add up.
    """
    account = accounts.base_year(study, picture, scenario.get("assumptions", {}), setting.held_stages(study, scenario))
    return setting.settle(study, scenario, account)
