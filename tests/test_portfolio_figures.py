"""What the figures of a portfolio draw, read back from their axes."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import matplotlib as mpl
import numpy as np
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.container import BarContainer
from matplotlib.dates import num2date
from test_figures import make_font

from backtests import fonts
from backtests.figures.chart import Chart, to_png, to_svg
from backtests.figures.gains import plot_bridge, plot_contributions
from backtests.figures.lines import HUES, spread
from backtests.figures.portfolio import plot_drawdowns, plot_equity, plot_weights
from backtests.measures.returns import measure
from backtests.portfolio.entries import Bridge, Contribution, Curve
from backtests.portfolio.result import Run
from backtests.portfolio.strategy.strategies import Strategy
from universes.text import Language, Text

DAYS = np.array(["2024-06-14", "2024-06-17", "2024-06-21", "2024-06-28"], "datetime64[D]")
GAMES, FILM = Text("游戏", "Games"), Text("影视", "Film")
PICKS = (
    Contribution("300002.SZ", Text("神州泰岳", "Ultrapower"), "games", 0.04, 0.01, 0.0, -0.002),
    Contribution("0700.HK", Text("腾讯", "Tencent"), "games", 0.30, 0.0, -0.05, -0.001),
    Contribution("300413.SZ", Text("芒果超媒", "Mango"), "film", -0.20, 0.0, 0.03, -0.008),
)
THEMES = (
    Contribution("games", GAMES, "games", 0.34, 0.01, -0.05, -0.003),
    Contribution("film", FILM, "film", -0.20, 0.0, 0.03, -0.008),
)
CURVE = Curve(
    dates=DAYS,
    sessions=np.array([1, 1, 4, 5]),
    equity=np.array([100.0, 120.0, 90.0, 112.1]),
    cash=np.array([100.0, 12.0, 18.0, 12.1]),
    paper=np.array([100.0, 121.0, 91.0, 113.0]),
    benchmark=np.array([100.0, 101.0, 103.0, 102.0]),
    indices={
        "000300.SH": np.array([100.0, 102.0, 99.0, 104.0]),
        "HSI.HK": np.array([100.0, 98.0, 97.0, 95.0]),
    },
    symbols=("300002.SZ", "0700.HK", "300413.SZ"),
    shares=np.array([[0.0] * 3] + [[1.0] * 3] * 3),
    value=np.array([[0.0, 0, 0], [24.0, 48, 36], [18.0, 36, 18], [20.0, 60, 20]]),
)
COSTS = {"commission": -0.006, "stamp_duty": -0.005, "sfc_levy": 0.0}


def make_run(name: Text, curve: Curve = CURVE, bridge: Bridge | None = None) -> Run:
    told = measure(np.array([0.1, 0.1]), np.array([0.1, 0.2]), np.array([1, 1]))
    return Run(
        strategy=Strategy(name.en, name, Text("", ""), "equal"),
        curve=curve,
        measures=told,
        paper=told,
        bridge=bridge or Bridge(0.13, 0.002, COSTS),
        turnover=0.5,
        exposure=0.9,
        time_invested=1.0,
        costs_paid={},
        costs_per_value=0.001,
        contributions=PICKS,
        themes=THEMES,
        trades=(),
        skipped=(),
        open_at_end=False,
        reconciled={},
    )


HELD = make_run(Text("买入并持有", "Buy and hold"))
SOLD = make_run(
    Text("持有到期限", "To the horizon"),
    replace(
        CURVE,
        dates=DAYS[:3],
        sessions=CURVE.sessions[:3],
        equity=np.array([100.0, 110.0, 105.0]),
        benchmark=np.array([100.0, 107.0, 108.0]),
        indices={key: level[:3] for key, level in CURVE.indices.items()},
    ),
)
DAILY = replace(HELD, curve=replace(CURVE, sessions=np.ones(4, int)))


def draw_all(language: Language = "en", run: Run = HELD) -> list[Chart]:
    return [
        plot_equity([run, SOLD], language),
        plot_drawdowns([run, SOLD], language),
        plot_weights(run, language),
        plot_contributions(run, language),
        plot_bridge(run, language),
    ]


def drawn_lines(axes: Axes) -> dict[str, tuple[list[str], list[float]]]:
    """The days and values of each line with a label."""
    return {
        str(line.get_label()): (
            [num2date(day).date().isoformat() for day in line.get_xdata()],
            list(line.get_ydata()),
        )
        for line in axes.lines
        if not str(line.get_label()).startswith("_")
    }


def bars(axes: Axes) -> list[tuple[float, float]]:
    """The start and the width of each bar, as drawn."""
    return [
        (patch.get_x(), patch.get_width())
        for group in axes.containers
        if isinstance(group, BarContainer)
        for patch in group.patches
    ]


def texts(chart: Chart) -> list[str]:
    return [text.get_text() for text in chart.axes[0].texts if text.get_text()]


def test_equity_is_drawn_as_the_change_against_the_initial_cash() -> None:
    found = drawn_lines(plot_equity([SOLD, HELD]).axes[0])
    days = [str(day) for day in DAYS]
    expected = {
        "To the horizon": (days[:3], [0, 10, 5]),
        "Buy and hold": (days, [0, 20, -10, 12.1]),
        # of the first run, and each index for as long as any run
        "Blended benchmark": (days[:3], [0, 7, 8]),
        "CSI 300": (days, [0, 2, -1, 4]),
        "Hang Seng": (days, [0, -2, -3, -5]),
    }
    assert found.keys() == expected.keys()
    for name, (dates, values) in expected.items():
        assert found[name][0] == dates
        assert found[name][1] == pytest.approx(values)


def test_each_line_is_named_with_where_it_ends() -> None:
    # from the highest end to the lowest
    assert texts(plot_equity([HELD, SOLD]))[:-1] == [
        "Buy and hold +12.1%",
        "To the horizon (until 2024-06-21) +5.0%",
        "CSI 300 +4.0%",
        "Blended benchmark +2.0%",
        "Hang Seng -5.0%",
    ]


def test_no_name_covers_a_line_or_another_name() -> None:
    many = [make_run(Text(f"策略{n}", f"Strategy {n}")) for n in range(14)]
    chart = plot_equity(many)
    chart.draw_without_rendering()
    axes, canvas = chart.axes[0], chart.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    renderer = canvas.get_renderer()
    names = [text for text in axes.texts if text.get_text().endswith("%")]
    boxes = [text.get_window_extent(renderer) for text in names]
    assert len(boxes) == 14 + 3
    assert all(above.y0 >= below.y1 - 1 for above, below in pairwise(boxes))
    assert min(box.x0 for box in boxes) > axes.get_window_extent(renderer).x1
    assert max(box.x1 for box in boxes) <= chart.bbox.x1


def test_a_drawdown_is_measured_from_the_highest_equity_so_far() -> None:
    chart = plot_drawdowns([HELD, SOLD])
    found = drawn_lines(chart.axes[0])
    assert found["Buy and hold"][1] == pytest.approx([0, 0, -25, 100 * (112.1 / 120 - 1)])
    assert found["To the horizon"][1] == pytest.approx([0, 0, 100 * (105 / 110 - 1)])
    assert chart.caption == "Buy and hold -25.0%, To the horizon -4.5%"


def test_weights_are_stacked_by_theme_up_to_the_whole() -> None:
    axes = plot_weights(HELD).axes[0]
    bands = {}
    for area in axes.collections:
        corners = area.get_paths()[0].vertices
        by_day = [corners[np.isclose(corners[:, 0], day)][:, 1] for day in np.unique(corners[:, 0])]
        bands[area.get_label()] = [(min(each), max(each)) for each in by_day]
    assert list(bands) == ["Games", "Film", "Cash"]
    games, film = np.array([0, 60, 60, 80 / 1.121]), np.array([0, 30, 20, 20 / 1.121])
    edges = [np.zeros(4), games, games + film, np.full(4, 100.0)]
    for band, below, above in zip(bands.values(), edges[:-1], edges[1:], strict=True):
        assert np.array(band) == pytest.approx(np.column_stack([below, above]))


def test_contributions_stand_best_first_with_gains_right_and_losses_left() -> None:
    axes = plot_contributions(HELD).axes[0]
    labels = [label.get_text() for label in axes.get_yticklabels()]
    # the best stands at the top, which is last
    assert labels == ["Mango  300413.SZ", "Ultrapower  300002.SZ", "Tencent  0700.HK"]
    price, currency, costs = np.array(bars(axes)).reshape(3, 3, 2)
    assert price == pytest.approx(np.array([[0, -20], [0, 5], [0, 30]]))
    assert currency == pytest.approx(np.array([[0, 3], [0, 0], [0, -5]]), abs=1e-12)
    assert costs == pytest.approx(np.array([[-20, -0.8], [0, -0.2], [-5, -0.1]]))
    (marks,) = [line for line in axes.lines if line.get_marker() == "D"]
    assert list(marks.get_xdata()) == pytest.approx([-17.8, 4.8, 24.9])
    assert [text.get_text() for text in axes.texts] == ["-17.80", "+4.80", "+24.90"]


def test_the_bridge_leads_from_the_paper_return_to_the_return_after_costs() -> None:
    chart = plot_bridge(HELD)
    axes = chart.axes[0]
    labels = [label.get_text() for label in axes.get_yticklabels()]
    # the levy was never paid
    assert labels == ["Paper", "Execution", "Commission", "Stamp duty", "After costs"]
    expected = [(0, 13), (13, 0.2), (13.2, -0.6), (12.6, -0.5), (0, 12.1)]
    assert np.array(bars(axes)) == pytest.approx(np.array(expected))
    assert texts(chart) == ["+13.00%", "+20.0 bp", "-60.0 bp", "-50.0 bp", "+12.10%"]
    # steps are coloured by their sign, the first and the last are not
    colours = [bar.get_facecolor() for group in axes.containers for bar in group.patches]
    assert colours[1][0] > colours[1][1]
    assert colours[2][1] > colours[2][0]
    assert colours[0] == colours[4]


@pytest.mark.parametrize(
    ("bridge", "cut"),
    [
        (Bridge(0.8, -0.001, COSTS), True),
        (Bridge(-0.8, -0.001, COSTS), True),
        (Bridge(0.05, 0.02, COSTS), False),
        (Bridge(0.005, -0.001, COSTS), False),
        (Bridge(0.0, 0.0, {}), False),
    ],
)
def test_an_axis_that_leaves_zero_out_says_so(bridge: Bridge, *, cut: bool) -> None:
    axes = plot_bridge(make_run(Text("甲", "A"), bridge=bridge)).axes[0]
    low, high = axes.get_xlim()
    ends = [100 * bridge.paper, 100 * bridge.after_costs]
    assert low < min(ends) <= max(ends) < high
    assert (low <= 0 <= high) is not cut
    assert (axes.get_xlabel() == "The axis does not begin at zero.") is cut


def test_known_closes_are_marked_where_sessions_are_missing_between_them() -> None:
    def marked(chart: Chart) -> bool:
        return any(line.get_marker() in {"o", "."} for line in chart.axes[0].lines)

    for plot in (plot_equity, plot_drawdowns):
        sparse, daily = plot([HELD]), plot([DAILY])
        assert marked(sparse)
        assert not marked(daily)
        assert "between them nothing is known" in sparse.axes[0].get_xlabel()
        assert daily.axes[0].get_xlabel() == ""
    sparse, daily = plot_weights(HELD), plot_weights(DAILY)
    assert marked(sparse)
    assert not marked(daily)
    assert "between them nothing is known" in sparse.axes[0].get_xlabel()


def test_the_day_of_the_decision_is_marked() -> None:
    for chart in (plot_equity([HELD]), plot_drawdowns([HELD]), plot_weights(HELD)):
        upright = [line for line in chart.axes[0].lines if len(set(line.get_xdata())) == 1]
        assert [num2date(line.get_xdata()[0]).date().isoformat() for line in upright] == [
            "2024-06-14"
        ]
        assert texts(chart)[-1] == "first decision, at the close of 2024-06-14"


def test_a_heading_stands_over_the_title() -> None:
    chart = plot_equity([HELD], heading=Text("报告", "A report"))
    lines = chart.get_suptitle().splitlines()
    assert lines[0] == "A report"
    assert lines[1].startswith("Executable equity")
    assert chart.alt == " · ".join(lines)


def test_red_is_up_unless_told_otherwise() -> None:
    def best(chart: Chart) -> tuple[float, float, float]:
        return to_rgb(chart.axes[0].containers[0].patches[-1].get_facecolor())

    china, west, none = (
        best(plot_contributions(HELD, "en", colors)) for colors in ("china", "west", "none")
    )
    assert china[0] > china[1]
    assert west[1] > west[0]
    assert max(none) - min(none) < 0.1


def test_without_colours_every_line_is_grey() -> None:
    for chart in (plot_equity([HELD, SOLD], "en", "none"), plot_drawdowns([HELD], "en", "none")):
        for line in chart.axes[0].lines:
            red, green, blue = to_rgb(line.get_color())
            assert max(red, green, blue) - min(red, green, blue) < 0.1
    fills = [
        to_rgb(area.get_facecolor()[0])
        for area in plot_weights(HELD, "en", "none").axes[0].collections
    ]
    assert all(max(fill) - min(fill) < 0.1 for fill in fills)


def luminance(colour: str) -> float:
    """The relative luminance of the W3C's guidelines on contrast."""
    shares = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in to_rgb(colour)
    ]
    return 0.2126 * shares[0] + 0.7152 * shares[1] + 0.0722 * shares[2]


def test_lines_stand_out_from_a_light_and_from_a_dark_page() -> None:
    style = (ROOT / "backtests/report/templates/page.css").read_text(encoding="utf-8")
    pages = re.findall(r"--paper: (#\w{6})", style)
    assert len(pages) == 2
    for page in pages:
        for hue in HUES:
            lower, higher = sorted([luminance(page), luminance(hue)])
            assert (higher + 0.05) / (lower + 0.05) >= 3


def test_no_two_of_many_lines_look_alike() -> None:
    many = [make_run(Text(f"策略{n}", f"Strategy {n}")) for n in range(16)]
    for colors in ("china", "none"):
        lines = [
            line
            for line in plot_equity(many, "en", colors).axes[0].lines
            if str(line.get_label()).startswith("Strategy")
        ]
        looks = {
            (line.get_color(), line.get_marker(), str(line._unscaled_dash_pattern))  # noqa: SLF001
            for line in lines
        }
        assert len(looks) == 16


@pytest.fixture
def chinese_font(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A font that has the letters of the labels and of the picks, and no others."""
    labels = (ROOT / "backtests" / "labels.toml").read_text(encoding="utf-8")
    named = [each.name.zh for each in (*PICKS, *THEMES)]
    named += [HELD.strategy.title.zh, SOLD.strategy.title.zh, "沪深恒生指数"]
    letters = {*labels, *"".join(named), *map(chr, range(32, 127))}
    make_font(tmp_path / "box.ttf", "Test Box", "".join(sorted(letters - {"\n"})))
    kept = list(font_manager.fontManager.ttflist)
    font_manager.fontManager.addfont(tmp_path / "box.ttf")
    monkeypatch.setattr(fonts, "_CHINESE", ["Test Box"])
    yield
    font_manager.fontManager.ttflist[:] = kept


@pytest.mark.usefixtures("chinese_font")
def test_chinese_is_drawn_with_no_empty_box() -> None:
    for chart in draw_all("zh"):
        written = [text.get_text() for text in chart.findobj(mpl.text.Text)]
        assert any("买入并持有" in text or "回撤" in text for text in [*written, chart.alt])
        # a glyph that is missing is a warning, and a warning fails the test
        assert to_png(chart, 40)


def test_without_a_chinese_font_all_is_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_CHINESE", [])
    for chart in draw_all("zh"):
        assert chart.alt.isascii()
        assert chart.caption.isascii()
        assert to_png(chart, 40)


def test_names_that_cannot_be_drawn_do_no_harm() -> None:
    title = Text("$x^2$", "昆仑 $x^2$ <script>")
    pick = replace(PICKS[0], name=title)
    run = replace(make_run(title), contributions=(pick, *PICKS[1:]))
    for chart in draw_all(run=run):
        assert b"<script" not in to_svg(chart)
        assert to_png(chart, 40)
    labels = [each.get_text() for each in plot_contributions(run).axes[0].get_yticklabels()]
    assert "300002.SZ" in labels


def test_every_cost_of_the_rule_files_has_a_name() -> None:
    found = set()
    for path in sorted((ROOT / "backtests" / "portfolio" / "rules").glob("*.toml")):
        costs = tomllib.loads(path.read_text(encoding="utf-8")).get("costs", [])
        found |= {each["code"] for each in costs if "inside" not in each}
    costs = dict.fromkeys(found, -0.01)
    assert len(found) >= 7
    axes = plot_bridge(make_run(Text("甲", "A"), bridge=Bridge(0.5, 0.0, costs))).axes[0]
    assert len(axes.get_yticklabels()) == len(found) + 2


def test_what_another_library_sets_changes_nothing() -> None:
    before = to_png(plot_weights(HELD), 40)
    with mpl.rc_context({"axes.grid": True, "text.color": "red", "font.size": 20}):
        assert to_png(plot_weights(HELD), 40) == before


def test_plotting_leaves_matplotlibs_settings_alone() -> None:
    before = dict(mpl.rcParams)
    to_svg(draw_all("zh")[0])
    assert dict(mpl.rcParams) == before


def test_svg_is_the_same_twice_and_asks_for_nothing() -> None:
    for first, second in zip(draw_all(), draw_all(), strict=True):
        content = to_svg(first)
        assert content == to_svg(second)
        root = ET.fromstring(content)  # noqa: S314 - our own
        tags = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert not tags & {"text", "image", "script", "metadata", "foreignObject"}
        links = [v for e in root.iter() for k, v in e.attrib.items() if k.endswith("href")]
        assert links
        assert all(link.startswith("#") for link in links)
        assert b"<!--" not in content


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=20).map(lambda ends: sorted(ends, reverse=True)),
    st.floats(0.001, 0.05),
)
def test_labels_are_moved_apart_and_stay_inside(wanted: list[float], gap: float) -> None:
    places = spread(wanted, gap)
    assert all(above - below >= gap - 1e-9 for above, below in pairwise(places))
    assert places[-1] >= 0
    assert places[0] <= 1 + 1e-9
