"""A file of any of five formats, read as a text with its paragraphs, headings, rows and pages."""
