"""The sessions of exchanges, laid over the rows of a panel as tables to look up."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backtests.convention import Convention
from backtests.kernel import Rows
from screener import Panel
from screener.calendar import Days, Sessions, add_months, load_sessions
from screener.panel import Floats
from universes import Symbol

Flags = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int8]
Places = npt.NDArray[np.int32]

_NEVER = np.datetime64("NaT", "D")
_MONTHS_A_YEAR = 12
# in sessions; as long as a halted pick may be entered late
LONGEST_HALT = Convention().entry_delay


@dataclass(frozen=True)
class Schedule:
    """The S sessions of G exchanges, as tables to look up.

    The last of the S is no session of any exchange: what points there finds nothing. A session
    is recorded when any security of the exchange has a close on it. One that is not recorded is
    unknown, which is something else than a halt: nothing is concluded from it. Where an index goes
    on after the prices of its shares end (`count_told`), no pick is left on what lies beyond.

    Attributes
    ----------
    calendars : tuple of str, length G
    first : datetime64[D]
        The first of the D days of ``after``.
    after : ndarray of int, shape (G, D)
        The first session after each day; its exchange's number of sessions where none is known.
        A year of sessions lies before the first day.
    days : ndarray of datetime64[D], shape (G, S)
        NaT after an exchange's last.
    rows : ndarray of int, shape (G, S)
        Rows of the panel; -1 for none.
    recorded : ndarray of bool, shape (G, S)
    last, told : ndarray of int, shape (G,)
        The last session recorded, and the last of which prices are told; -1 for none.
    ends : ndarray of int, shape (G, S, H)
        The last session on or before the end of each horizon, for an entry on each session; the
        one that is none where that is not known yet.
    """

    calendars: tuple[str, ...]
    first: np.datetime64
    after: Places
    days: Days
    rows: Places
    recorded: Flags
    last: Places
    told: Places
    ends: Places

    def place_of(self, calendar: str) -> int:
        """Return the place of a calendar."""
        return self.calendars.index(calendar)

    def look_up_days(self, calendar: Places, sessions: Places) -> Days:
        """Return the days of sessions, NaT where there is no such session.

        Parameters
        ----------
        calendar, sessions : ndarray of int, broadcast to each other
        """
        inside = (sessions >= 0) & (sessions < self.days.shape[1])
        return np.where(inside, self.days[calendar, np.where(inside, sessions, 0)], _NEVER)


def lay_schedule(
    calendars: Sequence[str],
    told: tuple[np.datetime64, np.datetime64],
    panel: Panel,
    close: Floats,
    convention: Convention,
    ends: Days | None = None,
) -> Schedule:
    """Lay the sessions of exchanges over a panel.

    Parameters
    ----------
    calendars : sequence of str
    told : (datetime64[D], datetime64[D])
        The first and the last day on which anything is recommended.
    panel : Panel
    close : ndarray, shape (T, N)
        The panel's, on the basis of the convention.
    convention : Convention
    ends : ndarray of datetime64[D], shape (H,), optional
        Days on which the horizons end, whatever the entry. Left out: as many months after the
        entry as the convention says.

    Raises
    ------
    InputError
        If a calendar is not known for the dates.
    """
    sessions = [_load(each, told, panel, convention, ends) for each in calendars]
    longest = max(len(each.days) for each in sessions) + 1
    asked = np.arange(told[0], told[1] + np.timedelta64(1, "D"))
    parsed = [Symbol.parse(symbol) for symbol in panel.symbols]
    listed = np.array([symbol.exchange.calendar for symbol in parsed])
    is_share = np.array([symbol.takes_basis for symbol in parsed], dtype=np.bool_)
    finite = np.isfinite(close)
    shape = (len(sessions), longest)
    days = np.full(shape, _NEVER)
    rows, recorded = np.full(shape, -1, dtype=np.int32), np.zeros(shape, dtype=np.bool_)
    last, told_until = (np.full(len(sessions), -1, dtype=np.int32) for _ in range(2))
    horizons = len(convention.horizons) if ends is None else len(ends)
    ending = np.full((*shape, horizons), longest - 1, dtype=np.int32)
    after = np.empty((len(sessions), len(asked)), dtype=np.int32)
    for g, each in enumerate(sessions):
        count = len(each.days)
        days[g, :count] = each.days
        rows[g, :count] = find_rows(each.days, panel.dates)
        own = listed == each.calendar
        recorded[g, :count] = _any_close(finite, rows[g, :count], own)
        last[g] = np.flatnonzero(recorded[g])[-1] if recorded[g].any() else -1
        told_until[g] = last[g]
        if (own & is_share).any():
            traded = _any_close(finite, rows[g, :count], own & is_share)
            told_until[g] = min(last[g], count_told(recorded[g, :count], traded) - 1)
        ending[g, :count] = _find_ends(each, convention, ends, longest - 1)
        after[g] = np.searchsorted(each.days, asked, side="right")
    return Schedule(
        tuple(calendars), told[0], after, days, rows, recorded, last, told_until, ending
    )


def count_told(is_open: Flags, traded: Flags) -> int:
    """Return how many sessions pass before the prices of an exchange's shares end.

    Parameters
    ----------
    is_open, traded : ndarray of bool, shape (S,)
        Whether the exchange is known to have been open, and whether any of the shares closed.

    Notes
    -----
    Where none has a close for longer than the ten sessions that an entry may wait, their prices
    are taken to end, and not all of them to be halted.
    """
    closed = np.flatnonzero(traded)
    last = int(closed[-1]) if closed.size else -1
    return last + 1 if is_open[last + 1 :].sum() > LONGEST_HALT else len(is_open)


def find_rows(days: Days, dates: Days) -> Rows:
    """Return the row of each day among ascending dates, -1 for none."""
    rows = np.searchsorted(dates, days)
    present = rows < len(dates)
    present[present] = dates[rows[present]] == days[present]
    return np.where(present, rows, -1)


def latest_row(flags: Flags) -> Rows:
    """Return for each row the last row up to it that is flagged, -1 for none."""
    steps = np.arange(len(flags)).reshape(-1, *[1] * (flags.ndim - 1))
    return np.maximum.accumulate(np.where(flags, steps, -1), axis=0)


def _load(
    calendar: str,
    told: tuple[np.datetime64, np.datetime64],
    panel: Panel,
    convention: Convention,
    ends: Days | None,
) -> Sessions:
    # a year more at either end, so that a gap at the edge of the prices is seen as one
    first = min(told[0], panel.dates[0]).astype(dt.date).year - 1
    months = np.timedelta64(convention.horizons[-1] + _MONTHS_A_YEAR, "M")
    final = told[1] if ends is None else max(told[1], ends.max())
    last = (final.astype("datetime64[M]") + months).astype(dt.date).year
    return load_sessions(calendar, first, last)


def _any_close(finite: Flags, rows: Places, columns: Flags) -> Flags:
    """Tell on which sessions any of the securities has a close."""
    on_row: Flags = np.asarray(finite[:, columns].any(axis=1))
    return np.asarray((rows >= 0) & on_row[np.maximum(rows, 0)])


def _find_ends(sessions: Sessions, convention: Convention, ends: Days | None, unknown: int) -> Rows:
    days = sessions.days
    target = add_months(days, convention.horizons)
    if ends is not None:
        target = np.broadcast_to(ends, (len(days), len(ends)))
    found = np.searchsorted(days, target, side="right") - 1
    return np.where(target <= sessions.known_until, found, unknown)
