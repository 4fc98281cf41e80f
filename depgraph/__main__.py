"""``python -m depgraph``."""

from depgraph.cli.main import entry

entry()
