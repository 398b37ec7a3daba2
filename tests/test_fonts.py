"""No figure shows an empty box: drawn, with and without a Chinese font."""

import datetime as dt
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
import test_evidence_figures
import test_portfolio_figures
from fontTools.ttLib import TTFont
from hostile import draw_chart
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import font_manager
from matplotlib.text import Text as Drawn
from test_figures import make_font

from backtests import fonts, map_conventions, score_picks
from backtests.figures.chart import Chart, to_files, to_png
from backtests.figures.inline import to_inline
from backtests.figures.lettering import Lettering, readers_fonts
from backtests.report.document import Document, Sheet
from backtests.report.folder import draw_page
from backtests.report.weekly.folder import list_figures
from backtests.weekly.compose import compose_week
from screener import Panel
from universes import Report
from universes.text import Language, Text

ENGLISH = Path(font_manager.findfont(fonts.LATIN_FONT))
CHINESE = fonts.chinese_font(["泡泡玛特", "（）：，。"])


def draw_product(report: Report, snapshot: Panel, language: Language) -> list[Chart]:
    """Draw every figure that the product has."""
    weekly = compose_week(report, snapshot, dt.date(2024, 12, 20))
    return [
        score_picks(report, snapshot).plot(language=language),
        map_conventions(report.select(["games"]), snapshot).plot(language),
        *test_portfolio_figures.draw_all(language),
        *test_evidence_figures.draw_all(language),
        *(draw() for draw in list_figures(weekly, language, "china").values()),
    ]


def characters(chart: Chart) -> set[str]:
    """Return what is drawn, the marks of the axes as well, but blanks."""
    to_png(chart, 40)
    texts = [each for each in chart.findobj(Drawn) if each.get_visible()]
    return {char for each in texts for char in each.get_text() if not char.isspace()}


def glyphs(path: Path, number: int = 0) -> set[str]:
    with TTFont(path, fontNumber=number if path.suffix == ".ttc" else -1) as font:
        return {chr(code) for code in font.getBestCmap()}


@pytest.fixture
def no_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_CHINESE", ())


@pytest.mark.usefixtures("no_chinese")
def test_without_a_chinese_font_every_figure_is_drawn_in_english_letters_only(
    report: Report, snapshot: Panel
) -> None:
    known = glyphs(ENGLISH)
    for chart in draw_product(report, snapshot, "zh"):
        assert chart.letters == Lettering("en", fonts.LATIN_FONT)
        drawn = characters(chart)
        assert drawn <= known
        assert not any(unicodedata.east_asian_width(char) == "W" for char in drawn)


@pytest.mark.usefixtures("no_chinese")
def test_an_empty_box_would_be_found() -> None:
    with readers_fonts():
        charts = test_portfolio_figures.draw_all("zh")
    for chart in charts:
        assert chart.letters == Lettering("zh", None)
        with pytest.warns(UserWarning, match="missing from font"):
            assert not characters(chart) <= glyphs(ENGLISH)


@pytest.mark.usefixtures("no_chinese")
def test_on_a_page_every_figure_keeps_its_language(report: Report, snapshot: Panel) -> None:
    with readers_fonts():
        charts = draw_product(report, snapshot, "zh")
    for chart in charts:
        inline = to_inline(chart, "f1")
        assert "<text" in inline
        assert not chart.alt.isascii()
        assert any("\u4e00" <= char <= "\u9fff" for char in inline.partition("<text")[2])
    # and only there
    assert test_portfolio_figures.draw_all("zh")[0].letters.language == "en"


@pytest.mark.skipif(CHINESE is None, reason="no Chinese font is installed: fonts-noto-cjk has one")
def test_with_a_chinese_font_every_figure_is_drawn_in_chinese(
    report: Report, snapshot: Panel
) -> None:
    for chart in draw_product(report, snapshot, "zh"):
        assert chart.letters.language == "zh"
        assert chart.letters.font
        known = glyphs(Path(font_manager.findfont(chart.letters.font)))
        drawn = characters(chart)
        assert any("\u4e00" <= char <= "\u9fff" for char in drawn)
        assert drawn <= known


@pytest.fixture
def square_font(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    with readers_fonts():
        (chart,) = [test_portfolio_figures.draw_all("zh")[4]]
    texts = "".join(each.get_text() for each in chart.findobj(Drawn)) + chart.alt
    letters = {*texts, *map(chr, range(32, 127)), *"−（）%"} - {"\n"}
    # what chooses the letters looks at more texts than are drawn
    letters |= {chr(code) for code in range(0x4E00, 0x9FFF)} | set("：，。；、“”·—")
    make_font(tmp_path / "squares.ttf", "Test Squares", "".join(sorted(letters)), width=1000)
    kept = list(font_manager.fontManager.ttflist)
    font_manager.fontManager.addfont(tmp_path / "squares.ttf")
    monkeypatch.setattr(fonts, "_CHINESE", ("Test Squares",))
    yield
    font_manager.fontManager.ttflist[:] = kept


class Drawer:
    """Draws a bridge, and counts how often."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> Chart:
        self.times += 1
        return test_portfolio_figures.plot_bridge(test_portfolio_figures.HELD, "zh")


def write(draw: Drawer) -> dict[str, bytes]:
    sheet = Sheet("rows", "表", [], [])
    return draw_page(Document("d", "报告", {}, sheet, [sheet]), {"bridge": draw}, "zh", "china")


@pytest.mark.usefixtures("no_chinese")
def test_without_a_chinese_font_the_page_is_chinese_and_its_files_are_english() -> None:
    draw = Drawer()
    files = write(draw)
    assert "买入并持有" in files["index.html"].decode()
    assert draw.times == 2
    english = test_portfolio_figures.plot_bridge(test_portfolio_figures.HELD, "en")
    assert to_files(english) == (files["figures/bridge.png"], files["figures/bridge.svg"])


@pytest.mark.usefixtures("square_font")
def test_with_a_chinese_font_a_figure_is_drawn_once_for_the_page_and_its_files() -> None:
    draw = Drawer()
    files = write(draw)
    assert draw.times == 1
    # that a page was made of it changes nothing in its files
    assert to_files(draw()) == (files["figures/bridge.png"], files["figures/bridge.svg"])
    assert "买入并持有" in files["index.html"].decode()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_endless_turned_and_hostile_names_are_drawn(language: Language) -> None:
    chart = draw_chart(language)
    # no room for the drawing is a warning, and a warning fails the test
    png, svg = to_files(chart)
    assert png
    assert b"<script" not in svg
    labels = [each.get_text() for each in chart.axes[0].get_yticklabels()]
    assert labels[3].endswith("x...  300002.SZ")
    assert labels[2] == "abcdef  300002.SZ"
    assert chart.axes[0].get_window_extent().width > 0.4 * chart.bbox.width


def test_a_letter_is_as_wide_as_the_font_says_and_a_chinese_one_is_square() -> None:
    font = TTFont(ENGLISH)
    cmap, widths, units = font.getBestCmap(), font["hmtx"], font["head"].unitsPerEm
    for text in ("Pop Mart  9992.HK", "+130.5%", "שלום", "−–…"):
        own = sum(widths[cmap[ord(char)]][0] for char in text) / units
        assert fonts.estimate_width(text) == pytest.approx(own, abs=1e-3)
    assert fonts.estimate_width("泡泡玛特（一）") == 7.0
    # an accent that stands on the letter before it, a mark of direction
    assert fonts.estimate_width("\u0301\u2068") == 0.0


@given(st.text(max_size=60))
def test_a_cut_name_is_short_and_begins_as_the_name(name: str) -> None:
    letters = Lettering("zh", None)
    cut = letters.cut(Text(name, name)).zh
    if fonts.estimate_width(name) <= 24:
        assert cut == name
    else:
        assert fonts.estimate_width(cut) <= 24
        assert cut.endswith("...")
        assert name.startswith(cut[:-3])
