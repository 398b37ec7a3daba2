"""A bar for each security, best at the top."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from backtests.figures.chart import (
    INK,
    NEUTRAL,
    NO_TEXT,
    PAPER,
    Chart,
    join_lines,
    mark,
    note,
    open_chart,
    spell_points,
)
from backtests.figures.lettering import Lettering
from backtests.labels import say
from backtests.palette import PALETTES, Colors, Palette
from universes.rating import Edge
from universes.text import Language, Text

_INCHES_A_BAR = 0.27
_ON_PAPER = {"facecolor": PAPER, "edgecolor": "none", "pad": 0.6}


@dataclass(frozen=True)
class Bar:
    """A security and its value, a fraction; one of None is named under the chart, not drawn."""

    name: Text
    symbol: str
    value: float | None


def plot_bars(
    bars: Sequence[Bar],
    title: Text,
    language: Language,
    colors: Colors = "china",
    edges: Sequence[Edge] = (),
    caption: Text = NO_TEXT,
) -> Chart:
    """Draw the value of each security in percentage points.

    Parameters
    ----------
    bars : sequence of Bar
    title : Text
        Printed over the chart.
    language : {"zh", "en"}
        Chinese falls back to English where no installed font can draw it.
    colors : {"china", "west", "none"}
        China: red is up.
    edges : sequence of Edge
        Drawn as lines.
    caption : Text
        Printed under the chart.

    Returns
    -------
    Chart
        With a mark for each bar.
    """
    missing = ", ".join(bar.symbol for bar in bars if bar.value is None)
    below = [say("not_drawn", symbols=missing)] if missing else []
    below += [caption] if caption.en else []
    letters = Lettering.choose(language, [title, *below, *(bar.name for bar in bars)])
    height = 1.8 + _INCHES_A_BAR * max(len(bars), 4)
    with open_chart(letters, height, title) as (chart, axes):
        _draw_bars(axes, bars, letters, PALETTES[colors])
        for edge in edges:
            axes.axvline(100 * edge.value, color=NEUTRAL, linewidth=0.8, linestyle="--", zorder=0)
        note(axes, letters.write(join_lines(below)))
    return chart


def _draw_bars(axes: Axes, bars: Sequence[Bar], letters: Lettering, palette: Palette) -> None:
    drawn = sorted(
        (
            bar.value,
            letters.write_security(bar.name, bar.symbol),
            letters.tell(bar.name, bar.symbol, spell_points(bar.value)),
        )
        for bar in bars
        if bar.value is not None
    )
    values = [100 * value for value, *_ in drawn]
    colours = [palette.up_code if value > 0 else palette.down_code for value in values]
    shapes = axes.barh([label for _, label, _ in drawn], values, color=colours)
    numbers = axes.bar_label(shapes, fmt="%+.1f", padding=3, fontsize=8, bbox=_ON_PAPER)
    for (*_, told), shape, number in zip(drawn, shapes, numbers, strict=True):
        mark(told, shape, number)
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.margins(x=0.12, y=0.01)
