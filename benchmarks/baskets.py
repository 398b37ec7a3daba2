"""Baskets of shares that are bought on one day and held, for ours and for the peers alike."""

from dataclasses import dataclass

import numpy as np
from market import Market

NAMES, HELD = 20, 243
CASH = 1e6  # as in the default terms
_SEED = 3


@dataclass(frozen=True)
class Baskets:
    """Baskets of shares, shape (B, names), and the rows they are decided on and left on."""

    columns: np.ndarray
    decided: int
    left: int


def draw_baskets(market: Market, count: int) -> Baskets:
    """Draw among the shares with a close on each session of the middle of the prices."""
    decided = (len(market.dates) - HELD) // 2
    window = market.closes[decided : decided + HELD + 1]
    whole = np.flatnonzero(np.isfinite(window).all(axis=0))
    random = np.random.default_rng(_SEED)
    drawn = [random.choice(whole, NAMES, replace=False) for _ in range(count)]
    return Baskets(np.array(drawn), decided, decided + HELD)
