"""Market models: lines through a pick's returns over its benchmark's, by least squares.

Returns are simple and fractions, a period each. What is missing is not a number, and is left out
together with what stands beside it; what is infinite is an error.

References
----------
Jensen (1968), Journal of Finance 23(2), for alpha, here of returns without a risk-free rate.
Newey and West (1987), Econometrica 55(3), for the standard errors, and (1994), Review of
Economic Studies 61(4), for the lags.
"""

import math
from dataclasses import dataclass

import numpy as np

from backtests.kernel import Rows
from backtests.measures.equity import HAIR
from backtests.schedule import Flags
from screener.panel import Floats
from universes import InputError

FEWEST_OBSERVATIONS = 20
COEFFICIENTS = 2
_FIGURES = 7  # that a fit gives
_TABLE = 2  # dimensions


@dataclass(frozen=True)
class MarketModel:
    """One pick's line, with errors that allow for returns that hang together over time.

    Attributes
    ----------
    alpha_per_period, alpha_annual : float
        Fractions; a year's is a period's times the periods of a year, not compounded.
    beta : float
    alpha_se, beta_se : float
        Newey and West's standard errors; of alpha, a period.
    alpha_p, beta_p : float
        Two-sided p-values of zero, of a t with the observations less two degrees of freedom.
    r_squared : float
    observations : int
        Periods of which both returns are known.
    lags : int
    """

    alpha_per_period: float
    alpha_annual: float
    beta: float
    alpha_se: float
    beta_se: float
    alpha_p: float
    beta_p: float
    r_squared: float
    observations: int
    lags: int


@dataclass(frozen=True)
class Lines:
    """The lines of n picks, not numbers for a pick that has none.

    Attributes
    ----------
    alpha, beta, residual_sd : ndarray, shape (n,)
        Alpha and the deviation, with two degrees of freedom less, are of a period.
    residuals : ndarray, shape (T, n)
    observations : ndarray of int, shape (n,)
        Rows of which the pick and its benchmark are both known.
    mean, squares : ndarray, shape (n,)
        Of the benchmark over these rows, and the sum of its squared deviations.
    """

    alpha: Floats
    beta: Floats
    residual_sd: Floats
    residuals: Floats
    observations: Rows
    mean: Floats
    squares: Floats

    def sum_ahead(self, own: Floats, benchmark: Floats) -> tuple[Floats, Floats, Rows]:
        """Sum what later returns leave of the lines.

        Parameters
        ----------
        own, benchmark : ndarray, shape (L, n)

        Returns
        -------
        total, error : ndarray, shape (n,)
            The sums over the rows of which both are known, and their standard errors, to which
            the noise of each row adds and the error of the line, the same on all of them. The
            error is not a number where there is no row or the line leaves no residuals.
        rows : ndarray of int, shape (n,)
        """
        left = own - self.alpha - self.beta * benchmark
        known = np.isfinite(own) & np.isfinite(benchmark)
        rows = known.sum(axis=0)
        usable = (rows > 0) & (self.residual_sd > HAIR)
        length, fitted = (np.where(usable, n, np.nan) for n in (rows, self.observations))
        apart = np.where(known, benchmark, 0.0).sum(axis=0) - length * self.mean
        shared = 1.0 + length / fitted + apart**2 / (length * self.squares)
        error = self.residual_sd * np.sqrt(length * shared)
        return np.nansum(left, axis=0), error, rows


def market_model(
    own: Floats, benchmark: Floats, periods_per_year: float, lags: int | None = None
) -> MarketModel:
    """Fit own = alpha + beta benchmark, with Newey and West's standard errors.

    The kernel is Bartlett's; the covariance is times T / (T - 2) for the two coefficients, and
    the statistics are held against a t with T - 2 degrees of freedom.

    Parameters
    ----------
    own, benchmark : ndarray, shape (T,)
        Rows of which either is missing are left out, and those that are left are taken to
        follow on each other.
    periods_per_year : float
    lags : int, optional
        Left out: floor(4 (T / 100)^(2/9)) of the rows that are left.

    Returns
    -------
    MarketModel
        Not numbers for fewer than 20 rows or a benchmark that is the same throughout, to 1e-12.
        Where the line leaves no residuals there are no errors and no p-values, nor an R squared
        if the pick is the same throughout.

    Raises
    ------
    InputError
        Where a return is infinite, shapes differ, there is no period a year, or the lags are
        below zero or as many as the rows.
    """
    kept = _pair(own, benchmark)
    own, benchmark = own[kept], benchmark[kept]
    count = len(own)
    lags = _rule_lags(count) if lags is None else lags
    if not 0 < periods_per_year < math.inf or lags < 0:
        raise InputError(
            f"{periods_per_year} periods a year and {lags} lags",
            "give periods above zero and lags from zero",
        )
    if count < FEWEST_OBSERVATIONS or np.ptp(benchmark) <= HAIR:
        return _tell(np.full(_FIGURES, math.nan), periods_per_year, count, lags)
    if lags >= count:
        raise InputError(f"{lags} lags for {count} observations", "give fewer lags than these")
    return _tell(_fit_robust(own, benchmark, lags), periods_per_year, count, lags)


def fit_lines(own: Floats, benchmark: Floats, least: int) -> Lines:
    """Fit each pick's line to its own benchmark, all picks at once.

    Parameters
    ----------
    own, benchmark : ndarray, shape (T, n)
    least : int
        Rows that a pick needs. One with fewer has no line, nor has one whose benchmark is the
        same over them, to 1e-12.
    """
    known = np.isfinite(own) & np.isfinite(benchmark)
    own, benchmark = np.where(known, own, np.nan), np.where(known, benchmark, np.nan)
    observations = known.sum(axis=0)
    away, moves = deviate(benchmark)
    usable = (observations >= least) & moves
    count = np.where(usable, observations, np.nan)
    mean = np.nansum(benchmark, axis=0) / count
    squares = np.where(usable, np.nansum(away**2, axis=0), np.nan)
    beta = np.nansum(away * own, axis=0) / squares
    alpha = np.nansum(own, axis=0) / count - beta * mean
    residuals = own - alpha - beta * benchmark
    sd = np.sqrt(np.nansum(residuals**2, axis=0) / (count - COEFFICIENTS))
    return Lines(alpha, beta, sd, residuals, observations, mean, squares)


def deviate(table: Floats) -> tuple[Floats, Flags]:
    """Return the deviations from each column's mean, and whether it has any above 1e-12."""
    rows = np.isfinite(table).sum(axis=0)
    away = table - np.nansum(table, axis=0) / np.maximum(rows, 1)
    return away, np.nanmax(np.abs(away), axis=0, initial=0.0) > HAIR


def check_table(table: Floats, least: int, fewest: int) -> None:
    """Refuse what is no table of returns, and to ask for fewer rows than can be measured."""
    if table.ndim != _TABLE:
        raise InputError(f"{table.ndim} dimension(s)", "give a row a period and a column a pick")
    if least < fewest:
        raise InputError(f"{least} rows are too few to measure", f"ask for {fewest} or more")
    refuse_infinite(table)


def check_windows(own: Floats, benchmark: Floats, estimation: Flags, event: Flags) -> None:
    """Refuse tables and windows that do not fit, and rows that are of both windows."""
    if own.shape != benchmark.shape or not estimation.shape == event.shape == own.shape[:1]:
        raise InputError(
            f"returns of shape {own.shape} and {benchmark.shape}, windows of shape"
            f" {estimation.shape} and {event.shape}",
            "give a row a period in each",
        )
    if np.any(estimation & event):
        raise InputError("a row is in both windows", "end the estimation before the event")


def refuse_infinite(values: Floats) -> None:
    """Refuse infinite values, of any shape."""
    if np.isinf(values).any():
        raise InputError("a value is infinite", "leave out what cannot be told, as not a number")


def _pair(own: Floats, benchmark: Floats) -> Flags:
    if own.ndim != 1 or own.shape != benchmark.shape:
        raise InputError(
            f"returns of shape {own.shape} and {benchmark.shape}", "give one of each for a period"
        )
    refuse_infinite(own)
    refuse_infinite(benchmark)
    kept: Flags = ~(np.isnan(own) | np.isnan(benchmark))
    return kept


def _fit_robust(own: Floats, benchmark: Floats, lags: int) -> Floats:
    """Return coefficients, their errors and p-values, and R squared; shape (7,)."""
    # statsmodels, which gives the same to the last digit, takes a second to import
    from scipy.special import stdtr  # noqa: PLC0415 - not needed where nothing is fitted

    count = len(own)
    design = np.column_stack([np.ones(count), benchmark])
    inverse = np.linalg.pinv(design)
    coefficients = inverse @ own
    left = own - design @ coefficients
    moves = np.ptp(own) > HAIR
    explained = 1 - left @ left / np.sum((own - own.mean()) ** 2) if moves else math.nan
    if np.abs(left).max() <= HAIR:
        return np.array([*coefficients, *[math.nan] * 4, explained])
    scores = design * left[:, None]
    spread = scores.T @ scores
    for lag in range(1, lags + 1):
        across = scores[lag:].T @ scores[:-lag]
        spread += (1 - lag / (lags + 1)) * (across + across.T)
    bread = inverse @ inverse.T
    covariance = bread @ spread @ bread * (count / (count - COEFFICIENTS))
    errors = np.sqrt(np.diag(covariance))
    p_values = 2 * stdtr(count - COEFFICIENTS, -np.abs(coefficients / errors))
    return np.array([*coefficients, *errors, *p_values, explained])


def _tell(figures: Floats, periods: float, count: int, lags: int) -> MarketModel:
    alpha, beta, alpha_se, beta_se, alpha_p, beta_p, explained = figures.tolist()
    return MarketModel(
        alpha_per_period=alpha,
        alpha_annual=alpha * periods,
        beta=beta,
        alpha_se=alpha_se,
        beta_se=beta_se,
        alpha_p=alpha_p,
        beta_p=beta_p,
        r_squared=explained,
        observations=count,
        lags=lags,
    )


def _rule_lags(count: int) -> int:
    return math.floor(4 * math.pow(count / 100, 2 / 9))
