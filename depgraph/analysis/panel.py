"""The panel: named, versioned rules side by side on the same stage.

No rule is the truth. Each says what it makes of a stage, or which input it lacks; it never
answers 0 for what it does not know.

Nobody knows who the rest of world is. The bounds of a rule of shares hold whoever it is: low takes it
for many suppliers that add nothing, high for a single one. The value stands at the central shares, with
the rest of world as many suppliers.
"""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from depgraph.evidence import estimates
from depgraph.evidence.estimates import REST, Estimate, Picture
from depgraph.graph import imports, sourcing
from depgraph.graph.imports import ImportTable, TradeBook
from depgraph.graph.sourcing import ImportPart, Reliance, published_reliance
from depgraph.measures import concentration, rules
from depgraph.measures.concentration import Bounds
from depgraph.study import ledger
from depgraph.study.study import Study

Row = Mapping[str, Any]

VALUE_UNIT = "kUSD"  # of imports and exports by value
WORST_GOVERNANCE = 10.0  # end of the scale of the European Commission
HIGHLY_CONCENTRATED = 0.18  # US Department of Justice and Federal Trade Commission (2023), guideline 1


@dataclass(frozen=True)
class Facts:
    """What the rules ask about one stage and one bloc; what is not known is empty or None.

    Attributes
    ----------
    stage, bloc, rival
        Codes.
    named
        World shares of suppliers that may have one, rest of world left out.
    rest
        World share of all others together, None if nothing is left for them.
    foreign
        Those of `named` that are neither the bloc nor share a member with it.
    hhi
        Bounds of the world concentration.
    outside, inside
        Newest complete imports of the bloc by origin, and trade among its members; values in kUSD.
    exports, world_exports
        Exports of the bloc, and of every exporter, in the newest year that has a world total, in kUSD;
        None and empty beside imports by mass.
    reliance
        Net import reliance of a single economy as published for the newest year.
    imported
        Part of the bloc's own supply that it imports, where its home output is known.
    governance
        World Governance Indicator by economy.
    elasticities
        Supply, demand and choke price, each low, central, high.
    parents
        What each group of facts rests on.
    """

    stage: str
    bloc: str
    rival: str
    named: tuple[Estimate, ...]
    rest: Estimate | None
    foreign: tuple[Estimate, ...]
    hhi: Bounds | None
    outside: Mapping[str, float]
    inside: float | None
    exports: float | None
    world_exports: Mapping[str, float]
    reliance: Reliance | None
    imported: ImportPart | None
    governance: Mapping[str, float]
    elasticities: tuple[tuple[float, float, float], ...]
    parents: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Verdict:
    """What one rule says of one stage.

    Attributes
    ----------
    rule, version
        Name and edition of the rule.
    stage
        The stage.
    economy
        Whom the rule points at, None if it speaks of the stage.
    low, value, high
        The indicator; None where an input is missing. Bounds equal the value where the rule
        has no range. The value is that of the central shares, not the middle of the bounds.
    threshold
        From where the rule raises its flag, None if it has none.
    flagged
        True or False, None where the range straddles the threshold or an input is missing.
    missing
        Inputs that the rule lacks.
    parents
        Claims, figures, estimates and assumptions.
    """

    rule: str
    version: str
    stage: str
    economy: str | None
    low: float | None
    value: float | None
    high: float | None
    threshold: float | None
    flagged: bool | None
    missing: tuple[str, ...] = field(default=())
    parents: tuple[str, ...] = field(default=())


def gather(study: Study, picture: Picture, bloc: str) -> list[Facts]:
    """Collect what the rules ask, stage by stage.

    Parameters
    ----------
    study, picture
        The study and its estimates.
    bloc
        Economy or bloc that imports.

    Returns
    -------
    list of Facts
        In the order of the stages.

    Raises
    ------
    UnknownNameError
        If the bloc names no members: then nobody imports.
    """
    study.economies.require_members(bloc)
    book = imports.read_trade(study)
    governance = {row["economy"]: row["value"] for row in study.tables["governance"]}
    return [_facts(study, picture, stage, bloc, book, governance) for stage in study.stages]


def _facts(  # noqa: PLR0917 - private, called once
    study: Study, picture: Picture, stage: str, bloc: str, book: TradeBook, governance: Mapping[str, float]
) -> Facts:
    """Collect the facts of one stage."""
    members = study.economies.expand(bloc)
    shares = picture.shares(stage)
    figures = book.figures.get(stage, ())
    exports, export_ids, year = _exports(study, figures)
    table = _comparable_imports(study, book, stage, members, year)
    outside, inside = table.split(members) if table else ({}, None)
    if table is not None and table.unit != VALUE_UNIT:
        exports, export_ids = {}, ()
    own = [exports[member] for member in members if member in exports]
    reliance = published_reliance(study, figures, members) if len(members) == 1 else None
    imported = sourcing.known_import_part(study, picture, stage, bloc, book)
    named = tuple(item for item in shares if item.economy != REST and item.high > 0)
    rest = next((item for item in shares if item.economy == REST and item.high > 0), None)
    names = (ledger.SUPPLY_ELASTICITY, ledger.DEMAND_ELASTICITY, ledger.CHOKE_PRICE)
    return Facts(
        stage=stage,
        bloc=bloc,
        rival=study.settings["rival"],
        named=named,
        rest=rest,
        foreign=tuple(item for item in named if not set(study.economies.expand(item.economy)) & set(members)),
        hhi=estimates.stage_hhi(shares),
        outside=outside,
        inside=inside,
        exports=sum(own) - (inside or 0.0) if len(own) == len(members) else None,
        world_exports=exports,
        reliance=reliance,
        imported=imported,
        governance=governance,
        elasticities=tuple(study.assumption(name) for name in names),
        parents={
            "shares": tuple(item.estimate_id for item in (*named, *([rest] if rest else ()))),
            "imports": table.parents() if table else (),
            "exports": export_ids,
            "reliance": reliance.parents if reliance else (),
            "imported": imported.parents if imported else (),
            "elasticities": names,
        },
    )


def _comparable_imports(
    study: Study, book: TradeBook, stage: str, members: Sequence[str], year: int | None
) -> ImportTable | None:
    """Return the newest imports by value, so that exports can stand beside them, else the newest by mass."""
    tables = [table for table in imports.import_tables(study, book, stage, members) if table.measure != imports.SHARE]
    by_value = [table for table in tables if table.unit == VALUE_UNIT]
    same = [table for table in by_value if table.year == year]
    return next(iter((*same, *by_value, *tables)), None)


def _exports(study: Study, figures: Sequence[Row]) -> tuple[dict[str, float], tuple[str, ...], int | None]:
    """Return exports to the world by exporter, and their figures, from one source and one year.

    It is the newest year for which a source has a world total; a stage may have several customs
    codes, whose exports are added.
    """
    tables: dict[tuple[str, str, str], list[Row]] = {}
    for row in figures:
        if row["metric"] == "export_value" and row["partner"] == "WLD" and row["value"] is not None:
            tables.setdefault((row["year"], row["source_id"], row["vintage"] or ""), []).append(row)
    whole = [key for key, rows in tables.items() if any(row["economy"] == "WLD" for row in rows)]
    if not whole:
        return {}, (), None
    last = max(whole, key=lambda key: (int(key[0][-4:]), int(key[0][:4]), key))
    newest = tables[last]
    totals: dict[str, float] = {}
    for row in newest:
        amount = study.units.convert(row["value"], row["unit"], VALUE_UNIT)
        totals[row["economy"]] = totals.get(row["economy"], 0.0) + amount
    return totals, tuple(row["figure_id"] for row in newest), int(last[0][-4:])


def verdicts(facts: Facts) -> list[Verdict]:
    """Apply every rule to one stage.

    Parameters
    ----------
    facts
        From `gather`.

    Returns
    -------
    list of Verdict
        One for each rule, in the order of `RULES`.
    """
    return [rule(facts) for rule in RULES.values()]


def _decide(low: float, high: float, threshold: float) -> bool | None:
    """Say whether a range lies above a threshold, below it, or straddles it."""
    if low > threshold:
        return True
    return False if high <= threshold else None


def _ranged(
    rule: str, version: str, facts: Facts, bounds: Bounds | None, value: float, *, threshold: float | None = None
) -> Verdict:
    """Build a verdict on a stage from bounds and the value at the central shares."""
    parents = facts.parents["shares"]
    if bounds is None:
        return _lacking(rule, version, facts, "shares by economy")
    low, high = bounds
    flagged = None if threshold is None else _decide(low, high, threshold)
    # the central shares are coherent; only rounding can put their value a hair outside
    value = min(max(value, low), high)
    return Verdict(rule, version, facts.stage, None, low, value, high, threshold, flagged, (), parents)


def _lacking(rule: str, version: str, facts: Facts, *missing: str) -> Verdict:
    """Build a verdict that says which inputs are missing."""
    return Verdict(rule, version, facts.stage, None, None, None, None, None, None, tuple(missing))


def _central_hhi(facts: Facts) -> float:
    """Return the concentration at the central shares, with the rest of world as many suppliers."""
    return math.fsum(item.central**2 for item in facts.named)


def _hhi(facts: Facts) -> Verdict:
    """Concentration of the stage over all coherent shares."""
    return _ranged("HHI", "2023 guidelines", facts, facts.hhi, _central_hhi(facts), threshold=HIGHLY_CONCENTRATED)


def _hhi_normalised(facts: Facts) -> Verdict:
    """Concentration rescaled by the number of suppliers, ``(H - 1/n) / (1 - 1/n)``.

    It grows with n towards H. Where the rest of world has a share n is open: at least one more than
    the named, and without end for the many that the central value takes it for.
    """
    n = len(_suppliers(facts))
    if facts.hhi is None or n < 2:
        return _lacking("HHI*", "n = named suppliers", facts, "shares of two or more economies")
    low, value, high = (
        max(0.0, concentration.hhi_normalised(index, n) or 0.0)
        for index in (facts.hhi.low, _central_hhi(facts), facts.hhi.high)
    )
    if facts.rest is None:
        return _ranged("HHI*", f"n = {n}", facts, Bounds(low, high), value)
    return _ranged("HHI*", f"n from {n}", facts, Bounds(low, facts.hhi.high), _central_hhi(facts))


def _effective_number(facts: Facts) -> Verdict:
    """Count equal suppliers with the same concentration."""
    if facts.hhi is None:
        return _lacking("effective number", "1 / HHI", facts, "shares by economy")
    if facts.hhi.low <= 0:
        return _lacking("effective number", "1 / HHI", facts, "a share known to be above zero")
    bounds = Bounds(1 / facts.hhi.high, 1 / facts.hhi.low)
    return _ranged("effective number", "1 / HHI", facts, bounds, 1 / _central_hhi(facts))


def _concentration_ratio(k: int) -> Callable[[Facts], Verdict]:
    """Make the rule of the k largest shares."""

    def rule(facts: Facts) -> Verdict:
        central = concentration.concentration_ratio([item.central for item in facts.named], k)
        return _ranged(f"CR{k}", "sum of the largest", facts, _ratio_bounds(facts, k), central or 0.0)

    return rule


def _ratio_bounds(facts: Facts, k: int) -> Bounds | None:
    """Bound the sum of the k largest shares over all coherent shares, whoever the rest of world is."""
    if not facts.named:
        return None
    low = concentration.concentration_ratio(_flattest(facts), k) or 0.0
    suppliers = _suppliers(facts)
    lows = math.fsum(item.low for item in suppliers)
    # what k suppliers have together is at most the sum of their highs and what the others leave
    high = max(
        min(math.fsum(item.high for item in chosen), 1 - lows + math.fsum(item.low for item in chosen))
        for chosen in itertools.combinations(suppliers, min(k, len(suppliers)))
    )
    return Bounds(low, max(low, high))


def _suppliers(facts: Facts) -> tuple[Estimate, ...]:
    """Return the named suppliers, and the rest of world as one more."""
    return (*facts.named, *([facts.rest] if facts.rest else ()))


def _flattest(facts: Facts) -> list[float]:
    """Return the least concentrated named shares: at their lows, the smallest raised if that is too little."""
    room = facts.rest.high if facts.rest else 0.0
    below, above = 0.0, 1.0
    for _ in range(60):
        level = (below + above) / 2
        if math.fsum(_raised(facts, level)) + room < 1:
            below = level
        else:
            above = level
    return _raised(facts, above)


def _raised(facts: Facts, level: float) -> list[float]:
    """Bring one level within the bounds of each named share."""
    return [min(max(level, item.low), item.high) for item in facts.named]


def _governance(facts: Facts) -> Verdict:
    """Concentration weighted by governance on the scale of the European Commission.

    The governance of the rest of world is not known: high takes it for one supplier with the worst.
    """
    rule, version = "governance HHI", "EU 2017 scale, WGI 2022"
    if not facts.named:
        return _lacking(rule, version, facts, "shares by economy")
    indicators = [facts.governance.get(item.economy) for item in facts.named]
    missing = tuple(f"governance of {i.economy}" for i, w in zip(facts.named, indicators, strict=True) if w is None)
    if missing:
        return _lacking(rule, version, facts, *missing)
    low, value = (
        rules.governance_hhi(shares, indicators, rules.eu_governance).value or 0.0
        for shares in zip(*((item.low, item.central) for item in facts.named), strict=True)
    )
    weights = [rules.eu_governance(indicator) or 0.0 for indicator in indicators]
    return _ranged(rule, version, facts, Bounds(low, _worst_governed(facts, weights)), value)


def _worst_governed(facts: Facts, weights: Sequence[float]) -> float:
    """Bound the governed concentration from above over all coherent shares.

    Between its bounds ``w s^2`` lies below the chord ``w ((low + high) s - low high)``, so filling
    the steepest chords first gives a bound that is never too small.
    """
    rest = [WORST_GOVERNANCE] if facts.rest else []
    scored = list(zip(_suppliers(facts), (*weights, *rest), strict=True))
    room = 1 - math.fsum(item.low for item, _ in scored)
    total = math.fsum(weight * item.low**2 for item, weight in scored)
    for item, weight in sorted(scored, key=lambda pair: -pair[1] * (pair[0].low + pair[0].high)):
        step = max(0.0, min(item.high - item.low, room))
        total += weight * (item.low + item.high) * step
        room -= step
    return total


def _eu_supply_risk(facts: Facts) -> Verdict:
    """Supply risk of the European Commission: the study has no recycling rates and substitution indices."""
    missing = ["end-of-life recycling input rate", "substitution index", "trade restriction factors"]
    if facts.reliance is None:
        missing.append("import reliance")
    return _lacking("EU supply risk", "2017 guidelines", facts, *missing)


def _cdi(facts: Facts) -> Verdict:
    """Core dependency indicators, with the bloc in the place of the Union."""
    missing = _trade_missing(facts, "exports of every member")
    if missing:
        return _lacking("EU core dependency", "SWD(2021) 352", facts, *missing)
    found = rules.cdi(facts.outside, facts.inside, facts.exports)
    return _trade_verdict("EU core dependency", "SWD(2021) 352", facts, Finding(None, found.cdi1, 0.4, found.dependent))


def _trade_missing(facts: Facts, *needs: str) -> list[str]:
    """Name the trade inputs that are not there."""
    missing = [] if facts.outside else ["imports of every member by origin"]
    if facts.exports is None and "exports of every member" in needs:
        missing.append("exports of every member")
    if not facts.world_exports and "world exports by exporter" in needs:
        missing.append("world exports by exporter")
    return missing


@dataclass(frozen=True)
class Finding:
    """What a trade rule found: whom it points at, the indicator, the threshold and the flag."""

    economy: str | None
    value: float | None
    threshold: float | None
    flagged: bool | None


def _trade_verdict(rule: str, version: str, facts: Facts, found: Finding) -> Verdict:
    """Build a verdict that rests on trade."""
    parents = (*facts.parents["imports"], *facts.parents["exports"])
    value = found.value
    return Verdict(
        rule, version, facts.stage, found.economy, value, value, value, found.threshold, found.flagged, (), parents
    )


def _geodep(facts: Facts) -> Verdict:
    """Criteria 1 to 3 of CEPII's GeoDep in the newest year; persistence needs three years."""
    missing = _trade_missing(facts, "exports of every member", "world exports by exporter")
    if missing:
        return _lacking("GeoDep", "CEPII, one year", facts, *missing)
    exporters = {code: amount for code, amount in facts.world_exports.items() if code != "WLD"}
    rest = facts.world_exports["WLD"] - sum(exporters.values())
    year = rules.geodep_year(facts.outside, exporters | {REST: max(0.0, rest)}, facts.exports)
    return _trade_verdict("GeoDep", "CEPII, one year", facts, Finding(None, year[0], 0.4, year[-1]))


def _merics(facts: Facts) -> Verdict:
    """Compare imports with twice the exports."""
    missing = _trade_missing(facts, "exports of every member")
    if missing:
        return _lacking("MERICS deficit", "first condition", facts, *missing)
    found = rules.merics_deficit(sum(facts.outside.values()), facts.exports)
    return _trade_verdict("MERICS deficit", "first condition", facts, Finding(None, found[0], 2.0, found[1]))


def _henry_jackson(facts: Facts) -> Verdict:
    """Strategic dependency of the Henry Jackson Society on the rival."""
    missing = _trade_missing(facts, "exports of every member")
    if missing:
        return _lacking("Henry Jackson", "2020", facts, *missing)
    share = next((item.central for item in facts.named if item.economy == facts.rival), None)
    found = rules.hjs_dependency(facts.outside, facts.exports, facts.rival, share)
    return _trade_verdict(
        "Henry Jackson", "2020", facts, Finding(facts.rival, found.import_share, 0.5, found.dependent)
    )


def _meti(facts: Facts) -> Verdict:
    """Whether one partner has half of the imports."""
    missing = _trade_missing(facts)
    if missing:
        return _lacking("METI 50 percent", "Cabinet Office", facts, *missing)
    named = {origin: amount for origin, amount in facts.outside.items() if origin != REST}
    total = sum(facts.outside.values())
    partner, amount = max(sorted(named.items()), key=lambda pair: pair[1])
    share = amount / total
    return _trade_verdict("METI 50 percent", "Cabinet Office", facts, Finding(partner, share, 0.5, share >= 0.5))


def _reliance(facts: Facts) -> Verdict:
    """Take the net import reliance published for the newest year; it may be a bound."""
    if facts.reliance is None:
        return _lacking("net import reliance", "USGS", facts, "published net import reliance of the importer")
    low, value, high, parents = facts.reliance
    # "more than half" is printed as a lower bound of half, so that the bound itself raises the flag
    flagged = low >= 0.5 or (None if high >= 0.5 else False)
    return Verdict("net import reliance", "USGS", facts.stage, None, low, value, high, 0.5, flagged, (), parents)


def _geopolrisk(facts: Facts) -> Verdict:
    """GeoPolRisk by the measure of the imports, home output in their unit: ``M (1 / p - 1)``, p the imported part."""
    missing = _trade_missing(facts)
    if facts.hhi is None:
        missing.append("shares by economy")
    if facts.imported is None or facts.imported.range.central <= 0:
        missing.append("domestic production in the unit of the imports")
    if missing or facts.hhi is None or facts.imported is None:
        return _lacking("GeoPolRisk", "2024", facts, *missing)
    instability = {code: rules.geopolrisk_instability(value) for code, value in facts.governance.items()}
    named = {origin: amount for origin, amount in facts.outside.items() if origin != REST}
    indexes = (facts.hhi.low, _central_hhi(facts), facts.hhi.high)
    domestic = math.fsum(facts.outside.values()) * (1 / facts.imported.range.central - 1)
    found = [rules.geopolrisk(index, named, instability, domestic) for index in indexes]
    low, value, high = (item.score for item in found)
    if low is None or value is None or high is None:
        return _lacking("GeoPolRisk", "2024", facts, *(f"governance of {code}" for code in found[0].missing))
    verdict = _ranged("GeoPolRisk", "2024", facts, Bounds(low, high), value)
    return replace(verdict, parents=(*verdict.parents, *facts.parents["imports"], *facts.parents["imported"]))


def _price(facts: Facts) -> Verdict:
    """Price after the largest named supplier outside the bloc is lost, at constant elasticities."""
    if not facts.foreign:
        missing = "share of a supplier outside the bloc" if facts.named else "shares by economy"
        return _lacking("post-disruption price", "USGS 2025", facts, missing)
    worst = max(facts.foreign, key=lambda item: (item.central, item.economy))
    supply, demand, choke = facts.elasticities
    # elastic reactions and a low share give the low price, rigid ones and a high share the high one
    low, value, high = (
        rules.post_disruption(lost, supply_elasticity=es, demand_elasticity=ed, choke=cap).price
        for lost, es, ed, cap in (
            (worst.low, supply[2], demand[2], choke[0]),
            (worst.central, supply[1], demand[1], choke[1]),
            (worst.high, supply[0], demand[0], choke[2]),
        )
    )
    parents = (worst.estimate_id, *facts.parents["elasticities"])
    return Verdict(
        "post-disruption price", "USGS 2025", facts.stage, worst.economy, low, value, high, None, None, (), parents
    )


RULES: Mapping[str, Callable[[Facts], Verdict]] = {
    "HHI": _hhi,
    "HHI*": _hhi_normalised,
    "effective number": _effective_number,
    "CR1": _concentration_ratio(1),
    "CR3": _concentration_ratio(3),
    "governance HHI": _governance,
    "EU supply risk": _eu_supply_risk,
    "EU core dependency": _cdi,
    "GeoDep": _geodep,
    "MERICS deficit": _merics,
    "Henry Jackson": _henry_jackson,
    "METI 50 percent": _meti,
    "net import reliance": _reliance,
    "GeoPolRisk": _geopolrisk,
    "post-disruption price": _price,
}
