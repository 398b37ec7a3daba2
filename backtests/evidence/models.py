"""How each pick moved with its benchmark: before publication, and over the horizons."""

from dataclasses import dataclass

import numpy as np

from backtests.evidence.controls.population import Population
from backtests.evidence.returns import PairedReturns, pair_returns
from backtests.measures.inference import ScaledReturns, scaled_abnormal_returns
from backtests.measures.regression import MarketModel, market_model
from backtests.schedule import Flags
from screener import Panel
from screener.calendar import Days
from screener.panel import Floats

# sessions before publication that a market model is fitted to, as event studies mostly do
ESTIMATION = 250


@dataclass(frozen=True)
class PickReturns:
    """Returns of the K picks and their benchmarks, and which of them count for what.

    Attributes
    ----------
    returns : PairedReturns
    estimation : ndarray of bool, shape (T,)
        The rows up to publication, at most `ESTIMATION` of them.
    held : ndarray of bool, shape (H, T, K)
        The rows after a pick's entry up to its exit, over each horizon.
    """

    returns: PairedReturns
    estimation: Flags
    held: Flags

    def scale(self, horizon: int) -> ScaledReturns:
        """Return the picks' abnormal returns over one horizon in units of their standard error.

        Not numbers where the prices before publication are no daily ones, or too few.
        """
        held = self.held[horizon]
        kept = held | self.estimation[:, None]
        own = np.where(kept, self.returns.own, np.nan)
        if not self.returns.daily:
            own = np.full_like(own, np.nan)
        return scaled_abnormal_returns(
            own, self.returns.benchmark, self.estimation, held.any(axis=1) & ~self.estimation
        )

    def fit(self, horizon: int) -> tuple[MarketModel, ...]:
        """Fit the market model to each pick's returns while it was held over one horizon."""
        own, benchmark, held = self.returns.own, self.returns.benchmark, self.held[horizon]
        return tuple(
            market_model(own[held[:, k], k], benchmark[held[:, k], k], self.returns.periods_a_year)
            for k in range(own.shape[1])
        )


def read_returns(panel: Panel, population: Population, published: np.datetime64) -> PickReturns:
    """Read the picks' returns from before publication to the last horizon."""
    plan, picks = population.scores.plan, population.picks
    symbols = [population.symbols[n] for n in picks]
    benchmarks = [str(population.scores.benchmarks[n]) for n in picks]
    returns = pair_returns(panel, symbols, benchmarks, population.basis)
    estimation = find_past(returns.dates, published)
    # a horizon that is not scored is not told in part either
    scored = np.isfinite(population.relative[picks])
    ends = np.where(scored, plan.exit_day[picks], np.datetime64("NaT", "D"))
    held = _hold(returns.dates, plan.entry_day[picks], ends, returns.own)
    return PickReturns(returns, estimation, held)


def find_past(dates: Days, published: np.datetime64) -> Flags:
    """Tell which rows are the latest `ESTIMATION` up to publication, shape (T,)."""
    place = np.arange(len(dates))
    end = np.searchsorted(dates, published, side="right")
    return (place < end) & (place >= end - ESTIMATION)


def _hold(dates: Days, entry: Days, exits: Days, own: Floats) -> Flags:
    """Tell on which rows each pick was held over each horizon; no row where an end is missing."""
    after = dates[:, None] > entry
    until = dates[None, :, None] <= exits.T[:, None, :]
    return np.asarray(after & until & np.isfinite(own))
