"""Command line: one line for each case, then how many passed, failed and are not covered."""

import argparse
import sys

from tests.golden import GoldenFileError, read_cases, run_case

STATUSES = {"pass": "passed", "fail": "failed", "not covered": "not covered"}


def main(arguments=None):
    """Run a file; the exit code is 0, 1 if a case fails, 3 if the file cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m tests.golden", description="Run golden cases against depgraph.")
    parser.add_argument("file", help='JSON of the form {"cases": [{"id", "family", "inputs", "expected", "tol"}]}')
    try:
        cases = read_cases(parser.parse_args(arguments).file)
    except GoldenFileError as error:
        print(f"error: {error}", file=sys.stderr)
        return 3
    outcomes = [run_case(case, position) for position, case in enumerate(cases, 1)]
    for outcome in outcomes:
        details = f": {'; '.join(outcome.details)}" if outcome.details else ""
        print(f"{outcome.status:11}  {outcome.name}{details}")
    counts = {word: sum(outcome.status == status for outcome in outcomes) for status, word in STATUSES.items()}
    print(", ".join(f"{count} {word}" for word, count in counts.items()))
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
