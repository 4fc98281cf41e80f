"""The answer in one sentence that people read above a table; every number is one of the table or its csv."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from depgraph.analysis.cards import CRITICAL, Card
from depgraph.analysis.chokepoints import Ranking
from depgraph.analysis.leverage import Balance, Retaliation
from depgraph.analysis.shocks import Cut, Direct, StageLoss
from depgraph.analysis.topology import Chain
from depgraph.cli.names import Names
from depgraph.core.words import count, listing, money, percent, spread
from depgraph.diversion.comparison import Comparison
from depgraph.graph.dependencies import Range
from depgraph.measures.interdiction import Attack

Row = Mapping[str, Any]


def of_cards(ranking: Ranking, found: Sequence[Card], names: Names) -> str:
    """Say which stop costs the bloc most, and how many are critical."""
    bloc = names.economy(ranking.bloc)
    if not found:
        return f"No stop of one economy at one stage can be scored for {bloc}."
    worst = max((card.row for card in found), key=lambda row: row.loss.central)
    stake = "" if worst.value is None else f", {money(worst.value.central / 1e6)} a year"
    largest = (
        f"If {names.economy(worst.economy)} stops supplying {names.stage(worst.stage)}, {bloc} loses "
        f"{spread(worst.loss)} of its finished goods in the first round{stake}. No other single stop costs more."
    )
    return f"{largest} {_critical(found, bloc, names)}".strip()


def _years(years: Sequence[int]) -> str:
    """Write the first and the last of some years, once where they are the same."""
    first, last = min(years), max(years)
    return str(first) if first == last else f"{first} (the first) to {last} (the last)"


def _critical(found: Sequence[Card], bloc: str, names: Names) -> str:
    """Name the critical cards by who holds them and where, the largest value at stake first; nothing without any."""
    critical = [card for card in found if card.grade == CRITICAL]
    if not critical:
        return ""
    critical.sort(key=lambda card: -(card.row.value.central if card.row.value else 0.0))
    holders = dict.fromkeys(names.economy(card.row.economy) for card in critical)
    stages = listing([names.stage(card.row.stage) for card in critical], most=4)
    years = [card.way_out.first for card in critical if card.way_out and card.way_out.first]
    whose = {names.economy(card.way_out.bloc) for card in critical if card.way_out}
    out = f" {listing(sorted(whose))} could be out of them by {_years(years)}." if years else ""
    said = f"{count(len(critical), 'chokepoint is', 'chokepoints are')} critical for {bloc}"
    return f"{said}, held by {listing([*holders])}: {stages}.{out}"


def of_balance(found: Iterable[Balance], names: Names, bloc: str, rival: str) -> str:
    """Say what each side could cost the other most at one stage."""
    items = list(found)
    us, them = names.economy(bloc), names.economy(rival)
    theirs = _largest([(item.theirs, item.stage) for item in items], names)
    ours = _largest([(item.ours, item.stage) for item in items], names)
    return (
        f"{_could(them, us, theirs)} {_could(us, them, ours)} "
        "Each counts the finished goods that the other side loses in the first round if one stage stops."
    )


def _could(one: str, other: str, largest: str) -> str:
    """Say what one side could cost the other."""
    if not largest:
        return f"What {one} could cost {other} is not known at any stage."
    return f"{one} could cost {other} most at {largest}."


def _largest(values: Iterable[tuple[Range | None, str]], names: Names) -> str:
    """Name the stage with the largest central value, and the value; nothing if none is known."""
    known = [(value, stage) for value, stage in values if value is not None]
    if not known:
        return ""
    value, stage = max(known, key=lambda pair: pair[0].central)
    return f"{names.stage(stage)}: {spread(value)}"


def of_retaliation(found: Iterable[Retaliation], names: Names, bloc: str, rival: str) -> str:
    """Say which good each side loses most of if both stop everything."""
    items = list(found)
    us, them = names.economy(bloc), names.economy(rival)
    ours = _largest([(item.ours, item.good) for item in items], names) or "goods that are not known"
    theirs = _largest([(item.theirs, item.good) for item in items], names) or "goods that are not known"
    return f"If both sides stop all they supply, {us} loses most of {ours}; {them} loses most of {theirs}."


def of_single_points(parts: Mapping[str, Range], target: str, names: Names) -> str:
    """Say how many losses stop a stage alone, all of it or a part."""
    stage = names.stage(target)
    others = {node: value for node, value in parts.items() if node != target}
    if not others:
        return f"No loss of one supplier or one input stage alone is known to stop {stage}."
    whole = sum(value.low == 1 for value in others.values())
    worst = max(others, key=lambda node: others[node].central)
    return (
        f"{count(len(others), 'loss', 'losses')} of one supplier or one input stage would alone stop {stage} or a "
        f"part of it; {whole} of them all of it for sure. The loss of {names.node(worst)} stops "
        f"{spread(others[worst])}."
    )


def of_chains(found: Sequence[Chain], target: str, rival: str, names: Names) -> str:
    """Say what of a rival is in a stage, along the chain that holds most of it."""
    who, stage = names.economy(rival), names.stage(target)
    known = [chain for chain in found if chain.mixed is not None]
    if not known:
        return f"What {who} has a hand in of {stage} is not known: no share along its chains is."
    worst = max(known, key=lambda chain: chain.mixed or 0.0)
    origin = names.stage(worst.stages[0])
    ends = f"at least {_floor(worst.least)}, at most {_ceiling(worst.most)}"
    direct = f"{who} itself makes {spread(worst.direct)} of it" if worst.direct else f"what {who} makes is not known"
    return (
        f"{who} has a hand in {percent(worst.mixed)} of {stage} along the chain from {origin} ({ends}) "
        f"if all goods are mixed; {direct}."
    )


def _floor(value: float | None) -> str:
    """Write a lower bound as whole percent, never rounded up."""
    return "not known" if value is None else f"{int(100 * value + 1e-6)}%"


def _ceiling(value: float | None) -> str:
    """Write an upper bound as whole percent, never rounded down."""
    return "not known" if value is None else f"{-int(-(100 * value - 1e-6) // 1)}%"


def of_shock(
    cuts: Sequence[Cut], direct: Sequence[Direct], spreading: Sequence[StageLoss], goods: Iterable[str], names: Names
) -> str:
    """Say what a shock costs: the customer where it is aimed, else the finished good that loses most."""
    cause = " and ".join(_cut(cut, names) for cut in cuts[:3]) + (" and others stop" if len(cuts) > 3 else "")
    finals = set(goods)
    aimed = [(item, good, value) for item in direct for good, value in item.goods.items()]
    if aimed:
        item, good, value = max(aimed, key=lambda found: found[2].central)
        return (
            f"If {cause}, {names.economy(item.customer)} goes without {spread(item.supply)} of its supply of "
            f"{names.stage(item.stage)} and could lose {spread(value)} of {names.stage(good)}."
        )
    hit = [item for item in spreading if item.stage in finals and item.world > 0]
    if not hit:
        return f"If {cause}, no finished good is known to lose output."
    worst = max(hit, key=lambda item: item.world)
    own = "" if worst.bloc is None else f"; of the bloc's own output of it {percent(worst.bloc)}"
    return f"If {cause}, the world loses {percent(worst.world)} of its output of {names.stage(worst.stage)}{own}."


def _cut(cut: Cut, names: Names) -> str:
    """Say what stops."""
    much = "stops" if cut.by >= 1 else f"stops {percent(cut.by)} of"
    whom = f" for {names.economy(cut.customer)}" if cut.customer else ""
    return f"{names.economy(cut.economy)} {much} {names.stage(cut.stage)}{whom}"


def of_attacks(found: Sequence[Attack], bloc: str, names: Names) -> str:
    """Say what the first and the last removal of a series cost."""
    known = [
        (attack, 1 - attack.value / attack.undisturbed) for attack in found if attack.removed and attack.undisturbed
    ]
    who = names.economy(bloc)
    if not known:
        return f"Nothing can be removed that costs {who} anything that is known."
    first, loss = known[0]
    text = f"The removal that costs {who} most is {names.nodes(first.removed)}: {percent(loss)} of its finished goods."
    last, most = known[-1]
    if len(last.removed) > len(first.removed):
        text += f" The worst {len(last.removed)} removals cost {percent(most)}."
    return text


def of_disagreements(rows: Sequence[Row], names: Names) -> str:
    """Say where claims and figures contradict each other most."""
    if not rows:
        return "No claims and figures contradict each other."
    worst = max(rows, key=lambda row: row["relaxation"])
    stages = len({row["stage"] for row in rows})
    return (
        f"At {count(stages, 'stage', 'stages')} claims and figures cannot all be true, most at "
        f"{names.stage(worst['stage'])}: their bounds must move by {100 * worst['relaxation']:.0f} percentage points."
    )


def of_comparison(found: Comparison, quantity: str, first: str, second: str) -> str:
    """Say by how much two scenarios differ and which setting alone explains most."""
    change = next((item for item in found.changes if item.quantity == quantity), None)
    if change is None:
        return f"{quantity.replace('_', ' ').capitalize()} is not known in both scenarios."
    difference = change.second - change.first
    name = quantity.replace("_", " ")
    if difference == 0:
        text = f"{second} and {first} have the same {name}, {change.first:.4g}."
    else:
        way = "higher" if difference > 0 else "lower"
        text = f"The {name} of {second} is {abs(difference):.4g} {way} than that of {first} ({change.first:.4g})."
    known = [item for item in found.reasons if item.effect]
    if known:
        item = max(known, key=lambda reason: abs(reason.effect or 0.0))
        text += f" The setting that alone explains most is {item.key}: {item.effect:+.4g}."
    return text


def of_sweep(rows: Sequence[Row], quantity: str) -> str:
    """Say between which values a quantity lies over the runs of a grid."""
    numbers = [row[quantity] for row in rows if isinstance(row.get(quantity), (int, float))]
    failed = len(rows) - len(numbers)
    without = f" {count(failed, 'run has', 'runs have')} no plan." if failed else ""
    name = quantity.replace("_", " ")
    if not numbers:
        return f"None of {len(rows)} runs gives the {name}.{without}"
    return f"Over {len(numbers)} runs the {name} lies between {min(numbers):.4g} and {max(numbers):.4g}.{without}"
