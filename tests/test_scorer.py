"""The scorer of many recommendations: the same to the last bit, however it is run."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backtests import Convention
from backtests.compiled import compiled
from backtests.loops import enter_each, leave_each
from backtests.measured import NO_END, Asked, Measured
from backtests.outcome import Outcome
from backtests.scorer import Scorer
from screener import Panel
from screener.calendar import load_sessions
from screener.origin import Origin
from universes import Symbol, load_scale
from universes.rating import edges

SYMBOLS = ("0700.HK", "9988.HK", "000001.SZ", "600000.SH", "600519.SH")
INDICES = ("000300.SH", "HSI.HK")
COUNT = 500
FIELDS = ("entry", "about", "entered", "paid", "seen", "own", "benchmark", "relative")


def make_panel(seed: int) -> Panel:
    """Two exchanges, with halts, late listings, an early end and a session of which nothing is."""
    rng = np.random.default_rng(seed)
    days = np.union1d(
        load_sessions("XSHG", 2023, 2024).days, load_sessions("XHKG", 2023, 2024).days
    )
    symbols = (*INDICES, *SYMBOLS)
    closes = 20 * np.exp(rng.normal(0, 0.02, (len(days), len(symbols))).cumsum(axis=0))
    for column, symbol in enumerate(symbols):
        sessions = load_sessions(Symbol.parse(symbol).exchange.calendar, 2023, 2024).days
        closes[~np.isin(days, sessions), column] = np.nan
    closes[rng.random(closes.shape) < 0.05] = np.nan
    closes[100:130, 3] = closes[:60, 4] = closes[400:, 5] = np.nan
    closes[rng.integers(0, len(days))] = np.nan
    opens = closes * np.exp(rng.normal(0, 0.005, closes.shape))
    opens[rng.random(opens.shape) < 0.02] = np.nan
    kept = np.isfinite(closes).any(axis=1)
    prices = {("close", "price"): closes[kept], ("open", "price"): opens[kept]}
    return Panel(days[kept], symbols, prices, Origin("random", ""))


def make_scorer(panel: Panel, convention: Convention) -> Scorer:
    parsed = [tuple(map(Symbol.parse, names)) for names in (SYMBOLS, INDICES)]
    told = (np.datetime64("2022-12-01"), np.datetime64("2025-01-31"))
    bounds = [edges(load_scale(name).company) for name in ("soochow", "hongxin")]
    return Scorer(panel, *parsed, told, convention, bounds)


def ask(scorer: Scorer, seed: int, count: int = COUNT) -> Asked:
    rng = np.random.default_rng(seed)
    symbol = rng.integers(0, len(SYMBOLS), count).astype(np.int32)
    first = np.datetime64("2022-12-01")
    published = first + rng.integers(0, 790, count).astype("timedelta64[D]")
    turned = np.where(rng.random(count) < 0.3, rng.integers(1, 90, count), 10_000)
    closed = published + turned.astype("timedelta64[D]")
    closed[closed > np.datetime64("2025-01-31")] = np.datetime64("NaT", "D")
    return Asked(
        symbol,
        rng.integers(0, 2, count).astype(np.int32),
        published,
        rng.integers(0, 2, count).astype(np.int8),
        scorer.sessions_after(symbol, closed),
    )


def bits(found: Measured, order: np.ndarray | None = None) -> list[bytes]:
    arrays = [getattr(found, name) for name in (*FIELDS, "grade", "outcome")]
    return [(each if order is None else each[order]).tobytes() for each in arrays]


CONVENTIONS = [
    Convention(horizons=(1, 3, 6)),
    Convention("next_open", "ratio", horizons=(1, 12)),
    Convention("previous_close", horizons=(3,), entry_delay=3),
]


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_chunks_threads_and_order_change_no_bit(convention: Convention) -> None:
    scorer = make_scorer(make_panel(1), convention)
    asked = ask(scorer, 2)
    whole = scorer.measure(asked)
    assert len(np.unique(whole.outcome)) >= 5
    for chunk, threads in ((1, 1), (7, 3), (64, 2), (COUNT, 1)):
        assert bits(scorer.measure(asked, chunk=chunk, threads=threads)) == bits(whole)
    order = np.random.default_rng(3).permutation(COUNT)
    back = np.argsort(order)
    assert bits(scorer.measure(asked.take(order)), back) == bits(whole)


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_compiled_loops_give_the_same_bits(
    convention: Convention, monkeypatch: pytest.MonkeyPatch
) -> None:
    scorer = make_scorer(make_panel(4), convention)
    asked = ask(scorer, 5)
    plain = scorer.measure(asked)
    assert compiled(enter_each) is compiled(enter_each)
    monkeypatch.setattr("backtests.scorer._WORTH_COMPILING", 0)
    assert bits(scorer.measure(asked)) == bits(plain)
    assert "leave_each" in repr(compiled(leave_each))


def test_a_call_that_is_closed_is_left_on_that_session() -> None:
    panel = make_panel(6)
    scorer = make_scorer(panel, Convention(horizons=(3,)))
    free = ask(scorer, 7)
    open_calls = Asked(**{**vars(free), "until": np.full(COUNT, NO_END, np.int32)})
    entry = scorer.measure(open_calls).entry
    soon = np.where(entry >= 0, entry + 10, NO_END).astype(np.int32)
    closed = scorer.measure(Asked(**{**vars(free), "until": soon}))
    scored = closed.outcome[:, 0] == Outcome.SCORED
    assert scored.sum() > COUNT / 2
    assert (closed.seen[scored, 0] <= entry[scored] + 10).all()
    at_once = scorer.measure(Asked(**{**vars(free), "until": np.where(entry >= 0, entry, NO_END)}))
    entered = entry >= 0
    assert (at_once.outcome[entered] == Outcome.CLOSED).all()
    assert np.isnan(at_once.relative[entered]).all()


def test_a_call_that_was_closed_while_it_waited_is_not_pending() -> None:
    days = load_sessions("XSHG", 2024, 2024).days[:40].copy()
    closes = np.full((40, 2), 10.0)
    closes[35:, 1] = np.nan
    panel = Panel(days, ("000300.SH", "600000.SH"), {("close", "price"): closes}, Origin("x", ""))
    symbols, indices = [Symbol.parse("600000.SH")], [Symbol.parse("000300.SH")]
    bounds = [edges(load_scale("soochow").company)]
    scorer = Scorer(panel, symbols, indices, (days[0], days[-1]), Convention(horizons=(1,)), bounds)
    nothing, one = np.zeros(3, np.int32), np.zeros(3, np.int8)
    turned = np.array(["NaT", str(days[36]), str(days[39])], "datetime64[D]")
    until = scorer.sessions_after(nothing, turned)
    found = scorer.measure(Asked(nothing, nothing, np.repeat(days[35:36], 3), one, until))
    # the last is left on a session that is not recorded yet
    expected = [Outcome.PENDING_ENTRY, Outcome.CLOSED, Outcome.PENDING_ENTRY]
    assert found.outcome[:, 0].tolist() == expected


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), cut=st.integers(30, 450))
def test_later_prices_change_nothing_that_was_scored(seed: int, cut: int) -> None:
    panel = make_panel(seed)
    convention = Convention(horizons=(1, 3))
    asked = ask(make_scorer(panel, convention), seed, 60)
    day = panel.dates[min(cut, len(panel.dates) - 1)]
    early = make_scorer(panel.until(day), convention).measure(asked)
    late = make_scorer(panel, convention).measure(asked)
    scored = early.outcome == Outcome.SCORED
    np.testing.assert_array_equal(early.relative[scored], late.relative[scored])
    np.testing.assert_array_equal(early.grade[scored], late.grade[scored])


def test_days_are_those_of_the_schedule() -> None:
    scorer = make_scorer(make_panel(8), Convention(horizons=(1,)))
    symbol = np.array([0, 2], np.int32)
    # 2024-10-01 is a holiday of both, 2024-10-02 a session in Hong Kong alone
    after = scorer.sessions_after(symbol, np.array(["2024-09-30"] * 2, "datetime64[D]"))
    where = scorer.calendar[symbol]
    days = scorer.schedule.look_up_days(where, after)
    assert [day.astype(dt.date) for day in days] == [dt.date(2024, 10, 2), dt.date(2024, 10, 8)]
