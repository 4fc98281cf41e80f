"""The sections of a report on a scenario: who delivers, what it costs and to whom, what is built and what is missing."""

from collections.abc import Iterable, Sequence

from depgraph.diversion.answers import Flow, Held
from depgraph.report import flowcharts, plancharts, sections_margin
from depgraph.report.gather import Facts
from depgraph.report.outcome import Clash, Diversion
from depgraph.report.parts import Piece, Section, Table, count, figures, money, percent

SHOWN = 8  # exporters or importers of a Sankey; the others are one node
BARS = 16  # rows of a chart at most; the table has all
OTHERS = "others"
NAMES = {
    "diversion": "The diversion plan, before and after", "costs": "What the plan costs, and where",
    "built": "What the plan builds", "unmet": "What goes unmet", "independence": "When dependence ends",
    "frontier": "What less exposure costs", "prices": "What one more unit would be worth",
    "tornado": "What moves the answer",
}  # fmt: skip
NO_SCENARIO = "No scenario was run for this report"
HOW_TO_RUN = "depgraph report SCENARIO -o report.html runs a scenario of the study first and fills this section."
# parts of the cost in words
PARTS = {
    "production": "making the goods", "freight": "freight", "premium": "dearer suppliers and routes",
    "tariff": "duties (a transfer)", "holding": "holding stocks", "investment": "new capacity",
    "unmet": "what is missing, at its worth",
}  # fmt: skip


def plan(facts: Facts) -> list[Section]:
    """Show what the scenario does; or what clashes in it; or how to run one.

    Parameters
    ----------
    facts
        What was computed.

    Returns
    -------
    list of Section
        One for each question.
    """
    if facts.solved is None:
        keys = ("diversion", "frontier", "tornado")
        return [Section(key, NAMES[key], (Piece(NO_SCENARIO),), notes=(HOW_TO_RUN,)) for key in keys]
    if isinstance(facts.solved, Clash):
        return [_clash(facts.solved)]
    found = facts.solved
    return [
        _flows(facts, found), _costs(found), _built(found), _unmet(facts, found),
        sections_margin.independence(facts, found, NAMES["independence"]),
        sections_margin.frontier(facts, found, NAMES["frontier"]),
        sections_margin.prices(found, NAMES["prices"]),
        sections_margin.tornado(found, NAMES["tornado"]),
    ]  # fmt: skip


def statement(facts: Facts) -> tuple[Piece, ...]:
    """Say in a sentence what the scenario does; nothing where none was run."""
    if facts.solved is None:
        return ()
    title = facts.solved.scenario.get("title", facts.solved.scenario.scenario_id)
    start = Piece(f"{title} ({facts.solved.scenario.scenario_id}): ", f"V:{facts.solved.scenario.scenario_id}")
    if isinstance(facts.solved, Clash):
        return (start, Piece("no plan satisfies all of it; "), Piece(_how_many(facts.solved), "#diversion"), Piece("."))
    found = facts.solved
    cost = found.summary["diversion_cost"]
    before, last = (found.summary[f"exposure_{when}"] for when in ("before", "last"))
    rival, bloc = facts.name(found.rival), facts.name(found.bloc)
    return (
        start,
        Piece("over the world this costs " if cost >= 0 else "over the world this saves "),
        Piece(money(abs(cost)), found.name("diversion_cost")),
        Piece(
            f" beyond going on as before (present value of {_span(found)}, without duties); {rival}'s direct part of "
            f"what {bloc} makes and buys is "
        ),
        Piece(percent(before), found.name("exposure_before")),
        Piece(" before and "),
        Piece(percent(last), found.name("exposure_last")),
        Piece(f" in {found.years[1]}; "),
        *_missing_words(bloc, found),
        Piece("."),
    )


def _span(found: Diversion) -> str:
    """Write the years of a run."""
    return f"{found.years[0]}–{found.years[1]}"


def _missing_words(bloc: str, found: Diversion) -> list[Piece]:
    """Say what of the bloc's demand is not met."""
    tiers = {key.removeprefix("unmet_"): value for key, value in found.summary.items() if key.startswith("unmet_")}
    lost = {tier: value for tier, value in tiers.items() if value > 0}
    if not lost:
        return [Piece(f"no final demand of {bloc} goes unmet")]
    pieces = [Piece(f"final demand of {bloc} goes unmet, worth at base prices ")]
    for place, (tier, value) in enumerate(lost.items()):
        pieces += [Piece(", " if place else ""), Piece(money(value), found.name(f"unmet_{tier}")), Piece(f" ({tier})")]
    return pieces


# --- no plan ----------------------------------------------------------------------------------


def _how_many(found: Clash) -> str:
    """Count what clashes."""
    return f"{count(sum(item.role == 'clash' for item in found.members), 'limit')} of it clash"


def _clash(found: Clash) -> Section:
    """Show what clashes and the cheapest way out."""
    named = found.scenario.scenario_id
    gives = [item for item in found.members if item.role == "relaxation"]
    title = (
        Piece(f"{named} has no plan: "),
        Piece(_how_many(found), "#diversion-table"),
        Piece("; the cheapest way out gives way at "),
        Piece(count(len(gives), "limit"), "#diversion-table"),
    )
    rows = tuple(
        (Piece(item.role), Piece(item.text, f"V:{named}:{item.text}"), _number(item.at, f"V:{named}:{item.text}"),
         Piece("") if item.to is None else _number(item.to, f"V:{named}:{item.text}"))
        for item in found.members
    )  # fmt: skip
    columns = ("role", "limit", "value", "would have to be")
    table = Table(
        "What clashes, and what would have to give",
        columns,
        rows,
        frozenset(columns[2:]),
        frozenset({"limit"}),
        shown=True,
    )
    note = (
        "Without any one of what clashes there is a plan for the others. Relaxation: what must give at least, weighed "
        "by price. Bookkeeping takes part in every clash: what is made is delivered, what is used arrives. As there is "
        "no plan, this report has no cost, no flows and no frontier."
    )
    return Section(
        "diversion", NAMES["diversion"], title, None, (table,), _remarks(found.scenario.get("note", ""), note)
    )


def _number(value: float, to: str) -> Piece:
    """Write a number with its trail."""
    return Piece(figures(value), to)


def _remarks(*texts: str) -> tuple[str, ...]:
    """Return the texts that say something."""
    return tuple(text for text in texts if text)


# --- flows ------------------------------------------------------------------------------------


def _flows(facts: Facts, found: Diversion) -> Section:
    """Show deliveries of one stage before and after."""
    unit = f"{found.unit} a year"
    before, after = _bands(found, after=False), _bands(found, after=True)
    titles = f"base year ({unit})", f"{found.year}, with the plan ({unit})"
    drawn = any(row["amount"] for row in (*before, *after))
    chart = flowcharts.sankey(before, after, facts.colours, titles) if drawn else None
    scope = "all trade between regions" if found.everywhere else f"what {facts.name(found.bloc)} makes and buys"
    notes = _remarks(_drawn_words(facts, found, scope), _unique_words(found), found.scenario.get("note", ""))
    return Section("diversion", NAMES["diversion"], _flow_title(facts, found), chart,
                   (_flow_table(found), _change_table(found), _stage_table(found)), notes, legend=True)  # fmt: skip


def _drawn_words(facts: Facts, found: Diversion, scope: str) -> str:
    """Say what is drawn and why."""
    if found.everywhere:
        why = f"nothing that {facts.name(found.bloc)} makes and buys changes at any stage, so all trade is drawn"
        why = why.replace(" at any stage", "") if found.asked else why
    elif not any(found.changed.values()):
        why = "no stage changes"
    else:
        why = "it was asked for" if found.asked else "of all stages its deliveries to the bloc change most in value"
    home = "" if found.everywhere else ", deliveries at home included"
    return (
        f"Drawn: {scope} at {found.stage}{home}: {why}. Of the years the one in which they differ most; --stage chooses "
        "another stage."
    )


def _unique_words(found: Diversion) -> str:
    """Say whether the plan is the only one of its cost."""
    if "unique" in found.failed:
        return f"Whether other plans cost as little was not settled: {found.failed['unique']}."
    return "No other plan costs as little." if found.unique else (
        "Other plans cost as little: of these flows and orders one of several best choices is shown; the total cost "
        "and the prices of limits hold for all of them."
    )  # fmt: skip


def _bands(found: Diversion, *, after: bool) -> list[dict[str, object]]:
    """Return the bands of one side; all but the largest regions are one."""
    kept = [_largest(found.flows, side) for side in ("exporter", "importer")]
    totals: dict[tuple[str, str], float] = {}
    for flow in found.flows:
        pair = tuple(name if name in kept[n] else OTHERS for n, name in enumerate((flow.exporter, flow.importer)))
        totals[pair[0], pair[1]] = totals.get((pair[0], pair[1]), 0.0) + (flow.after if after else flow.before)
    return [{"source": source, "target": target, "amount": amount} for (source, target), amount in totals.items()]


def _largest(flows: Sequence[Flow], side: str) -> set[str]:
    """Return the regions with the largest flows; one more than fit is no reason to leave one out."""
    totals: dict[str, float] = {}
    for flow in flows:
        name = getattr(flow, side)
        totals[name] = totals.get(name, 0.0) + flow.before + flow.after
    ordered = sorted(totals, key=lambda name: (-totals[name], name))
    return set(ordered if len(ordered) <= SHOWN + 1 else ordered[:SHOWN])


def _flow_title(facts: Facts, found: Diversion) -> tuple[Piece, ...]:
    """Say what becomes of the rival's part of the stage that is drawn."""
    if not found.changed.get(next(iter(found.changed), "")):
        return (Piece("The plan changes no delivery: it is the base year, year after year"),)
    if found.everywhere:
        moved = Piece(money(found.changed[found.stage]), found.name(f"changed:{found.stage}"))
        return (Piece(f"At {found.stage} deliveries worth "), moved, Piece(f" over {_span(found)} change"))
    parts = []
    for key in ("before", "after"):
        total = sum(getattr(flow, key) for flow in found.flows)
        theirs = sum(getattr(flow, key) for flow in found.flows if flow.exporter == found.rival)
        parts.append(percent(theirs / total) if total else "none")
    names = found.name(f"exposure:{found.stage}:base"), found.name(f"exposure:{found.stage}:{found.year}")
    return (
        Piece(f"{facts.name(found.rival)} delivers "), Piece(parts[0], names[0]),
        Piece(f" of the {found.stage} that {facts.name(found.bloc)} makes and buys in the base year and "),
        Piece(parts[1], names[1]), Piece(f" of it in {found.year}"),
    )  # fmt: skip


def flow_name(found: Diversion, flow: Flow) -> str:
    """Name a delivery."""
    return found.name(f"flow:{flow.stage}:{flow.exporter}:{flow.importer}:{flow.year}")


def _flow_rows(found: Diversion, flows: Iterable[Flow]) -> tuple[tuple[Piece, ...], ...]:
    """List deliveries."""
    return tuple(
        (Piece(flow.stage, flow.stage), Piece(flow.exporter), Piece(flow.importer), Piece(str(flow.year)),
         _number(flow.before, flow_name(found, flow)), _number(flow.after, flow_name(found, flow)),
         _number(flow.after - flow.before, flow_name(found, flow)), Piece(flow.unit))
        for flow in flows
    )  # fmt: skip


FLOWS = ("stage", "exporter", "importer", "year", "base year", "with the plan", "difference", "unit")


def _flow_table(found: Diversion) -> Table:
    """List every delivery that is drawn."""
    return Table("Every flow that is drawn", FLOWS, _flow_rows(found, found.flows), frozenset(FLOWS[4:7]))


def _change_table(found: Diversion) -> Table:
    """List the largest changes."""
    more = (
        f"; {found.more_changes:,} smaller ones: depgraph divert {found.scenario.scenario_id} --show flows"
        if found.more_changes
        else ""
    )
    return Table(f"The largest changes over all stages and years, by value{more}", FLOWS, _flow_rows(found, found.changes), frozenset(FLOWS[4:7]))  # fmt: skip


def _stage_table(found: Diversion) -> Table:
    """List by stage how much changes."""
    rows = tuple(
        (Piece(stage, stage), Piece(money(value), found.name(f"changed:{stage}")))
        for stage, value in found.changed.items()
    )
    return Table("Value of the deliveries that change, by stage", ("stage", "base prices, all years"), rows, frozenset({"base prices, all years"}))  # fmt: skip


# --- cost -------------------------------------------------------------------------------------


def _costs(found: Diversion) -> Section:
    """Show the parts of the cost and where they arise."""
    parts: dict[str, float] = {}
    for item in found.extra:
        parts[item.part] = parts.get(item.part, 0.0) + item.value
    parts = {key: _told(found, key, value) for key, value in parts.items()}
    if not any(parts.values()):
        return Section("costs", NAMES["costs"], (Piece("The plan costs nothing beyond going on as before"),))
    first = max((key for key in parts if key != "tariff"), key=lambda key: (parts[key], key), default="tariff")
    title = (
        Piece("Beyond going on as before the plan costs "),
        Piece(money(found.summary["diversion_cost"]), found.name("diversion_cost")),
        Piece(" over the world, of which "),
        Piece(money(parts[first]), found.name(_quantity(first))),
        Piece(f" for {PARTS.get(first, first)}"),
    )
    rows = [
        {"name": PARTS.get(key, key), "value": value, "label": money(value)}
        for key, value in sorted(parts.items(), key=lambda pair: (-pair[1], pair[0]))
    ]
    note = (
        "Present value, beyond the run of the same years without the scenario's policy and shocks. Production, capacity "
        "and stocks count where they are, freight, dearer routes and duties with the buyer, what is missing where it is "
        "missing. Duties are a transfer and no part of the total. Below nothing: less is paid than before."
    )
    tables = (_part_table(found, parts), _region_table(found))
    return Section("costs", NAMES["costs"], title, plancharts.bars(rows, "million US$, present value, beyond going on as before"), tables, (note,))  # fmt: skip


def _quantity(part: str) -> str:
    """Return the name that the summary gives to a part of the cost."""
    return "tariff_revenue" if part == "tariff" else part


def _told(found: Diversion, part: str, value: float) -> float:
    """Return a part as the summary states it, which leaves rounding out."""
    return found.summary.get(_quantity(part), value)


def _part_table(found: Diversion, parts: dict[str, float]) -> Table:
    """List the parts, with their range over all plans that cost as little."""
    rows = [
        (Piece(PARTS.get(key, key)), Piece(money(value), found.name(_quantity(key))), _range(found, key))
        for key, value in sorted(parts.items(), key=lambda pair: (-pair[1], pair[0]))
    ]
    for key, what in (("diversion_cost", "all without duties"), ("private_cost", "all with duties")):
        rows.append((Piece(what), Piece(money(found.summary[key]), found.name(key)), Piece("")))
    return Table("Parts of the cost", ("part", "amount", "over all plans that cost as little"), tuple(rows), frozenset({"amount", "over all plans that cost as little"}))  # fmt: skip


def _range(found: Diversion, part: str) -> Piece:
    """Write the range of a part over all best plans."""
    if part not in found.ranges:
        return Piece("not computed" if "ranges" in found.failed else "the same")
    low, high = (money(value) for value in found.ranges[part])
    return Piece("the same" if low == high else f"{low} to {high}", found.name(_quantity(part)))


def _region_table(found: Diversion) -> Table:
    """List the cost by region and part."""
    regions = sorted({item.region for item in found.extra})
    parts = [part for part in PARTS if any(item.part == part for item in found.extra)]
    table = {(item.region, item.part): item.value for item in found.extra}
    rows = []
    for region in regions:
        whole = sum(value for (place, part), value in table.items() if place == region and part != "tariff")
        cells = [
            Piece(money(table[region, part]), found.name(f"cost:{part}:{region}")) if (region, part) in table else Piece("0 US$", found.name(f"cost:{part}:{region}"))
            for part in parts
        ]  # fmt: skip
        rows.append((Piece(region), *cells, Piece(money(whole), found.name(f"cost:{region}"))))
    columns = ("region", *parts, "all without duties")
    return Table("Where the cost arises", columns, tuple(rows), frozenset(columns[1:]))


# --- plan and what is missing -----------------------------------------------------------------


def _built(found: Diversion) -> Section:
    """Show the capacity that is ordered and the stocks that move."""
    tables = [_built_table(found)] if found.built else []
    if found.stocks:
        tables.append(_stock_table(found))
    notes = _remarks(
        f"Could not be finished within the run, so never ordered: {'; '.join(found.late)}." if found.late else ""
    )
    if not found.built:
        return Section("built", NAMES["built"], (Piece("No capacity is ordered"),), None, tuple(tables), notes)
    totals: dict[str, float] = {}
    for item in found.built:
        totals[item.stage] = totals.get(item.stage, 0.0) + item.cost
    ordered = sorted(totals, key=lambda stage: (-totals[stage], stage))
    title = (
        Piece("Capacity is ordered at "), Piece(count(len(totals), "stage"), "#built-table"), Piece(" in "),
        Piece(count(len({item.region for item in found.built}), "region"), "#built-table"), Piece(" for "),
        Piece(money(sum(totals.values())), found.name("investment")), Piece(f", most of it at {ordered[0]}: "),
        Piece(money(totals[ordered[0]]), found.name(f"investment:{ordered[0]}")),
    )  # fmt: skip
    rows = [{"name": stage, "value": totals[stage], "label": money(totals[stage])} for stage in ordered[:BARS]]
    chart = plancharts.bars(rows, "million US$ invested, present value")
    return Section("built", NAMES["built"], title, chart, tuple(tables), notes)


def _built_table(found: Diversion) -> Table:
    """List what is ordered."""
    rows = []
    for item in found.built:
        name = found.name(f"built:{item.region}:{item.stage}:{item.technology}:{item.year}")
        rows.append(
            (Piece(item.region), Piece(item.stage, item.stage), Piece(item.technology), Piece(str(item.year)),
             Piece(str(item.ready)), Piece(figures(item.amount), name), Piece(f"{item.unit} a year"),
             Piece(money(item.cost), name))
        )  # fmt: skip
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
            (Piece(region), Piece(stage, stage), *(_number(amount, name) for amount in amounts), Piece(held[0].unit))
        )
    columns = ("region", "stage", "at the start", "least", "most", "at the end", "unit")
    return Table("Stocks that the plan moves", columns, tuple(rows), frozenset(columns[2:-1]))


def _unmet(facts: Facts, found: Diversion) -> Section:
    """Show the final demand that is not met, the worst year of each."""
    if not found.missing:
        return Section("unmet", NAMES["unmet"], (Piece("No final demand goes unmet, in the bloc or elsewhere"),))
    worst = {}
    for item in sorted(found.missing, key=lambda item: (item.part, item.year)):
        worst[item.region, item.stage, item.tier] = item
    ordered = sorted(worst.values(), key=lambda item: (-item.part, item.stage, item.region, item.tier))
    first = ordered[0]
    title = (
        Piece("Final demand of "), Piece(count(len({item.region for item in ordered}), "region"), "#unmet-table"),
        Piece(f" goes unmet in part, worst for {first.stage} in {facts.name(first.region)} ({first.tier}): "),
        Piece(percent(first.part), _missing_name(found, first.region, first.stage, first.tier)),
        Piece(f" is missing in {first.year}"),
    )  # fmt: skip
    units: dict[tuple[str, str, str], list[int]] = {}
    for item in found.missing:
        units.setdefault((item.region, item.stage, item.tier), []).append(item.year)
    rows = tuple(
        (Piece(item.region), Piece(item.stage, item.stage), Piece(item.tier),
         Piece(percent(item.part), _missing_name(found, item.region, item.stage, item.tier)), Piece(str(item.year)),
         Piece(", ".join(map(str, sorted(units[item.region, item.stage, item.tier])))))
        for item in ordered
    )  # fmt: skip
    columns = (
        "region",
        "stage",
        "tier",
        "part missing in the worst year",
        "worst year",
        "years in which any is missing",
    )
    table = Table("Demand that goes unmet", columns, rows, frozenset({columns[3]}), shown=len(rows) <= BARS)
    return Section("unmet", NAMES["unmet"], title, None, (table,), (f"depgraph divert {found.scenario.scenario_id} --show unmet lists every year.",))  # fmt: skip


def _missing_name(found: Diversion, region: str, stage: str, tier: str) -> str:
    """Name demand that is not met."""
    return found.name(f"missing:{region}:{stage}:{tier}")
