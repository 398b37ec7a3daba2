"""Tables of sectors: in force on a day, never known before it, and read from any file."""

import datetime as dt
import os
import random
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT

from screener import home
from screener.companies.sector_rows import Row
from screener.companies.sectors import (
    Sectors,
    SectorTables,
    keep_sectors,
    kept_sectors,
    load_sectors,
    make_sectors,
    read_sectors,
    write_sectors,
)
from universes import FaultyFileError, InputError

DATED = dt.date(2024, 6, 1)
MAOTAI, BANK, TENCENT = "600519.SH", "000001.SZ", "0700.HK"
Write = Callable[[str | bytes], Path]


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def row(symbol: str, sector: str, since: str = "", value: float = np.nan) -> Row:
    return Row(symbol, sector, day(since) if since else None, value)


def table(*rows: Row, dated: dt.date = DATED, scheme: str = "mine") -> Sectors:
    return make_sectors(scheme, "a test", dated, rows)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def make(content: str | bytes) -> Path:
        path = tmp_path / "sectors.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return make


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SCREENER_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "sectors"


def read(path: Path) -> Sectors:
    return read_sectors(path, "mine", "a test", DATED)


def faults_of(path: Path) -> list[tuple[int | None, str]]:
    with pytest.raises(FaultyFileError) as caught:
        read(path)
    assert all(fault.path == path and fault.remedy for fault in caught.value.faults)
    return [(fault.line, fault.message) for fault in caught.value.faults]


# In force on a day


MOVED = table(row(MAOTAI, "drinks", "2014-02-21"), row(MAOTAI, "retail", "2021-07-30"))


@pytest.mark.parametrize(
    ("on", "sector"),
    [
        ("2014-02-20", None),
        ("2014-02-21", "drinks"),
        ("2021-07-29", "drinks"),
        ("2021-07-30", "retail"),
        ("2030-01-01", "retail"),
    ],
)
def test_the_latest_row_that_holds_by_the_day_counts(on: str, sector: str | None) -> None:
    assert MOVED.at([MAOTAI], day(on)).sector == (sector,)


def test_a_row_without_a_day_holds_where_no_dated_one_does() -> None:
    both = table(row(BANK, "finance"), row(BANK, "banks", "2014-02-21"))
    assert both.at([BANK], day("2014-02-20")).sector == ("finance",)
    assert both.at([BANK], day("2014-02-21")).sector == ("banks",)


def test_shares_are_told_in_the_order_asked_and_those_unknown_as_none() -> None:
    some = table(row(MAOTAI, "drinks"), row(BANK, "banks"))
    found = some.at([BANK, TENCENT, MAOTAI, BANK], DATED)
    assert found.sector == ("banks", None, "drinks", "banks")
    assert some.at([], DATED).sector == ()


def test_a_row_without_a_day_is_told_of_where_the_table_is_younger_than_the_day() -> None:
    some = table(row(MAOTAI, "drinks"), row(BANK, "banks", "2014-02-21"))
    assert some.at([MAOTAI], day("2024-05-31")).told_after
    assert not some.at([MAOTAI], DATED).told_after
    # of a share that was not asked for nothing rests on it, nor of one whose day is told
    assert not some.at([BANK, TENCENT], day("2024-05-31")).told_after


def test_a_market_value_is_not_known_before_its_day() -> None:
    some = table(
        row(MAOTAI, "drinks", value=21.0),
        row(BANK, "banks", "2014-02-21", 1.5),
        row(BANK, "banks", "2022-01-04", 2.5),
        row(TENCENT, "games"),
    )
    asked = [MAOTAI, BANK, TENCENT]
    for on, expected in {
        "2014-02-20": [np.nan, np.nan, np.nan],
        "2014-02-21": [np.nan, 1.5, np.nan],
        "2022-01-03": [np.nan, 1.5, np.nan],
        "2022-01-04": [np.nan, 2.5, np.nan],
        "2024-05-31": [np.nan, 2.5, np.nan],
        "2024-06-01": [21.0, 2.5, np.nan],
    }.items():
        np.testing.assert_array_equal(some.at(asked, day(on)).market_value, expected, on)


def naive(rows: list[Row], dated: dt.date, symbol: str, on: dt.date) -> tuple[object, ...]:
    own = [each for each in rows if each.symbol == symbol]
    told = sorted((each.since, each) for each in own if each.since and each.since <= on)
    if told:
        return told[-1][1].sector, told[-1][1].market_value, False
    for each in own:
        if each.since is None:
            late = dated > on
            return each.sector, np.nan if late else each.market_value, late
    return None, np.nan, False


@pytest.mark.parametrize("seed", range(5))
def test_the_same_as_looking_through_the_rows_one_by_one(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - no secret
    first = dt.date(2020, 1, 1).toordinal()
    symbols = [f"6005{n:02}.SH" for n in range(40)]
    chosen: dict[tuple[str, dt.date | None], Row] = {}
    for _ in range(100):
        since = dice.choice([None, dt.date.fromordinal(first + dice.randrange(60))])
        symbol = dice.choice(symbols[:30])
        chosen[symbol, since] = Row(symbol, dice.choice("abc"), since, dice.choice([np.nan, 2.0]))
    rows = list(chosen.values())
    dated = dt.date.fromordinal(first + 30)
    made = make_sectors("mine", "dice", dated, rows)
    for on in (dt.date.fromordinal(first + n) for n in range(-1, 62)):
        found = made.at(symbols, on)
        expected = [naive(rows, dated, symbol, on) for symbol in symbols]
        assert list(found.sector) == [each[0] for each in expected]
        np.testing.assert_array_equal(found.market_value, [each[1] for each in expected])
        assert found.told_after == any(each[2] for each in expected)


def test_two_rows_of_one_day_are_refused() -> None:
    with pytest.raises(InputError, match=r"two rows of 600519\.SH"):
        table(row(MAOTAI, "drinks", "2014-02-21"), row(MAOTAI, "retail", "2014-02-21"))
    with pytest.raises(InputError, match="no rows"):
        table()


def test_a_table_cannot_be_written_into() -> None:
    with pytest.raises(ValueError, match="read-only"):
        MOVED.market_value[0] = 1.0


# What a table says, whatever its file


def test_the_hash_is_of_what_is_said_and_not_of_the_layout(write: Write) -> None:
    first = read(write("symbol,sector\n600519.SH,drinks\n000001.SZ,banks\n"))
    again = read(write("industry,name,symbol\r\nbanks,x,sz000001\r\n drinks ,y,600519\r\n"))
    assert again.sha256 == first.sha256
    changed = [
        table(row(MAOTAI, "drinks"), row(BANK, "bank")),
        table(row(MAOTAI, "drinks"), row(BANK, "banks", "2024-01-02")),
        table(row(MAOTAI, "drinks"), row(BANK, "banks", value=1.0)),
        table(row(MAOTAI, "drinks"), row(BANK, "banks"), dated=day("2024-06-02")),
        table(row(MAOTAI, "drinks"), row(BANK, "banks"), scheme="other"),
    ]
    assert table(row(BANK, "banks"), row(MAOTAI, "drinks")).sha256 == first.sha256
    assert len({first.sha256, *(each.sha256 for each in changed)}) == 6


def test_a_written_table_is_read_as_the_same(write: Write) -> None:
    made = make_sectors(
        "mine",
        'a "test", with commas',
        DATED,
        [
            row(TENCENT, "游戏, 社交", value=0.1 + 0.2),
            row(MAOTAI, "retail", "2021-07-30", 1e12),
            row(MAOTAI, "drinks", "2014-02-21"),
            row(MAOTAI, 'so "called"'),
        ],
    )
    again = read_sectors(write(write_sectors(made)))
    assert again.sha256 == made.sha256
    assert write_sectors(again) == write_sectors(made)
    assert again.sectors == ("游戏, 社交", 'so "called"', "drinks", "retail")
    np.testing.assert_array_equal(again.market_value, [0.1 + 0.2, np.nan, np.nan, 1e12])


def test_a_written_table_is_laid_out_as_documented() -> None:
    assert write_sectors(MOVED).decode().splitlines() == [
        "symbol,sector,since,market_value,scheme,source,dated",
        "600519.SH,drinks,2014-02-21,,mine,a test,2024-06-01",
        "600519.SH,retail,2021-07-30,,mine,a test,2024-06-01",
    ]


# Files


def test_the_documented_example_is_read(write: Write) -> None:
    text = (ROOT / "docs" / "files.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```csv\n(symbol,sector.*?)```", text, re.DOTALL)
    found = read_sectors(write(example))
    assert (found.scheme, found.dated) == ("my_cn", DATED)
    assert found.at(["002517.SZ"], day("2018-07-01")).sector == ("纺织服饰",)
    assert found.at(["002517.SZ"], day("2018-07-02")).sector == ("传媒",)


def test_a_file_tells_its_scheme_its_source_and_its_date(write: Write) -> None:
    path = write("symbol,sector,scheme,source,dated\n00700,games,hk_mine,me,2024-05-31\n")
    found = read_sectors(path)
    assert (found.scheme, found.source, found.dated) == ("hk_mine", "me", day("2024-05-31"))
    assert found.symbols == (TENCENT,)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"scheme": "other"}, "has scheme hk_mine, not other"),
        ({"source": "you"}, "has source me, not you"),
        ({"dated": DATED}, "has dated 2024-05-31, not 2024-06-01"),
    ],
)
def test_what_is_given_must_not_contradict_the_file(
    write: Write, given: dict[str, object], message: str
) -> None:
    path = write("symbol,sector,scheme,source,dated\n00700,games,hk_mine,me,2024-05-31\n")
    with pytest.raises(InputError, match=message):
        read_sectors(path, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("missing", ["scheme", "source", "dated"])
def test_what_neither_tells_is_asked_for(write: Write, missing: str) -> None:
    given = {"scheme": "mine", "source": "me", "dated": DATED} | {missing: None}
    with pytest.raises(InputError, match=f"does not tell its {missing}; .*--{missing}"):
        read_sectors(write("symbol,sector\n00700,games\n"), **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("scheme", ["SW2021", "../up", "a b", "", "x" * 41, "分类", "con.csv"])
def test_a_scheme_is_a_plain_name_of_a_file(write: Write, scheme: str) -> None:
    with pytest.raises(InputError, match="scheme"):
        read_sectors(write("symbol,sector\n00700,games\n"), scheme, "me", DATED)
    if scheme:
        path = write(f"symbol,sector,scheme\n00700,games,{scheme}\n")
        with pytest.raises(InputError, match="scheme"):
            read_sectors(path, None, "me", DATED)


def test_the_column_sector_goes_before_industry(write: Write) -> None:
    found = read(write("symbol,industry,sector\n00700,internet,games\n"))
    assert found.sectors == ("games",)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("\ufeffsymbol,sector\n00700,games\n", id="a byte-order mark"),
        pytest.param("symbol,sector\r\n00700,games\r\n", id="CRLF"),
        pytest.param("symbol,sector\r00700,games\r", id="CR alone"),
        pytest.param("\n symbol , sector \n\n 0700.hk ,\tgames\u3000\n,\n", id="blanks"),
        pytest.param('symbol,sector\n"00700","games"', id="quotes, no last line end"),
        pytest.param('symbol,note,sector\n00700,"two\nlines",games\n', id="a note of two lines"),
    ],
)
def test_harmless_differences_make_none(write: Write, content: str) -> None:
    found = read(write(content))
    assert (found.symbols, found.sectors) == ((TENCENT,), ("games",))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("sh000001x,banks,,", "no exchange has a code 'sh000001x'"),
        ("000001,banks,,", "'000001' is ambiguous"),
        (",banks,,", "'' is not a symbol"),
        ("600519,,,", "the sector is empty"),
        ("600519, \u3000 ,,", "the sector is empty"),
        ('600519,"=HYPERLINK(""http://x"")",,', "begins like a formula"),
        ("600519,+1,,", "begins like a formula"),
        ("600519,@SUM(A1),,", "begins like a formula"),
        ("600519,-,,", "begins like a formula"),
        ("=600519,drinks,,", "'=600519'"),
        ("600519,dri\u202enks,,", "control characters"),
        ("600519,dri\x1bnks,,", "control characters"),
        (f"600519,{'x' * 121},,", "too long"),
        ("600519,drinks,2024-02-30,", "'2024-02-30' is no date"),
        ("600519,drinks,20240601,", "'20240601' is no date"),
        ("600519,drinks,2024-W01-1,", "'2024-W01-1' is no date"),
        ("600519,drinks,01/06/2024,", "is no date"),
        ('600519,drinks,,"1,250"', "is no market value"),
        ("600519,drinks,,0", "is no market value"),
        ("600519,drinks,,-3", "is no market value"),
        ("600519,drinks,,nan", "is no market value"),
        ("600519,drinks,,1e999", "is no market value"),
        ("600519,drinks,,1_000", "is no market value"),
        ("600519,drinks,", "3 cells, not 4"),
        ("600519,drinks,,,", "5 cells, not 4"),
        ('600519,drinks,,"', "no CSV"),
        ('600519,"drinks"x,,', "no CSV"),
        ("SH600519,retail,,\nsh.600519,retail,,", "stands twice without a date, also on line 3"),
    ],
)
def test_a_bad_row_is_named_by_its_line(write: Write, line: str, message: str) -> None:
    content = f"symbol,sector,since,market_value\n00700,games,,\n{line}\n"
    ((at, said),) = faults_of(write(content))
    assert message in said
    assert at == 3 + line.count("\n") or "no CSV" in said


def test_a_day_twice_for_a_share_is_named(write: Write) -> None:
    content = "symbol,sector,since\n00700,a,2020-01-02\n00700,b,\nhk700,c,2020-01-02\n"
    ((at, said),) = faults_of(write(content))
    assert (at, said) == (4, "0700.HK stands twice from 2020-01-02, also on line 2")


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("code,sector", "there is no column 'symbol'"),
        ("symbol,board", "there is no column 'sector'"),
        ("symbol,sector,sector", "the column 'sector' stands twice"),
        ("symbol;sector", "there is no column 'symbol'"),
    ],
)
def test_a_missing_column_is_named(write: Write, header: str, message: str) -> None:
    assert (1, message) in faults_of(write(f"{header}\n00700,games\n"))


def test_a_scheme_must_be_one_all_through(write: Write) -> None:
    content = "symbol,sector,source\n00700,games,me\n00005,banks,you\n00001,all,\n"
    assert faults_of(write(content)) == [
        (3, "'you' is not 'me', which stands above"),
        (4, "'' is not 'me', which stands above"),
    ]


def test_eight_faults_are_listed_and_the_rest_counted(write: Write) -> None:
    found = faults_of(write("symbol,sector\n" + "x,y\n" * 20))
    assert [line for line, _ in found] == [2, 3, 4, 5, 6, 7, 8, 9, None]
    assert found[-1][1] == "12 more faults"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf \n", "the file is empty"),
        (b"symbol,sector\n", "the file has no rows"),
        (b"symbol,sector\n00700,games\0\n", "no plain text"),
        ("symbol,sector\n00700,游戏\n".encode("gb18030"), r"not UTF-8 \(byte 20\)"),
        ("symbol,sector\n00700,games\n".encode("utf-16"), "not UTF-8"),
    ],
)
def test_what_is_no_table_is_refused(write: Write, content: bytes, message: str) -> None:
    with pytest.raises(FaultyFileError, match=message):
        read(write(content))


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(40 * 2**20)
    with pytest.raises(FaultyFileError, match="too large"):
        read(path)


def test_too_many_rows_are_refused(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("screener.companies.sector_rows._MOST_ROWS", 2)
    content = "symbol,sector\n00700,games\n00005,banks\n00001,all\n"
    assert faults_of(write(content)) == [(4, "more than 2 rows")]


def test_a_cell_without_end_is_refused(write: Write) -> None:
    ((_, said),) = faults_of(write(f"symbol,sector\n00700,{'x' * 200_000}\n"))
    assert said.startswith("no CSV: field larger than")


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FaultyFileError, match="this is a directory"):
        read(tmp_path)
    with pytest.raises(FaultyFileError, match="No such file"):
        read(tmp_path / "absent.csv")
    with pytest.raises(FaultyFileError, match="no path"):
        read(Path("a\0b"))
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FaultyFileError, match="no regular file"):
        read(tmp_path / "pipe")


# Kept, and several together


def test_a_kept_table_is_found_by_its_scheme(kept: Path) -> None:
    made = table(row(MAOTAI, "drinks"))
    assert keep_sectors(made) == kept / "mine.csv"
    assert [each.sha256 for each in kept_sectors()] == [made.sha256]
    assert load_sectors(["mine"]).tables[0].sha256 == made.sha256
    keep_sectors(table(row(MAOTAI, "retail")))
    assert load_sectors().at([MAOTAI], DATED).sector == ("retail",)
    assert [path.name for path in kept.iterdir()] == ["mine.csv"]


def test_tables_of_different_shares_are_used_together(kept: Path) -> None:
    keep_sectors(table(row(TENCENT, "games", value=3.0), scheme="hk"))
    keep_sectors(table(row(MAOTAI, "drinks", "2014-02-21", 2.0), scheme="cn"))
    assert kept.is_dir()
    both = load_sectors()
    assert [each.scheme for each in both.tables] == ["cn", "hk"]
    found = both.at([TENCENT, BANK, MAOTAI], day("2024-05-31"))
    assert found.sector == ("games", None, "drinks")
    np.testing.assert_array_equal(found.market_value, [np.nan, np.nan, 2.0])
    assert found.told_after
    assert not both.at([MAOTAI], day("2024-05-31")).told_after
    assert SectorTables(both.tables[::-1]).at([TENCENT, MAOTAI], day("2024-05-31")).told_after
    assert load_sectors(["hk", "cn"]).sha256 == both.sha256
    assert load_sectors(["cn"]).sha256 != both.sha256


def test_of_two_tables_that_tell_of_one_share_none_is_picked(kept: Path) -> None:
    keep_sectors(table(row(MAOTAI, "drinks"), row(BANK, "banks"), scheme="one"))
    path = keep_sectors(table(row(TENCENT, "games"), row(BANK, "finance"), scheme="two"))
    message = r"that of 000001\.SZ: one and two; name those to use, such as --sectors two"
    for named in ([], ["two", "one"], ["one", path], ["one", str(path)]):
        with pytest.raises(InputError, match=message):
            load_sectors(named)
    assert load_sectors(["one"]).at([BANK], DATED).sector == ("banks",)
    assert load_sectors([path]).at([BANK], DATED).sector == ("finance",)
    assert kept.is_dir()


def test_without_any_table_no_share_has_a_sector(kept: Path) -> None:
    assert not kept.exists()
    none = load_sectors()
    assert none == SectorTables(())
    found = none.at([MAOTAI, BANK], DATED)
    assert (found.sector, found.told_after) == ((None, None), False)
    assert np.isnan(found.market_value).all()


def test_an_unknown_name_is_told_with_what_is_kept(kept: Path) -> None:
    with pytest.raises(InputError, match=r"'mine' is neither.*kept are: none yet"):
        load_sectors(["mine"])
    keep_sectors(table(row(MAOTAI, "drinks")))
    assert kept.is_dir()
    with pytest.raises(InputError, match=r"'yours' is neither.*kept are: mine"):
        load_sectors(["yours"])


def test_a_kept_file_under_another_name_is_refused(kept: Path) -> None:
    keep_sectors(table(row(MAOTAI, "drinks"))).rename(kept / "other.csv")
    with pytest.raises(InputError, match=r"other\.csv holds the sectors of mine; name it mine\."):
        kept_sectors()


def test_a_folder_that_cannot_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("SCREENER_HOME", str(tmp_path / "file"))
    with pytest.raises(InputError, match="cannot be written"):
        keep_sectors(table(row(MAOTAI, "drinks")))


def test_tables_lie_on_this_machine_wherever_the_store_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SCREENER_HOME", raising=False)
    here = home.sectors_folder()
    assert here.name == "sectors"
    assert str(here.parent) == str(Path(home.store_address()).parent)
    monkeypatch.setenv("SCREENER_HOME", "s3://bucket/prices")
    assert home.sectors_folder() == here


# The larger data


@pytest.mark.market
def test_lists_of_names_are_tables_of_sectors(market_folder: Path) -> None:
    cn = read_sectors(market_folder / "cn_names.csv", "cn", "a list of names", DATED)
    found = cn.at(cn.symbols[:3073], DATED)
    hk = read_sectors(market_folder / "hk_names.csv", "hk", "a list of names", DATED)
    assert (len(cn.symbols), len(hk.symbols)) == (5429, 503)
    assert found.sector == cn.sectors[:3073]
    assert cn.at([BANK], DATED).sector == ("银行",)
    assert hk.at(["0002.HK"], DATED).sector == ("Utilities",)
    both = SectorTables((cn, hk))
    assert None not in both.at([*cn.symbols, *hk.symbols], DATED).sector
