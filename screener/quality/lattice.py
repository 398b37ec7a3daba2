"""The tick behind adjusted prices: what a factor leaves of it tells the factor.

Prices on an exchange are whole numbers of ticks. Multiplied by a factor they are whole numbers
of tick times factor, which can be read off them where they are kept finer than the tick.
"""

import numpy as np

from screener.panel import Floats

_SPANS = (12, 7, 4)
_FINEST = 5
_LEAST_PRICES = 7
_WIDTHS = (4.0, 16.0, 64.0, 256.0, np.inf)
# an adjusted price was rounded once or twice to the last decimal
_OFF, _COARSE = 2.3, 10.0


def unit_before_and_after(
    prices: Floats, row: int, decimals: int
) -> tuple[float | None, float | None]:
    """Return the unit that prices are whole multiples of, before a row and from it on.

    Parameters
    ----------
    prices : ndarray, shape (4, T)
        Open, high, low, close.
    row : int
    decimals : int
        Of the exchange's finest tick.

    Returns
    -------
    tuple of float or None
        None where the prices are kept too coarsely to tell.
    """
    last = prices.shape[1]
    before = [np.unique(prices[:, max(0, row - span) : row]) for span in _SPANS]
    after = [np.unique(prices[:, row : min(last, row + span)]) for span in _SPANS]
    kept = [_decimals(side[0]) for side in (before, after)]
    finest = max(*kept, decimals)
    found = [_first_unit(side, finest) for side in (before, after)]
    for n, side in enumerate(kept):
        # beside finer prices, these are ticks as they were printed
        if found[n] is None and side <= decimals < finest:
            found[n] = 10.0**-decimals
    return found[0], found[1]


def _decimals(values: Floats) -> int:
    """Return how many decimals values are kept with; more than five count as six."""
    for count in range(_FINEST + 1):
        scaled = values * 10**count
        if np.abs(scaled - np.rint(scaled)).max() < 1e-6 * 10 ** max(count - 4, 0):
            return count
    return _FINEST + 1


def _first_unit(blocks: list[Floats], decimals: int) -> float | None:
    errors = [0.5 * 10.0**-decimals]
    if decimals > _FINEST:
        errors[0] = 1e-8 * float(blocks[0][-1])
    if decimals >= _FINEST:
        errors.append(0.5e-4)  # rounded to four decimals before a factor was put on
    for block in blocks:
        for error in errors:
            unit = _unit(block, error)
            if unit is not None:
                return unit
    return None


def _unit(values: Floats, error: float) -> float | None:
    """Return the largest unit that ascending values are multiples of, within an error."""
    offsets = values - values[0]
    steps = np.diff(values)
    steps = steps[steps > 4 * error]
    if len(values) < _LEAST_PRICES or len(steps) < _LEAST_PRICES - 2:
        return None
    smallest = float(steps.min())
    for parts in (1, 2, 3):
        unit = smallest / parts
        if unit < _COARSE * error:
            return None
        for width in _WIDTHS:  # a longer step fixes the unit finer, once shorter ones are counted
            near = offsets[offsets <= width * 1.5 * unit]
            counts = np.rint(near / unit)
            if counts.any():
                unit = float(near @ counts / (counts @ counts))
        counts = np.rint(values / unit)
        unit = float(values @ counts / (counts @ counts))
        if np.abs(values - counts * unit).max() < _OFF * error:
            return unit
    return None
