"""What else could have been recommended on the same days: the shares that placebos draw."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from backtests.convention import Convention
from backtests.evidence.controls.pools import FEWEST_CONTROLS
from backtests.kernel import Rows
from backtests.measured import Asked
from backtests.ranking.prices import PriceSource, Task, open_once
from backtests.ranking.windows import Held, Listing, Window
from backtests.scorer import Scorer
from backtests.spread import Workers, spread
from screener import Panel
from screener.companies.membership import SectorTables
from screener.panel import Floats
from screener.tasks.progress import Progress
from universes import RatingScale, Symbol

# windows whose shares are scored together
_WINDOWS = 256


@dataclass(frozen=True, eq=False)
class Pools:
    """What each of n calls is drawn from.

    Attributes
    ----------
    values : ndarray, shape (V,)
        Relative returns, fractions; those of one window stand together, by sector.
    start, size : ndarray of int, shape (n,)
        Of the shares of its market; a size of zero where there are too few others.
    sector_start, sector_size : ndarray of int, shape (n,)
        Of those of its sector; a size of zero where that is not known or has too few others.
    mean, sector_mean : ndarray, shape (n,)
        Of the values; not a number where there are none.
    """

    values: Floats
    start: Rows
    size: Rows
    sector_start: Rows
    sector_size: Rows
    mean: Floats
    sector_mean: Floats


def gather_pools(
    held: Held,
    symbols: Sequence[Symbol],
    benchmarks: Sequence[tuple[Symbol, Symbol]],
    standards: Sequence[RatingScale],
    panel: Panel,
    sectors: SectorTables,
    convention: Convention,
    source: PriceSource | None = None,
    workers: Workers | None = None,
    progress: Progress | None = None,
) -> Pools:
    """Score every other share over the windows in which calls were held.

    Parameters
    ----------
    held : Held
    symbols : sequence of Symbol
    benchmarks : sequence of (Symbol, Symbol)
        As the standards name them, and as they are measured.
    standards : sequence of RatingScale
    panel : Panel
    sectors : SectorTables
    convention : Convention
        Of one horizon.
    source : PriceSource, optional
        Where workers of other processes read the panel.
    workers : Workers, optional
    progress : Progress, optional
    """
    shares = tuple(map(Symbol.parse, panel.symbols))
    listing = Listing(shares, standards, benchmarks, sectors)
    windows, window, place = listing.find_windows(held, symbols)
    first = held.entry_day.min() - np.timedelta64(1, "D")
    told = (first, np.fmax(held.entry_day, held.closed_on).max())
    measured = tuple(index for _, index in benchmarks)
    at_once = replace(convention, entry_delay=0)
    task = Task(shares, measured, told, at_once, ((),))
    parts = [windows[n : n + _WINDOWS] for n in range(0, len(windows), _WINDOWS)]
    workers = workers or Workers()
    if source is None or workers.shares_memory:
        work = partial(_score_windows, task.open(panel))
    else:
        work = partial(_score_elsewhere, task, source)
    scored = [
        each
        for part in spread(
            work, parts, workers, progress, f"windows, {convention.horizons[0]} months"
        )
        for each in part
    ]
    return _lay_pools(scored, windows, window, place)


def _score_elsewhere(
    task: Task, source: PriceSource, windows: Sequence[Window]
) -> list[tuple[Floats, Rows]]:
    return _score_windows(open_once(task, source), windows)


def _score_windows(scorer: Scorer, windows: Sequence[Window]) -> list[tuple[Floats, Rows]]:
    """Return of each window the returns of the shares that are scored, and their sectors."""
    sizes = [len(each.members) for each in windows]
    # entered on the first session after the day before
    before = [each.entry_day - np.timedelta64(1, "D") for each in windows]
    closed_on = [each.closed_on for each in windows]
    symbol = np.concatenate([each.members for each in windows])
    asked = Asked(
        symbol=symbol,
        benchmark=np.repeat([each.benchmark for each in windows], sizes).astype(np.int32),
        published=np.repeat(before, sizes),
        standard=np.zeros(sum(sizes), dtype=np.int8),
        until=scorer.sessions_after(symbol, np.repeat(closed_on, sizes)),
    )
    relative = scorer.measure(asked).relative[:, 0]
    found = []
    for each, values in zip(windows, np.split(relative, np.cumsum(sizes)[:-1]), strict=True):
        scored = np.isfinite(values)
        found.append((values[scored], each.sectors[scored]))
    return found


def _lay_pools(
    scored: Sequence[tuple[Floats, Rows]], windows: Sequence[Window], window: Rows, sector: Rows
) -> Pools:
    sizes = np.array([len(values) for values, _ in scored], dtype=np.intp)
    base = np.cumsum(sizes) - sizes
    values = np.concatenate([values for values, _ in scored])
    start, size = base[window], sizes[window]
    sector_start, sector_size = np.zeros_like(start), np.zeros_like(size)
    for k, (w, own) in enumerate(zip(window.tolist(), sector.tolist(), strict=True)):
        if own < windows[w].known:
            first, end = np.searchsorted(scored[w][1], [own, own + 1])
            sector_start[k], sector_size[k] = start[k] + first, end - first
    size = np.where(size > FEWEST_CONTROLS, size, 0)
    sector_size = np.where(sector_size > FEWEST_CONTROLS, sector_size, 0)
    return Pools(
        values,
        start,
        size,
        sector_start,
        sector_size,
        _average(values, start, size),
        _average(values, sector_start, sector_size),
    )


def _average(values: Floats, start: Rows, size: Rows) -> Floats:
    pairs, which = np.unique(np.column_stack([start, size]), axis=0, return_inverse=True)
    means = [values[at : at + count].mean() if count else np.nan for at, count in pairs.tolist()]
    return np.array(means, dtype=np.float64)[which.ravel()]
