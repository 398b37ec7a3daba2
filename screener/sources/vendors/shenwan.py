"""Shenwan's industry classification of mainland shares with its history, through akshare."""

import datetime as dt
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from screener.companies.membership import Sectors, make_sectors
from screener.companies.sector_rows import Row
from screener.sources.errors import (
    BlockedError,
    EmptyError,
    SchemaChangedError,
    TransportError,
)
from screener.sources.limits import Limits, read_limits
from screener.sources.vendors.frames import check_columns
from screener.sources.vendors.guard import guarded
from universes import InputError
from universes.symbol import Symbol
from universes.tables import read_toml

if TYPE_CHECKING:
    import pandas as pd

SOURCE = "shenwan"
SCHEME = "sw2021"

_TOLD = "Shenwan Hongyuan Research, StockClassifyUse_stock.xls"
_FACTS_FILE = Path(__file__).parent / "shenwan.toml"
_SUFFIXES = ("SH", "SZ", "BJ")
_COLUMNS = ("symbol", "start_date", "industry_code", "update_time")
_INDUSTRY = re.compile(r"[0-9]{6}")
_SHARE_DIGITS = 6
# a workbook has a byte of zero, whichever of the two kinds it is; a page of text has none
_IN_A_WORKBOOK = "\0"
# what pandas reads an .xls file with, one or the other
_READERS = ("xlrd", "calamine")
# what raises over a damaged workbook, beside what the guard knows
_DAMAGED = ("xlrd", "python_calamine", "struct")
# a share here and there is a fault of the data; more are a changed layout
_MOST_LEFT_OUT = 0.05

_Change = tuple[dt.date, dt.date, str]


@dataclass(frozen=True)
class Classification:
    """What the publisher told.

    Attributes
    ----------
    sectors : Sectors
        With a row for each change of a share's sector.
    unknown : tuple of str
        Codes of sectors that no name is kept for; they stand in place of one.
    unconfirmed : tuple of str
        Sectors whose name is kept without having been confirmed.
    left_out : tuple of str
        Codes, as told, of what is no mainland share, or whose rows cannot be read or contradict
        each other.
    """

    sectors: Sectors
    unknown: tuple[str, ...]
    unconfirmed: tuple[str, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class _Facts:
    """The publisher's limits, its sectors' names by code, the codes of names not confirmed."""

    limits: Limits
    known: Mapping[str, str]
    unconfirmed: frozenset[str]


def limits() -> Limits:
    """Return how gently the publisher is asked."""
    return _load_facts().limits


def fetch_sectors(dated: dt.date) -> Classification:
    """Fetch the sector of every mainland share, with the day of each change.

    Parameters
    ----------
    dated : date
        Today.

    Raises
    ------
    InputError
        If what reads the workbook is not installed.
    SchemaChangedError
        If a column is missing, or more than one share in twenty cannot be placed or read.
    BlockedError
        If the site's certificate cannot be checked, beside what `guarded` says.
    SourceError
        As `screener.sources.vendors.guard.guarded` says.
    """
    frame = _fetch_frame()
    check_columns(SOURCE, frame, _COLUMNS)
    histories, codes = _read_histories(frame)
    placed = {code: symbol for code in histories if (symbol := _place(code))}
    left_out = tuple(code for code in codes if code not in placed)
    if not placed or len(left_out) > _MOST_LEFT_OUT * len(codes):
        message = f"{len(left_out)} of {len(codes)} shares cannot be read"
        raise SchemaChangedError(SOURCE, f"{message}: {', '.join(left_out[:5])}")
    facts = _load_facts()
    rows = [
        row
        for code, symbol in placed.items()
        for row in _name_changes(symbol, histories[code], facts.known)
    ]
    levels = {level for code in placed for *_, level in histories[code]}
    return Classification(
        make_sectors(SCHEME, _TOLD, dated, rows),
        tuple(sorted(levels - facts.known.keys())),
        tuple(sorted({facts.known[level] for level in levels & facts.unconfirmed})),
        left_out,
    )


def _fetch_frame() -> "pd.DataFrame":
    try:
        # what reads the workbook prints its remarks where results belong
        with guarded(SOURCE, page=_IN_A_WORKBOOK), redirect_stdout(io.StringIO()):
            import akshare  # noqa: PLC0415 - takes seconds to import

            try:
                frame: pd.DataFrame = akshare.stock_industry_clf_hist_sw()
            except Exception as error:
                if _is_damage(error):
                    message = f"the workbook is damaged or cut short: {error}"
                    raise TransportError(SOURCE, message) from error
                raise
    except ImportError as error:
        if not any(reader in str(error) for reader in _READERS):
            raise
        raise InputError(f"an .xls file cannot be read: {error}", "pip install xlrd") from error
    except TransportError as error:
        # the guard's words are too few to tell a certificate from a connection that broke
        if "certificate verify failed" not in str(error.__context__):
            raise
        message = (
            "its certificate cannot be checked (the site is known to leave out the certificate "
            "between its own and the root): name a file that has it in REQUESTS_CA_BUNDLE"
        )
        raise BlockedError(SOURCE, message) from error
    if frame.empty:
        raise EmptyError(SOURCE, "answered with an empty table")
    return frame


def _is_damage(error: Exception) -> bool:
    library = type(error).__module__.split(".")[0]
    return library in _DAMAGED or isinstance(error, AssertionError)


def _read_histories(frame: "pd.DataFrame") -> tuple[dict[str, list[_Change]], list[str]]:
    """Return what is told of each share that can be read, and the codes of all, in order."""
    columns = [frame[name].tolist() for name in _COLUMNS]
    changes: dict[str, list[_Change]] = {}
    faulty = set()
    codes: dict[str, None] = {}
    for share, since, industry, told in zip(*columns, strict=True):
        if not _is_told(share) and not _is_told(industry):
            # a workbook's last rows may be blank
            continue
        code = _fill(share)
        codes[code] = None
        level = _fill(industry)
        if not isinstance(since, dt.date) or not _is_told(since) or not _INDUSTRY.fullmatch(level):
            faulty.add(code)
            continue
        updated = told if isinstance(told, dt.date) and _is_told(told) else dt.date.min
        changes.setdefault(code, []).append((since, updated, f"{level[:2]}0000"))
    settled = {code: _settle(each) for code, each in changes.items() if code not in faulty}
    return {code: each for code, each in settled.items() if each is not None}, list(codes)


def _is_told(value: object) -> bool:
    # what is not there is not equal to itself, whether a number or a time
    return value is not None and value == value  # noqa: PLR0124


def _fill(value: object) -> str:
    return str(value).strip().zfill(_SHARE_DIGITS)


def _settle(changes: Sequence[_Change]) -> list[_Change] | None:
    """Return one change for each day, the last written; None where two contradict each other."""
    by_day: dict[dt.date, list[_Change]] = {}
    for change in sorted(changes):
        by_day.setdefault(change[0], []).append(change)
    settled = []
    for each in by_day.values():
        latest = [change for change in each if change[1] == each[-1][1]]
        if len({sector for *_, sector in latest}) > 1:
            return None
        settled.append(latest[-1])
    return settled


def _name_changes(
    symbol: str, changes: Iterable[_Change], names: Mapping[str, str]
) -> Iterator[Row]:
    """Yield a row for each day on which a share's sector became another."""
    last = ""
    for since, _, level in changes:
        if level != last:
            last = level
            yield Row(symbol, names.get(level, level), since, float("nan"))


def _place(code: str) -> str | None:
    """Return the one mainland share of a code, None where there is none such or several."""
    found = []
    for suffix in _SUFFIXES:
        try:
            symbol = Symbol.parse(f"{code}.{suffix}")
        except InputError:
            continue
        if symbol.kind == "share":
            found.append(str(symbol))
    return found[0] if len(found) == 1 else None


@cache
def _load_facts() -> _Facts:
    table = read_toml(_FACTS_FILE)
    known: dict[str, str] = {}
    unconfirmed: set[str] = set()
    for edition in table.tables("editions"):
        names = edition.table("names")
        told = {code: names.text(code) for code in names.names()}
        known |= told
        if not edition.flag("verified"):
            unconfirmed |= told.keys()
        for name in ("id", "source"):
            edition.text(name)
        edition.finish()
    limits = read_limits(table.table("limits"))
    table.finish()
    table.faults.raise_if_any()
    return _Facts(limits, known, frozenset(unconfirmed))
