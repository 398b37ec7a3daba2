"""Shows results: words, tables, files and figures. Composes; computes nothing."""
