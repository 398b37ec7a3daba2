"""Splits the picks' mean relative return into market breadth, sector and selection."""

from dataclasses import dataclass

import numpy as np

from backtests.evidence.controls.pools import Pool, find_comparable
from backtests.kernel import Rows
from backtests.schedule import Flags
from screener.panel import Floats


@dataclass(frozen=True)
class Split:
    """Where a basket's mean relative return comes from; the parts add up to it.

    Attributes
    ----------
    mean : float
        A fraction, as all the parts.
    breadth : float
        The average share of each pick's market less its benchmark.
    sector : float
        The average share of each pick's sector less that of its market.
    selection : float
        Each pick less the average share of its sector.
    unsplit : float
        Of picks whose sector is not known or has too few other shares: the pick less the
        average share of its market, sector and selection in one; the whole pick where even its
        market has too few.
    unsplit_picks : ndarray of int
        Their places in the population.
    """

    mean: float
    breadth: float
    sector: float
    selection: float
    unsplit: float
    unsplit_picks: Rows


def split_mean(
    relative: Floats, market: Pool, sector: Pool, picks: Rows, scored: Flags, controls: Flags
) -> Split:
    """Split the mean of some picks at one horizon.

    Parameters
    ----------
    relative : ndarray, shape (N,)
        Fractions; read where scored.
    market, sector : Pool
    picks : ndarray of int, shape (K,)
        Places of picks that are scored.
    scored : ndarray of bool, shape (N,)
        The averages are over these, picks included.
    controls : ndarray of bool, shape (N,)
        The shares that are no pick at all; a sector needs enough of them.

    Notes
    -----
    With m the average of a pick's market and s that of its sector, r = m + (s - m) + (r - s)
    holds for each pick, and so for the means. Brinson, Hood and Beebower (1986), Financial
    Analysts Journal 42(4), split a portfolio in this manner; their interaction term is nothing
    here, as every pick has the same weight on both sides.
    """
    own = relative[picks]
    breadth = _average(relative, market.label, picks, scored)
    peers = _average(relative, sector.label, picks, scored)
    compared = scored & controls
    # of a market with hardly another share the average would be the picks' own
    listed = find_comparable(market, picks, compared)
    breadth = np.where(listed, breadth, 0.0)
    known = listed & find_comparable(sector, picks, compared)
    return Split(
        mean=float(own.mean()),
        breadth=float(breadth.mean()),
        sector=float(np.where(known, peers - breadth, 0.0).mean()),
        selection=float(np.where(known, own - peers, 0.0).mean()),
        unsplit=float(np.where(known, 0.0, own - breadth).mean()),
        unsplit_picks=picks[~known],
    )


def _average(values: Floats, label: Rows, picks: Rows, scored: Flags) -> Floats:
    """Return the average over the shares of each pick's label."""
    average = {each: values[scored & (label == each)].mean() for each in np.unique(label[picks])}
    return np.array([average[each] for each in label[picks]])
