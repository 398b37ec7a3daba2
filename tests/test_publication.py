"""The day a document prints, or the window that its text leaves."""

import datetime as dt
import time

import pytest
from conftest import SHARED
from front_pages import JUNE_16, PAGES, PIECES, Page, document_of
from hypothesis import given
from hypothesis import strategies as st

from screener.drafting.days import find_dates, find_days, find_periods
from screener.drafting.front.read import read_front
from screener.drafting.publication.read import Dated, find_publication


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def dated(text: str, title: str = "", made_on: dt.date | None = None) -> Dated:
    return find_publication(document_of(text, made_on), title)


def window_of(text: str, title: str = "") -> tuple[str, str]:
    found = dated(text, title)
    assert found.date is None
    assert found.window is not None
    return str(found.window[0]), str(found.window[1])


def bounds_of(text: str, kind: str) -> list[tuple[str, str]]:
    """Since and until of the evidence of a kind."""
    found = dated(text).evidence
    return [(str(own.since), str(own.until)) for own in found if own.kind == kind]


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_the_day_on_the_front_is_found(page: Page) -> None:
    found = dated(page.text, page.title)
    assert found.date == page.date
    assert (found.window is None) or page.date is None


@pytest.mark.parametrize(
    "written",
    [
        "2024年6月16日",
        "2024 年 6 月 16 日",
        "2024-06-16",
        "2024.06.16",
        "2024/6/16",
        "２０２４年６月１６日",
        "二〇二四年六月十六日",
        "二零二四年六月十六日",
        "16 June 2024",
        "16th June, 2024",
        "June 16, 2024",
        "Jun. 16, 2024",
        "2024年06月16日 星期日",
        "Sunday, 16 June 2024",
    ],
)
def test_a_day_is_read_in_every_spelling(written: str) -> None:
    assert dated(f"某行业深度研究报告：某某\n\n{written}\n\n正文").date == JUNE_16


@pytest.mark.parametrize(
    "line",
    [
        "截至2024年6月16日",
        "统计时间：2024年6月16日",
        "收盘价日期：2024-06-16",
        "注1：2024年6月16日",
        "上市日期：2024-06-16",
        "执业证书有效期 2024-06-16",
        "数据截止\n2024年6月16日",
        "公司于2024年6月16日召开会议，讨论了很多事。",
        "2024-06-10\t事件\n2024-06-16\t事件",
        "2024-06-10 至 2024-06-16",
        "As of 16 June 2024",
        "2024年13月40日",
        "12024-06-161",
        "相关研究\n《某某》\n2024-06-16",
    ],
)
def test_another_day_is_not_taken_for_it(line: str) -> None:
    assert dated(f"某行业深度研究报告：某某\n\n{line}\n\n正文").date is None


def test_a_label_wins_over_a_day_without_one() -> None:
    text = "某行业深度研究报告：某某\n\n2024年6月18日\n\n发布日期：2024年6月16日"
    assert dated(text).date == JUNE_16


def test_days_that_disagree_make_a_window_and_a_note() -> None:
    text = "某行业深度研究报告：某某\n\n2024年6月18日\n\n2024年6月16日"
    assert window_of(text) == ("2024-06-16", "2024-06-18")
    assert "2024-06-16 and 2024-06-18" in dated(text).notes[0]


def test_two_labels_that_disagree_make_a_window() -> None:
    text = "报告日期：2024年6月16日\n\n发布日期：2024年6月18日"
    assert window_of(text) == ("2024-06-16", "2024-06-18")


def test_a_month_alone_is_a_window_of_that_month() -> None:
    assert window_of("某行业深度研究报告：某某\n\n2024年6月\n\n正文") == (
        "2024-06-01",
        "2024-06-30",
    )
    assert window_of("China Internet: a note\n\nJune 2024") == ("2024-06-01", "2024-06-30")


def test_figures_after_the_printed_day_are_noted() -> None:
    found = dated("2024年6月16日\n\n截至2024年6月20日，指数上涨3%。")
    assert found.date == JUNE_16
    assert any("2024-06-20" in note for note in found.notes)


@pytest.mark.parametrize(
    ("text", "since"),
    [
        ("统计时间2024年5月27日", "2024-05-27"),
        ("截至2024年5月末，存量为三万亿。", "2024-05-31"),
        ("股价为2024年6月14日收盘价。", "2024-06-14"),
        ("Priced as of 14 June 2024.", "2024-06-14"),
        ("截止2024年一季度末，占比为三成。", "2024-03-31"),
    ],
)
def test_figures_as_of_a_day_come_first(text: str, since: str) -> None:
    assert bounds_of(text, "statistics") == [(since, "None")]


@pytest.mark.parametrize(
    ("text", "since"),
    [
        ("24Q1收入同比增长20%。", "2024-03-31"),
        ("1Q24收入同比增长20%。", "2024-03-31"),
        ("2024年一季度净利润同比下降。", "2024-03-31"),
        ("2024年上半年净利润同比下降。", "2024-06-30"),
        ("2024年一季度公司实现营收10亿元，同比增长5%。", "2024-03-31"),
        ("公司2023年全年实现收入10亿元，同比增长5%。", "2023-12-31"),
    ],
)
def test_results_are_told_after_their_quarter(text: str, since: str) -> None:
    assert bounds_of(text, "results") == [(since, "None")]


@pytest.mark.parametrize(
    ("text", "until"),
    [
        # two months after the quarter, four after the year
        ("24Q2盈利我们预计再创新高。", "2024-08-31"),
        ("我们预计公司将于2024Q3转正。", "2024-11-30"),
        ("预计2024年四季度扭亏。", "2025-04-30"),
        ("我们预计2024-2026年归母净利润为1亿元。", "2025-04-30"),
        ("营业收入\t2022A\t2023A\t2024E\t2025E", "2025-04-30"),
    ],
)
def test_what_is_forecast_bounds_the_end(text: str, until: str) -> None:
    assert bounds_of(text, "forecast") == [("None", until)]


def test_what_is_planned_bounds_the_end_and_never_the_start() -> None:
    assert bounds_of("新品将于2024年9月12日发布。", "plan") == [("None", "2024-09-12")]
    found = dated("计划于2026年推出下一代产品。2025年将上量。\n\n收入\t2024E\t2025E")
    assert all(own.since is None for own in found.evidence)


@pytest.mark.parametrize(
    "text",
    [
        "去年6月公布回购。",
        "每年6月公布数据。",
        "项目2025年6月完成建设。",
        "产线24Q4实现量产，达到一万片。",
        "2024年6月发布会有望成为催化。",
        "FY24Q4收入同比增长。",
        "此前预计24Q1扭亏。",
        "若2024年6月公布数据，则上调。",
        "预计2024年6月公布数据。",
    ],
)
def test_what_is_neither_told_as_done_is_no_past(text: str) -> None:
    assert all(own.since is None for own in dated(text).evidence)


def test_a_month_without_a_year_takes_it_from_the_other_days() -> None:
    text = "统计时间：2024年5月27日。\n\n公司6月公布新增回购。"
    assert window_of(text) == ("2024-06-01", "2024-09-30")
    before = "统计时间：2024年2月5日。\n\n公司12月公布新增回购。"
    assert bounds_of(before, "event") == [("2023-12-01", "None")]
    assert window_of(before)[0] == "2024-02-05"
    assert dated("公司6月公布新增回购。").window is None


@pytest.mark.parametrize(
    ("title", "window"),
    [
        ("传媒行业2024年中期策略：拐点", ("2024-05-01", "2024-08-31")),
        ("2025年年度策略：破晓", ("2024-10-01", "2025-01-31")),
        ("Mid-year strategy 2024: turning points", ("2024-05-01", "2024-08-31")),
    ],
)
def test_strategies_come_out_in_their_season(title: str, window: tuple[str, str]) -> None:
    assert window_of(f"{title}\n\n正文", title) == window


def test_a_weekly_comes_out_after_its_week() -> None:
    title = "传媒行业周报（2024.06.10-2024.06.16）：暑期档预热"
    assert window_of(f"{title}\n\n正文", title) == ("2024-06-16", "2024-09-30")


def test_only_old_figures_are_taken_to_be_three_months_old_at_most() -> None:
    found = dated("截至2024年5月27日，存量为三万亿。")
    assert found.window == (day("2024-05-27"), day("2024-08-31"))
    assert found.evidence[-1].kind == "freshness"


def test_the_file_bounds_the_end_where_it_agrees() -> None:
    text = "截至2024年5月27日，存量为三万亿。24Q2盈利我们预计再创新高。"
    made = dated(text, made_on=day("2024-06-14"))
    # three days after it was made
    assert made.window == (day("2024-05-27"), day("2024-06-17"))
    for other in ("2024-05-20", "2025-01-01"):
        assert dated(text, made_on=day(other)).window == (day("2024-05-27"), day("2024-08-31"))


def test_what_disagrees_is_noted_and_left_out() -> None:
    found = dated("截至2024年9月27日，存量为三万亿。24Q1盈利我们预计再创新高。")
    assert found.window is not None
    assert found.window[0] == day("2024-09-27")
    assert any("2024-03-31" in note for note in found.notes)


def test_nothing_is_known_of_a_text_without_any() -> None:
    for text in ("", "没有日期的一句话。", "2012年上线的产品"):
        found = dated(text)
        assert (found.date, found.window, found.evidence) == (None, None, ())
        assert found.notes


def test_a_day_without_a_year_and_a_half_are_named() -> None:
    assert [(own.number, own.day, own.year) for own in find_dates("5月6日")] == [(5, 6, None)]
    assert [str(own.span[1]) for own in find_periods("24H1、2024年下半年")] == [
        "2024-06-30",
        "2024-12-31",
    ]
    assert find_days("2023年2月29日、2024年6月31日") == ()


def test_a_long_text_is_read_in_the_twinkling_of_an_eye() -> None:
    sentence = "截至2024年5月27日，24Q1收入同比增长20%，我们预计24Q2再创新高。\n\n"
    document = document_of(sentence * (60_000 // len(sentence)))
    spent = []
    for _ in range(5):
        began = time.process_time()
        find_publication(document, read_front(document).title)
        spent.append(time.process_time() - began)
    # twenty times what ordinary prose takes, as each clause here names a time
    assert min(spent) < 1


@pytest.mark.skipif(not SHARED.exists(), reason="the larger report stands beside the checkout")
def test_the_worked_example_has_no_day_but_a_window() -> None:
    document = document_of((SHARED / "report" / "report.txt").read_text(encoding="utf-8"))
    found = find_publication(document, read_front(document).title)
    assert found.date is None
    assert found.window is not None
    first, last = found.window
    assert day("2024-06-01") <= first <= JUNE_16 <= last <= day("2024-09-30")
    assert (last - first).days <= 123
    assert any(own.quote and own.since == day("2024-05-27") for own in found.evidence)


TIMES = [
    "2024年",
    "6月",
    "16日",
    "24Q2",
    "一季度",
    "截至",
    "预计",
    "将于",
    "公布",
    "同比增长",
    "2024-06-16",
    "报告日期：",
    "2024E",
    "2023A",
    "16 June 2024",
    "二〇二四年六月十六日",
    "中期策略",
    "年度策略",
    "2099年",
    "1990年1月1日",
    "末",
    "。",
    "，",
    "\n\n",
    "\n",
    "\t",
    "去年",
]


@given(
    st.one_of(st.text(), st.lists(st.sampled_from([*TIMES, *PIECES]), max_size=40).map("".join)),
    st.one_of(st.none(), st.dates()),
)
def test_no_text_raises_and_each_quote_is_of_the_text(text: str, made_on: dt.date | None) -> None:
    found = dated(text, title=text[:12], made_on=made_on)
    for own in found.evidence:
        assert text[own.start :].startswith(own.quote)
        assert own.quote or own.kind == "file"
        assert own.since or own.until
    if found.window:
        assert found.date is None
        assert found.window[0] <= found.window[1]
