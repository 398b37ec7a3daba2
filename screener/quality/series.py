"""Rules on one series of bars."""

from collections.abc import Sequence

import numpy as np

from screener.bars import ActionHistory, Bars
from screener.calendar import Days
from screener.panel import Floats
from screener.quality.actions import check_bonuses
from screener.quality.breaks import NO_NEWS, find_break
from screener.quality.finding import Finding
from screener.quality.rules import find
from universes import Symbol
from universes.limits import widest_limit

_PRICES = ("open", "high", "low", "close")
_FREE_SESSIONS = 5
# a limit price is rounded to the tick, and an adjusted one once more
_LIMIT_SLACK = 0.005
_LOTS = (80.0, 125.0)
_LEAST_LEVEL = 1.0  # tenfold, to base 10: below it no day's change by forty lasts
_JUMP, _LASTING = (25.0, 400.0), (40.0, 250.0)
_LEAST_ROWS, _MARGIN = 60, 10
_SPIKE, _SPIKE_WITHOUT_LIMIT, _BACK = np.log(1.4), np.log(3.0), np.log(1.15)
_LONGEST_SPIKE = 3
_RUN, _LEAST_LOTS = 5, 3


def check_bars(
    bars: Bars,
    sessions: Days | None,
    histories: Sequence[ActionHistory],
    as_of: np.datetime64 | None,
    market_gap: Floats | None = None,
) -> list[Finding]:
    """Return what is wrong with one series.

    Parameters
    ----------
    bars : Bars
    sessions : ndarray of datetime64[D], optional
        Of its calendar, over all its years; left out: rules on sessions are not run.
    histories : sequence of ActionHistory
        Its corporate actions as each source tells them; empty where they are not known.
    as_of : datetime64[D], optional
        No bar can be of a later day.
    market_gap : ndarray, shape (T,), optional
        See `screener.quality.market.gaps_of`.
    """
    if not len(bars):
        return []
    order = _check_order(bars, as_of)
    if order:
        return order  # the other rules take neighbours for neighbours
    found = [*_check_currency(bars), *_check_sessions(bars, sessions), *_check_prices(bars)]
    if any(each.severity == "error" for each in found):
        return found
    found += [each for history in histories for each in check_bonuses(bars, history)][:1]
    history = next(iter(histories), None)
    found += (
        _check_spikes(bars)
        or _check_limit(bars, history)
        or _check_break(bars, history, market_gap)
    )
    return [*found, *_check_lots(bars), *_check_filled(bars)]


def _check_order(bars: Bars, as_of: np.datetime64 | None) -> list[Finding]:
    found = []
    steps = np.diff(bars.dates)
    zero = np.timedelta64(0, "D")
    if (steps <= zero).any():
        days, counts = np.unique(bars.dates, return_counts=True)
        if (counts > 1).any():
            day, times = days[counts > 1][0], int((counts > 1).sum())
            found.append(find("duplicate_dates", bars.symbol, day, f"{times} dates stand twice"))
        if (steps < zero).any():
            day = bars.dates[1:][steps < zero][0]
            found.append(find("unsorted_dates", bars.symbol, day, f"{day} comes after a later day"))
    if as_of is not None and bars.dates.max() > as_of:
        day = bars.dates.max()
        found.append(find("future_date", bars.symbol, day, f"a bar of {day}, after {as_of}"))
    return found


def _check_currency(bars: Bars) -> list[Finding]:
    listed = Symbol.parse(bars.symbol).exchange.currency
    if bars.currency == listed:
        return []
    said = f"prices in {bars.currency}, the security trades in {listed}"
    return [find("other_unit", bars.symbol, None, said)]


def _check_sessions(bars: Bars, sessions: Days | None) -> list[Finding]:
    if sessions is None or Symbol.parse(bars.symbol).kind == "currency":
        return []
    found = []
    place = np.searchsorted(sessions, bars.dates)
    wrong = sessions[np.minimum(place, len(sessions) - 1)] != bars.dates
    if wrong.any():
        said = f"{int(wrong.sum())} bars on days that were no sessions"
        found.append(find("non_session_date", bars.symbol, bars.dates[wrong][0], said))
    expected = sessions[place[0] : place[-1] + 1]
    missing = len(expected) - int((~wrong).sum())
    if missing > 0:
        day = np.setdiff1d(expected, bars.dates)[0]
        said = f"{missing} sessions have no bar: suspended, or not recorded"
        found.append(find("missing_session", bars.symbol, day, said))
    return found


def _check_prices(bars: Bars) -> list[Finding]:
    found = []
    prices = np.array([getattr(bars, name) for name in _PRICES])
    infinite = np.isinf(prices).any(axis=0) | ~np.isfinite(bars.close)
    if infinite.any():
        said = f"{int(infinite.sum())} rows without a finite close"
        found.append(find("non_finite_price", bars.symbol, bars.dates[infinite][0], said))
    low = (prices <= 0).any(axis=0)
    if low.any():
        row = int(low.argmax())
        said = f"{int(low.sum())} rows with a price not above zero: close {bars.close[row]:g}"
        found.append(find("non_positive_price", bars.symbol, bars.dates[row], said))
    slack = 1e-6 * bars.close
    outside = (
        (bars.close > bars.high + slack)
        | (bars.close < bars.low - slack)
        | (bars.open > bars.high + slack)
        | (bars.open < bars.low - slack)
    )
    if outside.any():
        row = int(outside.argmax())
        said = (
            f"{int(outside.sum())} rows, first: open {bars.open[row]:g}, close"
            f" {bars.close[row]:g}, range {bars.low[row]:g} to {bars.high[row]:g}"
        )
        found.append(find("close_outside_range", bars.symbol, bars.dates[row], said))
    return found


def _check_spikes(bars: Bars) -> list[Finding]:
    """Find a few bars at another level, after which the old one is back."""
    level = np.log(bars.close)
    bound = _SPIKE if widest_limit(bars.symbol) else _SPIKE_WITHOUT_LIMIT
    jumps = np.flatnonzero(np.abs(np.diff(level)) > bound)
    jumps = jumps[jumps >= _FREE_SESSIONS]  # a share's first days know no limit
    for row in jumps:
        after = level[row + 2 : row + 2 + _LONGEST_SPIKE]
        back = np.flatnonzero(np.abs(after - level[row]) < _BACK)
        if len(back):
            first = row + 1
            said = (
                f"{int(back[0]) + 1} bars at another level: {bars.close[row]:g}, then"
                f" {bars.close[first]:g}, then {bars.close[first + 1 + back[0]]:g} again"
            )
            return [find("wrong_instrument", bars.symbol, bars.dates[first], said)]
    return []


def _check_limit(bars: Bars, history: ActionHistory | None) -> list[Finding]:
    limit = widest_limit(bars.symbol)
    if not limit or len(bars) <= _FREE_SESSIONS + 1:
        return []
    move = bars.close[1:] / _previous(bars, history) - 1
    slack = _LIMIT_SLACK + 0.01 / bars.close[:-1]
    beyond = np.abs(move) > limit + slack
    beyond[:_FREE_SESSIONS] = False
    if not beyond.any():
        return []
    row = int(beyond.argmax())
    said = (
        f"{int(beyond.sum())} moves beyond {limit:.0%}, first {move[row]:+.1%}: from"
        f" {bars.close[row]:g} to {bars.close[row + 1]:g}"
    )
    code = "limit_unexplained" if bars.basis == "raw" and history is None else "limit_exceeded"
    return [find(code, bars.symbol, bars.dates[row + 1], said)]


def _previous(bars: Bars, history: ActionHistory | None) -> Floats:
    """Return each close but the last, raw ones as the exchange restates it on an ex-date."""
    previous = bars.close[:-1].copy()
    if history is None or bars.basis != "raw":
        return previous
    for action in history.as_paid():
        row = int(np.searchsorted(bars.dates, np.datetime64(action.ex_date)))
        if 0 < row < len(bars):
            shares = 1 + action.bonus + action.rights
            paid_in = action.rights * action.rights_price
            previous[row - 1] = (previous[row - 1] - action.cash + paid_in) / shares
    return previous


def _check_break(
    bars: Bars, history: ActionHistory | None, market_gap: Floats | None
) -> list[Finding]:
    if Symbol.parse(bars.symbol).kind == "currency":
        return []
    actions = None
    if history is not None:
        actions = history.as_paid() if bars.basis == "raw" else history.as_restated()
    broken = find_break(bars, actions, market_gap)
    if broken is None:
        return []
    day, said = broken
    code = "basis_doubt" if said.endswith(NO_NEWS) else "basis_change"
    return [find(code, bars.symbol, day, said)]


def _check_lots(bars: Bars) -> list[Finding]:
    traded = (bars.volume > 0) & (bars.amount > 0)
    if traded.sum() >= _RUN:
        ratio = bars.amount[traded] / bars.volume[traded] / bars.close[traded]
        # an adjusted close may stand far below the price of the day, but not a hundredfold
        in_lots = (ratio > _LOTS[0]) & (ratio < _LOTS[1])
        if in_lots.sum() >= _LEAST_LOTS:
            day = bars.dates[traded][in_lots][0]
            said = (
                f"on {int(in_lots.sum())} of {len(ratio)} sessions amount over volume is about 100"
                " times the price: the volume is in lots"
            )
            return [find("volume_in_lots", bars.symbol, day, said)]
    return _check_volume_level(bars)


def _check_volume_level(bars: Bars) -> list[Finding]:
    """Find a lasting change of the volume by about a hundred, as where sources are spliced.

    On real series it tells nine of ten splices, and takes two in a thousand untouched ones,
    which an index took in or dropped, for one.
    """
    rows = np.flatnonzero(bars.volume > 0)
    if len(rows) < _LEAST_ROWS:
        return []
    volume = np.log10(bars.volume[rows])
    total = np.cumsum(volume)
    counts = np.arange(1, len(rows))
    apart = np.abs((total[-1] - total[:-1]) / (len(rows) - counts) - total[:-1] / counts)
    apart[: _MARGIN - 1] = apart[1 - _MARGIN :] = 0.0
    middle = int(apart.argmax())
    if apart[middle] < _LEAST_LEVEL:
        return []
    # the means tell about where, the largest step tells the day
    first = max(0, middle - _RUN)
    steps = np.abs(np.diff(volume[first : middle + _RUN + 2]))
    cut = first + int(steps.argmax()) + 1
    jump, lasting = (_change_at(volume, cut, span) for span in (_RUN, 4 * _RUN))
    if not (_JUMP[0] < jump < _JUMP[1] and _LASTING[0] < lasting < _LASTING[1]):
        return []
    said = f"the volume changes {lasting:.0f}-fold for good: shares and lots seem to be mixed"
    return [find("volume_in_lots", bars.symbol, bars.dates[rows[cut]], said)]


def _change_at(volume: Floats, cut: int, span: int) -> float:
    """Return by how much the typical volume changes at a row, given its logarithm to base 10."""
    after, before = volume[cut : cut + span], volume[max(0, cut - span) : cut]
    return float(10 ** abs(np.median(after) - np.median(before)))


def _check_filled(bars: Bars) -> list[Finding]:
    flat = (bars.volume == 0) & (bars.high == bars.low) & (bars.open == bars.close)
    flat[1:] &= bars.close[1:] == bars.close[:-1]
    if not flat.any():
        return []
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flat, [False]]).astype(np.int8)))
    longest = int((edges[1::2] - edges[::2]).max())
    if longest < _RUN:
        return []
    said = f"{int(flat.sum())} rows without trade repeat the last close, {longest} in a row"
    return [find("filled_forward", bars.symbol, bars.dates[int(flat.argmax())], said)]
