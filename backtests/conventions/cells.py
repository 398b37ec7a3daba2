"""Every pick under every reading, in one computation over arrays."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from backtests.convention import Convention
from backtests.conventions.readings import Readings
from backtests.kernel import Grades, grade_indices, relative_returns
from backtests.outcome import Outcome
from backtests.schedule import Codes, Flags
from backtests.scoring import Recommendations, Scores, score_recommendations
from screener import Panel
from screener.calendar import Days
from screener.panel import Floats
from universes import RatingScale, Report, Symbol
from universes.rating import edges

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Cells:
    """K picks under every reading; arrays of shape (E, R, B, O, H, D, K).

    The axes are those of the readings (entry, relative, basis, boundary, horizon, date), then
    the picks. What does not hang on a dimension is the same along its axis.

    Attributes
    ----------
    readings : Readings
    own, benchmark, relative : ndarray
        Returns as fractions; not a number unless scored.
    grade : ndarray of int8
        The band counted from the worst; -1 unless scored.
    outcome : ndarray of int8
        A `backtests.outcome.Outcome`.
    about : ndarray of datetime64[D]
        The session that the outcome speaks of; NaT for none.
    entry_day, exit_day : ndarray of datetime64[D]
        NaT for none.
    benchmarks : tuple of tuple of Symbol
        For each basis, the index that each pick is set against.
    mixed : ndarray of bool
        Whether a total return is set against a price index.
    """

    readings: Readings
    own: Floats
    benchmark: Floats
    relative: Floats
    grade: Grades
    outcome: Codes
    about: Days
    entry_day: Days
    exit_day: Days
    benchmarks: tuple[tuple[Symbol, ...], ...]
    mixed: Flags

    @property
    def scored(self) -> Flags:
        """Whether each cell has a grade."""
        return np.asarray(self.outcome == Outcome.SCORED)


def compute_cells(report: Report, scale: RatingScale, panel: Panel, readings: Readings) -> Cells:
    """Score K picks under every reading.

    Entry and basis choose among prices, so each of their pairs is scored once, for all dates,
    picks and horizons together; the relative return and the bounds follow by broadcasting.

    Parameters
    ----------
    report : Report
    scale : RatingScale
    panel : Panel
        All of it is read; cut it with `Panel.until` first.
    readings : Readings

    Raises
    ------
    InputError
        If a calendar is not known for the dates.
    """
    scores = _score_all(report, scale, panel, readings)

    def lay(take: Callable[[Scores], Array]) -> Array:
        return _lay_out([[take(each) for each in row] for row in scores], len(readings.date))

    own, benchmark = lay(lambda each: each.own), lay(lambda each: each.benchmark)
    relative = np.concatenate(
        [relative_returns(own, benchmark, each) for each in readings.relative], axis=1
    )
    bounds = [edges(scale.company, each) for each in readings.boundary]
    laid = {
        "own": own,
        "benchmark": benchmark,
        "relative": relative,
        "grade": np.concatenate([grade_indices(relative, each) for each in bounds], axis=3),
        "outcome": lay(lambda each: each.outcome),
        "about": lay(_about),
        "entry_day": lay(lambda each: each.plan.entry_day[:, None]),
        "exit_day": lay(lambda each: each.plan.exit_day),
        "mixed": lay(lambda each: each.mixed[:, None]),
    }
    picks = len(report.picks)
    whole = (*readings.shape, picks)
    return Cells(
        readings=readings,
        benchmarks=tuple(each.benchmarks[:picks] for each in scores[0]),
        **{name: np.broadcast_to(array, whole) for name, array in laid.items()},
    )


def _score_all(
    report: Report, scale: RatingScale, panel: Panel, readings: Readings
) -> list[list[Scores]]:
    """Score the picks on all dates and horizons, once for each entry and basis."""
    table, bounds = _list_recommendations(report, scale, readings), edges(scale.company)
    return [
        [
            score_recommendations(
                table, panel, Convention(entry, basis=basis, horizons=readings.horizon), bounds
            )
            for basis in readings.basis
        ]
        for entry in readings.entry
    ]


def _list_recommendations(
    report: Report, scale: RatingScale, readings: Readings
) -> Recommendations:
    """Return the picks as if recommended on each date, one date after the other."""
    picks, days = report.picks, np.array(readings.date, dtype="datetime64[D]")
    return Recommendations(
        symbols=tuple(pick.symbol for pick in picks) * len(days),
        benchmarks=tuple(scale.benchmark_for(pick.market)[0] for pick in picks) * len(days),
        published=np.repeat(days, len(picks)),
    )


def _lay_out(tables: Sequence[Sequence[Array]], days: int) -> Array:
    """Lay tables of dates and picks by horizon, one for each entry and basis, along the axes."""
    stacked: Array = np.array(tables)
    entries, bases, _, horizons = stacked.shape
    by_date = stacked.reshape(entries, bases, days, -1, horizons)
    return np.moveaxis(by_date, -1, 2)[:, None, :, None]


def _about(scores: Scores) -> Days:
    entry = scores.plan.entry_day[:, None]
    return np.where(scores.outcome == Outcome.NO_OPEN, entry, scores.plan.about)
