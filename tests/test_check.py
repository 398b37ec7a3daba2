"""The check of what is kept: by the rules, and against a second source."""

import dataclasses
import datetime as dt
from pathlib import Path

import numpy as np
import pytest
from test_quality import scaled, walk
from test_serve import fill
from zygote import Clock, Silent

from screener.bars import ActionHistory, Bars
from screener.panel import CorporateAction
from screener.quality.finding import Finding
from screener.sources.errors import BlockedError
from screener.sources.failover import Fetcher
from screener.store.store import Store
from screener.tasks.check import check_against, check_store
from universes import InputError, Symbol

NOW = np.datetime64("2024-07-01T10:00:00", "s")


class Second:
    """A second source that says what it is told to say."""

    def __init__(self, bars: Bars | None) -> None:
        self.bars = bars

    def serves(self, symbol: Symbol) -> bool:
        return symbol.suffix == "SH"

    def fetch_bars(
        self, symbol: Symbol, start: dt.date, end: dt.date, fetched_at: np.datetime64
    ) -> Bars:
        if self.bars is None:
            raise BlockedError("yahoo", "403")
        assert str(symbol) == self.bars.symbol
        bars = self.bars.between(np.datetime64(start), np.datetime64(end))
        return dataclasses.replace(bars, source="yahoo", fetched_at=fetched_at)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store"))


def against(store: Store, second: Bars | None) -> tuple[int, list[Finding]]:
    clock = Clock(np.datetime64("2024-07-01"))
    fetcher = Fetcher(clock, seed=0, load=lambda _: Second(second))
    return check_against(store.state(), ["600519"], fetcher, "yahoo", Silent())


def with_bonus() -> tuple[Bars, ActionHistory, Bars]:
    """Raw bars with a bonus of one for one in the middle, its history, and the adjusted bars."""
    adjusted = dataclasses.replace(walk(), basis="split_adjusted")
    raw = dataclasses.replace(scaled(adjusted, slice(0, 100), 2.0), basis="raw")
    bonus = CorporateAction("600519.SH", str(raw.dates[100]), 0.0, 1.0, "high")
    told = ActionHistory("600519.SH", (bonus,), "CNY", "sina", raw.dates[0], raw.dates[-1], NOW)
    return raw, told, adjusted


def test_a_second_source_that_agrees_is_told_nothing_of(store: Store) -> None:
    raw, told, adjusted = with_bonus()
    fill(store, [raw], [told])
    assert against(store, adjusted) == (1, [])
    assert against(store, dataclasses.replace(raw, source="yahoo")) == (1, [])


def test_a_second_source_that_disagrees_is_told_with_both_values(store: Store) -> None:
    raw, told, adjusted = with_bonus()
    fill(store, [raw], [told])
    wrong = scaled(adjusted, slice(150, 151), 1.02)
    checked, (finding,) = against(store, wrong)
    assert checked == 1
    assert finding.code == "revised_rows"
    assert f"{adjusted.close[150]:g}" in finding.message
    assert f"{wrong.close[150]:g}" in finding.message


def test_what_cannot_be_compared_is_told(store: Store) -> None:
    raw, _, adjusted = with_bonus()
    fill(store, [raw])
    checked, (finding,) = against(store, adjusted)
    assert (checked, finding.code) == (0, "not_compared")
    assert "corporate actions" in finding.message
    checked, (finding,) = against(store, None)
    assert (checked, finding.code) == (0, "not_compared")
    assert "403" in finding.message


def test_the_rules_run_on_what_is_kept(store: Store) -> None:
    bars = walk()
    doubtful = dataclasses.replace(bars, open=bars.high + 1)
    fill(store, [doubtful])
    checked, found = check_store(store.state(), None, NOW)
    assert checked == 1
    assert "close_outside_range" in {each.code for each in found}
    assert check_store(store.state(), ["600519"], NOW)[0] == 1
    with pytest.raises(InputError, match=r"the store has no 0700\.HK"):
        check_store(store.state(), ["0700.HK"], NOW)


def test_an_upstream_without_such_securities_is_told(store: Store) -> None:
    raw, told, _ = with_bonus()
    fill(store, [raw], [told])
    clock = Clock(np.datetime64("2024-07-01"))
    fetcher = Fetcher(clock, seed=0)
    with pytest.raises(InputError, match="unknown upstream"):
        check_against(store.state(), ["600519"], fetcher, "bloomberg", Silent())
