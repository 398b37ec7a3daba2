import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import naive_scorer
import pytest
from conftest import SHARED

from universes import FaultyFileError, InputError, Report, list_reports, load_report, load_scale
from universes.loader import REPORTS_FOLDER
from universes.rating import RATINGS_FOLDER

SHIPPED = REPORTS_FOLDER / "2024-06-16_soochow_media"
MENTIONS = {
    "9988.HK",
    "1024.HK",
    "9888.HK",
    "9618.HK",
    "9961.HK",
    "1698.HK",
    "2423.HK",
    "PDD.US",
    "YMM.US",
}


def test_the_28_picks_stand_as_another_reader_of_the_report_wrote_them_down() -> None:
    report = load_report().select()
    read = [
        (str(pick.symbol), pick.level, theme.id) for theme in report.themes for pick in theme.picks
    ]
    written = [(pick.symbol, pick.level, pick.theme) for pick in naive_scorer.PICKS]
    assert read == written


def test_the_nine_names_in_the_argument_are_mentions() -> None:
    report = load_report().select(levels=["mention"])
    assert {str(pick.symbol) for pick in report.picks} == MENTIONS


def test_the_report_says_when_it_came_out_and_why() -> None:
    published = load_report().publication
    assert published.date.isoformat() == "2024-06-16"
    assert published.inferred
    assert [day.isoformat() for day in published.window] == ["2024-06-15", "2024-06-21"]
    assert len(published.evidence) == 5


def test_every_theme_argues_in_both_languages() -> None:
    views = {}
    for theme in load_report().themes:
        views[theme.id] = theme.industry_view
        texts = [theme.title, theme.argument, *theme.catalysts, *theme.risks]
        assert theme.catalysts
        assert theme.risks
        assert all(text.zh and text.en for text in texts)
        assert all(pick.section and pick.words for pick in theme.picks)
    assert views == {
        "ai_apps": "overweight",
        "publishers": "none",
        "film": "none",
        "games": "none",
        "optical_modules": "overweight",
        "hk_internet": "overweight",
    }


def test_names_and_words_stand_in_the_report() -> None:
    path = SHARED / "report" / "report.txt"
    if not path.exists():
        pytest.skip("the report's text is not beside the checkout")
    text = path.read_text(encoding="utf-8")
    for pick in load_report().picks:
        assert pick.name.zh in text
        assert pick.words in text


def test_markets_follow_from_the_exchanges(report: Report) -> None:
    counts = Counter(pick.market.id for pick in report.picks)
    assert counts == {"shenzhen": 14, "shanghai": 8, "hongkong": 6}


def test_the_newest_report_is_the_default() -> None:
    assert load_report().id == list_reports()[-1]


def test_a_folder_and_its_copy_hold_the_same_report(tmp_path: Path) -> None:
    copy = shutil.copytree(SHIPPED, tmp_path / SHIPPED.name)
    assert load_report(copy).sha256 == load_report().sha256


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"themes": ["gold"]}, "unknown theme 'gold'.*ai_apps"),
        ({"levels": ["buy"]}, "unknown level 'buy'.*recommend, watch, mention"),
        ({"themes": ["film"], "levels": ["mention"]}, "no pick .* is left"),
    ],
)
def test_a_selection_that_cannot_be_made_is_refused(
    arguments: dict[str, list[str]], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        load_report().select(**arguments)


def test_an_unknown_report_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="2024-06-16_soochow_media"):
        load_report("nowhere")


SINGLE = """
title = { zh = "甲", en = "A" }
broker = { zh = "甲", en = "A" }
house = { zh = "甲", en = "A" }
scale = "soochow"
[published]
date = 2024-06-16
[[themes]]
id = "one"
title = { zh = "一", en = "One" }
section = "1"
argument = { zh = "因", en = "Because" }
[[themes.picks]]
symbol = "300308"
name = { zh = "中际旭创", en = "Innolight" }
level = "recommend"
section = "1"
words = "推荐"
[[themes.picks]]
symbol = "831445.NQ"
market = "neeq_market_making"
name = { zh = "乙", en = "B" }
level = "watch"
section = "1"
words = "关注"
"""


@pytest.fixture
def single(tmp_path: Path) -> Callable[[str, str], Path]:
    def write(old: str = "", new: str = "") -> Path:
        path = tmp_path / "mine.toml"
        path.write_text(SINGLE.replace(old, new, 1) if old else SINGLE, encoding="utf-8")
        return path

    return write


def test_a_report_can_be_one_file(single: Callable[..., Path]) -> None:
    report = load_report(single())
    assert (report.id, [str(pick.symbol) for pick in report.picks]) == (
        "mine",
        ["300308.SZ", "831445.NQ"],
    )
    assert report.picks[1].market.id == "neeq_market_making"
    assert not report.publication.inferred


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"300308"', '"3003o8"', "mine.toml:14: themes.1..picks.1..symbol: no exchange has"),
        ('"300308"', '"000001"', "ambiguous; write 000001.SH"),
        ('"300308"', '"000300.SH"', "000300.SH is an index"),
        ('"300308"', '"831445.NQ"\nmarket = "neeq_negotiated"', "831445.NQ is a duplicate"),
        ('"recommend"', '"buy"', "mine.toml:16: .*level: 'buy' is unknown; write one of: recomm"),
        ('"recommend"', "1", "1 is not text in quotes"),
        ("2024-06-16", '"June"', "mine.toml:7: published.date: 'June' is not a date"),
        ("2024-06-16", "2024-06-16\ninferred = true", "an inferred date stands alone"),
        ("2024-06-16", "2024-06-16\nwindow = [2024-07-01, 2024-07-02]", "outside its window"),
        ("2024-06-16", "2024-06-16\nwindow = [2024-05-01, 2024-05-02]", "outside its window"),
        (
            "2024-06-16",
            "2024-06-16\ninferred = true\nwindow = [2024-06-16, 2024-06-17]",
            "an inferred date stands alone",
        ),
        (
            "2024-06-16",
            "2024-06-16\nwindow = [2024-06-20, 2024-06-10]",
            "ends before it begins",
        ),
        ('zh = "甲"', 'zh = "甲\u200b"', "control characters"),
        ("2024-06-16", "2024-06-16\nwindow = [2024-07-01]", "has 1 dates, not 2"),
        ('market = "neeq_market_making"', "", "does not tell its market; add market = "),
        ('"neeq_market_making"', '"mars"', "unknown market 'mars'"),
        ('"neeq_market_making"', '"hongkong"', "831445.NQ is not listed there"),
        ('scale = "soochow"', 'scale = "nobody"', "mine.toml:5: scale: unknown rating scale"),
        ('scale = "soochow"', "", "the key 'scale' is missing"),
        ('section = "1"', 'section = "1"\ncolour = "red"', "unknown key 'colour'"),
        ('zh = "甲"', 'zh = "甲\\u001b[31m"', "control characters"),
        ('zh = "甲"', 'zh = ""', "the text is empty"),
        ('id = "one"', "", "the key 'id' is missing"),
        ("[[themes]]", "[themes]", "not a list of tables|not valid TOML"),
        ('title = { zh = "甲"', 'title = zh = "甲"', "mine.toml:2: not valid TOML"),
    ],
)
def test_a_faulty_file_is_refused_with_line_key_and_remedy(
    single: Callable[..., Path], old: str, new: str, message: str
) -> None:
    with pytest.raises(FaultyFileError, match=message):
        load_report(single(old, new))


def test_a_theme_cannot_stand_twice(single: Callable[..., Path]) -> None:
    path = single()
    text = path.read_text(encoding="utf-8")
    second = (
        text[text.index("[[themes]]") :].replace("300308", "300394").replace("831445", "831446")
    )
    path.write_text(text + second, encoding="utf-8")
    with pytest.raises(FaultyFileError, match="the theme 'one' stands twice"):
        load_report(path)


def test_a_byte_order_mark_is_no_fault(single: Callable[..., Path]) -> None:
    path = single()
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert len(load_report(path).picks) == 2


def test_all_faults_of_a_file_come_in_one_error(single: Callable[..., Path]) -> None:
    path = single()
    text = path.read_text(encoding="utf-8")
    text = text.replace('"300308"', '"?"').replace('"recommend"', '"buy"').replace("soochow", "x")
    path.write_text(text.replace("2024-06-16", '"June"') + "colour = 1\n", encoding="utf-8")
    with pytest.raises(FaultyFileError) as caught:
        load_report(path)
    keys = [fault.key for fault in caught.value.faults]
    assert keys == [
        "scale",
        "published.date",
        "themes[1].picks[1].symbol",
        "themes[1].picks[1].level",
        "themes[1].picks[2].colour",
    ]
    assert all(fault.line and fault.remedy for fault in caught.value.faults)


def test_faults_of_all_files_of_a_folder_come_in_one_error(tmp_path: Path) -> None:
    folder = shutil.copytree(SHIPPED, tmp_path / "copy")
    (folder / "film.toml").write_bytes(b"")
    (folder / "games.toml").write_bytes("title = '\xff'".encode("latin-1"))
    (folder / "stray.toml").write_text("a = 1")
    (folder / "ai_apps.toml").unlink()
    (folder / "publishers.toml").unlink()
    (folder / "publishers.toml").mkdir()
    with pytest.raises(FaultyFileError) as caught:
        load_report(folder)
    found = {fault.path.name: fault.message for fault in caught.value.faults}
    assert found == {
        "film.toml": "the file is empty",
        "games.toml": "not UTF-8 (byte 9)",
        "ai_apps.toml": "there is no such file",
        "publishers.toml": "this is a directory, not a TOML file",
        "report.toml": "stray.toml is not listed",
    }


def test_a_scale_may_lie_beside_the_report(tmp_path: Path) -> None:
    folder = shutil.copytree(SHIPPED, tmp_path / "copy")
    shutil.copy(RATINGS_FOLDER / "hongxin.toml", folder / "mine.toml")
    main = folder / "report.toml"
    text = main.read_text(encoding="utf-8")
    main.write_text(text.replace('scale = "soochow"', 'scale = "mine.toml"'), encoding="utf-8")
    assert load_report(folder).scale.company == load_scale("hongxin").company


@pytest.mark.parametrize("name", ["../copy/film", "", "a/b", "film.toml"])
def test_a_theme_is_named_without_path(tmp_path: Path, name: str) -> None:
    folder = shutil.copytree(SHIPPED, tmp_path / "copy")
    main = folder / "report.toml"
    text = main.read_text(encoding="utf-8")
    main.write_text(text.replace('"film"', f'"{name}"'), encoding="utf-8")
    with pytest.raises(FaultyFileError, match="is no file's name"):
        load_report(folder)


def test_a_file_too_large_for_a_report_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.toml"
    with path.open("wb") as file:
        file.truncate(5 * 2**20)
    with pytest.raises(FaultyFileError, match="too large"):
        load_report(path)


def test_a_duplicate_across_themes_is_found(tmp_path: Path) -> None:
    folder = shutil.copytree(SHIPPED, tmp_path / "copy")
    games = (folder / "games.toml").read_text(encoding="utf-8")
    (folder / "games.toml").write_text(games.replace("002517.SZ", "300308.SZ"), encoding="utf-8")
    with pytest.raises(FaultyFileError, match=r"300308\.SZ is a duplicate; the theme 'games' has"):
        load_report(folder)


def test_a_folder_without_a_report_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FaultyFileError, match=r"report\.toml: there is no such file"):
        load_report(tmp_path)
