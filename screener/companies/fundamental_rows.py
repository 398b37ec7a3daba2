"""Fundamentals as a CSV table: read row by row with all their faults, and written."""

import csv
import datetime as dt
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from screener.companies.csv_rows import Faults, place_columns, read_records
from screener.companies.facts import AMOUNTS, Facts, Item, list_items
from screener.companies.sector_rows import check_day, check_text
from universes import InputError, Symbol

_NEEDED = ("symbol", "item", "period", "known", "value")
_COLUMNS = (*_NEEDED, "source")
# as bars from files that name nobody
_NOBODY = "file"

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")
_LARGEST_FILE = 64 * 2**20
_MOST_ROWS = 500_000
_check_source = partial(check_text, what="source")


def read_fundamentals(path: Path, latest: dt.date, source: str | None = None) -> Facts:
    """Read a table of fundamentals.

    Parameters
    ----------
    path : Path
        CSV in UTF-8 with the columns symbol (in any spelling), item, period, known and value,
        and if at hand source; others are not looked at. A fraction is 0.05, not 5%.
    latest : date
        By then each figure is known.
    source : str, optional
        Who tells the figures, where the file has no column of it; left out: file.

    Returns
    -------
    Facts
        In the file's order.

    Raises
    ------
    FaultyFileError
        If anything in the file cannot be read, or contradicts itself; the first eight faults
        are listed, each with its line.
    InputError
        If the source is no plain text, or is told by the file too.
    """
    given = _check_source(source) if source is not None else None
    faults = Faults(path)
    records = read_records(path, faults, most_rows=_MOST_ROWS, largest=_LARGEST_FILE)
    header = [name.strip() for name in next(records, (0, []))[1]]
    columns = place_columns(header, _NEEDED, _COLUMNS, faults)
    faults.raise_if_any()
    if given and "source" in columns:
        raise InputError(f"{path} has a column source", "leave out --source, or the column")
    reader = _Reader(faults, latest, given or _NOBODY)
    for line, cells in records:
        reader.read(line, {name: cells[at].strip() for name, at in columns.items()})
    return reader.finish()


def write_fundamentals(facts: Facts) -> bytes:
    """Spell figures as CSV in UTF-8, which `read_fundamentals` reads as the same."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    columns = (facts.symbol, facts.item, facts.period, facts.known, facts.value, facts.source)
    writer.writerows(zip(*(column.tolist() for column in columns), strict=True))
    return out.getvalue().encode()


def _check_symbol(text: str) -> str:
    symbol = Symbol.parse(text)
    if symbol.kind != "share":
        raise InputError(f"{symbol} is no share", "name shares: others have no fundamentals")
    return str(symbol)


def _check_item(text: str) -> Item:
    items = list_items()
    if text not in items:
        raise InputError(f"there is no figure {text[:40]!r}", f"write one of: {', '.join(items)}")
    return items[text]


def _check_value(text: str) -> float:
    if text.endswith(("%", "％")):
        raise InputError(f"{text[:40]!r} is a percentage", "write a fraction: 0.05 for 5%")
    if not _NUMBER.fullmatch(text):
        remedy = "write a plain number such as 12.5, or leave out the row where there is none"
        raise InputError(f"{text[:40]!r} is no number", remedy)
    value = float(text)
    if value in {float("inf"), float("-inf")}:
        raise InputError(f"{text[:40]!r} is too large", "write the number as it is")
    return value


@dataclass
class _Reader:
    faults: Faults
    latest: dt.date
    source: str
    rows: list[tuple[str, str, dt.date, dt.date, float, str]] = field(default_factory=list)
    lines: dict[tuple[str, str, dt.date, dt.date, str], int] = field(default_factory=dict)

    def read(self, line: int, cells: Mapping[str, str]) -> None:
        """Take one row, or note what is wrong with it."""
        parse = partial(self.faults.parse, line)
        symbol = parse("symbol", cells["symbol"], _check_symbol)
        item = parse("item", cells["item"], _check_item)
        period = parse("period", cells["period"], check_day)
        known = parse("known", cells["known"], check_day)
        value = parse("value", cells["value"], _check_value)
        told = parse("source", cells.get("source", self.source), _check_source)
        if known and known > self.latest:
            message = f"{known} is still to come"
            self.faults.add(line, "known", message, "write the day it became known")
        if item and period and known:
            self._check_days(line, item, period, known)
        if item and value is not None and value < 0 and item.unit in {*AMOUNTS, "shares"}:
            message = f"{item.id} cannot be below zero"
            self.faults.add(line, "value", message, "write what was spent, or is there, as it is")
        if symbol and item and period and known and value is not None and told:
            self._keep(line, (symbol, item.id, period, known, told), value)

    def finish(self) -> Facts:
        """Return what was read, or raise all that was noted."""
        self.faults.raise_if_any()
        if not self.rows:
            self.faults.add(None, "", "the file has no rows", "give each figure a row")
            self.faults.raise_if_any()
        symbol, item, period, known, value, source = zip(*self.rows, strict=True)
        return Facts(
            np.array(symbol),
            np.array(item),
            np.array(period, dtype="datetime64[D]"),
            np.array(known, dtype="datetime64[D]"),
            np.array(value),
            np.array(source),
        )

    def _check_days(self, line: int, item: Item, period: dt.date, known: dt.date) -> None:
        # a programme's period is its first day, and it may be announced before
        if known < period and item.span != "programme":
            message = f"{item.id} of a period to {period} cannot be known on {known}"
            self.faults.add(line, "known", message, "write the day it became known")

    def _keep(self, line: int, key: tuple[str, str, dt.date, dt.date, str], value: float) -> None:
        earlier = self.lines.setdefault(key, line)
        if earlier != line:
            message = f"{key[1]} of {key[0]} for {key[2]} stands twice, also on line {earlier}"
            self.faults.add(line, "", message, "keep one, or give each its own day known")
            return
        symbol, item, period, known, source = key
        self.rows.append((symbol, item, period, known, value, source))
