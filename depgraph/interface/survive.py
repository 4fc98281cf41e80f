"""Time: how long a member lasts, how long recovery takes, and what bridges the two."""

from collections.abc import Mapping
from typing import Any

from depgraph.analysis import endurance
from depgraph.analysis.endurance import Endurance, Month
from depgraph.core.errors import QuestionError, UnknownNameError
from depgraph.core.steps import Step, silent
from depgraph.interface import loading
from depgraph.interface.results import Chart, Result, Row
from depgraph.pages import charts
from depgraph.study.study import Study

DRAWN = 25  # rows of the chart


def survive(
    study: Study,
    *,
    bloc: str | None = None,
    cut: str | None = None,
    product: str | None = None,
    months: int | None = None,
    stage: str | None = None,
    step: Step = silent,
) -> Result:
    """Hold the time to survive a stop against the time to recover from it.

    Parameters
    ----------
    study
        The study.
    bloc
        Who goes without, a bloc member by member; without it the bloc of the study.
    cut
        Who stops; without it the rival of the study.
    product
        Only the stages of one product.
    months
        Plan the stop of one stage month by month.
    stage
        The stage to plan.
    step
        Called with (done, total) while members are computed.

    Returns
    -------
    Result
        Times in days, None for good or not known; supply as a fraction. A time to survive is a lower
        bound where stocks on the way are not known. ``recover_from`` says from what on a time to
        recover counts (order, construction, discovery, stop), until there is output. ``records``
        holds `Endurance`, or `Month`.

    Raises
    ------
    QuestionError
        If only one of ``months`` and ``stage`` is given.
    UnknownNameError
        If there is no such economy, product or stage.

    Examples
    --------
    >>> survive(loading.load(), bloc="JPN", product="gallium").frame()["member"].unique().tolist()
    ['JPN']
    """
    if bool(months) != bool(stage):
        msg = "months and stage belong together"
        raise QuestionError(msg)
    held = loading.of(study)
    code, rival = held.economy(bloc), held.economy(cut, "rival")
    products = {held.product_of(known) for known in held.stages}
    if product is not None and product not in products:
        what = "product"
        raise UnknownNameError(what, product, products)
    picture, network = held.picture, held.network
    members = held.economies.expand(code)
    if months and stage:
        plans = {member: endurance.by_month(held, picture, network, member, rival, stage, months) for member in members}
        return Result(
            "months", tuple(_month_rows(plans)), held, tuple(item for plan in plans.values() for item in plan)
        )
    found: list[Endurance] = []
    for done, member in enumerate(members):
        step(done, len(members))
        found.extend(endurance.endure(held, picture, network, member, rival))
    kept = tuple(item for item in found if product in {None, held.product_of(item.stage)})
    return Result("survive", tuple(map(_row, kept)), held, kept, key="endurance_id", drawn=lambda: _chart(kept))


def _month_rows(plans: Mapping[str, list[Month]]) -> list[Row]:
    """Return the months of each member."""
    return [
        {
            "member": member,
            "month": item.month,
            "lost_at_once": item.lost_at_once,
            "lost_evenly": item.lost_evenly,
        }
        for member, plan in plans.items()
        for item in plan
    ]


def _row(item: Endurance) -> dict[str, Any]:
    """Return everything that is known of one member and stage."""
    recover = item.recover
    bridge = item.bridge or (None, None, None)
    return {
        "member": item.member,
        "stage": item.stage,
        "economy": item.economy,
        "supply_low": item.supply.low,
        "supply_central": item.supply.central,
        "supply_high": item.supply.high,
        "survive_low_days": item.survive[0],
        "survive_central_days": item.survive[1],
        "survive_high_days": item.survive[2],
        "counted_days": item.counted,
        "recover_low_days": recover.low if recover else None,
        "recover_central_days": recover.central if recover else None,
        "recover_high_days": recover.high if recover else None,
        "recover_from": recover.definitions if recover else (),
        "bridge_low_days": bridge[0],
        "bridge_central_days": bridge[1],
        "bridge_high_days": bridge[2],
        "days_per_day_of_stock": item.value_of_stock,
        "days_per_t_of_stock": item.value_of_tonne,
        "counted_stocks": tuple(item.stocks),
        "unknown_stocks": item.unknown_stocks,
        "verdict": item.verdict,
        "endurance_id": item.endurance_id,
    }


def _chart(found: tuple[Endurance, ...]) -> Chart:
    """Draw how long members last beside how long recovery takes; what is known of recovery comes first."""
    ordered = sorted(found, key=lambda item: item.recover is None)
    rows = [
        {"name": f"{item.member} {item.stage}", "survive": item.survive[0],
         "recover_low": item.recover.low if item.recover else None,
         "recover_high": (item.recover.high or item.recover.low) if item.recover else None,
         "note": item.verdict}
        for item in ordered[:DRAWN]
    ]  # fmt: skip
    return charts.times(rows)
