"""A draft's folder written by hand, for tests of what is done with one."""

import hashlib
from pathlib import Path

TEXT = (
    "传媒行业周报\n\n一、算力\n\n投资建议：推荐中际旭创（300308.SZ）、天孚通信，建议关注新易盛等。\n\n"
    "二、互联网\n\n首推腾讯控股（0700.HK），客户包括美团。\n"
)

_MAIN = """\
title = {{ zh = "传媒行业周报", en = "Media weekly" }}
broker = {{ zh = "样例证券", en = "Sample Securities" }}
house = {{ zh = "样例证券研究所", en = "Sample Research" }}
scale = "soochow"
themes = ["theme_01", "theme_02"]

[published]
date = 2024-06-30
inferred = true
window = [2024-06-01, 2024-06-30]
evidence = [{{ zh = "六月的周报", en = "a weekly of June" }}]

[drafted]
file = "weekly.txt"
sha256 = "{sha256}"
text_sha256 = "{sha256}"
names_sha256 = "0"
program = "screener 0.1.0"
authors = ["张三"]
"""

_THEMES = {
    "theme_01.toml": """\
title = { zh = "算力", en = "Computing" }
section = "一"

[[picks]]
symbol = "300308.SZ"
name = { zh = "中际旭创", en = "Innolight" }
level = "recommend"
section = "一"
words = "推荐"
quote = "推荐中际旭创（300308.SZ）、天孚通信"
confidence = "high"
reasons = ["its name and its code stand together"]

[[picks]]
symbol = "300502.SZ"
name = { zh = "新易盛", en = "Eoptolink" }
level = "watch"
section = "一"
words = "建议关注"
quote = "建议关注新易盛等"
confidence = "medium"
reasons = ["found by its name"]
""",
    "theme_02.toml": """\
title = { zh = "互联网", en = "Internet" }
section = "二"

[[picks]]
symbol = "0700.HK"
name = { zh = "腾讯控股", en = "Tencent" }
level = "recommend"
section = "二"
words = "首推"
quote = "首推腾讯控股（0700.HK），客户包括美团。"
confidence = "high"
reasons = ["its name and its code stand together"]

[[picks]]
symbol = "3690.HK"
name = { zh = "美团", en = "Meituan" }
level = "mention"
section = "二"
words = "客户"
quote = "客户包括美团"
confidence = "high"
reasons = ["no words that advise govern it"]
""",
}


def make_draft(folder: Path) -> Path:
    """Write the folder of a draft: three picks, one mention, no printed date."""
    folder.mkdir(parents=True)
    content = TEXT.encode()
    main = _MAIN.format(sha256=hashlib.sha256(content).hexdigest())
    (folder / "text.txt").write_bytes(content)
    (folder / "report.toml").write_text(main, "utf-8")
    (folder / "questions.toml").write_text("notes = []\n", "utf-8")
    for name, text in _THEMES.items():
        (folder / name).write_text(text, "utf-8")
    return folder
