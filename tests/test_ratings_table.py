"""Tables of recommendations as they come: messy, mixed and large."""

import csv
import datetime as dt
import io
import random
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.ratings.rejections import REASONS
from screener.ratings.table import Ratings, Rejections, read_ratings
from universes import InputError, Symbol, load_scale
from universes.houses import load_houses, stance_of

sys.path.insert(0, str(ROOT / "benchmarks"))
import dirty

TODAY = dt.date(2025, 6, 30)
SOOCHOW = load_scale("soochow")
COLUMNS = ["date", "symbol", "rating", "house", "analyst", "target", "price", "horizon"]
COLUMNS += ["link", "known"]
SOUND = dict.fromkeys(COLUMNS, "") | {
    "date": "2024-06-17",
    "symbol": "300308.SZ",
    "rating": "买入",
    "house": "东吴证券",
}


def read(path: Path, content: str | bytes, **options: Any) -> tuple[Ratings, Rejections]:  # noqa: ANN401
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_ratings(path, TODAY, **({"common": SOOCHOW} | options))


def spell(rows: Iterable[dict[str, str]], columns: Sequence[str] = COLUMNS) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(SOUND | row for row in rows)
    return out.getvalue()


def spell_out(ratings: Ratings) -> list[tuple[Any, ...]]:
    """Each recommendation in words."""
    codes = (ratings.symbol, ratings.house, ratings.analyst, ratings.word, ratings.scale)
    names = (ratings.symbols, ratings.houses, ratings.analysts, ratings.words, ratings.scales)
    return [
        (
            str(ratings.published[n]),
            str(ratings.symbols[ratings.symbol[n]]),
            ratings.houses[ratings.house[n]],
            ratings.analysts[ratings.analyst[n]],
            ratings.words[ratings.word[n]],
            ratings.scales[ratings.scale[n]].id,
            bool(ratings.own_standard[n]),
            int(ratings.band[n]),
            int(ratings.stance[n]),
            str(ratings.target[n]),
            str(ratings.price[n]),
            int(ratings.months[n]),
            int(ratings.line[n]),
            ratings.links[ratings.link[n]],
        )
        for n in range(len(ratings))
        if all(len(name) > code[n] for name, code in zip(names, codes, strict=True))
    ]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ratings.csv"


def test_a_row_is_understood_in_full(path: Path) -> None:
    row = {
        "date": "2024/6/17",
        "symbol": "sz300308",
        "rating": " 维持 买入 ",
        "house": "Soochow",
        "analyst": "张三, 李四；王五、张三",
        "target": "１２０.5",
        "price": "1e2",
        "horizon": "12.0",
        "link": " https://example.com/a ",
        "known": "2024-06-20",
    }
    ratings, rejections = read(path, spell([row]))
    assert rejections.total == 0
    assert spell_out(ratings) == [
        (
            *("2024-06-20", "300308.SZ", "东吴证券", "张三、李四、王五", "维持 买入", "soochow"),
            *(True, 4, 1, "120.5", "100.0", 12, 2, "https://example.com/a"),
        )
    ]


@pytest.mark.parametrize(
    ("written", "symbol", "day"),
    [
        ("2024-06-17", "600519", "2024-06-17"),
        ("2024/6/7", "600519", "2024-06-07"),
        ("20240617", "600519", "2024-06-17"),
        ("2024年6月7日", "600519", "2024-06-07"),
        ("２０２４－０６－１７", "600519", "2024-06-17"),
        ("2024-06-17 20:15", "600519", "2024-06-17"),
        ("2024-06-17 23:59:59.999", "PDD.US", "2024-06-17"),
        ("2024-06-17T23:30:00Z", "600519", "2024-06-18"),
        ("2024-06-17T15:59:59Z", "600519", "2024-06-17"),
        ("2024-06-17T16:00:00Z", "0700.HK", "2024-06-18"),
        ("2024-06-18T03:59:59Z", "PDD.US", "2024-06-17"),
        ("2024-06-18T04:00:00z", "PDD.US", "2024-06-18"),
        # New York is five hours behind in winter
        ("2024-01-18T04:59:59+00:00", "PDD.US", "2024-01-17"),
        ("2024-06-18T07:30+0800", "PDD.US", "2024-06-17"),
        ("2024-06-17T20:00:00-05:00", "600519", "2024-06-18"),
    ],
)
def test_a_moment_counts_as_the_local_day_of_the_exchange(
    path: Path, written: str, symbol: str, day: str
) -> None:
    ratings, _ = read(path, spell([{"date": written, "symbol": symbol}]))
    assert [str(each) for each in ratings.published] == [day]


@pytest.mark.parametrize(
    ("cells", "reason", "said"),
    [
        ({"date": ""}, "bad_date", "'' is no day"),
        ({"date": "2024-02-30"}, "bad_date", "no day"),
        ({"date": "17/06/2024"}, "bad_date", "no day"),
        ({"date": "24-06-17"}, "bad_date", "no day"),
        ({"date": "2024-06/17"}, "bad_date", "no day"),
        ({"date": "2024-06-17 24:00"}, "bad_date", "no day"),
        ({"date": "2024-06-17T10:00+15:00"}, "bad_date", "no day"),
        ({"date": "1824-06-17"}, "bad_date", "no day"),
        ({"date": "45460"}, "bad_date", "a spreadsheet's count of days"),
        ({"known": "soon"}, "bad_known", "'soon' is no day"),
        ({"date": "2025-07-01"}, "future_date", "2025-07-01 is still to come"),
        ({"known": "2025-07-01"}, "future_date", "still to come"),
        ({"date": "2025-06-30T16:00Z"}, "future_date", "2025-07-01 is still to come"),
        ({"symbol": ""}, "bad_symbol", "is not a symbol"),
        ({"symbol": "123"}, "bad_symbol", ""),
        ({"symbol": "000001"}, "bad_symbol", "write 000001.SH (index) or 000001.SZ (share)"),
        ({"symbol": "000300.SH"}, "not_a_share", "000300.SH is no share (index)"),
        ({"symbol": "510300"}, "not_a_share", "510300.SH is no share (fund)"),
        ({"symbol": "USDCNY.FX"}, "not_a_share", "(currency)"),
        ({"house": ""}, "no_house", "not told"),
        ({"house": " nan "}, "no_house", "not told"),
        ({"rating": ""}, "unknown_rating", "''"),
        ({"rating": "推荐"}, "unknown_rating", "'推荐' is none of Soochow Securities's grades"),
        ({"house": "国泰君安", "rating": "买入"}, "unknown_rating", "Guotai Junan Securities's"),
        ({"target": "0"}, "bad_target", "the target '0' is no positive number"),
        ({"target": "-1"}, "bad_target", ""),
        ({"target": "12-15"}, "bad_target", ""),
        ({"target": "inf"}, "bad_target", ""),
        ({"target": "1e400"}, "bad_target", ""),
        ({"target": "1,200"}, "bad_target", ""),
        ({"price": "about 3"}, "bad_price", "the price 'about 3'"),
        ({"horizon": "0"}, "bad_horizon", "the horizon '0'"),
        ({"horizon": "121"}, "bad_horizon", ""),
        ({"horizon": "6.5"}, "bad_horizon", ""),
        ({"horizon": "半年"}, "bad_horizon", ""),
        ({"house": "a\x1bb"}, "bad_line", "control characters"),
    ],
)
def test_a_row_that_cannot_be_scored_says_why(
    path: Path, cells: dict[str, str], reason: str, said: str
) -> None:
    ratings, rejections = read(path, spell([{}, {"symbol": "0700.HK"} | cells]))
    assert len(ratings) == 1
    assert rejections.counts == {reason: 1}
    assert rejections.line.tolist() == [3]
    assert said in "; ".join(rejections.notes[0])
    assert next(iter(csv.reader([rejections.rows[0]]))) == list(
        (SOUND | {"symbol": "0700.HK"} | cells).values()
    )


def test_a_row_bad_in_several_ways_is_listed_under_the_first(path: Path) -> None:
    bad = {
        "bad_date": {"date": "x"},
        "bad_known": {"known": "x"},
        "future_date": {"date": "2030-01-01"},
        "bad_symbol": {"symbol": "?"},
        "not_a_share": {"symbol": "000300.SH"},
        "no_house": {"house": "-"},
        "unknown_rating": {"rating": "?"},
        "bad_target": {"target": "x"},
        "bad_price": {"price": "x"},
        "bad_horizon": {"horizon": "x"},
    }
    names = list(bad)
    rows = []
    for n in range(len(names)):
        row: dict[str, str] = {}
        for name in reversed(names[n:]):
            row |= bad[name]
        rows.append(row)
    _, rejections = read(path, spell(rows))
    assert [REASONS[code] for code in rejections.reason] == names


def test_cells_that_say_nothing_are_none_where_a_column_is_optional(path: Path) -> None:
    words = ("nan", "NaN", "-", "--", "None", "null", "N/A", " ", "")
    optional = ("analyst", "target", "price", "horizon", "link", "known")
    rows = [
        dict.fromkeys(optional, word) | {"date": f"2024-06-{n + 10}"}
        for n, word in enumerate(words)
    ]
    ratings, rejections = read(path, spell(rows))
    assert rejections.total == 0
    assert ratings.analysts == ratings.links == ("",)
    assert np.isnan([ratings.target, ratings.price]).all()
    assert not ratings.months.any()


def test_rows_of_another_width_are_bad_lines(path: Path) -> None:
    head, row = spell([{}]).splitlines()
    ratings, rejections = read(path, f"{head}\n{row},\n{row}\n2024-06-17,600519\n\n,,,\n{row[:-1]}")
    assert ratings.line.tolist() == [3]
    assert rejections.counts == {"bad_line": 3}
    assert rejections.line.tolist() == [2, 4, 7]
    assert [note[0] for note in rejections.notes] == [
        "11 fields, not 10",
        "2 fields, not 10",
        "9 fields, not 10",
    ]


def test_the_same_row_again_is_a_duplicate_and_the_earliest_known_is_kept(path: Path) -> None:
    rows = [
        {"known": "2024-07-01", "link": "late", "target": "100"},
        {"date": "2024/6/17", "symbol": "300308", "house": "Soochow", "target": "100.0"},
        {"link": "other", "target": "1e2"},
        {"target": "101"},
        {"analyst": "张三", "target": "100"},
    ]
    ratings, rejections = read(path, spell(rows))
    assert sorted(ratings.line.tolist()) == [4, 5, 6]
    assert rejections.counts == {"duplicate": 2}
    assert rejections.line.tolist() == [2, 3]
    assert {note[0] for note in rejections.notes} == {"the same as line 4"}
    assert ratings.links == ("", "other")


def test_two_stances_of_one_house_on_one_day_are_both_left_out(path: Path) -> None:
    rows = [
        {"analyst": "张三"},
        {"analyst": "李四", "rating": "中性", "house": "Soochow"},
        {"analyst": "张三", "date": "2024-06-18", "rating": "中性"},
        {"symbol": "0700.HK"},
        {"symbol": "0700.HK", "rating": "增持"},
        # said on one day, known on two
        {"symbol": "600519"},
        {"symbol": "600519", "rating": "卖出", "known": "2024-06-18"},
    ]
    ratings, rejections = read(path, spell(rows))
    assert sorted(ratings.line.tolist()) == [4, 5, 6, 7, 8]
    assert rejections.counts == {"contradiction": 2}
    assert rejections.notes[0][0] == (
        "东吴证券 is bullish and neutral on 300308.SZ on 2024-06-17: lines 2, 3"
    )


def test_two_stances_of_the_same_authors_on_one_day_are_left_out_whatever_the_house(
    path: Path,
) -> None:
    rows = [
        {"house": "甲", "analyst": "张三,李四"},
        {"house": "甲证券", "analyst": "张三、李四", "rating": "减持"},
        {"house": "乙", "analyst": "张三", "rating": "减持"},
        {"house": "丙", "analyst": "", "rating": "买入"},
        {"house": "丁", "analyst": "", "rating": "减持"},
    ]
    ratings, rejections = read(path, spell(rows))
    assert sorted(ratings.line.tolist()) == [4, 5, 6]
    assert rejections.counts == {"contradiction": 2}


def test_a_duplicate_of_a_contradiction_is_a_duplicate(path: Path) -> None:
    _, rejections = read(path, spell([{}, {}, {"rating": "卖出"}]))
    assert rejections.counts == {"duplicate": 1, "contradiction": 2}


def test_quoted_fields_may_hold_commas_marks_and_line_breaks(path: Path) -> None:
    rows = [
        {"house": '"A", B\r\n& Co', "link": 'x"y'},
        {"house": "C", "date": "2024-06-18"},
    ]
    ratings, rejections = read(path, spell(rows))
    assert rejections.total == 0
    assert ratings.houses == ('"A", B & Co', "C")
    assert ratings.line.tolist() == [2, 4]


def test_a_row_inside_of_a_field_is_no_row(path: Path) -> None:
    inside = ",".join(SOUND.values())
    ratings, rejections = read(path, spell([{"house": f"A\n{inside}\nB"}, {"symbol": "0700.HK"}]))
    assert rejections.total == 0
    assert ratings.line.tolist() == [5, 2]
    assert ratings.houses == (f"A {inside} B", "东吴证券")


def test_an_open_quotation_mark_costs_one_row_and_no_more(path: Path) -> None:
    head, row = spell([{"house": "A"}]).splitlines()
    lines = [row.replace("06-17", f"06-{n:02d}") for n in range(1, 31)]
    lines[3] = lines[3].replace("A", '"A')
    lines[9] = lines[9].replace("A", '"A" B')
    lines[10] = lines[10].replace("A", 'A 5"')
    lines[20] = lines[20].replace("A", '"A"')
    ratings, rejections = read(path, "\n".join([head, *lines]))
    assert rejections.line.tolist() == [5, 11]
    assert rejections.counts == {"bad_line": 2}
    assert len(ratings) == 28
    assert ratings.houses == ("A", 'A 5"')


CHINESE = {"analyst": "陳大文", "date": "2024-06-18", "rating": "中性", "house": "高盛"}


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "gbk", "big5", "utf-16-le", "utf-16-be"]
)
@pytest.mark.parametrize("told", [False, True])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_a_file_says_the_same_in_every_encoding(
    path: Path, encoding: str, ends: str, *, told: bool
) -> None:
    told_twice = {"rating": "買入", "house": "東吳證券"}
    rows = [told_twice | {"link": "a\nb"}, CHINESE, told_twice | {"symbol": "?"}]
    text = spell(rows)
    expected, _ = read(path, text)
    content = text.replace("\n", ends).encode(encoding)
    if encoding.startswith("utf-16-") and not told:
        content = "\ufeff".encode(encoding) + content
    found, rejections = read(path, content, encoding=encoding if told else None)
    assert spell_out(found) == spell_out(expected)
    assert found.sha256 == expected.sha256
    assert rejections.counts == {"bad_symbol": 1}
    assert rejections.rows == ("2024-06-17,?,買入,東吳證券,,,,,,",)


def test_each_line_is_read_in_its_own_encoding(path: Path) -> None:
    rows = [
        ("utf-8", {"rating": "买入", "house": "中金公司", "analyst": "张三"}),
        ("gb18030", {"rating": "增持", "house": "中金公司", "analyst": "镕基"}),
        ("big5", {"rating": "買入", "house": "東吳證券", "analyst": "陳大文"}),
        ("gb18030", {"rating": "买入", "house": "中信建投", "analyst": "张三\n李四"}),
        # the rating is the same in both; only one of them makes the house known
        ("big5", {"rating": "Buy", "house": "東吳證券", "analyst": "林"}),
        ("gb18030", {"rating": "Buy", "house": "宏信证券", "analyst": "林"}),
    ]
    head, *_ = spell([]).splitlines()
    lines = [head.encode()]
    for n, (encoding, row) in enumerate(rows):
        text = spell([row | {"date": f"2024-06-{n + 11}"}]).partition("\n")[2]
        lines.append(text.removesuffix("\n").encode(encoding))
    lines.append(",".join(SOUND.values()).encode().replace("东吴".encode(), b"\xff\xfe"))
    ratings, rejections = read(path, b"\r\n".join(lines))
    assert [row[2:5] for row in spell_out(ratings)] == [
        ("中金公司", "张三", "买入"),
        ("中金公司", "镕基", "增持"),
        ("东吴证券", "陳大文", "買入"),
        ("中信建投证券", "张三 李四", "买入"),
        ("东吴证券", "林", "Buy"),
        ("宏信证券", "林", "Buy"),
    ]
    assert ratings.line.tolist() == [2, 3, 4, 5, 7, 8]
    assert rejections.counts == {"bad_line": 1}
    assert rejections.line.tolist() == [9]
    assert "\\xff\\xfe" in rejections.rows[0]


def test_the_encoding_that_is_told_holds_for_every_line(path: Path) -> None:
    head, row = spell([{}]).splitlines()
    other = row.replace("06-17", "06-18")
    content = b"\n".join([head.encode(), row.encode(), other.encode("gbk")])
    ratings, rejections = read(path, content, encoding="utf-8")
    assert (ratings.line.tolist(), rejections.counts) == ([2], {"bad_line": 1})
    ratings, rejections = read(path, content, encoding="gbk")
    assert 3 in ratings.line.tolist()
    assert spell_out(ratings)[-1][2] == "东吴证券"
    assert len(ratings) + rejections.total == 2
    with pytest.raises(InputError, match="unknown encoding 'utf-7'; write one of"):
        read(path, content, encoding="utf-7")


def test_half_a_character_of_utf_16_costs_its_line(path: Path) -> None:
    head, row = spell([{}]).splitlines()
    lone = row.replace("吴", "\ud800").encode("utf-16-le", "surrogatepass")
    start = ("\ufeff" + head + "\n" + row.replace("06-17", "06-18") + "\n").encode("utf-16-le")
    ratings, rejections = read(path, start + lone)
    assert ratings.line.tolist() == [2]
    assert rejections.counts == {"bad_line": 1}


AKSHARE = {
    "eastmoney": (
        "序号,股票代码,股票简称,报告名称,东财评级,机构,近一月个股研报数,行业,日期,报告PDF链接",
        "1,600519,贵州茅台,报告,买入,东吴证券,3,白酒,2024-06-17,https://example.com/a.pdf",
    ),
    "sina": (
        ",股票代码,股票名称,目标价,最新评级,评级机构,分析师,行业,评级日期",
        "0,600519,贵州茅台,nan,买入,东吴证券,张三,白酒,2024-06-17",
    ),
    "cninfo": (
        (
            "证券代码,证券简称,发布日期,研究机构简称,研究员名称,投资评级,是否首次评级,评级变化,"
            "前一次投资评级,目标价格-下限,目标价格-上限"
        ),
        "600519,贵州茅台,2024-06-17,东吴证券,张三,买入,否,维持,增持,10,20",
    ),
}


@pytest.mark.parametrize("vendor", AKSHARE)
def test_the_headings_of_vendors_are_known(path: Path, vendor: str) -> None:
    ratings, rejections = read(path, "\n".join(AKSHARE[vendor]))
    assert rejections.total == 0
    assert spell_out(ratings)[0][:3] == ("2024-06-17", "600519.SH", "东吴证券")
    assert spell_out(ratings)[0][4] == "买入"
    assert np.isnan(ratings.target).all()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\n \n,,\n", "is empty"),
        (b"date,symbol,rating,house\n", "has no rows"),
        (b"date,symbol,rating,house\n\n,,,\n", "has no rows"),
        (b"date,symbol,rating,broker name\nx,x,x,x", "no column for house; its headings are: date"),
        (b"a;b;c\n1;2;3", "no column for date or symbol or rating or house"),
        (
            "date,日期,symbol,rating,house\n1,2,3,4,5".encode(),
            "two columns for date: 'date' and '日期'",
        ),
        (b"\xff\xff,\xff\n", "headings are no text"),
        (b'"date,symbol\nx', "headings are no text"),
        (b"PK\x03\x04....", "is a workbook; save its sheet"),
    ],
)
def test_a_file_that_cannot_be_read_at_all_is_refused(
    path: Path, content: bytes, said: str
) -> None:
    with pytest.raises(InputError, match=re.escape(said)):
        read(path, content)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    for each in (tmp_path, tmp_path / "none.csv", Path("a\0b")):
        with pytest.raises(InputError):
            read_ratings(each, TODAY, common=SOOCHOW)


def test_parquet_may_hold_dates_moments_numbers_and_categories(tmp_path: Path) -> None:
    path = tmp_path / "ratings.parquet"
    frame = pd.DataFrame(
        {
            "发布日期": pd.to_datetime(["2024-06-17 23:30", "2024-06-18 01:00", None], utc=True),
            "symbol": pd.Categorical(["600519.SH", "PDD.US", "600519.SH"]),
            "rating": ["买入", "hold", "买入"],
            "house": ["东吴", "高盛", "东吴"],
            "target": [120.5, float("nan"), 1.0],
            "horizon": [6.0, None, 12.0],
            "known": [dt.date(2024, 6, 20), None, None],
        }
    )
    frame.to_parquet(path)
    ratings, rejections = read_ratings(path, TODAY, common=SOOCHOW)
    assert [row[:3] + row[9:13] for row in spell_out(ratings)] == [
        ("2024-06-17", "PDD.US", "高盛", "nan", "nan", 0, 3),
        ("2024-06-20", "600519.SH", "东吴证券", "120.5", "nan", 6, 2),
    ]
    assert (rejections.counts, rejections.line.tolist()) == ({"bad_date": 1}, [4])
    assert rejections.rows[0].startswith(",600519.SH,买入,东吴,1.0,12.0,")
    with pytest.raises(InputError, match="no encoding to be told"):
        read_ratings(path, TODAY, common=SOOCHOW, encoding="gbk")


def test_parquet_says_the_same_as_csv(tmp_path: Path) -> None:
    rows = [SOUND | {"date": f"2024-06-{n:02d}", "target": str(n)} for n in range(1, 9)]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    one, _ = read_ratings(tmp_path / "a.parquet", TODAY, common=SOOCHOW)
    other, _ = read(tmp_path / "a.csv", spell(rows))
    assert spell_out(one) == spell_out(other)
    assert one.sha256 == other.sha256


def test_parquet_that_is_broken_empty_or_nested_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1 and no more")
    with pytest.raises(InputError, match="no whole Parquet file"):
        read_ratings(path, TODAY, common=SOOCHOW)
    pq.write_table(pa.Table.from_pylist([SOUND]).slice(0, 0), path)
    with pytest.raises(InputError, match="has no rows"):
        read_ratings(path, TODAY, common=SOOCHOW)
    pq.write_table(pa.Table.from_pylist([SOUND | {"house": ["a"]}]), path)
    with pytest.raises(InputError, match="the column 'house' is of the type"):
        read_ratings(path, TODAY, common=SOOCHOW)


def test_houses_are_graded_by_their_own_standard_or_the_common_one(path: Path) -> None:
    rows = [
        {"house": "宏信证券", "rating": "持有"},
        {"house": "高盛", "rating": "持有"},
        {"house": "兴业证券", "rating": "减持"},
    ]
    ratings, _ = read(path, spell(rows), common=load_scale("csc"))
    assert [row[2:3] + row[5:9] for row in spell_out(ratings)] == [
        ("兴业证券", "industrial", True, 0, -1),
        ("宏信证券", "hongxin", True, 2, 1),
        ("高盛", "csc", False, 2, 0),
    ]


def test_rejections_are_written_as_a_spreadsheet_reads_them(path: Path, tmp_path: Path) -> None:
    _, rejections = read(path, spell([{"house": 'a,"b"', "rating": "推荐"}, {"date": "x"}]))
    rejections.write(tmp_path / "sub" / "r.csv")
    content = (tmp_path / "sub" / "r.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    head, first, second = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert head == ["line", "reason", "what", "remedy", "row"]
    assert first[:2] == ["2", "unknown_rating"]
    assert first[4] == '2024-06-17,300308.SZ,推荐,"a,""b""",,,,,,'
    assert second[1:4] == [
        "bad_date",
        "'x' is no day",
        "write it as 2024-06-17, or with its offset as 2024-06-17T12:15:00Z",
    ]


POOLS: dict[str, tuple[str, ...]] = {
    "date": (
        *("2024-06-17", "2024/6/17", "20240617", "2024-06-17T16:30:00Z", "2024-06-18", "x", ""),
        *("2026-01-01", "2024-06-16 09:00", "2024-06-17T23:00:00-04:00"),
    ),
    "symbol": ("300308.SZ", "sz300308", "0700.HK", "700.HK", "PDD.US", "000001", "000300.SH", "?"),
    "rating": ("买入", "买入（维持）", "增持", "中性", "卖出", "sell", "推荐", "持有", ""),
    "house": ("东吴", "东吴证券", "宏信", "高盛", "高 盛", " 高盛", "", "None"),
    "analyst": ("", "张三", "张三,李四", "张三、李四", '"甲"', "王\n五", "-"),
    "target": ("", "10", "10.0", "11", "0", "nan"),
    "price": ("", "9", "x"),
    "horizon": ("", "6", "6.0", "12", "500"),
    "link": ("", "a", "b"),
    "known": ("", "", "", "2024-06-19", "2024-06-17T20:00:00Z", "y", "2027-01-01"),
}


def draw_rows(count: int, seed: int) -> list[dict[str, str]]:
    """Rows of which most are sound, so that many are alike or disagree."""
    draw = random.Random(seed)  # noqa: S311 - rows, not secrets
    rows = []
    for _ in range(count):
        row = {name: draw.choice(pool[:4]) for name, pool in POOLS.items()}
        row["date"] = f"2024-06-{draw.randint(1, 19):02d}"
        for name in draw.sample(COLUMNS, draw.choice((0, 0, 1, 2))):
            row[name] = draw.choice(POOLS[name])
        rows.append(row)
    return rows


class Naive:
    """The rules of the table once more, a row at a time."""

    def __init__(self) -> None:
        self.houses = load_houses()
        self.kept: list[dict[str, Any]] = []
        self.refused: dict[int, str] = {}

    def day(self, text: str, symbol: Symbol | None) -> dt.date | None:
        for form in ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y-%m-%d %H:%M"):
            try:
                return dt.datetime.strptime(text, form).date()  # noqa: DTZ007
            except ValueError:
                continue
        try:
            moment = dt.datetime.fromisoformat(text)
        except ValueError:
            return None
        zone = ZoneInfo(symbol.exchange.timezone) if symbol else dt.UTC
        return moment.astimezone(zone).date()

    def understand(  # noqa: C901, PLR0911, PLR0912 - as plain as the table of reasons
        self, row: dict[str, str]
    ) -> dict[str, Any] | str:
        said = {name: " ".join(cell.split()) for name, cell in row.items()}
        none = {"", "nan", "-", "None"}
        try:
            symbol = Symbol.parse(said["symbol"])
        except InputError:
            symbol = None
        date = self.day(said["date"], symbol)
        if date is None:
            return "bad_date"
        known = date
        if said["known"] not in none:
            told = self.day(said["known"], symbol)
            if told is None:
                return "bad_known"
            known = max(date, told)
        if known > TODAY:
            return "future_date"
        if symbol is None:
            return "bad_symbol"
        if symbol.kind != "share":
            return "not_a_share"
        if said["house"] in none:
            return "no_house"
        house = self.houses.find(said["house"])
        scale = load_scale(house.scale) if house else SOOCHOW
        band = self.houses.read_word(said["rating"], scale, house)
        if band is None:
            return "unknown_rating"
        numbers: dict[str, float | None] = {}
        for name in ("target", "price", "horizon"):
            numbers[name] = None
            if said[name] not in none:
                try:
                    value = float(said[name])
                except ValueError:
                    value = 0
                if value <= 0 or (name == "horizon" and value > 120):
                    return f"bad_{name}"
                numbers[name] = value
        authors = [
            each.strip() for each in re.split("[,、]", said["analyst"]) if each.strip() not in none
        ]
        return {
            "date": date,
            "published": known,
            "symbol": str(symbol),
            "house": house.name.zh if house else said["house"],
            "analyst": "、".join(authors),
            "word": said["rating"],
            "stance": stance_of(scale.company[::-1][band]),
            "link": "" if said["link"] in none else said["link"],
            **numbers,
        }

    def take(self, lines: Sequence[int], rows: Sequence[dict[str, str]]) -> None:
        groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
        for line, row in zip(lines, rows, strict=True):
            found = self.understand(row)
            if isinstance(found, str):
                self.refused[line] = found
                continue
            key = tuple(v for k, v in found.items() if k not in {"published", "link"})
            groups.setdefault(key, []).append(found | {"line": line})
        for group in groups.values():
            group.sort(key=lambda r: (r["published"], r["link"] == "", r["link"], r["line"]))
            self.kept.append(group[0])
            self.refused |= {each["line"]: "duplicate" for each in group[1:]}
        torn = [
            row
            for row in self.kept
            for other in self.kept
            if (row["published"], row["symbol"]) == (other["published"], other["symbol"])
            and row["stance"] != other["stance"]
            and (
                row["house"] == other["house"]
                or (row["analyst"] and row["analyst"] == other["analyst"])
            )
        ]
        self.refused |= {row["line"]: "contradiction" for row in torn}
        self.kept = [row for row in self.kept if row["line"] not in self.refused]


@pytest.mark.parametrize("seed", range(8))
def test_a_messy_table_is_judged_as_row_by_row(path: Path, seed: int) -> None:
    rows = draw_rows(300, seed)
    ratings, rejections = read(path, spell(rows))
    lines, at = [], 2
    for row in rows:
        lines.append(at)
        at += 1 + row["analyst"].count("\n")
    naive = Naive()
    naive.take(lines, rows)
    found = {
        line: REASONS[code]
        for line, code in zip(rejections.line.tolist(), rejections.reason.tolist(), strict=True)
    }
    assert found == naive.refused
    assert len(set(found.values())) >= 9
    expected = {
        (
            *(row["line"], str(row["published"]), row["symbol"], row["house"], row["analyst"]),
            *(row["word"], row["stance"], row["link"], int(row["horizon"] or 0)),
            *(str(float(row[name] or "nan")) for name in ("target", "price")),
        )
        for row in naive.kept
    }
    assert {
        (row[12], *row[:5], row[8], row[13], row[11], row[9], row[10]) for row in spell_out(ratings)
    } == expected
    order = [row[:4] for row in spell_out(ratings)]
    assert len(order) == len(expected) > 20
    codes = (ratings.published.astype(np.int64), ratings.symbol, ratings.house, ratings.analyst)
    keys = list(zip(*(code.tolist() for code in codes), strict=True))
    assert keys == sorted(keys)


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_the_rows_and_their_encoding_change_nothing(path: Path, seed: int) -> None:
    rows = draw_rows(200, seed)
    first, refused = read(path, spell(rows))
    random.Random(seed).shuffle(rows)  # noqa: S311 - rows, not secrets
    # the columns stand in another order too
    text = spell(rows, COLUMNS[::-1])
    again, refused_again = read(path, text.encode("gb18030"))
    assert again.sha256 == first.sha256
    assert [row[:12] + row[13:] for row in spell_out(again)] == [
        row[:12] + row[13:] for row in spell_out(first)
    ]
    assert refused_again.counts == refused.counts
    other, _ = read(path, spell([*rows, {"symbol": "601318.SH"}]))
    assert other.sha256 != first.sha256


LINE = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [
            row.encode(code)
            for row in spell(draw_rows(30, 1)).split("\n")[1:]
            for code in ("utf-8", "gb18030")
        ]
    ),
    st.sampled_from([b'"', b'a,"b', b'c",d', b",,,", b"", b",,,,,,,,,", b'"\n"', b'","']),
)


@settings(max_examples=200)
@given(st.lists(LINE, max_size=12))
def test_no_line_is_lost_whatever_it_holds(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]
) -> None:
    path = tmp_path_factory.getbasetemp() / "random.csv"
    sound = ",".join(SOUND.values())
    content = b"\n".join([",".join(COLUMNS).encode(), *lines, sound.encode()])
    ratings, rejections = read(path, content)
    content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    physical = content.split(b"\n")
    found = sorted([*ratings.line.tolist(), *rejections.line.tolist()])
    assert len(set(found)) == len(found)
    # a line on which no row begins is blank, or belongs to the one above it
    covered = set(found)
    for line, row in zip(rejections.line.tolist(), rejections.rows, strict=True):
        covered |= {line + n for n in range(row.count("\n") + 1)}
    begun = set(found)
    for number, text in enumerate(physical[1:], start=2):
        if number not in covered and text.strip(b", \t"):
            above = max((n for n in begun if n < number), default=0)
            whole = b"\n".join(physical[above - 1 : number])
            assert above
            assert whole.count(b'"') >= 2
    # the last line is sound, and no mark above can take it in
    last = len(physical)
    assert last in found


def test_a_large_dirty_table_gives_back_all_that_was_planted(path: Path) -> None:
    made = dirty.make_dirty(20_000, seed=3)
    ratings, rejections = read(path, made.content)
    assert rejections.counts == made.planted
    assert len(ratings) == made.sound
    assert set(made.planted) == set(REASONS)
    assert ratings.houses == made.houses
