"""The shipped dictionary of securities' names, and what its reader refuses."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from universes import FaultyFileError, InputError, Symbol
from universes.names import NAMES_FILE, SecurityName, load_names, read_names
from universes.renames import find_rename

NAMES = {str(found.symbol): found for found in load_names()}

# as their exchanges list them; those of the United States as they are commonly written
LISTED = {
    "300308.SZ": "中际旭创",
    "000002.SZ": "万科A",
    "688256.SH": "寒武纪-U",
    "601019.SH": "山东出版",
    "302132.SZ": "中航成飞",
    "920047.BJ": "诺思兰德",
    "0700.HK": "腾讯控股",
    "0005.HK": "汇丰控股",
    "3690.HK": "美团-W",
    "9888.HK": "百度集团-SW",
    "9626.HK": "哔哩哔哩-W",
    "80700.HK": "腾讯控股-R",
    "PDD.US": "拼多多",
    "TSM.US": "台积电",
    "GOOGL.US": "谷歌",
    "GOOG.US": "谷歌",
    "BRK-B.US": "伯克希尔",
}
FURTHER = {
    "002024.SZ": "苏宁易购",
    "603501.SH": "韦尔股份",
    "601211.SH": "国泰君安",
    "302132.SZ": "中航电测",
    "1060.HK": "阿里影业",
    "1797.HK": "新东方在线",
    "9988.HK": "阿里",
    "BABA.US": "阿里",
    "9626.HK": "B站",
    "600519.SH": "茅台",
}
# companies that had the code before the one that has it now
BEFORE = {"0100.HK": "白马户外媒体", "0300.HK": "昆明机床", "3308.HK": "金鹰商贸集团"}
SUFFIXES = ("SH", "SZ", "BJ", "HK", "US")
# shares that the exchanges counted in 2025, and the best known ones of the United States
FEWEST = {"SH": 2_280, "SZ": 2_870, "BJ": 270, "HK": 2_600, "US": 700}
TENCENT: dict[str, Any] = {"zh": "腾讯控股", "en": "TENCENT", "also": ["企鹅"]}


def write(folder: Path, entries: object, sources: object) -> Path:
    file = folder / "names.json"
    file.write_text(json.dumps({"names": entries, "sources": sources}), encoding="utf-8")
    return file


def refusal(folder: Path, entries: object, sources: Sequence[object] = ("a list",)) -> str:
    with pytest.raises(FaultyFileError) as caught:
        read_names(write(folder, entries, list(sources)))
    return str(caught.value)


@pytest.mark.parametrize(("symbol", "name"), LISTED.items())
def test_a_share_goes_by_its_listed_name(symbol: str, name: str) -> None:
    assert NAMES[symbol].zh == name


@pytest.mark.parametrize(("symbol", "name"), FURTHER.items())
def test_a_share_is_also_known_by_former_and_short_names(symbol: str, name: str) -> None:
    assert name in NAMES[symbol].also


@pytest.mark.parametrize(("symbol", "name"), BEFORE.items())
def test_the_name_of_a_company_that_had_the_code_before_is_left_out(symbol: str, name: str) -> None:
    assert name not in NAMES[symbol].also


def test_every_shipped_symbol_is_a_shares_or_a_funds_in_its_canonical_spelling() -> None:
    for spelling in NAMES:
        symbol = Symbol.parse(spelling)
        assert (str(symbol), symbol.kind) in {(spelling, "share"), (spelling, "fund")}


def test_a_code_that_was_changed_stands_under_the_new_one_only() -> None:
    assert [spelling for spelling in NAMES if find_rename(Symbol.parse(spelling))] == []


def test_the_shipped_file_has_one_symbol_a_line_sorted() -> None:
    lines = NAMES_FILE.read_text(encoding="utf-8").splitlines()
    spelled = [line.split('"')[1] for line in lines if line.startswith('"') and '":{' in line]
    assert spelled == sorted(set(spelled)) == list(NAMES)


def test_the_shipped_file_covers_the_markets() -> None:
    listed = Counter(found.symbol.suffix for found in NAMES.values() if found.zh)
    assert {suffix: listed[suffix] >= least for suffix, least in FEWEST.items()} == dict.fromkeys(
        FEWEST, True
    )


def test_no_further_name_of_a_mainland_share_is_the_name_of_another_one() -> None:
    mainland = [found for found in NAMES.values() if found.symbol.suffix in {"SH", "SZ", "BJ"}]
    current = {found.zh: found.symbol for found in mainland}
    clashes = [(a.symbol, name) for a in mainland for name in a.also if name in current]
    assert clashes == []


def test_a_name_without_its_mark_is_no_stump() -> None:
    marked = ("ST", "*ST", "S*ST", "SST", "PT", "XD", "XR", "DR")
    also = [name for found in NAMES.values() for name in found.also]
    assert [name for name in also if name.startswith(marked) or name.endswith("退")] == []


def test_an_entry_is_read_as_it_stands(tmp_path: Path) -> None:
    entries = {"0700.HK": TENCENT, "PDD.US": {"zh": "拼多多"}, "MSFT.US": {"en": "Microsoft"}}
    assert read_names(write(tmp_path, entries, ["a list"])) == (
        SecurityName(Symbol("0700", "HK"), "腾讯控股", "TENCENT", ("企鹅",)),
        SecurityName(Symbol("PDD", "US"), "拼多多", "", ()),
        SecurityName(Symbol("MSFT", "US"), "", "Microsoft", ()),
    )


def test_names_are_read_once() -> None:
    assert load_names() is load_names()


@pytest.mark.parametrize(
    ("symbol", "said"),
    [
        ("00700.HK", "write 0700.HK"),
        ("700.HK", "write 0700.HK"),
        ("0700.hk", "write 0700.HK"),
        ("300308", "write 300308.SZ"),
        ("300308.XSHE", "write 300308.SZ"),
        ("300308.SH", "no exchange has a code"),
        ("0000.HK", "no exchange has a code"),
        ("BRK.B.US", "no exchange has a code"),
        ("300308.SZ\n", "write 300308.SZ"),
        ("", "is not a symbol"),
        ("腾讯", "is not a symbol"),
        ("000300.SH", "of another kind: index"),
        ("399006.SZ", "of another kind: index"),
        ("HSI.HK", "of another kind: index"),
    ],
)
def test_a_symbol_that_is_no_shares_is_refused_by_name(
    tmp_path: Path, symbol: str, said: str
) -> None:
    message = refusal(tmp_path, {"600519.SH": {"zh": "贵州茅台"}, symbol: {"zh": "甲乙丙"}})
    assert said in message
    assert symbol.strip() in message
    assert "600519" not in message


@settings(max_examples=100)
@given(
    code=st.from_regex(r"[0-9]{1,6}|[A-Z]{1,5}", fullmatch=True), suffix=st.sampled_from(SUFFIXES)
)
@example(code="0000", suffix="HK")
@example(code="00000", suffix="HK")
@example(code="000000", suffix="SZ")
def test_a_symbol_is_taken_when_it_parses_as_itself(
    tmp_path_factory: pytest.TempPathFactory, code: str, suffix: str
) -> None:
    spelling = f"{code}.{suffix}"
    file = write(tmp_path_factory.getbasetemp(), {spelling: {"zh": "甲乙丙"}}, ["a list"])
    try:
        symbol = Symbol.parse(spelling)
    except InputError:
        taken = False
    else:
        taken = str(symbol) == spelling and symbol.kind in {"share", "fund"}
    if taken:
        assert [found.symbol for found in read_names(file)] == [symbol]
    else:
        with pytest.raises(FaultyFileError):
            read_names(file)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ([], "has zh, en and also"),
        ("腾讯控股", "has zh, en and also"),
        (None, "has zh, en and also"),
        ({}, "has zh, en and also"),
        ({"zh": "腾讯控股", "name": "x"}, "has zh, en and also"),
        ({"also": ["腾讯"]}, "neither a Chinese nor an English name"),
        ({"zh": "腾讯控股", "also": []}, "a list of names"),
        ({"zh": "腾讯控股", "also": "腾讯"}, "a list of names"),
        ({"zh": "腾讯控股", "also": None}, "a list of names"),
        ({"zh": "腾讯控股", "also": {"腾讯": 1}}, "a list of names"),
        ({"zh": ""}, "blank"),
        ({"zh": " "}, "blank"),
        ({"zh": "腾讯控股 "}, "blank"),
        ({"zh": "\u3000腾讯控股"}, "blank"),
        ({"zh": 700}, "no text"),
        ({"en": None}, "no text"),
        ({"zh": "腾讯控股", "also": [["腾讯"]]}, "no text"),
        ({"zh": "腾讯\x07控股"}, "not printable"),
        ({"zh": "腾讯\n控股"}, "not printable"),
        ({"zh": "腾讯\u200b控股"}, "not printable"),
        ({"zh": "腾讯控股", "also": ["\u202e腾讯"]}, "not printable"),
        ({"zh": "腾讯控股", "also": ["腾讯", "腾讯"]}, "given twice"),
        ({"zh": "腾讯控股", "also": ["腾讯控股"]}, "given twice"),
        ({"en": "TENCENT", "also": ["TENCENT"]}, "given twice"),
    ],
)
def test_an_entry_that_is_none_is_refused_with_its_symbol(
    tmp_path: Path, entry: object, said: str
) -> None:
    message = refusal(tmp_path, {"0700.HK": entry, "9988.HK": {"zh": "阿里巴巴-W"}})
    assert said in message
    assert "0700.HK" in message
    assert "9988" not in message


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    entries = {"700.HK": TENCENT, "HSI.HK": TENCENT, "0005.HK": {}, "0016.HK": TENCENT}
    message = refusal(tmp_path, entries)
    assert [symbol in message for symbol in entries] == [True, True, True, False]


@pytest.mark.parametrize("sources", [[], [""], [7]])
def test_names_without_a_source_are_refused(tmp_path: Path, sources: list[object]) -> None:
    assert "no sources are named" in refusal(tmp_path, {"0700.HK": TENCENT}, sources)


@pytest.mark.parametrize("entries", [{}, [], None, "0700.HK"])
def test_a_file_without_names_is_refused(tmp_path: Path, entries: object) -> None:
    assert "no names are given" in refusal(tmp_path, entries)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'"names"', b"\xff\xfe", b"[" * 100_000, b'{"names": {"0700.HK": {}}}'],
)
def test_a_damaged_file_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "names.json"
    file.write_bytes(content)
    with pytest.raises(FaultyFileError):
        read_names(file)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FaultyFileError):
        read_names(tmp_path / "names.json")
