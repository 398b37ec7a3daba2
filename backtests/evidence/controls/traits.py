"""What was known of shares when the picks were published: how much their prices moved."""

from collections.abc import Sequence

import numpy as np

from backtests.schedule import latest_row
from screener import Panel
from screener.panel import Floats
from universes.rating import Basis

WINDOW, FEWEST_RETURNS = 120, 60


def past_volatility(
    panel: Panel, symbols: Sequence[str], day: np.datetime64, basis: Basis
) -> Floats:
    """Return the standard deviation of each share's latest returns, shape (N,).

    Parameters
    ----------
    panel : Panel
    symbols : sequence of str, length N
    day : datetime64[D]
        No close after it is read.
    basis : {"price", "total"}

    Returns
    -------
    ndarray, shape (N,)
        Of log returns between the closes of the latest `WINDOW` rows of the panel up to the day;
        not a number with fewer than `FEWEST_RETURNS` of them.
    """
    until = int(np.searchsorted(panel.dates, day, side="right"))
    rows = slice(max(until - WINDOW - 1, 0), until)
    columns = panel.columns(symbols)
    level = np.log(panel.levels("close", basis)[rows][:, columns])
    level[:, columns < 0] = np.nan
    before = latest_row(np.isfinite(level))[:-1]
    returns = level[1:] - np.take_along_axis(level, np.maximum(before, 0), axis=0)
    returns[before < 0] = np.nan
    known = np.isfinite(returns)
    count = known.sum(axis=0)
    mean = np.where(known, returns, 0.0).sum(axis=0) / np.maximum(count, 1)
    squares = np.where(known, (returns - mean) ** 2, 0.0).sum(axis=0)
    enough = count >= FEWEST_RETURNS
    return np.where(enough, np.sqrt(squares / np.maximum(count - 1, 1)), np.nan)
