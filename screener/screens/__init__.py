"""Rules that choose shares by their factors, as files; what they choose, and why."""
