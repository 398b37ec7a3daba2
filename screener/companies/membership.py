"""Which sector a share belonged to on a day, as a table with its own date tells it."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from screener.calendar import Days
from screener.companies.sector_rows import Row
from screener.panel import Floats
from universes import InputError
from universes.content import content_hash


@dataclass(frozen=True)
class Membership:
    """The sectors of some shares on one day.

    Attributes
    ----------
    sector : tuple of (str or None), length K
        None where no table tells it.
    market_value : ndarray, shape (K,)
        In the table's unit; not a number where it is not told, or was told only later.
    told_after : bool
        Whether any of the sectors is from a row without a day in a table drawn up later.
    """

    sector: tuple[str | None, ...]
    market_value: Floats
    told_after: bool


@dataclass(frozen=True)
class Sectors:
    """A table of sectors, with its changes where it tells them. Make one with `make_sectors`.

    Attributes
    ----------
    scheme : str
        Id of the classification.
    source : str
        Who drew it up.
    dated : date
        As of when.
    symbols, sectors : tuple of str, length R
        One for each row, by symbol and day, those without a day first; a symbol has a row for
        each change.
    since : ndarray of datetime64[D], shape (R,)
        The day from which a row holds; not a time where that is not told.
    market_value : ndarray, shape (R,)
        On that day, or on `dated` where there is none; in one unit for each market, not a
        number where it is not told.
    """

    scheme: str
    source: str
    dated: dt.date
    symbols: tuple[str, ...]
    sectors: tuple[str, ...]
    since: Days
    market_value: Floats

    def __post_init__(self) -> None:
        """Close the arrays to writing."""
        self.since.flags.writeable = False
        self.market_value.flags.writeable = False

    @cached_property
    def sha256(self) -> str:
        """Hash of what the table says, whatever the layout of its file."""
        rows = [(row.symbol, row.sector, row.since, figure_of(row)) for row in self.rows()]
        return content_hash([self.scheme, self.source, self.dated, rows])

    def rows(self) -> list[Row]:
        """Return the rows, in order."""
        columns = (self.symbols, self.sectors, self.since.tolist(), self.market_value.tolist())
        return [Row(*cells) for cells in zip(*columns, strict=True)]

    def at(self, symbols: Sequence[str], day: dt.date) -> Membership:
        """Return the sectors in force on a day.

        Parameters
        ----------
        symbols : sequence of str, length K
            Canonical spellings.
        day : date
            The latest row that holds from this day or an earlier one counts, and where there is
            none the row without a day.

        Returns
        -------
        Membership
        """
        spans = [self._spans.get(symbol, (0, 0)) for symbol in symbols]
        first, end = np.array(spans, dtype=np.intp).reshape(-1, 2).T
        undated = np.isnat(self.since)
        in_force = np.cumsum(np.append(0, undated | (self.since <= np.datetime64(day))))
        count = in_force[end] - in_force[first]
        known = count > 0
        # those in force stand before those that are not yet
        row = np.where(known, first + count - 1, 0)
        late = known & undated[row] & (self.dated > day)
        sector = tuple(
            self.sectors[at] if there else None
            for at, there in zip(row.tolist(), known.tolist(), strict=True)
        )
        value = np.where(known & ~late, self.market_value[row], np.nan)
        return Membership(sector, value, bool(late.any()))

    @cached_property
    def _spans(self) -> dict[str, tuple[int, int]]:
        """Where the rows of each symbol begin and end."""
        spans: dict[str, tuple[int, int]] = {}
        for at, symbol in enumerate(self.symbols):
            spans[symbol] = (spans.get(symbol, (at, at))[0], at + 1)
        return spans


def figure_of(row: Row) -> float | None:
    """Return a row's market value, None where it is not told."""
    return None if np.isnan(row.market_value) else row.market_value


def make_sectors(scheme: str, source: str, dated: dt.date, rows: Iterable[Row]) -> Sectors:
    """Return a table from rows in any order.

    Raises
    ------
    InputError
        If there is no row, or a symbol has two of the same day.
    """
    ordered = sorted(rows, key=_place)
    keys = [(row.symbol, row.since) for row in ordered]
    if not keys:
        raise InputError(f"the sectors of {scheme} have no rows", "give each share a row")
    if len(set(keys)) < len(keys):
        symbol = next(key for key, after in pairwise(keys) if key == after)[0]
        raise InputError(f"{scheme} has two rows of {symbol} for the same day", "keep one of them")
    symbols, sectors, since, values = zip(*ordered, strict=True)
    return Sectors(
        scheme,
        source,
        dated,
        symbols,
        sectors,
        np.array(since, dtype="datetime64[D]"),
        np.array(values, dtype=np.float64),
    )


@dataclass(frozen=True)
class SectorTables:
    """Tables that are used together, each for its own shares.

    Attributes
    ----------
    tables : tuple of Sectors
        By scheme; none at all is no error, no share has a sector then.
    """

    tables: tuple[Sectors, ...] = ()

    def __post_init__(self) -> None:
        """Refuse two tables of the same share: neither is picked."""
        told: dict[str, str] = {}
        for table in self.tables:
            shared = told.keys() & set(table.symbols)
            if shared:
                symbol = min(shared)
                both = f"{told[symbol]} and {table.scheme}"
                raise InputError(
                    f"two tables of sectors tell that of {symbol}: {both}",
                    f"name those to use, such as --sectors {table.scheme}",
                )
            told.update(dict.fromkeys(table.symbols, table.scheme))

    @property
    def sha256(self) -> str:
        """Hash of what all of them say."""
        return content_hash([table.sha256 for table in self.tables])

    def at(self, symbols: Sequence[str], day: dt.date) -> Membership:
        """Return the sectors in force on a day; see `Sectors.at`."""
        sector: list[str | None] = [None] * len(symbols)
        value = np.full(len(symbols), np.nan)
        told_after = False
        for table in self.tables:
            found = table.at(symbols, day)
            sector = [one or other for one, other in zip(sector, found.sector, strict=True)]
            value = np.where(np.isnan(value), found.market_value, value)
            told_after |= found.told_after
        return Membership(tuple(sector), value, told_after)


def _place(row: Row) -> tuple[str, bool, dt.date]:
    return row.symbol, row.since is not None, row.since or dt.date.min
