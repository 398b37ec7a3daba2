"""The exchanges' price limits on printed prices."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from backtests.schedule import Flags
from backtests.sessions import Axis
from screener.panel import Floats
from universes import InputError
from universes.limits import Limit, price_limit

# a product of decimals that ends on half a tick must not fall below it
_HAIR = 1e-7


@dataclass(frozen=True)
class PriceLimits:
    """Each session's highest and lowest permitted price of N securities.

    Attributes
    ----------
    ceiling, floor : ndarray, shape (T, N)
        Infinite and zero where there is no limit: on boards without one, on a listing's first
        sessions, and where it is not known.
    unchecked : ndarray of bool, shape (T, N)
        Where the limit is not known: for want of the close of the session before, or of the
        board's rule for so early a day.
    doubtful : tuple of str
        Symbols of which a limit was set by a rule that no source confirmed.
    """

    ceiling: Floats
    floor: Floats
    unchecked: Flags
    doubtful: tuple[str, ...]

    @classmethod
    def none(cls, shape: tuple[int, ...]) -> "PriceLimits":
        """Return no limits."""
        unchecked = np.zeros(shape, dtype=np.bool_)
        return cls(np.full(shape, np.inf), np.zeros(shape), unchecked, ())


def limit_prices(
    symbols: Sequence[str],
    axis: Axis,
    close: Floats,
    ex_prices: Floats,
    special: Collection[str],
) -> PriceLimits:
    """Return the price limits of every session.

    Parameters
    ----------
    symbols : sequence of str, length N
    axis : Axis
    close : ndarray, shape (T, N)
        As printed; not a number where there was no trade.
    ex_prices : ndarray, shape (T, N)
        The last close before each row, on an ex-date its theoretical ex-price.
    special : collection of str
        Symbols under special treatment.

    Notes
    -----
    The reference price, which is the ex-price rounded to the tick, times one plus or minus the
    limit, rounded half up to the tick: trading rules of the Shanghai and Shenzhen exchanges. A
    security whose first close is later than its exchange's first session here is taken to be
    listed on that day.
    """
    found = PriceLimits.none(close.shape)
    doubtful = []
    for column, symbol in enumerate(symbols):
        limits = _limits_of(symbol, axis, column, close, special=symbol in special)
        for row, limit in limits.items():
            before = ex_prices[row, column]
            if limit is None or np.isnan(before) or not axis.follows[row, column]:
                found.unchecked[row, column] = True
                continue
            reference = _round(before, limit.tick)
            found.ceiling[row, column] = _round(reference * (1.0 + limit.fraction), limit.tick)
            found.floor[row, column] = _round(reference * (1.0 - limit.fraction), limit.tick)
        if any(limit is not None and not limit.verified for limit in limits.values()):
            doubtful.append(symbol)
    return PriceLimits(found.ceiling, found.floor, found.unchecked, tuple(doubtful))


def _limits_of(
    symbol: str, axis: Axis, column: int, close: Floats, *, special: bool
) -> dict[int, Limit | None]:
    """Return the limits that hold on traded rows, None where the rule is not known."""
    limits: dict[int, Limit | None] = {}
    traded = np.flatnonzero(np.isfinite(close[:, column]))
    listed = _is_listing(axis.is_open[:, column], traded)
    days: list[dt.date] = axis.dates[traded].astype(dt.date).tolist()
    for number, (row, day) in enumerate(zip(traded.tolist(), days, strict=True)):
        try:
            limit = price_limit(symbol, day, special=special)
        except InputError:
            limits[row] = None
            continue
        if limit is not None and not (listed and number < limit.free_sessions):
            limits[row] = limit
    return limits


def _is_listing(is_open: Flags, traded: np.ndarray) -> bool:
    return bool(traded.size and is_open[: traded[0]].any())


def _round(price: float, tick: float) -> float:
    """Round half up to the tick."""
    ticks = round(1 / tick)
    return float(np.floor(price * ticks + 0.5 + _HAIR) / ticks)
