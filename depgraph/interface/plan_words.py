"""A plan in sentences: what it costs and to whom, what is built, what goes short, when dependence ends."""

from collections.abc import Mapping, Sequence

from depgraph.core import words
from depgraph.core.words import listing, money, percent
from depgraph.diversion import answers
from depgraph.diversion.answers import Built, Missing
from depgraph.diversion.run import Run
from depgraph.diversion.scenario import Scenario
from depgraph.interface.results import Row
from depgraph.study.study import Study

# quantity of the summary -> what a person reads
LINES = {
    "diversion_cost": "Cost of diversion, all regions",
    "production": "  of which production",
    "freight": "  of which freight",
    "premium": "  of which premium (calibrated)",
    "investment": "  of which new plants",
    "holding": "  of which stocks",
    "unmet": "  of which shortfall, at its worth",
    "bloc_cost": "Borne by the bloc",
    "private_cost": "Cost of diversion with duties",
    "tariff_revenue": "Duties paid in addition",
    "exposure_before": "Rival's part of supply, base year",
    "exposure_first": "Rival's part of supply, first year",
    "exposure_last": "Rival's part of supply, last year",
    "unmet_outside": "Shortfall outside the bloc, base prices",
}
SHORTFALL = "unmet_"
LEAST_PART = 0.005  # of a demand: a smaller shortfall is not told in the opening sentences


def opening(study: Study, run: Run, rows: Sequence[Row]) -> list[str]:
    """Return the sentences that answer a scenario.

    Parameters
    ----------
    study
        Names of stages and of the bloc.
    run
        The solved scenario.
    rows
        Its summary; the sentences say the numbers of these rows and of the plan's own lists.

    Returns
    -------
    list of str
        Cost, building, shortfall, independence, and whether the plan is one of several.

    Examples
    --------
    >>> from depgraph.interface import divert, loading
    >>> study = loading.load()
    >>> plan = divert.divert(study, "gallium-stop")
    >>> print(opening(study, plan.run, plan.summary().rows)[0].partition(":")[0])
    China stops selling gallium to the Quad
    """
    found = {row["quantity"]: row["value"] for row in rows}
    names = Names(study, run.scenario)
    several = "" if found.get("unique") else "Other plans cost the same; --show ranges gives the span of each part."
    sentences = [
        _cost(run, found, names),
        _built(answers.built(run), names),
        _short(answers.missing(run), names),
        _independence(found, names),
        several,
    ]
    return [sentence for sentence in sentences if sentence]


def table(rows: Sequence[Row]) -> list[Row]:
    """Return about a dozen lines of the summary, in words.

    Returns
    -------
    list of dict
        What, value and meaning; a part that is rounding error of the solver is left out.
    """
    lines: list[Row] = []
    for row in rows:
        what, value = _line(row["quantity"]), row["value"]
        if not what:
            continue
        text = percent(value) if row["unit"] == "share" else money(value)
        if text != "none" or row["quantity"] == "diversion_cost":
            lines.append({"what": what, "value": text, "meaning": row["detail"].partition(";")[0]})
    return lines


def _line(quantity: str) -> str:
    """Return what a person reads for a quantity of the summary, empty for those of the sentences alone."""
    if quantity.startswith(SHORTFALL) and quantity not in LINES:
        return f"Shortfall of the bloc: {quantity.removeprefix(SHORTFALL)} use"
    return LINES.get(quantity, "")


class Names:
    """The words of a study for stages, regions, bloc and rival."""

    def __init__(self, study: Study, scenario: Scenario) -> None:
        """Take the names from the tables of the study, bloc and rival from the scenario if it names them."""
        self._stages = {stage: str(row["name"]).partition(" (")[0] for stage, row in study.stages.items()}
        self._regions = {row["region"]: str(row["name"]) for row in study.tables["regions"]}
        self._parties = study.economies.names
        bloc = scenario.get("bloc") or study.settings["bloc"]
        self.members = frozenset(study.economies.members.get(bloc, (bloc,)))
        self.bloc = self.party(bloc)
        self.rival = self.party(scenario.get("rival") or study.settings["rival"])

    def stage(self, stage: str) -> str:
        """Return the name of a stage, small at the beginning for use inside a sentence."""
        name = self._stages.get(stage, stage)
        return name[:1].lower() + name[1:] if name[1:2].islower() else name

    def party(self, code: str) -> str:
        """Return the name of an economy, bloc or region."""
        return self._regions.get(code) or self._parties.get(code, code)


def _years(run: Run) -> str:
    """Return the years of a run."""
    years = run.case.years
    return f"{years[0]} to {years[-1]}"


def _cost(run: Run, found: Mapping[str, float], names: Names) -> str:
    """Say what the plan costs, who bears it and what it consists of."""
    whole = found["diversion_cost"]
    title = run.scenario.get("title", run.scenario.scenario_id)
    if abs(whole) < words.NO_MONEY:
        return f"{title}: it costs nothing above the unchanged run."
    borne = f", {money(found['bloc_cost'])} of it borne by {names.bloc}" if found.get("bloc_cost") is not None else ""
    parts = {"new plants": "investment", "a calibrated premium": "premium", "shortfall": "unmet"}
    said = [f"{money(found[key])} for {what}" for what, key in parts.items() if found[key] >= 1]
    split = f" Of this {listing(said)}." if said else ""
    return f"{title}: the cost is {money(whole)} in {_years(run)} (present value){borne}.{split}"


def _built(built: Sequence[Built], names: Names) -> str:
    """Say which plants cost most: where, of what, how large, from when."""
    if not built:
        return "No new plant is built."
    places: dict[tuple[str, str], list[Built]] = {}
    for item in built:
        places.setdefault((item.stage, item.region), []).append(item)
    ordered = sorted(places.items(), key=lambda entry: (-sum(item.cost for item in entry[1]), entry[0]))
    said = [
        f"{names.stage(stage)} in {names.party(region)} ({_size(items)} a year, from {min(i.ready for i in items)})"
        for (stage, region), items in ordered
    ]
    return f"New capacity, the largest investment first: {listing(said)}."


def _size(items: Sequence[Built]) -> str:
    """Return the capacity of several orders of one stage and region."""
    return words.amount(sum(item.amount for item in items), items[0].unit)


def _short(missing: Sequence[Missing], names: Names) -> str:
    """Say where the shortfall is worst, in the bloc and outside."""
    told = [item for item in missing if item.part >= LEAST_PART]
    inside = [item for item in told if item.region in names.members]
    outside = [item for item in told if item.region not in names.members]
    if not told:
        return "All demand is met, in the bloc and outside."
    ours = f"Shortfall in the bloc: {_worst(inside, names)}." if inside else f"All demand of {names.bloc} is met."
    return f"{ours} Shortfall elsewhere: {_worst(outside, names)}." if outside else ours


def _worst(missing: Sequence[Missing], names: Names) -> str:
    """List the worst year of each good and region, the worst first."""
    worst: dict[tuple[str, str, str], Missing] = {}
    for item in sorted(missing, key=lambda item: (-item.part, item.stage, item.region, item.year)):
        worst.setdefault((item.stage, item.region, item.tier), item)
    return listing(
        [
            f"{names.stage(item.stage)} in {names.party(item.region)} "
            f"({percent(item.part)} of {item.tier} use in {item.year})"
            for item in worst.values()
        ]
    )


def _independence(found: Mapping[str, float], names: Names) -> str:
    """Say when the rival's part of each stage stays under the threshold."""
    years = {key.partition(":")[2]: value for key, value in found.items() if key.startswith("independence:")}
    if not years:
        return ""
    never = [names.stage(stage) for stage, year in years.items() if year is None]
    reached = [year for year in years.values() if year is not None]
    if not reached:
        return f"Direct dependence on {names.rival} ends at none of {len(years)} stages within the run."
    rest = f"; not within the run: {listing(never)}" if never else ""
    last = max(reached)
    return f"Direct dependence on {names.rival} ends by {last:.0f} at {len(reached)} of {len(years)} stages{rest}."
