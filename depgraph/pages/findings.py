"""Everything that a report shows, computed once from a study; what could not be computed says why."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from depgraph.analysis import cards, chokepoints, endurance, leverage, shocks
from depgraph.analysis.cards import Card
from depgraph.analysis.chokepoints import Chokepoint, Ranking
from depgraph.analysis.endurance import Endurance
from depgraph.analysis.leverage import Balance, Retaliation
from depgraph.analysis.shocks import Cut, StageLoss
from depgraph.core.errors import DepgraphError
from depgraph.decision import gaps
from depgraph.decision.gaps import Assessment, Pair
from depgraph.diversion import base_year
from depgraph.evidence import estimates, intervals
from depgraph.evidence.estimates import Picture
from depgraph.graph import dependencies
from depgraph.graph.dependencies import Network
from depgraph.pages import drawing
from depgraph.pages.plan_results import Derived, Diversion, Solved
from depgraph.study import ledger
from depgraph.study.study import Study

FIRST = 2  # makers that have a colour before exporters of a plan
TIMED = 14  # stages for which times are computed


@dataclass(frozen=True)
class Facts:
    """What a report rests on.

    Attributes
    ----------
    study, picture, network, ranking
        As everywhere.
    bloc, rival
        Codes of the two sides.
    colours
        Economy to its colour, the same in every chart.
    theirs
        Rows of the rival's ranking: what the bloc and others could stop.
    balances, mutual
        The two tables of leverage.
    no_leverage
        Why they are empty, if they are.
    cut, losses
        The stop whose spread is shown, and what it does.
    no_shock
        Why nothing spreads, if nothing does.
    times
        Times to survive and recover.
    no_times
        Why there are none, if there are none.
    behind
        Rows of the members' rankings that the times rest on.
    cone
        The stage whose chain is drawn, None in a study without stages.
    solved
        The scenario that was run: its plan, or what clashes; None if none was.
    strengths
        What the members bring, which gaps they can fill, who complements whom.
    no_strengths
        Why it was not computed, if it was not.
    cards
        The cards of the ranking, the gravest first.
    """

    study: Study
    picture: Picture
    network: Network
    ranking: Ranking
    bloc: str
    rival: str
    colours: dict[str, str]
    theirs: tuple[Chokepoint, ...]
    balances: tuple[Balance, ...]
    mutual: tuple[Retaliation, ...]
    no_leverage: str
    cut: Cut | None
    losses: tuple[StageLoss, ...]
    no_shock: str
    times: tuple[Endurance, ...]
    no_times: str
    behind: tuple[Chokepoint, ...]
    cone: str | None
    solved: Solved | None
    strengths: Assessment | None = None
    no_strengths: str = ""
    cards: tuple[Card, ...] = ()

    def name(self, code: str) -> str:
        """Return the plain name of an economy or bloc."""
        return "rest of world" if code == intervals.REST else self.study.economies.names.get(code, code)

    @property
    def diversion(self) -> Diversion | None:
        """The plan of the scenario, None where none was run or none exists."""
        return self.solved if isinstance(self.solved, Diversion) else None

    def stage(self, stage: str) -> str:
        """Return the plain name of a stage."""
        return str(self.study.stages[stage]["name"])


def gather(
    study: Study, bloc: str, *, cone: str | None = None, solved: Solved | None = None, picture: Picture | None = None
) -> Facts:
    """Compute what a report shows.

    Parameters
    ----------
    study
        The study.
    bloc
        Code of the economy or bloc that loses.
    cone
        The stage whose chain is drawn; without it that of the first row of the ranking.
    solved
        A scenario that was run, if one was.
    picture
        The estimates, where they are at hand.

    Returns
    -------
    Facts
        Parts that cannot be computed are empty and say why.

    Raises
    ------
    UnknownNameError
        If the study has no such stage, or the bloc names no members.
    """
    picture = picture or estimates.estimate(study)
    network = dependencies.build(study, picture)
    ranking = chokepoints.rank(study, picture, network, bloc)
    if cone is not None:
        dependencies.require_stage(network, cone)
    rival = study.settings["rival"]
    first = ranking.rows[0] if ranking.rows else None
    theirs, balances, mutual, no_leverage = _leverage(study, picture, network, ranking, rival)
    losses, no_shock = _spread(study, picture, network, first, bloc)
    rankings = {code: chokepoints.rank(study, picture, network, code) for code in study.economies.expand(bloc)}
    rankings[bloc] = ranking
    times, behind, no_times = _times(study, picture, network, rankings, bloc)
    brought, no_strengths = _strengths(study, picture, network, rankings, bloc)
    drawn = cone or (first.stage if first else next(iter(study.stages), None))
    colours = _colours(picture, rival, solved)
    return Facts(
        study, picture, network, ranking, bloc, rival, colours, theirs, balances, mutual, no_leverage,
        Cut(first.economy, first.stage, 1.0) if first else None, losses, no_shock, times, no_times,
        (*behind, *_lacking(brought, rankings, behind)), drawn, solved, brought, no_strengths,
        tuple(cards.cards(study, ranking, cards.ways_out(study, network, bloc))),
    )  # fmt: skip


def _colours(picture: Picture, rival: str, solved: Solved | None) -> dict[str, str]:
    """Give colours to the rival, to who makes most over all stages, to who delivers in the plan, and then to others."""
    totals: dict[str, float] = {}
    for stage in picture.own:
        for item in picture.shares(stage):
            totals[item.economy] = totals.get(item.economy, 0.0) + item.central
    sent: dict[str, float] = {}
    for flow in solved.flows if isinstance(solved, Diversion) else ():
        sent[flow.exporter] = sent.get(flow.exporter, 0.0) + flow.before + flow.after
    makers, exporters = (
        sorted(set(amounts) - {intervals.REST}, key=lambda code: (-amounts[code], code)) for amounts in (totals, sent)
    )
    return drawing.palette([rival, *makers[:FIRST], *exporters, *makers])


def _leverage(
    study: Study, picture: Picture, network: Network, ours: Ranking, rival: str
) -> tuple[tuple[Chokepoint, ...], tuple[Balance, ...], tuple[Retaliation, ...], str]:
    """Hold both directions against each other, or say why that cannot be done."""
    members = study.economies.expand(rival)
    if not members:
        return (), (), (), f"{rival} names no members"
    if set(study.economies.expand(ours.bloc)) & set(members):
        return (), (), (), f"{ours.bloc} and {rival} overlap: leverage needs two sides"
    over_us, theirs = leverage.both_rankings(study, picture, network, ours.bloc, rival)
    balances = tuple(leverage.balance_of(study, over_us, theirs))
    mutual = tuple(leverage.retaliation_of(study, over_us, theirs))
    return theirs.rows, balances, mutual, "" if balances else "no stage is scored for either side"


def _spread(
    study: Study, picture: Picture, network: Network, first: Chokepoint | None, bloc: str
) -> tuple[tuple[StageLoss, ...], str]:
    """Follow the stop of the first row through the stages."""
    if first is None:
        return (), "no row of the ranking could be stopped"
    cut = Cut(first.economy, first.stage, 1.0)
    possible, _ = shocks.suppliers_of(picture, [cut])
    if not possible:
        return (), f"no share of {first.economy} at {first.stage} is known"
    try:
        return tuple(shocks.spread(study, picture, network, possible, bloc)), ""
    except DepgraphError as error:
        return (), str(error)


def _times(
    study: Study, picture: Picture, network: Network, rankings: Mapping[str, Ranking], bloc: str
) -> tuple[tuple[Endurance, ...], tuple[Chokepoint, ...], str]:
    """Compute times for some of the rival's stages, and the rows of members' rankings that they rest on.

    Stages of which anything is published come first, then those that cost most.
    """
    ranking, rival = rankings[bloc], study.settings["rival"]
    told = {row["stage"] for row in study.tables["buffers"]}
    ranked = dict.fromkeys(row.stage for row in ranking.rows if row.side == "rival")
    stages = sorted(ranked, key=lambda stage: stage not in told)[:TIMED]
    if not stages:
        return (), (), "the rival is not known to supply anything"
    found: list[Endurance] = []
    rows: list[Chokepoint] = []
    try:
        for member in study.economies.expand(ranking.bloc):
            own = rankings[member]
            rows.extend(own.rows)
            found.extend(endurance.endure(study, picture, network, member, rival, stages=stages, ranking=own))
    except DepgraphError as error:
        return (), (), str(error)
    found.sort(key=lambda item: (stages.index(item.stage), item.member))
    wanted = {parent for item in found for parent in item.parents}
    behind = tuple(row for row in rows if row.chokepoint_id in wanted)
    return tuple(found), behind, "" if found else "no member is known to be supplied by the rival"


def _strengths(
    study: Study, picture: Picture, network: Network, rankings: Mapping[str, Ranking], bloc: str
) -> tuple[Assessment | None, str]:
    """Say what the members bring, or why that cannot be said."""
    try:
        return gaps.assess(study, picture, network, bloc, rankings=rankings), ""
    except DepgraphError as error:
        return None, str(error)


def _lacking(
    found: Assessment | None, rankings: Mapping[str, Ranking], known: Sequence[Chokepoint]
) -> list[Chokepoint]:
    """Return the rows of members' rankings that the pairs rest on, without those that are known already."""
    wanted = set(_lacks(found)) - {row.chokepoint_id for row in known} if found else set()
    rows = (row for code, ranking in rankings.items() if found and code != found.bloc for row in ranking.rows)
    return [row for row in rows if row.chokepoint_id in wanted]


def _lacks(found: Assessment) -> Iterator[str]:
    """Yield the rows of rankings that the pairs rest on."""
    for pair in found.pairs:
        yield from pair.parents


def derived(facts: Facts) -> Iterator[tuple[str, Derived]]:
    """Yield what the report computes beyond the rows of other tables: identifier and what it rests on."""
    rows = [*facts.ranking.rows, *facts.theirs]
    for item in facts.mutual:
        parents = tuple(row.chokepoint_id for row in rows if item.good in row.goods and _is_side(facts, row))
        text = f"of {item.good} each side loses what its scarcest input costs if both stop everything"
        yield mutual_id(facts, item.good), Derived("mutual loss", text, parents)
    recipes = {row["recipe_id"]: row for row in facts.study.tables["recipes"]}
    for loss in facts.losses:
        if facts.cut is None:
            break
        above = tuple(name for name, row in recipes.items() if loss.stage in {row["output"], row["input"]})
        text = (
            f"if {facts.cut.economy} stops supplying {facts.cut.stage}, {loss.world:.3g} of the world output of "
            f"{loss.stage} is lost for want of inputs and {loss.upstream:.3g} for want of customers (ESRI cascade)"
        )
        own = f"E:{facts.cut.stage}:{facts.cut.economy}"
        yield spread_id(facts.cut, loss.stage), Derived("spread", text, (own, *above))

    if facts.strengths:
        yield from _derived_strengths(facts, facts.strengths)


def _derived_strengths(facts: Facts, found: Assessment) -> Iterator[tuple[str, Derived]]:
    """Yield the gaps in units and the counts of the pairs."""
    rules = (ledger.NEED, ledger.STRENGTH)
    for gap in found.gaps:
        plants = tuple(plant.project_id for plant in gap.plants)
        below = base_year.parents(facts.study, facts.picture, gap.stage) if gap.missing else ()
        text = (
            f"what {found.rival} delivers directly to {found.bloc} at {gap.stage} in the base year of the diversion "
            "model, what members are announced to make and what is then left"
        )
        yield gap.gap_id, Derived("gap", text, tuple(dict.fromkeys((*gap.parents, *plants, *below, ledger.NEED))))
    for pair in found.pairs:
        text = f"stages at which {pair.needing} depends on {found.rival} and {pair.having} has a share"
        shares = (
            share.estimate_id
            for stage in pair.shares
            if (item := found.at(pair.having, stage))
            for share in item.strong
        )
        yield (
            complement_id(found.bloc, pair),
            Derived("pair", text, tuple(dict.fromkeys((*pair.parents, *shares, *rules)))),
        )


def complement_id(bloc: str, pair: Pair) -> str:
    """Name the stages that one member lacks and another has."""
    return f"C:{bloc}:{pair.needing}:{pair.having}"


def _is_side(facts: Facts, row: Chokepoint) -> bool:
    """Say whether a row is one side stopping supply to the other."""
    loser = row.chokepoint_id.split(":")[1]
    other = facts.rival if loser == facts.bloc else facts.bloc
    return row.economy in facts.study.economies.expand(other)


def mutual_id(facts: Facts, good: str) -> str:
    """Name the loss of a good under mutual retaliation."""
    return f"M:{facts.bloc}:{facts.rival}:{good}"


def spread_id(cut: Cut, stage: str) -> str:
    """Name what a stop does to a stage."""
    return f"S:{cut.economy}:{cut.stage}:{stage}"
