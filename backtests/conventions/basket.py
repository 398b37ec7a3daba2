"""What the readings make of the picks together, as an equal-weight basket."""

from dataclasses import dataclass

import numpy as np

from backtests.conventions.cells import Cells
from backtests.conventions.readings import DIMENSIONS, Dimension
from backtests.schedule import Flags
from screener.panel import Floats


@dataclass(frozen=True)
class Basket:
    """The mean relative return of the same picks under every reading that scores them all.

    Attributes
    ----------
    picks : int
        Those that the headline scores, mentions aside.
    readings, scored : int
        How many readings there are, and how many score all of these picks.
    headline, low, median, high : float
        Of the mean relative return, fractions.
    above : float
        The share of the scored readings in which it is above zero.
    moved_by : str or None
        The dimension that moves it most; None where nothing moves it.
    """

    picks: int
    readings: int
    scored: int
    headline: float
    low: float
    median: float
    high: float
    above: float
    moved_by: Dimension | None


def average_basket(cells: Cells, counted: Flags) -> Floats:
    """Return the mean relative return of the picks that the headline scores.

    Parameters
    ----------
    cells : Cells
    counted : ndarray of bool, shape (K,)
        The picks that count.

    Returns
    -------
    ndarray, shape (E, R, B, O, H, D)
        Fractions; not a number where any of these picks has no score, and everywhere where the
        headline scores none.
    """
    members = counted & cells.scored[cells.readings.places]
    if not members.any():
        return np.full(cells.readings.shape, np.nan)
    means: Floats = cells.relative[..., members].mean(axis=-1)
    return means


def sum_up_basket(cells: Cells, counted: Flags) -> Basket | None:
    """Sum the basket's means up; None where the headline scores no pick.

    Parameters
    ----------
    cells : Cells
    counted : ndarray of bool, shape (K,)
        The picks that count.
    """
    means = average_basket(cells, counted)
    known = means[np.isfinite(means)]
    if not known.size:
        return None
    moves = {dimension: mean_move(means, dimension) or 0.0 for dimension in DIMENSIONS}
    most = max(DIMENSIONS, key=lambda dimension: moves[dimension])
    return Basket(
        picks=int(np.count_nonzero(counted & cells.scored[cells.readings.places])),
        readings=means.size,
        scored=known.size,
        headline=float(means[cells.readings.places]),
        low=float(known.min()),
        median=float(np.median(known)),
        high=float(known.max()),
        above=float(np.mean(known > 0)),
        moved_by=most if moves[most] > 0 else None,
    )


def mean_move(means: Floats, dimension: Dimension) -> float | None:
    """Return by how much a basket's mean moves when one choice is made otherwise.

    Parameters
    ----------
    means : ndarray
        As of `average_basket`.
    dimension : str

    Returns
    -------
    float or None
        The mean absolute difference, a fraction, over all pairs of readings that differ in this
        dimension alone and are both known; None where there is no such pair.
    """
    # what is not known is sorted to the end
    ascending = np.sort(np.moveaxis(means, DIMENSIONS.index(dimension), 0), axis=0)
    count = np.isfinite(ascending).sum(axis=0)
    pairs = int((count * (count - 1) // 2).sum())
    # of m ascending numbers, the gap after the i-th, from 1, lies within i (m - i) pairs
    below = np.arange(1, len(ascending)).reshape(-1, *[1] * count.ndim)
    spans = below * (count - below) * np.diff(ascending, axis=0)
    return float(np.nansum(spans)) / pairs if pairs else None
