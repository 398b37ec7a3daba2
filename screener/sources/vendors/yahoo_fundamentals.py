"""Yahoo's valuation of a share of the moment, and what its company spent on buybacks."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np

from screener.companies.facts import Facts, join_facts, list_items
from screener.sources.errors import EmptyError, SchemaChangedError
from screener.sources.gathered import Gathered, make_facts
from screener.sources.vendors.query import Query, currency_of, refuse
from screener.sources.vendors.yahoo_calls import SOURCE, asking, check_currency, serves

_INFO_CARRIERS = ("quoteSummary", "quoteResponse", "timeseries", "result")
_SERIES_CARRIERS = ("timeseries", "result")
# price over what a company states, so they mix two currencies where it states in another
_MIXED = {"pe_ttm": "trailingPE", "pb": "priceToBook", "ps_ttm": "priceToSalesTrailing12Months"}
_YIELD, _PAID, _PRICE = (
    "trailingAnnualDividendYield",
    "trailingAnnualDividendRate",
    "previousClose",
)
_ROE, _QUARTER = "returnOnEquity", "mostRecentQuarter"
_SLACK = 0.05
# the last twelve months, else the last fiscal year
_PERIODS = (("trailing", "trailing"), ("yearly", "annual"))
_ROW = "RepurchaseOfCapitalStock"


def gather_valuation(query: Query) -> Gathered:
    """Fetch the valuation of the moment, of the day of the fetch whatever was asked for.

    What sets a price against a company's statements is left out where these are in another
    currency than the price, or do not say in which. So is the dividend yield where it is not
    the dividends over the price: its unit has changed before. The return on equity is that of
    the twelve months up to the last quarter stated. Growth is left out, as it is that of one
    quarter, and so are the shares in free float, which leave out large holders.

    Raises
    ------
    EmptyError
        If there is no such share.
    SchemaChangedError
        If a figure is no number, or the price is in another currency than the listing's.
    SourceError
        As `screener.sources.vendors.guard.guarded` says.
    """
    if not serves(query.symbol):
        raise refuse(query)
    with asking(query.symbol, _INFO_CARRIERS) as (_, ticker):
        info: Mapping[str, Any] = ticker.info
    # yfinance adds the name asked for to whatever was answered
    if not any(value is not None for key, value in info.items() if key != "symbol"):
        raise EmptyError(SOURCE, f"answered with nothing for {query.symbol}")
    check_currency(query.symbol, info.get("currency"))
    values = {"market_value": _number(query, info, "marketCap")}
    stated_in = info.get("financialCurrency")
    remarks = []
    if stated_in == info["currency"]:
        values |= {item: _number(query, info, name) for item, name in _MIXED.items()}
        values["dividend_yield_ttm"], unsure = _read_yield(query, info)
        remarks += unsure
    else:
        remarks.append(
            f"{query.symbol}: valuations left out, as prices are in {info['currency']} and"
            f" statements in {stated_in or 'a currency that is not told'}"
        )
    facts = [_fact(query, item, query.day, value) for item, value in values.items()]
    facts.append(_fact(query, "roe_ttm", *_read_roe(query, info)))
    return Gathered(join_facts(facts), tuple(remarks))


def _fact(query: Query, item: str, period: np.datetime64, value: float) -> Facts:
    return make_facts(SOURCE, item, str(query.symbol), period, query.day, np.array([value]))


def _number(query: Query, info: Mapping[str, Any], name: str) -> float:
    """Return a figure, not a number where there is none."""
    value = info.get(name)
    if value is None:
        return np.nan
    try:
        # a ratio over nothing is told as the word Infinity
        number = float(value)
    except (TypeError, ValueError):
        number = None
    if (
        number is None
        or isinstance(value, bool)
        or (isinstance(value, str) and np.isfinite(number))
    ):
        raise SchemaChangedError(SOURCE, f"{name} of {query.symbol} is no number: {value!r}")
    return number if np.isfinite(number) else np.nan


def _read_yield(query: Query, info: Mapping[str, Any]) -> tuple[float, list[str]]:
    told, paid, price = (_number(query, info, name) for name in (_YIELD, _PAID, _PRICE))
    if np.isnan(told):
        return np.nan, []
    if price > 0 and abs(told - paid / price) <= _SLACK * told:
        return told, []
    remark = (
        f"{query.symbol}: its dividend yield of {told:g} is not its dividends over its price,"
        " and is left out"
    )
    return np.nan, [remark]


def _read_roe(query: Query, info: Mapping[str, Any]) -> tuple[np.datetime64, float]:
    roe, until = (_number(query, info, name) for name in (_ROE, _QUARTER))
    if np.isnan(until):
        return query.day, np.nan
    return np.datetime64(dt.datetime.fromtimestamp(until, dt.UTC).date(), "D"), roe


def gather_buybacks(query: Query) -> Gathered:
    """Fetch what was spent on the company's own shares in the last twelve months stated.

    They are those up to the last quarter, or the last fiscal year where there are none, known
    from the day of the fetch. An amount in another currency than the listing's is kept in its
    own where there is an item for it, and otherwise left out.

    Raises
    ------
    EmptyError
        If there is no statement of cash flows.
    SchemaChangedError
        If it is laid out anew.
    SourceError
        As `screener.sources.vendors.guard.guarded` says.
    """
    if not serves(query.symbol):
        raise refuse(query)
    with asking(query.symbol, _SERIES_CARRIERS) as (answers, ticker):
        for frequency, prefix in _PERIODS:
            try:
                frame = ticker.get_cash_flow(freq=frequency)
            except IndexError:
                # yfinance cannot read a statement without any column
                if _is_stated(answers.payload()):
                    raise
                continue
            if frame.empty:
                continue
            spent = frame[frame.columns[0]].get(_ROW, np.nan)
            period = np.datetime64(frame.columns[0], "D")
            currency = _currency_of_row(answers.payload(), prefix + _ROW, str(period))
            return _read_spent(query, period, float(spent), currency)
    raise EmptyError(SOURCE, f"no statement of cash flows of {query.symbol}")


def _is_stated(said: Any) -> bool:  # noqa: ANN401 - whatever the JSON holds
    return any(row.get("timestamp") for row in said["timeseries"]["result"])


def _currency_of_row(said: Any, name: str, period: str) -> str:  # noqa: ANN401 - see above
    cells = [cell for row in said["timeseries"]["result"] for cell in row.get(name) or []]
    return next((str(cell["currencyCode"]) for cell in cells if cell["asOfDate"] == period), "")


def _read_spent(query: Query, period: np.datetime64, spent: float, currency: str) -> Gathered:
    none = Facts.none()
    if np.isnan(spent):
        return Gathered(none, (f"{query.symbol}: no buybacks stated for the year to {period}",))
    item = "buyback_ttm"
    if currency != currency_of(query.symbol):
        item = f"{item}_{currency.lower()}"
    if item not in list_items():
        told = currency or "a currency that is not told"
        return Gathered(none, (f"{query.symbol}: buybacks are stated in {told}, and left out",))
    if spent > 0:
        message = f"buybacks of {query.symbol} brought in {spent:g}"
        raise SchemaChangedError(SOURCE, message)
    return Gathered(_fact(query, item, period, -spent))
