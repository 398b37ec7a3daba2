"""Sets each source's calls beside random ones of the same days."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from backtests.kernel import Rows
from backtests.ranking.placebo import Standing, draw_placebo, place_mean
from backtests.ranking.pools import Pools
from backtests.schedule import Codes
from backtests.spread import Workers, spread
from screener.panel import Floats
from screener.tasks.progress import Progress

# of a source's calls that may lack a pool
_FEW = 5
# where so many draws or fewer lie on one side, so many times as many are drawn
_FEW_BEYOND = 10
_MORE = 20
# numbers drawn by one worker at once
_PART = 20_000_000


@dataclass(frozen=True)
class Comparison:
    """What one source is drawn from, in one comparison.

    Attributes
    ----------
    x : ndarray, shape (n,)
    start, size : ndarray of int, shape (n,)
    direction : ndarray of int8, shape (n,)
    seed : tuple of int
    """

    x: Floats
    start: Rows
    size: Rows
    direction: Codes
    seed: tuple[int, ...]


def compare(
    names: Sequence[str],
    source: Rows,
    x: Floats,
    stance: Codes,
    pools: Pools,
    draws: int,
    seed: int,
    workers: Workers,
    progress: Progress | None = None,
    title: str = "draws",
) -> tuple[list[Standing | None], list[Standing | None]]:
    """Compare sources with random shares of the same markets, and of the same sectors.

    Parameters
    ----------
    names : sequence of str, length I
    source : ndarray of int, shape (n,)
        Ascending.
    x : ndarray, shape (n,)
    stance : ndarray of int8, shape (n,)
    pools : Pools
    draws, seed : int
    workers : Workers
    progress : Progress, optional
    title : str
        Of the draws, for the progress.

    Returns
    -------
    market, sector : list of (Standing or None), length I
        None where more than a fifth of a source's calls have nothing to draw from.
    """
    bounds = np.searchsorted(source, np.arange(len(names) + 1))
    asked: list[tuple[int, Comparison]] = []
    for kind, (start, size) in enumerate(
        ((pools.start, pools.size), (pools.sector_start, pools.sector_size))
    ):
        for i, name in enumerate(names):
            own = slice(bounds[i], bounds[i + 1])
            there = size[own] > 0
            count = len(there)
            if not there.any() or _FEW * int(count - there.sum()) > count:
                continue
            chosen = np.arange(count)[there] + bounds[i]
            asked.append(
                (
                    kind * len(names) + i,
                    Comparison(
                        x[chosen],
                        start[chosen],
                        size[chosen],
                        stance[chosen],
                        (seed, kind, *_number(name)),
                    ),
                )
            )
    tasks = _share_out([each for _, each in asked], draws)
    done = spread(partial(_place_all, pools.values, draws), tasks, workers, progress, title)
    standings: list[Standing | None] = [None] * (2 * len(names))
    for (place, _), standing in zip(asked, (s for part in done for s in part), strict=True):
        standings[place] = standing
    return standings[: len(names)], standings[len(names) :]


def _share_out(asked: Sequence[Comparison], draws: int) -> list[list[Comparison]]:
    parts: list[list[Comparison]] = [[]]
    filled = 0
    for each in asked:
        if filled * draws >= _PART:
            parts.append([])
            filled = 0
        parts[-1].append(each)
        filled += len(each.x)
    return [part for part in parts if part]


def _place_all(values: Floats, draws: int, asked: Sequence[Comparison]) -> list[Standing]:
    # what comes over a network may lie across words, and would be copied at every step
    values = np.require(values, requirements="A")
    return [_place(values, draws, each) for each in asked]


def _place(values: Floats, draws: int, asked: Comparison) -> Standing:
    """Draw, and draw more where few lie on one side.

    Both counts are of whole samples, and more is drawn only where p was small already: so p is
    at or below any level in no more cases than that.
    """
    mean = float(asked.x.mean())
    pools = (asked.start, asked.size, asked.direction)
    first = place_mean(mean, draw_placebo(values, *pools, draws, asked.seed))
    if min(first.above, first.below) * (1 + draws) > 1 + _FEW_BEYOND:
        return first
    return place_mean(mean, draw_placebo(values, *pools, _MORE * draws, asked.seed))


def _number(name: str) -> tuple[int, int]:
    """Return numbers that stand for a source, whatever its place among others."""
    digest = hashlib.sha256(name.encode()).digest()
    return int.from_bytes(digest[:4]), int.from_bytes(digest[4:8])
