"""What it takes to route trade around a rival: a linear programme over stages, economies and years."""
