"""Many variants of one linear programme: the matrix stays loaded, bounds and costs change.

Each variant starts from the basis of the first programme and from nothing else the solver
remembers, so that an answer does not depend on which variants came before it, and each answer
is certified on its own arrays like that of `solve.solve`.
"""

from collections.abc import Sequence
from functools import reduce
from typing import NamedTuple

import numpy as np

from depgraph.core.errors import DepgraphError
from depgraph.lp import solve
from depgraph.lp.solve import Index, Programme, Solution, Vector


class WarmSolver:
    """A programme that stays loaded in HiGHS together with its optimal basis.

    Parameters
    ----------
    programme
        What the variants are like: the nearer its optimum to theirs, the sooner they are solved.

    Raises
    ------
    DepgraphError
        If the programme has no certified optimum, as `solve.solve` raises it.

    References
    ----------
    Huangfu and Hall (2018), Mathematical Programming Computation 10, 119-142,
    doi:10.1007/s12532-017-0130-5.

    Examples
    --------
    >>> from dataclasses import replace
    >>> one, none = np.ones(1), np.array([np.inf])
    >>> at = np.zeros(1, dtype=np.int32)
    >>> base = Programme(one, at, at, one, one, none, 0 * one, none, ("demand",), ("make",))
    >>> WarmSolver(base).solve(replace(base, row_lo=3 * one)).objective
    3.0
    """

    def __init__(self, programme: Programme) -> None:
        solve.check_arrays(programme)
        self._loaded = programme
        self._highs = solve.load(programme)
        self._run(programme)
        self._basis = self._highs.getBasis()
        # devex: the weights of steepest edge would be worked out anew for each variant
        self._highs.setOptionValue("simplex_dual_edge_weight_strategy", 1)

    def solve(self, variant: Programme) -> Solution:
        """Solve a variant and certify the answer.

        Parameters
        ----------
        variant
            The programme that was loaded with other bounds or costs: ``dataclasses.replace``.

        Returns
        -------
        Solution
            The same optimum as that of `solve.solve`; where several points are optimal it may
            be another of them, but always the same one for the same variant.

        Raises
        ------
        DepgraphError
            If the matrix is not that of the programme, and whatever `solve.solve` raises.
        """
        if not _same_matrix(variant, self._loaded):
            msg = "a variant differs from the programme in bounds and costs only: solve another matrix on its own"
            raise DepgraphError(msg)
        solve.check_bounds(variant)
        self._change(variant)
        self._highs.clearSolver()
        self._highs.setBasis(self._basis)
        return self._run(variant)

    def fits(self, programme: Programme) -> bool:
        """Say whether a programme differs from the loaded one in bounds and costs only."""
        return _same_matrix(programme, self._loaded)

    def ranging(self, variant: Programme) -> "Ranging":
        """Solve a variant and find how far each right-hand side and bound can move before the basis changes.

        Parameters
        ----------
        variant
            As in `solve`.

        Returns
        -------
        Ranging
            The solver's word about one basis; where the optimum is degenerate another basis may
            reach further, and a price may hold further than a basis.

        Raises
        ------
        DepgraphError
            As `solve`.
        """
        solution = self.solve(variant)
        _, found = self._highs.getRanging()
        rows, columns = (found.row_bound_dn, found.row_bound_up), (found.col_bound_dn, found.col_bound_up)
        # a certificate that failed sent the programme elsewhere: this basis is then not that of the solution
        same = found.valid and np.array_equal(solve.vector(self._highs.getSolution().row_dual), solution.duals)
        sizes = ((rows, len(variant.row_lo)), (columns, len(variant.cost)))
        ends = [_known(end.value_, size, valid=same) for pair, size in sizes for end in pair]
        return Ranging(solution, *ends)

    def follow(self, variant: Programme) -> Solution:
        """Solve a variant and start the next ones from its basis instead of that of the first programme.

        For a walk along variants that differ little from one to the next: which of several optimal
        points is found then depends on the walk, and is the same for the same walk.

        Parameters
        ----------
        variant
            As in `solve`.

        Returns
        -------
        Solution
            As in `solve`.

        Raises
        ------
        DepgraphError
            As `solve`.
        """
        solution = self.solve(variant)
        basis = self._highs.getBasis()
        if basis.valid:
            self._basis = basis
        return solution

    def _run(self, programme: Programme) -> Solution:
        """Solve what is loaded."""
        solve.run(self._highs)
        point = self._highs.getSolution()
        x, duals = solve.vector(point.col_value), solve.vector(point.row_dual)
        whole = len(x) == len(programme.cost) and len(duals) == len(programme.row_lo)
        residual = solve.certificate(programme, x, duals) if whole else np.inf
        if not residual <= solve.TOLERANCE:
            # infeasible, unbounded or numerically hard: the cold start decides and says so
            return solve.solve(programme)
        return Solution(solve.inner(programme.cost, x) + programme.constant, x, duals, residual)

    def _change(self, variant: Programme) -> None:
        """Send HiGHS what differs from what it holds."""
        old, self._loaded = self._loaded, variant
        columns = _differ((old.lb, variant.lb), (old.ub, variant.ub))
        if columns.size:
            self._highs.changeColsBounds(len(columns), columns, variant.lb[columns], variant.ub[columns])
        costs = _differ((old.cost, variant.cost))
        if costs.size:
            self._highs.changeColsCost(len(costs), costs, variant.cost[costs])
        rows = _differ((old.row_lo, variant.row_lo), (old.row_hi, variant.row_hi))
        if rows.size:
            self._highs.changeRowsBounds(len(rows), rows, variant.row_lo[rows], variant.row_hi[rows])


class Ranging(NamedTuple):
    """A solution and the range of each right-hand side and bound over which its basis stays optimal.

    Attributes
    ----------
    solution
        Certified.
    row_low, row_high, column_low, column_high
        Of the bound that a row or column rests on; without meaning for those between their bounds.
        NaN where the solver has no range, which happens where it needed no simplex.
    """

    solution: Solution
    row_low: Vector
    row_high: Vector
    column_low: Vector
    column_high: Vector


def _known(values: Sequence[float], size: int, *, valid: bool) -> Vector:
    """Return the ends of ranges, NaN where they are not known."""
    return solve.vector(values) if valid and len(values) == size else np.full(size, np.nan)


def _differ(*pairs: tuple[Vector, Vector]) -> Index:
    """Return where the members of any pair differ."""
    changed = [old != new for old, new in pairs if old is not new]
    return np.flatnonzero(reduce(np.logical_or, changed, np.zeros(1, dtype=bool))).astype(np.int32)


def _same_matrix(one: Programme, other: Programme) -> bool:
    """Say whether two programmes have the same rows, columns and coefficients."""
    sizes = (len(one.cost), len(one.row_lo)) == (len(other.cost), len(other.row_lo))
    pairs = ((one.rows, other.rows), (one.cols, other.cols), (one.values, other.values))
    return sizes and all(old is new or np.array_equal(old, new) for old, new in pairs)
