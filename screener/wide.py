"""A folder of tables that a person can make: a row for each date, a column for each symbol."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd

from screener.adjust import dividend_factors, price_from_total, restate
from screener.calendar import Days, load_sessions
from screener.panel import CorporateAction, Floats, Origin, Panel
from screener.sources.files.layouts import read_actions_file
from universes import InputError, Symbol
from universes.rating import Basis
from universes.tables import is_there

_TABLES = ("closes_price", "closes_total", "opens_price", "opens_total")
_ACTIONS = "corporate_actions"


def read_wide(folder: Path) -> Panel:
    """Read a folder of CSV tables.

    Parameters
    ----------
    folder : Path
        Holds at least one of closes_price.csv and closes_total.csv, and if at hand
        opens_price.csv, opens_total.csv and corporate_actions.csv (symbol, ex_date,
        cash_per_share, bonus_ratio, confidence). The tables begin with a ``date`` column; cells
        are empty where a security did not trade. Without closes_price.csv the price basis is
        derived from daily closes on the total basis and the corporate actions, which must then
        be complete: a symbol without a row had none.

    Raises
    ------
    InputError
        If a table is missing or cannot be read; its file, and where known the place, is named.
    """
    paths = [folder / f"{name}.csv" for name in (*_TABLES, _ACTIONS)]
    paths = [path for path in paths if is_there(path)]
    tables = {path.stem: _read_table(path) for path in paths if path.stem in _TABLES}
    if not any(name.startswith("closes") for name in tables):
        raise InputError(
            f"{folder} holds neither closes_price.csv nor closes_total.csv",
            "see docs/files.md for the layout of a price folder",
        )
    listed = folder / f"{_ACTIONS}.csv"
    actions = read_actions_file(listed) if listed in paths else None
    derived = "closes_price" not in tables and actions is not None
    try:
        if derived:
            _derive_price_basis(tables, actions or [])
        digest = hashlib.sha256(b"".join(path.name.encode() + path.read_bytes() for path in paths))
        panel = Panel.from_frames(
            _by_basis(tables, "closes"),
            _by_basis(tables, "opens"),
            Origin(str(folder), digest.hexdigest()),
            actions or (),
        )
    except InputError as error:
        raise InputError(f"{folder}: {error.message}", error.remedy) from None
    return replace(panel, derived=derived)


def _by_basis(tables: Mapping[str, pd.DataFrame], name: str) -> dict[Basis, pd.DataFrame]:
    return {
        cast("Basis", key.removeprefix(f"{name}_")): table
        for key, table in tables.items()
        if key.startswith(name)
    }


def _derive_price_basis(tables: dict[str, pd.DataFrame], actions: list[CorporateAction]) -> None:
    closes = tables["closes_total"]
    dates = closes.index.to_numpy().astype("datetime64[D]")
    derived: dict[str, dict[str, Floats]] = {"closes": {}, "opens": {}}
    for symbol in closes.columns:
        own = restate([each for each in actions if each.symbol == symbol], back=True)
        exchange = Symbol.parse(symbol).exchange
        _check_daily(exchange.calendar, dates, own)
        factors = dividend_factors(dates, closes[symbol].to_numpy(dtype=np.float64), own)
        for name, columns in derived.items():
            total = tables.get(f"{name}_total")
            if total is not None and symbol in total:
                prices = total[symbol].reindex(closes.index).to_numpy(dtype=np.float64)
                columns[symbol] = price_from_total(
                    prices, factors, dates, own, exchange.price_decimals
                )
    for name, columns in derived.items():
        if columns:
            tables[f"{name}_price"] = pd.DataFrame(columns, index=closes.index)


def _check_daily(calendar: str, dates: Days, actions: Iterable[CorporateAction]) -> None:
    """Refuse where the session before an ex-date is missing, whose close the factor needs."""
    for action in actions:
        day = np.datetime64(action.ex_date)
        if not dates[0] < day <= dates[-1]:
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
