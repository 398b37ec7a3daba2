import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import openpyxl
import pytest
from conftest import ROOT, Run
from rich.cells import cell_len

from backtests import score_picks
from backtests.cli.app import main
from backtests.report.document import Column, Document, Sheet, Toned
from backtests.report.scorecard import lay_out_scorecard
from backtests.report.terminal import print_document
from screener import Panel
from universes import Report

SCHEMA = json.loads((ROOT / "docs" / "scorecard.schema.json").read_text(encoding="utf-8"))


def test_the_scorecard_is_printed(run: Run) -> None:
    done = run("score")
    assert done.code == 0
    for expected in ("泡泡玛特 Pop Mart", "+130.5", "snapshot", "not advice", "2024-06-15"):
        assert expected in done.out
    assert done.err == ""


def test_the_scorecard_in_chinese(run: Run) -> None:
    out = run("score", "--lang", "zh").out
    for expected in ("底部再Call AI机会", "买入", "命中率", "港股互联网", "不构成投资建议"):
        assert expected in out


def test_json_follows_its_schema_and_nothing_else_is_printed(run: Run) -> None:
    for arguments in ([], ["--as-of", "2024-10-01"], ["--level", "mention"], ["--lang", "zh"]):
        done = run("score", "--format", "json", *arguments)
        assert (done.code, done.err) == (0, "")
        jsonschema.validate(done.json, SCHEMA)
    assert {row["status"] for row in done.json["rows"]} == {"scored"}


def test_json_holds_the_headline(run: Run) -> None:
    card = run("score", "--format", "json").json
    total = next(s for s in card["summary"] if s["group"] == "all" and s["horizon_months"] == 6)
    assert total["mean"] == pytest.approx(0.15, abs=0.0005)
    (mart,) = (
        row for row in card["rows"] if row["symbol"] == "9992.HK" and row["horizon_months"] == 6
    )
    assert mart["relative"] == pytest.approx(1.305, abs=0.0005)
    assert mart["relative"] == pytest.approx(mart["return"] - mart["benchmark_return"])


def test_csv_holds_the_same_rows(run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(run("score", "--format", "csv").out)))
    card = run("score", "--format", "json").json
    data = card["provenance"]["data"]
    assert {(row["data_source"], row["as_of"], row["data_sha256"]) for row in rows} == {
        (data["source"], data["as_of"], data["sha256"])
    }
    assert [(row["symbol"], float(row["relative"])) for row in rows] == [
        (row["symbol"], row["relative"]) for row in card["rows"]
    ]


def test_options_narrow_and_change_the_score(run: Run) -> None:
    card = run(
        "score", "-f", "json", "--theme", "games", "--theme", "film", "--level", "recommend",
        "--horizon", "6", "--horizon", "3", "--basis", "total", "--relative", "ratio",
        "--boundary", "exclusive", "--scale", "hongxin", "--entry", "previous_close",
    ).json  # fmt: skip
    assert {row["symbol"] for row in card["rows"]} == {
        "001330.SZ",
        "300413.SZ",
        "002739.SZ",
        "002517.SZ",
    }
    assert {row["entry_date"] for row in card["rows"]} == {"2024-06-14"}
    assert card["provenance"]["scale"]["id"] == "hongxin"
    assert card["provenance"]["convention"] == {
        "entry": "previous_close",
        "relative": "ratio",
        "basis": "total",
        "boundary": "exclusive",
        "horizons": [3, 6],
        "entry_delay": 10,
    }
    assert all(row["mixed"] for row in card["rows"])


def test_another_publication_date_that_the_snapshot_cannot_serve(run: Run) -> None:
    done = run("score", "--published", "2024-06-18", "--format", "json")
    assert done.code == 0
    assert {row["reason_code"] for row in done.json["rows"]} == {"not_recorded"}
    assert not done.json["provenance"]["report"]["inferred"]
    assert "2024-06-19; use daily prices" in run("score", "--published", "2024-06-18").out


def test_strict_tells_gaps_by_its_exit_code(run: Run) -> None:
    assert run("score", "--strict").code == 0
    assert run("score", "--as-of", "2024-10-01").code == 0
    assert run("score", "--as-of", "2024-10-01", "--strict").code == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["score", "--report", "nowhere"], "there is no report 'nowhere'"),
        (["score", "--theme", "gold"], "unknown theme 'gold'"),
        (["score", "--level", "buy"], "unknown level 'buy'"),
        (["score", "--theme", "film", "--level", "watch"], "no pick of"),
        (["score", "--horizon", "0"], "out of range"),
        (["score", "--horizon", "six"], "valid integer"),
        (["score", "--basis", "cost"], "cost"),
        (["score", "--format", "pdf"], "pdf"),
        (["score", "--scale", "nobody"], "unknown rating scale 'nobody'"),
        (["score", "--published", "June"], "June"),
        (["score", "--as-of", "2020-01-01"], "the data begin on 2024-06-07"),
        (["score", "--published", "1980-01-01"], "sessions of XSHG are not known for 1979"),
        (["score", "--data", "nowhere"], "there are no prices at 'nowhere'"),
        (["score", "--out", "card.pdf"], "unknown ending"),
        (["score", "--out", "/dev/null/x.json"], "cannot be written"),
        (["universe", "show", "nowhere"], "there is no report"),
        (["universe", "show", "--theme", "gold"], "unknown theme"),
        (["universe", "check", "nowhere"], "there is no report"),
        (["universe", "check"], "report"),
        (["universe", "check", "x" * 300], "there is no report"),
        (["universe", "check", "/dev/null"], "no regular file"),
        (["score", "--data", "x" * 300], "there are no prices"),
        (["score", "--scale", "x" * 300], "unknown rating scale"),
        (["score", "--scale", ""], "directory"),
        (["score", "--published", "9999-12-31"], "published on 9999-12-31"),
        (["rank"], "rank"),
        (["score", "--nonsense"], "nonsense"),
    ],
)
def test_bad_input_gets_a_clear_line_and_exit_code_2(
    run: Run, arguments: list[str], message: str
) -> None:
    done = run(*arguments)
    assert done.code == 2
    assert done.out == ""
    assert message.lower() in done.err.lower()
    assert "Traceback" not in done.err


def test_an_internal_fault_is_one_line_and_exit_code_1(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("screener.load_prices", fail)
    done = run("score")
    assert (done.code, done.out) == (1, "")
    assert "internal fault: RuntimeError: boom" in done.err
    assert "Traceback" not in done.err


def test_debug_shows_where_a_fault_arose(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("screener.load_prices", fail)
    monkeypatch.setattr(sys, "argv", ["screener", "--debug", "score"])
    with pytest.raises(RuntimeError, match="boom"):
        main()


def test_a_folder_gets_every_format(run: Run, tmp_path: Path) -> None:
    done = run("score", "--out", str(tmp_path / "new" / "results"))
    written = {path.name for path in (tmp_path / "new" / "results").iterdir()}
    assert written == {f"scorecard.{ending}" for ending in ("json", "csv", "md", "xlsx", "png")}
    assert done.err.count("wrote ") == 5
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "new" / "results").iterdir()}
    assert modes == {0o644}
    assert "Pop Mart" in done.out


def test_the_same_command_writes_the_same_bytes(run: Run, tmp_path: Path) -> None:
    for name in ("a", "b"):
        run("score", "--out", str(tmp_path / name), "--format", "json")
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name


def test_the_workbook_opens_and_holds_numbers(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "card.xlsx"
    assert run("score", "--out", str(path), "--format", "xlsx").out == ""
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["scorecard", "summary", "rows", "notes"]
    notes = [cell.value for cell in book["notes"]["A"]]
    assert "This reports what happened; it is not advice." in notes
    header, *rows = book["rows"].iter_rows(values_only=True)
    place = {label: number for number, label in enumerate(header)}
    (mart,) = (
        row
        for row in rows
        if row[place["symbol"]] == "9992.HK" and row[place["horizon_months"]] == 6
    )
    assert mart[place["relative"]] == pytest.approx(1.305, abs=0.0005)


def test_a_workbook_can_be_piped() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "backtests.cli", "score", "-f", "xlsx"],
        capture_output=True,
        check=False,
    )
    assert openpyxl.load_workbook(io.BytesIO(done.stdout)).sheetnames[0] == "scorecard"


def test_universes_are_listed_shown_and_checked(run: Run) -> None:
    (listed,) = run("universe", "list", "-f", "json").json["reports"]
    assert (listed["picks"], listed["mentions"], listed["themes"]) == (28, 9, 6)
    shown = run("universe", "show", "-f", "json").json
    assert sum(len(theme["picks"]) for theme in shown["themes"]) == 37
    assert shown["themes"][0]["picks"][0]["symbol"] == "300418.SZ"
    rows = list(csv.DictReader(io.StringIO(run("universe", "show", "-f", "csv").out)))
    assert len(rows) == 37
    assert rows[0]["section"] == "1.5"
    assert "惠" not in run("universe", "show", "--theme", "games").out
    checked = run("universe", "check", listed["report"], "-f", "json").json
    assert checked["faults"] == []
    for form in ("table", "md"):
        assert "恺英网络" in run("universe", "show", "--theme", "games", "-f", form).out


def test_a_faulty_universe_is_told_line_by_line(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text('title = "x"\nscale = "nobody"\n')
    done = run("universe", "check", str(path))
    assert done.code == 2
    assert f"{path}:1: title:" in done.err
    assert f"{path}:2: scale: unknown rating scale 'nobody'" in done.err
    listed = run("universe", "check", str(path), "--format", "json")
    assert listed.code == 2
    assert {"title", "scale", "published"} <= {fault["key"] for fault in listed.json["faults"]}


COMMANDS = (
    ["score"],
    ["universe", "list"],
    ["universe", "show"],
    ["universe", "claims"],
    ["universe", "check", "2024-06-16_soochow_media"],
)


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("form", ["table", "json", "csv", "md", "xlsx"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_command_has_every_format(
    arguments: list[str],
    form: str,
    language: str,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    monkeypatch.setattr(sys, "argv", ["screener", *arguments, "-f", form, "--lang", language])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert not stopped.value.code
    assert len(capfdbinary.readouterr().out) > 200


HOSTILE = "<script>alert(1)</script> | **x** =1+1 $z$ \"'\u05d0"


def test_hostile_names_come_out_as_text(run: Run, tmp_path: Path) -> None:
    source = ROOT / "universes" / "reports" / "2024-06-16_soochow_media"
    folder = tmp_path / "mine"
    folder.mkdir()
    for path in source.iterdir():
        text = path.read_text(encoding="utf-8")
        text = text.replace('en = "Kingnet"', f"en = {json.dumps(HOSTILE, ensure_ascii=False)}")
        text = text.replace('en = "Ultrapower"', 'en = "[red]y[/red]"')
        text = text.replace('zh = "神州泰岳"', 'zh = "=1+1"')
        (folder / path.name).write_text(text, encoding="utf-8")
    arguments = ["score", "--report", str(folder), "--theme", "games"]
    printed = run(*arguments).out
    assert "<script>" in printed
    assert "[red]y[/red]" in printed
    assert HOSTILE in {row["name_en"] for row in run(*arguments, "-f", "json").json["rows"]}
    markdown = run(*arguments, "-f", "md").out
    assert "<script>" not in markdown.replace("\\<", "")
    run(*arguments, "--out", str(tmp_path / "out"))
    book = openpyxl.load_workbook(tmp_path / "out" / "scorecard.xlsx")
    assert HOSTILE in [cell.value for cell in book["rows"]["D"]]
    # a text, not a formula
    assert {cell.data_type for cell in book["rows"]["C"] if cell.value == "=1+1"} == {"s"}


def test_help_gives_examples(run: Run) -> None:
    assert "screener score --as-of 2024-10-01" in run("score", "--help").out
    assert "Example" in run("universe", "check", "--help").out
    assert "3 incomplete" in run("--help").out
    assert run("--version").out.startswith("screener 0.")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("palette", "up", "down"), [("china", 31, 32), ("west", 32, 31)])
def test_colour_follows_the_palette(
    monkeypatch: pytest.MonkeyPatch, palette: str, up: int, down: int
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    columns = [Column("a", "A", "points"), Column("b", "B")]
    rows = [{"a": 0.1, "b": Toned("good", 1)}, {"a": -0.2, "b": None}]
    sheet = Sheet("s", "S", columns, rows)
    printed = Terminal()
    print_document(Document("d", "D", {}, sheet, [sheet]), palette, printed)
    assert f"\x1b[{up}m+10.0" in printed.getvalue()
    assert f"\x1b[{up}mgood" in printed.getvalue()
    assert f"\x1b[{down}m-20.0" in printed.getvalue()


@pytest.mark.parametrize("width", [80, 100, 200])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_figure_is_cut_where_there_is_little_room(
    monkeypatch: pytest.MonkeyPatch, report: Report, snapshot: Panel, width: int, language: str
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "dumb")
    card = score_picks(report, snapshot)
    printed = Terminal()
    print_document(lay_out_scorecard(card, language), "none", printed)
    text = printed.getvalue()
    assert max(cell_len(line) for line in text.splitlines()) <= width
    for row in card.rows:
        assert f"{100 * row.relative:+.1f}" in text
    assert "(39%–78%)" in text
    assert ("减持" if language == "zh" else "underweight") in text
    # 12 picks, and two of the three themes with a view
    assert text.count("✓") == 14


def test_no_colour_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    sheet = Sheet("s", "S", [Column("a", "A", "points")], [{"a": 0.1}])
    printed = Terminal()
    print_document(Document("d", "D", {}, sheet, [sheet]), "none", printed)
    assert "\x1b[3" not in printed.getvalue().replace("\x1b[3m", "")


def test_nothing_is_coloured_in_a_pipe() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "backtests.cli", "score", "--theme", "games"],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii", "LC_ALL": "C"},
        encoding="utf-8",
    )
    assert "恺英网络 Kingnet" in done.stdout
    assert "\x1b[" not in done.stdout
