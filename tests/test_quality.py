"""The quality rules: each planted fault is found, by its code, and told with what to do."""

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from test_store import NOW, history

from screener.bars import Bars
from screener.calendar import load_sessions
from screener.panel import CorporateAction
from screener.quality import (
    check_actions,
    check_bars,
    check_market,
    compare_actions,
    compare_bars,
)
from screener.quality.actions import check_bonuses
from screener.quality.finding import Finding
from screener.quality.rules import load_rules

SESSIONS = {name: load_sessions(name, 2023, 2024).days for name in ("XSHG", "XHKG")}
FLAT = (np.arange(200) >= 50) & (np.arange(200) < 58)
FRIDAY = np.datetime64("2023-03-03", "D")
AS_OF = np.datetime64("2025-01-01", "D")


def walk(symbol: str = "600519.SH", rows: int = 200, seed: int = 1, level: float = 50.0) -> Bars:
    """A random walk on real sessions, rounded to the tick, with volume and amount."""
    rng = np.random.default_rng(seed)
    days = SESSIONS["XHKG" if symbol.endswith("HK") else "XSHG"][:rows]
    close = np.round(level * np.exp(np.cumsum(rng.normal(0, 0.012, rows))), 2)
    open_ = np.round(close * np.exp(rng.normal(0, 0.004, rows)), 2)
    high = np.round(np.maximum(open_, close) * (1 + abs(rng.normal(0, 0.004, rows))), 2)
    low = np.round(np.minimum(open_, close) * (1 - abs(rng.normal(0, 0.004, rows))), 2)
    volume = np.round(1e6 * np.exp(rng.normal(0, 0.4, rows)))
    amount = volume * (high + low + close) / 3
    currency = "HKD" if symbol.endswith("HK") else "CNY"
    return Bars(
        symbol, days, open_, high, low, close, volume, amount, currency, "raw", "eastmoney", NOW
    )


def changed(bars: Bars, **columns: np.ndarray) -> Bars:
    return dataclasses.replace(bars, **columns)


def scaled(bars: Bars, rows: slice, factor: float = 1.0, shift: float = 0.0) -> Bars:
    columns = {name: getattr(bars, name).copy() for name in ("open", "high", "low", "close")}
    for column in columns.values():
        column[rows] = np.round(column[rows] * factor + shift, 2)
    return changed(bars, **columns)


def check(bars: Bars) -> list[Finding]:
    calendar = "XHKG" if bars.symbol.endswith("HK") else "XSHG"
    return check_bars(bars, SESSIONS[calendar], (), AS_OF)


def codes(findings: list[Finding] | tuple[Finding, ...]) -> list[str]:
    return [each.code for each in findings]


def at(column: np.ndarray, row: int, value: float) -> np.ndarray:
    copy = column.copy()
    copy[row] = value
    return copy


def swap(bars: Bars) -> Bars:
    rows = np.arange(len(bars))
    rows[[10, 11]] = rows[[11, 10]]
    return bars.take(rows)


FAULTS: dict[str, Callable[[Bars], Bars]] = {
    "duplicate_dates": lambda b: b.take(np.sort(np.append(np.arange(len(b)), 7))),
    "unsorted_dates": swap,
    "future_date": lambda b: changed(b, dates=at(b.dates, -1, np.datetime64("2026-01-05"))),
    "non_session_date": lambda b: changed(b, dates=b.dates + (b.dates == FRIDAY)),
    "missing_session": lambda b: b.take(np.arange(len(b)) != 30),
    "non_positive_price": lambda b: changed(b, low=at(b.low, 5, -1.0)),
    "non_finite_price": lambda b: changed(b, close=at(b.close, 5, np.nan)),
    "close_outside_range": lambda b: changed(b, close=at(b.close, 5, b.high[5] + 0.02)),
    "limit_unexplained": lambda b: scaled(b, slice(100, None), 1.3),
    "wrong_instrument": lambda b: scaled(b, slice(100, 101), 3.0),
    "volume_in_lots": lambda b: changed(b, volume=b.volume / 100),
    "filled_forward": lambda b: dataclasses.replace(
        b,
        **{
            name: np.where(FLAT, b.close[49], getattr(b, name))
            for name in ("open", "high", "low", "close")
        },
        volume=np.where(FLAT, 0.0, b.volume),
    ),
}


def test_an_untouched_series_is_clean() -> None:
    for seed in range(30):
        assert check(walk(seed=seed)) == []
        assert check(walk("0700.HK", seed=seed)) == []


@pytest.mark.parametrize("code", FAULTS)
def test_each_planted_fault_is_found_with_its_remedy(code: str) -> None:
    found = check(FAULTS[code](walk()))
    assert code in codes(found)
    (finding,) = [each for each in found if each.code == code]
    assert finding.severity == load_rules()[code].severity
    assert finding.symbol == "600519.SH"
    assert finding.message
    assert finding.remedy


def test_a_spliced_volume_is_found_without_amounts() -> None:
    bars = walk(rows=300)
    volume = bars.volume.copy()
    volume[:150] /= 100
    spliced = changed(bars, volume=volume, amount=np.full(300, np.nan))
    (finding,) = [each for each in check(spliced) if each.code == "volume_in_lots"]
    assert finding.date == str(bars.dates[150])


def test_a_known_corporate_action_explains_a_move_beyond_the_limit() -> None:
    bars = scaled(walk(), slice(100, None), 1 / 1.4)
    bonus = CorporateAction("600519.SH", str(bars.dates[100]), 0.0, 0.4, "high")
    told = dataclasses.replace(history(bonus), symbol="600519.SH")
    nothing = dataclasses.replace(history(), symbol="600519.SH")
    assert "limit_unexplained" in codes(check(bars))
    found = check_bars(bars, SESSIONS["XSHG"], [nothing], AS_OF)
    assert "limit_exceeded" in codes(found)
    assert "limit_exceeded" not in codes(check_bars(bars, SESSIONS["XSHG"], [told], AS_OF))


def test_the_first_sessions_of_a_share_know_no_limit() -> None:
    bars = scaled(walk(), slice(0, 2), 0.4)
    assert "limit_unexplained" not in codes(check(bars))


def test_series_that_agree_are_told_nothing_of() -> None:
    bars = walk()
    told = compare_bars(bars, changed(bars, source="tencent"))
    assert told.findings == ()
    assert len(told.dates) == 0


def test_half_a_tick_is_no_disagreement_and_more_is() -> None:
    bars = walk()
    within = changed(bars, close=at(bars.close, 20, bars.close[20] + 0.005))
    assert compare_bars(bars, within).findings == ()
    beyond = changed(bars, close=at(bars.close, 20, round(bars.close[20] + 0.01, 2)))
    told = compare_bars(bars, beyond)
    assert codes(told.findings) == ["revised_rows"]
    assert told.dates.tolist() == [bars.dates[20]]
    assert f"{bars.close[20]:g}" in told.findings[0].message
    assert f"{beyond.close[20]:g}" in told.findings[0].message


@pytest.mark.parametrize(
    ("code", "offered"),
    [
        ("wrong_instrument", lambda _: walk(seed=99, level=20.0)),
        ("wrong_instrument", lambda _: walk(seed=99)),
        ("volume_in_lots", lambda b: changed(b, volume=b.volume / 100)),
        ("volume_in_lots", lambda b: changed(b, volume=b.volume * 100)),
        ("other_unit", lambda b: scaled(b, slice(None), 0.92)),
        ("other_unit", lambda b: scaled(b, slice(None), 7.8)),
        ("other_basis", lambda b: scaled(b, slice(0, 120), 0.97)),
        ("other_basis", lambda b: scaled(b, slice(0, 120), 1.0, -0.5)),
        ("other_basis", lambda b: scaled(scaled(b, slice(0, 60), 0.9), slice(60, 120), 0.97)),
        ("volume_revised", lambda b: changed(b, volume=at(b.volume, 8, b.volume[8] * 1.5))),
        ("vanished_rows", lambda b: b.take(np.arange(len(b)) != 50)),
        ("overlap_too_short", lambda b: b.take(np.arange(9))),
    ],
)
def test_a_disagreement_is_diagnosed(code: str, offered: Callable[[Bars], Bars]) -> None:
    bars = walk()
    told = compare_bars(bars, offered(bars))
    assert codes(told.findings) == [code]
    assert told.findings[0].remedy


def test_the_kind_of_adjustment_is_named() -> None:
    bars = walk()
    ratio = compare_bars(bars, scaled(bars, slice(0, 120), 0.97)).findings[0]
    shift = compare_bars(bars, scaled(bars, slice(0, 120), 1.0, -0.5)).findings[0]
    assert "multiplicatively" in ratio.message
    assert "additively" in shift.message


def test_a_unit_is_named() -> None:
    bars = walk()
    (found,) = compare_bars(bars, scaled(bars, slice(None), 0.925)).findings
    assert "CNY against HKD" in found.message


def test_a_short_series_needs_no_more_overlap_than_it_has() -> None:
    bars = walk()
    six, twelve = (bars.take(np.arange(rows)) for rows in (6, 12))
    assert compare_bars(six, twelve, kept_rows=6).findings == ()


@pytest.mark.parametrize("basis", ["multiplicative", "split_adjusted"])
def test_of_adjusted_series_only_the_moves_are_compared(basis: str) -> None:
    bars = changed(walk(), basis=basis)
    rescaled = scaled(bars, slice(None), 0.5)
    assert compare_bars(bars, rescaled).findings == ()
    revised = scaled(rescaled, slice(50, 51), 1.05)
    told = compare_bars(bars, revised)
    assert codes(told.findings) == ["revised_rows"]
    assert f"{revised.close[50]:g}" in told.findings[0].message
    assert f"{bars.close[50]:g}" in told.findings[0].message
    shorter = rescaled.take(np.arange(20, 200))
    assert codes(compare_bars(bars, shorter).findings) == ["history_lost"]


def test_of_additive_series_the_differences_are_compared() -> None:
    bars = changed(walk(), basis="additive")
    assert compare_bars(bars, scaled(bars, slice(None), 1.0, -0.5)).findings == ()
    assert codes(compare_bars(bars, scaled(bars, slice(0, 50), 1.0, -0.5)).findings) == [
        "revised_rows"
    ]


def test_another_currency_is_another_unit() -> None:
    bars = walk()
    told = compare_bars(bars, changed(bars, currency="USD"))
    assert codes(told.findings) == ["other_unit"]
    assert "other_unit" in codes(check(changed(bars, currency="USD")))


def test_another_adjusted_series_is_another_instrument() -> None:
    bars = changed(walk(), basis="multiplicative")
    other = changed(walk(seed=99), basis="multiplicative")
    assert codes(compare_bars(bars, other).findings) == ["wrong_instrument"]


def actions(currency: str = "HKD", *told: tuple[int, float, float]) -> object:
    bars = walk("0700.HK", rows=400)
    listed = [
        CorporateAction("0700.HK", str(bars.dates[row]), cash, bonus, "high")
        for row, cash, bonus in told
    ]
    return dataclasses.replace(history(*listed), symbol="0700.HK", currency=currency)


def with_dividends(*told: tuple[int, float]) -> Bars:
    """Raw closes that fall by each dividend on its ex-date."""
    bars = walk("0700.HK", rows=400)
    for row, cash in told:
        factor = 1 - cash / bars.close[row - 1]
        bars = scaled(bars, slice(row, None), factor)
    return bars


def test_dividends_in_another_currency_are_refused() -> None:
    found = check_actions(actions("USD", (100, 0.5, 0.0)), None)
    assert codes(found) == ["foreign_dividend"]
    assert "USD" in found[0].message
    assert check_actions(actions("USD"), None) == []


def test_two_lists_in_the_ratio_of_the_dollars_are_refused() -> None:
    hkd, usd = actions("HKD", (100, 3.9, 0.0), (300, 7.8, 0.0)), actions("HKD", (100, 0.5, 0.0))
    for first, second in ((hkd, usd), (usd, hkd)):
        (found,) = compare_actions(first, second)
        assert found.code == "dividend_currency"
        assert "3.9" in found.message
        assert "0.5" in found.message
    assert compare_actions(hkd, hkd) == []


def test_the_falls_on_ex_dates_tell_the_currency_where_they_are_large_enough() -> None:
    rows = (60, 120, 180, 240, 300, 360)
    bars = with_dividends(*((row, 3.9) for row in rows))
    right = actions("HKD", *((row, 3.9, 0.0) for row in rows))
    wrong = actions("HKD", *((row, 0.5, 0.0) for row in rows))
    assert check_actions(right, bars) == []
    assert codes(check_actions(wrong, bars)) == ["dividend_currency"]
    # one small dividend decides nothing
    assert check_actions(actions("HKD", (60, 0.05, 0.0)), walk("0700.HK", rows=400)) == []


def test_a_dividend_of_the_whole_price_is_refused() -> None:
    bars = walk("0700.HK", rows=400)
    found = check_actions(actions("HKD", (100, bars.close[99] + 1, 0.0)), bars)
    assert "dividend_too_large" in codes(found)


def test_an_ex_date_that_was_no_session_is_told() -> None:
    told = dataclasses.replace(
        history(CorporateAction("0700.HK", "2023-07-01", 1.0, 0.0, "high")), symbol="0700.HK"
    )
    assert "ex_date_not_session" in codes(check_actions(told, None, SESSIONS["XHKG"]))


def test_a_bonus_shows_in_raw_closes_and_not_in_adjusted_ones() -> None:
    raw = scaled(walk("0700.HK", rows=400), slice(100, None), 0.5)
    bonus = actions("HKD", (100, 0.0, 1.0))
    assert check_bonuses(raw, bonus) == []
    assert codes(check_bonuses(walk("0700.HK", rows=400), bonus)) == ["bonus_not_seen"]
    adjusted = changed(raw, basis="split_adjusted")
    assert codes(check_bonuses(adjusted, bonus)) == ["bonus_seen"]
    found = check_bars(walk("0700.HK", rows=200), SESSIONS["XHKG"], [bonus], AS_OF)
    assert "bonus_not_seen" in codes(found), "the bars are held back, not the list"


def test_twins_are_found() -> None:
    bars = walk()
    twin = changed(bars, symbol="600000.SH")
    told = [finding for _, finding in check_market([bars, twin], {})]
    assert {(each.code, each.symbol) for each in told} == {
        ("same_figures", "600000.SH"),
        ("same_figures", "600519.SH"),
    }
    indices = [changed(bars, symbol=symbol) for symbol in ("000300.SH", "399300.SZ")]
    assert {finding.code for _, finding in check_market(indices, {})} == {"same_index"}
    assert check_market([bars, changed(bars, source="tencent")], {}) == []
    ends_alike = changed(twin, close=np.append(bars.close[:100] * 1.01, bars.close[100:]))
    assert check_market([bars, ends_alike], {}) == []
    assert check_market([bars, walk("600000.SH", seed=2)], {}) == []


def test_a_series_that_ends_early_and_a_session_that_all_lack_are_found() -> None:
    series = [walk(f"{600000 + n}.SH", seed=n) for n in range(20)]
    assert check_market(series, SESSIONS) == []
    stale = [series[0].take(np.arange(150)), *series[1:]]
    ((_, found),) = check_market(stale, SESSIONS)
    assert (found.code, found.symbol) == ("stale_series", "600000.SH")
    holed = [bars.take(np.arange(len(bars)) != 77) for bars in series]
    ((_, found),) = check_market(holed, SESSIONS)
    assert (found.code, found.date) == ("exchange_hole", str(series[0].dates[77]))


def test_every_rule_is_described_in_both_languages() -> None:
    for rule in load_rules().values():
        assert rule.about.zh
        assert rule.about.en
        assert rule.remedy.zh
        assert rule.remedy.en
