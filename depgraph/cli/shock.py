"""The commands about shocks: how far one spreads and which one an adversary would pick."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from depgraph.analysis import chokepoints, removals, shocks
from depgraph.analysis.chokepoints import Ranking
from depgraph.analysis.shocks import Cut, Direct, StageLoss
from depgraph.cli.common import chosen_format, emit, load, output_options
from depgraph.core.errors import UnknownNameError
from depgraph.graph import dependencies
from depgraph.interface.loading import LoadedStudy
from depgraph.measures.interdiction import Attack

Row = Mapping[str, Any]

ENUMERATED = 2000  # sets that are tried one by one to name the ties: a few seconds


@click.command("shock")
@click.option("--cut", "texts", multiple=True, metavar="ECONOMY:STAGE", help="What stops; may be given several times.")
@click.option("--by", type=click.FloatRange(0, 1), help="The part of each --cut that stops; without it all of it.")
@click.option("--from", "customer", help="Who alone goes without each --cut; without it the output itself stops.")
@click.option("--replay", help="A shock of the study by name; --list names them.")
@click.option("--list", "listing", is_flag=True, help="List the shocks of the study.")
@click.option("--for", "bloc", help="Whose own output is summed; without it the bloc of the study.")
@output_options
@click.pass_context
def shock(
    context: click.Context,
    texts: tuple[str, ...],
    by: float | None,
    customer: str | None,
    replay: str | None,
    listing: bool,  # noqa: FBT001 - click passes options by name
    bloc: str | None,
    form: str | None,
    output: Path | None,
) -> None:
    r"""Follow a shock through the stages, round by round (ESRI cascade).

    \b
    Examples:
      depgraph shock --cut CHN:rare_earths/separation --by 0.8
      depgraph shock --cut CHN:rare_earths/magnet --from JPN
      depgraph shock --replay rare-earth-stop-2010
    """  # noqa: DOC501 - the help text is for the command line
    study = load(context)
    known = shocks.read_shocks(study)
    if listing:
        rows = [
            {"shock": item.shock_id, "title": item.title, "claims": item.claims, "note": item.note}
            for item in known.values()
        ]
        emit(rows, form, output, "shocks")
        return
    if bool(texts) == bool(replay):
        msg = "give either --cut or --replay (--list names the shocks of the study)"
        raise click.UsageError(msg)
    if replay and (by is not None or customer):
        msg = "--by and --from belong to --cut: a shock that is replayed says itself how much stops and for whom"
        raise click.UsageError(msg)
    cuts = [shocks.parse_cut(study, text, 1.0 if by is None else by, customer) for text in texts]
    if replay:
        if replay not in known:
            what = "shock"
            raise UnknownNameError(what, replay, known)
        cuts = list(known[replay].cuts)
        click.echo(f"{known[replay].title}. {known[replay].note} Claims: {', '.join(known[replay].claims)}.", err=True)
    code = study.economies.resolve(bloc or study.settings["bloc"])
    emit(_shock_rows(study, cuts, code, people=chosen_format(form, output) in {"table", "md"}), form, output, "shock")


def _shock_rows(study: LoadedStudy, cuts: list[Cut], bloc: str, *, people: bool) -> list[Row]:
    """Compute a shock: first what customers go without, then what spreads, then what is not known.

    Raises
    ------
    NoSpreadError
        If no recipe joins any of the stages that are cut.
    """
    picture, network = study.picture, study.network
    alone = shocks.unjoined(network, cuts)
    joined = [cut for cut in cuts if cut.stage not in alone]
    possible, unknown = shocks.suppliers_of(picture, shocks.each_supplier(study, picture, joined))
    among = dependencies.finals(network)
    direct = [_direct_row(item, among, people=people) for item in shocks.direct(study, picture, network, possible)]
    spread = shocks.spread(study, picture, network, possible, bloc) if possible else []
    missing = [_line("not computed", cut.stage, missing=f"no share of {cut.economy} is known") for cut in unknown]
    missing += [_line("not computed", stage, missing="no recipe joins it to any other stage") for stage in alone]
    return [*direct, *(_loss_row(item, people=people) for item in spread), *missing]


def _line(measure: str, stage: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any cell
    """Build a row; all rows of a shock have the same columns."""
    columns = ("tier", "low", "central", "high", "bloc", "upstream", "detail", "missing")
    return {"measure": measure, "stage": stage} | dict.fromkeys(columns) | more


def _goods_text(goods: Mapping[str, float], among: Iterable[str]) -> str:
    """Write parts of goods for people: the product alone where it has one of these goods only."""
    count = Counter(good.partition("/")[0] for good in {*goods, *among})
    short = {good: good if count[good.partition("/")[0]] > 1 else good.partition("/")[0] for good in goods}
    return ", ".join(f"{short[good]} {part:.0%}" for good, part in goods.items())


def _direct_row(item: Direct, among: Iterable[str], *, people: bool) -> dict[str, Any]:
    """Write what one customer goes without."""
    detail: Any = {good: part.central for good, part in item.goods.items()}
    if people:
        detail = _goods_text(detail, among)
    low, central, high = item.supply
    measure = f"supply of {item.customer} lost ({item.method})"
    return _line(measure, item.stage, tier=0, low=low, central=central, high=high, detail=detail)


def _loss_row(item: StageLoss, *, people: bool) -> dict[str, Any]:
    """Write what one stage loses."""
    detail: Any = dict(item.members)
    if people:
        detail = ", ".join(f"{code} {part:.0%}" for code, part in sorted(item.members.items()) if part > 0)
    measure = "world output lost" if item.known else "world output lost (one node: no shares known)"
    return _line(
        measure, item.stage, tier=item.tier, central=item.world, bloc=item.bloc, upstream=item.upstream, detail=detail
    )


@click.command("interdict")
@click.option("--budget", type=click.IntRange(min=0), required=True, help="How many removals.")
@click.option(
    "--by", type=click.Choice(["stage", "economy"]), default="stage", show_default=True, help="What one removal takes."
)
@click.option(
    "--attacker", help="Whose supply is removed; without it the rival of the study, and anybody's by economy."
)
@click.option("--for", "bloc", help="Who is attacked; without it the bloc of the study.")
@output_options
@click.pass_context
def interdict(
    context: click.Context,
    budget: int,
    by: str,
    attacker: str | None,
    bloc: str | None,
    form: str | None,
    output: Path | None,
) -> None:
    r"""Find the removals that cost a bloc most, whatever it does with what is left.

    One row for each budget from 1 up, so that the worth of one more removal can be read off.

    \b
    Examples:
      depgraph interdict --budget 4
      depgraph interdict --budget 2 --by economy
    """
    study = load(context)
    code = study.economies.resolve(bloc or study.settings["bloc"])
    ranking = chokepoints.rank(study, study.picture, study.network, code)
    by_economy = by == "economy"
    attackers = _attackers(study, ranking, attacker, by_economy=by_economy)
    people = chosen_format(form, output) in {"table", "md"}
    rows = []
    for size in range(1, budget + 1):
        found = removals.worst(ranking, size, by_economy=by_economy, attackers=attackers, limit=ENUMERATED)
        rows.append(_attack_row(found, removals.losses(ranking, found), people=people))
        if len(found.removed) < size:
            break
    emit(rows, form, output, "interdict")


def _attackers(
    study: LoadedStudy, ranking: Ranking, attacker: str | None, *, by_economy: bool
) -> tuple[str, ...] | None:
    """Return whose supply can be removed; None for anybody's.

    Raises
    ------
    UnknownNameError
        If the attacker is not known to supply anything to whom it attacks.
    click.UsageError
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
        msg = f"{rival}, the rival of the study, would attack itself: name another with --attacker"
        raise click.UsageError(msg)
    return tuple(sorted(codes))


def _attack_row(found: Attack, losses: Mapping[str, float], *, people: bool) -> Row:
    """Write one attack."""
    goods: Any = dict(losses)
    if people:
        goods = _goods_text({good: part for good, part in losses.items() if part > 0}, losses)
    ties = "not all tried" if found.ties is None else str(len(found.ties))
    lost = 1 - found.value / found.undisturbed if found.undisturbed else None
    return {
        "budget": found.k,
        "goods lost": f"{lost:.0%}" if people and lost is not None else lost,
        "removed": ", ".join(found.removed) if people else found.removed,
        "goods": goods,
        "ties": ties if people else found.ties,
        "proven": found.proven,
        "gap": found.gap,
        "method": found.method,
    }


COMMANDS = {"shock": shock, "interdict": interdict}
