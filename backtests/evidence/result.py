"""What the evidence says: `Evidence`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from backtests.caveats import Caveat
from backtests.evidence.chance.paths import EventPath
from backtests.evidence.controls.coverage import Coverage
from backtests.evidence.entries import Judgement, PickEvidence
from backtests.evidence.plain import describe_judgement, describe_placebo
from backtests.evidence.trial import Trial
from screener.panel import Floats
from universes import InputError, RatingScale, Report

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Evidence:
    """Whether a report's picks show skill, or luck, or their sectors.

    Attributes
    ----------
    report : Report
    scale : RatingScale
    trial : Trial
        With the horizons and the basis that were chosen.
    graded_horizon : int
        The standard's own horizon in months, or the one shown that is nearest to it.
    promise : float
        The least relative return that keeps what a recommendation promises, a fraction.
    judgements : tuple of Judgement
        For each horizon: all picks, then markets, themes and levels.
    picks : tuple of PickEvidence
    without_best : ndarray, shape (K,)
        Mean of the scored picks at the graded horizon without the k best, k from 0.
    coverage : tuple of Coverage
        Of each market, by its benchmark.
    path : EventPath or None
    caveats : tuple of Caveat
    provenance : dict
    """

    report: Report
    scale: RatingScale
    trial: Trial
    graded_horizon: int
    promise: float
    judgements: tuple[Judgement, ...]
    picks: tuple[PickEvidence, ...]
    without_best: Floats
    coverage: tuple[Coverage, ...]
    path: EventPath | None
    caveats: tuple[Caveat, ...]
    provenance: dict[str, Any]

    @property
    def complete(self) -> bool:
        """Whether every pick is scored over every horizon, and every comparison was made."""
        return all(
            each.scored == each.count and not any(p.refusal for p in each.placebos)
            for each in self.judgements
        )

    def judgement(self, basket: str = "all", months: int | None = None) -> Judgement:
        """Return what is said of one basket; left out: all picks, at the graded horizon.

        Parameters
        ----------
        basket : str
            As `Basket.name` has it, such as ``theme hk_internet``.
        months : int, optional
        """
        months = months or self.graded_horizon
        for each in self.judgements:
            if (each.basket.name, each.horizon_months) == (basket, months):
                return each
        names = dict.fromkeys(f"{each.basket.name}" for each in self.judgements)
        raise InputError(
            f"no basket {basket!r} was judged over {months} months",
            f"ask for one of: {', '.join(names)}; over {self.trial.horizons} months",
        )

    def records(self) -> list[dict[str, Any]]:
        """Return a row for each basket, horizon and comparison, as JSON values."""
        return [
            {**describe_judgement(each), **describe_placebo(placebo)}
            for each in self.judgements
            for placebo in each.placebos
        ]

    def to_frame(self) -> "pd.DataFrame":
        """Return the records as a DataFrame; returns are fractions, missing where not told."""
        import pandas as pd  # noqa: PLC0415 - only where a table is asked for

        return pd.DataFrame(self.records())
