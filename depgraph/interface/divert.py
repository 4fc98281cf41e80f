"""The diversion model: how a bloc could route trade around its rival, at what cost and how soon."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from depgraph.core.errors import QuestionError
from depgraph.diversion import answers, escape, frontier, holding, marginal, omissions, pooling, soonest, sweeps
from depgraph.diversion import run as runs
from depgraph.diversion import scenario as library
from depgraph.diversion.omissions import Omission
from depgraph.diversion.run import Run
from depgraph.diversion.scenario import Scenario
from depgraph.interface import loading
from depgraph.interface.loading import LoadedStudy
from depgraph.interface.results import Chart, Result, Row, Trail, listed, why
from depgraph.lp import prices
from depgraph.pages import elements, plancharts
from depgraph.study import ledger
from depgraph.study.study import Study

DRAWN = 20  # rows of a chart

# quantities of the summary that add up to the cost of diversion
PARTS = ("production", "freight", "premium", "holding", "investment", "unmet")
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


@dataclass(frozen=True, repr=False, eq=False)
class Plan:
    """The certified plan of one scenario.

    Every method answers one question and returns the rows that ``depgraph divert NAME --show`` puts out
    for it. Money is in million USD of present value, shares are fractions, quantities in the unit of
    the row.

    Attributes
    ----------
    study, scenario
        What was asked.
    run
        The solved model.
    """

    study: LoadedStudy
    scenario: Scenario
    run: Run

    def __repr__(self) -> str:
        """Return the summary as text."""
        return repr(self.summary())

    def _repr_html_(self) -> str:
        """Return the summary for notebooks."""
        return self.summary()._repr_html_()

    def _result(
        self, title: str, rows: Sequence[Row], *, key: str | None = None, chart: Callable[[], Chart] | None = None
    ) -> Result:
        """Return rows as a result."""
        return Result(f"{title} of {self.scenario.scenario_id}", tuple(rows), self.study, key=key, drawn=chart)

    def _priced(self, title: str, rows: Sequence[Row]) -> Result:
        """Return prices as a result that shows each for the amount for which it holds."""
        return replace(self._result(title, rows), seen=tuple(holding.by_saving(rows, kept=("id",))))

    def summary(self) -> Result:
        """Return cost of diversion and its split, exposure before and after, unmet demand.

        Returns
        -------
        Result
            A row for each quantity, with its unit and what it means.

        Raises
        ------
        DepgraphError
            If the unchanged run beside it has no certified plan.

        Examples
        --------
        >>> plan = divert(loading.load(), "gallium-stop")
        >>> plan.summary().rows[0]["quantity"]
        'diversion_cost'
        """
        rows = summary_rows(self.study, self.run)
        return self._result(
            "summary",
            rows,
            key="id",
            chart=lambda: _bars([row for row in rows if row["quantity"] in PARTS], "quantity", "value"),
        )

    def cost(self) -> Result:
        """Return the present value of each part of the cost by the region that bears it, beside the unchanged run.

        Returns
        -------
        Result
            Million USD.

        Raises
        ------
        DepgraphError
            If the unchanged run has no certified plan.

        Examples
        --------
        >>> divert(loading.load(), "gallium-stop").cost().frame()["unit"].unique().tolist()
        ['MUSD']
        """
        rows = cost_rows(self.study, self.run)
        return self._result("cost", rows, chart=lambda: _bars(rows, "part", "difference"))

    def exposure(self) -> Result:
        """Return the rival's part of each stage and year, direct and looked through.

        Returns
        -------
        Result
            Fractions of what the bloc makes and buys.

        Examples
        --------
        >>> "direct" in divert(loading.load(), "gallium-stop").exposure().frame()
        True
        """
        return self._result("exposure", listed(answers.exposures(self.run)))

    def unmet(self) -> Result:
        """Return final demand that is not met, by region, stage, tier and year.

        Returns
        -------
        Result
            Quantities in the unit of the row.

        Examples
        --------
        >>> (divert(loading.load(), "gallium-stop").unmet().frame()["part"] > 0).all()
        np.True_
        """
        return self._result("unmet demand", listed(answers.missing(self.run)))

    def plan(self) -> Result:
        """Return the capacity that is ordered: who builds what, where and when.

        Returns
        -------
        Result
            Cost in million USD of present value.

        Examples
        --------
        >>> len(divert(loading.load(), "gallium-stop").plan()) > 0
        True
        """
        found = answers.built(self.run)
        return self._result("capacity ordered", listed(found), chart=lambda: _bars(listed(found), "stage", "cost"))

    def flows(self) -> Result:
        """Return the deliveries that differ from those of the base year.

        Returns
        -------
        Result
            A row for each stage, exporter, importer and year, in the unit of the row.

        Examples
        --------
        >>> len(divert(loading.load(), "gallium-stop").flows()) > 0
        True
        """
        return self._result("deliveries", listed(answers.changes(self.run)))

    def stocks(self) -> Result:
        """Return the stocks that are held.

        Returns
        -------
        Result
            Quantities in the unit of the row.

        Examples
        --------
        >>> divert(loading.load(), "gallium-stop").stocks().title
        'stocks of gallium-stop'
        """
        return self._result("stocks", listed(answers.stocks(self.run)))

    def independence(self) -> Result:
        """Return the first year from which the rival stays under the threshold, and what would bring it forward.

        Returns
        -------
        Result
            A year is None where it does not come within the run.

        Raises
        ------
        UnknownNameError
            If the scenario has no threshold and neither has the study.

        Examples
        --------
        >>> set(divert(loading.load(), "gallium-stop").independence().frame()["threshold"]) == {0.1}
        True
        """
        rows = independence_rows(self.study, self.run)
        return self._result("independence", rows, chart=lambda: _waits(rows, self.run))

    def soonest(self) -> Result:
        """Return the earliest independence of each stage if cost played no part, and what holds it up.

        Returns
        -------
        Result
            A row for each stage.

        Raises
        ------
        UnknownNameError
            If the scenario has no threshold and neither has the study.
        DepgraphError
            If a run on the way has no certified answer.
        """
        return self._result("earliest independence", listed(soonest.soonest(self.run, threshold(self.study, self.run))))

    def escape(self) -> Result:
        """Return the earliest independence of each stage if nobody buys more from the rival, and what it costs.

        Returns
        -------
        Result
            A row for each stage; cost in million USD of present value, above the plan of least cost
            without duties of the scenario. What is not known is None, and ``missing`` says why. The
            last column is the hash of the data: as a csv file this is what a study stores.

        Raises
        ------
        UnknownNameError
            If the scenario has no threshold and neither has the study.
        DepgraphError
            If a run on the way has no certified answer.
        """
        return self._result("escape", escape_rows(self.study, self.scenario, threshold(self.study, self.run)))

    def ranges(self) -> Result:
        """Return the lowest and highest value of each part of the cost over all plans that cost as little.

        Returns
        -------
        Result
            Million USD; without rows where the plan is the only one.

        Raises
        ------
        DepgraphError
            If a run on the way has no certified answer.
        """
        return self._result("ranges", range_rows(self.run))

    def prices(self, top: int = 20) -> Result:
        """Return shadow prices: what more of a capacity, a limit or an order saves, and for how much more that holds.

        Parameters
        ----------
        top
            Most rows.

        Returns
        -------
        Result
            The largest price times limit first. `more` is a price a unit, million USD, that holds for
            `holds_for` more units only, which save `saves_musd` in all; `less` holds for `less_holds_for`
            less, which cost `costs_musd` in all. 0: at this point only. None: no plan on that side, or no
            end of the range.

        Raises
        ------
        DepgraphError
            If a price cannot be certified.

        Examples
        --------
        >>> len(divert(loading.load(), "gallium-stop").prices(top=3)) <= 3
        True
        """
        return self._priced("shadow prices", listed(marginal.capacity_prices(self.run, top)))

    def routes(self, top: int = 20) -> Result:
        """Return routes that are not used, and the cut in duty or cost that would open them.

        Parameters
        ----------
        top
            Most rows.

        Returns
        -------
        Result
            The nearest to opening first.

        Raises
        ------
        DepgraphError
            If a price cannot be certified.
        """
        return self._result("closed routes", listed(marginal.closed_routes(self.run, top)))

    def binding(self) -> Result:
        """Return the limits that bind, what more of each saves, and for how much more that holds.

        Returns
        -------
        Result
            A row for each limit. `worth` is a price a unit, million USD, that holds for `holds_for` more
            units only, which save `saves_musd` in all (None: not known, or no end); `value` is the price times the
            limit, by which rows are in order, and no saving.

        Raises
        ------
        DepgraphError
            If the plan cannot be solved once more.
        """
        return self._priced("binding limits", listed(marginal.binding(self.run)))

    def base(self) -> Result:
        """Return each flow of the base year beside what customs recorded.

        Returns
        -------
        Result
            In the unit of the row; what was not observed is None.
        """
        return self._result("base year", base_rows(self.run))

    def assumptions(self) -> Result:
        """Return every figure, assumption and estimate that the run rests on, with the value it used.

        Returns
        -------
        Result
            Each in its own unit.
        """
        return self._result("assumptions", ledger_rows(self.study, self.run), key="id")

    def omitted(self) -> Result:
        """Return the links and rows that the run does without, since a table has none for them.

        Returns
        -------
        Result
            A row for each recipe of the ranking that is left out, and for each stage at which a default stands
            in for a row: the table, what is missing, and what the run does instead.

        Examples
        --------
        >>> divert(loading.load(), "gallium-stop").omitted().frame()["table"].iloc[0]
        'commodities'
        """
        return self._result("what is left out", omitted_rows(self.study, self.scenario))

    def frontier(self, points: int = 11, *, kinks: bool = False) -> Result:
        """Return cost against exposure, and what begins to bind.

        Parameters
        ----------
        points
            Number of points, evenly spaced.
        kinks
            Every kink exactly instead; choose few products.

        Returns
        -------
        Result
            Cost in million USD, exposure as a fraction.

        Raises
        ------
        DepgraphError
            If a run on the way has no certified answer.
        """
        rows = frontier_rows(self.run, points, exact=kinks)
        return self._result("frontier", rows)

    def pooling(self, seconds: float | None = None) -> Result:
        """Hold building together against building apart.

        Parameters
        ----------
        seconds
            Time for each search for whole plants.

        Returns
        -------
        Result
            Million USD and fractions, as the unit of the row says.

        Raises
        ------
        DepgraphError
            If a run on the way has no certified answer.
        """
        found = pooling.compare(self.study, self.study.picture, self.scenario, seconds=seconds)
        return self._result("pooling", pooling_rows(self.scenario, found), key="id")

    def tornado(self, quantity: str = "diversion_cost", jobs: int = 1) -> Result:
        """Return what each assumption alone does to a quantity of the summary.

        Parameters
        ----------
        quantity
            Of the summary.
        jobs
            Runs at a time.

        Returns
        -------
        Result
            The quantity at both ends of each assumption, in its own unit.

        Raises
        ------
        DepgraphError
            If there is no such quantity.
        """
        return self._result("effects", tornado_rows(self.study, self.scenario, quantity, jobs))

    def flip(self, key: str, low: float, high: float) -> Result:
        """Say how far a setting must move before other plants are ordered.

        Parameters
        ----------
        key
            A setting, an assumption or a figure.
        low, high
            Between which it moves.

        Returns
        -------
        Result
            One row.

        Raises
        ------
        UnknownNameError
            If it is no number that can be moved.
        """
        found = sweeps.flip(self.study, self.study.picture, self.scenario, key, (low, high))
        return self._result("switching point", listed([found]))

    def plot(self) -> Chart:
        """Draw the parts of the cost.

        Returns
        -------
        altair.LayerChart
            Million USD of present value.

        Raises
        ------
        DepgraphError
            If Altair is not installed; the message names the extra to install.
        """
        return self.summary().plot()

    def why(self, row: object = 0) -> Trail:
        """Walk from a row of the summary down to what it rests on.

        Parameters
        ----------
        row
            Its number, its quantity, its identifier or the row itself.

        Returns
        -------
        Trail
            Shows itself as text.

        Raises
        ------
        UnknownNameError
            If nothing has that identifier.

        Examples
        --------
        >>> divert(loading.load(), "gallium-stop").why("diversion_cost").rows[0]["kind"]
        'answer'
        """
        if not isinstance(row, str):
            return self.summary().why(row)
        start = f"V:{self.scenario.scenario_id}"
        return why(self.study, row if row.startswith(start) else f"{start}:{row}")


def scenarios(study: Study) -> Result:
    """List the scenarios of a study, as `depgraph divert` does without a name.

    Parameters
    ----------
    study
        The study.

    Returns
    -------
    Result
        Name, title, what it extends, claims that it operationalises, note.

    Raises
    ------
    StudyError
        With every problem of every file.

    Examples
    --------
    >>> "gallium-stop" in set(scenarios(loading.load()).frame()["scenario"])
    True
    """
    held = loading.of(study)
    found = tuple(library.read_all(held).values())
    return Result("scenarios", tuple(_scenario_row(item) for item in found), held, found)


def _scenario_row(scenario: Scenario) -> Row:
    """Describe a scenario of the library."""
    return {
        "scenario": scenario.scenario_id,
        "title": scenario.get("title", ""),
        "extends": scenario.get("extends"),
        "claims": scenario.get("claims", []),
        "note": scenario.get("note", ""),
    }


def divert(
    study: Study,
    name: str,
    *,
    assumptions: Mapping[str, float] | None = None,
    cap_year: int | None = None,
    **settings: object,
) -> Plan:
    """Compute how a bloc could route trade around its rival, at what cost and how soon.

    Parameters
    ----------
    study
        The study.
    name
        A scenario of the study; `scenarios` lists them.
    assumptions
        Assumption or figure to another value than that of the study.
    cap_year
        Year in which the scenario's cap reaches its last value; without it that of the file. The
        earlier years of the cap stay as they are.
    **settings
        Settings with another value than in the file, as ``--set`` takes them: ``growth=0.02``. A key of
        the entries of a table is written with an underscore, ``cap_share=0.4`` for ``cap.share``, and
        changes all of them; a path by year is a mapping, ``cap_share={2027: 1.0, 2035: 0.0}``.

    Returns
    -------
    Plan
        Certified optimal.

    Raises
    ------
    UnknownNameError
        If the study has no such scenario.
    StudyError
        With every setting that cannot be read.
    InfeasibleError
        If no plan satisfies all of it.
    QuestionError
        If ``cap_year`` is given and the scenario has no cap with a path by year that could end then.
    DepgraphError
        If the answer cannot be certified.

    Examples
    --------
    >>> study = loading.load()
    >>> plan = divert(study, "gallium-stop", assumptions={"A-discount-rate": 0.08})
    >>> round(plan.assumptions().frame().set_index("id").loc["A-discount-rate", "value"], 2)
    np.float64(0.08)
    """
    held = loading.of(study)
    scenario = library.find(held, name)
    if cap_year is not None:
        settings["cap_share"] = _ending(scenario, cap_year)
    scenario = library.changed(held, scenario, changes(assumptions or {}, settings))
    return Plan(held, scenario, runs.run(held, held.picture, scenario))


def _ending(scenario: Scenario, year: int) -> dict[str, float]:
    """Return the path of the scenario's caps with another last year.

    Raises
    ------
    QuestionError
        If the caps differ, or have no path by year whose earlier years lie before the year.
    """
    paths = [entry["share"] for entry in scenario.get("cap", [])]
    path = paths[0] if paths and all(other == paths[0] for other in paths) else None
    if not isinstance(path, Mapping):
        msg = f"{scenario.scenario_id} has no single cap with a share by year: give cap_share"
        raise QuestionError(msg)
    *earlier, last = sorted(path, key=int)
    if any(int(key) >= year for key in earlier):
        msg = f"the cap of {scenario.scenario_id} starts in {earlier[-1]}: cap_year must lie after it (got {year})"
        raise QuestionError(msg)
    return {key: path[key] for key in earlier} | {str(year): path[last]}


def changes(assumptions: Mapping[str, object], settings: Mapping[str, object]) -> list[str]:
    """Write settings as ``--set`` takes them.

    Parameters
    ----------
    assumptions
        Assumption or figure to value.
    settings
        Key to value.

    Returns
    -------
    list of str
        ``key=value``.

    Raises
    ------
    QuestionError
        If a value is no text, number, truth value or list of these.

    Examples
    --------
    >>> changes({"A-discount-rate": 0.08}, {"cap_share": 0.4, "projects": "late", "build": False})
    ['A-discount-rate=0.08', 'cap.share=0.4', 'projects="late"', 'build=false']
    """
    named = {**assumptions, **{_dotted(key): value for key, value in settings.items()}}
    return [f"{key}={_text(key, value)}" for key, value in named.items()]


def _dotted(key: str) -> str:
    """Write a key of the entries of a table with a dot."""
    table, _, inner = key.partition("_")
    return f"{table}.{inner}" if inner and table in library.ENTRIES and key not in library.KEYS else key


def _text(key: str, value: object) -> str:
    """Write a value as TOML does.

    Raises
    ------
    QuestionError
        If it has no such form.
    """
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{inner} = {_text(key, item)}" for inner, item in value.items()) + "}"
    try:
        return json.dumps(list(value) if isinstance(value, (tuple, set, frozenset)) else value)
    except (TypeError, ValueError) as error:
        msg = f"{key} takes a text, a number, True, False or a list of these (got {type(value).__name__})"
        raise QuestionError(msg) from error


# --- rows ---------------------------------------------------------------------------------------


def summary_rows(study: LoadedStudy, run: Run) -> list[Row]:
    """Return the headline numbers; a plan that is one of several says so."""
    base = runs.run(study, study.picture, pooling.unchanged(run.scenario))
    rows: list[Row] = []
    for quantity, value in answers.summary(run, base).items():
        unit = "share" if quantity.startswith("exposure") else "MUSD"
        rows.append(_line(run, quantity, value, unit, _meaning(quantity)))
    for item in independence_rows(study, run):
        words = "already so" if item["already"] else "within the run" if item["year"] else "not within the run"
        detail = f"{words}; dearest limit: {item['dearest']}" if item["dearest"] else words
        rows.append(_line(run, f"independence:{item['stage']}", item["year"], "year", detail))
    rows += _omission_lines(study, run)
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


def _omission_lines(study: Study, run: Run) -> list[Row]:
    """Return how many links of the ranking the run leaves out, and at how many tables defaults stand in."""
    omitted = omissions.find(study, run.scenario)
    links = list(dict.fromkeys(item.subject for item in omitted if item.is_link))
    places = omissions.by_default(omitted)
    left = f"results do without {', '.join(links)}; see --show omitted" if links else "every recipe is in the model"
    defaults = f"no row in {', '.join(places)}; see --show omitted" if places else "every stage has its rows"
    return [
        _line(run, "links_omitted", len(links), "recipes", left),
        _line(run, "tables_by_default", len(places), "tables", defaults),
    ]


def omitted_rows(study: Study, scenario: Scenario) -> list[Row]:
    """Return every link and row that a run does without."""
    return [_omitted_row(item) for item in omissions.find(study, scenario)]


def _omitted_row(item: Omission) -> Row:
    """Write one link or stage."""
    recipe, stage = (item.subject, None) if item.is_link else (None, item.subject)
    return {"table": item.table, "recipe": recipe, "stage": stage, "missing": item.missing, "effect": item.effect}


def range_rows(run: Run) -> list[Row]:
    """Return the range of each part of the cost over all plans that cost as little."""
    found = marginal.ranges(run) or {}
    return [{"quantity": name, "low": low, "high": high, "unit": "MUSD"} for name, (low, high) in found.items()]


def cost_rows(study: LoadedStudy, run: Run) -> list[Row]:
    """Return who bears which part of the cost, beside the unchanged run."""
    base = runs.run(study, study.picture, pooling.unchanged(run.scenario))
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


def threshold(study: Study, run: Run) -> float:
    """Return the part of the bloc's supply below which one speaks of independence."""
    own = run.scenario.get("threshold")
    return library.number(study, run.scenario, ledger.INDEPENDENCE) if own is None else float(own)


def independence_rows(study: Study, run: Run) -> list[dict[str, Any]]:
    """Return the years of independence at the scenario's threshold."""
    least = threshold(study, run)
    found = answers.independence(run, answers.exposures(run), least)
    return [{**vars(item), "threshold": least} for item in found]


def escape_rows(study: LoadedStudy, scenario: Scenario, least: float) -> list[Row]:
    """Return the year and the cost of escape of each stage, with what they were asked of."""
    parties = {key: scenario.get(key, study.settings[key]) for key in ("bloc", "rival")}
    # a scenario that was changed for the occasion must not pass for the one in the file
    known = library.read_all(study).get(scenario.scenario_id)
    same = known is not None and known.settings == scenario.settings
    name = scenario.scenario_id if same else f"{scenario.scenario_id} with changes"
    asked = {**parties, "scenario": name, "threshold": least}
    return [
        {"stage": item.stage, **asked, **vars(item), "data": study.version}
        for item in escape.escape(study, study.picture, scenario, least)
    ]


def base_rows(run: Run) -> list[Row]:
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


def ledger_rows(study: Study, run: Run) -> list[Row]:
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


def frontier_rows(run: Run, points: int, *, exact: bool) -> list[Row]:
    """Return cost against exposure: evenly spaced points, or every kink."""
    return [vars(item) for item in (frontier.kinks(run) if exact else frontier.trace(run, points))]


def pooling_rows(scenario: Scenario, found: pooling.Pooling) -> list[Row]:
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


def tornado_rows(study: LoadedStudy, scenario: Scenario, quantity: str, jobs: int) -> list[Row]:
    """Return what each assumption alone does to a quantity."""
    run = runs.run(study, study.picture, scenario)
    names = [str(row["id"]) for row in ledger_rows(study, run)]
    return [vars(item) for item in sweeps.effects(study, study.picture, scenario, names, quantity, jobs=jobs)]


# --- charts -------------------------------------------------------------------------------------


def _bars(rows: Sequence[Row], name: str, value: str) -> Chart:
    """Draw sums of money, added up by name; quantities in other units and sums of nothing are left out."""
    sums: dict[str, float] = {}
    for row in rows:
        if row.get("unit", "MUSD") == "MUSD" and isinstance(row[value], (int, float)):
            sums[row[name]] = sums.get(row[name], 0.0) + row[value]
    ordered = sorted(sums.items(), key=lambda pair: (-abs(pair[1]), pair[0]))[:DRAWN]
    drawn = [{"name": key, "value": total, "label": elements.money(total)} for key, total in ordered if total]
    return plancharts.bars(drawn, "million US$, present value")


def _waits(rows: Sequence[Row], run: Run) -> Chart:
    """Draw the years of independence."""
    years = run.case.years[0], run.case.years[-1]
    drawn = [
        {"name": row["stage"], "until": row["year"],
         "note": f"{row['year'] or 'not within the run'}; {row['dearest'] or 'no capacity has a price'}"}
        for row in [row for row in rows if not row["already"]][:DRAWN]
    ]  # fmt: skip
    return plancharts.waits(drawn, years)
