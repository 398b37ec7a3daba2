"""Files that users bring: each layout, each trap, and the market data against plain pandas."""

import datetime as dt
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from screener.bars import FIGURES, BarBasis, Bars
from screener.panel import CorporateAction
from screener.sources.files import Imported, Skipped, read_files
from universes import InputError

FETCHED = np.datetime64("2025-08-26T03:00:00")

Write = Callable[..., Path]


def read(
    path: Path,
    basis: BarBasis | None = None,
    source: str | None = None,
    exchange: str | None = None,
) -> Imported:
    return read_files(path, source=source, basis=basis, fetched_at=FETCHED, exchange=exchange)


def days(bars: Bars) -> list[str]:
    return bars.dates.astype(str).tolist()


def notes(got: Imported) -> str:
    return "\n".join(map(str, got.notes))


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str | bytes, name: str = "bars.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return path

    return write


LONG = "symbol,date,open,high,low,close,volume,amount\n"


# long tables


def test_a_long_table_becomes_one_series_for_each_symbol(write: Write) -> None:
    got = read(
        write(
            LONG + "SZ300308,2024-06-17,1,4,0.5,2,100,250\n"
            "00700,2024-06-17,10,11,9,10.5,7,\n"
            "300308,2024-06-14,1.5,2,1,1.75,,30\n"
        ),
        basis="raw",
        source="mine",
    )
    first, second = got.bars
    assert (first.symbol, second.symbol) == ("300308.SZ", "0700.HK")
    # the file's order, for the quality rules to complain of
    assert days(first) == ["2024-06-17", "2024-06-14"]
    assert first.close.tolist() == [2.0, 1.75]
    assert first.high.tolist() == [4.0, 2.0]
    np.testing.assert_array_equal(first.volume, [100.0, np.nan])
    np.testing.assert_array_equal(second.amount, [np.nan])
    assert (first.currency, second.currency) == ("CNY", "HKD")
    assert {each.basis for each in got.bars} == {"raw"}
    assert {each.source for each in got.bars} == {"mine"}
    assert first.fetched_at == FETCHED
    assert not got.skipped
    assert not got.notes


def test_what_is_not_stated_is_taken_as_multiplicative_and_said(write: Write) -> None:
    got = read(write(LONG + "0700.HK,2024-06-17,1,1,1,1,1,1\n000300.SH,2024-06-17,1,1,1,1,,\n"))
    assert [each.basis for each in got.bars] == ["multiplicative", "raw"]
    assert got.bars[0].source == "file"
    assert "the basis of 1 series is not stated and was taken as multiplicative" in notes(got)


def test_an_index_is_raw_whatever_is_declared(write: Write) -> None:
    rows = (f"{symbol},2024-06-17,1,1,1,1,,\n" for symbol in ("HSI.HK", "0700.HK", "HKDCNY.FX"))
    got = read(write(LONG + "".join(rows)), basis="additive")
    assert [each.basis for each in got.bars] == ["raw", "additive", "raw"]


STATED = "Symbol,Date,Open,High,Low,Close,Currency,Basis,Source,Fetched_At\n"


def test_columns_go_before_what_is_declared(write: Write) -> None:
    got = read(
        write(
            STATED + "9988.HK,2024-06-17,1,1,1,1,USD,raw,sina,2024-06-18T08:00:00+08:00\n"
            "9988.HK,2024-06-18,1,1,1,2,USD,raw,sina,2024-06-19 00:00:00Z\n"
            "9988.HK,2024-06-18,1,1,1,3,USD,additive,sina,\n"
            "9988.HK,2024-06-19,1,1,1,4,,,,2024-06-19T01:02:03\n"
        ),
        basis="multiplicative",
        source="mine",
    )
    told = [(b.currency, b.basis, b.source, b.close.tolist()) for b in got.bars]
    assert told == [
        ("USD", "raw", "sina", [1.0, 2.0]),
        ("USD", "additive", "sina", [3.0]),
        ("HKD", "multiplicative", "mine", [4.0]),
    ]
    # the latest of a series' rows, in UTC
    assert [str(b.fetched_at) for b in got.bars] == [
        "2024-06-19T00:00:00",
        str(FETCHED),
        "2024-06-19T01:02:03",
    ]
    assert "'basis' went before the declared 'multiplicative'" in notes(got)


def test_a_time_with_a_zone_is_brought_to_utc(write: Write) -> None:
    text = STATED + "9988.HK,2024-06-17,1,1,1,1,,,,2024-06-18 07:30:00+08:00\n"
    assert str(read(write(text)).bars[0].fetched_at) == "2024-06-17T23:30:00"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("HKD,qfq,x,", "line 2: 'qfq' is no basis; write one of: raw"),
        ("hk$,raw,x,", "line 2: 'hk\\$' is no currency"),
        ("HKD,raw,x,noon", "line 2: Fetched_At 'noon' is no time"),
    ],
)
def test_faulty_statements_are_refused(write: Write, row: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(write(STATED + "9988.HK,2024-06-17,1,1,1,1," + row + "\n"))


def test_a_symbol_that_cannot_be_read_is_left_out_alone(write: Write) -> None:
    path = write(LONG + "0700.HK,2024-06-17,1,1,1,1,1,1\nNONE7,2024-06-17,1,1,1,1,1,1\n")
    got = read(path)
    assert [each.symbol for each in got.bars] == ["0700.HK"]
    (skipped,) = got.skipped
    assert (skipped.path, skipped.what) == (path, "NONE7")
    assert "no exchange has a code 'NONE7'" in skipped.reason


def test_a_table_without_any_known_symbol_is_refused(write: Write) -> None:
    with pytest.raises(InputError, match=r"bars\.csv: no exchange has a code 'NONE7'"):
        read(write(LONG + "NONE7,2024-06-17,1,1,1,1,1,1\n"))


def test_an_exchange_settles_codes_that_do_not_tell_theirs(write: Write) -> None:
    path = write(LONG + "AAPL,2024-06-17,1,1,1,1,1,1\n0700.HK,2024-06-17,1,1,1,1,1,1\n")
    assert [each.symbol for each in read(path, exchange="us").bars] == ["AAPL.US", "0700.HK"]
    assert [each.what for each in read(path).skipped] == ["AAPL"]


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["300308.SZ", "SZ300308", "0700.HK", "hk00700", "PDD.US"]),
        st.dates(dt.date(1990, 1, 1), dt.date(2030, 1, 1)),
        st.lists(st.none() | st.floats(-1e12, 1e12, allow_subnormal=False), min_size=6, max_size=6),
        st.sampled_from(["raw", "additive"]),
    ),
    min_size=1,
    max_size=40,
)
SPELLED = {"SZ300308": "300308.SZ", "hk00700": "0700.HK"}


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=ROWS, parquet=st.booleans())
def test_rows_in_any_order_are_grouped_as_a_plain_loop_groups_them(
    tmp_path: Path, rows: list[tuple[str, dt.date, list[float | None], str]], *, parquet: bool
) -> None:
    expected: dict[tuple[str, str], list[tuple[str, list[float]]]] = {}
    for symbol, day, cells, basis in rows:
        key = SPELLED.get(symbol, symbol), basis
        row = [math.nan if cell is None else cell for cell in cells]
        expected.setdefault(key, []).append((day.isoformat(), row))
    table = pd.DataFrame(
        [[symbol, day, *cells, basis] for symbol, day, cells, basis in rows],
        columns=["symbol", "date", *FIGURES, "basis"],
    )
    table[list(FIGURES)] = table[list(FIGURES)].astype(float)
    path = tmp_path / ("bars.parquet" if parquet else "bars.csv")
    if parquet:
        table.to_parquet(path)
    else:
        table.to_csv(path, index=False)
    got = read(path)
    assert {(each.symbol, each.basis) for each in got.bars} == expected.keys()
    assert len(got.bars) == len(expected)
    for each in got.bars:
        own = expected[each.symbol, each.basis]
        assert days(each) == [day for day, _ in own]
        mine = np.column_stack([getattr(each, name) for name in FIGURES])
        np.testing.assert_array_equal(mine, [row for _, row in own])


def test_a_series_in_several_files_is_put_together(write: Write) -> None:
    folder = write(LONG + "0700.HK,2023-06-19,1,1,1,1,1,1\n", "2023.csv").parent
    write(LONG + "0700.HK,2024-06-17,1,1,1,2,1,1\n9988.HK,2024-06-17,1,1,1,3,1,1\n", "2024.csv")
    got = read(folder, basis="raw")
    assert [(b.symbol, days(b), b.close.tolist()) for b in got.bars] == [
        ("0700.HK", ["2023-06-19", "2024-06-17"], [1.0, 2.0]),
        ("9988.HK", ["2024-06-17"], [3.0]),
    ]
    assert "2023.csv and 1 more: 1 series stand in more than one place" in notes(got)


def test_a_series_put_together_was_fetched_when_its_last_part_was(write: Write) -> None:
    for name, day in (("2023.csv", "2024-01-02"), ("2024.csv", "2024-01-01")):
        path = write(STATED + f"0700.HK,2023-06-19,1,1,1,1,,raw,,{day}\n", name)
    assert [str(b.fetched_at) for b in read(path.parent).bars] == ["2024-01-02T00:00:00"]


def test_the_columns_cannot_be_written_to(write: Write) -> None:
    (bars,) = read(write(LONG + "0700.HK,2024-06-17,1,1,1,1,,\n")).bars
    for name in ("dates", *FIGURES):
        assert not getattr(bars, name).flags.writeable


def test_columns_that_are_not_taken_are_named(write: Write) -> None:
    got = read(write("symbol,date,close,pe\n0700.HK,2024-06-17,380,20\n"))
    assert got.bars[0].close.tolist() == [380.0]
    assert np.isnan(got.bars[0].open).all()
    assert "not taken: the columns pe" in notes(got)
    assert "there is no open" in notes(got)


# cells and text


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('"1,234,567.5"', 1234567.5),
        (" 12 ", 12.0),
        ("１２．５", 12.5),
        ("1e3", 1000.0),
        ("-0.25", -0.25),
        *((word, math.nan) for word in ("", "-", "--", "None", "nan", " - ", '""', "－", "#N/A")),
    ],
)
def test_figures_are_read_as_people_write_them(write: Write, cell: str, value: float) -> None:
    (bars,) = read(write(f"symbol,date,close\n0700.HK,2024-06-17,{cell}\n")).bars
    np.testing.assert_array_equal(bars.close, [value])


@pytest.mark.parametrize(
    "cell", ["ten", '"1,23"', '"12,34,567"', "1.2.3", "0x10", "1_000", "inf", "-Infinity", "1e999"]
)
def test_what_is_no_figure_is_named_with_file_and_line(write: Write, cell: str) -> None:
    text = f"\nsymbol,date,close\n0700.HK,2024-06-14,1\n\n\n0700.HK,2024-06-17,{cell}\n"
    with pytest.raises(InputError, match=r"bars\.csv: line 6: close '.*' is no number"):
        read(write(text))


@pytest.mark.parametrize(
    "cell",
    [
        "2024-06-03",
        "20240603",
        "2024/6/3",
        "2024/06/03",
        "2024-6-3",
        " 2024-06-03 ",
        "2024-06-03 00:00:00",
        "2024-06-03 00:00:00-04:00",
        "2024-06-03T00:00:00.000+08:00",
        "2024-06-03 00:00:00Z",
    ],
)
def test_dates_are_read_as_programs_write_them(write: Write, cell: str) -> None:
    (bars,) = read(write(f"symbol,date,close\n0700.HK,{cell},1\n")).bars
    assert days(bars) == ["2024-06-03"]


@pytest.mark.parametrize(
    "cell",
    [
        "2024-06-31",
        "3/6/2024",
        "2024613",
        "2024-06/03",
        "2024-06-03 16:00:00+00:00",
        "2024-06-03 09:31:00",
        "Monday",
    ],
)
def test_what_is_no_date_is_named_with_file_and_line(write: Write, cell: str) -> None:
    text = f"symbol,date,close\n0700.HK,2024-06-14,1\n\n0700.HK,{cell},1\n"
    with pytest.raises(InputError, match=r"bars\.csv: line 4: date '.*' is no date"):
        read(write(text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("\n \n", "the file is empty"),
        ("symbol,date,close\n", "has no rows"),
        ("symbol,date,close\n,,\n,-,\n", "has no rows"),
        ("symbol,date,close\n0700.HK,,1\n", "line 2: there is no date"),
        ("symbol,date,close\n,2024-06-17,1\n", "line 2: there is no symbol"),
        ("symbol,date,close\n , ,\n", "line 2: there is no symbol"),
        ("symbol,date,close\n0700.HK,2024-06-17,1\n0700.HK,2024-06-18\n", "line 3 has 2 cells"),
        ("symbol,date,close\n\n0700.HK,2024-06-17,1,5\n", "line 3 has 4 cells, not 3"),
        ("symbol,date,close,close\n0700.HK,2024-06-17,1,2\n", "the column 'close' stands twice"),
        (b"symbol\0date", "no plain text"),
        (b"symbol,date,close\n0700.HK,2024-06-17,\xff\xff\n", "neither UTF-8 nor GB18030"),
        ("date,0700.HK,9988.HK\n2024-06-17,1,2\n", "the columns date, 0700.HK, 9988.HK are of no"),
    ],
)
def test_files_that_are_none_are_refused(write: Write, text: str | bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(write(text))


def test_an_unknown_layout_is_answered_with_the_known_ones(write: Write) -> None:
    with pytest.raises(InputError) as refused:
        read(write("a,b\n1,2\n"))
    for word in ("bars.csv", "a, b", "long table", "yfinance", "akshare", "成交量"):
        assert word in str(refused.value)


def test_blank_rows_and_foreign_line_ends_do_not_matter(write: Write) -> None:
    rows = ["symbol,date,close", "0700.HK,2024-06-17,1", "", ",,", "0700.HK,2024-06-18,x"]
    for end in ("\n", "\r\n", "\r"):
        with pytest.raises(InputError, match="line 5: close 'x' is no number"):
            read(write(end.join(rows)))
        (bars,) = read(write(end.join(rows).replace("x", "2"))).bars
        assert bars.close.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_chinese_text_is_read_in_its_usual_encodings(write: Write, encoding: str) -> None:
    got = read(write("ｓymbol,name\n300308.SZ,中际旭创\n", "names.csv", encoding))
    assert got.names == {"300308.SZ": "中际旭创"}


# Parquet


def parquet(path: Path, **columns: object) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


DAY = dt.datetime(2024, 6, 17)  # noqa: DTZ001 - a date of an exchange, in no zone
HONG_KONG = pa.timestamp("ns", "Asia/Hong_Kong")


@pytest.mark.parametrize(
    "dates",
    [
        pa.array([DAY.date()]),
        pa.array([DAY.date()], pa.date64()),
        pa.array([DAY], pa.timestamp("ns")),
        pa.array([DAY - dt.timedelta(hours=8)], pa.timestamp("ns"))
        .cast(pa.timestamp("ns", "UTC"))
        .cast(HONG_KONG),
        pa.array([20240617]),
        pa.array(["2024-06-17"], pa.large_string()),
        pa.array(["2024/6/17"]).dictionary_encode(),
    ],
    ids=str,
)
def test_parquet_dates_of_every_type(tmp_path: Path, dates: pa.Array) -> None:
    path = parquet(tmp_path / "b.parquet", symbol=["0700.HK"], date=dates, close=[1])
    assert days(read(path).bars[0]) == ["2024-06-17"]


def test_a_parquet_time_of_day_is_refused(tmp_path: Path) -> None:
    noon = [DAY, DAY + dt.timedelta(hours=12)]
    path = parquet(tmp_path / "b.parquet", symbol=["0700.HK"] * 2, date=noon, close=[1, 2])
    with pytest.raises(InputError, match="row 2: date holds a time of day"):
        read(path)


def test_parquet_figures_of_every_type(tmp_path: Path) -> None:
    path = parquet(
        tmp_path / "b.parquet",
        symbol=["0700.HK", "0700.HK"],
        date=[DAY, DAY],
        open=pa.array([1, None]),
        high=pa.array([0.5, None], pa.float32()),
        low=pa.array(["1,000", "-"]),
        close=pa.array([1, 2], pa.decimal128(5, 2)),
        amount=pa.nulls(2),
        fetched_at=pa.array([DAY, None], pa.timestamp("us", "UTC")),
    )
    (bars,) = read(path).bars
    np.testing.assert_array_equal(bars.open, [1.0, np.nan])
    np.testing.assert_array_equal(bars.high, [0.5, np.nan])
    np.testing.assert_array_equal(bars.low, [1000.0, np.nan])
    np.testing.assert_array_equal(bars.close, [1.0, 2.0])
    assert np.isnan(bars.volume).all()
    assert np.isnan(bars.amount).all()
    assert str(bars.fetched_at) == "2024-06-17T00:00:00"


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"close": [[1]]}, "the column 'close' holds no numbers"),
        ({"close": ["1", "x"][1:]}, "row 1: close 'x' is no number"),
        ({"close": [math.inf]}, "row 1: close 'inf' is no number"),
        ({"close": [1], "date": pa.nulls(1, pa.date32())}, "row 1: there is no date"),
        ({"close": [1], "date": pa.nulls(1, pa.timestamp("s"))}, "row 1: there is no date"),
    ],
)
def test_faulty_parquet_is_refused(
    tmp_path: Path, columns: dict[str, object], message: str
) -> None:
    whole = {"symbol": ["0700.HK"], "date": [DAY], **columns}
    with pytest.raises(InputError, match=message):
        read(parquet(tmp_path / "b.parquet", **whole))


def test_words_of_a_dictionary_that_no_row_has_do_not_matter(tmp_path: Path) -> None:
    indices = pa.array([2, 2], pa.int32())
    path = parquet(
        tmp_path / "b.parquet",
        symbol=pa.DictionaryArray.from_arrays(indices, ["NONE7", "", "0700.HK"]),
        date=pa.DictionaryArray.from_arrays(indices, ["never", "-", "2024-06-17"]),
        basis=pa.DictionaryArray.from_arrays(pa.array([1, 2], pa.int32()), ["qfq", " ", "raw"]),
        close=[1, 2],
    )
    got = read(path, basis="additive")
    told = [(each.symbol, each.basis, each.close.tolist()) for each in got.bars]
    assert told == [("0700.HK", "additive", [1.0]), ("0700.HK", "raw", [2.0])]
    assert not got.skipped


def test_what_is_no_whole_parquet_file_is_refused(tmp_path: Path) -> None:
    whole = parquet(tmp_path / "b.parquet", symbol=["0700.HK"], date=[DAY], close=[1]).read_bytes()
    read(tmp_path)
    faulty = {
        "empty": b"",
        "text": b"symbol,date,close",
        "cut": whole[:-20],
        "holed": whole[:4] + b"\xff" * 300 + whole[304:],
        "mixed": whole[:-9] + b"\xff" + whole[-8:],
    }
    for name, content in faulty.items():
        path = tmp_path / f"{name}.parquet"
        path.write_bytes(content)
        with pytest.raises(InputError, match=f"{name}.parquet is no whole Parquet file"):
            read(path)


@pytest.mark.parametrize("name", ["b.csv", "b.parquet"])
def test_a_file_that_may_not_be_read_is_refused(
    write: Write, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = write(LONG, name)
    monkeypatch.setattr(Path, "open", refuse)
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(InputError, match=f"{name} cannot be read: Permission denied"):
        read(path)


# folders


def test_nothing_in_a_folder_is_dropped_silently(write: Write) -> None:
    folder = write(LONG + "0700.HK,2024-06-17,1,1,1,1,1,1\n").parent
    write("a,b\n1,2\n", "odd.csv")
    write("hello", "README.md")
    write("", ".hidden")
    got = read(folder)
    assert len(got.bars) == 1
    assert [(each.path.name, each.what) for each in got.skipped] == [
        ("README.md", ""),
        ("odd.csv", ""),
    ]
    assert "of no known layout" in got.skipped[1].reason


def test_the_only_file_is_refused_as_itself(write: Write) -> None:
    folder = write("a,b\n1,2\n", "odd.csv").parent
    with pytest.raises(InputError, match="of no known layout"):
        read(folder)
    write("c\n1\n", "worse.csv")
    with pytest.raises(
        InputError, match=r"none of the 2 files in .* can be read; the first: .*odd"
    ):
        read(folder)


def test_there_must_be_something_to_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds neither CSV nor Parquet"):
        read(tmp_path)
    with pytest.raises(InputError, match="there is no file or folder"):
        read(tmp_path / "nowhere")


def test_what_is_declared_is_checked(write: Write) -> None:
    path = write(LONG + "0700.HK,2024-06-17,1,1,1,1,1,1\n")
    with pytest.raises(InputError, match="'qfq' is no basis; write one of: raw"):
        read(path, basis="qfq")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="unknown exchange 'MARS'; write one of: BJ"):
        read(path, exchange="MARS")


# names and corporate actions


def test_names_of_unknown_symbols_are_listed(write: Write) -> None:
    path = write("symbol,name,industry\n00700,Tencent,x\n?,Nobody,x\n9988.HK,,x\n", "names.csv")
    got = read(path)
    assert got.names == {"0700.HK": "Tencent"}
    assert [each.what for each in got.skipped] == ["?"]
    with pytest.raises(InputError, match="no row has a known symbol"):
        read(write("symbol,name\n?,Nobody\n", "names.csv"))


ACTIONS = "symbol,ex_date,cash_per_share,bonus_ratio,confidence"


def test_corporate_actions_cover_the_bars_beside_them(write: Write) -> None:
    folder = write(
        LONG + "0700.HK,2024-06-17,1,1,1,1,1,1\n0700.HK,2024-05-02,1,1,1,1,1,1\n"
        "9988.HK,2024-06-17,1,1,1,1,1,1\n1024.HK,2024-06-17,1,1,1,1,1,1\n"
    ).parent
    write(
        f"{ACTIONS},rights_ratio,rights_price,currency\n"
        "00700,2024-05-17,3.4,0,high,,,\n"
        "700.HK,2024-07-01,0,-0.8,low,0.3,2.5,\n"
        "9988.HK,2024-06-17,0,0,high,,,USD\n"
        "300308.SZ,2024/6/14,0.45,0.4,,,,\n",
        "corporate_actions.csv",
    )
    got = read(folder, source="mine")
    first, second, third = got.actions
    assert first.actions == (
        CorporateAction("0700.HK", "2024-05-17", 3.4, 0.0, "high"),
        CorporateAction("0700.HK", "2024-07-01", 0.0, -0.8, "low", 0.3, 2.5),
    )
    assert (str(first.since), str(first.until)) == ("2024-05-02", "2024-07-01")
    assert (first.currency, first.source, first.fetched_at) == ("HKD", "mine", FETCHED)
    # a row of zeros: there were none
    assert (second.symbol, second.actions, second.currency) == ("9988.HK", (), "USD")
    assert (third.symbol, str(third.since)) == ("300308.SZ", "2024-06-14")
    assert third.actions == (CorporateAction("300308.SZ", "2024-06-14", 0.45, 0.4, ""),)
    assert "corporate_actions.csv: the corporate actions of 1 of 3 shares stay unknown" in notes(
        got
    )


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("0700.HK,2024-06-17,-1,0,x", "line 2: cash_per_share -1.0 is no amount"),
        ("0700.HK,2024-06-17,,0,x", "line 2: cash_per_share nan is no amount"),
        ("0700.HK,2024-06-17,0,-1,x", "line 2: bonus_ratio -1.0 is no amount"),
        ("0700.HK,17 June,1,0,x", "line 2: ex_date '17 June' is no date"),
        ("0700.HK,2024-06-17,1,0,x\n700.HK,20240617,2,0,x", "line 3: 0700.HK has a row for 2024"),
        ("?,2024-06-17,1,0,x", "line 2: no exchange has a code"),
        (",2024-06-17,1,0,x", "line 2: there is no symbol"),
    ],
)
def test_faulty_corporate_actions_are_named(write: Write, rows: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(write(f"{ACTIONS}\n{rows}\n", "corporate_actions.csv"))


def test_corporate_actions_in_two_currencies_are_refused(write: Write) -> None:
    rows = "0700.HK,2024-06-17,1,0,x,HKD\n0700.HK,2024-06-18,1,0,x,USD\n"
    with pytest.raises(InputError, match=r"line 3: 0700\.HK pays in two currencies"):
        read(write(f"{ACTIONS},currency\n{rows}"))


def test_a_table_of_actions_without_rows_tells_nothing(write: Write) -> None:
    got = read(write(f"{ACTIONS}\n"))
    assert not got.actions
    assert "nothing is known of any share" in notes(got)


# yfinance

YAHOO = "Date,Open,High,Low,Close,Adj Close,Volume,Dividends,Stock Splits\n"


def test_a_yfinance_file_is_split_adjusted_and_brings_its_actions(write: Write) -> None:
    got = read(
        write(
            YAHOO + "2024-05-16 00:00:00+08:00,378,381,375,380,376.6,1000,0.0,0.0\n"
            "2024-05-17 00:00:00+08:00,370,375,369,374,374,2000,3.4,0.0\n"
            "2024-05-20 00:00:00+08:00,,,,,,,0.0,5.0\n"
            "2024-05-21 00:00:00+08:00,74,76,73,75,75,9000,0.0,0.2\n",
            "0700.HK.csv",
        )
    )
    (bars,) = got.bars
    assert (bars.symbol, bars.basis, bars.currency) == ("0700.HK", "split_adjusted", "HKD")
    assert days(bars) == ["2024-05-16", "2024-05-17", "2024-05-20", "2024-05-21"]
    np.testing.assert_array_equal(bars.close, [380, 374, np.nan, 75])
    np.testing.assert_array_equal(bars.volume, [1000, 2000, np.nan, 9000])
    assert np.isnan(bars.amount).all()
    (history,) = got.actions
    assert history.actions == (
        CorporateAction("0700.HK", "2024-05-17", 3.4, 0.0, "medium"),
        CorporateAction("0700.HK", "2024-05-20", 0.0, 4.0, "medium"),
        CorporateAction("0700.HK", "2024-05-21", 0.0, -0.8, "medium"),
    )
    assert (str(history.since), str(history.until)) == ("2024-05-16", "2024-05-21")
    assert not got.notes


def test_without_adj_close_the_basis_is_multiplicative_and_said(write: Write) -> None:
    path = write("Date,Open,High,Low,Close,Volume\n2024-05-16,1,1,1,1,5\n", "601019.SS.csv")
    got = read(path)
    assert (got.bars[0].symbol, got.bars[0].basis) == ("601019.SH", "multiplicative")
    assert "without Adj Close the prices were taken as multiplicative" in notes(got)
    assert not got.actions
    declared = read(path, basis="split_adjusted")
    assert (declared.bars[0].basis, declared.notes) == ("split_adjusted", [])


def test_adj_close_refutes_another_basis(write: Write) -> None:
    path = write(YAHOO + "2024-05-16,1,1,1,1,1,1,0,0\n", "0700.HK.csv")
    with pytest.raises(InputError, match="beside Adj Close are split_adjusted, not raw"):
        read(path, basis="raw")
    assert read(path, basis="split_adjusted").bars[0].basis == "split_adjusted"


def test_an_index_of_yfinance_is_raw_and_pays_nothing(write: Write) -> None:
    got = read(write(YAHOO + "2024-05-16,1,1,1,1,1,1,0,0\n", "HSI.HK.csv"))
    assert got.bars[0].basis == "raw"
    assert not got.actions


def test_a_ticker_without_exchange_needs_one(write: Write) -> None:
    path = write(YAHOO + "2024-05-16 00:00:00-04:00,1,1,1,1,1,1,0,0\n", "AAPL.csv")
    with pytest.raises(InputError, match=r"names no exchange.*or give the exchange of such names"):
        read(path)
    (bars,) = read(path, exchange="US").bars
    assert (bars.symbol, bars.currency, days(bars)) == ("AAPL.US", "USD", ["2024-05-16"])


def download(tickers: list[str], by: str) -> pd.DataFrame:
    """Lay figures out as yf.download does: two rows of labels, the fields or tickers on top."""
    fields = ["Close", "High", "Low", "Open", "Volume"]
    pairs = [(field, ticker) for field in fields for ticker in tickers]
    table = pd.DataFrame(
        [[10.0 * n + row for n in range(len(pairs))] for row in range(2)],
        index=pd.DatetimeIndex(["2024-06-13", "2024-06-14"], name="Date"),
        columns=pd.MultiIndex.from_tuples(pairs, names=["Price", "Ticker"]),
    )
    return table if by == "column" else table.swaplevel(axis=1).sort_index(axis=1)


@pytest.mark.parametrize("by", ["column", "ticker"])
@pytest.mark.parametrize("tickers", [["0700.HK"], ["0700.HK", "300308.SZ"]])
def test_the_two_header_rows_of_download_are_read(
    tmp_path: Path, tickers: list[str], by: str
) -> None:
    table = download(tickers, by)
    path = tmp_path / "download.csv"
    table.to_csv(path)
    got = read(path)
    assert sorted(each.symbol for each in got.bars) == sorted(tickers)
    for bars in got.bars:
        assert days(bars) == ["2024-06-13", "2024-06-14"]
        for name in ("open", "high", "low", "close", "volume"):
            key = (name.title(), bars.symbol)
            expected = table[key if by == "column" else key[::-1]]
            np.testing.assert_array_equal(getattr(bars, name), expected)


def test_a_bad_cell_under_two_header_rows_is_named_by_its_line(write: Write) -> None:
    text = "Price,Close,High,Low,Open\nTicker,0700.HK,0700.HK,0700.HK,0700.HK\nDate,,,,\n"
    with pytest.raises(InputError, match="line 5: Low 'x' is no number"):
        read(write(text + "2024-06-13,1,1,1,1\n2024-06-14,1,1,x,1\n"))


def same_day(dividends: float, adjusted: float) -> str:
    """A share at 140 with 4 new for 10 held and 1.4 in cash for each held: 100 is its close in
    new shares, 1 the cash for each of these, so Adj Close stands at 99."""
    return (
        YAHOO + f"2024-06-13,100,101,99,100,{adjusted},1,0,0\n"
        f"2024-06-14,100,101,99,100,100,1,{dividends},1.4\n"
    )


@pytest.mark.parametrize(
    ("dividends", "adjusted", "cash", "confidence"),
    [
        (1.0, 99.0, 1.4, "medium"),  # per new share
        (1.4, 99.0, 1.4, "medium"),  # per share held
        (1.4, 90.0, 1.4, "low"),  # neither fits
    ],
)
def test_cash_and_split_of_one_day_are_told_apart_by_adj_close(
    write: Write, dividends: float, adjusted: float, cash: float, confidence: str
) -> None:
    got = read(write(same_day(dividends, adjusted), "300308.SZ.csv"))
    (action,) = got.actions[0].actions
    assert action.cash == pytest.approx(cash, rel=1e-12)
    assert action.bonus == pytest.approx(0.4, rel=1e-12)
    assert action.confidence == confidence
    assert ("a dividend and a split on 2024-06-14" in notes(got)) == (confidence == "low")


def test_capital_gains_and_negative_cells_are_not_taken_for_dividends(write: Write) -> None:
    header = YAHOO.replace("\n", ",Capital Gains\n")
    got = read(write(header + "2024-06-13,1,1,1,1,1,1,0,0,0.5\n", "SPY.US.csv"))
    assert not got.actions
    assert "pays out capital gains" in notes(got)
    path = write(YAHOO + "2024-06-13,1,1,1,1,1,1,-2,0\n", "0700.HK.csv")
    with pytest.raises(InputError, match=r"line 2: Dividends -2\.0 is below zero"):
        read(path)


# akshare


def daily(rows: int = 200, seed: int = 1) -> pd.DataFrame:
    """Raw bars whose average price paid lies between low and high, in shares."""
    draw = np.random.default_rng(seed)
    close = np.round(20 * np.exp(np.cumsum(draw.normal(0, 0.01, rows))), 2)
    low, high = np.round(close * 0.985, 2), np.round(close * 1.015, 2)
    volume = draw.integers(100_000, 5_000_000, rows) * 100
    paid = low + (high - low) * draw.uniform(0.2, 0.8, rows)
    return pd.DataFrame(
        {
            "date": pd.bdate_range("2023-01-02", periods=rows).strftime("%Y-%m-%d"),
            "open": np.round(paid, 2),
            "high": high,
            "low": low,
            "close": close,
            "volume": volume,
            "amount": np.round(paid * volume, 2),
        }
    )


CHINESE = {
    "date": "日期",
    "open": "开盘",
    "close": "收盘",
    "high": "最高",
    "low": "最低",
    "volume": "成交量",
    "amount": "成交额",
}


def as_chinese(table: pd.DataFrame, lot: int) -> str:
    table = table.assign(volume=table["volume"] // lot, 换手率=1.5, 振幅=2.0)
    return str(table.rename(columns=CHINESE).to_csv(index=False))


def scaled(table: pd.DataFrame, until: int, factor: float) -> pd.DataFrame:
    """Multiply the prices before a row, as a forward adjustment does."""
    prices = ["open", "high", "low", "close"]
    table = table.copy()
    table.loc[: until - 1, prices] = (table.loc[: until - 1, prices] * factor).round(2)
    return table


@pytest.mark.parametrize(
    ("name", "lot"), [("300308.SZ.csv", 100), ("sh601019.csv", 100), ("00700.csv", 1)]
)
def test_chinese_columns_count_mainland_volume_in_lots(write: Write, name: str, lot: int) -> None:
    table = daily()
    got = read(write(as_chinese(table, lot), name))
    (bars,) = got.bars
    assert bars.basis == "raw"
    assert "taken as raw, because amount / volume lies between low and high" in notes(got)
    assert days(bars) == table["date"].tolist()
    for column in FIGURES:
        np.testing.assert_array_equal(getattr(bars, column), table[column].astype(float))
    for word in ("not taken", "the volume"):
        assert word not in notes(got)


def test_english_columns_count_volume_in_shares(write: Write) -> None:
    table = daily().assign(outstanding_share=1e9, turnover=0.01)
    (bars,) = read(write(table.to_csv(index=False), "sz300308.csv"), basis="raw").bars
    assert (bars.symbol, bars.basis) == ("300308.SZ", "raw")
    np.testing.assert_array_equal(bars.volume, table["volume"])


def test_a_file_in_gb18030_with_wide_headers_and_gaps_is_read(write: Write) -> None:
    text = (
        "日期,股票代码 ,开盘,收盘,最高,最低,成交量,成交额\n"
        '2024/6/13,300308,150.00,151.50,152.00,149.00,"1,234",18600000\n'
        "\n"
        "2024/6/14,300308,-,151.50,None,,--,\n"
    )
    got = read(write(text, "300308.csv", "gb18030"), basis="raw")
    (bars,) = got.bars
    np.testing.assert_array_equal(bars.open, [150.0, np.nan])
    np.testing.assert_array_equal(bars.volume, [123400.0, np.nan])
    assert days(bars) == ["2024-06-13", "2024-06-14"]


@pytest.mark.parametrize("kind", ["chinese", "english"])
def test_a_contradicted_unit_is_corrected_where_the_amounts_prove_it(
    write: Write, kind: str
) -> None:
    table = daily()
    # shares where lots are usual, lots where shares are
    text = (
        as_chinese(table, 1)
        if kind == "chinese"
        else table.assign(volume=table["volume"] // 100).to_csv(index=False)
    )
    got = read(write(text, "000681.SZ.csv"))
    np.testing.assert_array_equal(got.bars[0].volume, table["volume"])
    told = {"chinese": "in shares, not in lots of 100", "english": "in lots of 100, not in shares"}
    assert f"the volume is {told[kind]} as this layout has it" in notes(got)


def test_the_latest_rows_prove_the_unit_of_adjusted_prices(write: Write) -> None:
    # newest first, as some files are
    table = scaled(daily(), 150, 0.8)[::-1]
    text = table.assign(volume=table["volume"] // 100).to_csv(index=False)
    got = read(write(text, "000681.SZ.csv"), basis="multiplicative")
    np.testing.assert_array_equal(got.bars[0].volume, table["volume"])
    assert "in lots of 100, not in shares" in notes(got)


def test_a_backward_adjustment_by_a_hundred_is_no_proof_of_the_unit(write: Write) -> None:
    # early rows as printed, the latest a hundred times as high: shares would fit these
    table = daily()
    text = as_chinese(scaled(scaled(table, 200, 100), 100, 0.01), 100)
    got = read(write(text, "000002.SZ.csv"), basis="multiplicative")
    np.testing.assert_array_equal(got.bars[0].volume, table["volume"])
    assert "taken in lots of 100, as this layout has it" in notes(got)


def test_prices_said_to_be_raw_and_found_adjusted_are_refused(write: Write) -> None:
    # one stretch in ten, so that nine tenths of the rows look raw
    path = write(as_chinese(scaled(daily(500), 50, 0.95), 100), "300308.SZ.csv")
    with pytest.raises(InputError, match="not raw: amount / volume lies outside low to high on"):
        read(path, basis="raw")
    assert read(path, basis="additive").bars[0].basis == "additive"
    with pytest.raises(InputError, match="nothing tells whether the prices are adjusted"):
        read(path)


def test_raw_prices_with_a_few_odd_rows_are_taken_with_a_note(write: Write) -> None:
    table = daily(100)
    table.loc[:6, "amount"] *= 1.1
    got = read(write(table.to_csv(index=False), "00700.csv"), basis="raw")
    assert got.bars[0].basis == "raw"
    assert "may not be raw: amount / volume lies outside low to high on 7 of 100 rows" in notes(got)


def test_without_amounts_the_basis_must_be_declared(write: Write) -> None:
    table = daily().drop(columns="amount")
    path = write(table.to_csv(index=False), "300308.SZ.csv")
    with pytest.raises(InputError, match="no amounts and volumes to tell by; declare the basis"):
        read(path)
    got = read(path, basis="raw")
    assert (got.bars[0].basis, got.notes) == ("raw", [])


def test_few_rows_prove_nothing(write: Write) -> None:
    path = write(as_chinese(daily(10), 100), "300308.SZ.csv")
    with pytest.raises(InputError, match="nothing tells whether the prices are adjusted"):
        read(path)


def test_an_index_keeps_its_points_only(write: Write) -> None:
    got = read(write(daily().to_csv(index=False), "000300.SH.csv"))
    (bars,) = got.bars
    assert bars.basis == "raw"
    assert np.isnan(bars.volume).all()
    assert np.isnan(bars.amount).all()
    assert "no sure unit" in notes(got)


CODED = "日期,股票代码,开盘,收盘,最高,最低\n2024-06-13,{},1,1,1,1\n2024-06-14,{},1,1,1,1\n"


def test_a_code_in_the_file_names_it_where_its_name_does_not(write: Write) -> None:
    path = write(CODED.format("300308", "300308"), "my zhongji.csv")
    assert read(path, basis="raw").bars[0].symbol == "300308.SZ"


@pytest.mark.parametrize(
    ("name", "codes", "message"),
    [
        ("300502.SZ.csv", ("300308", "300308"), r"is named 300502\.SZ and holds 300308"),
        ("all.csv", ("300308", "300502"), "holds 2 codes, 300308 and 300502 among them"),
        ("all.csv", ("000001", "000001"), "'000001' is ambiguous.*name the file by its symbol"),
    ],
)
def test_a_file_that_does_not_tell_whose_it_is_is_refused(
    write: Write, name: str, codes: tuple[str, str], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        read(write(CODED.format(*codes), name), basis="raw")


def test_a_code_without_its_zeros_still_fits_the_name(write: Write) -> None:
    assert (
        read(write(CODED.format(1, 1), "000001.SZ.csv"), basis="raw").bars[0].symbol == "000001.SZ"
    )


# the market data


@pytest.fixture(scope="module")
def market(market_folder: Path) -> Imported:
    return read(market_folder)


@pytest.mark.market
def test_every_row_of_the_market_data_is_read(market: Imported, market_folder: Path) -> None:
    parts = [(".SZ", ".SH"), (".HK",)]
    for name, suffixes in zip(("cn", "hk"), parts, strict=True):
        table = pq.read_table(market_folder / f"{name}_daily.parquet", columns=["symbol"])
        own = [b for b in market.bars if b.symbol.endswith(suffixes) and b.basis != "raw"]
        assert len(own) == len(set(table["symbol"].to_pylist()))
        assert sum(map(len, own)) == table.num_rows
    indices = [each for each in market.bars if each.basis == "raw"]
    table = pq.read_table(market_folder / "index_daily.parquet")
    assert sum(map(len, indices)) == table.num_rows
    assert len(indices) == 9
    names = [len(pd.read_csv(path)) for path in sorted(market_folder.glob("*_names.csv"))]
    assert len(market.names) == sum(names)
    assert market.names["300308.SZ"] == "中际旭创"
    assert market.skipped == [
        Skipped(market_folder / "README.md", "", "neither CSV nor Parquet"),
    ]
    assert "the basis of 2570 series is not stated" in notes(market)


@pytest.mark.market
@pytest.mark.parametrize("name", ["cn", "hk", "index"])
def test_market_series_are_those_that_pandas_reads(
    market: Imported, market_folder: Path, name: str
) -> None:
    table = pd.read_parquet(market_folder / f"{name}_daily.parquet")
    by_symbol = {each.symbol: each for each in market.bars}
    symbols = np.unique(table["symbol"].to_numpy(dtype=str))
    draw = np.random.default_rng(20240617)
    for symbol in draw.choice(symbols, min(25, len(symbols)), replace=False):
        expected, bars = table[table["symbol"] == symbol], by_symbol[symbol]
        assert days(bars) == expected["date"].dt.strftime("%Y-%m-%d").tolist()
        for column in FIGURES:
            if column in expected:
                np.testing.assert_array_equal(getattr(bars, column), expected[column])
            else:
                assert np.isnan(getattr(bars, column)).all()
