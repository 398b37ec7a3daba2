"""The command ``backtest``, as a user gives it."""

import csv
import hashlib
import json
from pathlib import Path

import jsonschema
import pytest
from conftest import ROOT, Run

from universes.content import content_hash

SCHEMA = json.loads((ROOT / "docs" / "backtest.schema.json").read_text(encoding="utf-8"))
ONE = ("--strategy", "buy_and_hold")


@pytest.fixture
def run(run: Run) -> Run:
    return lambda *arguments: run("backtest", *arguments)


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_strategy_is_compared_in_one_table(run: Run) -> None:
    done = run()
    assert (done.code, done.err) == (0, "")
    for expected in ("Buy and hold", "Relative stop", "Paper", "Stamp duty", "fractions of shares"):
        assert expected in done.out
    assert "Inverse volatility was not simulated" in done.out


def test_it_speaks_chinese(run: Run) -> None:
    out = run("--lang", "zh", *ONE).out
    for expected in ("买入并持有", "印花税", "汇率", "所有订单均已成交", "不构成投资建议"):
        assert expected in out


def test_json_follows_its_schema_and_nothing_else_is_printed(run: Run) -> None:
    for arguments in ((), ("--theme", "games", "--lang", "zh"), ("--as-of", "2024-07-01")):
        done = run("--format", "json", *arguments)
        assert (done.code, done.err) == (0, "")
        jsonschema.validate(done.json, SCHEMA)


def test_paper_execution_and_costs_add_up_to_the_return(run: Run) -> None:
    for each in run("--format", "json").json["strategies"]:
        bridge = each["bridge"]
        assert bridge["before_costs"] == pytest.approx(
            bridge["paper"] + bridge["execution"], abs=1e-12
        )
        after = bridge["before_costs"] + sum(bridge["costs"].values())
        assert after == pytest.approx(each["measures"]["total_return"], abs=1e-12)
        for part in ("themes", "contributions"):
            total = sum(row["total_gain"] for row in each[part])
            assert total == pytest.approx(after, abs=1e-9)


def test_the_folder_holds_everything_and_says_what_reproduces_it(run: Run, tmp_path: Path) -> None:
    done = run(*ONE, "--out", str(tmp_path))
    (folder,) = tmp_path.iterdir()
    assert str(folder) in done.err
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    written = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert {"metrics.json", "equity.csv", "trades.csv", "positions.csv", "index.html"} < written
    assert {"skipped_orders.csv", "figures/equity.png", "figures/drawdown.svg"} < written
    assert set(manifest["files"]) == written - {"manifest.json"}
    for name, stated in manifest["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == stated
    assert manifest["seed"] is None
    assert manifest["version"]
    assert len(manifest["data"]["sha256"]) == 64
    assert manifest["arguments"]["strategy"] == ["buy_and_hold"]


def test_a_second_run_writes_the_same_bytes_in_the_same_place(run: Run, tmp_path: Path) -> None:
    pictures = []
    for _ in range(2):
        run(*ONE, "--theme", "games", "--out", str(tmp_path))
        (folder,) = tmp_path.iterdir()
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        pictures.append(content_hash([[str(path), path.read_bytes().hex()] for path in files]))
    assert pictures[0] == pictures[1]


def test_other_terms_get_a_folder_of_their_own(run: Run, tmp_path: Path) -> None:
    for cash in ("100000", "200000"):
        run(*ONE, "--theme", "games", "--cash", cash, "--out", str(tmp_path))
    assert len(list(tmp_path.iterdir())) == 2


def test_tables_agree_with_the_metrics(run: Run, tmp_path: Path) -> None:
    run("--strategy", "horizon", "--out", str(tmp_path))
    (folder,) = tmp_path.iterdir()
    (told,) = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))["strategies"]
    equity = read_csv(folder / "equity.csv")
    assert float(equity[-1]["equity"]) / float(equity[0]["equity"]) - 1 == pytest.approx(
        told["measures"]["total_return"], abs=1e-12
    )
    trades = read_csv(folder / "trades.csv")
    assert len(trades) == told["trades"] == 56
    for code, paid in told["costs_paid"].items():
        assert sum(float(row[code]) for row in trades) == pytest.approx(paid, abs=1e-6)
    last = [row for row in read_csv(folder / "positions.csv") if row["date"] == "2024-12-13"]
    assert sum(float(row["weight"]) for row in last) <= 1 + 1e-9
    assert len(last) == 28
    assert not read_csv(folder / "skipped_orders.csv")


def test_strict_says_that_something_was_left_out(run: Run) -> None:
    assert run("--strict", "--theme", "games").code == 3
    assert run("--strict", "--theme", "games", *ONE).code == 0


@pytest.fixture
def bad_weights(tmp_path: Path) -> str:
    path = tmp_path / "own.toml"
    path.write_text(
        '[mine]\ntitle = { zh = "甲", en = "Mine" }\nweigh = "given"\n'
        '[mine.weights]\n"0700.HK" = 0.7\n"9992.HK" = 0.4\n',
        encoding="utf-8",
    )
    return str(path)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--strategy", "hodl"), "unknown strategy 'hodl'"),
        (("--cash", "-5"), "a portfolio of -5 CNY"),
        (("--cash", "nan"), "a portfolio of nan CNY"),
        (("--currency", "XYZ"), "unknown currency 'XYZ'"),
        (("--start", "2019-01-01"), "after the start 2019-01-01"),
        (("--start", "2030-01-01"), "no session after the start 2030-01-01"),
        (("--as-of", "2024-06-14"), "no session after the start 2024-06-16"),
        (("--as-of", "2020-01-01"), "the data begin on 2024-06-07"),
        (("--prices", "raw"), "none of the picks on the raw basis"),
        (("--deal-at", "open"), "no open on the total basis"),
        (("--strategy", "inverse_volatility"), "no 60 sessions"),
        (("--commission", "2"), "commission"),
        (("--theme", "nothing"), "nothing"),
        (("--level", "mention"), "the prices hold none of 9988.HK"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], expected: str
) -> None:
    done = run(*arguments, "--out", str(tmp_path / "out"))
    assert done.code == 2
    assert done.out == ""
    first, *rest = done.err.splitlines()
    assert first.startswith("error: ")
    assert expected in first
    assert len(rest) <= 1
    assert not (tmp_path / "out").exists()


def test_weights_over_one_are_refused_with_their_place(
    run: Run, tmp_path: Path, bad_weights: str
) -> None:
    done = run("--strategy", bad_weights, "--out", str(tmp_path / "out"))
    assert done.code == 2
    assert "the weights add up to 1.1, over 1" in done.err
    assert not (tmp_path / "out").exists()


def test_a_universe_without_a_tradable_share_is_refused(run: Run, tmp_path: Path) -> None:
    report = tmp_path / "mine.toml"
    report.write_text(
        'title = { zh = "甲", en = "A" }\nbroker = { zh = "乙", en = "B" }\n'
        'house = { zh = "丙", en = "C" }\nscale = "soochow"\n'
        "[published]\ndate = 2024-06-16\n"
        '[[themes]]\nid = "t"\ntitle = { zh = "丁", en = "D" }\nsection = "1"\n'
        'argument = { zh = "戊", en = "E" }\n'
        '[[themes.picks]]\nsymbol = "600519.SH"\nname = { zh = "茅台", en = "Moutai" }\n'
        'level = "recommend"\nsection = "1"\nwords = "推荐"\n',
        encoding="utf-8",
    )
    done = run("--report", str(report), "--out", str(tmp_path / "out"))
    assert done.code == 2
    assert "600519.SH" in done.err
    assert not (tmp_path / "out").exists()


def test_an_output_that_is_no_folder_is_refused(run: Run, tmp_path: Path) -> None:
    done = run(*ONE, "--theme", "games", "--out", str(tmp_path / "out.json"))
    assert done.code == 2
    assert "is no folder" in done.err


def test_a_folder_that_cannot_be_written_leaves_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept", encoding="utf-8")
    done = run(*ONE, "--theme", "games", "--out", str(tmp_path / "file" / "deep"))
    assert done.code == 2
    assert "cannot be written" in done.err
    assert (tmp_path / "file").read_text(encoding="utf-8") == "kept"
