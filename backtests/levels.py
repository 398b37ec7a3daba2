"""The levels of benchmarks on the sessions of the exchanges that are set against them."""

from collections.abc import Sequence

import numpy as np

from backtests.schedule import Schedule
from screener import Panel
from screener.panel import Floats
from universes import Symbol


class Levels:
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
