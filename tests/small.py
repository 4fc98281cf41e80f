"""A small study built in memory, for tests of the steps from evidence to ranking."""

from pathlib import Path

from depgraph.core import units
from depgraph.study import ledger as ledger_rules
from depgraph.study import study

LEDGER = {
    ledger_rules.ROUNDING: 0.005,
    ledger_rules.STATISTICS: 0.02,
    ledger_rules.BOUND_MODE: 0.1,
    ledger_rules.APPROXIMATE: 0.1,
    ledger_rules.MIRROR_GAP: 0.25,
    ledger_rules.NEGLIGIBLE: 0.02,
    ledger_rules.SUPPLY_ELASTICITY: 0.5,
    ledger_rules.DEMAND_ELASTICITY: 0.3,
    ledger_rules.CHOKE_PRICE: 10.0,
    ledger_rules.ESRI_ESSENTIAL: 0.5,
    ledger_rules.SPARE_CAPACITY: 0.0,
    ledger_rules.STRENGTH: 0.05,
    ledger_rules.NEED: 0.25,
}
LEXICON = [
    {"term": "dominates", "min": 0.5, "mode": 0.7, "max": 0.95, "leads": True, "version": "1", "reason": "r"},
    {"term": "capability", "min": 0.0, "mode": 0.05, "max": 0.5, "leads": False, "version": "1", "reason": "r"},
    {"term": "few", "min": 0.0, "mode": 0.07, "max": 0.2, "leads": False, "version": "1", "reason": "r"},
]
UNITS = {
    "share": ("share", 1.0),
    "t": ("mass", 1.0),
    "kt": ("mass", 1000.0),
    "USD": ("usd", 1.0),
    "kUSD": ("usd", 1000.0),
    "index": ("index", 1.0),
}
NAMES = {code: code for code in ("CHN", "JPN", "USA", "AUS", "IND", "KOR", "VNM", "WLD", "ROW", "QUAD", "EUR")}
MEMBERS = {"QUAD": ("AUS", "IND", "JPN", "USA"), "WLD": (), "ROW": (), "EUR": ("DEU", "FRA")}


def assumption(name, value=None, low=None, high=None, unit="share"):
    return {"assumption_id": name, "what": name, "value": value, "low": low, "high": high, "unit": unit,
            "reason": "for a test", "source_id": None, "file": "a", "line": 1}  # fmt: skip


def figure(number, stage, economy, value, **more):
    product, _, name = stage.partition("/")
    row = {
        "figure_id": f"F-{number}", "source_id": "pub-1", "product": product, "stage": name, "economy": economy,
        "partner": None, "metric": "production_share", "basis": "mass_by_site", "value": value, "low": None, "high": None,
        "unit": "share", "year": "2024", "vintage": None, "table": None, "grade": "A", "status": "ok", "note": None,
        "file": "datasets/figures/x.csv", "line": number,
    }  # fmt: skip
    return row | more


def claim(number, stage, actor, **more):
    product, _, name = stage.partition("/")
    row = {
        "claim_id": f"C-{number}", "source_id": "src", "start": 0.0, "end": 5.0, "fingerprint": "0", "paragraph": 1.0,
        "statement": f"{actor} and {stage}", "kind": "dominance", "modality": "fact", "polarity": "affirmed", "hedge": None,
        "actor": actor, "target": None, "product": product, "stage": name, "term": "dominates", "value": None, "low": None,
        "high": None, "unit": None, "period": None, "relates_to": None, "note": None, "file": "seeds/src/claims.csv",
        "line": number,
    }  # fmt: skip
    return row | more


def traded(member, partner, value, mass=None, *, code="280530", year=2024, source="pub-1"):
    """Return what a member imports from one origin: value in thousand USD, mass in tonnes."""
    return {"import_id": f"T-{source}-{member}-{partner}-{code}-{year}", "source_id": source, "economy": member,
            "partner": partner, "code": code, "year": str(year), "value_kusd": value, "mass_t": mass,
            "file": "datasets/imports/x.csv", "line": 1}  # fmt: skip


def weight(good, value, *, name="value", economy=None, low=None, high=None, unit="USD", parent="A-use"):
    return {"weight_id": f"W-{name}-{good}-{economy}", "set": name, "good": good, "economy": economy, "low": low,
            "value": value, "high": high, "unit": unit, "parent": (parent,), "note": None,
            "file": "datasets/weights.csv", "line": 1}  # fmt: skip


def nested(outer, inner, parent):
    return {"nesting_id": f"N-{outer}-{inner}", "outer": outer, "inner": inner, "parent": parent, "note": None,
            "file": "datasets/nesting.csv", "line": 1}  # fmt: skip


def stage(identifier, *, final=False, basis="production_share:mass_by_site", hs=None, **more):
    return {"stage_id": identifier, "name": identifier, "unit": "t", "hs_codes": hs, "hs_edition": None, "coverage": None,
            "code_fit": None, "trade_measure": None, "content": None, "final": final, "basis": basis, "missing": None,
            "note": None, "file": "s", "line": 1} | more  # fmt: skip


def recipe(number, source, output, parent, *, essential=True):
    return {"recipe_id": f"R-{number}", "input": source, "output": output, "quantity_per_unit": None, "unit": None,
            "essential": essential, "parent": (parent,), "note": None, "file": "r", "line": number}  # fmt: skip


def make(
    *, figures=(), claims=(), stages=(), recipes=(), ledger=(), imports=(), weights=(), nesting=(),
    publishers=("pub-1",),
):  # fmt: skip
    rows = [assumption(name, value) for name, value in LEDGER.items()]
    rows += [assumption(name) for name in ledger_rules.BY_NAME if name not in LEDGER]
    rows += list(ledger)
    tables = {
        "buffers": [], "projects": [], "technologies": [], "commodities": [], "regions": [],
        "governance": [{"economy": "CHN", "value": -0.5}, {"economy": "KOR", "value": 0.5}],
        "imports": list(imports), "weights": list(weights), "nesting": list(nesting),
        "figures": list(figures), "claims": list(claims), "stages": list(stages), "recipes": list(recipes),
        "assumptions": rows, "lexicon": LEXICON, "units": [], "economies": [], "blocs": [],
        "products": [{"product": p, "name": p} for p in dict.fromkeys(s["stage_id"].partition("/")[0] for s in stages)],
        "figure_sources": [
            {"source_id": p, "publisher": p, "document": "d", "address": "a", "year": "2025", "licence": "l", "note": None}
            for p in publishers
        ],
        "sources": [{"id": "src", "author": None, "title": None, "producer": None, "date_published": None,
                     "reliability": "B", "note": None, "sha256": "0", "file": "t", "line": 1}],
    }  # fmt: skip
    settings = {"name": "small", "as_of": "2026-01-01", "bloc": "QUAD", "rival": "CHN", "reference_years": "2022/2025"}
    return study.Study(
        Path(), settings, tables, ledger_rules.read_ledger(rows), ledger_rules.read_lexicon(LEXICON),
        units.Economies(NAMES, MEMBERS), units.Units(UNITS),
    )  # fmt: skip
