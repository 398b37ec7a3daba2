"""The rows of a table of recommendations that are not scored, and why."""

import csv
import io
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from screener.files import replace_file

# in the order in which a row is judged
REASONS = (
    "bad_line",
    "bad_date",
    "bad_known",
    "future_date",
    "bad_symbol",
    "not_a_share",
    "no_house",
    "unknown_rating",
    "bad_target",
    "bad_price",
    "bad_horizon",
    "duplicate",
    "contradiction",
)
_COLUMNS = ("line", "reason", "what", "remedy", "row")


@dataclass(frozen=True, eq=False)
class Rejections:
    """R rows that are not scored, by line.

    Attributes
    ----------
    line : ndarray of int64, shape (R,)
        On which each row begins; the header's is 1.
    reason : ndarray of int8, shape (R,)
        Code into `REASONS`.
    notes : tuple of (str, str)
        What is wrong, and what to do about it.
    note : ndarray of int32, shape (R,)
        Code into ``notes``.
    rows : tuple of str
        The text of each row.
    """

    line: npt.NDArray[np.int64]
    reason: npt.NDArray[np.int8]
    notes: tuple[tuple[str, str], ...]
    note: npt.NDArray[np.int32]
    rows: tuple[str, ...]

    @property
    def total(self) -> int:
        """How many there are."""
        return len(self.line)

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many there are of each reason that occurs, in the order of `REASONS`."""
        found = np.bincount(self.reason, minlength=len(REASONS)).tolist()
        return {reason: n for reason, n in zip(REASONS, found, strict=True) if n}

    def to_csv(self) -> bytes:
        """Spell them as CSV in UTF-8 with a mark, which spreadsheets ask for."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(_COLUMNS)
        found = zip(
            self.line.tolist(), self.reason.tolist(), self.note.tolist(), self.rows, strict=True
        )
        writer.writerows(
            (line, REASONS[reason], *self.notes[note], row) for line, reason, note, row in found
        )
        # what cannot be spelled was no character to begin with
        return out.getvalue().encode("utf-8-sig", "backslashreplace")

    def write(self, path: Path) -> None:
        """Write them as a file.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        replace_file(path, self.to_csv())
