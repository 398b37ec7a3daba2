"""Yahoo, through yfinance: bars of shares, indices and currencies, dividends and splits.

Everything it states is restated for later splits: prices, volumes and dividends. So its bars
are split-adjusted and must not continue a raw series.
"""

import contextlib
import datetime as dt
import importlib
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np

from screener.bars import ActionHistory, Bars
from screener.home import cache_folder
from screener.panel import CorporateAction
from screener.sources.errors import (
    EmptyError,
    RateLimitedError,
    SchemaChangedError,
    TransportError,
)
from screener.sources.vendors import guard
from screener.sources.vendors.frames import PRICES, check_columns, to_bars, to_history
from screener.sources.vendors.query import (
    Query,
    currency_of,
    is_a_share,
    is_currency,
    is_hk_share,
    refuse,
)
from universes.symbol import Symbol

if TYPE_CHECKING:
    import pandas as pd

SOURCE = "yahoo"

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
_INDICES = {
    "000300.SH": "000300.SS",
    "HSI.HK": "^HSI",
    "SPX.US": "^GSPC",
    "IXIC.US": "^IXIC",
    "NDX.US": "^NDX",
    "DJI.US": "^DJI",
}
_CURRENCIES = ("HKDCNY.FX", "USDCNY.FX")
_MAINLAND = {"SH": "SS", "SZ": "SZ"}
# where Yahoo's day of a rate of exchange begins
_CURRENCY_ZONE = "Europe/London"
# statuses with which it says that it has nothing
_NOTHING = (400, 404, 422)
_DAY = dt.timedelta(days=1)


def serves(symbol: Symbol) -> bool:
    """Tell whether bars of a symbol can be asked for; Beijing is not among its exchanges."""
    if is_currency(symbol):
        return str(symbol) in _CURRENCIES
    if symbol.kind == "index":
        return str(symbol) in _INDICES
    if symbol.suffix == "US":
        return symbol.kind == "share"
    return (is_a_share(symbol) and symbol.suffix in _MAINLAND) or is_hk_share(symbol)


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


def _read_dividend(symbol: Symbol, event: dict[str, Any], zone: ZoneInfo) -> CorporateAction:
    day = dt.datetime.fromtimestamp(event["date"], zone).date()
    return CorporateAction(str(symbol), day.isoformat(), float(event["amount"]), 0.0, "medium")


def _read_split(symbol: Symbol, event: dict[str, Any], zone: ZoneInfo) -> CorporateAction:
    day = dt.datetime.fromtimestamp(event["date"], zone).date()
    bonus = event["numerator"] / event["denominator"] - 1
    return CorporateAction(str(symbol), day.isoformat(), 0.0, bonus, "medium")


def _ticker(symbol: Symbol) -> str:
    if is_currency(symbol):
        return f"{symbol.code}=X"
    if str(symbol) in _INDICES:
        return _INDICES[str(symbol)]
    if symbol.suffix == "US":
        return symbol.code
    return f"{symbol.code}.{_MAINLAND.get(symbol.suffix, symbol.suffix)}"


def _ask(query: Query) -> tuple["pd.DataFrame", Any]:
    """Return yfinance's table and the answer it was made from."""
    if not serves(query.symbol):
        raise refuse(query)
    name = _ticker(query.symbol)
    zone = _CURRENCY_ZONE if is_currency(query.symbol) else query.symbol.exchange.timezone
    with (
        guard.guarded(SOURCE, carriers=_CARRIERS) as answers,
        _YFINANCE_CALLS,
        _in_our_words(),
    ):
        import yfinance  # noqa: PLC0415 - takes a second to import

        _prepare(name, zone)
        frame: pd.DataFrame = yfinance.Ticker(name).history(
            start=query.start,
            end=query.end + _DAY,
            auto_adjust=False,
            actions=True,
            timeout=guard.TIMEOUT[1],
        )
        result = answers.payload()["chart"]["result"][0]
        named = result["meta"]["currency"]
    if named != currency_of(query.symbol):
        message = f"{query.symbol} is quoted in {named}, not in {currency_of(query.symbol)}"
        raise SchemaChangedError(SOURCE, message)
    check_columns(SOURCE, frame, ("Open", "High", "Low", "Close", "Volume"))
    return frame, result


def _prepare(name: str, zone: str) -> None:
    """Forget earlier answers, errors among them, and say the time zone, which saves a request."""
    # an answer about the past is kept by yfinance, though a split since has restated it
    importlib.import_module("yfinance.data").YfData.cache_get.cache_clear()
    _place_cache(str(cache_folder() / "yfinance"))
    importlib.import_module("yfinance.cache").get_tz_cache().store(name, zone)


@cache
def _place_cache(folder: str) -> None:
    """Keep yfinance's files where ours are, and not where any other program keeps them."""
    importlib.import_module("yfinance.cache").set_tz_cache_location(folder)


@contextmanager
def _in_our_words() -> Iterator[None]:
    """Raise yfinance's own errors, and its transport's, as ours."""
    try:
        yield
    except Exception as error:
        names = {kind.__name__ for kind in type(error).__mro__}
        library = type(error).__module__.split(".")[0]
        if "YFRateLimitError" in names:
            raise RateLimitedError(SOURCE, "answered with status 429") from error
        if "YFTickerMissingError" in names:
            raise EmptyError(SOURCE, str(error)) from error
        # peewee is the cache of cookies, which another process may have locked
        if "YFDataException" in names or library in {"curl_cffi", "peewee"}:
            raise TransportError(SOURCE, guard.brief(error)) from error
        raise


@contextmanager
def _yfinance_calls() -> Iterator[None]:
    debug = importlib.import_module("yfinance").config.debug
    data = importlib.import_module("yfinance.data")
    # a logger without any handler writes to the terminal
    logger, quiet = logging.getLogger("yfinance"), logging.NullHandler()
    hidden = debug.hide_exceptions
    debug.hide_exceptions = False
    logger.addHandler(quiet)
    try:
        with guard.replaced(data.YfData, "get", _watch):
            yield
    finally:
        debug.hide_exceptions = hidden
        logger.removeHandler(quiet)


def _watch(original: Callable[..., Any]) -> Callable[..., Any]:
    def get(self: object, *given: Any, **options: Any) -> object:  # noqa: ANN401
        response = original(self, *given, **options)
        answers = guard.active()
        if answers is not None:
            if response.status_code in _NOTHING:
                _raise_reason(response.content)
            answers.note(response.status_code, response.content)
        return response

    return get


def _raise_reason(content: bytes) -> None:
    """Raise `EmptyError` with the reason that Yahoo gives, if it gives one."""
    with contextlib.suppress(ValueError, KeyError, TypeError):
        reason = json.loads(content)["chart"]["error"]["description"]
        raise EmptyError(SOURCE, str(reason))


_YFINANCE_CALLS = guard.Shared(_yfinance_calls)
