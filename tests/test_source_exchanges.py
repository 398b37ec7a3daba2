"""The mainland exchanges' lists of shares, read by akshare from stand-ins for their sites."""

import io
import json
from collections.abc import Callable, Iterator

import openpyxl
import pytest
from vendor_server import FAULTS, IMPATIENT, Asked, Reply, VendorServer, as_json

from screener.sources.errors import EmptyError, SchemaChangedError, SourceError, TransportError
from screener.sources.vendors import exchanges, guard
from universes import Symbol

SHANGHAI, SHENZHEN, BEIJING = "query.sse.com.cn", "www.szse.cn", "www.bse.cn"
# the board's number in Shanghai's query
MAIN, STAR = "1", "8"
LISTED = {
    MAIN: [("600519", "贵州茅台"), ("601318", "中国平安")],
    STAR: [("688981", "中芯国际")],
}
# the list is read as one only if it is longer than ten
IN_SHENZHEN = [(f"{1 + n}", f"甲{n}") for n in range(10)] + [("300308", "中际旭创")]


@pytest.fixture
def vendor(
    monkeypatch: pytest.MonkeyPatch,
    socket_enabled: None,  # noqa: ARG001 - lets the server be reached
) -> Iterator[VendorServer]:
    with VendorServer() as server:
        server.divert(monkeypatch)
        server.on(SHANGHAI, in_shanghai)
        server.on(SHENZHEN, in_shenzhen(IN_SHENZHEN))
        server.on(BEIJING, in_beijing([("920002", "万达轴承")]))
        yield server


def in_shanghai(asked: Asked) -> Reply:
    names = ("SEC_NAME_FULL", "COMPANY_ABBR", "FULL_NAME")
    rows = [
        dict.fromkeys(names, name)
        | {"A_STOCK_CODE": code, "SEC_NAME_CN": name, "LIST_DATE": "20010827"}
        for code, name in LISTED[asked.query["STOCK_TYPE"]]
    ]
    return as_json({"result": rows})


def in_shenzhen(listed: list[tuple[str, str]]) -> Reply:
    book = openpyxl.Workbook()
    sheet = book.active
    heads = ["板块", "A股代码", "A股简称", "A股上市日期", "A股总股本", "A股流通股本", "所属行业"]
    sheet.append(heads)
    for code, name in listed:
        # the sheet has codes as numbers, without the zeros in front
        sheet.append(["主板", int(code), name, "1991-04-03", "1", "1", "J 金融业"])
    kept = io.BytesIO()
    book.save(kept)
    return Reply(kept.getvalue(), kind="application/octet-stream")


def in_beijing(listed: list[tuple[str, str]], columns: int = 48) -> Reply:
    rows = []
    for code, name in listed:
        row = {f"x{n:02}": "1" for n in range(columns)}
        rows.append(row | {"x00": "20240530", "x22": "20240620", "x38": code, "x40": name})
    return Reply(f"null({json.dumps([{'totalPages': 1, 'content': rows}])})".encode())


def test_each_exchange(vendor: VendorServer) -> None:
    expected = {"600519.SH": "贵州茅台", "601318.SH": "中国平安", "688981.SH": "中芯国际"}
    assert exchanges.fetch_listing("SH") == expected
    in_sz = exchanges.fetch_listing("SZ")
    assert (len(in_sz), in_sz["000001.SZ"], in_sz["300308.SZ"]) == (11, "甲0", "中际旭创")
    assert exchanges.fetch_listing("BJ") == {"920002.BJ": "万达轴承"}
    with pytest.raises(EmptyError):
        exchanges.fetch_listing("HK")
    assert len(vendor.asked) == 3 * 5


def test_a_list_is_not_kept_for_the_next_time(vendor: VendorServer) -> None:
    exchanges.fetch_listing("BJ")["920002.BJ"] = "changed by the caller"
    assert exchanges.fetch_listing("BJ") == {"920002.BJ": "万达轴承"}
    vendor.on(BEIJING, in_beijing([("920002", "新名"), ("920799", "艾融软件")]))
    assert exchanges.fetch_listing("BJ") == {"920002.BJ": "新名", "920799.BJ": "艾融软件"}


def test_code_of_no_known_exchange(vendor: VendorServer) -> None:
    vendor.on(SHENZHEN, in_shenzhen([*IN_SHENZHEN, ("399001", "深证成指")]))
    with pytest.raises(SchemaChangedError, match="399001"):
        exchanges.fetch_listing("SZ")


def test_one_more_column(vendor: VendorServer) -> None:
    vendor.on(BEIJING, in_beijing([("920002", "万达轴承")], columns=49))
    with pytest.raises(SchemaChangedError, match="Length mismatch"):
        exchanges.fetch_listing("BJ")


@pytest.mark.parametrize(
    ("site", "change", "error"),
    [
        pytest.param(site, *fault.values, id=f"{site} {fault.id}")
        for site in (SHANGHAI, SHENZHEN, BEIJING)
        for fault in FAULTS
        # akshare gives Shenzhen 15 seconds, which are too many for a test
        if (site, fault.id) != (SHENZHEN, "time-out")
    ],
)
def test_fault(
    vendor: VendorServer,
    monkeypatch: pytest.MonkeyPatch,
    site: str,
    change: Callable[[Reply], Reply],
    error: type[SourceError],
) -> None:
    monkeypatch.setattr(guard, "TIMEOUT", IMPATIENT)
    good = {SHANGHAI: as_json({"result": [{"A_STOCK_CODE": "600519"}]})}
    vendor.on(site, change(good.get(site, in_beijing([("920002", "万达轴承")]))))
    with pytest.raises(error, match=r"^exchanges: ") as caught:
        exchanges.fetch_listing("SH")
    assert type(caught.value) is error


def test_workbook_cut_short_without_a_trace_on_the_wire(vendor: VendorServer) -> None:
    whole = in_shenzhen(IN_SHENZHEN)
    vendor.on(SHENZHEN, Reply(whole.body[:-40], kind=whole.kind))
    with pytest.raises(TransportError, match="cut short"):
        exchanges.fetch_listing("SZ")


def test_nothing_but_lists_is_served() -> None:
    assert not exchanges.serves(Symbol.parse("600519.SH"))
