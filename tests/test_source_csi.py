"""The index publisher's adaptor on akshare's own code, against a stand-in for the site."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from vendor_server import FAULTS, IMPATIENT, Reply, VendorServer, as_json

from screener.sources.errors import EmptyError, SchemaChangedError, SourceError
from screener.sources.vendors import csi, guard
from universes import Symbol

AT = np.datetime64("2024-06-20T12:00:00")
JUNE = (dt.date(2024, 6, 12), dt.date(2024, 6, 14))
INDEX = Symbol.parse("000300.SH")
TOTAL = Symbol.parse("H00300.CSI")
PLACE = "csindex-home/perf/index-perf"


@pytest.fixture
def vendor(
    monkeypatch: pytest.MonkeyPatch,
    socket_enabled: None,  # noqa: ARG001 - lets the server be reached
) -> Iterator[VendorServer]:
    with VendorServer() as server:
        server.divert(monkeypatch)
        yield server


def row(day: str, open_: float, high: float, low: float, close: float) -> dict[str, Any]:
    """A day as the publisher writes it, in its order, which is the one that akshare names by."""
    return {
        "tradeDate": day,
        "indexCode": "000300",
        "indexNameCnAll": "沪深300指数",
        "indexNameCn": "沪深300",
        "indexNameEnAll": "CSI 300 Index",
        "indexNameEn": "CSI 300",
        "open": open_,
        "high": high,
        "low": low,
        "close": close,
        "change": 1.0,
        "changePct": 0.1,
        "tradingVol": 110.5,
        "tradingValue": 2100.5,
        "consNumber": 300,
        "peg": 12.3,
    }


ROWS = [
    row("20240611", 3548.44, 3556.36, 3532.42, 3542.18),
    row("20240613", 3536.01, 3549.92, 3522.56, 3526.07),
    row("20240614", 3520.11, 3546.30, 3511.20, 3541.53),
]
CLOSES = [row("20240613", 0, 0, 0, 5100.25), row("20240614", 0, 0, 0, 5123.75)]


def sent(rows: list[dict[str, Any]]) -> Reply:
    return as_json({"code": "200", "msg": "Success", "data": rows, "success": True})


def test_index(vendor: VendorServer) -> None:
    vendor.on(PLACE, sent(ROWS))
    bars = csi.fetch_bars(INDEX, *JUNE, AT)
    asked = vendor.asked[0].query
    assert asked == {"indexCode": "000300", "startDate": "20240612", "endDate": "20240614"}
    assert (bars.symbol, bars.currency, bars.basis, bars.source) == (
        "000300.SH",
        "CNY",
        "raw",
        "csi",
    )
    np.testing.assert_array_equal(bars.dates.astype(str), ["2024-06-13", "2024-06-14"])
    np.testing.assert_array_equal(bars.open, [3536.01, 3520.11])
    np.testing.assert_array_equal(bars.high, [3549.92, 3546.30])
    np.testing.assert_array_equal(bars.low, [3522.56, 3511.20])
    np.testing.assert_array_equal(bars.close, [3526.07, 3541.53])
    # in units that the publisher does not name
    assert np.isnan(bars.volume).all()
    assert np.isnan(bars.amount).all()


@pytest.mark.parametrize("nothing", [0, None])
def test_total_return_index_has_closes_only(vendor: VendorServer, nothing: float | None) -> None:
    rows = [each | {"open": nothing, "high": nothing, "low": nothing} for each in CLOSES]
    vendor.on(PLACE, sent(rows))
    bars = csi.fetch_bars(TOTAL, *JUNE, AT)
    assert vendor.asked[0].query["indexCode"] == "H00300"
    np.testing.assert_array_equal(bars.close, [5100.25, 5123.75])
    assert np.isnan([bars.open, bars.high, bars.low]).all()


@pytest.mark.parametrize(("change", "error"), FAULTS)
def test_fault(
    vendor: VendorServer,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Reply], Reply],
    error: type[SourceError],
) -> None:
    monkeypatch.setattr(guard, "TIMEOUT", IMPATIENT)
    vendor.on(PLACE, change(sent(ROWS)))
    with pytest.raises(error, match=r"^csi: ") as caught:
        csi.fetch_bars(INDEX, *JUNE, AT)
    assert type(caught.value) is error


@pytest.mark.parametrize("data", [[], None])
def test_nothing(vendor: VendorServer, data: object) -> None:
    vendor.on(PLACE, as_json({"code": "200", "msg": "Success", "data": data}))
    with pytest.raises(EmptyError):
        csi.fetch_bars(INDEX, *JUNE, AT)


def test_one_more_column(vendor: VendorServer) -> None:
    vendor.on(PLACE, sent([each | {"pb": 1.2} for each in ROWS]))
    with pytest.raises(SchemaChangedError, match="Length mismatch"):
        csi.fetch_bars(INDEX, *JUNE, AT)


def test_columns_in_another_order(vendor: VendorServer) -> None:
    # of closes alone, no figure would show it
    moved = [dict(sorted(each.items())) for each in CLOSES]
    vendor.on(PLACE, sent(moved))
    with pytest.raises(SchemaChangedError, match="expected 'tradeDate' at 0"):
        csi.fetch_bars(TOTAL, *JUNE, AT)


def test_figures_under_each_others_names(vendor: VendorServer) -> None:
    vendor.on(PLACE, sent([each | {"high": each["low"], "low": each["high"]} for each in ROWS]))
    with pytest.raises(SchemaChangedError, match="columns look shuffled"):
        csi.fetch_bars(INDEX, *JUNE, AT)


def test_what_is_no_date(vendor: VendorServer) -> None:
    vendor.on(PLACE, sent([ROWS[0], ROWS[1] | {"tradeDate": "soon"}]))
    with pytest.raises(SchemaChangedError, match="日期"):
        csi.fetch_bars(INDEX, *JUNE, AT)


def test_what_is_no_number(vendor: VendorServer) -> None:
    vendor.on(PLACE, sent([CLOSES[0], CLOSES[1] | {"close": "--"}]))
    with pytest.raises(SchemaChangedError, match="收盘"):
        csi.fetch_bars(TOTAL, *JUNE, AT)


def test_bar_of_a_running_session_is_given_as_it_is(vendor: VendorServer) -> None:
    vendor.on(PLACE, sent([*ROWS, row("20240620", 3530.0, 3531.0, 3525.0, 3526.5)]))
    bars = csi.fetch_bars(INDEX, JUNE[0], dt.date(2024, 6, 20), AT)
    assert (bars.dates[-1], bars.close[-1]) == (np.datetime64("2024-06-20"), 3526.5)


def test_serves() -> None:
    served = ["000300.SH", "930713.CSI", "931160.CSI", "H00300.CSI"]
    assert all(csi.serves(Symbol.parse(text)) for text in served)
    unserved = ["399006.SZ", "HSI.HK", "SPX.US", "300308.SZ", "899050.BJ"]
    assert not any(csi.serves(Symbol.parse(text)) for text in unserved)
    assert not csi.serves(Symbol("HKDCNY", "FX"))
    with pytest.raises(EmptyError, match="does not serve"):
        csi.fetch_bars(Symbol.parse("HSI.HK"), *JUNE, AT)
