"""What a basket's figures show, each against a slow or another reading of the same formula."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from backtests.measures.inference import (
    average_correlation,
    drop_best,
    false_discoveries,
    kolari_pynnonen,
    leave_one_out,
    mean_interval,
    scaled_abnormal_returns,
    t_test,
)
from screener.panel import Floats
from universes import InputError

NAN = math.nan


def array(*values: float) -> Floats:
    return np.array(values, dtype=np.float64)


# ---- slow readings, in plain Python


def naive_adjusted_bmp(scaled: Sequence[float], residuals: Sequence[Sequence[float]]) -> float:
    """Scaled returns of each pick, and each pick's residuals; none is missing."""
    n = len(scaled)
    total, pairs = 0.0, 0
    for i in range(n):
        for j in range(i + 1, n):
            total += naive_correlation(residuals[i], residuals[j])
            pairs += 1
    r = total / pairs
    mean = sum(scaled) / n
    variance = sum((each - mean) ** 2 for each in scaled) / (n - 1)
    # with correlation r the sample variance falls short by 1 - r, the mean's is 1 + (n - 1) r times
    of_one = variance / (1 - r)
    of_mean = of_one * (1 + (n - 1) * r) / n
    return mean / math.sqrt(of_mean)


def naive_correlation(first: Sequence[float], second: Sequence[float]) -> float:
    both = [
        (a, b) for a, b in zip(first, second, strict=True) if not (math.isnan(a) or math.isnan(b))
    ]
    a_mean = sum(a for a, _ in both) / len(both)
    b_mean = sum(b for _, b in both) / len(both)
    cross = sum((a - a_mean) * (b - b_mean) for a, b in both)
    a_squares = sum((a - a_mean) ** 2 for a, _ in both)
    b_squares = sum((b - b_mean) ** 2 for _, b in both)
    return cross / math.sqrt(a_squares * b_squares)


def naive_scaled(
    own: Floats, benchmark: Floats, estimation: np.ndarray, event: np.ndarray
) -> tuple[float, float, float, float]:
    """Alpha, beta, residual deviation and scaled return of one pick, by matrix algebra."""
    known = ~(np.isnan(own) | np.isnan(benchmark))
    fit, told = estimation & known, event & known
    design = np.column_stack([np.ones(fit.sum()), benchmark[fit]])
    alpha, beta = np.linalg.solve(design.T @ design, design.T @ own[fit])
    residuals = own[fit] - alpha - beta * benchmark[fit]
    variance = residuals @ residuals / (fit.sum() - 2)
    ahead = np.column_stack([np.ones(told.sum()), benchmark[told]])
    # of the errors themselves, and of the coefficients that they are measured with
    spread = variance * (np.eye(told.sum()) + ahead @ np.linalg.inv(design.T @ design) @ ahead.T)
    error = math.sqrt(np.ones(told.sum()) @ spread @ np.ones(told.sum()))
    return (
        alpha,
        beta,
        math.sqrt(variance),
        float((own[told] - ahead @ [alpha, beta]).sum() / error),
    )


def equicorrelated(rng: np.random.Generator, shape: tuple[int, ...], r: float) -> Floats:
    """Standard normal numbers, those along the last axis correlated alike."""
    common = rng.standard_normal((*shape[:-1], 1))
    return math.sqrt(r) * common + math.sqrt(1 - r) * rng.standard_normal(shape)


# ---- the naive test of the mean


def test_the_t_statistic_worked_by_hand() -> None:
    # mean 0.2; squares 0.01 + 0 + 0.01, over two 0.01; 0.2 / (0.1 / sqrt 3)
    told = t_test(array(0.1, 0.2, 0.3))
    assert told.statistic == pytest.approx(2 * math.sqrt(3), rel=1e-12)
    # of a t with two degrees of freedom P(|t| > x) = 1 - x / sqrt(x^2 + 2), here 1 - sqrt(12/14)
    assert told.p_value == pytest.approx(1 - math.sqrt(12 / 14), rel=1e-12)
    assert told.count == 3


def test_the_t_test_is_scipys() -> None:
    rng = np.random.default_rng(1)
    for count in (2, 3, 10, 500):
        values = rng.normal(0.02, 0.3, count)
        told, expected = t_test(values), stats.ttest_1samp(values, 0.0)
        assert told.statistic == pytest.approx(expected.statistic, rel=1e-10)
        assert told.p_value == pytest.approx(expected.pvalue, rel=1e-10)


def test_what_is_missing_is_left_out_of_the_t_test() -> None:
    assert t_test(array(0.1, NAN, 0.2, 0.3)) == t_test(array(0.1, 0.2, 0.3))


@pytest.mark.parametrize(
    ("values", "count"),
    [
        pytest.param(array(), 0, id="none"),
        pytest.param(array(0.1), 1, id="one"),
        pytest.param(array(0.1, NAN), 1, id="one known"),
        pytest.param(array(NAN, NAN), 0, id="none known"),
        pytest.param(array(0.1, 0.1, 0.1), 3, id="alike"),
        pytest.param(array(0.3, 0.1 + 0.2, 0.3), 3, id="alike but for binary arithmetic"),
        pytest.param(array(0.0, 0.0), 2, id="zeros"),
    ],
)
def test_no_test_is_told_of_too_few_picks_or_of_picks_that_are_alike(
    values: Floats, count: int
) -> None:
    for told in (t_test(values), kolari_pynnonen(values, 0.1)):
        assert math.isnan(told.statistic)
        assert math.isnan(told.p_value)
        assert told.count == count


def test_two_picks_are_enough_for_a_test() -> None:
    # mean 0.2, deviation 0.1 sqrt 2, over sqrt 2: 2; P(|t1| > 2) = 1 - 2 atan(2) / pi
    told = t_test(array(0.1, 0.3))
    assert told.statistic == pytest.approx(2.0, rel=1e-12)
    assert told.p_value == pytest.approx(1 - 2 * math.atan(2) / math.pi, rel=1e-12)


MEASURES_OF_ONE_SERIES: list[Callable[[Floats], object]] = [
    t_test,
    leave_one_out,
    drop_best,
    lambda values: mean_interval(values, 1),
    lambda values: kolari_pynnonen(values, 0.1),
]


@pytest.mark.parametrize("measure", MEASURES_OF_ONE_SERIES)
def test_an_infinite_value_and_a_table_are_refused(measure: Callable[[Floats], object]) -> None:
    with pytest.raises(InputError, match="infinite"):
        measure(array(0.1, math.inf, 0.2))
    with pytest.raises(InputError, match="2 dimensions"):
        measure(np.zeros((3, 2)))


# ---- the bootstrap interval

SKEWED = array(-0.30, -0.22, -0.15, -0.11, -0.05, -0.01, 0.03, 0.08, 0.16, 0.25, 0.47, 1.90)


def test_the_interval_is_that_of_a_slow_reading_of_efrons_formula() -> None:
    rng, count = np.random.default_rng(7), len(SKEWED)
    means = sorted(sum(rng.choice(SKEWED, count)) / count for _ in range(20_000))
    mean = sum(SKEWED) / count
    below = sum(each < mean for each in means) + sum(each == mean for each in means) / 2
    normal = stats.norm
    bias = normal.ppf(below / len(means))
    # of a mean the jackknife's acceleration is sum(d^3) / (6 sum(d^2)^1.5), d the deviations
    away = [each - mean for each in SKEWED]
    acceleration = sum(d**3 for d in away) / (6 * sum(d**2 for d in away) ** 1.5)
    expected = []
    for share in (0.025, 0.975):
        z = bias + normal.ppf(share)
        at = normal.cdf(bias + z / (1 - acceleration * z))
        expected.append(means[int(at * len(means))])
    told = mean_interval(SKEWED, seed=3)
    assert told.low == pytest.approx(expected[0], abs=0.015)
    assert told.high == pytest.approx(expected[1], abs=0.05)


def test_the_interval_is_scipys() -> None:
    rng = np.random.default_rng(9)
    for seed, count in enumerate((3, 12, 40, 500)):
        values = rng.standard_t(3, count) / 5
        told = mean_interval(values, seed, resamples=999, level=0.9)
        theirs = stats.bootstrap(
            (values,), np.mean, n_resamples=999, confidence_level=0.9, method="BCa", rng=seed
        ).confidence_interval
        assert told.low == pytest.approx(theirs.low, abs=1e-12)
        assert told.high == pytest.approx(theirs.high, abs=1e-12)


def test_the_interval_of_even_values_is_close_to_the_percentiles() -> None:
    values = np.arange(-20, 21) / 100 + 0.05
    rng = np.random.default_rng(11)
    means = [rng.choice(values, len(values)).mean() for _ in range(20_000)]
    low, high = np.percentile(means, [2.5, 97.5])
    told = mean_interval(values, seed=5)
    assert told.low == pytest.approx(low, abs=0.002)
    assert told.high == pytest.approx(high, abs=0.002)


def test_the_interval_leans_to_the_long_tail() -> None:
    told, mean = mean_interval(SKEWED, seed=3), SKEWED.mean()
    assert told.high - mean > 1.5 * (mean - told.low)


def test_a_seed_gives_one_interval() -> None:
    assert mean_interval(SKEWED, seed=3) == mean_interval(SKEWED, seed=3)
    assert mean_interval(SKEWED, seed=3) != mean_interval(SKEWED, seed=4)
    missing = np.append(SKEWED, NAN)
    assert mean_interval(missing, seed=3) == mean_interval(SKEWED, seed=3)


def test_a_lower_level_gives_an_interval_within() -> None:
    wide, narrow = (mean_interval(SKEWED, seed=3, level=level) for level in (0.95, 0.5))
    assert wide.low < narrow.low < SKEWED.mean() < narrow.high < wide.high


def test_the_interval_holds_the_mean_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(21)
    held = 0
    for seed in range(400):
        told = mean_interval(rng.normal(0.1, 0.3, 30), seed, resamples=399)
        held += told.low <= 0.1 <= told.high
    # 30 picks hold a little less than 95%; three standard errors of 400 trials are 3.3%
    assert 0.90 <= held / 400 <= 0.98


@pytest.mark.parametrize(
    "values",
    [array(), array(0.1), array(0.1, 0.2), array(0.1, 0.2, NAN), array(NAN), array(0.3, 0.3, 0.3)],
)
def test_no_interval_is_told_of_fewer_than_three_or_of_picks_that_are_alike(
    values: Floats,
) -> None:
    told = mean_interval(values, seed=1)
    assert math.isnan(told.low)
    assert math.isnan(told.high)


def test_three_picks_have_an_interval() -> None:
    told = mean_interval(array(0.1, 0.2, 0.6), seed=1)
    assert 0.1 <= told.low < 0.3 < told.high <= 0.6


@pytest.mark.parametrize(
    ("faulty", "named"),
    [({"seed": -1}, "seed"), ({"resamples": 99}, "resamples"), ({"level": 1.0}, "level")],
)
def test_an_interval_of_impossible_terms_is_refused(faulty: dict[str, float], named: str) -> None:
    terms = {"seed": 1, **faulty}
    with pytest.raises(InputError, match=named):
        mean_interval(SKEWED, **terms)  # type: ignore[arg-type]


# ---- the average correlation


def test_the_average_correlation_worked_by_hand() -> None:
    # over four rows: first and second 1; third against either -1: mean of 1, -1, -1
    up = np.array([1.0, 2.0, 3.0, 4.0])
    told = average_correlation(np.column_stack([up, 10 * up + 3, -up]), least=4)
    assert told.mean == pytest.approx(-1 / 3, rel=1e-12)
    assert told.pairs == 3


def test_the_average_correlation_with_gaps_is_that_of_a_loop_over_pairs() -> None:
    rng = np.random.default_rng(2)
    returns = equicorrelated(rng, (120, 9), 0.3) * rng.uniform(0.005, 0.05, 9) + 0.01
    returns[rng.random(returns.shape) < 0.2] = NAN
    returns[:95, 4] = NAN  # some twenty rows are left of it
    returns[:, 7] = NAN
    pairs = [
        naive_correlation(returns[:, i].tolist(), returns[:, j].tolist())
        for i in range(9)
        for j in range(i + 1, 9)
        if np.sum(~np.isnan(returns[:, i] + returns[:, j])) >= 30
    ]
    told = average_correlation(returns)
    assert told.pairs == len(pairs) == 21
    assert told.mean == pytest.approx(sum(pairs) / 21, rel=1e-9)


def test_a_pair_is_left_out_where_one_does_not_move_over_their_common_rows() -> None:
    rng = np.random.default_rng(4)
    returns = rng.normal(0, 0.02, (80, 3))
    returns[:40, 1] = NAN
    returns[40:, 2] = 0.1 + 0.2  # it moves only while the second is missing
    told = average_correlation(returns)
    assert told.pairs == 2
    first = naive_correlation(returns[:, 0].tolist(), returns[:, 1].tolist())
    other = naive_correlation(returns[:, 0].tolist(), returns[:, 2].tolist())
    assert told.mean == pytest.approx((first + other) / 2, rel=1e-9)


@pytest.mark.parametrize(
    "returns",
    [
        np.empty((0, 0)),
        np.empty((100, 0)),
        np.arange(100.0)[:, None],
        np.full((100, 3), NAN),
        np.full((100, 3), 0.01),
        np.arange(58.0).reshape(29, 2),
    ],
)
def test_no_correlation_is_told_without_a_pair_of_thirty_rows(returns: Floats) -> None:
    told = average_correlation(returns)
    assert math.isnan(told.mean)
    assert told.pairs == 0


def test_a_correlation_has_no_scale_and_none_with_what_moves_by_binary_arithmetic_only() -> None:
    returns = np.random.default_rng(17).normal(0, 0.02, (60, 3))
    told = average_correlation(returns)
    small = average_correlation(returns * [1e-6, 1.0, 1e6])
    assert small.pairs == told.pairs == 3
    assert small.mean == pytest.approx(told.mean, rel=1e-9)
    returns[:, 2] = np.where(np.arange(60) % 2, 0.3, 0.1 + 0.2)
    assert average_correlation(returns).pairs == 1


def test_thirty_common_rows_are_enough() -> None:
    returns = np.arange(60.0).reshape(30, 2)
    assert average_correlation(returns).mean == pytest.approx(1.0, rel=1e-12)


def test_a_correlation_of_a_series_or_of_infinite_returns_is_refused() -> None:
    with pytest.raises(InputError, match="1 dimension"):
        average_correlation(array(0.1, 0.2))
    with pytest.raises(InputError, match="infinite"):
        average_correlation(np.full((40, 2), math.inf))
    with pytest.raises(InputError, match="rows"):
        average_correlation(np.zeros((40, 2)), least=1)


# ---- Kolari and Pynnonen


def test_the_adjusted_statistic_worked_by_hand() -> None:
    # t = 2 sqrt 3 as above; times sqrt((1 - 0.25) / (1 + 2 x 0.25)) = sqrt(1/2): sqrt 6
    told = kolari_pynnonen(array(0.1, 0.2, 0.3), 0.25)
    assert told.statistic == pytest.approx(math.sqrt(6), rel=1e-12)
    # P(|t| > x) = 1 - x / sqrt(x^2 + 2) with two degrees of freedom: 1 - sqrt(6/8)
    assert told.p_value == pytest.approx(1 - math.sqrt(3) / 2, rel=1e-12)
    assert told.count == 3


def test_without_correlation_the_adjusted_statistic_is_the_naive_one() -> None:
    values = array(0.4, -1.2, 2.2, 0.9, NAN)
    assert kolari_pynnonen(values, 0.0) == t_test(values)


def test_the_adjusted_statistic_is_that_of_a_slow_reading() -> None:
    rng = np.random.default_rng(5)
    for count in (3, 8, 25):
        residuals = equicorrelated(rng, (250, count), 0.15)
        scaled = equicorrelated(rng, (count,), 0.15) + 0.5
        told = kolari_pynnonen(scaled, average_correlation(residuals).mean)
        expected = naive_adjusted_bmp(scaled.tolist(), residuals.T.tolist())
        assert told.statistic == pytest.approx(expected, rel=1e-9)


# Jakubik and Teleu (2022), Geneva Papers on Risk and Insurance 47(4), doi
# 10.1057/s41288-021-00243-5, tables 5 and 6: for three samples of European insurers, the BMP
# statistic over seven windows and the same adjusted as Kolari and Pynnonen have it
PUBLISHED = {
    "full": (
        (1.4823, -3.1984, -1.9120, 0.5834, -0.4397, 0.4561, -0.8670),
        (1.4635, -3.1579, -1.8877, 0.5760, -0.4341, 0.4503, -0.8560),
    ),
    "reduced": (
        (6.7102, 0.1480, -0.4972, 1.1163, 0.5777, 1.3273, -0.2240),
        (6.2718, 0.1383, -0.4648, 1.0434, 0.5400, 1.2406, -0.2093),
    ),
    "residual": (
        (-0.7520, -4.2358, -2.2975, 0.3147, -0.8055, 0.0640, -1.0424),
        (-0.7373, -4.1529, -2.2526, 0.3086, -0.7898, 0.0627, -1.0220),
    ),
}


@pytest.mark.parametrize("sample", PUBLISHED)
@pytest.mark.parametrize("count", [9, 30])
def test_one_correlation_explains_a_published_samples_adjustments_over_all_windows(
    sample: str, count: int
) -> None:
    # the samples' sizes and correlations are not at hand; of each size one correlation gives the
    # widest figure's ratio q = (1 - r) / (1 + (n - 1) r), and with it all the other windows'
    plain, adjusted = PUBLISHED[sample]
    widest = int(np.argmax(np.abs(plain)))
    q = (adjusted[widest] / plain[widest]) ** 2
    r = (1 - q) / (1 + (count - 1) * q)
    shape = np.where(np.arange(count) % 2, 1.0, -1.0)
    shape -= shape.mean()
    error = shape.std(ddof=1) / math.sqrt(count)
    for statistic, expected in zip(plain, adjusted, strict=True):
        values = shape + statistic * error  # their t statistic is the published one
        assert t_test(values).statistic == pytest.approx(statistic, rel=1e-9)
        # both are rounded to four places
        assert kolari_pynnonen(values, r).statistic == pytest.approx(expected, abs=1.5e-4)


@pytest.mark.parametrize("r", [NAN, -0.5, -0.6, 1.0, 1.1])
def test_no_adjusted_statistic_is_told_of_a_correlation_three_picks_cannot_have(r: float) -> None:
    told = kolari_pynnonen(array(0.1, 0.2, 0.3), r)
    assert math.isnan(told.statistic)
    assert math.isnan(told.p_value)
    assert told.count == 3


def test_the_least_correlation_three_picks_can_have_is_minus_a_half() -> None:
    told = kolari_pynnonen(array(0.1, 0.2, 0.3), -0.499)
    # (1 + 0.499) / (1 - 0.998) = 749.5
    assert told.statistic == pytest.approx(2 * math.sqrt(3 * 749.5), rel=1e-9)


def test_without_any_effect_the_naive_test_rejects_far_too_often_and_the_adjusted_does_not() -> (
    None
):
    rng = np.random.default_rng(6)
    trials, count, r = 600, 25, 0.2
    naive = adjusted = 0
    for _ in range(trials):
        residuals = equicorrelated(rng, (250, count), r)
        scaled = equicorrelated(rng, (count,), r)
        naive += t_test(scaled).p_value < 0.05
        told = kolari_pynnonen(scaled, average_correlation(residuals).mean)
        adjusted += told.p_value < 0.05
    # the statistic is sqrt((1 + 24 r) / (1 - r)) = 2.693 times a t with 24 degrees of freedom,
    # beyond 2.064 where that is beyond 0.7666: 45% of the time; standard errors 2.0% and 0.9%
    expected = 2 * stats.t.sf(stats.t.ppf(0.975, 24) / math.sqrt(5.8 / 0.8), 24)
    assert expected == pytest.approx(0.45, abs=0.002)
    assert naive / trials == pytest.approx(expected, abs=0.065)
    assert 0.02 <= adjusted / trials <= 0.08


def test_an_effect_larger_than_the_common_noise_is_found() -> None:
    rng = np.random.default_rng(8)
    found = sum(
        kolari_pynnonen(equicorrelated(rng, (25,), 0.2) + 2.0, 0.2).p_value < 0.05
        for _ in range(200)
    )
    # the mean's standard error is sqrt((0.8 + 25 x 0.2) / 25) = 0.48: four of them
    assert found / 200 > 0.9


# ---- scaled abnormal returns

ROWS = 6
FIT = np.array([True, True, True, True, False, False])
AFTER = ~FIT


def test_a_scaled_return_worked_by_hand() -> None:
    # benchmark -1, -1, 1, 1 percent; own -1, -3, 3, 1: mean 0, slope (1 + 3 + 3 + 1) / 4 = 2
    # residuals 1, -1, 1, -1 percent: 4 over two degrees of freedom, s^2 = 2
    benchmark = array(-1, -1, 1, 1, 3, 1)[:, None] / 100
    own = array(-1, -3, 3, 1, 9, 4)[:, None] / 100
    told = scaled_abnormal_returns(own, benchmark, FIT, AFTER, least=4)
    assert told.alpha == pytest.approx(array(0.0), abs=1e-15)
    assert told.beta == pytest.approx(array(2.0), rel=1e-12)
    assert told.residual_sd == pytest.approx(array(math.sqrt(2) / 100), rel=1e-12)
    assert told.residuals[:, 0] == pytest.approx(array(1, -1, 1, -1) / 100, rel=1e-12)
    # abnormal 3 and 2: five; variance 2 x 2 x (1 + 2/4 + (4 - 0)^2 / (2 x 4)) = 14
    assert told.scaled == pytest.approx(array(5 / math.sqrt(14)), rel=1e-12)
    assert told.observations.tolist() == [4]
    assert told.event_observations.tolist() == [2]


def panel(rng: np.random.Generator, rows: int, picks: int) -> tuple[Floats, Floats]:
    benchmark = rng.normal(0.0003, 0.012, (rows, picks))
    own = 0.0002 + rng.uniform(0.5, 1.6, picks) * benchmark + rng.normal(0, 0.02, (rows, picks))
    return own, benchmark


def test_scaled_returns_with_gaps_are_those_of_matrix_algebra_pick_by_pick() -> None:
    rng = np.random.default_rng(9)
    own, benchmark = panel(rng, 260, 7)
    own[rng.random(own.shape) < 0.1] = NAN
    benchmark[rng.random(own.shape) < 0.05] = NAN
    estimation = np.arange(260) < 130
    event = np.arange(260) >= 140
    told = scaled_abnormal_returns(own, benchmark, estimation, event)
    known = ~(np.isnan(own) | np.isnan(benchmark))
    assert told.observations.tolist() == known[estimation].sum(axis=0).tolist()
    assert told.event_observations.tolist() == known[event].sum(axis=0).tolist()
    assert np.array_equal(np.isnan(told.residuals), ~known[estimation])
    for pick in range(7):
        expected = naive_scaled(own[:, pick], benchmark[:, pick], estimation, event)
        found = told.alpha[pick], told.beta[pick], told.residual_sd[pick], told.scaled[pick]
        assert found == pytest.approx(expected, rel=1e-8)
        fitted = told.alpha[pick] + told.beta[pick] * benchmark[estimation, pick]
        kept = known[estimation, pick]
        residuals = (own[estimation, pick] - fitted)[kept]
        assert told.residuals[kept, pick] == pytest.approx(residuals, abs=1e-14)


def test_scaled_returns_have_the_spread_of_one_when_nothing_happens() -> None:
    rng = np.random.default_rng(10)
    own, benchmark = panel(rng, 200, 4000)
    estimation = np.arange(200) < 80
    # a window longer than the fit, where leaving the prediction's error out would give 1.6
    told = scaled_abnormal_returns(own, benchmark, estimation, ~estimation)
    # of a t with 78 degrees of freedom sqrt(78/76) = 1.013; three standard errors are 0.034
    assert told.scaled.std() == pytest.approx(1.013, abs=0.035)
    assert told.scaled.mean() == pytest.approx(0.0, abs=0.05)


def test_a_pick_of_too_few_rows_or_without_a_move_of_the_benchmark_is_not_told() -> None:
    rng = np.random.default_rng(12)
    own, benchmark = panel(rng, 100, 5)
    estimation = np.arange(100) < 60
    own[3, 1] = NAN  # 59 rows
    benchmark[:60, 2] = 0.1 + 0.2
    own[60:, 3] = NAN  # nothing after
    own[:, 4] = NAN
    told = scaled_abnormal_returns(own, benchmark, estimation, ~estimation)
    assert np.isnan(told.scaled).tolist() == [False, True, True, True, True]
    assert np.isnan(told.beta).tolist() == [False, True, True, False, True]
    assert np.isnan(told.alpha).tolist() == np.isnan(told.beta).tolist()
    assert np.isnan(told.residual_sd).tolist() == np.isnan(told.beta).tolist()
    assert np.isnan(told.residuals).all(axis=0).tolist() == np.isnan(told.beta).tolist()
    assert told.observations.tolist() == [60, 59, 60, 60, 0]
    assert told.event_observations.tolist() == [40, 40, 40, 0, 0]


def test_a_pick_that_is_its_benchmark_has_no_scale() -> None:
    rng = np.random.default_rng(13)
    _, benchmark = panel(rng, 100, 1)
    estimation = np.arange(100) < 60
    told = scaled_abnormal_returns(3 * benchmark, benchmark, estimation, ~estimation)
    assert told.beta == pytest.approx(array(3.0), rel=1e-12)
    assert math.isnan(told.scaled[0])


def test_what_happens_later_does_not_change_the_fit() -> None:
    rng = np.random.default_rng(14)
    own, benchmark = panel(rng, 120, 3)
    estimation = np.arange(120) < 80
    before = scaled_abnormal_returns(own, benchmark, estimation, ~estimation)
    own[80:] += 0.05
    after = scaled_abnormal_returns(own, benchmark, estimation, ~estimation)
    assert np.array_equal(before.beta, after.beta)
    assert np.array_equal(before.residuals, after.residuals)
    assert (after.scaled > before.scaled).all()


def test_no_picks_give_no_scaled_returns() -> None:
    told = scaled_abnormal_returns(np.empty((6, 0)), np.empty((6, 0)), FIT, AFTER)
    assert told.scaled.shape == (0,)
    assert told.residuals.shape == (4, 0)


def test_scaled_returns_of_tables_that_do_not_fit_are_refused() -> None:
    table = np.zeros((6, 2))
    with pytest.raises(InputError, match="shape"):
        scaled_abnormal_returns(table, np.zeros((6, 3)), FIT, AFTER)
    with pytest.raises(InputError, match="shape"):
        scaled_abnormal_returns(table, table, FIT[:5], AFTER)
    with pytest.raises(InputError, match="both"):
        scaled_abnormal_returns(table, table, FIT, FIT)
    with pytest.raises(InputError, match="rows"):
        scaled_abnormal_returns(table, table, FIT, AFTER, least=2)
    with pytest.raises(InputError, match="infinite"):
        scaled_abnormal_returns(table + math.inf, table, FIT, AFTER)


# ---- many tests at once


def test_false_discoveries_worked_by_hand() -> None:
    # sorted 0.01, 0.02, 0.03, 0.5, times 4 over the rank: 0.04, 0.04, 0.04, 0.5
    told = false_discoveries(array(0.03, 0.5, 0.01, 0.02))
    assert told == pytest.approx(array(0.04, 0.5, 0.04, 0.04), rel=1e-12)


def test_false_discoveries_are_those_of_statsmodels_and_of_a_loop() -> None:
    p_values = np.random.default_rng(15).uniform(0, 1, 40) ** 3
    told = false_discoveries(p_values)
    assert told == pytest.approx(multipletests(p_values, method="fdr_bh")[1], rel=1e-12)
    for own, adjusted in zip(p_values, told, strict=True):
        above = [p for p in p_values if p >= own]
        least = min(40 * p / sum(other <= p for other in p_values) for p in above)
        assert adjusted == pytest.approx(min(least, 1.0), rel=1e-12)


def test_what_is_missing_is_no_test() -> None:
    told = false_discoveries(array(0.03, NAN, 0.02))
    assert told == pytest.approx(array(0.03, NAN, 0.03), nan_ok=True)
    assert np.isnan(false_discoveries(array(NAN, NAN))).all()
    assert false_discoveries(array()).shape == (0,)
    assert false_discoveries(array(0.2)) == pytest.approx(array(0.2))


@pytest.mark.parametrize("p_value", [-0.01, 1.01, math.inf])
def test_what_is_no_probability_is_refused(p_value: float) -> None:
    with pytest.raises(InputError, match=r"p-values|infinite"):
        false_discoveries(array(0.1, p_value))


# ---- how much hangs on one


def test_means_without_each_worked_by_hand() -> None:
    told = leave_one_out(array(0.1, NAN, 0.2, 0.6))
    assert told == pytest.approx(array(0.4, NAN, 0.35, 0.15), nan_ok=True)


def test_means_without_the_best_worked_by_hand() -> None:
    # 0.9 / 3, then 0.3 / 2, then 0.1; the missing one leaves the last place empty
    told = drop_best(array(0.2, 0.6, NAN, 0.1))
    assert told == pytest.approx(array(0.3, 0.15, 0.1, NAN), nan_ok=True)


def test_means_without_some_are_those_of_lists() -> None:
    values = np.random.default_rng(16).normal(0.1, 0.4, 30)
    listed = values.tolist()
    for at, told in enumerate(leave_one_out(values)):
        rest = listed[:at] + listed[at + 1 :]
        assert told == pytest.approx(sum(rest) / 29, rel=1e-10)
    for dropped, told in enumerate(drop_best(values)):
        rest = sorted(listed)[: 30 - dropped]
        assert told == pytest.approx(sum(rest) / len(rest), rel=1e-10)


def test_a_single_pick_leaves_nothing() -> None:
    assert np.isnan(leave_one_out(array(0.4))).all()
    assert drop_best(array(0.4)) == pytest.approx(array(0.4))
    for nothing in (array(), array(NAN)):
        assert np.isnan(leave_one_out(nothing)).all()
        assert np.isnan(drop_best(nothing)).all()
        assert drop_best(nothing).shape == leave_one_out(nothing).shape == nothing.shape
