"""The tables behind every export: typed rows of the study and of what was computed from it.

One registry, `RESULTS`, names the function that yields the rows of each table of
``exports.toml``; a workbook, a database or any other format only chooses among the tables. To
add a table, describe it in ``exports.toml`` and write its function here.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from depgraph import __version__
from depgraph.analysis import chokepoints
from depgraph.analysis.chokepoints import Ranking
from depgraph.core import tables
from depgraph.core.tables import Column, Schema
from depgraph.evidence import estimates
from depgraph.evidence.estimates import Picture
from depgraph.graph.dependencies import Network, Range
from depgraph.study import chains
from depgraph.study.study import Study
from depgraph.trail import trail
from depgraph.trail.trail import Trail

Row = Mapping[str, Any]
ADDED = "+"  # before the name of a table of the study that exports give more columns


@dataclass(frozen=True)
class Analysis:
    """A study and what was computed from it for one bloc.

    Attributes
    ----------
    study, picture, network
        The study, its estimates and its graph.
    ranking
        The chokepoints of the bloc.
    walked
        What rests on what.
    """

    study: Study
    picture: Picture
    network: Network
    ranking: Ranking
    walked: Trail

    @property
    def footer(self) -> dict[str, str]:
        """What every export says of itself: version, data, study and for whom it was computed."""
        return footer(self.study, self.ranking.bloc)


def footer(study: Study, bloc: str) -> dict[str, str]:
    """Return what a file made from a study says of itself.

    Parameters
    ----------
    study
        The study.
    bloc
        For whom it was computed.

    Returns
    -------
    dict
        Version, hash of the data, and settings.
    """
    settings = study.settings
    return {
        "depgraph": __version__,
        "data": study.version,
        "study": settings["name"],
        "as_of": settings["as_of"],
        "bloc": bloc,
        "rival": settings["rival"],
        "reference_years": settings["reference_years"],
    }


@dataclass(frozen=True)
class Table:
    """One table: what its columns mean, and its rows."""

    schema: Schema
    rows: Sequence[Row]


def analyse(study: Study, picture: Picture, network: Network, bloc: str) -> Analysis:
    """Compute what exports hold.

    Parameters
    ----------
    study, picture, network
        The study, its estimates and its graph.
    bloc
        Code of the economy or bloc whose chokepoints are ranked.

    Returns
    -------
    Analysis
        For `gather` and for the writers of graphs.

    Raises
    ------
    UnknownNameError
        If the bloc names no members.
    """
    ranking = chokepoints.rank(study, picture, network, bloc)
    return Analysis(study, picture, network, ranking, trail.build(study, picture, ranking.rows))


@cache
def schemas() -> dict[str, Schema]:
    """Return the schemas of all tables of an export, by name.

    Returns
    -------
    dict
        First those of the study, some with more columns, then those of the results.

    Examples
    --------
    >>> schemas()["figures"].columns[-1].name
    'stage_id'
    """
    own = tables.read_schemas("exports.toml")
    more = {name.removeprefix(ADDED): own.pop(name).columns for name in list(own) if name.startswith(ADDED)}
    wider = {name: _widened(schema, more.get(name, ())) for name, schema in tables.schemas().items()}
    return {"about": own["about"]} | wider | own


def _widened(schema: Schema, more: tuple[Column, ...]) -> Schema:
    """Add columns to a schema."""
    return Schema(schema.name, schema.file, schema.key, (*schema.columns, *more), schema.about)


def gather(analysis: Analysis) -> dict[str, Table]:
    """Fill every table.

    Parameters
    ----------
    analysis
        From `analyse`.

    Returns
    -------
    dict
        Table name to `Table`; every row has the columns of its schema, in that order, and a
        value that is not known is None.
    """
    return {name: Table(schema, _rows(analysis, schema)) for name, schema in schemas().items()}


def _rows(analysis: Analysis, schema: Schema) -> list[Row]:
    """Return the rows of one table, with just the columns of its schema."""
    found = RESULTS[schema.name](analysis) if schema.name in RESULTS else analysis.study.tables[schema.name]
    return [{column.name: row[column.name] for column in schema.columns} for row in found]


def about(analysis: Analysis) -> Iterator[Row]:
    """Yield what the export says of itself."""
    for item, value in analysis.footer.items():
        yield {"item": item, "value": value}


def codes(analysis: Analysis) -> Iterator[Row]:
    """Yield every code that stands for somebody; the remainder has one even where no bloc is named so."""
    economies = analysis.study.economies
    for code, name in ({estimates.REST: estimates.REST} | dict(economies.names)).items():
        bloc = code in economies.members or code == estimates.REST
        yield {"code": code, "name": name, "kind": "bloc" if bloc else "economy"}


def members(analysis: Analysis) -> Iterator[Row]:
    """Yield the members of the blocs."""
    for bloc, named in analysis.study.economies.members.items():
        for economy in named:
            yield {"bloc": bloc, "economy": economy}


def claims(analysis: Analysis) -> Iterator[Row]:
    """Yield the claims with the stage that they are about."""
    for row in analysis.study.tables["claims"]:
        yield row | {"stage_id": chains.stage_id(row)}


def figures(analysis: Analysis) -> Iterator[Row]:
    """Yield the figures with the stage that they are about."""
    for row in analysis.study.tables["figures"]:
        yield row | {"stage_id": chains.stage_id(row)}


def claim_relations(analysis: Analysis) -> Iterator[Row]:
    """Yield which claim repeats, supersedes or contradicts which."""
    for row in analysis.study.tables["claims"]:
        for relation in row["relates_to"] or ():
            kind, _, other = relation.partition(":")
            yield {"claim_id": row["claim_id"], "relation": kind, "other": other}


def estimate_rows(analysis: Analysis) -> Iterator[Row]:
    """Yield the estimates under every definition."""
    for item in analysis.picture.estimates:
        yield estimates.as_row(item) | {"own": item.metric == analysis.picture.own[item.stage]}


def disagreements(analysis: Analysis) -> Iterator[Row]:
    """Yield what cannot all be true."""
    return map(estimates.as_row, analysis.picture.disagreements)


def shares(analysis: Analysis) -> Iterator[Row]:
    """Yield who makes what, stage by stage."""
    for stage in analysis.study.stages:
        yield from stage_shares(analysis.study, analysis.picture, stage)


def stage_shares(study: Study, picture: Picture, stage: str) -> list[dict[str, Any]]:
    """Return one row for each economy of a stage, or one that says that nothing is known.

    Parameters
    ----------
    study, picture
        The study and its estimates.
    stage
        A stage of the study.

    Returns
    -------
    list of dict
        With the columns of the table ``shares``.
    """
    base = {"product": study.product_of(stage), "stage": stage}
    missing = study.stages[stage]["missing"]
    found = picture.shares(stage)
    if not found:
        empty = dict.fromkeys(
            ("economy", "low", "central", "high", "grade", "conflict", "hhi_low", "hhi_high", "basis")
        )
        return [base | empty | {"status": "no claim", "missing": missing, "estimate_id": None}]
    bounds = estimates.stage_hhi(found)
    return [
        base
        | {"economy": item.economy, "low": item.low, "central": item.central, "high": item.high, "grade": item.grade,
           "conflict": item.conflict, "hhi_low": bounds and bounds.low, "hhi_high": bounds and bounds.high,
           "basis": item.metric, "status": "reported zero" if item.high == 0 else item.method, "missing": missing,
           "estimate_id": item.estimate_id}
        for item in found
    ]  # fmt: skip


def ranked(analysis: Analysis) -> Iterator[Row]:
    """Yield the ranking."""
    for point in analysis.ranking.rows:
        parts = {"loss": point.loss, "direct": point.direct, "embodied": point.embodied, "share": point.share}
        parts |= {"value_usd": point.value}
        bought = point.purchase
        trade = {
            "method": point.method,
            "import_mass_share": bought and bought.mass,
            "import_value_share": bought and bought.value,
            "import_year": bought and bought.year,
            "home_output": bought and bought.home,
        }
        spread = {key: value for name, part in parts.items() for key, value in spread_range(name, part).items()}
        yield estimates.as_row(point) | spread | trade | {"bloc": analysis.ranking.bloc}


def spread_range(name: str, value: Range | None) -> dict[str, float | None]:
    """Spread a range over three columns.

    Examples
    --------
    >>> spread_range("loss", None)
    {'loss_low': None, 'loss_central': None, 'loss_high': None}
    """
    low, central, high = value or (None, None, None)
    return {f"{name}_low": low, f"{name}_central": central, f"{name}_high": high}


def goods_lost(analysis: Analysis) -> Iterator[Row]:
    """Yield what each chokepoint costs of each finished good."""
    for point in analysis.ranking.rows:
        for good, part in point.goods.items():
            yield {"chokepoint_id": point.chokepoint_id, "good": good} | part._asdict()


def not_scored(analysis: Analysis) -> Iterator[Row]:
    """Yield the stages that could not be ranked."""
    return map(estimates.as_row, analysis.ranking.unscored)


def identifiers(analysis: Analysis) -> Iterator[Row]:
    """Yield everything that has an identifier."""
    for name, data in analysis.walked.nodes(data=True):
        yield {"id": name, "kind": data["kind"], "text": data["text"]}


def rests_on(analysis: Analysis) -> Iterator[Row]:
    """Yield the trail."""
    for parent, child in analysis.walked.edges:
        yield {"id": child, "parent": parent}


# table of exports.toml -> what yields its rows; a table that is not named stands in the study as it is
RESULTS: dict[str, Callable[[Analysis], Iterable[Row]]] = {
    "about": about,
    "codes": codes,
    "members": members,
    "claims": claims,
    "figures": figures,
    "claim_relations": claim_relations,
    "estimates": estimate_rows,
    "disagreements": disagreements,
    "shares": shares,
    "chokepoints": ranked,
    "goods_lost": goods_lost,
    "not_scored": not_scored,
    "identifiers": identifiers,
    "rests_on": rests_on,
}
