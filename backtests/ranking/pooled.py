"""What is shown of many sources at once: their grades together, the best and the worst."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from backtests.ranking.result import BandCount, SourceScore
from universes import RatingScale, load_scale
from universes.rating import list_scales


@dataclass(frozen=True)
class StandardCount:
    """What the grades of one rating standard earned, over all sources graded by it.

    Attributes
    ----------
    scale : str
        Id of the standard.
    grades : tuple of BandCount
        By the grade given, best first.
    """

    scale: str
    grades: tuple[BandCount, ...]

    @property
    def calls(self) -> int:
        """Scored calls, neutral ones too."""
        return sum(sum(each.earned.values()) for each in self.grades)


def pool_grades(scores: Sequence[SourceScore]) -> tuple[StandardCount, ...]:
    """Add up what each grade given earned, by rating standard, that of most calls first.

    Parameters
    ----------
    scores : sequence of SourceScore
        Of one horizon. Standards without a scored call are left out.
    """
    by_scale: dict[str, list[SourceScore]] = {}
    for each in scores:
        if each.calibration:
            by_scale.setdefault(each.scale, []).append(each)
    pooled = [StandardCount(scale, _add_up(own)) for scale, own in by_scale.items()]
    told = [each for each in pooled if each.calls]
    return tuple(sorted(told, key=lambda each: (-each.calls, each.scale)))


def _add_up(scores: Sequence[SourceScore]) -> tuple[BandCount, ...]:
    grades = []
    for own in zip(*(each.calibration for each in scores), strict=True):
        grade = own[0].grade
        earned = {key: sum(each.earned[key] for each in own) for key in own[0].earned}
        calls = sum(earned.values())
        grades.append(BandCount(grade, earned, earned[grade] / calls if calls else None))
    return tuple(grades)


def best_and_worst(
    scores: Sequence[SourceScore], count: int
) -> tuple[tuple[SourceScore, ...], tuple[SourceScore, ...]]:
    """Return the first and the last by rank, so many of each; all as first where they are few.

    Parameters
    ----------
    scores : sequence of SourceScore
        Of one horizon; those without a rank are left out.
    count : int
        At least 1.
    """
    ranked = sorted((each for each in scores if each.rank), key=lambda each: each.rank or 0)
    if len(ranked) <= 2 * count:
        return tuple(ranked), ()
    return tuple(ranked[:count]), tuple(ranked[-count:])


@cache
def shipped_standard(scale: str) -> RatingScale | None:
    """Return the rating standard of an id; None for one that is not shipped, but a file given."""
    return load_scale(scale) if scale in list_scales() else None
