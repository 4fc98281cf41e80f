"""``python -m depgraph``."""

from depgraph.cli.main import main

main()
