"""What became of the shares found, by the months since: `measure_decay`."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backtests.convention import Convention
from backtests.kernel import Rows
from backtests.outcome import Outcome
from backtests.schedule import Flags
from backtests.scoring import Recommendations, Scores, score_recommendations
from backtests.walk.formation import Formation
from backtests.walk.overlap import Average, average_formations
from screener import Panel
from screener.panel import Floats
from universes import RatingScale, Symbol
from universes.market import market_of
from universes.rating import edges

HORIZONS = (1, 2, 3, 6, 9, 12)
_PENDING = [each for each in Outcome if each.status == "pending"]


@dataclass(frozen=True)
class Decay:
    """What became of the shares found over one horizon; a pair is a share of one formation.

    Attributes
    ----------
    months : int
    pairs, pending, unscored : int
        Pairs that count, that cannot be told yet, that never can. A formation of which any
        pair is pending is pending as a whole: what is known of it early is no fair part of it.
    mean : float or None
        Of the relative returns of all pairs that count, a fraction.
    hit_rate : float or None
        The share of them that earned a grade which keeps a recommendation's promise.
    relative : Average
        Of the formations' means.
    net : Average or None
        The same less the mean relative return of all shares examined in the formation: what
        the choice adds to the breadth of its market. None where they are not told.
    beaten : float or None
        The share of pairs above the mean of all shares examined.
    """

    months: int
    pairs: int
    pending: int
    unscored: int
    mean: float | None
    hit_rate: float | None
    relative: Average
    net: Average | None
    beaten: float | None


@dataclass(frozen=True)
class Pairs:
    """K pairs of a formation and a share, scored over H horizons.

    Attributes
    ----------
    of : ndarray of int, shape (K,)
        The formation of each.
    scores : Scores
    waits : ndarray of bool, shape (F, H)
        Formations of which a pair is pending.
    """

    of: Rows
    scores: Scores
    waits: Flags

    @property
    def counts(self) -> Flags:
        """Which pairs are scored and of a formation that is complete, shape (K, H)."""
        counts: Flags = (self.scores.outcome == Outcome.SCORED) & ~self.waits[self.of]
        return counts

    def means(self) -> Floats:
        """Return the mean relative return of each formation's pairs, shape (F, H).

        Not a number where none counts.
        """
        sums, numbers = np.zeros(self.waits.shape), np.zeros(self.waits.shape)
        np.add.at(sums, self.of, np.where(self.counts, self.scores.relative, 0.0))
        np.add.at(numbers, self.of, self.counts)
        means: Floats = np.divide(sums, numbers, out=np.full(sums.shape, np.nan), where=numbers > 0)
        return means


def score_pairs(
    formations: Sequence[Formation],
    symbols: Sequence[Sequence[str]],
    panel: Panel,
    scale: RatingScale,
    convention: Convention,
) -> Pairs:
    """Score shares of each formation, each against the benchmark of its market.

    Parameters
    ----------
    formations : sequence of Formation, length F
    symbols : sequence of sequence of str, length F
        Of each formation: those found, or those examined; one of them has a share.
    panel : Panel
        All of it is read; cut it with `Panel.until` first.
    scale : RatingScale
    convention : Convention
        Its horizons are those of the decay.

    Returns
    -------
    Pairs

    Raises
    ------
    InputError
        If a calendar is not known for the dates.
    """
    sizes = [len(each) for each in symbols]
    parsed = [Symbol.parse(symbol) for each in symbols for symbol in each]
    against = {each: scale.benchmark_for(market_of(each))[0] for each in set(parsed)}
    days = np.array([each.day for each in formations], "datetime64[D]")
    table = Recommendations(
        symbols=tuple(parsed),
        benchmarks=tuple(against[each] for each in parsed),
        published=np.repeat(days, sizes),
    )
    bounds = edges(scale.company, convention.boundary)
    scores = score_recommendations(table, panel, convention, bounds)
    of = np.repeat(np.arange(len(sizes)), sizes)
    waits = np.zeros((len(sizes), len(convention.horizons)), dtype=np.bool_)
    np.logical_or.at(waits, of, np.isin(scores.outcome, _PENDING))
    return Pairs(of, scores, waits)


def measure_decay(
    formations: Sequence[Formation],
    found: Pairs,
    examined: Pairs | None,
    scale: RatingScale,
    convention: Convention,
) -> tuple[Decay, ...]:
    """Sum pairs up by the months since their formation.

    Parameters
    ----------
    formations : sequence of Formation
    found : Pairs
        Of the shares found.
    examined : Pairs or None
        Of all shares examined, where they are told.
    scale : RatingScale
    convention : Convention
        As both were scored by.
    """
    months = np.array([each.day for each in formations], "datetime64[M]").astype(np.intp)
    keeps = np.array([band.hit for band in reversed(scale.company)])
    breadth = None if examined is None else examined.means()
    means, counts = found.means(), found.counts
    table = []
    for h, horizon in enumerate(convention.horizons):
        at = counts[:, h]
        relative, of = found.scores.relative[at, h], found.of[at]
        above = relative - (np.nan if breadth is None else breadth[of, h])
        told = above[np.isfinite(above)]
        table.append(
            Decay(
                months=horizon,
                pairs=int(at.sum()),
                **_count_rest(found, h),
                mean=float(relative.mean()) if relative.size else None,
                hit_rate=float(keeps[found.scores.grade[at, h]].mean()) if at.any() else None,
                relative=average_formations(means[:, h], months, horizon),
                net=None
                if breadth is None
                else average_formations(means[:, h] - breadth[:, h], months, horizon),
                beaten=float((told > 0).mean()) if told.size else None,
            )
        )
    return tuple(table)


def _count_rest(found: Pairs, h: int) -> dict[str, int]:
    """Count pairs of pending formations, and those of any that can never be scored."""
    known = np.isin(found.scores.outcome[:, h], [Outcome.SCORED, *_PENDING])
    waits = found.waits[found.of, h]
    return {"pending": int((known & waits).sum()), "unscored": int((~known).sum())}
