"""Market models against statsmodels called directly, a slow reading and arithmetic by hand."""

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from backtests.measures.regression import MarketModel, fit_lines, market_model
from screener.panel import Floats
from universes import InputError

NAN = math.nan


def array(*values: float) -> Floats:
    return np.array(values, dtype=np.float64)


def naive_newey_west(own: Sequence[float], benchmark: Sequence[float], lags: int) -> list[float]:
    """Alpha, beta and their standard errors, in plain Python; two by two by hand."""
    count = len(own)
    x_mean, y_mean = sum(benchmark) / count, sum(own) / count
    squares = sum((x - x_mean) ** 2 for x in benchmark)
    beta = sum((x - x_mean) * (y - y_mean) for x, y in zip(benchmark, own, strict=True)) / squares
    alpha = y_mean - beta * x_mean
    left = [y - alpha - beta * x for x, y in zip(benchmark, own, strict=True)]
    # of alpha, row t weighs 1/T - m (x - m) / Q in the error; of beta, (x - m) / Q
    weights = {
        "alpha": [1 / count - x_mean * (x - x_mean) / squares for x in benchmark],
        "beta": [(x - x_mean) / squares for x in benchmark],
    }
    errors = []
    for each in weights.values():
        moments = [w * e for w, e in zip(each, left, strict=True)]
        variance = sum(m * m for m in moments)
        for lag in range(1, lags + 1):
            kept = 1 - lag / (lags + 1)
            variance += 2 * kept * sum(moments[t] * moments[t - lag] for t in range(lag, count))
        errors.append(math.sqrt(variance * count / (count - 2)))
    return [alpha, beta, *errors]


def hang_together(rng: np.random.Generator, count: int) -> tuple[Floats, Floats]:
    """Returns of a pick whose noise has a memory, and its benchmark's."""
    benchmark = rng.normal(0.0003, 0.012, count)
    noise = rng.normal(0, 0.02, count)
    for t in range(1, count):
        noise[t] += 0.4 * noise[t - 1]
    return 0.001 + 1.3 * benchmark + noise, benchmark


# 1 and -1 percent in turn; own twice that and 0.1 percent, and 1, 1, -1, -1 percent in turn
MARKET = np.tile([1.0, -1.0], 10) / 100
LEFT = np.tile([1.0, 1.0, -1.0, -1.0], 5) / 100
OWN = 0.001 + 2 * MARKET + LEFT


def test_a_line_worked_by_hand() -> None:
    told = market_model(OWN, MARKET, 252, lags=0)
    assert told.alpha_per_period == pytest.approx(0.001, rel=1e-12)
    assert told.alpha_annual == pytest.approx(0.252, rel=1e-12)
    assert told.beta == pytest.approx(2.0, rel=1e-12)
    # own varies by 4 + 1, of which 4 is the benchmark's
    assert told.r_squared == pytest.approx(0.8, rel=1e-12)
    # without lags, White's: sum(u^2) / T^2 = 1e-4 / 20, times 20/18; of beta, over 1e-4
    assert told.alpha_se == pytest.approx(0.01 / math.sqrt(18), rel=1e-12)
    assert told.beta_se == pytest.approx(1 / math.sqrt(18), rel=1e-12)
    assert (told.observations, told.lags) == (20, 0)


def test_the_error_of_a_line_with_one_lag_worked_by_hand() -> None:
    # neighbours' products u(t) u(t-1) are 1, -1, 1, ..., 1 of 1e-4: ten of 1 and nine of -1, sum 1
    # alpha: (20 + 2 x 1/2 x 1) / 400 x 20/18 = 21/360 of 1e-4
    # beta: the benchmark turns each product's sign: (20 - 1) / 400 x 20/18 = 19/360
    told = market_model(OWN, MARKET, 252, lags=1)
    assert told.alpha_se == pytest.approx(0.01 * math.sqrt(21 / 360), rel=1e-12)
    assert told.beta_se == pytest.approx(math.sqrt(19 / 360), rel=1e-12)
    expected = 2 * stats.t.sf(0.1 / math.sqrt(21 / 360), 18)
    assert told.alpha_p == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize(("count", "lags"), [(20, 0), (60, 3), (250, 4), (250, 12)])
def test_a_line_is_that_of_statsmodels_and_of_a_slow_reading(count: int, lags: int) -> None:
    own, benchmark = hang_together(np.random.default_rng(count + lags), count)
    told = market_model(own, benchmark, 252, lags)
    theirs = sm.OLS(own, sm.add_constant(benchmark)).fit()
    robust = theirs.get_robustcov_results("HAC", maxlags=lags, use_correction=True, use_t=True)
    slow = naive_newey_west(own.tolist(), benchmark.tolist(), lags)
    found = [told.alpha_per_period, told.beta, told.alpha_se, told.beta_se]
    assert found == pytest.approx([*robust.params, *robust.bse], rel=1e-9)
    assert found == pytest.approx(slow, rel=1e-9)
    p_values = [
        2 * stats.t.sf(abs(slow[0] / slow[2]), count - 2),
        2 * stats.t.sf(abs(slow[1] / slow[3]), count - 2),
    ]
    assert [told.alpha_p, told.beta_p] == pytest.approx(p_values, rel=1e-7)
    assert [told.alpha_p, told.beta_p] == pytest.approx(list(robust.pvalues), rel=1e-7)
    assert told.r_squared == pytest.approx(np.corrcoef(own, benchmark)[0, 1] ** 2, rel=1e-9)


@pytest.mark.parametrize(
    # 4 (0.2)^(2/9) = 2.80, 4 (0.99)^(2/9) = 3.991, 4, 4 (2.5)^(2/9) = 4.90, 4 (10)^(2/9) = 6.67
    ("count", "lags"),
    [(20, 2), (99, 3), (100, 4), (250, 4), (1000, 6)],
)
def test_lags_grow_with_the_rows_as_newey_and_west_have_it(count: int, lags: int) -> None:
    own, benchmark = hang_together(np.random.default_rng(count), count)
    told = market_model(own, benchmark, 252)
    assert told.lags == lags
    assert told == market_model(own, benchmark, 252, lags)


def test_errors_are_wider_where_noise_has_a_memory() -> None:
    own, benchmark = hang_together(np.random.default_rng(3), 2000)
    assert market_model(own, benchmark, 252).alpha_se > 1.2 * (
        market_model(own, benchmark, 252, lags=0).alpha_se
    )


def test_rows_that_miss_either_return_are_left_out() -> None:
    own, benchmark = hang_together(np.random.default_rng(4), 60)
    gaps, market_gaps = own.copy(), benchmark.copy()
    gaps[[3, 40]] = NAN
    market_gaps[[3, 10]] = NAN
    kept = np.delete(np.arange(60), [3, 10, 40])
    told = market_model(gaps, market_gaps, 252)
    assert told == market_model(own[kept], benchmark[kept], 252)
    assert told.observations == 57


def is_empty(model: MarketModel) -> bool:
    figures = dataclasses.asdict(model)
    return all(math.isnan(figures[name]) for name in figures.keys() - {"observations", "lags"})


@pytest.mark.parametrize("count", [0, 1, 2, 19])
def test_no_line_is_told_of_fewer_than_twenty_rows(count: int) -> None:
    own, benchmark = hang_together(np.random.default_rng(5), 19)
    gaps = np.full(30, NAN)
    gaps[:count] = own[:count]
    for told in (
        market_model(own[:count], benchmark[:count], 252),
        market_model(gaps, np.append(benchmark, np.ones(11)), 252),
    ):
        assert is_empty(told)
        assert told.observations == count
    assert is_empty(market_model(own[:count], benchmark[:count], 252, lags=25))


def test_twenty_rows_are_enough() -> None:
    own, benchmark = hang_together(np.random.default_rng(6), 20)
    assert not is_empty(market_model(own, benchmark, 252))


def test_no_line_is_told_on_a_benchmark_that_does_not_move() -> None:
    own, _ = hang_together(np.random.default_rng(7), 40)
    still = np.full(40, 0.3)
    still[5] = 0.1 + 0.2
    told = market_model(own, still, 252)
    assert is_empty(told)
    assert told.observations == 40


def test_a_pick_that_is_its_benchmark_has_a_line_without_errors() -> None:
    _, benchmark = hang_together(np.random.default_rng(8), 40)
    told = market_model(0.01 + 1.5 * benchmark, benchmark, 52)
    assert told.alpha_annual == pytest.approx(0.52, rel=1e-9)
    assert told.beta == pytest.approx(1.5, rel=1e-9)
    assert told.r_squared == pytest.approx(1.0, rel=1e-12)
    assert np.isnan([told.alpha_se, told.beta_se, told.alpha_p, told.beta_p]).all()


def test_a_pick_that_does_not_move_has_a_flat_line_that_explains_nothing() -> None:
    _, benchmark = hang_together(np.random.default_rng(9), 40)
    told = market_model(np.full(40, 0.01), benchmark, 252)
    assert told.alpha_per_period == pytest.approx(0.01, rel=1e-12)
    assert told.beta == pytest.approx(0.0, abs=1e-12)
    assert math.isnan(told.r_squared)
    assert math.isnan(told.alpha_se)


def test_returns_and_terms_that_cannot_be_are_refused() -> None:
    own, benchmark = hang_together(np.random.default_rng(10), 40)
    with pytest.raises(InputError, match="shape"):
        market_model(own, benchmark[1:], 252)
    with pytest.raises(InputError, match="shape"):
        market_model(own[:, None], benchmark[:, None], 252)
    with pytest.raises(InputError, match="infinite"):
        market_model(np.append(own, math.inf), np.append(benchmark, 0.0), 252)
    with pytest.raises(InputError, match="infinite"):
        market_model(np.append(own, 0.0), np.append(benchmark, -math.inf), 252)
    for periods, lags in ((0, None), (math.inf, None), (NAN, None), (252, -1)):
        with pytest.raises(InputError, match="periods a year"):
            market_model(own, benchmark, periods, lags)
    with pytest.raises(InputError, match="40 lags"):
        market_model(own, benchmark, 252, lags=40)


# ---- many lines at once


def test_many_lines_with_gaps_are_those_fitted_one_by_one() -> None:
    rng = np.random.default_rng(11)
    own, benchmark = rng.normal(0, 0.02, (2, 90, 6))
    own[rng.random(own.shape) < 0.2] = NAN
    benchmark[rng.random(own.shape) < 0.1] = NAN
    told = fit_lines(own, benchmark, 20)
    for pick in range(6):
        kept = np.isfinite(own[:, pick]) & np.isfinite(benchmark[:, pick])
        line = stats.linregress(benchmark[kept, pick], own[kept, pick])
        assert told.alpha[pick] == pytest.approx(line.intercept, rel=1e-9, abs=1e-15)
        assert told.beta[pick] == pytest.approx(line.slope, rel=1e-9)
        # its error of the slope is the deviation over the root of the squares
        deviation = told.residual_sd[pick] / math.sqrt(told.squares[pick])
        assert deviation == pytest.approx(line.stderr, rel=1e-9)
        assert told.mean[pick] == pytest.approx(benchmark[kept, pick].mean(), rel=1e-9, abs=1e-15)


def test_the_error_of_later_returns_worked_by_hand() -> None:
    # benchmark -1, 0, 1 and own 1, -2, 1: flat, mean 0, residuals 1, -2, 1; s^2 = 6 over one
    lines = fit_lines(array(1, -2, 1)[:, None], array(-1, 0, 1)[:, None], 3)
    # one row at 2: 6 (1 + 1/3 + 4/2) = 20; its return 5 is all left
    total, error, rows = lines.sum_ahead(array(5)[:, None], array(2)[:, None])
    assert (total[0], error[0], rows[0]) == pytest.approx((5.0, math.sqrt(20), 1), rel=1e-12)
    # and another at -2, one that is missing: 6 x 2 (1 + 2/3 + 0) = 20
    total, error, rows = lines.sum_ahead(array(5, 1, NAN)[:, None], array(2, -2, 9)[:, None])
    assert (total[0], error[0], rows[0]) == pytest.approx((6.0, math.sqrt(20), 2), rel=1e-12)


def test_a_pick_with_returns_after_but_none_before_has_no_error() -> None:
    nothing = np.full((5, 1), NAN)
    lines = fit_lines(nothing, np.zeros((5, 1)), 3)
    _, error, rows = lines.sum_ahead(array(0.1, 0.2)[:, None], array(0.1, 0.3)[:, None])
    assert math.isnan(error[0])
    assert rows.tolist() == [2]
    assert lines.observations.tolist() == [0]
