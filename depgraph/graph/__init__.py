"""The dependency graph, and who supplies whom."""
