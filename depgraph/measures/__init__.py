"""Pure functions of numbers and plain graphs: no study, no files."""
