"""A study with its estimates and its graph: the one place where the three are put together."""

import dataclasses
from functools import cached_property
from os import PathLike

from depgraph.evidence import estimates
from depgraph.evidence.estimates import Picture
from depgraph.graph import dependencies
from depgraph.graph.dependencies import Network
from depgraph.study import study as studies
from depgraph.study.study import Study


class LoadedStudy(Study):
    """A study that computes its estimates and its graph when they are first asked for, and keeps them.

    Nothing of it changes: what a file says is read once, by `load`.
    """

    @cached_property
    def picture(self) -> Picture:
        """What the evidence supports: shares with ranges, and where claims and figures disagree."""
        return estimates.estimate(self)

    @cached_property
    def network(self) -> Network:
        """The dependency graph that the recipes and the estimates make."""
        return dependencies.build(self, self.picture)

    def economy(self, name: str | None, role: str = "bloc") -> str:
        """Return the code of an economy or bloc; without a name that of a role in the study.

        Parameters
        ----------
        name
            Code, name or bloc; None for the one that the study names.
        role
            ``bloc`` or ``rival``.

        Returns
        -------
        str
            The code.

        Raises
        ------
        UnknownNameError
            If there is no such economy.

        Examples
        --------
        >>> load().economy("Japan"), load().economy(None, "rival")
        ('JPN', 'CHN')
        """
        return self.economies.resolve(name or self.settings[role])


def load(folder: str | PathLike[str] | None = None) -> LoadedStudy:
    """Read a study and check it.

    Parameters
    ----------
    folder
        Folder with ``seeds/`` and ``datasets/``; without it the study that came with the package.

    Returns
    -------
    LoadedStudy
        All tables. Estimates and graph are computed when a question first needs them.

    Raises
    ------
    NoStudyError
        If the folder is no study.
    StudyError
        With every problem of every table.

    Examples
    --------
    >>> load().settings["rival"]
    'CHN'
    """
    return of(studies.load(studies.find(None if folder is None else str(folder))))


def of(study: Study) -> LoadedStudy:
    """Return the study itself where it keeps its estimates, else one that does.

    Parameters
    ----------
    study
        Any study.

    Returns
    -------
    LoadedStudy
        With the same tables.

    Examples
    --------
    >>> study = load()
    >>> of(study) is study
    True
    """
    if isinstance(study, LoadedStudy):
        return study
    return LoadedStudy(**{item.name: getattr(study, item.name) for item in dataclasses.fields(study)})
