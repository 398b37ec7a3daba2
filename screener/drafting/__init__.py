"""A document, drafted as a report folder by deterministic rules that are kept as data."""
