"""Scores any number of recommendations, a chunk at a time, on prices laid out for it once."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np

from backtests.compiled import Loop, compiled
from backtests.convention import Convention
from backtests.exits import lay_exits
from backtests.kernel import least_return
from backtests.levels import Levels
from backtests.loops import enter_each, leave_each
from backtests.measured import NO_END, Asked, Measured
from backtests.plan import Plan, trace_plan
from backtests.schedule import Places, Schedule, lay_schedule
from screener import Panel
from screener.calendar import Days
from screener.panel import Floats
from universes import Symbol
from universes.rating import Edge

# recommendations whose results fit the cache together
CHUNK = 16_384
# numbers from which on compiling, or loading what was compiled, takes less time than it saves
_WORTH_COMPILING = 40_000


class Scorer:
    """Prices of some securities, laid out so that each one's stand together.

    Parameters
    ----------
    panel : Panel
        All of it is read; cut it with `Panel.until` first.
    symbols : sequence of Symbol, length M
    benchmarks : sequence of Symbol, length B
        The indices that are measured.
    told : (datetime64[D], datetime64[D])
        The first and the last day on which anything is recommended.
    convention : Convention
    bounds : sequence of sequence of Edge, length Q
        Of each standard the bounds between its grades, lowest first.
    ends : ndarray of datetime64[D], shape (H,), optional
        Days on which the horizons end. Left out: as the convention has them.

    Attributes
    ----------
    schedule : Schedule
    calendar : ndarray of int32, shape (M,)
        Of each symbol, its place in the schedule.
    close : ndarray, shape (M, S)
        On the sessions of each symbol's own exchange.
    """

    schedule: Schedule
    calendar: Places
    close: Floats

    def __init__(
        self,
        panel: Panel,
        symbols: Sequence[Symbol],
        benchmarks: Sequence[Symbol],
        told: tuple[np.datetime64, np.datetime64],
        convention: Convention,
        bounds: Sequence[Sequence[Edge]],
        ends: Days | None = None,
    ) -> None:
        close = panel.levels("close", convention.basis)
        opens = convention.entry == "next_open"
        start = panel.levels("open", convention.basis) if opens else close
        names = sorted({each.exchange.calendar for each in (*symbols, *benchmarks)})
        self.schedule = lay_schedule(names, told, panel, close, convention, ends)
        place = {name: g for g, name in enumerate(names)}
        own = [place[each.exchange.calendar] for each in symbols]
        self.calendar = np.array(own, dtype=np.int32)
        self._columns = panel.columns(map(str, symbols))
        self.close = self.lay_out(close)
        self._start = self.lay_out(start) if opens else self.close
        traded = np.isfinite(self.close)
        self._begun = np.where(traded.any(axis=1), traded.argmax(axis=1), -1).astype(np.int32)
        self._levels = Levels(panel, benchmarks, self.schedule, start, close)
        self._exits = lay_exits(self.schedule, self._levels)
        self._back = convention.entry == "previous_close"
        self._wanted = self.schedule.after - (1 if self._back else 0)
        self._least = _lay_bounds(bounds)
        self._convention = convention
        self.horizons = self.schedule.ends.shape[2]

    def measure(self, asked: Asked, *, chunk: int = CHUNK, threads: int = 1) -> Measured:
        """Measure recommendations; the result is the same whatever the chunks and threads.

        Parameters
        ----------
        asked : Asked
        chunk : int
            Recommendations measured together.
        threads : int
        """
        found = Measured.empty(len(asked), self.horizons)
        loops = (enter_each, leave_each)
        if len(asked) * self.horizons >= _WORTH_COMPILING:
            loops = (compiled(enter_each), compiled(leave_each))
        parts = [slice(k, k + chunk) for k in range(0, len(asked), chunk)]
        fill = partial(self._fill, asked, found, *loops)
        if threads == 1 or len(parts) == 1:
            for part in parts:
                fill(part)
        else:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(fill, parts))
        return found

    def lay_out(self, prices: Floats) -> Floats:
        """Return a matrix of the panel on the sessions of each symbol's own exchange.

        Parameters
        ----------
        prices : ndarray, shape (T, N)

        Returns
        -------
        ndarray, shape (M, S)
        """
        laid = np.full((len(self.calendar), self.schedule.days.shape[1]), np.nan)
        for g, rows in enumerate(self.schedule.rows):
            own = np.flatnonzero((self.calendar == g) & (self._columns >= 0))
            there = np.flatnonzero(rows >= 0)
            laid[own[:, None], there] = prices[rows[there]][:, self._columns[own]].T
        return laid

    def sessions_after(self, symbol: Places, days: Days) -> Places:
        """Return the first session of each symbol's exchange after a day.

        Parameters
        ----------
        symbol : ndarray of int, shape (K,)
        days : ndarray of datetime64[D], shape (K,)
            From the first to the last on which anything is recommended; NaT for none.

        Returns
        -------
        ndarray of int32, shape (K,)
            `NO_END` for no day.
        """
        known = ~np.isnat(days)
        place = np.where(known, days - self.schedule.first, np.timedelta64(0, "D"))
        after = self.schedule.after[self.calendar[symbol], place.astype(np.intp)]
        return np.where(known, after, NO_END).astype(np.int32)

    def trace(self, asked: Asked, found: Measured) -> Plan:
        """Return where recommendations were entered and left, as days and rows of the panel."""
        where = self.calendar[asked.symbol]
        return trace_plan(
            self.schedule, where, found.entry, found.about, found.seen, found.outcome, asked.until
        )

    def _fill(self, asked: Asked, found: Measured, enter: Loop, leave: Loop, part: slice) -> None:
        asked, found = asked.take(part), found.take(part)
        schedule, days = self.schedule, (asked.published - self.schedule.first).astype(np.int32)
        enter(
            asked.symbol,
            days,
            self.calendar,
            self._wanted,
            schedule.recorded,
            schedule.last,
            self._begun,
            self._start,
            self.close,
            self._convention.entry_delay,
            self._back,
            self._start is not self.close,
            found.entry,
            found.entered,
            found.about,
            found.paid,
        )
        leave(
            asked.symbol,
            asked.benchmark,
            asked.standard,
            asked.until,
            self.calendar,
            self._exits.session,
            self._exits.outcome,
            schedule.recorded,
            schedule.last,
            schedule.told,
            self.close,
            self._levels.at_entry,
            self._levels.at_exit,
            self._exits.earned,
            self._levels.gone,
            self._least,
            self._convention.relative == "ratio",
            found.entry,
            found.entered,
            found.about,
            found.paid,
            found.seen,
            found.own,
            found.benchmark,
            found.relative,
            found.grade,
            found.outcome,
        )


def _lay_bounds(bounds: Sequence[Sequence[Edge]]) -> Floats:
    """Return the least return of each grade but the worst, shape (Q, E)."""
    laid = np.full((len(bounds), max(map(len, bounds))), np.nan)
    for q, edges in enumerate(bounds):
        laid[q, : len(edges)] = [least_return(edge) for edge in edges]
    return laid
