"""Performance measures over plain arrays."""
