"""The sections of a report on what a plan costs and where, what it builds, and what goes unmet."""

from typing import TYPE_CHECKING

from depgraph.diversion.answers import PAYMENTS
from depgraph.pages import plancharts
from depgraph.pages.elements import Piece, Section, Table, count, figures, money, number, percent, remarks
from depgraph.pages.findings import Facts
from depgraph.pages.plan_results import Diversion

if TYPE_CHECKING:
    from depgraph.diversion.answers import Held

BARS = 16  # rows of a chart at most; the table has all
BEYOND = (
    "Present value, beyond the run of the same years without the scenario's policy and shocks. Duties are a transfer "
    "and no part of the total. Below nothing: less is paid than before."
)
# parts of the cost in words
PARTS = {
    "production": "making the goods",
    "freight": "freight",
    "premium": "dearer suppliers and routes",
    "tariff": "duties (a transfer)",
    "holding": "holding stocks",
    "investment": "new capacity",
    "unmet": "what is missing, at its worth",
}


# --- cost -------------------------------------------------------------------------------------
SPLIT = frozenset(PARTS)  # the others are payments between regions


def costs(found: Diversion, name: str) -> Section:
    """Show the parts of the cost and who bears them."""
    parts = {item.part: _told(found, item.part) for item in found.extra if item.part in SPLIT}
    if not any(parts.values()):
        return Section("costs", name, (Piece("The plan costs nothing beyond going on as before"),))
    first = max((key for key in parts if key != "tariff"), key=lambda key: (parts[key], key), default="tariff")
    title = (
        Piece("Beyond going on as before the plan costs "),
        said(found, "diversion_cost"),
        Piece(" over the world"),
        *_borne(found),
        Piece("; the largest part, "),
        said(found, _quantity(first)),
        Piece(f", is {PARTS.get(first, first)}"),
    )
    rows = [
        {"name": PARTS.get(key, key), "value": value, "label": money(value)}
        for key, value in sorted(parts.items(), key=lambda pair: (-pair[1], pair[0]))
    ]
    axis = "million US$, present value, beyond going on as before"
    tables = (_part_table(found, parts), _region_table(found))
    return Section("costs", name, title, plancharts.bars(rows, axis), tables, (BEYOND, _bearer_words(found)))


def said(found: Diversion, quantity: str) -> Piece:
    """Write a sum, as a range where plans that cost as little differ in it."""
    value = money(found.summary[quantity])
    low, high = (money(end) for end in found.ranges.get(quantity, (found.summary[quantity],) * 2))
    return Piece(value if low == high else f"{low} to {high}", found.name(quantity))


def _borne(found: Diversion) -> list[Piece]:
    """Say what of it the bloc bears, where that is known; no part can be more than the whole."""
    if "bloc_cost" not in found.summary:
        return []
    cost = Piece(money(found.summary["bloc_cost"]), found.name("bloc_cost"))
    gain = found.summary["bloc_cost"] - found.summary["diversion_cost"]
    if gain > 0:
        return [
            Piece(f"; {found.bloc} bears "),
            cost,
            Piece("; others gain "),
            Piece(money(gain), found.name("bloc_cost")),
        ]
    return [Piece(f", of which {found.bloc} bears "), cost]


def _bearer_words(found: Diversion) -> str:
    """Say what the split by region means."""
    if "bloc_cost" in found.summary:
        return (
            "By region: what is delivered is paid for at the supplier's scarcity price (imports, and exports with a "
            "minus sign), so that rents of scarce capacity go to who owns it. Where the plan is one of several the "
            "split is too."
        )
    return (
        "By region this is where a cost arises, and not who bears it: years are fixed before a surprise or demand is "
        "served before cost, so that there are no prices at which deliveries would be paid."
    )


def _quantity(part: str) -> str:
    """Return the name that the summary gives to a part of the cost."""
    return "tariff_revenue" if part == "tariff" else part


def _told(found: Diversion, part: str) -> float:
    """Return a part as the summary states it, which leaves rounding out."""
    return found.summary[_quantity(part)]


def _part_table(found: Diversion, parts: dict[str, float]) -> Table:
    """List the parts, with their range over all plans that cost as little."""
    rows = [
        (Piece(PARTS.get(key, key)), Piece(money(value), found.name(_quantity(key))), _range(found, _quantity(key)))
        for key, value in sorted(parts.items(), key=lambda pair: (-pair[1], pair[0]))
    ]
    for key, what in (("diversion_cost", "all without duties"), ("private_cost", "all with duties")):
        rows.append((Piece(what), Piece(money(found.summary[key]), found.name(key)), _range(found, key)))
    return Table(
        "Parts of the cost",
        ("part", "amount", "over all plans that cost as little"),
        tuple(rows),
        frozenset({"amount", "over all plans that cost as little"}),
    )


def _range(found: Diversion, quantity: str) -> Piece:
    """Write the range of a sum over all best plans."""
    if quantity not in found.ranges:
        return Piece("not computed" if "ranges" in found.failed else "the same")
    low, high = (money(value) for value in found.ranges[quantity])
    return Piece("the same" if low == high else f"{low} to {high}", found.name(quantity))


def _region_table(found: Diversion) -> Table:
    """List the cost by region and part."""
    regions = sorted({item.region for item in found.extra})
    parts = [part for part in (*PARTS, *PAYMENTS) if any(item.part == part for item in found.extra)]
    table = {(item.region, item.part): item.value for item in found.extra}
    rows = []
    for region in regions:
        whole = sum(value for (place, part), value in table.items() if place == region and part != "tariff")
        cells = [
            Piece(money(table[region, part]), found.name(f"cost:{part}:{region}"))
            if (region, part) in table
            else Piece("0 US$", found.name(f"cost:{part}:{region}"))
            for part in parts
        ]
        rows.append((Piece(region), *cells, Piece(money(whole), found.name(f"cost:{region}"))))
    columns = ("region", *parts, "all without duties")
    caption = "Who bears the cost" if "bloc_cost" in found.summary else "Where the cost arises"
    return Table(caption, columns, tuple(rows), frozenset(columns[1:]))


# --- plan and what is missing -----------------------------------------------------------------


def built(found: Diversion, name: str) -> Section:
    """Show the capacity that is ordered and the stocks that move."""
    tables = [_built_table(found)] if found.built else []
    if found.stocks:
        tables.append(_stock_table(found))
    notes = remarks(
        f"Could not be finished within the run, so never ordered: {'; '.join(found.late)}." if found.late else ""
    )
    if not found.built:
        return Section("built", name, (Piece("No capacity is ordered"),), None, tuple(tables), notes)
    totals: dict[str, float] = {}
    for item in found.built:
        totals[item.stage] = totals.get(item.stage, 0.0) + item.cost
    ordered = sorted(totals, key=lambda stage: (-totals[stage], stage))
    title = (
        Piece("Capacity is ordered at "),
        Piece(count(len(totals), "stage"), "#built-table"),
        Piece(" in "),
        Piece(count(len({item.region for item in found.built}), "region"), "#built-table"),
        Piece(" for "),
        Piece(money(sum(totals.values())), found.name("investment")),
        Piece(f", most of it at {ordered[0]}: "),
        Piece(money(totals[ordered[0]]), found.name(f"investment:{ordered[0]}")),
    )
    rows = [{"name": stage, "value": totals[stage], "label": money(totals[stage])} for stage in ordered[:BARS]]
    chart = plancharts.bars(rows, "million US$ invested, present value")
    return Section("built", name, title, chart, tuple(tables), notes)


def _built_table(found: Diversion) -> Table:
    """List what is ordered."""
    rows = []
    for item in found.built:
        name = found.name(f"built:{item.region}:{item.stage}:{item.technology}:{item.year}")
        rows.append(
            (
                Piece(item.region),
                Piece(item.stage, item.stage),
                Piece(item.technology),
                Piece(str(item.year)),
                Piece(str(item.ready)),
                Piece(figures(item.amount), name),
                Piece(f"{item.unit} a year"),
                Piece(money(item.cost), name),
            )
        )
    columns = (
        "region",
        "stage",
        "technology",
        "ordered",
        "first output",
        "capacity",
        "unit",
        "investment, present value",
    )
    return Table("Every order", columns, tuple(rows), frozenset({"capacity", "investment, present value"}))


def _stock_table(found: Diversion) -> Table:
    """List stocks where the plan moves any, a column for each year."""
    series: dict[tuple[str, str], list[Held]] = {}
    for item in found.stocks:
        series.setdefault((item.region, item.stage), []).append(item)
    rows = []
    for (region, stage), held in series.items():
        name = found.name(f"stock:{region}:{stage}")
        amounts = held[0].amount, min(item.amount for item in held), max(item.amount for item in held), held[-1].amount
        rows.append(
            (Piece(region), Piece(stage, stage), *(number(amount, name) for amount in amounts), Piece(held[0].unit))
        )
    columns = ("region", "stage", "at the start", "least", "most", "at the end", "unit")
    return Table("Stocks that the plan moves", columns, tuple(rows), frozenset(columns[2:-1]))


def unmet(facts: Facts, found: Diversion, name: str) -> Section:
    """Show the final demand that is not met, the worst year of each."""
    if not found.missing:
        return Section("unmet", name, (Piece("No final demand goes unmet, in the bloc or elsewhere"),))
    worst = {}
    for item in sorted(found.missing, key=lambda item: (item.part, item.year)):
        worst[item.region, item.stage, item.tier] = item
    ordered = sorted(worst.values(), key=lambda item: (-item.part, item.stage, item.region, item.tier))
    first = ordered[0]
    title = (
        Piece("Final demand of "),
        Piece(count(len({item.region for item in ordered}), "region"), "#unmet-table"),
        Piece(f" goes unmet in part, worst for {first.stage} in {facts.name(first.region)} ({first.tier}): "),
        Piece(percent(first.part), _missing_name(found, first.region, first.stage, first.tier)),
        Piece(f" is missing in {first.year}"),
    )
    units: dict[tuple[str, str, str], list[int]] = {}
    for item in found.missing:
        units.setdefault((item.region, item.stage, item.tier), []).append(item.year)
    rows = tuple(
        (
            Piece(item.region),
            Piece(item.stage, item.stage),
            Piece(item.tier),
            Piece(percent(item.part), _missing_name(found, item.region, item.stage, item.tier)),
            Piece(str(item.year)),
            Piece(", ".join(map(str, sorted(units[item.region, item.stage, item.tier])))),
        )
        for item in ordered
    )
    columns = (
        "region",
        "stage",
        "tier",
        "part missing in the worst year",
        "worst year",
        "years in which any is missing",
    )
    table = Table("Demand that goes unmet", columns, rows, frozenset({columns[3]}), shown=len(rows) <= BARS)
    return Section(
        "unmet",
        name,
        title,
        None,
        (table,),
        (f"depgraph divert {found.scenario.scenario_id} --show unmet lists every year.",),
    )


def _missing_name(found: Diversion, region: str, stage: str, tier: str) -> str:
    """Name demand that is not met."""
    return found.name(f"missing:{region}:{stage}:{tier}")
