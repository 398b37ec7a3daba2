"""Draws placebo baskets: the same number of shares from each stratum, at random."""

from collections.abc import Sequence

import numpy as np

from backtests.evidence.controls.pools import Stratum
from backtests.kernel import Rows
from screener.panel import Floats

# baskets drawn with one state of the generator, so that what is drawn does not hang on who draws
_BLOCK = 5000


def draw_baskets(strata: Sequence[Stratum], draws: int, seed: int) -> Rows:
    """Draw baskets without replacement, every one being equally likely.

    Parameters
    ----------
    strata : sequence of Stratum
    draws : int
    seed : int

    Returns
    -------
    ndarray of int, shape (K, draws)
        A basket down each column, K the sum of the counts.
    """
    blocks = [_draw_block(strata, *block) for block in _split(draws, seed)]
    return np.concatenate(blocks, axis=1)


def draw_means(
    values: Floats, strata: Sequence[Stratum], draws: int, seed: int, workers: int = 1
) -> Floats:
    """Return the means over the baskets that `draw_baskets` draws.

    Parameters
    ----------
    values : ndarray, shape (N, H)
        A number for every member.
    strata, draws, seed
        As of `draw_baskets`.
    workers : int
        Processes; the means are the same for every number of them.

    Returns
    -------
    ndarray, shape (draws, H)
    """
    blocks = _split(draws, seed)
    columns = [np.ascontiguousarray(column) for column in values.T]
    if workers == 1:
        means = [_measure_block(columns, strata, *block) for block in blocks]
    else:
        from joblib import Parallel, delayed  # noqa: PLC0415 - only where several work

        measure = delayed(_measure_block)
        means = Parallel(workers)(measure(columns, strata, *block) for block in blocks)
    return np.concatenate(means)


def _split(draws: int, seed: int) -> list[tuple[int, list[int]]]:
    """Return the size of each block and the state its generator begins in."""
    return [
        (min(_BLOCK, draws - start), [seed, block])
        for block, start in enumerate(range(0, draws, _BLOCK))
    ]


def _measure_block(
    columns: Sequence[Floats], strata: Sequence[Stratum], draws: int, state: list[int]
) -> Floats:
    baskets = _draw_block(strata, draws, state)
    return np.stack([column[baskets].mean(axis=0) for column in columns], axis=1)


def _draw_block(strata: Sequence[Stratum], draws: int, state: list[int]) -> Rows:
    generator = np.random.default_rng(state)
    drawn = [each.members[_draw_subsets(each, draws, generator)] for each in strata]
    return np.concatenate(drawn)


def _draw_subsets(stratum: Stratum, draws: int, generator: np.random.Generator) -> Rows:
    """Draw subsets of the members' places, by Floyd's algorithm for all of them at once.

    References
    ----------
    Bentley and Floyd (1987), Communications of the ACM 30(9), algorithm F2.
    """
    size, count = len(stratum.members), stratum.count
    chosen = np.empty((count, draws), dtype=np.intp)
    for place, last in enumerate(range(size - count, size)):
        wanted = generator.integers(0, last + 1, draws)
        taken = (chosen[:place] == wanted).any(axis=0)
        chosen[place] = np.where(taken, last, wanted)
    return chosen
