"""The rows that a portfolio lives on: dates on which an exchange concerned had a session."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backtests.schedule import Flags, count_told, latest_row
from screener import Panel
from screener.calendar import Days, load_sessions
from screener.panel import Floats
from universes import Symbol


@dataclass(frozen=True)
class Axis:
    """T rows of a panel, and which exchanges were open on them.

    Attributes
    ----------
    rows : ndarray of int, shape (T,)
        Of the panel.
    dates : ndarray of datetime64[D], shape (T,)
    is_open : ndarray of bool, shape (T, N)
        Whether the security's exchange had a session that the panel records: one on which any
        security of it has a close. One that it does not record is unknown, which is something
        else than a halt.
    follows : ndarray of bool, shape (T, N)
        Whether the row before is the session before, on that exchange.
    sessions : ndarray of int, shape (T,)
        Sessions of any of the exchanges since the row before; 1 on the first row.
    calendars : tuple of ndarray of datetime64[D], length N
        All sessions of each security's exchange, from the year of the first row to the year
        after that of the last, as far as they are known.
    """

    rows: npt.NDArray[np.intp]
    dates: Days
    is_open: Flags
    follows: Flags
    sessions: npt.NDArray[np.intp]
    calendars: tuple[Days, ...]

    def until(self, count: int) -> "Axis":
        """Return the first rows."""
        return Axis(
            rows=self.rows[:count],
            dates=self.dates[:count],
            is_open=self.is_open[:count],
            follows=self.follows[:count],
            sessions=self.sessions[:count],
            calendars=self.calendars,
        )

    def count_known(self, close: Floats) -> int:
        """Return how many rows pass before the prices of a whole exchange end.

        Parameters
        ----------
        close : ndarray, shape (T, N)
            Not a number where there was no trade.

        See `backtests.schedule.count_told`.
        """
        count = len(self.dates)
        for days in {id(each): each for each in self.calendars}.values():
            own = [n for n, each in enumerate(self.calendars) if each is days]
            traded = np.asarray(np.isfinite(close[:, own]).any(axis=1))
            count = min(count, count_told(self.is_open[:, own[0]], traded))
        return count


def lay_axis(panel: Panel, symbols: Sequence[str]) -> Axis:
    """Lay the sessions of the symbols' exchanges over a panel's rows."""
    by_calendar: dict[str, list[str]] = {}
    for symbol in panel.symbols:
        by_calendar.setdefault(Symbol.parse(symbol).exchange.calendar, []).append(symbol)
    wanted = [Symbol.parse(symbol).exchange.calendar for symbol in symbols]
    first, last = (int(str(panel.dates[row])[:4]) for row in (0, -1))
    days = {name: load_sessions(name, first, last + 1).days for name in sorted(set(wanted))}
    recorded = {
        name: np.isin(panel.dates, days[name]) & _any_close(panel, by_calendar.get(name, []))
        for name in days
    }
    rows = np.flatnonzero(np.any(list(recorded.values()), axis=0))
    dates = panel.dates[rows]
    either = np.unique(np.concatenate(list(days.values())))
    place = np.searchsorted(either, dates)
    follows = {name: _follows(recorded[name][rows], days[name], dates) for name in days}
    return Axis(
        rows=rows,
        dates=dates,
        is_open=np.column_stack([recorded[name][rows] for name in wanted]),
        follows=np.column_stack([follows[name] for name in wanted]),
        sessions=np.diff(place, prepend=place[:1] - 1),
        calendars=tuple(days[name] for name in wanted),
    )


def _any_close(panel: Panel, symbols: Sequence[str]) -> Flags:
    shares = [symbol for symbol in symbols if Symbol.parse(symbol).kind != "currency"]
    columns = panel.columns(shares)
    traded = np.zeros(len(panel.dates), dtype=np.bool_)
    for (name, _), matrix in panel.prices.items():
        if name == "close":
            traded |= np.isfinite(matrix[:, columns]).any(axis=1)
    return traded


def _follows(is_open: Flags, days: Days, dates: Days) -> Flags:
    """Tell of each row whether the exchange's session before it is the last open row before."""
    place = np.searchsorted(days, dates)
    last = np.concatenate([[-1], latest_row(is_open)[:-1]])
    known = is_open & (last >= 0)
    return np.asarray(known & (place - place[np.maximum(last, 0)] == 1))
