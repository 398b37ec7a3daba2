"""What could be traded, session by session."""
