"""The same questions as the tests on stand-ins, asked of the live sites.

Deselected by default, for the reasons that `test_live_sources` gives. Run them with
``-m network``; the tables of all shares take minutes at a polite pace.
"""

import datetime as dt
import time
from collections.abc import Iterator

import numpy as np
import pytest

from screener.companies.facts import Facts
from screener.sources.clock import Clock
from screener.sources.failover import Fetcher
from screener.sources.vendors import eastmoney, yahoo
from universes import Symbol

pytestmark = [pytest.mark.network, pytest.mark.usefixtures("socket_enabled", "pace")]

JUNE = (dt.date(2024, 6, 3), dt.date(2024, 6, 28))


class _RealClock:
    def seconds(self) -> float:
        return time.monotonic()

    def utc(self) -> np.datetime64:
        return np.datetime64(dt.datetime.now(dt.UTC).replace(tzinfo=None), "s")

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


CLOCK: Clock = _RealClock()


@pytest.fixture
def pace() -> Iterator[None]:
    yield
    time.sleep(2.0)


def latest(facts: Facts, item: str) -> float:
    rows = facts.take(facts.item == item)
    assert len(rows), item
    return float(rows.value[np.argmax(rows.period)])


@pytest.mark.parametrize("symbol", ["300308.SZ", "600519.SH", "601318.SH", "920002.BJ"])
def test_valuations_of_a_mainland_share(symbol: str) -> None:
    facts = eastmoney.fetch_fundamentals(Symbol.parse(symbol), *JUNE, CLOCK.utc()).facts
    assert len(set(facts.period.tolist())) >= 18
    assert 1.0 < latest(facts, "pb") < 50.0
    assert 1e8 < latest(facts, "market_value") < 1e13
    assert 1e6 < latest(facts, "float_shares") < 1e12


def test_valuation_of_a_share_in_hong_kong() -> None:
    facts = eastmoney.fetch_fundamentals(Symbol.parse("0700.HK"), *JUNE, CLOCK.utc()).facts
    assert 5.0 < latest(facts, "pe_ttm") < 60.0
    assert 1e12 < latest(facts, "market_value") < 2e13
    assert 0.001 < latest(facts, "dividend_yield_ttm") < 0.05


def test_valuation_of_a_share_in_the_united_states() -> None:
    facts = yahoo.fetch_fundamentals(Symbol.parse("AAPL.US"), *JUNE, CLOCK.utc()).facts
    assert 5.0 < latest(facts, "pe_ttm") < 100.0
    assert 1e12 < latest(facts, "market_value") < 2e13
    assert 0.001 < latest(facts, "dividend_yield_ttm") < 0.05
    assert 0.1 < latest(facts, "roe_ttm") < 5.0


def test_statements_in_another_currency_than_the_price() -> None:
    gathered = yahoo.fetch_fundamentals(Symbol.parse("0700.HK"), *JUNE, CLOCK.utc())
    assert "pb" not in gathered.facts.item
    assert any("CNY" in remark for remark in gathered.remarks)


def test_buybacks() -> None:
    facts = yahoo.fetch_buybacks(Symbol.parse("AAPL.US"), *JUNE, CLOCK.utc()).facts
    assert 1e10 < latest(facts, "buyback_ttm") < 5e11
    gathered = yahoo.fetch_buybacks(Symbol.parse("0700.HK"), *JUNE, CLOCK.utc())
    assert len(gathered.facts) + len(gathered.remarks) == 1


def test_all_mainland_shares_at_once() -> None:
    answer = Fetcher(CLOCK, seed=0).market_fundamentals(dt.date(2024, 3, 1), dt.date(2024, 4, 30))
    facts = answer.value
    assert answer.missing == ()
    assert len(set(facts.symbol.tolist())) > 5000
    year = facts.take((facts.period == np.datetime64("2023-12-31")) & (facts.item == "roe"))
    moutai = year.take(year.symbol == "600519.SH")
    # 34.19 % by the company's report of 2 April 2024
    assert moutai.value == pytest.approx([0.3419], abs=0.002)
    assert moutai.known[0] >= np.datetime64("2024-04-02")
    growth = facts.value[facts.item == "revenue_growth"]
    assert -0.2 < np.median(growth) < 0.3
    assert (facts.item == "buyback_programme").sum() > 10
