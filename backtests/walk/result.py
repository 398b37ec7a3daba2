"""What a rule walked forward came to: the portfolio, its turnover, what the finds became."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from backtests.caveats import Caveat
from backtests.portfolio.orders.ledger import Reason
from backtests.portfolio.result import Backtest, Run
from backtests.walk.decay import Decay
from backtests.walk.formation import Formation
from backtests.walk.steps import Retention, Step
from universes.text import Text

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Walk:
    """A rule applied at month ends, held from one to the next.

    Attributes
    ----------
    title : Text
    formations : tuple of Formation
        Those up to the last day of the prices.
    backtest : Backtest
        Of the one portfolio that holds what the latest formation found, in equal parts.
    steps : tuple of Step
        One for each formation.
    retention : tuple of Retention
    decay : tuple of Decay
        By months since the formation, the shortest first.
    caveats : tuple of Caveat
        Those of the portfolio included.
    provenance : dict
        That of the portfolio, with the formations' hash and the convention.
    """

    title: Text
    formations: tuple[Formation, ...]
    backtest: Backtest
    steps: tuple[Step, ...]
    retention: tuple[Retention, ...]
    decay: tuple[Decay, ...]
    caveats: tuple[Caveat, ...]
    provenance: dict[str, Any]

    @property
    def run(self) -> Run:
        """The portfolio's run."""
        return self.backtest.runs[0]

    @property
    def turnover(self) -> float | None:
        """The mean of the turnovers after the first formation; None where there is none."""
        turns = [each.turnover for each in self.steps[1:] if each.turnover is not None]
        return sum(turns) / len(turns) if turns else None

    @property
    def complete(self) -> bool:
        """Whether every share found could be dealt in: it had a price, and its lot is known."""
        priced = all(each.priced == each.found for each in self.steps)
        lots = all(each.reason is not Reason.LOT_UNKNOWN for each in self.run.skipped)
        return self.backtest.complete and priced and lots

    def records(self) -> list[dict[str, Any]]:
        """Return a row for each formation as JSON values; what cannot be told is None."""
        return [
            {**asdict(step), "day": step.day.isoformat(), "relative": step.relative}
            for step in self.steps
        ]

    def to_frame(self) -> "pd.DataFrame":
        """Return the records as a DataFrame, one row for each formation; gains are fractions."""
        import pandas as pd  # noqa: PLC0415 - only where a table is asked for

        frame = pd.DataFrame(self.records())
        frame["day"] = pd.to_datetime(frame["day"])
        return frame.set_index("day")
