"""Everything that the tables of the diversion model lack for a first plan, all at once and before any run."""

from collections.abc import Callable, Iterator, Mapping

from depgraph.core.errors import DepgraphError, Problem
from depgraph.diversion import assembly, parameters
from depgraph.diversion import base_year as accounts
from depgraph.diversion.parameters import Quantity
from depgraph.evidence.estimates import Picture
from depgraph.study import ledger
from depgraph.study.study import Study

Reader = Callable[[Study, Quantity, str], object]

# what the model reads from each cell that names a figure or an assumption
CELLS: Mapping[str, Mapping[str, str]] = {
    "regions": {"weight": "number"},
    "commodities": {
        "output": "amount", "price": "price", "freight": "part", "elasticity": "part", "utilisation": "share",
        "content": "part",
    },
    "coefficients": {"quantity": "number"},
    "uses": {"amount": "amount"},
    "byproducts": {"yield": "number"},
    "technologies": {
        "cost": "part", "donor_cost": "part", "investment": "investment", "lead": "time", "ramp": "amount",
        "life": "time", "scale": "amount",
    },
    "projects": {"capacity": "amount"},
    "tariffs": {"rate": "part"},
    "reserves": {"opening": "stock", "limit": "stock", "holding": "part"},
    "tiers": {"share": "part", "worth": "part"},
}  # fmt: skip


def _stock(study: Study, quantity: Quantity, unit: str) -> float:
    """Take a time of use or an amount."""
    if study.units.dimension(quantity.unit) == "time":
        return parameters.years(study, quantity)
    return parameters.amount(study, quantity, unit, 1.0)


def _investment(study: Study, quantity: Quantity, unit: str) -> float:
    """Take a multiple of the price, or money per unit."""
    if study.units.dimension(quantity.unit) in parameters.PARTS:
        return quantity.value
    return parameters.price(study, quantity, unit, 1.0)


READERS: Mapping[str, Reader] = {
    "number": lambda _study, quantity, _unit: quantity,
    "amount": lambda study, quantity, unit: parameters.amount(study, quantity, unit, 1.0),
    "price": lambda study, quantity, unit: parameters.price(study, quantity, unit, 1.0),
    "part": lambda study, quantity, _unit: parameters.part(study, quantity),
    "share": lambda study, quantity, _unit: parameters.share(study, quantity),
    "time": lambda study, quantity, _unit: parameters.years(study, quantity),
    "stock": _stock,
    "investment": _investment,
}


def lacking(study: Study, picture: Picture) -> list[Problem]:
    """Find everything that keeps the tables of the diversion model from a plan.

    Parameters
    ----------
    study
        A study whose tables can be read.
    picture
        Its estimates.

    Returns
    -------
    list of Problem
        Tables without a row, assumptions that the model takes by name and does not find, cells whose number has
        no value or the wrong unit, stages of which nobody knows who makes them. Empty for a study that can be run,
        as far as single rows can tell.
    """
    return [*_tables(study), *_assumptions(study), *_cells(study), *_makers(study, picture)]


def begun(study: Study) -> bool:
    """Say whether a study has any row of a diversion model that speaks of a stage; regions alone are none."""
    return any(study.tables[name] for name in ("commodities", *assembly.PLACES))


def _tables(study: Study) -> Iterator[Problem]:
    """Yield the tables without which there is no model."""
    for name in assembly.NEEDED:
        if not study.tables[name]:
            file = f"datasets/diversion/{name}.csv"
            yield Problem(file, 0, "-", "no-model", "the study has no diversion model: the table has no row")


def _assumptions(study: Study) -> Iterator[Problem]:
    """Yield the assumptions that the model takes by name and does not find."""
    for name in ledger.DIVERSION:
        if name not in study.ledger:
            message = f"no row {name}, which the diversion model takes by name"
            yield Problem("datasets/assumptions.csv", 0, "assumption_id", "missing-reference", message, name)


def _cells(study: Study) -> Iterator[Problem]:
    """Yield the cells whose figure or assumption the model cannot take."""
    units = {row["stage_id"]: row["unit"] for row in study.tables["commodities"]}
    for table, columns in CELLS.items():
        for row in study.tables[table]:
            unit = units.get(row.get("stage_id"))
            for column, kind in columns.items():
                # of a stage that the model does not have the run itself says so
                if row[column] is not None and (unit or "stage_id" not in row):
                    message = _refused(_read, study, kind, row[column], unit or "")
                    if message:
                        yield Problem(row["file"], row["line"], column, "no-model", message, row[column])


def _makers(study: Study, picture: Picture) -> Iterator[Problem]:
    """Yield the stages of which nobody knows who makes them, or of which more than all is made."""
    regions = [row["region"] for row in study.tables["regions"]]
    for row in study.tables["commodities"] if regions else ():
        message = _refused(accounts.shares_of, study, picture, {}, row["stage_id"], regions)
        if message:
            yield Problem(row["file"], row["line"], "stage_id", "no-model", message)


def _read(study: Study, kind: str, name: str, unit: str) -> object:
    """Read a number as the model does."""
    return READERS[kind](study, parameters.find(study, {}, name), unit)


def _refused(read: Callable[..., object], *arguments: object) -> str:
    """Return why something cannot be read, empty where it can."""
    try:
        read(*arguments)
    except DepgraphError as error:
        return str(error)
    return ""
