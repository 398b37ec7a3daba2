"""The errors a user can mend: each says what is wrong and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


def _join(message: str, remedy: str) -> str:
    return f"{message}; {remedy}" if remedy else message


class InputError(ValueError):
    """Something the user gave cannot be used.

    Parameters
    ----------
    message : str
        What is wrong, naming the value.
    remedy : str
        What to do about it; empty where the message already says so.
    """

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        """Give the message and, where there is one, the remedy."""
        return _join(self.message, self.remedy)


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a file.

    Attributes
    ----------
    path : Path
    key : str
        Where in the file, such as ``picks[2].level``; empty for the file as a whole.
    message, remedy : str
        As in `InputError`.
    line : int or None
        The line, counted from 1, where it is known.
    """

    path: Path
    key: str
    message: str
    remedy: str
    line: int | None = None

    def __str__(self) -> str:
        """Give the fault on one line, led by file and line as compilers do."""
        place = f"{self.path}:{self.line}" if self.line else str(self.path)
        parts = (place, self.key, _join(self.message, self.remedy))
        return ": ".join(part for part in parts if part)


class FaultyFileError(InputError):
    """Files have faults; all of them are listed, so that one round of mending is enough.

    Parameters
    ----------
    faults : iterable of Fault
        At least one, in the order found.
    """

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))
