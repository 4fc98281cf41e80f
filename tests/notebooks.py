"""Notebooks: run them, reduce their outputs to what is stored, and store it.

``python -m tests.notebooks`` runs every notebook and writes its outputs; read the prose beside the
new numbers before the change lands. Names behind it run these notebooks only.
"""

import re
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "notebooks"
KEPT = ("text/html", "text/plain")  # what a code host shows and a test can compare
WIDGET = "application/vnd.jupyter.widget-view+json"
SECONDS = 120  # for one cell on a busy machine; a notebook is meant to take a quarter of it


def paths():
    """Return the notebooks in order."""
    return sorted(FOLDER.glob("[0-9][0-9]-*.ipynb"))


def execute(path, cells=None):
    """Run a notebook, or other cells in its place, in a kernel of its own; return it with what it put out."""
    import nbclient
    import nbformat

    notebook = nbformat.read(path, as_version=4)
    if cells is not None:
        notebook.cells = cells
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    nbclient.NotebookClient(
        notebook, timeout=SECONDS, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}}
    ).execute()
    return reduced(notebook)


def reduced(notebook):
    """Keep text and HTML; leave out counts, times, versions and widgets, of which a file shows nothing."""
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    count = 0
    for cell in notebook.cells:
        cell.metadata = {}
        if cell.cell_type != "code":
            continue
        count += 1
        cell.execution_count = count
        cell.outputs = [output for output in cell.outputs if WIDGET not in output.get("data", {})]
        for output in cell.outputs:
            output.metadata = {}
            if "data" in output:
                output.data = {kind: output.data[kind] for kind in KEPT if kind in output.data}
            if "execution_count" in output:
                output.execution_count = count
    return notebook


def texts(notebook):
    """Return what each code cell put out as text."""
    return [
        "".join(output.get("text", "") or output.get("data", {}).get("text/plain", "") for output in cell.outputs)
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


NUMBER = re.compile(r"(?<![\w.])\d[\d,.]*\d%?|(?<![\w.])\d%?")


def numbers_of_the_prose(notebook):
    """Return the numbers that stand in prose: years, counts of a list and identifiers in code style apart."""
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    prose = re.sub(r"`[^`]*`|\]\([^)]*\)|^#+ .*$|^\d+\. ", " ", prose, flags=re.MULTILINE)
    return [number for number in NUMBER.findall(prose) if not re.fullmatch(r"(19|20)\d\d", number)]


def main(names):
    """Run notebooks and store their outputs."""
    import nbformat

    for path in paths():
        if not names or path.stem in names or path.name in names:
            nbformat.write(execute(path), path)
            print(path.name)


if __name__ == "__main__":
    main(sys.argv[1:])
