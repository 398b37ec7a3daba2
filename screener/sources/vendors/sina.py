"""Sina, through akshare: bars, the listing of Hong Kong, the mainland's sessions.

It has no raw series that is not the whole history, so that is what is downloaded. Its adjusted
series are not asked for: those of Hong Kong come back raw without a word when a factor file
does not parse. Corporate actions are in `sina_actions`, ratings in
`sina_ratings`.
"""

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from screener.bars import ActionHistory, Bars
from screener.calendar import Days
from screener.ratings.fetched import FetchedRatings
from screener.sources.errors import EmptyError
from screener.sources.vendors.frames import check_columns, to_bars, to_days, to_listing
from screener.sources.vendors.guard import guarded
from screener.sources.vendors.query import Query, is_a_share, is_currency, is_hk_share, refuse
from screener.sources.vendors.sina_actions import fetch_history
from screener.sources.vendors.sina_ratings import gather_ratings
from universes.symbol import Symbol

if TYPE_CHECKING:
    import pandas as pd

SOURCE = "sina"

_INDEX = {"date": "date", "open": "open", "high": "high", "low": "low", "close": "close"}
_HK_SHARE = {**_INDEX, "volume": "volume"}
_SHARE = {**_HK_SHARE, "amount": "amount"}
_HK_INDICES = {"HSI.HK": "HSI"}
_US_INDICES = {"SPX.US": ".INX", "IXIC.US": ".IXIC", "NDX.US": ".NDX", "DJI.US": ".DJI"}
# the Bank of China's table, in which the central bank's midpoint is CNY for 100 units
_CURRENCIES = {"HKDCNY.FX": "港币", "USDCNY.FX": "美元"}
_RATE = {"date": "日期", "close": "央行中间价"}
_UNITS = 100
_RATE_PAGE = "money_code"
# the one session that Sina's calendar lacks and akshare adds, whatever the answer
_ADDED = np.datetime64("1992-05-04")


def serves(symbol: Symbol) -> bool:
    """Tell whether bars of a symbol can be asked for."""
    if is_currency(symbol):
        return str(symbol) in _CURRENCIES
    if symbol.kind == "index":
        named = str(symbol) in _HK_INDICES or str(symbol) in _US_INDICES
        return named or symbol.suffix in {"SH", "SZ"}
    return is_a_share(symbol) or is_hk_share(symbol)


def fetch_bars(symbol: Symbol, start: dt.date, end: dt.date, fetched_at: np.datetime64) -> Bars:
    """Fetch raw daily bars.

    Parameters
    ----------
    symbol : Symbol
        An A-share, a share in Hong Kong (without the value traded), an index of Shanghai or
        Shenzhen, HSI.HK, an index of the United States, or HKDCNY.FX or USDCNY.FX in CNY for
        one unit (closes only).
    start, end : date
        Both included.
    fetched_at : datetime64[s]
        In UTC.

    Returns
    -------
    Bars
        Ascending.

    Raises
    ------
    SourceError
        As `guard.guarded` and `frames.to_bars` in this package say.
    """
    query = Query(SOURCE, symbol, start, end, fetched_at)
    if not serves(symbol):
        raise refuse(query)
    if is_currency(symbol):
        return _fetch_rates(query)
    with guarded(SOURCE):
        frame = _ask(symbol)
    if is_a_share(symbol):
        return to_bars(query, frame, _SHARE)
    return to_bars(query, frame, _HK_SHARE if is_hk_share(symbol) else _INDEX)


def _ask(symbol: Symbol) -> "pd.DataFrame":
    import akshare  # noqa: PLC0415 - takes seconds to import

    frame: pd.DataFrame
    if is_a_share(symbol):
        # the whole history: cut by akshare, it may begin with a row made up for a day on which
        # the number of shares changed
        frame = akshare.stock_zh_a_daily(f"{symbol.suffix.lower()}{symbol.code}", adjust="")
    elif is_hk_share(symbol):
        frame = akshare.stock_hk_daily(symbol.code.zfill(5), adjust="")
    elif str(symbol) in _HK_INDICES:
        frame = akshare.stock_hk_index_daily_sina(_HK_INDICES[str(symbol)])
    elif str(symbol) in _US_INDICES:
        frame = akshare.index_us_stock_sina(_US_INDICES[str(symbol)])
    else:
        frame = akshare.stock_zh_index_daily(f"{symbol.suffix.lower()}{symbol.code}")
    return frame


def _fetch_rates(query: Query) -> Bars:
    with guarded(SOURCE, page=_RATE_PAGE):
        import akshare  # noqa: PLC0415 - takes seconds to import

        days = f"{query.start:%Y%m%d}", f"{query.end:%Y%m%d}"
        frame = akshare.currency_boc_sina(_CURRENCIES[str(query.symbol)], *days)
    check_columns(SOURCE, frame, _RATE.values())
    for_one = {_RATE["close"]: frame[_RATE["close"]] / _UNITS}
    return to_bars(query, frame.assign(**for_one), _RATE, gaps=("close",))


def fetch_actions(
    symbol: Symbol, start: dt.date, end: dt.date, fetched_at: np.datetime64
) -> ActionHistory:
    """Fetch dividends, bonus issues and rights issues; see `sina_actions`."""
    return fetch_history(Query(SOURCE, symbol, start, end, fetched_at))


def fetch_ratings(symbol: Symbol) -> FetchedRatings:
    """Fetch a share's ratings; see `screener.sources.vendors.sina_ratings`."""
    return gather_ratings(SOURCE, symbol)


def fetch_listing(suffix: str) -> dict[str, str]:
    """Fetch the name of every share listed in Hong Kong, by canonical spelling.

    Parameters
    ----------
    suffix : str
        Only HK.
    """
    if suffix != "HK":
        raise EmptyError(SOURCE, f"has no listing of {suffix}")
    with guarded(SOURCE):
        import akshare  # noqa: PLC0415 - takes seconds to import

        frame = akshare.stock_hk_spot()
    check_columns(SOURCE, frame, ("代码", "中文名称"))
    return to_listing(SOURCE, frame["代码"], frame["中文名称"], (suffix,))


def fetch_sessions(calendar: str) -> Days:
    """Fetch the sessions of the mainland exchanges, ascending, from 1990 to the year's end.

    Parameters
    ----------
    calendar : str
        Only XSHG.
    """
    if calendar != "XSHG":
        raise EmptyError(SOURCE, f"has no sessions of {calendar}")
    with guarded(SOURCE):
        import akshare  # noqa: PLC0415 - takes seconds to import

        frame = akshare.tool_trade_date_hist_sina()
    check_columns(SOURCE, frame, ("trade_date",))
    days = np.unique(to_days(SOURCE, frame["trade_date"]))
    # alone at the front, the added day is none that Sina's calendar reaches back to
    return days[1:] if days[0] == _ADDED else days
