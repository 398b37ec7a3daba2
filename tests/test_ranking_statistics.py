"""The figures of sources, each against a slow or another reading of the same formula."""

import itertools
import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.meta_analysis import combine_effects
from statsmodels.stats.multitest import multipletests

from backtests.compiled import Loop, compiled
from backtests.ranking import placebo
from backtests.ranking.attainment import attain_each, find_attained
from backtests.ranking.calibration import calibrate
from backtests.ranking.clusters import clustered_mean, overlapping_mean
from backtests.ranking.placebo import draw_placebo, place_mean
from backtests.ranking.shrinkage import Shrunk, shrink
from backtests.ranking.verdict import Grounds, SourceVerdict, judge_sources
from screener.panel import Floats
from universes import InputError, load_scale

NAN = math.nan
CENTURY = np.datetime64("2000-01-01")


def array(*values: float) -> Floats:
    return np.array(values, dtype=np.float64)


def whole(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


# ---- slow readings, in plain Python


def naive_overlap(x: Sequence[float], day: Sequence[int], length: float) -> float:
    """The t, by the double sum as it is written."""
    n, mean = len(x), math.fsum(x) / len(x)
    days = sorted(set(day))
    sums = [
        math.fsum(each - mean for each, on in zip(x, day, strict=True) if on == d) for d in days
    ]
    total = math.fsum(
        max(0.0, 1 - abs(days[i] - days[j]) / length) * sums[i] * sums[j]
        for i in range(len(days))
        for j in range(len(days))
    )
    return mean / math.sqrt(len(days) / (len(days) - 1) * total / n**2)


def naive_components(
    source: Sequence[int], day: Sequence[int], x: Sequence[float]
) -> tuple[float, float, dict[int, float], dict[int, float]]:
    """Noise, days, and each source's mean and variance, as the documented formulas read."""
    cells: dict[tuple[int, int], list[float]] = {}
    for s, d, value in zip(source, day, x, strict=True):
        cells.setdefault((s, d), []).append(value)
    own = {s: [v for (t, _), vs in cells.items() if t == s for v in vs] for s in set(source)}
    mean = {s: math.fsum(vs) / len(vs) for s, vs in own.items()}
    level = {key: math.fsum(vs) / len(vs) for key, vs in cells.items()}
    within = math.fsum((v - level[key]) ** 2 for key, vs in cells.items() for v in vs)
    noise = within / (len(x) - len(cells)) if len(x) > len(cells) else 0.0
    between = math.fsum(len(vs) * (level[key] - mean[key[0]]) ** 2 for key, vs in cells.items())
    weight = math.fsum(
        len(vs) - math.fsum(len(c) ** 2 for (t, _), c in cells.items() if t == s) / len(vs)
        for s, vs in own.items()
    )
    days = max(0.0, (between - (len(cells) - len(own)) * noise) / weight)
    variance = {
        s: math.fsum(
            (len(c) / len(vs)) ** 2 * (days + noise / len(c))
            for (t, _), c in cells.items()
            if t == s
        )
        for s, vs in own.items()
    }
    return noise, days, mean, variance


def made_calls(seed: int, sources: int, calls: int) -> tuple[np.ndarray, np.ndarray, Floats]:
    """Calls of unequal sources on shared days, each with a skill, days and noise of its own."""
    rng = np.random.default_rng(seed)
    source = rng.integers(0, sources, calls)
    source[source > sources // 2] = rng.integers(0, sources, int((source > sources // 2).sum()))
    day = rng.integers(0, 12, calls)
    shocks = rng.normal(0.0, 0.06, (sources, 12))
    skill = rng.normal(0.01, 0.05, sources)
    return source, day, skill[source] + shocks[source, day] + rng.normal(0.0, 0.1, calls)


def bits_of(told: Shrunk) -> bytes:
    arrays = (told.mean, told.variance, told.count, told.shrunk, told.half_width)
    numbers = array(told.mu, told.tau2, told.day_variance, told.noise_variance)
    return b"".join(each.tobytes() for each in (*arrays, numbers))


# ---- the mean with errors clustered by day


def test_a_clustered_t_worked_by_hand() -> None:
    # mean 0.3, sums of the days -0.3 and 0.3; 2 / 1 x 0.18 / 16 = 0.0225, its root 0.15
    told = clustered_mean(array(0.1, 0.2, 0.4, 0.5), whole(1, 1, 2, 2))
    assert (told.dates, told.count) == (2, 4)
    assert told.mean == pytest.approx(0.3, rel=1e-14)
    assert told.t == pytest.approx(2.0, rel=1e-13)
    # with one degree of freedom P(|t| > 2) = 1 - 2 / pi atan(2)
    assert told.p == pytest.approx(1 - 2 / math.pi * math.atan(2), rel=1e-13)


@pytest.mark.parametrize("seed", range(8))
def test_a_clustered_t_is_that_of_statsmodels(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(5, 400))
    day = rng.integers(0, 1 + count // 3, count)
    x = rng.normal(0.02, 0.2, count) + rng.normal(0.0, 0.1, 1 + count)[day]
    told = clustered_mean(x, CENTURY + day)
    fitted = sm.OLS(x, np.ones(count)).fit(cov_type="cluster", cov_kwds={"groups": day}, use_t=True)
    assert told.mean == pytest.approx(fitted.params[0], rel=1e-12)
    assert told.t == pytest.approx(fitted.tvalues[0], rel=1e-11)
    assert told.p == pytest.approx(fitted.pvalues[0], rel=1e-9)
    assert told.dates == len(set(day.tolist()))


def test_calls_on_days_of_their_own_give_students_t() -> None:
    x = np.random.default_rng(5).normal(0.05, 0.3, 40)
    told, expected = clustered_mean(x, np.arange(40) * 7), stats.ttest_1samp(x, 0.0)
    assert told.t == pytest.approx(expected.statistic, rel=1e-12)
    assert told.p == pytest.approx(expected.pvalue, rel=1e-11)


def test_days_are_the_same_as_dates_and_as_numbers() -> None:
    x, day = array(0.1, 0.4, -0.2, 0.3), whole(-3, 5, 5, 70_000)
    assert clustered_mean(x, day) == clustered_mean(x, CENTURY + day)
    assert overlapping_mean(x, day, 90.0) == overlapping_mean(x, CENTURY + day, 90.0)


def test_no_t_without_two_days_or_without_an_error() -> None:
    none = clustered_mean(array(), whole())
    assert (none.dates, none.count) == (0, 0)
    assert np.isnan([none.mean, none.t, none.p]).all()
    one = clustered_mean(array(0.1, 0.3), whole(4, 4))
    assert one.mean == pytest.approx(0.2)
    assert (one.dates, one.count) == (1, 2)
    assert np.isnan([one.t, one.p]).all()
    alike = clustered_mean(array(0.1, 0.1, 0.1), whole(1, 2, 3))
    assert np.isnan([alike.t, alike.p]).all()
    # on each day the calls make up for one another
    level = clustered_mean(array(0.3, -0.1, 0.2, 0.0), whole(1, 1, 2, 2))
    assert np.isnan([level.t, level.p]).all()


@pytest.mark.parametrize("broken", [NAN, math.inf])
def test_a_return_that_is_no_finite_number_is_refused(broken: float) -> None:
    with pytest.raises(InputError, match="no finite number"):
        clustered_mean(array(0.1, broken), whole(1, 2))
    with pytest.raises(InputError, match="no finite number"):
        shrink(whole(0, 0), whole(1, 2), array(0.1, broken), 1)


def test_arrays_of_different_lengths_are_refused() -> None:
    with pytest.raises(InputError, match="shapes"):
        clustered_mean(array(0.1, 0.2), whole(1))


# ---- the mean over horizons that overlap


def test_an_overlapping_t_worked_by_hand() -> None:
    # mean 0.2, sums -0.1 and 0.1 a day apart, of which 3/4 is shared over four days:
    # 0.01 + 0.01 - 2 x 0.75 x 0.01 = 0.005; 2 / 1 x 0.005 / 4 = 0.0025, its root 0.05
    told = overlapping_mean(array(0.1, 0.3), whole(0, 1), 4.0)
    assert told.t == pytest.approx(4.0, rel=1e-13)
    assert told.degrees == 1
    assert told.p == pytest.approx(0.5 - math.atan(4) / math.pi, rel=1e-12)


@pytest.mark.parametrize("length", [0.5, 30.4375, 182.625, 365.25, 5_000.0])
def test_an_overlapping_t_is_that_of_the_double_sum(length: float) -> None:
    rng = np.random.default_rng(int(length))
    for count in (2, 3, 30, 150):
        day = rng.integers(0, 1_500, count)
        x = rng.normal(0.02, 0.2, count)
        told = overlapping_mean(x, CENTURY + day, length)
        assert told.t == pytest.approx(naive_overlap(x.tolist(), day.tolist(), length), rel=1e-11)
        assert told.p == pytest.approx(stats.t.sf(told.t, told.degrees), rel=1e-11)


def test_horizons_that_do_not_overlap_have_the_clustered_t() -> None:
    rng = np.random.default_rng(2)
    day, x = rng.integers(0, 40, 90) * 31, rng.normal(0.0, 0.1, 90)
    assert overlapping_mean(x, day, 31.0).t == pytest.approx(clustered_mean(x, day).t, rel=1e-12)


@pytest.mark.parametrize(
    ("last", "length", "degrees"),
    [
        (1, 182.625, 1),
        (365, 182.625, 1),  # not quite two horizons
        (366, 182.625, 2),  # the third has begun
        (974, 30.4375, 31),  # 32 horizons exactly
        (975, 30.4375, 32),
    ],
)
def test_the_degrees_are_the_horizons_that_fit_less_one(
    last: int, length: float, degrees: int
) -> None:
    assert overlapping_mean(array(0.1, 0.3, 0.2), whole(0, 1, last), length).degrees == degrees


def test_no_overlapping_t_without_two_days_or_without_an_error() -> None:
    assert math.isnan(overlapping_mean(array(), whole(), 30.0).mean)
    one = overlapping_mean(array(0.1, 0.3), whole(4, 4), 30.0)
    assert one.mean == pytest.approx(0.2)
    for told in (one, overlapping_mean(array(0.1, 0.1, 0.1), whole(1, 2, 3), 30.0)):
        assert np.isnan([told.t, told.p]).all()


@pytest.mark.parametrize("length", [0.0, -1.0, NAN])
def test_a_horizon_that_is_not_above_zero_is_refused(length: float) -> None:
    with pytest.raises(InputError, match="horizon"):
        overlapping_mean(array(0.1, 0.3), whole(0, 1), length)


def test_the_order_of_calls_changes_no_bit_of_a_t() -> None:
    rng = np.random.default_rng(9)
    x, day = rng.normal(0.0, 0.1, 500).round(2), rng.integers(0, 60, 500)
    for _ in range(5):
        turned = rng.permutation(500)
        assert clustered_mean(x[turned], day[turned]) == clustered_mean(x, day)
        told = overlapping_mean(x[turned], day[turned], 30.4375)
        assert told == overlapping_mean(x, day, 30.4375)


# ---- shrunken means


def test_shrinkage_worked_by_hand() -> None:
    # Within each of four pairs of source and day 0.02: w = 0.08 / (8 - 4) = 0.02.
    # The days are 0.2 and 0.6 about 0.4, 0.0 and 0.2 about 0.1: 2 (0.08 + 0.02) = 0.2, and
    # b = (0.2 - 2 x 0.02) / (2 + 2) = 0.04. s^2 = 2 x 0.25 (0.04 + 0.01) = 0.025 of both.
    # (0.3 / 2)^2 x 2 = 0.045 = tau^2 + s^2, so tau^2 = 0.02 and the means keep 4/9 of 0.15.
    told = shrink(
        whole(0, 0, 0, 0, 1, 1, 1, 1),
        whole(1, 1, 2, 2, 1, 1, 2, 2),
        array(0.1, 0.3, 0.5, 0.7, -0.1, 0.1, 0.1, 0.3),
        2,
    )
    assert told.noise_variance == pytest.approx(0.02, rel=1e-13)
    assert told.day_variance == pytest.approx(0.04, rel=1e-13)
    assert told.variance.tolist() == pytest.approx([0.025, 0.025], rel=1e-13)
    assert told.mu == pytest.approx(0.25)
    assert told.tau2 == pytest.approx(0.02, rel=1e-12)
    assert told.mean.tolist() == pytest.approx([0.4, 0.1])
    assert told.shrunk.tolist() == pytest.approx([0.25 + 0.6 / 9, 0.25 - 0.6 / 9], rel=1e-12)
    # 4/9 is kept of the mean, and 5/9 is mu, whose variance is half of 0.045
    half = 1.96 * math.sqrt(0.1 / 9 + 25 / 81 * 0.0225)
    assert told.half_width.tolist() == pytest.approx([half] * 2, rel=1e-12)
    assert told.count.tolist() == [4, 4]


@pytest.mark.parametrize("seed", range(6))
def test_the_components_are_those_of_plain_loops(seed: int) -> None:
    source, day, x = made_calls(seed, 9, 200)
    told = shrink(source, day, x, 9)
    noise, days, mean, variance = naive_components(source.tolist(), day.tolist(), x.tolist())
    assert told.noise_variance == pytest.approx(noise, rel=1e-12)
    assert told.day_variance == pytest.approx(days, rel=1e-11)
    for s in mean:
        assert told.mean[s] == pytest.approx(mean[s], rel=1e-12)
        assert told.variance[s] == pytest.approx(variance[s], rel=1e-11)


@pytest.mark.parametrize("seed", range(6))
def test_the_variance_of_skill_is_that_of_statsmodels(seed: int) -> None:
    source, day, x = made_calls(seed + 20, 12, 300)
    told = shrink(source, day, x, 12)
    # which stops from below, and takes zero for what is above by rounding
    other = combine_effects(told.mean, told.variance, method_re="iterated", atol=1e-9)
    assert told.tau2 > 0
    assert told.tau2 == pytest.approx(other.tau2, rel=1e-8)
    assert told.mu == pytest.approx(other.mean_effect_re, rel=1e-8)
    # and by its own definition, to rounding
    weights = 1 / (told.tau2 + told.variance)
    assert weights @ (told.mean - told.mu) ** 2 == pytest.approx(11, rel=1e-12)
    kept = told.tau2 * weights
    expected = told.mu + kept * (told.mean - told.mu)
    assert told.shrunk.tolist() == pytest.approx(expected.tolist(), rel=1e-12)
    half = 1.96 * np.sqrt(kept * told.variance + (1 - kept) ** 2 / weights.sum())
    assert told.half_width.tolist() == pytest.approx(half.tolist(), rel=1e-12)


def test_means_that_differ_by_less_than_chance_are_all_the_common_mean() -> None:
    # days 0.0 and 0.4 about 0.2, 0.1 and 0.3 about 0.2: nothing is left for the sources
    told = shrink(whole(0, 0, 1, 1), whole(1, 2, 1, 2), array(0.0, 0.4, 0.1, 0.3), 2)
    assert told.tau2 == 0.0
    # no day has two calls, so days bear all: (0.08 + 0.02) / (1 + 1)
    assert told.noise_variance == 0.0
    assert told.day_variance == pytest.approx(0.05)
    assert told.shrunk.tolist() == pytest.approx([0.2, 0.2])
    # that of the mean of two means, of which each has a variance of 0.05 / 2
    assert told.half_width.tolist() == pytest.approx([1.96 * math.sqrt(0.0125)] * 2)


def test_days_that_differ_by_less_than_noise_have_no_variance() -> None:
    told = shrink(whole(0, 0, 0, 0, 1), whole(1, 1, 2, 2, 1), array(0.0, 0.4, 0.4, 0.0, 0.1), 2)
    assert told.day_variance == 0.0
    # 4 x 0.04 over 5 - 3
    assert told.noise_variance == pytest.approx(0.08)
    assert told.variance.tolist() == pytest.approx([0.02, 0.08])


def test_sources_without_spread_keep_their_means() -> None:
    told = shrink(whole(0, 0, 2, 2), whole(1, 2, 1, 2), array(0.25, 0.25, 0.75, 0.75), 3)
    assert told.variance[[0, 2]].tolist() == [0.0, 0.0]
    # about 0.5 twice 0.0625, over 2 - 1
    assert (told.mu, told.tau2) == (0.5, 0.125)
    assert told.shrunk[[0, 2]].tolist() == [0.25, 0.75]
    assert told.half_width[[0, 2]].tolist() == [0.0, 0.0]


def test_a_source_without_calls_is_not_told() -> None:
    source, day, x = made_calls(3, 5, 60)
    moved, apart = shrink(source + 1, day, x, 7), shrink(source, day, x, 5)
    assert moved.count.tolist() == [0, *apart.count.tolist(), 0]
    for name in ("mean", "variance", "shrunk", "half_width"):
        values = getattr(moved, name)
        assert np.isnan(values[[0, -1]]).all()
        assert values[1:-1].tolist() == getattr(apart, name).tolist()
    none = shrink(whole(), whole(), array(), 2)
    assert np.isnan([*none.mean, *none.shrunk, none.mu, none.tau2, none.day_variance]).all()
    assert none.count.tolist() == [0, 0]


def test_the_mean_of_one_source_stands() -> None:
    # days 0.1 and 0.5 about 0.3: b = 0.08 / (2 - 1), s^2 = 2 / 4 x 0.08
    told = shrink(whole(0, 0), whole(1, 2), array(0.1, 0.5), 1)
    assert told.shrunk.tolist() == told.mean.tolist() == pytest.approx([0.3])
    assert told.half_width.tolist() == pytest.approx([1.96 * 0.2])
    assert np.isnan([told.mu, told.tau2]).all()


def test_days_have_no_variance_where_no_source_has_two() -> None:
    # 2 x 0.01 over 3 - 2; 0.2 of two calls and 0.9 of one, with variances 0.01 and 0.02:
    # 0.49 / (2 tau^2 + 0.03) = 1, as the weighted squares of two means are d^2 / (v1 + v2)
    told = shrink(whole(0, 0, 1), whole(1, 1, 2), array(0.1, 0.3, 0.9), 2)
    assert told.noise_variance == pytest.approx(0.02)
    assert told.day_variance == 0.0
    assert told.variance.tolist() == pytest.approx([0.01, 0.02])
    assert told.tau2 == pytest.approx(0.23, rel=1e-12)
    # weights 1 / 0.24 and 1 / 0.25
    assert told.mu == pytest.approx((0.2 * 25 + 0.9 * 24) / 49, rel=1e-12)


def test_the_order_of_calls_and_the_numbers_of_sources_change_no_bit() -> None:
    source, day, x = made_calls(4, 40, 3_000)
    x = x.round(3)
    told, rng = shrink(source, day, x, 40), np.random.default_rng(0)
    for _ in range(4):
        turned, named = rng.permutation(3_000), rng.permutation(40)
        assert bits_of(shrink(source[turned], CENTURY + day[turned], x[turned], 40)) == bits_of(
            told
        )
        other = shrink(named[source], day, x, 40)
        assert other.shrunk[named].tobytes() == told.shrunk.tobytes()
        assert other.half_width[named].tobytes() == told.half_width.tobytes()
        assert (other.mu, other.tau2) == (told.mu, told.tau2)


def test_the_mean_is_the_clustered_one_to_the_last_bit() -> None:
    source, day, x = made_calls(6, 15, 4_000)
    told = shrink(source, day, x, 15)
    for s in range(15):
        assert told.mean[s] == clustered_mean(x[source == s], day[source == s]).mean


@pytest.mark.parametrize("codes", [(-1, 0), (0, 2)])
def test_a_code_of_no_source_is_refused(codes: tuple[int, int]) -> None:
    with pytest.raises(InputError, match="codes"):
        shrink(whole(*codes), whole(1, 2), array(0.1, 0.2), 2)


def test_shrinkage_brings_means_nearer_to_skill_and_finds_the_variances() -> None:
    found, plain, shrunken, held, total = [], 0.0, 0.0, 0, 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        sources = 30
        each = rng.integers(3, 25, sources)
        source = np.repeat(np.arange(sources), each)
        day = rng.integers(0, 8, len(source))
        theta = rng.normal(0.02, 0.05, sources)
        shocks = rng.normal(0.0, 0.08, (sources, 8))
        x = theta[source] + shocks[source, day] + rng.normal(0.0, 0.15, len(source))
        told = shrink(source, day, x, sources)
        found.append((told.noise_variance, told.day_variance, told.tau2, told.mu))
        plain += float(((told.mean - theta) ** 2).sum())
        shrunken += float(((told.shrunk - theta) ** 2).sum())
        held += int((np.abs(told.shrunk - theta) <= told.half_width).sum())
        total += sources
    means, errors = np.mean(found, axis=0), np.std(found, axis=0, ddof=1) / math.sqrt(60)
    assert np.all(np.abs(means - [0.15**2, 0.08**2, 0.05**2, 0.02]) < 4 * errors)
    assert shrunken < 0.75 * plain
    # fewer than 95%, as mu and tau^2 are taken for known
    assert 0.85 < held / total < 0.95


# ---- the placebo


def test_draws_are_the_sets_of_one_share_for_each_call_all_as_likely() -> None:
    # a bearish call with two shares, and bullish ones with three and with one
    values = array(9.0, 0.1, 0.5, 9.0, 0.2, 0.3, 0.7, -0.4)
    start, size, direction = whole(1, 4, 7), whole(2, 3, 1), whole(-1, 1, 1)
    pools = [(-0.1, -0.5), (0.2, 0.3, 0.7), (-0.4,)]
    sets = Counter(round(sum(chosen) / 3, 12) for chosen in itertools.product(*pools))
    drawn = draw_placebo(values, start, size, direction, 60_000, [1, 2])
    seen = Counter(np.round(drawn, 12).tolist())
    assert set(seen) == set(sets)
    expected = {mean: 60_000 * count / 6 for mean, count in sets.items()}
    told = stats.chisquare([seen[mean] for mean in sets], [expected[mean] for mean in sets])
    assert told.pvalue > 1e-4


def test_draws_have_the_mean_and_variance_of_their_pools() -> None:
    rng = np.random.default_rng(8)
    size = rng.integers(1, 4_000, 90)
    start = np.concatenate(([0], np.cumsum(size)[:-1]))
    direction = rng.choice([-1, 1], 90)
    values = rng.normal(0.05, 0.3, int(size.sum()))
    drawn = draw_placebo(values, start, size, direction, 40_000, [5])
    pools = [values[a : a + n] for a, n in zip(start, size, strict=True)]
    mean = sum(s * pool.mean() for s, pool in zip(direction, pools, strict=True)) / 90
    variance = sum(pool.var() for pool in pools) / 90**2
    assert abs(drawn.mean() - mean) < 4 * math.sqrt(variance / 40_000)
    assert drawn.var() == pytest.approx(variance, rel=4 * math.sqrt(2 / 40_000))
    # one draw says nothing of the next
    assert abs(np.corrcoef(drawn[1:], drawn[:-1])[0, 1]) < 4 / math.sqrt(40_000)


def test_calls_of_the_same_pool_are_drawn_apart() -> None:
    same = whole(0, 0)
    drawn = draw_placebo(array(0.0, 1.0), same, whole(2, 2), whole(1, 1), 40_000, [7])
    shares = [float(np.mean(drawn == each)) for each in (0.0, 0.5, 1.0)]
    assert shares == pytest.approx([0.25, 0.5, 0.25], abs=4 * 0.5 / 200)
    against = draw_placebo(array(0.0, 1.0), same, whole(2, 2), whole(1, -1), 40_000, [7])
    assert set(against.tolist()) == {-0.5, 0.0, 0.5}


def test_the_order_of_calls_changes_no_bit_of_the_draws() -> None:
    rng = np.random.default_rng(3)
    values, start, size = rng.normal(size=500), rng.integers(0, 400, 70), rng.integers(1, 100, 70)
    direction = rng.choice([-1, 1], 70)
    drawn = draw_placebo(values, start, size, direction, 300, [4, 2])
    turned = rng.permutation(70)
    again = draw_placebo(values, start[turned], size[turned], direction[turned], 300, [4, 2])
    assert again.tobytes() == drawn.tobytes()


def test_a_seed_gives_the_same_draws_and_another_gives_others() -> None:
    values, pool = np.arange(100.0), (whole(0), whole(100), whole(1))
    drawn = draw_placebo(values, *pool, 2_500, [1, 2])
    assert drawn.tobytes() == draw_placebo(values, *pool, 2_500, [1, 2]).tobytes()
    others = [draw_placebo(values, *pool, 2_500, seed) for seed in ([1, 3], [2, 2], [2, 1])]
    assert all(np.mean(drawn == other) < 0.05 for other in others)


def test_draws_do_not_hang_on_how_many_follow_nor_on_the_memory_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(3)
    values, start, size = rng.normal(size=500), rng.integers(0, 400, 50), rng.integers(1, 100, 50)
    calls = (values, start, size, rng.choice([-1, 1], 50))
    many = draw_placebo(*calls, 5_000, [6])
    assert many[:4_096].tobytes() == draw_placebo(*calls, 4_096, [6]).tobytes()
    monkeypatch.setattr(placebo, "_CELLS", 1)
    assert draw_placebo(*calls, 5_000, [6]).tolist() == pytest.approx(many.tolist(), abs=1e-15)


@pytest.mark.parametrize(
    ("start", "size", "draws"),
    [
        pytest.param((), (), 10, id="no call"),
        pytest.param((0,), (3,), 0, id="no draw"),
        pytest.param((0,), (0,), 10, id="an empty pool"),
        pytest.param((2,), (2,), 10, id="beyond the values"),
        pytest.param((-1,), (2,), 10, id="before the values"),
    ],
)
def test_draws_that_cannot_be_made_are_refused(
    start: tuple[int, ...], size: tuple[int, ...], draws: int
) -> None:
    with pytest.raises(InputError):
        draw_placebo(
            array(0.1, 0.2, 0.3), whole(*start), whole(*size), whole(*[1] * len(size)), draws, [1]
        )


def test_the_standing_of_a_mean_counts_itself_and_halves_ties() -> None:
    drawn = array(0.0, 0.1, 0.1, 0.2, 0.3, 0.3, 0.4)
    told = place_mean(0.1 + 1e-15, drawn)
    assert told.percentile == pytest.approx(2 / 7)
    # six are no lower and three no higher, and the source itself is one more
    assert (told.above, told.below) == (7 / 8, 4 / 8)
    assert place_mean(0.5, drawn).above == place_mean(-0.1, drawn).below == 1 / 8


def test_sources_without_skill_stand_among_the_draws_by_chance() -> None:
    rng = np.random.default_rng(12)
    values = rng.normal(0.1, 0.3, 4_000).round(2)
    above = below = 0
    for source in range(1_000):
        start, size = rng.integers(0, 3_000, 15), rng.integers(4, 1_000, 15)
        direction = rng.choice([-1, 1], 15)
        own = float((direction * values[start + rng.integers(0, size)]).mean())
        told = place_mean(own, draw_placebo(values, start, size, direction, 199, [1, source]))
        above += told.above <= 0.05
        below += told.below <= 0.05
    # of 1,000, each with a chance of 5%
    low, high = stats.binom.ppf([1e-4, 1 - 1e-4], 1_000, 0.05)
    assert low <= above <= high
    assert low <= below <= high


# ---- target prices

CLOSES = np.array(
    [
        [10.0, 10.5, 12.0, NAN, 11.0, 9.0],
        [50.0, NAN, 45.0, 40.0, 44.0, 46.0],
    ]
)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        # column, base, entry, exit, ratio, stance; at the exit, before, untold
        pytest.param((0, 0, 1, 4, 1.10, 1), (True, True, False), id="at the target"),
        pytest.param((0, 0, 1, 4, 1.15, 1), (False, True, False), id="on the way"),
        pytest.param((0, 0, 1, 4, 1.25, 1), (False, False, False), id="never"),
        pytest.param((0, 0, 4, 5, 1.15, 1), (False, False, False), id="before the entry"),
        pytest.param((0, 0, 1, 1, 1.15, 1), (False, False, False), id="after the exit"),
        pytest.param((0, 1, 2, 2, 12 / 10.5, 1), (True, True, False), id="on the entry"),
        pytest.param((0, 0, 4, 4, 1.1 + 4e-10, 1), (True, True, False), id="short by rounding"),
        pytest.param((0, 0, 4, 4, 1.1 + 1e-9, 1), (False, False, False), id="short by more"),
        pytest.param((1, 0, 2, 4, 0.88, -1), (True, True, False), id="down to the target"),
        pytest.param((1, 0, 2, 4, 0.80, -1), (False, True, False), id="down on the way"),
        pytest.param((1, 0, 2, 4, 0.79, -1), (False, False, False), id="never so low"),
        pytest.param((0, 0, 1, 4, 1.0, 1), (False, False, True), id="bullish at the price"),
        pytest.param((0, 0, 1, 4, 0.9, 1), (False, False, True), id="bullish below it"),
        pytest.param((1, 0, 2, 4, 1.0, -1), (False, False, True), id="bearish at the price"),
        pytest.param((1, 0, 2, 4, 1.1, -1), (False, False, True), id="bearish above it"),
        pytest.param((0, 0, 1, 4, NAN, 1), (False, False, True), id="no price stated"),
        pytest.param((0, -1, 1, 4, 1.1, 1), (False, False, True), id="no session before"),
        pytest.param((1, 1, 2, 4, 0.9, -1), (False, False, True), id="no close on it"),
    ],
)
def test_a_target_is_reached(
    call: tuple[int, int, int, int, float, int], expected: tuple[bool, bool, bool]
) -> None:
    column, base, entry, exits = (np.array([place], dtype=np.int32) for place in call[:4])
    ratio, stance = array(call[4]), np.array([call[5]], dtype=np.int8)
    told = find_attained(CLOSES, column, base, entry, exits, ratio, stance)
    assert (told.reached_at[0], told.reached_before[0], told.untold[0]) == expected


def made_targets(seed: int, calls: int) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    closes = np.exp(np.cumsum(rng.normal(0.0, 0.02, (20, 300)), axis=1))
    closes[rng.random(closes.shape) < 0.1] = NAN
    column = rng.integers(0, 20, calls)
    entry = rng.integers(1, 200, calls)
    exits = entry + rng.integers(0, 100, calls)
    closes[column, exits] = rng.uniform(0.5, 1.5, calls)  # a score has a close at its exit
    base = entry - rng.integers(1, 3, calls)
    ratio = np.where(rng.random(calls) < 0.1, NAN, rng.uniform(0.7, 1.3, calls))
    stance = rng.choice([-1, 1], calls).astype(np.int8)
    places = [each.astype(np.int32) for each in (column, base, entry, exits)]
    return closes, *places, ratio, stance


def test_targets_are_those_of_a_reading_in_whole_arrays_compiled_or_not() -> None:
    closes, column, base, entry, exits, ratio, stance = calls = made_targets(1, 3_000)
    told = find_attained(*calls)
    outcomes = tuple(np.zeros(3_000, dtype=np.bool_) for _ in range(3))
    compiled(attain_each)(*calls, *outcomes)
    written = (told.reached_at, told.reached_before, told.untold)
    for plain, fast in zip(written, outcomes, strict=True):
        assert plain.tolist() == fast.tolist()
    for k in range(3_000):
        paid = closes[column[k], base[k]]
        bullish = stance[k] == 1
        known = base[k] >= 0 and math.isfinite(paid)
        known = known and (ratio[k] > 1 if bullish else ratio[k] < 1)
        assert told.untold[k] == (not known)
        assert known or not (told.reached_at[k] or told.reached_before[k])
        if known:
            levels = closes[column[k], entry[k] : exits[k] + 1] / paid
            best = np.nanmax(levels) if bullish else -np.nanmin(levels)
            last = levels[-1] if bullish else -levels[-1]
            wanted = (ratio[k] if bullish else -ratio[k]) - 1e-9
            assert (told.reached_at[k], told.reached_before[k]) == (last >= wanted, best >= wanted)
    assert all(each.any() for each in written)


def test_large_tables_are_compiled_and_small_ones_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Loop] = []

    def note(loop: Loop) -> Loop:
        asked.append(loop)
        return loop

    monkeypatch.setattr("backtests.ranking.attainment.compiled", note)
    calls = made_targets(2, 50)
    find_attained(*calls)
    assert not asked
    monkeypatch.setattr("backtests.ranking.attainment._WORTH_COMPILING", 50)
    find_attained(*calls)
    assert asked == [attain_each]


# ---- calibration


def test_calibration_counts_calls_by_grade_given_and_earned() -> None:
    rng = np.random.default_rng(1)
    given, earned = (rng.integers(0, 4, 300).astype(np.int8) for _ in range(2))
    given[given == 2] = 3
    told = calibrate(given, earned, 4)
    table = pd.crosstab(given, earned).reindex(index=range(4), columns=range(4), fill_value=0)
    assert told.counts.tolist() == table.to_numpy().tolist()
    kept = [np.mean(earned[given == grade] == grade) for grade in (0, 1, 3)]
    assert told.kept[[0, 1, 3]].tolist() == pytest.approx(kept)
    assert math.isnan(told.kept[2])


def test_calibration_is_told_best_grade_first() -> None:
    # soochow's grades from the worst: sell, underweight, neutral, overweight, buy
    given, earned = (np.array(g, dtype=np.int8) for g in ([4, 4, 4, 3, 0], [4, 4, 1, 2, 0]))
    records = calibrate(given, earned, 5).records(load_scale("soochow"))
    grades = ["buy", "overweight", "neutral", "underweight", "sell"]
    assert [each.grade for each in records] == grades
    assert all(list(each.earned) == grades for each in records)
    assert records[0].earned == {
        "buy": 2, "overweight": 0, "neutral": 0, "underweight": 1, "sell": 0,
    }  # fmt: skip
    assert [each.kept for each in records] == [pytest.approx(2 / 3), 0.0, None, None, 1.0]


@pytest.mark.parametrize("grade", [-1, 5])
def test_a_grade_that_is_not_of_the_standard_is_refused(grade: int) -> None:
    one, other = np.array([0], dtype=np.int8), np.array([grade], dtype=np.int8)
    for given, earned in ((one, other), (other, one)):
        with pytest.raises(InputError, match="from 0 to 4"):
            calibrate(given, earned, 5)


# ---- verdicts


def grounds_of(above: Sequence[Sequence[float]], **changes: Sequence[int | str]) -> Grounds:
    """Twenty calls of each source on days of their own, but for what is changed."""
    count = len(above)
    usual = {"calls": 20, "scored": 20, "unscored": 0, "dates": 15, "refusals": ""}
    given = {name: changes.get(name, [value] * count) for name, value in usual.items()}
    numbers = {name: np.array(given[name], dtype=np.int64) for name in list(usual)[:4]}
    chances = np.array(above, dtype=np.float64).reshape(count, 3)
    refusals = [str(each) for each in given["refusals"]]
    drawn = chances[:, :2]
    return Grounds(
        **numbers, refusals=refusals, above=drawn, below=1.0 - drawn, selection=chances[:, 2]
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"calls": [10]}, "above"),
        ({"calls": [9]}, "few_calls"),
        ({"calls": [9], "dates": [1], "refusals": ["no_sectors"]}, "few_calls"),
        ({"scored": [20], "unscored": [5]}, "above"),  # four fifths exactly
        ({"scored": [20], "unscored": [6]}, "unscored"),
        ({"dates": [5]}, "above"),
        ({"dates": [4]}, "few_days"),
        ({"refusals": ["no_sectors"]}, "no_sectors"),
        ({"refusals": ["few_in_sectors"]}, "few_in_sectors"),
    ],
)
def test_what_stands_in_the_way_of_a_verdict(
    changes: dict[str, Sequence[int | str]], reason: str
) -> None:
    (told,) = judge_sources(grounds_of([[0.001, 0.002, 0.003]], **changes))
    assert told == SourceVerdict("skilled" if reason == "above" else "cannot_tell", reason)


def test_the_worst_comparison_decides() -> None:
    rows = [[0.05, 0.05, 0.05], [0.001, 0.001, 0.3], [0.99, 0.98, 0.999], [0.99, 0.4, 0.999]]
    alone = [judge_sources(grounds_of([row]))[0] for row in rows]
    assert [each.word for each in alone] == [
        "skilled",
        "cannot_tell",
        "worse_than_chance",
        "cannot_tell",
    ]
    assert [each.reason for each in alone] == ["above", "overlap", "below", "chance"]


def test_verdicts_are_adjusted_for_the_number_of_sources_judged() -> None:
    rng = np.random.default_rng(4)
    above = rng.uniform(0.0, 1.0, (200, 3))
    above[:30] *= 0.004
    above[30:60] = 1 - 0.004 * above[30:60]
    calls = np.where(rng.random(200) < 0.3, 5, 20)
    told = judge_sources(grounds_of(above.tolist(), calls=calls.tolist()))
    judged = np.flatnonzero(calls == 20)
    for chances, word in ((above, "skilled"), (1 - above, "worse_than_chance")):
        drawn = chances[judged, :2].max(axis=1)
        kept = multipletests(drawn, 0.05, method="fdr_bh")[0] & (chances[judged, 2] <= 0.05)
        expected = set(judged[kept].tolist())
        assert {place for place, each in enumerate(told) if each.word == word} == expected
        assert len(expected) > 10


def test_one_low_chance_among_many_sources_is_chance() -> None:
    low = [0.03, 0.03, 0.03]
    assert judge_sources(grounds_of([low]))[0].word == "skilled"
    many = judge_sources(grounds_of([low] + [[0.5, 0.5, 0.5]] * 5))
    assert {(each.word, each.reason) for each in many} == {("cannot_tell", "chance")}
    # those that cannot be judged are not counted
    few = judge_sources(grounds_of([low] + [[0.5, 0.5, 0.5]] * 5, dates=[9, 4, 4, 4, 4, 4]))
    assert few[0].word == "skilled"


def test_a_comparison_that_is_not_a_number_tells_nothing_and_is_not_counted() -> None:
    told = judge_sources(grounds_of([[0.001, NAN, 0.001], [0.04, 0.04, 0.04]]))
    assert [each.word for each in told] == ["cannot_tell", "skilled"]
    assert told[0].reason == "chance"


def test_no_sources_have_no_verdicts() -> None:
    assert judge_sources(grounds_of([])) == ()
