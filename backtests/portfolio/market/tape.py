"""What could be traded, session by session: prices, halts, limits, corporate actions, rates.

Everything on row t follows from prices up to row t: what is carried is carried forward, and
corporate actions are taken on their ex-date.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backtests.portfolio.market.actions import Actions, read_actions
from backtests.portfolio.market.limits import PriceLimits, limit_prices
from backtests.portfolio.terms import DealAt
from backtests.schedule import Flags
from backtests.sessions import lay_axis
from screener import Panel
from screener.calendar import Days
from screener.panel import Floats, Quote
from universes import InputError, Symbol
from universes.rating import Basis

_NAMED = 3


@dataclass(frozen=True)
class Tape:
    """T rows (dates on which any exchange concerned was open) by N securities.

    Attributes
    ----------
    dates : ndarray of datetime64[D], shape (T,)
    symbols : tuple of str, length N
    quote : {"raw", "price", "total"}
        Raw prices are those that were printed; on the others dividends, bonuses or both are in
        the prices themselves.
    close : ndarray, shape (T, N)
        In the listing's currency: the last close, over a halt at its theoretical ex-price. Not
        a number before the first.
    deal : ndarray, shape (T, N)
        The price of a deal on that row; not a number where there was none.
    mark : ndarray, shape (T, N)
        What a share is worth when the row's deals are struck: their price, or the last close
        before, on an ex-date at its theoretical ex-price.
    is_open, traded : ndarray of bool, shape (T, N)
        Whether the exchange had a session that the prices record, and whether the security has
        a close on it; open and not traded is a halt.
    rate : ndarray, shape (T, N)
        Portfolio currency for one unit of the listing's.
    dividend : ndarray, shape (T, N)
        Cash for each share held before the row, in the listing's currency, on the ex-date.
    growth : ndarray, shape (T, N)
        Shares after the row's bonus or split for each held before.
    ceiling, floor : ndarray, shape (T, N)
        Price limits; infinite and zero where there are none, or none are known.
    level : ndarray, shape (T, N)
        What one unit invested at the first close has become, dividends included where the
        quote knows them.
    sessions : ndarray of int, shape (T,)
        How many sessions passed since the row before; 1 on daily prices.
    calendars : tuple of ndarray of datetime64[D], length N
        All sessions of each exchange, beyond the last row too as far as they are known.
    unchecked : ndarray of bool, shape (T, N)
        Where a limit could not be told: the close of the session before is missing.
    doubtful : tuple of str
        Symbols of which a limit was set by a rule that no source confirmed.
    rate_age : ndarray of int, shape (T,)
        Days that the oldest of the row's exchange rates is old.
    lapsed : tuple of str
        Rights issues ("symbol ex-date"), which are taken to lapse.
    cut_at : datetime64[D] or None
        The last row, where later ones were left out as the prices of an exchange end.
    """

    dates: Days
    symbols: tuple[str, ...]
    quote: Quote
    close: Floats
    deal: Floats
    mark: Floats
    is_open: Flags
    traded: Flags
    rate: Floats
    dividend: Floats
    growth: Floats
    ceiling: Floats
    floor: Floats
    level: Floats
    sessions: npt.NDArray[np.intp]
    calendars: tuple[Days, ...]
    unchecked: Flags
    doubtful: tuple[str, ...]
    rate_age: npt.NDArray[np.intp]
    lapsed: tuple[str, ...]
    cut_at: np.datetime64 | None

    @property
    def basis(self) -> Basis:
        """The basis of what a holding returns: dividends count, paid out or in the prices."""
        return "price" if self.quote == "price" else "total"


def choose_quote(panel: Panel, symbols: Sequence[str]) -> Quote:
    """Return the prices to trade at: as printed where all are known so, else the total basis.

    Raises
    ------
    InputError
        If none of the symbols has a close.
    """
    columns = panel.columns(symbols)
    columns = columns[columns >= 0]
    there = {
        quote: np.isfinite(panel.matrix("close", quote)[:, columns]).any(axis=0)
        for quote in ("raw", "total", "price")
    }
    held = there["raw"] | there["total"] | there["price"]
    for quote in ("raw", "total", "price"):
        if held.any() and (there[quote] == held).all():
            return quote
    if held.any():
        raise InputError(
            "no one basis holds all the securities",
            "bring closes of all of them on the total basis, or as printed",
        )
    more = f" and {len(symbols) - _NAMED} more" if len(symbols) > _NAMED else ""
    raise InputError(
        f"the prices hold none of {', '.join(symbols[:_NAMED])}{more}",
        "fetch them with screener data update, or name other prices with --data",
    )


def read_tape(
    panel: Panel,
    symbols: Sequence[str],
    currency: str,
    quote: Quote,
    deal_at: DealAt = "close",
    special: Collection[str] = (),
) -> Tape:
    """Read what could be traded from a panel.

    Parameters
    ----------
    panel : Panel
        Holds the rates of the other currencies too, as HKDCNY.FX.
    symbols : sequence of str
        Canonical, each once, each with a close.
    currency : str
        ISO 4217: the portfolio's.
    quote : {"raw", "price", "total"}
    deal_at : {"close", "open"}
        The price that a session's deals are struck at.
    special : collection of str
        Symbols under special treatment (ST), whose price limits are narrower.

    Raises
    ------
    InputError
        If a security is not in the panel, a rate is not known for the currencies, or an
        opening price is asked for and none is there.
    """
    columns = panel.columns(symbols)
    absent = [symbols[n] for n in np.flatnonzero(columns < 0).tolist()]
    if absent:
        raise InputError(
            f"the prices hold no {', '.join(absent[:3])}", "fetch them, or leave them out"
        )
    axis = lay_axis(panel, symbols)
    close = panel.levels("close", quote)[axis.rows][:, columns]
    ends = axis.count_known(close)
    cut_at = axis.dates[ends - 1] if ends < len(axis.dates) else None
    axis, close = axis.until(ends), close[:ends]
    deal = panel.levels(deal_at, quote)[axis.rows][:, columns]
    if not np.isfinite(deal).any():
        raise InputError(
            f"the prices hold no {deal_at} on the {quote} basis",
            "trade at the close, or bring opening prices",
        )
    deal = np.where(np.isnan(close), np.nan, deal)
    printed = quote == "raw"
    actions = read_actions(panel, symbols, axis.dates) if printed else Actions.none(close.shape)
    carried = actions.carry(close)
    before = np.vstack([np.full((1, len(symbols)), np.nan), carried[:-1]])
    ex_prices = actions.ex_prices(before)
    limits = (
        limit_prices(symbols, axis, close, ex_prices, special)
        if printed
        else PriceLimits.none(close.shape)
    )
    rate, age = _read_rates(panel, symbols, axis.dates, currency)
    return Tape(
        dates=axis.dates,
        symbols=tuple(symbols),
        quote=quote,
        close=carried,
        deal=deal,
        mark=np.where(np.isnan(deal), ex_prices, deal),
        is_open=axis.is_open,
        traded=np.isfinite(close),
        rate=rate,
        dividend=actions.dividend,
        growth=actions.growth,
        ceiling=limits.ceiling,
        floor=limits.floor,
        level=_compound(carried, before, actions),
        sessions=axis.sessions,
        calendars=axis.calendars,
        unchecked=limits.unchecked,
        doubtful=limits.doubtful,
        rate_age=age,
        lapsed=actions.rights,
        cut_at=cut_at,
    )


def _compound(carried: Floats, before: Floats, actions: Actions) -> Floats:
    """Return what a unit held since its first close has become, dividends put in again."""
    change = (carried * actions.growth + actions.dividend) / before
    level = np.cumprod(np.where(np.isnan(change), 1.0, change), axis=0)
    return np.where(np.isnan(carried), np.nan, level)


def _read_rates(
    panel: Panel, symbols: Sequence[str], dates: Days, currency: str
) -> tuple[Floats, npt.NDArray[np.intp]]:
    """Return each listing's currency in the portfolio's, and how many days the oldest is old.

    Rates are published in CNY; between two other currencies they are crossed.
    """
    named = [Symbol.parse(symbol).exchange.currency for symbol in symbols]
    ages = [np.zeros(len(dates), np.intp)]
    in_yuan = {}
    for code in {*named, currency} if {*named} != {currency} else ():
        in_yuan[code], age = _yuan_for(panel, code, dates)
        ages.append(age)
    rates = np.ones((len(dates), len(symbols)))
    for column, code in enumerate(named):
        if code != currency:
            rates[:, column] = in_yuan[code] / in_yuan[currency]
    return rates, np.max(ages, axis=0)


def _yuan_for(panel: Panel, code: str, dates: Days) -> tuple[Floats, npt.NDArray[np.intp]]:
    if code == "CNY":
        return np.ones(len(dates)), np.zeros(len(dates), np.intp)
    pair = f"{code}CNY.FX"
    if not panel.holds(pair):
        raise InputError(
            f"the prices hold no exchange rate {pair}",
            f"fetch it with screener data update --symbol {pair}, or choose another currency",
        )
    return panel.latest(pair, dates)
