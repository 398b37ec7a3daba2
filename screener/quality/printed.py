"""The price as it was printed: the amount over the volume, whatever was done to the bars."""

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from screener.bars import Bars
from screener.panel import CorporateAction, Floats
from screener.quality.known import log_odds

_SPAN = 20
_LEAST_SHIFT, _LEAST_SHIFT_ADDITIVE = 0.003, 0.02
_SURE = 6.0
# a shift as large as this is one of the volume's unit
_UNIT_OF_VOLUME = np.log(30.0)
_LEAST_COVER = 0.8
_LEAST_FOR_DIVIDEND = 5.0
_NEAR_EX_DATE = 3
_MOST_SHIFTS = 20


def find_by_amount(
    bars: Bars, actions: Sequence[CorporateAction] | None
) -> tuple[bool, tuple[np.datetime64, str] | None]:
    """Return whether the amounts can tell, and the first session on another basis if there is.

    The ratio of the average price, amount over volume, to the typical one of the bars is one
    over the factor that they were adjusted by. In raw bars it never changes; an adjusted price
    comes nearer to the printed one on each ex-date, never further away, and does not move with
    it: what does is a splice.

    Parameters
    ----------
    bars : Bars
    actions : sequence of CorporateAction or None
        Known ones; of an adjusted series the factor may change on their ex-dates.
    """
    traded = np.flatnonzero((bars.volume > 0) & (bars.amount > 0) & (bars.low > 0))
    if len(traded) < max(3 * _SPAN, _LEAST_COVER * len(bars)):
        return False, None
    typical = (bars.high + bars.low + bars.close)[traded] / 3
    ratio = np.log(bars.amount[traded] / bars.volume[traded] / typical)
    steps = np.abs(np.diff(ratio))
    sure = _SURE * 1.4826 * float(np.median(steps)) / np.sqrt(_SPAN)
    least = max(_LEAST_SHIFT_ADDITIVE if bars.basis == "additive" else _LEAST_SHIFT, sure)
    medians = np.median(sliding_window_view(ratio, _SPAN), axis=1)
    shifts = medians[_SPAN:] - medians[:-_SPAN]
    for _ in range(_MOST_SHIFTS):
        widest = int(np.abs(shifts).argmax())
        shift = float(shifts[widest])
        if abs(shift) <= least:
            break
        shifts[max(0, widest - _SPAN) : widest + _SPAN] = 0.0
        if abs(shift) > _UNIT_OF_VOLUME:
            continue
        cut = widest + _place_step(ratio[widest : widest + 2 * _SPAN])
        if _is_splice(bars, traded, cut, -shift, actions):
            said = f"against amount over volume the prices change by {np.expm1(-shift):+.1%}"
            return True, (bars.dates[traded[cut]], said)
    return True, None


def _place_step(values: Floats) -> int:
    """Return where values step from one level to another: the split with the least squares."""
    count = len(values)
    before = np.arange(1, count)
    total = np.cumsum(values)
    left, right = total[:-1], total[-1] - total[:-1]
    return int(np.argmax(left**2 / before + right**2 / (count - before))) + 1


def _is_splice(
    bars: Bars,
    traded: np.ndarray,
    cut: int,
    factor: float,
    actions: Sequence[CorporateAction] | None,
) -> bool:
    if bars.basis == "raw" or factor < 0:
        return True
    if actions is not None:
        near = bars.dates[traded[max(0, cut - _NEAR_EX_DATE) : cut + _NEAR_EX_DATE + 1]]
        days = np.array([action.ex_date for action in actions], dtype="datetime64[D]")
        if bool(np.any((days >= near[0]) & (days <= near[-1]))):
            return False
    rows = traded[max(1, cut - _SPAN) : cut + _SPAN]
    rows = rows[rows > 0]
    gaps: Floats = np.log(bars.open[rows] / bars.close[rows - 1])
    scale = 1.4826 * float(np.median(np.abs(gaps)))
    row = int(traded[cut])
    gap = float(np.log(bars.open[row] / bars.close[row - 1]))
    return bool(log_odds(gap, factor, scale) > _LEAST_FOR_DIVIDEND)
