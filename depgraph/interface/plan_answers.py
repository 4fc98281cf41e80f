"""One sentence on each answer of a plan: what its rows say."""

import re
from collections.abc import Callable, Mapping, Sequence

from depgraph.core.words import NO_SHARE, count, digits, listing, money, percent
from depgraph.diversion import answers, holding
from depgraph.diversion.conflicts import Member
from depgraph.diversion.run import Run
from depgraph.interface import divert as plans
from depgraph.interface.plan_words import Names, independence
from depgraph.interface.results import Row
from depgraph.study.study import Study

YEAR = re.compile(r" in (\d{4})\b")
Teller = Callable[[Sequence[Row], Names], str]


def answer(study: Study, run: Run, show: str, rows: Sequence[Row]) -> str:
    """Return the sentence that answers the question of one ``--show``.

    Parameters
    ----------
    study
        Names of stages and regions.
    run
        The solved scenario.
    show
        Which answer.
    rows
        Its rows; the sentence says their numbers.

    Returns
    -------
    str
        Empty for an answer that has no sentence of its own.

    Examples
    --------
    >>> from depgraph.interface import divert, loading
    >>> study = loading.load()
    >>> plan = divert.divert(study, "gallium-stop")
    >>> answer(study, plan.run, "unmet", plan.unmet().rows).partition(":")[0]
    'Demand is short at 2 goods in 7 regions'
    """
    names = Names(study, run.scenario)
    if show == "independence":
        told = [
            {"quantity": f"independence:{row['stage']}", "value": row["year"], "detail": "already" * row["already"]}
            for row in rows
        ]
        return independence(told, names, plans.threshold(study, run))
    if show == "soonest":
        return _soonest(rows, names, plans.threshold(study, run))
    if show == "escape":
        return _escape(rows, names, plans.threshold(study, run))
    if show == "cost":
        return _cost(rows, names, priced=any(row["part"] in answers.PAYMENTS for row in rows))
    return TELLERS[show](rows, names) if show in TELLERS else ""


def clash(members: Sequence[Member], names: Names) -> str:
    """Say which limits leave no plan and what the cheapest way out is, years that follow each other together.

    Parameters
    ----------
    members
        What `conflicts.explain` found.
    names
        The words of the study.

    Returns
    -------
    str
        The first few of each; the table has all.

    Examples
    --------
    >>> from depgraph.interface import loading
    >>> from depgraph.diversion import scenario
    >>> study = loading.load()
    >>> names = Names(study, scenario.find(study, "quad-cap"))
    >>> clash([Member("clash", f"limit on drones/complete in {year}", 0, None, ()) for year in (2030, 2031)], names)
    'No plan meets these limits together: limit on complete drones in 2030 to 2031 (0).'
    """
    found = merged(members)
    clashes = [_limit(names.label(row["text"]), row["at"]) for row in found if row["role"] == "clash"]
    gives = [
        f"{names.label(row['text'])} from {row['at']} to {row['to']}" for row in found if row["role"] == "relaxation"
    ]
    first = f"No plan meets these limits together: {listing(clashes)}."
    return f"{first} Cheapest way out: {listing(gives)}." if gives else first


def merged(members: Sequence[Member]) -> list[Row]:
    """Return limits that differ in the year alone as one row, with the span of their values.

    Parameters
    ----------
    members
        What `conflicts.explain` found.

    Returns
    -------
    list of dict
        Role, text, value, and the value that makes room.

    Examples
    --------
    >>> merged([Member("relaxation", f"the cap in {2030 + n}", 0, n, ()) for n in (1, 2)])
    [{'role': 'relaxation', 'text': 'the cap in 2031 to 2032', 'at': '0', 'to': '1 to 2'}]
    """
    groups: dict[tuple[str, str], list[tuple[int, Member]]] = {}
    for item in members:
        year = YEAR.search(item.text)
        key = YEAR.sub(" in {}", item.text) if year else item.text
        groups.setdefault((item.role, key), []).append((int(year[1]) if year else 0, item))
    rows: list[Row] = []
    for (role, text), held in groups.items():
        years = " and ".join(_spans(sorted({year for year, _ in held})))
        to = [item.to for _, item in held if item.to is not None]
        values = {"at": _span([item.at for _, item in held]), "to": _span(to) if to else None}
        rows.append({"role": role, "text": text.replace("{}", years), **values})
    return rows


def _limit(text: str, at: str) -> str:
    """Write a limit with its value.

    Examples
    --------
    >>> _limit("unmet demand (most)", "0"), _limit("the cap", "0")
    ('unmet demand (at most 0)', 'the cap (0)')
    """
    for side in ("most", "least"):
        if text.endswith(f"({side})"):
            return f"{text.removesuffix(f'({side})')}(at {side} {at})"
    return f"{text} ({at})"


def _spans(years: Sequence[int]) -> list[str]:
    """Write years that follow each other as spans."""
    starts = [year for year in years if year - 1 not in years]
    ends = [year for year in years if year + 1 not in years]
    return [f"{first} to {last}" if last > first else str(first) for first, last in zip(starts, ends, strict=True)]


def _span(values: Sequence[float]) -> str:
    """Write the lowest and highest of some values."""
    low, high = digits(min(values)), digits(max(values))
    return low if low == high else f"{low} to {high}"


def _cost(rows: Sequence[Row], names: Names, *, priced: bool) -> str:
    """Say where costs rise and fall most; duties are transfers and left out."""
    sums: dict[str, float] = {}
    for row in rows:
        if row["part"] != "tariff":
            sums[row["region"]] = sums.get(row["region"], 0.0) + row["difference"]
    ordered = sorted(sums.items(), key=lambda item: -item[1])
    up = [f"{names.party(region)} ({money(value)})" for region, value in ordered if value >= 1]
    down = [f"{names.party(region)} ({money(-value)})" for region, value in reversed(ordered) if value <= -1]
    if not up and not down:
        return "No region bears a cost of 1 million USD or more above the unchanged run."
    said = [f"rises most in {listing(up)}"] * bool(up) + [f"falls most in {listing(down)}"] * bool(down)
    rest = "" if priced else " Payments between regions are not in it: this plan has no prices."
    return f"Without duties, the cost {' and '.join(said)}.{rest}"


def _exposure(rows: Sequence[Row], names: Names) -> str:
    """Name the stages with the largest direct share of the rival in the last year."""
    last = max((row["year"] for row in rows), default=0)
    known = [row for row in rows if row["year"] == last and (row["direct"] or 0.0) > NO_SHARE]
    known.sort(key=lambda row: -row["direct"])
    if not known:
        return f"In {last} {names.bloc} buys nothing directly from {names.rival}."
    said = listing([f"{names.stage(row['stage'])} ({percent(row['direct'])})" for row in known])
    return f"Largest direct share of {names.rival} in the supply of {names.bloc} in {last}: {said}."


def _unmet(rows: Sequence[Row], names: Names) -> str:
    """Name the largest shortfall as a part of demand."""
    if not rows:
        return "All demand is met, in the bloc and outside."
    worst = max(rows, key=lambda row: row["part"])
    goods, regions = ({row[key] for row in rows} for key in ("stage", "region"))
    return (
        f"Demand is short at {count(len(goods), 'good')} in {count(len(regions), 'region')}: "
        f"the largest shortfall is {percent(worst['part'])} of {worst['tier']} use of {names.stage(worst['stage'])} in "
        f"{names.party(worst['region'])} in {worst['year']}."
    )


def _plan(rows: Sequence[Row], names: Names) -> str:
    """Say what is invested and in what most."""
    if not rows:
        return "No new plant is built."
    largest = max(rows, key=lambda row: row["cost"])
    whole = sum(row["cost"] for row in rows)
    return (
        f"New capacity costs {money(whole)} (present value); the largest order is {names.stage(largest['stage'])} in "
        f"{names.party(largest['region'])}, {money(largest['cost'])}, ordered in {largest['year']}, "
        f"ready in {largest['ready']}."
    )


def _flows(rows: Sequence[Row], names: Names) -> str:
    """Count the deliveries that rise, fall, begin and end in the last year of the rows."""
    if not rows:
        return "No delivery differs from the base year."
    last = max(row["year"] for row in rows)
    now = [row for row in rows if row["year"] == last]
    more = [row for row in now if row["after"] > row["before"]]
    less = [row for row in now if row["after"] < row["before"]]
    opened, ended = sum(not row["before"] for row in more), sum(not row["after"] for row in less)
    rival = sum(names.rival == names.party(row["exporter"]) for row in less)
    return (
        f"In {last}, deliveries on {count(len(more), 'route')} are larger than in the base year ({opened} new) "
        f"and on {len(less)} smaller ({ended} end); {rival} of the smaller ones come from {names.rival}."
    )


def _stocks(rows: Sequence[Row], names: Names) -> str:
    """Name the stock that lasts longest."""
    held = [row for row in rows if row["amount"] > 0]
    known = [row for row in held if row["days"] is not None]
    if not known:
        return "No stock is held." if not held else "Stocks are held; how long they last is not known."
    largest = max(known, key=lambda row: row["days"])
    goods = len({row["stage"] for row in held})
    return (
        f"Stocks of {count(goods, 'good')} are held; the one that lasts longest is {names.stage(largest['stage'])} in "
        f"{names.party(largest['region'])}, {largest['days']:,.0f} days of use at the end of {largest['year']}."
    )


def _soonest(rows: Sequence[Row], names: Names, threshold: float) -> str:
    """Say by when every stage could be independent, and which could not."""
    reached = [row for row in rows if row["year"] is not None]
    never = [names.stage(row["stage"]) for row in rows if row["year"] is None]
    rest = f" Not within the run: {listing(never)}." if never else ""
    if not reached:
        return f"No stage could bring the direct share of {names.rival} to {percent(threshold)} or less.{rest}"
    last = max(row["year"] for row in reached)
    slow = listing([names.stage(row["stage"]) for row in reached if row["year"] == last])
    return (
        f"{names.rival}'s direct share could be {percent(threshold)} or less by {last} at "
        f"{len(reached)} of {len(rows)} stages, each on its own; the last is {slow}.{rest}"
    )


def _escape(rows: Sequence[Row], names: Names, threshold: float) -> str:
    """Say how many stages could escape at once, which is last, and which is dearest."""
    reached = [row for row in rows if row["year"] is not None]
    if not reached:
        return f"No stage could hold {names.rival} to {percent(threshold)} or less without others buying more from it."
    first, last = (choose(row["year"] for row in reached) for choose in (min, max))
    slow = listing([names.stage(row["stage"]) for row in reached if row["year"] == last])
    now = sum(row["year"] == first for row in reached)
    costly = max(reached, key=lambda row: row["cost_musd"] or 0.0)
    dear = ""
    if costly["cost_musd"]:
        dear = f" Dearest is {names.stage(costly['stage'])}: {money(costly['cost_musd'])} over the run."
    never = [names.stage(row["stage"]) for row in rows if row["year"] is None]
    rest = f" Not within the run or not known: {listing(never)}." if never else ""
    return (
        f"If nobody buys more from {names.rival}, its direct share could be {percent(threshold)} or less in {first} at "
        f"{now} of {len(rows)} stages, each on its own; the last of {len(reached)}, in {last}, is {slow}.{dear}{rest}"
    )


def _ranges(rows: Sequence[Row], _names: Names) -> str:
    """Name the part of the cost that plans of equal cost share out most differently."""
    if not rows:
        return "No other plan costs as little."
    widest = max(rows, key=lambda row: row["high"] - row["low"])
    return (
        f"Several plans cost the same: they differ most in {widest['quantity']}, "
        f"by {money(widest['high'] - widest['low'])}."
    )


def _prices(rows: Sequence[Row], names: Names) -> str:
    """Tell the limit of which more saves most, over the amount for which its price holds."""
    known = [(held, row) for row in rows if (held := holding.risen(row)) is not None and held.amount]
    if not known:
        return "No limit has a price." if not rows else "No price holds for more of any limit."
    held, row = max(known, key=lambda pair: pair[0].weight)
    return f"{_upper(names.label(row['limit']))}: {holding.told(held)}."


def _routes(rows: Sequence[Row], names: Names) -> str:
    """Name the route that is nearest to being used."""
    if not rows:
        return "No closed route is near to being used."
    near = min(rows, key=lambda row: row["part"])
    return (
        f"Nearest to being used: {names.stage(near['stage'])} from {names.party(near['exporter'])} to "
        f"{names.party(near['importer'])} in {near['year']}; "
        f"a cut of {percent(near['part'])} of the price would open it."
    )


def _binding(rows: Sequence[Row], names: Names) -> str:
    """Count what binds and tell the limit of which more saves most, over the amount for which its price holds."""
    if not rows:
        return "No limit binds."
    said = f"{count(len(rows), 'limit binds', 'limits bind')}."
    known = [(held, row) for row in rows if (held := holding.risen(row)) is not None and held.amount]
    if not known:
        return f"{said} It is not known that a price holds for more of any of them."
    held, row = max(known, key=lambda pair: pair[0].weight)
    return f"{said} {_upper(names.label(row['limit']))}: {holding.told(held)}."


def _base(rows: Sequence[Row], _names: Names) -> str:
    """Count what was observed."""
    seen = sum(row["observed"] is not None for row in rows)
    return f"The base year holds {len(rows)} flows; trade statistics give {seen} of them, output and shares the others."


def _assumptions(rows: Sequence[Row], _names: Names) -> str:
    """Count what the run rests on."""
    changed = sum(bool(row["set_by_scenario"]) for row in rows)
    return f"The run rests on {len(rows)} figures, assumptions and estimates; the scenario changes {changed} of them."


def _upper(text: str) -> str:
    """Begin with a capital letter."""
    return text[:1].upper() + text[1:]


TELLERS: Mapping[str, Teller] = {
    "exposure": _exposure,
    "unmet": _unmet,
    "plan": _plan,
    "flows": _flows,
    "stocks": _stocks,
    "ranges": _ranges,
    "prices": _prices,
    "routes": _routes,
    "binding": _binding,
    "base": _base,
    "assumptions": _assumptions,
}
