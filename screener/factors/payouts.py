"""Cash paid to shareholders, from corporate actions."""

from collections.abc import Iterable, Sequence

import numpy as np

from screener.calendar import Days, add_months
from screener.factors.history import OLDEST_CLOSE, is_foresight
from screener.panel import CorporateAction, Floats, Panel

_YEAR = 12


def dividend_yields(
    panel: Panel, day: np.datetime64, sessions: Days, symbols: Sequence[str]
) -> Floats:
    """Return the cash that went ex in the twelve months to a day, over the close.

    Parameters
    ----------
    panel : Panel
        Its cash is restated for the same later bonuses as its closes on the price basis are.
    day : datetime64[D]
    sessions : ndarray of datetime64[D], shape (S,)
        Of the shares' exchange, up to the day.
    symbols : sequence of str, length N

    Returns
    -------
    ndarray, shape (N,)
        Not a number where the close on the price basis is not known, or not every corporate
        action since.
    """
    found = np.full(len(symbols), np.nan)
    if ("close", "price") not in panel.prices or not len(sessions):
        return found
    if is_foresight(panel, symbols, day):
        return found
    since = add_months(np.array([day]), [-_YEAR])[0, 0]
    by_symbol: dict[str, list[CorporateAction]] = {}
    for action in panel.actions:
        by_symbol.setdefault(action.symbol, []).append(action)
    for n, symbol in enumerate(symbols):
        if symbol in panel.listed:
            first, last = panel.listed[symbol]
            # none goes ex between the last session and the day
            if first <= since + np.timedelta64(1, "D") and last >= sessions[-1]:
                found[n] = _sum_cash(by_symbol.get(symbol, ()), since, day)
    return found / _last_closes(panel, sessions[-1 - OLDEST_CLOSE :], symbols)


def _sum_cash(
    actions: Iterable[CorporateAction], since: np.datetime64, day: np.datetime64
) -> float:
    """Return the cash for one of the shares that there are after each ex-date."""
    cash: dict[str, float] = {}
    bonus: dict[str, float] = {}
    for each in actions:
        if since < np.datetime64(each.ex_date) <= day:
            cash[each.ex_date] = cash.get(each.ex_date, 0.0) + each.cash
            bonus[each.ex_date] = bonus.get(each.ex_date, 0.0) + each.bonus
    # cash is for each share before the bonus of the same day
    return sum(cash[ex_date] / (1.0 + bonus[ex_date]) for ex_date in cash)


def _last_closes(panel: Panel, sessions: Days, symbols: Sequence[str]) -> Floats:
    """Return the last close of some sessions on the price basis, shape (N,)."""
    found = np.full(len(symbols), np.nan)
    columns = panel.columns(symbols)
    for row in np.flatnonzero(np.isin(panel.dates, sessions)):
        close = panel.prices["close", "price"][row, columns]
        found = np.where(np.isfinite(close), close, found)
    return found
