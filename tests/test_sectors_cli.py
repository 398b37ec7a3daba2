"""The commands that keep tables of sectors, as a user gives them."""

import csv
import datetime as dt
import io
from pathlib import Path

import numpy as np
import pytest
from conftest import Run
from test_startup import SLOW, tried_by
from vendor_server import Reply, VendorServer
from xls_book import Cell, xls_book

from screener.companies.sectors import load_sectors

NOW = np.datetime64("2024-06-17T03:00:00", "s")
NAMES = "symbol,name,industry\n600519,甲,drinks\n000001.SZ,乙,banks\n00700,丙,games\n"
TOLD = ("--scheme", "mine", "--source", "my vendor", "--dated", "2024-06-01")
HEAD: list[Cell] = ["股票代码", "计入日期", "行业代码", "更新日期"]
WRITTEN = dt.date(2021, 8, 2)


@pytest.fixture
def run(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run the command line in this process, with a home of its own."""
    monkeypatch.setenv("SCREENER_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("backtests.cli.clock.SystemClock.utc", lambda _: NOW)
    monkeypatch.setattr("backtests.cli.clock.SystemClock.sleep", lambda *_: None)
    return run


@pytest.fixture
def names(tmp_path: Path) -> str:
    path = tmp_path / "names.csv"
    path.write_text(NAMES, encoding="utf-8")
    return str(path)


def classify(vendor: VendorServer, monkeypatch: pytest.MonkeyPatch, *rows: list[Cell]) -> None:
    vendor.divert(monkeypatch)
    vendor.on("StockClassifyUse_stock.xls", Reply(xls_book([HEAD, *rows])))


def test_an_import_is_kept_and_listed(run: Run, names: str, tmp_path: Path) -> None:
    done = run("data", "sectors", "import", names, *TOLD, "-f", "json")
    assert done.code == 0, done.err
    assert done.json["path"] == str(tmp_path / "home" / "sectors" / "mine.csv")
    (listed,) = run("data", "sectors", "list", "-f", "json").json["tables"]
    assert listed == {
        "scheme": "mine",
        "source": "my vendor",
        "dated": "2024-06-01",
        "symbols": 3,
        "sectors": 3,
        "markets": {"HK": 1, "SH": 1, "SZ": 1},
        "sha256": load_sectors().tables[0].sha256,
    }


def test_the_list_is_shown_in_every_form_and_both_languages(run: Run, names: str) -> None:
    run("data", "sectors", "import", names, *TOLD)
    sha256 = load_sectors().tables[0].sha256
    shown = run("data", "sectors", "list").out
    assert "HK 1 SH 1 SZ 1" in shown
    assert sha256[:12] in shown
    assert sha256 not in shown
    assert "分类" in run("data", "sectors", "list", "--lang", "zh").out
    (row,) = csv.DictReader(io.StringIO(run("data", "sectors", "list", "-f", "csv").out))
    assert (row["scheme"], row["symbols"], row["sha256"]) == ("mine", "3", sha256)
    assert "| mine | my vendor |" in run("data", "sectors", "list", "-f", "md").out


def test_without_any_table_the_list_says_how_to_get_one(run: Run) -> None:
    done = run("data", "sectors", "list")
    assert done.code == 0
    assert "screener data sectors import" in done.out
    assert run("data", "sectors", "list", "-f", "json").json == {"tables": []}


def test_a_file_of_faults_is_not_kept(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("symbol,sector\n600519,drinks\n600519,=1+1\n", encoding="utf-8")
    done = run("data", "sectors", "import", str(path), *TOLD)
    assert done.code == 2
    assert f"{path}:3: sector: the sector '=1+1' begins like a formula" in done.err
    assert run("data", "sectors", "list", "-f", "json").json["tables"] == []


def test_what_a_file_does_not_tell_is_asked_for(run: Run, names: str) -> None:
    done = run("data", "sectors", "import", names, "--source", "me", "--dated", "2024-06-01")
    assert (done.code, "--scheme" in done.err) == (2, True)


def test_a_fetch_is_kept_and_what_was_left_unclear_is_told(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    socket_enabled: None,  # noqa: ARG001 - lets the server be reached
) -> None:
    good: list[list[Cell]] = [
        [f"6005{n:02}", dt.date(2021, 7, 30), "340501", WRITTEN] for n in range(20)
    ]
    unnamed: list[Cell] = ["000001", dt.date(2021, 7, 30), "990101", WRITTEN]
    undated: list[Cell] = ["000002", None, "430101", WRITTEN]
    with VendorServer() as vendor:
        classify(vendor, monkeypatch, *good, unnamed, undated)
        done = run("data", "sectors", "fetch", "-f", "json")
        shown = run("data", "sectors", "fetch").out
    assert done.code == 0, done.err
    assert (done.json["scheme"], done.json["dated"]) == ("sw2021", "2024-06-17")
    assert done.json["markets"] == {"SH": 20, "SZ": 1}
    assert (done.json["unknown"], done.json["left_out"]) == (["990000"], ["000002"])
    assert "990000" in shown
    assert "000002" in shown
    kept = load_sectors().at(["600500.SH", "000001.SZ", "000002.SZ"], dt.date(2024, 6, 16))
    assert kept.sector == ("食品饮料", "990000", None)
    assert not kept.told_after


def test_a_fetch_that_fails_is_incomplete_and_keeps_nothing(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    socket_enabled: None,  # noqa: ARG001 - lets the server be reached
) -> None:
    with VendorServer() as vendor:
        vendor.divert(monkeypatch)
        vendor.on("StockClassifyUse_stock.xls", Reply(status=502))
        done = run("data", "sectors", "fetch")
    assert (done.code, done.out) == (3, "")
    assert "shenwan: answered with status 502" in done.err
    assert len(vendor.asked) == 3
    assert run("data", "sectors", "list", "-f", "json").json["tables"] == []


def test_the_list_waits_for_nothing_slow() -> None:
    assert not tried_by(["data", "sectors", "list", "--format", "json"]) & set(SLOW)


@pytest.mark.market
@pytest.mark.parametrize(
    ("name", "symbols", "markets"),
    [("cn_names.csv", 5429, {"BJ", "SH", "SZ"}), ("hk_names.csv", 503, {"HK"})],
)
def test_lists_of_names_are_imported_whole(
    run: Run, market_folder: Path, name: str, symbols: int, markets: set[str]
) -> None:
    done = run("data", "sectors", "import", str(market_folder / name), *TOLD, "-f", "json")
    assert (done.json["symbols"], set(done.json["markets"])) == (symbols, markets)
