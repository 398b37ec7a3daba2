"""The report that the documents use as an example: invented, and set as a PDF."""

from pathlib import Path

from made_documents import Piece, make_pdf

HEAD = "样例证券研究所  传媒互联网行业跟踪"

PIECES: tuple[Piece, ...] = (
    ("heading", "传媒互联网行业跟踪：算力看兑现，出版看分红"),
    ("paragraph", "证券研究报告 · 行业跟踪"),
    ("paragraph", "2024年06月16日"),
    ("paragraph", "证券分析师：李清远 执业证书编号：S0123520060001"),
    ("paragraph", "研究助理：王思宁 执业证书编号：S0123122080002"),
    ("heading", "1. 光模块：订单向高速率集中"),
    (
        "paragraph",
        (
            "海外云厂商的资本开支继续上修，800G 产品供不应求，"
            "英伟达新一代平台带来的需求在年底前可见。"
            "投资建议：推荐中际旭创（300308.SZ）、天孚通信（300394.SZ），建议关注新易盛等。"
        ),
    ),
    ("heading", "2. 出版：现金流稳，分红率抬升"),
    (
        "paragraph",
        "教材教辅收入平稳，账上现金充裕。相关标的：山东出版、南方传媒、中原传媒（关注）。",
    ),
    ("row", "公司\t代码\t评级\t目标价"),
    ("row", "山东出版\t601019.SH\t买入\t13.20"),
    ("row", "南方传媒\t601900.SH\t增持\t16.80"),
    ("page", ""),
    ("heading", "3. 港股互联网：利润率先于收入修复"),
    (
        "paragraph",
        (
            "首推腾讯（0700.HK），看好泡泡玛特（9992.HK）的海外扩张；本地生活竞争格局改善，持续关注美团。"
            "拼多多旗下海外业务受关税影响，我们暂不作推荐。"
        ),
    ),
    ("heading", "风险提示"),
    ("paragraph", "宏观经济不及预期；新游戏上线延后，例如网易的端游；海外关税提高。"),
    ("heading", "评级标准"),
    (
        "paragraph",
        (
            "以报告发布日后6个月内股价相对基准指数的涨跌幅为标准。A股市场以沪深300指数为基准，"
            "香港市场以恒生指数为基准。"
        ),
    ),
    ("paragraph", "公司评级"),
    ("paragraph", "买入：相对基准指数涨幅在15%以上；"),
    ("paragraph", "增持：相对基准指数涨幅介于5%与15%之间；"),
    ("paragraph", "中性：相对基准指数涨幅介于-5%与5%之间；"),
    ("paragraph", "减持：相对基准指数跌幅在5%以上。"),
    ("paragraph", "行业评级"),
    ("paragraph", "增持：行业指数相对强于基准5%以上；"),
    ("paragraph", "中性：行业指数相对基准介于-5%与5%之间；"),
    ("paragraph", "减持：行业指数相对弱于基准5%以上。"),
    ("paragraph", "样例证券研究所"),
)


def make_report(path: Path) -> Path:
    return make_pdf(PIECES, path, head=HEAD)
