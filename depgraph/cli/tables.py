"""The commands that list what a study holds."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from depgraph.cli import sentences
from depgraph.cli.common import emit, load, output_options, terminal_width
from depgraph.cli.names import Names, emit_answer, for_people
from depgraph.core import tables
from depgraph.core.errors import UnknownNameError
from depgraph.evidence import estimates
from depgraph.exports.records import stage_shares
from depgraph.study import chains
from depgraph.study.study import Study

Row = Mapping[str, Any]

GRADES = "ABCDE"  # of estimates: primary and secondary statistic, printed share, word, remainder

# columns that do not fit a terminal; csv, json and xlsx have them all
WIDE = {
    "claims": (
        "source_id",
        "start",
        "end",
        "fingerprint",
        "paragraph",
        "polarity",
        "hedge",
        "term",
        "value",
        "low",
        "high",
        "unit",
        "period",
        "relates_to",
        "note",
    ),
    "figures": ("source_id", "low", "high", "vintage", "table", "note"),
    "estimates": ("product", "unit", "parents"),
    "sources": ("note", "address", "licence", "sha256", "url"),
    "assumptions": ("reason",),
    "stages": ("product", "missing", "basis", "estimate_id"),
}


PLACE = {"file", "line"}  # where a row stands; not a part of what it says


def filters(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add the filter options of a table."""
    helps = {
        "product": "Only this product.",
        "stage": "Only this stage, as product/stage.",
        "economy": "Only this economy: code, name or bloc (then its members too).",
        "source": "Only this source or publication.",
        "kind": "Only this kind of claim, or this metric of figures.",
        "grade": "Only this grade.",
    }

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        for name in reversed(names):
            command = click.option(f"--{name}", help=helps[name])(command)
        return command

    return add


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


def _show(
    name: str,
    rows: Iterable[Row],
    form: str | None,
    output: Path | None,
    *,
    whole: Sequence[Row] = (),
    answer: str = "",
) -> None:
    """Put rows out, on a terminal without the widest columns; the whole table names the columns if none is left."""
    listed = [{key: value for key, value in row.items() if key not in PLACE} for row in rows]
    if form in {None, "table"} and output is None and terminal_width():
        hidden = WIDE.get(name, ())
        listed = [{key: value for key, value in row.items() if key not in hidden} for row in listed]
        if hidden:
            click.echo(f"not shown here, but in csv and json: {', '.join(hidden)}", err=True)
    if answer and for_people(form, output):
        emit_answer(listed, form, output, name, answer)
        return
    emit(listed, form, output, name, columns=[key for row in whole[:1] for key in row if key not in PLACE])


@click.command("sources")
@output_options
@click.pass_context
def sources(context: click.Context, form: str | None, output: Path | None) -> None:
    r"""List the source documents and the publications of figures.

    \b
    Example:
      depgraph sources -f json
    """
    study = load(context)
    documents = [
        {"source_id": row["id"], "title": row["title"], "author": row["author"], "producer": row["producer"],
         "date_published": row["date_published"], "reliability": row["reliability"], "sha256": row["sha256"],
         "address": row["url"], "licence": row["licence"], "note": row["note"]}
        for row in study.tables["sources"]
    ]  # fmt: skip
    publications = [
        {"source_id": row["source_id"], "title": row["document"], "author": None, "producer": row["publisher"],
         "date_published": row["year"], "reliability": None, "sha256": None, "address": row["address"],
         "licence": row["licence"], "note": row["note"]}
        for row in study.tables["figure_sources"]
    ]  # fmt: skip
    _show("sources", [*documents, *publications], form, output)


@click.command("claims")
@filters("product", "stage", "economy", "source", "kind")
@output_options
@click.pass_context
def claims(context: click.Context, /, form: str | None, output: Path | None, **wanted: str | None) -> None:
    r"""List the claims that were read out of the sources.

    \b
    Example:
      depgraph claims --product rare_earths --kind export_control
    """
    _require_word("kind", wanted["kind"], "claims", "kind")
    study = load(context)
    _show("claims", _matching(study, study.tables["claims"], wanted), form, output, whole=study.tables["claims"])


@click.command("figures")
@filters("product", "stage", "economy", "source", "kind", "grade")
@output_options
@click.pass_context
def figures(context: click.Context, /, form: str | None, output: Path | None, **wanted: str | None) -> None:
    r"""List the public figures.

    \b
    Example:
      depgraph figures --stage gallium/primary --kind production
    """
    _require_word("metric", wanted["kind"], "figures", "metric")
    _require_word("grade", wanted["grade"], "figures", "grade")
    study = load(context)
    _show("figures", _matching(study, study.tables["figures"], wanted), form, output, whole=study.tables["figures"])


@click.command("assumptions")
@output_options
@click.pass_context
def assumptions(context: click.Context, form: str | None, output: Path | None) -> None:
    r"""List the assumptions and, as terms, the lexicon of words of magnitude.

    \b
    Example:
      depgraph assumptions -f md
    """
    study = load(context)
    ledger = [
        {key: value for key, value in row.items() if key not in {"file", "line"}} for row in study.tables["assumptions"]
    ]
    words = [
        {"assumption_id": term.term, "what": "share that the word means", "value": term.mode, "low": term.low,
         "high": term.high, "unit": "share", "reason": term.reason, "source_id": None}
        for term in study.lexicon.values()
    ]  # fmt: skip
    _show("assumptions", [*ledger, *words], form, output)


@click.command("estimates")
@filters("product", "stage", "economy", "grade")
@click.option("--disagreements", is_flag=True, help="List what cannot all be true instead.")
@output_options
@click.pass_context
def estimate_table(
    context: click.Context,
    /,
    form: str | None,
    output: Path | None,
    disagreements: bool,  # noqa: FBT001 - click passes options by name
    **wanted: str | None,
) -> None:
    r"""List the shares that the evidence supports, with ranges, under every definition.

    \b
    Examples:
      depgraph estimates --stage pharmaceuticals/ingredient
      depgraph estimates --disagreements --economy CHN
    """  # noqa: DOC501 - the help text is for the command line
    if wanted["grade"] and disagreements:
        msg = "--grade is of one estimate: a disagreement is between items and has none"
        raise click.UsageError(msg)
    if wanted["grade"]:
        _require("grade", wanted["grade"], GRADES)
    study = load(context)
    picture = estimates.estimate(study)
    if disagreements:
        rows = _disagreements(study, picture, wanted.pop("economy"))
    else:
        rows = [estimates.as_row(item) for item in picture.estimates]
    found = _matching(study, rows, wanted)
    answer = sentences.of_disagreements(found, Names(study)) if disagreements else ""
    _show("estimates", found, form, output, whole=rows, answer=answer)


def _disagreements(study: Study, picture: estimates.Picture, economy: str | None) -> list[Row]:
    """Return the disagreements; of an economy, those with a claim or figure on it among the members."""
    rows: list[Row] = [estimates.as_row(item) for item in picture.disagreements]
    if economy is None:
        return rows
    codes = _codes(study, economy)
    about = {item.parent for item in picture.evidence if item.economy in codes}
    return [row for row in rows if about.intersection(row["members"])]


@click.command("stages")
@filters("product", "economy")
@output_options
@click.pass_context
def stages(context: click.Context, /, form: str | None, output: Path | None, **wanted: str | None) -> None:
    r"""Show who makes what at each stage; "no claim" is not zero.

    \b
    Example:
      depgraph stages --product gallium
    """
    study = load(context)
    picture = estimates.estimate(study)
    rows = [row for stage in study.stages for row in stage_shares(study, picture, stage)]
    _show("stages", _matching(study, rows, wanted), form, output, whole=rows)


COMMANDS = {
    "sources": sources,
    "claims": claims,
    "figures": figures,
    "assumptions": assumptions,
    "estimates": estimate_table,
    "stages": stages,
}
