"""The verdict on a basket, by a rule that was fixed before any result was looked at.

Skilled: random baskets of the same markets do as well in at most 5% of the draws, and so do
random baskets of the same sectors, and of shares alike where that can be told. Unskilled: were
random shares better by what a recommendation promises, they would still do as badly in at most
5% of the draws, in each of these comparisons. Otherwise, and wherever a comparison that is
needed cannot be made, the data cannot tell.

Nor can they where the picks moved together before publication more than 95% of random baskets of
their sectors did: these are nearer to one bet than to many, and the luck of one bet is wider than
any of the comparisons shows.

A basket drawn at random from its markets passes the first comparison in 5% of cases, and so
passes all of them in no more; one whose sectors were chosen first, and its shares at random
within them, passes the second in 5%.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from backtests.evidence.placebo import Placebo
from backtests.evidence.pools import PoolName
from backtests.evidence.together import Together

Word = Literal["skilled", "unskilled", "cannot_tell"]

LEVEL = 0.05
FEWEST_PICKS = 5
LEAST_SCORED = 0.8
NEEDED: tuple[PoolName, ...] = ("market", "sector")


@dataclass(frozen=True)
class Verdict:
    """What can be said of the skill in a basket.

    Attributes
    ----------
    word : {"skilled", "unskilled", "cannot_tell"}
    reason : str
        Code of the sentence that says why.
    """

    word: Word
    reason: str


def judge(
    count: int,
    scored: int,
    placebos: Sequence[Placebo],
    together: Together,
    adjusted: float | None = None,
) -> Verdict:
    """Return the verdict on a basket at one horizon.

    Parameters
    ----------
    count, scored : int
        Picks, and how many of them have a relative return.
    placebos : sequence of Placebo
        From the widest pool to the closest.
    together : Together
    adjusted : float, optional
        Of one basket among several that are judged side by side: the p-value that is adjusted
        for their number, to hold in place of the baskets' own.
    """
    hindrance = find_hindrance(count, scored, placebos, together)
    if hindrance:
        return Verdict("cannot_tell", hindrance)
    drawn = [each for each in placebos if not each.refusal]
    if max(each.p_short for each in drawn) <= LEVEL:
        return Verdict("unskilled", "short")
    return _judge_above(drawn, adjusted)


def find_hindrance(count: int, scored: int, placebos: Sequence[Placebo], together: Together) -> str:
    """Return the code of what stands in the way of any verdict on a basket; empty for nothing.

    Parameters are those of `judge`.
    """
    if scored < LEAST_SCORED * count:
        return "unscored"
    if scored < FEWEST_PICKS:
        return "few_picks"
    refused = {each.pool: each.refusal for each in placebos if each.refusal}
    missing = next((pool for pool in NEEDED if pool in refused), None)
    if missing:
        return f"{missing}_{refused[missing]}"
    if math.isnan(together.chance):
        return "no_past"
    return "one_bet" if together.chance <= LEVEL else ""


def _judge_above(drawn: Sequence[Placebo], adjusted: float | None) -> Verdict:
    """Tell whether a basket is above chance, and if not, in which comparison it first fails."""
    failed = next((each.pool for each in drawn if each.p_above > LEVEL), None)
    if failed:
        return Verdict("cannot_tell", "chance" if failed == "market" else failed)
    if adjusted is not None and adjusted > LEVEL:
        return Verdict("cannot_tell", "one_of_many")
    return Verdict("skilled", "above")


def worst_chance(placebos: Sequence[Placebo]) -> float:
    """Return the largest p-value of the placebos that were drawn; not a number for none."""
    return max((each.p_above for each in placebos if not each.refusal), default=np.nan)
