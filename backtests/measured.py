"""Recommendations as codes, and what became of them: the tables that a scorer reads and fills."""

import math
from dataclasses import dataclass, fields

import numpy as np

from backtests.kernel import Grades, Rows
from backtests.schedule import Codes, Places
from screener.calendar import Days
from screener.panel import Floats

_NUMBER, _PLACE, _CODE = np.dtype(np.float64), np.dtype(np.int32), np.dtype(np.int8)
# the widest first, as each begins where the last ends; and whether there is one for each horizon
_ROOM = (
    ("own", _NUMBER, True),
    ("benchmark", _NUMBER, True),
    ("relative", _NUMBER, True),
    ("paid", _NUMBER, False),
    ("seen", _PLACE, True),
    ("entry", _PLACE, False),
    ("about", _PLACE, False),
    ("grade", _CODE, True),
    ("outcome", _CODE, True),
    ("entered", _CODE, False),
)
NO_END = int(np.iinfo(np.int32).max)


@dataclass(frozen=True)
class Measured:
    """What became of K recommendations over H horizons, in sessions and fractions.

    Attributes
    ----------
    entry, about : ndarray of int32, shape (K,)
    entered : ndarray of int8, shape (K,)
    paid : ndarray, shape (K,)
    seen : ndarray of int32, shape (K, H)
    own, benchmark, relative : ndarray, shape (K, H)
    grade, outcome : ndarray of int8, shape (K, H)
        All as `backtests.loops` writes them.
    """

    entry: Places
    about: Places
    entered: Codes
    paid: Floats
    seen: Places
    own: Floats
    benchmark: Floats
    relative: Floats
    grade: Grades
    outcome: Codes

    @classmethod
    def empty(cls, count: int, horizons: int) -> "Measured":
        """Return room for some recommendations."""
        shapes = {name: (count, horizons) if wide else (count,) for name, _, wide in _ROOM}
        size = sum(kind.itemsize * math.prod(shapes[name]) for name, kind, _ in _ROOM)
        # of one block, as a system gives out a large one in larger pages, in half the time
        block, offset = np.empty(size, dtype=np.uint8), 0
        found = {}
        for name, kind, _ in _ROOM:
            found[name] = np.ndarray(shapes[name], kind, block, offset)
            offset += found[name].nbytes
        return cls(**found)

    def take(self, rows: slice) -> "Measured":
        """Return a part, in the same memory."""
        return Measured(**{each.name: getattr(self, each.name)[rows] for each in fields(self)})


@dataclass(frozen=True)
class Asked:
    """K recommendations as codes.

    Attributes
    ----------
    symbol, benchmark : ndarray of int32, shape (K,)
        Places among the scorer's.
    published : ndarray of datetime64[D], shape (K,)
    standard : ndarray of int8, shape (K,)
        Place of the bounds it is graded by.
    until : ndarray of int32, shape (K,)
        The session, of its exchange, on which it is left at the latest; `NO_END` for none.
    """

    symbol: Places
    benchmark: Places
    published: Days
    standard: Codes
    until: Places

    def __len__(self) -> int:
        return len(self.symbol)

    def take(self, rows: slice | Rows) -> "Asked":
        """Return a part."""
        return Asked(**{each.name: getattr(self, each.name)[rows] for each in fields(self)})
