"""The windows in which calls were held, and the shares that could have been held instead."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backtests.evidence.controls.population import compared_by
from backtests.kernel import Rows
from backtests.schedule import Codes, Places
from screener.calendar import Days
from screener.companies.membership import SectorTables
from universes import RatingScale, Symbol


@dataclass(frozen=True, eq=False)
class Held:
    """When and where n calls were held over one horizon.

    Attributes
    ----------
    symbol : ndarray of int, shape (n,)
        Place among the symbols.
    benchmark : ndarray of int, shape (n,)
        Place among the benchmarks.
    standard : ndarray of int, shape (n,)
        Place among the standards, which say which shares have that benchmark.
    published : ndarray of datetime64[D], shape (n,)
    entry_day : ndarray of datetime64[D], shape (n,)
    closed_on : ndarray of datetime64[D], shape (n,)
        The day that closed it where it is left before the horizon's end for that; otherwise NaT.
    """

    symbol: Places
    benchmark: Places
    standard: Codes
    published: Days
    entry_day: Days
    closed_on: Days


@dataclass(frozen=True, eq=False)
class Window:
    """One span of sessions over which all shares of a market are scored alike.

    Attributes
    ----------
    members : ndarray of int32, shape (M,)
        Places among the shares, by sector.
    sectors : ndarray of int, shape (M,)
        Ascending.
    known : int
        Numbers from here on stand for no sector.
    benchmark : int
    entry_day : datetime64[D]
    closed_on : datetime64[D]
    """

    members: Places
    sectors: Rows
    known: int
    benchmark: int
    entry_day: np.datetime64
    closed_on: np.datetime64


class Listing:
    """Which shares are compared with one another, and the sectors of each day."""

    def __init__(
        self,
        shares: Sequence[Symbol],
        standards: Sequence[RatingScale],
        benchmarks: Sequence[tuple[Symbol, Symbol]],
        sectors: SectorTables,
    ) -> None:
        self._shares, self._tables = shares, sectors
        self._names = [str(each) for each in shares]
        self._place = {each: n for n, each in enumerate(shares)}
        self._against = [
            np.array([compared_by(each, scale) for each in shares]) for scale in standards
        ]
        self._calendar = np.array([each.exchange.calendar for each in shares])
        self._benchmarks = benchmarks
        self._days: dict[np.datetime64, tuple[Rows, int]] = {}
        self._orders: dict[tuple[bytes, np.datetime64], tuple[Places, Rows]] = {}

    def find_windows(
        self, held: Held, symbols: Sequence[Symbol]
    ) -> tuple[list[Window], Rows, Rows]:
        """Return the windows, that of each call, and the call's sector in it."""
        groups, group = self._find_members(held, symbols)
        days = (held.published, held.entry_day, held.closed_on)
        keys = np.rec.fromarrays([group, *(each.astype(np.int64) for each in days)])
        _, first, window = np.unique(keys, return_index=True, return_inverse=True)
        windows = []
        for k in first.tolist():
            day = held.published[k]
            windows.append(
                Window(
                    *self._order(groups[group[k]], day),
                    self._sectors_on(day)[1],
                    int(held.benchmark[k]),
                    held.entry_day[k],
                    held.closed_on[k],
                )
            )
        own = np.array([self._place.get(each, -1) for each in symbols], dtype=np.intp)[held.symbol]
        sector = np.empty(len(own), dtype=np.intp)
        for day in np.unique(held.published):
            mine = held.published == day
            sector[mine] = self._sectors_on(day)[0][own[mine]]
        return windows, window, sector

    def _find_members(self, held: Held, symbols: Sequence[Symbol]) -> tuple[list[Rows], Rows]:
        """Return sets of shares, and the number of each call's; two are never the same."""
        calendars = np.array([each.exchange.calendar for each in symbols])[held.symbol]
        keys = np.rec.fromarrays([held.standard, held.benchmark, calendars])
        _, first, which = np.unique(keys, return_index=True, return_inverse=True)
        found: dict[tuple[int, bytes], int] = {}
        groups: list[Rows] = []
        number = []
        for k in first.tolist():
            named = str(self._benchmarks[held.benchmark[k]][0])
            same = self._against[held.standard[k]] == named
            members = np.flatnonzero(same & (self._calendar == calendars[k]))
            key = (int(held.benchmark[k]), members.tobytes())
            if key not in found:
                found[key] = len(groups)
                groups.append(members)
            number.append(found[key])
        return groups, np.array(number, dtype=np.intp)[which]

    def _order(self, members: Rows, day: np.datetime64) -> tuple[Places, Rows]:
        key = (members.tobytes(), day)
        if key not in self._orders:
            sector = self._sectors_on(day)[0][members]
            order = np.argsort(sector, kind="stable")
            self._orders[key] = members[order].astype(np.int32), sector[order]
        return self._orders[key]

    def _sectors_on(self, day: np.datetime64) -> tuple[Rows, int]:
        """Return the number of each share's sector, and the one that stands for none."""
        if day not in self._days:
            told = self._tables.at(self._names, day.astype(dt.date)).sector
            known = sorted({each for each in told if each is not None})
            place = {each: n for n, each in enumerate(known)}
            numbers = [len(known) if each is None else place[each] for each in told]
            self._days[day] = np.array(numbers, dtype=np.intp), len(known)
        return self._days[day]
