"""Whole walks against plain loops, the errors against statsmodels, and what must always hold."""

import bisect
import dataclasses
import datetime as dt
import itertools
import math
import random
import statistics
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import naive_scorer
import numpy as np
import pandas as pd
import pytest
from naive_portfolio import (
    SHARES,
    Book,
    Day,
    Decisions,
    World,
    make_panel,
    read_column,
    read_world,
    simulate,
)
from test_portfolio_reference import agree, made_report

from backtests.convention import Convention
from backtests.portfolio.simulate import simulate_portfolio
from backtests.portfolio.strategy.strategies import load_strategies
from backtests.portfolio.terms import Terms
from backtests.walk.formation import Formation, month_ends
from backtests.walk.forward import walk_forward
from backtests.walk.overlap import average_formations
from backtests.walk.result import Walk
from screener import Panel
from universes import load_scale

D = dt.date
SCALE = load_scale("soochow")
CASH = 2_000_000.0
MONTHS = (1, 2, 3, 6)
SEEDS = range(3)
INDEX_OF = {"SH": "000300.SH", "SZ": "000300.SH", "HK": "HSI.HK", "BJ": "899050.BJ"}
LATE, LISTED = "688498.SH", D(2023, 6, 12)


@cache
def lived(seed: int) -> Panel:
    """Printed prices for the deals, the same numbers as price basis; one share listed late."""
    panel = make_panel(seed, "2023-01-03", "2024-06-14")
    prices = {}
    for (name, quote), matrix in panel.prices.items():
        assert quote == "raw"
        own = matrix.copy()
        own[panel.dates < np.datetime64(LISTED), panel.columns([LATE])[0]] = np.nan
        prices[name, quote] = own
        prices[name, "price"] = own.copy()
    return dataclasses.replace(panel, prices=prices)


@cache
def found(seed: int) -> tuple[Formation, ...]:
    luck = random.Random(seed)  # noqa: S311 - a test's made luck
    formations = []
    for day in month_ends("XSHG", D(2023, 2, 1), D(2024, 6, 14)):
        symbols = luck.sample(sorted(SHARES), luck.choice([0, 1, 2, 3, 3, 4]))
        # named before it was listed, it gets no money; alone there would be none to spread it to
        if day == D(2023, 4, 28):
            symbols = [LATE, "0700.HK", "300308.SZ"]
        elif day < LISTED:
            symbols = [each for each in symbols if each != LATE]
        universe = tuple(luck.sample(sorted(SHARES), 5))
        told = tuple({*universe, *symbols}) if luck.random() < 0.9 else ()
        formations.append(Formation(day, tuple(symbols), 6, universe=told))
    return tuple(formations)


@cache
def walked(seed: int) -> Walk:
    convention = Convention(horizons=MONTHS)
    return walk_forward(found(seed), lived(seed), SCALE, Terms(cash=CASH), convention=convention)


# The portfolio


def decisions_of(formations: Sequence[Formation], world: World) -> Decisions:
    """Equal parts among what has a close by then, nothing of all else."""
    decided = {}
    for each in formations:
        known = [s for s in each.symbols if any(day <= each.day for day in world.close[s])]
        wanted = dict.fromkeys(world.symbols, 0.0)
        decided[each.day] = wanted | {symbol: 1 / len(known) for symbol in known}
    return decided


@cache
def lived_naively(seed: int) -> tuple[World, Decisions, Mapping[str, str], Book]:
    symbols = walked(seed).run.curve.symbols
    index = {symbol: INDEX_OF[symbol.split(".")[1]] for symbol in symbols}
    world = read_world(lived(seed), symbols, "CNY", quote="raw", indices=set(index.values()))
    decisions = decisions_of(found(seed), world)
    return world, decisions, index, simulate(world, decisions, CASH, executable=True)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_walk_deals_as_the_naive_simulator_does(seed: int) -> None:
    world, decisions, index, _ = lived_naively(seed)
    run = walked(seed).run
    assert len(run.trades) > 40
    agree(run, world, decisions, index, CASH)


@pytest.mark.parametrize("seed", SEEDS)
def test_turnover_and_gains_are_those_of_the_naive_books(seed: int) -> None:
    world, decisions, _, book = lived_naively(seed)
    turns, ends = [], []
    for day, wanted in decisions.items():
        total = 0.0
        for symbol in world.symbols:
            total += abs(wanted[symbol] - book.worth[day][symbol] / book.equity[day])
        turns.append(total / 2)
        ends.append(book.equity[day])
    steps = walked(seed).steps
    assert [each.turnover for each in steps] == pytest.approx(turns, rel=1e-9, abs=1e-9)
    gains = [later / now - 1 for now, later in itertools.pairwise(ends)]
    assert [each.gain for each in steps[:-1]] == pytest.approx(gains, rel=1e-9, abs=1e-12)
    assert steps[-1].gain is None


def test_a_share_listed_later_was_named_and_got_no_money() -> None:
    for seed in SEEDS:
        (step,) = (each for each in walked(seed).steps if each.day == D(2023, 4, 28))
        assert (step.found, step.priced) == (3, 2)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_kept_is_counted_one_by_one(seed: int) -> None:
    formations = found(seed)
    for each in walked(seed).retention:
        shares = []
        for place in range(len(formations) - each.after):
            now, later = formations[place].symbols, formations[place + each.after].symbols
            if now:
                shares.append(sum(symbol in later for symbol in now) / len(now))
        assert (each.formations, each.share) == (
            len(shares),
            pytest.approx(statistics.fmean(shares)),
        )
    assert [each.after for each in walked(seed).retention] == list(range(1, 13))


# What became of the finds


@dataclasses.dataclass
class Tally:
    """One formation's scored relative returns, and whether one of its pairs is pending."""

    relative: list[float]
    waits: bool
    unscored: int


def tally(closes: naive_scorer.Closes, symbols: Sequence[str], day: Day, months: int) -> Tally:
    told = Tally([], waits=False, unscored=0)
    for symbol in symbols:
        benchmark = INDEX_OF[symbol.split(".")[1]]
        try:
            scored = naive_scorer.score(closes, symbol, benchmark, day, months)
        except naive_scorer.PendingError:
            told.waits = True
        except naive_scorer.NotScoredError:
            # with fewer than eleven sessions left nothing is known of it yet
            days = sorted(closes[benchmark])
            if len(days) - bisect.bisect_right(days, day) > 10:
                told.unscored += 1
            else:
                told.waits = True
        else:
            told.relative.append(scored.relative)
    return told


def newey_west(values: Mapping[int, float], lags: int) -> float:
    """The error of a mean of values by month, by two loops over pairs of months."""
    mean = statistics.fmean(values.values())
    total = 0.0
    for one, other in itertools.product(values, values):
        if abs(one - other) <= lags:
            weight = 1 - abs(one - other) / (lags + 1)
            total += weight * (values[one] - mean) * (values[other] - mean)
    count = len(values)
    return math.sqrt(total / count**2 * count / (count - 1))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("months", MONTHS)
def test_decay_is_that_of_plain_loops(seed: int, months: int) -> None:
    panel = lived(seed)
    closes = {s: read_column(panel, s, "close", "price") for s in panel.symbols}
    pooled, beaten, net = [], [], {}
    pending, unscored = 0, 0
    means: dict[int, float] = {}
    for each in found(seed):
        month = 12 * each.day.year + each.day.month
        told = tally(closes, each.symbols, each.day, months)
        unscored += told.unscored
        if told.waits:
            pending += len(each.symbols) - told.unscored
        elif told.relative:
            means[month] = statistics.fmean(told.relative)
            pooled += told.relative
            breadth = tally(closes, each.universe, each.day, months)
            if breadth.relative and not breadth.waits:
                average = statistics.fmean(breadth.relative)
                net[month] = means[month] - average
                beaten += [own > average for own in told.relative]
    (decay,) = (each for each in walked(seed).decay if each.months == months)
    assert (decay.pairs, decay.pending, decay.unscored) == (len(pooled), pending, unscored)
    assert decay.mean == pytest.approx(statistics.fmean(pooled))
    hits = [naive_scorer.grade(own) in {"buy", "overweight"} for own in pooled]
    assert decay.hit_rate == pytest.approx(statistics.fmean(hits))
    assert decay.beaten == pytest.approx(statistics.fmean(beaten))
    assert decay.net is not None
    for own, values in ((decay.relative, means), (decay.net, net)):
        assert (own.formations, own.lags) == (len(values), months - 1)
        assert own.mean == pytest.approx(statistics.fmean(values.values()))
        error = newey_west(values, months - 1)
        assert own.error == pytest.approx(error)
        assert own.t == pytest.approx(statistics.fmean(values.values()) / error)


def test_the_made_walks_have_what_the_loops_are_to_find() -> None:
    decays = [each for seed in SEEDS for each in walked(seed).decay]
    assert any(each.unscored for each in decays)
    assert any(each.pending for each in decays)
    assert any(each.net and each.net.formations < each.relative.formations for each in decays)
    assert any(not each.symbols for seed in SEEDS for each in found(seed)[2:-2])


@pytest.mark.parametrize("horizon", [1, 2, 6, 12])
def test_the_error_is_that_of_statsmodels(horizon: int) -> None:
    from statsmodels.regression.linear_model import OLS  # noqa: PLC0415 - takes a second

    luck = np.random.default_rng(horizon)
    values = np.convolve(luck.normal(0.01, 0.05, 60), np.ones(horizon), "valid")
    own = average_formations(values, np.arange(5, 5 + len(values)), horizon)
    fit = OLS(values, np.ones(len(values))).fit(
        cov_type="HAC",
        cov_kwds={"maxlags": horizon - 1, "kernel": "bartlett", "use_correction": True},
    )
    assert own.mean == pytest.approx(fit.params[0])
    assert own.error == pytest.approx(fit.bse[0])
    assert own.t == pytest.approx(fit.tvalues[0])


def test_formations_a_quarter_apart_do_not_overlap_over_three_months() -> None:
    values = np.array([0.1, -0.2, 0.3, 0.05])
    quarterly = average_formations(values, np.array([0, 3, 6, 9]), 3)
    assert quarterly.error == pytest.approx(values.std(ddof=1) / 2)
    monthly = average_formations(values, np.array([0, 1, 2, 3]), 3)
    assert monthly.error == pytest.approx(newey_west(dict(enumerate(values.tolist())), 2))
    assert monthly.error != pytest.approx(quarterly.error, rel=0.05)


@pytest.mark.parametrize(
    ("values", "horizon", "mean"),
    [([], 1, None), ([0.1], 1, 0.1), ([0.1, 0.2], 3, 0.15), ([0.1, 0.1, 0.1], 1, 0.1)],
)
def test_an_error_that_cannot_be_told_is_none(
    values: list[float], horizon: int, mean: float | None
) -> None:
    own = average_formations(np.array(values), np.arange(len(values)), horizon)
    assert own.mean == (None if mean is None else pytest.approx(mean))
    assert (own.error, own.t, own.formations) == (None, None, len(values))


def test_an_error_that_allows_for_overlap_holds_what_it_promises() -> None:
    # means of 3 months of independent months: the mean of many is off by sqrt(9 v / n)
    luck = np.random.default_rng(1)
    told, means = [], []
    for _ in range(400):
        values = np.convolve(luck.normal(0.0, 0.05, 242), np.ones(3), "valid")
        own = average_formations(values, np.arange(240), 3)
        assert own.error is not None
        assert own.mean is not None
        told.append(own.error)
        means.append(own.mean)
    # Bartlett's weights leave out a part of the two lags: 3 + 2 (2/3 2 + 1/3) = 19/3 of 9
    expected = 0.05 * math.sqrt((3 + 2 * (2 / 3 * 2 + 1 / 3 * 1)) / 240)
    assert statistics.fmean(told) == pytest.approx(expected, rel=0.05)
    assert statistics.stdev(means) == pytest.approx(0.05 * math.sqrt(9 / 240), rel=0.1)


# Identities


@pytest.mark.parametrize("quote", ["raw", "price"])
def test_a_constant_list_is_equal_weighting_each_month(quote: str) -> None:
    panel, symbols = lived(1), ("600519.SH", "300308.SZ", "0700.HK")
    # the strategy's month ends with the last session of either market
    ends = [month_ends(name, D(2023, 2, 1), D(2024, 6, 14)) for name in ("XSHG", "XHKG")]
    days = [max(pair) for pair in zip(*ends, strict=True)]
    terms = Terms(cash=CASH, prices=quote)  # type: ignore[arg-type]
    walk = walk_forward([Formation(day, symbols, 6) for day in days], panel, SCALE, terms)
    equal = simulate_portfolio(
        # in the walk's order, as deals of one row are told by position
        made_report(walk.run.curve.symbols, days[0]),
        panel,
        load_strategies(["equal_monthly"]),
        terms,
    ).runs[0]
    assert len(equal.trades) > 40
    for own, other in zip(walk.run.trades, equal.trades, strict=True):
        assert (own.date, own.symbol, own.side) == (other.date, other.symbol, other.side)
        assert own.shares == pytest.approx(other.shares, rel=1e-9)
    np.testing.assert_allclose(walk.run.curve.equity, equal.curve.equity, rtol=1e-12)
    assert walk.run.turnover == pytest.approx(equal.turnover)


@pytest.mark.market
def test_a_walk_over_the_larger_market_scores_what_has_ended(market_folder: Path) -> None:
    columns = ["symbol", "date", "close"]
    index = pd.read_parquet(market_folder / "index_daily.parquet", columns=columns)
    shares = pd.read_parquet(market_folder / "cn_daily.parquet", columns=columns)
    kept = sorted(shares["symbol"].unique())[::20]
    rows = pd.concat([shares[shares["symbol"].isin(kept)], index[index["symbol"] == "000300.SH"]])
    closes = rows.pivot_table(index="date", columns="symbol", values="close")
    closes.index = pd.to_datetime(closes.index)
    closes = closes.loc["2024-01-01":]  # type: ignore[misc]
    formations = []
    for day in month_ends("XSHG", D(2024, 4, 1), D(2025, 8, 31)):
        known = closes.drop(columns="000300.SH").loc[: pd.Timestamp(day)]
        past = (known.iloc[-1] / known.iloc[-61] - 1).dropna()
        best = tuple(past.nlargest(10).index)
        formations.append(Formation(day, best, len(past), universe=tuple(past.index)))
    convention = Convention(basis="total", horizons=(1, 3, 6, 12))
    walk = walk_forward(
        formations, Panel.from_frames({"total": closes}), SCALE, convention=convention
    )
    # the shares' prices end on 2025-08-25, the index's a year later: nothing is scored early
    assert walk.formations[-1].day == D(2025, 7, 31)
    assert [each.relative.formations for each in walk.decay] == [15, 13, 10, 4]
    assert [each.pairs + each.pending for each in walk.decay] == [160] * 4
    assert all(0.0 < (each.turnover or 0.0) <= 1.0 for each in walk.steps)
    # the mean of all examined less itself is nothing
    whole = [dataclasses.replace(each, symbols=each.universe) for each in formations]
    panel = Panel.from_frames({"total": closes})
    same = walk_forward(whole, panel, SCALE, convention=convention)
    assert [each.net.mean for each in same.decay if each.net] == pytest.approx([0.0] * 4, abs=1e-12)
