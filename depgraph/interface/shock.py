"""Shocks: how far one spreads through the stages, and which removals an adversary would pick."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from depgraph.analysis import chokepoints as ranks
from depgraph.analysis import removals
from depgraph.analysis import shocks as cascade
from depgraph.analysis.chokepoints import Ranking
from depgraph.analysis.shocks import Cut, Direct, Shock, StageLoss
from depgraph.core.errors import QuestionError, UnknownNameError
from depgraph.interface import loading
from depgraph.interface.loading import LoadedStudy
from depgraph.interface.results import Chart, Result, Row
from depgraph.measures.interdiction import Attack
from depgraph.pages import charts, drawing
from depgraph.study.study import Study

ENUMERATED = 2000  # sets that are tried one by one to name the ties: a few seconds
DRAWN = 25  # rows of the chart


def shocks(study: Study) -> Result:
    """List the shocks of a study, as `depgraph shock --list` does.

    Parameters
    ----------
    study
        The study.

    Returns
    -------
    Result
        Name, title, claims, note. ``records`` holds `Shock`.

    Raises
    ------
    StudyError
        With every problem of every file.

    Examples
    --------
    >>> "rare-earth-stop-2010" in set(shocks(loading.load()).frame()["shock"])
    True
    """
    held = loading.of(study)
    found = tuple(cascade.read_shocks(held).values())
    rows = tuple(
        {"shock": item.shock_id, "title": item.title, "claims": item.claims, "note": item.note} for item in found
    )
    return Result("shocks", rows, held, found)


def shock(
    study: Study,
    *,
    cut: str | Sequence[str] = (),
    by: float | None = None,
    from_: str | None = None,
    replay: str | None = None,
    bloc: str | None = None,
) -> Result:
    """Follow a shock through the stages, round by round (ESRI cascade).

    Parameters
    ----------
    study
        The study.
    cut
        What stops, as economy:product/stage; one or several.
    by
        The part of each cut that stops; without it all of it.
    from_
        Who alone goes without each cut; without it the output itself stops.
    replay
        A shock of the study by name; `shocks` lists them.
    bloc
        Whose own output is summed; without it the bloc of the study.

    Returns
    -------
    Result
        Fractions of supply and of world output: first what customers go without, then what spreads, then
        what is not known. ``records`` holds `Direct` and `StageLoss`.

    Raises
    ------
    QuestionError
        If both or neither of ``cut`` and ``replay`` are given, or ``by`` or ``from_`` with ``replay``.
    UnknownNameError
        If there is no such economy, stage or shock.
    NoSpreadError
        If no recipe joins any of the stages that are cut.

    Examples
    --------
    >>> found = shock(loading.load(), cut="CHN:rare_earths/separation", by=0.8)
    >>> "world output lost" in set(found.frame()["measure"])
    True
    """
    held = loading.of(study)
    cuts = cuts_of(held, (cut,) if isinstance(cut, str) else cut, by, from_, replay)
    code = held.economy(bloc)
    picture, network = held.picture, held.network
    alone = cascade.unjoined(network, cuts)
    joined = [item for item in cuts if item.stage not in alone]
    possible, unknown = cascade.suppliers_of(picture, cascade.each_supplier(held, picture, joined))
    direct = cascade.direct(held, picture, network, possible)
    spread = cascade.spread(held, picture, network, possible, code) if possible else []
    rows = [*map(_direct_row, direct), *map(_loss_row, spread)]
    rows += [_line("not computed", item.stage, missing=f"no share of {item.economy} is known") for item in unknown]
    rows += [_line("not computed", stage, missing="no recipe joins it to any other stage") for stage in alone]
    return Result("shock", tuple(rows), held, (*direct, *spread), drawn=lambda: _chart(spread, cuts))


def cuts_of(
    study: Study, texts: Sequence[str], by: float | None, customer: str | None, replay: str | None
) -> list[Cut]:
    """Return what stops.

    Parameters
    ----------
    study
        The study.
    texts, by, customer, replay
        As ``cut``, ``by``, ``from_`` and ``replay`` of `shock`.

    Returns
    -------
    list of Cut
        Those given, or those of the shock that is replayed.

    Raises
    ------
    QuestionError
        If both or neither are given, or a part or a customer with a replay.
    UnknownNameError
        If there is no such shock, economy or stage.
    """
    if bool(texts) == bool(replay):
        msg = "give either cut or replay (the shocks of the study can be listed)"
        raise QuestionError(msg)
    if not replay:
        return [cascade.parse_cut(study, text, 1.0 if by is None else by, customer) for text in texts]
    if by is not None or customer:
        msg = "by and from belong to a cut: a shock that is replayed says itself how much stops and for whom"
        raise QuestionError(msg)
    return list(replayed(study, replay).cuts)


def replayed(study: Study, name: str) -> Shock:
    """Return a shock of the study.

    Parameters
    ----------
    study
        The study.
    name
        Name of its file.

    Returns
    -------
    Shock
        With its cuts.

    Raises
    ------
    UnknownNameError
        If there is no such shock.
    """
    known = cascade.read_shocks(study)
    if name not in known:
        what = "shock"
        raise UnknownNameError(what, name, known)
    return known[name]


def _line(measure: str, stage: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any cell
    """Build a row; all rows of a shock have the same columns."""
    columns = ("tier", "low", "central", "high", "bloc", "upstream", "detail", "missing")
    return {"measure": measure, "stage": stage} | dict.fromkeys(columns) | more


def _direct_row(item: Direct) -> dict[str, Any]:
    """Write what one customer goes without."""
    detail = {good: part.central for good, part in item.goods.items()}
    low, central, high = item.supply
    measure = f"supply of {item.customer} lost ({item.method})"
    return _line(measure, item.stage, tier=0, low=low, central=central, high=high, detail=detail)


def _loss_row(item: StageLoss) -> dict[str, Any]:
    """Write what one stage loses."""
    measure = "world output lost" if item.known else "world output lost (one node: no shares known)"
    return _line(
        measure, item.stage, tier=item.tier, central=item.world, bloc=item.bloc, upstream=item.upstream,
        detail=dict(item.members),
    )  # fmt: skip


def _chart(found: Sequence[StageLoss], cuts: Sequence[Cut]) -> Chart:
    """Draw how far the shock spreads."""
    rows = [
        {"name": item.stage, "value": item.world, "note": f"{item.world:.0%}, round {item.tier}", "known": item.known}
        for item in found[:DRAWN]
    ]
    colours = drawing.palette(cut.economy for cut in cuts)
    return charts.arrivals(rows, colours.get(cuts[0].economy, drawing.OTHER))


def interdict(
    study: Study,
    budget: int,
    *,
    by: Literal["stage", "economy"] = "stage",
    attacker: str | None = None,
    bloc: str | None = None,
) -> Result:
    """Find the removals that cost a bloc most, whatever it does with what is left.

    Parameters
    ----------
    study
        The study.
    budget
        How many removals.
    by
        What one removal takes.
    attacker
        Whose supply is removed; without it the rival of the study, and anybody's by economy.
    bloc
        Who is attacked; without it the bloc of the study.

    Returns
    -------
    Result
        A row for each budget from 1 up; goods lost are fractions. ``records`` holds `Attack`.

    Raises
    ------
    QuestionError
        If no attacker is given and the rival of the study is itself attacked.
    UnknownNameError
        If there is no such economy, or it is not known to supply anything.

    Examples
    --------
    >>> interdict(loading.load(), 1).frame()["budget"].tolist()
    [1]
    """
    held = loading.of(study)
    ranking = ranks.rank(held, held.picture, held.network, held.economy(bloc))
    by_economy = by == "economy"
    attackers = _attackers(held, ranking, attacker, by_economy=by_economy)
    found: list[Attack] = []
    for size in range(1, budget + 1):
        found.append(removals.worst(ranking, size, by_economy=by_economy, attackers=attackers, limit=ENUMERATED))
        if len(found[-1].removed) < size:
            break
    rows = tuple(_attack_row(item, removals.losses(ranking, item)) for item in found)
    return Result("interdict", rows, held, tuple(found))


def _attackers(
    study: LoadedStudy, ranking: Ranking, attacker: str | None, *, by_economy: bool
) -> tuple[str, ...] | None:
    """Return whose supply can be removed; None for anybody's.

    Raises
    ------
    UnknownNameError
        If the attacker is not known to supply anything to whom it attacks.
    QuestionError
        If no attacker is given and the rival of the study is itself attacked.
    """
    if attacker:
        code = study.economies.resolve(attacker)
        return removals.attackers_of(ranking, attacker, (code, *study.economies.expand(code)))
    if by_economy:
        return None
    rival = study.settings["rival"]
    codes = {rival, *study.economies.expand(rival)}
    if codes & {ranking.bloc, *study.economies.expand(ranking.bloc)}:
        msg = f"{rival}, the rival of the study, would attack itself: name another attacker"
        raise QuestionError(msg)
    return tuple(sorted(codes))


def _attack_row(found: Attack, losses: Mapping[str, float]) -> Row:
    """Write one attack."""
    return {
        "budget": found.k,
        "goods lost": 1 - found.value / found.undisturbed if found.undisturbed else None,
        "removed": found.removed,
        "goods": dict(losses),
        "ties": found.ties,
        "proven": found.proven,
        "gap": found.gap,
        "method": found.method,
    }
