"""The command ``rank``, as a user gives it."""

import csv
import hashlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, Done, Run
from test_page import Reader

from backtests.cli.app import main
from screener.calendar import load_sessions

SCHEMA = json.loads((ROOT / "docs" / "ranking.schema.json").read_text(encoding="utf-8"))
CHECKER = jsonschema.Draft202012Validator(SCHEMA)
INDEX = "000300.SH"
# shares that gain five points a month on all others, which gain nothing on the index
GOOD = [f"6011{n:02}.SH" for n in range(12)]
PLAIN = [*(f"6012{n:02}.SH" for n in range(28)), *(f"0021{n:02}.SZ" for n in range(20))]
SHARES = [*GOOD, *PLAIN]
DAYS = [
    f"{month}-{day:02}"
    for day in (8, 11, 14)
    for month in ("2022-08", "2022-11", "2023-02", "2023-06", "2023-09")
]
KNOWING, PLAIN_HOUSE, SMALL = "先知证券", "平平证券", "<b>小</b>证券 & Co"
HEAD = "date,symbol,rating,house,analyst,link"


def list_rows() -> list[str]:
    """List 34 ratings: one of them repeats that of another within its half-year.

    The first house rates the twelve good shares; the second fifteen by two authors, five of them
    in Shenzhen and three of them good, as is one in five of all; the third says sell of six.
    """
    plain = [*GOOD[:3], *PLAIN[:7], *PLAIN[-5:]]
    authors = '"李四,王五"'
    return [
        *(
            f"{day},{share},买入,{KNOWING},张三,https://example.com/{n}"
            for n, (day, share) in enumerate(zip(DAYS, GOOD, strict=False))
        ),
        *(
            f"{day},{share},增持,{PLAIN_HOUSE},{authors},"
            for day, share in zip(DAYS, plain, strict=True)
        ),
        f"2022-09-08,{plain[0]},增持,{PLAIN_HOUSE},{authors},",
        *(
            f"{day},{share},卖出,{SMALL},赵六,"
            for day, share in zip(DAYS, PLAIN[20:26], strict=False)
        ),
    ]


def write_table(path: Path, rows: Sequence[str]) -> Path:
    path.write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
    return path


def make_market(folder: Path) -> None:
    """Write a folder of prices of sixty shares and an index, and a table of their sectors."""
    days = load_sessions("XSHG", 2022, 2024).days
    days = days[(days >= np.datetime64("2022-06-01")) & (days <= np.datetime64("2024-06-28"))]
    generator = np.random.default_rng(5)
    index = generator.normal(0.0, 0.01, len(days))
    noise = generator.normal(0.0, 0.015, (len(days), len(SHARES)))
    drift = np.where([share in GOOD for share in SHARES], 0.05, 0.0) / 21
    own = index[:, None] + noise + drift
    closes = {INDEX: 4000 * np.cumprod(1 + index)}
    closes |= {share: 10 * np.cumprod(1 + r) for share, r in zip(SHARES, own.T, strict=True)}
    table = pd.DataFrame(closes, index=pd.Index(days.astype(str), name="date"))
    (folder / "prices").mkdir()
    table.to_csv(folder / "prices" / "closes_price.csv")
    lines = [f"{share},{'left' if n % 2 else 'right'}" for n, share in enumerate(SHARES)]
    head = "symbol,sector,scheme,source,dated"
    lines = [head, *(f"{line},halves,by hand,2022-01-01" for line in lines)]
    (folder / "sectors.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture(scope="session")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ranked")
    make_market(folder)
    return folder


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return write_table(tmp_path / "ratings.csv", list_rows())


Rank = Callable[..., Done]


@pytest.fixture
def rank(run: Run, market: Path, table: Path) -> Rank:
    """Run the command on the made market."""

    def call(*arguments: str, path: Path = table) -> Done:
        return run("rank", str(path), *given(market), *arguments)

    return call


def given(market: Path) -> tuple[str, ...]:
    return ("--data", str(market / "prices"), "--sectors", str(market / "sectors.csv"))


def said(done: Done) -> list[str]:
    """Return what stands on standard error but for the steps done."""
    return [line for line in done.err.splitlines() if not line.startswith("[")]


def scores(told: Any, months: int = 6) -> dict[str, Any]:  # noqa: ANN401
    return {each["source"]: each for each in told["sources"] if each["horizon_months"] == months}


def list_files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


# --- what is printed --------------------------------------------------------------------------


def test_a_clean_table_is_ranked_and_ends_well(rank: Rank, tmp_path: Path) -> None:
    done = rank()
    assert (done.code, said(done)) == (0, [])
    lines = done.out.splitlines()
    order = [
        next(n for n, line in enumerate(lines) if line.startswith(house))
        for house in (KNOWING, PLAIN_HOUSE, SMALL)
    ]
    assert lines[order[0]].split()[1:3] == ["1", "12"]
    verdicts = [lines[at].rstrip().rpartition("  ")[2] for at in order]
    assert verdicts == ["skilled", "cannot tell", "cannot tell"]
    assert "Ratings: 34 · Rows not scored: 0 · Calls: 33 · Scored: 33" in done.out
    assert not {"nan", "None", "inf"} & set(done.out.split())
    assert list(tmp_path.iterdir()) == [tmp_path / "ratings.csv"]


def test_it_speaks_chinese(rank: Rank) -> None:
    done = rank("--lang", "zh")
    for expected in ("3家机构的34条评级合为33个观点", "1家机构有能力", "无法判断", "得买入"):
        assert expected in done.out
    assert "cannot tell" not in done.out


def test_json_follows_its_schema_and_its_returns_are_those_of_the_prices(
    rank: Rank, market: Path
) -> None:
    done = rank("--format", "json", "--horizon", "3")
    CHECKER.validate(done.json)
    assert done.json["horizons"] == [3, 6]
    told = scores(done.json)
    counted = {name: (each["ratings"], each["calls"], each["n"]) for name, each in told.items()}
    assert counted == {KNOWING: (12, 12, 12), PLAIN_HOUSE: (16, 15, 15), SMALL: (6, 6, 6)}
    judged = {name: (each["verdict"], each["reason"]) for name, each in told.items()}
    assert judged == {
        KNOWING: ("skilled", "above"),
        PLAIN_HOUSE: ("cannot_tell", "chance"),
        SMALL: ("cannot_tell", "few_calls"),
    }
    closes = pd.read_csv(market / "prices" / "closes_price.csv", index_col="date")
    for source, sign in ((KNOWING, 1), (PLAIN_HOUSE, 1), (SMALL, -1)):
        rows = [row for row in done.json["rows"] if row["source"] == source]
        earned = [sign * earn(closes, row) for row in rows]
        assert told[source]["mean"] == pytest.approx(sum(earned) / len(earned), abs=1e-9)
        # a bullish call keeps its promise from five points ahead on, a bearish one behind
        assert told[source]["hits"] == sum(x >= 0.05 for x in earned)


def earn(closes: pd.DataFrame, row: Any) -> float:  # noqa: ANN401
    """Work out a call's half-year against the index, from the file of closes alone."""
    first = next(day for day in closes.index if day > row["date"])
    end = (pd.Timestamp(first) + pd.DateOffset(months=6)).date().isoformat()
    last = [day for day in closes.index if day <= end][-1]
    own, index = (closes.loc[last, s] / closes.loc[first, s] for s in (row["symbol"], INDEX))
    assert (row["entry_date"], row["exit_date"]) == (first, last)
    assert row["relative"] == pytest.approx(own - index, abs=1e-9)
    return float(own - index)


def test_csv_has_a_row_for_each_source_and_horizon(rank: Rank) -> None:
    printed = list(csv.DictReader(io.StringIO(rank("--format", "csv").out)))
    assert len(printed) == 3 * 4
    assert {row["source"] for row in printed} == {KNOWING, PLAIN_HOUSE, SMALL}
    (own,) = [row for row in printed if (row["source"], row["horizon_months"]) == (KNOWING, "6")]
    assert (own["rank"], own["n"], own["verdict"]) == ("1", "12", "skilled")


def test_each_author_of_a_rating_is_ranked(rank: Rank) -> None:
    told = scores(rank("--by", "analyst", "--format", "json").json)
    counted = {(each["house"], each["author"]): each["calls"] for each in told.values()}
    assert counted == {
        (KNOWING, "张三"): 12,
        (PLAIN_HOUSE, "李四"): 15,
        (PLAIN_HOUSE, "王五"): 15,
        (SMALL, "赵六"): 6,
    }


def test_another_horizon_is_ranked_at(rank: Rank) -> None:
    told = rank("--months", "3", "--format", "json").json
    assert (told["at"], told["horizons"]) == (3, [1, 3, 6, 12])


@pytest.mark.parametrize(
    ("arguments", "calls"),
    [
        # the five last shares of the second house
        (("--market", "shenzhen"), {PLAIN_HOUSE: 5}),
        (
            ("--market", "shanghai", "--market", "shenzhen"),
            {KNOWING: 12, PLAIN_HOUSE: 15, SMALL: 6},
        ),
        # the shares at odd places
        (("--sector", "left"), {KNOWING: 6, PLAIN_HOUSE: 7, SMALL: 3}),
        (("--since", "2023-09-08"), {KNOWING: 2, PLAIN_HOUSE: 3, SMALL: 1}),
        (("--until", "2022-08-11"), {KNOWING: 2, PLAIN_HOUSE: 2, SMALL: 2}),
        (
            ("--since", "2023-02-08", "--until", "2023-02-08"),
            {KNOWING: 1, PLAIN_HOUSE: 1, SMALL: 1},
        ),
    ],
)
def test_calls_are_chosen_by_market_sector_and_day(
    rank: Rank, arguments: tuple[str, ...], calls: dict[str, int]
) -> None:
    told = scores(rank(*arguments, "--format", "json").json)
    assert {source: each["calls"] for source, each in told.items()} == calls


def test_nothing_after_the_day_of_the_run_is_read(rank: Rank, tmp_path: Path) -> None:
    done = rank("--as-of", "2023-03-31", "--format", "json")
    # of each house those of June and September 2023 come later: five, six and two
    assert done.json["rejected"] == {"future_date": 4 + 6 + 2}
    assert done.code == 3
    listed = (tmp_path / "ratings.rejected.csv").read_text(encoding="utf-8-sig")
    assert all(row["reason"] == "future_date" for row in csv.DictReader(io.StringIO(listed)))
    told = scores(done.json)
    assert {source: each["calls"] for source, each in told.items()} == {
        KNOWING: 8,
        PLAIN_HOUSE: 9,
        SMALL: 4,
    }
    # six months after the ratings of November lie in May
    assert {source: each["pending"] for source, each in told.items()} == {
        KNOWING: 8 - 3,
        PLAIN_HOUSE: 9 - 3,
        SMALL: 4 - 2,
    }
    days = [row["exit_date"] for row in done.json["rows"] if row["status"] == "scored"]
    assert len(days) == 3 + 3 + 2
    assert max(days) <= "2023-03-31"


# --- rows that are not scored -----------------------------------------------------------------

FAULTY = [
    "someday,601100.SH,买入,甲,,",
    "2023-01-04,nothing,买入,甲,,",
    "2023-01-04,601101.SH,买进一点,甲,,",
    "2099-01-04,601101.SH,买入,甲,,",
    "2023-01-04,601101.SH,买入",
]
WHY = ["bad_date", "bad_symbol", "unknown_rating", "future_date", "bad_line"]


def test_rows_that_are_not_scored_are_listed_and_the_others_ranked(
    rank: Rank, tmp_path: Path
) -> None:
    path = write_table(tmp_path / "mixed.csv", [*FAULTY, *list_rows()])
    done = rank("--format", "json", path=path)
    assert done.code == 3
    CHECKER.validate(done.json)
    listed = tmp_path / "mixed.rejected.csv"
    assert said(done) == [f"wrote {listed}"]
    text = listed.read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["line"], row["reason"]) for row in rows] == list(zip("23456", WHY, strict=True))
    assert [row["row"] for row in rows] == FAULTY
    assert all(row["what"] and row["remedy"] for row in rows)
    assert (done.json["accepted"], done.json["rejected"]) == (34, dict.fromkeys(WHY, 1))

    clean = rank("--format", "json").json
    assert done.json["sources"] == clean["sources"]
    # the list stands in the folder where there is one, with the same bytes
    out = tmp_path / "results"
    listed.unlink()
    assert rank("--out", str(out), path=path).code == 3
    assert not listed.exists()
    (folder,) = out.iterdir()
    assert (folder / "rejected.csv").read_text(encoding="utf-8-sig") == text


def test_a_table_without_a_row_to_score_says_why(rank: Rank, tmp_path: Path) -> None:
    path = write_table(tmp_path / "faulty.csv", [*FAULTY, FAULTY[0]])
    done = rank("--out", str(tmp_path / "results"), path=path)
    assert (done.code, done.out) == (2, "")
    listed = tmp_path / "faulty.rejected.csv"
    assert said(done) == [
        f"wrote {listed}",
        "error: no row of the table can be scored",
        "  see the reasons in the list",
    ]
    assert len(listed.read_text(encoding="utf-8-sig").splitlines()) == 1 + len(FAULTY) + 1
    assert not (tmp_path / "results").exists()


def test_a_list_of_rows_that_have_been_mended_goes(rank: Rank, table: Path, tmp_path: Path) -> None:
    write_table(table, [*list_rows(), FAULTY[0]])
    assert rank().code == 3
    assert (tmp_path / "ratings.rejected.csv").exists()
    write_table(table, list_rows())
    assert rank().code == 0
    assert not (tmp_path / "ratings.rejected.csv").exists()


# --- the folder -------------------------------------------------------------------------------


def test_the_folder_holds_a_page_for_each_source_and_links_that_lead_there(
    rank: Rank, tmp_path: Path
) -> None:
    done = rank("--out", str(tmp_path / "results"))
    (folder,) = (tmp_path / "results").iterdir()
    assert (done.code, said(done)) == (0, [f"wrote {folder}"])
    files = list_files(folder)
    pages = sorted(name for name in files if name.startswith("sources/"))
    assert len(pages) == 3
    assert set(files) == {
        *("index.html", "manifest.json", "report.md", "report.xlsx"),
        *("ranking.csv", "ranking.json", "calls.parquet", *pages),
        *(f"figures/{name}.{kind}" for name in FIGURES for kind in ("png", "svg")),
    }
    found = [unquote(link) for link in links(files["index.html"])]
    assert sorted(found) == pages
    for page in pages:
        assert "../index.html" in links(files[page])
    CHECKER.validate(json.loads(files["ranking.json"]))
    assert len(pd.read_parquet(folder / "calls.parquet")) == 33
    manifest = json.loads(files["manifest.json"])
    assert manifest["files"].keys() == files.keys() - {"manifest.json"}
    for name, stated in manifest["files"].items():
        assert hashlib.sha256(files[name]).hexdigest() == stated
    assert str(tmp_path) not in files["index.html"].decode()


FIGURES = ("ranking", "calibration_1")


def links(page: bytes) -> list[str]:
    """Return where a page's links lead that lead to files."""
    found = [values["href"] or "" for tag, values in Reader(page).elements if tag == "a"]
    return [link for link in found if not link.startswith(("#", "http"))]


def test_the_folder_is_the_same_whoever_works_in_whatever_order(
    rank: Rank, table: Path, market: Path, tmp_path: Path
) -> None:
    for name in ("one", "again"):
        assert rank("--out", str(tmp_path / name)).code == 0
    call = ["rank", str(table), *given(market), "--workers", "2", "--out", str(tmp_path / "two")]
    subprocess.run(
        [sys.executable, "-m", "backtests.cli", *call],
        env={**os.environ, "PYTHONHASHSEED": "3"},
        check=True,
        capture_output=True,
    )
    one, again, two = (list_files(tmp_path / name) for name in ("one", "again", "two"))
    assert len(one) > 10
    assert one == again
    assert one == two


def test_draws_hang_on_the_seed(rank: Rank) -> None:
    first, second = (
        scores(rank("--seed", seed, "--draws", "500", "--format", "json").json)[PLAIN_HOUSE]
        for seed in ("1", "2")
    )
    assert first["market_percentile"] != second["market_percentile"]
    assert abs(first["market_percentile"] - second["market_percentile"]) < 0.15
    assert (first["mean"], first["selection"]) == (second["mean"], second["selection"])


# --- wrong input ------------------------------------------------------------------------------

TABLES = {
    "nothing.csv": None,
    "columns.csv": "date,symbol\n2023-01-04,601100.SH\n",
    "empty.csv": "",
    "head.csv": f"{HEAD}\n",
    "twice.csv": "date,日期,symbol,rating,house\n2023-01-04,2023-01-04,601100.SH,买入,甲\n",
    "broken.toml": "house = [",
    "other.toml": "hello = 3\n",
}


@pytest.mark.parametrize(
    ("path", "arguments", "expected"),
    [
        ("nothing.csv", (), ("cannot be read", "check the path")),
        ("", (), ("is no regular file", "name a CSV or Parquet file")),
        ("columns.csv", (), ("no column for rating or house", "head rating as")),
        ("empty.csv", (), ("is empty", "a line of headings")),
        ("head.csv", (), ("has no rows", "a row for each rating")),
        ("twice.csv", (), ("two columns for date", "leave one of them out")),
        ("ratings.csv", ("--market", "mars"), ("unknown market 'mars'", "shenzhen")),
        ("ratings.csv", ("--market", "hongkong"), ("no rating is left", "choose wider")),
        ("ratings.csv", ("--sector", "up"), ("no call is in the sector 'up'", "left, right")),
        ("ratings.csv", ("--sectors", "no.csv"), ("'no.csv' is neither", "sectors import")),
        ("ratings.csv", ("--since", "2024-06-01"), ("no rating is left", "--since")),
        (
            "ratings.csv",
            ("--since", "2024-06-01", "--until", "2024-05-01"),
            ("2024-06-01 is after 2024-05-01", "turn the dates round"),
        ),
        ("ratings.csv", ("--as-of", "yesterday"), ("'yesterday' does not match", "%Y-%m-%d")),
        ("ratings.csv", ("--months", "0"), ("out of range", "1 to 120")),
        ("ratings.csv", ("--scale", "nobody"), ("unknown rating scale 'nobody'", "soochow")),
        ("ratings.csv", ("--backend", "spark"), ("'spark' is not one of", "'dask'")),
        ("ratings.csv", ("--backend", "dask"), ("address of the dask", "--address HOST:PORT")),
        ("ratings.csv", ("--address", "a:1"), ("an address of no cluster", "--backend dask")),
        ("ratings.csv", ("--entry", "previous_close"), ("before it was known", "next_close")),
        ("ratings.csv", ("--draws", "1"), ("draws of 1", "100 to")),
        ("ratings.csv", ("--seed", "-1"), ("seed of -1", "write 0 to")),
        ("ratings.csv", ("--workers", "0"), ("0 workers", "write 1 to")),
        ("ratings.csv", ("--horizon", "0"), ("out of range", "1 to 120")),
        ("ratings.csv", ("--words", "broken.toml"), ("broken.toml", "not valid TOML")),
        ("ratings.csv", ("--words", "other.toml"), ("unknown key 'hello'", "house")),
        ("ratings.csv", ("--words", "no.toml"), ("there is no such file", "check the path")),
        ("ratings.csv", ("--encoding", "klingon"), ("unknown encoding 'klingon'", "gb18030")),
        ("ratings.csv", ("--data", "nowhere"), ("no prices at 'nowhere'", "closes_price.csv")),
        ("ratings.csv", ("--version", "3"), ("has no versions", "leave out --version")),
        ("ratings.csv", ("--out", "page.html"), ("is no folder", "name a folder")),
    ],
)
def test_wrong_input_ends_in_one_message_and_writes_nothing(
    rank: Rank,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    arguments: tuple[str, ...],
    expected: tuple[str, str],
) -> None:
    for name, text in TABLES.items():
        if text is not None:
            (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    out = () if "--out" in arguments else ("--out", "results")
    done = rank(*arguments, *out, path=tmp_path / path)
    assert (done.code, done.out) == (2, "")
    assert [line for line in said(done) if line.lower().startswith("error: ")] != []
    for words in expected:
        assert words in done.err
    assert "Traceback" not in done.err
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    "stopped", ["ranking.rank.rank_sources", "ranking.prices.PriceSource.read"]
)
def test_an_interruption_leaves_nothing_behind(
    rank: Rank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stopped: str
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(f"backtests.{stopped}", interrupt)
    done = rank("--out", str(tmp_path / "results"))
    assert (done.code, done.out) == (130, "")
    assert "Traceback" not in done.err
    assert not (tmp_path / "results").exists()


# --- what is missing ----------------------------------------------------------------------------


def test_without_sectors_nobody_is_called_skilled(run: Run, market: Path, table: Path) -> None:
    asked = ("rank", str(table), "--data", str(market / "prices"))
    assert "screener data sectors import" in " ".join(run(*asked).out.split())
    done = run(*asked, "--format", "json")
    told = scores(done.json)
    assert done.code == 0
    assert {each["verdict"] for each in told.values()} == {"cannot_tell"}
    reasons = {source: each["reason"] for source, each in told.items()}
    assert reasons == {KNOWING: "no_sectors", PLAIN_HOUSE: "no_sectors", SMALL: "few_calls"}
    assert told[KNOWING]["market_percentile"] > 0.99


def test_shares_without_prices_are_counted_and_not_scored(rank: Rank, tmp_path: Path) -> None:
    path = write_table(tmp_path / "others.csv", ["2023-01-04,600519.SH,买入,甲,,"])
    assert "no score: share not among the prices" in " ".join(rank(path=path).out.split())
    done = rank("--format", "json", path=path)
    assert done.code == 3
    CHECKER.validate(done.json)
    (told,) = scores(done.json).values()
    assert (told["calls"], told["scored"], told["unscored"]) == (1, 0, 1)
    assert (told["rank"], told["mean"], told["verdict"]) == (None, None, "cannot_tell")


def test_the_command_is_there_with_its_examples(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["screener", "rank", "--help"])
    with pytest.raises(SystemExit):
        main()
    printed = capsys.readouterr().out
    assert "screener rank ratings.csv --by analyst" in printed
    options = [line.split()[0] for line in printed.splitlines() if line.startswith("  --")]
    assert len(options) == len(set(options))
