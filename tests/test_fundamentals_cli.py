"""Fundamentals on their way in and out, as a user gives the commands and as a program asks."""

import csv
import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import Run
from test_facts_store import facts
from test_store import make_bars
from test_store import put as put_bars
from zygote import Clock, Silent

from backtests.labels import word
from screener.companies.facts import Facts, join_facts, list_items
from screener.sources.errors import BlockedError
from screener.sources.trail import Answer, Attempt
from screener.store.facts import read_facts
from screener.store.store import Store
from screener.tasks.fundamentals import FactsResult, update_facts
from universes import InputError, Symbol

NOW = np.datetime64("2024-07-01T10:00:00", "s")
TABLE = """symbol,item,period,known,value
300308.SZ,roe,2023-12-31,2024-04-18,0.165
300308.SZ,roe,2023-12-31,2024-05-10,0.16
00700,pe_ttm,2024-06-14,2024-06-14,22.5
"""
BULK = "mainland shares"


@pytest.fixture
def run(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run the command line in this process, with a home of its own."""
    monkeypatch.setenv("SCREENER_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("backtests.cli.clock.SystemClock.utc", lambda _: NOW)
    return run


@pytest.fixture
def table(tmp_path: Path) -> str:
    path = tmp_path / "figures.csv"
    path.write_text(TABLE, encoding="utf-8")
    return str(path)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("SCREENER_HOME", str(tmp_path / "home"))
    return Store()


def test_an_import_is_kept_and_listed(run: Run, table: str) -> None:
    done = run("data", "fundamentals", "import", table, "--source", "my vendor", "-f", "json")
    assert done.code == 0, done.err
    assert (done.json["told"], done.json["added"], done.json["version"]) == (3, 3, 1)
    listed = run("data", "fundamentals", "list", "-f", "json").json
    assert listed["fundamentals"] == [
        {
            "item": "pe_ttm",
            "name": "P/E (trailing)",
            "source": "my vendor",
            "securities": 1,
            "figures": 1,
            "restated": 0,
            "first": "2024-06-14",
            "last": "2024-06-14",
            "known": "2024-06-14",
        },
        {
            "item": "roe",
            "name": "ROE (fiscal year)",
            "source": "my vendor",
            "securities": 1,
            "figures": 1,
            "restated": 1,
            "first": "2023-12-31",
            "last": "2023-12-31",
            "known": "2024-05-10",
        },
    ]
    again = run("data", "fundamentals", "import", table, "--source", "my vendor", "-f", "json")
    assert (again.json["told"], again.json["added"]) == (3, 0)


def test_an_import_says_what_it_was_made_of(run: Run, table: str) -> None:
    run("data", "fundamentals", "import", table)
    (update,) = Store().updates()
    assert update.provenance["command"] == "fundamentals import"
    ((name, digest),) = update.provenance["files"].items()
    assert (name, len(digest)) == ("figures.csv", 64)


def test_the_list_is_of_a_security_of_a_day_and_of_a_version(run: Run, table: str) -> None:
    run("data", "fundamentals", "import", table)

    def listed(*arguments: str) -> dict[str, int]:
        done = run("data", "fundamentals", "list", *arguments, "-f", "json")
        return {row["item"]: row["restated"] for row in done.json["fundamentals"]}

    assert listed("--symbol", "700.HK") == {"pe_ttm": 0}
    assert listed("--as-of", "2024-05-09") == {"roe": 0}
    assert listed("--as-of", "2024-05-10") == {"roe": 1}
    assert listed("--as-of", "2024-04-17") == {}
    assert listed("--version", "0") == {}
    shown = run("data", "fundamentals", "list", "--as-of", "2024-05-09", "--lang", "zh").out
    assert "截至2024-05-09已公布者" in shown


def test_the_list_is_shown_in_every_form_and_both_languages(run: Run, table: str) -> None:
    run("data", "fundamentals", "import", table)
    assert "ROE (fiscal year)" in run("data", "fundamentals", "list").out
    assert "净资产收益率" in run("data", "fundamentals", "list", "--lang", "zh").out
    rows = list(csv.DictReader(io.StringIO(run("data", "fundamentals", "list", "-f", "csv").out)))
    assert [(row["item"], row["source"]) for row in rows] == [("pe_ttm", "file"), ("roe", "file")]
    assert "| roe |" in run("data", "fundamentals", "list", "-f", "md").out


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_figure_has_a_name_of_its_own(language: str) -> None:
    names = [word(f"facts_{item}", language) for item in list_items()]  # type: ignore[arg-type]
    assert len(set(names)) == len(names)


def test_without_any_figures_the_list_says_how_to_get_some(run: Run) -> None:
    done = run("data", "fundamentals", "list")
    assert done.code == 0
    assert "screener data fundamentals import" in done.out
    assert run("data", "fundamentals", "list", "-f", "json").json["fundamentals"] == []
    refused = run("data", "fundamentals", "export", "figures.csv")
    assert (refused.code, "there are no figures" in refused.err) == (2, True)
    assert not Path("figures.csv").exists()


def test_a_file_of_faults_is_not_kept(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(TABLE + "0700.HK,pb,2024-06-14,2024-06-14,5%\n", encoding="utf-8")
    done = run("data", "fundamentals", "import", str(path))
    assert (done.code, done.out) == (2, "")
    assert f"{path}:5: value: '5%' is a percentage; write a fraction: 0.05 for 5%" in done.err
    assert not Store().exists()


@pytest.mark.parametrize(("day", "code"), [("2024-07-02", 0), ("2024-07-03", 2)])
def test_an_announcement_of_the_evening_may_bear_the_next_days_date(
    run: Run, tmp_path: Path, day: str, code: int
) -> None:
    path = tmp_path / "evening.csv"
    path.write_text(TABLE.replace("2024-05-10", day), encoding="utf-8")
    assert run("data", "fundamentals", "import", str(path)).code == code


def test_an_export_is_imported_as_the_same(run: Run, table: str, tmp_path: Path) -> None:
    run("data", "fundamentals", "import", table, "--source", "甲")
    path = tmp_path / "out" / "figures.csv"
    done = run("data", "fundamentals", "export", str(path), "-f", "json")
    assert (done.code, done.json) == (0, {"rows": 3, "file": str(path)})
    before = read_facts(Store().state()).sha256
    other = str(tmp_path / "other")
    run("data", "fundamentals", "import", str(path), "--store", other)
    assert read_facts(Store(other).state()).sha256 == before
    part = run(
        "data",
        "fundamentals",
        "export",
        str(path),
        "--symbol",
        "300308.SZ",
        "--as-of",
        "2024-05-09",
    )
    assert part.code == 0
    assert path.read_text(encoding="utf-8").splitlines() == [
        "symbol,item,period,known,value,source",
        "300308.SZ,roe,2023-12-31,2024-04-18,0.165,甲",
    ]


# ---- from the vendors


def answer(value: Facts, *remarks: str, missing: tuple[str, ...] = ()) -> Answer[Facts]:
    tried = Attempt("vendor", "figures", "answered", "", NOW)
    return Answer(value, (tried,), remarks, missing)


class Vendor:
    """Tells one figure of each share it is asked for, and growth of two mainland shares."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dt.date, dt.date]] = []
        self.told: dict[str, Callable[[], Answer[Facts]]] = {}

    def fundamentals(self, symbol: Symbol, start: dt.date, end: dt.date) -> Answer[Facts]:
        self.asked.append((str(symbol), start, end))
        told = self.told.get(str(symbol), lambda: answer(one(str(symbol))))
        return told()

    def market_fundamentals(self, start: dt.date, end: dt.date) -> Answer[Facts]:
        self.asked.append((BULK, start, end))
        rows = [grown("300308.SZ", 0.25), grown("600519.SH", 0.18)]
        return self.told.get(BULK, lambda: answer(join_facts(rows)))()


def one(symbol: str, value: float = 9.5) -> Facts:
    return facts(("2024-06-28", value), symbol=symbol, item="pb", period="2024-06-28")


def grown(symbol: str, value: float) -> Facts:
    return facts(("2024-04-18", value), symbol=symbol, item="revenue_growth", period="2024-03-31")


def blocked() -> Answer[Facts]:
    raise BlockedError("vendor", "403")


class Lines(Silent):
    def __init__(self) -> None:
        self.said: list[str] = []

    def start(self, total: int) -> None:
        self.said.append(f"{total} in all")

    def end(self, symbol: str, said: str) -> None:
        self.said.append(f"{symbol}: {said}")


def fetch(store: Store, vendor: Vendor, *symbols: str, lines: Silent | None = None) -> FactsResult:
    wanted = [Symbol.parse(each) for each in symbols]
    clock = Clock(np.datetime64("2024-07-01"))
    return update_facts(store, wanted, vendor, clock, lines or Silent())


def test_a_fetch_asks_for_each_share_and_once_for_the_mainland(store: Store) -> None:
    vendor, lines = Vendor(), Lines()
    result = fetch(store, vendor, "300308.SZ", "600000.SH", "0700.HK", lines=lines)
    first, monday, friday = dt.date(2023, 1, 1), dt.date(2024, 7, 1), dt.date(2024, 6, 28)
    assert vendor.asked == [
        (BULK, first, monday),
        ("300308.SZ", first, monday),
        ("600000.SH", first, monday),
        ("0700.HK", first, friday),  # the first of July is a holiday there
    ]
    assert result == FactsResult(1, 5, {}, 5)
    assert result.complete
    kept = read_facts(Store().state())
    assert "600519.SH" in kept.symbol.tolist(), "what is told of others is kept too"
    assert lines.said[0] == "4 in all"
    assert lines.said[1:3] == [f"{BULK}: 2 figures", "300308.SZ: 1 figures"]
    (update,) = store.updates()
    assert update.provenance["upstreams"]["300308.SZ"] == ["vendor"]


def test_the_mainland_is_asked_for_only_where_a_share_of_it_is(store: Store) -> None:
    vendor = Vendor()
    assert fetch(store, vendor, "0700.HK", "PDD.US").added == 2
    # at ten in the morning in London Monday is not over in New York
    assert [(name, end.day) for name, _, end in vendor.asked] == [("0700.HK", 28), ("PDD.US", 28)]


def test_the_same_fetch_again_adds_nothing(store: Store) -> None:
    fetch(store, Vendor(), "300308.SZ")
    result = fetch(store, Vendor(), "300308.SZ")
    assert (result.version, result.added, result.told) == (2, 0, 3)


def test_what_fails_is_named_and_the_rest_is_kept(store: Store) -> None:
    vendor = Vendor()
    twice = join_facts([one("600000.SH"), one("600000.SH", 9.0)])
    vendor.told = {
        "0700.HK": blocked,
        "600000.SH": lambda: answer(twice),
        "300308.SZ": lambda: answer(one("300308.SZ"), "odd rows: 2", missing=("buybacks: 403",)),
        "PDD.US": lambda: answer(Facts.none(), "odd rows: 2"),
    }
    result = fetch(store, vendor, "300308.SZ", "600000.SH", "0700.HK", "PDD.US")
    assert not result.complete
    assert result.failures["0700.HK"] == "403"
    assert "is both 9 and 9.5" in result.failures["600000.SH"]
    assert result.failures["300308.SZ"] == "not all could be had: buybacks: 403"
    assert result.remarks == ("odd rows: 2",)
    assert (result.added, len(result.failures)) == (3, 3)


def test_where_nothing_is_had_nothing_is_committed(store: Store) -> None:
    vendor = Vendor()
    vendor.told = {"0700.HK": blocked}
    assert fetch(store, vendor, "0700.HK") == FactsResult(None, 0, {"0700.HK": "403"})
    assert not store.exists()


def test_what_is_no_share_is_refused(store: Store) -> None:
    with pytest.raises(InputError, match=r"000300\.SH is no share"):
        fetch(store, Vendor(), "300308.SZ", "000300.SH")


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> Vendor:
    """A vendor that the command line asks."""
    made = Vendor()
    monkeypatch.setattr("screener.sources.failover.Fetcher", lambda *_: made)
    return made


def test_the_command_fetches_what_is_named(run: Run, vendor: Vendor) -> None:
    done = run(
        "data",
        "fundamentals",
        "fetch",
        "--symbol",
        "0700.HK",
        "--start",
        "2024-01-02",
        "-f",
        "json",
    )
    assert (done.code, done.json["added"], done.json["failures"]) == (0, 1, {}), done.err
    assert vendor.asked == [("0700.HK", dt.date(2024, 1, 2), dt.date(2024, 6, 28))]
    assert "[1/1] 0700.HK: 1 figures" in done.err


def test_the_command_fetches_the_shipped_report_and_what_is_kept(run: Run, vendor: Vendor) -> None:
    put_bars(Store(), make_bars("000001.SZ"), make_bars("399006.SZ"))
    done = run("data", "fundamentals", "fetch", "-f", "json")
    asked = [name for name, _, _ in vendor.asked]
    assert done.code == 0, done.err
    assert asked[0] == BULK
    assert {"000001.SZ", "300413.SZ"} <= set(asked)
    assert not {"399006.SZ", "HKDCNY.FX", "000300.SH"} & set(asked)
    vendor.asked.clear()
    report = run("data", "fundamentals", "fetch", "--report", "2024-06-16_soochow_media")
    assert report.code == 0
    assert [name for name, _, _ in vendor.asked] == [name for name in asked if name != "000001.SZ"]


def test_a_fetch_that_fails_in_part_is_incomplete(run: Run, vendor: Vendor) -> None:
    vendor.told = {"0700.HK": blocked}
    done = run("data", "fundamentals", "fetch", "--symbol", "0700.HK", "--symbol", "PDD.US")
    assert done.code == 3
    assert "0700.HK" in done.out
    assert "403" in done.out
    assert read_facts(Store().state()).symbol.tolist() == ["PDD.US"]
    nothing = run("data", "fundamentals", "fetch", "--symbol", "0700.HK")
    assert (nothing.code, "No fundamentals could be had" in nothing.out) == (3, True)


def test_a_fetch_that_is_stopped_leaves_the_store_as_it_was(run: Run, vendor: Vendor) -> None:
    def stop() -> Answer[Facts]:
        raise KeyboardInterrupt

    vendor.told = {"PDD.US": stop}
    done = run("data", "fundamentals", "fetch", "--symbol", "0700.HK", "--symbol", "PDD.US")
    assert done.code == 130
    assert not Store().exists()


def test_the_status_tells_of_figures_too(run: Run, table: str) -> None:
    run("data", "fundamentals", "import", table)
    told = run("data", "status", "-f", "json").json
    listed = run("data", "fundamentals", "list", "-f", "json").json
    assert told["fundamentals"] == listed["fundamentals"]
    assert told["series"] == []
    assert "Fundamentals" in run("data", "status").out
    assert "基本面数据" in run("data", "status", "--lang", "zh").out
