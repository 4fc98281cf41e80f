"""The commands about shocks: how far one spreads and which one an adversary would pick."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from depgraph.analysis import chokepoints, removals, shocks
from depgraph.analysis.chokepoints import Ranking
from depgraph.analysis.shocks import Cut, Direct, StageLoss
from depgraph.cli import sentences
from depgraph.cli.common import emit, load, network_of, output_options
from depgraph.cli.names import Names, emit_answer, for_people, ids_option, part
from depgraph.core.errors import UnknownNameError
from depgraph.graph import dependencies
from depgraph.measures.interdiction import Attack
from depgraph.study.study import Study

Row = Mapping[str, Any]

ENUMERATED = 2000  # sets that are tried one by one to name the ties: a few seconds


@click.command("shock")
@click.option("--cut", "texts", multiple=True, metavar="ECONOMY:STAGE", help="What stops; may be given several times.")
@click.option("--by", type=click.FloatRange(0, 1), help="The part of each --cut that stops; without it all of it.")
@click.option("--from", "customer", help="Who alone goes without each --cut; without it the output itself stops.")
@click.option("--replay", help="A shock of the study by name; --list names them.")
@click.option("--list", "listing", is_flag=True, help="List the shocks of the study.")
@click.option("--for", "bloc", help="Whose own output is summed; without it the bloc of the study.")
@ids_option
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
    ids: bool,  # noqa: FBT001 - click passes options by name
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
    found, answer = _shock_rows(Names(study, ids=ids), cuts, code, people=for_people(form, output))
    emit_answer(found, form, output, "shock", answer)


def _shock_rows(names: Names, cuts: list[Cut], bloc: str, *, people: bool) -> tuple[list[Row], str]:
    """Compute a shock: first what customers go without, then what spreads, then what is not known.

    Returns
    -------
    rows
        One for each line.
    answer
        What it costs, in one sentence.

    Raises
    ------
    NoSpreadError
        If no recipe joins any of the stages that are cut.
    """
    study = names.study
    picture, network = network_of(study)
    alone = shocks.unjoined(network, cuts)
    joined = [cut for cut in cuts if cut.stage not in alone]
    possible, unknown = shocks.suppliers_of(picture, shocks.each_supplier(study, picture, joined))
    among = dependencies.finals(network)
    aimed = shocks.direct(study, picture, network, possible)
    direct = [_direct_row(item, names, people=people) for item in aimed]
    spreading = shocks.spread(study, picture, network, possible, bloc) if possible else []
    missing = [_line("not computed", cut.stage, missing=f"no share of {cut.economy} is known") for cut in unknown]
    missing += [_line("not computed", stage, missing="no recipe joins it to any other stage") for stage in alone]
    rows: list[Row] = [*direct, *(_loss_row(item, names, people=people) for item in spreading), *missing]
    if people:
        rows = [_people_line(row, names) for row in rows]
    return rows, sentences.of_shock(cuts, aimed, spreading, among, names)


def _people_line(row: Row, names: Names) -> Row:
    """Write a row of a shock for people: names, and whole percent."""
    numbers = ("low", "central", "high", "bloc", "upstream")
    return dict(row) | {
        "stage": names.stage(row["stage"]),
        **{key: "" if row[key] is None else part(row[key]) for key in numbers},
    }


def _line(measure: str, stage: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any cell
    """Build a row; all rows of a shock have the same columns."""
    columns = ("tier", "low", "central", "high", "bloc", "upstream", "detail", "missing")
    return {"measure": measure, "stage": stage} | dict.fromkeys(columns) | more


def _goods_text(goods: Mapping[str, float], names: Names) -> str:
    """Write parts of goods for people."""
    return ", ".join(f"{names.stage(good)} {part(value)}" for good, value in goods.items())


def _direct_row(item: Direct, names: Names, *, people: bool) -> dict[str, Any]:
    """Write what one customer goes without."""
    detail: Any = {good: part.central for good, part in item.goods.items()}
    if people:
        detail = _goods_text(detail, names)
    low, central, high = item.supply
    who = names.economy(item.customer) if people else item.customer
    measure = f"supply of {who} lost ({item.method})"
    return _line(measure, item.stage, tier=0, low=low, central=central, high=high, detail=detail)


def _loss_row(item: StageLoss, names: Names, *, people: bool) -> dict[str, Any]:
    """Write what one stage loses."""
    detail: Any = dict(item.members)
    if people:
        detail = ", ".join(
            f"{names.economy(code)} {part(value)}" for code, value in sorted(item.members.items()) if value > 0
        )
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
@ids_option
@output_options
@click.pass_context
def interdict(
    context: click.Context,
    budget: int,
    by: str,
    attacker: str | None,
    bloc: str | None,
    ids: bool,  # noqa: FBT001 - click passes options by name
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
    ranking = chokepoints.rank(study, *network_of(study), code)
    by_economy = by == "economy"
    attackers = _attackers(study, ranking, attacker, by_economy=by_economy)
    people, names = for_people(form, output), Names(study, ids=ids)
    rows, attacks = [], []
    for size in range(1, budget + 1):
        found = removals.worst(ranking, size, by_economy=by_economy, attackers=attackers, limit=ENUMERATED)
        attacks.append(found)
        rows.append(_attack_row(found, removals.losses(ranking, found), names, people=people))
        if len(found.removed) < size:
            break
    emit_answer(rows, form, output, "interdict", sentences.of_attacks(attacks, code, names))


def _attackers(study: Study, ranking: Ranking, attacker: str | None, *, by_economy: bool) -> tuple[str, ...] | None:
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


def _attack_row(found: Attack, losses: Mapping[str, float], names: Names, *, people: bool) -> Row:
    """Write one attack."""
    goods: Any = dict(losses)
    if people:
        goods = _goods_text({good: value for good, value in losses.items() if value > 0}, names)
    ties = "not all tried" if found.ties is None else str(len(found.ties))
    lost = 1 - found.value / found.undisturbed if found.undisturbed else None
    return {
        "budget": found.k,
        "goods lost": part(lost) if people else lost,
        "removed": names.nodes(found.removed) if people else found.removed,
        "goods": goods,
        "ties": ties if people else found.ties,
        "proven": found.proven,
        "gap": found.gap,
        "method": found.method,
    }


COMMANDS = {"shock": shock, "interdict": interdict}
