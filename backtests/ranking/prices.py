"""Prices that every worker reads for itself, and lays out once."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from backtests.convention import Convention
from backtests.scorer import Scorer
from screener import Panel, load_prices
from universes import Symbol
from universes.rating import Edge


@dataclass(frozen=True)
class PriceSource:
    """Where prices are read, here or by a worker elsewhere; as `screener.load_prices` takes it.

    Attributes
    ----------
    needed : tuple of str
        Symbols that decide which source is meant where none is named.
    start, end : str or None
        ISO 8601.
    source : str or None
    version : int or None
        Of a store; told once it is read, so that all workers read the same.
    at : str or None
    raw, opens : bool
        Prices as they were printed, and opening prices, too.
    """

    needed: tuple[str, ...]
    start: str | None = None
    end: str | None = None
    source: str | None = None
    version: int | None = None
    at: str | None = None
    raw: bool = False
    opens: bool = False

    def pinned(self, panel: Panel) -> "PriceSource":
        """Return the source with the version that was read, so that all read the same."""
        version = panel.origin.version
        return self if version is None else replace(self, version=version, at=None)

    def read(self) -> Panel:
        """Read everything that the source has."""
        return load_prices(
            self.needed,
            self.start,
            self.end,
            fields=("close", "open") if self.opens else ("close",),
            source=self.source,
            version=self.version,
            at=self.at,
            raw=self.raw,
            others=True,
        )


@dataclass(frozen=True)
class Task:
    """What a scorer is made of; see `backtests.scorer.Scorer`."""

    symbols: tuple[Symbol, ...]
    benchmarks: tuple[Symbol, ...]
    told: tuple[np.datetime64, np.datetime64]
    convention: Convention
    bounds: tuple[tuple[Edge, ...], ...]

    def open(self, panel: Panel) -> Scorer:
        """Lay the prices out."""
        return Scorer(panel, self.symbols, self.benchmarks, self.told, self.convention, self.bounds)


@lru_cache(maxsize=1)
def read_once(source: PriceSource) -> Panel:
    """Read prices, once in each process."""
    return source.read()


@lru_cache(maxsize=2)
def open_once(task: Task, source: PriceSource) -> Scorer:
    """Lay prices out, once in each process."""
    return task.open(read_once(source))
