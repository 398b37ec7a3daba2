"""How equity rose and fell, and how much of it was traded and invested.

A bar spans one exchange session or more: ``sessions`` counts them.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from screener.panel import Floats
from universes import InputError

Counts = npt.NDArray[np.integer[Any]]

SESSIONS_A_YEAR = 252
ALL_LOST = -1.0

# a ratio near one is known to about 1e-16 in binary arithmetic
HAIR = 1e-12


@dataclass(frozen=True)
class Drawdown:
    """The deepest fall from a peak; all zeros where equity never fell.

    Attributes
    ----------
    depth : float
        Of the peak, a fraction of zero or less.
    peak, trough : int
        Places in the equity curve, of which 0 is the start.
    recovery : int or None
        The first place after the trough as high as the peak; None where there is none yet.
    sessions : int
        From the peak to the recovery, or to the end.
    """

    depth: float
    peak: int
    trough: int
    recovery: int | None
    sessions: int


def equity_curve(returns: Floats) -> Floats:
    """Return what one becomes, shape (T + 1,), the one itself first."""
    _check_values("returns", returns, ALL_LOST)
    return np.concatenate(([1.0], np.cumprod(1.0 + returns)))


def drawdowns(equity: Floats) -> Floats:
    """Return how far equity is below its highest so far: fractions, zero or less.

    Parameters
    ----------
    equity : ndarray, shape (T + 1,)
        Above zero at the start, which counts as a peak, and never below. Less than 1e-12
        below a peak is no drawdown.
    """
    if not len(equity) or not equity[0] > 0:
        raise InputError("the equity curve does not start above zero")
    _check_values("equity", equity, 0.0)
    fall = equity / np.maximum.accumulate(equity) - 1.0
    return np.where(fall < -HAIR, fall, 0.0)


def max_drawdown(equity: Floats, sessions: Counts) -> Drawdown:
    """Find the deepest drawdown, the first of those as deep to 1e-12.

    Parameters
    ----------
    equity : ndarray, shape (T + 1,)
    sessions : ndarray of int, shape (T,)
    """
    curve = drawdowns(equity)
    check_series(sessions, 0.0, equity=equity[1:])
    trough = int(np.flatnonzero(curve <= curve.min() + HAIR)[0])
    peaks = np.flatnonzero(curve == 0.0)
    peak = int(peaks[peaks <= trough][-1])
    later = peaks[peaks >= trough]
    recovery = int(later[0]) if len(later) else None
    end = len(sessions) if recovery is None else recovery
    return Drawdown(float(curve[trough]), peak, trough, recovery, int(sessions[peak:end].sum()))


def turnover(bought: Floats, sold: Floats, equity: Floats, sessions: Counts) -> float:
    """Return half of all bought and sold a year, over the mean equity.

    Parameters
    ----------
    bought, sold : ndarray, shape (T,)
        Worth of each bar's trades, zero or more.
    equity : ndarray, shape (T,)
        Zero or more; not a number comes back where it is zero throughout.
    sessions : ndarray of int, shape (T,)
    """
    check_series(sessions, 0.0, purchases=bought, sales=sold, equity=equity)
    traded = SESSIONS_A_YEAR / 2 * float(np.sum(bought + sold))
    return ratio(traded, float(equity @ sessions))


def exposure(invested: Floats, equity: Floats, sessions: Counts) -> float:
    """Return the mean share of equity that is invested, over all sessions.

    Parameters
    ----------
    invested, equity : ndarray, shape (T,)
        Worth of the positions held over each bar, zero or more, and of the whole, above
        zero, at one moment of it.
    sessions : ndarray of int, shape (T,)
    """
    check_series(sessions, 0.0, positions=invested, equity=equity)
    if not np.all(equity > 0.0):
        raise InputError("equity is not above zero throughout", "end where it is spent")
    return ratio(float(invested / equity @ sessions), float(sessions.sum()))


def time_invested(invested: Floats, sessions: Counts) -> float:
    """Return the share of the sessions over which there was any position."""
    check_series(sessions, 0.0, positions=invested)
    return ratio(float(sessions[invested != 0.0].sum()), float(sessions.sum()))


def ratio(above: float, below: float) -> float:
    """Return one over the other; not a number where the lower is zero."""
    return above / below if below else math.nan


def check_series(sessions: Counts, least: float, **series: Floats) -> None:
    """Refuse series that are not one number for each bar, and bars without a session.

    Parameters
    ----------
    sessions : ndarray of int, shape (T,)
        How many sessions each bar spans.
    least : float
        The least that an entry may be.
    **series : ndarray, shape (T,)
        By the name they have in a message.
    """
    for name, values in series.items():
        if sessions.shape != (len(values),):
            raise InputError(
                f"{name}: {len(values)} for sessions of shape {sessions.shape}",
                "give one of each for each bar",
            )
        _check_values(name, values, least)
    if not np.all(sessions >= 1):
        raise InputError("a bar spans less than one session", "leave it out")


def _check_values(name: str, values: Floats, least: float) -> None:
    if values.ndim != 1:
        raise InputError(f"{name}: {values.ndim} dimensions", "measure one series at a time")
    faulty = np.flatnonzero(~(np.isfinite(values) & (values >= least)))
    if len(faulty):
        at = faulty[0]
        raise InputError(
            f"{name}: number {at + 1} is {values[at]}, not a number of {least:g} or more",
            "measure a time over which each bar has one",
        )
