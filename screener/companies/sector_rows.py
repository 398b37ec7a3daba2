"""The rows of a CSV table of sectors, read one by one with all their faults."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple

from screener.companies.csv_rows import Faults, place_columns, read_records
from universes import InputError, Symbol

COLUMNS = ("symbol", "sector", "since", "market_value", "scheme", "source", "dated")
_CONSTANT = ("scheme", "source", "dated")
# what the column may be called where none is called sector
_OTHER_NAME = "industry"

_SCHEME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")
# with what a spreadsheet takes a cell for a formula
_FORMULA = ("=", "+", "-", "@")
_LONGEST_TEXT = 120
_LARGEST_FILE = 32 * 2**20
_MOST_ROWS = 200_000


class Row(NamedTuple):
    """What one row says.

    Attributes
    ----------
    symbol : str
        Canonical spelling.
    sector : str
    since : date or None
        The day from which it holds; None where that is not told.
    market_value : float
        Not a number where it is not told.
    """

    symbol: str
    sector: str
    since: dt.date | None
    market_value: float


@dataclass(frozen=True)
class Rows:
    """What a file says; its scheme, source or date is empty or None where it has no column of it.

    Attributes
    ----------
    rows : tuple of Row
        In the file's order; no symbol twice with the same day.
    scheme, source : str
    dated : date or None
    """

    rows: tuple[Row, ...]
    scheme: str
    source: str
    dated: dt.date | None


def read_rows(path: Path) -> Rows:
    """Read a table of sectors.

    Parameters
    ----------
    path : Path
        CSV in UTF-8 with the columns symbol and sector (or industry), and if at hand since,
        market_value, scheme, source and dated; others are not looked at.

    Raises
    ------
    FaultyFileError
        If anything in it cannot be read, or contradicts itself; the first eight faults are
        listed, each with its line.
    """
    faults = Faults(path)
    records = read_records(path, faults, most_rows=_MOST_ROWS, largest=_LARGEST_FILE)
    columns = _place(next(records, (0, []))[1], faults)
    faults.raise_if_any()
    reader = _Reader(columns, faults)
    for line, cells in records:
        reader.read(line, {name: cells[at].strip() for name, at in columns.items()})
    return reader.finish()


def check_scheme(text: str) -> str:
    """Return the id of a scheme, which is the name of its file too.

    Raises
    ------
    InputError
        If it is none.
    """
    if not _SCHEME.fullmatch(text):
        raise InputError(
            f"{text[:_LONGEST_TEXT]!r} is no id of a scheme",
            "write up to 40 small letters, digits, _ and -, such as sw2021",
        )
    return text


def check_text(text: str, what: str) -> str:
    """Return a line of text with single blanks.

    Raises
    ------
    InputError
        If it is empty or long, holds what cannot be printed, or begins like a formula.
    """
    plain = " ".join(text.split())
    if not plain:
        raise InputError(f"the {what} is empty", "fill it in")
    if plain.startswith(_FORMULA):
        raise InputError(f"the {what} {plain[:40]!r} begins like a formula", "write a plain name")
    if not plain.isprintable():
        raise InputError(f"the {what} {plain[:40]!r} holds control characters", "remove them")
    if len(plain) > _LONGEST_TEXT:
        raise InputError(
            f"the {what} {plain[:40]!r}... is too long", f"write {_LONGEST_TEXT} characters or less"
        )
    return plain


def check_day(text: str) -> dt.date:
    """Return a day written as 2024-06-16.

    Raises
    ------
    InputError
        If it is none.
    """
    try:
        if _DAY.fullmatch(text):
            return dt.date.fromisoformat(text)
    except ValueError:
        pass
    raise InputError(f"{text[:40]!r} is no date", "write it as 2024-06-16")


def _check_value(text: str) -> float:
    if not _NUMBER.fullmatch(text) or not 0 < float(text) < float("inf"):
        raise InputError(
            f"{text[:40]!r} is no market value", "write a plain number above zero, such as 1250.5"
        )
    return float(text)


def _check_symbol(text: str) -> str:
    return str(Symbol.parse(text))


_check_sector = partial(check_text, what="sector")
_check_source = partial(check_text, what="source")


@dataclass
class _Reader:
    columns: Mapping[str, int]
    faults: Faults
    rows: list[Row] = field(default_factory=list)
    lines: dict[tuple[str, dt.date | None], int] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)

    def read(self, line: int, cells: Mapping[str, str]) -> None:
        """Take one row, or note what is wrong with it."""
        for name in _CONSTANT:
            self._compare(line, name, cells.get(name, ""))
        symbol = self.faults.parse(line, "symbol", cells["symbol"], _check_symbol)
        sector = self.faults.parse(line, "sector", cells["sector"], _check_sector)
        day, worth = cells.get("since"), cells.get("market_value")
        since = self.faults.parse(line, "since", day, check_day) if day else None
        value = (
            self.faults.parse(line, "market_value", worth, _check_value) if worth else float("nan")
        )
        if symbol is None or sector is None or value is None or (day and since is None):
            return
        earlier = self.lines.setdefault((symbol, since), line)
        if earlier != line:
            message = f"{symbol} stands twice {f'from {since}' if since else 'without a date'}"
            self.faults.add(line, "symbol", f"{message}, also on line {earlier}", "keep one")
            return
        self.rows.append(Row(symbol, sector, since, value))

    def finish(self) -> Rows:
        """Return what was read, or raise all that was noted."""
        scheme, source, day = (self.constants.get(name) for name in _CONSTANT)
        kept_scheme = self.faults.parse(None, "scheme", scheme, check_scheme) if scheme else ""
        kept_source = self.faults.parse(None, "source", source, _check_source) if source else ""
        dated = self.faults.parse(None, "dated", day, check_day) if day else None
        self.faults.raise_if_any()
        if not self.rows:
            self.faults.add(None, "", "the file has no rows", "give each share a row")
            self.faults.raise_if_any()
        return Rows(tuple(self.rows), kept_scheme or "", kept_source or "", dated)

    def _compare(self, line: int, name: str, text: str) -> None:
        first = self.constants.setdefault(name, text)
        if text != first:
            message = f"{text[:40]!r} is not {first[:40]!r}, which stands above"
            self.faults.add(line, name, message, "write the same in every row")


def _place(header: Sequence[str], faults: Faults) -> dict[str, int]:
    """Return where each known column stands."""
    names = [name.strip() for name in header]
    if "sector" not in names and _OTHER_NAME in names:
        names = ["sector" if name == _OTHER_NAME else name for name in names]
    return place_columns(names, COLUMNS[:2], COLUMNS, faults)
