"""Walks a rule forward: what it found month by month, held, dealt anew and scored."""
