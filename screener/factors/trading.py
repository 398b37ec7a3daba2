"""How a share is traded: halts, value, turnover, days at its limit."""

import datetime as dt
from functools import lru_cache

import numpy as np

from screener.factors.fundamentals import Ledger
from screener.factors.history import History, is_enough, mean_known
from screener.panel import Floats
from universes import InputError, Symbol
from universes.limits import price_limit

_WINDOW = 20
# half a tick is this part of a price of 2
_ROUNDING = 0.0025
# beyond any digit that a price is kept to
_HAIR = 1e-9


def measure_trading(history: History, ledger: Ledger) -> dict[str, Floats]:
    """Return the factors of the group trading, each of shape (N,)."""
    age = len(history.sessions) - 1.0 - history.last
    turnovers = history.volume[-_WINDOW:] / _float_shares(history, ledger)
    return {
        "halted_sessions": np.where(history.last >= 0, age, np.nan),
        "traded_value_20d": _mean(history.amount[-_WINDOW:]),
        "turnover_20d": _mean(turnovers),
        "limit_up_20d": _count_limit_ups(history),
    }


@lru_cache(maxsize=65536)
def board_of(symbol: str) -> str:
    """Return the exchange and board of a share, such as ``SZ chinext``."""
    parsed = Symbol.parse(symbol)
    known = parsed.exchange.find(parsed.code)
    return f"{parsed.suffix} {known.board}" if known else parsed.suffix


def _mean(window: Floats) -> Floats:
    count = np.isfinite(window).sum(axis=0)
    return np.where(is_enough(count, _WINDOW), mean_known(window), np.nan)


def _float_shares(history: History, ledger: Ledger) -> Floats:
    """Return the tradable shares known at each session's close, shape (W, N)."""
    days = history.sessions[-_WINDOW:]
    if not ledger.has("float_shares"):
        return np.full((len(days), len(history.symbols)), np.nan)
    known = np.array([ledger.held("float_shares", day, history.symbols) for day in days])
    return np.where(known > 0, known, np.nan)


def _count_limit_ups(history: History) -> Floats:
    """Count the sessions that closed at their high and up by the limit, to within a tick."""
    rows = range(max(len(history.sessions) - _WINDOW, 1), len(history.sessions))
    limits = _limits(history, rows)
    count = np.zeros(len(history.symbols))
    known = np.zeros(len(history.symbols), dtype=np.intp)
    for row, limit in zip(rows, limits, strict=True):
        close = history.close[row]
        before = history.at(history.rows_on(history.sessions[row - 1]))
        gain = close / before - 1.0
        told = np.isfinite(gain) & np.isfinite(history.high[row]) & np.isfinite(limit)
        known += told
        at_high = close >= history.high[row] * (1.0 - _HAIR)
        count += told & at_high & (np.abs(gain - limit) <= _ROUNDING + _HAIR)
    return np.where(is_enough(known, _WINDOW), count, np.nan)


def _limits(history: History, rows: range) -> Floats:
    """Return the limits of ordinary shares on some sessions, shape (W, N).

    Not a number where a board has none, or none is recorded for the day.
    """
    boards: dict[str, list[int]] = {}
    for column, symbol in enumerate(history.symbols):
        boards.setdefault(board_of(symbol), []).append(column)
    limits = np.full((len(rows), len(history.symbols)), np.nan)
    for columns in boards.values():
        example = history.symbols[columns[0]]
        days = [history.sessions[row].astype(dt.date) for row in rows]
        limits[:, columns] = np.array([_limit_on(example, day) for day in days])[:, None]
    return limits


def _limit_on(symbol: str, day: dt.date) -> float:
    try:
        limit = price_limit(symbol, day)
    except InputError:
        return np.nan
    return np.nan if limit is None else limit.fraction
