"""Sina's adaptor on akshare's own code, against a server that stands in for the site."""

import datetime as dt
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from sina_script import Row, script
from vendor_server import FAULTS, IMPATIENT, Asked, Reply, VendorServer, as_json, as_script

from screener.sources.errors import (
    BlockedError,
    EmptyError,
    SchemaChangedError,
    SourceError,
    TransportError,
)
from screener.sources.vendors import guard, sina
from universes import Symbol

AT = np.datetime64("2024-06-20T12:00:00")
JUNE = (dt.date(2024, 6, 12), dt.date(2024, 6, 14))
SHARE = Symbol.parse("300308.SZ")
KLINES = "klc"
SHARES = "getAmountBySymbol"
ROWS: list[Row] = [
    ("2024-06-07", 148.00, 150.50, 147.20, 149.00, 9_000_000, 1_341_000_000),
    ("2024-06-12", 150.00, 152.00, 149.00, 151.50, 12_345_600, 1_858_000_000),
    ("2024-06-13", 151.00, 153.00, 149.50, 149.80, 10_000_000, 1_510_000_000),
    ("2024-06-14", 150.00, 152.50, 149.90, 152.20, 9_000_000, 1_361_700_000),
]


@pytest.fixture
def vendor(
    monkeypatch: pytest.MonkeyPatch,
    socket_enabled: None,  # noqa: ARG001 - lets the server be reached
) -> Iterator[VendorServer]:
    with VendorServer() as server:
        server.divert(monkeypatch)
        # a change in the number of shares on a Saturday
        server.on(SHARES, shares([("2024-01-10", "80300.00"), ("2024-06-08", "80400.00")]))
        yield server


def shares(changes: list[tuple[str, str]], **more: str) -> Reply:
    rows = ",".join(
        "{" + ",".join(f'"{k}":"{v}"' for k, v in {"date": d, "amount": n, **more}.items()) + "}"
        for d, n in changes
    )
    return as_script(f"var KKE_ShareAmount_sz300308=([{rows}]);")


def bars_of(rows: list[Row]) -> Reply:
    return as_script(script(rows))


def days(*texts: str) -> np.ndarray:
    return np.array(texts, dtype="datetime64[D]")


@pytest.mark.parametrize(
    ("symbol", "spelled"),
    [("300308.SZ", "sz300308"), ("600519.SH", "sh600519"), ("920002.BJ", "bj920002")],
)
def test_share(vendor: VendorServer, symbol: str, spelled: str) -> None:
    vendor.on(KLINES, bars_of(ROWS))
    bars = sina.fetch_bars(Symbol.parse(symbol), *JUNE, AT)
    assert f"/{spelled}/" in vendor.asked[0].path
    assert (bars.symbol, bars.currency, bars.basis, bars.source) == (symbol, "CNY", "raw", "sina")
    np.testing.assert_array_equal(bars.dates, days("2024-06-12", "2024-06-13", "2024-06-14"))
    np.testing.assert_array_equal(bars.open, [150.0, 151.0, 150.0])
    np.testing.assert_array_equal(bars.high, [152.0, 153.0, 152.5])
    np.testing.assert_array_equal(bars.low, [149.0, 149.5, 149.9])
    np.testing.assert_array_equal(bars.close, [151.5, 149.8, 152.2])
    np.testing.assert_array_equal(bars.volume, [12_345_600.0, 10_000_000.0, 9_000_000.0])
    np.testing.assert_array_equal(bars.amount, [1.858e9, 1.51e9, 1.3617e9])


def test_no_bar_is_made_up_for_a_day_on_which_the_number_of_shares_changed(
    vendor: VendorServer,
) -> None:
    vendor.on(KLINES, bars_of(ROWS))
    # cut by akshare from Saturday on, the history would begin with Friday's bar, on Saturday
    bars = sina.fetch_bars(SHARE, dt.date(2024, 6, 8), JUNE[1], AT)
    np.testing.assert_array_equal(bars.dates, days("2024-06-12", "2024-06-13", "2024-06-14"))


def test_hong_kong_share_has_no_value_traded(vendor: VendorServer) -> None:
    vendor.on(KLINES, bars_of(ROWS))
    bars = sina.fetch_bars(Symbol.parse("0700.HK"), *JUNE, AT)
    assert "/00700/" in vendor.asked[0].path
    assert len(vendor.asked) == 1
    np.testing.assert_array_equal(bars.volume, [12_345_600.0, 10_000_000.0, 9_000_000.0])
    assert np.isnan(bars.amount).all()
    assert bars.currency == "HKD"


@pytest.mark.parametrize(
    ("symbol", "spelled", "currency"),
    [
        ("000300.SH", "sh000300", "CNY"),
        ("399006.SZ", "sz399006", "CNY"),
        ("HSI.HK", "/HSI/", "HKD"),
        ("SPX.US", "/.INX", "USD"),
        ("IXIC.US", "/.IXIC", "USD"),
    ],
)
def test_index(vendor: VendorServer, symbol: str, spelled: str, currency: str) -> None:
    vendor.on(spelled, bars_of(ROWS))
    bars = sina.fetch_bars(Symbol.parse(symbol), *JUNE, AT)
    np.testing.assert_array_equal(bars.close, [151.5, 149.8, 152.2])
    assert np.isnan(bars.volume).all()
    assert bars.currency == currency


def test_days_without_a_bar_in_a_known_history_are_no_bars(vendor: VendorServer) -> None:
    vendor.on(KLINES, bars_of(ROWS))
    assert len(sina.fetch_bars(SHARE, dt.date(2024, 6, 8), dt.date(2024, 6, 11), AT)) == 0


@pytest.mark.parametrize("symbol", ["300308.SZ", "0700.HK", "000300.SH", "SPX.US"])
@pytest.mark.parametrize(("change", "error"), FAULTS)
def test_fault(
    vendor: VendorServer,
    monkeypatch: pytest.MonkeyPatch,
    symbol: str,
    change: Callable[[Reply], Reply],
    error: type[SourceError],
) -> None:
    monkeypatch.setattr(guard, "TIMEOUT", IMPATIENT)
    vendor.on(KLINES if symbol != "SPX.US" else "staticdata", change(bars_of(ROWS)))
    with pytest.raises(error, match=r"^sina: ") as caught:
        sina.fetch_bars(Symbol.parse(symbol), *JUNE, AT)
    assert type(caught.value) is error


def test_history_cut_short_without_a_trace_on_the_wire(vendor: VendorServer) -> None:
    # unpacked as it is, the half that came would be a shorter history
    text = script(ROWS)
    vendor.on(KLINES, as_script(text[: len(text) - 60]))
    with pytest.raises(TransportError, match="cut short"):
        sina.fetch_bars(SHARE, *JUNE, AT)


@pytest.mark.parametrize("symbol", ["300308.SZ", "0700.HK", "000300.SH"])
def test_nothing(vendor: VendorServer, symbol: str) -> None:
    vendor.on(KLINES, as_script('var KLC_KL_sz300308="";'))
    with pytest.raises(EmptyError):
        sina.fetch_bars(Symbol.parse(symbol), *JUNE, AT)


def test_old_code_of_a_renamed_share_answers_with_nothing(vendor: VendorServer) -> None:
    vendor.on("bj920799/hisdata", bars_of(ROWS))
    assert len(sina.fetch_bars(Symbol("920799", "BJ"), *JUNE, AT)) == 3
    with pytest.raises(EmptyError):
        sina.fetch_bars(Symbol("830799", "BJ"), *JUNE, AT)


def test_one_more_column(vendor: VendorServer) -> None:
    vendor.on(KLINES, bars_of(ROWS))
    vendor.on(SHARES, shares([("2024-01-10", "80300.00")], reason="issue"))
    with pytest.raises(SchemaChangedError, match="Length mismatch"):
        sina.fetch_bars(SHARE, *JUNE, AT)


def test_columns_in_another_order(vendor: VendorServer) -> None:
    swapped = [(day, o, c, low, h, v, a) for day, o, h, low, c, v, a in ROWS if c >= o]
    vendor.on(KLINES, bars_of(swapped))
    with pytest.raises(SchemaChangedError, match="columns look shuffled"):
        sina.fetch_bars(Symbol.parse("000300.SH"), *JUNE, AT)


def test_volume_in_lots_all_at_once(vendor: VendorServer) -> None:
    lots = [(*row[:5], row[5] // 100, row[6]) for row in ROWS]
    vendor.on(KLINES, bars_of(lots))
    with pytest.raises(SchemaChangedError, match="units changed"):
        sina.fetch_bars(SHARE, *JUNE, AT)


def test_another_layout(vendor: VendorServer) -> None:
    vendor.on(KLINES, as_json({"status": 1, "bars": [1, 2]}))
    with pytest.raises(SchemaChangedError, match="laid out anew"):
        sina.fetch_bars(SHARE, *JUNE, AT)


def test_bar_of_a_running_session_is_given_as_it_is(vendor: VendorServer) -> None:
    running: Row = ("2024-06-20", 150.0, 150.5, 149.9, 150.2, 900_000, 135_180_000)
    vendor.on(KLINES, bars_of([*ROWS, running]))
    bars = sina.fetch_bars(SHARE, dt.date(2024, 6, 12), dt.date(2024, 6, 20), AT)
    assert bars.dates[-1] == np.datetime64("2024-06-20")
    assert bars.close[-1] == 150.2


def test_suspended_day_is_no_bar(vendor: VendorServer) -> None:
    suspended: Row = ("2024-06-13", 0.0, 0.0, 0.0, 151.5, 0, 0)
    vendor.on(KLINES, bars_of([*ROWS[:2], suspended, ROWS[3]]))
    bars = sina.fetch_bars(SHARE, *JUNE, AT)
    np.testing.assert_array_equal(bars.dates, days("2024-06-12", "2024-06-14"))


@pytest.mark.parametrize(
    ("scale", "cash"), [pytest.param(1, 0.5, id="dividend"), pytest.param(2, 0.0, id="split")]
)
def test_an_ex_date_between_two_updates_leaves_raw_bars_as_they_were(
    vendor: VendorServer, scale: int, cash: float
) -> None:
    vendor.on(KLINES, bars_of(ROWS[:3]))
    # whoever asked for the factors of adjusted prices would be told of the ex-date
    factors = 'var X={"total":2,"data":[{"d":"2024-06-14","f":"1"},{"d":"1900-01-01","f":"9"}]}\n'
    vendor.on("fq.js", as_script(factors))
    before = sina.fetch_bars(SHARE, *JUNE, AT)
    day, *prices, volume, amount = ROWS[3]
    o, h, low, c = ((price - cash) / scale for price in prices)
    vendor.on(KLINES, bars_of([*ROWS[:3], (day, o, h, low, c, volume * scale, amount)]))
    after = sina.fetch_bars(SHARE, *JUNE, AT)
    for name in ("open", "high", "low", "close", "volume", "amount"):
        np.testing.assert_array_equal(getattr(after, name)[:2], getattr(before, name))
    assert after.close[2] == pytest.approx((152.2 - cash) / scale)
    assert not any("fq.js" in asked.path for asked in vendor.asked)


HEAD = "<tr>" + "".join(f"<th>{n}</th>" for n in ("日期", "汇买", "钞买", "钞卖", "中间", "折算"))


def rates_page(asked: Asked) -> Reply:
    """The Bank of China's rates for 100 units: two pages, the later days first."""
    rows = {
        "1": [
            "2024-06-14,92.70,91.96,93.07,91.13,92.90",
            "2024-06-13,92.60,91.86,92.97,91.09,92.8",
        ],
        "2": ["2024-06-12,92.75,92.01,93.12,91.10,92.95"],
    }[asked.query.get("page", "1")]
    options = '<option value="USD">美元</option><option value="HKD">港币</option>'
    pages = "".join(f'<a class="page">{n}</a>' for n in ("1", "2", "下一页"))
    cells = "".join("<tr><td>" + row.replace(",", "</td><td>") + "</td></tr>" for row in rows)
    body = (
        f'<html><select id="money_code">{options}</select><table>{HEAD}</tr>{cells}</table>{pages}'
    )
    return Reply(f"{body}</html>".encode("gbk"), kind="text/html; charset=gbk")


def test_currency_is_cny_for_one_unit(vendor: VendorServer) -> None:
    vendor.on("forex.php", rates_page)
    bars = sina.fetch_bars(Symbol("HKDCNY", "FX"), *JUNE, AT)
    assert vendor.asked[-1].query["money_code"] == "HKD"
    np.testing.assert_array_equal(bars.dates, days("2024-06-12", "2024-06-13", "2024-06-14"))
    np.testing.assert_allclose(bars.close, [0.9110, 0.9109, 0.9113], rtol=1e-12)
    assert np.isnan(bars.open).all()
    assert (bars.symbol, bars.currency) == ("HKDCNY.FX", "CNY")


@pytest.mark.parametrize(("change", "error"), FAULTS)
def test_fault_of_the_rates(
    vendor: VendorServer,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Reply], Reply],
    error: type[SourceError],
) -> None:
    monkeypatch.setattr(guard, "TIMEOUT", IMPATIENT)
    vendor.on("forex.php", lambda asked: change(rates_page(asked)))
    with pytest.raises(error, match=r"^sina: "):
        sina.fetch_bars(Symbol("HKDCNY", "FX"), *JUNE, AT)


def test_rates_page_without_its_table(vendor: VendorServer) -> None:
    page = '<html><select id="money_code"><option value="HKD">港币</option></select></html>'
    vendor.on("forex.php", Reply(page.encode("gbk"), kind="text/html; charset=gbk"))
    with pytest.raises(SchemaChangedError):
        sina.fetch_bars(Symbol("HKDCNY", "FX"), *JUNE, AT)


CALENDAR = "klc_td_sh.txt"


def test_sessions(vendor: VendorServer) -> None:
    vendor.on(CALENDAR, as_script('var datelist="LC/A/CH/CvAgA";var KLC_TD_SH=datelist;'))
    found = sina.fetch_sessions("XSHG")
    expected = days("2024-06-07", "2024-06-11", "2024-06-12", "2024-06-13", "2024-06-14")
    # without the day of 1992 that akshare adds to whatever came
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(("change", "error"), FAULTS)
def test_fault_of_the_sessions(
    vendor: VendorServer,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Reply], Reply],
    error: type[SourceError],
) -> None:
    monkeypatch.setattr(guard, "TIMEOUT", IMPATIENT)
    vendor.on(CALENDAR, change(as_script('var datelist="LC/A/CH/CvAgA";')))
    with pytest.raises(error):
        sina.fetch_sessions("XSHG")


def test_no_sessions_but_the_added_one(vendor: VendorServer) -> None:
    vendor.on(CALENDAR, as_script('var datelist="";'))
    with pytest.raises(EmptyError):
        sina.fetch_sessions("XSHG")
    with pytest.raises(EmptyError):
        sina.fetch_sessions("XHKG")


QUOTED = ["symbol", "name", "engname", "tradetype", *(f"c{n}" for n in range(20))]


def test_listing_of_hong_kong(vendor: VendorServer) -> None:
    pages = {
        "1": [("00700", "腾讯控股"), ("00005", "汇丰控股")],
        "2": [("09988", "阿里巴巴-W")],
    }

    def answer(asked: Asked) -> Reply:
        listed = pages.get(asked.query["page"], [])
        return as_json([dict.fromkeys(QUOTED, "1") | {"symbol": c, "name": n} for c, n in listed])

    vendor.on("getHKStockData", answer)
    expected = {"0700.HK": "腾讯控股", "0005.HK": "汇丰控股", "9988.HK": "阿里巴巴-W"}
    assert sina.fetch_listing("HK") == expected
    vendor.on("getHKStockData", Reply(b"<html>no</html>", kind="text/html"))
    with pytest.raises(BlockedError):
        sina.fetch_listing("HK")
    with pytest.raises(EmptyError):
        sina.fetch_listing("SZ")


def test_serves() -> None:
    served = ["600519.SH", "300308.SZ", "920002.BJ", "0700.HK", "000300.SH", "HSI.HK", "IXIC.US"]
    assert all(sina.serves(Symbol.parse(text)) for text in served)
    unserved = ["AAPL.US", "930713.CSI", "H00300.CSI", "899050.BJ", "899001.NQ", "900901.SH"]
    assert not any(sina.serves(Symbol.parse(text)) for text in unserved)


def test_nothing_is_printed(vendor: VendorServer, capfd: pytest.CaptureFixture[str]) -> None:
    vendor.on("forex.php", rates_page)
    sina.fetch_bars(Symbol("HKDCNY", "FX"), *JUNE, AT)
    assert capfd.readouterr() == ("", "")
