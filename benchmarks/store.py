"""Times the store beside the same work on one CSV per share (pandas) and on duckdb.

Usage: python benchmarks/store.py [FOLDER], a folder of long tables of daily bars whose shares
are taken for raw ones; left out, as many made ones as a market has. Each line is a job; the
ratio is the other's time over the store's.
"""

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from screener.bars import Bars
from screener.calendar import load_sessions
from screener.sources.files.reader import read_files
from screener.store.commit import commit_offers
from screener.store.merge import Offer, Offers
from screener.store.serve import serve_panel
from screener.store.store import Store
from screener.tasks.imports import import_files
from universes import Symbol

NOW = np.datetime64("2026-01-01T00:00:00", "s")
RUNS = 3


def timed(job: Callable[[], object], runs: int = RUNS) -> float:
    took = []
    for _ in range(runs):
        began = time.perf_counter()
        job()
        took.append(time.perf_counter() - began)
    return min(took)


def as_offer(bars: Bars) -> Offer:
    return Offer(bars, bars.dates[0], bars.dates[-1])


def main(folder: Path) -> None:
    root = Path(tempfile.mkdtemp())
    began = time.perf_counter()
    result = import_files(Store(str(root / "store")), folder, NOW)
    importing = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"import {len(result.outcomes)} series: {importing:.2f} s, peak {peak:.2f} GB")
    shares = [
        each
        for each in read_files(folder, source=None, basis="raw", fetched_at=NOW).bars
        if each.symbol[-2:] in {"SH", "SZ"} and Symbol.parse(each.symbol).kind == "share"
    ]
    newest = max(each.dates[-1] for each in shares)
    before = [each.between(each.dates[0], newest - np.timedelta64(1, "D")) for each in shares]
    tails = [each.take(np.arange(len(each))[-15:]) for each in shares]
    frames = pd.concat([to_frame(each) for each in before], ignore_index=True)
    csv = root / "csv"
    began = time.perf_counter()
    write_csv(frames, csv)
    csv_import = time.perf_counter() - began
    database = duckdb.connect(str(root / "bars.duckdb"))
    began = time.perf_counter()
    database.execute("CREATE TABLE bars AS SELECT * FROM frames ORDER BY symbol, date")
    database.execute("CREATE UNIQUE INDEX one ON bars (symbol, date)")
    duck_import = time.perf_counter() - began
    raw = Store(str(root / "raw"))
    began = time.perf_counter()
    commit_offers(raw, Offers(NOW, [as_offer(each) for each in before if len(each)]), {})
    own_import = time.perf_counter() - began
    show("write 2,570 shares", own_import, csv_import, duck_import)

    store = Store(str(root / "store"))
    served = store.state().catalog.served_symbols
    symbols = [each.symbol for each in shares if each.symbol in served]
    own = timed(lambda: serve_panel(store.state(), symbols, bases=("total",), names=("close",)))
    pandas = timed(lambda: read_csv(csv), 1)
    duck = timed(
        lambda: (
            database.execute("SELECT symbol, date, close FROM bars")
            .df()
            .pivot_table(index="date", columns="symbol", values="close", aggfunc="first")
        )
    )
    show("load the close matrix", own, pandas, duck)

    began = time.perf_counter()
    _, outcomes = commit_offers(raw, Offers(NOW, [as_offer(each) for each in tails]), {})
    own = time.perf_counter() - began
    added = sum(each.added for each in outcomes)
    fresh = pd.concat([to_frame(each) for each in tails], ignore_index=True)
    began = time.perf_counter()
    merge_csv(fresh, csv)
    pandas = time.perf_counter() - began
    began = time.perf_counter()
    database.execute(
        "INSERT INTO bars SELECT f.* FROM fresh f ANTI JOIN bars b USING (symbol, date)"
    )
    duck = time.perf_counter() - began
    show(f"merge one more day ({added} rows)", own, pandas, duck)


def to_frame(bars: Bars) -> pd.DataFrame:
    names = ("open", "high", "low", "close", "volume")
    columns = {name: getattr(bars, name) for name in names}
    return pd.DataFrame({"symbol": bars.symbol, "date": bars.dates.astype("M8[s]"), **columns})


def write_csv(frames: pd.DataFrame, folder: Path) -> None:
    folder.mkdir()
    for symbol, frame in frames.groupby("symbol"):
        frame.to_csv(folder / f"{symbol}.csv", index=False)


def read_csv(folder: Path) -> pd.DataFrame:
    closes = {
        path.stem: pd.read_csv(path, usecols=["date", "close"], index_col="date")["close"]
        for path in sorted(folder.glob("*.csv"))
    }
    return pd.DataFrame(closes)


def merge_csv(fresh: pd.DataFrame, folder: Path) -> None:
    for symbol, frame in fresh.groupby("symbol"):
        path = folder / f"{symbol}.csv"
        kept = pd.read_csv(path, parse_dates=["date"]) if path.exists() else frame.head(0)
        joined = pd.concat([kept, frame]).drop_duplicates("date", keep="first")
        joined.to_csv(path, index=False)


def show(job: str, own: float, pandas: float, duck: float) -> None:
    print(
        f"{job:34} store {own:6.2f} s   CSV {pandas:6.2f} s ({pandas / own:5.1f}x)"
        f"   duckdb {duck:6.2f} s ({duck / own:5.1f}x)"
    )


def make_market(folder: Path, shares: int = 2_570, sessions: int = 520) -> Path:
    """Write a long table of random walks."""
    rng = np.random.default_rng(0)
    days = load_sessions("XSHG", 2023, 2025).days[:sessions]
    close = np.round(10 * np.exp(np.cumsum(rng.normal(0, 0.01, (shares, len(days))), axis=1)), 2)
    frame = pd.DataFrame(
        {
            "symbol": np.repeat([f"{600000 + n}.SH" for n in range(shares)], len(days)),
            "date": np.tile(days.astype("M8[s]"), shares),
            **dict.fromkeys(("open", "high", "low", "close"), close.ravel()),
            "volume": rng.integers(1_000, 1_000_000, close.size),
        }
    )
    folder.mkdir()
    frame.to_parquet(folder / "market.parquet", index=False)
    return folder


if __name__ == "__main__":
    given = sys.argv[1:]
    main(Path(given[0]) if given else make_market(Path(tempfile.mkdtemp()) / "market"))
