"""How much each choice matters: for the map as a whole, and one value at a time."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backtests.conventions.basket import average_basket, mean_move
from backtests.conventions.cells import Cells
from backtests.conventions.readings import DIMENSIONS, Dimension, Value
from backtests.kernel import Grades
from backtests.outcome import Outcome
from backtests.schedule import Codes, Flags
from screener.calendar import Days
from universes import RatingScale, Report
from universes.report import PICK_LEVELS


@dataclass(frozen=True)
class Gap:
    """Why some picks have no score, and how many; ``about`` is the session it speaks of."""

    outcome: Outcome
    about: dt.date | None
    count: int


@dataclass(frozen=True)
class Choice:
    """All picks with one value of one choice, the others as in the headline; mentions aside.

    Attributes
    ----------
    value : str, int or date
    headline : bool
        Whether it is the headline's own.
    count, scored : int
        Picks, and those with a score.
    gaps : tuple of Gap
        Of those without.
    changed : int
        Picks whose grade differs from the headline's, both being scored.
    mean : float or None
        Of the relative return over the scored picks, a fraction; None where none is scored.
    grades : dict of str to int
        Scored picks by grade, best first.
    rated, hits : int
        Scored picks that were recommended, and how many of them are hits.
    entry_days : tuple of date
        The sessions on which the picks are entered, ascending.
    mixed : bool
        Whether it sets a total return against a price index.
    cells, cells_scored : int
        Picks times readings with this value whatever the other choices, and those with a score.
    """

    value: Value
    headline: bool
    count: int
    scored: int
    gaps: tuple[Gap, ...]
    changed: int
    mean: float | None
    grades: dict[str, int]
    rated: int
    hits: int
    entry_days: tuple[dt.date, ...]
    mixed: bool
    cells: int
    cells_scored: int


@dataclass(frozen=True)
class Sway:
    """How much one choice matters.

    Attributes
    ----------
    dimension : str
    pairs, changed : int
        Pairs of scored cells of a pick that differ in this choice alone, and those of them whose
        grades differ.
    move : float or None
        The mean absolute difference of the basket's mean over such pairs of readings, a
        fraction; None where there is no pair.
    choices : tuple of Choice
    """

    dimension: Dimension
    pairs: int
    changed: int
    move: float | None
    choices: tuple[Choice, ...]

    @property
    def share(self) -> float | None:
        """The share of pairs in which the choice changes the grade; None without a pair."""
        return self.changed / self.pairs if self.pairs else None


def count_picks(report: Report) -> Flags:
    """Tell which picks count: all but mentions; shape (K,)."""
    return np.array([pick.level in PICK_LEVELS for pick in report.picks], dtype=np.bool_)


def weigh_choices(report: Report, scale: RatingScale, cells: Cells) -> tuple[Sway, ...]:
    """Return how much each dimension matters.

    Parameters
    ----------
    report : Report
        Its picks are those of ``cells``.
    scale : RatingScale
    cells : Cells
    """
    counted = count_picks(report)
    means = average_basket(cells, counted)
    grades = cells.grade[..., counted]
    found = []
    for axis, dimension in enumerate(DIMENSIONS):
        pairs, changed = _count_pairs(grades, axis, len(scale.company))
        move = mean_move(means, dimension)
        choices = tuple(
            _sum_up(report, scale, cells, dimension, place)
            for place in range(cells.readings.shape[axis])
        )
        found.append(Sway(dimension, pairs, changed, move, choices))
    return tuple(found)


def _count_pairs(grades: Grades, axis: int, bands: int) -> tuple[int, int]:
    """Count the pairs of grades along an axis, and those that differ."""
    by_grade = [np.count_nonzero(grades == band, axis=axis) for band in range(bands)]
    pairs = _choose_two(np.sum(by_grade, axis=0))
    return pairs, pairs - sum(_choose_two(each) for each in by_grade)


def _choose_two(counts: npt.NDArray[np.intp]) -> int:
    return int((counts * (counts - 1) // 2).sum())


def _sum_up(
    report: Report, scale: RatingScale, cells: Cells, dimension: Dimension, place: int
) -> Choice:
    reading, counted = cells.readings.vary(dimension, place), count_picks(report)
    grade, usual = cells.grade[reading][counted], cells.grade[cells.readings.places][counted]
    scored = grade >= 0
    whole = np.take(cells.scored, place, DIMENSIONS.index(dimension))[..., counted]
    by_grade = np.bincount(grade[scored], minlength=len(scale.company))[::-1]
    rated, hits = _count_hits(report, scale, cells.grade[reading])
    return Choice(
        value=cells.readings.values(dimension)[place],
        headline=reading == cells.readings.places,
        count=len(grade),
        scored=int(np.count_nonzero(scored)),
        gaps=_find_gaps(cells.outcome[reading][counted], cells.about[reading][counted]),
        changed=int(np.count_nonzero(scored & (usual >= 0) & (grade != usual))),
        mean=float(cells.relative[reading][counted][scored].mean()) if scored.any() else None,
        grades={
            band.grade: int(count) for band, count in zip(scale.company, by_grade, strict=True)
        },
        rated=rated,
        hits=hits,
        entry_days=_list_days(cells.entry_day[reading][counted]),
        mixed=bool((cells.mixed[reading][counted] & scored).any()),
        cells=whole.size,
        cells_scored=int(np.count_nonzero(whole)),
    )


def _count_hits(report: Report, scale: RatingScale, grade: Grades) -> tuple[int, int]:
    """Count the recommended picks with a grade, and those whose grade keeps the promise."""
    recommended = np.array([pick.level == "recommend" for pick in report.picks], dtype=np.bool_)
    hitting = np.array([band.hit for band in reversed(scale.company)])
    earned = grade[recommended & (grade >= 0)]
    return len(earned), int(np.count_nonzero(hitting[earned]))


def _list_days(days: Days) -> tuple[dt.date, ...]:
    return tuple(np.unique(days[~np.isnat(days)]).astype(dt.date).tolist())


def _find_gaps(outcomes: Codes, days: Days) -> tuple[Gap, ...]:
    """Count the reasons why picks have no score, the commonest first."""
    reasons = Counter(
        (Outcome(int(outcome)), None if np.isnat(day) else day.astype(dt.date))
        for outcome, day in zip(outcomes, days, strict=True)
        if outcome != Outcome.SCORED
    )
    return tuple(Gap(outcome, about, n) for (outcome, about), n in reasons.most_common())
