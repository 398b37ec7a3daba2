"""Factors worked by hand where they begin, end, tie or are not known."""

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from statistics import stdev
from typing import cast

import numpy as np
import pytest

from screener import Panel, load_prices
from screener.adjust import restate
from screener.bars import BarBasis
from screener.calendar import load_sessions
from screener.companies.facts import Facts
from screener.companies.membership import SectorTables, make_sectors
from screener.companies.sector_rows import Row
from screener.factors.catalogue import list_factors
from screener.factors.compute import closing_day, compute_factors
from screener.factors.table import FactorTable
from screener.origin import Origin
from screener.panel import CorporateAction
from screener.store.store import Store
from screener.tasks.imports import import_files
from universes import InputError
from universes.rating import Basis

CSI, HSI = "000300.SH", "HSI.HK"
SHARE, CHINEXT, TENCENT = "600001.SH", "300001.SZ", "0700.HK"
# a Friday, and a session in Shanghai, Hong Kong and New York
DAY = dt.date(2024, 6, 14)
SESSIONS = [
    day for day in load_sessions("XSHG", 2022, 2024).days.tolist() if day <= dt.date(2024, 8, 30)
]

Figure = tuple[str, str, str, str, float]
Figures = Mapping[dt.date, float]


def back(count: int, day: dt.date = DAY) -> list[dt.date]:
    """The last sessions up to a day."""
    return [each for each in SESSIONS if each <= day][-count:]


def days(count: int, after: dt.date = DAY) -> dt.date:
    return after + dt.timedelta(count)


@dataclass(frozen=True)
class Market:
    """A few shares by hand; one series of closes serves both bases."""

    closes: Mapping[str, Figures]
    highs: Mapping[str, Figures] = field(default_factory=dict)
    volumes: Mapping[str, Figures] = field(default_factory=dict)
    amounts: Mapping[str, Figures] = field(default_factory=dict)
    actions: Sequence[CorporateAction] = ()
    told: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    facts: Sequence[Figure] = ()
    sectors: Mapping[str, str] = field(default_factory=dict)

    def panel(self) -> Panel:
        dates = sorted({day for own in self.closes.values() for day in own})
        symbols = tuple(self.closes)

        def lay(columns: Mapping[str, Figures]) -> np.ndarray:
            rows = [[columns.get(s, {}).get(day, np.nan) for s in symbols] for day in dates]
            return np.array(rows, dtype=np.float64)

        return Panel(
            np.array(dates, dtype="datetime64[D]"),
            symbols,
            {
                ("close", "price"): lay(self.closes),
                ("close", "total"): lay(self.closes),
                ("high", "price"): lay(self.highs),
                ("high", "total"): lay(self.highs),
            },
            Origin("by hand", ""),
            tuple(self.actions),
            listed={
                symbol: (np.datetime64(first), np.datetime64(last))
                for symbol, (first, last) in self.told.items()
            },
            traded={"volume": lay(self.volumes), "amount": lay(self.amounts)},
        )

    def table(self, day: dt.date = DAY, basis: Basis = "total") -> FactorTable:
        rows = [Row(symbol, own, None, math.nan) for symbol, own in self.sectors.items()]
        drawn = (make_sectors("hand", "hand", dt.date(2020, 1, 1), rows),) if rows else ()
        return compute_factors(
            self.panel(), day, sectors=SectorTables(drawn), facts=figures(self.facts), basis=basis
        )

    def of(self, name: str, day: dt.date = DAY, symbol: str = SHARE) -> float:
        table = self.table(day)
        return float(table.numbers(name)[table.symbols.index(symbol)])


def figures(rows: Sequence[Figure]) -> Facts:
    if not rows:
        return Facts.none()
    symbols, items, periods, known, values = zip(*rows, strict=True)
    return Facts(
        np.array(symbols),
        np.array(items),
        np.array(periods, dtype="datetime64[D]"),
        np.array(known, dtype="datetime64[D]"),
        np.array(values, dtype=np.float64),
        np.full(len(rows), "hand"),
    )


def flat(sessions: Sequence[dt.date], close: float = 10.0) -> dict[dt.date, float]:
    return dict.fromkeys(sessions, close)


def one(closes: Figures, symbol: str = SHARE, **more: object) -> Market:
    """A market of one share and a benchmark that stands still."""
    return Market({symbol: closes, CSI: flat(SESSIONS, 3000.0), HSI: flat(SESSIONS, 2e4)}, **more)  # type: ignore[arg-type]


def told(name: str, market: Market, day: dt.date = DAY, symbol: str = SHARE) -> bool:
    return not math.isnan(market.of(name, day, symbol))


# how old a close may be


@pytest.mark.parametrize(("old", "known"), [(10, True), (11, False)])
@pytest.mark.parametrize("name", ["return_1w", "drawdown_26w", "close_to_ma_250", "rsi_14"])
def test_a_share_halted_for_more_than_ten_sessions_has_no_price(
    name: str, old: int, *, known: bool
) -> None:
    sessions = back(280)[:-old]
    closes = {day: 10.0 + n % 7 for n, day in enumerate(sessions)}
    market = one(closes)
    assert told(name, market) is known
    assert market.of("halted_sessions") == old


@pytest.mark.parametrize(("old", "known"), [(10, True), (11, False)])
def test_a_return_starts_at_a_close_no_older_than_ten_sessions(old: int, *, known: bool) -> None:
    start = dt.date(2024, 3, 14)
    before = [day for day in SESSIONS if day <= start]
    closes = {before[-1 - old]: 8.0, DAY: 10.0}
    market = one(closes)
    assert told("return_3m", market) is known
    if known:
        assert market.of("return_3m") == pytest.approx(0.25)


def test_a_share_that_is_listed_only_later_is_not_there_yet() -> None:
    market = Market({SHARE: {days(3): 10.0}, CHINEXT: flat(back(3))})
    assert market.table().symbols == (CHINEXT,)
    assert market.table(days(3)).symbols == (CHINEXT, SHARE)


@pytest.mark.parametrize(("old", "there"), [(289, True), (290, False)])
def test_a_share_that_has_gone_is_there_no_longer(old: int, *, there: bool) -> None:
    market = Market({SHARE: flat(back(old + 1)[:1]), CHINEXT: flat(back(3))})
    assert (SHARE in market.table().symbols) is there
    if there:
        assert market.of("halted_sessions") == old


def test_a_weekend_is_told_from_the_friday_before() -> None:
    market = one({day: 10.0 + n for n, day in enumerate(back(300))})
    sunday = days(2)
    assert market.of("halted_sessions", sunday) == 0
    assert market.of("close_to_ma_20", sunday) == market.of("close_to_ma_20")
    # the week goes back to the Friday a week before
    assert market.of("return_1w", sunday) == pytest.approx(309 / 305 - 1)


def test_a_day_after_the_last_row_of_the_prices_is_told_from_what_there_is() -> None:
    market = Market({SHARE: {day: 10.0 + n for n, day in enumerate(back(30))}})
    later = days(7)
    assert market.of("halted_sessions", later) == 5
    # C(D) is 39; a week before D it closed at 39 too
    assert market.of("return_1w", later) == 0
    # of twenty sessions fifteen have a close, 25 to 39
    assert market.of("close_to_ma_20", later) == pytest.approx(39 / 32 - 1)


def test_a_session_of_which_the_prices_have_no_row_is_a_halt() -> None:
    sessions = back(60)
    closes = {day: 10.0 + n for n, day in enumerate(sessions)}
    volumes = dict.fromkeys(sessions, 600.0)
    for gap in (sessions[-3], sessions[-9]):
        del closes[gap], volumes[gap]
    market = Market(
        {SHARE: closes, CSI: {day: 100 + close for day, close in closes.items()}},
        volumes={SHARE: volumes},
        amounts={SHARE: volumes},
    )
    # 50 to 69 without 67 and 61
    mean = (sum(range(50, 70)) - 67 - 61) / 18
    assert market.of("close_to_ma_20") == pytest.approx(69 / mean - 1)
    assert market.of("traded_value_20d") == pytest.approx(600.0)
    # each gap takes two of twenty returns away
    returns = [
        closes[after] / closes[before] - 1
        for before, after in pairwise(sessions[-21:])
        if before in closes and after in closes
    ]
    assert len(returns) == 16
    assert market.of("volatility_20d") == pytest.approx(stdev(returns) * math.sqrt(252))
    del closes[sessions[-1]]
    assert market.of("halted_sessions") == 1


# spans of the calendar


@pytest.mark.parametrize(
    ("day", "months", "start"),
    [
        ("2024-03-31", "1m", "2024-02-29"),
        ("2023-03-31", "1m", "2023-02-28"),
        ("2024-05-31", "3m", "2024-02-29"),
        ("2024-08-30", "6m", "2024-02-29"),
        ("2024-02-29", "12m", "2023-02-28"),
    ],
)
def test_a_month_that_lacks_the_day_ends_on_its_last(day: str, months: str, start: str) -> None:
    at, first = dt.date.fromisoformat(day), dt.date.fromisoformat(start)
    closes = {first: 8.0, days(1, first): 9.0, days(-1, first): 7.0, at: 12.0, days(-2, at): 12.0}
    closes = {each: close for each, close in closes.items() if each in SESSIONS}
    market = one(closes)
    assert market.of(f"return_{months}", at) == pytest.approx(0.5)


def test_momentum_leaves_the_last_month_out() -> None:
    closes = {dt.date(2023, 6, 14): 8.0, dt.date(2024, 5, 14): 10.0, DAY: 20.0}
    assert one(closes).of("momentum_12_1") == pytest.approx(0.25)
    assert one(closes).of("return_12m") == pytest.approx(1.5)


@pytest.mark.parametrize(("name", "span"), [("26w", 182), ("52w", 364)])
def test_a_high_is_looked_for_after_the_first_day_of_its_weeks(name: str, span: int) -> None:
    # these days are Fridays, and sessions
    edge = days(-span)
    assert edge in SESSIONS
    sessions = back(280)
    inside = next(day for day in SESSIONS if day > edge)
    for peak, drawdown in ((edge, 0.0), (inside, -0.5)):
        closes = {**flat(sessions), peak: 20.0}
        assert one(closes).of(f"drawdown_{name}") == pytest.approx(drawdown)
    for trough, rise in ((edge, 0.0), (inside, 1.0)):
        closes = {**flat(sessions), trough: 5.0}
        assert one(closes).of(f"rise_{name}") == pytest.approx(rise)


def test_the_highest_close_may_be_the_last_one() -> None:
    closes = {day: 10.0 + n for n, day in enumerate(back(280))}
    market = one(closes)
    assert market.of("drawdown_52w") == 0.0
    assert market.of("drawdown_26w") == 0.0


# how much of a window must be known


@pytest.mark.parametrize(("kept", "known"), [(15, True), (14, False)])
def test_an_average_needs_three_quarters_of_its_sessions(kept: int, *, known: bool) -> None:
    sessions = back(20)
    closes = {day: 10.0 + n for n, day in enumerate(sessions[-kept:])}
    market = one(closes)
    assert told("close_to_ma_20", market) is known
    if known:
        # 10 to 24: the mean is 17
        assert market.of("close_to_ma_20") == pytest.approx(24 / 17 - 1)


@pytest.mark.parametrize(("kept", "known"), [(90, True), (89, False)])
def test_the_index_of_wilder_needs_ninety_closes(kept: int, *, known: bool) -> None:
    closes = {day: 10.0 + n % 3 for n, day in enumerate(back(kept))}
    assert told("rsi_14", one(closes)) is known


def test_the_index_of_wilder_reads_no_close_before_its_sessions() -> None:
    rising = {day: 10.0 + n for n, day in enumerate(back(120))}
    earlier = {day: 500.0 - n for n, day in enumerate(back(280)[:-120])}
    assert one(rising | earlier).of("rsi_14") == 100.0


@pytest.mark.parametrize(("kept", "known"), [(16, True), (15, False)])
def test_fifteen_returns_of_twenty_make_a_volatility(kept: int, *, known: bool) -> None:
    closes = {day: 10.0 * 1.1 ** (n % 2) for n, day in enumerate(back(kept))}
    market = one(closes)
    assert told("volatility_20d", market) is known
    if known:
        # eight rises of 10%, seven falls of 1/11
        up, down = 0.1, 1 / 1.1 - 1
        mean = (8 * up + 7 * down) / 15
        spread = (8 * (up - mean) ** 2 + 7 * (down - mean) ** 2) / 14
        assert market.of("volatility_20d") == pytest.approx(math.sqrt(spread * 252))


def test_a_halt_takes_two_returns_away() -> None:
    sessions = back(21)
    closes = {day: 10.0 * 1.1 ** (n % 2) for n, day in enumerate(sessions)}
    for halted in sessions[5:9:3]:
        del closes[halted]
    # 20 returns less two halts of two each
    market = one(closes)
    assert told("volatility_20d", market)
    del closes[sessions[12]]
    assert not told("volatility_20d", one(closes))


def test_a_weekly_window_counts_the_sessions_of_the_calendar() -> None:
    """Of the 26 weeks to this day Shanghai had 117 sessions: 88 closes are three quarters."""
    window = [day for day in SESSIONS if days(-182) < day <= DAY]
    assert len(window) == 117
    assert told("drawdown_26w", one(flat(window[-88:])))
    assert not told("drawdown_26w", one(flat(window[-87:])))


# benchmarks


def test_a_benchmark_is_taken_at_the_sessions_of_the_closes() -> None:
    start = dt.date(2024, 5, 14)
    early, late = back(5, start)[0], back(4)[0]
    market = Market(
        {
            SHARE: {early: 10.0, late: 11.0},
            CSI: {early: 100.0, start: 50.0, late: 104.0, DAY: 300.0},
        }
    )
    assert market.of("relative_1m") == pytest.approx(0.1 - 0.04)


@pytest.mark.parametrize(("old", "known"), [(15, True), (16, False)])
def test_a_benchmark_is_carried_for_fifteen_days(old: int, *, known: bool) -> None:
    start = dt.date(2024, 5, 14)
    market = Market({SHARE: {start: 10.0, DAY: 11.0}, CSI: {start: 100.0, days(-old): 101.0}})
    assert told("relative_1m", market) is known


def test_a_share_without_its_benchmark_is_measured_against_none() -> None:
    market = Market({SHARE: {day: 10.0 + n for n, day in enumerate(back(280))}})
    assert told("return_1m", market)
    assert not told("relative_1m", market)
    assert not told("beta_250d", market)


def test_a_benchmark_that_stands_still_gives_no_beta() -> None:
    closes = {day: 10.0 + n % 5 for n, day in enumerate(back(280))}
    assert not told("beta_120d", one(closes))


def test_a_share_that_moves_twice_as_much_has_a_beta_of_two() -> None:
    index, closes, level, close = {}, {}, 3000.0, 10.0
    for n, day in enumerate(back(280)):
        move = (0.01, -0.02, 0.03, 0.005)[n % 4]
        level, close = level * (1 + move), close * (1 + 2 * move)
        index[day], closes[day] = level, close
    market = Market({SHARE: closes, CSI: index})
    assert market.of("beta_120d") == pytest.approx(2.0)
    assert market.of("beta_250d") == pytest.approx(2.0)
    # a gap in the benchmark takes its two returns away, and makes none over the gap
    for day in back(100)[::9]:
        del index[day]
    assert market.of("beta_250d") == pytest.approx(2.0)


@pytest.mark.parametrize(("kept", "known"), [(91, True), (90, False)])
def test_a_beta_needs_ninety_returns_of_both(kept: int, *, known: bool) -> None:
    """The first row of all prices counts as well as any."""
    moves = {day: 1.0 + 0.01 * (n % 3) for n, day in enumerate(back(kept))}
    index = {day: 3000.0 * move for day, move in moves.items()}
    closes = {day: 10.0 * move for day, move in moves.items()}
    market = Market({SHARE: closes, CSI: index})
    assert told("beta_120d", market) is known
    if known:
        assert market.of("beta_120d") == pytest.approx(1.0)
        del index[back(kept)[0]]
        assert not told("beta_120d", Market({SHARE: closes, CSI: index}))


def test_each_share_has_the_benchmark_of_its_market() -> None:
    start = dt.date(2024, 5, 14)
    closes = {start: 10.0, DAY: 11.0}
    market = Market(
        {
            SHARE: closes,
            "920001.BJ": closes,
            TENCENT: closes,
            CSI: {start: 100.0, DAY: 101.0},
            "899050.BJ": {start: 100.0, DAY: 102.0},
            HSI: {start: 100.0, DAY: 103.0},
        }
    )
    for symbol, change in ((SHARE, 0.01), ("920001.BJ", 0.02), (TENCENT, 0.03)):
        assert market.of("relative_1m", symbol=symbol) == pytest.approx(0.1 - change)


# a share that stands still


@pytest.mark.parametrize("close", [10.1, 0.07, 33.33, 1e-4, 87654.321])
def test_a_share_that_stands_still_has_no_order_no_distance_and_no_index(close: float) -> None:
    market = one(flat(back(290), close))
    assert market.of("ma_order") == 0
    for count in (20, 60, 120, 250):
        assert market.of(f"close_to_ma_{count}") == 0
    assert market.of("volatility_60d") == 0
    assert market.of("drawdown_52w") == market.of("rise_52w") == 0
    assert not told("rsi_14", market)


def test_averages_in_order_are_told_by_their_sign() -> None:
    rising = {day: 10.0 + n for n, day in enumerate(back(280))}
    falling = {day: 500.0 - n for n, day in enumerate(back(280))}
    assert one(rising).of("ma_order") == 1
    assert one(falling).of("ma_order") == -1
    # low, then high, then low again: the middle average is the highest
    hump = {day: 20.0 if 20 <= n < 60 else 10.0 for n, day in enumerate(reversed(back(280)))}
    assert one(hump).of("ma_order") == 0


@pytest.mark.parametrize(
    ("first", "then", "last", "order"),
    [
        # the averages of 20, 60 and 120 sessions, from the closes of three stretches
        (10.0, 9.0, 12.0, 0),  # 12 > 10 = 10
        (10.0, 11.0, 8.0, 0),  # 8 < 10 = 10
        (9.0, 10.0, 10.0, 0),  # 10 = 10 > 9.5
        (11.0, 10.0, 10.0, 0),  # 10 = 10 < 10.5
        (9.0, 10.0, 11.0, 1),
        (11.0, 10.0, 9.0, -1),
    ],
)
def test_averages_that_are_equal_have_no_order(
    first: float, then: float, last: float, order: int
) -> None:
    levels = [first] * 60 + [then] * 40 + [last] * 20
    assert one(dict(zip(back(120), levels, strict=True))).of("ma_order") == order


def test_an_order_needs_the_longest_average_too() -> None:
    rising = {day: 10.0 + n for n, day in enumerate(back(89))}
    assert told("close_to_ma_60", one(rising))
    assert not told("ma_order", one(rising))


# trading


@pytest.mark.parametrize(("kept", "known"), [(15, True), (14, False)])
def test_traded_value_is_the_mean_of_three_quarters_at_least(kept: int, *, known: bool) -> None:
    sessions = back(20)
    closes = flat(sessions)
    amounts = {day: 100.0 * (n + 1) for n, day in enumerate(sessions[-kept:])}
    market = one(closes, amounts={SHARE: amounts})
    assert told("traded_value_20d", market) is known
    if known:
        assert market.of("traded_value_20d") == pytest.approx(800.0)


def test_turnover_divides_by_the_shares_known_on_each_day() -> None:
    sessions = back(21)
    volumes = {SHARE: {sessions[0]: 9e9, **dict.fromkeys(sessions[1:], 600.0)}}
    # 20 sessions; from the tenth on twice the shares
    facts = [
        (SHARE, "float_shares", str(sessions[1]), str(sessions[1]), 1e4),
        (SHARE, "float_shares", str(sessions[10]), str(sessions[11]), 2e4),
    ]
    market = one(flat(sessions), volumes=volumes, facts=facts)
    assert market.of("turnover_20d") == pytest.approx((10 * 0.06 + 10 * 0.03) / 20)


def test_float_shares_hold_for_fifteen_days() -> None:
    sessions = back(20)
    volumes = {SHARE: dict.fromkeys(sessions, 600.0)}
    rows = [(SHARE, "float_shares", str(sessions[0]), str(sessions[0]), 1e4)]
    market = one(flat(sessions), volumes=volumes, facts=rows)
    # of the twenty sessions too few fall into these days
    assert not told("turnover_20d", market)
    later = [*rows, (SHARE, "float_shares", str(sessions[9]), str(sessions[9]), 1e4)]
    assert replace(market, facts=later).of("turnover_20d") == pytest.approx(0.06)


@pytest.mark.parametrize(("idle", "age"), [(1, 1), (10, 10), (11, 11)])
def test_a_close_that_a_vendor_repeats_over_a_halt_is_none(idle: int, age: int) -> None:
    sessions = back(300)
    closes = {day: 10.0 + n % 7 for n, day in enumerate(sessions)}
    closes |= dict.fromkeys(sessions[-idle:], closes[sessions[-idle - 1]])
    volumes = dict.fromkeys(sessions, 100.0) | dict.fromkeys(sessions[-idle:], 0.0)
    market = one(
        closes,
        highs={SHARE: closes},
        volumes={SHARE: volumes},
        amounts={SHARE: volumes},
        actions=[pay("2024-03-08", 0.5)],
        told=WHOLE,
    )
    assert market.of("halted_sessions") == age
    gone = {day: close for day, close in closes.items() if volumes[day]}
    bare = replace(
        market,
        closes={**market.closes, SHARE: gone},
        highs={SHARE: gone},
        volumes={SHARE: {day: volumes[day] for day in gone}},
        amounts={SHARE: {day: volumes[day] for day in gone}},
    )
    one_, other = market.table(), bare.table()
    for name in list_factors():
        np.testing.assert_equal(one_.numbers(name), other.numbers(name), err_msg=name)


def test_a_new_close_of_unknown_volume_is_a_close() -> None:
    """On half days a vendor may have the closes and no volumes."""
    sessions = back(300)
    closes = {day: 10.0 + n % 7 for n, day in enumerate(sessions)}
    volumes = dict.fromkeys(sessions, 100.0) | {sessions[-1]: 0.0, sessions[-4]: 0.0}
    market = one(closes, volumes={SHARE: volumes}, amounts={SHARE: volumes})
    assert market.of("halted_sessions") == 0
    assert market.of("close_to_ma_20") == one(closes).of("close_to_ma_20")
    # and none of them counts as a day on which nothing changed hands
    assert market.of("traded_value_20d") == 100.0


LIMIT_UPS = [
    # symbol, close, high, counted; the close before is 10
    (SHARE, 11.0, 11.0, 1),
    (SHARE, 11.02, 11.02, 1),
    (SHARE, 11.03, 11.03, 0),
    (SHARE, 10.98, 10.98, 1),
    (SHARE, 10.97, 10.97, 0),
    (SHARE, 11.0, 11.01, 0),
    (SHARE, 9.0, 9.0, 0),
    (SHARE, 12.0, 12.0, 0),
    (CHINEXT, 12.0, 12.0, 1),
    (CHINEXT, 11.0, 11.0, 0),
    ("688001.SH", 12.0, 12.0, 1),
    ("920001.BJ", 13.0, 13.0, 1),
]


@pytest.mark.parametrize(("symbol", "close", "high", "count"), LIMIT_UPS)
def test_a_limit_up_closes_at_its_high_and_up_by_the_limit(
    symbol: str, close: float, high: float, count: int
) -> None:
    closes = {**flat(back(21)), DAY: close}
    market = one(closes, symbol, highs={symbol: {**closes, DAY: high}})
    assert market.of("limit_up_20d", symbol=symbol) == count


def test_a_limit_up_is_counted_in_the_last_twenty_sessions_only() -> None:
    sessions = back(22)
    for rise, count in ((sessions[1], 0), (sessions[2], 1)):
        closes = {day: 11.0 if day >= rise else 10.0 for day in sessions}
        assert one(closes, highs={SHARE: closes}).of("limit_up_20d") == count


def test_a_limit_up_after_a_halt_is_up_from_the_last_close() -> None:
    sessions = back(21)
    closes = flat(sessions[:-4]) | {DAY: 11.0}
    assert one(closes, highs={SHARE: closes}).of("limit_up_20d") == 1


@pytest.mark.parametrize(("kept", "known"), [(15, True), (14, False)])
def test_limit_ups_are_counted_where_highs_are_known(kept: int, *, known: bool) -> None:
    closes = flat(back(21))
    highs = {SHARE: flat(back(kept))}
    assert told("limit_up_20d", one(closes, highs=highs)) is known


def test_a_market_without_limits_counts_none() -> None:
    closes = flat(back(21))
    assert not told("limit_up_20d", one(closes, TENCENT, highs={TENCENT: closes}), symbol=TENCENT)


# figures of companies


@pytest.mark.parametrize(
    ("item", "factor", "lasts"),
    [
        ("pe_ttm", "pe_ttm", 15),
        ("pb", "pb", 15),
        ("ps_ttm", "ps_ttm", 15),
        ("dividend_yield_ttm", "dividend_yield_ttm", 15),
        ("market_value", "market_value", 15),
        ("roe", "roe", 550),
        ("roe_ttm", "roe", 370),
        ("revenue_growth", "revenue_growth", 280),
        ("profit_growth", "profit_growth", 280),
    ],
)
def test_a_figure_holds_for_its_days_and_no_longer(item: str, factor: str, lasts: int) -> None:
    for old, known in ((lasts, True), (lasts + 1, False)):
        period = str(days(-old))
        market = one(flat(back(30)), facts=[(SHARE, item, period, period, 0.5)])
        assert told(factor, market) is known


def test_a_figure_counts_from_the_day_it_became_known() -> None:
    rows = [
        (SHARE, "pb", "2024-06-12", "2024-06-12", 1.0),
        (SHARE, "pb", "2024-06-13", "2024-06-17", 2.0),
    ]
    market = one(flat([*back(30), dt.date(2024, 6, 17)]), facts=rows)
    assert market.of("pb") == 1.0
    assert market.of("pb", dt.date(2024, 6, 16)) == 1.0
    assert market.of("pb", dt.date(2024, 6, 17)) == 2.0


def test_an_earlier_period_that_becomes_known_later_does_not_count() -> None:
    rows = [
        (SHARE, "pb", "2024-06-13", "2024-06-13", 1.0),
        (SHARE, "pb", "2024-06-12", "2024-06-14", 2.0),
    ]
    assert one(flat(back(30)), facts=rows).of("pb") == 1.0


def test_a_later_period_counts_even_where_it_has_lapsed() -> None:
    """Of what is known the latest period counts; one that has lapsed leaves nothing."""
    rows = [
        (SHARE, "pb", str(days(-16)), str(days(-16)), 1.0),
        (SHARE, "pb", str(days(-17)), str(days(-1)), 2.0),
    ]
    assert not told("pb", one(flat(back(30)), facts=rows))


def test_of_two_sources_the_last_by_name_is_taken() -> None:
    rows = [(SHARE, "pb", "2024-06-13", "2024-06-13", value) for value in (1.0, 2.0, 3.0)]
    for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0)):
        facts = figures([rows[n] for n in order])
        names = np.array(["b", "c", "a"])[list(order)]
        table = compute_factors(
            one(flat(back(30))).panel(), DAY, facts=replace(facts, source=names)
        )
        assert table.numbers("pb").tolist() == [2.0]


@pytest.mark.parametrize(
    ("earnings", "multiple", "own"),
    [(8.0, 8.0, 0.125), (-8.0, None, -0.125), (0.0, None, None)],
)
def test_a_loss_has_a_yield_and_no_multiple(
    earnings: float, multiple: float | None, own: float | None
) -> None:
    market = one(flat(back(30)), facts=[(SHARE, "pe_ttm", str(DAY), str(DAY), earnings)])
    expected = [math.nan if each is None else each for each in (multiple, own)]
    np.testing.assert_equal([market.of("pe_ttm"), market.of("earnings_yield_ttm")], expected)


@pytest.mark.parametrize(
    ("year", "trailing", "expected"),
    [
        ("2023-12-31", "2024-03-31", 0.2),
        ("2023-12-31", "2023-12-31", 0.1),
        ("2023-12-31", "2023-09-30", 0.1),
        ("2022-12-01", "2023-09-30", 0.2),
        ("2023-12-31", "2023-06-01", 0.1),
        (None, "2023-09-30", 0.2),
    ],
)
def test_return_on_equity_is_that_of_the_later_year(
    year: str | None, trailing: str, expected: float
) -> None:
    rows = [(SHARE, "roe", year, "2024-04-30", 0.1)] if year else []
    market = one(flat(back(30)), facts=[*rows, (SHARE, "roe_ttm", trailing, "2024-04-30", 0.2)])
    assert market.of("roe") == expected


VALUE = (SHARE, "market_value", str(DAY), str(DAY), 1e9)


def test_buybacks_of_the_trailing_year_come_before_programmes() -> None:
    rows = [
        VALUE,
        (SHARE, "buyback_ttm", "2023-12-31", "2024-03-20", 2e7),
        (SHARE, "buyback_programme", "2024-02-01", "2024-05-01", 9e7),
    ]
    assert one(flat(back(30)), facts=rows).of("buyback_yield") == pytest.approx(0.02)


HKD, USD = "HKDCNY.FX", "USDCNY.FX"


def spent_abroad(rows: Sequence[tuple[str, float]], rates: Mapping[str, Figures]) -> float:
    """The buyback yield of Tencent at a market value of 1e10 in its listing's currency."""
    facts = [(TENCENT, item, "2023-12-31", "2024-03-20", value) for item, value in rows]
    facts.append((TENCENT, "market_value", str(DAY), str(DAY), 1e10))
    market = Market({TENCENT: flat(back(30)), **rates}, facts=facts)
    return market.of("buyback_yield", symbol=TENCENT)


def test_buybacks_stated_in_another_currency_are_taken_at_the_rate_of_the_day() -> None:
    rates = {HKD: {days(-1): 0.5, DAY: 0.8, days(3): 0.4}, USD: {days(-4): 7.2}}
    assert spent_abroad([("buyback_ttm_cny", 4e7)], rates) == pytest.approx(0.005)
    # of dollars each is 7.2 yuan, and 9 Hong Kong dollars
    assert spent_abroad([("buyback_ttm_usd", 1e7)], rates) == pytest.approx(0.009)
    # what is stated in the listing's own comes first, then yuan
    every = [("buyback_ttm", 1e8), ("buyback_ttm_cny", 4e7), ("buyback_ttm_usd", 1e7)]
    assert spent_abroad(every, rates) == pytest.approx(0.01)
    assert spent_abroad(every[1:], rates) == pytest.approx(0.005)


@pytest.mark.parametrize(("old", "known"), [(15, True), (16, False)])
def test_a_rate_is_carried_for_fifteen_days(old: int, *, known: bool) -> None:
    found = spent_abroad([("buyback_ttm_cny", 4e7)], {HKD: {days(-old): 0.8}})
    assert math.isnan(found) is not known


def test_without_a_rate_what_is_stated_in_another_currency_is_not_known() -> None:
    assert math.isnan(spent_abroad([("buyback_ttm_cny", 4e7)], {USD: {DAY: 7.2}}))
    assert math.isnan(spent_abroad([("buyback_ttm_usd", 4e7)], {HKD: {DAY: 0.8}}))


def test_a_mainland_share_states_yuan_in_its_own_currency() -> None:
    rows = [VALUE, (SHARE, "buyback_ttm_cny", "2023-12-31", "2024-03-20", 2e7)]
    assert one(flat(back(30)), facts=rows).of("buyback_yield") == pytest.approx(0.02)


def test_each_programme_counts_once_as_it_was_last_known() -> None:
    rows = [
        VALUE,
        (SHARE, "buyback_programme", "2024-02-01", "2024-03-01", 1e7),
        (SHARE, "buyback_programme", "2024-02-01", "2024-05-01", 3e7),
        (SHARE, "buyback_programme", "2024-02-01", "2024-06-15", 8e7),
        (SHARE, "buyback_programme", "2023-05-01", "2023-07-01", 5e7),
        (CHINEXT, "buyback_programme", "2023-05-01", "2024-06-01", 7e8),
    ]
    market = one(flat(back(30)), facts=rows)
    assert market.of("buyback_yield") == pytest.approx(0.08)


@pytest.mark.parametrize(("old", "known"), [(364, True), (365, False)])
def test_a_programme_counts_for_a_year_after_its_last_report(old: int, *, known: bool) -> None:
    rows = [VALUE, (SHARE, "buyback_programme", "2022-05-01", str(days(-old)), 1e7)]
    assert told("buyback_yield", one(flat(back(30)), facts=rows)) is known


def test_a_payout_needs_dividends_and_buybacks() -> None:
    spent = (SHARE, "buyback_ttm", "2023-12-31", "2024-03-20", 2e7)
    paid = (SHARE, "dividend_yield_ttm", str(DAY), str(DAY), 0.03)
    closes = flat(back(30))
    assert one(closes, facts=[VALUE, spent, paid]).of("shareholder_yield") == pytest.approx(0.05)
    assert not told("shareholder_yield", one(closes, facts=[VALUE, spent]))
    assert not told("shareholder_yield", one(closes, facts=[VALUE, paid]))


# dividends


def pay(ex_date: str, cash: float, bonus: float = 0.0) -> CorporateAction:
    return CorporateAction(SHARE, ex_date, cash, bonus, "high")


WHOLE = {SHARE: ("2023-01-01", "2024-12-31")}


def yield_of(
    actions: Sequence[CorporateAction],
    day: dt.date = DAY,
    told: Mapping[str, tuple[str, str]] = WHOLE,
    facts: Sequence[Figure] = (),
    last: dt.date = DAY,
) -> float:
    """The yield of a share that closes at 10 up to a last day."""
    market = one(flat(back(300, last)), actions=restate(actions), told=told, facts=facts)
    panel = market.panel().until(np.datetime64(last))
    table = compute_factors(panel, day, facts=figures(facts))
    return float(table.numbers("dividend_yield_ttm")[0])


@pytest.mark.parametrize(
    ("ex_date", "counted"),
    [("2023-06-14", False), ("2023-06-15", True), ("2024-06-14", True), ("2024-06-17", False)],
)
def test_a_dividend_counts_for_a_year_from_its_ex_date(ex_date: str, *, counted: bool) -> None:
    assert yield_of([pay(ex_date, 0.5)]) == pytest.approx(0.05 if counted else 0.0)


@pytest.mark.parametrize(("ex_date", "counted"), [("2023-06-16", False), ("2023-06-17", True)])
def test_the_year_of_dividends_ends_on_the_day_asked_for(ex_date: str, *, counted: bool) -> None:
    sunday = days(2)
    assert yield_of([pay(ex_date, 0.5)], sunday) == pytest.approx(0.05 if counted else 0.0)


def test_two_dividends_of_one_day_are_both_paid() -> None:
    assert yield_of([pay("2024-05-10", 0.3), pay("2024-05-10", 0.2)]) == pytest.approx(0.05)


def test_cash_of_the_day_of_a_bonus_is_for_the_shares_before_it() -> None:
    # 1 on each old share is 0.5 on each of those that close at 10
    assert yield_of([pay("2024-05-10", 1.0, 1.0)]) == pytest.approx(0.05)


def test_cash_before_a_bonus_is_for_more_shares_now() -> None:
    assert yield_of([pay("2024-03-08", 1.0), pay("2024-05-10", 0.1, 1.0)]) == pytest.approx(0.055)
    assert yield_of([pay("2024-03-08", 0.5, 1.0), pay("2024-05-10", 0.1)]) == pytest.approx(0.035)


GONE = "600004.SH"


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Panel]:
    """Keep two shares that paid 1 in May and doubled in July; the bars of one end in June."""
    monkeypatch.setenv("SCREENER_HOME", str(tmp_path / "home"))
    sessions = [day for day in SESSIONS if day >= dt.date(2023, 3, 1)]

    def keep(basis: str, end: str) -> Panel:
        lines = ["symbol,date,open,high,low,close,volume,amount"]
        for symbol in (SHARE, GONE):
            for n, day in enumerate(sessions):
                if symbol == GONE and day > dt.date(2024, 6, 25):
                    break
                close = 20.0 + (n % 3 if symbol == SHARE else n % 5) / 5
                if basis == "split_adjusted" or day >= dt.date(2024, 7, 1):
                    close /= 2
                lines.append(f"{symbol},{day},{close},{close},{close},{close},100,{100 * close}")
        told = ["symbol,ex_date,cash_per_share,bonus_ratio,confidence"]
        for symbol in (SHARE, GONE):
            # cash in such a file is restated for the bonus after it
            told += [f"{symbol},2024-05-10,0.5,0,high", f"{symbol},2024-07-01,0,1,high"]
        folder = tmp_path / basis
        folder.mkdir()
        (folder / "bars.csv").write_text("\n".join(lines), encoding="utf-8")
        (folder / "corporate_actions.csv").write_text("\n".join(told), encoding="utf-8")
        now = np.datetime64("2024-09-02T00:00:00")
        import_files(Store(), folder, now, basis=cast("BarBasis", basis), source="hand")
        return load_prices(None, "2023-03-01", end, fields=("close", "high"), source="store")

    return keep


@pytest.mark.parametrize("end", ["2024-06-14", "2024-07-03", "2024-08-30"])
@pytest.mark.parametrize("basis", ["raw", "split_adjusted"])
def test_cash_and_closes_are_in_the_same_shares_wherever_the_prices_end(
    kept: Callable[[str, str], Panel], basis: str, end: str
) -> None:
    """Each closed at 20 and something, and paid 1, before it was two."""
    found = compute_factors(kept(basis, end), DAY).numbers("dividend_yield_ttm")
    n = SESSIONS.index(DAY) - SESSIONS.index(dt.date(2023, 3, 1))
    assert found.tolist() == pytest.approx([1 / (20 + n % 3 / 5), 1 / (20 + n % 5 / 5)])


def test_a_bonus_that_later_prices_show_divides_cash_and_closes_alike() -> None:
    """At 10 in the new shares it closed at 20 in the old, of which each was paid 1."""
    actions = [pay("2024-05-10", 1.0), pay("2024-07-01", 0.0, 1.0)]
    assert yield_of(actions, last=dt.date(2024, 8, 30)) == pytest.approx(0.05)


@pytest.mark.parametrize(("old", "known"), [(10, True), (11, False)])
def test_a_yield_is_over_a_close_no_older_than_ten_sessions(old: int, *, known: bool) -> None:
    market = one(flat(back(300)[:-old]), actions=[pay("2024-03-08", 0.5)], told=WHOLE)
    assert told("dividend_yield_ttm", market) is known


def test_without_closes_on_the_price_basis_a_source_tells_the_yield() -> None:
    facts = [(SHARE, "dividend_yield_ttm", str(DAY), str(DAY), 0.03)]
    panel = one(flat(back(300)), actions=[pay("2024-03-08", 0.5)], told=WHOLE).panel()
    kept = {key: matrix for key, matrix in panel.prices.items() if key[1] == "total"}
    table = compute_factors(replace(panel, prices=kept), DAY, facts=figures(facts))
    assert table.numbers("dividend_yield_ttm").tolist() == [0.03]


def test_a_price_basis_that_cannot_be_cut_tells_no_yield_of_an_earlier_day() -> None:
    panel = one(flat(back(300)), actions=[pay("2024-03-08", 0.5)], told=WHOLE).panel()
    derived = replace(panel.until(np.datetime64(DAY)), derived=True)
    earlier = compute_factors(derived, back(2)[0]).numbers("dividend_yield_ttm")
    assert np.isnan(earlier).all()
    assert compute_factors(derived, DAY).numbers("dividend_yield_ttm")[0] == pytest.approx(0.05)


def test_a_share_known_to_have_paid_nothing_yields_nothing() -> None:
    assert yield_of([]) == 0.0


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (("2023-06-15", "2024-06-14"), 0.05),
        (("2023-06-16", "2024-06-14"), 0.03),
        (("2023-06-15", "2024-06-13"), 0.03),
        (("2010-01-01", "2030-01-01"), 0.05),
    ],
)
def test_a_source_tells_the_yield_where_actions_of_the_year_are_not_all_known(
    span: tuple[str, str], expected: float
) -> None:
    facts = [(SHARE, "dividend_yield_ttm", str(DAY), str(DAY), 0.03)]
    found = yield_of([pay("2024-05-10", 0.5)], told={SHARE: span}, facts=facts)
    assert found == pytest.approx(expected)


# peers


def ranked(values: Sequence[float], sectors: Sequence[str | None] = ()) -> FactorTable:
    symbols = [f"60000{n}.SH" for n in range(1, len(values) + 1)]
    facts = [
        (symbol, "pb", str(DAY), str(DAY), value)
        for symbol, value in zip(symbols, values, strict=True)
        if not math.isnan(value)
    ]
    names = sectors or ["传媒"] * len(symbols)
    own = {symbol: name for symbol, name in zip(symbols, names, strict=True) if name}
    return Market({s: flat(back(2)) for s in symbols}, facts=facts, sectors=own).table()


def test_places_of_five_peers_by_hand() -> None:
    table = ranked([3.0, 1.0, 2.0, 5.0, 2.0])
    assert table.numbers("pb_rank_sector").tolist() == [2.0, 5.0, 3.5, 1.0, 3.5]
    assert table.numbers("pb_pct_sector").tolist() == [0.75, 0.0, 0.375, 1.0, 0.375]
    assert table.numbers("pb_pct_market").tolist() == [0.75, 0.0, 0.375, 1.0, 0.375]


def test_four_known_peers_are_too_few() -> None:
    table = ranked([3.0, 1.0, 2.0, 5.0, math.nan])
    for kind in ("rank", "pct"):
        for peers in ("sector", "market"):
            assert np.isnan(table.numbers(f"pb_{kind}_{peers}")).all()


def test_a_share_of_unknown_value_is_nobodys_peer() -> None:
    table = ranked([3.0, 1.0, 2.0, 5.0, math.nan, 4.0])
    np.testing.assert_equal(table.numbers("pb_rank_sector"), [3, 5, 4, 1, math.nan, 2])
    np.testing.assert_equal(table.numbers("pb_pct_market"), [0.5, 0, 0.25, 1, math.nan, 0.75])


def test_peers_that_are_all_equal_stand_in_the_middle() -> None:
    table = ranked([2.0] * 5)
    assert table.numbers("pb_rank_market").tolist() == [3.0] * 5
    assert table.numbers("pb_pct_market").tolist() == [0.5] * 5


def test_a_share_without_a_sector_has_peers_in_its_market_only() -> None:
    table = ranked([3.0, 1.0, 2.0, 5.0, 4.0, 6.0], ["a", "a", "a", "a", "a", None])
    np.testing.assert_equal(table.numbers("pb_rank_sector"), [3, 5, 4, 1, 2, math.nan])
    assert table.numbers("pb_rank_market").tolist() == [4, 6, 5, 2, 3, 1]


def test_a_sector_of_one_name_in_two_markets_is_two() -> None:
    mainland = [f"60000{n}.SH" for n in range(1, 6)]
    abroad = [f"000{n}.HK" for n in range(1, 6)]
    facts = [
        (symbol, "pb", str(DAY), str(DAY), float(n))
        for n, symbol in enumerate([*mainland, *abroad], 1)
    ]
    market = Market(
        {symbol: flat(back(2)) for symbol in (*mainland, *abroad)},
        facts=facts,
        sectors=dict.fromkeys((*mainland, *abroad), "传媒"),
    )
    table = market.table()
    for peers in ("sector", "market"):
        found = dict(zip(table.symbols, table.numbers(f"pb_rank_{peers}"), strict=True))
        assert [found[symbol] for symbol in mainland] == [5, 4, 3, 2, 1]
        assert [found[symbol] for symbol in abroad] == [5, 4, 3, 2, 1]


# what a table holds


def test_indices_funds_and_shares_without_a_benchmark_are_left_out() -> None:
    closes = flat(back(3))
    symbols = [SHARE, CSI, HSI, "510300.SH", "430001.NQ", TENCENT, "PDD.US"]
    table = Market(dict.fromkeys(symbols, closes)).table()
    assert table.symbols == (TENCENT, SHARE, "PDD.US")
    assert table.texts["market"].tolist() == ["hongkong", "shanghai", "us"]


def test_prices_without_shares_are_refused() -> None:
    with pytest.raises(InputError, match="no share"):
        Market({CSI: flat(back(3))}).table()


@pytest.mark.parametrize("day", ["2021-01-04", "2024-06-11"])
def test_a_day_before_the_first_close_is_refused(day: str) -> None:
    with pytest.raises(InputError, match="no share has a close"):
        one(flat(back(3))).table(dt.date.fromisoformat(day))


def test_a_day_long_after_the_last_close_of_all_is_refused() -> None:
    with pytest.raises(InputError, match="no share has a close"):
        one({dt.date(2022, 6, 14): 10.0}).table()


def test_the_last_day_on_which_a_share_closed_is_the_default() -> None:
    market = one({day: 10.0 + n for n, day in enumerate(back(30))})
    table = compute_factors(market.panel())
    assert table.day == DAY


def test_the_panel_and_its_figures_are_left_as_they_were() -> None:
    market = one(
        {day: 10.0 + n for n, day in enumerate(back(30))},
        actions=[pay("2024-05-10", 0.5)],
        told=WHOLE,
    )
    panel = market.panel()
    before = panel.sha256
    compute_factors(panel, DAY)
    assert panel.sha256 == before


def test_a_sector_is_the_one_in_force_on_the_day() -> None:
    rows = [
        Row(SHARE, "甲", dt.date(2023, 1, 3), math.nan),
        Row(SHARE, "乙", days(1), math.nan),
        Row(CHINEXT, "丙", None, math.nan),
    ]
    panel = Market({symbol: flat([*back(3), days(3)]) for symbol in (SHARE, CHINEXT)}).panel()
    for dated, late in ((dt.date(2023, 1, 3), False), (dt.date(2025, 1, 3), True)):
        sectors = SectorTables((make_sectors("hand", "hand", dated, rows),))
        before = compute_factors(panel, DAY, sectors=sectors)
        assert dict(zip(before.symbols, before.texts["sector"], strict=True)) == {
            SHARE: "甲",
            CHINEXT: "丙",
        }
        assert before.told_after is late
        after = compute_factors(panel, days(3), sectors=sectors)
        assert after.texts["sector"][after.symbols.index(SHARE)] == "乙"


def test_a_table_gives_texts_factors_and_places_by_name() -> None:
    table = compute_factors(one(flat(back(30))).panel(), DAY, names={SHARE: "甲"})
    assert table.column("name").tolist() == ["甲"]
    assert table.column("board").tolist() == ["SH main"]
    assert table.column("sector").tolist() == [None]
    assert table.column("halted_sessions").tolist() == [0]
    frame = table.to_frame(["name", "return_1w", "pb_pct_market"])
    assert frame.columns.tolist() == ["name", "return_1w", "pb_pct_market"]
    assert frame.loc[SHARE, "return_1w"] == 0
    assert set(list_factors()) < set(table.to_frame().columns)
    with pytest.raises(InputError, match="no factor 'nothing'"):
        table.numbers("nothing")


def test_the_closing_day_is_that_of_the_calendar_with_most_shares() -> None:
    later = dt.date(2024, 6, 21)
    closes = {SHARE: flat([DAY]), CHINEXT: flat([DAY, days(3)]), TENCENT: flat([DAY, later])}
    panel = Market({**closes, CSI: flat(back(3, later)), HSI: flat(back(3, later))}).panel()
    assert closing_day(panel) == days(3)
    assert closing_day(panel, [TENCENT]) == later
    assert closing_day(panel, [SHARE]) == DAY


def test_a_price_basis_that_cannot_be_cut_is_refused_for_an_earlier_day() -> None:
    market = one(flat(back(30)))
    panel = replace(market.panel().until(np.datetime64(DAY)), derived=True)
    assert compute_factors(panel, DAY, basis="price").numbers("return_1w")[0] == 0
    with pytest.raises(InputError, match="derived from closes after"):
        compute_factors(panel, back(2)[0], basis="price")
    assert compute_factors(panel, back(2)[0], basis="total").numbers("return_1w")[0] == 0


def test_each_basis_has_its_own_closes() -> None:
    panel = one(flat(back(30))).panel()
    moved = panel.prices["close", "total"].copy()
    row = int(np.searchsorted(panel.dates, np.datetime64(DAY)))
    moved[row, 0] = 12.0
    other = replace(panel, prices={**panel.prices, ("close", "total"): moved})
    assert compute_factors(other, DAY, basis="total").numbers("return_1w")[0] == pytest.approx(0.2)
    assert compute_factors(other, DAY, basis="price").numbers("return_1w")[0] == 0
