"""A study several times as large as another: every chain, figure and claim again under names of its own."""

import csv
import io
import shutil
from pathlib import Path

# table to the columns that hold names which differ between copies
RENAMED = {
    "datasets/products.csv": ("product",),
    "datasets/stages.csv": ("stage_id",),
    "datasets/recipes.csv": ("recipe_id", "input", "output", "parent"),
    "datasets/buffers.csv": ("buffer_id", "stage", "parent"),
    "datasets/figures/*.csv": ("figure_id", "product"),
    "seeds/*/claims.csv": ("claim_id", "product", "relates_to"),
}


def enlarge(source: Path, target: Path, times: int) -> Path:
    """Copy a study and repeat its chains; sources, economies, units and assumptions stay as they are."""
    shutil.copytree(source / "seeds", target / "seeds")
    shutil.copytree(source / "datasets", target / "datasets")
    for pattern, columns in RENAMED.items():
        for path in target.glob(pattern):
            if path.name != "sources.csv":
                _repeat(path, columns, times)
    return target


def _repeat(path: Path, columns: tuple[str, ...], times: int) -> None:
    """Write the rows of one table several times."""
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
    if not rows:
        return
    copies = [
        row | {column: _renamed(row[column], number) for column in columns} for number in range(times) for row in rows
    ]
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(copies)
    path.write_text(stream.getvalue(), encoding="utf-8")


def _renamed(cell: str, number: int) -> str:
    """Rename what stands in a cell, one name or several; the first copy and assumptions keep their names."""
    if number == 0:
        return cell
    return ";".join(_one(name, number) for name in cell.split(";"))


def _one(name: str, number: int) -> str:
    """Rename one product, stage or identifier."""
    if not name or name.startswith("A-"):
        return name
    product, slash, stage = name.partition("/")
    return f"{product}_{number}{slash}{stage}"
