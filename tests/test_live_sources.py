"""The same jobs as the tests on stand-ins, asked of the live sites.

Deselected by default: they need a network, take minutes at a polite pace, and fail where a
vendor has changed its answers, which is what they are for. Run them with ``-m network``.
"""

import datetime as dt
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from screener.bars import Bars
from screener.sources.vendors import csi, eastmoney, exchanges, sina, tencent, yahoo
from universes import Symbol

pytestmark = [pytest.mark.network, pytest.mark.usefixtures("socket_enabled", "pace")]

AT = np.datetime64("2024-07-01T00:00:00")
JUNE = (dt.date(2024, 6, 3), dt.date(2024, 6, 28))
YEARS = (dt.date(2023, 1, 1), dt.date(2024, 12, 31))
# the fewest sessions that any of the exchanges had in that month
SESSIONS = 18


@pytest.fixture
def pace() -> Iterator[None]:
    yield
    time.sleep(2.0)


def name_of(value: object) -> str:
    return str(getattr(value, "SOURCE", value))


def check(bars: Bars, symbol: str, *, closes_only: bool = False) -> None:
    assert bars.symbol == symbol
    assert len(bars) >= SESSIONS
    assert (np.diff(bars.dates) > np.timedelta64(0)).all()
    assert bars.dates[0] >= np.datetime64(JUNE[0])
    assert bars.dates[-1] <= np.datetime64(JUNE[1])
    assert (bars.close > 0).all()
    if not closes_only:
        assert (bars.low <= bars.close).all()
        assert (bars.close <= bars.high).all()


@pytest.mark.parametrize(
    ("source", "symbol"),
    [
        *((source, "300308.SZ") for source in (eastmoney, tencent, sina, yahoo)),
        *((source, "000001.SZ") for source in (eastmoney, tencent, sina, yahoo)),
        *((source, "600519.SH") for source in (eastmoney, tencent, sina, yahoo)),
        *((source, "688981.SH") for source in (eastmoney, tencent, sina, yahoo)),
        *((source, "920002.BJ") for source in (eastmoney, tencent, sina)),
        *((source, "0700.HK") for source in (eastmoney, tencent, sina, yahoo)),
        (yahoo, "AAPL.US"),
    ],
    ids=name_of,
)
def test_share(source: Any, symbol: str) -> None:  # noqa: ANN401 - a module
    bars = source.fetch_bars(Symbol.parse(symbol), *JUNE, AT)
    check(bars, symbol)
    if not np.isnan(bars.volume).all():
        assert (bars.volume > 0).all()
        # the largest of them trade less than a billion shares a day, and none a few lots
        assert (bars.volume > 10_000).all()
        assert (bars.volume < 1e9).all()


@pytest.mark.parametrize(
    ("source", "symbol", "close"),
    [
        (eastmoney, "000300.SH", 3541.53),
        (sina, "000300.SH", 3541.53),
        (csi, "000300.SH", 3541.53),
        (yahoo, "000300.SH", 3541.53),
        (eastmoney, "HSI.HK", 17941.78),
        (sina, "HSI.HK", 17941.78),
        (yahoo, "HSI.HK", 17941.78),
        (yahoo, "SPX.US", 5431.60),
        (sina, "SPX.US", 5431.60),
        (eastmoney, "SPX.US", 5431.60),
        (yahoo, "IXIC.US", None),
        (sina, "IXIC.US", None),
        (eastmoney, "930713.CSI", 2596.33),
        (csi, "930713.CSI", 2596.33),
        (eastmoney, "931160.CSI", 6067.54),
        (eastmoney, "H00300.CSI", None),
        (csi, "H00300.CSI", None),
        (eastmoney, "899050.BJ", None),
        (eastmoney, "899001.NQ", None),
        (eastmoney, "899002.NQ", None),
    ],
    ids=name_of,
)
def test_index(source: Any, symbol: str, close: float | None) -> None:  # noqa: ANN401 - a module
    bars = source.fetch_bars(Symbol.parse(symbol), *JUNE, AT)
    check(bars, symbol, closes_only=symbol == "H00300.CSI")
    if close:
        known = bars.between(np.datetime64("2024-06-14"), np.datetime64("2024-06-14"))
        assert known.close == pytest.approx([close], abs=0.011)


@pytest.mark.parametrize("source", [eastmoney, sina, yahoo], ids=name_of)
@pytest.mark.parametrize(("code", "about"), [("HKDCNY", 0.93), ("USDCNY", 7.2)])
def test_currency(source: Any, code: str, about: float) -> None:  # noqa: ANN401 - a module
    bars = source.fetch_bars(Symbol(code, "FX"), *JUNE, AT)
    check(bars, f"{code}.FX", closes_only=True)
    np.testing.assert_allclose(bars.close, about, rtol=0.03)


@pytest.mark.parametrize(
    ("source", "symbol"),
    [
        (eastmoney, "600519.SH"),
        (eastmoney, "300308.SZ"),
        (eastmoney, "0700.HK"),
        (sina, "600519.SH"),
        (sina, "300308.SZ"),
        (yahoo, "600519.SH"),
        (yahoo, "0700.HK"),
        (yahoo, "AAPL.US"),
    ],
    ids=name_of,
)
def test_actions(source: Any, symbol: str) -> None:  # noqa: ANN401 - a module
    history = source.fetch_actions(Symbol.parse(symbol), *YEARS, AT)
    assert len(history.actions) >= 2
    assert all(each.cash >= 0 for each in history.actions)
    days = [each.ex_date for each in history.actions]
    assert days == sorted(set(days))
    assert str(YEARS[0]) <= days[0]
    assert days[-1] <= str(YEARS[1])


def test_dividend_of_one_day_by_three_vendors() -> None:
    paid = {
        each.SOURCE: next(
            action.cash
            for action in each.fetch_actions(Symbol.parse("600519.SH"), *YEARS, AT).actions
            if action.ex_date == "2024-06-19"
        )
        for each in (eastmoney, sina, yahoo)
    }
    assert paid == pytest.approx(dict.fromkeys(paid, 30.876), rel=1e-4)


@pytest.mark.parametrize(
    ("source", "suffix", "symbol", "fewest"),
    [
        (exchanges, "SH", "600519.SH", 2000),
        (exchanges, "SZ", "000001.SZ", 2500),
        (exchanges, "BJ", "920002.BJ", 200),
        (eastmoney, "HK", "0700.HK", 2000),
        (sina, "HK", "0700.HK", 2000),
    ],
    ids=name_of,
)
def test_listing(source: Any, suffix: str, symbol: str, fewest: int) -> None:  # noqa: ANN401
    listed = source.fetch_listing(suffix)
    assert listed[symbol]
    assert len(listed) >= fewest


def test_sessions() -> None:
    days = sina.fetch_sessions("XSHG")
    assert days[0] == np.datetime64("1990-12-19")
    assert (np.diff(days) > np.timedelta64(0)).all()
    june = days[(days >= np.datetime64("2024-06-07")) & (days <= np.datetime64("2024-06-14"))]
    # 10 June was a holiday
    assert june.astype(str).tolist() == [
        "2024-06-07",
        "2024-06-11",
        "2024-06-12",
        "2024-06-13",
        "2024-06-14",
    ]
