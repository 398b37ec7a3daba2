"""Rating standards as houses print them: what is read, what is left open, what is refused."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from conftest import SHARED
from hypothesis import given
from hypothesis import strategies as st
from standard_texts import CASES, READ, Case

from screener.drafting.standard import read as module
from screener.drafting.standard.bands import Interval, read_interval
from screener.drafting.standard.context import find_spans
from screener.drafting.standard.read import Standard, find_standard, spell_scale
from screener.drafting.standard.words import fold_case
from universes.rating import Band, RatingScale, load_scale
from universes.text import Text

BODY = """三、投资建议
我们维持“买入”评级，预计公司2024年收入增长15%以上，毛利率为5%至15%。
"""


def write(bands: Sequence[Band]) -> str:
    return "; ".join(map(write_one, bands))


def write_one(band: Band) -> str:
    words = [band.grade, band.name.zh]
    if band.lower is not None:
        words.append(f"{'[' if band.lower_included else '('}{band.lower * 100:g}")
    if band.upper is not None:
        words.append(f"{band.upper * 100:g}{']' if band.upper_included else ')'}")
    return " ".join(words)


def find(text: str) -> Standard:
    found = find_standard(BODY + "\n" + text)
    assert found is not None
    return found


def read(text: str) -> RatingScale:
    scale = find(text).scale
    assert scale is not None
    return scale


@pytest.mark.parametrize("case", READ.values(), ids=READ)
def test_the_bands_are_those_of_the_text(case: Case) -> None:
    scale = read(case.text)
    assert write(scale.company) == case.company
    assert write(scale.industry) == case.industry


@pytest.mark.parametrize("case", READ.values(), ids=READ)
def test_months_basis_and_benchmarks_are_those_of_the_text(case: Case) -> None:
    scale = read(case.text)
    assert (scale.horizon_months, scale.longest_months) == case.months
    assert scale.basis == case.basis
    words = case.benchmarks.split()
    named = dict(zip(words[::2], words[1::2], strict=True))
    assert {market: str(symbol) for market, symbol in scale.benchmarks.items()} == named


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_standard_that_leaves_something_open_says_so(case: Case) -> None:
    found = find(case.text)
    assert (found.scale is not None) == bool(case.company)
    assert case.says in "; ".join(found.notes)
    assert found.scale is None or all(n[1:] in found.scale.note for n in found.notes)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_an_equal_standard_is_the_shipped_one(case: Case) -> None:
    found = find(case.text)
    assert found.shipped == case.shipped
    if found.scale and case.shipped:
        shipped = load_scale(case.shipped)
        assert found.scale.benchmarks == shipped.benchmarks
        for mine, theirs in zip(found.scale.company, shipped.company, strict=True):
            assert replace(mine, name=theirs.name) == theirs


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_section_holds_the_grades_and_not_the_report(case: Case) -> None:
    text = BODY + "\n" + case.text
    found = find(case.text)
    section = text[found.start : found.end]
    assert "三、投资建议" not in section
    first, last = case.text.splitlines()[0], case.text.rstrip().splitlines()[-1]
    assert section.startswith((first, case.text.splitlines()[1]))
    assert section.endswith(last[-3:]) or last not in section


@pytest.mark.parametrize("case", READ.values(), ids=READ)
def test_a_scale_that_is_written_loads_as_it_was(case: Case, tmp_path: Path) -> None:
    scale = read(case.text)
    path = tmp_path / "own.toml"
    path.write_bytes(spell_scale(scale))
    assert load_scale(str(path)) == replace(scale, id="own")


def test_a_shipped_scale_that_is_written_loads_as_it_was(tmp_path: Path) -> None:
    scale = load_scale("haitong_international")
    assert scale.valid_until
    path = tmp_path / "own.toml"
    path.write_bytes(spell_scale(scale))
    assert load_scale(str(path)) == replace(scale, id="own")


def test_what_promises_more_than_the_benchmark_is_a_hit() -> None:
    scale = read(CASES["grades in both languages, out of order"].text)
    assert [(band.name.zh, band.hit) for band in (*scale.company, *scale.industry)] == [
        ("买入", True),
        ("持有", True),
        ("中性", False),
        ("卖出", False),
        ("强于大市", True),
        ("跟随大市", False),
        ("弱于大市", False),
    ]


def test_the_broker_is_the_callers() -> None:
    text = CASES["three grades"].text
    broker = Text("某某证券", "Some Securities")
    found = find_standard(text, broker)
    assert found
    assert found.scale
    assert found.scale.broker == broker
    assert read(text).broker == Text("未知", "unknown")


def test_without_a_broker_a_shipped_standard_brings_its_own() -> None:
    assert read(CASES["industries in words only"].text).broker.zh == "国泰君安证券"


@pytest.fixture
def twins(monkeypatch: pytest.MonkeyPatch) -> str:
    """Two shipped scales that say the same, and a text that says it too."""
    csc = load_scale("csc")
    twin = replace(csc, id="twin", broker=Text("甲乙证券", "Twin Securities"))
    monkeypatch.setattr(module, "list_scales", lambda: ("csc", "twin"))
    monkeypatch.setattr(module, "load_scale", {"csc": csc, "twin": twin}.__getitem__)
    return CASES["the same without industries is a shipped one"].text


def test_of_equal_standards_none_is_guessed(twins: str) -> None:
    found = find(twins)
    assert found.shipped == ""
    assert found.notes[-1] == "the standards csc, twin say the same; none of them is chosen"


def test_of_equal_standards_that_of_the_house_that_is_named_is_taken(twins: str) -> None:
    assert find("甲乙证券研究所\n" + twins).shipped == "twin"
    broker = Text("中信建投", "CSC Financial")
    found = find_standard(twins, broker)
    assert found
    assert (found.shipped, found.scale and found.scale.broker) == ("csc", broker)


def test_a_report_without_a_standard_has_none() -> None:
    assert find_standard("") is None
    assert find_standard(BODY * 20) is None
    peers = "公司\t评级\t涨幅\n甲\t买入\t15%\t5%\n乙\t增持\t5%\t3%\n丙\t中性\t-5%\t1%\n"
    assert find_standard("表1：可比公司评级\n" + peers) is None


def test_a_standard_in_words_makes_no_scale() -> None:
    found = find("股票评级说明\n买入：明显强于指数\n中性：与指数持平\n卖出：明显弱于指数\n")
    assert found.scale is None
    assert found.notes == ("company: no figures could be read for 买入, 中性, 卖出",)


def test_two_standards_that_differ_are_told() -> None:
    first, second = CASES["three grades"].text, CASES["numbered grades"].text
    found = find(first + "正文。" * 500 + second)
    assert found.scale
    assert [band.name.zh for band in found.scale.company] == ["买入", "增持", "中性", "减持"]
    assert found.notes[-1] == "the text holds further standards that differ; the last one is read"


def test_two_lists_of_companies_that_differ_make_no_scale() -> None:
    head = "股票评级说明（未来6个月内相对沪深300指数的涨跌幅）\n"
    lists = (f"买入：{n}%以上\n中性：-{n}%至{n}%\n卖出：-{n}%以下\n" for n in (10, 15))
    found = find(head + "公司评级\n".join(lists))
    assert found.scale is None
    assert "company: the text holds lists that differ, none is chosen" in found.notes


def test_a_standard_in_two_languages_is_one() -> None:
    chinese = """股票评级说明
买入：未来6个月内股价强于基准10%以上
中性：未来6个月内股价相对基准-10%至10%
卖出：未来6个月内股价弱于基准10%以上
"""
    english = """Stock ratings
Buy: outperform the benchmark by 10% or more in the next 6 months
Neutral: within -10% to 10% of the benchmark
Sell: underperform by 10% or more
"""
    found = find(chinese + english)
    assert found.scale
    assert write(found.scale.company) == "buy 买入 [10; neutral 中性 (-10 10); sell 卖出 -10]"


def test_lists_that_no_word_tells_apart_are_read_in_their_order() -> None:
    bands = "{0}：相对基准{1}%以上\n中性：相对基准-{1}%至{1}%\n{2}：相对基准-{1}%以下\n"
    text = "评级说明：未来6个月的涨跌幅\n" + bands.format("买入", 15, "卖出")
    text += bands.format("强于大市", 10, "弱于大市")
    found = find(text)
    assert found.scale
    assert [band.lower for band in found.scale.company] == [0.15, -0.15, None]
    assert [band.lower for band in found.scale.industry] == [0.1, -0.1, None]
    assert sum("no words tell" in note for note in found.notes) == 2


def test_grades_that_speak_of_several_spans_make_no_scale() -> None:
    found = find(
        "股票评级说明\n买入：未来6个月内强于基准10%以上\n"
        "中性：未来3个月内相对基准-10%至10%\n卖出：未来6个月内弱于基准10%以上\n"
    )
    assert found.scale is None
    assert found.notes[-1] == "the text names several spans of months: 6, 3"


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ("预期涨跌幅相对基准在15%以上", Interval(15, None, "in")),
        ("相对同期基准指数涨幅大于20%", Interval(20, None, "out")),
        ("超越基准指数20%", Interval(20, None)),
        ("涨幅不低于 7.5 个百分点", Interval(7.5, None, "in")),
        ("5%～15%之间", Interval(5, 15)),
        ("在6%（含）至15%（不含）之间", Interval(6, 15, "in", "out")),
        ("涨幅超过5%，不超过15%", Interval(5, 15, "out", "in")),
        ("跌幅超过5%但不超过15%", Interval(-15, -5, "in", "out")),
        ("相对沪深 300 5-15%", Interval(5, 15)),
        ("介于-15%与-5%之间", Interval(-15, -5)),
        ("落后市场基准指数5%至15%", Interval(-15, -5)),
        ("-10-10%之间", Interval(-10, 10)),
        ("介于±5%之间", Interval(-5, 5)),
        ("涨跌幅在5%以内", Interval(-5, 5)),
        ("跌幅大于5%", Interval(None, -5, None, "out")),
        ("弱于基准5%以上", Interval(None, -5, None, "in")),
        ("跌幅超过基准指数5%以上", Interval(None, -5, None, "in")),
        ("涨幅低于-10%及以下", Interval(None, -10, None, "in")),
        ("-15%以下", Interval(None, -15, None, "in")),
        ("outperform the benchmark by more than 15%", Interval(15, None, "out")),
        ("outperform the benchmark by 15% or more", Interval(15, None, "in")),
        ("between 5% and 15%", Interval(5, 15)),
        ("-5%~+5%", Interval(-5, 5)),
        ("less than -5%", Interval(None, -5, None, "out")),
        ("underperform the benchmark by at least 5%", Interval(None, -5, None, "in")),
        ("明显强于沪深300指数", None),
        ("涨幅为15%", None),
        ("15%以上或绝对涨幅20%以上", None),
        ("5%至5%", None),
    ],
)
def test_a_definition_is_read_as_it_says(definition: str, expected: Interval | None) -> None:
    assert read_interval(fold_case(definition)) == expected


@pytest.mark.parametrize(
    ("words", "spans"),
    [
        ("未来6个月", [(6, 6)]),
        ("12个月内", [(12, 12)]),
        ("6-12个月", [(6, 12)]),
        ("6个月至12个月内", [(6, 12)]),
        ("十二个月", [(12, 12)]),
        ("未来半年", [(6, 6)]),
        ("over the next 6 to 12 months", [(6, 12)]),
        ("over the next twelve months", [(12, 12)]),
        ("12-month horizon", [(12, 12)]),
        ("2024年6月16日", []),
        ("0个月, 99个月", []),
    ],
)
def test_months_are_read_as_they_are_said(words: str, spans: list[tuple[int, int]]) -> None:
    assert find_spans(fold_case(words)) == spans


def test_folding_keeps_every_place() -> None:
    text = "買入：－５％～１５％\fＢuy İ ﬁ Straße"
    assert len(fold_case(text)) == len(text)


PIECES = (
    "评级说明", "股票评级", "行业评级", "买入", "增持", "中性", "减持", "卖出",
    "推荐", "Buy", "Hold", "Sell", "Rating definitions", "相对", "涨幅", "跌幅",
    "弱于", "超过", "以上", "以下", "5%", "15%", "-5%", "±10%",
    "~", "至", "与", "之间", "：", "\t", "\n", "\n\n",
    "。", "；", "（", "）", "沪深300指数", "6个月", "半年", "more than",
    "between", "and", "or more", "benchmark", "总回报", "含", " ", "无评级",
    "、", "声明",
)  # fmt: skip


@given(st.text() | st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
def test_any_text_is_read_or_left(text: str) -> None:
    found = find_standard(text)
    if found is None:
        return
    assert 0 <= found.start < found.end <= len(text)
    if found.scale is None:
        assert found.notes
        return
    bands = found.scale.company
    assert bands[0].upper is None
    assert bands[-1].lower is None
    for better, worse in pairwise(bands):
        assert better.lower == worse.upper
        assert better.lower_included != worse.upper_included


@given(st.sampled_from(sorted(READ)), st.data())
def test_a_line_broken_in_a_definition_changes_nothing(name: str, data: st.DataObject) -> None:
    text = READ[name].text
    # between a figure and its per cent sign, or between two Chinese letters of a bound
    places = [n for n, sign in enumerate(text) if n and sign in "%以"]
    place = data.draw(st.sampled_from(places))
    assert read(text[:place] + "\n" + text[place:]).company == read(text).company


@given(st.sampled_from(sorted(READ)), st.data())
def test_a_line_broken_anywhere_makes_no_other_bands(name: str, data: st.DataObject) -> None:
    text = READ[name].text
    place = data.draw(st.integers(1, len(text) - 1))
    found = find_standard(text[:place] + "\n" + text[place:])
    if found and found.scale:
        assert write(found.scale.company) == READ[name].company


@pytest.mark.parametrize("case", READ.values(), ids=READ)
@pytest.mark.parametrize(
    "change", [("\t", "  "), ("\t", "\n"), ("\n", "\r\n"), (" ", "\u3000"), ("\n\n", "\f")]
)
def test_how_cells_and_lines_are_parted_changes_nothing(
    case: Case, change: tuple[str, str]
) -> None:
    scale = read(case.text.replace(*change))
    assert (write(scale.company), write(scale.industry)) == (case.company, case.industry)


@pytest.mark.market
def test_the_report_beside_the_checkout_has_the_shipped_standard() -> None:
    path = SHARED / "report" / "report.txt"
    if not path.is_file():
        pytest.skip("the report is not beside the checkout")
    found = find_standard(path.read_text(encoding="utf-8"))
    assert found
    assert found.shipped == "soochow"
    shipped, scale = load_scale("soochow"), found.scale
    assert scale
    assert (scale.company, scale.industry) == (shipped.company, shipped.industry)
    assert (scale.benchmarks, scale.basis) == (shipped.benchmarks, shipped.basis)
    assert (scale.horizon_months, scale.longest_months) == (6, 12)
