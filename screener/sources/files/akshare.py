"""Files as akshare writes them: one for each share, in Chinese or English columns."""

from dataclasses import replace

import numpy as np

from screener.bars import BarBasis
from screener.sources.files.columns import Columns
from screener.sources.files.imported import Declared, Found
from screener.sources.files.share import find_share, make_bars
from screener.sources.files.styles import Style
from screener.sources.files.traded import Traded
from universes import InputError

_LOT = 100
_UNITS = {1: "shares", _LOT: "lots of 100"}

CHINESE = Style(
    "one file for each share as akshare writes it (日期, 开盘, 收盘, 最高, 最低, 成交量, 成交额)",
    words={"date": "日期", "code": "股票代码"},
    figures={
        "open": "开盘",
        "high": "最高",
        "low": "最低",
        "close": "收盘",
        "volume": "成交量",
        "amount": "成交额",
    },
    needed=("date", "open", "high", "low", "close"),
    passed=frozenset({"振幅", "涨跌幅", "涨跌额", "换手率"}),
)
ENGLISH = Style(
    "the same with English columns (date, open, high, low, close, volume, amount)",
    words={"date": "date"},
    figures={name: name for name in ("open", "high", "low", "close", "volume", "amount")},
    needed=("date", "open", "high", "low", "close"),
    passed=frozenset({"outstanding_share", "turnover"}),
)


def read_chinese(columns: Columns, name: str, declared: Declared) -> Found:
    """Read a file with Chinese columns, whose mainland volumes are in lots; see `_read`."""
    return _read(columns, name, declared, _LOT)


def read_english(columns: Columns, name: str, declared: Declared) -> Found:
    """Read a file with English columns, whose volumes are in shares; see `_read`."""
    return _read(columns, name, declared, 1)


def _read(columns: Columns, name: str, declared: Declared, mainland_unit: int) -> Found:
    """Read the file of one share, holding its amounts against its prices and volumes.

    Raises
    ------
    InputError
        If the symbol is unknown, a cell is no figure, the basis is declared as raw and is not,
        or it is not declared and the amounts do not show that it is raw.
    """
    found = Found()
    symbol = find_share(columns, name, declared)
    if not symbol.takes_basis:
        bars = make_bars(columns, symbol, "raw", declared)
        blank = np.full(len(bars), np.nan)
        if columns.has("volume") or columns.has("amount"):
            found.notes.append("an index's volume and amount have no sure unit: not taken")
        found.bars.append(replace(bars, volume=blank, amount=blank))
        return found
    traded = Traded.of(columns, symbol)
    stated = mainland_unit if symbol.exchange.calendar == "XSHG" else 1
    unit = _settle_unit(traded, stated, found.notes)
    basis = _settle_basis(columns, traded, unit, declared, found.notes)
    found.bars.append(make_bars(columns, symbol, basis, declared, unit))
    return found


def _settle_unit(traded: Traded, stated: int, notes: list[str]) -> int:
    """Return how many shares one unit of the file's volume is."""
    other = _LOT if stated == 1 else 1
    if traded.shows_unit(other, stated):
        notes.append(
            f"the volume is in {_UNITS[other]}, not in {_UNITS[stated]} as this layout has it:"
            " amount / volume lies between low and high only so"
        )
        return other
    if len(traded) and not traded.shows_unit(stated, other):
        notes.append(
            f"the volume was taken in {_UNITS[stated]}, as this layout has it; amount / volume"
            " does not show it"
        )
    return stated


def _settle_basis(
    columns: Columns, traded: Traded, unit: int, declared: Declared, notes: list[str]
) -> BarBasis:
    outside = int((~traded.inside(unit)).sum())
    told = f"amount / volume lies outside low to high on {outside} of {len(traded)} rows"
    if declared.basis == "raw" and traded.refutes_raw(unit):
        raise InputError(
            f"{columns.path}: the prices are not raw: {told}",
            "declare the basis they have (Eastmoney's qfq is additive, Sina's multiplicative)",
        )
    if declared.basis == "raw" and not traded.shows_raw(unit) and outside:
        notes.append(f"the prices may not be raw: {told}")
    if declared.basis is not None:
        return declared.basis
    if not traded.shows_raw(unit):
        why = told if len(traded) else "it has no amounts and volumes to tell by"
        raise InputError(
            f"{columns.path}: nothing tells whether the prices are adjusted: {why}",
            "declare the basis: raw, or additive (Eastmoney's qfq), or multiplicative (Sina's)",
        )
    notes.append(
        "the prices were taken as raw, because amount / volume lies between low and high; an"
        " adjustment smaller than a day's range would not show"
    )
    return "raw"
