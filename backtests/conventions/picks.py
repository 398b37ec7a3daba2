"""What the readings make of each pick: how many agree, how far they range, what flips them."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from backtests.conventions.cells import Cells
from backtests.conventions.readings import DIMENSIONS, Dimension, Value
from backtests.outcome import Outcome
from universes import RatingScale, Report
from universes.report import Pick


@dataclass(frozen=True)
class Cell:
    """One pick under one reading.

    Attributes
    ----------
    grade : str or None
        Id of the band earned; None unless scored.
    relative : float or None
        A fraction; None unless scored.
    outcome : Outcome
    about : date or None
        The session that the outcome speaks of.
    """

    grade: str | None
    relative: float | None
    outcome: Outcome
    about: dt.date | None


@dataclass(frozen=True)
class Variation:
    """One pick with a single choice made otherwise than in the headline.

    Attributes
    ----------
    dimension : str
    value : str, int or date
    cell : Cell
    changed : bool or None
        Whether the grade differs from the headline's; None unless both are scored.
    """

    dimension: Dimension
    value: Value
    cell: Cell
    changed: bool | None


@dataclass(frozen=True)
class PickMap:
    """One pick under all readings.

    Attributes
    ----------
    pick : Pick
    theme : str
        Id.
    headline : Cell
    readings, scored : int
        How many readings there are, and how many give the pick a grade.
    agreement : float or None
        The share of the scored readings that give it the headline's grade; None where the
        headline gives none.
    grades : dict of str to int
        Scored readings by grade, best first.
    low, median, high : float or None
        Of the relative return over the scored readings, fractions; None where none is scored.
    variations : tuple of Variation
        Every value that is not the headline's, one choice changed at a time.
    """

    pick: Pick
    theme: str
    headline: Cell
    readings: int
    scored: int
    agreement: float | None
    grades: dict[str, int]
    low: float | None
    median: float | None
    high: float | None
    variations: tuple[Variation, ...]

    @property
    def flips(self) -> tuple[Variation, ...]:
        """The variations that change the grade."""
        return tuple(each for each in self.variations if each.changed)


def map_picks(report: Report, scale: RatingScale, cells: Cells) -> tuple[PickMap, ...]:
    """Sum the readings of each pick up, in the report's order.

    Parameters
    ----------
    report : Report
        Its picks are those of ``cells``.
    scale : RatingScale
    cells : Cells
    """
    bands = [band.grade for band in reversed(scale.company)]
    grades = cells.grade.reshape(-1, len(report.picks))
    scored = np.count_nonzero(grades >= 0, axis=0)
    counts = np.array([np.count_nonzero(grades == each, axis=0) for each in range(len(bands))])
    ranges = _find_ranges(cells)
    themes = [theme.id for theme in report.themes for _ in theme.picks]
    found = []
    for k, (pick, theme) in enumerate(zip(report.picks, themes, strict=True)):
        headline = _read_cell(cells, cells.readings.places, k, bands)
        by_grade = dict(zip(reversed(bands), map(int, counts[::-1, k]), strict=True))
        same = by_grade[headline.grade] if headline.grade else None
        low, median, high = ranges[k]
        found.append(
            PickMap(
                pick=pick,
                theme=theme,
                headline=headline,
                readings=len(grades),
                scored=int(scored[k]),
                agreement=None if same is None else same / int(scored[k]),
                grades=by_grade,
                low=low,
                median=median,
                high=high,
                variations=tuple(_vary(cells, k, bands, headline)),
            )
        )
    return tuple(found)


def _find_ranges(cells: Cells) -> list[tuple[float | None, float | None, float | None]]:
    """Return the least, middle and greatest relative return of each pick."""
    relative = cells.relative.reshape(-1, cells.relative.shape[-1])
    found: list[tuple[float | None, float | None, float | None]] = []
    for column in relative.T:
        known = column[np.isfinite(column)]
        if known.size:
            found.append((float(known.min()), float(np.median(known)), float(known.max())))
        else:
            found.append((None, None, None))
    return found


def _vary(cells: Cells, k: int, bands: list[str], headline: Cell) -> Iterator[Variation]:
    for axis, dimension in enumerate(DIMENSIONS):
        for place, value in enumerate(cells.readings.values(dimension)):
            if place == cells.readings.places[axis]:
                continue
            cell = _read_cell(cells, cells.readings.vary(dimension, place), k, bands)
            both = cell.grade is not None and headline.grade is not None
            yield Variation(dimension, value, cell, cell.grade != headline.grade if both else None)


def _read_cell(cells: Cells, reading: tuple[int, ...], k: int, bands: list[str]) -> Cell:
    at = (*reading, k)
    outcome = Outcome(int(cells.outcome[at]))
    scored = outcome is Outcome.SCORED
    about = cells.about[at]
    return Cell(
        grade=bands[int(cells.grade[at])] if scored else None,
        relative=float(cells.relative[at]) if scored else None,
        outcome=outcome,
        about=None if np.isnat(about) else about.astype(dt.date),
    )
