"""The arithmetic of scoring, over arrays: no loop over picks, no dates looked up, no names."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from backtests.convention import Relative
from screener.panel import Floats
from universes.rating import Edge

Rows = npt.NDArray[np.intp]
Grades = npt.NDArray[np.int8]

GRADE_DECIMALS = 9


def simple_returns(
    start: Floats, end: Floats, columns: Rows, start_rows: Rows, end_rows: Rows
) -> Floats:
    """Return end price over start price, minus one.

    Parameters
    ----------
    start, end : ndarray, shape (T, N)
        Prices at which positions begin and end.
    columns, start_rows : ndarray of int, shape (K,)
    end_rows : ndarray of int, shape (K, H)
        A negative row or column stands for none.

    Returns
    -------
    ndarray, shape (K, H)
        Fractions; not a number where a price is missing.
    """
    before = _gather(start, start_rows, columns)[:, None]
    after = _gather(end, end_rows, columns[:, None])
    return after / before - 1.0


def relative_returns(own: Floats, benchmark: Floats, relative: Relative) -> Floats:
    """Set returns against the benchmark's; fractions in, fractions out, of the same shape."""
    if relative == "ratio":
        return (1.0 + own) / (1.0 + benchmark) - 1.0
    return own - benchmark


def grade_indices(relative: Floats, edges: Sequence[Edge]) -> Grades:
    """Place relative returns in bands.

    Parameters
    ----------
    relative : ndarray
        Fractions. Rounded to 1e-9 before the comparison, so that a return that is 15% on paper
        is not lost to binary arithmetic.
    edges : sequence of Edge
        Lowest first.

    Returns
    -------
    ndarray of int8, of the same shape
        The band counted from the worst, which is 0; -1 where the return is not a number.
    """
    rounded = np.round(relative, GRADE_DECIMALS)
    placed = np.zeros(rounded.shape, dtype=np.int8)
    for edge in edges:
        value = round(edge.value, GRADE_DECIMALS)
        placed += (rounded >= value) if edge.belongs_up else (rounded > value)
    placed[np.isnan(rounded)] = -1
    return placed


def _gather(prices: Floats, rows: Rows, columns: Rows) -> Floats:
    known = (rows >= 0) & (columns >= 0)
    found = np.full(known.shape, np.nan)
    at_rows, at_columns = np.broadcast_arrays(rows, columns)
    found[known] = prices[at_rows[known], at_columns[known]]
    return found
