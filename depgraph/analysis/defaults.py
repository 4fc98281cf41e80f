"""What the ranking takes in place of rows that a table does not have: equal weights, published shares."""

from collections.abc import Sequence

from depgraph.analysis import goods as finished
from depgraph.analysis.chokepoints import Ranking
from depgraph.core.words import listing
from depgraph.study.study import Study

SHOWN = 6  # goods in one message


def unvalued(study: Study, bloc: str, goods: Sequence[str]) -> list[str]:
    """Return the finished goods of which the study does not know what a bloc spends on them in a year.

    Parameters
    ----------
    study
        With the table ``datasets/weights.csv``.
    bloc
        An economy or a bloc.
    goods
        Finished goods considered.

    Returns
    -------
    list of str
        In the order given. One alone keeps all goods from being weighed by value.
    """
    known = finished.yearly_uses(study, bloc, goods)
    return [good for good in goods if good not in known]


def nested_unsaid(study: Study, bloc: str, goods: Sequence[str]) -> list[tuple[str, str]]:
    """Return pairs of finished goods of which one goes into the other while no row says at which part of its value.

    Only goods with a value in ``datasets/weights.csv`` are counted twice by that; of others there is nothing
    to count.

    Parameters
    ----------
    study
        With the tables ``datasets/weights.csv``, ``datasets/nesting.csv`` and ``datasets/recipes.csv``.
    bloc
        An economy or a bloc.
    goods
        Finished goods considered.

    Returns
    -------
    list of tuple
        The outer and the inner good. A good inside another inner one is inside the outer one with it.
    """
    said = {(row["outer"], row["inner"]) for row in study.tables.get("nesting", ())}
    uses = finished.yearly_uses(study, bloc, goods)
    valued = [good for good in goods if good in uses]
    return [
        (outer, inner) for outer in valued for inner in _next_goods(study, outer, valued) if (outer, inner) not in said
    ]


def _next_goods(study: Study, outer: str, goods: Sequence[str]) -> list[str]:
    """Return the finished goods that go into one by essential recipes, without another of them between."""
    essential = [row for row in study.tables["recipes"] if row["essential"]]
    reached, ahead = {outer}, [outer]
    while ahead:
        stage = ahead.pop()
        before = {row["input"] for row in essential if row["output"] == stage} - reached
        reached |= before
        ahead += [name for name in before if name not in goods]
    return [good for good in goods if good in reached and good != outer]


def sentences(study: Study, ranking: Ranking) -> list[str]:
    """Say which defaults a ranking rests on, and which table would replace them.

    Parameters
    ----------
    study, ranking
        The study and a ranking of it.

    Returns
    -------
    list of str
        Nothing where every table has its rows.
    """
    names = {good: str(study.stages[good]["name"]).partition(" (")[0].lower() for good in ranking.goods}
    said = []
    unknown = unvalued(study, ranking.bloc, ranking.goods)
    if ranking.weights.name == finished.EQUAL and len(ranking.goods) > 1 and unknown:
        whole = (
            "any of them" if len(unknown) == len(ranking.goods) else listing([names[good] for good in unknown], SHOWN)
        )
        said.append(f"The weights are equal, because datasets/weights.csv has no value for {whole}.")
    if ranking.rows and all(row.purchase is None for row in ranking.rows):
        said.append("Direct parts are published shares, because datasets/imports/ holds no imports for these stages.")
    return said
