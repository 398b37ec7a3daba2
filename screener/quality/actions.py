"""Rules on a list of corporate actions, against the bars and against another list."""

import numpy as np

from screener.bars import ActionHistory, Bars
from screener.calendar import Days
from screener.panel import CorporateAction, Floats
from screener.quality.finding import Finding
from screener.quality.rules import find
from universes import Symbol

# The Hong Kong dollar is kept between 7.75 and 7.85 to the US dollar.
_PEG = 7.8
_PEG_SLACK = 0.02
# odds of ten thousand to one, before which nothing is claimed
_LEAST_EVIDENCE = float(np.log(1e4))
_FREEDOM = 3.0
_LEAST_BONUS = 0.15
_LEAST_ROWS = 30


def check_actions(
    history: ActionHistory,
    bars: Bars | None,
    sessions: Days | None = None,
    other: ActionHistory | None = None,
) -> list[Finding]:
    """Return what is wrong with a security's corporate actions.

    Parameters
    ----------
    history : ActionHistory
    bars : Bars, optional
        Of the same security; left out: nothing is compared with prices.
    sessions : ndarray of datetime64[D], optional
        Of its calendar.
    other : ActionHistory, optional
        The same security's from another source.
    """
    found = _check_currency(history)
    if other is not None:
        found += compare_actions(history, other)
    if sessions is not None and len(sessions):
        days = np.array([each.ex_date for each in history.actions], dtype="datetime64[D]")
        inside = (days >= sessions[0]) & (days <= sessions[-1])
        wrong = days[inside & ~np.isin(days, sessions)]
        if len(wrong):
            said = f"{len(wrong)} ex-dates were no sessions"
            found.append(find("ex_date_not_session", history.symbol, wrong[0], said))
    if bars is not None and len(bars):
        found += _check_against_prices(history, bars)
    return found


def compare_actions(first: ActionHistory, second: ActionHistory) -> list[Finding]:
    """Find that the amounts of two lists stand in the ratio of two currencies."""
    own = {each.ex_date: each.cash for each in first.as_paid() if each.cash}
    other = {each.ex_date: each.cash for each in second.as_paid() if each.cash}
    days = sorted(own.keys() & other.keys())
    if not days:
        return []
    ratios = np.array([own[day] / other[day] for day in days])
    for known, name in ((_PEG, "the other"), (1 / _PEG, "this one")):
        near = np.abs(ratios / known - 1) < _PEG_SLACK
        if near.any():
            day = days[int(near.argmax())]
            said = (
                f"{int(near.sum())} of {len(days)} dividends are {known:.3g} times those of"
                f" {second.source}: on {day} {own[day]:g} ({first.source}) and {other[day]:g}"
                f" ({second.source}); {name} is in US dollars"
            )
            return [find("dividend_currency", first.symbol, day, said)]
    return []


def _check_currency(history: ActionHistory) -> list[Finding]:
    listed = Symbol.parse(history.symbol).exchange.currency
    paying = [each for each in history.actions if each.cash]
    if history.currency == listed or not paying:
        return []
    said = (
        f"{len(paying)} dividends are in {history.currency}, the shares trade in {listed}: on"
        f" {paying[0].ex_date} {paying[0].cash:g} {history.currency}"
    )
    return [find("foreign_dividend", history.symbol, paying[0].ex_date, said)]


def _check_against_prices(history: ActionHistory, bars: Bars) -> list[Finding]:
    if bars.basis == "additive":
        return []
    placed = _place(history, bars)
    found = []
    large = [(each, row) for each, row in placed if each.cash >= bars.close[row - 1]]
    if large and bars.basis != "multiplicative":
        each, row = large[0]
        said = f"{each.cash:g} paid on a close of {bars.close[row - 1]:g}"
        found.append(find("dividend_too_large", history.symbol, each.ex_date, said))
    if not found and bars.basis in {"raw", "split_adjusted"}:
        found += _check_amounts(history, bars, placed)
    return found


def _place(history: ActionHistory, bars: Bars) -> list[tuple[CorporateAction, int]]:
    """Return the actions with the row of their ex-date, those that have a row before it."""
    actions = history.as_paid() if bars.basis == "raw" else history.as_restated()
    return [
        (each, row)
        for each in actions
        if 0 < (row := int(np.searchsorted(bars.dates, np.datetime64(each.ex_date)))) < len(bars)
    ]


def check_bonuses(bars: Bars, history: ActionHistory) -> list[Finding]:
    """Hold each large bonus against the move of its ex-date: raw prices fall, adjusted do not.

    Parameters
    ----------
    bars : Bars
        Ascending, prices above zero.
    history : ActionHistory
        Of the same security.
    """
    if bars.basis == "additive":
        return []
    for each, row in _place(history, bars):
        if each.bonus < _LEAST_BONUS:
            continue
        move = np.log(bars.close[row] / bars.close[row - 1])
        fall = -np.log(1 + each.bonus)
        falls = abs(move - fall) < abs(move)
        said = (
            f"{each.bonus:g} new for each held on {each.ex_date}: from {bars.close[row - 1]:g} to"
            f" {bars.close[row]:g}, declared {bars.basis}"
        )
        if bars.basis == "raw" and not falls:
            return [find("bonus_not_seen", bars.symbol, each.ex_date, said)]
        if bars.basis != "raw" and falls:
            return [find("bonus_seen", bars.symbol, each.ex_date, said)]
    return []


def _check_amounts(
    history: ActionHistory, bars: Bars, placed: list[tuple[CorporateAction, int]]
) -> list[Finding]:
    """Ask the ex-dates' falls whether the amounts fit better in the other dollar.

    The log-likelihood ratio of the returns net of the dividend, as Student's t with three
    degrees of freedom at the series' own scale: a single ex-date seldom decides.
    """
    paying = [(each, row) for each, row in placed if each.cash and not each.bonus]
    if not paying or len(bars) < _LEAST_ROWS or Symbol.parse(bars.symbol).suffix != "HK":
        return []
    returns = np.diff(bars.close) / bars.close[:-1]
    scale = 1.4826 * float(np.median(np.abs(returns - np.median(returns))))
    if not scale:
        return []
    rows = np.array([row for _, row in paying])
    moves = returns[rows - 1]
    share = np.array([each.cash for each, _ in paying]) / bars.close[rows - 1]
    stated = _log_likelihood((moves + share) / scale)
    for factor in (_PEG, 1 / _PEG):
        evidence = float((_log_likelihood((moves + share * factor) / scale) - stated).sum())
        if evidence > _LEAST_EVIDENCE:
            each, row = paying[int(np.argmax(share))]
            said = (
                f"the falls on {len(paying)} ex-dates fit amounts {factor:.3g} times as large (odds"
                f" of e^{evidence:.0f}): on {each.ex_date} {each.cash:g} is stated, from"
                f" {bars.close[row - 1]:g} to {bars.close[row]:g}"
            )
            return [find("dividend_currency", history.symbol, each.ex_date, said)]
    return []


def _log_likelihood(scaled: Floats) -> Floats:
    result: Floats = -0.5 * (_FREEDOM + 1) * np.log1p(scaled**2 / _FREEDOM)
    return result
