"""How far a shock spreads: the ESRI cascade over who makes what at each stage.

Every economy at a stage is a node that buys each input from all its suppliers in proportion to
their world shares. Losses travel downstream for want of inputs and upstream for want of
customers, round by round.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from depgraph.analysis import chokepoints
from depgraph.core import files
from depgraph.core.errors import DepgraphError, Problem, StudyError, UnknownNameError
from depgraph.evidence.estimates import REST, Picture
from depgraph.graph import dependencies
from depgraph.graph.dependencies import Network, Range
from depgraph.measures import cascade
from depgraph.study import ledger, settings
from depgraph.study.study import Study

FOLDER = "datasets/shocks"
# what a file may hold: who cuts what, by which part, and for whom
FORM = settings.Form(
    readers={"title": settings.text, "claims": settings.each(settings.claim), "note": settings.text},
    entries={
        "cut": {
            "economy": settings.economy,
            "product": lambda study, _key, value: settings.among(_products(study), "product", value),
            "stage": lambda study, _key, value: settings.among(study.stages, "stage", value),
            "by": settings.part,
            "from": settings.economy,
        }
    },
    needed={"cut": ("economy",)},
)
UNKNOWN = "unknown"  # the one maker of a stage whose shares nobody states
RESOLUTION = 1e-4  # losses below this part of a stage are noise of shares printed to a percent
# a round that raises no loss by more is the last: far below the resolution, so that no loss that is
# shown depends on it; the published 0.01 would end before a loss of a percent has arrived everywhere
EPS = 1e-6


class NoSpreadError(DepgraphError):
    """Nothing can spread from a stage, because no recipe uses or makes it."""

    def __init__(self, stage: str) -> None:
        """Build the message from the stage."""
        super().__init__(f"no recipe joins {stage} to any other stage, so a shock cannot spread from it")


@dataclass(frozen=True)
class Cut:
    """One economy that delivers less of one stage.

    Attributes
    ----------
    economy, stage
        Who delivers less of what.
    by
        The part that stops, 0 to 1.
    customer
        Who alone goes without; None if the output itself stops.
    """

    economy: str
    stage: str
    by: float
    customer: str | None = None


@dataclass(frozen=True)
class Shock:
    """Cuts with a name and the claims they come from."""

    shock_id: str
    title: str
    cuts: tuple[Cut, ...]
    claims: tuple[str, ...]
    note: str


@dataclass(frozen=True)
class StageLoss:
    """What a shock does to one stage.

    Attributes
    ----------
    stage
        The stage.
    tier
        Round in which the loss first arrives downstream, 0 where the cut is; None if it only
        arrives upstream.
    world
        Part of world output that is lost for want of inputs.
    bloc
        Part of the bloc's own output that is lost; None if no member is known to make any.
    members
        Member to the part of its output that is lost.
    upstream
        Part of world output for which customers are lost.
    known
        Whether shares by economy are known; if not the stage is one node.
    """

    stage: str
    tier: int | None
    world: float
    bloc: float | None
    members: Mapping[str, float]
    upstream: float
    known: bool


@dataclass(frozen=True)
class _World:
    """The network of makers: node names, stage and share of each, and the deliveries."""

    names: tuple[tuple[str, str], ...]
    share: tuple[float, ...]
    suppliers: tuple[int, ...]
    users: tuple[int, ...]
    amounts: tuple[float, ...]
    stages: tuple[str, ...]
    essentiality: np.ndarray[Any, np.dtype[np.int64]]


def read_shocks(study: Study) -> dict[str, Shock]:
    """Read the shocks of a study, ``datasets/shocks/*.toml``.

    Parameters
    ----------
    study
        The study.

    Returns
    -------
    dict
        Shock id, the name of its file, to `Shock`.

    Raises
    ------
    StudyError
        With every problem that `examine` finds: unknown keys, economies, products, stages and claims, and parts
        outside 0..1.
    """
    found, problems = examine(study)
    if problems:
        raise StudyError(problems)
    return found


def examine(study: Study) -> tuple[dict[str, Shock], list[Problem]]:
    """Read the shocks of a study as far as they can be read.

    Parameters
    ----------
    study
        The study.

    Returns
    -------
    shocks
        Shock id, the name of its file, to `Shock`; files in which something is wrong are left out.
    problems
        Every problem of every file.
    """
    problems: list[Problem] = []
    shocks = {}
    for name in files.matching(study.root, f"{FOLDER}/*.toml"):
        before = len(problems)
        values = _read_values(study, name, problems)
        if len(problems) == before:
            shocks[Path(name).stem] = _shock(study, Path(name).stem, values)
    return shocks, problems


def _read_values(study: Study, name: str, problems: list[Problem]) -> Mapping[str, Any]:
    """Read and check one file; problems are appended."""
    text = settings.read(study.root, name, problems)
    if text is None:
        return {}
    right = settings.check(study, FORM, text.values, text.place, problems)
    for place, cut in enumerate(right.get("cut", ())):
        (_, line), (_, at) = text.place(("cut", place)), text.place(("cut", place, "stage"))
        stage, product = cut.get("stage"), cut.get("product")
        if not stage and not product:
            message = "[[cut]] without stage or product"
            problems.append(Problem(name, line, "cut", "blank-cell", message, settings.shown(cut)))
        elif stage and product and study.product_of(stage) != product:
            message = f"the stage is none of {product}"
            problems.append(Problem(name, at, "cut.stage", "missing-reference", message, stage))
    return right


def _shock(study: Study, name: str, values: Mapping[str, Any]) -> Shock:
    """Make a shock of the values of a file that was checked."""
    cuts = [cut for entry in values.get("cut", ()) for cut in _cuts(study, entry)]
    return Shock(name, values.get("title", name), tuple(cuts), tuple(values.get("claims", ())), values.get("note", ""))


def _cuts(study: Study, entry: Mapping[str, Any]) -> list[Cut]:
    """Return the cut of one stage, or of every stage of a product."""
    product, stage = entry.get("product"), entry.get("stage")
    stages = [stage] if stage else [known for known in study.stages if study.product_of(known) == product]
    return [Cut(entry["economy"], known, float(entry.get("by", 1.0)), entry.get("from")) for known in stages]


def _products(study: Study) -> list[str]:
    """Return the products of which the study has a stage."""
    return list(dict.fromkeys(map(study.product_of, study.stages)))


def parse_cut(study: Study, text: str, by: float, customer: str | None) -> Cut:
    """Read a cut from the command line, ``economy:product/stage``.

    Parameters
    ----------
    study
        The study.
    text
        Such as ``CHN:rare_earths/separation``; the economy may be a name.
    by
        The part that stops.
    customer
        Name or code of the economy that alone goes without, or None.

    Returns
    -------
    Cut
        With codes.

    Raises
    ------
    UnknownNameError
        If the economy or the stage is not known; the message offers the nearest.
    """
    economy, _, stage = text.partition(":")
    if stage not in study.stages:
        what = "stage"
        raise UnknownNameError(what, stage, study.stages)
    resolved = study.economies.resolve(customer) if customer else None
    return Cut(study.economies.resolve(economy), stage, by, resolved)


def spread(study: Study, picture: Picture, network: Network, cuts: Sequence[Cut], bloc: str) -> list[StageLoss]:
    """Follow cuts through the graph until it is at rest.

    Nodes are economies at stages; a node of stage l buys input k from its makers in proportion
    to their shares. An input is essential in the cascade (its loss stops the user) if the recipe
    says so and at least the part `A-esri-essential` of the output needs it; otherwise its loss
    lowers output in proportion to what the user spends on it. The rest of a stage steps in for a
    lost supplier according to its market share.

    Parameters
    ----------
    study, picture, network
        The study, its estimates and its graph.
    cuts
        What stops. A cut for one customer reaches only that customer's makers; if the customer is a
        bloc, those of every member but the supplier itself.
    bloc
        Whose output is summed.

    Returns
    -------
    list of StageLoss
        Stages that lose anything, in the order in which the loss arrives.

    Raises
    ------
    NoSpreadError
        If no recipe joins a stage that is cut to any other.
    UnknownNameError
        If an economy is not known to supply the stage that it is to stop.

    References
    ----------
    Diem, Borsos, Reisch, Kertesz and Thurner (2022), doi:10.1038/s41598-022-11522-z.
    """
    cuts = _each_customer(study, picture, cuts)
    world = _split_customers(_world(study, picture, network), cuts)
    psi = np.zeros(len(world.names))
    for cut in cuts:
        psi[_position(study, picture, world, cut)] = cut.by
    prepared = cascade.prepare(
        world.suppliers, world.users, world.amounts, [world.stages.index(stage) for _, stage in world.names],
        world.essentiality, weights=world.share,
    )  # fmt: skip
    rounds = cascade.tiers(prepared, psi, eps=EPS)
    members = set(study.economies.expand(bloc))
    losses = [_stage_loss(picture, world, rounds, stage, members) for stage in world.stages]
    found = [loss for loss in losses if loss.world > RESOLUTION or loss.upstream > RESOLUTION]
    last = len(rounds.downstream)
    return sorted(found, key=lambda loss: (last if loss.tier is None else loss.tier, -loss.world, loss.stage))


@dataclass(frozen=True)
class Direct:
    """What one customer goes without when a cut is aimed at it.

    Attributes
    ----------
    customer, economy, stage
        Who goes without what from whom.
    supply
        Part of the customer's supply of the stage that stops.
    goods
        Finished good to the part of it that would be lost if the customer made it from this.
    method
        ``imports`` or ``world shares``.
    chokepoint_id
        The row of the customer's ranking that this is a part of.
    """

    customer: str
    economy: str
    stage: str
    supply: Range
    goods: Mapping[str, Range]
    method: str
    chokepoint_id: str


def direct(study: Study, picture: Picture, network: Network, cuts: Sequence[Cut]) -> list[Direct]:
    """Say what the customers of cuts go without, before anything spreads.

    The cascade knows a customer only as a maker; this is what it loses as a user, the customer's
    dependence times the part that is cut.

    Parameters
    ----------
    study, picture, network
        As for `spread`.
    cuts
        Those without a customer are left out, and those whose supplier is not known to deliver.

    Returns
    -------
    list of Direct
        In the order of the cuts.
    """
    found = []
    for customer in sorted({cut.customer for cut in cuts if cut.customer}):
        rows = {(row.economy, row.stage): row for row in chokepoints.rank(study, picture, network, customer).rows}
        for cut in cuts:
            row = rows.get((cut.economy, cut.stage))
            if cut.customer == customer and row is not None:
                part = Range(cut.by, cut.by, cut.by)
                goods = {good: loss.times(part) for good, loss in row.goods.items()}
                supply = row.embodied.times(part)
                found.append(Direct(customer, cut.economy, cut.stage, supply, goods, row.method, row.chokepoint_id))
    return found


def _world(study: Study, picture: Picture, network: Network) -> _World:
    """Build the network of makers."""
    stages = tuple(stage for stage in study.stages if is_joined(network, stage))
    makers: dict[str, dict[str, float]] = {}
    for stage in stages:
        shares = {item.economy: item.central for item in picture.shares(stage) if item.central > 0}
        makers[stage] = shares or {UNKNOWN: 1.0}
    names = tuple((economy, stage) for stage in stages for economy in makers[stage])
    place = {name: i for i, name in enumerate(names)}
    links = [
        (place[seller, source], place[buyer, target], makers[source][seller] * makers[target][buyer])
        for source, target in sorted(_recipes(network))
        for seller in makers[source]
        for buyer in makers[target]
    ]
    suppliers, users, amounts = zip(*links, strict=True) if links else ((), (), ())
    share = tuple(makers[stage][economy] for economy, stage in names)
    return _World(names, share, suppliers, users, amounts, stages, _essentiality(study, network, stages))


def is_joined(network: Network, stage: str) -> bool:
    """Say whether a recipe uses or makes a stage; from any other no shock can spread.

    Returns
    -------
    bool
    """
    edges = [*network.in_edges(stage, data=True), *network.out_edges(stage, data=True)]
    return any(data["relation"] == "input" for _, _, data in edges)


def unjoined(network: Network, cuts: Iterable[Cut]) -> list[str]:
    """Return the stages of cuts from which nothing can spread, in the order of the cuts.

    Parameters
    ----------
    network
        The graph of the study.
    cuts
        What stops.

    Returns
    -------
    list of str
        Each once.

    Raises
    ------
    NoSpreadError
        If it is every stage that is cut.
    """
    stages = list(dict.fromkeys(cut.stage for cut in cuts))
    alone = [stage for stage in stages if not is_joined(network, stage)]
    if alone and len(alone) == len(stages):
        raise NoSpreadError(" and ".join(alone))
    return alone


def _recipes(network: Network) -> set[tuple[str, str]]:
    """Return every (input, output)."""
    return {(a, b) for a, b, data in network.edges(data=True) if data["relation"] == "input"}


def _essentiality(study: Study, network: Network, stages: Sequence[str]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return 2, 1 or 0 for each pair of stages."""
    threshold = study.assumption(ledger.ESRI_ESSENTIAL)[1]
    matrix = np.zeros((len(stages), len(stages)), dtype=np.int64)
    essential = dependencies.essential_inputs(network)
    for source, target in _recipes(network):
        needed = essential.get_edge_data(source, target, {"dependent": dependencies.NONE})["dependent"].central
        matrix[stages.index(source), stages.index(target)] = 2 if needed >= threshold else 1
    return matrix


def _split_customers(world: _World, cuts: Sequence[Cut]) -> _World:
    """Give deliveries that are cut for one customer a node of their own.

    The new node makes what the old one sold to that customer, so that stopping it leaves all
    other customers as they were.
    """
    names, share = list(world.names), list(world.share)
    suppliers = list(world.suppliers)
    for cut in cuts:
        if cut.customer is None or (cut.economy, cut.stage) not in world.names:
            continue
        old = world.names.index((cut.economy, cut.stage))
        theirs = [
            i for i, s in enumerate(world.suppliers) if s == old and world.names[world.users[i]][0] == cut.customer
        ]
        names.append((f"{cut.economy} for {cut.customer}", cut.stage))
        # what the node makes is counted once, with the old one
        share.append(0.0)
        for i in theirs:
            suppliers[i] = len(names) - 1
    return _World(
        tuple(names), tuple(share), tuple(suppliers), world.users, world.amounts, world.stages, world.essentiality
    )


def _position(study: Study, picture: Picture, world: _World, cut: Cut) -> int:
    """Return the node of a cut.

    Raises
    ------
    NoSpreadError
        If no recipe joins the stage to any other.
    UnknownNameError
        If the economy is not known to supply the stage.
    """
    if cut.stage not in world.stages:
        raise NoSpreadError(cut.stage)
    name = cut.economy if cut.customer is None else f"{cut.economy} for {cut.customer}"
    if (name, cut.stage) in world.names:
        return world.names.index((name, cut.stage))
    known = [item.economy for item in picture.shares(cut.stage) if item.economy != REST]
    what = f"supplier of {cut.stage} ({study.stages[cut.stage]['missing'] or 'no share of it is known'})"
    raise UnknownNameError(what, cut.economy, known)


def each_supplier(study: Study, picture: Picture, cuts: Iterable[Cut]) -> list[Cut]:
    """Replace a cut by a bloc by one cut for each member that is known to supply the stage.

    Parameters
    ----------
    study, picture
        The study and its estimates.
    cuts
        By economies or blocs.

    Returns
    -------
    list of Cut
        A bloc that has a share of its own stays; one of which no member has a known share gives a
        cut for every member, and one without members stays as it is.
    """
    found: list[Cut] = []
    for cut in cuts:
        codes = _with_members(study, cut.economy)
        supplying = {item.economy for item in picture.shares(cut.stage) if item.central > 0}
        economies = [code for code in codes if code in supplying] or study.economies.expand(cut.economy)
        found.extend(replace(cut, economy=economy) for economy in economies or codes)
    return found


def _each_customer(study: Study, picture: Picture, cuts: Iterable[Cut]) -> list[Cut]:
    """Replace a cut for a bloc by one for each member but the supplier; the bloc stays if it makes anything."""
    makers = {item.economy for item in picture.estimates}
    found: list[Cut] = []
    for cut in cuts:
        members = study.economies.expand(cut.customer) if cut.customer else ()
        if cut.customer is None or members == (cut.customer,):
            found.append(cut)
            continue
        own = (cut.customer,) if cut.customer in makers else ()
        found.extend(replace(cut, customer=code) for code in (*own, *members) if code != cut.economy)
    return found


def _with_members(study: Study, code: str) -> tuple[str, ...]:
    """Return a code and, of a bloc, its members."""
    return tuple(dict.fromkeys((code, *study.economies.expand(code))))


def suppliers_of(picture: Picture, cuts: Iterable[Cut]) -> tuple[list[Cut], list[Cut]]:
    """Split cuts into those whose supplier is known and those that cannot be computed.

    Returns
    -------
    known, unknown
        In the order given.
    """
    known: list[Cut] = []
    unknown: list[Cut] = []
    for cut in cuts:
        economies = {item.economy for item in picture.shares(cut.stage) if item.central > 0}
        (known if cut.economy in economies else unknown).append(cut)
    return known, unknown


def _stage_loss(picture: Picture, world: _World, rounds: cascade.Tiers, stage: str, members: set[str]) -> StageLoss:
    """Sum the losses of one stage."""
    own = [i for i, (_, at) in enumerate(world.names) if at == stage]
    share = np.array([world.share[i] for i in own])
    down = rounds.downstream[:, own] @ share / share.sum()
    up = rounds.upstream[-1, own] @ share / share.sum()
    touched = np.flatnonzero(rounds.downstream[:, own].max(axis=1) > RESOLUTION)
    inside = {world.names[i][0]: i for i in own if world.names[i][0] in members}
    made = sum(world.share[i] for i in inside.values())
    lost = {economy: float(rounds.downstream[-1, i]) for economy, i in inside.items()}
    bloc = sum(lost[economy] * world.share[i] for economy, i in inside.items()) / made if made else None
    return StageLoss(
        stage=stage,
        tier=int(touched[0]) if touched.size else None,
        world=float(down[-1]),
        bloc=bloc,
        members=lost,
        upstream=float(up),
        known=bool(picture.shares(stage)),
    )
