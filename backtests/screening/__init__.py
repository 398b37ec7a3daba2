"""A screen's result with what its reader must know and what reproduces it."""
