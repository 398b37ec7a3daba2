"""A series whose adjustment basis changes in the middle.

What tells a splice, strongest first: the amount, whose ratio to the volume is the price as it
was printed; known corporate actions; a move beyond the price limit; the ticks that finely kept
prices are whole multiples of; and for the rest a gap of the kind that no news leaves, together
with the last digits on its two sides.

Where the last two are all there is, a small factor cannot be told from news: the thresholds are
set so that fewer than one untouched series in a hundred is taken for a broken one. At that price
the shares found of factors planted on real series, on boards with a limit of 10%, with one of
20%, and in Hong Kong, each without and with the market's gap, are about

=====  ============  ============  ============
0.70   1.00 / 1.00   1.00 / 1.00   0.99 / 0.99
0.80   1.00 / 1.00   0.99 / 0.99   0.96 / 0.96
0.85   1.00 / 1.00   0.91 / 0.94   0.98 / 0.99
0.90   0.95 / 0.96   0.78 / 0.83   0.92 / 0.93
0.95   0.52 / 0.61   0.37 / 0.44   0.46 / 0.51
0.97   0.13 / 0.17   0.04 / 0.09   0.22 / 0.25
1.05   0.43 / 0.55   0.27 / 0.37   0.42 / 0.45
1.10   0.90 / 0.92   0.76 / 0.82   0.93 / 0.94
1.20   1.00 / 1.00   0.96 / 0.97   0.97 / 0.97
1.50   1.00 / 1.00   1.00 / 1.00   0.98 / 0.98
=====  ============  ============  ============

(300 shares to a figure, a standard error of 0.03 at most; see ``tests/test_quality_breaks.py``).
A shift by a constant is found as the factor is that it comes to, save in Hong Kong, where one by
whole ticks leaves the unit as it was. With amounts half a percent is enough.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from screener.bars import Bars
from screener.panel import CorporateAction, Floats
from screener.quality.digits import weigh_digits
from screener.quality.gaps import LIMIT_SLACK, Rows, Traded, score_gaps, widest_gaps
from screener.quality.known import expected_gaps, find_by_actions, log_odds, usual_gap
from screener.quality.lattice import (
    count_decimals,
    find_finer_side,
    is_shifted,
    unit_before_and_after,
)
from screener.quality.printed import find_by_amount
from universes import Symbol
from universes.limits import widest_limit

Found = tuple[np.datetime64, str]

# the reason that ends so is likely, where the others are certain
NO_NEWS = "a gap without the volume and the range that news brings"

# the scores that fewer than one untouched series in a hundred reaches
_SURE, _SURE_BESIDE_MARKET, _SURE_WITHOUT_LIMIT, _SURE_OF_INDEX = 2.8, 2.4, 4.5, 6.0
# prices lie close together, so that their digits say less than they seem to
_DIGIT_WEIGHT, _MOST_FROM_DIGITS, _DIGITS_OF_RAW = 0.5, 1.5, 3.0
_MOST_WEIGHED = 3
_FINE_TICK = 3
_LEAST_ROWS, _FREE_SESSIONS = 30, 5
_LONG_PAUSE = np.timedelta64(60, "D")
_LIMIT_SLACK_SHARE = 5e-4

_SAME_UNIT, _WIDE_GAP = 0.004, 0.03
_TICK_RATIOS = np.array([1.0, 2.0, 0.5, 2.5, 0.4, 5.0, 0.2, 10.0, 0.1])
# a gap this wide may come with another tick; it is no news' one above this score
_TICK_CHANGE, _NO_NEWS = 0.35, 1.0
# A dividend raises the unit, most by less than this; nothing lowers it but another basis.
_RARE_DIVIDEND = 0.07
_CERTAIN, _LEAST_FOR_DIVIDEND, _LEAST_FOR_RARE, _LEAST_FOR_FALL = 10.0, 9.0, 4.5, -2.0


@dataclass(frozen=True)
class _Case:
    """A series, and what is known of what its gaps may be."""

    bars: Bars
    traded: Traded
    limit: float
    kind: str
    decimals: int
    falls_may_be_actions: bool
    sure: float


def find_break(
    bars: Bars,
    actions: Sequence[CorporateAction] | None,
    market_gap: Floats | None = None,
) -> Found | None:
    """Return the first session on another adjustment basis, and how it shows; None for none.

    Parameters
    ----------
    bars : Bars
        Ascending.
    actions : sequence of CorporateAction, optional
        All that are known of the security, stated as the closes are; left out: not known.
    market_gap : ndarray, shape (T,), optional
        The market's overnight gap into each row, as a difference of logarithms, such as the
        median of all shares: news that all had is then not taken for a break.
    """
    told, found = find_by_amount(bars, actions)
    if told:
        return found
    traded = Traded.of(bars, expected_gaps(bars, actions), market_gap)
    if len(traded.dates) < _LEAST_ROWS:
        return None
    if actions:
        known = find_by_actions(traded, actions, bars.basis)
        if known is not None:
            return traded.dates[known[0]], known[1]
    symbol = Symbol.parse(bars.symbol)
    limit = widest_limit(bars.symbol)
    sure = _SURE if market_gap is None else _SURE_BESIDE_MARKET
    if symbol.kind == "index":
        sure = _SURE_OF_INDEX
    elif not limit:
        sure = _SURE_WITHOUT_LIMIT
    unknown = bars.basis in {"raw", "split_adjusted"} and actions is None
    decimals = symbol.exchange.price_decimals if symbol.kind == "share" else 0
    return _find_by_gaps(_Case(bars, traded, limit, symbol.kind, decimals, unknown, sure))


def _find_by_gaps(case: _Case) -> Found | None:
    traded = case.traded
    rows = widest_gaps(traded)
    readable, finer = _read_units(case)
    if finer is not None:
        rows = np.union1d(rows, [finer])
    if not rows.size:
        return None
    beyond = rows[_beyond_limit(case, rows)]
    if beyond.size:
        row = int(beyond[np.abs(traded.gap[beyond]).argmax()])
        return _say(traded, row, f"beyond the limit of {case.limit:.0%}")
    scores = score_gaps(traded, rows, case.limit)
    order = np.argsort(-scores)
    for n in order if readable else order[:_MOST_WEIGHED]:
        row, score = int(rows[n]), float(scores[n])
        said = _weigh_units(case, row, score) if readable else None
        if said is None:
            said = _weigh_score(case, row, score)
        if said:
            return _say(traded, row, said)
    return None


def _say(traded: Traded, row: int, why: str) -> Found:
    before, after = traded.close[row - 1], traded.open[row]
    return traded.dates[row], f"{before:g} to {after:g} ({after / before - 1:+.1%}), {why}"


def _beyond_limit(case: _Case, rows: Rows) -> np.ndarray:
    """Tell which rows left the limits around the close before by more than rounding excuses."""
    if not case.limit or case.bars.basis == "additive":
        return np.zeros(len(rows), dtype=np.bool_)
    traded = case.traded
    before = traded.before[rows]
    slack = np.maximum(LIMIT_SLACK, _LIMIT_SLACK_SHARE * before)
    above = traded.high[rows] > before * (1 + case.limit) + slack
    below = traded.low[rows] < before * (1 - case.limit) - slack
    judged = (rows > _FREE_SESSIONS) & (traded.dates[rows] - traded.dates[rows - 1] < _LONG_PAUSE)
    told: np.ndarray = judged & (above | (below & np.logical_not(case.falls_may_be_actions)))
    return told


def _read_units(case: _Case) -> tuple[bool, int | None]:
    """Return whether prices are kept finer than most ticks, and where that begins or ends."""
    if not case.decimals:
        return False, None
    prices = case.traded.prices
    finer = find_finer_side(prices)
    fine = finer is not None or case.decimals >= _FINE_TICK
    return fine or count_decimals(prices) > case.decimals, finer


def _weigh_units(case: _Case, row: int, score: float) -> str | None:
    """Return why the units of the prices show a splice; empty: they show none; None: unknown."""
    traded = case.traded
    before, after = unit_before_and_after(traded.prices, row, case.decimals)
    known = before or after
    if known is None:
        return None
    # the tick itself is another one for dearer shares
    factors = np.log((after or known) / (before or known) / _TICK_RATIOS)
    alike = np.abs(factors).min() < _SAME_UNIT
    gap = float(traded.gap[row])
    # a dividend of a thousandth moves the multiples as well, and leaves no gap
    beside = alike and abs(gap) > _WIDE_GAP
    if beside and is_shifted(traded.prices, row, known, before_known=before is not None):
        return f"and on one side the prices stand between the multiples of {known:g}"
    if before is None or after is None:
        return None
    factor = float(factors[np.abs(factors - gap).argmin()])
    odds = float(log_odds(gap, factor, usual_gap(traded, row)))
    with_prices = factor == factors[0] and odds > _CERTAIN
    if alike and not with_prices and (abs(gap) < _TICK_CHANGE or score < _NO_NEWS):
        return ""
    least = _LEAST_FOR_DIVIDEND if factor < _RARE_DIVIDEND else _LEAST_FOR_RARE
    if case.bars.basis == "raw" or factor < 0:
        least = _LEAST_FOR_FALL if factor == factors[0] else _LEAST_FOR_RARE
    return f"and the prices' unit from {before:.6g} to {after:.6g}" if odds > least else None


def _weigh_score(case: _Case, row: int, score: float) -> str:
    """Return why a gap is no news' one, or nothing where it may be."""
    may_be_action = case.falls_may_be_actions and case.traded.gap[row] < 0
    has_digits = bool(case.limit) and case.kind == "share"
    digits = 0.0
    if has_digits and (may_be_action or score > case.sure - _MOST_FROM_DIGITS):
        digits = weigh_digits(case.traded, row)
    if may_be_action and digits < _DIGITS_OF_RAW:
        return ""
    score += min(_DIGIT_WEIGHT * digits, _MOST_FROM_DIGITS)
    return NO_NEWS if score > case.sure else ""
