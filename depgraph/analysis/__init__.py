"""Questions asked of a graph: chokepoints, rules, leverage, shocks, survival, removals, robustness, topology."""
