"""Where a share stands against its own past: extremes, moving averages, RSI."""

import numpy as np
import talib

from screener.factors.history import History, is_enough, mean_known
from screener.panel import Floats

_EXTREMES = {"26w": np.timedelta64(182, "D"), "52w": np.timedelta64(364, "D")}
_AVERAGES = (20, 60, 120, 250)
_ORDERED = (20, 60, 120)
_RSI_PERIODS = 14
_RSI_SESSIONS = 120


def measure_trend(history: History) -> dict[str, Floats]:
    """Return the factors of the groups extremes and trend, each of shape (N,)."""
    found = {}
    for name, span in _EXTREMES.items():
        window = history.close[history.sessions > history.day - span]
        told = is_enough(np.isfinite(window).sum(axis=0), len(window))
        high = np.where(told, np.fmax.reduce(window, axis=0), np.nan)
        low = np.where(told, np.fmin.reduce(window, axis=0), np.nan)
        found[f"drawdown_{name}"] = history.latest / high - 1.0
        found[f"rise_{name}"] = history.latest / low - 1.0
    averages = {n: _average(history.close[-n:], n, history.latest) for n in _AVERAGES}
    found |= {f"close_to_ma_{n}": history.latest / averages[n] - 1.0 for n in _AVERAGES}
    found["ma_order"] = _order(*(averages[n] for n in _ORDERED))
    found[f"rsi_{_RSI_PERIODS}"] = _rsi_of_each(history.close[-_RSI_SESSIONS:])
    return found


def rsi(closes: Floats, periods: int = _RSI_PERIODS) -> Floats:
    """Return Wilder's relative strength index.

    Parameters
    ----------
    closes : ndarray, shape (C,)
        All there, in order.
    periods : int

    Returns
    -------
    ndarray, shape (C,)
        From 0 to 100; not a number for the first ``periods`` closes, nor where no close
        differs from another.

    Notes
    -----
    Wilder (1978), New Concepts in Technical Trading Systems, section VI; by TA-Lib.

    Examples
    --------
    >>> rsi(np.array([10.0, 11.0, 10.5, 11.5]), 2).round(2).tolist()
    [nan, nan, 66.67, 85.71]
    """
    if (closes == closes[0]).all():
        return np.full(len(closes), np.nan)
    found: Floats = talib.RSI(closes, timeperiod=periods)
    return found


def _average(window: Floats, size: int, latest: Floats) -> Floats:
    """Return the mean close, from its distance to the last one: exact for a share that stands."""
    count = np.isfinite(window).sum(axis=0)
    return np.where(is_enough(count, size), latest + mean_known(window - latest), np.nan)


def _order(short: Floats, middle: Floats, long: Floats) -> Floats:
    falls = (short > middle) & (middle > long)
    rises = (short < middle) & (middle < long)
    order = falls.astype(np.float64) - rises
    return np.where(np.isnan(short + middle + long), np.nan, order)


def _rsi_of_each(window: Floats) -> Floats:
    found = np.full(window.shape[1], np.nan)
    known = np.isfinite(window)
    for column in np.flatnonzero(is_enough(known.sum(axis=0), _RSI_SESSIONS)):
        found[column] = rsi(window[known[:, column], column])[-1]
    return found
