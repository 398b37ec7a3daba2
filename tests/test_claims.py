"""What a report says that can be checked: its file, what was known when, how it is shown."""

import csv
import datetime as dt
import io
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import SHARED, Run

from backtests.report.claims import claims_sheet, lay_out_claims
from backtests.report.document import Toned
from universes import Claim, FaultyFileError, Finding, Ledger, Text, load_claims, load_report
from universes.claims import load_with_claims
from universes.loader import REPORTS_FOLDER

SHIPPED = REPORTS_FOLDER / "2024-06-16_soochow_media"


def test_the_shipped_claims_name_where_the_report_makes_them() -> None:
    assert {claim.id: claim.section for claim in load_claims().claims} == {
        "bilibili_q3": "3.6",
        "bilibili_2024": "3.6",
        "meituan_ue": "3.4",
        "modules_1600g": "2.3",
        "spectrum_2026": "2.1",
        "car_services": "3.6",
    }


def test_the_shipped_words_stand_in_the_report() -> None:
    path = SHARED / "report" / "report.txt"
    if not path.exists():
        pytest.skip("the report's text is not beside the checkout")
    # stars set words in bold there
    text = path.read_text(encoding="utf-8").replace("*", "")
    for claim in load_claims().claims:
        assert claim.words in text


# the days on which results or records were published, each with the day before
@pytest.mark.parametrize(
    ("day", "decided"),
    [
        ("2024-06-16", {}),
        ("2024-08-27", {}),
        ("2024-08-28", {"meituan_ue": "undecidable"}),
        ("2024-11-13", {"meituan_ue": "undecidable"}),
        ("2024-11-14", {"meituan_ue": "undecidable", "bilibili_q3": "true"}),
        ("2025-02-19", {"meituan_ue": "undecidable", "bilibili_q3": "true"}),
        (
            "2025-02-20",
            {"meituan_ue": "undecidable", "bilibili_q3": "true", "bilibili_2024": "undecidable"},
        ),
        (
            "2025-10-31",
            {
                "meituan_ue": "undecidable",
                "bilibili_q3": "true",
                "bilibili_2024": "undecidable",
                "modules_1600g": "true",
            },
        ),
    ],
)
def test_no_shipped_claim_is_decided_before_its_evidence_was_public(
    day: str, decided: dict[str, str]
) -> None:
    as_of = dt.date.fromisoformat(day)
    statuses = {claim.id: claim.status_on(as_of)[0] for claim in load_claims().claims}
    assert {name: status for name, status in statuses.items() if status != "open"} == decided


def test_a_later_finding_replaces_an_earlier_one_on_its_day() -> None:
    first, second = dt.date(2025, 1, 10), dt.date(2025, 3, 1)
    early = Finding("undecidable", first, Text("甲", "a"), "one", "", verified=False)
    late = Finding("false", second, Text("乙", "b"), "two", "", verified=True)
    claim = Claim("x", "1", Text("丙", "c"), "丙", None, (early, late))
    day = dt.timedelta(days=1)
    assert claim.status_on(first - day) == ("open", None)
    assert claim.status_on(first) == ("undecidable", early)
    assert claim.status_on(second - day) == ("undecidable", early)
    assert claim.status_on(second) == ("false", late)


def test_the_reports_hash_does_not_depend_on_its_claims(tmp_path: Path) -> None:
    folder = shutil.copytree(SHIPPED, tmp_path / SHIPPED.name)
    path = folder / "claims.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('status = "true"', 'status = "false"'), encoding="utf-8")
    assert load_claims(folder).sha256 != load_claims().sha256
    assert load_report(folder).sha256 == load_report().sha256
    path.unlink()
    assert load_claims(folder) == Ledger()
    assert load_report(folder).sha256 == load_report().sha256


REPORT = """
title = { zh = "甲", en = "A" }
broker = { zh = "甲", en = "A" }
house = { zh = "甲", en = "A" }
scale = "soochow"
[published]
date = 2024-06-16
[[themes]]
id = "one"
title = { zh = "一", en = "One" }
section = "1"
argument = { zh = "因", en = "Because" }
[[themes.picks]]
symbol = "300308"
name = { zh = "中际旭创", en = "Innolight" }
level = "recommend"
section = "1"
words = "推荐"
"""

CLAIMS = """
[[claims]]
id = "sales"
section = "1.1"
statement = { zh = "销量翻倍", en = "sales double" }
words = "销量有望翻倍"
due = 2025-04-30
[[claims.findings]]
status = "undecidable"
date = 2025-01-10
evidence = { zh = "未披露", en = "not told" }
source = { zh = "预告", en = "preview" }
verified = false
[[claims.findings]]
status = "true"
date = 2025-03-01
evidence = { zh = "已翻倍", en = "they did" }
source = { zh = "年报", en = "annual report" }
link = "https://example.org/a"
verified = true
[[claims]]
id = "margin"
section = "1.2"
statement = { zh = "利润率上升", en = "the margin rises" }
words = "利润率提升"
due = 2025-04-30
"""


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """Write a report of one theme with a ledger beside it."""

    def write(claims: str = CLAIMS, report: str = REPORT) -> Path:
        main, _, theme = report.partition("[[themes]]\n")
        main = main.replace("[published]", 'themes = ["one"]\n[published]')
        theme = theme.replace('id = "one"\n', "").replace("themes.picks", "picks")
        path = tmp_path / "mine"
        path.mkdir()
        for name, text in (("report", main), ("one", theme), ("claims", claims)):
            (path / f"{name}.toml").write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def single(tmp_path: Path) -> Callable[..., Path]:
    """Write the same as one file."""

    def write(claims: str = CLAIMS, report: str = REPORT) -> Path:
        path = tmp_path / "single.toml"
        path.write_text(report + claims, encoding="utf-8")
        return path

    return write


def test_one_file_holds_the_same_claims_as_a_folder(
    folder: Callable[..., Path], single: Callable[..., Path]
) -> None:
    sales, margin = load_claims(single()).claims
    assert (sales.statement.en, sales.words, sales.due) == (
        "sales double",
        "销量有望翻倍",
        dt.date(2025, 4, 30),
    )
    assert [(f.status, f.date.month, f.link, f.verified) for f in sales.findings] == [
        ("undecidable", 1, "", False),
        ("true", 3, "https://example.org/a", True),
    ]
    assert margin.findings == ()
    assert load_claims(folder()).sha256 == load_claims(single()).sha256
    assert load_report(single()).themes == load_report(single("")).themes


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"margin"', '"sales"', r"claims.toml:22: claims\[2\].id: the claim 'sales' stands twice"),
        ('"undecidable"', '"maybe"', "claims.toml:9: .*'maybe' is unknown; write one of: true"),
        ('"undecidable"', '"open"', "'open' is unknown"),
        ("2025-03-01", "2025-01-10", "claims.toml:16: .*2025-01-10 is not after 2025-01-10"),
        ("2025-03-01", "2025-01-09", "2025-01-09 is not after 2025-01-10"),
        ("2025-01-10", "2024-06-15", "claims.toml:10: .*2024-06-15 lies before 2024-06-16"),
        ("2025-04-30", "2024-06-15", "claims.toml:7: .*due: 2024-06-15 lies before 2024-06-16"),
        ("2025-01-10", '"January"', "claims.toml:10: .*'January' is not a date"),
        ("https://", "javascript:", "claims.toml:19: .*is no address; write https://"),
        ("example.org/a", "example.org/a b", "is no address"),
        ("verified = true", "", r"claims\[1\].findings\[2\].verified: the key .* is missing"),
        ('source = { zh = "预告", en = "preview" }', "", "source"),
        ('words = "利润率提升"', "", "the key 'words' is missing"),
        ('section = "1.1"', 'section = ""', "claims.toml:4: .*the text is empty"),
        ('id = "sales"', 'id = "sales"\ncolour = 1', "claims.toml:4: .*unknown key 'colour'"),
        ('status = "true"', 'status = "true"\nby = 1', "unknown key 'by'"),
        ("\n[[claims]]\nid", "colour = 1\n[[claims]]\nid", "claims.toml:1: colour: unknown key"),
        ('{ zh = "未披露", en = "not told" }', '"not told"', "claims.toml:11: .*is not a table"),
    ],
)
def test_a_faulty_claim_is_refused_with_line_key_and_remedy(
    folder: Callable[..., Path], old: str, new: str, message: str
) -> None:
    assert old in CLAIMS
    with pytest.raises(FaultyFileError, match=message):
        load_claims(folder(CLAIMS.replace(old, new, 1)))


def test_a_finding_on_the_day_of_publication_and_a_claim_without_a_day_are_taken(
    folder: Callable[..., Path],
) -> None:
    text = CLAIMS.replace("2025-01-10", "2024-06-16").replace("due = 2025-04-30\n", "")
    sales, margin = load_claims(folder(text)).claims
    assert sales.findings[0].date == dt.date(2024, 6, 16)
    assert (sales.due, margin.due) == (None, None)


def test_faults_of_the_report_and_of_its_claims_come_in_one_error(
    folder: Callable[..., Path],
) -> None:
    path = folder(
        CLAIMS.replace('"sales"', '""').replace('"true"', '"yes"'),
        REPORT.replace("soochow", "nobody").replace('"recommend"', '"buy"'),
    )
    with pytest.raises(FaultyFileError) as caught:
        load_with_claims(path)
    assert [(fault.path.name, fault.key) for fault in caught.value.faults] == [
        ("report.toml", "scale"),
        ("one.toml", "picks[1].level"),
        ("claims.toml", "claims[1].id"),
        ("claims.toml", "claims[1].findings[2].status"),
    ]


def test_a_fault_that_both_readers_meet_is_told_once(single: Callable[..., Path]) -> None:
    text = REPORT.replace("scale", "claims = 1\nscale")
    for path in (single("", text), single("", "title = ")):
        with pytest.raises(FaultyFileError) as caught:
            load_with_claims(path)
        assert len(caught.value.faults) == 1


def test_each_reader_of_one_file_tells_its_own_faults(single: Callable[..., Path]) -> None:
    path = single(CLAIMS.replace('"sales"', '""'), REPORT.replace("soochow", "nobody"))
    with pytest.raises(FaultyFileError) as report:
        load_report(path)
    with pytest.raises(FaultyFileError) as claims:
        load_claims(path)
    assert [fault.key for fault in report.value.faults] == ["scale"]
    assert [fault.key for fault in claims.value.faults] == ["claims[1].id"]


def test_claims_stand_in_their_own_file_of_a_folder(folder: Callable[..., Path]) -> None:
    path = folder()
    main = path / "report.toml"
    text = main.read_text(encoding="utf-8")
    main.write_text(text + CLAIMS, encoding="utf-8")
    with pytest.raises(FaultyFileError, match="unknown key 'claims'"):
        load_report(path)
    main.write_text(text.replace('["one"]', '["one", "claims"]'), encoding="utf-8")
    with pytest.raises(FaultyFileError, match=r"claims\.toml holds claims; rename the theme"):
        load_report(path)


def test_a_claim_is_shown_with_its_status_and_how_far_the_source_was_read(
    single: Callable[..., Path],
) -> None:
    ledger = load_claims(single())
    early, late = (claims_sheet(ledger, dt.date(2025, month, 10), "en").rows[0] for month in (1, 4))
    assert early["claim_status"] == Toned("undecidable", 0)
    assert (early["date"], early["source"]) == (
        "2025-01-10",
        "preview (the source itself not read)",
    )
    assert late["claim_status"] == Toned("true", 1)
    assert (late["date"], late["source"]) == ("2025-03-01", "annual report")
    shown = claims_sheet(ledger, dt.date(2025, 4, 10), "zh").rows
    assert [row["claim_status"] for row in shown] == [Toned("成立", 1), Toned("未决", 0)]
    assert shown[0]["source"] == "年报"
    assert shown[1]["evidence"] is None


def test_a_claim_that_is_false_is_toned_as_bad(single: Callable[..., Path]) -> None:
    ledger = load_claims(single(CLAIMS.replace('"true"', '"false"')))
    row = claims_sheet(ledger, dt.date(2025, 3, 1), "en").rows[0]
    assert row["claim_status"] == Toned("false", -1)


def test_open_claims_past_their_day_are_named(single: Callable[..., Path]) -> None:
    report, ledger = load_with_claims(single())
    on_the_day = lay_out_claims(ledger, report, dt.date(2025, 4, 30), "en").notes
    after = lay_out_claims(ledger, report, dt.date(2025, 5, 1), "en").notes
    assert after == ("Due by then, and not looked into: margin.", *on_the_day)
    (apart,) = on_the_day
    assert "no part in any verdict on prices" in apart


def test_the_command_shows_what_was_known_on_a_day(run: Run) -> None:
    told = run("universe", "claims", "--as-of", "2024-11-13", "-f", "json").json
    assert (told["report"], told["published"], told["as_of"]) == (
        SHIPPED.name,
        "2024-06-16",
        "2024-11-13",
    )
    by_id = {row["claim"]: row for row in told["claims"]}
    assert by_id["bilibili_q3"]["status"] == "open"
    assert by_id["bilibili_q3"]["evidence"] is by_id["bilibili_q3"]["source"] is None
    assert by_id["meituan_ue"]["verified"] is False
    later = run("universe", "claims", "--as-of", "2024-11-14", "-f", "csv").out
    rows = {row["claim"]: row for row in csv.DictReader(io.StringIO(later))}
    assert (rows["bilibili_q3"]["status"], rows["bilibili_q3"]["date"]) == ("true", "2024-11-14")
    assert rows["bilibili_2024"]["status"] == "open"
    printed = run("universe", "claims", "--as-of", "2024-11-14", "--lang", "zh").out
    assert "无法判定" in printed
    assert "不参与任何基于价格的评判" in printed


def test_without_a_day_the_command_asks_the_clock(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = np.datetime64("2024-11-14T00:00:01", "s")
    monkeypatch.setattr("backtests.cli.clock.SystemClock.utc", lambda _: now)
    told = run("universe", "claims", "-f", "json").json
    assert told["as_of"] == "2024-11-14"
    assert told["claims"][0]["status"] == "true"


def test_a_report_without_claims_says_so(run: Run, single: Callable[..., Path]) -> None:
    path = str(single(""))
    done = run("universe", "claims", path)
    assert done.code == 0
    assert "No checkable claims are kept" in done.out
    assert run("universe", "claims", path, "-f", "json").json["claims"] == []
    assert "checkable claims" not in run("universe", "show", path).out


def test_show_and_check_tell_how_many_claims_there_are(
    run: Run, single: Callable[..., Path]
) -> None:
    path = str(single())
    for command in ("show", "check"):
        out = run("universe", command, path).out
        assert "2 checkable claims are kept: screener universe claims" in out
        assert path in out.replace("\n", "").rpartition("universe claims ")[2]
    assert run("universe", "check", path, "-f", "json").json["claims"] == 2
    assert run("universe", "check", SHIPPED.name, "-f", "json").json["claims"] == 6


def test_check_finds_the_faults_of_claims(run: Run, folder: Callable[..., Path]) -> None:
    path = folder(CLAIMS.replace('"true"', '"yes"'))
    done = run("universe", "check", str(path))
    assert done.code == 2
    assert f"{path / 'claims.toml'}:15: claims[1].findings[2].status: 'yes' is unknown" in done.err
    listed = run("universe", "check", str(path), "-f", "json")
    assert (listed.code, len(listed.json["faults"])) == (2, 1)
