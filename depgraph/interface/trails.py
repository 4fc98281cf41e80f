"""What a number rests on and what rests on it: the walk from one identifier."""

from collections.abc import Mapping, Sequence

from depgraph.analysis import chokepoints, endurance, leverage, shocks
from depgraph.analysis.chokepoints import Chokepoint
from depgraph.core.errors import UnknownNameError
from depgraph.diversion import scenario as scenarios
from depgraph.interface import loading
from depgraph.interface.loading import LoadedStudy
from depgraph.study.study import Study
from depgraph.trail import decisive, trail
from depgraph.trail.trail import Step


def walk(study: Study, identifier: str, bloc: str | None = None) -> list[Step]:
    """Walk from an identifier down to what it rests on and up to what rests on it.

    Parameters
    ----------
    study
        The study.
    identifier
        Anything that a command prints.
    bloc
        Name of the economy or bloc whose ranking the trail climbs to; None for the one that the
        identifier names, else the bloc of the study.

    Returns
    -------
    list of Step
        As `trail.why` gives them.

    Raises
    ------
    UnknownNameError
        If there is no such identifier or bloc.

    Examples
    --------
    >>> walk(loading.load(), "gallium/primary")[0].kind
    'stage'
    """
    held = loading.of(study)
    walked, _ = _trail(held, identifier, held.economy(bloc or _bloc_of(identifier)))
    return trail.why(walked, _supplier_estimate(identifier, walked))


def decide(study: Study, identifier: str, bloc: str | None = None) -> decisive.Decisive:
    """Find what decides a number: the figure or claim that sets it, and the assumptions that matter most.

    Parameters
    ----------
    study, identifier, bloc
        As for `walk`.

    Returns
    -------
    Decisive
        As `decisive.decide` finds it.

    Raises
    ------
    UnknownNameError
        If there is no such identifier or bloc.

    Examples
    --------
    >>> len(decisive.lines(decide(loading.load(), "gallium/primary"))) <= 15
    True
    """
    held = loading.of(study)
    walked, ranked = _trail(held, identifier, held.economy(bloc or _bloc_of(identifier)))
    known = _supplier_estimate(identifier, walked)
    if known not in walked:
        what = "identifier"
        raise UnknownNameError(what, known, walked)
    return decisive.decide(held, held.picture, walked, known, ranked)


def _trail(study: LoadedStudy, identifier: str, bloc: str) -> tuple[trail.Trail, list[Chokepoint]]:
    """Build the trail and its rankings; both of a leverage table only where one is asked about."""
    picture, network = study.picture, study.network
    rows = list(chokepoints.rank(study, picture, network, bloc).rows)
    balances: list[leverage.Balance] = []
    if identifier.startswith("B:"):
        rival = study.economy(identifier.split(":")[2] if identifier.count(":") > 2 else None, "rival")
        balances = leverage.balance(study, picture, network, bloc, rival)
        rows.extend(chokepoints.rank(study, picture, network, rival).rows)
    times: list[endurance.Endurance] = []
    if identifier.startswith("T:") and identifier.count(":") > 2:
        times = endurance.endure(study, picture, network, bloc, study.economies.resolve(identifier.split(":")[2]))
    known = shocks.read_shocks(study).values()
    library = scenarios.read_all(study).values()
    whole = trail.build(study, picture, rows, balances=balances, shocks=known, endurances=times, scenarios=library)
    return trail.with_answer(whole, identifier) if identifier.startswith("V:") else whole, rows


def _supplier_estimate(identifier: str, walked: trail.Trail) -> str:
    """Return the estimate behind a supplier as `structure` and `interdict` print it, economy:stage."""
    economy, _, stage = identifier.partition(":")
    estimate = f"E:{stage}:{economy}"
    return estimate if identifier not in walked and estimate in walked else identifier


def _bloc_of(identifier: str) -> str | None:
    """Return the bloc that a row of a ranking or of a leverage table names."""
    parts = identifier.split(":")
    return parts[1] if parts[0] in {"K", "B", "T"} and len(parts) > 2 else None


def rows(study: Study, steps: Sequence[Step], quotes: Mapping[str, str]) -> list[dict[str, object]]:
    """Return the trail as rows.

    Parameters
    ----------
    study
        The study.
    steps
        From `walk`.
    quotes
        Claim to its words in the source, for those whose text is at hand.

    Returns
    -------
    list of dict
        A row for each step: direction, depth, id, kind, text, whether it stood above, and of a claim
        its source, paragraph and quotation.

    Examples
    --------
    >>> study = loading.load()
    >>> rows(study, walk(study, "gallium/primary"), {})[0]["direction"]
    'self'
    """
    found: list[dict[str, object]] = []
    for step in steps:
        claim = study.claims.get(step.id)
        found.append(
            {
                "direction": step.direction,
                "depth": step.depth,
                "id": step.id,
                "kind": step.kind,
                "text": step.text,
                "seen": step.seen,
                "source_id": claim["source_id"] if claim else None,
                "paragraph": int(claim["paragraph"]) if claim else None,
                "quotation": quotes.get(step.id),
            }
        )
    return found
