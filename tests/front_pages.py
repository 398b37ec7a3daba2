"""Front pages in the manner of many houses, invented, with what a reader finds on each."""

import datetime as dt
import re
from typing import NamedTuple

from screener.documents.document import Block, Document


def document_of(text: str, made_on: dt.date | None = None, title: str = "") -> Document:
    """A document whose blocks are parted by blank lines, headings marked by #, pages by \\f."""
    blocks = []
    for found in re.finditer(r"(?:(?!\n[^\S\f]*\n|\f)[\s\S])+", text):
        start = found.start() + len(found[0]) - len(found[0].lstrip())
        end = found.start() + len(found[0].rstrip())
        if start >= end:
            continue
        marks = len(found[0].strip()) - len(found[0].strip().lstrip("#"))
        page = text.count("\f", 0, start) + 1 if "\f" in text else None
        inner = text[start + marks : end].lstrip()
        kind = "heading" if marks else "row" if "\t" in inner else "paragraph"
        blocks.append(Block(kind, end - len(inner), end, page, marks))  # type: ignore[arg-type]
    pages = text.count("\f") + 1 if "\f" in text else None
    return Document(
        "paper.txt", "text", "0" * 64, text, tuple(blocks), "utf-8", pages, made_on, title
    )


class Page(NamedTuple):
    text: str
    title: str
    broker: str
    house: str
    authors: tuple[str, ...]
    date: dt.date | None


JUNE_16 = dt.date(2024, 6, 16)

PAGES = {
    "a rubric, the date beside it, labels with colons": Page(
        """证券研究报告·行业深度报告·电子

2024年06月16日

端侧算力加速落地，重视存储与封装环节

增持（维持）

证券分析师：李文博
执业证书编号：S0123516070001
liwb@example.com

研究助理：王 芳
执业证书编号：S0123122080017

存储价格上行，板块盈利有望改善。

资料来源：Wind，蓝海证券研究所

蓝海证券研究所
某市某路1号
""",
        "端侧算力加速落地，重视存储与封装环节",
        "蓝海证券",
        "蓝海证券研究所",
        ("李文博", "王芳"),
        JUNE_16,
    ),
    "a side column with names before their labels": Page(
        """行业研究 | 深度报告

看好 / 维持

食品饮料

食品饮料行业深度报告：大众品复苏的三条主线

2024-06-16

张立明 分析师 S0210516070001
赵敏 研究助理 S0210122080017

本报告由远山证券股份有限公司（以下简称“本公司”）制作，仅供客户使用。
""",
        "食品饮料行业深度报告：大众品复苏的三条主线",
        "远山证券",
        "",
        ("张立明", "赵敏"),
        JUNE_16,
    ),
    "the date with dots at the end of the rubric": Page(
        """公司研究 | 点评报告 2024.06.16

某某科技（300001.SZ）

订单饱满，二季度环比改善可期

分析师 周航 执业证书编号：S0100520080002
联系人 吴思远

出处为南山证券研究发展中心，且不得对本报告进行有悖原意的引用。
南山证券股份有限公司经中国证监会批准，具备证券投资咨询业务资格。
""",
        "订单饱满，二季度环比改善可期",
        "南山证券",
        "南山证券研究发展中心",
        ("周航", "吴思远"),
        JUNE_16,
    ),
    "a date in Chinese numerals": Page(
        """# 军工行业2024年中期策略：拐点渐近

二〇二四年六月十六日

首席分析师：欧阳明 S0680519010001

北辰证券投资评级说明

北辰证券研究部
""",
        "军工行业2024年中期策略：拐点渐近",
        "北辰证券",
        "北辰证券研究部",
        ("欧阳明",),
        JUNE_16,
    ),
    "a labelled date against a price date and a list of earlier papers": Page(
        """医药生物行业跟踪报告：创新药出海再提速

报告日期：2024/6/16

收盘价日期：2024-06-14
收盘价（元） 21.35

相关研究
《集采影响见底》
2024-05-20
《创新药周期》2024-04-11

分析师：刘洋、陈晨
""",
        "医药生物行业跟踪报告：创新药出海再提速",
        "",
        "",
        ("刘洋", "陈晨"),
        JUNE_16,
    ),
    "traditional letters": Page(
        """證券研究報告

互聯網行業：估值修復仍在途中，首選回購標的

發佈日期：2024年6月16日

證券分析師：張偉雄
聯絡人：陳嘉怡

海通國際證券研究部
""",
        "互聯網行業：估值修復仍在途中，首選回購標的",
        "海通国际",
        "海通國際證券研究部",
        ("張偉雄", "陳嘉怡"),
        JUNE_16,
    ),
    "English with the day first": Page(
        """Equity Research

16 June 2024

China Internet: Buybacks lift the floor

Analyst: Jane Doe, CFA
Research Associate: John A. Smith

Soochow Securities Research
""",
        "China Internet: Buybacks lift the floor",
        "东吴证券",
        "Soochow Securities Research",
        ("Jane Doe", "John A. Smith"),
        JUNE_16,
    ),
    "English with the month first and two analysts on a line": Page(
        """Sector report

Optical modules: the next upgrade cycle starts

June 16, 2024

Analysts: Mary O'Neil and Li Wei

This report is prepared by Harbour Securities Co., Ltd. (hereinafter "the Company").
""",
        "Optical modules: the next upgrade cycle starts",
        "Harbour Securities",
        "",
        ("Mary O'Neil", "Li Wei"),
        JUNE_16,
    ),
    "the date after the title, a known house in short": Page(
        """传媒行业周观察：暑期档预热
2024年6月16日 星期日

国泰君安证券研究所
分析师
陈筱
登记编号：S0880515040003
""",
        "传媒行业周观察：暑期档预热",
        "国泰君安证券",
        "国泰君安证券研究所",
        ("陈筱",),
        JUNE_16,
    ),
    "full-width figures and a labelled title": Page(
        """标题：光伏玻璃供需再平衡

发布时间：２０２４年６月１６日

作者：孙一鸣

版权归中信建投证券股份有限公司所有
""",
        "光伏玻璃供需再平衡",
        "中信建投证券",
        "",
        ("孙一鸣",),
        JUNE_16,
    ),
    "sellers are no authors": Page(
        """有色金属行业深度：铜的长期缺口

2024年6月16日

分析师：何佳 S0990516070001

机构销售团队
联系人：李销

兴业证券经济与金融研究院
兴业证券
""",
        "有色金属行业深度：铜的长期缺口",
        "兴业证券",
        "",
        ("何佳",),
        JUNE_16,
    ),
    "the label of the date on a line of its own": Page(
        """策略研究
风格切换进行时：从红利到成长的再平衡
报告发布日期
2024年6月16日
数据截止日期
2024年6月14日
分析师 钱一 宋二石
""",
        "风格切换进行时：从红利到成长的再平衡",
        "",
        "",
        ("钱一", "宋二石"),
        JUNE_16,
    ),
    "the date by the imprint only": Page(
        """半导体设备国产化深度研究报告之二

证券分析师 秦川

行业景气度上行，国产替代加速。

长河证券研究院
2024年6月16日
""",
        "半导体设备国产化深度研究报告之二",
        "长河证券",
        "长河证券研究院",
        ("秦川",),
        JUNE_16,
    ),
    "only statistics are dated": Page(
        """银行业月度数据点评：信贷结构优化

分析师：高明 S0990516070001

统计时间：2024年6月12日

宏信证券有限责任公司（以下简称“我们”）保留一切权利。
""",
        "银行业月度数据点评：信贷结构优化",
        "宏信证券",
        "",
        ("高明",),
        None,
    ),
    "a registered name with its short name, names with licences below": Page(
        """汽车行业：以旧换新政策效果跟踪

2024-06-16

郑晓
S0990516070001

分析师声明：本报告署名分析师具有资格。
中国某某国际金融股份有限公司（以下简称“某金公司”）已具备证券投资咨询业务资格。
某金公司研究部
""",
        "汽车行业：以旧换新政策效果跟踪",
        "某金公司",
        "某金公司研究部",
        ("郑晓",),
        JUNE_16,
    ),
    "nothing of it": Page("午饭吃什么\n\n两菜一汤。", "午饭吃什么", "", "", (), None),
}

# of which texts are put together at random
PIECES = [
    "证券分析师",
    "：",
    ":",
    "张三",
    "李 四",
    "S0123456789012",
    "研究所",
    "某某证券",
    "股份有限公司",
    "（以下简称“本公司”）",
    "资料来源",
    "\n",
    "\n\n",
    "\t",
    "\f",
    " ",
    "Analyst: ",
    "Jane Doe",
    ", ",
    "Securities",
    "Research",
    "Ltd.",
    "# ",
    "\u2028",
    "㈱",
    "ﬁ",
    "İ",
    "東吳",
    "2024年6月16日",
    "深度报告",
    "\x00",
    "𠮷",
]
