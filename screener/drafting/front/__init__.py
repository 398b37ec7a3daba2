"""What the front of a report says: title, broker, department, authors."""
