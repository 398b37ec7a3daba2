"""Computes the factors of every share there are prices of: `compute_factors`."""

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from screener.companies.facts import Facts
from screener.companies.membership import SectorTables
from screener.factors.catalogue import list_factors
from screener.factors.fundamentals import Ledger, measure_fundamentals
from screener.factors.history import cut_history, is_foresight
from screener.factors.payouts import dividend_yields
from screener.factors.returns import measure_returns, measure_risk
from screener.factors.table import FactorTable, Texts
from screener.factors.trading import board_of, measure_trading
from screener.factors.trend import measure_trend
from screener.panel import Floats, Panel
from universes import InputError, Symbol
from universes.market import list_markets, market_of
from universes.rating import Basis

_TOLD_OF_AGE = "halted_sessions"
_IN_YUAN = "CNY.FX"


def compute_factors(
    prices: Panel,
    day: dt.date | None = None,
    *,
    sectors: SectorTables | None = None,
    facts: Facts | None = None,
    basis: Basis = "total",
    names: Mapping[str, str] | None = None,
) -> FactorTable:
    """Compute every factor of every share, from what was known at the close of a day.

    Parameters
    ----------
    prices : Panel
        Of whole markets where places among peers are to mean anything, with the benchmarks;
        rows after the day are not read. From 15 months before it: factors look back on 290
        sessions.
    day : date, optional
        Left out: `closing_day`.
    sectors : SectorTables, optional
        Left out: no share has a sector.
    facts : Facts, optional
        Left out: nothing is known beside prices.
    basis : {"price", "total"}
        Of the closes; benchmarks are price indices on either.
    names : mapping of str to str, optional
        By symbol.

    Returns
    -------
    FactorTable
        Shares in the order of their symbols. Left out are those without a close in the 290
        sessions up to the day, and those of exchanges with several markets, as their benchmark
        is not known.

    Raises
    ------
    InputError
        If there is no share, or none with a close on the basis by that day.

    Examples
    --------
    The embedded figures are weekly, which says when a share traded and little more.

    >>> from screener import load_prices
    >>> table = compute_factors(load_prices(source="snapshot"), dt.date(2024, 12, 20))
    >>> float(table.numbers("return_3m")[table.symbols.index("0700.HK")].round(3))
    0.097
    """
    by_calendar = _by_calendar(shares_of(prices))
    at = np.datetime64(day or closing_day(prices), "D")
    if basis == "price" and is_foresight(prices, shares_of(prices), at):
        prices = prices.until(at)
    ledger = _lay_ledger(Facts.none() if facts is None else facts)
    parts = [
        _measure(prices, calendar, symbols, at, basis, ledger)
        for calendar, symbols in by_calendar.items()
    ]
    symbols = [symbol for own in by_calendar.values() for symbol in own]
    values = {name: np.concatenate([part[name] for part in parts]) for name in list_factors()}
    # what is listed only later is not there yet, whatever is asked of it
    there = np.flatnonzero(np.isfinite(values[_TOLD_OF_AGE]))
    if not len(there):
        raise InputError(
            f"no share has a close on the {basis} basis in the months before {at}",
            "ask for another day or basis, or bring prices",
        )
    order = there[np.argsort(np.array(symbols)[there])]
    return _tabulate(
        [symbols[n] for n in order],
        {name: column[order] for name, column in values.items()},
        at.astype(dt.date),
        basis,
        sectors or SectorTables(),
        names or {},
    )


@lru_cache(maxsize=1)
def _lay_ledger(facts: Facts) -> Ledger:
    """Lay figures out once for all the days that are asked for in a row."""
    return Ledger(facts)


def shares_of(prices: Panel) -> tuple[str, ...]:
    """Return the shares of a panel that factors are computed of, in its order.

    Raises
    ------
    InputError
        If there is none.
    """
    suffixes = [market.exchange.id for market in list_markets().values()]
    parsed = [(text, Symbol.parse(text)) for text in prices.symbols]
    found = tuple(
        text
        for text, symbol in parsed
        if symbol.kind == "share" and suffixes.count(symbol.suffix) == 1
    )
    if not found:
        raise InputError("the prices hold no share", "screener data import PATH brings them")
    return found


def closing_day(prices: Panel, symbols: Sequence[str] | None = None) -> dt.date:
    """Return the last day on which a share closed, on the calendar that most of them have.

    Parameters
    ----------
    prices : Panel
        Indices may go on after the shares, and one market after another.
    symbols : sequence of str, optional
        Left out: all its shares.
    """
    by_calendar = _by_calendar(shares_of(prices) if symbols is None else symbols)
    most = max(by_calendar.values(), key=len)
    columns = prices.columns(most)
    closed = np.zeros(len(prices.dates), dtype=np.bool_)
    for (name, _), matrix in prices.prices.items():
        if name == "close":
            closed |= np.isfinite(matrix[:, columns]).any(axis=1)
    if not closed.any():
        raise InputError("the prices hold no close of these shares", "bring prices of them")
    day: dt.date = prices.dates[closed][-1].astype(dt.date)
    return day


def _by_calendar(symbols: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for symbol in symbols:
        found.setdefault(Symbol.parse(symbol).exchange.calendar, []).append(symbol)
    return found


def _measure(
    prices: Panel,
    calendar: str,
    symbols: Sequence[str],
    day: np.datetime64,
    basis: Basis,
    ledger: Ledger,
) -> dict[str, Floats]:
    """Return every factor of the shares of one calendar."""
    history = cut_history(prices, calendar, symbols, day, basis)
    from_prices = {
        **measure_returns(history),
        **measure_risk(history),
        **measure_trend(history),
        **measure_trading(history, ledger),
    }
    found = {
        name: values if name == _TOLD_OF_AGE else np.where(history.is_fresh, values, np.nan)
        for name, values in from_prices.items()
    } | measure_fundamentals(ledger, day, symbols, _rates_on(prices, day))
    own = dividend_yields(prices, history)
    dividends = np.where(np.isnan(own), found["dividend_yield_ttm"], own)
    found["dividend_yield_ttm"] = dividends
    found["shareholder_yield"] = dividends + found["buyback_yield"]
    return found


def _rates_on(prices: Panel, day: np.datetime64) -> dict[str, float]:
    """Return what one unit of each currency is in CNY, as it was last known."""
    rates = {"CNY": 1.0}
    for symbol in prices.symbols:
        if symbol.endswith(_IN_YUAN):
            (rate,) = prices.carried(symbol, np.array([day]))
            rates[symbol.removesuffix(_IN_YUAN)] = float(rate)
    return rates


def _tabulate(
    symbols: Sequence[str],
    values: Mapping[str, Floats],
    day: dt.date,
    basis: Basis,
    sectors: SectorTables,
    names: Mapping[str, str],
) -> FactorTable:
    membership = sectors.at(symbols, day)

    def text(cells: Sequence[str | None]) -> Texts:
        return np.array(cells, dtype=np.object_)

    texts = {
        "symbol": text(symbols),
        "name": text([names.get(symbol) for symbol in symbols]),
        "market": text([market_of(Symbol.parse(symbol)).id for symbol in symbols]),
        "board": text([board_of(symbol) for symbol in symbols]),
        "sector": text(membership.sector),
    }
    return FactorTable(day, basis, tuple(symbols), texts, values, membership.told_after)
