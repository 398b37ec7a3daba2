"""Keeps, for each row of a table, the first reason why it is not scored."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from screener.ratings.columns import Codes, Rows
from screener.ratings.rejections import REASONS, Rejections

Note = tuple[str, str]
Flags = npt.NDArray[np.bool_]


class Judge:
    """Gathers what is wrong with the rows of a table.

    Reasons are to be given in the order of `REASONS`; a row keeps its first.

    Parameters
    ----------
    count : int
        Rows of the table.
    """

    def __init__(self, count: int) -> None:
        self._reason = np.full(count, -1, np.int8)
        self._note = np.zeros(count, np.int32)
        self._notes: dict[Note, int] = {}

    @property
    def sound(self) -> Flags:
        """The rows with which nothing is wrong so far, shape (N,)."""
        return self._reason < 0

    def refuse_values(self, reason: str, codes: Codes, notes: Sequence[Note | None]) -> None:
        """Refuse the rows that have some of a column's distinct values.

        Parameters
        ----------
        reason : str
        codes : ndarray of int32, shape (N,)
            Which value each row has.
        notes : sequence of (str, str) or None
            What is wrong with each value; None where nothing is.
        """
        kept = [-1 if note is None else self._keep(note) for note in notes]
        self._set(reason, np.array(kept, np.int32)[codes])

    def refuse_rows(self, reason: str, rows: npt.NDArray[np.intp], notes: Sequence[Note]) -> None:
        """Refuse single rows, each with its own note."""
        found = np.full(len(self._reason), -1, np.int32)
        found[rows] = [self._keep(note) for note in notes]
        self._set(reason, found)

    def finish(self, rows: Rows) -> Rejections:
        """Return all rows that were refused, with those that could not be read."""
        places = np.flatnonzero(~self.sound)
        broken = [self._keep((each.what, each.remedy)) for each in rows.broken]
        line = np.concatenate([rows.line[places], [each.line for each in rows.broken]])
        reason = np.concatenate([self._reason[places], np.zeros(len(broken), np.int8)])
        note = np.concatenate([self._note[places], np.array(broken, np.int32)])
        texts = [*rows.text(places), *(each.row for each in rows.broken)]
        order = np.argsort(line, kind="stable")
        # notes are kept for all that is wrong, and told of what is wrong first
        told, note = np.unique(note, return_inverse=True)
        notes = list(self._notes)
        return Rejections(
            line[order].astype(np.int64),
            reason[order].astype(np.int8),
            tuple(notes[place] for place in told.tolist()),
            note[order].astype(np.int32),
            tuple(texts[place] for place in order.tolist()),
        )

    def _set(self, reason: str, notes: npt.NDArray[np.int32]) -> None:
        rows = np.flatnonzero((notes >= 0) & self.sound)
        self._reason[rows] = REASONS.index(reason)
        self._note[rows] = notes[rows]

    def _keep(self, note: Note) -> int:
        return self._notes.setdefault(note, len(self._notes))
