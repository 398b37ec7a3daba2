"""Shrinks the means of sources towards their common mean, by how little is known of each.

Returns are fractions. x = theta(source) + day(source, day) + noise.

References
----------
Henderson (1953), Biometrics 9(2), for the components of variance in unequal groups.
Paule and Mandel (1982), Journal of Research of the National Bureau of Standards 87(5), and
DerSimonian and Kacker (2007), Contemporary Clinical Trials 28(2), for that of theta.
Morris (1983), Journal of the American Statistical Association 78(381), eq. 4.2, for the share of
mu's error in the interval.
Efron and Morris (1973), Journal of the American Statistical Association 68(341), for the use.
"""

import math
from dataclasses import dataclass

import numpy as np

from backtests.kernel import Rows
from backtests.ranking.clusters import CallDays, check_calls, number_days, order_calls, sum_runs
from screener.panel import Floats
from universes import InputError

_Z_95 = 1.96
_FEWEST_SOURCES = 2  # to have anything to shrink to
_STEPS = 500  # far more than halving between any two numbers takes


@dataclass(frozen=True)
class Shrunk:
    """The shrunken means of I sources; not numbers where they cannot be told.

    Attributes
    ----------
    mean : ndarray, shape (I,)
        Of x; not a number for a source without calls, nor is anything else but the count.
    variance : ndarray, shape (I,)
        Of the mean about theta.
    count : ndarray of int, shape (I,)
        Calls.
    shrunk : ndarray, shape (I,)
        The mean itself where there is nothing to shrink to.
    half_width : ndarray, shape (I,)
        Of the 95% interval about it.
    mu, tau2 : float
        Mean and variance of theta.
    day_variance, noise_variance : float
    """

    mean: Floats
    variance: Floats
    count: Rows
    shrunk: Floats
    half_width: Floats
    mu: float
    tau2: float
    day_variance: float
    noise_variance: float


@dataclass(frozen=True)
class _Runs:
    """Calls by source and day, in order.

    Attributes
    ----------
    x : ndarray, shape (N,)
    days : ndarray of int, shape (C,)
        Where each pair of source and day begins in x.
    sources : ndarray of int, shape (I',)
        Where each source begins among the pairs.
    codes : ndarray of int, shape (I',)
        Of the sources that have calls.
    """

    x: Floats
    days: Rows
    sources: Rows
    codes: Rows


@dataclass(frozen=True)
class _Components:
    """Variances of days and of noise, each source's mean and its variance."""

    mean: Floats
    variance: Floats
    day: float
    noise: float


def shrink(source: Rows, day: CallDays, x: Floats, sources: int) -> Shrunk:
    """Shrink each source's mean towards that of all.

    Parameters
    ----------
    source : ndarray of int, shape (N,)
        Codes from 0 to I - 1; how sources are numbered changes no bit.
    day : ndarray of datetime64[D] or int, shape (N,)
    x : ndarray, shape (N,)
        Finite; in any order, which changes no bit.
    sources : int
        I; some may have no call.

    Returns
    -------
    Shrunk
        The mean of one source stands, with the interval that an unbounded variance of theta
        gives. Where no source has two days the variance of days is zero.
    """
    check_calls(x, source, day)
    if len(x) and not 0 <= source.min() <= source.max() < sources:
        raise InputError(f"codes of sources that are not from 0 to {sources - 1}")
    runs = _arrange(source, day, x)
    found = _analyse(runs)
    several = len(found.mean) >= _FEWEST_SOURCES
    mu, tau2 = _solve(found.mean, found.variance) if several else (math.nan, math.nan)
    shrunk, half_width = _pull(found, mu, tau2)
    count = np.bincount(source, minlength=sources)
    return Shrunk(
        _place(found.mean, runs.codes, sources),
        _place(found.variance, runs.codes, sources),
        count,
        _place(shrunk, runs.codes, sources),
        _place(half_width, runs.codes, sources),
        mu,
        tau2,
        found.day,
        found.noise,
    )


def _arrange(source: Rows, day: CallDays, x: Floats) -> _Runs:
    numbers = number_days(day)
    order = order_calls(x, numbers, source)
    source, numbers = source[order], numbers[order]
    fresh = np.diff(source, prepend=-1) != 0
    days = np.flatnonzero(fresh | (np.diff(numbers, prepend=-1) != 0))
    return _Runs(x[order], days, np.flatnonzero(fresh[days]), source[fresh])


def _analyse(runs: _Runs) -> _Components:
    """Split the variance of calls into that within days and that of a source's days."""
    if not len(runs.x):
        return _Components(np.zeros(0), np.zeros(0), math.nan, math.nan)
    calls = np.diff(runs.days, append=len(runs.x)).astype(np.float64)
    sums = sum_runs(runs.x, runs.days)
    held = sum_runs(calls, runs.sources)
    mean = sum_runs(sums, runs.sources) / held
    days = np.diff(runs.sources, append=len(runs.days))
    away = runs.x - np.repeat(sums / calls, calls.astype(np.intp))
    within = sum_runs(sum_runs(np.square(away), runs.days), runs.sources)
    between = sum_runs(calls * np.square(sums / calls - np.repeat(mean, days)), runs.sources)
    squared = sum_runs(np.square(calls), runs.sources)
    noise, day = _estimate(within, between, held - squared / held, runs)
    variance = squared / held**2 * day + noise / held
    return _Components(mean, variance, day, noise)


def _estimate(within: Floats, between: Floats, weights: Floats, runs: _Runs) -> tuple[float, float]:
    """Return the variances of noise and of days, from squares by source."""
    pairs, sources = len(runs.days), len(runs.sources)
    repeated = len(runs.x) - pairs
    noise = _sum_sorted(within) / repeated if repeated else 0.0
    if pairs == sources:  # no source has two days
        return noise, 0.0
    day = (_sum_sorted(between) - (pairs - sources) * noise) / _sum_sorted(weights)
    return noise, max(0.0, day)


def _solve(mean: Floats, variance: Floats) -> tuple[float, float]:
    """Return the mean and the variance of theta: Paule and Mandel's."""
    order = np.lexsort((variance, mean))  # so that sums do not hang on how sources are numbered
    mean, variance = mean[order], variance[order]
    free = len(mean) - 1
    plain = float(np.square(mean - mean.mean()).sum() / free)
    if not variance.any():
        return float(mean.mean()), plain

    def centre(tau2: float) -> float:
        weights = 1.0 / (tau2 + variance)
        return float((weights * mean).sum() / weights.sum())

    def excess(tau2: float) -> float:
        return float((np.square(mean - centre(tau2)) / (tau2 + variance)).sum()) - free

    if excess(0.0) <= 0.0:
        return centre(0.0), 0.0
    from scipy.optimize import brentq  # noqa: PLC0415 - not needed where nothing is solved

    # where the variances are nothing the root is the plain one, and otherwise it is lower
    fine = {"xtol": np.finfo(float).tiny, "rtol": 4.0 * np.finfo(float).eps, "maxiter": _STEPS}
    tau2 = float(brentq(excess, 0.0, 2.0 * plain, **fine))
    return centre(tau2), tau2


def _pull(found: _Components, mu: float, tau2: float) -> tuple[Floats, Floats]:
    """Return the shrunken means and half of their intervals."""
    if math.isnan(mu):
        return found.mean, _Z_95 * np.sqrt(found.variance)
    both = tau2 + found.variance
    kept = np.divide(tau2, both, out=np.ones_like(both), where=both > 0.0)
    total = _sum_sorted(1.0 / both) if both.all() else math.inf
    error = kept * found.variance + np.square(1.0 - kept) / total
    return mu + kept * (found.mean - mu), _Z_95 * np.sqrt(error)


def _sum_sorted(values: Floats) -> float:
    """Sum numbers of sources in an order that does not hang on how they are numbered."""
    return float(np.sort(values).sum())


def _place(values: Floats, codes: Rows, sources: int) -> Floats:
    placed = np.full(sources, np.nan)
    placed[codes] = values
    return placed
