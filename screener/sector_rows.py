"""The rows of a CSV table of sectors, read one by one with all their faults."""

import csv
import datetime as dt
import io
import re
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

from universes import Fault, FaultyFileError, InputError, Symbol

T = TypeVar("T")

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
_MOST_FAULTS = 8


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
    faults = _Faults(path)
    records = _split(_read_text(path), faults)
    _, header = next(records, (0, []))
    columns = _place(header, faults)
    faults.raise_if_any()
    reader = _Reader(columns, faults)
    for number, (line, cells) in enumerate(records):
        if number == _MOST_ROWS:
            faults.add(line, "", f"more than {_MOST_ROWS} rows", "bring one market at a time")
            break
        if len(cells) != len(header):
            message = f"{len(cells)} cells, not {len(header)}"
            faults.add(line, "", message, "give each row a cell for every column")
            continue
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


class _Faults:
    """The faults of one file; only so many are kept, all are counted."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._faults: list[Fault] = []
        self._count = 0

    def add(self, line: int | None, key: str, message: str, remedy: str) -> None:
        self._count += 1
        if len(self._faults) < _MOST_FAULTS:
            self._faults.append(Fault(self.path, key, message, remedy, line))

    def raise_if_any(self) -> None:
        if not self._faults:
            return
        rest = self._count - len(self._faults)
        more = [Fault(self.path, "", f"{rest} more faults", "mend these first")] if rest else []
        raise FaultyFileError([*self._faults, *more])


@dataclass
class _Reader:
    columns: Mapping[str, int]
    faults: _Faults
    rows: list[Row] = field(default_factory=list)
    lines: dict[tuple[str, dt.date | None], int] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)

    def read(self, line: int, cells: Mapping[str, str]) -> None:
        """Take one row, or note what is wrong with it."""
        for name in _CONSTANT:
            self._compare(line, name, cells.get(name, ""))
        symbol = self._parse(line, "symbol", cells["symbol"], _check_symbol)
        sector = self._parse(line, "sector", cells["sector"], _check_sector)
        day, worth = cells.get("since"), cells.get("market_value")
        since = self._parse(line, "since", day, check_day) if day else None
        value = self._parse(line, "market_value", worth, _check_value) if worth else float("nan")
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
        kept_scheme = self._parse(None, "scheme", scheme, check_scheme) if scheme else ""
        kept_source = self._parse(None, "source", source, _check_source) if source else ""
        dated = self._parse(None, "dated", day, check_day) if day else None
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

    def _parse(
        self, line: int | None, key: str, text: str | None, parse: Callable[[str], T]
    ) -> T | None:
        try:
            return parse(text or "")
        except InputError as error:
            self.faults.add(line, key, error.message, error.remedy)
            return None


def _place(header: Sequence[str], faults: _Faults) -> dict[str, int]:
    """Return where each known column stands."""
    names = [name.strip() for name in header]
    if "sector" not in names and _OTHER_NAME in names:
        names = ["sector" if name == _OTHER_NAME else name for name in names]
    for name in COLUMNS[:2]:
        if name not in names:
            remedy = "name the columns symbol and sector in the first line"
            faults.add(1, "", f"there is no column {name!r}", remedy)
    for name in COLUMNS:
        if names.count(name) > 1:
            faults.add(1, "", f"the column {name!r} stands twice", "keep one")
    return {name: names.index(name) for name in COLUMNS if name in names}


def _split(text: str, faults: _Faults) -> Iterator[tuple[int, list[str]]]:
    """Yield each record that is not blank with the line it ends on."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as error:
        faults.add(reader.line_num, "", f"no CSV: {error}", "save the table again")


def _read_text(path: Path) -> str:
    problem: tuple[str, str] | None = None
    text = ""
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            problem = ("this is a directory", "name the file inside it")
        elif not stat.S_ISREG(found.st_mode):
            problem = ("this is no regular file", "name a CSV file")
        elif found.st_size > _LARGEST_FILE:
            problem = ("the file is too large", "bring one market at a time")
        else:
            text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problem = (f"not UTF-8 (byte {error.start})", "save it as UTF-8 CSV")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "this is no path"
        problem = (f"the file cannot be read: {reason}", "check the path")
    if "\0" in text:
        problem = ("this is no plain text", "save it as UTF-8 CSV")
    elif not problem and not text.strip():
        problem = ("the file is empty", "write a line of column names and a row for each share")
    if problem:
        raise FaultyFileError([Fault(path, "", *problem)])
    return text
