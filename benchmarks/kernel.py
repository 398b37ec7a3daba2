"""Scoring many recommendations at once, beside a plain loop over the same ones.

Both score the same random recommendations on the same random prices and must agree.
"""

import bisect
import datetime as dt
import statistics
import sys
import time
from pathlib import Path

import numpy as np

from backtests import Convention
from backtests.scoring import Recommendations, score_recommendations
from screener import Panel
from screener.calendar import load_sessions
from screener.origin import Origin
from universes import Symbol, load_scale
from universes.rating import edges

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
import naive_scorer

ROUNDS = 5
SHARES = 1000
HORIZONS = (1, 3, 6)
INDEX = Symbol.parse("000300.SH")


def make_panel(random: np.random.Generator) -> Panel:
    days = load_sessions("XSHG", 2023, 2025).days
    steps = random.normal(0, 0.02, (len(days), SHARES + 1))
    closes = 20 * np.exp(steps.cumsum(axis=0))
    symbols = (str(INDEX), *(f"{600000 + n}.SH" for n in range(SHARES)))
    return Panel(days.copy(), symbols, {("close", "price"): closes}, Origin("random", ""))


def make_table(panel: Panel, count: int, random: np.random.Generator) -> Recommendations:
    picks = random.integers(1, SHARES + 1, count)
    # so that every horizon ends within the prices
    published = random.choice(panel.dates[:550], count)
    symbols = tuple(Symbol.parse(panel.symbols[n]) for n in picks)
    return Recommendations(symbols, (INDEX,) * count, published)


def score_in_a_loop(table: Recommendations, panel: Panel) -> list[list[float]]:
    days = panel.dates.astype(dt.date).tolist()
    closes = dict(zip(panel.symbols, panel.matrix("close", "price").T.tolist(), strict=True))
    index = closes[str(INDEX)]
    relative = []
    for symbol, published in zip(table.symbols, table.published.astype(dt.date), strict=True):
        own = closes[str(symbol)]
        entry = bisect.bisect_right(days, published)
        row = []
        for months in HORIZONS:
            target = naive_scorer.add_months(days[entry], months)
            end = bisect.bisect_right(days, target) - 1
            row.append(own[end] / own[entry] - index[end] / index[entry])
        relative.append(row)
    return relative


def main() -> None:
    random = np.random.default_rng(1)
    panel = make_panel(random)
    convention = Convention(horizons=HORIZONS)
    bounds = edges(load_scale("soochow").company)
    print(f"{'recommendations x 3 horizons':30}{'array s':>9}{'loop s':>9}{'loop / array':>14}")
    for count in (100, 1_000, 10_000, 100_000):
        table = make_table(panel, count, random)
        ours, theirs = [], []
        for _ in range(ROUNDS):
            begun = time.perf_counter()
            scores = score_recommendations(table, panel, convention, bounds)
            between = time.perf_counter()
            looped = score_in_a_loop(table, panel)
            ours.append(between - begun)
            theirs.append(time.perf_counter() - between)
        np.testing.assert_allclose(scores.relative, looped, rtol=0, atol=1e-12)
        array, loop = statistics.median(ours), statistics.median(theirs)
        print(f"{count:<30,}{array:9.4f}{loop:9.4f}{loop / array:14.1f}")


if __name__ == "__main__":
    main()
