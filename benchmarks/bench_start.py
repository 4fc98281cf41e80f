"""Cost of the command line: CPU seconds as ratios, each pair run in turn in one go.

Run by hand: ``python benchmarks/bench_start.py``. Targets: help at most 1.5 times a bare click
program, the chokepoint report at most 4 times the import of pandas and networkx.
"""

import compileall
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
RUNS = 15
BARE = """import click
@click.group()
def main():
    "A bare program."
@main.command()
def hello():
    "Say hello."
main()
"""


def cpu_seconds(command: list[str]) -> float:
    """Return user and system seconds of one process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": ""}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, cwd=ROOT)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare(name: str, ours: list[str], theirs: list[str], target: float) -> None:
    """Print medians and the median of the ratios pair by pair."""
    cpu_seconds(ours)
    cpu_seconds(theirs)
    pairs = [(cpu_seconds(ours), cpu_seconds(theirs)) for _ in range(RUNS)]
    ratio = statistics.median(a / b for a, b in pairs)
    a, b = (statistics.median(side) for side in zip(*pairs, strict=True))
    print(f"{name}: {a:.3f} s against {b:.3f} s, ratio {ratio:.2f} (target at most {target})")


def main() -> None:
    """Run both comparisons."""
    compileall.compile_dir(ROOT / "depgraph", quiet=1)
    python = sys.executable
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder) / "bare.py"
        bare.write_text(BARE, encoding="utf-8")
        compare(
            "depgraph --help / bare click", [python, "-m", "depgraph", "--help"], [python, str(bare), "--help"], 1.5
        )
    libraries = [python, "-c", "import pandas, networkx"]
    compare("depgraph chokepoints / imports", [python, "-m", "depgraph", "chokepoints"], libraries, 4)


if __name__ == "__main__":
    main()
