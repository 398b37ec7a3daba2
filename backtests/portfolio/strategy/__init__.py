"""What a strategy wants, and when."""
