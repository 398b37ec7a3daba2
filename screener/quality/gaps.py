"""How much an overnight gap looks like a change of basis rather than like news.

News moves prices with volume, with a wide range, and often in steps over several days; two
bases set side by side leave a gap in the middle of ordinary trading. The score weighs that up
and is a logarithm of odds: `screener.quality.breaks` says what is done with it.
"""

from dataclasses import dataclass
from functools import cache, cached_property
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
_MOST_GAPS = 8
# below these a median says more of the tick than of the share
_QUIET_GAP, _QUIET_RANGE = 0.0015, 0.003
LIMIT_SLACK = 0.0175


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
    before : ndarray, shape (T,)
        The close before, as restated for corporate actions that are known; the first row's own
        open.
    gap : ndarray, shape (T,)
        Logarithm of the open over `before`, less the market's gap; 0 in the first row.
    """

    dates: Days
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    before: Floats
    gap: Floats

    @cached_property
    def prices(self) -> Floats:
        """Open, high, low and close; shape (4, T)."""
        return np.array([self.open, self.high, self.low, self.close])

    @classmethod
    def of(
        cls, bars: Bars, expected: Floats | None = None, market_gap: Floats | None = None
    ) -> "Traded":
        """Take the rows that have four prices above zero and a volume that is not zero.

        Parameters
        ----------
        bars : Bars
        expected : ndarray, shape (T,), optional
            What known corporate actions do to each row's gap, as a difference of logarithms.
        market_gap : ndarray, shape (T,), optional
            What the market did, likewise.
        """
        lowest = np.minimum(np.minimum(bars.open, bars.low), np.minimum(bars.close, bars.high))
        rows = (lowest > 0) & (bars.volume != 0)
        names = ("dates", "open", "high", "low", "close", "volume")
        dates, open_, high, low, close, volume = (getattr(bars, name)[rows] for name in names)
        before = np.concatenate([open_[:1], close[:-1]])
        if expected is not None:
            before[1:] *= np.exp(expected[rows][1:])
        gap = np.log(open_ / before)
        if market_gap is not None:
            gap[1:] -= market_gap[rows][1:]
        return cls(dates, open_, high, low, close, volume, before, gap)


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
    scores: Floats = describe_gaps(traded, rows, limit) @ weights[1:] + weights[0]
    return scores


def describe_gaps(traded: Traded, rows: Rows, limit: float) -> Floats:
    """Return what the score weighs, shape (K, 17), in the order of the weights' names."""
    last = len(traded.close) - 1
    around = np.clip(rows[:, None] + _AROUND, 1, last)
    sign, size = np.sign(traded.gap[rows]), np.abs(traded.gap[rows])
    usual_gap = np.maximum(_middle(np.abs(traded.gap[around])), _QUIET_GAP)
    ranges = np.log(traded.high[around] / traded.low[around])
    usual_range = np.maximum(_middle(ranges), _QUIET_RANGE)
    by_range = np.log(_between(size / usual_range, 0.05, 20))
    range_: Floats = np.log(traded.high[rows] / traded.low[rows])
    width = _between(np.log((range_ + 0.001) / usual_range), -3, 2.5)
    surge, step, follow = _describe_volume(traded.volume, rows, last)
    onward = sign * np.log(traded.close[rows] / traded.open[rows]) / usual_range
    onward = _between(onward, -4, 4)
    before = np.log(traded.close[rows - 1] / traded.close[np.maximum(rows - 2, 0)])
    earlier = _between(sign * before / usual_range, -5, 5)
    described = np.empty((17, len(rows)))
    described[0] = np.log(_between(size / usual_gap, 0.3, 60))
    described[1], described[2] = by_range, by_range**2
    described[3] = surge
    described[4], described[5] = step, step**2
    described[6], described[7] = width, width**2
    described[8], described[9] = follow, follow**2
    described[10] = _at_limit(traded, rows, limit)
    described[11] = np.log(0.02 + np.minimum(_unfilled(traded, rows) / usual_range, 6))
    described[12], described[13], described[14] = np.abs(earlier), onward, earlier
    described[15], described[16] = surge * onward, follow * earlier
    return described.T


def _between(values: Floats, low: float, high: float) -> Floats:
    """Do as numpy.clip does, in half the time on short arrays."""
    within: Floats = np.minimum(np.maximum(values, low), high)
    return within


def _middle(values: Floats) -> Floats:
    """Return the median of each row; what is not a number counts as the largest."""
    half = values.shape[1] // 2
    ordered = np.sort(values, axis=1)
    middle: Floats = (ordered[:, half - 1] + ordered[:, half]) / 2
    return middle


def _describe_volume(volume: Floats, rows: Rows, last: int) -> tuple[Floats, Floats, Floats]:
    """Return the volume against the 20 sessions before, the one before, and the one after."""
    usual = _middle(volume[np.maximum(rows[:, None] + _BEFORE, 0)])
    now = volume[rows]
    following = volume[np.minimum(rows + 1, last)]
    ratios = np.log(np.array([now / usual, now / volume[rows - 1], following / now]))
    ratios[np.isnan(ratios)] = 0.0  # without volumes these say nothing
    surge, step, follow = ratios
    return _between(surge, -3, 4), _between(step, -3, 4), _between(follow, -3, 3)


def _unfilled(traded: Traded, rows: Rows) -> Floats:
    """Return how far the day's range stays away from that of the day before, 0 where it does."""
    up = np.log(traded.low[rows] / traded.high[rows - 1])
    down = np.log(traded.low[rows - 1] / traded.high[rows])
    return np.maximum(np.maximum(up, down), 0.0)


def _at_limit(traded: Traded, rows: Rows, limit: float) -> Floats:
    """Return 1 where the day closed at its price limit, else 0."""
    if not limit:
        return np.zeros(len(rows))
    before, close = traded.before[rows], traded.close[rows]
    up = (np.abs(close - before * (1 + limit)) < LIMIT_SLACK) & (close == traded.high[rows])
    down = (np.abs(close - before * (1 - limit)) < LIMIT_SLACK) & (close == traded.low[rows])
    told: Floats = np.where(up | down, 1.0, 0.0)
    return told


@cache
def load_weights() -> Floats:
    """Return the constant and the 17 weights of the score."""
    table = read_toml(BREAKS_FILE).table("gap")
    weights = np.array([table.number(name) for name in table.names()])
    table.faults.raise_if_any()
    weights.flags.writeable = False
    return weights
