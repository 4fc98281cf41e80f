"""A plan in sentences: what it costs and to whom, what is built, what goes short, when dependence ends."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from depgraph.core import words
from depgraph.core.words import listing, money, percent
from depgraph.diversion import answers, omissions
from depgraph.diversion.answers import Built, Missing
from depgraph.diversion.run import Run
from depgraph.diversion.scenario import Scenario
from depgraph.interface import divert as plans
from depgraph.interface.results import Row
from depgraph.study.study import Study

# quantity of the summary -> what a person reads: the line and its meaning
LINES = {
    "diversion_cost": (
        "Cost of diversion, all regions",
        "above the unchanged run, without duties; the sum of six parts",
    ),
    "production": ("- production", "what making the goods costs more; below zero, less"),
    "freight": ("- freight", "carrying the goods"),
    "premium": (
        "- premium (calibrated)",
        "what calibration adds for what is in no statistic; rests on elasticities",
    ),
    "investment": ("- new plants", "building what is ordered"),
    "holding": ("- stocks", "stocks, with a credit for what is kept; read it together with production"),
    "unmet": ("- shortfall, at its worth", "demand that is not met anywhere, valued at its worth"),
    "bloc_cost": ("Borne by the bloc", "its own costs, and what it pays and is paid at scarcity prices"),
    "private_cost": ("Cost with duties", "what buyers see; duties are a transfer to the state"),
    "tariff_revenue": ("Duties", "paid above those of the unchanged run; below zero, fewer"),
    "exposure_before": ("Share of the rival, base year", "of what the bloc makes and buys, at base prices"),
    "exposure_first": ("Share of the rival, first year", "of what the bloc makes and buys, at base prices"),
    "exposure_last": ("Share of the rival, last year", "of what the bloc makes and buys, at base prices"),
    "unmet_outside": ("Shortfall outside the bloc", "at base prices, all years together"),
}
SHORTFALL = "unmet_"
INDEX_WORLD = 100  # an index gives the world's output of the base year this value
PLURAL = ("United States", "European Union", "Rest of")  # names that a sentence gives an article
LEAST_PART = 0.005  # of a demand: smaller shortfalls are told together


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
        Cost, building, shortfall, independence, whether the plan is one of several, and what it leaves out.

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
    left = omissions.notice(study, omissions.find(study, run.scenario), run.scenario)
    sentences = [
        _cost(run, found, names),
        _built(answers.built(run), names),
        _short(answers.missing(run), names),
        independence(rows, names, plans.threshold(study, run)),
        several,
        left and f"{left}.",
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
        (what, meaning), value = _line(row["quantity"]), row["value"]
        if not what:
            continue
        text = percent(value) if row["unit"] == "share" else money(value)
        if text != "none" or row["quantity"] == "diversion_cost":
            lines.append({"what": what, "value": text, "meaning": meaning})
    return lines


def _line(quantity: str) -> tuple[str, str]:
    """Return what a person reads for a quantity of the summary, empty for those of the sentences alone."""
    if quantity.startswith(SHORTFALL) and quantity not in LINES:
        return f"Shortfall of the bloc: {quantity.removeprefix(SHORTFALL)} use", LINES["unmet_outside"][1]
    return LINES.get(quantity, ("", ""))


class Names:
    """The words of a study for stages, regions, bloc and rival."""

    def __init__(self, study: Study, scenario: Scenario) -> None:
        """Take the names from the tables of the study, bloc and rival from the scenario if it names them."""
        self._stages = {stage: str(row["name"]).partition(" (")[0] for stage, row in study.stages.items()}
        self._regions = {row["region"]: str(row["name"]) for row in study.tables["regions"]}
        self._parties = study.economies.names
        self._groups = study.economies.members
        self._known = _identifiers([*self._stages], {*self._parties, *self._regions})
        bloc = scenario.get("bloc") or study.settings["bloc"]
        self.members = frozenset(study.economies.members.get(bloc, (bloc,)))
        self.bloc = self.party(bloc)
        self.rival = self.party(scenario.get("rival") or study.settings["rival"])

    def stage(self, stage: str) -> str:
        """Return the name of a stage, small at the beginning for use inside a sentence."""
        name = self._stages.get(stage, stage)
        return name[:1].lower() + name[1:] if name[1:2].islower() else name

    def party(self, code: str) -> str:
        """Return the name of an economy, bloc or region, as it stands inside a sentence."""
        name = self._regions.get(code) or self._parties.get(code, code)
        grouped = code in self._groups and code not in self._regions
        return f"the {name}" if grouped or name.startswith(PLURAL) else name

    def label(self, text: str) -> str:
        """Write the stages and regions of a limit by their names."""
        return self._known.sub(self._named, text)

    def _named(self, found: re.Match[str]) -> str:
        """Return the name of an identifier, or of a stage and its region."""
        region, stage = found["region"], found["stage"] or found["only"]
        if region and stage:
            return f"{self.stage(stage)} in {self.party(region)}"
        return self.stage(stage) if stage else self.party(region)


def _identifiers(stages: Sequence[str], regions: Collection[str]) -> re.Pattern[str]:
    """Match a stage, a region, or both side by side; of two that begin alike the longer one."""
    stage, region = ("|".join(sorted(map(re.escape, names), key=len, reverse=True)) for names in (stages, regions))
    return re.compile(
        rf"\b(?P<region>{region})\b(?: (?P<stage>{stage})(?![\w/]))?|(?<![\w/])(?P<only>{stage})(?![\w/])"
    )


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
    said = f"costs {money(whole)}" if whole > 0 else f"saves {money(-whole)}"
    parts = {"new plants": "investment", "a calibrated premium": "premium", "shortfall": "unmet"}
    amounts = [f"{money(found[key])} for {what}" for what, key in parts.items() if abs(found[key]) >= 1]
    split = f" The cost includes {listing(amounts)}; the rest is production, freight and stocks." if amounts else ""
    return f"{title}: this {said} in {_years(run)} (present value, all regions).{split}{_borne(whole, found, names)}"


def _borne(whole: float, found: Mapping[str, float], names: Names) -> str:
    """Say what the bloc bears; its part can be larger than the whole where others gain."""
    own = found.get("bloc_cost")
    if own is None:
        why = "a surprise, or demand that is served before cost counts, leaves no prices to settle trade by"
        return f" How much of it {names.bloc} bears is not known: {why}."
    if abs(own) < words.NO_MONEY:
        return f" {_first(names.bloc)} bears none of it."
    if own < 0:
        return f" {_first(names.bloc)} gains {money(-own)}; others bear {money(whole - own)}."
    if own > whole:
        return f" {_first(names.bloc)} bears {money(own)}; others gain {money(own - whole)}."
    return f" {_first(names.bloc)} bears {money(own)} of it."


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
    whole, unit = sum(item.amount for item in items), items[0].unit
    return f"{percent(whole / INDEX_WORLD)} of world output" if unit == "index" else words.amount(whole, unit)


def _short(missing: Sequence[Missing], names: Names) -> str:
    """Say where the shortfall is worst, in the bloc and outside."""
    inside = [item for item in missing if item.region in names.members]
    outside = [item for item in missing if item.region not in names.members]
    if not missing:
        return "All demand is met, in the bloc and outside."
    ours = f"Shortfall in the bloc: {_worst(inside, names)}." if inside else f"All demand of {names.bloc} is met."
    return f"{ours} Shortfall elsewhere: {_worst(outside, names)}." if outside else ours


def _worst(missing: Sequence[Missing], names: Names) -> str:
    """List the worst year of each good and region, the worst first."""
    if all(item.part < LEAST_PART for item in missing):
        return "under 1% of any demand"
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


def independence(rows: Sequence[Row], names: Names, threshold: float) -> str:
    """Say when the rival's direct share of each stage falls to the threshold for good.

    Parameters
    ----------
    rows
        The summary of a plan.
    names
        The words of the study.
    threshold
        Share of the rival up to which a stage counts as independent.

    Returns
    -------
    str
        Empty where the plan holds no stage.
    """
    found = [row for row in rows if row["quantity"].startswith("independence:")]
    never = [names.stage(row["quantity"].partition(":")[2]) for row in found if row["value"] is None]
    already = sum(row["detail"].startswith("already") for row in found)
    years = [row["value"] for row in found if row["value"] is not None and not row["detail"].startswith("already")]
    said = [f"at {already} from the first year"] if already else []
    if years:
        span = f"in {years[0]:.0f}" if min(years) == max(years) else f"between {min(years):.0f} and {max(years):.0f}"
        latest = [names.stage(row["quantity"].partition(":")[2]) for row in found if row["value"] == max(years)]
        named = f" (last: {listing(latest)})" if min(years) < max(years) else ""
        said.append(f"at {len(years)} {span}{named}")
    if never:
        said.append(f"at {len(never)} not within the run ({listing(never)})")
    share = f"{names.rival}'s direct share of supply stays at {percent(threshold)} or less"
    return f"Of {len(found)} stages, {share} {listing(said)}." if found else ""


def by_question(study: Study, scenarios: Iterable[Scenario]) -> dict[str, list[Scenario]]:
    """Group scenarios by the question that they answer, read from what they set.

    Parameters
    ----------
    study
        Names of rival and bloc.
    scenarios
        The scenarios.

    Returns
    -------
    dict
        Question to scenarios, both in a fixed order.

    Examples
    --------
    >>> from depgraph.diversion import scenario
    >>> from depgraph.interface import loading
    >>> study = loading.load()
    >>> [question for question, held in by_question(study, scenario.read_all(study).values()).items() if held][0]
    'What if nothing changes?'
    """
    rival = study.economies.names.get(study.settings["rival"], study.settings["rival"])
    questions = {
        "nothing": "What if nothing changes?",
        "product": f"What if {rival} stops selling some goods?",
        "all": f"What if {rival} sells nothing at all (a long conflict)?",
        "others": f"What if others stop selling to {rival}?",
        "cap": f"What if imports from {rival} are capped?",
        "tariff": "What if tariffs change?",
    }
    groups: dict[str, list[Scenario]] = {text: [] for text in questions.values()}
    for item in scenarios:
        groups[questions[_kind(item, study.settings["rival"])]].append(item)
    return {question: held for question, held in groups.items() if held}


def _kind(scenario: Scenario, rival: str) -> str:
    """Return the key of the question: what a scenario sets first of stops, caps and duties."""
    own = scenario.get("rival") or rival
    stops = [entry for entry in scenario.get("embargo", []) if own in entry["exporter"]]
    if stops:
        return "product" if all("product" in entry or "stage" in entry for entry in stops) else "all"
    named = {"embargo": "others", "cap": "cap", "tariff": "tariff"}
    return next((kind for key, kind in named.items() if scenario.get(key)), "nothing")


def _first(name: str) -> str:
    """Return a name as it begins a sentence."""
    return name[:1].upper() + name[1:]
