"""The sections of a report on what its numbers rest on: contradictions, claims and assumptions."""

from collections.abc import Collection, Mapping
from typing import Any

from depgraph.pages.elements import Piece, Section, Table, count
from depgraph.pages.findings import Facts


def contradictions(facts: Facts) -> Section:
    """Show which evidence cannot all be true."""
    clashes = sorted(facts.picture.disagreements, key=lambda item: (-item.relaxation, item.clash_id))
    if not clashes:
        title: tuple[Piece, ...] = (Piece("No evidence on shares contradicts other evidence"),)
        return Section("contradictions", "Where sources contradict each other", title)
    widest = clashes[0]
    title = (
        Piece("Evidence cannot all be true at "),
        Piece(count(len(clashes), "place"), "#contradictions-table"),
        Piece(", by most at "),
        Piece(widest.stage),
        Piece(": bounds must move by "),
        Piece(_points(widest.relaxation), widest.clash_id),
        Piece(" at least"),
    )
    rows = tuple(
        (Piece(item.stage, item.stage), Piece(item.metric), Piece(_points(item.relaxation), item.clash_id),
         Piece(member, member), Piece(_what_it_says(facts, member)))
        for item in clashes for member in item.members
    )  # fmt: skip
    columns = ("stage", "definition", "bounds must move by", "item", "what it says")
    table = Table(
        "The smallest sets that contradict themselves",
        columns,
        rows,
        frozenset({columns[2]}),
        frozenset({columns[4]}),
        shown=True,
    )
    notes = ("Each row is one member of such a set. None is dropped: estimates span them.",)
    return Section("contradictions", "Where sources contradict each other", title, None, (table,), notes)


def _points(part: float) -> str:
    """Write percentage points."""
    number = f"{100 * part:.3g}"
    return f"{number} point" if number == "1" else f"{number} points"


def _what_it_says(facts: Facts, identifier: str) -> str:
    """Describe a claim or figure in a few words."""
    claim = facts.study.claims.get(identifier)
    if claim:
        return str(claim["statement"])
    figure = facts.study.figures.get(identifier)
    if figure is None:
        return ""
    ends = [figure[name] for name in ("low", "high") if figure[name] is not None]
    numbers = ends if figure["value"] is None else [figure["value"]]
    value = " to ".join(f"{number:,g}" for number in numbers)
    return f"{figure['economy']}: {figure['metric']} {value} {figure['unit']}, {figure['year']}"


def claims(facts: Facts) -> Table:
    """List every claim, to be filtered."""
    rows = tuple(
        (
            Piece(row["claim_id"], row["claim_id"]), Piece(row["statement"]), Piece(_who(row)),
            Piece(row["product"] or ""), Piece(row["stage"] or ""), Piece(row["kind"]), Piece(row["modality"]),
            Piece(row["source_id"], row["source_id"]),
        )
        for row in facts.study.tables["claims"]
    )  # fmt: skip
    columns = ("claim", "statement", "who", "product", "stage", "kind", "modality", "source")
    return Table(
        "Every claim that was read out of the sources", columns, rows, prose=frozenset({"statement"}), shown=True
    )


def _who(row: Mapping[str, Any]) -> str:
    """Say who acts and on whom."""
    ends = [code for code in (row["actor"], row["target"]) if code]
    return " → ".join(ends) if row["actor"] else " ".join(f"→ {code}" for code in ends)


def assumptions(facts: Facts, used: Collection[str]) -> Section:
    """Show the assumptions that the numbers of the report rest on."""
    wanted = [item for name, item in facts.study.ledger.items() if name in used]
    rows = tuple(
        (
            Piece(item.assumption_id, item.assumption_id), Piece(item.what),
            Piece(_value(item.low, item.value, item.high), item.assumption_id), Piece(item.reason),
        )
        for item in wanted
    )  # fmt: skip
    table = Table(
        "Assumptions used",
        ("assumption", "what", "value", "reason"),
        rows,
        frozenset({"value"}),
        frozenset({"what", "reason"}),
        shown=True,
    )
    title = (
        Piece("The numbers of this report rest on "),
        Piece(f"{len(wanted)} of {count(len(facts.study.ledger), 'assumption')}", "#assumptions-table"),
        Piece(" of the ledger"),
    )
    return Section("assumptions", "Assumptions used", title, None, (table,))


def _value(low: float | None, value: float | None, high: float | None) -> str:
    """Write the value of an assumption; a rule has none."""
    if value is None:
        return "a rule"
    return f"{value:g} ({low:g}–{high:g})" if low is not None and high is not None and low < high else f"{value:g}"
