"""The commands of the diversion model: one scenario, two side by side, a grid of them."""

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from depgraph.cli.common import emit, load, output_options
from depgraph.core.errors import InfeasibleError
from depgraph.diversion import answers, conflicts, frontier, marginal, plants, pooling, soonest, sweeps
from depgraph.diversion import run as runs
from depgraph.diversion import scenario as scenarios
from depgraph.diversion.run import Run
from depgraph.diversion.scenario import Scenario
from depgraph.evidence import estimates
from depgraph.evidence.estimates import Picture
from depgraph.lp import prices
from depgraph.study import ledger
from depgraph.study.study import Study

Row = Mapping[str, Any]

# what `--show` can put out, and what it says
SHOWN = {
    "summary": "cost of diversion and its split, exposure before and after, unmet demand",
    "cost": "present value of each part of the cost by the region that bears it, beside the unchanged run",
    "exposure": "the rival's part of each stage and year, direct and looked through",
    "unmet": "final demand that is not met, by region, stage, tier and year",
    "plan": "capacity that is ordered: who builds what, where and when",
    "flows": "deliveries that differ from those of the base year",
    "stocks": "stocks that are held",
    "independence": "first year from which the rival stays under the threshold, and what would bring it forward",
    "soonest": "the earliest independence of each stage if cost played no part, and what holds it up",
    "ranges": "where several plans cost as little: lowest and highest value of each part",
    "prices": "shadow prices: what one more unit of a capacity, a limit or an order is worth",
    "routes": "routes that are not used, and the cut in duty or cost that would open them",
    "binding": "limits that bind and what they cost",
    "base": "the base year: observed flows beside those that add up",
    "assumptions": "every figure, assumption and estimate that the run rests on",
}


# what the quantities of the summary mean, by their names or the first word of them
MEANING = {
    "diversion": "resource cost of all regions above that of the unchanged run; the next lines are its parts",
    "bloc": "what the bloc bears of it: its own costs, and what it pays and is paid for deliveries at scarcity prices",
    "private": "the same with duties",
    "premium": "what calibration adds for everything that is in no statistic; follows from elasticities",
    "holding": "with the credits of stocks that are kept: read it together with production",
    "tariff": "duties paid above those of the unchanged run: a transfer",
    "unmet": "what is missing anywhere, at its worth",
    "unmet_": "demand of the bloc that is not met, at base prices over all years",
    "unmet_outside": "demand of everybody else that is not met, at base prices over all years",
    "exposure": "the rival's part of what the bloc makes and buys, at base prices",
}


def scenario_options(command: Any) -> Any:  # noqa: ANN401 - a function, or what click has made of it
    """Add ``--set`` to a command."""
    return click.option(
        "--set",
        "changes",
        multiple=True,
        metavar="KEY=VALUE",
        help="Change a setting or an assumption; may be repeated.",
    )(command)


@click.command("divert")
@click.argument("name", metavar="[SCENARIO]", required=False)
@scenario_options
@click.option(
    "--show", type=click.Choice(list(SHOWN)), default="summary", show_default=True, help="Which answer to put out."
)
@click.option("--frontier", "curve", is_flag=True, help="Cost against exposure, and what begins to bind.")
@click.option("--points", type=click.IntRange(min=2), default=11, show_default=True, help="Points of the frontier.")
@click.option("--kinks", "exact", is_flag=True, help="Every kink of the frontier exactly; choose few products.")
@click.option("--pooling", "pool", is_flag=True, help="Hold building together against building apart.")
@click.option("--tornado", metavar="QUANTITY", help="Move each assumption alone; a quantity of the summary is watched.")
@click.option("--flip", metavar="KEY=LOW:HIGH", help="How far a setting must move before other plants are ordered.")
@click.option(
    "--top", type=click.IntRange(min=1), default=20, show_default=True, help="Most rows of prices and routes."
)
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Runs at a time.")
@click.option("--seconds", type=click.FloatRange(min=0, min_open=True), help="Time for each search for whole plants.")
@output_options
@click.pass_context
def divert(
    context: click.Context,
    name: str | None,
    changes: tuple[str, ...],
    show: str,
    curve: bool,  # noqa: FBT001 - click passes options by name
    points: int,
    exact: bool,  # noqa: FBT001 - likewise
    pool: bool,  # noqa: FBT001 - likewise
    tornado: str | None,
    flip: str | None,
    top: int,
    jobs: int,
    seconds: float | None,
    form: str | None,
    output: Path | None,
) -> None:
    r"""Compute how a bloc could route trade around its rival, at what cost and how soon.

    Without SCENARIO the scenarios of the study are listed. Every number belongs to a plan that is
    certified optimal; where there is no plan the limits that clash are named.

    \b
    Examples:
      depgraph divert rare-earth-stop
      depgraph divert quad-cap --show plan --set A-discount-rate=0.08
      depgraph divert quad-cap --frontier
    """  # noqa: DOC501 - the help text is for the command line
    study = load(context)
    if name is None:
        emit([_listed(item) for item in scenarios.read_all(study).values()], form, output, "scenarios")
        return
    chosen = [label for label, asked in _modes(curve=curve, pool=pool, tornado=tornado, flip=flip).items() if asked]
    if len(chosen) > 1:
        msg = f"{' and '.join(chosen)} ask different questions: give one of them"
        raise click.UsageError(msg)
    scenario = scenarios.changed(study, scenarios.find(study, name), changes)
    picture = estimates.estimate(study)
    _introduce(scenario, changes)
    rows: Sequence[Row]
    if pool:
        pooled = pooling.compare(study, picture, scenario, seconds=seconds)
        if pooled.gap > plants.GAP:
            click.echo(f"not proven: plans may cost up to {pooled.gap:.2%} less; give the search more time", err=True)
        rows = _pooling_rows(scenario, pooled)
    elif tornado:
        rows = _tornado_rows(study, picture, scenario, tornado, jobs)
    elif flip:
        rows = _flip_rows(study, picture, scenario, flip)
    else:
        run = _certified(context, study, picture, scenario, (form, output))
        if late := answers.unseen(run):
            click.echo(f"not finished within the run, so never ordered: {'; '.join(late)}", err=True)
        rows = _frontier_rows(run, points, exact=exact) if curve or exact else _shown(study, picture, run, show, top)
    emit(rows, form, output, "divert")


def _modes(**asked: object) -> dict[str, object]:
    """Return the options that ask a question of their own, by name."""
    return {f"--{ {'curve': 'frontier', 'pool': 'pooling'}.get(key, key) }": value for key, value in asked.items()}


def _listed(scenario: Scenario) -> Row:
    """Describe a scenario of the library."""
    return {
        "scenario": scenario.scenario_id,
        "title": scenario.get("title", ""),
        "extends": scenario.get("extends"),
        "claims": scenario.get("claims", []),
        "note": scenario.get("note", ""),
    }


def _introduce(scenario: Scenario, changes: Sequence[str]) -> None:
    """Say on standard error what is run."""
    changed = f" Changed: {', '.join(changes)}." if changes else ""
    claims = f" Claims: {', '.join(scenario.get('claims', []))}." if scenario.get("claims") else ""
    click.echo(f"{scenario.get('title', scenario.scenario_id)}.{changed}{claims}", err=True)
    if scenario.get("note"):
        click.echo(scenario.get("note"), err=True)
    if scenario.get("fixed"):
        click.echo("plants come in whole sizes only with --pooling; here any size can be built", err=True)


def _certified(
    context: click.Context, study: Study, picture: Picture, scenario: Scenario, target: tuple[str | None, Path | None]
) -> Run:
    """Run a scenario; where it has no plan, put out what clashes and leave with 1."""
    try:
        return runs.run(study, picture, scenario)
    except InfeasibleError:
        account, model, programme = runs.prepare(study, picture, scenario)
        members = conflicts.explain(scenario, account, model, programme)
        click.echo(conflicts.sentence(members), err=True)
        form, output = target
        emit([vars(item) for item in members], form, output, "conflicts")
        context.exit(1)


def _shown(study: Study, picture: Picture, run: Run, show: str, top: int) -> Sequence[Row]:
    """Return the rows of one answer."""
    makers: Mapping[str, Callable[[], Sequence[Row]]] = {
        "summary": lambda: _summary_rows(study, picture, run),
        "cost": lambda: _cost_rows(study, picture, run),
        "exposure": lambda: [vars(item) for item in answers.exposures(run)],
        "unmet": lambda: [vars(item) for item in answers.missing(run)],
        "plan": lambda: [vars(item) for item in answers.built(run)],
        "flows": lambda: [vars(item) for item in answers.changes(run)],
        "stocks": lambda: [vars(item) for item in answers.stocks(run)],
        "independence": lambda: list(_independence_rows(study, run)),
        "soonest": lambda: [vars(item) for item in soonest.soonest(run, _threshold(study, run))],
        "ranges": lambda: _range_rows(run),
        "prices": lambda: [vars(item) for item in marginal.capacity_prices(run, top)],
        "routes": lambda: [vars(item) for item in marginal.closed_routes(run, top)],
        "binding": lambda: [vars(item) for item in marginal.binding(run)],
        "base": lambda: _base_rows(run),
        "assumptions": lambda: _ledger_rows(study, run),
    }
    return makers[show]()


def _summary_rows(study: Study, picture: Picture, run: Run) -> list[Row]:
    """Return the headline numbers; a plan that is one of several says so."""
    base = runs.run(study, picture, pooling.unchanged(run.scenario))
    rows: list[Row] = []
    for quantity, value in answers.summary(run, base).items():
        unit = "share" if quantity.startswith("exposure") else "MUSD"
        rows.append(_line(run, quantity, value, unit, _meaning(quantity)))
    for item in _independence_rows(study, run):
        words = "already so" if item["already"] else "within the run" if item["year"] else "not within the run"
        detail = f"{words}; dearest limit: {item['dearest']}" if item["dearest"] else words
        rows.append(_line(run, f"independence:{item['stage']}", item["year"], "year", detail))
    single = prices.uniqueness(run.programme, run.solution)
    detail = "no other plan costs as little" if single else "other plans cost as little: see --show ranges"
    rows.append(_line(run, "unique", single, "", detail))
    return rows


def _meaning(quantity: str) -> str:
    """Say what a quantity of the summary means."""
    if quantity in MEANING:
        return MEANING[quantity]
    word, _, tier = quantity.partition("_")
    return MEANING["unmet_" if word == "unmet" and tier else word] if word in MEANING else ""


def _line(run: Run, quantity: str, value: object, unit: str, detail: str) -> Row:
    """Return one line of the summary."""
    identifier = f"V:{run.scenario.scenario_id}:{quantity}"
    return {"id": identifier, "quantity": quantity, "value": value, "unit": unit, "detail": detail}


def _range_rows(run: Run) -> list[Row]:
    """Return the range of each part of the cost over all plans that cost as little."""
    found = marginal.ranges(run)
    if found is None:
        click.echo("the plan is the only one that costs as little: there is nothing to range over", err=True)
        return []
    return [{"quantity": name, "low": low, "high": high, "unit": "MUSD"} for name, (low, high) in found.items()]


def _cost_rows(study: Study, picture: Picture, run: Run) -> list[Row]:
    """Return who bears which part of the cost, beside the unchanged run."""
    base = runs.run(study, picture, pooling.unchanged(run.scenario))
    before = {(item.region, item.part): item.value for item in answers.costs(base)}
    after = {(item.region, item.part): item.value for item in answers.costs(run)}
    keys = sorted({*before, *after}, key=lambda key: (run.case.economies.index(key[0]), key[1]))
    if not (answers.priced(run) and answers.priced(base)):  # payments of one without those of the other mean nothing
        keys = [key for key in keys if key[1] not in answers.PAYMENTS]
    return [
        {
            "region": region,
            "part": part,
            "unchanged": before.get((region, part), 0.0),
            "plan": after.get((region, part), 0.0),
            "difference": after.get((region, part), 0.0) - before.get((region, part), 0.0),
            "unit": "MUSD",
        }
        for region, part in keys
    ]


def _threshold(study: Study, run: Run) -> float:
    """Return the part of the bloc's supply below which one speaks of independence."""
    threshold = run.scenario.get("threshold")
    return scenarios.number(study, run.scenario, ledger.INDEPENDENCE) if threshold is None else float(threshold)


def _independence_rows(study: Study, run: Run) -> list[dict[str, Any]]:
    """Return the years of independence at the scenario's threshold."""
    threshold = _threshold(study, run)
    found = answers.independence(run, answers.exposures(run), threshold)
    return [{**vars(item), "threshold": threshold} for item in found]


def _base_rows(run: Run) -> list[Row]:
    """Return each flow of the base year beside what customs recorded."""
    account = run.account
    rows: list[Row] = []
    for i, exporter in enumerate(account.regions):
        for j, importer in enumerate(account.regions):
            for k, stage in enumerate(account.stages):
                observed, used = float(account.observed[i, j, k]), float(account.flows[i, j, k])
                if used > 0 or observed > 0:
                    rows.append(
                        {
                            "stage": stage,
                            "exporter": exporter,
                            "importer": importer,
                            "observed": None if observed != observed else observed,  # noqa: PLR0124 - not a number
                            "used": used,
                            "unit": account.units[k],
                            "basis": _basis(account.traded[k], i == j),
                        }
                    )
    return sorted(rows, key=lambda row: (account.stages.index(row["stage"]), -row["used"]))


def _basis(traded: bool, home: bool) -> str:  # noqa: FBT001 - two facts about a flow
    """Say where a flow of the base year comes from."""
    if home:
        return "output that is not sold abroad"
    return "customs, made to add up" if traded else "home first, then one world market (A-home-first)"


def _ledger_rows(study: Study, run: Run) -> list[Row]:
    """Return everything that a run rests on, with the value it used."""
    changed = run.scenario.get("assumptions", {})
    named = {name for stage in run.account.stages for name in run.account.parents[stage]} | set(ledger.DIVERSION)
    rows: list[Row] = []
    for name in sorted(named & {*study.ledger, *study.figures}):
        low, value, high = answers.bounds(study, run.scenario, name)
        entry = study.ledger.get(name)
        what = entry.what if entry else study.figures[name]["metric"]
        rows.append(
            {
                "id": name,
                "what": what,
                "low": low,
                "value": value,
                "high": high,
                "unit": entry.unit if entry else study.figures[name]["unit"],
                "set_by_scenario": name in changed,
            }
        )
    return rows


def _frontier_rows(run: Run, points: int, *, exact: bool) -> list[Row]:
    """Return cost against exposure: evenly spaced points, or every kink."""
    return [vars(item) for item in (frontier.kinks(run) if exact else frontier.trace(run, points))]


def _pooling_rows(scenario: Scenario, found: pooling.Pooling) -> list[Row]:
    """Return costs together and apart."""
    units = {"premium": "share", "break_even": "share of price", "gap": "share"}
    return [
        {
            "id": f"V:{scenario.scenario_id}:pooling:{key}",
            "quantity": key,
            "value": None if value is not None and math.isinf(value) else value,
            "unit": units.get(key, "MUSD"),
            "detail": _pooling_detail(key, value),
        }
        for key, value in vars(found).items()
    ]


def _pooling_detail(key: str, value: float | None) -> str:
    """Say what a number of a comparison means where it is missing, endless or easily misread."""
    if key == "break_even" and value is None:
        return "pooling saves nothing even where trade is free"
    if key == "break_even" and value is not None and math.isinf(value):
        return "pooling pays at any trade cost that was tried"
    return "with duties; what is missing counts at its worth and no tier comes first" if key == "pooled" else ""


def _tornado_rows(study: Study, picture: Picture, scenario: Scenario, quantity: str, jobs: int) -> list[Row]:
    """Return what each assumption alone does to a quantity."""
    run = runs.run(study, picture, scenario)
    names = [str(row["id"]) for row in _ledger_rows(study, run)]
    return [vars(item) for item in sweeps.effects(study, picture, scenario, names, quantity, jobs=jobs)]


def _flip_rows(study: Study, picture: Picture, scenario: Scenario, text: str) -> list[Row]:
    """Return how far a setting must move.

    Raises
    ------
    click.UsageError
        If the text is no key with two numbers.
    """
    key, _, ends = text.partition("=")
    low, _, high = ends.partition(":")
    try:
        bounds = float(low), float(high)
    except ValueError:
        msg = f"--flip takes KEY=LOW:HIGH with two numbers (got {text!r})"
        raise click.UsageError(msg) from None
    return [vars(sweeps.flip(study, picture, scenario, key, bounds))]


COMMANDS = {"divert": divert}
