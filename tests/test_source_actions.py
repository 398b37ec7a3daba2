"""Corporate actions from Eastmoney and Sina on akshare's own code, against a stand-in server."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from vendor_server import FAULTS, IMPATIENT, Asked, Reply, VendorServer, as_json

from screener.panel import CorporateAction
from screener.sources.errors import EmptyError, SchemaChangedError, SourceError
from screener.sources.vendors import eastmoney, guard, sina
from screener.sources.vendors.eastmoney_payouts import read_payout
from universes import Symbol

AT = np.datetime64("2024-06-20T12:00:00")
YEARS = (dt.date(2023, 1, 1), dt.date(2024, 12, 31))
SHARE = Symbol.parse("300308.SZ")
TENCENT = Symbol.parse("0700.HK")
MAINLAND = "reportName=RPT_SHAREBONUS_DET"
HONG_KONG = "reportName=RPT_HKF10_MAIN_DIVBASIC"
# the site's own names, in its order, which is the one that akshare names them in
KEYS = [
    "SECUCODE",
    "SECURITY_NAME_ABBR",
    "SECURITY_INNER_CODE",
    "ORG_CODE",
    "SECURITY_CODE",
    "BONUS_IT_RATIO",
    "BONUS_RATIO",
    "IT_RATIO",
    "PRETAX_BONUS_RMB",
    "PLAN_NOTICE_DATE",
    "EQUITY_RECORD_DATE",
    "EX_DIVIDEND_DATE",
    "REPORT_DATE",
    "ASSIGN_PROGRESS",
    "IMPL_PLAN_PROFILE",
    "NOTICE_DATE",
    "MARKET_TYPE",
    "EX_DIVIDEND_DAYS",
    "IS_KCB",
    "BASIC_EPS",
    "BVPS",
    "PER_CAPITAL_RESERVE",
    "PER_UNASSIGN_PROFIT",
    "PNP_YOY_RATIO",
    "TOTAL_SHARES",
    "PUBLISH_DATE",
    "DIVIDENT_RATIO",
    "D10_CLOSE_ADJCHRATE",
    "BD10_CLOSE_ADJCHRATE",
    "D30_CLOSE_ADJCHRATE",
]


@pytest.fixture
def vendor(
    monkeypatch: pytest.MonkeyPatch,
    socket_enabled: None,  # noqa: ARG001 - lets the server be reached
) -> Iterator[VendorServer]:
    with VendorServer() as server:
        server.divert(monkeypatch)
        yield server


def plan(
    ex_date: str | None,
    cash: float | None,
    bonus: float | None = None,
    *,
    period: str = "2023-12-31",
    state: str = "实施分配",
) -> dict[str, Any]:
    return dict.fromkeys(KEYS) | {
        "SECURITY_CODE": "300308",
        "BONUS_IT_RATIO": bonus,
        "PRETAX_BONUS_RMB": cash,
        "EX_DIVIDEND_DATE": f"{ex_date} 00:00:00" if ex_date else None,
        "REPORT_DATE": f"{period} 00:00:00",
        "ASSIGN_PROGRESS": state,
    }


def sheet(rows: list[dict[str, Any]]) -> Reply:
    return as_json({"success": True, "result": {"pages": 1, "count": len(rows), "data": rows}})


def test_mainland_plans_are_for_each_share(vendor: VendorServer) -> None:
    plans = [
        plan("2024-06-13", 4.5, 4.0),
        plan("2023-06-14", 2.0, period="2022-12-31"),
        plan("2022-06-14", 1.0, period="2021-12-31"),
        plan(None, 9.9, period="2024-06-30", state="董事会决议通过"),
        plan(None, 5.0, period="2008-12-31"),
    ]
    vendor.on(MAINLAND, sheet(plans))
    history = eastmoney.fetch_actions(SHARE, *YEARS, AT)
    # 4.5 and 4 new shares for ten; 2 for ten; the rest is outside the days or not carried out
    assert history.actions == (
        CorporateAction("300308.SZ", "2023-06-14", 0.2, 0.0, "high"),
        CorporateAction("300308.SZ", "2024-06-13", 0.45, 0.4, "high"),
    )
    assert (history.currency, history.source, history.fetched_at) == ("CNY", "eastmoney", AT)
    assert history.since == np.datetime64("2023-01-01")
    assert history.until == np.datetime64("2024-12-31")
    assert 'SECURITY_CODE="300308"' in vendor.asked[0].query["filter"]


def test_two_plans_of_one_ex_date_add_up_and_a_repeated_row_counts_once(
    vendor: VendorServer,
) -> None:
    special = plan("2024-06-13", 1.0, period="2024-03-31")
    vendor.on(MAINLAND, sheet([plan("2024-06-13", 4.5, 4.0), special, special]))
    history = eastmoney.fetch_actions(SHARE, *YEARS, AT)
    assert [each.ex_date for each in history.actions] == ["2024-06-13"]
    assert history.actions[0].cash == pytest.approx(0.55)
    assert history.actions[0].bonus == pytest.approx(0.4)


def test_share_of_which_nothing_is_known(vendor: VendorServer) -> None:
    vendor.on("api/data/v1/get", as_json({"result": None, "success": False, "code": 9201}))
    for symbol in (SHARE, TENCENT):
        with pytest.raises(EmptyError):
            eastmoney.fetch_actions(symbol, *YEARS, AT)
    with pytest.raises(EmptyError, match="does not serve"):
        eastmoney.fetch_actions(Symbol.parse("AAPL.US"), *YEARS, AT)


def with_columns_moved(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in sorted(row)}


def with_a_column_before(row: dict[str, Any]) -> dict[str, Any]:
    return {"NEW": 1} | row


def with_one_left_out_and_one_added(row: dict[str, Any]) -> dict[str, Any]:
    return {"NEW": 1} | {name: row[name] for name in KEYS if name != "SECUCODE"}


def without_a_date(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"EX_DIVIDEND_DATE": "13 June"}


def without_figures(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"PRETAX_BONUS_RMB": None, "BONUS_IT_RATIO": None}


@pytest.mark.parametrize(
    "change",
    [
        with_columns_moved,
        with_a_column_before,
        lambda row: row | {"NEW": 1},
        without_a_date,
        without_figures,
    ],
)
def test_mainland_table_laid_out_anew(
    vendor: VendorServer, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    vendor.on(MAINLAND, sheet([change(plan("2024-06-13", 4.5, 4.0))]))
    with pytest.raises(SchemaChangedError):
        eastmoney.fetch_actions(SHARE, *YEARS, AT)


def test_a_column_that_is_not_needed_may_be_another(vendor: VendorServer) -> None:
    vendor.on(MAINLAND, sheet([with_one_left_out_and_one_added(plan("2024-06-13", 4.5))]))
    assert eastmoney.fetch_actions(SHARE, *YEARS, AT).actions[0].cash == pytest.approx(0.45)


def payout(ex_date: str | None, text: str, *, year: str = "2023", kind: str = "年度分配") -> Any:  # noqa: ANN401
    return {
        "SECURITY_CODE": "00700",
        "UPDATE_DATE": "2024-03-20 00:00:00",
        "REPORT_TYPE": kind,
        "EX_DIVIDEND_DATE": ex_date,
        "DIVIDEND_DATE": "2024/05/31",
        "TRANSFER_END_DATE": "2024/05/21-2024/05/22",
        "YEAR": year,
        "PLAN_EXPLAIN": text,
        "IS_BFP": "0",
    }


def test_hong_kong_plans(vendor: VendorServer) -> None:
    plans = [
        payout(None, "每股派港币4.5元", year="2024"),
        payout("2024/05/17", "每股派港币3.4元"),
        payout("2023/05/19", "每股派港币2.4元", year="2022"),
        payout(
            "2023/01/05",
            "特殊说明:每10股分派1股美团B类普通股股份(相当于每股派18.13港元)",
            year="2022",
            kind="特别分配",
        ),
        # before the days asked for, so it does not matter that no value is stated
        payout("2022/01/20", "特殊说明:每21股腾讯股份分派1股京东集团A类普通股股份", year="2021"),
    ]
    vendor.on(HONG_KONG, sheet(plans))
    history = eastmoney.fetch_actions(TENCENT, *YEARS, AT)
    assert history.actions == (
        CorporateAction("0700.HK", "2023-01-05", 18.13, 0.0, "medium"),
        CorporateAction("0700.HK", "2023-05-19", 2.4, 0.0, "high"),
        CorporateAction("0700.HK", "2024-05-17", 3.4, 0.0, "high"),
    )
    assert history.currency == "HKD"
    assert 'SECURITY_CODE="00700"' in vendor.asked[0].query["filter"]


def test_text_that_is_not_understood_is_named(vendor: VendorServer) -> None:
    text = "特殊说明:每21股腾讯股份分派1股京东集团A类普通股股份"
    vendor.on(
        HONG_KONG, sheet([payout("2023/01/20", text), payout("2024/05/17", "每股派港币3.4元")])
    )
    with pytest.raises(SchemaChangedError, match=text):
        eastmoney.fetch_actions(TENCENT, *YEARS, AT)


def test_dividend_in_another_currency_stays_visible(vendor: VendorServer) -> None:
    vendor.on(HONG_KONG, sheet([payout("2024/05/17", "每股派美元0.1元")]))
    history = eastmoney.fetch_actions(TENCENT, *YEARS, AT)
    assert (history.actions[0].cash, history.currency) == (0.1, "USD")


def test_listing_currency_is_taken_where_every_text_states_it(vendor: VendorServer) -> None:
    plans = [
        payout("2024/05/17", "每股派美元0.1元(相当于港币0.784234元(计算值))"),
        payout("2023/05/19", "每股派人民币0.358元(相当于港币0.41141元)", year="2022"),
        payout("2023/09/19", "每股派港币0.2元", year="2023"),
    ]
    vendor.on(HONG_KONG, sheet(plans))
    history = eastmoney.fetch_actions(TENCENT, *YEARS, AT)
    told = [(each.ex_date, each.cash, each.confidence) for each in history.actions]
    assert told == [
        ("2023-05-19", 0.41141, "high"),
        ("2023-09-19", 0.2, "high"),
        ("2024-05-17", 0.784234, "medium"),
    ]
    assert history.currency == "HKD"


def test_dividends_in_two_currencies_are_no_one_history(vendor: VendorServer) -> None:
    plans = [payout("2024/05/17", "每股派美元0.1元"), payout("2023/09/19", "每股派港币0.2元")]
    vendor.on(HONG_KONG, sheet(plans))
    with pytest.raises(SchemaChangedError, match="HKD, USD"):
        eastmoney.fetch_actions(TENCENT, *YEARS, AT)


def test_company_that_never_paid(vendor: VendorServer) -> None:
    vendor.on(HONG_KONG, as_json({"result": {"pages": 0, "count": 0, "data": []}, "success": True}))
    history = eastmoney.fetch_actions(Symbol.parse("1810.HK"), *YEARS, AT)
    assert (history.actions, history.currency) == ((), "HKD")


def test_hong_kong_table_laid_out_anew(vendor: VendorServer) -> None:
    row = payout("2024/05/17", "每股派港币3.4元")
    more_pages = {"result": {"pages": 2, "count": 300, "data": [row]}}
    no_plan = {name: value for name, value in row.items() if name != "PLAN_EXPLAIN"}
    for reply in (
        as_json(more_pages),
        sheet([no_plan]),
        sheet([row | {"EX_DIVIDEND_DATE": "17 May"}]),
    ):
        vendor.on(HONG_KONG, reply)
        with pytest.raises(SchemaChangedError):
            eastmoney.fetch_actions(TENCENT, *YEARS, AT)
    # all columns needed have names, so that one more, or another order, is no matter
    vendor.on(HONG_KONG, sheet([dict(reversed([*row.items(), ("NEW", 1)]))]))
    assert eastmoney.fetch_actions(TENCENT, *YEARS, AT).actions[0].cash == 3.4


@pytest.mark.parametrize(
    ("text", "cash", "bonus", "stated"),
    [
        ("每股派港币5.3元", {"HKD": 5.3}, 0.0, True),
        ("每股派1.15港元", {"HKD": 1.15}, 0.0, True),
        ("每股派0.13美元", {"USD": 0.13}, 0.0, True),
        ("每10股派人民币1元", {"CNY": 0.1}, 0.0, True),
        ("每股派港币1.582元(相当于人民币1.322元)", {"HKD": 1.582, "CNY": 1.322}, 0.0, True),
        ("每股派人民币2.51元（相当于港币2.9003元）", {"CNY": 2.51, "HKD": 2.9003}, 0.0, True),
        ("每股派息2.51元(相当于港币2.9003元)", {"HKD": 2.9003}, 0.0, True),
        ("每股派港币1元(可选择以股代息)", {"HKD": 1.0}, 0.0, True),
        ("每股派港币1元,每股派港币2元", {"HKD": 3.0}, 0.0, True),
        ("每10股派送8股,每10股转12股", {}, 2.0, True),
        ("每股派人民币3.974元,每10股派送8股,每10股转12股", {"CNY": 3.974}, 2.0, True),
        ("每1股拆为5股", {}, 4.0, True),
        ("每10股合并为1股", {}, -0.9, True),
        ("不派息", {}, 0.0, True),
    ],
)
def test_plan_text(text: str, cash: dict[str, float], bonus: float, *, stated: bool) -> None:
    read = read_payout(text)
    assert read is not None
    assert read.cash == pytest.approx(cash)
    assert read.bonus == pytest.approx(bonus)
    assert read.stated is stated


@pytest.mark.parametrize(
    "text",
    [
        "",
        "资料缺失",
        "每股派息2.51元",  # in which currency
        "每10股派人民币1元(相当于港币1.08元)",  # for one share or for ten
        "每10股分派1股本公司股份",
        "每10股分派1股美团B类普通股股份(相当于港币181.3元)",  # for one share or for ten
        "每股派港币1元,另加特别股息",
        "每股派港币1元,每股派美元2元",
        "每股派欧元1元",
        "每0股派港币1元",
        "(相当于港币1元)",
    ],
)
def test_plan_text_that_is_not_guessed_at(text: str) -> None:
    assert read_payout(text) is None


DIVIDENDS = ("公告日期", "送股", "转增", "派息", "进度", "除权日", "登记日", "上市日", "查看")
RIGHTS = ("公告", "配股", "价格", "股本", "除权", "登记", "起始", "终止", "上市", "资金", "查看")


def table(heads: list[tuple[str, ...]], rows: list[str]) -> str:
    cells = [f"<tr>{''.join(f'<th>{name}</th>' for name in head)}</tr>" for head in heads]
    body = [f"<tr>{''.join(f'<td>{cell}</td>' for cell in row.split(','))}</tr>" for row in rows]
    return f"<table><thead>{''.join(cells)}</thead><tbody>{''.join(body)}</tbody></table>"


def share_page(dividends: list[str], rights: list[str], mark: str = "sharebonus_2") -> Reply:
    """The page: its 13th and 14th tables are the ones; empty ones say so in one cell."""
    none_of_nine, none_of_eleven = (",".join(["暂时没有数据！"] * n) for n in (9, 11))
    others = "".join(table([("a", "b")], ["1,2"]) for _ in range(12))
    first = table([DIVIDENDS, DIVIDENDS, DIVIDENDS], dividends or [none_of_nine])
    second = table([RIGHTS, RIGHTS], rights or [none_of_eleven])
    body = f"<html><body>{others}{first}<a id='{mark}'></a>{second}</body></html>"
    return Reply(body.encode("gbk"), kind="text/html; charset=gbk")


PAID = [
    "2024-06-06,0,4,4.5,实施,2024-06-13,2024-06-12,--,查看",
    "2023-06-07,1,0,2,实施,2023-06-14,2023-06-13,--,查看",
    "2024-04-20,0,4,4.5,预案,--,--,--,查看",
    "2011-04-20,0,0,3,实施,--,--,--,查看",
]
OFFERED = ["2024-03-01,3,8.5,100000000,2024-03-12,2024-03-05,2024-03-06,2024-03-10,--,25000,查看"]
BONUS_PAGE = "vISSUE_ShareBonus/stockid/300308"


def test_sina_has_dividends_bonus_issues_and_rights(vendor: VendorServer) -> None:
    vendor.on(BONUS_PAGE, share_page(PAID, OFFERED))
    history = sina.fetch_actions(SHARE, *YEARS, AT)
    # three shares offered for ten at 8.50
    assert history.actions == (
        CorporateAction("300308.SZ", "2023-06-14", 0.2, 0.1, "high"),
        CorporateAction("300308.SZ", "2024-03-12", 0.0, 0.0, "high", 0.3, 8.5),
        CorporateAction("300308.SZ", "2024-06-13", 0.45, 0.4, "high"),
    )
    assert (history.currency, history.source) == ("CNY", "sina")


def test_sina_has_no_actions(vendor: VendorServer) -> None:
    vendor.on(BONUS_PAGE, share_page([], []))
    assert sina.fetch_actions(SHARE, *YEARS, AT).actions == ()
    with pytest.raises(EmptyError, match="does not serve"):
        sina.fetch_actions(TENCENT, *YEARS, AT)


@pytest.mark.parametrize(
    "dividends",
    [
        pytest.param([row.replace("实施", "完成") for row in PAID], id="another word for done"),
        pytest.param([row.replace("2024-06-13", "13/06/2024") for row in PAID], id="no date"),
        pytest.param([row.replace("4.5,实施", "many,实施") for row in PAID], id="no number"),
        pytest.param([f"{row},7" for row in PAID], id="one more column"),
        pytest.param([f"garbled{row[10:]}" for row in PAID], id="garbled"),
    ],
)
def test_sina_page_laid_out_anew(vendor: VendorServer, dividends: list[str]) -> None:
    vendor.on(BONUS_PAGE, share_page(dividends, OFFERED))
    with pytest.raises(SchemaChangedError):
        sina.fetch_actions(SHARE, *YEARS, AT)


def test_sina_page_without_the_table_of_rights_is_another_page(vendor: VendorServer) -> None:
    vendor.on(BONUS_PAGE, share_page(PAID, OFFERED, mark="login"))
    with pytest.raises(SourceError, match="another page"):
        sina.fetch_actions(SHARE, *YEARS, AT)


@pytest.mark.parametrize(("change", "error"), FAULTS)
@pytest.mark.parametrize(
    ("source", "symbol", "good"),
    [
        pytest.param(eastmoney, SHARE, sheet([plan("2024-06-13", 4.5, 4.0)]), id="mainland"),
        pytest.param(
            eastmoney, TENCENT, sheet([payout("2024/05/17", "每股派港币3.4元")]), id="hong kong"
        ),
        pytest.param(sina, SHARE, share_page(PAID, OFFERED), id="sina"),
    ],
)
def test_fault(
    vendor: VendorServer,
    monkeypatch: pytest.MonkeyPatch,
    source: Any,  # noqa: ANN401 - a module
    symbol: Symbol,
    good: Reply,
    change: Callable[[Reply], Reply],
    error: type[SourceError],
) -> None:
    monkeypatch.setattr(guard, "TIMEOUT", IMPATIENT)
    vendor.on("", change(good))
    with pytest.raises(error, match=f"^{source.SOURCE}: ") as caught:
        source.fetch_actions(symbol, *YEARS, AT)
    assert type(caught.value) is error


def test_nothing_is_printed(vendor: VendorServer, capfd: pytest.CaptureFixture[str]) -> None:
    pages: dict[str, list[dict[str, Any]]] = {
        "1": [plan("2024-06-13", 4.5)],
        "2": [plan("2023-06-14", 2.0, period="2022-12-31")],
    }

    def answer(asked: Asked) -> Reply:
        data = pages[asked.query["pageNumber"]]
        return as_json({"result": {"pages": 2, "data": data}, "success": True})

    vendor.on(MAINLAND, answer)
    assert len(eastmoney.fetch_actions(SHARE, *YEARS, AT).actions) == 2
    assert capfd.readouterr() == ("", "")
