"""When a pick is entered and left, on its own exchange's sessions."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backtests.convention import Convention
from backtests.kernel import Rows
from backtests.outcome import Outcome
from screener.calendar import Days, Sessions, add_months
from screener.panel import Floats

Flags = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int8]

_NEVER = np.datetime64("NaT", "D")
# in sessions; as long as a halted pick may be entered late
LONGEST_HALT = Convention().entry_delay


@dataclass(frozen=True)
class Plan:
    """Where K picks are entered and left over H horizons, as rows of the panel.

    Attributes
    ----------
    entry_row : ndarray of int, shape (K,)
        -1 for none.
    entry_day : ndarray of datetime64[D], shape (K,)
        NaT for none.
    exit_row : ndarray of int, shape (K, H)
        The row of the latest close on or before the end of the horizon; -1 for none.
    exit_day : ndarray of datetime64[D], shape (K, H)
        The session on which the horizon ends; NaT where that is not known yet.
    outcome : ndarray of int8, shape (K, H)
        An `Outcome`.
    about : ndarray of datetime64[D], shape (K, H)
        The session that the outcome speaks of; NaT for none.
    stale : ndarray of int, shape (K, H)
        Sessions between the exit price and the end of the horizon.
    """

    entry_row: Rows
    entry_day: Days
    exit_row: Rows
    exit_day: Days
    outcome: Codes
    about: Days
    stale: Rows


@dataclass(frozen=True)
class _Entries:
    """The session index, outcome and day of K entries; day is that the outcome speaks of."""

    index: Rows
    outcome: Codes
    day: Days

    @property
    def entered(self) -> Flags:
        """Whether there was an entry."""
        return np.asarray(self.outcome == Outcome.SCORED)

    @property
    def entry_day(self) -> Days:
        """The days of those that there were; NaT for none."""
        return np.where(self.entered, self.day, _NEVER)


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


class Grid:
    """The sessions of one exchange laid over the rows of a panel.

    A session is recorded when any security of the exchange has a close on it. One that is not
    recorded is unknown, which is something else than a halt: nothing is concluded from it. Where
    an index goes on after the prices of its shares end (`count_told`), no pick is left on what
    lies beyond.

    Parameters
    ----------
    sessions : Sessions
    dates : ndarray of datetime64[D], shape (T,)
        The panel's.
    close : ndarray, shape (T, N)
    own : ndarray of bool, shape (N,)
        The columns listed on the exchange.
    shares : ndarray of bool, shape (N,)
        Those of them that are no index.
    """

    def __init__(
        self, sessions: Sessions, dates: Days, close: Floats, own: Flags, shares: Flags
    ) -> None:
        self.days = sessions.days
        self.known_until = sessions.known_until
        self._count = len(self.days)
        rows = np.searchsorted(dates, self.days)
        present = rows < len(dates)
        present[present] = dates[rows[present]] == self.days[present]
        self._rows = np.where(present, rows, -1)
        traded: Flags = present[:, None] & np.isfinite(close[self._rows])
        recorded = np.asarray((traded & own).any(axis=1))
        self._last = int(np.flatnonzero(recorded)[-1]) if recorded.any() else -1
        told = count_told(recorded, np.asarray((traded & shares).any(axis=1)))
        self._final = min(self._last, told - 1) if shares.any() else self._last
        self._ever = np.asarray(traded.any(axis=0))
        self._latest, self._next = latest_row(traded), _next(traded)
        self._latest_gap, self._next_gap = latest_row(~recorded), _next(~recorded)

    def plan(
        self, published: Days, columns: Rows, convention: Convention, ends: Days | None = None
    ) -> Plan:
        """Find the entry of each pick, and its exit over each horizon.

        Parameters
        ----------
        published : ndarray of datetime64[D], shape (K,)
        columns : ndarray of int, shape (K,)
            -1 where the panel lacks the pick.
        convention : Convention
        ends : ndarray of datetime64[D], shape (H,), optional
            Days on which the horizons end, for all picks alike. Left out: as many months after
            the entry as the convention says.
        """
        after = np.searchsorted(self.days, published, side="right")
        if convention.entry == "previous_close":
            entries = self._enter_back(after - 1, columns, convention.entry_delay)
        else:
            entries = self._enter_on(after, columns, convention.entry_delay)
        target = add_months(entries.entry_day, convention.horizons)
        if ends is not None:
            target = np.where(np.isnat(target[:, :1]), _NEVER, ends)
        return self._leave(entries, columns, target)

    def row_on_or_before(self, days: Days, columns: Rows) -> tuple[Rows, Flags]:
        """Return the panel row of the last session on or before each day, if it has a close.

        Parameters
        ----------
        days : ndarray of datetime64[D], shape (K, H)
            NaT for none.
        columns : ndarray of int, shape (K, 1)

        Returns
        -------
        row : ndarray of int, shape (K, H)
            -1 where there is no close; nothing older is taken in its place.
        ended : ndarray of bool, shape (K, H)
            Whether the security's last close lies before that session.
        """
        index = self._on_or_before(days)
        final = self._look_up(self._latest, np.full_like(index, self._count - 1), columns, -1)
        traded = self._look_up(self._latest, index, columns, -1) == index
        row = np.where((index >= 0) & traded, self._rows[np.maximum(index, 0)], -1)
        return row, (final >= 0) & (index > final)

    def _enter_on(self, wanted: Rows, columns: Rows, delay: int) -> _Entries:
        """Enter on the wanted session, or on the first traded one within the delay after it."""
        limit = wanted + delay
        found = self._look_up(self._next, wanted, columns, self._count)
        gap = self._look_up(self._next_gap, wanted, None, self._count)
        before = self._look_up(self._latest, wanted, columns, -1)
        return self._judge(
            [
                (self._lacks(columns), Outcome.NO_PRICES, wanted),
                (wanted > self._last, Outcome.PENDING_ENTRY, wanted),
                (
                    gap <= np.minimum(np.minimum(found, limit), self._last),
                    Outcome.NOT_RECORDED,
                    gap,
                ),
                (found <= limit, Outcome.SCORED, found),
                (limit > self._last, Outcome.PENDING_ENTRY, wanted),
                (before >= 0, Outcome.HALTED, wanted),
            ],
            (Outcome.NOT_LISTED, found),
        )

    def _enter_back(self, wanted: Rows, columns: Rows, delay: int) -> _Entries:
        """Enter on the wanted session, or on the last traded one within the delay before it."""
        limit = wanted - delay
        found = self._look_up(self._latest, wanted, columns, -1)
        gap = self._look_up(self._latest_gap, wanted, None, -1)
        return self._judge(
            [
                (self._lacks(columns), Outcome.NO_PRICES, wanted),
                (wanted > self._last, Outcome.PENDING_ENTRY, wanted),
                (gap > np.maximum(found, limit - 1), Outcome.NOT_RECORDED, gap),
                ((found >= 0) & (found >= limit), Outcome.SCORED, found),
                (found >= 0, Outcome.HALTED, wanted),
            ],
            (Outcome.NOT_LISTED, self._look_up(self._next, wanted, columns, self._count)),
        )

    def _judge(
        self, checks: list[tuple[Flags, Outcome, Rows]], otherwise: tuple[Outcome, Rows]
    ) -> _Entries:
        """Give each pick the outcome and session of the first check that holds for it."""
        holds = [check for check, _, _ in checks]
        outcome = np.select(holds, [code for _, code, _ in checks], otherwise[0])
        place = np.select(holds, [session for _, _, session in checks], otherwise[1])
        index = np.where(outcome == Outcome.SCORED, place, -1)
        return _Entries(index, outcome.astype(np.int8), self._day(place))

    def _leave(self, entries: _Entries, columns: Rows, target: Days) -> Plan:
        entered, entry_day = entries.entered, entries.entry_day
        early = target < entry_day[:, None]
        index = self._on_or_before(target)
        known = target <= self.known_until
        found = self._look_up(self._latest, index, columns[:, None], -1)
        gap = self._look_up(self._latest_gap, index, None, -1)
        holds = [~entered[:, None], early, ~known | (index > self._final), gap > found]
        codes = np.array(
            [Outcome.PENDING_ENTRY, Outcome.PENDING_EXIT, Outcome.NOT_RECORDED], dtype=np.int8
        )
        outcome: Codes = np.select(holds, [entries.outcome[:, None], *codes], Outcome.SCORED)
        exit_day = np.where(known, self._day(index), _NEVER)
        scored = outcome == Outcome.SCORED
        return Plan(
            entry_row=np.where(entered, self._rows[np.maximum(entries.index, 0)], -1),
            entry_day=entry_day,
            exit_row=np.where(scored, self._rows[np.maximum(found, 0)], -1),
            exit_day=exit_day,
            outcome=outcome.astype(np.int8),
            about=np.select(
                [holds[0] | early, outcome == Outcome.NOT_RECORDED],
                [entries.day[:, None], self._day(gap)],
                exit_day,
            ),
            stale=np.where(scored, index - found, 0),
        )

    def _on_or_before(self, days: Days) -> Rows:
        found = np.searchsorted(self.days, days, side="right") - 1
        return np.where(np.isnat(days), -1, found)

    def _day(self, index: Rows) -> Days:
        inside = (index >= 0) & (index < self._count)
        return np.where(inside, self.days[np.where(inside, index, 0)], _NEVER)

    def _lacks(self, columns: Rows) -> Flags:
        return (columns < 0) | ~self._ever[columns]

    def _look_up(self, table: Rows, index: Rows, columns: Rows | None, missing: int) -> Rows:
        """Read a table at sessions (and columns), or ``missing`` where there is no such place."""
        inside = (index >= 0) & (index < self._count)
        at = np.where(inside, index, 0)
        found = table[at] if columns is None else table[at, columns]
        return np.where(inside if columns is None else inside & (columns >= 0), found, missing)


def latest_row(flags: Flags) -> Rows:
    """Return for each row the last row up to it that is flagged, -1 for none."""
    steps = np.arange(len(flags)).reshape(-1, *[1] * (flags.ndim - 1))
    return np.maximum.accumulate(np.where(flags, steps, -1), axis=0)


def _next(flags: Flags) -> Rows:
    """Return for each row the first row from it on that is flagged, the row count for none."""
    steps = np.arange(len(flags)).reshape(-1, *[1] * (flags.ndim - 1))
    return np.minimum.accumulate(np.where(flags, steps, len(flags))[::-1], axis=0)[::-1]
