"""The verdict on a basket, by a fixed rule.

Skilled: random baskets of the same markets do as well in at most 5% of the draws, and so do
random baskets of the same sectors, and of shares alike where that can be told. Unskilled: were
random shares better by what a recommendation promises, they would still do as badly in at most
5% of the draws, in each of these comparisons. Otherwise, and wherever a comparison that is
needed cannot be made, the data cannot tell.

Nor can they where the picks moved together before publication more than 95% of random baskets of
their sectors did, so that their luck ranges wider by a tenth or more than the comparisons show.

Themes are judged side by side, so what is said of one must hold for its p-values adjusted for the
number of those that can be judged.

A basket drawn at random from its markets passes the first comparison in 5% of cases, and so
passes all of them in no more; one whose sectors were chosen first, and its shares at random
within them, passes the second in 5%.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from backtests.evidence.chance.placebo import Placebo
from backtests.evidence.chance.together import Together
from backtests.evidence.controls.pools import PoolName

Word = Literal["skilled", "unskilled", "cannot_tell"]

LEVEL = 0.05
FEWEST_PICKS = 5
# how much wider the luck of picks that move together has to be to count
WIDER = 1.1
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


@dataclass(frozen=True)
class Chances:
    """The largest p-value over the comparisons that were made; not a number for none.

    Attributes
    ----------
    above, short : float
        As of `Placebo`.
    """

    above: float = math.nan
    short: float = math.nan

    @classmethod
    def of(cls, placebos: Sequence[Placebo]) -> "Chances":
        """Return those of a basket."""
        drawn = [each for each in placebos if not each.refusal]
        if not drawn:
            return cls()
        return cls(max(each.p_above for each in drawn), max(each.p_short for each in drawn))


def judge(
    count: int,
    scored: int,
    placebos: Sequence[Placebo],
    together: Together,
    adjusted: Chances | None = None,
) -> Verdict:
    """Return the verdict on a basket at one horizon.

    Parameters
    ----------
    count, scored : int
        Picks, and how many of them have a relative return.
    placebos : sequence of Placebo
        From the widest pool to the closest.
    together : Together
    adjusted : Chances, optional
        Of one basket among several that are judged side by side: adjusted for their number, to
        hold beside the basket's own.
    """
    hindrance = find_hindrance(count, scored, placebos, together)
    if hindrance:
        return Verdict("cannot_tell", hindrance)
    own = Chances.of(placebos)
    strict = adjusted or own
    if own.short <= LEVEL:
        held = strict.short <= LEVEL
        return Verdict("unskilled", "short") if held else Verdict("cannot_tell", "one_of_many")
    if own.above <= LEVEL:
        held = strict.above <= LEVEL
        return Verdict("skilled", "above") if held else Verdict("cannot_tell", "one_of_many")
    drawn = [each for each in placebos if not each.refusal]
    failed = next(each.pool for each in drawn if each.p_above > LEVEL)
    return Verdict("cannot_tell", "chance" if failed == "market" else failed)


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
    return "one_bet" if together.chance <= LEVEL and together.spread >= WIDER else ""
