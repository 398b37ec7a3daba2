"""What surrounds every call of yfinance: its names, its cache, its errors in our words."""

import contextlib
import importlib
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from screener.home import cache_folder
from screener.sources.errors import (
    EmptyError,
    RateLimitedError,
    SchemaChangedError,
    TransportError,
)
from screener.sources.vendors import guard
from screener.sources.vendors.answers import Answers
from screener.sources.vendors.query import currency_of, is_a_share, is_currency, is_hk_share
from universes.symbol import Symbol

SOURCE = "yahoo"

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
# where it gives the reason
_REASONS = ("chart", "quoteSummary", "timeseries", "finance")
_LIMITED = "YFRateLimitError"


def serves(symbol: Symbol) -> bool:
    """Tell whether bars of a symbol can be asked for; Beijing is not among its exchanges."""
    if is_currency(symbol):
        return str(symbol) in _CURRENCIES
    if symbol.kind == "index":
        return str(symbol) in _INDICES
    if symbol.suffix == "US":
        return symbol.kind == "share"
    return (is_a_share(symbol) and symbol.suffix in _MAINLAND) or is_hk_share(symbol)


@contextmanager
def asking(symbol: Symbol, carriers: tuple[str, ...]) -> Iterator[tuple[Answers, Any]]:
    """Run yfinance on one security so that it fails in our words or not at all.

    Parameters
    ----------
    symbol : Symbol
        One that is served.
    carriers
        See `Answers`.

    Yields
    ------
    answers : Answers
    ticker : yfinance.Ticker

    Raises
    ------
    SourceError
        As `screener.sources.vendors.guard.guarded` says.
    """
    name = _name_of(symbol)
    zone = _CURRENCY_ZONE if is_currency(symbol) else symbol.exchange.timezone
    with (
        guard.guarded(SOURCE, carriers=carriers) as answers,
        _YFINANCE_CALLS,
        _in_our_words(),
    ):
        import yfinance  # noqa: PLC0415 - takes a second to import

        _prepare(name, zone)
        yield answers, yfinance.Ticker(name)


def check_currency(symbol: Symbol, named: object) -> None:
    """Raise `SchemaChangedError` where prices are not in the currency of the listing."""
    if named != currency_of(symbol):
        message = f"{symbol} is quoted in {named}, not in {currency_of(symbol)}"
        raise SchemaChangedError(SOURCE, message)


def _name_of(symbol: Symbol) -> str:
    if is_currency(symbol):
        return f"{symbol.code}=X"
    if str(symbol) in _INDICES:
        return _INDICES[str(symbol)]
    if symbol.suffix == "US":
        return symbol.code
    return f"{symbol.code}.{_MAINLAND.get(symbol.suffix, symbol.suffix)}"


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
    def get(self: object, url: str, params: Any = None, timeout: Any = None) -> object:  # noqa: ANN401
        answers = guard.active()
        if answers is None:
            return original(self, url, params, timeout)
        answers.begin()
        try:
            response = original(self, url, params, guard.TIMEOUT[1])
        except Exception as error:
            if type(error).__name__ != _LIMITED:
                raise
            raise answers.fail(RateLimitedError(SOURCE, "answered with status 429")) from error
        reason = _reason(response.content) if response.status_code in _NOTHING else ""
        if reason:
            raise answers.fail(EmptyError(SOURCE, reason))
        answers.note(response.status_code, response.content)
        return response

    return get


def _reason(content: bytes) -> str:
    """Return the reason that Yahoo gives for having nothing; empty where it gives none."""
    with contextlib.suppress(ValueError, KeyError, TypeError, StopIteration):
        said = json.loads(content)
        return str(next(said[name] for name in _REASONS if name in said)["error"]["description"])
    return ""


_YFINANCE_CALLS = guard.Shared(_yfinance_calls)
