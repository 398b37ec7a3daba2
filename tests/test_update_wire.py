"""Whole updates over the wire: akshare's own code, a server that stands in for the vendors."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_source_actions import BONUS_PAGE, share_page
from test_source_eastmoney import KLINES as EASTMONEY
from test_source_eastmoney import klines
from test_source_tencent import FIRST_WEEK, day_rows
from test_source_tencent import KLINES as TENCENT
from vendor_server import Asked, Reply, VendorServer, as_json, as_script
from zygote import Clock, Silent

from screener import load_prices
from screener.calendar import load_sessions
from screener.sources.failover import Fetcher
from screener.store.lists import read_actions
from screener.store.series import read_bars
from screener.store.store import Store
from screener.tasks.update import UpdateResult, Wish, update_store
from universes import Symbol

SHARE = Symbol.parse("300308.SZ")
DAYS = load_sessions("XSHG", 2024, 2024).days
DAYS = DAYS[np.datetime64("2024-05-06") <= DAYS][:30]
EX_DATE = 22


def close_on(place: int) -> float:
    """Raw closes: 100.00, 100.10, ... and a fall by four tenths on the ex-date's bonus."""
    return round((100 + 0.1 * place) / (1.4 if place >= EX_DATE else 1.0), 2)


def vendor_rows(last: int) -> list[tuple[str, float, float]]:
    """Day, close, and volume in lots."""
    return [(str(DAYS[n]), close_on(n), 1000.0 + n) for n in range(last)]


def eastmoney_answer(last: int) -> Reply:
    rows = [
        f"{day},{close},{close},{close},{close},{lots:.0f},{lots * 100 * close:.2f},0,0,0,0"
        for day, close, lots in vendor_rows(last)
    ]
    return klines(rows)


def tencent_answer(last: int) -> Reply:
    rows: list[list[Any]] = [
        [day, *[str(close)] * 4, str(lots), {}, "0", f"{lots * 100 * close / 1e4:.4f}", ""]
        for day, close, lots in vendor_rows(last)
    ]
    return day_rows("sz300308", rows)


@pytest.fixture
def vendor(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    socket_enabled: None,  # noqa: ARG001 - lets the server be reached
) -> Iterator[VendorServer]:
    monkeypatch.setenv("SCREENER_HOME", str(tmp_path))
    with VendorServer() as server:
        server.divert(monkeypatch)
        server.on(FIRST_WEEK, as_script('trend_qfq={"data":[["2012-04-13","10.1","1"]]}'))
        server.on(BONUS_PAGE, share_page([], []))
        yield server


def run(last: int) -> UpdateResult:
    clock = Clock(DAYS[last - 1])
    wish = Wish((SHARE,), dt.date(2024, 5, 6))
    return update_store(Store(), wish, Fetcher(clock, seed=0), clock, Silent())


def closes() -> list[float]:
    state = Store().state()
    (entry,) = state.catalog.bars_of(str(SHARE))
    return read_bars(state, [entry])[entry.id].close.tolist()


def test_a_dividend_between_two_updates_leaves_raw_bars_and_moves_both_bases(
    vendor: VendorServer,
) -> None:
    vendor.on(EASTMONEY, eastmoney_answer(20))
    assert run(20).complete
    before = load_prices(["300308.SZ"], source="store").matrix("close", "price")[:20, 0]
    vendor.on(EASTMONEY, eastmoney_answer(26))
    paid = f"2024-06-01,0,4,4.5,实施,{DAYS[EX_DATE]},{DAYS[EX_DATE - 1]},--,查看"
    vendor.on(BONUS_PAGE, share_page([paid], []))
    result = run(26)
    assert [(each.change, each.added) for each in result.outcomes] == [("grown", 6)]
    assert closes() == [close_on(n) for n in range(26)]
    panel = load_prices(["300308.SZ"], source="store")
    previous = close_on(EX_DATE - 1)
    price = panel.matrix("close", "price")[:, 0]
    total = panel.matrix("close", "total")[:, 0]
    # as they were, but for the constant that later shares put on all of them
    np.testing.assert_allclose(price[:20] / before, 1 / 1.4, rtol=1e-12)
    ex_return = close_on(EX_DATE) / (previous / 1.4) - 1
    assert price[EX_DATE] / price[EX_DATE - 1] - 1 == pytest.approx(ex_return)
    ex_return = close_on(EX_DATE) / ((previous - 0.45) / 1.4) - 1
    assert total[EX_DATE] / total[EX_DATE - 1] - 1 == pytest.approx(ex_return)


def test_another_upstream_goes_on_in_the_middle_of_a_series(vendor: VendorServer) -> None:
    vendor.on(EASTMONEY, eastmoney_answer(18))
    run(18)
    vendor.on(EASTMONEY, Reply(b'{"rc":1,"data":null}', 403))
    vendor.on(TENCENT, tencent_answer(21))
    result = run(21)
    assert [(each.change, each.added, each.source) for each in result.outcomes] == [
        ("grown", 3, "eastmoney+tencent")
    ]
    assert closes() == [close_on(n) for n in range(21)]
    said = Store().updates()[-1].provenance["upstreams"]["300308.SZ"]
    assert any("eastmoney" in each and "blocked" in each for each in said)
    assert any("tencent" in each and "answered" in each for each in said)


def test_with_every_upstream_blocked_the_store_stays_and_the_user_is_told(
    vendor: VendorServer,
) -> None:
    vendor.on(EASTMONEY, eastmoney_answer(18))
    run(18)
    vendor.on("", Reply(b"<html>blocked</html>", 200, "text/html"))
    result = run(21)
    assert result.version is None
    assert not result.complete
    for expected in ("eastmoney", "tencent", "sina", "blocked"):
        assert expected in result.failures["300308.SZ"]
    assert len(closes()) == 18


def test_a_share_of_another_level_is_held_back(vendor: VendorServer) -> None:
    vendor.on(EASTMONEY, eastmoney_answer(18))
    run(18)

    def another(asked: Asked) -> Reply:  # noqa: ARG001 - whatever is asked
        rows = [
            f"{day},{price},{price},{price},{price},500,{500 * 100 * price:.2f},0,0,0,0"
            for n, (day, _, _) in enumerate(vendor_rows(21))
            for price in [round(7 + 0.3 * np.sin(n), 2)]
        ]
        return klines(rows)

    vendor.on(EASTMONEY, another)
    (outcome,) = run(21).outcomes
    assert outcome.change == "held"
    errors = [each for each in outcome.findings if each.severity == "error"]
    assert errors
    assert all(each.remedy for each in errors)
    assert len(closes()) == 18


def test_what_actions_are_not_had_is_told_and_the_bars_are_not_served(
    vendor: VendorServer,
) -> None:
    vendor.on(EASTMONEY, eastmoney_answer(18))
    vendor.on(BONUS_PAGE, Reply(b"<html>blocked</html>", 200, "text/html"))
    vendor.on("/api/data/v1/get", as_json({"result": None}))
    result = run(18)
    assert "corporate actions not" in result.failures["300308.SZ"]
    assert len(closes()) == 18
    state = Store().state()
    assert state.catalog.actions_of(str(SHARE)) == []
    vendor.on(BONUS_PAGE, share_page([], []))
    assert run(18).complete
    state = Store().state()
    (listed,) = state.catalog.actions_of(str(SHARE))
    assert read_actions(state, [listed])[listed.id].source == "sina"
