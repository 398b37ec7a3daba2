"""What is known of companies beside their prices: sectors and figures, each with its day."""
