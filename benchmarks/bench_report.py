"""What a report costs beside `depgraph chokepoints`, and a report of a study ten times as large beside both."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from larger import enlarge

ROOT = Path(__file__).parents[1]
ROUNDS = 5
TIMES = 10


def seconds(*arguments: str) -> float:
    """Run a command and return its wall time."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "depgraph", *arguments], check=True, capture_output=True, env=environment)
    return time.perf_counter() - start


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        study = str(enlarge(ROOT, folder / "large", TIMES))
        page, large_page = str(folder / "report.html"), str(folder / "large.html")
        runs: dict[str, list[float]] = {"ranking": [], "report": [], "large ranking": [], "large report": []}
        for _ in range(ROUNDS):  # interleaved, so that a slow moment of the machine meets all
            runs["ranking"].append(seconds("chokepoints", "-f", "csv"))
            runs["report"].append(seconds("report", "-o", page))
            runs["large ranking"].append(seconds("--study", study, "chokepoints", "-f", "csv"))
            runs["large report"].append(seconds("--study", study, "report", "-o", large_page))
        times = {what: statistics.median(values) for what, values in runs.items()}
        for what, value in times.items():
            print(f"{what:14} {value:6.2f} s")
        small, large = times["report"] / times["ranking"], times["large report"] / times["report"]
        print(f"report / chokepoints: {small:.1f} (target: at most 10)")
        print(f"report of a study {TIMES} times as large / report: {large:.1f} (target: at most 5)")
        for path in (page, large_page):
            print(f"{Path(path).name}: {Path(path).stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
