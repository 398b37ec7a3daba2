"""Whatever a document holds: nothing that is drafted from it is invented."""

import datetime as dt
import io
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from screener.documents.read import read_document
from screener.drafting.dictionary import load_dictionary
from screener.drafting.draft import Draft, read_draft
from screener.drafting.folder import Given, spell_draft, write_draft
from screener.drafting.questions import read_questions
from universes import InputError, load_report

DICTIONARY = load_dictionary()

# what reports are made of, and what breaks the reading of them
PIECES = [
    *(name.zh for name in list(DICTIONARY.names.values())[:4000:97] if name.zh),
    *("腾讯", "阿里巴巴-W", "騰訊控股", "*ST国华", "万科A", "TENCENT", "Apple", "中国平安", "招商"),
    *(
        "推荐",
        "建议关注",
        "重点推荐",
        "相关标的",
        "受益标的",
        "首推",
        "看好",
        "金股",
        "Top picks",
        "We prefer",
    ),
    *(
        "（关注）",
        "(300308.SZ)",
        "（00700.HK，买入，目标价500港元）",
        "【",
        "】",
        "(",
        ")",
        "“买入”评级",
        "维持",
    ),
    *(
        "、",
        "，",
        "。",
        "；",
        "：",
        "等",
        "和",
        "\n",
        "\n\n",
        "\t",
        "\f",
        "  ",
        "1）",
        "①",
        "一、",
        "1.5 ",
        "（一）",
    ),
    *(
        "投资建议",
        "风险提示",
        "可比公司",
        "目录",
        "评级标准",
        "300308",
        "0700.HK",
        "BABA US",
        "\u200b",
        "-W",
        "**",
    ),
    *(
        "2024年6月16日",
        "２０２４",
        "公司",
        "板块",
        "预期未来6个月个股涨跌幅相对基准在15%以上",
        "𠮷",
        "\U0001f600",
    ),
]
TEXTS = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=4)), max_size=60).map("".join)


def check(draft: Draft) -> None:
    text = draft.document.text
    for pick in draft.picks:
        assert pick.symbol in DICTIONARY.names
        assert pick.quote
        assert pick.quote in text
        assert pick.level in {"recommend", "watch", "mention"}
        assert pick.confidence in {"high", "medium", "low"}
        assert pick.words
        assert pick.reasons
    for asked in (*draft.ambiguous, *draft.unnamed):
        assert asked.quote
        assert asked.quote in text
        assert all(symbol in DICTIONARY.names for symbol in asked.candidates)
    for evidence in draft.published.evidence:
        assert evidence.quote in text
    assert len({pick.symbol for pick in draft.picks}) == len(draft.picks)


@settings(max_examples=300)
@given(TEXTS)
def test_no_symbol_outside_the_dictionary_and_no_quote_outside_the_text(text: str) -> None:
    try:
        document = read_document("-", stdin=io.BytesIO(text.encode("utf-8", "replace")))
    except InputError:
        return
    check(read_draft(document, DICTIONARY))


@given(st.binary(min_size=1, max_size=600))
def test_random_bytes_are_refused_or_drafted_soundly(data: bytes) -> None:
    try:
        document = read_document("-", stdin=io.BytesIO(data))
    except InputError:
        return
    check(read_draft(document, DICTIONARY))


@settings(max_examples=80, deadline=None)
@given(TEXTS)
def test_what_is_written_loads_and_says_the_same(text: str) -> None:
    try:
        draft = read_draft(
            read_document("-", stdin=io.BytesIO(text.encode("utf-8", "replace"))), DICTIONARY
        )
        told = Given(published=dt.date(2024, 6, 16), scale="soochow")
        files = spell_draft(draft, DICTIONARY, (), "screener 0", told)
    except InputError:
        return
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "draft"
        write_draft(place, files)
        loaded = load_report(place, reading=True)
        questions = read_questions(place)
    assert {(pick.symbol, pick.level) for pick in loaded.picks} == {
        (pick.symbol, pick.level) for pick in draft.picks
    }
    assert [each.words for each in questions] == [each.words for each in draft.ambiguous]
