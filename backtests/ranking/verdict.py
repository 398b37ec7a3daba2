"""The verdict on each source, by a fixed rule.

Skilled: random shares of the market, and of the sectors, do as well in at most 5% of cases,
adjusted for the number of sources that can be judged; and the selection, with horizons that
overlap allowed for, is as high by chance in at most 5%. Worse than chance: the same for as low.
Otherwise, and wherever a source cannot be judged, the data cannot tell.

The larger of two p-values is at or below 5% in 5% of cases or fewer where one of them has no
effect (Berger (1982), Technometrics 24(4)). So among the sources that are called skilled at most
5% are expected to choose at random. The test of the selection only withholds verdicts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backtests.kernel import Rows
from backtests.measures.inference import false_discoveries
from backtests.ranking.result import Word
from screener.panel import Floats

LEVEL = 0.05
FEWEST_CALLS = 10
FEWEST_DAYS = 5
LEAST_SCORED = (4, 5)  # four fifths, in whole numbers, as a fraction of them is inexact


@dataclass(frozen=True)
class SourceVerdict:
    """What can be said of the skill of a source.

    Attributes
    ----------
    word : {"skilled", "worse_than_chance", "cannot_tell"}
    reason : str
        Code of the sentence that says why: above or below; chance; or what stands in the way of
        judging it.
    """

    word: Word
    reason: str


_VERDICTS = {
    1: SourceVerdict("skilled", "above"),
    -1: SourceVerdict("worse_than_chance", "below"),
    0: SourceVerdict("cannot_tell", "chance"),
    2: SourceVerdict("cannot_tell", "overlap"),
}


@dataclass(frozen=True)
class Grounds:
    """What the verdicts on I sources rest on.

    Attributes
    ----------
    calls : ndarray of int, shape (I,)
        Scored calls that are not neutral.
    scored, unscored : ndarray of int, shape (I,)
        Of all calls; those that are pending are neither.
    dates : ndarray of int, shape (I,)
        Days on which the scored calls that are not neutral were entered.
    refusals : sequence of str, length I
        Code of why there is no sector comparison; empty where there is one.
    above, below : ndarray, shape (I, P)
        The chance of random shares to do as well, and as badly; not numbers where they are not
        drawn.
    selection : ndarray, shape (I,)
        The chance of as high a selection; one less it is that of as low a one.
    """

    calls: Rows
    scored: Rows
    unscored: Rows
    dates: Rows
    refusals: Sequence[str]
    above: Floats
    below: Floats
    selection: Floats


def judge_sources(grounds: Grounds) -> tuple[SourceVerdict, ...]:
    """Return the verdict on each source.

    A source that can be judged but has a comparison that is not a number is not told from
    chance, and is not counted when the others are adjusted.
    """
    hindrances = find_hindrances(grounds)
    judged = np.array([not each for each in hindrances], dtype=np.bool_)
    above, below = (
        false_discoveries(np.where(judged, chances.max(axis=1), np.nan)) <= LEVEL
        for chances in (grounds.above, grounds.below)
    )
    high, low = grounds.selection <= LEVEL, 1.0 - grounds.selection <= LEVEL
    # a source that is judged is not both, as no mean is both high and low
    told = np.select([above & high, below & low, above | below], [1, -1, 2], 0).tolist()
    return tuple(
        SourceVerdict("cannot_tell", hindrance) if hindrance else _VERDICTS[tail]
        for hindrance, tail in zip(hindrances, told, strict=True)
    )


def find_hindrances(grounds: Grounds) -> tuple[str, ...]:
    """Return the code of what stands in the way of judging each source; empty for nothing."""
    share, whole = LEAST_SCORED
    reached = grounds.scored + grounds.unscored
    missing = whole * grounds.scored < share * reached
    rules = (
        ("few_calls", grounds.calls < FEWEST_CALLS),
        ("unscored", missing),
        ("few_days", grounds.dates < FEWEST_DAYS),
    )
    return tuple(
        next((code for code, holds in rules if holds[place]), refusal)
        for place, refusal in enumerate(grounds.refusals)
    )
