"""The whole map as columns: one row for each pick and reading."""

from typing import Any

import numpy as np

from backtests.conventions.cells import Array, Cells
from backtests.conventions.readings import DIMENSIONS
from backtests.outcome import Outcome
from screener.calendar import Days
from screener.panel import Floats
from universes import RatingScale, Report

# as the rows of a scorecard call them, but for the two choices that would share a name
_NAMES = {"date": "published", "horizon": "horizon_months"}
_STATUSES = np.array([each.status for each in Outcome], dtype=object)
_CODES = np.array(
    ["" if each is Outcome.SCORED else each.name.lower() for each in Outcome], dtype=object
)


def list_columns(report: Report, scale: RatingScale, cells: Cells) -> dict[str, list[Any]]:
    """Return the map as columns of JSON values, a pick's readings one after the other.

    Parameters
    ----------
    report : Report
        Its picks are those of ``cells``.
    scale : RatingScale
    cells : Cells

    Returns
    -------
    dict of str to list
        Lists of one length; returns are fractions, missing ones None.
    """
    bands = np.array([*(band.grade for band in reversed(scale.company)), None], dtype=object)
    themes = [theme.id for theme in report.themes for _ in theme.picks]
    indices = np.array([[str(each) for each in row] for row in cells.benchmarks], dtype=object)
    arrays: dict[str, Array] = {
        "symbol": np.array([str(pick.symbol) for pick in report.picks], dtype=object),
        "theme": np.array(themes, dtype=object),
        "level": np.array([pick.level for pick in report.picks], dtype=object),
        **_list_choices(cells),
        "headline": _mark_headline(cells),
        "benchmark": indices[None, None, :, None, None, None],
        "entry_date": _spell(cells.entry_day),
        "exit_date": _spell(cells.exit_day),
        "return": _empty(cells.own),
        "benchmark_return": _empty(cells.benchmark),
        "relative_return": _empty(cells.relative),
        # the place of a grade that is missing, -1, is that of the None at the end
        "grade": bands[cells.grade],
        "status": _STATUSES[cells.outcome],
        "reason_code": _CODES[cells.outcome],
        "mixed": cells.mixed,
    }
    whole = cells.grade.shape
    return {
        name: np.moveaxis(np.broadcast_to(array, whole), -1, 0).ravel().tolist()
        for name, array in arrays.items()
    }


def _list_choices(cells: Cells) -> dict[str, Array]:
    columns: dict[str, Array] = {}
    for axis, dimension in enumerate(DIMENSIONS):
        values = cells.readings.values(dimension)
        spelled = [str(value) if dimension == "date" else value for value in values]
        shape = [1] * (len(DIMENSIONS) + 1)
        shape[axis] = len(values)
        columns[_NAMES.get(dimension, dimension)] = np.array(spelled, dtype=object).reshape(shape)
    return columns


def _mark_headline(cells: Cells) -> Array:
    marked = np.zeros((*cells.readings.shape, 1), dtype=np.bool_)
    marked[cells.readings.places] = True
    return marked


def _spell(days: Days) -> Array:
    spelled: Array = days.astype(str).astype(object)
    spelled[np.isnat(days)] = None
    return spelled


def _empty(values: Floats) -> Array:
    emptied: Array = values.astype(object)
    emptied[np.isnan(values)] = None
    return emptied
