"""Holds a basket against baskets of random shares on the same dates, by the same convention."""

import math
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from backtests.evidence.chance.draws import draw_means
from backtests.evidence.controls.pools import Match, Pool, PoolName, Refusal, match_controls
from backtests.evidence.controls.population import Population
from backtests.kernel import Rows
from backtests.measures.equity import HAIR
from backtests.schedule import LONGEST_HALT
from screener.panel import Floats

Counts = npt.NDArray[np.int64]

_SHOWN = (5.0, 50.0, 95.0)
_BARS = 60
# baskets that are all alike still have bars of some width
_MARGIN = 1e-6


@dataclass(frozen=True)
class Controls:
    """What placebo baskets were drawn from.

    Attributes
    ----------
    count : int
        Shares that can be drawn, the basket's own picks aside.
    late : int
        Of them, entered after the first session, as a halted pick would be.
    ended : int
        Of them, without a close in the last `LONGEST_HALT` sessions of the horizon: delisted or
        halted for long. None at all over half a year says that the list was drawn up later.
    unlisted : int
        Shares of the same markets in the prices that did not trade at entry.
    """

    count: int
    late: int
    ended: int
    unlisted: int


@dataclass(frozen=True)
class Placebo:
    """Where a basket stands among random ones; fractions, not a number where refused.

    Attributes
    ----------
    pool : {"market", "sector", "alike"}
    mean : float
        Mean relative return of the basket.
    controls : Controls
    widened : tuple of str
        Picks for which shares of the whole market were drawn.
    refusal : {"", "no_controls", "few_controls", "unknown"}
        Why there is no comparison; nothing below is told then.
    expected : float
        Average of the random baskets.
    low, middle, high : float
        Their 5th, 50th and 95th percentile.
    percentile : float
        Share of the random baskets that the basket beat, ties counted half, from 0 to 1.
    p_above : float
        Chance that a random basket does as well: (1 + those that did) / (1 + draws).
    p_short : float
        Chance that a random basket does as badly, were it better by what the rating promises.
    draws : int
    bars : ndarray of int, shape (B,)
        Random baskets by their mean, between ``edges``.
    edges : ndarray, shape (B + 1,)
    """

    pool: PoolName
    mean: float
    controls: Controls
    widened: tuple[str, ...]
    refusal: Refusal
    expected: float = math.nan
    low: float = math.nan
    middle: float = math.nan
    high: float = math.nan
    percentile: float = math.nan
    p_above: float = math.nan
    p_short: float = math.nan
    draws: int = 0
    bars: Counts = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    edges: Floats = field(default_factory=lambda: np.zeros(0))


def compare_with_random(
    population: Population,
    pool: Pool,
    picks: Rows,
    promise: float,
    draws: int,
    seed: int,
    workers: int = 1,
) -> list[Placebo]:
    """Compare a basket with random ones at every horizon.

    Parameters
    ----------
    population : Population
    pool : Pool
    picks : ndarray of int, shape (K,)
        The basket's places in the population.
    promise : float
        The least relative return that keeps what a recommendation promises, a fraction.
    draws, seed, workers : int
        Horizons that the same shares can be measured over use the same baskets.

    Returns
    -------
    list of Placebo, length H

    References
    ----------
    Phipson and Smyth (2010), Statistical Applications in Genetics and Molecular Biology 9(1),
    article 39: a p-value of random draws counts the basket itself, and so is never zero.
    """
    scored = np.isfinite(population.relative)
    found: dict[int, Placebo] = {}
    for horizons in _group_alike(scored):
        # picks of other baskets were chosen as well, so they are no controls
        comparable = population.controls
        comparable[picks] = True
        eligible = scored[:, horizons[0]] & comparable
        own = picks[eligible[picks]]
        match = match_controls(pool, own, eligible) if len(own) else Match((), own, "no_controls")
        values = population.relative[:, horizons]
        means = draw_means(values, match.strata, draws, seed, workers) if match.strata else None
        for place, h in enumerate(horizons):
            found[h] = Placebo(
                pool.name,
                float(values[own, place].mean()) if len(own) else math.nan,
                _count_controls(population, own, match, h),
                tuple(population.symbols[n] for n in match.widened),
                match.refusal,
            )
            if means is not None:
                found[h] = _place(found[h], means[:, place], promise)
    return [found[h] for h in sorted(found)]


def percentile_of(mean: float, others: Floats) -> float:
    """Return the share of others below a mean, ties counted half."""
    below, level = others < mean - HAIR, np.abs(others - mean) <= HAIR
    return float((below.sum() + 0.5 * level.sum()) / len(others))


def chance_above(mean: float, drawn: Floats) -> float:
    """Return (1 + draws as high) / (1 + draws)."""
    return float((1 + np.count_nonzero(drawn >= mean - HAIR)) / (1 + len(drawn)))


def _group_alike(scored: npt.NDArray[np.bool_]) -> list[list[int]]:
    """Group the horizons over which the same shares are scored."""
    groups: dict[bytes, list[int]] = {}
    for h, column in enumerate(scored.T):
        groups.setdefault(column.tobytes(), []).append(h)
    return list(groups.values())


def _place(bare: Placebo, drawn: Floats, promise: float) -> Placebo:
    """Place a basket among the draws."""
    low, middle, high = np.percentile(drawn, _SHOWN)
    bars, edges = np.histogram(drawn, _BARS, (drawn.min() - _MARGIN, drawn.max() + _MARGIN))
    return replace(
        bare,
        expected=float(drawn.mean()),
        low=float(low),
        middle=float(middle),
        high=float(high),
        percentile=percentile_of(bare.mean, drawn),
        p_above=chance_above(bare.mean, drawn),
        p_short=chance_above(-bare.mean, -(drawn + promise)),
        draws=len(drawn),
        bars=bars.astype(np.int64),
        edges=edges,
    )


def _count_controls(population: Population, own: Rows, match: Match, horizon: int) -> Controls:
    if not match.strata:
        return Controls(0, 0, 0, 0)
    plan = population.scores.plan
    members = np.setdiff1d(match.members, own)
    market = population.benchmark
    markets = np.isin(market, market[own])
    return Controls(
        count=len(members),
        late=int(population.late[members].sum()),
        ended=int((plan.stale[members, horizon] > LONGEST_HALT).sum()),
        unlisted=int((markets & ~population.entered).sum()),
    )
