"""Draw the pictures of the README: ``chokepoints.svg``, as on a terminal, and ``ranking.svg``, a chart of the report.

Run by hand after the shipped study changes: ``python docs/picture.py``.
"""

import io
import re
from pathlib import Path

from click.testing import CliRunner
from rich.console import Console
from rich.text import Text

from depgraph.cli.main import main
from depgraph.pages import drawing, findings, page
from depgraph.study import study

TARGET = Path(__file__).with_name("chokepoints.svg")
CHART = Path(__file__).with_name("ranking.svg")


def draw() -> str:
    """Return the picture as SVG without any reference to the outside."""
    report = CliRunner().invoke(main, ["chokepoints", "--top", "15", "-f", "table"], catch_exceptions=False).stdout
    lines = report.split("\nClass:")[0].rstrip().splitlines()
    width = max(len(line) for line in lines[2:])
    console = Console(record=True, width=width, file=io.StringIO())
    console.print(Text("$ depgraph chokepoints --top 15", style="bold"))
    for line in lines:
        console.print(Text(line))
    svg = console.export_svg(title="depgraph chokepoints --top 15", unique_id="depgraph")
    # the export asks for a web font; a local monospace does as well and nothing leaves the file
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL).replace("Fira Code, monospace", "monospace")


def chart() -> str:
    """Return the chart of the ranking as ``depgraph report --charts`` writes it."""
    loaded = study.load(study.find())
    facts = findings.gather(loaded, loaded.settings["bloc"])
    item = next(item for item in page.build(facts)[1] if item.section.key == "ranking")
    return drawing.framed(item.svg, item.section.statement, page.footer(facts))


if __name__ == "__main__":
    TARGET.write_text(draw(), encoding="utf-8")
    CHART.write_text(chart(), encoding="utf-8")
