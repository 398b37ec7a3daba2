"""The way of the relative return from before publication to the last horizon."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from backtests.evidence.chance.draws import draw_baskets
from backtests.evidence.controls.pools import Match, Pool, match_controls
from backtests.evidence.controls.population import Population
from backtests.kernel import Rows
from backtests.schedule import latest_row
from backtests.sessions import lay_axis
from screener import Panel
from screener.calendar import Days
from screener.panel import Floats

RUN_UP = 20  # rows shown before entry
_BAND = (5.0, 50.0, 95.0)
_TOGETHER = 500  # baskets, which bounds the memory


@dataclass(frozen=True)
class EventPath:
    """Mean relative return of the picks since entry, day by day, with its placebo band.

    Attributes
    ----------
    dates : ndarray of datetime64[D], shape (T,)
        From `RUN_UP` rows of the panel before the first entry on.
    mean : ndarray, shape (T,)
        Of each pick's return since entry less its benchmark's, a fraction; a halted share's
        last close is carried. Before entry it is what was still to be gained.
    counted : ndarray of int, shape (T,)
        Picks with a price on or before the day.
    low, middle, high : ndarray, shape (T,)
        The 5th, 50th and 95th percentile of as many random shares; not a number where there
        are no controls.
    draws : int
        Baskets behind the band; 0 where there are none.
    exits : tuple of (int, datetime64[D])
        Each horizon in months, and the last day on which picks are left.
    """

    dates: Days
    mean: Floats
    counted: Rows
    low: Floats
    middle: Floats
    high: Floats
    draws: int
    exits: tuple[tuple[int, np.datetime64], ...]


def trace_path(
    panel: Panel, population: Population, pool: Pool, draws: int, seed: int
) -> EventPath | None:
    """Follow the picks from before entry to the last horizon that has an end.

    Parameters
    ----------
    panel : Panel
    population : Population
    pool : Pool
        What the placebo baskets are drawn from.
    draws, seed : int
        Of the band.

    Returns
    -------
    EventPath or None
        None where no pick was entered.
    """
    plan, picks = population.scores.plan, population.picks
    entered = picks[population.entered[picks]]
    if not len(entered):
        return None
    rows, dates = _choose_rows(panel, population, entered)
    shares = np.flatnonzero(population.entered)
    relative = _follow(panel, population, shares, rows, dates)
    place = np.searchsorted(shares, entered)
    own = relative[:, place]
    known = np.isfinite(own)
    mean = np.where(known, own, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    eligible = np.zeros(len(population.symbols), dtype=np.bool_)
    eligible[shares] = np.isfinite(relative).all(axis=0)
    measured = entered[eligible[entered]]
    match = match_controls(pool, measured, eligible) if len(measured) else Match((), measured)
    count = draws if match.strata else 0
    column = np.searchsorted(shares, np.arange(len(eligible)))
    low, middle, high = _draw_band(relative, column, match, count, seed)
    ends = plan.exit_day[entered]
    return EventPath(
        dates=dates,
        mean=np.where(known.any(axis=1), mean, np.nan),
        counted=known.sum(axis=1),
        low=low,
        middle=middle,
        high=high,
        draws=count,
        exits=tuple(
            (months, ends[:, h].max())
            for h, months in enumerate(population.horizons)
            if not np.isnat(ends[:, h]).any() and ends[:, h].max() <= dates[-1]
        ),
    )


def _choose_rows(panel: Panel, population: Population, entered: Rows) -> tuple[Rows, Days]:
    plan = population.scores.plan
    axis = lay_axis(panel, [population.symbols[n] for n in entered])
    first = int(np.searchsorted(axis.rows, plan.entry_row[entered].min()))
    ends = plan.exit_day[entered, -1]
    last = panel.dates[-1] if np.isnat(ends).any() else ends.max()
    kept = slice(max(first - RUN_UP, 0), int(np.searchsorted(axis.dates, last, side="right")))
    return axis.rows[kept], axis.dates[kept]


def _follow(panel: Panel, population: Population, shares: Rows, rows: Rows, dates: Days) -> Floats:
    """Return each share's relative return since its own entry, shape (T, S)."""
    plan, basis = population.scores.plan, population.basis
    columns = panel.columns([population.symbols[n] for n in shares])
    close = panel.levels("close", basis)[:, columns]
    entry = close[plan.entry_row[shares], np.arange(len(shares))]
    latest = latest_row(np.isfinite(close))[rows]
    held = np.take_along_axis(close, np.maximum(latest, 0), axis=0)
    own = np.where(latest >= 0, held / entry, np.nan)
    relative = np.empty_like(own)
    indices = [population.scores.benchmarks[n] for n in shares]
    for index in dict.fromkeys(indices):
        mine = np.array([each == index for each in indices])
        start = panel.carried(str(index), plan.entry_day[shares[mine]], basis)
        level = panel.carried(str(index), dates, basis)
        relative[:, mine] = own[:, mine] - level[:, None] / start
    return relative


def _draw_band(
    relative: Floats, column: Rows, match: Match, draws: int, seed: int
) -> Iterator[Floats]:
    if not draws:
        yield from np.full((len(_BAND), len(relative)), np.nan)
        return
    baskets = column[draw_baskets(match.strata, draws, seed)]
    paths = np.empty((len(relative), draws))
    for start in range(0, draws, _TOGETHER):
        part = slice(start, start + _TOGETHER)
        paths[:, part] = relative[:, baskets[:, part]].mean(axis=1)
    yield from np.percentile(paths, _BAND, axis=1)
