"""Tests of a source's mean whose calls are not independent, from plain arrays.

Calls of one day share their market, and calls of days closer than their horizon share a part of
it. Returns are fractions.

References
----------
Liang and Zeger (1986), Biometrika 73(1): a variance of sums over clusters.
Newey and West (1987), Econometrica 55(3): Bartlett's weights, which are Bartlett's (1950),
Biometrika 37(1).
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from backtests.kernel import Rows
from backtests.measures.equity import HAIR
from screener.panel import Floats
from universes import InputError

CallDays = npt.NDArray[np.datetime64] | npt.NDArray[np.integer[Any]]

_FEWEST_DAYS = 2  # to have a spread
_SHORT = 1 << 16  # codes below it are sorted in linear time


@dataclass(frozen=True)
class ClusteredMean:
    """A mean and its t with errors clustered by day; not numbers where they cannot be told.

    Attributes
    ----------
    mean : float
    t : float
    p : float
        Two-sided.
    dates, count : int
        Days G and calls n.
    """

    mean: float
    t: float
    p: float
    dates: int
    count: int


@dataclass(frozen=True)
class OverlappingMean:
    """A mean and its t over horizons that overlap; not numbers where they cannot be told.

    Attributes
    ----------
    mean : float
    t : float
    p : float
        One-sided: the chance of as high a t; one less it is that of as low a t.
    degrees : int
        Of freedom.
    """

    mean: float
    t: float
    p: float
    degrees: int


def clustered_mean(x: Floats, day: CallDays) -> ClusteredMean:
    """Test a source's mean of zero, its calls of one day taken together.

    With S the sum of x - mean on each of G days, the variance of the mean of n calls is
    G / (G - 1) sum(S^2) / n^2, and its t has G - 1 degrees of freedom.

    Parameters
    ----------
    x : ndarray, shape (n,)
        Finite; in any order, which changes no bit.
    day : ndarray of datetime64[D] or int, shape (n,)

    Returns
    -------
    ClusteredMean
        Without a t for fewer than two days, or where the mean's error is 1e-12 or less.

    Examples
    --------
    >>> told = clustered_mean(np.array([0.1, 0.2, 0.4, 0.5]), np.array([1, 1, 2, 2]))
    >>> round(told.mean, 4), round(told.t, 4), told.dates, told.count
    (0.3, 2.0, 2, 4)
    """
    mean, days, away = _sum_days(x, day)
    dates, count = len(days), len(x)
    if dates < _FEWEST_DAYS:
        return ClusteredMean(mean, math.nan, math.nan, dates, count)
    t = _divide(mean, float(np.square(away).sum()), dates, count)
    return ClusteredMean(mean, t, 2.0 * _tail(dates - 1, abs(t)), dates, count)


def overlapping_mean(x: Floats, day: CallDays, length_days: float) -> OverlappingMean:
    """Test a source's mean of zero, the horizons of its calls overlapping.

    With S as of `clustered_mean` and d the days between two days, the variance of the mean is

        G / (G - 1) sum over pairs of days max(0, 1 - d / L) S S' / n^2.

    The double sum is 1 / L times the integral over u of the squared sum of S on the days from u
    to u + L, as a pair is in a share 1 - d / L of such windows. So it is never negative, and
    takes G steps rather than G^2.

    Parameters
    ----------
    x, day
        As of `clustered_mean`.
    length_days : float
        L, the days of the horizon, above zero.

    Returns
    -------
    OverlappingMean
        Without a t as of `clustered_mean`. The degrees of freedom are the days from the first
        day to the last over L, rounded up, less one, but at least one.
    """
    if not length_days > 0:
        raise InputError(f"a horizon of {length_days} days", "give a horizon above zero")
    mean, days, away = _sum_days(x, day)
    if len(days) < _FEWEST_DAYS:
        return OverlappingMean(mean, math.nan, math.nan, 1)
    bounds = np.concatenate((days, days + length_days))
    order = np.argsort(bounds, kind="stable")
    inside = np.cumsum(np.concatenate((away, -away))[order])[:-1]
    squares = float((np.square(inside) * np.diff(bounds[order])).sum()) / length_days
    degrees = max(1, math.ceil(float(days[-1]) / length_days) - 1)
    t = _divide(mean, squares, len(days), len(x))
    return OverlappingMean(mean, t, _tail(degrees, t), degrees)


def order_calls(x: Floats, *keys: Rows) -> Rows:
    """Return the order of calls by keys, the last one first, then by x.

    Calls that are alike in all of them are interchangeable, so that sums in this order do not
    hang on the order that calls come in.

    Parameters
    ----------
    x : ndarray, shape (n,)
    *keys : ndarray of int, shape (n,)
        Zero or more.
    """
    order = np.argsort(x)
    for key in keys:
        short = key.astype(np.uint16) if key.max(initial=0) < _SHORT else key
        order = order[np.argsort(short[order], kind="stable")]
    return order


def number_days(day: CallDays) -> Rows:
    """Return the days since the first, zero for it, shape (n,)."""
    whole = day.astype("datetime64[D]") if day.dtype.kind == "M" else day
    numbers: Rows = whole.astype(np.intp)
    return numbers - numbers.min() if len(numbers) else numbers


def sum_runs(values: Floats, starts: Rows) -> Floats:
    """Sum the runs of values that begin at each start, shape (len(starts),).

    A run's sum is the same to the last bit wherever it stands.
    """
    sums: Floats = np.add.reduceat(values, starts)
    return sums


def check_calls(x: Floats, *others: npt.NDArray[Any]) -> None:
    """Refuse arrays that are not alike in shape, and returns that are not finite."""
    if x.ndim != 1 or any(each.shape != x.shape for each in others):
        shapes = ", ".join(str(each.shape) for each in (x, *others))
        raise InputError(f"arrays of shapes {shapes}", "give one number for each call")
    if not np.isfinite(x).all():
        raise InputError("a call's return is no finite number", "leave out calls without a score")


def _sum_days(x: Floats, day: CallDays) -> tuple[float, Floats, Floats]:
    """Return the mean of x, the days from the first, and on each the sum of x - mean."""
    check_calls(x, day)
    if not len(x):
        return math.nan, np.zeros(0), np.zeros(0)
    numbers = number_days(day)
    order = order_calls(x, numbers)
    x, numbers = x[order], numbers[order]
    starts = np.flatnonzero(np.diff(numbers, prepend=-1))
    # over days first, as where many sources are summed at once
    mean = float(sum_runs(sum_runs(x, starts), np.zeros(1, dtype=np.intp))[0] / len(x))
    return mean, numbers[starts].astype(np.float64), sum_runs(x - mean, starts)


def _divide(mean: float, squares: float, dates: int, count: int) -> float:
    """Return the mean over its error, of which rounding alone leaves 1e-12 or less."""
    error = math.sqrt(dates / (dates - 1) * squares) / count
    return mean / error if error > HAIR else math.nan


def _tail(degrees: int, t: float) -> float:
    """Return the chance of a t as high."""
    from scipy.special import stdtr  # noqa: PLC0415 - not needed where nothing is tested

    return float(stdtr(degrees, -t))
