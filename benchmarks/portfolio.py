"""Simulating portfolios, beside vectorbt and bt.

Usage: python benchmarks/portfolio.py [FOLDER], a folder of long tables of daily bars whose shares
the baskets are drawn from; left out, as many made ones as a market has.

First whole processes: the command on the embedded prices, and a plain vectorbt script on the same
picks' closes. Each starts with an empty cache of compiled code, as on a fresh machine; the script
is run once more on what it left there. The script does less: it buys and holds once, as if all were
one currency and nothing cost anything; the command simulates every strategy, without costs and
under the exchanges' rules.

Then baskets of 20 shares held for a year. Ours pay costs, and vectorbt's books are held against
them; the others pay nothing. So what must agree is the growth of the money left after costs.
A ratio is a job's time over ours.
"""

import datetime as dt
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import bt
import numpy as np
import pandas as pd
import vectorbt

from backtests.portfolio.baskets import BasketCurves, simulate_baskets
from screener import Panel, load_prices
from screener.calendar import load_sessions
from screener.sources.files.reader import read_files
from universes import Symbol, load_report

PROCESS_ROUNDS, ROUNDS = 3, 5  # to compile takes most of a minute
SCREENER = str(Path(sys.executable).with_name("screener"))
PLAIN = """
import sys

import numpy as np
import pandas as pd
import vectorbt

vectorbt.settings["engine"] = "numba"
closes = pd.read_csv(sys.argv[1], index_col=0, parse_dates=True)
size = np.full(closes.shape, np.nan)
size[0] = 1 / closes.shape[1]
portfolio = vectorbt.Portfolio.from_orders(
    closes, size=size, size_type="targetpercent", direction="longonly", init_cash=1e6,
    cash_sharing=True, group_by=True, call_seq="auto", freq="1D", engine="numba",
)
print(portfolio.stats())
"""

DECISION, LAST = dt.date(2024, 6, 14), dt.date(2025, 6, 17)
BASKETS, NAMES, SAMPLE = 1_000, 20, 20
CASH = 1e6  # as in the default terms

Times = Mapping[str, Sequence[float]]


def take_turns(jobs: Mapping[str, Callable[[], object]], rounds: int) -> Times:
    """Time jobs in turn, so that a change of the machine's speed meets all alike."""
    taken: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, job in jobs.items():
            begun = time.perf_counter()
            job()
            taken[name].append(time.perf_counter() - begun)
    return taken


def show(title: str, taken: Times, parts: Mapping[str, int], unit: float, heads: str) -> None:
    print(f"\n{title:48}{heads}")
    own = statistics.median(next(iter(taken.values()))) / next(iter(parts.values()))
    for name, times in taken.items():
        median, least, most = (pick(times) / parts[name] for pick in (statistics.median, min, max))
        print(
            f"{name:48}{median * unit:9.3f}{least * unit:9.3f}{most * unit:9.3f}{median / own:9.2f}"
        )


def write_closes(path: Path) -> None:
    """Write the picks' closes from the first decision on, as the script reads them."""
    panel, report = load_prices(source="snapshot"), load_report().select()
    symbols = [str(pick.symbol) for theme in report.themes for pick in theme.picks]
    closes = panel.matrix("close", "total")[:, panel.columns(symbols)]
    table = pd.DataFrame(closes, panel.dates.astype("M8[s]"), symbols).ffill()
    table.loc[str(report.publication.date) :].to_csv(path)


def compare_processes(scratch: Path) -> None:
    script, closes = scratch / "plain.py", scratch / "closes.csv"
    script.write_text(PLAIN)
    write_closes(closes)
    plain = [sys.executable, str(script), str(closes)]
    left = scratch / "left"

    def run(command: Sequence[str], compiled: Path | None = None) -> None:
        compiled = compiled or Path(tempfile.mkdtemp(dir=scratch))
        cache = {"NUMBA_CACHE_DIR": str(compiled)}
        subprocess.run(command, check=True, capture_output=True, env={**os.environ, **cache})

    run(plain, left)
    taken = take_turns(
        {
            "screener backtest": lambda: run([SCREENER, "backtest", "--data", "snapshot"]),
            "import vectorbt, nothing else": lambda: run([sys.executable, "-c", "import vectorbt"]),
            "plain vectorbt script": lambda: run(plain),
            "plain vectorbt script, compiled before": lambda: run(plain, left),
        },
        PROCESS_ROUNDS,
    )
    heads = f"{'seconds':>9}{'min':>9}{'max':>9}{'ratio':>9}"
    show(f"processes, median of {PROCESS_ROUNDS}", taken, dict.fromkeys(taken, 1), 1, heads)


def read_market(folder: Path) -> pd.DataFrame:
    """Return the closes of the mainland's shares that have one on each session of the year."""
    now = np.datetime64("2026-01-01T00:00:00", "s")
    bars = read_files(folder, source=None, basis="multiplicative", fetched_at=now).bars
    shares = {
        each.symbol: pd.Series(each.close, each.dates.astype("M8[s]"))
        for each in bars
        if each.symbol[-2:] in {"SH", "SZ"} and Symbol.parse(each.symbol).kind == "share"
    }
    table = pd.DataFrame(shares).sort_index().loc[str(DECISION) : str(LAST)]
    return table.dropna(axis="columns")


def make_market(shares: int = 2_570) -> pd.DataFrame:
    """Return random walks."""
    days = load_sessions("XSHG", 2024, 2025).days
    days = days[(days >= np.datetime64(DECISION)) & (days <= np.datetime64(LAST))]
    steps = np.random.default_rng(0).normal(0, 0.01, (len(days), shares))
    names = [f"{600000 + n}.SH" for n in range(shares)]
    return pd.DataFrame(10 * np.exp(steps.cumsum(axis=0)), days.astype("M8[s]"), names)


def simulate_with_vectorbt(closes: pd.DataFrame, columns: np.ndarray) -> np.ndarray:
    """Return the last values of baskets, shape (B,); columns have shape (B, names)."""
    close = closes.to_numpy()[:, columns.ravel()]
    size = np.full(close.shape, np.nan)
    size[1] = 1 / columns.shape[1]
    portfolio = vectorbt.Portfolio.from_orders(
        pd.DataFrame(close),
        size=size,
        size_type="targetpercent",
        direction="longonly",
        init_cash=CASH,
        cash_sharing=True,
        group_by=np.repeat(np.arange(len(columns)), columns.shape[1]),
        call_seq="auto",
        freq="1D",
        engine="rust",
    )
    values: np.ndarray = portfolio.value().to_numpy()[-1]
    return values


def simulate_with_bt(closes: pd.DataFrame, columns: np.ndarray) -> np.ndarray:
    """Return the last values of baskets, shape (B,), each simulated by itself."""
    last = []
    for basket in columns:
        once = [bt.algos.RunOnce(), bt.algos.SelectAll(), bt.algos.WeighEqually()]
        strategy = bt.Strategy("basket", [*once, bt.algos.Rebalance()])
        test = bt.Backtest(
            strategy,
            closes.iloc[1:, basket],
            initial_capital=CASH,
            integer_positions=False,
            progress_bar=False,
        )
        test.run()
        last.append(test.strategy.value)
    return np.array(last)


def compare_baskets(closes: pd.DataFrame) -> None:
    random = np.random.default_rng(0)
    columns = np.array(
        [random.choice(closes.shape[1], NAMES, replace=False) for _ in range(BASKETS)]
    )
    baskets = closes.columns.to_numpy()[columns].tolist()
    panel = Panel.from_frames({"total": closes})

    def simulate() -> BasketCurves:
        return simulate_baskets(panel, baskets, DECISION)

    ours = simulate()
    growth = ours.equity[-1] / (CASH - ours.costs)
    theirs = simulate_with_vectorbt(closes, columns) / CASH
    np.testing.assert_allclose(growth, theirs, rtol=1e-9)
    sampled = simulate_with_bt(closes, columns[:SAMPLE]) / CASH
    np.testing.assert_allclose(growth[:SAMPLE], sampled, rtol=1e-9)
    parts = {"ours, costs paid and reconciled": BASKETS, "vectorbt, grouped": BASKETS, "bt": SAMPLE}
    jobs = (
        simulate,
        lambda: simulate_with_vectorbt(closes, columns),
        lambda: simulate_with_bt(closes, columns[:SAMPLE]),
    )
    taken = take_turns(dict(zip(parts, jobs, strict=True)), ROUNDS)
    heads = f"{'ms each':>9}{'min':>9}{'max':>9}{'ratio':>9}"
    title = f"{BASKETS:,} baskets (bt {SAMPLE}), {len(closes)} sessions"
    show(title, taken, parts, 1e3, heads)
    gaps = np.abs(growth / theirs - 1).max(), np.abs(growth[:SAMPLE] / sampled - 1).max()
    print(
        f"growth after costs differs by at most {gaps[0]:.0e} from vectorbt, {gaps[1]:.0e} from bt"
    )


def main(folder: Path | None) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        compare_processes(Path(scratch))
    compare_baskets(read_market(folder) if folder else make_market())


if __name__ == "__main__":
    given = sys.argv[1:]
    main(Path(given[0]) if given else None)
