"""The commands ``report weekly`` and ``report list``, as a user gives them."""

import csv
import hashlib
import io
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NoReturn

import jsonschema
import numpy as np
import openpyxl
import pandas as pd
import pytest
from conftest import ROOT, Done, Run
from fake_sources import FakeClock

from backtests.cli.clock import SystemClock
from backtests.report.weekly import folder as folder_module
from backtests.runs import run as run_module
from backtests.runs.job import Job, Made
from backtests.runs.run import Maker
from screener.calendar import load_sessions
from screener.sources import failover
from screener.sources.errors import TransportError
from screener.sources.failover import Fetcher

SCHEMA = json.loads((ROOT / "docs" / "weekly.schema.json").read_text(encoding="utf-8"))
CHECKER = jsonschema.Draft202012Validator(SCHEMA)
MAINLAND, HALF, HONGKONG = "601595.SH", "688702.SH", "0700.HK"
INDICES = {"000300.SH": "XSHG", "HSI.HK": "XHKG"}
RATE = "HKDCNY.FX"
MARKET_CLOSES = (MAINLAND, HALF, HONGKONG, *INDICES, RATE)
WEEKS = ["2024-W25", "2024-W26", "2024-W27", "2024-W28"]
LAST = "2024-07-12"
Tree = dict[str, bytes]


def write_report(path: Path, *, picks: tuple[str, ...] = (MAINLAND, HALF, HONGKONG)) -> Path:
    """Write a report of one theme, published on Sunday 2024-06-16."""
    head = """title = { zh = "策略", en = "Strategy" }
broker = { zh = "东吴证券", en = "Soochow" }
house = { zh = "研究所", en = "Institute" }
scale = "soochow"
[published]
date = 2024-06-16
[[themes]]
id = "one"
title = { zh = "甲", en = "One" }
section = "1"
argument = { zh = "理由", en = "Reason" }
"""
    parts = [head]
    for number, symbol in enumerate(picks):
        level = "watch" if number == 1 else "recommend"
        parts.append(
            f'[[themes.picks]]\nsymbol = "{symbol}"\nname = {{ zh = "股{number}", '
            f'en = "Share {number}" }}\nlevel = "{level}"\nsection = "1"\nwords = "推荐"\n'
        )
    path.write_text("\n".join(parts), encoding="utf-8")
    return path


def write_prices(folder: Path, *, last: str = LAST, without: tuple[str, ...] = ()) -> Path:
    """Write daily printed closes from March 2024 on, without any corporate action."""
    folder.mkdir(parents=True)
    calendars = {MAINLAND: "XSHG", HALF: "XSHG", HONGKONG: "XHKG", "PDD.US": "XNYS", **INDICES}
    calendars |= {"SPX.US": "XNYS", RATE: "XSHG"}
    generator = np.random.default_rng(5)
    columns = {}
    for symbol, calendar in calendars.items():
        days = load_sessions(calendar, 2024, 2024).days
        days = days[(days >= np.datetime64("2024-03-01")) & (days <= np.datetime64("2024-08-16"))]
        path = np.round(100 * np.cumprod(1 + generator.normal(0, 0.01, len(days))), 2)
        own = pd.Series(np.full(len(days), 0.92) if symbol == RATE else path, days)
        columns[symbol] = own.loc[: pd.Timestamp(last)]
    table = pd.DataFrame(columns).drop(columns=list(without))
    table.to_csv(folder / "closes_raw.csv", index_label="date")
    head = "symbol,ex_date,cash_per_share,bonus_ratio,confidence\n"
    (folder / "corporate_actions.csv").write_text(head, encoding="utf-8")
    return folder


@dataclass(frozen=True)
class Market:
    """A small report and its prices."""

    report: Path
    prices: Path

    def asked(self, *more: str) -> tuple[str, ...]:
        given = ("--report", str(self.report), "--data", str(self.prices))
        return ("report", "weekly", *given, *more)


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Market:
    folder = tmp_path_factory.mktemp("market")
    return Market(write_report(folder / "mine.toml"), write_prices(folder / "prices"))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the figures out: what they cost is not needed to see which weeks are written."""
    monkeypatch.setattr(folder_module, "list_figures", lambda *_: {})


def at(monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    """Let the clock stand, in UTC."""
    monkeypatch.setattr(SystemClock, "utc", lambda _: np.datetime64(moment, "s"))


def tree(folder: Path) -> Tree:
    """Every file that a user sees, by its path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".screener.lock"
    }


def reports_in(folder: Path) -> Tree:
    return {name: content for name, content in tree(folder).items() if "/" in name}


def stamps(folder: Path) -> dict[str, tuple[int, int]]:
    """When each path was last changed, and which file it is."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_mtime_ns, path.stat().st_ino)
        for path in folder.rglob("*")
        if path.name != ".screener.lock"
    }


def weeks_in(out: Path, *, language: str = "en", report: str = "mine") -> list[str]:
    return sorted(path.name for path in (out / report / language).iterdir())


def ended(done: Done) -> list[tuple[str, str]]:
    """The weeks that were made and how they ended, as standard error tells."""
    return re.findall(r"\] \S+ \S+ (\S+): (.*)", done.err)


def check_weeks(out: Path) -> list[Path]:
    """Check that every week that can be seen is whole, and return their folders."""
    found = [path.parent for path in out.rglob("manifest.json")]
    for folder in found:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        assert manifest["files"] == {
            name: hashlib.sha256(content).hexdigest()
            for name, content in tree(folder).items()
            if name != "manifest.json"
        }
        assert not list(
            CHECKER.iter_errors(json.loads((folder / "report.json").read_text("utf-8")))
        )
    return found


def refused(done: Done) -> str:
    """Check that input was refused in one line with a remedy under it, and return both."""
    assert (done.code, done.out) == (2, "")
    message, remedy = done.err.splitlines()
    assert message.startswith("error: ")
    assert remedy.startswith("  ")
    return f"{message}\n{remedy.strip()}"


# the week that is written


@pytest.mark.usefixtures("quick")
def test_friday_saturday_and_sunday_are_one_week(run: Run, market: Market, tmp_path: Path) -> None:
    for day in ("2024-07-05", "2024-07-06", "2024-07-07"):
        done = run(*market.asked("--as-of", day, "--out", str(tmp_path / day)))
        assert (done.code, ended(done)) == (0, [("2024-W27", "complete")]), done.err
    friday, saturday, sunday = (reports_in(tmp_path / f"2024-07-0{day}") for day in (5, 6, 7))
    assert friday == saturday == sunday
    assert len(check_weeks(tmp_path)) == 3
    assert sorted(friday) == [
        f"mine/en/2024-W27/{name}"
        for name in ("manifest.json", "message.md", "report.html", "report.json", "report.md",
                     "report.xlsx")
    ]  # fmt: skip


@pytest.mark.usefixtures("quick")
def test_a_week_that_is_written_twice_is_not_touched(
    run: Run, market: Market, tmp_path: Path
) -> None:
    asked = market.asked("--as-of", "2024-06-30", "--out", str(tmp_path / "out"), "--lang", "zh")
    run(*asked)
    before = tree(tmp_path / "out"), stamps(tmp_path / "out")
    done = run(*asked)
    assert (done.code, done.out) == (0, "")
    assert (tree(tmp_path / "out"), stamps(tmp_path / "out")) == before
    assert weeks_in(tmp_path / "out", language="zh") == ["2024-W26"]


def test_neither_process_nor_place_shows_in_the_bytes(
    run: Run, market: Market, tmp_path: Path
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    asked = market.asked("--as-of", "2024-07-07", "--lang", "zh", "--out")
    elsewhere = {"PYTHONHASHSEED": "4242", "TZ": "America/New_York", "LANG": "zh_CN.UTF-8"}
    with subprocess.Popen(
        [sys.executable, "-m", "backtests.cli", *asked, str(there)],
        cwd=tmp_path,
        env={**os.environ, "LC_ALL": "C", **elsewhere},
        stderr=subprocess.DEVNULL,
    ) as other:
        assert run(*asked, str(here)).code == 0
        assert other.wait() == 0
    found = reports_in(here)
    assert found == reports_in(there)
    charts = [content for name, content in found.items() if "/figures/" in name]
    assert [content[1:4] for content in charts] == [b"PNG"] * 4
    page = found["mine/zh/2024-W27/report.html"]
    assert len(page) < 2_000_000
    assert page.count(b"<svg") == 4
    check_weeks(tmp_path)


@pytest.mark.usefixtures("quick")
def test_the_number_of_workers_does_not_show_in_the_bytes(
    run: Run, market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = market.asked("--as-of", "2024-06-28", "--catch-up", "--out")
    assert run(*asked, str(tmp_path / "one")).code == 0

    def attempt(make: Maker, job: Job) -> Made:
        folder_module.list_figures = lambda *_: {}
        (tmp_path / f"process {os.getpid()}").touch()
        return make(job)

    monkeypatch.setattr(run_module, "_attempt_quietly", attempt)
    done = run(*asked, str(tmp_path / "two"), "--workers", "2")
    assert (done.code, ended(done)) == (0, [(week, "complete") for week in WEEKS[:2]]), done.err
    assert tree(tmp_path / "two").keys() == tree(tmp_path / "one").keys()
    assert reports_in(tmp_path / "two") == reports_in(tmp_path / "one")
    workers = {path.name for path in tmp_path.glob("process *")}
    assert workers
    assert f"process {os.getpid()}" not in workers


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "more",
    [
        ("--lang", "zh"),
        ("--colors", "west", "--strategy", "equal_monthly", "--strategy", "stop_loss"),
        ("--scale", "{scale}"),
    ],
)
def test_the_command_in_a_report_makes_it_again(
    run: Run, market: Market, tmp_path: Path, more: tuple[str, ...]
) -> None:
    shutil.copy(ROOT / "universes" / "ratings" / "soochow.toml", tmp_path / "a scale.toml")
    more = tuple(each.format(scale=tmp_path / "a scale.toml") for each in more)
    done = run(*market.asked("--as-of", "2024-07-03", "--out", str(tmp_path / "out"), *more))
    assert done.code == 0, done.err
    (folder,) = check_weeks(tmp_path / "out")
    told = json.loads((folder / "report.json").read_text("utf-8"))["provenance"]["command"]
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["command"] == told
    program, *arguments = shlex.split(told)
    assert program == "screener"
    arguments[arguments.index("--out") + 1] = str(tmp_path / "again")
    assert run(*arguments).code == 0
    assert reports_in(tmp_path / "again") == reports_in(tmp_path / "out")


@pytest.mark.usefixtures("quick")
def test_other_prices_or_another_universe_show_in_the_provenance(
    run: Run, market: Market, tmp_path: Path
) -> None:
    more = write_prices(tmp_path / "prices", last="2024-07-19")
    fewer = write_report(tmp_path / "mine.toml", picks=(MAINLAND, HONGKONG))
    told = []
    for name, one in (
        ("a", market),
        ("b", Market(market.report, more)),
        ("c", Market(fewer, market.prices)),
    ):
        assert run(*one.asked("--as-of", "2024-07-12", "--out", str(tmp_path / name))).code == 0
        (folder,) = check_weeks(tmp_path / name)
        told.append(json.loads((folder / "report.json").read_text("utf-8"))["provenance"])
    first, longer, smaller = told
    # what comes after the week is another table, and the same rows
    assert first["data"]["sha256"] != longer["data"]["sha256"]
    assert first["data"]["rows_sha256"] == longer["data"]["rows_sha256"]
    assert first["report"]["sha256"] == longer["report"]["sha256"] != smaller["report"]["sha256"]
    assert first["data"]["sha256"] == smaller["data"]["sha256"]


@pytest.mark.usefixtures("quick")
def test_a_week_from_the_store_names_the_version_that_makes_it_again(
    run: Run, market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCREENER_HOME", str(tmp_path / "home"))
    table = pd.read_csv(market.prices / "closes_raw.csv")[["date", *MARKET_CLOSES]]
    rows = table.melt("date", var_name="symbol", value_name="close").dropna()
    rows = rows.assign(open=rows["close"], high=rows["close"], low=rows["close"])
    rows = rows.assign(volume=1e6, amount=1e6 * rows["close"])
    asked = ("report", "weekly", "--report", str(market.report), "--data", "store", "--format")
    asked = (*asked, "json", "--as-of")
    told = []
    for last in ("2024-06-21", LAST):
        rows[rows["date"] <= last].to_csv(tmp_path / "bars.csv", index=False)
        done = run("data", "import", str(tmp_path / "bars.csv"), "--basis", "raw")
        assert done.code == 0, done.out + done.err
        told.append(run(*asked, "2024-06-28").json)
    first, second = told
    for each in told:
        CHECKER.validate(each)
    assert (first["complete"], second["complete"]) == (False, True)
    sources = [each["provenance"]["data"]["source"] for each in told]
    versions = [source.rpartition(" version ")[2] for source in sources]
    assert [source.rpartition(",")[0] for source in sources] == ["store", "store"]
    assert int(versions[0]) < int(versions[1])
    assert first["provenance"]["data"]["sha256"] != second["provenance"]["data"]["sha256"]
    for each, version in zip(told, versions, strict=True):
        program, *again = shlex.split(each["provenance"]["command"])
        assert again[again.index("--version") + 1] == version
        place = again.index("--out")
        done = run(*again[:place], *again[place + 2 :], "--format", "json")
        assert done.json == each
        assert program == "screener"


# catching up


@pytest.mark.usefixtures("quick")
def test_catching_up_writes_what_is_missing_or_damaged_and_nothing_else(
    run: Run, market: Market, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    asked = market.asked("--as-of", LAST, "--catch-up", "--out", str(out))
    done = run(*asked)
    assert (done.code, ended(done)) == (0, [(week, "complete") for week in WEEKS])
    before = reports_in(out)
    page, book = (out / "mine" / "en" / week / name for week, name in
                  (("2024-W25", "report.html"), ("2024-W26", "report.xlsx")))  # fmt: skip
    content = bytearray(page.read_bytes())
    content[999] ^= 1
    page.write_bytes(content)
    book.unlink()
    shutil.rmtree(out / "mine" / "en" / "2024-W28")
    for week in ("2024-W26", "2024-W27"):
        (out / "mine" / "en" / week / ".DS_Store").write_bytes(b"theirs")
    untouched = {
        name: stamp for name, stamp in stamps(out).items() if name.startswith("mine/en/2024-W27")
    }
    done = run(*asked)
    written = [week for week, _ in ended(done)]
    assert (done.code, written) == (0, ["2024-W25", "2024-W26", "2024-W28"])
    found = reports_in(out)
    for week in ("2024-W26", "2024-W27"):
        assert found.pop(f"mine/en/{week}/.DS_Store") == b"theirs"
    assert found == before
    assert untouched.items() <= stamps(out).items()
    whole = tree(out), stamps(out)
    done = run(*asked)
    assert (done.code, ended(done)) == (0, [])
    assert "2024-W28 is there" in done.err
    assert (tree(out), stamps(out)) == whole


@pytest.mark.usefixtures("quick")
def test_weeks_of_other_settings_are_written_anew(run: Run, market: Market, tmp_path: Path) -> None:
    out = ("--as-of", "2024-06-28", "--catch-up", "--out", str(tmp_path / "out"))
    report = tmp_path / "mine.toml"
    shutil.copy(market.report, report)
    own = Market(report, market.prices)
    run(*own.asked(*out))
    assert ended(run(*own.asked(*out))) == []
    write_report(report, picks=(MAINLAND, HONGKONG))
    done = run(*own.asked(*out))
    assert [week for week, _ in ended(done)] == WEEKS[:2]
    for folder in check_weeks(tmp_path / "out"):
        told = json.loads((folder / "report.json").read_text("utf-8"))
        assert [each["symbol"] for each in told["picks"]] == [MAINLAND, HONGKONG]
    assert [week for week, _ in ended(run(*own.asked(*out, "--colors", "west")))] == WEEKS[:2]


@pytest.mark.usefixtures("quick")
def test_since_and_again_choose_the_weeks(run: Run, market: Market, tmp_path: Path) -> None:
    out = tmp_path / "out"
    asked = market.asked("--as-of", LAST, "--catch-up", "--out", str(out), "--since", "2024-07-03")
    assert [week for week, _ in ended(run(*asked))] == WEEKS[2:]
    assert weeks_in(out) == WEEKS[2:]
    before = stamps(out)
    done = run(*asked, "--again")
    assert [week for week, _ in ended(done)] == WEEKS[2:]
    assert stamps(out) == before


@pytest.mark.usefixtures("quick")
def test_a_week_without_its_prices_is_marked_told_and_tried_again(
    run: Run, market: Market, tmp_path: Path
) -> None:
    out, prices = tmp_path / "out", write_prices(tmp_path / "prices", last="2024-06-21")
    own = Market(market.report, prices)
    catch_up = ("--catch-up", "--since", "2024-06-20", "--out", str(out))
    done = run(*own.asked("--as-of", "2024-07-26", *catch_up))
    stale = [f"2024-W{number}" for number in range(26, 32)]
    assert done.code == 3
    assert ended(done) == [
        ("2024-W25", "complete"),
        *((week, "incomplete: stale_prices") for week in stale[:5]),
    ]
    folder = out / "mine" / "en" / "2024-W28"
    warning = "This report is not complete: Prices end on 2024-06-21: "
    told = json.loads((folder / "report.json").read_text("utf-8"))
    assert not told["complete"]
    assert told["problems"][0]["code"] == "stale_prices"
    assert told["problems"][0]["text"].startswith("Prices end on 2024-06-21: ")
    assert {each["week"]["status"] for each in told["picks"]} == {"stale"}
    assert {each["since"]["grade"] for each in told["picks"]} == {None}
    for name in ("report.md", "message.md"):
        assert (folder / name).read_text("utf-8").startswith(f"> **{warning}")
    page = (folder / "report.html").read_text("utf-8")
    assert page.index(warning) < page.index("<h1")
    notes = openpyxl.load_workbook(folder / "report.xlsx")["notes"]
    assert str(notes["A1"].value).startswith(warning)
    check_weeks(out)
    # W27 ends 28 days before the last week asked for, and is waited for as long
    later = own.asked("--as-of", "2024-08-02", *catch_up)
    assert [week for week, _ in ended(run(*later))] == stale[1:]
    shutil.rmtree(prices)
    write_prices(prices, last="2024-08-02")
    done = run(*later)
    assert (done.code, ended(done)) == (0, [(week, "complete") for week in stale[1:]])


@pytest.mark.usefixtures("quick")
def test_a_week_cut_short_stands_beside_the_whole(run: Run, market: Market, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run(*market.asked("--as-of", "2024-07-03", "--out", str(out), "--catch-up"))
    cut = "2024-W27-to-2024-07-03"
    assert (done.code, [week for week, _ in ended(done)]) == (0, [*WEEKS[:2], cut])
    text = (out / "mine" / "en" / cut / "report.md").read_text("utf-8")
    assert text.startswith("> **The week is not over: it is read to 2024-07-03 only.**")
    before = {name: each for name, each in stamps(out).items() if f"{cut}/" in name}
    done = run(*market.asked("--as-of", "2024-07-07", "--out", str(out), "--catch-up"))
    assert [week for week, _ in ended(done)] == ["2024-W27"]
    assert weeks_in(out) == [*WEEKS[:3], cut]
    assert before.items() <= stamps(out).items()
    check_weeks(out)


@pytest.mark.usefixtures("quick")
def test_even_the_first_week_can_be_cut_short(run: Run, market: Market, tmp_path: Path) -> None:
    done = run(*market.asked("--as-of", "2024-06-18", "--out", str(tmp_path)))
    assert (done.code, ended(done)) == (0, [("2024-W25-to-2024-06-18", "complete")]), done.err
    (folder,) = check_weeks(tmp_path)
    assert not json.loads((folder / "report.json").read_text("utf-8"))["week"]["whole"]


# what the data lack


@pytest.mark.usefixtures("quick")
def test_a_pick_without_prices_is_named_and_the_rest_told(
    run: Run, market: Market, tmp_path: Path
) -> None:
    prices = write_prices(tmp_path / "prices", without=(HALF,))
    done = run(*Market(market.report, prices).asked("--as-of", LAST, "--format", "json"))
    assert done.code == 3
    CHECKER.validate(done.json)
    assert done.json["problems"] == [
        {"code": "missing_prices", "text": f"There are no prices of {HALF}."}
    ]
    moves = {each["symbol"]: each["week"]["status"] for each in done.json["picks"]}
    assert moves == {MAINLAND: "scored", HALF: "unscored", HONGKONG: "scored"}
    assert (done.json["groups"][0]["known"], done.json["groups"][0]["count"]) == (2, 3)
    assert [each["strategy"] for each in done.json["portfolio"]] == ["buy_and_hold", "horizon"]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("language", ["en", "zh"])
def test_without_an_exchange_rate_the_portfolio_alone_is_left_out(
    run: Run, market: Market, tmp_path: Path, language: str
) -> None:
    own = Market(market.report, write_prices(tmp_path / "prices", without=(RATE,)))
    out = ("--as-of", LAST, "--out", str(tmp_path / "out"), "--lang", language)
    done = run(*own.asked(*out))
    assert (done.code, ended(done)) == (3, [("2024-W28", "incomplete: part_failed")])
    (folder,) = check_weeks(tmp_path / "out")
    told = json.loads((folder / "report.json").read_text("utf-8"))
    assert told["portfolio"] is None
    assert told["provenance"]["portfolio"] is None
    (problem,) = told["problems"]
    assert problem["code"] == "part_failed"
    assert RATE[:3] in problem["text"]
    assert all(told[part] for part in ("picks", "benchmarks", "evidence", "freshness"))
    assert told["scorecard"]["rows"]
    text = (folder / "report.md").read_text("utf-8")
    heads = [line for line in text.splitlines() if line.startswith("## ")]
    assert len(heads) == 10
    assert not any("Portfolio (" in head or "组合（" in head for head in heads)
    assert openpyxl.load_workbook(folder / "report.xlsx").sheetnames == [
        "moves", "benchmarks", "changes", "scorecard", "summary", "verdict", "conventions",
        "freshness", "method", "trace", "rows", "notes",
    ]  # fmt: skip


@pytest.mark.usefixtures("quick")
def test_a_pick_whose_lot_is_unknown_is_not_bought_and_named(
    run: Run, market: Market, tmp_path: Path
) -> None:
    prices = tmp_path / "prices"
    shutil.copytree(market.prices, prices)
    table = pd.read_csv(prices / "closes_raw.csv")
    table.assign(**{"0005.HK": table[HONGKONG]}).to_csv(prices / "closes_raw.csv", index=False)
    report = write_report(tmp_path / "mine.toml", picks=(MAINLAND, HALF, "0005.HK"))
    done = run(*Market(report, prices).asked("--as-of", LAST, "--format", "json"))
    assert done.code == 0
    CHECKER.validate(done.json)
    assert {each["week"]["status"] for each in done.json["picks"]} == {"scored"}
    for strategy in done.json["portfolio"]:
        (skipped,) = strategy["skipped"]
        assert (skipped["symbol"], skipped["reason_code"]) == ("0005.HK", "lot_unknown")
        assert strategy["trades"] == 2
    assert any("Board lot (0005.HK)" in each["text"] for each in done.json["caveats"])


# refusals


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--as-of", "2024-06-14"), "published on 2024-06-16"),
        (("--as-of", "2024-06-14", "--out", "{out}"), "published on 2024-06-16"),
        (("--as-of", "2099-01-09"), "upgrade exchange-calendars"),
        (("--as-of", "2099-01-09", "--out", "{out}"), "upgrade exchange-calendars"),
        (("--catch-up",), "--out"),
        (("--deliver",), "--out"),
        (("--as-of", LAST, "--out", "{file}"), "is no folder"),
        (("--as-of", LAST, "--out", "{file}/in"), "--out"),
        (("--as-of", LAST, "--out", "/proc/nowhere"), "cannot be written"),
        (("--as-of", LAST, "--strategy", "nope", "--out", "{out}"), "unknown strategy 'nope'"),
        (("--as-of", LAST, "--sectors", "nope", "--out", "{out}"), "'nope'"),
        (("--as-of", LAST, "--scale", "nope", "--out", "{out}"), "'nope'"),
        (("--as-of", LAST, "--data", "nowhere"), "no prices at 'nowhere'"),
        (("--as-of", LAST, "--data", "nowhere", "--out", "{out}"), "no prices at 'nowhere'"),
        (("--as-of", LAST, "--version", "3", "--out", "{out}"), "--version"),
        (("--as-of", LAST, "--catch-up", "--since", "2024-08-05", "--out", "{out}"), "2024-W28"),
        (("--as-of", LAST, "--since", "2024-07-03", "--out", "{out}"), "add --catch-up"),
        (("--as-of", LAST, "--again", "--out", "{out}"), "add --catch-up"),
    ],
)
def test_what_is_asked_wrongly_is_refused_in_one_line(
    run: Run, market: Market, tmp_path: Path, more: tuple[str, ...], message: str
) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    places = {"out": tmp_path / "out", "file": tmp_path / "file"}
    done = run(*market.asked(*(each.format(**places) for each in more)))
    assert message in refused(done)
    assert reports_in(tmp_path) == {}
    assert (tmp_path / "file").read_text("utf-8") == "mine"


@pytest.mark.usefixtures("quick")
def test_a_report_of_the_future_is_refused(run: Run, market: Market, tmp_path: Path) -> None:
    text = market.report.read_text("utf-8").replace("2024-06-16", "2026-03-01")
    (tmp_path / "later.toml").write_text(text, encoding="utf-8")
    later = Market(tmp_path / "later.toml", market.prices)
    for more in ((), ("--out", str(tmp_path / "out"))):
        assert "published on 2026-03-01" in refused(run(*later.asked("--as-of", LAST, *more)))
    # published after the prices end
    text = market.report.read_text("utf-8").replace("2024-06-16", "2024-08-02")
    (tmp_path / "later.toml").write_text(text, encoding="utf-8")
    done = run(*later.asked("--as-of", "2024-08-09", "--format", "json"))
    assert done.code == 3
    CHECKER.validate(done.json)
    assert {each["week"]["status"] for each in done.json["picks"]} == {"stale"}


@pytest.mark.usefixtures("quick")
def test_a_damaged_ledger_stops_the_run_before_anything_is_made(
    run: Run, market: Market, tmp_path: Path
) -> None:
    asked = market.asked("--as-of", "2024-06-23", "--out", str(tmp_path), "--catch-up")
    run(*asked)
    ledger = tmp_path / "ledger.jsonl"
    ledger.write_bytes(ledger.read_bytes()[:-40])
    before = tree(tmp_path), stamps(tmp_path)
    assert f"{ledger}:1: " in refused(run(*asked))
    assert f"{ledger}:1: " in refused(run("report", "list", str(tmp_path)))
    assert (tree(tmp_path), stamps(tmp_path)) == before
    ledger.unlink()
    assert ended(run(*asked)) == [("2024-W25", "complete")]


def test_there_must_be_an_address_before_anything_is_begun(
    run: Run, market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def begin(*_: object) -> NoReturn:
        message = "it was begun"
        raise AssertionError(message)

    monkeypatch.setenv("SCREENER_HOME", str(tmp_path))
    for name in ("SCREENER_NOTIFY", "SCREENER_NOTIFY_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("backtests.cli.report._update", begin)
    monkeypatch.setattr("backtests.report.weekly.maker.compose_week", begin)
    out = ("--as-of", LAST, "--out", str(tmp_path / "out"))
    done = run(*market.asked(*out, "--update", "--deliver"))
    assert "SCREENER_NOTIFY" in refused(done)
    assert not (tmp_path / "out").exists()


# one run at a time

HOLDER = """
import sys
from pathlib import Path
from backtests.runs.lock import hold_lock
with hold_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.mark.usefixtures("quick")
def test_a_second_run_is_turned_away_or_waits(run: Run, market: Market, tmp_path: Path) -> None:
    asked = market.asked("--as-of", "2024-06-23", "--out", str(tmp_path))
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdin
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        assert "--wait" in refused(run(*asked))
        assert "--wait" in refused(run(*asked, "--wait", "0.1"))
        assert reports_in(tmp_path) == {}
        assert run("report", "list", str(tmp_path)).code == 0
        # ends while the next run waits
        with subprocess.Popen(["/bin/sleep", "0.2"], stdout=other.stdin):
            other.stdin.close()
            done = run(*asked, "--wait", "60")
    assert (done.code, ended(done)) == (0, [("2024-W25", "complete")])


# bringing the store up to date


class Unreachable:
    """An upstream that no connection reaches."""

    def serves(self, _: object) -> bool:
        return True

    def fetch_bars(self, *_: object) -> NoReturn:
        raise TransportError("the vendor", "no route to it")

    fetch_actions = fetch_bars


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep every vendor out of reach, and let nobody wait for one."""
    clock = FakeClock()
    monkeypatch.setenv("SCREENER_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(failover, "Fetcher", partial(Fetcher, load=lambda _: Unreachable()))
    for name in ("seconds", "sleep"):
        monkeypatch.setattr(SystemClock, name, staticmethod(getattr(clock, name)))
    at(monkeypatch, "2024-07-13T00:37:00")


@pytest.mark.usefixtures("quick", "offline")
def test_the_report_is_written_where_no_vendor_can_be_reached(
    run: Run, market: Market, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    done = run(*market.asked("--update", "--catch-up", "--out", str(out)))
    assert (done.code, done.out) == (3, "")
    assert ended(done) == [(week, "complete") for week in WEEKS]
    for symbol in (MAINLAND, HALF, HONGKONG, *INDICES):
        assert re.search(f"^{symbol}: no bars of {symbol} from ", done.err, re.MULTILINE), done.err
    assert "no route to it" in done.err
    assert len(check_weeks(out)) == 4
    # the week is over and the prices are there, so that nothing is left to be written
    done = run(*market.asked("--catch-up", "--out", str(out)))
    assert (done.code, ended(done)) == (0, [])


# the clock


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("moment", "picks", "week"),
    [
        ("2024-07-05T10:00:00", (MAINLAND, HONGKONG), "2024-W26"),
        ("2024-07-05T16:30:00", (MAINLAND, HONGKONG), "2024-W27"),
        # half past twelve in New York
        ("2024-06-28T16:30:00", (MAINLAND, "PDD.US"), "2024-W25"),
        ("2024-07-06T00:37:00", (MAINLAND, "PDD.US"), "2024-W27"),
        ("2024-07-07T12:00:00", (MAINLAND, "PDD.US"), "2024-W27"),
        ("2024-07-08T12:00:00", (MAINLAND, HONGKONG), "2024-W27"),
        ("2024-07-12T15:59:59", (MAINLAND, HONGKONG), "2024-W27"),
        ("2024-07-12T16:00:00", (MAINLAND, HONGKONG), "2024-W28"),
        # three sessions in Hong Kong, none on the mainland after Monday
        ("2024-10-05T00:37:00", (MAINLAND, HONGKONG), "2024-W40"),
        # none at all
        ("2026-02-21T00:37:00", (MAINLAND,), "2026-W08"),
    ],
)
def test_without_a_day_it_is_the_last_week_that_is_over(
    run: Run,
    market: Market,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
    picks: tuple[str, ...],
    week: str,
) -> None:
    at(monkeypatch, moment)
    own = Market(write_report(tmp_path / "mine.toml", picks=picks), market.prices)
    done = run(*own.asked("--format", "json"))
    told = done.json
    CHECKER.validate(told)
    assert (told["week"]["id"], told["week"]["whole"]) == (week, True)
    assert (done.code, told["complete"]) == ((0, True) if week <= WEEKS[-1] else (3, False))
    statuses = {each["week"]["status"] for each in told["picks"]}
    assert statuses == {"scored" if told["complete"] else "stale" if "W40" in week else "closed"}


# printed


@pytest.mark.parametrize("language", ["en", "zh"])
def test_without_a_folder_the_week_is_printed(
    run: Run, market: Market, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = market.asked("--as-of", LAST, "--lang", language)
    told = run(*asked, "--format", "json")
    assert (told.code, told.err) == (0, "")
    CHECKER.validate(told.json)
    headline = told.json["headline"]
    table, text = (run(*asked, "--format", form) for form in ("table", "md"))
    flat = re.sub(r"\s", "", table.out)
    assert re.sub(r"\s", "", headline[0]) in flat
    assert text.out.startswith("# ")
    assert headline[0] in text.out
    rows = list(csv.DictReader(io.StringIO(run(*asked, "--format", "csv").out)))
    assert [row["symbol"] for row in rows] == [MAINLAND, HALF, HONGKONG]
    for row, pick in zip(rows, told.json["picks"], strict=True):
        assert float(row["week_own"]) == pick["week"]["own"]
        assert row["week_from"] == pick["week"]["from"]
    buffer = io.BytesIO()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", io.TextIOWrapper(buffer))
        run(*asked, "--format", "xlsx")
        names = openpyxl.load_workbook(io.BytesIO(buffer.getvalue())).sheetnames
    assert names[0] == "moves"


@pytest.mark.usefixtures("quick")
def test_the_list_tells_how_each_week_ended(run: Run, market: Market, tmp_path: Path) -> None:
    at_last = market.asked("--as-of", "2024-07-19", "--catch-up", "--since", "2024-07-08")
    run(*at_last, "--out", str(tmp_path))
    run(*at_last, "--out", str(tmp_path), "--lang", "zh")
    # written anew: what holds is told once
    run(*at_last, "--out", str(tmp_path), "--colors", "west")
    rows = run("report", "list", str(tmp_path), "--format", "json").json["weeks"]
    expected = [("2024-W28", "complete", ""), ("2024-W29", "incomplete", "stale_prices")]
    assert [
        (row["report"], row["language"], row["week"], row["outcome"], row["problems"])
        for row in rows
    ] == [("mine", language, *each) for language in ("en", "zh") for each in expected]
    for row, folder in zip(rows, ("2024-W28", "2024-W29") * 2, strict=True):
        place = tmp_path / "mine" / row["language"] / folder
        manifest = json.loads((place / "manifest.json").read_text("utf-8"))
        assert row["rows_sha256"] == manifest["data"]["rows_sha256"]
        assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", row["finished_at"])
    table = run("report", "list", str(tmp_path)).out
    assert table.count("2024-W28") == 2
    assert "incomplete" in table
    chinese = run("report", "list", str(tmp_path), "--lang", "zh").out
    assert "不完整" in chinese
    spelled = run("report", "list", str(tmp_path), "--format", "csv").out
    read = list(csv.DictReader(io.StringIO(spelled)))
    assert [row["files_sha256"] for row in read] == [row["files_sha256"] for row in rows]
    assert "--out" in refused(run("report", "list", str(tmp_path / "nowhere")))


def test_a_folder_without_weeks_lists_none(run: Run, tmp_path: Path) -> None:
    done = run("report", "list", str(tmp_path), "--format", "json")
    assert (done.code, done.json) == (0, {"weeks": []})
    assert run("report", "list", str(tmp_path)).code == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("quick", "offline")
def test_the_examples_in_the_help_run(
    run: Run, market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Path] = []
    monkeypatch.setattr("backtests.cli.report.find_addresses", lambda: ("an address",))
    monkeypatch.setattr(
        "backtests.delivery.deliver_folder", lambda folder, *_, **__: sent.append(folder) or ()
    )
    monkeypatch.chdir(tmp_path)
    shutil.copytree(market.prices, "my_prices")
    Path("my_report").mkdir()
    head, theme = market.report.read_text("utf-8").split("[[themes]]\n")
    Path("my_report/report.toml").write_text(f'themes = ["one"]\n{head}', encoding="utf-8")
    theme = theme.replace("[[themes.picks]]", "[[picks]]").replace('id = "one"\n', "")
    Path("my_report/one.toml").write_text(theme, encoding="utf-8")
    shown = [
        shlex.split(line, comments=True)[1:]
        for name in ("weekly", "list")
        for line in run("report", name, "--help").out.splitlines()
        if line.strip().startswith("screener report")
    ]
    assert len(shown) == 7
    for arguments in shown:
        if "--catch-up" in arguments:
            # one week is enough, and two processes are tried above
            since = "2025-08-04" if "2025-08-08" in arguments else "2024-07-08"
            arguments += ["--since", since, "--workers", "1"]
        done = run(*arguments)
        expected = 3 if "--update" in arguments else 0
        assert done.code == expected, (arguments, done.err)
    assert sent == [Path("weekly/2024-06-16_soochow_media/en/2024-W28")]


# killed

ZYGOTE = """
import os, sys
from backtests.cli.app import main
from backtests.report.weekly import folder
folder.list_figures = lambda *_: {}
*asked, warm, out = sys.argv[1:]
sys.argv = ["screener", *asked, warm]
try:
    # so that the kills fall on the work and not on imports
    main()
except SystemExit:
    sys.argv[-1] = out
print("warm", flush=True)
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        main()
    print(child, flush=True)
    os.waitpid(child, 0)
    print("over", flush=True)
"""
# what is waited for, and how often it must be there
MOMENTS = [
    ("mine/en/.*", 1),
    ("ledger.jsonl", 1),
    ("mine/en/2024-W2[56]", 2),
]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that forks")
@pytest.mark.usefixtures("quick")
def test_a_run_that_is_killed_leaves_whole_weeks_and_the_next_completes(
    run: Run, market: Market, tmp_path: Path
) -> None:
    asked = market.asked("--as-of", "2024-07-05", "--catch-up", "--out")
    out, seen = tmp_path / "out", set()
    with subprocess.Popen(
        [sys.executable, "-c", ZYGOTE, *asked, str(tmp_path / "whole"), str(out)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as zygote:
        assert zygote.stdin
        assert zygote.stdout
        assert zygote.stdout.readline() == "warm\n"
        expected = reports_in(tmp_path / "whole")
        for pattern, count in MOMENTS:
            shutil.rmtree(out, ignore_errors=True)
            zygote.stdin.write("\n")
            zygote.stdin.flush()
            child = int(zygote.stdout.readline())
            limit = time.monotonic() + 30
            while len(list(out.glob(pattern))) < count and time.monotonic() < limit:
                time.sleep(0.0005)
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            assert zygote.stdout.readline() == "over\n"
            found = reports_in(out)
            visible = {name: each for name, each in found.items() if "/." not in name}
            weeks = {name.split("/")[2] for name in visible}
            assert visible == {
                name: each for name, each in expected.items() if name.split("/")[2] in weeks
            }
            seen.add(len(weeks))
            done = run(*asked, str(out))
            assert done.code == 0, done.err
            assert reports_in(out) == expected
            hidden = [path.name for path in out.rglob(".*")]
            assert hidden == [".screener.lock"]
        zygote.stdin.close()
    # kills that fall on nothing would show nothing
    assert min(seen) < 3
