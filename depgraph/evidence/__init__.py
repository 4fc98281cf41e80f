"""From claims and figures to intervals, from intervals to coherent estimates."""
