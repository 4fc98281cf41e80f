"""What every question returns: rows that show themselves, a frame, a chart, and what each row rests on."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from depgraph.core import render, views
from depgraph.core.errors import QuestionError
from depgraph.interface import loading, trails
from depgraph.interface.loading import LoadedStudy
from depgraph.study import sources
from depgraph.study.study import Study
from depgraph.trail import trail

if TYPE_CHECKING:
    import pandas as pd

Row = Mapping[str, Any]
Chart = Any  # Altair ships no types

SHOWN = 25  # rows that a result shows of itself
LINES = 40  # lines that a trail shows of itself


@dataclass(frozen=True, repr=False, eq=False)
class Result:
    """The answer to one question.

    Attributes
    ----------
    title
        What the rows are.
    rows
        In full precision, with the columns that the command writes as csv; what is not known is None.
    study
        Whose numbers they are.
    records
        What was found, as the package computes it, for those who go on with it.
    columns
        Names of the columns, for an answer without rows.
    key
        Column that names a row; None where rows have no identifier.
    drawn
        Makes the chart; None where a chart would say nothing.
    seen
        Rows as the table shows them, where a number of `rows` alone would mislead; else `rows`.
    """

    title: str
    rows: tuple[Row, ...]
    study: LoadedStudy
    records: tuple[Any, ...] = ()
    columns: tuple[str, ...] = ()
    key: str | None = None
    drawn: Callable[[], Chart] | None = None
    seen: tuple[Row, ...] = ()

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        """Go through the rows."""
        return iter(self.rows)

    def __repr__(self) -> str:
        """Return the first rows as text."""
        return self._view().text

    def _repr_html_(self) -> str:
        """Return the first rows for notebooks."""
        return self._view().html

    def _view(self) -> views.View:
        """Show the first rows."""
        return views.show(self.seen or self.rows, top=SHOWN)

    def frame(self) -> "pd.DataFrame":
        """Return the rows as a data frame.

        Returns
        -------
        pandas.DataFrame
            The columns of the csv; shares are fractions, what is not known is missing.

        Examples
        --------
        >>> Result("stages", ({"stage": "gallium/primary", "tonnes": 750.0},), loading.load()).frame().shape
        (1, 2)
        """
        import pandas as pd

        names = self.columns or tuple(dict.fromkeys(name for row in self.rows for name in row))
        return pd.DataFrame([dict(row) for row in self.rows], columns=list(names))

    def plot(self) -> Chart:
        """Draw the answer.

        Returns
        -------
        altair.LayerChart
            A notebook shows it; ``.save(file)`` writes it.

        Raises
        ------
        QuestionError
            If there is nothing to draw, or no chart for this kind of answer.
        DepgraphError
            If Altair is not installed; the message names the extra to install.

        Examples
        --------
        >>> Result("stages", (), loading.load()).plot()
        Traceback (most recent call last):
        depgraph.core.errors.QuestionError: there is no chart of stages: use .frame()
        """
        if self.drawn is None or not self.rows:
            msg = f"there is no chart of {self.title}: use .frame()"
            raise QuestionError(msg)
        return self.drawn()

    def why(self, row: object = 0) -> "Trail":
        """Walk from a row down to the claims, figures and assumptions that it rests on.

        Parameters
        ----------
        row
            Its number from 0, its identifier, or the row itself, of `rows` or of the frame.

        Returns
        -------
        Trail
            Shows itself as text.

        Raises
        ------
        QuestionError
            If rows of this answer have no identifier.
        IndexError
            If there is no row of that number.
        UnknownNameError
            If nothing has that identifier.

        Examples
        --------
        >>> stages = Result("stages", ({"stage": "gallium/primary"},), loading.load(), key="stage")
        >>> stages.why(0).rows[0]["kind"]
        'stage'
        """
        return why(self.study, row if isinstance(row, str) else self._identifier(row))

    def _identifier(self, row: Any) -> str:  # noqa: ANN401 - a number, a row or a series
        """Return the identifier of a row.

        Raises
        ------
        QuestionError
            If it has none.
        """
        found = self.rows[row] if isinstance(row, int) else row
        name = None if self.key is None else found[self.key]
        if not isinstance(name, str):
            msg = f"this row of {self.title} has no identifier: give one to depgraph.why"
            raise QuestionError(msg)
        return name


class Trail(Result):
    """What a number rests on, and what rests on it; `Result.rows` holds the steps."""

    def __repr__(self) -> str:
        """Return the first steps, indented."""
        lines = [
            f"{'  ' * row['depth']}{row['id']}  {row['kind']}: "
            + ("(see above)" if row["seen"] else render.clean(row["text"]))
            for row in self.rows[:LINES]
        ]
        more = len(self.rows) - len(lines)
        return "\n".join([*lines, f"... {more} more lines; .frame() has all"] if more else lines)


def why(study: Study, identifier: str, *, bloc: str | None = None, texts: str | PathLike[str] | None = None) -> Trail:
    """Say what a number rests on, down to claims, figures and assumptions, and what rests on it.

    Parameters
    ----------
    study
        The study.
    identifier
        Anything that an answer names: a claim, a figure, an assumption, an estimate, a stage, a recipe,
        a row of the ranking (``K:...``), a disagreement (``X:...``), a scenario (``V:...``).
    bloc
        Whose ranking the trail climbs to; without it the bloc of the study.
    texts
        Folder with your own copies of the source texts, to be quoted.

    Returns
    -------
    Trail
        A row for each step, the identifier first.

    Raises
    ------
    UnknownNameError
        If nothing has that identifier.

    Examples
    --------
    >>> why(loading.load(), "K:QUAD:CHN:rare_earths/magnet").rows[0]["kind"]
    'chokepoint'
    """
    held = loading.of(study)
    steps = trails.walk(held, identifier, bloc)
    found = sources.find_texts(Path(texts), held.tables["sources"]) if texts is not None else {}
    quotes = trail.quotations(held, steps, found)
    return Trail("why", tuple(trails.rows(held, steps, quotes)), held, tuple(steps), key="id")


def listed(records: Sequence[Any]) -> tuple[Row, ...]:
    """Return records as rows, their fields as columns.

    Parameters
    ----------
    records
        Frozen dataclasses.

    Returns
    -------
    tuple of mapping
        In their order.

    Examples
    --------
    >>> listed([])
    ()
    """
    return tuple(vars(item) for item in records)
