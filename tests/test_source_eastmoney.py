"""Eastmoney's adaptor on akshare's own code, against a server that stands in for the site."""

import datetime as dt
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from vendor_server import FAULTS, IMPATIENT, Asked, Reply, VendorServer, as_json

from screener.sources.errors import EmptyError, SchemaChangedError, SourceError
from screener.sources.vendors import eastmoney, guard
from universes import Symbol

AT = np.datetime64("2024-06-20T12:00:00")
JUNE = (dt.date(2024, 6, 12), dt.date(2024, 6, 14))
SHARE = Symbol.parse("300308.SZ")
KLINES = "/api/qt/stock/kline/get"
# date, open, close, high, low, volume in lots, amount, amplitude, change in percent, change,
# turnover; 123,456 lots at about 150 are 1.85e9
ROWS = [
    "2024-06-12,150.00,151.50,152.00,149.00,123456,1858000000.00,2.00,1.00,1.50,1.10",
    "2024-06-13,151.00,149.80,153.00,149.50,100000,1510000000.00,2.31,-1.12,-1.70,0.90",
    "2024-06-14,150.00,152.20,152.50,149.90,90000,1361700000.00,1.74,1.60,2.40,0.81",
]


@pytest.fixture
def vendor(
    monkeypatch: pytest.MonkeyPatch,
    socket_enabled: None,  # noqa: ARG001 - lets the server be reached
) -> Iterator[VendorServer]:
    with VendorServer() as server:
        server.divert(monkeypatch)
        yield server


def klines(rows: list[str], code: str = "300308") -> Reply:
    return as_json({"rc": 0, "data": {"code": code, "name": "甲", "klines": rows}})


def days(*texts: str) -> np.ndarray:
    return np.array(texts, dtype="datetime64[D]")


def test_share(vendor: VendorServer) -> None:
    vendor.on(KLINES, klines(ROWS))
    bars = eastmoney.fetch_bars(SHARE, *JUNE, AT)
    assert (bars.symbol, bars.currency, bars.basis, bars.source) == (
        "300308.SZ",
        "CNY",
        "raw",
        "eastmoney",
    )
    assert bars.fetched_at == AT
    np.testing.assert_array_equal(bars.dates, days("2024-06-12", "2024-06-13", "2024-06-14"))
    np.testing.assert_array_equal(bars.open, [150.0, 151.0, 150.0])
    np.testing.assert_array_equal(bars.high, [152.0, 153.0, 152.5])
    np.testing.assert_array_equal(bars.low, [149.0, 149.5, 149.9])
    np.testing.assert_array_equal(bars.close, [151.5, 149.8, 152.2])
    np.testing.assert_array_equal(bars.volume, [12_345_600.0, 10_000_000.0, 9_000_000.0])
    np.testing.assert_array_equal(bars.amount, [1.858e9, 1.51e9, 1.3617e9])
    asked = vendor.asked[0]
    assert asked.query["secid"] == "0.300308"
    assert asked.query["fqt"] == "0"
    assert (asked.query["beg"], asked.query["end"]) == ("20240612", "20240614")


def test_bar_of_a_running_session_is_given_as_it_is(vendor: VendorServer) -> None:
    running = "2024-06-20,150.00,150.20,150.50,149.90,9000,135200000.00,0.40,0.10,0.20,0.08"
    vendor.on(KLINES, klines([*ROWS, running]))
    bars = eastmoney.fetch_bars(SHARE, dt.date(2024, 6, 12), dt.date(2024, 6, 20), AT)
    assert bars.dates[-1] == np.datetime64("2024-06-20")
    assert bars.close[-1] == 150.2


def test_hong_kong_share_is_in_shares_and_hkd(vendor: VendorServer) -> None:
    rows = [
        "2024-06-11,380.00,376.00,382.00,375.00,20000000,7560000000.00,1,1,1,1",
        "2024-06-12,375.00,378.00,380.00,374.00,15000000,5655000000.00,1,1,1,1",
        "2024-06-14,377.00,372.00,378.00,371.00,17000000,6358000000.00,1,1,1,1",
        "2024-06-17,372.00,374.00,375.00,370.00,12000000,4476000000.00,1,1,1,1",
    ]
    vendor.on(KLINES, klines(rows, "00700"))
    bars = eastmoney.fetch_bars(Symbol.parse("700.HK"), *JUNE, AT)
    assert vendor.asked[0].query["secid"] == "116.00700"
    np.testing.assert_array_equal(bars.dates, days("2024-06-12", "2024-06-14"))
    np.testing.assert_array_equal(bars.volume, [15_000_000.0, 17_000_000.0])
    assert bars.currency == "HKD"


INDEX_ROWS = [
    "2024-06-13,3536.01,3526.07,3549.92,3522.56,98765432,200000000000.00,0.77",
    "2024-06-14,3520.11,3541.53,3546.30,3511.20,97654321,210000000000.00,0.99",
]


@pytest.mark.parametrize(
    ("symbol", "secid"),
    [
        ("000300.SH", "1.000300"),
        ("399006.SZ", "0.399006"),
        ("930713.CSI", "2.930713"),
        ("H00300.CSI", "2.H00300"),
        ("899050.BJ", "0.899050"),
        ("899001.NQ", "0.899001"),
        ("899002.NQ", "0.899002"),
    ],
)
def test_mainland_index(vendor: VendorServer, symbol: str, secid: str) -> None:
    vendor.on(KLINES, klines(INDEX_ROWS, symbol[:6]))
    bars = eastmoney.fetch_bars(Symbol.parse(symbol), *JUNE, AT)
    assert vendor.asked[0].query["secid"] == secid
    np.testing.assert_array_equal(bars.open, [3536.01, 3520.11])
    np.testing.assert_array_equal(bars.close, [3526.07, 3541.53])
    assert np.isnan(bars.volume).all()
    assert np.isnan(bars.amount).all()


# date, open, close, high, low, then nothing of use
GLOBAL_ROWS = [
    "2024-06-11,18250.10,18176.34,18290.00,18100.20,0,0,1,1,1,1,1,1,1",
    "2024-06-14,18090.50,17941.78,18110.00,17900.10,0,0,1,1,1,1,1,1,1",
]


@pytest.mark.parametrize(
    ("symbol", "secid", "currency"), [("HSI.HK", "100.HSI", "HKD"), ("SPX.US", "100.SPX", "USD")]
)
def test_foreign_index(vendor: VendorServer, symbol: str, secid: str, currency: str) -> None:
    vendor.on(KLINES, klines(GLOBAL_ROWS, "HSI"))
    bars = eastmoney.fetch_bars(Symbol.parse(symbol), *JUNE, AT)
    assert vendor.asked[0].query["secid"] == secid
    assert bars.dates.tolist() == [dt.date(2024, 6, 14)]
    assert (bars.open[0], bars.high[0], bars.low[0], bars.close[0]) == (
        18090.5,
        18110.0,
        17900.1,
        17941.78,
    )
    assert bars.currency == currency


def test_currency_is_cny_for_one_unit(vendor: VendorServer) -> None:
    vendor.on(KLINES, klines(["2024-06-14,0.9113,0.9113,0.9113,0.9113" + ",0" * 9], "HKDCNYC"))
    bars = eastmoney.fetch_bars(Symbol("HKDCNY", "FX"), *JUNE, AT)
    assert vendor.asked[0].query["secid"] == "120.HKDCNYC"
    assert (bars.symbol, bars.close.tolist(), bars.currency) == ("HKDCNY.FX", [0.9113], "CNY")
    assert np.isnan(bars.volume).all()


def test_currency_for_a_hundred_units_is_refused(vendor: VendorServer) -> None:
    vendor.on(KLINES, klines(["2024-06-14,91.13,91.13,91.13,91.13" + ",0" * 9], "HKDCNYC"))
    with pytest.raises(SchemaChangedError, match="units changed"):
        eastmoney.fetch_bars(Symbol("HKDCNY", "FX"), *JUNE, AT)


@pytest.mark.parametrize(("change", "error"), FAULTS)
def test_fault(
    vendor: VendorServer,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Reply], Reply],
    error: type[SourceError],
) -> None:
    monkeypatch.setattr(guard, "TIMEOUT", IMPATIENT)
    vendor.on(KLINES, change(klines(ROWS)))
    with pytest.raises(error, match=r"^eastmoney: ") as caught:
        eastmoney.fetch_bars(SHARE, *JUNE, AT)
    assert type(caught.value) is error
    assert len(vendor.asked) == 1


@pytest.mark.parametrize("symbol", ["300308.SZ", "0700.HK", "000300.SH", "HSI.HK"])
@pytest.mark.parametrize("data", [None, {"code": "300308", "name": "甲", "klines": []}])
def test_nothing(vendor: VendorServer, symbol: str, data: object) -> None:
    vendor.on(KLINES, as_json({"rc": 100, "data": data}))
    with pytest.raises(EmptyError):
        eastmoney.fetch_bars(Symbol.parse(symbol), *JUNE, AT)


def test_old_code_of_a_renamed_share_answers_with_nothing(vendor: VendorServer) -> None:
    def answer(asked: Asked) -> Reply:
        known = asked.query["secid"] == "0.920799"
        return klines(ROWS, "920799") if known else as_json({"rc": 100, "data": None})

    vendor.on(KLINES, answer)
    assert len(eastmoney.fetch_bars(Symbol("920799", "BJ"), *JUNE, AT)) == 3
    with pytest.raises(EmptyError, match=r"830799\.BJ"):
        eastmoney.fetch_bars(Symbol("830799", "BJ"), *JUNE, AT)


@pytest.mark.parametrize(
    ("symbol", "rows"),
    [("300308.SZ", ROWS), ("000300.SH", INDEX_ROWS), ("HSI.HK", GLOBAL_ROWS), ("0700.HK", ROWS)],
)
def test_one_more_column(vendor: VendorServer, symbol: str, rows: list[str]) -> None:
    vendor.on(KLINES, klines([f"{row},7.77" for row in rows]))
    with pytest.raises(SchemaChangedError, match="Length mismatch"):
        eastmoney.fetch_bars(Symbol.parse(symbol), *JUNE, AT)


def reorder(rows: list[str], *order: int) -> list[str]:
    cells = [row.split(",") for row in rows]
    return [",".join(each[n] for n in order) + "," + ",".join(each[7:]) for each in cells]


@pytest.mark.parametrize(
    "order",
    [
        pytest.param((0, 1, 3, 4, 2, 5, 6), id="open high low close"),
        pytest.param((0, 2, 1, 3, 4, 5, 6), id="close open high low"),
        pytest.param((0, 1, 2, 4, 3, 5, 6), id="low before high"),
        pytest.param((0, 1, 2, 3, 4, 6, 5), id="amount before volume"),
        pytest.param((1, 0, 2, 3, 4, 5, 6), id="date second"),
    ],
)
def test_columns_in_another_order(vendor: VendorServer, order: tuple[int, ...]) -> None:
    vendor.on(KLINES, klines(reorder(ROWS, *order)))
    with pytest.raises(SchemaChangedError):
        eastmoney.fetch_bars(SHARE, *JUNE, AT)


def test_volume_in_shares_all_at_once(vendor: VendorServer) -> None:
    rows = [row.split(",") for row in ROWS]
    changed = [",".join([*row[:5], f"{row[5]}00", *row[6:]]) for row in rows]
    vendor.on(KLINES, klines(changed))
    with pytest.raises(SchemaChangedError, match=r"units changed.*volume and amount.*2024-06-12"):
        eastmoney.fetch_bars(SHARE, *JUNE, AT)


def test_one_faulty_row_is_left_to_the_quality_rules(vendor: VendorServer) -> None:
    # a high below the close: one row of three
    vendor.on(KLINES, klines([*ROWS[:2], ROWS[2].replace("152.50", "152.10")]))
    assert eastmoney.fetch_bars(SHARE, *JUNE, AT).high[-1] == 152.1


def test_what_is_no_number(vendor: VendorServer) -> None:
    vendor.on(KLINES, klines([ROWS[0], ROWS[1].replace("149.80", "--")]))
    with pytest.raises(SchemaChangedError, match="收盘"):
        eastmoney.fetch_bars(SHARE, *JUNE, AT)


def test_what_is_no_date(vendor: VendorServer) -> None:
    vendor.on(KLINES, klines([ROWS[0], ROWS[1].replace("2024-06-13", "13/06")]))
    with pytest.raises(SchemaChangedError, match="日期"):
        eastmoney.fetch_bars(SHARE, *JUNE, AT)


def test_suspended_day_is_no_bar(vendor: VendorServer) -> None:
    vendor.on(KLINES, klines([ROWS[0], "2024-06-13,0,151.50,0,0,0,0,0,0,0,0", ROWS[2]]))
    bars = eastmoney.fetch_bars(SHARE, *JUNE, AT)
    np.testing.assert_array_equal(bars.dates, days("2024-06-12", "2024-06-14"))


def restated(row: str, scale: int, cash: float) -> str:
    """A bar in shares of which each is worth what `1 / scale` was, less the cash."""
    day, *prices, volume, amount, _, _, _, _ = row.split(",")
    shifted = [f"{(float(price) - cash) / scale:.2f}" for price in prices]
    return ",".join([day, *shifted, f"{int(volume) * scale}", amount, "1,1,1,1"])


@pytest.mark.parametrize(
    ("scale", "cash"), [pytest.param(1, 0.5, id="dividend"), pytest.param(2, 0.0, id="split")]
)
def test_an_ex_date_between_two_updates_leaves_raw_bars_as_they_were(
    vendor: VendorServer, scale: int, cash: float
) -> None:
    vendor.on(KLINES, klines(ROWS[:2]))
    before = eastmoney.fetch_bars(SHARE, *JUNE, AT)

    def answer(asked: Asked) -> Reply:
        # the site restates what went before for whoever asks for adjusted prices
        raw = asked.query["fqt"] == "0"
        earlier = ROWS[:2] if raw else [restated(row, scale, cash) for row in ROWS[:2]]
        return klines([*earlier, restated(ROWS[2], scale, cash)])

    vendor.on(KLINES, answer)
    after = eastmoney.fetch_bars(SHARE, *JUNE, AT)
    for name in ("open", "high", "low", "close", "volume", "amount"):
        np.testing.assert_array_equal(getattr(after, name)[:2], getattr(before, name))
    assert after.close[2] == pytest.approx((152.2 - cash) / scale)


def test_serves() -> None:
    served = ["600519.SH", "300308.SZ", "920002.BJ", "0700.HK", "000300.SH", "HSI.HK", "SPX.US"]
    assert all(eastmoney.serves(Symbol.parse(text)) for text in served)
    assert eastmoney.serves(Symbol("USDCNY", "FX"))
    unserved = ["AAPL.US", "IXIC.US", "900901.SH", "200011.SZ", "510300.SH", "80700.HK"]
    assert not any(eastmoney.serves(Symbol.parse(text)) for text in unserved)
    assert not eastmoney.serves(Symbol("EURCNY", "FX"))


def test_what_is_not_served_is_not_asked_for(vendor: VendorServer) -> None:
    with pytest.raises(EmptyError, match=r"does not serve AAPL\.US"):
        eastmoney.fetch_bars(Symbol.parse("AAPL.US"), *JUNE, AT)
    assert not vendor.asked


# in the order in which the site lists them, which is the one that akshare names them in
SPOT = [f"f{n}" for n in (*range(1, 19), *range(20, 26), 62, 115, 128, 140, 141, 136, 152)]


def test_listing_of_hong_kong(vendor: VendorServer) -> None:
    quoted = [("00700", "腾讯控股"), ("00005", "汇丰控股"), ("80700", "腾讯控股-R")]
    rows = [dict.fromkeys(SPOT, 1.0) | {"f12": code, "f14": name} for code, name in quoted]
    vendor.on("/api/qt/clist/get", as_json({"data": {"total": 3, "diff": rows}}))
    assert eastmoney.fetch_listing("HK") == {
        "0700.HK": "腾讯控股",
        "0005.HK": "汇丰控股",
        "80700.HK": "腾讯控股-R",
    }
    with pytest.raises(EmptyError):
        eastmoney.fetch_listing("SH")


@pytest.mark.parametrize(("code", "name"), [("0070X", "甲"), ("00700", None), ("00700", " ")])
def test_listing_of_what_is_no_share(vendor: VendorServer, code: str, name: str | None) -> None:
    row = dict.fromkeys(SPOT, 1.0) | {"f12": code, "f14": name}
    vendor.on("/api/qt/clist/get", as_json({"data": {"total": 1, "diff": [row]}}))
    with pytest.raises(SchemaChangedError):
        eastmoney.fetch_listing("HK")


def test_a_refused_list_is_not_asked_for_again(vendor: VendorServer) -> None:
    vendor.on("/api/qt/clist/get", Reply(b"slow down", 429, "text/plain"))
    with pytest.raises(SourceError):
        eastmoney.fetch_listing("HK")
    assert len(vendor.asked) == 1
