"""The arithmetic of scoring, over arrays: no loop over picks, no dates looked up, no names."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from backtests.convention import Relative
from screener.panel import Floats
from universes.rating import Edge

Rows = npt.NDArray[np.intp]
Grades = npt.NDArray[np.int8]

GRADE_DECIMALS = 9


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
    placed = np.zeros(relative.shape, dtype=np.int8)
    for edge in edges:
        placed += relative >= least_return(edge)
    placed[np.isnan(relative)] = -1
    return placed


def least_return(edge: Edge) -> float:
    """Return the least number that lies above a bound after it is rounded to 1e-9.

    Examples
    --------
    >>> [round(least_return(Edge(0.15, belongs_up)), 12) for belongs_up in (True, False)]
    [0.1499999995, 0.1500000005]
    """
    value = round(edge.value, GRADE_DECIMALS)

    def is_above(number: float) -> bool:
        rounded = float(np.round(number, GRADE_DECIMALS))
        return rounded >= value if edge.belongs_up else rounded > value

    half = 0.5 * 10.0**-GRADE_DECIMALS
    found = value - half if edge.belongs_up else value + half
    while is_above(found):
        found = math.nextafter(found, -math.inf)
    while not is_above(found):
        found = math.nextafter(found, math.inf)
    return found
