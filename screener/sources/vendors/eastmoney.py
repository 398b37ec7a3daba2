"""Eastmoney, through akshare: bars of shares, indices and currencies; listing of Hong Kong.

It adjusts prices by subtracting a constant, so raw ones alone are asked for. Corporate actions
are in `eastmoney_actions`, fundamentals in `eastmoney_fundamentals` and `eastmoney_market`, ratings
in `eastmoney_ratings`.
"""

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from screener.bars import ActionHistory, Bars
from screener.ratings.fetched import FetchedRatings
from screener.sources.errors import EmptyError, SchemaChangedError
from screener.sources.gathered import Gathered
from screener.sources.vendors.eastmoney_actions import fetch_history
from screener.sources.vendors.eastmoney_fundamentals import gather_valuation
from screener.sources.vendors.eastmoney_market import gather_programmes, gather_reports
from screener.sources.vendors.eastmoney_ratings import gather_ratings
from screener.sources.vendors.frames import check_columns, to_bars, to_listing, to_numbers
from screener.sources.vendors.guard import guarded
from screener.sources.vendors.query import Query, is_a_share, is_currency, is_hk_share, refuse
from universes.symbol import Symbol

if TYPE_CHECKING:
    import pandas as pd

SOURCE = "eastmoney"

_CARRIERS = ("data", "klines", "diff")
_SHARES_PER_LOT = 100
_SHARE = {
    "date": "日期",
    "open": "开盘",
    "high": "最高",
    "low": "最低",
    "close": "收盘",
    "volume": "成交量",
    "amount": "成交额",
}
_CHANGE = "涨跌额"
_HALF_TICK = 0.0005
_INDEX = {"date": "date", "open": "open", "high": "high", "low": "low", "close": "close"}
_GLOBAL = {"date": "日期", "open": "今开", "high": "最高", "low": "最低", "close": "最新价"}
# the prefix of a mainland index by the suffix of its symbol
_PREFIXES = {"SH": "sh", "SZ": "sz", "CSI": "csi", "BJ": "bj", "NQ": "bj"}
_NAMES = {"HSI.HK": "恒生指数", "SPX.US": "标普500"}
# the midpoint of the central bank, CNY for one unit
_RATES = {"HKDCNY.FX": "HKDCNYC", "USDCNY.FX": "USDCNYC"}


def serves(symbol: Symbol) -> bool:
    """Tell whether bars of a symbol can be asked for."""
    if is_currency(symbol) or str(symbol) in _NAMES:
        return str(symbol) in _RATES or str(symbol) in _NAMES
    if symbol.kind == "index":
        return symbol.suffix in _PREFIXES
    return is_a_share(symbol) or is_hk_share(symbol)


def fetch_bars(symbol: Symbol, start: dt.date, end: dt.date, fetched_at: np.datetime64) -> Bars:
    """Fetch raw daily bars.

    Parameters
    ----------
    symbol : Symbol
        An A-share, a share in Hong Kong, a mainland index, HSI.HK, SPX.US, or HKDCNY.FX or
        USDCNY.FX in CNY for one unit.
    start, end : date
        Both included.
    fetched_at : datetime64[s]
        In UTC.

    Returns
    -------
    Bars
        Ascending. A session that is not over has the bar of the moment.

    Raises
    ------
    SourceError
        As `guard.guarded` and `frames.to_bars` in this package say.
    """
    query = Query(SOURCE, symbol, start, end, fetched_at)
    if not serves(symbol):
        raise refuse(query)
    with guarded(SOURCE, carriers=_CARRIERS):
        frame = _ask(query)
    if is_a_share(symbol) or is_hk_share(symbol):
        bars = to_bars(query, frame, _SHARE, lot=_SHARES_PER_LOT if is_a_share(symbol) else 1)
        _check_change(frame)
        return bars
    return to_bars(query, frame, _INDEX if symbol.suffix in _PREFIXES else _GLOBAL)


def _ask(query: Query) -> "pd.DataFrame":
    import akshare  # noqa: PLC0415 - takes seconds to import

    symbol = query.symbol
    days = {"start_date": f"{query.start:%Y%m%d}", "end_date": f"{query.end:%Y%m%d}"}
    frame: pd.DataFrame
    if is_a_share(symbol):
        frame = akshare.stock_zh_a_hist(symbol.code, "daily", **days, adjust="")
    elif is_hk_share(symbol):
        frame = akshare.stock_hk_hist(symbol.code.zfill(5), "daily", **days, adjust="")
    elif is_currency(symbol):
        frame = akshare.forex_hist_em(_RATES[str(symbol)])
    elif symbol.suffix in _PREFIXES:
        frame = akshare.stock_zh_index_daily_em(_PREFIXES[symbol.suffix] + symbol.code, **days)
    else:
        frame = akshare.index_global_hist_em(_NAMES[str(symbol)])
    return frame


def _check_change(frame: "pd.DataFrame") -> None:
    """Raise where the stated change from day to day is that of the opens, not of the closes.

    That is the one exchange of two prices that leaves all of them between low and high.
    """
    check_columns(SOURCE, frame, (_CHANGE,))
    stated = to_numbers(SOURCE, frame[_CHANGE], gaps=True)[1:]
    opens, closes = (
        np.abs(np.diff(to_numbers(SOURCE, frame[_SHARE[name]], gaps=True)) - stated) < _HALF_TICK
        for name in ("open", "close")
    )
    if 2 * np.count_nonzero(opens) > len(stated) > 2 * np.count_nonzero(closes):
        raise SchemaChangedError(SOURCE, "open and close stand in each other's place")


def fetch_actions(
    symbol: Symbol, start: dt.date, end: dt.date, fetched_at: np.datetime64
) -> ActionHistory:
    """Fetch dividends and bonus issues; see `screener.sources.vendors.eastmoney_actions`."""
    return fetch_history(Query(SOURCE, symbol, start, end, fetched_at))


def fetch_fundamentals(
    symbol: Symbol, start: dt.date, end: dt.date, fetched_at: np.datetime64
) -> Gathered:
    """Fetch valuations; see `screener.sources.vendors.eastmoney_fundamentals`."""
    return gather_valuation(Query(SOURCE, symbol, start, end, fetched_at))


def fetch_reports(quarter_end: dt.date, fetched_at: np.datetime64) -> Gathered:
    """Fetch growth and returns; see `screener.sources.vendors.eastmoney_market`."""
    return gather_reports(quarter_end, fetched_at)


def fetch_programmes(start: dt.date, end: dt.date) -> Gathered:
    """Fetch buyback programmes; see `screener.sources.vendors.eastmoney_market`."""
    return gather_programmes(start, end)


def fetch_ratings(symbol: Symbol) -> FetchedRatings:
    """Fetch a share's ratings; see `screener.sources.vendors.eastmoney_ratings`."""
    return gather_ratings(SOURCE, symbol)


def fetch_listing(suffix: str) -> dict[str, str]:
    """Fetch the name of every share listed in Hong Kong, by canonical spelling.

    Parameters
    ----------
    suffix : str
        Only HK; `screener.sources.vendors.exchanges` has the mainland.
    """
    if suffix != "HK":
        raise EmptyError(SOURCE, f"has no listing of {suffix}")
    with guarded(SOURCE, carriers=_CARRIERS):
        import akshare  # noqa: PLC0415 - takes seconds to import

        frame = akshare.stock_hk_spot_em()
    check_columns(SOURCE, frame, ("代码", "名称"))
    return to_listing(SOURCE, frame["代码"], frame["名称"], (suffix,))
