"""Brokers' ratings on akshare's own code, against a server that stands in for the sites."""

import datetime as dt
import time
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from vendor_server import FAULTS, IMPATIENT, Asked, Reply, VendorServer, as_json

from screener.ratings.fetched import FetchedRating
from screener.sources.errors import (
    BlockedError,
    EmptyError,
    RateLimitedError,
    SchemaChangedError,
    SourceError,
    TransportError,
)
from screener.sources.vendors import cninfo, eastmoney, guard, sina
from screener.sources.vendors.codes import place_code
from universes import Symbol

SHARE = Symbol.parse("300308.SZ")
PING_AN = Symbol.parse("000001.SZ")
DAY = dt.date(2024, 6, 17)
SINA = "vIR_StockSearch/key/"
EASTMONEY = "reportapi.eastmoney.com/report/list"
CNINFO = "/api/sysapi/p_sysapi1089"
HEADINGS = (
    "股票代码", "股票名称", "目标价", "最新评级", "评级机构", "分析师", "行业", "评级日期↓", "摘要",
)  # fmt: skip


@pytest.fixture
def vendor(
    monkeypatch: pytest.MonkeyPatch,
    socket_enabled: None,  # noqa: ARG001 - lets the server be reached
) -> Iterator[VendorServer]:
    with VendorServer() as server:
        server.divert(monkeypatch)
        yield server


# Sina


def sina_row(
    day: str = "2024-06-17",
    rating: str = "买入",
    house: str = "东吴证券",
    analyst: str = "张良卫",
    target: str = "185.77",
    code: str = "300308",
) -> list[str]:
    return [code, "中际旭创", target, rating, house, analyst, "通信设备", day, "摘要"]


def line(cells: Any, tag: str = "td") -> str:  # noqa: ANN401
    return f"<tr>{''.join(f'<{tag}>{cell}</{tag}>' for cell in cells)}</tr>"


def sina_page(
    *rows: list[str],
    headings: tuple[str, ...] = HEADINGS,
    encoding: str = "utf-8",
    more: str = "",
) -> Reply:
    table = f"<table>{line(headings)}{''.join(line(row) for row in rows)}</table>"
    menu = '<a href="/stock/go.php/vIR_RatingNewest/index.phtml">最新投资评级</a>'
    text = f"<html><body>{menu}{table}{more}</body></html>"
    return Reply(text.encode(encoding), kind=f"text/html; charset={encoding}")


@pytest.mark.parametrize("encoding", ["utf-8", "gb2312"])
def test_sina_tells_ratings_in_the_houses_own_words(vendor: VendorServer, encoding: str) -> None:
    rows = [
        sina_row(),
        sina_row("2024-06-03", "审慎推荐", "某某 证券", "甲，乙/John Smith", ""),
        sina_row("2009-01-05", "Buy", "UBS", "", "1,020.5"),
    ]
    vendor.on(SINA, sina_page(*rows, encoding=encoding))
    told = sina.fetch_ratings(SHARE)
    assert told.rows == (
        FetchedRating(DAY, "300308.SZ", "买入", "东吴证券", "张良卫", 185.77, "", "sina"),
        FetchedRating(
            dt.date(2024, 6, 3), "300308.SZ", "审慎推荐", "某某 证券", "甲、乙、John Smith", None,
            "", "sina",
        ),
        FetchedRating(dt.date(2009, 1, 5), "300308.SZ", "Buy", "UBS", "", 1020.5, "", "sina"),
    )  # fmt: skip
    assert told.remarks == ()
    asked = vendor.asked[0]
    assert asked.path.endswith("/vIR_StockSearch/key/300308.phtml")
    assert (asked.query["num"], asked.query["p"]) == ("5000", "1")


def test_a_code_with_leading_zeros_is_known_again(vendor: VendorServer) -> None:
    vendor.on(SINA, sina_page(sina_row(code="000001"), [""] * len(HEADINGS)))
    (row,) = sina.fetch_ratings(PING_AN).rows
    assert row.symbol == "000001.SZ"


def test_a_target_that_is_no_single_price_is_left_out_and_told(vendor: VendorServer) -> None:
    targets = ["100-120", "--", "0.00", "12元", "-5", "inf", "20"]
    vendor.on(SINA, sina_page(*(sina_row(target=target) for target in targets)))
    told = sina.fetch_ratings(SHARE)
    assert [row.target for row in told.rows] == [None] * 6 + [20.0]
    # a range, a unit, a price below zero, and an endless one
    assert told.remarks == (
        "sina, ratings of 300308.SZ: 4 target prices left out, no single price",
    )


def test_odd_rows_are_left_out_and_told(vendor: VendorServer) -> None:
    rows = [sina_row(), sina_row(rating="--"), sina_row(rating=""), sina_row(day="昨天")]
    vendor.on(SINA, sina_page(*rows, sina_row(house="-"), sina_row("2024-06-18")))
    told = sina.fetch_ratings(SHARE)
    assert [row.date.day for row in told.rows] == [17, 18]
    assert told.remarks == (
        "sina, ratings of 300308.SZ: 2 left out, without a rating",
        "sina, ratings of 300308.SZ: 1 left out, without a day",
        "sina, ratings of 300308.SZ: 1 left out, without a house",
    )


def test_most_rows_odd_are_another_layout(vendor: VendorServer) -> None:
    vendor.on(SINA, sina_page(sina_row(), sina_row(day="昨天"), sina_row(house="-")))
    with pytest.raises(SchemaChangedError, match="1 without a day, 1 without a house"):
        sina.fetch_ratings(SHARE)


def test_reports_without_any_rating_are_an_answer(vendor: VendorServer) -> None:
    vendor.on(SINA, sina_page(sina_row(rating="")))
    told = sina.fetch_ratings(SHARE)
    assert (told.rows, len(told.remarks)) == ((), 1)


@pytest.mark.parametrize(
    "rows", ["", '<tr><td colspan="9">没有相关数据</td></tr>', '<tr><td colspan="9"></td></tr>']
)
def test_a_table_without_ratings_is_empty(vendor: VendorServer, rows: str) -> None:
    text = f"<a href='vIR_RatingNewest'></a><table>{line(HEADINGS)}{rows}</table>"
    vendor.on(SINA, Reply(text.encode(), kind="text/html; charset=utf-8"))
    with pytest.raises(EmptyError, match=r"sina: answered with nothing for ratings of 300308\.SZ"):
        sina.fetch_ratings(SHARE)


def test_another_shares_ratings_are_refused(vendor: VendorServer) -> None:
    vendor.on(SINA, sina_page(sina_row(), sina_row(code="300394")))
    with pytest.raises(SchemaChangedError, match=r"asked for 300308\.SZ, it gave '300394'"):
        sina.fetch_ratings(SHARE)


@pytest.mark.parametrize("encoding", ["utf-8", "gb2312"])
def test_a_part_of_the_list_is_not_taken_for_the_whole(vendor: VendorServer, encoding: str) -> None:
    def offer(text: str) -> str:
        return f"""<a class="page" onclick="set_page_num('2');return false;">{text}</a>"""

    vendor.on(SINA, sina_page(sina_row(), encoding=encoding, more=offer("下一页")))
    with pytest.raises(SchemaChangedError, match="on several pages"):
        sina.fetch_ratings(SHARE)
    vendor.on(SINA, sina_page(sina_row(), encoding=encoding, more=offer("1") + "下一页"))
    assert len(sina.fetch_ratings(SHARE).rows) == 1


@pytest.mark.parametrize(
    ("place", "heading"), [(0, "代码"), (3, "评级"), (4, "机构"), (5, "研究员"), (7, "日期")]
)
def test_changed_headings_are_noticed(vendor: VendorServer, place: int, heading: str) -> None:
    headings = (*HEADINGS[:place], heading, *HEADINGS[place + 1 :])
    vendor.on(SINA, sina_page(sina_row(), headings=headings))
    with pytest.raises(SchemaChangedError, match=HEADINGS[place].removesuffix("↓")):
        sina.fetch_ratings(SHARE)


def test_a_page_of_the_section_without_a_table_is_another_layout(vendor: VendorServer) -> None:
    vendor.on(SINA, Reply(b"<html>vIR_ maintenance</html>", kind="text/html"))
    with pytest.raises(SchemaChangedError, match="laid out anew"):
        sina.fetch_ratings(SHARE)


# Eastmoney

REPORT: dict[str, Any] = {
    "title": "年报点评",
    "stockName": "中际旭创",
    "stockCode": "300308",
    "orgCode": "80000157",
    "orgName": "东吴证券股份有限公司",
    "orgSName": "东吴证券",
    "publishDate": "2024-06-17 00:00:00.000",
    "infoCode": "AP202406171636",
    "predictNextTwoYearEps": "7.1",
    "predictNextTwoYearPe": "",
    "predictNextYearEps": "6.1",
    "predictNextYearPe": "25",
    "predictThisYearEps": "4.5",
    "predictThisYearPe": "30",
    "indvInduName": "通信设备",
    "emRatingName": "买入",
    "sRatingName": "强烈推荐",
    "researcher": "张良卫",
    "count": 9,
}


def report(number: int = 0, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    return REPORT | {"infoCode": f"AP{number}"} | changes


def eastmoney_pages(*pages: list[dict[str, Any]], hits: int | None = None) -> Callable[..., Reply]:
    count = sum(map(len, pages)) if hits is None else hits

    def answer(asked: Asked) -> Reply:
        number = int(asked.query["pageNo"])
        data = pages[number - 1] if pages else []
        said = {"hits": count, "size": 5000, "data": data, "TotalPage": len(pages)}
        return as_json(said | {"pageNo": number, "currentYear": 2024})

    return answer


def test_eastmoney_tells_ratings_in_its_own_words_which_is_said(vendor: VendorServer) -> None:
    vendor.on(EASTMONEY, eastmoney_pages([report(7)]))
    told = eastmoney.fetch_ratings(SHARE)
    link = "https://pdf.dfcfw.com/pdf/H3_AP7_1.pdf"
    assert told.rows == (
        FetchedRating(DAY, "300308.SZ", "买入", "东吴证券", "", None, link, "eastmoney"),
    )
    assert told.remarks == (
        "eastmoney: ratings are in its own words, which need not be those of the houses",
    )
    assert vendor.asked[0].query["code"] == "300308"


def test_every_page_is_read(vendor: VendorServer) -> None:
    pages = [[report(n) for n in range(3)], [report(n) for n in range(3, 6)], [report(6)]]
    vendor.on(EASTMONEY, eastmoney_pages(*pages))
    assert len(eastmoney.fetch_ratings(SHARE).rows) == 7
    # the first page is asked for twice, once for the number of pages
    assert [asked.query["pageNo"] for asked in vendor.asked] == ["1", "1", "2", "3"]


@pytest.mark.parametrize(
    ("second", "error"),
    [
        (Reply(status=403), BlockedError),
        (Reply("<html>访问过于频繁</html>".encode(), kind="text/html"), BlockedError),
        (Reply(hang_up=True), TransportError),
        (as_json({"hits": 2, "data": None, "TotalPage": 2, "currentYear": 2024}), TransportError),
        (as_json({"success": False, "code": 9501, "message": "x"}), SchemaChangedError),
    ],
)
def test_a_page_that_fails_is_a_list_that_fails(
    vendor: VendorServer, second: Reply, error: type[SourceError]
) -> None:
    good = eastmoney_pages([report(1)], [report(2)])
    vendor.on(EASTMONEY, lambda asked: second if asked.query["pageNo"] == "2" else good(asked))
    with pytest.raises(error) as caught:
        eastmoney.fetch_ratings(SHARE)
    assert type(caught.value) is error


def test_fewer_reports_than_stated_are_an_answer_cut_short(vendor: VendorServer) -> None:
    vendor.on(EASTMONEY, eastmoney_pages([report(1), report(2)], hits=3))
    with pytest.raises(TransportError, match="2 of 3 reports"):
        eastmoney.fetch_ratings(SHARE)


@pytest.mark.parametrize(
    "said",
    [
        {"hits": 0, "size": 0, "data": [], "TotalPage": 0, "pageNo": 1, "currentYear": 2024},
        {"hits": 0, "data": None, "TotalPage": 0, "currentYear": 2024},
        {"hits": 0, "data": []},
    ],
)
def test_a_share_without_reports_is_empty(vendor: VendorServer, said: dict[str, Any]) -> None:
    vendor.on(EASTMONEY, as_json(said))
    with pytest.raises(EmptyError, match="eastmoney"):
        eastmoney.fetch_ratings(SHARE)


def test_reports_without_a_rating_or_a_day_are_left_out_and_told(vendor: VendorServer) -> None:
    rows = [report(1), report(2, emRatingName=""), report(3, emRatingName=None)]
    rows += [report(4, publishDate="0000-00-00"), report(5, orgSName=None)]
    vendor.on(EASTMONEY, eastmoney_pages(rows))
    told = eastmoney.fetch_ratings(SHARE)
    assert [row.link[-9:] for row in told.rows] == ["AP1_1.pdf"]
    assert [said.partition("SZ: ")[2] for said in told.remarks[1:]] == [
        "2 left out, without a rating",
        "1 left out, without a day",
        "1 left out, without a house",
    ]


def test_a_report_on_another_share_is_refused(vendor: VendorServer) -> None:
    vendor.on(EASTMONEY, eastmoney_pages([report(1), report(2, stockCode="300394")]))
    with pytest.raises(SchemaChangedError, match="it gave '300394'"):
        eastmoney.fetch_ratings(SHARE)


@pytest.mark.parametrize("key", ["emRatingName", "orgSName", "publishDate", "stockCode"])
def test_a_key_that_is_gone_is_noticed(vendor: VendorServer, key: str) -> None:
    changed = {name: value for name, value in REPORT.items() if name != key}
    vendor.on(EASTMONEY, eastmoney_pages([changed]))
    with pytest.raises(SchemaChangedError, match="laid out anew"):
        eastmoney.fetch_ratings(SHARE)


@pytest.mark.parametrize("adaptor", [sina, eastmoney])
@pytest.mark.parametrize("symbol", ["0700.HK", "AAPL.US", "000300.SH", "900901.SH"])
def test_what_is_no_mainland_share_is_not_asked_for(
    vendor: VendorServer, adaptor: ModuleType, symbol: str
) -> None:
    with pytest.raises(EmptyError, match="has no ratings of"):
        adaptor.fetch_ratings(Symbol.parse(symbol))
    assert vendor.asked == []


# Cninfo

# the site's own names, in its order, which is the one that akshare names them in
RATED: dict[str, Any] = {
    "SECNAME": "中际旭创",
    "DECLAREDATE": "2024-06-17",
    "F008V": "增持",
    "F007V": "调高",
    "F010N": 185.5,
    "F006V": "否",
    "F004V": "买入",
    "F003V": "张良卫,周良玖",
    "F002V": "东吴证券",
    "F009N": 185.5,
    "SECCODE": "300308",
}


def cninfo_day(*rows: dict[str, Any]) -> Reply:
    said = {"resultcode": 200, "resultmsg": "success", "records": [RATED | row for row in rows]}
    return as_json(said)


def test_cninfo_tells_all_ratings_of_a_day(vendor: VendorServer) -> None:
    codes = [("300308", 9.0), ("600519", 9.0), ("000001", 9.0), ("920002", 9.0), ("830799", 9.0)]
    rows = [{"SECCODE": code, "F009N": low, "F010N": low} for code, low in codes]
    vendor.on(CNINFO, cninfo_day({}, *rows))
    told = cninfo.fetch_ratings_day(DAY)
    first = told.rows[0]
    assert first == FetchedRating(
        DAY, "300308.SZ", "买入", "东吴证券", "张良卫、周良玖", 185.5, "", "cninfo"
    )
    # the last under the code that it has now
    symbols = ["300308.SZ", "600519.SH", "000001.SZ", "920002.BJ", "920799.BJ"]
    assert [row.symbol for row in told.rows[1:]] == symbols
    assert vendor.asked[0].query["tdate"] == "2024-06-17"


@pytest.mark.parametrize(
    ("low", "high", "target", "remarks"),
    [
        (20.0, 20.0, 20.0, 0),
        ("20", 20.0, 20.0, 0),
        (20.0, None, 20.0, 0),
        (None, 25.5, 25.5, 0),
        (0, 25.5, 25.5, 0),
        (None, None, None, 0),
        (20.0, 25.0, None, 1),
        (25.0, 20.0, None, 1),
    ],
)
def test_a_target_is_kept_where_its_bounds_are_one_price(
    vendor: VendorServer, low: object, high: object, target: float | None, remarks: int
) -> None:
    vendor.on(CNINFO, cninfo_day({"F009N": low, "F010N": high}))
    told = cninfo.fetch_ratings_day(DAY)
    assert [row.target for row in told.rows] == [target]
    assert len(told.remarks) == remarks


def test_other_markets_shares_are_left_out_and_told(vendor: VendorServer) -> None:
    codes = ["300308", "900901", "200002", "00700", "N12345", "777777"]
    vendor.on(CNINFO, cninfo_day(*({"SECCODE": code} for code in codes)))
    told = cninfo.fetch_ratings_day(DAY)
    assert [row.symbol for row in told.rows] == ["300308.SZ"]
    assert told.remarks == (
        "cninfo, ratings of 2024-06-17: 4 left out, of another market's share",
        "cninfo, ratings of 2024-06-17: 1 left out, of an unknown share",
    )


def test_codes_that_are_mostly_unknown_are_another_layout(vendor: VendorServer) -> None:
    vendor.on(CNINFO, cninfo_day({}, *[{"SECCODE": "777777"}] * 2))
    with pytest.raises(SchemaChangedError, match="2 of an unknown share"):
        cninfo.fetch_ratings_day(DAY)


@pytest.mark.parametrize("records", [[], None])
def test_a_day_without_ratings_is_empty(vendor: VendorServer, records: object) -> None:
    vendor.on(CNINFO, as_json({"resultcode": 200, "records": records}))
    with pytest.raises(EmptyError, match="cninfo"):
        cninfo.fetch_ratings_day(DAY)


def test_ratings_of_another_day_are_refused(vendor: VendorServer) -> None:
    vendor.on(CNINFO, cninfo_day({}, {"DECLAREDATE": "2024-06-18"}))
    with pytest.raises(SchemaChangedError, match="it gave '2024-06-18'"):
        cninfo.fetch_ratings_day(DAY)


def test_a_refusal_inside_the_answer_is_one(vendor: VendorServer) -> None:
    vendor.on(CNINFO, as_json({"resultcode": 429, "resultmsg": "限流"}))
    with pytest.raises(RateLimitedError):
        cninfo.fetch_ratings_day(DAY)
    vendor.on(CNINFO, as_json({"resultcode": 405, "resultmsg": "没有购买"}))
    with pytest.raises(BlockedError):
        cninfo.fetch_ratings_day(DAY)
    vendor.on(CNINFO, as_json({"resultcode": 200, "rows": [RATED]}))
    with pytest.raises(SchemaChangedError):
        cninfo.fetch_ratings_day(DAY)


def test_keys_in_another_order_or_number_are_noticed(vendor: VendorServer) -> None:
    turned = dict(reversed(RATED.items()))
    vendor.on(CNINFO, as_json({"resultcode": 200, "records": [turned]}))
    with pytest.raises(SchemaChangedError, match="expected 'DECLAREDATE' at 1"):
        cninfo.fetch_ratings_day(DAY)
    vendor.on(CNINFO, as_json({"resultcode": 200, "records": [RATED | {"F011V": "x"}]}))
    with pytest.raises(SchemaChangedError, match="Length mismatch"):
        cninfo.fetch_ratings_day(DAY)


def test_cninfo_has_no_single_securities() -> None:
    assert not cninfo.serves(SHARE)


@pytest.mark.parametrize(
    ("code", "share"),
    [
        ("600519", "600519.SH"),
        ("000001", "000001.SZ"),
        ("920002", "920002.BJ"),
        ("830799", "920799.BJ"),
        ("900901", ""),
        ("A12345", ""),
        ("777777", None),
    ],
)
def test_a_bare_code_means_a_share_of_today(code: str, share: str | None) -> None:
    assert place_code(code) == share


# What may go wrong with any

SITES = {
    "sina": (SINA, sina_page(sina_row()), lambda: sina.fetch_ratings(SHARE)),
    "eastmoney": (
        EASTMONEY,
        as_json({"hits": 1, "data": [REPORT], "TotalPage": 1, "currentYear": 2024}),
        lambda: eastmoney.fetch_ratings(SHARE),
    ),
    "cninfo": (CNINFO, cninfo_day({}), lambda: cninfo.fetch_ratings_day(DAY)),
}


@pytest.mark.parametrize(("change", "error"), FAULTS)
@pytest.mark.parametrize("name", SITES)
def test_fault(
    vendor: VendorServer,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    change: Callable[[Reply], Reply],
    error: type[SourceError],
) -> None:
    monkeypatch.setattr(guard, "TIMEOUT", IMPATIENT)
    # Sina's call has a time limit of its own
    monkeypatch.setattr("akshare.stock_fundamental.stock_recommend._SINA_RECOMMEND_TIMEOUT", 0.5)
    part, good, fetch = SITES[name]
    vendor.on(part, change(good))
    with pytest.raises(error, match=rf"^{name}: ") as caught:
        fetch()
    assert type(caught.value) is error
    assert len(vendor.asked) == 1


@pytest.mark.network
@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.parametrize("fetch", ["sina", "eastmoney", "cninfo"])
def test_the_live_sites_still_answer_so(fetch: str) -> None:
    time.sleep(2.0)
    share = Symbol.parse("600519.SH")
    asks = {
        "sina": lambda: sina.fetch_ratings(share),
        "eastmoney": lambda: eastmoney.fetch_ratings(share),
        "cninfo": lambda: cninfo.fetch_ratings_day(dt.date(2024, 4, 26)),
    }
    told = asks[fetch]()
    assert len(told.rows) > 100
    assert {row.via for row in told.rows} == {fetch}
