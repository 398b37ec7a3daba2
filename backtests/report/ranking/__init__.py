"""Shows a ranking of sources: as tables, a page for each source, a folder."""
