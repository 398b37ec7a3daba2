"""What the figures of the evidence draw, read back from their axes."""

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import fields, replace
from itertools import pairwise
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from conftest import ROOT
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.container import BarContainer
from matplotlib.dates import num2date
from matplotlib.patches import Rectangle
from matplotlib.text import Text as Drawn
from matplotlib.transforms import Bbox
from test_figures import make_font

from backtests import fonts
from backtests.evidence.baskets import Basket
from backtests.evidence.chance.paths import EventPath
from backtests.evidence.chance.placebo import Controls, Placebo
from backtests.evidence.entries import Judgement
from backtests.evidence.names import name_basket
from backtests.evidence.split import Split
from backtests.figures.chart import Chart, fold, to_png, to_svg
from backtests.figures.evidence import plot_placebo
from backtests.figures.path import plot_path
from backtests.figures.split import plot_split
from universes import InputError, Theme
from universes.text import Language, Text

NOBODY = np.zeros(0, dtype=np.intp)
GAMES = Theme("games", Text("游戏", "Games"), "3", "none", Text("", ""), (), (), ())
LONG = Theme(
    "long",
    Text(
        "面向全球市场的人工智能应用与内容平台以及相关的算力基础设施产业链",
        "Artificial intelligence applications, content platforms and the computing behind them",
    ),
    "4",
    "none",
    Text("", ""),
    (),
    (),
    (),
)

MARKET = Placebo(
    "market",
    mean=0.16,
    controls=Controls(count=2504, late=0, ended=0, unlisted=0),
    widened=(),
    refusal="",
    expected=0.11,
    low=-0.05,
    middle=0.1,
    high=0.25,
    percentile=0.743,
    p_above=0.257,
    p_short=0.9,
    draws=1000,
    bars=np.array([100, 400, 400, 100]),
    edges=np.array([-0.1, 0.0, 0.1, 0.2, 0.3]),
)
SECTOR = replace(
    MARKET,
    pool="sector",
    expected=0.2,
    low=0.1,
    high=0.3,
    percentile=0.209,
    bars=np.array([300, 700]),
    edges=np.array([0.1, 0.2, 0.4]),
)
ALIKE = Placebo("alike", 0.16, Controls(0, 0, 0, 0), (), "unknown")

SPLIT = Split(
    mean=0.16, breadth=0.117, sector=0.111, selection=-0.068, unsplit=0.0, unsplit_picks=NOBODY
)
MIXED = Split(0.02, -0.05, 0.01, 0.02, 0.04, np.array([3]))
WHOLE = Split(0.16, 0.117, 0.0, 0.0, 0.043, np.array([0, 1, 2, 3, 4]))


def judge(
    group: str = "all",
    key: str = "",
    placebos: tuple[Placebo, ...] = (MARKET, SECTOR, ALIKE),
    split: Split | None = SPLIT,
    months: int = 6,
    scored: int = 5,
) -> Judgement:
    told = {
        "basket": Basket(group, key, np.arange(5)),
        "horizon_months": months,
        "count": 5,
        "scored": scored,
        "mean": 0.16,
        "placebos": placebos,
        "split": split,
    }
    # a figure has no need of the tests and the verdict
    return Judgement(**{each.name: told.get(each.name) for each in fields(Judgement)})


PUBLISHED = dt.date(2024, 6, 16)
DAYS = np.array(
    ["2024-06-13", "2024-06-14", "2024-06-17", "2024-06-18", "2024-06-19"], "datetime64[D]"
)
PATH = EventPath(
    dates=DAYS,
    mean=np.array([math.nan, -0.02, 0.0, 0.03, 0.05]),
    counted=np.array([0, 4, 5, 5, 5]),
    low=np.array([-0.03, -0.02, 0.0, -0.01, -0.02]),
    middle=np.array([-0.01, -0.01, 0.0, 0.01, 0.02]),
    high=np.array([0.01, 0.02, 0.0, 0.04, 0.07]),
    draws=2000,
    exits=((1, DAYS[3]), (2, DAYS[4])),
)
NOTHING = np.full(5, math.nan)
ALONE = replace(PATH, low=NOTHING, middle=NOTHING, high=NOTHING, draws=0)
WEEKLY = replace(ALONE, dates=DAYS[0] + 7 * np.arange(5), exits=())


def draw_all(language: Language = "en") -> list[Chart]:
    title = Text("报告", "A report")
    return [
        plot_placebo(judge(), language, "china", title),
        plot_placebo(judge(placebos=(ALIKE,)), language),
        plot_split(
            [judge(), judge("theme", "games", split=MIXED), judge("level", "watch", split=None)],
            language,
            "west",
            title,
            [GAMES],
        ),
        plot_split([judge(split=None)], language),
        plot_path(PATH, PUBLISHED, language, "china", title),
        plot_path(WEEKLY, PUBLISHED, language, "none"),
    ]


def bars(axes: Axes, group: int = 0) -> list[tuple[float, float, float, float]]:
    """Left, bottom, width and height of each bar of one group."""
    groups = [each for each in axes.containers if isinstance(each, BarContainer)]
    return [(*patch.get_xy(), patch.get_width(), patch.get_height()) for patch in groups[group]]


def columns(axes: Axes) -> list[tuple[float, float, float]]:
    """Middle, start and height of each bar that stands alone in its group."""
    found = [bars(axes, n)[0] for n in range(len(axes.containers))]
    return [(round(x + width / 2, 9), y, height) for x, y, width, height in found]


def uprights(axes: Axes) -> list[float]:
    return [line.get_xdata()[0] for line in axes.lines if len(set(line.get_xdata())) == 1]


def texts(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts if text.get_text()]


def note_of(chart: Chart) -> str:
    return chart.get_supxlabel()


def box_of(chart: Chart, text: Drawn) -> Bbox:
    canvas = chart.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    return text.get_window_extent(canvas.get_renderer())


def day_of(place: float) -> str:
    return num2date(place).date().isoformat()


def test_the_bars_are_the_random_baskets_in_percentage_points() -> None:
    market, sector, _ = plot_placebo(judge()).axes
    assert np.array(bars(market)) == pytest.approx(
        np.array([[-10, 0, 10, 100], [0, 0, 10, 400], [10, 0, 10, 400], [20, 0, 10, 100]])
    )
    assert np.array(bars(sector)) == pytest.approx(np.array([[10, 0, 10, 300], [20, 0, 20, 700]]))


def test_the_lowest_and_the_highest_twentieth_are_cut_where_they_end() -> None:
    market, sector, _ = plot_placebo(judge()).axes
    # up to the 5th percentile of -5, and from the 95th of +25
    assert np.array(bars(market, 1)) == pytest.approx(np.array([[-10, 0, 5, 100]]))
    assert np.array(bars(market, 2)) == pytest.approx(np.array([[25, 0, 5, 100]]))
    assert bars(sector, 1) == []
    assert np.array(bars(sector, 2)) == pytest.approx(np.array([[30, 0, 10, 700]]))


def test_zero_the_random_average_and_the_basket_are_marked() -> None:
    market, sector, _ = plot_placebo(judge()).axes
    assert uprights(market) == pytest.approx([0, 11, 16])
    assert uprights(sector) == pytest.approx([0, 20, 16])
    assert texts(market) == ["+16.0, beat 74.3% of the random baskets"]
    assert texts(sector) == ["+16.0, beat 20.9% of the random baskets"]
    assert market.get_ylabel() == "Market\n2,504 shares\naverage +11.0"


def test_all_comparisons_stand_on_one_scale() -> None:
    limits = {axes.get_xlim() for axes in plot_placebo(judge()).axes}
    ((low, high),) = limits
    assert low < -10
    assert high > 40


def test_zero_is_in_sight_where_all_baskets_are_far_above_or_below_it() -> None:
    for sign in (1, -1):
        edges = np.sort(sign * np.array([0.3, 0.4, 0.5]))
        placebo = replace(SECTOR, mean=sign * 0.4, edges=edges)
        low, high = plot_placebo(judge(placebos=(placebo,))).axes[0].get_xlim()
        assert low < 0 < high


@pytest.mark.parametrize(
    ("percentile", "spelled"),
    [(0.743, "74.3"), (1.0, "100.0"), (0.99999, ">99.9"), (0.00001, "<0.1"), (0.0, "0.0")],
)
def test_all_or_none_are_beaten_only_where_it_is_so(percentile: float, spelled: str) -> None:
    chart = plot_placebo(judge(placebos=(replace(MARKET, percentile=percentile),)))
    assert texts(chart.axes[0]) == [f"+16.0, beat {spelled}% of the random baskets"]


@pytest.mark.parametrize("mean", [-4.0, 7.0])
def test_a_basket_far_from_all_random_ones_stays_in_sight(mean: float) -> None:
    chart = plot_placebo(judge(placebos=(SECTOR, replace(MARKET, mean=mean))))
    chart.draw_without_rendering()
    for axes in chart.axes:
        low, high = axes.get_xlim()
        assert low < min(-10, 100 * mean)
        assert high > max(40, 100 * mean)
        (label,) = axes.texts
        box = box_of(chart, label)
        assert chart.bbox.x0 <= box.x0 < box.x1 <= chart.bbox.x1


@pytest.mark.parametrize(
    ("pool", "refusal", "scored", "why"),
    [
        ("market", "no_controls", 5, "hold no other shares"),
        ("market", "few_controls", 5, "too few other shares can be measured"),
        ("sector", "few_controls", 5, "too few other shares can be measured"),
        ("sector", "unknown", 5, "the sector is not known"),
        ("alike", "unknown", 5, "volatility or size is not known"),
        ("market", "no_controls", 0, "no pick has a relative return yet"),
    ],
)
def test_a_refused_comparison_says_why(pool: str, refusal: str, scored: int, why: str) -> None:
    refused = replace(ALIKE, pool=pool, refusal=refusal)
    chart = plot_placebo(judge(placebos=(MARKET, refused), scored=scored))
    (told,) = texts(chart.axes[1])
    assert why in told
    assert told in chart.caption
    assert "\n" not in told
    assert not chart.axes[1].containers
    assert "nan" not in chart.caption + told + chart.axes[1].get_ylabel()


def test_where_all_comparisons_are_refused_there_is_no_scale() -> None:
    chart = plot_placebo(judge(placebos=(ALIKE, ALIKE)))
    assert len(chart.axes) == 2
    assert all(not len(axes.get_xticks()) for axes in chart.axes)
    assert note_of(chart) == ""


def test_the_caption_tells_each_comparison_in_words() -> None:
    assert plot_placebo(judge()).caption == (
        "Market: +16.0, beat 74.3% of the random baskets "
        "(1,000; average +11.0, 90% of them from -5.0 to +25.0); "
        "Sector: +16.0, beat 20.9% of the random baskets "
        "(1,000; average +20.0, 90% of them from +10.0 to +30.0); "
        "Alike: No comparison: of too many picks volatility or size is not known, "
        "or too few shares are alike"
    )


def test_a_basket_is_called_by_what_its_picks_have_in_common() -> None:
    def name(group: str, key: str) -> Text:
        return name_basket(Basket(group, key, NOBODY), [GAMES, LONG])

    assert name("all", "") == Text("全部", "All picks")
    assert name("theme", "games") == GAMES.title
    assert name("theme", "film") == Text("film", "film")
    assert name("market", "000300.SH") == Text("以沪深300为基准", "Against CSI 300")
    assert name("level", "watch") == Text("关注", "watch")


def test_the_title_names_the_basket_and_the_horizon() -> None:
    chart = plot_placebo(judge("theme", "games", months=12), heading=LONG.title, themes=[GAMES])
    first, second = chart.get_suptitle().splitlines()
    assert first == LONG.title.en
    assert second.startswith("Games, 12 months: ")
    assert chart.alt == f"{first} · {second}"


def test_long_titles_are_folded_and_a_title_alone_is_the_first_line() -> None:
    title = fold(Text("字" * 120, "letters " * 20), 100)
    assert [len(line) for line in title.zh.splitlines()] == [50, 50, 20]
    # twelve words of seven letters, and the blanks between them, are 95 wide
    assert [len(line.split()) for line in title.en.splitlines()] == [12, 8]
    (line,) = plot_path(PATH, PUBLISHED).get_suptitle().splitlines()
    assert line.startswith("Mean relative return")


def test_a_split_leads_from_zero_to_the_mean() -> None:
    (axes,) = plot_split([judge()]).axes
    expected = [(0, 0, 11.7), (1, 11.7, 11.1), (2, 22.8, -6.8), (3, 0, 16)]
    assert np.array(columns(axes)) == pytest.approx(np.array(expected))
    assert [label.get_text() for label in axes.get_xticklabels()] == [
        "Breadth",
        "Sector",
        "Selection",
        "Mean",
    ]
    assert texts(axes) == ["+11.7", "+11.1", "-6.8", "+16.0"]
    # each step is tied to the next at the height where it ends
    ties = [(*line.get_xdata(), *line.get_ydata()) for line in axes.lines[:3]]
    assert np.array(ties) == pytest.approx(
        np.array([[0, 1, 11.7, 11.7], [1, 2, 22.8, 22.8], [2, 3, 16, 16]])
    )


def test_a_number_stands_beyond_the_end_of_its_part() -> None:
    chart = plot_split([judge(split=MIXED)])
    chart.draw_without_rendering()
    (axes,) = chart.axes
    ends = [-5, -4, -2, 2, 2]
    rises = [False, True, True, True, True]
    for text, end, rising in zip(axes.texts, ends, rises, strict=True):
        box = box_of(chart, text)
        _, height = axes.transData.transform((0, end))
        assert 0 < (box.y0 - height if rising else height - box.y1) < 10


def test_picks_without_a_sector_are_a_part_of_their_own() -> None:
    first, second, third = plot_split([judge(split=MIXED), judge(split=WHOLE), judge()]).axes
    mixed = [(0, 0, -5), (1, -5, 1), (2, -4, 2), (3, -2, 4), (4, 0, 2)]
    assert np.array(columns(first)) == pytest.approx(np.array(mixed))
    # sector and selection are not told apart, so neither is drawn as nothing
    whole = [(0, 0, 11.7), (3, 11.7, 4.3), (4, 0, 16)]
    assert np.array(columns(second)) == pytest.approx(np.array(whole))
    assert [x for x, _, _ in columns(third)] == [0, 1, 2, 4]


def test_the_part_that_cannot_be_told_apart_is_hatched_and_explained() -> None:
    chart = plot_split([judge(split=MIXED)])
    hatched = [bool(group.patches[0].get_hatch()) for group in chart.axes[0].containers]
    assert hatched == [False, False, False, True, False]
    assert "Unsplit: picks whose sector is not known" in note_of(chart)
    assert "Unsplit" not in note_of(plot_split([judge()]))


def test_baskets_without_a_split_are_named_and_not_drawn() -> None:
    judged = [judge(), judge("theme", "games", split=None), judge("level", "watch", split=None)]
    chart = plot_split(judged, themes=[GAMES])
    assert [axes.get_title(loc="left") for axes in chart.axes] == ["All picks"]
    assert note_of(chart).endswith("Not split: Games, watch.")
    chart = plot_split(judged[1:])
    assert texts(chart.axes[0]) == [chart.caption]
    assert chart.caption.startswith("Nothing to split: ")
    assert not chart.axes[0].containers
    assert not [*chart.axes[0].get_xticks(), *chart.axes[0].get_yticks()]


def test_nine_baskets_stand_on_one_scale_with_their_parts_named_at_the_foot() -> None:
    for count, feet in ((9, [6, 7, 8]), (4, [1, 2, 3]), (2, [0, 1])):
        chart = plot_split([judge(split=replace(SPLIT, mean=0.1 * n)) for n in range(count)])
        assert len(chart.axes) == count
        assert len({axes.get_ylim() for axes in chart.axes}) == 1
        named = [
            n
            for n, axes in enumerate(chart.axes)
            if axes.xaxis.get_tick_params().get("labelbottom", True)
            and [label.get_text() for label in axes.get_xticklabels()[:1]] == ["Breadth"]
        ]
        assert named == feet


@pytest.mark.parametrize("count", [1, 2, 5])
def test_long_names_of_themes_lie_on_nothing(count: int) -> None:
    chart = plot_split([judge("theme", "long")] * count, themes=[LONG], heading=LONG.title)
    chart.draw_without_rendering()
    canvas = chart.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    # the title on the left is no public attribute
    titles = [box_of(chart, axes._left_title) for axes in chart.axes]  # noqa: SLF001
    frames = [axes.get_window_extent(canvas.get_renderer()) for axes in chart.axes]
    for n, title in enumerate(titles):
        others = [*titles[:n], *titles[n + 1 :], *frames]
        assert not any(title.overlaps(other) for other in others)
        assert title.x1 <= chart.bbox.x1
    # the names take room of their own
    short = plot_split([judge()] * count, heading=LONG.title)
    short.draw_without_rendering()
    high = short.axes[0].get_window_extent().height
    assert min(frame.height for frame in frames) > 0.9 * high
    for axes, frame in zip(chart.axes, frames, strict=True):
        assert all(frame.x0 <= box_of(chart, text).x0 for text in axes.texts)


def test_one_figure_of_splits_is_of_one_horizon() -> None:
    with pytest.raises(InputError, match=r"over \[6, 12\] months"):
        plot_split([judge(), judge(months=12)])


def test_the_path_is_drawn_as_it_is_in_percentage_points() -> None:
    (axes,) = plot_path(PATH, PUBLISHED).axes
    drawn = {str(line.get_label()): line for line in axes.lines}
    picks, middle = drawn["Mean of 5 picks"], drawn["Random, median"]
    assert [day_of(day) for day in picks.get_xdata()] == [str(day) for day in DAYS]
    assert list(picks.get_ydata()) == pytest.approx([math.nan, -2, 0, 3, 5], nan_ok=True)
    assert list(middle.get_ydata()) == pytest.approx([-1, -1, 0, 1, 2])
    (band,) = axes.collections
    corners = band.get_paths()[0].vertices
    sides = [corners[np.isclose(corners[:, 0], day)][:, 1] for day in picks.get_xdata()]
    assert np.array([(min(side), max(side)) for side in sides]) == pytest.approx(
        np.array([[-3, 1], [-2, 2], [0, 0], [-1, 4], [-2, 7]])
    )
    named = [text for text in texts(axes) if text[-1].isdigit() and "published" not in text]
    assert named == ["Mean of 5 picks +5.0", "Random, median +2.0"]


def test_the_first_row_after_publication_is_the_entry_and_all_before_is_paler() -> None:
    for path in (PATH, ALONE):
        (axes,) = plot_path(path, PUBLISHED).axes
        (veil,) = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
        assert veil.get_x() == pytest.approx(axes.get_xlim()[0])
        assert day_of(veil.get_x() + veil.get_width()) == "2024-06-17"
        assert day_of(uprights(axes)[0]) == "2024-06-17"
        (entered,) = [text for text in texts(axes) if "published" in text]
        assert entered == "published 2024-06-16, first entry at the close of 2024-06-17"


def test_a_path_without_a_run_up_is_not_paler_anywhere() -> None:
    path = replace(
        PATH, **{key: getattr(PATH, key)[2:] for key in ("dates", "mean", "counted")}, draws=0
    )
    (axes,) = plot_path(path, PUBLISHED).axes
    assert not axes.patches
    assert "Paler" not in axes.get_xlabel()


def test_a_path_before_publication_is_refused() -> None:
    with pytest.raises(InputError, match="ends on 2024-06-19"):
        plot_path(PATH, dt.date(2024, 6, 19))


def test_each_exit_is_marked_by_its_horizon() -> None:
    (axes,) = plot_path(PATH, PUBLISHED).axes
    assert [day_of(place) for place in uprights(axes)[1:]] == ["2024-06-18", "2024-06-19"]
    assert [text for text in texts(axes) if text.endswith(" mo")] == ["1 mo", "2 mo"]


def test_no_label_of_an_exit_lies_on_another() -> None:
    dates = DAYS[2] + np.arange(1200)
    flat = np.zeros(1200)
    months = (1, 2, 3, 4, 36)
    path = EventPath(
        dates=dates,
        mean=flat,
        counted=flat.astype(int) + 5,
        low=flat,
        middle=flat,
        high=flat,
        draws=0,
        exits=tuple((each, dates[30 * each]) for each in months),
    )
    chart = plot_path(path, PUBLISHED)
    chart.draw_without_rendering()
    axes = chart.axes[0]
    labels = [text for text in axes.texts if text.get_text().endswith(" mo")]
    boxes = [box_of(chart, text) for text in labels]
    assert len(boxes) == len(months)
    assert all(left.x1 < right.x0 for left, right in pairwise(boxes))
    (entered,) = [text for text in axes.texts if "published" in text.get_text()]
    assert not any(box_of(chart, entered).overlaps(box) for box in boxes)
    # a label that is moved apart is moved on, never to a day before its own
    places = [axes.transData.transform((place, 0))[0] for place in uprights(axes)[1:]]
    middles = [(box.x0 + box.x1) / 2 for box in boxes]
    assert (middles[0], middles[-1]) == pytest.approx((places[0], places[-1]), abs=2)
    assert all(middle >= place - 1 for middle, place in zip(middles, places, strict=True))


def test_the_notes_say_what_is_known_of_the_path() -> None:
    below = plot_path(PATH, PUBLISHED).axes[0].get_xlabel()
    assert "percentile of 2,000 baskets" in below
    assert "at the end -2.0 to +7.0" in below
    assert "Picks with a price by each day: 0 to 5." in below
    assert "Marks stand" not in below
    alone = plot_path(ALONE, PUBLISHED).axes[0]
    assert "there are no controls, or too few" in alone.get_xlabel()
    assert "percentile" not in alone.get_xlabel()
    assert not alone.collections
    full = replace(PATH, counted=np.full(5, 5))
    assert "Picks with" not in plot_path(full, PUBLISHED).axes[0].get_xlabel()


def test_closes_a_week_apart_are_marked() -> None:
    def marked(path: EventPath) -> bool:
        lines = plot_path(path, PUBLISHED).axes[0].lines
        return any(line.get_marker() == "o" for line in lines)

    assert marked(WEEKLY)
    assert not marked(PATH)
    assert "between them nothing is known" in plot_path(WEEKLY, PUBLISHED).axes[0].get_xlabel()
    # a long weekend between sessions is no gap
    days = np.array(["2024-09-27", "2024-09-30", "2024-10-08", "2024-10-09", "2024-10-10"])
    assert not marked(replace(PATH, dates=days.astype("datetime64[D]"), exits=()))


def test_the_caption_tells_the_path_at_each_exit_and_at_its_end() -> None:
    assert plot_path(PATH, PUBLISHED).caption == (
        "1 mo: +3.0, random baskets +1.0 (-1.0 to +4.0); "
        "2 mo: +5.0, random baskets +2.0 (-2.0 to +7.0)"
    )
    open_ended = replace(ALONE, exits=((1, DAYS[3]),))
    assert plot_path(open_ended, PUBLISHED).caption == "1 mo: +3.0; 2024-06-19: +5.0"


def test_red_is_up_unless_told_otherwise() -> None:
    def up(chart: Chart, group: int) -> tuple[float, float, float]:
        return to_rgb(chart.axes[0].containers[group].patches[0].get_facecolor())

    # the highest twentieth of random baskets, and a breadth above zero
    for draw, group in ((plot_placebo, 2), (lambda *args: plot_split([args[0]], *args[1:]), 0)):
        china, west, none = (
            up(draw(judge(), "en", each), group) for each in ("china", "west", "none")
        )
        assert china[0] > china[1]
        assert west[1] > west[0]
        assert max(none) - min(none) < 0.1


def test_tails_and_bars_differ_in_grey() -> None:
    axes = plot_placebo(judge(), "en", "none").axes[0]
    light, *dark = [to_rgb(group.patches[0].get_facecolor())[0] for group in axes.containers]
    assert all(light - each > 0.2 for each in dark)


def test_the_same_figure_gives_the_same_bytes() -> None:
    for first, second in zip(draw_all(), draw_all(), strict=True):
        assert to_png(first, 40) == to_png(second, 40)
    for draw in (lambda: plot_placebo(judge()), lambda: plot_path(PATH, PUBLISHED)):
        assert to_svg(draw()) == to_svg(draw())


def test_what_another_library_sets_changes_nothing() -> None:
    before = to_png(plot_split([judge()]), 40)
    with mpl.rc_context({"axes.grid": True, "text.color": "red", "font.size": 20}):
        assert to_png(plot_split([judge()]), 40) == before


@pytest.fixture
def chinese_font(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A font that has the letters of the labels and of the baskets, and no others."""
    labels = (ROOT / "backtests" / "labels.toml").read_text(encoding="utf-8")
    letters = {*labels, *GAMES.title.zh, *"沪深300", *map(chr, range(32, 127))} - {"\n"}
    make_font(tmp_path / "box.ttf", "Test Box", "".join(sorted(letters)))
    kept = list(font_manager.fontManager.ttflist)
    font_manager.fontManager.addfont(tmp_path / "box.ttf")
    monkeypatch.setattr(fonts, "_CHINESE", ["Test Box"])
    yield
    font_manager.fontManager.ttflist[:] = kept


@pytest.mark.usefixtures("chinese_font")
def test_chinese_is_drawn_with_no_empty_box() -> None:
    for chart in draw_all("zh"):
        assert not chart.alt.isascii()
        assert not chart.caption.isascii()
        # a glyph that is missing is a warning, and a warning fails the test
        assert to_png(chart, 40)


def test_without_a_chinese_font_all_is_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_CHINESE", [])
    for chart in draw_all("zh"):
        assert chart.alt.replace(" · ", "").isascii()
        assert chart.caption.isascii()
        assert all(text.get_text().isascii() for text in chart.findobj(Drawn))


def test_names_that_cannot_be_drawn_do_no_harm() -> None:
    odd = replace(GAMES, title=Text("$x^2$", "昆仑 $x^2$ <script>"))
    judged = judge("theme", "games")
    for chart in (plot_placebo(judged, themes=[odd]), plot_split([judged], themes=[odd])):
        assert to_png(chart, 40)
    assert b"<script" not in to_svg(plot_split([judged], themes=[odd]))
