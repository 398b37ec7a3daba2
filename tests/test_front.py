"""Title, broker, department and authors, on front pages in the manner of many houses."""

import unicodedata

import pytest
from conftest import SHARED
from front_pages import PAGES, PIECES, Page, document_of
from hypothesis import given
from hypothesis import strategies as st

from screener.drafting.front.read import read_front
from screener.drafting.lines import fold_signs
from universes.houses import load_houses


def squeeze(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_the_title_is_the_line_that_says_something(page: Page) -> None:
    assert read_front(document_of(page.text)).title == page.title


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_the_broker_is_who_publishes(page: Page) -> None:
    assert read_front(document_of(page.text)).broker == page.broker


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_the_house_is_the_department_that_signs(page: Page) -> None:
    assert read_front(document_of(page.text)).house == page.house


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_the_authors_are_those_with_a_label_or_a_licence(page: Page) -> None:
    assert read_front(document_of(page.text)).authors == page.authors


def test_an_empty_document_tells_nothing() -> None:
    front = read_front(document_of(""))
    assert (front.title, front.broker, front.house, front.authors) == ("", "", "", ())
    assert len(front.reasons) == 3


def test_a_source_of_figures_is_no_broker() -> None:
    text = "某行业深度研究：需求的边际变化\n\n资料来源：Wind，远方证券研究所\n\n分析师：李雷"
    front = read_front(document_of(text))
    assert (front.broker, front.house) == ("", "")


def test_two_brokers_with_equal_evidence_are_not_chosen_between() -> None:
    front = read_front(document_of("甲子证券研究所\n\n乙丑证券研究所"))
    assert front.broker == ""
    assert any("equally likely" in reason for reason in front.reasons)


def test_a_covered_company_is_no_broker() -> None:
    text = "某某科技股份有限公司（以下简称“公司”）主营存储芯片，客户包括远方证券等。"
    assert read_front(document_of(text)).broker == ""


def test_the_sponsor_of_a_listing_is_no_broker() -> None:
    text = "保荐机构为远方证券股份有限公司（以下简称“远方证券”），发行价二十元。"
    assert read_front(document_of(text)).broker == ""


def test_a_department_on_its_own_line_tells_a_firm_and_no_field() -> None:
    named = read_front(document_of("半导体深度研究：设备与材料\n\n某金公司研究部"))
    assert (named.broker, named.house) == ("某金公司", "某金公司研究部")
    assert read_front(document_of("半导体深度研究：设备与材料\n\n电子行业研究部")).broker == ""


def test_prose_about_analysts_names_no_author() -> None:
    text = "分析师关注，分析师 高度评价该公司\n\n分析师认为张力较大\n\nAnalyst Certification"
    assert read_front(document_of(text)).authors == ()


@pytest.mark.parametrize(
    ("lines", "authors"),
    [
        ("分析师：张三\t研究助理：李四", ("张三", "李四")),
        ("证券分析师：张良卫   周良玖", ("张良卫", "周良玖")),
        ("分析师\n张三\nSAC执证编号：S0080511030012", ("张三",)),
        ("张三 *\nSFC CE No. ABC123", ("张三",)),
        ("Jane Doe, CFA\n+852 2345 6789\nSFC CE No. ABC123", ("Jane Doe",)),
        ("证券分析师 张立 (S0123516070001) 李丽\nzl@example.com", ("张立", "李丽")),
        ("Analyst\tJane Doe", ("Jane Doe",)),
        ("电子行业\n执业证书编号：S0123516070001", ()),
    ],
)
def test_names_stand_beside_above_and_below_their_marks(
    lines: str, authors: tuple[str, ...]
) -> None:
    text = f"某行业深度研究报告：需求的变化\n\n{lines}"
    assert read_front(document_of(text)).authors == authors


def test_a_wrapped_heading_is_one_title() -> None:
    text = "# 港股互联网深度：\n估值与回购的再思考\n\n正文"
    assert read_front(document_of(text)).title == "港股互联网深度： 估值与回购的再思考"


def test_the_files_own_title_decides_between_lines() -> None:
    text = "大类资产配置月度观察系列之五\n\n黄金的新框架与旧周期再探讨"
    named = document_of(text, title="黄金的新框架与旧周期再探讨")
    assert read_front(named).title == "黄金的新框架与旧周期再探讨"
    assert read_front(document_of(text)).title == "大类资产配置月度观察系列之五"


def test_the_front_page_ends_with_the_page() -> None:
    text = "某行业研究框架与方法论综述\n\n分析师：李雷\f分析师：韩梅"
    assert read_front(document_of(text)).authors == ("李雷",)


@pytest.mark.skipif(not SHARED.exists(), reason="the larger report stands beside the checkout")
def test_the_worked_example() -> None:
    text = (SHARED / "report" / "report.txt").read_text(encoding="utf-8")
    front = read_front(document_of(text))
    assert front.title.endswith("底部再Call AI机会，重视互联网中的 α")
    assert (front.broker, front.house) == ("东吴证券", "东吴证券研究所")
    assert front.authors == ("张良卫", "周良玖", "郭若娜", "李博韦")


@given(st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=40).map("".join)))
def test_no_text_raises_and_no_value_is_invented(text: str) -> None:
    front = read_front(document_of(text, title=text[:9]))
    names = {house.name.zh for house in load_houses().houses.values()}
    for value in (front.title, front.house, *front.authors):
        assert squeeze(value) in squeeze(text)
    assert front.broker in names or squeeze(front.broker) in squeeze(text)


@given(st.text())
def test_folding_keeps_every_place(text: str) -> None:
    assert len(fold_signs(text)) == len(text)
