"""Sentences as reports word them, and what a careful reader takes from each."""

from typing import NamedTuple

import pytest
from front_pages import document_of

from screener.drafting.dictionary import load_dictionary
from screener.drafting.draft import read_draft


class Case(NamedTuple):
    text: str
    recommend: str
    watch: str = ""
    mention: str = ""


CASES = {
    "enumerated directions": Case(
        "投资建议：（1）AI应用方向：推荐昆仑万维、万兴科技，建议关注中文在线；"
        "（2）出版方向：首推凤凰传媒，其次推荐南方传媒、中南传媒等。",
        "300418.SZ 300624.SZ 601928.SH 601900.SH 601098.SH",
        "300364.SZ",
    ),
    "labels within a list to watch": Case(
        "建议关注：1）光模块：中际旭创、新易盛；2）光芯片：源杰科技；3）PCB：沪电股份。",
        "",
        "300308.SZ 300502.SZ 688498.SH 002463.SZ",
    ),
    "brackets side by side": Case(
        "重点推荐【中际旭创】【新易盛】，建议关注【天孚通信】。", "300308.SZ 300502.SZ", "300394.SZ"
    ),
    "ratings in brackets": Case(
        "腾讯控股(700 HK，买入，目标价480港元)、美团(3690 HK，买入)、快手(1024 HK，中性)。",
        "0700.HK 3690.HK",
        "",
        "1024.HK",
    ),
    "codes before their exchange, and peers": Case(
        "推荐标的：宁德时代（SZ300750）、亿纬锂能（300014）；受益标的：天赐材料。"
        "可比公司为LG新能源和比亚迪（002594.SZ）。",
        "300750.SZ 300014.SZ",
        "002709.SZ",
        "002594.SZ",
    ),
    "traditional letters": Case(
        "我們推薦騰訊（700 HK）及網易（9999 HK），同時建議關注嗶哩嗶哩（9626 HK）。",
        "0700.HK 9999.HK",
        "9626.HK",
    ),
    "a sector that is liked, and a list to watch": Case(
        "我们继续看好算力链，建议重点关注工业富联、沪电股份等头部厂商。", "", "601138.SH 002463.SZ"
    ),
    "customers and competitors": Case(
        "首推立讯精密（002475.SZ），客户包括特斯拉，竞争对手为歌尔股份（002241.SZ）。",
        "002475.SZ",
        "",
        "TSLA.US 002241.SZ",
    ),
    "a rating of the sector": Case(
        "维持行业“推荐”评级。建议关注（排名不分先后）：中国电影、上海电影、横店影视、万达电影。",
        "",
        "600977.SH 601595.SH 603103.SH 002739.SZ",
    ),
    "a rating with its price": Case(
        "首次覆盖中际旭创（300308.SZ），给予“买入”评级，目标价150元。", "300308.SZ"
    ),
    "a rating of a list before it": Case(
        "维持立讯精密（002475）、蓝思科技（300433）“优于大市”评级。", "002475.SZ 300433.SZ"
    ),
    "a rating of a list behind it": Case(
        "维持“推荐”评级：芒果超媒（300413）、光线传媒（300251）。", "300413.SZ 300251.SZ"
    ),
    "a rating of another one": Case(
        "某药企：数据读出在即，首次覆盖给予“增持”。母公司科伦药业（002422.SZ）不在讨论之列。",
        "",
        "",
        "002422.SZ",
    ),
    "three cues": Case(
        "推荐：拓普集团、三花智控(002050.SZ)；看好：绿的谐波、双环传动；关注：鸣志电器。",
        "601689.SH 002050.SZ 688017.SH 002472.SZ",
        "603728.SH",
    ),
    "movers of the week": Case(
        "本周涨幅前五的个股为：中文在线、掌阅科技、昆仑万维；跌幅前五：光线传媒。",
        "",
        "",
        "300364.SZ 603533.SH 300418.SZ 300251.SZ",
    ),
    "news": Case(
        "近日，腾讯控股发布大模型，科大讯飞发布星火4.0，市场关注度上升。",
        "",
        "",
        "0700.HK 002230.SZ",
    ),
    "cues in brackets": Case(
        "标的方面，【推荐】恒瑞医药（600276.SH）、百济神州-U（688235.SH）；【关注】迈瑞医疗。",
        "600276.SH 688235.SH",
        "300760.SZ",
    ),
    "its sentence ends in advice": Case(
        "结构件龙头科达利（002850.SZ）机器人业务打开空间，建议关注。", "", "002850.SZ"
    ),
    "a code in front of a possessive": Case(
        "看好鹏鼎控股（002938.SZ）在折叠屏与服务器的双重卡位。", "002938.SZ"
    ),
    "what is advised against": Case(
        "价格竞争未止，圣邦股份（300661.SZ）毛利率寻底，本期不作推荐。", "", "", "300661.SZ"
    ),
    "English, and a name among its words": Case(
        "Our top picks are Tencent (700 HK) and PDD (PDD US). We also like NetEase (9999 HK). "
        "Investors should keep an eye on Kingsoft (3888 HK). "
        "Competition from Alibaba (9988 HK) is a risk.",
        "0700.HK PDD.US 9999.HK",
        "3888.HK",
        "9988.HK",
    ),
    "the next sentence is not rated": Case(
        "Meituan (3690 HK) beat consensus. We maintain BUY with a TP of HK$150. "
        "Tencent holds a stake.",
        "3690.HK",
        "",
        "0700.HK",
    ),
    "main lines to choose from": Case(
        "我们建议从两条主线选股：1）高股息大行，如工商银行（601398.SH）、建设银行（601939.SH）；"
        "2）优质区域行，如宁波银行、杭州银行。",
        "601398.SH 601939.SH 002142.SZ 600926.SH",
    ),
    "a list whose sentence ends in advice": Case(
        "首推贵州茅台；五粮液、泸州老窖估值低位，值得重点关注。伊利股份股息率提升。",
        "600519.SH",
        "000858.SZ 000568.SZ",
        "600887.SH",
    ),
    "lines under words of advice": Case(
        "我们建议关注：\n\n① 算力芯片：海光信息、寒武纪-U；\n\n② 服务器：浪潮信息、中科曙光。",
        "",
        "688041.SH 688256.SH 000977.SZ 603019.SH",
    ),
    "a heading that runs into its text": Case(
        "Names to watch. Bilibili (9626 HK) turned its first profit and merits attention.",
        "",
        "9626.HK",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_sentence_is_read_as_a_reader_does(case: Case) -> None:
    page = f"行业周报：样本之外的样本\n\n2024年6月16日\n\n一、本周观点\n\n{case.text}\n"
    draft = read_draft(document_of(page), load_dictionary())
    told = {
        level: {str(pick.symbol) for pick in draft.picks if pick.level == level}
        for level in ("recommend", "watch", "mention")
    }
    assert told == {
        "recommend": set(case.recommend.split()),
        "watch": set(case.watch.split()),
        "mention": set(case.mention.split()),
    }


def table(caption: str) -> str:
    rows = "行业\t证券代码\t证券简称\n有色\t601899.SH\t紫金矿业\n电子\t002475.SZ\t立讯精密"
    return f"月度策略：等风来\n\n2024年6月16日\n\n{caption}\n\n" + rows.replace("\n", "\n\n")


@pytest.mark.parametrize(
    ("caption", "level"),
    [
        ("图1：六月金股组合", "recommend"),
        ("表2：受益标的", "watch"),
        ("图3：五月金股表现", "mention"),
    ],
)
def test_the_words_over_a_table_tell_what_its_rows_are(caption: str, level: str) -> None:
    draft = read_draft(document_of(table(caption)), load_dictionary())
    assert {str(pick.symbol): pick.level for pick in draft.picks} == {
        "601899.SH": level,
        "002475.SZ": level,
    }


def test_a_rating_without_a_name_is_of_what_the_document_is_about() -> None:
    page = (
        "腾讯控股(700.HK)：游戏复苏\n\n2024年8月15日\n\n一、估值\n\n"
        "竞争对手网易云音乐（9899.HK）的投入放缓。我们维持“买入”评级，目标价480港元。\n"
    )
    draft = read_draft(document_of(page), load_dictionary())
    assert {str(pick.symbol): (pick.level, pick.target) for pick in draft.picks} == {
        "0700.HK": ("recommend", "480港元"),
        "9899.HK": ("mention", ""),
    }
