"""Long tables: a row for each symbol and day. Rows are grouped with NumPy, never one by one."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from screener.bars import BAR_BASES, FIGURES, BarBasis, Bars
from screener.sources.files.columns import Codes, Columns
from screener.sources.files.imported import Declared, Found, parse_all
from screener.sources.files.styles import Style
from universes import InputError, Symbol

_DEFAULT_BASIS: BarBasis = "multiplicative"
_STATED = ("basis", "currency", "source")

LONG = Style(
    "a long table (symbol, date, open, high, low, close, and if at hand volume, amount, currency,"
    " basis, source, fetched_at)",
    words={name: name for name in ("symbol", "date", *_STATED, "fetched_at")},
    figures={name: name for name in FIGURES},
    needed=("symbol", "date", "close"),
    any_case=True,
)


def read_long(columns: Columns, declared: Declared) -> Found:
    """Read a long table.

    Returns
    -------
    Found
        One series for each symbol, basis, currency and source, its rows in the file's order.
        ``fetched_at`` is the latest of its rows. A symbol that cannot be read is refused with
        its rows; the others are taken.

    Raises
    ------
    InputError
        If a cell is no date or number, a basis or currency is unknown, or no symbol can be
        read.
    """
    columns.refuse_empty()
    found = Found()
    codes, cells = _code_series(columns, declared, found.refused)
    order, starts = _group(codes)
    told = [cells.tell(int(row)) for row in (starts if order is None else order[starts])]
    moments = _latest(columns, order, starts, declared.fetched_at)
    cut = _cut(columns, order, starts)
    for series, (symbol, stated), moment in zip(cut, told, moments, strict=True):
        if symbol is not None:
            found.bars.append(
                Bars(
                    symbol=str(symbol),
                    currency=stated["currency"] or symbol.exchange.currency,
                    basis=_settle_basis(symbol, stated["basis"], declared),
                    source=stated["source"] or declared.source,
                    fetched_at=moment,
                    **series,
                )
            )
    found.notes.extend(_note_bases(told, declared))
    found.notes.extend(f"there is no {name}" for name in FIGURES[:3] if not columns.has(name))
    return found


class _Cells:
    """What a row says of its series: its symbol, and what `_STATED` columns hold."""

    def __init__(self, symbols: Codes, parsed: Sequence[Symbol | None]) -> None:
        self._symbols = symbols
        self._parsed = parsed
        self._stated: dict[str, tuple[Codes, list[str]]] = {}

    def state(self, name: str, codes: Codes, words: list[str]) -> None:
        self._stated[name] = codes, words

    def tell(self, row: int) -> tuple[Symbol | None, dict[str, str]]:
        stated = dict.fromkeys(_STATED, "")
        for name, (codes, words) in self._stated.items():
            if codes[row] >= 0:
                stated[name] = words[codes[row]]
        return self._parsed[self._symbols[row]], stated


def _code_series(
    columns: Columns, declared: Declared, refused: dict[str, str]
) -> tuple[Codes, _Cells]:
    """Return a number for each row that is the same exactly within one series."""
    symbols, spellings = columns.words("symbol")
    if (symbols < 0).any():
        row = int((symbols < 0).argmax())
        raise columns.fault(row, "there is no symbol", "write it as 300308.SZ or 0700.HK")
    parsed = parse_all(spellings, declared, refused)
    if not any(parsed):
        raise InputError(f"{columns.path}: {refused[spellings[0]]}")
    # two spellings of one symbol are one series
    first: dict[Symbol | None, int] = {}
    same = [first.setdefault(symbol, n) for n, symbol in enumerate(parsed)]
    codes = np.array(same, dtype=np.int64)[symbols]
    cells = _Cells(symbols, parsed)
    for name in _STATED:
        if columns.has(name):
            stated, words = columns.words(name)
            _check_words(columns, name, stated, words)
            cells.state(name, stated, words)
            codes = codes * (len(words) + 1) + stated + 1
    return codes, cells


def _check_words(columns: Columns, name: str, codes: Codes, words: list[str]) -> None:
    """Refuse a basis or currency that is none."""
    for n, word in enumerate(words):
        row = int((codes == n).argmax())
        if name == "basis" and word not in BAR_BASES:
            remedy = f"write one of: {', '.join(BAR_BASES)}"
            raise columns.fault(row, f"{word!r} is no basis", remedy)
        if name == "currency" and not re.fullmatch("[A-Z]{3}", word):
            raise columns.fault(row, f"{word!r} is no currency", "write it as CNY or HKD")


def _group(codes: Codes) -> tuple[npt.NDArray[np.intp] | None, npt.NDArray[np.intp]]:
    """Return the order that brings each series' rows together, and where each begins.

    The order is None where the file's own already does; within a series it is the file's.
    """
    starts = _find_starts(codes)
    if np.unique(codes[starts]).size == starts.size:
        return None, starts
    order = np.argsort(codes, kind="stable")
    return order, _find_starts(codes[order])


def _find_starts(codes: Codes) -> npt.NDArray[np.intp]:
    return np.concatenate(([0], np.flatnonzero(codes[1:] != codes[:-1]) + 1))


def _cut(
    columns: Columns, order: npt.NDArray[np.intp] | None, starts: npt.NDArray[np.intp]
) -> Iterator[dict[str, Any]]:
    """Yield the dates and figures of each series: read-only slices of whole columns."""
    ends = np.append(starts[1:], len(columns))
    whole = {"dates": _arrange(columns.days("date"), order)}
    whole |= {name: _arrange(columns.floats(name), order) for name in FIGURES if columns.has(name)}
    absent = np.full(int((ends - starts).max()), np.nan)
    for array in (absent, *whole.values()):
        array.flags.writeable = False
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        blank = dict.fromkeys(FIGURES, absent[: end - start])
        yield blank | {name: array[start:end] for name, array in whole.items()}


def _arrange(values: npt.NDArray[Any], order: npt.NDArray[np.intp] | None) -> npt.NDArray[Any]:
    return values if order is None else values[order]


def _latest(
    columns: Columns,
    order: npt.NDArray[np.intp] | None,
    starts: npt.NDArray[np.intp],
    otherwise: np.datetime64,
) -> list[np.datetime64]:
    """Return the latest time stated in each series, or the declared one."""
    if not columns.has("fetched_at"):
        return [otherwise] * len(starts)
    times = _arrange(columns.times("fetched_at"), order)
    latest = np.fmax.reduceat(times, starts)
    return list(np.where(np.isnat(latest), otherwise, latest))


def _settle_basis(symbol: Symbol, stated: str, declared: Declared) -> BarBasis:
    if not symbol.takes_basis:
        return "raw"
    return stated or declared.basis or _DEFAULT_BASIS  # type: ignore[return-value] # checked


def _note_bases(
    told: Sequence[tuple[Symbol | None, Mapping[str, str]]], declared: Declared
) -> list[str]:
    shares = [stated["basis"] for symbol, stated in told if symbol and symbol.takes_basis]
    notes = []
    if declared.basis is None and "" in shares:
        notes.append(
            f"the basis of {shares.count('')} series is not stated and was taken as"
            f" {_DEFAULT_BASIS}: they are kept apart and never appended to; state it where it is"
            " known"
        )
    if declared.basis and set(shares) - {"", declared.basis}:
        notes.append(f"its column 'basis' went before the declared {declared.basis!r}")
    return notes
