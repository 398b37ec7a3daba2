"""Shows the evidence: in words, as tables, as JSON values, as a folder."""
