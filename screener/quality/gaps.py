"""How much an overnight gap looks like a change of basis rather than like news.

News moves prices with volume, with a wide range, and often in steps over several days; two
bases set side by side leave a gap in the middle of ordinary trading. The score weighs that up
and is a logarithm of odds: `screener.quality.breaks` says what is done with it.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from screener.bars import Bars
from screener.calendar import Days
from screener.panel import Floats
from universes.tables import read_toml

BREAKS_FILE = Path(__file__).parent / "breaks.toml"
Rows = npt.NDArray[np.intp]

_AROUND = np.array([n for n in range(-10, 11) if n])
_BEFORE = np.arange(-20, 0)
_SMALLEST_GAP = 0.02
_MOST_GAPS = 12
# below these a median says more of the tick than of the share
_QUIET_GAP, _QUIET_RANGE = 0.0015, 0.003
LIMIT_SLACK = 0.0175
# the limit of the main boards, and a gap that few shares ever open with
_NARROW, _RARE_GAP = 0.10, 0.08


@dataclass(frozen=True, eq=False)
class Traded:
    """The rows of one series on which the security traded.

    Attributes
    ----------
    dates : ndarray of datetime64[D], shape (T,)
    open, high, low, close : ndarray, shape (T,)
        Above zero.
    volume : ndarray, shape (T,)
        Above zero, or not a number where the source has none.
    gap : ndarray, shape (T,)
        Logarithm of the open over the close before, less what was expected of it; 0 in the
        first row.
    """

    dates: Days
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    gap: Floats

    @classmethod
    def of(cls, bars: Bars, expected: Floats | None = None) -> "Traded":
        """Take the rows that have four prices above zero and a volume that is not zero.

        Parameters
        ----------
        bars : Bars
        expected : ndarray, shape (T,), optional
            What each row's gap is expected to be: the market's, or a corporate action's.
        """
        lowest = np.minimum(np.minimum(bars.open, bars.low), np.minimum(bars.close, bars.high))
        rows = (lowest > 0) & (bars.volume != 0)
        columns = [getattr(bars, name) for name in ("open", "high", "low", "close", "volume")]
        dates = bars.dates
        if not rows.all():
            dates, columns = dates[rows], [column[rows] for column in columns]
            expected = None if expected is None else expected[rows]
        open_, _, _, close, _ = columns
        gap = np.zeros(len(dates))
        gap[1:] = np.log(open_[1:] / close[:-1])
        if expected is not None:
            gap[1:] -= expected[1:]
        return cls(dates, *columns, gap)


def widest_gaps(traded: Traded) -> Rows:
    """Return the rows of the widest gaps worth looking at, in no order."""
    size = np.abs(traded.gap)
    count = min(_MOST_GAPS, len(size) - 1)
    if count < 1:
        return np.array([], dtype=np.intp)
    rows = np.argpartition(size, -count)[-count:]
    inside = (rows >= 5) & (rows < len(size) - 1)  # noqa: PLR2004 - a share's free first days
    return rows[inside & (size[rows] >= _SMALLEST_GAP)]


def score_gaps(traded: Traded, rows: Rows, limit: float) -> Floats:
    """Return the logarithm of the odds that each gap is a change of basis; shape (K,).

    Parameters
    ----------
    traded : Traded
    rows : ndarray of int, shape (K,)
        From 1 on.
    limit : float
        The board's price limit, 0 for none.
    """
    weights = load_weights()
    return describe_gaps(traded, rows, limit) @ weights[1:] + weights[0]


def describe_gaps(traded: Traded, rows: Rows, limit: float) -> Floats:
    """Return what the score weighs, shape (K, 19), in the order of the weights' names."""
    last = len(traded.close) - 1
    around = np.clip(rows[:, None] + _AROUND, 1, last)
    sign, size = np.sign(traded.gap[rows]), np.abs(traded.gap[rows])
    range_ = np.log(traded.high / traded.low)
    usual_gap = np.maximum(np.median(np.abs(traded.gap[around]), axis=1), _QUIET_GAP)
    usual_range = np.maximum(np.median(range_[around], axis=1), _QUIET_RANGE)
    by_gaps = np.log(np.clip(size / usual_gap, 0.3, 60))
    by_range = np.log(np.clip(size / usual_range, 0.05, 20))
    width = np.clip(np.log((range_[rows] + 0.001) / usual_range), -3, 2.5)
    surge, step, follow = _describe_volume(traded.volume, rows, last)
    moved = np.log(traded.close[rows] / traded.open[rows]) / usual_range
    onward = np.clip(sign * moved, -4, 4)
    before = np.log(traded.close[rows - 1] / traded.close[np.maximum(rows - 2, 0)]) / usual_range
    earlier = np.clip(sign * before, -5, 5)
    columns = [
        by_gaps,
        by_range,
        by_range**2,
        surge,
        step,
        step**2,
        width,
        width**2,
        follow,
        follow**2,
        _at_limit(traded, rows, limit),
        np.log(0.02 + np.clip(_unfilled(traded, rows) / usual_range, 0, 6)),
        np.abs(earlier),
        onward,
        earlier,
        surge * onward,
        follow * earlier,
        np.full(len(rows), float(limit != _NARROW)),
        np.maximum(size - _RARE_GAP, 0) / 0.05,
    ]
    return np.column_stack(columns)


def _describe_volume(volume: Floats, rows: Rows, last: int) -> tuple[Floats, Floats, Floats]:
    """Return the volume against the 20 sessions before, the one before, and the one after."""
    usual = np.median(volume[np.clip(rows[:, None] + _BEFORE, 0, last)], axis=1)
    surge = np.log(volume[rows] / usual)
    step = np.log(volume[rows] / volume[rows - 1])
    follow = np.log(volume[np.minimum(rows + 1, last)] / volume[rows])
    # without volumes these say nothing
    surge, step, follow = (np.nan_to_num(each, nan=0.0) for each in (surge, step, follow))
    return np.clip(surge, -3, 4), np.clip(step, -3, 4), np.clip(follow, -3, 3)


def _unfilled(traded: Traded, rows: Rows) -> Floats:
    """Return how far the day's range stays away from that of the day before, 0 where it does."""
    up = np.log(traded.low[rows] / traded.high[rows - 1])
    down = np.log(traded.low[rows - 1] / traded.high[rows])
    return np.maximum(np.maximum(up, down), 0.0)


def _at_limit(traded: Traded, rows: Rows, limit: float) -> Floats:
    """Return 1 where the day closed at its price limit, else 0."""
    if not limit:
        return np.zeros(len(rows))
    before, close = traded.close[rows - 1], traded.close[rows]
    up = (np.abs(close - before * (1 + limit)) < LIMIT_SLACK) & (close == traded.high[rows])
    down = (np.abs(close - before * (1 - limit)) < LIMIT_SLACK) & (close == traded.low[rows])
    return (up | down).astype(np.float64)


@cache
def load_weights() -> Floats:
    """Return the constant and the 19 weights of the score."""
    table = read_toml(BREAKS_FILE).table("gap")
    weights = np.array([table.number(name) for name in table.names()])
    table.faults.raise_if_any()
    weights.flags.writeable = False
    return weights
