"""Why a scenario has no plan: what clashes, the cheapest way out, and what it rests on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from depgraph.core.errors import InfeasibleError
from depgraph.diversion.base_year import Account
from depgraph.diversion.model import Model
from depgraph.diversion.scenario import Scenario
from depgraph.lp import infeasibility
from depgraph.lp.infeasibility import Clash, Give
from depgraph.lp.solve import Limit, Programme, Vector

SHOWN = 3  # relaxations named in the sentence; the table has all
TINY = 1e-9  # worth of demand that nobody put a worth on: it gives first


@dataclass(frozen=True)
class Member:
    """A limit that takes part in a clash, or one that must give.

    Attributes
    ----------
    role
        clash, relaxation, or bookkeeping: what is made is delivered, what is used arrives, nothing is
        negative. These take part in every clash.
    text
        The limit in the domain's words.
    at, to
        Its value, and for a relaxation the value that makes room.
    parents
        What it rests on: claims of the scenario and the figures, assumptions and estimates behind
        the stage it speaks of.
    """

    role: str
    text: str
    at: float
    to: float | None
    parents: tuple[str, ...]


def explain(scenario: Scenario, account: Account, model: Model, programme: Programme) -> list[Member]:
    """Name the smallest set of limits that clash and the cheapest relaxation.

    Parameters
    ----------
    scenario, account, model, programme
        A scenario without a plan, as `run.prepare` gives it.

    Returns
    -------
    list of Member
        First what clashes: without any one of them there is a plan for the others. Then what must
        give at least, weighed by price: policies, building speed, and demand that must be met.

    Raises
    ------
    InfeasibleError
        If physics and bookkeeping clash among themselves, so that no policy can help.
    """
    labelled = replace(programme, row_names=(), col_names=())
    clashes = infeasibility.irreducible_set(labelled)
    rows, columns = _weights(model)
    try:
        gives: Sequence[Give] = infeasibility.cheapest_relaxation(labelled, rows, columns).gives
    except InfeasibleError as error:
        msg = "no policy, building speed or unmet demand makes room: " + "; ".join(
            _text(model, item.limit) for item in clashes
        )
        raise InfeasibleError(msg, error.multipliers) from error
    known = [*scenario.get("claims", [])], account
    found = [_member(known, model, _role(model, item.limit), item, None) for item in clashes]
    found.sort(key=lambda item: item.role, reverse=True)
    return found + [_member(known, model, "relaxation", item, item.to) for item in gives]


def sentence(members: Sequence[Member]) -> str:
    """Say in one sentence what clashes and what the cheapest way out is.

    Examples
    --------
    >>> need, cap = Member("clash", "demand", 100, None, ()), Member("clash", "the cap", 0, None, ())
    >>> sentence([need, cap, Member("relaxation", "the cap", 0, 20, ())])
    'No plan satisfies demand (100) and the cap (0) together. The cheapest way out: the cap from 0 to 20.'
    """
    clashes = [f"{item.text} ({item.at:.4g})" for item in members if item.role == "clash"]
    gives = [f"{item.text} from {item.at:.4g} to {item.to:.4g}" for item in members if item.role == "relaxation"]
    first = f"No plan satisfies {' and '.join(clashes)} together."
    shown = "; ".join(gives[:SHOWN])
    more = f"; and {len(gives) - SHOWN} more" if len(gives) > SHOWN else ""
    return f"{first} The cheapest way out: {shown}{more}." if gives else first


def _role(model: Model, limit: Limit) -> str:
    """Say whether a limit can be told to an analyst as a reason."""
    if limit.kind == "column":
        return "bookkeeping" if limit.side == "low" and model.programme.lb[limit.number] == 0 else "clash"
    return "bookkeeping" if model.family(limit.number) in {"supply", "use", "free_supply", "free_part"} else "clash"


def _weights(model: Model) -> tuple[Vector, Vector]:
    """Weigh what may give: a unit of policy by its price, of unmet demand by its worth; the rest is infinite."""
    case, years = model.case, len(model.case.years)
    rows = np.full(len(model.programme.row_lo), np.inf)
    stages = {
        "ramp": case.plants.stage[case.orders.plant],
        "storage": case.stores.stage,
        "embargo": case.limits.stage,
        "rival_cap": case.caps.stage,
    }
    for name, stage in stages.items():
        rows[model.rows(name)] = np.repeat(case.price[stage], years)
    for name in ("goal", "exposure"):
        rows[model.rows(name)] = 1.0  # these count money already
    columns = np.full(len(model.programme.cost), np.inf)
    columns[model.columns.unmet] = np.maximum(case.demands.worth, TINY)
    return rows, columns


def _member(known: tuple[list[str], Account], model: Model, role: str, item: Clash | Give, to: float | None) -> Member:
    """Describe one limit."""
    claims, account = known
    text = _text(model, item.limit)
    stages = [stage for stage in model.case.stages if stage in text]
    parents = [*claims, *(name for stage in stages for name in account.parents[stage])]
    return Member(role, text, item.at, to, tuple(dict.fromkeys(parents)))


def _text(model: Model, limit: Limit) -> str:
    """Return a limit in words."""
    if limit.kind == "row":
        return model.row_label(limit.number)
    side = {"low": "least", "high": "most", "both": "fixed"}[limit.side]
    return f"{model.column_label(limit.number)} ({side})"
