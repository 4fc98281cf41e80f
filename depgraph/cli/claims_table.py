"""The ranking by the sources alone, and where it parts from the ranking by numbers."""

from collections.abc import Mapping, Sequence
from typing import Any

from depgraph.analysis.by_claims import Claimed, Comparison
from depgraph.cli.names import Names
from depgraph.core import render
from depgraph.core.words import spread
from depgraph.interface.chokepoints import SaidStanding

Row = Mapping[str, Any]

SPARE = ("rank by numbers", "sources")  # what a narrow terminal leaves out, the first one first


def lay_out(found: SaidStanding, names: Names, form: str, width: int | None) -> str:
    """Lay out the ranking by the sources, those outside the bloc first, then what they say of its members.

    Parameters
    ----------
    found
        The ranking.
    names
        Names of the study.
    form
        ``table`` or ``md``.
    width
        Of the terminal; None where there is none.

    Returns
    -------
    str
        The page.
    """
    outside = [item for item in found.rows if not item.member]
    inside = [item for item in found.rows if item.member]
    first = outside[0] if outside else None
    answer = (
        f"By the sources alone the strongest hold is that of {names.economy(first.economy)} on "
        f"{_topic(first.topic, names)}. No figure is read here."
        if first
        else "No source names a hold of anybody outside the bloc."
    )
    parts = [answer, "", _table(outside, found, names, form, width), ""]
    if inside:
        parts += ["What the sources say of members of the bloc:", "", _table(inside, found, names, form, width), ""]
    parts.append(_agreement("stages", found.comparison, names))
    parts.append(_agreement("chains", found.by_chain, names))
    return "\n".join(parts) + "\n"


def _topic(topic: str, names: Names) -> str:
    """Return the name of a stage, or of a product that claims name as a whole."""
    return names.stage(topic) if topic in names.study.stages else f"{names.product(topic)} as a whole"


def _table(items: Sequence[Claimed], found: SaidStanding, names: Names, form: str, width: int | None) -> str:
    """Lay out rows."""
    rows: list[Row] = [
        {
            "rank": item.rank,
            "economy": names.economy(item.economy),
            "stage or product": _topic(item.topic, names),
            "strength": _strength(item),
            "claims": item.claims,
            "sources": len(item.sources),
            "contradicted": "yes" if item.contradicted else "",
            "rank by numbers": found.scores.get(item.pair, "none"),
        }
        for item in items
    ]
    return render.render(rows, form, width=width, spare=SPARE).decode().rstrip("\n")


def _strength(item: Claimed) -> str:
    """Write how much the strongest claim says."""
    if item.strength is None:
        return "not said"
    return spread((item.strength.low, item.strength.mode, item.strength.high))


def _agreement(what: str, found: Comparison, names: Names) -> str:
    """Say how far the two orders agree and where they part most."""
    if found.tau is None:
        return f"Over {what} both name too few to compare."
    apart = "; ".join(
        f"{names.economy(item.economy)} on {_topic(item.topic, names)} {item.by_claims:g} by claims, "
        f"{item.by_figures:g} by numbers"
        for item in found.parted[:3]
    )
    return (
        f"Over the {found.pairs} {what} that both rank, Kendall's tau is {found.tau:.2f} (1 is the same order, 0 none, "
        f"-1 the opposite). They part most on: {apart}."
    )
