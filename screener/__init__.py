"""Market data: sessions, prices, fundamentals, the embedded snapshot; factors and screens.

The middle floor: it imports from ``universes`` only. Names that need the larger libraries are
resolved when first used.
"""

import importlib
from typing import TYPE_CHECKING

from screener.panel import Panel
from screener.prices import load_prices

if TYPE_CHECKING:
    from screener.factors.compute import compute_factors
    from screener.market_data import load_market_data
    from screener.screens.screen import load_screen

__all__ = ["Panel", "compute_factors", "load_market_data", "load_prices", "load_screen"]

_HOMES = {
    "compute_factors": "screener.factors.compute",
    "load_market_data": "screener.market_data",
    "load_screen": "screener.screens.screen",
}


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
