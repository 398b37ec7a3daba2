"""The commands ``screen``, ``factors`` and ``walk``, as a user gives them."""

import csv
import datetime as dt
import io
import itertools
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import jsonschema
import numpy as np
import openpyxl
import pandas as pd
import pytest
from conftest import ROOT, Done, Run

from screener.calendar import load_sessions
from screener.companies.sectors import keep_sectors, read_sectors
from screener.factors.catalogue import FACTORS_FILE
from screener.screens.screen import list_screens, load_screen
from screener.store.store import Store
from screener.store.upkeep import compact_store
from screener.tasks.fundamentals import import_facts
from screener.tasks.imports import import_files
from universes import FaultyFileError

SCHEMAS = {
    name: json.loads((ROOT / "docs" / f"{name}.schema.json").read_text(encoding="utf-8"))
    for name in ("screen", "factors", "walk")
}
DAY = dt.date(2024, 6, 14)
NOW = np.datetime64("2024-10-08T10:00:00", "s")
SHANGHAI = [f"6000{n}.SH" for n in range(11, 23)]
HONGKONG = [f"00{n}.HK" for n in range(11, 23)]
SHARES = sorted([*SHANGHAI, *HONGKONG])
INDICES = {"XSHG": "000300.SH", "XHKG": "HSI.HK"}
PAYS, HALTED, YOUNG = "600011.SH", "600021.SH", "600022.SH"
STRANGE, HOMELESS, UNBORN = "0012.HK", "0021.HK", "0022.HK"
EX_DATE, CASH = dt.date(2024, 5, 20), 0.5
SECTORS = ("media", "games", "banks")
REPORT = "2024-06-16_soochow_media"

WHERE = "sector IN ('media', 'games') AND drawdown_26w <= -0.08 AND return_1m < 0.06"
RULE = f"""title = {{ zh = "下跌", en = "Fallen" }}
note = {{ zh = "跌了不少", en = "Well below the high." }}
universe = ["shanghai", "hongkong"]
where = "{WHERE}"
rank = "drawdown_26w asc"
limit = 4
show = ["halted_sessions"]
"""

Closes = dict[dt.date, float]


@dataclass(frozen=True)
class Made:
    """A store of two markets, and the closes that it was made of."""

    home: Path
    closes: Mapping[str, Closes]
    sector: Mapping[str, str | None]
    asked: dict[tuple[str, ...], Done] = field(default_factory=dict)

    def close(self, symbol: str, day: dt.date) -> float:
        """The last close on or before a day."""
        return self.closes[symbol][max(each for each in self.closes[symbol] if each <= day)]

    def gain(self, symbol: str, start: dt.date, end: dt.date = DAY) -> float | None:
        if start < min(self.closes[symbol]):
            return None
        return self.close(symbol, end) / self.close(symbol, start) - 1

    def drawdown(self, symbol: str, day: dt.date = DAY) -> float | None:
        """From the highest close of 182 days, three quarters of whose sessions are there."""
        begin = day - dt.timedelta(182)
        window = [close for at, close in self.closes[symbol].items() if begin < at <= day]
        index = self.closes["HSI.HK" if symbol.endswith("HK") else "000300.SH"]
        sessions = [at for at in index if begin < at <= day]
        if 4 * len(window) < 3 * len(sessions):
            return None
        return self.close(symbol, day) / max(window) - 1

    def judge(self, symbol: str) -> dict[str, bool | None]:
        """How a share stands to each condition of the rule; None for what is missing."""
        drawdown, gain = self.drawdown(symbol), self.gain(symbol, dt.date(2024, 5, 14))
        sector = self.sector[symbol]
        return {
            "sector IN ('media', 'games')": None if sector is None else sector != "banks",
            "drawdown_26w <= -0.08": None if drawdown is None else drawdown <= -0.08,
            "return_1m < 0.06": None if gain is None else gain < 0.06,
        }

    def pass_rule(self, *universe: str) -> list[str]:
        """All that meet the rule, the deepest below their high first."""
        examined = [each for each in universe or SHARES if each != UNBORN]
        passed = [each for each in examined if all(self.judge(each).values())]
        return sorted(passed, key=lambda each: (self.drawdown(each), each))


def make_closes() -> dict[str, Closes]:
    """Random walks; one share without its last four days, one young, one not there yet."""
    generator = np.random.default_rng(3)
    closes: dict[str, Closes] = {}
    for calendar, own in (("XSHG", SHANGHAI), ("XHKG", HONGKONG)):
        days = load_sessions(calendar, 2023, 2024).days
        days = days[(days >= np.datetime64("2023-03-01")) & (days <= np.datetime64("2024-09-30"))]
        for symbol in (INDICES[calendar], *own):
            start = 3000.0 if symbol in INDICES.values() else 20.0
            path = start * np.cumprod(1 + generator.normal(0.0, 0.012, len(days)))
            closes[symbol] = dict(zip(days.tolist(), np.round(path, 2).tolist(), strict=True))
    for symbol, begin in ((YOUNG, dt.date(2024, 4, 15)), (UNBORN, dt.date(2024, 7, 15))):
        closes[symbol] = {day: close for day, close in closes[symbol].items() if day >= begin}
    for day in (11, 12, 13, 14):
        del closes[HALTED][dt.date(2024, 6, day)]
    return closes


def bars_of(closes: Mapping[str, Closes]) -> pd.DataFrame:
    rows = []
    for symbol, own in closes.items():
        basis = "" if symbol in INDICES.values() else "raw"
        for day, close in own.items():
            figures = (close, close + 0.02, close - 0.02, close, 1e6, round(1e6 * close, 2))
            rows.append((symbol, day, *figures, basis))
    rate = [("HKDCNY.FX", day, *[0.92] * 4, None, None, "") for day in closes["000300.SH"]]
    columns = ["symbol", "date", "open", "high", "low", "close", "volume", "amount", "basis"]
    return pd.DataFrame([*rows, *rate], columns=columns)


def write_csv(path: Path, head: str, *rows: str) -> Path:
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Keep the market in two steps: up to the day, and what came after."""
    folder = tmp_path_factory.mktemp("market")
    closes = make_closes()
    sector = {
        symbol: None if symbol == HOMELESS else SECTORS[n % 3] for n, symbol in enumerate(SHARES)
    }
    made = Made(folder / "home", closes, sector)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCREENER_HOME", str(made.home))
        _keep_bars(folder, closes)
        _keep_facts(folder)
        compact_store(Store(), NOW)
        told = [f"{symbol},{name}" for symbol, name in sector.items() if name]
        path = write_csv(folder / "sectors.csv", "symbol,sector", *told)
        keep_sectors(read_sectors(path, "made", "by hand", dt.date(2024, 7, 1)))
    return made


def _keep_bars(folder: Path, closes: Mapping[str, Closes]) -> None:
    bars = bars_of(closes)
    names = [f"{each},{'<b>|*x' if each == STRANGE else f'S{each[:-3]}'}" for each in SHARES]
    paid = [f"{each},{EX_DATE},{CASH if each == PAYS else 0},0,high" for each in SHARES]
    for step, part in enumerate((bars[bars["date"] <= DAY], bars)):
        place = folder / f"step{step}"
        place.mkdir()
        part.to_csv(place / "bars.csv", index=False)
        write_csv(place / "names.csv", "symbol,name", *names)
        head = "symbol,ex_date,cash_per_share,bonus_ratio,confidence"
        write_csv(place / "corporate_actions.csv", head, *paid)
        import_files(Store(), place, NOW)


def _keep_facts(folder: Path) -> None:
    figures = write_csv(
        folder / "figures.csv",
        "symbol,item,period,known,value",
        "600012.SH,roe,2023-12-31,2024-04-20,0.2",
        "600012.SH,roe,2023-12-31,2024-06-17,0.05",
        "600013.SH,roe,2023-12-31,2024-04-20,0.1",
        "600012.SH,pe_ttm,2024-06-13,2024-06-14,12.5",
        "600013.SH,pe_ttm,2024-06-13,2024-06-14,-4",
    )
    import_facts(Store(), figures, NOW, "made")


@pytest.fixture
def run(run: Run, made: Made, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command line in this process, with the made store."""
    monkeypatch.setenv("SCREENER_HOME", str(made.home))
    return run


@pytest.fixture
def ask(run: Run, made: Made) -> Run:
    """Run what writes nothing, the same once only."""

    def call(*arguments: str) -> Done:
        if arguments not in made.asked:
            made.asked[arguments] = run(*arguments)
        return made.asked[arguments]

    return call


@pytest.fixture
def rule(made: Made) -> str:
    path = made.home.parent / "fallen.toml"
    path.write_text(RULE, encoding="utf-8")
    return str(path)


@pytest.fixture
def screen(ask: Run, rule: str) -> Run:
    return lambda *more: ask("screen", rule, "--as-of", str(DAY), *more)


def write_report(path: Path, *themes: tuple[str, list[str]]) -> str:
    """Write a report with a theme for each list of symbols."""
    text = (
        'title = { zh = "报告", en = "Report" }\nbroker = { zh = "券商", en = "Broker" }\n'
        'house = { zh = "部门", en = "House" }\nscale = "soochow"\n'
        "[published]\ndate = 2024-06-14\n"
    )
    for name, symbols in themes:
        text += (
            f'[[themes]]\nid = "{name}"\ntitle = {{ zh = "主题", en = "Theme" }}\nsection = "1"\n'
            'argument = { zh = "理由", en = "Reason" }\n'
        )
        for symbol in symbols:
            text += (
                f'[[themes.picks]]\nsymbol = "{symbol}"\nname = {{ zh = "甲", en = "Pick" }}\n'
                'level = "recommend"\nsection = "1"\nwords = "推荐"\n'
            )
    path.write_text(text, encoding="utf-8")
    return str(path)


def symbols_of(done: Done) -> list[str]:
    assert done.code == 0, done.err
    return [each["symbol"] for each in done.json["chosen"]]


def codes_of(done: Done) -> list[str]:
    return [each["code"] for each in done.json["caveats"]]


# What is chosen


def test_what_meets_the_rule_is_chosen_the_deepest_first(screen: Run, made: Made) -> None:
    passed = made.pass_rule()
    told = screen("-f", "json").json
    assert len(passed) > 4
    assert [each["symbol"] for each in told["chosen"]] == passed[:4]
    assert [each["place"] for each in told["chosen"]] == [1, 2, 3, 4]
    assert (told["examined"], told["passed"]) == (len(SHARES) - 1, len(passed))
    for each in told["chosen"]:
        assert each["drawdown_26w"] == pytest.approx(made.drawdown(each["symbol"]), abs=1e-12)


def test_the_table_says_the_same(screen: Run, made: Made) -> None:
    done = screen()
    assert (done.code, done.err) == (0, "")
    passed = made.pass_rule()
    assert (
        f"Of {len(SHARES) - 1} shares {len(passed)} meet every condition; 4 are chosen." in done.out
    )
    lines = [line.split() for line in done.out.splitlines()]
    rows = [line for line in lines if line and line[0] in {"1", "2", "3", "4"}]
    assert [row[1] for row in rows] == passed[:4]
    assert "Well below the high." in done.out


def test_each_condition_is_counted(screen: Run, made: Made) -> None:
    examined = [made.judge(each) for each in SHARES if each != UNBORN]
    for told in screen("-f", "json").json["conditions"]:
        outcomes = [each[told["condition"]] for each in examined]
        expected = {"met": outcomes.count(True), "failed": outcomes.count(False)}
        assert told == {
            "condition": told["condition"],
            **expected,
            "missing": outcomes.count(None),
        }
    # a share without a sector, and one too young for a high of half a year
    missing = [each["missing"] for each in screen("-f", "json").json["conditions"]]
    assert missing == [1, 1, 0]


def test_what_came_after_the_day_changes_nothing(screen: Run) -> None:
    now, then = (screen(*more, "--explain", "-f", "json").json for more in ((), ("--version", "1")))
    assert now["provenance"].pop("data") != then["provenance"].pop("data")
    assert {**now, "provenance": 0, "caveats": 0} == {**then, "provenance": 0, "caveats": 0}
    assert UNBORN not in {each["symbol"] for each in now["explained"]}


def test_without_a_day_the_last_close_is_meant(run: Run, rule: str) -> None:
    done = run("screen", rule, "-f", "json")
    assert done.json["as_of"] == "2024-09-30"
    assert done.json["examined"] == len(SHARES)


def test_on_a_sunday_fridays_closes_count(run: Run, rule: str) -> None:
    asked = ("--where", "halted_sessions = 0", "--rank", "close_to_ma_20 DESC", "-f", "json")
    friday, sunday = (
        run("screen", rule, *asked, "--as-of", day) for day in (str(DAY), "2024-06-16")
    )
    assert symbols_of(friday) == symbols_of(sunday)
    assert sunday.json["as_of"] == "2024-06-16"


def test_parts_of_the_rule_can_be_replaced(screen: Run, made: Made) -> None:
    done = screen(
        *("--universe", "shanghai", "--where", "return_1m IS NOT NULL AND name <> 'S600012'"),
        *("--rank", "return_1m DESC", "--limit", "3", "-f", "json"),
    )
    gains = {each: made.gain(each, dt.date(2024, 5, 14)) for each in SHANGHAI}
    # cash that was paid meanwhile counts in a total return
    before = made.closes[PAYS][dt.date(2024, 5, 17)]
    gains[PAYS] = (1 + (gains[PAYS] or 0)) / (1 - CASH / before) - 1
    del gains["600012.SH"]
    assert symbols_of(done) == sorted(gains, key=lambda each: -(gains[each] or 0))[:3]
    assert done.json["screen"]["where"] == ["return_1m IS NOT NULL", "name <> 'S600012'"]
    assert "screen_names" in codes_of(done)
    assert "screen_names" not in codes_of(screen("-f", "json"))
    # the file's words are about another rule
    assert "Well below" not in done.out
    assert done.json["screen"]["title"] == "Fallen, changed"


def test_a_total_return_has_the_dividend_and_a_price_return_has_not(
    screen: Run, made: Made
) -> None:
    found = {}
    for basis in ("total", "price"):
        asked = ("--where", f"symbol = '{PAYS}'", "--rank", "return_1m DESC", "--basis", basis)
        (share,) = screen(*asked, "-f", "json").json["chosen"]
        found[basis] = share["return_1m"]
    price = made.gain(PAYS, dt.date(2024, 5, 14))
    assert price is not None
    before = made.closes[PAYS][dt.date(2024, 5, 17)]
    assert found["price"] == pytest.approx(price, abs=1e-12)
    assert found["total"] == pytest.approx((1 + price) / (1 - CASH / before) - 1, abs=1e-12)


def test_a_report_can_be_the_universe(screen: Run, made: Made, tmp_path: Path) -> None:
    passed = made.pass_rule()
    path = write_report(tmp_path / "mine.toml", ("one", [passed[1], "600999.SH", passed[0]]))
    done = screen("--universe", path, "-f", "json")
    assert symbols_of(done) == passed[:2]
    assert "screen_absent" in codes_of(done)
    assert "600999.SH" in done.out


@pytest.mark.parametrize(
    ("day", "found"),
    [
        # known on a Saturday, so at Monday's close
        ("2024-04-19", []),
        ("2024-04-22", ["600012.SH", "600013.SH"]),
        ("2024-06-14", ["600012.SH", "600013.SH"]),
        # restated that day
        ("2024-06-17", ["600013.SH"]),
    ],
)
def test_a_figure_counts_from_the_day_it_was_known(run: Run, day: str, found: list[str]) -> None:
    asked = ("--where", "roe >= 0.1", "--rank", "symbol ASC", "--as-of", day, "-f", "json")
    assert symbols_of(run("screen", "momentum", *asked)) == found


def test_a_loss_has_no_multiple_and_an_old_one_is_forgotten(run: Run) -> None:
    asked = ("--where", "pe_ttm < 100", "--rank", "pe_ttm ASC", "-f", "json")
    assert symbols_of(run("screen", "momentum", *asked, "--as-of", "2024-06-14")) == ["600012.SH"]
    # of 13 June, for fifteen days
    assert symbols_of(run("screen", "momentum", *asked, "--as-of", "2024-06-28")) == ["600012.SH"]
    assert symbols_of(run("screen", "momentum", *asked, "--as-of", "2024-06-29")) == []


@pytest.mark.parametrize("name", list_screens())
def test_each_shipped_screen_runs(run: Run, name: str) -> None:
    done = run("screen", name, "--as-of", str(DAY), "--explain", "-f", "json")
    assert (done.code, done.err) == (0, "")
    jsonschema.validate(done.json, SCHEMAS["screen"])
    assert len(done.json["explained"]) == done.json["examined"] > 0


def test_the_embedded_figures_tell_what_they_lack(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SCREENER_HOME", str(tmp_path))
    done = run("screen", "ai_apps_bottom", "--as-of", str(DAY))
    out = " ".join(done.out.split())
    assert done.code == 0
    assert "drawdown_26w is missing of all 22 shares examined; it needs daily closes." in out
    assert "screener data sectors fetch" in out
    assert run("screen", "ai_apps_bottom", "--as-of", str(DAY), "--strict").code == 3


# Why


def test_each_share_is_told_what_it_missed_and_by_how_much(screen: Run, made: Made) -> None:
    told = screen("--explain", "-f", "json").json["explained"]
    assert {each["symbol"] for each in told} == {*SHARES} - {UNBORN}
    for each in told:
        judged = made.judge(each["symbol"])
        short = {one["condition"]: one for one in each["shortfalls"]}
        assert set(short) == {text for text, met in judged.items() if not met}
        assert each["missed"] == len(short)
        drawdown, gain = (
            made.drawdown(each["symbol"]),
            made.gain(each["symbol"], dt.date(2024, 5, 14)),
        )
        if judged["drawdown_26w <= -0.08"] is False and drawdown is not None:
            margin = short["drawdown_26w <= -0.08"]["margin"]
            assert margin == pytest.approx(-0.08 - drawdown, abs=1e-12)
            assert margin < 0
        if judged["return_1m < 0.06"] is False and gain is not None and each["symbol"] != PAYS:
            assert short["return_1m < 0.06"]["margin"] == pytest.approx(0.06 - gain, abs=1e-12)


def test_what_is_missing_is_named(screen: Run) -> None:
    told = {each["symbol"]: each for each in screen("--explain", "-f", "json").json["explained"]}
    for symbol, condition, column in (
        (YOUNG, "drawdown_26w <= -0.08", "drawdown_26w"),
        (HOMELESS, "sector IN ('media', 'games')", "sector"),
    ):
        (short,) = (one for one in told[symbol]["shortfalls"] if one["condition"] == condition)
        assert (short["margin"], short["missing"]) == (None, [column])


def test_those_that_missed_least_come_first(screen: Run, made: Made) -> None:
    told = screen("--explain", "-f", "json").json["explained"]
    passed = made.pass_rule()
    assert [each["missed"] for each in told] == sorted(each["missed"] for each in told)
    assert [each["symbol"] for each in told[:4]] == passed[:4]
    assert [each["fate"] for each in told[: len(passed) + 1]] == [
        *["chosen"] * 4,
        *["beyond_limit"] * (len(passed) - 4),
        "failed",
    ]


def test_a_report_is_told_what_became_of_its_picks(screen: Run, made: Made, tmp_path: Path) -> None:
    passed = made.pass_rule(*SHANGHAI)
    failed = next(each for each in SHANGHAI if made.judge(each)["drawdown_26w <= -0.08"] is False)
    picks = [failed, passed[0], passed[1], HONGKONG[0], "600999.SH"]
    path = write_report(tmp_path / "mine.toml", ("one", picks[:2]), ("two", picks[2:]))
    asked = ("--universe", "shanghai", "--limit", "1", "--against", path)
    told = screen(*asked, "-f", "json").json
    assert [(each["symbol"], each["fate"]) for each in told["picks"]] == list(
        zip(picks, ("failed", "chosen", "beyond_limit", "outside", "no_prices"), strict=True)
    )
    gap = -0.08 - (made.drawdown(failed) or 0)
    (margin,) = (
        one["margin"]
        for one in told["picks"][0]["shortfalls"]
        if one["condition"] == "drawdown_26w <= -0.08"
    )
    assert margin == pytest.approx(gap, abs=1e-12)
    assert told["picks"][4]["factors"] == {}
    out = screen(*asked).out
    assert "Of the report's 5 picks 2 meet the rule, 1 of them chosen." in out
    for word in ("chosen", "met, past the limit", "not met", "outside", "no prices"):
        assert word in out


def test_a_theme_is_a_part_of_the_report(screen: Run, tmp_path: Path) -> None:
    path = write_report(tmp_path / "mine.toml", ("one", SHANGHAI[:2]), ("two", SHANGHAI[2:5]))
    told = screen("--against", path, "--theme", "two", "-f", "json").json
    assert [each["symbol"] for each in told["picks"]] == SHANGHAI[2:5]


# What a reader must know


def test_what_is_missing_stale_or_drawn_up_later_is_told(run: Run, rule: str) -> None:
    out = " ".join(run("screen", rule, "--as-of", str(DAY)).out.split())
    for expected in (
        "drawdown_26w is missing of 1 of 23 shares.",
        "Of 23 shares 1 have no known sector.",
        "The table of sectors was drawn up after 2024-06-14",
        "survivorship",
        "not advice",
    ):
        assert expected in out
    later = " ".join(run("screen", rule, "--as-of", "2024-10-15").out.split())
    # the mainland was closed until 7 October, Hong Kong on the 1st and 11th
    assert "Shanghai has no close of the session of 2024-10-15; its latest is 6 sessions" in later
    assert "Hong Kong has no close of the session of 2024-10-15; its latest is 9 sessions" in later
    assert "drawn up after" not in later


def test_a_halted_share_is_known_by_its_sessions(screen: Run) -> None:
    done = screen("--where", "halted_sessions > 0", "--rank", "symbol ASC", "-f", "json")
    # 10 June was a holiday
    assert [(each["symbol"], each["halted_sessions"]) for each in done.json["chosen"]] == [
        (HALTED, 4)
    ]


def test_strict_says_that_a_factor_is_missing_of_all(screen: Run) -> None:
    asked = ("--where", "pb < 1", "--rank", "symbol ASC", "-f", "json")
    assert (screen(*asked).code, screen(*asked, "--strict").code) == (0, 3)
    assert "screen_all_missing" in codes_of(screen(*asked))
    assert screen("--strict").code == 0


# Saved as a report


def test_what_was_chosen_is_a_report_that_scores_and_trades(
    screen: Run, run: Run, made: Made, tmp_path: Path
) -> None:
    path = tmp_path / "saved.toml"
    done = screen("--save", str(path), "-f", "json")
    assert (done.code, done.err) == (0, f"wrote {path}\n")
    passed = made.pass_rule()[:4]
    saved = tomllib.loads(path.read_text(encoding="utf-8"))
    (theme,) = saved["themes"]
    assert [each["symbol"] for each in theme["picks"]] == passed == symbols_of(done)
    assert saved["published"]["date"] == DAY
    assert {each["words"] for each in theme["picks"]} == {WHERE}
    assert done.json["screen"]["sha256"][:12] in saved["published"]["evidence"][0]["en"]
    assert run("universe", "check", str(path)).code == 0
    scored = run("score", "--report", str(path), "-f", "json").json
    month = [each for each in scored["rows"] if each["horizon_months"] == 1]
    assert [each["symbol"] for each in month] == passed
    index = {"SH": "000300.SH", "HK": "HSI.HK"}
    for row in month:
        entry, leave = (dt.date.fromisoformat(row[f"{end}_date"]) for end in ("entry", "exit"))
        assert (entry, leave) == (dt.date(2024, 6, 17), dt.date(2024, 7, 17))
        gains = [
            made.gain(each, entry, leave) for each in (row["symbol"], index[row["symbol"][-2:]])
        ]
        assert row["relative"] == pytest.approx((gains[0] or 0) - (gains[1] or 0), abs=1e-12)
    tested = run(
        *("backtest", "--report", str(path), "--strategy", "buy_and_hold", "--prices", "total"),
        *("--currency", "CNY", "-f", "json"),
    )
    assert tested.code == 0, tested.err
    (strategy,) = tested.json["strategies"]
    assert {each["symbol"] for each in strategy["contributions"]} == {*passed}


def test_the_rating_standard_of_a_saved_report_can_be_named(screen: Run, tmp_path: Path) -> None:
    path = tmp_path / "saved.toml"
    assert screen("--save", str(path), "--scale", "csc").code == 0
    assert tomllib.loads(path.read_text(encoding="utf-8"))["scale"] == "csc"


# Forms


def test_json_follows_its_schema_and_nothing_else_is_printed(
    screen: Run, made: Made, tmp_path: Path
) -> None:
    path = write_report(tmp_path / "mine.toml", ("one", [*made.pass_rule(), "600999.SH", UNBORN]))
    for more in (
        (),
        ("--explain", "--against", path),
        ("--against", REPORT, "--lang", "zh"),
        ("--where", "pb < 1"),
        ("--universe", "hongkong", "--basis", "price"),
    ):
        done = screen("-f", "json", *more)
        assert (done.code, done.err) == (0, "")
        jsonschema.validate(done.json, SCHEMAS["screen"])


def test_csv_holds_the_same_rows(screen: Run) -> None:
    told = screen("-f", "json").json
    rows = list(csv.DictReader(io.StringIO(screen("-f", "csv").out)))
    assert [row["symbol"] for row in rows] == [each["symbol"] for each in told["chosen"]]
    for row, each in zip(rows, told["chosen"], strict=True):
        assert list(row) == list(each)
        assert float(row["drawdown_26w"]) == each["drawdown_26w"]
        assert row["sector"] == each["sector"]
    explained = list(csv.DictReader(io.StringIO(screen("-f", "csv", "--explain").out)))
    assert len(explained) == told["examined"]
    assert explained[0]["fate"] == "chosen"


def test_the_workbook_holds_every_table(screen: Run, tmp_path: Path) -> None:
    path = tmp_path / "found.xlsx"
    done = screen("--out", str(path), "--explain", "--against", REPORT, "-f", "xlsx")
    assert (done.code, done.out, done.err) == (0, "", f"wrote {path}\n")
    book = openpyxl.load_workbook(path)
    names = ["chosen", "conditions", "picks", "explained", "rows", "notes"]
    assert [name for name in book.sheetnames if name != "why"] == names
    told = screen("-f", "json").json["chosen"]
    cells = [row[1].value for row in book["chosen"].iter_rows(min_row=2)]
    assert cells == [each["symbol"] for each in told]


def test_a_folder_gets_every_form_and_the_same_bytes_each_time(
    screen: Run, run: Run, tmp_path: Path
) -> None:
    kept = []
    for name in ("first", "second"):
        out = str(tmp_path / name)
        screen("--explain", "--against", REPORT, "--out", out, "--save", f"{out}.toml")
        run("factors", "--as-of", str(DAY), "--out", out)
        files = sorted((tmp_path / name).iterdir())
        assert [path.name for path in files] == [
            f"{each}.{ending}"
            for each in ("factors", "fallen")
            for ending in ("csv", "json", "md", "xlsx")
        ]
        kept.append([path.read_bytes() for path in (*files, tmp_path / f"{name}.toml")])
    assert kept[0] == kept[1]


# Both languages: names and sectors of the made market are single words of Latin letters

CHINESE = re.compile("[\u4e00-\u9fff]")
SENTENCE = re.compile(r"[A-Za-z]+ [A-Za-z]+ [a-z]+")


def check_languages(zh: str, en: str) -> None:
    """Each language is there, and nothing of the other."""
    assert not CHINESE.search(en)
    assert CHINESE.search(zh)
    assert not SENTENCE.search(zh)


def test_a_screen_speaks_both_languages(screen: Run, made: Made, tmp_path: Path) -> None:
    picks = [*made.pass_rule()[:5], YOUNG, "600999.SH"]
    path = write_report(tmp_path / "mine.toml", ("one", picks))
    shown = {}
    for language in ("zh", "en"):
        shown[language] = screen("--explain", "--against", path, "--lang", language, "-f", "md").out
    check_languages(shown["zh"], shown["en"])
    assert "# 筛选：下跌，2024-06-14收盘时已知" in shown["zh"]
    assert "符合，超出数量" in shown["zh"]
    zh, en = (
        {
            each["code"]: each["text"]
            for each in screen("-f", "json", "--lang", each).json["caveats"]
        }
        for each in ("zh", "en")
    )
    assert zh.keys() == en.keys()
    assert all(CHINESE.search(text) for text in zh.values())


def test_factors_speak_both_languages(run: Run) -> None:
    for more in ((), ("--symbol", PAYS)):
        zh, en = (
            run("factors", "--as-of", str(DAY), *more, "-f", "md", "--lang", each).out
            for each in ("zh", "en")
        )
        check_languages(zh, en)


# Wrong input


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("nothing",), "there is no screen 'nothing'\n  write one of: ai_apps_bottom"),
        (("momentum", "--as-of", "2019-01-01"), "no bars"),
        (("momentum", "--as-of", "2030-01-01"), "no bars"),
        (("momentum", "--universe", "mars"), "'mars' is neither a market nor a report"),
        (("momentum", "--universe", "beijing"), "there are no prices of beijing"),
        (("momentum", "--limit", "0"), "a limit of 0"),
        (("momentum", "--theme", "games"), "--against"),
        (("momentum", "--against", "nothing"), "there is no report 'nothing'"),
        (("momentum", "--against", REPORT, "--theme", "shoes"), "unknown theme 'shoes'"),
        (("momentum", "--sectors", "nothing"), "'nothing' is neither a kept table"),
        (("momentum", "--version", "99"), "no version 99"),
        (("momentum", "--where", "drawdown_26 < 0"), "did you mean drawdown_26w"),
        (("momentum", "--where", "pb < 1; DROP TABLE shares"), "without a semicolon"),
        (("momentum", "--where", "read_csv('/etc/passwd') = 1"), "no function 'read_csv'"),
        (("momentum", "--where", "name = '\x1b[31m'"), "U+001B"),
        (("momentum", "--rank", "return_1m"), "write ASC or DESC"),
        (("momentum", "--save", "saved"), "write --save NAME.toml"),
        (("momentum", "--save", "."), "write --save NAME.toml"),
        (("momentum", "--out", "found.pdf"), "unknown ending"),
    ],
)
def test_wrong_input_ends_in_one_message_and_writes_nothing(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: tuple[str, ...],
    expected: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("screen", *arguments)
    assert done.code == 2
    assert done.err.startswith("error: ")
    assert expected in done.err
    assert not done.out
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("where", "more", "expected"),
    [
        ("return_1w > 9", (), "chose no share on 2024-06-14"),
        ("return_1w < 9", ("--scale", "nothing"), "unknown rating scale 'nothing'"),
        ("return_1w < 9", ("--out", "shown.pdf"), "shown.pdf has an unknown ending"),
    ],
)
def test_what_cannot_be_saved_is_said_before_anything_is_printed(
    screen: Run, tmp_path: Path, where: str, more: tuple[str, ...], expected: str
) -> None:
    path = tmp_path / "saved.toml"
    done = screen("--where", where, *more, "--save", str(path))
    assert (done.code, done.out) == (2, "")
    assert expected in done.err
    assert not path.exists()


def test_a_place_that_cannot_be_written_is_said_before_anything_is_printed(
    screen: Run, tmp_path: Path
) -> None:
    path = tmp_path / "folder.toml"
    path.mkdir()
    done = screen("--save", str(path))
    assert (done.code, done.out) == (2, "")
    assert f"{path} cannot be written" in done.err
    assert "--save" in done.err


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "the file is empty"),
        ("\ufffd", "not valid TOML"),
        (RULE.replace("title", "titel"), "the key 'title' is missing"),
        (RULE.replace("asc", ""), "rank: the ranking lacks"),
        (RULE.replace("drawdown_26w", "drawdown"), "there is no column or keyword 'drawdown'"),
        (RULE.replace("limit = 4", "limit = 0"), "limit: 0 is not above zero"),
        (RULE.replace("halted", "halt"), "show: there is no factor 'halt_sessions'"),
        (RULE + 'basis = "raw"\n', "basis: 'raw' is unknown; write one of: price, total"),
        (RULE + "extra = 1\n", "unknown key 'extra'"),
        (RULE.replace("跌了不少", "\\u001b[31m"), "control characters"),
    ],
)
def test_a_faulty_file_is_told_with_its_place(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FaultyFileError) as told:
        load_screen(path)
    assert str(told.value).startswith(f"{path}:")
    assert expected in str(told.value)


def test_all_faults_of_a_file_are_told_at_once(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        'title = { zh = "", en = 5 }\nuniverse = "shanghai"\nwhere = "pe_tm < 3"\nlimit = 0\n',
        encoding="utf-8",
    )
    err = run("screen", str(path)).err
    for line in (":1: title.zh", ":1: title.en", ":2: universe", ":3: where", ":4: limit", "rank"):
        assert line in err
    assert "did you mean pe_ttm" in err


def test_a_folder_is_no_screen(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "folder.toml"
    path.mkdir()
    done = run("screen", str(path))
    assert (done.code, done.out) == (2, "")
    assert "this is a directory" in done.err


def test_a_long_note_and_markup_are_only_text(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "筛选 1.toml"
    text = RULE.replace("Fallen", "<script>alert(1)</script>|[bold]x[/bold]")
    text = text.replace(WHERE, f"symbol = '{STRANGE}' AND name = '<b>|*x'")
    path.write_text(text.replace("Well below", "word " * 5000), encoding="utf-8")
    saved, shown = tmp_path / "saved.toml", tmp_path / "shown.md"
    done = run("screen", str(path), "--as-of", str(DAY), "--save", str(saved), "--out", str(shown))
    assert done.code == 0
    assert "<script>alert(1)</script>|[bold]x[/bold]" in done.out
    markdown = shown.read_text(encoding="utf-8")
    assert "\\<script\\>alert(1)\\</script\\>\\|\\[bold\\]" in markdown
    assert "\\<b\\>\\|\\*x" in markdown
    assert "<script>" not in markdown
    assert markdown.count("word ") == 5000
    assert run("universe", "check", str(saved)).code == 0


# Factors


def test_every_factor_is_listed_with_its_coverage(run: Run) -> None:
    told = run("factors", "--as-of", str(DAY), "-f", "json").json
    jsonschema.validate(told, SCHEMAS["factors"])
    catalogue = tomllib.loads(FACTORS_FILE.read_text(encoding="utf-8"))["factors"]
    assert [each["factor"] for each in told["factors"]] == list(catalogue)
    known = {each["factor"]: each["known"] for each in told["factors"]}
    assert known["halted_sessions"] == {"shanghai": 12, "hongkong": 11}
    # one of Shanghai is too young for half a year
    assert known["drawdown_26w"] == {"shanghai": 11, "hongkong": 11}
    assert known["roe"] == {"shanghai": 2, "hongkong": 0}
    assert known["pe_ttm"] == {"shanghai": 1, "hongkong": 0}
    assert known["pb"] == {"shanghai": 0, "hongkong": 0}
    for each in told["factors"]:
        assert each["formula"] == catalogue[each["factor"]]["formula"]["en"]
    out = run("factors", "--as-of", str(DAY)).out
    assert all(name in out for name in catalogue)
    assert "_pct_sector" in out


def test_values_of_shares_are_told(run: Run, made: Made) -> None:
    asked = ("factors", "--as-of", str(DAY), "--symbol", "12", "--symbol", "600012")
    told = run(*asked[:3], "--symbol", "600012", "--symbol", "00012", "-f", "json").json
    jsonschema.validate(told, SCHEMAS["factors"])
    shares = {each["symbol"]: each for each in told["shares"]}
    assert set(shares) == {"600012.SH", STRANGE}
    for symbol, share in shares.items():
        assert share["drawdown_26w"] == pytest.approx(made.drawdown(symbol), abs=1e-12)
        gain = made.gain(symbol, dt.date(2024, 3, 14))
        assert share["return_3m"] == pytest.approx(gain, abs=1e-12)
        assert share["sector"] == made.sector[symbol]
    assert shares["600012.SH"]["pe_ttm"] == 12.5
    assert shares[STRANGE]["pe_ttm"] is None
    assert shares[STRANGE]["name"] == "<b>|*x"
    assert run(*asked).code == 2


def test_values_of_all_shares_are_for_programs(run: Run) -> None:
    asked = ("factors", "--as-of", str(DAY), "--values")
    rows = list(csv.DictReader(io.StringIO(run(*asked, "-f", "csv").out)))
    assert [row["symbol"] for row in rows] == [each for each in SHARES if each != UNBORN]
    told = run(*asked, "-f", "json").json
    jsonschema.validate(told, SCHEMAS["factors"])
    for row, share in zip(rows, told["shares"], strict=True):
        assert row == {key: "" if cell is None else str(cell) for key, cell in share.items()}
    for form in ("table", "md"):
        done = run(*asked, "-f", form)
        assert (done.code, done.out) == (2, "")
        assert "add --format csv, json or xlsx" in done.err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--symbol", "999999"), "no exchange has a code '999999'"),
        (("--symbol", "600999.SH"), "there are no factors of 600999.SH on 2024-09-30"),
        (("--symbol", "000300.SH"), "there are no factors of 000300.SH"),
        (("--symbol", PAYS, "--values", "-f", "csv"), "--values"),
    ],
)
def test_wrong_input_for_factors_ends_in_one_message(
    run: Run, arguments: tuple[str, ...], expected: str
) -> None:
    done = run("factors", *arguments)
    assert (done.code, done.out) == (2, "")
    assert expected in done.err


# Walks

ASKED = ("--universe", "shanghai", "--where", "return_1m IS NOT NULL")
ORDER = ("--rank", "return_1m ASC", "--limit", "3")


@pytest.fixture
def walk(ask: Run) -> Run:
    months = ("--start", "2024-05-01", "--end", "2024-07-31")
    return lambda *more: ask("walk", "momentum", *ASKED, *ORDER, *months, *more)


def test_a_walk_is_the_screen_of_each_months_end(walk: Run, ask: Run) -> None:
    done = walk("-f", "json")
    assert done.code == 0, done.err
    told = done.json
    jsonschema.validate(told, SCHEMAS["walk"])
    days = ["2024-05-31", "2024-06-28", "2024-07-31"]
    assert [each["day"] for each in told["formations"]] == days
    screens = [
        ask("screen", "momentum", *ASKED, *ORDER, "-f", "json", "--as-of", day) for day in days
    ]
    found = [sorted(symbols_of(each)) for each in screens]
    assert [each["symbols"] for each in told["formations"]] == found
    kept = [len({*one} & {*two}) / 3 for one, two in itertools.pairwise(found)]
    assert [each["kept"] for each in told["formations"]] == [None, *map(pytest.approx, kept)]
    assert {each["examined"] for each in told["formations"]} == {len(SHANGHAI)}
    rule = {key: value for key, value in screens[0].json["screen"].items() if key != "title"}
    assert told["provenance"]["screen"] == rule
    lines = done.err.splitlines()
    assert [line[: len("[1/3] 2024-05-31")] for line in lines] == [
        f"[{n}/3] {day}" for n, day in enumerate(days, start=1)
    ]


def test_a_walk_is_told_in_every_form_and_both_languages(walk: Run) -> None:
    told = walk("-f", "json").json["formations"]
    rows = list(csv.DictReader(io.StringIO(walk("-f", "csv").out)))
    assert [row["day"] for row in rows] == [each["day"] for each in told]
    assert [float(row["turnover"]) for row in rows] == [each["turnover"] for each in told]
    zh, en = (walk("-f", "md", "--lang", each).out for each in ("zh", "en"))
    check_languages(zh, en)
    assert "Formations: 3, of 3.0 shares on average" in en
    assert "survivorship" in en
    assert "| 2024-05-31 | 12 | 3 |" in en


def test_a_walk_has_a_folder_of_its_own(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(RULE.replace("Fallen", "<script>alert(1)</script>"), encoding="utf-8")
    span = ("--start", "2024-05-01", "--end", "2024-06-30")
    done = run("walk", str(path), *span, "--out", str(tmp_path / "out"), "-f", "json")
    assert done.code == 0, done.err
    (folder,) = (tmp_path / "out").iterdir()
    assert f"wrote {folder}" in done.err
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert {"walk.json", "index.html", "found.csv", "decay.csv"} < set(manifest["files"])
    assert json.loads((folder / "walk.json").read_text(encoding="utf-8")) == done.json
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page


def test_strict_says_that_shares_could_not_be_dealt_in(ask: Run) -> None:
    asked = ("walk", "momentum", "--start", "2024-06-01", "--end", "2024-06-30", "--strict")
    # the first twelve are of Hong Kong, and no board lots of made shares are known
    both = (*asked, "--where", "return_1m > -9", "--rank", "symbol ASC", "--limit", "16")
    printed = ask(*both, "-f", "json")
    assert (printed.code, "walk_lots" in codes_of(printed)) == (3, True)
    assert ask(*both, "--prices", "total", "-f", "json").code == 0


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("nothing", "--start", "2024-05-01"), "there is no screen 'nothing'"),
        (("momentum", "--start", "2030-01-01"), "no bars"),
        (("momentum", "--start", "2024-06-01", "--end", "2024-06-15"), "no month ends between"),
        (("momentum", "--start", "2024-10-01"), "end on 2024-09-30"),
        (("momentum", "--start", "2024-05-01", "--scale", "no"), "unknown rating scale 'no'"),
        (("momentum", "--start", "2024-05-01", "--out", "a.html"), "is no folder"),
        (("momentum", "--start", "2024-08-01", "--where", "return_1w > 9"), "found a share"),
        (("momentum", "--start", "2024-08-01", "--cash", "-5"), "a portfolio of -5"),
        (("momentum", "--start", "2024-08-01", "--currency", "XYZ"), "unknown currency 'XYZ'"),
    ],
)
def test_wrong_input_for_a_walk_ends_in_one_message(
    run: Run, arguments: tuple[str, ...], expected: str
) -> None:
    done = run("walk", *arguments)
    assert (done.code, done.out) == (2, "")
    assert expected in done.err
