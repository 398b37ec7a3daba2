"""The trading rules as data, and what they charge."""
