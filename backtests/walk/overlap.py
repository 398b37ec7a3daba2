"""The mean over formations whose horizons overlap, with an error that allows for it."""

import math
from dataclasses import dataclass

import numpy as np

from backtests.kernel import Rows
from backtests.measures.equity import HAIR
from screener.panel import Floats

_FEWEST = 2  # to have a spread


@dataclass(frozen=True)
class Average:
    """The mean of formations, each of which counts the same.

    Attributes
    ----------
    mean : float or None
        A fraction; None where there is no formation.
    error : float or None
        Its standard error; None where fewer than two formations are there, or no more than
        lags, or all are the same to 1e-12.
    t : float or None
        The mean over its error.
    formations, lags : int
    """

    mean: float | None
    error: float | None
    t: float | None
    formations: int
    lags: int


def average_formations(values: Floats, months: Rows, horizon: int) -> Average:
    """Average formations' values, each measured over the months that follow on it.

    Parameters
    ----------
    values : ndarray, shape (F,)
        Fractions; not a number where a formation has none.
    months : ndarray of int, shape (F,)
        When each was, in months, ascending.
    horizon : int
        The months that each is measured over. Two that are fewer months apart share days.

    Returns
    -------
    Average

    Notes
    -----
    Newey and West's variance (1987, Econometrica 55(3)) with Bartlett's weights and horizon - 1
    lags in months, times n / (n - 1) for the one mean that is fitted. A month without a value
    adds nothing to any covariance, as in Parzen's amplitude modulation (1963, Sankhya A 25(4)),
    so that formations a quarter apart, or on either side of an empty one, are as many months
    apart as they are. Without such months it is the usual estimator.
    """
    known = np.isfinite(values)
    count, lags = int(known.sum()), horizon - 1
    if not count:
        return Average(None, None, None, 0, lags)
    mean = float(values[known].mean())
    if count < _FEWEST or count <= lags or np.ptp(values[known]) <= HAIR:
        return Average(mean, None, None, count, lags)
    away = np.zeros(int(months[-1] - months[0]) + 1)
    away[(months - months[0])[known]] = values[known] - mean
    total = float(away @ away)
    for lag in range(1, min(lags, len(away) - 1) + 1):
        total += 2.0 * (1.0 - lag / (lags + 1)) * float(away[lag:] @ away[:-lag])
    # Bartlett's weights leave nothing below zero but what binary arithmetic does
    error = math.sqrt(max(total, 0.0) / count / (count - 1))
    return Average(mean, error or None, mean / error if error else None, count, lags)
