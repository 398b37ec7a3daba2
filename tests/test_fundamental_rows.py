"""Tables of fundamentals as a user may bring them, hostile ones among them."""

import datetime as dt
import os
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT

from screener.companies.facts import list_items
from screener.companies.fundamental_rows import read_fundamentals, write_fundamentals
from universes import FaultyFileError, InputError

TODAY = dt.date(2024, 7, 1)
HEAD = "symbol,item,period,known,value\n"
ROW = "300308.SZ,roe,2023-12-31,2024-04-18,0.165\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "figures.csv"


def faults_of(path: Path, content: str | bytes) -> list[str]:
    """What is said of a file, without its name."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(FaultyFileError) as refused:
        read_fundamentals(path, TODAY)
    return [str(fault).removeprefix(str(path)) for fault in refused.value.faults]


def fault_of_row(path: Path, **cells: str) -> str:
    """The one fault of a row that is sound but for some cells."""
    row = dict(zip(HEAD.strip().split(","), ROW.strip().split(","), strict=True)) | cells
    (fault,) = faults_of(path, HEAD + ",".join(row.values()) + "\n")
    return fault


def test_a_table_is_read_whatever_else_it_holds(path: Path) -> None:
    path.write_text(
        "\ufeffvalue,known,note, period ,item,symbol\n"
        " 0.165 ,2024-04-18,x,2023-12-31,roe, sz300308 \n"
        "\n"
        '-1.5e2,2024-06-14,"two\nlines",2024-06-14,pe_ttm,00700\n'
        "1250000000,2024-03-02,,2024-05-06,buyback_programme,600519\n",
        encoding="utf-8",
    )
    facts = read_fundamentals(path, TODAY)
    assert facts.symbol.tolist() == ["300308.SZ", "0700.HK", "600519.SH"]
    assert facts.item.tolist() == ["roe", "pe_ttm", "buyback_programme"]
    assert facts.period.astype(str).tolist() == ["2023-12-31", "2024-06-14", "2024-05-06"]
    assert facts.known.astype(str).tolist() == ["2024-04-18", "2024-06-14", "2024-03-02"]
    assert facts.value.tolist() == [0.165, -150.0, 1.25e9]
    assert set(facts.source.tolist()) == {"file"}


def test_the_source_is_told_by_the_file_or_by_the_user(path: Path) -> None:
    path.write_text(HEAD + ROW, encoding="utf-8")
    assert read_fundamentals(path, TODAY, "my  vendor").source.tolist() == ["my vendor"]
    path.write_text(
        HEAD.replace("value", "value,source")
        + ROW.replace("\n", ",甲\n")
        + ROW.replace("\n", ",乙\n"),
        encoding="utf-8",
    )
    assert read_fundamentals(path, TODAY).source.tolist() == ["甲", "乙"]
    with pytest.raises(InputError, match="has a column source; leave out --source"):
        read_fundamentals(path, TODAY, "mine")


@pytest.mark.parametrize("source", ["", "=1+1", "x" * 121, "a\x07b"])
def test_a_source_that_is_no_plain_text_is_refused(path: Path, source: str) -> None:
    path.write_text(HEAD + ROW, encoding="utf-8")
    with pytest.raises(InputError, match="the source"):
        read_fundamentals(path, TODAY, source)


def test_versions_and_sources_of_one_figure_stand_side_by_side(path: Path) -> None:
    later = ROW.replace("2024-04-18", "2024-05-10").replace("0.165", "0.16")
    path.write_text(HEAD + ROW + later, encoding="utf-8")
    assert read_fundamentals(path, TODAY).value.tolist() == [0.165, 0.16]


def test_what_is_written_is_read_as_the_same(path: Path) -> None:
    path.write_text(
        HEAD.replace("value", "value,source")
        + '0700.HK,pb,2024-06-14,2024-06-14,0.1234567890123456789,"a, b"\n'
        + "0700.HK,market_value,2024-06-14,2024-06-14,3.5e12,b\n",
        encoding="utf-8",
    )
    facts = read_fundamentals(path, TODAY)
    path.write_bytes(write_fundamentals(facts))
    again = read_fundamentals(path, TODAY)
    assert again.sha256 == facts.sha256
    assert again.value[0] == float("0.1234567890123456789")
    assert np.array_equal(again.symbol, facts.symbol)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"symbol": "nonsense"}, "symbol: no exchange has a code 'nonsense'"),
        ({"symbol": ""}, "symbol: '' is not a symbol"),
        ({"symbol": "000300.SH"}, "symbol: 000300.SH is no share"),
        ({"symbol": "000001"}, "symbol: '000001' is ambiguous"),
        ({"item": "pe"}, "item: there is no figure 'pe'; write one of: pe_ttm, pb"),
        ({"item": "PE_TTM"}, "item: there is no figure 'PE_TTM'"),
        ({"period": "2023-13-31"}, "period: '2023-13-31' is no date"),
        ({"period": "2023/12/31"}, "period: '2023/12/31' is no date; write it as 2024-06-16"),
        ({"period": "20231231"}, "period: '20231231' is no date"),
        ({"known": ""}, "known: '' is no date"),
        ({"known": "2024-07-02"}, "known: 2024-07-02 is still to come"),
        ({"known": "2023-12-30"}, "known: roe of a period to 2023-12-31 cannot be known on"),
        ({"item": "pb", "period": "2024-04-19"}, "known: pb of a period to 2024-04-19 cannot"),
        ({"value": ""}, "value: '' is no number"),
        ({"value": "nan"}, "value: 'nan' is no number"),
        ({"value": "inf"}, "value: 'inf' is no number"),
        ({"value": "-Infinity"}, "value: '-Infinity' is no number"),
        ({"value": "1e999"}, "value: '1e999' is too large"),
        ({"value": "16.5%"}, "value: '16.5%' is a percentage; write a fraction: 0.05 for 5%"),
        ({"value": "16.5％"}, "value: '16.5％' is a percentage"),
        ({"value": '"1,250"'}, "value: '1,250' is no number"),
        ({"value": "０.５"}, "value: '０.５' is no number"),
        ({"value": "0x10"}, "value: '0x10' is no number"),
        ({"value": "=1+1"}, "value: '=1+1' is no number"),
        ({"value": "--"}, "value: '--' is no number"),
        ({"item": "market_value", "value": "-1"}, "value: market_value cannot be below zero"),
        ({"item": "float_shares", "value": "-1"}, "value: float_shares cannot be below zero"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named_with_its_line(
    path: Path, cells: dict[str, str], said: str
) -> None:
    assert fault_of_row(path, **cells).startswith(f":2: {said}")


def test_a_day_that_is_today_and_a_loss_are_no_faults(path: Path) -> None:
    path.write_text(HEAD + ROW.replace("2024-04-18,0.165", "2024-07-01,-0.4"), encoding="utf-8")
    assert read_fundamentals(path, TODAY).value.tolist() == [-0.4]


def test_all_faults_of_a_file_are_listed_up_to_eight(path: Path) -> None:
    told = faults_of(path, HEAD + ROW + "x,y,z,2024-01-01,0.1\n" + "300308.SZ,roe\n" * 9)
    assert [text.split(":")[1] for text in told[:4]] == ["3", "3", "3", "4"]
    assert told[3] == ":4: 2 cells, not 5; give each row a cell for every column"
    assert len(told) == 9
    assert told[8] == ": 4 more faults; mend these first"


def test_a_row_that_stands_twice_is_refused_whatever_its_value(path: Path) -> None:
    for second in (ROW, ROW.replace("0.165", "0.2"), ROW.replace("300308.SZ", "300308")):
        (told,) = faults_of(path, HEAD + ROW + second)
        assert told == (
            ":3: roe of 300308.SZ for 2023-12-31 stands twice, also on line 2;"
            " keep one, or give each its own day known"
        )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", ": the file is empty"),
        (b" \n\n", ": the file is empty"),
        (HEAD, ": the file has no rows; give each figure a row"),
        (HEAD.replace("known", "day") + ROW, ":1: there is no column 'known'; name the columns"),
        (HEAD.replace("\n", ",value\n") + ROW, ":1: the column 'value' stands twice; keep one"),
        ((HEAD + ROW).encode("utf-16"), ": not UTF-8"),
        ((HEAD + ROW.replace("roe", "净资产")).encode("gb18030"), ": not UTF-8"),
        (HEAD + ROW + "\0", ": this is no plain text"),
        (HEAD + '"300308.SZ,roe\n', ":2: no CSV"),
        (HEAD + "9" * 200_000 + "\n", ":2: no CSV: field larger than field limit"),
        (b"\x89PNG\r\n\x1a\n", ": not UTF-8"),
    ],
)
def test_what_is_no_table_is_refused(path: Path, content: str | bytes, said: str) -> None:
    assert faults_of(path, content)[0].startswith(said)


def test_every_column_that_is_missing_is_told(path: Path) -> None:
    told = faults_of(path, "symbol,value\n300308.SZ,1\n")
    assert [text.split("'")[1] for text in told] == ["item", "period", "known"]
    assert told[0].endswith(
        "name the columns symbol, item, period, known and value in the first line"
    )


def test_what_is_no_file_or_too_large_is_refused(path: Path, tmp_path: Path) -> None:
    with pytest.raises(FaultyFileError, match="cannot be read"):
        read_fundamentals(path, TODAY)
    with pytest.raises(FaultyFileError, match="this is a directory"):
        read_fundamentals(tmp_path, TODAY)
    with pytest.raises(FaultyFileError, match="this is no path"):
        read_fundamentals(Path("a\0b"), TODAY)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(FaultyFileError, match="no regular file"):
        read_fundamentals(pipe, TODAY)
    with path.open("wb") as file:
        file.truncate(64 * 2**20 + 1)
    with pytest.raises(FaultyFileError, match="too large"):
        read_fundamentals(path, TODAY)


def test_more_rows_than_there_are_figures_are_not_read(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("screener.companies.fundamental_rows._MOST_ROWS", 2)
    rows = [ROW.replace("2024-04-18", f"2024-04-{day}") for day in (18, 19, 20, 21)]
    (told,) = faults_of(path, HEAD + "".join(rows))
    assert told == ":4: more than 2 rows; bring one market at a time"
    path.write_text(HEAD + "".join(rows[:2]), encoding="utf-8")
    assert len(read_fundamentals(path, TODAY)) == 2


def test_the_example_of_the_documents_is_read_and_their_table_is_that_of_the_figures(
    path: Path,
) -> None:
    document = (ROOT / "docs" / "files.md").read_text(encoding="utf-8")
    section = document.partition("\n## Fundamentals\n")[2].partition("\n## ")[0]
    path.write_text(section.partition("```csv\n")[2].partition("```")[0], encoding="utf-8")
    assert read_fundamentals(path, TODAY).item.tolist() == ["roe", "roe", "pe_ttm"]
    told = {}
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) == 4 and "days" in cells[3]:
            days = int(cells[3].split()[0])
            told |= {name.strip("` "): days for name in cells[0].split(",")}
    assert told == {name: item.lasts_days for name, item in list_items().items()}
