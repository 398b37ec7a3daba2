"""What picks are compared with: every other share of their markets, and how much that is."""
