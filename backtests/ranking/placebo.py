"""Draws what a source without skill would have earned on the same days with the same stances."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from backtests.evidence.chance.placebo import chance_above, percentile_of
from backtests.kernel import Rows
from screener.panel import Floats
from universes import InputError

# draws made with one state of the generator, so that what is drawn does not hang on who draws
_BLOCK = 2048
_CELLS = 1 << 15  # numbers drawn at once, which fit a core's cache
_LARGEST = 1 << 32  # values that 32 random bits can choose from


@dataclass(frozen=True)
class Standing:
    """Where a source's mean stands among draws.

    Attributes
    ----------
    percentile : float
        Share of the draws below it, ties by half, a fraction.
    above, below : float
        (1 + the draws that are no lower) / (1 + draws), and the same of those no higher.
    """

    percentile: float
    above: float
    below: float


def draw_placebo(
    values: Floats,
    start: Rows,
    size: Rows,
    direction: npt.NDArray[np.integer[Any]],
    draws: int,
    seed: Sequence[int],
) -> Floats:
    """Return the means of sets of one share for each call, drawn with replacement.

    Parameters
    ----------
    values : ndarray, shape (V,)
        Relative returns of all pools, each in one piece.
    start, size : ndarray of int, shape (n,)
        Where each call's pool begins, and how many shares it has; one or more.
    direction : ndarray of int, shape (n,)
        1 for a bullish call and -1 for a bearish one, of which the return's sign is turned.
    draws : int
        One or more.
    seed : sequence of int
        Zero or more each; the same gives the same draws, in whatever order the calls come.

    Returns
    -------
    ndarray, shape (draws,)
        Shares of a pool are as likely as one another to one part in 2^32 / size, as each is
        chosen by 32 random bits.
    """
    _check_pools(values, start, size, draws)
    order = np.lexsort((size, start, direction))
    pools = np.stack((start[order], size[order])).astype(np.uint64)
    bearish = int(np.count_nonzero(direction < 0))  # they come first
    means = np.empty(draws)
    for block, first in enumerate(range(0, draws, _BLOCK)):
        part = means[first : first + _BLOCK]
        bits = np.random.PCG64([*seed, block])
        part[:] = -_add_up(values, pools[:, :bearish], bits, len(part))
        part += _add_up(values, pools[:, bearish:], bits, len(part))
    means /= len(order)
    return means


def place_mean(mean: float, drawn: Floats) -> Standing:
    """Place a source's mean among the means that `draw_placebo` gives."""
    return Standing(
        percentile_of(mean, drawn), chance_above(mean, drawn), chance_above(-mean, -drawn)
    )


def _add_up(
    values: Floats, pools: npt.NDArray[np.uint64], bits: np.random.PCG64, draws: int
) -> Floats:
    """Return sums over calls, shape (draws,), of pools that are rows of starts and of sizes."""
    total = np.zeros(draws)
    calls = pools.shape[1]
    step = max(1, min(_CELLS // draws, calls))
    places, found = np.empty((step, draws), dtype=np.uint64), np.empty((step, draws))
    for first in range(0, calls, step):
        start, size = pools[:, first : first + step, None]
        rows = slice(0, len(start))
        chosen = _draw_words(bits, len(start), draws)
        # the upper half of 32 bits times the size is evenly one of the size
        np.multiply(chosen, size, out=places[rows])
        np.right_shift(places[rows], np.uint64(32), out=places[rows])
        np.add(places[rows], start, out=places[rows])
        # none is out of bounds; in this mode numpy writes to its place without a copy
        np.take(values, places[rows].view(np.int64), out=found[rows], mode="clip")
        total += found[rows].sum(axis=0)
    return total


def _draw_words(bits: np.random.PCG64, calls: int, draws: int) -> npt.NDArray[np.uint32]:
    """Draw 32 random bits for each call and draw."""
    cells = calls * draws
    # two to a word, in the same order on every machine
    words = np.asarray(bits.random_raw((cells + 1) // 2)).astype("<u8", copy=False)
    return words.view("<u4")[:cells].reshape(calls, draws)


def _check_pools(values: Floats, start: Rows, size: Rows, draws: int) -> None:
    if not len(start) or draws < 1:
        raise InputError(f"{draws} draws for {len(start)} calls", "give one or more of each")
    inside = (start >= 0) & (size >= 1) & (size < _LARGEST) & (start + size <= len(values))
    if not inside.all():
        raise InputError("a call's pool is empty or not among the values")
