"""Ranks sources whose skill is planted, and counts what the ranking makes of them.

Usage: python benchmarks/planted.py [RATINGS [SOURCES]]; left out, 100,000 of 200 sources. Prices
are those of the store, or random walks where there is none. Half of the sources choose shares at
random; the others choose one of the better half of their market with a chance of one half and
their skill, from 2 to 40 points.
"""

import datetime as dt
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from backtests.evidence.controls.population import compared_by
from backtests.ranking.prices import PriceSource
from backtests.ranking.rank import rank_sources
from backtests.ranking.result import Ranking
from backtests.ranking.terms import RankTerms
from backtests.spread import Workers
from screener import Panel
from screener.calendar import add_months, load_sessions
from screener.companies.membership import SectorTables, make_sectors
from screener.companies.sector_rows import Row
from screener.companies.sectors import load_sectors
from screener.origin import Origin
from screener.prices import find_state
from screener.ratings.table import read_ratings
from universes import Symbol, load_scale

INDEX, MONTHS = "000300.SH", 6
BEST = 0.40
LEAST = 0.02
# share of the market that a session needs to be one
MOST = 0.5


@dataclass(frozen=True)
class Planted:
    """A table of ratings and the skill of its sources, by name."""

    lines: list[str]
    skill: dict[str, float]

    def write(self, path: Path) -> None:
        path.write_text("\n".join(["date,symbol,rating,house", *self.lines, ""]), encoding="utf-8")


def plant(panel: Panel, shares: list[str], ratings: int, sources: int, seed: int) -> Planted:
    """Let sources choose shares on random sessions of which six months are told."""
    random = np.random.default_rng(seed)
    close = panel.levels("close", "total")[:, panel.columns(shares)]
    rows = np.flatnonzero(np.isfinite(close).mean(axis=1) > MOST)
    ends = add_months(panel.dates[rows], [MONTHS])[:, 0]
    told = rows[:-1][ends[1:] <= panel.dates[rows[-1]]]
    order = {int(row): _rank_shares(panel, close, rows, int(row)) for row in told}
    skills = np.concatenate([np.zeros(sources // 2), np.linspace(LEAST, BEST, sources // 2)])
    lines, skill = [], {}
    for number, own in enumerate(skills.tolist()):
        name = f"House {number:03d}"
        skill[name] = own
        for row in random.choice(told, ratings // sources).tolist():
            ranked = order[row]
            half = len(ranked) // 2
            better = random.random() < 0.5 + own
            place = random.integers(half, len(ranked)) if better else random.integers(0, half)
            word = ("买入", "增持")[int(random.integers(0, 2))]
            lines.append(f"{panel.dates[row]},{shares[ranked[place]]},{word},{name}")
    return Planted(lines, skill)


def _rank_shares(panel: Panel, close: np.ndarray, rows: np.ndarray, row: int) -> np.ndarray:
    """Return the shares that trade on the session after a row, the worst over six months first."""
    entry = rows[np.searchsorted(rows, row) + 1]
    last = np.searchsorted(
        panel.dates[rows], add_months(panel.dates[[entry]], [MONTHS])[0, 0], side="right"
    )
    earned = close[rows[last - 1]] / close[entry] - 1.0
    there = np.flatnonzero(np.isfinite(earned))
    return there[np.argsort(earned[there])]


def make_walks(seed: int) -> tuple[Panel, SectorTables]:
    """Make random walks of 1,000 shares in 20 sectors that move together."""
    random = np.random.default_rng(seed)
    days = load_sessions("XSHG", 2023, 2024).days.copy()
    count, sectors = 1_000, 20
    own = random.normal(0, 0.02, (len(days), count))
    shared = random.normal(0, 0.01, (len(days), sectors))[:, np.arange(count) % sectors]
    market = random.normal(0, 0.008, (len(days), 1))
    closes = 20 * np.exp((own + shared + market).cumsum(axis=0))
    index = 3000 * np.exp(market.cumsum(axis=0))
    names = [f"{600000 + n}.SH" for n in range(count)]
    panel = Panel(
        days,
        (INDEX, *names),
        {("close", "total"): np.hstack([index, closes])},
        Origin("random walks", ""),
    )
    rows = [Row(name, f"s{n % sectors}", None, np.nan) for n, name in enumerate(names)]
    table = make_sectors("made", "random walks", days[0].astype(dt.date), rows)
    return panel, SectorTables((table,))


def tell(found: Ranking, skill: dict[str, float]) -> None:
    place = {each.source: -each.rank for each in found.ranked if each.rank}
    word = {each.source: each.verdict for each in found.ranked}
    names = [name for name in skill if name in place]
    skilled = [name for name in names if skill[name]]
    whole, own = (_correlate(each, place, skill) for each in (names, skilled))
    print(f"rank correlation with the skill planted: {whole:.3f}; of those with skill: {own:.3f}")
    called = [name for name in names if word[name] == "skilled"]
    wrong = [name for name in called if not skill[name]]
    unlucky = [name for name in names if word[name] == "worse_than_chance"]
    share = len(wrong) / max(1, len(called))
    print(
        f"called skilled: {len(called)} of {len(names)}, without skill {len(wrong)}"
        f" ({share:.1%}; 5% are allowed); worse than chance: {len(unlucky)}"
    )


def _correlate(names: list[str], place: dict[str, int], skill: dict[str, float]) -> float:
    return float(
        spearmanr([place[name] for name in names], [skill[name] for name in names]).statistic
    )


def main(ratings: int, sources: int) -> None:
    if find_state(None, [INDEX], None, None) is None:
        panel, tables = make_walks(1)
    else:
        panel, tables = PriceSource((INDEX,), source="store").read(), load_sectors(())
    scale = load_scale("soochow")
    shares = [each for each in panel.symbols if compared_by(Symbol.parse(each), scale) == INDEX]
    planted = plant(panel, shares, ratings, sources, 1)
    print(f"{len(planted.lines):,} ratings of {sources} sources on {len(shares)} shares")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "planted.csv"
        planted.write(path)
        table, _ = read_ratings(path, panel.dates[-1].astype(dt.date), common=scale)
    begun = time.perf_counter()
    terms = RankTerms(horizons=(MONTHS,), basis="total")
    found = rank_sources(table, panel, tables, terms, workers=Workers(2, "threads"))
    tell(found, planted.skill)
    print(f"ranked in {time.perf_counter() - begun:.1f} s")


if __name__ == "__main__":
    given = [int(each) for each in sys.argv[1:]]
    main(*given, *(100_000, 200)[len(given) :])
