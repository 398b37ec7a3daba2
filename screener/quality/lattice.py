"""The tick behind adjusted prices: what a factor leaves of it tells the factor.

Prices on an exchange are whole numbers of ticks. Multiplied by a factor they are whole numbers
of tick times factor, which can be read off them where they are kept finer than the tick.
"""

import numpy as np

from screener.panel import Floats

_SPANS = (12, 7, 4)
_FINEST = 5
_LEAST_PRICES = 7
_ENDS = (slice(None, 20), slice(-20, None))
_OFF_GRID, _MOSTLY = 1e-4, 0.5
_WIDTHS = (4.0, 16.0, 64.0, 256.0, np.inf)
# an adjusted price was rounded once or twice to the last decimal
_OFF, _COARSE = 2.3, 10.0
# how alike the places between two multiples are, and how far from them, as an angle
_ALIKE, _BETWEEN = 0.97, 0.3


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
    sides = [
        [prices[:, max(0, row - span) : row].ravel() for span in _SPANS],
        [prices[:, row : min(last, row + span)].ravel() for span in _SPANS],
    ]
    kept = [count_decimals(side[0]) for side in sides]
    finest = max(*kept, decimals)
    before = _first_unit(sides[0], finest)
    if before is not None and kept[0] == kept[1] and _fits(sides[1][1], before, finest):
        return before, before
    found = [before, _first_unit(sides[1], finest)]
    for n, side in enumerate(kept):
        # beside finer prices, these are ticks as they were printed
        if found[n] is None and side <= decimals < finest:
            found[n] = 10.0**-decimals
    return found[0], found[1]


def count_decimals(values: Floats) -> int:
    """Return how many decimals values are kept with; more than five count as six."""
    for count in (2, 4, _FINEST):
        scaled = values * 10**count
        if np.abs(scaled - np.rint(scaled)).max() < 1e-6 * 10 ** max(count - 4, 0):
            return count
    return _FINEST + 1


def find_finer_side(prices: Floats) -> int | None:
    """Return the row from which on prices are kept finer, or coarser, than before it."""
    head, tail = (count_decimals(prices[:, rows]) for rows in _ENDS)
    if head == tail:
        return None
    scaled = prices * 10 ** min(head, tail)
    finer = (np.abs(scaled - np.rint(scaled)) > _OFF_GRID).any(axis=0)
    row = int(finer.argmax()) if tail > head else len(finer) - int(finer[::-1].argmax())
    inside = finer[row:] if tail > head else finer[:row]
    return row if 0 < row < len(finer) and inside.mean() > _MOSTLY else None


def _fits(values: Floats, unit: float, decimals: int) -> bool:
    """Tell whether all values are multiples of a unit, within the rounding of their decimals."""
    counts = values / unit
    return bool(np.abs(counts - np.rint(counts)).max() * unit < _OFF * 0.5 * 10.0**-decimals)


def _first_unit(blocks: list[Floats], decimals: int) -> float | None:
    errors = [0.5 * 10.0**-decimals]
    if decimals > _FINEST:
        errors[0] = 1e-8 * float(blocks[0].max())
    if decimals >= _FINEST:
        errors.append(0.5e-4)  # rounded to four decimals before a factor was put on
    for block in map(np.unique, blocks):
        for error in errors:
            unit = _unit(block, error)
            if unit is not None:
                return unit
    return None


def _unit(values: Floats, error: float) -> float | None:
    """Return the largest unit that ascending values are multiples of, within an error."""
    offsets = values - values[0]
    steps = values[1:] - values[:-1]
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


def is_shifted(prices: Floats, row: int, unit: float, *, before_known: bool) -> bool:
    """Tell whether prices on the other side of a row stand all alike between a unit's multiples.

    Parameters
    ----------
    prices : ndarray, shape (4, T)
    row : int
    unit : float
        Of the prices before the row, or of those from it on.
    before_known : bool
        Which of the two.
    """
    span = _SPANS[1]
    last = prices.shape[1]
    side = slice(row, min(last, row + span)) if before_known else slice(max(0, row - span), row)
    values = np.unique(prices[:, side])
    if len(values) < _LEAST_PRICES or values[-1] - values[0] < _LEAST_PRICES * unit:
        return False
    turned = np.exp(2j * np.pi * values / unit).mean()
    return bool(abs(turned) > _ALIKE and abs(np.angle(turned)) > _BETWEEN)
