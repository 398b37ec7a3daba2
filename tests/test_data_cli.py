"""The data commands, as a user gives them."""

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest
from conftest import Run

from screener import load_prices
from screener.store.store import Store

NOW = np.datetime64("2026-11-23T12:00:00", "s")
ROWS = """symbol,date,open,high,low,close,volume,amount
300308.SZ,2024-06-12,10,10.2,9.9,10.1,1000,10050
300308.SZ,2024-06-13,10.1,10.3,10,10.2,1100,11165
300308.SZ,2024-06-14,10.2,10.4,10.1,10.3,1200,12300
HSI.HK,2024-06-12,18000,18100,17900,18050,,
HSI.HK,2024-06-13,18050,18150,18000,18100,,
"""


@pytest.fixture
def run(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run the command line in this process, with a home of its own."""
    monkeypatch.setenv("SCREENER_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("backtests.cli.clock.SystemClock.utc", lambda _: NOW)
    return run


@pytest.fixture
def bars_file(tmp_path: Path) -> Path:
    path = tmp_path / "bars.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


def test_an_empty_store_says_how_to_fill_it(run: Run) -> None:
    done = run("data", "status")
    assert done.code == 0
    assert "screener data update" in done.out
    assert run("data", "status", "-f", "json").json["series"] == []
    refused = run("data", "export", "somewhere.csv")
    assert refused.code == 2
    assert "screener data status" in refused.err


def test_files_are_imported_and_described(run: Run, bars_file: Path) -> None:
    done = run("data", "import", str(bars_file), "--basis", "raw", "-f", "json")
    assert done.code == 0, done.out + done.err
    assert done.json["changes"] == {"new": 2}
    assert done.json["version"] == 1
    status = run("data", "status", "-f", "json").json
    (share, index) = status["series"]
    assert (share["symbol"], share["basis"], share["rows"]) == ("300308.SZ", "raw", 3)
    assert (share["first"], share["last"]) == ("2024-06-12", "2024-06-14")
    assert share["behind"] > 100
    assert share["bases"] == "price+total", "the snapshot knows its corporate actions"
    assert index["bases"] == "price+total"
    (update,) = status["updates"]
    assert update["command"] == "import"
    provenance = Store().updates()[0].provenance
    assert list(provenance["files"]) == ["bars.csv"]
    assert len(provenance["files"]["bars.csv"]) == 64


def test_a_calendar_that_ends_keeps_nobody_from_looking(
    run: Run, bars_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("data", "import", str(bars_file), "--basis", "raw")
    monkeypatch.setattr(
        "backtests.cli.clock.SystemClock.utc", lambda _: np.datetime64("2098-01-05", "s")
    )
    status = run("data", "status", "-f", "json")
    assert status.code == 0
    assert [each["behind"] for each in status.json["series"]] == [None, None]
    assert run("data", "status").code == 0


def test_the_table_is_for_a_person(run: Run, bars_file: Path) -> None:
    done = run("data", "import", str(bars_file), "--basis", "raw", "--lang", "zh")
    assert "已导入，版本 1" in done.out
    shown = run("data", "status").out
    for expected in ("version 1", "300308.SZ", "2024-06-14", "import"):
        assert expected in shown


def test_importing_again_changes_nothing(run: Run, bars_file: Path) -> None:
    run("data", "import", str(bars_file), "--basis", "raw")
    again = run("data", "import", str(bars_file), "--basis", "raw", "-f", "json")
    assert again.json["changes"] == {"unchanged": 2}


def test_a_disagreement_is_held_back_told_and_settled(run: Run, bars_file: Path) -> None:
    run("data", "import", str(bars_file), "--basis", "raw")
    text = ROWS.replace("10,10.3,10,10.2", "10,10.3,10,10.25").replace(
        "10.1,10.3,10,10.2", "10.1,10.3,10,10.25"
    )
    bars_file.write_text(text, encoding="utf-8")
    held = run("data", "import", str(bars_file), "--basis", "raw")
    assert held.code == 3
    for expected in ("held back", "300308.SZ", "10.2", "10.25"):
        assert expected in held.out
    checked = run("data", "check", "-f", "json")
    assert checked.code == 3
    errors = [each for each in checked.json["findings"] if each["severity"] == "error"]
    assert {each["symbol"] for each in errors} == {"300308.SZ"}
    assert all(each["remedy"] for each in errors)
    assert "Held" in run("data", "status").out
    assert "确认后用 --replace" in run("data", "check", "--lang", "zh").out.replace("\n", "")
    settled = run("data", "import", str(bars_file), "--basis", "raw", "--replace")
    assert settled.code == 0
    assert run("data", "check").code == 0
    panel = load_prices(["300308.SZ"], basis="price")
    assert panel.matrix("close", "price")[1, 0] == 10.25
    assert load_prices(["300308.SZ"], version=1).matrix("close", "price")[1, 0] == 10.2


def test_bars_are_exported_as_they_are_kept(run: Run, bars_file: Path, tmp_path: Path) -> None:
    run("data", "import", str(bars_file), "--basis", "raw")
    target = tmp_path / "out.csv"
    done = run("data", "export", str(target), "--symbol", "sz300308", "-f", "json")
    assert done.json["rows"] == 3
    with target.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["close"] for row in rows] == ["10.1", "10.2", "10.3"]
    assert {row["basis"] for row in rows} == {"raw"}


def test_exported_tables_are_read_back(run: Run, bars_file: Path, tmp_path: Path) -> None:
    run("data", "import", str(bars_file), "--basis", "raw")
    folder = tmp_path / "tables"
    assert run("data", "export", str(folder)).code == 0
    here, there = load_prices(), load_prices(source=folder)
    for basis in ("price", "total"):
        np.testing.assert_array_equal(here.matrix("close", basis), there.matrix("close", basis))


def test_an_older_version_is_read_and_an_unknown_one_refused(run: Run, bars_file: Path) -> None:
    run("data", "import", str(bars_file), "--basis", "raw")
    bars_file.write_text(ROWS + "HSI.HK,2024-06-14,18100,18200,18000,18150,,\n", encoding="utf-8")
    run("data", "import", str(bars_file), "--basis", "raw")
    assert run("data", "status", "--version", "1", "-f", "json").json["series"][1]["rows"] == 2
    assert run("data", "status", "-f", "json").json["series"][1]["rows"] == 3
    refused = run("data", "status", "--version", "7")
    assert refused.code == 2
    assert "no version 7" in refused.err


def test_a_written_scorecard_keeps_its_version(
    run: Run, tmp_path: Path, market_folder: Path
) -> None:
    run("data", "import", str(market_folder))
    done = run("score", "--out", str(tmp_path / "card.json"), "-f", "json")
    assert done.json["provenance"]["data"]["source"] == "store, version 1"
    assert Store().state().rows("pin", ["batch"]).column("batch").to_pylist() == [1]
    assert run("score", "-f", "json").json["provenance"] == done.json["provenance"]


def test_small_files_are_joined(run: Run, bars_file: Path) -> None:
    for number in range(4):
        bars_file.write_text(
            ROWS + f"HSI.HK,2024-06-1{4 + number},18100,18200,18000,1815{number},,\n", "utf-8"
        )
        run("data", "import", str(bars_file), "--basis", "raw", "--replace")
    done = run("data", "compact", "-f", "json").json
    assert done["files_after"] < done["files_before"]
    assert load_prices(["300308.SZ"]).dates[0] == np.datetime64("2024-06-12")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["import", "nowhere"], "there is no file or folder"),
        (["update", "--symbol", "nonsense"], "nonsense"),
        (["update", "--symbol", "300308.SZ", "--source", "bloomberg"], "unknown upstream"),
        (["update", "--exchange", "SH"], "no list of the shares"),
        (["check", "--version", "3"], "there is no store"),
        (["compact"], "there is no store"),
        (["status", "--store", "nowhere://x"], "cannot be read"),
    ],
)
def test_bad_input_ends_with_a_message(run: Run, arguments: list[str], message: str) -> None:
    done = run("data", *arguments)
    assert done.code == 2
    assert message in done.err
    assert "Traceback" not in done.err
    assert done.out == ""


def test_a_store_that_is_none_is_told(run: Run, bars_file: Path, tmp_path: Path) -> None:
    run("data", "import", str(bars_file), "--basis", "raw")
    log = tmp_path / "home" / "store" / "_delta_log"
    shutil.rmtree(log)
    assert run("data", "status", "-f", "json").json["version"] == 0


@pytest.mark.market
def test_what_the_store_cannot_tell_stands_under_the_scorecard(
    run: Run, market_folder: Path
) -> None:
    run("data", "import", str(market_folder))
    early = run("score", "--as-of", "2024-10-01")
    assert early.code == 0
    assert "could only be derived from later figures" in " ".join(early.out.split())
    total = run("score", "--as-of", "2024-10-01", "--basis", "total", "-f", "json").json
    assert {row["status"] for row in total["rows"] if row["horizon_months"] <= 3} == {"scored"}
    assert {row["status"] for row in total["rows"] if row["horizon_months"] >= 6} == {"pending"}


@pytest.mark.market
def test_the_market_gives_the_same_grades_as_the_snapshot(run: Run, market_folder: Path) -> None:
    expected = run("score", "-f", "json").json
    assert expected["provenance"]["data"]["source"] == "snapshot"
    imported = run("data", "import", str(market_folder), "-f", "json")
    assert imported.json["version"] == 1
    found = run("score", "-f", "json").json
    assert found["provenance"]["data"]["source"] == "store, version 1"
    for mine, theirs in zip(found["rows"], expected["rows"], strict=True):
        assert mine["symbol"] == theirs["symbol"]
        assert mine["grade"] == theirs["grade"]
        # the total closes are rounded to the tick, which a derived price basis inherits
        assert mine["relative"] == pytest.approx(theirs["relative"], abs=0.0015)
