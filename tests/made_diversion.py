"""A scenario that was never solved: made-up results for tests of what a report shows of one."""

from depgraph.report.outcome import Cost, Derived, Diversion, Flow, Point, Swing

STAGE = "gallium/primary"


def made_diversion(title="Cap on gallium", stage=STAGE, parents=("A-made-of", "E-1")):
    """Return results whose every number has an entry that rests on the parents."""
    before = [("CHN", "JPN", 300.0), ("CHN", "USA", 150.0), ("KOR", "JPN", 40.0)]
    after = [
        ("CHN", "JPN", 120.0),
        ("CHN", "USA", 60.0),
        ("KOR", "JPN", 140.0),
        ("AUS", "USA", 90.0),
        ("AUS", "JPN", 80.0),
    ]
    entries = {"D:cap": Derived("diversion", f"{title}: cost of the plan", parents)}

    def flows(name, rows):
        made = []
        for exporter, importer, amount in rows:
            identifier = f"D:cap:{name}:{exporter}:{importer}"
            entries[identifier] = Derived(
                "flow", f"{name} the plan {exporter} ships {amount:g} t to {importer}", ("D:cap",)
            )
            made.append(Flow(stage, exporter, importer, amount, "t", identifier))
        return tuple(made)

    return Diversion(
        scenario_id="cap", title=title, statement=f"{title}: halving the rival's part costs 41.2 million US$ a year",
        statement_id="D:cap", before=flows("before", before), after=flows("after", after),
        costs=(Cost("dearer supply", 31.2, "million US$ a year", "D:cap"), Cost("new capacity", 10.0, "million US$ a year", "D:cap")),
        frontier=tuple(
            Point(cap, cost, label, "D:cap")
            for cap, cost, label in ((0.9, 0.0, ""), (0.6, 12.0, "Korea is full"), (0.4, 41.2, ""), (0.2, 130.0, "no plan below"))
        ),
        base=41.2, measure="cost", unit="million US$ a year",
        swings=tuple(Swing(parent, 41.2 - 12.0 / n, 41.2 + 20.0 / n) for n, parent in enumerate(parents, start=1)),
        notes=("The optimum is not unique: of equal plans the one with the fewest changes is shown.",), entries=entries,
    )  # fmt: skip
