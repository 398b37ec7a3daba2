import datetime as dt
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import pytest
from conftest import ROOT
from matplotlib import font_manager, image
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle
from test_figures import make_font

from backtests import ConventionMap, fonts, map_conventions
from backtests.figures.chart import Chart, to_png
from backtests.report.conventions import lay_out_conventions
from backtests.report.page import render_page
from screener import Panel
from universes import Report, load_scale
from universes.text import Text


@pytest.fixture(scope="module")
def shipped(report: Report, snapshot: Panel) -> ConventionMap:
    return map_conventions(report.select(["publishers", "film"]), snapshot)


@pytest.fixture(scope="module")
def games(report: Report, snapshot: Panel) -> ConventionMap:
    return map_conventions(report.select(["games"]), snapshot)


def squares(chart: Chart) -> list[Rectangle]:
    return [each for each in chart.axes[0].patches if each.get_fill() and not each.get_hatch()]


def blanks(chart: Chart) -> list[Rectangle]:
    return [each for each in chart.axes[0].patches if each.get_hatch()]


def frames(chart: Chart) -> list[Rectangle]:
    return [each for each in chart.axes[0].patches if not each.get_fill()]


def row_of(chart: Chart, label: str) -> int:
    labels = [each.get_text() for each in chart.axes[0].get_yticklabels()]
    return labels.index(label)


def in_row(patches: list[Rectangle], row: int) -> list[Rectangle]:
    found = [each for each in patches if each.get_y() < row < each.get_y() + each.get_height()]
    return sorted(found, key=lambda each: each.get_x())


def test_each_pick_and_choice_has_its_square(shipped: ConventionMap) -> None:
    chart = shipped.plot()
    # the headline, and with one choice changed: entry 2, relative, basis, bound 1, months 6, days 6
    told = sum(
        (pick.headline.grade is not None) + sum(bool(v.cell.grade) for v in pick.variations)
        for pick in shipped.picks
    )
    assert len(squares(chart)) == told
    assert len(squares(chart)) + len(blanks(chart)) == 9 * 18
    # opens, the eighth month and four days are not in the embedded figures
    assert len(blanks(chart)) == 9 * 6
    assert len(frames(chart)) == sum(len(pick.flips) for pick in shipped.picks)


def test_what_differs_from_the_headline_is_framed(shipped: ConventionMap) -> None:
    chart = shipped.plot()
    row = row_of(chart, "Wanxin Media  601801.SH")
    labels = [each.get_text() for each in chart.axes[0].get_xticklabels()]
    places = dict(zip(labels, chart.axes[0].get_xticks(), strict=True))
    framed = [each.get_x() + each.get_width() / 2 for each in in_row(frames(chart), row)]
    expected = ["Basis: total", *(f"Horizon: {months} mo" for months in (7, 9, 10, 11, 12))]
    assert framed == pytest.approx([places[name] for name in expected])
    written = {
        round(text.get_position()[0], 3): text.get_text()
        for text in chart.axes[0].texts
        if text.get_position()[1] == row
    }
    assert written[round(places["Headline"], 3)] == "-"
    assert written[round(places["Basis: total"], 3)] == "0"
    assert written[round(places["Horizon: 7 mo"], 3)] == "--"
    # 52.9 of a hundred readings agree
    assert "52" in written.values()


def test_a_hundred_is_written_only_where_all_agree(shipped: ConventionMap) -> None:
    pick = shipped.picks[0]
    assert pick.headline.grade == "sell"
    nearly = replace(pick, scored=1000, grades={**pick.grades, "sell": 999}, agreement=0.999)
    chart = replace(shipped, picks=(nearly, *shipped.picks[1:])).plot()
    row = row_of(chart, "Shandong Publishing  601019.SH")
    assert "99" in {t.get_text() for t in chart.axes[0].texts if t.get_position()[1] == row}


def test_red_is_good_unless_told_otherwise(games: ConventionMap) -> None:
    # both are bought in the headline
    for colors, strongest in {"china": 0, "west": 1}.items():
        colour = in_row(squares(games.plot(colors=colors)), 1)[0].get_facecolor()
        assert max(range(3), key=lambda channel: colour[channel]) == strongest


def test_without_colours_the_better_is_the_darker(shipped: ConventionMap) -> None:
    legend = shipped.plot(colors="none").axes[0].get_legend()
    assert legend is not None
    lightness = [sum(patch.get_facecolor()[:3]) for patch in legend.get_patches()[:5]]
    assert lightness == sorted(lightness)
    assert len({to_hex(patch.get_facecolor()) for patch in legend.get_patches()[:5]}) == 5


def test_before_the_horizon_ends_all_is_hatched(report: Report, snapshot: Panel) -> None:
    found = map_conventions(report.select(["games"]), snapshot, as_of=dt.date(2024, 7, 1))
    chart = found.plot()
    assert (len(squares(chart)), len(blanks(chart))) == (0, 2 * 18)
    assert len(chart.axes[0].texts) == 0
    assert to_png(chart, 40)


def test_a_scale_of_two_grades_is_drawn(report: Report, snapshot: Panel) -> None:
    soochow = load_scale("soochow")
    best, rest = soochow.company[0], soochow.company[-1]
    halves = (replace(best, lower=0.0), replace(rest, upper=0.0, upper_included=False))
    scale = replace(soochow, company=halves, longest_months=6)
    chart = map_conventions(report.select(["games"]), snapshot, scale).plot()
    signs = {text.get_text() for text in chart.axes[0].texts}
    assert signs <= {"+", "-", "100"}


def test_the_picture_is_the_same_twice(games: ConventionMap) -> None:
    first, second = to_png(games.plot(), 60), to_png(games.plot(), 60)
    assert first == second
    pixels = image.imread(io.BytesIO(first))
    assert len({tuple(pixel) for pixel in pixels.reshape(-1, pixels.shape[2])[::17]}) > 3


@pytest.fixture
def chinese_font(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, games: ConventionMap
) -> Iterator[None]:
    labels = (ROOT / "backtests" / "labels.toml").read_text(encoding="utf-8")
    report = games.report
    named = [each.name.zh for each in (*report.picks, *report.scale.company)]
    named += [report.title.zh, *(theme.title.zh for theme in report.themes)]
    letters = {*labels, *"".join(named), *map(chr, range(32, 127))}
    make_font(tmp_path / "box.ttf", "Test Box", "".join(sorted(letters - {"\n"})))
    kept = list(font_manager.fontManager.ttflist)
    font_manager.fontManager.addfont(tmp_path / "box.ttf")
    monkeypatch.setattr(fonts, "_CHINESE", ["Test Box"])
    yield
    font_manager.fontManager.ttflist[:] = kept


@pytest.mark.usefixtures("chinese_font")
def test_chinese_is_drawn_with_no_empty_box(
    games: ConventionMap, caplog: pytest.LogCaptureFixture
) -> None:
    chart = games.plot("zh")
    written = {text.get_text() for text in chart.findobj(mpl.text.Text)}
    assert {"建仓 次日开盘", "口径 总回报", "神州泰岳  300002.SZ", "不可评"} <= written
    # a glyph that is missing is a warning, and a warning fails the test
    assert to_png(chart, 40)
    # matplotlib tells of a font that lacks a weight in its log
    assert caplog.text == ""


def test_without_a_chinese_font_all_is_english(
    games: ConventionMap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, "_CHINESE", [])
    chart = games.plot("zh")
    assert "Grade when one choice alone is changed" in chart.alt
    assert chart.caption.isascii()
    assert to_png(chart, 40)


def test_names_that_cannot_be_drawn_do_no_harm(games: ConventionMap) -> None:
    named = replace(games.picks[0].pick, name=Text("$x^2$", "昆仑 $x^2$"))
    odd = replace(games, picks=(replace(games.picks[0], pick=named), *games.picks[1:]))
    assert to_png(odd.plot(), 40)


def test_the_figure_stands_on_a_page(games: ConventionMap) -> None:
    page = render_page(lay_out_conventions(games, "en"), {"picks": games.plot()}, "en").decode()
    assert games.plot().alt in page
    assert "Ultrapower" in page
    assert page.count("<svg") == 1
