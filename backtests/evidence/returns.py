"""Returns of shares and of their benchmarks over the same intervals."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backtests.kernel import Rows
from backtests.measures.equity import SESSIONS_A_YEAR
from backtests.schedule import latest_row
from backtests.sessions import lay_axis
from screener import Panel
from screener.calendar import Days
from screener.panel import Floats
from universes.rating import Basis

WEEKS_A_YEAR = 52
# where fewer of the rows follow on the session before, they are taken week by week
_DAILY = 0.9


@dataclass(frozen=True)
class PairedReturns:
    """Simple returns of K securities, each beside its benchmark's over the same interval.

    Attributes
    ----------
    dates : ndarray of datetime64[D], shape (T,)
        On which the intervals end.
    own, benchmark : ndarray, shape (T, K)
        Fractions, each from the security's close before; not a number where it did not trade,
        or where a close is missing.
    periods_a_year : int
        252 where the rows are sessions, 52 where the prices are too few for that and the last
        close of each week is taken.
    """

    dates: Days
    own: Floats
    benchmark: Floats
    periods_a_year: int

    @property
    def daily(self) -> bool:
        """Whether the intervals are sessions."""
        return self.periods_a_year == SESSIONS_A_YEAR


def pair_returns(
    panel: Panel, symbols: Sequence[str], benchmarks: Sequence[str], basis: Basis
) -> PairedReturns:
    """Return what securities and their benchmarks earned between the securities' closes.

    Parameters
    ----------
    panel : Panel
    symbols, benchmarks : sequence of str, length K
    basis : {"price", "total"}
    """
    axis = lay_axis(panel, symbols)
    daily = axis.follows[1:].mean() >= _DAILY if len(axis.rows) > 1 else False
    rows = axis.rows if daily else axis.rows[_last_of_weeks(axis.dates)]
    dates = panel.dates[rows]
    columns = panel.columns(symbols)
    close = np.where(columns >= 0, panel.levels("close", basis)[rows][:, columns], np.nan)
    kept = {name: panel.carried(name, dates, basis) for name in dict.fromkeys(benchmarks)}
    level = np.column_stack([kept[name] for name in benchmarks])
    before = _row_before(close)
    known = (before >= 0) & np.isfinite(close)
    at = np.maximum(before, 0)
    own = close / np.take_along_axis(close, at, axis=0) - 1.0
    benchmark = level / np.take_along_axis(level, at, axis=0) - 1.0
    paired = known & np.isfinite(benchmark)
    return PairedReturns(
        dates,
        np.where(paired, own, np.nan),
        np.where(paired, benchmark, np.nan),
        SESSIONS_A_YEAR if daily else WEEKS_A_YEAR,
    )


def _last_of_weeks(dates: Days) -> Rows:
    # weeks counted from a Monday
    week = (dates.astype("datetime64[D]").astype(np.int64) + 3) // 7
    return np.flatnonzero(np.append(week[1:] != week[:-1], True))


def _row_before(close: Floats) -> Rows:
    """Return for each cell the last row before it with a close, -1 for none."""
    return np.vstack([np.full((1, close.shape[1]), -1), latest_row(np.isfinite(close))[:-1]])
