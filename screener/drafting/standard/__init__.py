"""The rating standard that a report prints, read into bands, months and benchmarks."""
