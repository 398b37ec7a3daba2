"""The command ``evidence``, as a user gives it."""

import csv
import hashlib
import json
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, Run

from screener.calendar import load_sessions
from universes.content import content_hash

SCHEMA = json.loads((ROOT / "docs" / "evidence.schema.json").read_text(encoding="utf-8"))
FEW = ("--draws", "2000")
PICKS = [f"6011{n:02}.SH" for n in range(8)]
SHARES = [*PICKS, *(f"6012{n:02}.SH" for n in range(52))]


@pytest.fixture
def run(run: Run) -> Run:
    return lambda *arguments: run("evidence", *arguments)


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prices of sixty shares and an index, a report of eight of them, and their sectors.

    The picks gain two points a month over the other shares, which gain one over the index.
    """
    folder = tmp_path_factory.mktemp("market")
    days = load_sessions("XSHG", 2022, 2024).days
    days = days[(days >= np.datetime64("2022-06-01")) & (days <= np.datetime64("2024-03-29"))]
    generator = np.random.default_rng(5)
    index = generator.normal(0.0, 0.01, len(days))
    noise = generator.normal(0.0, 0.015, (len(days), len(SHARES)))
    drift = np.where([share in PICKS for share in SHARES], 0.03, 0.01) / 21
    drift = np.where((days > np.datetime64("2023-06-15"))[:, None], drift, 0.0)
    returns = index[:, None] + noise + drift
    closes = {"000300.SH": 4000 * np.cumprod(1 + index)}
    closes |= {
        share: 10 * np.cumprod(1 + own) for share, own in zip(SHARES, returns.T, strict=True)
    }
    table = pd.DataFrame(closes, index=pd.Index(days.astype(str), name="date"))
    (folder / "prices").mkdir()
    table.to_csv(folder / "prices" / "closes_price.csv")
    picks = "\n".join(
        f'[[themes.picks]]\nsymbol = "{symbol}"\nname = {{ zh = "甲", en = "Pick {n}" }}\n'
        'level = "recommend"\nsection = "1"\nwords = "推荐"'
        for n, symbol in enumerate(PICKS)
    )
    (folder / "mine.toml").write_text(
        'title = { zh = "报告", en = "Report" }\nbroker = { zh = "券商", en = "Broker" }\n'
        'house = { zh = "部门", en = "House" }\nscale = "soochow"\n'
        '[published]\ndate = 2023-06-15\n[[themes]]\nid = "one"\n'
        'title = { zh = "主题", en = "Theme" }\nsection = "1"\n'
        f'argument = {{ zh = "理由", en = "Reason" }}\n{picks}\n',
        encoding="utf-8",
    )
    sectors = [f"{share},{'left' if n % 2 else 'right'}" for n, share in enumerate(SHARES)]
    head = "symbol,sector,scheme,source,dated"
    lines = [head, *(f"{line},halves,by hand,2023-01-01" for line in sectors)]
    (folder / "sectors.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@pytest.fixture
def asked(market: Path) -> tuple[str, ...]:
    report, prices = str(market / "mine.toml"), str(market / "prices")
    return ("--report", report, "--data", prices, "--horizon", "6", *FEW)


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_embedded_figures_tell_what_they_lack_and_how_to_get_it(run: Run) -> None:
    done = run()
    assert (done.code, done.err) == (0, "")
    for expected in (
        "The prices hold no other shares to compare with.",
        "screener data update --exchange SH",
        "screener data sectors import FILE",
        "Pop Mart, Visual China",
        "Checkable claims",
        "no part in any verdict",
    ):
        assert expected in " ".join(done.out.split())
    assert "skilled" not in done.out.replace("luck or sector", "")
    assert "nan" not in done.out.split()


def test_the_embedded_figures_still_tell_how_much_hangs_on_two_picks(run: Run) -> None:
    told = run("--format", "json").json
    # 28 picks: (28 * 14.997 - 130.51 - 121.33) / 26
    assert told["without_best"][0] == pytest.approx(0.14997, abs=1e-5)
    assert told["without_best"][2] == pytest.approx(
        (28 * 0.149972 - 1.30514 - 1.21326) / 26, abs=2e-4
    )
    assert told["coverage"][0]["named"] == 0
    assert all(each["split"] is None for each in told["judgements"])


def test_a_horizon_that_has_not_ended_is_pending_and_tests_nothing(run: Run) -> None:
    out = run("--as-of", "2024-10-01").out
    assert "28 of 28 picks are pending and 0 scored" in out
    assert "Tests and intervals" not in out
    told = run("--as-of", "2024-10-01", "--format", "json").json["judgements"][0]
    assert (told["scored"], told["pending"], told["mean"]) == (0, 28, None)
    assert told["naive"]["p_value"] is None


def test_a_part_of_the_report_is_called_one(run: Run) -> None:
    assert "a part of the report" in " ".join(run("--theme", "games").out.split())
    assert "a part of the report" not in " ".join(run().out.split())


def test_it_speaks_chinese(run: Run) -> None:
    out = run("--lang", "zh").out
    for expected in ("无法判断", "泡泡玛特", "可检验论断", "不构成投资建议", "行情只含"):
        assert expected in out


def test_json_follows_its_schema_and_nothing_else_is_printed(
    run: Run, asked: tuple[str, ...], market: Path
) -> None:
    for arguments in (
        (),
        ("--as-of", "2024-08-01"),
        asked,
        (*asked, "--sectors", str(market / "sectors.csv")),
    ):
        done = run("--format", "json", *arguments)
        assert (done.code, done.err) == (0, "")
        jsonschema.validate(done.json, SCHEMA)


def test_planted_skill_is_found_and_named(run: Run, asked: tuple[str, ...], market: Path) -> None:
    done = run(*asked, "--sectors", str(market / "sectors.csv"), "--format", "json")
    (judged,) = done.json["judgements"]
    assert (judged["verdict"], judged["reason"]) == ("skilled", "above")
    assert done.json["headline"].startswith("All picks, 6 months: skilled.")
    split = judged["split"]
    parts = split["breadth"] + split["sector"] + split["selection"] + split["unsplit"]
    assert parts == pytest.approx(judged["mean"], abs=1e-12)
    assert [each["pool"] for each in judged["placebos"]] == ["market", "sector", "alike"]
    assert judged["placebos"][0]["controls"] == 52


def test_without_sectors_no_verdict_is_given(run: Run, asked: tuple[str, ...]) -> None:
    (judged,) = run(*asked, "--format", "json").json["judgements"]
    assert (judged["verdict"], judged["reason"]) == ("cannot_tell", "sector_unknown")
    assert judged["placebos"][0]["percentile"] > 0.99


def test_the_numbers_hang_on_the_seed_and_not_on_the_workers(
    run: Run, asked: tuple[str, ...]
) -> None:
    many = (*asked, "--draws", "12000", "--format", "json")
    one, two, other = (run(*many, *more).json for more in ((), ("--workers", "2"), ("--seed", "1")))
    assert one == two
    first, second = (each["judgements"][0]["placebos"][0] for each in (one, other))
    assert first["random_mean"] != second["random_mean"]
    assert first["random_mean"] == pytest.approx(second["random_mean"], abs=0.002)


def test_the_folder_holds_everything_and_says_what_reproduces_it(
    run: Run, asked: tuple[str, ...], market: Path, tmp_path: Path
) -> None:
    hashes = []
    for _ in range(2):
        done = run(*asked, "--sectors", str(market / "sectors.csv"), "--out", str(tmp_path))
        assert done.code == 0
        (folder,) = tmp_path.iterdir()
        assert str(folder) in done.err
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        hashes.append(content_hash([[str(path), path.read_bytes().hex()] for path in files]))
    assert hashes[0] == hashes[1]
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    names = {str(path.relative_to(folder)) for path in files}
    assert {"index.html", "evidence.json", "evidence.csv", "picks.csv", "path.csv"} < names
    assert {f"figures/{name}.svg" for name in ("placebo", "split", "path")} < names
    for name, stated in manifest["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == stated
    assert manifest["trial"]["seed"] == 20240616
    path = read_csv(folder / "path.csv")
    told = json.loads((folder / "evidence.json").read_text(encoding="utf-8"))
    day = told["path"]["exits"]["6"]
    (end,) = [row for row in path if row["dates"] == day]
    assert float(end["mean"]) == pytest.approx(told["judgements"][0]["mean"], abs=1e-12)
    assert len(read_csv(folder / "picks.csv")) == 8


def test_strict_says_that_comparisons_were_left_out(
    run: Run, asked: tuple[str, ...], market: Path
) -> None:
    assert run("--strict").code == 3
    assert run(*asked, "--strict", "--sectors", str(market / "sectors.csv")).code == 0


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--draws", "5"), "draws of 5"),
        (("--seed", "-1"), "seed of -1"),
        (("--workers", "0"), "workers of 0"),
        (("--horizon", "0"), "horizon"),
        (("--horizon", "999"), "horizon"),
        (("--sectors", "nothing.csv"), "nothing.csv"),
        (("--sectors", "no_such_scheme"), "no_such_scheme"),
        (("--theme", "shoes"), "unknown theme"),
        (("--data", "nowhere"), "nowhere"),
        (("--out", "result.html"), "no folder"),
        (("--as-of", "2020-01-01"), "begin on"),
        (("--version", "3"), "no store"),
    ],
)
def test_wrong_input_ends_in_one_message_and_writes_nothing(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], expected: str
) -> None:
    out = () if "--out" in arguments else ("--out", str(tmp_path / "results"))
    done = run(*arguments, *out)
    assert done.code == 2
    assert done.err.startswith("error: ")
    assert expected in done.err
    assert not done.out
    assert not (tmp_path / "results").exists()
