import datetime as dt
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib import font_manager, image
from matplotlib.figure import Figure

from backtests import Scorecard, fonts, score_picks
from backtests.figures.chart import to_png
from screener import Panel
from universes import Report, load_report
from universes.text import Text


@pytest.fixture
def card(report: Report, snapshot: Panel) -> Scorecard:
    return score_picks(report, snapshot)


def labels(figure: Figure) -> list[str]:
    return [label.get_text() for label in figure.axes[0].get_yticklabels()]


def make_font(path: Path, name: str, characters: str, width: int = 600) -> None:
    """Write a font that draws every character given as a box of its own."""
    pen = TTGlyphPen(None)
    for point in ((0, 0), (0, 500), (500, 500), (500, 0)):
        (pen.moveTo if point == (0, 0) else pen.lineTo)(point)
    pen.closePath()
    glyphs = [".notdef", *(f"u{ord(char):04x}" for char in characters)]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(glyphs)
    builder.setupCharacterMap({ord(char): f"u{ord(char):04x}" for char in characters})
    builder.setupGlyf(dict.fromkeys(glyphs, pen.glyph()))
    builder.setupHorizontalMetrics(dict.fromkeys(glyphs, (width, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": name, "styleName": "Regular", "fullName": name})
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)


@pytest.fixture
def fonts_installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The names of the Chinese fonts that this test knows of; none to begin with."""
    known: list[str] = []
    monkeypatch.setattr(fonts, "_CHINESE", known)
    kept = list(font_manager.fontManager.ttflist)
    yield known
    font_manager.fontManager.ttflist[:] = kept


def all_characters(card: Scorecard) -> str:
    texts = json.dumps(card.to_dict("zh"), ensure_ascii=False) + card.report.title.zh
    printable = [chr(code) for code in range(33, 127)]
    return "".join(sorted({*texts, *printable, *"个月相对基准收益（百分点）未评：− "} - set("\n")))


def test_without_a_chinese_font_names_are_english(
    card: Scorecard, fonts_installed: list[str]
) -> None:
    assert fonts_installed == []
    assert "Pop Mart  9992.HK" in labels(card.plot(language="zh"))


def test_with_a_chinese_font_names_are_chinese_and_drawn(
    card: Scorecard, fonts_installed: list[str], tmp_path: Path
) -> None:
    make_font(tmp_path / "box.ttf", "Test Box", all_characters(card))
    font_manager.fontManager.addfont(tmp_path / "box.ttf")
    fonts_installed.append("Test Box")
    figure = card.plot(language="zh")
    assert "泡泡玛特  9992.HK" in labels(figure)
    # a glyph that is missing is a warning, and a warning fails the test
    assert to_png(figure)


def test_a_font_that_lacks_one_character_is_passed_over(
    card: Scorecard, fonts_installed: list[str], tmp_path: Path
) -> None:
    make_font(tmp_path / "poor.ttf", "Test Poor", all_characters(card).replace("玛", ""))
    font_manager.fontManager.addfont(tmp_path / "poor.ttf")
    fonts_installed.append("Test Poor")
    assert "Pop Mart  9992.HK" in labels(card.plot(language="zh"))


def test_an_english_name_that_cannot_be_drawn_gives_way_to_its_symbol(
    card: Scorecard,
) -> None:
    first = card.report.themes[0].picks[0]
    rows = tuple(
        replace(row, name=Text("昆仑", "昆仑 Kunlun")) if row.symbol == str(first.symbol) else row
        for row in card.rows
    )
    found = labels(replace(card, rows=rows).plot())
    assert "300418.SZ" in found
    assert to_png(replace(card, rows=rows).plot())


def test_the_figure_shows_the_horizon_asked_for(card: Scorecard) -> None:
    axes = card.plot(12).axes[0]
    assert len(axes.patches) == 28
    widths = [bar.get_width() for bar in axes.patches]
    # the best stands at the top, which is last
    expected = sorted(100 * row.relative for row in card.rows if row.horizon_months == 12)
    assert widths == pytest.approx(expected)
    assert {round(line.get_xdata()[0]) for line in axes.lines} == {-15, -5, 0, 5, 15}


def test_red_is_up_unless_told_otherwise(card: Scorecard) -> None:
    best = {colors: card.plot(colors=colors).axes[0].patches[-1] for colors in ("china", "west")}
    china, west = (best[colors].get_facecolor() for colors in ("china", "west"))
    assert best["china"].get_width() > 100
    assert china[0] > china[1]
    assert west[1] > west[0]


def test_picks_without_a_score_are_named_not_drawn(snapshot: Panel) -> None:
    everyone = load_report().select(levels=["recommend", "mention"])
    axes = score_picks(everyone, snapshot).plot().axes[0]
    assert len(axes.patches) == 20
    assert "PDD.US" in axes.get_xlabel()


def test_nothing_scored_still_gives_a_figure(report: Report, snapshot: Panel) -> None:
    card = score_picks(report, snapshot, as_of=dt.date(2024, 6, 20))
    assert len(card.plot().axes[0].patches) == 0


def test_the_png_is_a_picture_and_the_same_twice(card: Scorecard) -> None:
    first, second = to_png(card.plot()), to_png(card.plot())
    assert first == second
    pixels = image.imread(io.BytesIO(first))
    assert pixels.shape[0] > 800
    assert len({tuple(pixel) for pixel in pixels.reshape(-1, pixels.shape[2])[::97]}) > 3


def test_plotting_leaves_matplotlibs_settings_alone(card: Scorecard) -> None:
    before = dict(mpl.rcParams)
    card.plot(language="zh")
    assert dict(mpl.rcParams) == before
