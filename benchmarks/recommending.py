"""Recommendations of a market for the benchmarks, and what it takes of ours to score them."""

from collections.abc import Sequence

import numpy as np
from market import INDEX, Market

from backtests import Convention
from backtests.measured import NO_END, Asked, Measured
from backtests.scorer import Scorer
from universes import Symbol, load_scale
from universes.rating import edges

HORIZONS = (1, 3, 6, 12)
_DAY = np.timedelta64(1, "D")


def recommend(market: Market, count: int | None, seed: int = 2) -> Asked:
    """Return as many random pairs of a share and a session on which it traded; None: all, once.

    Each is published the day before its session, so that the session is that of its entry.
    """
    rows, columns = market.pairs
    if count is not None:
        drawn = np.random.default_rng(seed).integers(0, len(rows), count)
        rows, columns = rows[drawn], columns[drawn]
    return Asked(
        columns.astype(np.int32),
        np.zeros(len(rows), dtype=np.int32),
        market.dates[rows] - _DAY,
        np.zeros(len(rows), dtype=np.int8),
        np.full(len(rows), NO_END, dtype=np.int32),
    )


def lay_out(market: Market, horizons: Sequence[int]) -> Scorer:
    """Lay the prices out, as is done once before anything is scored."""
    return Scorer(
        market.panel,
        [Symbol.parse(symbol) for symbol in market.symbols],
        [Symbol.parse(INDEX)],
        (market.dates[0] - _DAY, market.dates[-1]),
        Convention(basis="total", horizons=tuple(horizons)),
        [edges(load_scale("soochow").company)],
    )


def count_bytes(found: Measured) -> int:
    """Return the size of a result."""
    return sum(each.nbytes for each in vars(found).values())
