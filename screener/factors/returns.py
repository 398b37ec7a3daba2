"""Returns over calendar spans, alone and against the benchmark; risk."""

import numpy as np

from screener.calendar import add_months
from screener.factors.history import History, Rows, is_enough, mean_known
from screener.panel import Floats

_SESSIONS_A_YEAR = 252
_WEEK = np.timedelta64(7, "D")
_MONTHS = {"1m": 1, "3m": 3, "6m": 6, "12m": 12}
_VOLATILITIES = (20, 60, 250)
_BETAS = (120, 250)


def measure_returns(history: History) -> dict[str, Floats]:
    """Return the factors of the groups returns and relative strength, each of shape (N,)."""
    end = history.rows_on(history.day)
    starts = {name: history.rows_on(_months_before(history, n)) for name, n in _MONTHS.items()}
    weekly = {"1w": history.rows_on(history.day - _WEEK)}
    found = {
        f"return_{name}": _change(history, row, end) for name, row in (weekly | starts).items()
    }
    found["momentum_12_1"] = _change(history, starts["12m"], starts["1m"])
    for name, row in starts.items():
        index = history.at(end, history.carried) / history.at(row, history.carried) - 1.0
        found[f"relative_{name}"] = found[f"return_{name}"] - index
    return found


def measure_risk(history: History) -> dict[str, Floats]:
    """Return the factors of the group risk, each of shape (N,)."""
    volatilities = {f"volatility_{n}d": _volatility(history.daily[-n:], n) for n in _VOLATILITIES}
    betas = {f"beta_{n}d": _beta(history.daily[-n:], history.index_daily[-n:], n) for n in _BETAS}
    return volatilities | betas


def _months_before(history: History, months: int) -> np.datetime64:
    day: np.datetime64 = add_months(np.array([history.day]), [-months])[0, 0]
    return day


def _change(history: History, start: Rows, end: Rows) -> Floats:
    return history.at(end) / history.at(start) - 1.0


def _volatility(daily: Floats, size: int) -> Floats:
    """Return the yearly sample standard deviation of the known of so many returns."""
    count = np.isfinite(daily).sum(axis=0)
    apart = _apart(daily)
    spread = np.sqrt((apart**2).sum(axis=0) / np.maximum(count - 1, 1) * _SESSIONS_A_YEAR)
    return np.where(is_enough(count, size), spread, np.nan)


def _beta(daily: Floats, index: Floats, size: int) -> Floats:
    """Return covariance over the benchmark's variance, of the sessions that have both."""
    known = np.isfinite(daily) & np.isfinite(index)
    own, benchmark = (_apart(np.where(known, each, np.nan)) for each in (daily, index))
    variance = (benchmark**2).sum(axis=0)
    told = is_enough(known.sum(axis=0), size) & (variance > 0)
    return np.where(told, (own * benchmark).sum(axis=0) / np.where(told, variance, 1.0), np.nan)


def _apart(values: Floats) -> Floats:
    """Return by how much values differ from the mean of their column, zero where not known."""
    return np.where(np.isfinite(values), values - mean_known(values), 0.0)
