"""What a simulation found: runs of strategies, on paper and as it could have been dealt."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from backtests.caveats import Caveat
from backtests.measures.returns import Measures
from backtests.portfolio.entries import Bridge, Contribution, Curve, SkippedOrder, Trade
from backtests.portfolio.strategy.strategies import Strategy
from backtests.portfolio.terms import Terms
from backtests.provenance import told
from universes import Report
from universes.report import Pick

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Run:
    """One strategy, simulated.

    Attributes
    ----------
    strategy : Strategy
    curve : Curve
    measures : Measures
        Of the executable portfolio, against the blended benchmark.
    paper : Measures
        Of the paper portfolio, likewise.
    bridge : Bridge
    turnover, exposure, time_invested : float
        One-sided a year; mean part of equity; part of sessions.
    costs_paid : mapping of str to float
        By rule, in the portfolio's currency.
    costs_per_value : float
        All costs over the value traded, a fraction.
    contributions, themes : tuple of Contribution
        By pick and by theme; the totals of either add up to the return.
    trades : tuple of Trade
    skipped : tuple of SkippedOrder
    open_at_end : bool
        Whether it still holds something that it means to sell: its horizon lies beyond the data.
    reconciled : mapping of str to float
        By how much vectorbt's cash, fees and positions differ from the planner's at most.
    """

    strategy: Strategy
    curve: Curve = field(repr=False)
    measures: Measures
    paper: Measures
    bridge: Bridge
    turnover: float
    exposure: float
    time_invested: float
    costs_paid: Mapping[str, float]
    costs_per_value: float
    contributions: tuple[Contribution, ...]
    themes: tuple[Contribution, ...]
    trades: tuple[Trade, ...] = field(repr=False)
    skipped: tuple[SkippedOrder, ...] = field(repr=False)
    open_at_end: bool
    reconciled: Mapping[str, float]

    def activity(self) -> dict[str, Any]:
        """Return how much was traded and invested, as JSON values."""
        return {
            "turnover": told(self.turnover),
            "exposure": told(self.exposure),
            "time_invested": told(self.time_invested),
            "trades": len(self.trades),
            "unfilled": len(self.skipped),
        }

    def to_frame(self) -> "pd.DataFrame":
        """Return equity, cash, paper equity and benchmarks by date, in the portfolio's currency."""
        import pandas as pd  # noqa: PLC0415 - only where a table is asked for

        curve = self.curve
        columns = {
            "equity": curve.equity,
            "cash": curve.cash,
            "paper": curve.paper,
            "benchmark": curve.benchmark,
            **curve.indices,
        }
        return pd.DataFrame(columns, index=pd.DatetimeIndex(curve.dates, name="date"))


@dataclass(frozen=True)
class Backtest:
    """Several strategies over one report, on the same prices and terms.

    Attributes
    ----------
    report : Report
    terms : Terms
    quote : {"raw", "total", "price"}
        The prices dealt at.
    picks : tuple of Pick
        Those with prices.
    runs : tuple of Run
    not_run : tuple of (Strategy, str)
        With the reason.
    caveats : tuple of Caveat
    provenance : dict
        Version, report, scale, terms, strategies, rulebook and data, with their hashes.
    """

    report: Report
    terms: Terms
    quote: str
    picks: tuple[Pick, ...]
    runs: tuple[Run, ...]
    not_run: tuple[tuple[Strategy, str], ...]
    caveats: tuple[Caveat, ...]
    provenance: dict[str, Any]

    @property
    def complete(self) -> bool:
        """Whether every pick and every strategy was simulated."""
        return not self.not_run and len(self.picks) == len(self.report.picks)

    def records(self) -> list[dict[str, Any]]:
        """Return a row for each strategy: its bridge, measures and activity, as JSON values."""
        return [
            {
                "strategy": run.strategy.id,
                "first": str(run.curve.dates[0]),
                "last": str(run.curve.dates[-1]),
                "paper": run.bridge.paper,
                "execution": run.bridge.execution,
                "before_costs": run.bridge.before_costs,
                **{f"cost_{code}": value for code, value in run.bridge.costs.items()},
                "after_costs": run.bridge.after_costs,
                **tell_measures(run.measures),
                **run.activity(),
            }
            for run in self.runs
        ]

    def to_frame(self) -> "pd.DataFrame":
        """Return the records as a DataFrame, one row for each strategy; returns are fractions."""
        import pandas as pd  # noqa: PLC0415 - only where a table is asked for

        return pd.DataFrame(self.records()).set_index("strategy")

    def run(self, strategy: str) -> Run:
        """Return one strategy's run by its id."""
        for run in self.runs:
            if run.strategy.id == strategy:
                return run
        raise KeyError(strategy)


def tell_measures(measures: Measures) -> dict[str, Any]:
    """Return measures as JSON values; what cannot be told is None."""
    plain = {
        field.name: told(getattr(measures, field.name))
        for field in fields(measures)
        if field.name != "drawdown"
    }
    fall = measures.drawdown
    return {
        **plain,
        "max_drawdown": fall.depth,
        "drawdown_sessions": fall.sessions,
        "drawdown_recovered": fall.recovery is not None,
    }
