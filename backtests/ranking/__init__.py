"""Ranks the sources of many recommendations by what their ratings earned."""
