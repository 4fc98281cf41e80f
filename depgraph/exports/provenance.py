"""Where a result came from, in the words of PROV: which files were used, by which program, for what.

The record is PROV-JSON, which the tools for PROV read. It holds no date and no path of a machine,
so that the same study gives the same record.
"""

from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import quote

from depgraph import __version__
from depgraph.core import files, render
from depgraph.study.study import Study

PACKAGES = ("highspy", "networkx", "numpy", "pulp")  # what computed; those that write text do not change a number
PREFIXES = {
    "depgraph": "urn:depgraph:terms:",
    "study": "urn:depgraph:study:",
    "result": "urn:depgraph:result:",
    "run": "urn:depgraph:run:",
}


def record(study: Study, command: Sequence[str], results: Mapping[str, bytes]) -> bytes:
    """Write the record of one run.

    Parameters
    ----------
    study
        What was read.
    command
        The verb and the options that change the result.
    results
        Name of each file or table that was made, to its bytes.

    Returns
    -------
    bytes
        PROV-JSON: entities (the files of the study and the results, each with size and SHA-256), one
        activity, one software agent, and how they hang together.
    """
    activity, agent = "run:export", f"run:depgraph-{__version__}"
    used = {_name("study", name): _entity(content, "file of the study") for name, content in contents(study).items()}
    made = {_name("result", name): _entity(content, "result") for name, content in results.items()}
    document = {
        "prefix": PREFIXES,
        "entity": used | made,
        "activity": {activity: _activity(study, command)},
        "agent": {agent: _agent()},
        "used": _relations("used", used, lambda name: {"prov:activity": activity, "prov:entity": name}),
        "wasGeneratedBy": _relations("made", made, lambda name: {"prov:entity": name, "prov:activity": activity}),
        "wasAssociatedWith": {"_:by": {"prov:activity": activity, "prov:agent": agent}},
    }
    return (render.json_text(document, indent=1) + "\n").encode()


def contents(study: Study) -> dict[str, bytes]:
    """Return the files of a study that its hash is taken of.

    Parameters
    ----------
    study
        A study on disk.

    Returns
    -------
    dict
        Path inside the study to bytes, sorted.
    """
    return {path.relative_to(study.root).as_posix(): path.read_bytes() for path in study_files(study.root)}


def study_files(root: Path) -> list[Path]:
    """Return the data files of a study, sorted."""
    return files.tree(root, ("seeds", "datasets"))


def _name(prefix: str, name: str) -> str:
    """Return a qualified name; what a name may not hold is escaped."""
    return f"{prefix}:{quote(name, safe='/-_.')}"


def _entity(content: bytes, kind: str) -> dict[str, Any]:
    """Describe some bytes."""
    return {
        "prov:type": kind,
        "depgraph:bytes": {"$": str(len(content)), "type": "xsd:integer"},
        "depgraph:sha256": files.sha256(content),
    }


def _activity(study: Study, command: Sequence[str]) -> dict[str, Any]:
    """Describe what was run on what."""
    settings = {f"depgraph:{key}": value for key, value in study.settings.items()}
    return {"prov:label": " ".join(("depgraph", *command)), "depgraph:data": study.version} | settings


def _agent() -> dict[str, Any]:
    """Describe the program and the libraries that it computed with."""
    kind = {"$": "prov:SoftwareAgent", "type": "prov:QUALIFIED_NAME"}
    libraries = {f"depgraph:{name}": metadata.version(name) for name in PACKAGES}
    return {"prov:type": kind, "prov:label": "depgraph", "depgraph:version": __version__} | libraries


def _relations(label: str, names: Mapping[str, Any], describe: Any) -> dict[str, dict[str, str]]:  # noqa: ANN401
    """Return one relation for each name."""
    return {f"_:{label}{number}": describe(name) for number, name in enumerate(names, start=1)}
