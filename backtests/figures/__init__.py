"""Figures of results. Each returns a Chart and shows or saves nothing."""
