"""The commands that draft, sign and enter a report."""

import io
import json
import sys
from pathlib import Path

import pytest
from conftest import ROOT, Run
from made_draft import TEXT, make_draft

from universes import load_report

STANDARD = (
    "评级标准\n\n以报告发布日后6个月内公司股价相对同期沪深300指数的涨跌幅为标准。\n\n"
    "公司评级\n\n买入：相对涨幅15%以上\n\n增持：相对涨幅介于5%与15%之间\n\n"
    "中性：相对涨幅介于-5%与5%之间\n\n减持：相对跌幅5%以上\n"
)
BODY = TEXT.partition("\n\n")[2]
REPORT = f"传媒行业周报：回购托底\n\n2024年6月16日\n\n{BODY}\n{STANDARD}"
UNDATED = REPORT.replace("2024年6月16日\n\n", "数据截至2024年6月14日收盘。\n\n")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    monkeypatch.setenv("SCREENER_HOME", str(folder))
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    path = tmp_path / "weekly.txt"
    path.write_text(REPORT, encoding="utf-8")
    return path


def feed(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))


def test_a_draft_is_written_beside_its_file(run: Run, paper: Path) -> None:
    done = run("draft", paper.name)
    assert (done.code, done.err) == (0, "wrote weekly\n")
    assert "screener universe review weekly" in done.out
    report = load_report(paper.with_suffix(""), reading=True)
    assert {str(pick.symbol): pick.level for pick in report.select().picks} == {
        "300308.SZ": "recommend",
        "300394.SZ": "recommend",
        "300502.SZ": "watch",
        "0700.HK": "recommend",
    }
    assert [str(p.symbol) for p in report.picks if p.level == "mention"] == ["3690.HK"]


def test_a_draft_is_written_anew_until_somebody_has_worked_on_it(run: Run, paper: Path) -> None:
    assert run("draft", paper.name).code == 0
    assert run("draft", paper.name).code == 0
    assert run("universe", "approve", "weekly", "--by", "Li Wei").code == 0
    refused = run("draft", paper.name)
    assert refused.code == 2
    assert "approval.toml" in refused.err
    assert "--replace" in refused.err
    assert run("draft", paper.name, "--replace").code == 0
    assert not (paper.parent / "weekly" / "approval.toml").exists()


def test_json_is_clean_and_tells_everything(run: Run, paper: Path) -> None:
    told = run("draft", paper.name, "--format", "json", "--out", "elsewhere").json
    assert told["published"] == "2024-06-16"
    assert told["folder"] == "elsewhere"
    assert {row["symbol"] for row in told["picks"]} >= {"300308.SZ", "3690.HK"}
    assert all(row["quote"] and row["reasons"] for row in told["picks"])


def test_a_draft_speaks_chinese(run: Run, paper: Path) -> None:
    assert "下一步：screener universe review weekly" in run("draft", paper.name, "--lang", "zh").out


def test_standard_input_needs_a_name(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    feed(monkeypatch, REPORT.encode())
    refused = run("draft", "-")
    assert (refused.code, "--out" in refused.err) == (2, True)
    assert run("draft", "-", "--out", "piped").code == 0
    assert (tmp_path / "piped" / "report.toml").is_file()


def test_a_day_is_taken_inside_the_window_only(run: Run, paper: Path) -> None:
    paper.write_text(UNDATED, encoding="utf-8")
    told = run("draft", paper.name, "--format", "json").json
    assert told["published"] is None
    assert told["window"][0] == "2024-06-14"
    assert run("draft", paper.name, "--published", "2024-06-16").code == 0
    publication = load_report("weekly", reading=True).publication
    assert (str(publication.date), publication.inferred) == ("2024-06-16", False)
    assert run("draft", paper.name).code == 0
    refused = run("universe", "approve", "weekly", "--published", "2024-06-01")
    assert refused.code == 2
    assert "outside the window" in refused.err
    assert run("universe", "approve", "weekly", "--published", "2024-06-17").code == 0
    assert str(load_report("weekly").publication.date) == "2024-06-17"


def test_the_standard_can_be_named(run: Run, paper: Path) -> None:
    assert run("draft", paper.name, "--scale", "soochow").code == 0
    assert load_report("weekly", reading=True).scale.id == "soochow"
    refused = run("draft", paper.name, "--scale", "nobody")
    assert refused.code == 2
    assert "soochow" in refused.err


def test_a_text_without_a_standard_asks_for_one(run: Run, paper: Path) -> None:
    paper.write_text(REPORT.replace(STANDARD, ""), encoding="utf-8")
    refused = run("draft", paper.name)
    assert (refused.code, "--scale" in refused.err) == (2, True)
    assert not paper.with_suffix("").exists()


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("gone.txt", None, "gone.txt"),
        ("empty.txt", b"", "holds no text"),
        ("blank.txt", b" \n\x0c\n", "holds no text"),
        ("noise.txt", bytes(range(256)) * 20, "UTF-8"),
        ("broken.pdf", b"%PDF-1.7\ntrailer", "damaged"),
        ("noending", REPORT.encode(), "--out"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_remedy(
    run: Run, tmp_path: Path, name: str, data: bytes | None, said: str
) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    refused = run("draft", name)
    assert (refused.code, refused.out) == (2, "")
    assert said in refused.err
    assert refused.err.startswith("error: ")
    assert len(refused.err.splitlines()) == 2


def test_nothing_but_a_draft_is_written_over(run: Run, paper: Path) -> None:
    shipped = ROOT / "universes" / "reports" / "2024-06-16_soochow_media"
    for place in (paper.parent, shipped, paper):
        refused = run("draft", paper.name, "--out", str(place))
        assert refused.code == 2
        assert "is no draft" in refused.err


def test_show_and_check_tell_whether_a_draft_is_signed(run: Run, tmp_path: Path) -> None:
    make_draft(tmp_path / "weekly")
    shown = run("universe", "show", "weekly", "--format", "csv").out.splitlines()
    assert shown[0].endswith("page,confidence,quote")
    assert "nobody has approved" in run("universe", "show", "weekly").out
    assert run("universe", "check", "weekly", "--format", "json").json["seal"] == "draft"
    assert run("universe", "approve", "weekly", "--by", "Li Wei").code == 0
    assert "approved by Li Wei" in run("universe", "check", "weekly").out
    (tmp_path / "weekly" / "notes.txt").write_text("mine", encoding="utf-8")
    assert "notes.txt was added" in run("universe", "show", "weekly").out


def test_what_was_written_by_hand_needs_no_signature(run: Run) -> None:
    refused = run("universe", "approve", "2024-06-16_soochow_media")
    assert (refused.code, "written by hand" in refused.err) == (2, True)


def test_an_approval_is_entered_and_a_change_is_named(run: Run, tmp_path: Path) -> None:
    make_draft(tmp_path / "weekly")
    signed = run("universe", "approve", "weekly", "--by", "Li Wei")
    assert "3 of 3 were not looked at" in signed.out
    assert "back-filled" in signed.out
    assert "approved already: by Li Wei" in run("universe", "approve", "weekly").out
    assert run("ledger", "verify").code == 0
    theme = tmp_path / "weekly" / "theme_01.toml"
    theme.write_bytes(theme.read_bytes().replace(b'level = "watch"', b'level = "recommend"'))
    refused = run("score", "--report", "weekly")
    assert (refused.code, "theme_01.toml was altered" in refused.err) == (2, True)
    found = run("ledger", "verify", "--json")
    assert found.code == 2
    assert "theme_01.toml was altered" in json.loads(found.out)["faults"][0]


def test_scores_are_entered_once_each(run: Run, tmp_path: Path) -> None:
    make_draft(tmp_path / "weekly")
    assert run("universe", "approve", "weekly", "--by", "Li Wei").code == 0
    for _ in range(2):
        assert run("score", "--report", "weekly").code == 0
    shown = run("ledger", "show").out.splitlines()
    assert ["approval" in line for line in shown] == [True, False]
    assert "by Li Wei, 0 of 3 reviewed, back-filled" in shown[0]
    assert "score on prices" in shown[1]


def test_nothing_is_scored_that_cannot_be_entered(run: Run, tmp_path: Path, home: Path) -> None:
    make_draft(tmp_path / "weekly")
    assert run("universe", "approve", "weekly", "--by", "Li Wei").code == 0
    ledger = home / "ledger.jsonl"
    ledger.write_bytes(ledger.read_bytes().replace(b"Li Wei", b"Li Wie"))
    refused = run("score", "--report", "weekly")
    assert (refused.code, refused.out) == (2, "")
    assert "is damaged: line 1: it was altered" in refused.err


def test_a_ledger_written_anew_is_found_by_a_hash_kept_elsewhere(
    run: Run, tmp_path: Path, home: Path
) -> None:
    absent = run("ledger", "verify")
    assert (absent.code, "universe approve" in absent.err) == (2, True)
    make_draft(tmp_path / "weekly")
    signed = run("universe", "approve", "weekly", "--by", "Li Wei").out
    head = signed.partition("; ledger ")[2].split()[0]
    assert run("ledger", "verify", "--head", head).code == 0
    (home / "ledger.jsonl").unlink()
    (tmp_path / "weekly" / "approval.toml").unlink()
    assert run("universe", "approve", "weekly", "--by", "Somebody").code == 0
    assert run("ledger", "verify").code == 0
    found = run("ledger", "verify", "--head", head)
    assert (found.code, "written anew" in found.out) == (2, True)
