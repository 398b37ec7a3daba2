"""The last digits of prices: traders like round ones, and a factor moves them.

Bids and offers gather at whole tenths of a yuan, the more so the dearer the share. Where prices
were multiplied by a factor the favoured ones stand elsewhere, so that the digits before and
after a gap tell whether the same factor lies on both.
"""

from functools import cache

import numpy as np

from screener.panel import Floats
from screener.quality.gaps import BREAKS_FILE, Traded
from universes.tables import read_toml

_SPAN = 100
_HARMONICS = 4
# a factor blurs the finer part of the pattern by its rounding
_BLUR = (1.0, 0.95, 0.9, 0.8)
_TICKS_PER_YUAN = 100
_CHEAPEST = 8.0
_MOST_ALIKE = 3.0
_LARGEST_DIVIDEND, _LARGEST_FACTOR = 0.06, 0.4
_PRIOR_DIVIDEND, _PRIOR_BONUS, _PRIOR_PRINTED = 0.25, 0.03, 0.4
_GAP_WIDTH = 0.024
# so that the dearest shares do not take long; dividends are among them all the same
_MOST_FACTORS = 6000
_COLUMNS = ("open", "high", "low", "close")


def weigh_digits(traded: Traded, row: int) -> float:
    """Return how the digits speak for a change of basis at a gap, as a logarithm of odds.

    Parameters
    ----------
    traded : Traded
        Of a share with a tick of 0.01.
    row : int
        The first row after the gap.

    Returns
    -------
    float
        Above zero where the digits before the gap and after it lie on factors as far apart as
        the gap is wide; below where they lie on one, or as far apart as a dividend leaves
        them; 0 for prices too low to have favoured digits.
    """
    sides = (slice(max(0, row - _SPAN), row), slice(row, row + _SPAN))
    both = slice(sides[0].start, sides[1].stop)
    typical, highest = float(np.median(traded.close[both])), float(traded.high[both].max())
    if typical < _CHEAPEST:
        return 0.0
    jump = float(np.log(traded.open[row] / traded.close[row - 1]))
    step = 0.3 / (_TICKS_PER_YUAN * highest)
    inner = min(int(_LARGEST_FACTOR / step), _MOST_FACTORS)
    outer = int((abs(jump) + 2 * _GAP_WIDTH) / step) + 1
    logs = np.arange(-inner - outer, outer + 1, dtype=np.float64) * step
    before, after = (_fit(traded, side, logs, typical) for side in sides)
    natural = np.arange(outer, outer + inner + 1)
    prior = np.full(inner + 1, np.log((1 - _PRIOR_PRINTED) / inner))
    prior[-1] = np.log(_PRIOR_PRINTED)
    shift, width = round(jump / step), int(_GAP_WIDTH / step)

    def weigh(fixed: Floats, free: Floats, low: int, high: int) -> float:
        return _log_sum(fixed[natural] + _log_mean(free, natural, low, high) + prior)

    dividend, bonus = int(_LARGEST_DIVIDEND / step), int((_LARGEST_FACTOR - 0.02) / step)
    same = np.logaddexp.reduce(
        [
            np.log(1 - _PRIOR_DIVIDEND - _PRIOR_BONUS)
            + _log_sum((before + after)[natural] + prior),
            np.log(_PRIOR_DIVIDEND) + weigh(before, after, 1, dividend),
            np.log(_PRIOR_BONUS) + weigh(before, after, dividend, bonus),
        ]
    )
    apart = np.logaddexp(
        weigh(before, after, shift - width, shift + width),
        weigh(after, before, -shift - width, -shift + width),
    )
    return float(apart - np.log(2) - same)


def _fit(traded: Traded, rows: slice, logs: Floats, typical: float) -> Floats:
    """Return the log-likelihood of prices under each factor, given its logarithm."""
    ticks = [
        np.rint(getattr(traded, name)[rows] * _TICKS_PER_YUAN).astype(np.int64) for name in _COLUMNS
    ]
    low = min(int(column.min()) for column in ticks)
    count = max(int(column.max()) for column in ticks) - low + 1
    size = 1 << int(np.ceil(np.log2(4 * count)))
    middle = count // 2
    constant, waves = _waves(typical)
    total = np.zeros(len(logs))
    spectra = []
    for column, base in zip(ticks, constant, strict=True):
        # counted from the middle, so that the spectrum runs slowly between its points
        seen = np.bincount((column - low - middle) % size, minlength=size)
        seen = np.minimum(seen, _MOST_ALIKE)
        total += base * seen.sum()
        spectra.append(np.fft.rfft(seen))
    place = np.exp(-logs) * (size / 10)
    turn = np.exp((-2j * np.pi * (low + middle) / size) * place)
    turned = np.ones(len(logs), dtype=np.complex128)
    for harmonic in range(1, _HARMONICS + 1):
        at = harmonic * place
        first, last = int(at[-1]), min(int(at[0]) + 2, len(spectra[0]))
        part = sum(
            wave * spectrum[first:last]
            for wave, spectrum in zip(waves[:, harmonic - 1].conj(), spectra, strict=True)
        )
        turned *= turn
        inside = np.minimum(at, last - 1) - first
        value = np.interp(inside, np.arange(last - first), part) * turned
        total += _BLUR[harmonic - 1] * value.real
    return total


def _log_sum(values: Floats) -> float:
    most = values.max()
    return float(most + np.log(np.exp(values - most).sum()))


def _log_mean(values: Floats, rows: np.ndarray, low: int, high: int) -> Floats:
    """Return the logarithm of the mean of exp(values) from ``low`` to ``high`` beside each row."""
    most = values.max()
    total = np.concatenate([[0.0], np.cumsum(np.exp(values - most))])
    first = np.clip(rows + low, 0, len(values) - 1)
    last = np.clip(rows + high + 1, first + 1, len(values))
    mean = (total[last] - total[first]) / (high - low + 1)
    result: Floats = most + np.log(np.maximum(mean, 1e-280))
    return result


@cache
def _tables() -> tuple[tuple[float, ...], Floats]:
    """Return the upper price of each level, and log relative frequencies (level, field, digit)."""
    rows = read_toml(BREAKS_FILE).tables("digits")
    bounds = tuple(row.number("below") for row in rows)
    counts = [[row.text(name).split() for name in _COLUMNS] for row in rows]
    shares = np.array(counts, dtype=np.float64)
    return bounds, np.log(shares / shares.mean(axis=2, keepdims=True))


@cache
def _level_waves(level: int) -> tuple[Floats, np.ndarray]:
    pattern = _tables()[1][level]
    digits = np.arange(10)
    waves = [
        2 * (pattern * np.exp(-2j * np.pi * n * digits / 10)).mean(axis=1)
        for n in range(1, _HARMONICS + 1)
    ]
    return pattern.mean(axis=1), np.array(waves).T


def _waves(price: float) -> tuple[Floats, np.ndarray]:
    bounds = _tables()[0]
    level = next((n for n, bound in enumerate(bounds) if price < bound), len(bounds) - 1)
    return _level_waves(level)
