"""A series whose adjustment basis changes in the middle."""

import numpy as np

from screener.bars import Bars
from screener.panel import CorporateAction

_MARGIN = 5
_LEAST_SHIFT = 0.004
_SURE = 10.0


def find_break(
    bars: Bars, actions: tuple[CorporateAction, ...] | None
) -> tuple[np.datetime64, str] | None:
    """Return the first session on another adjustment basis, and how it shows; None for none.

    The average price of a session, amount over volume, is as it was printed, whatever was
    done to the bars: its ratio to their typical price tells the factor they were adjusted by.

    Parameters
    ----------
    bars : Bars
        Ascending.
    actions : tuple of CorporateAction, optional
        Known ones; of an adjusted series the factor may change on their ex-dates.
    """
    traded = np.flatnonzero((bars.volume > 0) & (bars.amount > 0))
    if len(traded) < 4 * _MARGIN:
        return None
    typical = (bars.high + bars.low + bars.close)[traded] / 3
    ratio = np.log(bars.amount[traded] / bars.volume[traded] / typical)
    steps = np.diff(ratio)
    noise = 1.4826 * float(np.median(np.abs(steps - np.median(steps)))) / np.sqrt(2)
    known = {action.ex_date for action in actions or ()} if bars.basis != "raw" else set()
    for cut in np.flatnonzero(np.abs(steps) > _LEAST_SHIFT) + 1:
        before, after = ratio[max(0, cut - 4 * _MARGIN) : cut], ratio[cut : cut + 4 * _MARGIN]
        if min(len(before), len(after)) < _MARGIN or str(bars.dates[traded[cut]]) in known:
            continue
        shift = float(np.median(after) - np.median(before))
        sure = noise * np.sqrt(1 / len(before) + 1 / len(after)) * _SURE
        # an adjusted price comes nearer to the printed one at each ex-date, never further away
        expected = bars.basis != "raw" and actions is None and shift < 0
        if abs(shift) > max(_LEAST_SHIFT, sure) and not expected:
            said = f"against amount over volume the prices change by {np.expm1(-shift):+.1%}"
            return bars.dates[traded[cut]], said
    return None
