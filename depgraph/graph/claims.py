"""The graph of claims: what the sources say of each other's power, before any number.

One `networkx.MultiDiGraph`, one edge a claim, from who holds the power or acts to who or what is
exposed. Nodes are economies and blocs, stages and products, and measures (a law, a control, an
agreement that names nobody it is aimed at). How a claim is meant is the style of its edge: only an
assertion says that something is so, and a denied claim is no edge of its kind. Claims that repeat each
other are one cluster, and a cluster counts once, for the source that said it first.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import networkx as nx

from depgraph.evidence import intervals
from depgraph.graph.dependencies import Network
from depgraph.study.chains import stage_id
from depgraph.study.study import Study

Row = Mapping[str, Any]

# kinds that say what the actor has: exposed is the stage or the product
HOLDINGS = {"share", "dominance", "capability", "stockpile"}
# kinds that are themselves a law, a control or an agreement
MEASURES = {"policy", "tariff", "export_control", "import_ban", "pooling", "investment", "burden_sharing"}
# relation of a claim to another, and how the other stands to it
RELATIONS = {"contradicts": "contradicted_by", "supersedes": "superseded_by", "repeats": "repeated_by"}

ASSERTION, DENIAL = "assertion", "denial"
STYLES = {"recommended": "recommendation", "forecast": "forecast", "hypothetical": "hypothesis"}


class Strength(NamedTuple):
    """Lowest, most likely and highest share that a word of the lexicon or a printed share allows."""

    low: float
    mode: float
    high: float


def claims_graph(study: Study) -> Network:
    """Build the graph of what the sources say.

    Parameters
    ----------
    study
        A checked study; no figure is read.

    Returns
    -------
    networkx.MultiDiGraph
        Nodes have ``kind`` (economy, bloc, stage, product, measure) and ``name``; a stage its
        ``product``, a measure its ``actor``, ``about`` and ``measure`` (the kind of claim). Every claim
        is one edge; its key is the identifier of the claim. It begins at the actor and ends at the
        stage or product where the claim says what the actor has (share, dominance, capability,
        stockpile), else at the target, else at the measure or the product. Attributes of an edge:

        - ``kind``, ``modality``, ``polarity``, ``hedge``, ``period``, ``source``, ``statement``, ``term``,
          ``actor``, ``target``, ``about`` (stage, else product): as in the table. The kind of a denied
          claim is ``denied``; ``claim_kind`` is that of the table for every claim;
        - ``style``: assertion, recommendation, forecast, hypothesis or denial;
        - ``strength``: `Strength` in fractions of the stage, None where no word and no share is given;
        - ``cluster``: the claim that this one repeats in the end, itself if it repeats none;
        - ``contradicts``, ``contradicted_by``, ``supersedes``, ``superseded_by``, ``repeats``,
          ``repeated_by``: identifiers of claims. Claims are edges, so what joins two of them stands on both.

    Examples
    --------
    >>> from depgraph.study import study as studies
    >>> graph = claims_graph(studies.load(studies.find(None)))
    >>> graph.edges["CHN", "gallium/primary", "JQE-062"]["strength"]
    Strength(low=0.8, mode=0.92, high=0.99)
    """
    graph: Network = nx.MultiDiGraph()
    related, roots = relations(study), clusters(study)
    for row in study.tables["claims"]:
        end = _end(row)
        graph.add_node(row["actor"], **_party(study, row["actor"]))
        if end not in graph:
            graph.add_node(end, **_exposed(study, row, end))
        facts = _edge(study, row) | {"cluster": roots[row["claim_id"]]} | related[row["claim_id"]]
        graph.add_edge(row["actor"], end, key=row["claim_id"], **facts)
    return graph


def _end(row: Row) -> str:
    """Return the node that a claim points at: who or what is exposed."""
    target = row["target"] if row["target"] != row["actor"] else None
    about = topic(row)
    if row["kind"] in HOLDINGS:
        return str(about or target or row["actor"])
    if target:
        return str(target)
    if row["kind"] in MEASURES:
        return ":".join(["measure", row["kind"], row["actor"], *([about] if about else [])])
    return str(about or row["actor"])


def topic(row: Row) -> str | None:
    """Return what a claim is about: the stage, else the product as a whole, else None.

    Examples
    --------
    >>> topic({"product": "gallium", "stage": "primary"}), topic({"product": "drones", "stage": None})
    ('gallium/primary', 'drones')
    """
    return stage_id(row) or row["product"]


def _party(study: Study, code: str) -> dict[str, Any]:
    """Describe an economy or a bloc."""
    kind = "bloc" if code in study.economies.members else "economy"
    return {"kind": kind, "name": study.economies.names.get(code, code)}


def name_of(study: Study, about: str) -> str:
    """Return the plain name of a stage or a product."""
    if about in study.stages:
        return str(study.stages[about]["name"])
    return next((str(row["name"]) for row in study.tables["products"] if row["product"] == about), about)


def _exposed(study: Study, row: Row, node: str) -> dict[str, Any]:
    """Describe the node at which a claim ends."""
    about = topic(row)
    if node in {row["actor"], row["target"]}:
        return _party(study, node)
    if node == about:
        whole = {"kind": "product", "name": name_of(study, node)}
        return whole | {"kind": "stage", "product": row["product"]} if node in study.stages else whole
    said = row["kind"].replace("_", " ")
    actor = study.economies.names.get(row["actor"], row["actor"])
    name = f"{actor}: {said}" + (f", {name_of(study, about)}" if about else "")
    return {"kind": "measure", "name": name, "actor": row["actor"], "about": about, "measure": row["kind"]}


def _edge(study: Study, row: Row) -> dict[str, Any]:
    """Describe a claim by what it says and how."""
    kept = ("modality", "polarity", "hedge", "period", "statement", "term", "actor", "target")
    manner = style(row)
    return {
        "kind": "denied" if manner == DENIAL else row["kind"],
        "claim_kind": row["kind"],
        "style": manner,
        "source": row["source_id"],
        "about": topic(row),
        "strength": strength(study, row),
    } | {name: row[name] for name in kept}


def style(row: Row) -> str:
    """Return how a claim is meant: assertion, recommendation, forecast, hypothesis or denial.

    A claim of the kind recommendation or forecast is none of the others, however it is said.

    Parameters
    ----------
    row
        A claim.

    Returns
    -------
    str
        Only an assertion says that something is so.

    Examples
    --------
    >>> style({"kind": "dominance", "modality": "reported", "polarity": "affirmed"})
    'assertion'
    >>> style({"kind": "forecast", "modality": "reported", "polarity": "affirmed"})
    'forecast'
    """
    if row["polarity"] == "negated":
        return DENIAL
    if row["kind"] in {"recommendation", "forecast"}:
        return str(row["kind"])
    return STYLES.get(row["modality"], ASSERTION)


def strength(study: Study, row: Row) -> Strength | None:
    """Return how strongly a claim puts it: its printed share, else its word of magnitude.

    Parameters
    ----------
    study
        For the lexicon and for how printed shares are read.
    row
        A claim.

    Returns
    -------
    Strength or None
        Fractions; None where the claim has neither, which is not a strength of 0.
    """
    if row["unit"] == "share" and any(row[name] is not None for name in ("value", "low", "high")):
        return Strength(*intervals.printed(row, study, approximate=row["hedge"] == "approximate")[0])
    if row["term"]:
        word = study.lexicon[row["term"]]
        return Strength(word.low, word.mode, word.high)
    return None


def relations(study: Study) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return what each claim does to others and others do to it.

    Parameters
    ----------
    study
        A checked study.

    Returns
    -------
    dict
        Claim to name of the relation (the keys and values of `RELATIONS`) to claims, in the order of
        the tables; empty tuples where there are none.
    """
    names = [*RELATIONS, *RELATIONS.values()]
    found: dict[str, dict[str, list[str]]] = {
        row["claim_id"]: {name: [] for name in names} for row in study.tables["claims"]
    }
    for row in study.tables["claims"]:
        for relation in row["relates_to"] or ():
            kind, _, other = relation.partition(":")
            found[row["claim_id"]][kind].append(other)
            found[other][RELATIONS[kind]].append(row["claim_id"])
    return {claim: {name: tuple(others) for name, others in by.items()} for claim, by in found.items()}


def clusters(study: Study) -> dict[str, str]:
    """Return for each claim the one that it repeats in the end; a claim that repeats none stands for itself.

    Parameters
    ----------
    study
        A checked study: repeats run in no circle.

    Returns
    -------
    dict
        Claim to claim. The source of the latter is the one that counts.
    """
    repeated = {claim: by["repeats"] for claim, by in relations(study).items()}
    return {claim: _root(claim, repeated) for claim in repeated}


def _root(claim: str, repeated: Mapping[str, tuple[str, ...]]) -> str:
    """Follow repeats to their end."""
    while repeated[claim]:
        claim = repeated[claim][0]
    return claim


class Tally(NamedTuple):
    """How often something is said: claims without repeats, and the independent sources of them."""

    claims: int
    sources: tuple[str, ...]


def tally(study: Study, rows: Iterable[Row], roots: Mapping[str, str] | None = None) -> Tally:
    """Count claims, those that repeat each other once, and the sources that said them first.

    A source that only repeats what another said is not independent of it.

    Parameters
    ----------
    study
        The study of the claims.
    rows
        Claims.
    roots
        From `clusters`; computed where it is not given.

    Returns
    -------
    Tally
        Sources sorted.
    """
    first = clusters(study) if roots is None else roots
    said = {first[row["claim_id"]] for row in rows}
    return Tally(len(said), tuple(sorted({str(study.claims[claim]["source_id"]) for claim in said})))
