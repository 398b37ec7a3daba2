"""How much of each market the controls are, and whether they look chosen after the fact."""

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from backtests.evidence.controls.population import Population, compared_by
from backtests.schedule import LONGEST_HALT, Flags
from screener.companies.membership import SectorTables
from universes import RatingScale, Symbol


@dataclass(frozen=True)
class Coverage:
    """The shares of one market that the picks are compared with.

    Attributes
    ----------
    benchmark : str
        Stands for the market.
    priced : int
        Shares in the prices.
    entered : int
        Of them, those that traded at entry.
    ended : int or None
        Of those, without a close in the last ten sessions of the longest horizon that is
        scored: delisted, or halted for long. None where none is.
    named : int
        Shares of the market that the tables of sectors name; 0 where there is none.
    found : int
        Of them, those that traded at entry.
    """

    benchmark: str
    priced: int
    entered: int
    ended: int | None
    named: int
    found: int

    @property
    def share(self) -> float:
        """Shares that traded at entry, of those that are named; not a number without any."""
        return self.found / self.named if self.named else math.nan


def measure_coverage(
    population: Population, tables: SectorTables, scale: RatingScale, published: dt.date
) -> Iterator[Coverage]:
    """Yield the coverage of each market.

    Parameters
    ----------
    population : Population
    tables : SectorTables
        Serve as the list of what was listed.
    scale : RatingScale
        Names each market's benchmark.
    published : date
        Shares that the tables name as of a later day only are not counted.
    """
    named = _name_shares(tables, scale, published)
    traded = {s for s, there in zip(population.symbols, population.entered, strict=True) if there}
    for n, benchmark in enumerate(population.benchmarks):
        own = population.benchmark == n
        listed = named.get(benchmark, set())
        yield Coverage(
            benchmark=benchmark,
            priced=int(own.sum()),
            entered=int((own & population.entered).sum()),
            ended=_count_ended(population, own),
            named=len(listed),
            found=len(listed & traded),
        )


def _count_ended(population: Population, own: Flags) -> int | None:
    scored = own[:, None] & np.isfinite(population.relative)
    told = np.flatnonzero(scored.any(axis=0))
    if not len(told):
        return None
    stale = population.scores.plan.stale[:, told[-1]] > LONGEST_HALT
    return int((scored[:, told[-1]] & stale).sum())


def _name_shares(
    tables: SectorTables, scale: RatingScale, published: dt.date
) -> dict[str, set[str]]:
    """Return the shares that the tables name, by their benchmark."""
    found: dict[str, set[str]] = {}
    symbols = sorted({symbol for table in tables.tables for symbol in table.symbols})
    for symbol, sector in zip(symbols, tables.at(symbols, published).sector, strict=True):
        benchmark = compared_by(Symbol.parse(symbol), scale)
        if sector is not None and benchmark:
            found.setdefault(benchmark, set()).add(symbol)
    return found
