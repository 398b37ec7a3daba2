"""What chance alone would have made: random baskets of the controls."""
