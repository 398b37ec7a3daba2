"""How a portfolio did, told from plain arrays.

Returns are simple and fractions, one for each bar. A bar spans one exchange session or more:
``sessions`` counts them, and every measure is that of daily bars where all counts are one. A year
has 252 sessions. ``risk_free`` is a simple rate a year, spread evenly over its sessions.

With returns r over d sessions the mean a session is m = sum(r) / sum(d), and the variance a
session is s2 = sum((r - m d)^2 / d) / (n - 1): what a Brownian motion seen at such times gives
without bias. A measure that cannot be told is not a number; a missing return is an error.

References
----------
Sharpe (1966), Journal of Business 39(1), and (1994), Journal of Portfolio Management 21(1).
Jensen (1968), Journal of Finance 23(2).
Sortino and van der Meer (1991), Journal of Portfolio Management 17(4).
Young (1991), Futures 20(1), for calmar, of the last 36 months there and of all bars here.
Grinold and Kahn (2000), Active Portfolio Management, chapter 5.
Bacon (2008), Practical Portfolio Performance Measurement and Attribution, chapter 4, and
Morningstar, Upside and Downside Capture Ratios.
"""

import math
from dataclasses import dataclass

import numpy as np

from backtests.measures.equity import (
    ALL_LOST,
    HAIR,
    SESSIONS_A_YEAR,
    Counts,
    Drawdown,
    check_series,
    equity_curve,
    max_drawdown,
    ratio,
)
from screener.panel import Floats
from universes import InputError

_FEWEST_BARS = 2  # to have a spread


@dataclass(frozen=True)
class Measures:
    """All that returns tell of a portfolio and of it against a benchmark.

    Attributes
    ----------
    total_return, annual_return, volatility, tracking_error, alpha : float
        Fractions, all but the first a year.
    sharpe, sortino, calmar, information_ratio, beta, up_capture, down_capture : float
        Ratios; 1 is one, not one percent.
    drawdown : Drawdown
    """

    total_return: float
    annual_return: float
    volatility: float
    sharpe: float
    sortino: float
    calmar: float
    drawdown: Drawdown
    beta: float
    alpha: float
    tracking_error: float
    information_ratio: float
    up_capture: float
    down_capture: float


def measure(
    returns: Floats, benchmark: Floats, sessions: Counts, risk_free: float = 0.0
) -> Measures:
    """Tell every measure of a portfolio's returns.

    Parameters
    ----------
    returns, benchmark : ndarray, shape (T,)
        Fractions, -1 or more.
    sessions : ndarray of int, shape (T,)
        Each 1 or more.
    risk_free : float
        A fraction a year.

    Raises
    ------
    InputError
        Where a value is missing, infinite or out of bounds, or lengths differ.

    Examples
    --------
    >>> fund, index = np.array([0.10, -0.10, 0.20]), np.array([0.10, -0.20, 0.10])
    >>> told = measure(fund, index, np.array([5, 5, 4]))
    >>> round(told.total_return, 4), round(told.drawdown.depth, 4), told.drawdown.sessions
    (0.188, -0.1, 9)
    """
    return Measures(
        total_return=total_return(returns),
        annual_return=annual_return(returns, sessions),
        volatility=volatility(returns, sessions),
        sharpe=sharpe(returns, sessions, risk_free),
        sortino=sortino(returns, sessions, risk_free),
        calmar=calmar(returns, sessions),
        drawdown=max_drawdown(equity_curve(returns), sessions),
        beta=beta(returns, benchmark, sessions),
        alpha=alpha(returns, benchmark, sessions, risk_free),
        tracking_error=tracking_error(returns, benchmark, sessions),
        information_ratio=information_ratio(returns, benchmark, sessions),
        up_capture=up_capture(returns, benchmark, sessions),
        down_capture=down_capture(returns, benchmark, sessions),
    )


def total_return(returns: Floats) -> float:
    """Return what the returns compound to, a fraction; zero for none."""
    return float(equity_curve(returns)[-1] - 1.0)


def annual_return(returns: Floats, sessions: Counts) -> float:
    """Return the compound return a year; not a number for none, or too large for a float."""
    check_series(sessions, ALL_LOST, returns=returns)
    return _growth(returns, sessions, SESSIONS_A_YEAR)


def volatility(returns: Floats, sessions: Counts) -> float:
    """Return the standard deviation a year; not a number for fewer than two bars."""
    check_series(sessions, ALL_LOST, returns=returns)
    return _volatility(returns, sessions)


def sharpe(returns: Floats, sessions: Counts, risk_free: float = 0.0) -> float:
    """Return the mean excess a year over the volatility; not a number where that is zero."""
    risk = volatility(returns, sessions)
    return ratio(_yearly_excess(returns, sessions, risk_free), risk)


def sortino(returns: Floats, sessions: Counts, risk_free: float = 0.0) -> float:
    """Return the mean excess a year over the downside deviation from the risk-free rate.

    Every bar counts in the deviation's mean, those above the rate as zero. Not a number for
    fewer than two bars and where none is below the rate.
    """
    check_series(sessions, ALL_LOST, returns=returns)
    if len(returns) < _FEWEST_BARS:
        return math.nan
    excess = _yearly_excess(returns, sessions, risk_free)
    over = returns - risk_free / SESSIONS_A_YEAR * sessions
    short = np.where(over < -HAIR, over, 0.0)
    return ratio(excess, math.sqrt(SESSIONS_A_YEAR * np.mean(short**2 / sessions)))


def calmar(returns: Floats, sessions: Counts) -> float:
    """Return the annual return over the depth of the deepest drawdown of the whole time.

    Not a number where equity never fell.
    """
    depth = max_drawdown(equity_curve(returns), sessions).depth
    return ratio(annual_return(returns, sessions), abs(depth))


def beta(returns: Floats, benchmark: Floats, sessions: Counts) -> float:
    """Return the slope on the benchmark; not a number where that has no volatility."""
    check_series(sessions, ALL_LOST, returns=returns, benchmark=benchmark)
    if not _volatility(benchmark, sessions) > 0:
        return math.nan
    market = _deviations(benchmark, sessions)
    return float(_deviations(returns, sessions) @ market / (market @ market))


def alpha(returns: Floats, benchmark: Floats, sessions: Counts, risk_free: float = 0.0) -> float:
    """Return the mean excess a year that beta does not explain, not compounded.

    Not a number where beta is not.
    """
    slope = beta(returns, benchmark, sessions)
    if math.isnan(slope):
        return math.nan
    market = _yearly_excess(benchmark, sessions, risk_free)
    return _yearly_excess(returns, sessions, risk_free) - slope * market


def tracking_error(returns: Floats, benchmark: Floats, sessions: Counts) -> float:
    """Return the volatility of the returns less the benchmark's."""
    check_series(sessions, ALL_LOST, returns=returns, benchmark=benchmark)
    return _volatility(returns - benchmark, sessions)


def information_ratio(returns: Floats, benchmark: Floats, sessions: Counts) -> float:
    """Return the mean return a year above the benchmark's over the tracking error.

    Not a number where that is zero.
    """
    error = tracking_error(returns, benchmark, sessions)
    return ratio(_yearly_excess(returns - benchmark, sessions, 0.0), error)


def up_capture(returns: Floats, benchmark: Floats, sessions: Counts) -> float:
    """Return the mean return over the benchmark's, of the bars on which that rose.

    Both are geometric means a session, not of a year. Not a number where it rose on none.
    """
    return _capture(returns, benchmark, sessions, 1.0)


def down_capture(returns: Floats, benchmark: Floats, sessions: Counts) -> float:
    """Return the same as up_capture of the bars on which the benchmark fell."""
    return _capture(returns, benchmark, sessions, -1.0)


def _capture(returns: Floats, benchmark: Floats, sessions: Counts, way: float) -> float:
    check_series(sessions, ALL_LOST, returns=returns, benchmark=benchmark)
    kept = way * benchmark > HAIR
    own, market = (_growth(series[kept], sessions[kept], 1) for series in (returns, benchmark))
    return ratio(own, market)


def _growth(returns: Floats, sessions: Counts, over: int) -> float:
    """Return the compound return over some sessions, at the geometric mean of all."""
    if not len(returns):
        return math.nan
    with np.errstate(divide="ignore", over="ignore"):  # a total loss; a single bar's 2000%
        growth = np.expm1(np.log1p(returns).sum() * over / sessions.sum())
    return float(growth) if np.isfinite(growth) else math.nan


def _yearly_excess(returns: Floats, sessions: Counts, risk_free: float) -> float:
    if not math.isfinite(risk_free):
        raise InputError(f"the risk-free rate is {risk_free}", "give a fraction a year")
    mean = ratio(float(returns.sum()), float(sessions.sum()))
    return SESSIONS_A_YEAR * mean - risk_free


def _deviations(returns: Floats, sessions: Counts) -> Floats:
    mean = returns.sum() / sessions.sum()
    spread: Floats = (returns - mean * sessions) / np.sqrt(sessions)
    return spread


def _volatility(returns: Floats, sessions: Counts) -> float:
    if len(returns) < _FEWEST_BARS:
        return math.nan
    spread = _deviations(returns, sessions)
    if np.abs(spread).max() <= HAIR:
        return 0.0
    return math.sqrt(SESSIONS_A_YEAR * float(spread @ spread) / (len(returns) - 1))
