"""What the factors of whole markets cost, and the screens that rest on them, beside others.

Usage: python benchmarks/factors.py [FOLDER], a folder of long tables of daily bars and indices of
both markets; left out, the larger market data beside the checkout. Where they are not there is
nothing to measure, and one line says so. They are imported into a store of their own.

Ours are all factors of one day. pandas computes those that rest on prices only, of every session,
from frames that are laid out for it and hold limits and benchmarks share by share; it is held
against ours at the day. The loop evaluates the same expressions on the series of one share after
another, as libraries of expressions do, over some of the shares. Neither has the factors that need
amounts or fundamentals, which these files lack, nor the age of a close. RSI starts anew 120
sessions before each day, so pandas has it of the days asked for only. alphalens-reloaded computes
no factor: it joins one, of every session, with returns after it and sorts it into quantiles; it is
installed into an environment of its own, and left out where it cannot be. Screens are run on
random figures and sectors where the files have none, so that each has something to choose from;
the process is not.

Every job is run once before it is timed; jobs are taken in turn. A ratio is a job's time over ours,
so pandas' in the table of growth is for how many days ours could be asked in its time.
"""

import datetime as dt
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd
import talib

from screener.calendar import load_sessions
from screener.factors.compute import shares_of
from screener.factors.table import FactorTable
from screener.factors.trading import board_of
from screener.factors.trend import rsi
from screener.market_data import MarketData, load_market_data
from screener.screens.screen import list_screens, load_screen
from screener.screens.selection import run_screen
from screener.store.store import Store
from screener.tasks.imports import import_files
from universes import InputError, Symbol
from universes.limits import price_limit
from universes.market import market_of

ROUNDS = 5
MARKET = Path(__file__).parents[2] / "shared" / "market"
SCREENER = str(Path(sys.executable).with_name("screener"))
NOW = np.datetime64("2026-09-01T00:00:00", "s")  # after the last index
DAY = dt.date(2024, 6, 14)
FIRST, LAST = dt.date(2024, 1, 31), dt.date(2025, 8, 25)  # of the mainland's: ends of 20 months
DAYS, SHARES = (1, 5, 20), (300, 1_500)
LOOPED = 60
SEED, SECTORS = 1, 60
FACTORS_BOUND, SCREEN_BOUND = 1.0, 0.2  # seconds
OLDEST = 10  # sessions
RSI_SESSIONS = 120
EXTREMES = {"26w": "182D", "52w": "364D"}
ALPHALENS = """
import json, sys, time, warnings

import numpy as np
import pandas as pd

warnings.simplefilter("ignore")
from alphalens.utils import get_clean_factor_and_forward_returns as join

given = np.load(sys.argv[1])
closes = pd.DataFrame(given["closes"], pd.DatetimeIndex(given["dates"], freq=None))
factor = closes.pct_change(20, fill_method=None).stack().dropna()
factor.index.names = ["date", "asset"]
taken = []
for _ in range(int(sys.argv[2]) + 1):
    begun = time.perf_counter()
    joined = join(factor, closes, periods=(1, 5, 20), quantiles=5, max_loss=1.0)
    taken.append(time.perf_counter() - begun)
print(json.dumps([len(joined), taken[1:]]))
"""

Jobs = Mapping[str, Callable[[], object]]
Times = dict[str, list[float]]
# a frame of shares, or the series of one
Table = TypeVar("Table", pd.DataFrame, pd.Series)


@dataclass(frozen=True)
class Frames:
    """The sessions of one exchange by its shares: what pandas is given."""

    close: pd.DataFrame
    high: pd.DataFrame
    index: pd.DataFrame
    limit: pd.DataFrame


def lay_frames(data: MarketData) -> list[Frames]:
    prices = data.prices
    shares = pd.Series(shares_of(prices))
    calendars = shares.map(lambda symbol: Symbol.parse(symbol).exchange.calendar)
    return [lay_calendar(data, str(name), list(own)) for name, own in shares.groupby(calendars)]


def lay_calendar(data: MarketData, calendar: str, symbols: Sequence[str]) -> Frames:
    prices = data.prices
    first, last = prices.dates[[0, -1]]
    days = load_sessions(calendar, int(str(first)[:4]), int(str(last)[:4])).days
    sessions = pd.DatetimeIndex(days[(days >= first) & (days <= last)].astype("M8[s]"))

    def lay(matrix: np.ndarray, names: Sequence[str]) -> pd.DataFrame:
        columns = prices.columns(names)
        picked = np.where(columns >= 0, matrix[:, columns], np.nan)
        frame = pd.DataFrame(picked, pd.DatetimeIndex(prices.dates.astype("M8[s]")))
        return frame.set_axis(list(symbols), axis=1).reindex(sessions)

    boards = {symbol: board_of(symbol) for symbol in symbols}
    limits = {
        board: [limit_on(symbol, session.date()) for session in sessions]
        for board, symbol in {board: symbol for symbol, board in boards.items()}.items()
    }
    # a volume of zero beside the close before tells that there was no trade
    closes = lay(prices.matrix("close", "total"), symbols)
    repeated = np.isclose(closes, closes.ffill().shift(), rtol=1e-9, atol=0.0)
    idle = (lay(prices.traded["volume"], symbols) == 0) & repeated
    return Frames(
        closes.mask(idle),
        lay(prices.matrix("high", "total"), symbols).mask(idle),
        lay(
            prices.levels("close", "price"),
            [str(market_of(Symbol.parse(symbol)).benchmark) for symbol in symbols],
        ),
        pd.DataFrame({symbol: limits[board] for symbol, board in boards.items()}, sessions),
    )


def limit_on(symbol: str, day: dt.date) -> float:
    try:
        limit = price_limit(symbol, day)
    except InputError:
        return np.nan
    return np.nan if limit is None else limit.fraction


def fewest(size: int) -> int:
    return -(-3 * size // 4)


def past(table: Table, offset: pd.DateOffset) -> Table:
    """Return what was known so long before each session."""
    sessions = pd.DatetimeIndex(table.index)
    return table.reindex(sessions - offset, method="ffill").set_axis(sessions)


def express(close: Table, high: Table, index: Table, limit: Table) -> Iterator[tuple[str, Table]]:
    """Yield every factor that rests on prices, of every session, but for RSI."""
    latest = close.ffill(limit=OLDEST)
    level = index.ffill().where(close.notna()).ffill(limit=OLDEST)
    yield "return_1w", latest / past(latest, pd.DateOffset(days=7)) - 1
    months = {n: past(latest, pd.DateOffset(months=n)) for n in (1, 3, 6, 12)}
    for n, before in months.items():
        change = latest / before - 1
        yield f"return_{n}m", change
        yield f"relative_{n}m", change - (level / past(level, pd.DateOffset(months=n)) - 1)
    yield "momentum_12_1", months[1] / months[12] - 1
    daily = close.pct_change(fill_method=None)
    for n in (20, 60, 250):
        yield f"volatility_{n}d", daily.rolling(n, min_periods=fewest(n)).std() * 252**0.5
    both = index.pct_change(fill_method=None).where(daily.notna())
    own = daily.where(both.notna())
    for n in (120, 250):
        mean, theirs, product, square = (
            each.rolling(n, min_periods=fewest(n)).mean()
            for each in (own, both, own * both, both**2)
        )
        yield f"beta_{n}d", (product - mean * theirs) / (square - theirs**2)
    for name, span in EXTREMES.items():
        told = close.notna().rolling(span).mean() >= fewest(4) / 4
        yield f"drawdown_{name}", (latest / close.rolling(span).max() - 1).where(told)
        yield f"rise_{name}", (latest / close.rolling(span).min() - 1).where(told)
    averages = {n: close.rolling(n, min_periods=fewest(n)).mean() for n in (20, 60, 120, 250)}
    for n, average in averages.items():
        yield f"close_to_ma_{n}", latest / average - 1
    short, middle, long = (averages[n] for n in (20, 60, 120))
    falls, rises = (short > middle) & (middle > long), (short < middle) & (middle < long)
    yield "ma_order", (falls * 1.0 - rises).where((short + middle + long).notna())
    gain = close / latest.shift() - 1
    hits = (close >= high * (1 - 1e-9)) & ((gain - limit).abs() <= 0.0025 + 1e-9)
    told = gain.notna() & high.notna() & limit.notna()
    yield "limit_up_20d", (hits * 1.0).where(told).rolling(20, min_periods=fewest(20)).sum()


def smooth(moves: Table, periods: int = 14) -> Table:
    """Return Wilder's average of a window's moves: the first of so many is plain."""
    number = moves.notna().cumsum()
    first = moves.where(number <= periods).cumsum() / periods
    seeded = moves.where(number > periods, first).where(moves.notna() & (number >= periods))
    return seeded.ewm(alpha=1 / periods, adjust=False, ignore_na=True).mean()


def relative_strength_index(window: Table) -> Table:
    moves = window.ffill().diff().where(window.notna())
    up, down = smooth(moves.clip(lower=0)), smooth(-moves.clip(upper=0))
    return (100 * up / (up + down)).where(window.notna().cumsum() >= fewest(RSI_SESSIONS))


def evaluate(tables: Sequence[Table], days: pd.DatetimeIndex) -> dict[str, Table]:
    """Return every factor at some days; tables are a close, high, index and limit."""
    close = tables[0]
    rows = close.index.get_indexer(days)
    fresh = close.ffill(limit=OLDEST).iloc[rows].notna()
    found = {name: table.iloc[rows].where(fresh) for name, table in express(*tables)}
    ends = [close.iloc[: row + 1].iloc[-RSI_SESSIONS:] for row in rows]
    strength = pd.concat([relative_strength_index(own).iloc[-1:] for own in ends])
    found["rsi_14"] = strength.where(fresh)
    return found


def with_pandas(frames: Iterable[Frames], days: pd.DatetimeIndex) -> dict[str, pd.DataFrame]:
    """Return every factor, days by shares."""
    parts = [evaluate((own.close, own.high, own.index, own.limit), days) for own in frames]
    return {name: pd.concat([part[name] for part in parts], axis=1) for name in parts[0]}


def in_a_loop(frames: Iterable[Frames], symbols: list[str], days: pd.DatetimeIndex) -> None:
    for own in frames:
        for symbol in own.close.columns.intersection(symbols):
            series = [each[symbol] for each in (own.close, own.high, own.index, own.limit)]
            evaluate(series, days)


def take_turns(jobs: Jobs) -> Times:
    """Time jobs in turn, so that a change of the machine's speed meets all alike."""
    taken: Times = {name: [] for name in jobs}
    for number in range(ROUNDS + 1):
        for name, job in jobs.items():
            begun = time.perf_counter()
            job()
            if number:
                taken[name].append(time.perf_counter() - begun)
    return taken


def show(title: str, taken: Times, own: float, times: Mapping[str, float] | None = None) -> None:
    """Print a table; a job that did a part of the work is multiplied to the whole."""
    print(f"\n{title:52}{'seconds':>9}{'min':>9}{'max':>9}{'ratio':>9}")
    for name, seconds in taken.items():
        part = (times or {}).get(name, 1.0)
        median, least, most = (f(seconds) * part for f in (statistics.median, min, max))
        print(f"{name:52}{median:9.3f}{least:9.3f}{most:9.3f}{median / own:9.2f}")


def check(table: FactorTable, found: Mapping[str, pd.DataFrame]) -> str:
    """Hold pandas' values against ours; what is known of a share must be the same too."""
    gaps = []
    for name, frame in found.items():
        ours = table.numbers(name)
        theirs = frame[list(table.symbols)].to_numpy()[0]
        np.testing.assert_allclose(theirs, ours, rtol=1e-9, atol=1e-9, err_msg=name)
        gaps.append(np.abs(theirs - ours)[np.isfinite(ours)])
    every = np.concatenate(gaps)
    return f"{every.size:,} values of {len(gaps)} factors differ by at most {every.max():.0e}"


def fill_in(table: FactorTable) -> FactorTable:
    """Return a table with random figures and sectors for those that no share has."""
    random = np.random.default_rng(SEED)
    named = ["传媒", "计算机", *(f"{number}" for number in range(SECTORS))]
    values = {
        name: column if np.isfinite(column).any() else random.random(len(table))
        for name, column in table.values.items()  # noqa: PD011 - no frame
    }
    sectors = random.choice(named, len(table)).astype(object)
    return replace(table, texts={**table.texts, "sector": sectors}, values=values)


def compare(data: MarketData, scratch: Path) -> None:
    """Print what one day costs, and what others take for their part of it."""
    table, frames = data.factors(DAY), lay_frames(data)
    symbols, days = shares_of(data.prices), pd.DatetimeIndex([DAY])
    sample = [symbols[n] for n in np.linspace(0, len(symbols) - 1, LOOPED).astype(int)]
    screens = {f"screen {each}": load_screen(each) for each in list_screens()}
    filled = fill_in(table)
    command = [SCREENER, "screen", "ai_apps_bottom", "--as-of", DAY.isoformat()]
    ours, loop = "every factor of the day", f"a loop over shares, by {LOOPED} of them"
    jobs: dict[str, Callable[[], object]] = {
        ours: lambda: data.factors(DAY),
        "pandas, every session": lambda: with_pandas(frames, days),
        loop: lambda: in_a_loop(frames, sample, days),
        "reading 15 months of the store": lambda: load_market_data(last=DAY),
        # places among peers are kept by the table, so each screen is given a new one
        **{
            name: lambda screen=screen: run_screen(screen, replace(filled))  # type: ignore[misc]
            for name, screen in screens.items()
        },
        "process: screener screen ai_apps_bottom": lambda: subprocess.run(
            command, check=True, capture_output=True
        ),
    }
    taken = take_turns(jobs)
    own = statistics.median(taken[ours])
    show(f"{len(symbols):,} shares on {DAY}", taken, own, {loop: len(symbols) / len(sample)})
    join_with_alphalens(data, scratch, own)
    compare_rsi(frames)
    print(f"\npandas and ours: {check(table, with_pandas(frames, days))}")
    slowest = max(statistics.median(taken[name]) for name in screens)
    hold("factors of a day", own, FACTORS_BOUND)
    hold("the slowest screen", slowest, SCREEN_BOUND)


def hold(what: str, found: float, bound: float) -> None:
    print(f"{what}: {found:.2f} s, {'within' if found < bound else 'beyond'} {bound:g} s")


def join_with_alphalens(data: MarketData, scratch: Path, own: float) -> None:
    given, home = scratch / "closes.npz", scratch / "alphalens"
    prices = data.prices
    closes = prices.matrix("close", "total")[:, prices.columns(shares_of(prices))]
    np.savez(given, closes=closes, dates=prices.dates.astype("M8[s]"))
    python = str(home / "bin" / "python")
    install = [python, "-m", "pip", "install", "--quiet", "alphalens-reloaded"]
    try:
        venv.create(home, with_pip=True)
        subprocess.run(install, check=True, capture_output=True, timeout=600)
        joining = [python, "-c", ALPHALENS, str(given), str(ROUNDS)]
        done = subprocess.run(joining, check=True, capture_output=True)
    except (subprocess.SubprocessError, OSError):
        print("\nleft out: alphalens-reloaded cannot be installed, or does not run")
        return
    rows, seconds = json.loads(done.stdout.splitlines()[-1])
    show("by itself", {f"alphalens: {rows:,} values joined with 3 returns": seconds}, own)


def compare_rsi(frames: Sequence[Frames]) -> None:
    windows = [own.close.iloc[-RSI_SESSIONS:] for own in frames]
    known = [column.dropna().to_numpy() for window in windows for _, column in window.items()]
    closes = [each for each in known if len(each) >= fewest(RSI_SESSIONS)]
    ours = "our rsi, which asks TA-Lib"
    taken = take_turns(
        {
            ours: lambda: [rsi(each)[-1] for each in closes],
            "TA-Lib": lambda: [talib.RSI(each, timeperiod=14)[-1] for each in closes],
            "pandas, all shares at once": lambda: [
                relative_strength_index(window).iloc[-1] for window in windows
            ],
        }
    )
    show(f"RSI of {len(closes):,} shares, one by one", taken, statistics.median(taken[ours]))


def month_ends(data: MarketData) -> list[dt.date]:
    """Return the last day of each month on which all exchanges had a session."""
    calendars = {Symbol.parse(each).exchange.calendar for each in shares_of(data.prices)}
    days = data.prices.dates[data.prices.dates >= np.datetime64(FIRST)]
    for name in calendars:
        sessions = load_sessions(name, int(str(days[0])[:4]), int(str(days[-1])[:4])).days
        days = np.intersect1d(days, sessions)
    months = days.astype("M8[M]")
    last = np.append(months[1:] != months[:-1], True)
    found: list[dt.date] = days[last].tolist()
    return found


def keep_some(data: MarketData, count: int) -> MarketData:
    """Return the data of so many shares, evenly spread, and of all indices."""
    prices = data.prices
    shares = shares_of(prices)
    left_out = set(shares) - {shares[n] for n in np.linspace(0, len(shares) - 1, count).astype(int)}
    symbols = tuple(each for each in prices.symbols if each not in left_out)
    columns = prices.columns(symbols)
    kept = replace(
        prices,
        symbols=symbols,
        prices={key: matrix.take(columns, axis=1) for key, matrix in prices.prices.items()},
        traded={key: matrix.take(columns, axis=1) for key, matrix in prices.traded.items()},
    )
    return replace(data, prices=kept)


def grow(data: MarketData) -> None:
    """Print how the cost grows with days and with shares."""
    long = load_market_data(FIRST, LAST)
    ends, frames = month_ends(long), lay_frames(long)
    every = len(shares_of(data.prices))
    parts = {count: keep_some(data, count) for count in SHARES}
    ours = f"1 day, {every:,} shares"
    jobs: dict[str, Callable[[], object]] = {
        **{
            f"1 day, {count:,} shares": lambda part=part: part.factors(DAY)  # type: ignore[misc]
            for count, part in parts.items()
        },
        ours: lambda: data.factors(DAY),
        **{
            f"the last {count} ends of months": lambda count=count: [  # type: ignore[misc]
                long.factors(day) for day in ends[-count:]
            ]
            for count in DAYS
        },
        f"pandas, every session of {len(long.prices.dates)} dates": lambda: with_pandas(
            frames, pd.DatetimeIndex(ends)
        ),
    }
    taken = take_turns(jobs)
    show("growth", taken, statistics.median(taken[ours]))


def main(folder: Path) -> None:
    if not folder.is_dir():
        print(f"skipped: the market data are not at {folder}")
        return
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["SCREENER_HOME"] = scratch
        import_files(Store(), folder, NOW)
        data = load_market_data(last=DAY)
        compare(data, Path(scratch))
        grow(data)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else MARKET)
