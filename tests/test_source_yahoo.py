"""Yahoo's adaptor on yfinance's own code and transport, against a stand-in for the site."""

import datetime as dt
import logging
from collections.abc import Callable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import yfinance
import yfinance.base
import yfinance.data
import yfinance.scrapers.history
from vendor_server import FAULTS, IMPATIENT, Reply, VendorServer, as_json

from screener.panel import CorporateAction
from screener.sources.errors import (
    BlockedError,
    EmptyError,
    SchemaChangedError,
    SourceError,
    TransportError,
)
from screener.sources.vendors import guard, yahoo
from universes import Symbol

AT = np.datetime64("2024-06-20T12:00:00")
JUNE = (dt.date(2024, 6, 12), dt.date(2024, 6, 14))
TENCENT = Symbol.parse("0700.HK")
ZONES = {"HKD": "Asia/Hong_Kong", "CNY": "Asia/Shanghai", "USD": "America/New_York"}
# ISO date, open, high, low, close, volume
Row = tuple[str, float | None, float | None, float | None, float | None, int | None]
ROWS: list[Row] = [
    ("2024-06-12", 375.0, 380.0, 374.0, 378.0, 15_000_000),
    ("2024-06-13", 378.0, 381.0, 376.0, 380.0, 16_000_000),
    ("2024-06-14", 377.0, 378.0, 371.0, 372.0, 17_000_000),
]


@pytest.fixture
def vendor(
    monkeypatch: pytest.MonkeyPatch,
    socket_enabled: None,  # noqa: ARG001 - lets the server be reached
) -> Iterator[VendorServer]:
    with VendorServer() as server:
        for module in (yfinance.scrapers.history, yfinance.base):
            monkeypatch.setattr(module, "_BASE_URL_", server.address)
        monkeypatch.setattr(
            yfinance.data.YfData, "_get_cookie_and_crumb", lambda *_: (None, "basic")
        )
        yield server


def at_open(day: str, zone: str) -> int:
    opens = dt.time(0) if zone == "Europe/London" else dt.time(9, 30)
    moment = dt.datetime.combine(dt.date.fromisoformat(day), opens, ZoneInfo(zone))
    return int(moment.timestamp())


def chart(
    rows: list[Row],
    *,
    currency: str = "HKD",
    zone: str = "",
    dividends: dict[str, Any] | None = None,
    splits: dict[str, tuple[int, int]] | None = None,
) -> Reply:
    zone = zone or ZONES[currency]
    events: dict[str, dict[str, Any]] = {"dividends": {}, "splits": {}}
    for day, paid in (dividends or {}).items():
        at = at_open(day, zone)
        events["dividends"][str(at)] = {"amount": paid, "date": at}
    for day, (numerator, denominator) in (splits or {}).items():
        at = at_open(day, zone)
        ratio = {"numerator": numerator, "denominator": denominator}
        events["splits"][str(at)] = {"date": at, **ratio}
    columns = list(zip(*rows, strict=True)) or [()] * 6
    names = ("open", "high", "low", "close", "volume")
    quote = dict(zip(names, map(list, columns[1:]), strict=True))
    result = {
        "meta": {
            "currency": currency,
            "instrumentType": "EQUITY",
            "exchangeTimezoneName": zone,
            "priceHint": 3,
            "validRanges": ["1mo", "max"],
        },
        "timestamp": [at_open(day, zone) for day in columns[0]],
        "events": events,
        "indicators": {"quote": [quote], "adjclose": [{"adjclose": quote["close"]}]},
    }
    return as_json({"chart": {"error": None, "result": [result]}})


def refusal(status: int, reason: str) -> Reply:
    said = as_json({"chart": {"result": None, "error": {"code": "x", "description": reason}}})
    return Reply(said.body, status)


def test_share(vendor: VendorServer) -> None:
    vendor.on("/v8/finance/chart/0700.HK", chart(ROWS))
    bars = yahoo.fetch_bars(TENCENT, *JUNE, AT)
    assert (bars.symbol, bars.currency, bars.basis, bars.source) == (
        "0700.HK",
        "HKD",
        "split_adjusted",
        "yahoo",
    )
    np.testing.assert_array_equal(
        bars.dates.astype(str), ["2024-06-12", "2024-06-13", "2024-06-14"]
    )
    np.testing.assert_array_equal(bars.open, [375.0, 378.0, 377.0])
    np.testing.assert_array_equal(bars.high, [380.0, 381.0, 378.0])
    np.testing.assert_array_equal(bars.low, [374.0, 376.0, 371.0])
    np.testing.assert_array_equal(bars.close, [378.0, 380.0, 372.0])
    np.testing.assert_array_equal(bars.volume, [15e6, 16e6, 17e6])
    assert np.isnan(bars.amount).all()
    # one request: the time zone need not be asked for
    asked = vendor.asked[0].query
    assert len(vendor.asked) == 1
    zone = ZoneInfo("Asia/Hong_Kong")
    first, after = (dt.datetime.fromtimestamp(int(asked[n]), zone) for n in ("period1", "period2"))
    assert first == dt.datetime(2024, 6, 12, tzinfo=zone)
    assert after == dt.datetime(2024, 6, 15, tzinfo=zone)


@pytest.mark.parametrize(
    ("symbol", "ticker", "currency"),
    [
        ("600519.SH", "600519.SS", "CNY"),
        ("300308.SZ", "300308.SZ", "CNY"),
        ("AAPL.US", "AAPL", "USD"),
        ("BRK-B.US", "BRK-B", "USD"),
    ],
)
def test_other_share(vendor: VendorServer, symbol: str, ticker: str, currency: str) -> None:
    vendor.on(f"/chart/{ticker}?", chart(ROWS, currency=currency))
    bars = yahoo.fetch_bars(Symbol.parse(symbol), *JUNE, AT)
    assert (bars.symbol, bars.currency, len(bars)) == (symbol, currency, 3)


@pytest.mark.parametrize(
    ("symbol", "ticker", "currency"),
    [
        ("000300.SH", "000300.SS", "CNY"),
        ("HSI.HK", "%5EHSI", "HKD"),
        ("SPX.US", "%5EGSPC", "USD"),
        ("IXIC.US", "%5EIXIC", "USD"),
    ],
)
def test_index(vendor: VendorServer, symbol: str, ticker: str, currency: str) -> None:
    vendor.on("/chart/", chart(ROWS, currency=currency))
    bars = yahoo.fetch_bars(Symbol.parse(symbol), *JUNE, AT)
    assert vendor.asked[0].path.replace("^", "%5E").endswith(ticker)
    np.testing.assert_array_equal(bars.close, [378.0, 380.0, 372.0])
    assert np.isnan(bars.volume).all()


def test_currency(vendor: VendorServer) -> None:
    rows: list[Row] = [("2024-06-14", 0.928, 0.930, 0.927, 0.929, 0)]
    vendor.on("/chart/", chart(rows, currency="CNY", zone="Europe/London"))
    bars = yahoo.fetch_bars(Symbol("HKDCNY", "FX"), *JUNE, AT)
    assert vendor.asked[0].path.endswith("/HKDCNY=X")
    assert (bars.dates.astype(str).tolist(), bars.close.tolist()) == (["2024-06-14"], [0.929])
    assert bars.currency == "CNY"


@pytest.mark.parametrize(("change", "error"), FAULTS)
def test_fault(
    vendor: VendorServer,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Reply], Reply],
    error: type[SourceError],
) -> None:
    monkeypatch.setattr(guard, "TIMEOUT", IMPATIENT)
    vendor.on("/chart/", change(chart(ROWS)))
    for fetch in (yahoo.fetch_bars, yahoo.fetch_actions):
        with pytest.raises(error, match=r"^yahoo: ") as caught:
            fetch(TENCENT, *JUNE, AT)
        assert type(caught.value) is error


def test_an_error_is_not_remembered(vendor: VendorServer) -> None:
    vendor.on("/chart/", Reply(b'{"chart":null}', 403))
    with pytest.raises(BlockedError):
        yahoo.fetch_bars(TENCENT, *JUNE, AT)
    vendor.on("/chart/", chart(ROWS))
    assert len(yahoo.fetch_bars(TENCENT, *JUNE, AT)) == 3


def test_nothing(vendor: VendorServer) -> None:
    delisted = "No data found, symbol may be delisted"
    too_early = "Data doesn't exist for startDate = 1, endDate = 2"
    for status, reason in ((404, delisted), (400, too_early), (200, delisted)):
        vendor.on("/chart/", refusal(status, reason))
        with pytest.raises(EmptyError, match=reason):
            yahoo.fetch_bars(TENCENT, *JUNE, AT)


def test_days_without_a_bar(vendor: VendorServer) -> None:
    empty = {"quote": [{}], "adjclose": [{}]}
    meta = {"currency": "HKD", "instrumentType": "EQUITY", "exchangeTimezoneName": "Asia/Hong_Kong"}
    result = {"meta": meta | {"validRanges": ["max"]}, "indicators": empty}
    vendor.on("/chart/", as_json({"chart": {"error": None, "result": [result]}}))
    with pytest.raises(EmptyError):
        yahoo.fetch_bars(TENCENT, dt.date(2024, 6, 8), dt.date(2024, 6, 9), AT)


def test_site_that_is_down(vendor: VendorServer) -> None:
    vendor.on("/chart/", Reply(b'{"said": "Will be right back"}'))
    with pytest.raises(TransportError, match="DOWN"):
        yahoo.fetch_bars(TENCENT, *JUNE, AT)


def swap(reply: Reply, one: str, other: str) -> Reply:
    held = b"\x00"
    body = reply.body.replace(one.encode(), held).replace(other.encode(), one.encode())
    return Reply(body.replace(held, other.encode()))


def test_one_more_column_is_no_matter_as_all_have_names(vendor: VendorServer) -> None:
    good = chart(ROWS)
    vendor.on("/chart/", Reply(good.body.replace(b'"open":', b'"vwap": [1, 2, 3], "open":')))
    assert len(yahoo.fetch_bars(TENCENT, *JUNE, AT)) == 3


@pytest.mark.parametrize("other", ["low", "close"])
def test_columns_under_each_others_names(vendor: VendorServer, other: str) -> None:
    vendor.on("/chart/", swap(chart(ROWS), '"high"', f'"{other}"'))
    with pytest.raises(SchemaChangedError, match="columns look shuffled"):
        yahoo.fetch_bars(TENCENT, *JUNE, AT)


@pytest.mark.parametrize("name", ["close", "volume", "timestamp", "meta", "currency"])
def test_another_layout(vendor: VendorServer, name: str) -> None:
    vendor.on("/chart/", Reply(chart(ROWS).body.replace(f'"{name}"'.encode(), b'"new"')))
    with pytest.raises(SchemaChangedError):
        yahoo.fetch_bars(TENCENT, *JUNE, AT)


def test_another_currency_is_refused(vendor: VendorServer) -> None:
    vendor.on("/chart/", chart(ROWS, currency="CNY", zone="Asia/Hong_Kong"))
    with pytest.raises(SchemaChangedError, match="quoted in CNY, not in HKD"):
        yahoo.fetch_bars(TENCENT, *JUNE, AT)


def test_bar_of_a_running_session_is_given_as_it_is(vendor: VendorServer) -> None:
    running: Row = ("2024-06-20", 372.0, 373.0, 371.0, 371.5, 900_000)
    vendor.on("/chart/", chart([*ROWS, running]))
    bars = yahoo.fetch_bars(TENCENT, JUNE[0], dt.date(2024, 6, 20), AT)
    assert (bars.dates[-1], bars.close[-1]) == (np.datetime64("2024-06-20"), 371.5)


def test_empty_bar_at_the_end_is_left_out_and_a_partly_empty_one_is_not(
    vendor: VendorServer,
) -> None:
    empty: Row = ("2024-06-14", None, None, None, None, None)
    vendor.on("/chart/", chart([*ROWS[:2], empty], dividends={"2024-06-14": 1.0}))
    assert len(yahoo.fetch_bars(TENCENT, *JUNE, AT)) == 2
    partly: Row = ("2024-06-14", None, None, None, 372.0, None)
    vendor.on("/chart/", chart([*ROWS[:2], partly]))
    bars = yahoo.fetch_bars(TENCENT, *JUNE, AT)
    assert (len(bars), bars.close[-1]) == (3, 372.0)
    assert np.isnan(bars.open[-1])


def test_volume_that_is_missing_is_not_zero(vendor: VendorServer) -> None:
    untold: Row = ("2024-06-14", 377.0, 378.0, 371.0, 372.0, None)
    untraded: Row = ("2024-06-13", 378.0, 378.0, 378.0, 378.0, 0)
    vendor.on("/chart/", chart([ROWS[0], untraded, untold]))
    np.testing.assert_array_equal(yahoo.fetch_bars(TENCENT, *JUNE, AT).volume, [15e6, 0.0, np.nan])


def test_dividend_between_two_updates_leaves_the_closes_as_they_were(
    vendor: VendorServer,
) -> None:
    vendor.on("/chart/", chart(ROWS[:2]))
    before = yahoo.fetch_bars(TENCENT, *JUNE, AT)
    paid = chart(ROWS, dividends={"2024-06-14": 3.4})
    # the site's own adjusted closes change with it, by 3.4 on 380
    adjusted = [378.0 * (1 - 3.4 / 380), 380.0 * (1 - 3.4 / 380), 372.0]
    told = f'"adjclose": [{{"adjclose": {adjusted}}}]'.encode()
    start = paid.body.index(b'"adjclose"')
    vendor.on("/chart/", Reply(paid.body[:start] + told + b"}}]}}"))
    after = yahoo.fetch_bars(TENCENT, *JUNE, AT)
    np.testing.assert_array_equal(after.close[:2], before.close)
    assert after.close[2] == 372.0


def test_split_between_two_updates_restates_the_whole_history(vendor: VendorServer) -> None:
    vendor.on("/chart/", chart(ROWS[:2]))
    before = yahoo.fetch_bars(TENCENT, *JUNE, AT)
    restated: list[Row] = [
        ("2024-06-12", 75.0, 76.0, 74.8, 75.6, 75_000_000),
        ("2024-06-13", 75.6, 76.2, 75.2, 76.0, 80_000_000),
        ("2024-06-14", 75.4, 75.6, 74.2, 74.4, 85_000_000),
    ]
    vendor.on("/chart/", chart(restated, splits={"2024-06-14": (5, 1)}))
    # the same days again: what yfinance kept of them is out of date
    again = yahoo.fetch_bars(TENCENT, *JUNE, AT)
    np.testing.assert_allclose(again.close[:2], before.close / 5, rtol=1e-12)
    np.testing.assert_allclose(again.volume[:2], before.volume * 5, rtol=1e-12)
    assert again.basis == "split_adjusted"


def test_actions(vendor: VendorServer) -> None:
    vendor.on(
        "/chart/",
        chart(
            ROWS,
            dividends={"2024-06-13": 0.68, "2024-06-14": 1.0},
            splits={"2024-06-12": (5, 1), "2024-06-14": (1, 10)},
        ),
    )
    history = yahoo.fetch_actions(TENCENT, *JUNE, AT)
    assert history.actions == (
        CorporateAction("0700.HK", "2024-06-12", 0.0, 4.0, "medium"),
        CorporateAction("0700.HK", "2024-06-13", 0.68, 0.0, "medium"),
        CorporateAction("0700.HK", "2024-06-14", 1.0, -0.9, "medium"),
    )
    assert (history.currency, history.source, history.fetched_at) == ("HKD", "yahoo", AT)
    assert (history.since, history.until) == (np.datetime64(JUNE[0]), np.datetime64(JUNE[1]))


def test_no_actions(vendor: VendorServer) -> None:
    vendor.on("/chart/", chart(ROWS))
    assert yahoo.fetch_actions(TENCENT, *JUNE, AT).actions == ()


def test_dividend_in_another_currency_stays_visible(vendor: VendorServer) -> None:
    good = chart(ROWS, dividends={"2024-06-13": 0.1})
    in_usd = good.body.replace(b'"amount": 0.1', b'"amount": 0.1, "currency": "USD"')
    vendor.on("/chart/", Reply(in_usd))
    history = yahoo.fetch_actions(TENCENT, *JUNE, AT)
    assert (history.currency, history.actions[0].cash) == ("USD", 0.1)
    two = chart(ROWS, dividends={"2024-06-13": 0.1, "2024-06-14": 0.2})
    vendor.on(
        "/chart/", Reply(two.body.replace(b'"amount": 0.1', b'"currency": "USD", "amount": 1'))
    )
    with pytest.raises(SchemaChangedError, match="HKD"):
        yahoo.fetch_actions(TENCENT, *JUNE, AT)


def test_event_laid_out_anew(vendor: VendorServer) -> None:
    good = chart(ROWS, splits={"2024-06-13": (5, 1)})
    vendor.on("/chart/", Reply(good.body.replace(b"numerator", b"top")))
    with pytest.raises(SchemaChangedError):
        yahoo.fetch_actions(TENCENT, *JUNE, AT)


def test_serves() -> None:
    served = ["600519.SH", "300308.SZ", "0700.HK", "AAPL.US", "000300.SH", "HSI.HK", "IXIC.US"]
    assert all(yahoo.serves(Symbol.parse(text)) for text in served)
    assert yahoo.serves(Symbol("HKDCNY", "FX"))
    unserved = ["920002.BJ", "899050.BJ", "930713.CSI", "399006.SZ", "900901.SH", "899001.NQ"]
    assert not any(yahoo.serves(Symbol.parse(text)) for text in unserved)
    with pytest.raises(EmptyError, match=r"does not serve 920002\.BJ"):
        yahoo.fetch_bars(Symbol.parse("920002.BJ"), *JUNE, AT)


def test_yfinance_is_left_as_it_was_and_nothing_is_printed(
    vendor: VendorServer, capfd: pytest.CaptureFixture[str]
) -> None:
    get = vars(yfinance.data.YfData)["get"]
    handlers = list(logging.getLogger("yfinance").handlers)
    vendor.on("/chart/", chart(ROWS))
    yahoo.fetch_bars(TENCENT, *JUNE, AT)
    vendor.on("/chart/", Reply(b"no", 403))
    with pytest.raises(BlockedError):
        yahoo.fetch_bars(TENCENT, *JUNE, AT)
    assert yfinance.config.debug.hide_exceptions is True
    assert vars(yfinance.data.YfData)["get"] is get
    assert logging.getLogger("yfinance").handlers == handlers
    assert capfd.readouterr() == ("", "")


def test_cookie_page_out_of_reach_is_not_reported_on_the_terminal(
    vendor: VendorServer, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def out_of_reach(*_: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(yfinance.data.YfData, "_get_cookie_and_crumb", out_of_reach)
    vendor.on("/chart/", chart(ROWS))
    assert len(yahoo.fetch_bars(TENCENT, *JUNE, AT)) == 3
    assert capfd.readouterr() == ("", "")
