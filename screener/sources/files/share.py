"""What the files of one share each have in common."""

import re

from screener.bars import FIGURES, BarBasis, Bars
from screener.sources.files.columns import Columns
from screener.sources.files.imported import Declared
from universes import InputError, Symbol

_REMEDY = "name the file by its symbol, as 0700.HK.csv, or give the exchange of such names"


def find_share(columns: Columns, name: str, declared: Declared) -> Symbol:
    """Return whose bars a file holds.

    Parameters
    ----------
    columns : Columns
        A column ``code``, where there is one, must hold one code throughout, the file's.
    name : str
        The file's name without its suffix.

    Raises
    ------
    InputError
        If there are no rows, neither the name nor the code tells a symbol, or the two disagree.
    """
    columns.refuse_empty()
    codes = columns.words("code")[1] if columns.has("code") else []
    if len(codes) > 1:
        raise InputError(
            f"{columns.path} holds {len(codes)} codes, {codes[0]} and {codes[1]} among them",
            "bring one file for each share, or a long table",
        )
    try:
        symbol = declared.find_symbol(name)
    except InputError as error:
        if not codes:
            raise InputError(f"{columns.path}: {error}", _REMEDY) from None
        return _find_code(columns, codes[0], declared)
    if codes and _digits(codes[0]) != _digits(symbol.code):
        raise InputError(
            f"{columns.path} is named {symbol} and holds {codes[0]}", "name it by what it holds"
        )
    return symbol


def make_bars(
    columns: Columns, symbol: Symbol, basis: BarBasis, declared: Declared, unit: int = 1
) -> Bars:
    """Return the bars of a file of one share; ``unit`` is how many shares its volume counts by."""
    figures = {name: columns.floats(name) for name in FIGURES}
    figures["volume"] = figures["volume"] * unit
    dates = columns.days("date")
    for array in (dates, *figures.values()):
        array.flags.writeable = False
    return Bars(
        symbol=str(symbol),
        dates=dates,
        currency=symbol.exchange.currency,
        basis=basis,
        source=declared.source,
        fetched_at=declared.fetched_at,
        **figures,
    )


def _find_code(columns: Columns, code: str, declared: Declared) -> Symbol:
    try:
        return declared.find_symbol(code)
    except InputError as error:
        raise InputError(f"{columns.path}: {error}", _REMEDY) from None


def _digits(code: str) -> str:
    return re.sub(r"\D", "", code).lstrip("0")
