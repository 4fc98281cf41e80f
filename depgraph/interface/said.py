"""What the sources say, by whom and how strongly, beside what the figures say."""

from collections.abc import Mapping

from depgraph.analysis import said as views
from depgraph.analysis.said import Said
from depgraph.diversion import scenario
from depgraph.interface import loading
from depgraph.interface.results import Result, Row
from depgraph.study.study import Study

STRENGTHS = ("low", "mode", "high")
FIGURES = ("low", "central", "high", "metric", "period", "grade")


def said(study: Study, about: str | None = None) -> Result:
    """List what the sources say, by whom, how strongly and against whom, beside what figures alone say.

    Parameters
    ----------
    study
        The study.
    about
        A stage (with what is said of its product as a whole), a product, an economy or a bloc (with its
        members); without it everything.

    Returns
    -------
    Result
        A row for claims of one kind and style on one stage or product, economy and target; then the figures
        of which no claim speaks. ``strength_*`` are the fractions that the strongest claim allows, ``figure_*``
        those that figures without any claim support. ``scenarios`` are the runs that take up one of the claims, a
        recommendation of the sources for one. ``claims`` counts repeats once, ``sources`` the
        independent sources. ``verdict`` is agree, disagree, claim only, figure only or not comparable.
        ``records`` holds `Said`.

    Raises
    ------
    UnknownNameError
        If there is no such stage, product or economy.

    Examples
    --------
    >>> said(loading.load(), about="gallium/primary").rows[0]["verdict"]
    'agree'
    """
    held = loading.of(study)
    found = tuple(views.what_is_said(held, about))
    library, _ = scenario.examine(held)  # what is wrong with a scenario is for `check` to say
    runs = {name: set(item.get("claims", ())) for name, item in library.items()}
    return Result("said", tuple(_row(item, runs) for item in found), held, found, columns=_COLUMNS, key="id")


def _row(item: Said, runs: Mapping[str, set[str]]) -> Row:
    """Write one entry, with the scenarios that take up a claim of it."""
    figure, strength = item.figure, item.strength
    return {
        "id": item.claim_ids[0] if item.claim_ids else figure and figure.estimate_id,
        "product": item.product,
        "stage": item.topic if item.topic and "/" in item.topic else None,
        "economy": item.economy,
        "kind": item.kind,
        "style": item.style,
        "target": item.target,
        "statements": item.statements,
        "periods": item.periods,
        "term": item.term,
        **{f"strength_{name}": None if strength is None else getattr(strength, name) for name in STRENGTHS},
        "claims": item.claims,
        "sources": len(item.sources),
        "source_ids": item.sources,
        "claim_ids": item.claim_ids,
        "contradicted_by": item.contradicted_by,
        **{f"figure_{name}": None if figure is None else getattr(figure, name) for name in FIGURES},
        "verdict": item.verdict,
        "scenarios": tuple(name for name, claims in runs.items() if claims & set(item.claim_ids)),
    }


_COLUMNS = (
    "id", "product", "stage", "economy", "kind", "style", "target", "statements", "periods", "term",
    *(f"strength_{name}" for name in STRENGTHS), "claims", "sources", "source_ids", "claim_ids", "contradicted_by",
    *(f"figure_{name}" for name in FIGURES), "verdict", "scenarios",
)  # fmt: skip
