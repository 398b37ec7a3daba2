"""What the figures of a basket of picks show, from plain arrays.

Returns are fractions. What is not a number is a pick without a figure, left out and not counted;
what is infinite is an error. Picks of one date are close to one observation: `t_test` and
`mean_interval` take them for independent, and only `kolari_pynnonen` does not.

References
----------
Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57(1), and Benjamini
and Yekutieli (2001), Annals of Statistics 29(4), under dependence.
Boehmer, Musumeci and Poulsen (1991), Journal of Financial Economics 30(2).
Campbell, Lo and MacKinlay (1997), The Econometrics of Financial Markets, section 4.4.
Efron (1987), Journal of the American Statistical Association 82(397).
Kolari and Pynnonen (2010), Review of Financial Studies 23(11).
Mikkelson and Partch (1988), Journal of Financial and Quantitative Analysis 23(2).
"""

import math
from dataclasses import dataclass

import numpy as np

from backtests.kernel import Rows
from backtests.measures.equity import HAIR
from backtests.measures.regression import (
    COEFFICIENTS,
    Lines,
    check_table,
    check_windows,
    deviate,
    fit_lines,
    refuse_infinite,
)
from backtests.schedule import Flags
from screener.panel import Floats
from universes import InputError

_FEWEST_TESTED = 2  # to have a spread
_FEWEST_RESAMPLED = 3  # of two, a resample is one of three
_FEWEST_RESAMPLES = 100
_CELLS = 4_000_000  # numbers in memory at once while resampling


@dataclass(frozen=True)
class TTest:
    """A two-sided test of a mean of zero, over `count` picks with a figure."""

    statistic: float
    p_value: float
    count: int


@dataclass(frozen=True)
class Interval:
    """The bounds of a mean; not numbers where they cannot be told."""

    low: float
    high: float


@dataclass(frozen=True)
class Correlation:
    """The mean over pairs, not a number where there is none, and how many pairs there are."""

    mean: float
    pairs: int


@dataclass(frozen=True)
class ScaledReturns(Lines):
    """Lines before an event, and what each pick's returns over the event left of them.

    Attributes
    ----------
    scaled : ndarray, shape (n,)
        Sums of abnormal returns over their standard errors; about one in spread where nothing
        happens.
    event_observations : ndarray of int, shape (n,)
        Event rows of which the pick and its benchmark are both known.
    """

    scaled: Floats
    event_observations: Rows


def t_test(values: Floats) -> TTest:
    """Test a mean of zero as if the picks were independent: Student's one-sample t.

    With n - 1 degrees of freedom; not a number for fewer than two picks, or where all are the
    same to 1e-12.

    Examples
    --------
    >>> round(t_test(np.array([0.1, 0.2, 0.3])).statistic, 4)
    3.4641
    """
    return _test_mean(values, 1.0)


def kolari_pynnonen(scaled: Floats, correlation: float) -> TTest:
    """Test a mean of zero of picks that move together: the ADJ-BMP of Kolari and Pynnonen.

    Boehmer, Musumeci and Poulsen's statistic, the t of the scaled abnormal returns, is taken
    times sqrt((1 - r) / (1 + (n - 1) r)). With one correlation r and one variance v the mean's
    variance is v (1 + (n - 1) r) / n and the expected sample variance v (1 - r); of normal
    returns the product is then exactly a t with n - 1 degrees of freedom. With r estimated and
    correlations that differ, it is nearly one.

    Parameters
    ----------
    scaled : ndarray, shape (n,)
        As `scaled_abnormal_returns` gives them.
    correlation : float
        The mean r of the residuals before the event, as `average_correlation` gives it.

    Returns
    -------
    TTest
        Not a number where `t_test` is not, or r is not between -1 / (n - 1) and 1.
    """
    count = int(np.isfinite(scaled).sum())
    least = -1.0 / (count - 1) if count >= _FEWEST_TESTED else math.nan
    if not least < correlation < 1.0:
        return _test_mean(scaled, math.nan)
    return _test_mean(scaled, math.sqrt((1 - correlation) / (1 + (count - 1) * correlation)))


def mean_interval(
    values: Floats, seed: int, resamples: int = 9999, level: float = 0.95
) -> Interval:
    """Bound the mean by drawing picks again and again, as if they were independent.

    By Efron's BCa, as picks are few and skewed: a few winners, many small losses. Percentiles
    take no account of that and lie too low; BCa moves them by the skew.

    Parameters
    ----------
    values : ndarray, shape (n,)
    seed : int
        The same gives the same bounds.
    resamples : int
    level : float
        The share of such intervals that hold the mean.

    Returns
    -------
    Interval
        Not numbers for fewer than three picks, or where all are the same to 1e-12.
    """
    if seed < 0 or resamples < _FEWEST_RESAMPLES or not 0.0 < level < 1.0:
        raise InputError(
            f"no interval of seed {seed}, {resamples} resamples and level {level}",
            f"give a seed from 0, {_FEWEST_RESAMPLES} resamples or more, a level between 0 and 1",
        )
    known = _keep_known(values)
    if len(known) < _FEWEST_RESAMPLED or np.ptp(known) <= HAIR:
        return Interval(math.nan, math.nan)
    rng, count = np.random.default_rng(seed), len(known)
    parts = np.diff([*range(0, resamples, max(1, _CELLS // count)), resamples])
    drawn = (known[rng.integers(0, count, (part, count))] for part in parts)
    means = np.concatenate([resample.mean(axis=1) for resample in drawn])
    return Interval(*np.quantile(means, _correct_shares(known, means, level)).tolist())


def average_correlation(returns: Floats, least: int = 30) -> Correlation:
    """Return the mean correlation of all pairs of columns.

    Parameters
    ----------
    returns : ndarray, shape (T, n)
        Abnormal ones, each pair's over the rows that both have.
    least : int
        Common rows that a pair needs, two or more; one with fewer, or of which one does not
        move over them, is left out.
    """
    check_table(returns, least, _FEWEST_TESTED)
    seen = np.isfinite(returns).astype(np.float64)
    away, moves = deviate(returns)
    # about zero and no larger than one, for sums of squares that lose no digits
    filled = np.where(np.isfinite(away) & moves, away, 0.0)
    filled /= np.abs(filled).max(axis=0, initial=HAIR)
    rows = seen.T @ seen
    sums = filled.T @ seen  # of the column named first, over the rows of the pair
    with np.errstate(divide="ignore", invalid="ignore"):
        cross = filled.T @ filled - sums * sums.T / rows
        squares = (filled**2).T @ seen - sums**2 / rows
        both = np.sqrt(squares * squares.T)
    moved = squares > HAIR * rows
    kept = np.triu(moved & moved.T & (rows >= least), 1)
    pairs = int(kept.sum())
    return Correlation(float(np.mean(cross[kept] / both[kept])) if pairs else math.nan, pairs)


def scaled_abnormal_returns(
    own: Floats, benchmark: Floats, estimation: Flags, event: Flags, least: int = 60
) -> ScaledReturns:
    """Sum each pick's abnormal returns over the event and divide by the sum's standard error.

    The market model is fitted to the T estimation rows that a pick has. With m and Q the mean
    and sum of squared deviations of its benchmark Rm there, the variance over its L event rows is

        L s^2 (1 + L / T + (sum(Rm) - L m)^2 / (L Q)),    s^2 = squared residuals / (T - 2),

    as all L predictions share the error of one line (Mikkelson and Partch; Campbell, Lo and
    MacKinlay). The sum is of simple returns, so it is not the return that the pick is graded on.

    Parameters
    ----------
    own, benchmark : ndarray, shape (T, n)
        Simple returns a period, each pick beside its own benchmark.
    estimation, event : ndarray of bool, shape (T,)
        The rows of each; none is of both.
    least : int
        Estimation rows that a pick needs, three or more.

    Returns
    -------
    ScaledReturns
        Not numbers for a pick without a line; scaled, nor without an event row or where the
        line leaves nothing. A missing event row is in neither the sum nor its variance.
    """
    check_windows(own, benchmark, estimation, event)
    for table in (own, benchmark):
        check_table(table, least, COEFFICIENTS + 1)
    lines = fit_lines(own[estimation], benchmark[estimation], least)
    total, error, rows = lines.sum_ahead(own[event], benchmark[event])
    return ScaledReturns(**vars(lines), scaled=total / error, event_observations=rows)


def false_discoveries(p_values: Floats) -> Floats:
    """Adjust p-values of many tests: Benjamini and Hochberg's step-up.

    Of the tests at or below 0.05 here, 5% or fewer are expected to have no effect, where tests
    are independent or positively dependent (Benjamini and Yekutieli). Themes of one date share
    their market, which is mostly of that kind, though two-sided tests need not be.

    Parameters
    ----------
    p_values : ndarray, shape (n,)
        Not a number where there was no test; it stays so and is not counted.
    """
    known = _keep_known(p_values)
    if np.any((known < 0.0) | (known > 1.0)):
        raise InputError("p-values are not all between 0 and 1")
    down, count = np.argsort(-known), len(known)
    raised = known[down] * (count / np.arange(count, 0, -1))
    adjusted = np.full(p_values.shape, np.nan)
    adjusted[np.flatnonzero(~np.isnan(p_values))[down]] = np.minimum.accumulate(raised)
    return adjusted


def leave_one_out(values: Floats) -> Floats:
    """Return the mean without each pick, shape (n,); not a number for one with no figure."""
    known = _keep_known(values)
    if len(known) < _FEWEST_TESTED:
        return np.full(values.shape, np.nan)
    rest: Floats = (known.sum() - values) / (len(known) - 1)
    return rest


def drop_best(values: Floats) -> Floats:
    """Return the mean without the k best picks, for k = 0 to n - 1, shape (n,).

    The last places are not numbers where picks have no figure.
    """
    known = np.sort(_keep_known(values))
    means = np.full(values.shape, np.nan)
    means[: len(known)] = (np.cumsum(known) / np.arange(1, len(known) + 1))[::-1]
    return means


def _correct_shares(values: Floats, means: Floats, level: float) -> Floats:
    """Return which quantiles of resampled means bound the mean: Efron's BCa, shape (2,)."""
    from scipy.special import ndtr, ndtri  # noqa: PLC0415 - scipy.stats takes four times as long

    away, shift = values - values.mean(), means - values.mean()
    bias = ndtri((np.mean(shift < 0) + np.mean(shift <= 0)) / 2)
    acceleration = np.sum(away**3) / (6 * np.sum(away**2) ** 1.5)
    z = bias + ndtri([(1 - level) / 2, (1 + level) / 2])
    return np.asarray(ndtr(bias + z / (1 - acceleration * z)))


def _test_mean(values: Floats, factor: float) -> TTest:
    """Test a mean by its t times a factor."""
    known = _keep_known(values)
    count = len(known)
    if count < _FEWEST_TESTED or np.ptp(known) <= HAIR or math.isnan(factor):
        return TTest(math.nan, math.nan, count)
    from scipy.special import stdtr  # noqa: PLC0415 - not needed where nothing is tested

    statistic = factor * float(known.mean() / known.std(ddof=1)) * math.sqrt(count)
    return TTest(statistic, 2.0 * float(stdtr(count - 1, -abs(statistic))), count)


def _keep_known(values: Floats) -> Floats:
    if values.ndim != 1:
        raise InputError(f"{values.ndim} dimensions", "test one series at a time")
    refuse_infinite(values)
    known: Floats = values[~np.isnan(values)]
    return known
