"""A change of adjustment basis in the middle: what shows it, and how often news is taken for it."""

import dataclasses
import math
import statistics
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from screener import Panel
from screener.bars import BarBasis, Bars
from screener.calendar import load_sessions
from screener.panel import CorporateAction
from screener.quality.breaks import find_break
from screener.quality.digits import _fit, _waves, weigh_digits
from screener.quality.gaps import Traded, describe_gaps, load_weights, widest_gaps
from screener.quality.known import log_odds
from screener.quality.lattice import unit_before_and_after
from screener.quality.market import gaps_of, market_gaps
from universes.limits import widest_limit

NOW = np.datetime64("2025-11-01T00:00:00")
PRICES = ("open", "high", "low", "close")
SHANGHAI, HONG_KONG = "600519.SH", "0700.HK"


def walk(
    symbol: str = SHANGHAI,
    rows: int = 300,
    seed: int = 1,
    level: float = 20.0,
    tick: float = 0.01,
    basis: BarBasis = "multiplicative",
) -> Bars:
    """A random walk on ticks, opening near the close before; volumes, no amounts."""
    rng = np.random.default_rng(seed)
    calendar = "XHKG" if symbol.endswith("HK") else "XSHG"
    close = level * np.exp(np.cumsum(rng.normal(0, 0.012, rows)))
    open_ = np.concatenate([close[:1], close[:-1]]) * np.exp(rng.normal(0, 0.005, rows))
    high = np.maximum(open_, close) * (1 + abs(rng.normal(0, 0.006, rows)))
    low = np.minimum(open_, close) * (1 - abs(rng.normal(0, 0.006, rows)))
    columns = [np.round(np.rint(each / tick) * tick, 6) for each in (open_, high, low, close)]
    volume = np.round(1e6 * np.exp(rng.normal(0, 0.3, rows)))
    days = load_sessions(calendar, 2023, 2024).days[:rows]
    missing = np.full(rows, np.nan)
    return Bars(symbol, days, *columns, volume, missing, "CNY", basis, "eastmoney", NOW)


def scaled(
    bars: Bars, rows: slice, factor: float = 1.0, shift: float = 0.0, decimals: int | None = 2
) -> Bars:
    columns = {name: getattr(bars, name).copy() for name in PRICES}
    for column in columns.values():
        column[rows] = column[rows] * factor + shift
        if decimals is not None:
            column[rows] = np.round(column[rows], decimals)
    return dataclasses.replace(bars, **columns)


def with_amounts(bars: Bars, noise: float = 0.002, seed: int = 5) -> Bars:
    """Amounts of a series that is raw: the average price strays from the typical one a little."""
    rng = np.random.default_rng(seed)
    typical = (bars.high + bars.low + bars.close) / 3
    amount = bars.volume * typical * np.exp(rng.normal(0, noise, len(bars)))
    return dataclasses.replace(bars, amount=amount)


def paid(bars: Bars, row: int, cash: float = 0.0, bonus: float = 0.0) -> CorporateAction:
    return CorporateAction(bars.symbol, str(bars.dates[row]), cash, bonus, "high")


def day(bars: Bars, row: int) -> np.datetime64:
    return bars.dates[row]


# --- amounts


@pytest.mark.parametrize("basis", ["raw", "multiplicative"])
@pytest.mark.parametrize("factor", [0.6, 0.95, 0.99, 0.994])
def test_amounts_show_a_fall_of_half_a_percent(basis: BarBasis, factor: float) -> None:
    bars = with_amounts(walk(basis=basis))
    found = find_break(scaled(bars, slice(150, None), factor, decimals=None), None)
    assert found is not None
    assert abs(int(np.searchsorted(bars.dates, found[0])) - 150) <= (3 if factor > 0.98 else 0)
    said = float(found[1].split()[-1].removesuffix("%")) / 100
    # the medians of 20 sessions each, of which one strays by 0.2%
    assert said == pytest.approx(factor - 1, abs=0.003)


def test_amounts_tell_news_from_a_splice() -> None:
    for seed in range(20):
        bars = scaled(walk(seed=seed), slice(150, None), 0.92)
        assert find_break(with_amounts(bars), None) is None


def test_amounts_let_a_dividend_of_an_adjusted_series_pass() -> None:
    # the head is adjusted by 3%: prices go on as they were, their ratio to the amount does not
    bars = with_amounts(walk())
    raw_head = dataclasses.replace(bars, amount=np.where(np.arange(300) < 150, 1 / 0.97, 1.0))
    adjusted = dataclasses.replace(bars, amount=bars.amount * raw_head.amount)
    assert find_break(adjusted, None) is None
    assert find_break(adjusted, (paid(bars, 150, cash=0.6),)) is None
    # the same with the day of the dividend known to be another one is a splice only if it jumps
    assert find_break(dataclasses.replace(adjusted, basis="raw"), None) is not None


def test_a_rise_on_another_basis_is_told_by_amount_though_dividends_raise_the_factor() -> None:
    bars = with_amounts(walk())
    found = find_break(scaled(bars, slice(150, None), 1.10), None)
    assert found is not None
    assert found[0] == day(bars, 150)


def test_a_change_of_the_volumes_unit_is_no_change_of_basis() -> None:
    bars = with_amounts(walk())
    volume = np.where(np.arange(300) < 150, bars.volume / 100, bars.volume)
    assert find_break(dataclasses.replace(bars, volume=volume), None) is None


# --- limits


@pytest.mark.parametrize(("symbol", "factor"), [(SHANGHAI, 0.85), ("300308.SZ", 0.7)])
def test_a_move_beyond_the_limit_is_a_break(symbol: str, factor: float) -> None:
    bars = scaled(walk(symbol), slice(150, None), factor)
    found = find_break(bars, None)
    assert found is not None
    assert found[0] == day(bars, 150)
    assert f"{widest_limit(symbol):.0%}" in found[1]


def test_of_raw_prices_a_fall_may_be_an_unknown_bonus_and_a_rise_may_not() -> None:
    raw = walk(basis="raw")
    assert find_break(scaled(raw, slice(150, None), 1 / 1.4), None) is None
    assert find_break(scaled(raw, slice(150, None), 1.4), None) is not None
    fallen = scaled(raw, slice(150, None), 1 / 1.4)
    assert find_break(fallen, (paid(raw, 150, bonus=0.4),)) is None
    assert find_break(fallen, (paid(raw, 200, cash=0.1),)) is not None


# --- units


def test_the_unit_of_adjusted_prices_is_read_off_them() -> None:
    bars = scaled(walk(HONG_KONG, tick=0.05, level=60.0), slice(0, 150), 0.8456, decimals=4)
    prices = np.array([getattr(bars, name) for name in PRICES])
    before, after = unit_before_and_after(prices, 150, 3)
    assert before == pytest.approx(0.05 * 0.8456, rel=1e-4)
    assert after == pytest.approx(0.05, rel=1e-6)


@pytest.mark.parametrize("factor", [0.7, 0.9, 0.96, 1.12, 1.5])
def test_a_unit_that_jumps_with_the_prices_is_a_break(factor: float) -> None:
    for seed in range(5):
        bars = scaled(walk(HONG_KONG, seed=seed), slice(0, None), 0.9, decimals=4)
        found = find_break(scaled(bars, slice(150, None), factor, decimals=4), None)
        assert found is not None
        assert found[0] == day(bars, 150)


def test_a_unit_that_stays_shows_a_gap_to_be_news() -> None:
    for seed in range(10):
        bars = walk(HONG_KONG, seed=seed, level=60.0)
        # the prices fall by 10% and stand on the ticks all the same
        fallen = scaled(bars, slice(150, None), 0.9, decimals=2)
        assert find_break(fallen, None) is None


def test_a_unit_that_changes_at_a_dividend_is_no_break() -> None:
    for seed in range(10):
        bars = scaled(walk(HONG_KONG, seed=seed), slice(0, 150), 0.97, decimals=4)
        level = float(bars.close[149] / 0.97 / bars.close[149])
        # before the dividend the adjusted prices run into those after it without a gap
        raw = walk(HONG_KONG, seed=seed)
        tail = {
            name: np.where(
                np.arange(300) < 150,
                getattr(bars, name),
                np.round(np.rint(getattr(raw, name) / level / 0.01) * 0.01, 4),
            )
            for name in PRICES
        }
        assert find_break(dataclasses.replace(raw, **tail), None) is None


def test_prices_shifted_off_their_unit_are_found() -> None:
    bars = walk(HONG_KONG, level=60.0)
    found = find_break(scaled(bars, slice(150, None), shift=-3.0044, decimals=4), None)
    assert found is not None
    assert found[0] == day(bars, 150)
    assert "between the multiples" in found[1]


@pytest.mark.parametrize("factor", [0.5, 0.9, 0.97])
def test_prices_kept_finer_than_the_tick_on_one_side_are_found(factor: float) -> None:
    bars = walk()
    for rows in (slice(150, None), slice(0, 150)):
        applied = factor if rows.start else 1 / factor
        found = find_break(scaled(bars, rows, applied, decimals=None), None)
        assert found is not None
        assert found[0] == day(bars, 150)


# --- news


def with_news(bars: Bars, row: int, factor: float) -> Bars:
    """A gap with what comes with it: much volume for days, and a wide range."""
    moved = scaled(bars, slice(row, None), factor)
    volume = moved.volume.copy()
    volume[row : row + 4] *= [8, 5, 3, 2]
    high, low = moved.high.copy(), moved.low.copy()
    high[row], low[row] = round(high[row] * 1.02, 2), round(low[row] * 0.98, 2)
    return dataclasses.replace(moved, volume=volume, high=high, low=low)


def test_a_gap_in_ordinary_trading_is_a_break_and_one_with_news_is_not() -> None:
    quiet = news = 0
    for seed in range(20):
        bars = walk(seed=seed)
        quiet += find_break(scaled(bars, slice(150, None), 0.94), None) is not None
        news += find_break(with_news(bars, 150, 1.04), None) is not None
    assert quiet >= 18
    assert news == 0


def test_a_gap_that_all_shares_have_is_no_break() -> None:
    bars = scaled(walk(), slice(150, None), 0.94)
    market = np.zeros(300)
    market[150] = math.log(0.94)
    assert find_break(bars, None) is not None
    assert find_break(bars, None, market) is None


def test_days_without_trade_are_passed_over() -> None:
    bars = scaled(walk(), slice(150, None), 0.85)
    columns = {name: getattr(bars, name).copy() for name in PRICES}
    for column in columns.values():
        column[145:150] = bars.close[144]
    volume = bars.volume.copy()
    volume[145:150] = 0
    found = find_break(dataclasses.replace(bars, volume=volume, **columns), None)
    assert found is not None
    assert found[0] == day(bars, 150)


def test_short_series_and_untouched_ones_are_passed() -> None:
    assert find_break(walk(rows=20), None) is None
    for seed in range(40):
        assert find_break(walk(seed=seed), None) is None
        assert find_break(walk(HONG_KONG, seed=seed), None) is None


def naive_description(bars: Bars, row: int, limit: float) -> list[float]:
    """The figures of one gap, in plain Python."""
    o, h, lo, c = ([float(v) for v in getattr(bars, name)] for name in PRICES)
    v = [float(x) for x in bars.volume]
    gaps = [0.0] + [math.log(o[t] / c[t - 1]) for t in range(1, len(c))]
    near = [t for t in range(row - 10, row + 11) if t != row]
    usual_gap = max(statistics.median(abs(gaps[t]) for t in near), 0.0015)
    usual_range = max(statistics.median(math.log(h[t] / lo[t]) for t in near), 0.003)
    size, sign = abs(gaps[row]), math.copysign(1.0, gaps[row])

    def clip(value: float, low: float, high: float) -> float:
        return min(max(value, low), high)

    by_gaps = math.log(clip(size / usual_gap, 0.3, 60))
    by_range = math.log(clip(size / usual_range, 0.05, 20))
    width = clip(math.log((math.log(h[row] / lo[row]) + 0.001) / usual_range), -3, 2.5)
    surge = clip(math.log(v[row] / statistics.median(v[row - 20 : row])), -3, 4)
    step = clip(math.log(v[row] / v[row - 1]), -3, 4)
    follow = clip(math.log(v[row + 1] / v[row]), -3, 3)
    onward = clip(sign * math.log(c[row] / o[row]) / usual_range, -4, 4)
    earlier = clip(sign * math.log(c[row - 1] / c[row - 2]) / usual_range, -5, 5)
    unfilled = max(math.log(lo[row] / h[row - 1]), math.log(lo[row - 1] / h[row]), 0.0)
    locked = any(
        abs(c[row] - c[row - 1] * (1 + side * limit)) < 0.0175 and c[row] == end
        for side, end in ((1, h[row]), (-1, lo[row]))
    )
    return [
        by_gaps, by_range, by_range**2, surge, step, step**2, width, width**2, follow, follow**2,
        float(locked), math.log(0.02 + min(unfilled / usual_range, 6)), abs(earlier), onward,
        earlier, surge * onward, follow * earlier,
    ]  # fmt: skip


def test_what_is_said_of_a_gap_is_what_plain_loops_say() -> None:
    bars = walk(seed=3)
    close = bars.close.copy()
    close[80] = bars.high[80] = round(close[79] * 1.1, 2)
    bars = dataclasses.replace(bars, close=close)
    rows = np.array([25, 60, 80, 151, 270])
    told = describe_gaps(Traded.of(bars), rows, 0.1)
    expected = [naive_description(bars, int(row), 0.1) for row in rows]
    np.testing.assert_allclose(told, expected, rtol=1e-9, atol=1e-12)
    assert told[2, 10] == 1


# --- digits


def rounder(bars: Bars, seed: int) -> Bars:
    """Prices of which every third one is a whole tenth."""
    rng = np.random.default_rng(seed)
    columns = {}
    for name in PRICES:
        column = getattr(bars, name)
        columns[name] = np.where(rng.random(len(bars)) < 0.33, np.round(column, 1), column)
    return dataclasses.replace(bars, **columns)


def test_favoured_digits_that_move_with_the_gap_speak_for_a_break() -> None:
    moved, stayed = [], []
    for seed in range(10):
        bars = rounder(walk(level=40.0, seed=seed), seed)
        moved.append(weigh_digits(Traded.of(scaled(bars, slice(150, None), 0.93)), 150))
        fallen = rounder(scaled(walk(level=40.0, seed=seed), slice(150, None), 0.93), seed)
        stayed.append(weigh_digits(Traded.of(fallen), 150))
    assert min(moved) > 3
    assert max(stayed) < 0


def test_cheap_shares_have_no_favoured_digits() -> None:
    assert weigh_digits(Traded.of(scaled(walk(level=4.0), slice(150, None), 0.9)), 150) == 0.0


def test_the_fit_of_a_factor_is_what_a_plain_sum_gives() -> None:
    traded = Traded.of(walk(level=40.0, seed=2))
    logs = np.arange(-400, 100) * 2e-4
    constant, waves = _waves(40.0)
    expected = np.zeros(len(logs))
    for field, name in enumerate(PRICES):
        ticks = np.rint(getattr(traded, name)[50:150] * 100)
        for tick, times in zip(*np.unique(ticks, return_counts=True), strict=True):
            raw = tick / np.exp(logs)
            seen = sum(
                blur * (waves[field, n] * np.exp(2j * np.pi * (n + 1) * raw / 10)).real
                for n, blur in enumerate((1.0, 0.95, 0.9, 0.8))
            )
            expected += min(times, 3) * (constant[field] + seen)
    told = _fit(traded, slice(50, 150), logs, 40.0)
    # the spectrum is read off between its points
    assert np.abs(told - expected).max() < 0.05 * expected.std()


# --- known actions


def test_the_odds_are_those_of_students_t() -> None:
    for gap, factor, scale in ((0.05, 0.05, 0.01), (0.0, 0.04, 0.006), (-0.02, 0.03, 0.01)):
        density = stats.t(df=3, scale=scale).logpdf
        assert log_odds(gap, factor, scale) == pytest.approx(density(gap - factor) - density(gap))


def spliced(bars: Bars, row: int, actions: dict[int, tuple[float, float]]) -> Bars:
    """An adjusted head before a row, and from it on the raw prices that fall on each ex-date."""
    factor = np.ones(len(bars))
    for ex_row, (share, bonus) in actions.items():
        factor[:ex_row] *= (1 - share) / (1 + bonus)
    columns = {
        name: np.round(
            np.where(np.arange(len(bars)) < row, 1.0, 1 / factor) * getattr(bars, name), 2
        )
        for name in PRICES
    }
    return dataclasses.replace(bars, **columns)


@pytest.mark.parametrize("market", [None, np.zeros(300)])
def test_a_jump_of_the_size_of_later_actions_is_decisive(market: np.ndarray | None) -> None:
    for seed in range(10):
        bars = walk(seed=seed, level=40.0)
        told = {220: (0.03, 0.0), 260: (0.03, 0.0)}
        mixed = spliced(bars, 150, told)
        actions = tuple(paid(mixed, row, cash=0.03 * mixed.close[row - 1]) for row in told)
        assert find_break(bars, actions, market) is None
        found = find_break(mixed, actions, market)
        assert found is not None
        assert abs(int(np.searchsorted(bars.dates, found[0])) - 150) <= 2


def test_one_unadjusted_ex_date_among_adjusted_ones_is_found() -> None:
    bars = walk(level=40.0)
    actions = tuple(paid(bars, row, cash=0.05 * bars.close[row - 1]) for row in (100, 200))
    assert find_break(bars, actions) is None
    fallen = scaled(bars, slice(200, None), 0.95)
    found = find_break(fallen, actions)
    assert found is not None
    assert found[0] == day(bars, 200)


# --- the real market


@pytest.fixture(scope="module")
def market(market_folder: Path) -> dict[str, Bars]:
    """Every real share, declared as its file says: adjusted multiplicatively."""
    series = {}
    for name, currency in (("cn_daily", "CNY"), ("hk_daily", "HKD"), ("index_daily", "CNY")):
        table = pd.read_parquet(market_folder / f"{name}.parquet")
        for symbol, rows in table.groupby("symbol"):
            missing = np.full(len(rows), np.nan)
            prices = [rows[column].to_numpy(np.float64) for column in PRICES]
            volume = rows["volume"].to_numpy(np.float64) if "volume" in rows else missing
            days = rows["date"].to_numpy().astype("datetime64[D]")
            series[str(symbol)] = Bars(
                str(symbol), days, *prices, volume, missing, currency, "multiplicative", "x", NOW
            )
    return series


@pytest.fixture(scope="module")
def gaps(market: dict[str, Bars]) -> dict[str, np.ndarray | None]:
    known = market_gaps(list(market.values()))
    return {symbol: gaps_of(bars, known) for symbol, bars in market.items()}


@pytest.mark.market
@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside the market"])
def test_of_untouched_series_one_in_a_hundred_is_taken_for_broken(
    market: dict[str, Bars],
    gaps: dict[str, np.ndarray | None],
    beside: bool,  # noqa: FBT001 - pytest names it
) -> None:
    told = [
        symbol
        for symbol, bars in market.items()
        if find_break(bars, None, gaps[symbol] if beside else None)
    ]
    assert len(market) == 3082
    assert len(told) / len(market) <= 0.01
    # on that day the file's vendor went on without adjusting
    assert "300708.SZ" in told


def share_found(
    market: dict[str, Bars],
    factor: float,
    market_gap: dict[str, np.ndarray | None] | None = None,
    decimals: int | None = 2,
    ends: tuple[str, ...] = ("SZ", "SH", "HK"),
) -> float:
    """Plant a factor on one half of each of 200 shares, at the middle or about it."""
    rng = np.random.default_rng(20)
    names = [name for name, bars in market.items() if name.endswith(ends) and len(bars) > 100]
    names = [name for name in names if name not in {"000300.SH", "000985.SH", "HSI.HK"}]
    found = 0
    for symbol in rng.choice(names, 200, replace=False):
        bars = market[symbol]
        row = int(rng.integers(len(bars) // 4, 3 * len(bars) // 4))
        half = slice(row, None) if rng.random() < 0.5 else slice(0, row)
        places = decimals if decimals is None or not symbol.endswith("HK") else 4
        planted = scaled(bars, half, factor, decimals=places)
        gap = market_gap[symbol] if market_gap else None
        found += find_break(planted, None, gap) is not None
    return found / 200


@pytest.mark.market
@pytest.mark.parametrize(
    ("factor", "least"),
    [
        (0.5, 0.98),
        (0.6, 0.98),
        (0.7, 0.98),
        (0.8, 0.97),
        (0.85, 0.95),
        (0.9, 0.88),
        (1.1, 0.86),
        (1.15, 0.93),
        (1.25, 0.97),
        (1.4, 0.98),
        (2.0, 0.98),
    ],
)
def test_planted_factors_are_found(market: dict[str, Bars], factor: float, least: float) -> None:
    assert share_found(market, factor) >= least


@pytest.mark.market
def test_the_market_helps_where_the_factor_is_small(
    market: dict[str, Bars], gaps: dict[str, np.ndarray | None]
) -> None:
    alone, beside = (share_found(market, 0.95, known) for known in (None, gaps))
    assert alone >= 0.3
    assert beside > alone


@pytest.mark.market
def test_unrounded_factors_are_found_nearer_to_one(market: dict[str, Bars]) -> None:
    assert share_found(market, 0.9, decimals=None) >= 0.97


@pytest.mark.market
def test_with_amounts_a_hundredth_is_found_in_real_series(market: dict[str, Bars]) -> None:
    rng = np.random.default_rng(4)
    names = [name for name, bars in market.items() if name[-2:] in {"SZ", "SH"} and len(bars) > 300]
    found = wrong = 0
    for symbol in rng.choice(names, 100, replace=False):
        bars = with_amounts(market[symbol], noise=0.003, seed=int(rng.integers(1 << 30)))
        wrong += find_break(bars, None) is not None
        row = int(rng.integers(100, 200))
        found += find_break(scaled(bars, slice(row, None), 0.99, decimals=None), None) is not None
    assert wrong <= 1
    assert found >= 98


@pytest.mark.market
def test_raw_and_adjusted_prices_of_the_picks_put_together_are_found(
    market: dict[str, Bars], snapshot: Panel
) -> None:
    """The report's picks with a bonus issue: adjusted before a session, raw from it on."""
    checked = 0
    for symbol in sorted({action.symbol for action in snapshot.actions if action.bonus}):
        bars = market[symbol]
        actions = tuple(action for action in snapshot.actions if action.symbol == symbol)
        told: dict[int, tuple[float, float]] = {}
        for action in actions:
            row = int(np.searchsorted(bars.dates, np.datetime64(action.ex_date)))
            before = float(bars.close[row - 1]) * (1 + action.bonus) + action.cash
            told[row] = (action.cash / before, action.bonus)
        for row in (100, 200, min(told) - 20, max(told) - 20):
            mixed = spliced(bars, row, told)
            for known in (actions, None):
                assert find_break(mixed, known) is not None
            checked += 1
    assert checked == 8


def logistic(features: np.ndarray, planted: np.ndarray) -> np.ndarray:
    """Return the constant and the weights, ridge 1 on standardised features, by Newton's method."""
    mean, spread = features.mean(axis=0), features.std(axis=0)
    columns = np.column_stack([np.ones(len(features)), (features - mean) / spread])
    weights = np.zeros(columns.shape[1])
    for _ in range(30):
        chance = 1 / (1 + np.exp(-columns @ weights))
        bend = (columns * (chance * (1 - chance))[:, None]).T @ columns + np.eye(len(weights))
        weights += np.linalg.solve(bend, columns.T @ (planted - chance) - weights)
    slopes = weights[1:] / spread
    return np.concatenate([[weights[0] - slopes @ mean], slopes])


@pytest.mark.market
def test_the_weights_are_those_that_the_stated_fit_gives(market: dict[str, Bars]) -> None:
    names = sorted(
        name
        for name, bars in market.items()
        if name[-2:] in {"SZ", "SH"} and np.isfinite(bars.volume).all() and len(bars) > 120
    )
    rng = np.random.default_rng(1)
    real, planted = [], []
    for symbol in names[::2]:
        bars, limit = market[symbol], widest_limit(symbol)
        for _ in range(20):
            row = int(rng.integers(20, len(bars) - 5))
            factor = math.exp(rng.choice([-1, 1]) * rng.uniform(0.02, 0.25))
            half = slice(row, None) if rng.integers(2) else slice(0, row)
            planted += described(scaled(bars, half, factor), np.array([row]), limit)
        real += described(bars, np.arange(20, len(bars) - 5), limit)
    features = np.vstack([real, planted])
    fitted = logistic(features, np.repeat([0.0, 1.0], [len(real), len(planted)]))
    np.testing.assert_allclose(load_weights(), fitted, atol=6e-4)  # kept to three decimals


def described(bars: Bars, rows: np.ndarray, limit: float) -> list[np.ndarray]:
    """Describe the gaps above 2.5% that stay within the limit."""
    traded = Traded.of(bars)
    rows = rows[np.abs(traded.gap[rows]) > 0.025]
    before = traded.before[rows]
    slack = np.maximum(0.0175, 5e-4 * before)
    within = (traded.high[rows] <= before * (1 + limit) + slack) & (
        traded.low[rows] >= before * (1 - limit) - slack
    )
    return list(describe_gaps(traded, rows[within], limit)) if within.any() else []


def test_few_gaps_of_a_series_are_looked_at() -> None:
    rows = widest_gaps(Traded.of(scaled(walk(), slice(150, None), 0.9)))
    assert 150 in rows
    assert len(rows) <= 8
