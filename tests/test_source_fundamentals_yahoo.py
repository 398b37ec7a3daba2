"""Yahoo's fundamentals on yfinance's own code and transport, against a stand-in for the site."""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import yfinance.data
from vendor_server import FAULTS, IMPATIENT, Reply, VendorServer, as_json

from screener.companies.facts import Facts
from screener.sources.errors import EmptyError, SchemaChangedError, SourceError
from screener.sources.vendors import guard, yahoo
from universes import Symbol

AT = np.datetime64("2024-06-20T12:00:00")
JUNE = (dt.date(2024, 6, 12), dt.date(2024, 6, 14))
APPLE = Symbol.parse("AAPL.US")
TENCENT = Symbol.parse("0700.HK")
SUMMARY, QUOTE, SERIES = "/quoteSummary/", "/v7/finance/quote", "/timeseries/"
Cells = dict[str, Any]
# midnight of 30 March 2024 in UTC
QUARTER = 1711756800


@pytest.fixture
def vendor(
    monkeypatch: pytest.MonkeyPatch,
    socket_enabled: None,  # noqa: ARG001 - lets the server be reached
) -> Iterator[VendorServer]:
    with VendorServer() as server:
        get = yfinance.data.YfData.get

        def diverted(self: object, url: str, *given: object) -> object:
            return get(self, re.sub(r"^https://[^/]*", server.address, url), *given)

        monkeypatch.setattr(yfinance.data.YfData, "get", diverted)
        monkeypatch.setattr(
            yfinance.data.YfData, "_get_cookie_and_crumb", lambda *_: (None, "basic")
        )
        yield server


def answer_info(vendor: VendorServer, **changes: object) -> None:
    """A price of 200, a dividend of 1.00 in the year, so that it yields half a per cent."""
    detail: Cells = {
        "currency": "USD",
        "previousClose": 200.0,
        "marketCap": 3_000_000_000_000,
        "trailingPE": 30.5,
        "priceToSalesTrailing12Months": 7.75,
        "trailingAnnualDividendRate": 1.0,
        "trailingAnnualDividendYield": 0.005,
        "dividendYield": 0.51,
    }
    statistics: Cells = {"priceToBook": 40.25, "mostRecentQuarter": QUARTER, "floatShares": 1.5e10}
    finances: Cells = {
        "financialCurrency": "USD",
        "returnOnEquity": 1.375,
        "revenueGrowth": -0.043,
        "earningsGrowth": 0.007,
    }
    for cells in (detail, statistics, finances):
        cells |= {name: value for name, value in changes.items() if name in cells}
    summary = {
        "summaryDetail": detail,
        "defaultKeyStatistics": statistics,
        "financialData": finances,
        "quoteType": {"symbol": "AAPL", "quoteType": "EQUITY"},
    }
    vendor.on(SUMMARY, as_json({"quoteSummary": {"result": [summary], "error": None}}))
    vendor.on(QUOTE, as_json({"quoteResponse": {"result": [{"symbol": "AAPL"}], "error": None}}))
    vendor.on(SERIES, as_json({"timeseries": {"result": [{"meta": {}}], "error": None}}))


def told(facts: Facts) -> dict[str, tuple[str, str, float]]:
    assert set(facts.source.tolist()) <= {"yahoo"}
    columns = (facts.item, facts.period.astype(str), facts.known.astype(str), facts.value)
    return {item: rest for item, *rest in zip(*(c.tolist() for c in columns), strict=True)}


def test_a_share_has_the_valuation_of_the_moment(vendor: VendorServer) -> None:
    answer_info(vendor)
    gathered = yahoo.fetch_fundamentals(APPLE, *JUNE, AT)
    # growth is left out, as that of one quarter; the free float, as it leaves out large holders
    day = "2024-06-20"
    assert told(gathered.facts) == {
        "pe_ttm": [day, day, 30.5],
        "pb": [day, day, 40.25],
        "ps_ttm": [day, day, 7.75],
        "market_value": [day, day, 3e12],
        "dividend_yield_ttm": [day, day, 0.005],
        "roe_ttm": ["2024-03-30", day, 1.375],
    }
    assert set(gathered.facts.symbol.tolist()) == {"AAPL.US"}
    assert gathered.remarks == ()


def test_the_day_is_that_of_the_exchange(vendor: VendorServer) -> None:
    answer_info(vendor)
    # still the evening before in New York
    early = np.datetime64("2024-06-20T03:00:00")
    facts = yahoo.fetch_fundamentals(APPLE, *JUNE, early).facts
    assert set(facts.known.astype(str).tolist()) == {"2024-06-19"}


@pytest.mark.parametrize("stated_in", ["CNY", None])
def test_prices_are_not_set_against_statements_in_another_currency(
    vendor: VendorServer, stated_in: str | None
) -> None:
    answer_info(vendor, currency="HKD", financialCurrency=stated_in)
    gathered = yahoo.fetch_fundamentals(TENCENT, *JUNE, AT)
    assert sorted(told(gathered.facts)) == ["market_value", "roe_ttm"]
    assert len(gathered.remarks) == 1
    assert (stated_in or "not told") in gathered.remarks[0]


@pytest.mark.parametrize(
    ("changes", "remarks"),
    [
        # per cent in place of a fraction
        ({"trailingAnnualDividendYield": 0.5}, 1),
        ({"trailingAnnualDividendRate": 2.0}, 1),
        ({"previousClose": None}, 1),
        ({"trailingAnnualDividendRate": None}, 1),
        ({"trailingAnnualDividendYield": None}, 0),
    ],
)
def test_a_yield_that_is_not_dividends_over_price_is_left_out(
    vendor: VendorServer, changes: Cells, remarks: int
) -> None:
    answer_info(vendor, **changes)
    gathered = yahoo.fetch_fundamentals(APPLE, *JUNE, AT)
    assert "dividend_yield_ttm" not in gathered.facts.item
    assert "pe_ttm" in gathered.facts.item
    assert len(gathered.remarks) == remarks


def test_a_share_that_pays_nothing_yields_nothing(vendor: VendorServer) -> None:
    answer_info(vendor, trailingAnnualDividendRate=0.0, trailingAnnualDividendYield=0.0)
    facts = told(yahoo.fetch_fundamentals(APPLE, *JUNE, AT).facts)
    assert facts["dividend_yield_ttm"][2] == 0.0


@pytest.mark.parametrize("value", [None, "Infinity"])
def test_a_ratio_that_is_none_gives_no_figure(vendor: VendorServer, value: object) -> None:
    answer_info(vendor, trailingPE=value)
    assert "pe_ttm" not in yahoo.fetch_fundamentals(APPLE, *JUNE, AT).facts.item


def test_a_return_of_an_unknown_year_is_left_out(vendor: VendorServer) -> None:
    answer_info(vendor, mostRecentQuarter=None)
    assert "roe_ttm" not in yahoo.fetch_fundamentals(APPLE, *JUNE, AT).facts.item


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"currency": "EUR"}, "quoted in EUR, not in USD"),
        ({"currency": None}, "quoted in None"),
        ({"priceToBook": "4.25"}, "priceToBook of AAPL.US is no number: '4.25'"),
        ({"marketCap": "much"}, "marketCap"),
        ({"marketCap": True}, "marketCap"),
        ({"returnOnEquity": [1.0]}, "returnOnEquity"),
    ],
)
def test_what_cannot_be_read_is_refused(vendor: VendorServer, changes: Cells, message: str) -> None:
    answer_info(vendor, **changes)
    with pytest.raises(SchemaChangedError, match=message):
        yahoo.fetch_fundamentals(APPLE, *JUNE, AT)


def test_an_unknown_share_is_answered_with_nothing(vendor: VendorServer) -> None:
    answer_info(vendor)
    reason = {"code": "Not Found", "description": "Quote not found for symbol: AAPL"}
    refused = as_json({"quoteSummary": {"result": None, "error": reason}})
    vendor.on(SUMMARY, Reply(refused.body, 404))
    with pytest.raises(EmptyError, match="Quote not found"):
        yahoo.fetch_fundamentals(APPLE, *JUNE, AT)
    vendor.on(SUMMARY, refused)
    vendor.on(QUOTE, as_json({"quoteResponse": {"result": [], "error": None}}))
    with pytest.raises(EmptyError, match="answered with nothing"):
        yahoo.fetch_fundamentals(APPLE, *JUNE, AT)


@pytest.mark.parametrize("part", [SUMMARY, QUOTE, SERIES])
@pytest.mark.parametrize(("change", "error"), FAULTS)
def test_fault_of_a_valuation(
    vendor: VendorServer,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Reply], Reply],
    error: type[SourceError],
    part: str,
) -> None:
    monkeypatch.setattr(guard, "TIMEOUT", IMPATIENT)
    answer_info(vendor)
    good = as_json({"quoteSummary": {"result": [{"quoteType": {"symbol": "AAPL"}}]}})
    vendor.on(part, change(good))
    with pytest.raises(error, match=r"^yahoo: ") as caught:
        yahoo.fetch_fundamentals(APPLE, *JUNE, AT)
    assert type(caught.value) is error


# What a company spent on its own shares


def statement(prefix: str, *, currency: str = "USD", **days: float | None) -> Reply:
    """Buybacks by the last day of twelve months, beside another line of the statement."""
    stamps = {day: int(np.datetime64(day, "s").astype(np.int64)) for day in days}

    def line(name: str, values: dict[str, float | None]) -> Cells:
        told_of = {day: value for day, value in values.items() if value is not None}
        cells = [
            {"asOfDate": day, "currencyCode": currency, "reportedValue": {"raw": value}}
            for day, value in told_of.items()
        ]
        meta = {"meta": {"symbol": ["AAPL"], "type": [prefix + name]}}
        if not cells:
            return meta
        return meta | {"timestamp": [stamps[day] for day in told_of], prefix + name: cells}

    lines = [
        line("OperatingCashFlow", dict.fromkeys(days, 1.1e11)),
        line("RepurchaseOfCapitalStock", days),
    ]
    return as_json({"timeseries": {"result": lines, "error": None}})


def day(text: str, value: float | None) -> dict[str, float | None]:
    return {text: value}


TRAILING = statement("trailing", **day("2024-03-31", -8.25e10))


def test_buybacks_are_those_of_the_last_twelve_months(vendor: VendorServer) -> None:
    vendor.on("trailingRepurchaseOfCapitalStock", TRAILING)
    gathered = yahoo.fetch_buybacks(APPLE, *JUNE, AT)
    assert told(gathered.facts) == {"buyback_ttm": ["2024-03-31", "2024-06-20", 8.25e10]}
    assert gathered.remarks == ()
    assert len(vendor.asked) == 1


def test_the_last_fiscal_year_stands_in_for_twelve_months_that_are_not_stated(
    vendor: VendorServer,
) -> None:
    vendor.on("trailingRepurchaseOfCapitalStock", statement("trailing"))
    years = day("2022-12-31", -3e10) | day("2023-12-31", -4.5e10)
    vendor.on("annualRepurchaseOfCapitalStock", statement("annual", currency="HKD", **years))
    gathered = yahoo.fetch_buybacks(TENCENT, *JUNE, AT)
    assert told(gathered.facts) == {"buyback_ttm": ["2023-12-31", "2024-06-20", 4.5e10]}


@pytest.mark.parametrize("currency", ["CNY", "USD"])
def test_an_amount_in_a_currency_of_its_own_is_kept_as_that(
    vendor: VendorServer, currency: str
) -> None:
    stated = statement("trailing", currency=currency, **day("2024-03-31", -4.5e10))
    vendor.on("trailingRepurchaseOfCapitalStock", stated)
    gathered = yahoo.fetch_buybacks(TENCENT, *JUNE, AT)
    kept = {f"buyback_ttm_{currency.lower()}": ["2024-03-31", "2024-06-20", 4.5e10]}
    assert told(gathered.facts) == kept
    assert gathered.remarks == ()


def test_an_amount_in_a_currency_without_an_item_is_left_out_and_told(
    vendor: VendorServer,
) -> None:
    stated = statement("trailing", currency="EUR", **day("2024-03-31", -4.5e10))
    vendor.on("trailingRepurchaseOfCapitalStock", stated)
    gathered = yahoo.fetch_buybacks(TENCENT, *JUNE, AT)
    assert len(gathered.facts) == 0
    assert gathered.remarks == ("0700.HK: buybacks are stated in EUR, and left out",)


def test_a_statement_without_buybacks_is_told(vendor: VendorServer) -> None:
    vendor.on("trailingRepurchaseOfCapitalStock", statement("trailing", **day("2024-03-31", None)))
    gathered = yahoo.fetch_buybacks(APPLE, *JUNE, AT)
    assert len(gathered.facts) == 0
    assert gathered.remarks == ("AAPL.US: no buybacks stated for the year to 2024-03-31",)


def test_no_statement_is_an_empty_answer(vendor: VendorServer) -> None:
    vendor.on("trailingRepurchaseOfCapitalStock", statement("trailing"))
    vendor.on("annualRepurchaseOfCapitalStock", statement("annual"))
    with pytest.raises(EmptyError, match="no statement of cash flows"):
        yahoo.fetch_buybacks(APPLE, *JUNE, AT)
    vendor.on(SERIES, as_json({"timeseries": {"result": [], "error": None}}))
    with pytest.raises(EmptyError):
        yahoo.fetch_buybacks(APPLE, *JUNE, AT)


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (statement("trailing", **day("2024-03-31", 8.25e10)), "brought in"),
        (Reply(TRAILING.body.replace(b"currencyCode", b"unit")), "laid out anew"),
        (Reply(TRAILING.body.replace(b"reportedValue", b"value")), "laid out anew"),
        (Reply(TRAILING.body.replace(b"-82500000000.0", b'"much"')), "laid out anew"),
    ],
)
def test_a_statement_that_cannot_be_read_is_refused(
    vendor: VendorServer, reply: Reply, message: str
) -> None:
    vendor.on(SERIES, reply)
    with pytest.raises(SchemaChangedError, match=message):
        yahoo.fetch_buybacks(APPLE, *JUNE, AT)


@pytest.mark.parametrize(("change", "error"), FAULTS)
def test_fault_of_buybacks(
    vendor: VendorServer,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Reply], Reply],
    error: type[SourceError],
) -> None:
    monkeypatch.setattr(guard, "TIMEOUT", IMPATIENT)
    vendor.on(SERIES, change(TRAILING))
    with pytest.raises(error, match=r"^yahoo: ") as caught:
        yahoo.fetch_buybacks(APPLE, *JUNE, AT)
    assert type(caught.value) is error


def test_a_refusal_is_not_answered_with_another_call(vendor: VendorServer) -> None:
    vendor.on(SERIES, Reply(b"IP blocked", 456, "text/plain"))
    with pytest.raises(SourceError, match="456"):
        yahoo.fetch_buybacks(APPLE, *JUNE, AT)
    # yfinance asks once more itself, by its other kind of cookie, but not in smaller parts
    assert len(vendor.asked) == 2


def test_who_is_not_served_is_not_asked(vendor: VendorServer) -> None:
    for fetch in (yahoo.fetch_fundamentals, yahoo.fetch_buybacks):
        with pytest.raises(EmptyError, match=r"does not serve 920002\.BJ"):
            fetch(Symbol.parse("920002.BJ"), *JUNE, AT)
    assert vendor.asked == []


def test_nothing_is_printed(vendor: VendorServer, capfd: pytest.CaptureFixture[str]) -> None:
    answer_info(vendor)
    yahoo.fetch_fundamentals(APPLE, *JUNE, AT)
    vendor.on(SERIES, TRAILING)
    yahoo.fetch_buybacks(APPLE, *JUNE, AT)
    vendor.on(SERIES, Reply(b"no", 403))
    with pytest.raises(SourceError):
        yahoo.fetch_buybacks(APPLE, *JUNE, AT)
    assert capfd.readouterr() == ("", "")
