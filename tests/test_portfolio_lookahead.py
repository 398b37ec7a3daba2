"""What comes after a day changes nothing of what was decided and dealt up to it."""

import datetime as dt
import itertools
import math
import random
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from naive_portfolio import SHARES, make_panel
from test_portfolio_reference import made_report

from backtests.portfolio.baskets import simulate_baskets
from backtests.portfolio.result import Backtest
from backtests.portfolio.simulate import simulate_portfolio
from backtests.portfolio.strategy.strategies import Strategy, load_strategies
from backtests.portfolio.terms import DealAt, Terms
from screener import Panel
from screener.panel import CorporateAction, Field, Floats, Quote
from universes.text import Text

# the first deals on 2024-07-29: the horizon ends in the days on which one market alone is open
PUBLISHED = dt.date(2024, 7, 26)
SEED = 21
Prices = dict[tuple[Field, Quote], Floats]


@cache
def base(quote: str) -> Panel:
    panel = make_panel(SEED, "2024-04-01", "2025-02-14", opens=True)
    if quote == "raw":
        return panel
    prices: Prices = {(name, "total"): matrix.copy() for (name, _), matrix in panel.prices.items()}
    return replace(panel, prices=prices, actions=())


@cache
def strategies() -> tuple[Strategy, ...]:
    text = Text("甲", "A")
    stopped = Strategy("stopped", text, text, "equal", "monthly", "horizon", stop=0.05)
    own = Strategy(
        "own", text, text, "given", "quarterly", weights={"0700.HK": 0.5, "600519.SH": 0.3}
    )
    return (*load_strategies(), stopped, own)


def simulate(panel: Panel, deal_at: DealAt, currency: str = "CNY") -> Backtest:
    terms = Terms(cash=900_000.0, deal_at=deal_at, currency=currency)
    return simulate_portfolio(made_report(SHARES, PUBLISHED), panel, strategies(), terms)


@cache
def before(quote: str, deal_at: DealAt) -> Backtest:
    return simulate(base(quote), deal_at)


def restated(paid: list[CorporateAction]) -> tuple[CorporateAction, ...]:
    """Cash as paid divided by what later bonuses make of a share."""
    told = []
    for action in paid:
        later = [
            1 + other.bonus
            for other in paid
            if other.symbol == action.symbol and other.ex_date > action.ex_date
        ]
        told.append(replace(action, cash=action.cash / math.prod(later)))
    return tuple(told)


def as_paid(actions: tuple[CorporateAction, ...]) -> list[CorporateAction]:
    told = []
    for action in actions:
        later = [
            1 + other.bonus
            for other in actions
            if other.symbol == action.symbol and other.ex_date > action.ex_date
        ]
        told.append(replace(action, cash=action.cash * math.prod(later)))
    return told


def disturb(panel: Panel, day: np.datetime64, luck: random.Random) -> Panel:
    """Multiply, remove and add prices, rates and corporate actions after a day."""
    after = np.flatnonzero(panel.dates > day)
    prices: Prices = {}
    halted = np.zeros((len(panel.dates), len(panel.symbols)), dtype=np.bool_)
    for column in range(len(panel.symbols)):
        for _ in range(luck.randint(0, 3)):
            start = luck.choice(after)
            halted[start : start + luck.randint(1, 8), column] = True
    indices = panel.columns(["000300.SH", "899050.BJ", "HSI.HK"])
    halted[:, indices] = False
    for key, matrix in panel.prices.items():
        changed: Floats = matrix.copy()
        for row, column in itertools.product(after, range(len(panel.symbols))):
            changed[row, column] *= luck.choice([1.0, 0.5, 0.9, 1.1, 1.0, 3.0])
            if np.isnan(changed[row, column]) and column not in indices and luck.random() < 0.3:
                changed[row, column] = luck.uniform(5, 50)
        changed[halted] = np.nan
        prices[key] = changed
    actions = [
        each if np.datetime64(each.ex_date) <= day else replace(each, cash=luck.uniform(0, 1))
        for each in as_paid(panel.actions)
        if np.datetime64(each.ex_date) <= day or luck.random() < 0.7
    ]
    if panel.actions:
        for symbol in luck.sample(sorted(SHARES), 3):
            ex_date = str(panel.dates[luck.choice(after)])
            known = {(each.symbol, each.ex_date) for each in actions}
            if (symbol, ex_date) not in known:
                actions.append(
                    CorporateAction(symbol, ex_date, 0.1, luck.choice([0.0, 0.5, 1.0]), "high")
                )
    return replace(panel, prices=prices, actions=restated(actions))


def agree_until(one: Backtest, other: Backtest, day: np.datetime64) -> None:
    last = day.item()
    for own, changed in zip(one.runs, other.runs, strict=True):
        assert own.strategy == changed.strategy
        for name in ("trades", "skipped"):
            kept, told = (
                [each for each in getattr(run, name) if each.date <= last] for run in (own, changed)
            )
            # a last attempt is carried whether or not a session follows
            assert told == kept, own.strategy.id
        rows = min(
            *(int(np.searchsorted(run.curve.dates, day, side="right")) for run in (own, changed))
        )
        for name in ("equity", "cash", "paper", "shares", "value", "benchmark"):
            np.testing.assert_array_equal(
                getattr(own.curve, name)[:rows], getattr(changed.curve, name)[:rows], name
            )


ROWS = st.integers(90, len(base("raw").dates) - 3)


@pytest.mark.parametrize(
    ("quote", "deal_at"), [("raw", "close"), ("raw", "open"), ("total", "close")]
)
@given(row=ROWS, seed=st.integers(0, 2**32))
@settings(max_examples=8, derandomize=True)
def test_what_comes_after_a_day_changes_nothing_before(
    quote: str, deal_at: DealAt, row: int, seed: int
) -> None:
    panel = base(quote)
    day = panel.dates[row]
    disturbed = disturb(panel, day, random.Random(seed))  # noqa: S311 - a test's made luck
    assert disturbed.sha256 != panel.sha256
    agree_until(before(quote, deal_at), simulate(disturbed, deal_at), day)


def row_of(day: str) -> int:
    return int(np.searchsorted(base("raw").dates, np.datetime64(day)))


@pytest.mark.parametrize("quote", ["raw", "total"])
@given(row=ROWS)
@example(row=row_of("2025-01-24"))
@example(row=row_of("2025-01-27"))
@example(row=row_of("2025-01-28"))
@example(row=row_of("2025-02-03"))
@settings(max_examples=6, derandomize=True)
def test_data_that_end_earlier_change_nothing_before(quote: str, row: int) -> None:
    panel = base(quote)
    day = panel.dates[row]
    agree_until(before(quote, "close"), simulate(panel.until(day), "close"), day)


@pytest.mark.parametrize(
    "day", ["2024-07-30", "2024-08-30", "2024-09-30", "2025-01-27", "2025-01-28"]
)
def test_a_session_that_was_never_recorded_changes_nothing_before(day: str) -> None:
    panel, gone = base("raw"), row_of(day)
    kept = np.delete(np.arange(len(panel.dates)), gone)
    prices: Prices = {key: matrix[kept] for key, matrix in panel.prices.items()}
    without = replace(panel, dates=panel.dates[kept], prices=prices)
    terms = Terms(cash=900_000.0)
    # a volatility is refused where sessions are missing
    chosen = [each for each in strategies() if each.weigh != "inverse_volatility"]
    report = made_report(SHARES, PUBLISHED)
    one, other = (simulate_portfolio(report, each, chosen, terms) for each in (panel, without))
    agree_until(one, other, panel.dates[gone - 1])


def test_an_as_of_day_cuts_as_the_data_would() -> None:
    panel = base("raw")
    day = panel.dates[150]
    cut = simulate(panel.until(day), "close")
    terms = Terms(cash=900_000.0)
    asked = simulate_portfolio(
        made_report(SHARES, PUBLISHED), panel, strategies(), terms, as_of=day.item()
    )
    assert [run.trades for run in asked.runs] == [run.trades for run in cut.runs]
    assert [run.skipped for run in asked.runs] == [run.skipped for run in cut.runs]
    assert asked.runs[0].curve.dates[-1] == day


@given(row=ROWS, seed=st.integers(0, 2**32))
@settings(max_examples=8, derandomize=True)
def test_baskets_know_nothing_of_what_comes(row: int, seed: int) -> None:
    panel = base("raw")
    day = panel.dates[row]
    baskets = [list(SHARES), ["0700.HK", "688498.SH"]]
    disturbed = disturb(panel, day, random.Random(seed))  # noqa: S311 - a test's made luck
    own, changed = (
        simulate_baskets(each, baskets, PUBLISHED, Terms(cash=300_000.0))
        for each in (panel, disturbed)
    )
    rows = int(np.searchsorted(own.dates, day, side="right"))
    np.testing.assert_array_equal(own.equity[:rows], changed.equity[:rows])


def test_a_strategy_of_these_deals_sells_and_fails_often_enough_to_be_told_from_luck() -> None:
    runs = before("raw", "close").runs
    assert sum(len(run.trades) for run in runs) > 100
    assert {trade.side for run in runs for trade in run.trades} == {"buy", "sell"}
    assert len({skip.reason for run in runs for skip in run.skipped}) >= 3
