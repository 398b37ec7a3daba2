"""What can be screened on: figures of every share, as they were known at the close of a day."""
