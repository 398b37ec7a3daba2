"""Prices of many securities on one axis of dates."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from screener.calendar import Days
from screener.origin import Origin
from universes import InputError, Symbol
from universes.rating import BASES, Basis

if TYPE_CHECKING:
    import pandas as pd

# in days; a close older than that is not carried
LONGEST_HOLIDAY = 15

Floats = npt.NDArray[np.float64]
Field = Literal["open", "high", "close"]
Traded = Literal["volume", "amount"]
Quote = Literal["price", "total", "raw"]
_QUOTES: tuple[Quote, ...] = (*BASES, "raw")


@dataclass(frozen=True)
class CorporateAction:
    """A dividend, bonus issue, split or rights issue.

    Attributes
    ----------
    symbol : str
    ex_date : str
        ISO 8601.
    cash : float
        Per share held before the bonus of the same day, in the listing currency: as paid
        where the closes are raw, restated for later bonuses and splits where these are
        adjusted in the closes.
    bonus : float
        New shares for each held; a split of 1 into 5 is 4, five merged into 1 is -0.8.
    confidence : str
    rights : float
        Shares offered for each held.
    rights_price : float
        Price of such a share, in the listing currency.
    """

    symbol: str
    ex_date: str
    cash: float
    bonus: float
    confidence: str
    rights: float = 0.0
    rights_price: float = 0.0


@dataclass(frozen=True)
class Panel:
    """Prices of many securities on one axis of dates.

    Attributes
    ----------
    dates : ndarray of datetime64[D], shape (T,)
        Ascending: every date on which any security has a price.
    symbols : tuple of str
        Canonical spellings, one for each column.
    prices : mapping of (field, quote) to ndarray, shape (T, N)
        In each listing's currency; not a number where the security did not trade. On the
        ``price`` basis bonus issues and splits are adjusted, on the ``total`` basis cash
        dividends too; ``raw`` prices are as the exchange printed them, at which shares
        change hands.
    origin : Origin
    actions : tuple of CorporateAction
        Cash restated for later bonuses and splits; `screener.adjust.restate` with
        ``back=True``, of one security at a time, gives it as paid, which goes with raw prices.
    listed : mapping of str to (datetime64[D], datetime64[D])
        By symbol the ex-dates, both included, between which all its actions are there; one
        of which nothing is known is left out.
    traded : mapping of {"volume", "amount"} to ndarray, shape (T, N)
        Shares as they were counted on the day, and value in the listing's currency; not a
        number where it is not kept so. Empty where it was not asked for.
    derived : bool
        Whether the price basis was derived from all rows of the total basis, so that it cannot
        be cut at an earlier day.
    """

    dates: Days
    symbols: tuple[str, ...]
    prices: Mapping[tuple[Field, Quote], Floats]
    origin: Origin
    actions: tuple[CorporateAction, ...] = ()
    derived: bool = False
    listed: Mapping[str, tuple[np.datetime64, np.datetime64]] = field(default_factory=dict)
    traded: Mapping[Traded, Floats] = field(default_factory=dict)
    _column: dict[str, int] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Check the shapes once, and close the arrays to writing."""
        self._column.update({symbol: n for n, symbol in enumerate(self.symbols)})
        if len(self._column) != len(self.symbols):
            raise InputError("a symbol stands in two columns", "keep one of them")
        if np.any(self.dates[1:] <= self.dates[:-1]):
            raise InputError("the dates do not ascend", "sort them and keep each once")
        for (name, quote), matrix in self.prices.items():
            if matrix.shape != (len(self.dates), len(self.symbols)):
                raise InputError(f"the {name} matrix of {quote} prices does not fit its labels")
            faulty = np.argwhere((matrix <= 0) | np.isinf(matrix))
            if len(faulty):
                row, column = faulty[0]
                raise InputError(
                    f"the {name} of {self.symbols[column]} on {self.dates[row]} is"
                    f" {matrix[row, column]}, not a price above zero",
                    "leave the cell empty where a security did not trade",
                )
            matrix.flags.writeable = False
        for what, matrix in self.traded.items():
            if matrix.shape != (len(self.dates), len(self.symbols)):
                raise InputError(f"the {what} matrix does not fit its labels")
            if np.any((matrix < 0) | np.isinf(matrix)):
                raise InputError(f"a {what} is below zero or not finite", "leave the cell empty")
            matrix.flags.writeable = False
        self.dates.flags.writeable = False

    @classmethod
    def from_frames(
        cls,
        closes: "Mapping[Quote, pd.DataFrame]",
        opens: "Mapping[Quote, pd.DataFrame] | None" = None,
        origin: Origin | None = None,
        actions: Iterable[CorporateAction] = (),
        highs: "Mapping[Quote, pd.DataFrame] | None" = None,
    ) -> "Panel":
        """Build a panel from tables with a date index and a column for each symbol.

        Parameters
        ----------
        closes, opens, highs : mapping of {"price", "total", "raw"} to DataFrame
            Missing where the security did not trade.
        origin : Origin, optional
            Left out: "frames", hashed as given.
        actions : iterable of CorporateAction
        """
        tables: dict[tuple[Field, Quote], pd.DataFrame] = {
            **{("close", quote): table for quote, table in closes.items()},
            **{("open", quote): table for quote, table in (opens or {}).items()},
            **{("high", quote): table for quote, table in (highs or {}).items()},
        }
        days = [table.index.to_numpy().astype("datetime64[D]") for table in tables.values()]
        if not days or not any(len(day) for day in days):
            raise InputError("there are no closes", "give at least one table with rows")
        symbols = tuple(sorted({str(name) for table in tables.values() for name in table.columns}))
        dates = np.unique(np.concatenate(days))
        prices = {
            key: _spread(table, day, dates, symbols)
            for (key, table), day in zip(tables.items(), days, strict=True)
        }
        panel = cls(dates, symbols, prices, origin or Origin("frames", ""), tuple(actions))
        return panel if origin else replace(panel, origin=Origin("frames", panel.sha256))

    def columns(self, symbols: Iterable[str]) -> npt.NDArray[np.intp]:
        """Return the column of each symbol, -1 where the panel lacks it; shape (K,)."""
        return np.array([self._column.get(symbol, -1) for symbol in symbols], dtype=np.intp)

    def holds(self, symbol: str) -> bool:
        """Tell whether the panel has any close of a symbol."""
        column = self._column.get(symbol, -1)
        closes = [matrix for (name, _), matrix in self.prices.items() if name == "close"]
        return column >= 0 and any(np.isfinite(matrix[:, column]).any() for matrix in closes)

    def matrix(self, name: Field, quote: Quote) -> Floats:
        """Return one field on one basis or raw, shape (T, N); all missing where not kept."""
        if (name, quote) in self.prices:
            return self.prices[name, quote]
        return np.full((len(self.dates), len(self.symbols)), np.nan)

    def levels(self, name: Field, quote: Quote) -> Floats:
        """Return one field on one basis or raw, shape (T, N).

        An index or a currency has nothing to adjust for: it is its own level on each, the one
        on the price basis first where several are kept.
        """
        levels = self.matrix(name, quote).copy()
        fixed = [not Symbol.parse(symbol).takes_basis for symbol in self.symbols]
        own = np.array(fixed, dtype=np.bool_)
        for kept in reversed(_QUOTES):
            if (name, kept) in self.prices:
                level = self.prices[name, kept][:, own]
                levels[:, own] = np.where(np.isnan(level), levels[:, own], level)
        return levels

    def carried(self, symbol: str, days: Days, basis: Basis = "price") -> Floats:
        """Return a benchmark's last close on or before each day; shape (D,).

        Its last close is carried forward over days on which it had none, for no longer than
        the longest of holidays, and never backward: a day before its first close stays empty.

        Parameters
        ----------
        symbol : str
        days : ndarray of datetime64[D], shape (D,)
        basis : {"price", "total"}
        """
        closes, ages = self.latest(symbol, days, basis)
        return np.where(ages <= LONGEST_HOLIDAY, closes, np.nan)

    def latest(
        self, symbol: str, days: Days, basis: Basis = "price"
    ) -> tuple[Floats, npt.NDArray[np.intp]]:
        """Return the last close on or before each day, however old, and its age in days.

        Parameters
        ----------
        symbol : str
        days : ndarray of datetime64[D], shape (D,)
        basis : {"price", "total"}

        Returns
        -------
        closes : ndarray, shape (D,)
            Not a number before the first one.
        ages : ndarray of int, shape (D,)
            Zero there.
        """
        (column,) = self.columns([symbol])
        if column < 0:
            raise InputError(f"the prices hold no {symbol}", "load it as well")
        closes = self.levels("close", basis)[:, column]
        known = np.flatnonzero(np.isfinite(closes))
        if not len(known):
            return np.full(days.shape, np.nan), np.zeros(days.shape, dtype=np.intp)
        place = np.searchsorted(self.dates[known], days, side="right") - 1
        rows = known[np.maximum(place, 0)]
        ages = np.where(place >= 0, (days - self.dates[rows]).astype(np.intp), 0)
        return np.where(place >= 0, closes[rows], np.nan), ages

    def until(self, day: np.datetime64) -> "Panel":
        """Return the panel without the rows after a day."""
        rows = int(np.searchsorted(self.dates, day, side="right"))
        if not rows:
            raise InputError(
                f"the data begin on {self.dates[0]}, after {day}", "ask for a later as-of date"
            )
        if rows == len(self.dates):
            return self
        if self.derived:
            raise InputError(
                f"the price basis was derived from closes after {day}",
                "bring closes_price.csv, or tables that end on the as-of date",
            )
        kept = {key: matrix[:rows].copy() for key, matrix in self.prices.items()}
        traded = {what: matrix[:rows].copy() for what, matrix in self.traded.items()}
        return replace(self, dates=self.dates[:rows].copy(), prices=kept, traded=traded)

    @property
    def sha256(self) -> str:
        """Hash of the dates, symbols and prices, whatever file they came from."""
        digest = hashlib.sha256()
        digest.update("\n".join([*self.dates.astype(str), *self.symbols]).encode())
        named = {"/".join(key): matrix for key, matrix in self.prices.items()} | dict(self.traded)
        for name in sorted(named):
            matrix = named[name]
            # whatever bits say that a number is missing, these say it here
            plain = np.ascontiguousarray(np.where(np.isnan(matrix), np.nan, matrix), "<f8")
            digest.update(name.encode())
            digest.update(plain.data)
        return digest.hexdigest()


def _spread(table: "pd.DataFrame", days: Days, dates: Days, symbols: tuple[str, ...]) -> Floats:
    unique, counts = np.unique(days, return_counts=True)
    if np.any(counts > 1):
        raise InputError(f"the date {unique[counts > 1][0]} stands in two rows", "keep one")
    names = [str(name) for name in table.columns]
    twice = sorted(name for name, times in Counter(names).items() if times > 1)
    if twice:
        raise InputError(f"{twice[0]} stands in two columns", "keep one of them")
    place = {symbol: n for n, symbol in enumerate(symbols)}
    matrix = np.full((len(dates), len(symbols)), np.nan)
    rows = np.searchsorted(dates, days)
    values = table.to_numpy(dtype=np.float64, na_value=np.nan)
    columns = np.array([place[name] for name in names], dtype=np.intp)
    matrix[rows[:, None], columns] = values
    return matrix
