"""The sections of a report on a scenario, and the flows of its plan before and after."""

from collections.abc import Iterable, Sequence

from depgraph.diversion.answers import Flow
from depgraph.diversion.conflicts import Member, sentence
from depgraph.pages import flowcharts, sections_costs, sections_sensitivity
from depgraph.pages.elements import Piece, Section, Table, count, money, number, percent, remarks
from depgraph.pages.findings import Facts
from depgraph.pages.plan_results import Clash, Diversion

SHOWN = 8  # exporters or importers of a Sankey; the others are one node
OTHERS = "others"
NAMES = {
    "diversion": "The diversion plan, before and after",
    "costs": "What the plan costs, and where",
    "built": "What the plan builds",
    "unmet": "What goes unmet",
    "independence": "When dependence ends",
    "frontier": "What less exposure costs",
    "prices": "What more of a limit would save",
    "tornado": "What moves the answer",
}
NO_SCENARIO = "No scenario was run for this report"
HOW_TO_RUN = "depgraph report SCENARIO -o report.html runs a scenario of the study first and fills this section."


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
        _flows(facts, found),
        sections_costs.costs(found, NAMES["costs"]),
        sections_costs.built(found, NAMES["built"]),
        sections_costs.unmet(facts, found, NAMES["unmet"]),
        sections_sensitivity.independence(facts, found, NAMES["independence"]),
        sections_sensitivity.frontier(facts, found, NAMES["frontier"]),
        sections_sensitivity.prices(found, NAMES["prices"]),
        sections_sensitivity.tornado(found, NAMES["tornado"]),
    ]


def statement(facts: Facts) -> tuple[Piece, ...]:
    """Say in a sentence what the scenario does; nothing where none was run."""
    if facts.solved is None:
        return ()
    title = facts.solved.scenario.get("title", facts.solved.scenario.scenario_id)
    named = facts.solved.scenario.scenario_id
    start = (Piece(f"{title} ("), Piece(named, f"V:{named}"), Piece("): "))
    if isinstance(facts.solved, Clash):
        return (
            *start,
            Piece("no plan satisfies all of it; "),
            Piece(_how_many(facts.solved), "#diversion"),
            Piece("."),
        )
    found = facts.solved
    before, last = (found.summary[f"exposure_{when}"] for when in ("before", "last"))
    rival, bloc = facts.name(found.rival), facts.name(found.bloc)
    return (
        *start,
        Piece("over the world this costs "),
        sections_costs.said(found, "diversion_cost"),
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
    tiers = {
        key.removeprefix("unmet_"): value
        for key, value in found.summary.items()
        if key.startswith("unmet_") and key != "unmet_outside"
    }
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
    told = _members(named, [item for item in found.members if item.role != "bookkeeping"])
    kept = _members(named, [item for item in found.members if item.role == "bookkeeping"])
    tables = (
        Table("What clashes, and what would have to give", LIMITS, told, frozenset(LIMITS[2:]), PROSE, shown=True),
        Table("Bookkeeping that takes part", LIMITS, kept, frozenset(LIMITS[2:]), PROSE),
    )
    note = (
        "Without any one of what clashes there is a plan for the others. Relaxation: what must give at least, weighed "
        "by price. Bookkeeping takes part in every clash: what is made is delivered, what is used arrives. As there is "
        "no plan, this report has no cost, no flows and no frontier."
    )
    return Section(
        "diversion",
        NAMES["diversion"],
        title,
        None,
        tables,
        remarks(found.scenario.get("note", ""), sentence(list(found.members)), note),
    )


LIMITS = ("role", "limit", "value", "would have to be")
PROSE = frozenset({"limit"})


def _members(named: str, members: Sequence[Member]) -> tuple[tuple[Piece, ...], ...]:
    """List limits, each once."""
    rows = {}
    for item in members:
        name = f"V:{named}:{item.text}"
        give = Piece("") if item.to is None else number(item.to, name)
        rows[item.role, item.text] = (Piece(item.role), Piece(item.text, name), number(item.at, name), give)
    return tuple(rows.values())


# --- flows ------------------------------------------------------------------------------------


def _flows(facts: Facts, found: Diversion) -> Section:
    """Show deliveries of one stage before and after."""
    unit = f"{found.unit} a year"
    before, after = _bands(found, after=False), _bands(found, after=True)
    titles = f"base year ({unit})", f"{found.year}, with the plan ({unit})"
    drawn = any(row["amount"] for row in (*before, *after))
    chart = flowcharts.sankey(before, after, facts.colours, titles) if drawn else None
    scope = "all trade between regions" if found.everywhere else f"what {facts.name(found.bloc)} makes and buys"
    notes = remarks(_drawn_words(facts, found, scope), _unique_words(found), found.scenario.get("note", ""))
    return Section(
        "diversion",
        NAMES["diversion"],
        _flow_title(facts, found),
        chart,
        (_flow_table(found), _change_table(found), _stage_table(found)),
        notes,
        legend=True,
    )


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
        f"Drawn: {scope} at {found.stage}{home}: {why}. Of the years the one in which they differ most; --stage "
        "chooses another stage."
    )


def _unique_words(found: Diversion) -> str:
    """Say whether the plan is the only one of its cost."""
    if "unique" in found.failed:
        return f"Whether other plans cost as little was not settled: {found.failed['unique']}."
    return (
        "No other plan costs as little."
        if found.unique
        else (
            "Other plans cost as little: of these flows and orders one of several best choices is shown; the "
            "cost with duties and the prices of limits hold for all of them."
        )
    )


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
        Piece(f"{facts.name(found.rival)} delivers "),
        Piece(parts[0], names[0]),
        Piece(f" of the {found.stage} that {facts.name(found.bloc)} makes and buys in the base year and "),
        Piece(parts[1], names[1]),
        Piece(f" of it in {found.year}"),
    )


def flow_name(found: Diversion, flow: Flow) -> str:
    """Name a delivery."""
    return found.name(f"flow:{flow.stage}:{flow.exporter}:{flow.importer}:{flow.year}")


def _flow_rows(found: Diversion, flows: Iterable[Flow]) -> tuple[tuple[Piece, ...], ...]:
    """List deliveries."""
    return tuple(
        (
            Piece(flow.stage, flow.stage),
            Piece(flow.exporter),
            Piece(flow.importer),
            Piece(str(flow.year)),
            number(flow.before, flow_name(found, flow)),
            number(flow.after, flow_name(found, flow)),
            number(flow.after - flow.before, flow_name(found, flow)),
            Piece(flow.unit),
        )
        for flow in flows
    )


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
    return Table(
        f"The largest changes over all stages and years, by value{more}",
        FLOWS,
        _flow_rows(found, found.changes),
        frozenset(FLOWS[4:7]),
    )


def _stage_table(found: Diversion) -> Table:
    """List by stage how much changes."""
    rows = tuple(
        (Piece(stage, stage), Piece(money(value), found.name(f"changed:{stage}")))
        for stage, value in found.changed.items()
    )
    return Table(
        "Value of the deliveries that change, by stage",
        ("stage", "base prices, all years"),
        rows,
        frozenset({"base prices, all years"}),
    )
