"""From wanted weights to deals that could have been struck."""
