"""All that the evidence of a report rests on, gathered once."""

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np

from backtests.convention import nearest_horizon
from backtests.evidence.chance.together import PastMoves, read_moves
from backtests.evidence.controls.pools import Pool, alike_pool, market_pool, sector_pool
from backtests.evidence.controls.population import Population, gather_population
from backtests.evidence.controls.traits import past_volatility
from backtests.evidence.models import PickReturns, read_returns
from backtests.evidence.trial import Trial
from screener import Panel
from screener.companies.membership import Membership, SectorTables
from universes import RatingScale, Report, Symbol


@dataclass(frozen=True)
class Case:
    """Picks, controls, and what they are compared by.

    Attributes
    ----------
    report : Report
    scale : RatingScale
    trial : Trial
        With the horizons and the basis that were chosen.
    panel : Panel
    population : Population
    membership : Membership
        The sectors of the population on the day of publication.
    market, sector, alike : Pool
        The comparisons, from the widest to the closest.
    returns : PickReturns
    moves : PastMoves
    whole : bool
        Whether no other picks of the report were set aside.
    """

    report: Report
    scale: RatingScale
    trial: Trial
    panel: Panel
    population: Population
    membership: Membership
    market: Pool
    sector: Pool
    alike: Pool
    returns: PickReturns
    moves: PastMoves
    whole: bool

    @property
    def graded_horizon(self) -> int:
        """The standard's own horizon in months, or the one nearest to it."""
        return nearest_horizon(self.trial.horizons, self.scale.horizon_months)

    @property
    def promise(self) -> float:
        """The least relative return that keeps what a recommendation promises, a fraction."""
        kept = [band.lower for band in self.scale.company if band.hit and band.lower is not None]
        return min(kept, default=0.0)


def open_case(
    report: Report,
    panel: Panel,
    scale: RatingScale,
    trial: Trial,
    sectors: SectorTables,
    excluded: Collection[Symbol] = (),
) -> Case:
    """Gather what the evidence of a report rests on.

    Parameters
    ----------
    report : Report
    panel : Panel
        All of it is read; cut it with `Panel.until` first.
    scale : RatingScale
    trial : Trial
    sectors : SectorTables
    excluded : collection of Symbol
        As of `gather_population`.
    """
    horizons = trial.horizons or tuple(sorted({scale.horizon_months, scale.longest_months}))
    population = gather_population(report, panel, scale, horizons, trial.basis, excluded)
    published = np.datetime64(report.publication.date, "D")
    membership = sectors.at(population.symbols, report.publication.date)
    volatility = past_volatility(panel, population.symbols, published, population.basis)
    market = population.benchmark
    return Case(
        report=report,
        scale=scale,
        trial=replace(trial, horizons=horizons, basis=population.basis),
        panel=panel,
        population=population,
        membership=membership,
        market=market_pool(market, population.benchmarks),
        sector=sector_pool(market, membership.sector),
        alike=alike_pool(market, volatility, membership.market_value),
        returns=read_returns(panel, population, published),
        moves=read_moves(panel, population, published),
        whole=set(excluded) <= {pick.symbol for pick in report.picks},
    )
