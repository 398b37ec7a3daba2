"""Printed prices won back from adjusted ones, for tests on the larger market data.

It shares no code with the product: an action is undone by the exchanges' ex-price formula, one
after the other, the newest first. The corporate actions and exchange rates are those that the
embedded snapshot holds; shares of which it does not hold all actions must not be asked for.
"""

import json
from pathlib import Path
from typing import TypedDict

import numpy as np
import pandas as pd
from conftest import ROOT, SHARED

SNAPSHOT = ROOT / "screener" / "data" / "snapshot.json"
INDICES = ("000300.SH", "HSI.HK")
FIELDS = ("close", "open")


class Action(TypedDict):
    """A row of the snapshot; cash is restated for later bonuses."""

    symbol: str
    ex_date: str
    cash: float
    bonus: float
    confidence: str


def write_raw_folder(
    folder: Path, symbols: list[str], start: str, end: str
) -> dict[str, "pd.Series[float]"]:
    """Write closes_raw.csv, opens_raw.csv and corporate_actions.csv, from one day to another.

    The CSI 300, the Hang Seng and the known rates of HKDCNY.FX stand beside the shares. Returns
    how far each share's close lay from the grid of ticks before it was rounded, in ticks, by
    session: the largest, ``.max()``, tells how far its printed prices can be trusted. The
    adjusted A-shares are rounded to 0.01 themselves, so before an ex-date they come out on the
    right tick or the one beside it.
    """
    content = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    bars = read_bars([*symbols, *INDICES])
    tables: dict[str, dict[str, pd.Series[float]]] = {name: {} for name in FIELDS}
    distances = {}
    for symbol, own in bars.items():
        actions = [each for each in content["actions"] if each["symbol"] == symbol]
        printed = undo_actions(own, actions, tick_of(symbol)).loc[start:end]
        if symbol not in INDICES:
            ticks = printed["close"] / tick_of(symbol)
            distances[symbol] = (ticks - ticks.round()).abs()
            printed = printed.round(decimals_of(symbol))
        for name in FIELDS:
            tables[name][symbol] = printed[name]
    rates = pd.Series(content["price"]["HKDCNY.FX"], content["dates"], dtype=float).dropna()
    tables["close"]["HKDCNY.FX"] = rates.loc[start:end]
    for name, columns in tables.items():
        pd.DataFrame(columns).sort_index().to_csv(folder / f"{name}s_raw.csv", index_label="date")
    kept = [each for each in content["actions"] if each["symbol"] in symbols]
    pd.DataFrame(kept, columns=list(Action.__annotations__)).rename(
        columns={"cash": "cash_per_share", "bonus": "bonus_ratio"}
    ).to_csv(folder / "corporate_actions.csv", index=False)
    return distances


def read_bars(symbols: list[str]) -> dict[str, pd.DataFrame]:
    """Adjusted closes and opens by symbol.

    On Hong Kong's half days the file has a close and no volume, and repeats the close as the open:
    such an open is left out.
    """
    found = {}
    for name in ("cn_daily", "hk_daily", "index_daily"):
        path = SHARED / "market" / f"{name}.parquet"
        table = pd.read_parquet(path, filters=[("symbol", "in", symbols)])
        if "volume" in table:
            table["open"] = table["open"].where(table["volume"] > 0)
        table["date"] = pd.to_datetime(table["date"]).dt.strftime("%Y-%m-%d")
        for symbol, own in table.groupby("symbol"):
            found[str(symbol)] = own.set_index("date").sort_index()[list(FIELDS)]
    if missing := sorted(set(symbols) - set(found)):
        message = f"the market data hold no {missing[0]}"
        raise ValueError(message)
    return found


def undo_actions(adjusted: pd.DataFrame, actions: list[Action], tick: float) -> pd.DataFrame:
    """Closes and opens as printed: before an ex-date, times the last close over its ex-price."""
    printed = adjusted.copy()
    shares = 1.0
    for action in sorted(actions, key=lambda each: each["ex_date"], reverse=True):
        cash = action["cash"] * shares
        shares *= 1 + action["bonus"]
        before = printed.index < action["ex_date"]
        if not before.any() or before.all():
            continue
        # all later actions are undone by now, so this is the theoretical price of the ex-date
        ex_price = float(printed["close"].to_numpy()[before][-1])
        # the close before was a printed price: on the grid
        previous = np.round((ex_price * (1 + action["bonus"]) + cash) / tick) * tick
        printed.loc[before] *= previous / ((previous - cash) / (1 + action["bonus"]))
    return printed


def decimals_of(symbol: str) -> int:
    return 3 if symbol.endswith(".HK") else 2


def tick_of(symbol: str) -> float:
    """The finest that the exchange quotes in; Hong Kong's dearer shares have coarser ticks."""
    return 10.0 ** -decimals_of(symbol)
