"""What a study holds, as tables: sources, claims, figures, assumptions, estimates, stages, and its problems."""

from collections.abc import Iterable, Mapping, Sequence

from depgraph.core import tables
from depgraph.core.errors import QuestionError, UnknownNameError
from depgraph.evidence import estimates as shares
from depgraph.evidence.estimates import Picture
from depgraph.exports.records import stage_shares
from depgraph.interface import checking, loading
from depgraph.interface.loading import LoadedStudy
from depgraph.interface.results import Result, Row
from depgraph.study import chains
from depgraph.study.study import Study

GRADES = "ABCDE"  # of estimates: primary and secondary statistic, printed share, word, remainder
PLACE = {"file", "line"}  # where a row stands; not a part of what it says


def _told(study: LoadedStudy, title: str, rows: Iterable[Row], key: str, *, whole: Sequence[Row] = ()) -> Result:
    """Return rows without the place where they stand; the whole table names the columns if none is left."""
    listed = tuple({name: value for name, value in row.items() if name not in PLACE} for row in rows)
    columns = tuple(name for row in whole[:1] for name in row if name not in PLACE)
    return Result(title, listed, study, columns=columns, key=key)


def sources(study: Study) -> Result:
    """List the source documents and the publications of figures.

    Parameters
    ----------
    study
        The study.

    Returns
    -------
    Result
        Documents first.

    Examples
    --------
    >>> "usgs-8" in set(sources(loading.load()).frame()["source_id"])
    True
    """
    held = loading.of(study)
    documents = [
        {"source_id": row["id"], "title": row["title"], "author": row["author"], "producer": row["producer"],
         "date_published": row["date_published"], "reliability": row["reliability"], "sha256": row["sha256"],
         "address": row["url"], "licence": row["licence"], "note": row["note"]}
        for row in held.tables["sources"]
    ]  # fmt: skip
    publications = [
        {"source_id": row["source_id"], "title": row["document"], "author": None, "producer": row["publisher"],
         "date_published": row["year"], "reliability": None, "sha256": None, "address": row["address"],
         "licence": row["licence"], "note": row["note"]}
        for row in held.tables["figure_sources"]
    ]  # fmt: skip
    return _told(held, "sources", [*documents, *publications], "source_id")


def claims(
    study: Study,
    *,
    product: str | None = None,
    stage: str | None = None,
    economy: str | None = None,
    source: str | None = None,
    kind: str | None = None,
) -> Result:
    """List the claims that were read out of the sources.

    Parameters
    ----------
    study
        The study.
    product, stage, economy, source, kind
        Only claims on this product, stage (as product/stage), economy or bloc, of this source, of this kind.

    Returns
    -------
    Result
        Numbers in the unit of the row.

    Raises
    ------
    UnknownNameError
        If there is no such product, stage, economy, source or kind.

    Examples
    --------
    >>> claims(loading.load(), kind="export_control").frame()["kind"].unique().tolist()
    ['export_control']
    """
    _require_word("kind", kind, "claims", "kind")
    held = loading.of(study)
    wanted = {"product": product, "stage": stage, "economy": economy, "source": source, "kind": kind}
    rows = held.tables["claims"]
    return _told(held, "claims", _matching(held, rows, wanted), "claim_id", whole=rows)


def figures(
    study: Study,
    *,
    product: str | None = None,
    stage: str | None = None,
    economy: str | None = None,
    source: str | None = None,
    kind: str | None = None,
    grade: str | None = None,
) -> Result:
    """List the public figures.

    Parameters
    ----------
    study
        The study.
    product, stage, economy, source, kind, grade
        Only figures of this product, stage (as product/stage), economy or bloc, publication, metric, grade.

    Returns
    -------
    Result
        Numbers in the unit of the row.

    Raises
    ------
    UnknownNameError
        If there is no such product, stage, economy, source, metric or grade.

    Examples
    --------
    >>> figures(loading.load(), stage="gallium/primary", kind="production").frame()["metric"].unique().tolist()
    ['production']
    """
    _require_word("metric", kind, "figures", "metric")
    _require_word("grade", grade, "figures", "grade")
    held = loading.of(study)
    wanted = {"product": product, "stage": stage, "economy": economy, "source": source, "kind": kind, "grade": grade}
    rows = held.tables["figures"]
    return _told(held, "figures", _matching(held, rows, wanted), "figure_id", whole=rows)


def assumptions(study: Study) -> Result:
    """List the assumptions and, as terms, the lexicon of words of magnitude.

    Parameters
    ----------
    study
        The study.

    Returns
    -------
    Result
        Each in its own unit.

    Examples
    --------
    >>> "A-discount-rate" in set(assumptions(loading.load()).frame()["assumption_id"])
    True
    """
    held = loading.of(study)
    words = [
        {"assumption_id": term.term, "what": "share that the word means", "value": term.mode, "low": term.low,
         "high": term.high, "unit": "share", "reason": term.reason, "source_id": None}
        for term in held.lexicon.values()
    ]  # fmt: skip
    return _told(held, "assumptions", [*held.tables["assumptions"], *words], "assumption_id")


def estimates(
    study: Study,
    *,
    product: str | None = None,
    stage: str | None = None,
    economy: str | None = None,
    grade: str | None = None,
    disagreements: bool = False,
) -> Result:
    """List the shares that the evidence supports, with ranges, under every definition.

    Parameters
    ----------
    study
        The study.
    product, stage, economy, grade
        Only estimates of this product, stage (as product/stage), economy or bloc, grade.
    disagreements
        List what cannot all be true instead.

    Returns
    -------
    Result
        Shares are fractions.

    Raises
    ------
    QuestionError
        If a grade is asked of disagreements.
    UnknownNameError
        If there is no such product, stage, economy or grade.

    Examples
    --------
    >>> estimates(loading.load(), stage="gallium/primary", economy="CHN").frame()["economy"].unique().tolist()
    ['CHN']
    """
    if grade and disagreements:
        msg = "a grade is of one estimate: a disagreement is between items and has none"
        raise QuestionError(msg)
    if grade:
        _require("grade", grade, GRADES)
    held = loading.of(study)
    wanted = {"product": product, "stage": stage, "grade": grade}
    if disagreements:
        rows = _disagreements(held, held.picture, economy)
    else:
        rows = [shares.as_row(item) for item in held.picture.estimates]
        wanted["economy"] = economy
    key = "clash_id" if disagreements else "estimate_id"
    return _told(held, "estimates", _matching(held, rows, wanted), key, whole=rows)


def stages(study: Study, *, product: str | None = None, economy: str | None = None) -> Result:
    """Show who makes what at each stage; "no claim" is not zero.

    Parameters
    ----------
    study
        The study.
    product, economy
        Only stages of this product, only this economy or bloc.

    Returns
    -------
    Result
        Shares are fractions of world output; None where nothing is known.

    Raises
    ------
    UnknownNameError
        If there is no such product or economy.

    Examples
    --------
    >>> stages(loading.load(), product="gallium").frame()["product"].unique().tolist()
    ['gallium']
    """
    held = loading.of(study)
    rows = [row for stage in held.stages for row in stage_shares(held, held.picture, stage)]
    wanted = {"product": product, "economy": economy}
    return _told(held, "stages", _matching(held, rows, wanted), "estimate_id", whole=rows)


def check(study: Study, *, each: bool = False) -> Result:
    """List every problem of a study at once, with file, line and remedy.

    Parameters
    ----------
    study
        The study; its files are read again. `load` refuses one with errors and names them all.
    each
        Also each recipe and stage that a table leaves out or that a default stands in for.

    Returns
    -------
    Result
        A row for each error and warning; none if all is well. ``records`` holds `Problem`.

    Examples
    --------
    >>> {row["severity"] for row in check(loading.load()).rows}
    {'warning'}
    """
    held = loading.of(study)
    found = tuple(checking.everything(held.root, notes=each)[1])
    return Result("problems", tuple(checking.rows(found)), held, found)


# --- filters ------------------------------------------------------------------------------------


def _matching(study: Study, rows: Iterable[Row], wanted: Mapping[str, str | None]) -> list[Row]:
    """Keep the rows that fit every filter given.

    Raises
    ------
    UnknownNameError
        If a filter names a product, stage, economy or source that the study does not have.
    """
    found = list(rows)
    if wanted.get("product"):
        _require("product", wanted["product"], [row["product"] for row in study.tables["products"]])
        found = [row for row in found if row["product"] == wanted["product"]]
    if wanted.get("stage"):
        _require("stage", wanted["stage"], study.stages)
        found = [row for row in found if _stage_of(row) == wanted["stage"]]
    if wanted.get("economy"):
        codes = _codes(study, str(wanted["economy"]))
        found = [row for row in found if codes & {row.get(key) for key in ("economy", "partner", "actor", "target")}]
    if wanted.get("source"):
        documents = [row["id"] for row in study.tables["sources"]]
        publications = [row["source_id"] for row in study.tables["figure_sources"]]
        _require("source", wanted["source"], [*documents, *publications])
    for name, keys in (("source", ("source_id",)), ("kind", ("kind", "metric")), ("grade", ("grade",))):
        if wanted.get(name):
            found = [row for row in found if wanted[name] in {row.get(key) for key in keys}]
    return found


def _codes(study: Study, name: str) -> set[str]:
    """Return the code of an economy or bloc and those of its members."""
    code = study.economies.resolve(name)
    return {code, *study.economies.expand(code)}


def _require(what: str, name: str | None, known: Iterable[str]) -> None:
    """Refuse a name that is not known.

    Raises
    ------
    UnknownNameError
        With the nearest names.
    """
    names = list(known)
    if name not in names:
        raise UnknownNameError(what, str(name), names)


def _require_word(what: str, word: str | None, table: str, column: str) -> None:
    """Refuse a word that a column cannot hold.

    Raises
    ------
    UnknownNameError
        With the nearest words.
    """
    if word:
        _require(what, word, next(item.words for item in tables.schemas()[table].columns if item.name == column))


def _stage_of(row: Row) -> str | None:
    """Return the stage of any row, whether its stage column holds the product or not."""
    return row["stage"] if "/" in (row["stage"] or "") else chains.stage_id(row)


def _disagreements(study: Study, picture: Picture, economy: str | None) -> list[Row]:
    """Return the disagreements; of an economy, those with a claim or figure on it among the members."""
    rows: list[Row] = [shares.as_row(item) for item in picture.disagreements]
    if economy is None:
        return rows
    codes = _codes(study, economy)
    about = {item.parent for item in picture.evidence if item.economy in codes}
    return [row for row in rows if about.intersection(row["members"])]
