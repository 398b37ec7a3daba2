"""Which reader takes a file, told by its columns."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from screener.panel import CorporateAction
from screener.sources.files.akshare import CHINESE, ENGLISH, read_chinese, read_english
from screener.sources.files.columns import Columns
from screener.sources.files.imported import Declared, Found
from screener.sources.files.listed import ACTIONS, NAMES, read_actions, read_names
from screener.sources.files.long import LONG, read_long
from screener.sources.files.opened import open_file
from screener.sources.files.styles import Style, recognise
from screener.sources.files.yahoo import YAHOO, read_yahoo

_TABLES: Mapping[Style, Callable[[Columns, Declared], Found]] = {
    LONG: read_long,
    ACTIONS: read_actions,
    NAMES: read_names,
}
_SHARES: Mapping[Style, Callable[[Columns, str, Declared], Found]] = {
    YAHOO: read_yahoo,
    CHINESE: read_chinese,
    ENGLISH: read_english,
}


def read_file(path: Path, declared: Declared) -> Found:
    """Read one file, in whatever layout its columns are of.

    Raises
    ------
    InputError
        If the layout is unknown or the file cannot be read; file and place are named.
    """
    opened = open_file(path)
    found = Found()
    for ticker in opened.tickers:
        headers = opened.headers(ticker)
        style = recognise(path, headers, (*_TABLES, *_SHARES))
        columns = opened.read(style, ticker)
        if style in _TABLES:
            found.add(_TABLES[style](columns, declared))
        else:
            found.add(_SHARES[style](columns, ticker or path.stem, declared))
        if others := style.others(headers):
            found.notes.append(f"not taken: the columns {', '.join(others)}")
    return found


def read_actions_file(path: Path) -> list[CorporateAction]:
    """Read a table of corporate actions on its own; see `screener.sources.files.listed`.

    Raises
    ------
    InputError
        If a column is missing or a row is no corporate action; the line is named.
    """
    opened = open_file(path)
    recognise(path, opened.headers(""), (ACTIONS,))
    declared = Declared("file", None, np.datetime64("NaT", "s"), None)
    found = read_actions(opened.read(ACTIONS, ""), declared)
    return [action for listed in found.listed for action in listed.actions]
