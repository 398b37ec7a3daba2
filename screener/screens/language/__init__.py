"""The language of rules: read, checked, and judged in a database that can do nothing else."""
