"""A clock that only moves when slept on, and upstreams that do as they are told."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from screener.bars import ActionHistory, Bars
from screener.calendar import Days
from screener.sources.failover import Fetcher
from screener.sources.plan import Plan, load_plan
from universes import Symbol

START = dt.date(2024, 6, 3)
END = dt.date(2024, 6, 28)
MIDNIGHT = np.datetime64("2024-07-01T00:00:00")
MINUTE = 60.0
NAMED = {"SZ": "300308.SZ", "HK": "0700.HK"}


class FakeClock:
    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def seconds(self) -> float:
        return self.now

    def utc(self) -> np.datetime64:
        return MIDNIGHT + np.timedelta64(int(self.now - 1000.0), "s")

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@dataclass(frozen=True)
class Call:
    job: str
    asked: str
    began: float
    ended: float
    outcome: str


def make_bars(symbol: Symbol, day: dt.date, source: str, at: np.datetime64) -> Bars:
    row = np.array([10.0])
    return Bars(
        symbol=str(symbol),
        dates=np.array([day], dtype="datetime64[D]"),
        open=row,
        high=row,
        low=row,
        close=row,
        volume=row,
        amount=row,
        currency="CNY",
        basis="raw",
        source=source,
        fetched_at=at,
    )


class FakeAdaptor:
    """Answers what it is asked, unless `script` or `always` names an error to raise."""

    def __init__(self, name: str, clock: FakeClock) -> None:
        self.name = name
        self.clock = clock
        self.calls: list[Call] = []
        self.script: dict[str, list[type[Exception] | None]] = defaultdict(list)
        self.always: type[Exception] | None = None
        self.unserved: set[str] = set()
        self.takes = 0.25

    @property
    def asked(self) -> list[str]:
        return [call.asked for call in self.calls]

    def serves(self, symbol: Symbol) -> bool:
        return str(symbol) not in self.unserved

    def _call(self, job: str, asked: str) -> None:
        began = self.clock.now
        self.clock.now += self.takes
        left = self.script[asked]
        error = left.pop(0) if left else self.always
        outcome = error.__name__ if error else "answered"
        self.calls.append(Call(job, asked, began, self.clock.now, outcome))
        if error:
            raise error(self.name, "as told")  # type: ignore[call-arg]

    def fetch_bars(
        self, symbol: Symbol, start: dt.date, end: dt.date, fetched_at: np.datetime64
    ) -> Bars:
        assert start <= end
        self._call("bars", str(symbol))
        return make_bars(symbol, end, self.name, fetched_at)

    def fetch_actions(
        self, symbol: Symbol, start: dt.date, end: dt.date, fetched_at: np.datetime64
    ) -> ActionHistory:
        self._call("actions", str(symbol))
        covered = (np.datetime64(start), np.datetime64(end))
        return ActionHistory(str(symbol), (), "CNY", self.name, *covered, fetched_at)

    def fetch_listing(self, suffix: str) -> dict[str, str]:
        self._call("listing", suffix)
        return {NAMED[suffix]: "名称"}

    def fetch_sessions(self, calendar: str) -> Days:
        self._call("sessions", calendar)
        return np.array(["2024-06-03", "2024-06-04"], dtype="datetime64[D]")


class World:
    """A fetcher among fakes."""

    def __init__(self, seed: int = 7, plan: Plan | None = None) -> None:
        self.plan = plan or load_plan()
        self.clock = FakeClock()
        self.adaptors = {name: FakeAdaptor(name, self.clock) for name in self.plan.limits}
        self.loaded: list[str] = []
        self.fetcher = Fetcher(self.clock, seed, self.plan, self._load)

    def _load(self, name: str) -> FakeAdaptor:
        self.loaded.append(name)
        return self.adaptors[name]

    def __getitem__(self, name: str) -> FakeAdaptor:
        return self.adaptors[name]

    def source_of(self, symbol: str) -> str:
        return self.fetcher.bars(Symbol.parse(symbol), START, END).value.source
