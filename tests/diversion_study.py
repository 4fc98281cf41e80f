"""The made study with a diversion model on it: three stages, six regions, numbers one can follow by hand.

gallium/primary (760 t)  ->  gallium/wafer (100 points)  ->  drones/complete (100 points)

A wafer point takes 5 t of gallium, a drone point 0.5 wafer points. China makes nearly all gallium.
"""

from dataclasses import replace

from depgraph.diversion import answers, pooling
from depgraph.diversion import run as runs
from depgraph.diversion import scenario as scenarios
from depgraph.evidence import estimates

ASSUMPTIONS = {
    "A-discount-rate": (0.05, 0.02, 0.08, "share"),
    "A-utilisation": (0.8, 0.7, 0.95, "share"),
    "A-latent-margin": (0.2, 0.1, 0.5, "share"),
    "A-independence-threshold": (0.25, 0.1, 0.5, "share"),
    "A-home-first": (0, 0, 1, "share"),
    "A-fixed-part": (0.5, 0.2, 0.8, "share"),
    "A-freight": (0.1, 0.05, 0.2, "share"),
    "A-elasticity": (4, 2, 8, "factor"),
    "A-content": (0.5, 0.2, 0.8, "share"),
    "A-points": (100, "", "", "index"),
    "A-drones-worth": (1000000000, "", "", "USD"),
    "A-wafers-worth": (800000000, "", "", "USD"),
    "A-gallium-price": (400, 300, 600, "USD_per_kg"),
    "A-gallium-in-wafer": (5, 3, 6, "factor"),
    "A-wafer-in-drone": (0.5, 0.3, 0.7, "factor"),
    "A-share-chn": (0.6, 0.5, 0.8, "share"),
    "A-share-usa": (0.1, 0.05, 0.2, "share"),
    "A-weight": (1, "", "", "factor"),
    "A-new-cost": (1.5, 1.2, 2, "factor"),
    "A-moved-cost": (1.2, 1.1, 1.5, "factor"),
    "A-investment": (3, 2, 5, "factor"),
    "A-lead": (2, 1, 4, "year"),
    "A-ramp": (0.05, 0.02, 0.1, "share"),
    "A-life": (20, 10, 30, "year"),
    "A-size": (0.04, 0.02, 0.08, "share"),
    "A-plant": (100, "", "", "t_per_year"),
    "A-duty": (0.25, "", "", "ad_valorem"),
    "A-opening": (60, "", "", "day"),
    "A-limit": (180, "", "", "day"),
    "A-holding": (0.15, 0.1, 0.25, "share"),
    "A-defence": (0.1, 0.05, 0.2, "share"),
    "A-know-how-transfer": (0.8, 0.5, 0.9, "share"),
    "A-worth-defence": (50, 20, 100, "factor"),
    "A-worth-other": (10, 5, 20, "factor"),
}
REGIONS = ("AUS", "CHN", "IND", "JPN", "USA", "ROW")
STAGES = ("gallium/primary", "gallium/wafer", "drones/complete")

TABLES = {
    "regions": [{"region": name, "name": name, "weight": "A-weight"} for name in REGIONS],
    "commodities": [
        {"stage_id": "gallium/primary", "unit": "t", "output": "F-office-3", "price": "A-gallium-price",
         "freight": "A-freight", "elasticity": "A-elasticity", "content": "A-content"},
        {"stage_id": "gallium/wafer", "unit": "index", "output": "A-points", "price": "A-wafers-worth",
         "freight": "A-freight", "elasticity": "A-elasticity"},
        {"stage_id": "drones/complete", "unit": "index", "output": "A-points", "price": "A-drones-worth",
         "freight": "A-freight", "elasticity": "A-elasticity"},
    ],
    "coefficients": [
        {"recipe_id": "R-1", "quantity": "A-gallium-in-wafer"},
        {"recipe_id": "R-2", "quantity": "A-wafer-in-drone"},
    ],
    "makers": [
        {"maker_id": "M-1", "stage_id": "drones/complete", "region": "CHN", "share": "A-share-chn"},
        {"maker_id": "M-2", "stage_id": "drones/complete", "region": "USA", "share": "A-share-usa"},
    ],
    "technologies": [
        {"technology_id": f"N-{region}-{stage}", "stage_id": stage, "region": region, "technology": "new",
         "cost": "A-new-cost", "investment": "A-investment", "lead": "A-lead", "ramp": "A-ramp", "life": "A-life",
         "scale": "A-size"}
        for region in ("AUS", "JPN", "USA") for stage in STAGES
    ] + [
        {"technology_id": "N-move", "stage_id": "drones/complete", "region": "USA", "technology": "transplant",
         "donor": "JPN", "cost": "A-new-cost", "donor_cost": "A-moved-cost", "investment": "A-investment", "lead": "A-lead", "ramp": "A-ramp",
         "life": "A-life"},
    ],
    "projects": [
        {"project_id": "N-plant", "name": "Gallium plant", "stage_id": "gallium/primary", "region": "AUS",
         "capacity": "A-plant", "year": "2028", "parent": "E-4"},
    ],
    "tariffs": [
        {"tariff_id": "N-duty", "importer": "USA", "exporter": "CHN", "product": "drones", "rate": "A-duty"},
    ],
    "reserves": [
        {"reserve_id": "N-stock", "stage_id": "gallium/primary", "region": "JPN", "opening": "A-opening",
         "limit": "A-limit", "holding": "A-holding"},
    ],
    "tiers": [
        {"tier": "defence", "share": "A-defence", "worth": "A-worth-defence"},
        {"tier": "other", "worth": "A-worth-other"},
    ],
    "flows": [
        {"flow_id": f"N-{i}-{j}", "stage_id": "gallium/primary", "exporter": i, "importer": j, "amount": amount,
         "unit": "t", "value_kusd": 1, "year": "2024", "hs_codes": "811292", "source_id": "office-1"}
        for i, j, amount in (("CHN", "JPN", 300), ("CHN", "USA", 60), ("CHN", "ROW", 700), ("JPN", "USA", 2))
    ],
}  # fmt: skip

BASELINE = """\
title = "Nothing changes"
claims = ["E-1"]
years = "2026/2032"
goals = ["defence", "other"]
"""
BAN = """\
title = "China sells Japan no gallium"
extends = "baseline"
claims = ["E-4"]
release = true

[[embargo]]
exporter = "CHN"
importer = "JPN"
product = "gallium"
from = 2028
"""
CAP = """\
title = "China's part falls to nothing"
extends = "baseline"

[[cap]]
share = { 2028 = 0.9, 2032 = 0.3 }
"""


def add_diversion(made):
    """Give a made study the tables of the diversion model and three scenarios."""
    for name, (value, low, high, unit) in ASSUMPTIONS.items():
        made.add(
            "datasets/assumptions.csv",
            assumption_id=name, what=name, value=value, low=low, high=high, unit=unit, reason="for the tests",
        )  # fmt: skip
    for table, rows in TABLES.items():
        for row in rows:
            made.add(f"datasets/diversion/{table}.csv", **row)
    for name, text in {"baseline": BASELINE, "ban": BAN, "cap": CAP}.items():
        made.write(f"datasets/scenarios/{name}.toml", text)
    return made


# settings that leave the base year as it is: nothing new pays, and what is allowed is not used
IDLE = {
    "as it is": {},
    "stocks may be used": {"release": True},
    "stocks may be added to": {"stockpiling": True, "release": True},
    "transplants": {"transplants": True},
    "members apart": {"pooled": False},
    "nothing is built": {"build": False},
    "a wider circle": {"bloc": "JPN", "circle": ["AUS", "USA"]},
    "a cap that does not bind": {"cap": [{"share": 1.0}]},
    "an embargo of nothing": {"embargo": [{"exporter": "CHN", "severity": 0.0}]},
    "no custody": {"custody": 0.0},
    "by worth alone": {"goals": []},
    "all of it must be met": {"must": ["defence", "other"]},
}
# settings that change the plan, each in its own way
POLICIES = {
    "cap": {"cap": [{"share": {"2028": 0.9, "2032": 0.3}}]},
    "cap of one stage": {"cap": [{"stage": "gallium/primary", "share": 0.2}]},
    "ban": {"embargo": [{"exporter": "CHN", "importer": "JPN", "product": "gallium", "from": 2028}], "release": True},
    "stop": {"embargo": [{"exporter": "CHN", "from": 2028}], "release": True, "stockpiling": True},
    "surprise": {"embargo": [{"exporter": "CHN", "from": 2028}], "release": True, "surprise": 2028},
    "duty": {"tariff": [{"importer": "USA", "exporter": "WLD", "rate": 0.2}]},
    "floor": {"floor": [{"region": "JPN", "stage": "gallium/primary", "months": 4, "from": 2028}]},
    "custody": {"custody": {"2028": 0.0, "2032": 0.6}},
    "leaky": {"embargo": [{"exporter": "CHN", "from": 2028}], "passing_on": 0.5},
    "apart": {"cap": [{"share": {"2028": 0.9, "2032": 0.3}}], "pooled": False},
    "transplants": {"cap": [{"share": {"2028": 0.9, "2032": 0.3}}], "transplants": True, "projects": "on_time"},
    "growth": {"growth": 0.03},
    "nothing left": {"cap": [{"share": 0.0}], "build": False},
}


class Diverted:
    """A study with a diversion model, read once, and the runs that were made of it."""

    def __init__(self, study):
        self.study = study
        self.picture = estimates.estimate(study)
        self.kept = {}

    def scenario(self, name="baseline", **settings):
        """Return a scenario with other settings, unchecked."""
        found = scenarios.find(self.study, name)
        return replace(found, settings={**found.settings, **settings})

    def run(self, name="baseline", **settings):
        """Return a run of it; the same settings are run once."""
        key = name, repr(sorted(settings.items()))
        if key not in self.kept:
            self.kept[key] = runs.run(self.study, self.picture, self.scenario(name, **settings))
        return self.kept[key]

    def cost(self, name="baseline", **settings):
        return self.run(name, **settings).solution.objective

    def summary(self, name="baseline", **settings):
        base = runs.run(self.study, self.picture, pooling.unchanged(self.scenario(name, **settings)))
        return answers.summary(self.run(name, **settings), base)
