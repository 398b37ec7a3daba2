"""Drafts are read, signed, sealed and entered; whatever is changed afterwards is named."""

import datetime as dt
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_draft import make_draft

from backtests import score_picks
from screener import Panel
from screener.ledger import add_entry
from universes import FaultyFileError, InputError, load_report
from universes.chain import (
    FIRST,
    hash_picks,
    read_chain,
    tell_approval,
    tell_score,
    verify_folders,
)
from universes.seal import APPROVAL_FILE, Approval, hash_folder, read_seal, spell_approval

WHEN = dt.datetime(2024, 6, 20, 9, 30, tzinfo=dt.UTC)
UNHURRIED = settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    return make_draft(tmp_path / "weekly")


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger.jsonl"


def sign(folder: Path, ledger: Path, when: dt.datetime = WHEN) -> None:
    report = load_report(folder, reading=True)
    approval = Approval("Li Wei", when, hash_folder(folder))
    (folder / APPROVAL_FILE).write_bytes(spell_approval(approval))
    add_entry(ledger, tell_approval(report, approval, folder, (0, 3)))


def test_a_draft_is_loaded_for_reading_only(draft: Path) -> None:
    with pytest.raises(InputError, match="draft that nobody has approved") as caught:
        load_report(draft)
    assert "universe approve" in caught.value.remedy
    report = load_report(draft, reading=True)
    assert [str(pick.symbol) for pick in report.select().picks] == [
        "300308.SZ",
        "300502.SZ",
        "0700.HK",
    ]
    assert report.picks[0].evidence
    assert report.picks[0].evidence.quote == "推荐中际旭创（300308.SZ）、天孚通信"


def test_scores_refuse_a_draft_however_it_was_loaded(draft: Path, snapshot: Panel) -> None:
    with pytest.raises(InputError, match="nobody has approved"):
        score_picks(load_report(draft, reading=True).select(), snapshot)


def test_an_approved_draft_is_loaded_as_any_report(draft: Path, ledger: Path) -> None:
    sign(draft, ledger)
    report = load_report(draft)
    assert report.seal
    assert report.seal.state == "approved"
    assert read_chain(ledger).faults == ()


def test_the_path_of_the_file_means_the_folder_beside_it(draft: Path, ledger: Path) -> None:
    (draft.parent / "weekly.pdf").write_bytes(b"%PDF-")
    sign(draft, ledger)
    assert load_report(draft.parent / "weekly.pdf").id == "weekly"


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        ("theme_01.toml", "建议关注新易盛等", "推荐新易盛等", "no such words"),
        ("theme_01.toml", 'symbol = "300502.SZ"', 'symbol = "300999.HK"', "300999"),
        ("theme_01.toml", 'quote = "建议关注新易盛等"\n', "", "no quote"),
        ("text.txt", "一、算力", "一、算法", "not the text that was drafted from"),
    ],
)
def test_what_has_no_ground_is_a_fault_at_load(
    draft: Path, file: str, old: str, new: str, fault: str
) -> None:
    path = draft / file
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(FaultyFileError, match=fault):
        load_report(draft, reading=True)


def test_a_symbol_outside_the_names_is_a_fault_until_it_is_named(draft: Path) -> None:
    path = draft / "theme_01.toml"
    path.write_text(path.read_text("utf-8").replace("300502.SZ", "689999.SH"), "utf-8")
    with pytest.raises(FaultyFileError, match="in no list of names"):
        load_report(draft, reading=True)
    (draft / "names.toml").write_text('[[names]]\nsymbol = "689999.SH"\nname = "某股"\n', "utf-8")
    assert load_report(draft, reading=True)


def flip_bit(path: Path, data: st.DataObject) -> int:
    """Flip one bit and return where; the length of the file is no part of what is drawn."""
    content = bytearray(path.read_bytes())
    offset = data.draw(st.integers(0, 2**20)) % len(content)
    content[offset] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(bytes(content))
    return offset


@UNHURRIED
@given(data=st.data())
def test_one_flipped_bit_of_a_sealed_folder_is_found_and_its_file_named(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    place = tmp_path_factory.mktemp("flip")
    folder, ledger = make_draft(place / "weekly"), place / "ledger.jsonl"
    sign(folder, ledger)
    assert verify_folders(read_chain(ledger)) == ([], [])
    path = data.draw(st.sampled_from(sorted(folder.iterdir())))
    flip_bit(path, data)
    faults, _ = verify_folders(read_chain(ledger))
    assert len(faults) == 1
    assert path.name in faults[0]
    assert read_seal(folder).state == "changed"


def fill(ledger: Path, folder: Path) -> None:
    sign(folder, ledger)
    report = load_report(folder)
    for day in range(3):
        add_entry(ledger, tell_score(report, "score", [day], "d" * 64, f"2024-07-0{day + 1}"))


@UNHURRIED
@given(data=st.data())
def test_one_flipped_bit_of_the_ledger_is_found_and_its_line_named(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    place = tmp_path_factory.mktemp("flip")
    ledger = place / "ledger.jsonl"
    fill(ledger, make_draft(place / "weekly"))
    before = ledger.read_bytes()
    line = before[: flip_bit(ledger, data)].count(b"\n") + 1
    faults = read_chain(ledger).faults
    assert any(fault.startswith(f"line {line}:") for fault in faults)


def test_lines_removed_moved_and_inserted_are_found(draft: Path, ledger: Path) -> None:
    fill(ledger, draft)
    lines = ledger.read_bytes().splitlines(keepends=True)
    assert read_chain(ledger).faults == ()
    for changed in (
        [*lines[:1], *lines[2:]],
        [lines[0], lines[2], lines[1], lines[3]],
        [*lines[:2], lines[1], *lines[2:]],
    ):
        ledger.write_bytes(b"".join(changed))
        assert any("does not follow" in fault for fault in read_chain(ledger).faults)
    ledger.write_bytes(b"".join(lines)[:-1])
    assert any("cut off" in fault for fault in read_chain(ledger).faults)


def test_a_damaged_ledger_is_not_added_to(draft: Path, ledger: Path) -> None:
    fill(ledger, draft)
    damaged = ledger.read_bytes().replace(b"Li Wei", b"Li Wee")
    ledger.write_bytes(damaged)
    with pytest.raises(InputError, match="line 1: it was altered"):
        add_entry(ledger, {"kind": "score", "at": "2024-08-01", "picks": ""})
    assert ledger.read_bytes() == damaged


def test_the_chain_begins_with_zeros_and_each_line_holds_the_one_before(
    draft: Path, ledger: Path
) -> None:
    fill(ledger, draft)
    told = [json.loads(line) for line in ledger.read_text("utf-8").splitlines()]
    assert [own["previous"] for own in told] == [FIRST, *(own["sha256"] for own in told[:-1])]


def test_the_same_score_is_entered_once(draft: Path, ledger: Path) -> None:
    sign(draft, ledger)
    report = load_report(draft)
    for at in ("2024-07-01", "2024-07-02"):
        add_entry(ledger, tell_score(report, "score", [1], "d" * 64, at))
    assert [entry.kind for entry in read_chain(ledger).entries] == ["approval", "score"]


def test_a_score_of_picks_that_nobody_approved_is_a_fault(draft: Path, ledger: Path) -> None:
    report = load_report(draft, reading=True)
    add_entry(ledger, tell_score(report, "score", [1], "d" * 64, "2024-07-01"))
    faults, _ = verify_folders(read_chain(ledger))
    assert "no approval of the same picks" in faults[0]


@pytest.mark.parametrize(
    ("when", "label"),
    [
        # the window ends on 2024-06-30, and that day ends in Shanghai at 16:00 UTC
        (dt.datetime(2024, 6, 30, 15, 59, 59, tzinfo=dt.UTC), [False]),
        (dt.datetime(2024, 6, 30, 16, 0, 0, tzinfo=dt.UTC), [True]),
    ],
)
def test_an_approval_after_the_window_is_back_filled(
    draft: Path, ledger: Path, when: dt.datetime, label: list[bool]
) -> None:
    sign(draft, ledger, when)
    assert [each.content["back_filled"] for each in read_chain(ledger).entries] == label


def test_a_folder_that_is_gone_is_told_and_no_fault(draft: Path, ledger: Path) -> None:
    sign(draft, ledger)
    draft.rename(draft.parent / "moved")
    faults, notes = verify_folders(read_chain(ledger))
    assert faults == []
    assert "no longer there" in notes[0]


def test_mentions_have_no_part_in_the_hash_of_picks(draft: Path) -> None:
    report = load_report(draft, reading=True)
    assert hash_picks(report) == hash_picks(report.select())
    assert hash_picks(report) != hash_picks(report.select(levels=["recommend"]))
