"""The diversion model put together: families into one programme, and its answers back into blocks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from depgraph.diversion import equations
from depgraph.diversion.equations import Columns, Family, Term
from depgraph.diversion.instance import Case, check
from depgraph.lp import solve
from depgraph.lp.solve import Index, Programme, Vector

if TYPE_CHECKING:
    import pulp

Places = npt.NDArray[np.int64]  # rows times columns may not fit into 32 bits


@dataclass(frozen=True)
class Model:
    """A case, its variables, equations and the programme they make.

    Attributes
    ----------
    case
        Sets and numbers.
    columns
        Numbers of the variables.
    families
        The equations, in the order of their rows.
    starts
        First row of each family; one more entry for the end.
    costs
        Parts of the objective, by name.
    programme
        What is solved.
    """

    case: Case
    columns: Columns
    families: tuple[Family, ...]
    starts: tuple[int, ...]
    costs: Mapping[str, Vector]
    programme: Programme

    def rows(self, name: str) -> slice:
        """Return the rows of a family; empty where the case does without it."""
        for family, first, last in zip(self.families, self.starts, self.starts[1:], strict=False):
            if family.name == name:
                return slice(first, last)
        return slice(0, 0)

    def family(self, row: int) -> str:
        """Return the name of the equation that a row belongs to."""
        return self.families[self.place(row)].name

    def place(self, row: int) -> int:
        """Return the place among the families of the one that a row belongs to."""
        return int(np.searchsorted(self.starts, row, side="right")) - 1

    def row_label(self, row: int) -> str:
        """Say what a row means."""
        at = self.place(row)
        return self.families[at].label(row - self.starts[at])

    def column_label(self, column: int) -> str:
        """Say what a column means."""
        case, v = self.case, self.columns
        for letter in ("output", "order", "shipment", "unmet", "stock", "reexport"):
            block: Index = getattr(v, letter)
            if block.size and block[0, 0] <= column <= block[-1, -1]:
                entry, year = divmod(int(column - block[0, 0]), len(case.years))
                return f"{_ENTRIES[letter](case, entry)} in {case.years[year]}"
        return f"rival-free part {column}"


def build(case: Case) -> Model:
    """Put the equations of a case together.

    Parameters
    ----------
    case
        Sets and numbers.

    Returns
    -------
    Model
        Its programme minimises the present value of all costs.

    Raises
    ------
    CaseError
        If the case means nothing.
    """
    check(case)
    v = equations.number_columns(case)
    parts = tuple(make(case, v) for make in equations.chosen(case))
    costs = equations.costs(case, v)
    starts = np.concatenate([[0], np.cumsum([len(part.lo) for part in parts])])
    programme = assemble(parts, sum(costs.values(), np.zeros(v.count)), equations.upper_bounds(case, v))
    return Model(case, v, parts, tuple(int(start) for start in starts), costs, programme)


def assemble(parts: Sequence[Family], cost: Vector, top: Vector) -> Programme:
    """Stack families into one programme.

    Parameters
    ----------
    parts
        Families in the order of their rows.
    cost, top
        Cost and upper bound of each column.

    Returns
    -------
    Programme
        Triplets sorted by row and then by column; no place twice, no zeros.
    """
    starts = np.concatenate([[0], np.cumsum([len(part.lo) for part in parts])])
    flat = [_flatten(term, start) for part, start in zip(parts, starts, strict=False) for term in part.terms]
    rows = np.concatenate([entry[0] for entry in flat])
    cols = np.concatenate([entry[1] for entry in flat])
    values = np.concatenate([entry[2] for entry in flat])
    rows, cols, values = _sorted_sum(rows, cols, values, len(cost))
    return Programme(
        cost=cost,
        rows=rows,
        cols=cols,
        values=values,
        row_lo=np.concatenate([part.lo for part in parts]).astype(float),
        row_hi=np.concatenate([part.hi for part in parts]).astype(float),
        lb=np.zeros(len(cost)),
        ub=top,
        row_names=(),
        col_names=(),
    )


def _flatten(term: Term, start: int) -> tuple[Places, Places, Vector]:
    """Return the rows, columns and coefficients of a term."""
    row, column, coefficient = np.broadcast_arrays(term.row, term.column, np.asarray(term.coefficient, dtype=float))
    return row.ravel().astype(np.int64) + start, column.ravel().astype(np.int64), coefficient.ravel()


def _sorted_sum(rows: Places, cols: Places, values: Vector, width: int) -> tuple[Index, Index, Vector]:
    """Sort triplets by row and column, add those at one place, leave zeros out."""
    place = rows * np.int64(width) + cols
    order = np.argsort(place, kind="stable")
    place, values = place[order], values[order]
    first = np.flatnonzero(np.concatenate([[True], place[1:] != place[:-1]])) if place.size else order
    if len(first) < len(place):
        values = np.add.reduceat(values, first)
    kept = np.flatnonzero(values)
    at = order[first[kept]]
    return rows[at].astype(np.int32), cols[at].astype(np.int32), values[kept]


def to_pulp(model: Model, *, only: str | None = None) -> "pulp.LpProblem":
    """Write the programme as a PuLP problem, with the names of its variables and rows.

    It is what ``.lp`` files are written from and what a second reading of the arrays is checked
    against; the arrays themselves are what is solved.

    Parameters
    ----------
    model
        The model.
    only
        Name of one family: its rows alone, without an objective.

    Returns
    -------
    pulp.LpProblem
        A minimisation. A row with two finite bounds that differ becomes two rows.
    """
    import pulp

    problem = pulp.LpProblem("diversion", pulp.LpMinimize)
    programme, chosen = model.programme, model.rows(only) if only else slice(0, len(model.programme.row_lo))
    inside = (programme.rows >= chosen.start) & (programme.rows < chosen.stop)
    used = np.unique(programme.cols[inside]) if only else np.arange(len(programme.cost))
    variables = {
        int(j): problem.add_variable(
            short_name(model, int(j)),
            float(programme.lb[j]),
            None if np.isinf(programme.ub[j]) else float(programme.ub[j]),
        )
        for j in used
    }
    if not only:
        problem += pulp.LpAffineExpression((variables[j], float(programme.cost[j])) for j in variables)
    rows, cols, values = programme.rows[inside], programme.cols[inside], programme.values[inside]
    cuts = np.searchsorted(rows, np.arange(chosen.start, chosen.stop + 1))
    for number, row in enumerate(range(chosen.start, chosen.stop)):
        entries = slice(cuts[number], cuts[number + 1])
        pairs = zip(cols[entries], values[entries], strict=True)
        expression = pulp.LpAffineExpression((variables[int(j)], float(a)) for j, a in pairs)
        for sense, bound in _senses(programme.row_lo[row], programme.row_hi[row]):
            family = model.place(row)
            name = f"{model.families[family].name}_{row - model.starts[family]}" + ("_low" if sense == 1 else "")
            problem += pulp.LpConstraint(expression, sense, name, float(bound))
    return problem


def _senses(lo: float, hi: float) -> list[tuple[int, float]]:
    """Return sense (0 equal, -1 at most, 1 at least) and bound of a row, nothing where it is free."""
    if lo == hi:
        return [(0, hi)]
    return [(-1, hi)] * bool(np.isfinite(hi)) + [(1, lo)] * bool(np.isfinite(lo))


def short_name(model: Model, column: int) -> str:
    """Name a variable with letters that the LP format takes: its letter, its entry and its year."""
    case, v = model.case, model.columns
    for letter, block in (
        ("q", v.output),
        ("e", v.order),
        ("x", v.shipment),
        ("u", v.unmet),
        ("I", v.stock),
        ("z", v.reexport),
        ("fq", v.free_output),
        ("fx", v.free_shipment),
        ("fI", v.free_stock),
    ):
        if block.size and block[0, 0] <= column <= block[-1, -1]:
            entry, year = divmod(int(column - block[0, 0]), len(case.years))
            return f"{letter}_{entry}_{case.years[year]}"
    return f"c_{column}"


def _plant(case: Case, entry: int) -> str:
    return (
        f"{case.economies[case.plants.economy[entry]]} {case.stages[case.plants.stage[entry]]} "
        + (case.plants.technology[entry])
    )


def _order(case: Case, entry: int) -> str:
    return f"orders for {_plant(case, int(case.orders.plant[entry]))}"


def _shipment(case: Case, entry: int) -> str:
    routes = case.routes
    pair = f"{case.economies[routes.exporter[entry]]} to {case.economies[routes.importer[entry]]}"
    return f"{case.stages[routes.stage[entry]]} from {pair}"


def _unmet(case: Case, entry: int) -> str:
    demands = case.demands
    return (
        f"unmet {case.tiers[demands.tier[entry]]} demand of {case.economies[demands.economy[entry]]}"
        f" for {case.stages[demands.stage[entry]]}"
    )


def _stock(case: Case, entry: int) -> str:
    return f"stock of {case.stages[case.stores.stage[entry]]} in {case.economies[case.stores.economy[entry]]}"


def _reexport(case: Case, entry: int) -> str:
    return f"{case.stages[case.conduits.stage[entry]]} passed on by {case.economies[case.conduits.economy[entry]]}"


_ENTRIES = {
    "output": _plant,
    "order": _order,
    "shipment": _shipment,
    "unmet": _unmet,
    "stock": _stock,
    "reexport": _reexport,
}


def solved(model: Model) -> solve.Solution:
    """Solve a model once, without goals: the certified least-cost plan.

    Parameters
    ----------
    model
        The model.

    Returns
    -------
    Solution
        Certified.

    Raises
    ------
    InfeasibleError
        If no plan satisfies all rows.
    UnboundedError
        If a plan could earn without limit.
    UncertifiedError
        If the solver stopped or its answer fails the certificate.
    """
    return solve.solve(model.programme)
