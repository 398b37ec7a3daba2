"""Files of bars that the user brings: long tables, or a folder with a file for each share."""

from screener.sources.files.imported import Imported, Note, Skipped
from screener.sources.files.reader import read_files

__all__ = ["Imported", "Note", "Skipped", "read_files"]
