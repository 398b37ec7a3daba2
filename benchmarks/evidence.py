"""Holding picks against random baskets, beside plain loops that draw the same.

100,000 random baskets are drawn from whole markets and as many from sectors, for the shipped
report's picks of the mainland, over 6 and 12 months; prices are random walks. The whole
computation scores every share, draws, compares and splits. The loops only draw, over fewer
baskets, so theirs is a bound; what they must agree on is the mean and spread of random baskets.
The machine's limit is to draw as many random places, and to read and add up as many numbers.
"""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from backtests.evidence.chance.placebo import Placebo, compare_with_random
from backtests.evidence.controls.pools import Pool, market_pool, match_controls, sector_pool
from backtests.evidence.controls.population import Population, gather_population
from backtests.evidence.split import split_mean
from backtests.kernel import Rows
from screener import Panel
from screener.calendar import load_sessions
from screener.origin import Origin
from universes import Report, load_report

ROUNDS = 5
DRAWS, LOOPED, SAMPLED = 100_000, 2_000, 200
SHARES, SECTORS = 2_570, 60
HORIZONS = (6, 12)
SEED = 1


@dataclass(frozen=True)
class Work:
    report: Report
    panel: Panel
    sectors: dict[str, str]
    promise: float = 0.05


def make_work(random: np.random.Generator) -> Work:
    """Return the mainland's picks among so many shares, each of a random sector."""
    report = load_report().select()
    themes = [
        replace(theme, picks=tuple(p for p in theme.picks if str(p.symbol)[-2:] in {"SH", "SZ"}))
        for theme in report.themes
    ]
    report = replace(report, themes=tuple(theme for theme in themes if theme.picks))
    picks = [str(pick.symbol) for pick in report.picks]
    rest = (f"{603000 + n}.SH" for n in range(SHARES))
    shares = [*picks, *(share for share in rest if share not in picks)][:SHARES]
    days = load_sessions("XSHG", 2023, 2025).days
    closes = 20 * np.exp(random.normal(0, 0.02, (len(days), SHARES + 1)).cumsum(axis=0))
    panel = Panel(
        days.copy(), ("000300.SH", *shares), {("close", "price"): closes}, Origin("random", "")
    )
    drawn = random.integers(0, SECTORS, SHARES)
    return Work(report, panel, {share: f"{n}" for share, n in zip(shares, drawn, strict=True)})


def gather(work: Work) -> tuple[Population, Pool, Pool]:
    population = gather_population(work.report, work.panel, work.report.scale, HORIZONS)
    market = market_pool(population.benchmark, population.benchmarks)
    sectors = [work.sectors[symbol] for symbol in population.symbols]
    return population, market, sector_pool(population.benchmark, sectors)


def weigh(work: Work, workers: int) -> list[Placebo]:
    """Return the whole comparison; the split is computed as well."""
    population, market, sector = gather(work)
    picks = population.picks
    found = [
        placebo
        for pool in (market, sector)
        for placebo in compare_with_random(
            population, pool, picks, work.promise, DRAWS, SEED, workers
        )
    ]
    for relative in population.relative.T:
        scored = np.isfinite(relative)
        split_mean(relative, market, sector, picks, scored, population.controls)
    return found


def list_strata(work: Work) -> tuple[Population, list[list[tuple[Rows, int]]]]:
    """Return what each pool's baskets are drawn from: places, and how many of them."""
    population, *pools = gather(work)
    scored = np.asarray(np.isfinite(population.relative).all(axis=1))
    matches = [match_controls(pool, population.picks, scored) for pool in pools]
    return population, [[(s.members, s.count) for s in match.strata] for match in matches]


def draw_in_a_loop(work: Work, draws: int) -> np.ndarray:
    """Return means, shape (pools, draws, horizons), by numpy's own choice without replacement."""
    population, pools = list_strata(work)
    random = np.random.default_rng(SEED)
    means = np.empty((len(pools), draws, len(HORIZONS)))
    for pool, strata in enumerate(pools):
        for n in range(draws):
            parts = [random.choice(members, count, replace=False) for members, count in strata]
            means[pool, n] = population.relative[np.concatenate(parts)].mean(axis=0)
    return means


def draw_with_pandas(work: Work, draws: int) -> np.ndarray:
    """Return the same by pandas: a sample of each stratum's rows."""
    population, pools = list_strata(work)
    table = pd.DataFrame(population.relative)
    random = np.random.default_rng(SEED)
    means = np.empty((len(pools), draws, len(HORIZONS)))
    for pool, strata in enumerate(pools):
        frames = [(table.iloc[members], count) for members, count in strata]
        for n in range(draws):
            parts = [frame.sample(count, random_state=random) for frame, count in frames]
            means[pool, n] = pd.concat(parts).mean().to_numpy()
    return means


def draw_places(work: Work) -> None:
    random = np.random.default_rng(SEED)
    for _ in range(2):
        random.integers(0, SHARES, (len(work.report.picks), DRAWS))


def add_up(values: np.ndarray, places: Rows) -> None:
    for _ in range(2):
        for column in values:
            column[places].mean(axis=0)


def take_turns(jobs: Mapping[str, Callable[[], object]]) -> dict[str, list[float]]:
    """Time jobs in turn, so that a change of the machine's speed meets all alike."""
    taken: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(ROUNDS):
        for name, job in jobs.items():
            begun = time.perf_counter()
            job()
            taken[name].append(time.perf_counter() - begun)
    return taken


def check(placebos: list[Placebo], looped: np.ndarray) -> float:
    """Return by how many standard errors a mean differs at most; five are a fault."""
    means = looped.transpose(0, 2, 1).reshape(len(placebos), -1)
    off = [
        abs(mean.mean() - placebo.expected) / (mean.std() / np.sqrt(len(mean)))
        for placebo, mean in zip(placebos, means, strict=True)
    ]
    wide = [
        np.subtract(*np.percentile(mean, [95, 5])) / (placebo.high - placebo.low)
        for placebo, mean in zip(placebos, means, strict=True)
    ]
    np.testing.assert_array_less(off, 5)
    np.testing.assert_allclose(wide, 1, atol=0.2)
    return float(max(off))


def main() -> None:
    work = make_work(np.random.default_rng(0))
    places = np.random.default_rng(0).integers(0, SHARES, (len(work.report.picks), DRAWS))
    values = np.random.default_rng(0).normal(size=(len(HORIZONS), SHARES))
    weigh(work, 2)  # the processes are started once
    baskets = {
        "all of it, one process": 2 * DRAWS,
        "all of it, two processes": 2 * DRAWS,
        "scoring every share alone": 2 * DRAWS,
        "limit: draw as many places": 2 * DRAWS,
        "limit: read and add up as many numbers": 2 * DRAWS,
        "a loop over numpy's choice": 2 * LOOPED,
        "a loop over pandas' sample": 2 * SAMPLED,
    }
    jobs = (
        lambda: weigh(work, 1),
        lambda: weigh(work, 2),
        lambda: gather(work),
        lambda: draw_places(work),
        lambda: add_up(values, places),
        lambda: draw_in_a_loop(work, LOOPED),
        lambda: draw_with_pandas(work, SAMPLED),
    )
    taken = take_turns(dict(zip(baskets, jobs, strict=True)))
    own = statistics.median(next(iter(taken.values()))) / (2 * DRAWS)
    heads = f"{'us each':>9}{'min':>9}{'max':>9}{'for all s':>11}{'ratio':>9}"
    print(f"{f'2 x {DRAWS:,} baskets of {len(places)}, 2 horizons':48}{heads}")
    for name, times in taken.items():
        median, least, most = (f(times) / baskets[name] for f in (statistics.median, min, max))
        print(f"{name:48}{median * 1e6:9.3f}{least * 1e6:9.3f}{most * 1e6:9.3f}", end="")
        print(f"{median * 2 * DRAWS:11.3f}{median / own:9.2f}")
    placebos = weigh(work, 1)
    loops = {"numpy": draw_in_a_loop(work, LOOPED), "pandas": draw_with_pandas(work, SAMPLED)}
    off = " and ".join(f"{check(placebos, means):.1f} ({name})" for name, means in loops.items())
    print(f"means of random baskets differ by at most {off} standard errors of the loop's")


if __name__ == "__main__":
    main()
