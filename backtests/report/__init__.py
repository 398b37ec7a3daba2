"""Shows results as tables and files. Composes; computes nothing."""
