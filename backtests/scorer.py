"""Scores any number of recommendations, a chunk at a time, on prices laid out for it once."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from backtests.compiled import Loop, compiled
from backtests.convention import Convention
from backtests.kernel import Grades, Rows, least_return
from backtests.loops import enter_each, leave_each
from backtests.plan import Plan, trace_plan
from backtests.schedule import Codes, Places, Schedule, lay_schedule
from screener import Panel
from screener.calendar import Days
from screener.panel import Floats
from universes import Symbol
from universes.rating import Edge

# recommendations whose results fit the cache together
CHUNK = 8_192
# numbers from which on compiling, or loading what was compiled, takes less time than it saves
_WORTH_COMPILING = 40_000
NO_END = np.iinfo(np.int32).max


@dataclass(frozen=True)
class Measured:
    """What became of K recommendations over H horizons, in sessions and fractions.

    Attributes
    ----------
    entry, about : ndarray of int32, shape (K,)
    entered : ndarray of int8, shape (K,)
    paid : ndarray, shape (K,)
    seen : ndarray of int32, shape (K, H)
    own, benchmark, relative : ndarray, shape (K, H)
    grade, outcome : ndarray of int8, shape (K, H)
        All as `backtests.loops` writes them.
    """

    entry: Places
    about: Places
    entered: Codes
    paid: Floats
    seen: Places
    own: Floats
    benchmark: Floats
    relative: Floats
    grade: Grades
    outcome: Codes

    @classmethod
    def empty(cls, count: int, horizons: int) -> "Measured":
        """Return room for some recommendations."""
        flat, wide = (count,), (count, horizons)
        return cls(
            entry=np.empty(flat, np.int32),
            about=np.empty(flat, np.int32),
            entered=np.empty(flat, np.int8),
            paid=np.empty(flat),
            seen=np.empty(wide, np.int32),
            own=np.empty(wide),
            benchmark=np.empty(wide),
            relative=np.empty(wide),
            grade=np.empty(wide, np.int8),
            outcome=np.empty(wide, np.int8),
        )

    def take(self, rows: slice) -> "Measured":
        """Return a part, in the same memory."""
        return Measured(**{each.name: getattr(self, each.name)[rows] for each in fields(self)})


@dataclass(frozen=True)
class Asked:
    """K recommendations as codes.

    Attributes
    ----------
    symbol, benchmark : ndarray of int32, shape (K,)
        Places among the scorer's.
    published : ndarray of datetime64[D], shape (K,)
    standard : ndarray of int8, shape (K,)
        Place of the bounds it is graded by.
    until : ndarray of int32, shape (K,)
        The session, of its exchange, on which it is left at the latest; `NO_END` for none.
    """

    symbol: Places
    benchmark: Places
    published: Days
    standard: Codes
    until: Places

    def __len__(self) -> int:
        return len(self.symbol)

    def take(self, rows: slice | Rows) -> "Asked":
        """Return a part."""
        return Asked(**{each.name: getattr(self, each.name)[rows] for each in fields(self)})


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
        self._rows = self.schedule.rows[self.calendar]
        self.close = self.lay_out(close)
        self._start = self.lay_out(start) if opens else self.close
        traded = np.isfinite(self.close)
        self._begun = np.where(traded.any(axis=1), traded.argmax(axis=1), -1).astype(np.int32)
        self._levels = _Levels(panel, benchmarks, self.schedule, start, close)
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
        if threads == 1 or len(parts) == 1:
            for part in parts:
                self._fill(asked.take(part), found.take(part), *loops)
        else:
            from joblib import Parallel, delayed  # noqa: PLC0415 - only where several work

            Parallel(threads, backend="threading", batch_size=max(1, len(parts) // (8 * threads)))(
                delayed(self._fill)(asked.take(part), found.take(part), *loops) for part in parts
            )
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
        laid = np.empty(self._rows.shape)
        for m, (column, rows) in enumerate(zip(self._columns, self._rows, strict=True)):
            laid[m] = np.where((rows >= 0) & (column >= 0), prices[rows, column], np.nan)
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

    def _fill(self, asked: Asked, found: Measured, enter: Loop, leave: Loop) -> None:
        schedule, days = self.schedule, (asked.published - self.schedule.first).astype(np.int32)
        enter(
            asked.symbol,
            days,
            self.calendar,
            schedule.after,
            schedule.recorded,
            schedule.last,
            self._begun,
            self._start,
            self.close,
            self._convention.entry_delay,
            self._convention.entry == "previous_close",
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
            schedule.ends,
            schedule.recorded,
            schedule.last,
            schedule.told,
            self.close,
            self._levels.at_entry,
            self._levels.at_exit,
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


class _Levels:
    """Of B benchmarks, the level on each session of G exchanges; shape (B, G, S).

    A level is that of the benchmark's own last session on or before the day, if it has one
    there; nothing older is taken in its place. One that it was rolled back to is a close.
    """

    def __init__(
        self,
        panel: Panel,
        benchmarks: Sequence[Symbol],
        schedule: Schedule,
        start: Floats,
        close: Floats,
    ) -> None:
        shape = (len(benchmarks), *schedule.days.shape)
        self.at_entry, self.at_exit = np.full(shape, np.nan), np.full(shape, np.nan)
        self.gone = np.zeros(shape, dtype=np.bool_)
        for b, column in enumerate(panel.columns(map(str, benchmarks))):
            if column < 0:
                continue
            home = schedule.place_of(benchmarks[b].exchange.calendar)
            own, rows = schedule.days[home], schedule.rows[home]
            known = ~np.isnat(own)
            closes = np.where(rows >= 0, close[rows, column], np.nan)
            starts = np.where(rows >= 0, start[rows, column], np.nan)
            traded = np.flatnonzero(np.isfinite(closes))
            if not len(traded):
                continue
            place = np.searchsorted(own[known], schedule.days, side="right") - 1
            there = ~np.isnat(schedule.days) & (place >= 0)
            at = np.where(there, place, 0)
            held = there & np.isfinite(closes[at])
            self.at_exit[b] = np.where(held, closes[at], np.nan)
            level = np.where(own[at] == schedule.days, starts[at], closes[at])
            self.at_entry[b] = np.where(held, level, np.nan)
            self.gone[b] = there & (place > traded[-1])


def _lay_bounds(bounds: Sequence[Sequence[Edge]]) -> Floats:
    """Return the least return of each grade but the worst, shape (Q, E)."""
    laid = np.full((len(bounds), max(map(len, bounds))), np.nan)
    for q, edges in enumerate(bounds):
        laid[q, : len(edges)] = [least_return(edge) for edge in edges]
    return laid
