"""Recommendations of many houses: as they are fetched, as they are read, and as calls."""
