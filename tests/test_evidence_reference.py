"""The evidence against a naive account of it, on made markets, on tiny ones, and on real ones."""

import datetime as dt
import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations
from pathlib import Path
from statistics import fmean as mean
from statistics import median
from typing import Any

import naive_evidence as naive
import numpy as np
import pandas as pd
import pytest
import scipy.stats
from naive_scorer import Closes, add_months, grade
from test_evidence_edges import spell

from backtests.evidence.case import Case, open_case
from backtests.evidence.chance.draws import draw_baskets, draw_means
from backtests.evidence.chance.placebo import Placebo
from backtests.evidence.controls.pools import Stratum
from backtests.evidence.controls.traits import past_volatility
from backtests.evidence.entries import Judgement
from backtests.evidence.result import Evidence
from backtests.evidence.trial import Trial
from backtests.evidence.weigh import weigh_evidence
from backtests.measures.regression import market_model
from screener import Panel
from screener.calendar import load_sessions
from screener.companies.membership import SectorTables, make_sectors
from screener.companies.sector_rows import Row
from universes import InputError, Report, Symbol, load_scale
from universes.market import market_of
from universes.report import Level, Pick, Publication, Theme
from universes.text import Text

Sector = Mapping[str, str | None]

SCALE = load_scale("soochow")
CSI, HSI = "000300.SH", "HSI.HK"
CLOSE = {"rel": 1e-12, "abs": 1e-12}
# Hong Kong is closed on the day after this one, the mainland is open
PUBLISHED = dt.date(2024, 5, 14)
FEW = Trial(horizons=(1, 3), draws=300, band_draws=100, resamples=100, seed=7)
SEEDS = (0, 1, 15, 39)


@dataclass(frozen=True)
class Made:
    """A made market, and a report on it."""

    closes: Closes
    markets: tuple[naive.Market, ...]
    sector: Sector
    report: Report

    @property
    def panel(self) -> Panel:
        return panel_of(self.closes)

    @property
    def tables(self) -> SectorTables:
        return tables_of(self.sector)

    @property
    def picks(self) -> list[str]:
        return [str(pick.symbol) for pick in self.report.picks]

    @property
    def market(self) -> dict[str, str]:
        return {share: m.benchmark for m in self.markets for share in m.shares}


def panel_of(closes: Closes) -> Panel:
    days = sorted({day for own in closes.values() for day in own})
    frame = pd.DataFrame(
        {s: [own.get(day, math.nan) for day in days] for s, own in closes.items()},
        index=pd.to_datetime(days),
        dtype=np.float64,
    )
    return Panel.from_frames({"price": frame, "total": frame})


def tables_of(sector: Sector) -> SectorTables:
    rows = [Row(s, each, None, math.nan) for s, each in sector.items() if each is not None]
    return SectorTables(
        (make_sectors("made", "a test", dt.date(2024, 1, 1), rows),) if rows else ()
    )


def report_of(picks: Sequence[tuple[str, str, Level]], published: dt.date = PUBLISHED) -> Report:
    """Make a report from symbols, themes and levels."""
    text = Text("甲", "A")
    themes = [
        Theme(
            theme,
            text,
            "1",
            "overweight",
            text,
            (),
            (),
            tuple(
                Pick(Symbol.parse(s), market_of(Symbol.parse(s)), text, level, "1", "推荐")
                for s, own, level in picks
                if own == theme
            ),
        )
        for theme in dict.fromkeys(own for _, own, _ in picks)
    ]
    date = Publication(published, inferred=False, window=(), evidence=())
    return Report("made", text, text, text, date, SCALE, tuple(themes))


def roll(seed: int) -> random.Random:
    """Return dice that fall as they did before."""
    return random.Random(seed)  # noqa: S311 - no secret hangs on it


@cache
def sessions_of(calendar: str) -> tuple[dt.date, ...]:
    return tuple(load_sessions(calendar, 2023, 2025).days.astype(object).tolist())


@cache
def make_market(seed: int, mainland: int = 17, hong_kong: int = 13) -> Made:
    """Make shares with halts, late listings and ends, sectors with gaps, and a report."""
    dice = roll(seed)
    closes: Closes = {}
    markets = []
    for index, calendar, codes in (
        (CSI, "XSHG", [f"{600000 + n}.SH" for n in range(mainland)]),
        (HSI, "XHKG", [f"{n + 1:04d}.HK" for n in range(hong_kong)]),
    ):
        days = [
            d for d in sessions_of(calendar) if dt.date(2023, 3, 1) <= d <= dt.date(2024, 9, 27)
        ]
        common = [dice.gauss(0, 0.01) for _ in days]
        closes[index] = _walk(dice, days, common, 0.002)
        for code in codes:
            closes[code] = _interrupt(dice, _walk(dice, days, common, 0.02))
        markets.append(
            naive.Market(
                index,
                sessions_of(calendar),
                (*codes, f"69{len(codes):02d}.HK") if index == HSI else tuple(codes),
            )
        )
    shares = [s for market in markets for s in market.shares]
    sector = {
        s: dice.choice(["甲", "乙", "丙", None] if dice.random() < 0.9 else [s]) for s in shares
    }
    chosen = [*dice.sample(shares[:mainland], 4), *dice.sample(shares[mainland:-1], 3), shares[-1]]
    closes[chosen[1]] = dict(closes[chosen[0]])
    levels: list[Level] = ["recommend", "recommend", "watch"]
    picks = [(s, "one" if n % 3 else "two", dice.choice(levels)) for n, s in enumerate(chosen)]
    return Made(closes, tuple(markets), sector, report_of(picks))


def _walk(
    dice: random.Random, days: Sequence[dt.date], common: Sequence[float], noise: float
) -> dict[dt.date, float]:
    price, found = dice.uniform(3, 80), {}
    for day, move in zip(days, common, strict=True):
        price *= math.exp(move + dice.gauss(0, noise))
        found[day] = round(price, 3)
    return found


def _interrupt(dice: random.Random, own: dict[dt.date, float]) -> dict[dt.date, float]:
    """Halt a share now and then, some around publication; list a few late and end a few early."""
    days = list(own)
    for _ in range(dice.randrange(4)):
        start = dice.randrange(len(days))
        for day in days[start : start + dice.randrange(1, 25)]:
            own.pop(day, None)
    fate = dice.random()
    around = days.index(next(day for day in days if day > PUBLISHED))
    if fate < 0.2:
        for day in days[around - 2 : around + dice.randrange(1, 14)]:
            own.pop(day, None)
    elif fate < 0.3:
        return {day: close for day, close in own.items() if day >= days[around - 30]}
    elif fate < 0.4:
        return {day: close for day, close in own.items() if day <= days[around + 40]}
    return own


@cache
def weigh(seed: int) -> Evidence:
    made = make_market(seed)
    return weigh_evidence(made.report, made.panel, made.tables, FEW)


@cache
def open_made(seed: int) -> Case:
    made = make_market(seed)
    return open_case(made.report, made.panel, SCALE, FEW, made.tables)


@cache
def score(seed: int, months: int) -> dict[str, naive.Scored]:
    made = make_market(seed)
    return naive.score_all(made.closes, made.markets, PUBLISHED, months)


def relative_of(seed: int, months: int) -> dict[str, float]:
    order = open_made(seed).population.symbols
    scores = score(seed, months)
    return {s: scores[s].relative for s in order if s in scores}


def members_of(seed: int, each: Judgement) -> list[str]:
    picks = make_market(seed).picks
    return [picks[n] for n in each.basket.picks]


def near(value: object) -> Any:  # noqa: ANN401 - as pytest has it
    return pytest.approx(value, nan_ok=True, **CLOSE)


# scores of the population


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("place", [0, 1])
def test_every_share_is_scored_as_the_naive_scorer_has_it(seed: int, place: int) -> None:
    population = open_made(seed).population
    scores = score(seed, FEW.horizons[place])
    assert {*population.symbols} == {*make_market(seed).market}
    for n, symbol in enumerate(population.symbols):
        expected = scores[symbol].relative if symbol in scores else math.nan
        assert population.relative[n, place] == near(expected), symbol
    assert 20 < len(scores) < len(population.symbols)


def test_the_made_markets_hold_what_they_are_made_for() -> None:
    late, stale, unknown, widened = 0, 0, 0, 0
    for seed in SEEDS:
        made = make_market(seed)
        first = {m.benchmark: min(d for d in m.sessions if d > PUBLISHED) for m in made.markets}
        late += sum(each.entry > first[made.market[s]] for s, each in score(seed, 3).items())
        stale += sum(each.stale > 10 for each in score(seed, 3).values())
        unknown += sum(made.sector[s] is None for s in made.picks)
        widened += sum(bool(p.widened) for j in weigh(seed).judgements for p in j.placebos)
    assert min(late, stale, unknown, widened) > 3
    assert first[CSI] < first[HSI]


# baskets


@pytest.mark.parametrize("seed", SEEDS)
def test_means_medians_hits_and_naive_tests_are_those_of_lists(seed: int) -> None:
    made = make_market(seed)
    level = {str(pick.symbol): pick.level for pick in made.report.picks}
    for each in weigh(seed).judgements:
        values = relative_of(seed, each.horizon_months)
        members = members_of(seed, each)
        own = [values[s] for s in members if s in values]
        assert (each.count, each.scored) == (len(members), len(own))
        assert each.mean == near(mean(own) if own else math.nan)
        assert each.median == near(median(own) if own else math.nan)
        if len(set(own)) > 1:
            told = scipy.stats.ttest_1samp(own, 0.0)
            assert each.naive.statistic == near(told.statistic)
            assert each.naive.p_value == near(told.pvalue)
        good = {s: grade(v) in {"buy", "overweight"} for s, v in values.items()}
        rated = [s for s in members if s in values and level[s] == "recommend"]
        assert (each.hits.rated, each.hits.hits) == (len(rated), sum(good[s] for s in rated))
        rates = [
            mean(
                good[s]
                for s in values
                if s not in made.picks and made.market[s] == made.market[pick]
            )
            for pick in rated
        ]
        assert each.hits.random == near(mean(rates) if rates else math.nan)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_split_is_that_of_a_loop_over_picks_and_adds_up(seed: int) -> None:
    made = make_market(seed)
    sector = sector_within(made)
    for each in weigh(seed).judgements:
        values = relative_of(seed, each.horizon_months)
        own = [s for s in members_of(seed, each) if s in values]
        told = each.split
        if not own:
            assert told is None
            continue
        eligible = [s for s in values if s in own or s not in made.picks]
        expected = naive.split(own, values, made.market, sector, eligible)
        assert told is not None
        assert told.mean == near(each.mean)
        assert told.breadth + told.sector + told.selection + told.unsplit == near(each.mean)
        for part in ("breadth", "sector", "selection", "unsplit"):
            assert getattr(told, part) == near(getattr(expected, part)), part
        unsplit = [
            s
            for s in own
            if not all(naive.has_peers(label, s, own, eligible) for label in (made.market, sector))
        ]
        assert [open_made(seed).population.symbols[n] for n in told.unsplit_picks] == unsplit


def test_without_late_entries_the_breadth_is_the_average_share_less_the_index() -> None:
    made = make_market(0)
    scores = score(0, 3)
    entry = Counter(each.entry for each in scores.values()).most_common(1)[0][0]
    closes = {
        s: own for s, own in made.closes.items() if s not in scores or scores[s].entry == entry
    }
    picks = [s for s in scores if s in closes and made.market[s] == CSI][:3]
    told = weigh_evidence(
        report_of([(s, "one", "recommend") for s in picks]), panel_of(closes), None, FEW
    ).judgement(months=3)
    own = [each.own for s, each in scores.items() if s in closes and made.market[s] == CSI]
    assert told.split is not None
    assert told.split.breadth == near(mean(own) - scores[picks[0]].benchmark)


# random baskets


def sector_within(made: Made) -> dict[str, tuple[str, str] | None]:
    """Give each share its sector within its market."""
    found: dict[str, tuple[str, str] | None] = {}
    for share, market in made.market.items():
        own = made.sector[share]
        found[share] = None if own is None else (market, own)
    return found


def alike_within(seed: int) -> dict[str, tuple[str, int] | None]:
    """Give each share its fifth by volatility within its market."""
    made = make_market(seed)
    days = sorted({day for own in made.closes.values() for day in own})
    deviations = {
        s: naive.past_volatility(made.closes.get(s, {}), days, PUBLISHED)
        for s in open_made(seed).population.symbols
    }
    part = naive.fifths(deviations, made.market)
    found: dict[str, tuple[str, int] | None] = {}
    for share, own in part.items():
        found[share] = None if own is None else (made.market[share], own)
    return found


def strata_of(seed: int, each: Judgement, pool: str) -> naive.Strata:
    made = make_market(seed)
    values = relative_of(seed, each.horizon_months)
    own = [s for s in members_of(seed, each) if s in values]
    # picks of other baskets were chosen as well
    eligible = [s for s in values if s in own or s not in made.picks]
    labels: dict[str, naive.Label] = {
        "market": made.market,
        "sector": sector_within(made),
        "alike": alike_within(seed),
    }
    return naive.find_strata(own, eligible, made.market, labels[pool], whole=pool == "market")


def places_of(seed: int, strata: naive.Strata) -> list[Stratum]:
    place = {s: n for n, s in enumerate(open_made(seed).population.symbols)}
    return [
        Stratum(np.array([place[s] for s in members]), count) for members, count in strata.parts
    ]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("pool", ["market", "sector", "alike"])
def test_a_basket_stands_among_the_drawn_ones_where_a_loop_places_it(seed: int, pool: str) -> None:
    symbols = open_made(seed).population.symbols
    for each in weigh(seed).judgements:
        (told,) = (p for p in each.placebos if p.pool == pool)
        strata = strata_of(seed, each, pool)
        assert (told.refusal, told.widened) == (strata.refusal, strata.widened)
        assert told.mean == near(each.mean)
        if strata.refusal:
            assert (told.draws, math.isnan(told.p_above), told.controls.count) == (0, True, 0)
            continue
        values = relative_of(seed, each.horizon_months)
        baskets = draw_baskets(places_of(seed, strata), FEW.draws, FEW.seed).T
        means = [mean(values[symbols[n]] for n in basket) for basket in baskets]
        assert told.expected == near(mean(means))
        assert told.percentile == near(naive.percentile(each.mean, means))
        assert told.p_above == near(naive.p_value(each.mean, means))
        worse = [-(one + 0.05) for one in means]
        assert told.p_short == near(naive.p_value(-each.mean, worse))
        parts = [told.low, told.middle, told.high]
        assert parts == near(np.quantile(means, [0.05, 0.5, 0.95]).tolist())
        assert told.bars.sum() == told.draws == FEW.draws
        assert told.edges[[0, -1]] == pytest.approx([min(means), max(means)], abs=1e-5)
        for bar, low, high in zip(told.bars, told.edges, told.edges[1:], strict=False):
            inside = sum(low + naive.BINARY < each < high - naive.BINARY for each in means)
            around = sum(low - naive.BINARY <= each <= high + naive.BINARY for each in means)
            assert inside <= bar <= around


@pytest.mark.parametrize("seed", SEEDS)
def test_controls_are_counted_market_by_market(seed: int) -> None:
    made = make_market(seed)
    population = open_made(seed).population
    entry = {
        s: naive.enter(made.closes, s, market, PUBLISHED)
        for market in made.markets
        for s in market.shares
    }
    first = {
        m.benchmark: min(e for s in m.shares if (e := entry[s]) is not None) for m in made.markets
    }
    for each in weigh(seed).judgements:
        scores = score(seed, each.horizon_months)
        own = [s for s in members_of(seed, each) if s in scores]
        markets = {made.market[s] for s in own}
        for told in each.placebos:
            parts = strata_of(seed, each, told.pool).parts
            drawn = {s for members, _ in parts for s in members} - set(own)
            if not parts:
                continue
            assert told.controls.count == len(drawn)
            assert told.controls.late == sum(scores[s].entry > first[made.market[s]] for s in drawn)
            assert told.controls.ended == sum(scores[s].stale > 10 for s in drawn)
            assert told.controls.unlisted == sum(
                entry[s] is None for s in population.symbols if made.market[s] in markets
            )


@pytest.mark.parametrize("seed", SEEDS)
def test_the_coverage_is_that_of_a_count(seed: int) -> None:
    made = make_market(seed)
    scores = score(seed, FEW.horizons[-1])
    for told, market in zip(weigh(seed).coverage, made.markets, strict=True):
        entered = [s for s in market.shares if naive.enter(made.closes, s, market, PUBLISHED)]
        named = [s for s in market.shares if made.sector[s] is not None]
        ended = [s for s in market.shares if s in scores and scores[s].stale > 10]
        assert told.benchmark == market.benchmark
        assert (told.priced, told.entered) == (len(market.shares), len(entered))
        assert told.ended == len(ended)
        assert (told.named, told.found) == (len(named), len({*named} & {*entered}))


@pytest.mark.parametrize("seed", SEEDS)
def test_past_volatility_is_that_of_a_loop(seed: int) -> None:
    made = make_market(seed)
    symbols = open_made(seed).population.symbols
    day = np.datetime64(PUBLISHED, "D")
    days = sorted({day for own in made.closes.values() for day in own})
    told = past_volatility(made.panel, symbols, day, "price")
    expected = [naive.past_volatility(made.closes.get(s, {}), days, PUBLISHED) for s in symbols]
    assert told.tolist() == near(expected)
    assert 0 < np.isnan(told).sum() < len(symbols) / 2


# picks


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_said_of_each_pick_is_that_of_lists(seed: int) -> None:
    made = make_market(seed)
    evidence = weigh(seed)
    months = evidence.graded_horizon
    values = relative_of(seed, months)
    scored = [s for s in made.picks if s in values]
    rest = dict(zip(scored, naive.leave_one_out([values[s] for s in scored]), strict=True))
    assert [each.symbol for each in evidence.picks] == made.picks
    for each in evidence.picks:
        own = values.get(each.symbol, math.nan)
        others = [
            v
            for s, v in values.items()
            if s not in made.picks and made.market[s] == made.market[each.symbol]
        ]
        assert each.relative == near(own)
        assert each.share == near(own / len(scored))
        assert each.mean_without == near(rest.get(each.symbol, math.nan))
        expected = math.nan if math.isnan(own) else naive.percentile(own, others)
        assert each.percentile == near(expected)
        assert each.sector == made.sector[each.symbol]
    best = sorted((values[s] for s in scored), reverse=True)
    expected_rest = [mean(best[k:]) for k in range(len(best))]
    missing = [math.nan] * (len(made.picks) - len(scored))
    assert evidence.without_best.tolist() == near([*expected_rest, *missing])


def pick_days(made: Made) -> list[dt.date]:
    """Return the days on which an exchange of the picks had a recorded session."""
    wanted = {made.market[s] for s in made.picks}
    days: set[dt.date] = set()
    for market in made.markets:
        if market.benchmark in wanted:
            days |= naive.recorded_days(made.closes, market)
    return sorted(days)


def split_returns(
    made: Made, symbol: str, months: int
) -> tuple[dict[dt.date, tuple[float, float]], dict[dt.date, tuple[float, float]]]:
    """Return a pick's returns beside its index's before publication, and while it was held."""
    days = pick_days(made)
    (market,) = (m for m in made.markets if symbol in m.shares)
    pairs = naive.paired_returns(made.closes.get(symbol, {}), made.closes[market.benchmark], days)
    window = [day for day in days if day <= PUBLISHED][-250:]
    past = {day: pair for day, pair in pairs.items() if day in window}
    last = max(naive.recorded_days(made.closes, market))
    scored = naive.score_share(made.closes, symbol, market, PUBLISHED, months, last)
    if scored is None:
        return past, {}
    held = {day: pair for day, pair in pairs.items() if scored.entry < day <= scored.exit}
    return past, held


@pytest.mark.parametrize("seed", SEEDS)
def test_a_picks_line_is_that_of_the_days_it_was_held(seed: int) -> None:
    evidence = weigh(seed)
    for each in evidence.picks:
        _, held = split_returns(make_market(seed), each.symbol, evidence.graded_horizon)
        assert each.model.observations == len(held)
        if len(held) < 20:
            assert math.isnan(each.model.beta)
            continue
        line = naive.fit_line(held)
        assert each.model.beta == pytest.approx(line.beta, rel=1e-9)
        assert each.model.alpha_per_period == pytest.approx(line.alpha, rel=1e-9, abs=1e-12)
        assert each.model.lags == math.floor(4 * (len(held) / 100) ** (2 / 9))
        assert each.model.alpha_annual == pytest.approx(252 * line.alpha, rel=1e-9, abs=1e-12)


def test_the_lags_of_three_hundred_days_are_five() -> None:
    """4 times 3 to the power of 2/9 is 5.1."""
    dice = roll(4)
    own, index = ([dice.gauss(0, 0.01) for _ in range(300)] for _ in range(2))
    assert market_model(np.array(own), np.array(index), 252).lags == 5


@pytest.mark.parametrize("seed", SEEDS)
def test_the_corrected_test_is_that_of_lines_fitted_one_by_one(seed: int) -> None:
    made = make_market(seed)
    for each in weigh(seed).judgements:
        residuals, scaled = [], []
        for symbol in members_of(seed, each):
            past, held = split_returns(made, symbol, each.horizon_months)
            if len(past) >= 60 and held:
                line = naive.fit_line(past)
                residuals.append(line.residuals)
                scaled.append(naive.scaled_return(line, held))
        correlation = naive.mean_correlation(residuals)
        assert each.correlation == pytest.approx(correlation, rel=1e-9, abs=1e-12, nan_ok=True)
        assert each.corrected.count == len(scaled)
        expected = naive.corrected_statistic(scaled, correlation)
        assert each.corrected.statistic == pytest.approx(expected, rel=1e-9, nan_ok=True)


# what moved together


@pytest.mark.parametrize("seed", SEEDS)
def test_picks_moved_together_as_much_as_pairs_one_by_one(seed: int) -> None:
    """Each pair weighs by the days that both have."""
    made, symbols = make_market(seed), open_made(seed).population.symbols
    window = [day for day in pick_days(made) if day <= PUBLISHED][-250:]
    moves: dict[str, Mapping[dt.date, float]] = {}
    for market in made.markets:
        for share in market.shares:
            pairs = naive.paired_returns(
                made.closes.get(share, {}), made.closes[market.benchmark], pick_days(made)
            )
            past = {day: pair for day, pair in pairs.items() if day in window}
            if len(past) >= 60:
                moves[share] = naive.fit_line(past).residuals
    for each in weigh(seed).judgements:
        members = members_of(seed, each)
        own = [s for s in members if s in moves]
        if len(own) < 2 or len(own) < 0.8 * len(members):
            assert np.isnan([each.together.correlation, each.together.chance]).all()
            continue
        observed = naive.mean_product([moves[s] for s in own])
        assert each.together.correlation == near(observed)
        eligible = [s for s in symbols if s in moves and (s in own or s not in made.picks)]
        strata = naive.find_strata(own, eligible, made.market, sector_within(made), whole=False)
        if strata.refusal:
            assert math.isnan(each.together.chance)
            continue
        baskets = draw_baskets(places_of(seed, strata), FEW.band_draws, FEW.seed).T
        drawn = [naive.mean_product([moves[symbols[n]] for n in basket]) for basket in baskets]
        assert each.together.random == near(mean(drawn))
        width = [1 + (len(own) - 1) * r for r in (observed, mean(drawn))]
        assert each.together.spread == near(math.sqrt(width[0] / width[1]))
        assert each.together.chance == near(naive.p_value(observed, drawn))


# the path


@pytest.mark.parametrize("seed", SEEDS)
def test_the_path_is_that_of_a_loop_over_days_with_the_last_close_carried(seed: int) -> None:
    made = make_market(seed)
    path = weigh(seed).path
    assert path is not None
    days = [day.astype(object) for day in path.dates]
    paths, entries, exits = follow_picks(made, days)
    recorded = pick_days(made)
    start = recorded.index(min(entries))
    assert days == [d for d in recorded[start - 20 :] if d <= max(exits)]
    for row in range(len(days)):
        known = [each[row] for each in paths if not math.isnan(each[row])]
        assert path.counted[row] == len(known)
        assert path.mean[row] == near(mean(known) if known else math.nan)


def follow_picks(
    made: Made, days: Sequence[dt.date]
) -> tuple[list[list[float]], list[dt.date], list[dt.date]]:
    """Return each entered pick's path, and its entry and last exit."""
    paths, entries, exits = [], [], []
    for symbol in made.picks:
        (market,) = (m for m in made.markets if symbol in m.shares)
        entry = naive.enter(made.closes, symbol, market, PUBLISHED)
        if entry is not None:
            index = made.closes[market.benchmark]
            paths.append(naive.event_path(made.closes[symbol], index, entry, days))
            entries.append(entry)
            leave = naive.last_of(market.sessions, add_months(entry, FEW.horizons[-1]))
            assert leave is not None
            exits.append(leave)
    return paths, entries, exits


@pytest.mark.parametrize("seed", SEEDS)
def test_the_band_is_that_of_the_drawn_shares_paths(seed: int) -> None:
    made = make_market(seed)
    path = weigh(seed).path
    assert path is not None
    days = [day.astype(object) for day in path.dates]
    lines = {
        s: naive.event_path(made.closes[s], made.closes[market.benchmark], entry, days)
        for market in made.markets
        for s in market.shares
        if (entry := naive.enter(made.closes, s, market, PUBLISHED)) is not None
    }
    symbols = open_made(seed).population.symbols
    whole = [s for s in symbols if s in lines and not any(map(math.isnan, lines[s]))]
    own = [s for s in made.picks if s in whole]
    strata = naive.find_strata(own, whole, made.market, made.market, whole=True)
    baskets = draw_baskets(places_of(seed, strata), FEW.band_draws, FEW.seed).T
    assert path.draws == FEW.band_draws
    for row in range(0, len(days), 9):
        drawn = [mean(lines[symbols[n]][row] for n in basket) for basket in baskets]
        expected = np.quantile(drawn, [0.05, 0.5, 0.95]).tolist()
        assert [path.low[row], path.middle[row], path.high[row]] == near(expected)


def test_a_path_ends_where_the_scores_do() -> None:
    """All enter and leave on the same days here, so the path's end is the mean of the scores."""
    closes = steady_market(9, 0)
    told = weigh_evidence(report_on(closes, 4), panel_of(closes), None, FEW)
    assert told.path is not None
    days = told.path.dates.tolist()
    for months, last in told.path.exits:
        mean_then = told.path.mean[days.index(last.astype(object))]
        assert mean_then == near(told.judgement(months=months).mean)
    assert [months for months, _ in told.path.exits] == [1, 3]
    assert told.path.mean[20] == near(0.0)
    assert days[20] == dt.date(2024, 5, 15)


# chance: every basket of a tiny market


def steady_market(mainland: int, hong_kong: int, seed: int = 3) -> Closes:
    """Make shares without gaps, which move a step a day so that horizons differ."""
    dice = roll(seed)
    closes: Closes = {}
    for index, calendar, codes in (
        (CSI, "XSHG", [f"{600000 + n}.SH" for n in range(mainland)]),
        (HSI, "XHKG", [f"{n + 1:04d}.HK" for n in range(hong_kong)]),
    ):
        days = [d for d in sessions_of(calendar) if dt.date(2024, 4, 1) <= d <= dt.date(2024, 9, 2)]
        for code in [index, *codes] if codes else []:
            closes[code] = _walk(dice, days, [0.0] * len(days), 0.02)
    return closes


def report_on(closes: Closes, mainland: int, hong_kong: int = 0, themes: int = 1) -> Report:
    """Recommend the first shares of each market, theme by theme."""
    shares = [s for s in closes if s not in {CSI, HSI}]
    first = [s for s in shares if s.endswith(".SH")][:mainland]
    first += [s for s in shares if s.endswith(".HK")][:hong_kong]
    return report_of([(s, f"theme{n % themes}", "recommend") for n, s in enumerate(first)])


def list_returns(closes: Closes, months: int) -> dict[str, float]:
    """Return the relative return of every share."""
    markets = [
        naive.Market(
            index,
            sessions_of(calendar),
            tuple(s for s in closes if s.endswith(ending) and s != index),
        )
        for index, calendar, ending in ((CSI, "XSHG", ".SH"), (HSI, "XHKG", ".HK"))
        if index in closes
    ]
    found = naive.score_all(closes, markets, PUBLISHED, months)
    return {s: each.relative for s, each in found.items()}


def check_against_all(told: Placebo, means: Sequence[float], draws: int) -> None:
    """Compare drawn figures with those of all baskets, within five standard errors."""

    def close(value: float, share: float) -> bool:
        return abs(value - share) <= 5 * math.sqrt(max(share * (1 - share), 0.01) / draws)

    good = sum(each >= told.mean - naive.BINARY for each in means) / len(means)
    short = sum(each + 0.05 <= told.mean + naive.BINARY for each in means) / len(means)
    assert close(told.percentile, naive.percentile(told.mean, means))
    assert close(told.p_above, good)
    assert close(told.p_short, short)
    error = 5 * float(np.std(means)) / math.sqrt(draws)
    assert told.expected == pytest.approx(mean(means), abs=error)
    assert told.draws == draws


@pytest.mark.parametrize("months", [1, 3])
def test_a_tiny_markets_chances_are_those_of_all_its_baskets(months: int) -> None:
    closes = steady_market(7, 6)
    values = list_returns(closes, months)
    trial = replace(FEW, draws=20_000)
    evidence = weigh_evidence(report_on(closes, 3, 2, themes=2), panel_of(closes), None, trial)
    picks = [str(pick.symbol) for pick in evidence.report.picks]
    for each in evidence.judgements:
        if each.horizon_months != months or each.basket.group == "level":
            continue
        own = [picks[n] for n in each.basket.picks]
        left = {s: v for s, v in values.items() if s in own or s not in picks}
        parts = [
            ([v for s, v in left.items() if s.endswith(ending)], count)
            for ending in (".SH", ".HK")
            if (count := sum(s.endswith(ending) for s in own))
        ]
        check_against_all(each.placebos[0], naive.all_means(parts), trial.draws)


def test_the_best_basket_of_all_has_the_least_chance_there_is_however_its_picks_are_ordered() -> (
    None
):
    """Drawn again it is a tie, which binary arithmetic must not lose: 1 of 56 baskets."""
    closes = steady_market(8, 0, seed=5)
    values = list_returns(closes, 3)
    best = sorted(values, key=values.__getitem__)[-3:]
    for order in ([0, 1, 2], [2, 0, 1], [1, 2, 0]):
        picks: list[tuple[str, str, Level]] = [(best[n], "one", "recommend") for n in order]
        trial = replace(FEW, draws=5_000)
        told = weigh_evidence(report_of(picks), panel_of(closes), None, trial).judgement()
        assert told.placebos[0].p_above == pytest.approx(1 / 56, abs=5 * math.sqrt(1 / 56 / 5_000))


def test_over_all_baskets_no_chance_is_met_more_often_than_it_says() -> None:
    closes = steady_market(7, 0, seed=8)
    values, panel = list_returns(closes, 3), panel_of(closes)
    trial = replace(FEW, draws=4_000)
    chances = []
    for basket in combinations(values, 3):
        report = report_of([(s, "one", "recommend") for s in basket])
        chances.append(weigh_evidence(report, panel, None, trial).judgement().placebos[0].p_above)
    expected = [n / 35 for n in range(1, 36)]
    assert sorted(chances) == pytest.approx(expected, abs=5 * math.sqrt(0.25 / 4_000))
    assert len(chances) == 35


def test_sectors_and_the_rest_of_the_market_are_drawn_from_apart() -> None:
    """Of six picks five have peers in two sectors; for the sixth any other share may be drawn."""
    closes = steady_market(22, 0, seed=9)
    values = list_returns(closes, 3)
    shares = list(values)
    sector = {s: "甲" if n in {0, 1, *range(6, 10)} else "乙" for n, s in enumerate(shares[:14])}
    sector[shares[5]] = "丙"
    trial = replace(FEW, draws=20_000)
    told = weigh_evidence(report_on(closes, 6), panel_of(closes), tables_of(sector), trial)
    placebo = told.judgement(months=3).placebos[1]
    assert placebo.widened == (shares[5],)
    parts = [
        ([values[s] for s in shares if sector.get(s) == "甲"], 2),
        ([values[s] for s in shares if sector.get(s) == "乙"], 3),
        ([values[s] for s in shares if sector.get(s) not in {"甲", "乙"}], 1),
    ]
    assert placebo.controls.count == 22 - 6
    check_against_all(placebo, naive.all_means(parts), trial.draws)


# draws


def draw_two(draws: int, seed: int = 1) -> list[tuple[int, ...]]:
    strata = [Stratum(np.array([3, 4, 8, 9, 11]), 2), Stratum(np.array([0, 1, 7]), 1)]
    return [tuple(basket) for basket in draw_baskets(strata, draws, seed).T.tolist()]


def test_all_baskets_are_drawn_equally_often() -> None:
    seen = Counter((frozenset(b[:2]), b[2]) for b in draw_two(30_000))
    assert len(seen) == math.comb(5, 2) * 3
    assert scipy.stats.chisquare(list(seen.values())).pvalue > 1e-4


def test_halves_and_wholes_of_a_stratum_are_drawn_equally_often() -> None:
    halves = draw_baskets([Stratum(np.arange(6), 3)], 20_000, 2).T.tolist()
    seen = Counter(frozenset(basket) for basket in halves)
    assert len(seen) == 20
    assert scipy.stats.chisquare(list(seen.values())).pvalue > 1e-4
    whole = draw_baskets([Stratum(np.arange(4), 4)], 50, 2).T.tolist()
    assert {tuple(sorted(basket)) for basket in whole} == {(0, 1, 2, 3)}


def test_one_draw_says_nothing_of_the_next() -> None:
    first = [min(basket) for basket in draw_baskets([Stratum(np.arange(9), 3)], 20_000, 4).T]
    told = scipy.stats.pearsonr(first[:-1], first[1:])
    assert abs(told.statistic) < 5 / math.sqrt(20_000)


def test_no_share_is_twice_in_a_basket_and_each_stratum_gives_its_number() -> None:
    for basket in draw_two(2_000):
        assert len(set(basket)) == 3
        assert len({3, 4, 8, 9, 11}.intersection(basket)) == 2
        assert len({0, 1, 7}.intersection(basket)) == 1


def test_a_seed_gives_the_same_baskets_however_many_are_drawn_after_them() -> None:
    many = draw_two(12_345)
    assert draw_two(12_345) == many
    assert draw_two(10_000) == many[:10_000]
    assert draw_two(12_345, seed=2) != many
    assert many[:5_000] != many[5_000:10_000]
    together = Counter(many[:5_000]) & Counter(draw_two(5_000, seed=2))
    assert draw_two(5_000, seed=2) != many[5_000:10_000]
    assert together.total() < 5_000


@pytest.mark.parametrize("count", [0, -1, 4])
def test_no_more_and_no_fewer_shares_are_drawn_than_there_are(count: int) -> None:
    with pytest.raises(InputError, match=f"^{count} shares cannot be drawn from 3"):
        Stratum(np.array([0, 1, 7]), count)


def test_means_are_those_of_the_baskets_whoever_draws() -> None:
    dice = roll(5)
    values = np.array([[dice.gauss(0, 1), dice.gauss(0, 1)] for _ in range(12)])
    strata = [Stratum(np.array([3, 4, 8, 9, 11]), 2), Stratum(np.array([0, 1, 7]), 1)]
    alone = draw_means(values, strata, 5_100, 1)
    expected = [[mean(values[n, h] for n in basket) for h in (0, 1)] for basket in draw_two(5_100)]
    assert alone.tolist() == [near(row) for row in expected]
    assert np.array_equal(draw_means(values, strata, 5_100, 1, workers=2), alone)


# nothing later is read


def corrupt(closes: Closes, after: dt.date, seed: int = 1) -> Closes:
    """Replace, remove and add closes after a day; each exchange keeps its sessions."""
    dice = roll(seed)
    days = {s: own.keys() for s, own in closes.items()}
    sessions = {
        ending: sorted({d for s, own in days.items() if s.endswith(ending) for d in own})
        for ending in (".SH", ".HK")
    }
    found: Closes = {}
    for symbol, own in closes.items():
        found[symbol] = {day: close for day, close in own.items() if day <= after}
        for day in sessions[symbol[-3:]]:
            if day > after and (symbol in {CSI, HSI} or dice.random() < 0.7):
                found[symbol][day] = dice.uniform(1, 100)
    return found


@pytest.mark.parametrize("as_of", [dt.date(2024, 6, 20), dt.date(2024, 8, 21)])
def test_what_comes_after_the_as_of_day_changes_nothing(as_of: dt.date) -> None:
    made = make_market(1)
    changed = panel_of(corrupt(made.closes, as_of))
    before = weigh_evidence(made.report, made.panel, made.tables, FEW, as_of=as_of)
    after = weigh_evidence(made.report, changed, made.tables, FEW, as_of=as_of)
    assert spell(before) == spell(after)
    whole = weigh_evidence(made.report, changed, made.tables, FEW)
    assert spell(whole) != spell(before)


def test_what_comes_after_the_last_exit_changes_nothing() -> None:
    made = make_market(1)
    last = max(each.exit for each in score(1, FEW.horizons[-1]).values())
    changed = corrupt(made.closes, last)
    assert changed != made.closes
    told = weigh_evidence(made.report, panel_of(changed), made.tables, FEW)
    assert spell(told) == spell(weigh(1))


def test_what_comes_after_publication_is_not_known_when_shares_are_matched() -> None:
    made = make_market(1)
    entered = max(
        e
        for m in made.markets
        for s in m.shares
        if (e := naive.enter(made.closes, s, m, PUBLISHED)) is not None
    )
    before = open_made(1)
    for day in (PUBLISHED, entered):
        changed = panel_of(corrupt(made.closes, day))
        after = open_case(made.report, changed, SCALE, FEW, made.tables)
        assert np.array_equal(after.alike.label, before.alike.label)
        assert np.array_equal(after.sector.label, before.sector.label)
        window = before.returns.estimation
        assert np.array_equal(
            after.returns.returns.own[window], before.returns.returns.own[window], equal_nan=True
        )
        lines = [case.returns.scale(0).residuals for case in (before, after)]
        assert np.array_equal(lines[0], lines[1], equal_nan=True)
        assert np.array_equal(after.moves.scaled, before.moves.scaled)
        assert not np.array_equal(
            after.population.relative, before.population.relative, equal_nan=True
        )


def test_returns_up_to_the_entry_are_no_part_of_the_event() -> None:
    closes = steady_market(8, 0)
    entry = dt.date(2024, 5, 15)
    moved = {s: dict(own) for s, own in closes.items()}
    moved["600000.SH"] = {d: c * 2 if d >= entry else c for d, c in moved["600000.SH"].items()}
    before, after = (
        weigh_evidence(report_on(each, 3), panel_of(each), None, FEW) for each in (closes, moved)
    )
    assert before.records() == after.records()
    assert before.picks[0].model.beta == near(after.picks[0].model.beta)
    assert before.picks[0].model.observations == after.picks[0].model.observations


# real prices


@dataclass(frozen=True)
class Real:
    """The larger market data, as dictionaries and as a panel."""

    closes: Closes
    panel: Panel
    markets: tuple[naive.Market, ...]
    sector: Sector


@pytest.fixture(scope="module")
def real(market_folder: Path) -> Real:
    bars = pd.concat(
        pd.read_parquet(
            market_folder / f"{name}_daily.parquet", columns=["symbol", "date", "close"]
        )
        for name in ("cn", "hk", "index")
    )
    bars = bars[(bars["date"] >= "2024-01-01") & (bars["date"] < "2025-01-01")]
    table = bars.pivot_table(index="date", columns="symbol", values="close")
    closes: Closes = {}
    days = bars["date"].dt.date
    for symbol, day, close in zip(bars["symbol"], days, bars["close"], strict=True):
        closes.setdefault(symbol, {})[day] = close
    mainland = tuple(s for s in closes if s.endswith((".SH", ".SZ")) and not s.startswith("000985"))
    markets = (
        naive.Market(CSI, sessions_of("XSHG"), tuple(s for s in mainland if s != CSI)),
        naive.Market(
            HSI, sessions_of("XHKG"), tuple(s for s in closes if s.endswith(".HK") and s != HSI)
        ),
    )
    names = [pd.read_csv(market_folder / f"{name}_names.csv") for name in ("cn", "hk")]
    told = pd.concat(names).dropna(subset=["industry"])
    sector = {s: None for m in markets for s in m.shares}
    sector |= dict(zip(told["symbol"], told["industry"], strict=True))
    return Real(closes, Panel.from_frames({"total": table}), markets, sector)


@pytest.mark.market
def test_real_picks_are_held_against_real_shares_as_loops_have_it(
    real: Real, report: Report
) -> None:
    trial = Trial(horizons=(6,), draws=200, band_draws=100, resamples=100, seed=7)
    tables = tables_of({s: each for s, each in real.sector.items() if isinstance(each, str)})
    evidence = weigh_evidence(report, real.panel, tables, trial)
    published = report.publication.date
    scores = naive.score_all(real.closes, real.markets, published, 6)
    values = {s: each.relative for s, each in sorted(scores.items())}
    market = {s: m.benchmark for m in real.markets for s in m.shares}
    sector = {s: (market[s], told) if (told := real.sector[s]) else None for s in market}
    picks = [str(pick.symbol) for pick in report.picks]
    assert len(values) > 2_900
    assert evidence.trial.basis == "total"
    assert sum(each.entered for each in evidence.coverage) >= len(values)
    for each in evidence.judgements:
        own = [s for s in (picks[n] for n in each.basket.picks) if s in values]
        eligible = [s for s in values if s in own or s not in picks]
        assert each.mean == near(mean(values[s] for s in own))
        expected = naive.split(own, values, market, sector, eligible)
        assert each.split is not None
        for part in ("breadth", "sector", "selection", "unsplit"):
            assert getattr(each.split, part) == near(getattr(expected, part)), each.basket.name
        labels: tuple[naive.Label, ...] = (market, sector)
        for placebo, label in zip(each.placebos[:2], labels, strict=True):
            strata = naive.find_strata(own, eligible, market, label, whole=label is market)
            assert (placebo.refusal, placebo.widened) == (strata.refusal, strata.widened)
            assert placebo.controls.count == len(
                {s for members, _ in strata.parts for s in members} - {*own}
            )
            if strata.parts:
                size = sum(count for _, count in strata.parts)
                centre = sum(
                    count * mean(values[s] for s in members) for members, count in strata.parts
                )
                spread = (placebo.high - placebo.low) / 3.29
                assert abs(placebo.expected - centre / size) < 5 * spread / math.sqrt(trial.draws)
    check_real_path(real, evidence, picks)


def check_real_path(real: Real, evidence: Evidence, picks: Sequence[str]) -> None:
    path = evidence.path
    assert path is not None
    days = [day.astype(object) for day in path.dates]
    lines = []
    for symbol in picks:
        (market,) = (m for m in real.markets if symbol in m.shares)
        entry = naive.enter(real.closes, symbol, market, evidence.report.publication.date)
        assert entry is not None
        index = real.closes[market.benchmark]
        lines.append(naive.event_path(real.closes[symbol], index, entry, days))
    for row in range(len(days)):
        known = [line[row] for line in lines if not math.isnan(line[row])]
        assert path.mean[row] == near(mean(known))
        assert path.counted[row] == len(known)
