"""The prices that benchmarks measure on: given ones, or random ones of the same shape.

A folder of long tables of daily bars, or a store; of them the mainland's shares and the index that
they are held against. Left out: random walks with gaps, 2,570 shares on 399 sessions of which
1,006,399 have a close.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from screener import Panel, load_prices
from screener.calendar import Days, load_sessions
from screener.origin import Origin
from screener.panel import Floats
from screener.sources.files.reader import read_files
from universes import InputError, Symbol

INDEX = "000300.SH"
SHARES, SESSIONS, PAIRS = 2_570, 399, 1_006_399
RANDOM = "random"
VARIABLE = "SCREENER_BENCH_DATA"
_SEED = 1
_SESSIONS_A_YEAR = 242


@dataclass(frozen=True)
class Market:
    """Closes of shares, shape (T, N), and of their index, shape (T,); missing where not traded."""

    dates: Days
    symbols: tuple[str, ...]
    closes: Floats
    index: Floats
    origin: str

    @property
    def pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """Row and column of each close."""
        rows, columns = np.nonzero(np.isfinite(self.closes))
        return rows, columns

    @property
    def panel(self) -> Panel:
        prices = {("close", "total"): np.column_stack([self.closes, self.index])}
        return Panel(self.dates, (*self.symbols, INDEX), prices, Origin(self.origin, ""))

    def save(self, path: Path) -> Path:
        arrays = {"dates": self.dates, "symbols": np.array(self.symbols)}
        arrays |= {"closes": self.closes, "index": self.index, "origin": np.array(self.origin)}
        np.savez(path, **arrays)
        return path


def open_market(path: str | Path) -> Market:
    """Return what was saved; the peers read the same file by themselves."""
    with np.load(path) as held:
        symbols = tuple(held["symbols"].tolist())
        return Market(held["dates"], symbols, held["closes"], held["index"], str(held["origin"]))


def find_market(given: str | None) -> Market:
    """Return the prices given by name, else by the environment, else random ones."""
    named = given or os.environ.get(VARIABLE) or RANDOM
    if named == RANDOM:
        return make_market()
    path = Path(named)
    is_folder = path.is_dir() and not (path / "_delta_log").exists()
    return _read_folder(path) if is_folder else _read_store(named)


def make_market(shares: int = SHARES, sessions: int = SESSIONS, seed: int = _SEED) -> Market:
    """Return random walks: some listed late, some halted, as many gaps as there really are."""
    random = np.random.default_rng(seed)
    years = sessions // _SESSIONS_A_YEAR
    days = load_sessions("XSHG", 2025 - max(years, 1), 2025).days[:sessions].copy()
    steps = random.normal(0, 0.02, (sessions, shares + 1))
    closes = 20 * np.exp(steps.cumsum(axis=0))
    missing = round(shares * sessions * (1 - PAIRS / (SHARES * SESSIONS)))
    gaps = np.zeros((sessions, shares), dtype=np.bool_)
    for column in random.choice(shares, missing // (2 * sessions) + 1, replace=False):
        gaps[: min(random.integers(1, sessions), missing // 2 - gaps.sum()), column] = True
    traded = np.flatnonzero(~gaps)
    gaps.flat[random.choice(traded, missing - gaps.sum(), replace=False)] = True
    index = closes[:, -1].copy()
    closes = np.where(gaps, np.nan, closes[:, :-1])
    names = tuple(f"{600000 + n}.SH" for n in range(shares))
    return Market(days, names, closes, index, "random walks")


def _read_folder(folder: Path) -> Market:
    now = np.datetime64("2026-01-01T00:00:00", "s")
    bars = read_files(folder, source=None, basis="multiplicative", fetched_at=now).bars
    series = {
        each.symbol: pd.Series(each.close, each.dates.astype("M8[s]"))
        for each in bars
        if each.symbol == INDEX or _is_mainland(each.symbol)
    }
    table = pd.DataFrame(series).sort_index()
    return _select(
        table.index.to_numpy().astype("M8[D]"), tuple(series), table.to_numpy(), "a folder"
    )


def _read_store(address: str) -> Market:
    panel = load_prices(source=address, fields=("close",))
    return _select(panel.dates, panel.symbols, panel.levels("close", "total"), "a store")


def _select(days: Days, symbols: tuple[str, ...], closes: Floats, origin: str) -> Market:
    shares = [n for n, symbol in enumerate(symbols) if _is_mainland(symbol)]
    if not shares or INDEX not in symbols:
        raise InputError(f"no shares of the mainland beside {INDEX}", "give prices of both")
    counts = np.isfinite(closes[:, shares]).sum(axis=1)
    rows = 2 * counts >= counts.max()  # a store may hold a few shares for much longer
    names = tuple(symbols[n] for n in shares)
    own, index = closes[rows][:, shares], closes[rows, symbols.index(INDEX)]
    return Market(days[rows].copy(), names, own, index.copy(), f"closes from {origin}")


def _is_mainland(symbol: str) -> bool:
    return symbol[-3:] in {".SH", ".SZ"} and Symbol.parse(symbol).kind == "share"
