"""The command of the diversion model: one scenario, its plan and what follows from it."""

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from depgraph.cli.common import chosen_format, emit, load, output_options, put, terminal_width
from depgraph.cli.divert_tables import readable
from depgraph.cli.names import Names, emit_answer, for_people, ids_option
from depgraph.cli.notes import note
from depgraph.core import render
from depgraph.core.errors import InfeasibleError
from depgraph.diversion import answers, conflicts, omissions, plants, pooling, sweeps
from depgraph.diversion import run as runs
from depgraph.diversion import scenario as scenarios
from depgraph.diversion.run import Run
from depgraph.diversion.scenario import Scenario
from depgraph.evidence.estimates import Picture
from depgraph.interface import divert as plans
from depgraph.interface import plan_answers, plan_words
from depgraph.interface.loading import LoadedStudy
from depgraph.study.study import Study

Row = Mapping[str, Any]

PROSE = 100  # columns of sentences where the output is no terminal

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
    "escape": "the earliest independence of each stage if nobody buys more from the rival, and what it costs",
    "ranges": "where several plans cost as little: lowest and highest value of each part",
    "prices": "shadow prices: what more of a capacity, a limit or an order saves, and for how much more that holds",
    "routes": "routes that are not used, and the cut in duty or cost that would open them",
    "binding": "limits that bind, what more of each saves, and for how much more that holds",
    "base": "the base year: observed flows beside those that add up",
    "assumptions": "every figure, assumption and estimate that the run rests on",
    "omitted": "recipes of the ranking that the run leaves out, and stages at which a default stands in for a row",
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
@click.option("--notes", is_flag=True, help="Also what the scenario, or each of the list, rests on.")
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
@ids_option
@output_options
@click.pass_context
def divert(
    context: click.Context,
    name: str | None,
    changes: tuple[str, ...],
    show: str,
    notes: bool,
    curve: bool,
    points: int,
    exact: bool,
    pool: bool,
    tornado: str | None,
    flip: str | None,
    top: int,
    jobs: int,
    seconds: float | None,
    ids: bool,
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
        _list(study, form, output, notes=notes)
        return
    chosen = [label for label, asked in _modes(curve=curve, pool=pool, tornado=tornado, flip=flip).items() if asked]
    if len(chosen) > 1:
        msg = f"{' and '.join(chosen)} ask different questions: give one of them"
        raise click.UsageError(msg)
    scenario = scenarios.changed(study, scenarios.find(study, name), changes)
    picture = study.picture
    _introduce(scenario, changes, notes=notes)
    _warn(study, scenario, (form, output), None if chosen else show)
    rows: Sequence[Row]
    if pool:
        pooled = pooling.compare(study, picture, scenario, seconds=seconds)
        if pooled.gap > plants.GAP:
            note(f"not proven: plans may cost up to {pooled.gap:.2%} less; give the search more time")
        rows = plans.pooling_rows(scenario, pooled)
    elif tornado:
        rows = plans.tornado_rows(study, scenario, tornado, jobs)
    elif flip:
        rows = _flip_rows(study, picture, scenario, flip)
    else:
        run = _certified(context, study, picture, scenario, (form, output))
        if late := answers.unseen(run):
            note(f"not finished within the run, so never ordered: {'; '.join(late)}")
        rows = plans.frontier_rows(run, points, exact=exact) if curve or exact else _shown(study, run, show, top)
        if show == "ranges" and not rows:
            note("the plan is the only one that costs as little: there is nothing to range over")
        if for_people(form, output) and not (curve or exact):
            _read_out(study, run, rows, show, (form, output), ids=ids)
            return
    emit(rows, form, output, "divert")


def _warn(study: Study, scenario: Scenario, target: tuple[str | None, Path | None], show: str | None) -> None:
    """Say on standard error what the run leaves out, as a table has no row; an answer that says it itself says it."""
    if show != "omitted" and (show != "summary" or chosen_format(*target) != "table"):
        warn_of_omissions(study, scenario)


def warn_of_omissions(study: Study, *several: Scenario) -> None:
    """Say on standard error what runs leave out, as a table has no row; of runs that leave out the same once."""
    told: set[tuple[object, ...]] = set()
    for scenario in several:
        omitted = tuple(omissions.find(study, scenario))
        if omitted and omitted not in told:
            note(omissions.notice(study, omitted, scenario))
        told.add(omitted)


def _read_out(
    study: LoadedStudy, run: Run, rows: Sequence[Row], show: str, target: tuple[str | None, Path | None], *, ids: bool
) -> None:
    """Put out an answer for people: the summary in sentences, every other with what it says on top."""
    form, output = target
    if show == "summary" and chosen_format(form, output) == "table":
        _tell(study, run, rows, output)
        return
    names = Names(study, ids=ids)
    title = f"{run.scenario.get('title', run.scenario.scenario_id)}: {SHOWN[show]}."
    told = _wrapped(f"{title} {plan_answers.answer(study, run, show, rows)}".strip(), output)
    emit_answer(readable(rows, show, names, plan_words.Names(study, run.scenario)), form, output, "divert", told)


def _list(study: Study, form: str | None, output: Path | None, *, notes: bool) -> None:
    """List the scenarios: for people by the question that each answers, one line each."""
    if notes or chosen_format(form, output) != "table":
        emit(plans.scenarios(study).rows, form, output, "scenarios", spare=("extends", "claims"))
        return
    groups = plan_words.by_question(study, scenarios.read_all(study).values())
    widest = max((len(item.scenario_id) for held in groups.values() for item in held), default=0)
    lines = []
    for question, held in groups.items():
        named = sorted(held, key=lambda item: item.scenario_id)
        lines += [question, *(f"  {item.scenario_id:{widest}}  {item.get('title', '')}".rstrip() for item in named), ""]
    put("\n".join(lines).encode(), output, people=True)
    note("depgraph divert SCENARIO computes one; --notes shows what each rests on")


def _tell(study: LoadedStudy, run: Run, rows: Sequence[Row], output: Path | None) -> None:
    """Put out the answer in sentences, then its dozen lines."""
    width = terminal_width() if output is None else None
    wrapped = (_wrapped(sentence, output) for sentence in plan_words.opening(study, run, rows))
    table = render.render(plan_words.table(rows), "table", width=width).decode()
    more = f"depgraph divert {run.scenario.scenario_id} -f csv has every quantity; --show names other answers.\n"
    put(("\n".join(wrapped) + "\n\n" + table + "\n" + more).encode(), output, people=True)


def _modes(**asked: object) -> dict[str, object]:
    """Return the options that ask a question of their own, by name."""
    return {f"--{ {'curve': 'frontier', 'pool': 'pooling'}.get(key, key) }": value for key, value in asked.items()}


def _introduce(scenario: Scenario, changes: Sequence[str], *, notes: bool) -> None:
    """Say on standard error what is run."""
    changed = f" Changed: {', '.join(changes)}." if changes else ""
    claims = f" Claims: {', '.join(scenario.get('claims', []))}." if scenario.get("claims") else ""
    note(f"{scenario.get('title', scenario.scenario_id)}.{changed}{claims}")
    if notes and scenario.get("note"):
        note(scenario.get("note"))
    if scenario.get("fixed"):
        note("plants come in whole sizes only with --pooling; here any size can be built")


def _certified(
    context: click.Context, study: Study, picture: Picture, scenario: Scenario, target: tuple[str | None, Path | None]
) -> Run:
    """Run a scenario; where it has no plan, put out what clashes and leave with 1."""
    try:
        return runs.run(study, picture, scenario)
    except InfeasibleError:
        account, model, programme = runs.prepare(study, picture, scenario)
        members = conflicts.explain(scenario, account, model, programme)
        form, output = target
        if chosen_format(form, output) == "table":
            names = plan_words.Names(study, scenario)
            told = _wrapped(plan_answers.clash(members, names), output)
            limits = [{**row, "text": names.label(row["text"])} for row in plan_answers.merged(members)]
            emit_answer(limits, form, output, "conflicts", told)
            context.exit(1)
        note(conflicts.sentence(members))
        emit([vars(item) for item in members], form, output, "conflicts")
        context.exit(1)


def _shown(study: LoadedStudy, run: Run, show: str, top: int) -> Sequence[Row]:
    """Return the rows of one answer: each ``--show`` is a method of the plan, which a test holds."""
    asked = getattr(plans.Plan(study, run.scenario, run), show)
    return list((asked(top) if show in {"prices", "routes"} else asked()).rows)


def _wrapped(text: str, output: Path | None) -> str:
    """Break a sentence into lines; on a terminal all that is put out is broken to its width."""
    return text if output is None and terminal_width() else textwrap.fill(text, PROSE)


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
