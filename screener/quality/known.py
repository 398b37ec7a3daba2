"""What known corporate actions say of a series: whether its prices fall with each or not."""

from collections.abc import Sequence

import numpy as np

from screener.bars import BarBasis, Bars
from screener.panel import CorporateAction, Floats
from screener.quality.gaps import Rows, Traded

# tails that news has, and a scale below which a gap is the tick's
_FREEDOM, _LEAST_SCALE = 3.0, 0.003
_AROUND = 10
# against the hundreds of sessions, and the few ex-dates, on which it might be so by chance
_SURE_OF_SPLICE, _SURE_OF_DATE = 10.0, 6.5
_LEAST_FROM_JUMP = 2.0


def expected_gaps(bars: Bars, actions: Sequence[CorporateAction] | None) -> Floats | None:
    """Return what known actions do to each row's opening gap; None where they do nothing.

    Parameters
    ----------
    bars : Bars
    actions : sequence of CorporateAction or None

    Returns
    -------
    ndarray, shape (T,)
        Differences of logarithms: below zero on the ex-dates of raw prices.
    """
    if not actions or bars.basis in {"additive", "multiplicative"}:
        return None
    rows, falls = _falls(bars.dates, bars.close, actions, bars.basis)
    expected = np.zeros(len(bars))
    np.add.at(expected, rows, falls)
    return expected


def log_odds(gap: Floats | float, factor: Floats | float, scale: Floats | float) -> Floats:
    """Return the log of the odds that a gap is an ordinary one plus ``factor``, against without.

    Gaps are taken to follow Student's t with three degrees of freedom.
    """
    width = np.maximum(scale, _LEAST_SCALE) ** 2 * _FREEDOM
    half = (_FREEDOM + 1) / 2
    without = np.log1p(np.square(gap) / width)
    return np.asarray(half * (without - np.log1p(np.square(np.subtract(gap, factor)) / width)))


def usual_gap(traded: Traded, row: int) -> float:
    """Return the scale of the gaps around a row, itself left out."""
    first = max(1, row - _AROUND)
    beside = np.concatenate([traded.gap[first:row], traded.gap[row + 1 : row + 1 + _AROUND]])
    return float(1.4826 * np.median(np.abs(beside))) if len(beside) else 0.0


def find_by_actions(
    traded: Traded, actions: Sequence[CorporateAction], basis: BarBasis
) -> tuple[int, str] | None:
    """Return the first row on another basis as known actions show it, and how; None for none.

    Where an adjusted head meets a raw tail, the prices rise by all that was taken off for later
    actions, and then fall with each of them; a raw head falls with each, and meets an adjusted
    tail with a fall. Each session is weighed as that place, with all the ex-dates on its side.
    """
    rows, falls = _falls(traded.dates, traded.close, actions, basis)
    inside = (rows > 0) & (rows < len(traded.dates))
    rows, falls = rows[inside], falls[inside]
    if not rows.size:
        return None
    scale = float(1.4826 * np.median(np.abs(traded.gap[1:])))
    # a raw series' gaps are net of the falls already: another basis shows as a rise
    unlike = -falls if basis in {"raw", "split_adjusted"} else falls
    alone = log_odds(traded.gap[rows], unlike, scale)
    at_date = np.zeros(len(traded.dates))
    np.add.at(at_date, rows, alone)
    later = np.zeros(len(traded.dates))
    np.add.at(later, rows, falls)
    to_come = np.cumsum(later[::-1])[::-1] - later
    found = _weigh_places(traded, at_date, to_come, scale, raw=basis in {"raw", "split_adjusted"})
    if found is None and alone.max() > _SURE_OF_DATE and len(rows) > 1 and alone.min() < 0:
        row = int(rows[alone.argmax()])
        found = row, f"on this ex-date the prices move by {np.expm1(traded.gap[row]):+.1%}"
    return found


def _weigh_places(
    traded: Traded, at_date: Floats, to_come: Floats, scale: float, *, raw: bool
) -> tuple[int, str] | None:
    before = np.cumsum(at_date) - at_date
    after = at_date.sum() - before - at_date
    best: tuple[float, int] | None = None
    # an adjusted head before a raw tail, and a raw head before an adjusted tail
    for jump, raw_tail in ((-to_come, True), (to_come, False)):
        here = log_odds(traded.gap, jump, scale)
        wrong_side = after if raw_tail != raw else before
        odds = np.where(here > _LEAST_FROM_JUMP, here + wrong_side, -np.inf)
        row = int(odds.argmax())
        if odds[row] > _SURE_OF_SPLICE and (best is None or odds[row] > best[0]):
            best = float(odds[row]), row
    if best is None:
        return None
    row = best[1]
    said = (
        f"the prices move by {np.expm1(traded.gap[row]):+.1%}, as the corporate actions after"
        f" that day come to ({np.expm1(to_come[row]):+.1%})"
    )
    return row, said


def _falls(
    dates: np.ndarray, close: Floats, actions: Sequence[CorporateAction], basis: BarBasis
) -> tuple[Rows, Floats]:
    """Return the row of each ex-date and the logarithm of what it leaves of a raw price."""
    days = np.array([action.ex_date for action in actions], dtype="datetime64[D]")
    rows = np.searchsorted(dates, days)
    inside = (rows > 0) & (rows < len(dates))
    falls = np.zeros(len(rows))
    for n in np.flatnonzero(inside).tolist():
        action, previous = actions[n], float(close[rows[n] - 1])
        if basis != "raw":  # adjusted closes have the new shares in them already
            previous = previous * (1 + action.bonus) + action.cash
        shares = 1.0 + action.rights + (action.bonus if basis != "split_adjusted" else 0.0)
        left = (previous - action.cash + action.rights * action.rights_price) / shares
        falls[n] = np.log(left / previous) if previous > 0 and left > 0 else 0.0
    return rows[inside], falls[inside]
