"""Every linear programme: one certified door, warm re-solves, prices, parametric runs, why there is no plan."""
