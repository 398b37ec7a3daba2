"""What a week brought to the picks of a report."""
