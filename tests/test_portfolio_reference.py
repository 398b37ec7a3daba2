"""Whole simulations against naive_portfolio, a numpy one-liner and bt; what must always hold."""

import dataclasses
import datetime as dt
import itertools
import math
import warnings
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
import pytest
from naive_portfolio import (
    INDEX_OF,
    SHARES,
    Book,
    Deal,
    Decisions,
    World,
    attribute,
    blend,
    by_group,
    by_level,
    equal,
    horizon_sales,
    index_of,
    inverse_volatility,
    lot_of,
    make_panel,
    period_ends,
    read_world,
    simulate,
    stop_sales,
)
from raw_folder import write_raw_folder

from backtests.portfolio.baskets import simulate_baskets
from backtests.portfolio.result import Backtest, Run
from backtests.portfolio.simulate import simulate_portfolio
from backtests.portfolio.strategy.strategies import load_strategies
from backtests.portfolio.terms import Terms
from screener import Panel, load_prices
from screener.panel import Quote
from universes import Report, Symbol, load_report, load_scale
from universes.market import market_of
from universes.rating import Basis
from universes.report import Level, Pick, Publication, Theme
from universes.text import Text

PUBLISHED = dt.date(2024, 6, 14)
LEVELS: dict[str, Level] = {"600519.SH": "watch", "0700.HK": "watch"}
THEMES = {"600519.SH": "a", "688498.SH": "a", "300308.SZ": "a"}
SEEDS = range(6)


def made_report(symbols: Iterable[str] = SHARES, published: dt.date = PUBLISHED) -> Report:
    """A report of two themes and two levels."""
    themes: dict[str, list[Pick]] = {}
    for name in symbols:
        symbol, level = Symbol.parse(name), LEVELS.get(name, "recommend")
        pick = Pick(symbol, market_of(symbol), Text("甲", "A"), level, "1", "推荐")
        themes.setdefault(THEMES.get(name, "b"), []).append(pick)
    text = Text("甲", "A")
    return Report(
        "report",
        text,
        text,
        text,
        Publication(published, inferred=False, window=(), evidence=()),
        load_scale("soochow"),
        tuple(
            Theme(name, text, "1", "overweight", text, (), (), tuple(picks))
            for name, picks in themes.items()
        ),
    )


def decide(strategy: str, world: World, report: Report, index: Mapping[str, str]) -> Decisions:
    """What a shipped strategy decides, from strategies.toml and docs/portfolio.md."""
    first = max(day for day in world.rows if day <= report.publication.date)
    even = equal(world.symbols)
    levels = {str(pick.symbol): pick.level for pick in report.picks}
    themes = {str(pick.symbol): theme.id for theme in report.themes for pick in theme.picks}
    months = period_ends(world, first, 1)
    decide_by = {
        "buy_and_hold": lambda: {first: even},
        "by_level": lambda: {first: by_level(levels, {"recommend": 2.0, "watch": 1.0})},
        "by_theme": lambda: {first: by_group(themes)},
        "equal_monthly": lambda: dict.fromkeys([first, *months], even),
        "equal_quarterly": lambda: dict.fromkeys([first, *period_ends(world, first, 3)], even),
        "horizon": lambda: {
            first: even,
            **horizon_sales(world, first, report.scale.horizon_months),
        },
        "inverse_volatility": lambda: {
            day: inverse_volatility(world, day, 60) for day in [first, *months]
        },
        "stop_loss": lambda: {first: even, **stop_sales(world, index, first, 0.15)},
    }
    return decide_by[strategy]()


def agree(
    run: Run, world: World, decisions: Decisions, index: Mapping[str, str], cash: float
) -> None:
    """Hold a run against the naive books, to 1e-9."""
    first = min(decisions)
    real = simulate(world, decisions, cash, executable=True)
    paper = simulate(world, decisions, cash, executable=False)
    curve = run.curve
    days = curve.dates.astype(dt.date).tolist()
    assert days == [day for day in world.rows if first <= day <= days[-1]]
    hair = cash * 1e-11
    assert [(each.date, each.symbol, each.side == "buy") for each in run.trades] == [
        (each.day, each.symbol, each.shares > 0) for each in in_order(real, world)
    ]
    for own, other in zip(run.trades, in_order(real, world), strict=True):
        assert own.shares == pytest.approx(abs(other.shares), rel=1e-9)
        assert own.price == other.price
        assert own.rate == pytest.approx(other.rate, rel=1e-12)
        paid = {code: cost for code, cost in own.costs.items() if cost}
        assert paid == pytest.approx(
            {c: cost for c, cost in other.costs.items() if cost}, rel=1e-9, abs=hair
        )
    assert [
        (each.date, each.symbol, each.side, each.reason.name, each.carried) for each in run.skipped
    ] == sorted(
        real.skipped, key=lambda each: (each[0], each[2] == "buy", symbols_at(world, each[1]))
    )
    for n, day in enumerate(days):
        assert curve.equity[n] == pytest.approx(real.equity[day], rel=1e-9, abs=hair)
        assert curve.cash[n] == pytest.approx(real.cash[day], rel=1e-9, abs=hair)
        assert curve.paper[n] == pytest.approx(paper.equity[day], rel=1e-9, abs=hair)
        held = [real.shares[day][symbol] for symbol in curve.symbols]
        assert curve.shares[n].tolist() == pytest.approx(held, rel=1e-9, abs=1e-7)
    if real.deals:
        expected = blend(world, real, index, first, cash)[: len(days)]
        assert curve.benchmark.tolist() == pytest.approx(expected, rel=1e-9, abs=hair)
    for each in run.contributions:
        gain = {name: value / cash for name, value in attribute(world, real, each.key).items()}
        told = {name: getattr(each, name) for name in gain}
        assert told == pytest.approx(gain, rel=1e-9, abs=1e-11)


def symbols_at(world: World, symbol: str) -> int:
    return world.symbols.index(symbol)


def in_order(book: Book, world: World) -> list[Deal]:
    """Sales before purchases on each day, in the order of the picks."""
    return sorted(
        book.deals, key=lambda each: (each.day, each.shares > 0, symbols_at(world, each.symbol))
    )


def hold_always(test: Backtest, panel: Panel, terms: Terms) -> None:
    """What holds of any simulation."""
    quote = cast("Quote", test.quote)
    for run in test.runs:
        curve, cash = run.curve, terms.cash
        assert curve.cash.min() >= -1e-6
        assert curve.shares.min() >= 0
        np.testing.assert_allclose(curve.equity, curve.cash + curve.value.sum(axis=1), rtol=1e-12)
        gain = curve.equity[-1] / cash - 1
        assert sum(each.total for each in run.contributions) == pytest.approx(gain, abs=1e-9)
        assert sum(each.total for each in run.themes) == pytest.approx(gain, abs=1e-9)
        assert run.bridge.after_costs == pytest.approx(gain, abs=1e-12)
        assert run.bridge.paper == pytest.approx(curve.paper[-1] / cash - 1, abs=1e-12)
        assert run.bridge.before_costs + sum(run.bridge.costs.values()) == run.bridge.after_costs
        paid = sum(sum(trade.costs.values()) for trade in run.trades)
        assert sum(run.costs_paid.values()) == pytest.approx(paid, rel=1e-12)
        assert -sum(run.bridge.costs.values()) * cash == pytest.approx(paid, rel=1e-12)
        assert sum(each.costs for each in run.contributions) * cash == pytest.approx(-paid)
        traded = sum(trade.value for trade in run.trades)
        if traded:
            assert run.costs_per_value == pytest.approx(paid / traded)
        for trade in run.trades:
            assert trade.value == pytest.approx(trade.shares * trade.price * trade.rate)
            assert trade.date > curve.dates[0].item()
            (column,) = panel.columns([trade.symbol])
            row = int(np.searchsorted(panel.dates, np.datetime64(trade.date)))
            assert trade.price == panel.levels(terms.deal_at, quote)[row, column]
            if test.quote == "raw" and trade.side == "buy":
                least, step = lot_of(trade.symbol) or (math.inf, 1)
                assert trade.shares >= least
                assert trade.shares % step == 0


@cache
def made(seed: int, *, opens: bool = False) -> Panel:
    return make_panel(seed, end="2024-12-31", opens=opens)


@pytest.mark.parametrize("currency", ["CNY", "HKD"])
@pytest.mark.parametrize("seed", SEEDS)
def test_every_strategy_on_made_printed_prices_is_that_of_the_naive_books(
    seed: int, currency: str
) -> None:
    panel, report = made(seed), made_report()
    terms = Terms(cash=40_000.0 if seed % 3 == 1 else 600_000.0, currency=currency)
    test = simulate_portfolio(report, panel, None, terms)
    assert test.quote == "raw"
    assert not test.not_run
    index = index_of(SHARES)
    symbols = [str(pick.symbol) for pick in test.picks]
    world = read_world(panel, symbols, currency, quote="raw", indices=set(index.values()))
    for run in test.runs:
        agree(run, world, decide(run.strategy.id, world, report, index), index, terms.cash)
    hold_always(test, panel, terms)


@pytest.mark.parametrize("seed", SEEDS)
def test_dealing_at_the_open_is_that_of_the_naive_books(seed: int) -> None:
    panel, report = made(seed, opens=True), made_report()
    terms = Terms(cash=600_000.0, deal_at="open")
    test = simulate_portfolio(report, panel, None, terms)
    symbols = [str(pick.symbol) for pick in test.picks]
    index = index_of(SHARES)
    world = read_world(
        panel, symbols, "CNY", quote="raw", deal_at="open", indices=set(index.values())
    )
    for run in test.runs:
        decisions = decide(run.strategy.id, world, report, index)
        real = simulate(world, decisions, terms.cash, executable=True)
        paper = simulate(world, decisions, terms.cash, executable=False)
        for n, day in enumerate(run.curve.dates.astype(dt.date)):
            assert run.curve.equity[n] == pytest.approx(real.equity[day], rel=1e-9, abs=1e-6)
            assert run.curve.paper[n] == pytest.approx(paper.equity[day], rel=1e-9, abs=1e-6)
    hold_always(test, panel, terms)


@pytest.mark.parametrize("quote", ["total", "price"])
@pytest.mark.parametrize("currency", ["CNY", "HKD"])
def test_every_strategy_on_the_embedded_prices_is_that_of_the_naive_books(
    snapshot: Panel, report: Report, quote: Basis, currency: str
) -> None:
    terms = Terms(prices=quote, currency=currency)
    test = simulate_portfolio(report, snapshot, None, terms)
    symbols = [str(pick.symbol) for pick in test.picks]
    assert len(symbols) == 28
    assert [each.id for each, _ in test.not_run] == ["inverse_volatility"]
    index = index_of(symbols)
    world = read_world(snapshot, symbols, currency, quote=quote, indices=set(index.values()))
    for run in test.runs:
        decisions = decide(run.strategy.id, world, report, index)
        agree(run, world, decisions, index, terms.cash)
        assert not any(each.reason.name in {"BELOW_A_LOT", "LIMIT_UP"} for each in run.skipped)
    hold_always(test, snapshot, terms)


@pytest.mark.market
def test_every_strategy_on_real_printed_prices_is_that_of_the_naive_books(
    market_folder: Path, tmp_path: Path
) -> None:
    assert market_folder.is_dir()
    report = load_report().select()
    symbols = [str(pick.symbol) for pick in report.picks]
    write_raw_folder(tmp_path, symbols, "2024-03-01", "2025-08-22")
    panel = load_prices(source=tmp_path, raw=True)
    index = index_of(symbols)
    # the rates begin in June
    terms = Terms(cash=1_000_000.0, start=dt.date(2024, 6, 17))
    test = simulate_portfolio(report, panel, None, terms)
    assert test.quote == "raw"
    report = report.published_on(dt.date(2024, 6, 17))
    world = read_world(panel, symbols, "CNY", quote="raw", indices=set(index.values()))
    for run in test.runs:
        agree(run, world, decide(run.strategy.id, world, report, index), index, terms.cash)
        # the smallest STAR order is dear, and a lot of Tencent too
        assert run.trades
    hold_always(test, panel, terms)


# Without costs and limits


def plain_closes(seed: int) -> pd.DataFrame:
    luck = np.random.default_rng(seed)
    panel = made(0)
    (column,) = panel.columns(["000300.SH"])
    days = panel.dates[np.isfinite(panel.matrix("close", "raw")[:, column])]
    paths = 20 * np.exp(np.cumsum(luck.normal(0, 0.02, (len(days), 3)), axis=0))
    names = ["000001.SZ", "300308.SZ", "600519.SH"]
    return pd.DataFrame(paths, pd.DatetimeIndex(days), names)


def paper_of(closes: pd.DataFrame, strategy: str) -> tuple[np.ndarray, pd.DataFrame]:
    table = closes.assign(**{"000300.SH": 3500.0})
    panel = Panel.from_frames({"total": table})
    test = simulate_portfolio(
        made_report(closes.columns), panel, load_strategies([strategy]), Terms(cash=1e6)
    )
    curve = test.runs[0].curve
    return curve.paper, closes[closes.index >= pd.Timestamp(curve.dates[0])]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_basket_without_costs_is_the_mean_of_price_relatives(seed: int) -> None:
    paper, held = paper_of(plain_closes(seed), "buy_and_hold")
    closes = held.to_numpy()[1:]
    np.testing.assert_allclose(paper[1:], 1e6 * (closes / closes[0]).mean(axis=1), rtol=1e-12)
    assert paper[0] == 1e6


@pytest.mark.parametrize("seed", range(3))
def test_a_monthly_basket_without_costs_is_that_of_bt(seed: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        bt = pytest.importorskip("bt")
    paper, held = paper_of(plain_closes(seed), "equal_monthly")
    days = held.index
    ends = [a for a, b in itertools.pairwise(days) if a.month != b.month and a > days[0]]
    # decided at a close, dealt at the next
    deals = [days[1], *(min(day for day in days if day > end) for end in ends)]
    weights = pd.DataFrame(1 / 3, pd.DatetimeIndex(deals), held.columns)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plan = bt.Strategy("monthly", [bt.algos.WeighTarget(weights), bt.algos.Rebalance()])
        told = bt.run(
            bt.Backtest(
                plan, held, initial_capital=1e6, integer_positions=False, progress_bar=False
            )
        )
        prices = told.prices["monthly"].to_numpy()
    # bt begins a day earlier, at 100
    np.testing.assert_allclose(paper, prices[-len(paper) :] * 1e4, rtol=1e-9)


def test_a_paper_portfolio_pays_nothing_and_holds_fractions() -> None:
    test = simulate_portfolio(made_report(), made(1), load_strategies(["buy_and_hold"]))
    (run,) = test.runs
    world = read_world(made(1), [str(p.symbol) for p in test.picks], "CNY", quote="raw")
    book = simulate(world, {PUBLISHED: equal(world.symbols)}, 1e6, executable=False)
    assert not book.costs()
    assert run.paper.total_return == pytest.approx(run.bridge.paper, abs=1e-12)
    assert run.measures.total_return == pytest.approx(run.bridge.after_costs, abs=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_baskets_are_the_naive_books_of_equal_weights(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # in portions, one of them of more than a portion's positions
    monkeypatch.setattr("backtests.portfolio.baskets._TOGETHER", 3)
    panel = made(seed)
    baskets = [["0700.HK"], list(SHARES), ["600519.SH", "920002.BJ"], ["688498.SH", "9626.HK"]]
    found = simulate_baskets(panel, baskets, PUBLISHED, Terms(cash=90_000.0))
    for number, basket in enumerate(baskets):
        # rows on which none of the basket's exchanges was open change nothing but the rate
        world = read_world(panel, sorted(SHARES), "CNY", quote="raw")
        book = simulate(world, {PUBLISHED: equal(basket)}, 90_000.0, executable=True)
        days = found.dates.astype(dt.date)
        told = [book.equity[day] for day in days]
        assert found.equity[:, number].tolist() == pytest.approx(told, rel=1e-9, abs=1e-6)
        assert found.costs[number] == pytest.approx(sum(book.costs().values()), rel=1e-9, abs=1e-6)
        assert found.bought[number] == len({deal.symbol for deal in book.deals})


def test_every_made_world_meets_what_it_is_made_for() -> None:
    """Halts, both limits, lots below and cash short: else the comparisons above show little."""
    reasons: set[str] = set()
    sold = 0
    for seed, cash in itertools.product(SEEDS, (40_000.0, 600_000.0)):
        test = simulate_portfolio(made_report(), made(seed), None, Terms(cash=cash))
        for run in test.runs:
            reasons |= {each.reason.name for each in run.skipped}
            sold += sum(trade.side == "sell" for trade in run.trades)
    assert {"HALTED", "LIMIT_UP", "LIMIT_DOWN", "BELOW_A_LOT"} <= reasons
    assert sold > 20
    assert INDEX_OF["HK"] == "HSI.HK"
    assert dataclasses.is_dataclass(Run)
