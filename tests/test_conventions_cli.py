import csv
import io
import json
from pathlib import Path

import jsonschema
import openpyxl
import pandas as pd
import pytest
from conftest import ROOT, Run
from matplotlib import image
from test_scoring import sessions

SCHEMA = json.loads((ROOT / "docs" / "conventions.schema.json").read_text(encoding="utf-8"))


def test_the_map_is_printed(run: Run) -> None:
    done = run("conventions")
    assert (done.code, done.err) == (0, "")
    for expected in (
        "泡泡玛特 Pop Mart",
        "7 of 28 picks keep their grade under every reading that can be told",
        "there is no opening price for 2024-06-17",
        "Entry (next open): 0 of 28 picks can be told",
        "Mixed: the total return of 28 picks",
        "2024-06-15",
        "snapshot",
        "not advice",
    ):
        assert expected in done.out
    starred = [line.split("*")[0].strip() for line in done.out.splitlines() if " * " in line]
    assert starred == ["next close", "difference", "price", "inclusive", "6 mo", "2024-06-16"]
    lines = [line[:9] for line in done.out.splitlines() if line[6:9] == ".SZ"]
    # the best of a theme first
    assert lines[:3] == ["000681.SZ", "002315.SZ", "300364.SZ"]
    (line,) = (line for line in done.out.splitlines() if line.startswith("601900.SH"))
    assert line.split()[4:7] == ["+0.9", "neutral", "15.4"]


def test_flips_are_told_in_words(run: Run) -> None:
    # of a table that does not wrap
    rows = run("conventions", "--theme", "publishers", "--format", "md").out.splitlines()
    (line,) = (line for line in rows if "601801.SH" in line)
    assert "Basis: total -\\> neutral; Horizon: 7, 9, 10, 11, 12 mo -\\> sell" in line
    (line,) = (
        line
        for line in run("conventions", "-f", "md", "--lang", "zh").out.splitlines()
        if "601801.SH" in line
    )
    assert "口径：总回报 → 中性；期限：7, 9, 10, 11, 12个月 → 卖出" in line


def test_the_map_in_chinese(run: Run) -> None:
    out = run("conventions", "--lang", "zh").out
    for expected in (
        "评级标准各种读法",
        "28个标的中有7个在全部可评的读法下评级不变",
        "建仓（次日开盘）：28个标的中可评0个",
        "总回报（混合）",
        "不构成投资建议",
    ):
        assert expected in out


def test_json_follows_its_schema_and_nothing_else_is_printed(run: Run) -> None:
    for arguments in (
        [],
        ["--as-of", "2024-10-01"],
        ["--as-of", "2024-06-16", "--theme", "games"],
        ["--level", "mention"],
        ["--lang", "zh", "--scale", "haitong_international", "--theme", "games"],
    ):
        done = run("conventions", "--format", "json", *arguments)
        assert (done.code, done.err) == (0, "")
        jsonschema.validate(done.json, SCHEMA)


def test_json_holds_what_is_made_of_the_map(run: Run) -> None:
    found = run("conventions", "--format", "json").json
    assert (found["kept"], found["told"], len(found["picks"])) == (7, 28, 28)
    assert [each["choice"] for each in found["readings"]] == [
        "entry",
        "relative",
        "basis",
        "boundary",
        "horizon",
        "date",
    ]
    assert [each["headline"] for each in found["readings"]] == [
        "next_close",
        "difference",
        "price",
        "inclusive",
        6,
        "2024-06-16",
    ]
    (pick,) = (each for each in found["picks"] if each["symbol"] == "601900.SH")
    (total,) = (each for each in pick["alone"] if each["choice"] == "basis")
    assert (total["value"], total["grade"], total["changed"]) == ("total", "overweight", True)
    (opens,) = (each for each in pick["alone"] if each["value"] == "next_open")
    assert (opens["reason_code"], opens["changed"], opens["relative"]) == ("no_open", None, None)
    # a change of two values, one value, ... of each choice but the headline's
    assert len(pick["alone"]) == 2 + 1 + 1 + 1 + 6 + 6
    assert found["basket"]["headline"] == pytest.approx(0.15, abs=0.0005)


def test_csv_holds_every_pick_under_every_reading(run: Run) -> None:
    rows = list(
        csv.DictReader(io.StringIO(run("conventions", "--theme", "games", "-f", "csv").out))
    )
    assert len(rows) == 1176 * 2
    names = ("entry", "relative", "basis", "boundary", "horizon_months", "published")
    assert len({(row["symbol"], *(row[name] for name in names)) for row in rows}) == len(rows)
    headline = [row for row in rows if row["headline"] == "True"]
    card = run("score", "--theme", "games", "--horizon", "6", "--format", "json").json
    assert [(row["symbol"], float(row["relative_return"]), row["grade"]) for row in headline] == [
        (row["symbol"], row["relative"], row["grade"]) for row in card["rows"]
    ]
    missing = [row for row in rows if row["status"] != "scored"]
    assert {(row["relative_return"], row["grade"]) for row in missing} == {("", "")}


def test_a_folder_gets_all_formats(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "results"
    done = run("conventions", "--theme", "games", "--out", str(out))
    assert done.code == 0
    assert sorted(path.name for path in out.iterdir()) == [
        f"conventions.{ending}" for ending in ("csv", "json", "md", "png", "xlsx")
    ]
    assert done.err.count("wrote ") == 5
    book = openpyxl.load_workbook(out / "conventions.xlsx")
    assert book.sheetnames == ["picks", "choices", "window", "rows", "notes"]
    assert book["rows"].max_row == 1176 * 2 + 1
    jsonschema.validate(json.loads((out / "conventions.json").read_text("utf-8")), SCHEMA)


def test_a_picture_alone(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "map.png"
    done = run("conventions", "--theme", "games", "--colors", "west", "--out", str(path))
    assert (done.code, done.err) == (0, f"wrote {path}\n")
    assert image.imread(path).shape[1] > 1000


def test_nothing_after_the_as_of_date_is_graded(run: Run) -> None:
    arguments = ("conventions", "--theme", "games", "--format", "json", "--as-of")
    for day, told in {"2024-12-16": 0, "2024-12-17": 2}.items():
        found = run(*arguments, day).json
        assert (found["told"], found["provenance"]["data"]["as_of"]) == (told, day)


def test_strict_tells_gaps_by_its_exit_code(run: Run, tmp_path: Path) -> None:
    assert run("conventions", "--theme", "games").code == 0
    assert run("conventions", "--theme", "games", "--strict").code == 3
    days = sessions("2024-05-06", "2025-07-31")
    for name in ("closes_price", "closes_total", "opens_price", "opens_total"):
        columns = ("002517.SZ", "300002.SZ", "000300.SH", "H00300.CSI")
        pd.DataFrame(10.0, days, columns).to_csv(tmp_path / f"{name}.csv", index_label="date")
    arguments = ("conventions", "--theme", "games", "--data", str(tmp_path))
    assert run(*arguments, "--strict").code == 0
    # the index with dividends is taken where it is there
    found = run(*arguments, "--format", "json").json
    assert not any(each["mixed"] for sway in found["choices"] for each in sway["values"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--report", "nowhere"], "there is no report 'nowhere'"),
        (["--theme", "gold"], "unknown theme 'gold'"),
        (["--level", "buy"], "unknown level 'buy'"),
        (["--scale", "nobody"], "unknown rating scale 'nobody'"),
        (["--data", "nowhere"], "there are no prices at 'nowhere'"),
        (["--as-of", "2020-01-01"], "2020-01-01"),
        (["--data", "snapshot", "--version", "3"], "snapshot has no versions"),
        (["--theme", "games", "--out", "map.pdf"], "map.pdf has an unknown ending"),
    ],
)
def test_bad_input_ends_in_one_message(run: Run, arguments: list[str], message: str) -> None:
    done = run("conventions", *arguments)
    assert done.code == 2
    assert message in done.err
    assert "Traceback" not in done.err
    assert done.out == ""
