"""What leaves the project: the tables of a study and its results in the formats of other programs."""
