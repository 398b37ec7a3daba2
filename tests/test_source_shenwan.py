"""Shenwan's classification, read by akshare from a stand-in for its site."""

import datetime as dt
import io
import sys
import warnings
from collections.abc import Callable, Iterator

import openpyxl
import pytest
import requests
from fake_sources import FakeClock
from vendor_server import FAULTS, IMPATIENT, Reply, VendorServer
from xls_book import Cell, xls_book

from screener.companies.sectors import load_sectors
from screener.home import sectors_folder
from screener.sources.errors import (
    BlockedError,
    EmptyError,
    SchemaChangedError,
    SourceError,
    TransportError,
)
from screener.sources.vendors import guard, shenwan
from screener.tasks.sectors import update_sectors
from universes import InputError

SITE = "StockClassifyUse_stock.xls"
TODAY = dt.date(2024, 6, 17)
HEAD: list[Cell] = ["股票代码", "计入日期", "行业代码", "更新日期"]
WRITTEN = dt.date(2021, 8, 2)
# Ping An Bank: financial services, then banks; in 2021 another kind of bank
BANK: list[list[Cell]] = [
    ["000001", dt.date(1991, 4, 3), "440101", dt.date(2015, 10, 27)],
    ["000001", dt.date(2014, 2, 21), "480101", dt.date(2015, 10, 27)],
    ["000001", dt.date(2021, 7, 30), "480301", WRITTEN],
]
GAMES: list[list[Cell]] = [
    ["002517", dt.date(2021, 7, 30), "720401", WRITTEN],
    ["002517", dt.date(2014, 2, 21), "350202", dt.date(2015, 10, 27)],
    ["002517", dt.date(2018, 7, 2), "720302", dt.date(2018, 7, 2)],
]
# twenty shares, so that one that cannot be read is not too many
OTHERS: list[list[Cell]] = [
    [f"6005{n:02}", dt.date(2021, 7, 30), "340501", WRITTEN] for n in range(20)
]


def workbook(rows: list[list[Cell]], head: list[Cell] = HEAD) -> Reply:
    return Reply(xls_book([head, *rows]), kind="application/vnd.ms-excel")


GOOD = workbook([*BANK, *GAMES, *OTHERS])


@pytest.fixture
def vendor(
    monkeypatch: pytest.MonkeyPatch,
    socket_enabled: None,  # noqa: ARG001 - lets the server be reached
) -> Iterator[VendorServer]:
    with VendorServer() as server:
        server.divert(monkeypatch)
        server.on(SITE, GOOD)
        yield server


def changes_of(symbol: str) -> list[tuple[str, str]]:
    rows = shenwan.fetch_sectors(TODAY).sectors.rows()
    return [(str(row.since), row.sector) for row in rows if row.symbol == symbol]


def sector_on(symbol: str, day: str) -> str | None:
    found = shenwan.fetch_sectors(TODAY).sectors.at([symbol], dt.date.fromisoformat(day))
    assert not found.told_after
    return found.sector[0]


@pytest.mark.usefixtures("vendor")
def test_each_change_of_a_sector_has_its_day() -> None:
    assert changes_of("000001.SZ") == [("1991-04-03", "金融服务"), ("2014-02-21", "银行")]
    assert changes_of("002517.SZ") == [("2014-02-21", "纺织服饰"), ("2018-07-02", "传媒")]


@pytest.mark.usefixtures("vendor")
def test_the_sector_on_a_day_is_the_one_in_force_then() -> None:
    assert sector_on("002517.SZ", "2018-07-01") == "纺织服饰"
    assert sector_on("002517.SZ", "2018-07-02") == "传媒"
    assert sector_on("002517.SZ", "2014-02-20") is None


@pytest.mark.usefixtures("vendor")
def test_the_table_names_its_scheme_its_source_and_its_day() -> None:
    found = shenwan.fetch_sectors(TODAY)
    told = (found.sectors.scheme, found.sectors.dated, len(set(found.sectors.symbols)))
    assert told == ("sw2021", TODAY, 22)
    assert SITE in found.sectors.source
    assert (found.unknown, found.left_out) == ((), ())
    # its name stands in the file of names as not confirmed
    assert found.unconfirmed == ("金融服务",)


def test_codes_that_lost_their_zeros_are_read(vendor: VendorServer) -> None:
    vendor.on(SITE, workbook([[1.0, dt.date(2021, 7, 30), 480301.0, WRITTEN], *OTHERS]))
    assert changes_of("000001.SZ") == [("2021-07-30", "银行")]


def test_the_newer_kind_of_workbook_is_read_too(vendor: VendorServer) -> None:
    book = openpyxl.Workbook()
    for row in [HEAD, *BANK]:
        book.active.append(row)
    kept = io.BytesIO()
    book.save(kept)
    vendor.on(SITE, Reply(kept.getvalue()))
    assert changes_of("000001.SZ") == [("1991-04-03", "金融服务"), ("2014-02-21", "银行")]


def test_blank_rows_at_the_end_are_no_shares(vendor: VendorServer) -> None:
    vendor.on(SITE, workbook([*OTHERS, [None, None, None, WRITTEN]]))
    found = shenwan.fetch_sectors(TODAY)
    assert (len(found.sectors.symbols), found.left_out) == (20, ())


def test_a_code_without_a_name_stands_for_its_sector_and_is_told(vendor: VendorServer) -> None:
    vendor.on(SITE, workbook([["000001", dt.date(2021, 7, 30), "990101", WRITTEN], *OTHERS]))
    found = shenwan.fetch_sectors(TODAY)
    assert found.unknown == ("990000",)
    assert found.sectors.at(["000001.SZ"], TODAY).sector == ("990000",)


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(["000002", None, "430101", WRITTEN], id="no day"),
        pytest.param(["000002", "soon", "430101", WRITTEN], id="a day that is none"),
        pytest.param(["000002", dt.date(2021, 7, 30), None, WRITTEN], id="no industry"),
        pytest.param(["000002", dt.date(2021, 7, 30), "43-101", WRITTEN], id="no code"),
        pytest.param(["399001", dt.date(2021, 7, 30), "430101", WRITTEN], id="an index"),
        pytest.param(["999999", dt.date(2021, 7, 30), "430101", WRITTEN], id="no exchange's"),
    ],
)
def test_a_share_that_cannot_be_read_is_left_out_and_told(
    vendor: VendorServer, row: list[Cell]
) -> None:
    # a good row of the same share does not help: the one that cannot be read may come after it
    also: list[Cell] = [row[0], dt.date(2014, 2, 21), "430101", WRITTEN]
    vendor.on(SITE, workbook([row, also, *OTHERS]))
    found = shenwan.fetch_sectors(TODAY)
    assert found.left_out == (row[0],)
    assert len(found.sectors.symbols) == 20


def test_of_two_rows_of_one_day_the_one_written_later_counts(vendor: VendorServer) -> None:
    later: list[Cell] = ["000001", dt.date(2021, 7, 30), "490301", dt.date(2022, 1, 4)]
    vendor.on(SITE, workbook([later, *BANK, *OTHERS]))
    assert changes_of("000001.SZ")[-1] == ("2021-07-30", "非银金融")


def test_of_two_that_contradict_each_other_neither_is_picked(vendor: VendorServer) -> None:
    other: list[Cell] = ["000001", dt.date(2021, 7, 30), "490301", WRITTEN]
    vendor.on(SITE, workbook([*BANK, other, *OTHERS]))
    found = shenwan.fetch_sectors(TODAY)
    assert found.left_out == ("000001",)
    assert found.sectors.at(["000001.SZ"], TODAY).sector == (None,)


def test_a_changed_layout_is_told(vendor: VendorServer) -> None:
    vendor.on(SITE, workbook(BANK, ["股票代码", "计入日期", "行业", "更新日期"]))
    with pytest.raises(SchemaChangedError, match="industry_code"):
        shenwan.fetch_sectors(TODAY)


def test_many_shares_that_cannot_be_read_are_a_changed_layout(vendor: VendorServer) -> None:
    rows: list[list[Cell]] = [[f"0000{n:02}", None, "430101", WRITTEN] for n in range(1, 4)]
    vendor.on(SITE, workbook([*rows, *OTHERS]))
    with pytest.raises(SchemaChangedError, match="3 of 23 shares cannot be read: 000001, 000002"):
        shenwan.fetch_sectors(TODAY)


def test_a_table_without_rows_is_empty(vendor: VendorServer) -> None:
    vendor.on(SITE, workbook([]))
    with pytest.raises(EmptyError):
        shenwan.fetch_sectors(TODAY)


@pytest.mark.parametrize(("change", "error"), FAULTS)
def test_fault(
    vendor: VendorServer,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Reply], Reply],
    error: type[SourceError],
) -> None:
    monkeypatch.setattr(guard, "TIMEOUT", IMPATIENT)
    vendor.on(SITE, change(GOOD))
    with pytest.raises(error, match=r"^shenwan: ") as caught:
        shenwan.fetch_sectors(TODAY)
    assert type(caught.value) is error


@pytest.mark.parametrize("kept", [300, 1000, 3000])
def test_a_workbook_cut_short_without_a_trace_on_the_wire(vendor: VendorServer, kept: int) -> None:
    vendor.on(SITE, Reply(GOOD.body[:kept], kind=GOOD.kind))
    with pytest.raises(TransportError, match="damaged or cut short"):
        shenwan.fetch_sectors(TODAY)


def test_remarks_on_a_workbook_do_not_mix_with_results(
    vendor: VendorServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # the library prints to what is the standard output when it is first imported
    for name in [name for name in sys.modules if name.split(".")[0] == "xlrd"]:
        monkeypatch.delitem(sys.modules, name)
    vendor.on(SITE, Reply(GOOD.body + b"\0", kind=GOOD.kind))
    assert len(shenwan.fetch_sectors(TODAY).sectors.symbols) == 24
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("vendor")
def test_nothing_is_printed_and_no_warning_escapes(capfd: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        shenwan.fetch_sectors(TODAY)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("reason", "error", "message"),
    [
        ("certificate verify failed: no local issuer", BlockedError, "REQUESTS_CA_BUNDLE"),
        ("unexpected end of file", TransportError, "SSLError"),
    ],
)
def test_a_certificate_that_cannot_be_checked_is_told_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, reason: str, error: type[SourceError], message: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise requests.exceptions.SSLError(f"{'long address ' * 12} (Caused by SSLError({reason}))")

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", refuse)
    with pytest.raises(error, match=message):
        shenwan.fetch_sectors(TODAY)


@pytest.mark.usefixtures("vendor")
def test_a_reader_that_is_not_installed_is_told_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "xlrd", None)
    with pytest.raises(InputError, match=r"\.xls file cannot be read.*pip install xlrd"):
        shenwan.fetch_sectors(TODAY)


def test_an_update_keeps_what_was_fetched(
    vendor: VendorServer, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("SCREENER_HOME", str(tmp_path))
    found, path = update_sectors(FakeClock(), 0, TODAY)
    assert path == sectors_folder() / "sw2021.csv"
    assert load_sectors().tables[0].sha256 == found.sectors.sha256
    assert len(vendor.asked) == 1


def test_a_dropped_call_is_made_again_after_a_wait(
    vendor: VendorServer, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("SCREENER_HOME", str(tmp_path))
    replies = iter([Reply(hang_up=True), Reply(status=502), GOOD])
    vendor.on(SITE, lambda _: next(replies))
    clock = FakeClock()
    begun = clock.seconds()
    assert update_sectors(clock, 0, TODAY)[0].left_out == ()
    # two to four seconds before the second try, twice that before the third
    assert 6.0 <= clock.seconds() - begun <= 12.0 + 2 * 2.5


def test_a_failed_update_leaves_what_is_kept(
    vendor: VendorServer, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("SCREENER_HOME", str(tmp_path))
    path = update_sectors(FakeClock(), 0, TODAY)[1]
    before = path.read_bytes()
    vendor.on(SITE, Reply(status=403))
    with pytest.raises(BlockedError):
        update_sectors(FakeClock(), 0, TODAY)
    assert path.read_bytes() == before
