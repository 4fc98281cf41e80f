"""depgraph: from claims about supply chains to chokepoints one can walk back to their sources.

What a notebook or a program uses, without knowing a module::

    import depgraph as dg

    study = dg.load()
    dg.chokepoints(study, bloc="QUAD")
    plan = dg.divert(study, "quad-cap")
    plan.summary()

Each verb of the command line has its function of the same name, with the options as parameters. A
result shows itself as a table; ``.frame()`` is a data frame, ``.plot()`` a chart and ``.why(row)`` what
a row rests on. A function is imported when it is first used: importing the package loads nothing else.
"""

TYPE_CHECKING = False  # for type checkers it is True; the module typing would double the cost of the import

if TYPE_CHECKING:
    from depgraph.interface.chokepoints import chokepoints
    from depgraph.interface.compare import compare, sweep
    from depgraph.interface.divert import Plan, divert, scenarios
    from depgraph.interface.graphs import claims_graph, dependency_graph
    from depgraph.interface.leverage import leverage
    from depgraph.interface.loading import LoadedStudy, load
    from depgraph.interface.panel import panel
    from depgraph.interface.results import Result, Trail, why
    from depgraph.interface.said import said
    from depgraph.interface.shock import interdict, shock, shocks
    from depgraph.interface.strengths import strengths
    from depgraph.interface.structure import exposure, structure
    from depgraph.interface.survive import survive
    from depgraph.interface.tables import assumptions, check, claims, estimates, figures, sources, stages
    from depgraph.interface.trade import trade_flows, trade_imports, trade_screen
    from depgraph.interface.upkeep import doctor, new, verify
    from depgraph.interface.writing import cite, export, report

__version__ = "0.1.0"

__all__ = [
    "LoadedStudy",
    "Plan",
    "Result",
    "Trail",
    "assumptions",
    "check",
    "chokepoints",
    "cite",
    "claims",
    "claims_graph",
    "compare",
    "dependency_graph",
    "divert",
    "doctor",
    "estimates",
    "export",
    "exposure",
    "figures",
    "interdict",
    "leverage",
    "load",
    "new",
    "panel",
    "report",
    "said",
    "scenarios",
    "shock",
    "shocks",
    "sources",
    "stages",
    "strengths",
    "structure",
    "survive",
    "sweep",
    "trade_flows",
    "trade_imports",
    "trade_screen",
    "verify",
    "why",
]

# module of `depgraph.interface` to the names that it holds
_HOMES = {
    "chokepoints": ("chokepoints",),
    "compare": ("compare", "sweep"),
    "divert": ("Plan", "divert", "scenarios"),
    "graphs": ("claims_graph", "dependency_graph"),
    "leverage": ("leverage",),
    "loading": ("LoadedStudy", "load"),
    "panel": ("panel",),
    "results": ("Result", "Trail", "why"),
    "said": ("said",),
    "shock": ("interdict", "shock", "shocks"),
    "strengths": ("strengths",),
    "structure": ("exposure", "structure"),
    "survive": ("survive",),
    "tables": ("assumptions", "check", "claims", "estimates", "figures", "sources", "stages"),
    "trade": ("trade_flows", "trade_imports", "trade_screen"),
    "upkeep": ("doctor", "new", "verify"),
    "writing": ("cite", "export", "report"),
}


def _imported(name: str) -> object:
    """Import a public name when it is first used.

    Raises
    ------
    AttributeError
        If there is no such name.
    """
    import importlib

    for module, names in _HOMES.items():
        if name in names:
            found: object = getattr(importlib.import_module(f"depgraph.interface.{module}"), name)
            globals()[name] = found
            return found
    msg = f"module 'depgraph' has no attribute {name!r}"
    raise AttributeError(msg)


if not TYPE_CHECKING:  # type checkers know the names from the imports above, and refuse others
    __getattr__ = _imported


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted([*globals(), *__all__])
