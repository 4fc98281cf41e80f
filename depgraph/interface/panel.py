"""The panel: named rules of dependence side by side on the same stage."""

from depgraph.analysis import panel as rules
from depgraph.core.errors import UnknownNameError
from depgraph.interface import loading
from depgraph.interface.results import Result, listed
from depgraph.study.study import Study


def panel(study: Study, *, stage: str | None = None, product: str | None = None, bloc: str | None = None) -> Result:
    """Hold named rules of dependence side by side on the same stage; none is the truth.

    Parameters
    ----------
    study
        The study.
    stage
        Only this stage, as product/stage.
    product
        Only the stages of this product.
    bloc
        Economy or bloc that imports; without it the bloc of the study.

    Returns
    -------
    Result
        A row for each stage and rule, with its range and threshold in the rule's own unit; a rule that
        lacks an input names it and gives no number. ``records`` holds `Verdict`.

    Raises
    ------
    UnknownNameError
        If the study has no such stage, product or economy.

    Examples
    --------
    >>> panel(loading.load(), stage="gallium/primary").frame()["stage"].unique().tolist()
    ['gallium/primary']
    """
    held = loading.of(study)
    code = held.economy(bloc)
    wanted = _wanted_stages(held, stage, product)
    facts = [item for item in rules.gather(held, held.picture, code) if item.stage in wanted]
    found = tuple(verdict for item in facts for verdict in rules.verdicts(item))
    return Result("panel", listed(found), held, found, key="stage")


def _wanted_stages(study: Study, stage: str | None, product: str | None) -> set[str]:
    """Return the stages that the filters leave.

    Raises
    ------
    UnknownNameError
        If the study has no such stage or product.
    """
    products = {row["product"] for row in study.tables["products"]}
    if stage is not None and stage not in study.stages:
        what = "stage"
        raise UnknownNameError(what, stage, study.stages)
    if product is not None and product not in products:
        what = "product"
        raise UnknownNameError(what, product, products)
    return {
        name
        for name in study.stages
        if (stage is None or name == stage) and (product is None or study.product_of(name) == product)
    }
