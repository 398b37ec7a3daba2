"""The verdict on baskets whose skill is known: none at all, or planted."""

import datetime as dt
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from scipy.stats import binomtest

from backtests.evidence.trial import Trial
from screener import Panel
from screener.calendar import load_sessions
from screener.companies.membership import SectorTables, make_sectors
from screener.companies.sector_rows import Row
from screener.companies.sectors import read_sectors
from universes import InputError

sys.path.insert(0, str(ROOT / "benchmarks"))
import calibration
from no_skill import KINDS, OTHERS, Judged, Kind, calibrate, draw_basket, list_days, open_moment

SECTORS, SECTOR_SIZE, THEMES, ABROAD = 12, 40, 8, 60
BASKETS, DRAWS, SEED = 120, 399, 7
SKILLS = (0.0, 0.05, 0.20)
ERRING = RANDOM, IN_SECTORS, MIXED = KINDS
TOGETHER = OTHERS[0]


@dataclass(frozen=True)
class Market:
    panel: Panel
    tables: SectorTables


def theme_of(symbol: str) -> int:
    return int(symbol.partition(".")[0]) // SECTORS % THEMES


@cache
def make_market() -> Market:
    """Shares that rise and fall with a market, their sector and a theme no table tells of.

    What is their own has fat tails. The average share of the mainland gains 14 points on its
    index over half a year.
    """
    random = np.random.default_rng(0)
    names = [f"{600000 + n}.SH" for n in range(SECTORS * SECTOR_SIZE)]
    abroad = [f"{n:04}.HK" for n in range(1, ABROAD + 1)]
    sector = {name: f"{n % SECTORS}" for n, name in enumerate(names)}
    sector |= {name: f"abroad {n % 3}" for n, name in enumerate(abroad)}
    tables = []
    for calendar, index, shares, gain in (
        ("XSHG", "000300.SH", names, 0.14 / 120),
        ("XHKG", "HSI.HK", abroad, 0.0),
    ):
        days = load_sessions(calendar, 2023, 2024).days
        days = days[days >= np.datetime64("2023-10-01")]
        market = random.normal(0, 0.01, len(days))
        factor = {each: random.normal(0, 0.013, len(days)) for each in sorted(sector.values())}
        theme = random.normal(0, 0.018, (len(days), THEMES))
        tails = 0.015 / math.sqrt(3) * random.standard_t(3, (len(days), len(shares)))
        slopes = random.normal(1, 0.2, len(shares))
        steps = gain + slopes * market[:, None] + tails
        steps += np.column_stack([factor[sector[name]] for name in shares])
        steps += theme[:, [theme_of(name) for name in shares]]
        levels = 10 * np.exp(np.column_stack([market, steps]).cumsum(axis=0))
        tables.append(
            pd.DataFrame(levels, pd.DatetimeIndex(days.astype("M8[s]")), [index, *shares])
        )
    rows = [Row(name, own, None, math.nan) for name, own in sector.items()]
    sectors = make_sectors("made", "made up", dt.date(2023, 10, 1), rows)
    closes = pd.concat(tables, axis=1, sort=True)
    return Market(Panel.from_frames({"price": closes}), SectorTables((sectors,)))


@pytest.fixture(scope="module")
def judged() -> list[Judged]:
    market = make_market()
    days = list_days(market.panel)
    baskets = {**dict.fromkeys(ERRING, BASKETS), TOGETHER: BASKETS // 2}
    return calibrate(market.panel, market.tables, days, baskets, DRAWS, SEED, 1, SKILLS)


def of(judged: Sequence[Judged], kind: Kind) -> list[Judged]:
    return [each for each in judged if each.kind == kind]


def share_of(judged: Sequence[Judged], word: str, skill: float = 0.0) -> float:
    place = SKILLS.index(skill)
    return float(np.mean([each.words[place] == word for each in judged]))


def three_errors_above(level: float, count: int) -> float:
    return level + 3 * math.sqrt(level * (1 - level) / count)


@pytest.mark.parametrize("kind", ERRING, ids=lambda kind: kind.title)
def test_baskets_without_skill_are_seldom_called_skilled(judged: list[Judged], kind: Kind) -> None:
    own = of(judged, kind)
    assert len(own) == BASKETS
    assert not any(each.refused for each in own)
    assert share_of(own, "skilled") <= three_errors_above(0.05, BASKETS)


@pytest.mark.parametrize("kind", ERRING, ids=lambda kind: kind.title)
def test_baskets_that_keep_the_promise_are_seldom_called_unskilled(
    judged: list[Judged], kind: Kind
) -> None:
    assert share_of(of(judged, kind), "unskilled", 0.05) <= three_errors_above(0.05, BASKETS)


@pytest.mark.parametrize("kind", ERRING, ids=lambda kind: kind.title)
def test_a_skill_of_twenty_points_is_mostly_found(judged: list[Judged], kind: Kind) -> None:
    own = of(judged, kind)
    rates = [share_of(own, "skilled", skill) for skill in SKILLS]
    assert rates == sorted(rates)
    assert rates[-1] > 0.5


def test_the_naive_test_takes_a_rally_for_skill(judged: list[Judged]) -> None:
    naive = [each.naive > 0 for each in of(judged, RANDOM)]
    assert np.mean(naive) > 0.4
    assert np.mean([each.mean for each in of(judged, RANDOM)]) > 0.10


def test_without_its_sector_a_lucky_sector_is_taken_for_skill(judged: list[Judged]) -> None:
    own = of(judged, IN_SECTORS)
    for lax in ([each.market_only for each in own], [each.no_sector for each in own]):
        hits = sum(word == "skilled" for word in lax)
        assert binomtest(hits, len(own), 0.05, alternative="greater").pvalue < 0.001


def test_picks_that_move_as_one_are_told_apart(judged: list[Judged]) -> None:
    own = of(judged, TOGETHER)
    unwarned = sum(each.no_past == "skilled" for each in own)
    assert binomtest(unwarned, len(own), 0.05, alternative="greater").pvalue < 0.001
    assert share_of(own, "skilled") <= three_errors_above(0.05, len(own))
    assert np.mean([each.one_bet for each in own]) > 0.9
    assert all(word == "cannot_tell" for each in own if each.one_bet for word in each.words)
    for kind in ERRING:
        one_bet = np.mean([each.one_bet for each in of(judged, kind)])
        assert one_bet <= three_errors_above(0.05, BASKETS)


def test_the_ends_of_months_leave_room_for_the_past_and_the_horizon() -> None:
    days = list_days(make_market().panel)
    # October to December 2023 have 17, 22 and 21 sessions, one return less than is needed; half a
    # year after an entry in June, which waits up to ten days, the prices still have to go on
    assert (days[0], days[-1], len(days)) == (dt.date(2024, 1, 31), dt.date(2024, 5, 31), 5)


def test_the_corrected_test_is_told_wherever_the_past_is(judged: list[Judged]) -> None:
    assert {each.corrected for each in of(judged, RANDOM)} <= {-1, 0, 1}
    better = sum(each.corrected == 1 for each in of(judged, RANDOM))
    assert better < sum(each.naive == 1 for each in of(judged, RANDOM)) / 2


def test_baskets_are_of_the_kind_they_are_named_for() -> None:
    market = make_market()
    trial = Trial(horizons=(6,), draws=DRAWS)
    day = dt.date(2024, 4, 30)
    moments = [open_moment(market.panel, market.tables, trial, day, both=b) for b in (False, True)]
    random = np.random.default_rng(0)
    for kind in (*KINDS, *OTHERS):
        moment = moments[bool(kind.hong_kong)]
        picks = draw_basket(moment, kind, random)
        symbols = [moment.case.population.symbols[n] for n in picks]
        assert len(set(symbols)) == kind.mainland + kind.hong_kong
        assert sum(symbol.endswith(".HK") for symbol in symbols) == kind.hong_kong
        sectors = [int(symbol[:6]) % SECTORS for symbol in symbols if symbol.endswith(".SH")]
        if kind.sectors:
            counts = np.bincount(sectors)
            assert (counts > 0).sum() == 3
            assert counts.max() - counts[counts > 0].min() <= 1
        if kind == TOGETHER:
            themes = [theme_of(symbol) for symbol in symbols]
            assert np.bincount(themes).max() >= 15


def test_two_processes_judge_as_one_does() -> None:
    market = make_market()
    days = list_days(market.panel)[-2:]
    one, two = (
        calibrate(market.panel, market.tables, days, {RANDOM: 8, MIXED: 8}, 100, SEED, workers)
        for workers in (1, 2)
    )
    assert len(one) == 16
    assert one == two


def test_a_kinds_baskets_do_not_hang_on_the_other_kinds(judged: list[Judged]) -> None:
    market = make_market()
    days = list_days(market.panel)
    alone = calibrate(market.panel, market.tables, days, {IN_SECTORS: 10}, DRAWS, SEED, 1, SKILLS)
    by_day = {day: [each for each in of(judged, IN_SECTORS) if each.day == day] for day in days}
    assert alone == [each for day in days for each in by_day[day][:2]]


def test_shares_are_spelled_with_their_interval() -> None:
    # Wilson's bounds of 5 in 100, from statsmodels.stats.proportion.proportion_confint
    assert calibration.spell([True] * 5 + [False] * 95) == "5.0 (2.2 to 11.2)"
    assert calibration.spell([]) == "none"


def test_the_tables_have_a_row_for_each_kind(
    judged: list[Judged], capsys: pytest.CaptureFixture[str]
) -> None:
    calibration.show_all(judged, SKILLS)
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith(RANDOM.title) for line in lines) == 5
    assert sum(line.startswith(TOGETHER.title) for line in lines) == 4


def test_a_market_too_small_is_refused() -> None:
    panel = make_market().panel
    kept = [n for n, symbol in enumerate(panel.symbols) if not symbol.startswith("00")]
    closes = panel.matrix("close", "price")[:, kept].copy()
    dates = panel.dates.copy()
    symbols = tuple(panel.symbols[n] for n in kept)
    cut = Panel(dates, symbols, {("close", "price"): closes}, panel.origin)
    with pytest.raises(InputError, match="0 shares are no market"):
        list_days(cut)


def test_sectors_too_small_are_refused() -> None:
    market = make_market()
    with pytest.raises(InputError, match="0 sectors have 25 shares, not 3"):
        calibrate(
            market.panel, SectorTables(), [dt.date(2024, 4, 30)], {IN_SECTORS: 1}, DRAWS, SEED
        )


def test_without_a_market_one_line_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["calibration.py", "--data", "snapshot"])
    with pytest.raises(SystemExit) as stopped:
        calibration.main()
    assert not stopped.value.code
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("skipped: ")


def read_market(folder: Path) -> Panel:
    tables = [
        pd.read_parquet(folder / f"{name}_daily.parquet", columns=["date", "symbol", "close"])
        for name in ("cn", "hk", "index")
    ]
    closes = pd.concat(tables).pivot_table(
        index="date", columns="symbol", values="close", aggfunc="last"
    )
    closes.index = pd.to_datetime(closes.index)
    return Panel.from_frames({"total": closes.loc["2023-06-01":]})


@pytest.mark.market
def test_real_baskets_without_skill_are_seldom_called_skilled(market_folder: Path) -> None:
    baskets = 80
    tables = SectorTables(
        tuple(
            read_sectors(market_folder / f"{name}_names.csv", name, "names", dt.date(2025, 9, 1))
            for name in ("cn", "hk")
        )
    )
    panel = read_market(market_folder)
    days = list_days(panel)
    assert (days[0], days[-1]) == (dt.date(2024, 4, 30), dt.date(2025, 1, 31))
    wanted = dict.fromkeys(ERRING, baskets)
    judged = calibrate(panel, tables, days[2::5], wanted, DRAWS, SEED, 1, SKILLS)
    for kind in ERRING:
        own = of(judged, kind)
        assert len(own) == baskets
        assert share_of(own, "skilled") <= three_errors_above(0.05, baskets)
        assert share_of(own, "unskilled", 0.05) <= three_errors_above(0.05, baskets)
        assert share_of(own, "skilled", 0.20) > 0.3
