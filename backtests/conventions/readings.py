"""The choices that a rating standard leaves open, and the one that the headline makes in each."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal, get_args

from backtests.convention import Convention, Entry, Relative
from universes import RatingScale, Report
from universes.rating import BASES, Basis, Boundary, edges

Dimension = Literal["entry", "relative", "basis", "boundary", "horizon", "date"]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)

Value = str | int | dt.date

# in the order of the clock, as the figure shows them
_ENTRIES: tuple[Entry, ...] = ("previous_close", "next_open", "next_close")
_BOUNDARIES: tuple[Boundary, ...] = ("inclusive", "exclusive")


@dataclass(frozen=True)
class Readings:
    """All readings of a standard: one value of each dimension makes one reading.

    Attributes
    ----------
    entry : tuple of str
    relative : tuple of str
    basis : tuple of str
    boundary : tuple of str
        Inclusive and exclusive; the scale's own as a third where it is neither.
    horizon : tuple of int
        Months, from the graded span to the end of the standard's window.
    date : tuple of date
        Every day of the publication window; the one day where the report prints it.
    places : tuple of int
        Where the headline's value stands in each dimension.
    """

    entry: tuple[Entry, ...]
    relative: tuple[Relative, ...]
    basis: tuple[Basis, ...]
    boundary: tuple[Boundary, ...]
    horizon: tuple[int, ...]
    date: tuple[dt.date, ...]
    places: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of values in each dimension."""
        return tuple(len(self.values(dimension)) for dimension in DIMENSIONS)

    def values(self, dimension: Dimension) -> tuple[Value, ...]:
        """Return the values of a dimension."""
        values: tuple[Value, ...] = getattr(self, dimension)
        return values

    def headline(self, dimension: Dimension) -> Value:
        """Return the headline's value in a dimension."""
        return self.values(dimension)[self.places[DIMENSIONS.index(dimension)]]

    def vary(self, dimension: Dimension, place: int) -> tuple[int, ...]:
        """Return the places of the reading that makes one choice otherwise than the headline."""
        axis = DIMENSIONS.index(dimension)
        return (*self.places[:axis], place, *self.places[axis + 1 :])


def list_readings(report: Report, scale: RatingScale) -> Readings:
    """Return the readings of a standard that a report can be graded by.

    Parameters
    ----------
    report : Report
        Gives the publication window.
    scale : RatingScale
        Gives the headline's basis, bounds and horizon, and the last month it speaks of.
    """
    boundaries, boundary = _list_boundaries(scale)
    horizons = tuple(range(scale.horizon_months, scale.longest_months + 1))
    dates = _list_dates(report)
    relatives: tuple[Relative, ...] = get_args(Relative)
    usual = Convention()
    places = (
        _ENTRIES.index(usual.entry),
        relatives.index(usual.relative),
        BASES.index(scale.basis),
        boundary,
        0,
        dates.index(report.publication.date),
    )
    return Readings(_ENTRIES, relatives, BASES, boundaries, horizons, dates, places)


def _list_boundaries(scale: RatingScale) -> tuple[tuple[Boundary, ...], int]:
    """Return the readings of the bounds, and the place of the one that the scale itself has."""
    own = edges(scale.company)
    for place, boundary in enumerate(_BOUNDARIES):
        if edges(scale.company, boundary) == own:
            return _BOUNDARIES, place
    return (*_BOUNDARIES, "scale"), len(_BOUNDARIES)


def _list_dates(report: Report) -> tuple[dt.date, ...]:
    published = report.publication
    if not published.window:
        return (published.date,)
    first, last = published.window
    return tuple(first + dt.timedelta(days=n) for n in range((last - first).days + 1))
