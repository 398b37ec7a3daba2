"""A folder of tables that a person can make: a row for each date, a column for each symbol."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from screener.adjust import dividend_factors, price_from_total, raw_factors, restate
from screener.calendar import Days, load_sessions
from screener.origin import Origin
from screener.panel import CorporateAction, Field, Floats, Panel, Quote
from screener.sources.files.layouts import read_actions_file
from universes import InputError, Symbol
from universes.rating import BASES, Basis
from universes.tables import is_there

_FIELDS: Mapping[Field, str] = {"close": "closes", "open": "opens", "high": "highs"}
_QUOTES: tuple[Quote, ...] = (*BASES, "raw")
_ACTIONS = "corporate_actions"

Tables = dict[tuple[Field, Quote], pd.DataFrame]


def read_wide(folder: Path) -> Panel:
    """Read a folder of CSV tables.

    Parameters
    ----------
    folder : Path
        Holds at least one of closes_price.csv, closes_total.csv and closes_raw.csv, and if at
        hand the same of opens, highs and corporate_actions.csv (symbol, ex_date, cash_per_share,
        bonus_ratio, confidence; cash always restated for later bonuses). The tables begin with
        a ``date`` column; cells are empty where a security did not trade. A basis without
        closes of its own is derived: from daily raw closes where they are there, or the price
        basis from daily closes on the total basis. The corporate actions must then be complete:
        a symbol without a row had none. Beside raw prices they are always needed.

    Returns
    -------
    Panel
        With the prices of the tables and what was derived from them; an index or a currency
        stands in any of them as its own level.

    Raises
    ------
    InputError
        If a table is missing or cannot be read; its file, and where known the place, is named.
    """
    names = {f"{_FIELDS[name]}_{quote}": (name, quote) for name in _FIELDS for quote in _QUOTES}
    paths = [folder / f"{name}.csv" for name in (*names, _ACTIONS)]
    paths = [path for path in paths if is_there(path)]
    tables = {names[path.stem]: _read_table(path) for path in paths if path.stem in names}
    listed = folder / f"{_ACTIONS}.csv"
    actions = read_actions_file(listed) if listed in paths else None
    _check_tables(folder, tables, actions)
    digest = hashlib.sha256(b"".join(path.name.encode() + path.read_bytes() for path in paths))
    origin = Origin(str(folder), digest.hexdigest())
    try:
        closes, opens, highs = (_by_quote(tables, name) for name in _FIELDS)
        panel = Panel.from_frames(closes, opens, origin, actions or (), highs)
        if actions is None:
            return panel
        spans = dict.fromkeys(panel.symbols, (panel.dates[0], panel.dates[-1]))
        return _derive_bases(replace(panel, listed=spans))
    except InputError as error:
        raise InputError(f"{folder}: {error.message}", error.remedy) from None


def _check_tables(folder: Path, tables: Tables, actions: list[CorporateAction] | None) -> None:
    if not any(name == "close" for name, _ in tables):
        raise InputError(
            f"{folder} holds neither closes_price.csv nor closes_total.csv nor closes_raw.csv",
            "see docs/files.md for the layout of a price folder",
        )
    if actions is None and any(quote == "raw" for _, quote in tables):
        raise InputError(
            f"{folder} holds raw prices without {_ACTIONS}.csv",
            "list all corporate actions; a table without rows says that there were none",
        )


def _by_quote(tables: Tables, name: Field) -> dict[Quote, pd.DataFrame]:
    return {quote: table for (each, quote), table in tables.items() if each == name}


def _derive_bases(panel: Panel) -> Panel:
    """Add the bases that have no closes of their own, from raw closes before total ones."""
    source: Quote = "raw" if ("close", "raw") in panel.prices else "total"
    wanted = [basis for basis in BASES if ("close", basis) not in panel.prices]
    if source in wanted or not wanted:
        return panel
    prices = dict(panel.prices)
    for basis in wanted:
        prices.update(_derive(panel, source, basis))
    return replace(panel, prices=prices, derived=source == "total")


def _derive(panel: Panel, source: Quote, basis: Basis) -> dict[tuple[Field, Quote], Floats]:
    names = [name for name in _FIELDS if (name, source) in panel.prices]
    derived = {name: panel.prices[name, source].copy() for name in names}
    closes = panel.prices["close", source]
    recorded = panel.dates[np.isfinite(closes).any(axis=1)]
    for column, symbol in enumerate(panel.symbols):
        paid = restate([each for each in panel.actions if each.symbol == symbol], back=True)
        exchange = Symbol.parse(symbol).exchange
        _check_daily(exchange.calendar, recorded, paid)
        close = closes[:, column]
        if source == "raw":
            factors = raw_factors(panel.dates, close, paid, basis)
            for matrix in derived.values():
                matrix[:, column] *= factors
            continue
        factors = dividend_factors(panel.dates, close, paid)
        for matrix in derived.values():
            matrix[:, column] = price_from_total(
                matrix[:, column], factors, panel.dates, paid, exchange.price_decimals
            )
    return {(name, basis): matrix for name, matrix in derived.items()}


def _check_daily(calendar: str, dates: Days, actions: Iterable[CorporateAction]) -> None:
    """Refuse where the session before an ex-date is missing, whose close the factor needs."""
    for action in actions:
        day = np.datetime64(action.ex_date)
        if not len(dates) or not dates[0] < day <= dates[-1]:
            continue
        year = day.astype(dt.date).year
        sessions = load_sessions(calendar, year - 1, year).days
        before = sessions[sessions < day][-1]
        if before not in dates:
            raise InputError(
                f"the close of {before}, before the ex-date {day} of {action.symbol}, is missing",
                "bring daily closes, or closes_price.csv",
            )


def _read_table(path: Path) -> pd.DataFrame:
    table = _read_csv(path)
    if not len(table.columns) or table.columns[0] != "date":
        raise InputError(f"{path}: the first column is not 'date'", "name it date")
    remedy = "write dates as 2024-06-17 and prices as plain numbers"
    dates = pd.to_datetime(table.pop("date"), format="%Y-%m-%d", errors="coerce")
    if dates.isna().any():
        raise InputError(f"{path}: line {int(dates.isna().argmax()) + 2} has no date", remedy)
    table.index = dates
    try:
        table = table.astype("float64")
        return table.rename(columns=lambda name: str(Symbol.parse(str(name)))).sort_index()
    except InputError as error:
        raise InputError(f"{path}: {error.message}", error.remedy) from None
    except ValueError as error:
        raise InputError(f"{path}: {error}", remedy) from None


def _read_csv(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path, dtype=str, encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{path} cannot be read: {reason}", "save it as UTF-8 CSV") from None
