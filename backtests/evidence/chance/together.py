"""Whether picks moved together more than random shares of their sectors: one bet, or many."""

import math
from dataclasses import dataclass

import numpy as np

from backtests.evidence.chance.draws import draw_baskets
from backtests.evidence.chance.placebo import chance_above
from backtests.evidence.controls.pools import Pool, match_controls
from backtests.evidence.controls.population import Population
from backtests.evidence.models import find_past
from backtests.evidence.returns import pair_returns
from backtests.kernel import Rows
from backtests.measures.equity import HAIR
from backtests.measures.regression import fit_lines
from backtests.schedule import Flags
from screener import Panel
from screener.panel import Floats

FEWEST_ROWS = 60
_LEAST_KNOWN = 0.8
_PAIR = 2


@dataclass(frozen=True)
class PastMoves:
    """How each of N shares moved beside its benchmark before publication.

    Attributes
    ----------
    scaled : ndarray, shape (N, T)
        What the market model leaves of the daily returns, each share's in units of its own
        standard deviation; zero where a return is missing.
    seen : ndarray, shape (N, T)
        One where a return is there, otherwise zero.
    known : ndarray of bool, shape (N,)
        Whether the share has at least `FEWEST_ROWS` of them.
    """

    scaled: Floats
    seen: Floats
    known: Flags


@dataclass(frozen=True)
class Together:
    """The mean correlation of a basket's past moves, beside that of random baskets.

    Attributes
    ----------
    correlation : float
        Of all pairs of picks, each pair weighted by the days that both have; not a number where
        too few of them have a past.
    random : float
        Average over random baskets of the same sectors.
    chance : float
        That a random basket moves together as much: (1 + those that did) / (1 + draws).
    spread : float
        How much wider the mean of picks so correlated ranges than that of random baskets: with n
        picks, the root of (1 + (n - 1) correlation) / (1 + (n - 1) random).
    """

    correlation: float = math.nan
    random: float = math.nan
    chance: float = math.nan
    spread: float = math.nan


def read_moves(panel: Panel, population: Population, published: np.datetime64) -> PastMoves:
    """Read how the shares of a population moved up to publication; nothing later is used.

    Prices that are not daily tell nothing.
    """
    benchmarks = [str(each) for each in population.scores.benchmarks]
    returns = pair_returns(panel, population.symbols, benchmarks, population.basis)
    past = find_past(returns.dates, published)
    lines = fit_lines(returns.own[past], returns.benchmark[past], FEWEST_ROWS)
    seen = np.isfinite(lines.residuals).T
    left = np.where(seen, lines.residuals.T, 0.0)
    size = np.sqrt((left**2).sum(axis=1) / np.maximum(seen.sum(axis=1), 1))
    known = (size > HAIR) & returns.daily
    return PastMoves(left / np.where(known, size, 1.0)[:, None], seen.astype(np.float64), known)


def compare_moves(
    moves: PastMoves, pool: Pool, picks: Rows, controls: Flags, draws: int, seed: int
) -> Together:
    """Compare how picks moved together with random baskets.

    Parameters
    ----------
    moves : PastMoves
    pool : Pool
    picks : ndarray of int, shape (K,)
    controls : ndarray of bool, shape (N,)
        The shares that are no picks.
    draws, seed : int
    """
    own = picks[moves.known[picks]]
    if len(own) < max(_PAIR, _LEAST_KNOWN * len(picks)):
        return Together()
    eligible = moves.known & controls
    eligible[own] = True
    match = match_controls(pool, own, eligible)
    observed = float(_correlate(moves, own[:, None])[0])
    if not match.strata:
        return Together(observed)
    drawn = _correlate(moves, draw_baskets(match.strata, draws, seed))
    drawn = drawn[np.isfinite(drawn)]
    if not len(drawn):
        return Together(observed)
    random = float(drawn.mean())
    return Together(
        observed, random, chance_above(observed, drawn), _widen(observed, random, len(own))
    )


def _widen(observed: float, random: float, count: int) -> float:
    own, other = (1.0 + (count - 1) * each for each in (observed, random))
    return math.sqrt(own / other) if own >= 0.0 < other else math.nan


def _correlate(moves: PastMoves, baskets: Rows) -> Floats:
    """Return the mean correlation over the pairs of each basket, shape (D,).

    With z the scaled moves, the square of their sum is twice the sum of all pairs' products and
    each share's own square, which is its number of days; with the flags of the days in place of z
    it counts the days that the pairs share.
    """
    product, days = (_sum_pairs(table, baskets) for table in (moves.scaled, moves.seen))
    return product / np.where(days > 0, days, np.nan)


def _sum_pairs(table: Floats, baskets: Rows) -> Floats:
    total = np.zeros((baskets.shape[1], table.shape[1]))
    for members in baskets:
        total += table[members]
    own = (table**2).sum(axis=1)
    pairs: Floats = (total**2).sum(axis=1) - own[baskets].sum(axis=0)
    return pairs
