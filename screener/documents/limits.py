"""What is too large to read, and the errors that say so."""

from universes.errors import InputError

LARGEST_FILE = 32 * 2**20
LONGEST_TEXT = 2_000_000
MOST_PAGES = 2_000


def refuse_size(name: str) -> InputError:
    """Return the error of a file that is too large."""
    return InputError(
        f"{name} is larger than {LARGEST_FILE // 2**20} MB",
        "save the report without its pictures, or its text alone, and draft that",
    )


def refuse_empty(name: str) -> InputError:
    """Return the error of a file without text."""
    return InputError(f"{name} holds no text", "name a report that has text")


def refuse_long(name: str) -> InputError:
    """Return the error of a text that is too long."""
    return InputError(
        f"{name} holds more than {LONGEST_TEXT:,} characters",
        "split it: one report, one file",
    )
