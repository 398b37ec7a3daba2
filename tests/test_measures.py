"""Measures against sums worked by hand, plain loops, and two libraries' figures."""

import math
import random
from collections.abc import Sequence
from dataclasses import astuple, fields
from pathlib import Path

import empyrical
import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backtests.measures.equity import (
    Drawdown,
    drawdowns,
    equity_curve,
    exposure,
    max_drawdown,
    time_invested,
    turnover,
)
from backtests.measures.returns import (
    alpha,
    annual_return,
    beta,
    calmar,
    down_capture,
    information_ratio,
    measure,
    sharpe,
    sortino,
    total_return,
    tracking_error,
    up_capture,
    volatility,
)
from screener import Panel
from screener.calendar import load_sessions
from screener.panel import Floats
from universes import InputError

# its import changes how every later chart looks
with mpl.rc_context():
    import quantstats.stats as quantstats


def array(*values: float) -> Floats:
    return np.array(values, dtype=np.float64)


def daily(returns: Floats) -> np.ndarray:
    return np.ones(len(returns), dtype=np.int64)


# ---- worked by hand

# 5% over five sessions and -1% over one; the benchmark 2% and 2%
OWN, MARKET, SESSIONS = array(0.05, -0.01), array(0.02, 0.02), np.array([5, 1])


def test_the_volatility_of_bars_of_five_and_one_session_worked_by_hand() -> None:
    # mean 0.04 / 6 = 1/150; deviations 1/60 and -1/60; (1/5 + 1) / 3600 = 1/3000
    assert volatility(OWN, SESSIONS) == pytest.approx(math.sqrt(252 / 3000), rel=1e-12)


@pytest.mark.parametrize(("risk_free", "excess"), [(0.0, 1.68), (0.168, 1.512)])
def test_the_sharpe_ratio_worked_by_hand(risk_free: float, excess: float) -> None:
    expected = excess / math.sqrt(0.084)
    assert sharpe(OWN, SESSIONS, risk_free) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("risk_free", "excess", "shortfall"),
    # a rate of 0.252 is 0.001 a session: 0.05 is above five of them, -0.01 is 0.011 below one
    [(0.0, 1.68, 0.010), (0.252, 1.428, 0.011)],
)
def test_the_sortino_ratio_worked_by_hand(
    risk_free: float, excess: float, shortfall: float
) -> None:
    expected = excess / math.sqrt(252 * shortfall**2 / 2)
    assert sortino(OWN, SESSIONS, risk_free) == pytest.approx(expected, rel=1e-12)


def test_a_shortfall_over_more_sessions_weighs_less() -> None:
    # -2% over four sessions counts as 0.0004 / 4
    expected = 252 * -0.01 / 5 / math.sqrt(252 * 0.0001 / 2)
    assert sortino(array(-0.02, 0.01), np.array([4, 1])) == pytest.approx(expected, rel=1e-12)


def test_returns_compound_over_six_sessions_to_the_year() -> None:
    assert total_return(OWN) == pytest.approx(0.0395, rel=1e-12)
    assert annual_return(OWN, SESSIONS) == pytest.approx(1.0395**42 - 1, rel=1e-12)
    assert calmar(OWN, SESSIONS) == pytest.approx((1.0395**42 - 1) / 0.01, rel=1e-9)


def test_beta_and_alpha_worked_by_hand() -> None:
    # the benchmark's mean is 1/150 too, its deviations -1/75 and 1/75
    assert beta(OWN, MARKET, SESSIONS) == pytest.approx(-1.25, rel=1e-12)
    assert alpha(OWN, MARKET, SESSIONS) == pytest.approx(252 * 2.25 / 150, rel=1e-12)
    at_a_rate = 252 * 2.25 * (1 / 150 - 0.001)
    assert alpha(OWN, MARKET, SESSIONS, 0.252) == pytest.approx(at_a_rate, rel=1e-12)


def test_the_tracking_error_and_information_ratio_worked_by_hand() -> None:
    assert tracking_error(OWN, MARKET, SESSIONS) == pytest.approx(math.sqrt(0.27216), rel=1e-12)
    assert information_ratio(OWN, MARKET, SESSIONS) == pytest.approx(0.0, abs=1e-12)
    # one percent on the first bar more: active returns 0.04 and -0.03, mean 0.01 / 6
    more = array(0.06, -0.01)
    variance = (0.04 - 0.05 / 6) ** 2 / 5 + (0.03 + 0.01 / 6) ** 2
    expected = 252 * 0.01 / 6 / math.sqrt(252 * variance)
    assert information_ratio(more, MARKET, SESSIONS) == pytest.approx(expected, rel=1e-12)


def test_captures_take_only_the_bars_on_which_the_benchmark_moved_their_way() -> None:
    own, market = array(0.02, -0.01, 0.04, 0.01), array(0.01, -0.02, 0.0, 0.03)
    sessions = np.array([1, 7, 5, 2])
    # up on the first and last bar, three sessions; down on the second, seven
    up = (1.02 * 1.01) ** (1 / 3) - 1, (1.01 * 1.03) ** (1 / 3) - 1
    assert up_capture(own, market, sessions) == pytest.approx(up[0] / up[1], rel=1e-12)
    down = 0.99 ** (1 / 7) - 1, 0.98 ** (1 / 7) - 1
    assert down_capture(own, market, sessions) == pytest.approx(down[0] / down[1], rel=1e-12)


def test_captures_of_a_total_loss_are_one_a_session_over_the_benchmarks() -> None:
    own, market = array(-1.0, -1.0, 0.0), array(0.25, -0.5, -0.5)
    assert up_capture(own, market, daily(own)) == pytest.approx(-1.0 / 0.25, rel=1e-12)
    assert down_capture(own, market, daily(own)) == pytest.approx(-1.0 / -0.5, rel=1e-12)
    # a benchmark that lost all twice, while the portfolio made 1.25 x 0.5 over the two sessions
    expected = (0.625**0.5 - 1) / -1.0
    assert down_capture(market, own, daily(own)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("returns", "sessions", "expected"),
    [
        pytest.param([0.1, 0.0, 0.2], [1, 1, 1], (0.0, 0, 0, 0, 0), id="never fell"),
        pytest.param([], [], (0.0, 0, 0, 0, 0), id="no bars"),
        pytest.param([-0.2, 0.25], [3, 4], (-0.2, 0, 1, 2, 7), id="the start is a peak"),
        pytest.param([0.5, -0.5, 0.2], [1, 2, 3], (-0.5, 1, 2, None, 5), id="not recovered"),
        pytest.param([-0.5, 1.0, -0.5, 1.0], [1, 2, 4, 8], (-0.5, 0, 1, 2, 3), id="first of two"),
        pytest.param([1.0, 0.0, -0.5], [1, 2, 4], (-0.5, 2, 3, None, 4), id="after a plateau"),
        pytest.param(
            [-0.1, 0.5, -0.2, -0.5, 3.0], [1, 1, 2, 3, 4], (-0.6, 2, 4, 5, 9), id="the deeper"
        ),
        pytest.param([-1.0, 0.0], [2, 3], (-1.0, 0, 1, None, 5), id="all lost"),
    ],
)
def test_the_deepest_drawdown_and_where_it_was(
    returns: list[float], sessions: list[int], expected: tuple[float, int, int, int | None, int]
) -> None:
    found = max_drawdown(equity_curve(array(*returns)), np.array(sessions, dtype=np.int64))
    assert astuple(found) == (pytest.approx(expected[0], abs=1e-15), *expected[1:])


def test_less_than_binary_arithmetic_can_tell_is_neither_a_drawdown_nor_a_shortfall() -> None:
    hair = 1e-15
    level = array(1.0, 1.0 - hair)
    assert max_drawdown(level, np.array([1])) == Drawdown(0.0, 0, 0, 0, 0)
    assert max_drawdown(array(1.0, 0.5, 1.0 - hair), np.array([1, 1])).recovery == 2
    assert math.isnan(sortino(array(0.01 - hair, 0.05), np.array([1, 1]), 2.52))


def test_turnover_is_half_of_both_sides_over_the_mean_equity_a_year() -> None:
    # 300 bought and 100 sold; equity 1000 over four sessions and 2000 over two
    bought, sold, equity = array(300.0, 0.0), array(0.0, 100.0), array(1000.0, 2000.0)
    expected = 200 / (8000 / 6) * 252 / 6
    assert turnover(bought, sold, equity, np.array([4, 2])) == pytest.approx(expected, rel=1e-12)


def test_exposure_and_time_invested_count_sessions() -> None:
    invested, equity = array(500.0, 0.0, 1500.0), array(1000.0, 1000.0, 2000.0)
    sessions = np.array([2, 3, 5])
    assert exposure(invested, equity, sessions) == pytest.approx((1.0 + 3.75) / 10, rel=1e-12)
    assert time_invested(invested, sessions) == pytest.approx(0.7, rel=1e-12)


# ---- what cannot be told, and what is refused


def told(returns: Sequence[float], benchmark: Sequence[float] | None = None) -> set[str]:
    """Name the measures that are not numbers."""
    own = array(*returns)
    found = measure(own, own if benchmark is None else array(*benchmark), daily(own))
    values = {field.name: getattr(found, field.name) for field in fields(found)}
    del values["drawdown"]
    return {name for name, value in values.items() if math.isnan(value)}


SPREAD = {"volatility", "sharpe", "sortino", "beta", "alpha", "tracking_error"}


@pytest.mark.parametrize(
    ("returns", "benchmark", "untold"),
    [
        pytest.param(
            [],
            None,
            {"annual_return", "calmar", "information_ratio", "up_capture", "down_capture"} | SPREAD,
            id="no bars",
        ),
        pytest.param(
            [0.01], None, {"calmar", "information_ratio", "down_capture"} | SPREAD, id="one bar"
        ),
        pytest.param(
            # whose mean and deviations are not zero in binary
            [0.1] * 3,
            [0.1, -0.1, 0.2],
            {"sharpe", "sortino", "calmar"},
            id="no volatility and no loss",
        ),
        pytest.param(
            [0.1, -0.1, 0.2],
            [0.1] * 3,
            {"beta", "alpha", "down_capture"},
            id="a benchmark without volatility",
        ),
        pytest.param(
            [0.1, -0.1, 0.2], [0.1, -0.1, 0.2], {"information_ratio"}, id="the benchmark itself"
        ),
        pytest.param(
            [-0.1, 0.1],
            [-0.1, -0.2],
            {"up_capture"},
            id="a benchmark that only fell",
        ),
        pytest.param(
            [0.1, -0.1, 0.2],
            [0.0, 1e-15, -1e-15],
            {"beta", "alpha", "up_capture", "down_capture"},
            id="a benchmark that moved by a hair of binary arithmetic",
        ),
    ],
)
def test_what_cannot_be_told_is_not_a_number(
    returns: list[float], benchmark: list[float] | None, untold: set[str]
) -> None:
    assert told(returns, benchmark) == untold


def test_a_year_too_large_for_a_float_is_not_a_number() -> None:
    assert math.isnan(annual_return(array(20.0), np.array([1])))


def test_a_total_loss_is_a_loss_of_all_a_year() -> None:
    own = array(0.5, -1.0, 0.0)
    assert (total_return(own), annual_return(own, daily(own))) == (-1.0, -1.0)


@pytest.mark.parametrize(
    ("returns", "benchmark", "sessions", "message"),
    [
        ([0.1, math.nan], [0.1, 0.1], [1, 1], "returns: number 2 is nan"),
        ([0.1, math.inf], [0.1, 0.1], [1, 1], "returns: number 2 is inf"),
        ([-1.5, 0.1], [0.1, 0.1], [1, 1], "returns: number 1 is -1.5, not a number of -1 or"),
        ([0.1, 0.1], [math.nan, 0.1], [1, 1], "benchmark: number 1 is nan"),
        ([0.1, 0.1], [0.1], [1, 1], "benchmark: 1 for sessions of shape"),
        ([0.1, 0.1], [0.1, 0.1], [1], "returns: 2 for sessions of shape"),
        ([0.1, 0.1], [0.1, 0.1], [1, 0], "a bar spans less than one session"),
    ],
)
def test_what_is_missing_or_impossible_is_refused(
    returns: list[float], benchmark: list[float], sessions: list[int], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        measure(array(*returns), array(*benchmark), np.array(sessions))


def test_further_faults_are_refused() -> None:
    one, sessions = array(1.0), np.array([1])
    with pytest.raises(InputError, match="risk-free rate is nan"):
        sharpe(OWN, SESSIONS, math.nan)
    with pytest.raises(InputError, match="does not start above zero"):
        drawdowns(array(0.0, 1.0))
    with pytest.raises(InputError, match="does not start above zero"):
        drawdowns(array())
    with pytest.raises(InputError, match="equity: number 2 is -1"):
        drawdowns(array(1.0, -1.0))
    with pytest.raises(InputError, match="2 dimensions"):
        equity_curve(np.ones((2, 2)))
    with pytest.raises(InputError, match="sales: number 1 is -1"):
        turnover(one, -one, one, sessions)
    with pytest.raises(InputError, match="equity: 1 for sessions of shape"):
        max_drawdown(array(1.0, 2.0), SESSIONS)
    with pytest.raises(InputError, match="not above zero throughout"):
        exposure(one, array(0.0), sessions)


def of_a_year(capture: float, benchmark: Floats) -> float:
    """Convert a capture, of means a session on a benchmark's bars, to one of annual returns."""
    market = math.prod((1 + benchmark).tolist()) ** (1 / len(benchmark)) - 1
    own = capture * market
    return ((1 + own) ** 252 - 1) / ((1 + market) ** 252 - 1)


# ---- the cases that empyrical-reloaded publishes

# Stefan Jansen, empyrical-reloaded, tests/test_stats.py (Apache 2.0): inputs in percent and the
# values expected of them. Its mixed series begins with a missing return, which it skips.
POSITIVE = array(1, 2, 1, 1, 1, 1, 1, 1, 1) / 100
NEGATIVE = array(0, -6, -7, -1, -9, -2, -6, -8, -5) / 100
ALL_NEGATIVE = array(-2, -6, -7, -1, -9, -2, -6, -8, -5) / 100
MIXED = array(1, 10, -4, 2, 3, 2, 1, -10) / 100
NINE = array(0, 1, 10, -4, 2, 3, 2, 1, -10) / 100
STEADY = array(0, 1, 0, 1, 0, 1, 0, 1, 0) / 100


@pytest.mark.parametrize(
    ("found", "published"),
    [
        (max_drawdown(equity_curve(NEGATIVE), daily(NEGATIVE)).depth, -0.36590730),
        (max_drawdown(equity_curve(ALL_NEGATIVE), daily(ALL_NEGATIVE)).depth, -0.378589157),
        (max_drawdown(equity_curve(MIXED), daily(MIXED)).depth, -0.1),
        (max_drawdown(equity_curve(STEADY), daily(STEADY)).depth, 0.0),
        (volatility(MIXED, daily(MIXED)), 0.9136465399704637),
        (sharpe(MIXED, daily(MIXED)), 1.7238613961706866),
        (sharpe(POSITIVE, daily(POSITIVE)), 52.915026221291804),
        (sharpe(NEGATIVE, daily(NEGATIVE)), -24.406808633910085),
        (sortino(MIXED, daily(MIXED)), 2.605531251673693),
        (sortino(NEGATIVE, daily(NEGATIVE)), -13.532743075043401),
        # required 1% a session
        (sortino(MIXED, daily(MIXED), 2.52), -1.3934779588919977),
        (annual_return(array(0.01), daily(array(0.01))), 11.274002099240244),
        (beta(MIXED, NEGATIVE[1:], daily(MIXED)), -0.71296296296296313),
    ],
)
def test_published_values(found: float, published: float) -> None:
    assert found == pytest.approx(published, abs=5e-9)


@pytest.mark.parametrize(
    ("found", "benchmark", "published"),
    [
        (up_capture(POSITIVE[1:], MIXED, daily(MIXED)), MIXED[MIXED > 0], 0.0076167762),
        (up_capture(ALL_NEGATIVE[1:], MIXED, daily(MIXED)), MIXED[MIXED > 0], -0.0004336328),
        (down_capture(POSITIVE[1:], MIXED, daily(MIXED)), MIXED[MIXED < 0], -11.27400221),
        (
            down_capture(ALL_NEGATIVE[1:], MIXED, daily(MIXED)),
            MIXED[MIXED < 0],
            0.99956025703798634,
        ),
    ],
)
def test_published_captures_are_of_a_year_where_ours_are_of_a_session(
    found: float, benchmark: Floats, published: float
) -> None:
    assert of_a_year(found, benchmark) == pytest.approx(published, abs=5e-9)


def test_a_published_year_counts_the_missing_first_session_that_here_is_a_zero() -> None:
    assert annual_return(NINE, daily(NINE)) == pytest.approx(1.9135925373194231, rel=1e-12)
    assert calmar(NINE, daily(NINE)) == pytest.approx(19.135925373194233, rel=1e-12)


def test_a_published_alpha_is_compounded_where_ours_is_jensens() -> None:
    ours = alpha(MIXED, NEGATIVE[1:], daily(MIXED))
    assert (1 + ours / 252) ** 252 - 1 == pytest.approx(-0.9997853834885004, abs=5e-9)


@pytest.mark.parametrize(
    ("benchmark", "published"), [(0.0, 0.10859306069076737), (0.01, -0.06515583641446039)]
)
def test_a_published_information_ratio_is_of_a_session_where_ours_is_of_a_year(
    benchmark: float, published: float
) -> None:
    ours = information_ratio(MIXED, np.full(8, benchmark), daily(MIXED))
    assert ours / math.sqrt(252) == pytest.approx(published, abs=5e-9)


def test_weeks_of_five_sessions_have_the_published_volatility_of_260_sessions_a_year() -> None:
    # published with 52 weeks a year
    ours = volatility(NINE, np.full(9, 5)) * math.sqrt(52 * 5 / 252)
    assert ours == pytest.approx(0.38851569394870583, rel=1e-12)


# ---- empyrical and quantstats on random and on real days


def random_days(seed: int) -> tuple[pd.Series, pd.Series]:
    rng = np.random.default_rng(seed)
    days = pd.bdate_range("2020-01-01", periods=700)
    market = rng.normal(0.0003, 0.012, 700)
    own = 0.0002 + 0.8 * market + rng.normal(0.0, 0.008, 700)
    return pd.Series(own, index=days), pd.Series(market, index=days)


def real_days(folder: Path) -> tuple[pd.Series, pd.Series]:
    rows = pd.read_parquet(folder / "index_daily.parquet")
    closes = rows.pivot_table(index="date", columns="symbol", values="close")
    both = closes[["931071.CSI", "000300.SH"]].dropna().pct_change().dropna()
    return both["931071.CSI"], both["000300.SH"]


def agree_with_empyrical(own: pd.Series, market: pd.Series) -> None:
    found = measure(own.to_numpy(), market.to_numpy(), daily(own))
    theirs = {
        "total_return": empyrical.cum_returns_final(own),
        "annual_return": empyrical.annual_return(own),
        "volatility": empyrical.annual_volatility(own),
        "sharpe": empyrical.sharpe_ratio(own),
        "sortino": empyrical.sortino_ratio(own),
        "calmar": empyrical.calmar_ratio(own),
        "beta": empyrical.beta(own, market),
        "tracking_error": empyrical.annual_volatility(own - market),
        # theirs is compounded
        "alpha": 252 * ((1 + empyrical.alpha(own, market)) ** (1 / 252) - 1),
        # theirs is of a session
        "information_ratio": empyrical.excess_sharpe(own, market) * math.sqrt(252),
    }
    assert {name: getattr(found, name) for name in theirs} == pytest.approx(theirs, rel=1e-9)
    assert found.drawdown.depth == pytest.approx(empyrical.max_drawdown(own), rel=1e-12)
    # theirs are of a year
    up = of_a_year(found.up_capture, market[market > 0].to_numpy())
    assert up == pytest.approx(empyrical.up_capture(own, market), rel=1e-9)
    down = of_a_year(found.down_capture, market[market < 0].to_numpy())
    assert down == pytest.approx(empyrical.down_capture(own, market), rel=1e-9)


def agree_with_quantstats(own: pd.Series, market: pd.Series) -> None:
    found = measure(own.to_numpy(), market.to_numpy(), daily(own))
    greeks = quantstats.greeks(own, market)
    theirs = {
        "total_return": quantstats.comp(own),
        "annual_return": quantstats.cagr(own),
        "volatility": quantstats.volatility(own),
        "sharpe": quantstats.sharpe(own),
        "sortino": quantstats.sortino(own),
        "calmar": quantstats.calmar(own),
        "beta": greeks["beta"],
        "alpha": greeks["alpha"],
        # theirs is of a session
        "information_ratio": quantstats.information_ratio(own, market) * math.sqrt(252),
    }
    assert {name: getattr(found, name) for name in theirs} == pytest.approx(theirs, rel=1e-9)
    assert found.drawdown.depth == pytest.approx(quantstats.max_drawdown(own), rel=1e-12)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_days_measure_as_in_empyrical_and_quantstats(seed: int) -> None:
    agree_with_empyrical(*random_days(seed))
    agree_with_quantstats(*random_days(seed))


@pytest.mark.market
def test_real_days_measure_as_in_empyrical_and_quantstats(market_folder: Path) -> None:
    agree_with_empyrical(*real_days(market_folder))
    agree_with_quantstats(*real_days(market_folder))


def test_quantstats_dates_a_drawdown_from_the_first_day_below_the_peak_to_the_last() -> None:
    own, _ = random_days(9)
    found = max_drawdown(equity_curve(own.to_numpy()), daily(own))
    rows = quantstats.drawdown_details(quantstats.to_drawdown_series(own))
    worst = rows.loc[rows["max drawdown"].idxmin()]
    assert found.recovery is not None
    # place k of the equity curve is the close of day k - 1
    places = {"start": found.peak + 1, "valley": found.trough, "end": found.recovery - 1}
    days = {name: own.index[place - 1].date().isoformat() for name, place in places.items()}
    assert days == {name: worst[name] for name in days}


def test_a_risk_free_rate_is_a_simple_one_a_year() -> None:
    series, _ = random_days(5)
    own, rate = series.to_numpy(), 0.02
    ours = sharpe(own, daily(own), rate), sortino(own, daily(own), rate)
    # empyrical takes the rate of a session
    of_a_session = rate / 252
    theirs = (
        empyrical.sharpe_ratio(series, risk_free=of_a_session),
        empyrical.sortino_ratio(series, required_return=of_a_session),
    )
    assert ours == pytest.approx(theirs, rel=1e-9)
    # quantstats takes that of a year apart by compounding
    compounded = 1.02 ** (1 / 252) * 252 - 252
    ours = sharpe(own, daily(own), compounded), sortino(own, daily(own), compounded)
    theirs = quantstats.sharpe(series, rf=rate), quantstats.sortino(series, rf=rate)
    assert ours == pytest.approx(theirs, rel=1e-9)


def test_where_we_say_nothing_others_say_infinite_or_zero() -> None:
    own = pd.Series(STEADY, index=pd.bdate_range("2020-01-01", periods=9))
    assert math.isinf(empyrical.sortino_ratio(own))
    assert math.isnan(sortino(STEADY, daily(STEADY)))
    assert quantstats.information_ratio(own, own) == 0
    assert math.isnan(information_ratio(STEADY, STEADY, daily(STEADY)))


def test_where_we_refuse_others_skip() -> None:
    gap = pd.Series(MIXED, index=pd.bdate_range("2020-01-01", periods=8))
    gap.iloc[3] = math.nan
    assert math.isfinite(empyrical.sharpe_ratio(gap))
    assert math.isfinite(quantstats.sharpe(gap))
    with pytest.raises(InputError, match="number 4 is nan"):
        sharpe(gap.to_numpy(), daily(MIXED))


# ---- the embedded closes, whose bars are of unequal length


def naive_spread(returns: Sequence[float], spans: Sequence[int]) -> float:
    mean = math.fsum(returns) / sum(spans)
    squares = [(r - mean * d) ** 2 / d for r, d in zip(returns, spans, strict=True)]
    return math.sqrt(252 * math.fsum(squares) / (len(returns) - 1))


def test_the_embedded_index_measures_as_by_a_plain_loop(snapshot: Panel) -> None:
    closes = snapshot.carried("000300.SH", snapshot.dates)
    calendar = load_sessions("XSHG", 2024, 2025).days
    known = np.flatnonzero(np.isfinite(closes) & np.isin(snapshot.dates, calendar))
    spans = np.diff(np.searchsorted(calendar, snapshot.dates[known]))
    assert len(set(spans.tolist())) > 1
    returns = closes[known][1:] / closes[known][:-1] - 1
    found = measure(returns, returns, spans)
    loop = naive_spread(returns.tolist(), spans.tolist())
    years = int(spans.sum()) / 252
    growth = closes[known][-1] / closes[known][0]
    assert found.volatility == pytest.approx(loop, rel=1e-12)
    assert found.annual_return == pytest.approx(growth ** (1 / years) - 1, rel=1e-9)
    mean = math.fsum(returns.tolist()) / years
    assert found.sharpe == pytest.approx(mean / loop, rel=1e-9)


# ---- what holds of any returns

BARS = st.lists(
    st.tuples(
        st.integers(-9000, 9000).map(lambda n: n / 10000),
        st.integers(-9000, 9000).map(lambda n: n / 10000),
        st.integers(1, 10),
    ),
    min_size=2,
    max_size=30,
)
Bars = list[tuple[float, float, int]]


def columns(bars: Bars) -> tuple[Floats, Floats, np.ndarray]:
    own, market, sessions = zip(*bars, strict=True)
    return array(*own), array(*market), np.array(sessions)


def same(value: float) -> object:
    return pytest.approx(value, rel=1e-9, abs=1e-9, nan_ok=True)


@given(BARS)
def test_a_drawdown_is_the_worst_of_all_pairs_of_an_earlier_and_a_later_value(bars: Bars) -> None:
    own, _, sessions = columns(bars)
    equity = equity_curve(own).tolist()
    pairs = [late / early - 1 for n, early in enumerate(equity) for late in equity[n:]]
    found = max_drawdown(np.array(equity), sessions)
    assert found.depth == pytest.approx(min(pairs), abs=1e-12)
    assert found.depth <= 0
    assert np.all(drawdowns(np.array(equity)) <= 0)
    assert equity[found.trough] / equity[found.peak] - 1 == pytest.approx(found.depth, abs=1e-12)


# two falls of half a percent, of which binary arithmetic makes now one deeper, now the other
@example([(0.0001, 0.0, 1), (-0.005, 0.0, 1), (0.0051, 0.0, 1), (-0.005, 0.0, 1)], 5)
@given(BARS, st.integers(1, 1000))
def test_a_drawdown_is_the_same_in_any_money(bars: Bars, unit: int) -> None:
    own, _, sessions = columns(bars)
    equity = equity_curve(own)
    one, other = max_drawdown(equity, sessions), max_drawdown(equity * unit, sessions)
    assert astuple(one)[1:] == astuple(other)[1:]
    assert one.depth == pytest.approx(other.depth, abs=1e-12)


@given(BARS, st.sampled_from([-1.0, 0.25, 0.5, 1.0]))
def test_a_position_scales_volatility_beta_and_alpha_and_no_ratio(bars: Bars, part: float) -> None:
    own, market, sessions = columns(bars)
    assert volatility(part * own, sessions) == same(abs(part) * volatility(own, sessions))
    assert beta(part * own, market, sessions) == same(part * beta(own, market, sessions))
    assert alpha(part * own, market, sessions) == same(part * alpha(own, market, sessions))
    sign = math.copysign(1, part)
    assert sharpe(part * own, sessions) == same(sign * sharpe(own, sessions))
    if part > 0:
        assert sortino(part * own, sessions) == same(sortino(own, sessions))


@given(BARS)
def test_a_rate_added_to_returns_and_to_the_risk_free_rate_changes_no_ratio(bars: Bars) -> None:
    own, market, sessions = columns(bars)
    raised = own + 0.001 * sessions
    assert sharpe(raised, sessions, 0.252) == same(sharpe(own, sessions))
    assert sortino(raised, sessions, 0.252) == same(sortino(own, sessions))
    above = market + 0.001 * sessions
    assert alpha(raised, above, sessions, 0.252) == same(alpha(own, market, sessions))
    assert information_ratio(raised, above, sessions) == same(
        information_ratio(own, market, sessions)
    )


@given(BARS, st.randoms(use_true_random=False))
def test_only_a_drawdown_knows_the_order_of_bars(bars: Bars, source: random.Random) -> None:
    shuffled = bars.copy()
    source.shuffle(shuffled)
    one, other = measure(*columns(bars)), measure(*columns(shuffled))
    for field in fields(one):
        if field.name not in {"drawdown", "calmar"}:
            assert getattr(one, field.name) == same(getattr(other, field.name))


@given(BARS)
def test_a_bar_told_as_two_compounds_and_falls_as_before(bars: Bars) -> None:
    own, _, sessions = columns(bars)
    # the same growth in two bars, each of as many sessions as the one had
    halves, spans = np.repeat(np.sqrt(1 + own) - 1, 2), np.repeat(sessions, 2)
    assert total_return(halves) == same(total_return(own))
    # twice the sessions make half the years' growth
    once, twice = annual_return(own, sessions), annual_return(halves, spans)
    assert (1 + twice) ** 2 - 1 == pytest.approx(once, rel=1e-6, abs=1e-9, nan_ok=True)
    one = max_drawdown(equity_curve(own), sessions)
    other = max_drawdown(equity_curve(halves), spans)
    assert one.depth == pytest.approx(other.depth, abs=1e-12)


@given(BARS)
def test_a_bar_cut_along_a_straight_line_adds_a_bar_and_no_deviation(bars: Bars) -> None:
    own, _, sessions = columns(bars)
    cut = np.concatenate((own[:1] / 2, own[:1] / 2, own[1:]))
    spans = np.concatenate((sessions[:1], sessions[:1], 2 * sessions[1:]))
    whole = 2 * sessions
    count = len(own)
    expected = volatility(own, whole) * math.sqrt((count - 1) / count)
    assert volatility(cut, spans) == same(expected)


@given(BARS)
def test_a_benchmark_measures_as_itself(bars: Bars) -> None:
    own, _, sessions = columns(bars)
    found = measure(own, own, sessions)
    assert found.tracking_error == 0
    if found.volatility > 0:
        assert (found.beta, found.alpha) == (same(1.0), same(0.0))
    if own.max() > 0:
        assert found.up_capture == 1
    if own.min() < 0:
        assert found.down_capture == 1


def test_bars_cut_from_brownian_paths_anywhere_give_the_variance_without_bias() -> None:
    paths, days, mean, spread = 4000, 252, 0.01, 0.012
    rng = np.random.default_rng(20240617)
    steps = rng.normal(mean, spread, (paths, days))
    starts = np.concatenate(([0], np.sort(rng.choice(np.arange(1, days), 59, replace=False))))
    bars = np.add.reduceat(steps, starts, axis=1)
    spans = np.diff(np.append(starts, days))
    variances = [volatility(path, spans) ** 2 for path in bars]
    true = 252 * spread**2
    # a variance of n - 1 = 59 degrees of freedom has a relative error of sqrt(2 / 59)
    error = math.sqrt(2 / 59 / paths)
    assert np.mean(variances) == pytest.approx(true, rel=4 * error)
    # a plain sample variance takes the bars' unequal lengths for risk
    plain = bars.var(axis=1, ddof=1).mean() * 252 / spans.mean()
    assert plain > 1.5 * true
