"""Eastmoney's valuation of one share, on akshare's own code and a server in the process."""

import datetime as dt
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from vendor_server import FAULTS, IMPATIENT, Reply, VendorServer, as_json

from screener.companies.facts import Facts
from screener.sources.errors import EmptyError, SchemaChangedError, SourceError
from screener.sources.vendors import eastmoney, guard
from universes import Symbol

# half past nine in the evening in Hong Kong
AT = np.datetime64("2024-06-20T13:30:00")
JUNE = (dt.date(2024, 6, 12), dt.date(2024, 6, 14))
SHARE = Symbol.parse("300308.SZ")
TENCENT = Symbol.parse("0700.HK")
SITE = "/api/data/v1/get"
Row = dict[str, Any]
Told = tuple[str, str, str, str, float]


def table(rows: list[Row], pages: int = 1) -> Reply:
    return as_json({"result": {"pages": pages, "data": rows}, "success": True, "code": 0})


# what the site answers where it has nothing
NOTHING = as_json({"version": None, "result": None, "success": False, "code": 9201})


def told(facts: Facts) -> list[Told]:
    assert set(facts.source.tolist()) <= {"eastmoney"}
    columns = (facts.symbol, facts.item, facts.period.astype(str), facts.known.astype(str))
    return sorted(zip(*(each.tolist() for each in (*columns, facts.value)), strict=True))


@pytest.fixture
def vendor(
    monkeypatch: pytest.MonkeyPatch,
    socket_enabled: None,  # noqa: ARG001 - lets the server be reached
) -> Iterator[VendorServer]:
    with VendorServer() as server:
        server.divert(monkeypatch)
        yield server


# A share of the mainland


def day_of(day: str, **changes: object) -> Row:
    """A close of 150 on 1.1 billion shares, of which a billion can be traded."""
    row: Row = {
        "SECURITY_CODE": "300308",
        "TRADE_DATE": f"{day} 00:00:00",
        "CLOSE_PRICE": 150.0,
        "CHANGE_RATE": 1.2,
        "TOTAL_MARKET_CAP": 1.65e11,
        "NOTLIMITED_MARKETCAP_A": 1.5e11,
        "TOTAL_SHARES": 1_100_000_000,
        "FREE_SHARES_A": 1_000_000_000,
        "PE_TTM": 55.5,
        "PE_LAR": 60.0,
        "PB_MRQ": 9.25,
        "PEG_CAR": 0.5,
        "PCF_OCF_TTM": 50.0,
        "PS_TTM": 11.5,
    }
    return row | changes


DAYS = [day_of("2024-06-14", PE_TTM=56.0, PS_TTM=None), day_of("2024-06-13"), day_of("2024-06-11")]


def test_a_share_has_a_valuation_for_each_session_known_on_the_day(vendor: VendorServer) -> None:
    vendor.on(SITE, table(DAYS))
    gathered = eastmoney.fetch_fundamentals(SHARE, *JUNE, AT)
    first, second = "2024-06-13", "2024-06-14"
    # the 11th is not asked for, and of the 14th there is no ratio to sales
    assert told(gathered.facts) == sorted(
        ("300308.SZ", item, day, day, value)
        for day, item, value in [
            (first, "pe_ttm", 55.5),
            (first, "pb", 9.25),
            (first, "ps_ttm", 11.5),
            (first, "market_value", 1.65e11),
            (first, "float_shares", 1e9),
            (second, "pe_ttm", 56.0),
            (second, "pb", 9.25),
            (second, "market_value", 1.65e11),
            (second, "float_shares", 1e9),
        ]
    )
    assert gathered.remarks == ()
    assert vendor.asked[0].query["reportName"] == "RPT_VALUEANALYSIS_DET"
    assert vendor.asked[0].query["filter"] == '(SECURITY_CODE="300308")'


def test_a_loss_is_a_ratio_below_zero(vendor: VendorServer) -> None:
    vendor.on(SITE, table([day_of("2024-06-13", PE_TTM=-12.5)]))
    facts = eastmoney.fetch_fundamentals(SHARE, *JUNE, AT).facts
    assert facts.value[facts.item == "pe_ttm"].tolist() == [-12.5]


def test_days_without_a_session_give_nothing_and_are_no_fault(vendor: VendorServer) -> None:
    vendor.on(SITE, table(DAYS))
    weekend = (dt.date(2024, 6, 15), dt.date(2024, 6, 16))
    assert len(eastmoney.fetch_fundamentals(SHARE, *weekend, AT).facts) == 0


@pytest.mark.parametrize("symbol", ["300308.SZ", "0700.HK"])
@pytest.mark.parametrize("reply", [NOTHING, table([]), as_json(None), as_json({})])
def test_an_unknown_share_is_answered_with_nothing(
    vendor: VendorServer, symbol: str, reply: Reply
) -> None:
    vendor.on(SITE, reply)
    with pytest.raises(EmptyError):
        eastmoney.fetch_fundamentals(Symbol.parse(symbol), *JUNE, AT)
    assert len(vendor.asked) == 1


@pytest.mark.parametrize(("change", "error"), FAULTS)
@pytest.mark.parametrize("symbol", ["300308.SZ", "0700.HK"])
def test_fault(
    vendor: VendorServer,
    monkeypatch: pytest.MonkeyPatch,
    symbol: str,
    change: Callable[[Reply], Reply],
    error: type[SourceError],
) -> None:
    monkeypatch.setattr(guard, "TIMEOUT", IMPATIENT)
    vendor.on(SITE, change(table(DAYS)))
    with pytest.raises(error, match=r"^eastmoney: ") as caught:
        eastmoney.fetch_fundamentals(Symbol.parse(symbol), *JUNE, AT)
    assert type(caught.value) is error
    assert len(vendor.asked) == 1


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        pytest.param([day_of("2024-06-13", PB_MRQ="n/a")], "PB_MRQ.*'n/a'", id="a word"),
        pytest.param([day_of("soon")], "is no date", id="no day"),
        pytest.param([day_of("2024-06-13", SECURITY_CODE="300413")], "it gave 300413", id="other"),
        pytest.param(
            [day_of(day, FREE_SHARES_A=100_000) for day in ("2024-06-13", "2024-06-14")],
            "units changed: float_shares",
            id="shares in ten thousands",
        ),
        pytest.param(
            [day_of("2024-06-13", TOTAL_MARKET_CAP=1650.0)],
            "units changed: market_value",
            id="value in hundred millions",
        ),
    ],
)
def test_what_cannot_be_read_is_refused(
    vendor: VendorServer, rows: list[Row], message: str
) -> None:
    vendor.on(SITE, table(rows))
    with pytest.raises(SchemaChangedError, match=message):
        eastmoney.fetch_fundamentals(SHARE, *JUNE, AT)


def test_a_missing_column_and_a_second_page_are_refused(vendor: VendorServer) -> None:
    vendor.on(SITE, table([{k: v for k, v in day_of("2024-06-13").items() if k != "PB_MRQ"}]))
    with pytest.raises(SchemaChangedError, match="laid out anew"):
        eastmoney.fetch_fundamentals(SHARE, *JUNE, AT)
    vendor.on(SITE, table(DAYS, pages=2))
    with pytest.raises(SchemaChangedError, match="2 pages"):
        eastmoney.fetch_fundamentals(SHARE, *JUNE, AT)


def test_one_more_column_is_no_matter_as_all_have_names(vendor: VendorServer) -> None:
    vendor.on(SITE, table([{"NEW": 1.0} | row for row in DAYS]))
    assert len(eastmoney.fetch_fundamentals(SHARE, *JUNE, AT).facts) == 9


def test_an_index_is_not_served() -> None:
    with pytest.raises(EmptyError, match=r"does not serve 000300\.SH"):
        eastmoney.fetch_fundamentals(Symbol.parse("000300.SH"), *JUNE, AT)


# A share in Hong Kong

_HK_KEYS = (
    "BASIC_EPS BPS COMMON_ACS PER_SHARES HK_COMMON_SHARES PER_NETCASH_OPERATE HKSK_MARKET_CAP "
    "OPERATE_INCOME OPERATE_INCOME_QOQ HOLDER_PROFIT HOLDER_PROFIT_QOQ NET_PROFIT_RATIO ROA "
    "DIVI_RATIO"
)


def moment(**changes: object) -> Reply:
    """3.40 for each of 9.4 billion shares that are worth 3,572 billion: 0.8947 %."""
    row: Row = dict.fromkeys(_HK_KEYS.split(), 1.0) | {
        "SECUCODE": "00700.HK",
        "SECURITY_CODE": "00700",
        "ISSUED_COMMON_SHARES": 9_400_000_000,
        "TOTAL_MARKET_CAP": 3.572e12,
        "PE_TTM": 25.5,
        "PB_TTM": 4.125,
        "ROE_AVG": 4.9,
        # the site sends these two as text
        "DIVIDEND_TTM": "3.4",
        "DIVIDEND_RATE": "0.8947",
    }
    return table([row | changes])


def test_a_share_in_hong_kong_has_the_valuation_of_the_moment(vendor: VendorServer) -> None:
    vendor.on(SITE, moment())
    gathered = eastmoney.fetch_fundamentals(TENCENT, *JUNE, AT)
    day = "2024-06-20"
    assert told(gathered.facts) == [
        ("0700.HK", "dividend_yield_ttm", day, day, pytest.approx(0.008947, rel=1e-12)),
        ("0700.HK", "market_value", day, day, 3.572e12),
        ("0700.HK", "pb", day, day, 4.125),
        ("0700.HK", "pe_ttm", day, day, 25.5),
    ]
    assert vendor.asked[0].query["filter"] == '(SECUCODE="00700.HK")'


def test_the_day_is_that_of_the_exchange(vendor: VendorServer) -> None:
    vendor.on(SITE, moment())
    # a quarter past midnight in Hong Kong
    late = np.datetime64("2024-06-20T16:15:00")
    facts = eastmoney.fetch_fundamentals(TENCENT, *JUNE, late).facts
    assert set(facts.known.astype(str).tolist()) == {"2024-06-21"}


@pytest.mark.parametrize(
    ("changes", "remarks"),
    [
        # a fraction in place of per cent
        ({"DIVIDEND_RATE": 0.008947}, 1),
        ({"TOTAL_MARKET_CAP": None}, 1),
        ({"DIVIDEND_TTM": None, "DIVIDEND_RATE": None}, 0),
    ],
)
def test_a_yield_that_does_not_follow_is_left_out(
    vendor: VendorServer, changes: Row, remarks: int
) -> None:
    vendor.on(SITE, moment(**changes))
    gathered = eastmoney.fetch_fundamentals(TENCENT, *JUNE, AT)
    assert "dividend_yield_ttm" not in gathered.facts.item
    assert "pe_ttm" in gathered.facts.item
    assert len(gathered.remarks) == remarks


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (moment(SECUCODE="00701.HK"), "it gave 00701.HK"),
        (moment(PE_TTM="dear"), "市盈率"),
        (Reply(moment().body.replace(b'"PE_TTM"', b'"PE"')), "laid out anew"),
    ],
)
def test_a_moment_that_cannot_be_read_is_refused(
    vendor: VendorServer, reply: Reply, message: str
) -> None:
    vendor.on(SITE, reply)
    with pytest.raises(SchemaChangedError, match=message):
        eastmoney.fetch_fundamentals(TENCENT, *JUNE, AT)


def test_nothing_is_printed_and_no_warning_escapes(
    vendor: VendorServer, capfd: pytest.CaptureFixture[str]
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        vendor.on(SITE, table(DAYS))
        eastmoney.fetch_fundamentals(SHARE, *JUNE, AT)
        vendor.on(SITE, moment())
        eastmoney.fetch_fundamentals(TENCENT, *JUNE, AT)
    assert capfd.readouterr() == ("", "")
