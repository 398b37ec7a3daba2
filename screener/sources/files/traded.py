"""What a day's value and volume tell of its prices: whether they are raw, and the unit."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from screener.panel import Floats
from screener.sources.files.columns import Columns
from universes import Symbol

_STRETCH = 50
_TAIL = 20
_FEWEST = 5
_NEARLY_ALL = 0.95
_FAR_FROM_ALL = 0.8
# vendors cut long amounts to a few digits
_ROUNDED = 1e-4


@dataclass(frozen=True, eq=False)
class Traded:
    """The rows of a file on which trade is told by value and volume, oldest first.

    Attributes
    ----------
    low, high : ndarray, shape (K,)
    volume : ndarray, shape (K,)
        In the file's unit.
    amount : ndarray, shape (K,)
    half_tick : float
        What rounding to the exchange's tick can take from a price; 0 where it is not kept.

    Notes
    -----
    The average price paid on a day, amount / volume, lies between the day's low and high where
    the prices are raw and the volume is in shares. Where dividends or splits are adjusted it
    leaves that range on the rows before them. An adjustment smaller than a day's range goes
    unseen.
    """

    low: Floats
    high: Floats
    volume: Floats
    amount: Floats
    half_tick: float

    @classmethod
    def of(cls, columns: Columns, symbol: Symbol) -> "Traded":
        """Return the rows of a file that tell."""
        names = ("low", "high", "volume", "amount")
        low, high, volume, amount = (columns.floats(name) for name in names)
        told = (volume > 0) & (amount > 0) & (high >= low)
        rows = np.flatnonzero(told)
        rows = rows[np.argsort(columns.days("date")[rows], kind="stable")]
        decimals = symbol.exchange.price_decimals
        half_tick = 0.5 * 10.0**-decimals if decimals else 0.0
        return cls(low[rows], high[rows], volume[rows], amount[rows], half_tick)

    def __len__(self) -> int:
        return len(self.volume)

    def inside(self, unit: int) -> npt.NDArray[np.bool_]:
        """Tell of each row whether its average price lies in its range, shape (K,).

        Parameters
        ----------
        unit : int
            Shares in one of the file's units of volume.
        """
        paid = self.amount / (self.volume * unit)
        slack = self.half_tick + paid * (1.0 / self.volume + _ROUNDED)
        return (paid >= self.low - slack) & (paid <= self.high + slack)

    def worst(self, unit: int) -> float:
        """Return the part of the rows inside, in the worst stretch of about 50 rows.

        By stretches, because an adjustment shows only before its day, which may be early in a
        long file. Not a number where there are fewer than five rows.
        """
        if len(self) < _FEWEST:
            return np.nan
        stretches = np.array_split(self.inside(unit), max(1, len(self) // _STRETCH))
        return float(min(stretch.mean() for stretch in stretches))

    def shows_raw(self, unit: int) -> bool:
        """Tell whether the rows are enough, and nearly all of them inside."""
        return len(self) >= _TAIL and self.worst(unit) >= _NEARLY_ALL

    def refutes_raw(self, unit: int) -> bool:
        """Tell whether a stretch has too many rows outside for the prices to be raw."""
        return self.worst(unit) < _FAR_FROM_ALL

    def shows_unit(self, unit: int, other: int) -> bool:
        """Tell whether the volume is in one unit and not in another.

        Either all rows say so, or, where the prices are adjusted, the latest do, which a
        forward adjustment leaves as they were, and none speaks for the other.
        """
        if self.shows_raw(unit):
            return True
        tail = self.inside(unit)[-_TAIL:]
        return tail.size == _TAIL and tail.mean() >= _NEARLY_ALL and not self.inside(other).any()
