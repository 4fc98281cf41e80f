"""Scenarios of the made study, solved for a report."""

import dataclasses

from depgraph.pages import scenario_answers as solving
from tests.diversion_study import add_diversion

# everything must be met, nobody may build, and who makes most may not deliver
CLASH = """\
title = "Nobody delivers drones"
extends = "baseline"
claims = ["E-4"]
must = ["defence", "other"]
build = false

[[cap]]
product = "drones"
share = 0.0
"""


def with_scenarios(made):
    """Give a made study the diversion model, its scenarios and one that has no plan."""
    add_diversion(made)
    made.write("datasets/scenarios/clash.toml", CLASH)
    return made


def made_solved(made, name="cap", *, points=3, moved=2, stage=None, cone=None, **settings):
    """Solve a scenario of a study made by `with_scenarios`; settings are put over its own afterwards."""
    budget = solving.Budget(points, moved)
    found = solving.solve(made.load(), made.picture(), name, stage=stage, cone=cone, budget=budget)
    scenario = dataclasses.replace(found.scenario, settings={**found.scenario.settings, **settings})
    return dataclasses.replace(found, scenario=scenario)
