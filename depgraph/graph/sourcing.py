"""Who supplies a bloc: what it buys itself, and what comes to it inside later goods.

Two questions that have two answers. *Direct* is the part of a bloc's own supply of a stage, its own output
and what it imports, that one economy delivers. *Embodied* is the part of all that reaches the bloc at this
stage, in this form or inside later goods, that was made in that economy. A country without magnet makers
buys little rare-earth metal and much of it inside motors.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from depgraph.evidence import intervals
from depgraph.evidence.estimates import REST, Estimate, Picture
from depgraph.graph import imports
from depgraph.graph.dependencies import NONE, ONE, Range
from depgraph.graph.imports import ImportTable, TradeBook
from depgraph.study import ledger
from depgraph.study.study import Study

Row = Mapping[str, Any]

IMPORTS, WORLD, BOTH = "imports", "world shares", "imports and world shares"
MARKET = "shares of one market"  # what a member uses, where only that is published
# how the home output of a bloc is known
COUNTED, RELIANCE, NEGLIGIBLE = "output counted", "net import reliance", "negligible"
MADE, UNKNOWN = "made, amount not known", "not known"


class Reliance(NamedTuple):
    """The part of its use that a bloc imports, and what says so."""

    low: float
    central: float
    high: float
    parents: tuple[str, ...]


@dataclass(frozen=True)
class Purchase:
    """What a bloc buys of a stage from one economy, straight from the records.

    Attributes
    ----------
    mass, value
        Part of the bloc's imports from outside, in the newest year that has the measure; None where none has.
    measure
        The measure that the direct part is taken by: ``mass``, ``value`` or ``share``.
    year
        Newest year of that measure.
    years
        How many years of the reference period are recorded.
    home
        How home output is known: ``output counted``, ``net import reliance``, ``negligible``,
        ``made, amount not known`` or ``not known``.
    basket
        Whether the customs code holds other goods too.
    """

    mass: float | None
    value: float | None
    measure: str
    year: int
    years: int
    home: str
    basket: bool


@dataclass(frozen=True)
class Supply:
    """The part of a bloc's supply of a stage that comes from one economy.

    Attributes
    ----------
    economy
        The origin.
    direct
        Part of the bloc's own supply (own output and imports) that the origin delivers; without trade data the
        world share.
    embodied
        Part of all that reaches the bloc at this stage, in this form or inside later goods.
    method
        What the embodied part rests on: ``imports``, ``world shares``, ``imports and world shares``, or
        ``shares of one market`` where the shares describe the market of a member.
    purchase
        The records of trade; None where the direct part is a world share.
    parents
        Estimates, figures, rows of trade and assumptions.
    home
        What says how much of the next stages the bloc makes at home.
    """

    economy: str
    direct: Range
    embodied: Range
    method: str
    purchase: Purchase | None
    parents: tuple[str, ...]
    home: tuple[str, ...] = ()


def supply(study: Study, picture: Picture, stage: str, bloc: str, book: TradeBook) -> list[Supply]:
    """Estimate where a bloc's supply of a stage comes from.

    Direct: with M_o the imports from origin o, M all imports from outside and Q the bloc's own output,
    ``direct = M_o / (Q + M)``. Q is counted where a figure gives it in the unit of the trade, follows from a
    published net import reliance r as ``M (1 / r - 1)``, is 0 where a member's world share is negligible, and else
    ``A-home-made`` times M of a member that is known to make the stage and ``A-home-unknown`` times M of others.
    Where imports are not known for every member the world share w of the origin stands in, and the row says so.

    Embodied: with h the part of the bloc's supply of the next stages that its own makers deliver,
    ``embodied = h direct + (1 - h) w``: goods made elsewhere hold what the world uses. Finished goods and stages
    of which no next stage is known are all direct. Imports under a customs code that holds other goods
    too are no imports of the good: w stands for both terms.

    Parameters
    ----------
    study, picture
        The study and its estimates.
    stage
        The stage.
    bloc
        An economy or a bloc.
    book
        The imports, from `imports.read_trade`.

    Returns
    -------
    list of Supply
        Origins outside the bloc, largest embodied part first; empty where nothing is known.
    """
    members = study.economies.expand(bloc)
    bought = _bought(study, picture, stage, members, book)
    world = _world(study, picture, stage, members)
    if not bought:
        return [_from_world(economy, share, _of_whom(picture, stage, members)) for economy, share in world.items()]
    basket = next(iter(bought.values())).purchase.basket
    if not world:
        return [] if basket else _sorted(_alone(name, item) for name, item in bought.items() if name != REST)
    home = Part(NONE, (ledger.EMBODIED,)) if basket else _home_part(study, picture, stage, members, book)
    bought = _split_rest(study, _split_groups(study, bought, world), world, _world_rest(picture, stage, members))
    return _sorted(_joined(economy, bought, world, home) for economy in sorted({*bought, *world}))


def purchases(study: Study, picture: Picture, stage: str, bloc: str, book: TradeBook) -> dict[str, "Bought"]:
    """Return what a bloc buys of a stage from each origin, straight from the records of trade.

    Parameters
    ----------
    study, picture, stage, bloc, book
        As for `supply`.

    Returns
    -------
    dict
        Origin to `Bought`; empty where the imports of a member are not known. Also there for a stage whose customs
        codes hold other goods too.
    """
    found = _bought(study, picture, stage, study.economies.expand(bloc), book)
    return {origin: item for origin, item in found.items() if origin != REST}


def known_import_part(study: Study, picture: Picture, stage: str, bloc: str, book: TradeBook) -> "ImportPart | None":
    """Return the part of a bloc's own supply that it imports, where its home output is known and not guessed.

    Parameters
    ----------
    study, picture, stage, bloc, book
        As for `supply`.

    Returns
    -------
    ImportPart or None
        None where the imports, or the output of a member, are not known.
    """
    members = study.economies.expand(bloc)
    tables = imports.import_tables(study, book, stage, members)
    if not tables or tables[0].basket:
        return None
    part = _import_part(study, picture, stage, members, book, tables)
    return None if any(way in part.how for way in (MADE, UNKNOWN)) else part


def _split_groups(study: Study, bought: Mapping[str, "Bought"], world: Mapping[str, "Part"]) -> dict[str, "Bought"]:
    """Split what comes from a group of economies among its members that have a world share, in proportion to it.

    Of a member alone then only the split is a guess: it delivered between nothing and all of it.
    """
    found = dict(bought)
    for group, item in bought.items():
        inside = [code for code in study.economies.members.get(group, ()) if code in world]
        total = math.fsum(world[code].range.central for code in inside)
        if total > 0:
            del found[group]
            found |= {code: _part_of(item, world[code], world[code].range.central / total) for code in inside}
    return found


def _split_rest(
    study: Study, bought: Mapping[str, "Bought"], world: Mapping[str, "Part"], unnamed: float
) -> dict[str, "Bought"]:
    """Split what tables do not name an origin for among all whom they do not name, in proportion to world shares.

    Not to be named is not to have sold nothing. `unnamed` is the world share of those whom nobody names.
    """
    found = {origin: item for origin, item in bought.items() if origin != REST}
    named = {member for origin in found for member in study.economies.expand(origin)}
    # a region without listed members may hold anybody, also who is named
    others = [code for code in world if (inside := study.economies.expand(code)) and named.isdisjoint(inside)]
    total = math.fsum([unnamed, *(world[code].range.central for code in others)])
    if REST in bought and bought[REST].direct.high > 0 and total > 0:
        item = bought[REST]
        found |= {code: _part_of(item, world[code], world[code].range.central / total) for code in others}
    return found


def _part_of(item: "Bought", share: "Part", part: float) -> "Bought":
    """Return one economy's part of what several delivered: anything up to all of it."""
    records = replace(item.purchase, mass=None, value=None)
    direct = Range(0.0, part * item.direct.central, item.direct.high)
    return Bought(direct, records, (*item.parents, *share.parents[:1]))


def _world_rest(picture: Picture, stage: str, members: Sequence[str]) -> float:
    """Return the world share of those whom nobody names."""
    return next((item.central for item in picture.fitting(stage, members) if item.economy == REST), 0.0)


def _sorted(found: Any) -> list[Supply]:  # noqa: ANN401 - any iterable of supplies
    """Sort by the embodied part, largest first; equal ones by name."""
    return sorted(found, key=lambda item: (-item.embodied.central, item.economy))


class Part(NamedTuple):
    """A part with its range and what says so."""

    range: Range
    parents: tuple[str, ...]


class Bought(NamedTuple):
    """What a bloc buys from one origin: part of its own supply, the records, what says so."""

    direct: Range
    purchase: Purchase
    parents: tuple[str, ...]


WORLD_RULES = (ledger.NEGLIGIBLE, ledger.POOLED_MARKET)


def _world(study: Study, picture: Picture, stage: str, members: Sequence[str]) -> dict[str, Part]:
    """Return the world shares of all others, largest first."""
    # that the members make too much to live on imports decides for world shares, so it belongs to the trail
    own = (*(item.estimate_id for item in _own(picture, stage, members)), *WORLD_RULES)
    return {
        item.economy: Part(Range(item.low, item.central, item.high), (item.estimate_id, *own))
        for item in picture.fitting(stage, members)
        if item.economy != REST and not set(study.economies.expand(item.economy)) & set(members)
    }


def _of_whom(picture: Picture, stage: str, members: Sequence[str]) -> str:
    """Say whether the shares that fit a bloc are those of the world or of the market of a member."""
    return MARKET if "@" in picture.fitting(stage, members)[0].metric else WORLD


def _from_world(economy: str, share: Part, method: str) -> Supply:
    """Take a published share for both parts where no trade is known."""
    return Supply(economy, share.range, share.range, method, None, share.parents)


def _alone(economy: str, item: Bought) -> Supply:
    """Take what a bloc buys itself for both parts where no world share is known."""
    return Supply(economy, item.direct, item.direct, IMPORTS, item.purchase, item.parents)


def _joined(economy: str, bought: Mapping[str, Bought], world: Mapping[str, Part], home: Part | None) -> Supply:
    """Weigh what a bloc buys itself and the world share in what is made elsewhere."""
    first = next(iter(bought.values()))
    own = bought.get(economy, Bought(NONE, _nothing(first.purchase), ()))
    other = world.get(economy, Part(NONE, ()))
    if home is None:
        return Supply(economy, own.direct, own.direct, IMPORTS, own.purchase, own.parents)
    if home.range.high <= 0:
        parents = tuple(dict.fromkeys((*other.parents, *own.parents)))
        return Supply(economy, own.direct, other.range, WORLD, own.purchase, parents, home.parents)
    corners = (home.range.low, home.range.high)
    embodied = Range(
        min(part * own.direct.low + (1 - part) * other.range.low for part in corners),
        home.range.central * own.direct.central + (1 - home.range.central) * other.range.central,
        max(part * own.direct.high + (1 - part) * other.range.high for part in corners),
    )
    parents = tuple(dict.fromkeys((*own.parents, *other.parents)))
    return Supply(economy, own.direct, embodied, BOTH, own.purchase, parents, home.parents)


def _nothing(records: Purchase) -> Purchase:
    """Return the records of an origin that the tables of a bloc's imports do not name: it sold nothing."""
    mass, value = (None if part is None else 0.0 for part in (records.mass, records.value))
    return Purchase(mass, value, records.measure, records.year, records.years, records.home, records.basket)


def _bought(study: Study, picture: Picture, stage: str, members: Sequence[str], book: TradeBook) -> dict[str, Bought]:
    """Return what a bloc buys from each origin, empty where its imports are not known."""
    tables = imports.import_tables(study, book, stage, members)
    if not tables:
        return {}
    wanted = study.stages[stage].get("trade_measure") or imports.MASS
    measure = wanted if any(table.measure == wanted for table in tables) else tables[0].measure
    used = [table for table in tables if table.measure == measure]
    part = _import_part(study, picture, stage, members, book, tables)
    mixes = [_mix(table, members) for table in used]
    error = study.assumption(ledger.MIRROR_GAP)[1]
    newest = {kind: _newest(tables, kind, members) for kind in (imports.MASS, imports.VALUE)}
    by_value = [_mix(table, members) for table in tables if table.measure == imports.VALUE]
    unweighed = _unweighed(tables, members)
    # members of a bloc overlap: the shares of a bloc and of its members count the same goods twice
    origins = sorted(study.economies.apart({*unweighed, *(origin for mix in mixes for origin in mix)}))
    found = {}
    for origin in origins:
        # what was bought and not weighed has no mass, which is not a mass of zero
        paid = measure == imports.MASS and origin in unweighed
        records = Purchase(
            mass=None if origin in unweighed else _part_from(newest[imports.MASS], origin),
            value=_part_from(newest[imports.VALUE], origin),
            measure=imports.VALUE if paid else measure,
            year=used[0].year,
            years=len({table.year for table in used}),
            home=part.how,
            basket=tables[0].basket,
        )
        direct = part.range.times(_spread(by_value if paid else mixes, origin, error))
        parents = (imports.book_id(members, stage), *part.parents, ledger.MIRROR_GAP)
        found[origin] = Bought(direct, records, parents)
    return found


def _part_from(mix: Mapping[str, Range] | None, origin: str) -> float | None:
    """Return the part of one origin, None where the measure is not recorded or it may be among the unnamed."""
    if mix is None or (origin not in mix and mix.get(REST, NONE).central > 0):
        return None
    return mix.get(origin, NONE).central


def _unweighed(tables: Sequence[ImportTable], members: Sequence[str]) -> set[str]:
    """Return who sold for a price and has no mass in the newest table of masses."""
    weighed = next((table for table in tables if table.measure == imports.MASS), None)
    if weighed is None:
        return set()
    same = (imports.VALUE, weighed.year, weighed.source)
    paid = next((table for table in tables if (table.measure, table.year, table.source) == same), None)
    sold = {origin for origin, amount in paid.split(members)[0].items() if amount > 0} if paid else set()
    return sold - set(weighed.split(members)[0])


def _mix(table: ImportTable, members: Sequence[str]) -> dict[str, Range]:
    """Return the parts of a bloc's imports from outside by origin, as recorded or printed."""
    if table.measure == imports.SHARE:
        named = {
            flow.partner: Range(flow.low or 0.0, flow.amount, flow.amount if flow.high is None else flow.high)
            for flow in table.flows
            if flow.partner not in {imports.TOTAL, REST}
        }
        rest = Range(*(max(0.0, 1 - math.fsum(part[level] for part in named.values())) for level in (2, 1, 0)))
        return named | ({REST: rest} if rest.high > 0 else {})
    outside, _ = table.split(members)
    total = math.fsum(outside.values())
    return {origin: Range(*[amount / total] * 3) for origin, amount in outside.items()} if total > 0 else {}


def _newest(tables: Sequence[ImportTable], measure: str, members: Sequence[str]) -> dict[str, Range] | None:
    """Return the mix of the newest table of a measure, None if there is none."""
    return next((_mix(table, members) for table in tables if table.measure == measure), None)


def _spread(mixes: Sequence[Mapping[str, Range]], origin: str, error: float) -> Range:
    """Span the recorded years of one origin, newest first, and widen them by the error of trade figures.

    Central is the newest year, 0 for an origin that it does not name; then low is 0 too.
    """
    found = [mix[origin] for mix in mixes if origin in mix]
    low, central, _ = mixes[0].get(origin, NONE)
    low = min(_shifted(item.low, 1 - error, 1 + error) for item in found) if low else 0.0
    high = max(_shifted(min(1.0, item.high), 1 + error, 1 - error) for item in found)
    return Range(low, min(1.0, central), high)


def _shifted(share: float, own: float, others: float) -> float:
    """Return a share after its own part and the others' part are in error by some factors."""
    return share * own / (share * own + (1 - share) * others)


@dataclass(frozen=True)
class ImportPart:
    """The part of a bloc's own supply that it imports from outside, how that is known, and what says so."""

    range: Range
    how: str
    parents: tuple[str, ...]


def _import_part(  # noqa: PLR0917 - private, called once
    study: Study,
    picture: Picture,
    stage: str,
    members: Sequence[str],
    book: TradeBook,
    tables: Sequence[ImportTable],
) -> ImportPart:
    """Return ``M / (Q + M)`` of a bloc: of each member by what is known of it, added up.

    With M_m all imports of a member and p_m their part of its supply, the members' own output is
    ``M_m (1 / p_m - 1)`` and the bloc's supply that and what comes from outside.
    """
    parts = [_member_part(study, picture, stage, member, book, tables) for member in members]
    if len(parts) == 1:
        return parts[0]
    table = tables[0]
    outside = math.fsum(table.split(members)[0].values())
    bought = [math.fsum(table.of(member).split([member])[0].values()) for member in members]
    # a net exporter's own output does not follow from what it imports
    own = [part if part.range.central > 0 else _unknown_part(study) for part in parts]
    pairs = list(zip(bought, own, strict=True))
    made = [[_own_output(amount, part.range[level]) for amount, part in pairs] for level in range(3)]
    low, central, high = (outside / (outside + math.fsum(amounts)) for amounts in made)
    how = "; ".join(f"{member}: {part.how}" for member, part in zip(members, own, strict=True))
    parents = tuple(dict.fromkeys(parent for part in own for parent in part.parents))
    return ImportPart(Range(low, central, high), how, parents)


def _makes(picture: Picture, stage: str, member: str, least: float) -> str | None:
    """Return an estimate, under any definition, by which a member has more than a negligible part of a stage."""
    items = (item for group in picture.definitions(stage).values() for item in group if item.economy == member)
    return next((item.estimate_id for item in items if item.central > least), None)


def _own_output(bought: float, part: float) -> float:
    """Return the output that goes with imports that are some part of a supply."""
    return bought * (1 / part - 1) if part > 0 else math.inf


def _unknown_part(study: Study) -> ImportPart:
    """Return the import part of a member of whom nobody says whether it makes the stage."""
    return _guessed_part(study, ledger.HOME_UNKNOWN, UNKNOWN, ())


def _guessed_part(study: Study, name: str, how: str, parents: tuple[str, ...]) -> ImportPart:
    """Return ``1 / (1 + x)`` with x the multiple of its imports that the ledger takes for home output."""
    if name not in study.ledger:
        return ImportPart(Range(0.0, 1.0, 1.0), how, parents)
    low, central, high = study.assumption(name)
    return ImportPart(Range(1 / (1 + high), 1 / (1 + central), 1 / (1 + low)), how, (*parents, name))


def _member_part(  # noqa: PLR0917 - private, called once
    study: Study,
    picture: Picture,
    stage: str,
    member: str,
    book: TradeBook,
    tables: Sequence[ImportTable],
) -> ImportPart:
    """Return the import part of one member: output counted, else reliance, else negligible, else not known."""
    figures = book.figures.get(stage, ())
    counted = _counted_part(study, stage, member, figures, tables)
    if counted is not None:
        return counted
    published = published_reliance(study, figures, [member])
    if published is not None:
        return ImportPart(Range(*published[:3]), RELIANCE, published.parents)
    own = _own(picture, stage, [member])
    if (
        picture.fitting(stage, [member])
        and math.fsum(item.high for item in own) <= study.assumption(ledger.NEGLIGIBLE)[1]
    ):
        return ImportPart(ONE, NEGLIGIBLE, (*(item.estimate_id for item in own), ledger.NEGLIGIBLE))
    makes = _makes(picture, stage, member, study.assumption(ledger.NEGLIGIBLE)[1])
    if makes:
        return _guessed_part(study, ledger.HOME_MADE, MADE, (makes,))
    return _unknown_part(study)


def _counted_part(
    study: Study, stage: str, member: str, figures: Sequence[Row], tables: Sequence[ImportTable]
) -> ImportPart | None:
    """Return ``M c / (Q + M c)``: c is what a tonne traded holds of what output counts."""
    contents = study.stages[stage].get("content") or ()
    masses = [table.of(member) for table in tables if table.measure == imports.MASS]
    rows = [
        row
        for row in figures
        if row["metric"] == "production"
        and row["economy"] == member
        and row["value"] is not None
        and study.units.dimension(row["unit"]) == "mass"
    ]
    if not contents or not masses or not rows:
        return None
    newest = [row for row in rows if row["year"] == max(other["year"] for other in rows)]
    amounts = [study.units.convert(row["value"], row["unit"], "t") for row in newest]
    bought = math.fsum(masses[0].split([member])[0].values())
    held = study.assumption(contents[0])
    outputs = (max(amounts), statistics.median(amounts), min(amounts))
    parts = [bought * content / (bought * content + output) for content, output in zip(held, outputs, strict=True)]
    return ImportPart(Range(*parts), COUNTED, (*sorted(row["figure_id"] for row in newest), contents[0]))


def _home_part(study: Study, picture: Picture, stage: str, members: Sequence[str], book: TradeBook) -> Part | None:
    """Span the home part over the next stages; None where a bloc uses the stage itself.

    Where nothing is known of the next stages it may be anything.
    """
    if study.stages[stage]["final"]:
        return None
    following = sorted({row["output"] for row in study.tables["recipes"] if row["input"] == stage and row["essential"]})
    if not following:
        return None
    found = [_home_makers(study, picture, after, members, book) for after in following]
    known = [part for part in found if part is not None]
    if not known:
        return _unknown_home(study)
    parents = tuple(sorted({parent for part in known for parent in part.parents} | {ledger.EMBODIED}))
    central = statistics.fmean(part.range.central for part in known)
    low, high = min(part.range.low for part in known), max(part.range.high for part in known)
    return Part(Range(low, central, high), parents)


def _unknown_home(study: Study) -> Part:
    """Return the home part of the next stages where nothing is known of them: anything from none to all."""
    if ledger.HOME_PART_UNKNOWN in study.ledger:
        return Part(Range(*study.assumption(ledger.HOME_PART_UNKNOWN)), (ledger.EMBODIED, ledger.HOME_PART_UNKNOWN))
    return Part(Range(0.0, 1.0, 1.0), (ledger.EMBODIED,))


def _home_makers(study: Study, picture: Picture, stage: str, members: Sequence[str], book: TradeBook) -> Part | None:
    """Return the part of a bloc's supply of one stage that its own makers deliver, None where not known."""
    bought = _bought(study, picture, stage, members, book)
    if bought and not next(iter(bought.values())).purchase.basket:
        low, central, high = (math.fsum(item.direct[level] for item in bought.values()) for level in range(3))
        parents = tuple(sorted({parent for item in bought.values() for parent in item.parents}))
        return Part(Range(max(0.0, 1 - high), max(0.0, 1 - central), max(0.0, 1 - low)), parents)
    shares = picture.fitting(stage, members)
    if not shares:
        return None
    own = [item for item in shares if item.economy in members]
    unnamed = _unnamed(shares, members)
    parents = (*(item.estimate_id for item in (*own, *unnamed)), ledger.POOLED_MARKET)
    high = min(1.0, math.fsum(item.high for item in (*own, *unnamed)))
    return Part(Range(math.fsum(item.low for item in own), math.fsum(item.central for item in own), high), parents)


def _unnamed(shares: Sequence[Estimate], members: Sequence[str]) -> list[Estimate]:
    """Return the rest of world if a member may be in it."""
    named = {item.economy for item in shares}
    return [] if set(members) <= named else [item for item in shares if item.economy == REST]


def _own(picture: Picture, stage: str, members: Sequence[str]) -> list[Estimate]:
    """Return what members make, and the rest of world if a member that nobody names may be in it."""
    shares = picture.fitting(stage, members)
    return [*(item for item in shares if item.economy in members), *_unnamed(shares, members)]


def published_reliance(study: Study, figures: Sequence[Row], members: Sequence[str]) -> Reliance | None:
    """Return the newest published net import reliance of one economy.

    Parameters
    ----------
    study
        For the assumptions by which printed numbers are read.
    figures
        Usable figures of a stage.
    members
        The economy.

    Returns
    -------
    Reliance or None
        A range, also where only a bound is printed; None where nothing is published.
    """
    rows = [row for row in figures if row["metric"] == "import_reliance" and row["economy"] in members]
    newest = [row for row in rows if row["year"] == max(other["year"] for other in rows)]
    if not newest:
        return None
    read = [intervals.printed(row, study) for row in newest]
    # below zero is a net exporter: it imports nothing on balance
    bounds = [[min(1.0, max(0.0, number)) for number in numbers] for numbers, _ in read]
    lows, centrals, highs = zip(*bounds, strict=True)
    parents = tuple(sorted({row["figure_id"] for row in newest}.union(*(taken for _, taken in read))))
    return Reliance(min(lows), statistics.median(centrals), max(highs), parents)
