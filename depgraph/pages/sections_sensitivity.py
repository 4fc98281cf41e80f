"""The sections of a report on what a scenario's answer hangs on: years, limits, prices and assumptions."""

from collections.abc import Sequence

from depgraph.diversion.answers import NOISE, Exposure, Independence
from depgraph.diversion.frontier import Point
from depgraph.diversion.holding import fallen, quantity, risen, told
from depgraph.diversion.sweeps import Effect
from depgraph.pages import plancharts
from depgraph.pages.elements import Piece, Section, Table, count, figures, money, percent
from depgraph.pages.findings import Facts
from depgraph.pages.plan_results import Diversion

NAMED = 6  # limits that begin to bind and are named in one cell
LAST_RESORT = "At the next point there is no plan: what must be met or was settled before cannot be had with less."
DRAWN = 35  # rows of a chart at most; the table has all


def independence(facts: Facts, found: Diversion, name: str) -> Section:
    """Show from which year on each stage is below the threshold."""
    rival = facts.name(found.rival)
    if not found.independence:
        return Section("independence", name, (Piece(f"The scenario's bloc makes and buys nothing of {found.stage}"),))
    already = sum(item.already for item in found.independence)
    never = sum(item.year is None for item in found.independence)
    within = len(found.independence) - already - never
    table = "#independence-table"
    title = (
        Piece(f"{rival}'s direct part is {percent(found.threshold)} or less from the start at "),
        Piece(count(already, "stage"), table),
        Piece(f", falls below it for good by {found.years[1]} at "),
        Piece(f"{within:,}", table),
        Piece(" and does not at "),
        Piece(f"{never:,}", table),
        *_hidden(found),
    )
    waiting = sorted(
        (item for item in found.independence if not item.already),
        key=lambda item: (item.year or found.years[1] + 1, item.stage),
    )
    rows = [
        {
            "name": item.stage,
            "until": item.year,
            "note": f"{item.year or 'not within the run'}; {item.dearest or 'no capacity has a price'}",
        }
        for item in waiting[:DRAWN]
    ]
    notes = (
        (
            f"Threshold: {percent(found.threshold)} of what the bloc makes and buys. Beside each stage the capacity or "
            "order of it with the highest price before that year: more of it would have brought the year forward. "
            "Dot: the year; triangle: not within the run. Direct deliveries only: what others make of the rival's "
            "inputs counts in the last columns of the table."
        ),
    )
    chart = plancharts.waits(rows, found.years) if rows else None
    return Section("independence", name, title, chart, (_years_table(found),), notes)


def _hidden(found: Diversion) -> list[Piece]:
    """Count the stages that hold more of the rival than the threshold once inputs are looked through."""
    last = [item for item in found.exposures if item.year == found.years[1] and item.low is not None]
    above = sum((item.low or 0.0) > found.threshold + 1e-9 for item in last)
    return [
        Piece(f"; with what is hidden in inputs it is above in {found.years[1]} at "),
        Piece(count(above, "stage"), "#independence-table"),
    ]


def _years_table(found: Diversion) -> Table:
    """List the year of each stage beside the rival's part in the first and last year."""
    parts = {(item.stage, item.year): item for item in found.exposures}
    rows = tuple(
        _years_row(found, item, [parts[item.stage, year] for year in found.years]) for item in found.independence
    )
    first, last = found.years
    columns = (
        "stage",
        "below for good from",
        "with inputs from",
        f"direct part {first}",
        f"direct part {last}",
        f"with inputs {first}",
        f"with inputs {last}",
        "dearest limit",
    )
    return Table("Every stage", columns, rows, frozenset(columns[1:7]), frozenset({"dearest limit"}))


def _years_row(found: Diversion, item: Independence, ends: Sequence[Exposure]) -> tuple[Piece, ...]:
    """Write the row of one stage."""
    words = "from the start" if item.already else str(item.year) if item.year else "not within the run"
    names = [found.name(f"exposure:{item.stage}:{end.year}") for end in ends]
    direct = [
        Piece("none bought" if end.direct is None else percent(end.direct), to)
        for end, to in zip(ends, names, strict=True)
    ]
    whole = [Piece(_between(end.low, end.high), to) for end, to in zip(ends, names, strict=True)]
    return (
        Piece(item.stage, item.stage),
        Piece(words, found.name(f"independence:{item.stage}")),
        Piece(str(item.looked_through or "not within the run"), found.name(f"independence:{item.stage}")),
        *direct,
        *whole,
        Piece(item.dearest),
    )


def _between(low: float | None, high: float | None) -> str:
    """Write a range of parts."""
    if low is None or high is None:
        return "none bought"
    one, other = percent(low), percent(high)
    return one if one == other else f"{one} to {other}"


def frontier(facts: Facts, found: Diversion, name: str) -> Section:
    """Show cost against exposure and what begins to bind."""
    if not found.frontier:
        return Section(
            "frontier", name, (Piece(f"Not computed: {found.failed.get('frontier', 'no point was found')}"),)
        )
    if found.frontier[0].bought <= 0:
        return Section(
            "frontier", name, (Piece(f"The plan buys nothing of {facts.name(found.rival)}: there is no less"),)
        )
    points = found.frontier
    if len(points) == 1:
        step = percent(1 / (found.points - 1))
        words = f"No plan was found that buys {step} less of {facts.name(found.rival)} than this one"
        return Section("frontier", name, (Piece(words),), notes=(LAST_RESORT,))
    start, costs = found.summary["private_cost"], _costs(found)
    rival, span = facts.name(found.rival), f"{found.years[0]}–{found.years[1]}"
    middle = min(range(len(points)), key=lambda n: (abs(points[n].exposure - 0.5), n))
    title = (
        Piece(
            f"Buying {percent(1 - points[middle].exposure)} less of {facts.name(found.rival)} than the plan does costs "
        ),
        Piece(money(costs[middle] - start), _at(found, points[middle])),
        Piece(" more" if middle == len(points) - 1 else f" more; {percent(1 - points[-1].exposure)} less, "),
        *([] if middle == len(points) - 1 else [Piece(money(costs[-1] - start), _at(found, points[-1]))]),
    )
    rows = [
        {"exposure": point.exposure, "cost": cost / 1000, "label": f"+{len(point.starts)}" if point.starts else ""}
        for point, cost in zip(points, costs, strict=True)
    ]
    notes = (
        (
            f"Exposure: all that the bloc buys of {rival} over {span} at base prices, as a part of what the plan of "
            "least cost buys. Cost: with duties, beyond going on as before. Dots are certified points; +n: n limits "
            "begin to cost something there; the table names them."
        ),
        "The last point buys nothing: there even the worth of demand that goes unmet would be paid."
        if len(points) == found.points
        else LAST_RESORT,
    )
    axes = "bought of the rival, part of what the plan buys", "billion US$, beyond going on as before"
    return Section("frontier", name, title, plancharts.frontier(rows, axes), (_points_table(found, costs),), notes)


def _costs(found: Diversion) -> list[float]:
    """Return the cost at each point beyond going on as before; what the solver rounds is no difference."""
    first, start = found.frontier[0].cost, found.summary["private_cost"]
    beyond = [point.cost - first for point in found.frontier]
    return [start + (value if abs(value) > NOISE * abs(first) else 0.0) for value in beyond]


def _at(found: Diversion, point: Point) -> str:
    """Name a point of the frontier."""
    return found.name(f"frontier:{point.exposure:.4g}")


def _points_table(found: Diversion, costs: Sequence[float]) -> Table:
    """List the points."""
    rows = tuple(
        (
            Piece(percent(point.exposure), _at(found, point)),
            Piece(money(point.bought), _at(found, point)),
            Piece(money(cost), _at(found, point)),
            Piece(figures(point.slope), _at(found, point)),
            Piece(_starts(point.starts)),
        )
        for point, cost in zip(found.frontier, costs, strict=True)
    )
    columns = (
        "part of what the plan buys",
        "bought, base prices",
        "cost beyond going on as before",
        "price at this point, US$ per US$ less bought",
        "begins to bind",
    )
    return Table("Certified points", columns, rows, frozenset(columns[:4]), frozenset({"begins to bind"}))


def _starts(names: Sequence[str]) -> str:
    """Name what begins to bind; of many the first."""
    more = f"; and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return "; ".join(names[:NAMED]) + more


def prices(found: Diversion, name: str) -> Section:
    """Show what more of a limit saves as far as its price holds, and routes that are nearly opened."""
    reasons = [f"Not computed: {found.failed[part]}." for part in ("prices", "routes") if part in found.failed]
    tables = [table for table in (_price_table(found), _route_table(found)) if table.rows]
    if not found.prices:
        words = (
            "Not computed"
            if "prices" in found.failed
            else "No capacity, order, cap or stock costs anything at its limit"
        )
        return Section("prices", name, (Piece(words),), None, tuple(tables), tuple(reasons))
    rises = [(held, item) for item in found.prices if (held := risen(vars(item))) is not None]
    best, first = max(rises, key=lambda pair: (pair[0].weight, pair[1].limit), default=(None, None))
    saves = (
        (Piece(f"Of the limits priced, {first.limit} weighs most: "), Piece(told(best, money=money), first.id))
        if best and first and best.weight
        else (Piece("No price holds for more of any limit"),)
    )
    sure = sum(item.unique for item in found.prices)
    title = (
        *saves,
        Piece("; "),
        Piece(f"{sure} of {len(found.prices)}", "#prices-table"),
        Piece(" prices are the same on both sides"),
    )
    notes = (
        "Present value over the world. A price is told for the amount for which it holds, at least: what all of that "
        "saves or costs, and the price of a unit where it holds for a unit. More and less are each proven by certified "
        "solutions; the two prices differ where the plan changes there. Listed are limits with the largest price "
        "times limit, of each kind of limit one at least. "
        "More of a limit means: " + "; ".join(dict.fromkeys(item.meaning for item in found.prices)) + ".",
        *reasons,
    )
    return Section("prices", name, title, None, tuple(tables), notes)


def _worth(value: float | None) -> str:
    """Write a cost; a run without a plan has none."""
    return "no plan" if value is None else money(value)


def _price_table(found: Diversion) -> Table:
    """List what more and less of each limit saves and costs, as far as its prices hold."""
    rows = tuple(
        (
            Piece(item.limit),
            Piece(quantity(item.at, item.unit), item.id),
            Piece(told(fallen(vars(item)), "less", money), item.id),
            Piece(told(risen(vars(item)), "more", money), item.id),
            Piece("yes" if item.unique else "no"),
        )
        for item in found.prices
    )
    columns = ("limit", "at", "with less of it", "with more of it", "both prices agree")
    return Table(
        "Prices of limits", columns, rows, frozenset({"at"}), frozenset(columns[:1] + columns[2:4]), shown=bool(rows)
    )


def _route_table(found: Diversion) -> Table:
    """List routes that a small cut would open."""
    rows = tuple(
        (
            Piece(item.stage, item.stage),
            Piece(item.exporter),
            Piece(item.importer),
            Piece(str(item.year)),
            Piece(percent(item.part), found.name(f"route:{item.stage}:{item.exporter}:{item.importer}:{item.year}")),
        )
        for item in found.routes
    )
    columns = ("stage", "exporter", "importer", "year", "cut of the price that would open it")
    return Table("Unused routes into the bloc that are nearest to being opened", columns, rows, frozenset({columns[4]}))


def tornado(found: Diversion, name: str) -> Section:
    """Show which of the assumptions that were tried moves the cost most."""
    tried, base = found.tornado, found.summary["diversion_cost"]
    if not tried.effects:
        why = found.failed.get("tornado") or ("none was asked for" if not tried.asked else "none has a range")
        return Section("tornado", name, (Piece(f"No assumption was moved: {why}"),))
    first = max(tried.effects, key=lambda item: (_swing(item), item.name))
    ends = sorted(value for value in (first.at_low, first.at_high, base) if value is not None)
    title = (
        Piece(f"Of {count(len(tried.effects), 'assumption')} that were moved, "),
        Piece(first.name, first.name),
        Piece(" moves the cost most: "),
        Piece(f"{money(ends[0])} to {money(ends[-1])}", _moved(found, first)),
        Piece(" against "),
        Piece(money(base), found.name("diversion_cost")),
    )
    scale = (
        1000.0
        if max(abs(value) for item in tried.effects for value in (item.at_low, item.at_high, base) if value is not None)
        >= 1e4
        else 1.0
    )
    rows = [
        {
            "name": item.name,
            **{
                end: None if value is None else value / scale
                for end, value in (("low", item.at_low), ("high", item.at_high))
            },
        }
        for item in tried.effects
    ]
    unit = "billion" if scale > 1 else "million"
    chart = plancharts.tornado(rows, base / scale, f"cost of diversion ({unit} US$, present value)")
    return Section("tornado", name, title, chart, (_effect_table(found),), (_tried_words(found),))


def _swing(item: Effect) -> float:
    """Return how far the cost moves between the two ends; an end without a plan tells no distance."""
    ends = [value for value in (item.at_low, item.at_central, item.at_high) if value is not None]
    return max(ends) - min(ends)


def _tried_words(found: Diversion) -> str:
    """Say which assumptions were moved and which were not."""
    tried = found.tornado
    return (
        f"Each is moved alone over its range; the line is the cost with all at their central values. Moved were "
        f"{len(tried.effects)} of {tried.wide:,} figures and assumptions with a range that the run rests on: first "
        f"those that hold for every stage, then of {', '.join(tried.stages)} (where deliveries change most in value) "
        "how fast other suppliers become dearer, the price, then cost, time and speed of building, freight and "
        "investment. The others were not tried and may "
        f"move the cost more: depgraph divert {found.scenario.scenario_id} --tornado diversion_cost moves all of them."
    )


def _moved(found: Diversion, item: Effect) -> str:
    """Name what an assumption does."""
    return found.name(f"tornado:{item.name}")


def _effect_table(found: Diversion) -> Table:
    """List what each assumption does."""
    rows = tuple(
        (
            Piece(item.name, item.name),
            Piece(figures(item.low), item.name),
            Piece(figures(item.high), item.name),
            Piece(_worth(item.at_low), _moved(found, item)),
            Piece(_worth(item.at_high), _moved(found, item)),
        )
        for item in found.tornado.effects
    )
    columns = ("figure or assumption", "its low end", "its high end", "cost at its low end", "cost at its high end")
    return Table("One at a time", columns, rows, frozenset(columns[1:]))
