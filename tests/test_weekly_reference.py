"""The weekly report against plain loops: the snapshot, made markets and the larger market."""

import dataclasses
import datetime as dt
import random
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

import naive_weekly as naive
import numpy as np
import pandas as pd
import pytest

from backtests.weekly.compose import compose_week
from backtests.weekly.week import cover_week
from screener import Panel
from screener.calendar import Sessions, load_sessions
from screener.panel import CorporateAction
from screener.wide import read_wide
from universes import InputError, Report, Symbol, load_claims, load_scale
from universes.claims import Claim, Finding, Ledger
from universes.market import market_of
from universes.report import Pick, Publication, Theme
from universes.text import Text

D = dt.date
SEEDS = range(3)
TEXT = Text("甲", "A")
CSI, HSI, SPX = "000300.SH", "HSI.HK", "SPX.US"
Closes = dict[str, dict[dt.date, float]]


def close(found: Any, expected: float | None) -> None:  # noqa: ANN401
    if expected is None:
        assert found is None
    else:
        assert found == pytest.approx(expected, abs=1e-12, rel=1e-12)


def same_day(found: str | None, expected: dt.date | None) -> None:
    assert found == (None if expected is None else expected.isoformat())


def same_pick(found: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    assert (found["theme"], found["benchmark"]) == (expected["theme"], expected["benchmark"])
    for part in ("week", "since"):
        told, meant = found[part], expected[part]
        assert told["status"] == meant["status"], (found["symbol"], part, told, meant)
        for each in ("own", "benchmark", "relative"):
            close(told[each], meant[each])
        same_day(told["from"], meant["from"])
        same_day(told["to"], meant["to"])
        assert told["stale_sessions"] == meant["stale_sessions"]
        assert bool(told["reason"]) == (meant["status"] in {"pending", "unscored"})
    assert found["since"]["grade"] == expected["since"]["grade"]
    assert found["days_left"] == expected["days_left"]
    if expected["final"] is None:
        assert found["final"] is None
    else:
        assert found["final"]["grade"] == expected["final"]["grade"]
        close(found["final"]["relative"], expected["final"]["relative"])


def same_week(found: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    week, meant = found["week"], expected["week"]
    for each in ("id", "name", "whole"):
        assert week[each] == meant[each]
    same_day(week["monday"], meant["monday"])
    same_day(week["last"], meant["last"])
    ends = naive.index_by(week["exchanges"], "calendar")
    assert sorted(ends) == [each["calendar"] for each in meant["exchanges"]]
    for each in meant["exchanges"]:
        told = ends[each["calendar"]]
        same_day(told["from"], each["from"])
        same_day(told["to"], each["to"])
        assert told["sessions"] == each["sessions"]


def agree(report: Report, panel: Panel, as_of: dt.date, claims: Sequence[Claim] = ()) -> naive.Row:
    """Compose a week both ways, compare everything, and return the product's."""
    market = market_for(report, panel, claims)
    expected = naive.compose(market, as_of)
    found = compose(report, panel, as_of, claims)
    same_week(found, expected)
    assert [each["symbol"] for each in found["picks"]] == [p.symbol for p in market.picks]
    for told, meant in zip(found["picks"], expected["picks"], strict=True):
        same_pick(told, meant)
    for told, meant in zip(found["groups"], expected["groups"], strict=True):
        for name, value in meant.items():
            if isinstance(value, float):
                close(told[name], value)
            else:
                assert told[name] == value, (name, told, meant)
    indices = naive.index_by(found["benchmarks"], "symbol")
    assert sorted(indices) == sorted(each["symbol"] for each in expected["benchmarks"])
    for each in expected["benchmarks"]:
        for part in ("week", "since"):
            told, meant = indices[each["symbol"]][part], each[part]
            assert told["status"] == meant["status"]
            close(told["own"], meant["own"])
    assert {key(change) for change in found["changes"]} == expected["changes"]
    assert len(found["changes"]) == len(expected["changes"])
    for told, meant in zip(
        zip(found["course"]["known"], found["course"]["mean"], strict=True),
        expected["course"],
        strict=True,
    ):
        assert told[0] == meant[1]
        close(told[1], meant[2])
    states = naive.index_by(found["freshness"], "symbol")
    assert sorted(states) == sorted(each["symbol"] for each in expected["freshness"])
    for each in expected["freshness"]:
        told = states[each["symbol"]]
        assert (told["state"], told["behind"]) == (each["state"], each["behind"]), each
        same_day(told["last"], each["last"])
        same_day(told["expected"], each["expected"])
    marked = {f"{each['state']}_prices" for each in expected["freshness"]}
    known = {"stale_prices", "missing_prices"}
    assert {each["code"] for each in found["problems"]} & known == marked & known
    return dict(found)


def key(change: Mapping[str, Any]) -> tuple[Any, ...]:
    """A change as the loops name it."""
    kind, symbol = change["kind"], change.get("symbol")
    match kind:
        case "grade":
            return kind, symbol, change["before"], change["after"]
        case "scored" | "unscored":
            return kind, symbol, change["horizon_months"]
        case "action":
            return kind, symbol, change["ex_date"]
        case "claim":
            return kind, change["claim"], change["status"]
        case _:
            return kind, symbol


MARKETS: dict[int, tuple[Report, Panel, Sequence[Claim], naive.Market]] = {}


def market_for(report: Report, panel: Panel, claims: Sequence[Claim]) -> naive.Market:
    """Read a panel into dictionaries once."""
    if id(panel) not in MARKETS or MARKETS[id(panel)][:3] != (report, panel, claims):
        # the panel is kept beside it, so that its id stays its own
        MARKETS[id(panel)] = report, panel, claims, naive.read_market(panel, report, claims)
    return MARKETS[id(panel)][3]


def compose(report: Report, panel: Panel, as_of: dt.date, claims: Sequence[Claim]) -> Any:  # noqa: ANN401
    weekly = compose_week(report, panel, as_of, Ledger(tuple(claims)))
    found = weekly.to_dict("en")
    assert weekly.complete == (not found["problems"])
    return found


@pytest.fixture(autouse=True)
def leave_out_further_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what stands beside the week and has tests of its own, and takes its time."""
    for name in ("simulate_portfolio", "weigh_evidence", "map_conventions"):
        monkeypatch.setattr(f"backtests.weekly.compose.{name}", lambda *_, **__: None)


# Made markets


def sessions(name: str, first: dt.date, last: dt.date) -> list[dt.date]:
    days = load_sessions(name, first.year, last.year).days
    return [day for day in days.astype(dt.date).tolist() if first <= day <= last]


def calendar_of(symbol: str) -> str:
    return Symbol.parse(symbol).exchange.calendar


def made_report(
    symbols: Mapping[str, str], published: dt.date, indices: Mapping[str, str] | None = None
) -> Report:
    """Build a report of themes by symbol, with some markets' indices in place of the usual."""
    scale = load_scale("soochow")
    own = {market: Symbol.parse(index) for market, index in (indices or {}).items()}
    scale = dataclasses.replace(scale, benchmarks=scale.benchmarks | own)
    themes: dict[str, list[Pick]] = {}
    for name, theme in symbols.items():
        symbol = Symbol.parse(name)
        pick = Pick(symbol, market_of(symbol), TEXT, "recommend", "1", "推荐")
        themes.setdefault(theme, []).append(pick)
    return Report(
        "report",
        TEXT,
        TEXT,
        TEXT,
        Publication(published, inferred=False, window=(), evidence=()),
        scale,
        tuple(
            Theme(name, TEXT, "1", "overweight", TEXT, (), (), tuple(picks))
            for name, picks in themes.items()
        ),
    )


def to_panel(
    closes: Closes, actions: Sequence[CorporateAction] = (), total: Closes | None = None
) -> Panel:
    frames: dict[Literal["price", "total", "raw"], pd.DataFrame] = {}
    if closes:
        frames["price"] = to_frame(closes)
    if total:
        frames["total"] = to_frame(total)
    return Panel.from_frames(frames, actions=actions)


def to_frame(closes: Closes) -> pd.DataFrame:
    series = {
        symbol: pd.Series(list(found.values()), pd.to_datetime(list(found)), dtype=np.float64)
        for symbol, found in closes.items()
    }
    return pd.DataFrame(series).sort_index()


PUBLISHED = D(2023, 9, 3)
FIRST, END = D(2023, 8, 1), D(2024, 7, 19)
MADE = {
    "600519.SH": "a",
    "688498.SH": "a",
    "300308.SZ": "b",
    "000001.SZ": "b",
    "002517.SZ": "b",
    "0700.HK": "c",
    "9992.HK": "c",
    "3690.HK": "b",
    "PDD.US": "d",
    "BIDU.US": "d",
    "601019.SH": "e",
    "920002.BJ": "e",
}
OTHERS = ("600036.SH", "1810.HK")


@cache
def lived(seed: int) -> tuple[Report, Panel, tuple[Claim, ...]]:
    """A market of daily prices with halts of every length, late listings and coarse prices."""
    luck = random.Random(seed)  # noqa: S311 - a test's made luck
    closes: Closes = {}
    for symbol in (*MADE, *OTHERS, CSI, HSI, SPX):
        level, found = luck.choice([20.0, 100.0]), {}
        for day in sessions(calendar_of(symbol), FIRST, END):
            level *= 1 + luck.gauss(0.0, 0.02)
            # whole numbers, so that closes tie and relative returns meet a bound
            found[day] = max(round(level), 1.0)
        closes[symbol] = found
    for symbol in MADE:
        for _ in range(luck.randrange(5)):
            halt(closes, symbol, luck.choice(sorted(closes[symbol])), luck.choice([1, 3, 7, 12]))
    halt(closes, luck.choice(sorted(MADE)), D(2023, 9, 4), luck.choice([1, 10, 11]))
    # listed late, listed for a part of the time, never listed
    closes["688498.SH"] = {d: v for d, v in closes["688498.SH"].items() if d >= D(2023, 10, 11)}
    closes["9992.HK"] = {d: v for d, v in closes["9992.HK"].items() if d >= D(2023, 9, 7)}
    closes["601019.SH"] = {}
    # an exchange's prices end before its index's, and an index before the shares
    ends = {"XNYS": D(2024, 3, 12), "XSHG": END, "XHKG": D(2024, 7, 2)}
    for symbol in (*MADE, *OTHERS):
        last = ends[calendar_of(symbol)]
        closes[symbol] = {day: value for day, value in closes[symbol].items() if day <= last}
    closes[CSI] = {day: value for day, value in closes[CSI].items() if day <= D(2024, 7, 10)}
    # a session that nobody recorded, and one that an index alone has
    for symbol, found in closes.items():
        if calendar_of(symbol) == "XSHG":
            found.pop(D(2023, 12, 22), None)
            if symbol != CSI:
                found.pop(D(2024, 1, 19), None)
    indices = {"hongkong": CSI} if seed % 2 else {}
    report = made_report(MADE, PUBLISHED, indices)
    return report, to_panel(closes, made_actions(luck)), made_claims(luck)


def halt(closes: Closes, symbol: str, since: dt.date, length: int) -> None:
    days = sessions(calendar_of(symbol), FIRST, END)
    after = [day for day in days if day >= since][:length]
    closes[symbol] = {day: value for day, value in closes[symbol].items() if day not in after}


def made_actions(luck: random.Random) -> list[CorporateAction]:
    found = []
    for symbol in (*MADE, "600036.SH"):
        for day in sorted({FIRST + dt.timedelta(luck.randrange(350)) for _ in range(3)}):
            cash, bonus = luck.choice([(0.5, 0.0), (0.0, 1.0), (0.2, 0.3)])
            found.append(CorporateAction(symbol, day.isoformat(), cash, bonus, "high"))
    return found


def made_claims(luck: random.Random) -> tuple[Claim, ...]:
    found = []
    for number in range(12):
        day = PUBLISHED + dt.timedelta(luck.randrange(300))
        findings = []
        for status in luck.sample(["true", "false", "undecidable"], luck.randrange(3)):
            findings.append(Finding(status, day, TEXT, "source", "", verified=False))  # type: ignore[arg-type]
            day += dt.timedelta(luck.choice([1, 3, 40]))
        due = PUBLISHED + dt.timedelta(luck.randrange(300)) if luck.random() < 0.8 else None
        found.append(Claim(f"claim{number}", "1", TEXT, "words", due, tuple(findings)))
    return tuple(found)


def some_days(seed: int) -> list[dt.date]:
    """Days of all kinds, the awkward ones always."""
    luck = random.Random(seed)  # noqa: S311 - a test's made luck
    days = {PUBLISHED + dt.timedelta(luck.randrange(1, 330)) for _ in range(10)}
    days |= {D(2023, 9, 8), D(2023, 9, 15), D(2023, 10, 6), D(2023, 12, 22), D(2024, 1, 19)}
    # the weeks after a session that nobody recorded
    days |= {D(2023, 12, 29), D(2024, 1, 26)}
    days |= {D(2024, 2, 16), D(2024, 3, 12), D(2024, 3, 15), D(2024, 7, 12)}
    return sorted(days)


@pytest.mark.parametrize("seed", SEEDS)
def test_weeks_of_a_made_market_are_those_of_plain_loops(seed: int) -> None:
    report, panel, claims = lived(seed)
    kinds = set()
    for day in some_days(seed):
        kinds |= {change["kind"] for change in agree(report, panel, day, claims)["changes"]}
    assert kinds >= {"grade", "scored", "high", "low", "suspended", "resumed", "action", "claim"}


# The snapshot


def weeks(first: dt.date, last: dt.date) -> list[dt.date]:
    return [first + dt.timedelta(7 * n) for n in range((last - first).days // 7 + 1)]


def test_every_week_of_the_snapshot_is_that_of_plain_loops(report: Report, snapshot: Panel) -> None:
    claims = load_claims().claims
    scored = 0
    for friday in weeks(D(2024, 6, 21), D(2025, 8, 22)):
        found = agree(report, snapshot, friday, claims)
        scored += found["groups"][0]["known"]
    # every pick in each of 62 weeks
    assert scored == 28 * 62


@pytest.mark.parametrize(
    "day",
    [
        "2024-06-17",
        "2024-06-19",
        "2024-07-17",
        "2024-09-05",
        "2024-09-06",
        "2024-09-17",
        "2024-09-30",
        "2024-10-01",
        "2024-10-06",
        "2024-10-10",
        "2024-12-17",
        "2024-12-18",
        "2024-12-31",
        "2025-01-01",
        "2025-01-27",
        "2025-01-28",
        "2025-01-30",
        "2025-04-17",
        "2025-04-18",
        "2025-06-17",
        "2025-08-24",
    ],
)
def test_days_amid_the_snapshots_weeks_are_those_of_plain_loops(
    report: Report, snapshot: Panel, day: str
) -> None:
    agree(report, snapshot, D.fromisoformat(day), load_claims().claims)


# The larger market


@pytest.mark.market
def test_weeks_of_the_larger_market_are_those_of_plain_loops(
    market_folder: Path, report: Report
) -> None:
    columns = ["symbol", "date", "close"]
    names = [str(pick.symbol) for pick in report.picks]
    bars = pd.concat(
        pd.read_parquet(market_folder / f"{name}_daily.parquet", columns=columns)
        for name in ("cn", "hk", "index")
    )
    others = sorted(bars["symbol"].unique())[::40]
    bars = bars[bars["symbol"].isin([*names, *others, CSI, HSI])]
    table = bars.pivot_table(index="date", columns="symbol", values="close")
    table.index = pd.to_datetime(table.index)
    panel = Panel.from_frames({"total": table.loc["2024-01-01":]})
    luck = random.Random(7)  # noqa: S311 - a test's made luck
    days = [D(2024, 6, 17) + dt.timedelta(luck.randrange(433)) for _ in range(10)]
    assert len([agree(report, panel, day) for day in days]) == 10


# Worked by hand


PUBLISHED_BY_HAND = D(2024, 5, 31)
A, B, H = "600519.SH", "300308.SZ", "0700.HK"


Values = Mapping[str, Mapping[str, float | None]]


def flat(symbols: Sequence[str], values: Values, until: str) -> Panel:
    """Closes of 100 on every session of 2024 until a day, but for those given; None is a halt."""
    closes: Closes = {}
    for symbol in symbols:
        days = sessions(calendar_of(symbol), D(2024, 1, 2), D.fromisoformat(until))
        closes[symbol] = dict.fromkeys(days, 100.0)
        for day, value in values.get(symbol, {}).items():
            if value is None:
                del closes[symbol][D.fromisoformat(day)]
            else:
                closes[symbol][D.fromisoformat(day)] = value
    return to_panel(closes)


def pick_of(found: Mapping[str, Any], symbol: str) -> Any:  # noqa: ANN401
    return naive.index_by(found["picks"], "symbol")[symbol]


def test_a_halt_over_both_ends_of_the_week_is_measured_between_the_closes_there_are() -> None:
    report = made_report({A: "a", B: "a"}, PUBLISHED_BY_HAND)
    values: Values = {
        A: {"2024-06-13": 80.0, "2024-06-14": None, "2024-06-20": 100.0, "2024-06-21": None},
        CSI: {"2024-06-13": 50.0, "2024-06-20": 70.0, "2024-06-21": 55.0},
    }
    found = agree(report, flat([A, B, CSI], values, "2024-06-21"), D(2024, 6, 21))
    week = pick_of(found, A)["week"]
    # 80 to 100 on the 20th, the index from 50 on the 13th to 55 on the 21st
    assert (week["from"], week["to"], week["stale_sessions"]) == ("2024-06-13", "2024-06-21", 1)
    assert week["own"] == pytest.approx(0.25, abs=1e-12)
    assert week["benchmark"] == pytest.approx(0.10, abs=1e-12)
    assert week["relative"] == pytest.approx(0.15, abs=1e-12)
    # B stood still while the index went from 100 to 55
    assert pick_of(found, B)["week"]["relative"] == pytest.approx(0.45, abs=1e-12)
    every = found["groups"][0]
    assert (every["count"], every["known"]) == (2, 2)
    assert every["relative"] == pytest.approx(0.30, abs=1e-12)


@pytest.mark.parametrize(("last", "status"), [("2024-05-30", "scored"), ("2024-05-29", "unscored")])
def test_a_first_close_may_be_ten_sessions_older_than_the_week_before(
    last: str, status: str
) -> None:
    # from is 06-14; ten sessions before it, 06-10 being a holiday, is 05-30
    halted: dict[str, float | None] = dict.fromkeys(
        day.isoformat()
        for day in sessions("XSHG", D(2024, 1, 2), D(2024, 6, 17))
        if day > D.fromisoformat(last)
    )
    values: Values = {A: halted, CSI: {last: 50.0}}
    report = made_report({A: "a", B: "a"}, D(2024, 1, 31))
    found = agree(report, flat([A, B, CSI], values, "2024-06-21"), D(2024, 6, 21))
    week = pick_of(found, A)["week"]
    assert week["status"] == status
    assert (week["benchmark"] == 1.0) == (status == "scored")
    assert [each["kind"] for each in found["changes"] if each["symbol"] == A] == ["resumed"]


def test_a_week_without_a_session_is_closed_for_one_exchange_only() -> None:
    # Spring Festival of 2024: Shanghai from 02-09 to 02-18, Hong Kong on the 12th and 13th
    report = made_report({A: "a", H: "b"}, D(2024, 1, 5))
    values = {A: {"2024-01-08": 80.0}, H: {"2024-02-16": 105.0}, HSI: {"2024-02-16": 102.0}}
    found = agree(report, flat([A, H, CSI, HSI], values, "2024-02-16"), D(2024, 2, 16))
    ends = naive.index_by(found["week"]["exchanges"], "calendar")
    assert found["week"]["id"] == "2024-W07"
    assert (ends["XSHG"]["from"], ends["XSHG"]["to"]) == ("2024-02-08", None)
    assert (ends["XHKG"]["from"], ends["XHKG"]["to"]) == ("2024-02-09", "2024-02-16")
    assert ends["XHKG"]["sessions"] == 3
    assert pick_of(found, A)["week"]["status"] == "closed"
    assert pick_of(found, H)["week"]["relative"] == pytest.approx(0.03, abs=1e-12)
    assert found["groups"][0]["known"] == 1
    # up by a quarter since entry, which a holiday does not make unknown
    assert pick_of(found, A)["since"]["relative"] == pytest.approx(0.25, abs=1e-12)
    assert {each["state"] for each in found["freshness"]} == {"current"}


def test_prices_that_end_before_the_week_are_stale_and_nobody_has_a_figure() -> None:
    report = made_report({A: "a", H: "b"}, PUBLISHED_BY_HAND)
    panel = flat([A, H, CSI, HSI], {}, "2024-06-21")
    kept = dict(naive.read_closes(panel, "price"))
    kept[A] = {day: value for day, value in kept[A].items() if day <= D(2024, 6, 18)}
    found = agree(report, to_panel(kept), D(2024, 6, 21))
    assert pick_of(found, A)["week"]["status"] == pick_of(found, A)["since"]["status"] == "stale"
    assert pick_of(found, A)["since"]["grade"] is None
    assert pick_of(found, H)["week"]["status"] == "scored"
    fresh = naive.index_by(found["freshness"], "symbol")
    assert (fresh[A]["state"], fresh[A]["behind"]) == ("stale", 3)
    assert fresh[CSI]["state"] == "current"


def test_one_share_that_trades_makes_the_others_halted_and_not_stale() -> None:
    report = made_report({A: "a"}, PUBLISHED_BY_HAND)
    halted = {"2024-06-20": None, "2024-06-21": None}
    found = agree(report, flat([A, B, CSI], {A: halted}, "2024-06-21"), D(2024, 6, 21))
    week = pick_of(found, A)["week"]
    assert (week["status"], week["to"], week["stale_sessions"]) == ("scored", "2024-06-21", 2)
    assert [each["kind"] for each in found["changes"]] == ["suspended"]
    fresh = naive.index_by(found["freshness"], "symbol")
    assert (fresh[A]["state"], fresh[A]["behind"]) == ("suspended", 2)


def test_a_tie_is_neither_high_nor_low_and_the_fifth_week_tells_first() -> None:
    report = made_report({A: "a"}, PUBLISHED_BY_HAND)
    # entry on Monday 06-03; Monday 07-01 is 28 days later, Monday 06-24 is 21
    values = {A: dict.fromkeys(("2024-06-26", "2024-07-03", "2024-07-05"), 101.0)}
    values[A]["2024-07-10"] = 102.0
    panel = flat([A, CSI], values, "2024-07-12")
    told = {
        day: [each["kind"] for each in agree(report, panel, day)["changes"]]
        for day in (D(2024, 6, 28), D(2024, 7, 5), D(2024, 7, 12))
    }
    assert told == {D(2024, 6, 28): [], D(2024, 7, 5): ["scored"], D(2024, 7, 12): ["high"]}
    (high,) = agree(report, panel, D(2024, 7, 12))["changes"]
    assert (high["date"], high["gain"]) == ("2024-07-10", pytest.approx(0.02, abs=1e-12))
    low = flat([A, CSI], {A: {"2024-07-03": 99.0}}, "2024-07-05")
    assert {each["kind"] for each in agree(report, low, D(2024, 7, 5))["changes"]} == {
        "low",
        "scored",
    }


@pytest.mark.parametrize(
    ("level", "grade"),
    [(115.0, "buy"), (114.9, "overweight"), (105.0, "overweight"), (95.0, "underweight")],
)
def test_the_grade_so_far_has_the_scales_own_bounds(level: float, grade: str) -> None:
    report = made_report({A: "a"}, PUBLISHED_BY_HAND)
    found = agree(report, flat([A, CSI], {A: {"2024-06-14": level}}, "2024-06-14"), D(2024, 6, 14))
    (pick,) = found["picks"]
    assert (pick["since"]["grade"], pick["final"]) == (grade, None)
    # 06-03 and six months are 12-03, and the week's Sunday is 06-16
    assert pick["days_left"] == 170
    assert [(each["before"], each["after"]) for each in found["changes"]] == [("neutral", grade)]


def test_the_final_grade_stands_still_while_the_return_moves_on() -> None:
    report = made_report({A: "a"}, D(2024, 1, 5))
    # entry 01-08; six months later is 07-08, a Monday
    values = {A: {"2024-07-08": 120.0, "2024-07-12": 90.0, "2024-07-19": 106.0}}
    panel = flat([A, CSI], values, "2024-07-19")
    week = agree(report, panel, D(2024, 7, 12))
    (pick,) = week["picks"]
    assert pick["final"]["grade"] == "buy"
    assert pick["final"]["relative"] == pytest.approx(0.20, abs=1e-12)
    assert pick["since"]["relative"] == pytest.approx(-0.10, abs=1e-12)
    assert ("scored", 6) in {(each["kind"], each.get("horizon_months")) for each in week["changes"]}
    after = agree(report, panel, D(2024, 7, 19))
    assert after["picks"][0]["final"] == pick["final"]
    # no grade so far is told once the horizon is over
    assert "grade" not in {each["kind"] for each in after["changes"]}


def test_no_grade_is_told_after_a_horizon_that_ended_on_the_sunday() -> None:
    # entry 03-01; six months later is Sunday 09-01, scored on Friday 08-30
    report = made_report({A: "a"}, D(2024, 2, 29))
    values = {A: {"2024-08-30": 107.0, "2024-09-06": 90.0}}
    panel = flat([A, CSI], values, "2024-09-06")
    (told,) = (x for x in agree(report, panel, D(2024, 8, 30))["changes"] if x["kind"] == "grade")
    assert (told["before"], told["after"], told["rose"]) == ("neutral", "overweight", True)
    after = agree(report, panel, D(2024, 9, 6))
    assert (after["picks"][0]["days_left"], after["picks"][0]["since"]["grade"]) == (
        0,
        "underweight",
    )
    assert {each["kind"] for each in after["changes"]} == {"low"}


def test_a_grade_is_not_final_before_the_prices_of_its_last_session_are_there() -> None:
    # entry on Friday 2024-01-12, so that the horizon ends on Friday 07-12
    report = made_report({A: "a", B: "a"}, D(2024, 1, 11))
    panel = flat([A, B, CSI], {A: {"2024-07-11": 110.0, "2024-07-12": 120.0}}, "2024-07-12")
    closes = naive.read_closes(panel, "price")
    early = {
        s: {d: v for d, v in found.items() if d < D(2024, 7, 12)} for s, found in closes.items()
    }
    found = agree(report, to_panel(early | {CSI: closes[CSI]}), D(2024, 7, 12))
    assert [(each["final"], each["since"]["status"]) for each in found["picks"]] == [
        (None, "stale"),
        (None, "stale"),
    ]
    assert found["changes"] == []
    found = agree(report, panel, D(2024, 7, 12))
    assert pick_of(found, A)["final"]["grade"] == "buy"
    assert {each["kind"] for each in found["changes"]} == {"grade", "scored", "high"}


def test_a_claim_is_told_in_the_week_in_which_it_is_decided_or_due() -> None:
    def claim(name: str, due: str, *findings: tuple[str, str]) -> Claim:
        told = tuple(
            Finding(status, D.fromisoformat(day), TEXT, "source", "", verified=False)  # type: ignore[arg-type]
            for day, status in findings
        )
        return Claim(name, "1", TEXT, "words", D.fromisoformat(due) if due else None, told)

    claims = (
        claim("due on the Sunday before", "2024-06-16"),
        claim("due on Monday", "2024-06-17"),
        claim("due on Sunday", "2024-06-23"),
        claim("due on the Monday after", "2024-06-24"),
        claim("due and known before", "2024-06-19", ("2024-06-03", "true")),
        claim("due and known after", "2024-06-19", ("2024-06-24", "true")),
        claim("decided on Monday", "2024-12-31", ("2024-06-17", "false")),
        claim("decided on Sunday", "", ("2024-06-23", "undecidable")),
        claim("decided before", "", ("2024-06-16", "true")),
        claim("decided twice alike", "", ("2024-06-10", "true"), ("2024-06-20", "true")),
        claim("turned round", "", ("2024-06-10", "true"), ("2024-06-20", "false")),
    )
    report = made_report({A: "a"}, PUBLISHED_BY_HAND)
    found = agree(report, flat([A, CSI], {}, "2024-06-28"), D(2024, 6, 21), claims)
    assert [(each["claim"], each["status"]) for each in found["changes"]] == [
        ("due on Monday", "open"),
        ("due on Sunday", "open"),
        ("due and known after", "open"),
        ("decided on Monday", "false"),
        ("decided on Sunday", "undecidable"),
        ("turned round", "false"),
    ]


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2024-12-31", "2025-W01-to-2024-12-31"),
        ("2025-01-03", "2025-W01"),
        ("2025-01-05", "2025-W01"),
        # Shanghai is open on Good Friday, so the Thursday is not the end
        ("2025-04-17", "2025-W16-to-2025-04-17"),
        # both are closed on the Friday of Tomb-Sweeping
        ("2025-04-03", "2025-W14"),
        ("2025-08-18", "2025-W34-to-2025-08-18"),
    ],
)
def test_a_week_is_named_as_the_standard_names_it(
    report: Report, snapshot: Panel, day: str, name: str
) -> None:
    week = compose(report, snapshot, D.fromisoformat(day), ())["week"]
    assert (week["id"], week["name"], week["whole"]) == (name[:8], name, name == name[:8])


def test_the_calendar_of_a_benchmark_counts_and_that_of_another_share_does_not() -> None:
    # on Good Friday of 2025 Shanghai is open and Hong Kong is not
    panel = flat([A, H, CSI, HSI], {}, "2025-04-18")
    usual = agree(made_report({H: "a"}, D(2025, 3, 31)), panel, D(2025, 4, 17))
    assert usual["week"]["name"] == "2025-W16"
    assert [each["calendar"] for each in usual["week"]["exchanges"]] == ["XHKG"]
    across = made_report({H: "a"}, D(2025, 3, 31), {"hongkong": CSI})
    assert agree(across, panel, D(2025, 4, 17))["week"]["name"] == "2025-W16-to-2025-04-17"
    assert agree(across, panel, D(2025, 4, 18))["week"]["name"] == "2025-W16"


def test_friday_saturday_and_sunday_are_one_report(report: Report, snapshot: Panel) -> None:
    days = [D(2024, 9, day) for day in (20, 21, 22)]
    friday, *others = (compose(report, snapshot, day, load_claims().claims) for day in days)
    for each in others:
        assert {name: part for name, part in each.items() if name != "as_of"} == {
            name: part for name, part in friday.items() if name != "as_of"
        }


def test_the_first_week_is_that_of_the_first_exchange_that_opens() -> None:
    # Hong Kong opens on 2024-02-09, Shanghai after the holidays on the 19th
    report = made_report({A: "a", H: "b"}, D(2024, 2, 8))
    panel = flat([A, H, CSI, HSI], {}, "2024-02-23")
    first = agree(report, panel, D(2024, 2, 9))
    assert (first["week"]["name"], first["course"]["known"]) == ("2024-W06", [1])
    assert pick_of(first, A)["since"]["status"] == "pending"
    with pytest.raises(InputError, match="no session by 2024-02-08"):
        compose(report, panel, D(2024, 2, 8), ())
    found = agree(report, panel, D(2024, 2, 23))
    assert found["course"]["weeks"] == ["2024-W06", "2024-W07", "2024-W08"]
    assert found["course"]["known"] == [1, 1, 2]


def test_a_week_whose_sessions_are_not_known_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    known = Sessions("XSHG", np.array(["2024-06-18"], "datetime64[D]"), np.datetime64("2024-06-22"))
    monkeypatch.setattr("backtests.weekly.week.load_sessions", lambda *_: known)
    with pytest.raises(InputError, match="known until 2024-06-22"):
        cover_week(D(2024, 6, 20), ["XSHG"])


@pytest.mark.parametrize(("as_of", "own"), [("2024-06-21", 0.05), ("2024-06-28", 0.0)])
def test_a_bonus_is_no_fall_whether_it_is_known_or_not_yet(
    tmp_path: Path, as_of: str, own: float
) -> None:
    # ten for ten and 2 in cash on Wednesday: 21 is 10.5 for each share there is since
    days = [day.isoformat() for day in sessions("XSHG", D(2024, 5, 1), D(2024, 6, 28))]
    raw = [20.0 if day <= "2024-06-14" else 21.0 if day < "2024-06-19" else 10.5 for day in days]
    rows = [f"{day},{value},100" for day, value in zip(days, raw, strict=True)]
    (tmp_path / "closes_raw.csv").write_text("\n".join([f"date,{A},{CSI}", *rows]) + "\n")
    action = f"{A},2024-06-19,2.0,1.0,high"
    (tmp_path / "corporate_actions.csv").write_text(
        f"symbol,ex_date,cash_per_share,bonus_ratio,confidence\n{action}\n"
    )
    panel = read_wide(tmp_path)
    found = agree(made_report({A: "a"}, PUBLISHED_BY_HAND), panel, D.fromisoformat(as_of))
    assert pick_of(found, A)["week"]["own"] == pytest.approx(own, abs=1e-12)
    assert pick_of(found, A)["since"]["own"] == pytest.approx(0.05, abs=1e-12)
    told = [each["kind"] for each in found["changes"] if each["kind"] != "grade"]
    assert told == (["action"] if own else [])


def test_prices_derived_to_the_end_of_the_tables_tell_their_last_week_only(tmp_path: Path) -> None:
    days = [day.isoformat() for day in sessions("XSHG", D(2024, 5, 1), D(2024, 7, 5))]
    rows = [f"{day},{100 + n},100" for n, day in enumerate(days)]
    (tmp_path / "closes_total.csv").write_text("\n".join([f"date,{A},{CSI}", *rows]) + "\n")
    (tmp_path / "corporate_actions.csv").write_text(
        f"symbol,ex_date,cash_per_share,bonus_ratio,confidence\n{A},2024-07-03,2.0,0.0,high\n"
    )
    report, panel = made_report({A: "a"}, PUBLISHED_BY_HAND), read_wide(tmp_path)
    kinds = {each["kind"] for each in agree(report, panel, D(2024, 7, 5))["changes"]}
    assert kinds >= {"scored", "action", "high"}
    with pytest.raises(InputError, match="derived from closes after 2024-06-30"):
        compose(report, panel, D(2024, 6, 28), ())


def test_on_the_total_basis_the_index_with_dividends_is_the_benchmark() -> None:
    full = "H00300.CSI"
    values = {A: {"2024-06-21": 110.0}, full: {"2024-06-21": 104.0}, CSI: {"2024-06-21": 103.0}}
    closes = naive.read_closes(flat([A, B, CSI, full], values, "2024-06-21"), "price")
    report = made_report({A: "a", B: "a"}, PUBLISHED_BY_HAND)
    found = compose(report, to_panel({}, total=closes), D(2024, 6, 21), ())
    assert pick_of(found, A)["benchmark"] == full
    assert pick_of(found, A)["week"]["relative"] == pytest.approx(0.06, abs=1e-12)
    assert [each["symbol"] for each in found["benchmarks"]] == [full]
    assert full in {each["symbol"] for each in found["freshness"]}
    assert not found["problems"]
    closes[full].pop(D(2024, 6, 21))
    ended = compose(report, to_panel({}, total=closes), D(2024, 6, 21), ())
    assert ended["groups"][0]["known"] == 0
    assert [each["code"] for each in ended["problems"]] == ["stale_prices"]
    # without it the price index stands in
    del closes[full]
    found = agree(report, to_panel({}, total=closes), D(2024, 6, 21))
    assert pick_of(found, A)["week"]["relative"] == pytest.approx(0.07, abs=1e-12)


@pytest.mark.parametrize("gap", ["2024-06-14", "2024-06-03"])
def test_a_report_whose_index_lacks_a_session_is_not_complete(gap: str) -> None:
    panel = flat([A, B, CSI], {CSI: {gap: None}}, "2024-06-21")
    found = agree(made_report({A: "a"}, PUBLISHED_BY_HAND), panel, D(2024, 6, 21))
    assert [each["code"] for each in found["problems"]] == ["missing_sessions"]


def test_a_few_picks_that_are_known_on_one_basis_only_do_not_choose_it() -> None:
    symbols = [f"60000{n}.SH" for n in range(10)]
    closes = naive.read_closes(flat([*symbols, CSI], {}, "2024-06-21"), "price")
    report = made_report(dict.fromkeys(symbols, "a"), PUBLISHED_BY_HAND)
    for missing, known in ((1, 9), (2, 10)):
        price = {
            symbol: found for symbol, found in closes.items() if symbol not in symbols[:missing]
        }
        found = agree(report, to_panel(price, total=closes), D(2024, 6, 21))
        assert found["groups"][0]["known"] == known


# What is not known yet


def later(panel: Panel, day: dt.date) -> Panel:
    """Triple what comes after a day, list a share there, and pay a bonus."""
    rows = panel.dates > np.datetime64(day)
    assert rows.any()
    prices = {}
    for kind, matrix in panel.prices.items():
        told = matrix.copy()
        told[rows] *= np.linspace(2.0, 4.0, rows.sum())[:, None]
        listed = np.where(rows, 50.0, np.nan)[:, None]
        prices[kind] = np.hstack([told, listed])
    after = (day + dt.timedelta(1)).isoformat()
    actions = [CorporateAction(symbol, after, 5.0, 1.0, "high") for symbol in panel.symbols]
    return dataclasses.replace(
        panel,
        symbols=(*panel.symbols, "600000.SH"),
        prices=prices,
        actions=(*panel.actions, *actions),
    )


def rescaled(panel: Panel) -> Panel:
    """Give every security its own unit, as an adjusted series has another at each download."""
    units = np.linspace(0.3, 7.0, len(panel.symbols))
    return dataclasses.replace(panel, prices={k: m * units for k, m in panel.prices.items()})


def alike(found: Any, expected: Any) -> None:  # noqa: ANN401
    """Compare JSON values, numbers to 1e-12."""
    if isinstance(expected, dict):
        assert list(found) == list(expected)
        for name, value in expected.items():
            alike(found[name], value)
    elif isinstance(expected, list):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            alike(one, other)
    elif isinstance(expected, float):
        close(found, expected)
    else:
        assert found == expected


@pytest.mark.parametrize("day", ["2023-10-27", "2023-12-22", "2024-02-16", "2024-03-12"])
def test_nothing_after_the_week_is_read(day: str) -> None:
    report, panel, claims = lived(0)
    as_of = D.fromisoformat(day)
    found = compose(report, panel, as_of, claims)
    last = D.fromisoformat(found["week"]["last"])
    alike(compose(report, panel.until(np.datetime64(last)), as_of, claims), found)
    alike(compose(report, later(panel, last), as_of, claims), found)
    known = [
        dataclasses.replace(each, findings=tuple(f for f in each.findings if f.date <= last))
        for each in claims
    ]
    alike(compose(report, panel, as_of, known), found)


@pytest.mark.parametrize("day", ["2023-10-27", "2024-02-16", "2024-05-17"])
def test_the_unit_of_a_series_changes_nothing(day: str) -> None:
    for seed in (0, 1):
        report, panel, claims = lived(seed)
        expected = compose(report, panel, D.fromisoformat(day), claims)
        alike(compose(report, rescaled(panel), D.fromisoformat(day), claims), expected)
