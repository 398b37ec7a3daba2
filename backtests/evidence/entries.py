"""What is found of one basket, and of one pick."""

from dataclasses import dataclass

from backtests.evidence.baskets import Basket
from backtests.evidence.chance.placebo import Placebo
from backtests.evidence.chance.together import Together
from backtests.evidence.split import Split
from backtests.evidence.verdict import Chances, Verdict
from backtests.measures.inference import Interval, TTest
from backtests.measures.regression import MarketModel
from universes.text import Text


@dataclass(frozen=True)
class HitRate:
    """Hits among the recommended picks, beside those of random shares.

    Attributes
    ----------
    rated, hits : int
    low, high : float
        95% Wilson interval of the rate; not a number where nothing is rated.
    random : float
        Share of the controls, each market weighted as in the picks, that would have been hits.
    """

    rated: int
    hits: int
    low: float
    high: float
    random: float


@dataclass(frozen=True)
class Judgement:
    """What can be said of one basket over one horizon; returns are fractions.

    Attributes
    ----------
    basket : Basket
    markets : tuple of str
        Of its picks, by their benchmarks.
    horizon_months : int
    count, scored, pending : int
        Picks, those with a relative return, and those whose horizon has not ended.
    mean, median : float
        Of the relative returns.
    interval : Interval
        95% bootstrap interval of the mean, as if the picks were independent.
    hits : HitRate
    placebos : tuple of Placebo
        Whole markets, sectors, shares alike.
    split : Split or None
        None where there are no controls.
    together : Together
        Of the picks' past moves, beside random baskets of their sectors.
    naive : TTest
        Of the relative returns, as if the picks were independent.
    corrected : TTest
        Of the scaled abnormal returns, corrected for the correlation of the picks.
    correlation : float
        Mean correlation between the picks' residuals before publication.
    adjusted : Chances
        Of a theme that can be judged: adjusted for the number of those. Otherwise not numbers.
    verdict : Verdict
    """

    basket: Basket
    markets: tuple[str, ...]
    horizon_months: int
    count: int
    scored: int
    pending: int
    mean: float
    median: float
    interval: Interval
    hits: HitRate
    placebos: tuple[Placebo, ...]
    split: Split | None
    together: Together
    naive: TTest
    corrected: TTest
    correlation: float
    adjusted: Chances
    verdict: Verdict


@dataclass(frozen=True)
class PickEvidence:
    """What can be said of one pick at the graded horizon; fractions.

    Attributes
    ----------
    symbol : str
    name : Text
    theme, level : str
    sector : str or None
    relative : float
        Not a number unless scored.
    share : float
        What it adds to the mean of all picks.
    mean_without : float
        Mean of the other picks.
    percentile : float
        Share of its market's other shares that it beat.
    model : MarketModel
        Over the time it was held.
    """

    symbol: str
    name: Text
    theme: str
    level: str
    sector: str | None
    relative: float
    share: float
    mean_without: float
    percentile: float
    model: MarketModel
