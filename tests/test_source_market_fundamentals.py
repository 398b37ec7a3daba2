"""Eastmoney's tables of all mainland shares, on akshare's own code and a server in the process."""

import datetime as dt
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from fake_sources import FakeClock
from vendor_server import FAULTS, IMPATIENT, Asked, Reply, VendorServer, as_json

from screener.companies.facts import Facts
from screener.sources.errors import EmptyError, SchemaChangedError, SourceError
from screener.sources.failover import Fetcher
from screener.sources.vendors import eastmoney, guard

AT = np.datetime64("2024-06-20T13:30:00")
SITE = "/api/data/v1/get"
YEAR_END = dt.date(2023, 12, 31)
Row = dict[str, Any]
Told = tuple[str, str, str, str, float]


def table(rows: list[Row], pages: int = 1) -> Reply:
    return as_json({"result": {"pages": pages, "data": rows}, "success": True, "code": 0})


# what the site answers where it has nothing
NOTHING = as_json({"version": None, "result": None, "success": False, "code": 9201})


def of_share(facts: Facts, symbol: str) -> list[Told]:
    facts = facts.take(facts.symbol == symbol)
    assert set(facts.source.tolist()) == {"eastmoney"}
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


# All reports of a quarter

_REPORT_KEYS = (
    "SECURITY_CODE SECURITY_NAME_ABBR TRADE_MARKET_CODE TRADE_MARKET SECURITY_TYPE_CODE "
    "SECURITY_TYPE UPDATE_DATE REPORTDATE BASIC_EPS DEDUCT_BASIC_EPS TOTAL_OPERATE_INCOME "
    "PARENT_NETPROFIT WEIGHTAVG_ROE YSTZ SJLTZ BPS MGJYXJJE XSMLL YSHZ SJLHZ ASSIGNDSCRPT "
    "PAYYEAR PUBLISHNAME ZXGXL NOTICE_DATE ORG_CODE TRADE_MARKET_ZJG ISNEW QDATE DATATYPE "
    "DATAYEAR DATEMMDD EITIME SECUCODE BOARD_NAME ORI_BOARD_CODE BOARD_CODE"
)


def report(code: str, **changes: object) -> Row:
    """Sales up by a quarter, profit down by an eighth, 18.5 % on equity of ten at 1.8 a share."""
    row: Row = dict.fromkeys(_REPORT_KEYS.split()) | {
        "SECURITY_CODE": code,
        "SECURITY_NAME_ABBR": "甲",
        "UPDATE_DATE": "2024-04-20 00:00:00",
        "NOTICE_DATE": "2024-03-30 00:00:00",
        "REPORTDATE": "2023-12-31 00:00:00",
        "BASIC_EPS": 1.8,
        "WEIGHTAVG_ROE": 18.5,
        "YSTZ": 25.0,
        "SJLTZ": -12.5,
        "BPS": 10.0,
    }
    return row | changes


# forty shares, so that two that cannot be used are not too many
OTHERS = [report(f"6005{number:02}") for number in range(40)]


def test_the_reports_of_a_year_tell_growth_and_return_on_equity(vendor: VendorServer) -> None:
    vendor.on(SITE, table([report("300308"), report("920002", SJLTZ=None), *OTHERS]))
    gathered = eastmoney.fetch_reports(YEAR_END, AT)
    # known from the last version on, not from the first
    days = ("2023-12-31", "2024-04-20")
    assert of_share(gathered.facts, "300308.SZ") == [
        ("300308.SZ", "profit_growth", *days, -0.125),
        ("300308.SZ", "revenue_growth", *days, 0.25),
        ("300308.SZ", "roe", *days, 0.185),
    ]
    assert [each[1] for each in of_share(gathered.facts, "920002.BJ")] == ["revenue_growth", "roe"]
    assert len(gathered.facts) == 3 * 41 + 2
    assert gathered.remarks == ()
    assert vendor.asked[0].query["filter"] == "(REPORTDATE='2023-12-31')"


def test_a_quarter_tells_growth_only(vendor: VendorServer) -> None:
    rows = [row | {"REPORTDATE": "2024-03-31 00:00:00"} for row in OTHERS]
    vendor.on(SITE, table(rows))
    facts = eastmoney.fetch_reports(dt.date(2024, 3, 31), AT).facts
    assert set(facts.item.tolist()) == {"revenue_growth", "profit_growth"}
    assert set(facts.period.astype(str).tolist()) == {"2024-03-31"}


def test_every_page_is_read(vendor: VendorServer) -> None:
    def answer(asked: Asked) -> Reply:
        return table(
            [[report("300308"), *OTHERS], [report("000001")]][int(asked.query["pageNumber"]) - 1],
            pages=2,
        )

    vendor.on(SITE, answer)
    facts = eastmoney.fetch_reports(YEAR_END, AT).facts
    assert {"300308.SZ", "000001.SZ"} < set(facts.symbol.tolist())


@pytest.mark.parametrize("code", ["400001", "871234", "900901", "200002", "A23001"])
def test_shares_of_other_markets_in_the_table_are_passed_over(
    vendor: VendorServer, code: str
) -> None:
    vendor.on(SITE, table([*(report(code) for _ in range(30)), *OTHERS]))
    gathered = eastmoney.fetch_reports(YEAR_END, AT)
    assert len(set(gathered.facts.symbol.tolist())) == 40
    assert gathered.remarks == ()


def test_an_old_code_is_the_share_that_has_a_new_one(vendor: VendorServer) -> None:
    vendor.on(SITE, table([report("830799"), *OTHERS]))
    assert "920799.BJ" in eastmoney.fetch_reports(YEAR_END, AT).facts.symbol


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        pytest.param([report("123456")], "on no exchange", id="no share"),
        pytest.param([report("000001", UPDATE_DATE=None)], "without a day", id="no day"),
        pytest.param([report("000001", UPDATE_DATE="soon")], "without a day", id="a word"),
        pytest.param(
            [report("000001", UPDATE_DATE="2023-12-30 00:00:00")],
            "told before its last day",
            id="early",
        ),
        pytest.param(
            [report("000001"), report("000001", YSTZ=26.0)],
            "told twice, with different figures",
            id="two versions",
        ),
    ],
)
def test_a_row_that_cannot_be_used_is_left_out_and_counted(
    vendor: VendorServer, rows: list[Row], why: str
) -> None:
    vendor.on(SITE, table([*rows, *OTHERS]))
    gathered = eastmoney.fetch_reports(YEAR_END, AT)
    assert len(gathered.facts) == 3 * 40
    said = f"reports of 2023-12-31: {len(rows)} left out, {why}"
    assert gathered.remarks == (said,)


def test_the_same_row_twice_is_one(vendor: VendorServer) -> None:
    vendor.on(SITE, table([report("000001"), report("000001"), *OTHERS]))
    gathered = eastmoney.fetch_reports(YEAR_END, AT)
    assert len(of_share(gathered.facts, "000001.SZ")) == 3
    assert gathered.remarks == ()


def test_more_than_one_row_in_twenty_that_cannot_be_used_is_a_changed_layout(
    vendor: VendorServer,
) -> None:
    strange = [report(f"12345{number}") for number in range(3)]
    # two of forty-two, then three of forty-three
    vendor.on(SITE, table([*strange[:2], *OTHERS]))
    gathered = eastmoney.fetch_reports(YEAR_END, AT)
    assert gathered.remarks == ("reports of 2023-12-31: 2 left out, on no exchange",)
    vendor.on(SITE, table([*strange, *OTHERS]))
    with pytest.raises(SchemaChangedError, match="3 left out, on no exchange"):
        eastmoney.fetch_reports(YEAR_END, AT)


def swapped(one: str, other: str) -> list[Row]:
    order = [{one: other, other: one}.get(key, key) for key in _REPORT_KEYS.split()]
    return [{key: row[key] for key in order} for row in OTHERS]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        pytest.param([row | {"NEW": 1} for row in OTHERS], "Length mismatch", id="one more"),
        pytest.param(swapped("YSTZ", "SJLTZ"), "expected 'YSTZ' at 13", id="two columns swapped"),
        pytest.param(
            [row | {"WEIGHTAVG_ROE": 0.185} for row in OTHERS], "return on equity in 40", id="unit"
        ),
        pytest.param(
            [row | {"YSTZ": "25%"} for row in OTHERS], "no revenue_growth of most", id="words"
        ),
        pytest.param(
            [row | {"REPORTDATE": "2022-12-31"} for row in OTHERS], "it gave 2022", id="year"
        ),
    ],
)
def test_reports_laid_out_anew_are_refused(
    vendor: VendorServer, rows: list[Row], message: str
) -> None:
    vendor.on(SITE, table(rows))
    with pytest.raises(SchemaChangedError, match=message):
        eastmoney.fetch_reports(YEAR_END, AT)


def test_no_reports_are_a_fault_unless_the_quarter_has_just_ended(vendor: VendorServer) -> None:
    vendor.on(SITE, NOTHING)
    gathered = eastmoney.fetch_reports(dt.date(2024, 5, 31), AT)
    assert (len(gathered.facts), gathered.remarks) == (0, ("no reports of 2024-05-31 yet",))
    with pytest.raises(EmptyError):
        eastmoney.fetch_reports(dt.date(2024, 3, 31), AT)
    vendor.on(SITE, table([report("400001", REPORTDATE="2024-03-31")]))
    with pytest.raises(EmptyError, match="no mainland share"):
        eastmoney.fetch_reports(dt.date(2024, 3, 31), AT)


# All buyback programmes


_PLAN_KEYS = "NEWPRICE REPURPRICECAP REPURNUMLOWER REPURNUMCAP ZSZXX ZSZSX JEXX JESX REPURPROGRESS"


def programme(code: str, **changes: object) -> Row:
    """A million shares bought at 14 to 16, for 15 million."""
    row: Row = dict.fromkeys(_PLAN_KEYS.split()) | {
        "DIM_SCODE": code,
        "SECURITYSHORTNAME": "甲",
        "DIM_TRADEDATE": "2024-02-05 00:00:00",
        "UPDATEDATE": "2024-06-04 00:00:00",
        "REPURPRICELOWER1": 14.0,
        "REPURPRICECAP1": 16.0,
        "REPURNUM": 1_000_000,
        "REPURAMOUNT": 15_000_000.0,
    }
    return row | changes


PROGRAMMES = [programme(f"6005{number:02}") for number in range(40)]
YEAR = (dt.date(2024, 1, 1), dt.date(2024, 6, 20))


def test_a_programme_tells_what_was_spent_since_its_first_day(vendor: VendorServer) -> None:
    vendor.on(SITE, table([programme("300308"), *PROGRAMMES]))
    gathered = eastmoney.fetch_programmes(*YEAR)
    assert of_share(gathered.facts, "300308.SZ") == [
        ("300308.SZ", "buyback_programme", "2024-02-05", "2024-06-04", 15e6)
    ]
    assert gathered.remarks == ()


def test_programmes_are_those_told_of_in_the_days_asked_for(vendor: VendorServer) -> None:
    before = programme("300308", UPDATEDATE="2023-12-29 00:00:00")
    planned = programme("300413", DIM_TRADEDATE="2024-07-01 00:00:00", REPURAMOUNT=0.0, REPURNUM=0)
    vendor.on(SITE, table([before, planned, *PROGRAMMES]))
    symbols = set(eastmoney.fetch_programmes(*YEAR).facts.symbol.tolist())
    assert "300413.SZ" in symbols
    assert "300308.SZ" not in symbols


def test_a_plan_without_an_amount_is_passed_over(vendor: VendorServer) -> None:
    plans = [programme("300308", REPURAMOUNT=None, DIM_TRADEDATE=None) for _ in range(30)]
    vendor.on(SITE, table([*plans, *PROGRAMMES]))
    gathered = eastmoney.fetch_programmes(*YEAR)
    assert (len(gathered.facts), gathered.remarks) == (40, ())


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([programme("300308", UPDATEDATE=None)], "without a day"),
        ([programme("300308", DIM_TRADEDATE=None)], "without a day"),
        ([programme("300308", REPURAMOUNT=-1.0)], "below zero"),
        ([programme("123456")], "on no exchange"),
        (
            [programme("300308"), programme("300308", REPURAMOUNT=14_500_000.0)],
            "told twice, with different figures",
        ),
    ],
)
def test_a_programme_that_cannot_be_used_is_left_out_and_counted(
    vendor: VendorServer, rows: list[Row], why: str
) -> None:
    vendor.on(SITE, table([*rows, *PROGRAMMES]))
    gathered = eastmoney.fetch_programmes(*YEAR)
    assert len(gathered.facts) == 40
    assert gathered.remarks == (f"buyback programmes: {len(rows)} left out, {why}",)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([programme("300308", REPURAMOUNT=1500.0)], "amount spent in 1 of 1"),
        ([programme("300308", REPURAMOUNT="much")], "laid out anew"),
        ([programme("400001")], "of any mainland share"),
        ([{"DIM_SCODE": "300308"}], "laid out anew"),
    ],
)
def test_programmes_laid_out_anew_are_refused(
    vendor: VendorServer, rows: list[Row], message: str
) -> None:
    vendor.on(SITE, table(rows))
    with pytest.raises(SchemaChangedError, match=message):
        eastmoney.fetch_programmes(*YEAR)


@pytest.mark.parametrize(("change", "error"), FAULTS)
def test_fault_of_a_table_of_all_shares(
    vendor: VendorServer,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Reply], Reply],
    error: type[SourceError],
) -> None:
    monkeypatch.setattr(guard, "TIMEOUT", IMPATIENT)
    vendor.on(SITE, change(table(OTHERS)))
    for fetch in (
        lambda: eastmoney.fetch_reports(YEAR_END, AT),
        lambda: eastmoney.fetch_programmes(*YEAR),
    ):
        with pytest.raises(error) as caught:
            fetch()
        assert type(caught.value) is error


def test_a_page_that_fails_in_the_middle_fails_the_whole(vendor: VendorServer) -> None:
    def answer(asked: Asked) -> Reply:
        return Reply(status=403) if asked.query["pageNumber"] == "2" else table(OTHERS, pages=3)

    vendor.on(SITE, answer)
    with pytest.raises(SourceError, match="status 403"):
        eastmoney.fetch_reports(YEAR_END, AT)
    assert [asked.query["pageNumber"] for asked in vendor.asked] == ["1", "1", "2"]


def test_the_fetcher_reads_page_after_page_at_the_pace_of_the_site(vendor: VendorServer) -> None:
    def answer(asked: Asked) -> Reply:
        if asked.query["reportName"] != "RPT_LICO_FN_CPD":
            return table(PROGRAMMES, pages=2)
        quarter = asked.query["filter"].split("'")[1]
        return table([row | {"REPORTDATE": f"{quarter} 00:00:00"} for row in OTHERS], pages=3)

    vendor.on(SITE, answer)
    clock = FakeClock()
    answer_ = Fetcher(clock, seed=1).market_fundamentals(dt.date(2024, 2, 1), dt.date(2024, 5, 1))
    # two quarters of three pages and two pages of programmes, each first page twice
    assert len(vendor.asked) == 2 * (1 + 3) + (1 + 2)
    assert len(clock.slept) == len(vendor.asked) - 1
    assert all(1.5 <= slept <= 3.0 for slept in clock.slept)
    items, counts = np.unique(answer_.value.item, return_counts=True)
    assert dict(zip(items.tolist(), counts.tolist(), strict=True)) == {
        "revenue_growth": 80,
        "profit_growth": 80,
        "roe": 40,
    }
    assert answer_.missing == ()


def test_nothing_is_printed_and_no_warning_escapes(
    vendor: VendorServer, capfd: pytest.CaptureFixture[str]
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        vendor.on(SITE, table(OTHERS, pages=2))
        eastmoney.fetch_reports(YEAR_END, AT)
        vendor.on(SITE, table(PROGRAMMES, pages=2))
        eastmoney.fetch_programmes(*YEAR)
    assert capfd.readouterr() == ("", "")
