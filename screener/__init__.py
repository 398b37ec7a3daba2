"""Market data: sessions, prices, and the embedded snapshot.

The middle floor: it imports from ``universes`` only.
"""

from screener.panel import Panel
from screener.prices import load_prices

__all__ = ["Panel", "load_prices"]
