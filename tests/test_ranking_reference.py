"""The ranking of sources against a naive one: made markets, real ones, and what must hold."""

import datetime as dt
import math
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import hypothesis
import naive_ranking as naive
import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import strategies as st
from naive_scorer import Closes, add_months

from backtests.convention import Convention, Relative
from backtests.outcome import Outcome
from backtests.ranking.prices import PriceSource
from backtests.ranking.rank import rank_sources
from backtests.ranking.result import Ranking, SourceScore
from backtests.ranking.terms import By, RankTerms
from backtests.scorer import Scorer
from backtests.scoring import Recommendations, score_recommendations
from backtests.spread import Workers
from screener import Panel
from screener.calendar import load_sessions
from screener.companies.membership import SectorTables, make_sectors
from screener.companies.sector_rows import Row
from screener.panel import Quote
from screener.ratings.table import Ratings, Rejections, read_ratings
from universes import Symbol, load_scale
from universes.rating import edges

D = dt.date
Case = Mapping[str, Any]
SEEDS = range(3)
HORIZONS = (1, 3, 6)
FIRST, LAST = D(2022, 10, 10), D(2024, 9, 27)
DRAWS, AGAIN = 2000, 8000
# where so many or fewer sets lie on one side, twenty times as many are drawn
FEW_BEYOND = 10
COMMON = "soochow"
STANDARDS = {
    "东吴证券": "soochow",
    "兴业证券": "industrial",
    "国泰君安证券": "guotai_junan",
    "宏信证券": "hongxin",
    "海通国际": "haitong_international",
    "甲": COMMON,
    "乙": COMMON,
    "先知": COMMON,
    "反指": COMMON,
    "一日": COMMON,
    "五日": COMMON,
    "未来": COMMON,
}
# both exchanges are open on the day after each
FIVE = (D(2023, 3, 15), D(2023, 5, 17), D(2023, 8, 16), D(2023, 11, 15), D(2024, 1, 17))
AUTHORS = ("张三", "李四", "王五", "赵六", "Ann Li")
# a table that fails is small enough, and each costs half a second
FEW = partial(hypothesis.settings, phases=[hypothesis.Phase.generate])
CSI = "000300.SH"
MARKETS = (
    (CSI, "XSHG", [f"{600000 + n}.SH" for n in range(12)]),
    (CSI, "XSHG", [f"{n + 1:06d}.SZ" for n in range(10)]),
    ("899050.BJ", "XSHG", [f"{920000 + n}.BJ" for n in range(3)]),
    ("HSI.HK", "XHKG", [f"{n + 1:04d}.HK" for n in range(13)]),
)


@dataclass(frozen=True)
class Made:
    """A made market, and ratings of its shares."""

    world: naive.World
    ratings: tuple[naive.Rating, ...]
    standards: Mapping[str, naive.Standard]
    basis: Quote = "price"

    @property
    def panel(self) -> Panel:
        frames: dict[Quote, pd.DataFrame] = {self.basis: frame_of(self.world.closes)}
        if self.world.raw:
            frames["raw"] = frame_of(self.world.raw)
        if self.world.opens is None:
            return Panel.from_frames(frames)
        return Panel.from_frames(frames, {self.basis: frame_of(self.world.opens)})

    @property
    def tables(self) -> SectorTables | None:
        return tables_of(self.world.sectors)


def roll(seed: object) -> random.Random:
    """Return dice that fall as they did before."""
    return random.Random(str(seed))  # noqa: S311 - no secret hangs on it


@cache
def sessions_of(calendar: str) -> tuple[D, ...]:
    return tuple(load_sessions(calendar, 2017, 2026).days.astype(object).tolist())


@cache
def standards() -> dict[str, naive.Standard]:
    return {house: naive.read_standard(name) for house, name in STANDARDS.items()}


# Made markets


def make_closes(dice: random.Random) -> Closes:
    """Make shares with halts, late listings and ends, and days of which nothing is kept."""
    closes: Closes = {}
    for index, calendar, codes in MARKETS:
        days = [d for d in sessions_of(calendar) if FIRST <= d <= LAST]
        if calendar == "XHKG":
            # the prices of one exchange end before those of the others
            days = days[:-12]
        common = [dice.gauss(0, 0.01) for _ in days]
        closes.setdefault(index, walk(dice, days, common, 0.002))
        for code in codes:
            closes[code] = interrupt(dice, walk(dice, days, common, 0.02))
    for calendar in ("XSHG", "XHKG"):
        for day in dice.sample([d for d in sessions_of(calendar) if FIRST < d < LAST], 4):
            for symbol, own in closes.items():
                if naive.calendar_of(symbol) == calendar:
                    own.pop(day, None)
    beijing = closes["899050.BJ"]
    for day in dice.sample(sorted(beijing), 5):
        del beijing[day]
    closes["899050.BJ"] = {d: v for d, v in beijing.items() if d <= D(2024, 7, 31)}
    return closes


def walk(
    dice: random.Random, days: Sequence[D], common: Sequence[float], noise: float
) -> dict[D, float]:
    price, found = dice.uniform(3, 80), {}
    for day, move in zip(days, common, strict=True):
        price *= math.exp(move + dice.gauss(0, noise))
        found[day] = round(price, 3)
    return found


def interrupt(dice: random.Random, own: dict[D, float]) -> dict[D, float]:
    """Halt a share now and then; list a few late and end a few early."""
    days = list(own)
    for _ in range(dice.randrange(5)):
        start = dice.randrange(len(days))
        for day in days[start : start + dice.randrange(1, 25)]:
            own.pop(day, None)
    fate = dice.random()
    turn = days[dice.randrange(len(days))]
    if fate < 0.12:
        return {day: close for day, close in own.items() if day >= turn}
    if fate < 0.24:
        return {day: close for day, close in own.items() if day <= turn}
    return own


def make_raw(dice: random.Random, closes: Closes) -> Closes:
    """Give each share a split or two, after which its printed prices are lower."""
    raw: Closes = {}
    for symbol, own in closes.items():
        if not naive.is_share(symbol):
            continue
        splits = [(FIRST + dt.timedelta(dice.randrange(700)), dice.choice([2.0, 1.3]))]
        raw[symbol] = {
            day: close * math.prod(f for since, f in splits if day < since)
            for day, close in own.items()
        }
    return raw


def make_sectors_of(dice: random.Random, shares: Sequence[str]) -> dict[str, list[naive.Began]]:
    """Give most shares a sector, and a few another from some day on."""
    sectors: dict[str, list[naive.Began]] = {}
    for share in shares:
        if dice.random() < 0.9:
            sectors[share] = [(None, dice.choice("甲乙"))]
        if dice.random() < 0.2:
            since = FIRST + dt.timedelta(dice.randrange(700))
            sectors.setdefault(share, []).append((since, dice.choice("甲乙丙")))
    return sectors


def make_ratings(dice: random.Random, closes: Closes, count: int = 480) -> list[naive.Rating]:
    """Make ratings on any day of the week; a few houses rate the same few shares over and over."""
    shares = [s for s in closes if naive.is_share(s)]
    days = (LAST - FIRST).days
    stances: dict[tuple[str, str, D], str] = {}
    found = []
    for line in range(2, count + 2):
        house = dice.choice([*STANDARDS, "先知", "先知", "反指", "反指"])
        symbol = dice.choice(shares[:: 1 if house in {"甲", "先知", "反指"} else 5])
        day = FIRST + dt.timedelta(dice.randrange(-5, days + 3))
        if house == "一日":
            day = D(2023, 5, 6)
        if house == "五日":
            day = dice.choice(FIVE)
            traded = [s for s in shares if day + dt.timedelta(1) in closes[s]]
            symbol = dice.choice(traded)
        if line == 2:
            # years before the prices begin
            day = D(2018, 3, 3)
        if house == "未来":
            day = LAST - dt.timedelta(dice.randrange(20))
        bands = standards()[house].bands
        band = dice.choice(bands)
        if house in {"先知", "反指"}:
            good = ahead(closes[symbol], day) > 0
            band = bands[0] if good == (house == "先知") else bands[-1]
        if stances.setdefault((house, symbol, day), band.stance) != band.stance:
            continue
        close = naive.last_until(sorted(closes[symbol]), day)
        price = closes[symbol][close] if close else dice.uniform(5, 50)
        found.append(
            naive.Rating(
                line,
                day,
                symbol,
                band.grade,
                house,
                tuple(dice.sample(AUTHORS, dice.choice([0, 1, 1, 2]))),
                make_target(dice, price),
                round(price * dice.uniform(0.95, 1.05), 2) if dice.random() < 0.4 else None,
                dice.choice([3, 9, 12, 18]) if dice.random() < 0.3 else None,
            )
        )
    return found


def make_target(dice: random.Random, price: float) -> float | None:
    """Set a target near or far from a price, or none."""
    away = dice.choice([0.01, 0.4])
    return round(price * dice.uniform(1 - away, 1 + away), 2) if dice.random() < 0.6 else None


def repeat(dice: random.Random, found: Sequence[naive.Rating], share: float) -> list[naive.Rating]:
    """Rate some shares again on the same day, with another grade, target or author."""
    again: list[naive.Rating] = []
    for rating in found:
        if dice.random() < share:
            standard = standards()[rating.house]
            stance = standard.stance(rating.grade)
            alike = [band.grade for band in standard.bands if band.stance == stance]
            again.append(
                replace(
                    rating,
                    line=len(found) + 1000 + len(again),
                    grade=dice.choice(alike),
                    target=dice.choice([None, rating.target, round(dice.uniform(5, 50), 2)]),
                    months=dice.choice([None, 24]),
                    # named twice, an author is one all the same
                    analysts=(dice.choice(AUTHORS),) * dice.choice([1, 2]),
                )
            )
    return again


def ahead(own: Mapping[D, float], day: D) -> float:
    """What a share did in the month after a day."""
    later = [close for each, close in sorted(own.items()) if 0 < (each - day).days <= 32]
    return later[-1] / later[0] - 1 if later else 0.0


@cache
def make(seed: int, *, sectors: bool = True) -> Made:
    dice = roll(seed)
    closes = make_closes(dice)
    raw = make_raw(dice, closes)
    told = make_sectors_of(dice, [s for s in closes if naive.is_share(s)])
    ratings = make_ratings(dice, closes)
    ratings += repeat(dice, ratings, 0.1)
    sessions = {name: sessions_of(name) for name in ("XSHG", "XHKG")}
    world = naive.World(closes, sessions, raw, sectors=told if sectors else {})
    return Made(world, tuple(ratings), standards())


def frame_of(closes: Closes) -> pd.DataFrame:
    days = sorted({day for own in closes.values() for day in own})
    return pd.DataFrame(
        {s: [own.get(day, math.nan) for day in days] for s, own in closes.items()},
        index=pd.to_datetime(days),
        dtype=np.float64,
    )


def tables_of(sectors: Mapping[str, Sequence[naive.Began]]) -> SectorTables | None:
    rows = [Row(s, name, since, math.nan) for s, own in sectors.items() for since, name in own]
    if not rows:
        return None
    return SectorTables((make_sectors("made", "a test", D(2022, 1, 1), rows),))


# The product's input


def table_of(ratings: Sequence[naive.Rating], scales: Mapping[str, str] | None = None) -> Ratings:
    """Lay ratings out as they stand once they are read and accepted."""
    named = scales or STANDARDS
    rows = sorted(
        ratings,
        key=lambda r: (r.day, Symbol.parse(r.symbol), r.house, "、".join(r.analysts), r.line),
    )
    symbols = tuple(sorted({Symbol.parse(each.symbol) for each in rows}))
    houses = tuple(sorted({each.house for each in rows}))
    analysts = tuple(sorted({"、".join(each.analysts) for each in rows}))
    words = tuple(sorted({each.grade for each in rows}))
    ids = sorted({named[each.house] for each in rows})
    scales_of = tuple(load_scale(each) for each in ids)
    bands = [[b.grade for b in reversed(naive.read_standard(each).bands)] for each in ids]
    scale = [ids.index(named[each.house]) for each in rows]
    stance = {"bullish": 1, "neutral": 0, "bearish": -1}
    return Ratings(
        published=np.array([each.day for each in rows], "datetime64[D]"),
        symbols=symbols,
        symbol=coded([Symbol.parse(each.symbol) for each in rows], symbols),
        houses=houses,
        house=coded([each.house for each in rows], houses),
        analysts=analysts,
        analyst=coded(["、".join(each.analysts) for each in rows], analysts),
        words=words,
        word=coded([each.grade for each in rows], words),
        scales=scales_of,
        scale=np.array(scale, np.int16),
        own_standard=np.array([named[each.house] != COMMON for each in rows], np.bool_),
        band=np.array(
            [bands[q].index(each.grade) for q, each in zip(scale, rows, strict=True)], np.int8
        ),
        stance=np.array(
            [stance[naive.read_standard(named[each.house]).stance(each.grade)] for each in rows],
            np.int8,
        ),
        target=np.array([each.target or math.nan for each in rows]),
        price=np.array([each.price or math.nan for each in rows]),
        months=np.array([each.months or 0 for each in rows], np.int16),
        line=np.array([each.line for each in rows], np.int64),
        links=("",),
        link=np.zeros(len(rows), np.int32),
        sha256="0" * 64,
    )


def coded(values: Sequence[Any], among: Sequence[Any]) -> npt.NDArray[np.int32]:
    place = {value: n for n, value in enumerate(among)}
    return np.array([place[value] for value in values], np.int32)


def rank_all(
    made: Made,
    horizons: tuple[int, ...] = HORIZONS,
    as_of: D | None = None,
    workers: Workers | None = None,
    **terms: Any,  # noqa: ANN401 - what a ranking is asked for
) -> Ranking:
    """Rank the sources of a made table."""
    asked = RankTerms(horizons=horizons, **{"draws": DRAWS, **terms})
    table = table_of(made.ratings)
    return rank_sources(table, made.panel, made.tables, asked, as_of=as_of, workers=workers)


# Figures against the loops


@cache
def ranked(
    seed: int, *, sectors: bool = True, by: By = "house", kind: Relative = "difference"
) -> Ranking:
    made = make(seed, sectors=sectors)
    return rank_all(made, by=by, relative=kind)


@cache
def told(
    seed: int, *, sectors: bool = True, by: str = "house", kind: str = "difference"
) -> dict[int, dict[naive.Source, naive.Figures]]:
    made = make(seed, sectors=sectors)
    return naive.rank(made.ratings, made.standards, made.world, HORIZONS, 6, by, kind)


CASES = [
    *[{"seed": seed} for seed in SEEDS],
    {"seed": 0, "sectors": False},
    {"seed": 1, "by": "analyst"},
    {"seed": 2, "kind": "ratio"},
]
every_case = pytest.mark.parametrize("case", CASES, ids=str)


def pairs(
    found: Ranking, expected: Mapping[int, Mapping[naive.Source, naive.Figures]]
) -> Iterator[tuple[SourceScore, naive.Figures]]:
    """Set each source beside what the loops say of it; both know the same ones."""
    assert found.horizons == tuple(expected)
    for months, by_source in expected.items():
        names = {" / ".join(source): figures for source, figures in by_source.items()}
        mine = [each for each in found.scores if each.horizon_months == months]
        assert sorted(each.source for each in mine) == sorted(names)
        for each in mine:
            yield each, names[each.source]


def near(value: float | None, rel: float = 1e-12) -> Any:  # noqa: ANN401 - as pytest has it
    return None if value is None else pytest.approx(value, rel=rel, abs=1e-12)


def agree(found: Ranking, expected: Mapping[int, Mapping[naive.Source, naive.Figures]]) -> None:
    """Compare every figure that nothing is drawn for."""
    for mine, figures in pairs(found, expected):
        for name in ("ratings", "calls", "scored", "pending", "unscored", "n", "hits", "dates"):
            assert getattr(mine, name) == figures[name], (mine.source, name)
        for name in REAL:
            # a float, and no number of numpy's
            assert type(getattr(mine, name)) in {float, type(None)}
            assert getattr(mine, name) == near(figures[name]), (mine.source, name)
        for name in ("targets", "targets_untold", "target_at", "target_before"):
            assert getattr(mine, name) == figures[name], (mine.source, name)
        kept = {each.grade: each.kept for each in mine.calibration}
        counts = {
            (each.grade, earned): count
            for each in mine.calibration
            for earned, count in each.earned.items()
        }
        assert kept == {grade: near(share) for grade, share in figures["kept"].items()}
        assert counts == figures["calibration"]


REAL = (
    "bullish_share",
    "hit_rate",
    "hit_low",
    "hit_high",
    "mean",
    "t",
    "p",
    "shrunk",
    "shrunk_low",
    "shrunk_high",
    "selection",
    "selection_t",
    "selection_p",
)


@every_case
def test_every_figure_is_that_of_the_loops(case: Case) -> None:
    agree(ranked(**case), told(**case))


@every_case
def test_sources_are_ranked_as_the_loops_rank_them(case: Case) -> None:
    for months, by_source in told(**case).items():
        mine = [each for each in ranked(**case).scores if each.horizon_months == months]
        ranks = [(" / ".join(source), rank) for source, rank in naive.order(by_source)]
        assert [(each.source, each.rank) for each in mine] == ranks


@every_case
def test_every_call_is_joined_and_scored_as_in_the_loops(case: Case) -> None:
    found, expected = ranked(**case), told(**case)[6]
    assert {*found.rows} == {" / ".join(source) for source in expected}
    for source, figures in expected.items():
        rows = {(row["line"]): row for row in found.rows[" / ".join(source)]}
        assert len(rows) == len(figures["rows"])
        for call, held in figures["rows"]:
            row = rows[call.first.line]
            assert row["date"] == call.first.day.isoformat()
            assert row["symbol"] == call.first.symbol
            assert row["grade"] == call.first.grade
            assert row["stance"] == naive.sign_of(call)
            assert row["reiterations"] == call.ratings - 1
            assert row["until"] == call.until.isoformat()
            assert row["benchmark"] == make(case["seed"]).world.benchmark(call.first.symbol)
            assert row["closed_on"] == (call.closed.isoformat() if call.closed else None)
            check_score(row, call, held, case.get("kind", "difference"))


def check_score(
    row: Mapping[str, Any], call: naive.Call, held: naive.Held | str, kind: str
) -> None:
    if isinstance(held, str):
        assert row["status"] == ("unscored" if held == "closed" else held)
        assert (row["reason_code"] == "closed") == (held == "closed")
        assert row["relative"] is row["x"] is row["grade_earned"] is None
        return
    relative = naive.relative_return(held.own, held.benchmark, kind)
    assert row["status"] == "scored"
    assert row["entry_date"] == held.entry.isoformat()
    assert row["exit_date"] == held.exit.isoformat()
    assert row["return"] == near(held.own)
    assert row["benchmark_return"] == near(held.benchmark)
    assert row["relative"] == near(relative)
    earned = standards()[call.source[0]].earned(relative)
    assert row["grade_earned"] == earned
    kept = standards()[call.source[0]].stance(earned) == call.stance
    assert row["hit"] == (kept if naive.sign_of(call) else None)
    assert row["x"] == (near(naive.sign_of(call) * relative) if naive.sign_of(call) else None)


def test_the_made_tables_hold_what_they_are_made_for() -> None:
    seen: Counter[str] = Counter()
    for seed in SEEDS:
        for figures in told(seed)[6].values():
            for call, held in figures["rows"]:
                seen[held if isinstance(held, str) else "scored"] += 1
                seen["reiterated"] += call.ratings > 1
                seen["weekend"] += call.first.day.weekday() > 4
                if isinstance(held, naive.Held) and call.closed is not None:
                    seen["left early"] += held.exit < add_months(held.entry, 5)
            seen["refused" if figures["sector"] is None else "by sector"] += 1
            seen["partly"] += 0 < len(figures["sector"] or ()) < figures["n"]
            for name in ("targets", "targets_untold", "target_at"):
                seen[name] += figures[name]
            seen["five days"] += figures["dates"] == 5 and naive.unjudged(figures) != "few_calls"
            seen["few in sectors"] += naive.unjudged(figures) == "few_in_sectors"
    assert seen.pop("five days") > 0
    assert min(seen.values()) > 3, seen
    words = Counter(each.verdict for seed in SEEDS for each in ranked(seed).scores)
    assert min(words[word] for word in ("skilled", "worse_than_chance", "cannot_tell")) > 0, words


# Chance


def count_draws(percentile: float, p: float) -> tuple[int, int]:
    """Tell from a percentile and its p how many sets were drawn, and how many were no higher."""
    for draws in (DRAWS, 20 * DRAWS):
        no_lower = round(p * (1 + draws)) - 1
        below = draws - no_lower
        no_higher = round(2 * percentile * draws) - below
        whole = math.isclose(p, (1 + no_lower) / (1 + draws), rel_tol=1e-12)
        if whole and (draws > DRAWS or min(no_lower, no_higher) > FEW_BEYOND):
            return draws, no_higher
    raise AssertionError


def lower_chance(percentile: float | None, p: float | None) -> float:
    """Tell the p of the other tail; 1 where nothing was drawn."""
    if percentile is None or p is None:
        return 1.0
    draws, no_higher = count_draws(percentile, p)
    return (1 + no_higher) / (1 + draws)


def chances_of(score: SourceScore) -> naive.Chances:
    return naive.Chances(
        (score.market_p or 1.0, score.sector_p or 1.0),
        (
            lower_chance(score.market_percentile, score.market_p),
            lower_chance(score.sector_percentile, score.sector_p),
        ),
    )


@every_case
def test_verdicts_follow_from_the_figures_by_the_rule(case: Case) -> None:
    for months, by_source in told(**case).items():
        names = {" / ".join(source): source for source in by_source}
        mine = [each for each in ranked(**case).scores if each.horizon_months == months]
        chances = {names[each.source]: chances_of(each) for each in mine}
        said = naive.give_verdicts(by_source, chances)
        assert {names[e.source]: (e.verdict, e.reason) for e in mine} == said


@every_case
def test_draws_stand_where_independent_draws_from_the_same_pools_stand(case: Case) -> None:
    numbers = np.random.default_rng(5)
    for mine, figures in pairs(ranked(**case), told(**case)):
        lines = figures["market"] or []
        compare_draws(numbers, lines, "market", mine.market_percentile, mine.market_p)
        lines = figures["sector"] or []
        compare_draws(numbers, lines, "sector", mine.sector_percentile, mine.sector_p)


def compare_draws(
    numbers: np.random.Generator,
    lines: Sequence[naive.Line],
    which: str,
    percentile: float | None,
    p: float | None,
) -> None:
    """Draw as many sets again, and allow for what two samples of one share may differ by."""
    if not lines:
        assert percentile is p is None
        return
    total = sum(numbers.choice(line.pool(which), AGAIN) for line in lines)
    means = np.asarray(total) / len(lines)
    actual = naive.mean([line.x for line in lines])
    assert percentile is not None
    assert p is not None
    draws, _ = count_draws(percentile, p)
    assert percentile == allowing(naive.percentile(actual, means.tolist()), draws)
    assert p >= 1 / (1 + draws)
    assert p == allowing(float(np.mean(means >= actual - naive.BINARY)), draws)


def allowing(share: float, draws: int) -> Any:  # noqa: ANN401 - as pytest has it
    """Allow for five deviations of the difference of two samples, and for a count or two."""
    deviation = math.sqrt(share * (1 - share) * (1 / draws + 1 / AGAIN))
    return pytest.approx(share, abs=5 * deviation + 4 / min(draws, AGAIN))


# Every draw counted through


TINY = (("000300.SH", "XSHG", ("600000.SH", "600001.SH", "600002.SH", "000001.SZ")),)


@cache
def make_tiny(seed: int) -> Made:
    """Make four shares of one sector, on which nothing is ever missing, and six ratings."""
    dice = roll(("tiny", seed))
    days = [d for d in sessions_of("XSHG") if D(2023, 1, 3) <= d <= D(2024, 3, 29)]
    closes = {
        name: walk(dice, days, [0.0] * len(days), 0.02) for name in ("000300.SH", *TINY[0][2])
    }
    ratings = [
        naive.Rating(
            line,
            D(2023, 2, 1) + dt.timedelta(dice.randrange(60)),
            symbol,
            dice.choice(["buy", "overweight", "sell"]),
            house,
        )
        for line, (house, symbol) in enumerate(
            [(house, symbol) for house in ("甲", "乙") for symbol in TINY[0][2]], 2
        )
    ]
    world = naive.World(
        closes,
        {"XSHG": sessions_of("XSHG")},
        sectors={symbol: [(None, "甲")] for symbol in TINY[0][2]},
    )
    return Made(world, tuple(ratings), standards())


@pytest.mark.parametrize("seed", SEEDS)
def test_percentiles_are_those_of_all_sets_there_are(seed: int) -> None:
    made = make_tiny(seed)
    expected = naive.rank(made.ratings, made.standards, made.world, HORIZONS)
    found = rank_all(made, draws=40_000)
    agree(found, expected)
    for mine, figures in pairs(found, expected):
        lines = figures["lines"]
        assert len(lines) == 4
        for which, percentile, p in (
            ("market", mine.market_percentile, mine.market_p),
            ("sector", mine.sector_percentile, mine.sector_p),
        ):
            means = naive.all_means([line.pool(which) for line in lines])
            assert len(means) == 4**4
            below = naive.percentile(figures["mean"], means)
            # four deviations of a share of so many draws, none wider than this
            assert percentile == pytest.approx(below, abs=4 * 0.5 / 40_000**0.5)
            above = sum(each >= figures["mean"] - naive.BINARY for each in means) / len(means)
            assert p == pytest.approx(above, abs=4 * 0.5 / 40_000**0.5)


# Small tables, on which much cannot be told


@dataclass(frozen=True)
class Asked:
    """What is asked of a small table."""

    horizons: tuple[int, ...]
    at: int
    by: By
    kind: Relative
    as_of: D


def make_small(dice: random.Random) -> tuple[Made, Asked]:
    """Make a dozen shares whose prices are whole numbers, so that much is equal; few ratings."""
    start = D(2023, 1, 3) + dt.timedelta(dice.randrange(200))
    closes: Closes = {}
    for index, calendar, codes in MARKETS:
        days = [d for d in sessions_of(calendar) if 0 <= (d - start).days <= 400]
        closes[index] = whole_walk(dice, days)
        for code in codes[: dice.choice([0, 2, 5, 6])]:
            own = whole_walk(dice, days)
            closes[code] = interrupt(dice, own) if dice.random() < 0.3 else own
    shares = [s for s in closes if naive.is_share(s) and closes[s]] or ["600000.SH"]
    chosen = dice.sample(shares, min(len(shares), dice.randrange(1, 6)))
    houses = dice.sample(list(STANDARDS), dice.randrange(1, 5))
    found = []
    taken: dict[tuple[str, str, D], str] = {}
    for line in range(2, dice.choice([3, 4, 8, 60])):
        house, symbol = dice.choice(houses), dice.choice(chosen)
        day = start + dt.timedelta(dice.choice([0, 30, 31, 60, 200, dice.randrange(-40, 420)]))
        band = dice.choice(standards()[house].bands)
        if taken.setdefault((house, symbol, day), band.stance) != band.stance:
            continue
        target, price = (dice.choice([None, None, 8.0, 9.0, 10.0, 12.0]) for _ in range(2))
        authors = tuple(dice.sample(AUTHORS, dice.randrange(3)))
        months = dice.choice([None, 1, 120])
        found.append(
            naive.Rating(line, day, symbol, band.grade, house, authors, target, price, months)
        )
    sessions = {name: sessions_of(name) for name in ("XSHG", "XHKG")}
    sectors = {s: [(None, dice.choice("甲乙"))] for s in shares if dice.random() < 0.8}
    raw = make_raw(dice, closes) if dice.random() < 0.5 else {}
    world = naive.World(closes, sessions, raw, sectors=sectors)
    asked = Asked(
        tuple(sorted(dice.sample([1, 2, 3, 6, 12], 2))),
        dice.choice([1, 3, 6, 12]),
        dice.choice(["house", "house", "analyst"]),
        dice.choice(["difference", "ratio"]),
        start + dt.timedelta(dice.choice([400, dice.randrange(5, 400)])),
    )
    return Made(world, tuple(found), standards()), asked


def whole_walk(dice: random.Random, days: Sequence[D]) -> dict[D, float]:
    price, found = 10, {}
    for day in days:
        price = max(5, price + dice.choice([0] * 8 + [-1, 1]))
        found[day] = float(price)
    return found


def known_by(made: Made, day: D) -> Made:
    """Leave out all that is known only after a day."""
    closes, raw = (
        {symbol: {d: c for d, c in own.items() if d <= day} for symbol, own in table.items()}
        for table in (made.world.closes, made.world.raw)
    )
    ratings = tuple(each for each in made.ratings if each.day <= day)
    return replace(made, world=replace(made.world, closes=closes, raw=raw), ratings=ratings)


@hypothesis.given(st.integers(0, 10**9))
@FEW(max_examples=40)
def test_small_tables_agree_as_of_any_day(luck: int) -> None:
    made, asked = make_small(roll(luck))
    then = known_by(made, asked.as_of)
    horizons = tuple(sorted({*asked.horizons, asked.at}))
    expected = naive.rank(
        then.ratings, then.standards, then.world, horizons, asked.at, asked.by, asked.kind
    )
    # a source that rated nothing by then is none
    hypothesis.assume(expected[asked.at])
    table = replace(made, ratings=then.ratings)
    found = rank_all(
        table, asked.horizons, asked.as_of, at=asked.at, by=asked.by, relative=asked.kind, draws=100
    )
    agree(found, expected)


# What is asked for


FILTERS: list[tuple[Case, Callable[[naive.Call], bool]]] = [
    ({"markets": ("shenzhen",)}, lambda call: call.first.symbol.endswith(".SZ")),
    (
        {"since": D(2023, 4, 3), "until": D(2024, 1, 15), "markets": ("hongkong", "shanghai")},
        lambda call: (
            D(2023, 4, 3) <= call.first.day <= D(2024, 1, 15)
            and call.first.symbol.endswith((".HK", ".SH"))
        ),
    ),
    (
        {"sectors": ("乙",)},
        lambda call: make(0).world.sector(call.first.symbol, call.first.day) == "乙",
    ),
]


@pytest.mark.parametrize(("terms", "asked"), FILTERS, ids=["market", "span", "sector"])
def test_a_filter_chooses_among_calls_that_are_made_without_it(
    terms: Case, asked: Callable[[naive.Call], bool]
) -> None:
    made = make(0)
    expected = naive.rank(made.ratings, made.standards, made.world, HORIZONS, asked=asked)
    found = rank_all(made, **terms)
    agree(found, expected)
    assert 100 < found.accepted == len(made.ratings)
    chosen = sum(each.ratings for each in found.ranked)
    assert 20 < chosen < found.accepted


def test_a_call_is_open_for_the_months_ranked_at() -> None:
    made = make(1)
    for at in (1, 9):
        horizons = tuple(sorted({*HORIZONS, at}))
        expected = naive.rank(made.ratings, made.standards, made.world, horizons, at)
        found = rank_all(made, at=at, draws=100)
        assert found.horizons == horizons
        agree(found, expected)


def test_with_dividends_the_index_is_the_one_that_has_them() -> None:
    made = make(2)
    index = {
        day: close * 1.0001 ** (day - FIRST).days for day, close in made.world.closes[CSI].items()
    }
    closes = {**made.world.closes, "H00300.CSI": index}
    indices = {**naive.INDICES, "SH": "H00300.CSI", "SZ": "H00300.CSI"}
    world = replace(made.world, closes=closes, raw={}, indices=indices)
    total = replace(made, world=world, basis="total")
    expected = naive.rank(total.ratings, total.standards, world, HORIZONS)
    found = rank_all(total, draws=100)
    agree(found, expected)
    codes = {each.code for each in found.caveats}
    assert {"total_basis", "mixed", "ranking_total_targets"} <= codes


def test_at_the_open_what_has_none_is_neither_scored_nor_drawn() -> None:
    made, dice = make(1), roll("opens")
    opens = {
        symbol: {d: c * dice.uniform(0.97, 1.03) for d, c in own.items() if dice.random() < 0.97}
        for symbol, own in made.world.closes.items()
    }
    world = replace(made.world, opens=opens)
    expected = naive.rank(made.ratings, made.standards, world, HORIZONS)
    found = rank_all(replace(made, world=world), entry="next_open", draws=100)
    agree(found, expected)


def test_b_shares_and_funds_are_drawn_for_nobody() -> None:
    made = make(1)
    sessions = [day for day in sessions_of("XSHG") if day in made.world.closes[CSI]]
    others = {symbol: dict.fromkeys(sessions, 10.0) for symbol in ("900901.SH", "510300.SH")}
    world = replace(made.world, closes={**made.world.closes, **others}, raw={})
    sectors = {**made.world.sectors, "900901.SH": [(None, "甲")]}
    bare = replace(made, world=replace(made.world, raw={}))
    same(
        rank_all(replace(made, world=replace(world, sectors=sectors)), draws=100),
        rank_all(bare, draws=100),
    )


# Real prices


@cache
def read_real(folder: Path) -> tuple[Closes, dict[str, list[naive.Began]]]:
    """Read all Hong Kong shares and a quarter of the mainland's, with a vendor's sectors."""
    closes: Closes = {}
    sectors: dict[str, list[naive.Began]] = {}
    chosen = {"000300.SH", "HSI.HK"}
    for market, share in (("cn", 0.25), ("hk", 1.0)):
        names = pd.read_csv(folder / f"{market}_names.csv", dtype=str)
        kept = names[[roll(symbol).random() < share for symbol in names["symbol"]]]
        for symbol, industry in zip(kept["symbol"], kept["industry"], strict=True):
            chosen.add(symbol)
            if isinstance(industry, str):
                sectors[symbol] = [(None, industry)]
    for name in ("cn", "hk", "index"):
        bars = pd.read_parquet(
            folder / f"{name}_daily.parquet",
            columns=["symbol", "date", "close"],
            filters=[("symbol", "in", sorted(chosen)), ("date", ">=", pd.Timestamp("2023-12-01"))],
        ).dropna()
        bars["day"] = bars["date"].dt.date
        for symbol, own in bars.groupby("symbol"):
            closes[str(symbol)] = dict(zip(own["day"], own["close"].tolist(), strict=True))
    return closes, {symbol: own for symbol, own in sectors.items() if symbol in closes}


@cache
def make_real(folder: Path, seed: int) -> Made:
    dice = roll(("real", seed))
    closes, sectors = read_real(folder)
    shares = sorted(sectors)
    # so few that some are rated again, and whole sectors, so that there are others to draw from
    shares = dice.sample(shares, 25)
    found = []
    taken: dict[tuple[str, str, D], str] = {}
    for line in range(2, 142):
        house = dice.choice(["东吴证券", "兴业证券", "海通国际", "甲"])
        symbol, day = dice.choice(shares), D(2023, 12, 20) + dt.timedelta(dice.randrange(560))
        band = dice.choice(standards()[house].bands)
        if taken.setdefault((house, symbol, day), band.stance) != band.stance:
            continue
        close = naive.last_until(sorted(closes[symbol]), day)
        price = closes[symbol][close] if close else 10.0
        target = round(price * dice.uniform(0.7, 1.5), 2) if dice.random() < 0.5 else None
        grade = band.grade
        author = (dice.choice(AUTHORS),)
        found.append(naive.Rating(line, day, symbol, grade, house, author, target, round(price, 2)))
    sessions = {name: sessions_of(name) for name in ("XSHG", "XHKG")}
    world = naive.World(closes, sessions, sectors=sectors)
    return Made(world, tuple(found), standards(), basis="total")


@pytest.mark.market
@pytest.mark.parametrize("seed", range(5))
def test_random_tables_over_real_prices_agree(market_folder: Path, seed: int) -> None:
    made = make_real(market_folder, seed)
    expected = naive.rank(made.ratings, made.standards, made.world, (3, 6))
    found = rank_all(made, horizons=(3, 6))
    agree(found, expected)
    numbers = np.random.default_rng(5)
    for mine, figures in pairs(found, expected):
        assert figures["n"] > 5
        compare_draws(numbers, figures["lines"], "market", mine.market_percentile, mine.market_p)


# What must always hold


def same(found: Ranking, expected: Ranking) -> None:
    """Compare two rankings to the last bit, but for lines of the table."""
    assert found.scores == expected.scores
    assert found.pooled == expected.pooled
    assert without_lines(found) == without_lines(expected)


def without_lines(found: Ranking) -> dict[str, list[dict[str, Any]]]:
    return {
        source: [{key: value for key, value in row.items() if key != "line"} for row in rows]
        for source, rows in found.rows.items()
    }


def test_processes_that_read_the_prices_themselves_change_no_bit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made, day = make(1), D(2024, 3, 1)
    for name, closes in (("closes_price", made.world.closes), ("closes_raw", made.world.raw)):
        frame = frame_of(closes)
        frame.to_csv(tmp_path / f"{name}.csv", index_label="date", date_format="%Y-%m-%d")
    heads = "symbol,ex_date,cash_per_share,bonus_ratio,confidence"
    (tmp_path / "corporate_actions.csv").write_text(f"{heads}\n", encoding="utf-8")
    table = table_of([each for each in made.ratings if each.day <= day])
    source = PriceSource(tuple(map(str, table.symbols)), source=str(tmp_path), raw=True)
    monkeypatch.setattr("backtests.ranking.pools._WINDOWS", 50)
    # each reads all there is, and uses nothing of after the day
    alone, together = (
        rank_sources(
            table,
            source.read(),
            made.tables,
            RankTerms(horizons=(3,), draws=100),
            as_of=day,
            source=source,
            workers=workers,
        )
        for workers in (Workers(), Workers(2))
    )
    same(together, alone)


@pytest.mark.parametrize("workers", [Workers(), Workers(2, "threads")])
def test_chunks_workers_and_compiled_loops_change_no_bit(
    monkeypatch: pytest.MonkeyPatch, workers: Workers
) -> None:
    expected = ranked(1)
    usual = Scorer.measure.__kwdefaults__
    assert usual is not None
    assert usual["chunk"] > len(make(1).ratings)
    monkeypatch.setitem(usual, "chunk", 5)
    monkeypatch.setattr("backtests.ranking.pools._WINDOWS", 2)
    monkeypatch.setattr("backtests.ranking.chances._PART", 1)
    for module in ("backtests.scorer", "backtests.ranking.calls", "backtests.ranking.attainment"):
        monkeypatch.setattr(f"{module}._WORTH_COMPILING", 0)
    same(rank_all(make(1), workers=workers), expected)


@hypothesis.given(st.integers(0, 10**9))
@FEW(max_examples=4)
def test_the_order_of_the_rows_changes_no_bit(luck: int) -> None:
    made = make(0)
    lines = [rating.line for rating in made.ratings]
    roll(luck).shuffle(lines)
    moved = [replace(r, line=n) for r, n in zip(made.ratings, lines, strict=True)]
    same(rank_all(replace(made, ratings=tuple(moved))), ranked(0))


@hypothesis.given(st.integers(0, 10**9))
@FEW(max_examples=4)
def test_what_is_known_later_changes_no_call_that_was_left_before(luck: int) -> None:
    made = make(0)
    dice = roll(luck)
    day = FIRST + dt.timedelta(dice.randrange(200, 700))
    later = [replace(each, line=each.line + 10_000) for each in make(1).ratings if each.day > day]
    kept = [each for each in made.ratings if each.day <= day]
    closes = {
        symbol: {d: c if d <= day else c * dice.uniform(0.5, 2.0) for d, c in own.items()}
        for symbol, own in made.world.closes.items()
    }
    world = replace(made.world, closes=closes)
    other = rank_all(replace(made, ratings=(*kept, *later), world=world))
    seen = 0
    for source, rows in ranked(0).rows.items():
        same_line = {row["line"]: row for row in other.rows.get(source, ())}
        for row in rows:
            if row["exit_date"] and row["exit_date"] <= day.isoformat():
                seen += 1
                mine = same_line[row["line"]]
                for key in ("entry_date", "exit_date", "return", "x", "grade_earned", "status"):
                    assert mine[key] == row[key], (row, mine)
                # a target is reached, or it is not, by the exit
                assert (mine["target_at"], mine["target_before"]) == (
                    row["target_at"],
                    row["target_before"],
                )
    assert seen > 20


@hypothesis.given(st.integers(0, 10**9))
@FEW(max_examples=4)
def test_prices_and_ratings_after_a_day_do_not_change_what_is_said_as_of_it(luck: int) -> None:
    made = make(0)
    dice = roll(luck)
    day = FIRST + dt.timedelta(dice.randrange(200, 700))
    closes = {
        symbol: {d: c if d <= day else c * dice.uniform(0.5, 2.0) for d, c in own.items()}
        for symbol, own in made.world.closes.items()
    }
    kept = tuple(each for each in made.ratings if each.day <= day)
    other = replace(made, ratings=kept, world=replace(made.world, closes=closes))
    known = replace(made, ratings=kept)
    same(rank_all(other, as_of=day), rank_all(known, as_of=day))


@hypothesis.given(st.permutations(["甲", "乙", "先知", "反指", "一日", "未来"]))
@FEW(max_examples=4)
def test_other_names_for_the_sources_give_the_same_ranking_of_them(names: list[str]) -> None:
    made = make(0)
    renamed = dict(zip(["甲", "乙", "先知", "反指", "一日", "未来"], names, strict=True))
    moved = [replace(r, house=renamed.get(r.house, r.house)) for r in made.ratings]
    found = rank_all(replace(made, ratings=tuple(moved)))
    expected = {
        (each.horizon_months, renamed.get(each.source, each.source)): each
        for each in ranked(0).scores
    }
    # what is drawn at random is drawn anew for each name, and the verdict rests on it
    drawn = (
        "rank",
        "market_percentile",
        "market_p",
        "sector_percentile",
        "sector_p",
        "verdict",
        "reason",
    )
    for each in found.scores:
        before = expected[each.horizon_months, each.source]
        new = {name: getattr(each, name) for name in ("source", "house", *drawn)}
        assert replace(before, **new) == each


# From the file on


def write_table(path: Path, ratings: Sequence[naive.Rating], *, known: str = "") -> None:
    """Write ratings as a vendor would, in the order given."""
    scales = {house: load_scale(name) for house, name in STANDARDS.items()}
    lines = ["发布日期,证券代码,评级,机构,分析师,目标价,现价,期限,可知日期"]
    for each in ratings:
        bands = scales[each.house].company
        word = next(band.name.zh for band in bands if band.grade == each.grade)
        cells = [each.day, each.symbol, word, each.house, "、".join(each.analysts)]
        cells += [each.target or "", each.price or "", each.months or "", known]
        lines.append(",".join(str(cell) for cell in cells))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def rank_file(path: Path, made: Made) -> tuple[Ranking, Rejections]:
    table, rejected = read_ratings(path, LAST + dt.timedelta(30), common=load_scale(COMMON))
    terms = RankTerms(horizons=HORIZONS, draws=DRAWS)
    return rank_sources(table, made.panel, made.tables, terms, rejected=rejected.counts), rejected


def without_doubles(ratings: Sequence[naive.Rating]) -> list[naive.Rating]:
    """Keep the first of those that say the same."""
    said: dict[naive.Rating, naive.Rating] = {}
    for each in ratings:
        authors = tuple(dict.fromkeys(each.analysts))
        said.setdefault(replace(each, line=0, analysts=authors), each)
    return list(said.values())


def test_a_table_is_ranked_as_the_loops_rank_its_rows(tmp_path: Path) -> None:
    made = make(1)
    rows = [replace(each, line=line) for line, each in enumerate(made.ratings, 2)]
    write_table(tmp_path / "table.csv", rows)
    found, rejected = rank_file(tmp_path / "table.csv", made)
    kept = without_doubles(rows)
    assert rejected.counts == (
        {"duplicate": len(rows) - len(kept)} if len(kept) < len(rows) else {}
    )
    assert found.accepted == len(kept)
    agree(found, naive.rank(kept, made.standards, made.world, HORIZONS))


@hypothesis.given(luck=st.integers(0, 10**9))
@FEW(max_examples=3, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
def test_moved_rows_and_doubles_of_them_change_no_bit(tmp_path: Path, luck: int) -> None:
    made = make(1)
    rows = without_doubles(made.ratings)
    path = tmp_path / "table.csv"
    write_table(path, rows)
    expected, _ = rank_file(path, made)
    dice = roll(luck)
    doubled = [*rows, *dice.sample(rows, 30)]
    dice.shuffle(doubled)
    write_table(path, doubled)
    found, rejected = rank_file(path, made)
    assert rejected.counts == {"duplicate": 30}
    same(found, expected)
    assert found.provenance == expected.provenance


# The oracle's own scores against the scorecard's


@pytest.mark.parametrize("seed", SEEDS)
def test_the_naive_ranking_scores_as_the_scorecard_does(seed: int) -> None:
    made = make(seed)
    rows = [each for each in made.ratings if each.house in {"甲", "乙", "东吴证券", "未来"}]
    table = Recommendations(
        tuple(Symbol.parse(each.symbol) for each in rows),
        tuple(Symbol.parse(made.world.benchmark(each.symbol)) for each in rows),
        np.array([each.day for each in rows], "datetime64[D]"),
    )
    convention = Convention(horizons=HORIZONS)
    scores = score_recommendations(table, made.panel, convention, edges(load_scale(COMMON).company))
    told = {"pending": 0, "unscored": 0, "scored": 0}
    for k, rating in enumerate(rows):
        call = naive.Call((rating.house,), rating, "bullish", 1, rating.day, None)
        for h, months in enumerate(HORIZONS):
            held = naive.score(made.world, call, months)
            status = held if isinstance(held, str) else "scored"
            assert Outcome(scores.outcome[k, h]).status == status
            told[status] += 1
            if isinstance(held, naive.Held):
                assert scores.own[k, h] == pytest.approx(held.own, abs=1e-12, rel=0)
                assert scores.benchmark[k, h] == pytest.approx(held.benchmark, abs=1e-12, rel=0)
    assert min(told.values()) > 10
