"""Tencent's adaptor on akshare's own code, against a server that stands in for the site."""

import datetime as dt
import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from vendor_server import FAULTS, IMPATIENT, Asked, Reply, VendorServer, as_json, as_script

from screener.sources.errors import EmptyError, SchemaChangedError, SourceError
from screener.sources.vendors import guard, tencent
from universes import Symbol

AT = np.datetime64("2024-06-20T12:00:00")
JUNE = (dt.date(2024, 6, 12), dt.date(2024, 6, 14))
SHARE = Symbol.parse("300308.SZ")
TENCENT = Symbol.parse("0700.HK")
KLINES = "newfqkline/get"
FIRST_WEEK = "klineWeb/weekTrends"
HONG_KONG = "appstock/app/kline/kline"
# date, open, close, high, low, volume in lots, dividends, turnover in percent, ten thousand CNY
ROWS: list[list[Any]] = [
    ["2024-06-11", "148.00", "149.00", "150.50", "147.20", "90000", {}, "0.80", "134100.00", ""],
    ["2024-06-12", "150.00", "151.50", "152.00", "149.00", "123456", {}, "1.10", "185800.00", ""],
    ["2024-06-13", "151.00", "149.80", "153.00", "149.50", "100000", {}, "0.90", "151000.00", ""],
    ["2024-06-14", "150.00", "152.20", "152.50", "149.90", "90000", {}, "0.81", "136170.00", ""],
]
HK_ROWS = [
    ["2024-06-11", "380.00", "376.00", "382.00", "375.00", "20000000"],
    ["2024-06-12", "375.00", "378.00", "380.00", "374.00", "15000000"],
    ["2024-06-14", "377.00", "372.00", "378.00", "371.00", "17000000"],
]


@pytest.fixture
def vendor(
    monkeypatch: pytest.MonkeyPatch,
    socket_enabled: None,  # noqa: ARG001 - lets the server be reached
) -> Iterator[VendorServer]:
    with VendorServer() as server:
        server.divert(monkeypatch)
        server.on(FIRST_WEEK, as_script('trend_qfq={"data":[["2012-04-13","10.1","1"]]}'))
        yield server


def day_rows(code: str, rows: list[list[Any]]) -> Reply:
    return as_script("kline_day2024=" + json.dumps({"code": 0, "data": {code: {"day": rows}}}))


def days(*texts: str) -> np.ndarray:
    return np.array(texts, dtype="datetime64[D]")


@pytest.mark.parametrize(
    ("symbol", "spelled"),
    [("300308.SZ", "sz300308"), ("601318.SH", "sh601318"), ("920002.BJ", "bj920002")],
)
def test_share(vendor: VendorServer, symbol: str, spelled: str) -> None:
    vendor.on(KLINES, day_rows(spelled, ROWS))
    bars = tencent.fetch_bars(Symbol.parse(symbol), *JUNE, AT)
    assert vendor.asked[-1].query["param"].startswith(f"{spelled},day,2024-01-01,")
    assert (bars.symbol, bars.currency, bars.basis, bars.source) == (
        symbol,
        "CNY",
        "raw",
        "tencent",
    )
    np.testing.assert_array_equal(bars.dates, days("2024-06-12", "2024-06-13", "2024-06-14"))
    np.testing.assert_array_equal(bars.open, [150.0, 151.0, 150.0])
    np.testing.assert_array_equal(bars.high, [152.0, 153.0, 152.5])
    np.testing.assert_array_equal(bars.low, [149.0, 149.5, 149.9])
    np.testing.assert_array_equal(bars.close, [151.5, 149.8, 152.2])
    np.testing.assert_array_equal(bars.volume, [12_345_600.0, 10_000_000.0, 9_000_000.0])
    np.testing.assert_allclose(bars.amount, [1.858e9, 1.51e9, 1.3617e9], rtol=1e-12)


def test_volume_that_akshare_leaves_in_lots_is_put_right(vendor: VendorServer) -> None:
    vendor.on(KLINES, day_rows("sz000001", ROWS))
    bars = tencent.fetch_bars(Symbol.parse("000001.SZ"), *JUNE, AT)
    np.testing.assert_array_equal(bars.volume, [12_345_600.0, 10_000_000.0, 9_000_000.0])


def test_volume_that_comes_in_shares_stays(vendor: VendorServer) -> None:
    in_shares = [[*row[:5], f"{row[5]}00", *row[6:]] for row in ROWS]
    vendor.on(KLINES, day_rows("sh688981", in_shares))
    bars = tencent.fetch_bars(Symbol.parse("688981.SH"), *JUNE, AT)
    np.testing.assert_array_equal(bars.volume, [12_345_600.0, 10_000_000.0, 9_000_000.0])


def test_years_are_asked_for_one_by_one_and_no_bar_comes_twice(vendor: VendorServer) -> None:
    december = ["2023-12-29", "148.00", "149.00", "150.50", "147.20", "900", {}, "0.8", "1341.0"]

    def answer(asked: Asked) -> Reply:
        # each answer holds two years
        first = asked.query["param"].split(",")[2]
        return day_rows("sz300308", [[*december, ""], *ROWS] if first == "2023-01-01" else ROWS)

    vendor.on(KLINES, answer)
    bars = tencent.fetch_bars(SHARE, dt.date(2023, 12, 29), JUNE[1], AT)
    np.testing.assert_array_equal(
        bars.dates, days("2023-12-29", "2024-06-11", "2024-06-12", "2024-06-13", "2024-06-14")
    )


@pytest.mark.parametrize("width", [6, 7])
def test_hong_kong_share_has_prices_only(vendor: VendorServer, width: int) -> None:
    rows = [row if width == 6 else [*row, {}] for row in HK_ROWS]
    vendor.on(HONG_KONG, day_rows("hk00700", rows))
    bars = tencent.fetch_bars(TENCENT, *JUNE, AT)
    assert vendor.asked[-1].query["param"] == "hk00700,day,2024-01-01,2025-12-31,640,"
    np.testing.assert_array_equal(bars.dates, days("2024-06-12", "2024-06-14"))
    np.testing.assert_array_equal(bars.close, [378.0, 372.0])
    assert np.isnan(bars.volume).all()
    assert bars.currency == "HKD"


def test_hong_kong_bars_of_overlapping_answers(vendor: VendorServer) -> None:
    running = ["2025-01-06", "377.00", "372.00", "378.00", "371.00", "1000"]
    later = ["2025-01-06", "377.00", "373.00", "378.00", "371.00", "2000"]

    def answer(asked: Asked) -> Reply:
        first = asked.query["param"].split(",")[2]
        return day_rows("hk00700", [*HK_ROWS, running if first == "2023-01-01" else later])

    vendor.on(HONG_KONG, answer)
    bars = tencent.fetch_bars(TENCENT, dt.date(2023, 6, 1), dt.date(2025, 1, 6), AT)
    assert len(vendor.asked) == 2
    np.testing.assert_array_equal(
        bars.dates, days("2024-06-11", "2024-06-12", "2024-06-14", "2025-01-06")
    )
    # the bar of the running session moved between the two answers
    assert bars.close[-1] == 373.0


def test_mainland_bars_of_overlapping_answers(vendor: VendorServer) -> None:
    running = ["2025-01-06", "150.00", "150.20", "150.50", "149.90", "9000", {}, "0", "13518.00"]
    later = ["2025-01-06", "150.00", "150.40", "150.50", "149.90", "9900", {}, "0", "14879.70"]

    def answer(asked: Asked) -> Reply:
        first = asked.query["param"].split(",")[2]
        return day_rows("sz300308", [*ROWS, [*(running if first < "2025" else later), ""]])

    vendor.on(KLINES, answer)
    bars = tencent.fetch_bars(SHARE, JUNE[0], dt.date(2025, 1, 6), AT)
    assert (len(bars), bars.dates[-1], bars.close[-1]) == (4, np.datetime64("2025-01-06"), 150.4)


def test_two_different_bars_of_a_past_day(vendor: VendorServer) -> None:
    other = ["2024-06-12", "375.00", "378.50", "380.00", "374.00", "15000000"]
    vendor.on(HONG_KONG, day_rows("hk00700", [*HK_ROWS[:2], other, HK_ROWS[2]]))
    with pytest.raises(SchemaChangedError, match="two different bars of 2024-06-12"):
        tencent.fetch_bars(TENCENT, *JUNE, AT)


@pytest.mark.parametrize("route", [FIRST_WEEK, KLINES])
@pytest.mark.parametrize(("change", "error"), FAULTS)
def test_fault(
    vendor: VendorServer,
    monkeypatch: pytest.MonkeyPatch,
    route: str,
    change: Callable[[Reply], Reply],
    error: type[SourceError],
) -> None:
    monkeypatch.setattr(guard, "TIMEOUT", IMPATIENT)
    vendor.on(KLINES, day_rows("sz300308", ROWS))
    vendor.on(route, change(day_rows("sz300308", ROWS)))
    with pytest.raises(error, match=r"^tencent: ") as caught:
        tencent.fetch_bars(SHARE, *JUNE, AT)
    assert type(caught.value) is error


@pytest.mark.parametrize(("change", "error"), FAULTS)
def test_fault_in_hong_kong(
    vendor: VendorServer,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Reply], Reply],
    error: type[SourceError],
) -> None:
    monkeypatch.setattr(guard, "TIMEOUT", IMPATIENT)
    vendor.on(HONG_KONG, change(day_rows("hk00700", HK_ROWS)))
    with pytest.raises(error, match=r"^tencent: "):
        tencent.fetch_bars(TENCENT, *JUNE, AT)


def test_body_cut_short_without_a_trace_on_the_wire(vendor: VendorServer) -> None:
    whole = day_rows("sz300308", ROWS).body
    for end in range(len(whole) - 60, len(whole) - 2, 7):
        vendor.on(KLINES, Reply(whole[:end]))
        with pytest.raises(SourceError, match="cut short"):
            tencent.fetch_bars(SHARE, *JUNE, AT)


@pytest.mark.parametrize(
    ("symbol", "body"),
    [
        ("300308.SZ", {"code": 0, "msg": "", "data": []}),
        ("300308.SZ", {"code": 0, "data": {"sz300308": {"day": [], "qt": {"sz300308": [1]}}}}),
        ("0700.HK", {"code": 0, "msg": "", "data": []}),
        ("0700.HK", {"code": 0, "data": {"hk00700": {"day": []}}}),
    ],
)
def test_nothing(vendor: VendorServer, symbol: str, body: object) -> None:
    vendor.on("", as_json(body))
    vendor.on(FIRST_WEEK, as_script('trend_qfq={"data":[["2012-04-13","10.1","1"]]}'))
    with pytest.raises(EmptyError):
        tencent.fetch_bars(Symbol.parse(symbol), *JUNE, AT)


def test_old_code_of_a_renamed_share_answers_with_nothing(vendor: VendorServer) -> None:
    vendor.on(FIRST_WEEK, as_script('trend_qfq={"data":[]}'))
    vendor.on(KLINES, as_script('kline_dayqfq={"code":0,"msg":"","data":[]}'))
    with pytest.raises(EmptyError):
        tencent.fetch_bars(Symbol("830799", "BJ"), *JUNE, AT)


def test_days_without_a_bar(vendor: VendorServer) -> None:
    vendor.on(KLINES, day_rows("sz300308", ROWS))
    with pytest.raises(EmptyError, match="from 2024-06-08 to 2024-06-10"):
        tencent.fetch_bars(SHARE, dt.date(2024, 6, 8), dt.date(2024, 6, 10), AT)


def test_one_more_column_at_the_end_is_proved_harmless_by_the_figures(
    vendor: VendorServer,
) -> None:
    vendor.on(KLINES, day_rows("sz300308", [[*row, "7.77"] for row in ROWS]))
    bars = tencent.fetch_bars(SHARE, *JUNE, AT)
    np.testing.assert_array_equal(bars.volume, [12_345_600.0, 10_000_000.0, 9_000_000.0])
    np.testing.assert_allclose(bars.amount, [1.858e9, 1.51e9, 1.3617e9], rtol=1e-12)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda row: [row[0], "7.77", *row[1:]], id="one more at the front"),
        pytest.param(lambda row: [*row[:6], "7.77", *row[6:]], id="one more in the middle"),
        pytest.param(lambda row: row[:7], id="fewer"),
        pytest.param(lambda row: [row[0], row[3], row[2], row[1], *row[4:]], id="high first"),
        pytest.param(lambda row: [*row[:3], row[4], row[3], *row[5:]], id="low before high"),
        pytest.param(lambda row: [*row[:8], f"{row[8][:-3]}0000.00"], id="amount in CNY"),
        pytest.param(lambda row: [*row[:2], "--", *row[3:]], id="no number"),
        pytest.param(lambda row: ["13.06.", *row[1:]], id="no date"),
    ],
)
def test_rows_laid_out_anew(vendor: VendorServer, change: Callable[[list[Any]], list[Any]]) -> None:
    vendor.on(KLINES, day_rows("sz300308", [change(row) for row in ROWS]))
    with pytest.raises(SchemaChangedError):
        tencent.fetch_bars(SHARE, *JUNE, AT)


def test_one_date_among_others_is_none(vendor: VendorServer) -> None:
    vendor.on(KLINES, day_rows("sz300308", [*ROWS[:3], ["14.06.", *ROWS[3][1:]]]))
    vendor.on(HONG_KONG, day_rows("hk00700", [*HK_ROWS[:2], ["14.06.", *HK_ROWS[2][1:]]]))
    for symbol in (SHARE, TENCENT):
        with pytest.raises(SchemaChangedError):
            tencent.fetch_bars(symbol, *JUNE, AT)


def test_hong_kong_rows_laid_out_anew(vendor: VendorServer) -> None:
    vendor.on(HONG_KONG, day_rows("hk00700", [[*row, {}, "7.77"] for row in HK_ROWS]))
    with pytest.raises(SchemaChangedError):
        tencent.fetch_bars(TENCENT, *JUNE, AT)
    swapped = [[*row[:3], row[4], row[3], row[5]] for row in HK_ROWS]
    vendor.on(HONG_KONG, day_rows("hk00700", swapped))
    with pytest.raises(SchemaChangedError, match="columns look shuffled"):
        tencent.fetch_bars(TENCENT, *JUNE, AT)


def test_bar_of_a_running_session_is_given_as_it_is(vendor: VendorServer) -> None:
    running = [
        "2024-06-20",
        "150.00",
        "150.20",
        "150.50",
        "149.90",
        "9000",
        {},
        "0",
        "13518.00",
        "",
    ]
    vendor.on(KLINES, day_rows("sz300308", [*ROWS, running]))
    bars = tencent.fetch_bars(SHARE, dt.date(2024, 6, 12), dt.date(2024, 6, 20), AT)
    assert (bars.dates[-1], bars.close[-1]) == (np.datetime64("2024-06-20"), 150.2)


def test_suspended_day_is_no_bar(vendor: VendorServer) -> None:
    suspended = ["2024-06-13", "0.00", "151.50", "0.00", "0.00", "0", {}, "0", "0.00", ""]
    vendor.on(KLINES, day_rows("sz300308", [*ROWS[:2], suspended, ROWS[3]]))
    bars = tencent.fetch_bars(SHARE, *JUNE, AT)
    np.testing.assert_array_equal(bars.dates, days("2024-06-12", "2024-06-14"))


@pytest.mark.parametrize(
    ("scale", "cash"), [pytest.param(1, 0.5, id="dividend"), pytest.param(2, 0.0, id="split")]
)
def test_an_ex_date_between_two_updates_leaves_raw_bars_as_they_were(
    vendor: VendorServer, scale: int, cash: float
) -> None:
    def restated(row: list[Any]) -> list[Any]:
        prices = [f"{(float(price) - cash) / scale:.2f}" for price in row[1:5]]
        return [row[0], *prices, f"{int(row[5]) * scale}", *row[6:]]

    vendor.on(KLINES, day_rows("sz300308", ROWS[:3]))
    before = tencent.fetch_bars(SHARE, *JUNE, AT)

    def answer(asked: Asked) -> Reply:
        # the site restates what went before for whoever asks for adjusted prices
        raw = asked.query["param"].endswith(",640,")
        earlier = ROWS[:3] if raw else [restated(row) for row in ROWS[:3]]
        return day_rows("sz300308", [*earlier, restated(ROWS[3])])

    vendor.on(KLINES, answer)
    after = tencent.fetch_bars(SHARE, *JUNE, AT)
    for name in ("open", "high", "low", "close", "volume", "amount"):
        np.testing.assert_array_equal(getattr(after, name)[:2], getattr(before, name))
    assert after.close[2] == pytest.approx((152.2 - cash) / scale)


def test_serves() -> None:
    served = ["600519.SH", "688981.SH", "300308.SZ", "920002.BJ", "0700.HK"]
    assert all(tencent.serves(Symbol.parse(text)) for text in served)
    unserved = ["000300.SH", "HSI.HK", "AAPL.US", "930713.CSI", "900901.SH", "510300.SH"]
    assert not any(tencent.serves(Symbol.parse(text)) for text in unserved)
    assert not tencent.serves(Symbol("HKDCNY", "FX"))


def test_nothing_is_printed(vendor: VendorServer, capfd: pytest.CaptureFixture[str]) -> None:
    vendor.on(KLINES, day_rows("sz300308", ROWS))
    tencent.fetch_bars(SHARE, *JUNE, AT)
    assert capfd.readouterr() == ("", "")
    with pytest.raises(EmptyError, match="does not serve"):
        tencent.fetch_bars(Symbol.parse("AAPL.US"), *JUNE, AT)
