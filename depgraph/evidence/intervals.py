"""From one claim or one figure to one interval on one share.

An item of evidence says: the share of this economy in this stage, under this definition, lies
between low and high, most likely at central. It names everything it was made from.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from depgraph.evidence.coherence import Interval
from depgraph.study import figures, ledger
from depgraph.study.chains import stage_id
from depgraph.study.study import Study

Row = Mapping[str, Any]

SHARE_METRICS = {
    "production_share", "capacity_share", "market_share", "export_share",
    "sites_share", "filings_share", "volume_share", "sole_source_share",
}  # fmt: skip
QUANTITY_METRICS = {"production": "production_share", "capacity": "capacity_share"}
SHARE_KINDS = {"share", "dominance", "capability"}
ASSERTED = {"fact", "reported", "argued"}
REST = "ROW"
UNNAMED = {"WLD"}  # a total is no supplier; what a table leaves over bounds the unnamed


@dataclass(frozen=True)
class Evidence:
    """One interval on one share.

    Attributes
    ----------
    parent
        The claim or figure.
    others
        What else it took: world total, assumptions, lexicon term.
    stage, economy
        Whose share of what.
    metric, basis
        Definition; a claim in words has the basis ``verbal``.
    period
        Year or range, None where a claim is undated.
    low, central, high
        Fractions.
    grade
        A primary statistic, B secondary statistic, C number in a claim, D word in a claim.
    cluster
        Items of one cluster repeat each other: one publisher, or one source document.
    leads
        Whether it also says that nobody has more.
    extent
        ``@market`` and ``#scope`` of a figure that is not about the whole world's stage.
    """

    parent: str
    others: tuple[str, ...]
    stage: str
    economy: str
    metric: str
    basis: str
    period: str | None
    low: float
    central: float
    high: float
    grade: str
    cluster: str
    leads: bool = False
    extent: str = ""

    @property
    def definition(self) -> str:
        """What is counted: ``metric:basis``, with ``@market`` and ``#scope`` where it is not the whole world's."""
        return f"{self.metric}:{self.basis}{self.extent}"

    @property
    def interval(self) -> Interval:
        """Low and high as an interval."""
        return Interval(self.low, self.high)

    @property
    def is_word(self) -> bool:
        """Whether it rests on a word instead of a number."""
        return self.grade == "D"

    @property
    def last_year(self) -> int | None:
        """Last year of the period."""
        return int(self.period.split("/")[-1]) if self.period else None


def from_claims(study: Study) -> list[Evidence]:
    """Read the claims that speak of a share of a stage.

    A claim becomes evidence if it is of kind share, dominance or capability, is asserted (not
    recommended, forecast or hypothetical) and not denied, names a stage and a single economy,
    and has a word of the lexicon or a printed share. A claim that repeats another of the same
    source is counted once.

    Parameters
    ----------
    study
        A checked study.

    Returns
    -------
    list of Evidence
        In the order of the claims.
    """
    usable = (row for row in study.tables["claims"] if is_share_claim(row, study))
    return [item for row in usable if (item := _from_claim(row, study)) is not None]


def is_share_claim(row: Row, study: Study) -> bool:
    """Say whether a claim bears on the present share of one economy in one stage."""
    return bool(
        row["kind"] in SHARE_KINDS
        and row["modality"] in ASSERTED
        and row["polarity"] == "affirmed"
        and stage_id(row)
        and row["actor"] not in study.economies.members
        and not any(relation.startswith("repeats:") for relation in row["relates_to"] or ())
    )


def _from_claim(row: Row, study: Study) -> Evidence | None:
    """Turn one claim into an interval, by its number if it has one, else by its word."""
    others: tuple[str, ...]
    if row["unit"] == "share" and _has_number(row):
        interval, others = printed(row, study, approximate=row["hedge"] == "approximate")
        grade, leads = "C", False
    elif row["term"]:
        term = study.lexicon[row["term"]]
        interval, others = (term.low, term.mode, term.high), (term.term, ledger.VERBAL_BASIS)
        grade, leads = "D", term.leads
    else:
        return None
    low, central, high = interval
    return Evidence(
        row["claim_id"], others, str(stage_id(row)), row["actor"], "production_share", "verbal", row["period"],
        low, central, high, grade, row["source_id"], leads,
    )  # fmt: skip


def _has_number(row: Row) -> bool:
    """Say whether a row prints a value or a bound."""
    return any(row[name] is not None for name in ("value", "low", "high"))


def printed(row: Row, study: Study, *, approximate: bool = False) -> tuple[tuple[float, float, float], tuple[str, ...]]:
    """Read value and bounds of a printed share.

    A value stands for its rounding interval, "more than x" for x to 1, "up to x" for 0 to x.

    Parameters
    ----------
    row
        A claim or a figure with ``value``, ``low`` and ``high``, one of them at least.
    study
        For the assumptions.
    approximate
        Whether the value is called approximate.

    Returns
    -------
    tuple
        (low, central, high) and the assumptions taken.
    """
    value, low, high = row["value"], row["low"], row["high"]
    if value is not None and approximate:
        width = study.assumption(ledger.APPROXIMATE)[1] * value
        return (max(0.0, value - width), value, min(1.0, value + width)), (ledger.APPROXIMATE,)
    if value is not None:
        width = study.assumption(ledger.ROUNDING)[1]
        low = value - width if low is None else low
        high = value + width if high is None else high
        return (max(0.0, min(low, value)), value, min(1.0, max(high, value))), (ledger.ROUNDING,)
    if low is not None and high is not None:
        return (low, (low + high) / 2, high), ()
    step = study.assumption(ledger.BOUND_MODE)[1]
    if low is not None:
        return (low, low + step * (1 - low), 1.0), (ledger.BOUND_MODE,)
    return (0.0, high * (1 - step), high), (ledger.BOUND_MODE,)


def from_figures(study: Study) -> list[Evidence]:
    """Read the figures that give a share, or a quantity beside its world total.

    Only figures of status ``ok`` stand for a stage; superseded editions, other definitions,
    baskets, doubtful values and projections stay in the tables and out of the estimates.

    Parameters
    ----------
    study
        A checked study.

    Returns
    -------
    list of Evidence
        In the order of the figures.
    """
    rows = [row for row in study.tables["figures"] if row["status"] == "ok"]
    clusters = {row["source_id"]: row["publisher"] for row in study.tables["figure_sources"]}
    totals = figures.world_totals(rows, study.units)
    found: list[Evidence] = []
    for row in rows:
        if row["economy"] in UNNAMED or row["partner"]:
            continue
        item = (
            _from_share(row, study, clusters)
            if row["metric"] in SHARE_METRICS
            else _from_quantity(row, study, totals, clusters)
        )
        if item is not None:
            found.append(item)
    return found


def _from_share(row: Row, study: Study, clusters: Mapping[str, str]) -> Evidence:
    """Turn a published share into an interval."""
    (low, central, high), others = printed(row, study)
    return Evidence(
        row["figure_id"], others, str(stage_id(row)), row["economy"], row["metric"], row["basis"], row["year"],
        low, central, high, row["grade"], clusters[row["source_id"]], extent=extent(row),
    )  # fmt: skip


def extent(row: Row) -> str:
    """Return the market and the part of a stage that a figure is about, empty for the whole world's stage.

    Examples
    --------
    >>> extent({"market": "USA", "scope": "new_filings"})
    '@USA#new_filings'
    """
    market, scope = row.get("market"), row.get("scope")
    return (f"@{market}" if market else "") + (f"#{scope}" if scope else "")


def _from_quantity(
    row: Row, study: Study, totals: Mapping[tuple[Any, ...], Row], clusters: Mapping[str, str]
) -> Evidence | None:
    """Turn a quantity and its world total into an interval: ``q (1 -+ e) / (W (1 +- e))``."""
    if row["metric"] not in QUANTITY_METRICS or row["value"] is None:
        return None
    total = totals.get((*figures.world_key(row), study.units.dimension(row["unit"])))
    if total is None or not total["value"]:
        return None
    share = row["value"] / study.units.convert(total["value"], total["unit"], row["unit"])
    error = study.assumption(ledger.STATISTICS)[1]
    factors = ((1 - error) / (1 + error), (1 + error) / (1 - error))
    low, high = (min(1.0, share * factor) for factor in factors)
    return Evidence(
        row["figure_id"], (total["figure_id"], ledger.STATISTICS), str(stage_id(row)), row["economy"],
        QUANTITY_METRICS[row["metric"]], row["basis"], row["year"], low, min(1.0, share), high, row["grade"],
        clusters[row["source_id"]], extent=extent(row),
    )  # fmt: skip


def present(items: Iterable[Evidence], years: tuple[int, int]) -> list[Evidence]:
    """Keep what speaks of the present.

    Of each cluster and definition the newest items within the reference years; where a definition
    has no item within them, the newest before, for whole tables and not economy by economy. Of two
    publishers more than a year apart the newer speaks for an economy if its grade is no worse: two
    years that differ are no disagreement.
    Undated claims speak of the present.

    Parameters
    ----------
    items
        Evidence of one stage.
    years
        First and last reference year.

    Returns
    -------
    list of Evidence
        In the order given.
    """
    kept = list(items)
    dated = [item for item in kept if item.last_year is not None and item.last_year <= years[1]]
    in_window = {item.definition for item in dated if _year(item) >= years[0]}
    candidates = [item for item in dated if _year(item) >= years[0] or item.definition not in in_window]
    newest = _newest_years(candidates)
    current = [item for item in candidates if _year(item) == newest[_series(item)]]
    return [item for item in kept if item.last_year is None or (item in current and not _is_outdated(item, current))]


APART = 1  # years by which two publishers may differ and still speak of the same present


def _is_outdated(item: Evidence, others: Iterable[Evidence]) -> bool:
    """Say whether another publisher's item on the same share is clearly newer and no worse."""
    return any(
        (other.definition, other.economy) == (item.definition, item.economy)
        and _year(other) > _year(item) + APART
        and other.grade <= item.grade
        for other in others
    )


def _year(item: Evidence) -> int:
    """Return the last year of a dated item."""
    return item.last_year or 0


def _series(item: Evidence) -> tuple[str, str]:
    """Return what one publisher's series under one definition has in common."""
    return item.cluster, item.definition


def _newest_years(items: Iterable[Evidence]) -> dict[tuple[str, str], int]:
    """Return the newest year of each series.

    The year belongs to the table, not to the economy: a country that a newer table no longer
    names must not keep the share that an older one gave it.
    """
    newest: dict[tuple[str, str], int] = {}
    for item in items:
        newest[_series(item)] = max(_year(item), newest.get(_series(item), 0))
    return newest


def by_stage(items: Sequence[Evidence]) -> Iterator[tuple[str, list[Evidence]]]:
    """Group evidence by stage, stages sorted."""
    for stage in sorted({item.stage for item in items}):
        yield stage, [item for item in items if item.stage == stage]
