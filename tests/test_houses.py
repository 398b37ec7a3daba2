"""Houses by their names, and what their words for grades mean."""

from pathlib import Path

import pytest

from universes import FaultyFileError, list_scales, load_scale
from universes.houses import load_houses, stance_of

SOOCHOW = load_scale("soochow")


def grade_of(word: str, scale: str = "soochow", extra: Path | None = None) -> str | None:
    """The id of the grade that a word of a house without words of its own means."""
    standard = load_scale(scale)
    place = load_houses(extra).read_word(word, standard, None)
    return None if place is None else standard.company[::-1][place].grade


@pytest.mark.parametrize(
    ("name", "house"),
    [
        ("东吴证券", "soochow"),
        ("东吴", "soochow"),
        ("東吳證券", "soochow"),
        (" soochow   SECURITIES ", "soochow"),
        ("Ｓｏｏｃｈｏｗ", "soochow"),
        ("中信建投", "csc"),
        ("国泰君安", "guotai_junan"),
        ("海通国际", "haitong_international"),
        ("宏信证券", "hongxin"),
        ("兴业证券", "industrial"),
    ],
)
def test_a_house_is_found_by_any_of_its_names(name: str, house: str) -> None:
    found = load_houses().find(name)
    assert found is not None
    assert found.id == house


@pytest.mark.parametrize("name", ["", "东吴基金", "中信证券", "国泰海通", "海通证券", "兴业银行"])
def test_a_house_with_another_name_is_another_house(name: str) -> None:
    assert load_houses().find(name) is None


def test_every_shipped_standard_has_its_house() -> None:
    found = load_houses()
    assert {house.scale for house in found.houses.values()} == set(list_scales())
    for house in found.houses.values():
        assert found.find(load_scale(house.scale).broker.zh) is house


@pytest.mark.parametrize("scale", list_scales())
def test_a_standard_knows_its_own_words_in_both_languages(scale: str) -> None:
    for band in load_scale(scale).company:
        assert grade_of(band.name.zh, scale) == band.grade
        assert grade_of(band.name.en.upper(), scale) == band.grade


@pytest.mark.parametrize(
    ("word", "scale", "grade"),
    [
        ("买入", "soochow", "buy"),
        ("買入", "soochow", "buy"),
        ("强烈推荐", "soochow", "buy"),
        ("强推", "csc", "buy"),
        ("Strong Buy", "soochow", "buy"),
        ("ＢＵＹ", "soochow", "buy"),
        ("跑赢行业", "soochow", "overweight"),
        ("优于大市", "soochow", "overweight"),
        ("overweight", "haitong_international", None),
        ("跑赢行业", "haitong_international", "outperform"),
        ("outperform", "hongxin", None),
        ("hold", "soochow", "neutral"),
        ("持有", "hongxin", "hold"),
        ("中性", "hongxin", "neutral"),
        ("underperform", "soochow", "underweight"),
        ("underperform", "haitong_international", "underperform"),
        ("沽售", "soochow", "sell"),
        ("卖出", "industrial", None),
        ("买入", "guotai_junan", None),
        ("谨慎增持", "guotai_junan", "cautious_overweight"),
        ("谨慎增持", "soochow", None),
    ],
)
def test_a_word_means_the_first_of_its_grades_that_the_standard_has(
    word: str, scale: str, grade: str | None
) -> None:
    assert grade_of(word, scale) == grade


@pytest.mark.parametrize(
    "word", ["推荐", "谨慎推荐", "审慎推荐", "强于大市", "看好", "无评级", "", "A"]
)
def test_a_word_of_several_meanings_or_none_is_not_guessed(word: str) -> None:
    assert grade_of(word) is None
    assert not load_houses().is_word(word)


@pytest.mark.parametrize(
    ("word", "grade"),
    [
        ("买入（维持）", "buy"),
        ("维持买入", "buy"),
        ("首次覆盖，买入", "buy"),
        ("首次覆盖给予“增持”评级", "overweight"),
        ("上调至买入", "buy"),
        ("买入-A", "buy"),
        ("上调至“买入-A”评级", "buy"),
        ("(首次) 增持", "overweight"),
        ("【买入】", "buy"),
        ("增持(下调)", "overweight"),
        ("Maintain Overweight", "overweight"),
        ("Neutral (reiterated)", "neutral"),
        # whether lowered to it or from it is not said
        ("增持下调", None),
        ("维持", None),
        ("()", None),
        ("维持推荐", None),
        ("买入增持", None),
    ],
)
def test_marks_that_change_no_grade_are_looked_through(word: str, grade: str | None) -> None:
    assert grade_of(word) == grade


def test_stances_are_those_of_the_bands() -> None:
    stances = {
        scale: [stance_of(band) for band in load_scale(scale).company] for scale in list_scales()
    }
    assert stances == {
        "soochow": [1, 1, 0, -1, -1],
        "csc": [1, 1, 0, -1, -1],
        "guotai_junan": [1, 1, 0, -1],
        "haitong_international": [1, 0, -1],
        "hongxin": [1, 1, 0, -1],
        "industrial": [1, 1, 0, -1],
    }


def test_a_users_file_adds_houses_and_words_and_wins(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(
        (Path(__file__).parent.parent / "universes/ratings/csc.toml").read_text(encoding="utf-8"),
        encoding="utf-8",
    )
    path = tmp_path / "words.toml"
    path.write_text(
        """
[[house]]
id = "mine"
name = { zh = "甲证券", en = "A Securities" }
spellings = ["甲", "Soochow"]
scale = "own.toml"
words = { "谨慎推荐" = "overweight" }

[[house]]
id = "bare"
name = { zh = "乙证券", en = "B Securities" }

[words]
"推荐" = ["overweight"]
"中性" = ["sell"]
"回避" = ["underweight"]
""",
        encoding="utf-8",
    )
    houses = load_houses(path)
    mine, bare, soochow = (houses.find(name) for name in ("soochow", "乙证券", "东吴"))
    assert mine is not None
    assert bare is not None
    assert soochow is not None
    assert (mine.id, bare.scale, soochow.id) == ("mine", "", "soochow")
    assert houses.read_word("谨慎推荐（维持）", load_scale(mine.scale), mine) == 3
    assert houses.read_word("谨慎推荐", SOOCHOW, bare) is None
    assert grade_of("推荐", extra=path) == "overweight"
    assert grade_of("回避", extra=path) == "underweight"
    # what the standard itself calls a grade stays that grade
    assert grade_of("中性", extra=path) == "neutral"
    assert houses.is_word("谨慎推荐")
    assert not load_houses().is_word("谨慎推荐")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '[[house]]\nid = "a"\nname = { zh = "甲", en = "A" }\nscale = "none.toml"',
            "unknown rating",
        ),
        (
            '[[house]]\nid = "a"\nname = { zh = "甲", en = "A" }\nwords = { "乙" = "buy" }',
            "is unknown",
        ),
        ('[words]\n"甲" = []', "names no grade"),
        ('[words]\n"Ａ" = ["buy"]\n"a" = ["sell"]', "stands twice"),
        ('[word]\n"甲" = ["buy"]', "unknown key 'word'"),
        (
            (
                '[[house]]\nid = "a"\nname = { zh = "甲", en = "A" }\n'
                '[[house]]\nid = "b"\nname = { zh = "乙", en = "a" }'
            ),
            "'a' is another house too",
        ),
    ],
)
def test_a_faulty_file_of_words_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "words.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FaultyFileError, match=said):
        load_houses(path)
