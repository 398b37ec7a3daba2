"""A folder of tables that a person can make: a row for each date, a column for each symbol."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd

from screener.adjust import dividend_factors, price_from_total
from screener.panel import CorporateAction, Floats, Origin, Panel
from universes import InputError, Symbol
from universes.rating import Basis

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
    paths = [path for path in paths if path.exists()]
    tables = {path.stem: _read_table(path) for path in paths if path.stem in _TABLES}
    if not any(name.startswith("closes") for name in tables):
        raise InputError(
            f"{folder} holds neither closes_price.csv nor closes_total.csv",
            "see the README for the layout of a price folder",
        )
    actions = (
        _read_actions(folder / f"{_ACTIONS}.csv") if folder / f"{_ACTIONS}.csv" in paths else []
    )
    if "closes_price" not in tables and actions:
        _derive_price_basis(tables, actions)
    digest = hashlib.sha256(b"".join(path.name.encode() + path.read_bytes() for path in paths))
    return Panel.from_frames(
        _by_basis(tables, "closes"),
        _by_basis(tables, "opens"),
        Origin(str(folder), digest.hexdigest()),
        actions,
    )


def _by_basis(tables: Mapping[str, pd.DataFrame], name: str) -> dict[Basis, pd.DataFrame]:
    return {
        cast("Basis", key.removeprefix(f"{name}_")): table
        for key, table in tables.items()
        if key.startswith(name)
    }


def _derive_price_basis(tables: dict[str, pd.DataFrame], actions: list[CorporateAction]) -> None:
    closes = tables["closes_total"]
    derived: dict[str, dict[str, Floats]] = {"closes": {}, "opens": {}}
    for symbol in closes.columns:
        dates = closes.index.to_numpy().astype("datetime64[D]")
        own = [action for action in actions if action.symbol == symbol]
        factors = dividend_factors(dates, closes[symbol].to_numpy(dtype=np.float64), own)
        decimals = Symbol.parse(symbol).exchange.price_decimals
        for name, columns in derived.items():
            total = tables.get(f"{name}_total")
            if total is not None and symbol in total:
                prices = total[symbol].reindex(closes.index).to_numpy(dtype=np.float64)
                columns[symbol] = price_from_total(prices, factors, dates, own, decimals)
    for name, columns in derived.items():
        if columns:
            tables[f"{name}_price"] = pd.DataFrame(columns, index=closes.index)


def _read_table(path: Path) -> pd.DataFrame:
    table = _read_csv(path)
    if not len(table.columns) or table.columns[0] != "date":
        raise InputError(f"{path}: the first column is not 'date'", "name it date")
    try:
        table.index = pd.to_datetime(table.pop("date"), format="%Y-%m-%d")
        table = table.astype("float64")
    except ValueError as error:
        raise InputError(
            f"{path}: {error}", "write dates as 2024-06-17 and prices as plain numbers"
        ) from None
    try:
        return table.rename(columns=lambda name: str(Symbol.parse(str(name)))).sort_index()
    except InputError as error:
        raise InputError(f"{path}: {error.message}", error.remedy) from None


def _read_actions(path: Path) -> list[CorporateAction]:
    table = _read_csv(path)
    try:
        return [
            CorporateAction(
                symbol=str(Symbol.parse(str(row.symbol))),
                ex_date=str(np.datetime64(str(row.ex_date), "D")),
                cash=float(str(row.cash_per_share)),
                bonus=float(str(row.bonus_ratio)),
                confidence=str(row.confidence),
            )
            for row in table.itertuples()
        ]
    except (AttributeError, ValueError) as error:
        raise InputError(
            f"{path}: {error}",
            "write the columns symbol, ex_date, cash_per_share, bonus_ratio, confidence",
        ) from None


def _read_csv(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path, dtype=str, encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}", "save it as UTF-8 CSV") from None
