"""What the shares of one exchange did, session by session, up to the close of a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from screener.calendar import Days, load_sessions
from screener.panel import Floats, Panel, Traded
from universes import InputError, Symbol
from universes.market import market_of
from universes.rating import Basis

Rows = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

# in sessions; an older close is no price of the day asked for
OLDEST_CLOSE = 10
# the longest window, twelve months before which a close may be that old, and some to spare
_SESSIONS = 290
# a close that is repeated, relative to it
_SAME = 1e-9
# in quarters: so many of a window's sessions must have what it needs
_NEEDED = 3


@dataclass(frozen=True, eq=False)
class History:
    """S sessions of one calendar, the last ones up to a day, by N shares.

    Attributes
    ----------
    day : datetime64[D]
        Nothing after its close is in here.
    sessions : ndarray of datetime64[D], shape (S,)
        As the calendar has them, recorded or not.
    symbols : tuple of str, length N
    close, high : ndarray, shape (S, N)
        On one basis; not a number where there was no trade, or none is recorded. A volume of
        zero beside the close before is none.
    price : ndarray, shape (S, N)
        Close on the price basis, which cash dividends are set against.
    volume, amount : ndarray, shape (S, N)
        Shares and value traded; not a number where they are not kept.
    index : ndarray, shape (S, N)
        Close of each share's benchmark; not a number where there is none.
    carried : ndarray, shape (S, N)
        The same, with its last close over sessions that it lacks, as far as a holiday reaches.
    """

    day: np.datetime64
    sessions: Days
    symbols: tuple[str, ...]
    close: Floats
    high: Floats
    price: Floats
    volume: Floats
    amount: Floats
    index: Floats
    carried: Floats

    @cached_property
    def last(self) -> Rows:
        """The row of each share's last close, shape (N,); -1 for none."""
        return _last_rows(np.isfinite(self.close))

    @cached_property
    def is_fresh(self) -> Flags:
        """Whether that close is young enough to be a price of the day, shape (N,)."""
        age = len(self.sessions) - 1 - self.last
        return np.asarray(age <= OLDEST_CLOSE, dtype=np.bool_)

    @cached_property
    def latest(self) -> Floats:
        """The last close, shape (N,); not a number where it is too old."""
        return self.at(np.where(self.is_fresh, self.last, -1))

    @cached_property
    def daily(self) -> Floats:
        """Simple returns between a session and the one before, shape (S, N)."""
        return _changes(self.close)

    @cached_property
    def index_daily(self) -> Floats:
        """The same of the benchmark of each share, shape (S, N)."""
        return _changes(self.index)

    def rows_on(self, day: np.datetime64, matrix: Floats | None = None) -> Rows:
        """Return the row of the last close on or before a day, shape (N,); -1 if it is too old.

        Parameters
        ----------
        day : datetime64[D]
        matrix : ndarray, shape (S, N), optional
            Of closes on another basis.
        """
        closes = self.close if matrix is None else matrix
        end = int(np.searchsorted(self.sessions, day, side="right"))
        first = max(end - 1 - OLDEST_CLOSE, 0)
        rows = _last_rows(np.isfinite(closes[first:end]))
        return np.where(rows >= 0, rows + first, -1)

    def at(self, rows: Rows, matrix: Floats | None = None) -> Floats:
        """Return each share's close (or figure of another matrix) on its row, shape (N,)."""
        found = (self.close if matrix is None else matrix)[
            np.maximum(rows, 0), np.arange(len(self.symbols))
        ]
        return np.where(rows >= 0, found, np.nan)


def cut_history(
    panel: Panel, calendar: str, symbols: Sequence[str], day: np.datetime64, basis: Basis
) -> History:
    """Cut the history of the shares of one calendar out of a panel.

    Parameters
    ----------
    panel : Panel
    calendar : str
        Name in exchange_calendars.
    symbols : sequence of str, length N
        All of the panel, and of that calendar.
    day : datetime64[D]
    basis : {"price", "total"}

    Raises
    ------
    InputError
        If the calendar does not reach the day.
    """
    sessions = _sessions_until(calendar, day)
    place = np.searchsorted(panel.dates, sessions)
    there = np.minimum(place, len(panel.dates) - 1)
    rows = np.where(panel.dates[there] == sessions, there, -1)
    columns = panel.columns(symbols)

    def lay(matrix: Floats | None) -> Floats:
        laid = np.full((len(sessions), len(symbols)), np.nan)
        if matrix is not None:
            laid[rows >= 0] = matrix[rows[rows >= 0]][:, columns]
        return laid

    def count(what: Traded) -> Floats:
        return lay(panel.traded.get(what))

    index, carried = _lay_benchmarks(panel, symbols, sessions, rows)
    volume, amount = count("volume"), count("amount")
    close = lay(panel.prices.get(("close", basis)))
    # some vendors repeat the last close over a halt, with nothing traded; a new close beside a
    # volume of zero is a close, whose volume they do not know
    idle = (volume == 0) & np.isclose(close, _closes_before(close), rtol=_SAME, atol=0.0)
    return History(
        day=day,
        sessions=sessions,
        symbols=tuple(symbols),
        close=np.where(idle, np.nan, close),
        high=np.where(idle, np.nan, lay(panel.prices.get(("high", basis)))),
        price=np.where(idle, np.nan, lay(panel.prices.get(("close", "price")))),
        volume=np.where(volume == 0, np.nan, volume),
        amount=np.where(volume == 0, np.nan, amount),
        index=index,
        carried=carried,
    )


def is_foresight(panel: Panel, symbols: Sequence[str], day: np.datetime64) -> bool:
    """Tell whether the price basis of shares was derived from closes of theirs after a day."""
    if not panel.derived:
        return False
    later = panel.dates > day
    closes = panel.prices["close", "price"][later][:, panel.columns(symbols)]
    return bool(np.isfinite(closes).any())


def is_enough(known: Rows, size: int) -> Flags:
    """Tell whether so many of a window's sessions are known that it may be used."""
    return np.asarray(4 * known >= _NEEDED * size, dtype=np.bool_)


def mean_known(values: Floats) -> Floats:
    """Return the mean of what is known of each column, shape (N,); zero where nothing is."""
    known = np.isfinite(values)
    total = np.where(known, values, 0.0).sum(axis=0)
    mean: Floats = total / np.maximum(known.sum(axis=0), 1)
    return mean


def _sessions_until(calendar: str, day: np.datetime64) -> Days:
    year = int(str(day)[:4])
    found = load_sessions(calendar, year - 2, year)
    if found.known_until < day:
        raise InputError(
            f"the sessions of {calendar} are known until {found.known_until}",
            "ask for an earlier day, or upgrade exchange-calendars",
        )
    sessions: Days = found.days[found.days <= day][-_SESSIONS:]
    return sessions


def _lay_benchmarks(
    panel: Panel, symbols: Sequence[str], sessions: Days, rows: Rows
) -> tuple[Floats, Floats]:
    """Return each share's benchmark over the sessions, as it is and carried."""
    named = [str(market_of(Symbol.parse(symbol)).benchmark) for symbol in symbols]
    index = np.full((len(sessions), len(symbols)), np.nan)
    carried = index.copy()
    levels = panel.levels("close", "price")
    for name in sorted(set(named)):
        if not panel.holds(name):
            continue
        own = np.array([each == name for each in named])
        level = levels[:, panel.columns([name])[0]]
        index[:, own] = np.where(rows >= 0, level[rows], np.nan)[:, None]
        carried[:, own] = panel.carried(name, sessions)[:, None]
    return index, carried


def _last_rows(known: Flags) -> Rows:
    """Return the last row of each column that is true, -1 where none is."""
    if not len(known):
        return np.full(known.shape[1], -1, dtype=np.intp)
    backward = np.argmax(known[::-1], axis=0)
    return np.where(known.any(axis=0), len(known) - 1 - backward, -1)


def _closes_before(close: Floats) -> Floats:
    """Return the last close before each row, shape (S, N)."""
    steps = np.arange(len(close))[:, None]
    last = np.maximum.accumulate(np.where(np.isfinite(close), steps, -1), axis=0)
    before = np.full(close.shape, np.nan)
    columns = np.arange(close.shape[1])
    before[1:] = np.where(last[:-1] >= 0, close[np.maximum(last[:-1], 0), columns], np.nan)
    return before


def _changes(levels: Floats) -> Floats:
    changes = np.full(levels.shape, np.nan)
    changes[1:] = levels[1:] / levels[:-1] - 1.0
    return changes
