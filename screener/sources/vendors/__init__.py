"""One file for each upstream: the only place its names, columns and units appear."""
