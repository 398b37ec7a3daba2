"""Cash paid to shareholders, from corporate actions."""

from collections.abc import Iterable

import numpy as np

from screener.calendar import add_months
from screener.factors.history import History, is_foresight
from screener.panel import CorporateAction, Floats, Panel

_YEAR = 12


def dividend_yields(panel: Panel, history: History) -> Floats:
    """Return the cash that went ex in the twelve months to the day of a history, over the close.

    Parameters
    ----------
    panel : Panel
        Its cash is restated for the same later bonuses as its closes on the price basis are.
    history : History
        Cut from it.

    Returns
    -------
    ndarray, shape (N,)
        Not a number where the close on the price basis is not known, or not every corporate
        action since.
    """
    symbols, day = history.symbols, history.day
    found = np.full(len(symbols), np.nan)
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
            if first <= since + np.timedelta64(1, "D") and last >= history.sessions[-1]:
                found[n] = _sum_cash(by_symbol.get(symbol, ()), since, day)
    return found / history.at(history.rows_on(day, history.price), history.price)


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
