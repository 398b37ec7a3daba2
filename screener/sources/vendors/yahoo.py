"""Yahoo, through yfinance: bars of shares, indices and currencies, dividends and splits.

Everything it states is restated for later splits: prices, volumes and dividends. So its bars
are split-adjusted and must not continue a raw series.
"""

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np

from screener.bars import ActionHistory, Bars
from screener.panel import CorporateAction
from screener.sources.errors import SchemaChangedError
from screener.sources.gathered import Gathered
from screener.sources.vendors import guard
from screener.sources.vendors.frames import PRICES, check_columns, to_bars, to_history
from screener.sources.vendors.query import Query, currency_of, refuse
from screener.sources.vendors.yahoo_calls import SOURCE, asking, check_currency, serves
from screener.sources.vendors.yahoo_fundamentals import gather_buybacks, gather_valuation
from universes.symbol import Symbol

if TYPE_CHECKING:
    import pandas as pd

_CARRIERS = ("chart", "result")
_COLUMNS = {
    "date": "day",
    "open": "Open",
    "high": "High",
    "low": "Low",
    "close": "Close",
    "volume": "Volume",
}
# a bar at the end may be empty, and a volume be missing
_GAPS = (*PRICES, "volume")
_DAY = dt.timedelta(days=1)


def fetch_bars(symbol: Symbol, start: dt.date, end: dt.date, fetched_at: np.datetime64) -> Bars:
    """Fetch daily bars, split-adjusted: after a split the whole history is another one.

    Parameters
    ----------
    symbol : Symbol
        A share in Shanghai, Shenzhen, Hong Kong or the United States, 000300.SH, HSI.HK, an
        index of the United States, or HKDCNY.FX or USDCNY.FX in CNY for one unit.
    start, end : date
        Both included.
    fetched_at : datetime64[s]
        In UTC.

    Returns
    -------
    Bars
        Ascending, without value traded; volumes are in shares of today. A session that is not
        over has the bar of the moment.

    Raises
    ------
    SourceError
        As `guard.guarded` and `frames.to_bars` in this package say.
    """
    query = Query(SOURCE, symbol, start, end, fetched_at)
    frame, _ = _ask(query)
    frame = frame.assign(day=[day.date() for day in frame.index])
    # yfinance writes zero where there is no volume, and a bar with a range was traded
    untold = (frame["Volume"] == 0) & (frame["High"] > frame["Low"])
    frame = frame.assign(Volume=frame["Volume"].where(~untold))
    return to_bars(query, frame, _COLUMNS, basis="split_adjusted", gaps=_GAPS)


def fetch_actions(
    symbol: Symbol, start: dt.date, end: dt.date, fetched_at: np.datetime64
) -> ActionHistory:
    """Fetch dividends and splits whose ex-date lies between two days, both included.

    Dividends are restated for later splits, as the closes are, and before tax. The splits are
    in the closes already. Bonus issues are told as splits, rights issues not at all.

    Raises
    ------
    SchemaChangedError
        If an event is not laid out as it was, or dividends are in different currencies.
    SourceError
        As `screener.sources.vendors.guard.guarded` says.
    """
    query = Query(SOURCE, symbol, start, end, fetched_at)
    _, result = _ask(query)
    with guard.guarded(SOURCE):
        zone = ZoneInfo(result["meta"]["exchangeTimezoneName"])
        events = result.get("events", {})
        dividends = list(events.get("dividends", {}).values())
        named = {each.get("currency") or result["meta"]["currency"] for each in dividends}
        actions = [_read_dividend(symbol, each, zone) for each in dividends]
        actions += [_read_split(symbol, each, zone) for each in events.get("splits", {}).values()]
    if len(named) > 1:
        raise SchemaChangedError(SOURCE, f"dividends of {symbol} in {sorted(named)}")
    told = to_history(query, actions, named.pop() if named else currency_of(symbol))
    return replace(told, restated=True)


def fetch_fundamentals(
    symbol: Symbol, start: dt.date, end: dt.date, fetched_at: np.datetime64
) -> Gathered:
    """Fetch today's valuation; see `screener.sources.vendors.yahoo_fundamentals`."""
    return gather_valuation(Query(SOURCE, symbol, start, end, fetched_at))


def fetch_buybacks(
    symbol: Symbol, start: dt.date, end: dt.date, fetched_at: np.datetime64
) -> Gathered:
    """Fetch what was spent on buybacks; see `screener.sources.vendors.yahoo_fundamentals`."""
    return gather_buybacks(Query(SOURCE, symbol, start, end, fetched_at))


def _read_dividend(symbol: Symbol, event: dict[str, Any], zone: ZoneInfo) -> CorporateAction:
    day = dt.datetime.fromtimestamp(event["date"], zone).date()
    return CorporateAction(str(symbol), day.isoformat(), float(event["amount"]), 0.0, "medium")


def _read_split(symbol: Symbol, event: dict[str, Any], zone: ZoneInfo) -> CorporateAction:
    day = dt.datetime.fromtimestamp(event["date"], zone).date()
    bonus = event["numerator"] / event["denominator"] - 1
    return CorporateAction(str(symbol), day.isoformat(), 0.0, bonus, "medium")


def _ask(query: Query) -> tuple["pd.DataFrame", Any]:
    """Return yfinance's table and the answer it was made from."""
    if not serves(query.symbol):
        raise refuse(query)
    with asking(query.symbol, _CARRIERS) as (answers, ticker):
        frame: pd.DataFrame = ticker.history(
            start=query.start,
            end=query.end + _DAY,
            auto_adjust=False,
            actions=True,
            timeout=guard.TIMEOUT[1],
        )
        result = answers.payload()["chart"]["result"][0]
        named = result["meta"]["currency"]
    check_currency(query.symbol, named)
    check_columns(SOURCE, frame, ("Open", "High", "Low", "Close", "Volume"))
    return frame, result
