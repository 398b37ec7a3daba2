"""A process that forks an updater for each line it reads, so that a test can kill it mid-way.

Run as a script with the store's address. Each line is a number of sessions; the child fetches
bars of that many sessions from an upstream made here, and commits them. The updater's id is
printed as soon as it runs; nothing is imported in the child, so that kills fall on its work.
"""

import datetime as dt
import os
import sys
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.dataset

from screener.bars import ActionHistory, Bars
from screener.calendar import load_sessions
from screener.sources.failover import Fetcher
from screener.store.store import Store
from screener.tasks.update import Wish, update_store
from universes import Symbol

SYMBOLS = tuple(Symbol.parse(f"{600000 + n}.SH") for n in range(12))
START = dt.date(2024, 1, 2)


def sessions() -> np.ndarray:
    days = load_sessions("XSHG", 2023, 2024).days
    return days[days >= np.datetime64(START)]


class Clock:
    """Time that stands at a session's end and passes only where somebody waits."""

    def __init__(self, day: np.datetime64) -> None:
        self._now = day.astype("datetime64[s]") + np.timedelta64(10, "h")
        self._waited = 0.0

    def seconds(self) -> float:
        return self._waited

    def utc(self) -> np.datetime64:
        return self._now

    def sleep(self, seconds: float) -> None:
        self._waited += seconds


class Adaptor:
    """An upstream that has every session of every share."""

    def serves(self, symbol: Symbol) -> bool:
        return symbol.suffix == "SH"

    def fetch_bars(
        self, symbol: Symbol, start: dt.date, end: dt.date, fetched_at: np.datetime64
    ) -> Bars:
        days = sessions()
        days = days[(days >= np.datetime64(start)) & (days <= np.datetime64(end))]
        close = 10 + 0.01 * np.arange(len(days)) + int(symbol.code) % 100
        volume = np.full(len(days), 1000.0)
        return Bars(
            str(symbol), days, close, close + 0.05, close - 0.05, close, volume, close * volume,
            "CNY", "raw", "eastmoney", fetched_at,
        )  # fmt: skip

    def fetch_actions(
        self, symbol: Symbol, start: dt.date, end: dt.date, fetched_at: np.datetime64
    ) -> ActionHistory:
        first, last = np.datetime64(start), np.datetime64(end)
        return ActionHistory(str(symbol), (), "CNY", "eastmoney", first, last, fetched_at)


class Silent:
    def start(self, total: int) -> None: ...
    def begin(self, symbol: str) -> None: ...
    def end(self, symbol: str, said: str) -> None: ...


def update(address: str, rows: int) -> Any:  # noqa: ANN401
    """Bring the store up to the session of that number."""
    clock = Clock(sessions()[rows - 1])
    fetcher = Fetcher(clock, seed=0, load=lambda _: Adaptor())
    return update_store(Store(address), Wish(SYMBOLS, START), fetcher, clock, Silent())


def main() -> None:
    pa.array([1])
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            sys.stdout.write(f"{os.getpid()}\n")
            sys.stdout.flush()
            update(sys.argv[1], int(line))
            os._exit(0)
        os.waitpid(child, 0)
        sys.stdout.write("over\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
